"""Results kept between runs, beside geo.toml, by what they were made from.

A result is named by the content of its inputs, its settings and the code that made it, so that a change anywhere
upstream gives another name and nothing has to be declared stale. What is kept is GeoParquet and JSON, never code, and
no column of a person: of incidents only the labels that were worked out, by row. Deleting the folder is always safe.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa

from layers.writing.commit import STAGE, scratch

FOLDER = ".geo-cache"
KEPT = 20
_PACKAGES = ("numpy", "scipy", "pandas", "geopandas", "shapely", "pyproj")
# a kept result that cannot be read is made again, whatever is wrong with it
_DAMAGED = (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError, IndexError, pa.ArrowException)


def key_of(step: str, *parts: Any) -> str:
    """Return the name of a result: a hash over what it was made from, and over the code that makes it."""
    told = json.dumps([step, code_version(), parts], sort_keys=True, default=str)
    return f"{step}-{hashlib.sha256(told.encode()).hexdigest()[:32]}"


@lru_cache(maxsize=1)
def code_version() -> str:
    """Return a hash of the source of the analysis and of the libraries that compute."""
    made = hashlib.sha256()
    for package in ("geo", "layers", "maps", "study"):
        module = importlib.import_module(package)
        root = Path(str(module.__file__)).parent
        for path in sorted(root.rglob("*.py")):
            made.update(str(path.relative_to(root)).encode())
            made.update(path.read_bytes())
    for name in _PACKAGES:
        made.update(f"{name} {metadata.version(name)}".encode())
    return made.hexdigest()


class Cache:
    """Kept results beside a project (``folder`` None keeps nothing); ``fresh``: what is kept is not looked at."""

    def __init__(self, folder: Path | None, *, fresh: bool = False) -> None:
        self.folder = None if folder is None else folder / FOLDER
        self.fresh = fresh

    def get(self, key: str, *, incidents: gpd.GeoDataFrame) -> Any:
        """Return a kept result, its incidents joined to those read now; None where there is none that can be read."""
        if self.folder is None or self.fresh:
            return None
        try:
            entry = self.folder / key
            tree = json.loads((entry / "result.json").read_text(encoding="utf-8"))
            found = _thaw(tree, entry, incidents)
            (entry / "result.json").touch()  # what is used stays
        except _DAMAGED:
            return None
        self._sweep()
        return found

    def put(self, key: str, result: Any, *, incidents: gpd.GeoDataFrame) -> None:
        """Keep a result. A folder that cannot be written is no error: then nothing is kept."""
        if self.folder is None:
            return
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with scratch(self.folder) as place:
                stage = place / key
                stage.mkdir(mode=0o700)
                tree = _freeze(result, stage, incidents)
                (stage / "result.json").write_text(json.dumps(tree), encoding="utf-8")
                if self.fresh:
                    shutil.rmtree(self.folder / key, ignore_errors=True)
                stage.rename(self.folder / key)  # fails where another run was quicker: then that one is kept
                self._forget()
        except _DAMAGED:
            pass

    def _sweep(self) -> None:
        """Remove what a run left that was killed while it kept a result: the next one may have nothing to keep."""
        assert self.folder is not None
        if (self.folder / STAGE).exists():
            with suppress(OSError), scratch(self.folder):
                pass

    def _forget(self) -> None:
        """Remove what was used longest ago, beyond the newest."""
        assert self.folder is not None
        entries = sorted(self.folder.glob("*/result.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in entries[KEPT:]:
            shutil.rmtree(old.parent, ignore_errors=True)


def _freeze(value: Any, folder: Path, source: gpd.GeoDataFrame) -> Any:
    """Return a value as JSON, its tables written into ``folder``."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, gpd.GeoDataFrame | pd.DataFrame):
        return _freeze_frame(value, folder, source)
    if isinstance(value, pd.Timestamp):
        return {"is": "time", "of": value.isoformat()}
    if isinstance(value, Mapping):
        return {"is": "dict", "of": [[_freeze(part, folder, source) for part in pair] for pair in value.items()]}
    names = _field_names(value)
    if names:
        kind = f"{type(value).__module__}:{type(value).__qualname__}"
        return {"is": kind, "of": {name: _freeze(getattr(value, name), folder, source) for name in names}}
    if isinstance(value, Sequence):
        return {"is": type(value).__name__, "of": [_freeze(part, folder, source) for part in value]}
    raise TypeError(f"{type(value).__name__} cannot be kept")


def _thaw(tree: Any, folder: Path, source: gpd.GeoDataFrame) -> Any:
    """Return what ``_freeze`` was given."""
    if not isinstance(tree, dict):
        return tree
    kind: str = tree["is"]
    held: Any = tree["of"]
    if kind == "frame":
        return _thaw_frame(held, folder, source)
    if kind == "time":
        return pd.Timestamp(held)
    if kind == "dict":
        return {_thaw(name, folder, source): _thaw(part, folder, source) for name, part in held}
    if kind in ("list", "tuple"):
        parts = [_thaw(part, folder, source) for part in held]
        return parts if kind == "list" else tuple(parts)
    module, _, name = kind.partition(":")
    if module.split(".")[0] != "geo":
        raise ValueError(f"{kind} is not a result")
    cls: Any = getattr(importlib.import_module(module), name)
    if not (is_dataclass(cls) or (isinstance(cls, type) and issubclass(cls, tuple))):
        raise ValueError(f"{kind} is not a result")
    values = {name: _thaw(part, folder, source) for name, part in held.items()}
    made: Any = cls
    return made(**values)


def _field_names(value: Any) -> tuple[str, ...]:
    if is_dataclass(value):
        return tuple(one.name for one in fields(value))
    return tuple(getattr(value, "_fields", ()))


def _freeze_frame(frame: pd.DataFrame, folder: Path, source: gpd.GeoDataFrame) -> Any:
    """Write a table; of one whose rows are incidents only what was worked out, since the rest is read anew."""
    rows = None
    kept = frame
    if {"hotspot", "geometry"} <= set(frame) and frame.index.isin(source.index).all():
        same = source.loc[frame.index]
        rows = [name for name in frame if name in source and frame[name].equals(same[name])]
        kept = pd.DataFrame(frame.drop(columns=rows))
    name = f"{len(list(folder.iterdir()))}.parquet"
    kept.to_parquet(folder / name, index=True)
    told = {
        "file": name,
        "columns": list(frame.columns),
        "rows": rows,
        "geo": isinstance(frame, gpd.GeoDataFrame),
        "objects": [column for column in kept if kept[column].dtype == object],  # Parquet gives texts another type
    }
    return {"is": "frame", "of": told}


def _thaw_frame(held: Mapping[str, Any], folder: Path, source: gpd.GeoDataFrame) -> pd.DataFrame:
    path = folder / held["file"]
    if held["rows"] is not None:
        labels = pd.read_parquet(path).astype(dict.fromkeys(held["objects"], object))
        own = source.loc[labels.index, held["rows"]]
        return gpd.GeoDataFrame(pd.concat([own, labels], axis=1)[held["columns"]], geometry="geometry", crs=source.crs)
    frame = gpd.read_parquet(path) if held["geo"] else pd.read_parquet(path)
    return frame.astype(dict.fromkeys(held["objects"], object))[held["columns"]]
