"""What lies on the analyst's map besides incidents: engagements, one mark a place, and notes of workshops."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geo.crs import LONLAT
from maps import shapes, words
from maps.words import plain

_DECIMALS = 6


def engagement_records(
    engagements: gpd.GeoDataFrame | None, focal_points: gpd.GeoDataFrame | None
) -> tuple[list[dict[str, Any]], int]:
    """Return engagements by place (to a metre) and how many have no point.

    A place has its ``name`` (that of the focal point, else "no name"), ``at`` (lat, lon) and ``events``, each with its
    ``date`` (2025-03-12, or empty), ``activity`` in words and ``attendees`` (or None). No note and no name of a person
    is taken.
    """
    if engagements is None:
        return [], 0
    nowhere = (engagements.geometry.isna() | engagements.geometry.is_empty).to_numpy()
    placed = engagements[~nowhere]
    at = _at(placed)
    whole = shapely.get_coordinates(shapely.centroid(placed.geometry.to_numpy())).round()
    names = _names(focal_points)
    found: dict[tuple[float, float], dict[str, Any]] = {}
    for row, point, metre in zip(placed.to_dict("records"), at, whole.tolist(), strict=True):
        place = found.setdefault(tuple(metre), {"at": point, "names": set(), "events": []})
        known = names.get(str(plain(row.get("focal_point_id"))))
        place["names"] |= {known} if known else set()
        attendees = plain(row.get("attendees"))
        place["events"].append(
            {
                "date": str(plain(row.get("date")) or "")[:10],
                "day": words.day(str(plain(row.get("date")) or "")[:10]),
                "activity": words.spoken(str(plain(row.get("activity")) or "engagement")),
                "attendees": attendees if isinstance(attendees, int | float) else None,
            }
        )
        place["at"] = min(place["at"], point)
    made = [
        {
            "name": min(place["names"], default="a place without a name"),
            "at": place["at"],
            "events": sorted(place["events"], key=lambda one: (one["date"], one["activity"], one["attendees"] or 0)),
        }
        for place in found.values()
    ]
    return sorted(made, key=lambda place: (place["at"][::-1], place["name"])), int(nowhere.sum())


def note_records(notes: gpd.GeoDataFrame | None) -> list[dict[str, Any]]:
    """Return notes: ``feeling``, ``note``, ``day``, ``at`` (on their shape) and ``geometry`` where it is no point."""
    if notes is None:
        return []
    drawn = notes[~(notes.geometry.isna() | notes.geometry.is_empty)]
    is_point = (shapely.get_dimensions(drawn.geometry.to_numpy()) == 0).tolist()
    made = [
        {
            "feeling": words.spoken(str(plain(row.get("feeling")) or "")),
            "note": str(plain(row.get("note")) or ""),
            "day": words.day(str(plain(row.get("created")) or "")[:10]),
            "at": at,
            "geometry": None if point else shape,
        }
        for row, at, shape, point in zip(
            drawn.to_dict("records"), _at(drawn), shapes.islands(drawn), is_point, strict=True
        )
    ]
    return sorted(made, key=lambda note: (note["at"][::-1], note["note"], note["feeling"], note["day"]))


def _at(layer: gpd.GeoDataFrame) -> list[list[float]]:
    """Return a point on each shape as (lat, lon)."""
    points = layer.geometry.representative_point().to_crs(LONLAT)
    return [[round(point.y, _DECIMALS), round(point.x, _DECIMALS)] for point in points]


def _names(focal_points: pd.DataFrame | None) -> dict[str, str]:
    if focal_points is None or "focal_point_id" not in focal_points or "name" not in focal_points:
        return {}
    pairs = zip(focal_points["focal_point_id"], focal_points["name"], strict=True)
    return {str(code): str(name) for code, name in pairs if plain(code) is not None and plain(name)}
