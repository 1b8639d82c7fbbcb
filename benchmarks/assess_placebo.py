"""Is an effect announced where nobody did anything? Random halves of real hot spots, and the top ones against the rest.

    uv run python benchmarks/assess_placebo.py --data FOLDER [--draws 400] [--town Luton]

Hot spots are found in May 2021 to April 2022, before is the year after that, after the next. Nobody treated any of
them. Share of comparisons that announce an effect (p at most 0.05), of plain WDD (its interval excludes 0), and, with a
planted fall of 30 % in places and rings, the share found beside the share that the assessment itself announces.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import geopandas as gpd
import numpy as np

from geo.area import assign_wards
from geo.errors import GeoError
from geo.evaluation.assessment import RING_M, Periods, assess
from geo.evaluation.intervention import weighted_displacement_difference
from geo.hotspots import find_hotspots
from layers.incidents import read_incidents
from layers.wards import read_wards

TOWNS = {"Luton": "E06000032", "Bedford": "E06000055"}
PLACEBOS = 199


def thinned(reports: gpd.GeoDataFrame, grounds: gpd.GeoSeries, months, share: float, rng) -> gpd.GeoDataFrame:
    """Take away a share of the reports in the places in some months: a planted effect."""
    inside = reports.geometry.intersects(grounds.union_all()) & reports["month"].isin(months)
    return reports[~(inside & (rng.random(len(reports)) < share))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--town", choices=list(TOWNS), action="append")
    args = parser.parse_args()
    everything, report = read_incidents(args.data / "bedfordshire_street_2021_2024/street")
    months = sorted(report.months)
    periods = Periods(months[12:24], months[24:], months, chosen_from=months[:12])
    for town in args.town or TOWNS:
        wards, _ = read_wards(args.data / f"luton_beds_wards_vintages/wards_2025_{TOWNS[town]}.geojson")
        reports = assign_wards(everything, wards)
        first = reports[reports["month"].isin(months[:12])]
        spots = find_hotspots(first, wards, months=months[:12], runs=19).hotspots
        spots = spots.assign(hotspot_id=[f"HS-{rank:04d}" for rank in spots["rank"]])
        print(f"\n{town}: {len(spots)} hot spots, {len(reports)} reports")
        rng = np.random.default_rng(1)
        found, wdd, planted, power, scatter, alike = [], [], [], [], [], []
        for draw in range(args.draws):
            half = rng.permutation(spots["hotspot_id"].to_numpy())[: len(spots) // 2].tolist()
            told = assess(reports, spots, half, periods, draws=PLACEBOS, seed=draw)
            counts = told.counts.to_numpy()
            plain = weighted_displacement_difference(
                counts[0], counts[1], displacement_treated=counts[2], displacement_control=counts[3]
            )
            found.append(told.comparable and told.effect.p <= 0.05)
            wdd.append(abs(plain.z) > 1.96)
            scatter.append(told.dispersion)
            alike.append(told.comparable)
            if draw < args.draws // 4:
                own = gpd.GeoSeries(spots[spots["hotspot_id"].isin(half)].buffer(RING_M))
                told = assess(
                    thinned(reports, own, months[24:], 0.3, rng), spots, half, periods, draws=PLACEBOS, seed=draw
                )
                planted.append(told.effect.p <= 0.05)
                power.append(told.power[0.3])
        print(f"random halves: effect announced in {np.mean(found):.1%}, plain WDD {np.mean(wdd):.1%}")
        print(f"comparable {np.mean(alike):.0%}, announced of these {np.sum(found) / np.sum(alike):.1%}")
        print(f"dispersion {np.median(scatter):.1f}")
        print(f"a fall of 30 % planted: found {np.mean(planted):.1%}, as announced {np.mean(power):.1%}")
        called = []
        for size in (5, 8, 10, 12, 15):
            for seed in range(4):
                told = assess(
                    reports, spots, spots["hotspot_id"].head(size).tolist(), periods, draws=PLACEBOS, seed=seed
                )
                called.append(told.comparable and told.effect.p <= 0.05)
            print(f"top {size}: ratio {told.effect.ratio:.2f}, p {told.effect.p:.2f}")
        print(f"top against the rest, honest months: announced in {np.mean(called):.0%}")
        try:
            assess(reports, spots, half, periods._replace(before=months[:12], after=months[12:24]))
        except GeoError as error:
            print("the choosing months as before:", error.problem)


if __name__ == "__main__":
    main()
