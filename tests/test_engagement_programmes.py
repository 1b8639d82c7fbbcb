"""Engagements that belong together, counted once: by hand, and what must hold of any log."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.engagement.programmes import Programmes, programmes, whose
from geo.engagement.rates import limits


def of(rows: list[tuple[int, int, int]], **more: object) -> Programmes:
    """Stratum, kind and day of each engagement, over days 0 to 364."""
    stratum, kind, day = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    given_ = {"strata": 2, "first_day": 0, "last_day": 364} | more
    return programmes(stratum, kind, day, **given_)  # type: ignore[arg-type]


def test_what_follows_within_eight_weeks_is_one_programme():
    assert of([(0, 0, 0), (0, 0, 56), (0, 0, 112)]).started.tolist() == [1, 0]
    assert of([(0, 0, 0), (0, 0, 57), (0, 0, 113)]).started.tolist() == [2, 0]
    # another kind or another stratum is another programme
    assert of([(0, 0, 0), (0, 1, 1), (1, 0, 2)]).started.tolist() == [2, 1]
    assert of([]).started.tolist() == [0, 0]


def test_how_much_programmes_vary_in_size():
    alike = [(0, kind, 7 * week) for kind in range(6) for week in range(4)]
    assert of(alike).spread == 1
    # sizes 1, 1, 1, 1, 1 and 7: 6 x 54 / 12²
    clubs = [(1, kind, 0) for kind in range(5)] + [(0, 9, 7 * week) for week in range(7)]
    assert of(clubs).spread == pytest.approx(6 * 54 / 144)


def test_time_in_which_a_new_programme_cannot_be_seen():
    # two of one kind in 0, one of it in 1: 2 of the 2 others are alike; each is blind from its day on for 56 days,
    # the second also for the 10 days it ran
    found = of([(0, 0, 0), (0, 0, 100), (0, 0, 105), (0, 0, 110), (1, 0, 300)])
    assert found.free.tolist() == pytest.approx([1 - (56 + 66) / 365, 1])
    # half of the other programmes are of that kind
    half = of([(0, 0, 0), (0, 0, 7), (1, 0, 100), (1, 1, 200)])
    assert half.free[0] == pytest.approx(1 - 0.5 * 63 / 365)
    # nothing is hidden where nothing was joined: a meeting every ten weeks
    assert of([(0, 0, 70 * week) for week in range(5)]).free.tolist() == [1, 1]
    # the end of the period ends it
    late = of([(0, 0, 360), (0, 0, 364), (1, 0, 5)])
    assert late.free[0] == pytest.approx(1 - 4 / 365)


def test_an_unnamed_week_of_a_club_is_the_same_club():
    stratum, kind = np.zeros(6, np.int64), np.array([0, 0, 0, 0, 1, 0])
    day, named = np.array([0, 7, 14, 100, 8, 300]), np.array([5, -1, 5, -1, -1, 4])
    assert whose(stratum, kind, day, named).tolist() == [5, 5, 5, -1, -1, 4]
    # the first week, too
    assert whose(stratum[:2], kind[:2], np.array([0, 7]), np.array([-1, 3])).tolist() == [3, 3]
    assert whose(stratum[:0], kind[:0], day[:0], named[:0]).tolist() == []


rows = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 364)), max_size=30)


@settings(deadline=None, max_examples=60)
@given(rows, st.randoms())
def test_the_order_of_rows_does_not_matter_and_nobody_has_more_programmes_than_events(given_rows, random):
    mixed = given_rows[:]
    random.shuffle(mixed)
    first, again = of(given_rows, strata=3), of(mixed, strata=3)
    assert (first.started == again.started).all()
    assert (first.free == again.free).all()
    assert first.spread == again.spread >= 1
    events = np.bincount([row[0] for row in given_rows], minlength=3)
    assert (first.started <= events).all()
    assert ((first.started > 0) == (events > 0)).all()
    assert (first.free > 0).all()
    assert (first.free <= 1).all()


def log_of(rng: np.random.Generator, mean: int) -> tuple[np.ndarray, ...]:
    """Two years of programmes, of ten communities met alike: community, kind (of 40), day of each engagement."""
    share = np.array([30, 20, 12, 10, 8, 6, 5, 4, 3, 2]) / 100
    many = rng.poisson(400 / mean)
    size = rng.geometric(1 / mean, many)
    each = np.repeat(np.arange(many), size)
    week = np.arange(len(each)) - np.repeat(np.cumsum(size) - size, size)
    whom, what, start = rng.choice(10, many, p=share), rng.integers(0, 40, many), rng.integers(0, 731, many)
    day = start[each] + 7 * week
    return share, whom[each][day < 731], what[each][day < 731], day[day < 731]


@pytest.mark.parametrize("mean", [1, 3, 6])
def test_limits_hold_the_truth_where_everybody_is_met_alike(mean):
    rng = np.random.default_rng(mean)
    held = []
    for _ in range(150):
        share, whom, what, day = log_of(rng, mean)
        found = programmes(whom, what, day, strata=10, first_day=0, last_day=730)
        at_risk = share * found.free
        due = found.started.sum() * at_risk / at_risk.sum()
        events = np.bincount(whom, minlength=10)
        between = limits(events, events.sum() * share, found.started, due, spread=found.spread)
        held.append(((between["low"] <= 1) & (between["high"] >= 1)).mean())
    assert 0.92 <= np.mean(held) <= 0.985


def test_limits_by_hand():
    # nothing seen of 4 due among 40: 1 - 0.025^(1/40) of 40 over 4
    none = limits([0, 40], [4, 36], [0, 40], [4, 36], spread=1.0)
    assert none.iloc[0].tolist() == pytest.approx([0, (1 - 0.025 ** (1 / 40)) * 10])
    # twice the events in programmes twice as long: the same limits of the ratio
    one = limits([10, 30], [20, 20], [10, 30], [20, 20], spread=1.0)
    two = limits([20, 60], [40, 40], [10, 30], [20, 20], spread=1.0)
    assert two.to_numpy() == pytest.approx(one.to_numpy())
    wide = limits([10, 30], [20, 20], [10, 30], [20, 20], spread=2.0)
    assert (wide["low"] < one["low"]).all()
    assert (wide["high"] > one["high"]).all()
    assert np.isnan(limits([1, 2], [np.nan, 2], [1, 2], [np.nan, 2], spread=1.0).iloc[0]).all()
