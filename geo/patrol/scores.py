"""What a visit is worth: reports in the hours of a shift, gaps in engagement, and how lately somebody was there.

Every score is 0 to 1 and stands beside the prize, so that a plan can be taken apart again. The weights are choices,
not findings: they are printed with every plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.errors import GeoError
from geo.hotspots.rhythm import DAYS, refusal, week_profile
from geo.patrol.shift import Shift

Floats = NDArray[np.float64]

BALANCE = 0.5
REST_DAYS = 7.0
FEWEST_IN_HOURS = 20.0  # with fewer reports in these hours of one weekday, the same hours of every day are counted

# What each kind of gap is worth, of 1: what was never done or too little most, what is one-sided less. A kind that is
# not here adds nothing, "not enough evidence" among them.
GAPS: Mapping[str, float] = MappingProxyType(
    {
        "never_reached": 1.0,
        "under_engaged": 1.0,
        "not_for_a_long_time": 0.75,
        "only_after_incidents": 0.5,
        "invited_not_coming": 0.5,
        "one_method_only": 0.25,
        "one_objective_only": 0.25,
    }
)
# What makes a focal point's score; together 1.
PARTS: Mapping[str, float] = MappingProxyType({"gap": 0.55, "no_spoc": 0.15, "review_overdue": 0.15, "follow_up": 0.15})


class Hours(NamedTuple):
    """Reports of each hot spot in the hours of a shift.

    ``table``: one row a hot spot, index as given: ``in_hours`` (reports in the hours of ``when``; NaN where unknown),
    ``per_shift`` (to be expected in one such shift; NaN where unknown), ``timed`` (its own times were used), ``score``.
    ``when``: which hours of the record were counted ("Fridays 18:00 to 22:00"); empty where no time is known.
    ``notes``: what was done for want of times.
    """

    table: pd.DataFrame
    when: str
    notes: list[str]


def hours_of_week(shift: Shift) -> Floats:
    """Return how much of each hour of the week (Monday first, 7 by 24, 0 to 1) the clock of a shift passes through."""
    table = np.zeros((7, 24))
    moment = shift.starts
    while moment < shift.ends:
        until = min(moment.floor("h") + pd.Timedelta(hours=1), shift.ends)
        table[moment.weekday(), moment.hour] += (until - moment).total_seconds() / 3600
        moment = until
    return table


def hotspot_scores(hotspots: pd.DataFrame, incidents: pd.DataFrame, shift: Shift) -> Hours:
    """Return what each hot spot's record holds for the hours of ``shift``, and its score.

    ``hotspots``: ``rank``, ``incidents`` and, where known, ``impact`` (``HotspotResult.hotspots``); ``incidents``:
    ``hotspot`` (the rank), ``month`` and, where known, ``occurred_from`` and ``occurred_to``.

    The score is the weight of reports (``impact``; the count where it is not known for all) times the share of the hot
    spot's reports that fall into the hours of the shift on its weekdays, divided by the greatest such product: 1 for
    the first, 0.5 for half as much. A report between two times is spread over them (``rhythm.week_profile``). Where all
    hot spots together have fewer than 20 reports in these hours, the same hours of every day of the week are counted. A
    hot spot without times takes the share of the others; with no times at all the score is of all its reports.
    """
    weight = hotspots["incidents"].astype(float)
    if "impact" in hotspots and hotspots["impact"].notna().all():
        weight = hotspots["impact"].astype(float)
    members = incidents[incidents["hotspot"].isin(hotspots["rank"])]
    no_hours = refusal(members) if len(members) else "No hot spot has a report."
    if no_hours is not None:
        table = pd.DataFrame(
            {"in_hours": np.nan, "per_shift": np.nan, "timed": False, "score": _scaled(weight)}, index=hotspots.index
        )
        note = f"Time of day unknown: hot spots count with all their reports, whatever the shift's hours. {no_hours}"
        return Hours(table, "", [note] if len(hotspots) else [])

    inside = hours_of_week(shift)
    profiles = {rank: _profile(members[members["hotspot"] == rank], shift.zone) for rank in hotspots["rank"]}
    every = np.sum([hours for hours in profiles.values() if hours is not None], axis=0)
    notes, when, days = [], _days_and_hours(shift), 7.0
    if (every * inside).sum() < FEWEST_IN_HOURS:
        notes.append(
            f"Fewer than {FEWEST_IN_HOURS:g} reports fall on {when}: the same hours of every day are counted instead."
        )
        inside = np.minimum(np.broadcast_to(inside.sum(axis=0), (7, 24)), 1.0)
        when, days = f"any day {shift.starts:%H:%M} to {shift.ends:%H:%M}", 1.0
    overall = float((every * inside).sum() / every.sum())
    own = [None if hours is None else float((hours * inside).sum() / hours.sum()) for hours in profiles.values()]
    timed = np.array([share is not None for share in own], np.bool_)
    if not timed.all():
        without = ", ".join(f"{rank}" for rank, known in zip(hotspots["rank"], timed, strict=True) if not known)
        notes.append(f"Hot spots {without}: time of day unknown; the hours of the other hot spots are taken.")
    share = np.array([overall if one is None else one for one in own], np.float64).round(9)
    in_hours = hotspots["incidents"].astype(float) * share
    nights = _days_of(incidents["month"]) / days
    table = pd.DataFrame(
        {"in_hours": in_hours, "per_shift": in_hours / nights, "timed": timed, "score": _scaled(weight * share)},
        index=hotspots.index,
    )
    return Hours(table, when, notes)


def engagement_scores(parts: pd.DataFrame) -> pd.Series:
    """Return the score of each focal point, 0 to 1.

    ``parts``: ``gap`` (0 to 1: the worth in GAPS of the most pressing gap of its communities or ward) and, as yes or
    no, ``no_spoc``, ``review_overdue``, ``follow_up`` (somebody invited did not come and was not asked why). The score
    is the sum of each times its weight in PARTS.
    """
    return sum((parts[name].astype(float) * weight for name, weight in PARTS.items()), pd.Series(0.0, parts.index))


def lately(days_since: pd.Series, rest_days: float = REST_DAYS) -> pd.Series:
    """Return how much of a prize a visit ``days_since`` days ago takes away: 1 on the same day, falling to 0.

    It falls in a straight line and is 0 from ``rest_days`` on, or where nobody is known to have been there. Raises
    GeoError for a ``rest_days`` below 0; with 0 only visits on the same day count.
    """
    if not rest_days >= 0:
        raise GeoError(f"rest days: {rest_days:g} is negative.", "Give 0 or more.")
    known = days_since.astype(float)
    gone = known / rest_days if rest_days else known.where(known <= 0, np.inf).clip(upper=1.0)
    return (1 - gone).clip(0.0, 1.0).fillna(0.0)


def prizes(stops: pd.DataFrame, balance: float) -> pd.Series:
    """Return ((1 - balance) x hotspot_score + balance x engagement_score) x (1 - visited_lately) of each stop.

    ``balance`` 0 looks at hot spots only, 1 at engagement only. Raises GeoError outside 0 to 1.
    """
    if not 0 <= balance <= 1:
        raise GeoError(f"--balance {balance:g}: it lies between 0 and 1.", "0 is hot spots only, 1 is engagement only.")
    mixed = (1 - balance) * stops["hotspot_score"] + balance * stops["engagement_score"]
    return (mixed * (1 - stops["visited_lately"])).round(6)


def _profile(members: pd.DataFrame, zone: str) -> Floats | None:
    """Return the 168 hours of one hot spot's reports, None where no time of day is known."""
    if not len(members) or refusal(members) is not None:
        return None
    hours = week_profile(members["occurred_from"], members.get("occurred_to"), zone=zone).hours
    return hours if hours.sum() > 0 else None


def _scaled(weight: pd.Series) -> Floats:
    most = float(weight.max()) if len(weight) else 0.0
    return (weight.to_numpy(np.float64) / most).round(6) if most > 0 else np.zeros(len(weight))


def _days_of(months: pd.Series) -> float:
    """Return how many days lie between the first month and the last, both whole."""
    known = pd.PeriodIndex(months.dropna().unique(), freq="M")
    return float((known.max().end_time.normalize() - known.min().start_time).days + 1) if len(known) else np.nan


def _days_and_hours(shift: Shift) -> str:
    return f"{DAYS[shift.starts.weekday()]}s {shift.starts:%H:%M} to {shift.ends:%H:%M}"
