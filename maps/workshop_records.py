"""Areas and notes as the workshop page reads them: nothing in them but what it shows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.crs import LONLAT
from geo.errors import GeoError, listed
from maps import shapes
from maps.bands import Band, bands, require_released
from maps.palette import BLUES
from maps.words import plain

FEELINGS = ("safe", "unsafe", "idea")
MOST_LETTERS = 500
_FILLS = ((3,), (2, 4), (1, 2, 4), (1, 2, 3, 4))  # not the palest: it would be taken for none


def counted_areas(
    layer: gpd.GeoDataFrame, name: str, minimum: int, rounding: int, edges: Sequence[int] | None = None
) -> tuple[list[Band], list[dict[str, Any]]]:
    """Return the bands of a layer's counts and, row by row, what the page is told of each; nothing without counts."""
    require_areas(layer, name)
    if "incidents" not in layer:
        return [], [{} for _ in range(len(layer))]
    counts = require_released(
        pd.to_numeric(layer["incidents"]).to_numpy(dtype=np.float64, na_value=math.nan), name, minimum, rounding
    )
    made, places = bands(counts, rounding, edges)
    return made, [
        {"band": band, "reports": None if math.isnan(count) else int(count)}
        for band, count in zip(places, counts, strict=True)
    ]


def require_areas(layer: gpd.GeoDataFrame, name: str) -> None:
    """Raise GeoError for a layer that holds anything but areas: a point would be a single report."""
    kinds = set(layer.geometry[~(layer.geometry.isna() | layer.geometry.is_empty)].geom_type)
    if kinds - {"Polygon", "MultiPolygon"}:
        raise GeoError(
            f"{name}: holds {listed(sorted(kinds - {'Polygon', 'MultiPolygon'}))}, and this page shows areas only.",
            "Single incidents never go onto a page that is handed out. Count them in cells or wards.",
        )


def shaded(made: list[Band]) -> list[dict[str, Any]]:
    """Return the bands as the page draws them: the more, the darker; hidden ones in lines, none at all white."""
    graded = sum(band.kind in ("range", "most") for band in made)
    fills = iter([BLUES[i] for i in _FILLS[max(graded, 1) - 1]])
    plain_fills = {"none": "#ffffff", "hidden": "#ffffff"}
    return [
        {
            **band._asdict(),
            "fill": plain_fills.get(band.kind) or next(fills),
            "pattern": "dots" if band.kind == "hidden" else "none",
        }
        for band in made
    ]


def ward_records(wards: gpd.GeoDataFrame, places: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """Return names, shapes and places of names, with ``places`` where the wards themselves are shaded."""
    rows = zip(wards["ward_name"], shapes.neighbours(wards), shapes.label_points(wards), strict=True)
    made = [{"name": plain(name), "label": label, "geometry": shape} for name, shape, label in rows]
    return made if places is None else [ward | place for ward, place in zip(made, places, strict=True)]


def cell_records(cells: gpd.GeoDataFrame, places: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return shapes and bands: the name of a cell, and even its rounded count, are more than the page shows."""
    return [
        {"band": place.get("band"), "geometry": shape}
        for place, shape in zip(places, shapes.neighbours(cells), strict=True)
        if shape is not None
    ]


def note_records(notes: gpd.GeoDataFrame | None) -> list[dict[str, Any]]:
    """Return notes of earlier workshops, in an order that does not tell which came first; GeoError: unknown feeling."""
    if notes is None or notes.empty:
        return []
    unknown = sorted(set(notes["feeling"].astype(str)) - set(FEELINGS))
    if unknown:
        raise GeoError(f"Notes with the feeling {listed(unknown)}.", f"There are: {listed(list(FEELINGS))}.")
    kept = notes[~(notes.geometry.isna() | notes.geometry.is_empty)]
    words = kept["note"] if "note" in kept else pd.Series("", index=kept.index)
    records = [
        {
            "feeling": str(feeling),
            "note": str(plain(note) or "")[:MOST_LETTERS],
            "geometry": _rounded(shape.__geo_interface__),
        }
        for feeling, note, shape in zip(kept["feeling"], words, kept.geometry.to_crs(LONLAT), strict=True)
    ]
    return sorted(records, key=lambda one: (one["feeling"], str(one["geometry"]), one["note"]))


def _rounded(geometry: dict[str, Any]) -> dict[str, Any]:
    def down(part: Any) -> Any:
        return [down(one) for one in part] if isinstance(part, tuple | list) else round(part, shapes.DECIMALS)

    return {"type": geometry["type"], "coordinates": down(geometry["coordinates"])}
