"""Focal points from lists and from OpenStreetMap."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geo.errors import GeoError
from layers.focal_points import read_focal_points
from layers.walking.osm import ATTRIBUTION, kind_of_place, religion_of_place, unpacked_tags

HEADER = "focal_point_id,name,kind,spoc,meets_every_days,review_by,public,easting,northing\n"
ROWS = (
    "FP-1,Hub,community centre,PC Lee,monthly,2026-01-31,yes,508660,224314\n"
    "FP-2,Mosque,Mosque,,61,31/01/2026,no,508760,224314\n"
)


def save(tmp_path: Path, text: str, name: str = "places.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def reasons(report: Any) -> dict[str, list[int]]:
    return {part.reason: [row.row for row in part.rows] for part in report.set_aside}


def problem(path: Path, **options: Any) -> str:
    with pytest.raises(GeoError) as caught:
        read_focal_points(path, **options)
    return str(caught.value)


def test_a_list_reads_with_its_words_numbers_and_dates(tmp_path: Path) -> None:
    places, report = read_focal_points(save(tmp_path, HEADER + ROWS))
    assert places["focal_point_id"].tolist() == ["FP-1", "FP-2"]
    assert places["kind"].tolist() == ["community_centre", "place_of_worship"]
    assert places["meets_every_days"].tolist() == [30, 61]
    assert places["review_by"].tolist() == [pd.Timestamp("2026-01-31")] * 2
    assert places["public"].tolist() == [True, False]
    assert places["public"].dtype == bool
    assert places["spoc"].tolist() == ["PC Lee", None]
    assert places.geometry.iloc[0].equals(shapely.Point(508660, 224314))
    assert places.crs.to_epsg() == 27700
    assert (report.read, report.used) == (2, 2)
    assert report.attribution == []
    assert any("monthly read as 30 days" in choice for choice in report.choices)


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    text = "name,kind,lon,lat\nB,park,-0.4,51.9\nA,school,-0.4,51.8\nC,pub,-0.3,51.8\n"
    lines = text.splitlines()
    one, report = read_focal_points(save(tmp_path, text))
    two, _ = read_focal_points(save(tmp_path, "\n".join([lines[0], *reversed(lines[1:])]) + "\n"))
    assert one["focal_point_id"].tolist() == ["FP-0001", "FP-0002", "FP-0003"]
    assert one.to_wkt().equals(two.to_wkt())
    assert any("made for 3 places" in choice for choice in report.choices)


def test_rows_that_cannot_be_used_are_set_aside_with_their_numbers(tmp_path: Path) -> None:
    text = "focal_point_id,name,kind,lon,lat\n"
    text += "A,ok,park,-0.4,51.9\n"
    text += "B,no position,park,,\n"
    text += "C,zero,park,0,0\n"
    text += "D,Chicago,park,-87.6,41.8\n"
    text += "E,once,park,-0.4,51.8\n"
    text += "E,once,park,-0.4,51.8\n"
    text += "F,here,park,-0.4,51.8\n"
    text += "F,there,park,-0.3,51.8\n"
    text += "G,words,park,x,y\n"
    places, report = read_focal_points(save(tmp_path, text))
    assert places["focal_point_id"].tolist() == ["A", "E"]
    assert reasons(report) == {
        "no position": [3],
        "at 0, 0": [4],
        "position far from the ground of this project": [5],
        "the same focal point again": [7],
        "one id, different focal points": [8, 9],
        "position is not a number": [10],
    }
    assert all(part.fault for part in report.set_aside)


def test_repeats_of_a_contested_id_go_with_it(tmp_path: Path) -> None:
    text = (
        "focal_point_id,name,kind,lon,lat\nA,ok,park,-0.4,51.9\n" + "F,x,park,-0.4,51.8\n" * 2 + "F,y,park,-0.3,51.8\n"
    )
    places, report = read_focal_points(save(tmp_path, text))
    assert places["focal_point_id"].tolist() == ["A"]
    assert reasons(report) == {"one id, different focal points": [3, 4, 5]}


def test_a_doubtful_detail_does_not_cost_the_place(tmp_path: Path) -> None:
    text = HEADER + "FP-1,Hub,,,often,soon,,508660,224314\n"
    places, report = read_focal_points(save(tmp_path, text))
    assert places["meets_every_days"].isna().all()
    assert places["review_by"].isna().all()
    assert places["kind"].tolist() == ["other"]
    assert places["public"].tolist() == [False]
    assert any("meets_every_days: not a number in 1 row (first: row 2)" in one for one in report.warnings)
    assert any("review_by cannot be read in 1 row" in one for one in report.warnings)
    assert any("kind is not said for 1 place" in one for one in report.warnings)


def test_local_words_for_communities_are_mapped_only_when_told(tmp_path: Path) -> None:
    path = save(tmp_path, "name,kind,communities,lon,lat\nA,park,Somali; Roma;,-0.4,51.9\n")
    assert read_focal_points(path)[0]["communities"].tolist() == ["Somali;Roma"]
    places, report = read_focal_points(path, community_names={"somali": "African"})
    assert places["communities"].tolist() == ["African;Roma"]
    assert any("'Somali' read as African in 1 row" in choice for choice in report.choices)


def test_a_phrase_is_read_by_the_last_kind_in_it(tmp_path: Path) -> None:
    text = "name,kind,lon,lat\nA,Local authority run library,-0.4,51.9\nB,Church of England school,-0.4,51.8\n"
    places, report = read_focal_points(save(tmp_path, text))
    assert sorted(places["kind"]) == ["library", "school"]
    assert any("'Local authority run library' as library" in choice for choice in report.choices)


def test_what_a_file_lacks_is_named(tmp_path: Path) -> None:
    assert "only postcodes" in problem(save(tmp_path, "name,kind,postcode\nA,park,LU1 1AA\n"))
    assert "no position" in problem(save(tmp_path, "name,kind\nA,park\n"))
    assert "no column 'name'" in problem(save(tmp_path, "kind,lon,lat\npark,-0.4,51.9\n"))
    assert "no usable focal point among 1 row (1 no position)" in problem(
        save(tmp_path, "name,kind,lon,lat\nA,park,,\n")
    )
    assert "degrees found under Easting" in problem(save(tmp_path, "name,kind,easting,northing\nA,park,-0.4,51.9\n"))


def test_hostile_values_stay_text(tmp_path: Path) -> None:
    text = 'name,kind,strategy,lon,lat\n"=HYPERLINK(""x"")",<script>,a\u2028b,-0.4,51.9\n'
    places, _ = read_focal_points(save(tmp_path, text))
    assert places["name"].tolist() == ['=HYPERLINK("x")']
    assert places["kind"].tolist() == ["other:<script>"]
    assert places["strategy"].tolist() == ["a\nb"]


@pytest.mark.parametrize("position", ["wkt", "geojson"])
def test_the_point_of_a_building_lies_on_it(tmp_path: Path, position: str) -> None:
    # an L, whose centroid lies outside it
    shape = shapely.Polygon([(0, 0), (100, 0), (100, 10), (10, 10), (10, 100), (0, 100)])
    shape = shapely.transform(shape, lambda xy: xy + [508_000, 224_000])
    if position == "wkt":
        path = save(tmp_path, f'WKT,name,kind\n"{shape.wkt}",Hall,hub\n')
    else:
        outline = gpd.GeoDataFrame({"name": ["Hall"], "kind": ["hub"]}, geometry=[shape.exterior], crs=27700)
        path = tmp_path / "hall.geojson"
        outline.to_crs(4326).to_file(path, driver="GeoJSON")
    places, report = read_focal_points(path)
    assert not shape.contains(shape.centroid)
    assert shape.buffer(0.01).contains(places.geometry.iloc[0])
    assert any("point on the surface" in choice for choice in report.choices)


def test_an_open_line_is_placed_half_way(tmp_path: Path) -> None:
    places, _ = read_focal_points(
        save(tmp_path, 'wkt,name,kind\n"LINESTRING (508000 224000, 508100 224000)",Lane,street\n')
    )
    assert places.geometry.iloc[0].equals(shapely.Point(508050, 224000))


def overpass(*elements: dict[str, Any], **more: Any) -> str:
    return json.dumps({"version": 0.6, "generator": "Overpass API", **more, "elements": list(elements)})


NODE = {"type": "node", "id": 1, "lat": 51.9, "lon": -0.4, "tags": {"amenity": "cafe", "name": "Caf"}}


def test_overpass_places_nodes_centres_and_outlines(tmp_path: Path) -> None:
    corners = [
        {"type": "node", "id": 10 + i, "lat": 51.9 + dy, "lon": -0.41 + dx}
        for i, (dx, dy) in enumerate([(0, 0), (0.001, 0), (0.001, 0.001)])
    ]
    text = overpass(
        NODE,
        {"type": "way", "id": 1, "center": {"lat": 51.91, "lon": -0.4}, "tags": {"building": "mosque", "name": "M"}},
        {"type": "way", "id": 2, "nodes": [10, 11, 12, 10], "tags": {"leisure": "park"}},
        *corners,
        {"type": "way", "id": 3, "tags": {"amenity": "school", "name": "S"}},
        {"type": "relation", "id": 4, "tags": {"amenity": "school", "name": "T"}},
    )
    places, report = read_focal_points(save(tmp_path, text, "answer.json"))
    kinds = dict(zip(places["focal_point_id"], places["kind"], strict=True))
    assert kinds == {"node/1": "business", "way/1": "place_of_worship", "way/2": "park"}
    assert places.set_index("focal_point_id")["religion"].to_dict()["way/1"] == "Muslim"
    assert places["public"].all()
    assert report.attribution == [ATTRIBUTION] == ["© OpenStreetMap contributors, ODbL"]
    assert report.read == 8
    assert {part.reason: (part.count, part.fault) for part in report.set_aside} == {
        "points that only draw an outline": (3, False),
        "no position": (2, True),
    }
    assert any("2 ways and relations without a position" in w and "out center;" in w for w in report.warnings)


def test_an_empty_and_a_broken_answer(tmp_path: Path) -> None:
    text = problem(save(tmp_path, overpass(remark="runtime error: Query timed out"), "a.json"))
    assert "no elements" in text
    assert "timed out" in text
    assert "not valid JSON" in problem(save(tmp_path, overpass(NODE)[:-3], "a.json"))
    _, report = read_focal_points(save(tmp_path, overpass(NODE, remark="out of memory"), "b.json"))
    assert any("out of memory" in one for one in report.warnings)


@pytest.mark.parametrize(
    ("tags", "kind", "tag"),
    [
        ({"amenity": "place_of_worship", "building": "church"}, "place_of_worship", "amenity=place_of_worship"),
        ({"building": "church", "shop": "bakery"}, "business", "shop=bakery"),
        ({"shop": "hairdresser"}, "hairdresser_barber", "shop=hairdresser"),
        ({"amenity": "social_facility", "social_facility": "food_bank"}, "foodbank", "amenity=social_facility"),
        ({"amenity": "youth_centre"}, "youth_hub", "amenity=youth_centre"),
        ({"office": "ngo"}, "charity", "office=ngo"),
        ({"leisure": "marina"}, "other:marina", "leisure=marina"),
        ({"shop": "no", "leisure": "park"}, "park", "leisure=park"),
        ({"building": "yes"}, None, None),
    ],
)
def test_tags_say_what_a_place_is(tags: dict[str, str], kind: str | None, tag: str | None) -> None:
    assert kind_of_place(tags) == (None if kind is None else (kind, tag))


def test_religion_is_the_tag_or_the_building_and_never_more() -> None:
    assert religion_of_place("muslim", None) == "Muslim"
    assert religion_of_place(None, "chapel") == "Christian"
    assert religion_of_place("multifaith", "church") == "multifaith"
    assert religion_of_place(None, "temple") is None


def test_tags_packed_by_a_converter_are_unpacked(tmp_path: Path) -> None:
    assert unpacked_tags('"shop"=>"bakery","name"=>"A \\"B\\""') == {"shop": "bakery", "name": 'A "B"'}
    assert unpacked_tags('{"shop": "bakery"}') == {"shop": "bakery"}
    assert unpacked_tags("nonsense") == {}
    text = 'osm_id,name,other_tags,lon,lat\n5,B,"""shop""=>""bakery""",-0.4,51.9\n'
    places, _ = read_focal_points(save(tmp_path, text))
    assert places["kind"].tolist() == ["business"]


def test_the_sample_town() -> None:
    places, report = read_focal_points(Path(__file__).parent.parent / "data" / "ashview" / "focal_points.csv")
    assert (report.read, report.used, len(places)) == (43, 43, 43)
    assert places["kind"].value_counts()["place_of_worship"] == 11
    assert not places["kind"].str.startswith("other").any()


@pytest.mark.parametrize(("name", "rows"), [("places-of-worship", 97), ("healthcare", 72), ("offices", 216)])
def test_both_forms_of_an_osm_extract_agree(shared_data: Path, name: str, rows: int) -> None:
    folder = shared_data / "isle_of_man_osm_focal"
    table, _ = read_focal_points(folder / f"{name}.csv")
    drawn, report = read_focal_points(folder / f"{name}.geojson")
    assert len(table) == len(drawn) == rows
    assert table["focal_point_id"].tolist() == drawn["focal_point_id"].tolist()
    assert table["name"].tolist() == drawn["name"].tolist()
    # the table holds centroids, the drawing gives points on the surface: both within one building
    assert table.geometry.distance(drawn.geometry).quantile(0.9) < 15
    assert report.attribution == [ATTRIBUTION]


def test_buildings_drawn_as_closed_lines(shared_data: Path) -> None:
    places, report = read_focal_points(shared_data / "isle_of_man_osm_focal" / "places-of-worship.geojson")
    assert "96 outlines drawn as a closed line read as an area." in report.choices
    assert (places["kind"] == "place_of_worship").all()
    assert places["religion"].value_counts()["Christian"] > 80


@pytest.mark.parametrize(
    "name",
    [
        "council_trafford_community_hubs",
        "fast_food_outlets_trafford_fast_food_outlets",
        "libraries_gm_libraries",
        "schools_and_colleges_trafford_schools_and_colleges",
    ],
)
def test_both_forms_of_a_council_list_agree(shared_data: Path, name: str) -> None:
    folder = shared_data / "trafford_gm_town" / "focal"
    table, one = read_focal_points(folder / f"{name}.csv")
    drawn, two = read_focal_points(folder / f"{name}.geojson")
    assert (one.read, one.used) == (two.read, two.used)
    assert table["name"].tolist() == drawn["name"].tolist()
    assert table["kind"].tolist() == drawn["kind"].tolist()
    assert table.geometry.distance(drawn.geometry).max() < 0.01
    assert one.attribution == []


def test_libraries_with_postcodes_and_libraries_with_shapes(shared_data: Path) -> None:
    folder = shared_data / "libraries_england"
    assert "only postcodes" in problem(folder / "libraries_england_2023.csv.gz")
    places, report = read_focal_points(folder / "os_library_buildings.csv")
    assert (len(places), report.used) == (3469, 3469)
    assert set(places["kind"]) == {"library"}
    table = pd.read_csv(folder / "os_library_buildings.csv").set_index("id")
    shapes = gpd.GeoSeries.from_wkt(table["WKT"], crs=27700).loc[places["focal_point_id"]]
    assert shapes.buffer(0.01).contains(places.set_index("focal_point_id").geometry).all()


def test_the_register_of_schools_gives_open_schools(tmp_path: Path) -> None:
    head = (
        "URN,LA (name),EstablishmentNumber,EstablishmentName,TypeOfEstablishment (name),EstablishmentStatus (name),"
        "PhaseOfEducation (name),TelephoneNum,HeadFirstName,HeadLastName,Easting,Northing\n"
    )
    rows = [
        "900001,Ashview,2001,Saint André School,Community school,Open,Primary,01999000001,Alpha,Example,601900,480500",
        "900002,Ashview,2002,Old Mill School,Community school,Closed,Primary,,,,601950,480550",
        "900003,Ashview,2003,New School,Free schools,Proposed to open,Secondary,,,,601960,480560",
        '900004,Ashview,2004,Last School,Academy,"Open, but proposed to close",Not applicable,,,,601970,480570',
    ]
    path = tmp_path / "edubasealldata.csv"
    path.write_bytes((head + "\n".join(rows) + "\n").encode("cp1252"))
    points, report = read_focal_points(path, encoding="cp1252")
    assert points[["focal_point_id", "name", "kind"]].values.tolist() == [
        ["900001", "Saint André School", "school"],
        ["900004", "Last School", "school"],
    ]
    assert {part.reason: part.count for part in report.set_aside} == {"a school that is closed, or not open yet": 2}
    assert "01999000001" not in points.to_csv()
    assert "Alpha" not in points.to_csv()


@pytest.mark.parametrize(
    ("head", "open_row", "closed_row"),
    [
        ("urn;establishmentname;establishmentstatus_name;phaseofeducation_name;easting;northing",
         "1;Alpha;Open;Primary;508660;224314", "2;Beta;Closed;Primary;508760;224314"),
        ("URN,SCHNAME,SCHSTATUS,PHASE,EASTING,NORTHING",
         "1,Alpha,Open,Primary,508660,224314", "2,Beta,Proposed to open,Primary,508760,224314"),
        ("URN,School name,Status,Phase,Easting,Northing",
         "1,Alpha,Open,Primary,508660,224314", "2,Beta,Closed,Primary,508760,224314"),
        ("Name,Kind,Status,Easting,Northing",
         "Alpha,school,published,508660,224314", "Beta,school,Permanently closed,508760,224314"),
    ],
)  # fmt: skip
def test_closed_places_under_other_headings(tmp_path: Path, head: str, open_row: str, closed_row: str) -> None:
    places, report = read_focal_points(save(tmp_path, f"{head}\n{open_row}\n{closed_row}\n"))
    assert places[["name", "kind"]].to_numpy().tolist() == [["Alpha", "school"]]
    assert len(report.set_aside) == 1
    assert "closed, or not open yet" in report.set_aside[0].reason


def test_answers_of_openstreetmap_in_other_shapes(tmp_path: Path) -> None:
    table = save(tmp_path, "@id\t@type\t@lat\t@lon\tname\tamenity\n1\tnode\t51.9\t-0.4\tLib\tlibrary\n")
    properties = {"type": "node", "id": 1, "tags": {"amenity": "library", "name": "Lib"}, "relations": [], "meta": {}}
    point = {"type": "Point", "coordinates": [-0.4, 51.9]}
    nested = {
        "type": "FeatureCollection", "features": [{"type": "Feature", "geometry": point, "properties": properties}],
    }  # fmt: skip
    for path in (table, save(tmp_path, json.dumps(nested), "nested.geojson")):
        places, _ = read_focal_points(path)
        assert places[["name", "kind"]].to_numpy().tolist() == [["Lib", "library"]]
    copy = save(tmp_path, json.dumps({"type": "umap", "layers": [nested]}), "map.umap")
    assert "Share and download" in problem(copy)


def test_kinds_and_meetings_in_the_words_of_lists(tmp_path: Path) -> None:
    said = {
        "Libraries": "library",
        "Places of worship": "place_of_worship",
        "Cafés": "business",
        "Mosques": "place_of_worship",
    }
    every = {"Every 2 weeks": 14, "once a month": 30, "Every Tuesday": 7, "every six months": 182}
    rows = [f"N{i},{kind},{days},{508_000 + i},224314" for i, (kind, days) in enumerate(zip(said, every, strict=True))]
    places, _ = read_focal_points(save(tmp_path, "\n".join(["Name,Category,Frequency,Easting,Northing", *rows])))
    assert places["kind"].tolist() == list(said.values())
    assert places["meets_every_days"].tolist() == list(every.values())
