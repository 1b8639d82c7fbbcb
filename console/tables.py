"""Results as tables on the terminal: about 25 lines, whatever there is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import click

from console.talk import plain, rich_console
from geo.errors import counted

if TYPE_CHECKING:
    from geo.engagement.result import EngagementResult
    from geo.hotspots import HotspotResult

_FOLDS = ("hot spot", "name", "stop", "what the tracks show")
_LEFT = ("id", "status", "arrive", "leave", "found", "first", "last")
_MOST_ROWS = 15
_MOST_WEAK = 5
_MOST_GAPS = 8


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows in columns; those of names and words fold, the others keep their width."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in headings:
        folds = name in _FOLDS
        side: Literal["left", "right"] = "left" if folds or name in _LEFT else "right"
        table.add_column(name, overflow="fold", no_wrap=not folds, justify=side)
    for row in rows:
        table.add_row(*(Text(plain(cell)) for cell in row))
    rich_console().print(table)


def print_hotspots(result: HotspotResult, sentence: str) -> None:
    """Print the headline and the ranked table: the hot spots beyond chance, or a few of the others if there is none.

    Its columns fit a window of 80: incidents, their share of all, distinct map points, months with an incident of the
    months covered, hectares, p-value ("?" where chance explains it).
    """
    spots = result.hotspots
    click.echo(plain(sentence))
    if spots.empty:
        return
    weak = spots["could_be_chance"].astype(bool)
    shown = spots[~weak].head(_MOST_ROWS) if not weak.all() else spots.head(_MOST_WEAK)
    known = "hotspot_id" in shown
    headings = ("", *(["id"] if known else []), "hot spot", "incidents", "share", "points", "months", "ha", "p")
    print_table(headings, (_hotspot_row(row, known=known) for row in shown.itertuples()))
    firm, faint = int((~weak).sum()), int(weak.sum())
    more = [f"{firm - _MOST_ROWS:,} more"] if firm > _MOST_ROWS else []
    hidden = faint - (len(shown) if weak.all() else 0)
    more += [f"{counted(hidden, 'weaker one')} that chance could explain"] if hidden else []
    if more:
        click.echo(f"In hotspots.csv: {' and '.join(more)}.")


def _hotspot_row(row: Any, *, known: bool) -> list[str]:
    p = "" if row.p_value != row.p_value else f"{row.p_value:.3f}" + ("?" if row.could_be_chance else "")
    return [
        f"{row.rank}",
        *([row.hotspot_id] if known else []),
        row.name,
        f"{row.incidents:,}",
        f"{row.share:.1%}",
        f"{row.points:,}",
        f"{row.months_active}/{row.months_covered}",
        f"{row.area_m2 / 10_000:.1f}",
        p,
    ]


def print_engagement(result: EngagementResult, sentence: str) -> None:
    """Print the headline and the gaps in order of priority with their evidence."""
    click.echo(plain(sentence))
    for row in result.findings.head(_MOST_GAPS).itertuples():
        click.echo(plain(f"{row.rank:>3}  {row.sentence}\n     {row.evidence}"))
    left = len(result.findings) - _MOST_GAPS
    if left > 0:
        click.echo(f"... and {left:,} more in engagement.xlsx.")
    if result.answers:
        click.echo(f"{len(result.answers):,} questions more are answered in engagement.html.")
