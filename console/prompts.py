"""Questions on the terminal for what ``geo log`` was not told: asked on stderr, with the words that can be answered."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from console.talk import plain
from geo.errors import GeoError
from layers.log.check import PLACES, Unknown, known_focal_point, known_ward, known_words
from layers.log.columns import WORDS

if TYPE_CHECKING:
    import pandas as pd

_WIDTH = 78
# a town has so many wards that one can read; a county has more
_MOST_SHOWN = 40


def ask_missing(
    row: Mapping[str, str], *, wards: pd.DataFrame | None = None, focal_points: pd.DataFrame | None = None
) -> dict[str, str]:
    """Return the row with the date, activity, objective and place that it lacks, asked for one after the other.

    A word that is not known is asked for again; the nearest one is offered. Ctrl-C or the end of the input leaves the
    command (click.Abort) before anything is written.
    """
    full = dict(row)
    if "date" not in full:
        full["date"] = _ask("Date (YYYY-MM-DD)", _day, default=time.strftime("%Y-%m-%d"))
    for column, question in (("activity", "Activity"), ("objective", "Objective (several: a;b)")):
        if column not in full:
            words = list(WORDS[column].codes)
            full[column] = _ask(question, partial(known_words, column), words=words)
    if not any(name in full for name in PLACES):
        full |= _ask_place(wards, focal_points)
    return full


def _ask_place(wards: pd.DataFrame | None, focal_points: pd.DataFrame | None) -> dict[str, str]:
    """Return where it was: one question, answered with a ward or a focal point, by code or name."""
    known: list[str] = []
    for table, code, name in ((wards, "ward_code", "ward_name"), (focal_points, "focal_point_id", "name")):
        if table is not None and len(table) <= _MOST_SHOWN:
            known += [f"{row[code]} {row[name]}" for row in table[[code, name]].to_dict("records")]

    found: dict[str, str] = {}

    def place(answer: str) -> str:
        near: list[str] = []
        for column, table, look in (
            ("ward_code", wards, known_ward),
            ("focal_point_id", focal_points, known_focal_point),
        ):
            if table is None:
                continue
            try:
                found[column] = look(answer, table)
                return answer
            except Unknown as unknown:
                near += unknown.nearest[:1]
        if wards is None:  # nothing to compare with: it is taken as it is
            found["ward_code"] = answer.strip()
            return answer
        raise Unknown(f"{answer}: no such ward or focal point.", f"Nearest: {', '.join(near)}." if near else "", near)

    _ask("Ward or focal point", place, words=sorted(known))
    return found


def _ask(question: str, read: Callable[[str], str], *, words: Sequence[str] = (), default: str | None = None) -> str:
    """Ask until ``read`` takes the answer, and return what it makes of it; it raises GeoError for another question."""
    if words:
        lines = textwrap.wrap(", ".join(words), _WIDTH, break_on_hyphens=False, break_long_words=False)
        click.echo(plain(f"{question}:\n" + textwrap.indent("\n".join(lines), "  ")), err=True)
    while True:
        answer = click.prompt(plain(question), default=default, err=True, type=str)
        try:
            return read(answer)
        except GeoError as error:
            click.echo(plain(str(error)), err=True)
            nearest = error.nearest if isinstance(error, Unknown) else []
        if nearest and click.confirm(plain(f"Take {nearest[0]}?"), default=True, err=True):
            return read(nearest[0])


def _day(answer: str) -> str:
    try:
        return time.strftime("%Y-%m-%d", time.strptime(answer.strip(), "%Y-%m-%d"))
    except ValueError:
        raise GeoError(f"{answer!r} is not a day.", "Write it as in 2025-03-14.") from None


def logged(engagement_id: str, row: Mapping[str, str], log: str, *, dry_run: bool) -> str:
    """Return what was recorded, as one line; for a dry run, every column on a line of its own."""
    name = engagement_id or "an engagement without a number"
    if dry_run:
        cells = {**({"engagement_id": engagement_id} if engagement_id else {}), **row}
        lines = [f"  {column}: {' '.join(text.split())}" for column, text in cells.items()]
        return "\n".join([f"Would record {name} in {log} (nothing was written):", *lines])
    where = next((row[column] for column in PLACES if column in row), "")
    if where and row.get("easting", row.get("lon")) == where:
        where = f"{where}, {row.get('northing', row.get('lat'))}"
    met = f", {row['attendees']} met" if "attendees" in row else ""
    what = f"{row['date']}, {row['activity']} to {row['objective'].replace(';', ' and ')}, at {where}{met}"
    return f"Recorded {name} in {log}: {what}."
