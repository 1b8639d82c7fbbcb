"""Results of a run that has several, each in a folder of its own with a key of what it was made from.

What is there with the same key is kept, so that a run that was stopped goes on where it was, and a second one makes
nothing anew.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from geo.errors import GeoError, listed
from layers.databases.address import address_of
from layers.writing.commit import settle_folder
from study.choices import COMMANDS, LAYERS, OWN
from study.deliver import Output, picture_names
from study.settings import HotspotFileSettings, PictureSettings, Settings, settings_of

if TYPE_CHECKING:
    from layers.databases.address import Address
    from study.study import Study


class Part(NamedTuple):
    """One result of several: ``name`` is its folder, ``key`` what it is made from."""

    name: str
    study: Study
    output: Output
    key: str


def kept_parts(folder: Path, parts: Sequence[Part], out: PictureSettings) -> list[str]:
    """Return the names of the parts that are in ``folder`` as they would be made now.

    Raises GeoError, before anything is written, where one was made from other files or settings and may not be
    replaced.
    """
    there = {part.name: record_of(folder / part.name) for part in parts}
    same = [part for part in parts if not out.fresh and there[part.name].get("made_from") == part.key]
    changed = [part.name for part in parts if there[part.name] and part not in same]
    if changed and not out.overwrite:
        raise GeoError(
            f"{folder}: {listed(changed, 6)} made from other files or settings than now.",
            "--overwrite makes them again; --out names another folder.",
        )
    # what lacks a picture that is asked for now is made again, as it was
    return [part.name for part in same if there[part.name]["outputs"].keys() >= set(picture_names(part.output, out))]


def made_from(study: Study, command: str, *, but: type[Settings] | None = None) -> dict[str, Any]:
    """Return what a result is made from: geo.toml, what was typed, and the content of every file that is named.

    ``but``: settings that it does not depend on.
    """
    typed = {
        cls.__name__: {name: one for name, one in held.items() if _matters(cls, name)}
        for cls, held in study.choices.typed.items()
        if cls not in OWN and cls is not but
    }
    spec = COMMANDS[command]
    named = {name: study.path(name) for name in LAYERS}
    for cls in (*spec.settings, *spec.uses):
        if cls not in OWN:
            paths = {
                name: getattr(study.settings(cls), name)
                for name, one in settings_of(cls).items()
                if one.kind == "path" and one.result
            }
            named |= {f"{cls.__name__}.{name}": value for name, value in paths.items()}
    project = study.project.path
    told = _content(project) if project != Path() else ""
    return {
        "project": told,
        "typed": typed,
        "files": {name: _contents(study, value) for name, value in named.items() if value},
    }


def _matters(cls: type[Settings], name: str) -> bool:
    """Return whether a setting changes what is made, and not only how."""
    return settings_of(cls)[name].result or cls is HotspotFileSettings


def _contents(study: Study, value: Any) -> list[str]:
    """Return for each file, folder or table of a database its name and a hash of what it holds."""
    told = []
    for one in [value] if isinstance(value, str | Path) else value:
        address = address_of(one)
        if address is not None and address.kind == "postgis":
            told.append(f"{one} {_held_by_server(study, address)}")
        else:
            told.append(f"{one} {_content(Path(str(one).split('::')[0]) if address is None else address.file)}")
    return told


def _held_by_server(study: Study, address: Address) -> str:
    """Return a hash over the rows of a table on a server, which only reading them tells; never the same if unread."""
    _ = study.incidents, study.layers
    files = [file for report in study.said.reports for file in report.files]
    return next((file.sha256 for file in files if file.path == address.shown), f"unknown {time.time_ns()}")


def _content(path: Path) -> str:
    """Return a hash of a file or of all files of a folder; of what is neither, one that is never the same again."""
    if path.is_dir():
        inside = sorted(one for one in path.rglob("*") if one.is_file())
        return hashlib.sha256(
            "".join(f"{one.relative_to(path)} {_content(one)}\n" for one in inside).encode()
        ).hexdigest()
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    return f"unknown {time.time_ns()}"


def record_of(folder: Path) -> dict[str, Any]:
    """Return the record of a run in a folder, if its files are all there; else nothing.

    What a run left there that was killed is finished or undone first.
    """
    settle_folder(folder)
    for path in sorted(folder.glob("*run.json")):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            whole = all((folder / name).stat().st_size == one["bytes"] for name, one in record["outputs"].items())
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
        if whole and isinstance(record.get("made_from"), str):
            return dict(record)
    return {}
