"""Two years of reports: the background of a town, the stories on top, and a few rows as real life has them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import accumulate
from random import Random
from typing import Any

from data import truths
from data.ground import Point, csv_text, grid, poisson, seeded
from data.noding import Street
from data.reports import Report, pick, report
from data.rhythm import clock, days, level
from data.spots import noisy
from data.stories import all_stories, bonfire_weight
from data.streets import streets
from data.wards import ward_at

COLUMNS = (
    "incident_id", "occurred_from", "occurred_to", "asb_type", "category", "source", "victim_ref", "personal",
    "situational", "incidental", "easting", "northing", "location_text", "precision",
)  # fmt: skip
_A_DAY = 3.5
# How busy a metre of street is, by ward. Larkfield reports little: quiet, or merely unheard?
_WARD_LEVEL = {
    "Millbrook": 1.2, "Ashview Park": 0.85, "Longacre": 0.9, "Riverside": 0.95, "Castle Mound": 0.9,
    "Town Centre": 0.75, "Station": 0.8, "Eastgate": 0.95, "Northfield": 1.15, "Easington": 1.0,
    "Priory Hill": 0.75, "Larkfield": 0.3, "Sandford West": 0.6, "Sandford Harbour": 0.6,
}  # fmt: skip
# heading: (weight, hours)
_HEADINGS = {
    "Rowdy or Inconsiderate": (30, "evening"), "Rowdy/Nuisance Neighbours": (18, "evening"),
    "Vehicle Nuisance": (13, "evening"), "Littering/Drug Paraphernalia": (9, "day"), "Noise": (8, "night"),
    "Animal Problems": (5, "day"), "Vehicle Abandoned": (5, "day"), "Nuisance Communications": (4, "day"),
    "Trespass": (3, "evening"), "Street Drinking": (3, "evening"), "Begging/Vagrancy": (2, "day"),
    "Prostitution-Related": (0.4, "night"), "Fireworks": (1, "evening"),
}  # fmt: skip


@cache
def _weighted_streets() -> tuple[list[Street], list[float]]:
    """Return the streets outside the park and their weights, added up: long and busy ones more, some by luck."""
    dice = seeded("incidents:streets")
    chosen: list[Street] = []
    weights: list[float] = []
    for street in streets():
        luck, ward = 0.5 + dice.random() ** 2, ward_at(street.at(0.5))
        if ward and street.name:
            chosen.append(street)
            weights.append(street.length_m * luck * _WARD_LEVEL[ward.name])
    return chosen, list(accumulate(weights))


def _background() -> Iterator[Report]:
    """Yield what happens anywhere on any day."""
    dice, homes = seeded("incidents:background"), list[tuple[str, Point, str]]()
    for day in days(truths.FIRST_DAY, truths.LAST_DAY):
        for _ in range(poisson(dice, _A_DAY * level(day, "usual", "usual") + bonfire_weight(day) / 12)):
            heading = pick(_mix(day), dice)
            found = report(clock(day, _HEADINGS[heading][1], dice), heading, _anywhere(dice), dice)
            yield _with_victim(found, homes, dice) if found.asb_type == "personal" else found


def _mix(day: date) -> dict[str, float]:
    mix = {heading: weight for heading, (weight, _) in _HEADINGS.items()}
    return mix | {"Fireworks": bonfire_weight(day) * 4}


def _anywhere(dice: Random) -> tuple[Point, str]:
    chosen, cumulative = _weighted_streets()
    street = dice.choices(chosen, cum_weights=cumulative)[0]
    return noisy(street.at(dice.random()), 6, dice), street.name


def _with_victim(found: Report, homes: list[tuple[str, Point, str]], dice: Random) -> Report:
    """Return the report with a pseudonym: often none, mostly a new one, now and then someone who called before."""
    if dice.random() < 0.4 or found.place is None:
        return found
    if homes and dice.random() < 0.25:
        victim, home, street = homes[-1 - int(len(homes[-60:]) * dice.random())]
        return found._replace(victim=victim, place=noisy(home, 3, dice), location=street)
    homes.append((f"V-{500 + len(homes):04d}", found.place, found.location))
    return found._replace(victim=homes[-1][0])


def _as_in_real_life(reports: list[Report], dice: Random) -> list[Report]:
    """Return the background with some reports snapped, some without a place, a few in the sea."""
    chosen = dice.sample(range(len(reports)), truths.NO_POSITION + truths.AT_ZERO + truths.IN_THE_SEA)
    spoiled = list(reports)
    for rank, at in enumerate(chosen):
        if rank < truths.NO_POSITION:
            spoiled[at] = reports[at]._replace(place=None, location="", precision="")
        elif rank < truths.NO_POSITION + truths.AT_ZERO:
            spoiled[at] = reports[at]._replace(place=(-600_000.0, -480_000.0), precision="")
        else:
            sea = (dice.uniform(-1500, -600), dice.uniform(-900, 4000))
            spoiled[at] = reports[at]._replace(place=noisy(sea, 6, dice), location="")
    return [_snapped(found) if found.place and dice.random() < 0.05 else found for found in spoiled]


def _snapped(found: Report) -> Report:
    """Return the report moved to the middle of its street, as some systems keep it."""
    middles = [street.at(0.5) for street in streets() if street.name == found.location]
    if not middles or found.place is None:
        return found
    x, y = found.place
    nearest = min(middles, key=lambda middle: (middle[0] - x) ** 2 + (middle[1] - y) ** 2)
    return found._replace(place=nearest, precision="snapped")


def incidents_text() -> str:
    """Return incidents.csv in the order of time, numbered in that order."""
    dice = seeded("incidents:real life")
    reports = [*_as_in_real_life(list(_background()), dice), *all_stories()]
    reports.sort(key=lambda found: (found.start, found.category, found.location, found.place or (0, 0)))
    rows = [_row(number, found) for number, found in enumerate(reports, 1)]
    for unreadable in truths.UNREADABLE_DATES:
        rows[dice.randrange(len(rows))].update(occurred_from=unreadable, occurred_to="")
    return csv_text(COLUMNS, rows)


def _row(number: int, found: Report) -> dict[str, Any]:
    east, north = grid(found.place) if found.place else (None, None)
    personal, situational, incidental = ("yes" if flag else "" for flag in found.flags)
    return {
        "incident_id": f"ASH-{number:06d}",
        "occurred_from": f"{found.start:%Y-%m-%d %H:%M}",
        "occurred_to": f"{found.end:%Y-%m-%d %H:%M}" if found.end else "",
        "asb_type": found.asb_type,
        "category": found.category,
        "source": found.source,
        "victim_ref": found.victim,
        "personal": personal,
        "situational": situational,
        "incidental": incidental,
        "easting": east,
        "northing": north,
        "location_text": found.location,
        "precision": found.precision,
    }
