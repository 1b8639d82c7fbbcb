"""Give each recorded minute to one stop, also where the circles of stops overlap.

A stretch of time inside several circles goes to the stop whose planned visit is nearest in time; it is divided between
stops only where each part is long enough for a visit. Where no part is, all of it goes to the stop with the longest
stay around it, and of equally long ones to the one planned nearest. So 15 minutes where two circles overlap are 15
minutes and one visit, and 30 minutes there, planned as two visits of 15, are two.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.patrol.check.walks import Floats, Spans, clipped, length, union, without


class Inside(NamedTuple):
    """When walks were inside a stop's circle: ``spans`` (not put together) and the walk of each (``owners``)."""

    spans: Spans
    owners: NDArray[np.int64]


def each_minute_once(
    inside: Mapping[str, Inside], planned: Mapping[str, Spans], *, enough_s: float, merge_s: float
) -> dict[str, Inside]:
    """Return ``inside`` with every stretch of time that a walk spent in several circles left to one stop only.

    ``planned``: the planned visits of each stop. ``enough_s``: how long a visit has to be; ``merge_s``: how long
    somebody may be away within a stay. Fixes without a length stay where they are, unless their stretch went elsewhere.
    """
    shared = _shared(inside)
    lost: dict[tuple[str, int], list[Floats]] = {}
    for stops, walks in shared.items():
        for begin, end in union(np.vstack(list(walks.values()))):
            for start, stop, winner in _divided(begin, end, stops, inside, planned, enough_s, merge_s):
                for walk, spans in walks.items():
                    gone = clipped(spans, start, stop)
                    for loser in (one for one in stops if one != winner):
                        lost.setdefault((loser, walk), []).append(gone)
    return {stop: _kept(stop, given, lost) for stop, given in inside.items()}


def _shared(inside: Mapping[str, Inside]) -> dict[tuple[str, ...], dict[int, Spans]]:
    """Return, by the stops in whose circles somebody was at once and by walk, when that was."""
    found: dict[tuple[str, ...], dict[int, list[tuple[float, float]]]] = {}
    for walk in sorted({int(one) for given in inside.values() for one in np.unique(given.owners)}):
        spans = {stop: union(given.spans[given.owners == walk]) for stop, given in sorted(inside.items())}
        spans = {stop: own for stop, own in spans.items() if length(own) > 0}
        cuts = np.unique(np.concatenate([own.ravel() for own in spans.values()])) if len(spans) > 1 else np.empty(0)
        middle = (cuts[:-1] + cuts[1:]) / 2
        there = {stop: _within(own, middle) for stop, own in spans.items()}
        for i, (begin, end) in enumerate(pairwise(cuts.tolist())):
            stops = tuple(stop for stop, flags in there.items() if flags[i])
            if len(stops) > 1:
                found.setdefault(stops, {}).setdefault(walk, []).append((begin, end))
    return {stops: {walk: np.array(own) for walk, own in walks.items()} for stops, walks in sorted(found.items())}


def _within(spans: Spans, moments: Floats) -> NDArray[np.bool_]:
    """Return which moments lie in spans, which are in order and do not overlap."""
    before = np.searchsorted(spans[:, 0], moments, side="right") - 1
    return (before >= 0) & (moments <= spans[np.maximum(before, 0), 1])


def _divided(
    begin: float,
    end: float,
    stops: tuple[str, ...],
    inside: Mapping[str, Inside],
    planned: Mapping[str, Spans],
    enough_s: float,
    merge_s: float,
) -> list[tuple[float, float, str]]:
    """Return a stretch in parts, each with the stop it goes to."""
    parts = _by_plan(begin, end, stops, planned)
    long = {stop for stop in stops if sum(b - a for a, b, one in parts if one == stop) >= enough_s > 0}
    if long:
        return parts if long == {one for *_, one in parts} else _by_plan(begin, end, tuple(sorted(long)), planned)
    share = {stop: sum(b - a for a, b, one in parts if one == stop) for stop in stops}
    stay = {stop: round(_stay(inside[stop].spans, begin, end, merge_s)) for stop in stops}
    return [(begin, end, max(stops, key=lambda stop: (stay[stop], share[stop])))]


def _by_plan(
    begin: float, end: float, stops: tuple[str, ...], planned: Mapping[str, Spans]
) -> list[tuple[float, float, str]]:
    """Return a stretch divided by which stop's planned visit is nearest in time; of equally near ones, the first."""
    ends = np.unique(np.concatenate([planned[stop].ravel() for stop in stops]))
    between = ((ends[:, None] + ends[None]) / 2).ravel()
    cuts = np.unique(np.concatenate([[begin, end], ends, between]))
    cuts = cuts[(cuts >= begin) & (cuts <= end)]
    parts: list[tuple[float, float, str]] = []
    for start, stop in pairwise(cuts.tolist()):
        nearest = min(stops, key=lambda one: _away(planned[one], (start + stop) / 2))
        if parts and parts[-1][2] == nearest:
            parts[-1] = (parts[-1][0], stop, nearest)
        else:
            parts.append((start, stop, nearest))
    return parts


def _away(visits: Spans, moment: float) -> float:
    """Return how long before or after the nearest planned visit a moment is; 0 within one."""
    return float(np.maximum(np.maximum(visits[:, 0] - moment, moment - visits[:, 1]), 0).min())


def _stay(spans: Spans, begin: float, end: float, merge_s: float) -> float:
    """Return how long the stay is that holds this stretch."""
    known = union(spans)
    stays = union(known, within_s=merge_s)
    here = stays[(stays[:, 0] <= end) & (stays[:, 1] >= begin)]
    return sum(length(clipped(known, first, last)) for first, last in here)


def _kept(stop: str, given: Inside, lost: Mapping[tuple[str, int], list[Floats]]) -> Inside:
    """Return what a stop keeps."""
    spans, owners = [], []
    for walk in np.unique(given.owners):
        own = given.spans[given.owners == walk]
        gone = lost.get((stop, int(walk)))
        if gone is not None:
            away = union(np.vstack(gone))
            points = own[(own[:, 1] == own[:, 0]) & ~_within(away, own[:, 0])]
            own = np.vstack([without(own, away), points])
        spans.append(own)
        owners.append(np.full(len(own), walk, np.int64))
    return Inside(np.vstack(spans), np.concatenate(owners)) if spans else given
