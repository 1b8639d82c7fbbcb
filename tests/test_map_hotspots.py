"""What stands on the page of hot spots, read from its data and words (how it behaves: test_map_in_browser.py)."""

from __future__ import annotations

import base64
import json
import re
import zlib

import geopandas as gpd
import numpy as np
import pytest
import shapely
from browser import about_town, town_hotspots, town_incidents, town_wards
from test_map_safety import _Page

from geo.errors import GeoError
from maps import palette, shapes
from maps.figure import page_html
from maps.hotspots import hotspots_map


def made(hotspots=None, incidents=None, wards=None, about=None) -> str:
    """The page of the town, with what a test changes."""
    return page_html(
        hotspots_map(
            town_hotspots() if hotspots is None else hotspots,
            town_incidents() if incidents is None else incidents,
            town_wards() if wards is None else wards,
            about or about_town(),
        )
    )


def data(page: str) -> dict:
    return json.loads(_Page(page).data["geo-data"])


def text(page: str) -> str:
    return re.sub(r"<[^>]+>", " ", re.sub(r"<(script|style).*?</\1>", " ", page, flags=re.DOTALL))


@pytest.mark.parametrize("which", ["hotspots", "incidents", "wards"])
def test_layers_in_degrees_are_refused(which):
    frames = {"hotspots": town_hotspots(), "incidents": town_incidents(), "wards": town_wards()}
    frames[which] = frames[which].to_crs("EPSG:4326")
    with pytest.raises(GeoError) as caught:
        hotspots_map(**frames, about=about_town())
    assert caught.value.problem.startswith(f"{which}: coordinates are in WGS 84")


def test_nothing_to_draw_is_refused():
    with pytest.raises(GeoError, match="There is no ward and no hot spot to draw"):
        hotspots_map(town_hotspots(0), town_incidents(0), town_wards().iloc[:0], about_town())


def test_the_page_says_what_it_is_made_of():
    words = text(made())
    for expected in (
        "Hot spots in Ashford Vale", "January to December 2025", "made up", "31 January 2026",
        "Three hot spots hold 90 of 105 incidents.", "Search radius", "100 m", "chosen from the data",
        "Two rows were set aside.", "Contains made-up data.", "What this page does not show",
        "a quiet place is unknown, not safe", "Locations are approximate", "Hot spots depend on the method",
    ):  # fmt: skip
        assert expected in words


def test_facts_that_were_not_computed_are_null():
    record = data(made(town_hotspots(1)))["hotspots"][0]
    assert record["rank"] == 1
    assert record["share"] == pytest.approx(40 / 105)
    assert [record[name] for name in ("p_value", "null_model", "trend", "peak", "caveats")] == [None] * 5
    missing = town_hotspots(1, p_value=np.nan).drop(columns=["trend"])
    assert data(made(missing))["hotspots"][0]["p_value"] is None
    assert data(made(missing))["hotspots"][0]["trend"] is None


def test_hot_spots_stand_in_the_order_of_their_rank():
    hotspots = town_hotspots().iloc[::-1]
    assert [record["rank"] for record in data(made(hotspots))["hotspots"]] == [1, 2, 3]


def test_no_hot_spots_still_make_a_page():
    page = made(town_hotspots(0), town_incidents().assign(hotspot=None))
    assert data(page)["hotspots"] == []
    assert len(data(page)["wards"]) == 6


def test_incidents_outside_the_extent_are_counted_on_the_page():
    incidents = town_incidents()
    moved = incidents.set_geometry(incidents.geometry.where(incidents.index > 0, shapely.Point(600_000, 300_000)))
    assert "1 incident has no position within the wards' extent and is not drawn." in text(made(None, moved)).replace(
        "&#x27;", "'"
    )
    assert "not drawn" not in text(made())


def test_a_multipolygon_and_a_missing_shape_are_drawn_as_far_as_they_go():
    hotspots = town_hotspots()
    two = shapely.MultiPolygon([hotspots.geometry[0], shapely.affinity.translate(hotspots.geometry[0], 0, 500)])
    hotspots.geometry = gpd.GeoSeries([two, hotspots.geometry[1], None], crs=hotspots.crs)
    records = data(made(hotspots))["hotspots"]
    assert [record["geometry"] and record["geometry"]["type"] for record in records] == [
        "MultiPolygon",
        "Polygon",
        None,
    ]
    assert records[2]["label"] is None


def test_neighbours_keep_their_common_border():
    bends = [(505_000 + 10 * i, 222_000 + round(2.5 * np.sin(i / 3), 2)) for i in range(101)]
    north = shapely.Polygon([*bends, (506_000, 223_000), (505_000, 223_000)])
    # the same border from the other side, its ring begun in the middle: simplified alone, it would keep other corners
    ring = [*bends[::-1], (505_000, 221_000), (506_000, 221_000)]
    south = shapely.Polygon(ring[40:] + ring[:40])
    pair = town_wards().iloc[:2].set_geometry([south, north])
    first, second = (shapely.geometry.shape(shape) for shape in shapes.neighbours(pair))
    assert shapely.get_num_coordinates(first) < shapely.get_num_coordinates(south)
    assert first.intersection(second).area == 0
    assert shapely.union_all([first, second]).geom_type == "Polygon"
    assert not shapely.union_all([first, second]).interiors


def test_wards_that_overlap_are_only_rounded():
    wards = town_wards().iloc[:2]
    wards = wards.set_geometry([wards.geometry[0], shapely.affinity.translate(wards.geometry[1], -50, 0)])
    assert [len(shape["coordinates"][0]) for shape in shapes.neighbours(wards)] == [5, 5]


def test_coordinates_have_five_decimals():
    for x, y in data(made())["wards"][0]["geometry"]["coordinates"][0]:
        assert (x, y) == (round(x, 5), round(y, 5))


def test_a_label_lies_inside_its_shape():
    horseshoe = shapely.box(505_000, 221_000, 506_000, 222_000) - shapely.box(505_200, 221_200, 506_000, 221_800)
    layer = town_wards().iloc[:1].set_geometry([horseshoe])
    [[lat, lon]] = shapes.label_points(layer)
    point = gpd.GeoSeries([shapely.Point(lon, lat)], crs="EPSG:4326").to_crs(layer.crs)[0]
    assert horseshoe.buffer(-50).contains(point)


def test_colours_by_hand():
    assert palette.cividis(0) == "#002051"
    assert palette.cividis(1) == "#fdea45"
    ramp = palette.density_ramp(9)
    assert len(set(ramp)) == 9
    assert ramp[-1] == "#002051"


def test_sizes_stay_within_the_budget():
    assert len(made(None, town_incidents(10_000)).encode()) < 600_000
    assert len(made(None, town_incidents(100_000)).encode()) <= 1_200_000


def test_the_outlines_of_a_country_stand_packed_and_come_back_whole(monkeypatch):
    whole = data(made())
    monkeypatch.setattr(shapes, "MOST_POINTS", 10)
    html = made()
    lighter = data(html)
    assert {record["geometry"] for record in lighter["wards"] + lighter["hotspots"]} == {None}
    block = re.search(r'id="geo-shapes">([^<]*)<', html)
    packed = json.loads(zlib.decompress(base64.b64decode(block[1])))
    for name, outlines in packed.items():
        for record, polygons in zip(whole[name], outlines, strict=True):
            rings = [[np.cumsum(np.reshape(ring, (-1, 2)), axis=0) / 1e5 for ring in rings] for rings in polygons]
            shape = shapely.geometry.shape(record["geometry"])
            assert shapely.MultiPolygon([(one[0], one[1:]) for one in rings]).equals_exact(
                shapely.MultiPolygon([shape]), 1e-9
            )


def test_a_wide_area_is_drawn_no_finer_than_can_be_seen():
    angles = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    round_ = np.column_stack([300_000 * np.cos(angles), 300_000 * np.sin(angles)]) + 400_000
    country = gpd.GeoDataFrame(geometry=[shapely.Polygon(round_ + np.sin(900 * angles)[:, None])], crs="EPSG:27700")
    drawn = shapes.neighbours(country)[0]["coordinates"][0]
    assert len(drawn) < 2000
