"""The wall map of a workshop: streets, names and a grid on sheets of A4 (an A3, A2 or A1), and a sheet to write on.

It runs no script and holds no report: people write what they know by the square, and what they wrote comes back in by
the id of the sheet (layers.notes.sheets). Lengths on paper are in millimetres.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import geopandas as gpd
import numpy as np
import shapely

from geo.crs import require_metric
from geo.errors import GeoError
from maps import assets, palette
from maps.figure import document
from maps.languages import Strings, filled
from maps.markup import Html, fill, join, tag
from maps.words import ended
from maps.workshop_texts import draft_note

TILE_MM = (190.0, 268.0)  # of the map on one sheet of A4: margins of 10 mm and a line of text below
# how many sheets of A4 lie side by side and one above the other: the first is wide, the others are for high areas
PAPERS = {"a3": ((2, 1), (1, 2)), "a2": ((2, 2), (3, 1)), "a1": ((4, 2), (3, 3))}
SQUARES_M = (50, 100, 200, 250, 500, 1000, 2000, 5000)
LEAST_SQUARE_MM = 22.0  # of a square: a finger and its name
_ROUND = 1.04  # a little more than the area itself
_ROWS = 11
_EXAMPLE = "C4"
_STREETS_MM = {1: (1.6, "#b9c2ca"), 2: (1.2, "#c3cbd2"), 3: (0.8, "#cdd4da"), 4: (0.4, "#dadfe4")}
_NAME_MM, _WARD_MM, _SQUARE_MM = 3.0, 6.0, 3.6  # heights of letters; 3 mm are 9 points
_LETTER = 0.56  # width of a letter as a share of its height
_FINEST_MM = 0.15
_ASIDE_MM = (8.0, -8.0, 14.0, -14.0)  # where the name of a ward goes, if its own place is taken
_ALONG = (0.5, 0.35, 0.65, 0.2, 0.8)  # where the name of a street is tried, as a share of its way
_FEELINGS = (
    ("safe", '<circle cx="22" cy="22" r="17"/>'),
    ("unsafe", '<path d="M22 3L42 39H2Z"/>'),
    ("idea", '<rect x="5" y="5" width="34" height="34" rx="3"/>'),
)


class Grid(Protocol):
    """The grid of a sheet, as ``layers.notes.sheets.Sheet`` has it: corner, side and number of its squares."""

    @property
    def west(self) -> int:
        """The western edge, in metres."""

    @property
    def south(self) -> int:
        """The southern edge, in metres."""

    @property
    def size_m(self) -> int:
        """The side of a square."""

    @property
    def columns(self) -> int:
        """How many squares lie side by side."""

    @property
    def rows(self) -> int:
        """How many squares lie one above the other."""

    @property
    def id(self) -> str:
        """The id that stands on the sheet."""

    def column_name(self, column: int) -> str:
        """Return the letters of a column, counted from 0 in the west."""


class Layout(NamedTuple):
    """Sheets of A4 side by side and one above the other, and millimetres on paper for a metre on the ground."""

    across: int
    down: int
    mm_per_m: float


def layout(bounds: tuple[float, float, float, float], paper: str) -> Layout:
    """Return how the sheets of a paper (a3, a2, a1) lie so that an area, by its bounds in metres, is largest on them.

    Raises GeoError for another paper, and for an area without extent.
    """
    if paper not in PAPERS:
        raise GeoError(f"There is no wall map on {paper}.", f"There are: {', '.join(PAPERS)}.")
    width, height = (bounds[2] - bounds[0]) * _ROUND, (bounds[3] - bounds[1]) * _ROUND
    if not (width > 0 and height > 0):
        raise GeoError("There is no area for a wall map.", "Give the wards of the area the workshop is about.")
    found = [
        Layout(across, down, min(across * TILE_MM[0] / width, down * TILE_MM[1] / height))
        for across, down in PAPERS[paper]
    ]
    return max(found, key=lambda one: one.mm_per_m)


def wall_page(
    wards: gpd.GeoDataFrame,
    grid: Grid,
    *,
    paper: str,
    area: str,
    strings: Strings,
    base_map: Mapping[str, gpd.GeoDataFrame] | None = None,
    attribution: Sequence[str] = (),
) -> Html:
    """Return the map as a document to print: a sheet that says what to do, the sheets of the map, one to write on.

    ``wards``: ``ward_name``, ``geometry`` in metres, in the system of ``grid``; ``base_map``: as ``read_base_map``
    returns it. ``area`` names it.
    """
    require_metric(wards, "wards")
    plan = layout(tuple(wards.total_bounds), paper)
    words, texts = strings.paper, {"area": area, "example": _EXAMPLE, "size": f"{grid.size_m:,}", "id": grid.id}
    said = {name: filled(text, **texts) for name, text in words.items()}
    total = plan.across * plan.down
    tiles = [
        _tile(column, row, plan, filled(words["tile"], number=row * plan.across + column + 1, total=total), said)
        for row in range(plan.down)
        for column in range(plan.across)
    ]
    body = fill(
        assets.own("html", "wall.html"),
        **said,
        draft=draft_note(strings),
        drawn=_drawn(wards, grid, plan, base_map or {}),
        feelings=join([_feeling(name, mark, strings) for name, mark in _FEELINGS]),
        glue=_glue(plan),
        tiles=join(tiles),
        rows=join([tag("tr", tag("td", ""), tag("td", ""), tag("td", "")) for _ in range(_ROWS)]),
        attribution=" ".join(ended(attribution)),
    )
    styles = [palette.style_sheet(), assets.lean(assets.own("css", "wall.css"))]
    return document(said["title"], styles, body, language=strings.language)


def _feeling(name: str, mark: str, strings: Strings) -> Html:
    picture = Html(f'<svg viewBox="0 0 44 44" width="60" height="60" class="{name}" aria-hidden="true">{mark}</svg>')
    return tag("li", picture, str(strings.script[name]))


def _glue(plan: Layout) -> Html:
    """Return a picture of how the sheets lie, numbered row by row."""
    across, down = plan.across, plan.down
    cells = [
        Html(
            f'<rect x="{20 * column + 1}" y="{28 * row + 1}" width="18" height="26"/>'
            f'<text x="{20 * column + 10}" y="{28 * row + 18}">{row * across + column + 1}</text>'
        )
        for row in range(down)
        for column in range(across)
    ]
    head = f'<svg class="glue" viewBox="0 0 {20 * across} {28 * down}" aria-hidden="true">'
    return Html(f"{head}{join(cells)}</svg>")


def _tile(column: int, row: int, plan: Layout, name: str, said: Mapping[str, str]) -> Html:
    width, height = TILE_MM
    view = f"{column * width:g} {row * height:g} {width:g} {height:g}"
    picture = Html(f'<svg class="map" viewBox="{view}" aria-hidden="true"><use href="#wall"/></svg>')
    line = tag("p", f"{name} \N{MIDDLE DOT} {said['sheet']} \N{MIDDLE DOT} {said['scale']}")
    return tag("section", picture, line, class_="tile")


class _Paper:
    """From the ground onto the paper: the area in the middle of all sheets, north above."""

    def __init__(self, bounds: tuple[float, float, float, float], plan: Layout) -> None:
        self.scale = plan.mm_per_m
        self.width, self.height = plan.across * TILE_MM[0], plan.down * TILE_MM[1]
        self.west = (bounds[0] + bounds[2]) / 2 - self.width / 2 / self.scale
        self.north = (bounds[1] + bounds[3]) / 2 + self.height / 2 / self.scale

    def onto(self, xy: Any) -> Any:
        """Return places in metres as millimetres from the upper left corner."""
        return np.column_stack([(xy[:, 0] - self.west) * self.scale, (self.north - xy[:, 1]) * self.scale])

    def place(self, shapes: Any) -> Any:
        """Return shapes on the paper, what lies beside it cut off."""
        return shapely.clip_by_rect(shapely.transform(shapes, self.onto), 0, 0, self.width, self.height)


def _drawn(wards: gpd.GeoDataFrame, grid: Grid, plan: Layout, base_map: Mapping[str, gpd.GeoDataFrame]) -> Html:
    paper = _Paper(tuple(wards.total_bounds), plan)
    parts = [
        f'<path class="{kind}" d="{_path(paper.place(_shapes(base_map, kind, wards)))}"/>'
        for kind in ("parks", "water", "paths")
        if kind in base_map
    ]
    streets = base_map.get("streets")
    if streets is not None:
        streets = streets.to_crs(wards.crs)
        for rank, (width, colour) in sorted(_STREETS_MM.items(), reverse=True):
            lines = paper.place(streets.geometry.values[streets["rank"].to_numpy() == rank])
            parts.append(f'<path class="street" stroke="{colour}" stroke-width="{width}" d="{_path(lines)}"/>')
    parts.append(f'<path class="ward" d="{_path(paper.place(wards.geometry.values))}"/>')
    parts += _grid(grid, paper)
    return Html("".join([*parts, *_names(wards, streets, grid, paper)]))


def _shapes(base_map: Mapping[str, gpd.GeoDataFrame], kind: str, wards: gpd.GeoDataFrame) -> Any:
    return base_map[kind].to_crs(wards.crs).geometry.values


def _path(shapes: Any) -> str:
    """Return outlines and lines as an SVG path, to a tenth of a millimetre."""
    lines = shapely.get_parts(shapely.simplify(shapes, _FINEST_MM))
    flat = np.concatenate([shapely.get_rings(lines), lines[shapely.get_dimensions(lines) == 1]])
    made = []
    for line in flat[~shapely.is_empty(flat)]:
        points = np.round(shapely.get_coordinates(line), 1)
        made.append("M" + "L".join(f"{x:g} {y:g}" for x, y in points))
    return "".join(made)


def _lines(grid: Grid, paper: _Paper) -> tuple[Any, Any]:
    """Return where the lines of the grid lie on the paper: from left to right, and from top to bottom."""
    across = np.array([grid.west + i * grid.size_m for i in range(grid.columns + 1)], dtype=np.float64)
    down = np.array([grid.south + (grid.rows - i) * grid.size_m for i in range(grid.rows + 1)], dtype=np.float64)
    return paper.onto(np.column_stack([across, across]))[:, 0], paper.onto(np.column_stack([down, down]))[:, 1]


def _squares(grid: Grid, paper: _Paper) -> list[tuple[float, float, str]]:
    """Return the name of each square and where it begins: in the corner of the square, or of its part on the paper."""
    x, y = _lines(grid, paper)
    made = []
    for column in range(grid.columns):
        for row in range(grid.rows):
            left, top = max(x[column], 0) + 1, max(y[row], 0) + _SQUARE_MM + 0.6
            if left < paper.width and top < paper.height and x[column + 1] > 5 and y[row + 1] > 5:
                made.append((left, top, f"{grid.column_name(column)}{row + 1}"))
    return made


def _grid(grid: Grid, paper: _Paper) -> Iterator[str]:
    """Yield the lines of the grid, and the names of its squares."""
    x, y = _lines(grid, paper)
    lines = [f"M{at:.1f} {y[0]:.1f}V{y[-1]:.1f}" for at in x] + [f"M{x[0]:.1f} {at:.1f}H{x[-1]:.1f}" for at in y]
    yield f'<path class="grid" d="{"".join(lines)}"/>'
    for left, top, name in _squares(grid, paper):
        yield f'<text class="square" x="{left:.1f}" y="{top:.1f}">{name}</text>'


def _names(wards: gpd.GeoDataFrame, streets: gpd.GeoDataFrame | None, grid: Grid, paper: _Paper) -> Iterator[str]:
    """Yield names of wards, then of streets, each where it covers no name of a square and none before it."""
    taken = [
        shapely.box(left, top - _SQUARE_MM, left + len(name) * _SQUARE_MM * 0.62, top)
        for left, top, name in _squares(grid, paper)
    ]
    yield from _ward_names(wards, paper, taken)
    if streets is not None and "name" in streets:
        yield from _street_names(streets[streets["name"].notna()].to_crs(wards.crs), paper, taken)


def _free(room: Any, taken: list[Any]) -> bool:
    return not taken or not shapely.intersects(np.asarray(taken), room).any()


def _ward_names(wards: gpd.GeoDataFrame, paper: _Paper, taken: list[Any]) -> Iterator[str]:
    """Yield the name of every ward, a little aside where its place is taken; ``taken`` grows by its room."""
    placed = paper.place(shapely.point_on_surface(wards.geometry.values))
    for name, point in zip(wards["ward_name"].astype(str), placed, strict=True):
        if point.is_empty:
            continue
        half = len(name) * _WARD_MM * _LETTER / 2
        rooms = [
            shapely.box(
                point.x - half, point.y + down - _WARD_MM * 0.6, point.x + half, point.y + down + _WARD_MM * 0.6
            )
            for down in (0.0, *_ASIDE_MM)
        ]
        room = next((one for one in rooms if _free(one, taken)), rooms[0])
        taken.append(room)
        yield _text("ward-name", point.x, room.centroid.y, 0.0, name)


def _street_names(known: gpd.GeoDataFrame, paper: _Paper, taken: list[Any]) -> Iterator[str]:
    """Yield the name of each street along its longest straight piece that has room; ``taken`` grows by its room."""
    merged = known.dissolve("name").geometry
    lines, index = shapely.get_parts(shapely.line_merge(paper.place(merged.values)), return_index=True)
    order = np.lexsort((index, -shapely.length(lines)))
    said: set[int] = set()
    for at in order:
        name = " ".join(str(merged.index[index[at]]).split())
        length = len(name) * _NAME_MM * _LETTER
        if index[at] in said or not name or shapely.length(lines[at]) < length:
            continue
        for place in _ALONG:
            ends = [lines[at].interpolate(lines[at].length * place + part * length) for part in (-0.5, 0.5)]
            straight = shapely.LineString(ends)
            room = straight.buffer(_NAME_MM * 0.55, cap_style="flat")
            if straight.length < 0.93 * length or not _free(room, taken):
                continue
            taken.append(room)
            said.add(int(index[at]))
            angle = (math.degrees(math.atan2(ends[1].y - ends[0].y, ends[1].x - ends[0].x)) + 90) % 180 - 90
            middle = straight.centroid
            yield _text("name", middle.x, middle.y, angle, name)
            break


def _text(kind: str, x: float, y: float, angle: float, words: str) -> str:
    turned = f' transform="rotate({angle:.0f} {x:.1f} {y:.1f})"' if round(angle) else ""
    return str(tag("text", words, class_=kind, x=f"{x:.1f}", y=f"{y:.1f}")).replace(">", f"{turned}>", 1)
