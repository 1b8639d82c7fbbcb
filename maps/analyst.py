"""The analyst's page: everything there is on one map, with filters, a time line and tables linked to it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd

from geo.crs import require_metric
from geo.errors import GeoError
from maps import packing, page, palette, shapes
from maps.analyst_words import answered, missing, priorities
from maps.background import background
from maps.builder import Page
from maps.engagement import place_records, ward_records
from maps.flags import flag_of
from maps.hotspots import hotspot_records, left_out
from maps.incidents import pack_incidents
from maps.marks import engagement_records, note_records
from maps.measures import NONE, UNKNOWN, Measure, measures
from maps.page import About
from maps.sheets import Sheet
from maps.tiles import Tiles
from maps.words import plain

PAGE = Page(
    skeleton="analyst.html",
    script="analyst/analyst.js",
    styles=(
        "base.css",
        "split.css",
        "stage.css",
        "base_map.css",
        "panel.css",
        "print.css",
        "engagement.css",
        "analyst.css",
    ),
)

_LAYERS = {
    "hotspots": "Hot spot", "weak": "Could be chance", "wards": "Ward", "places": "Focal point",
    "engagements": "Engagements at a place", "notes": "Workshop note", "incidents": "Incidents",
}  # fmt: skip
# a quiet first sight: the rest is there when it is asked for
_AT_FIRST = ("hotspots", "wards")
_LIMITS = ("reported", "places", "logged", "fault", "small", "choices")

# of hot spots, besides what every page shows: kinds of report, and how many were marked, never who
_EVIDENCE = (
    "type_personal", "type_nuisance", "type_environmental", "impact", "repeat_victims", "victims_three_or_more",
    "vulnerable_personal", "vulnerable_situational", "vulnerable_incidental",
)  # fmt: skip
# numbers of a ward that its table sorts by and its file holds
_NUMBERS = (
    "incidents", "population", "contacts", "events", "expected", "ratio", "low", "high", "days_since_last", "reach",
    "proactive_share",
)  # fmt: skip
# the measures that follow the filters, and how the page works them out
_LIVE = {"incidents": "count", "incidents_per_1000": "rate"}


def analyst_map(
    hotspots: gpd.GeoDataFrame,
    incidents: gpd.GeoDataFrame,
    wards: gpd.GeoDataFrame,
    about: About,
    *,
    findings: pd.DataFrame | None = None,
    focal_points: gpd.GeoDataFrame | None = None,
    engagements: gpd.GeoDataFrame | None = None,
    answers: Sequence[Sheet] = (),
    notes: gpd.GeoDataFrame | None = None,
    base_map: Mapping[str, gpd.GeoDataFrame] | None = None,
    tiles: Tiles | None = None,
) -> Any:
    """Return the page as a folium Map: save it with ``maps.figure.save_page``.

    For use inside the team: small numbers are not hidden. ``hotspots`` and ``incidents`` as for ``hotspots_map``;
    hot spots may also have the columns of evidence (types, repeats, vulnerability: counts). Incidents may also have
    ``ward_code`` (then wards can be shaded by what the filters leave), ``source``, ``occurred_from`` and
    ``occurred_to`` (then weekdays and, where there are times, hours can be chosen, as
    ``maps.incidents.weekday_and_hour`` says). No other column of theirs reaches the page, no victim, no number, no
    text. ``wards``: ``ward_code``, ``ward_name``, perhaps ``incidents``, ``population`` and the measures of
    ``maps.engagement.WARD_FACTS``. ``findings``: the priority list of engagement. ``focal_points``: ``name``, ``kind``,
    ``communities``. ``engagements``: ``date``, ``activity``, ``attendees`` and geometry (those without a point are
    counted, not drawn), named by their focal point. ``answers``: question and sentence of each are shown. ``notes``: of
    workshops, with ``feeling``, ``note``, ``created``. ``base_map``: as ``read_base_map`` returns it;
    ``tiles``: a server to get it from instead. All layers in metres; the order of rows does not matter. What was not
    given is said on the page.
    """
    more = {"focal points": focal_points, "engagements": engagements, "workshop notes": notes}
    layers = {"hotspots": hotspots, "incidents": incidents, "wards": wards} | more
    for name, layer in layers.items():
        if layer is not None:
            require_metric(layer, name)
    ordered = wards.sort_values("ward_code", kind="stable").reset_index(drop=True)
    bounds = shapes.bounds(ordered, hotspots)
    if not len(ordered) or not math.isfinite(bounds[0]):
        raise GeoError("There is no ward to draw.", "Give the wards the incidents were looked for in.")
    west, south, east, north = bounds
    too_wide = packing.step_m(*bounds) > packing.COARSEST_STEP_M
    lon, lat = (west + east) / 2, (south + north) / 2
    codes = [str(code) for code in ordered["ward_code"]]
    grid = packing.grid_over(*((lon, lat, lon, lat) if too_wide else bounds))
    packed = pack_incidents(incidents.iloc[:0] if too_wide else incidents, grid, wards=codes, filtered=True)
    by_ward = "ward_code" in incidents and not too_wide
    spots = hotspot_records(hotspots, _EVIDENCE)
    shaded = [*(_live(ordered) if by_ward else []), *measures(ordered)]
    met, unplaced = engagement_records(engagements, focal_points)
    data = {
        "bounds": [[south, west], [north, east]],
        "total": len(incidents),
        "incidents": packed.schema,
        "hotspots": spots,
        "measures": [measure.legend() | {"live": _LIVE.get(measure.name)} for measure in shaded],
        "live": {"colours": palette.BLUES, "none": vars(NONE), "unknown": vars(UNKNOWN)},
        "wards": [
            record | _numbers(row)
            for record, row in zip(ward_records(ordered, shaded, spots), ordered.to_dict("records"), strict=True)
        ],
        "places": place_records(focal_points),
        "engagements": met,
        "unplaced": unplaced,
        "notes": note_records(notes),
        "colours": palette.COLOURS | {"dot-rim": palette.COLOURS["paper"]},
        "density": palette.density_ramp(),
    }
    below = background(about, bounds, base_map=base_map, tiles=tiles)
    absent = missing(packed.schema, ordered, counted_by_ward=by_ward, layers=layers, unplaced=unplaced)
    absent += [left_out(packed.left_out)] if packed.left_out and not too_wide else []
    if too_wide:
        absent.insert(0, "The area is too wide to draw single incidents; they are in the data beside this map.")
    said = page.texts(below.about, _LIMITS, complete="The words are complete", notes=below.notes, network=below.network)
    texts = said | {
        "layers": page.layers(_LAYERS, always=("hotspots", "wards", "incidents"), on=_AT_FIRST),
        "missing": page.sentences(absent),
        "priorities": priorities(findings, dict(zip(codes, ordered["ward_name"].astype(str), strict=True))),
        "answers": answered(answers),
    }
    made = PAGE.build(
        about.title, bounds, texts=texts, data=data | below.data, packed={"points": packed.content} | below.packed
    )
    for source in below.sources:
        source.add_to(made)
    return made


def _live(wards: gpd.GeoDataFrame) -> list[Measure]:
    """Return the measures whose classes the page works out itself, from what the filters leave."""
    empty: dict[str, Any] = {"shades": (), "classes": [0] * len(wards), "texts": [""] * len(wards)}
    note = "Incidents shown, by the ward they lie in. Classes of about as many wards each."
    made = [Measure("incidents", "Incidents", note, **empty)]
    if "population" in wards and (pd.to_numeric(wards["population"], errors="coerce") > 0).any():
        note = "Incidents shown, for each 1,000 residents of the ward, over the months shown."
        made.append(Measure("incidents_per_1000", "Incidents per 1,000 residents", note, **empty))
    return made


def _numbers(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return what the table of wards needs besides the card: numbers as numbers, and the flag in words."""
    numbers = {name: plain(row[name]) for name in _NUMBERS if name in row}
    word = str(plain(row.get("flag")) or "")
    flag = flag_of(word)
    return {
        "numbers": numbers,
        "population": numbers.get("population"),
        "flag": (flag.words if flag else word) or None,
    }
