"""A picture of one hot spot at street level, with a small map of where in the area it lies: for a report or a slide."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from geo.crs import require_metric
from maps.markup import clean
from maps.palette import COLOURS

_SIZE_INCHES = (6.0, 4.0)
_DPI = 160
_LEAST_M = 450.0  # of the picture's height: a street or two round the hot spot
_MARGIN = 1.6
_WIDTHS = {1: 3.2, 2: 2.4, 3: 1.8, 4: 1.2}
_MOST_NAMES = 14


def close_up(
    path: Path,
    hotspot: gpd.GeoDataFrame,
    wards: gpd.GeoDataFrame,
    *,
    base_map: Mapping[str, gpd.GeoDataFrame] | None = None,
    others: gpd.GeoDataFrame | None = None,
) -> None:
    """Write a PNG of 960 by 640 pixels: streets with their names, the outline, a scale, and a locator in the corner.

    ``hotspot``: one row, a polygon in metres, with ``rank``. ``wards``: the area, for the locator. ``base_map``: as
    ``layers.background.base_map.read_base_map`` gives it; without one the outline stands among ward borders.
    ``others``: hot spots near by, drawn thin. No report is drawn. The same inputs give the same bytes.
    """
    require_metric(hotspot, "hotspot")
    west, south, east, north = hotspot.total_bounds
    height = max((north - south) * _MARGIN, (east - west) * _MARGIN * _SIZE_INCHES[1] / _SIZE_INCHES[0], _LEAST_M)
    width, x, y = height * _SIZE_INCHES[0] / _SIZE_INCHES[1], (west + east) / 2, (south + north) / 2
    frame = shapely.box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    plain: Any = {"font.family": "DejaVu Sans", "font.size": 7, "text.parse_math": False}
    with mpl.rc_context(plain), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")
        figure = Figure(figsize=_SIZE_INCHES, dpi=_DPI, facecolor="white")
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(frame.bounds[0], frame.bounds[2])
        axes.set_ylim(frame.bounds[1], frame.bounds[3])
        axes.set_aspect("equal")
        wards.boundary.plot(ax=axes, color=COLOURS["ward-line"], linewidth=0.8, linestyle=(0, (6, 3)))
        _ground(axes, base_map or {}, frame)
        if others is not None and len(others):
            others.boundary.plot(ax=axes, color=COLOURS["hot-line"], linewidth=0.8, linestyle=(0, (3, 2)))
        hotspot.plot(ax=axes, facecolor=COLOURS["hot-line"], alpha=0.15)
        hotspot.boundary.plot(ax=axes, color=COLOURS["hot-line"], linewidth=2)
        _bar(axes, frame)
        _locator(figure, wards, frame)
        axes.set_xlim(frame.bounds[0], frame.bounds[2])
        axes.set_ylim(frame.bounds[1], frame.bounds[3])
        FigureCanvasAgg(figure).print_figure(path, format="png", metadata={"Software": None})


def _ground(axes: Any, base_map: Mapping[str, gpd.GeoDataFrame], frame: Any) -> None:
    for kind, colour in (("parks", "#dfead9"), ("water", "#cfe0ec")):
        near = _near(base_map.get(kind), frame)
        if near is not None:
            near.plot(ax=axes, color=colour, linewidth=0)
    for kind in ("paths", "streets"):
        near = _near(base_map.get(kind), frame)
        if near is None:
            continue
        widths = [0.8 if kind == "paths" else _WIDTHS.get(int(rank), 1.2) for rank in near["rank"]]
        near.plot(ax=axes, color="#9a9a9a", linewidth=[width + 0.8 for width in widths])
        near.plot(ax=axes, color="white", linewidth=widths)
    streets = _near(base_map.get("streets"), frame)
    if streets is not None and "name" in streets:
        _names(axes, streets, frame)


def _near(layer: gpd.GeoDataFrame | None, frame: Any) -> gpd.GeoDataFrame | None:
    if layer is None or layer.empty:
        return None
    near = layer.iloc[layer.sindex.query(frame, predicate="intersects")]
    return near if len(near) else None


def _names(axes: Any, streets: gpd.GeoDataFrame, frame: Any) -> None:
    """Write each street's name once, along its longest piece in the picture; where names would touch, the longer."""
    known = streets[streets["name"].fillna("") != ""]
    pieces = [
        (piece, str(name))
        for shape, name in zip(shapely.intersection(known.geometry.to_numpy(), frame), known["name"], strict=True)
        for piece in shapely.get_parts(shape)
        if piece.geom_type == "LineString"
    ]
    letter = (frame.bounds[3] - frame.bounds[1]) / 55
    taken: list[Any] = []
    said: set[str] = set()
    for piece, name in sorted(pieces, key=lambda one: (-one[0].length, one[1])):
        if name in said or len(taken) >= _MOST_NAMES or piece.length < letter * len(name) * 0.7:
            continue
        middle, ahead = (piece.interpolate(part, normalized=True) for part in (0.5, 0.55))
        space = shapely.box(
            middle.x - letter * len(name) / 3, middle.y - letter, middle.x + letter * len(name) / 3, middle.y + letter
        )
        if any(space.intersects(other) for other in taken) or not frame.contains(space):
            continue
        angle = float(shapely.get_x(ahead) - middle.x), float(shapely.get_y(ahead) - middle.y)
        axes.text(
            middle.x,
            middle.y,
            clean(name),
            rotation=_upright(*angle),
            ha="center",
            va="center",
            color="#333333",
            bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.75},
        )
        taken.append(space)
        said.add(name)


def _upright(x: float, y: float) -> float:
    """Return the angle of a direction in degrees, so that what is written along it is never upside down."""
    return (math.degrees(math.atan2(y, x)) + 90) % 180 - 90


def _bar(axes: Any, frame: Any) -> None:
    west, south, _, north = frame.bounds
    pad = (north - south) * 0.04
    axes.plot([west + pad, west + pad + 100], [south + pad, south + pad], color=COLOURS["ink"], linewidth=2)
    axes.text(west + pad, south + pad * 1.3, "100 m", ha="left", va="bottom")


def _locator(figure: Any, wards: gpd.GeoDataFrame, frame: Any) -> None:
    small = figure.add_axes((0.775, 0.66, 0.21, 0.32), facecolor="white")
    small.set_xticks([])
    small.set_yticks([])
    small.set_aspect("equal", adjustable="datalim")
    wards.plot(ax=small, facecolor=COLOURS["land"], edgecolor=COLOURS["ward-line"], linewidth=0.4)
    small.set_xlabel("")
    small.set_ylabel("")
    at = frame.centroid
    small.plot([at.x], [at.y], marker="o", color=COLOURS["hot-line"], markersize=5)
