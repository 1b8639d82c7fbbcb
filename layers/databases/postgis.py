"""PostgreSQL with PostGIS: one transaction that may only read, rows streamed by COPY."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

from geo.errors import GeoError
from layers.databases.address import Address
from layers.databases.read import Heading, Named, quoted
from layers.libraries import pa

# a row must fit into a block: the finest boundary of a ward is half of this in hexadecimal
_BLOCK_BYTES = 16_000_000
_PATIENCE_S = 10
_TABLES = """
SELECT n.nspname, c.relname, n.nspname = ANY(current_schemas(false)),
       has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'), c.relkind = 'v'
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE 'pg\\_t%'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2
"""
_MIGHTY = """
SELECT rolsuper OR pg_has_role('pg_read_server_files', 'MEMBER') OR pg_has_role('pg_write_server_files', 'MEMBER')
       OR pg_has_role('pg_execute_server_program', 'MEMBER')
FROM pg_catalog.pg_roles WHERE rolname = current_user
"""
_BINARY = ("bytea", "raster", "tsvector")


class Postgis:
    """A connection; whatever its user may do elsewhere, here it only reads."""

    def __init__(self, address: Address) -> None:
        try:
            import psycopg
        except ImportError:
            raise GeoError(
                f"{address.label}: PostgreSQL is read with psycopg, which is not installed.",
                'Install it with: pip install "geo-engagement[postgis]".',
            ) from None
        self._psycopg: Any = psycopg
        self._address = address
        told = {"connect_timeout": _PATIENCE_S, "application_name": "geo", **address.server}
        self._options: dict[str, Any] = told
        try:
            self._open: Any = psycopg.connect(
                **told,
                options="-c default_transaction_read_only=on -c DateStyle=ISO -c TimeZone=UTC -c client_encoding=UTF8",
            )
            self._open.read_only = True
            self._open.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            # with the first query read-only can no longer be taken back
            self._mighty = bool(self._rows(_MIGHTY)[0][0])
        except (psycopg.Error, UnicodeError) as error:
            raise self._in_words(error) from None

    def tables(self) -> list[Named]:
        """Return its tables and views, without those that belong to PostGIS itself."""
        found = self._rows(_TABLES)
        views = {one[:2] for one in found if one[4]}
        if (
            self._mighty
            and self._address.what
            and {one for one in views if self._address.what in (one[1], ".".join(one))}
        ):
            self.allow_query()  # a view runs whatever its maker wrote, with the rights of this user
        return [Named(*one[:4]) for one in found]

    def allow_query(self) -> None:
        """Refuse a user whose query could open files on the server, which no transaction forbids."""
        if self._mighty:
            user = self._open.info.user
            raise GeoError(
                f"{self._address.label}: {user} may open files on the server: no query or view is run as {user}.",
                "Connect as a role that may only read: CREATE ROLE geo_reader LOGIN PASSWORD '...'; "
                "GRANT SELECT ON ... TO geo_reader. Or name a table.",
            )

    def headings(self, source: str) -> list[Heading]:
        """Return the columns of what stands behind FROM; more than one statement, or one that writes, is refused."""
        connection = self._open.pgconn
        sql = f"SELECT * FROM {source}"
        for statement in (f"COPY ({sql}) TO STDOUT", sql):
            self._refused(connection.prepare(b"geo_rows" if statement is sql else b"", statement.encode()))
        told = connection.describe_prepared(b"geo_rows")
        self._refused(told)
        names = [(told.fname(i) or b"").decode() for i in range(told.nfields)]
        types = [told.ftype(i) for i in range(told.nfields)]
        known = dict(self._rows("SELECT oid, typname FROM pg_catalog.pg_type WHERE oid = ANY(%s)", [types]))
        return [_heading(name, str(known.get(number, ""))) for name, number in zip(names, types, strict=True)]

    def batches(self, sql: str, names: Sequence[str], shape: str) -> Iterator[pa.RecordBatch]:
        """Yield the rows as COPY sends them, block by block."""
        from pyarrow import csv

        columns = [*names, shape] if shape else list(names) or ["nothing"]
        try:
            with self._open.cursor() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)") as copy:
                stream = _Stream(copy)
                if not stream.fill():
                    return
                yield from csv.open_csv(
                    pa.PythonFile(stream, mode="r"),
                    read_options=csv.ReadOptions(column_names=columns, block_size=_BLOCK_BYTES, use_threads=False),
                    parse_options=csv.ParseOptions(newlines_in_values=True),
                    convert_options=csv.ConvertOptions(
                        column_types=dict.fromkeys(columns, pa.string()),
                        null_values=[""],
                        strings_can_be_null=True,
                        quoted_strings_can_be_null=False,
                    ),
                )
        except self._psycopg.Error as error:
            raise self._in_words(error) from None
        except pa.ArrowInvalid as error:
            raise GeoError(
                f"{self._address.label}: a row cannot be read ({str(error)[:80]}).", "Name fewer columns in a query."
            ) from None

    def crs(self, srid: int) -> str:
        """Return the coordinate system of a number: what PostGIS says it is."""
        found = self._rows("SELECT auth_name, auth_srid, srtext FROM spatial_ref_sys WHERE srid = %s", [srid])
        if not found:
            return f"EPSG:{srid}"
        name, number, words = found[0]
        return f"{name}:{number}" if name else str(words)

    def close(self) -> None:
        """End the transaction; there is nothing to keep."""
        self._open.close()

    def _rows(self, sql: str, values: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        try:
            return list(self._open.execute(sql, values or None).fetchall())
        except self._psycopg.Error as error:
            raise self._in_words(error) from None

    def _refused(self, result: Any) -> None:
        if result.status == self._psycopg.pq.ExecStatus.FATAL_ERROR:
            raise self._in_words(self._psycopg.errors.error_from_result(result))

    def _in_words(self, error: Any) -> GeoError:
        """Return what the server or the line to it says, in one line and without the password."""
        label, server = self._address.label, self._address.server
        said = " ".join(str(error).split())
        secret = server.get("password")
        said = said.replace(secret, "***") if secret else said
        state = getattr(error, "sqlstate", None) or ""
        user = server.get("user", "this user")
        if state == "42501":
            return GeoError(
                f"{label}: not allowed ({said}).",
                f"Its owner allows it with: GRANT USAGE ON SCHEMA ... and GRANT SELECT ON ... TO {user}.",
            )
        if state in ("25006", "0A000") or "multiple commands" in said:
            return GeoError(f"{label}: only a query that reads is run ({said}).", "Give one select, and nothing else.")
        if state.startswith(("42", "22", "21")):
            return GeoError(f"{label}: the query cannot be run ({said}).", "Try it in psql, and give it again.")
        if "password" in said or state in ("28P01", "28000"):
            return GeoError(
                f"{label}: the server refuses {user} ({said}).",
                "Check the name and the password: PGPASSWORD, a line of .pgpass, or the URL.",
            )
        if state == "3D000" or "does not exist" in said:
            return GeoError(f"{label}: {said}.", "Check the name of the database and of the user.")
        return GeoError(
            f"{label}: the database does not answer ({said[:300]}).",
            f"Check host and port, and that this machine may reach it: {self._address.shown.split('::')[0]}.",
        )


def _heading(name: str, kind: str) -> Heading:
    column = quoted(name)
    if kind in ("geometry", "geography"):
        return Heading(name, "NULL", f"{column}::geometry::text")
    if kind in _BINARY:
        return Heading(name, "NULL::text", f"encode({column}, 'hex')" if kind == "bytea" and "wkb" in name else "")
    if kind == "bool":
        return Heading(name, f"CASE {column} WHEN true THEN 'yes' WHEN false THEN 'no' END")
    if kind == "timestamptz":
        return Heading(name, f"date_trunc('second', {column})::text")
    if kind == "timestamp":
        return Heading(name, f"date_trunc('second', {column})::text")
    if kind.startswith("_"):
        return Heading(name, f"array_to_string({column}, ';')")
    return Heading(name, f"{column}::text")


class _Stream(io.RawIOBase):
    """What COPY sends, as a file that is read once."""

    def __init__(self, copy: Any) -> None:
        self._parts = iter(copy)
        self._held = memoryview(b"")

    def fill(self) -> bool:
        """Return whether there is something to read."""
        while not self._held:
            part = next(self._parts, None)
            if part is None:
                return False
            self._held = memoryview(part)
        return True

    def readable(self) -> bool:
        """It is read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill ``buffer``, wholly but at the end: how the server parts its answer changes nothing."""
        target, done = memoryview(buffer).cast("B"), 0
        while done < len(target) and self.fill():
            take = min(len(self._held), len(target) - done)
            target[done : done + take] = self._held[:take]
            self._held = self._held[take:]
            done += take
        return done
