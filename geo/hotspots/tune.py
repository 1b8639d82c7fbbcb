"""The settings of a run, each given or chosen, and each with its reason."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.crs import LOCAL
from geo.errors import GeoError, counted
from geo.hotspots.clusters import Engine
from geo.hotspots.dbscan import dbscan
from geo.hotspots.mix import WEIGHTS
from geo.hotspots.nulls import Null, least_beyond_chance_csr, least_beyond_chance_dealt
from geo.hotspots.significance import RUNS

Floats = NDArray[np.float64]

# Forces patrol units of about 150 m by 150 m (Basford et al. 2021, Southend): half of that reaches round a point.
PRACTICE_EPS_M = 75.0
GREATEST_EPS_M = 150.0
SMALLEST_FOOTPRINT_M = 50.0
# below this count a "concentration" is a handful of reports, whatever chance says
SMALLEST_MIN_INCIDENTS = 5
# of the least number that chance does not reach; chosen on places and months that the published tables do not show
THRESHOLD_SHARE = 0.5
MAX_WIDTH_M = 300.0
# a reach over the next position of those rounded, whatever the plane does to their distance
_NEIGHBOURS = 1.01
GREATEST_MAX_WIDTH_M = 500.0
AS_ASKED = "as asked"


@dataclass(frozen=True)
class Options:
    """How hot spots are found; where None, a value is chosen and recorded with its reason.

    ``eps_m``: the reach of the clustering in metres (not the width of a hot spot). ``min_incidents``: the least number
    within reach of a core point. ``max_width_m``: a wider hot spot is split (None: never, which is plain DBSCAN).
    ``footprint_m``: the radius of the discs that make the outline; drawn on streets it is the width of their strips.
    ``ground_share``: keep only the best ground, in the order of the list, up to this share (0-1) of the study area; the
    last hot spot may keep only its best discs. ``half_life_days``: in outlines and order a report counts half as much
    after so many days; it changes no count and no p-value, and whether it predicts better depends on the place.

    ``null``: what chance means (see ``geo.hotspots.nulls``): ``unequal``, ``snap``, ``smooth``, ``csr``,
    ``background``, ``none`` (no test) or ``auto``: where over 20% of incidents share their position, ``unequal`` if
    other activity is known and ``snap`` if not; else ``smooth``. ``runs``, ``seed``: simulations at most, and their
    seed. ``workers``: simulations at once (None: one a core), whatever their number with the same result. ``engine``:
    another clustering with dbscan's signature. ``type_weights``: of each ASB type, for ``impact``. ``zone``: of the
    local times of incidents, by whose clock changes those between two times are spread.
    """

    eps_m: float | None = None
    min_incidents: float | None = None
    max_width_m: float | None = MAX_WIDTH_M
    footprint_m: float | None = None
    ground_share: float | None = None
    half_life_days: float | None = None
    null: str = "auto"
    runs: int = RUNS
    seed: int = 0
    workers: int | None = None
    engine: Engine = dbscan
    type_weights: Mapping[str, float] = field(default_factory=lambda: WEIGHTS)
    zone: str = LOCAL


class Parameter(NamedTuple):
    """A value the result depends on, and why it is what it is."""

    name: str
    value: float | str
    unit: str
    reason: str

    @property
    def text(self) -> str:
        """The value as people read it, with its unit."""
        value = self.value if isinstance(self.value, str) else f"{self.value:,g}"
        return f"{value} {self.unit}".strip()


def spacing(points: Floats) -> float:
    """Return the median distance from a point to its nearest other point, in metres; 0 for fewer than two points."""
    if len(points) < 2:
        return 0.0
    return float(np.median(cKDTree(points).query(points, k=2)[0][:, 1]))


def choose_eps(eps_m: float | None, points: Floats, *, snapped: bool, rounded_m: float = 0.0) -> Parameter:
    """Return the reach of the clustering: half of the 150 m unit of practice, but never finer than the map points.

    ``points``: the distinct positions incidents can have. A reach below their median spacing would find single points
    and call them areas; so would one below ``rounded_m``, the metres to which positions are rounded. Given values
    stand, with a warning in the reason where they are finer than that.
    """
    apart = spacing(points)
    if eps_m is not None:
        too_fine = snapped and eps_m < max(apart, SMALLEST_FOOTPRINT_M)
        warning = f"; finer than the map points (median spacing {apart:.0f} m): it finds points, not areas"
        return Parameter("eps", eps_m, "m", AS_ASKED + (warning if too_fine else ""))
    chosen = min(max(PRACTICE_EPS_M, round(apart)), GREATEST_EPS_M) if snapped else PRACTICE_EPS_M
    reason = "half of the 150 m unit that forces patrol"
    if chosen < rounded_m * _NEIGHBOURS <= GREATEST_EPS_M:
        chosen = math.ceil(rounded_m * _NEIGHBOURS)
        reason = f"positions are rounded to {rounded_m:,.0f} m; a finer reach would find single points"
    elif chosen > PRACTICE_EPS_M:
        reason = f"the median spacing of the map points ({apart:.0f} m); a finer reach would find single points"
    return Parameter("eps", chosen, "m", f"chosen: {reason}")


def choose_min_incidents(
    min_incidents: float | None,
    null: Null | None,
    incidents: int,
    area: shapely.Geometry,
    eps_m: float,
    *,
    alpha: float,
    seed: int,
    untested: str = "",
) -> Parameter:
    """Return the least number within reach: half of the smallest that chance does not reach, at least 5.

    Half, because hot spots at the whole number mark so little ground that later incidents are mostly elsewhere, and
    places that carry many reports month after month are lost (docs/evaluation.md). Which of them are more than chance
    is then asked of each hot spot's peak (``geo.hotspots.significance``), not of the threshold. ``untested``: why there
    is no null. Raises GeoError without a number and without a null.
    """
    if min_incidents is not None:
        return Parameter("min_incidents", min_incidents, "incidents", AS_ASKED)
    if null is None:
        raise GeoError(
            f"min_incidents: cannot be chosen without chance to choose it by{untested and f' ({untested})'}.",
            "Give --min-incidents: how many within reach make a place worth a visit.",
        )
    if null.points is None:
        least = least_beyond_chance_csr(incidents, area.area, eps_m, alpha=alpha)
    else:
        least = least_beyond_chance_dealt(null, eps_m, alpha=alpha, seed=seed)
    half = math.ceil(least * THRESHOLD_SHARE)
    chosen = max(half, SMALLEST_MIN_INCIDENTS)
    reason = f"half of {least}, the smallest number that chance ({null.name}) reaches on less than {alpha:.0%} of maps"
    if half < SMALLEST_MIN_INCIDENTS:
        fewest = counted(SMALLEST_MIN_INCIDENTS, "report")
        reason = f"{fewest} are the least to call a place; chance ({null.name}) seldom reaches {least}"
    return Parameter("min_incidents", chosen, "incidents", f"chosen: {reason}")


def choose_max_width(max_width_m: float | None) -> Parameter:
    """Return the greatest width of a hot spot; None means no limit. Raises GeoError above 500 m."""
    if max_width_m is None:
        return Parameter("max_width", "none", "", "plain DBSCAN: a hot spot may be of any width")
    if not 0 < max_width_m <= GREATEST_MAX_WIDTH_M:
        raise GeoError(
            f"--max-width {max_width_m:g}: not a width up to {GREATEST_MAX_WIDTH_M:g} m.",
            "A wider hot spot cannot be walked in one visit; 'none' sets no limit.",
        )
    reason = AS_ASKED if max_width_m != MAX_WIDTH_M else "so that it can be walked in one visit"
    return Parameter("max_width", max_width_m, "m", reason)


def choose_footprint(footprint_m: float | None, eps_m: float, *, snapped: bool = False) -> Parameter:
    """Return the radius of the discs that outline a hot spot: half of eps, never under 50 m.

    Raises GeoError for a radius that is none, and on published (``snapped``) positions for one under 50 m: a smaller
    disc would claim to know where on its street an incident was.
    """
    if footprint_m is not None:
        if not footprint_m > 0:
            raise GeoError(f"--footprint {footprint_m:g}: not a radius above zero.", "Try 50.")
        if snapped and footprint_m < SMALLEST_FOOTPRINT_M:
            raise GeoError(
                f"--footprint {footprint_m:g}: these incidents were moved to map points, which say no more than "
                f"about {SMALLEST_FOOTPRINT_M:g} m where each was.",
                f"Give {SMALLEST_FOOTPRINT_M:g} or more.",
            )
        return Parameter("footprint", footprint_m, "m", AS_ASKED)
    chosen = max(SMALLEST_FOOTPRINT_M, eps_m / 2)
    return Parameter("footprint", chosen, "m", "the larger of 50 m and half of eps: map points are no finer")


def choose_ground(ground_share: float | None) -> float | None:
    """Return the share of the study area that hot spots may cover, 0-1; raises GeoError for another number."""
    if ground_share is not None and not 0 < ground_share <= 1:
        raise GeoError(f"--ground {ground_share:g}: not a share of the ground.", "For half a per cent give 0.005.")
    return ground_share


def choose_half_life(half_life_days: float | None) -> list[Parameter]:
    """Return the half-life as a parameter, if one is given; raises GeoError for one that is no time."""
    if half_life_days is None:
        return []
    if not (half_life_days > 0 and math.isfinite(half_life_days)):
        raise GeoError(f"--half-life {half_life_days:g}: not a number of days above zero.", "Try 180, or leave it out.")
    return [Parameter("half_life", half_life_days, "days", "as asked: older reports count less in order and outline")]
