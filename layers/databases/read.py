"""A table or a query of a database into columns of text and shapes, a part at a time; nothing can be written."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from geo.errors import GeoError, counted, listed
from layers.databases.address import Address, address_of
from layers.libraries import gpd, np, pa, pc, pyproj, shapely
from layers.reading.report import FileRead
from layers.reading.sniff import MOST_HELD, MOST_ROWS, require_size
from layers.reading.vector import VectorFile, with_crs

# of several columns of shapes the first of these is read, else the first
_SHAPES = ("geom", "geometry", "the_geom", "wkb_geometry", "shape", "geog", "wkb")


class Heading(NamedTuple):
    """A column: its ``name``, the SQL that gives it as ``text``, and the SQL that gives its ``shape``, as WKB or EWKB
    or those in hexadecimal; empty for a column that is none. ``crs``: of its shapes, where the type says it.
    """

    name: str
    text: str
    shape: str = ""
    crs: str = ""


class Named(NamedTuple):
    """A table or view: ``near`` where it is found without naming its schema; ``readable`` by this user."""

    schema: str
    name: str
    near: bool = True
    readable: bool = True


class Database(Protocol):
    """An open database. Whatever fails in it is raised as a GeoError."""

    def tables(self) -> list[Named]:
        """Return its tables and views."""

    def allow_query(self) -> None:
        """Raise GeoError where a query could do more than read tables."""

    def headings(self, source: str) -> list[Heading]:
        """Return the columns of what stands behind FROM."""

    def batches(self, sql: str, names: Sequence[str], shape: str) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a SELECT, in parts: text by name, and the column ``shape`` as bytes or hexadecimal."""

    def crs(self, srid: int) -> str:
        """Return the coordinate system behind a number that shapes hold."""

    def close(self) -> None:
        """Let go of it."""


class Rows(NamedTuple):
    """``columns``: text by heading, dictionary-encoded, null where empty; ``shapes``: None for a table without any;
    ``sha256``: of all values read, in their order.
    """

    columns: dict[str, pa.ChunkedArray]
    shapes: gpd.GeoSeries | None
    file: FileRead


class Source(NamedTuple):
    """A table or a query, open: its ``headings`` without the column of shapes, and what was chosen."""

    database: Database
    address: Address
    what: str
    headings: list[Heading]
    shape: Heading | None
    choices: list[str]

    @property
    def names(self) -> list[str]:
        """The names of its columns of text."""
        return [one.name for one in self.headings]

    def read(self, names: Sequence[str], *, crs: str | None = None, option: str = "--crs") -> Rows:
        """Return all rows of some columns; of others nothing is fetched.

        ``crs`` (given by ``option``) says which coordinate system shapes are in that do not say.
        """
        chosen = [one for one in self.headings if one.name in names]
        keys = [f"c{number}" for number in range(len(chosen))]
        wanted = [f"{one.text} AS {key}" for key, one in zip(keys, chosen, strict=True)]
        wanted += [f"{self.shape.shape} AS shape"] if self.shape is not None else []
        sql = f"SELECT {', '.join(wanted or ['NULL'])} FROM {self.what}"
        parts = _Parts(self.address.label)
        for batch in self.database.batches(sql, keys, "shape" if self.shape is not None else ""):
            parts.add(batch, keys)
        columns = {one.name: parts.column(key) for key, one in zip(keys, chosen, strict=True)}
        shapes = None if self.shape is None else self._placed(parts, crs, option)
        return Rows(columns, shapes, FileRead(self.address.shown, parts.digest.hexdigest(), parts.rows))

    def _placed(self, parts: _Parts, crs: str | None, option: str) -> gpd.GeoSeries:
        """Return the shapes with the coordinate system that they say, or that was given."""
        assert self.shape is not None
        shapes = np.concatenate(parts.shapes) if parts.shapes else np.array([], object)
        numbers = sorted({int(one) for one in np.unique(shapely.get_srid(shapes)) if one > 0})
        if len(numbers) > 1:
            raise GeoError(
                f"{self.address.label}: shapes of several coordinate systems in one column "
                f"({self.shape.name}: SRID {listed([str(one) for one in numbers])}).",
                "Bring them into one: ST_Transform(geom, 27700) in a query does it.",
            )
        known = self.database.crs(numbers[0]) if numbers else self.shape.crs
        placed = gpd.GeoSeries(shapely.set_srid(shapes, 0), crs=_system(known, self.address.label))
        if placed.crs is not None and crs is None:
            return placed
        if not len(placed) or placed.isna().all():
            return placed.set_crs(crs or "EPSG:4326", allow_override=True)
        frame = gpd.GeoDataFrame(geometry=placed)
        return with_crs(frame, Path(self.address.label), crs, option, self.choices).geometry


class _Parts:
    """Collects the parts of a table: a digest of all values, columns encoded part by part, shapes."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.rows = self.size = 0
        self.digest = hashlib.sha256()
        self.columns: dict[str, list[pa.DictionaryArray]] = {}
        self.shapes: list[Any] = []

    def add(self, batch: pa.RecordBatch, keys: Sequence[str]) -> None:
        """Take up the next rows."""
        self.rows += batch.num_rows
        self.size += batch.nbytes
        if self.rows > MOST_ROWS or self.size > MOST_HELD:
            raise GeoError(
                f"{self.label}: more than {MOST_ROWS:,} rows or {MOST_HELD / 1e9:g} GB, which is the most that is "
                "read.",
                "Name a query that picks what is needed: ::select ... where ...",
            )
        for key in keys:
            self.columns.setdefault(key, []).append(batch.column(key).dictionary_encode())
        if "shape" in batch.schema.names:
            self.shapes.append(self._shapes(batch.column("shape")))
        self._digested(batch)

    def column(self, key: str) -> pa.ChunkedArray:
        """Return a whole column."""
        return pa.chunked_array(self.columns.get(key, []), pa.dictionary(pa.int32(), pa.string()))

    def _shapes(self, column: pa.Array) -> Any:
        values = column.to_numpy(zero_copy_only=False)
        try:
            return shapely.from_wkb(values)
        except (shapely.errors.ShapelyError, TypeError, ValueError) as error:
            raise GeoError(
                f"{self.label}: its column of shapes holds what is no shape ({str(error).splitlines()[0][:80]}).",
                "Name the columns of its position in a query: ::select id, easting, northing, ... from ...",
            ) from None

    def _digested(self, batch: pa.RecordBatch) -> None:
        """Take the values into the digest, row by row: how they were parted says nothing."""
        if not batch.num_rows:
            return
        texts = [one.cast(pa.binary()).cast(pa.large_binary()) for one in batch.columns]
        marks = [pa.scalar(one, pa.large_binary()) for one in (b"\x1e\n", b"\x1f")]
        lines = pc.binary_join_element_wise(*texts, *marks, null_handling="replace", null_replacement=b"\x00")
        _, ends, held = lines.buffers()
        self.digest.update(memoryview(held)[: int(np.frombuffer(ends, np.int64)[len(lines)])])


@contextmanager
def open_source(path: str | Path) -> Iterator[Source | None]:
    """Open the table or query of a database that ``path`` names; None where it names a file of another kind.

    Raises GeoError, once and in plain words, for a server that cannot be reached, a password that is wrong, a table
    that is not there or may not be read, a query that is none.
    """
    address = address_of(path)
    if address is None:
        yield None
        return
    database = _opened(address)
    try:
        choices: list[str] = []
        what = _picked(database, address, choices)
        if not address.is_query and not address.what:
            address = address._replace(what=what[1], shown=f"{address.shown}::{what[1]}")
        yield _source(database, address, what[0], choices)
    finally:
        database.close()


def tables_of(path: str | Path) -> list[str]:
    """Return the names of the tables of a database that may be read; none where ``path`` names no database."""
    address = address_of(path)
    if address is None:
        return []
    database = _opened(address)
    try:
        tables = [one for one in database.tables() if one.readable]
    finally:
        database.close()
    return [f"{one.schema}.{one.name}" if one.schema and not one.near else one.name for one in tables]


def read_features(path: str | Path, *, crs: str | None = None, option: str = "--crs") -> VectorFile | None:
    """Return what a database holds as features with all their columns as text; None where ``path`` is no database."""
    with open_source(path) as source:
        if source is None:
            return None
        if source.shape is None:
            raise GeoError(
                f"{source.address.label}: no column with shapes.",
                f"Found: {listed(source.names, 20)}. Boundaries and streets stand in a column of geometry (WKB).",
            )
        rows = source.read(source.names, crs=crs, option=option)
    assert rows.shapes is not None
    columns = {name: column.to_pandas().astype(object) for name, column in rows.columns.items()}
    columns = {name: column.where(column.notna(), None) for name, column in columns.items()}
    if not len(rows.shapes) or not np.isfinite(rows.shapes.total_bounds).all():
        raise GeoError(
            f"{source.address.label}: none of its {counted(rows.file.rows, 'row')} has a usable shape.",
            "Is it the right table?",
        )
    features = gpd.GeoDataFrame(columns, geometry=rows.shapes.rename("geometry"))
    return VectorFile(features, rows.file, source.choices)


def _opened(address: Address) -> Database:
    if address.kind == "postgis":
        from layers.databases.postgis import Postgis

        return Postgis(address)
    if address.kind == "duckdb":
        from layers.databases.duck import Duck

        return Duck(address)
    from layers.databases.sqlite import Sqlite

    return Sqlite(address)


def quoted(*names: str) -> str:
    """Return names as SQL has them, whatever letters they hold: nothing in them is a command."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names if name)


def _picked(database: Database, address: Address, choices: list[str]) -> tuple[str, str]:
    """Return what stands behind FROM, and the name of the table; a name is looked up, never made into SQL."""
    if address.is_query:
        database.allow_query()
        return f"(\n{address.what.rstrip().rstrip(';')}\n) AS geo_query", ""
    tables = database.tables()
    names = [f"{one.schema}.{one.name}" if one.schema and not one.near else one.name for one in tables]
    if not address.what:
        if len(tables) == 1:
            choices.append(f"{address.label}: table {names[0]} (the only one).")
            return quoted(tables[0].schema, tables[0].name), names[0]
        raise GeoError(
            f"{address.label}: {'several tables' if tables else 'no table that this user sees'}"
            + (f" ({listed(sorted(names), 20)})." if tables else "."),
            f"Say which, as {address.shown}::{sorted(names)[0]}." if tables else "Is it the right database?",
        )
    asked = address.what
    found = [one for one in tables if asked in (one.name, f"{one.schema}.{one.name}")]
    found = found or [
        one for one in tables if asked.casefold() in (one.name.casefold(), f"{one.schema}.{one.name}".casefold())
    ]
    found = [one for one in found if one.near] or found
    if len(found) > 1:
        raise GeoError(
            f"{address.label}: tables of this name in several schemas "
            f"({listed([f'{one.schema}.{one.name}' for one in found], 10)}).",
            f"Say which, as ::{found[0].schema}.{found[0].name}.",
        )
    if not found:
        near = difflib.get_close_matches(asked, names, 1, 0.6)
        raise GeoError(
            f"{address.label}: no table or view of this name.",
            (f"Did you mean {near[0]}? " if near else "")
            + (f"There are: {listed(sorted(names), 20)}. " if names else "This user sees none. ")
            + "A query begins with select.",
        )
    if not found[0].readable:
        raise _not_allowed(address)
    return quoted(found[0].schema, found[0].name), asked


def _not_allowed(address: Address) -> GeoError:
    user = address.server.get("user", "this user")
    return GeoError(
        f"{address.label}: {user} may not read this table.",
        f"Its owner allows it with: GRANT SELECT ON {address.what} TO {user}.",
    )


def _source(database: Database, address: Address, what: str, choices: list[str]) -> Source:
    headings = database.headings(what)
    require_size(address.label, 0, len(headings))
    shaped = [one for one in headings if one.shape]
    rank = {name: place for place, name in enumerate(_SHAPES)}
    best = min(shaped, key=lambda one: rank.get(one.name.casefold(), len(rank)), default=None)
    if best is not None and len(shaped) > 1:
        others = [one.name for one in shaped if one is not best]
        choices.append(f"{address.label}: shapes from column {best.name}; not read: {listed(others)}.")
    return Source(database, address, what, [one for one in headings if not one.shape], best, choices)


def _system(known: str, label: str) -> Any:
    if not known:
        return None
    try:
        return pyproj.CRS.from_user_input(known)
    except pyproj.exceptions.CRSError:
        raise GeoError(
            f"{label}: its coordinate system ({known[:60]}) is not known here.",
            "Transform the shapes in a query: ST_Transform(geom, 27700).",
        ) from None
