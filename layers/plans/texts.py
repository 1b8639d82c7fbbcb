"""Words and times that the files of a patrol plan share: clean text, wall clock into UTC, what to say of a stop."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from geo.crs import LOCAL
from geo.errors import GeoError
from layers.libraries import pd

# control characters, halves of surrogate pairs, two code points that XML 1.0 forbids; line ends and tabs are kept
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def plain_text(value: Any) -> str:
    """Return a cell as text with plain line ends and without control characters; empty for a missing one."""
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return ""
    lines = str(value).replace("\r\n", "\n").replace("\r", "\n")
    return _FORBIDDEN.sub("", lines).strip()


def plain_line(value: Any) -> str:
    """Return a cell as one line of text, without control characters; empty for a missing one."""
    return " ".join(plain_text(value).split())


def zone_of(name: str) -> ZoneInfo:
    """Return the time zone called ``name``, or raise GeoError where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise GeoError(f"{name}: no such time zone.", "Use a name such as Europe/London.") from None


def in_utc(local: Any, zone: str = LOCAL, *, after: datetime | None = None) -> datetime:
    """Return a local wall-clock time as UTC, to the second.

    An hour that comes twice (October) is taken as its first, unless that lies before ``after``, the time before it in
    the plan; one that is skipped (March) is counted on from the hour before it, so 01:30 becomes 02:30 summer time.
    Raises GeoError for a time that is missing.
    """
    moment = pd.Timestamp(local)
    if moment is pd.NaT:
        raise GeoError("A time of the plan is missing.", "Make the plan again.")
    if moment.tzinfo is not None:
        return moment.floor("s").to_pydatetime().astimezone(UTC)
    clock = moment.floor("s").to_pydatetime().replace(tzinfo=zone_of(zone))
    first, second = (clock.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return second if after is not None and first < after <= second else first


def arrivals(visits: list[dict[str, Any]], zone: str = LOCAL, *, starts: datetime | None = None) -> list[datetime]:
    """Return a team's arrivals in UTC, and last the moment it leaves its last stop, each after the one before."""
    times, at = [], starts
    for visit in visits:
        at = in_utc(visit["arrives"], zone, after=at)
        times.append(at)
        at = in_utc(visit["leaves"], zone, after=at)
    return times if at is None else [*times, at]


def stop_title(visit: Mapping[str, Any]) -> str:
    """Return a stop as lists name it: ``2. Market Place (HS-3)``."""
    name, stop = plain_line(visit.get("name")), plain_line(visit.get("stop_id"))
    label = f"{name} ({stop})" if name and stop and name != stop else name or stop
    return f"{int(visit['order'])}. {label}"


def stop_times(visit: Mapping[str, Any]) -> str:
    """Return when to be at a stop, by the local clock: ``18:10 to 18:25``."""
    return f"{pd.Timestamp(visit['arrives']):%H:%M} to {pd.Timestamp(visit['leaves']):%H:%M}"


def team_rows(frame: pd.DataFrame, team: int) -> list[dict[str, Any]]:
    """Return one team's rows as records, in the order of visits where there is one."""
    rows = frame[frame["team"] == team]
    if "order" in rows:
        rows = rows.sort_values("order", kind="stable")
    return [{str(key): value for key, value in row.items()} for row in rows.to_dict("records")]
