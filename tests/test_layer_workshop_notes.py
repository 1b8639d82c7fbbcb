"""Exports of the workshop page: every note once, what cannot be used named, nothing run and nothing lost in silence."""

from __future__ import annotations

import datetime as dt
import json
import random
import uuid

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from conftest import SOUTH, WEST, degrees, make_wards

from geo.errors import GeoError
from layers.notes.files import COLLECTED
from layers.notes.shapes import shape_of
from layers.notes.texts import clean, personal_signs
from layers.workshop_notes import COLUMNS, read_notes, seen_notes, write_notes

NOW = dt.datetime(2025, 12, 31, 12, tzinfo=dt.UTC)
AREA = make_wards("Acre", "Barley")


def name(number):
    return str(uuid.UUID(int=number, version=4))


def point(x=500.0, y=500.0):
    return {"type": "Point", "coordinates": list(degrees(x, y))}


def line(*places):
    return {"type": "LineString", "coordinates": [list(degrees(*place)) for place in places]}


def polygon(*places, close=True):
    ring = [list(degrees(*place)) for place in places]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]] if close else ring]}


def note(number=1, geometry=None, **more):
    properties = {
        "id": name(number),
        "created": "2025-11-13T18:30:00.000Z",
        "kind": "point",
        "feeling": "unsafe",
        "note": "dark here",
        "map": "m",
        **more,
    }
    return {"type": "Feature", "properties": properties, "geometry": geometry or point()}


@pytest.fixture
def save(tmp_path):
    def write(*features, file="a.geojson", **more):
        path = tmp_path / file
        path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features), **more}), "utf-8")
        return path

    return write


def read(*paths, **more):
    return read_notes(list(paths), **{"area": AREA, "now": NOW, **more})


def reasons(report):
    return {part.reason: part.count for part in report.set_aside}


def said(report):
    return "\n".join([*report.choices, *report.warnings])


# What is in them


def test_three_kinds_with_every_column(save):
    shapes = [point(100, 200), line((0, 0), (300, 400)), polygon((0, 0), (100, 0), (100, 100), (0, 100))]
    kinds = ["point", "line", "area"]
    features = [
        note(i, shape, kind=kind, feeling=feeling, created=f"2025-11-13T18:3{i}:00.250Z")
        for i, (shape, kind, feeling) in enumerate(zip(shapes, kinds, ["unsafe", "safe", "idea"], strict=True))
    ]
    notes, report = read(save(*features))
    assert tuple(notes.columns) == COLUMNS
    assert notes["kind"].tolist() == kinds
    assert notes["feeling"].tolist() == ["unsafe", "safe", "idea"]
    assert notes["id"].tolist() == [name(0), name(1), name(2)]
    assert notes["created"].iloc[0] == pd.Timestamp("2025-11-13 18:30:00.250")
    assert notes["export"].tolist() == [1, 1, 1]
    assert notes.crs == AREA.crs
    assert notes.geometry[0].distance(shapely.Point(WEST + 100, SOUTH + 200)) < 0.15  # six decimals of a degree
    assert notes.length[1] == pytest.approx(500, abs=0.3)
    assert notes.area[2] == pytest.approx(10_000, rel=0.003)
    assert (report.read, report.used, report.set_aside, said(report)) == (3, 3, [], "")


def test_other_properties_are_dropped_and_the_id_may_stand_on_the_feature(save):
    feature = note(1, name="Anna Smith", colour="red") | {"id": name(7)}
    del feature["properties"]["id"]
    notes, _ = read(save(feature))
    assert tuple(notes.columns) == COLUMNS
    assert notes["id"].tolist() == [name(7)]
    assert "Anna" not in notes.astype(str).to_json()


def test_text_is_text(save):
    nasty = '<img src=x onerror="window.__xss=1"></script>{{7*7}}{% x %}`${1}` =1+1'
    notes, _ = read(
        save(note(1, note=nasty), note(2, note="a\x00b\x1b[31m\u202ec\u2028d\te\r\nf\ud800", feeling="idea"))
    )
    by_id = notes.set_index("id")["note"]
    assert by_id[name(1)] == nasty
    assert by_id[name(2)] == "ab[31mc\nd e\nf\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(("value", "text"), [(None, ""), (12, "12"), ({"a": 1}, ""), (True, ""), ("  x  ", "x")])
def test_what_is_no_text(value, text):
    assert clean(value) == text


def test_other_scripts_and_joined_signs_stay():
    for text in ("Mae'n dywyll yma", "یہاں اندھیرا ہے", "שלום\u200f", "👩\u200d👧 łąka"):
        assert clean(text) == text


def test_a_long_note_is_cut_and_that_is_said(save):
    notes, report = read(save(note(1, note="é" * 501), note(2, note="é" * 500)))
    assert notes["note"].str.len().tolist() == [500, 500]
    assert "1 note: a note longer than 500 letters was cut there (a.geojson row 1)." in said(report)


def test_times(save):
    times = [
        "2025-11-13T20:30:00+02:00", "2025-11-13T18:31:00", "2026-03-01T00:00:00Z", "yesterday", None, 5,
        "1970-01-01T00:00:10Z", "2025-11-13", "2025-12-31T20:00:00Z",
    ]  # fmt: skip
    notes, report = read(save(*(note(i, created=time) for i, time in enumerate(times))))
    created = notes.set_index("id")["created"]
    assert created[name(0)] == pd.Timestamp("2025-11-13 18:30")
    assert created[name(1)] == pd.Timestamp("2025-11-13 18:31")
    assert created[[name(i) for i in (2, 3, 4, 5, 6, 7)]].isna().all()
    assert created[name(8)] == pd.Timestamp("2025-12-31 20:00")  # a clock that is some hours fast
    assert notes["created"].isna().tolist() == [False] * 3 + [True] * 6  # last, where nobody knows when
    assert "1 note: time in the future, taken as unknown (a.geojson row 3)." in said(report)
    assert "5 notes: time unreadable, taken as unknown (a.geojson row 4" in said(report)
    assert report.used == 9


def test_feelings(save):
    notes, report = read(save(note(1, feeling=" Unsafe "), note(2, feeling="angry"), note(3, feeling=None), note(4)))
    assert notes["id"].tolist() == [name(1), name(4)]
    assert reasons(report) == {"no feeling": 1, "unknown feeling": 1}
    assert [(row.row, row.value) for part in report.set_aside for row in part.rows] == [(3, ""), (2, "angry")]
    assert "Known: unsafe, safe, idea." in "\n".join(report.sentences())


def test_the_shape_decides_the_kind(save):
    notes, report = read(save(note(1, line((0, 0), (100, 100)))))
    assert notes["kind"].tolist() == ["line"]
    assert "kind did not fit the shape; the shape counts (a.geojson row 1)" in said(report)


# Shapes


def test_outside_the_area_is_set_aside_with_a_margin(save):
    features = [
        note(1, point(-900, 500)),
        note(2, point(-1100, 500)),
        note(3, line((500, 500), (500, 2500))),  # one corner beyond
        note(4, {"type": "Point", "coordinates": [0.0, 0.0]}),
        note(5, {"type": "Point", "coordinates": [600500.0, 320500.0]}),
    ]
    notes, report = read(save(*features))
    assert notes["id"].tolist() == [name(1)]
    assert reasons(report) == {"outside the study area": 3, "position is not longitude and latitude": 1}
    wider, _ = read(save(*features), margin_m=2000)
    assert wider["id"].tolist() == [name(1), name(2), name(3)]
    anywhere, _ = read(save(*features), area=None)
    assert anywhere["id"].tolist() == [name(1), name(2), name(3)]  # 0, 0 is no place in Great Britain


def test_latitude_first_is_named(save):
    swapped = {"type": "Point", "coordinates": point()["coordinates"][::-1]}
    with pytest.raises(GeoError) as error:
        read(save(note(1, swapped), note(2, swapped)))
    assert str(error.value) == (
        "None of 2 notes can be used: 2 outside the study area.\n"
        "The other way round most of them lie in it: longitude comes first in GeoJSON."
    )


def test_an_area_that_crosses_itself_is_mended(save):
    bow_tie = polygon((0, 0), (100, 100), (100, 0), (0, 100))
    notes, report = read(save(note(1, bow_tie, kind="area")))
    assert notes.is_valid.all()
    assert notes["kind"].tolist() == ["area"]
    assert notes.area[0] == pytest.approx(5_000, rel=0.01)
    assert "1 note: an area that crosses itself was mended (a.geojson row 1)." in said(report)


def test_rings_are_closed_and_turned_anticlockwise(save):
    clockwise = polygon((0, 0), (0, 100), (100, 100), (100, 0))
    open_ring = polygon((0, 0), (100, 0), (100, 100), (0, 100), close=False)
    notes, report = read(save(note(1, clockwise, kind="area"), note(2, open_ring, kind="area", feeling="idea")))
    assert all(shape.exterior.is_ccw for shape in notes.geometry)
    assert notes.area.tolist() == pytest.approx([10_000, 10_000], rel=0.003)
    assert "1 note: an outline was open and has been closed (a.geojson row 2)." in said(report)
    assert "1 outline turned anticlockwise" in said(report)


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        (None, "no shape"),
        ({}, "no shape"),
        ("POINT (0 0)", "no shape"),
        ({"type": "Point", "coordinates": []}, "no shape"),
        ({"type": "Point", "coordinates": [1]}, "shape cannot be read"),
        ({"type": "Point", "coordinates": ["1", "2"]}, "shape cannot be read"),
        ({"type": "Point", "coordinates": [True, False]}, "shape cannot be read"),
        ({"type": "Point", "coordinates": [float("nan"), 1]}, "shape cannot be read"),
        ({"type": "Point", "coordinates": [10**400, 1]}, "shape cannot be read"),
        ({"type": "Point", "coordinates": {"x": 1}}, "shape cannot be read"),
        ({"type": "LineString", "coordinates": [[1, 52]]}, "shape cannot be read"),
        ({"type": "Polygon", "coordinates": [[[1, 52], [1.1, 52]]]}, "shape cannot be read"),
        ({"type": "Polygon", "coordinates": [5]}, "shape cannot be read"),
        ({"type": ["Point"], "coordinates": [1, 52]}, "shape is no point, line or area"),
        ({"type": "MultiPoint", "coordinates": [[1, 52], [1.1, 52]]}, "shape is no point, line or area"),
        ({"type": "GeometryCollection", "geometries": []}, "no shape"),
        ({"type": "Point", "coordinates": [181, 52]}, "position is not longitude and latitude"),
    ],
)
def test_shapes_that_cannot_be_used(geometry, reason):
    assert shape_of(geometry).fault == reason


def test_lines_and_areas_without_extent(save):
    flat = polygon((0, 0), (100, 0), (50, 0))
    still = line((10, 10), (10, 10))
    _, report = read(save(note(1, still), note(2, flat), note(3)))
    assert reasons(report) == {"a line or area without any extent": 2}


def test_what_another_program_writes_is_still_a_point(save):
    x, y = degrees(500, 500)
    multi = {"type": "MultiPoint", "coordinates": [[x, y, 17.0]]}
    notes, _ = read(save(note(1, multi)))
    assert notes.geom_type.tolist() == ["Point"]
    assert not notes.has_z.any()


# Each note once


def test_the_same_note_again_counts_once(save):
    a, b = save(note(1), note(2), file="a.geojson"), save(note(2), note(3), file="b.geojson")
    notes, report = read(a, b)
    assert notes["id"].tolist() == [name(1), name(2), name(3)]
    assert notes["export"].tolist() == [1, 1, 2]
    assert reasons(report) == {"the same note again": 1}
    assert report.faults().empty


def test_the_later_version_wins_and_the_other_is_named(save):
    a = save(note(1, note="new", created="2025-11-13T19:00:00Z", geometry=point(600, 600)), file="a.geojson")
    b = save(note(1, note="old", created="2025-11-13T18:00:00Z"), file="b.geojson")
    for files in ((a, b), (b, a)):
        notes, report = read(*files)
        assert notes["note"].tolist() == ["new"]
        assert reasons(report) == {"a version of a note with an earlier time": 1}
        assert report.faults()[["file", "row"]].values.tolist() == [["b.geojson", 1]]
        assert "1 note came in several versions: the later time was kept, by the clocks of the computers." in said(
            report
        )


def test_versions_without_order_are_all_kept_and_that_is_said(save):
    a = save(note(1, note="long and newer?", created="soon"), note(2, note="short"), file="a.geojson")
    b = save(note(1, note="x"), note(2, note="a longer note"), file="b.geojson")
    notes, report = read(a, b)
    assert sorted(notes["note"]) == ["a longer note", "long and newer?", "short", "x"]
    assert notes["id"].is_unique
    assert {name(1), name(2)} < set(notes["id"])
    assert report.warnings == [
        "2 notes came in versions that neither their changes nor their times put in order: all were kept "
        "(a.geojson row 1, a.geojson row 2, b.geojson row 1, b.geojson row 2). Read them."
    ]
    assert reasons(report) == {}


def test_notes_without_an_id_get_one_from_what_they_say(save):
    anonymous = note(1, id=None)
    again, other = note(1, id="7"), note(1, id="<b>", note="other")
    notes, report = read(save(anonymous, again, other))
    assert len(notes) == 2
    assert all(uuid.UUID(one).version == 5 for one in notes["id"])
    assert "3 notes: no usable id" in said(report)
    assert read(save(anonymous))[0]["id"][0] in set(notes["id"])
    upper = save(note(1, id=name(5).upper()), note(1, id=name(5)), file="u.geojson")
    assert read(upper)[0]["id"].tolist() == [name(5)]


def test_order_of_files_and_rows_changes_nothing(save):
    dice = random.Random(1)
    features = [
        note(dice.randint(1, 12), point(10 * i, 10 * i), note=f"n{i}", created=f"2025-11-{1 + i % 9:02d}T18:00:00Z")
        for i in range(30)
    ]
    expected = None
    for _ in range(4):
        dice.shuffle(features)
        paths = [save(*features[i::3], file=f"{dice.random()}.geojson") for i in range(3)]
        dice.shuffle(paths)
        found = read(*paths)[0].drop(columns="export")
        expected = found if expected is None else expected
        pd.testing.assert_frame_equal(pd.DataFrame(found), pd.DataFrame(expected))


def test_rows_read_are_rows_used_and_set_aside(save):
    features = [note(i % 7, feeling=["safe", "what", "idea"][i % 3], note=str(i % 4)) for i in range(40)]
    notes, report = read(save(*features, 5, {"type": "Feature"}, None, {"type": "note", "properties": {}}))
    assert report.read == 44
    assert report.used == len(notes)
    assert report.used + sum(reasons(report).values()) == 44
    assert reasons(report)["not a feature"] == 3
    assert reasons(report)["no shape"] == 1


# What is not for others


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("write to jo.bloggs@example.org", "an e-mail address"),
        ("ring 01632 960123 any time", "a telephone number"),
        ("+44 7700 900123", "a telephone number"),
        ("the house at 12 Mill Lane, AB1 2CD", "a house number with a postcode"),
        ("no 14b, zz9 9zz", "a house number with a postcode"),
        ("he lives at 7 Easington Way", "a house number with a street"),
    ],
)
def test_notes_that_look_as_if_they_told_of_somebody(text, sign):
    assert sign in personal_signs(text)


@pytest.mark.parametrize(
    "text",
    ["after 22:00 on 13/11/2025", "10 kids on Mill Lane", "bus 42", "near AB1 2CD", "2 lamps at the gate", "A505", ""],
)
def test_ordinary_notes(text):
    assert personal_signs(text) == []


def test_they_are_named_by_row_and_kept(save):
    notes, report = read(
        save(note(1), note(2, note="call 01632 960123"), note(3, note="a@example.org or 01632 960123"))
    )
    assert report.used == 3
    assert "01632 960123" in notes["note"][1]
    assert any(
        one.startswith("2 notes look as if it held a telephone number (a.geojson row 2, a.geojson row 3)")
        or one.startswith("2 notes look as if they held a telephone number (a.geojson row 2, a.geojson row 3)")
        for one in report.warnings
    )
    told = said(report) + "\n".join(report.sentences()) + json.dumps(report.as_record())
    assert "960123" not in told
    assert "example.org" not in told


# Files that are something else


def problem(path, **more):
    with pytest.raises(GeoError) as error:
        read(path, **more)
    return str(error.value)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"\x89PNG\r\n\x1a\n0000", "a picture or a film"),
        (b"\xff\xd8\xff\xe0 JFIF", "a picture or a film"),
        (b"\0\0\0\x18ftypheic", "a picture or a film"),
        (b"<!DOCTYPE html><html><title>Map</title>", "a web page, perhaps the map itself"),
        (b"id,note\n1,x\n", "text of another kind"),
        (b"SQLite format 3\x00", "a GeoPackage"),
        (b"PK\x03\x04....", "a zip file"),
        (b"%PDF-1.7", "a pdf file"),
        (b'{"type":"FeatureCollection","features":[{"ty', "not valid JSON at line 1"),
        (b'{"a": "\xff"}', "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"[1, 2]", "JSON, but not a collection of notes"),
        (b'{"type":"Feature","properties":{"feeling":"safe"}}', "JSON, but not a collection of notes"),
        (b'{"type":"FeatureCollection"}', "without a list of features"),
        (
            b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"WD25CD":"E1"}}]}',
            "another program",
        ),
    ],
)
def test_files_that_are_no_export(tmp_path, data, words):
    path = tmp_path / "notes.geojson"
    path.write_bytes(data)
    assert words in problem(path)
    assert str(path) in problem(path)


def test_a_missing_file(tmp_path):
    assert "no such file" in problem(tmp_path / "none.geojson")


def test_metres_are_refused(save):
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
    assert "not in longitude and latitude" in problem(save(note(1), crs=crs))
    degrees_crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert len(read(save(note(1), crs=degrees_crs))[0]) == 1


def test_too_large_a_file(save, tmp_path):
    many = save(*(note(i) for i in range(501)))
    assert "501 features, more than the 500 notes" in problem(many)
    assert len(read(many, limits=COLLECTED)[0]) == 501
    big = tmp_path / "big.geojson"
    big.write_bytes(b" " * (2 * 2**20 + 1))
    assert "2.0 MB, more than the 2 MB" in problem(big)


def test_every_bad_file_is_named_at_once(save, tmp_path):
    (tmp_path / "photo.geojson").write_bytes(b"\x89PNG")
    (tmp_path / "none.geojson").write_bytes(b"")
    good = save(note(1))
    with pytest.raises(GeoError) as error:
        read(good, tmp_path / "photo.geojson", tmp_path / "none.geojson")
    assert str(error.value).startswith("2 of 3 files cannot be used.\n")
    assert "photo.geojson: this is a picture" in str(error.value)
    assert "none.geojson: the file is empty" in str(error.value)


def test_a_folder_and_an_export_without_notes(save, tmp_path):
    save(note(1), file="a.geojson")
    save(file="nobody.geojson")
    (tmp_path / "readme.txt").write_text("x")
    notes, report = read(tmp_path)
    assert len(notes) == 1
    assert "No notes in nobody.geojson." in said(report)
    assert len(report.files) == 2


def test_no_note_at_all(save, tmp_path):
    assert problem(save()).startswith("No notes in 1 file.")
    notes, report = read(save(), required=False)
    assert (len(notes), tuple(notes.columns), notes.crs) == (0, COLUMNS, AREA.crs)
    assert report.used == 0
    none_left, _ = read(save(note(1, feeling="?")), required=False)
    assert none_left.empty
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "no .geojson file in this folder" in problem(empty)


def test_saved_again_by_an_editor(save, tmp_path):
    text = save(note(1)).read_text("utf-8")
    for encoding in ("utf-8-sig", "utf-16"):
        path = tmp_path / f"{encoding}.geojson"
        path.write_text(text, encoding)
        assert len(read(path)[0]) == 1


# Written


def test_what_is_written_reads_back_the_same(save, tmp_path):
    nasty = "=1+1 <b>{{7*7}}</b>"
    a = save(note(1, note=nasty), note(2, line((0, 0), (300, 400)), kind="line", feeling="safe"), file="a.geojson")
    b = save(note(3, polygon((0, 0), (9, 0), (9, 9)), kind="area", feeling="idea", created="?"), file="b.geojson")
    notes, _ = read(a, b)
    out = tmp_path / "out"
    out.mkdir()
    write_notes(out, notes)
    again, report = read(out / "workshop_notes.geojson", limits=COLLECTED)
    plain = ["id", "created", "kind", "feeling", "note", "map", "export"]
    pd.testing.assert_frame_equal(pd.DataFrame(again[plain]), pd.DataFrame(notes[plain]), check_dtype=False)
    assert again.geometry.hausdorff_distance(notes.geometry).max() < 0.02  # seven decimals of a degree
    assert said(report).count("\n") == 0  # only the unknown time is said again
    layers = dict(pyogrio.list_layers(out / "workshop_notes.gpkg"))
    assert layers == {"points": "Point", "lines": "MultiLineString", "areas": "MultiPolygon"}
    points = gpd.read_file(out / "workshop_notes.gpkg", layer="points")
    assert points["note"].tolist() == [nasty]
    assert points.crs == AREA.crs
    root = json.loads((out / "workshop_notes.geojson").read_text("utf-8"))
    assert {f["geometry"]["type"] for f in root["features"]} == {"Point", "LineString", "Polygon"}
    assert "crs" not in root


def test_equal_notes_are_written_byte_for_byte_the_same(save, tmp_path):
    notes, _ = read(save(note(1), note(2, line((0, 0), (300, 400)), kind="line")))
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write_notes(tmp_path / folder, notes)
    for file in ("workshop_notes.geojson", "workshop_notes.gpkg"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


# Versions


def versions(save, *features):
    """The words that are left of versions of one note, each in a file of its own, whatever their order."""
    found = set()
    for turn in range(len(features)):
        files = [save(one, file=f"{turn}{i}.geojson") for i, one in enumerate([*features[turn:], *features[:turn]])]
        found.add(tuple(sorted(read(*files)[0]["note"])))
    assert len(found) == 1
    return list(found.pop())


def by_hand(*features):
    """As QGIS saves a layer again."""
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    return {"type": "FeatureCollection", "name": "workshop_notes", "crs": crs, "features": list(features)}


def test_changes_are_counted_on_the_page_and_clocks_do_not_matter(save):
    first = note(1, note="gate", changes="a1", created="2025-11-13T18:00:00Z")
    second = note(1, note="north gate", changes="a1 b2", created="2024-11-13T18:00:00Z")  # a clock a year slow
    third = note(1, note="the gate", changes="a1 b2 c3", created="2025-11-13T17:00:00Z")
    assert versions(save, first, second, third) == ["the gate"]
    # changed at two tables
    assert versions(save, first, second, note(1, note="gate, at night", changes="a1 d4")) == [
        "gate, at night",
        "north gate",
    ]


def test_a_clock_that_is_far_off_loses_nothing(save):
    slow = note(1, note="dark here (we mean the north gate)", created="2024-11-13T19:00:00.000Z")
    assert versions(save, note(1), slow) == ["dark here", "dark here (we mean the north gate)"]


def test_a_note_mended_in_another_program_beats_the_pages_own(save, tmp_path):
    own = save(note(1), note(2), file="a.geojson")
    mended = by_hand(note(1, note="dark here, corrected", created="2025/11/13 18:30:00+00", fid=1), note(2, fid=2))
    path = tmp_path / "qgis.geojson"
    path.write_text(json.dumps(mended), "utf-8")
    for files in ((own, path), (path, own)):
        notes, report = read(*files)
        assert notes["note"].tolist() == ["dark here, corrected", "dark here"]
        assert reasons(report) == {
            "the same note again": 1,
            "the version of a note before it was edited by hand": 1,
        }


@pytest.mark.parametrize("left", ["ask at number", "ask [removed] at number", "ask … at number"])
def test_a_detail_that_was_taken_out_does_not_come_back_with_a_longer_copy(save, tmp_path, left):
    whole = note(1, note="ask Jo Example at number 12")
    assert versions(save, whole, note(1, note=left)) == [left]
    # taken out of the collected layer, collected again with the first export
    out = tmp_path / "out"
    out.mkdir()
    export = save(whole, note(2, note="other"), file="a.geojson")
    write_notes(out, read(export)[0])
    layer = out / "workshop_notes.geojson"
    layer.write_text(layer.read_text("utf-8").replace("ask Jo Example at number 12", left), "utf-8")
    notes, report = read(layer, export)
    assert sorted(notes["note"]) == sorted([left, "other"])
    assert "Example" not in notes.to_csv()
    assert reasons(report)["the same note again"] == 1


def test_a_note_deleted_on_the_page_does_not_come_back(save, tmp_path):
    old = save(note(1, changes="a1"), note(2, changes="b1"), note(3, changes="c1 c2"), file="old.geojson")
    new = save(note(2, changes="b1"), file="new.geojson", removed=[
        {"id": name(1), "changes": "a1 a2"}, {"id": name(3), "changes": "c1"}, "?", {"id": 7}
    ])  # fmt: skip
    notes, report = read(old, new)
    # note 3 was changed elsewhere after it was deleted here: that is not lost
    assert notes["id"].tolist() == [name(2), name(3)]
    assert reasons(report)["deleted on the page"] == 1
    out = tmp_path / "out"
    out.mkdir()
    write_notes(out, notes)
    again, _ = read(out / "workshop_notes.geojson", old)
    assert again["id"].tolist() == [name(2), name(3)]


def test_what_was_collected_can_be_collected_again(save, tmp_path):
    files = [save(*(note(300 * k + i, point(i, k)) for i in range(300)), file=f"{k}.geojson") for k in range(2)]
    files.append(save(note(1, point(0, 0), note="both kept", created="2020-01-01T00:00:00Z"), file="c.geojson"))
    notes, _ = read(*files)
    assert len(notes) == 601
    out = tmp_path / "out"
    out.mkdir()
    write_notes(out, notes)
    third = save(note(900), file="third.geojson")
    again, report = read(out / "workshop_notes.geojson", third, *files)
    assert len(again) == 602
    assert again["id"].is_unique
    assert reasons(report) == {"the same note again": 601}


# Other programs


def test_notes_of_another_map_program(save, tmp_path):
    def layer(called, geometry, **properties):
        feature = {"type": "Feature", "properties": properties, "geometry": geometry}
        return {"type": "FeatureCollection", "_umap_options": {"name": called}, "features": [feature]}

    layers = [
        layer("Not safe", point(), name="Gate", description="Dark at night"),
        layer("Ideas", point(9, 9), name="A bench"),
    ]
    umap = {"type": "umap", "layers": layers}
    path = tmp_path / "map.umap"
    path.write_text(json.dumps(umap), "utf-8")
    notes, report = read(path)
    assert sorted(zip(notes["feeling"], notes["note"], strict=True)) == [
        ("idea", "A bench"),
        ("unsafe", "Gate. Dark at night"),
    ]
    assert "2 notes: no usable id" in said(report)
    properties = {"Category": "Safe", "marker-color": "#0f0", "text": "Lit"}
    drawn = {"type": "Feature", "properties": properties, "geometry": point()}
    notes, _ = read(save(drawn, file="geojson_io.geojson"))
    assert notes[["feeling", "note"]].values.tolist() == [["safe", "Lit"]]
    plain = {"type": "Feature", "properties": {"name": "Gate"}, "geometry": point()}
    assert problem(save(plain)).endswith(
        "Give each feature the property feeling (safe, unsafe or idea), and its words in note or description."
    )


@pytest.mark.parametrize(
    ("crs", "called"), [(3857, "Web Mercator (EPSG:3857)"), (27700, "the National Grid (EPSG:27700)")]
)
@pytest.mark.parametrize("area", [AREA, None])
def test_metres_are_named_with_the_mend(save, crs, called, area):
    x, y = gpd.GeoSeries([shapely.Point(*degrees(500, 500))], crs=4326).to_crs(crs)[0].coords[0]
    path = save(note(1, {"type": "Point", "coordinates": [x, y]}))
    with pytest.raises(GeoError) as error:
        read(path, area=area)
    assert str(error.value) == (
        "None of 1 note can be used: 1 position is not longitude and latitude.\n"
        f"The numbers are metres of {called}: export as GeoJSON in EPSG:4326 (in QGIS: Save Features As, RFC 7946)."
    )


def test_several_workshops_are_named(save):
    assert "Notes of 2 workshops: m (1), other (1)." in said(read(save(note(1), note(2, map="other")))[1])


# What a note says besides, and what whoever led the workshop decided


def test_when_who_and_the_workshop_come_in_and_other_words_do_not(save):
    given = {"when": "night;day;noon", "who": "older", "session": "Hall \u202e2", "hidden": True, "same_as": name(2)}
    notes, _ = read(save(note(1, point(1, 1), **given), note(2, point(2, 2))))
    first = notes.set_index("id").loc[name(1)]
    assert (first["when"], first["who"], first["session"]) == ("day;night", "older", "Hall 2")
    assert (first["hidden"], first["same_as"]) == (True, name(2))
    assert notes.set_index("id").loc[name(2), ["when", "who", "session", "same_as"]].eq("").all()


def test_notes_hidden_or_merged_stay_in_the_layer_and_are_not_seen(save):
    same = {2: 1, 3: 2, 4: 5, 5: 4, 6: 99}  # a chain, two merged into each other, one merged into none that is there
    features = [note(i, point(i, i), same_as=name(same[i])) if i in same else note(i, point(i, i)) for i in range(1, 8)]
    features[6]["properties"]["hidden"] = True
    notes, _ = read(save(*features))
    assert len(notes) == 7
    assert seen_notes(notes)["id"].tolist() == [name(1), name(4), name(6)]


@pytest.mark.parametrize(
    "again",
    [
        {"id": "{" + name(1).upper() + "}"},
        {"created": "13.11.2025 18:30:00"},
        {"created": "13/11/2025 18:30"},
        {"created": "11/13/2025 6:30:00 PM"},
    ],
)
def test_one_note_saved_by_other_programs_stays_one(save, again):
    notes, report = read(save(note(1)), save(note(1, **again), file="b.geojson"))
    assert len(notes) == 1
    assert reasons(report) == {"the same note again": 1}


def test_a_collection_of_one_shape_is_that_shape(save):
    notes, _ = read(save(note(1, {"type": "GeometryCollection", "geometries": [point()]})))
    assert len(notes) == 1
    assert read(save(note(1), note(2, {"type": "GeometryCollection", "geometries": [point(), point()]})))[1].used == 1
