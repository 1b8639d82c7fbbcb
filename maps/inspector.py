"""The inspector's page: the first hot spots with when and why, who is not being heard, and one sheet to brief from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from geo.crs import require_metric
from geo.errors import GeoError
from maps import page, shapes
from maps.background import background
from maps.builder import Page
from maps.engagement import place_records, spot_records, ward_records
from maps.findings import findings_list
from maps.markup import Html, join, tag
from maps.measures import Measure, measures, reports
from maps.page import About
from maps.tiles import Tiles
from maps.words import plain

PAGE = Page(
    skeleton="inspector.html",
    script="report/inspector.js",
    styles=(
        "base.css",
        "report.css",
        "stage.css",
        "base_map.css",
        "panel.css",
        "print.css",
        "engagement.css",
        "inspector.css",
    ),
)

_LAYERS = {"hotspots": "Hot spot, by number", "places": "Focal point, by letter"}
_LIMITS = ("reported", "places", "logged", "fault", "past", "choices")

# what an inspector shades the wards by, where it is known; the first is shown
_MEASURES = ("flag", "both", "per_thousand", "ratio", "reports")
_LABELS = (("when", "When"), ("change", "Change"), ("why", "Why"), ("doubt", "Doubt"), ("calls", "Speak to"))
_SIDE_BY_SIDE = ("When", "Change")
_OF_CONTACT = ("logged", "fault")
_CAUTION = "Counts are reports. A quiet ward is unknown, not safe."
_CAUTION_OF_CONTACT = "Contact is what was logged; a gap is the team's, never a community's."
_NO_LOG = "No log of engagement was given: who is met and who is not cannot be told."


def inspector_map(
    wards: gpd.GeoDataFrame,
    hotspots: gpd.GeoDataFrame,
    spots: pd.DataFrame,
    change: str,
    about: About,
    *,
    findings: pd.DataFrame | None = None,
    calls: gpd.GeoDataFrame | None = None,
    base_map: Mapping[str, gpd.GeoDataFrame] | None = None,
    tiles: Tiles | None = None,
    shared: bool = False,
) -> Any:
    """Return the page as a folium Map: save it with ``maps.figure.save_page``.

    ``wards`` as in ``maps.engagement.engagement_page``. ``hotspots``: those drawn (``rank``, ``name``, ``wards``,
    polygons); ``spots``: their words, in the order shown: ``rank``, ``name``, ``when``, ``why``, ``change``, ``calls``.
    ``change``: of all reports, a sentence. ``findings``: the priority list of engagement. ``calls``: focal points named
    in ``spots``, with ``mark`` (A, B ...); no column of theirs about a person reaches the page. ``base_map``: what lies
    below, as ``read_base_map`` returns it; ``tiles``: a server to get it from. ``shared``: the page goes to partners,
    who are not given what the log holds, so it says nothing of contact. Layers in metres.

    On paper the page is one sheet of A4, always: it holds the first five hot spots and the first five findings, and a
    text that is too long for its lines ends in dots there; on the screen it is whole.
    """
    for name, layer in {"wards": wards, "hotspots": hotspots, "focal points": calls}.items():
        if layer is not None and len(layer):
            require_metric(layer, name)
    ordered = wards.sort_values("ward_code", kind="stable").reset_index(drop=True)
    bounds = shapes.bounds(ordered)
    if not math.isfinite(bounds[0]):
        raise GeoError("There is no ward to draw.", "Give the wards that hot spots were looked for in.")
    west, south, east, north = bounds
    shaded = _for_briefing([*measures(ordered), *filter(None, [reports(ordered)])])
    drawn = hotspots[hotspots["rank"].isin(spots["rank"])]
    outlines = spot_records(drawn) if len(drawn) else []
    data = {
        "bounds": [[south, west], [north, east]],
        "measures": [measure.legend() for measure in shaded],
        "wards": ward_records(ordered, shaded, outlines),
        "hotspots": outlines,
        "places": place_records(calls) if calls is not None and len(calls) else [],
    }
    names = dict(zip(ordered["ward_code"].astype(str), ordered["ward_name"].astype(str), strict=True))
    below = background(about, bounds, base_map=base_map, tiles=tiles)
    unmet = [] if shared or findings is not None else [_NO_LOG]
    said = page.texts(
        below.about, [name for name in _LIMITS if not shared or name not in _OF_CONTACT],
        complete="The lists are complete", notes=[*below.notes, *unmet], network=below.network,
        made="It is for partners." if shared else "It is for briefing inside the team.",
    )  # fmt: skip
    texts = said | {
        "kind": "with-log" if findings is not None else "without-log",
        "asked": "when, why, whom to speak to" if calls is not None and len(calls) else "when and why",
        "caution": _CAUTION if findings is None else f"{_CAUTION} {_CAUTION_OF_CONTACT}",
        "layers": page.layers(_LAYERS, marks={"hotspots": "outlines", "places": "letters"}),
        "change": change,
        "spots": _spots_list(spots),
        "findings": Html("") if findings is None else _findings(findings, names),
    }
    made = PAGE.build(
        about.title, bounds, texts=texts, data=data | below.data, packed=below.packed, scrollWheelZoom=False
    )
    for source in below.sources:
        source.add_to(made)
    return made


def _for_briefing(every: list[Measure]) -> list[Measure]:
    by_name = {measure.name: measure for measure in every}
    return [by_name[name] for name in _MEASURES if name in by_name] or every


def _spots_list(spots: pd.DataFrame) -> Html:
    if not len(spots):
        return tag("p", "No hot spot stands out in this period.", class_="none")
    rows = spots.to_dict("records")
    # what is the same for all of them is said once
    same = {name for name, _ in _LABELS if len(rows) > 1 and len({str(plain(row.get(name))) for row in rows}) == 1}
    once = [f"{label}: {said}" for name, label in _LABELS if name in same and (said := plain(rows[0].get(name)))]
    items = []
    for row in rows:
        rank = tag("span", str(plain(row["rank"])), class_="rank")
        told = [(label, plain(row.get(name))) for name, label in _LABELS if name not in same]
        facts = [part for label, said in told if said for part in _fact(label, str(said))]
        head = tag("h3", rank, tag("span", str(plain(row["name"]) or "no name"), class_="name"))
        # beside the words a script draws the place at street level
        items.append(tag("li", tag("div", head, tag("dl", *facts)), data_spot=str(plain(row["rank"]))))
    return join([*(tag("p", said, class_="for-all") for said in once), tag("ol", *items, class_="brief-list")])


def _fact(label: str, said: str) -> tuple[Html, Html]:
    # on paper when and what changed stand side by side, the longer texts below them
    place = "side" if label in _SIDE_BY_SIDE else "wide"
    return tag("dt", label, class_=place), tag("dd", said, class_=place)


def _findings(findings: pd.DataFrame, names: dict[str, str]) -> Html:
    heading = tag("h2", "Who is not being heard", id="priorities", tabindex="-1")
    listed = findings_list(findings, names)
    return tag("section", heading, listed, class_="priorities", aria_labelledby="priorities")
