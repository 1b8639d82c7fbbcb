"""Compare recorded tracks with the stops of a plan: time known, time unknown, visits, and stops without data.

The rules (PATROL section 6). Inside a stop's circle counts as there. Between two fixes the walk is a straight line at
one speed, so crossings count by their share. Fixes more than 5 minutes apart leave time that is unknown: never dwell,
and never absence. Leaving for 2 minutes or less does not end a visit, but the time outside does not count. A visit goes
on over a gap that begins and ends inside and is shorter than a visit itself. A pause of the recorder (another segment
of the track) is a gap, however short. Several tracks are put together by time: two people recording one patrol count
its minutes once. Where circles of stops overlap, each minute counts for one of them (see ``sharing``).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.crs import LOCAL, require_metric
from geo.errors import GeoError
from geo.patrol.check.outcomes import judged, sentences
from geo.patrol.check.sharing import Inside, each_minute_once
from geo.patrol.check.walks import EPOCH, Floats, RecordedWalks, Spans, clipped, length, union, walks_of, without

# officers may set out early and end late; what lies farther off is another shift's
SLACK_MINUTES = 120.0
_LONGEST_PLAN_HOURS = 24
_STAYS = ("stop_id", "kind", "name", "begins", "ends", "minutes", "unknown_minutes", "tracks", "counts", "in_plan")


class TrackResult(NamedTuple):
    """What recorded tracks show of a plan.

    ``stops``: GeoDataFrame, one row a planned stop: stop_id, kind, name, planned_visits, planned_minutes, planned_from
    (local), minutes (known, inside, within the plan's hours), unknown_minutes, shared_minutes (known, inside, and
    counted for another stop, whose circle overlaps), longest_minutes (of one visit), visits
    (long enough), delivered_visits (no more than planned), outcome (see ``outcomes``), radius_m, geometry.
    ``stays``: GeoDataFrame, one row a time that somebody was there: stop_id, kind, name, begins and ends (with zone),
    minutes, unknown_minutes (gaps that begin or end in it), tracks (how many), counts (long enough), in_plan (within
    the plan's hours), geometry of the stop.
    ``gaps``: DataFrame track, begins, ends, minutes, near (stop_id; begins or ends inside; ";" between several).
    ``delivered_share``: visits shown to be delivered / visits planned, so at least this much was done; NaN where the
    recordings say nothing about any planned visit. ``sentences``: the same in words. Nothing says who walked.
    """

    stops: gpd.GeoDataFrame
    stays: gpd.GeoDataFrame
    gaps: pd.DataFrame
    delivered_share: float
    sentences: list[str]


def score_tracks(
    tracks: gpd.GeoDataFrame,
    visits: gpd.GeoDataFrame,
    *,
    min_visit_minutes: float = 10,
    max_gap_minutes: float = 5,
    merge_minutes: float = 2,
    zone: str = LOCAL,
) -> TrackResult:
    """Return what recorded ``tracks`` show of the planned ``visits`` of one shift.

    ``tracks``: track, segment (where known), time (UTC), geometry; ``visits``: the frame of a plan; both in one metric
    system. Visits of ``min_visit_minutes`` or more count. ``zone``: of the plan's wall-clock times. The plan's hours
    are from 2 hours before the first planned arrival to 2 hours after the last departure; a stay that begins outside
    them does not count for the plan. A planned visit counts as delivered whenever in these hours it is made, since the
    order may change. Raises GeoError where the systems differ, a number makes no sense, or visits lie more than 24
    hours apart.
    """
    _check(tracks, visits, min_visit_minutes, max_gap_minutes, merge_minutes)
    walks = walks_of(tracks, max_gap_minutes * 60)
    planned = visits.sort_values(["team", "order"], kind="stable").reset_index(drop=True)
    begins, ends = _passings(planned, zone)
    planned = planned.assign(_begin=begins, _end=ends)
    hours = _hours(planned)
    places = planned.drop_duplicates("stop_id").reset_index(drop=True)
    inside = {
        place["stop_id"]: Inside(*walks.inside(_centre(place), place["radius_m"]))
        for place in places.to_dict("records")
    }
    when = {stop: rows[["_begin", "_end"]].to_numpy(float) for stop, rows in planned.groupby("stop_id")}
    own = each_minute_once(inside, when, enough_s=min_visit_minutes * 60, merge_s=merge_minutes * 60)
    rows: list[dict[str, Any]] = []
    stays: list[dict[str, Any]] = []
    for place in places.to_dict("records"):
        touching, bridges = walks.gaps(_centre(place), place["radius_m"])
        bridges = bridges[bridges[:, 1] - bridges[:, 0] < min_visit_minutes * 60]
        found = _stays(place, own[place["stop_id"]], touching, bridges, merge_minutes * 60)
        for stay in found:
            stay["counts"] = stay["minutes"] >= min_visit_minutes - 1e-9
            stay["in_plan"] = hours[0] <= stay["_begin"] <= hours[1]
        stays += found
        known, there = union(own[place["stop_id"]].spans), union(inside[place["stop_id"]].spans)
        minutes = length(clipped(known, *hours)) / 60
        rows.append(
            {
                **place,
                "minutes": minutes,
                "unknown_minutes": length(without(clipped(touching, *hours), there)) / 60,
                "shared_minutes": max(0.0, length(clipped(there, *hours)) / 60 - minutes),
            }
        )
    walked = {stop: _walked(there, hours) for stop, there in inside.items()}
    stops = judged(pd.DataFrame(rows), stays, planned, walks, walked, min_visit_minutes)
    frame = _stay_frame(stays, visits, zone)
    gaps = _gap_frame(walks, places, zone)
    has_data = bool((stops["outcome"] != "no data").any())
    share = float(stops["delivered_visits"].sum() / len(planned)) if has_data else float("nan")
    shown = gpd.GeoDataFrame(stops, geometry="geometry", crs=visits.crs)
    words = sentences(shown, frame, gaps, walks, hours, share, zone, min_visit_minutes, max_gap_minutes)
    return TrackResult(shown, frame, gaps, share, words)


def _check(tracks: Any, visits: Any, visit: float, gap: float, merge: float) -> None:
    for name, value, least in (
        ("min_visit_minutes", visit, 0),
        ("max_gap_minutes", gap, 0),
        ("merge_minutes", merge, 0),
    ):
        if not (np.isfinite(value) and value >= least):
            raise GeoError(f"{name}: {value:g} is not a number of minutes.", "Give 0 or more.")
    require_metric(visits, "visits")
    require_metric(tracks, "tracks")
    if tracks.crs != visits.crs:
        raise GeoError(
            f"The tracks are in {tracks.crs.name}, the plan in {visits.crs.name}.",
            "Read the tracks in the plan's system.",
        )
    if len(visits):
        spread = pd.to_datetime(visits["leaves"]).max() - pd.to_datetime(visits["arrives"]).min()
        if spread > pd.Timedelta(hours=_LONGEST_PLAN_HOURS):
            raise GeoError("The planned visits lie more than 24 hours apart.", "Check one shift's plan at a time.")
        radius = visits["radius_m"].astype(float)
        if not (radius > 0).all() or not np.isfinite(radius).all():
            raise GeoError("radius_m: a stop has no area that counts as being there.", "Make the plan again.")


def _passings(planned: pd.DataFrame, zone: str) -> tuple[list[float], list[float]]:
    """Return arrivals and departures in seconds; of an hour that comes twice the first that is not out of order."""
    both = [[_seconds(planned[name], zone, first) for first in (True, False)] for name in ("arrives", "leaves")]
    found: tuple[list[float], list[float]] = ([], [])
    team, at = None, -np.inf
    for i in range(len(planned)):
        if planned["team"].iloc[i] != team:
            team, at = planned["team"].iloc[i], -np.inf
        for times, (first, second) in zip(found, both, strict=True):
            at = second[i] if first[i] < at <= second[i] else first[i]
            times.append(float(at))
    return found


def _seconds(local: pd.Series, zone: str, first: bool) -> Any:
    """Return wall-clock times as seconds: an hour that comes twice as its first or second, one skipped counted on."""
    moments = pd.to_datetime(local).astype("datetime64[ns]")
    there = moments.dt.tz_localize(zone, ambiguous=np.full(len(moments), first), nonexistent=pd.Timedelta(hours=1))
    return (there.dt.tz_convert("UTC") - EPOCH).dt.total_seconds().to_numpy()


def _hours(planned: pd.DataFrame) -> tuple[float, float]:
    if planned.empty:
        return (np.inf, -np.inf)
    return float(planned["_begin"].min()) - SLACK_MINUTES * 60, float(planned["_end"].max()) + SLACK_MINUTES * 60


def _centre(place: dict[str, Any]) -> Floats:
    return np.array([place["geometry"].x, place["geometry"].y])


def _walked(there: Inside, hours: tuple[float, float]) -> dict[int, float]:
    """Return how many seconds each walk was inside in the plan's hours."""
    return {
        int(walk): length(clipped(union(there.spans[there.owners == walk]), *hours)) for walk in np.unique(there.owners)
    }


def _stays(place: dict[str, Any], own: Inside, touching: Spans, bridges: Spans, merge_s: float) -> list[dict[str, Any]]:
    found, known = [], union(own.spans)
    for begin, end in union(np.vstack([known, bridges]), within_s=merge_s):
        near = touching[(touching[:, 1] >= begin) & (touching[:, 0] <= end)]
        here = own.owners[(own.spans[:, 1] >= begin) & (own.spans[:, 0] <= end)]
        if not len(here):  # a gap at another stop, whose circle overlaps this one's
            continue
        found.append(
            {
                **{name: place.get(name, "") for name in ("stop_id", "kind", "name")},
                "_begin": begin,
                "_end": end,
                "minutes": length(clipped(known, begin, end)) / 60,
                "unknown_minutes": length(without(near, known)) / 60,
                "tracks": len(np.unique(here)),
                "geometry": place["geometry"],
            }
        )
    return found


def _stay_frame(stays: list[dict[str, Any]], visits: gpd.GeoDataFrame, zone: str) -> gpd.GeoDataFrame:
    table = pd.DataFrame(stays, columns=[*_STAYS, "geometry", "_begin", "_end"])
    table = table.assign(begins=_moments(table["_begin"], zone), ends=_moments(table["_end"], zone))
    table = table.astype({"minutes": float, "unknown_minutes": float, "tracks": int, "counts": bool, "in_plan": bool})
    table = table.sort_values(["_begin", "stop_id"], kind="stable").reset_index(drop=True)
    return gpd.GeoDataFrame(table[[*_STAYS, "geometry"]], geometry="geometry", crs=visits.crs)


def _gap_frame(walks: RecordedWalks, places: pd.DataFrame, zone: str) -> pd.DataFrame:
    begin, end = walks.seconds[walks.gap], walks.seconds[walks.gap + 1]
    near: list[list[str]] = [[] for _ in walks.gap]
    for place in places.to_dict("records"):
        inside = walks.is_inside(np.array([place["geometry"].x, place["geometry"].y]), place["radius_m"])
        for i in np.flatnonzero(inside[walks.gap] | inside[walks.gap + 1]):
            near[i].append(place["stop_id"])
    table = pd.DataFrame(
        {
            "track": walks.track[walks.gap],
            "begins": _moments(pd.Series(begin, dtype=float), zone),
            "ends": _moments(pd.Series(end, dtype=float), zone),
            "minutes": (end - begin) / 60,
            "near": pd.Series([";".join(sorted(stops)) for stops in near], dtype=object),
        }
    )
    return table.sort_values(["begins", "ends"], kind="stable").reset_index(drop=True)


def _moments(seconds: pd.Series, zone: str) -> pd.Series:
    """Return seconds since 2000 as local times with their zone, to the millisecond."""
    whole = pd.to_timedelta((seconds.astype(float) * 1000).round(), unit="ms")
    return (EPOCH + whole).dt.tz_convert(zone)
