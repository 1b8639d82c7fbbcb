"""The page of ``geo compare`` and ``geo assess``: what was found, maps and charts beside it, every table below.

It runs no script at all: maps and charts are inline SVG, drawn from numbers here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from geo.crs import require_metric
from maps import assets, page, palette
from maps.charts import WIDTH, Interval, interval_plot
from maps.figure import document
from maps.markup import Html, fill, join, tag
from maps.page import About
from maps.sheets import Sheet
from maps.tables import table
from maps.words import width_of

_STYLES = ("base.css", "report.css", "panel.css", "charts.css", "print.css", "outcome.css")
# what a colour says, a mark says too
_MARKS = {"rose": "▲", "fell": "▼", "treated": "T", "control": "C"}
_CAUTION = "Counts are reports: a change in reporting looks the same as a change in what happened."
_LIMITS = ("reported", "small", "inside")
# of the width of a map: what is finer is not seen
_FINEST = 0.002


class Drawn(NamedTuple):
    """A map: ``layer`` in metres, of each row its ``classes`` (one of ``key``) and ``texts``, shown when pointed at.

    ``key``: {class: words}, the classes of ``outcome.css``; ``described``: what is seen, for those who do not see it.
    """

    title: str
    layer: gpd.GeoDataFrame
    classes: Sequence[str]
    texts: Sequence[str]
    key: Mapping[str, str]
    described: str
    labels: Sequence[str] = ()  # what stands on each shape that has room for it
    names: Sequence[str] = ()  # and above it, where there is room for both


class Ratios(NamedTuple):
    """A chart of ratios with their limits; the line is at 1."""

    title: str
    rows: Sequence[Interval]
    described: str


def shaded(
    title: str, layer: gpd.GeoDataFrame, counts: Sequence[int], names: Sequence[str], *, most: int | None = None
) -> Drawn:
    """Return a map of counts in five even steps up to ``most``, by default the greatest of them."""
    top = max(int(max(counts, default=0) if most is None else most), 1)
    ends = [math.ceil((top + 1) * step / 5) for step in range(6)]
    return Drawn(
        title,
        layer,
        [f"step-{1 + min(4, 5 * int(count) // (top + 1))}" for count in counts],
        [f"{name}: {count:,}" for name, count in zip(names, counts, strict=True)],
        {f"step-{step + 1}": f"{ends[step]:,} to {ends[step + 1] - 1:,}" for step in range(5)},
        f"{title}, darker for more.",
        [f"{count:,}" for count in counts],
        list(names),
    )


def outcome_page(
    about: About,
    found: Sequence[str],
    figures: Sequence[Drawn | Ratios],
    sheets: Sequence[Sheet],
    *,
    caution: str = _CAUTION,
    limits: Sequence[str] = _LIMITS,
    first: Sequence[Drawn] = (),
) -> Html:
    """Return the page as a document: one file that runs nothing and asks nothing of the network.

    ``found``: sentences, the most important first. ``figures``: maps and charts in their order. ``sheets``: tables,
    each with the question it answers. ``caution``: a sentence above all; ``limits``: what is said of what it does not
    show; ``first``: maps that stand side by side above what was found. All texts may come from files.
    """
    texts = page.texts(about, limits, complete="") | {
        "caution": caution,
        "found": page.sentences(found),
        "first": _figures("first", first),
        "drawn": join([_figure(f"figure-{number}", one) for number, one in enumerate(figures)]),
        "sheets": join([_sheet(number, sheet) for number, sheet in enumerate(sheets)]),
        "licences": Html(""),
        "no_script": "Nothing is missing: this page uses no scripts.",
    }
    styles = [palette.style_sheet(), *(assets.lean(assets.own("css", name)) for name in _STYLES)]
    return document(about.title, styles, fill(assets.skeleton("outcome.html"), **texts))


def _figures(name: str, every: Sequence[Drawn]) -> Html:
    drawn = [_figure(f"{name}-{number}", one) for number, one in enumerate(every)]
    return tag("div", *drawn, class_="outcome side-by-side") if drawn else Html("")


def _figure(name: str, one: Drawn | Ratios) -> Html:
    caption = tag("figcaption", one.title)
    if isinstance(one, Ratios):
        chart = interval_plot(one.rows, name=name, title=one.title, described=one.described, band=(1, 1))
        return tag("figure", caption, chart)
    return tag("figure", caption, _map(name, one), _key(one))


def _map(name: str, one: Drawn) -> Html:
    require_metric(one.layer, one.title)
    west, south, east, north = one.layer.total_bounds
    scale = WIDTH / max(east - west, 1.0)
    shapes = shapely.simplify(one.layer.geometry.to_numpy(), _FINEST * WIDTH / scale)
    paths = [
        tag("path", tag("title", text), d=_outline(shape, west, north, scale), class_=f"shape {class_}")
        for shape, class_, text in zip(shapes, one.classes, one.texts, strict=True)
    ]
    middles = shapely.get_coordinates(shapely.point_on_surface(one.layer.geometry.to_numpy()))
    said = _labels(one, middles, west, north, scale)
    marks = [
        tag("text", _MARKS[class_], x=f"{(x - west) * scale:.1f}", y=f"{(north - y) * scale + 4:.1f}", class_="mark")
        for (x, y), class_ in zip(middles, one.classes, strict=True)
        if class_ in _MARKS
    ]
    return tag(
        "svg",
        tag("title", one.title, id=f"{name}-title"),
        tag("desc", one.described, id=f"{name}-desc"),
        *paths,
        *said,
        *marks,
        class_="chart",
        viewBox=f"-2 -2 {WIDTH + 4:g} {math.ceil((north - south) * scale) + 4}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )


def _labels(one: Drawn, middles: Any, west: float, north: float, scale: float) -> list[Html]:
    """Return the labels that have room in their shapes, below the marks where there are any, and the names above."""
    left, low, right, high = shapely.bounds(one.layer.geometry.to_numpy()).T * scale
    below = [17 if class_ in _MARKS else 4 for class_ in one.classes]
    above = np.full(len(one.layer), -10)
    made = []
    for texts, size, down, class_ in ((one.labels, 11, below, "count"), (one.names, 9, above, "name")):
        room = (right - left > [width_of(text, size) for text in texts]) & (high - low > 3 * size) if texts else ()
        made += [
            tag("text", text, x=f"{(x - west) * scale:.1f}", y=f"{(north - y) * scale + lower:.1f}", class_=class_)
            for (x, y), text, lower, fits in zip(middles, texts, down, room, strict=bool(texts))
            if fits
        ]
    return made


def _outline(shape: shapely.Geometry, west: float, north: float, scale: float) -> str:
    """Return polygons as the path of an SVG, north up."""
    parts = []
    for polygon in shapely.get_parts(shape):
        for ring in (polygon.exterior, *polygon.interiors):
            corners = [f"{(x - west) * scale:.1f} {(north - y) * scale:.1f}" for x, y in ring.coords[:-1]]
            parts.append(f"M{'L'.join(corners)}Z")
    return "".join(parts)


def _key(one: Drawn) -> Html:
    rows = []
    for class_, words in one.key.items():
        patch = tag(
            "svg",
            tag("rect", x="1", y="1", width="26", height="18", class_=f"shape {class_}"),
            *([tag("text", _MARKS[class_], x="14", y="15", class_="mark")] if class_ in _MARKS else []),
            viewBox="0 0 28 20",
            aria_hidden="true",
        )
        rows.append(tag("li", patch, tag("span", words)))
    return tag("ul", *rows, class_="key")


def _sheet(number: int, sheet: Sheet) -> Html:
    key = f"sheet-{number}"
    made = table(sheet.table, sheet.headings, sheet.question)
    box = tag("div", made, class_="scroll", tabindex="0", role="region", aria_label=f"Table: {sheet.question}")
    said = [tag("p", sheet.sentence, class_="answer")] if sheet.sentence else []
    heading = tag("h2", sheet.question, id=key, tabindex="-1")
    return tag("section", heading, *said, box, class_="answer-sheet", aria_labelledby=key)
