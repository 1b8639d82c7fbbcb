"""The streets of Ashview: the plan's main roads, and small streets at an angle of their own in every block."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache
from random import Random
from typing import Any

from data.ground import Point, degrees, distance, geojson_text, seeded
from data.noding import (
    Line,
    Street,
    cut_at_crossings,
    join_close_junctions,
    join_through,
    largest_part,
    touching,
    trim_stubs,
)
from data.plan import CENTRE, PARK, ROADS, blocks, cut_off_streets, line, main_roads, own_streets
from data.words import street_names

# Distance between parallel streets, the two ways, from the centre outwards (the last: beyond the rings).
_SPACING_M = ((130.0, 190.0), (180.0, 300.0), (220.0, 360.0), (180.0, 290.0))
_PATHS_M = (110.0, 150.0)
_SHARE_MISSING = 0.17
_CUL_DE_SAC_M = 45.0


def _small_streets(block: int, dice: Random) -> list[Line]:
    """Return two families of parallel streets over one block; what lies outside it is cut away later."""
    ring, sector = divmod(block, len(ROADS))
    middle: Point = blocks()[block].centroid.coords[0]
    angle = math.atan2(middle[1] - CENTRE[1], middle[0] - CENTRE[0]) + math.radians(dice.uniform(-16, 16))
    in_park = (ring, sector) == PARK
    highway = "footway" if in_park else "residential"
    lines: list[Line] = []
    spacings = _PATHS_M if in_park else _SPACING_M[ring]
    for turn, spacing in zip((angle, angle + math.pi / 2), spacings, strict=True):
        offset = dice.uniform(0, spacing) - 1300
        while offset < 1300:
            # a number stands for the name until it is known which lines survive
            lines.append(line(f"#{block}.{len(lines)}", highway, _parallel(middle, turn, offset, dice), block))
            offset += spacing * dice.uniform(0.8, 1.2)
    return lines


def _parallel(middle: Point, turn: float, offset: float, dice: Random) -> list[Point]:
    """Return a gently swaying line at ``offset`` metres beside the middle of a block."""
    sway, east, north = dice.uniform(-24, 24), math.cos(turn), math.sin(turn)
    points = []
    for along in range(-1300, 1301, 100):
        aside = offset + sway * math.sin(along / 170)
        points.append((middle[0] + along * east - aside * north, middle[1] + along * north + aside * east))
    return points


@cache
def streets() -> tuple[Street, ...]:
    """Return the walking network in metres from the town's corner: one connected town and one piece cut off."""
    dice = seeded("streets")
    drawn = main_roads() + own_streets()
    for block in range(len(blocks())):
        drawn += _small_streets(block, dice)
    pieces = join_close_junctions(cut_at_crossings(drawn, blocks()))
    kept = [street for street in pieces if street.name[0] != "#" or dice.random() > _SHARE_MISSING]
    kept = trim_stubs(largest_part(kept), shorter_than_m=_CUL_DE_SAC_M)
    town = join_through(largest_part(kept))
    return tuple(_named([*town, *cut_at_crossings(cut_off_streets(), ())], dice))


def _named(pieces: list[Street], dice: Random) -> Iterable[Street]:
    """Yield the streets from north to south with a name of their own for every line that survived."""
    names, given = iter(street_names(dice)), dict[str, str]()
    ends = touching(pieces)
    for street in sorted(pieces, key=lambda street: (-max(y for _, y in street.points), street.points)):
        if street.highway == "footway":
            yield street._replace(name="")
        elif street.name[0] == "#":
            given[street.name] = given.get(street.name) or next(names)
            dead_end = any(len(ends[end]) == 1 for end in street.ends)
            yield street._replace(name=given[street.name], highway="living_street" if dead_end else "residential")
        else:
            yield street


def streets_named(*names: str) -> list[Street]:
    """Return the pieces of the streets with these names."""
    return [street for street in streets() if street.name in names]


def nearest_on(name: str, near: Point) -> Point:
    """Return the point of a street (sampled every few metres) nearest to ``near``."""
    points = [street.at(step / 20) for street in streets_named(name) for step in range(21)]
    return min(points, key=lambda point: (distance(point, near), point))


def streets_text() -> str:
    """Return streets.geojson."""
    return geojson_text("ashview_streets", (_feature(street) for street in streets()))


def _feature(street: Street) -> dict[str, Any]:
    geometry = {"type": "LineString", "coordinates": [degrees(point) for point in street.points]}
    properties = {"name": street.name, "highway": street.highway}
    return {"type": "Feature", "properties": properties, "geometry": geometry}
