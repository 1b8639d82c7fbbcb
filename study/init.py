"""geo init: what lies in a folder, which layer each file is and why, and a geo.toml that says so."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from geo.errors import GeoError, counted, listed
from layers import registry
from layers.police import read_street_files
from layers.project import FILE_NAME
from layers.reading.report import ReadReport
from layers.reading.sniff import is_folder
from layers.reading.tabular import Asked, read_table

# files that are no data of a project, and said to be nothing
_NEVER = re.compile(r"(?i)(\..*|geo\.toml|readme.*|.*\.(md|html|pdf|toml|lock))")
_MONTH = re.compile(r"\d{4}-\d{2}")


class Placed(NamedTuple):
    """``layer``: its name, empty where nothing fits or several do; ``why``: the reason in words."""

    file: str
    layer: str
    why: str


def recognise(folder: Path) -> list[Placed]:
    """Return what each file of a folder is. Each is read as a layer before it is called one; a layer has one file.

    Raises GeoError where there is no such folder, or nothing in it.
    """
    if not is_folder(folder):
        raise GeoError(f"{folder}: no such folder.", "Name the folder in which the files lie.")
    entries = sorted(one for one in folder.iterdir() if not _NEVER.fullmatch(one.name))
    months = [one for one in entries if is_folder(one) and _MONTH.fullmatch(one.name)]
    if not entries:
        raise GeoError(f"{folder}: there is nothing in it.", "Put the files into it, and run again.")
    found = [_police(folder, ".")] if months else []
    entries = [one for one in entries if one not in months]
    scored = {one: _scores(one) for one in entries if not is_folder(one)}
    context = registry.Context()
    # wards first: the others are checked against them
    order = sorted(entries, key=lambda one: (not scored.get(one, {}).get("wards"), one.name))
    for entry in order:
        found.append(_police(entry, entry.name) if is_folder(entry) else _file(entry, scored[entry], context))
        if found[-1].layer == "wards" and "wards" not in context.layers:
            frame, _ = registry.read("wards", entry)
            context = registry.Context(metric_crs=frame.crs, layers={"wards": frame})
    return _one_each(found)


def _police(path: Path, name: str) -> Placed:
    try:
        files = read_street_files(path, ReadReport("incidents"))
    except GeoError as error:
        return Placed(name, "", error.problem.replace(str(path), name))
    return Placed(name, "incidents", f"a police.uk download of {counted(len(files), 'street file')}")


def _scores(path: Path) -> dict[str, list[str]]:
    """Return {layer: its columns that the headings of a file mean}, for layers of which it has what they need."""
    found: dict[str, list[str]] = {}
    for name in registry.names():
        layer = registry.layer(name)
        try:
            table = read_table(path, Asked(layer), ReadReport(name))
        except GeoError:
            continue
        shapes = set() if table.shapes is None else {str(one).removeprefix("Multi") for one in table.shapes.geom_type}
        columns = [one for one in table.columns.column_names if one != "row"]
        # notes of a workshop are points, lines and areas
        fits = {"wards": "Polygon" in shapes, "streets": shapes == {"LineString"}, "workshop_notes": True}
        if fits.get(name, not shapes & {"Polygon", "LineString"}) and set(layer.required) <= set(columns):
            found[name] = columns
    return found


def _file(path: Path, scores: dict[str, list[str]], context: registry.Context) -> Placed:
    """Return the layer whose reader takes a file and understands most of its headings; none where two do as well."""
    if path.suffix.lower() == ".zip":
        police = _police(path, path.name)
        if police.layer:
            return police
    read: dict[str, int] = {}
    refused = ""
    for name, columns in sorted(scores.items(), key=lambda one: -len(one[1])):
        if read and len(columns) < max(read.values()):
            break
        try:
            _, report = registry.read(name, path, context)
        except GeoError as error:
            told = error.problem.replace(str(path), path.name)
            refused = refused or f"refused as {name}: {told}"
            continue
        if report.used:
            read[name] = len(columns)
    if len(read) > 1:
        return Placed(path.name, "", f"could be {' or '.join(sorted(read))}")
    if not read:
        return Placed(path.name, "", refused or "its headings are those of no layer")
    name = next(iter(read))
    return Placed(path.name, name, f"it has {listed(scores[name], 4)}")


def _one_each(found: list[Placed]) -> list[Placed]:
    """Return the files with none placed where several would be one layer that has one file only."""
    names = [one.layer for one in found]
    return [
        Placed(one.file, "", f"one of {names.count(one.layer)} files that are {one.layer}: choose one")
        if one.layer and names.count(one.layer) > 1 and not registry.layer(one.layer).many
        else one
        for one in found
    ]


def project_text(placed: list[Placed]) -> str:
    """Return a geo.toml with a line of reason above each layer, and what could not be placed as a comment."""
    layers: dict[str, list[Placed]] = {}
    for one in placed:
        if one.layer:
            layers.setdefault(one.layer, []).append(one)
    lines = [
        "# Written by geo init: every line may be changed. geo check says whether the files can be used.",
        "[project]",
        '# area = "Luton"  # a district or wards; without it all wards of the file',
        "",
        "[layers]",
    ]
    for name in registry.names():
        held = layers.get(name, [])
        lines += [f"# {_comment(f'{one.file}: {one.why}')}" for one in held]
        files: Any = [one.file for one in held]
        if held:
            lines.append(f"{name} = {json.dumps(files[0] if len(files) == 1 else files, ensure_ascii=False)}")
    lines += [f"# not placed: {_comment(f'{one.file}: {one.why}')}" for one in placed if not one.layer]
    return "\n".join(lines) + "\n"


def write_project(folder: Path, text: str, *, overwrite: bool) -> Path:
    """Write geo.toml into the folder, whole or not at all; GeoError where there is one and it may not be replaced."""
    from layers.writing.commit import staged

    with staged(folder, [FILE_NAME], overwrite=overwrite) as stage:
        (stage / FILE_NAME).write_text(text, encoding="utf-8")
    return folder / FILE_NAME


def _comment(text: str) -> str:
    """Return a text as one line of printable characters, as a comment must be."""
    return "".join(mark if mark.isprintable() else " " for mark in text)
