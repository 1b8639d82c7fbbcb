"""SQLite files (SpatiaLite too): opened for reading alone, and allowed nothing but to read their own tables."""

from __future__ import annotations

import re
import sqlite3
import struct
from collections.abc import Iterator, Sequence
from typing import Any

from geo.errors import GeoError
from layers.databases.address import Address
from layers.databases.read import Heading, Named, quoted
from layers.libraries import pa
from layers.reading.sniff import sqlite_uri

_ROWS = 50_000
# what SpatiaLite keeps for itself
_OWN = re.compile(
    r"(?i)sqlite_.*|idx_.*|spatial_ref_sys.*|geometry_columns.*|views_geometry_.*|virts_geometry_.*|spatialite_history"
    r"|sql_statements_log|elementarygeometries|spatialindex|data_licenses|knn2?"
)
_LARGEST_CELL = 100_000_000
# a part of the rows that takes longer than this is a query without an end
_STEPS, _MOST_STEPS = 1_000_000, 300
_SHAPE_NAMES = re.compile(r"(?i).*(geom|wkb|shape|geog).*")


class Sqlite:
    """An open file. Nothing is attached, loaded or written, also where a view in the file asks for it."""

    def __init__(self, address: Address) -> None:
        self._label = address.label
        self._steps = 0
        if not address.file.is_file():
            raise GeoError(f"{address.file}: no such file.", "Name the database file, and its table behind ::.")
        try:
            self._open = sqlite3.connect(sqlite_uri(address.file), uri=True)
            self._open.text_factory = lambda raw: raw.decode("utf-8", "replace")
            for setting in ("query_only = on", "trusted_schema = off", "cell_size_check = on"):
                self._open.execute(f"PRAGMA {setting}")
            self._open.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST_CELL)
            self._open.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            self._open.set_authorizer(_allowed)
            self._open.set_progress_handler(self._tired, _STEPS)
            self._rows("SELECT count(*) FROM sqlite_master")
        except sqlite3.Error as error:
            raise self._in_words(error) from None

    def tables(self) -> list[Named]:
        """Return its tables and views, without those that belong to SpatiaLite itself."""
        found = self._rows("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name")
        return [Named("", str(name)) for (name,) in found if not _OWN.fullmatch(str(name))]

    def allow_query(self) -> None:
        """Any query may be run: what it may do is decided word by word (``_allowed``)."""

    def headings(self, source: str) -> list[Heading]:
        """Return the columns of what stands behind FROM; one that holds shapes is known by its first value."""
        try:
            told = self._open.execute(f"SELECT * FROM {source} LIMIT 0").description
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise self._in_words(error) from None
        found = []
        for name in (str(one[0]) for one in told):
            column = quoted(name)
            first = self._rows(f"SELECT {column} FROM {source} WHERE typeof({column}) = 'blob' LIMIT 1")
            is_shape = bool(first) and (_SHAPE_NAMES.fullmatch(name) or _is_spatial(first[0][0]))
            found.append(Heading(name, column, column if is_shape else ""))
        return found

    def batches(self, sql: str, names: Sequence[str], shape: str) -> Iterator[pa.RecordBatch]:
        """Yield the rows, fifty thousand at a time."""
        try:
            cursor = self._open.execute(sql)
            while rows := cursor.fetchmany(_ROWS):
                self._steps = 0
                columns = list(zip(*rows, strict=True))
                arrays = [pa.array(map(_text, column), pa.string()) for column in columns[: len(names)]]
                arrays += [pa.array(map(_wkb, columns[-1]), pa.binary())] if shape else []
                keys = [*names, shape] if shape else list(names)
                if not keys:
                    arrays, keys = [pa.nulls(len(rows), pa.string())], ["nothing"]
                yield pa.record_batch(arrays, names=keys)
        except sqlite3.Error as error:
            raise self._in_words(error) from None

    def crs(self, srid: int) -> str:
        """Return the coordinate system of a number, which SpatiaLite takes from EPSG."""
        return f"EPSG:{srid}"

    def close(self) -> None:
        """Close the file."""
        self._open.close()

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        self._steps = 0
        try:
            return self._open.execute(sql).fetchall()
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise self._in_words(error) from None

    def _tired(self) -> bool:
        self._steps += 1
        return self._steps > _MOST_STEPS

    def _in_words(self, error: Exception) -> GeoError:
        said = " ".join(str(error).split())
        if "not authorized" in said or "prohibited" in said or "one statement" in said or "readonly" in said:
            return GeoError(f"{self._label}: only a query that reads is run ({said}).", "Give one select, alone.")
        if "locked" in said:
            return GeoError(
                f"{self._label}: another program holds this file ({said}).", "Close it there, and run again."
            )
        if "interrupted" in said:
            return GeoError(f"{self._label}: the query does not come to an end.", "Give one that picks less.")
        if "syntax error" in said or "no such" in said:
            return GeoError(
                f"{self._label}: the query cannot be run ({said}).", "Try it in sqlite3, and give it again."
            )
        return GeoError(f"{self._label}: the database cannot be read ({said}).", "Copy the file again.")


def _allowed(action: int, first: str | None, second: str | None, *_: Any) -> int:
    """Allow to read, to compute and to repeat; nothing else."""
    reads = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE)
    computes = action == sqlite3.SQLITE_FUNCTION and (second or "").casefold() not in (
        "load_extension",
        "fts3_tokenizer",
    )
    return sqlite3.SQLITE_OK if action in reads or computes else sqlite3.SQLITE_DENY


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    return str(value) if isinstance(value, int) else None


def _is_spatial(value: bytes) -> bool:
    return value[:2] == b"GP" or (len(value) > 43 and value[0] == 0 and value[38] == 0x7C and value[-1] == 0xFE)


def _wkb(value: Any) -> bytes | None:
    """Return a shape as EWKB: SpatiaLite and GeoPackage write a header of their own before it."""
    if not isinstance(value, bytes):
        return None
    if value[:2] == b"GP" and len(value) > 8:
        order, envelope = "<" if value[3] & 1 else ">", (value[3] >> 1) & 7
        (srid,) = struct.unpack(f"{order}i", value[4:8])
        return _with_srid(value[8 + (0, 32, 48, 48, 64, 0, 0, 0)[envelope] :], srid)
    if _is_spatial(value):
        order = "<" if value[1] == 1 else ">"
        (srid,) = struct.unpack(f"{order}i", value[2:6])
        return _with_srid(value[1:2] + _plain_parts(value[39:-1], value[1:2], order), srid)
    return value


def _plain_parts(body: bytes, mark: bytes, order: str) -> bytes:
    """Return what follows the first letter of WKB; SpatiaLite marks each part of a collection with a letter of its own.

    Only parts of a fixed kind are taken apart: those of MULTIPOINT (4), MULTILINESTRING (5) and MULTIPOLYGON (6).
    """
    (kind,) = struct.unpack(f"{order}I", body[:4])
    flat, wide = kind % 1000, 16 + 8 * (kind // 1000 in (1, 2)) + 16 * (kind // 1000 == 3)
    if flat not in (4, 5, 6):
        return body
    out, at = [body[:8]], 8
    (count,) = struct.unpack(f"{order}I", body[4:8])
    for _ in range(count):
        end = at + 5
        if flat == 4:
            end += wide
        else:
            rings = 1
            if flat == 6:
                (rings,) = struct.unpack(f"{order}I", body[end : end + 4])
                end += 4
            for _ in range(rings):
                (points,) = struct.unpack(f"{order}I", body[end : end + 4])
                end += 4 + points * wide
        out.append(mark + body[at + 1 : end])
        at = end
    return b"".join(out)


def _with_srid(wkb: bytes, srid: int) -> bytes:
    if srid <= 0 or len(wkb) < 5:
        return wkb
    order = "<" if wkb[0] == 1 else ">"
    (kind,) = struct.unpack(f"{order}I", wkb[1:5])
    flat, level = kind % 1000, kind // 1000
    kind = flat | (0x80000000 if level in (1, 3) else 0) | (0x40000000 if level in (2, 3) else 0) | 0x20000000
    return wkb[:1] + struct.pack(f"{order}Ii", kind, srid) + wkb[5:]
