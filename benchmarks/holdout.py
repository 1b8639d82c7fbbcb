"""Would the hot spots have been there later? Hold-out scores against grids, a KDE and the best possible grid.

    uv run python benchmarks/holdout.py --data FOLDER [--place Luton ...] [--rule default]
    uv run python benchmarks/holdout.py --data FOLDER --tune
    uv run python benchmarks/holdout.py --data FOLDER --evidence

Rolling origins: hot spots are found in 12 training months and scored on the 3 months after them; then both move on by 3
months. (Lancashire's files hold 2022 only: one split, 9 months and 3.) Nothing of the test months is seen in training:
neither incidents, nor map points, nor any setting.

Every method marks exactly as much ground as the union of the hot spots' footprints covers:

- grid: cells of 100 m on round National Grid coordinates, clipped to the study area, by training incidents per square
  metre. Cells that are alike, and the last one, count in proportion to the part that is marked.
- unit grid: the same with cells of as much ground as one disc of a footprint (88.6 m for a radius of 50 m): small units
  flatter every method on published map points, so this is the fairer rival, and the harder one.
- KDE: the 100 m cells by the Gaussian kernel density (bandwidth 100 m, cut off at 500 m) at their centre.
- best: the 100 m cells by the test incidents themselves. No such grid can do better; hot spots are not bound to it.

A split in which no hot spot is found counts as lost.

``--tune`` compares candidate default rules on other places, which the tables do not show, and on the first training
months of the places they do show (split into all but the last 3 months, and these 3). What it favours is then scored
on the test months by ``--rule``: never choose a rule by the tables without --tune.

``--evidence`` counts, at each threshold, the hot spots beyond chance.
"""

from __future__ import annotations

import argparse
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.area import assign_wards, select_area
from geo.evaluation.accuracy import hits_within, prediction_of_area
from geo.hotspots import find_hotspots
from geo.hotspots.clusters import Clusters, Settings, by_label, find_clusters
from geo.hotspots.nulls import (
    SNAPPED_SHARE,
    least_beyond_chance_csr,
    least_beyond_chance_dealt,
    share_stacked,
    snap,
    within_reach,
)
from geo.hotspots.outline import fewest_discs, footprints, study_area
from geo.hotspots.significance import p_values, peaks
from geo.hotspots.tune import SMALLEST_MIN_INCIDENTS, choose_eps
from layers.incidents import read_incidents
from layers.reading.crime_types import ASB
from layers.wards import read_wards

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CELL_M = 100.0
BANDWIDTH_M = 100.0
CUT_OFF = 5  # bandwidths
TEST_MONTHS = 3
STEP_MONTHS = 3
ALPHA = 0.05
RADIUS_M = 50.0

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


PLACES = {
    "Luton": Source(BEDFORDSHIRE, LUTON_WARDS.format("E06000032")),
    **_districts("Preston, Blackpool, Burnley, Ribble Valley"),
    "City of London": Source("city_of_london_2018_2020", "ew_wards_2025_geojson/E09000001.geojson.gz"),
}
TUNING_PLACES = {
    "Bedford": Source(BEDFORDSHIRE, LUTON_WARDS.format("E06000055")),
    "Central Bedfordshire": Source(BEDFORDSHIRE, LUTON_WARDS.format("E06000056")),
    **_districts(
        "Blackburn with Darwen, Chorley, Fylde, Hyndburn, Lancaster, Pendle, Rossendale, South Ribble, "
        "West Lancashire, Wyre"
    ),
}


class Rule(NamedTuple):
    """How hot spots are found and outlined.

    ``eps_m``: None for geo's own choice. ``fraction``: of the least number within reach that chance does not give.
    ``outline``: which core points get a disc: ``all`` (as geo.hotspots.outline), ``fewest`` (``fewest_discs``) or
    ``dense`` (only those whose own disc is as dense as the threshold asks, and of these the fewest).
    """

    eps_m: float | None = None
    fraction: float = 1.0
    max_width_m: float = 300.0
    radius_m: float = RADIUS_M
    outline: str = "all"


# None: find_hotspots with no setting given
RULES: dict[str, Rule | None] = {
    "default": None,
    "full": Rule(75, 1.0),
    "full-fewest": Rule(75, 1.0, outline="fewest"),
    "three-quarters-fewest": Rule(75, 0.75, outline="fewest"),
    "half": Rule(75, 0.5),
    "half-fewest": Rule(75, 0.5, outline="fewest"),
    "half-dense": Rule(75, 0.5, outline="dense"),
    "half-50": Rule(50, 0.5),
    "half-50-fewest": Rule(50, 0.5, outline="fewest"),
    "half-100": Rule(100, 0.5),
}


class Split(NamedTuple):
    train: list[str]
    test: list[str]


class Score(NamedTuple):
    """PAI of each method on the same ground; ``area`` and ``hit`` are the shares of the hot spots."""

    spots: int
    area: float
    hit: float
    hotspots: float
    grid: float
    unit_grid: float
    kde: float
    best: float


RIVALS = ("grid", "unit_grid", "kde")


class Place:
    """A study area, its incidents and map points by month, and the grids over it."""

    def __init__(self, name: str, source: Source, data: Path) -> None:
        self.name, self.train_months = name, source.train_months
        area, _ = read_wards(data / source.area)
        self.area = area if source.pick is None else select_area(area, [source.pick])
        crimes, self.months = read_crimes(data / source.incidents)
        self.crimes = assign_wards(crimes, self.area)  # of every type: where incidents can lie
        self.incidents = self.crimes[self.crimes["crime_type"] == ASB]
        self.whole = study_area(self.area)

    @cached_property
    def grid(self) -> Grid:
        return Grid(self.whole, CELL_M)

    @cached_property
    def unit_grid(self) -> Grid:
        return Grid(self.whole, math.sqrt(math.pi) * RADIUS_M)

    def splits(self) -> Iterator[Split]:
        for cut in range(self.train_months, len(self.months) - TEST_MONTHS + 1, STEP_MONTHS):
            yield Split(self.months[cut - self.train_months : cut], self.months[cut : cut + TEST_MONTHS])

    def inner_split(self) -> Split:
        """Return the first training months, split again: no test month of any other split is in it."""
        first = self.months[: self.train_months]
        return Split(first[:-TEST_MONTHS], first[-TEST_MONTHS:])


class Grid:
    """Square cells on round coordinates, clipped to an area: ``area`` and ``centre`` of each."""

    def __init__(self, whole: shapely.Geometry, cell_m: float) -> None:
        self.cell_m = cell_m
        west, south, east, north = np.floor(np.array(whole.bounds) / cell_m).astype(int)
        self.first, self.rows = np.array([west, south]), north - south + 1
        number = np.arange((east - west + 1) * self.rows)
        corner = (np.column_stack(np.divmod(number, self.rows)) + self.first) * cell_m
        boxes = shapely.box(*corner.T, *(corner.T + cell_m))
        ground = np.where(shapely.contains_properly(whole, boxes), cell_m**2, 0.0)
        border = (ground == 0) & shapely.intersects(whole, boxes)
        ground[border] = shapely.area(shapely.intersection(boxes[border], whole))
        self.cells = np.flatnonzero(ground > 0)
        self.area, self.centre = ground[self.cells], corner[self.cells] + cell_m / 2

    def count(self, xy: Floats) -> Floats:
        """Return the points in each cell."""
        column, row = (np.floor(xy / self.cell_m).astype(int) - self.first).T
        cell = np.searchsorted(self.cells, column * self.rows + row)
        return np.bincount(cell, minlength=len(self.cells)).astype(np.float64)

    def kernel_density(self, xy: Floats) -> Floats:
        """Return the Gaussian kernel density at the centre of each cell, up to a constant factor."""
        places, weight = np.unique(xy, axis=0, return_counts=True)
        tree = cKDTree(self.centre)
        near = tree.sparse_distance_matrix(cKDTree(places), CUT_OFF * BANDWIDTH_M, output_type="coo_matrix")
        kernel = np.exp(-0.5 * (near.data / BANDWIDTH_M) ** 2) * weight[near.col]
        return np.bincount(near.row, kernel, minlength=len(self.centre))


class Trial:
    """One split of a place. What rivals and chance do is found once, for every rule tried."""

    def __init__(self, place: Place, split: Split) -> None:
        self.place, self.split = place, split
        self.train = place.incidents[place.incidents["month"].isin(split.train)]
        train, self.later = xy_of(self.train), xy_of(place.incidents[place.incidents["month"].isin(split.test)])
        self.places, counts = np.unique(train, axis=0, return_counts=True)
        self.weights = counts.astype(np.float64)
        self.points = np.unique(xy_of(place.crimes[place.crimes["month"].isin(split.train)]), axis=0)
        self.snapped = share_stacked(self.places, self.weights) > SNAPPED_SHARE
        cells, units = place.grid, place.unit_grid
        later, later_units = cells.count(self.later), units.count(self.later)
        self.rivals = {
            "grid": (later, cells.count(train), cells.area),
            "unit_grid": (later_units, units.count(train), units.area),
            "kde": (later, cells.kernel_density(train) * cells.area, cells.area),
            "best": (later, later, cells.area),
        }
        self._least: dict[float, float] = {}
        self._clusters: dict[Settings, Clusters] = {}

    def score(self, rule: Rule | None) -> Score:
        if rule is None:
            marked, spots = self._as_geo_does()
        else:
            marked, spots = self._by_rule(rule)
        shapely.prepare(marked)
        total, whole = len(self.later), self.place.whole.area
        hits = int(shapely.intersects_xy(marked, *self.later.T).sum())
        ours = prediction_of_area(hits, total, marked.area, whole)
        rivals = {
            name: prediction_of_area(float(hits_within(*units, marked.area)[0]), total, marked.area, whole).pai
            for name, units in self.rivals.items()
        }
        return Score(spots, ours.area_share, ours.hit_rate, ours.pai, **rivals)

    def _as_geo_does(self) -> tuple[shapely.Geometry, int]:
        """Return what find_hotspots marks when no setting is given; the test against chance removes nothing."""
        # the map points as the reader gives them: of all crime in the training months
        points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*self.points.T), crs=self.train.crs).assign(other=0)
        found = find_hotspots(self.train, self.place.area, map_points=points, runs=19).hotspots
        return found.union_all(), len(found)

    def _by_rule(self, rule: Rule) -> tuple[shapely.Geometry, int]:
        eps = self.eps(rule.eps_m)
        least = max(SMALLEST_MIN_INCIDENTS, math.ceil(rule.fraction * self.beyond_chance(eps)))
        settings = Settings(eps, least, rule.max_width_m)
        if settings not in self._clusters:
            self._clusters[settings] = find_clusters(self.places, settings, self.weights)
        found = self._clusters[settings]
        centre = found.is_core
        if rule.outline == "dense":
            within = within_reach(self.places, self.weights, rule.radius_m)
            asked = np.append(found.min_incidents, np.inf)[found.label] * (rule.radius_m / eps) ** 2
            centre = centre & (within >= asked)
        if rule.outline != "all":
            centre = fewest_discs(self.places, self.weights, centre, found.label, radius_m=rule.radius_m)
        if not centre.any():
            return shapely.Polygon(), 0
        spots, label = np.unique(found.label[centre], return_inverse=True)
        drawn = footprints(self.places[centre], label, radius_m=rule.radius_m, area=self.place.whole)
        return shapely.union_all(drawn), len(spots)

    def eps(self, eps_m: float | None) -> float:
        return float(choose_eps(eps_m, self.points, snapped=self.snapped).value)

    def beyond_chance(self, eps_m: float) -> float:
        """Return the least number within reach that chance does not give, from the training months."""
        if eps_m not in self._least:
            if self.snapped:
                least = least_beyond_chance_dealt(snap(len(self.train), self.points), eps_m, alpha=ALPHA)
            else:
                least = least_beyond_chance_csr(len(self.train), self.place.whole.area, eps_m, alpha=ALPHA)
            self._least[eps_m] = max(least, SMALLEST_MIN_INCIDENTS)
        return self._least[eps_m]


@cache
def read_crimes(path: Path) -> tuple[gpd.GeoDataFrame, list[str]]:
    crimes, report = read_incidents(path, crime_types=("all",))
    return crimes, list(report.months)


def xy_of(points: gpd.GeoDataFrame) -> Floats:
    return np.column_stack((points.geometry.x, points.geometry.y))


def wins(scores: Sequence[Score], rival: str) -> str:
    """Return ``won-lost``; a split without a hot spot is lost, an equal score is neither."""
    pairs = [(score.hotspots, getattr(score, rival)) for score in scores]
    won = sum(ours > theirs for ours, theirs in pairs)
    return f"{won}-{sum(not ours >= theirs for ours, theirs in pairs)}"


def ratios(scores: Sequence[Score], rival: str) -> Floats:
    """Return hot spots' PAI over the rival's in each split with a hot spot; a PAI under 0.5 counts as 0.5."""
    found = [score for score in scores if score.area > 0]
    return np.array([max(score.hotspots, 0.5) / max(getattr(score, rival), 0.5) for score in found])


def mean_ratio(scores: Sequence[Score], rival: str) -> float:
    """Return the geometric mean of the ratios."""
    found = ratios(scores, rival)
    return float(np.exp(np.log(found).mean())) if len(found) else math.nan


def print_table(head: str, rows: Iterable[Sequence[object]]) -> None:
    names = head.split(", ")
    print(f"\n| {' | '.join(names)} |\n|---|{'--:|' * (len(names) - 1)}")
    for row in rows:
        print(f"| {' | '.join(str(value) for value in row)} |")


def score_row(trial: Trial, score: Score) -> list[str]:
    train, test = trial.split
    # a split without a hot spot has no ground to compare on
    pai = [f"{value:.1f}" if value == value else "-" for value in score[3:]]
    return [
        f"{train[0]} to {train[-1]}, then to {test[-1]}",
        str(len(trial.later)),
        str(score.spots),
        f"{100 * score.area:.2f}",
        f"{100 * score.hit:.1f}",
        *pai,
    ]


def summary_row(name: str, scores: Sequence[Score]) -> list[str]:
    area, hit = (f"{100 * np.mean([getattr(score, part) for score in scores]):.2f}" for part in ("area", "hit"))
    spots = f"{np.mean([score.spots for score in scores]):.0f}"
    against = [f"{wins(scores, rival)} (×{mean_ratio(scores, rival):.2f})".replace("×nan", "-") for rival in RIVALS]
    return [name, str(len(scores)), spots, area, hit, *against, f"{mean_ratio(scores, 'best'):.2f}".replace("nan", "-")]


SCORE_HEAD = "training and test months, test incidents, hot spots, area %, hit %, PAI, grid, unit grid, KDE, best"
SUMMARY_HEAD = ", splits, hot spots, area %, hit %, against grid, against unit grid, against KDE, of best"


def evaluate(places: dict[str, Source], data: Path, rule: str) -> None:
    """Print a table for each place, and a summary."""
    trials = {name: trials_of(name, source, data) for name, source in places.items()}
    scores = {name: [trial.score(RULES[rule]) for trial in some] for name, some in trials.items()}
    for name, some in trials.items():
        print(f"\n{name}, rule {rule}")
        print_table(SCORE_HEAD, (score_row(trial, score) for trial, score in zip(some, scores[name], strict=True)))
    print(f"\nSummary, rule {rule}: splits won-lost (geometric mean of the ratio of PAI)")
    rows = [summary_row(name, some) for name, some in scores.items()]
    everything = [score for some in scores.values() for score in some]
    print_table("place" + SUMMARY_HEAD, [*rows, summary_row("all", everything)])
    for rival in RIVALS:
        found = ratios(everything, rival)
        print(f"Hot spots over {rival}: from ×{found.min():.2f} to ×{found.max():.2f}.")


def trials_of(
    name: str, source: Source, data: Path, splits: Callable[[Place], Iterable[Split]] = Place.splits
) -> list[Trial]:
    place = Place(name, source, data)
    return [Trial(place, split) for split in splits(place)]


def tune(data: Path) -> None:
    """Print how candidate rules do where the tables of ``evaluate`` do not look."""
    trials = [trial for name, source in TUNING_PLACES.items() for trial in trials_of(name, source, data, tuning_splits)]
    trials += [
        trial
        for name, source in PLACES.items()
        for trial in trials_of(name, source, data, lambda place: [place.inner_split()])
    ]
    groups = {
        "Reach, threshold and outline (width 300 m, footprint 50 m)": [
            Rule(eps, fraction, outline=outline)
            for outline in ("all", "fewest", "dense")
            for eps in (50.0, 75.0, 100.0, 125.0, None)
            for fraction in (1, 0.75, 0.5, 0.35, 0.25)
        ],
        "Greatest width": [Rule(75, 0.5, width, outline="dense") for width in (200, 300, 400)],
        "Footprint": [Rule(75, 0.5, radius_m=radius, outline=o) for o in ("all", "dense") for radius in (50, 60, 75)],
        "Footprint of half of eps": [Rule(eps, 0.5, radius_m=eps / 2) for eps in (125,)],
    }
    for title, rules in groups.items():
        print(f"\n{title}: {len(trials)} splits of other places and of training months")
        rows = [summary_row(say(rule), [trial.score(rule) for trial in trials]) for rule in rules]
        print_table("rule" + SUMMARY_HEAD, rows)


def evidence(data: Path) -> None:
    """Print how many hot spots of the last 12 months are beyond chance, by two measures."""
    rows = []
    for name, source in PLACES.items():
        place = Place(name, source, data)
        trial = Trial(place, Split(place.months[-12:], []))
        null = snap(len(trial.train), trial.points)
        for eps, fraction in itertools.product((50.0, 75.0), (1, 0.75, 0.5)):
            full = trial.beyond_chance(eps)
            settings = Settings(eps, max(SMALLEST_MIN_INCIDENTS, math.ceil(fraction * full)), 300.0)
            found = find_clusters(trial.places, settings, trial.weights)
            p = p_values(peaks(trial.places, trial.weights, found, eps), null, eps, runs=199).p
            alone = sum(len(own) == 1 for own in by_label(found.label))
            threshold = f"{settings.min_incidents:g}"
            rows.append([name, f"{eps:g} m", f"×{fraction:g}", threshold, len(p), alone, int((p <= ALPHA).sum())])
    print("\nTwelve months, width 300 m, map-point null")
    print_table("place, eps, threshold, min, hot spots, of one map point, beyond chance", rows)


def tuning_splits(place: Place) -> Iterator[Split]:
    if place.train_months < 12:
        yield place.inner_split()
    yield from place.splits()


def say(rule: Rule) -> str:
    eps = f"{rule.eps_m:g} m" if rule.eps_m else "geo's"
    return (
        f"eps {eps}, min ×{rule.fraction:g}, width {rule.max_width_m:g} m, {rule.outline} discs of {rule.radius_m:g} m"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the open data sets")
    parser.add_argument("--place", action="append", choices=list(PLACES), help="default: all")
    parser.add_argument("--rule", default="default", choices=list(RULES), help="default: what geo does by itself")
    parser.add_argument("--tune", action="store_true", help="compare candidate default rules")
    parser.add_argument("--evidence", action="store_true", help="count hot spots beyond chance at several thresholds")
    args = parser.parse_args()
    if args.tune:
        tune(args.data)
    elif args.evidence:
        evidence(args.data)
    else:
        evaluate({name: PLACES[name] for name in args.place or PLACES}, args.data, args.rule)


if __name__ == "__main__":
    main()
