"""Patrols on the terminal: what was planned, what was walked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from console.tables import print_table
from console.talk import plain
from study.plan_page import headline

if TYPE_CHECKING:
    from geo.patrol.allocation import Allocation
    from geo.patrol.check.track import TrackResult
    from geo.patrol.patrols import PatrolPlan


def print_plan(plan: PatrolPlan, allocation: Allocation | None) -> None:
    """Print the headline, each team's stops with times, and what has to be said with the plan."""
    click.echo(plain(headline(plan)))
    for route in plan.routes.itertuples():
        click.echo(
            f"\nTeam {route.team}, {route.starts:%H:%M} to {route.ends:%H:%M}: "
            f"{route.dwell_minutes:.0f} minutes at stops, {route.walk_minutes:.0f} on foot, "
            f"{route.spare_minutes:.0f} over."
        )
        visits = plan.visits[plan.visits["team"] == route.team]
        print_table(
            ("", "arrive", "leave", "walk", "stop"),
            (
                (
                    f"{row.order}",
                    f"{row.arrives:%H:%M}",
                    f"{row.leaves:%H:%M}",
                    f"{row.walk_minutes:.0f} min",
                    f"{row.name} ({row.kind})",
                )
                for row in visits.itertuples()
            ),
        )
    for sentence in (*plan.sentences, *(() if allocation is None else allocation.sentences)):
        click.echo(plain(sentence))


def print_check(result: TrackResult) -> None:
    """Print what the tracks show: a line a stop, then sentences."""
    print_table(
        ("stop", "planned", "minutes", "longest", "unknown", "visits", "what the tracks show"),
        (
            (
                row.name,
                f"{row.planned_visits} x {row.planned_minutes / max(row.planned_visits, 1):.0f} min",
                *(f"{value:.0f}" for value in (row.minutes, row.longest_minutes, row.unknown_minutes)),
                f"{row.visits}",
                row.outcome,
            )
            for row in result.stops.itertuples()
        ),
    )
    for sentence in result.sentences:
        click.echo(plain(sentence))
