"""Results as tables on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from console.talk import plain, rich_console

if TYPE_CHECKING:
    from geo.hotspots import HotspotResult


def print_hotspots(result: HotspotResult, sentence: str) -> None:
    """Print the headline and the ranked table."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("", justify="right")
    table.add_column("hot spot", overflow="fold", ratio=3, min_width=20)
    for name in ("incidents", "share", "map points", "busiest point", "months", "hectares", "per km²"):
        table.add_column(name, justify="right")
    table.add_column("wards", overflow="fold", ratio=2, min_width=12)
    for row in result.hotspots.itertuples():
        cells = (
            f"{row.rank}",
            row.name,
            f"{row.incidents:,}",
            f"{row.share:.1%}",
            f"{row.points:,}",
            f"{row.top_point_share:.0%}",
            f"{row.months_active} of {row.months_covered}",
            f"{row.area_m2 / 10_000:.1f}",
            f"{row.incidents_per_km2:,.0f}",
            row.wards,
        )
        table.add_row(*(Text(plain(cell)) for cell in cells))
    click.echo(plain(sentence))
    if len(result.hotspots):
        rich_console().print(table)
