"""Walking distances without a street network: straight lines times a fixed factor, which every output says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.crs import require_metric
from geo.errors import GeoError

METRES_PER_MINUTE = 80.0  # 4.8 km/h, PATROL section 2
FACTOR = 1.3  # PATROL section 4
Points: TypeAlias = gpd.GeoSeries | gpd.GeoDataFrame


class WalkingDistances(Protocol):
    """What a plan asks of a network: the same from streets (``Network``) and from straight lines."""

    @property
    def description(self) -> str:
        """How distances were measured, in a sentence for every output."""

    def distances(self, points: Points) -> NDArray[np.float64]:
        """Metres on foot from each point to each other."""

    def minutes(self, points: Points, *, metres_per_minute: float = METRES_PER_MINUTE) -> NDArray[np.float64]:
        """Minutes on foot from each point to each other."""

    def out_of_reach(self, points: Points) -> NDArray[np.int64]:
        """Positions (0, 1, ...) of the points that cannot be walked to."""

    def path(self, start: shapely.Point, end: shapely.Point) -> shapely.LineString:
        """The way from one point to another, to be drawn."""


@dataclass(frozen=True)
class StraightLines:
    """Walks along straight lines, their length times ``factor``; drawn as the straight lines they are."""

    factor: float = FACTOR

    @property
    def description(self) -> str:
        """How distances were measured, in a sentence for every output."""
        return (
            f"Walking distances are estimated: straight lines × {self.factor:g}, because no street network was given."
        )

    def distances(self, points: Points) -> NDArray[np.float64]:
        """Return metres on foot from each point to each other: the straight line times the factor."""
        xy = positions(points)
        return np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) * self.factor

    def minutes(self, points: Points, *, metres_per_minute: float = METRES_PER_MINUTE) -> NDArray[np.float64]:
        """Return minutes on foot from each point to each other."""
        return self.distances(points) / metres_per_minute

    def out_of_reach(self, points: Points) -> NDArray[np.int64]:
        """Return no position: a straight line reaches everything."""
        return np.empty(0, np.int64)

    def path(self, start: shapely.Point, end: shapely.Point) -> shapely.LineString:
        """Return the straight line; its length times the factor is the distance."""
        return shapely.LineString([(start.x, start.y), (end.x, end.y)])


def straight_lines(*, factor: float = FACTOR) -> StraightLines:
    """Return walks along straight lines, ``factor`` (1 or more) times as long as they are. Raises GeoError below 1."""
    if not factor >= 1:
        raise GeoError(f"straight lines × {factor:g}: no walk is shorter than a straight line.", "Use 1.3.")
    return StraightLines(factor)


def positions(points: Points) -> NDArray[np.float64]:
    """Return x and y in metres of each point. Raises GeoError for a missing point, another shape, or degrees."""
    series = points.geometry
    if not len(series):
        return np.empty((0, 2))
    require_metric(series, "stops")
    shapes = series.to_numpy()
    bad = np.flatnonzero((shapely.get_type_id(shapes) != 0) | shapely.is_empty(shapes))
    if len(bad):
        raise GeoError(f"stops: number {bad[0] + 1} has no point.", "Give each stop a point, or leave it out.")
    return shapely.get_coordinates(shapes)
