"""The cleaned walking network, kept between runs: reading and cleaning the streets of a county takes a while.

Kept in the user's cache folder, beside nothing the user owns, and never trusted further than its own checks: a file
that is damaged, cut off, of another version or of other streets is ignored and made again. Deleting it is always safe.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.crs import GREAT_BRITAIN
from layers.databases.address import address_of
from layers.libraries import NDArray, gpd, np, pyproj
from layers.reading.report import FileRead, ReadReport, Row, SetAside
from layers.reading.sniff import read_bytes
from layers.reading.vector import split_layer
from layers.streets import read_streets
from layers.writing.commit import scratch

# raise it whenever reading or cleaning would give another network from the same file
VERSION = 1
KEPT = 20
if TYPE_CHECKING:
    Arrays = Mapping[str, NDArray[Any]]
_DAMAGED = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError)


def cached_network(
    path: str | Path,
    build: Callable[[gpd.GeoDataFrame], Arrays],
    *,
    settings: Mapping[str, object] | None = None,
    crs: str | None = None,
    metric_crs: str | pyproj.CRS = GREAT_BRITAIN,
    columns: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> tuple[Arrays, ReadReport]:
    """Return what ``build`` makes of the streets in ``path``, and the report of reading them, from the cache if there.

    ``build`` takes the streets (``read_streets``) and returns arrays by name (no objects in them); ``settings``: every
    parameter that ``build`` depends on, the study area among them (as text or numbers). The same file (by SHA-256),
    name, settings and version give the same answer without reading the streets again. ``folder``: where to keep it, by
    default ``cache_folder()``. A folder that cannot be written is no error: nothing is kept. Raises what
    ``read_streets`` and ``build`` raise.
    """
    folder = cache_folder() if folder is None else folder
    plane = pyproj.CRS.from_user_input(metric_crs).to_wkt()
    key = _key(path, {"settings": settings or {}, "crs": crs, "plane": plane, "columns": columns or {}})
    file = folder / f"network-{key}.npz"
    kept = address_of(path) is None  # whether a table has changed is only known when it has been read
    found = _load(file, key) if kept else None
    if found is not None:
        return found
    streets, report = read_streets(path, crs=crs, metric_crs=metric_crs, columns=columns)
    arrays = build(streets)
    if kept:
        _keep(file, key, arrays, report)
    return arrays, report


def cache_folder() -> Path:
    """Return the folder for things that can be made again: ``GEO_CACHE``, else the system's cache folder for users."""
    named = os.environ.get("GEO_CACHE")
    if named:
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "geo" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "geo"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "geo"


def _key(path: str | Path, rest: Mapping[str, object]) -> str:
    """Return the SHA-256 of everything the network depends on. A shapefile is several files of one name."""
    if address_of(path) is not None:
        return ""
    file, _ = split_layer(path)
    beside = sorted(file.parent.glob(f"{file.stem}.*")) if file.suffix.lower() == ".shp" else []
    inputs = {one.name: hashlib.sha256(read_bytes(one)).hexdigest() for one in {file, *beside}}
    told = {"version": VERSION, "path": str(path), "inputs": inputs, **rest}
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def _load(file: Path, key: str) -> tuple[Arrays, ReadReport] | None:
    """Return what is kept in ``file``; None where there is nothing, or nothing whole, or not what ``key`` asks for."""
    try:
        # a pickle could run code, so none is read; the zip's CRC finds damage
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        told = json.loads(str(arrays.pop("told")))
        if told["key"] != key or told["names"] != sorted(arrays):
            return None
        return arrays, _report(told["report"])
    except _DAMAGED:
        return None


def _keep(file: Path, key: str, arrays: Arrays, report: ReadReport) -> None:
    """Write the arrays beside ``file`` and rename: another process sees all of them or none."""
    facts = {name: value for name, value in vars(report).items() if name != "map_points"}
    told = {"key": key, "names": sorted(arrays), "report": facts}
    text = np.array(json.dumps(told, default=asdict))
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with scratch(file.parent) as place:
            draft = place / file.name
            with draft.open("wb") as stream:
                np.savez_compressed(stream, allow_pickle=False, told=text, **arrays)
            draft.replace(file)
            _forget_old(file.parent)
    except OSError:
        pass  # no room or no right: the next run reads the streets again


def _forget_old(folder: Path) -> None:
    """Remove all but the newest networks; another process may be removing them too."""
    kept = sorted(folder.glob("network-*.npz"), key=lambda one: one.stat().st_mtime_ns, reverse=True)
    for one in kept[KEPT:]:
        one.unlink(missing_ok=True)


def _report(facts: Mapping[str, Any]) -> ReadReport:
    files = [FileRead(**one) for one in facts["files"]]
    aside = [SetAside(**{**one, "rows": tuple(Row(**row) for row in one["rows"])}) for one in facts["set_aside"]]
    spans = {name: tuple(facts[name]) for name in ("months", "gaps")}
    return ReadReport(**{**facts, **spans, "files": files, "set_aside": aside})
