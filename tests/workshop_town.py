"""The made-up town of tests/browser.py as the workshop page gets it: cells and wards that have been released."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from browser import SOUTH, WEST, town_wards

from maps.languages import strings
from maps.page import About
from maps.workshop import workshop_map
from maps.workshop_texts import workshop_about

HIDDEN = np.nan


def town_cells() -> gpd.GeoDataFrame:
    """Return 24 square cells of 500 m; their counts go from none over hidden to many."""
    corners = [(WEST + 500 * column, SOUTH + 500 * row) for row in range(4) for column in range(6)]
    counts = [0, 0, HIDDEN, HIDDEN, 10, 15] + [20, 25, 30, 45, 60, 120] + [10, 10, 10, 15, 0, HIDDEN] + [0] * 6
    return gpd.GeoDataFrame(
        {"cell": [f"H500-{i}-0" for i in range(24)], "incidents": [float(count) for count in counts]},
        geometry=[shapely.box(x, y, x + 500, y + 500) for x, y in corners],
        crs="EPSG:27700",
    )


def released_wards(names: list[str] | None = None) -> gpd.GeoDataFrame:
    """Return the wards with counts as a release gives them, one of them hidden."""
    return town_wards(names).drop(columns="district_name").assign(incidents=[40.0, 30.0, 20.0, 10.0, HIDDEN, 0.0])


def bare_wards(names: list[str] | None = None) -> gpd.GeoDataFrame:
    return released_wards(names).drop(columns="incidents")


def earlier_notes(text: str = "Dark after six") -> gpd.GeoDataFrame:
    """Return a point, a line and an area of an earlier workshop, with columns the page must not take over."""
    shapes = [
        shapely.Point(WEST + 400, SOUTH + 400),
        shapely.LineString([(WEST + 1200, SOUTH + 300), (WEST + 1800, SOUTH + 700)]),
        shapely.box(WEST + 2200, SOUTH + 1200, WEST + 2600, SOUTH + 1600),
    ]
    return gpd.GeoDataFrame(
        {
            "id": ["secret-id-1", "secret-id-2", "secret-id-3"],
            "kind": ["point", "line", "area"],
            "feeling": ["unsafe", "safe", "idea"],
            "note": [text] * 3,
            "export": [7, 7, 7],
        },
        geometry=shapes,
        crs="EPSG:27700",
    )


def about_workshop(language: str = "en", **words: Any) -> About:
    return workshop_about(
        strings(language),
        **{
            "area": "Ashford Vale",
            "total": 415,
            "months": ["2025-01", "2025-12"],
            "source": "made up",
            "made_on": "2026-01-31",
            "width_m": 500,
            "attribution": ["Contains made-up data."],
            **words,
        },
    )


def town_page(language: str = "en", **options: Any) -> Any:
    """Return the page of the town with cells; options of ``workshop_map`` win."""
    given = {"strings": strings(language), "map_id": "ashford-vale-workshop", **options}
    return workshop_map(bare_wards(), town_cells(), about_workshop(language), **given)
