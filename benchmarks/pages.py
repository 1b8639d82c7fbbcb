"""The analyst's page with many incidents: how large, how long to build, to open, to move and to filter.

    uv run --with playwright python benchmarks/pages.py [--points 10000 100000 500000] [--runs 5]

Made-up data: 25 wards of 120 corners over 30 km, 40 hot spots, incidents spread evenly (or on 8,000 map points) with 8
types, 12 months, weekday and hour. Build is processor time, from frames in memory to the file. The other times are of
this machine; what to hold them against is the page without incidents, opened in turn with the others. Needs Debian's
chromium. Medians are printed.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from maps.analyst import analyst_map
from maps.figure import page_html
from maps.page import About

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
WEST, SOUTH, SIDE = 400_000, 200_000, 30_000
# from the call until the frame after the one it was drawn in has begun, less the two frames of doing nothing
STEP = """async ([kind, i]) => {
    const frame = () => new Promise(requestAnimationFrame);
    await frame();
    const start = performance.now();
    if (kind === "pan") map_geo.panBy([i % 2 ? 60 : -60, 40], { animate: false });
    if (kind === "zoom") map_geo.setZoom(map_geo.getZoom() + (i % 2 ? 1 : -1), { animate: false });
    if (kind === "filter") document.querySelectorAll("#geo-filter-form input")[i % 8].click();
    if (kind === "month") document.getElementById("geo-step-on").click();
    await frame();
    await new Promise((done) => setTimeout(done));
    return performance.now() - start;
}"""


def wards() -> gpd.GeoDataFrame:
    """Return 25 square wards of 120 corners."""
    width = SIDE / 5
    corners = [(WEST + width * (i % 5), SOUTH + width * (i // 5)) for i in range(25)]
    squares = [shapely.segmentize(shapely.box(x, y, x + width, y + width), width / 30) for x, y in corners]
    return gpd.GeoDataFrame(
        {
            "ward_code": [f"E{i:02d}" for i in range(25)],
            "ward_name": [f"Ward {i}" for i in range(25)],
            "population": 9000,
            "incidents": 0,
        },
        geometry=squares,
        crs="EPSG:27700",
    )


def hotspots(random: np.random.Generator) -> gpd.GeoDataFrame:
    """Return 40 round hot spots."""
    middles = shapely.points(random.uniform([WEST, SOUTH], [WEST + SIDE, SOUTH + SIDE], (40, 2)))
    rank = np.arange(1, 41)
    return gpd.GeoDataFrame(
        {"rank": rank, "name": [f"Street {i}" for i in rank], "incidents": 1000 - rank, "wards": "Ward 1"},
        geometry=shapely.buffer(middles, 150),
        crs="EPSG:27700",
    )


def incidents(count: int, random: np.random.Generator, *, snapped: bool) -> gpd.GeoDataFrame:
    """Return incidents as a run of hot spots hands them over."""
    places = random.uniform([WEST, SOUTH], [WEST + SIDE, SOUTH + SIDE], (8000 if snapped else max(count, 1), 2))
    xy = places[random.integers(0, len(places), count)] if snapped else places[:count]
    minutes = random.integers(0, 365 * 24 * 60, count)
    begun = pd.Timestamp("2025-01-01") + pd.to_timedelta(minutes, unit="min")
    cell = ((xy - [WEST, SOUTH]) // (SIDE / 5)).astype(int)
    return gpd.GeoDataFrame(
        {
            "month": begun.strftime("%Y-%m"),
            "occurred_from": begun,
            "crime_type": random.choice([f"Type {i}" for i in range(8)], count),
            "ward_code": np.array([f"E{i:02d}" for i in range(25)])[cell[:, 1] * 5 + cell[:, 0]],
            "hotspot": pd.array(np.where(random.random(count) < 0.2, random.integers(1, 41, count), 0), "Int64"),
        },
        geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]),
        crs="EPSG:27700",
    ).assign(hotspot=lambda frame: frame["hotspot"].replace(0, pd.NA))


def build(frame: gpd.GeoDataFrame, spots: gpd.GeoDataFrame, path: Path) -> float:
    """Write the page; return the processor seconds from frames in memory to the file."""
    about = About("A page", "What it shows.", "2025", "made up", "2026-01-31")
    start = time.process_time()
    path.write_text(page_html(analyst_map(spots, frame, wards(), about)), encoding="utf-8")
    return time.process_time() - start


def measured(browser: Any, path: Path, steps: int) -> dict[str, float]:
    """Open the page; return milliseconds: until it is ready, and the median of each kind of step."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, offline=True)
    page = context.new_page()
    start = time.perf_counter()
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached", timeout=120_000)
    found = {"interactive": 1000 * (time.perf_counter() - start)}
    idle = statistics.median(page.evaluate(STEP, ["none", i]) for i in range(steps))
    for kind in ("pan", "zoom", "month", "filter"):
        try:
            found[kind] = statistics.median(page.evaluate(STEP, [kind, i]) for i in range(steps)) - idle
        except Exception:  # the page without incidents has no filters
            found[kind] = float("nan")
    context.close()
    return found


def main() -> None:
    """Build, open and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, nargs="+", default=[10_000, 100_000, 500_000])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--steps", type=int, default=15)
    args = parser.parse_args()
    from playwright.sync_api import sync_playwright

    random = np.random.default_rng(0)
    spots = hotspots(random)
    wanted = [("none", 0, False), *((f"{n:,}", n, False) for n in args.points)]
    wanted += [(f"{max(args.points):,} on 8,000 map points", max(args.points), True)]
    made: dict[str, tuple[Path, list[float]]] = {}
    found: dict[str, list[dict[str, float]]] = {name: [] for name, _, _ in wanted}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        for name, count, snapped in wanted:
            frame = incidents(count, random, snapped=snapped)
            path = Path(folder) / f"{len(made)}.html"
            made[name] = path, [build(frame, spots, path) for _ in range(args.runs)]
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for _ in range(args.runs):
            for name, (path, _) in made.items():
                found[name].append(measured(browser, path, args.steps))
        browser.close()
        heads = "incidents|HTML MB|build s|interactive s|of the empty page|pan ms|zoom ms|month ms|filter ms"
        print(f"| {heads.replace('|', ' | ')} |")
        print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
        empty = statistics.median(one["interactive"] for one in found["none"])
        for name, (path, seconds) in made.items():
            middle = {key: statistics.median(one[key] for one in found[name]) for key in found[name][0]}
            opened = middle["interactive"]
            cells = [
                name,
                f"{path.stat().st_size / 1e6:.2f}",
                f"{statistics.median(seconds):.2f}",
                f"{opened / 1000:.2f}",
            ]
            cells += [f"{opened / empty:.2f}", *(f"{middle[key]:.0f}" for key in ("pan", "zoom", "month", "filter"))]
            print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
