"""A still map for machines without a browser: wards, hot spots, focal points, legend, date, source and caveat."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from geo.crs import require_metric
from geo.errors import GeoError
from maps import words
from maps.markup import clean
from maps.page import About
from maps.palette import COLOURS

CAVEAT = (
    "Only what was reported and logged is shown. A quiet ward is unknown, not safe. Hot spots depend on the method and "
    "the period named."
)
_A4_INCHES = (8.27, 11.69)
_DPI = 150
_MOST_LISTED = 10
_DATED = datetime(2000, 1, 1)  # one and the same in every file: the day it was made on stands in the picture


def still_map(
    path: Path,
    kind: Literal["png", "pdf"],
    wards: gpd.GeoDataFrame,
    about: About,
    *,
    hotspots: gpd.GeoDataFrame | None = None,
    places: gpd.GeoDataFrame | None = None,
    lines: Sequence[str] = (),
) -> None:
    """Write one sheet of A4, as PNG (1,240 x 1,754 pixels) or PDF: the map, its legend, and what must be said with it.

    ``wards``: ``ward_name``. ``hotspots``: ``rank``, ``name`` and ``incidents``; the first ten are listed below the
    map. ``places``: focal points with ``mark``. ``lines``: sentences more, such as a briefing's. All layers in metres,
    in one system. No column but these reaches the picture. The same inputs give the same bytes.
    """
    layers = {"wards": wards, "hot spots": hotspots, "focal points": places}
    for name, layer in layers.items():
        if layer is not None and len(layer):
            require_metric(layer, name)
    if not len(wards):
        raise GeoError("There is no ward to draw.", "Give the wards that were looked at.")
    # text is text: no font is asked for that is not there, and a dollar sign begins no formula
    plain: Any = {"font.family": "DejaVu Sans", "font.size": 8, "text.parse_math": False, "pdf.fonttype": 42}
    with mpl.rc_context(plain), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # a sign that the font lacks is drawn as a box
        figure = Figure(figsize=_A4_INCHES, dpi=_DPI, facecolor="white")
        canvas: Any = FigureCanvasAgg(figure) if kind == "png" else FigureCanvasPdf(figure)
        _words(figure, about, _listed(hotspots) + list(lines))
        axes = figure.add_axes((0.06, 0.42, 0.88, 0.44))
        axes.set_axis_off()
        axes.set_aspect("equal")
        _draw(axes, wards, hotspots, places)
        figure.legend(
            handles=_legend(hotspots, places), loc="upper left", bbox_to_anchor=(0.06, 0.415), ncols=3, frameon=False
        )
        dated: Any = {"CreationDate": _DATED, "ModDate": _DATED} if kind == "pdf" else {"Software": None}
        canvas.print_figure(path, format=kind, metadata=dated)


def _draw(axes: Any, wards: gpd.GeoDataFrame, hotspots: Any, places: Any) -> None:
    ordered = wards[~(wards.geometry.isna() | wards.geometry.is_empty)].sort_values("ward_name", kind="stable")
    ordered.plot(ax=axes, facecolor=COLOURS["land"], edgecolor=COLOURS["ward-line"], linewidth=0.8)
    for name, at in zip(ordered["ward_name"], ordered.representative_point(), strict=True):
        _label(axes, at, _short(name, 22), color=COLOURS["ward-name"], fontsize=6.5)
    if hotspots is not None and len(hotspots):
        ranked = hotspots.sort_values("rank")
        ranked.plot(ax=axes, facecolor="none", edgecolor=COLOURS["hot-line"], linewidth=1.3, linestyle=(0, (4, 2)))
        last_first = ranked[::-1]  # where they touch, the first lies on top
        for rank, at in zip(last_first["rank"], last_first.representative_point(), strict=True):
            box = {"boxstyle": "circle,pad=0.25", "facecolor": COLOURS["hot-line"], "edgecolor": "white"}
            _label(axes, at, str(rank), color="white", fontsize=7, fontweight="bold", bbox=box)
    if places is not None and len(places):
        for mark, at in zip(places["mark"], places.geometry, strict=True):
            if at is not None and not at.is_empty:
                box = {"boxstyle": "square,pad=0.25", "facecolor": COLOURS["band"], "edgecolor": "white"}
                _label(axes, at, str(mark), color="white", fontsize=6.5, fontweight="bold", bbox=box)
    axes.margins(0.03)
    _scale(axes)


def _label(axes: Any, at: Any, text: str, **style: Any) -> None:
    axes.text(at.x, at.y, clean(text), ha="center", va="center", **style)


def _scale(axes: Any) -> None:
    """Draw a bar of a round length, about a fifth of the map's width."""
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    length = max(
        (step * 10**power for power in range(1, 6) for step in (1, 2, 5) if step * 10**power <= (east - west) / 5),
        default=(east - west) / 5,
    )
    start, height = west, south + 0.01 * (north - south)
    axes.plot([start, start + length], [height, height], color=COLOURS["ink"], linewidth=2, solid_capstyle="butt")
    said = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    axes.text(start, height + 0.012 * (north - south), said, ha="left", va="bottom", fontsize=7)


def _legend(hotspots: Any, places: Any) -> list[Any]:
    found: list[Any] = [Patch(facecolor=COLOURS["land"], edgecolor=COLOURS["ward-line"], label="Ward")]
    if hotspots is not None and len(hotspots):
        found.append(
            Patch(facecolor="none", edgecolor=COLOURS["hot-line"], linestyle="--", label="Hot spot, by number")
        )
    if places is not None and len(places):
        style: dict[str, Any] = {"marker": "s", "linestyle": "none", "color": COLOURS["band"], "markersize": 7}
        found.append(Line2D([], [], label="Focal point, by letter", **style))
    return found


def _listed(hotspots: Any) -> list[str]:
    if hotspots is None or not len(hotspots):
        return ["No hot spot stands out in this period."]
    shown = hotspots.sort_values("rank").head(_MOST_LISTED)
    rows = [
        f"{row['rank']}  {_short(row['name'], 70)}: {words.counted(int(row['incidents']), 'report')}"
        for row in shown.drop(columns="geometry").to_dict("records")
    ]
    more = len(hotspots) - len(shown)
    return rows + ([f"And {more:,} more, drawn on the map."] if more else [])


def _words(figure: Figure, about: About, lines: Sequence[str]) -> None:
    left, wide = 0.06, 112
    figure.text(left, 0.965, _short(about.title, 70), fontsize=15, fontweight="bold", va="top")
    facts = f"Period: {about.period}    Source: {about.source}    Made on: {words.long_day(about.made_on)}"
    figure.text(left, 0.938, _wrapped(facts, 130, 2), fontsize=8, va="top", color=COLOURS["muted"])
    figure.text(left, 0.91, _wrapped(about.headline, 92, 3), fontsize=10, fontweight="bold", va="top")
    body = "\n".join(_wrapped(line, wide, 2) for line in lines)
    figure.text(left, 0.375, "\n".join(body.splitlines()[:24]), fontsize=8.5, va="top", linespacing=1.3)
    foot = [_wrapped(CAVEAT, 130, 2), _wrapped(" ".join(words.ended(about.attribution)), 130, 4)]
    figure.text(left, 0.03, "\n".join(foot), fontsize=7.5, va="bottom", linespacing=1.3, color=COLOURS["muted"])


def _wrapped(text: str, width: int, most: int) -> str:
    return "\n".join(textwrap.wrap(clean(str(text)), width, max_lines=most, placeholder=" ..."))


def _short(text: object, most: int) -> str:
    said = " ".join(clean(str(text)).split())
    return said if len(said) <= most else f"{said[: most - 3]}..."
