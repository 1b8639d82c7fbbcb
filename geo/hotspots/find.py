"""From incidents to ranked hot spots: choose, cluster, test against chance, outline, describe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.area import assign_wards
from geo.crs import require_metric
from geo.errors import GeoError, counted
from geo.hotspots.clusters import Clusters, Engine, Settings, find_clusters
from geo.hotspots.dbscan import NOISE, dbscan
from geo.hotspots.describe import describe, describe_dissolved
from geo.hotspots.evidence import of_area
from geo.hotspots.mix import WEIGHTS
from geo.hotspots.nulls import SNAPPED_SHARE, Null, background, csr, share_stacked, snap
from geo.hotspots.outline import fewest_discs, footprints, study_area
from geo.hotspots.significance import RUNS, Track, p_values, peaks
from geo.hotspots.tune import (
    MAX_WIDTH_M,
    Parameter,
    choose_eps,
    choose_footprint,
    choose_max_width,
    choose_min_incidents,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ALPHA = 0.05
NULLS = ("auto", "csr", "snap", "background", "none")


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
    max_width_m: float | None = MAX_WIDTH_M,
    footprint_m: float | None = None,
    months: Sequence[str] | None = None,
    null: str = "auto",
    map_points: gpd.GeoDataFrame | None = None,
    activity: gpd.GeoDataFrame | None = None,
    runs: int = RUNS,
    seed: int = 0,
    engine: Engine = dbscan,
    type_weights: Mapping[str, float] = WEIGHTS,
    track: Track = lambda items, _: items,
) -> HotspotResult:
    """Return the hot spots of ``incidents`` inside the wards ``area``, those beyond chance first, then by incidents.

    ``incidents``: points in metres with ``month`` and, if known, ``location_text``, ``precision`` and ``weight``.
    ``area``: polygons in the same system with ``ward_code`` and ``ward_name``. ``months``: the months the data cover
    (default: those that occur), the denominator of ``months_active``.

    Settings, chosen where None and recorded with their reason in ``parameters``: ``eps_m``, the reach of the clustering
    in metres (not the width of a hot spot); ``min_incidents``, the least number within reach of a core point;
    ``footprint_m``, the radius of the discs that make the outline. ``max_width_m``: a wider hot spot is split (None:
    never, which is plain DBSCAN).

    ``null``: what chance means (see ``geo.hotspots.nulls``): ``csr``, ``snap``, ``background``, ``none`` (no test) or
    ``auto``: ``snap`` where over 20% of incidents share their position, else ``csr``. ``map_points``: every position
    incidents of any kind can have, with ``other``, the number of other crimes at each; default those of the incidents
    themselves. ``activity``: points with ``other``, how much goes on at each (people, premises), for the background
    null instead of other crime. ``runs``, ``seed``: simulations at most, and their seed. ``engine``: another clustering
    with dbscan's signature. ``type_weights``: of each ASB type, for ``impact``. ``track`` wraps the loop.

    Columns of ``hotspots``: see ``geo.hotspots.describe.describe``. No hot spot gives an empty frame with these
    columns. Every count is of reports inside the area. Rows of weight 0 belong to no hot spot. No order of rows changes
    anything; the inputs are not changed. Raises GeoError for layers not in metres or that do not overlap, and for
    settings that contradict each other.
    """
    require_metric(area, "wards")
    inside = assign_wards(incidents, area)
    places, place, weight = _places(inside)
    whole = study_area(area)
    points, other = _all_points(places, map_points, area)
    busy = (points, other) if activity is None else _activity(activity, area)
    snapped = share_stacked(places, weight) > SNAPPED_SHARE
    chance, chance_parameter = _choose_null(null, len(inside), whole, points, busy, weight, snapped=snapped)

    eps = choose_eps(eps_m, points, snapped=snapped)
    reach = float(eps.value)
    least = choose_min_incidents(min_incidents, chance, len(inside), whole, reach, alpha=ALPHA, seed=seed)
    limit = choose_max_width(max_width_m)
    radius = choose_footprint(footprint_m, reach)
    settings = Settings(reach, float(least.value), max_width_m)
    found = find_clusters(places, settings, weight, engine=engine)

    peak = peaks(places, weight, found, reach)
    p, tested = _test(peak, chance, reach, runs, seed, track)
    in_background = np.full(len(peak), np.nan)
    if chance is not None and chance.name != "background" and busy[1].sum() > 0:
        against = background(len(inside), *busy)
        in_background = p_values(peak, against, reach, runs=runs, seed=seed, track=track).p

    label_of = pd.Series(found.label[place], index=inside.index).where(_weights(inside) > 0, NOISE)
    centre = fewest_discs(places, weight, found.is_core, found.label, radius_m=float(radius.value))
    outline = footprints(places[centre], found.label[centre], radius_m=float(radius.value), area=whole)
    covered = months if months is not None else sorted(inside["month"].dropna().unique())
    chance_share = _chance_shares(found, outline, whole, points, snapped=snapped)
    hotspots = describe(
        inside.assign(label=label_of, place=place),
        outline,
        months=covered,
        tests=pd.DataFrame(
            {
                "p_value": p,
                "most_within_eps": peak,
                "p_background": in_background,
                "min_incidents": found.min_incidents,
                "eps_m": found.eps_m,
                "chance_share": chance_share,
            }
        ),
        null_model=chance.name if chance is not None else None,
        alpha=ALPHA,
        border=whole.boundary,
        weights=type_weights,
    )
    rank_of = dict(zip(hotspots.pop("label"), hotspots["rank"], strict=True))
    counts = inside["ward_code"].value_counts()
    return HotspotResult(
        hotspots,
        inside.assign(hotspot=label_of.map(rank_of).astype("Int64")),
        area.assign(incidents=area["ward_code"].map(counts).fillna(0).astype(int)),
        describe_dissolved(inside, place, places, found.dissolved),
        [eps, least, limit, radius, chance_parameter, *tested],
        [
            *of_area(
                pd.DataFrame(inside).assign(place=place), inside.get_coordinates(), covered, snapped=snapped, seed=seed
            )
        ],
        len(incidents) - len(inside),
        float(whole.area / 1e6),
        float(hotspots.union_all().area / 1e6) if len(hotspots) else 0.0,
    )


def _chance_shares(
    found: Clusters, outline: NDArray[np.object_], whole: shapely.Geometry, points: Floats, *, snapped: bool
) -> Floats:
    """Return the share of all incidents that chance puts into each hot spot: of the map points, else of the ground."""
    if not snapped:
        return np.asarray(shapely.area(outline) / whole.area)
    members = found.label[found.label >= 0]
    return np.bincount(members, minlength=len(found.min_incidents)) / len(points)


def _choose_null(
    name: str,
    incidents: int,
    whole: shapely.Geometry,
    points: Floats,
    busy: tuple[Floats, Floats],
    weight: Floats,
    *,
    snapped: bool,
) -> tuple[Null | None, Parameter]:
    """Return the null model and, for the record, what chance means here."""
    if name not in NULLS:
        raise GeoError(f"--null {name}: no such null model.", f"There are: {', '.join(NULLS)}.")
    if name == "none":
        return None, Parameter("null", "none", "", "not tested against chance, as asked")
    if (weight % 1 != 0).any() or weight.sum() != incidents:
        if name != "auto":
            raise GeoError(f"--null {name}: incidents with weights are not tested.", "Use --null none.")
        return None, Parameter("null", "none", "", "incidents carry weights: chance is only known for plain counts")
    chosen = ("snap" if snapped else "csr") if name == "auto" else name
    why = "as asked" if name != "auto" else f"over {SNAPPED_SHARE:.0%} of incidents share their position"
    if chosen == "csr":
        model = csr(incidents, whole)
        why = "under 20% of incidents share their position" if name == "auto" else "as asked"
        why += "; positions are shared, so every map point looks like a hot spot" if snapped else ""
    elif chosen == "snap":
        model = snap(incidents, points)
        why += f"; {counted(len(points), 'map point')}"
    else:
        if not busy[1].sum() > 0:
            raise GeoError(
                "--null background: there is no other crime to compare with.",
                "Give a police.uk download, or other activity with --background FILE.",
            )
        model = background(incidents, *busy)
    return model, Parameter("null", chosen, "", f"{model.meaning} ({why})")


def _test(
    peak: Floats, chance: Null | None, eps_m: float, runs: int, seed: int, track: Track
) -> tuple[Floats, list[Parameter]]:
    """Return the p-value of each hot spot, and what was simulated."""
    if chance is None:
        return np.full(len(peak), np.nan), []
    done = p_values(peak, chance, eps_m, runs=runs, seed=seed, track=track)
    early = f"; stopped early, of {runs:,}" if done.runs < runs and len(peak) else ""
    reason = f"smallest possible p-value {1 / (runs + 1):g}{early}"
    return done.p, [
        Parameter("simulations", done.runs, "", reason),
        Parameter("seed", seed, "", "the same seed gives the same p-values"),
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
