"""One row a hot spot: how many, where, how dense, how lasting, and what to beware of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.crs import LONLAT
from geo.hotspots import evidence
from geo.hotspots.caveats import caveats
from geo.hotspots.clusters import by_label, width
from geo.hotspots.dbscan import NOISE
from geo.hotspots.evidence import of_hotspot
from geo.hotspots.trend import monthly_counts

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
    months: Sequence[str],
    tests: pd.DataFrame,
    null_model: str | None,
    alpha: float,
    border: shapely.Geometry,
    weights: Mapping[str, float],
) -> gpd.GeoDataFrame:
    """Return one row a hot spot, those beyond chance first, then by incidents, then by density.

    ``incidents``: every incident of the area, with ``label`` (-1 in none) and ``place`` (the number of its position).
    ``outline``: the polygon of each label. ``months``: those the data cover. ``tests``: ``p_value``, ``p_background``,
    ``min_incidents``, ``eps_m``, ``most_within_eps`` and ``chance_share`` (what chance puts there, 0-1) of each label.
    ``border``: the edge of the study area. ``weights``: of each ASB type.

    Columns: ``rank`` (from 1), ``name`` (commonest location and ward), ``incidents``, ``points`` (distinct positions),
    ``area_m2`` (inside the area), ``incidents_per_km2``, ``share`` (of all incidents in the area, 0-1),
    ``months_active`` of ``months_covered``, ``top_point_share`` (of the busiest single point, 0-1), ``wards`` (most
    incidents first), ``p_value`` under ``null_model``, ``trend``, ``peak``, ``caveats`` (sentences, by semicolons),
    ``could_be_chance`` (p above ``alpha``), ``p_background`` (against other crime), ``min_incidents`` and ``eps_m``
    (what it was cut out with), ``most_within_eps`` (of its incidents within the reach of the run of one of its points:
    what the p-values judge), ``width_m`` (greatest distance between two members), ``lon``, ``lat`` (a point inside),
    the columns of ``geo.hotspots.evidence``, ``geometry``; and ``label``, first.
    """
    clustered = pd.DataFrame(incidents.drop(columns=incidents.geometry.name))
    clustered = clustered[clustered["label"] != NOISE]
    grouped = clustered.groupby("label")
    size = grouped.size()
    hotspots = gpd.GeoDataFrame({"label": size.index, "geometry": outline[size.index]}, crs=incidents.crs)
    tests = tests.iloc[size.index].reset_index(drop=True)
    top_point = (grouped["place"].agg(lambda points: points.value_counts().iloc[0]) / size).round(6).to_numpy()
    active = clustered[clustered["month"].isin(months)].groupby("label")["month"].nunique()
    xy = incidents.get_coordinates().to_numpy()
    members = by_label(incidents["label"].to_numpy())
    facts = [clustered.loc[grouped.groups[label]] for label in size.index]
    each_month = monthly_counts(incidents["month"], months)
    told = [
        of_hotspot(own, months, each_month * share, weights)
        for own, share in zip(facts, tests["chance_share"], strict=True)
    ]
    hotspots = hotspots.assign(
        incidents=size.to_numpy(),
        points=grouped["place"].nunique().to_numpy(),
        area_m2=hotspots.area.round(1),
        share=(size / len(incidents)).round(6).to_numpy(),
        months_active=active.reindex(size.index, fill_value=0).to_numpy(),
        months_covered=len(months),
        top_point_share=top_point,
        wards=grouped["ward_name"].agg(lambda names: "; ".join(_commonest_first(names))).to_numpy(),
        name=[_name(clustered.loc[rows]) for rows in grouped.groups.values()],
        p_value=tests["p_value"],
        null_model=null_model,
        **_typed(told),
        caveats=[caveats(*row, border) for row in zip(facts, top_point, hotspots.geometry, strict=True)],
        could_be_chance=tests["p_value"].gt(alpha),
        p_background=tests["p_background"],
        min_incidents=tests["min_incidents"],
        eps_m=tests["eps_m"].round(1),
        most_within_eps=tests["most_within_eps"].astype("int64"),
        width_m=[round(width(xy[rows]), 1) for rows in members],
    )
    hotspots["incidents_per_km2"] = (hotspots["incidents"] / hotspots["area_m2"] * 1e6).round(1)
    by = ["could_be_chance", "incidents", "incidents_per_km2", "label"]
    hotspots = hotspots.sort_values(by, ascending=[True, False, False, True])
    hotspots = hotspots.reset_index(drop=True).assign(rank=lambda rows: rows.index + 1)
    middle = hotspots.representative_point().to_crs(LONLAT)
    hotspots = hotspots.assign(lon=middle.x.round(6), lat=middle.y.round(6))
    return hotspots[["label", *COLUMNS, "geometry"]]


def _typed(told: Sequence[Mapping[str, object]]) -> dict[str, pd.Series]:
    """Return evidence as columns whose type does not depend on what happens to be known."""
    table = pd.DataFrame(told, columns=["trend", "peak", *evidence.COLUMNS])
    decimals = ("trend_p", "impact")
    kinds = {name: "string" if name in evidence.TEXTS else "Float64" if name in decimals else "Int64" for name in table}
    return {name: table[name].astype(kind) for name, kind in kinds.items()}


def describe_dissolved(
    incidents: gpd.GeoDataFrame,
    place: NDArray[np.int64],
    places: NDArray[np.float64],
    groups: Sequence[NDArray[np.int64]],
) -> gpd.GeoDataFrame:
    """Return one row for each group of positions that was too spread out: name, incidents, points, width_m, geometry.

    ``groups``: numbers of ``places``. ``geometry``: the convex hull, to show roughly where; it is no hot spot.
    """
    rows = []
    for group in groups:
        members = incidents[np.isin(place, group)]
        rows.append(
            {
                "name": _name(pd.DataFrame(members)),
                "incidents": len(members),
                "points": len(group),
                "width_m": round(width(places[group]), 1),
                "geometry": shapely.convex_hull(shapely.multipoints(places[group])),
            }
        )
    columns = ["name", "incidents", "points", "width_m", "geometry"]
    found = gpd.GeoDataFrame(rows, columns=columns, geometry="geometry", crs=incidents.crs)
    return found.sort_values("incidents", ascending=False, kind="stable", ignore_index=True)


def _name(members: pd.DataFrame) -> str:
    """Return the commonest location text and ward of a hot spot: ``Park Street, Central``.

    police.uk calls many places only by their kind; then the commonest street is added: ``Parking Area near Park Road``.
    """
    ward = _commonest_first(members["ward_name"])[0]
    if "location_text" not in members:
        return ward
    texts = members["location_text"].dropna().astype(str).str.replace(r"^On or near\s*", "", regex=True).str.strip()
    texts = texts[~texts.isin(["", "No Location", "nan"])]
    if texts.empty:
        return ward
    place, *others = _commonest_first(texts)
    street = next((other for other in others if other not in _KINDS_OF_PLACE), None)
    if place in _KINDS_OF_PLACE and street is not None:
        place = f"{place} near {street}"
    return f"{place}, {ward}"


def _commonest_first(values: pd.Series) -> list[str]:
    """Return distinct values, the commonest first, equal ones by name."""
    counts = values.dropna().value_counts()
    return [str(value) for value, _ in sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))]
