"""One row a hot spot: how many, where, how dense, when, and what to beware of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.crs import LOCAL, LONLAT
from geo.hotspots import evidence
from geo.hotspots.caveats import caveats
from geo.hotspots.clusters import by_label, width
from geo.hotspots.coverage import Coverage
from geo.hotspots.dbscan import NOISE
from geo.hotspots.evidence import of_hotspots
from geo.hotspots.tally import by_value, commonest_first, pairs
from geo.hotspots.trend import counts_by_month, monthly_counts

COLUMNS = (
    "rank",
    "name",
    "incidents",
    "points",
    "area_m2",
    "incidents_per_km2",
    "share",
    "months_active",
    "months_covered",
    "top_point_share",
    "wards",
    "p_value",
    "null_model",
    "trend",
    "peak",
    "caveats",
    "could_be_chance",
    "p_background",
    "min_incidents",
    "eps_m",
    "most_within_eps",
    "width_m",
    "lon",
    "lat",
    *evidence.COLUMNS,
)
# what police.uk writes where a map point is a kind of place and not a street
_KINDS_OF_PLACE = frozenset(
    (
        "Airport/Airfield",
        "Bus/Coach Station",
        "Conference/Exhibition Centre",
        "Further/Higher Educational Building",
        "Hospital",
        "Motorway Service Area",
        "Nightclub",
        "Park/Open Space",
        "Parking Area",
        "Pedestrian Subway",
        "Petrol Station",
        "Police Station",
        "Prison",
        "Race Track",
        "Shopping Area",
        "Sports/Recreation Area",
        "Supermarket",
        "Theatre/Concert Hall",
        "Theme/Adventure Park",
    )
)


def describe(
    incidents: gpd.GeoDataFrame,
    outline: NDArray[np.object_],
    *,
    coverage: Coverage,
    tests: pd.DataFrame,
    null_model: str | None,
    alpha: float,
    border: shapely.Geometry,
    weights: Mapping[str, float],
    zone: str = LOCAL,
) -> gpd.GeoDataFrame:
    """Return one row a hot spot, by reports per square metre of outline, greatest first, then by incidents.

    ``incidents``: every incident of the area, with ``label`` (-1 in none) and ``place`` (the number of its position).
    ``outline``: the polygon of each label. ``coverage``: the months the data cover. ``tests``: ``p_value``,
    ``p_background``, ``min_incidents``, ``eps_m``, ``most_within_eps``, ``chance_share`` (what chance puts there, 0-1)
    and ``lately`` (its incidents, older ones counted less: what the order goes by) of each label.
    ``border``: the edge of the study area. ``weights``: of each ASB type. ``zone``: of the local
    times of incidents.

    Columns: ``rank`` (from 1), ``name`` (commonest location and ward), ``incidents``, ``points`` (distinct positions),
    ``area_m2`` (inside the area), ``incidents_per_km2`` (empty for a hot spot of one point, whose
    ground is only the disc drawn round it), ``share`` (of all incidents in the area, 0-1),
    ``months_active`` of ``months_covered``, ``top_point_share`` (of the busiest single point, 0-1), ``wards`` (most
    incidents first), ``p_value`` under ``null_model``, ``trend``, ``peak``, ``caveats`` (sentences, by semicolons),
    ``could_be_chance`` (p above ``alpha``), ``p_background`` (against other crime), ``min_incidents`` and ``eps_m``
    (what it was cut out with), ``most_within_eps`` (of its incidents within the reach of the run of one of its points:
    what the p-values judge), ``width_m`` (greatest distance between two members), ``lon``, ``lat`` (a point inside),
    the columns of ``geo.hotspots.evidence``, ``geometry``; and ``label``, first.
    """
    clustered = pd.DataFrame(incidents.drop(columns=incidents.geometry.name))
    clustered = clustered[clustered["label"] != NOISE]
    label, count = clustered["label"].to_numpy(np.int64), len(outline)
    size = np.bincount(label, minlength=count)
    at = pairs(label, clustered["place"].to_numpy(np.int64))
    most = np.maximum.reduceat(at.times, np.searchsorted(at.label, np.arange(count))) if count else size
    top_point = (most / size).round(6)
    wards = commonest_first(label, clustered["ward_name"], count)
    each_month = monthly_counts(incidents["month"], coverage.months).to_numpy(np.float64)
    xy = incidents.get_coordinates().to_numpy()
    known = coverage.of_groups(clustered, label, count)
    counts = np.where(known, counts_by_month(label, clustered["month"], coverage.months, count), np.nan)
    hotspots = gpd.GeoDataFrame({"label": np.arange(count), "geometry": outline}, crs=incidents.crs)
    hotspots = hotspots.assign(
        incidents=size,
        points=np.bincount(at.label, minlength=count),
        area_m2=hotspots.area.round(1),
        share=(size / len(incidents)).round(6),
        months_active=(counts > 0).sum(axis=1),
        months_covered=known.sum(axis=1),
        top_point_share=top_point,
        wards=["; ".join(names) for names in wards],
        name=_names(clustered, label, wards),
        p_value=tests["p_value"],
        null_model=null_model,
        **of_hotspots(
            clustered,
            counts,
            coverage.months,
            tests["chance_share"].to_numpy(np.float64),
            each_month,
            weights,
            zone=zone,
        ),
        caveats=caveats(clustered, top_point, outline, border),
        could_be_chance=tests["p_value"].gt(alpha),
        p_background=tests["p_background"],
        min_incidents=tests["min_incidents"],
        eps_m=tests["eps_m"].round(1),
        most_within_eps=tests["most_within_eps"].astype("int64"),
        width_m=[round(width(xy[rows]), 1) for rows in by_label(incidents["label"].to_numpy())],
    )
    density = (hotspots["incidents"] / hotspots["area_m2"] * 1e6).round(1)
    hotspots = hotspots.assign(
        incidents_per_km2=density.where(hotspots["points"] > 1), _order=tests["lately"] / hotspots.area
    )
    hotspots = hotspots.sort_values(["_order", "incidents", "label"], ascending=[False, False, True])
    hotspots = hotspots.reset_index(drop=True).assign(rank=lambda rows: rows.index + 1)
    middle = hotspots.representative_point().to_crs(LONLAT)
    hotspots = hotspots.assign(lon=middle.x.round(6), lat=middle.y.round(6))
    return hotspots[["label", *COLUMNS, "geometry"]]


def describe_dissolved(
    incidents: gpd.GeoDataFrame,
    place: NDArray[np.int64],
    places: NDArray[np.float64],
    groups: Sequence[NDArray[np.int64]],
) -> gpd.GeoDataFrame:
    """Return one row for each group of positions that was too spread out: name, incidents, points, width_m, geometry.

    ``groups``: numbers of ``places``. ``geometry``: the convex hull, to show roughly where; it is no hot spot.
    """
    label_of_place = np.full(len(places), NOISE)
    for number, group in enumerate(groups):
        label_of_place[group] = number
    label = label_of_place[place]
    members = pd.DataFrame(incidents.drop(columns=incidents.geometry.name))
    wards = commonest_first(label, members["ward_name"], len(groups))
    rows = {
        "name": _names(members, label, wards),
        "incidents": np.bincount(label[label >= 0], minlength=len(groups)),
        "points": [len(group) for group in groups],
        "width_m": [round(width(places[group]), 1) for group in groups],
        "geometry": [shapely.convex_hull(shapely.multipoints(places[group])) for group in groups],
    }
    columns = ["name", "incidents", "points", "width_m", "geometry"]
    types = {"name": "object", "incidents": "int64", "points": "int64", "width_m": "float64"}
    found = gpd.GeoDataFrame(rows, columns=columns, geometry="geometry", crs=incidents.crs).astype(types)
    return found.sort_values("incidents", ascending=False, kind="stable", ignore_index=True)


def _names(incidents: pd.DataFrame, label: NDArray[np.int64], wards: Sequence[Sequence[str]]) -> list[str]:
    """Return the commonest location text and ward of each group of incidents: ``Park Street, Central``.

    police.uk calls many places only by their kind; then the commonest street is added: ``Parking Area near Park Road``.
    """
    if "location_text" not in incidents:
        return [names[0] for names in wards]
    places = commonest_first(label, pd.Series(by_value(incidents["location_text"], _cleaned)), len(wards))
    return [_name(own, names[0]) for own, names in zip(places, wards, strict=True)]


def _cleaned(text: str) -> str | None:
    text = re.sub(r"^On or near\s*", "", text).strip()
    return None if text in ("", "No Location", "nan") else text


def _name(places: Sequence[str], ward: str) -> str:
    if not places:
        return ward
    place, *others = places
    street = next((other for other in others if other not in _KINDS_OF_PLACE), None)
    if place in _KINDS_OF_PLACE and street is not None:
        place = f"{place} near {street}"
    return f"{place}, {ward}"
