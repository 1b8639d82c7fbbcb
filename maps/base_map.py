"""The background of a map: streets, paths, rail, water and parks, packed small and drawn faint.

A page takes it with two lines: ``base_map_block`` here, and ``geo.baseMap(map, data)`` in its script.

Each shape is merged with what goes on from it, simplified to what a screen can show, rounded to a grid of 65,536 steps
a side over the page's area, and packed as maps/packing.py packs points: first a row a shape (how many points, which
class), then a row a point, as differences. Shapes of a class lie in Morton order, so that the differences are small.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geo.crs import LONLAT, require_metric
from maps import packing
from maps.packing import Column, Grid

MARGIN_M = 300.0  # drawn beyond the page's area, so that no street ends at its very edge
TOLERANCE_M = 1.5  # a pixel at zoom 16, the nearest that a page goes to a hot spot
_AREA_TOLERANCE_M = 3.0
_SMALLEST_M2 = 150.0
_MOST_POINTS = 65_535
_METRES_A_DEGREE = 111_320.0


@dataclass(frozen=True)
class Class:
    """What is drawn in one way: from which zoom, in which colour, how wide (pixels at zoom 12 and at zoom 17).

    The colours are multiplied with what lies below them, so they may lie over shaded wards too. They are pale and
    nearly grey: the darkest keeps every label of the pages at 4.5:1, and water, parks and streets differ in a grey
    print by their shape and by their lightness.
    """

    name: str
    kind: str
    ranks: tuple[int, ...]
    colour: str
    zoom: float
    widths: tuple[float, float] | None = None  # None: an area
    dash: tuple[float, float] | None = None


# in the order of drawing, what lies below first
CLASSES = (
    Class("park", "parks", (1, 2, 3, 4), "#e3edda", 0),
    Class("water", "water", (1, 2, 3, 4), "#c9dde9", 0),
    Class("stream", "water", (2, 3, 4), "#c0d8e8", 14, (0.7, 2)),
    Class("river", "water", (1,), "#c0d8e8", 11, (1.2, 5)),
    Class("path", "paths", (1, 2, 3, 4), "#cbd1d4", 15, (0.8, 1.5), (3, 3)),
    Class("service", "streets", (4,), "#dfe3e6", 14.5, (0.6, 2.5)),
    Class("street", "streets", (3,), "#d6dce0", 12, (0.6, 4)),
    Class("through", "streets", (2,), "#ccd4d9", 11, (1.1, 5)),
    Class("main", "streets", (1,), "#c2cbd2", 0, (1.6, 6)),
    Class("rail", "rail", (1, 2, 3, 4), "#a9b3bb", 11, (0.9, 2), (7, 3)),
)


class BaseMap(NamedTuple):
    """The compressed block, and what a page must know to read and to draw it (JSON)."""

    content: bytes
    schema: dict[str, Any]


def base_map_block(
    layers: Mapping[str, gpd.GeoDataFrame],
    bounds: tuple[float, float, float, float],
    *,
    tolerance_m: float = TOLERANCE_M,
) -> BaseMap:
    """Return the background packed for a page over ``bounds`` (west, south, east, north, in degrees).

    ``layers``: {kind: features in metres, with ``rank``}, as ``read_base_map`` returns them; kinds that
    are not known are not drawn. What lies outside the bounds is cut off. The order of rows does not matter. Raises
    GeoError for layers in degrees, and for an area so wide that the steps of its grid would be longer than 5 m.
    """
    box = _widened(bounds)
    grid = packing.grid_over(*box)
    step = packing.step_m(*box)
    counts, codes, across, down = [], [], [], []
    for code, one in enumerate(CLASSES):
        layer = layers.get(one.kind)
        if layer is None or not len(layer):
            continue
        require_metric(layer, one.kind)
        shapes = _drawn(layer, one, max(step, tolerance_m))
        x, y, count = _on_grid(shapes, layer.crs, grid, box, closed=one.widths is None)
        counts.append(count)
        codes.append(np.full(len(count), code))
        across.append(x)
        down.append(y)
    tables = (
        [Column("points", "u16", _joined(counts)), Column("class", "u8", _joined(codes))],
        [Column("x", "delta16", _joined(across)), Column("y", "delta16", _joined(down))],
    )
    schema = {
        "shapes": len(tables[0][0].values),
        "points": len(tables[1][0].values),
        "classes": [
            {name: value for name, value in asdict(one).items() if name not in ("kind", "ranks")} for one in CLASSES
        ],
        "grid": grid._asdict(),
    }
    return BaseMap(packing.deflate(b"".join(packing.pack(table) for table in tables)), schema)


def _widened(bounds: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    west, south, east, north = bounds
    up = MARGIN_M / _METRES_A_DEGREE
    aside = up / float(np.cos(np.radians((south + north) / 2)))
    return west - aside, south - up, east + aside, north + up


def _drawn(layer: gpd.GeoDataFrame, one: Class, tolerance_m: float) -> npt.NDArray[np.object_]:
    """Return the shapes of a class: areas as one, without overlaps; lines joined where one goes on from the other."""
    shapes = np.asarray(layer.geometry.values[layer["rank"].isin(one.ranks).to_numpy()], dtype=object)
    shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    dimensions = shapely.get_dimensions(shapes)
    if one.widths is None:
        # overlapping areas would cancel each other out under the even-odd rule that leaves islands free
        whole = shapely.union_all(shapely.make_valid(shapes[dimensions == 2]), grid_size=0.01)
        areas = shapely.get_parts(shapely.simplify(whole, max(_AREA_TOLERANCE_M, tolerance_m)))
        areas = areas[(shapely.get_dimensions(areas) == 2) & (shapely.area(areas) >= _SMALLEST_M2)]
        return np.asarray(shapely.get_rings(shapely.normalize(areas)), dtype=object)
    lines = shapely.multilinestrings(shapely.get_parts(shapes[dimensions == 1]))
    merged = shapely.get_parts(shapely.line_merge(shapely.normalize(lines)))
    return np.asarray(shapely.normalize(shapely.simplify(merged, tolerance_m)), dtype=object)


def _on_grid(
    shapes: npt.NDArray[np.object_], crs: Any, grid: Grid, box: tuple[float, float, float, float], *, closed: bool
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return grid columns, grid rows and the number of points of each shape, shapes near each other side by side."""
    in_degrees = np.asarray(gpd.GeoSeries(shapes, crs=crs).to_crs(LONLAT).values, dtype=object)
    in_degrees = _cut(in_degrees, box, closed=closed)
    in_degrees = _few_enough(in_degrees)
    xy, shape = shapely.get_coordinates(in_degrees, return_index=True)
    x, y = packing.mercator(xy[:, 0], xy[:, 1])
    column = np.clip(np.floor((x - grid.x) / grid.step_x + 0.5), 0, packing.GRID_STEPS).astype(np.int64)
    row = np.clip(np.floor((y - grid.y) / grid.step_y + 0.5), 0, packing.GRID_STEPS).astype(np.int64)
    begins = np.append(True, shape[1:] != shape[:-1])[: len(shape)]
    moved = begins | np.append(True, (np.diff(column) != 0) | (np.diff(row) != 0))[: len(shape)]
    column, row, shape = column[moved], row[moved], shape[moved]
    length = np.bincount(shape, minlength=len(in_degrees))
    enough = length >= (4 if closed else 2)  # a ring's last point is its first
    kept = enough[shape]
    column, row, shape = column[kept], row[kept], shape[kept]
    firsts = np.flatnonzero(np.append(True, shape[1:] != shape[:-1])[: len(shape)])
    if closed and len(shape):  # the page closes it
        last = np.append(firsts[1:] - 1, len(shape) - 1)
        column, row, shape = np.delete(column, last), np.delete(row, last), np.delete(shape, last)
        firsts = firsts - np.arange(len(firsts))
    count = np.diff(np.append(firsts, len(shape)))
    order = packing.packing_order(column[firsts].astype(np.uint16), row[firsts].astype(np.uint16), count)
    take = np.concatenate([np.arange(firsts[i], firsts[i] + count[i]) for i in order]) if len(order) else order
    return column[take], row[take], count[order]


def _cut(shapes: npt.NDArray[np.object_], box: tuple[float, float, float, float], *, closed: bool) -> Any:
    west, south, east, north = shapely.bounds(shapes).T
    outside = (west < box[0]) | (south < box[1]) | (east > box[2]) | (north > box[3])
    if not outside.any():
        return shapes
    across = shapes[outside]
    if closed:  # each ring alone: an island is cut as its lake is
        pieces = shapely.get_parts(shapely.clip_by_rect(shapely.make_valid(shapely.polygons(across)), *box))
        pieces = shapely.get_rings(pieces[shapely.get_dimensions(pieces) == 2])
    else:
        pieces = shapely.get_parts(shapely.clip_by_rect(across, *box))
    return np.concatenate([shapes[~outside], pieces])


def _few_enough(shapes: Any) -> Any:
    """Return the shapes with no more points than a row can count; a coast of more is drawn a little rougher."""
    tolerance = 1e-5
    while (many := shapely.get_num_coordinates(shapes) > _MOST_POINTS).any():
        shapes = np.where(many, shapely.simplify(shapes, tolerance), shapes)
        tolerance *= 2
    return shapes


def _joined(parts: list[Any]) -> npt.NDArray[np.int64]:
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts]).astype(np.int64)
