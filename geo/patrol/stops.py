"""Candidate stops of a patrol: hot spots and focal points in one table, with prize, hours and reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import require_metric
from geo.engagement.columns import dates, text
from geo.engagement.place import ward_of
from geo.engagement.result import EngagementResult
from geo.errors import GeoError, counted, listed
from geo.hotspots.find import HotspotResult
from geo.patrol.focal import focal_stops
from geo.patrol.hot import hot_stops
from geo.patrol.opening import best_window, windows
from geo.patrol.scores import BALANCE, PARTS, REST_DAYS, lately, prizes
from geo.patrol.shift import Shift

DWELL_MINUTES = 15.0
LEAST_DWELL, MOST_DWELL = 10.0, 20.0
COLUMNS = (
    "stop_id",
    "kind",
    "name",
    "ward_code",
    "ward_name",
    "prize",
    "hotspot_score",
    "engagement_score",
    "dwell_minutes",
    "opens",
    "closes",
    "radius_m",
    "why",
    "record",
    "contact",
    "communities",
    "questions",
    "last_visited",
    "visited_lately",
    "service_times",
    "incidents",
    "share",
    "geometry",
)
_NOTHING = {"opens": 0.0, "closes": 0.0}  # closed all through the shift


class Candidates(NamedTuple):
    """``stops``: one row a place (COLUMNS), by id. ``notes``: what has to be said. ``parameters``: (name, value,
    reason)."""

    stops: gpd.GeoDataFrame
    notes: list[str]
    parameters: list[tuple[str, str, str]]


def candidate_stops(
    hotspots: HotspotResult | None,
    engagement: EngagementResult | None,
    *,
    shift: Shift,
    as_of: pd.Timestamp,
    balance: float = BALANCE,
    dwell_minutes: float = DWELL_MINUTES,
    rest_days: float = REST_DAYS,
    include_chance: bool = False,
    contacts: bool = False,
    walked: gpd.GeoDataFrame | None = None,
    months: Sequence[str] | None = None,
) -> Candidates:
    """Return the places where a patrol could stop in ``shift``, each with its prize.

    ``as_of``: the day up to which the record goes. ``balance``: 0 hot spots only, 1 engagement only
    (``scores.prizes``). ``dwell_minutes``: at each stop, 10 to 20. ``rest_days``: how long a visit lowers the prize.
    ``include_chance``: hot spots that chance could explain too. ``contacts``: put contact persons into ``contact``, for
    internal sheets only. ``walked``: visits that checked tracks show, points with ``time``. ``months``: those the
    incidents cover.

    Columns: those of the stops of a patrol, COLUMNS. ``prize`` (see ``scores``), ``hotspot_score`` (``scores.
    hotspot_scores``; 0 for a focal point), ``engagement_score`` (``scores.engagement_scores``; 0 for a hot spot: the
    focal points near it are stops of their own, and would count twice), ``opens`` and ``closes`` (minutes after
    midnight of the day on which the shift starts; NaN: always; both 0: closed when the shift could be there),
    ``radius_m``, ``last_visited``, ``visited_lately`` (0 to 1), ``incidents`` and ``share`` (of all reports in the
    area; 0 for a focal point). Inputs are not changed; the order of their rows changes nothing. Raises GeoError for a
    dwell outside 10 to 20, a balance outside 0 to 1, and where there is neither a hot spot nor a focal point.
    """
    if not LEAST_DWELL <= dwell_minutes <= MOST_DWELL:
        raise GeoError(
            f"--dwell {dwell_minutes:g}: a visit lasts {LEAST_DWELL:g} to {MOST_DWELL:g} minutes.",
            "Shorter ones have not been shown to help; longer ones cost other stops.",
        )
    parts, notes = [], [shift.note] if shift.note else []
    if hotspots is not None:
        stops, said = hot_stops(hotspots, shift, months=months, include_chance=include_chance)
        parts.append(stops)
        notes += said
    if engagement is not None:
        stops, said = focal_stops(engagement, as_of=as_of, contacts=contacts)
        parts.append(stops)
        notes += said
    some = [part for part in parts if len(part)]
    if not some:
        raise GeoError(
            "There is nowhere to send a patrol: no hot spot beyond chance, and no focal point.",
            "Give incidents or focal points, or let in hot spots that chance could explain.",
        )
    require_metric(some[0], "stops")
    if any(part.crs != some[0].crs for part in some):
        raise GeoError("Hot spots and focal points are in different coordinate systems.", "Project both to one.")
    stops = gpd.GeoDataFrame(pd.concat(some, ignore_index=True), crs=some[0].crs)
    stops = stops.sort_values("stop_id", key=_in_order, ignore_index=True)
    wards = hotspots.wards if hotspots is not None else engagement.wards  # type: ignore[union-attr]
    code = ward_of(stops.geometry.to_numpy(), wards)
    name_of = dict(zip(wards["ward_code"], wards["ward_name"], strict=True))
    log = engagement.engagements if engagement is not None else None
    last = last_visits(stops, engagements=log, walked=walked, until=shift.midnight)
    opens, closes, said = _hours(stops, shift, dwell_minutes)
    stops = stops.assign(
        ward_code=[one or "" for one in code],
        ward_name=[str(name_of.get(one, "")) for one in code],
        dwell_minutes=float(dwell_minutes),
        opens=opens,
        closes=closes,
        last_visited=last,
        visited_lately=lately((shift.midnight - last).dt.days, rest_days),
    )
    stops["why"] = [
        why if not much else f"{why} Last visited on {day.day} {day:%B}, so it counts {1 - much:.2f} of that."
        for why, much, day in zip(stops["why"], stops["visited_lately"], stops["last_visited"], strict=True)
    ]
    stops["prize"] = prizes(stops, balance)
    behind = (shift.midnight - pd.Timestamp(as_of).normalize()).days
    if behind > 31:
        notes.append(f"The record ends {behind:,} days before the shift: what has happened since is not in it.")
    return Candidates(
        stops[[*COLUMNS]], [*notes, *said], _parameters(balance, dwell_minutes, rest_days, include_chance)
    )


def last_visits(
    stops: gpd.GeoDataFrame,
    *,
    engagements: gpd.GeoDataFrame | None = None,
    walked: gpd.GeoDataFrame | None = None,
    until: pd.Timestamp,
) -> pd.Series:
    """Return the day of the last visit to each stop up to ``until``, NaT where none is known.

    ``stops``: ``stop_id``, ``radius_m``, points in metres. ``engagements``: placed ones (``EngagementResult``); one
    counts where it was face to face (or does not say how) and names the stop as its focal point or lies within the
    radius. ``walked``: visits that a track shows, points with ``time`` (local). A call, a letter or a post is no visit.
    """
    found = pd.Series(pd.NaT, index=stops.index, dtype="datetime64[ns]")
    if engagements is not None and len(engagements):
        log = engagements.assign(_day=dates(engagements, "date"))
        channel = text(log, "channel")
        there = channel.isna() | channel.fillna("").astype(str).str.split(";").map(lambda ways: "face_to_face" in ways)
        log = log[there & (log["_day"] <= until)]
        named = log.groupby(text(log, "focal_point_id"))["_day"].max()
        found = _later(found, stops["stop_id"].map(named).astype("datetime64[ns]"))
        found = _later(found, _near(stops, log))
    if walked is not None and len(walked):
        if "time" not in walked:
            raise GeoError("walked: no column 'time'.", "Give the visits that geo patrol check found.")
        seen = walked.assign(_day=dates(walked, "time"))
        found = _later(found, _near(stops, seen[seen["_day"] <= until]))
    return found


def _near(stops: gpd.GeoDataFrame, seen: gpd.GeoDataFrame) -> pd.Series:
    """Return the last day on which anything of ``seen`` lies within the radius of each stop."""
    last = pd.Series(pd.NaT, index=stops.index, dtype="datetime64[ns]")
    here = seen[~(seen.geometry.isna() | seen.geometry.is_empty)]
    if not len(here) or not len(stops):
        return last
    require_metric(here, "visits")
    if here.crs != stops.crs:
        raise GeoError(f"Visits are in {here.crs.name}, stops in {stops.crs.name}.", "Project both to one system.")
    stop, visit = shapely.STRtree(here.geometry.to_numpy()).query(
        stops.geometry.to_numpy(), predicate="dwithin", distance=stops["radius_m"].to_numpy(np.float64)
    )
    days = pd.Series(here["_day"].to_numpy()[visit]).groupby(stop).max()
    last.iloc[days.index] = days.to_numpy()
    return last


def _later(one: pd.Series, other: pd.Series) -> pd.Series:
    return one.where(one.notna() & ~(other > one), other)


def _in_order(ids: pd.Series) -> pd.Series:
    """Return a key that puts HS-2 before HS-10."""
    return ids.astype(str).str.replace(r"\d+", lambda found: found.group().zfill(9), regex=True)


def _hours(stops: gpd.GeoDataFrame, shift: Shift, dwell_minutes: float) -> tuple[list[float], list[float], list[str]]:
    """Return when each stop opens and closes on the day of the shift, and which service times could not be read."""
    begins = (shift.starts - shift.midnight).total_seconds() / 60
    ends = (shift.ends - shift.midnight).total_seconds() / 60
    opens, closes, unread = [], [], []
    for times, name in zip(stops["service_times"], stops["name"], strict=True):
        hours = windows(times, shift.midnight) if times else None
        if hours is None:
            unread += [f"{name} ({times})"] if times else []
            opens.append(np.nan)
            closes.append(np.nan)
            continue
        window = best_window(hours, begins, ends, dwell_minutes) or tuple(_NOTHING.values())
        # open before and after: no limit at all
        whole = window[0] <= begins and window[1] >= ends
        opens.append(np.nan if whole else max(0.0, window[0]))
        closes.append(np.nan if whole else window[1])
    unknown = int(((stops["kind"] == "focal point") & (stops["service_times"] == "")).sum())
    said = [f"Service times not understood, taken as always open: {listed(unread, 8)}."] if unread else []
    if unknown:
        said.append(f"{counted(unknown, 'focal point')} without service times: taken as always open. Ask before going.")
    return opens, closes, said


def _parameters(balance: float, dwell: float, rest_days: float, include_chance: bool) -> list[tuple[str, str, str]]:
    weights = ", ".join(f"{name.replace('_', ' ')} {weight:g}" for name, weight in PARTS.items())
    return [
        ("balance", f"{balance:g}", "0 looks at hot spots only, 1 at engagement only; a choice, not a finding"),
        ("dwell", f"{dwell:g} minutes", "a convention: 11 to 15 was best in one study (Koper 1995), not in others"),
        ("rest", f"{rest_days:g} days", "a visit takes from the prize, less each day"),
        ("engagement score", weights, "how much of the score each missing thing makes; a choice, not a finding"),
        ("hot spots", "all" if include_chance else "beyond chance", "chance explains the others"),
    ]
