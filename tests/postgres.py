"""A PostgreSQL of the tests' own: its cluster in a temporary folder, its port and socket, ended with the tests."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

PASSWORD = "open sesame/@:#?%"


class Server(NamedTuple):
    """``admin``: how its owner connects; ``url``: of the reader ``geo_reader``, who has a password."""

    admin: str
    port: int

    def url(self, table: str = "", *, password: str | None = PASSWORD, user: str = "geo_reader") -> str:
        secret = "" if password is None else f":{quote(password, safe='')}"
        return f"postgresql://{user}{secret}@127.0.0.1:{self.port}/town" + (f"::{table}" if table else "")

    def run(self, *statements: str) -> None:
        import psycopg

        with psycopg.connect(self.admin, autocommit=True) as open_:
            for one in statements:
                open_.execute(one)


def missing() -> str:
    """Return what is not here of what a server needs; empty where nothing is."""
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "psycopg is not installed (uv sync)"
    folder = _programs()
    if folder is None:
        return "there is no PostgreSQL on this machine (Debian: postgresql, postgresql-postgis)"
    shared = subprocess.run([folder / "pg_config", "--sharedir"], capture_output=True, text=True, check=False).stdout
    places = [Path(shared.strip() or "/"), Path("/usr/share/postgresql") / folder.parent.name]
    if not any((place / "extension" / "postgis.control").exists() for place in places):
        return "PostgreSQL has no PostGIS (Debian: postgresql-postgis)"
    return ""


@contextmanager
def server() -> Iterator[Server]:
    """Start a server with PostGIS, a database ``town`` and the role ``geo_reader``, who may see nothing yet."""
    import psycopg

    programs = _programs()
    assert programs is not None
    folder = Path(tempfile.mkdtemp(prefix="geo-pg-"))
    own = _owner(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"

    def program(name: str, *args: str) -> None:
        subprocess.run([programs / name, *args], check=True, stdout=subprocess.DEVNULL, cwd=folder, **own)

    try:
        program("initdb", "-D", str(data), "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C", "-U", "postgres")
        rules = "local all postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        (data / "pg_hba.conf").write_text(rules, encoding="utf-8")
        told = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off"
        program("pg_ctl", "-D", str(data), "-w", "-o", told, "-l", str(folder / "log"), "start")
        admin = f"host={folder} port={port} user=postgres dbname="
        with psycopg.connect(f"{admin}postgres", autocommit=True) as open_:
            open_.execute("CREATE DATABASE town")
            open_.execute(psycopg.sql.SQL("CREATE ROLE geo_reader LOGIN PASSWORD {}").format(PASSWORD))
            open_.execute(psycopg.sql.SQL("CREATE ROLE mighty LOGIN SUPERUSER PASSWORD {}").format(PASSWORD))
        made = Server(f"{admin}town", port)
        made.run("CREATE EXTENSION postgis")
        yield made
    finally:
        if (data / "postmaster.pid").exists():
            program("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    """Return the folder of the newest server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda one: int(one.parts[-3]))
    named = shutil.which("initdb")
    return found[-1].parent if found else Path(named).resolve().parent if named else None


def _owner(folder: Path) -> dict[str, Any]:
    """Return who runs the server: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    who = pwd.getpwnam("postgres")
    os.chown(folder, who.pw_uid, who.pw_gid)
    return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
