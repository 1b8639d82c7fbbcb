"""The stories of the town as reports: what an analysis should find again (data/truths.py holds the numbers)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import NamedTuple

from data import truths
from data.ground import Point, poisson, seeded
from data.reports import Report, pick, report
from data.rhythm import clock, days, level, real_time
from data.spots import beside, noisy, spot

_DAYS_A_MONTH = 30.44


class Corner(NamedTuple):
    """An ordinary hot spot: how many reports a month, how far they scatter, when, and of what."""

    place: str
    a_month: float
    reach_m: float
    rhythm: tuple[str, str, str]  # hours, weekdays, season
    mix: dict[str, float]


CORNERS = (
    Corner("station", 8.5, 95, ("night", "weekend", "usual"),
           {"Street Drinking": 4, "Rowdy or Inconsiderate": 5, "Begging/Vagrancy": 3, "Vehicle Nuisance": 1}),
    Corner("parade", 5.0, 80, ("evening", "usual", "usual"),
           {"Rowdy or Inconsiderate": 5, "Littering/Drug Paraphernalia": 3, "Vehicle Nuisance": 2, "Noise": 1}),
    Corner("car park", 5.5, 75, ("night", "weekend", "summer"),
           {"Vehicle Nuisance": 8, "Noise": 2, "Littering/Drug Paraphernalia": 2}),
    Corner("retail park", 4.5, 90, ("afternoon", "shopping", "flat"),
           {"Rowdy or Inconsiderate": 5, "Begging/Vagrancy": 2, "Trespass": 1, "Vehicle Nuisance": 2}),
    Corner("mound", 3.5, 75, ("evening", "weekend", "summer"),
           {"Street Drinking": 4, "Rowdy or Inconsiderate": 3, "Littering/Drug Paraphernalia": 3, "Fireworks": 0.3}),
    Corner("garages", 3.5, 70, ("evening", "usual", "flat"),
           {"Vehicle Nuisance": 3, "Vehicle Abandoned": 3, "Littering/Drug Paraphernalia": 3, "Trespass": 2}),
    Corner("flats", 3.5, 60, ("night", "usual", "flat"),
           {"Noise": 5, "Rowdy/Nuisance Neighbours": 5, "Animal Problems": 1}),
    Corner("sandford square", 4.0, 85, ("evening", "weekend", "usual"),
           {"Rowdy or Inconsiderate": 5, "Street Drinking": 3, "Vehicle Nuisance": 2}),
)  # fmt: skip


def all_stories() -> list[Report]:
    """Return the reports of every story."""
    tellers = (park, dispute, dealing, high_street, rumour, school, tension, repeat_victims)
    reports = [told for teller in tellers for told in teller(seeded(f"incidents:{teller.__name__}"))]
    for corner in CORNERS:
        reports += _corner(corner, seeded(f"incidents:{corner.place}"))
    return reports


def park(dice: Random) -> Iterator[Report]:
    """Evenings at the park gate and the bandstand, five times as many once the hub had shut."""
    mix = {"Rowdy or Inconsiderate": 5.0, "Street Drinking": 3.0, "Littering/Drug Paraphernalia": 3.0, "Noise": 0.5}
    for day in days(truths.FIRST_DAY, truths.LAST_DAY):
        shut = day > truths.HUB_CLOSED
        a_month = truths.PARK_A_MONTH_AFTER if shut else truths.PARK_A_MONTH_BEFORE
        season = "flat" if shut else "usual"  # a season on top would hide the step
        for _ in range(poisson(dice, a_month / _DAYS_A_MONTH * level(day, "usual", season))):
            centre = spot("park gate") if dice.random() < 0.6 else spot("bandstand")
            yield report(clock(day, "evening", dice), pick(mix, dice), (noisy(centre, 32, dice), "Ashview Park"), dice)


def dispute(dice: Random) -> Iterator[Report]:
    """Two neighbours, one of whom calls, at worst in the morning and again in the evening."""
    mix = {"Rowdy/Nuisance Neighbours": 16.0, "Noise": 3.0, "Nuisance Communications": 1.0}
    for day in days(truths.DISPUTE_FROM, truths.DISPUTE_TO):
        at_peak = truths.DISPUTE_PEAK_FROM <= day <= truths.DISPUTE_PEAK_TO
        calls = _at_worst(dice) if at_peak else poisson(dice, truths.DISPUTE_CALLS_A_DAY_OTHERWISE)
        for number in range(calls):
            hour = dice.choice((7, 8, 9)) if number == 0 and calls > 1 else dice.choice((17, 18, 19, 20, 21, 22))
            start = datetime(day.year, day.month, day.day, hour, 5 * dice.randrange(12))
            called = report(start, pick(mix, dice), (noisy(spot("household"), 2, dice), "Easington Way"), dice)
            theirs = dice.random() < truths.DISPUTE_VICTIM_SHARE
            yield called._replace(
                asb_type="personal" if theirs or dice.random() < 0.5 else "nuisance",
                victim=truths.DISPUTE_VICTIM if theirs else "",
                flags=(theirs and dice.random() < 0.6, theirs and dice.random() < 0.3, False),
            )


def _at_worst(dice: Random) -> int:
    """Return the calls of one day at the peak, near their daily mean: a habit, not chance."""
    usual = round(truths.DISPUTE_CALLS_A_DAY_AT_PEAK)
    return dice.choices((usual - 1, usual, usual + 1), (15, 70, 15))[0]


def dealing(dice: Random) -> Iterator[Report]:
    """Wrappers, needles and cars that stop for a minute, near the same address."""
    mix = {"Littering/Drug Paraphernalia": 6.0, "Vehicle Nuisance": 2.0, "Rowdy or Inconsiderate": 1.0}
    for day in days(truths.DEALING_FROM, truths.DEALING_TO):
        for _ in range(poisson(dice, truths.DEALING_A_MONTH / _DAYS_A_MONTH)):
            where = beside(spot("household"), 85, dice)[0], "Easington Way"
            yield report(clock(day, "night", dice), pick(mix, dice), where, dice)


def high_street(dice: Random) -> Iterator[Report]:
    """The steady level of any high street."""
    mix = {"Rowdy or Inconsiderate": 6.0, "Begging/Vagrancy": 5.0, "Street Drinking": 5.0,
           "Littering/Drug Paraphernalia": 1.5, "Noise": 1.0, "Nuisance Communications": 0.3}  # fmt: skip
    middle = spot("shop")
    for day in days(truths.FIRST_DAY, truths.LAST_DAY):
        for _ in range(poisson(dice, truths.HIGH_STREET_A_MONTH / _DAYS_A_MONTH * level(day, "shopping", "usual"))):
            hours = "day" if dice.random() < 0.6 else "evening"
            yield report(clock(day, hours, dice), pick(mix, dice), _on_high_street(middle, dice), dice)


def _on_high_street(middle: Point, dice: Random) -> tuple[Point, str]:
    """Return a place on the High Street or the Market Square."""
    while True:
        place, street = beside(middle, 330, dice)
        if street in ("High Street", "Market Square"):
            return place, street


def rumour(dice: Random) -> Iterator[Report]:
    """Racial abuse at one shop after a post: most in the first weeks, gone after six."""
    mix = {"Rowdy or Inconsiderate": 6.0, "Nuisance Communications": 3.0, "Noise": 0.5}
    for number in range(truths.RUMOUR_DAYS):
        day = truths.RUMOUR_ON + timedelta(days=number)
        rate = truths.RUMOUR_A_DAY * (1.5 - number / truths.RUMOUR_DAYS)
        for _ in range(poisson(dice, rate)):
            where = noisy(spot("shop"), 7, dice), "High Street"
            aimed = "personal" if dice.random() < 0.8 else "nuisance"
            abuse = report(clock(day, "afternoon", dice), pick(mix, dice), where, dice, aimed)
            theirs = dice.random() < 0.55
            yield abuse._replace(victim=truths.SHOP_VICTIM if theirs else "", flags=(theirs, False, abuse.flags[2]))


def school(dice: Random) -> Iterator[Report]:
    """Ashview Comprehensive when lessons end."""
    mix = {"Rowdy or Inconsiderate": 7.0, "Littering/Drug Paraphernalia": 1.0, "Vehicle Nuisance": 1.5, "Noise": 0.5}
    first, last = truths.SCHOOL_OUT
    for day in filter(truths.in_term, days(truths.FIRST_DAY, truths.LAST_DAY)):
        for _ in range(poisson(dice, truths.SCHOOL_A_DAY)):
            minute = first + 5 * dice.randrange((last - first) // 5)
            start = datetime(day.year, day.month, day.day, minute // 60, minute % 60)
            where = noisy(spot("school gate"), 28, dice), "Ashview Comprehensive"
            yield report(start, pick(mix, dice), where, dice)._replace(end=None)


def tension(dice: Random) -> Iterator[Report]:
    """The weeks after the rumour in Sandford, there and on the road between the towns."""
    mix = {"Rowdy or Inconsiderate": 6.0, "Nuisance Communications": 2.0, "Fireworks": 0.4}
    for day in days(truths.TENSION_FROM, truths.TENSION_TO):
        for _ in range(poisson(dice, 0.5)):
            yield report(clock(day, "evening", dice), pick(mix, dice), beside(spot("sandford square"), 160, dice), dice)


def repeat_victims(dice: Random) -> Iterator[Report]:
    """Three callers on whom the two rules for "repeat" part ways."""
    for at, (victim, dates) in enumerate(truths.REPEATS.items()):
        home = beside(spot(("parade", "garages", "flats")[at]), 240, dice)
        for day in dates:
            called = report(clock(day, "evening", dice), "Rowdy/Nuisance Neighbours", home, dice, "personal")
            yield called._replace(victim=victim)


def _corner(corner: Corner, dice: Random) -> Iterator[Report]:
    hours, weekday, season = corner.rhythm
    for day in days(truths.FIRST_DAY, truths.LAST_DAY):
        for _ in range(poisson(dice, corner.a_month / _DAYS_A_MONTH * level(day, weekday, season))):
            where = beside(spot(corner.place), corner.reach_m, dice)
            yield report(real_time(clock(day, hours, dice)), pick(corner.mix, dice), where, dice)


def bonfire_weight(day: date) -> float:
    """Return how much louder the fireworks are than on a usual day."""
    if (day.month, day.day) in ((11, 5), (12, 31)):
        return 60.0
    return 14.0 if date(day.year, 10, 25) <= day <= date(day.year, 11, 12) else 0.04
