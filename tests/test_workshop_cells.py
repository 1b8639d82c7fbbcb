"""Hexagons as a workshop may see them: nothing small, nothing finer than the profile."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from conftest import SOUTH, WEST, make_incidents, make_wards
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.disclosure.profiles import PROFILES
from geo.errors import GeoError
from geo.workshop.cells import released_cells

PUBLIC = PROFILES["public"]
WARDS = make_wards("Acre", "Barley")


def spread(count: int, seed: int = 3) -> gpd.GeoDataFrame:
    dice = np.random.default_rng(seed)
    return make_incidents(list(zip(dice.uniform(0, 2000, count), dice.uniform(0, 1000, count), strict=True)))


def test_small_counts_are_hidden_and_the_rest_rounded():
    # 23 in one place, 3 in another, 14 in a third; far apart
    heap = [(500.0, 500.0)] * 23 + [(1500.0, 500.0)] * 3 + [(500.0, 150.0)] * 14 + [(1200.0, 900.0)] * 9
    done = released_cells(make_incidents(heap), WARDS, width_m=200)
    counts = done.cells["incidents"]
    # 3 and 9 are two small counts, and their sum of 12 tells neither
    assert sorted(counts[counts > 0]) == [15, 25]
    assert counts.isna().sum() == 2
    assert (done.total, done.width_m, done.hidden_share) == (50, 200, round(12 / 49, 2))
    assert done.cells.columns.tolist() == ["cell", "incidents", "geometry"]
    assert any("below 10" in sentence for sentence in done.taken_out)


def test_one_small_count_takes_another_with_it():
    heap = [(500.0, 500.0)] * 23 + [(1500.0, 500.0)] * 3 + [(500.0, 150.0)] * 14
    done = released_cells(make_incidents(heap), WARDS, width_m=200)
    counts = done.cells["incidents"]
    assert counts[counts > 0].tolist() == [25]
    assert counts.isna().sum() == 2


def test_a_small_total_is_not_told():
    done = released_cells(spread(7), WARDS)
    assert done.total is None
    assert done.cells["incidents"].max() == 0 or done.cells["incidents"].isna().any()
    assert not (done.cells["incidents"] > 0).any()


def test_no_incident_at_all_is_none_and_not_hidden():
    done = released_cells(spread(0), WARDS)
    assert (done.total, done.hidden_share) == (0, 0.0)
    assert (done.cells["incidents"] == 0).all()


def test_no_cell_is_smaller_than_a_square_of_the_grid_and_none_is_lost():
    # a border that cuts hexagons into slivers all along
    west = shapely.box(WEST, SOUTH, WEST + 1003, SOUTH + 1011)
    area = WARDS.set_geometry([west, shapely.box(WEST + 1003, SOUTH, WEST + 1990, SOUTH + 1011)], crs=WARDS.crs)
    for width in (110, 150, 200, 333):
        done = released_cells(spread(2000), area, width_m=width)
        whole = done.cells.union_all()
        assert (done.cells.area >= PUBLIC.coordinate_m**2).all()
        assert whole.symmetric_difference(area.union_all()).area < 1e-3
        assert done.cells.area.sum() == pytest.approx(area.union_all().area)
        assert done.cells["cell"].is_unique


def test_widths_finer_than_the_profile_are_refused():
    with pytest.raises(GeoError, match="finer than the 100 m"):
        released_cells(spread(50), WARDS, width_m=109)
    assert released_cells(spread(50), WARDS, width_m=110).width_m == 110


def test_a_stricter_profile_hides_more():
    loose = released_cells(spread(600), WARDS, width_m=200)
    strict = released_cells(spread(600), WARDS, width_m=200, profile=PUBLIC.stricter(minimum_count=20, rounding=10))
    known = strict.cells["incidents"].dropna()
    assert known.isin([0, *range(20, 1000, 10)]).all()
    assert strict.cells["incidents"].isna().sum() > loose.cells["incidents"].isna().sum()


def test_the_order_of_rows_changes_nothing():
    incidents = spread(700)
    one = released_cells(incidents, WARDS)
    other = released_cells(incidents.sample(frac=1, random_state=5), WARDS.iloc[::-1])
    assert one.cells.drop(columns="geometry").equals(other.cells.drop(columns="geometry"))
    assert one.cells.geom_equals(other.cells.geometry).all()
    assert one._replace(cells=None) == other._replace(cells=None)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 1999), st.integers(0, 999)), max_size=120), st.sampled_from([110, 250, 400]))
def test_every_count_is_a_releasable_one(places, width):
    done = released_cells(make_incidents([(x + 0.5, y + 0.5) for x, y in places]), WARDS, width_m=width)
    known = done.cells["incidents"].dropna()
    assert ((known == 0) | ((known >= 10) & (known % 5 == 0))).all()
    assert done.total is None or done.total % 5 == 0
    if done.cells["incidents"].isna().any():
        # never one alone: the rounded total less the others would come close to it
        assert done.cells["incidents"].isna().sum() >= 2 or done.total is None or len(places) < 20
