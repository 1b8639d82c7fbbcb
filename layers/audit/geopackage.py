"""A GeoPackage as what it holds: layers, tables that no map shows, styles, metadata, deleted pages."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from geo.errors import GeoError, counted
from layers.audit.json_values import of_table
from layers.audit.parts import Finding, Part, Positions, Table
from layers.audit.positions import in_degrees, in_metres
from layers.audit.text import readable, unpacked_texts
from layers.libraries import np, pyproj, shapely

_ENVELOPES = (0, 32, 48, 48, 64)
_OWN_TABLES = re.compile(r"(sqlite_|rtree_|gpkg_(?!metadata$|metadata_reference$|data_columns$)).*")


def geopackage_parts(data: bytes, path: Path) -> Iterator[Part]:
    """Yield every table of a GeoPackage or SQLite file: layers, tables that are no layers, styles and metadata.

    ``data``: the file; ``path``: what messages call it, for it may lie in an archive.
    """
    try:
        with closing(sqlite3.connect(":memory:")) as file:
            # a file that another program left in WAL mode asks for a second file beside it, which memory has not
            file.deserialize(data[:18] + b"\x01\x01" + data[20:])
            file.execute("PRAGMA query_only = ON")
            held = file.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name").fetchall()
            yield Part("structure of the file", texts=[str(text) for row in held for text in row if text])
            names = [str(name) for kind, name, _ in held if kind in ("table", "view")]
            geometries = _geometry_columns(file) if "gpkg_geometry_columns" in names else {}
            for name in names:
                if not _OWN_TABLES.fullmatch(name):
                    yield _table_part(file, name, geometries)
                elif name.startswith("gpkg_"):
                    yield _own_texts(file, name)
            yield _beside(file, data)
    except (sqlite3.Error, pyproj.exceptions.CRSError, shapely.errors.GEOSException, ValueError) as error:
        raise GeoError(f"{path}: this GeoPackage is damaged ({error}).", "Copy or export it again.") from None


def _own_texts(file: sqlite3.Connection, name: str) -> Part:
    """Return the texts of a table that the format itself asks for: descriptions, identifiers, definitions."""
    rows = file.execute(f'SELECT * FROM "{name}"')  # a name that the expression above has let through
    return Part(f"table {name}", texts=[value for row in rows for value in row if isinstance(value, str)])


def _beside(file: sqlite3.Connection, data: bytes) -> Part:
    """Return what lies in the file and in no table: deleted rows, gaps in pages, bytes after the end."""
    (free,), (pages,), (size,) = (
        file.execute(f"PRAGMA {what}").fetchone() for what in ("freelist_count", "page_count", "page_size")
    )
    findings = []
    if free:
        what = f"{counted(int(free), 'page')} of deleted data may still hold what was there."
        findings.append(_look("file", what, "Export the file anew, or run VACUUM on it."))
    if len(data) > pages * size:
        what = f"{counted(len(data) - pages * size, 'byte')} after the end of the database."
        findings.append(Finding("breaks", "file", what, [], "Export the file anew."))
    return Part("bytes of the file", texts=readable(data), certain=True, findings=findings)


def _geometry_columns(file: sqlite3.Connection) -> dict[str, tuple[str, str]]:
    rows = file.execute(
        "SELECT table_name, column_name, organization, organization_coordsys_id FROM gpkg_geometry_columns "
        "LEFT JOIN gpkg_spatial_ref_sys USING (srs_id)"
    )
    return {table: (column, f"{authority}:{code}") for table, column, authority, code in rows}


def _table_part(file: sqlite3.Connection, name: str, geometries: dict[str, tuple[str, str]]) -> Part:
    column, crs = geometries.get(name, ("", ""))
    quoted = '"' + name.replace('"', '""') + '"'
    file.text_factory = lambda raw: raw.decode("utf-8", "replace")
    try:
        cursor = file.execute(f"SELECT * FROM {quoted}")  # the name of a table cannot be a parameter
    except sqlite3.OperationalError as error:
        return Part(f"table {name}", findings=[_look(f"table {name}", f"It cannot be read ({error}).")])
    names = [one[0] for one in cursor.description]
    columns = dict(Table.of_rows(names, cursor.fetchall()).columns)
    count = len(next(iter(columns.values()), []))
    place = f"layer {name}" if column else f"table {name} (no layer: not seen on a map)"
    points = shapes = None
    if column in columns:
        points, shapes = _positions(columns.pop(column), crs)
    blobs = [one for one, values in columns.items() if any(isinstance(value, bytes) for value in values)]
    raw = [value for one in blobs for value in columns[one] if isinstance(value, bytes)]
    texts = [text for value in raw for text in (value.decode("utf-8", "ignore"), *unpacked_texts(value))]
    table = Table({one: values for one, values in columns.items() if one not in blobs}, range(1, count + 1))
    return Part(place, name.casefold(), bool(column), table, points or of_table(table), shapes, texts)


def _positions(blobs: Sequence[Any], crs: str) -> tuple[Positions | None, Positions | None]:
    """Return the positions of points, and of the corners of other shapes, from a GeoPackage's geometries."""
    bodies = [
        blob[8 + _ENVELOPES[min((blob[3] >> 1) & 7, 4)] :]
        for blob in blobs
        if isinstance(blob, bytes) and len(blob) > 8 and blob[:2] == b"GP"
    ]
    shapes = shapely.from_wkb(np.array(bodies, dtype=object), on_invalid="ignore")
    shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))] if len(shapes) else shapes
    single = np.isin(shapely.get_type_id(shapes), (0, 4)) if len(shapes) else np.zeros(0, dtype=bool)
    try:
        degrees = pyproj.CRS.from_user_input(crs).is_geographic
    except pyproj.exceptions.CRSError:
        degrees, crs = False, "EPSG:27700"  # nothing is said: taken for the National Grid
    found = []
    for chosen in (shapes[single], shapes[~single]):
        xy = shapely.get_coordinates(chosen)
        made = in_degrees(xy[:, 0], xy[:, 1]) if degrees else in_metres(xy[:, 0], xy[:, 1], crs)
        found.append(made if len(xy) else None)
    return found[0], found[1]


def _look(place: str, what: str, advice: str = "") -> Finding:
    return Finding("look", place, what, [], advice)
