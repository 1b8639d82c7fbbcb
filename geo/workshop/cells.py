"""Reports counted in hexagons, suppressed and rounded by a profile, for the workshop page."""

from __future__ import annotations

import math
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.disclosure.counts import protected
from geo.disclosure.profiles import PROFILES, Profile
from geo.disclosure.release import release
from geo.errors import GeoError
from geo.workshop.hexagons import WIDTHS_M, choose_width, hexagons

# as wide a hexagon covers more than a square of the grid
_LEAST_TO_GRID = 1.1


class ReleasedCells(NamedTuple):
    """``cells``: ``cell``, ``incidents`` (rounded, missing where hidden), ``geometry``; ``total``: of them all, rounded
    too, None where it is small; ``width_m``; ``hidden_share``: of the incidents, those in cells that are hidden, to two
    decimals (for whoever makes the map: it is no part of the page); ``taken_out``: sentences on what was hidden.
    """

    cells: gpd.GeoDataFrame
    total: int | None
    width_m: float
    hidden_share: float
    taken_out: list[str]


def released_cells(
    incidents: gpd.GeoDataFrame,
    area: gpd.GeoDataFrame,
    *,
    width_m: float | None = None,
    profile: Profile = PROFILES["public"],
) -> ReleasedCells:
    """Return hexagons of incidents as ``profile`` lets them out.

    ``incidents``: points; ``area``: wards; both in metres. ``width_m``: the width of the hexagons, by default the
    smallest of 150 m and more at which at most a fifth of the incidents would be hidden. A cell that the border of the
    area cuts to less ground than a square of the profile's grid is joined to the neighbour with which it shares most of
    its border: a count on a sliver would say where its incidents are. The order of rows changes nothing.

    Raises GeoError for hexagons smaller than a square of the profile's grid, and where ``hexagons`` does.
    """
    least_m = round(_LEAST_TO_GRID * profile.coordinate_m, 6)
    if width_m is not None and width_m < least_m:
        raise GeoError(
            f"Hexagons of {width_m:g} m are finer than the {profile.coordinate_m:g} m of the profile {profile.name}.",
            f"Choose {least_m:g} m or more, or leave the width out.",
        )
    if width_m is None:
        widths = [width for width in WIDTHS_M if width >= least_m]
        width_m = choose_width(incidents, area, widths_m=widths, minimum=profile.minimum_count).width_m
    exact = _joined(hexagons(incidents, area, width_m=width_m), max(profile.coordinate_m, 1.0) ** 2)
    done = release({"cells": exact}, profile)
    shown = done.layers["cells"]
    assert isinstance(shown, gpd.GeoDataFrame)
    hidden = exact["incidents"][shown["incidents"].isna().to_numpy()].sum()
    whole = int(exact["incidents"].sum())
    total = protected([whole], minimum=profile.minimum_count, base=profile.rounding, zero_is_small=False)[0]
    return ReleasedCells(
        shown[["cell", "incidents", "geometry"]],
        None if math.isnan(total) else int(total),
        width_m,
        round(float(hidden) / whole, 2) if whole else 0.0,
        done.taken_out,
    )


def _joined(cells: gpd.GeoDataFrame, least_m2: float) -> gpd.GeoDataFrame:
    """Return the cells with those of less ground than ``least_m2`` joined to a larger neighbour, the smallest first.

    An area that is smaller itself stays one cell.
    """
    shapes: NDArray[np.object_] = cells.geometry.to_numpy().astype(object)
    into = np.arange(len(cells))
    large = shapely.area(shapes) >= least_m2
    if large.any() and not large.all():
        homes = np.flatnonzero(large)
        tree = shapely.STRtree(shapes[homes])
        for sliver in np.flatnonzero(~large):
            near = homes[tree.query_nearest(shapes[sliver], all_matches=True)]
            shared = shapely.length(shapely.intersection(shapely.boundary(shapes[near]), shapes[sliver]))
            into[sliver] = near[np.round(shared, 3).argmax()]
    elif not large.any():
        into[:] = 0
    counts = pd.Series(cells["incidents"].to_numpy()).groupby(into).sum()
    whole = gpd.GeoSeries(shapes, crs=cells.crs).groupby(into).agg(lambda parts: shapely.union_all(parts.to_numpy()))
    kept = counts.index.to_numpy()
    return gpd.GeoDataFrame(
        {"cell": cells["cell"].to_numpy()[kept], "incidents": counts.to_numpy(np.int64)},
        geometry=whole.to_numpy(),
        crs=cells.crs,
    )
