"""Clusters that can be walked: DBSCAN, with every cluster wider than a limit split by raising its threshold."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.hotspots.dbscan import NOISE, Bools, Floats, Ints, dbscan

Engine = Callable[..., tuple[Ints, Bools]]

# each step asks for a quarter more incidents within reach
_STEP = 1.25
# or shortens the reach to half the ground, at most to a quarter of the reach
_SHORTER = 2**-0.5
_SHORTEST = 0.25


class Settings(NamedTuple):
    """What decides a cluster: reach in metres, least incidents within it, greatest width in metres (None: no limit)."""

    eps_m: float
    min_incidents: float
    max_width_m: float | None = None


class Clusters(NamedTuple):
    """``label`` and ``is_core`` of each point; of each label the ``min_incidents`` and ``eps_m`` it was cut out with.

    ``dissolved``: of each cluster that was too wide, the members that are in none of its parts: incidents spread so
    evenly over so much ground that they stand out nowhere. Members of a cluster are in one of its parts or here.
    """

    label: Ints
    is_core: Bools
    min_incidents: Floats
    eps_m: Floats
    dissolved: list[Ints]


class _Piece(NamedTuple):
    members: Ints
    cores: Ints
    min_incidents: float
    eps_m: float


def find_clusters(
    xy: Floats, settings: Settings, weights: Floats | None = None, *, engine: Engine = dbscan
) -> Clusters:
    """Return the clusters of points, none wider than the settings allow (None: any width, which is plain DBSCAN).

    A cluster's width is the greatest distance between two of its points. One too wide is clustered again, alone, with a
    threshold a quarter higher (rounded up), and replaced by the pieces; so again for every piece that is still too
    wide. Where that leaves nothing, although one spot in it is dense (a household that calls daily makes everything
    within reach of it core, as wide as two reaches and more), the reach is shortened instead, down to a quarter.
    Members of no piece become noise, and stand in ``dissolved``. Clusters are numbered by their first core point by x,
    then y. ``engine``: another function with dbscan's signature and labels. Raises GeoError as ``dbscan`` does.
    """
    weight = np.ones(len(xy)) if weights is None else weights
    split = _Splitter(xy, weight, settings, engine)
    kept: list[_Piece] = []
    dissolved: list[Ints] = []
    for piece in split.pieces(np.arange(len(xy)), settings.min_incidents, settings.eps_m):
        parts = list(split.until_it_fits(piece))
        kept += parts
        left = np.setdiff1d(piece.members, np.concatenate([part.members for part in parts])) if parts else piece.members
        if len(left):
            dissolved.append(left)
    return _numbered(xy, kept, dissolved)


class _Splitter(NamedTuple):
    xy: Floats
    weight: Floats
    settings: Settings
    engine: Engine

    def pieces(self, rows: Ints, min_incidents: float, eps_m: float) -> list[_Piece]:
        """Return the clusters among ``rows`` alone."""
        label, is_core = self.engine(self.xy[rows], eps_m=eps_m, min_incidents=min_incidents, weights=self.weight[rows])
        return [
            _Piece(rows[members], rows[members[is_core[members]]], min_incidents, eps_m) for members in by_label(label)
        ]

    def until_it_fits(self, piece: _Piece) -> list[_Piece]:
        """Return the cluster itself if it fits, else its parts that do, each at the mildest setting that does it."""
        limit = self.settings.max_width_m
        if limit is None or _fits(self.xy[piece.members], limit):
            return [piece]
        denser = self.pieces(piece.members, math.ceil(piece.min_incidents * _STEP), piece.eps_m)
        found = [part for one in denser for part in self.until_it_fits(one)]
        shorter = piece.eps_m * _SHORTER
        if found or shorter < self.settings.eps_m * _SHORTEST:
            return found
        closer = self.pieces(piece.members, piece.min_incidents, shorter)
        return [part for one in closer for part in self.until_it_fits(one)]


def _fits(xy: Floats, max_width_m: float) -> bool:
    """Return whether no two points are further apart than ``max_width_m``; boxes decide most cases."""
    sides = np.ptp(xy, axis=0)
    if math.hypot(*sides) <= max_width_m:
        return True
    return bool(sides.max() <= max_width_m) and width(xy) <= max_width_m


def width(xy: Floats) -> float:
    """Return the greatest distance between two points, in metres; 0 for one point."""
    corners = xy if len(xy) <= 50 else shapely.get_coordinates(shapely.convex_hull(shapely.multipoints(xy)))
    away = corners[:, None, :] - corners[None, :, :]
    return float(np.sqrt((away**2).sum(axis=2).max()))


def _numbered(xy: Floats, kept: list[_Piece], dissolved: list[Ints]) -> Clusters:
    first = [min((xy[core, 0], xy[core, 1]) for core in piece.cores) for piece in kept]
    kept = [kept[position] for position in sorted(range(len(kept)), key=first.__getitem__)]
    label = np.full(len(xy), NOISE)
    is_core = np.zeros(len(xy), np.bool_)
    for number, piece in enumerate(kept):
        label[piece.members] = number
        is_core[piece.cores] = True
    thresholds = np.array([piece.min_incidents for piece in kept], np.float64)
    return Clusters(label, is_core, thresholds, np.array([piece.eps_m for piece in kept], np.float64), dissolved)


def by_label(label: Ints) -> list[NDArray[np.int64]]:
    """Return the row numbers of each label 0, 1, 2 ..., noise left out."""
    order = np.argsort(label, kind="stable")
    order = order[np.searchsorted(label[order], 0) :]
    return np.split(order, np.flatnonzero(np.diff(label[order])) + 1) if len(order) else []
