"""DuckDB files: opened for reading alone, with every way to other files and to the network closed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from geo.errors import GeoError
from layers.databases.address import Address
from layers.databases.read import Heading, Named, quoted
from layers.libraries import pa

_ROWS = 50_000
_CLOSED = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
    "temp_directory": "",
    "memory_limit": "2GB",
    "lock_configuration": "true",
}
_SHAPE_NAMES = re.compile(r"(?i).*(geom|wkb|shape|geog).*")


class Duck:
    """An open file."""

    def __init__(self, address: Address) -> None:
        try:
            import duckdb
        except ImportError:
            raise GeoError(
                f"{address.label}: DuckDB files are read with duckdb, which is not installed.",
                'Install it with: pip install "geo-engagement[duckdb]".',
            ) from None
        self._label = address.label
        self._duckdb: Any = duckdb
        if not address.file.is_file():
            raise GeoError(f"{address.file}: no such file.", "Name the database file, and its table behind ::.")
        try:
            self._open: Any = duckdb.connect(str(address.file), read_only=True, config=_CLOSED)
        except duckdb.Error as error:
            raise self._in_words(error) from None

    def tables(self) -> list[Named]:
        """Return its tables and views."""
        sql = (
            "SELECT schema_name, name FROM (SELECT schema_name, table_name AS name, internal FROM duckdb_tables() "
            "UNION ALL SELECT schema_name, view_name, internal FROM duckdb_views()) WHERE NOT internal ORDER BY ALL"
        )
        return [Named(str(schema), str(name), near=schema == "main") for schema, name in self._rows(sql)]

    def allow_query(self) -> None:
        """Any query may be run: other files and the network are closed to it."""

    def headings(self, source: str) -> list[Heading]:
        """Return the columns of what stands behind FROM; more than one statement, or one that writes, is refused."""
        sql = f"SELECT * FROM {source}"
        try:
            if len(self._duckdb.extract_statements(sql)) != 1:
                raise GeoError(f"{self._label}: only a query that reads is run.", "Give one select, and nothing else.")
        except self._duckdb.Error as error:
            raise self._in_words(error) from None
        return [_heading(str(name), str(kind)) for name, kind, *_ in self._rows(f"DESCRIBE {sql}")]

    def batches(self, sql: str, names: Sequence[str], shape: str) -> Iterator[pa.RecordBatch]:
        """Yield the rows, fifty thousand at a time."""
        columns = [*names, shape] if shape else list(names) or ["nothing"]
        kinds = [pa.binary() if name == shape else pa.string() for name in columns]
        try:
            reader = self._open.sql(sql).to_arrow_reader(_ROWS)
            for batch in reader:
                arrays = [one.cast(kind) for one, kind in zip(batch.columns, kinds, strict=True)]
                yield pa.record_batch(arrays, names=columns)
        except (self._duckdb.Error, pa.ArrowException, OSError) as error:
            raise self._in_words(error) from None

    def crs(self, srid: int) -> str:
        """Return the coordinate system of a number."""
        return f"EPSG:{srid}"

    def close(self) -> None:
        """Close the file."""
        self._open.close()

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        try:
            return list(self._open.execute(sql).fetchall())
        except self._duckdb.Error as error:
            raise self._in_words(error) from None

    def _in_words(self, error: Exception) -> GeoError:
        said = " ".join(str(error).split())[:300]
        if "Permission" in said or "disabled" in said or "read-only" in said:
            return GeoError(
                f"{self._label}: only a query that reads tables of this file is run ({said}).",
                "Give one select, alone.",
            )
        if "lock" in said:
            return GeoError(f"{self._label}: another program holds this file.", "Close it there, and run again.")
        if said.startswith(("Parser", "Binder", "Catalog", "Conversion")):
            return GeoError(f"{self._label}: the query cannot be run ({said}).", "Try it in duckdb, and give it again.")
        return GeoError(f"{self._label}: the database cannot be read ({said}).", "Copy the file again.")


def _heading(name: str, kind: str) -> Heading:
    column = quoted(name)
    if kind.startswith("GEOMETRY"):
        system = re.search(r"'([^']+)'", kind)
        return Heading(name, "NULL", f"ST_AsWKB({column})", system[1] if system else "")
    if kind in ("BLOB", "WKB_BLOB"):
        return Heading(name, "NULL", column if kind == "WKB_BLOB" or _SHAPE_NAMES.fullmatch(name) else "")
    if kind == "BOOLEAN":
        return Heading(name, f"CASE {column} WHEN true THEN 'yes' WHEN false THEN 'no' END")
    if kind.startswith("TIMESTAMP"):
        return Heading(name, f"CAST(date_trunc('second', {column}) AS VARCHAR)")
    if kind.endswith("[]"):
        return Heading(name, f"array_to_string({column}, ';')")
    return Heading(name, f"CAST({column} AS VARCHAR)")
