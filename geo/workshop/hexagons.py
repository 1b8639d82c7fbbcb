"""Reports counted in hexagons: where much is recorded, without the place of any one report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.crs import require_metric
from geo.errors import GeoError, counted

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WIDTH_M = 250.0
WIDTHS_M = (150.0, 200.0, 250.0, 300.0, 400.0, 500.0, 750.0, 1000.0)
MINIMUM = 10
MOST_HIDDEN = 0.2
_LEAST_WIDTH_M, _MOST_CELLS = 20.0, 200_000


def hexagons(incidents: gpd.GeoDataFrame, area: gpd.GeoDataFrame, *, width_m: float = WIDTH_M) -> gpd.GeoDataFrame:
    """Return the hexagons that cover a study area, clipped to it, with the incidents counted in each.

    ``incidents``: points in metres; those outside the area are not counted. ``area``: its wards, in the same system.
    ``width_m``: from one flat side of a hexagon to the opposite one, in metres (20 at least).

    Columns: ``cell`` (a name such as ``H250-2401-1111``: width, column, row), ``incidents``, ``geometry`` (polygons).
    Every cell is there, the empty ones too; the counts add up to the incidents inside the area. The grid hangs on the
    coordinate system, not on the data: the same width gives the same cells next month and next door, so that counts
    can be compared and no cell tells where its incidents lie. All corners stand on round coordinates; for that the
    hexagons are up to 1% from regular at 100 m and wider. A point on a border counts in one cell, always the same one.

    The counts are not protected: hide the small ones with ``geo.disclosure`` before they leave. Raises GeoError for
    layers not in metres, in different systems, or an area of more than 200,000 cells.
    """
    grid = _grid(width_m)
    whole = _whole(incidents, area)
    column, row = _cells_over(whole, grid)
    shapes = shapely.intersection(_outlines(column, row, grid), whole)
    shapes = np.array([_polygons(shape) for shape in shapes], dtype=object)
    kept = shapely.area(shapes) > 0
    column, row, shapes = column[kept], row[kept], shapes[kept]
    inside = _inside(incidents, whole)
    counts = np.bincount(_cell_of(inside, column, row, shapes, grid), minlength=len(shapes))
    names = [f"H{width_m:g}-{one}-{other}" for one, other in zip(column, row, strict=True)]
    cells = gpd.GeoDataFrame({"cell": names, "incidents": counts.astype(np.int64)}, geometry=shapes, crs=area.crs)
    return cells.iloc[np.lexsort((column, row))].reset_index(drop=True)


class Width(NamedTuple):
    """``width_m``: the width chosen; ``table``: for every width tried ``width_m``, ``cells``, ``with_incidents`` (cells
    with any), ``hidden_cells`` (with 1 to minimum - 1), ``hidden_share`` (of incidents, those in hidden cells).
    """

    width_m: float
    table: pd.DataFrame


def choose_width(
    incidents: gpd.GeoDataFrame,
    area: gpd.GeoDataFrame,
    *,
    widths_m: Sequence[float] = WIDTHS_M,
    minimum: int = MINIMUM,
    most_hidden: float = MOST_HIDDEN,
) -> Width:
    """Return the smallest width at which at most ``most_hidden`` of the incidents lie in cells that must be hidden.

    A cell with fewer than ``minimum`` incidents is not shown. Narrow cells show streets, but then most of the quieter
    ones are hidden, and a map that is mostly hidden tells people nothing about where they live; wide cells hide little
    and show little. The share counts small cells alone; what is hidden with them, so that totals do not give them
    back, comes on top. Where no width will do, the widest is returned: the table says how much it hides.
    """
    rows = []
    for width in sorted(widths_m):
        counts = hexagons(incidents, area, width_m=width)["incidents"]
        small = counts.between(1, minimum - 1)
        share = float(counts[small].sum() / counts.sum()) if counts.sum() else 0.0
        rows.append((width, len(counts), int((counts > 0).sum()), int(small.sum()), share))
    table = pd.DataFrame(rows, columns=["width_m", "cells", "with_incidents", "hidden_cells", "hidden_share"])
    enough = table[table["hidden_share"] <= most_hidden]
    return Width(float((enough if len(enough) else table.tail(1))["width_m"].iloc[0]), table)


class _Grid(NamedTuple):
    """Pointed hexagons in rows: ``half``: half the width; ``rise``: from row to row, two thirds of the height."""

    half: float
    rise: float


def _grid(width_m: float) -> _Grid:
    if not _LEAST_WIDTH_M <= width_m < np.inf:
        raise GeoError(f"A hexagon of {width_m:g} m.", f"The width is at least {_LEAST_WIDTH_M:g} m.")
    # a third of the rise is a step between corners: rounded to metres, all corners are round
    return _Grid(width_m / 2, 3.0 * round(width_m / np.sqrt(12)))


def _outlines(column: Ints, row: Ints, grid: _Grid) -> NDArray[np.object_]:
    x, y = _centres(column, row, grid)
    third = grid.rise / 3
    corners = np.array([(0, -2), (1, -1), (1, 1), (0, 2), (-1, 1), (-1, -1)]) * (grid.half, third)
    rings = np.stack((x, y), axis=1)[:, None, :] + corners[None, :, :]
    return np.asarray(shapely.polygons(rings), dtype=object)


def _centres(column: Ints, row: Ints, grid: _Grid) -> tuple[Floats, Floats]:
    """Return where cells lie: every other row stands half a width to the side."""
    x, y = (2 * column + row % 2) * grid.half, row * grid.rise
    return x.astype(np.float64), y.astype(np.float64)


def _cells_over(whole: shapely.Geometry, grid: _Grid) -> tuple[Ints, Ints]:
    """Return column and row of every hexagon that may touch the area."""
    west, south, east, north = whole.bounds
    columns = np.arange(np.floor(west / grid.half / 2) - 1, np.ceil(east / grid.half / 2) + 2, dtype=np.int64)
    rows = np.arange(np.floor(south / grid.rise) - 1, np.ceil(north / grid.rise) + 2, dtype=np.int64)
    if len(columns) * len(rows) > _MOST_CELLS:
        raise GeoError(
            f"The area would need {len(columns) * len(rows):,} hexagons of {2 * grid.half:g} m.",
            "Choose a greater width, or a smaller area.",
        )
    column, row = (part.ravel() for part in np.meshgrid(columns, rows))
    shapely.prepare(whole)
    near = shapely.intersects(whole, _outlines(column, row, grid))
    return column[near], row[near]


def _cell_of(points: Floats, column: Ints, row: Ints, shapes: NDArray[np.object_], grid: _Grid) -> Ints:
    """Return which cell each point lies in; one that only touches the area goes to the nearest cell that does not."""
    number = {pair: at for at, pair in enumerate(zip(column.tolist(), row.tolist(), strict=True))}
    nearest_column, nearest_row = _nearest(points, grid)
    found = np.array(
        [number.get(pair, -1) for pair in zip(nearest_column.tolist(), nearest_row.tolist(), strict=True)], np.int64
    )
    lost = found < 0
    if lost.any():
        tree = shapely.STRtree(shapes)
        point, cell = tree.query_nearest(shapely.points(points[lost]), all_matches=True)
        first = pd.Series(cell).groupby(point).min()
        found[lost] = first.to_numpy()
    return found


def _nearest(points: Floats, grid: _Grid) -> tuple[Ints, Ints]:
    """Return column and row of the centre nearest to each point, measured as if the hexagons were regular.

    The nearest centre of a lattice of regular hexagons is the hexagon a point lies in, and so it is on a lattice
    stretched to one. Of equally near centres the first in the order tried here counts.
    """
    stretch = np.sqrt(3) * grid.half / grid.rise
    best = np.full(len(points), np.inf)
    at_column, at_row = np.zeros(len(points), np.int64), np.zeros(len(points), np.int64)
    below = np.floor(points[:, 1] / grid.rise).astype(np.int64)
    for row in (below, below + 1):
        column = np.floor((points[:, 0] / grid.half - row % 2) / 2 + 0.5).astype(np.int64)
        x, y = _centres(column, row, grid)
        distance = (points[:, 0] - x) ** 2 + ((points[:, 1] - y) * stretch) ** 2
        nearer = distance < best
        best, at_column, at_row = (
            np.where(nearer, new, old)
            for new, old in ((distance, best), (column, at_column), (row, at_row))
        )  # fmt: skip
    return at_column, at_row


def _whole(incidents: gpd.GeoDataFrame, area: gpd.GeoDataFrame) -> shapely.Geometry:
    require_metric(incidents, "incidents")
    require_metric(area, "wards")
    if incidents.crs != area.crs:
        raise GeoError(f"Incidents are in {incidents.crs.name}, wards in {area.crs.name}.", "Project both to one.")
    whole = area.union_all()
    if whole.area <= 0:
        raise GeoError(f"The study area has no ground ({counted(len(area), 'ward')}).", "Name another area.")
    return whole


def _inside(incidents: gpd.GeoDataFrame, whole: shapely.Geometry) -> Floats:
    shapely.prepare(whole)
    points = incidents.geometry.to_numpy()
    return np.asarray(shapely.get_coordinates(points[shapely.intersects(whole, points)]), dtype=np.float64)


def _polygons(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the areas of a shape: where a border only touches a cell, a clip leaves lines and points."""
    if shape.geom_type != "GeometryCollection":
        return shape
    areas = [part for part in shape.geoms if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(areas)
