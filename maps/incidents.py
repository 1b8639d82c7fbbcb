"""Incidents as one packed block, the same for every page that draws them."""

from __future__ import annotations

from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.crs import LONLAT
from geo.errors import GeoError
from maps import packing
from maps.packing import Column, Grid

_MOST_VALUES = 65535


class PackedIncidents(NamedTuple):
    """The compressed block, what a page must know to read it, and how many incidents could not be placed."""

    content: bytes
    schema: dict[str, Any]
    left_out: int


def pack_incidents(incidents: gpd.GeoDataFrame, grid: Grid) -> PackedIncidents:
    """Return ``incidents`` packed on ``grid``; those without a position on it are left out and counted."""
    drawn = incidents[~(incidents.geometry.isna() | incidents.geometry.is_empty)]
    points = drawn.geometry.to_crs(LONLAT)
    x, y, inside = packing.to_grid(grid, points.x.to_numpy(), points.y.to_numpy())
    kept = drawn[inside]
    lists: dict[str, list[str]] = {}
    attributes = []
    for name in ("month", "crime_type", "asb_type"):
        if name in kept.columns:
            codes, lists[name] = _coded(kept[name])
            attributes.append(_column(name, codes))
    ranks = kept["hotspot"].astype("Int64").fillna(0).to_numpy(dtype=np.int64)
    attributes.append(_column("hotspot", ranks))
    x, y = x[inside], y[inside]
    order = packing.packing_order(x, y, *(column.values for column in attributes))
    columns = [Column("x", "delta16", x[order]), Column("y", "delta16", y[order])]
    columns += [column._replace(values=column.values[order]) for column in attributes]
    schema = {
        "rows": len(order),
        "columns": [[column.name, column.kind] for column in columns],
        "lists": lists,
        "grid": grid._asdict(),
    }
    return PackedIncidents(packing.deflate(packing.pack(columns)), schema, len(incidents) - len(order))


def _coded(values: pd.Series) -> tuple[np.ndarray[Any, np.dtype[np.int64]], list[str]]:
    """Return a code for each value and the list of values in alphabetical order; an empty value is the empty text."""
    codes, found = pd.factorize(values.astype("string").fillna(""), sort=True)
    return codes.astype(np.int64), [str(value) for value in found]


def _column(name: str, values: np.ndarray[Any, np.dtype[np.int64]]) -> Column:
    highest = int(values.max(initial=0))
    if highest > _MOST_VALUES:
        raise GeoError(f"incidents: {highest + 1:,} different values of '{name}' are too many for a map.")
    return Column(name, "u8" if highest < 256 else "u16", values)
