"""Would the hot spots have been there later? Hold-out scores against grids and a kernel density on equal ground.

    uv run python benchmarks/holdout.py --data FOLDER [--place Luton ...] [--null auto] [--spread METRES]

Rolling origins: hot spots are found by ``find_hotspots`` without any setting in 12 training months and scored on the 3
months after them; then both move on by 3. (Lancashire's files hold 2022 only: one split of 9 months and 3 a district.)
Nothing of the test months is seen in training: neither incidents, nor map points, nor any setting.

Three amounts of ground: that of the whole list, that of the hot spots beyond chance, and a quarter of the whole list.
Each is filled from the top of the list; the last hot spot counts in part. ``that very list`` takes the hot spots beyond
chance themselves, wherever they stand in the order. Rivals mark exactly as much:

- grid: cells of 100 m by training incidents per square metre; the mean over 25 origins, because one is a lottery;
- unit grid: cells of 88.6 m, as much ground as one disc of 50 m; the mean over 9 origins;
- KDE: the cells of the unit grid by a Gaussian kernel density of 50 m at their centre.

Cells are clipped to the study area; cells that are alike, and the last one, count in proportion to what is marked. Won
and lost are splits with more and with fewer hits; a split without a hot spot is lost. The ratio is the geometric mean
over the splits where both have hits.

Published reports lie exactly at map points. ``--spread``: later ones are moved by so many metres (a normal distribution
east and north, seed 0), to see how much of a gain is only that an outline goes by the map points.
"""

from __future__ import annotations

import argparse
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.area import assign_wards, select_area
from geo.hotspots import find_hotspots
from geo.hotspots.outline import study_area
from layers.incidents import read_incidents
from layers.reading.crime_types import ASB
from layers.wards import read_wards

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CELL_M = 100.0
UNIT_M = math.sqrt(math.pi) * 50
BANDWIDTH_M = 50.0
CUT_OFF = 5  # bandwidths
TEST_MONTHS = 3
STEP_MONTHS = 3
RUNS = 199
LISTS = ("whole list", "beyond chance", "that very list", "top quarter")
RIVALS = ("grid", "unit grid", "KDE")

LUTON_WARDS = "luton_beds_wards_vintages/wards_2025_{}.geojson"
BEDFORDSHIRE = "bedfordshire_street_2021_2024/street"
LANCASHIRE = "lancashire_asb_2022/lancashire_asb.tab.gz"
DISTRICTS = "lancashire_asb_2022/lancashire_districts.geojson.gz"


class Source(NamedTuple):
    """Files of a place, the district to pick (None: all of the file), and its training months."""

    incidents: str
    area: str
    pick: str | None = None
    train_months: int = 12


def _districts(names: str) -> dict[str, Source]:
    return {name: Source(LANCASHIRE, DISTRICTS, name, 9) for name in names.split(", ")}


# the rule of the outline was chosen on the second group
SHOWN = {
    "Luton": Source(BEDFORDSHIRE, LUTON_WARDS.format("E06000032")),
    **_districts("Preston, Blackpool, Burnley, Ribble Valley"),
    "City of London": Source("city_of_london_2018_2020", "ew_wards_2025_geojson/E09000001.geojson.gz"),
}
CHOSEN_ON = {
    "Bedford": Source(BEDFORDSHIRE, LUTON_WARDS.format("E06000055")),
    "Central Bedfordshire": Source(BEDFORDSHIRE, LUTON_WARDS.format("E06000056")),
    **_districts(
        "Blackburn with Darwen, Chorley, Fylde, Hyndburn, Lancaster, Pendle, Rossendale, South Ribble, "
        "West Lancashire, Wyre"
    ),
}


class Split(NamedTuple):
    """Incidents of the training and test months, the map points of training and other crimes at each, and the area."""

    place: str
    train: gpd.GeoDataFrame
    later: gpd.GeoDataFrame
    map_points: gpd.GeoDataFrame
    area: gpd.GeoDataFrame


class Curve(NamedTuple):
    """Hits of a method by the ground marked, best ground first."""

    ground: Floats
    hits: Floats

    def at(self, ground: float) -> float:
        return float(np.interp(ground, self.ground, self.hits))


class Score(NamedTuple):
    """Share of the ground, later incidents, and hits of the hot spots and of each rival."""

    place: str
    ground: float
    later: int
    hits: float
    rivals: dict[str, float]


@cache
def read_crimes(path: Path) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Return all crimes of a download; a table that has no types is ASB throughout."""
    crimes, report = read_incidents(path, crime_types=("all",))
    return crimes.assign(crime_type=crimes["crime_type"].replace("not said", ASB)), list(report.months)


def splits_of(name: str, source: Source, data: Path, spread_m: float = 0.0) -> Iterator[Split]:
    area, _ = read_wards(data / source.area)
    area = area if source.pick is None else select_area(area, [source.pick])
    everything, months = read_crimes(data / source.incidents)
    crimes = assign_wards(everything, area).drop(columns=["ward_code", "ward_name"])
    rng = np.random.default_rng(0)
    for cut in range(source.train_months, len(months) - TEST_MONTHS + 1, STEP_MONTHS):
        trained = crimes[crimes["month"].isin(months[cut - source.train_months : cut])]
        tested = crimes[crimes["month"].isin(months[cut : cut + TEST_MONTHS])]
        is_asb = trained["crime_type"] == ASB
        points, place = np.unique(xy_of(trained), axis=0, return_inverse=True)
        other = np.bincount(place.ravel(), (~is_asb).to_numpy(np.float64), minlength=len(points))
        map_points = gpd.GeoDataFrame({"other": other}, geometry=gpd.points_from_xy(*points.T), crs=crimes.crs)
        later = tested[tested["crime_type"] == ASB]
        moved = xy_of(later) + spread_m * rng.standard_normal((len(later), 2))
        later = later.set_geometry(gpd.points_from_xy(*moved.T), crs=crimes.crs)
        yield Split(name, trained[is_asb], later, map_points, area)


def xy_of(points: gpd.GeoDataFrame) -> Floats:
    return np.column_stack((points.geometry.x, points.geometry.y))


def scores_of(split: Split, null: str) -> dict[str, Score]:
    """Return how the hot spots of one split did on each amount of ground, beside their rivals."""
    found = find_hotspots(split.train, split.area, map_points=split.map_points, null=null, runs=RUNS).hotspots
    whole = study_area(split.area)
    train, later = xy_of(split.train), xy_of(split.later)
    rivals = {
        "grid": [grid_curve(whole, train, later, CELL_M, shift) for shift in shifts(5)],
        "unit grid": [grid_curve(whole, train, later, UNIT_M, shift) for shift in shifts(3)],
        "KDE": [kernel_curve(whole, train, later)],
    }
    listed = list_curve(found.geometry.to_numpy(), later)
    firm = list_curve(found.geometry.to_numpy()[~found["could_be_chance"].to_numpy(bool)], later)
    grounds = {
        "whole list": (listed, listed.ground[-1]),
        "beyond chance": (listed, firm.ground[-1]),
        "that very list": (firm, firm.ground[-1]),
        "top quarter": (listed, listed.ground[-1] / 4),
    }
    return {
        name: Score(
            split.place,
            ground / whole.area,
            len(later),
            curve.at(ground),
            {rival: float(np.mean([one.at(ground) for one in curves])) for rival, curves in rivals.items()},
        )
        for name, (curve, ground) in grounds.items()
    }


def list_curve(outlines: NDArray[np.object_], later: Floats) -> Curve:
    """Return the hits of hot spots in their order, ground and incidents counted once where outlines overlap."""
    tree, near = shapely.STRtree(shapely.points(later)), shapely.STRtree(outlines)
    ground, hits = [0.0], [0.0]
    seen = np.zeros(len(later), bool)
    for number, outline in enumerate(outlines):
        before = [outlines[other] for other in near.query(outline) if other < number]
        ground.append(ground[-1] + (shapely.difference(outline, shapely.union_all(before)) if before else outline).area)
        inside = tree.query(outline, predicate="intersects")
        hits.append(hits[-1] + float((~seen[inside]).sum()))
        seen[inside] = True
    return Curve(np.array(ground), np.array(hits))


def shifts(steps: int) -> Iterator[Floats]:
    return (np.array(pair) / steps for pair in itertools.product(range(steps), repeat=2))


def grid_curve(whole: shapely.Geometry, train: Floats, later: Floats, cell_m: float, shift: Floats) -> Curve:
    """Return the hits of cells of ``cell_m``, moved by a part of a cell, by training incidents per square metre."""
    origin = shift * cell_m
    cells, density = np.unique(cells_of(train, cell_m, origin), axis=0, return_counts=True)
    ground = clipped(whole, cells, cell_m, origin)
    return best_first(ground, density / np.maximum(ground, 1e-6), counts(cells, later, cell_m, origin))


def kernel_curve(whole: shapely.Geometry, train: Floats, later: Floats) -> Curve:
    """Return the hits of the cells of the unit grid by Gaussian kernel density at their centre."""
    none = np.zeros(2)
    around = np.array(list(itertools.product(range(-2, 3), repeat=2)))
    occupied = np.unique(cells_of(train, UNIT_M, none), axis=0)
    cells = np.unique((occupied[:, None] + around).reshape(-1, 2), axis=0)
    ground = clipped(whole, cells, UNIT_M, none)
    cells, ground = cells[ground > 0], ground[ground > 0]
    places, weight = np.unique(train, axis=0, return_counts=True)
    tree = cKDTree((cells + 0.5) * UNIT_M)
    near = tree.sparse_distance_matrix(cKDTree(places), CUT_OFF * BANDWIDTH_M, output_type="coo_matrix")
    density = np.bincount(near.row, np.exp(-0.5 * (near.data / BANDWIDTH_M) ** 2) * weight[near.col], len(cells))
    return best_first(ground, density, counts(cells, later, UNIT_M, none))


def cells_of(xy: Floats, cell_m: float, origin: Floats) -> Ints:
    return np.floor((xy - origin) / cell_m).astype(np.int64)


def clipped(whole: shapely.Geometry, cells: Ints, cell_m: float, origin: Floats) -> Floats:
    """Return the ground of each cell inside the study area, in square metres."""
    corner = cells * cell_m + origin
    boxes = shapely.box(*corner.T, *(corner.T + cell_m))
    ground = np.where(shapely.contains_properly(whole, boxes), cell_m**2, 0.0)
    border = ground == 0
    ground[border] = shapely.area(shapely.intersection(boxes[border], whole))
    return ground


def counts(cells: Ints, xy: Floats, cell_m: float, origin: Floats) -> Floats:
    """Return the points in each cell."""
    every, number = np.unique(np.concatenate((cells, cells_of(xy, cell_m, origin))), axis=0, return_inverse=True)
    number = number.ravel()
    return np.bincount(number[len(cells) :], minlength=len(every)).astype(np.float64)[number[: len(cells)]]


def best_first(ground: Floats, density: Floats, hits: Floats) -> Curve:
    """Return the curve of units by density; those alike are taken together, each in the same proportion."""
    order = np.argsort(-density, kind="stable")
    starts = np.flatnonzero(np.diff(density[order], prepend=np.inf) < 0)
    sums = (np.cumsum(np.add.reduceat(part[order], starts)) for part in (ground, hits))
    return Curve(*(np.concatenate(([0.0], part)) for part in sums))


def against(scores: Sequence[Score], rival: str) -> str:
    """Return ``won-lost`` and the geometric mean of the ratio of hits."""
    won = sum(score.hits > score.rivals[rival] for score in scores)
    lost = sum(score.hits < score.rivals[rival] or score.ground == 0 for score in scores)
    ratios = [score.hits / score.rivals[rival] for score in scores if score.hits > 0 and score.rivals[rival] > 0]
    mean = math.exp(float(np.mean(np.log(ratios)))) if ratios else math.nan
    return f"{won}-{lost} (×{mean:.2f})"


def rows(name: str, scores: Sequence[dict[str, Score]]) -> Iterator[list[str]]:
    for which in LISTS:
        own = [one[which] for one in scores]
        ground = 100 * np.mean([score.ground for score in own])
        hit = 100 * np.mean([score.hits / max(score.later, 1) for score in own])
        beaten = [against(own, rival) for rival in RIVALS]
        yield [name, which, str(len(own)), f"{ground:.2f}", f"{hit:.1f}", *beaten]


def print_table(head: str, lines: Iterable[Sequence[str]]) -> None:
    names = head.split(", ")
    print(f"\n| {' | '.join(names)} |\n|---|---|{'--:|' * (len(names) - 2)}")
    for line in lines:
        print(f"| {' | '.join(line)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the open data sets")
    parser.add_argument("--place", action="append", choices=[*SHOWN, *CHOSEN_ON], help="default: all")
    parser.add_argument("--null", default="auto", help="what chance means, as in geo hotspots")
    parser.add_argument("--spread", type=float, default=0.0, metavar="METRES", help="move later reports by so much")
    args = parser.parse_args()
    scores = {
        name: [scores_of(split, args.null) for split in splits_of(name, source, args.data, args.spread)]
        for name, source in (SHOWN | CHOSEN_ON).items()
        if args.place is None or name in args.place
    }
    groups = {"all places": list(scores), "shown before": list(SHOWN), "chosen on": list(CHOSEN_ON)}
    head = "places, ground of, splits, ground %, hit %, against grid, against unit grid, against KDE"
    lines = [
        line
        for title, names in groups.items()
        if (some := [one for name in names for one in scores.get(name, [])])
        for line in rows(title, some)
    ]
    print_table(head, lines)
    print_table(head, (line for name, some in scores.items() for line in rows(name, some) if len(scores) > 1))


if __name__ == "__main__":
    main()
