"""The footprint of a hot spot: the ground that its core points cover, in as few discs as it takes."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.hotspots.clusters import by_label

# 32 segments a quarter circle: a disc's area is 0.04% short
_QUARTER = 32


def fewest_discs(
    places: NDArray[np.float64],
    weights: NDArray[np.float64],
    is_core: NDArray[np.bool_],
    label: NDArray[np.int64],
    *,
    radius_m: float,
) -> NDArray[np.bool_]:
    """Return which points get a disc: the fewest core points so that every core point lies in a disc of its hot spot.

    The core point with most incidents within the radius first, then the best of those it does not cover, and so on
    (greedy). The disc of a point that another disc covers already adds a crescent of quiet ground and hardly an
    incident: outlines of all discs predict later incidents worse on the same ground (docs/evaluation.md).
    """
    rows = np.flatnonzero(is_core)
    chosen, covered = np.zeros(len(places), np.bool_), np.zeros(len(places), np.bool_)
    reach = [np.array(near) for near in cKDTree(places).query_ball_point(places[rows], radius_m)]
    most = np.array([weights[near].sum() for near in reach])
    for position in np.lexsort((rows, -weights[rows], -most)):
        row, near = rows[position], reach[position]
        if not covered[row]:
            chosen[row] = True
            covered[near[label[near] == label[row]]] = True
    return chosen


def footprints(
    xy: NDArray[np.float64], label: NDArray[np.int64], *, radius_m: float, area: shapely.Geometry
) -> NDArray[np.object_]:
    """Return one polygon a label (0, 1, 2 ...): the union of discs of ``radius_m`` round its points, inside ``area``.

    ``xy``: core points (``fewest_discs`` of them), shape (n, 2), metres. ``label``: shape (n,), each label at least
    once. Core points, not all members: a border point is only near the dense part. The radius is not eps: discs of eps
    take in so much quiet ground round a hot spot that a plain grid of the same area predicts better.
    """
    discs = shapely.buffer(shapely.points(xy), radius_m, quad_segs=_QUARTER)
    # discs united one by one: buffering a cluster's points as one multipoint gives the same, eighty times slower
    merged = np.array([shapely.union_all(discs[members]) for members in by_label(label)], dtype=object)
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
