"""The briefing page of ``geo patrol plan``: a card a stop on a screen, one sheet of A4 a team on paper."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd

from geo.crs import require_metric
from geo.errors import GeoError
from maps import page, shapes
from maps.base_map import base_map_block
from maps.builder import Page
from maps.markup import Html, join, tag
from maps.names import names_block
from maps.page import About
from maps.patrol_cards import left_out_section, team_sections
from maps.patrol_sheets import WIDTH_MM, made, sheet_sections, sheets_of
from maps.patrol_stops import Team, teams_of
from maps.words import plain

PAGE = Page(
    skeleton="patrol.html",
    script="patrol/patrol.js",
    styles=("base.css", "report.css", "stage.css", "base_map.css", "panel.css", "patrol.css", "patrol_print.css"),
)

_USE = "Ticks are kept only while it is open. Printed, it is one sheet of A4 for each team, with room to write on."
_LIMITS = ("reported", "past", "people", "ways")

ESTIMATED = "Distances are estimated: straight lines × 1.3, not streets."
ALONG_STREETS = "Distances are measured along streets."
_AROUND = 0.45  # of the plan's longer side: what a sheet's map may show beyond it


def patrol_page(
    visits: gpd.GeoDataFrame,
    routes: gpd.GeoDataFrame,
    left_out: pd.DataFrame,
    wards: gpd.GeoDataFrame,
    about: About,
    *,
    shift: str,
    sentences: Sequence[str] = (),
    estimated: bool = False,
    base_map: Mapping[str, gpd.GeoDataFrame] | None = None,
    streets: gpd.GeoDataFrame | None = None,
) -> Any:
    """Return the page as a folium Map: save it with ``maps.figure.save_page``.

    ``visits`` (a row a planned visit), ``routes`` (a row a team; its line begins where the team starts) and
    ``left_out`` (``name``, ``kind``, ``reason``) are the frames of a plan; ``wards`` have ``ward_code`` and
    ``ward_name``. The layers are in metres; the order of their rows does not matter. ``contact`` of a visit is printed
    as it is: leave it empty unless the page stays inside the team. ``shift`` is said as "18:00 to 22:00 on Friday
    5 December 2025", ``sentences`` are what else must be said of the plan (how near to the best it is, what it covers),
    and ``estimated`` tells that distances are straight lines. Below the route lies ``base_map``, as
    ``read_base_map`` returns it, or only ``streets`` (lines).
    """
    layers = {"visits": visits, "routes": routes, "wards": wards, "streets": streets}
    for name, layer in layers.items():
        if layer is not None and len(layer):
            require_metric(layer, name)
    teams = teams_of(visits, routes)
    if not teams:
        raise GeoError("There is no team in the plan.", "Give the routes of the plan, one row a team.")
    bounds = _bounds(visits, routes, wards)
    west, south, east, north = bounds
    data: dict[str, Any] = {
        "bounds": [[south, west], [north, east]],
        "wards": _ward_records(wards),
        "teams": [_record(team) for team in teams],
        "sheets": [[sheet.team, sheet.first, sheet.last, WIDTH_MM, sheet.height_mm] for sheet in sheets_of(teams)],
    }
    below = base_map or _only_streets(streets)
    packed = {}
    if below:
        packed["base-map"], data["base_map"] = base_map_block(below, _wider(bounds))
        packed |= names_block(below, _wider(bounds))
    distances = ESTIMATED if estimated else ALONG_STREETS
    on_paper = (
        "Ticks are kept only while it is open. Printed, it is one sheet of A4 for each team, with room to write on."
    )
    texts = page.texts(about, _LIMITS, complete="The stops are complete", made=f"{on_paper} {made(about)}")
    texts |= {
        "facts": join([tag("div", tag("dt", "Shift"), tag("dd", shift)), Html(texts["facts"])]),
        "said": tag("ul", *(tag("li", sentence) for sentence in [distances, *sentences]), class_="said"),
        "teams": team_sections(teams),
        "left_out": left_out_section(left_out),
        "sheets": sheet_sections(teams, about, shift, distances, sentences),
    }
    # the page scrolls: a wheel over the map must not be caught by it
    return PAGE.build(about.title, bounds, texts=texts, data=data, packed=packed, scrollWheelZoom=False)


def _record(team: Team) -> dict[str, Any]:
    """Return a team as the scripts read it: its way and, for every stop, what stands on the map."""
    names = ("order", "name", "hot", "when", "at", "radius_m")
    stops = [{name: getattr(stop, name) for name in names} for stop in team.stops]
    return {"name": team.name, "route": team.route, "stops": stops}


def _ward_records(wards: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    ordered = wards.sort_values("ward_code", kind="stable")
    drawn = zip(ordered["ward_name"], shapes.neighbours(ordered), shapes.label_points(ordered), strict=True)
    return [{"name": plain(name), "label": label, "geometry": shape} for name, shape, label in drawn]


def _only_streets(streets: gpd.GeoDataFrame | None) -> dict[str, gpd.GeoDataFrame] | None:
    if streets is None or not len(streets):
        return None
    return {"streets": streets if "rank" in streets else streets.assign(rank=3)}


def _bounds(
    visits: gpd.GeoDataFrame, routes: gpd.GeoDataFrame, wards: gpd.GeoDataFrame
) -> tuple[float, float, float, float]:
    """Return the extent of the plan in degrees; that of the wards when nothing of it can be drawn."""
    for layers in ((visits, routes), (wards,)):
        found = shapes.bounds(*layers)
        if all(math.isfinite(side) for side in found):
            return found
    raise GeoError("There is no stop, no route and no ward to draw.", "Give the wards that the patrol is in.")


def _wider(bounds: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    west, south, east, north = bounds
    aside = _AROUND * max(east - west, 2 * (north - south))
    up = _AROUND * max(north - south, (east - west) / 2)
    return west - aside, south - up, east + aside, north + up
