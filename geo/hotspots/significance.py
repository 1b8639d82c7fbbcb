"""Is a hot spot more than chance? Monte Carlo p-values that hold for the whole map at once.

A hot spot is judged by its peak: the most incidents within reach (eps) of one of its points. For each of m simulations
under a null model the greatest number within reach of any point on the whole map is kept. The p-value of a hot spot is
(1 + b) / (m + 1), b being the simulations whose greatest is at least its peak (Phipson & Smyth 2010): the chance that
noise alone puts as many within reach of one point *anywhere* on the map. Because the greatest is taken, reading every
hot spot against the same level keeps the share of maps with any false alarm at that level (maximum statistic; for
density clusters: Xie & Shekhar 2019, doi 10.1145/3340964.3340968).

The peak, not the size: where a cluster ends depends on the threshold, and how a wide one is split on more than that; a
size is only comparable with chance if all of this is simulated too, and at a low threshold chance joins so many points
that even a crowded corner looks small. The peak is the same whatever the threshold and the splitting, so the p-value
holds for all of them.

Simulation stops early for a hot spot that chance has reached often enough (Besag & Clifford 1991): after the h-th
exceedance, at simulation l, its p-value is h / l.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.hotspots.clusters import Clusters, by_label
from geo.hotspots.nulls import Null, greatest_within_reach, scores, within_reach

__all__ = ["RUNS", "Significance", "Track", "cores", "judged", "p_values", "peaks"]

Floats = NDArray[np.float64]
Track = Callable[[Sequence[Sequence[int]], str], Iterable[Sequence[int]]]

RUNS = 999
_AT_A_TIME = 50
# over fewer map points a simulation is over sooner than two threads have agreed who goes on
_WORTH_SHARING = 20_000
ENOUGH = 20  # exceedances after which more simulations would not change what is said of a hot spot


class Significance(NamedTuple):
    """``p`` of each peak given; ``runs`` simulations made; ``greatest``: the greatest count of each, in order."""

    p: Floats
    runs: int
    greatest: Floats


def peaks(places: Floats, weights: Floats, found: Clusters, eps_m: float) -> Floats:
    """Return the peak of each hot spot: the most of its own incidents within ``eps_m`` of one of its points.

    Its own only: the weak half of a split cluster does not borrow from the strong one beside it.
    """
    return np.array(
        [within_reach(places[own], weights[own], eps_m).max() for own in by_label(found.label)], dtype=np.float64
    )


def judged(places: Floats, weights: Floats, found: Clusters, eps_m: float, null: Null) -> Floats:
    """Return of each hot spot what ``null`` judges: its peak, or where more is expected at some places than at others
    its greatest excess: its own incidents within ``eps_m`` of one of its points, less those expected there.
    """
    groups = by_label(found.label)
    near = [within_reach(places[own], weights[own], eps_m) for own in groups]
    if (null.share is None and null.density is None) or not groups:
        return np.array([own.max() for own in near], np.float64)
    score = scores(null, places[np.concatenate(groups)], np.concatenate(near), eps_m)
    return np.maximum.reduceat(score, np.cumsum([0, *(len(own) for own in groups[:-1])]))


def p_values(
    peak: Floats,
    null: Null,
    eps_m: float,
    *,
    runs: int = RUNS,
    seed: int = 0,
    enough: int = ENOUGH,
    workers: int | None = None,
    track: Track = lambda items, _: items,
) -> Significance:
    """Return the p-value of each hot spot from its ``peak`` (what ``judged`` returns) under ``null``.

    ``runs``: simulations at most; the smallest p-value they can give is 1 / (runs + 1). They stop once every hot spot
    has been reached ``enough`` times. ``workers``: simulations at once (None: one a core); each has its own random
    numbers, so their number changes nothing. ``track`` wraps the loop, for a progress bar. No peaks give no simulation.
    """
    peak = np.asarray(peak, np.float64)
    greatest: list[float] = []
    batches = [range(first, min(first + _AT_A_TIME, runs)) for first in range(0, runs, _AT_A_TIME)]
    few = null.points is not None and len(null.points) < _WORTH_SHARING
    workers = 1 if few else workers or cores()
    # threads, not processes: drawing and counting leave Python's lock alone, and a process takes longer to start than
    # most runs take to simulate
    with ThreadPoolExecutor(workers) as pool:
        for batch in track(batches if len(peak) else [], f"Testing against chance ({null.name})"):
            seeds = [[seed, run] for run in batch]
            shares = [seeds[len(seeds) * i // workers : len(seeds) * (i + 1) // workers] for i in range(workers)]
            for found in pool.map(lambda own: greatest_within_reach(null, eps_m, own), filter(None, shares)):
                greatest += found.tolist()
            beyond = np.flatnonzero(np.array(greatest) >= peak.max())
            if len(beyond) >= enough:
                greatest = greatest[: beyond[enough - 1] + 1]
                break
    reached = np.array(greatest)
    return Significance(np.array([_p_value(reached >= one, runs, enough) for one in peak]), len(greatest), reached)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _p_value(reached: NDArray[np.bool_], runs: int, enough: int) -> float:
    """Return the p-value from whether each simulation reached a hot spot, stopped at the ``enough``-th that did."""
    count = int(reached.sum())
    if count >= enough:
        return enough / (int(np.flatnonzero(reached)[enough - 1]) + 1)
    return (1 + count) / (runs + 1)
