"""Counts as a few bands a resident can tell apart: made from counts that are rounded and hidden already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import GeoError

# Few places hold many reports, and those are to be seen: the last band is a tenth of the places. Those below it begin
# at equal ratios, so that each holds about as many times more than the one before; quantiles would tell 10 from 15
# and not 20 from 80, as most places hold few.
_TOP = 0.9
_BANDS = 4


class Band(NamedTuple):
    """One band: ``kind`` is none (0), hidden, range (``low`` to ``high``, both in it) or most (``low`` and more)."""

    kind: str
    low: int = 0
    high: int = 0


def require_released(counts: ArrayLike, name: str, minimum: int, rounding: int) -> NDArray[np.float64]:
    """Return the counts as numbers, NaN where hidden; GeoError when they are not those of a release.

    The last wall before a page that is handed out: a count from 1 to ``minimum - 1``, or one that is no multiple of
    ``rounding``, shows that the layer has not been through ``geo.disclosure``.
    """
    values = np.asarray(counts, dtype=np.float64)
    known = values[~np.isnan(values)]
    if (known < 0).any() or ((known > 0) & (known < minimum)).any() or (known % rounding != 0).any():
        raise GeoError(
            f"{name}: holds counts below {minimum} or not rounded to {rounding}.",
            "This page is handed out. Pass the layers through geo.disclosure.release with the public profile first.",
        )
    return values


def bands(counts: ArrayLike, rounding: int, edges: Sequence[int] | None = None) -> tuple[list[Band], list[int]]:
    """Return the bands, fewest first, and for each count the index of its band.

    ``counts`` are multiples of ``rounding``, NaN where hidden. Those above 0 fall into at most four bands: the highest
    holds a tenth of the places, and the others begin at equal ratios below it (10, 20, 40 where it begins at 80), each
    at the count nearest to its ratio. Counts that are equal share a band, and no band is empty. ``edges``: where the
    bands of an earlier page began, which this one keeps so that the two can be compared; the lowest reaches down to the
    fewest reports.
    """
    values = np.asarray(counts, dtype=np.float64)
    hidden, some = np.isnan(values), values > 0
    made = [Band("none")] * bool((values == 0).any()) + [Band("hidden")] * bool(hidden.any())
    lows = _lows(values[some]) if not edges else sorted({*edges[1:], min(int(edges[0]), *_lows(values[some])[:1])})
    highs = [low - rounding for low in lows[1:]]
    made += [Band("range", low, high) for low, high in zip(lows, highs, strict=False)]
    made += [Band("most", lows[-1])] if lows else []
    first = len(made) - len(lows)
    place = first + np.searchsorted(np.asarray(lows), values, side="right") - 1
    place[values == 0] = 0
    place[hidden] = first - 1
    return made, [int(i) for i in place]


def _lows(values: NDArray[np.float64]) -> list[int]:
    if not len(values):
        return []
    ordered = np.unique(values)
    top = np.sort(values)[int(len(values) * _TOP)]
    wanted = np.geomspace(ordered[0], top, _BANDS)
    # observed counts, so that no band is empty
    nearest = np.abs(np.log(ordered) - np.log(wanted)[:, None]).argmin(axis=1)
    return sorted({int(ordered[i]) for i in nearest})
