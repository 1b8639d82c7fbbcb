"""GPX of a plan: the schema's rules by hand, GDAL as a second reader, times in UTC, names that try to break out."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import gpxpy
import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from patrol_plans import plan

from geo.errors import GeoError
from layers.plans.gpx import gpx_text, write_gpx
from layers.plans.texts import in_utc, plain_line, plain_text

NS = "{http://www.topografix.com/GPX/1/1}"
# the order of children in http://www.topografix.com/GPX/1/1/gpx.xsd
POINT = (
    "ele time magvar geoidheight name cmt desc src link sym type fix sat hdop vdop pdop ageofdgpsdata dgpsid".split()
)
CHILDREN = {
    "gpx": ["metadata", "wpt", "rte", "trk", "extensions"],
    "metadata": ["name", "desc", "author", "copyright", "link", "time", "keywords", "bounds", "extensions"],
    "wpt": [*POINT, "extensions"],
    "rtept": [*POINT, "extensions"],
    "rte": ["name", "cmt", "desc", "src", "link", "number", "type", "extensions", "rtept"],
}
MANY = {("gpx", "wpt"), ("gpx", "rte"), ("gpx", "trk"), ("rte", "rtept")}
ATTRIBUTES = {"gpx": {"version", "creator"}, "wpt": {"lat", "lon"}, "rtept": {"lat", "lon"}}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def assert_schema(text):
    """The rules of the GPX 1.1 schema for what a plan may hold."""
    root = ElementTree.fromstring(text.encode())
    assert root.tag == f"{NS}gpx"
    assert root.get("version") == "1.1"
    assert root.get("creator")
    for element in root.iter():
        assert element.tag.startswith(NS), element.tag
        name = element.tag.removeprefix(NS)
        attributes = {
            key for key in element.attrib if not key.startswith("{http://www.w3.org/2001/XMLSchema-instance}")
        }
        assert attributes == ATTRIBUTES.get(name, set())
        children = [child.tag.removeprefix(NS) for child in element]
        if name in CHILDREN:
            places = [CHILDREN[name].index(child) for child in children]
            assert places == sorted(places), f"{name}: {children}"
            for child in set(children):
                assert children.count(child) == 1 or (name, child) in MANY
        else:
            assert not children
        if name in ("wpt", "rtept"):
            assert -90 <= float(element.get("lat")) <= 90
            assert -180 <= float(element.get("lon")) < 180
            assert "e" not in (element.get("lat") + element.get("lon")).lower()
        if name == "time":
            assert TIME.fullmatch(element.text)
        if name == "number":
            assert int(element.text) >= 0
    return root


def test_the_file_keeps_the_schema_rules():
    visits, routes, _ = plan(teams=2)
    for team in (1, 2):
        root = assert_schema(gpx_text(visits, routes, team, title="18:00 to 22:00 on Friday 5 December 2025"))
        assert [element.tag.removeprefix(NS) for element in root] == ["metadata", "wpt", "wpt", "wpt", "rte"]
        names = [element.text for element in root.findall(f"{NS}wpt/{NS}name")]
        assert names[0] == f"1. Market Place (HS-{1 + 3 * (team - 1)})"
        assert names[1].startswith("2. Church Street & <Arcade> ")
        assert root.findtext(f"{NS}metadata/{NS}name") == f"Team {team}: 18:00 to 22:00 on Friday 5 December 2025"


def test_a_stop_says_when_and_why_and_not_whom():
    visits, routes, _ = plan()
    text = gpx_text(visits, routes, 1)
    root = ElementTree.fromstring(text)
    assert root.findtext(f"{NS}wpt/{NS}desc") == (
        "18:10 to 18:25, 15 minutes.\n12 reports from October 2025 to November 2025.\nMost after 6 pm."
    )
    assert "Samira" not in text


@pytest.mark.parametrize(
    ("date", "arrival"), [("2025-12-05", "2025-12-05T18:10:00Z"), ("2025-07-01", "2025-07-01T17:10:00Z")]
)
def test_times_are_utc_in_winter_and_summer(date, arrival):
    visits, routes, _ = plan(date=date)
    assert ElementTree.fromstring(gpx_text(visits, routes, 1)).findtext(f"{NS}wpt/{NS}time") == arrival


def test_another_zone():
    visits, routes, _ = plan()
    text = gpx_text(visits, routes, 1, zone="America/Chicago")
    assert ElementTree.fromstring(text).findtext(f"{NS}wpt/{NS}time") == "2025-12-06T00:10:00Z"
    with pytest.raises(GeoError) as error:
        gpx_text(visits, routes, 1, zone="Europe/Luton")
    assert str(error.value) == "Europe/Luton: no such time zone.\nUse a name such as Europe/London."


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2025-03-30 00:59", "2025-03-30 00:59"),
        ("2025-03-30 01:30", "2025-03-30 01:30"),  # skipped: 02:30 summer time
        ("2025-03-30 02:30", "2025-03-30 01:30"),
        ("2025-10-26 00:59", "2025-10-25 23:59"),
        ("2025-10-26 01:30", "2025-10-26 00:30"),  # twice: the first
        ("2025-10-26 02:00", "2025-10-26 02:00"),
    ],
)
def test_clock_changes(local, utc):
    assert in_utc(local).strftime("%Y-%m-%d %H:%M") == utc


def test_gdal_reads_the_same_places(tmp_path):
    visits, routes, _ = plan()
    path = tmp_path / "team-1.gpx"
    write_gpx(path, visits, routes, 1)
    assert path.name == "team-1.gpx"
    points = pyogrio.read_dataframe(path, layer="waypoints")
    lines = pyogrio.read_dataframe(path, layer="routes")
    given = visits.to_crs(4326)
    assert points.crs == given.crs
    np.testing.assert_allclose(
        shapely.get_coordinates(points.geometry), shapely.get_coordinates(given.geometry), atol=1e-6
    )
    way = routes.to_crs(4326).geometry.iloc[0]
    np.testing.assert_allclose(shapely.get_coordinates(lines.geometry), shapely.get_coordinates(way), atol=1e-6)
    assert list(points["name"])[2] == '3. St. Mary\'s; the "green", north (HS-3)'
    assert str(points["time"].iloc[0]) == "2025-12-05 18:10:00+00:00"


def test_gpxpy_reads_it_back():
    visits, routes, _ = plan()
    back = gpxpy.parse(gpx_text(visits, routes, 1))
    assert [point.name for point in back.routes[0].points] == [None, *(point.name for point in back.waypoints), None]
    assert back.routes[0].number == 1


def test_the_same_plan_gives_the_same_text_whatever_the_order_of_rows():
    visits, routes, _ = plan(teams=2)
    before = visits.copy()
    text = gpx_text(visits, routes, 2)
    assert gpx_text(visits.iloc[::-1], routes.iloc[::-1], 2) == text
    assert visits.equals(before)


def test_a_stop_passed_twice_is_named_once():
    visits, routes, _ = plan(places=[(0, 0), (100, 0)])
    first, second = visits.geometry
    routes = routes.set_geometry([shapely.LineString([first, second, first, second])], crs=routes.crs)
    names = [point.name for point in gpxpy.parse(gpx_text(visits, routes, 1)).routes[0].points]
    assert [bool(name) for name in names] == [True, True, False, False]


def test_near_greenwich_no_number_is_written_with_an_exponent():
    visits, routes, _ = plan(places=[(0, 0)])
    here = shapely.Point(0.00001, 51.5)
    visits = visits.to_crs(4326).set_geometry([here], crs=4326)
    routes = routes.to_crs(4326).set_geometry([shapely.LineString([here, shapely.Point(0.00002, 51.5)])], crs=4326)
    root = assert_schema(gpx_text(visits, routes, 1))
    assert float(root.find(f"{NS}wpt").get("lon")) == 0.00001


def test_a_team_without_a_visit_and_a_team_that_is_not_there():
    visits, routes, _ = plan()
    routes = routes.set_geometry([None], crs=routes.crs)
    root = assert_schema(gpx_text(visits.iloc[:0], routes, 1))
    assert [element.tag.removeprefix(NS) for element in root] == ["metadata"]
    with pytest.raises(GeoError) as error:
        gpx_text(visits, routes, 4)
    assert str(error.value) == "Team 4 is not in the plan.\nTeams: 1."


def test_a_frame_without_a_system_is_refused():
    visits, routes, _ = plan()
    with pytest.raises(GeoError, match="visits: no coordinate reference system"):
        gpx_text(visits.set_crs(None, allow_override=True), routes, 1)


@given(st.text(max_size=30), st.text(max_size=30))
@settings(max_examples=60)
def test_any_name_gives_well_formed_xml_that_says_it(name, why):
    visits, routes, _ = plan(places=[(0, 0)])
    text = gpx_text(visits.assign(name=name, why=why), routes, 1)
    root = assert_schema(text)
    assert plain_line(name) in (root.findtext(f"{NS}wpt/{NS}name") or "")
    assert plain_text(why) in (root.findtext(f"{NS}wpt/{NS}desc") or "")


def test_control_characters_are_dropped_and_lines_kept():
    assert plain_text("a\x00b\x1b[31m\r\nc\x85\ufffe\ud800") == "ab[31m\nc"
    assert plain_line(" a\n\tb ") == "a b"
    assert plain_text(None) == plain_text(float("nan")) == ""
