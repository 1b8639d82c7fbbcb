"""A browser for tests of pages, and a small made-up town to draw. Import what you need from here by name."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from maps.page import About

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
OUTSIDE = re.compile(r"^(?!file:|data:|blob:|about:)")
WEST, SOUTH = 505_000, 221_000  # somewhere on the grid; the town itself is made up


@dataclass
class Visit:
    """An open page, and what it asked for or complained about."""

    page: Any
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def unavailable(what: str) -> None:
    """Skip the test, or fail it where a browser is required (GEO_BROWSER=required)."""
    if os.environ.get("GEO_BROWSER") == "required":
        pytest.fail(f"{what}, and GEO_BROWSER=required")
    pytest.skip(what)


@contextmanager
def open_browser() -> Iterator[Any]:
    """Start Debian's chromium; playwright's own download is not used."""
    chromium = shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(chromium).exists():
        unavailable("chromium is not installed")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        unavailable("playwright is not installed")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def visit(browser: Any, path: Path, *, phone: bool = False, **options: Any) -> Iterator[Visit]:
    """Open ``path`` in a fresh context with the network blocked and counted, and wait until the page is drawn."""
    # nothing moves: a click on what is still on its way would be a matter of luck on a busy machine
    options.setdefault("reduced_motion", "reduce")
    options.setdefault("viewport", {"width": 390, "height": 844} if phone else {"width": 1280, "height": 800})
    context = browser.new_context(has_touch=phone, **options)
    seen = Visit(context.new_page())
    seen.page.set_default_timeout(8_000)

    def block(route: Any) -> None:
        seen.requests.append(route.request.url)
        route.abort()

    def block_socket(socket: Any) -> None:
        seen.requests.append(socket.url)
        socket.close()

    context.route(OUTSIDE, block)
    context.route_web_socket(re.compile("."), block_socket)
    seen.page.on("request", lambda request: OUTSIDE.match(request.url) and seen.requests.append(request.url))
    seen.page.on("console", lambda message: message.type == "error" and seen.errors.append(message.text))
    seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
    seen.page.goto(path.resolve().as_uri())
    seen.page.wait_for_selector("html[data-ready]", state="attached")
    try:
        yield seen
    finally:
        context.close()


def until(page: Any, condition: str) -> None:
    """Wait until ``condition`` holds. Playwright's own wait_for_function polls by eval, which the page forbids."""
    look = f"const look = () => ({condition}) ? done(true) : requestAnimationFrame(look); look();"
    page.evaluate(f"() => new Promise((done, fail) => {{ setTimeout(() => fail(new Error('never')), 8000); {look} }})")


def town_wards(names: list[str] | None = None) -> gpd.GeoDataFrame:
    """Return six square wards, a kilometre each, in two rows."""
    corners = [(WEST + 1000 * column, SOUTH + 1000 * row) for row in range(2) for column in range(3)]
    return gpd.GeoDataFrame(
        {
            "ward_code": [f"E0{i}" for i in range(6)],
            "ward_name": names or ["Mill", "Castle", "Old Harbour", "Park", "Northgate", "Fen"],
            "district_name": ["Ashford Vale"] * 5 + [None],
            "incidents": [40, 30, 20, 10, 5, 0],
        },
        geometry=[shapely.box(x, y, x + 1000, y + 1000) for x, y in corners],
        crs="EPSG:27700",
    )


def town_hotspots(count: int = 3, **columns: Any) -> gpd.GeoDataFrame:
    """Return ``count`` square hot spots of 200 m, one in each of the southern wards."""
    i = np.arange(count)
    frame = gpd.GeoDataFrame(
        {
            "rank": i + 1,
            "name": [f"{name} Street" for name in ("High", "Bridge", "Abbey")[:count]],
            "incidents": 40 - 10 * i,
            "points": 8 - 2 * i,
            "area_m2": 40_000.0,
            "incidents_per_km2": (40 - 10 * i) / 0.04,
            "share": (40 - 10 * i) / 105,
            "months_active": [12, 6, 9][:count],
            "months_covered": 12,
            "top_point_share": [0.25, 0.4, 0.9][:count],
            "wards": ["Mill", "Castle; Mill", "Old Harbour"][:count],
            "p_value": None,
            "null_model": None,
            "trend": None,
            "peak": None,
            "caveats": [None, "small", "90% at one map point: look at the place, not the area; touches the edge"][
                :count
            ],
        },
        geometry=[shapely.box(x, SOUTH + 400, x + 200, SOUTH + 600) for x in WEST + 400 + 1000 * i],
        crs="EPSG:27700",
    )
    return frame.assign(**columns)


def town_incidents(count: int = 105, seed: int = 7) -> gpd.GeoDataFrame:
    """Return incidents: every other one at the middle of hot spot 1 (one map point), the others anywhere in town."""
    random = np.random.default_rng(seed)
    x = WEST + random.integers(0, 3000, count)
    y = SOUTH + random.integers(0, 2000, count)
    x[::2], y[::2] = WEST + 500, SOUTH + 500
    ranks = np.where(np.arange(count) % 2 == 0, 1, 0)
    return gpd.GeoDataFrame(
        {
            "month": [f"2025-{1 + i % 12:02d}" for i in range(count)],
            "crime_type": random.choice(["Anti-social behaviour", "Criminal damage"], count),
            "asb_type": random.choice(["nuisance", "personal"], count),
            "hotspot": pd.array(ranks, dtype="Int64"),
        },
        geometry=gpd.points_from_xy(x, y),
        crs="EPSG:27700",
    ).assign(hotspot=lambda frame: frame["hotspot"].replace(0, pd.NA))


def about_town(**words: Any) -> About:
    """Return the words around the map of the town."""
    return About(
        **{
            "title": "Hot spots in Ashford Vale",
            "headline": "Three hot spots hold 90 of 105 incidents.",
            "period": "January to December 2025",
            "source": "made up",
            "made_on": "2026-01-31",
            "parameters": [("Search radius", "100 m", "chosen from the data")],
            "notes": ["Two rows were set aside."],
            "attribution": ["Contains made-up data."],
            **words,
        }
    )
