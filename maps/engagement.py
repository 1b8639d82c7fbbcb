"""The page of ``geo engagement``: who is being heard, who is not, and the evidence for each answer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd

from geo.crs import LONLAT, require_metric
from geo.errors import GeoError
from maps import page, shapes, words
from maps.background import background
from maps.builder import Page
from maps.findings import findings_list
from maps.markup import join
from maps.measures import Measure, measures
from maps.page import About
from maps.sheets import Sheet, contents, section
from maps.tables import cell_text, is_share
from maps.words import plain

PAGE = Page(
    skeleton="engagement.html",
    script="report/engagement.js",
    styles=(
        "base.css",
        "report.css",
        "stage.css",
        "base_map.css",
        "panel.css",
        "charts.css",
        "print.css",
        "engagement.css",
    ),
)

_LAYERS = {"places": "Focal point", "hotspots": "Hot spot of reports"}
_LIMITS = ("reported", "logged", "fault", "heard", "small", "inside")

# column: (words, what the number is out of or means); in the order of a ward's card and of the table of wards
WARD_FACTS = {
    "flag": ("Flag", ""),
    "population": ("Residents", ""),
    "contacts": ("People met", "as logged; one met twice counts twice"),
    "events": ("Engagements", "meetings, walks, visits, as logged"),
    "expected": ("An equal share", "of engagements, by residents"),
    "ratio": ("Ratio", "engagements for each one of an equal share"),
    "low": ("Ratio, from", "95% interval"),
    "high": ("Ratio, to", "95% interval"),
    "probability_below": ("Probability of less than 0.8", "of an equal share"),
    "days_since_last": ("Days since last contact", ""),
    "reach": ("Focal points reached", "of all in the ward"),
    "proactive_share": ("Planned or asked for", "of engagements whose start is known"),
    "incidents": ("Reports of ASB", ""),
    "incidents_per_1000": ("Reports per 1,000 residents", ""),
}
_NEVER = {"reach": "no focal points"}


def engagement_page(
    wards: gpd.GeoDataFrame,
    findings: pd.DataFrame,
    sheets: Sequence[Sheet],
    about: About,
    *,
    hotspots: gpd.GeoDataFrame | None = None,
    focal_points: gpd.GeoDataFrame | None = None,
    base_map: Mapping[str, gpd.GeoDataFrame] | None = None,
) -> Any:
    """Return the page as a folium Map: save it with ``maps.figure.save_page``.

    ``wards`` have ``ward_code``, ``ward_name`` and any of the columns of WARD_FACTS, ``district_name``, ``reason``,
    ``reports_class`` and ``engagement_class`` (0 to 2), ``quiet_and_unheard``; what is not there is not shown. They
    are shaded by the measures the columns allow (``maps.measures``). ``findings`` are the priority list: ``rank``,
    ``subject``, ``flag``, ``sentence``, ``evidence``, ``ward_code`` (several with ;). ``sheets`` are the questions
    answered, in the order they are asked. ``hotspots`` (``rank``, ``name``, ``wards``) are drawn as outlines.
    ``focal_points`` are drawn with ``name``, ``kind`` and ``communities``; no other column of theirs reaches the
    page, and so no person does. ``base_map``: what lies below, as ``read_base_map`` returns it. The layers are in
    metres. The order of rows of wards, findings, hot spots and focal points does not matter; that of a sheet's
    table is kept, and its first rows are shown first.
    """
    layers = {"wards": wards, "hotspots": hotspots, "focal_points": focal_points}
    for name, layer in layers.items():
        if layer is not None:
            require_metric(layer, name)
    ordered = wards.sort_values("ward_code", kind="stable").reset_index(drop=True)
    bounds = shapes.bounds(ordered)
    if not math.isfinite(bounds[0]):
        raise GeoError("There is no ward to draw.", "Give the wards that engagement was looked for in.")
    west, south, east, north = bounds
    shaded = measures(ordered)
    spots = spot_records(hotspots)
    data = {
        "bounds": [[south, west], [north, east]],
        "measures": [measure.legend() for measure in shaded],
        "wards": ward_records(ordered, shaded, spots),
        "hotspots": spots,
        "places": place_records(focal_points),
    }
    codes = {str(code): str(code) for code in ordered["ward_code"]}
    by_name = ordered.drop_duplicates("ward_name", keep=False)
    codes = {
        str(name): str(code) for name, code in zip(by_name["ward_name"], by_name["ward_code"], strict=True)
    } | codes
    names = dict(zip(ordered["ward_code"].astype(str), ordered["ward_name"].astype(str), strict=True))
    asked: list[Sheet] = [*sheets]
    if not any(sheet.name == "wards" for sheet in sheets):
        asked.append(_every_ward(ordered))
    later: list[dict[str, Any]] = []
    below = background(about, bounds, base_map=base_map)
    said = page.texts(below.about, _LIMITS, complete="The lists and the answers are complete", notes=below.notes)
    texts = said | {
        "layers": page.layers(_LAYERS, marks={"hotspots": "outlines"}),
        "findings": findings_list(findings, names),
        "contents": contents(asked),
        "sheets": join([section(i, sheet, codes, later) for i, sheet in enumerate(asked)]),
    }
    # the page scrolls: a wheel over the map must not be caught by it
    return PAGE.build(
        about.title, bounds, texts=texts, data=data | below.data | {"sheets": later}, packed=below.packed,
        scrollWheelZoom=False,
    )  # fmt: skip


def ward_records(wards: gpd.GeoDataFrame, shaded: Sequence[Measure], spots: Sequence[dict[str, Any]]) -> list[Any]:
    """Return the wards as the scripts read them: shape, facts for the card, class and text under each measure."""
    shares = {name for name in WARD_FACTS if name in wards and is_share(name, wards)}
    records = []
    rows = zip(wards.to_dict("records"), shapes.neighbours(wards), shapes.label_points(wards), strict=True)
    for i, (row, shape, label) in enumerate(rows):
        name = str(plain(row["ward_name"]) or row["ward_code"])
        facts = [_fact(column, row, share=column in shares) for column in WARD_FACTS if column in wards]
        inside = [str(spot["rank"]) for spot in spots if name in (spot["wards"] or "").split("; ")]
        if inside:
            facts.append(["Hot spots here", words.listed(inside), "by rank"])
        records.append(
            {
                "code": str(row["ward_code"]),
                "name": name,
                "district": plain(row.get("district_name")),
                "reason": plain(row.get("reason")),
                "unknown": plain(row.get("quiet_and_unheard")) is True,
                "facts": [fact for fact in facts if fact],
                "classes": [measure.classes[i] for measure in shaded],
                "texts": [measure.texts[i] for measure in shaded],
                "spoken": [(measure.spoken or measure.texts)[i] for measure in shaded],
                "label": label,
                "geometry": shape,
            }
        )
    return records


def _fact(column: str, row: dict[Any, Any], *, share: bool) -> list[str]:
    """Return (label, value, what it is out of); low and high stand with the ratio."""
    if column in ("low", "high"):
        return []
    label, small = WARD_FACTS[column]
    value = cell_text(row[column], column, share=share)
    if value == words.UNKNOWN:
        value = _NEVER.get(column, "not known")
    elif column == "ratio" and plain(row.get("low")) is not None and plain(row.get("high")) is not None:
        small += f"; {cell_text(row['low'], 'low')} to {cell_text(row['high'], 'high')} allowing for chance"
    return [label, value, small]


class _EveryWard(NamedTuple):
    """The facts of the wards as a sheet, where none of the questions has them."""

    table: pd.DataFrame
    headings: Mapping[str, str]
    name: str = "wards"
    question: str = "Every ward"
    sentence: str = "The facts the map is drawn from, a row a ward."


def _every_ward(wards: gpd.GeoDataFrame) -> _EveryWard:
    headings = {"ward_name": "Ward"} | {name: said for name, (said, _) in WARD_FACTS.items() if name in wards}
    if "quiet_and_unheard" in wards:
        headings["quiet_and_unheard"] = "Few reports and little engagement"
    return _EveryWard(wards, headings)


def spot_records(hotspots: gpd.GeoDataFrame | None) -> list[dict[str, Any]]:
    """Return hot spots as the scripts read them: rank, outline and where its number stands."""
    if hotspots is None:
        return []
    ordered = hotspots.sort_values("rank", kind="stable")
    drawn = zip(ordered.to_dict("records"), shapes.islands(ordered), shapes.label_points(ordered), strict=True)
    return [
        {"rank": plain(row["rank"]), "wards": plain(row.get("wards")), "label": label, "geometry": shape}
        for row, shape, label in drawn
    ]


def place_records(focal_points: gpd.GeoDataFrame | None) -> list[dict[str, Any]]:
    """Return focal points as the scripts read them: no column about a person; ``mark`` is a letter on the map."""
    if focal_points is None:
        return []
    drawn = focal_points[~(focal_points.geometry.isna() | focal_points.geometry.is_empty)]
    at = drawn.geometry.to_crs(LONLAT)
    records = [
        {
            "name": str(plain(row.get("name")) or "no name"),
            "kind": words.spoken(str(plain(row.get("kind")) or "place")),
            "communities": words.spoken(str(plain(row.get("communities")) or "")),
            "mark": str(plain(row.get("mark")) or ""),
            "at": [round(point.y, 6), round(point.x, 6)],
        }
        for row, point in zip(drawn.to_dict("records"), at, strict=True)
    ]
    return sorted(records, key=lambda record: (record["at"][::-1], record["name"], record["kind"]))
