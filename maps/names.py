"""Names of streets, paths, parks and places for a page: where each may be written, and found by who searches it.

A street is written along its straight stretches, a park and a place at a point. The page draws those that have room
(maps/js/pure/street_names.js), and the workshop page finds all of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import LONLAT, require_metric
from maps import packing, shapes

# by what the page draws first: main roads, through roads, streets, paths, parks, towns and stations, other places
_CODES = {"streets": (0, 1, 2, 2), "paths": (3,), "parks": (4,), "places": (5, 6)}
MOST_NAME = 80
_SAME_STREET_M = 200.0  # nearer pieces of one name are one street
_STRAIGHT_M = 5.0  # a stretch is straight where it leaves its chord by no more
_APART_M = 400.0  # from one writing of a name to the next along its street
_SHORTEST_M = 80.0  # of a second stretch; the first counts however short


def names_block(
    base_map: Mapping[str, gpd.GeoDataFrame] | None, bounds: tuple[float, float, float, float]
) -> dict[str, bytes]:
    """Return the names inside ``bounds`` (west, south, east, north, degrees) as the block ``names``; none: no block.

    The block is JSON, compressed: ``names`` in their order, of each its ``kinds`` (``_CODES``) and how many
    ``places`` it has; of each place ``steps`` north and east from the one before in units of 10**-DECIMALS degrees,
    ``turns_deg`` (clockwise) and ``rooms_m`` (of straight line or of width, 0 for a point). The first place of a name
    is where it has most room. Streets of one name that lie apart (two Church Lanes) stand there twice. The order of
    rows leaves no trace. Raises GeoError for layers in degrees.
    """
    pieces = _pieces(base_map or {}, bounds)
    if not len(pieces):
        return {}
    pieces["entry"] = _entries(pieces)
    anchors = _anchors(pieces)
    at = gpd.GeoSeries(gpd.points_from_xy(anchors["x"], anchors["y"]), crs=pieces.crs).to_crs(LONLAT)
    anchors = anchors.assign(lat=at.y.to_numpy().round(shapes.DECIMALS), lon=at.x.to_numpy().round(shapes.DECIMALS))
    first = anchors.drop_duplicates("entry").sort_values(["name", "lat", "lon"])
    order = anchors["entry"].map(dict(zip(first["entry"], range(len(first)), strict=True)))
    anchors = anchors.iloc[np.argsort(order.to_numpy(), kind="stable")]
    units = np.rint(anchors[["lat", "lon"]].to_numpy() * 10**shapes.DECIMALS).astype(np.int64)
    said = {
        "names": first["name"].tolist(),
        "kinds": first["code"].tolist(),
        "places": np.bincount(np.sort(order.to_numpy())).tolist(),
        "steps": np.diff(units, axis=0, prepend=np.zeros((1, 2), dtype=np.int64)).ravel().tolist(),
        "turns_deg": anchors["turn"].tolist(),
        "rooms_m": anchors["room"].tolist(),
    }
    return {"names": packing.deflate(json.dumps(said, ensure_ascii=False).encode("utf-8", "replace"))}


def _pieces(base_map: Mapping[str, gpd.GeoDataFrame], bounds: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    """Return what has a name: lines joined where one goes on from the other, areas and points, with ``code``."""
    parts = []
    crs = None
    for kind, codes in _CODES.items():
        layer = base_map.get(kind)
        if layer is None or "name" not in layer or not layer["name"].notna().any():
            continue
        require_metric(layer, kind)
        crs = crs or layer.crs
        named = layer[layer["name"].notna()].to_crs(crs)
        ranks = named["rank"].clip(1, len(codes)) if "rank" in named else pd.Series(1, named.index)
        code = ranks.astype(int).map(dict(enumerate(codes, start=1)))
        words = named["name"].map(lambda name: " ".join(str(name).split())[:MOST_NAME])
        parts.append(gpd.GeoDataFrame({"name": words, "code": code}, geometry=named.geometry.to_numpy(), crs=crs))
    if not parts:
        return gpd.GeoDataFrame({"name": [], "code": []}, geometry=[], crs=crs)
    box = shapely.box(*gpd.GeoSeries([shapely.box(*bounds)], crs=LONLAT).to_crs(crs).total_bounds)
    every = pd.concat(parts, ignore_index=True)
    every = every[(every["name"] != "") & every.intersects(box)]
    lines = every.geom_type.isin(["LineString", "MultiLineString"]).to_numpy()
    return gpd.GeoDataFrame(pd.concat([_joined(every[lines]), every[~lines]], ignore_index=True), crs=crs)


def _joined(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the lines of each name and code as few as they can be."""
    if not len(lines):
        return lines
    groups = lines.groupby(["name", "code"], sort=True)
    parts, index = shapely.get_parts(lines.geometry.to_numpy(), return_index=True)
    group = groups.ngroup().to_numpy()[index]
    order = np.lexsort((shapely.to_wkb(parts), group))
    whole = shapely.line_merge(shapely.normalize(shapely.multilinestrings(parts[order], indices=group[order])))
    pieces, of = shapely.get_parts(whole, return_index=True)
    named = groups.first().reset_index()[["name", "code"]].iloc[of].reset_index(drop=True)
    return gpd.GeoDataFrame(named, geometry=pieces, crs=lines.crs)


def _entries(pieces: gpd.GeoDataFrame) -> Any:
    """Return which pieces are one street: of the same name, and 200 m from each other at most."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    found = pieces.geometry.to_numpy()
    one, other = shapely.STRtree(found).query(found, predicate="dwithin", distance=_SAME_STREET_M)
    names = pd.factorize(pieces["name"])[0]
    same = names[one] == names[other]
    links = coo_array((np.ones(same.sum()), (one[same], other[same])), shape=(len(found), len(found)))
    return connected_components(links, directed=False)[1]


def _anchors(pieces: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return where each name may be written: ``entry``, ``name``, ``code``, ``x``, ``y``, ``turn`` and ``room``."""
    found = pieces.geometry.to_numpy()
    lines = shapely.get_dimensions(found) == 1
    xy, of = shapely.get_coordinates(shapely.simplify(found[lines], _STRAIGHT_M), return_index=True)
    goes_on = of[1:] == of[:-1]
    begin, end = xy[:-1][goes_on], xy[1:][goes_on]
    east, north = (end - begin).T
    middle = (begin + end) / 2
    turn = (np.rint(np.degrees(np.arctan2(-north, east))) + 90) % 180 - 90
    stretches = {"piece": np.flatnonzero(lines)[of[1:][goes_on]], "x": middle[:, 0], "y": middle[:, 1], "turn": turn}
    points = shapely.get_coordinates(shapely.point_on_surface(found[~lines]))
    west, _, right, _ = shapely.bounds(found[~lines]).T if (~lines).any() else np.zeros((4, 0))
    spots = {"piece": np.flatnonzero(~lines), "x": points[:, 0], "y": points[:, 1], "turn": 0}
    made = pd.concat(
        [
            pd.DataFrame(stretches).assign(room=np.rint(np.hypot(east, north)).astype(int)),
            pd.DataFrame(spots).assign(room=np.rint(right - west).astype(int)),
        ]
    )
    known = pieces[["entry", "name", "code"]].iloc[made["piece"].to_numpy()].reset_index(drop=True)
    made = pd.concat([known, made.reset_index(drop=True)], axis=1).astype({"turn": int})
    made = made.sort_values(["entry", "room", "x", "y"], ascending=[True, False, True, True], kind="stable")
    return made[_apart(made)]


def _apart(anchors: pd.DataFrame) -> list[bool]:
    """Return which places of a name are written: its longest, then those 400 m from all before, if long enough."""
    kept: list[bool] = []
    before: list[tuple[float, float]] = []
    last = None
    for entry, x, y, room in anchors[["entry", "x", "y", "room"]].itertuples(index=False):
        if entry != last:
            before, last = [], entry
        good = not before or (room >= _SHORTEST_M and all(abs(x - a) + abs(y - b) > _APART_M for a, b in before))
        if good:
            before.append((x, y))
        kept.append(good)
    return kept
