"""A table with margins: what is hidden cannot be worked out, proved by another way of solving it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from geo.disclosure.suppress import Suppressed, hidden_ranges, refuse_determined, suppress
from geo.errors import GeoError

# ENGAGEMENT.md 5: rows A, B, C; with k = 5 the cells A2 and B3 are small
TABLE = np.array([[12, 3, 20], [30, 25, 4], [15, 18, 40]])


def with_margins(table: np.ndarray) -> np.ndarray:
    rows = np.hstack([table, table.sum(axis=1, keepdims=True)])
    return np.vstack([rows, rows.sum(axis=0, keepdims=True)])


def ranges_by_linear_programme(table: np.ndarray, hidden: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The oracle: every sum of the table as an equation, each hidden cell as low and as high as they allow."""
    full = with_margins(table)
    at = {cell: i for i, cell in enumerate(zip(*np.nonzero(hidden), strict=True))}
    equations, sums = [], []
    rows, columns = full.shape
    lines = [[(i, j) for j in range(columns)] for i in range(rows)]
    lines += [[(i, j) for i in range(rows)] for j in range(columns)]
    for line in lines:
        signs = [1] * (len(line) - 1) + [-1]
        equation, right = np.zeros(len(at)), 0.0
        for cell, sign in zip(line, signs, strict=True):
            if cell in at:
                equation[at[cell]] += sign
            else:
                right -= sign * full[cell]
        equations.append(equation)
        sums.append(right)
    low, high = full.astype(float), full.astype(float)
    for cell, i in at.items():
        for sign, found in ((1, low), (-1, high)):
            goal = np.zeros(len(at))
            goal[i] = sign
            done = linprog(goal, A_eq=np.array(equations), b_eq=sums, bounds=[(0, None)] * len(at), method="highs")
            found[cell] = np.inf if done.status == 3 else sign * done.fun
    return low, high


def test_the_cheapest_cure_of_the_worked_example():
    done = suppress(TABLE, minimum=5)
    assert np.argwhere(done.hidden).tolist() == [[0, 1], [0, 2], [1, 1], [1, 2]]
    assert TABLE[done.hidden[:-1, :-1] & ~done.primary[:-1, :-1]].sum() == 45
    assert (done.low[0, 1], done.high[0, 1]) == (0, 23)


def test_two_small_cells_alone_are_given_back_by_the_margins():
    hidden = np.zeros((4, 4), dtype=bool)
    hidden[0, 1] = hidden[1, 2] = True
    low, high = hidden_ranges(TABLE, hidden)
    assert (low[0, 1], high[0, 1], low[1, 2], high[1, 2]) == (3, 3, 4, 4)
    with pytest.raises(GeoError, match="2 hidden cells"):
        refuse_determined(Suppressed(hidden, low, high, hidden), 5)


def test_no_other_choice_of_two_cells_is_cheaper():
    """By trying all of them."""
    best = np.inf
    free = [(i, j) for i in range(3) for j in range(3) if TABLE[i, j] >= 5]
    for cells in itertools.chain.from_iterable(itertools.combinations(free, n) for n in (1, 2, 3)):
        hidden = np.zeros((4, 4), dtype=bool)
        for cell in [(0, 1), (1, 2), *cells]:
            hidden[cell] = True
        low, high = hidden_ranges(TABLE, hidden)
        if ((high - low)[hidden[:, :]] >= 5).all():
            best = min(best, sum(TABLE[cell] for cell in cells))
    assert best == 45


def test_a_row_hides_its_next_smallest_beside_the_total():
    done = suppress([3, 50, 20, 100], minimum=5)
    assert done.hidden.tolist() == [True, False, True, False, False]
    assert (done.low[0], done.high[0]) == (0, 23)


def test_one_cell_alone_takes_its_total_along():
    assert suppress([3], minimum=5).hidden.tolist() == [True, True]


def test_without_margins_only_the_small_are_hidden():
    done = suppress(TABLE, minimum=5, margins=False)
    assert done.hidden[:-1, :-1].sum() == 2
    assert done.hidden[-1].all()


def test_nothing_small_hides_nothing():
    assert not suppress(TABLE, minimum=3).hidden.any()


def test_nobody_is_small_where_people_are_counted():
    table = [[0, 20, 30], [20, 30, 40], [25, 35, 45]]
    assert not suppress(table, minimum=5).hidden.any()
    assert suppress(table, minimum=5, zero_is_small=True).hidden[0, 0]


@pytest.mark.parametrize("broken", [[[1, -1]], [[1.5, 2]], [[np.nan, 2]], [[[1]]]])
def test_only_whole_counts_can_be_protected(broken):
    with pytest.raises(GeoError):
        suppress(broken, minimum=5)


TABLES = st.integers(2, 4).flatmap(
    lambda rows: st.integers(2, 4).flatmap(
        lambda columns: st.lists(
            st.lists(st.integers(0, 30), min_size=columns, max_size=columns), min_size=rows, max_size=rows
        )
    )
)


@settings(max_examples=60, deadline=None)
@given(TABLES, st.integers(2, 10), st.booleans())
def test_what_is_hidden_cannot_be_worked_out(cells, minimum, zero_is_small):
    table = np.array(cells)
    done = suppress(table, minimum=minimum, zero_is_small=zero_is_small)
    full = with_margins(table)
    small = (full < minimum) & ((full > 0) | zero_is_small)
    np.testing.assert_array_equal(done.primary, small)
    assert done.hidden[small].all()
    low, high = ranges_by_linear_programme(table, done.hidden)
    np.testing.assert_allclose(done.low, low, atol=1e-6)
    np.testing.assert_allclose(done.high, high, atol=1e-6)
    assert ((high - low)[small] >= minimum - 1e-6).all()
    assert ((high - low)[done.hidden] >= 1 - 1e-6).all()


@settings(max_examples=25, deadline=None)
@given(TABLES)
def test_each_further_cell_is_needed(cells):
    table = np.array(cells)
    done = suppress(table, minimum=5)
    for cell in np.argwhere(done.hidden & ~done.primary):
        fewer = done.hidden.copy()
        fewer[tuple(cell)] = False
        low, high = hidden_ranges(table, fewer)
        width = high - low
        assert (width[done.primary] < 5).any() or (width[fewer] < 1).any()


def test_a_large_table_with_many_small_cells():
    random = np.random.default_rng(3)
    table = random.poisson(random.gamma(2, 15, (120, 12)))
    done = suppress(table, minimum=10)
    assert done.primary.sum() > 50
    assert ((done.high - done.low)[done.primary] >= 10).all()
