"""Positions made coarse, and nothing on a place of worship that says how it stands with the police."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.crs import require_metric
from geo.disclosure.columns import LABELS

PLACE_OF_WORSHIP = "place_of_worship"
# Published by others, exactly as they are: their lines say nothing of anybody.
PUBLISHED_SHAPES = frozenset(("wards", "streets", "cells", "deprivation"))


def coarsened(layer: gpd.GeoDataFrame, step_m: float, name: str) -> gpd.GeoDataFrame:
    """Return a layer in metres with every position on a grid of ``step_m``: the same draw each time, by rounding.

    A point goes to the nearest crossing of the grid, halves up. An area becomes the squares of the grid of which it
    covers at least half, or the one it covers most: its own corners would tell where its outermost incidents are.
    A line's corners go to the grid. Rounding, unlike a random shift, cannot be averaged away by releasing it again.
    Raises GeoError where the layer is not measured in metres.
    """
    require_metric(layer, name)
    moved = layer.copy()
    if step_m > 0:
        shapes = np.array([_on_grid(shape, step_m) for shape in layer.geometry.values], dtype=object)
        moved[layer.geometry.name] = gpd.GeoSeries(shapes, index=layer.index, crs=layer.crs)
    return moved


def rounded_xy(xy: NDArray[np.float64], step_m: float) -> NDArray[np.float64]:
    """Return coordinates at the nearest multiple of ``step_m``, halves up."""
    return np.floor(xy / step_m + 0.5) * step_m


def without_labels(layer: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return a layer whose places of worship carry no flag, and how many lost one.

    Such a label can bring hatred to a door; so no profile, the internal one included, puts it there.
    """
    columns = [name for name in LABELS if name in layer]
    if "kind" not in layer or not columns:
        return layer, 0
    worship = layer["kind"].eq(PLACE_OF_WORSHIP).fillna(False).to_numpy(dtype=bool)
    labelled = worship & layer[columns].notna().any(axis=1).to_numpy()
    if not labelled.any():
        return layer, 0
    cleared = layer.copy()
    for name in columns:
        cleared[name] = layer[name].astype(object).where(~worship, None)
    return cleared, int(labelled.sum())


def only_public(layer: pd.DataFrame, *, worship_only: bool) -> tuple[pd.DataFrame, int]:
    """Return a layer of places without those that are not public already, and how many were left out.

    Public is what the column ``public`` says; without the column no place is. ``worship_only``: only places of worship
    are left out.
    """
    public = layer["public"].eq(True).fillna(False) if "public" in layer else pd.Series(False, index=layer.index)
    kept = public.to_numpy(dtype=bool)
    if worship_only and "kind" in layer:
        kept = kept | ~layer["kind"].eq(PLACE_OF_WORSHIP).fillna(False).to_numpy(dtype=bool)
    return layer[kept], int((~kept).sum())


def _on_grid(shape: shapely.Geometry | None, step: float) -> shapely.Geometry | None:
    if shape is None or shape.is_empty:
        return shape
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        return shapely.transform(shape, lambda xy: rounded_xy(xy, step))
    west, south, east, north = (np.floor(np.array(shape.bounds) / step)).astype(int)
    columns, rows = np.meshgrid(np.arange(west, east + 1), np.arange(south, north + 1))
    x, y = columns.ravel() * step, rows.ravel() * step
    squares = shapely.box(x, y, x + step, y + step)
    covered = shapely.area(shapely.intersection(squares, shapely.make_valid(shape)))
    chosen = covered >= min(0.5 * step * step, covered.max())
    return shapely.union_all(squares[chosen])


def levels_of(layers: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the layers whose positions are to be made coarse: those with positions that nobody published."""
    return [
        name for name, layer in layers.items() if isinstance(layer, gpd.GeoDataFrame) and name not in PUBLISHED_SHAPES
    ]
