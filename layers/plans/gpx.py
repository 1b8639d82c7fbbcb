"""A team's planned way as GPX 1.1: the stops as waypoints, the way as a route, for phones and handheld receivers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gpxpy import gpx

from geo.crs import LOCAL, LONLAT
from geo.errors import GeoError
from layers.libraries import gpd, np, shapely
from layers.plans.texts import arrivals, in_utc, plain_line, plain_text, stop_times, stop_title, team_rows

DECIMALS = 7  # of a degree: a centimetre
_SAME_PLACE_M = 0.01


def write_gpx(
    path: Path, visits: gpd.GeoDataFrame, routes: gpd.GeoDataFrame, team: int, *, title: str = "", zone: str = LOCAL
) -> None:
    """Write one team's way as GPX 1.1: see ``gpx_text``."""
    text = gpx_text(visits, routes, team, title=title, zone=zone)
    path.write_text(text, encoding="utf-8", newline="\n")


def gpx_text(
    visits: gpd.GeoDataFrame, routes: gpd.GeoDataFrame, team: int, *, title: str = "", zone: str = LOCAL
) -> str:
    """Return one team's way as GPX 1.1, the same text for the same plan.

    ``visits``, ``routes``: the frames of a plan, in any coordinate system; ``title``: said in the file, for example
    the shift; ``zone``: the time zone of the plan's wall-clock times. Each stop is a ``wpt`` with its number and name,
    the planned arrival (UTC), and in ``desc`` the local times and why. The way is a ``rte``: one ``rtept`` a bend,
    named where it is a stop. Positions are WGS 84 degrees with 7 decimals. Whom to speak to is left out: maps on phones
    belong to other people. Raises GeoError where the team is not in the plan, or a frame has no coordinate system.
    """
    for name, frame in (("visits", visits), ("routes", routes)):
        if frame.crs is None:
            raise GeoError(f"{name}: no coordinate reference system.", "Make the plan again.")
    ways = team_rows(routes, team)
    stops = team_rows(visits, team)
    if not ways and not stops:
        raise GeoError(f"Team {team} is not in the plan.", f"Teams: {_teams(routes)}.")
    file = gpx.GPX()
    file.creator = "geo"
    file.name = plain_line(f"Team {team}: {title}" if title else f"Team {team}")
    file.description = "Planned foot patrol. Internal use only."
    starts = in_utc(ways[0]["starts"], zone) if ways else None
    places = _degrees(visits, [row["geometry"] for row in stops])
    # one more time than stops: the last departure
    for stop, time, (lon, lat) in zip(stops, arrivals(stops, zone, starts=starts), places, strict=False):
        file.waypoints.append(
            gpx.GPXWaypoint(
                lat,
                lon,
                time=time,
                name=stop_title(stop),
                description=_description(stop),
                type=plain_line(stop.get("kind")) or None,
            )
        )
    for way in ways:
        route = _route(way, stops, routes, visits)
        if route.points:
            route.name, route.number = f"Team {team}", team
            file.routes.append(route)
    return file.to_xml("1.1") + "\n"


def _route(
    way: dict[str, Any], stops: list[dict[str, Any]], routes: gpd.GeoDataFrame, visits: gpd.GeoDataFrame
) -> gpx.GPXRoute:
    """Return the way's bends in order; a bend at a stop carries the stop's name."""
    route = gpx.GPXRoute()
    line = way["geometry"]
    if line is None or line.is_empty:
        return route
    bends = [shapely.Point(xy) for xy in shapely.get_coordinates(line)]
    places = gpd.GeoSeries([row["geometry"] for row in stops], crs=visits.crs).to_crs(routes.crs)
    titles = [stop_title(row) for row in stops]
    left = list(range(len(stops)))
    for bend, (lon, lat) in zip(bends, _degrees(routes, bends), strict=True):
        # stops are passed in their order; a street walked twice must not name its stop twice
        here = left and places.iloc[left[0]].distance(bend) <= _SAME_PLACE_M
        route.points.append(gpx.GPXRoutePoint(lat, lon, name=titles[left.pop(0)] if here else None))
    return route


def _degrees(frame: gpd.GeoDataFrame, points: list[Any]) -> list[tuple[float, float]]:
    """Return longitude and latitude of points of ``frame``'s system, rounded."""
    if not points:
        return []
    lonlat = shapely.get_coordinates(gpd.GeoSeries(points, crs=frame.crs).to_crs(LONLAT).array)
    if len(lonlat) != len(points) or not np.isfinite(lonlat).all():
        raise GeoError("A stop of the plan has no position on the Earth.", "Make the plan again.")
    return [(round(float(lon), DECIMALS), round(float(lat), DECIMALS)) for lon, lat in lonlat]


def _description(stop: dict[str, Any]) -> str:
    lines = [f"{stop_times(stop)}, {float(stop['dwell_minutes']):g} minutes.", plain_text(stop.get("why"))]
    return "\n".join([*filter(None, lines), plain_text(stop.get("record"))]).strip()


def _teams(routes: gpd.GeoDataFrame) -> str:
    return ", ".join(str(int(team)) for team in sorted(routes["team"].unique())) or "none"
