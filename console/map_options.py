"""The options of ``geo map``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

# what each reader may be given; the first is the default
PROFILES_OF = {"analyst": ("internal",), "inspector": ("internal", "partner"), "workshop": ("public",)}

audience_opt = click.option(
    "--audience", type=click.Choice(list(PROFILES_OF)), required=True, help="Who will read the page."
)


def _allowed(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Return the profile, by default the audience's; refuse one that its page cannot keep."""
    audience = ctx.params["audience"]
    allowed = PROFILES_OF[audience]
    if value is None:
        return allowed[0]
    if value not in allowed:
        why = {
            "analyst": "it holds single incidents. For others: --audience inspector --profile partner, or workshop",
            "inspector": "it names hot spots and gaps. For the public: --audience workshop",
            "workshop": "it is handed out",
        }[audience]
        raise click.BadParameter(f"the {audience}'s page is made for {' or '.join(allowed)}: {why}.")
    return value


profile_opt = click.option(
    "--profile",
    type=click.Choice(["internal", "partner", "public"]),
    callback=_allowed,
    help="For whom the file is meant: internal (analyst, inspector), partner (inspector), public (workshop).",
)
language_opt = click.option(
    "--language", metavar="CODE", default="en", show_default=True, help="Of the workshop page: en, cy (Welsh)."
)
words_opt = click.option(
    "--words",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A strings file of one's own for the workshop page, in another language or other words.",
)
by_opt = click.option(
    "--by",
    type=click.Choice(["hexagons", "wards"]),
    default="hexagons",
    show_default=True,
    help="What reports are counted by on the workshop page.",
)
made_by_opt = click.option("--made-by", metavar="TEXT", default="", help="Who answers for the workshop page.")
base_map_opt = click.option(
    "--base-map",
    metavar="FILE",
    multiple=True,
    help="Streets, parks, water below the map: OpenStreetMap XML or PBF, GeoPackage, GeoJSON. Stays offline.",
)
tiles_opt = click.option(
    "--tiles", metavar="URL", help="A server of map tiles (with {z}, {x}, {y}). It learns what is looked at."
)
tiles_attribution_opt = click.option("--tiles-attribution", metavar="TEXT", help="Whose the tiles are.")
contacts_opt = click.option(
    "--contacts", is_flag=True, help="Name contact persons on the inspector's page; internal profile only."
)
