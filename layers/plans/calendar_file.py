"""The shifts of a patrol plan as a calendar file (RFC 5545): one event a team, to be imported into any calendar."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from icalendar import Calendar, Event  # type: ignore[import-untyped]

from geo.crs import LOCAL
from geo.errors import GeoError, counted
from layers.libraries import gpd
from layers.plans.texts import arrivals, in_utc, plain_line, plain_text, stop_times, stop_title, team_rows

_PRODUCT = "-//geo//patrol plan//EN"
_INTERNAL = "Internal use only."


def write_calendar(
    path: Path,
    visits: gpd.GeoDataFrame,
    routes: gpd.GeoDataFrame,
    *,
    stamp: datetime,
    title: str = "",
    key: str = "",
    zone: str = LOCAL,
) -> None:
    """Write the shifts of a plan as a calendar file: see ``calendar_bytes``."""
    path.write_bytes(calendar_bytes(visits, routes, stamp=stamp, title=title, key=key, zone=zone))


def calendar_bytes(
    visits: gpd.GeoDataFrame,
    routes: gpd.GeoDataFrame,
    *,
    stamp: datetime,
    title: str = "",
    key: str = "",
    zone: str = LOCAL,
) -> bytes:
    """Return the shifts of a plan as a calendar: one VEVENT a team, the same bytes for the same plan and ``stamp``.

    ``stamp``: when the plan was made, with its zone. ``title``: added to each event's name. ``key``: what keeps the
    events of one area apart from another's in one calendar, for example the name of the project. ``zone``: the time
    zone of the plan's wall-clock times; the file holds UTC, so clock changes need nothing more. Each event lists the
    stops with local times and why. Whom to speak to is left out: calendars are shared. The UID comes from ``key``, the
    team and the shift's times, so that a plan made again for the same shift takes the event's place. Raises GeoError
    where ``stamp`` has no zone, no team has a shift, or a shift ends before it starts.
    """
    if stamp.tzinfo is None:
        raise GeoError("The moment the plan was made has no time zone.", "Give it in UTC.")
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    teams = sorted({int(team) for team in routes["team"]})
    if not teams:
        raise GeoError("The plan has no team.", "Plan for one team or more.")
    for team in teams:
        for way in team_rows(routes, team):
            calendar.add_component(_event(way, team_rows(visits, team), stamp, title, key, zone))
    return calendar.to_ical()


def _event(way: dict[str, Any], stops: list[dict[str, Any]], stamp: datetime, title: str, key: str, zone: str) -> Event:
    team = int(way["team"])
    starts = in_utc(way["starts"], zone)
    ends = in_utc(way["ends"], zone, after=arrivals(stops, zone, starts=starts)[-1])
    if ends < starts:
        raise GeoError(f"Team {team}: the shift ends before it starts.", "Make the plan again.")
    told = "|".join([key, str(team), starts.isoformat(), ends.isoformat()])
    summary = f"Foot patrol, team {team}: {counted(len(stops), 'stop')}"
    event = Event()
    event.add("uid", f"{hashlib.sha256(told.encode('utf-8', 'replace')).hexdigest()[:32]}@geo.invalid")
    event.add("dtstamp", stamp.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", starts)
    if ends > starts:  # an event without an end is a moment; one that ends when it starts is not allowed
        event.add("dtend", ends)
    event.add("summary", plain_line(f"{summary}, {title}" if title else summary))
    event.add("description", _description(stops, zone))
    event.add("class", "CONFIDENTIAL")
    return event


def _description(stops: list[dict[str, Any]], zone: str) -> str:
    lines = [] if stops else ["No stop is planned."]
    for stop in stops:
        why = plain_line(stop.get("why"))
        lines.append(f"{stop_times(stop)}  {stop_title(stop)}" + (f": {why}" if why else ""))
    return plain_text("\n".join([*lines, f"Times: {zone}. {_INTERNAL}"]))
