"""Areas and notes as the workshop page reads them: nothing in them but what it shows."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.crs import LONLAT
from geo.errors import GeoError, listed
from maps import packing, shapes
from maps.bands import Band, bands, require_released
from maps.palette import BLUES
from maps.words import plain

FEELINGS = ("safe", "unsafe", "idea")
MOST_LETTERS = 500
MOST_NAME = 80
_SAME_STREET_M = 100.0
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


def named_places(
    base_map: Mapping[str, gpd.GeoDataFrame] | None, wards: gpd.GeoDataFrame
) -> list[tuple[str, float, float]]:
    """Return the names of streets, parks and places inside the wards, each with a point of it as (name, lat, lon).

    Streets of one name that lie apart (two Church Lanes) are told apart; a name stands once for each, in its longest
    piece. In the order of names, then places.
    """
    parts = []
    for kind in ("streets", "paths", "parks", "places"):
        layer = (base_map or {}).get(kind)
        if layer is not None and "name" in layer and layer["name"].notna().any():
            found = layer.loc[layer["name"].notna(), ["name", "geometry"]].to_crs(wards.crs)
            parts.append(found[found.intersects(wards.union_all())])
    if not parts:
        return []
    named = pd.concat(parts, ignore_index=True)
    named["name"] = named["name"].map(lambda name: " ".join(str(name).split())[:MOST_NAME])
    reach = gpd.GeoDataFrame(named[["name"]], geometry=named.buffer(_SAME_STREET_M), crs=named.crs)
    whole = reach.dissolve("name").explode().reset_index()
    pieces = named.assign(size=named.length + named.area).sort_values("size", ascending=False, kind="stable")
    inside = pieces.sjoin(whole.rename(columns={"name": "whole"}), predicate="within")
    first = inside[inside["name"] == inside["whole"]].drop_duplicates("index_right")
    points = first.geometry.map(_middle).set_crs(wards.crs).to_crs(LONLAT)
    rows = zip(first["name"], points.y.round(shapes.DECIMALS), points.x.round(shapes.DECIMALS), strict=True)
    return sorted((name, float(lat), float(lon)) for name, lat, lon in rows)


def names_block(places: list[tuple[str, float, float]]) -> dict[str, bytes]:
    """Return names and their points packed as the block ``names``: steps in units of DECIMALS from one to the next."""
    if not places:
        return {}
    units = np.rint(np.asarray([place[1:] for place in places]) * 10**shapes.DECIMALS).astype(np.int64)
    steps = np.diff(units, axis=0, prepend=np.zeros((1, 2), dtype=np.int64)).ravel().tolist()
    text = json.dumps({"names": [place[0] for place in places], "steps": steps}, ensure_ascii=False)
    return {"names": packing.deflate(text.encode("utf-8", "replace"))}


def _middle(shape: Any) -> Any:
    """Return a point of a shape: half way along a line, in the middle of an area."""
    return shape.interpolate(0.5, normalized=True) if shape.geom_type == "LineString" else shape.representative_point()


def _rounded(geometry: dict[str, Any]) -> dict[str, Any]:
    def down(part: Any) -> Any:
        return [down(one) for one in part] if isinstance(part, tuple | list) else round(part, shapes.DECIMALS)

    return {"type": geometry["type"], "coordinates": down(geometry["coordinates"])}
