"""The leaders' forum: who was asked, who came, and who was asked why they did not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

from data import truths
from data.ground import csv_text, seeded

# The stakeholders of 13 focal points: STK-05 speaks for FP-005, and so on.
MEMBERS = tuple(f"STK-{number:02d}" for number in (4, 5, 6, 7, 9, 10, 11, 13, 14, 25, 33, 34, 35))
# Every 61 days; the meeting of September 2025 was never held, so one gap is twice as long.
MEETINGS = tuple(
    date(2024, 1, 18) + timedelta(days=truths.FORUM_EVERY_DAYS * number) for number in range(12) if number != 10
)
_COLUMNS = ("engagement_id", "focal_point_id", "stakeholder_ref", "invited", "attended", "reason", "followed_up_on")
_REASONS = ("time", "time", "transport", "childcare", "not_informed", "unwell", "distrust", "language")


@cache
def _answers(meeting: int) -> tuple[dict[str, Any], ...]:
    """Return one row a member: invited or not, there or not, and whether anybody asked why."""
    dice, rows = seeded(f"attendance:{meeting}"), []
    for at, member in enumerate(MEMBERS):
        never, was_asked = member in truths.NEVER_ASKED, _was_asked(member, meeting)
        came = was_asked and not never and dice.random() < 0.62 + 0.3 * (at % 3 == 0)
        followed = was_asked and not came and not never and dice.random() < 0.55
        follow_up = MEETINGS[meeting] + timedelta(days=dice.randrange(2, 15)) if followed else None
        reason = dice.choice(_REASONS) if followed else ("not_asked" if never else "")
        rows.append({"stakeholder_ref": member, "focal_point_id": "FP-038", "invited": was_asked, "attended": came,
                     "reason": reason, "followed_up_on": follow_up})  # fmt: skip
    return tuple(rows)


def _was_asked(member: str, meeting: int) -> bool:
    """Tell whether a member was invited: one joined late, one was left off the list twice."""
    return not ((member == "STK-35" and meeting < 3) or (member == "STK-25" and meeting in (5, 6)))


def invited(meeting: int) -> int:
    """Return how many were invited to a meeting."""
    return sum(_was_asked(member, meeting) for member in MEMBERS)


def attended(meeting: int) -> list[str]:
    """Return the members who came to a meeting."""
    return [row["stakeholder_ref"] for row in _answers(meeting) if row["attended"]]


def attendance_text(engagements: Sequence[dict[str, Any]]) -> str:
    """Return attendance.csv for the forum's meetings among ``engagements``."""
    return csv_text(_COLUMNS, _rows(engagements))


def _rows(engagements: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    forum = [row for row in engagements if row["focal_point_id"] == "FP-038"]
    for meeting, row in enumerate(forum):
        for answer in _answers(meeting):
            yield {"engagement_id": row["engagement_id"], **answer}
