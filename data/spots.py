"""Places the stories and the layers share: where they stand, and how reports scatter around them."""

from __future__ import annotations

from functools import cache
from itertools import accumulate
from random import Random

from data.ground import Point, distance, metres
from data.streets import nearest_on, streets

# name: (street, roughly where along it, metres aside)
_SPOTS: dict[str, tuple[str, Point, Point]] = {
    "park gate": ("Park Road", (2050, 1250), (14, -4)),
    "bandstand": ("Park Road", (2050, 1250), (150, -30)),
    "household": ("Easington Way", (2330, 3450), (4, 13)),
    "shop": ("High Street", (2230, 2180), (3, 9)),
    "school gate": ("School Lane", (3340, 900), (12, 6)),
    "station": ("Station Road", (3330, 2150), (0, 10)),
    "parade": ("Mill Lane", (950, 1400), (0, 8)),
    "car park": ("Sandford Road", (4380, 1170), (0, -20)),
    "retail park": ("Station Road", (4420, 2100), (0, 15)),
    "mound": ("Castle Street", (900, 2280), (0, 12)),
    "garages": ("Outer Lane", (900, 3200), (18, -14)),
    "flats": ("Outer Lane", (3500, 3900), (-8, -22)),
    "sandford square": ("Sandford Road", (5620, 1400), (0, 6)),
}


@cache
def spot(name: str) -> Point:
    """Return where a named place is."""
    street, near, aside = _SPOTS[name]
    x, y = nearest_on(street, near)
    return metres(x + aside[0]), metres(y + aside[1])


@cache
def _all_points() -> tuple[tuple[Point, str], ...]:
    """Return points every 6 m of all streets, with the street's name."""
    points: list[tuple[Point, str]] = []
    for street in streets():
        steps = max(1, round(street.length_m / 6))
        points += [(street.at((step + 0.5) / steps), street.name) for step in range(steps)]
    return tuple(points)


@cache
def _points_around(centre: Point, reach_m: float) -> tuple[list[tuple[Point, str]], list[float]]:
    """Return the points within reach of a place and their weights, added up."""
    near = [(point, name) for point, name in _all_points() if distance(point, centre) <= reach_m]
    return near, list(accumulate(1.05 - distance(point, centre) / reach_m for point, _ in near))


def beside(centre: Point, reach_m: float, dice: Random) -> tuple[Point, str]:
    """Return a place on a street near ``centre``, thinning out with distance, and the street's name."""
    points, cumulative = _points_around(centre, reach_m)
    point, name = dice.choices(points, cum_weights=cumulative)[0]
    return noisy(point, 6, dice), name


def beside_street(near: Point) -> Point:
    """Return where a building stands: 14 m beside the named street nearest to ``near``."""
    x, y = min((point for point, name in _all_points() if name), key=lambda point: (distance(point, near), point))
    return metres(x + (10 if near[0] >= x else -10)), metres(y + (10 if near[1] >= y else -10))


def noisy(point: Point, spread_m: float, dice: Random) -> Point:
    """Return a point as an officer's device records it."""
    return metres(point[0] + dice.gauss(0, spread_m)), metres(point[1] + dice.gauss(0, spread_m))
