"""The notes of one workshop, as its page exports them: what people know that no report says."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from data.ground import Point, degrees, geojson_text, seeded
from data.places import PLACES, position
from data.spots import spot
from data.streets import nearest_on

# an evening in the library, after dark
BEGAN = datetime(2025, 11, 13, 18, 34)
MAP = "ashview-workshop"
# where Outer Lane dips under the railway in Larkfield: hardly a report, and many bad feelings
UNDERPASS = nearest_on("Outer Lane", (4130, 3330))
_OF = {place.id: position(place) for place in PLACES}


class Note(NamedTuple):
    """One note. ``shape``: one point, the corners of a line, or those of an area (closed)."""

    feeling: str
    text: str
    shape: tuple[Point, ...]


def _by(place: Point, east: float = 0, north: float = 0) -> tuple[Point]:
    return ((place[0] + east, place[1] + north),)


def _round(middle: Point, reach_m: float, corners: int = 6) -> tuple[Point, ...]:
    """Return an area as a hand draws it: some corners round a place, closed."""
    turns = [math.tau * step / corners for step in range(corners)]
    ring = [(middle[0] + reach_m * math.cos(turn), middle[1] + 0.8 * reach_m * math.sin(turn)) for turn in turns]
    return (*ring, ring[0])


def _notes() -> Iterable[Note]:
    park, shop, school, station = spot("park gate"), spot("shop"), spot("school gate"), spot("station")
    square, library = _OF["FP-023"], _OF["FP-022"]
    yield Note("unsafe", "Groups at the park gate in the evening since the youth hub shut", _by(park, 6, 9))
    yield Note("unsafe", "I walk the long way round after dark", _by(park, -12, 4))
    yield Note("unsafe", "Needles and broken glass by the gate", _by(park, 22, -15))
    yield Note(
        "unsafe",
        "No light between the gate and the bandstand",
        (park, (park[0] + 70, park[1] - 25), *_by(spot("bandstand"))),
    )
    yield Note("unsafe", "The underpass: no lamp, nobody about, you cannot see who comes", _by(UNDERPASS, 3, 2))
    yield Note("unsafe", "My daughter will not go through the underpass on her own", _by(UNDERPASS, -9, 12))
    yield Note("unsafe", "We stopped using it. Never told anybody, what would they do?", _by(UNDERPASS, 14, -6))
    yield Note("unsafe", "Whole stretch to the underpass feels deserted", _round(UNDERPASS, 60))
    yield Note("unsafe", "Shouting at people outside the shop, it was bad in the summer", _by(shop, 5, -4))
    yield Note("unsafe", "Drinking on the steps when the last train is in", _by(station, -8, 3))
    yield Note("unsafe", "Path behind the bakery, dogs off the lead", _by(_OF["FP-020"], 18, 11))
    yield Note("safe", "Market square: always somebody there who knows you", _by(square, 4, 6))
    yield Note("safe", "Market days are fine", _by(square, -20, -8))
    yield Note("safe", "The whole square since they put the lamps in", _round(square, 55, 5))
    yield Note("safe", "Library, the staff look out for the kids", _by(library, 2, -5))
    yield Note("safe", "Women's circle on Thursdays", _by(_OF["FP-033"], 1, 1))
    yield Note("safe", "Good crossing now", _by(school, -15, 10))
    yield Note("idea", "A bench at the library", _by(library, 9, 3))
    yield Note("idea", "Open the hub again, two evenings would do", _by(_OF["FP-001"], 0, 8))
    yield Note("idea", "Lamps in the underpass, and cut the hedge", _by(UNDERPASS, 7, -2))
    yield Note(
        "idea",
        "A walk with the team along here once a month, from the village hall",
        (_OF["FP-015"], (4230, 3300), UNDERPASS),
    )
    yield Note(
        "idea",
        "Come to the shop on Saturdays, many of us are there and nobody has ever come to see us",
        _by(_OF["FP-020"], -3, 4),
    )
    yield Note("idea", "Games court on the empty ground", _round((2180, 1120), 40, 4))
    yield Note("idea", "Somebody at the gate when school is out", _by(school, 12, -7))


NOTES = tuple(_notes())


def workshop_text() -> str:
    """Return workshop_notes.geojson."""
    dice = seeded("workshop")
    made = BEGAN
    features = []
    for note in NOTES:
        made += timedelta(seconds=dice.randint(40, 280))
        features.append(_feature(note, made, UUID(int=dice.getrandbits(128), version=4)))
    return geojson_text("workshop_notes", features)


def _feature(note: Note, made: datetime, name: UUID) -> dict[str, Any]:
    corners = [degrees(point) for point in note.shape]
    kind = "point" if len(corners) == 1 else "area" if corners[0] == corners[-1] else "line"
    geometry = {
        "point": {"type": "Point", "coordinates": corners[0]},
        "line": {"type": "LineString", "coordinates": corners},
        "area": {"type": "Polygon", "coordinates": [corners]},
    }[kind]
    properties = {
        "id": str(name),
        "created": f"{made.isoformat(timespec='milliseconds')}Z",
        "kind": kind,
        "feeling": note.feeling,
        "note": note.text,
        "map": MAP,
    }
    return {"type": "Feature", "properties": properties, "geometry": geometry}
