"""What geo check says on the terminal: how each layer was read in a line, then what is wrong, worst first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from console.talk import plain
from geo.errors import counted

if TYPE_CHECKING:
    from layers.reading.report import ReadReport
    from study.check import Checkup, Finding

_MOST_LINES = 24


def print_checkup(done: Checkup, *, verbose: bool, as_json: bool) -> None:
    """Print a check-up in about 25 lines, all of it with ``verbose``, or as JSON.

    What cannot be used is always said in full.
    """
    if as_json:
        click.echo(json.dumps(done.as_record(), indent=2, ensure_ascii=False))
        return
    for name, report in done.reports.items():
        _print_layer(name, report, verbose=verbose)
    room = _MOST_LINES - len(done.reports)
    hidden: list[Finding] = []
    for one in done.findings:
        lines = _lines(one)
        if verbose or one.severity == "unusable" or len(lines) <= room:
            room -= len(lines)
            click.echo(plain("\n".join(lines)))
        else:
            room = 0  # what is less bad is not shown in its place
            hidden.append(one)
    if hidden:
        click.echo(f"{counted(len(hidden), 'finding')} more: --verbose shows all, --json gives them as data.")
    click.echo(done.verdict)


def _print_layer(name: str, report: ReadReport | None, *, verbose: bool) -> None:
    if report is None:
        click.echo(f"{name}: cannot be read.")
        return
    aside = report.read - report.used
    more = f", {aside:,} set aside" if aside else ""
    click.echo(plain(f"{name}: {report.source()}, {counted(report.read, 'row')}, {report.used:,} used{more}."))
    if verbose:
        for sentence in list(report.sentences())[1:]:
            click.echo(plain(sentence))


def _lines(one: Finding) -> list[str]:
    place = ""
    if one.row is not None:
        column = f", column {one.column}" if one.column and one.row > 1 else ""
        place = f" (first: {one.file} row {one.row}{column}" + (f", {one.value!r})" if one.value else ")")
    return [f"{one.severity.capitalize()}: {one.layer}: {one.what}{place}", *([f"    {one.mend}"] if one.mend else [])]
