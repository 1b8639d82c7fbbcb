"""From drawn lines to a walking network: cut at every crossing, drop what lies outside its block, tidy the ends.

Written out in plain Python, not left to a geometry library, so that the streets are the same on every machine.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from shapely import Point as ShapelyPoint
from shapely import Polygon

from data.ground import Point, distance, metres

_BUCKET_M = 100.0
_SAME_JUNCTION_M = 8.0


class Line(NamedTuple):
    """A line as drawn. ``block``: only the part inside this polygon is street; None keeps all of it."""

    name: str
    highway: str
    block: int | None
    points: tuple[Point, ...]


class Street(NamedTuple):
    """A piece of street between two junctions."""

    name: str
    highway: str
    points: tuple[Point, ...]

    @property
    def length_m(self) -> float:
        """Length along the street."""
        return sum(distance(a, b) for a, b in pairwise(self.points))

    @property
    def ends(self) -> tuple[Point, Point]:
        """The two junctions."""
        return self.points[0], self.points[-1]

    def at(self, share: float) -> Point:
        """Return the point a share (0-1) of the way along."""
        left = share * self.length_m
        for a, b in pairwise(self.points):
            step = distance(a, b)
            if left <= step and step > 0:
                return a[0] + (b[0] - a[0]) * left / step, a[1] + (b[1] - a[1]) * left / step
            left -= step
        return self.points[-1]


def cut_at_crossings(lines: Sequence[Line], blocks: Sequence[Polygon]) -> list[Street]:
    """Return the pieces between crossings that lie inside their block."""
    cuts: dict[int, set[tuple[float, Point]]] = {number: set() for number in range(len(lines))}
    for (i, a, p, q), (j, b, r, s) in _near_pairs(lines):
        crossing = _crossing(p, q, r, s)
        if crossing:
            t, u, point = crossing
            cuts[i].add((a + t, point))
            cuts[j].add((b + u, point))
    pieces = []
    for number, line in enumerate(lines):
        for street in _split(line, sorted(cuts[number])):
            if line.block is None or blocks[line.block].contains(ShapelyPoint(street.at(0.5))):
                pieces.append(street)
    return pieces


def _near_pairs(lines: Sequence[Line]) -> Iterator[tuple[tuple[int, int, Point, Point], tuple[int, int, Point, Point]]]:
    """Yield pairs of segments that may cross: near each other, and of one block or of no block."""
    buckets: dict[tuple[int, int], list[tuple[int, int, Point, Point]]] = defaultdict(list)
    for number, line in enumerate(lines):
        for index, (p, q) in enumerate(pairwise(line.points)):
            for column in range(math.floor(min(p[0], q[0]) / _BUCKET_M), math.floor(max(p[0], q[0]) / _BUCKET_M) + 1):
                for row in range(math.floor(min(p[1], q[1]) / _BUCKET_M), math.floor(max(p[1], q[1]) / _BUCKET_M) + 1):
                    buckets[column, row].append((number, index, p, q))
    for segments in buckets.values():
        for at, one in enumerate(segments):
            for other in segments[at + 1 :]:
                block, second = lines[one[0]].block, lines[other[0]].block
                if one[0] != other[0] and (block is None or second is None or block == second):
                    yield one, other


def _crossing(p: Point, q: Point, r: Point, s: Point) -> tuple[float, float, Point] | None:
    """Return where two segments cross: the share along each and the point, or None."""
    across = (q[0] - p[0]) * (s[1] - r[1]) - (q[1] - p[1]) * (s[0] - r[0])
    if abs(across) < 1e-9:
        return None
    t = ((r[0] - p[0]) * (s[1] - r[1]) - (r[1] - p[1]) * (s[0] - r[0])) / across
    u = ((r[0] - p[0]) * (q[1] - p[1]) - (r[1] - p[1]) * (q[0] - p[0])) / across
    if not (-1e-9 <= t <= 1 + 1e-9 and -1e-9 <= u <= 1 + 1e-9):
        return None
    return t, u, (metres(p[0] + t * (q[0] - p[0])), metres(p[1] + t * (q[1] - p[1])))


def _split(line: Line, cuts: list[tuple[float, Point]]) -> Iterator[Street]:
    """Yield the pieces of a line between its cuts and its ends."""
    last = len(line.points) - 1
    stops = [(0.0, line.points[0]), *cuts, (float(last), line.points[-1])]
    for (start, a), (end, b) in pairwise(stops):
        if a != b:
            inner = [line.points[i] for i in range(math.floor(start) + 1, math.ceil(end))]
            yield Street(line.name, line.highway, (a, *(p for p in inner if p not in (a, b)), b))


def join_close_junctions(streets: Iterable[Street]) -> list[Street]:
    """Return the streets with junctions a few metres apart made one (a crossroads, not two staggered corners)."""
    streets = list(streets)
    leader: dict[Point, Point] = {}

    def find(point: Point) -> Point:
        while leader.get(point, point) != point:
            point = leader[point]
        return point

    for street in streets:
        if street.length_m < _SAME_JUNCTION_M:
            a, b = sorted(find(end) for end in street.ends)
            leader[b] = a
    joined = (s._replace(points=(find(s.points[0]), *s.points[1:-1], find(s.points[-1]))) for s in streets)
    return _without_twins(street for street in joined if street.ends[0] != street.ends[1])


def _without_twins(streets: Iterable[Street]) -> list[Street]:
    """Return the streets with one piece for each pair of junctions, the first drawn."""
    seen: dict[frozenset[Point], Street] = {}
    for street in streets:
        seen.setdefault(frozenset(street.ends), street)
    return list(seen.values())


def touching(streets: Iterable[Street]) -> dict[Point, list[Street]]:
    """Return junction -> the streets that meet there."""
    meeting: dict[Point, list[Street]] = defaultdict(list)
    for street in streets:
        for end in street.ends:
            meeting[end].append(street)
    return meeting


def largest_part(streets: Sequence[Street]) -> list[Street]:
    """Return the streets of the connected part that holds most of them, in the given order."""
    meeting, part, parts = touching(streets), dict[Point, int](), 0
    for start in meeting:
        if start not in part:
            parts += 1
            todo = [start]
            while todo:
                point = todo.pop()
                if point not in part:
                    part[point] = parts
                    todo += [end for street in meeting[point] for end in street.ends]
    sizes = [sum(part[street.points[0]] == number for street in streets) for number in range(1, parts + 1)]
    return [street for street in streets if part[street.points[0]] == sizes.index(max(sizes)) + 1]


def trim_stubs(streets: Sequence[Street], *, shorter_than_m: float) -> list[Street]:
    """Return the streets without short dead ends; a long one is a cul-de-sac and stays."""
    meeting = touching(streets)

    def is_stub(street: Street) -> bool:
        dead = any(len(meeting[end]) == 1 for end in street.ends)
        return dead and street.length_m < shorter_than_m

    return [street for street in streets if not is_stub(street)]


def join_through(streets: Sequence[Street]) -> list[Street]:
    """Return the streets with two pieces made one wherever one street merely goes on."""
    meeting = touching(streets)
    for point in sorted(meeting):
        pair = meeting[point]
        if len(pair) == 2 and pair[0][:2] == pair[1][:2] and pair[0] is not pair[1]:
            first = pair[0].points if pair[0].points[-1] == point else pair[0].points[::-1]
            second = pair[1].points if pair[1].points[0] == point else pair[1].points[::-1]
            if first[0] != second[-1]:
                joined = pair[0]._replace(points=first + second[1:])
                for end in joined.ends:
                    meeting[end] = [joined if street in pair else street for street in meeting[end]]
                meeting[point] = []
    return sorted({street for found in meeting.values() for street in found})
