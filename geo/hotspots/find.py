"""From incidents to ranked hot spots: choose, cluster, test against chance, outline, describe."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.area import assign_wards
from geo.crs import require_metric
from geo.errors import GeoError, counted
from geo.hotspots.clusters import Clusters, Settings, find_clusters
from geo.hotspots.coverage import Coverage, covered_months
from geo.hotspots.dbscan import NOISE
from geo.hotspots.describe import describe, describe_dissolved
from geo.hotspots.evidence import of_area
from geo.hotspots.nulls import SNAPPED_SHARE, Null, background, csr, share_stacked, smooth, snap, unequal
from geo.hotspots.outline import Shapes, best_discs, best_streets, footprints, study_area
from geo.hotspots.significance import Track, judged, p_values, peaks
from geo.hotspots.tally import sums
from geo.hotspots.trend import month_number
from geo.hotspots.tune import (
    SMALLEST_FOOTPRINT_M,
    Options,
    Parameter,
    choose_eps,
    choose_footprint,
    choose_ground,
    choose_half_life,
    choose_max_width,
    choose_min_incidents,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ALPHA = 0.05
NULLS = ("auto", "unequal", "snap", "smooth", "csr", "background", "none")
_DAYS_A_MONTH = 365.25 / 12
# fewer other crimes in all say nothing of how unequal map points are
_LEAST_ACTIVITY = 50
# incidents that share a position, against those beside each other: above this they stand on map points
_ALIKE_TIMES = 3


class HotspotResult(NamedTuple):
    """What ``find_hotspots`` found.

    ``hotspots``: one row a hot spot, by rank, polygons. ``incidents``: those inside the area, with their ward and
    ``hotspot`` (the rank, missing where in none). ``wards``: the area, with ``incidents`` counted in each.
    ``too_spread_out``: one row for each group of incidents too wide for a hot spot and without a denser part.
    ``parameters``: every value used. ``evidence``: sentences about all incidents (trend, season, hours, types,
    repeats), and why what cannot be told cannot. ``outside``: incidents given that lie outside the area. ``area_km2``:
    the ground studied. ``covered_km2``: the ground that hot spots cover, overlaps counted once.
    """

    hotspots: gpd.GeoDataFrame
    incidents: gpd.GeoDataFrame
    wards: gpd.GeoDataFrame
    too_spread_out: gpd.GeoDataFrame
    parameters: list[Parameter]
    evidence: list[str]
    outside: int
    area_km2: float
    covered_km2: float


def find_hotspots(
    incidents: gpd.GeoDataFrame,
    area: gpd.GeoDataFrame,
    *,
    eps_m: float | None = None,
    min_incidents: float | None = None,
    options: Options | None = None,
    months: Sequence[str] | None = None,
    coverage: Mapping[str, Sequence[str]] | None = None,
    map_points: gpd.GeoDataFrame | None = None,
    activity: gpd.GeoDataFrame | None = None,
    streets: gpd.GeoDataFrame | None = None,
    track: Track = lambda items, _: items,
    **changes: Any,
) -> HotspotResult:
    """Return the hot spots of ``incidents`` inside the wards ``area``, by reports per square metre of their outline.

    ``incidents``: points in metres with ``month`` and, if known, ``location_text``, ``precision``, ``rounded_m`` (the
    metres to which positions are rounded) and ``weight``. ``area``: polygons in the same system with ``ward_code`` and
    ``ward_name``. ``options``, and any of its fields by name (``eps_m``, ``min_incidents``, ``null`` ...): how they are
    found (``Options``).

    ``months``: the months the data cover (default: those that occur), the denominator of ``months_active``;
    ``coverage``: those of each force, by the names in the column ``force`` of ``incidents``, where they differ
    (``geo.hotspots.coverage``): what is said of a hot spot's months goes by the forces its reports come from; a month
    implausibly empty for a force is left out and named. ``map_points``: every position incidents of any kind can have,
    with ``other``, the number of other crimes at each; default those of the incidents themselves. ``activity``: points
    with ``other``, how much goes on at each (people, premises), instead of other crime. ``streets``: lines in the same
    system; with them a hot spot is drawn on its streets (``geo.hotspots.outline.best_streets``) instead of in discs.
    ``track`` wraps the loop.

    Columns of ``hotspots``: see ``geo.hotspots.describe.describe``. No hot spot gives an empty frame with these
    columns. Every count is of reports inside the area. Rows of weight 0 belong to no hot spot. No order of rows changes
    anything; the inputs are not changed. Raises GeoError for layers not in metres or that do not overlap, and for
    settings that contradict each other.
    """
    require_metric(area, "wards")
    changes |= {} if eps_m is None else {"eps_m": eps_m}
    changes |= {} if min_incidents is None else {"min_incidents": min_incidents}
    asked = replace(options or Options(), **changes)
    choose_ground(asked.ground_share)
    recency = choose_half_life(asked.half_life_days)
    inside = assign_wards(incidents, area)
    cover = covered_months(incidents, months, coverage)
    where = _positions(inside, area, map_points, activity)
    chance, chance_parameter = _choose_null(asked.null, len(inside), where)
    eps = choose_eps(asked.eps_m, where.points, snapped=where.snapped, rounded_m=_rounded_m(inside))
    reach = float(eps.value)
    # the threshold asks how many chance heaps up anywhere; the test then asks it of each hot spot, under its own null
    plain = {"unequal": lambda: snap(len(inside), where.points), "smooth": lambda: csr(len(inside), where.whole)}
    even = plain[chance.name]() if chance is not None and chance.name in plain else chance
    limit = choose_max_width(asked.max_width_m)
    least = choose_min_incidents(
        asked.min_incidents,
        even,
        len(inside),
        where.whole,
        reach,
        alpha=ALPHA,
        seed=asked.seed,
        untested=chance_parameter.reason,
    )
    radius = choose_footprint(asked.footprint_m, reach, snapped=where.snapped)
    settings = Settings(reach, float(least.value), asked.max_width_m)
    found = find_clusters(where.places, settings, where.weight, engine=asked.engine)
    tests, tested = _test(where, found, chance, asked, track, eps_m=reach)
    lately = _recency(inside, cover.months, asked.half_life_days)
    marks = _marks(where, found, _weights(inside).to_numpy() * lately, float(radius.value), streets)
    drawn = _draw(where, found, marks, lately, float(radius.value), asked.ground_share)
    tests = tests.assign(lately=drawn.lately, chance_share=_chance_shares(where, found, drawn.outline))
    label_of = pd.Series(drawn.number_of(found.label[where.place]), index=inside.index)
    label_of = label_of.where(_weights(inside) > 0, NOISE)
    hotspots = describe(
        inside.assign(label=label_of, place=where.place),
        drawn.outline[drawn.kept],
        coverage=cover,
        tests=tests.iloc[drawn.kept].reset_index(drop=True),
        null_model=chance.name if chance is not None else None,
        alpha=ALPHA,
        border=where.whole.boundary,
        weights=asked.type_weights,
        zone=asked.zone,
    )
    rank_of = dict(zip(hotspots.pop("label"), hotspots["rank"], strict=True))
    counts = inside["ward_code"].value_counts()
    whole_evidence = of_area(
        pd.DataFrame(inside).assign(place=where.place),
        inside.get_coordinates(),
        _known_everywhere(cover, inside),
        snapped=where.snapped,
        seed=asked.seed,
        zone=asked.zone,
    )
    return HotspotResult(
        hotspots,
        inside.assign(hotspot=label_of.map(rank_of).astype("Int64")),
        area.assign(incidents=area["ward_code"].map(counts).fillna(0).astype(int)),
        describe_dissolved(inside, where.place, where.places, found.dissolved),
        [
            eps,
            least,
            limit,
            radius,
            *_on_streets(streets),
            *drawn.parameters,
            *recency,
            *cover.left_out,
            chance_parameter,
            *tested,
        ],
        list(whole_evidence),
        len(incidents) - len(inside),
        float(where.whole.area / 1e6),
        float(hotspots.union_all().area / 1e6) if len(hotspots) else 0.0,
    )


def _known_everywhere(cover: Coverage, inside: gpd.GeoDataFrame) -> list[str]:
    """Return the months that all forces of the area cover."""
    known = cover.of_groups(pd.DataFrame(inside), np.zeros(len(inside), np.int64), 1)[0]
    return [month for month, there in zip(cover.months, known, strict=True) if there]


class _Positions(NamedTuple):
    """Where incidents are and could be: distinct ``places``, the ``place`` of each incident, ``weight`` of each place;
    all map ``points``, the ``activity`` and the ``reports`` at each; ``busy``: places of other activity, and how much;
    the area.
    """

    places: Floats
    place: Ints
    weight: Floats
    points: Floats
    activity: Floats
    reports: Floats
    busy: tuple[Floats, Floats]
    whole: shapely.Geometry
    crs: Any
    snapped: bool


def _positions(
    inside: gpd.GeoDataFrame,
    area: gpd.GeoDataFrame,
    map_points: gpd.GeoDataFrame | None,
    activity: gpd.GeoDataFrame | None,
) -> _Positions:
    places, place, weight = _places(inside)
    points, other = _all_points(places, map_points, area)
    busy = points, other
    if activity is not None:
        busy = _activity(activity, area)
        # what goes on beside a map point is published at the nearest
        nearest = cKDTree(points).query(busy[0])[1] if len(points) else np.empty(0, np.int64)
        other = np.bincount(nearest, busy[1], minlength=len(points)).astype(np.float64)
    snapped = share_stacked(places, weight) > SNAPPED_SHARE
    reports = np.zeros(len(points))
    if len(places):
        reports[cKDTree(points).query(places)[1]] = weight  # every place is one of the points
    return _Positions(places, place, weight, points, other, reports, busy, study_area(area), area.crs, snapped)


class _Drawn(NamedTuple):
    """``outline`` and recent reports (``lately``) of each hot spot found, and which are ``kept``, by number."""

    outline: NDArray[np.object_]
    lately: Floats
    kept: Ints
    parameters: list[Parameter]

    def number_of(self, label: Ints) -> Ints:
        """Return the number among the hot spots kept of each label, -1 for the others."""
        number = np.full(len(self.lately) + 1, NOISE)
        number[self.kept] = np.arange(len(self.kept))
        return number[label]


def _marks(
    where: _Positions, found: Clusters, counts: Floats, radius_m: float, streets: gpd.GeoDataFrame | None
) -> list[Shapes]:
    """Return what each hot spot is drawn round, that which holds most reports first; ``counts``: of each incident."""
    at_place = np.bincount(where.place, counts, minlength=len(where.places)).astype(np.float64)
    if streets is None:
        discs = best_discs(where.places, at_place, found.is_core, found.label, radius_m=radius_m)
        return [shapely.points(own) for own in discs]
    require_metric(streets, "streets")
    lines = streets.to_crs(where.crs).geometry.to_numpy()
    return best_streets(where.places, at_place, found.label, lines, radius_m=radius_m)


def _on_streets(streets: gpd.GeoDataFrame | None) -> list[Parameter]:
    reason = "strips along the stretches of street that hold most reports, as wide as the radius"
    return [] if streets is None else [Parameter("outline", "streets", "", reason)]


def _draw(
    where: _Positions, found: Clusters, marks: list[Shapes], lately: Floats, radius_m: float, ground_share: float | None
) -> _Drawn:
    """Return the outlines; with a budget of ground only those of the densest that fit, the last one cut short.

    ``lately``: how much each incident counts for its age.
    """
    draw = partial(footprints, radius_m=radius_m, area=where.whole)
    outline = draw(marks)
    recent = sums(found.label[where.place], lately, len(marks))
    every = np.arange(len(marks))
    if ground_share is None:
        return _Drawn(outline, recent, every, [])
    taken: dict[int, shapely.Geometry] = {}
    budget = ground_share * where.whole.area
    for label in np.lexsort((every, -recent / shapely.area(outline))).tolist():
        shorter = (draw([marks[label][:many]])[0] for many in range(len(marks[label]), 0, -1))
        fits = next((one for one in shorter if shapely.union_all([*taken.values(), one]).area <= budget), None)
        if fits is not None:
            taken[label] = fits
        if fits is None or fits.area < outline[label].area:
            break
    kept = np.array(sorted(taken), np.int64)
    outline[kept] = [taken[label] for label in kept.tolist()]
    reason = f"the best ground up to this share of the area: {len(kept):,} of {counted(len(marks), 'hot spot')}"
    return _Drawn(outline, recent, kept, [Parameter("ground", ground_share, "", reason)])


def _recency(inside: gpd.GeoDataFrame, covered: Sequence[str], half_life_days: float | None) -> Floats:
    """Return how much each incident counts in outlines and order: 1, or half as much after each half-life.

    Age runs from the middle of its month to the middle of the last month covered. Without a month: the oldest.
    """
    if half_life_days is None or not covered:
        return np.ones(len(inside))
    last = month_number(max(covered))
    age = inside["month"].map({month: last - month_number(month) for month in inside["month"].dropna().unique()})
    age = age.clip(lower=0).fillna(age.max()).to_numpy(np.float64) * _DAYS_A_MONTH
    return np.asarray(0.5 ** (age / half_life_days))


def _chance_shares(where: _Positions, found: Clusters, outline: NDArray[np.object_]) -> Floats:
    """Return the share of all incidents that chance puts into each hot spot: of the map points, else of the ground."""
    if not where.snapped:
        return np.asarray(shapely.area(outline) / where.whole.area)
    members = found.label[found.label >= 0]
    return np.bincount(members, minlength=len(found.min_incidents)) / len(where.points)


def _choose_null(name: str, incidents: int, where: _Positions) -> tuple[Null | None, Parameter]:
    """Return the null model and, for the record, what chance means here."""
    if name not in NULLS:
        raise GeoError(f"--null {name}: no such null model.", f"There are: {', '.join(NULLS)}.")
    if name == "none":
        return None, Parameter("null", "none", "", "not tested against chance, as asked")
    if (where.weight % 1 != 0).any() or where.weight.sum() != incidents:
        if name != "auto":
            raise GeoError(f"--null {name}: incidents with weights are not tested.", "Use --null none.")
        return None, Parameter("null", "none", "", "incidents carry weights: chance is only known for plain counts")
    known = float(where.busy[1].sum())
    chosen = ("unequal" if known >= _LEAST_ACTIVITY else "snap") if where.snapped else "smooth"
    why = f"over {SNAPPED_SHARE:.0%} of incidents share their position; {counted(len(where.points), 'map point')}"
    if chosen == "smooth":
        why = f"under {SNAPPED_SHARE:.0%} of incidents share their position"
    elif chosen == "snap":
        why += "; too little other activity is known" if known else "; no other activity is known"
    if name != "auto":
        chosen, why = name, "as asked"
        if name in ("csr", "smooth") and where.snapped:
            why += "; positions are shared, so every map point looks like a hot spot"
    if chosen in ("unequal", "background") and not known:
        raise GeoError(
            f"--null {chosen}: there is no other crime to compare with.",
            "Give a police.uk download, or other activity with --background FILE.",
        )
    models: dict[str, Callable[[], Null]] = {
        "smooth": lambda: smooth(where.places[where.place], where.whole),
        "csr": lambda: csr(incidents, where.whole),
        "snap": lambda: snap(incidents, where.points),
        "unequal": lambda: unequal(where.points, where.activity, where.reports),
        "background": lambda: background(incidents, *where.busy),
    }
    model = models[chosen]()
    return model, Parameter("null", chosen, "", f"{model.meaning} ({why})")


def _test(
    where: _Positions,
    found: Clusters,
    chance: Null | None,
    asked: Options,
    track: Track,
    *,
    eps_m: float,
) -> tuple[pd.DataFrame, list[Parameter]]:
    """Return what ``describe`` needs to know of each hot spot's tests, and what was simulated."""
    peak = peaks(where.places, where.weight, found, eps_m)
    tests = pd.DataFrame(
        {
            "p_value": np.full(len(peak), np.nan),
            "most_within_eps": peak,
            "p_background": np.full(len(peak), np.nan),
            "min_incidents": found.min_incidents,
            "eps_m": found.eps_m,
        }
    )
    if chance is None:
        return tests, []
    against = partial(p_values, runs=asked.runs, seed=asked.seed, workers=asked.workers, track=track)
    done = against(judged(where.places, where.weight, found, eps_m, chance), chance, eps_m)
    tests["p_value"] = done.p
    if chance.name != "background" and where.busy[1].sum() > 0:
        tests["p_background"] = against(peak, background(chance.incidents, *where.busy), eps_m).p
    early = f"; stopped early, of {asked.runs:,}" if done.runs < asked.runs and len(peak) else ""
    reason = f"smallest possible p-value {1 / (asked.runs + 1):g}{early}"
    return tests, [
        Parameter("simulations", done.runs, "", reason),
        Parameter("seed", asked.seed, "", "the same seed gives the same p-values"),
    ]


def _weights(incidents: gpd.GeoDataFrame) -> pd.Series:
    if "weight" in incidents:
        return incidents["weight"].astype(float)
    return pd.Series(1.0, index=incidents.index)


def _places(incidents: gpd.GeoDataFrame) -> tuple[Floats, Ints, Floats]:
    """Return the distinct positions in canonical order (by x, then y), the one of each incident, and their weights."""
    xy = np.column_stack((incidents.geometry.x, incidents.geometry.y))
    places, place = np.unique(xy, axis=0, return_inverse=True)
    place = place.ravel().astype(np.int64)
    weight = np.bincount(place, _weights(incidents).to_numpy(), minlength=len(places)).astype(np.float64)
    return places, place, weight


def _rounded_m(incidents: gpd.GeoDataFrame) -> float:
    """Return the metres to which positions are rounded, 0 if that is not known."""
    return float(incidents["rounded_m"].max()) if "rounded_m" in incidents and len(incidents) else 0.0


def _only_rounded(places: Floats, weight: Floats, rounded_m: float) -> bool:
    """Return whether incidents share positions because these are finely rounded, and not as map points.

    If so, two incidents are about as often in one square of the grid as in two squares next to each other.
    """
    if not 0 < rounded_m <= SMALLEST_FOOTPRINT_M or len(places) < 2:
        return False
    pairs = cKDTree(places).query_pairs(1.5 * rounded_m, output_type="ndarray")
    beside = 2 * (weight[pairs[:, 0]] * weight[pairs[:, 1]]).sum() / 8
    return bool((weight * (weight - 1)).sum() <= _ALIKE_TIMES * beside)


def _all_points(places: Floats, map_points: gpd.GeoDataFrame | None, area: gpd.GeoDataFrame) -> tuple[Floats, Floats]:
    """Return every position incidents can have, in canonical order, and the other crimes at each."""
    if map_points is None or map_points.empty:
        return places, np.zeros(len(places))
    near = map_points[map_points.intersects(shapely.box(*area.total_bounds))]
    near = assign_wards(near, area) if len(near) else near
    xy = np.concatenate((places, np.column_stack((near.geometry.x, near.geometry.y))))
    counts = np.concatenate((np.zeros(len(places)), near["other"].to_numpy(np.float64)))
    points, position = np.unique(xy, axis=0, return_inverse=True)
    return points, np.bincount(position.ravel(), counts, minlength=len(points)).astype(np.float64)


def _activity(activity: gpd.GeoDataFrame, area: gpd.GeoDataFrame) -> tuple[Floats, Floats]:
    """Return the places of other activity inside the area and how much goes on at each; GeoError for none."""
    points, other = _all_points(np.empty((0, 2)), activity, area)
    if not other.sum() > 0:
        raise GeoError(
            "--background: none of its points lies in the study area.", "Give activity of the area under study."
        )
    return points, other
