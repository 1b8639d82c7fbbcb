"""The outline of a hot spot: the discs that hold most of its reports on the least ground."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.hotspots.clusters import by_label

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# a disc is drawn while it adds this share of the reports of the hot spot's fullest; chosen where the tables do not look
_WORTH_DRAWING = 1 / 3
# weights with decimals: sums taken in another order differ by less
_ROUNDING = 1e-9
# 32 segments a quarter circle: a disc's area is 0.04% short
_QUARTER = 32


def best_discs(
    places: Floats, weights: Floats, is_core: NDArray[np.bool_], label: Ints, *, radius_m: float
) -> list[Ints]:
    """Return the points of each hot spot (label 0, 1, 2 ...) that get a disc, those that add most first.

    The disc round the core point with most reports of its hot spot is drawn first; then, again and again, the one that
    adds most reports to those already inside (greedy maximal cover), while it adds at least a third of what the first
    held. Equal ones are taken by x, then y. What lies thinly between the crowded spots of a hot spot belongs to it and
    is counted, but is not drawn: on the same ground such an outline holds more of the next months' reports
    (docs/evaluation.md).
    """
    return [own[_greedy_cover(places[own], weights[own], is_core[own], radius_m)] for own in by_label(label)]


def _greedy_cover(places: Floats, weights: Floats, is_core: NDArray[np.bool_], radius_m: float) -> Ints:
    tree = cKDTree(places)
    near = tree.sparse_distance_matrix(tree, radius_m, output_type="coo_matrix").tocsr()
    near.data[:] = 1  # a point is within its own disc, at distance 0
    adds = np.where(is_core, near @ weights, 0.0)
    left = weights.copy()
    chosen: list[int] = []
    least = 0.0
    while not chosen or adds.max() > least - _ROUNDING:
        best = int(np.argmax(adds > adds.max() - _ROUNDING))
        least = least if chosen else _WORTH_DRAWING * float(adds[best])
        chosen.append(best)
        new = near.indices[near.indptr[best] : near.indptr[best + 1]]
        gone = np.zeros(len(places))
        gone[new], left[new] = left[new], 0.0
        adds -= np.where(is_core, near @ gone, 0.0)
    return np.array(chosen, np.int64)


def footprints(
    places: Floats, discs: Sequence[Ints], *, radius_m: float, area: shapely.Geometry
) -> NDArray[np.object_]:
    """Return one polygon a hot spot: the union of discs of ``radius_m`` round its points, inside ``area``.

    ``discs``: of each hot spot the rows of ``places`` that get one, at least one each (``best_discs``). Core points,
    not all members: a border point is only near the dense part. The radius is not eps: discs of eps take in so much
    quiet ground round a hot spot that a plain grid of the same area predicts better.
    """
    # discs united one by one: buffering a cluster's points as one multipoint gives the same, eighty times slower
    merged = np.array(
        [shapely.union_all(shapely.buffer(shapely.points(places[own]), radius_m, quad_segs=_QUARTER)) for own in discs],
        dtype=object,
    )
    # nearly all lie wholly inside, which is a hundred times quicker to see than to cut
    beyond = ~shapely.contains_properly(area, merged)
    merged[beyond] = shapely.intersection(merged[beyond], area)
    return np.asarray(shapely.normalize(merged))


def study_area(wards: gpd.GeoDataFrame) -> shapely.Geometry:
    """Return the wards as one shape, prepared for many questions of what lies inside."""
    shapes = wards.geometry.to_numpy()
    # wards that fit together as one mosaic only lose the edges they share; others are united in full
    fit = shapely.is_valid(shapes).all() and shapely.coverage_is_valid(shapes)
    area = shapely.coverage_union_all(shapes) if fit else shapely.union_all(shapes)
    shapely.prepare(area)
    return area
