"""The walking network: streets joined where they meet, and how far it is along them from stop to stop.

Shortest paths by Dijkstra's method (Numerische Mathematik 1, 1959, doi:10.1007/BF01386390) as scipy.sparse.csgraph has
it: with 100 stops on 100,000 pieces of street it took half as long as igraph or less, and under a tenth as long as
networkx (docs/patrol.md, benchmarks/network.py), and needs no further package.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from shapely.ops import substring

from geo.errors import GeoError
from geo.patrol.network.clean import Cleaning, clean_streets, kilometres
from geo.patrol.network.noding import length
from geo.patrol.network.straight import METRES_PER_MINUTE, Points, positions

__all__ = ["Cleaning", "Network", "walking_network"]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
REACH_M = 100.0  # a stop farther than this from every street is not on the network (PATROL section 4)
_SOURCES_AT_ONCE = 2_000_000  # sources × nodes of one round: 16 MB of distances


class _Snapped(NamedTuple):
    """For each stop: the nearest piece of street, metres along it, and metres from the stop to it."""

    piece: Ints
    along_m: Floats
    walk_m: Floats


@dataclass(frozen=True, eq=False)
class Network:
    """Streets as a graph, all of one part. Make it with ``walking_network``.

    ``nodes``: x and y (metres) of each junction; ``ends``: the two junctions of each piece of street (the same twice
    for a loop); ``lines``: its coordinates; ``cleaning``: what was left out on the way; ``crs``: the plane;
    ``reach_m``: how far a stop may be from the nearest street.
    """

    nodes: Floats
    ends: Ints
    lines: list[Floats]
    cleaning: Cleaning
    crs: pyproj.CRS
    reach_m: float = REACH_M

    @property
    def description(self) -> str:
        """How distances were measured, in a sentence for every output."""
        return f"Walking distances follow {kilometres(self.cleaning.kept_m)} of streets that people on foot may use."

    @cached_property
    def lengths(self) -> Floats:
        """Metres of each piece of street."""
        return np.array([length(xy) for xy in self.lines])

    def out_of_reach(self, points: Points) -> Ints:
        """Return the positions (0, 1, ...) of the points farther than ``reach_m`` from every street."""
        return np.flatnonzero(self._snap(points).walk_m > self.reach_m)

    def distances(self, points: Points) -> Floats:
        """Return metres on foot from each point to each other, as a square matrix.

        A walk goes straight to the nearest place on a street (not only a junction), along the streets, and straight to
        the other point. The same place twice is 0 m apart; a point out of reach is infinitely far from any other place.
        """
        stops = self._snap(points)
        xy = positions(points)
        count = len(xy)
        result = np.full((count, count), np.inf)
        on = np.flatnonzero(stops.walk_m <= self.reach_m)
        if len(on):
            along = self._along(stops.piece[on], stops.along_m[on])
            walk_m = stops.walk_m[on]
            result[np.ix_(on, on)] = along + (walk_m[:, None] + walk_m[None])
        result[(xy[:, None] == xy[None]).all(axis=2)] = 0.0
        return result

    def minutes(self, points: Points, *, metres_per_minute: float = METRES_PER_MINUTE) -> Floats:
        """Return minutes on foot from each point to each other; see ``distances``."""
        return self.distances(points) / metres_per_minute

    def path(self, start: shapely.Point, end: shapely.Point) -> shapely.LineString:
        """Return the way on foot from one point to another, its walks to the street included; as long as its distance.

        Raises GeoError where a point is out of reach.
        """
        points = gpd.GeoSeries([start, end], crs=self.crs)
        if len(self.out_of_reach(points)):
            raise GeoError("No way can be drawn to a place this far from every street.", "Leave the stop out.")
        if start == end:
            return shapely.LineString([(start.x, start.y), (end.x, end.y)])
        stops = self._snap(points)
        middle = self._middle(stops)
        xy = np.vstack((positions(points)[:1], middle, positions(points)[1:]))
        return shapely.LineString(xy[np.append(True, (xy[1:] != xy[:-1]).any(axis=1))])

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the network as plain arrays, for a cache; ``from_arrays`` makes it again."""
        return {
            "ends": self.ends,
            "nodes": self.nodes,
            "coordinates": np.vstack(self.lines),
            "vertices": np.array([len(xy) for xy in self.lines], np.int64),
            "cleaning": np.array(self.cleaning, np.float64),
            "crs": np.array(self.crs.to_wkt()),
            "reach_m": np.array(self.reach_m),
        }

    @staticmethod
    def from_arrays(arrays: Mapping[str, NDArray[np.generic]]) -> Network:
        """Return the network that ``arrays`` came from."""
        found = dict(zip(Cleaning._fields, arrays["cleaning"].tolist(), strict=True))
        return Network(
            arrays["nodes"].astype(np.float64),
            arrays["ends"].astype(np.int64),
            np.split(arrays["coordinates"].astype(np.float64), np.cumsum(arrays["vertices"].astype(np.int64))[:-1]),
            Cleaning(**{**found, "apart_parts": int(found["apart_parts"])}),
            pyproj.CRS.from_wkt(str(arrays["crs"])),
            float(arrays["reach_m"]),
        )

    @cached_property
    def _shapes(self) -> NDArray[np.object_]:
        piece = np.repeat(np.arange(len(self.lines)), [len(xy) for xy in self.lines])
        return np.asarray(shapely.linestrings(np.vstack(self.lines), indices=piece))

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self._shapes)

    @cached_property
    def _shortest(self) -> dict[tuple[int, int], int]:
        """The shortest piece between two junctions; loops lead nowhere."""
        best: dict[tuple[int, int], int] = {}
        for piece in np.argsort(self.lengths, kind="stable").tolist():
            a, b = sorted(self.ends[piece].tolist())
            if a != b:
                best.setdefault((a, b), piece)
        return best

    @cached_property
    def _graph(self) -> csr_array:
        pairs = np.array(list(self._shortest), np.int64).reshape(-1, 2)
        metres = self.lengths[list(self._shortest.values())]
        both = (np.concatenate((pairs[:, 0], pairs[:, 1])), np.concatenate((pairs[:, 1], pairs[:, 0])))
        return csr_array((np.concatenate((metres, metres)), both), shape=(len(self.nodes),) * 2)

    def _snap(self, points: Points) -> _Snapped:
        xy = positions(points)
        if not len(xy):
            return _Snapped(np.empty(0, np.int64), np.empty(0), np.empty(0))
        if points.crs != self.crs:
            raise GeoError(f"stops: on {points.crs.name}, the streets on {self.crs.name}.", "Project both to one.")
        here = shapely.points(xy)
        (stop, piece), far = self._tree.query_nearest(here, return_distance=True, all_matches=True)
        order = np.lexsort((piece, far, stop))
        first = order[np.unique(stop[order], return_index=True)[1]]
        piece, walk = piece[first].astype(np.int64), far[first]
        along = np.minimum(shapely.line_locate_point(self._shapes[piece], here), self.lengths[piece])
        return _Snapped(piece, along, walk)

    def _along(self, piece: Ints, along_m: Floats) -> Floats:
        """Return metres along the streets between places on them."""
        ends = self.ends[piece]
        rest = np.column_stack((along_m, self.lengths[piece] - along_m))
        sources, number = np.unique(ends, return_inverse=True)
        number = number.reshape(ends.shape)
        between = np.empty((len(sources), len(sources)))
        size = max(1, _SOURCES_AT_ONCE // len(self.nodes))
        for at in range(0, len(sources), size):
            between[at : at + size] = dijkstra(self._graph, indices=sources[at : at + size])[:, sources]
        between = np.minimum(between, between.T)  # sums in another order differ in the last digit
        result = np.where(
            piece[:, None] == piece[None],
            np.abs(along_m[:, None] - along_m[None]),
            np.inf,
        )
        for a in (0, 1):
            for b in (0, 1):
                via = between[np.ix_(number[:, a], number[:, b])] + (rest[:, a, None] + rest[None, :, b])
                result = np.minimum(result, via)
        return np.minimum(result, result.T)

    def _middle(self, stops: _Snapped) -> Floats:
        """Return the coordinates of the shortest way along the streets from the first stop's street to the second's."""
        (start, end), (from_m, to_m) = stops.piece.tolist(), stops.along_m.tolist()
        ways: list[tuple[float, int, int]] = []  # metres, which end of the first piece, of the second
        metres, before = dijkstra(self._graph, indices=self.ends[start], return_predecessors=True)
        for a in (0, 1):
            for b in (0, 1):
                out = from_m if a == 0 else self.lengths[start] - from_m
                back = to_m if b == 0 else self.lengths[end] - to_m
                ways.append((out + metres[a, self.ends[end, b]] + back, a, b))
        best, a, b = min(ways)
        if start == end and abs(from_m - to_m) <= best:
            return self._part(start, from_m, to_m)
        between = [self._part(start, from_m, 0.0 if a == 0 else self.lengths[start])]
        nodes = [int(self.ends[end, b])]
        while nodes[-1] != self.ends[start, a]:
            nodes.append(int(before[a, nodes[-1]]))
        for one, other in pairwise(nodes[::-1]):
            piece = self._shortest[min(one, other), max(one, other)]
            line = self.lines[piece]
            between.append(line if self.ends[piece, 0] == one else line[::-1])
        between.append(self._part(end, 0.0 if b == 0 else self.lengths[end], to_m))
        return np.vstack(between)

    def _part(self, piece: int, from_m: float, to_m: float) -> Floats:
        """Return the coordinates of a piece from one place along it to another, in that direction."""
        part = substring(self._shapes[piece], from_m, to_m)
        return shapely.get_coordinates(part)


def walking_network(
    streets: gpd.GeoDataFrame,
    *,
    area: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    snap_m: float = 1.0,
    node_crossings: bool = False,
    reach_m: float = REACH_M,
) -> Network:
    """Return the walking network of ``streets``: joined where they meet, the largest connected part kept.

    ``streets``: lines in metres, as ``layers.streets.read_streets`` returns them; columns used where there: ``osm_id``
    (such lines meet only where they share a vertex), ``level``. ``area``: keep only lines that touch these polygons
    (whole lines, so that a street along the edge is not cut). ``snap_m``: ends of other lines this near to each other,
    or to a line, are joined. ``node_crossings``: lines of one level that cross meet there. ``reach_m``: how far a stop
    may be from a street. What was left out is in ``Network.cleaning``. Loops and parallel streets are kept: people live
    on them. Raises GeoError where no street is left, where shapes are no lines, and for degrees.
    """
    cleaned = clean_streets(streets, area=area, snap_m=snap_m, node_crossings=node_crossings)
    crs = pyproj.CRS.from_user_input(streets.crs)
    return Network(cleaned.nodes, cleaned.ends, cleaned.lines, cleaned.cleaning, crs, reach_m)
