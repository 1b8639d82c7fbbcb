"""What an audit says on the terminal: the gravest first, with what to do, and none of the values it warns of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from console.talk import plain
from geo.errors import GeoError, counted

if TYPE_CHECKING:
    from pathlib import Path

    from geo.disclosure.profiles import Profile
    from layers.audit.audit import FileAudit
    from layers.writing.release_log import Entry

_WORDS = {"breaks": "BREAKS", "look": "look", "note": "note"}


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


def refuse_breaches(page: Path, profile: Profile, earlier: Sequence[Entry]) -> Entry:
    """Return the entry of a page for the release log; GeoError if it would disclose what its profile forbids.

    A page is made from layers that have been let out by the profile, so this should not happen: it is the second lock.
    """
    from layers.audit.audit import audit_file

    audit = audit_file(page, profile, earlier)
    broken = [finding for finding in audit.findings if finding.severity == "breaks"]
    if broken:
        first = broken[0]
        raise GeoError(
            f"The page would disclose what the profile {profile.name} forbids ({counted(len(broken), 'finding')}; the "
            f"first: {first.place}: {first.what}). It was not written.",
            first.advice or "Look at the data, or make the page for another reader.",
        )
    return audit.entry
