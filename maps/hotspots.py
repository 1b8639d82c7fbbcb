"""The page of ``geo hotspots``: where incidents concentrate, with the evidence beside the map."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd

from geo.crs import require_metric
from geo.errors import GeoError
from maps import packing, page, palette, shapes
from maps.background import background
from maps.builder import Page
from maps.incidents import pack_incidents
from maps.page import About
from maps.tiles import Tiles
from maps.words import plain

PAGE = Page(
    skeleton="hotspots.html",
    script="analyst/hotspots.js",
    styles=("base.css", "split.css", "stage.css", "base_map.css", "panel.css", "print.css"),
    packs="nothing",  # a browser that cannot inflate shows the hot spots all the same
)

_LAYERS = {
    "hotspots": "Hot spot and its rank",
    "weak": "Could be chance",
    "wards": "Ward",
    "incidents": "Incidents",
}
# a quiet first sight: the rest is there when it is asked for
_AT_FIRST = ("hotspots", "wards")
_LIMITS = ("reported", "places", "small", "choices")
_FACTS = (
    "rank", "name", "incidents", "points", "area_m2", "incidents_per_km2", "share", "months_active", "months_covered",
    "top_point_share", "wards", "p_value", "null_model", "trend", "peak", "caveats",
    "could_be_chance", "p_background", "width_m", "first_month", "last_month",
)  # fmt: skip


def hotspots_map(
    hotspots: gpd.GeoDataFrame,
    incidents: gpd.GeoDataFrame,
    wards: gpd.GeoDataFrame,
    about: About,
    *,
    base_map: Mapping[str, gpd.GeoDataFrame] | None = None,
    tiles: Tiles | None = None,
) -> Any:
    """Return the map of ``hotspots`` as a folium Map that is a whole page: save it with ``maps.figure.save_page``.

    ``hotspots`` are ranked polygons and may be none at all; columns that were not computed may be empty, and are then
    not shown. ``incidents`` are points with ``month``, ``crime_type``, perhaps ``asb_type``, and ``hotspot`` (a rank,
    or empty). ``wards`` have ``ward_code``, ``ward_name``, ``district_name`` and ``incidents``, their count. All three
    are in metres. The order of rows does not matter: the page is the same, byte for byte. ``base_map``: what lies
    below, as ``read_base_map`` returns it; ``tiles``: a server to get it from instead.
    """
    for layer, name in ((hotspots, "hotspots"), (incidents, "incidents"), (wards, "wards")):
        require_metric(layer, name)
    bounds = shapes.bounds(wards, hotspots)
    west, south, east, north = bounds
    if not math.isfinite(west):
        raise GeoError("There is no ward and no hot spot to draw.", "Give the wards the incidents were looked for in.")
    lon, lat = (west + east) / 2, (south + north) / 2
    too_wide = packing.step_m(*bounds) > packing.COARSEST_STEP_M
    extent = (lon, lat, lon, lat) if too_wide else bounds
    packed = pack_incidents(incidents.iloc[:0] if too_wide else incidents, packing.grid_over(*extent))
    data = {
        "bounds": [[south, west], [north, east]],
        "total": len(incidents),
        "incidents": packed.schema,
        "hotspots": hotspot_records(hotspots),
        "wards": _ward_records(wards),
        "colours": palette.COLOURS,
        "density": palette.density_ramp(),
    }
    notes = [left_out(packed.left_out)] if packed.left_out else []
    notes += (
        ["The area is too wide to draw single incidents; they are in the data beside this map."] if too_wide else []
    )
    below = background(about, bounds, base_map=base_map, tiles=tiles)
    said = page.texts(
        below.about, _LIMITS, complete="The words are complete", notes=[*notes, *below.notes], network=below.network
    )
    made = PAGE.build(
        about.title,
        bounds,
        texts=said | {"layers": page.layers(_LAYERS, always=("hotspots", "wards", "incidents"), on=_AT_FIRST)},
        data=data | below.data,
        packed={"points": packed.content} | below.packed,
    )
    for source in below.sources:
        source.add_to(made)
    return made


def hotspot_records(hotspots: gpd.GeoDataFrame, more: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return hot spots by rank as the scripts read them: every fact that was worked out, outline, place of the label.

    ``more``: columns to take as well, as far as they are there.
    """
    ordered = hotspots.sort_values("rank", kind="stable")
    records = []
    for (_, row), shape, label in zip(
        ordered.iterrows(), shapes.islands(ordered), shapes.label_points(ordered), strict=True
    ):
        facts = {name: plain(row.get(name)) for name in _FACTS}
        facts |= {name: plain(row[name]) for name in more if name in hotspots}
        records.append({**facts, "label": label, "geometry": shape})
    return records


def _ward_records(wards: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    ordered = wards.sort_values("ward_code", kind="stable")
    records = []
    for (_, row), shape, label in zip(
        ordered.iterrows(), shapes.neighbours(ordered), shapes.label_points(ordered), strict=True
    ):
        facts = {
            "code": plain(row["ward_code"]),
            "name": plain(row["ward_name"]),
            "district": plain(row.get("district_name")),
            "incidents": plain(row["incidents"]),
        }
        records.append({**facts, "label": label, "geometry": shape})
    return records


def left_out(count: int) -> str:
    """Return the note on incidents that could not be drawn."""
    one = count == 1
    return (
        f"{count:,} incident{'' if one else 's'} {'has' if one else 'have'} no position within the wards' extent and "
        f"{'is' if one else 'are'} not drawn."
    )
