"""The study area: the wards asked for, and which of them each incident lies in."""

from __future__ import annotations

import math
from collections.abc import Sequence

import geopandas as gpd
import pandas as pd
import shapely

from geo.crs import describe_bounds, require_metric
from geo.errors import GeoError, counted, listed


def select_area(wards: gpd.GeoDataFrame, names: Sequence[str] = ()) -> gpd.GeoDataFrame:
    """Return the wards of a study area: those whose district or ward is named, by name or code; all for no names.

    Case does not matter. A name that is a district's and a ward's means the district. Raises GeoError for a name that
    is neither, with the names that come closest to it, and for a ward name that several districts share.
    """
    if not names:
        return wards.copy()
    chosen = pd.Series(False, index=wards.index)
    for name in names:
        chosen |= _named(wards, name)
    return wards[chosen].copy()


def _named(wards: gpd.GeoDataFrame, name: str) -> pd.Series:
    for column in ("district_name", "district_code", "ward_name", "ward_code"):
        match = wards[column].astype("string").str.casefold().eq(name.strip().casefold()).fillna(False).astype(bool)
        if not match.any():
            continue
        if column == "ward_name" and match.sum() > 1:
            codes = [
                f"{code} in {district}" for code, district in wards.loc[match, ["ward_code", "district_name"]].values
            ]
            raise GeoError(f"--area {name}: several wards have this name ({listed(codes)}).", "Give the code instead.")
        return match
    known = sorted({str(value) for column in ("district_name", "ward_name") for value in wards[column].dropna()})
    close = [other for other in known if name.casefold() in other.casefold()] or known
    raise GeoError(f"--area {name}: no ward or district has this name or code.", f"There are: {listed(close, 8)}.")


def area_name(study_area: gpd.GeoDataFrame, asked: Sequence[str]) -> str:
    """Return the study area in words: as asked for, or its district, or how many wards it has."""
    districts = sorted(study_area["district_name"].dropna().unique())
    if asked:
        known = {
            str(name).casefold(): str(name)
            for column in ("district_name", "ward_name")
            for name in study_area[column].dropna()
        }
        return listed([known.get(name.casefold(), name) for name in asked], 3)
    return listed(districts, 3) if districts else counted(len(study_area), "ward")


def assign_wards(incidents: gpd.GeoDataFrame, wards: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the incidents inside the wards, with ``ward_code`` and ``ward_name``; the index and order are kept.

    A point on the border of several wards counts in the one with the lowest code, once. Raises GeoError where none lies
    inside, saying where each layer lies.
    """
    require_metric(incidents, "incidents")
    require_metric(wards, "wards")
    if incidents.crs != wards.crs:
        raise GeoError(
            f"Incidents are in {incidents.crs.name}, wards in {wards.crs.name}.", "Project both to one system."
        )
    ordered = wards.sort_values("ward_code")
    tree = shapely.STRtree(ordered.geometry.to_numpy())
    places, place = _unique_points(incidents)
    point, ward = tree.query(places, predicate="intersects")
    first = pd.Series(ward).groupby(point).min()  # wards are sorted by code
    ward_of_place = first.reindex(range(len(places))).to_numpy()
    ward_of = pd.Series(ward_of_place[place], index=incidents.index)
    inside = ward_of.notna()
    if len(incidents) and not inside.any():
        raise _no_overlap(incidents, wards)
    number = ward_of[inside].astype(int)
    return incidents[inside].assign(
        ward_code=ordered["ward_code"].to_numpy()[number], ward_name=ordered["ward_name"].to_numpy()[number]
    )


def _unique_points(points: gpd.GeoDataFrame) -> tuple[shapely.GeometryType, pd.Series]:
    """Return the distinct points, and for each row which of them it is: stacked incidents are looked up once."""
    code, places = pd.factorize(pd.MultiIndex.from_arrays((points.geometry.x, points.geometry.y)))
    return shapely.points([place[0] for place in places], [place[1] for place in places]), code


def _no_overlap(incidents: gpd.GeoDataFrame, wards: gpd.GeoDataFrame) -> GeoError:
    swapped = gpd.GeoSeries(gpd.points_from_xy(incidents.geometry.y, incidents.geometry.x), crs=incidents.crs)
    if swapped.within(shapely.box(*wards.total_bounds)).mean() > 0.5:
        first = incidents.geometry.iloc[0]
        return GeoError(
            f"Easting and northing look swapped (easting {first.x:,.0f}, northing {first.y:,.0f} in the first "
            "incident): the other way round they lie in the wards.",
            "Swap the two headers and run again.",
        )
    here, there = shapely.box(*wards.total_bounds).centroid, incidents.geometry.union_all().centroid
    return GeoError(
        f"Wards and incidents do not overlap. Wards lie at {describe_bounds(wards)}; incidents at "
        f"{describe_bounds(incidents)}, {_direction(here, there)} of them.",
        "Is one of them the wrong file?",
    )


def _direction(here: shapely.Point, there: shapely.Point) -> str:
    """Return how far and in which direction ``there`` lies: ``240 km north-west``."""
    east, north = there.x - here.x, there.y - here.y
    names = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
    return f"{math.hypot(east, north) / 1000:,.0f} km {names[round(math.atan2(east, north) / (math.pi / 4)) % 8]}"
