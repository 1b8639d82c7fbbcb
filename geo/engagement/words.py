"""The result of engagement in sentences a person can say aloud."""

from __future__ import annotations

import calendar

from geo.engagement.measure import COMMUNITY, WARD
from geo.engagement.result import EngagementResult
from geo.errors import counted, listed

_WORDS = {
    "as of": "As of",
    "since": "Since",
    "threshold": "Under-engaged below",
    "probability": "How sure one must be",
    "fewest expected": "Least to judge by",
    "kind of community": "Kind of community",
    "near a hot spot": "Near a hot spot, of late",
}


def headline(result: EngagementResult, *, where: str) -> str:
    """Return the result in a sentence or two; a gap is the team's, and the record is only what was written down."""
    total = counted(result.counts["engagements"], "engagement")
    listed_rows = result.findings
    if not len(listed_rows):
        return f"{total} in {where}: no gap stands out from what was recorded."
    people = listed_rows[listed_rows["level"] == COMMUNITY].drop_duplicates("subject")
    places = listed_rows[listed_rows["level"] == WARD].drop_duplicates("subject")
    parts = [
        f"{counted(len(part), word, plural)} ({listed(part['subject'].tolist(), 3)})"
        for part, word, plural in ((people, "community", "communities"), (places, "ward", "wards"))
        if len(part)
    ]
    return f"{total} in {where}; the record shows a gap for {' and '.join(parts)}."


def parameters_in_words(result: EngagementResult) -> list[tuple[str, str, str]]:
    """Return the parameters as a page shows them."""
    return [(_WORDS.get(name, name), value, reason) for name, value, reason in result.parameters]


def describe_days(result: EngagementResult) -> str:
    """Return the period looked at: ``17 January 2024 to 31 December 2025``."""
    days = {name: value for name, value, _ in result.parameters}
    return f"{_day(days['since'])} to {_day(days['as of'])}"


def _day(text: str) -> str:
    year, month, day = text.split("-")
    return f"{int(day)} {calendar.month_name[int(month)]} {year}"
