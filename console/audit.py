"""What an audit says on the terminal: the gravest first, with what to do, and none of the values it warns of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.talk import plain
from geo.errors import counted

if TYPE_CHECKING:
    from layers.audit.audit import FileAudit
    from study.settings import AuditSettings

_WORDS = {"breaks": "BREAKS", "look": "look", "note": "note"}


def audit_files(paths: Sequence[Path], chosen: AuditSettings, *, as_json: bool) -> bool:
    """Print what files would disclose, and record them as released where that is asked; true if one must not leave."""
    from geo.disclosure.profiles import profile_named
    from layers.audit.audit import audit_file
    from layers.writing.release_log import append, read_log

    rules = profile_named(chosen.profile).stricter(minimum_count=chosen.minimum_count, coordinate_m=chosen.grid)
    rules = replace(rules, allowed=frozenset(chosen.allow))
    log = None if chosen.release_log is None else Path(chosen.release_log)
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
        for one in audits:
            append(log, one.entry)
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
        faults = sum(finding.severity == "breaks" for audit in broken for finding in audit.findings)
        return (
            f"{len(broken):,} of {counted(len(audits), 'file')} must not leave as {profile}: "
            f"{counted(faults, 'thing')} the profile forbids."
        )
    also = f" {counted(looks, 'thing')} to look at first." if looks else ""
    return f"{counted(len(audits), 'file')}: nothing found that the profile {profile} forbids.{also}"
