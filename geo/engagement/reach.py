"""Where people can be met: focal points touched, how far it is to one, and hot spots with nobody to talk to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.crs import require_metric
from geo.engagement.columns import dates, exploded, text
from geo.engagement.intervals import wilson
from geo.engagement.place import assign
from geo.errors import counted

Shapes: TypeAlias = NDArray[np.object_]
# origins, targets -> for each origin the number of its nearest target (-1: none) and the walk there in metres (NaN)
Nearest: TypeAlias = Callable[[Shapes, Shapes], tuple[NDArray[np.int64], NDArray[np.float64]]]

DETOUR = 1.3  # streets against the straight line; an assumption, to be said wherever a walk is shown
WITHIN_M = 800.0
WITHIN_DAYS = 180
FROM_WARD, FROM_HOMES = "a point inside the ward", "where people live"


def nearest_by_line(origins: Shapes, targets: Shapes) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return for each origin its nearest target, and the straight line to it x 1.3, in metres.

    Of equally near targets the first. An area is measured from its nearest edge, 0 inside. Without targets, or for a
    missing origin: -1 and NaN.
    """
    number, metres = np.full(len(origins), -1), np.full(len(origins), np.nan)
    real = np.flatnonzero(~(shapely.is_missing(targets) | shapely.is_empty(targets)))
    if not len(real) or not len(origins):
        return number, metres
    # many targets share a place: of those the first stands for all, or a tie would be answered thousandfold
    _, first = np.unique(shapely.to_wkb(targets[real]), return_index=True)
    real = real[np.sort(first)]
    (origin, target), line = shapely.STRtree(targets[real]).query_nearest(origins, return_distance=True)
    order = np.lexsort((target, origin))
    found, at = np.unique(origin[order], return_index=True)
    number[found] = real[target[order][at]]
    metres[found] = line[order][at] * DETOUR
    return number, metres


def touched(focal_points: gpd.GeoDataFrame, placed: pd.DataFrame, *, as_of: date) -> gpd.GeoDataFrame:
    """Return the focal points, by identifier, with ``events``, ``last_date``, ``days_since_last`` and ``touched``.

    Touched: at least one engagement up to ``as_of`` names the focal point (``focal_point_id``). One held nearby that
    does not name it does not count. Which period is looked at was decided when the engagements were read.
    """
    day = dates(placed, "date")
    log = pd.DataFrame({"focal_point_id": text(placed, "focal_point_id"), "day": day})
    log = log[day <= pd.Timestamp(as_of)]
    by = log.groupby("focal_point_id")["day"].agg(["size", "max"])
    points = focal_points.sort_values("focal_point_id", ignore_index=True)
    found = by.reindex(points["focal_point_id"].astype(object))
    last = pd.Series(found["max"].to_numpy(), dtype="datetime64[ns]")
    events = found["size"].fillna(0).to_numpy().astype(int)
    return points.assign(
        events=events, last_date=last, days_since_last=(pd.Timestamp(as_of) - last).dt.days, touched=events > 0
    )


def reach_by_ward(
    focal_points: gpd.GeoDataFrame, placed: pd.DataFrame, wards: gpd.GeoDataFrame, *, as_of: date
) -> pd.DataFrame:
    """Return by ward: focal_points, touched, reach (their share), reach_low, reach_high (Wilson, 95%).

    One row a ward, by code; NaN where a ward has no focal point: nothing to reach is not "nobody reached".
    """
    points, _ = assign(touched(focal_points, placed, as_of=as_of), wards)
    return _shares(points, "ward_code", sorted(wards["ward_code"]))


def reach_by_community(
    focal_points: gpd.GeoDataFrame,
    placed: pd.DataFrame,
    wards: gpd.GeoDataFrame,
    *,
    as_of: date,
    communities: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return by community: focal_points, touched, reach, reach_low, reach_high, as ``reach_by_ward``.

    A focal point of several communities counts whole for each. Those outside the wards do not count; those without a
    position do. ``communities``: those to have a row even with no focal point at all (0 and NaN: the list names none).
    """
    points, _ = assign(touched(focal_points, placed, as_of=as_of), wards)
    points = points[points["ward_code"].notna() | points.geometry.isna()]
    named = exploded(pd.DataFrame(points).assign(communities=text(points, "communities")), "communities")
    names = set(named["communities"]) | set([] if communities is None else communities["community"].dropna())
    return _shares(named, "communities", sorted(names)).rename(columns={"communities": "community"})


def walk_to_contact(
    wards: gpd.GeoDataFrame,
    focal_points: gpd.GeoDataFrame,
    placed: gpd.GeoDataFrame,
    *,
    as_of: date,
    homes: gpd.GeoDataFrame | None = None,
    nearest: Nearest = nearest_by_line,
) -> pd.DataFrame:
    """Return by ward how far residents walk to the nearest focal point and to the nearest engagement up to ``as_of``.

    ``homes``: points where people live (centroids of output areas), with ``ward_code`` and ``population``; the walk of
    a ward is then the mean over its residents. Without homes in a ward it is the walk from one point inside it, which
    need not be where anybody lives: ``measured_from`` says which. Columns: ward_code, ward_name, measured_from,
    focal_point_m, event_m (metres, straight line x 1.3 unless another ``nearest`` is given; NaN without any).
    """
    require_metric(wards, "wards")
    ordered = wards.sort_values("ward_code", ignore_index=True)
    origin = gpd.GeoDataFrame(
        {"ward_code": ordered["ward_code"], "population": 1.0}, geometry=ordered.representative_point()
    )
    lived = pd.Series(False, index=ordered.index)
    if homes is not None:
        people = homes[homes["population"] > 0]
        lived = ordered["ward_code"].isin(people["ward_code"])
        origin = pd.concat([people[["ward_code", "population", "geometry"]], origin[~lived]], ignore_index=True)
    found = ordered[["ward_code", "ward_name"]].assign(measured_from=np.where(lived, FROM_HOMES, FROM_WARD))
    events = placed[dates(placed, "date") <= pd.Timestamp(as_of)]
    for column, targets in (("focal_point_m", focal_points), ("event_m", events)):
        _, metres = nearest(_shapes(origin), _shapes(targets))
        weighted = pd.DataFrame({"sum": metres * origin["population"], "people": origin["population"]})
        mean = weighted.groupby(origin["ward_code"]).sum(min_count=1)
        found[column] = (mean["sum"] / mean["people"]).reindex(found["ward_code"]).round(6).to_numpy()
    return pd.DataFrame(found)


def contact_near_hotspots(
    hotspots: gpd.GeoDataFrame,
    focal_points: gpd.GeoDataFrame,
    placed: gpd.GeoDataFrame,
    *,
    as_of: date,
    within_days: int = WITHIN_DAYS,
    within_m: float = WITHIN_M,
    nearest: Nearest = nearest_by_line,
) -> pd.DataFrame:
    """Return for each hot spot, by rank, whether anybody was engaged with near it of late.

    Near: a walk of at most ``within_m`` metres from its edge. Of late: at most ``within_days`` days before ``as_of``,
    which itself counts. ``without_contact``: no engagement of late with a position near it, and no focal point near it
    that was touched of late. Engagements of which only the ward is known cannot be near anything and are left out.

    Columns: rank, name, incidents, focal_point_id, focal_point, focal_point_m (the nearest in the list, met or not),
    engaged_id, engaged, engaged_m (the nearest focal point touched of late), event_m (to the nearest engagement of
    late), without_contact, reason (a sentence).
    """
    for layer, what in ((hotspots, "hot spots"), (focal_points, "focal points")):
        if len(layer):
            require_metric(layer, what)
    spots = hotspots.sort_values("rank", ignore_index=True)
    points = touched(focal_points, placed, as_of=as_of)
    late = points[points["days_since_last"].le(within_days)]
    age = (pd.Timestamp(as_of) - dates(placed, "date")).dt.days
    events = placed[age.between(0, within_days)]
    found = pd.DataFrame(spots[["rank", "name", "incidents"]])
    for prefix, target, column in (("focal_point", points, "focal_point"), ("engaged", late, "engaged")):
        number, metres = nearest(_shapes(spots), _shapes(target))
        found[f"{prefix}_id"] = _taken(target, "focal_point_id", number)
        found[column] = _taken(target, "name", number)
        found[f"{prefix}_m"] = np.round(metres, 1)
    found["event_m"] = np.round(nearest(_shapes(spots), _shapes(events))[1], 1)
    found["without_contact"] = ~(found["engaged_m"].le(within_m) | found["event_m"].le(within_m))
    found["reason"] = [_reason(row, within_m, within_days) for row in found.itertuples(index=False)]
    return found


def _reason(row: object, within_m: float, within_days: int) -> str:
    """Return in words what was or was not found near a hot spot."""
    values = row._asdict()  # type: ignore[attr-defined]
    walk, of_late = f"within {within_m:,.0f} m on foot", f"in the last {counted(within_days, 'day')}"
    if values["engaged_m"] <= within_m:
        name = values["engaged"] or values["engaged_id"]
        return f"{name} was engaged with {of_late}, {values['engaged_m']:,.0f} m on foot."
    if values["event_m"] <= within_m:
        return f"An engagement took place {walk} {of_late}, but with no focal point there."
    if values["focal_point_m"] <= within_m:
        name = values["focal_point"] or values["focal_point_id"]
        there = f"The nearest focal point is {name}, {values['focal_point_m']:,.0f} m on foot."
        return f"Nobody {walk} was engaged with {of_late}. {there}"
    return f"No focal point in the list lies {walk}, and no engagement took place there {of_late}."


def _shares(points: pd.DataFrame, column: str, rows: list[str]) -> pd.DataFrame:
    by = points.groupby(points[column].astype(object))["touched"].agg(["size", "sum"]).reindex(rows)
    total, met = by["size"].fillna(0).to_numpy().astype(int), by["sum"].fillna(0).to_numpy().astype(int)
    share, low, high = wilson(met, total)
    return pd.DataFrame(
        {column: pd.Series(rows, dtype=object), "focal_points": total, "touched": met, "reach": share}
    ).assign(reach_low=low, reach_high=high)


def _shapes(layer: gpd.GeoDataFrame) -> Shapes:
    return np.asarray(layer.geometry.to_numpy(), dtype=object)


def _taken(layer: pd.DataFrame, column: str, number: NDArray[np.int64]) -> Shapes:
    values = np.append(np.asarray(text(layer, column), dtype=object), np.array([None], dtype=object))
    return values[number]
