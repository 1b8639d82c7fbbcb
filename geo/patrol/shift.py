"""A shift such as 18:00-22:00 on a day: its local begin and end, and how long it lasts when clocks change."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

import pandas as pd

from geo.crs import LOCAL
from geo.errors import GeoError

_DAY_MINUTES = 1440
_CLOCK = r"(\d{1,2})(?:[:.h]?(\d{2}))?\s*(am|pm)?"
_SHIFT = re.compile(rf"\s*{_CLOCK}\s*(?:-|–|—|to|until)\s*{_CLOCK}\s*", re.IGNORECASE)
_HOW = "Write it as 18:00-22:00; 22:00-02:00 runs past midnight."


class Shift(NamedTuple):
    """A shift. ``starts``, ``ends``: local time of ``zone``, without a zone, as people read it.

    ``minutes``: how long it really lasts, which is not ``ends`` minus ``starts`` in a night when the clocks change.
    ``words``: as a sheet says it; ``note``: what a change of the clocks does to it, else empty.
    """

    starts: pd.Timestamp
    ends: pd.Timestamp
    zone: str
    minutes: float
    words: str
    note: str

    @property
    def midnight(self) -> pd.Timestamp:
        """The beginning of the day on which the shift starts: opening times count from here."""
        return self.starts.normalize()

    def utc(self, minute: float) -> pd.Timestamp:
        """Return when ``minute`` minutes of the shift have passed, in UTC."""
        return _passing(self.starts, self.zone) + pd.Timedelta(minutes=minute)

    def at(self, minute: float) -> pd.Timestamp:
        """Return what a clock shows when ``minute`` minutes of the shift have passed: local, without a zone."""
        return self.utc(minute).tz_convert(self.zone).tz_localize(None)

    def minute_of(self, after_midnight: float) -> float:
        """Return how many minutes of the shift have passed when the clock shows so many minutes after ``midnight``.

        Below 0 before the shift. Of an hour that the clocks repeat the first is meant.
        """
        clock = self.midnight + pd.Timedelta(minutes=after_midnight)
        return (_passing(clock, self.zone) - _passing(self.starts, self.zone)).total_seconds() / 60


def read_shift(text: str, day: date | str | pd.Timestamp, *, zone: str = LOCAL) -> Shift:
    """Return the shift that ``text`` means, starting on ``day``.

    ``text``: ``18:00-22:00``, ``18.00 to 22.00``, ``1800-2200``, ``6pm-10pm``. An end at or before the start is on the
    next day; 24:00 is midnight. Times that the clocks skip (March) become the end of the gap; of times that they repeat
    (October) the first is meant; ``note`` says what that does to the length. Raises GeoError where this is no shift.
    """
    found = _SHIFT.fullmatch(text)
    if not found:
        raise GeoError(f"--shift {text}: this is no shift.", _HOW)
    begins, finishes = _minute(text, *found.groups()[:3]), _minute(text, *found.groups()[3:])
    if begins == _DAY_MINUTES:
        raise GeoError(f"--shift {text}: a shift does not begin at 24:00.", "Write 00:00, and the next day.")
    if begins == finishes:
        raise GeoError(f"--shift {text}: it ends when it begins.", _HOW)
    try:
        given = pd.Timestamp(day)
    except (ValueError, TypeError):
        raise GeoError(f"--date {day}: this is no date.", "Write it as 2025-12-05.") from None
    if pd.isna(given):
        raise GeoError("--date: no date is given.", "Write it as 2025-12-05.")
    midnight = given.normalize()
    starts = midnight + pd.Timedelta(minutes=begins)
    ends = midnight + pd.Timedelta(minutes=finishes + (_DAY_MINUTES if finishes < begins else 0))
    return _shift(starts, ends, zone)


def _shift(starts: pd.Timestamp, ends: pd.Timestamp, zone: str) -> Shift:
    first, last = _passing(starts, zone), _passing(ends, zone)
    minutes = (last - first).total_seconds() / 60
    if minutes <= 0:
        raise GeoError(f"--shift {starts:%H:%M}-{ends:%H:%M}: the clocks skip all of it on this day.", _HOW)
    by_clock = (ends - starts).total_seconds() / 60
    # a skipped hour is not on any clock
    shown = [moment.tz_convert(zone).tz_localize(None) for moment in (first, last)]
    note = ""
    if minutes != by_clock:
        which = "forward" if minutes < by_clock else "back"
        note = f"The clocks go {which} in this shift: it lasts {_length(minutes)}."
    return Shift(shown[0], shown[1], zone, minutes, _words(*shown), note)


def _minute(text: str, hour: str, minute: str | None, half: str | None) -> int:
    """Return minutes after midnight."""
    hours, minutes = int(hour), int(minute or 0)
    if half:
        if not 1 <= hours <= 12:
            raise GeoError(f"--shift {text}: there is no {hours} {half}.", _HOW)
        hours = hours % 12 + (12 if half.casefold() == "pm" else 0)
    if minutes > 59 or hours * 60 + minutes > _DAY_MINUTES:
        raise GeoError(f"--shift {text}: there is no {hours:02d}:{minutes:02d}.", _HOW)
    return hours * 60 + minutes


def _passing(local: pd.Timestamp, zone: str) -> pd.Timestamp:
    """Return a local time in UTC: the end of the gap where the clocks skip it, the first where they repeat it."""
    return local.tz_localize(zone, ambiguous=True, nonexistent="shift_forward").tz_convert("UTC")


def _words(starts: pd.Timestamp, ends: pd.Timestamp) -> str:
    begins, finishes = f"{starts:%H:%M}", f"{ends:%H:%M}"
    if ends.normalize() == starts.normalize():
        return f"{begins} to {finishes} on {day_in_words(starts)}"
    if finishes == "00:00":
        return f"{begins} to midnight on {day_in_words(starts)}"
    return f"{begins} on {day_in_words(starts)} to {finishes} the next day"


def day_in_words(day: pd.Timestamp) -> str:
    """Return a day as people say it: ``Friday 5 December 2025``."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def _length(minutes: float) -> str:
    hours, rest = divmod(round(minutes), 60)
    said = f"{hours} hour{'' if hours == 1 else 's'}"
    return f"{said} {rest} min" if rest else said
