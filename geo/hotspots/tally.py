"""Counts of all hot spots at once: a row a hot spot, instead of a table each.

``label`` is always the number of the hot spot of each incident, from 0; -1 for none, which is not counted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Pairs(NamedTuple):
    """Each distinct pair of a hot spot and a code, in this order, and the incidents that have both."""

    label: Ints
    code: Ints
    times: Ints


def pairs(label: Ints, code: Ints) -> Pairs:
    """Return how often each ``code`` (from 0; -1 for unknown, not counted) occurs in each hot spot where it does."""
    known = (label >= 0) & (code >= 0)
    width = int(code.max(initial=0)) + 1
    both, times = np.unique(label[known] * width + code[known], return_counts=True)
    return Pairs(both // width, both % width, times.astype(np.int64))


def crosstab(label: Ints, code: Ints, shape: tuple[int, int]) -> Ints:
    """Return a matrix of ``shape`` (hot spots, codes): how many incidents of each hot spot have each code."""
    known = (label >= 0) & (code >= 0)
    return np.bincount(label[known] * shape[1] + code[known], minlength=shape[0] * shape[1]).reshape(shape)


def sums(label: Ints, values: NDArray[np.generic], count: int) -> Floats:
    """Return the sum of ``values`` (numbers, or booleans to count) of the incidents of each of ``count`` hot spots."""
    inside = label >= 0
    return np.bincount(label[inside], np.asarray(values, np.float64)[inside], minlength=count).astype(np.float64)


def commonest_first(label: Ints, values: pd.Series, count: int) -> list[list[str]]:
    """Return the distinct values of each of ``count`` hot spots as text, the commonest first, equal ones by name."""
    code, names = pd.factorize(values, sort=True)
    found = pairs(label, code.astype(np.int64))
    order = np.lexsort((found.code, -found.times, found.label))
    cuts = np.searchsorted(found.label, np.arange(1, count))
    return [[str(names[one]) for one in own] for own in np.split(found.code[order], cuts)] if count else []


def by_value(values: pd.Series, change: Callable[[str], Any], missing: Any = None) -> NDArray[np.object_]:
    """Return ``change`` of each value as text, asked once for each distinct value; ``missing`` where there is none."""
    code, distinct = pd.factorize(values)
    return np.array([*(change(str(one)) for one in distinct), missing], dtype=object)[code]
