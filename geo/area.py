"""The study area: the wards asked for, and which of them each incident lies in."""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import describe_bounds, require_metric
from geo.errors import GeoError, counted, listed

# neighbours may be drawn a few metres into each other; a tenth of the smaller is another set of boundaries
_OVERLAP = 0.1
# what a column of metres may hold instead, and what easting and northing are then to be multiplied by
_SLIPS = {
    "kilometres": (1000, 1000),
    "eastings without their last digit": (10, 1),
    "northings without their last digit": (1, 10),
    "metres without their last digit": (10, 10),
}


def select_area(wards: gpd.GeoDataFrame, names: Sequence[str] = ()) -> gpd.GeoDataFrame:
    """Return the wards of a study area: those whose district or ward is named, by name or code; all for no names.

    Case does not matter. A name that is a district's and a ward's means the district. Raises GeoError for a name that
    is neither, with the names that come closest to it, and for a ward name that several districts share.
    """
    chosen = pd.Series(not names, index=wards.index)
    for name in names:
        chosen |= _named(wards, name)
    area = wards[chosen].copy()
    _refuse_overlap(area)
    return area


def _refuse_overlap(wards: gpd.GeoDataFrame) -> None:
    """Raise GeoError where wards lie on top of each other: an incident there would count in either by accident."""
    if hasattr(shapely, "coverage_is_valid") and shapely.coverage_is_valid(wards.geometry.to_numpy()):
        return  # nothing overlaps: a third of the time, for a nation, of asking each pair
    tree = wards.sindex
    one, other = tree.query(wards.geometry, predicate="overlaps")
    # a ward that lies wholly in another overlaps nothing, but has its own inner point there: quicker than "covers"
    within, around = tree.query(wards.geometry.representative_point(), predicate="within")
    pairs = {(min(a, b), max(a, b)) for a, b in zip([*one, *within], [*other, *around], strict=True) if a != b}
    first, second = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2).T
    shapes = wards.geometry.to_numpy()
    size = shapely.area(shapes)
    shared = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    over = np.flatnonzero(shared > _OVERLAP * np.minimum(size[first], size[second]))
    if len(over):
        most = over[np.argmax(shared[over])]
        one, other = (
            f"{ward['ward_name']} ({', '.join(ward[['ward_code', 'district_name']].dropna())})"
            for _, ward in wards.iloc[[first[most], second[most]]].iterrows()
        )
        others = f" (the most of {counted(len(over), 'pair')} that do)" if len(over) > 1 else ""
        raise GeoError(
            f"Wards {one} and {other} overlap by {shared[most] / 1e6:,.2f} km²{others}.",
            "Give one set of boundaries of one year: no districts or census areas among the wards.",
        )


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
    close = [other for other in known if name.casefold() in other.casefold()]
    close = close or difflib.get_close_matches(name, known, 5, 0.5) or known
    missing = "" if wards["district_name"].notna().any() else " The file names no districts, only wards."
    several = " Give --area once for each name." if "," in name else ""
    raise GeoError(
        f"--area {name}: no ward or district has this name or code.{missing}{several}",
        f"There are: {listed(close, 8)}.",
    )


def area_name(study_area: gpd.GeoDataFrame, asked: Sequence[str]) -> str:
    """Return the study area in words: as asked for, or its districts, or how many districts or wards it has."""
    districts = sorted(study_area["district_name"].dropna().unique())
    if asked:
        known = {
            str(name).casefold(): str(name)
            for column in ("district_name", "ward_name")
            for name in study_area[column].dropna()
        }
        return listed(list(dict.fromkeys(known.get(name.strip().casefold(), name.strip()) for name in asked)), 3)
    if not districts:
        return f"all {counted(len(study_area), 'ward')}"
    return listed(districts, 3) if len(districts) <= 5 else f"{len(districts)} districts{_countries(study_area)}"


def _countries(study_area: gpd.GeoDataFrame) -> str:
    """Return " of England and Wales", by the first letters of the ward codes; nothing for other codes."""
    names = {"E": "England", "W": "Wales", "S": "Scotland", "N": "Northern Ireland"}
    codes = study_area["ward_code"].astype(str)
    letters = sorted(set(codes.str[0]))
    if not codes.str.fullmatch(r"[EWSN]\d{8}").all():
        return ""
    *first, last = [names[letter] for letter in names if letter in letters]
    return f" of {', '.join(first)} and {last}" if first else f" of {last}"


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


def likely_slip(points: gpd.GeoDataFrame, wards: gpd.GeoDataFrame) -> tuple[str, int]:
    """Return what positions outside all wards hold in place of metres, in words, and of how many points it is proved.

    Proved is what brings a point into the wards: kilometres for metres, a digit that was lost at the end of either
    number, the first figure of both (that of the 100 km square). ("", 0) where nothing does.
    """
    x, y = points.geometry.x.to_numpy(), points.geometry.y.to_numpy()
    west, south, east, north = wards.total_bounds
    square = (math.floor((west + east) / 2e5) * 1e5, math.floor((south + north) / 2e5) * 1e5)
    meant = {name: (x * east_by, y * north_by) for name, (east_by, north_by) in _SLIPS.items()}
    meant["metres without the first figure, that of the 100 km square"] = (x + square[0], y + square[1])
    tree = shapely.STRtree(wards.geometry.to_numpy())
    best = ("", 0)
    for name, (other_x, other_y) in meant.items():
        near = (other_x >= west) & (other_x <= east) & (other_y >= south) & (other_y <= north)
        hits = tree.query(shapely.points(other_x[near], other_y[near]), predicate="intersects")[0] if near.any() else []
        if len(set(hits)) > best[1]:
            best = name, len(set(hits))
    return best


def _no_overlap(incidents: gpd.GeoDataFrame, wards: gpd.GeoDataFrame) -> GeoError:
    swapped = gpd.GeoSeries(gpd.points_from_xy(incidents.geometry.y, incidents.geometry.x), crs=incidents.crs)
    published = "precision" in incidents and (incidents["precision"] == "snapped").all()  # never swapped
    first = incidents.geometry.iloc[0]
    if not published and swapped.within(wards.union_all()).mean() > 0.5:
        return GeoError(
            f"Easting and northing look swapped (easting {first.x:,.0f}, northing {first.y:,.0f} in the first "
            "incident): the other way round they lie in the wards.",
            "Swap the two headers and run again.",
        )
    east = incidents.to_crs("EPSG:4326").geometry
    west = gpd.GeoSeries(gpd.points_from_xy(-east.x, east.y), crs="EPSG:4326").to_crs(incidents.crs)
    if not published and west.within(wards.union_all()).mean() > 0.5:
        return GeoError(
            f"The longitudes have lost their sign ({east.iloc[0].x:.4f} in the first incident): west of Greenwich they "
            "lie in the wards.",
            "Write longitudes west of Greenwich with a minus, such as -0.4264.",
        )
    slip, proved = ("", 0) if published else likely_slip(incidents, wards)
    if proved * 2 > len(incidents):
        return GeoError(
            f"The positions look like {slip} ({first.x:,.1f} and {first.y:,.1f} in the first incident): read so, "
            f"{proved:,} of {len(incidents):,} lie in the wards; as they stand, none does.",
            "Export them again in whole metres, such as 508413 and 221426.",
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
