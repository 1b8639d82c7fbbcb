"""Is a hot spot more than chance? Monte Carlo p-values that hold for the whole map at once.

For each of m simulations under a null model the same clustering is run, splitting included, and the size of its largest
cluster is kept (0 if there is none). The p-value of a hot spot of size s is (1 + b) / (m + 1), b being the simulations
whose largest cluster is at least s (Phipson & Smyth 2010): the chance that noise alone puts a hot spot this large
*anywhere* on the map. Because the largest is taken, reading every hot spot against the same level keeps the share of
maps with any false alarm at that level (maximum statistic; for DBSCAN: Xie & Shekhar 2019, doi
10.1145/3340964.3340968).

Simulation stops early for a hot spot that chance has reached often enough (Besag & Clifford 1991): after the h-th
exceedance, at simulation l, its p-value is h / l.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.hotspots.clusters import Settings, find_clusters
from geo.hotspots.nulls import Null, greatest_within_reach

Floats = NDArray[np.float64]
Track = Callable[[Sequence[int], str], Iterable[int]]

RUNS = 999
_FEW = 50
ENOUGH = 20  # exceedances after which more simulations would not change what is said of a hot spot


class Significance(NamedTuple):
    """``p`` of each size given; ``runs`` simulations made; ``largest``: the largest cluster of each, in order."""

    p: Floats
    runs: int
    largest: Floats


def largest_cluster(null: Null, run: int, settings: Settings, *, seed: int) -> float:
    """Return the incidents in the largest cluster of one simulation; the same for the same seed and run, always."""
    places, weights = null.draw(np.random.default_rng([seed, run]))
    found = find_clusters(places, settings, weights)
    if not len(found.min_incidents):
        return 0.0
    clustered = found.label >= 0
    return float(np.bincount(found.label[clustered], weights[clustered]).max())


def p_values(
    sizes: Floats,
    null: Null,
    settings: Settings,
    *,
    runs: int = RUNS,
    seed: int = 0,
    enough: int = ENOUGH,
    track: Track = lambda items, _: items,
) -> Significance:
    """Return the p-value of each hot spot of ``sizes`` (incidents) under ``null``, found with ``settings``.

    ``runs``: simulations at most; the smallest p-value they can give is 1 / (runs + 1). They stop once every hot spot
    has been reached ``enough`` times. ``track`` wraps the loop, for a progress bar. No sizes give no simulation.
    """
    sizes = np.asarray(sizes, np.float64)
    largest: list[float] = []
    if len(sizes):
        some_core = _some_core(null, settings, runs, seed)
        exceeded = 0
        for run in track(range(runs), f"Testing against chance ({null.name})"):
            largest.append(largest_cluster(null, run, settings, seed=seed) if next(some_core) else 0.0)
            exceeded += largest[-1] >= sizes.max()
            if exceeded >= enough:
                break
    reached = np.array(largest)
    return Significance(np.array([_p_value(reached >= size, runs, enough) for size in sizes]), len(largest), reached)


def _some_core(null: Null, settings: Settings, runs: int, seed: int) -> Iterator[bool]:
    """Yield whether each simulation can have a core point at all; the others need no clustering, their largest is 0."""
    if null.points is None:
        yield from [True] * runs
        return
    # a few first: against other crime the test is mostly over by then
    for batch in (range(min(_FEW, runs)), range(_FEW, runs)):
        if len(batch):
            greatest = greatest_within_reach(null, settings.eps_m, [[seed, run] for run in batch])
            yield from (bool(most >= settings.min_incidents) for most in greatest)


def _p_value(reached: NDArray[np.bool_], runs: int, enough: int) -> float:
    """Return the p-value from whether each simulation reached a hot spot, stopped at the ``enough``-th that did."""
    count = int(reached.sum())
    if count >= enough:
        return enough / (int(np.flatnonzero(reached)[enough - 1]) + 1)
    return (1 + count) / (runs + 1)


def likelihood_ratio(incidents: float, expected: float, total: float) -> float:
    """Return Kulldorff's (1997) log likelihood ratio of a hot spot: how much better "more here" explains the count.

    ``expected``: what the null puts into the hot spot; 0 where there are no more incidents than expected.
    """
    if incidents <= expected:
        return 0.0
    inside = incidents * np.log(incidents / expected)
    rest = total - incidents
    return float(inside + (rest * np.log(rest / (total - expected)) if rest else 0.0))
