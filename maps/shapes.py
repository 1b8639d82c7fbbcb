"""Polygons as a page needs them: degrees with five decimals (1 m), light, and with a place for their label."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo.crs import LONLAT

DECIMALS = 5
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
    # A set with overlaps or slivers would be simplified edge by edge and drift apart; those are only rounded.
    # shapely before 2.1 cannot do it at all.
    if len(shapes) and hasattr(shapely, "coverage_simplify") and _is_coverage(shapes):
        west, south, east, north = layer.total_bounds
        tolerance_m = max(_COVERAGE_TOLERANCE_M, max(east - west, north - south) / _COVERAGE_STEPS)
        shapes = shapely.coverage_simplify(shapes, tolerance_m)
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
