"""What all releases together tell, against an attacker who solves for every cell himself."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from geo.disclosure.counts import protected
from geo.disclosure.releases import ELSEWHERE, Figure, interval, worked_out

MINIMUM = 10


def figure(release, areas, shown, begin=0, end=3, types=None, rounding=1) -> Figure:
    low, high = interval(shown, rounding, MINIMUM)
    return Figure(
        release, "incidents", None if areas is None else frozenset(areas), begin, end,
        None if types is None else frozenset(types), low, high, shown,
    )  # fmt: skip


@pytest.mark.parametrize("shown", [10, 15, 20, 25, 100])
def test_an_interval_holds_exactly_what_rounds_to_it(shown):
    low, high = interval(shown, 5, MINIMUM)
    true = [n for n in range(200) if protected([n], minimum=MINIMUM, base=5, zero_is_small=False)[0] == shown]
    assert (low, high) == (true[0], true[-1])
    assert interval(shown, 1, MINIMUM) == (shown, shown)
    assert interval(0, 5, MINIMUM) == (0, 0)


def test_what_is_found_says_where_when_and_from_what():
    told = worked_out([figure(0, "AB", 78), figure(1, "A", 55, 0, 2), figure(1, "B", 20, 0, 2)], 1, MINIMUM)
    assert [(one.areas, one.begin, one.end, one.releases, one.axis) for one in told] == [
        (frozenset("AB"), 2, 3, (0, 1), "period")
    ]


def test_the_rest_of_a_whole_that_names_parts():
    town = figure(0, ["Town"], 60)
    wards = [figure(1, ["A"], 25), figure(1, ["B"], 30)]
    assert worked_out([town, *wards], 1, MINIMUM) == []  # nobody has said that they lie in the town
    told = worked_out([town, *wards], 1, MINIMUM, within={"A": "Town", "B": "Town"})
    assert [one.areas for one in told] == [frozenset(("the rest of Town",))]
    assert [one.axis for one in told] == ["area"]
    assert worked_out([figure(0, None, 60), *wards], 1, MINIMUM)[0].areas == frozenset((ELSEWHERE,))


def test_nothing_is_told_by_what_was_told_before():
    before = [figure(0, "AB", 60), figure(1, "A", 55)]
    assert worked_out(before, 1, MINIMUM)
    assert worked_out([*before, figure(2, "C", 40)], 2, MINIMUM) == []
    assert worked_out([*before, figure(2, "AB", 60)], 2, MINIMUM) == []


def test_none_at_all_may_be_told():
    assert worked_out([figure(0, "A", 40), figure(1, "A", 40, 0, 4)], 1, MINIMUM) == []


def test_figures_that_exclude_each_other_before_do_not_shut_the_log():
    torn = [figure(0, "A", 40), figure(1, "A", 50)]
    assert worked_out(torn, 1, MINIMUM)[0].contradiction
    assert worked_out([*torn, figure(2, "A", 45, 3, 6)], 2, MINIMUM) == []
    told = worked_out([*torn, figure(2, "A", 55, 0, 4)], 2, MINIMUM)
    assert [(one.releases, one.begin, one.contradiction) for one in told] == [((1, 2), 3, False)]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_cell_is_narrowed_under_the_minimum(data):
    """Random tables, released by areas and periods if worked_out allows; the attacker bounds every cell by his own."""
    rounding = data.draw(st.sampled_from([1, 5]))
    cells = np.array(data.draw(st.lists(st.integers(0, 40), min_size=12, max_size=12))).reshape(3, 4)
    accepted: list[Figure] = []
    for number in range(data.draw(st.integers(2, 5))):
        areas = data.draw(st.sets(st.integers(0, 2), min_size=1))
        begin = data.draw(st.integers(0, 3))
        end = data.draw(st.integers(begin + 1, 4))
        true = cells[sorted(areas), begin:end].sum()
        shown = protected([true], minimum=MINIMUM, base=rounding, zero_is_small=False)[0]
        if not math.isnan(shown):
            new = figure(number, [str(area) for area in areas], float(shown), begin, end, rounding=rounding)
            if not worked_out([*accepted, new], number, MINIMUM):
                accepted.append(new)
    rows = np.zeros((len(accepted), 12))
    for row, one in zip(rows, accepted, strict=True):
        inside = np.zeros((3, 4))
        inside[[int(area) for area in one.areas], one.begin : one.end] = 1
        row[:] = inside.ravel()
    low, high = np.array([one.low for one in accepted]), np.array([one.high for one in accepted])
    for cell in range(12) if accepted else ():
        if not rows[:, cell].any():
            continue
        aim = np.eye(12)[cell]
        ends = [
            sign * linprog(sign * aim, A_ub=np.vstack([rows, -rows]), b_ub=np.concatenate([high, -low])).fun
            for sign in (1, -1)
        ]
        least, most = math.ceil(ends[0] - 1e-6), math.floor(ends[1] + 1e-6)
        alone = min(
            (one.high - (0 if rows[i].sum() > 1 else one.low) for i, one in enumerate(accepted) if rows[i, cell]),
            default=0,
        )
        assert least >= MINIMUM or most < 1 or most - least >= min(MINIMUM, alone), (cell, least, most)
