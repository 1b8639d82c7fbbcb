"""Points packed into a page, taken out again: compressed or not, they are as public as the page."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterator
from typing import Any

from layers.audit.parts import Part, Table
from layers.audit.positions import in_degrees
from layers.libraries import NDArray, np

_MOST_BYTES = 500_000_000
_WIDTHS = {"u8": 1, "u16": 2, "delta16": 2}
_EARTH_CIRCUMFERENCE_M = 40_075_016.686


def schemas_in(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every description of packed columns in a JSON value: an object with rows, columns and a grid."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if {"rows", "columns", "grid"} <= set(one):
                yield one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += [part for part in one if isinstance(part, dict | list)]


def is_base_map(raw: bytes, value: Any) -> bool:
    """Whether a block is the streets, water and parks that a JSON value describes (maps/base_map.py), and no more."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if {"shapes", "points", "classes", "grid"} <= set(one):
                counts = (one["shapes"], one["points"])
                # a row a shape: its points in two bytes and its class in one; a row a point: two numbers of two bytes
                if all(type(count) is int for count in counts) and len(raw) == 3 * counts[0] + 4 * counts[1]:
                    return True
            waiting += one.values()
        elif isinstance(one, list):
            waiting += [part for part in one if isinstance(part, dict | list)]
    return False


def inflated(text: str) -> bytes | None:
    """Return the bytes of a base64 block, decompressed if they are compressed; None where it is no base64."""
    try:
        raw = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    for window in (zlib.MAX_WBITS, zlib.MAX_WBITS | 16, -zlib.MAX_WBITS):
        try:
            return zlib.decompressobj(window).decompress(raw, _MOST_BYTES)
        except zlib.error:
            continue
    return raw


def unpacked(raw: bytes, schema: dict[str, Any], place: str) -> Part | None:
    """Return packed columns as a part with a table and positions; None where ``schema`` does not describe ``raw``."""
    try:
        rows, kinds = int(schema["rows"]), [(str(name), str(kind)) for name, kind in schema["columns"]]
        if sum(_WIDTHS[kind] for _, kind in kinds) * rows != len(raw):
            return None
        columns = _columns(raw, rows, kinds)
        grid = {name: float(schema["grid"][name]) for name in ("x", "y", "step_x", "step_y")}
        across, down = columns.pop("x"), columns.pop("y")
    except (KeyError, TypeError, ValueError):
        return None
    unit_x, unit_y = grid["x"] + across * grid["step_x"], grid["y"] + down * grid["step_y"]
    lat = np.degrees(2 * np.arctan(np.exp((0.5 - unit_y) * 2 * np.pi)) - np.pi / 2)
    narrow = float(np.cos(np.radians(np.median(lat)))) if rows else 1.0
    step_m = max(grid["step_x"], grid["step_y"]) * _EARTH_CIRCUMFERENCE_M * narrow
    lists = schema.get("lists")
    table = Table({name: _named(values, name, lists) for name, values in columns.items()}, range(1, rows + 1))
    return Part(place, "incidents", True, table, in_degrees(unit_x * 360 - 180, lat, step_m))


def _columns(raw: bytes, rows: int, kinds: list[tuple[str, str]]) -> dict[str, NDArray[np.integer[Any]]]:
    made: dict[str, NDArray[np.integer[Any]]] = {}
    start = 0
    for name, kind in kinds:
        low = np.frombuffer(raw, np.uint8, rows, start)
        start += rows
        if kind == "u8":
            made[name] = low
            continue
        values = low + np.uint16(256) * np.frombuffer(raw, np.uint8, rows, start)
        start += rows
        made[name] = np.cumsum(values, dtype=np.uint64).astype(np.uint16) if kind == "delta16" else values
    return made


def _named(values: NDArray[np.integer[Any]], name: str, lists: Any) -> list[Any]:
    """Return codes as what they stand for."""
    names = lists.get(name) if isinstance(lists, dict) else None
    codes: list[Any] = values.tolist()
    if not isinstance(names, list) or not codes or max(codes) >= len(names) or len({*map(str, names)}) < len(names):
        return codes
    return [str(names[code]) for code in codes]
