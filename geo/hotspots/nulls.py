"""What chance alone would look like: the null models against which hot spots are judged, always by name.

``csr``: incidents fall anywhere in the study area, evenly (complete spatial randomness). For exact positions only.
``snap``: incidents fall on the area's own map points, each as likely as any other. For published positions, which are
moved to such points: against csr every map point is a hot spot, because there is nothing between them.
``unequal``: map points differ, because some stand for eight homes and some for a shopping street. How busy each is, is
learned from all other activity recorded there (other crime, or residents and premises), shrunk towards what is usual
round it as far as the numbers are small: a quiet point may be quiet by luck. A place must then be busier than points
like it. The default where other activity is known.
``background``: incidents fall where other crime, or any other activity given, is. Asks whether they are more
concentrated than activity in general; in a town centre they seldom are.

Under ``csr``, ``snap`` and ``background`` the greatest number within reach is compared; under ``unequal`` the number
against what was expected there (``likelihood_ratio``), so that a busy centre does not hide every other place.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree
from scipy.special import gammainc

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Draw = Callable[[np.random.Generator], tuple[Floats, Floats]]
Deal = Callable[[np.random.Generator], Ints]

# above this share of incidents that share their position, positions are taken as map points
SNAPPED_SHARE = 0.2
# places counted at once in the search for the fullest reach
_PROMISING = 64
# the shape of a gamma distribution that is hardly wider than one value
_ALIKE = 1e6
# points round each that say what is usual there, and as how many the mean of all counts
_NEIGHBOURS, _OF_ALL = 31, 10
_LONG_TAILS = 1.5
# likelihood ratios are compared to so many decimals: added up in another order the last digits differ
_DECIMALS = 6
# numbers held at once while dealing: 8 bytes each
_AT_ONCE = 250_000


class Null(NamedTuple):
    """A null model: ``draw(rng)`` gives one simulated set of places and the incidents at each; ``meaning`` in words.

    ``points``: the map points incidents are dealt over, and ``deal(rng)`` how many come to each; None for csr.
    ``share``: what part of all incidents is expected at each point, where counts are judged against it; else None.
    """

    name: str
    meaning: str
    incidents: int
    draw: Draw
    points: Floats | None = None
    deal: Deal | None = None
    share: Floats | None = None


def csr(incidents: int, area: shapely.Geometry) -> Null:
    """Return complete spatial randomness: ``incidents`` points, uniform inside ``area`` (polygons, metres)."""
    triangles = _triangles(area)
    corner, side1, side2 = triangles[:, 0], triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    deal = _dealer(np.abs(side1[:, 0] * side2[:, 1] - side1[:, 1] * side2[:, 0]), incidents)
    weight = np.ones(incidents)

    def draw(rng: np.random.Generator) -> tuple[Floats, Floats]:
        which = np.repeat(np.arange(len(triangles)), deal(rng))
        u, v = rng.random((2, incidents, 1))
        over = u + v > 1
        np.subtract(1, u, out=u, where=over)
        np.subtract(1, v, out=v, where=over)
        return corner[which] + u * side1[which] + v * side2[which], weight

    return Null("csr", "incidents anywhere in the study area, evenly", incidents, draw)


def snap(incidents: int, points: Floats) -> Null:
    """Return the null of map points: ``incidents`` dealt over ``points`` (n, 2), each as likely as any other."""
    return _dealt("snap", "incidents on any map point of the area, each as likely as the next", incidents, points, None)


def background(incidents: int, points: Floats, other: Floats) -> Null:
    """Return the null of other activity: ``incidents`` dealt over ``points`` in proportion to ``other`` (n,)."""
    return _dealt(
        "background",
        "incidents where other recorded crime, or the activity given, is",
        incidents,
        points,
        other,
    )


def unequal(incidents: int, points: Floats, activity: Floats) -> Null:
    """Return the null of unequal map points: how busy each is, is judged from its other ``activity`` (n,), 0 or more.

    Gamma-Poisson: the rate of a point is what is usual round it times a gamma variable of mean 1 and shape a, so with
    ``activity`` x (a count) it is gamma with shape a + x. Each map draws the rates anew, because they are not known,
    and deals the incidents by them. Usual is the mean of the 31 nearest points, with ten at the mean of all, so that a
    side of the town that is busier throughout is no surprise. The shape follows from how much more activity varies
    round the usual than Poisson counts do. Of that half as much again is taken, because true rates have longer tails
    than a gamma distribution, and two standard errors, because few counts hide how unequal points are: points taken for
    alike would be called hot spots.
    """
    nearest = cKDTree(points).query(points, k=min(_NEIGHBOURS, len(points)))[1].reshape(len(points), -1)
    usual = (activity[nearest].sum(axis=1) + _OF_ALL * activity.mean()) / (nearest.shape[1] + _OF_ALL)
    excess = _LONG_TAILS * ((activity - usual) ** 2 - usual).mean() + 2 * usual.mean() * math.sqrt(2 / len(activity))
    shape = min(float((usual**2).mean() / excess), _ALIKE) if excess > 0 else _ALIKE
    likely, scale = shape + activity, usual / (shape + usual)

    def deal(rng: np.random.Generator) -> Ints:
        return _deal(rng, np.cumsum(rng.standard_gamma(likely) * scale), incidents)

    meaning = "incidents at each map point as its other recorded activity leads one to expect"
    expected = likely * scale
    return Null("unequal", meaning, incidents, _placed(points, deal), points, deal, expected / expected.sum())


def _dealt(name: str, meaning: str, incidents: int, points: Floats, share: Floats | None) -> Null:
    deal = _even_dealer(len(points), incidents) if share is None else _dealer(share, incidents)
    return Null(name, meaning, incidents, _placed(points, deal), points, deal)


def _placed(points: Floats, deal: Deal) -> Draw:
    def draw(rng: np.random.Generator) -> tuple[Floats, Floats]:
        counts = deal(rng)
        some = counts > 0
        return points[some], counts[some].astype(np.float64)

    return draw


def _even_dealer(points: int, incidents: int) -> Deal:
    return lambda rng: np.bincount(rng.integers(0, points, incidents), minlength=points)


def _dealer(share: Floats, incidents: int) -> Deal:
    """Return how incidents are dealt over points in proportion to ``share``, from any total."""
    up_to = np.cumsum(share)
    return lambda rng: _deal(rng, up_to, incidents)


def _deal(rng: np.random.Generator, up_to: Floats, incidents: int) -> Ints:
    """Return how many of the incidents come to each point, from the running total of their shares.

    Random places on the running total, drawn in their order (as sums of exponential gaps), so that finding them all is
    one walk along it: six times quicker than a binomial number for each point.
    """
    at = np.cumsum(rng.standard_exponential(incidents + 1))
    return np.diff(np.searchsorted(at[:-1], up_to / up_to[-1] * at[-1], side="right"), prepend=0)


def likelihood_ratio(incidents: ArrayLike, expected: ArrayLike, total: float) -> Floats:
    """Return Kulldorff's (1997) log likelihood ratio: how much better "more here" explains each count than chance.

    ``incidents`` of ``total`` in a place where the null puts ``expected``; 0 where there are no more than expected.
    """
    count, mean = np.broadcast_arrays(np.asarray(incidents, np.float64), np.asarray(expected, np.float64))
    ratio = np.zeros(count.shape)
    more = count > mean
    inside, outside = count[more], total - count[more]
    ratio[more] = inside * np.log(inside / mean[more])
    ratio[more] += outside * np.log(np.where(outside > 0, outside, 1) / np.where(outside > 0, total - mean[more], 1))
    return ratio


def share_stacked(places: Floats, weights: Floats) -> float:
    """Return the share of incidents that share their position with another."""
    total = weights.sum()
    return float(weights[weights > 1].sum() / total) if total else 0.0


def least_beyond_chance_csr(incidents: int, area_m2: float, eps_m: float, *, alpha: float = 0.05) -> int:
    """Return the smallest number within ``eps_m`` that chance does not reach anywhere, but for a share ``alpha``.

    By the Poisson distribution: the smallest m with N P(X >= m - 1) <= alpha, X with mean N pi eps^2 / A; each of the N
    incidents counts itself.
    """
    mean = incidents / area_m2 * np.pi * eps_m**2
    least = 2
    while incidents * gammainc(least - 1, mean) > alpha:
        least += 1
    return least


def least_beyond_chance_dealt(null: Null, eps_m: float, *, alpha: float = 0.05, runs: int = 199, seed: int = 0) -> int:
    """Return the smallest number within ``eps_m`` that incidents dealt over map points do not reach, but for ``alpha``.

    From ``runs`` simulations: one more than the (1 - alpha) quantile of the greatest number within reach of an occupied
    point, so that chance alone gives any core point at all in about ``alpha`` of all maps.
    """
    # another stream than the test's: a threshold set on the maps it is later tested on would look better than it is
    greatest = greatest_within_reach(null, eps_m, [[seed, run, 1] for run in range(runs)])
    return int(np.quantile(greatest, 1 - alpha, method="higher")) + 1


def greatest_within_reach(null: Null, eps_m: float, seeds: Sequence[Sequence[int]]) -> Floats:
    """Return, for the simulation of each seed, the greatest number of incidents within ``eps_m`` of an occupied point.

    Where the null expects more at some points than at others, the greatest likelihood ratio instead.
    Map points do not move, so who is within reach of whom is found once for all simulations that deal over them.
    """
    if null.points is None or null.deal is None:
        drawn = (null.draw(np.random.default_rng(seed))[0] for seed in seeds)
        return np.array([_most_within_reach(places, eps_m) for places in drawn], np.float64)
    tree = cKDTree(null.points)
    reach = tree.sparse_distance_matrix(tree, eps_m, output_type="coo_matrix").tocsr().astype(np.int32)
    reach.data[:] = 1  # a point is within its own reach, at distance 0
    expected = None if null.share is None else null.incidents * (reach @ null.share)[:, None]
    greatest = []
    for batch in _batches(seeds, max(1, _AT_ONCE // len(null.points))):
        dealt = [null.deal(np.random.default_rng(seed)) for seed in batch]
        counts = np.ascontiguousarray(np.array(dealt, np.int32).T)
        held = reach @ counts
        held[counts == 0] = 0
        score = held if expected is None else likelihood_ratio(held, expected, null.incidents).round(_DECIMALS)
        greatest.append(score.max(axis=0))
    return np.concatenate(greatest).astype(np.float64)


def scores(null: Null, places: Floats, counts: Floats, eps_m: float) -> Floats:
    """Return what the null judges of ``counts`` within ``eps_m`` of ``places``, as ``greatest_within_reach`` does."""
    if null.points is None or null.share is None:
        return counts
    near = cKDTree(null.points).query_ball_point(places, eps_m)
    expected = null.incidents * np.array([null.share[own].sum() for own in near])
    return likelihood_ratio(counts, expected, null.incidents).round(_DECIMALS)


def within_reach(places: Floats, weights: Floats, eps_m: float) -> Floats:
    """Return the sum of ``weights`` within ``eps_m`` of each place, its own included."""
    tree = cKDTree(places)
    near = tree.query_ball_point(places, eps_m, return_length=True)
    if (weights == 1).all():
        return near.astype(np.float64)
    sums = []
    for first, last in _even_parts(near, _AT_ONCE):
        rows = np.concatenate(tree.query_ball_point(places[first:last], eps_m)).astype(np.int64)
        sums.append(np.add.reduceat(weights[rows], np.cumsum(near[first:last]) - near[first:last]))
    return np.concatenate(sums)


def _most_within_reach(places: Floats, eps_m: float) -> int:
    """Return the greatest number of ``places`` within ``eps_m`` of one of them, itself included.

    Whoever is within reach lies at most two cells of half the reach away, so the 25 cells round a place bound its
    number. The most promising places are counted first, and only those whose bound is above the best are counted at
    all: in noise one in twenty.
    """
    if not len(places):
        return 0
    side = eps_m / 2 * (1 + 1e-9)  # never a third cell away by rounding
    x, y = ((places - places.min(axis=0)) / side).astype(np.int64).T + 2
    shape = int(x.max()) + 3, int(y.max()) + 3
    tree = cKDTree(places, leafsize=32, balanced_tree=False, compact_nodes=False)  # built anew for every map
    if shape[0] * shape[1] > 8 * len(places) + 100_000:
        return int(tree.query_ball_point(places, eps_m, return_length=True).max())
    counts = np.bincount(x * shape[1] + y, minlength=shape[0] * shape[1]).reshape(shape)
    rows = counts[:-4] + counts[1:-3] + counts[2:-2] + counts[3:-1] + counts[4:]
    bound = (rows[:, :-4] + rows[:, 1:-3] + rows[:, 2:-2] + rows[:, 3:-1] + rows[:, 4:])[x - 2, y - 2]
    promising = np.partition(bound, -_PROMISING)[-_PROMISING] if len(bound) > _PROMISING else 0
    first = places[bound >= promising]
    best = int(tree.query_ball_point(first, eps_m, return_length=True).max())
    others = places[(bound > best) & (bound < promising)]
    return max(best, int(tree.query_ball_point(others, eps_m, return_length=True).max(initial=0)))


def _even_parts(lengths: NDArray[np.int64], most: int) -> Iterator[tuple[int, int]]:
    """Yield (first, last) rows whose ``lengths`` add up to about ``most``; at least one row each."""
    cut = np.flatnonzero(np.diff(np.cumsum(lengths) // most)) + 1
    edges = [0, *cut.tolist(), len(lengths)]
    return (pair for pair in itertools.pairwise(edges) if pair[0] < pair[1])


def _batches(items: Sequence[Sequence[int]], size: int) -> Iterator[Sequence[Sequence[int]]]:
    return (items[begin : begin + size] for begin in range(0, len(items), size))


def _triangles(area: shapely.Geometry) -> Floats:
    """Return the area cut into triangles, shape (n, 3, 2)."""
    pieces = shapely.get_parts(shapely.constrained_delaunay_triangles(area))
    return np.asarray(shapely.get_coordinates(pieces).reshape(-1, 4, 2)[:, :3])
