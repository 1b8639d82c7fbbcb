"""The tables of a plan: visits with local and UTC times, and one route a team."""

from __future__ import annotations

import itertools
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.patrol.network.straight import WalkingDistances
from geo.patrol.shift import Shift
from geo.patrol.solver.teams import Plan

Floats = NDArray[np.float64]

# columns of a stop that a visit keeps, and what stands there where a stop has none
KEPT: dict[str, Any] = {
    "ward_name": "",
    "radius_m": 75.0,
    "why": "",
    "record": "",
    "contact": "",
    "communities": "",
    "questions": "",
    "opens": np.nan,
    "closes": np.nan,
}


def visits_of(plan: Plan, stops: gpd.GeoDataFrame, shift: Shift, metres: Floats, homes: int) -> gpd.GeoDataFrame:
    """Return one row a visit, by team (from 1) and order (from 1).

    Columns: team, order, stop_id, kind, name, ward_name, ``arrives`` (when the visit begins), ``leaves`` (local time),
    ``arrives_utc``, ``leaves_utc`` (not in doubt in the night when the clocks go back), dwell_minutes,
    ``walk_minutes`` (whole) and ``walk_m`` from the place before, ``wait_minutes`` (to spare before it opens), prize,
    radius_m, why, record, contact, communities, questions, geometry. ``metres``: between places, the first ``homes`` of
    which are starts and ends.
    """
    rows: list[dict[str, Any]] = []
    for team, route in enumerate(plan.routes, 1):
        for order, (visit, before) in enumerate(zip(route.visits, route.places, strict=False), 1):
            stop = stops.iloc[visit.stop - homes]
            rows.append(
                {
                    "team": team,
                    "order": order,
                    "stop_id": stop["stop_id"],
                    "kind": stop["kind"],
                    "name": stop["name"],
                    "ward_name": stop["ward_name"],
                    "arrives": shift.at(visit.begin),
                    "leaves": shift.at(visit.leave),
                    "arrives_utc": shift.utc(visit.begin),
                    "leaves_utc": shift.utc(visit.leave),
                    "dwell_minutes": float(visit.leave - visit.begin),
                    "walk_minutes": float(visit.walk_minutes),
                    "walk_m": float(metres[before, visit.stop]),
                    "wait_minutes": float(visit.begin - visit.arrive),
                    "prize": float(visit.prize),
                    **{
                        name: stop[name]
                        for name in ("radius_m", "why", "record", "contact", "communities", "questions")
                    },
                    "geometry": stop.geometry,
                }
            )
    columns = [
        *("team order stop_id kind name ward_name arrives leaves arrives_utc leaves_utc dwell_minutes".split()),
        *("walk_minutes walk_m wait_minutes prize radius_m why record contact communities questions geometry".split()),
    ]
    table = gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry="geometry", crs=stops.crs)
    whole = {"team": "int64", "order": "int64", "arrives": "datetime64[ns]", "leaves": "datetime64[ns]"}
    return table.astype(whole | dict.fromkeys(("arrives_utc", "leaves_utc"), "datetime64[ns, UTC]"))


def routes_of(
    plan: Plan,
    visits: pd.DataFrame,
    shift: Shift,
    walks: WalkingDistances,
    points: gpd.GeoSeries,
    minutes: Floats,
    metres: Floats,
) -> gpd.GeoDataFrame:
    """Return one row a team: team, starts and ends (local; when it sets out and is back), visits, walk_m, walk_minutes,
    dwell_minutes, spare_minutes (of the shift; waiting at a closed door included), prize and geometry, the way along
    the streets (straight where estimated). A team whose walk from start to end does not fit has no way.
    """
    rows = []
    for team, route in enumerate(plan.routes, 1):
        legs = list(itertools.pairwise(route.places))
        walk = float(sum(minutes[a, b] for a, b in legs))
        dwell = float(visits.loc[visits["team"] == team, "dwell_minutes"].sum())
        rows.append(
            {
                "team": team,
                "starts": shift.starts,
                "ends": shift.at(route.minutes),
                "visits": len(route.stops),
                "walk_m": float(sum(metres[a, b] for a, b in legs)),
                "walk_minutes": walk,
                "dwell_minutes": dwell,
                "spare_minutes": max(0.0, shift.minutes - walk - dwell),
                "prize": float(route.prize),
                "geometry": _way(walks, [points.iloc[place] for place in route.places]),
            }
        )
    table = gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs=points.crs)
    return table.astype({"starts": "datetime64[ns]", "ends": "datetime64[ns]"})


def _way(walks: WalkingDistances, places: list[shapely.Point]) -> shapely.LineString | None:
    """Return the way from place to place as one line; None without places."""
    if not places:
        return None
    parts = [
        shapely.get_coordinates(walks.path(one, other)) for one, other in itertools.pairwise(places) if one != other
    ]
    if not parts:
        return shapely.LineString([places[0], places[0]])
    xy = np.vstack(parts)
    return shapely.LineString(xy[np.append(True, (xy[1:] != xy[:-1]).any(axis=1))])
