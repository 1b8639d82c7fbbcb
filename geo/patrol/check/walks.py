"""Recorded fixes as walks (tracks that go on from one another joined), and when a walk was inside a circle."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Spans = NDArray[np.float64]  # (n, 2): begin and end in seconds

_TOUCH_S = 1e-6  # spans this close are one: what floating point leaves between two halves of a walk
# a track goes on from another if somebody could have got there: 40 km/h and 50 m of noise, as layers/tracks.py has it
_FASTEST_M_S, _NOISE_M = 40 / 3.6, 50.0
EPOCH = pd.Timestamp("2000-01-01", tz="UTC")


@dataclass(frozen=True)
class RecordedWalks:
    """The fixes sorted by walk and time: ``walk`` numbers, ``seconds`` since 2000, ``xy`` metres, ``track`` as given.

    ``known`` and ``gap``: rows of fixes that the recording goes on from to the next row within the longest gap, or
    only after a longer one or a pause (another segment of the same track).
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

    def gaps_at_one_place(self, longer_s: float) -> NDArray[np.bool_]:
        """Return which gaps last longer than ``longer_s`` seconds and end where they began.

        That is within twice as far as the middle of all steps between fixes: 25 m at least, which a receiver may be
        off, and 100 m at most. A recorder that logs only what moves leaves such gaps wherever somebody stands.
        """
        step = np.hypot(*(self.xy[self.known + 1] - self.xy[self.known]).T)
        near = float(np.clip(2 * np.median(step), 25.0, 100.0)) if len(step) else 25.0
        apart = np.hypot(*(self.xy[self.gap + 1] - self.xy[self.gap]).T)
        return (apart <= near) & (self.seconds[self.gap + 1] - self.seconds[self.gap] > longer_s)

    def unrecorded(self) -> Spans:
        """Return the gaps of each walk that no other walk covers."""
        return without(self._spans(self.gap), self.known_spans())

    def _spans(self, rows: NDArray[np.int64]) -> Spans:
        return np.column_stack([self.seconds[rows], self.seconds[rows + 1]])


def walks_of(tracks: gpd.GeoDataFrame, max_gap_s: float) -> RecordedWalks:
    """Return fixes as walks. The numbers of tracks and the order of rows change nothing but ``track``.

    Without a column ``segment`` every track is one segment.
    """
    xy = np.column_stack([tracks.geometry.x, tracks.geometry.y]).astype(float).reshape(-1, 2)
    seconds = (tracks["time"] - EPOCH).dt.total_seconds().to_numpy(float)
    number = tracks["track"].to_numpy(np.int64)
    segment = tracks["segment"].to_numpy(np.int64) if "segment" in tracks else np.zeros(len(tracks), np.int64)
    # by time, then place: no other order than the walk's own
    order = np.lexsort([xy[:, 1], xy[:, 0], seconds, segment, number])
    number, segment, seconds, xy = number[order], segment[order], seconds[order], xy[order]
    walk = _joined(number, segment, seconds, xy, max_gap_s)
    order = np.lexsort([segment, number, xy[:, 1], xy[:, 0], seconds, walk])
    walk, number, segment, seconds, xy = walk[order], number[order], segment[order], seconds[order], xy[order]
    same = np.flatnonzero(walk[1:] == walk[:-1])
    lasts = seconds[same + 1] - seconds[same]
    paused = (number[same] == number[same + 1]) & (segment[same] != segment[same + 1]) & (lasts > 0)
    known = (lasts <= max_gap_s) & ~paused
    return RecordedWalks(walk, number, seconds, xy, same[known], same[~known])


def _joined(
    number: NDArray[np.int64], segment: NDArray[np.int64], seconds: Floats, xy: Floats, max_gap_s: float
) -> NDArray[np.int64]:
    """Return a walk number a fix: a part that begins soon after another ends, and near, goes on from it.

    A part is a segment of a track. Those of one track go on from one another however long the pause is. Each goes on
    from one other at most, the one that ends last before it; two that begin after the same one are told apart by who
    begins first.
    """
    new = (number[1:] != number[:-1]) | (segment[1:] != segment[:-1])
    first = np.flatnonzero(np.concatenate([[True], new])) if len(number) else np.empty(0, int)
    last = np.append(first[1:], len(number)) - 1
    parts = sorted(range(len(first)), key=lambda i: (seconds[first[i]], seconds[last[i]], *xy[first[i]], *xy[last[i]]))
    walk_of: dict[int, int] = {}
    open_ends: list[int] = []  # parts that none goes on from yet
    for i in parts:
        waits = seconds[first[i]] - seconds[last[open_ends]]
        apart = np.hypot(*(xy[last[open_ends]] - xy[first[i]]).T)
        near = (waits <= max_gap_s) & (apart <= _NOISE_M + _FASTEST_M_S * waits)
        own = number[last[open_ends]] == number[first[i]]
        fits = np.flatnonzero((waits >= 0) & (near | own))
        if len(fits):
            before = open_ends.pop(int(min(fits, key=lambda j: (~own[j], waits[j], apart[j]))))
            walk_of[i] = walk_of[before]
        else:
            walk_of[i] = len(set(walk_of.values()))
        open_ends.append(i)
    walk = np.empty(len(number), np.int64)
    for i in range(len(first)):
        walk[first[i] : last[i] + 1] = walk_of[i]
    return walk


def inside_share(from_xy: Floats, to_xy: Floats, centre: Floats, radius_m: float) -> tuple[Floats, Floats]:
    """Return where each straight walk enters and leaves a circle, as shares 0 to 1 of its way; NaN where it never is.

    ``from_xy``, ``to_xy``: (n, 2) metres. Somebody who stands still inside is in it from 0 to 1. The edge counts.
    """
    way, off = to_xy - from_xy, from_xy - centre
    a = (way * way).sum(axis=1)
    b = (way * off).sum(axis=1)
    c = (off * off).sum(axis=1) - radius_m**2
    root = b * b - a * c
    moves = a > 0
    safe = np.where(moves, a, 1.0)
    width = np.sqrt(np.maximum(root, 0.0))
    enters = np.where(moves, (-b - width) / safe, 0.0)
    leaves = np.where(moves, (-b + width) / safe, 1.0)
    inside = np.where(moves, (root >= 0) & (leaves >= 0) & (enters <= 1), c <= 0)
    enters, leaves = np.clip(enters, 0.0, 1.0), np.clip(leaves, 0.0, 1.0)
    return np.where(inside, enters, np.nan), np.where(inside, leaves, np.nan)


def union(spans: Spans, *, within_s: float = 0.0) -> Spans:
    """Return spans put together where they overlap, touch, or lie at most ``within_s`` seconds apart; in order."""
    if not len(spans):
        return np.empty((0, 2))
    spans = spans[np.lexsort([spans[:, 1], spans[:, 0]])]
    latest = np.maximum.accumulate(spans[:, 1])
    new = np.concatenate([[True], spans[1:, 0] > latest[:-1] + within_s + _TOUCH_S])
    first = np.flatnonzero(new)
    last = np.append(first[1:] - 1, len(spans) - 1)
    return np.column_stack([spans[first, 0], latest[last]])


def length(spans: Spans) -> float:
    """Return how many seconds the spans last; they must not overlap."""
    return float((spans[:, 1] - spans[:, 0]).sum())


def clipped(spans: Spans, begin: float, end: float) -> Spans:
    """Return the parts of spans between two moments; what only touches them has no length and is kept."""
    held = spans[(spans[:, 1] >= begin) & (spans[:, 0] <= end)]
    return np.clip(held, begin, end)


def without(spans: Spans, known: Spans) -> Spans:
    """Return the parts of spans, put together, that no span of ``known`` covers."""
    known = union(known)
    parts = []
    for begin, end in union(spans):
        at = begin
        for start, stop in known[(known[:, 1] > begin) & (known[:, 0] < end)]:
            if start > at:
                parts.append((at, start))
            at = max(at, stop)
        if at < end:
            parts.append((at, end))
    return np.array(parts, float).reshape(-1, 2)
