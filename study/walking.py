"""Where teams set out, what their distances are measured on, and what was walked before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import shapely

from geo.errors import GeoError, listed
from study.events import Listener

if TYPE_CHECKING:
    from geo.patrol.network.straight import WalkingDistances

_PAIR = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*[,; ]\s*(-?\d+(?:\.\d+)?)\s*")


def places(
    given: Sequence[str], what: str, *, teams: int, focal_points: gpd.GeoDataFrame | None, area: gpd.GeoDataFrame
) -> list[shapely.Point]:
    """Return the points that ``given`` names, one for all teams or one a team, in the system of ``area``.

    A place is a focal point by id or name, or two numbers: degrees (longitude first) where both are small enough, else
    metres. Raises GeoError for a name that no focal point or several have, and for a place far from the area.
    """
    if len(given) not in (1, teams):
        raise GeoError(
            f"{what} was given {len(given)} times for {teams} teams.", f"Give it once for all, or {teams} times."
        )
    found = [_place(text, what, focal_points, area) for text in given]
    return found * teams if len(found) == 1 else found


def _place(text: str, what: str, focal_points: gpd.GeoDataFrame | None, area: gpd.GeoDataFrame) -> shapely.Point:
    pair = _PAIR.fullmatch(text)
    if pair is None:
        return _named(text, what, focal_points)
    x, y = float(pair[1]), float(pair[2])
    point = shapely.Point(x, y)
    if abs(x) <= 180 and abs(y) <= 90:
        point = gpd.GeoSeries([point], crs="EPSG:4326").to_crs(area.crs).iloc[0]
    away_km = area.geometry.distance(point).min() / 1000
    if not away_km <= 5:
        raise GeoError(
            f"{what} {text}: {away_km:,.0f} km from the study area.", "Write EASTING,NORTHING or LONGITUDE,LATITUDE."
        )
    return point


def _named(text: str, what: str, focal_points: gpd.GeoDataFrame | None) -> shapely.Point:
    wanted = text.strip().casefold()
    if focal_points is not None:
        for column in ("focal_point_id", "name"):
            same = focal_points[focal_points[column].astype(str).str.strip().str.casefold() == wanted]
            if len(same) > 1:
                ids = listed(sorted(same["focal_point_id"].astype(str)))
                raise GeoError(f"{what} {text}: {len(same)} focal points have this name.", f"Give an id: {ids}.")
            if len(same):
                return same.geometry.iloc[0]
    raise GeoError(
        f"{what} {text}: no focal point has this id or name.",
        "Give a focal point of --focal-points, or a position such as 602700,482400.",
    )


def walked_before(path: str | None, zone: str) -> gpd.GeoDataFrame | None:
    """Return the visits that count in what an earlier check wrote, with their ``time`` in ``zone``; None without."""
    if path is None:
        return None
    from layers.plans.checked import read_checked

    stays, _ = read_checked([path], zone=zone)
    return stays[stays["counts"]].assign(time=stays["begins"].dt.tz_localize(None))


class Ways(NamedTuple):
    """What distances are measured on; ``streets``: its lines, to be drawn."""

    walks: WalkingDistances
    streets: gpd.GeoDataFrame | None


def ways_on(listener: Listener, path: str | None, area: gpd.GeoDataFrame) -> Ways:
    """Return the streets in ``path``, cleaned once and kept, or straight lines where there is no path."""
    from geo.patrol.network.straight import straight_lines

    if path is None:
        lines = straight_lines()
        listener.warn(lines.description)
        return Ways(lines, None)
    from geo.patrol.network.network import Network, walking_network
    from layers.walking.network_cache import cached_network

    arrays, report = cached_network(path, lambda streets: walking_network(streets).arrays(), metric_crs=area.crs)
    listener.report(report)
    network = Network.from_arrays(arrays)
    listener.say(f"  {network.description}")
    shapes = [shapely.LineString(line) for line in network.lines]
    return Ways(network, gpd.GeoDataFrame(geometry=shapes, crs=network.crs))
