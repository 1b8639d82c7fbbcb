"""When people are at a place: service times such as ``Mo-Fr 09:00-17:00; Su 10:00-12:00`` for the day of a shift.

What teams write by hand (Mon-Fri, daily, closed) and the common part of OpenStreetMap's opening_hours: days, times,
``off``, ``24/7``. As there, a later part replaces what an earlier one says of the same day
(https://wiki.openstreetmap.org/wiki/Key:opening_hours). Months, weeks and sunsets are not read; parts about public or
school holidays (PH, SH) are passed over, because the day of a holiday is not known here.
"""

from __future__ import annotations

import re

import pandas as pd

DAY = 1440.0
_DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
_NAMES = r"(mo(?:n(?:days?)?)?|tu(?:e(?:s(?:days?)?)?)?|we(?:d(?:nesdays?)?)?|th(?:u(?:r(?:s(?:days?)?)?)?)?|"
_NAMES += r"fr(?:i(?:days?)?)?|sa(?:t(?:urdays?)?)?|su(?:n(?:days?)?)?)"
_GROUPS = {
    "weekdays": (0, 1, 2, 3, 4),
    "weekends": (5, 6),
    "daily": tuple(range(7)),
    "every day": tuple(range(7)),
    "7 days": tuple(range(7)),
}
_CLOCK = r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?"
_TIME = re.compile(rf"\s*{_CLOCK}\s*(?:-|–|to)\s*{_CLOCK}\s*")
_RANGE = re.compile(rf"\s*{_NAMES}\s*(?:(?:-|–|to)\s*{_NAMES})?\s*")
_CLOSED = ("off", "closed", "shut")
_ALWAYS = ("24/7", "always", "always open", "open", "24 hours")

Hours = list[tuple[float, float]]


def windows(text: str, day: pd.Timestamp) -> Hours | None:
    """Return when a place is open around ``day``, as minutes after its midnight; None if ``text`` cannot be read.

    In order, none overlapping. Hours that run past midnight come from the day before too, and those of the next day
    are given (from 1440 on) for a shift past midnight. Empty: closed.
    """
    week = _week(text)
    if week is None:
        return None
    found = []
    for offset in (-1, 0, 1):
        hours = week[(day.weekday() + offset) % 7]
        found += [(opens + offset * DAY, closes + offset * DAY) for opens, closes in hours]
    return [(opens, closes) for opens, closes in _joined(found) if closes > 0]


def best_window(hours: Hours, begins: float, ends: float, dwell_minutes: float) -> tuple[float, float] | None:
    """Return the opening that shares most time with a shift, of equal ones the first; None if a visit fits into none.

    All in minutes after the same midnight.
    """
    shared = [(min(closes, ends) - max(opens, begins), -opens, (opens, closes)) for opens, closes in hours]
    fitting = [one for one in shared if one[0] >= dwell_minutes]
    return max(fitting)[2] if fitting else None


def _week(text: str) -> dict[int, Hours] | None:
    """Return opening hours by day of the week, Monday 0; None if not all of ``text`` is understood."""
    plain = " ".join(text.casefold().split()).strip(" .;")
    if plain in _ALWAYS:
        return {day: [(0.0, DAY)] for day in range(7)}
    week: dict[int, Hours] = {day: [] for day in range(7)}
    if plain in _CLOSED:
        return week
    if not plain:
        return None
    rules = [rule.strip() for rule in plain.split(";")]
    ordinary = [rule for rule in rules if not re.match(r"(ph|sh)\b", rule)]
    if not ordinary:
        return None
    for rule in ordinary:
        read = _rule(rule)
        if read is None:
            return None
        days, hours = read
        for day in days:
            week[day] = hours
    return week


def _rule(rule: str) -> tuple[list[int], Hours] | None:
    """Return the days and hours of one part, such as ``mo-fr 09:00-12:00,14:00-17:00``."""
    rule = " ".join(rule.split())
    found = re.match(r"(\D*?) ?(?=\d|off$|closed$|shut$|24 hours$)", rule)
    if not found:
        return None
    days = _days(found.group(1).strip(" :,"))
    rest = rule[found.end() :].strip()
    if days is None:
        return None
    if rest in _CLOSED:
        return days, []
    if rest in _ALWAYS:
        return days, [(0.0, DAY)]
    hours: Hours = []
    for part in re.split(r",|\band\b|&", rest):
        read = _hours(part)
        if read is None:
            return None
        hours.append(read)
    return days, hours


def _days(words: str) -> list[int] | None:
    """Return the days that words name; all where there is no word."""
    if not words:
        return list(range(7))
    days: list[int] = []
    for part in re.split(r",|\band\b|&|/", words):
        name = part.strip()
        if name in _GROUPS:
            days += _GROUPS[name]
            continue
        found = _RANGE.fullmatch(name)
        if not found:
            return None
        first = _DAYS.index(found.group(1)[:2])
        last = first if found.group(2) is None else _DAYS.index(found.group(2)[:2])
        days += [(first + step) % 7 for step in range((last - first) % 7 + 1)]
    return days


def _hours(part: str) -> tuple[float, float] | None:
    found = _TIME.fullmatch(part)
    if not found:
        return None
    first, last = found.groups()[:3], found.groups()[3:]
    # "9-5pm": the first half of the day where that alone makes sense is a guess, so it is not read
    if bool(first[2]) != bool(last[2]):
        return None
    opens, closes = _clock(*first), _clock(*last)
    if opens is None or closes is None or opens == DAY:
        return None
    return opens, closes + (DAY if closes <= opens else 0.0)


def _clock(hour: str, minute: str | None, half: str | None) -> float | None:
    hours, minutes = int(hour), int(minute or 0)
    if half:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half == "pm" else 0)
    return float(hours * 60 + minutes) if minutes < 60 and hours * 60 + minutes <= DAY else None


def _joined(hours: Hours) -> Hours:
    """Return hours in order, those that touch or overlap made one."""
    joined: Hours = []
    for opens, closes in sorted(hours):
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], closes))
        else:
            joined.append((opens, closes))
    return joined
