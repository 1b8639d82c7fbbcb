"""When a recorded walk was inside a circle: exact crossings between fixes, and spans of time put together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Spans = NDArray[np.float64]  # (n, 2): begin and end in seconds

_TOUCH_S = 1e-6  # spans this close are one: what floating point leaves between two halves of a walk


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
