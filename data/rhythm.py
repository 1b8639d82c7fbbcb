"""When things happen: hours, weekdays, seasons."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random

# One weight an hour, from midnight.
HOURS = {
    "day": (1, 0, 0, 0, 0, 1, 3, 6, 8, 9, 9, 9, 9, 9, 9, 10, 10, 9, 8, 6, 5, 4, 3, 2),
    "evening": (4, 2, 1, 0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 3, 4, 5, 6, 7, 9, 12, 14, 14, 12, 8),
    "night": (14, 11, 7, 4, 2, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 6, 8, 11, 14, 15),
    "afternoon": (0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 5, 7, 8, 8, 9, 11, 12, 11, 8, 5, 3, 1, 0, 0),
}
# Monday to Sunday, January to December: each averages about 1.
WEEKDAYS = {
    "flat": (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
    "usual": (0.86, 0.84, 0.86, 0.92, 1.12, 1.26, 1.14),
    "weekend": (0.5, 0.5, 0.55, 0.75, 1.5, 1.9, 1.3),
    "shopping": (0.95, 0.95, 1.0, 1.05, 1.2, 1.35, 0.5),
}
MONTHS = {
    "flat": (1.0,) * 12,
    "usual": (0.78, 0.82, 0.92, 1.02, 1.12, 1.18, 1.24, 1.22, 1.06, 1.02, 0.88, 0.74),
    "summer": (0.5, 0.55, 0.75, 1.0, 1.25, 1.45, 1.55, 1.5, 1.15, 0.95, 0.7, 0.65),
}


def days(start: date, end: date) -> Iterator[date]:
    """Yield every day from ``start`` to ``end``, both included."""
    for number in range((end - start).days + 1):
        yield start + timedelta(days=number)


def level(day: date, weekday: str, season: str) -> float:
    """Return how busy a day is, 1 on average."""
    return WEEKDAYS[weekday][day.weekday()] * MONTHS[season][day.month - 1]


def clock(day: date, hours: str, dice: Random) -> datetime:
    """Return a time of that day. People round: most times end in 0 or 5."""
    hour = dice.choices(range(24), HOURS[hours])[0]
    minute = dice.randrange(60) if dice.random() < 0.35 else 5 * dice.randrange(12)
    return real_time(datetime(day.year, day.month, day.day, hour, minute))


def real_time(moment: datetime) -> datetime:
    """Return the time an hour later where the clocks went forward over it (last Sunday in March, 01:00)."""
    last_sunday = date(moment.year, 3, 31)
    last_sunday -= timedelta(days=(last_sunday.weekday() + 1) % 7)
    skipped = moment.date() == last_sunday and moment.hour == 1
    return moment + timedelta(hours=1) if skipped else moment
