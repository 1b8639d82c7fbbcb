"""How often does noise give a hot spot beyond chance, and what can the test see? Every null, on worlds it fits and not.

    uv run python benchmarks/false_alarms.py [--trials 200] [--runs 59] [--seed 0] [--world NAME] [--quick]

Each trial makes a world without any hot spot, runs ``find_hotspots`` on it and asks whether any hot spot has p <= 0.05.
Worlds: exact positions, even over an L of 3 km², over two islands, or three times as dense in the east as in the west
(gradient); map points that are all alike, that differ as a lognormal distribution of sd 0.3 or 0.6, or along the same
gradient, with other crime following the same points. Settings: geo's own, or a reach of 100 m and a fixed threshold.
Power: the same worlds with so many incidents added within 75 m of one place (on the map points there).

When: hot spots of 10 incidents a month without any change, with a season of +-35% or without: in how many sets of 50 is
any called rising, falling, more, fewer, new or gone?

``--quick``: a tenth of the trials, to see that it runs.
"""

from __future__ import annotations

import argparse
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.hotspots import find_hotspots
from geo.hotspots.evidence import in_time
from geo.hotspots.nulls import csr
from geo.hotspots.trend import trends

Floats = NDArray[np.float64]
World = Callable[[np.random.Generator, int], tuple[Floats, Floats | None, Floats | None]]

ALPHA = 0.05
L_SHAPE = shapely.box(0, 0, 2000, 2000).difference(shapely.box(1000, 1000, 2000, 2000))
ISLANDS = shapely.union_all([shapely.box(0, 0, 1500, 1000), shapely.box(4000, 0, 5500, 1000)])
MAP_POINTS = 500
OTHER_EACH = 4  # other crimes a map point, on average
PLANTED = (10, 20, 40)
PLANTED_RADIUS_M = 75.0


def even(area: shapely.Geometry) -> World:
    return lambda rng, incidents: (csr(incidents, area).draw(rng)[0], None, None)


def gradient(rng: np.random.Generator, incidents: int) -> tuple[Floats, Floats | None, Floats | None]:
    """Exact positions in the L, three times as dense at its eastern edge as at its western."""
    drawn = csr(6 * incidents + 50, L_SHAPE).draw(rng)[0]
    kept = drawn[rng.random(len(drawn)) < (1 + drawn[:, 0] / 1000) / 3]
    return rng.permutation(kept)[:incidents], None, None  # csr draws triangle by triangle


def on_points(rate: Callable[[np.random.Generator, Floats], Floats]) -> World:
    """Incidents and other crime on map points, both in proportion to the rate of each."""

    def world(rng: np.random.Generator, incidents: int) -> tuple[Floats, Floats | None, Floats | None]:
        points = csr(MAP_POINTS, L_SHAPE).draw(rng)[0]
        share = rate(rng, points)
        share = share / share.sum()
        other = rng.multinomial(OTHER_EACH * MAP_POINTS, share).astype(np.float64)
        return np.repeat(points, rng.multinomial(incidents, share), axis=0), points, other

    return world


def lognormal(sd: float) -> Callable[[np.random.Generator, Floats], Floats]:
    return lambda rng, points: np.exp(sd * rng.standard_normal(len(points)))


EXACT, ON_POINTS = ("smooth", "csr"), ("snap", "unequal", "background")
WORLDS: dict[str, tuple[World, shapely.Geometry, tuple[str, ...]]] = {
    "even ground": (even(L_SHAPE), L_SHAPE, EXACT),
    "two islands": (even(ISLANDS), ISLANDS, EXACT),
    "gradient, exact": (gradient, L_SHAPE, EXACT),
    "points alike": (on_points(lambda _, points: np.ones(len(points))), L_SHAPE, ON_POINTS),
    "points, sd 0.3": (on_points(lognormal(0.3)), L_SHAPE, ON_POINTS),
    "points, sd 0.6": (on_points(lognormal(0.6)), L_SHAPE, ON_POINTS),
    "points, gradient": (
        on_points(lambda _, points: 1 + points[:, 0] / 1000),
        L_SHAPE,
        ON_POINTS,
    ),
}
SETTINGS = {"auto": {}, "100 m": {"eps_m": 100.0, "footprint_m": 50.0}}


def layer(xy: Floats, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(*xy.T), crs="EPSG:27700").assign(**columns)


def found_in(
    world: str, incidents: int, planted: int, null: str, settings: dict[str, float], runs: int, seed: Sequence[int]
) -> bool:
    """Return whether a hot spot is beyond chance; with planted incidents, whether one that holds most of them is."""
    make, area, _ = WORLDS[world]
    rng = np.random.default_rng(seed)
    xy, points, other = make(rng, incidents)
    if planted:
        centre = xy[rng.integers(len(xy))]
        near = centre + PLANTED_RADIUS_M / 2 * rng.standard_normal((planted, 2))
        if points is not None:
            within = points[np.hypot(*(points - centre).T) <= PLANTED_RADIUS_M]
            near = within[rng.integers(len(within), size=planted)]
        xy = np.concatenate((xy, near))
    wards = gpd.GeoDataFrame({"ward_code": ["E"], "ward_name": ["Noise"]}, geometry=[area], crs="EPSG:27700")
    inside = shapely.intersects_xy(area, *xy.T)
    reports = layer(xy[inside], month="2025-01")
    known = None if points is None else layer(points, other=other)
    given: dict[str, Any] = dict(settings)
    if given:
        given["min_incidents"] = max(5, math.ceil(3 * incidents * math.pi * 100**2 / area.area))
    result = find_hotspots(
        reports,
        wards,
        months=["2025-01"],
        map_points=known,
        null=null,
        runs=runs,
        seed=int(rng.integers(2**31)),
        **given,
    )
    firm = result.hotspots.loc[~result.hotspots["could_be_chance"], "rank"]
    if not planted:
        return len(firm) > 0
    held = result.incidents["hotspot"].iloc[-int(inside[-planted:].sum()) :]
    return bool((held.value_counts().reindex(firm).fillna(0) > planted / 2).any())


def share(found: Sequence[bool]) -> str:
    """Return a share of trials in per cent with its standard error."""
    rate = float(np.mean(found))
    return f"{100 * rate:.1f} (± {100 * math.sqrt(max(rate * (1 - rate), 1e-9) / len(found)):.1f})"


def noise_rows(trials: int, runs: int, seed: int, only: str | None) -> Iterator[list[str]]:
    nulls = (*EXACT, *ON_POINTS)
    sizes = {10: trials, 300: trials, 3_000: max(trials // 2, 1), 20_000: max(trials // 4, 1)}
    for world, (_, _, asked) in WORLDS.items() if not only else [(only, WORLDS[only])]:
        for incidents, how in itertools.product(sizes, SETTINGS):
            if how != "auto" and incidents not in (300, 3_000):
                continue
            cells = [
                share(
                    [
                        found_in(world, incidents, 0, null, SETTINGS[how], runs, [seed, trial])
                        for trial in range(sizes[incidents])
                    ]
                )
                if null in asked
                else "-"
                for null in nulls
            ]
            yield [world, f"{incidents:,}", how, str(sizes[incidents]), *cells]


POWER = (
    *(("even ground", null) for null in EXACT),
    ("gradient, exact", "smooth"),
    ("points alike", "snap"),
    *((world, "unequal") for world in ("points alike", "points, sd 0.3", "points, sd 0.6", "points, gradient")),
)


def power_rows(trials: int, runs: int, seed: int, only: str | None) -> Iterator[list[str]]:
    asked = [one for one in POWER if only in (None, one[0])]
    for (world, null), incidents in itertools.product(asked, (300, 3_000)):
        cells = []
        for planted in PLANTED:
            found = [found_in(world, incidents, planted, null, {}, runs, [seed, 1, trial]) for trial in range(trials)]
            cells.append(share(found))
        yield [world, null, f"{incidents:,}", *cells]


def when_rows(trials: int, seed: int) -> Iterator[list[str]]:
    """Yield how often any of 50 hot spots that do not change is said to."""
    rng = np.random.default_rng(seed)
    every = [f"{year}-{month:02d}" for year in range(2020, 2024) for month in range(1, 13)]
    for length, swing in itertools.product((12, 23, 24, 36), (0.0, 0.35)):
        season = 1 + swing * np.sin(2 * np.pi * (np.arange(length) - 3) / 12)
        moved, changed, new = [], [], []
        for _ in range(trials):
            counts = rng.poisson(10 * season, (50, length))
            rest = rng.poisson(1_000 * season) + counts.sum(axis=0)
            moved.append(bool({"rising", "falling"} & set(trends(counts, every[:length]).direction)))
            said = set(in_time(counts.astype(np.float64), np.full(50, 0.006), rest.astype(np.float64))[1])
            changed.append(bool({"more", "fewer"} & said))
            new.append(bool({"new", "gone"} & said))
        yield [str(length), f"± {swing:.0%}", *(share(one) for one in (moved, changed, new))]


def print_table(title: str, head: str, rows: Iterable[Sequence[str]]) -> None:
    names = head.split(", ")
    print(f"\n{title}\n\n| {' | '.join(names)} |\n|---|{'--:|' * (len(names) - 1)}")
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)  # a table takes minutes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--runs", type=int, default=59)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--world", choices=list(WORLDS), help="only this one")
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    trials = max(args.trials // 10, 1) if args.quick else args.trials
    print_table(
        f"False alarms in per cent (± standard error), level {ALPHA:.0%}, {args.runs} simulations",
        "world, incidents, settings, trials, smooth, csr, snap, unequal, background",
        noise_rows(trials, args.runs, args.seed, args.world),
    )
    print_table(
        "Power: share of trials in which a hot spot beyond chance holds most of the planted incidents, in per cent",
        f"world, null, incidents, {', '.join(f'{planted} planted' for planted in PLANTED)}",
        power_rows(max(trials // 4, 1), args.runs, args.seed, args.world),
    )
    print_table(
        f"Sets of 50 unchanging hot spots with any that is said to change, in per cent; {trials} sets",
        "months, season, rising or falling, more or fewer, new or gone",
        when_rows(trials, args.seed),
    )


if __name__ == "__main__":
    main()
