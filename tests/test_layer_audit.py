"""What a file would disclose: found wherever it hides, masked in what is said, and no false alarms."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import sqlite3
import zipfile
import zlib
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import folium
import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from browser import about_town, town_hotspots, town_incidents, town_wards
from conftest import SOUTH, WEST, degrees, make_incidents, make_wards
from folium.plugins import FastMarkerCluster, HeatMap
from openpyxl.comments import Comment

from geo.disclosure.profiles import PROFILES
from geo.disclosure.release import release
from geo.errors import GeoError
from layers.audit.audit import audit_file
from layers.audit.packed import inflated, unpacked
from layers.audit.parts import masked
from layers.audit.positions import in_degrees, in_metres
from layers.audit.text import check_texts
from layers.writing.release_log import Entry, append, read_log
from layers.writing.write import write_csv, write_geojson, write_geopackage
from maps.figure import save_page
from maps.hotspots import hotspots_map
from maps.incidents import pack_incidents
from maps.packing import grid_over

INTERNAL, PARTNER, PUBLIC = (PROFILES[name] for name in ("internal", "partner", "public"))
# planted, and to be found by audit and by nobody in a public file
SECRETS = ["V-0417", "SPOC-03", "jo@example.org", "07700 900123"]


def found(path: Path, rules=PUBLIC, severity: str = "breaks") -> list[str]:
    """What is said of the file at a severity, place and words."""
    return [f"{one.place}: {one.what}" for one in audit_file(path, rules).findings if one.severity == severity]


def said(path: Path, rules=PUBLIC) -> str:
    return json.dumps(audit_file(path, rules).as_record())


def save_csv(tmp_path: Path, text: str, name: str = "list.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


# --- texts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("ask jo.bloggs+asb@example.co.uk", "e-mail address"),
        ("ring 07700 900123.", "telephone number"),
        ("020 7946 0018", "telephone number"),
        ("(01632) 960123", "telephone number"),
        ("+44 7700 900123", "telephone number"),
        ("+44 (0)1632 960 123", "telephone number"),
        ("Mill Lane, LU1 2AB", "postcode"),
        ("at 7 Mill Lane", "address"),
        ("SW1A1AA", "postcode"),
        ("QQ 12 34 56 C".replace("QQ", "AB"), "National Insurance number"),
        ("caller V-0417 again", "pseudonym of a victim"),
        ("SPOC-03", "pseudonym of a contact"),
        ("stk_11", "pseudonym of a contact"),
        ("0123456789abcdef" * 4, "number of a crime record"),
        ("met PC Smith at noon", "name after a title"),
    ],
)
def test_what_looks_personal(text, what):
    (finding,) = check_texts([text], "here", PUBLIC)
    assert what in finding.what
    assert finding.examples == [masked(finding.examples[0])]
    assert not any(word in str(finding) for word in text.split() if any(mark.isdigit() for mark in word))


@pytest.mark.parametrize(
    "text",
    [
        "E05999001", "E01000001", "W05000123", "FP-038", "ENG-0002", "ASH-000001", "PRI-001",
        "2024-01-01 02:17", "01-02-2024 10:30", "01/02/2024", "2025-12-31T23:59:59+00:00", "0.12345678901",
        "54.195441, 1.098021", "602076.2 481239.8", "1,234,567,890", "0417", "0123456789012345", "18:00-20:00",
        "Park Street, Central", "Dr Johnson House", "Mo-Fr 08:30-16:30", "A5 Dunstable Road", "M1 Junction 10",
        "St John Street", "PC Gone Street", "#01632a", "100 per 1,000", "42% of reports in 17% of the week", "V1", "W2",
    ],
)  # fmt: skip
def test_what_does_not(text):
    assert check_texts([text], "here", PUBLIC) == []


def test_a_mask_tells_the_shape_and_nothing_else():
    assert masked("V-0417 jo@x.org") == "x-9999 xx@x.xxx"
    assert masked("é" * 100) == "x" * 40 + " ..."


# --- positions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lon", "lat", "step"), [(-0.123, 51.456, 111.32), (-0.12, 51.456, 111.32), (-0.1234567, 51.4, 0.011132)]
)
def test_decimals_tell_how_fine_a_position_is(lon, lat, step):
    assert in_degrees([lon], [lat]).step_m[0] == pytest.approx(step)


def test_a_grid_is_known_behind_many_decimals():
    xy = [(0, 0), (100, 300), (250, 50), (137.4, 12.2)]
    places = [degrees(x, y) for x, y in xy]
    steps = in_degrees([lon for lon, _ in places], [lat for _, lat in places]).step_m
    assert steps[:3].tolist() == [1000, 100, 50]
    assert steps[3] < 1


def test_metres_to_a_centimetre():
    assert in_metres([600_000, 600_025, 600_000.37], [320_000, 320_050, 320_000]).step_m.tolist() == [1000, 25, 0.01]


# --- tables ----------------------------------------------------------------------------------------------------------


def test_small_and_exact_counts_of_a_table(tmp_path):
    path = save_csv(tmp_path, "ward_code,incidents\nE1,3\nE2,10\nE3,0\nE4,57\nE5,\n")
    assert found(path) == [
        "rows, column incidents: 1 count below 10 of 4.",
        "rows, column incidents: 1 count of 4 not rounded to 5.",
    ]
    (small, exact) = audit_file(path, PUBLIC).findings
    assert (small.examples, exact.examples) == (["row 2"], ["row 5"])
    assert found(path, INTERNAL) == []


def test_nobody_of_a_group_is_small(tmp_path):
    path = save_csv(tmp_path, "ward_code,responses\nE1,0\nE2,50\n")
    assert found(path) == ["rows, column responses: 1 count below 10 of 2."]
    assert found(path, INTERNAL) == ["rows, column responses: 1 count below 5 of 2."]


def test_the_census_is_not_rounded_again(tmp_path):
    path = save_csv(tmp_path, "ward_code,population\nE1,4321\nE2,57\n")
    assert found(path) == []


def test_numbers_that_are_no_counts(tmp_path):
    path = save_csv(tmp_path, "rank,months_active,minutes,share,incidents_per_km2,min_incidents\n1,3,40,0.2,7.5,4\n")
    assert found(path) == []


def test_hidden_counts_written_as_words(tmp_path):
    path = save_csv(tmp_path, "ward_code,incidents\nE1,fewer than 10\nE2,20\n")
    assert found(path) == []


def test_a_column_called_row_and_every_row_are_read(tmp_path):
    path = save_csv(tmp_path, "file,row,n_incidents\na,7,3\nb,8,3\n")
    assert found(path) == ["rows, column n_incidents: 2 counts below 10 of 2."]


def test_forbidden_columns_however_they_are_written(tmp_path):
    path = save_csv(tmp_path, "Victim Ref;victimName;SPOC\nV-0417;Jo;SPOC-03\n")
    assert [line.partition(":")[0] for line in found(path)] == [
        "rows, column SPOC",
        "rows, column victimName",
        "rows, column Victim Ref",
    ]
    assert "Jo" not in said(path)
    assert "V-0417" not in said(path)


def test_columns_of_a_known_layer_that_the_profile_does_not_list(tmp_path):
    path = save_csv(tmp_path, "rank,name,points\n1,Mill Lane,20\n", "hotspots-2025.csv")
    assert found(path) == ["rows: 1 column that the profile does not list: points."]


def test_fine_positions_of_a_table(tmp_path):
    path = save_csv(tmp_path, "easting,northing\n600100,320300\n600137.4,320012\n,\n", "meeting places.csv")
    assert found(path) == ["rows: 1 position of 2 finer than 100 m (to about 1 cm)."]


def test_labels_on_places_of_worship(tmp_path):
    path = save_csv(tmp_path, "kind,flag\nplace_of_worship,under-engaged\nPlace of worship,\nlibrary,watch\n")
    assert found(path) == ["rows: 1 place of worship with a label (flag)."]
    assert found(path, INTERNAL, "look") == ["rows: 1 place of worship with a label (flag)."]


def test_a_compressed_table_is_read(tmp_path):
    path = tmp_path / "list.csv.gz"
    path.write_bytes(gzip.compress(b"name,incidents\nMill Lane,3\n"))
    assert found(path) == ["rows, column incidents: 1 count below 10 of 1."]


# --- map files -------------------------------------------------------------------------------------------------------


def test_a_table_of_a_geopackage_that_no_map_shows(tmp_path):
    path = tmp_path / "wards.gpkg"
    write_geopackage(path, {"wards": make_wards("Acre")})
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE old_calls (victim_ref TEXT, note TEXT)")
        file.execute("INSERT INTO old_calls VALUES ('V-0417', 'ring 07700 900123')")
    place = "table old_calls (no layer: not seen on a map), column"
    assert found(path) == [
        f"{place} victim_ref: A column that no public file may hold; 1 cell filled in.",
        f"{place} note: 1 telephone number or what looks like it.",
    ]
    assert "07700" not in said(path)


@pytest.mark.parametrize("packed", ["plain", "gzip", "zip", "wal"])
@pytest.mark.usefixtures("no_temporary_files")
def test_a_geopackage_is_opened_however_it_is_packed_and_was_left(tmp_path, packed):
    path = tmp_path / "wards.gpkg"
    write_geopackage(path, {"wards": make_wards("Acre")})
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA journal_mode = WAL" if packed == "wal" else "PRAGMA journal_mode")
        file.execute("CREATE TABLE calls (victim_ref TEXT)")
        file.execute("INSERT INTO calls VALUES ('seven')")
        file.commit()
    if packed == "gzip":
        path = tmp_path / "wards.gpkg.gz"
        path.write_bytes(gzip.compress((tmp_path / "wards.gpkg").read_bytes()))
    elif packed == "zip":
        path = tmp_path / "all.zip"
        with zipfile.ZipFile(path, "w") as held:
            held.write(tmp_path / "wards.gpkg", "wards.gpkg")
    (told,) = found(path)
    assert told.endswith("column victim_ref: A column that no public file may hold; 1 cell filled in.")


def test_what_was_deleted_from_a_geopackage_may_still_be_there(tmp_path):
    path = tmp_path / "wards.gpkg"
    write_geopackage(path, {"wards": make_wards("Acre")})
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE notes (text TEXT)")
        file.executemany("INSERT INTO notes VALUES (?)", [("x" * 3000,)] * 20)
    with sqlite3.connect(path) as file:
        file.execute("DROP TABLE notes")
    assert any("deleted data" in line for line in found(path, severity="look"))


def test_points_and_hot_spots_of_map_files(tmp_path):
    hot = town_hotspots(2)[["rank", "name", "geometry"]]
    hot.geometry = hot.translate(3.3, 1.1)
    write_geopackage(tmp_path / "a.gpkg", {"hotspots": hot, "incidents": make_incidents([(1.25, 2), (100, 200)])})
    assert found(tmp_path / "a.gpkg") == [
        "layer hotspots: 10 corners of 10 finer than 100 m (to about 1 cm).",
        "layer incidents: The layer incidents, which no public file may hold.",
        "layer incidents: 1 position of 2 finer than 100 m (to about 1 cm).",
    ]
    write_geojson(tmp_path / "hotspots.geojson", hot)
    assert found(tmp_path / "hotspots.geojson") == ["features: 10 corners of 10 finer than 100 m (to about 1 cm)."]
    assert found(tmp_path / "a.gpkg", INTERNAL) == []


def test_published_borders_are_only_noted(tmp_path):
    write_geojson(tmp_path / "wards.geojson", make_wards("Acre").rename(columns={"ward_code": "WD25CD"}))
    audit = audit_file(tmp_path / "wards.geojson", PUBLIC)
    assert not audit.breaks
    assert [one.severity for one in audit.findings] == ["look", "note"]


# --- workbooks -------------------------------------------------------------------------------------------------------


def workbook(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Summary"
    sheet.append(["Ring 07700 900123"])
    sheet.append(["Ward", "Incidents", "Lead"])
    sheet.append(["Acre", 20, "Sam"])
    sheet.append(["Barley", 3, "Ali"])
    sheet["A3"].comment = Comment("Told by jo@example.org", "Jo Bloggs")
    sheet.column_dimensions["C"].hidden = True
    sheet.row_dimensions[4].hidden = True
    hidden = book.create_sheet("Callers")
    hidden.append(["victim_ref", "n"])
    hidden.append(["V-0417", 4])
    hidden.sheet_state = "veryHidden"
    book.properties.creator = "Jo Bloggs"
    book.properties.lastModifiedBy = "SPOC-03"
    path = tmp_path / "book.xlsx"
    book.save(path)
    return path


def test_everything_a_workbook_hides(tmp_path):
    path = workbook(tmp_path)
    told = found(path)
    assert told == [
        "sheet 'Summary': 1 hidden column: C.",
        "sheet 'Summary': 1 hidden row.",
        "sheet 'Summary': 1 comment on cells.",
        "sheet 'Summary', column Incidents: 1 count below 10 of 2.",
        "sheet 'Summary': 1 e-mail address or what looks like it.",
        "sheet 'Summary', above the table: 1 telephone number or what looks like it.",
        "sheet 'Callers' (hidden): A hidden sheet with 2 rows.",
        "sheet 'Callers' (hidden), column victim_ref: A column that no public file may hold; 1 cell filled in.",
        "sheet 'Callers' (hidden), column n: 1 count below 10 of 1.",
        "document properties: Filled in: author, last saved by.",
    ]
    assert not [secret for secret in [*SECRETS, "Bloggs"] if secret in said(path)]


def test_a_plain_workbook_says_nothing(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Ward", "Incidents"])
    book.active.append(["Acre", 20])
    book.save(tmp_path / "plain.xlsx")
    assert audit_file(tmp_path / "plain.xlsx", PUBLIC).findings == []


# --- pages -----------------------------------------------------------------------------------------------------------


def test_our_own_page(tmp_path):
    incidents = town_incidents()
    incidents.geometry = incidents.translate(31.4, 15.9)
    save_page(hotspots_map(town_hotspots(2), incidents, town_wards(["Acre"] * 6), about_town()), tmp_path / "a.html")
    assert found(tmp_path / "a.html", INTERNAL) == []
    assert found(tmp_path / "a.html", INTERNAL, "look") == []
    told = found(tmp_path / "a.html")
    assert "packed block geo-points: The layer incidents, which no public file may hold." in told
    # one of the 105 was moved off the map, which leaves it out
    assert "packed block geo-points: 104 positions of 104 finer than 100 m (to about 5 cm)." in told


def test_packed_points_come_out_where_they_went_in():
    incidents = town_incidents()
    lonlat = incidents.to_crs("EPSG:4326")
    packed = pack_incidents(incidents, grid_over(*lonlat.total_bounds))
    part = unpacked(zlib.decompress(packed.content), packed.schema, "here")
    assert part is not None
    assert part.points is not None
    east, north = gpd.GeoSeries(
        gpd.points_from_xy(part.points.lon, part.points.lat), crs="EPSG:4326"
    ).to_crs("EPSG:27700").get_coordinates().to_numpy().T  # fmt: skip
    expected = incidents.get_coordinates().to_numpy()
    step = part.points.step_m.min()
    assert step < 5
    for got, wanted in ((east, expected[:, 0]), (north, expected[:, 1])):
        np.testing.assert_allclose(np.sort(got), np.sort(wanted), atol=2 * step + 0.05)
    assert sorted(map(str, part.table.columns["month"])) == sorted(incidents["month"])


@pytest.mark.parametrize(
    "schema",
    [{}, {"rows": 3}, {"rows": 1, "columns": [["x", "u8"]], "grid": {}}, {"rows": "x", "columns": [], "grid": {}}],
)
def test_a_block_that_is_not_described_is_not_guessed(schema):
    assert unpacked(b"\x00", schema, "here") is None
    assert inflated("not base64!") is None


def test_an_unreadable_block_cannot_be_vouched_for(tmp_path):
    noise = base64.b64encode(bytes(range(255, 0, -1))).decode()
    path = save_csv(tmp_path, f'<html><script type="application/octet-stream" id="x">{noise}</script></html>', "a.html")
    assert found(path) == [
        f"packed block x: A block of {len(noise)} characters that cannot be read here, "
        "so nobody can say what it discloses."
    ]


def test_a_packed_script_that_the_policy_names_is_read_as_a_script(tmp_path):
    code = b'const who = "caller \\x56-0417"; fetch("https://cdn.example/log");'
    packed = base64.b64encode(zlib.compress(code)).decode()
    policy = "script-src 'sha256-" + base64.b64encode(hashlib.sha256(code).digest()).decode() + "'"
    page = (
        f'<html><meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<script type="application/octet-stream" id="geo-code">{packed}</script></html>'
    )
    told = " ".join(found(save_csv(tmp_path, page, "a.html")))
    assert "packed script geo-code" in told
    assert "cdn.example" in told
    assert "cannot be read" in " ".join(found(save_csv(tmp_path, page.replace("sha256-", "sha256-x"), "b.html")))


def test_a_page_of_plain_folium(tmp_path):
    the_map = folium.Map([54.19, 1.09])
    folium.Marker([54.195441, 1.098021], popup="caller V-0417", tooltip="ring 07700 900123").add_to(the_map)
    feature = {
        "type": "Feature",
        "properties": {"victim_ref": "V-0500", "incidents": 3},
        "geometry": {"type": "Point", "coordinates": [1.0980212, 54.1954412]},
    }
    folium.GeoJson({"type": "FeatureCollection", "features": [feature]}).add_to(the_map)
    HeatMap([[54.19521 + i / 10_000, 1.09123, 0.5] for i in range(50)]).add_to(the_map)
    FastMarkerCluster([[54.19521, 1.09123 + i / 10_000] for i in range(30)]).add_to(the_map)
    the_map.save(tmp_path / "plain.html")
    told = " ".join(found(tmp_path / "plain.html"))
    assert "81 positions of 81 finer than 100 m" in told
    assert "1 position of 1 finer than 100 m" in told
    assert "column victim_ref" in told
    assert "column incidents: 1 count below 10 of 1" in told
    assert "1 telephone number" in told
    assert "1 pseudonym of a victim" in told
    assert "tile.openstreetmap.org" in told
    assert not [secret for secret in SECRETS if secret in said(tmp_path / "plain.html")]


PAGES = {
    "data block": '<script type="application/json" id="d">{"rows":[{"note":"caller \\u0056-0417"}]}</script>',
    "script": '<script>var a = "caller \\x56\\u002d0417";</script>',
    "attribute": '<p title="caller V&#45;0417"></p>',
    "text": "<p>caller V-0417</p>",
    "entity": "<p>caller &#x56;-&#48;417</p>",
    "hidden text": '<div style="display:none">caller V-0417</div>',
    "comment": "<!-- caller V-0417 -->",
    "template": "<template><p>caller V-0417</p></template>",
    "frame": '<iframe srcdoc="&lt;p&gt;caller V-0417&lt;/p&gt;"></iframe>',
    "data address": '<iframe src="data:text/html;base64,'
    + base64.b64encode(b"<p>caller V-0417</p>").decode()
    + '"></iframe>',
    "percent": '<a href="data:text/csv,caller%20V%2D0417%0Aanother%20line">x</a>',
    "compressed": '<script type="application/octet-stream">'
    + base64.b64encode(zlib.compress(b'{"a":["caller V-0417"]}')).decode()
    + "</script>",
    "table": "<table><tr><th>Victim</th></tr><tr><td>V-0417</td></tr></table>",
    "style": "<style>.a::before{content:'caller V-0417'}</style>",
}


@pytest.mark.parametrize("way", PAGES)
def test_a_secret_is_found_however_it_is_written(tmp_path, way):
    path = save_csv(tmp_path, f"<!doctype html><html><body>{PAGES[way]}</body></html>", "a.html")
    assert any("victim" in line.casefold() for line in found(path)), found(path)
    assert "V-0417" not in said(path)


FETCHED = [
    '<script src="https://cdn.example/a.js"></script>',
    '<link rel="stylesheet" href="//cdn.example/a.css">',
    '<img src="https://cdn.example/pixel.gif">',
    '<img srcset="https://cdn.example/a.png 2x">',
    "<style>@import 'https://cdn.example/a.css';</style>",
    "<style>a{background:url(https://cdn.example/a.png)}</style>",
    '<p style="background:url(&quot;https://cdn.example/a.png&quot;)"></p>',
    '<script>L.tileLayer("https://cdn.example/{z}/{x}/{y}.png")</script>',
    '<script>fetch("https://cdn.example/log")</script>',
    '<script>navigator.sendBeacon("https://cdn.example/log")</script>',
    '<form action="https://cdn.example/send"></form>',
    '<meta http-equiv="refresh" content="0; url=https://cdn.example/">',
]


@pytest.mark.parametrize("markup", FETCHED)
def test_what_a_page_asks_of_others(tmp_path, markup):
    path = save_csv(tmp_path, f"<!doctype html><html>{markup}</html>", "a.html")
    assert found(path) == ["addresses: Opening the page asks 1 outside server: cdn.example."]
    assert found(path, INTERNAL) == []


def test_a_link_is_not_fetched(tmp_path):
    path = save_csv(tmp_path, '<html><a href="https://www.police.uk">police.uk</a></html>', "a.html")
    assert [(one.severity, one.what) for one in audit_file(path, PUBLIC).findings] == [
        ("note", "1 link to other pages.")
    ]


# --- a release, all the way ------------------------------------------------------------------------------------------


def project() -> dict[str, pd.DataFrame]:
    hot = town_hotspots(2).assign(incidents=[57, 3], share=[0.57, 0.03], repeat_victims=2)
    points = [shapely.Point(WEST + 12.34 * i, SOUTH + 56.78) for i in range(3)]
    places = gpd.GeoDataFrame(
        {
            "name": ["Mosque", "Library", "Panel"],
            "kind": ["place_of_worship", "library", "panel"],
            "flag": "under-engaged",
        }
        | {"spoc": "SPOC-03", "public": [True, True, False], "notes": "ring 07700 900123, jo@example.org"},
        geometry=points,
        crs="EPSG:27700",
    )
    incidents = make_incidents([(1.23, 4.56)] * 3).assign(victim_ref="V-0417")
    return {"hotspots": hot, "focal_points": places, "incidents": incidents, "wards": make_wards("Acre")}


@pytest.mark.parametrize("name", ["partner", "public"])
def test_what_a_profile_lets_out_passes_its_audit(tmp_path, name):
    layers = release(project(), PROFILES[name]).layers
    write_geopackage(tmp_path / "a.gpkg", {key: layers[key] for key in layers})
    for key, layer in layers.items():
        write_csv(tmp_path / f"{key}.csv", layer)
        write_geojson(tmp_path / f"{key}.geojson", layer)
    for path in sorted(tmp_path.iterdir()):
        assert found(path, PROFILES[name]) == [], path.name
        assert not [secret for secret in SECRETS if secret.encode() in path.read_bytes()]


def test_the_audit_finds_each_secret_in_what_was_not_released(tmp_path):
    write_geopackage(tmp_path / "a.gpkg", project())
    told = " ".join(found(tmp_path / "a.gpkg"))
    for part in (
        "column victim_ref",
        "column spoc",
        "column notes",
        "below 10",
        "place of worship with a label",
        "finer than 100 m",
    ):
        assert part in told


# --- release log -----------------------------------------------------------------------------------------------------


def test_a_file_beside_an_earlier_release(tmp_path):
    log = tmp_path / "log.jsonl"
    first = save_csv(tmp_path, "ward_code,incidents\nE1,20\nE2,30\n", "a.csv")
    append(log, audit_file(first, PUBLIC).entry)
    second = save_csv(tmp_path, "ward_code,incidents\nE1,25\nE2,30\n", "b.csv")
    told = audit_file(second, PUBLIC, read_log(log)).findings
    assert [one.place for one in told] == ["release log"]
    assert told[0].what.startswith("incidents of E1: differs by less than 10 from a.csv")
    assert audit_file(first, PUBLIC, read_log(log)).findings == []


def test_run_json_tells_the_filters_of_the_file_it_names(tmp_path):
    path = save_csv(tmp_path, "ward_code,incidents\nE1,20\n", "a.csv")
    entry = audit_file(path, PUBLIC).entry
    assert entry.filters is None
    run = {
        "outputs": {"a.csv": {"sha256": entry.sha256}},
        "inputs": {"incidents": {"months": ["2025-01", "2025-02"]}},
        "options": {"area": {"value": ["Luton"]}, "since": {"value": None}},
    }
    (tmp_path / "run.json").write_text(json.dumps(run))
    assert audit_file(path, PUBLIC).entry.filters == {"since": "2025-01", "until": "2025-02", "area": ["Luton"]}
    path.write_text("ward_code,incidents\nE1,25\n")
    assert audit_file(path, PUBLIC).entry.filters is None
    assert isinstance(entry, Entry)


# --- files that cannot be audited ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.geojson", b'{"type":', "not valid JSON"),
        ("a.gpkg", b"SQLite format 3\x00" + b"\x01" * 200, "this GeoPackage is damaged"),
        ("a.xlsx", b"PK\x03\x04[Content_Types].xml", "damaged"),
        ("a.csv.gz", b"\x1f\x8b\x08\x00", "damaged or cut off"),
        ("a.bin", b"\x00\x01\x02\x03" * 50, "not audited"),
        ("a.parquet", b"PAR1" + b"\x00" * 50, "not audited"),
    ],
)
def test_other_files_are_refused_in_one_sentence(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(GeoError, match=words) as error:
        audit_file(path, PUBLIC)
    assert str(path) in error.value.problem


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(GeoError, match="no such file"):
        audit_file(tmp_path / "none.html", PUBLIC)


def test_deep_and_odd_json_is_survived(tmp_path):
    deep = save_csv(tmp_path, "[" * 500 + "]" * 500, "deep.json")
    assert audit_file(deep, PUBLIC).findings == []
    odd = {
        "type": "FeatureCollection",
        "features": [None, 3, {"type": "Feature", "properties": None, "geometry": None}],
    }
    odd["features"].append(
        {"type": "Feature", "properties": {"a": 1}, "geometry": {"type": "Point", "coordinates": []}}
    )
    path = save_csv(tmp_path, json.dumps(odd), "odd.geojson")
    assert not audit_file(path, PUBLIC).breaks


def test_streets_in_a_page_are_known_for_what_they_are(tmp_path):
    """And a block of another size is not taken for them."""
    from layers.audit.packed import is_base_map

    schema = {"base_map": {"shapes": 2, "points": 5, "classes": [], "grid": {}}}
    assert is_base_map(bytes(2 * 3 + 5 * 4), [schema])
    assert not is_base_map(bytes(2 * 3 + 5 * 4 + 1), [schema])
    assert not is_base_map(bytes(26), [{"base_map": {"shapes": "2", "points": 5, "classes": [], "grid": {}}}])
    assert not is_base_map(bytes(26), [[], {"rows": 2}])


def test_an_address_of_an_office_is_allowed_by_name(tmp_path):
    path = save_csv(tmp_path, "ward_code,name\nE1,team@police.example\nE2,jo@example.org\n")
    assert "2 e-mail addresses" in " ".join(found(path))
    assert "1 e-mail address " in " ".join(found(path, replace(PUBLIC, allowed=frozenset(["Team@police.example"]))))


def test_an_empty_column_tells_of_nobody(tmp_path):
    assert found(save_csv(tmp_path, "ward_code,victim_ref,notes\nE1,,\nE2,NA, \n")) == []
