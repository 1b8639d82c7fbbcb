"""What an audit says on the terminal: the gravest first, with what to do, and none of the values it warns of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.talk import plain
from geo.errors import GeoError, counted, listed
from study.settings import ReleaseLogSettings

if TYPE_CHECKING:
    from layers.audit.audit import FileAudit
    from layers.writing.release_log import Entry
    from study.pack import Bound
    from study.release import Copy
    from study.settings import AuditSettings, ReleasesSettings
    from study.study import Study

_WORDS = {"breaks": "BREAKS", "look": "look", "note": "note"}


def log_beside(study: Study, chosen: AuditSettings) -> Path | None:
    """Return the release log to judge by: the one named, else for readers outside the one beside the project."""
    from study.release import release_log_of

    log = release_log_of(study)
    named = study.settings(ReleaseLogSettings).release_log is not None
    return log if named or (chosen.profile != "internal" and (chosen.record or log.exists())) else None


def audit_files(paths: Sequence[Path], chosen: AuditSettings, log: Path | None, *, as_json: bool) -> bool:
    """Print what files would disclose, and record them as released where that is asked; true if one must not leave."""
    from layers.audit.audit import audit_file
    from layers.writing.release_log import append, read_log
    from study.release import rules_of

    rules = rules_of(chosen.profile, minimum_count=chosen.minimum_count, grid=chosen.grid, allow=chosen.allow)
    earlier = read_log(log) if log else []
    audits = [audit_file(path, rules, earlier) for path in paths]
    if as_json:
        files = [one.as_record() for one in audits]
        told = {"profile": chosen.profile, "verdict": verdict(audits, chosen.profile), "files": files}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        print_audit(audits, chosen.profile)
    broken = any(one.breaks for one in audits)
    if chosen.record and log is not None and not broken:
        append(log, *(one.entry for one in audits), after=len(earlier))
    return broken


def print_audit(audits: Sequence[FileAudit], profile: str) -> None:
    """Print each file's findings and, last, what they mean for the profile."""
    for audit in audits:
        click.echo(plain(f"{audit.file} ({audit.kind})"))
        for finding in audit.findings:
            click.echo(plain(f"  {_WORDS[finding.severity]:<7} {finding.place}: {finding.what}"))
            if finding.examples:
                click.echo(plain(f"          For example: {', '.join(finding.examples)}."))
            if finding.advice:
                click.echo(plain(f"          {finding.advice}"))
        if not audit.findings:
            click.echo("  Nothing to say.")
    click.echo(plain(verdict(audits, profile)))


def verdict(audits: Sequence[FileAudit], profile: str) -> str:
    """Return in one or two sentences whether the files may be given to the profile's readers."""
    broken = [audit for audit in audits if audit.breaks]
    looks = sum(finding.severity == "look" for audit in audits for finding in audit.findings)
    if broken:
        from study.release import remedy

        faults = sum(finding.severity == "breaks" for audit in broken for finding in audit.findings)
        told = (
            f"{len(broken):,} of {counted(len(audits), 'file')} must not leave as {profile}: "
            f"{counted(faults, 'thing')} the profile forbids."
        )
        return told if profile == "internal" else f"{remedy(profile)}\n{told}"
    also = f" {counted(looks, 'thing')} to look at first." if looks else ""
    return f"{counted(len(audits), 'file')}: nothing found that the profile {profile} forbids.{also}"


def print_copies(copies: Sequence[Copy], profile: str, log: Path, *, as_json: bool, quiet: bool) -> None:
    """Print which copies were made, and what is not in them."""
    if as_json:
        told = [{"file": str(one.file), "kind": one.kind, "taken_out": one.taken_out} for one in copies]
        click.echo(json.dumps({"profile": profile, "log": str(log), "files": told}, indent=2, ensure_ascii=False))
        return
    for one in copies:
        click.echo(plain(f"{one.file} ({one.kind}) may leave as {profile}."))
        for sentence in () if quiet else one.taken_out:
            click.echo(plain(f"  {sentence}"))
    if not quiet:
        click.echo(plain(f"Remembered in {log}; geo releases lists what left."))


def print_pack(bound: Sequence[Bound], out: Path, *, as_json: bool, quiet: bool) -> None:
    """Print which page is on which sheets of a pack; the first sheet is its cover."""
    from study.pack import NAME

    if as_json:
        pages = [
            {"file": str(one.file)} | {n: getattr(one, n) for n in ("title", "first_sheet", "sheets")} for one in bound
        ]
        total = bound[-1].first_sheet + bound[-1].sheets - 1
        click.echo(json.dumps({"pack": str(out / NAME), "sheets": total, "pages": pages}, indent=2, ensure_ascii=False))
        return
    for one in () if quiet else bound:
        click.echo(plain(f"{one.first_sheet:>4}  {one.title} ({counted(one.sheets, 'sheet')})"))
    click.echo(plain(f"-> {out / NAME}"))


def print_releases(log: Path, chosen: ReleasesSettings, *, as_json: bool) -> None:
    """Print the release log, or of one release what it tells; withdraw one where that is asked."""
    from layers.writing.release_log import read_log, withdraw

    if chosen.withdraw is not None:
        gone = withdraw(log, chosen.withdraw, chosen.reason or "")
        click.echo(plain(f"Release {chosen.withdraw} ({gone.file}) counts no longer: {gone.withdrawn}"))
        return
    entries = read_log(log)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in entries], indent=2, ensure_ascii=False))
    elif chosen.explain is not None:
        if chosen.explain > len(entries):
            raise GeoError(
                f"{log}: there is no release {chosen.explain}.", f"It holds {counted(len(entries), 'release')}."
            )
        for sentence in explained(entries[chosen.explain - 1]):
            click.echo(plain(sentence))
    elif not entries:
        click.echo(plain(f"{log}: nothing was released yet."))
    else:
        for number, one in enumerate(entries, start=1):
            gone_words = f"; withdrawn: {one.withdrawn}" if one.withdrawn else ""
            click.echo(plain(f"{number:>3}  {one.made_on[:10]}  {one.profile:<8} {one.file}{gone_words}"))


def explained(entry: Entry) -> list[str]:
    """Return in sentences what a release tells: whose counts, of which areas, months and types; not the counts."""
    chosen = entry.filters
    of_what = (
        "of a period that is not known"
        if chosen is None
        else ", ".join(
            f"{name.replace('_', ' ')} {listed([value] if isinstance(value, str) else list(value), 5)}"
            for name, value in chosen.items()
        )
    )
    areas = {str(one["area"]) for one in entry.figures if one.get("area")}
    measures = sorted({str(one["measure"]).rsplit(".", 1)[-1] for one in entry.figures} | set(entry.totals))
    return [
        f"{entry.file} left on {entry.made_on[:10]} as {entry.profile}: {of_what or 'everything'}.",
        f"It tells {counted(len(entry.figures) + len(entry.totals), 'number')} ({listed(measures, 5) or 'none'}) of "
        f"{counted(len(areas), 'area')}; hidden below {entry.minimum}, rounded to {entry.rounding}.",
        *([f"Withdrawn: {entry.withdrawn}"] if entry.withdrawn else []),
    ]
