"""A whole plan on streets: 60 candidate stops, 4 teams, a network of 10,000 edges; when is there a plan, and how good?

    uv run python benchmarks/patrol_plan.py [--stops 60] [--teams 4] [--seconds 4 60]

The town is made up: a grid of streets 80 m apart with one edge in twenty missing, stops in clusters, half of them with
opening hours. Printed for each time asked for: seconds until the network stands, until there is a plan, its prize, its
bound and the gap between them. One worker, as the commands use.
"""

from __future__ import annotations

import argparse
import time

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.patrol.network.network import Network, walking_network
from geo.patrol.patrols import plan_patrols
from geo.patrol.shift import read_shift

SIDE, STEP_M = 74, 80.0  # 2 x 74 x 73 = 10,804 edges, one in twenty of them missing


def grid_network(seed: int) -> Network:
    random = np.random.default_rng(seed)
    at = np.arange(SIDE) * STEP_M
    lines = []
    for i in range(SIDE):
        for j in range(SIDE - 1):
            lines += [shapely.LineString([(at[i], at[j]), (at[i], at[j + 1])])]
            lines += [shapely.LineString([(at[j], at[i]), (at[j + 1], at[i])])]
    kept = [line for line, keep in zip(lines, random.random(len(lines)) > 0.05, strict=True) if keep]
    origin = gpd.GeoSeries(kept, crs="EPSG:27700").translate(500_000, 200_000)
    return walking_network(gpd.GeoDataFrame(geometry=origin, crs="EPSG:27700"))


def stops_in(count: int, seed: int) -> gpd.GeoDataFrame:
    random = np.random.default_rng(seed)
    side = (SIDE - 1) * STEP_M
    centres = random.uniform(0.15 * side, 0.85 * side, (8, 2))
    xy = np.clip(centres[random.integers(0, 8, count)] + random.normal(0, side / 10, (count, 2)), 0, side)
    opens = np.where(random.random(count) < 0.5, 18 * 60 + random.integers(0, 120, count), np.nan)
    numbers = range(count)
    return gpd.GeoDataFrame(
        {
            "stop_id": [f"S-{i}" for i in numbers],
            "kind": "hot spot",
            "name": [f"Stop {i}" for i in numbers],
            "ward_code": "",
            "ward_name": "",
            "prize": np.round(random.gamma(1.2, 0.2, count) + 0.02, 3),
            "dwell_minutes": 15.0,
            "opens": opens,
            "closes": opens + 90,
            "radius_m": 75.0,
            "why": "",
            "record": "",
            "contact": "",
            "communities": "",
            "questions": "",
            "last_visited": pd.NaT,
        },
        geometry=shapely.points(xy + np.array((500_000, 200_000))),
        crs="EPSG:27700",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stops", type=int, default=60)
    parser.add_argument("--teams", type=int, default=4)
    parser.add_argument("--seconds", type=float, nargs="+", default=[4, 60])
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    shift = read_shift("18:00-22:00", "2026-01-09")
    print("| town | edges | network s | asked for s | plan after s | prize | bound | gap | proved |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|---|")
    for seed in range(args.seeds):
        began = time.perf_counter()
        network = grid_network(seed)
        ready = time.perf_counter() - began
        middle = shapely.Point(500_000 + SIDE * STEP_M / 2, 200_000 + SIDE * STEP_M / 2)
        for seconds in args.seconds:
            began = time.perf_counter()
            plan = plan_patrols(
                stops_in(args.stops, seed), network, shift=shift, starts=middle, teams=args.teams, seconds=seconds
            )
            took = time.perf_counter() - began
            print(
                f"| {seed} | {len(network.lines):,} | {ready:.1f} | {seconds:g} | {took:.1f} | {plan.prize:.3f} "
                f"| {plan.bound:.3f} | {plan.gap:.1%} | {'yes' if plan.proved else 'no'} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
