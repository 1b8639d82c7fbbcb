"""The measures of a month that a force reports: reports, patrols in hot spots and at peak times, answers, meetings.

A measure that nothing was recorded for is missing, never 0. Each says what was done or reported, not whether it was
good.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.crs import require_metric
from geo.engagement.answers.guarantee import answered_in_time, beat_meetings, named_officers
from geo.engagement.columns import numbers
from geo.errors import GeoError

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_PEAK = re.compile(r"([A-Za-z]{3})(?:\s*-\s*([A-Za-z]{3}))?\s+(\d\d):([0-5]\d)\s*-\s*(\d\d):([0-5]\d)")
_DAY_MINUTES = 24 * 60


class Peak(NamedTuple):
    """Times of the week: ``days`` on which they begin (0: Monday), ``start`` and ``end`` in minutes after midnight.

    ``end`` is more than a day's minutes where they end on the next day.
    """

    days: tuple[int, ...]
    start: int
    end: int


class MonthLayers(NamedTuple):
    """What the measures are taken from, each None where there is none.

    ``incidents``: those of the study area, with ``month``, points in metres. ``hotspots``, ``centres``: polygons.
    ``engagements``: with ``date``, ``activity``, ``ward_code``. ``stays``: of ``geo patrol check``, with ``begins`` and
    ``ends`` in one zone, ``minutes``, ``unknown_minutes``, ``counts``. ``queries``, ``posts``: as their readers give
    them. ``months``: those that the incidents cover.
    """

    wards: gpd.GeoDataFrame
    months: Sequence[str]
    incidents: gpd.GeoDataFrame | None = None
    hotspots: gpd.GeoDataFrame | None = None
    centres: gpd.GeoDataFrame | None = None
    engagements: pd.DataFrame | None = None
    stays: gpd.GeoDataFrame | None = None
    queries: pd.DataFrame | None = None
    posts: pd.DataFrame | None = None


MEASURES: Mapping[str, str] = {
    "reports": "Reports in the area",
    "reports_in_hotspots": "of these in the hot spots as they are now",
    "engagements": "Engagements held",
    "people_met": "People met, as counted",
    "patrol_visits": "Patrol visits to hot spots, long enough to count",
    "patrol_hours": "Hours of recorded patrol in hot spots",
    "unknown_hours": "Hours there that a recording leaves open",
    "peak_visits": "Patrol visits in town centres at peak times",
    "peak_hours": "Hours of recorded patrol there",
    "queries": "Queries received",
    "queries_due": "of these due for an answer by the end of the month",
    "queries_in_time": "of these answered within 72 hours",
    "wards_with_meeting": "Wards with a beat meeting in the last 91 days",
    "wards_with_officer": "Wards with a named officer",
    "wards": "Wards",
}


def read_peak(text: str) -> Peak:
    """Return times of the week from ``Fri-Sat 18:00-02:00`` or ``Sat 10:00-18:00``; past midnight too.

    An evening belongs to the day on which it begins. Raises GeoError for anything else.
    """
    found = _PEAK.fullmatch(text.strip())
    days = [DAYS.index(one.title()) for one in found.groups()[:2] if one and one.title() in DAYS] if found else []
    hours = [int(one) for one in found.groups()[2:]] if found else []
    if not found or not days or (found.group(2) and len(days) < 2) or max(hours[0], hours[2]) > 24:
        raise GeoError(f"{text!r}: no times of the week.", "Write Fri-Sat 18:00-02:00, or Sat 10:00-18:00.")
    first, last = days[0], days[-1]
    start, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    return Peak(
        tuple((first + number) % 7 for number in range((last - first) % 7 + 1)),
        start,
        end if end > start else end + _DAY_MINUTES,
    )


def peak_minutes(begins: pd.Series, ends: pd.Series, peak: Peak) -> pd.Series:
    """Return how many minutes of each stay, between local times ``begins`` and ``ends``, are at peak times."""
    begin, end = _local(begins), _local(ends)
    shared = pd.Series(0.0, index=begins.index)
    if begins.empty:
        return shared
    longest = int((end - begin).max() / pd.Timedelta(days=1)) + 2
    for back in range(-1, longest):
        day = begin.dt.normalize() + pd.Timedelta(days=back)
        opens, closes = day + pd.Timedelta(minutes=peak.start), day + pd.Timedelta(minutes=peak.end)
        within = np.minimum(end, closes) - np.maximum(begin, opens)
        minutes = (within.dt.total_seconds() / 60).clip(lower=0)
        shared += minutes.where(day.dt.day_of_week.isin(peak.days), 0.0)
    return shared


def measures(layers: MonthLayers, months: Sequence[str], *, peak: Peak | None = None) -> pd.DataFrame:
    """Return ``MEASURES`` of each month: a row a measure, a column a month; NaN where nothing is known.

    Reports of a month that the incidents do not cover are not known, nor are patrols in a month without any recording,
    or engagements before the first and queries before the first of the log. A query counts in the month it came, and is
    due once 72 hours have passed by the end of that month. Patrols count by the time at a place: a stay is in a hot
    spot or a centre if its point is. ``peak``: what counts as peak times; None: not measured.
    """
    rows = {month: _of_month(layers, month, peak) for month in months}
    return pd.DataFrame(rows, index=list(MEASURES), columns=list(months), dtype=np.float64)


def _of_month(layers: MonthLayers, month: str, peak: Peak | None) -> dict[str, float]:
    last = pd.Period(month, "M").end_time.normalize()
    found = {"wards": float(len(layers.wards)), **_reports(layers, month), **_patrols(layers, month, peak)}
    log, wards = layers.engagements, layers.wards
    if log is not None and len(log) and log["date"].min() <= last:
        own = log[log["date"].dt.strftime("%Y-%m") == month]
        met = numbers(own, "attendees")
        found["engagements"] = len(own)
        found["people_met"] = met.sum() if met.notna().any() else np.nan
        if "activity" in log and "ward_code" in log:
            table = beat_meetings(log, wards, as_of=last).table
            found["wards_with_meeting"] = (table["state"] == "held").sum()
    if layers.posts is not None:
        table = named_officers(layers.posts, wards, as_of=last).table
        found["wards_with_officer"] = (table["state"] == "named").sum()
    queries = layers.queries
    if queries is not None and len(queries) and queries["received"].min() <= last + pd.Timedelta(days=1):
        own = queries[queries["received"].dt.strftime("%Y-%m") == month]
        row = answered_in_time(own, wards, as_of=last).table.iloc[0]
        found |= {"queries": row["received"], "queries_due": row["due"], "queries_in_time": row["in_time"]}
    return found


def _reports(layers: MonthLayers, month: str) -> dict[str, float]:
    if layers.incidents is None or month not in set(layers.months):
        return {}
    own = layers.incidents[layers.incidents["month"] == month]
    found = {"reports": float(len(own))}
    if layers.hotspots is not None:
        found["reports_in_hotspots"] = float(_within(own, layers.hotspots).sum())
    return found


def _patrols(layers: MonthLayers, month: str, peak: Peak | None) -> dict[str, float]:
    stays = layers.stays
    if stays is None or stays.empty:
        return {}
    own = stays[_local(stays["begins"]).dt.strftime("%Y-%m") == month]
    if own.empty:
        return {}
    found: dict[str, float] = {}
    if layers.hotspots is not None:
        here = own[_within(own, layers.hotspots)]
        found["patrol_visits"] = float(here["counts"].astype(bool).sum())
        found["patrol_hours"] = float(here["minutes"].sum()) / 60
        found["unknown_hours"] = float(here["unknown_minutes"].sum()) / 60
    if layers.centres is not None and peak is not None:
        here = own[_within(own, layers.centres)]
        at_peak = peak_minutes(here["begins"], here["ends"], peak)
        whole = (_local(here["ends"]) - _local(here["begins"])).dt.total_seconds() / 60
        found["peak_visits"] = float((here["counts"].astype(bool) & (at_peak > 0)).sum())
        # of a stay partly at peak times, that part of its known minutes
        found["peak_hours"] = float((here["minutes"] * (at_peak / whole.where(whole > 0)).fillna(0)).sum()) / 60
    return found


def _within(points: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> pd.Series:
    """Return which points lie in one of the places; on the edge counts."""
    require_metric(points, "points")
    inside = points.sindex.query(places.geometry.to_crs(points.crs), predicate="intersects")[1]
    return pd.Series(np.isin(np.arange(len(points)), inside), index=points.index)


def _local(moments: pd.Series) -> pd.Series:
    """Return moments by the clock on the wall."""
    return moments.dt.tz_localize(None) if getattr(moments.dt, "tz", None) is not None else moments
