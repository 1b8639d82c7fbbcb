from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.engagement.access import floating_catchment, walks
from geo.errors import GeoError

RESIDENTS = pd.Series({1: 100, 2: 200, 3: 300})
SUPPLY = pd.Series({"A": 6, "B": 12})
COSTS = pd.DataFrame(
    [(1, "A", 5), (1, "B", 12), (2, "A", 8), (2, "B", 9), (3, "A", 20), (3, "B", 4)],
    columns=["place", "supply", "cost"],
)


def points(**places):
    return gpd.GeoSeries.from_xy(*zip(*places.values(), strict=True), index=list(places), crs="EPSG:27700")


def test_the_printed_example():
    found = floating_catchment(RESIDENTS, SUPPLY, COSTS, within=10)
    assert found.access.to_dict() == pytest.approx({1: 0.020, 2: 0.044, 3: 0.024})
    assert found.ratio.to_dict() == pytest.approx({"A": 0.020, "B": 0.024})
    assert (found.access * RESIDENTS).sum() == pytest.approx(18)
    assert found.unreached == []


def test_supply_that_nobody_reaches_is_listed():
    found = floating_catchment(RESIDENTS, pd.Series({"A": 6, "B": 12, "C": 5}), COSTS, within=4)
    assert found.ratio.to_dict() == pytest.approx({"A": 0, "B": 0.04, "C": 0})
    assert found.access.to_dict() == pytest.approx({1: 0, 2: 0, 3: 0.04})
    assert found.unreached == ["A", "C"]


def test_a_place_where_nobody_lives_reaches_nothing_for_anybody():
    found = floating_catchment(pd.Series({1: 0}), pd.Series({"A": 3}), COSTS.iloc[:1], within=10)
    assert found.unreached == ["A"]
    assert found.access.tolist() == [0]


def test_of_two_costs_the_lower_holds():
    found = floating_catchment(RESIDENTS, SUPPLY, pd.concat([COSTS.assign(cost=99), COSTS]), within=10)
    assert found.access.to_dict() == pytest.approx({1: 0.020, 2: 0.044, 3: 0.024})


@pytest.mark.parametrize(
    ("residents", "supply", "costs", "said"),
    [
        (-RESIDENTS, SUPPLY, COSTS, "residents: a number is unknown, infinite or negative"),
        (RESIDENTS, SUPPLY * np.nan, COSTS, "supply: a number is unknown"),
        (pd.concat([RESIDENTS, RESIDENTS[:1]]), SUPPLY, COSTS, "residents: 1 appears twice"),
        (RESIDENTS[:2], SUPPLY, COSTS, r"costs: 2 rows for a place that is not there \(3\)"),
    ],
)
def test_what_cannot_be_is_refused(residents, supply, costs, said):
    with pytest.raises(GeoError, match=said):
        floating_catchment(residents, supply, costs, within=10)


def test_walks_are_straight_lines_and_a_third():
    places, supplies = points(a=(0, 0), b=(1000, 0)), points(x=(300, 400), y=(1000, 800 / 1.3))
    found = walks(places, supplies, within_m=800)
    assert found.values.tolist() == [["a", "x", 650.0], ["b", "y", 800.0]]
    with pytest.raises(GeoError, match="not in metres"):
        walks(places.to_crs(4326), supplies)


sizes = st.tuples(st.integers(1, 6), st.integers(1, 5), st.integers(0, 10**6))


@settings(deadline=None)
@given(sizes)
def test_supply_is_shared_out_whole_and_order_does_not_matter(drawn):
    many, offers, seed = drawn
    random = np.random.default_rng(seed)
    residents = pd.Series(random.integers(1, 100, many))
    supply = pd.Series(random.integers(0, 20, offers))
    costs = pd.DataFrame([(i, j, random.integers(0, 20)) for i in range(many) for j in range(offers)])
    costs.columns = ["place", "supply", "cost"]
    found = floating_catchment(residents, supply, costs, within=10)
    reached = supply[~supply.index.astype(str).isin(found.unreached)]
    assert (found.access * residents).sum() == pytest.approx(reached.sum())
    again = floating_catchment(residents[::-1], supply, costs.sample(frac=1, random_state=seed % 1000), within=10)
    assert again.access.sort_index().equals(found.access)


def test_the_package_access_agrees():
    fca = pytest.importorskip("access.fca")
    random = np.random.default_rng(4)
    residents = pd.Series(random.integers(1, 500, 40)).rename_axis("id")
    supply = pd.Series(random.integers(1, 30, 15)).rename_axis("id")
    pairs = [(i, j, float(random.integers(0, 30))) for i in range(40) for j in range(15)]
    costs = pd.DataFrame(pairs, columns=["place", "supply", "cost"])
    theirs = fca.two_stage_fca(
        residents.rename("demand").to_frame(),
        supply.rename("supply").to_frame(),
        costs.rename(columns={"place": "origin", "supply": "dest"}),
        max_cost=12,
        demand_index=True,
        supply_index=True,
    )
    ours = floating_catchment(residents, supply, costs, within=12).access
    assert ours.to_numpy() == pytest.approx(theirs.reindex(ours.index).fillna(0).to_numpy())
