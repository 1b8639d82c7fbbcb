"""Values of JSON, from a file or a page, into tables, positions and texts, however they are nested."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from layers.audit.parts import Part, Positions, Table, number_of
from layers.audit.positions import in_degrees, in_metres, of_columns
from layers.libraries import np

_GEOMETRIES = frozenset(
    ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection")
)
_POINTS = ("Point", "MultiPoint")
# where a page looks, and where it writes a name: not where something happened
_VIEWS = frozenset(("bounds", "center", "centre", "location", "label", "bbox", "maxbounds", "max_bounds", "grid"))
# what the record of a run says of an input's headings: {the name geo gives a column: the file's own}, no data of it
_HEADINGS = re.compile(r"\.inputs\.\w+\.headings(?:\.|$)")
_GREATEST_DEPTH = 200
_WORD = re.compile(r"[A-Za-z_]{1,40}")


class _Found:
    """What was met on the way, by the path to it."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.points: dict[str, list[list[float]]] = defaultdict(list)
        self.shapes: dict[str, list[list[float]]] = defaultdict(list)
        self.pairs: dict[str, list[list[float]]] = defaultdict(list)
        self.texts: dict[str, list[str]] = defaultdict(list)


def parts_of(value: Any, place: str, *, layer: str = "", strict: bool = False) -> list[Part]:
    """Return the parts of a JSON value: its lists of objects as tables, geometries and pairs of numbers as positions.

    ``place`` says where the value stands; ``layer`` names what the whole is, if it is one layer. GeoJSON positions are
    longitude and latitude, or metres where they are too large for degrees; other pairs are taken for latitude and
    longitude, as Leaflet writes them, unless only the other order lies on Earth.
    """
    found = _Found()
    _walk(value, "", found, 0)
    parts = []
    for path in sorted({*found.rows, *found.points, *found.shapes, *found.pairs, *found.texts}):
        name = path.strip(".").rsplit(".", 1)[-1]
        rows = found.rows.get(path, [])
        table = Table.of_records(rows)
        points = _joined(_geojson(found.points.get(path, [])), _leaflet(found.pairs.get(path, [])), of_table(table))
        shapes = _geojson(found.shapes.get(path, []))
        where = f"{place}, {path.strip('.')}" if path.strip(".") else place
        parts.append(
            Part(where, layer or name, strict, table, points, shapes, list(dict.fromkeys(found.texts.get(path, []))))
        )
    return parts


def of_table(table: Table) -> Positions | None:
    """Return the positions in the columns of a table, None where it has none."""
    columns = of_columns(list(table.columns))
    if columns is None or not len(table):
        return None
    across, up, metric = columns
    pairs = [
        (x, y)
        for x, y in zip(map(number_of, table.columns[across]), map(number_of, table.columns[up]), strict=True)
        if x is not None and y is not None
    ]
    if not pairs or metric != (max(abs(y) for _, y in pairs) > 1000):
        return None  # called x and y, but pixels or shares
    xy = np.array(pairs, dtype=np.float64)
    return in_metres(xy[:, 0], xy[:, 1]) if metric else in_degrees(xy[:, 0], xy[:, 1])


def _walk(value: Any, path: str, found: _Found, depth: int) -> None:
    if depth > _GREATEST_DEPTH:
        return
    if isinstance(value, dict):
        _walk_object(value, path, found, depth)
    elif isinstance(value, list):
        _walk_list(value, path, found, depth)
    elif isinstance(value, str):
        found.texts[path].append(value)


def _walk_object(value: dict[str, Any], path: str, found: _Found, depth: int) -> None:
    kind = value.get("type")
    if kind in _GEOMETRIES and ("coordinates" in value or "geometries" in value):
        if kind == "GeometryCollection":
            for one in value.get("geometries") or []:
                _walk(one, path, found, depth + 1)
        else:
            _flatten(value["coordinates"], (found.points if kind in _POINTS else found.shapes)[path])
        return
    if kind == "FeatureCollection":
        _walk(value.get("features"), path, found, depth + 1)
        value = {key: part for key, part in value.items() if key != "features"}
    elif kind == "Feature":
        properties = value.get("properties")
        _walk({**(properties if isinstance(properties, dict) else {})}, path, found, depth + 1)
        _walk(value.get("geometry"), path, found, depth + 1)
        value = {key: part for key, part in value.items() if key not in ("properties", "geometry")}
    found.texts[path] += [key for key in value if not _WORD.fullmatch(key)]
    plain = {key: part for key, part in value.items() if not isinstance(part, dict | list)}
    if _HEADINGS.match(path):
        found.texts[path] += _words_in(plain)
    elif plain and kind not in ("Feature", "FeatureCollection"):
        found.rows[path].append(plain)
    else:
        found.texts[path] += [part for part in plain.values() if isinstance(part, str)]
    for key, part in value.items():
        if isinstance(part, dict | list) and key.casefold() not in _VIEWS:
            # the geometry of a record belongs to the record
            inner = path if key in ("geometry", "properties") else f"{path}.{key}"
            _walk(part, inner, found, depth + 1)
        elif isinstance(part, dict | list):
            found.texts[path] += _words_in(part)


def _words_in(value: Any) -> list[str]:
    """Return every text in a value, keys too."""
    waiting, found = [value], []
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str):
            found.append(one)
    return found


def _walk_list(value: list[Any], path: str, found: _Found, depth: int) -> None:
    if _is_pair(value):
        found.pairs[path].append(value[:2])
        return
    name = path.rsplit(".", 1)[-1]
    for part in value:
        if isinstance(part, int | float) and not isinstance(part, bool):
            found.rows[path].append({name: part})
        else:
            _walk(part, path, found, depth + 1)


def _is_pair(value: list[Any]) -> bool:
    """Return whether a list begins like a position in degrees: two numbers, with three decimals or more."""
    return (
        2 <= len(value) <= 4
        and all(isinstance(part, float) for part in value[:2])
        and abs(value[0]) <= 180
        and abs(value[1]) <= 180
        and all(round(part, 2) != part for part in value[:2])
        and (abs(value[0]) > 1 or abs(value[1]) > 1)
    )


def _flatten(coordinates: Any, into: list[list[float]]) -> None:
    waiting = [coordinates]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list) and len(one) >= 2 and all(isinstance(part, int | float) for part in one[:2]):
            into.append(one[:2])
        elif isinstance(one, list):
            waiting += one


def _geojson(pairs: Sequence[Sequence[float]]) -> Positions | None:
    if not pairs:
        return None
    xy = np.array(pairs, dtype=np.float64)
    return in_metres(xy[:, 0], xy[:, 1]) if np.abs(xy).max() > 360 else in_degrees(xy[:, 0], xy[:, 1])


def _leaflet(pairs: Sequence[Sequence[float]]) -> Positions | None:
    if not pairs:
        return None
    first, second = np.array(pairs, dtype=np.float64).T
    british = (first > -9.5) & (first < 2.5) & (second > 49) & (second < 62)
    swapped = british.mean() > 0.5 or np.abs(first).max() > 90
    return in_degrees(first, second) if swapped else in_degrees(second, first)


def _joined(*positions: Positions | None) -> Positions | None:
    known = [one for one in positions if one is not None and len(one.lon)]
    if not known:
        return None
    return Positions(*(np.concatenate(parts) for parts in zip(*known, strict=True)))
