"""Shapes of notes: points, lines and areas from GeoJSON, checked, projected and mended."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from geo.crs import GREAT_BRITAIN, LONLAT
from layers.libraries import gpd, np, pd, pyproj, shapely

NO_SHAPE = "no shape"
UNREADABLE = "shape cannot be read"
OTHER_SHAPE = "shape is no point, line or area"
NOT_DEGREES = "position is not longitude and latitude"
FLAT = "a line or area without any extent"
OUTSIDE = "outside the study area"
_KINDS = {"Point": "point", "LineString": "line", "Polygon": "area", "MultiLineString": "line", "MultiPolygon": "area"}
# degrees around the ground a metric system is made for
_MARGIN = 0.2
# thinner areas are a line that was drawn there and back: positions are given to about this
_LEAST_WIDTH_M = 0.1


class Shape(NamedTuple):
    """``shape`` in degrees, None where ``fault`` says why; ``closed``: a ring had to be closed; ``other``: the shape
    whose numbers cannot be degrees.
    """

    shape: shapely.Geometry | None
    fault: str | None = None
    closed: bool = False
    other: shapely.Geometry | None = None


class _Bad(Exception):
    pass


def shape_of(geometry: Any) -> Shape:
    """Return the shape of a GeoJSON geometry, flat, as it was drawn; anything else is a fault, never an error.

    A Multi geometry or a collection of one part is that part (other programs write so), a ring that is not closed is
    closed.
    """
    alone = geometry.get("geometries") if isinstance(geometry, dict) else None
    if isinstance(alone, list) and len(alone) == 1 and isinstance(alone[0], dict) and "geometries" not in alone[0]:
        geometry = alone[0]
    if not isinstance(geometry, dict) or not geometry.get("coordinates"):
        return Shape(None, NO_SHAPE)
    kind, coordinates = geometry.get("type"), geometry["coordinates"]
    if isinstance(kind, str) and kind.startswith("Multi") and isinstance(coordinates, list) and len(coordinates) == 1:
        kind, coordinates = kind.removeprefix("Multi"), coordinates[0]
    if not isinstance(kind, str) or kind not in _KINDS:
        return Shape(None, OTHER_SHAPE)
    rings: list[list[tuple[float, float]]] = []
    try:
        if kind == "Point":
            shape = shapely.Point(_position(coordinates))
        elif kind == "LineString":
            shape = shapely.LineString(_positions(coordinates))
        elif kind == "MultiLineString":
            shape = shapely.MultiLineString([_positions(part) for part in _list(coordinates)])
        else:
            parts = [coordinates] if kind == "Polygon" else _list(coordinates)
            polygons = [[_positions(ring) for ring in _list(part)] for part in parts]
            rings = [ring for part in polygons for ring in part]
            areas = [shapely.Polygon(shell, holes) for shell, *holes in polygons]
            shape = areas[0] if kind == "Polygon" else shapely.MultiPolygon(areas)
    except (_Bad, ValueError, OverflowError, shapely.errors.ShapelyError):
        return Shape(None, UNREADABLE)
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        return Shape(None, NOT_DEGREES, other=shape)
    return Shape(shape, None, any(ring[0] != ring[-1] for ring in rings))


def kind_of_shape(shape: shapely.Geometry) -> str:
    """Return what people call it: ``point``, ``line`` or ``area``."""
    return _KINDS[shape.geom_type]


class Sound(NamedTuple):
    """``shapes`` in metres, None at a fault; ``faults``: reasons; ``mended``, ``turned``: which were changed."""

    shapes: gpd.GeoSeries
    faults: pd.Series
    mended: pd.Series
    turned: pd.Series


def sound_shapes(shapes: gpd.GeoSeries, metric_crs: str | pyproj.CRS) -> Sound:
    """Return shapes in degrees projected, to the millimetre, valid, their outer rings anticlockwise.

    An area that crosses itself is mended (the ground inside its outline, however often drawn round); what has no
    length, or is an area thinner than 0.1 m, is at fault, and so is what the metric system does not reach.
    """
    projected = shapes.to_crs(metric_crs)
    reached = np.isfinite(projected.bounds).all(axis=1) & _in_use(shapes, projected.crs)
    faults = pd.Series(None, index=shapes.index, dtype=object).mask(~reached, OUTSIDE)
    flat = projected.where(reached)
    flat = gpd.GeoSeries(shapely.transform(flat.to_numpy(), lambda xy: np.round(xy, 3)), shapes.index, crs=metric_crs)
    broken = reached & ~flat.is_valid & flat.geom_type.isin(["Polygon", "MultiPolygon"])
    if broken.any():
        flat = flat.mask(broken, flat[broken].make_valid(method="structure", keep_collapsed=False))
    extent = (
        flat.geom_type.eq("Point")
        | (2 * flat.area > _LEAST_WIDTH_M * flat.length)  # the width of a strip
        | flat.geom_type.isin(["LineString", "MultiLineString"]) & (flat.length > 0)
    )
    empty = reached & ~(extent & ~flat.is_empty & flat.geom_type.isin(list(_KINDS)))
    faults = faults.mask(empty, FLAT)
    flat = flat.where(~empty)
    oriented = np.array([_anticlockwise(shape) for shape in flat], dtype=object)
    other_way = [a is not None and not shapely.equals_exact(a, b) for a, b in zip(flat, oriented, strict=True)]
    turned = pd.Series(other_way, shapes.index, dtype=bool)
    return Sound(gpd.GeoSeries(oriented, shapes.index, crs=metric_crs), faults, broken & ~empty, turned & ~broken)


def metres_named(
    shapes: Sequence[shapely.Geometry], area: gpd.GeoDataFrame | None, metric_crs: pyproj.CRS, margin_m: float
) -> str:
    """Return which metres the numbers of shapes are, in words, or "" where none of the usual systems fits.

    Web Mercator, the National Grid and ``metric_crs`` are tried; the system fits that puts most shapes in ``area`` or,
    without one, on ground that it is in use for, in the British Isles.
    """
    points = [shapely.get_coordinates(shape)[0] for shape in shapes]
    for name, crs in (("Web Mercator", "EPSG:3857"), ("the National Grid", GREAT_BRITAIN), ("metres", metric_crs)):
        system = pyproj.CRS.from_user_input(crs)
        there = gpd.GeoSeries(gpd.points_from_xy(*np.transpose(points)), crs=system)
        if area is not None:
            fits = ~outside(there.to_crs(area.crs), area, margin_m)
        else:
            fits = pd.Series(shapely.contains(shapely.box(-9, 49, 2.5, 61.5), there.to_crs(LONLAT).to_numpy()))
        if fits.mean() > 0.5:
            code = system.to_authority()
            return f"{name} ({':'.join(code)})" if code else name
    return ""


def outside(shapes: gpd.GeoSeries, area: gpd.GeoDataFrame, margin_m: float) -> pd.Series:
    """Return which shapes in metres have a corner farther than ``margin_m`` from the study area."""
    zone = area.to_crs(shapes.crs).union_all().buffer(margin_m)
    shapely.prepare(zone)
    xy, shape = shapely.get_coordinates(shapes.to_numpy(), return_index=True)
    far = ~shapely.contains_xy(zone, xy)
    return pd.Series(np.bincount(shape[far], minlength=len(shapes)) > 0, index=shapes.index)


def swapped(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return shapes with the two numbers of every position the other way round."""
    turned = shapely.transform(shapes.to_numpy(), lambda xy: xy[:, ::-1])
    return gpd.GeoSeries(turned, index=shapes.index, crs=shapes.crs)


def _anticlockwise(shape: shapely.Geometry | None) -> shapely.Geometry | None:
    if shape is None or shape.geom_type not in ("Polygon", "MultiPolygon"):
        return shape
    if shape.geom_type == "Polygon":
        return shapely.geometry.polygon.orient(shape)
    return shapely.MultiPolygon([shapely.geometry.polygon.orient(part) for part in shape.geoms])


def _in_use(shapes: gpd.GeoSeries, crs: pyproj.CRS) -> pd.Series:
    """Return which shapes in degrees lie on the ground the metric system is made for."""
    use = crs.area_of_use
    bounds = shapes.to_crs(LONLAT).bounds
    if use is None:
        return pd.Series(True, index=shapes.index)
    return (
        (bounds["minx"] >= use.west - _MARGIN)
        & (bounds["maxx"] <= use.east + _MARGIN)
        & (bounds["miny"] >= use.south - _MARGIN)
        & (bounds["maxy"] <= use.north + _MARGIN)
    )


def _position(value: Any) -> tuple[float, float]:
    numbers = _list(value)[:2]
    if len(numbers) < 2 or any(isinstance(one, bool) or not isinstance(one, int | float) for one in numbers):
        raise _Bad
    lon, lat = float(numbers[0]), float(numbers[1])
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise _Bad
    return lon, lat


def _positions(value: Any) -> list[tuple[float, float]]:
    return [_position(one) for one in _list(value)]


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise _Bad
    return value
