"""Polygons as a page needs them: degrees with five decimals (1 m), light, and with a place for their label."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo.crs import LONLAT
from maps import packing

DECIMALS = 5
# outlines with more points than these stand packed in the page: some 2 MB of JSON, more than any town has
MOST_POINTS = 100_000
_COVERAGE_TOLERANCE_M = 2.0
_COVERAGE_STEPS = 20_000  # of an area's longer side: a pixel, when a twentieth of it fills the screen
# a third of a pixel at zoom 16; with many hot spots the outlines are most of a small page
OUTLINE_TOLERANCE_M = 0.5
_LABEL_TOLERANCE_M = 5.0


def neighbours(layer: gpd.GeoDataFrame) -> list[dict[str, Any] | None]:
    """Return polygons that share borders, as GeoJSON geometries; simplified together, so that no gap opens.

    Simplified by 2 m, or by a 20,000th of the longer side of an area wider than 40 km.
    """
    shapes = np.asarray(layer.geometry.values, dtype=object)
    west, south, east, north = layer.total_bounds
    tolerance_m = max(_COVERAGE_TOLERANCE_M, max(east - west, north - south) / _COVERAGE_STEPS)
    # A set with overlaps or slivers would be simplified edge by edge and drift apart: in a town it is only rounded,
    # in a country the drift is a pixel where a twentieth of it is seen. shapely before 2.1 cannot do it at all.
    drawn = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if (
        drawn.any()
        and hasattr(shapely, "coverage_simplify")
        and (tolerance_m > _COVERAGE_TOLERANCE_M or _is_coverage(shapes))
    ):
        shapes = shapes.copy()
        shapes[drawn] = shapely.coverage_simplify(shapes[drawn], tolerance_m)
    return _geojson(shapes, layer)


def islands(layer: gpd.GeoDataFrame, tolerance_m: float = OUTLINE_TOLERANCE_M) -> list[dict[str, Any] | None]:
    """Return polygons that stand alone, as GeoJSON geometries, without the points nobody can see."""
    shapes = np.asarray(layer.geometry.values, dtype=object)
    return _geojson(shapely.simplify(shapes, tolerance_m), layer)


def label_points(layer: gpd.GeoDataFrame) -> list[list[float] | None]:
    """Return for each polygon the point deepest inside it, as (lat, lon): where a label has most room."""
    inside = [_deepest(shape) for shape in layer.geometry.values]
    points = gpd.GeoSeries(inside, crs=layer.crs).to_crs(LONLAT)
    return [None if p is None or p.is_empty else [round(p.y, DECIMALS), round(p.x, DECIMALS)] for p in points]


def bounds(*layers: gpd.GeoDataFrame) -> tuple[float, float, float, float]:
    """Return (west, south, east, north) in degrees around all that the layers hold; not finite when that is nothing."""
    boxes = [layer.geometry.to_crs(LONLAT).total_bounds for layer in layers]
    west, south = np.fmin.reduce([box[:2] for box in boxes])  # an empty layer's box is nan, which fmin passes over
    east, north = np.fmax.reduce([box[2:] for box in boxes])
    return float(west), float(south), float(east), float(north)


def packed_outlines(data: Mapping[str, Any], most_points: int) -> tuple[Mapping[str, Any], dict[str, bytes]]:
    """Return a page's data without the outlines of its records, and these as the block ``shapes``, for a wide area.

    Data with at most ``most_points`` points come back as they are, and no block. The block is JSON, compressed: {list
    of records: [outline]}, an outline being polygons of rings of steps east and north, in units of DECIMALS.
    """
    lists = {
        name: [record.get("geometry") for record in value]
        for name, value in data.items()
        if isinstance(value, list) and all(isinstance(record, dict) for record in value)
    }
    lists = {
        name: found
        for name, found in lists.items()
        if (kinds := {one["type"] for one in found if one}) and kinds <= {"Polygon", "MultiPolygon"}
    }
    outlines = {name: [_polygons(shape) for shape in shapes] for name, shapes in lists.items()}
    if (
        sum(len(ring) for shapes in outlines.values() for rings in shapes for polygon in rings for ring in polygon)
        <= most_points
    ):
        return data, {}
    steps = {
        name: [[[_steps(ring) for ring in rings] for rings in shape] or None for shape in shapes]
        for name, shapes in outlines.items()
    }
    lighter = dict(data) | {name: [record | {"geometry": None} for record in data[name]] for name in lists}
    return lighter, {"shapes": packing.deflate(json.dumps(steps, separators=(",", ":")).encode())}


def _polygons(shape: Mapping[str, Any] | None) -> list[Any]:
    if shape is None:
        return []
    return [shape["coordinates"]] if shape["type"] == "Polygon" else list(shape["coordinates"])


def _steps(ring: Any) -> list[int]:
    units = np.rint(np.asarray(ring) * 10**DECIMALS).astype(np.int64)
    return [int(step) for step in np.diff(units, axis=0, prepend=np.zeros((1, 2), dtype=np.int64)).ravel()]


def _is_coverage(shapes: Any) -> bool:
    whole = not (shapely.is_missing(shapes) | shapely.is_empty(shapes)).any()
    return bool(whole and shapely.is_valid(shapes).all() and shapely.coverage_is_valid(shapes))


def _deepest(shape: Any) -> Any:
    if shape is None or shape.is_empty:
        return None
    if not shape.is_valid or shape.area == 0:
        return shape.representative_point()
    return shapely.Point(shapely.maximum_inscribed_circle(shape, _LABEL_TOLERANCE_M).coords[0])


def _geojson(shapes: Any, layer: gpd.GeoDataFrame) -> list[dict[str, Any] | None]:
    in_degrees = gpd.GeoSeries(shapes, index=layer.index, crs=layer.crs).to_crs(LONLAT)
    rounded = shapely.transform(np.asarray(in_degrees.values, dtype=object), lambda xy: np.round(xy, DECIMALS))
    return [
        None if shape is None or shape.is_empty else {"type": shape.geom_type, "coordinates": _plain(shape)}
        for shape in rounded
    ]


def _plain(shape: Any) -> Any:
    return shapely.geometry.mapping(shape)["coordinates"]
