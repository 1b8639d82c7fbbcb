"""Streets into a clean graph, and an account of every metre that was left out on the way."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geo.crs import require_metric
from geo.errors import GeoError, counted
from geo.patrol.network.noding import Floats, drawn_lines, length, parts, pieces_between_junctions, vertex_numbers


class Cleaning(NamedTuple):
    """What became of the metres of street: read + joined = outside + duplicate + apart + kept.

    ``read_m``: as drawn, to the millimetre; ``outside_m``: lines that do not touch the area; ``joined_m``: what joining
    ends added (below 0: took away); ``duplicate_m``: pieces drawn twice; ``apart_m``: in ``apart_parts`` parts not
    joined to the largest; ``kept_m``: the network.
    """

    read_m: float
    outside_m: float
    joined_m: float
    duplicate_m: float
    apart_m: float
    apart_parts: int
    kept_m: float

    def sentences(self) -> list[str]:
        """Return what was kept and what was left out, with its denominator, in words."""
        told = [f"Walking network: {kilometres(self.kept_m)} of the {kilometres(self.read_m)} of street read."]
        if self.outside_m >= 1:
            told.append(f"{kilometres(self.outside_m)} lie outside the area.")
        if self.duplicate_m >= 1:
            told.append(f"{kilometres(self.duplicate_m)} are drawn twice and used once.")
        if abs(self.joined_m) >= 1:
            told.append(f"Joining ends that nearly meet changed the length by {self.joined_m:+,.0f} m.")
        if self.apart_parts:
            share = self.apart_m / (self.apart_m + self.kept_m)
            told.append(
                f"{counted(self.apart_parts, 'part')} not joined to the rest ({kilometres(self.apart_m)}, {share:.1%} "
                "of these streets) cannot be reached on foot from there and are left out."
            )
        return told


class Cleaned(NamedTuple):
    """``nodes``: x, y of each junction; ``ends``: the two junctions of each piece; ``lines``: its coordinates."""

    nodes: Floats
    ends: NDArray[np.int64]
    lines: list[Floats]
    cleaning: Cleaning


def clean_streets(
    streets: gpd.GeoDataFrame,
    *,
    area: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    snap_m: float = 1.0,
    node_crossings: bool = False,
) -> Cleaned:
    """Return the largest connected part of ``streets`` as a graph; see ``walking_network``."""
    require_metric(streets, "streets")
    lines = drawn_lines(streets)
    if not lines.geom_type.isin(["LineString", "LinearRing"]).all():
        raise GeoError("streets: some shapes are not lines.", "Give a layer of lines.")
    read_m = float(lines.geometry.length.sum())
    if area is not None:
        lines = lines[lines.intersects(area.to_crs(streets.crs).geometry.union_all())].reset_index(drop=True)
    inside_m = float(lines.geometry.length.sum())
    pieces = pieces_between_junctions(lines, snap_m=snap_m, node_crossings=node_crossings)
    if not pieces.lines:
        raise GeoError(
            "streets: none is left to walk on.", "Does the layer of streets cover the area, and is it drawn as lines?"
        )
    metres = np.array([length(xy) for xy in pieces.lines])
    tips = np.vstack([xy[[0, -1]] for xy in pieces.lines])
    nodes, number = vertex_numbers(tips)
    ends = number.reshape(-1, 2)
    part = parts(len(nodes), ends)[ends[:, 0]]
    by_part = np.bincount(part, metres)
    # parts are numbered by their first node, and nodes are sorted: equal parts are told apart by place
    keep = part == int(np.argmax(np.round(by_part, 3)))
    used, ends = np.unique(ends[keep], return_inverse=True)
    kept_m = float(metres[keep].sum())
    cleaning = Cleaning(
        read_m=read_m,
        outside_m=read_m - inside_m,
        joined_m=float(metres.sum()) + pieces.duplicate_m - inside_m,
        duplicate_m=pieces.duplicate_m,
        apart_m=float(metres[~keep].sum()),
        apart_parts=len(by_part) - 1,
        kept_m=kept_m,
    )
    lines_kept = [xy for xy, one in zip(pieces.lines, keep, strict=True) if one]
    return Cleaned(nodes[used], ends.reshape(-1, 2).astype(np.int64), lines_kept, cleaning)


def kilometres(metres: float) -> str:
    """Return a length as sentences write it: ``12.2 km``, ``430 m``."""
    return f"{metres / 1000:,.1f} km" if metres >= 1000 else f"{metres:,.0f} m"
