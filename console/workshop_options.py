"""The options of ``geo workshop`` and of what reads its notes."""

from __future__ import annotations

import click

files_arg = click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path())
margin_opt = click.option(
    "--margin",
    metavar="METRES",
    type=click.FloatRange(0, 100_000),
    default=1000,
    show_default=True,
    help="How far outside the study area a note may lie; farther ones are set aside.",
)
notes_opt = click.option(
    "--workshop-notes",
    metavar="FILE",
    help="Notes of workshops, as collected (GeoJSON); [layers] workshop_notes in geo.toml names them.",
)
