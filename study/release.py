"""What may leave: copies let out by a profile, audited, judged beside all that left before, and remembered.

``geo release``, ``--profile`` of every command and the pages for readers outside go through here, and through the log
of releases, whose new lines appear together with the files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from geo.errors import GeoError, counted, listed
from study.settings import AuditSettings, ReleaseLogSettings

if TYPE_CHECKING:
    import pandas as pd

    from geo.disclosure.profiles import Profile
    from layers.audit.audit import FileAudit
    from layers.writing.commit import Kept
    from layers.writing.release_log import Entry
    from study.study import Study

KINDS = {".csv": "CSV", ".geojson": "GeoJSON", ".gpkg": "GeoPackage"}
# every refusal ends with what can be done
REMEDY = (
    "What to do: geo release FILE... --profile {profile} --out DIR, or --profile {profile} on the command that writes, "
    "makes the copy that passes; a page: geo map --audience {audience}; geo releases lists what left."
)


class Copy(NamedTuple):
    """``file``: the copy; ``kind``; ``taken_out``: sentences on what is not in it."""

    file: Path
    kind: str
    taken_out: list[str]


def remedy(profile: str) -> str:
    """Return what to do about a file that may not leave as ``profile``."""
    return REMEDY.format(profile=profile, audience="inspector" if profile == "partner" else "workshop")


def rules_of(
    profile: str, *, minimum_count: int | None = None, grid: float | None = None, allow: Sequence[str] = ()
) -> Profile:
    """Return a profile, made stricter, with the addresses of offices that geo.toml allows."""
    from geo.disclosure.profiles import profile_named

    rules = profile_named(profile).stricter(minimum_count=minimum_count, coordinate_m=grid)
    return replace(rules, allowed=frozenset(allow))


def release_log_of(study: Study) -> Path:
    """Return the release log: the one that is named, else the one beside the project, else the one here."""
    from layers.writing.release_log import FILE_NAME

    named = study.settings(ReleaseLogSettings).release_log
    return study.project.path.parent / FILE_NAME if named is None else Path(named)


def allowed_in(study: Study) -> tuple[str, ...]:
    """Return the addresses and numbers that may stand anywhere: ``allow`` under [audit] in geo.toml."""
    return study.settings(AuditSettings).allow


def first_made(study: Study, by: str) -> Mapping[str, Any]:
    """Return what the first release of this area was made with, counted ``by`` the same: later pages keep its grid and
    its classes. Empty where there is none.
    """
    from layers.writing.release_log import read_log

    for one in read_log(release_log_of(study)):
        if not one.withdrawn and one.made_with.get("area") == study.name and one.made_with.get("by") == by:
            return one.made_with
    return {}


def write_copy(path: Path, layers: Mapping[str, pd.DataFrame], rules: Profile, *, name: str = "") -> list[str]:
    """Write layers as a profile lets them out, and return sentences on what was taken out; ``name``: of the original.

    Raises GeoError where the profile lets out none of them.
    """
    from geo.disclosure.release import release
    from layers.writing.released import write_released

    done = release(layers, rules)
    if not done.layers:
        raise GeoError(
            f"{name or path.name}: the profile {rules.name} lets out no layer called {listed(sorted(layers))}.",
            f"Call the file after its layer: {listed(sorted(rules.columns), 20)}.",
        )
    write_released(path, KINDS[path.suffix.casefold()], done.layers)
    return done.taken_out


def remember(
    log: Kept,
    files: Mapping[Path, Path],
    rules: Profile,
    made_with: Mapping[str, Any] | None = None,
) -> None:
    """Audit files that are to leave, judge each beside all that left before, and add them to the log, which is held.

    ``files``: {file: the one beside which run.json says what it was made from}. Raises GeoError with what a reader
    could work out, and what to change; then nothing leaves.
    """
    from layers.audit.audit import audit_file, filters_of
    from layers.writing.release_log import entries_of, with_entries

    earlier = entries_of(log.path, log.before)
    added: list[Entry] = []
    for path, beside in files.items():
        audit = audit_file(path, rules)
        refuse_broken(path.name, rules, audit)
        entry = replace(audit.entry, filters=filters_of(beside), made_with=made_with or {})
        told = rules.judged([*earlier, *added], entry)
        _refuse(path.name, rules, [("release log", one.what, one.remedy) for one in told])
        added.append(entry)
    log.new = with_entries(log.before, added)


def refuse_broken(name: str, rules: Profile, audit: FileAudit) -> None:
    """Raise GeoError for a file whose audit found what the profile forbids."""
    _refuse(name, rules, [(one.place, one.what, one.advice) for one in audit.findings if one.severity == "breaks"])


def _refuse(name: str, rules: Profile, broken: Sequence[tuple[str, str, str]]) -> None:
    """Raise GeoError for what breaks a profile: (place, what, advice) of each finding."""
    if broken:
        place, what, advice = broken[0]
        first = f"{counted(len(broken), 'finding')}; the first: {place}: {what}"
        raise GeoError(
            f"{name}: it may not leave as {rules.name} ({first}). Nothing was written.",
            f"{advice or 'Leave the column out, or give counts by larger areas.'} Coarser copies: geo release FILE... "
            f"--profile {rules.name} --minimum-count N --grid METRES --out DIR. geo releases lists what left.",
        )


def release_files(
    paths: Sequence[Path], out: Path, log: Path, rules: Profile, *, overwrite: bool = False
) -> list[Copy]:
    """Write copies of files into ``out`` as a profile lets them out, and remember them in the release log.

    Each copy is audited, and judged beside every release of the log; nothing is written if one may not leave. Raises
    GeoError with what could be worked out, and what to change.
    """
    from layers.writing.commit import Shared, staged
    from layers.writing.released import read_released

    names = [path.name for path in paths]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise GeoError(f"Two files are called {listed(doubled)}.", "Release them into different folders.")
    if any(path.resolve().parent == out.resolve() for path in paths):
        raise GeoError(f"{out}: the files themselves stand there.", "Name another folder with --out.")
    copies: list[Copy] = []
    with Shared() as shared, staged(out, names, overwrite=overwrite, shared=shared) as stage:
        for path in paths:
            kind, layers = read_released(path)
            said = write_copy(stage / path.name, layers, rules, name=str(path))
            copies.append(Copy(out / path.name, kind, said))
        remember(shared.keep(log), {stage / path.name: path for path in paths}, rules)
    return copies
