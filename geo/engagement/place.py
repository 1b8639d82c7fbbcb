"""Where an engagement took place and with whom: by its own record, else by its focal point."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.crs import require_metric
from geo.engagement.columns import text
from geo.errors import GeoError, counted, listed

BY_POSITION, BY_FOCAL_POINT, BY_WARD, NOWHERE = "position", "focal point", "ward", "nowhere"
_NAMED = 10  # more names than that are no help
RECORDED, INFERRED, NONE = "recorded", "focal point", "none"


class Placed(NamedTuple):
    """Engagements with their place, and sentences about what was inferred or contradicts itself, for the record."""

    engagements: gpd.GeoDataFrame
    notes: list[str]


def place_engagements(
    engagements: gpd.GeoDataFrame, focal_points: gpd.GeoDataFrame | None, wards: gpd.GeoDataFrame
) -> Placed:
    """Return the engagements with ``ward_code``, ``geometry`` and ``communities`` filled in as far as is known.

    An engagement's own position decides; else the position of its focal point; else the ward it names (its geometry
    stays empty: nobody knows where in the ward). Where no communities are recorded, those of the focal point are taken:
    inferred, and marked so. No row is left out. ``focal_points`` may be None; needs ``focal_point_id`` and geometry.

    New columns: ``placed_by`` ("position", "focal point", "ward", "nowhere": no place is recorded) and
    ``communities_by`` ("recorded", "focal point", "none"). ``ward_code`` is empty where the place lies outside
    ``wards``. The notes count what was inferred, what lies outside and where two places of one engagement contradict
    each other. Raises GeoError where layers are not in metres or not in one system, or two focal points have one
    identifier.
    """
    points = _points(engagements, wards)
    own_ward = ward_of(points, wards)
    focal, number, unknown = _focal_points(engagements, focal_points, wards)
    focal_geometry = _taken(focal.geometry.to_numpy(), number)
    focal_ward = _taken(focal["ward_code"].to_numpy(dtype=object), number)
    named = _text(engagements, "ward_code")
    known = pd.Series(named).isin(wards["ward_code"]).to_numpy()

    by_position = ~(shapely.is_missing(points) | shapely.is_empty(points))
    by_focal = ~by_position & ~shapely.is_missing(focal_geometry)
    by_ward = ~by_position & ~by_focal & pd.notna(named)
    nobody = np.full(len(named), None, dtype=object)
    placed_by = np.select([by_position, by_focal, by_ward], [BY_POSITION, BY_FOCAL_POINT, BY_WARD], NOWHERE)
    ward = np.where(by_position, own_ward, np.where(by_focal, focal_ward, np.where(known, named, nobody)))

    recorded, theirs = _text(engagements, "communities"), _taken(_text(focal, "communities"), number)
    inferred = pd.isna(recorded) & pd.notna(theirs)
    communities_by = np.select([pd.notna(recorded), inferred], [RECORDED, INFERRED], NONE)

    placed = engagements.copy().assign(
        ward_code=pd.Series(ward, index=engagements.index, dtype=object),
        communities=pd.Series(np.where(inferred, theirs, recorded), index=engagements.index, dtype=object),
        placed_by=pd.Categorical(placed_by, categories=[BY_POSITION, BY_FOCAL_POINT, BY_WARD, NOWHERE]),
        communities_by=pd.Categorical(communities_by, categories=[RECORDED, INFERRED, NONE]),
    )
    placed = placed.set_geometry(
        gpd.GeoSeries(np.where(by_focal, focal_geometry, points), index=engagements.index, crs=wards.crs)
    )
    notes = _placing_notes(by_position, by_focal, by_ward, ward=ward, named=named, known=known, focal_ward=focal_ward)
    notes += [
        *_note(
            unknown,
            "names a focal point that is not in the list",
            "name a focal point that is not in the list",
            _text(engagements, "focal_point_id")[unknown],
        ),
        *_note(inferred, "gets its communities from its focal point", "get their communities from their focal point"),
    ]
    return Placed(placed, notes)


def _placing_notes(
    by_position: NDArray[np.bool_],
    by_focal: NDArray[np.bool_],
    by_ward: NDArray[np.bool_],
    *,
    ward: NDArray[np.object_],
    named: NDArray[np.object_],
    known: NDArray[np.bool_],
    focal_ward: NDArray[np.object_],
) -> list[str]:
    """Return sentences on how engagements were placed: what was inferred, lies outside, or contradicts itself."""
    spatial = by_position | by_focal
    elsewhere = spatial & known & (ward != named)
    apart = by_position & pd.notna(focal_ward) & (ward != focal_ward)
    outside = ~pd.notna(ward) & (spatial | by_ward)
    return [
        *_note(by_focal, "is placed by its focal point", "are placed by their focal point"),
        *_note(by_ward, "has a ward but no position", "have a ward but no position"),
        *_note(~(spatial | by_ward), "names no place", "name no place"),
        *_note(outside, "lies outside the wards given", "lie outside the wards given", named[outside & by_ward]),
        *_note(
            elsewhere,
            "names another ward than it lies in; its position decides",
            "name another ward than they lie in; their position decides",
        ),
        *_note(apart, "lies in another ward than its focal point", "lie in another ward than their focal point"),
    ]


def assign(focal_points: gpd.GeoDataFrame, wards: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Return the focal points with ``ward_code`` (empty outside the wards), and a sentence about those outside.

    A point on the border of several wards belongs to the one with the lowest code. Raises GeoError where the layers are
    not in metres or not in one system.
    """
    points = _points(focal_points, wards)
    ward = ward_of(points, wards)
    outside = ~shapely.is_missing(points) & pd.isna(ward)
    number = int(outside.sum())
    names = sorted(focal_points.loc[outside, "name"].dropna().astype(str)) if "name" in focal_points else []
    verb = "lies" if number == 1 else "lie"
    named = f": {listed(names)}" if 0 < number <= _NAMED else ""
    notes = [f"{counted(number, 'focal point')} {verb} outside the wards given{named}."] if number else []
    return focal_points.assign(ward_code=pd.Series(ward, index=focal_points.index, dtype=object)), notes


def ward_of(points: NDArray[np.object_], wards: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return the ward code of each point, None outside and for missing points; on a border the lowest code."""
    ordered = wards.sort_values("ward_code")
    found = np.full(len(points), None, dtype=object)
    there = np.flatnonzero(~(shapely.is_missing(points) | shapely.is_empty(points)))
    if not len(there) or not len(ordered):
        return found
    # many engagements share a place: each place is looked up once
    place, places = pd.factorize(shapely.get_x(points[there]) + 1j * shapely.get_y(points[there]))
    tree = shapely.STRtree(ordered.geometry.to_numpy())
    point, ward = tree.query(shapely.points(places.real, places.imag), predicate="intersects")
    lowest = pd.Series(ward).groupby(point).min()
    hit = lowest.reindex(range(len(places)), fill_value=-1).to_numpy()[place]
    codes = ordered["ward_code"].to_numpy(dtype=object)
    found[there] = np.where(hit >= 0, codes[hit], None)
    return found


def _points(layer: gpd.GeoDataFrame, wards: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return the points of a layer after checking that it is measured like the wards."""
    require_metric(wards, "wards")
    points = layer.geometry.to_numpy()
    some = not shapely.is_missing(points).all()
    if some and layer.crs != wards.crs:
        require_metric(layer, "points")
        raise GeoError(f"Points are in {layer.crs.name}, wards in {wards.crs.name}.", "Project both to one system.")
    return np.asarray(points, dtype=object)


def _focal_points(
    engagements: gpd.GeoDataFrame, focal_points: gpd.GeoDataFrame | None, wards: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, NDArray[np.int64], NDArray[np.bool_]]:
    """Return focal points with wards, which of them each engagement names (-1: none), and who names an unknown one."""
    ids = _text(engagements, "focal_point_id")
    if focal_points is None:
        focal = gpd.GeoDataFrame({"ward_code": []}, geometry=gpd.GeoSeries([], crs=wards.crs))
        return focal, np.full(len(ids), -1), np.zeros(len(ids), dtype=bool)
    twice = focal_points.loc[focal_points["focal_point_id"].duplicated(), "focal_point_id"]
    if len(twice):
        raise GeoError(
            f"Several focal points have one identifier: {listed(sorted(set(twice.astype(str))))}.",
            "Give each focal point its own focal_point_id.",
        )
    index = pd.Index(focal_points["focal_point_id"], dtype=object)
    number = np.where(pd.isna(ids), -1, index.get_indexer(pd.Index(ids, dtype=object)))
    return assign(focal_points, wards)[0], number, pd.notna(ids) & (number < 0)


def _text(table: pd.DataFrame, column: str) -> NDArray[np.object_]:
    """Return a column as objects, None where empty or absent."""
    return np.asarray(text(table, column), dtype=object)


def _taken(values: NDArray[np.object_], number: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return the value with each number, None for -1."""
    with_none = np.full(len(values) + 1, None, dtype=object)
    with_none[:-1] = values
    return with_none[number]


def _note(rows: NDArray[np.bool_], one: str, many: str, names: NDArray[np.object_] | None = None) -> list[str]:
    number = int(np.sum(rows))
    if not number:
        return []
    which = f" ({listed(sorted(set(map(str, names))))})" if names is not None and len(names) else ""
    return [f"{counted(number, 'engagement')} {one if number == 1 else many}{which}."]
