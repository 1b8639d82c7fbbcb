"""The fourteen wards: twelve of Ashview, two of the neighbouring town Sandford.

A planar mesh of named corners. Every edge between two corners is drawn once, wiggled, and used by both of its wards,
so that the wards tile without a gap or an overlap.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any, NamedTuple

from shapely import Point as ShapelyPoint
from shapely import Polygon, prepare

from data.ground import Point, degrees, geojson_text, metres, seeded


class Ward(NamedTuple):
    """One ward: what the files say of it, and its corners counter-clockwise."""

    code: str
    name: str
    district: str
    population: int
    households: int
    corners: str


_CORNERS: dict[str, Point] = {
    # south edge, west to east
    "a": (560, 380), "b": (1690, 20), "c": (2880, 170), "d": (3900, -60), "e": (4780, 430),
    # between the southern and the middle wards
    "f": (60, 1520), "g": (1730, 1560), "h": (2950, 1470), "i": (3800, 1420), "j": (5060, 1500),
    # between the middle and the northern wards; two corners more than wards, so that borders meet in threes
    "k": (-90, 2850), "l": (1340, 2820), "m": (1850, 2640), "n": (2520, 2760), "o": (3060, 2690),
    "p": (3620, 2900), "q": (3960, 2830), "r": (4960, 2900),
    # north edge
    "s": (520, 4180), "t": (1420, 4460), "u": (2560, 4560), "v": (3740, 4330), "w": (4640, 4000),
    # Sandford
    "x": (6120, 380), "y": (6560, 1620), "z": (6180, 2820),
}  # fmt: skip

WARDS = (
    Ward("E05999001", "Millbrook", "Ashview", 6_310, 2_420, "abgf"),
    Ward("E05999002", "Ashview Park", "Ashview", 5_240, 2_110, "bchg"),
    Ward("E05999003", "Longacre", "Ashview", 5_870, 2_280, "cdih"),
    Ward("E05999004", "Riverside", "Ashview", 4_620, 1_930, "deji"),
    Ward("E05999005", "Castle Mound", "Ashview", 5_480, 2_260, "fgmlk"),
    Ward("E05999006", "Town Centre", "Ashview", 4_390, 2_350, "ghonm"),
    Ward("E05999007", "Station", "Ashview", 5_760, 2_540, "hiqpo"),
    Ward("E05999008", "Eastgate", "Ashview", 5_150, 2_070, "ijrq"),
    Ward("E05999009", "Northfield", "Ashview", 5_930, 2_330, "klts"),
    Ward("E05999010", "Easington", "Ashview", 5_610, 2_290, "lmnut"),
    Ward("E05999011", "Priory Hill", "Ashview", 4_870, 2_050, "nopvu"),
    Ward("E05999012", "Larkfield", "Ashview", 4_140, 1_680, "pqrwv"),
    Ward("E05999013", "Sandford West", "Sandford", 5_320, 2_180, "exyj"),
    Ward("E05999014", "Sandford Harbour", "Sandford", 4_960, 2_090, "jyzr"),
)

DISTRICTS = {"Ashview": "E07999001", "Sandford": "E07999002"}
ASHVIEW_WARDS = tuple(ward for ward in WARDS if ward.district == "Ashview")
CODE_OF = {ward.name: ward.code for ward in WARDS}


@cache
def _border(start: str, end: str) -> tuple[Point, ...]:
    """Return the wiggly line between two corners, always drawn from the earlier letter."""
    if start > end:
        return tuple(reversed(_border(end, start)))
    dice = seeded(f"border:{start}{end}")
    line: list[Point] = [_CORNERS[start], _CORNERS[end]]
    for roughness in (0.10, 0.12, 0.13, 0.12):
        line = [point for a, b in pairwise(line) for point in (a, _aside(a, b, dice, roughness))]
        line.append(_CORNERS[end])
    return tuple((metres(x), metres(y)) for x, y in line)


def _aside(a: Point, b: Point, dice: Random, roughness: float) -> Point:
    """Return the middle of a line, pushed sideways by up to ``roughness`` of its length."""
    push = dice.uniform(-roughness, roughness)
    return (a[0] + b[0]) / 2 - push * (b[1] - a[1]), (a[1] + b[1]) / 2 + push * (b[0] - a[0])


def ring(ward: Ward) -> list[Point]:
    """Return the outline of a ward in metres, counter-clockwise, closed."""
    corners = ward.corners + ward.corners[0]
    outline = [point for a, b in pairwise(corners) for point in _border(a, b)[:-1]]
    return [*outline, outline[0]]


@cache
def shapes() -> Mapping[str, Polygon]:
    """Return ward code -> polygon in metres from the town's corner."""
    polygons = {ward.code: Polygon(ring(ward)) for ward in WARDS}
    prepare(list(polygons.values()))
    return polygons


def ward_at(point: Point) -> Ward | None:
    """Return the ward a point lies in, or None in the sea."""
    spot = ShapelyPoint(point)
    return next((ward for ward in WARDS if shapes()[ward.code].contains(spot)), None)


def wards_text() -> str:
    """Return wards.geojson in the form of the ONS WD25 file."""
    return geojson_text("WD_2025_ASHVIEW", (_feature(number, ward) for number, ward in enumerate(WARDS, 1)))


def _feature(number: int, ward: Ward) -> dict[str, Any]:
    properties = {
        "FID": number,
        "WD25CD": ward.code,
        "WD25NM": ward.name,
        "WD25NMW": " ",
        "LAD25CD": DISTRICTS[ward.district],
        "LAD25NM": ward.district,
        "population": ward.population,
        "households": ward.households,
    }
    geometry = {"type": "Polygon", "coordinates": [[degrees(point) for point in ring(ward)]]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}
