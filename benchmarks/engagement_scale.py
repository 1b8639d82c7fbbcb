"""Contacts, expected, rates and flags of a long log: seconds and memory, on a log made up in memory.

    uv run python benchmarks/engagement_scale.py [--rows 1000000] [--wards 8000] [--communities 20] [--traced]
    uv run python benchmarks/engagement_scale.py --measure

The steps one by one; with --measure what ``geo engagement`` calls instead: places, every measure, flag, sentence and
answer (``measure_engagement``). Reading and writing files is not part of it.

The log is invented: wards on a square grid, residents and attendees drawn from a fixed seed. CPU seconds do not depend
on what else the machine does. Peak memory is that of the whole process; --traced also says how much Python allocated in
each step (and is slower by it).
"""

from __future__ import annotations

import argparse
import resource
import time
import tracemalloc
from collections.abc import Callable
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.engagement.answers.questions import Layers
from geo.engagement.contacts import contacts_by_cell, contacts_by_community, contacts_by_ward, unattributed
from geo.engagement.place import place_engagements
from geo.engagement.rates import effective, expected_by_rate, posterior
from geo.engagement.result import EngagementResult, measure_engagement
from geo.engagement.under_engaged import classify

AS_OF = date(2025, 12, 31)
ACTIVITIES = (
    "foot_patrol drop_in public_meeting door_to_door survey school_visit forum workshop one_to_one other".split()
)
OBJECTIVES = "build_trust listen_priorities feed_back reassure gather_intelligence find_missing problem_solve".split()
INITIATIONS = ["proactive", "reactive", "requested_by_community", "unknown"]


def make_wards(number: int) -> gpd.GeoDataFrame:
    """Squares of 1 km in rows of a hundred."""
    east, north = np.arange(number) % 100 * 1000.0, np.arange(number) // 100 * 1000.0
    codes = np.char.add("E05", np.char.zfill(np.arange(number).astype(str), 6))
    population = np.random.default_rng(1).integers(2000, 9000, number).astype(float)
    return gpd.GeoDataFrame(
        {"ward_code": codes.astype(object), "ward_name": codes.astype(object), "population": population},
        geometry=shapely.box(east, north, east + 1000, north + 1000),
        crs="EPSG:27700",
    )


def make_communities(wards: gpd.GeoDataFrame, number: int) -> pd.DataFrame:
    """Every community in every ward, some large, most small."""
    share = np.random.default_rng(2).dirichlet(np.full(number, 0.5), len(wards))
    names = np.array([f"Community {i:02d}" for i in range(number)], dtype=object)
    people = np.round(share * wards["population"].to_numpy()[:, None])
    return pd.DataFrame(
        {
            "ward_code": np.repeat(wards["ward_code"].to_numpy(), number),
            "community": np.tile(names, len(wards)),
            "population": people.ravel(),
            "group_set": "ethnic_group",
        }
    )


def make_log(rows: int, wards: gpd.GeoDataFrame, number: int) -> gpd.GeoDataFrame:
    """Half with a position, half with a ward; a third name no community, a third one, a third two."""
    random = np.random.default_rng(3)

    def chosen(words: list[str]) -> pd.Categorical:
        return pd.Categorical.from_codes(random.integers(0, len(words), rows), categories=words)

    names = [f"Community {i:02d}" for i in range(number)]
    pairs = [f"{a};{b}" for a in names for b in names if a < b]
    which = random.integers(0, 3, rows)
    one, two = random.integers(0, number, rows), random.integers(number, number + len(pairs), rows)
    code = np.select([which == 0, which == 1], [-1, one], two)
    several = [f"{a};{b}" for a in OBJECTIVES for b in OBJECTIVES if a < b]
    west, south, east, north = wards.total_bounds
    points = shapely.points(random.uniform(west, east, rows), random.uniform(south, north, rows))
    placed = random.random(rows) < 0.5
    ward = wards["ward_code"].to_numpy()[random.integers(0, len(wards), rows)]
    return gpd.GeoDataFrame(
        {
            "date": pd.Timestamp(AS_OF) - pd.to_timedelta(random.integers(0, 1000, rows), unit="D"),
            "activity": chosen(ACTIVITIES),
            "objective": chosen(OBJECTIVES + several),
            "initiation": chosen(INITIATIONS),
            "ward_code": np.where(placed, None, ward),
            "communities": pd.Categorical.from_codes(code, categories=names + pairs),
            "attendees": np.where(random.random(rows) < 0.05, np.nan, random.geometric(0.08, rows)),
        },
        geometry=np.where(placed, points, None),
        crs="EPSG:27700",
    )


def timed(name: str, work: Callable[[], Any], traced: bool) -> Any:
    if traced:
        tracemalloc.start()
    begin, cpu = time.perf_counter(), time.process_time()
    result = work()
    seconds, busy = time.perf_counter() - begin, time.process_time() - cpu
    allocated = f"{tracemalloc.get_traced_memory()[1] / 2**20:,.0f}" if traced else ""
    tracemalloc.stop()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"| {name} | {seconds:.2f} | {busy:.2f} | {allocated} | {peak:,.0f} |", flush=True)
    return result


def everything(log: gpd.GeoDataFrame, wards: gpd.GeoDataFrame, residents: pd.DataFrame) -> EngagementResult:
    """What ``geo engagement`` finds in a log and the residents of the wards."""
    return measure_engagement(Layers(wards=wards, engagements=log, communities=residents), as_of=pd.Timestamp(AS_OF))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--wards", type=int, default=8_000)
    parser.add_argument("--communities", type=int, default=20)
    parser.add_argument("--traced", action="store_true")
    parser.add_argument("--measure", action="store_true", help="all of it, as geo engagement does")
    args = parser.parse_args()

    print("| step | s | CPU s | allocated MB | process peak MB |\n|---|--:|--:|--:|--:|")
    wards = timed("(made: wards)", lambda: make_wards(args.wards), False)
    residents = timed("(made: communities)", lambda: make_communities(wards, args.communities), False)
    log = timed("(made: log)", lambda: make_log(args.rows, wards, args.communities), False)

    if args.measure:
        done = timed("**measure_engagement**", lambda: everything(log, wards, residents), args.traced)
        print(f"\n{len(done.table):,} rows, {len(done.findings):,} gaps, {len(done.answers)} answers")
        print(done.table.groupby("level")["flag"].value_counts().to_string())
        return
    begin = time.perf_counter()
    placed = timed("place", lambda: place_engagements(log, None, wards).engagements, args.traced)
    cells = timed("contacts by cell", lambda: contacts_by_cell(placed, wards, residents, as_of=AS_OF), args.traced)
    timed("contacts by ward", lambda: contacts_by_ward(placed, wards, as_of=AS_OF), args.traced)
    timed("contacts by community", lambda: contacts_by_community(placed, wards, residents, as_of=AS_OF), args.traced)
    left = timed("unattributed", lambda: unattributed(placed, wards, residents, as_of=AS_OF), args.traced)
    expected = timed("expected", lambda: expected_by_rate(cells["contacts"], cells["population"]), args.traced)
    phi = cells["phi"].fillna(cells["squares"].sum() / cells["contacts"].sum())
    counted = effective(cells["contacts"], expected, phi)
    timed("posterior", lambda: posterior(counted["observed"], counted["expected"]), args.traced)
    flags = timed("flags", lambda: classify(cells["contacts"], expected, cells["population"], phi=phi), args.traced)
    print(f"| **all steps** | **{time.perf_counter() - begin:.2f}** | | | |\n")
    print(f"{len(cells):,} cells; contacts {cells['contacts'].sum() + left['contacts'].sum():,.0f}")
    print(flags["status"].value_counts().to_string())


if __name__ == "__main__":
    main()
