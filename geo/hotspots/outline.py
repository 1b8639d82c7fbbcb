"""The outline of a hot spot: the discs that hold most of its reports on the least ground."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely.ops import substring

from geo.hotspots.clusters import by_label

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

# a disc is drawn while it adds this share of the reports of the hot spot's fullest; chosen where the tables do not look
_WORTH_DRAWING = 1 / 3
# a disc may stand midway between two core points this many radii apart: further ones would both lie at its very edge
_APART = 1.5
# so many of the nearest core points are tried with each; where points lie thicker, one of them is as good as a middle
_NEAREST, _THICK = 8, 500
# weights with decimals: sums taken in another order differ by less
_ROUNDING = 1e-9
# 32 segments a quarter circle: a disc's area is 0.04% short
_QUARTER = 32


def best_discs(
    places: Floats, weights: Floats, is_core: NDArray[np.bool_], label: Ints, *, radius_m: float
) -> list[Floats]:
    """Return the centres of the discs of each hot spot (label 0, 1, 2 ...), shape (n, 2), those that add most first.

    The disc with most reports of its hot spot is drawn first; then, again and again, the one that adds most reports to
    those already inside (greedy maximal cover), while it adds at least a third of what the first held. A disc stands
    round a core point, or midway between two of them at most one and a half radii apart, because a patrol stands
    between two addresses as well as before one. Equal ones: round a point first, then by x, then y. What lies thinly
    between the crowded spots of a hot spot belongs to it and is counted, but is not drawn: on the same ground such an
    outline holds more of the next months' reports (docs/evaluation.md).
    """
    return [_greedy_cover(places[own], weights[own], is_core[own], radius_m) for own in by_label(label)]


def _greedy_cover(places: Floats, weights: Floats, is_core: NDArray[np.bool_], radius_m: float) -> Floats:
    centres = _centres(places[is_core], _APART * radius_m)
    near = cKDTree(centres).sparse_distance_matrix(cKDTree(places), radius_m, output_type="coo_matrix").tocsr()
    near.data[:] = 1  # a point is within its own disc, at distance 0
    left = weights.copy()
    chosen: list[int] = []
    least = 0.0
    while True:
        adds = near @ left
        best = int(np.argmax(adds > adds.max() - _ROUNDING))
        if chosen and adds[best] < least - _ROUNDING:
            return centres[chosen]
        least = least if chosen else _WORTH_DRAWING * float(adds[best])
        chosen.append(best)
        left[near.indices[near.indptr[best] : near.indptr[best + 1]]] = 0.0


def _centres(cores: Floats, apart_m: float) -> Floats:
    """Return where a disc may stand: the core points, then the middles of those at most ``apart_m`` apart."""
    if not 1 < len(cores) <= _THICK:
        return cores
    away, other = cKDTree(cores).query(cores, k=min(_NEAREST + 1, len(cores)), distance_upper_bound=apart_m)
    one, which = np.nonzero(np.isfinite(away) & (other != np.arange(len(cores))[:, None]))
    middles = np.unique((cores[one] + cores[other[one, which]]) / 2, axis=0)
    return np.concatenate((cores, middles))


def best_streets(places: Floats, weights: Floats, label: Ints, streets: Shapes, *, radius_m: float) -> list[Shapes]:
    """Return the stretches of street of each hot spot (label 0, 1, 2 ...), those with most reports first.

    ``streets``: lines. They are cut where they meet, and each piece into equal stretches of at most two radii, so that
    none is drawn only for being long. A report is on the nearest stretch within ``radius_m``; without one it is on the
    spot itself. Stretches and spots with at least a third as many as the fullest are returned; a stretch shorter than
    the radius, or a spot, as a point (a disc is drawn round it). Equal ones by their west and south end.
    """
    stretches = _stretches(places[label >= 0], streets, radius_m)
    lone = shapely.points(places)
    tree = shapely.STRtree(stretches)
    nearest, on = tree.query_nearest(lone, max_distance=radius_m, all_matches=False) if len(stretches) else ([], [])
    short = shapely.length(stretches) < radius_m
    stretches[short] = shapely.line_interpolate_point(stretches[short], 0.5, normalized=True)
    mark = len(stretches) + np.arange(len(places))
    mark[nearest] = on
    shapes = np.concatenate((stretches, lone))
    return [_fullest(mark[own], weights[own], shapes) for own in by_label(label)]


def _stretches(places: Floats, streets: Shapes, radius_m: float) -> Shapes:
    near = shapely.STRtree(streets).query(shapely.points(places), predicate="dwithin", distance=2 * radius_m)[1]
    # only near ones are cut where they meet: a whole county takes minutes
    pieces = shapely.get_parts(shapely.node(shapely.multilinestrings(shapely.get_parts(streets[np.unique(near)]))))
    pieces = shapely.normalize(pieces)
    parts = np.maximum(1, np.ceil(shapely.length(pieces) / (2 * radius_m))).astype(np.int64)
    cut = [
        substring(piece, one / many, (one + 1) / many, normalized=True)
        for piece, many in zip(pieces, parts.tolist(), strict=True)
        for one in range(many)
    ]
    bounds = shapely.bounds(cut).reshape(-1, 4)
    return np.array(cut, dtype=object)[np.lexsort(bounds.T[::-1])]


def _fullest(mark: Ints, weights: Floats, shapes: Shapes) -> Shapes:
    which, at = np.unique(mark, return_inverse=True)
    held = np.bincount(at, weights)
    order = np.argsort(-held.round(9), kind="stable")
    return shapes[which[order[held[order] >= _WORTH_DRAWING * held.max() - _ROUNDING]]]


def footprints(marks: Sequence[Shapes], *, radius_m: float, area: shapely.Geometry) -> Shapes:
    """Return one polygon a hot spot: the union of discs of ``radius_m`` round points and strips as wide along lines.

    ``marks``: what each hot spot is drawn round, at least one each (``best_discs`` as points, ``best_streets``). Cut at
    the edge of ``area``. The radius is not eps: discs of eps take in so much quiet ground round a hot spot that a plain
    grid of the same area predicts better.
    """
    # discs united one by one: buffering a cluster's points as one multipoint gives the same, eighty times slower
    wide = [np.where(shapely.get_dimensions(own) == 0, radius_m, radius_m / 2) for own in marks]
    merged = np.array(
        [shapely.union_all(shapely.buffer(own, by, quad_segs=_QUARTER)) for own, by in zip(marks, wide, strict=True)],
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
