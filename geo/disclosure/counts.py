"""Small counts hidden, the rest rounded, and every number that would give a hidden one back hidden with it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from geo.errors import GeoError


def is_small(counts: ArrayLike, minimum: int, *, zero_is_small: bool) -> NDArray[np.bool_]:
    """Return which counts must be hidden: those above 0 and below ``minimum``, and 0 where ``zero_is_small``.

    0 activities may be shown; 0 people of a group may not, for it says something of everybody in it. An unknown count
    (NaN) is not small. Raises GeoError for a negative count.
    """
    values = np.asarray(counts, dtype=np.float64)
    if (values < 0).any():
        raise GeoError("A count is below zero.", "Check the column: is it a change, and no count?")
    return (values < minimum) & ((values > 0) | zero_is_small)


def rounded(counts: ArrayLike, base: int, minimum: int = 0) -> NDArray[np.float64]:
    """Return counts rounded to the nearest multiple of ``base``, halves up, none above 0 to less than ``minimum``.

    Each count is rounded alone, so rounded counts may not add up to their rounded total: say so beside them.
    """
    values = np.asarray(counts, dtype=np.float64)
    if base == 1:
        return values.copy()
    nearest = np.floor(values / base + 0.5) * base
    least = np.ceil(minimum / base) * base  # 12 of at least 12 would be 10, which nobody may be told
    return np.where(values >= minimum, np.maximum(nearest, least), nearest)


def protected(counts: ArrayLike, *, minimum: int = 10, base: int = 5, zero_is_small: bool) -> NDArray[np.float64]:
    """Return counts as they may be shown: hidden (NaN) when small, else rounded.

    With 10 and 5 this is the rule of the Office for National Statistics for small areas: 9 is hidden, 10 and 12 are
    10, 13 and 17 are 15. Applying it twice changes nothing.
    """
    values = np.asarray(counts, dtype=np.float64)
    return np.where(is_small(values, minimum, zero_is_small=zero_is_small), np.nan, rounded(values, base, minimum))


def hidden_with(derived: ArrayLike, *hidden: ArrayLike) -> NDArray[np.float64]:
    """Return rates, shares or ratios with those hidden (NaN) of which any count is hidden.

    A share of a known total gives its count back, and so does a rate of a known population; so each of ``hidden``
    (True where a numerator or denominator is) hides the number worked out from it.
    """
    values = np.asarray(derived, dtype=np.float64).copy()
    for mask in hidden:
        values[np.asarray(mask, dtype=np.bool_)] = np.nan
    return values


def rescaled(derived: ArrayLike, counts: ArrayLike, shown: ArrayLike) -> NDArray[np.float64]:
    """Return numbers that are a multiple of ``counts`` as they would be of the counts ``shown``.

    Otherwise an exact share beside a rounded count would undo the rounding. Hidden where the count is; where the count
    is 0 the number stays.
    """
    values, true, told = (np.asarray(part, dtype=np.float64) for part in (derived, counts, shown))
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(true == 0, values, values * (told / true))
    return np.where(np.isnan(told), np.nan, scaled)


def banded(values: ArrayLike, edges: Sequence[float], names: Sequence[str]) -> pd.Series:
    """Return the name of the band of each value: ``names[i]`` from ``edges[i - 1]`` up to, not including, ``edges[i]``.

    One more name than edges; None where the value is unknown or hidden. Raises GeoError for any other number of names
    and for edges that do not rise.
    """
    limits = np.asarray(edges, dtype=np.float64)
    if len(names) != len(limits) + 1 or (np.diff(limits) <= 0).any():
        raise GeoError("Bands need rising edges and one more name than edges.")
    numbers = np.asarray(values, dtype=np.float64)
    found = pd.Series(np.asarray(names, dtype=object)[np.searchsorted(limits, numbers, side="right")], dtype=object)
    return found.where(~np.isnan(numbers), None)
