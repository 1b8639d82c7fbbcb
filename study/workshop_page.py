"""The workshop page from what a project holds: counted, let out by the public profile, put into words, drawn."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from geo.errors import GeoError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geo.disclosure.profiles import Profile

HEXAGONS, WARDS = "hexagons", "wards"
_ASB = ("anti-social behaviour", "antisocial behaviour", "asb")


class WorkshopPage(NamedTuple):
    """``page``: the folium Map; ``headline``: its first sentence, in its language; ``layers``: what is on it, as
    released, for the release log; ``total``: of the reports, rounded, None where small; ``sentences``: for whoever made
    it, on what was hidden; ``made_with``: the width of the hexagons and where the bands begin, for the pages after it.
    """

    page: Any
    headline: str
    layers: dict[str, pd.DataFrame]
    total: int | None
    sentences: list[str]
    made_with: dict[str, Any]


def workshop_page(
    incidents: gpd.GeoDataFrame,
    wards: gpd.GeoDataFrame,
    *,
    area: str,
    months: Sequence[str],
    source: str,
    made_on: str,
    made_by: str = "",
    attribution: Sequence[str] = (),
    notes: gpd.GeoDataFrame | None = None,
    language: str = "en",
    words: dict[str, Any] | None = None,
    by: str = HEXAGONS,
    width_m: float | None = None,
    profile: Profile | None = None,
    base_map: Mapping[str, gpd.GeoDataFrame] | None = None,
    edges: Sequence[int] | None = None,
) -> WorkshopPage:
    """Return the page that is handed out at a workshop: no incident is on it, and no word of a note.

    ``incidents``: those inside ``wards``, with ``crime_type`` if known; ``wards``: ``ward_code``, ``ward_name``.
    ``months``: those covered, first to last, as 2025-01. ``notes``: of earlier workshops, whose places and feelings are
    shown. ``words``: the contents of a strings file of one's own. ``by``: hexagons of ``width_m`` (chosen where it is
    None) or wards. ``profile``: the public one or a stricter one. ``base_map``: what lies below the map.
    ``edges``: where the bands of an earlier page of this area began.
    """
    from geo.disclosure.profiles import PROFILES
    from geo.disclosure.release import release
    from geo.workshop.cells import released_cells
    from maps.languages import strings
    from maps.workshop import workshop_map
    from maps.workshop_records import counted_areas
    from maps.workshop_texts import workshop_about

    if by not in (HEXAGONS, WARDS):
        raise GeoError(f"Reports cannot be counted by {by!r}.", f"There are: {HEXAGONS} and {WARDS}.")
    profile = profile or PROFILES["public"]
    spoken = strings(language, words)
    bare = wards[["ward_code", "ward_name", "geometry"]]
    cells, width = None, None
    if by == HEXAGONS:
        counted = released_cells(incidents, wards, width_m=width_m, profile=profile)
        cells, width, total, said = counted.cells, counted.width_m, counted.total, list(counted.taken_out)
        layers = release({"wards": bare}, profile).layers | {"cells": cells}
        said.append(f"Hexagons of {width:g} m; {counted.hidden_share:.0%} of the incidents lie in hidden ones.")
    else:
        done, total = _by_ward(incidents, bare, profile)
        layers, said = dict(done.layers), done.taken_out
    if notes is not None:
        let_out = release({"workshop_notes": notes}, profile)
        layers |= let_out.layers
        said += [sentence for sentence in let_out.taken_out if sentence.startswith(("workshop_notes", "Positions"))]
    about = workshop_about(
        spoken,
        area=area,
        total=total,
        months=months,
        source=source,
        made_on=made_on,
        width_m=width,
        antisocial=_antisocial(incidents),
        attribution=attribution,
    )
    page = workshop_map(
        layers["wards"],
        cells,
        about,
        strings=spoken,
        notes=layers.get("workshop_notes"),
        made_by=made_by,
        map_id=map_id(area),
        minimum_count=profile.minimum_count,
        rounding=profile.rounding,
        edges=edges,
        base_map=base_map,
    )
    counts = layers["wards"] if cells is None else cells
    made, _ = counted_areas(counts, by, profile.minimum_count, profile.rounding, edges)
    begin = [band.low for band in made if band.kind in ("range", "most")]
    return WorkshopPage(page, about.headline, layers, total, said, {"by": by, "width_m": width, "edges": begin})


def map_id(area: str) -> str | None:
    """Return the name of the map in its notes, the same in every language and month; None where none can be made."""
    plain = unicodedata.normalize("NFKD", area).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.casefold()).strip("-")[:50].strip("-")
    return f"{slug}-workshop" if slug else None


def _by_ward(incidents: gpd.GeoDataFrame, bare: gpd.GeoDataFrame, profile: Profile) -> tuple[Any, int | None]:
    import math

    from geo.area import assign_wards
    from geo.disclosure.counts import protected
    from geo.disclosure.release import release

    placed = assign_wards(incidents.drop(columns=["ward_code", "ward_name"], errors="ignore"), bare)
    counts = bare["ward_code"].map(placed["ward_code"].value_counts()).fillna(0).astype("int64")
    done = release({"wards": bare.assign(incidents=counts)}, profile)
    total = protected([counts.sum()], minimum=profile.minimum_count, base=profile.rounding, zero_is_small=False)[0]
    return done, None if math.isnan(total) else int(total)


def _antisocial(incidents: gpd.GeoDataFrame) -> bool:
    if "crime_type" not in incidents or incidents.empty:
        return False
    return bool(incidents["crime_type"].astype(str).str.casefold().isin(_ASB).all())
