"""What chance alone would look like: the null models against which hot spots are judged, always by name.

``smooth``: incidents fall as densely as in the wider surroundings, some hundred metres round. For exact positions, and
the default for them: a side of the town with more homes has more reports, and is no hot spot for that.
``csr``: incidents fall anywhere in the study area, evenly (complete spatial randomness). For exact positions only, and
only where homes lie evenly: elsewhere it calls every place where people live a hot spot.
``snap``: incidents fall on the area's own map points, each as likely as any other. For published positions, which are
moved to such points: against csr every map point is a hot spot, because there is nothing between them.
``unequal``: map points differ, because some stand for eight homes and some for a shopping street. How busy each is, is
learned from all other activity recorded there (other crime, or residents and premises), shrunk towards what is usual
round it as far as the numbers are small: a quiet point may be quiet by luck. How far reports follow activity is learned
too: twice the activity need not bring twice the reports. A place must then be busier than points like it. The default
where other activity is known.
``background``: incidents fall where other crime, or any other activity given, is. Asks whether they are more
concentrated than activity in general; in a town centre they seldom are.

Under ``csr``, ``snap`` and ``background`` the greatest number within reach is compared; under ``unequal`` and
``smooth`` by how many it exceeds what was expected there, so that a busy centre does not hide every other place.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
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
_NEIGHBOURS, _OF_ALL = 61, 10
_LONG_TAILS = 1.5
# how far reports follow activity: from not at all to its cube, and Newton's steps to find it
_STEEPEST, _STEPS, _HELD = 3.0, 25, 10.0
# the wider surroundings: a normal kernel, sharpened so often; in cells of half a reach of practice, or of a millionth
_WIDE_M, _SHARPER = 400.0, 2
_CELL_M, _MOST_CELLS, _TRIES = 37.5, 1_000_000, 20
# excesses are compared to so many decimals: added up in another order the last digits differ
_DECIMALS = 6
# numbers held at once while dealing: 8 bytes each
_AT_ONCE = 250_000


class Null(NamedTuple):
    """A null model: ``draw(rng)`` gives one simulated set of places and the incidents at each; ``meaning`` in words.

    ``points``: the map points incidents are dealt over, and ``deal(rng)`` how many come to each; None for csr.
    ``share``: what part of all incidents is expected at each point, where counts are judged against it; else None.
    ``density``: incidents per square metre expected at each of some places, for the same where there are no map points.
    """

    name: str
    meaning: str
    incidents: int
    draw: Draw
    points: Floats | None = None
    deal: Deal | None = None
    share: Floats | None = None
    density: Callable[[Floats], Floats] | None = None


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


def smooth(places: Floats, area: shapely.Geometry) -> Null:
    """Return the null of the wider surroundings: as many incidents as ``places``, as dense as those are 400 m round.

    The density is a normal kernel of 400 m over cells of 37.5 m (larger in areas of over a million), corrected for what
    lies outside the area and sharpened twice (Richardson-Lucy), so that neither an edge nor a steady slope looks like a
    hot spot. A hot spot of a hundred metres is spread so thin by it that it hardly raises what is expected of it.
    """
    west, south, east, north = area.bounds
    side = max(_CELL_M, math.sqrt((east - west) * (north - south) / _MOST_CELLS))
    corner, shape = np.array([west, south]), (int((east - west) / side) + 1, int((north - south) / side) + 1)

    def cell(xy: Floats) -> Ints:
        column, row = np.clip(((xy - corner) / side).astype(np.int64), 0, np.array(shape) - 1).T
        return np.asarray(column * shape[1] + row)

    middles = corner + (np.stack(np.unravel_index(np.arange(shape[0] * shape[1]), shape), axis=1) + 0.5) * side
    counts = np.bincount(cell(places), minlength=len(middles)).reshape(shape).astype(np.float64)
    boxes = shapely.box(*(middles - side / 2).T, *(middles + side / 2).T)
    ground = shapely.contains_properly(area, boxes).astype(np.float64)
    border = (ground == 0) & (shapely.intersects(area, boxes) | (counts.ravel() > 0))
    # a cell that the edge of the area cuts holds reports on a part of it only
    ground[border] = np.maximum(shapely.area(shapely.intersection(boxes[border], area)) / side**2, 1e-3)
    from scipy.ndimage import gaussian_filter  # a tenth of a second that the other chances do without

    def spread(values: Floats) -> Floats:
        return np.asarray(gaussian_filter(values.reshape(shape), _WIDE_M / side, mode="constant", truncate=3)).ravel()

    seen, dense = spread(counts), ground.copy()
    for _ in range(1 + _SHARPER):
        dense = dense * seen / np.maximum(spread(dense), 1e-300)
    held = dense * len(places) / max(dense.sum(), 1e-300)
    density = np.divide(held, ground * side**2, out=np.zeros(len(held)), where=ground > 0)
    some = np.flatnonzero(held)
    deal, weight = _dealer(held[some], len(places)), np.ones(len(places))
    shapely.prepare(area)
    shapely.contains_xy(area, area.representative_point().x, area.representative_point().y)  # its index, before threads

    def draw(rng: np.random.Generator) -> tuple[Floats, Floats]:
        which = np.repeat(some, deal(rng))
        drawn = middles[which] + (rng.random((len(which), 2)) - 0.5) * side
        outside = np.flatnonzero(border[which])
        for _ in range(_TRIES):
            outside = outside[~shapely.contains_xy(area, drawn[outside])]
            drawn[outside] = middles[which[outside]] + (rng.random((len(outside), 2)) - 0.5) * side
        return drawn, weight

    meaning = "incidents as dense as in the wider surroundings, some hundred metres round"
    return Null("smooth", meaning, len(places), draw, density=lambda xy: density[cell(xy)])


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


def unequal(points: Floats, activity: Floats, reports: Floats) -> Null:
    """Return the null of unequal map points: how busy each is, is judged from its other ``activity`` (n,), 0 or more.

    ``reports`` (n,): those at each point, of which as many are dealt. Gamma-Poisson: the activity of a point is what is
    usual round it times a gamma variable of mean 1 and shape a, so with a count x it is gamma with shape a + x. Usual
    is the mean of the 61 nearest points, with ten at the mean of all. The shape follows from how much more activity
    varies round the usual than Poisson counts do. Of that half as much again is taken, because true rates have longer
    tails than a gamma distribution, and two standard errors, because few counts hide how unequal points are: points
    taken for alike would be called hot spots.

    Reports are expected at each point in proportion to a power of what is usual round it times another power of what
    the point has beyond that; both powers, 0 to 3, are fitted to all reports (Poisson regression). So a side of the
    town that is busier throughout is no surprise, and a shopping street with fifty times the thefts is not expected to
    have fifty times the noise, if elsewhere noise does not go with thefts. Each map draws anew what is not known: the
    rate of each point, and what is usual round it.
    """
    nearest = cKDTree(points).query(points, k=min(_NEIGHBOURS, len(points)))[1].reshape(len(points), -1)

    def around(values: Floats) -> Floats:
        return np.asarray((values[nearest].sum(axis=1) + _OF_ALL * values.mean()) / (nearest.shape[1] + _OF_ALL))

    usual = around(activity)
    excess = _LONG_TAILS * ((activity - usual) ** 2 - usual).mean() + 2 * usual.mean() * math.sqrt(2 / len(activity))
    shape = min(float((usual**2).mean() / excess), _ALIKE) if excess > 0 else _ALIKE
    likely = shape + activity
    own = likely / (shape + usual)
    of_usual, of_own = _powers(np.log(np.column_stack((usual, own))), reports)
    share = usual**of_usual * own**of_own
    share /= share.sum()
    incidents = int(reports.sum())

    def deal(rng: np.random.Generator) -> Ints:
        drawn = rng.standard_gamma(likely)
        round_it = around(drawn * usual / (shape + usual)) / usual
        return _deal(rng, np.cumsum(share * drawn / likely * round_it**of_usual), incidents)

    meaning = "incidents at each map point as its other recorded activity leads one to expect"
    return Null("unequal", meaning, incidents, _placed(points, deal), points, deal, share)


def _powers(logarithms: Floats, reports: Floats) -> Floats:
    """Return with which power reports go with each column of ``logarithms``, within 0 and 3.

    Poisson regression by Newton's method, started at 1 and held there by the weight of ten reports, so that few reports
    or points that are all alike leave it near 1: in proportion.
    """
    known = np.column_stack((np.ones(len(reports)), logarithms - logarithms.mean(axis=0)))
    power = np.array([math.log(max(reports.mean(), 1e-9)), *np.ones(logarithms.shape[1])])
    held = np.diag([1e-9, *np.full(logarithms.shape[1], _HELD)])
    for _ in range(_STEPS):
        mean = np.exp(np.clip(known @ power, -50, 50))
        towards = known.T @ (reports - mean) - held @ (power - np.array([power[0], *np.ones(len(power) - 1)]))
        power = power + np.clip(np.linalg.solve(known.T @ (known * mean[:, None]) + held, towards), -1, 1)
    return np.asarray(np.clip(power[1:], 0, _STEEPEST))


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

    Where the null expects more at some points than at others, by how many it exceeds what is expected there.
    Map points do not move, so who is within reach of whom is found once for all simulations that deal over them.
    """
    if null.points is None or null.deal is None:
        drawn = (null.draw(np.random.default_rng(seed))[0] for seed in seeds)
        return np.array([_most_within_reach(places, eps_m, null.density) for places in drawn], np.float64)
    tree = cKDTree(null.points)
    reach = tree.sparse_distance_matrix(tree, eps_m, output_type="coo_matrix").tocsr().astype(np.int32)
    reach.data[:] = 1  # a point is within its own reach, at distance 0
    expected = None if null.share is None else null.incidents * (reach @ null.share)[:, None]
    greatest = []
    for batch in _batches(seeds, max(1, _AT_ONCE // len(null.points))):
        dealt = [null.deal(np.random.default_rng(seed)) for seed in batch]
        counts = np.ascontiguousarray(np.array(dealt, np.int32).T)
        held = reach @ counts
        held[counts == 0] = 0  # no report lies there, so no reach is counted from there
        score = held if expected is None else (held - expected).round(_DECIMALS)
        greatest.append(score.max(axis=0))
    return np.concatenate(greatest).astype(np.float64)


def scores(null: Null, places: Floats, counts: Floats, eps_m: float) -> Floats:
    """Return what the null judges of ``counts`` within ``eps_m`` of ``places``, as ``greatest_within_reach`` does."""
    if null.density is not None:
        return np.asarray((counts - null.density(places) * np.pi * eps_m**2).round(_DECIMALS))
    if null.points is None or null.share is None:
        return counts
    near = cKDTree(null.points).query_ball_point(places, eps_m)
    expected = null.incidents * np.array([null.share[own].sum() for own in near])
    return np.asarray((counts - expected).round(_DECIMALS))


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


def _most_within_reach(places: Floats, eps_m: float, density: Callable[[Floats], Floats] | None = None) -> float:
    """Return the greatest number of ``places`` within ``eps_m`` of one of them, itself included.

    With a ``density``: by how many it exceeds those expected.

    Whoever is within reach lies at most two cells of half the reach away, so the 25 cells round a place bound its
    number. The most promising places are counted first, and only those whose bound is above the best are counted at
    all: in noise one in twenty.
    """
    if not len(places):
        return 0.0
    expected = np.zeros(len(places)) if density is None else density(places) * np.pi * eps_m**2
    tree = cKDTree(places, leafsize=32, balanced_tree=False, compact_nodes=False)  # built anew for every map

    def most(rows: NDArray[np.bool_]) -> float:
        held = tree.query_ball_point(places[rows], eps_m, return_length=True)
        return float((held - expected[rows]).round(_DECIMALS).max(initial=-np.inf))

    side = eps_m / 2 * (1 + 1e-9)  # never a third cell away by rounding
    x, y = ((places - places.min(axis=0)) / side).astype(np.int64).T + 2
    shape = int(x.max()) + 3, int(y.max()) + 3
    if shape[0] * shape[1] > 8 * len(places) + 100_000:
        return most(np.ones(len(places), np.bool_))
    counts = np.bincount(x * shape[1] + y, minlength=shape[0] * shape[1]).reshape(shape)
    rows = counts[:-4] + counts[1:-3] + counts[2:-2] + counts[3:-1] + counts[4:]
    bound = (rows[:, :-4] + rows[:, 1:-3] + rows[:, 2:-2] + rows[:, 3:-1] + rows[:, 4:])[x - 2, y - 2] - expected
    promising = np.partition(bound, -_PROMISING)[-_PROMISING] if len(bound) > _PROMISING else -np.inf
    best = most(bound >= promising)
    return max(best, most((bound > best) & (bound < promising)))


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
