"""Whom to speak to near a hot spot: the focal points within a walk, their contact, and when they were last met."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.engagement.reach import nearest_by_line
from geo.errors import counted

CALLS = 3  # focal points named for each hot spot


def calls_near(
    spots: gpd.GeoDataFrame,
    focal_points: gpd.GeoDataFrame | None,
    last_met: pd.Series | None,
    within_m: float,
    *,
    spoc_names: bool,
) -> tuple[list[str], gpd.GeoDataFrame]:
    """Return for each hot spot whom to speak to nearby, in words, and every focal point named, marked A, B, C ...

    Of each hot spot the three nearest within a walk of ``within_m`` (straight line x 1.3, from its edge). Focal points
    without a place are left out. Columns of the second: ``mark``, ``name``, ``kind`` where known, geometry. Words and
    columns as in ``geo.briefing.briefing``.
    """
    if focal_points is None or not len(focal_points) or not len(spots):
        empty = gpd.GeoDataFrame({"mark": [], "name": [], "kind": []}, geometry=[], crs=spots.crs)
        return ["" for _ in range(len(spots))], empty
    known = focal_points[~(focal_points.geometry.isna() | focal_points.geometry.is_empty)]
    known = known.sort_values("focal_point_id", ignore_index=True)
    points = known.geometry.to_numpy()
    walks = [nearest_by_line(points, np.array([outline], dtype=object))[1] for outline in spots.geometry]
    chosen = [
        [int(place) for place in np.argsort(row, kind="stable")[:CALLS] if row[place] <= within_m] for row in walks
    ]
    order = list(dict.fromkeys(place for own in chosen for place in own))
    marks = {place: _mark(number) for number, place in enumerate(order)}
    said = []
    for own, row in zip(chosen, walks, strict=True):
        said_of = [
            f"{marks[place]} {_call(known.iloc[place], row[place], last_met, spoc_names=spoc_names)}" for place in own
        ]
        said.append(f"{'; '.join(said_of)}." if said_of else f"No focal point within a walk of {within_m:,.0f} m.")
    named = known.iloc[order].assign(mark=[marks[place] for place in order])
    return said, named[["mark", "name", *(["kind"] if "kind" in named else []), "geometry"]].reset_index(drop=True)


def _call(place: pd.Series, metres: float, last_met: pd.Series | None, *, spoc_names: bool) -> str:
    """Return a focal point with its contact's role, how far it is, and when it was last met."""
    role, contact = (value if isinstance(value, str) else "" for value in (place.get("spoc_role"), place.get("spoc")))
    who = ", ".join(part for part in (contact if spoc_names else "", role) if part)
    parts = [
        who or ("has a contact" if contact else "no contact person"),
        f"{metres:,.0f} m" if metres >= 1 else "inside",
    ]
    if last_met is not None:
        days = last_met.get(place["focal_point_id"], np.nan)
        parts.append("no meeting logged" if pd.isna(days) else f"met {_ago(int(days))}")
    return f"{place['name']} ({', '.join(parts)})"


def _ago(days: int) -> str:
    return "today" if days == 0 else f"{counted(days, 'day')} ago"


def _mark(number: int) -> str:
    """Return A to Z, then AA, AB ..."""
    letters = ""
    while number >= 0:
        letters = chr(ord("A") + number % 26) + letters
        number = number // 26 - 1
    return letters
