"""The options of ``geo patrol``."""

from __future__ import annotations

import click

from console.options import day_option, layer_option

streets_opt = layer_option(
    "streets", "A walking network: OpenStreetMap XML or PBF, or lines. None: straight lines x 1.3."
)
date_opt = day_option("date", "The day of the shift.", default="today")
as_of_opt = day_option("as-of", "The day the record goes up to.", default="today")
shift_opt = click.option(
    "--shift", metavar="FROM-TO", default="18:00-22:00", show_default=True, help="By the clock; past midnight too."
)
teams_opt = click.option(
    "--teams", type=click.IntRange(1, 20), default=1, show_default=True, help="Pairs on foot, each for the whole shift."
)
start_opt = click.option(
    "--start",
    metavar="PLACE",
    multiple=True,
    required=True,
    help="Where teams set out: a focal point (id or name), EASTING,NORTHING or LON,LAT. Once for all, or once a team.",
)
end_opt = click.option("--end", metavar="PLACE", multiple=True, help="Where teams finish, as --start. Default: there.")
balance_opt = click.option(
    "--balance",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="What minutes go to: 0 hot spots only, 1 people nobody has talked to only.",
)
dwell_opt = click.option(
    "--dwell", type=click.FloatRange(10, 20), metavar="MINUTES", default=15, show_default=True, help="At each stop."
)
rest_days_opt = click.option(
    "--rest-days", type=click.FloatRange(0, 365), default=7, show_default=True, help="How long a visit lowers a prize."
)
speed_opt = click.option(
    "--speed", type=click.FloatRange(20, 150), metavar="M/MIN", default=80, show_default=True, help="Walking speed."
)
max_visits_opt = click.option(
    "--max-visits", type=click.IntRange(1, 10), default=1, show_default=True, help="To one place, by different teams."
)
min_gap_opt = click.option(
    "--min-gap",
    type=click.FloatRange(0, 1440),
    metavar="MINUTES",
    default=60,
    show_default=True,
    help="Between two visits to one place.",
)
seconds_opt = click.option(
    "--seconds", type=click.FloatRange(1, 3600), default=20, show_default=True, help="How long to look for a plan."
)
variety_opt = click.option(
    "--variety",
    type=click.FloatRange(0, 0.5),
    default=0.02,
    show_default=True,
    help="Part of the prize that may be given up, so that patrols are hard to foresee.",
)
include_chance_opt = click.option(
    "--include-chance", is_flag=True, help="Visit hot spots too that chance could explain."
)
contacts_opt = click.option(
    "--contacts", is_flag=True, help="Name contact persons on the sheet; it must then stay inside the team."
)
walked_opt = layer_option(
    "walked", "What geo patrol check wrote for earlier shifts (checked.gpkg): places visited lately count less."
)
month_hours_opt = click.option(
    "--month-hours",
    type=click.FloatRange(1, 100_000),
    metavar="HOURS",
    help="Also share out a month of team hours over the hot spots, by what the record concentrates there.",
)
tracks_arg = click.argument("tracks", metavar="TRACK...", nargs=-1, required=True, type=click.Path())
earlier_opt = click.option(
    "--earlier", metavar="FILE", multiple=True, help="checked.gpkg of earlier shifts, for the dosage by week."
)
plan_opt = layer_option("plan", "The plan that was to be walked: plan.gpkg of geo patrol plan.", required=True)
min_visit_opt = click.option(
    "--min-visit", type=click.FloatRange(1, 120), metavar="MINUTES", default=10, show_default=True, help="What counts."
)
max_gap_opt = click.option(
    "--max-gap",
    type=click.FloatRange(1, 60),
    metavar="MINUTES",
    default=5,
    show_default=True,
    help="A longer gap between two fixes is unknown time.",
)
