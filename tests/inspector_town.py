"""Briefings to draw: the wards of Ashview with five hot spots in words, and one in which every text is hostile."""

from __future__ import annotations

from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd
from browser import about_town
from engagement_town import ashview, judged

from maps.inspector import inspector_map
from maps.page import About


class Inputs(NamedTuple):
    wards: gpd.GeoDataFrame
    hotspots: gpd.GeoDataFrame
    spots: pd.DataFrame
    change: str
    about: About
    findings: pd.DataFrame | None
    calls: gpd.GeoDataFrame | None


def ashview_briefing() -> Inputs:
    """Five hot spots, two of them side by side; four focal points, three of them at one place."""
    town = ashview()
    middle = town.wards.geometry.centroid
    at = gpd.GeoSeries([middle[0], middle[0].buffer(1).centroid, middle[2], middle[5], middle[7]], crs=27700)
    at.iloc[1] = at.iloc[1].buffer(1).boundary.interpolate(0)
    rank = [1, 2, 3, 4, 5]
    name = [f"Spot {i}, a ward" for i in rank]
    words = {
        "when": "Monday to Saturday 16:00-20:00: 29% of reports in 14% of the week.",
        "why": "376 of the area's 5,269 reports (7%), in 24 of 24 months; mostly nuisance (217 of 372).",
        "change": "29 in the last 3 months, 94 in the 3 before: fewer, beyond chance.",
        "calls": "A Corner House Grocer (PCSO, 30 m, met 156 days ago); B Coffee House (no contact person, 135 m).",
    }
    calls = gpd.GeoDataFrame(
        {"mark": list("ABCD"), "name": ["Grocer", "Coffee House", "Church", "School"], "kind": "business"},
        geometry=[middle[0], middle[0], middle[0], middle[5]], crs=27700,
    ).assign(spoc="Planted Name", spoc_role="PC", communities="Roma")  # fmt: skip
    return Inputs(
        town.wards,
        gpd.GeoDataFrame({"rank": rank, "name": name, "wards": ""}, geometry=at.buffer(120), crs=27700),
        pd.DataFrame({"rank": rank, "name": name, **words}),
        "All reports: 620 in the last 3 months, 820 in the 3 before: fewer, beyond chance.",
        town.about,
        town.findings,
        calls,
    )


def page_of(inputs: Inputs, *, base_map: Any = None, tiles: Any = None, **changed: Any) -> Any:
    given = inputs._replace(**changed)._asdict()
    drawn = [given.pop(name) for name in ("wards", "hotspots", "spots", "change", "about")]
    return inspector_map(*drawn, **given, base_map=base_map, tiles=tiles)


def hostile(value: str) -> Any:
    """A page on which every text, from every side, is ``value``."""
    town = ashview_briefing()
    wards = judged(town.wards.assign(contacts=3, expected=4.0)).assign(
        ward_name=value, district_name=value, reason=value
    )
    said = dict.fromkeys(("name", "when", "why", "change", "calls"), value)
    about = about_town(
        title=value, headline=value, period=value, source=value, made_on=value, parameters=[(value, value, value)],
        notes=[value], attribution=[value], evidence=[value],
    )  # fmt: skip
    texts = dict.fromkeys(("subject", "level", "sentence", "evidence", "flag"), value)
    return page_of(
        town,
        wards=wards,
        hotspots=town.hotspots.assign(name=value, wards=value),
        spots=town.spots.assign(**said),
        change=value,
        about=about,
        findings=town.findings.assign(**texts),
        calls=town.calls.assign(name=value, kind=value, mark=value[:40], spoc=value, communities=value),
    )
