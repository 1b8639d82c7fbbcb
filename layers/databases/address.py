"""How a table of a database is named: ``postgresql://user@host/db::table``, ``sqlite:///file.db::table``, ``file.db``.

Behind ``::`` stands the name of a table or a query (``select ...``), as the sheet of a workbook does.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from geo.errors import GeoError, listed, masked

Kind = Literal["postgis", "sqlite", "duckdb"]
_SCHEMES: dict[str, Kind] = {
    "postgresql": "postgis",
    "postgres": "postgis",
    "postgis": "postgis",
    "sqlite": "sqlite",
    "spatialite": "sqlite",
    "duckdb": "duckdb",
}
_URL = re.compile(r"\s*([A-Za-z][A-Za-z0-9]*)(?:\+\w+)?://", re.ASCII)
# what a URL may say to libpq; a name that is not here could make it open other files or run other settings
_OPTIONS = (
    "host",
    "port",
    "user",
    "password",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "channel_binding",
    "gssencmode",
    "krbsrvname",
    "connect_timeout",
)
_QUERY = re.compile(r"\s*(select|with|values)\b", re.IGNORECASE)
_SPELLING = "Write postgresql://USER@HOST/DATABASE::TABLE."


class Address(NamedTuple):
    """A table, or a query, of a database.

    ``server``: what libpq is told, of PostgreSQL only; ``file``: of the others. ``what``: a table's name or a query,
    empty where neither is named. ``shown``: the whole address without its password; ``label``: its end, for messages.
    """

    kind: Kind
    server: dict[str, str]
    file: Path
    what: str
    shown: str

    @property
    def label(self) -> str:
        """The database and the table, in a few letters."""
        name = self.server.get("dbname") or self.file.name or "database"
        what = "query" if self.is_query else self.what
        return f"{name}::{what}" if what else name

    @property
    def is_query(self) -> bool:
        """Whether a query is asked for, not a table."""
        return _is_query(self.what)


def address_of(path: str | Path) -> Address | None:
    """Return what ``path`` names in a database; None where it names a file that is none.

    A file is a database by its first bytes, whatever its ending; a GeoPackage is a map file. Raises GeoError for a URL
    that cannot be meant, and never repeats a password.
    """
    text = str(path)
    url = _URL.match(text)
    if url is not None:
        kind = _SCHEMES.get(url[1].lower())
        if url[1].lower() in ("http", "https", "ftp"):
            raise GeoError(f"{masked(text)}: nothing is fetched from the web.", "Download it, and name the file.")
        if kind is None:
            raise GeoError(
                f"{masked(text.split('::')[0])}: {url[1]} is no database that can be read.",
                "Read are PostgreSQL (postgresql://...), SQLite (sqlite:///...) and DuckDB (duckdb:///...).",
            )
        rest, _, what = _parted(text[url.end() :])
        if kind == "postgis":
            return _server(rest, what.strip())
        name = unquote(rest.removeprefix("/"))
        if not name or not rest.startswith("/"):
            raise GeoError(
                f"{url[1]}: the URL names no file.", f"Write {url[1]}:///FILE::TABLE, or the file alone: FILE::TABLE."
            )
        shown = f"{name}::{what}" if what else name
        return Address(kind, {}, Path(name), what.strip(), shown)
    file, _, what = text.partition("::")
    found = _kind_of_file(Path(file)) if file.strip() else None
    return None if found is None else Address(found, {}, Path(file), what.strip(), text)


def short_name(path: str) -> str:
    """Return what a file or a table of a database is called, where its whole address would say too much."""
    before, mark, what = path.partition("::")
    return Path(before).name + (f"::{'query' if _is_query(what) else what}" if mark else "")


def resolved(folder: Path, text: str) -> str:
    """Return a path that geo.toml holds as seen from where geo runs; what stands behind ``::``, and a server, stay."""
    url = _URL.match(text)
    kind = _SCHEMES.get(url[1].lower()) if url else None
    if url is not None and (kind in (None, "postgis") or not text[url.end() :].startswith("/")):
        return text
    start = url.end() + 1 if url else 0
    file, mark, what = text[start:].partition("::")
    return f"{text[:start]}{folder / file}{mark}{what}"


def _server(rest: str, what: str) -> Address:
    try:
        parts = urlsplit(f"//{rest}")
        port = "" if parts.port is None else str(parts.port)
    except ValueError:
        raise GeoError(
            "The URL of the database cannot be read: its port is no number.",
            f"{_SPELLING} In a password write @ : / ? # % as %40 %3A %2F %3F %23 %25, or use PGPASSWORD.",
        ) from None
    told = {
        "host": unquote(parts.hostname or ""),
        "port": port,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "dbname": unquote(parts.path.removeprefix("/")),
    }
    more = dict(parse_qsl(parts.query))
    unknown = sorted(set(more) - set(_OPTIONS))
    if unknown or parts.fragment or "/" in told["dbname"] or re.search(r"\s", parts.netloc):
        why = f"{unknown[0]} is no setting that it may hold" if unknown else "it has a part too many"
        raise GeoError(
            f"The URL of the database cannot be read: {why}.",
            f"{_SPELLING} It may set {listed(list(_OPTIONS), 20)}. In a password write @ : / ? # % as %40 %3A %2F %3F "
            "%23 %25, or use PGPASSWORD.",
        )
    server = {name: value for name, value in {**told, **more}.items() if value}
    user = f"{server['user']}@" if "user" in server else ""
    where = server.get("host", "") + (f":{server['port']}" if "port" in server else "")
    shown = f"postgresql://{user}{where}/{server.get('dbname', '')}" + (f"::{what}" if what else "")
    return Address("postgis", server, Path(), what, shown)


def _is_query(what: str) -> bool:
    return bool(_QUERY.match(what)) and len(what.split()) > 1


def _parted(rest: str) -> tuple[str, str, str]:
    """Return what stands before and behind ``::``; the colons of an IPv6 address part nothing."""
    bracket = rest.find("]") + 1 if rest.partition("@")[2].startswith("[") or rest.startswith("[") else 0
    before, mark, what = rest[bracket:].partition("::")
    return rest[:bracket] + before, mark, what


def _kind_of_file(file: Path) -> Kind | None:
    try:
        with file.open("rb") as stream:
            head = stream.read(4096)
    except (OSError, ValueError):  # what is wrong with it, a reader of files says
        return None
    if head[8:12] == b"DUCK":
        return "duckdb"
    is_geopackage = head[68:71] in (b"GPK", b"GP1") or b"gpkg_contents" in head
    return "sqlite" if head.startswith(b"SQLite format 3\x00") and not is_geopackage else None
