"""A timetable of visits that come round, such as a mobile library's, into the dated engagements it promises."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from dateutil import rrule  # type: ignore[import-untyped]

from geo.crs import GREAT_BRITAIN
from geo.errors import GeoError, counted
from layers.libraries import gpd, pd, pyproj
from layers.log.values import empty_column, first_rows
from layers.reading.dates import clock_times
from layers.reading.layer import Column, Layer
from layers.reading.positions import POSITION_COLUMNS, Ground, locate
from layers.reading.records import Records, dates, read_records, set_aside
from layers.reading.report import ReadReport
from layers.reading.shapes import ground_faults, surface_points
from layers.reading.vocabulary import split_values, word_key

# geox and geoy of these timetables are degrees, whatever they are elsewhere: their numbers decide
_XY = {"x": "geox, x coord, point x", "y": "geoy, y coord, point y"}

DIARY = Layer(
    "visits",
    (
        Column("lead_org", "whose timetable it is", "organisation, organization, authority"),
        Column("team", "which vehicle or team", "mobile, vehicle, van"),
        Column("route", "the round it belongs to"),
        Column("place", "the village or estate", "community, area, village"),
        Column("stop", "where it stops", "stop name, name, venue"),
        Column("day", "the weekday, for checking", "weekday, day of week"),
        Column("arrival", "when it comes, HH:MM", "arrive, arrives, from, start time"),
        Column("departure", "when it leaves, HH:MM", "depart, departs, leaves, until, end time"),
        Column("frequency", "how often: an RRULE, or a word such as fortnightly", "rrule, recurrence, repeats"),
        Column("start", "the first visit", "start date, first visit, date", required=True),
        Column("end", "the last day it holds", "end date, last visit"),
        Column("exceptions", "days without a visit", "except, not on, exdate"),
        *(
            replace(one, also=_XY.get(one.name, one.also.replace("geox", "").replace("geoy", "")))
            for one in POSITION_COLUMNS
        ),
    ),
)
_FREQUENCIES = {"DAILY": rrule.DAILY, "WEEKLY": rrule.WEEKLY, "MONTHLY": rrule.MONTHLY, "YEARLY": rrule.YEARLY}
_WORDS = {
    "daily": "FREQ=DAILY",
    "weekly": "FREQ=WEEKLY",
    "fortnightly": "FREQ=WEEKLY;INTERVAL=2",
    "every two weeks": "FREQ=WEEKLY;INTERVAL=2",
    "every three weeks": "FREQ=WEEKLY;INTERVAL=3",
    "every four weeks": "FREQ=WEEKLY;INTERVAL=4",
}
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_BYDAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
# a rule never needs more: a visit a day at a thousand stops for two years and a half
_MOST_VISITS = 1_000_000
_BACKWARDS = "it leaves before it arrives"
_HINTS = {
    _BACKWARDS: "Correct the arrival or the departure.",
    "frequency cannot be read": "Write it as an RRULE, such as FREQ=WEEKLY;INTERVAL=2.",
}


class Rule(NamedTuple):
    """A recurrence: the keywords of ``dateutil.rrule.rrule``, and the weekdays it names (0 is Monday)."""

    keywords: dict[str, object]
    weekdays: frozenset[int]


def read_diary(
    paths: str | Path | Sequence[str | Path],
    *,
    since: str,
    until: str,
    activity: str = "other:mobile_library",
    metric_crs: str | pyproj.CRS = GREAT_BRITAIN,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    crs: str | None = None,
) -> tuple[gpd.GeoDataFrame, ReadReport]:
    """Return the visits that timetables promise between two days, sorted by date, and a report over their stops.

    ``paths``: one timetable or several, a stop a row: ``start``, ``frequency`` (an RRULE of RFC 5545 counted from
    ``start``, such as FREQ=WEEKLY;INTERVAL=2, or a word such as fortnightly; blank is one visit), ``arrival`` and
    ``departure``, a position. ``since``, ``until``: first and last day (YYYY-MM-DD), both included. ``activity``: the
    code the visits get.

    Columns returned: ``engagement_id`` (VIS-00001 ...), ``date``, ``start_time``, ``minutes`` (float), ``activity``,
    ``initiation`` (proactive), ``channel`` (face_to_face), ``lead_org``, ``team``, ``notes`` (stop and place),
    ``geometry`` (point). The report counts stops: a stop without a visit in the period is set aside, not at fault. A
    start on another weekday than ``day`` says is reported and the rule is counted from the start all the same.

    Limits: a timetable says what was planned, not what took place, and not who came; there is no column attendees.
    Raises GeoError where no stop is usable, or the period is not one.
    """
    first, last = _day(since, "since"), _day(until, "until")
    if last < first:
        raise GeoError(f"The period ends ({until}) before it begins ({since}).", "Swap the two days.")
    report = ReadReport("visits")
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    parts = [_read(path, first, last, report, metric_crs, columns, encoding, crs) for path in given]
    visits = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    aside = sum(part.count for part in report.set_aside)
    report.put_aside("no visit in the period", report.read - report.used - aside)
    if visits.empty:
        why = "; ".join(f"{part.count:,} {part.reason}" for part in report.set_aside) or "no rows"
        raise GeoError(f"No visit between {since} and {until} among {counted(report.read, 'stop')} ({why}).")
    report.choices.append(
        f"{counted(report.used, 'stop')} give {counted(len(visits), 'visit')} from {since} to {until}."
    )
    report.warnings.append("A timetable says what was planned, not what took place; how many people came is unknown.")
    points = gpd.GeoSeries(visits.pop("geometry"), crs=metric_crs)
    visits = visits.assign(activity=activity, initiation="proactive", channel="face_to_face", x=points.x, y=points.y)
    order = visits.sort_values(["date", "start_time", "x", "y", "lead_org", "team", "notes", "minutes"]).index
    visits = visits.loc[order].reset_index(drop=True)
    visits["engagement_id"] = [f"VIS-{number:05d}" for number in range(1, len(visits) + 1)]
    names = "engagement_id date start_time minutes activity initiation channel lead_org team notes".split()
    return gpd.GeoDataFrame(visits[names], geometry=points.loc[order].to_numpy(), crs=metric_crs), report.check()


def read_rule(text: str | None) -> Rule | None:
    """Return the recurrence that ``text`` says, None where it cannot be read; blank is a single visit.

    Only what a timetable needs is taken: FREQ (daily to yearly), INTERVAL, BYDAY, BYMONTHDAY, BYMONTH, BYSETPOS, COUNT,
    UNTIL, WKST. A rule by the hour or the second, which would not end, is none.
    """
    if text is None:
        return Rule({"freq": rrule.DAILY, "count": 1}, frozenset())
    text = _WORDS.get(word_key(text), text).strip().upper().removeprefix("RRULE:").strip(";")
    parts = dict(part.split("=", 1) for part in text.split(";") if "=" in part)
    if len(parts) != text.count(";") + 1 or parts.get("FREQ") not in _FREQUENCIES:
        return None
    keywords: dict[str, object] = {"freq": _FREQUENCIES[parts.pop("FREQ")]}
    weekdays: frozenset[int] = frozenset()
    for name, value in parts.items():
        if name in ("INTERVAL", "COUNT"):
            if not re.fullmatch(r"[1-9]\d{0,3}", value):
                return None
            keywords[name.lower()] = int(value)
        elif name == "BYDAY":
            days = [_BYDAY.fullmatch(day) for day in value.split(",")]
            if not all(days):
                return None
            found = [(_DAYS.index(day[2]), int(day[1]) if day[1] else None) for day in days if day]
            keywords["byweekday"] = [rrule.weekday(day, nth) if nth else rrule.weekday(day) for day, nth in found]
            weekdays = frozenset(day for day, _ in found)
        elif name in ("BYMONTHDAY", "BYMONTH", "BYSETPOS"):
            if not re.fullmatch(r"-?\d{1,3}(,-?\d{1,3})*", value):
                return None
            keywords[name.lower()] = [int(one) for one in value.split(",")]
        elif name == "UNTIL" and re.fullmatch(r"\d{8}(T\d{6}Z?)?", value):
            keywords["until"] = datetime.strptime(value[:8], "%Y%m%d")
        elif name == "WKST" and value in _DAYS:
            keywords["wkst"] = _DAYS.index(value)
        else:
            return None
    return Rule(keywords, weekdays)


def _read(
    path: str | Path,
    first: datetime,
    last: datetime,
    report: ReadReport,
    metric_crs: str | pyproj.CRS,
    columns: Mapping[str, str] | None,
    encoding: str | None,
    crs: str | None,
) -> pd.DataFrame:
    """Return a row for each visit of one timetable."""
    records = read_records(path, DIARY, report, columns=columns, encoding=encoding, metric_crs=metric_crs)
    rows, label = records.rows.reset_index(drop=True), records.label
    start, faults = dates(rows["start"], "start", report)
    rules = [read_rule(text) for text in _column(rows, "frequency")]
    faults = faults.mask(faults.isna() & pd.Series([rule is None for rule in rules]), "frequency cannot be read")
    arrive, leave = clock_times(_column(rows, "arrival")), clock_times(_column(rows, "departure"))
    minutes = _minutes(leave) - _minutes(arrive)
    faults = faults.mask(faults.isna() & (minutes < 0), _BACKWARDS)
    points, unplaced = _points(records, rows, report, crs, metric_crs)
    faults = faults.mask(faults.isna(), unplaced)
    end = dates(_column(rows, "end"), "end", report)[0]
    except_on = [_exceptions(text, report) for text in _column(rows, "exceptions")]
    set_aside(rows, faults, report, label, hints=_HINTS, values=_column(rows, "stop"))
    _say_wrong_days(rows, start, rules, faults.isna(), label, report)
    found: list[tuple[int, datetime]] = []
    for i in rows.index[faults.isna()]:
        rule = rules[i]
        assert rule is not None
        latest = min(last, end[i].to_pydatetime()) if pd.notna(end[i]) else last
        found += [(i, day) for day in _days(rule, start[i].to_pydatetime(), first, latest) if day not in except_on[i]]
        if len(found) > _MOST_VISITS:
            raise GeoError(f"{label}: more than {_MOST_VISITS:,} visits in the period.", "Ask for a shorter period.")
    stops = {i for i, _ in found}
    report.used += len(stops)
    at = [i for i, _ in found]
    stop, place = _column(rows, "stop"), _column(rows, "place")
    notes = [", ".join(one for one in (stop[i], place[i]) if one) or None for i in at]
    return pd.DataFrame(
        {
            "date": pd.Series([day for _, day in found], dtype="datetime64[s]"),
            "start_time": arrive.loc[at].to_numpy(),
            "minutes": minutes.loc[at].to_numpy(float),
            "lead_org": _column(rows, "lead_org").loc[at].to_numpy(),
            "team": _column(rows, "team").loc[at].to_numpy(),
            "notes": pd.Series(notes, dtype=object),
            "geometry": points.loc[at].to_numpy(),
        }
    )


def _days(rule: Rule, start: datetime, first: datetime, last: datetime) -> list[datetime]:
    """Return the days of a rule, counted from ``start``, that lie between ``first`` and ``last``."""
    keywords = dict(rule.keywords)
    until = keywords.pop("until", None)
    latest = min(last, until) if isinstance(until, datetime) else last
    count = keywords.pop("count", None)
    day = start.replace(hour=0, minute=0, second=0)
    # always with an end: a rule for 30 February would be looked for until the year 9999
    visits = rrule.rrule(dtstart=day, until=latest, **keywords)
    return [one for one in islice(visits, count if isinstance(count, int) else None) if one >= first]


def _points(
    records: Records, rows: pd.DataFrame, report: ReadReport, crs: str | None, metric_crs: str | pyproj.CRS
) -> tuple[gpd.GeoSeries, pd.Series]:
    if records.points is not None:
        points = surface_points(records.points.reset_index(drop=True), report)
        faults = pd.Series(pd.NA, index=rows.index, dtype="string").mask(points.isna(), "no position")
    else:
        read = locate(rows, Ground(records.label, crs, metric_crs, report.choices), ("geopoint", "grid_ref"))
        if read is None:
            raise GeoError(
                f"{records.label}: no column with a position.", "Add longitude and latitude to the timetable."
            )
        points, faults = read.points, read.faults
    return points, faults.mask(faults.isna(), ground_faults(points))


def _column(rows: pd.DataFrame, name: str) -> pd.Series:
    return rows[name] if name in rows else empty_column(rows.index)


def _minutes(clock: pd.Series) -> pd.Series:
    return clock.map(lambda one: int(one[:2]) * 60 + int(one[3:]) if isinstance(one, str) else None).astype(float)


def _exceptions(text: str | None, report: ReadReport) -> set[datetime]:
    if text is None:
        return set()
    values = [part.strip() for value in split_values(text) for part in value.split(",")]
    when = dates(pd.Series(values, dtype=object), "exceptions", report)[0]
    return {day.to_pydatetime() for day in when.dropna().dt.normalize()}


def _say_wrong_days(
    rows: pd.DataFrame, start: pd.Series, rules: list[Rule | None], usable: pd.Series, label: str, report: ReadReport
) -> None:
    """Warn of stops whose start, or whose rule, falls on another weekday than their column ``day`` says."""
    said = _column(rows, "day").map(lambda one: _weekday(one) if isinstance(one, str) else None)
    wrong = pd.Series(False, index=rows.index)
    for i in rows.index[usable & said.notna()]:
        rule = rules[i]
        named = rule.weekdays if rule is not None and rule.weekdays else {start[i].weekday()}
        wrong[i] = said[i] not in named
    if wrong.any():
        report.warnings.append(
            f"{label}: {counted(int(wrong.sum()), 'stop')} whose start falls on another weekday than its day says "
            f"(first: row {first_rows(rows['row'][wrong], 1)}); counted from the start."
        )


def _weekday(text: str) -> int | None:
    key = word_key(text)
    return next((i for i, name in enumerate(_NAMES) if len(key) > 1 and name.startswith(key.removesuffix("s"))), None)


def _day(text: str, name: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d")
    except ValueError:
        raise GeoError(f"{name} {text!r} is not a day.", "Write it as 2025-03-31.") from None
