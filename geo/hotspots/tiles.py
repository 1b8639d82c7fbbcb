"""Exact DBSCAN in tiles: the labels of one run over everything, from runs that each see a part of the plane.

Plain functions, arrays in and arrays out, that know of no cluster of computers: whoever runs them (``dask_engine``, a
loop, Spark) has only to bring points to tiles and what the tiles give up to one place.

1. ``cut`` divides the plane into rectangles that hold about as many points each. Cuts may lie anywhere.
2. ``to_tiles`` gives each tile its own points and all round it, to twice the reach: its *halo*.
3. ``cluster_tile`` clusters each by itself, in any order, anywhere.
4. ``merge`` joins the clusters of tiles that share a core point, and numbers them; ``Merged.labels`` renames.

Why this is exact: what lies within one reach of a tile has all its neighbours in the halo, so it is known for certain
whether it is core; further out a core point may be missed, but none is invented. Two core points that are linked across
an edge are both within one reach of both tiles, so both tiles know them, and a shared core point says that two clusters
are one. A border point of a tile sees every core point within its reach; between which clusters of the tile it can
choose is told, and chosen when the clusters have their numbers. A place is its own name: what is equal in x and y is
core, and in a cluster, together. So nothing has to be numbered before it is spread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.hotspots.dbscan import NOISE, Bools, Floats, Ints, checked, dbscan_contested, first_points

# a little more than one and two reaches: a point too many in a halo changes nothing
_NEAR, _HALO = 1.001, 2.01
# points enough to say where tiles are cut
_SAMPLE = 500_000
# a tile is not cut across a side shorter than this many reaches: its halo would hold more than itself
LEAST_SIDE = 8.0


class Tile(NamedTuple):
    """A rectangle that owns its western and southern edge; endless on the outside of all."""

    west: float = -np.inf
    south: float = -np.inf
    east: float = np.inf
    north: float = np.inf

    def owns(self, xy: Floats) -> Bools:
        """Return which points are the tile's own: every point is of one tile."""
        x, y = xy[:, 0], xy[:, 1]
        return np.asarray((x >= self.west) & (x < self.east) & (y >= self.south) & (y < self.north))

    def outside_m(self, xy: Floats) -> Floats:
        """Return how far outside the points are, along the axis on which that is most; below zero: inside."""
        # differences of coordinates near each other are exact, an edge moved by a reach is not
        x, y = xy[:, 0], xy[:, 1]
        return np.maximum(np.maximum(self.west - x, x - self.east), np.maximum(self.south - y, y - self.north))


class Found(NamedTuple):
    """What a tile gives up. Clusters have numbers of the tile, from 0.

    ``labels``, ``is_core``: of its own points, in the order given. ``rows``, ``others``: border points among those, by
    position, that are within reach of another cluster too. ``shared``: core points that another tile may know as well,
    shape (m, 2), each ``of`` a cluster. ``first``: the first core point of each cluster by x, then y, shape (k, 2).
    """

    labels: NDArray[np.int32]
    is_core: Bools
    rows: Ints
    others: Ints
    shared: Floats
    of: Ints
    first: Floats


class Merged(NamedTuple):
    """``number``: the final number of each cluster, tile after tile; ``offset``: where those of each tile begin."""

    number: Ints
    offset: Ints

    def labels(self, tile: int, found: Found) -> Ints:
        """Return the final labels of the own points of the tile at this position among those merged."""
        number = np.append(self.number[self.offset[tile] : self.offset[tile + 1]], NOISE)  # -1 is the last: noise
        labels = number[found.labels]
        np.minimum.at(labels, found.rows, number[found.others])
        return labels


def dbscan_in_tiles(
    xy: Floats,
    weight: Floats,
    *,
    eps_m: float,
    min_incidents: float,
    most: int,
    run: Callable[[Iterator[tuple[Floats, Floats, Tile]], int], Iterable[tuple[int, Found]]] | None = None,
    least_side: float = LEAST_SIDE,
) -> tuple[Ints, Bools]:
    """Return what ``dbscan`` returns, clustered in tiles of about ``most`` points.

    ``run``: takes the tiles one after another (points, weights, tile) and how many they are, and gives back (position,
    what ``cluster_tile`` found), in any order; without it they are clustered here, one at a time.
    """
    xy, weight = checked(xy, weight, eps_m, min_incidents)
    step = max(len(xy) // _SAMPLE, 1)
    tiles = cut(xy[::step], max(most // step, 1), least_side * eps_m)
    own: list[Ints] = []

    def parts() -> Iterator[tuple[Floats, Floats, Tile]]:
        for tile, rows in zip(tiles, to_tiles(xy, tiles, eps_m), strict=True):
            points = xy[rows]
            own.append(rows[tile.owns(points)])
            yield points, weight[rows], tile

    if run is None:
        done = {i: cluster_tile(*part, eps_m, min_incidents) for i, part in enumerate(parts())}
    else:
        done = dict(run(parts(), len(tiles)))
    found = [done[i] for i in range(len(tiles))]
    merged = merge(found)
    labels, is_core = np.empty(len(xy), np.int64), np.empty(len(xy), np.bool_)
    for i, one in enumerate(found):
        labels[own[i]], is_core[own[i]] = merged.labels(i, one), one.is_core
    return labels, is_core


def cut(sample: Floats, most: int, least_side_m: float) -> list[Tile]:
    """Return tiles that cover the plane, each with at most about ``most`` points of the sample.

    Cut in halves at the median across the longer side, as a k-d tree (Bentley 1975, doi 10.1145/361002.361007). Where
    all lie within ``least_side_m`` a tile keeps more.
    """
    done, todo = [], [(Tile(), sample)]
    while todo:
        tile, points = todo.pop()
        sides = [np.ptp(side) if len(side) else 0.0 for side in points.T]
        along = int(np.argmax(sides))
        if len(points) <= most or sides[along] <= least_side_m:
            done.append(tile)
            continue
        here = points[:, along]
        at = float(np.partition(here, len(here) // 2)[len(here) // 2])
        if at == here.min():  # more than half lie on the edge: cut behind them
            at = float(here[here > at].min())
        low, high = (tile._replace(east=at), tile._replace(west=at))
        if along:
            low, high = (tile._replace(north=at), tile._replace(south=at))
        todo += [(high, points[here >= at]), (low, points[here < at])]
    return done


def to_tiles(xy: Floats, tiles: Sequence[Tile], eps_m: float) -> Iterator[Ints]:
    """Yield for each tile the rows that it needs: its own, and those of its halo."""
    order = None if (np.diff(xy[:, 0]) >= 0).all() else np.argsort(xy[:, 0], kind="stable")
    sorted_xy = xy if order is None else xy[order]
    for tile in tiles:
        # only what a wider strip holds is compared, so that many tiles cost little more than few
        edges = np.array([tile.west - 2 * _HALO * eps_m, tile.east + 2 * _HALO * eps_m])
        begin, end = np.searchsorted(sorted_xy[:, 0], edges)
        rows = begin + np.flatnonzero(tile.outside_m(sorted_xy[begin:end]) <= _HALO * eps_m)
        yield rows if order is None else order[rows]


def cluster_tile(xy: Floats, weight: Floats, tile: Tile, eps_m: float, min_incidents: float) -> Found:
    """Return what a tile gives up, from its own points and those of its halo, in any order."""
    labels, is_core, rows, others = dbscan_contested(xy, eps_m=eps_m, min_incidents=min_incidents, weights=weight)
    outside, own = tile.outside_m(xy), tile.owns(xy)
    certain = outside <= _NEAR * eps_m
    # a cluster that only the outer halo has is of other tiles, and not all of it is here: it has no name
    named = np.flatnonzero(np.bincount(labels[is_core & certain]))
    number = np.full(int(labels.max(initial=NOISE)) + 2, NOISE)
    number[named] = np.arange(len(named))
    labels, others = number[labels], number[others]
    shared = is_core & certain & (outside >= -_NEAR * eps_m)
    chosen = own[rows] & (others != NOISE)
    core = is_core & (labels != NOISE)
    first = first_points(xy[core, 0], xy[core, 1], labels[core], len(named))
    return Found(
        labels[own].astype(np.int32),
        is_core[own],
        (np.cumsum(own) - 1)[rows[chosen]],
        others[chosen],
        xy[shared],
        labels[shared],
        np.column_stack(first),
    )


def merge(found: Sequence[Found]) -> Merged:
    """Return the final numbers: clusters that share a core point are one, numbered by first core point (x, then y)."""
    offset = np.append(0, np.cumsum([len(one.first) for one in found])).astype(np.int64)
    every = int(offset[-1])
    place = np.concatenate([one.shared for one in found])
    cluster = np.concatenate([one.of + begin for one, begin in zip(found, offset, strict=False)])
    order = np.lexsort((place[:, 1], place[:, 0]))
    same = (np.diff(place[order], axis=0) == 0).all(axis=1)
    a, b = cluster[order][:-1][same], cluster[order][1:][same]
    links = coo_array((np.ones(len(a), np.bool_), (a, b)), shape=(every, every))
    count, component = connected_components(links, directed=False) if every else (0, np.empty(0, np.int64))
    first = np.concatenate([one.first for one in found])
    by_place = np.lexsort((first[:, 1], first[:, 0]))
    _, leader = np.unique(component[by_place], return_index=True)  # where each component comes first
    rank = np.empty(count, np.int64)
    rank[np.argsort(leader)] = np.arange(count)
    return Merged(rank[component], offset)
