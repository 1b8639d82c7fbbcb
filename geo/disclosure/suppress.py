"""Secondary suppression: enough further cells hidden that no margin gives a small count back, and the proof.

A table with its margins is a circulation: each row hands its total on to its cells, each column gathers them. What is
hidden can only change along closed ways through hidden cells, so the lowest and highest value a reader can work out
for one of them are two maximum flows, and the cheapest way to protect one is a shortest path (Cox 1995, Network models
for complementary cell suppression; in general: Fischetti and Salazar-González 2000, Models and algorithms for
optimizing cell suppression in tabular data with linear constraints; both Journal of the American Statistical
Association).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order, csgraph_from_dense, dijkstra, maximum_flow

from geo.disclosure.counts import is_small
from geo.errors import GeoError

# beyond this many checks nothing is looked for that could be shown again: a few cells more stay hidden
_MOST_CHECKS = 4000
_LARGEST_TOTAL = 2**28 - 1  # with its margins four times as much, which must fit into 31 bits
_NEARLY_FREE = 1e-6
_ONE_CELL_MORE = 1e-3  # of two equal sums, the one over fewer cells


class Suppressed(NamedTuple):
    """``hidden``: the cells not to show, margins last: shape (rows + 1, columns + 1), or (cells + 1) for one row;
    ``low``, ``high``: what a reader who knows every other cell can work out for each of them (itself where shown);
    ``primary``: those that had to be hidden, the small ones; the others go with them.
    """

    hidden: NDArray[np.bool_]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    primary: NDArray[np.bool_]


class _Network(NamedTuple):
    """Every cell and margin as an edge: where it runs from and to, and its value."""

    tail: NDArray[np.intp]
    head: NDArray[np.intp]
    value: NDArray[np.int64]
    nodes: int


def suppress(
    cells: ArrayLike,
    *,
    minimum: int,
    zero_is_small: bool = False,
    also: ArrayLike | None = None,
    margins: bool = True,
) -> Suppressed:
    """Return which cells of a table of counts to hide, with the margins that are its sums.

    ``cells``: whole counts, one row of them or rows by columns. Hidden are those below ``minimum`` (0 only where
    ``zero_is_small``), margins too, and those of ``also`` (to be hidden for another reason); and then further cells,
    those with the smallest sum first, until the range a reader can work out for every one of the former is at least
    ``minimum`` wide, and no cell at all is certain. ``margins``: the margins are shown; without them nothing but the
    former needs hiding. The further cells are the cheapest for each small cell in turn, not proved to be the cheapest
    together. Raises GeoError for negative or broken counts, and where no choice protects the table.
    Time: 200 by 20 in a few seconds.
    """
    table, network = _network(cells)
    primary = is_small(network.value, minimum, zero_is_small=zero_is_small)
    total = _margin(table)
    if also is not None:
        primary = primary.copy()
        primary[~total] |= np.asarray(also, dtype=np.bool_).ravel()
    if not margins:
        primary &= ~total
    hidden = primary if margins else primary | total
    if margins:
        hidden = _with_secondary(network, primary, minimum)
    low, high = _ranges(network, hidden)
    suppressed = Suppressed(
        _shaped(hidden, table.shape),
        _shaped(low, table.shape),
        _shaped(high, table.shape),
        _shaped(primary, table.shape),
    )
    if margins:
        refuse_determined(suppressed, minimum)
    return suppressed


def hidden_ranges(cells: ArrayLike, hidden: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lowest and highest value of every cell that fits all that is shown, for a table with margins.

    ``hidden``: as ``Suppressed.hidden``. The reader knows that no count is negative, and nothing else. ``inf`` where
    nothing bounds it.
    """
    table, network = _network(cells)
    mask = np.asarray(hidden, dtype=np.bool_)
    if mask.shape != _full(table.shape):
        raise GeoError(f"A table of {table.shape} has margins: its hidden cells are {_full(table.shape)}.")
    low, high = _ranges(network, _flat(mask))
    return _shaped(low, table.shape), _shaped(high, table.shape)


def refuse_determined(suppressed: Suppressed, minimum: int) -> None:
    """Raise GeoError if a hidden cell is certain, or a small one known to within less than ``minimum``."""
    width = suppressed.high - suppressed.low
    certain = suppressed.hidden & (width < 1)
    narrow = suppressed.primary & (width < minimum)
    if certain.any() or narrow.any():
        raise GeoError(
            f"{int((certain | narrow).sum())} hidden cells of a table can be worked out from what is shown.",
            "Leave the table out, or merge its rows or columns.",
        )


def _with_secondary(network: _Network, primary: NDArray[np.bool_], minimum: int) -> NDArray[np.bool_]:
    hidden = primary.copy()
    small = np.flatnonzero(primary)
    small = small[np.argsort(network.value[small], kind="stable")]
    for edge in small.tolist():
        if not _wide(network, hidden, edge, minimum):
            hidden[_cheapest_way(network, hidden, edge, minimum)] = True
    further = np.flatnonzero(hidden & ~primary)
    if len(further) * (len(further) + len(small)) <= _MOST_CHECKS:
        for edge in further[np.argsort(-network.value[further], kind="stable")].tolist():
            fewer = hidden.copy()
            fewer[edge] = False
            others = np.flatnonzero(fewer & ~primary).tolist()
            if all(_wide(network, fewer, one, minimum) for one in small.tolist()) and all(
                _wide(network, fewer, one, 1) for one in others
            ):
                hidden = fewer
    return hidden


def _wide(network: _Network, hidden: NDArray[np.bool_], edge: int, width: float) -> bool:
    capacity, endless = _residual(network, hidden, edge)
    begin, end = int(network.tail[edge]), int(network.head[edge])
    if endless:
        return True
    more = int(maximum_flow(capacity, end, begin).flow_value)
    if more >= width:  # mostly so, and then the second flow need not be known
        return True
    return more + min(int(network.value[edge]), int(maximum_flow(capacity, begin, end).flow_value)) >= width


def _cheapest_way(network: _Network, hidden: NDArray[np.bool_], edge: int, need: int) -> list[int]:
    """Return the edges of the cheapest closed way along which ``edge`` can grow by ``need``."""
    cost = np.where(hidden, _NEARLY_FREE, network.value + _ONE_CELL_MORE)
    others = np.arange(len(cost)) != edge
    backward = others & (network.value >= need)  # along it a cell falls, and none can fall below zero
    start = np.concatenate([network.tail[others], network.head[backward]])
    end = np.concatenate([network.head[others], network.tail[backward]])
    edges = np.concatenate([np.flatnonzero(others), np.flatnonzero(backward)])
    order = np.argsort(-cost[edges], kind="stable")  # the cheapest of parallel ones is written last
    weights = np.full((network.nodes, network.nodes), np.inf)
    which = np.zeros((network.nodes, network.nodes), dtype=np.intp)
    weights[start[order], end[order]] = cost[edges[order]]
    which[start[order], end[order]] = edges[order]
    graph = csgraph_from_dense(weights, null_value=np.inf)
    begin, target = network.head[edge], network.tail[edge]
    _, before = dijkstra(graph, indices=begin, return_predecessors=True)
    way, node = [], target
    while node != begin:
        way.append(int(which[before[node], node]))
        node = before[node]
    return way


def _ranges(network: _Network, hidden: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    low, high = network.value.astype(np.float64), network.value.astype(np.float64)
    for edge in np.flatnonzero(hidden).tolist():
        low[edge], high[edge] = _range(network, hidden, edge)
    return low, high


def _range(network: _Network, hidden: NDArray[np.bool_], edge: int) -> tuple[float, float]:
    """Return the lowest and highest value of one hidden edge, all hidden ones free to change from 0 up."""
    capacity, endless = _residual(network, hidden, edge)
    begin, end, own = int(network.tail[edge]), int(network.head[edge]), int(network.value[edge])
    more = np.inf if endless else float(maximum_flow(capacity, end, begin).flow_value)
    less = float(maximum_flow(capacity, begin, end).flow_value) if own else 0.0
    return own - min(own, less), own + more


def _residual(network: _Network, hidden: NDArray[np.bool_], edge: int) -> tuple[csr_matrix, bool]:
    """Return by how much the hidden edges but ``edge`` can change, and whether ``edge`` can grow without end."""
    kept = hidden.copy()
    kept[edge] = False
    tail, head, value = network.tail[kept], network.head[kept], network.value[kept]
    shape = (network.nodes, network.nodes)
    forward = csr_matrix((np.ones(len(tail), dtype=np.int32), (tail, head)), shape=shape)
    reached = breadth_first_order(forward, int(network.head[edge]), return_predecessors=False)
    plenty = int(network.value.sum()) + 1  # more than any flow that has an end
    capacity = csr_matrix(
        (
            np.concatenate([np.full(len(tail), plenty), value]),
            (np.concatenate([tail, head]), np.concatenate([head, tail])),
        ),
        shape=shape,
    )
    capacity.data = np.minimum(capacity.data, plenty).astype(np.int32)  # parallel edges were added up
    return capacity, bool(network.tail[edge] in reached)


def _network(cells: ArrayLike) -> tuple[NDArray[np.int64], _Network]:
    given = np.asarray(cells, dtype=np.float64)
    if given.ndim not in (1, 2) or not np.isfinite(given).all() or (given < 0).any() or (given % 1).any():
        raise GeoError("A table to protect holds whole counts, in one row or in rows and columns, none unknown.")
    if given.sum() > _LARGEST_TOTAL:
        raise GeoError(f"A table of {given.sum():,.0f} is too large to protect; at most {_LARGEST_TOTAL:,}.")
    table = given.astype(np.int64)
    full = _with_margins(table)
    if table.ndim == 1:
        tail = np.append(np.zeros(len(table), np.intp), 1)
        return table, _Network(tail, 1 - tail, full.ravel(), 2)
    rows, columns = table.shape
    source, sink = rows + columns, rows + columns + 1
    tail = np.empty(full.shape, dtype=np.intp)
    head = np.empty(full.shape, dtype=np.intp)
    tail[:-1, :-1], head[:-1, :-1] = np.indices(table.shape)[0], rows + np.indices(table.shape)[1]
    tail[:-1, -1], head[:-1, -1] = source, np.arange(rows)
    tail[-1, :-1], head[-1, :-1] = rows + np.arange(columns), sink
    tail[-1, -1], head[-1, -1] = sink, source
    return table, _Network(tail.ravel(), head.ravel(), full.ravel(), sink + 1)


def _with_margins(table: NDArray[np.int64]) -> NDArray[np.int64]:
    for axis in range(table.ndim)[::-1]:
        table = np.concatenate([table, table.sum(axis=axis, keepdims=True)], axis=axis)
    return table


def _margin(table: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which edges are margins."""
    inner = np.zeros(_full(table.shape), dtype=np.bool_)
    inner[tuple(slice(0, size) for size in table.shape)] = True
    return ~inner.ravel()


def _full(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(size + 1 for size in shape)


def _flat(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return mask.ravel()


def _shaped(values: NDArray, shape: tuple[int, ...]) -> NDArray:  # type: ignore[type-arg]
    return values.reshape(_full(shape))
