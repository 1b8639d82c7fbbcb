"""One evening's recording of an invented patrol, as a telephone keeps it: GPX, UTC, a few metres off, with a gap."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from data.ground import Point, degrees, distance, seeded
from data.places import PLACES, position
from data.spots import spot

BEGAN = datetime(2026, 1, 9, 18, 0)  # winter: the clock shows UTC
STEP_S = 20
NOISE_M = 6
METRES_PER_MINUTE = 80
_OF = {place.id: position(place) for place in PLACES}


def evening_text() -> str:
    """Return the recording: the library, Market Square, the park gate, the bakery, a gap of 8 minutes, and back.

    Every stop is stayed at for 14 minutes but the last one, Castle Street, where the recording breaks off for 8.
    """
    fixes = "".join(
        f'<trkpt lat="{lat:.6f}" lon="{lon:.6f}"><time>{when:%Y-%m-%dT%H:%M:%S}Z</time></trkpt>\n'
        for when, (lon, lat) in _fixes()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="invented" xmlns="http://www.topografix.com/GPX/1/1">\n'
        f"<trk><trkseg>\n{fixes}</trkseg></trk>\n</gpx>\n"
    )


def _fixes() -> Iterator[tuple[datetime, list[float]]]:
    dice = seeded("evening")
    gap = (BEGAN + timedelta(minutes=100), BEGAN + timedelta(minutes=108))
    for seconds, place in _walk():
        when = BEGAN + timedelta(seconds=seconds)
        noisy = _beside(place, dice)
        if not gap[0] < when < gap[1]:
            yield when, degrees(noisy)


def _walk() -> Iterator[tuple[int, Point]]:
    """Yield where the patrol is, every STEP_S seconds: straight between places, still at them."""
    library = _OF["FP-022"]
    stops = [_OF["FP-023"], spot("park gate"), _OF["FP-020"], spot("mound")]
    seconds, here = 0, library
    for place in [*stops, library]:
        steps = max(1, math.ceil(distance(here, place) * 1.3 / METRES_PER_MINUTE * 60 / STEP_S))
        for step in range(steps):
            share = step / steps
            yield seconds, (here[0] + share * (place[0] - here[0]), here[1] + share * (place[1] - here[1]))
            seconds += STEP_S
        for _ in range(0 if place == library else 14 * 60 // STEP_S):
            yield seconds, place
            seconds += STEP_S
        here = place


def _beside(place: Point, dice: Random) -> Point:
    return place[0] + dice.gauss(0, NOISE_M), place[1] + dice.gauss(0, NOISE_M)
