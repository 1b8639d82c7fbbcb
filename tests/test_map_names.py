"""Names of streets, parks and places: where they may be written, and that none is written across another."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from browser import SOUTH, WEST, about_town, open_browser, town_hotspots, town_incidents, town_wards, visit
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import GeoError
from layers.background.base_map import read_base_map
from maps import shapes
from maps.figure import save_page
from maps.hotspots import hotspots_map
from maps.names import names_block

BOUNDS = shapes.bounds(town_wards())


def line(*points: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([(WEST + x, SOUTH + y) for x, y in points])


def layer(*rows: tuple[str | None, Any], rank: int = 3) -> gpd.GeoDataFrame:
    names, found = zip(*rows, strict=True)
    return gpd.GeoDataFrame({"name": list(names), "rank": rank}, geometry=list(found), crs="EPSG:27700")


def read(block: dict[str, bytes]) -> list[dict[str, Any]]:
    """The names of the block with their places in metres from the corner of the town, read without the page's code."""
    held = json.loads(zlib.decompress(block["names"]))
    degrees = np.cumsum(np.reshape(held["steps"], (-1, 2)), axis=0) / 1e5
    there = gpd.GeoSeries.from_xy(degrees[:, 1], degrees[:, 0], crs=4326).to_crs(27700).translate(-WEST, -SOUTH)
    ends = np.cumsum(held["places"])
    places = [
        {"at": (round(p.x), round(p.y)), "turn": turn, "room": room}
        for p, turn, room in zip(there, held["turns_deg"], held["rooms_m"], strict=True)
    ]
    return [
        {"name": name, "kind": kind, "places": places[end - count : end]}
        for name, kind, count, end in zip(held["names"], held["kinds"], held["places"], ends, strict=True)
    ]


def test_a_street_is_written_in_the_middle_of_its_longest_straight_stretch():
    bent = line((100, 100), (200, 100), (500, 400))  # 100 m east, then 424 m north-east
    [one] = read(names_block({"streets": layer(("Mill  Lane", bent))}, BOUNDS))
    assert (one["name"], one["kind"]) == ("Mill Lane", 2)
    [place] = one["places"]
    assert (place["turn"], place["room"]) == (-45, 424)
    assert place["at"] == pytest.approx((350, 250), abs=1)


def test_a_long_road_is_written_again_400_m_on():
    corners = [(100, 100), (1000, 100), (1000, 1000), (1020, 1010)]
    [one] = read(names_block({"streets": layer(("Long Road", line(*corners)), rank=1)}, BOUNDS))
    assert [(place["turn"], place["room"]) for place in one["places"]] == [(0, 900), (-90, 900)]
    assert one["kind"] == 0


def test_pieces_of_a_name_are_one_street_up_to_200_m_and_two_beyond():
    first, near, far = line((0, 0), (300, 0)), line((450, 0), (700, 0)), line((2000, 0), (2400, 0))
    found = read(names_block({"streets": layer(*[("Church Lane", one) for one in (first, near, far)])}, BOUNDS))
    assert sorted(one["places"][0]["room"] for one in found) == [300, 400]


@pytest.mark.parametrize(
    ("kind", "rank", "code"), [("paths", 1, 3), ("parks", 1, 4), ("places", 1, 5), ("places", 2, 6)]
)
def test_every_kind_has_its_code(kind, rank, code):
    shape = {"paths": line((0, 0), (90, 0)), "parks": line((0, 0), (300, 0)).buffer(50)}.get(kind)
    given = layer(("Somewhere", shape or shapely.Point(WEST + 50, SOUTH + 60)), rank=rank)
    [one] = read(names_block({kind: given}, BOUNDS))
    assert (one["kind"], len(one["places"])) == (code, 1)
    assert one["places"][0]["room"] == {"paths": 90, "parks": 400}.get(kind, 0)


def test_what_has_no_name_or_lies_elsewhere_is_not_written():
    rows = layer((None, line((0, 0), (90, 0))), ("Far Road", line((90_000, 0), (90_100, 0))))
    assert names_block({"streets": rows}, BOUNDS) == {}
    assert names_block({"streets": layer((" ", line((0, 0), (90, 0))))}, BOUNDS) == {}
    assert names_block({}, BOUNDS) == names_block(None, BOUNDS) == {}


def test_layers_in_degrees_are_refused():
    with pytest.raises(GeoError, match="streets"):
        names_block({"streets": layer(("A", line((0, 0), (90, 0)))).to_crs(4326)}, BOUNDS)


@given(
    st.lists(
        st.tuples(st.sampled_from(["A", "B", "</script>{{7*7}}"]), *[st.integers(0, 2900) for _ in range(4)]),
        min_size=1, max_size=12,
    ),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_every_name_is_there_and_the_order_of_rows_leaves_no_trace(rows, random):
    lines = [(name, line((a, b % 1900), (c, d % 1900 + 5))) for name, a, b, c, d in rows]
    one = names_block({"streets": layer(*lines)}, BOUNDS)
    random.shuffle(lines)
    assert names_block({"streets": layer(*lines)}, BOUNDS) == one
    found = read(one)
    assert {entry["name"] for entry in found} == {name for name, *_ in rows}
    assert all(entry["places"] and all(-90 <= place["turn"] < 90 for place in entry["places"]) for entry in found)


def test_the_streets_of_leeds_and_borough_are_named(shared_data):
    for name, area, street in [
        ("leeds_cycleway.osm.gz", (430_600, 433_400, 431_000, 433_900), "Regent Street"),
        ("borough_sausage_links.osm.gz", (532_300, 179_500, 532_700, 179_900), "Borough High Street"),
    ]:
        wards = gpd.GeoDataFrame(geometry=[shapely.box(*area)], crs=27700)
        layers, _ = read_base_map([shared_data / "osm_networks_small" / name], area=wards)
        assert street in {one["name"] for one in read(names_block(layers, shapes.bounds(wards)))}


# --- in a browser ----------------------------------------------------------------------------------------------------

# the corners of what is written, turned as it is, and the boxes of what it must keep clear of
WRITTEN = """() => {
  const corners = (text) => {
    const { x, y, width, height } = text.getBBox();
    const turn = text.getScreenCTM();
    return [[x, y], [x + width, y], [x + width, y + height], [x, y + height]]
      .map(([a, b]) => new DOMPoint(a, b).matrixTransform(turn)).map((p) => [p.x, p.y]);
  };
  const box = (one) => one.getBoundingClientRect();
  const rect = ({ left, right, top, bottom }) => [[left, top], [right, top], [right, bottom], [left, bottom]];
  const shown = (name) => [...document.querySelectorAll(name)].map(box).filter((one) => one.width).map(rect);
  return {
    names: [...document.querySelectorAll('.leaflet-names-pane text')].map((text) => [text.textContent, corners(text)]),
    others: [...shown('.ward-name text'), ...shown('.badge'), ...shown('.leaflet-control')],
    map: rect(box(document.querySelector('.folium-map'))),
  };
}"""


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    across = [(f"Street {x}", line((x, 0), (x + 60, 2000))) for x in range(0, 3000, 120)]
    down = [(f"Road number {y}", line((0, y), (3000, y + 90))) for y in range(0, 2000, 150)]
    parks = layer(("The Long Park", line((1200, 300), (1700, 900)).buffer(120)), rank=1)
    base_map = {"streets": layer(*across, *down), "parks": parks}
    made = hotspots_map(town_hotspots(), town_incidents(), town_wards(), about_town(), base_map=base_map)
    path = tmp_path_factory.mktemp("names") / "page.html"
    save_page(made, path)
    return path


@pytest.fixture(scope="module")
def browser():
    with open_browser() as opened:
        yield opened


@pytest.mark.parametrize("zoom", [14, 15, 15.75, 16.5, 17.25, 18])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_no_name_lies_across_another_nor_across_a_ward_or_a_badge(browser, page, phone, zoom):
    with visit(browser, page, phone=phone) as seen:
        seen.page.evaluate(f"() => {{ map_geo.setZoom({zoom}, {{ animate: false }}); }}")
        found = seen.page.evaluate(WRITTEN)
        names = [shapely.Polygon(corners).buffer(-1.5) for _, corners in found["names"]]  # a line of letters has air
        others = [shapely.Polygon(corners).buffer(-1.5) for corners in found["others"]]
        assert zoom < 15 or names
        for i, one in enumerate(names):
            assert not any(one.intersects(other) for other in names[:i]), found["names"][i][0]
            assert not any(one.intersects(other) for other in others), found["names"][i][0]
            assert shapely.Polygon(found["map"]).contains(one)
        assert (seen.requests, seen.errors) == ([], [])


def test_names_go_with_the_streets(browser, page):
    with visit(browser, page) as seen:
        seen.page.evaluate("() => { map_geo.setZoom(16, { animate: false }); }")
        assert seen.page.locator(".leaflet-names-pane text").first.is_visible()
        seen.page.uncheck("#geo-show-base-map")
        assert not seen.page.locator(".leaflet-names-pane text").first.is_visible()
