"""Two years of engagement: the programmes as rows, the leaders' forum, and days on the doorsteps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

from data import truths
from data.forum import MEETINGS, attended, invited
from data.ground import csv_text, seeded
from data.programmes import PROGRAMMES, Programme
from data.rhythm import days
from data.wards import ASHVIEW_WARDS, CODE_OF

COLUMNS = (
    "engagement_id", "date", "start_time", "minutes", "activity", "objective", "initiation", "participation_level",
    "channel", "lead_org", "lead_type", "team", "focal_point_id", "ward_code", "communities", "audience", "attendees",
    "first_time_attendees", "invited", "cost", "themes", "quality_score", "outcome_type", "outcome_count",
    "escalated_to", "notes",
)  # fmt: skip
_TEAMS = {"police": "neighbourhood", "partner": "joint", "community": "neighbourhood"}
_OUTCOMES = ("", "", "", "action_agreed", "signed_up_alerts", "referral", "volunteered", "work_experience")
# Small groups met on doorsteps, so that each but one has been spoken to.
_ON_DOORSTEPS = (
    "Other Asian", "Arab", "Irish", "White and Asian", "White and Black Caribbean", "Other Mixed", "Other White",
    "Any other ethnic group", truths.NO_FOCAL_POINT, "White and Black African", "Other Black", "White British",
)  # fmt: skip


@cache
def engagements() -> tuple[dict[str, Any], ...]:
    """Return every engagement in the order of time, numbered in that order."""
    rows = [*_forum()]
    for number, programme in enumerate(PROGRAMMES):
        rows += _held(programme, seeded(f"engagements:{number}:{programme.activity}:{programme.where}"))
    rows += [*_doorsteps(seeded("engagements:doorsteps")), *_patrols(seeded("engagements:patrols"))]
    rows.sort(
        key=lambda row: (row["date"], row["start_time"], row["activity"], row["focal_point_id"] or row["ward_code"])
    )
    return tuple({"engagement_id": f"ENG-{number:04d}", **row} for number, row in enumerate(rows, 1))


def engagements_text() -> str:
    """Return engagements.csv."""
    return csv_text(COLUMNS, engagements())


def _held(programme: Programme, dice: Random) -> Iterator[dict[str, Any]]:
    """Yield the meetings of a programme, a few days off the plan, a few called off."""
    for day in programme.dates or _dates(programme, dice):
        people = dice.randrange(programme.people[0], programme.people[1] + 1)
        yield _row(programme, day, people, dice)


def _dates(programme: Programme, dice: Random) -> Iterator[date]:
    planned = list(days(programme.first, programme.last))
    # each at a point of its own round: the team cannot start everything in one week
    for day in planned[dice.randrange(min(programme.every_days, 90)) :: programme.every_days]:
        held = _on_a_good_day(programme, day + timedelta(days=dice.randrange(-3, 4)))
        if programme.first <= held <= programme.last and dice.random() < 0.95:
            yield held


def _on_a_good_day(programme: Programme, day: date) -> date:
    """Return the next day that suits: the day of prayer, a school day, or any working day."""
    at_school = programme.activity in ("school_visit", "workshop")
    while not (
        truths.in_term(day)
        if at_school
        else day.weekday() == programme.weekday or (programme.weekday is None and day.weekday() < 5)
    ):
        day += timedelta(days=1)
    return day


def _row(programme: Programme, day: date, people: int, dice: Random) -> dict[str, Any]:
    """Return one engagement; a focal point or a ward says where, never both."""
    by_place = programme.where.startswith("FP-")
    outcome = dice.choice(_OUTCOMES)
    lead_org, lead_type = programme.lead
    return {
        "date": day,
        "start_time": programme.time,
        "minutes": programme.minutes + 5 * dice.randrange(-2, 4),
        "activity": programme.activity,
        "objective": programme.objective,
        "initiation": programme.initiation if dice.random() > 0.02 or programme.communities else "unknown",
        "participation_level": programme.level,
        "channel": programme.channel,
        "lead_org": lead_org,
        "lead_type": lead_type,
        "team": _TEAMS[lead_type],
        "focal_point_id": programme.where if by_place else "",
        "ward_code": "" if by_place else CODE_OF[programme.where],
        "communities": programme.communities,
        "audience": programme.audience,
        "attendees": people,
        "first_time_attendees": sum(dice.random() < 0.22 for _ in range(min(people, 60))),
        "cost": programme.cost,
        "themes": programme.themes,
        "quality_score": dice.choices((2, 3, 4, 5, ""), (1, 3, 5, 2, 5))[0],
        "outcome_type": outcome,
        "outcome_count": dice.randrange(1, 5) if outcome else None,
        "notes": programme.note,
    }


def _forum() -> Iterator[dict[str, Any]]:
    """Yield the leaders' forum: a small meeting by design, with the attendance file behind its numbers."""
    dice = seeded("engagements:forum")
    programme = Programme(
        "forum", "FP-038", truths.FORUM_EVERY_DAYS, (0, 0), "listen_priorities;feed_back", audience="faith",
        themes="stop_and_search;hate_crime", time="17:30", minutes=90, level="account", cost=45,
    )  # fmt: skip
    for number, day in enumerate(MEETINGS):
        row = _row(programme, day, len(attended(number)), dice)
        online = number % 4 == 3
        row |= {
            "channel": "video_call" if online else "face_to_face",
            "invited": invited(number),
            "first_time_attendees": 0 if number else row["attendees"],
            "initiation": "proactive",
            "escalated_to": "equality board" if number % 3 == 2 else "",
        }
        yield row


def _doorsteps(dice: Random) -> Iterator[dict[str, Any]]:
    """Yield door-to-door days and surveys in every ward but the silent one."""
    wards = [ward.name for ward in ASHVIEW_WARDS if ward.name != truths.SILENT_WARD]
    for number in range(26):
        programme = Programme(
            ("door_to_door", "survey", "door_to_door")[number % 3], wards[number % len(wards)], 0, (5, 20),
            "listen_priorities;key_messages", _ON_DOORSTEPS[number % len(_ON_DOORSTEPS)], time="15:30", minutes=120,
            channel="letter_leaflet" if number % 4 == 0 else "face_to_face",
        )  # fmt: skip
        day = truths.FIRST_DAY + timedelta(days=10 + 26 * number + dice.randrange(12))
        yield _row(programme, day, dice.randrange(5, 21), dice)


def _patrols(dice: Random) -> Iterator[dict[str, Any]]:
    """Yield foot patrols on which people were spoken to."""
    for number in range(16):
        where = ("FP-023", "FP-003", "Millbrook", "FP-028", "Northfield")[number % 5]
        programme = Programme(
            "foot_patrol", where, 0, (3, 14), "reassure", time=("11:00", "15:00", "19:30")[number % 3], minutes=45,
            initiation="proactive" if number % 2 else "requested_by_community", level="inform", cost=0,
        )  # fmt: skip
        day = truths.FIRST_DAY + timedelta(days=14 + 43 * number + dice.randrange(10))
        yield _row(programme, day, dice.randrange(3, 15), dice)
