"""Visits of a month by concentration: hand numbers, and what largest remainder promises."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import GeoError
from geo.patrol.allocation import allocate, largest_remainder

HOT = pd.DataFrame(
    {
        "rank": [1, 2, 3, 4],
        "name": ["Park", "Lane", "Square", "Close"],
        "incidents": [50, 30, 19, 1],
        "months_covered": 24,
        "area_m2": [20_000.0, 10_000.0, 30_000.0, 40_000.0],
        "could_be_chance": [False, False, False, False],
    }
)


def test_by_hand():
    done = allocate(HOT, visits=60)
    # exact: 30, 18, 11.4, 0.6
    assert done.table["exact"].tolist() == pytest.approx([30, 18, 11.4, 0.6])
    assert done.table["visits"].tolist() == [30, 18, 11, 1]
    assert done.table["equal"].tolist() == [15] * 4
    assert done.visits == 60
    # 25 minutes each, two officers
    assert done.patrol_hours == pytest.approx(25)
    assert done.person_hours == pytest.approx(50)
    assert done.table["dwell_hours"].tolist() == pytest.approx([7.5, 4.5, 2.75, 0.25])
    assert done.unit == (
        "The unit is the hot spot (an outline of 2.5 ha, the middle one of them); a visit is 15 minutes there by a "
        "team of 2, and 10 minutes of walking to it."
    )
    assert done.sentences[0] == (
        "60 visits a month to 4 hot spots by their share of reports: 25.0 patrol hours, 50.0 person-hours. "
        "Most go to Park: 30, where an equal share would be 15.0."
    )


def test_hours_buy_as_many_visits_as_fit():
    assert allocate(HOT, patrol_hours=25).visits == 60
    assert allocate(HOT, patrol_hours=24.99).visits == 59
    assert allocate(HOT, patrol_hours=2.5, walk_minutes=0).visits == 10
    few = allocate(HOT, patrol_hours=2.5)
    assert few.table["visits"].tolist() == [3, 2, 1, 0]
    assert "1 hot spot with the fewest reports gets none." in few.sentences
    assert allocate(HOT, visits=0).table["visits"].tolist() == [0] * 4


def test_impact_where_it_is_known():
    heavy = HOT.assign(impact=pd.Series([10, 30, 60, 0], dtype="Float64"))
    done = allocate(heavy, visits=10)
    assert done.table["visits"].tolist() == [1, 3, 6, 0]
    assert "reports weighted by impact" in done.sentences[0]
    even = HOT.assign(impact=HOT["incidents"].astype("Float64"))
    assert "share of reports:" in allocate(even, visits=10).sentences[0]
    partly = HOT.assign(impact=pd.Series([10, 30, 60, None], dtype="Float64"))
    assert allocate(partly, visits=60).table["visits"].tolist() == [30, 18, 11, 1]


def test_chance_is_not_patrolled_unless_asked():
    doubtful = HOT.assign(could_be_chance=[False, True, False, False])
    assert allocate(doubtful, visits=7).table["rank"].tolist() == [1, 3, 4]
    assert allocate(doubtful, visits=7, include_chance=True).table["rank"].tolist() == [1, 2, 3, 4]


def test_too_few_to_show_an_effect():
    done = allocate(HOT, visits=60)
    assert done.table["reports_a_month"].tolist() == pytest.approx([50 / 24, 30 / 24, 19 / 24, 1 / 24])
    assert (done.table["note"] != "").tolist() == [False, False, True, True]
    assert done.sentences[-1] == "At 2 hot spots too few reports are to be expected to show an effect."


def test_no_hot_spot():
    done = allocate(HOT[:0], visits=60)
    assert (len(done.table), done.visits, done.patrol_hours) == (0, 0, 0)
    assert done.sentences[0] == "No hot spot to visit."


@pytest.mark.parametrize(
    "wrong",
    [{}, {"visits": 1, "patrol_hours": 1}, {"visits": -1}, {"patrol_hours": np.nan}, {"visits": 5, "dwell_minutes": 0},
     {"visits": 5, "officers": 0}, {"visits": 5, "walk_minutes": -1}],
)  # fmt: skip
def test_what_is_out_of_range(wrong):
    with pytest.raises(GeoError):
        allocate(HOT, **wrong)


@given(st.lists(st.integers(0, 500), min_size=1, max_size=30), st.integers(0, 400))
def test_largest_remainder_adds_up_and_keeps_to_the_quota(weights, total):
    given_out = largest_remainder(weights, total)
    if not sum(weights):
        assert not given_out.any()
        return
    exact = np.array(weights) * total / sum(weights)
    assert given_out.sum() == total
    assert (given_out >= 0).all()
    assert (np.abs(given_out - exact) < 1 + 1e-6).all()
    # who has more never gets less
    order = np.argsort(weights, kind="stable")
    for a, b in itertools.pairwise(order):
        assert given_out[a] <= given_out[b] or weights[a] == weights[b]


@given(st.lists(st.integers(1, 500), min_size=1, max_size=12), st.integers(0, 200), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(counts, visits, random):
    table = pd.DataFrame({"rank": range(1, len(counts) + 1), "name": "Lane", "incidents": counts})
    rows = list(range(len(counts)))
    random.shuffle(rows)
    one, other = allocate(table, visits=visits), allocate(table.iloc[rows], visits=visits)
    pd.testing.assert_frame_equal(one.table, other.table)
