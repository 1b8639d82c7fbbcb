"""Patrols on the terminal: what was planned, what was walked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from console.talk import plain, rich_console
from study.plan_page import headline

if TYPE_CHECKING:
    from geo.patrol.allocation import Allocation
    from geo.patrol.check.track import TrackResult
    from geo.patrol.patrols import PatrolPlan


def print_plan(plan: PatrolPlan, allocation: Allocation | None) -> None:
    """Print the headline, each team's stops with times, and what has to be said with the plan."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    click.echo(plain(headline(plan)))
    for route in plan.routes.itertuples():
        table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
        for name, how in (("", "right"), ("arrive", "left"), ("leave", "left"), ("walk", "right")):
            table.add_column(name, justify=how, no_wrap=True)  # type: ignore[arg-type]
        table.add_column("stop", overflow="fold")
        for row in plan.visits[plan.visits["team"] == route.team].itertuples():
            cells = (f"{row.order}", f"{row.arrives:%H:%M}", f"{row.leaves:%H:%M}", f"{row.walk_minutes:.0f} min")
            table.add_row(*(Text(cell) for cell in cells), Text(plain(f"{row.name} ({row.kind})")))
        click.echo(
            f"\nTeam {route.team}, {route.starts:%H:%M} to {route.ends:%H:%M}: "
            f"{route.dwell_minutes:.0f} minutes at stops, {route.walk_minutes:.0f} on foot, "
            f"{route.spare_minutes:.0f} over."
        )
        rich_console().print(table)
    for sentence in plan.sentences:
        click.echo(plain(sentence))
    for sentence in () if allocation is None else allocation.sentences:
        click.echo(plain(sentence))


def print_check(result: TrackResult) -> None:
    """Print what the tracks show: a line a stop, then sentences."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("stop", overflow="fold")
    for name in ("planned", "minutes", "longest", "unknown", "visits"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("what the tracks show", overflow="fold")
    for row in result.stops.itertuples():
        numbers = (
            f"{row.planned_visits} x {row.planned_minutes / max(row.planned_visits, 1):.0f} min",
            *(f"{value:.0f}" for value in (row.minutes, row.longest_minutes, row.unknown_minutes)),
            f"{row.visits}",
        )
        table.add_row(Text(plain(row.name)), *(Text(cell) for cell in numbers), Text(plain(row.outcome)))
    rich_console().print(table)
    for sentence in result.sentences:
        click.echo(plain(sentence))
