"""Points into few bytes: six to seven a point in the page, so that half a million incidents still open at once.

Positions go onto a grid of 65,536 steps a side over the study area, the rows into Morton order (near on the ground is
near in the file), each column into differences and byte planes, and the whole through deflate.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from geo.errors import GeoError

GRID_STEPS = 65535
COARSEST_STEP_M = 5.0
_EARTH_CIRCUMFERENCE_M = 40_075_016.686
_HIGHEST_LAT = 85.06

Kind = Literal["delta16", "u16", "u8"]


class Column(NamedTuple):
    """One column to pack: ``delta16`` keeps differences from row to row, ``u16`` and ``u8`` keep values."""

    name: str
    kind: Kind
    values: npt.NDArray[np.integer]


class Grid(NamedTuple):
    """The grid points are rounded to, in unit Web Mercator: its north-west corner and the length of its steps."""

    x: float
    y: float
    step_x: float
    step_y: float


def mercator(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return unit Web Mercator: 0 to 1 eastwards from 180 W and southwards from 85 N, as map tiles count."""
    sine = np.sin(np.radians(np.asarray(lat, dtype=np.float64)))
    x = (np.asarray(lon, dtype=np.float64) + 180) / 360
    y = 0.5 - np.log((1 + sine) / (1 - sine)) / (4 * np.pi)
    return x, y


def step_m(west: float, south: float, east: float, north: float) -> float:
    """Return the step, in metres, of the grid over a study area given in degrees."""
    (left, right), (bottom, top) = mercator([west, east], [south, north])
    size = max(right - left, bottom - top)
    return float(size * _EARTH_CIRCUMFERENCE_M * np.cos(np.radians((south + north) / 2)) / GRID_STEPS)


def grid_over(west: float, south: float, east: float, north: float) -> Grid:
    """Return the grid over a study area given in degrees; GeoError when its steps would be longer than 5 m."""
    (left, right), (bottom, top) = mercator([west, east], [south, north])
    step = step_m(west, south, east, north)
    if step > COARSEST_STEP_M:
        raise GeoError(
            f"The study area is {step * GRID_STEPS / 1000:,.0f} km wide; points on its map would be off by metres.",
            f"Map an area up to {COARSEST_STEP_M * GRID_STEPS / 1000:,.0f} km across, such as one police force.",
        )
    # a single point has no extent: any step will do, and none may be zero
    return Grid(
        float(left), float(top), float((right - left) / GRID_STEPS or 1e-9), float((bottom - top) / GRID_STEPS or 1e-9)
    )


def to_grid(
    grid: Grid, lon: npt.ArrayLike, lat: npt.ArrayLike
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16], npt.NDArray[np.bool_]]:
    """Return grid columns, grid rows, and which points lie on the grid at all (the others are given as 0)."""
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    # a position that could not be projected is infinite, and the poles are so on this projection
    known = np.isfinite(lon) & (np.abs(lat) < _HIGHEST_LAT)
    x, y = mercator(np.where(known, lon, 0), np.where(known, lat, 0))
    column = np.floor((x - grid.x) / grid.step_x + 0.5)
    row = np.floor((y - grid.y) / grid.step_y + 0.5)
    inside = known & (column >= 0) & (column <= GRID_STEPS) & (row >= 0) & (row <= GRID_STEPS)
    return np.where(inside, column, 0).astype(np.uint16), np.where(inside, row, 0).astype(np.uint16), inside


def morton(x: npt.NDArray[np.uint16], y: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint32]:
    """Return the Morton code: the bits of x and y in turn, x on the even ones."""
    return _spread(x) | (_spread(y) << np.uint32(1))


def _spread(values: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint32]:
    spread = values.astype(np.uint32)
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        spread = (spread | (spread << np.uint32(shift))) & np.uint32(mask)
    return spread


def packing_order(
    x: npt.NDArray[np.uint16], y: npt.NDArray[np.uint16], *others: npt.NDArray[np.integer]
) -> npt.NDArray[np.intp]:
    """Return the row order: by Morton code, then by the other columns, so that the order given leaves no trace."""
    return np.lexsort((*reversed(others), morton(x, y)))


def pack(columns: Sequence[Column]) -> bytes:
    """Return the columns one after the other, 16-bit ones as all low bytes and then all high bytes."""
    return b"".join(_planes(column) for column in columns)


def _planes(column: Column) -> bytes:
    if column.kind == "u8":
        return column.values.astype(np.uint8).tobytes()
    values = column.values.astype(np.uint16)
    if column.kind == "delta16":
        values = np.diff(values, prepend=np.uint16(0))  # wraps at 65,536, and is unwrapped the same way
    return (values & 0xFF).astype(np.uint8).tobytes() + (values >> 8).astype(np.uint8).tobytes()


def deflate(content: bytes) -> bytes:
    """Return ``content`` compressed as a browser's ``DecompressionStream("deflate")`` reads it."""
    # Byte planes of differences look filtered, like the rows of a PNG. On half a million points this is as small as
    # level 9 without the hint, in a tenth of its time.
    compressor = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_FILTERED)
    return compressor.compress(content) + compressor.flush()
