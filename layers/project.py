"""geo.toml: a project's layers, columns, area and parameters, so that next month's run is the same command."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from geo.errors import GeoError, listed
from layers import registry
from layers.databases.address import resolved
from layers.reading.sniff import read_bytes

FILE_NAME = "geo.toml"
_SECTIONS = ("project", "layers", "columns", "impact", "community-names")
_PROJECT = ("name", "area", "source", "attribution", "wards-crs", "metric-crs", "timezone")
_SEVERAL = ("area", "attribution")
LAYERS = registry.names()
# an array of tables: [[focal_points]], each with its file, its kind and its columns
FOCAL_LISTS = "focal_points"


class Project(NamedTuple):
    """What geo.toml says. Paths are resolved against its folder; ``impact``: the weight of each ASB type;
    ``community_names``: {a local word: the name in the communities layer}; ``commands``: {command: {option: value}},
    where a command of a group is called ``patrol plan`` and has its section ``[patrol.plan]``.
    """

    path: Path
    settings: Mapping[str, Any]
    layers: Mapping[str, Any]
    columns: Mapping[str, Mapping[str, str]]
    impact: Mapping[str, float]
    community_names: Mapping[str, str]
    commands: Mapping[str, Mapping[str, Any]]


NO_PROJECT = Project(Path(), {}, {}, {}, {}, {}, {})


def read_project(path: Path, commands: Mapping[str, Mapping[str, bool]]) -> Project:
    """Return the project in ``path``; ``commands``: of each command its options, and whether each takes several values.

    Raises GeoError for text that is not TOML, for any section, layer or option that is not known (a misspelt setting
    that is ignored in silence is worse than none), and for values of the wrong kind.
    """
    try:
        root = tomllib.loads(read_bytes(path).decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        why = str(error) or "nested too deep"
        raise GeoError(f"{path}: not valid TOML ({why}).", 'Texts stand in double quotes: area = "Luton".') from None
    for name, value in root.items():
        if not isinstance(value, dict) and name != FOCAL_LISTS:
            hint = f"Put it under one of [{'], ['.join(_SECTIONS)}]."
            raise GeoError(f"{path}: {name} stands outside a section.", hint + in_line(path, name, ""))
    _known(path, "sections", root, (*_SECTIONS, FOCAL_LISTS, *(name.split()[0] for name in commands)))
    settings, layers, columns, impact, names = (root.get(name, {}) for name in _SECTIONS)
    lists = root.get(FOCAL_LISTS)
    if lists is not None:
        layers = {**layers, "focal_points": _focal_files(path, lists, layers)}
    for name, weight in impact.items():
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < float("inf"):
            raise GeoError(
                f"{path}: {name} in [impact] is not a weight of 0 or more.",
                "Write personal = 3, for example." + in_line(path, name, "impact"),
            )
    for name, meant in names.items():
        _text(path, name, "community-names", meant)
    _known(path, "[project]", settings, _PROJECT)
    _known(path, "[layers]", layers, LAYERS)
    _known(path, "[columns]", columns, LAYERS)
    for name, table in columns.items():
        if not isinstance(table, dict):
            raise GeoError(
                f"{path}: {name} under [columns] is not a table.",
                f"Write [columns.{name}] and columns below." + in_line(path, name, "columns"),
            )
        for column, header in table.items():
            _text(path, column, f"columns.{name}", header)
    sections = {name: _section(path, root, name, commands) for name in commands}
    options = {name: _options(path, name, sections[name], known) for name, known in commands.items()}
    return Project(
        path,
        {name: _texts(path, name, "project", value, name in _SEVERAL) for name, value in settings.items()},
        {
            name: value
            if name == "focal_points" and lists is not None
            else layer_from(path.parent, name, _texts(path, name, "layers", value, registry.layer(name).many))
            for name, value in layers.items()
        },
        columns,
        impact,
        names,
        options,
    )


def _section(path: Path, root: Mapping[str, Any], command: str, commands: Collection[str]) -> Mapping[str, Any]:
    """Return the table of a command; that of a command in a group stands in the table of its group."""
    group, _, name = command.partition(" ")
    table = root.get(group, {})
    if not name:
        return {} if any(other.startswith(f"{command} ") for other in commands) else table
    _known(path, f"commands of [{group}]", table, [one.split()[1] for one in commands if one.startswith(f"{group} ")])
    inner = table.get(name, {})
    if not isinstance(inner, dict):
        hint = f"Write [{group}.{name}] and options below." + in_line(path, name, group)
        raise GeoError(f"{path}: {name} under [{group}] is not a table.", hint)
    return inner


def _options(path: Path, command: str, given: Mapping[str, Any], known: Mapping[str, bool]) -> dict[str, Any]:
    found = {name.replace("_", "-"): value for name, value in given.items()}
    _known(path, f"[{command}]", found, known)
    for name, value in found.items():
        if isinstance(value, list) or known[name]:
            found[name] = _texts(path, name, command.replace(" ", "."), value, known[name])
        elif not isinstance(value, str | int | float | date):
            hint = "Write one text, number or date." + in_line(path, name, command.replace(" ", "."))
            raise GeoError(f"{path}: {name} in [{command}] is no single value.", hint)
    return found


def _texts(path: Path, name: str, section: str, value: Any, several: bool) -> Any:
    """Return one text, or a list of them where several are allowed."""
    if several:
        return [_text(path, name, section, one) for one in (value if isinstance(value, list) else [value])]
    return _text(path, name, section, value)


def _text(path: Path, name: str, section: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise GeoError(
            f"{path}: {name} in [{section}] is not a text.",
            'Texts stand in double quotes: area = "Luton".' + in_line(path, name, section),
        )
    return value


def _known(path: Path, where: str, given: Mapping[str, Any], known: Collection[str]) -> None:
    unknown = [name for name in given if name not in known]
    if unknown:
        section = re.search(r"\[([^\[\]]+)\]", where)
        told = in_line(path, unknown[0], section[1].replace(" ", ".") if section else None)
        near = difflib.get_close_matches(unknown[0], list(known), 1, 0.7)
        told = told[:-1] + f"; did you mean {near[0]}?" if told and near else told
        raise GeoError(
            f"{path}: unknown name {unknown[0]!r} among the {where}.", f"Known: {listed(sorted(set(known)), 40)}.{told}"
        )


def in_line(path: Path, name: str, section: str | None) -> str:
    """Return " It stands in line 12." of a key, or of a section of that name; empty where it is not found.

    ``section``: as in its brackets, empty above the first one, None for wherever the name stands first.
    """
    word = "[-_]".join(re.escape(part) for part in re.split("[-_]", name))
    key = re.compile(rf"\s*[\"']?{word}[\"']?\s*[=.]")
    heading = re.compile(rf"\s*\[+\s*([^\]]*\.\s*)?[\"']?{word}[\"']?\s*[.\]]")
    here = ""
    for number, line in enumerate(read_bytes(path).decode("utf-8-sig").splitlines(), 1):
        found = re.match(r"\s*\[+([^\[\]]+)\]", line)
        here = re.sub(r"[\s\"']", "", found[1]) if found else here
        if (heading.match(line) and not (section and here == section)) or (key.match(line) and section in (None, here)):
            return f" It stands in line {number}."
    return ""


def _focal_files(path: Path, lists: Any, layers: Mapping[str, Any]) -> list[Any]:
    """Return the files of [[focal_points]], with their paths as seen from where geo runs."""
    from layers.focal_points import FocalFile

    if not isinstance(lists, list) or not all(isinstance(one, dict) for one in lists):
        raise GeoError(
            f"{path}: [{FOCAL_LISTS}] is not a list.", f"Write [[{FOCAL_LISTS}]] in two brackets, once for each file."
        )
    if "focal_points" in layers:
        raise GeoError(f"{path}: focal points stand under [layers] and as [[{FOCAL_LISTS}]].", "Keep one of them.")
    found = []
    for one in lists:
        _known(path, f"keys of [[{FOCAL_LISTS}]]", one, ("file", "kind", "columns"))
        columns = one.get("columns", {})
        if "file" not in one or not isinstance(columns, dict):
            raise GeoError(
                f"{path}: a [[{FOCAL_LISTS}]] without a file, or with columns that are no table.",
                'Write file = "schools.csv", kind = "school", columns = { name = "School" }.',
            )
        file, kind = (_text(path, name, FOCAL_LISTS, one.get(name, "other")) for name in ("file", "kind"))
        for name, header in columns.items():
            _text(path, name, FOCAL_LISTS, header)
        found += layer_from(path.parent, "focal_points", [FocalFile(file, kind if "kind" in one else "", columns)])
    return found


def layer_from(folder: Path, name: str, value: Any) -> Any:
    """Return the path or paths of a layer that stand in geo.toml, as seen from where geo runs."""
    if isinstance(value, list):
        return [layer_from(folder, name, one) for one in value]
    if name == "focal_points":
        from layers.focal_points import focal_file

        file = focal_file(value)
        return replace(file, path=resolved(folder, file.path))
    return resolved(folder, str(value))
