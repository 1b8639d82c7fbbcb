"""How often does noise give a hot spot? DBSCAN alone, and with the test against chance; and what the test can see.

    uv run python benchmarks/false_alarms.py [--data FOLDER] [--trials 200] [--runs 99] [--seed 0]

Noise: 300 incidents anywhere in an L-shaped window of 3 km² (2 km x 2 km less its upper right quarter), clustered and
tested with ``geo.hotspots.significance.p_values`` at the 5% level. Power: the same with some of the 300 put within
75 m of one place. With ``--data``, the districts of Lancashire in 2022: how many hot spots stand against each null.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.area import assign_wards, select_area
from geo.hotspots.clusters import Settings, find_clusters
from geo.hotspots.nulls import Null, csr, snap
from geo.hotspots.outline import study_area
from geo.hotspots.significance import p_values, peaks
from layers.incidents import read_incidents
from layers.wards import read_wards

Floats = NDArray[np.float64]

ALPHA = 0.05
INCIDENTS = 300
WINDOW = shapely.box(0, 0, 2000, 2000).difference(shapely.box(1000, 1000, 2000, 2000))
SETTINGS = [(100.0, 8), (100.0, 9), (150.0, 15)]
WIDTHS = (None, 300.0)
PLANTED = (5, 10, 15, 20)
PLANTED_RADIUS_M = 75.0
# (eps, min) as in HOTSPOTS 4.2: the share of trials with a hot spot drawn, and with one significant, in 150 trials
DRAWN_BEFORE = {(100.0, 8): "98.7 / 6.0", (100.0, 9): "83.3 / 4.0", (150.0, 15): "66.7 / 5.3"}

LANCASHIRE_RUNS = 199
# clusters, significant against csr, against snap, judged by their size instead of their peak, as computed elsewhere
DISTRICTS = {"Preston": (15, 15, 3), "Blackpool": (16, 16, 4), "Burnley": (29, 29, 2), "Ribble Valley": (14, 14, 1)}


class Found(NamedTuple):
    """Hot spots drawn in a trial, how many were significant, and whether one of those holds the planted place."""

    drawn: int
    significant: int
    planted: bool


def trial(settings: Settings, planted: int, runs: int, seed: list[int]) -> Found:
    """Return what is found on one map of noise with ``planted`` of its incidents round one place."""
    rng = np.random.default_rng(seed)
    noise, _ = csr(INCIDENTS - planted, WINDOW).draw(rng)
    xy = np.concatenate((noise, cluster(planted, rng)))
    found = find_clusters(xy, settings)
    most = peaks(xy, np.ones(len(xy)), found, settings.eps_m)
    # the simulations of each trial are its own: with shared ones, a lucky set would pass for a good test
    # so many exceedances settle that p > ALPHA: stopping there changes no decision
    enough = int(ALPHA * runs) + 1
    null = csr(INCIDENTS, WINDOW)
    p = p_values(most, null, settings.eps_m, runs=runs, seed=int(rng.integers(2**31)), enough=enough).p
    significant = np.flatnonzero(p <= ALPHA)
    held = found.label[INCIDENTS - planted :]
    hit = any((held == label).sum() > planted / 2 for label in significant) if planted else False
    return Found(len(most), len(significant), hit)


def trials_of(settings: Settings, planted: int, runs: int, seeds: list[list[int]]) -> list[Found]:
    """Return the trials of several seeds, on all processors; each is the same on any number of them."""
    with ProcessPoolExecutor() as pool:
        return list(pool.map(partial(trial, settings, planted, runs), seeds, chunksize=10))


def cluster(size: int, rng: np.random.Generator) -> Floats:
    """Return points even in a disc that lies wholly inside the window, at a place drawn evenly."""
    inner = WINDOW.buffer(-PLANTED_RADIUS_M)
    centre = csr(1, inner).draw(rng)[0]
    angle, away = 2 * np.pi * rng.random(size), PLANTED_RADIUS_M * np.sqrt(rng.random(size))
    return centre + np.column_stack((away * np.cos(angle), away * np.sin(angle)))


def noise_table(trials: int, runs: int, seed: int) -> Iterator[list[str]]:
    for (eps, least), width in itertools.product(SETTINGS, WIDTHS):
        settings = Settings(eps, least, width)
        found = trials_of(settings, 0, runs, [[seed, number] for number in range(trials)])
        drawn = np.mean([one.drawn > 0 for one in found])
        alarms = np.mean([one.significant > 0 for one in found])
        error = np.sqrt(alarms * (1 - alarms) / trials)
        spots = np.mean([one.drawn for one in found])
        yield [
            f"{eps:g} m / {least}",
            say_width(width),
            f"{100 * drawn:.1f} %",
            f"{spots:.1f}",
            f"{100 * alarms:.1f} % (± {100 * error:.1f})",
            DRAWN_BEFORE[eps, least] if width is None else "-",
        ]


def power_table(trials: int, runs: int, seed: int) -> Iterator[list[str]]:
    seeds = [[seed, 1, number] for number in range(trials)]
    for (eps, least), width in itertools.product(SETTINGS, WIDTHS):
        settings = Settings(eps, least, width)
        shares = [
            np.mean([found.planted for found in trials_of(settings, planted, runs, seeds)]) for planted in PLANTED
        ]
        yield [f"{eps:g} m / {least}", say_width(width), *(f"{100 * share:.0f} %" for share in shares)]


def lancashire_table(data: Path, seed: int) -> Iterator[list[str]]:
    folder = data / "lancashire_asb_2022"
    everything, _ = read_incidents(folder / "lancashire_asb.tab.gz")
    districts, _ = read_wards(folder / "lancashire_districts.geojson.gz")
    for name, before in DISTRICTS.items():
        area = select_area(districts, [name])
        inside = assign_wards(everything, area)
        xy = np.column_stack((inside.geometry.x, inside.geometry.y))
        places, counts = np.unique(xy, axis=0, return_counts=True)
        settings = Settings(100.0, max(10, round(52 * len(inside) / 8000)))
        weights = counts.astype(float)
        most = peaks(places, weights, find_clusters(places, settings, weights), settings.eps_m)
        nulls = csr(len(inside), study_area(area)), snap(len(inside), places)
        numbers = [len(most), *(significant(most, null, settings.eps_m, seed) for null in nulls)]
        yield [
            name,
            f"{len(inside):,}",
            f"{len(places):,}",
            f"{settings.min_incidents}",
            *(f"{now} ({then})" for now, then in zip(numbers, before, strict=True)),
        ]


def significant(most: Floats, null: Null, eps_m: float, seed: int) -> int:
    return int((p_values(most, null, eps_m, runs=LANCASHIRE_RUNS, seed=seed).p <= ALPHA).sum())


def say_width(width: float | None) -> str:
    return "any" if width is None else f"{width:g} m"


def print_table(title: str, head: list[str], rows: Iterator[list[str]]) -> None:
    print(f"\n{title}\n\n| {' | '.join(head)} |\n|---|{'--:|' * (len(head) - 1)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
        sys.stdout.flush()  # a table takes minutes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of the open data sets, for the Lancashire table")
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--runs", type=int, default=99)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    print_table(
        f"{args.trials} maps of noise, {args.runs} simulations each; reference: drawn / significant in 150, per cent",
        ["eps / min", "greatest width", "draws a hot spot", "hot spots a map", "a significant one", "reference"],
        noise_table(args.trials, args.runs, args.seed),
    )
    print_table(
        f"Power: share of {args.trials // 2} maps on which a planted cluster of so many incidents is significant",
        ["eps / min", "greatest width", *map(str, PLANTED)],
        power_table(args.trials // 2, args.runs, args.seed),
    )
    if args.data is not None:
        print_table(
            f"Lancashire districts, eps 100 m, {LANCASHIRE_RUNS} simulations (in brackets: reference)",
            [
                "district",
                "incidents",
                "map points",
                "min",
                "hot spots",
                "beyond csr",
                "beyond snap",
            ],
            lancashire_table(args.data, args.seed),
        )


if __name__ == "__main__":
    main()
