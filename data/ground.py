"""The ground Ashview stands on: metres, degrees, seeds and the text forms of the files.

Everything that decides a byte of the sample is fixed here: the transformation to degrees is written out step by step
(a machine with a finer grid file would otherwise move the town by metres), and every number is rounded before it
is written.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Any

import pyproj

Point = tuple[float, float]

# 54.2 N, 1.1 E: open North Sea, 70 km off the nearest coast, so that nobody takes Ashview for a real place.
EAST, NORTH = 600_000.0, 480_000.0

_TO_DEGREES = pyproj.Transformer.from_pipeline(
    "+proj=pipeline +step +inv +proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy "
    "+step +proj=push +v_3 +step +proj=cart +ellps=airy +step +proj=helmert +x=446.448 +y=-125.157 +z=542.06 "
    "+rx=0.15 +ry=0.247 +rz=0.842 +s=-20.489 +convention=position_vector +step +inv +proj=cart +ellps=WGS84 "
    "+step +proj=pop +v_3 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
)


def seeded(table: str) -> Random:
    """Return the dice of one table: a change to one table leaves all others as they were."""
    return Random(f"ashview:{table}")


def metres(x: float) -> float:
    """Round to 0.1 m, the finest the sample states."""
    return round(x, 1)


def grid(point: Point) -> tuple[float, float]:
    """Return easting and northing of a point of the town (metres from its south-west corner)."""
    return metres(EAST + point[0]), metres(NORTH + point[1])


def degrees(point: Point) -> list[float]:
    """Return longitude and latitude of a point of the town, to 6 decimals (0.1 m)."""
    lon, lat = _TO_DEGREES.transform(*grid(point))
    return [round(lon, 6), round(lat, 6)]


def distance(a: Point, b: Point) -> float:
    """Return the straight distance in metres."""
    return math.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2)


def poisson(dice: Random, mean: float) -> int:
    """Return a Poisson count (Knuth's product of uniforms; for small means)."""
    limit, product, count = math.exp(-mean), dice.random(), 0
    while product > limit:
        product *= dice.random()
        count += 1
    return count


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return a CSV: header first, line feeds, empty for None, ``;`` between several values."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({column: _cell(row.get(column)) for column in columns})
    return text.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ";".join(str(item) for item in value)
    return str(value)


def geojson_text(name: str, features: Iterable[Mapping[str, Any]]) -> str:
    """Return a FeatureCollection with one feature a line, so that a change shows in a diff."""
    lines = [json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features]
    return f'{{"type":"FeatureCollection","name":"{name}","features":[\n' + ",\n".join(lines) + "\n]}\n"
