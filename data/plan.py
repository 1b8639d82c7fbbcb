"""The plan of the town: a market square, main roads out of it, three rings, and the blocks between them."""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise

from shapely import Polygon, prepare

from data.ground import Point, metres
from data.noding import Line

CENTRE: Point = (2450.0, 2130.0)
# The main roads: direction in degrees (0 = east, counter-clockwise) and name outside the inner ring.
ROADS = (
    (5, "Station Road"), (45, "Larkfield Lane"), (82, "Easington Road"), (126, "Northfield Road"),
    (168, "Castle Street"), (207, "Mill Lane"), (247, "Park Road"), (302, "School Lane"), (337, "Sandford Road"),
)  # fmt: skip
_HIGH_STREET = ("Station Road", "Castle Street")
_RINGS = ((400.0, 360.0, "Wallgate"), (1230.0, 1080.0, "Ring Road"), (2130.0, 1880.0, "Outer Lane"))
# Blocks outside the rings: the estate by the river, the neighbouring town.
_BEYOND = (
    ((4180, 520), (4740, 590), (4930, 1300), (4560, 1300), (4420, 900)),
    ((5330, 820), (6010, 760), (6230, 1500), (6060, 2330), (5480, 2400), (5270, 1700)),
)
PARK = (1, 6)  # ring and sector of the block without houses, between Park Road and School Lane


def warp(point: Point) -> Point:
    """Bend the plan a little: no town was built with a ruler."""
    x, y = point
    return (
        metres(x + 50 * math.sin(y / 430 + 0.7) + 30 * math.sin((x + y) / 690)),
        metres(y + 45 * math.sin(x / 480 + 1.3) + 25 * math.sin((x - y) / 610)),
    )


def on_plan(ring: float, angle: float) -> Point:
    """Return the point at a ring (0 centre .. 3 outer lane, with fractions) and a direction in degrees, unbent."""
    below = min(int(ring), 2)
    turn = math.radians(angle + 5 * math.sin(ring * 2.1 + math.radians(angle)) * min(ring, 1))
    radii = ((0.0, 0.0), *((east, north) for east, north, _ in _RINGS))
    east, north = (
        radii[below][axis] + (ring - below) * (radii[below + 1][axis] - radii[below][axis]) for axis in (0, 1)
    )
    bulge = (1 + 0.03 * math.sin(3 * turn + 3.2)) * (1 + 0.05 * math.cos(turn))
    return CENTRE[0] + east * bulge * math.cos(turn), CENTRE[1] + north * bulge * math.sin(turn)


def line(name: str, highway: str, points: list[Point], block: int | None = None) -> Line:
    """Return a line through ``points`` with a point every 50 m, so that it bends with the plan."""
    dense: list[Point] = []
    for a, b in pairwise(points):
        steps = max(1, round(math.hypot(b[0] - a[0], b[1] - a[1]) / 50))
        dense += [(a[0] + (b[0] - a[0]) * i / steps, a[1] + (b[1] - a[1]) * i / steps) for i in range(steps)]
    return Line(name, highway, block, tuple(warp(point) for point in [*dense, points[-1]]))


def main_roads() -> list[Line]:
    """Return the roads out of the market square and the three rings."""
    lines = []
    for angle, name in ROADS:
        # 3.06: past the last ring by a little, so that the two cross for certain
        course = [on_plan(step / 4, angle) for step in range(12)] + [on_plan(3.06, angle)]
        if name in _HIGH_STREET:
            lines.append(line("High Street", "tertiary", course[:5]))
            course = course[4:]
        lines.append(line(name, "secondary", course))
    for number, (_, _, name) in enumerate(_RINGS, 1):
        round_trip = [on_plan(number, angle) for angle in range(20, 381, 6)]
        lines.append(line(name, "primary" if number == 2 else "tertiary", round_trip))
    return lines


def own_streets() -> list[Line]:
    """Return the streets the stories need, drawn by hand."""
    x, y = CENTRE
    square = [(x - 55, y - 40), (x + 50, y - 45), (x + 60, y + 45), (x - 50, y + 40), (x - 55, y - 40)]
    end = on_plan(3.06, 337)
    return [
        line("Market Square", "pedestrian", square),
        line("Easington Way", "residential", [(1900, 3290), (2080, 3420), (2320, 3450), (2560, 3400), (2790, 3470)]),
        line("Sandford Road", "secondary", [end, (5200, 1280), (5700, 1400), (6120, 1560)]),
    ]


def cut_off_streets() -> list[Line]:
    """Return the piece without a way into the rest, as the edge of a map extract leaves it."""
    return [
        line("Ferry Track", "track", [(430, 610), (470, 480), (560, 420)]),
        line("Ferry Track", "track", [(560, 420), (640, 470)]),
        line("Slipway", "path", [(560, 420), (600, 330)]),
    ]


@cache
def blocks() -> tuple[Polygon, ...]:
    """Return the blocks between the main roads, ring by ring, and those beyond as the last."""
    found = []
    for ring in range(3):
        for sector, (start, _) in enumerate(ROADS):
            end = ROADS[(sector + 1) % len(ROADS)][0] + (360 if sector + 1 == len(ROADS) else 0)
            around = [start + (end - start) * step / 12 for step in range(13)]
            outline = [on_plan(ring + step / 8, start) for step in range(8)]
            outline += [on_plan(ring + 1, angle) for angle in around]
            outline += [on_plan(ring + 1 - step / 8, end) for step in range(1, 9 if ring else 8)]
            outline += [on_plan(ring, angle) for angle in reversed(around[1:-1])] if ring else []
            found.append(Polygon([warp(point) for point in outline]))
    found += [Polygon([warp(point) for point in outline]) for outline in _BEYOND]
    prepare(found)
    return tuple(found)
