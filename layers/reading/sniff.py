"""What a file really is, from its first bytes: names and endings lie."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import sqlite3
import zipfile
import zlib
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from geo.errors import GeoError, listed

# what is unpacked is held in memory: a packed file of a megabyte can hold thousands
MOST_BYTES = 1_000_000_000
# so much is held of all files of a download, and of a table of a database
MOST_HELD = 4_000_000_000
# so much is always unpacked; beyond it no more than so many times the packed size: tables shrink to a tenth or so
_ALWAYS, _MOST_TIMES = 100_000_000, 200
# so many times its packed size a table of reports usually is, so many bytes a row; and what is read to know better
_PACKED, _WIDTH, _HEAD = 8, 150, 65_536
# what is held at once, of any kind of file: a table that says it has more is no table of a force
MOST_ROWS, MOST_COLUMNS, MOST_CELLS = 20_000_000, 2_000, 500_000_000
LONGEST_CELL = 10_000_000
# of the tables that a GeoPackage may compute: the index of its shapes, and of its words; views that the standard had
_TABLES = (".csv", ".tsv", ".xlsx")
_VIRTUAL = re.compile(r"(?is)\s*create\s+virtual\s+table\b.*?\busing\s+[\"'`\[]?(\w+)")
_HARMLESS = {"rtree", "fts3", "fts4", "fts5"}
_STANDARD_VIEWS = {"st_spatial_ref_sys", "st_geometry_columns", "spatial_ref_sys", "geometry_columns"}
_MAGIC = (
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),  # an empty archive
    (b"SQLite format 3\x00", "geopackage"),
    (b"PAR1", "parquet"),
    (b"fgb\x03fgb", "flatgeobuf"),
    (b"\x00\x00\x27\x0a", "shapefile"),
    (b"\xd0\xcf\x11\xe0", "old excel"),
    (b"%PDF", "pdf"),
    (b"ARROW1", "Feather"),
    (b"\x00\x01\x00\x00Standard ", "Access"),
    (b"7z\xbc\xaf", "7-Zip"),
    (b"Rar!", "RAR"),
)


def kind_of(head: bytes) -> str:
    """Return what begins with ``head``: a kind named here (workbook, web page, json, xml, empty ...), else ``text``."""
    if head.startswith(b"PK") and (b"[Content_Types].xml" in head or b"xl/" in head):
        return "workbook"
    if head.startswith(b"PK") and b"mimetypeapplication/vnd.oasis.opendocument" in head[:120]:
        return "OpenDocument"
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        return "empty"
    if text[:1] in (b"{", b"["):
        return "json"
    if re.match(rb"(?i)!table\s|version\s+\d+\s+charset\s", text[:100]):
        return "MapInfo"
    if text[:1] == b"<":
        start = text[:1024].lower()
        return "web page" if b"<!doctype html" in start or b"<html" in start else "xml"
    return "text"


def sqlite_uri(file: Path) -> str:
    """Return the file as SQLite opens it to read; one in WAL mode that nobody has open makes no files beside it."""
    with file.open("rb") as stream:
        wal = stream.read(20)[18:20] != b"\x01\x01"
    still = wal and not Path(f"{file}-wal").exists()
    return f"file:{quote(str(file.resolve()))}?mode=ro" + ("&immutable=1" if still else "")


def refuse_computed(file: Path, data: bytes | None, label: str) -> None:
    """Raise GeoError for a GeoPackage in which more stands than rows: a table that opens another file (SpatiaLite's
    VirtualText), or a view, which computes its rows and may never end.

    ``data``: the bytes, where the file holds them only in a gzip or zip.
    """
    try:
        with closing(sqlite3.connect(":memory:" if data is not None else sqlite_uri(file), uri=data is None)) as opened:
            opened.text_factory = lambda raw: raw.decode("utf-8", "replace")
            if data is not None:
                opened.deserialize(data[:18] + b"\x01\x01" + data[20:])  # in one file, whatever its mode
            schema = opened.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    except (sqlite3.Error, OSError) as error:
        raise GeoError(f"{label}: this GeoPackage cannot be read ({error}).", "Copy or download it again.") from None
    made = [
        str(name)
        for kind, name, sql in schema
        if (kind == "view" and name not in _STANDARD_VIEWS)
        or ((using := _VIRTUAL.match(str(sql or ""))) and using[1].casefold() not in _HARMLESS)
    ]
    if made:
        raise GeoError(
            f"{label}: its {listed(made, 4)} is no table of its own, but computed or read from elsewhere.",
            "Only what stands in the file is read: export the layer that is needed into a new GeoPackage.",
        )


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file, or raise GeoError if there is none or it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise GeoError(f"{path}: no such file.", _nearby(path)) from None
    except IsADirectoryError:
        raise GeoError(f"{path}: this is a folder, not a file.", "Name the file inside it.") from None
    except (OSError, ValueError) as error:  # a name too long, or with a zero byte in it
        why = getattr(error, "strerror", None) or str(error)
        raise GeoError(f"{path}: cannot be read ({why}).", "Check the name and your rights to the file.") from None


def is_folder(path: Path) -> bool:
    """Return whether ``path`` is a folder; an impossible name is none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def rows_about(path: Path) -> int:
    """Return about how many rows a table, or those of a folder or zip, hold, by their size and the width of the first
    rows; 0 where that is not known.
    """
    try:
        files = [one for one in sorted(path.rglob("*")) if one.is_file()] if is_folder(path) else [path]
        size = sum(one.stat().st_size * (_PACKED if one.suffix in (".gz", ".zip") else 1) for one in files)
        packed = files[0].suffix == ".gz"
        with gzip.open(files[0]) if packed else files[0].open("rb") as stream:
            head = stream.read(_HEAD)
    except (OSError, EOFError, ValueError, IndexError, zlib.error):
        return 0
    width = len(head) / max(head.count(b"\n"), 1)
    return round(size / (_WIDTH if kind_of(head) != "text" else max(width, 1)))


def decompressed(data: bytes, label: str) -> bytes:
    """Return ``data`` without its gzip wrapping, if it has one."""
    if kind_of(data[:16]) != "gzip":
        return data
    try:
        most = _most(len(data))
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            found = stream.read(most + 1)
        if len(found) > most:
            raise _too_much(label, most)
        return found
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        what = "cut off in the middle" if isinstance(error, EOFError) else "damaged"
        raise GeoError(
            f"{label}: this gzip file is {what} ({len(data):,} bytes).", "Download or copy it again."
        ) from None


def open_archive(path: Path) -> zipfile.ZipFile:
    """Return the opened zip archive, or raise GeoError if it is damaged."""
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError):
        raise GeoError(
            f"{path}: this zip archive is damaged or cut off.", "Download it again, then compare the sizes."
        ) from None


def one_table_in(data: bytes) -> str | None:
    """Return the name of the one table in an archive, where it holds nothing else that could be meant; else None."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [one for one in archive.namelist() if not one.endswith("/") and "__MACOSX/" not in one]
    except (zipfile.BadZipFile, OSError, ValueError):
        return None
    tables = [one for one in names if one.lower().endswith(_TABLES)]
    others = [one for one in names if one.lower().endswith((".shp", ".gpkg", ".geojson", ".json", ".kml", ".fgb"))]
    return tables[0] if len(tables) == 1 and not others else None


def read_member(archive: zipfile.ZipFile, name: str, label: str) -> bytes:
    """Return one file of an archive, or raise GeoError where it is damaged, locked, or unpacks to too much."""
    try:
        part = archive.getinfo(name)
        if part.file_size > (most := _most(part.compress_size)):
            raise _too_much(f"{label}: {name}", most)
        return archive.read(part)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError, NotImplementedError, EOFError) as error:
        if isinstance(error, GeoError):
            raise
        raise GeoError(f"{label}: {name} cannot be read ({error}).", "Download it again.") from None


def _most(packed: int) -> int:
    """Return how many bytes may come out of so many packed ones."""
    return min(MOST_BYTES, max(_ALWAYS, _MOST_TIMES * packed))


def require_size(label: str, rows: int, columns: int, *, most_cells: int = MOST_CELLS) -> None:
    """Raise GeoError, naming the limit, where a table has more rows, columns or cells than are held at once."""
    beyond = (
        f"{rows:,} rows; at most {MOST_ROWS:,} are read"
        if rows > MOST_ROWS
        else f"{columns:,} columns; at most {MOST_COLUMNS:,} are read"
        if columns > MOST_COLUMNS
        else f"{rows:,} rows of {columns:,} columns; at most {most_cells:,} cells are read"
        if rows * columns > most_cells
        else ""
    )
    if beyond:
        raise GeoError(f"{label}: {beyond}.", "Export only the columns and the period that are needed.")


def too_long(label: str) -> GeoError:
    """Return the GeoError for a table with a cell, or a row of text, of more bytes than are read of one."""
    return GeoError(
        f"{label}: a cell of more than {LONGEST_CELL / 1e6:,.0f} MB, which is the most that is read of one.",
        "A closing quotation mark may be missing; else leave that column out.",
    )


def _too_much(label: str, most: int) -> GeoError:
    return GeoError(
        f"{label}: unpacks to more than {most / 1e6:,.0f} MB, which is the most that is read.",
        "Unpack it, and give a part of it.",
    )


def sha256(data: bytes) -> str:
    """Return the SHA-256 of ``data`` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def refuse(label: str, kind: str, head: bytes = b"") -> GeoError:
    """Return the GeoError for a file that is not data: a web page, an Excel workbook, an empty file ..."""
    if kind == "web page":
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:15].decode("ascii", "replace")
        return GeoError(
            f"{label}: this is a web page, not data (it starts with {start}).",
            'Download it again with the "raw" or "download" link.',
        )
    if kind == "empty":
        return GeoError(f"{label}: the file is empty.", "Download or export it again.")
    if kind in ("old excel", "workbook"):
        return GeoError(f"{label}: this is an Excel workbook.", 'Save the sheet as "CSV UTF-8" and use that file.')
    if kind in ("7-Zip", "RAR"):
        return GeoError(f"{label}: this is {_an(kind)} archive.", "Unpack it, and name the file inside.")
    return GeoError(
        f"{label}: this is {_an(kind)} file, which cannot be used here.",
        "Save it as CSV, or where it holds shapes as GeoPackage or GeoJSON.",
    )


def _an(kind: str) -> str:
    return f"{'an' if kind[0].lower() in 'aeiou' else 'a'} {kind}"


def _nearby(path: Path) -> str:
    """Return the files that are there instead, for a mistyped name."""
    folder = path.parent
    if not folder.is_dir():
        return f"The folder {folder} does not exist either."
    names = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
    return f"In that folder: {listed(names, 8)}." if names else "The folder is empty."
