"""Recorded fixes as walks: tracks that go on from one another joined, known time told from gaps in the recording."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.patrol.check.presence import Floats, Spans, inside_share, union, without

# a track goes on from another if somebody could have got there: 40 km/h and 50 m of noise, as layers/speed.py has it
_FASTEST_M_S, _NOISE_M = 40 / 3.6, 50.0
EPOCH = pd.Timestamp("2000-01-01", tz="UTC")


@dataclass(frozen=True)
class Walks:
    """The fixes sorted by walk and time: ``walk`` numbers, ``seconds`` since 2000, ``xy`` metres, ``track`` as given.

    ``known`` and ``gap``: rows of fixes that the recording goes on from to the next row within the longest gap, or
    only after a longer one.
    """

    walk: NDArray[np.int64]
    track: NDArray[np.int64]
    seconds: Floats
    xy: Floats
    known: NDArray[np.int64]
    gap: NDArray[np.int64]

    def known_spans(self, walks: NDArray[np.int64] | None = None) -> Spans:
        """Return when somebody was recorded: of all walks, or of these."""
        rows = self.known if walks is None else self.known[np.isin(self.walk[self.known], walks)]
        return union(self._spans(rows))

    def inside(self, centre: Floats, radius_m: float) -> tuple[Spans, NDArray[np.int64]]:
        """Return the spans inside a circle, not put together, and the walk of each.

        A fix inside is a span without length, so that somebody seen once between two gaps is not forgotten.
        """
        enters, leaves = inside_share(self.xy[self.known], self.xy[self.known + 1], centre, radius_m)
        # without a length on the edge nobody was inside
        held = np.flatnonzero(leaves > enters)
        rows = self.known[held]
        begin, lasts = self.seconds[rows], self.seconds[rows + 1] - self.seconds[rows]
        crossed = np.column_stack([begin + enters[held] * lasts, begin + leaves[held] * lasts])
        seen = np.flatnonzero(self.is_inside(centre, radius_m))
        points = np.column_stack([self.seconds[seen], self.seconds[seen]])
        return np.vstack([crossed, points]), np.concatenate([self.walk[rows], self.walk[seen]])

    def is_inside(self, centre: Floats, radius_m: float) -> NDArray[np.bool_]:
        """Return for each fix whether it is in the circle, its edge included."""
        return ((self.xy - centre) ** 2).sum(axis=1) <= radius_m**2

    def gaps(self, centre: Floats, radius_m: float) -> tuple[Spans, Spans]:
        """Return the gaps that begin or end inside a circle, and those of them that do both; in order of time."""
        inside = self.is_inside(centre, radius_m)
        begins, ends = inside[self.gap], inside[self.gap + 1]
        return self._spans(self.gap[begins | ends]), self._spans(self.gap[begins & ends])

    def unrecorded(self) -> Spans:
        """Return the gaps of each walk that no other walk covers."""
        return without(self._spans(self.gap), self.known_spans())

    def _spans(self, rows: NDArray[np.int64]) -> Spans:
        return np.column_stack([self.seconds[rows], self.seconds[rows + 1]])


def walks_of(tracks: gpd.GeoDataFrame, max_gap_s: float) -> Walks:
    """Return fixes as walks. The numbers of tracks and the order of rows change nothing but ``track``."""
    xy = np.column_stack([tracks.geometry.x, tracks.geometry.y]).astype(float).reshape(-1, 2)
    seconds = (tracks["time"] - EPOCH).dt.total_seconds().to_numpy(float)
    number = tracks["track"].to_numpy(np.int64)
    # by time, then place: no other order than the walk's own
    order = np.lexsort([xy[:, 1], xy[:, 0], seconds, number])
    number, seconds, xy = number[order], seconds[order], xy[order]
    walk = _joined(number, seconds, xy, max_gap_s)
    order = np.lexsort([xy[:, 1], xy[:, 0], seconds, walk])
    walk, number, seconds, xy = walk[order], number[order], seconds[order], xy[order]
    same = np.flatnonzero(walk[1:] == walk[:-1])
    lasts = seconds[same + 1] - seconds[same]
    return Walks(walk, number, seconds, xy, same[lasts <= max_gap_s], same[lasts > max_gap_s])


def _joined(number: NDArray[np.int64], seconds: Floats, xy: Floats, max_gap_s: float) -> NDArray[np.int64]:
    """Return a walk number a fix: a track that begins soon after another ends, and near, goes on from it.

    Each track goes on from one other at most, the one that ends last before it; two that begin after the same one are
    told apart by who begins first.
    """
    first = np.flatnonzero(np.concatenate([[True], number[1:] != number[:-1]])) if len(number) else np.empty(0, int)
    last = np.append(first[1:], len(number)) - 1
    tracks = sorted(range(len(first)), key=lambda i: (seconds[first[i]], seconds[last[i]], *xy[first[i]], *xy[last[i]]))
    walk_of: dict[int, int] = {}
    open_ends: list[int] = []  # tracks that none goes on from yet
    for i in tracks:
        waits = seconds[first[i]] - seconds[last[open_ends]]
        apart = np.hypot(*(xy[last[open_ends]] - xy[first[i]]).T)
        fits = np.flatnonzero((waits >= 0) & (waits <= max_gap_s) & (apart <= _NOISE_M + _FASTEST_M_S * waits))
        if len(fits):
            before = open_ends.pop(int(min(fits, key=lambda j: (waits[j], apart[j]))))
            walk_of[i] = walk_of[before]
        else:
            walk_of[i] = len(set(walk_of.values()))
        open_ends.append(i)
    walk = np.empty(len(number), np.int64)
    for i in range(len(first)):
        walk[first[i] : last[i] + 1] = walk_of[i]
    return walk
