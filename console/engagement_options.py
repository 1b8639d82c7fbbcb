"""The options of ``geo engagement`` that no other command has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from console.options import day_option, layer_option, number_or

_LAYERS = (
    layer_option(
        "communities", "Residents by ward and community: own table, Census 2021 bulk table (by LSOA: --lookup)."
    ),
    layer_option("focal-points", "Where people meet: a table, a map file, or OpenStreetMap (Overpass JSON, GeoJSON)."),
    layer_option("attendance", "Who was invited to what, and who came."),
    layer_option("priorities", "What was asked for, and how far it got."),
    layer_option("surveys", "Answers by ward and community."),
    layer_option("registers", "Members of alerts, volunteers, networks."),
    layer_option("deprivation", "IMD deciles."),
    layer_option("context", "What people remember, by day: a closure, an attack, a fair."),
    layer_option("lookup", "Which ward each LSOA belongs to, for tables by LSOA."),
)
incidents_opt = layer_option("incidents", "Reports, for hot spots; without them that part is left out.")
engagements_opt = layer_option("engagements", "The log: one row an engagement.")
diary_opt = click.option(
    "--diary",
    metavar="FILE",
    multiple=True,
    help="A timetable of repeated visits (stops with an RRULE), as a log of what was planned; needs --since.",
)
as_of_opt = day_option("as-of", "The day of the report; later engagements are plans.", default="today")
since_opt = day_option("since", "First day of the log; default: its first engagement.")
group_set_opt = click.option(
    "--group-set", metavar="NAME", help="Which kind of community: ethnic_group, religion ... Default: what fits."
)
threshold_opt = click.option(
    "--threshold",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.8,
    show_default=True,
    help="Met less than this part of an equal share is under-engaged.",
)
probability_opt = click.option(
    "--probability",
    metavar="P|auto",
    default="auto",
    show_default=True,
    callback=number_or("auto", 0.5, 0.999),
    help="How sure one must be of it; auto: 0.8, or what keeps false flags under 5%.",
)
within_opt = click.option(
    "--within",
    metavar="METRES",
    type=click.FloatRange(50, 5000),
    default=800,
    show_default=True,
    help="A walk that counts as near a hot spot.",
)
within_days_opt = click.option(
    "--within-days", type=click.IntRange(1, 3660), default=180, show_default=True, help="How lately counts as of late."
)
references_opt = click.option(
    "--references",
    is_flag=True,
    help="Name whom to ask why they did not come by their reference; for the team only, never for a page passed on.",
)


def layer_opts(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command an option for every layer that engagement can use."""
    for option in reversed(_LAYERS):
        command = option(command)
    return command
