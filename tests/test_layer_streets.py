"""Streets from OpenStreetMap, OS Open Roads and plain lines: which are walked, and every other row by its reason."""

from __future__ import annotations

import bz2
import gzip
import xml.etree.ElementTree as ET
from collections import Counter

import geopandas as gpd
import pytest
import shapely
from conftest import ROOT

from geo.errors import GeoError
from layers.streets import read_streets
from layers.walking.walkable import AREA, CLOSED, FAST, MOTORWAY, NOT_FOR_WALKING, NOT_THERE, level_of, why_not_walked

ASHVIEW = ROOT / "data" / "ashview" / "streets.geojson"
NODES = [(51.88, -0.42), (51.881, -0.42), (51.881, -0.419), (51.882, -0.419)]


def osm(*ways: dict[str, str], refs: list[int] | None = None) -> bytes:
    """An OSM extract in which every way runs through all four nodes."""
    root = ET.Element("osm", version="0.6")
    for number, (lat, lon) in enumerate(NODES, start=1):
        ET.SubElement(root, "node", id=str(number), lat=str(lat), lon=str(lon))
    for number, tags in enumerate(ways, start=101):
        way = ET.SubElement(root, "way", id=str(number))
        for ref in refs or [1, 2, 3, 4]:
            ET.SubElement(way, "nd", ref=str(ref))
        for key, value in tags.items():
            ET.SubElement(way, "tag", k=key, v=value)
    return b"<?xml version='1.0' encoding='UTF-8'?>\n" + ET.tostring(root)


def lines(**columns) -> gpd.GeoDataFrame:
    count = max(len(values) for values in columns.values())
    shapes = [shapely.LineString([(508_000, 221_000 + 50 * i), (508_100, 221_000 + 50 * i)]) for i in range(count)]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:27700")


def reasons(report) -> dict[str, int]:
    return {part.reason: part.count for part in report.set_aside}


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ("highway=residential", None),
        ("highway=footway", None),
        ("highway=steps", None),
        ("highway=cycleway", None),
        ("highway=primary", None),
        ("highway=service", None),
        ("highway=motorway", MOTORWAY),
        ("highway=motorway_link foot=yes", MOTORWAY),
        ("highway=construction", NOT_THERE),
        ("highway=proposed foot=yes", NOT_THERE),
        ("highway=corridor", NOT_FOR_WALKING),
        ("highway=pedestrian area=yes", AREA),
        ("highway=pedestrian area=no", None),
        ("highway=footway foot=no", CLOSED),
        ("highway=primary foot=use_sidepath", CLOSED),
        ("highway=service access=private", CLOSED),
        ("highway=service access=no", CLOSED),
        ("highway=service access=no foot=designated", None),
        ("highway=service access=private foot=permissive", None),
        ("highway=service access=permissive", None),
        ("highway=service access=customers", None),
        ("highway=service access=yes foot=private", CLOSED),
        ("highway=service service=private", CLOSED),
        ("highway=trunk", FAST),
        ("highway=trunk_link", FAST),
        ("highway=trunk sidewalk=no", FAST),
        ("highway=trunk sidewalk=separate", FAST),
        ("highway=trunk maxspeed=national", FAST),
        ("highway=trunk sidewalk=left", None),
        ("highway=trunk sidewalk:both=yes", None),
        ("highway=trunk foot=yes", None),
        ("highway=trunk maxspeed=30_mph", None),
        ("highway=trunk maxspeed=40_mph", None),
        ("highway=trunk maxspeed=50_mph", FAST),
        ("highway=trunk maxspeed=50", None),
        ("highway=trunk maxspeed=80", FAST),
        ("highway=trunk maxspeed=30_mph access=no", CLOSED),
    ],
)
def test_which_ways_are_walked(tags, reason):
    assert why_not_walked(dict(tag.replace("_mph", " mph").split("=") for tag in tags.split())) == reason


@pytest.mark.parametrize(
    ("tags", "level"),
    [({}, 0), ({"bridge": "yes"}, 1), ({"bridge": "no"}, 0), ({"tunnel": "yes"}, -1), ({"layer": "-2"}, -2)]
    + [({"bridge": "viaduct", "layer": "2"}, 2), ({"tunnel": "yes", "layer": "odd"}, -1)],
)
def test_on_which_storey_a_way_is(tags, level):
    assert level_of(tags) == level


def test_an_extract_in_xml(tmp_path):
    ways = [{"highway": "residential", "name": "Mill Lane"}, {"highway": "motorway"}, {"building": "yes"}]
    ways += [{"highway": "footway", "bridge": "yes"}, {"highway": "service", "access": "private"}]
    path = tmp_path / "luton.osm"
    path.write_bytes(osm(*ways))
    streets, report = read_streets(path)
    assert streets["osm_id"].tolist() == ["101", "104"]
    assert streets["name"].iloc[0] == "Mill Lane"
    assert streets["name"].isna().tolist() == [False, True]
    assert streets["kind"].tolist() == ["residential", "footway"]
    assert streets["level"].tolist() == [0, 1]
    assert str(streets.crs) == "EPSG:27700"
    assert streets.length.iloc[0] == pytest.approx(111.2 * 2 + 68.8, abs=0.5)
    assert (report.read, report.used) == (4, 2)
    assert reasons(report) == {MOTORWAY: 1, CLOSED: 1}
    assert report.attribution == ["Streets: © OpenStreetMap contributors, ODbL."]


def test_a_closed_street_is_a_street_and_a_square_is_told(tmp_path):
    ways = [{"highway": "residential", "leisure": "park"}, {"highway": "pedestrian", "area": "yes"}]
    path = tmp_path / "green.osm"
    path.write_bytes(osm(*ways, refs=[1, 2, 3, 1]))
    streets, report = read_streets(path)
    assert streets["osm_id"].tolist() == ["101"]
    assert reasons(report) == {AREA: 1}
    assert "1 square or area cannot be crossed on this map." in report.choices


@pytest.mark.parametrize(("pack", "ending"), [(gzip.compress, "gz"), (bz2.compress, "bz2")])
def test_packed_extracts_read_the_same(tmp_path, pack, ending):
    plain, packed = tmp_path / "a.osm", tmp_path / f"a.osm.{ending}"
    data = osm({"highway": "residential"}, {"highway": "path"})
    plain.write_bytes(data)
    packed.write_bytes(pack(data))
    one, other = read_streets(plain)[0], read_streets(packed)[0]
    assert one.equals(other)
    packed.write_bytes(pack(data)[:-20])
    with pytest.raises(GeoError, match="cut off"):
        read_streets(packed)


@pytest.mark.parametrize(
    ("name", "ways", "used", "km"),
    [
        ("leeds_cycleway.osm.gz", 362, 249, 12.48),
        ("st_georges_cycletrack.osm.gz", 236, 208, 7.42),
        ("borough_sausage_links.osm.gz", 87, 81, 2.55),
        ("its-example_leeds.osm.pbf", 184, 178, 10.82),
    ],
)
def test_real_extracts(shared_data, name, ways, used, km):
    path = shared_data / "osm_networks_small" / name
    streets, report = read_streets(path)
    assert (report.read, report.used) == (ways, used)
    assert streets.length.sum() / 1000 == pytest.approx(km, abs=0.006)
    assert set(streets.geom_type) == {"LineString"}
    if name.endswith("gz"):  # the same ways, read without GDAL
        root = ET.fromstring(gzip.decompress(path.read_bytes()))
        tags = {way.get("id"): {tag.get("k"): tag.get("v") for tag in way.iter("tag")} for way in root.iter("way")}
        found = Counter(why_not_walked(one) for one in tags.values() if "highway" in one)
        assert found.pop(None) == used
        assert found == reasons(report)
        nodes = {way.get("id"): len(way.findall("nd")) for way in root.iter("way")}
        vertices = shapely.get_num_coordinates(streets.geometry.to_numpy())
        assert [nodes[one] for one in streets["osm_id"]] == vertices.tolist()


def test_an_extract_cut_off_is_no_small_extract(shared_data, tmp_path):
    for name in ("its-example_leeds.osm.pbf", "leeds_cycleway.osm.gz"):
        data = (shared_data / "osm_networks_small" / name).read_bytes()
        data = gzip.decompress(data) if name.endswith("gz") else data
        path = tmp_path / name.removesuffix(".gz")
        path.write_bytes(data[: len(data) * 9 // 10])
        with pytest.raises(GeoError, match="cannot be read as an OpenStreetMap extract"):
            read_streets(path)


def test_ashview():
    streets, report = read_streets(ASHVIEW)
    assert (report.read, report.used, report.set_aside) == (940, 940, [])
    assert streets.length.sum() == pytest.approx(144_915, abs=1)
    assert "osm_id" not in streets.columns
    assert report.attribution == []  # a made-up town


def test_os_open_roads_finds_its_layer_of_lines(tmp_path):
    path = tmp_path / "oproad_gb.gpkg"
    kinds = ["Motorway", "A Road", "Unclassified", "Not Classified"]
    forms = ["Dual Carriageway", "Roundabout", "Single Carriageway", "Guided Busway"]
    links = lines(road_classification=kinds, form_of_way=forms, name_1=["", "Dunstable Road", "Mill Lane", ""])
    links.to_file(path, layer="road_link", driver="GPKG")
    nodes = gpd.GeoDataFrame({"id": [1]}, geometry=[shapely.Point(508_000, 221_000)], crs="EPSG:27700")
    nodes.to_file(path, layer="road_node", driver="GPKG")
    streets, report = read_streets(path)
    assert streets["name"].tolist() == ["Dunstable Road", "Mill Lane"]
    assert streets["kind"].tolist() == ["A Road", "Unclassified"]
    assert reasons(report) == {MOTORWAY: 1, NOT_FOR_WALKING: 1}
    assert "footpaths" in report.warnings[0]
    assert "Crown copyright" in report.attribution[0]


@pytest.mark.parametrize("ending", ["shp", "geojson", "gpkg"])
def test_any_lines(tmp_path, ending):
    path = tmp_path / f"roads.{ending}"
    table = lines(street=["Mill Lane", "High Street"])
    (table.to_crs("EPSG:4326") if ending == "geojson" else table).to_file(path)
    streets, report = read_streets(path)
    assert streets["name"].tolist() == ["Mill Lane", "High Street"]
    assert streets.length.tolist() == pytest.approx([100, 100], abs=1e-3)
    assert "every line is taken as open" in report.choices[-1]


def test_tags_left_packed_by_a_converter(tmp_path):
    path = tmp_path / "lines.gpkg"
    packed = ['"foot"=>"no"', '"foot"=>"yes","access"=>"private"', None]
    lines(osm_id=["1", "2", "3"], highway=["path", "service", "track"], other_tags=packed).to_file(path)
    streets, report = read_streets(path)
    assert streets["osm_id"].tolist() == ["2", "3"]
    assert reasons(report) == {CLOSED: 1}


def test_rows_that_are_no_lines_are_set_aside_with_their_row(tmp_path):
    path = tmp_path / "mixed.gpkg"
    table = lines(highway=["path", "path", "path", "motorway"])
    table.geometry = [table.geometry[0], shapely.Point(508_000, 221_000), None, table.geometry[3]]
    table.to_file(path, layer="mixed", geometry_type="Unknown")
    streets, report = read_streets(path)
    assert len(streets) == 1
    assert reasons(report) == {"no line": 1, "not a line": 1, MOTORWAY: 1}
    assert report.faults()[["row", "reason"]].to_numpy().tolist() == [[3, "no line"], [2, "not a line"]]


def test_messages(tmp_path, shared_data):
    with pytest.raises(GeoError, match="no such file"):
        read_streets(tmp_path / "none.osm")
    with pytest.raises(GeoError, match="this is a folder"):
        read_streets(tmp_path)
    path = tmp_path / "one.osm"
    path.write_bytes(osm({"building": "yes"}))
    with pytest.raises(GeoError, match="no way with a highway tag"):
        read_streets(path)
    path.write_bytes(osm({"highway": "motorway"}))
    with pytest.raises(GeoError, match=r"no street that people on foot may use \(motorways: 1\)"):
        read_streets(path)
    path.write_bytes(osm({"highway": "path"}))
    with pytest.raises(GeoError, match="has no layers"):
        read_streets(f"{path}::lines")
    with pytest.raises(GeoError, match="a kilometre at"):
        read_streets(path, metric_crs="EPSG:32633")
    path.write_bytes(bz2.compress(b"<!DOCTYPE html><html></html>"))
    with pytest.raises(GeoError, match="web page"):
        read_streets(path)
    path.write_bytes(b"<!DOCTYPE html><html></html>")
    with pytest.raises(GeoError, match="web page"):
        read_streets(path)
