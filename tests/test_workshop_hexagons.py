"""Hexagons: they cover the area once, count every report once, and hang on the ground and not on the data."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from conftest import SOUTH, WEST, make_incidents, make_wards
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import GeoError
from geo.workshop.hexagons import choose_width, hexagons

AREA = make_wards("Acre", "Barley")
PLACES = st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 1000)), max_size=80)


def test_a_hexagon_by_hand():
    # 500 m wide: half 250, rise 3 x round(500 / sqrt(12)) = 432, so corners 288 above and below the middle
    cells = hexagons(make_incidents([(1000.0, 500.0)]), AREA, width_m=500)
    [cell] = cells[cells["incidents"] == 1]["cell"]
    _, column, row = cell.split("-")
    assert cell.startswith("H500-")
    middle = (int(column) * 500 + 250 * (int(row) % 2), int(row) * 432)
    assert abs(middle[0] - (WEST + 1000)) <= 250
    assert abs(middle[1] - (SOUTH + 500)) <= 288
    whole = cells[np.isclose(cells.area, cells.area.max())].geometry.iloc[0]
    assert whole.area == pytest.approx(500 * 432)
    west, south, east, north = whole.bounds
    assert (east - west, north - south) == (500, 576)


@settings(max_examples=40)
@given(PLACES, st.sampled_from([60, 150, 250, 333, 1000, 5000]))
def test_cells_cover_the_area_once_and_count_every_incident_once(places, width):
    cells = hexagons(make_incidents(places), AREA, width_m=width)
    assert cells.area.sum() == pytest.approx(AREA.union_all().area)
    assert shapely.symmetric_difference(cells.union_all(), AREA.union_all()).area < 1e-3
    assert cells["incidents"].sum() == len(places)
    assert cells["cell"].is_unique
    assert set(cells.geom_type) <= {"Polygon", "MultiPolygon"}
    for shape, count in zip(cells.geometry, cells["incidents"], strict=True):
        strictly = sum(shapely.Point(WEST + x, SOUTH + y).within(shape) for x, y in places)
        touching = sum(shapely.Point(WEST + x, SOUTH + y).intersects(shape) for x, y in places)
        assert strictly <= count <= touching


def test_outside_is_not_counted_and_order_does_not_matter():
    places = [(500.0, 500.0), (-1.0, 500.0), (700.0, 2000.0), (2000.0, 1000.0)]
    incidents = make_incidents(places)
    one, other = hexagons(incidents, AREA), hexagons(incidents.iloc[::-1], AREA.iloc[::-1])
    assert one["incidents"].sum() == 2
    assert one.drop(columns="geometry").equals(other.drop(columns="geometry"))


def test_the_grid_is_the_same_next_door_and_next_month():
    right = AREA.iloc[[1]]
    whole, part = hexagons(make_incidents([]), AREA), hexagons(make_incidents([(1500.0, 500.0)]), right)
    shared = whole.merge(part, on="cell", suffixes=("", "_part"))
    assert len(shared) == len(part)
    inside = shared[shared.geometry.within(right.union_all().buffer(-1))]
    assert len(inside) > 5
    assert inside.geometry.geom_equals(gpd.GeoSeries(inside["geometry_part"], crs=AREA.crs)).all()


def test_the_smallest_width_that_hides_little_is_chosen():
    crowd = [(500.0 + 3 * i, 500.0) for i in range(12)] * 3
    assert choose_width(make_incidents(crowd), AREA).width_m == 150
    dice = np.random.default_rng(1)
    thin = list(zip(dice.uniform(0, 2000, 300), dice.uniform(0, 1000, 300), strict=True))
    chosen = choose_width(make_incidents(thin), AREA)
    table = chosen.table.set_index("width_m")
    assert table.loc[chosen.width_m, "hidden_share"] <= 0.2
    assert (table.loc[: chosen.width_m - 1, "hidden_share"] > 0.2).all()
    for width in (150.0, 500.0):
        counts = hexagons(make_incidents(thin), AREA, width_m=width)["incidents"]
        small = counts[(counts > 0) & (counts < 10)]
        assert table.loc[width, "hidden_cells"] == len(small)
        assert table.loc[width, "hidden_share"] == pytest.approx(small.sum() / 300)


def test_where_no_width_will_do_it_is_the_widest():
    assert choose_width(make_incidents([(500.0, 500.0)]), AREA).width_m == 1000
    assert choose_width(make_incidents([]), AREA).width_m == 150


def test_faults_are_named():
    for width in (19, -1, float("nan"), float("inf")):
        with pytest.raises(GeoError, match="A hexagon of"):
            hexagons(make_incidents([]), AREA, width_m=width)
    county = AREA.set_geometry([shapely.box(0, 0, 60_000, 60_000)] * 2, crs=AREA.crs)
    with pytest.raises(GeoError, match="would need"):
        hexagons(make_incidents([]), county, width_m=20)
    with pytest.raises(GeoError, match="Project both"):
        hexagons(make_incidents([]), AREA.to_crs("EPSG:32631"))
    with pytest.raises(GeoError):
        hexagons(make_incidents([]).to_crs("EPSG:4326"), AREA)
    with pytest.raises(GeoError, match="no ground"):
        hexagons(make_incidents([]), AREA.iloc[:0])
