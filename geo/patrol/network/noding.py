"""Cut lines into pieces of street between junctions, drop duplicates, and find connected parts.

A junction is where two lines share a vertex. Lines of OpenStreetMap (those with an ``osm_id``) meet nowhere else. Other
layers are drawn less carefully: an end of a line within ``snap_m`` of another end, or of another line, is joined to it.
Lines that only cross, as on a bridge, do not meet, unless ``node_crossings`` asks for it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
# coordinates are kept to the millimetre, so that "the same place" means the same on every machine
_DECIMALS = 3


class Pieces(NamedTuple):
    """Pieces of street: the coordinates of each, every piece once, in an order that the input's does not touch."""

    lines: list[Floats]
    duplicate_m: float


def drawn_lines(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one row a line, on the plane: lines of several parts taken apart, coordinates to the millimetre.

    Each line runs from its more western end, and the lines are sorted by place, so that neither the order of rows nor
    the direction in which a street was drawn changes anything later.
    """
    lines = streets[~(streets.geometry.isna() | streets.geometry.is_empty)].explode(ignore_index=True)
    keys, shapes = [], np.empty(len(lines), object)
    for number, shape in enumerate(shapely.force_2d(lines.geometry.to_numpy())):
        xy = np.round(shapely.get_coordinates(shape), _DECIMALS) + 0.0  # + 0.0: no minus zero
        key, xy = _from_west(xy)
        keys.append((key, *(str(lines[name].iat[number]) for name in ("osm_id", "level") if name in lines.columns)))
        shapes[number] = shapely.LineString(xy) if shape.geom_type in ("LineString", "LinearRing") else shape
    lines = lines.set_geometry(gpd.GeoSeries(shapes, index=lines.index, crs=streets.crs))
    return lines.iloc[sorted(range(len(lines)), key=keys.__getitem__)].reset_index(drop=True)


def pieces_between_junctions(lines: gpd.GeoDataFrame, *, snap_m: float = 1.0, node_crossings: bool = False) -> Pieces:
    """Return the lines cut where they meet (see the module), pieces drawn twice kept once; lengths of none are gone.

    ``lines``: from ``drawn_lines``; with a column ``level``, lines of two levels never cross at a junction.
    """
    shapes = lines.geometry.to_numpy()
    loose = lines["osm_id"].isna().to_numpy() if "osm_id" in lines.columns else np.ones(len(lines), bool)
    if snap_m > 0 and loose.any():
        shapes = shapes.copy()
        shapes[loose] = _join_touching(_join_ends(shapes[loose], snap_m), snap_m)
    if node_crossings:
        level = lines["level"].fillna(0).to_numpy(float) if "level" in lines.columns else np.zeros(len(lines))
        shapes = _with_crossings(shapes, level)
    return _once(_cut(shapes))


def vertex_numbers(xy: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Return the distinct places, sorted by x then y, and the number of the place of each vertex."""
    places, number = np.unique(xy[:, 0] + 1j * xy[:, 1], return_inverse=True)
    return np.column_stack((places.real, places.imag)), number.astype(np.int64)


def parts(nodes: int, ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return, for each node, the number of the connected part it is in."""
    joined = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(nodes, nodes))
    return connected_components(joined, directed=False)[1].astype(np.int64)


def _join_ends(shapes: NDArray[np.object_], snap_m: float) -> NDArray[np.object_]:
    """Return the lines with ends that lie within ``snap_m`` of each other at one place: the most south-western."""
    tips = _tips(shapes)
    places, number = vertex_numbers(tips)
    close = cKDTree(places).query_pairs(snap_m, output_type="ndarray")
    group = parts(len(places), close)
    first = np.full(group.max(initial=-1) + 1, len(places))
    np.minimum.at(first, group, np.arange(len(places)))  # places are sorted, so the lowest number is the same always
    return _move_tips(shapes, places[first[group]][number])


def _join_touching(shapes: NDArray[np.object_], snap_m: float) -> NDArray[np.object_]:
    """Return the lines with each end that only comes near another line moved onto it, where a vertex then stands."""
    tips, own_number = vertex_numbers(_tips(shapes))
    here = shapely.points(tips)
    tip, line = shapely.STRtree(shapes).query(here, predicate="dwithin", distance=snap_m)
    vertices = [shapely.get_coordinates(shape) for shape in shapes]
    is_vertex = np.array([(vertices[b] == tips[a]).all(axis=1).any() for a, b in zip(tip, line, strict=True)], bool)
    tip, line = tip[~is_vertex], line[~is_vertex]
    if not len(tip):
        return shapes
    at = shapely.line_interpolate_point(shapes[line], shapely.line_locate_point(shapes[line], here[tip]))
    gap = shapely.distance(here[tip], at)
    target = np.round(shapely.get_coordinates(at), _DECIMALS)
    # an end near several lines joins the nearest; equally near ones are told apart by place, not by row
    order = np.lexsort((target[:, 1], target[:, 0], np.round(gap, _DECIMALS), tip))
    order = order[np.unique(tip[order], return_index=True)[1]]
    moved = tips.copy()
    added: dict[int, list[Floats]] = {}
    for one in order:
        # its ends are left alone: they are too far away, and may move themselves
        corners = np.vstack((vertices[line[one]][1:-1], target[one]))
        far = np.hypot(*(corners - target[one]).T)
        far[-1] = snap_m
        place = corners[np.argmin(far)]
        moved[tip[one]] = place
        for twin in line[(tip == tip[one]) & (target == target[one]).all(axis=1)]:  # a street may be drawn twice
            added.setdefault(int(twin), []).append(place)
    led_through = shapes.copy()
    for number, places in added.items():
        led_through[number] = _through(shapes[number], np.array(places))
    return _move_tips(led_through, moved[own_number])


def _with_crossings(shapes: NDArray[np.object_], level: Floats) -> NDArray[np.object_]:
    """Return the lines with a vertex wherever two of one level cross."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = (one < other) & (level[one] == level[other])
    added: dict[int, list[Floats]] = {}
    for a, b in zip(one[pairs], other[pairs], strict=True):
        crossing = shapely.get_coordinates(shapely.intersection(shapes[a], shapes[b]))
        for number in (int(a), int(b)):
            added.setdefault(number, []).extend(np.round(crossing, _DECIMALS))
    noded = shapes.copy()
    for number, places in added.items():
        noded[number] = _through(shapes[number], np.array(places).reshape(-1, 2))
    return noded


def _through(line: shapely.LineString, places: Floats) -> shapely.LineString:
    """Return ``line`` with a vertex at each of ``places`` (points on it), where it has none yet."""
    xy = shapely.get_coordinates(line)
    known = {tuple(one) for one in xy.tolist()}
    new = np.array(sorted({tuple(one) for one in places.tolist()} - known)).reshape(-1, 2)
    if not len(new):
        return line
    steps = np.hypot(*np.diff(xy, axis=0).T)
    old_along = np.append(0.0, np.cumsum(steps))
    along = np.append(old_along, shapely.line_locate_point(line, shapely.points(new)))
    return shapely.LineString(np.vstack((xy, new))[np.argsort(along, kind="stable")])


def _tips(shapes: NDArray[np.object_]) -> Floats:
    """Return the first ends of all lines, then the last ends."""
    return shapely.get_coordinates(np.concatenate((shapely.get_point(shapes, 0), shapely.get_point(shapes, -1))))


def _move_tips(shapes: NDArray[np.object_], tips: Floats) -> NDArray[np.object_]:
    first, last = np.split(tips, 2)
    xy, line = shapely.get_coordinates(shapes, return_index=True)
    starts = np.searchsorted(line, np.arange(len(shapes)))
    xy[starts], xy[np.append(starts[1:], len(xy)) - 1] = first, last
    moved = np.empty(len(shapes), object)
    moved[:] = shapely.linestrings(xy, indices=line)
    return moved


def _cut(shapes: NDArray[np.object_]) -> list[Floats]:
    """Return the coordinates of the pieces between shared vertices; steps of no length are left out."""
    xy, line = shapely.get_coordinates(shapes, return_index=True)
    if not len(xy):
        return []
    step = np.append(False, (line[1:] == line[:-1]) & (xy[1:] == xy[:-1]).all(axis=1))
    xy, line = xy[~step], line[~step]
    single = np.bincount(line, minlength=len(shapes))[line] == 1
    xy, line = xy[~single], line[~single]
    if not len(xy):
        return []
    _, number = vertex_numbers(xy)
    starts = np.append(True, line[1:] != line[:-1])
    stops = np.append(starts[1:], True)
    junction = starts | stops | (np.bincount(number)[number] > 1)
    cuts = np.flatnonzero(junction)
    return [xy[a : b + 1] for a, b in pairwise(cuts) if not stops[a]]


def _once(lines: list[Floats]) -> Pieces:
    """Return each piece once, drawn from its more western end, sorted."""
    found: dict[tuple[float, ...], Floats] = {}
    twice = 0.0
    for xy in lines:
        key, xy_from_west = _from_west(xy)
        twice += length(xy) if key in found else 0.0
        found[key] = xy_from_west
    return Pieces([found[key] for key in sorted(found)], twice)


def _from_west(xy: Floats) -> tuple[tuple[float, ...], Floats]:
    """Return the coordinates read from the more western end, as a tuple to compare and as they are."""
    there, back = tuple(xy.ravel().tolist()), tuple(xy[::-1].ravel().tolist())
    return (there, xy) if there <= back else (back, xy[::-1])


def length(xy: Floats) -> float:
    """Return the length of a line in metres."""
    return float(np.hypot(*np.diff(xy, axis=0).T).sum())
