"""Exact DBSCAN for weighted points on a plane, on a grid of cells, in numpy.

DBSCAN (Ester, Kriegel, Sander & Xu 1996, KDD-96, 226-231; complexity and rules: Schubert et al. 2017,
doi 10.1145/3068335) calls a point *core* if the points within ``eps_m`` of it, itself included, weigh at least
``min_incidents``. Core points within ``eps_m`` of each other belong together; a point that is not core but within
``eps_m`` of a core point is on the border of its cluster; the rest is noise.

The idea: lay a grid whose cells are so small that any two points of one cell are within ``eps_m``. Then whole cells can
be decided at once. A cell that weighs enough is all core; core points of one cell are always connected; and between two
cells the boxes round their points mostly say "all pairs are within reach" or "none is". Only pairs of cells where the
boxes cannot decide are compared point by point, in rounds, and each comparison stops as soon as it is settled.

No approximation: labels and core points are those of scikit-learn's ``DBSCAN`` on the same points in (x, y) order,
whatever order they are given in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.errors import GeoError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NOISE = -1
# Comparisons made at once: their temporaries stay in the processor's own memory, which is a third quicker than more.
_AT_ONCE = 32_768
# Two cells with more pairs than this are compared by halving (see _sets_touch), not pair by pair.
_MANY_PAIRS = 250_000


def dbscan(
    xy: ArrayLike, *, eps_m: float, min_incidents: float, weights: ArrayLike | None = None
) -> tuple[Ints, Bools]:
    """Return the cluster of every point (``labels``, -1 for noise) and whether it is core (``is_core``).

    ``xy``: shape (n, 2), metres on a plane, in any order. ``eps_m``: the reach, in metres; a distance of exactly
    ``eps_m`` counts. It is not the width of a cluster: clusters chain. ``min_incidents``: the least weight within reach
    of a core point, its own included. ``weights``: shape (n,), incidents per point, 1 each if not given; with whole
    numbers sums are exact, with others a sum that meets ``min_incidents`` only by rounding may be decided either way.

    Clusters are numbered by their first core point in the order of x, then y. A border point within reach of several
    clusters joins the one with the lowest number. So no order of the rows changes anything.

    Raises GeoError if a coordinate or weight is not a number, a weight is negative, or ``eps_m`` or ``min_incidents``
    is not above zero.
    """
    found = dbscan_contested(xy, eps_m=eps_m, min_incidents=min_incidents, weights=weights, contested=False)
    return found.labels, found.is_core


class Contested(NamedTuple):
    """``labels`` and ``is_core`` as ``dbscan`` gives them; border point ``rows[i]`` is within reach of the cluster
    ``others[i]`` too, which is not its own.
    """

    labels: Ints
    is_core: Bools
    rows: Ints
    others: Ints


def dbscan_contested(
    xy: ArrayLike, *, eps_m: float, min_incidents: float, weights: ArrayLike | None = None, contested: bool = True
) -> Contested:
    """Return what ``dbscan`` does, and between which clusters each border point chose (none without ``contested``).

    Who sees a part of the points only cannot tell which of these clusters has the lowest number among all.
    """
    xy, weight = checked(xy, weights, eps_m, min_incidents)
    none = np.empty(0, np.int64)
    if not len(xy):
        return Contested(none, np.empty(0, np.bool_), none, none)
    grid, order = _sort_into_cells(xy, weight, eps_m)
    pairs = _cells_within_reach(grid)
    is_core = _core_points(grid, pairs, min_incidents)
    cores, pairs = _keep_core_points(grid, pairs, is_core)
    cluster_of_cell = _connect(cores, pairs)
    labels = _label_points(grid, cores, pairs, is_core, cluster_of_cell)
    rows, others = _other_clusters(grid, cores, pairs, is_core, cluster_of_cell, labels) if contested else (none, none)

    labels_as_given = np.empty(len(xy), np.int64)
    labels_as_given[order] = labels
    is_core_as_given = np.empty(len(xy), np.bool_)
    is_core_as_given[order] = is_core
    return Contested(labels_as_given, is_core_as_given, order[rows], others)


def checked(xy: ArrayLike, weights: ArrayLike | None, eps_m: float, min_incidents: float) -> tuple[Floats, Floats]:
    """Return points and weights as arrays; GeoError as ``dbscan`` says."""
    points = np.asarray(xy, np.float64).reshape(-1, 2)
    weight = np.ones(len(points)) if weights is None else np.asarray(weights, np.float64)
    if not (eps_m > 0 and np.isfinite(eps_m)):
        raise GeoError(f"eps: {eps_m} is not a distance in metres above zero.", "Try 100.")
    if not (min_incidents > 0 and np.isfinite(min_incidents)):
        raise GeoError(f"min_incidents: {min_incidents} is not a number above zero.", "Try 20.")
    if weight.shape != (len(points),):
        raise GeoError(f"weights: {weight.shape} given for {len(points):,} points.", "Give one weight for each point.")
    if not np.isfinite(points).all():
        raise GeoError("Points: some coordinates are missing or infinite.", "Set those rows aside first.")
    if not (np.isfinite(weight).all() and (weight >= 0).all()):
        raise GeoError("weights: some are negative, missing or infinite.", "Set those rows aside first.")
    return points, weight


# --- the grid -----------------------------------------------------------------------------------------------------


class _Grid(NamedTuple):
    """Points sorted by cell, so that a cell is a slice: ``first[c]`` to ``first[c + 1]``."""

    x: Floats
    y: Floats
    weight: Floats
    cell: NDArray[np.int32]  # of each point
    first: Ints  # of each cell, and one past the last
    key: Ints  # of each cell: row * columns + column
    columns: int
    cell_weight: Floats
    west: Floats  # the box round the points of each cell: tighter than the cell itself
    south: Floats
    east: Floats
    north: Floats
    reach2: float  # eps squared

    @property
    def size(self) -> Ints:
        return np.diff(self.first)


class _Pairs(NamedTuple):
    """Pairs of different cells, each once: ``a`` before ``b``."""

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    sure: Bools  # every point of a is within reach of every point of b


def _sort_into_cells(xy: Floats, weight: Floats, eps_m: float) -> tuple[_Grid, Ints]:
    """Return the grid and the row numbers in its order."""
    column = _cell_numbers(xy[:, 0], eps_m)
    row = _cell_numbers(xy[:, 1], eps_m)
    columns = int(column.max()) + 1 + 6  # spare ones, so that two columns to the left is never in the row above
    if (int(row.max()) + 1) * columns >= 2**32:
        column, row = _close_gaps(column), _close_gaps(row)
        columns = int(column.max()) + 1 + 6
    key = row * columns + column
    order = _sorting_order(key)
    key, x, y, weight = key[order], xy[order, 0], xy[order, 1], weight[order]
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    first = np.append(starts, len(key))
    cell = np.repeat(np.arange(len(starts), dtype=np.int32), np.diff(first))
    return _Grid(x, y, weight, cell, first, key[starts], columns, *_boxes(x, y, weight, starts), eps_m * eps_m), order


def _cell_numbers(x: Floats, eps_m: float) -> Ints:
    """Return the column (or row) of each coordinate, in cells whose diagonal is a little under ``eps_m``."""
    cells_across = (x.max() - x.min()) / eps_m * 2
    # The numbers below are rounded; the more cells, the coarser. Shrinking the cells by more than that keeps any two
    # points of one cell within reach. A cell may shrink by a quarter before two cells apart stops meaning out of reach.
    shrink = max(1e-9, float(cells_across) * 2**-50)
    if shrink > 0.25:
        raise GeoError(
            f"eps: {eps_m} m is too small for points that lie {x.max() - x.min():,.0f} m apart.",
            "Coordinates that far apart are not exact to that distance; use a larger eps.",
        )
    side = eps_m / np.sqrt(2) * (1 - shrink)
    return ((x - x.min()) / side).astype(np.int64)


def _close_gaps(number: Ints) -> Ints:
    """Return cell numbers where every run of empty rows or columns is cut to two: neighbours stay neighbours."""
    occupied, position = np.unique(number, return_inverse=True)
    return np.cumsum(np.minimum(np.diff(occupied, prepend=occupied[0]), 3))[position]


def _sorting_order(key: Ints) -> Ints:
    """Return the order that sorts ``key``, equal keys as they came."""
    if len(key) < 2**32 and key.max() < 2**32:
        # key and row number packed into one integer: sorting it is six times faster than argsort
        packed = (key.astype(np.uint64) << np.uint64(32)) | np.arange(len(key), dtype=np.uint64)
        packed.sort()
        return (packed & np.uint64(0xFFFFFFFF)).astype(np.int64)
    return np.argsort(key, kind="stable")


def _boxes(x: Floats, y: Floats, weight: Floats, starts: Ints) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return the weight, west, south, east and north of each slice that begins at ``starts``."""
    return (
        np.add.reduceat(weight, starts),
        np.minimum.reduceat(x, starts),
        np.minimum.reduceat(y, starts),
        np.maximum.reduceat(x, starts),
        np.maximum.reduceat(y, starts),
    )


# --- distances: every one is written dx * dx + dy * dy <= eps * eps, in float64, so that all agree on ties -----------


def _box_gap2(grid: _Grid, a: NDArray[np.int32], b: NDArray[np.int32]) -> Floats:
    """Return the least squared distance between the boxes of cells ``a`` and ``b``."""
    dx = np.maximum(np.maximum(grid.west[b] - grid.east[a], grid.west[a] - grid.east[b]), 0)
    dy = np.maximum(np.maximum(grid.south[b] - grid.north[a], grid.south[a] - grid.north[b]), 0)
    return dx * dx + dy * dy


def _box_span2(grid: _Grid, a: NDArray[np.int32], b: NDArray[np.int32]) -> Floats:
    """Return the greatest squared distance between the boxes of cells ``a`` and ``b``."""
    dx = np.maximum(grid.east[b] - grid.west[a], grid.east[a] - grid.west[b])
    dy = np.maximum(grid.north[b] - grid.south[a], grid.north[a] - grid.south[b])
    return dx * dx + dy * dy


def _point_box_gap2(grid: _Grid, x: Floats, y: Floats, box: NDArray[np.int32]) -> Floats:
    dx = np.maximum(np.maximum(grid.west[box] - x, x - grid.east[box]), 0)
    dy = np.maximum(np.maximum(grid.south[box] - y, y - grid.north[box]), 0)
    return dx * dx + dy * dy


def _point_box_span2(grid: _Grid, x: Floats, y: Floats, box: NDArray[np.int32]) -> Floats:
    dx = np.maximum(grid.east[box] - x, x - grid.west[box])
    dy = np.maximum(grid.north[box] - y, y - grid.south[box])
    return dx * dx + dy * dy


# --- neighbouring cells -------------------------------------------------------------------------------------------


def _cells_within_reach(grid: _Grid) -> _Pairs:
    """Return the pairs of cells whose boxes are within reach: at most two rows and two columns apart."""
    cells = np.arange(len(grid.key))
    found = []
    for rows_up in (0, 1, 2):
        west_end = grid.key + rows_up * grid.columns - 2
        candidate = cells + 1 if rows_up == 0 else np.searchsorted(grid.key, west_end)
        # keys are sorted, so the cells of one row's window stand side by side: at most five (two to the right in row 0)
        for _ in range(2 if rows_up == 0 else 5):
            inside = candidate < len(cells)
            inside[inside] = grid.key[candidate[inside]] <= west_end[inside] + 4
            a, b = cells[inside].astype(np.int32), candidate[inside].astype(np.int32)
            near = _box_gap2(grid, a, b) <= grid.reach2
            found.append((a[near], b[near]))
            candidate = candidate + 1
    a, b = (np.concatenate(ends) for ends in zip(*found, strict=True))
    return _Pairs(a, b, _box_span2(grid, a, b) <= grid.reach2)


def _both_ways(pairs: _Pairs, keep: Bools) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32]]]:
    """Yield the kept pairs as (from, to), then as (to, from)."""
    a, b = pairs.a[keep], pairs.b[keep]
    yield a, b
    yield b, a


def _add_up_neighbours(pairs: _Pairs, keep: Bools, value: Floats) -> Floats:
    """Return for each cell the sum of ``value`` over the cells it is paired with."""
    total = np.zeros(len(value))
    for here, there in _both_ways(pairs, keep):
        total += np.bincount(here, value[there], len(value))
    return total


# --- comparing points, in rounds ------------------------------------------------------------------------------------


def _compare_in_rounds(
    grid: _Grid,
    x: Floats,
    y: Floats,
    box: NDArray[np.int32],
    settle: Callable[[Ints, Floats], Bools],
) -> None:
    """Compare points with the members of cells, a few members at a time, until each comparison is settled.

    Task t is the point (x[t], y[t]) against cell ``box[t]``. After each round ``settle(tasks, weight)`` is told the
    weight that this round found within reach of each task's point, and answers which tasks are still open. The first
    rounds are short, because most tasks are settled by the first few members.
    """
    tasks = np.arange(len(box))
    begin, end = grid.first[box], grid.first[box + 1]
    step = 16
    while len(tasks):
        stop = np.minimum(begin[tasks] + step, end[tasks])
        weight = _weight_within_reach(grid, x, y, tasks, begin[tasks], stop)
        open_ = settle(tasks, weight) & (stop < end[tasks])
        begin[tasks] = stop
        tasks = tasks[open_]
        step *= 8


def _weight_within_reach(grid: _Grid, x: Floats, y: Floats, tasks: Ints, begin: Ints, end: Ints) -> Floats:
    """Return the weight of members begin..end within reach of each task's point."""
    lengths = end - begin
    weight = np.empty(len(tasks))
    for part in _parts(lengths):
        length = lengths[part]
        offset = np.cumsum(length) - length
        member = np.repeat(begin[part] - offset, length) + np.arange(length.sum())
        dx = grid.x[member] - np.repeat(x[tasks[part]], length)
        dy = grid.y[member] - np.repeat(y[tasks[part]], length)
        within = dx * dx + dy * dy <= grid.reach2
        weight[part] = np.add.reduceat(np.where(within, grid.weight[member], 0.0), offset)
    return weight


def _parts(lengths: Ints) -> Iterator[slice]:
    """Yield slices of the tasks whose ``lengths`` add up to about ``_AT_ONCE`` (a longer single task stands alone)."""
    if not len(lengths):
        return
    part = np.cumsum(lengths) // _AT_ONCE
    edges = np.flatnonzero(np.diff(part, prepend=-1))
    for begin, end in zip(edges, np.append(edges[1:], len(lengths)), strict=True):
        yield slice(int(begin), int(end))


def _points_of_cells(grid: _Grid, cells: NDArray[np.int32]) -> Iterator[tuple[Ints, Ints]]:
    """Yield (points, i): all points of cell ``cells[i]``, for each i, a bounded number at a time."""
    size = grid.size[cells]
    for part in _parts(size):
        length = size[part]
        offset = np.cumsum(length) - length
        points = np.repeat(grid.first[cells[part]] - offset, length) + np.arange(length.sum())
        yield points, np.repeat(np.arange(part.start, part.stop), length)


# --- core points --------------------------------------------------------------------------------------------------


def _core_points(grid: _Grid, pairs: _Pairs, min_incidents: float) -> Bools:
    """Return which points have at least ``min_incidents`` within reach."""
    at_least = grid.cell_weight + _add_up_neighbours(pairs, pairs.sure, grid.cell_weight)
    at_most = at_least + _add_up_neighbours(pairs, ~pairs.sure, grid.cell_weight)
    undecided = (at_least < min_incidents) & (at_most >= min_incidents)
    found = at_least[grid.cell]

    open_pairs = ~pairs.sure & (undecided[pairs.a] | undecided[pairs.b])
    for here, there in _both_ways(pairs, open_pairs):
        here, there = here[undecided[here]], there[undecided[here]]
        for points, i in _points_of_cells(grid, here):
            _add_weight_within_reach(grid, points, there[i], found, min_incidents)
    return found >= min_incidents


def _add_weight_within_reach(grid: _Grid, points: Ints, cells: NDArray[np.int32], found: Floats, enough: float) -> None:
    """Add to ``found`` the weight that each point has within reach in its cell, until it has ``enough``."""
    near = found[points] < enough
    near[near] = _point_box_gap2(grid, grid.x[points[near]], grid.y[points[near]], cells[near]) <= grid.reach2
    points, cells = points[near], cells[near]
    x, y = grid.x[points], grid.y[points]

    whole = _point_box_span2(grid, x, y, cells) <= grid.reach2
    np.add.at(found, points[whole], grid.cell_weight[cells[whole]])
    part = ~whole & (found[points] < enough)
    points = points[part]

    def settle(tasks: Ints, weight: Floats) -> Bools:
        np.add.at(found, points[tasks], weight)
        return np.asarray(found[points[tasks]] < enough)

    _compare_in_rounds(grid, x[part], y[part], cells[part], settle)


def _keep_core_points(grid: _Grid, pairs: _Pairs, is_core: Bools) -> tuple[_Grid, _Pairs]:
    """Return the same cells with only their core points, and the pairs that remain within reach.

    A cell without core points keeps its number, is empty, and is in no pair as ``b`` or ``a`` of a core cell's pair.
    """
    count = np.bincount(grid.cell[is_core], minlength=len(grid.key))
    first = np.append(0, np.cumsum(count))
    x, y, weight = grid.x[is_core], grid.y[is_core], np.ones(int(first[-1]))
    occupied = count > 0
    boxes = np.full((5, len(count)), np.nan)  # nan: nothing is within reach of an empty box
    if occupied.any():
        boxes[:, occupied] = _boxes(x, y, weight, first[:-1][occupied])
    total, west, south, east, north = boxes
    cell = grid.cell[is_core]
    cores = _Grid(x, y, weight, cell, first, grid.key, grid.columns, total, west, south, east, north, grid.reach2)
    some_core = occupied[pairs.a] | occupied[pairs.b]
    a, b = pairs.a[some_core], pairs.b[some_core]
    return cores, _Pairs(a, b, _box_span2(cores, a, b) <= grid.reach2)


# --- clusters of cells --------------------------------------------------------------------------------------------


def _connect(cores: _Grid, pairs: _Pairs) -> Ints:
    """Return the cluster of each cell, -1 without core points: cells are linked by two core points within reach."""
    both = _box_gap2(cores, pairs.a, pairs.b) <= cores.reach2  # false where a cell has no core points
    a, b, linked = pairs.a[both], pairs.b[both], pairs.sure[both]
    linked |= _first_and_last_touch(cores, a, b)
    _link_the_rest(cores, a, b, linked)
    component = _components(len(cores.key), a[linked], b[linked])
    return _number_by_first_core_point(cores, component)


def _components(cells: int, a: NDArray[np.int32], b: NDArray[np.int32]) -> Ints:
    links = coo_array((np.ones(len(a), np.bool_), (a, b)), shape=(cells, cells))
    return np.asarray(connected_components(links, directed=False)[1], np.int64)


def _first_and_last_touch(cores: _Grid, a: NDArray[np.int32], b: NDArray[np.int32]) -> Bools:
    """Return where the first or last core points of two cells are within reach: cheap, and mostly enough."""
    touch = np.zeros(len(a), np.bool_)
    for i in (cores.first[a], cores.first[a + 1] - 1):
        for j in (cores.first[b], cores.first[b + 1] - 1):
            dx, dy = cores.x[j] - cores.x[i], cores.y[j] - cores.y[i]
            touch |= dx * dx + dy * dy <= cores.reach2
    return touch


def _link_the_rest(cores: _Grid, a: NDArray[np.int32], b: NDArray[np.int32], linked: Bools) -> None:
    """Set ``linked`` for the pairs that only a comparison of all their points can decide and that still matter."""
    component = _components(len(cores.key), a[linked], b[linked])
    open_ = np.flatnonzero(component[a] != component[b])
    size = cores.size
    many = size[a[open_]] * size[b[open_]] > _MANY_PAIRS
    for pair in open_[many]:
        linked[pair] = _cells_touch(cores, int(a[pair]), int(b[pair]))

    component = _components(len(cores.key), a[linked], b[linked])
    open_ = open_[~many]
    open_ = open_[component[a[open_]] != component[b[open_]]]
    smaller_first = size[a[open_]] <= size[b[open_]]
    here = np.where(smaller_first, a[open_], b[open_])
    there = np.where(smaller_first, b[open_], a[open_])
    for points, i in _points_of_cells(cores, here):
        still_open = ~linked[open_[i]]
        points, i = points[still_open], i[still_open]
        near = _point_box_gap2(cores, cores.x[points], cores.y[points], there[i]) <= cores.reach2
        _link_by_points(cores, points[near], there[i[near]], open_[i[near]], linked)


def _link_by_points(cores: _Grid, points: Ints, cells: NDArray[np.int32], pair: Ints, linked: Bools) -> None:
    """Set ``linked[pair]`` where a point of the one cell is within reach of a point of the other."""

    def settle(tasks: Ints, weight: Floats) -> Bools:
        linked[pair[tasks[weight > 0]]] = True
        return ~linked[pair[tasks]]

    _compare_in_rounds(cores, cores.x[points], cores.y[points], cells, settle)


def _cells_touch(cores: _Grid, a: int, b: int) -> bool:
    """Return whether two cells of many points have two points within reach, by halving.

    Two crowded cells can have boxes within reach and yet no two points (two parallel streets). All pairs would be n^2;
    splitting the larger set at its median and dropping what is out of reach leaves little to compare.
    """
    i, j = slice(cores.first[a], cores.first[a + 1]), slice(cores.first[b], cores.first[b + 1])
    todo = [(np.column_stack((cores.x[i], cores.y[i])), np.column_stack((cores.x[j], cores.y[j])))]
    while todo:
        one, two = todo.pop()
        low1, high1, low2, high2 = one.min(axis=0), one.max(axis=0), two.min(axis=0), two.max(axis=0)
        gap = np.maximum(np.maximum(low2 - high1, low1 - high2), 0)
        span = np.maximum(high2 - low1, high1 - low2)
        if gap[0] * gap[0] + gap[1] * gap[1] > cores.reach2:
            continue
        if span[0] * span[0] + span[1] * span[1] <= cores.reach2:
            return True
        if len(one) < len(two):
            one, two = two, one
        if len(one) * len(two) <= _MANY_PAIRS:
            dx, dy = one[:, :1] - two[:, 0], one[:, 1:] - two[:, 1]
            if (dx * dx + dy * dy <= cores.reach2).any():
                return True
            continue
        along = int(np.argmax(np.ptp(one, axis=0)))
        halved = one[np.argpartition(one[:, along], len(one) // 2)]
        todo += [(halved[: len(one) // 2], two), (halved[len(one) // 2 :], two)]
    return False


def _number_by_first_core_point(cores: _Grid, component: Ints) -> Ints:
    """Return the cluster of each cell, numbered by the cluster's first core point by x, then y; -1 without any."""
    first_x, first_y = first_points(cores.x, cores.y, component[cores.cell], len(component))
    with_core = np.flatnonzero(np.isfinite(first_x))
    in_order = with_core[np.lexsort((first_y[with_core], first_x[with_core]))]
    number = np.full(len(component), NOISE)
    number[in_order] = np.arange(len(in_order))
    return np.where(cores.size > 0, number[component], NOISE)


def first_points(x: Floats, y: Floats, group: Ints, groups: int) -> tuple[Floats, Floats]:
    """Return the first point of each group by x, then y; infinite where a group has none."""
    first_x, first_y = np.full(groups, np.inf), np.full(groups, np.inf)
    np.minimum.at(first_x, group, x)
    at_first_x = x == first_x[group]
    np.minimum.at(first_y, group[at_first_x], y[at_first_x])
    return first_x, first_y


# --- labels -------------------------------------------------------------------------------------------------------


def _label_points(grid: _Grid, cores: _Grid, pairs: _Pairs, is_core: Bools, cluster_of_cell: Ints) -> Ints:
    """Return the cluster of each point: a border point takes the lowest number among core points within reach."""
    none = np.iinfo(np.int64).max
    of_cell = np.where(cluster_of_cell == NOISE, none, cluster_of_cell)
    labels = of_cell[grid.cell]  # any point is within reach of the core points of its own cell
    for points, cells in _beside_cells(grid, pairs, is_core, lambda here, there: of_cell[there] < of_cell[here]):
        _lower_labels(grid, cores, points, cells, of_cell, labels)
    return np.where(labels == none, NOISE, labels)


def _beside_cells(
    grid: _Grid, pairs: _Pairs, is_core: Bools, keep: Callable[[NDArray[np.int32], NDArray[np.int32]], Bools]
) -> Iterator[tuple[Ints, NDArray[np.int32]]]:
    """Yield points that are not core, each with a cell that its own is paired with, where ``keep(own, other)`` holds.

    A bounded number at a time.
    """
    has_border = np.bincount(grid.cell[~is_core], minlength=len(grid.key)) > 0
    for here, there in _both_ways(pairs, np.ones(len(pairs.a), np.bool_)):
        kept = has_border[here] & keep(here, there)
        here, there = here[kept], there[kept]
        for points, i in _points_of_cells(grid, here):
            border = ~is_core[points]
            yield points[border], there[i[border]]


def _lower_labels(
    grid: _Grid, cores: _Grid, points: Ints, cells: NDArray[np.int32], of_cell: Ints, labels: Ints
) -> None:
    """Give each border point the cluster of its cell's core points, if one is within reach and the number is lower."""
    near = of_cell[cells] < labels[points]
    near[near] = _point_box_gap2(cores, grid.x[points[near]], grid.y[points[near]], cells[near]) <= grid.reach2
    points, cells = points[near], cells[near]

    def settle(tasks: Ints, weight: Floats) -> Bools:
        hit = tasks[weight > 0]
        np.minimum.at(labels, points[hit], of_cell[cells[hit]])
        return np.asarray(of_cell[cells[tasks]] < labels[points[tasks]])

    _compare_in_rounds(cores, grid.x[points], grid.y[points], cells, settle)


def _other_clusters(
    grid: _Grid, cores: _Grid, pairs: _Pairs, is_core: Bools, cluster_of_cell: Ints, labels: Ints
) -> tuple[Ints, Ints]:
    """Return border points and clusters within their reach that are not their own: each such pair at least once."""
    own_cell = cluster_of_cell[grid.cell]
    points = np.flatnonzero(~is_core & (own_cell != NOISE) & (own_cell != labels))
    found = [(points, own_cell[points])]
    lowest = np.where(cluster_of_cell == NOISE, np.iinfo(np.int64).max, cluster_of_cell)
    highest = cluster_of_cell.copy()
    for here, there in _both_ways(pairs, np.ones(len(pairs.a), np.bool_)):
        np.minimum.at(lowest, here, np.where(cluster_of_cell[there] == NOISE, lowest[here], cluster_of_cell[there]))
        np.maximum.at(highest, here, cluster_of_cell[there])

    def several(here: NDArray[np.int32], there: NDArray[np.int32]) -> Bools:
        return np.asarray((lowest[here] < highest[here]) & (cluster_of_cell[there] != NOISE))

    for points, cells in _beside_cells(grid, pairs, is_core, several):
        near = cluster_of_cell[cells] != labels[points]
        near[near] = _point_box_gap2(cores, grid.x[points[near]], grid.y[points[near]], cells[near]) <= grid.reach2
        found += _hits(grid, cores, points[near], cells[near], cluster_of_cell)
    rows, others = (np.concatenate(ends) for ends in zip(*found, strict=True))
    return rows, others


def _hits(
    grid: _Grid, cores: _Grid, points: Ints, cells: NDArray[np.int32], cluster_of_cell: Ints
) -> list[tuple[Ints, Ints]]:
    """Return the points that are within reach of a core point of their cell, each with its cluster, in parts."""
    found = []

    def settle(tasks: Ints, weight: Floats) -> Bools:
        hit = tasks[weight > 0]
        found.append((points[hit], cluster_of_cell[cells[hit]]))
        return np.asarray(weight == 0)

    _compare_in_rounds(cores, grid.x[points], grid.y[points], cells, settle)
    return found
