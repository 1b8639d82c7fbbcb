"""Where high or low values lie together: the Getis-Ord Gi* statistic, corrected for asking of many places at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array, csr_array, eye_array, issparse, sparray
from scipy.special import ndtr

from geo.errors import GeoError, counted

Neighbours: TypeAlias = sparray | Sequence[tuple[int, int]]

FEW_PLACES = 30
_QUEEN = ((0, 1), (1, 0), (1, 1), (1, -1))
_ROOK = _QUEEN[:2]


class GiStar(NamedTuple):
    """``table``: one row a place, index kept, with ``z``, ``p`` and ``q`` (see ``gi_star``).

    ``hot``, ``cold``: places with ``q`` at most the level and z above or below 0. ``warning``: "" or why to be wary.
    ``sentence``: the result in words.
    """

    table: pd.DataFrame
    hot: int
    cold: int
    warning: str
    sentence: str


def gi_star(values: ArrayLike | pd.Series, neighbours: Neighbours, *, level: float = 0.05) -> GiStar:
    """Return how far each place and its neighbours together stand out from the mean of all.

    ``values``: one number a place, such as incidents in a cell; a Series keeps its index. ``neighbours``: pairs of
    row positions, each in both directions, of weight 1, or a sparse matrix of weights (row: the place). Every place
    is its own neighbour: that is the star. A matrix whose diagonal is 0 somewhere gets a 1 there.

    Columns of ``table``: ``z`` (above 0: high values together; below 0: low ones), ``p`` (two-sided, normal), ``q``
    (p after Benjamini and Hochberg: of the places with q up to ``level``, about that share is false). Where all values
    are equal, or a place neighbours everything, nothing can stand out: NaN, not infinity. Below 30 places the normal
    approximation is poor, and ``warning`` says so. Overlapping neighbourhoods are not independent; the correction holds
    for positively related tests.

    Ord & Getis 1995, doi 10.1111/j.1538-4632.1995.tb00912.x. Raises GeoError for missing or infinite values and for
    neighbours that do not fit them.
    """
    index = values.index if isinstance(values, pd.Series) else pd.RangeIndex(len(np.asarray(values)))
    x = np.asarray(values, np.float64)
    if x.ndim != 1 or not np.isfinite(x).all():
        raise GeoError("values: some are missing or infinite.", "Give one number for each place; none means 0.")
    z = _z(x, _weights(neighbours, len(x)))
    p = np.maximum(2 * ndtr(-np.abs(z)), 5e-324)
    q = benjamini_hochberg(p)
    found = q <= level
    hot, cold = int((found & (z > 0)).sum()), int((found & (z < 0)).sum())
    warning = ""
    if len(x) < FEW_PLACES:
        warning = f"Only {counted(len(x), 'place')}: below {FEW_PLACES} these p-values are rough."
    said = (
        f"{hot:,} of {counted(len(x), 'place')} stand out as high with their neighbours and {cold:,} as low "
        f"(Gi*, false discovery rate {level:g})."
    )
    return GiStar(pd.DataFrame({"z": z, "p": p, "q": q}, index=index), hot, cold, warning, said)


def benjamini_hochberg(p: ArrayLike) -> NDArray[np.float64]:
    """Return p-values corrected for the false discovery rate; NaN stays NaN and does not count as a test.

    Benjamini & Hochberg 1995, doi 10.1111/j.2517-6161.1995.tb02031.x.
    """
    given = np.asarray(p, np.float64)
    q = np.full(given.shape, np.nan)
    tests = np.flatnonzero(~np.isnan(given))
    if len(tests):
        order = tests[np.argsort(given[tests], kind="stable")]
        raised = given[order] * (len(order) / np.arange(1, len(order) + 1))
        q[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1)
    return q


def grid_neighbours(cells: ArrayLike, *, rook: bool = False) -> csr_array:
    """Return which cells of a square grid touch, themselves included, as a sparse matrix of 0 and 1.

    ``cells``: shape (n, 2), whole numbers: column and row of each cell, in any order, holes allowed. Queen: cells that
    share a side or a corner; ``rook``: a side. Whole numbers, because corners compared as coordinates go by rounding.
    Raises GeoError for cells that are not whole numbers or come twice.
    """
    given = np.asarray(cells)
    whole = given.astype(np.int64) if np.isfinite(given.astype(np.float64)).all() else None
    if whole is None or not (whole == given).all():
        raise GeoError("cells: not whole numbers.", "Give column and row numbers, not coordinates.")
    whole = whole.reshape(-1, 2)
    at = {(column, row): number for number, (column, row) in enumerate(whole.tolist())}
    if len(at) < len(whole):
        raise GeoError(f"cells: {counted(len(whole) - len(at), 'cell')} given more than once.", "Merge equal cells.")
    pairs = [
        (number, other)
        for (column, row), number in at.items()
        for right, up in (_ROOK if rook else _QUEEN)
        if (other := at.get((column + right, row + up))) is not None
    ]
    return _weights(pairs, len(whole))


def _weights(neighbours: Neighbours, n: int) -> csr_array:
    if issparse(neighbours):
        weights = csr_array(neighbours, dtype=np.float64)
        if weights.shape != (n, n):
            raise GeoError(
                f"neighbours: a table of {weights.shape} for {counted(n, 'place')}.", "Give one row a place."
            )
        # a stored 0 on the diagonal is no weight either
        return csr_array(weights + coo_array(((weights.diagonal() == 0).astype(float), (range(n), range(n))), (n, n)))
    pairs = np.asarray(neighbours, np.int64).reshape(-1, 2)
    if len(pairs) and (pairs.min() < 0 or pairs.max() >= n):
        raise GeoError(f"neighbours: a pair names no place (there are {n:,}).", "Pairs are row positions from 0.")
    one_way = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (n, n)).tocsr()
    either = csr_array(one_way + one_way.T + eye_array(n))
    either.data = np.ones_like(either.data)  # a pair given twice, or both ways, is one pair
    return either


def _z(x: NDArray[np.float64], weights: csr_array) -> NDArray[np.float64]:
    n = len(x)
    if n < 2 or np.ptp(x) == 0:
        return np.full(n, np.nan)
    total = weights.sum(axis=1)
    squares = csr_array(weights.multiply(weights)).sum(axis=1)
    inside = (n * squares - total**2) / (n - 1)
    # equal weights for every place: what is left is rounding
    inside = np.where(inside > 1e-12 * n * squares, inside, np.nan)
    return np.asarray((weights @ x - x.mean() * total) / (x.std() * np.sqrt(inside)), np.float64)
