"""Teams and their stops in the words of a briefing: when, how far, why, whom to ask what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from geo.crs import LONLAT
from maps import words
from maps.words import plain

_DECIMALS = 6  # 0.1 m


@dataclass(frozen=True)
class Stop:
    """One visit of a plan. All texts are ready to be read; an empty one is not shown."""

    order: str
    name: str
    kind: str
    hot: bool
    ward: str
    arrives: str
    leaves: str
    walk: str
    dwell: str
    wait: str
    why: str
    record: str
    contact: str
    communities: str
    questions: tuple[str, ...]
    at: list[float] | None
    radius_m: float | None

    @property
    def when(self) -> str:
        """Both times, as 18:08 to 18:23."""
        return f"{self.arrives} to {self.leaves}"

    @property
    def where(self) -> str:
        """What kind of place it is, and in which ward."""
        kind = self.kind[:1].upper() + self.kind[1:]
        return f"{kind} in {self.ward}" if self.ward else kind


@dataclass(frozen=True)
class Team:
    """One team's evening: its stops in order, its way (lat, lon) and its numbers in one line."""

    name: str
    stops: tuple[Stop, ...]
    summary: str
    route: list[list[float]]


def teams_of(visits: gpd.GeoDataFrame, routes: gpd.GeoDataFrame) -> list[Team]:
    """Return the teams in order, those with a route and no visit too. The order of rows does not matter."""
    numbers = sorted({plain(team) for team in [*visits["team"], *routes["team"]]} - {None})
    at = visits.geometry.to_crs(LONLAT)
    ways = routes.geometry.to_crs(LONLAT)
    teams = []
    for number in numbers:
        mine = (visits["team"] == number).to_numpy()
        ordered = visits[mine].assign(_at=at[mine]).sort_values(["order", "arrives"], kind="stable")
        stops = tuple(_stop(row) for row in ordered.to_dict("records"))
        at_row = (routes["team"] == number).to_numpy().nonzero()[0][:1]
        row = routes.iloc[at_row[0]].to_dict() if len(at_row) else {}
        way = ways.iloc[at_row[0]] if len(at_row) else None
        teams.append(Team(f"Team {number}", stops, _summary(row, len(stops)), _positions(way)))
    return teams


def _stop(row: Mapping[Any, Any]) -> Stop:
    point = row["_at"]
    placed = point is not None and not point.is_empty
    return Stop(
        order=str(plain(row["order"]) or ""),
        name=_text(row, "name") or "no name",
        kind=words.spoken(_text(row, "kind") or "place"),
        hot=_text(row, "kind") == "hot spot",
        ward=_text(row, "ward_name"),
        arrives=clock(row["arrives"]),
        leaves=clock(row["leaves"]),
        walk=walk(row.get("walk_minutes"), row.get("walk_m")),
        dwell=duration(row.get("dwell_minutes")),
        wait=duration(waiting) if (waiting := plain(row.get("wait_minutes")) or 0) >= 1 else "",
        why=_text(row, "why"),
        record=_text(row, "record"),
        contact=_text(row, "contact"),
        communities=words.spoken(_text(row, "communities")).replace(";", ", "),
        questions=tuple(line.strip() for line in _text(row, "questions").split("\n") if line.strip()),
        at=[round(point.y, _DECIMALS), round(point.x, _DECIMALS)] if placed else None,
        radius_m=plain(row.get("radius_m")),
    )


def _summary(row: Mapping[Any, Any], visits: int) -> str:
    """Return a team's numbers as one sentence; what is not known is left out."""
    parts = [words.counted(visits, "visit") if visits else "No visit fits this shift"]
    if visits and (stay := duration(row.get("dwell_minutes"))):
        parts.append(f"{stay} at the stops")
    if on_foot := walk(row.get("walk_minutes"), row.get("walk_m")):
        parts.append(f"{on_foot} on foot")
    if plain(row.get("starts")) is not None and plain(row.get("ends")) is not None:
        parts.append(f"out at {clock(row['starts'])}, back by {clock(row['ends'])}")
    if spare := duration(row.get("spare_minutes")):
        parts.append(f"{spare} to spare")
    return "; ".join(parts) + "."


def _positions(way: Any) -> list[list[float]]:
    if way is None or way.is_empty:
        return []
    lines = [part for part in getattr(way, "geoms", [way]) if part.geom_type == "LineString"]
    return [[round(y, _DECIMALS), round(x, _DECIMALS)] for line in lines for x, y, *_ in line.coords]


def clock(moment: Any) -> str:
    """Return a time of day as 18:08, rounded to the minute."""
    known = pd.Timestamp(moment) if moment is not None else pd.NaT
    return words.UNKNOWN if known is pd.NaT else known.round("min").strftime("%H:%M")


def duration(minutes: Any) -> str:
    """Return minutes as 45 min or 3 h 5 min; nothing where they are not known."""
    known = plain(minutes)
    if known is None:
        return ""
    hours, rest = divmod(round(known), 60)
    return " ".join([f"{hours} h"] * (hours > 0) + [f"{rest} min"] * (rest > 0 or hours == 0))


def walk(minutes: Any, metres: Any) -> str:
    """Return a way as 4 min (320 m) or 51 min (4.1 km)."""
    far = plain(metres)
    said = "" if far is None else f"{round(far, -1):.0f} m" if far < 995 else f"{words.number(far / 1000, 1)} km"
    lasts = duration(minutes)
    return f"{lasts} ({said})" if lasts and said else lasts or said


def _text(row: Mapping[Any, Any], name: str) -> str:
    known = plain(row.get(name))
    return "" if known is None else str(known).strip()
