"""Copies of files that may leave: let out by a profile, audited, judged beside all that left before, and remembered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from geo.errors import GeoError, counted, listed

if TYPE_CHECKING:
    from layers.writing.release_log import Entry

LOG = "releases.jsonl"


class Copy(NamedTuple):
    """``file``: the copy; ``kind``; ``taken_out``: sentences on what is not in it."""

    file: Path
    kind: str
    taken_out: list[str]


def release_files(
    paths: Sequence[Path],
    out: Path,
    log: Path,
    *,
    profile: str,
    minimum_count: int | None = None,
    grid: float | None = None,
    allow: Sequence[str] = (),
    overwrite: bool = False,
) -> list[Copy]:
    """Write copies of files into ``out`` as a profile lets them out, and remember them in the release log.

    Each copy is audited, and judged beside every release of the log; nothing is written if one may not leave. Raises
    GeoError with what could be worked out, and what to change.
    """
    from geo.disclosure.profiles import profile_named
    from geo.disclosure.release import release
    from layers.audit.audit import audit_file, filters_of
    from layers.audit.parts import Finding
    from layers.writing.commit import staged
    from layers.writing.release_log import append, read_log
    from layers.writing.released import read_released, write_released

    rules = profile_named(profile).stricter(minimum_count=minimum_count, coordinate_m=grid)
    rules = replace(rules, allowed=frozenset(allow))
    names = [path.name for path in paths]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise GeoError(f"Two files are called {listed(doubled)}.", "Release them into different folders.")
    if any(path.resolve().parent == out.resolve() for path in paths):
        raise GeoError(f"{out}: the files themselves stand there.", "Name another folder with --out.")
    copies: list[Copy] = []
    entries: list[Entry] = []
    with staged(out, names, overwrite=overwrite) as stage:
        for path in paths:
            kind, layers = read_released(path)
            done = release(layers, rules)
            if not done.layers:
                raise GeoError(
                    f"{path}: the profile {profile} lets out no layer called {listed(sorted(layers))}.",
                    f"Call the file after its layer: {listed(sorted(rules.columns), 20)}.",
                )
            write_released(stage / path.name, kind, done.layers)
            audit = audit_file(stage / path.name, rules)
            # run.json beside the original says what it was made from; beside the copy there is none
            entry = replace(audit.entry, filters=filters_of(path))
            broken = [finding for finding in audit.findings if finding.severity == "breaks"]
            broken += [
                Finding("breaks", "release log", one.what, [], one.remedy)
                for one in rules.judged([*read_log(log), *entries], entry)
            ]
            if broken:
                raise GeoError(
                    f"{path}: even the copy may not leave as {profile} ({counted(len(broken), 'finding')}; the first: "
                    f"{broken[0].place}: {broken[0].what})",
                    broken[0].advice or "Leave the column out, or give counts by larger areas.",
                )
            entries.append(entry)
            copies.append(Copy(out / path.name, kind, done.taken_out))
        for entry in entries:  # before the files appear: what the log knows may not have left, never the other way
            append(log, entry)
    return copies


def release_log_of(project: Path | None, named: str | None) -> Path:
    """Return the release log: the one that is named, else the one beside the project, else the one here."""
    if named is not None:
        return Path(named)
    return (project.parent if project is not None else Path()) / LOG
