"""geo.toml: a project's layers, columns, area and parameters, so that next month's run is the same command."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from geo.errors import GeoError, listed
from layers.sniff import read_bytes

FILE_NAME = "geo.toml"
_SECTIONS = ("project", "layers", "columns")
_PROJECT = ("name", "area", "source", "attribution")
LAYERS = (
    "wards",
    "incidents",
    "communities",
    "focal_points",
    "engagements",
    "attendance",
    "priorities",
    "surveys",
    "deprivation",
    "streets",
    "workshop_notes",
    "registers",
    "context",
)


class Project(NamedTuple):
    """What geo.toml says. Paths are resolved against its folder; ``commands`` holds {command: {option: value}}."""

    path: Path
    settings: Mapping[str, Any]
    layers: Mapping[str, Any]
    columns: Mapping[str, Mapping[str, str]]
    commands: Mapping[str, Mapping[str, Any]]


NO_PROJECT = Project(Path(), {}, {}, {}, {})


def read_project(path: Path, commands: Mapping[str, Collection[str]]) -> Project:
    """Return the project in ``path``; ``commands`` names each command and its options.

    Raises GeoError for text that is not TOML and for any section, layer or option that is not known: a misspelt setting
    that is ignored in silence is worse than none.
    """
    try:
        root = tomllib.loads(read_bytes(path).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise GeoError(f"{path}: not valid TOML ({error}).", 'Texts stand in double quotes: area = "Luton".') from None
    _known(path, "sections", root, (*_SECTIONS, *commands))
    for name, value in root.items():
        if not isinstance(value, dict):
            raise GeoError(
                f"{path}: {name} stands outside a section.", f"Put it under one of [{'], ['.join(_SECTIONS)}]."
            )
    _known(path, "[project]", root.get("project", {}), _PROJECT)
    _known(path, "[layers]", root.get("layers", {}), LAYERS)
    _known(path, "[columns]", root.get("columns", {}), LAYERS)
    options = {}
    for command, known in commands.items():
        given = {name.replace("-", "_"): value for name, value in root.get(command, {}).items()}
        _known(path, f"[{command}]", given, known)
        options[command] = given
    folder = path.parent
    layers = {name: _resolved(folder, value) for name, value in root.get("layers", {}).items()}
    return Project(path, root.get("project", {}), layers, root.get("columns", {}), options)


def _known(path: Path, where: str, given: Mapping[str, Any], known: Collection[str]) -> None:
    unknown = [name for name in given if name not in known]
    if unknown:
        raise GeoError(
            f"{path}: unknown name {unknown[0]!r} among the {where}.", f"Known: {listed(sorted(known), 40)}."
        )


def _resolved(folder: Path, value: Any) -> Any:
    """Return the path or paths of a layer as seen from where geo runs, ``FILE::LAYER`` kept."""
    if isinstance(value, list):
        return [_resolved(folder, one) for one in value]
    return str(folder / str(value))
