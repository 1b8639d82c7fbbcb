"""Results as tables on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from console.talk import plain, rich_console

if TYPE_CHECKING:
    from geo.hotspots import HotspotResult


def print_hotspots(result: HotspotResult, sentence: str) -> None:
    """Print the headline and the ranked table.

    Its columns fit a window of 80: incidents, their share of all, distinct map points, the share of the busiest one,
    months with an incident of the months covered, hectares, incidents per square kilometre.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("hot spot", overflow="fold", min_width=14)
    for name in ("incidents", "share", "points", "top point", "months", "ha", "per km²"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in result.hotspots.itertuples():
        cells = (
            f"{row.rank}",
            row.name,
            f"{row.incidents:,}",
            f"{row.share:.1%}",
            f"{row.points:,}",
            f"{row.top_point_share:.0%}",
            f"{row.months_active}/{row.months_covered}",
            f"{row.area_m2 / 10_000:.1f}",
            f"{row.incidents_per_km2:,.0f}",
        )
        table.add_row(*(Text(plain(cell)) for cell in cells))
    click.echo(plain(sentence))
    if len(result.hotspots):
        rich_console().print(table)
