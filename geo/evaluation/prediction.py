"""Would the hot spots have predicted what came next? Rolling origins, equal ground, against simpler maps.

From some months each map is drawn, the months after them are looked up in it, and both move on. Nothing of the later
months is known to any map. Two maps are only compared on the same amount of ground: a small one reaches a high PAI
easily. Measures: ``geo.evaluation.accuracy``. Chainey, Tompson & Uhlig 2008, doi 10.1057/palgrave.sj.8350066.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.area import assign_wards
from geo.errors import GeoError, counted
from geo.evaluation.accuracy import hits_within
from geo.hotspots.gi_star import gi_star, grid_neighbours

Floats = NDArray[np.float64]
# hot spots in their order, as polygons with ``could_be_chance``, from incidents and the months they cover
Find = Callable[[gpd.GeoDataFrame, Sequence[str]], gpd.GeoDataFrame]

# shares of the ground that are marked
BUDGETS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05)
TRAIN_MONTHS, TEST_MONTHS, STEP_MONTHS = 12, 1, 1
GRID_M, GRID_ORIGINS = 100.0, 25
# published positions are moved to map points: units finer than a disc of this radius measure the moving
RADIUS_M = 50.0
UNIT_M = math.sqrt(math.pi) * RADIUS_M
BANDWIDTH_M = 50.0
HALF_LIFE_MONTHS = 6.0
_CUT_OFF = 5
HOTSPOTS, BEYOND_CHANCE = "hot spots", "hot spots beyond chance"
BEST = "best possible"
METHODS = {
    HOTSPOTS: "this study's list, in its order",
    BEYOND_CHANCE: "those of it that chance does not explain",
    "discs": "discs of 50 m, one by one by the reports each adds",
    "grid": "cells of 100 m, averaged over 25 origins",
    "unit grid": "cells of as much ground as one disc",
    "kde": "kernel density (50 m) on the unit cells",
    "kde by age": "the same, reports weighted by age (half-life 6 months)",
    "gi*": "unit cells by Getis-Ord Gi*, neighbours included",
    BEST: "unit cells by the later reports themselves: no grid can do better",
}


class Evaluation(NamedTuple):
    """``scores``: one row each origin, method and ground. ``summary``: their means. ``sentences``: what it says.

    Columns of ``scores``: ``first_month`` (of the test), ``method``, ``ground`` (``list`` or ``beyond chance``: as much
    as that list covers; else the budget), ``area_share``, ``later`` (reports in the test months), ``hit_rate``,
    ``pai``, ``pei`` (over the best possible grid, to which lists and discs are not bound). Missing where a list covers
    less than the budget. ``summary``: by method and ground: ``origins``, means of ``area_share``, ``hit_rate``,
    ``pai``, ``pei``, and ``against_grid``: the geometric mean of the hit rate over the grid's, with ``won`` and
    ``lost`` origins.
    """

    scores: pd.DataFrame
    summary: pd.DataFrame
    sentences: list[str]


class Split(NamedTuple):
    """Months to learn from, and the months after them."""

    train: list[str]
    test: list[str]


class Grid:
    """Square cells clipped to an area: ``area`` and ``centre`` of each. ``shift_m``: of its origin, east and north."""

    def __init__(self, whole: shapely.Geometry, cell_m: float, shift_m: tuple[float, float] = (0.0, 0.0)) -> None:
        self.cell_m, self.shift = cell_m, np.array(shift_m)
        bounds = (np.array(whole.bounds).reshape(2, 2) - self.shift) / cell_m
        (west, south), (east, north) = np.floor(bounds).astype(int)
        self.first, self.rows = np.array([west, south]), north - south + 1
        number = np.arange((east - west + 1) * self.rows)
        corner = (np.column_stack(np.divmod(number, self.rows)) + self.first) * cell_m + self.shift
        boxes = shapely.box(*corner.T, *(corner.T + cell_m))
        shapely.prepare(whole)
        ground = np.where(shapely.contains_properly(whole, boxes), cell_m**2, 0.0)
        border = np.flatnonzero(ground == 0)
        border = border[shapely.intersects(whole, boxes[border])]
        ground[border] = shapely.area(shapely.intersection(boxes[border], whole))
        self.cells = np.flatnonzero(ground > 0)
        self.area, self.centre = ground[self.cells], corner[self.cells] + cell_m / 2

    def count(self, xy: Floats) -> Floats:
        """Return the points in each cell."""
        column, row = (np.floor((xy - self.shift) / self.cell_m).astype(int) - self.first).T
        cell = np.searchsorted(self.cells, column * self.rows + row)
        return np.bincount(cell, minlength=len(self.cells)).astype(np.float64)

    def density(self, xy: Floats, weight: Floats, bandwidth_m: float) -> Floats:
        """Return the Gaussian kernel density at the centre of each cell, up to a constant factor."""
        near = cKDTree(self.centre).sparse_distance_matrix(
            cKDTree(xy), _CUT_OFF * bandwidth_m, output_type="coo_matrix"
        )
        kernel = np.exp(-0.5 * (near.data / bandwidth_m) ** 2) * weight[near.col]
        return np.bincount(near.row, kernel, minlength=len(self.centre)).astype(np.float64)


def splits(
    months: Sequence[str], *, train: int = TRAIN_MONTHS, test: int = TEST_MONTHS, step: int = STEP_MONTHS
) -> list[Split]:
    """Return the rolling origins; a window with a month missing is none, because what was not there cannot be found.

    Raises GeoError where not one fits.
    """
    known = sorted(set(months))
    windows = (
        Split(known[cut - train : cut], known[cut : cut + test]) for cut in range(train, len(known) - test + 1, step)
    )
    found = [one for one in windows if _number(one.test[-1]) - _number(one.train[0]) == train + test - 1]
    if not found:
        raise GeoError(
            f"{counted(len(known), 'month')} covered: {train} to learn from and {test} to test on, without a gap, are "
            f"{train + test}.",
            "Bring more months, or learn from fewer.",
        )
    return found


def evaluate(
    incidents: gpd.GeoDataFrame,
    area: gpd.GeoDataFrame,
    months: Sequence[str],
    find: Find,
    *,
    train: int = TRAIN_MONTHS,
    test: int = TEST_MONTHS,
    step: int = STEP_MONTHS,
    budgets: Sequence[float] = BUDGETS,
    track: Callable[[Sequence[Split], int], Any] = lambda items, _: items,
) -> Evaluation:
    """Return how well the hot spots that ``find`` draws predict the next months, beside simpler maps.

    ``incidents``: points in metres with ``month``; ``area``: the wards; ``months``: those the data cover. ``train``,
    ``test``, ``step``: months to learn from, to test on, and to move on by. ``budgets``: shares of the ground (0-1).
    Raises GeoError for too few months, and for settings that are none.
    """
    if not all(0 < budget <= 1 for budget in budgets):
        raise GeoError("A budget of ground is not a share between 0 and 1.", "For 1% give 0.01.")
    inside = assign_wards(incidents, area)
    maps = _Maps(area)
    chosen = splits(months, train=train, test=test, step=step)
    parts = [maps.scores(inside, split, find, budgets) for split in track(chosen, len(chosen))]
    scores = pd.concat([part for part in parts if len(part)], ignore_index=True) if any(map(len, parts)) else parts[0]
    if scores.empty:
        raise GeoError("No test month has a report in the study area.", "Bring other months.")
    summary = _summary(scores)
    return Evaluation(scores, summary, [*_sentences(summary, len(chosen))])


def choose(evaluations: Mapping[str, Evaluation], *, ground: str = "list") -> str:
    """Return the name of the settings whose hot spots did best against a grid on their own ground.

    To be asked with evaluations of training months only: settings chosen by the months they are tested on look good by
    luck. Equal ones: the first.
    """
    told = {}
    for name, one in evaluations.items():
        rows = one.summary[(one.summary["method"] == HOTSPOTS) & (one.summary["ground"] == ground)]
        told[name] = float(rows["against_grid"].fillna(0).iloc[0])
    return max(told, key=lambda name: told[name])


class _Maps:
    """The grids over one area, made once."""

    def __init__(self, area: gpd.GeoDataFrame) -> None:
        self.whole = shapely.union_all(area.geometry.to_numpy())
        side = math.isqrt(GRID_ORIGINS)
        steps = [GRID_M / side * number for number in range(side)]
        self.grids = [Grid(self.whole, GRID_M, (east, north)) for east in steps for north in steps]
        self.unit = Grid(self.whole, UNIT_M)
        self.neighbours = grid_neighbours(np.column_stack(np.divmod(self.unit.cells, self.unit.rows)))

    def scores(self, inside: gpd.GeoDataFrame, split: Split, find: Find, budgets: Sequence[float]) -> pd.DataFrame:
        """Return the scores of one origin; no row where the test months hold no report."""
        train = inside[inside["month"].isin(split.train)]
        xy, later = (_xy(inside[inside["month"].isin(part)]) for part in split)
        if not len(later) or not len(xy):
            return pd.DataFrame()
        spots = find(train, split.train)
        sure = spots[~spots["could_be_chance"].to_numpy(bool)]
        lists = {HOTSPOTS: _taken(spots, later), BEYOND_CHANCE: _taken(sure, later)}
        own = {"list": lists[HOTSPOTS][1].sum(), "beyond chance": lists[BEYOND_CHANCE][1].sum()}
        grounds = {**own, **{f"{budget:.2%}": budget * self.whole.area for budget in budgets}}
        wanted = np.array(list(grounds.values()))
        age = _number(split.test[0]) - train["month"].map(_number).to_numpy(np.float64)
        hits = {name: _along(*one, wanted) for name, one in lists.items()}
        hits |= self._peers(xy, age, later, wanted)
        rows = [
            (split.test[0], name, label, ground / self.whole.area, len(later), hit / len(later), hit)
            for name, found in hits.items()
            for label, ground, hit in zip(grounds, wanted, found, strict=True)
        ]
        columns = ["first_month", "method", "ground", "area_share", "later", "hit_rate", "hits"]
        table = pd.DataFrame(rows, columns=columns)
        best = table["ground"].map(dict(zip(grounds, hits[BEST], strict=True)))
        share, some = table["area_share"], table["area_share"] > 0
        table["hit_rate"] = table["hit_rate"].where(some)
        table["pai"] = table["hit_rate"] / share.where(some)
        table["pei"] = table["hits"] / best.where(best > 0)
        return table.drop(columns="hits")

    def _peers(self, xy: Floats, age: Floats, later: Floats, wanted: Floats) -> dict[str, Floats]:
        """Return the later reports that each simpler map catches on each amount of ground."""
        places, place, times = np.unique(xy, axis=0, return_inverse=True, return_counts=True)
        weight = times.astype(np.float64)
        fresh = np.bincount(place.ravel(), 0.5 ** (age / HALF_LIFE_MONTHS), len(places)).astype(np.float64)
        seen = self.unit.count(later)

        def cells(predicted: Floats) -> Floats:
            return hits_within(seen, predicted, self.unit.area, wanted)

        grids = [hits_within(one.count(later), one.count(xy), one.area, wanted) for one in self.grids]
        return {
            "discs": _along(*_discs(places, weight, later, self.whole, wanted.max()), wanted),
            "grid": np.mean(grids, axis=0),
            "unit grid": cells(self.unit.count(xy)),
            "kde": cells(self.unit.density(places, weight, BANDWIDTH_M)),
            "kde by age": cells(self.unit.density(places, fresh, BANDWIDTH_M)),
            "gi*": cells(self._gi_star(xy)),
            BEST: cells(seen),
        }

    def _gi_star(self, xy: Floats) -> Floats:
        """Return a rank of each cell by Gi*, times its area: what is compared is the value over the area."""
        z = gi_star(self.unit.count(xy), self.neighbours).table["z"].to_numpy(np.float64)
        return np.asarray((np.nan_to_num(z) - np.nan_to_num(z).min()) * self.unit.area)


def _xy(points: gpd.GeoDataFrame) -> Floats:
    return np.asarray(points.get_coordinates().to_numpy(), np.float64)


def _taken(spots: gpd.GeoDataFrame, later: Floats) -> tuple[Floats, Floats]:
    """Return later reports and ground that each polygon adds to those before it."""
    shapes = spots.geometry.to_numpy()
    tree = shapely.STRtree(shapes)
    ground = shapely.area(shapes)
    pairs = tree.query(shapes, predicate="intersects")
    for number in range(len(shapes)):
        before = pairs[1][(pairs[0] == number) & (pairs[1] < number)]
        if len(before):
            ground[number] = shapely.difference(shapes[number], shapely.union_all(shapes[before])).area
    point, spot = tree.query(shapely.points(later), predicate="intersects")
    first = pd.Series(spot).groupby(point).min()
    return np.bincount(first.to_numpy(np.int64), minlength=len(shapes)).astype(np.float64), ground


def _along(added: Floats, ground: Floats, wanted: Floats) -> Floats:
    """Return the reports caught on each amount of ground, pieces in their order; missing beyond the last."""
    if not len(added):
        return np.where(wanted > 0, np.nan, 0.0)
    ends = np.concatenate(([0.0], np.cumsum(ground)))
    caught = np.interp(wanted, ends, np.concatenate(([0.0], np.cumsum(added))))
    return np.where(wanted <= ends[-1] * (1 + 1e-9), caught, np.nan)


def _discs(
    places: Floats, weight: Floats, later: Floats, whole: shapely.Geometry, most: float
) -> tuple[Floats, Floats]:
    """Return later reports and ground that each disc adds, discs taken greedily by the reports they add."""
    tree, ahead = cKDTree(places), cKDTree(later)
    reach = tree.query_ball_point(places, RADIUS_M + 1e-6)
    covered, seen = np.zeros(len(places), bool), np.zeros(len(later), bool)
    heap = [(-weight[near].sum(), number) for number, near in enumerate(reach)]
    heapq.heapify(heap)
    taken: list[int] = []
    added, ground, total = [], [], 0.0
    discs = shapely.buffer(shapely.points(places), RADIUS_M, quad_segs=16)
    while heap and total < most:
        gain, number = heapq.heappop(heap)
        near = np.array(reach[number])
        now = -weight[near[~covered[near]]].sum()
        if now > gain:  # others have taken some of it: back into the queue
            if now < 0:
                heapq.heappush(heap, (now, number))
            continue
        covered[near] = True
        apart = np.hypot(*(places[taken] - places[number]).T) if taken else np.empty(0)
        close = [taken[one] for one in np.flatnonzero(apart < 2 * RADIUS_M)]
        shape = discs[number] if not close else shapely.difference(discs[number], shapely.union_all(discs[close]))
        area = shapely.intersection(shape, whole).area
        caught = np.array(ahead.query_ball_point(places[number], RADIUS_M + 1e-6), np.int64)
        added.append(float((~seen[caught]).sum()))
        seen[caught] = True
        ground.append(area)
        taken.append(number)
        total += area
    return np.array(added), np.array(ground)


def _summary(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the means over origins, and how each method did against the grid on the same ground."""
    grid = scores[scores["method"] == "grid"].set_index(["first_month", "ground"])["hit_rate"]
    rival = pd.MultiIndex.from_frame(scores[["first_month", "ground"]]).map(grid)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log((scores["hit_rate"] + _LITTLE) / (np.asarray(rival, np.float64) + _LITTLE))
    known = scores.assign(
        log=ratio, won=scores["hit_rate"] > rival + _LITTLE, lost=scores["hit_rate"] < np.asarray(rival) - _LITTLE
    )
    grouped = known.groupby(["method", "ground"], sort=False)
    table = grouped[["area_share", "hit_rate", "pai", "pei"]].mean().round(6)
    table.insert(0, "origins", grouped["hit_rate"].count())
    table["against_grid"] = np.exp(grouped["log"].mean()).round(4)
    table["won"], table["lost"] = grouped["won"].sum(), grouped["lost"].sum()
    return table.reset_index()


# of a hit rate: no ratio by almost nothing
_LITTLE = 1e-6


def _sentences(summary: pd.DataFrame, origins: int) -> Iterator[str]:
    """Yield what the hot spots caught, on how much ground, and how simpler maps did on as much."""
    for method, ground in ((HOTSPOTS, "list"), (BEYOND_CHANCE, "beyond chance")):
        rows = summary[summary["ground"] == ground].set_index("method")
        if not rows.loc[method, "origins"]:
            yield f"{method.capitalize()}: none was found from {counted(origins, 'origin')}."
            continue
        own, grid = rows.loc[method], rows.loc["grid"]
        yield (
            f"{method.capitalize()}: {own['hit_rate']:.1%} of later reports on {own['area_share']:.2%} of the ground "
            f"(PAI {own['pai']:.1f}); a grid catches {grid['hit_rate']:.1%} there, the best possible "
            f"{rows.loc[BEST, 'hit_rate']:.1%}."
        )
        peers = rows.drop([HOTSPOTS, BEYOND_CHANCE, BEST]).dropna(subset=["hit_rate"])
        first = peers["hit_rate"].idxmax()
        better = "better than" if own["hit_rate"] > peers["hit_rate"].max() else "not better than"
        yield (
            f"That is {better} the best simple map there ({first}: {peers['hit_rate'].max():.1%}); against the grid "
            f"{int(own['won'])} won and {int(own['lost'])} lost of {int(own['origins'])} origins."
        )


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1
