"""Results as tables on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from console.talk import plain, rich_console

if TYPE_CHECKING:
    from geo.engagement.result import EngagementResult
    from geo.hotspots import HotspotResult

# more would push the headline off the screen
_MOST_ROWS = 30
_MOST_ANSWERS = 12


def print_hotspots(result: HotspotResult, sentence: str) -> None:
    """Print the headline and the ranked table.

    Its columns fit a window of 80: incidents, their share of all, distinct map points, the share of the busiest one,
    months with an incident of the months covered, hectares, incidents per square kilometre (empty for one map point),
    p-value ("?" where chance explains it).
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("hot spot", overflow="fold", min_width=14)
    for name in ("incidents", "share", "points", "top point", "months", "ha", "per km²", "p"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in result.hotspots.head(_MOST_ROWS).itertuples():
        cells = (
            f"{row.rank}",
            row.name,
            f"{row.incidents:,}",
            f"{row.share:.1%}",
            f"{row.points:,}",
            f"{row.top_point_share:.0%}",
            f"{row.months_active}/{row.months_covered}",
            f"{row.area_m2 / 10_000:.1f}",
            "" if row.incidents_per_km2 != row.incidents_per_km2 else f"{row.incidents_per_km2:,.0f}",
            "" if row.p_value != row.p_value else f"{row.p_value:.3f}" + ("?" if row.could_be_chance else ""),
        )
        table.add_row(*(Text(plain(cell)) for cell in cells))
    click.echo(plain(sentence))
    if len(result.hotspots):
        rich_console().print(table)
        if result.hotspots["could_be_chance"].any():
            click.echo(
                "? could be chance: reports dealt by chance crowd as much round some point of the map too often."
            )
    if len(result.hotspots) > _MOST_ROWS:
        click.echo(f"... and {len(result.hotspots) - _MOST_ROWS:,} more in hotspots.csv.")


def print_engagement(result: EngagementResult, sentence: str) -> None:
    """Print the headline, the gaps in order of priority with their evidence, and the answers to the first questions."""
    click.echo(plain(sentence))
    for row in result.findings.head(_MOST_ROWS).itertuples():
        click.echo(plain(f"\n{row.rank:>3}  {row.sentence}\n     {row.evidence}"))
    if len(result.findings) > _MOST_ROWS:
        click.echo(f"\n... and {len(result.findings) - _MOST_ROWS:,} more in engagement.xlsx.")
    click.echo()
    for answer in result.answers[:_MOST_ANSWERS]:
        click.echo(plain(f"{answer.question}\n     {answer.sentence}"))
    if len(result.answers) > _MOST_ANSWERS:
        click.echo(f"... and {len(result.answers) - _MOST_ANSWERS:,} more questions, answered in engagement.html.")
