"""One report of anti-social behaviour, and what all reports have in common."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from data.ground import Point
from data.rhythm import real_time

# The 13 headings, and at whom such behaviour is aimed: personal, nuisance, environmental, unspecified.
_AIMED_AT = {
    "Vehicle Abandoned": (0, 5, 95, 0),
    "Vehicle Nuisance": (6, 90, 2, 2),
    "Rowdy or Inconsiderate": (16, 80, 0, 4),
    "Rowdy/Nuisance Neighbours": (55, 43, 0, 2),
    "Littering/Drug Paraphernalia": (0, 6, 93, 1),
    "Animal Problems": (24, 70, 4, 2),
    "Trespass": (8, 78, 12, 2),
    "Nuisance Communications": (93, 5, 0, 2),
    "Street Drinking": (4, 76, 18, 2),
    "Prostitution-Related": (0, 92, 6, 2),
    "Noise": (14, 72, 12, 2),
    "Begging/Vagrancy": (14, 82, 2, 2),
    "Fireworks": (8, 76, 14, 2),
}
_TYPES = ("personal", "nuisance", "environmental", "unspecified")
_FOUND_LATER = ("Vehicle Abandoned", "Littering/Drug Paraphernalia", "Trespass")


class Report(NamedTuple):
    """One report as recorded. ``place`` None: nobody noted where."""

    start: datetime
    end: datetime | None
    asb_type: str
    category: str
    source: str
    place: Point | None
    location: str
    victim: str = ""
    flags: tuple[bool, bool, bool] = (False, False, False)  # vulnerability: personal, situational, incidental
    precision: str = "exact"


def pick(mix: Mapping[str, float], dice: Random) -> str:
    """Return one key, as often as its weight says."""
    return dice.choices(list(mix), list(mix.values()))[0]


def report(start: datetime, category: str, where: tuple[Point, str], dice: Random, asb_type: str = "") -> Report:
    """Return a report with type, end, source and flags drawn as usual for its category."""
    asb_type = asb_type or dice.choices(_TYPES, _AIMED_AT[category])[0]
    personal = asb_type == "personal"
    flags = (personal and dice.random() < 0.22, dice.random() < 0.07, dice.random() < 0.04)
    return Report(start, _end(start, category, dice), asb_type, category, _source(category, dice), *where, flags=flags)


def _end(start: datetime, category: str, dice: Random) -> datetime | None:
    """Return the end of the span in which it happened, for every fourth report; things found later span a night."""
    if category in _FOUND_LATER and dice.random() < 0.45:
        return real_time(start + timedelta(minutes=15 * dice.randrange(24, 60)))
    if dice.random() < 0.23:
        return real_time(start + timedelta(minutes=5 * dice.randrange(2, 25)))
    return None


def _source(category: str, dice: Random) -> str:
    if category in _FOUND_LATER or category == "Noise":
        return dice.choices(("police", "council", "housing"), (52, 40, 8))[0]
    if category == "Rowdy/Nuisance Neighbours":
        return dice.choices(("police", "council", "housing"), (74, 8, 18))[0]
    return dice.choices(("police", "council", "housing"), (93, 5, 2))[0]
