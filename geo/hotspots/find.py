"""From incidents to ranked hot spots: cluster, outline, describe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.area import assign_wards
from geo.crs import LONLAT, require_metric
from geo.errors import GeoError
from geo.hotspots.dbscan import NOISE, dbscan
from geo.hotspots.outline import footprints, study_area, widths

DEFAULT_EPS_M = 100.0
DEFAULT_MIN_INCIDENTS = 20
SMALLEST_FOOTPRINT_M = 50.0
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
    "width_m",
    "lon",
    "lat",
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


class HotspotResult(NamedTuple):
    """What ``find_hotspots`` found.

    ``hotspots``: one row a hot spot, by rank, polygons. ``incidents``: those inside the area, with their ward and
    ``hotspot`` (the rank, missing where in none). ``wards``: the area, with ``incidents`` counted in each.
    ``parameters``: every value used. ``outside``: incidents given that lie outside the area. ``area_km2``: the ground
    studied. ``covered_km2``: the ground that hot spots cover, overlaps counted once.
    """

    hotspots: gpd.GeoDataFrame
    incidents: gpd.GeoDataFrame
    wards: gpd.GeoDataFrame
    parameters: list[Parameter]
    outside: int
    area_km2: float
    covered_km2: float


def find_hotspots(
    incidents: gpd.GeoDataFrame,
    area: gpd.GeoDataFrame,
    *,
    eps_m: float | None = None,
    min_incidents: float | None = None,
    footprint_m: float | None = None,
    months: Sequence[str] | None = None,
) -> HotspotResult:
    """Return the hot spots of ``incidents`` inside the wards ``area``, ranked by incidents.

    ``incidents``: points in metres with ``month`` and, if known, ``location_text`` and ``weight``. ``area``: polygons
    in the same system with ``ward_code`` and ``ward_name``. ``eps_m``: reach of the clustering in metres, default 100;
    it is not the width of a hot spot. ``min_incidents``: the least number within reach of a core point, default 20.
    ``footprint_m``: radius of the discs that make the outline, default the larger of 50 and half of eps. ``months``:
    the months the data cover (default: those that occur), the denominator of ``months_active``.

    Columns of ``hotspots``: ``rank`` (from 1; equal counts by density), ``name`` (commonest location and ward),
    ``incidents``, ``points`` (distinct positions), ``area_m2`` (footprint inside the area), ``incidents_per_km2``,
    ``share`` (of all incidents in the area, 0-1), ``months_active`` of ``months_covered``, ``top_point_share`` (of the
    busiest single point, 0-1), ``wards`` (most incidents first), ``p_value``, ``null_model``, ``trend``, ``peak``,
    ``caveats`` (not computed here: empty), ``width_m`` (greatest distance between two members), ``lon``, ``lat`` (a
    point inside), ``geometry``. No hot spot gives an empty frame with these columns.

    Every count is of reports inside the area. Rows of weight 0 belong to no hot spot. No order of rows changes
    anything; the inputs are not changed. Raises GeoError for layers not in metres or that do not overlap.
    """
    eps_m, min_incidents, footprint_m, parameters = _parameters(eps_m, min_incidents, footprint_m)
    require_metric(area, "wards")
    inside = assign_wards(incidents, area)
    places, place, weight = _places(inside)
    label, is_core = dbscan(places, eps_m=eps_m, min_incidents=min_incidents, weights=weight)

    whole = study_area(area)
    label_of = pd.Series(label[place], index=inside.index).where(_weights(inside) > 0, NOISE)
    core = is_core & (label != NOISE)
    outline = footprints(places[core], label[core], radius_m=footprint_m, area=whole)
    member = label != NOISE
    covered = months if months is not None else sorted(inside["month"].dropna().unique())
    hotspots = _describe(inside, label_of, place, outline, widths(places[member], label[member]), covered)
    rank_of = dict(zip(hotspots.pop("label"), hotspots["rank"], strict=True))
    ranked = label_of.map(rank_of).astype("Int64")
    counts = inside["ward_code"].value_counts()
    wards = area.assign(incidents=area["ward_code"].map(counts).fillna(0).astype(int))
    covered_km2 = float(hotspots.union_all().area / 1e6) if len(hotspots) else 0.0
    outside = len(incidents) - len(inside)
    return HotspotResult(
        hotspots, inside.assign(hotspot=ranked), wards, parameters, outside, float(whole.area / 1e6), covered_km2
    )


def _parameters(
    eps_m: float | None, min_incidents: float | None, footprint_m: float | None
) -> tuple[float, float, float, list[Parameter]]:
    """Return the three values used and, for the record, each with its reason."""
    given = "as asked"
    eps = DEFAULT_EPS_M if eps_m is None else eps_m
    least = DEFAULT_MIN_INCIDENTS if min_incidents is None else min_incidents
    radius = max(SMALLEST_FOOTPRINT_M, eps / 2) if footprint_m is None else footprint_m
    if not radius > 0:
        raise GeoError(f"--footprint {radius:g}: not a radius above zero.", "Try 50.")
    return (
        eps,
        least,
        radius,
        [
            Parameter("eps", eps, "m", given if eps_m is not None else "default: about a street's length"),
            Parameter(
                "min_incidents",
                least,
                "incidents",
                given if min_incidents is not None else "default: a starting value, not tested against chance",
            ),
            Parameter(
                "footprint",
                radius,
                "m",
                given if footprint_m is not None else "the larger of 50 m and half of eps: map points are no finer",
            ),
            Parameter("max_width", "none", "", "plain DBSCAN: a hot spot may be of any width"),
        ],
    )


def _weights(incidents: gpd.GeoDataFrame) -> pd.Series:
    if "weight" in incidents:
        return incidents["weight"].astype(float)
    return pd.Series(1.0, index=incidents.index)


def _places(
    incidents: gpd.GeoDataFrame,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Return the distinct positions in canonical order (by x, then y), the one of each incident, and their weights."""
    xy = np.column_stack((incidents.geometry.x, incidents.geometry.y))
    places, place = np.unique(xy, axis=0, return_inverse=True)
    place = place.ravel().astype(np.int64)
    weight = np.bincount(place, _weights(incidents).to_numpy(), minlength=len(places)).astype(np.float64)
    return places, place, weight


def _describe(
    incidents: gpd.GeoDataFrame,
    label: pd.Series,
    place: NDArray[np.int64],
    outline: NDArray[np.object_],
    width_m: NDArray[np.float64],
    months: Sequence[str],
) -> gpd.GeoDataFrame:
    """Return one row a label, ranked, with the column ``label`` still in it."""
    clustered = pd.DataFrame(incidents.drop(columns=incidents.geometry.name)).assign(label=label, place=place)
    clustered = clustered[clustered["label"] != NOISE]
    grouped = clustered.groupby("label")
    size = grouped.size()
    hotspots = gpd.GeoDataFrame({"label": size.index, "geometry": outline[size.index]}, crs=incidents.crs)
    hotspots = hotspots.assign(
        incidents=size.to_numpy(),
        points=grouped["place"].nunique().to_numpy(),
        area_m2=hotspots.area.round(1),
        share=(size / len(incidents)).round(6).to_numpy(),
        months_active=clustered[clustered["month"].isin(months)]
        .groupby("label")["month"]
        .nunique()
        .reindex(size.index, fill_value=0)
        .to_numpy(),
        months_covered=len(months),
        top_point_share=(grouped["place"].agg(lambda points: points.value_counts().iloc[0]) / size).round(6).to_numpy(),
        wards=grouped["ward_name"].agg(lambda names: "; ".join(_commonest_first(names))).to_numpy(),
        name=grouped.apply(_name).to_numpy() if len(size) else [],
        width_m=width_m[size.index].round(1),
        p_value=np.nan,
        null_model=None,
        trend=None,
        peak=None,
        caveats=None,
    )
    hotspots["incidents_per_km2"] = (hotspots["incidents"] / hotspots["area_m2"] * 1e6).round(1)
    hotspots = hotspots.sort_values(["incidents", "incidents_per_km2", "label"], ascending=[False, False, True])
    hotspots = hotspots.reset_index(drop=True).assign(rank=lambda rows: rows.index + 1)
    middle = hotspots.representative_point().to_crs(LONLAT)
    hotspots = hotspots.assign(lon=middle.x.round(6), lat=middle.y.round(6))
    return hotspots[["label", *COLUMNS, "geometry"]]


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
