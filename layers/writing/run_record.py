"""run.json: what was run, on which files, with which values, and what came out."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from geo.errors import masked
from layers.reading.report import ReadReport
from layers.reading.sniff import sha256

# what a file was made from, as the release log needs it
_FILTERS = ("since", "until", "area", "crime_type")
_PACKAGES = ("geo-engagement", "numpy", "scipy", "pandas", "geopandas", "shapely", "pyproj", "pyogrio", "folium")


def run_record(
    *,
    command: Sequence[str],
    reports: Sequence[ReadReport],
    options: Mapping[str, Any],
    settings: Mapping[str, Any],
    parameters: Sequence[Mapping[str, Any]],
    results: Mapping[str, Any],
    warnings: Sequence[str],
    seconds: Mapping[str, float],
    outputs: Sequence[Path],
) -> dict[str, Any]:
    """Return the record of a run, ready for JSON; the files in ``outputs`` are written already and are hashed here.

    ``options``: of the command, ``settings``: of the steps it used besides, each {name: {value, from}}.
    """
    record = {
        "command": list(command),
        "versions": versions(),
        "inputs": {report.layer: report.as_record() for report in reports},
        "options": dict(options),
        "settings": dict(settings),
        "parameters": list(parameters),
        "results": dict(results),
        "warnings": list(warnings),
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
        "outputs": {path.name: {"bytes": path.stat().st_size, "sha256": sha256(path.read_bytes())} for path in outputs},
    }
    return {name: _masked(value) for name, value in record.items()}


def _masked(value: Any) -> Any:
    """Return a value without the password of any address in it."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {name: _masked(one) for name, one in value.items()}
    return [_masked(one) for one in value] if isinstance(value, list | tuple) else value


def for_outside(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of a run as it may lie beside files that leave.

    It says of which months, areas and types they are, by which versions they were made, and their hashes; not what was
    found or read, for exact totals give hidden counts back, nor the names of anybody's files.
    """
    chosen = {name: record["options"][name] for name in _FILTERS if name in record["options"]}
    for held in record["settings"].values():
        chosen |= {name: held[name] for name in _FILTERS if name in held and name not in chosen}
    inputs = {
        name: {"months": one["months"]}
        for name, one in record["inputs"].items()
        if name == "incidents" and one["months"]
    }
    results = {name: record["results"][name] for name in ("audience", "profile") if name in record["results"]}
    told = {"versions": record["versions"], "inputs": inputs, "options": chosen, "results": results}
    return {**told, "outputs": record["outputs"]}


def versions() -> dict[str, str]:
    """Return the versions of Python, of the system's kind, of geo and of the libraries that its results rest on."""
    found = {name: metadata.version(name) for name in _PACKAGES}
    return {"python": platform.python_version(), "platform": sys.platform, **found}
