"""Hot spots as stops: position, evidence, and score in the hours of the shift."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.briefing import briefing
from geo.errors import counted
from geo.hotspots.find import HotspotResult
from geo.hotspots.trend import month_number
from geo.patrol.questions import three_questions
from geo.patrol.scores import Hours, hotspot_scores
from geo.patrol.shift import Shift

RADIUS_M = 75.0  # PATROL section 6: half a unit of 150 m
MOST_RADIUS_M = 150.0
_TYPES = ("personal", "nuisance", "environmental")


def hot_stops(
    result: HotspotResult, shift: Shift, *, months: Sequence[str] | None, include_chance: bool
) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Return a row for each hot spot to be patrolled (see ``stops.candidate_stops``), and what has to be said.

    ``stop_id`` is the id of the register where ``result.hotspots`` has ``hotspot_id``, so that a place has the same
    name in every week's plan; else it is the rank (HS-7), which is another place next month. Those that chance could
    explain are left out unless ``include_chance``. One walks to the middle of the outline, or to a point inside where
    the middle lies outside: never to the place of a single report, which may be somebody's home. The
    radius is that of a circle as large as the hot spot, 75 m at least and 150 m at most.
    """
    notes: list[str] = []
    found = result.hotspots.sort_values("rank", ignore_index=True)
    chance = found["could_be_chance"].fillna(False).astype(bool)
    if chance.any() and not include_chance:
        notes.append(f"{counted(int(chance.sum()), 'hot spot')} that chance could explain: left aside.")
        found = found[~chance].reset_index(drop=True)
    if not len(found):
        return gpd.GeoDataFrame(), notes
    hours = hotspot_scores(found, result.incidents, shift)
    covered = sorted(result.incidents["month"].dropna().unique()) if months is None else sorted(set(months))
    told = briefing(found, result.incidents, covered, top=len(found), include_chance=True).spots
    middle = found.geometry.centroid
    point = middle.where(middle.within(found.geometry), found.representative_point())
    stops = gpd.GeoDataFrame(
        {
            "stop_id": _ids(found),
            "kind": "hot spot",
            "name": found["name"].astype(str),
            "hotspot_score": hours.table["score"],
            "engagement_score": 0.0,
            "radius_m": np.sqrt(found["area_m2"].astype(float) / np.pi).clip(RADIUS_M, MOST_RADIUS_M).round(),
            "why": [_why(*row, hours.when) for row in zip(told["when"], found.itertuples(), _rows(hours), strict=True)],
            "record": [
                " ".join(part for part in (why, doubt, change, _in_hours(row, one, hours.when, covered)) if part)
                for why, doubt, change, row, one in zip(
                    told["why"], told["doubt"], told["change"], found.itertuples(), _rows(hours), strict=True
                )
            ],
            "contact": "",
            "communities": "",
            "service_times": "",
            "questions": ["\n".join(three_questions("hot spot", _reasons(row))) for row in found.to_dict("records")],
            "incidents": found["incidents"].astype(int),
            "share": found["share"].astype(float),
        },
        geometry=point.to_numpy(),
        crs=found.crs,
    )
    return stops, [*hours.notes, *notes]


def _ids(found: gpd.GeoDataFrame) -> list[str]:
    """Return the id of each hot spot in the register (HS-0007), or what this run alone calls it (HS-7)."""
    known = found["hotspot_id"] if "hotspot_id" in found else pd.Series("", index=found.index)
    return [
        one if isinstance(one, str) and one else f"HS-{rank}" for one, rank in zip(known, found["rank"], strict=True)
    ]


def _rows(hours: Hours) -> list[dict[str, float]]:
    rows: list[dict[str, float]] = hours.table.to_dict("records")
    return rows


def _why(when: str, row: object, hours: dict[str, float], in_words: str) -> str:
    """Return why to go there in these hours: the busiest block of the week, and what these hours hold."""
    score = f"Hot-spot score {hours['score']:.2f} of 1."
    if not in_words:
        return f"{counted(int(row.incidents), 'report')} on record; {when[0].lower()}{when[1:]} {score}"  # type: ignore[attr-defined]
    busiest = "" if when.startswith(("The record", "Only the month")) else f"Busiest: {when} "
    return f"{busiest}{_about(hours['in_hours'])} fell in these hours ({in_words}). {score}"


def _in_hours(row: object, hours: dict[str, float], in_words: str, months: Sequence[str]) -> str:
    """Return what may be expected of one shift, with its denominator."""
    if not in_words or not months:
        return ""
    first, last = (f"{pd.Period(month, freq='M'):%b %Y}" for month in (months[0], months[-1]))
    span = f"{first} to {last}" if month_number(months[-1]) > month_number(months[0]) else first
    often = hours["per_shift"]
    said = f", {often:.1f} a shift" if often >= 1 else f", one in {1 / often:,.0f} such shifts" if often > 0 else ""
    own = "" if hours["timed"] else "; estimated from the other hot spots"
    return (
        f"{span}: {_about(hours['in_hours']).lower()} of {int(row.incidents):,} "  # type: ignore[attr-defined]
        f"in the hours of this shift{said}{own}."
    )


def _about(number: float) -> str:
    return "No report" if number < 0.05 else f"About {counted(max(1, round(number)), 'report')}"


def _reasons(row: dict[str, object]) -> set[str]:
    """Return the reasons (keys of QUESTIONS) that a hot spot's evidence gives."""
    found = {"rising"} if row.get("trend") == "rising" else set()
    found |= {"new"} if row.get("change") == "new" else set()
    kinds = {name: row.get(f"type_{name}") for name in _TYPES}
    known = {name: int(number) for name, number in kinds.items() if not pd.isna(number)}  # type: ignore[call-overload]
    if sum(known.values()):
        found.add(max(known, key=lambda name: (known[name], name)))
    return found
