"""Charts as inline SVG, drawn from numbers by Python: they need no script, print sharply and read in grey.

Every chart is 360 units wide, so that its 12-unit letters are still letters on a phone, and puts each label on its own
line above its bar. Text enters through ``markup.tag`` alone. Colours are classes of ``charts.css``; what a colour says
is said by a pattern, a place or a number as well.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from maps import words
from maps.markup import Html, tag

WIDTH = 360.0
_LEFT, _RIGHT = 4.0, 356.0
_ROW = 34.0
_SERIES = 50.0
_TOP = 22.0


class Interval(NamedTuple):
    """A value with its limits; any of them may be NaN. ``marked``: drawn heavier, because it asks for attention."""

    label: str
    value: float
    low: float
    high: float
    marked: bool = False


class Meetings(NamedTuple):
    """The dates of a series, and how many days may lie between two of them (NaN where nobody said)."""

    label: str
    dates: Sequence[date]
    every_days: float = math.nan


def interval_plot(
    rows: Sequence[Interval], *, name: str, title: str, described: str, band: tuple[float, float] = (0.8, 1.2)
) -> Html:
    """Return a forest plot of ratios: a dot and its interval on an axis from 0, with ``band`` and the line at 1.

    The axis ends where the values need it, at 3 at most; what lies beyond gets an arrow, and every number is written.
    """
    reach = [value for row in rows for value in (row.value, row.high) if math.isfinite(value)]
    end = min(3.0, max(2.0, math.ceil(max(reach, default=2.0) * 2) / 2))

    def x(value: float) -> float:
        return _LEFT + 4 + (_RIGHT - _LEFT - 8) * min(value, end) / end

    height = _TOP + _ROW * len(rows) + 6
    parts = [
        _rect(x(band[0]), _TOP, x(band[1]) - x(band[0]), height - _TOP, "band"),
        _line(x(1), _TOP, x(1), height, "one"),
    ]
    ticks = sorted({0.0, *band, 1.0, 2.0, end}) if end > 2 else [0.0, *band, 1.0, 2.0]
    for at in ticks:
        if at not in band:
            parts.append(
                _text(x(at), 14, f"{at:g}", "tick", anchor="middle" if 0 < at < end else "start" if at == 0 else "end")
            )
    for i, row in enumerate(rows):
        top = _TOP + i * _ROW
        y = top + 23
        said = _ratio_words(row)
        parts += _row_words(row.label, said, top + 12, marked=row.marked)
        if math.isfinite(row.low) and math.isfinite(row.high):
            parts.append(_line(min(x(row.low), x(end) - 12), y, x(row.high), y, "whisker"))
            for at in (row.low, row.high):
                if at <= end:
                    parts.append(_line(x(at), y - 3.5, x(at), y + 3.5, "whisker"))
            if row.high > end:
                parts.append(_path(f"M{_n(x(end) - 5)} {_n(y - 4)} l6 4 l-6 4", "arrow"))
        if row.value <= end:
            parts.append(_mark(x(row.value), y, marked=row.marked))
    return _svg(name, title, described, height, parts)


def share_bars(rows: Sequence[Interval], *, name: str, title: str, described: str) -> Html:
    """Return a bar for each share from 0 to 1, with its interval where there is one, on an axis from 0 to 100%."""

    def x(value: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * min(max(value, 0.0), 1.0)

    height = _TOP + _ROW * len(rows) + 6
    parts = []
    for at in (0.0, 0.25, 0.5, 0.75, 1.0):
        anchor = "start" if at == 0 else "end" if at == 1 else "middle"
        parts += [_line(x(at), _TOP, x(at), height, "grid"), _text(x(at), 14, f"{at:.0%}", "tick", anchor=anchor)]
    for i, row in enumerate(rows):
        top = _TOP + i * _ROW
        known = math.isfinite(row.value)
        parts += _row_words(row.label, words.percent(row.value) if known else "not known", top + 12, marked=row.marked)
        parts.append(_rect(x(0), top + 18, x(1) - x(0), 11, "track"))
        if known:
            parts.append(_rect(x(0), top + 18, x(row.value) - x(0), 11, "bar marked" if row.marked else "bar"))
        if known and math.isfinite(row.low) and math.isfinite(row.high):
            y = top + 23.5
            parts.append(_line(x(row.low), y, x(row.high), y, "whisker halo"))
            parts.append(_line(x(row.low), y, x(row.high), y, "whisker"))
            parts += [_line(x(at), y - 3.5, x(at), y + 3.5, "whisker") for at in (row.low, row.high)]
    return _svg(name, title, described, height, parts)


def timeline(
    rows: Sequence[Meetings],
    *,
    name: str,
    title: str,
    described: str,
    first: date,
    last: date,
    tolerance_days: int = 14,
) -> Html:
    """Return a line for each series from ``first`` to ``last`` with a dot a meeting.

    A gap longer than ``every_days`` and ``tolerance_days`` together, the open one up to ``last`` included, is a hatched
    bar with its length in days.
    """
    days = max(1, (last - first).days)

    def x(day: date) -> float:
        return _LEFT + 6 + (_RIGHT - _LEFT - 12) * min(max((day - first).days, 0), days) / days

    height = _TOP + _SERIES * len(rows) + 4
    parts = []
    for at, label in _month_ticks(first, last):
        parts += [_line(x(at), _TOP - 4, x(at), height, "grid"), _text(x(at) + 2, 14, label, "tick")]
    for i, row in enumerate(rows):
        top = _TOP + i * _SERIES
        y = top + 24
        met = sorted(day for day in row.dates if first <= day <= last)
        parts += _row_words(row.label, words.counted(len(met), "meeting"), top + 12)
        parts.append(_line(x(first), y, x(last), y, "axis"))
        for start, end in pairwise([*met, last] if met else [first, last]):
            gap = (end - start).days
            if gap > row.every_days + tolerance_days:
                parts.append(_rect(x(start), y - 5, x(end) - x(start), 10, "gap", fill="url(#geo-hatch)"))
                half = words.width_of(f"{gap} days", 11) / 2
                middle = min(_RIGHT - half, max(_LEFT + half, (x(start) + x(end)) / 2))
                parts.append(_text(middle, y + 18, f"{gap} days", "gap-said", anchor="middle"))
        parts += [tag("circle", cx=_n(x(day)), cy=_n(y), r="4.5", class_="dot") for day in met]
    return _svg(name, title, described, height, parts)


def stacked_bars(rows: Sequence[tuple[str, Mapping[str, float]]], *, name: str, title: str, described: str) -> Html:
    """Return a bar for each row, in pieces one after another, with a key above; pieces have patterns and numbers."""
    kinds = list(dict.fromkeys(kind for _, pieces in rows for kind in pieces))
    most = max((sum(pieces.values()) for _, pieces in rows), default=0) or 1
    parts, at_x, at_y = [], _LEFT, 12.0
    for i, kind in enumerate(kinds):
        shown = words.fitted(words.spoken(kind), WIDTH / 2)
        wide = 20 + words.width_of(shown) + 10
        if at_x + wide > _RIGHT and at_x > _LEFT:
            at_x, at_y = _LEFT, at_y + 18
        parts += [*_piece(at_x, at_y - 10, 14, 12, i), _text(at_x + 19, at_y, shown, "label")]
        at_x += wide
    start = at_y + 8
    for i, (label, pieces) in enumerate(rows):
        top = start + i * 40
        parts += _row_words(words.spoken(label), words.number(sum(pieces.values())), top + 14)
        left = _LEFT
        for j, kind in enumerate(kinds):
            wide = (_RIGHT - _LEFT) * pieces.get(kind, 0) / most
            if wide <= 0:
                continue
            parts += _piece(left, top + 20, wide, 16, j)
            said = words.number(pieces[kind])
            if wide > words.width_of(said, 11) + 12:
                parts.append(_text(left + wide / 2, top + 32, said, "on", anchor="middle"))
            left += wide
    return _svg(name, title, described, start + 40 * len(rows) + 4, parts)


def heat_grid(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float]],
    *,
    name: str,
    title: str,
    described: str,
) -> Html:
    """Return a grid of numbers, the darker the larger; a cell of 0 is empty, so that gaps are seen as gaps."""
    cell_w, cell_h, left = 34.0, 26.0, 132.0
    head = 12 + max((words.width_of(words.fitted(words.spoken(c), 120), 12) for c in columns), default=0) * 0.9
    most = max((value for row in values for value in row if math.isfinite(value)), default=0) or 1
    width = max(WIDTH, left + cell_w * len(columns) + 52)
    parts = []
    for j, column in enumerate(columns):
        x = left + cell_w * j + cell_w / 2 + 4
        shown = words.fitted(words.spoken(column), 120)
        parts.append(
            tag("text", shown, x=_n(x), y=_n(head - 6), class_="label", transform=f"rotate(-62 {_n(x)} {_n(head - 6)})")
        )
    for i, row in enumerate(rows):
        y = head + i * cell_h
        parts.append(_text(left - 8, y + 17, words.fitted(words.spoken(row), left - 12), "label", anchor="end"))
        for j, value in enumerate(values[i]):
            level = 0 if not value > 0 else 1 + min(4, int(5 * math.sqrt(value / most) - 1e-9))
            parts.append(_rect(left + j * cell_w, y, cell_w - 1, cell_h - 1, f"heat heat-{level}"))
            if value > 0:
                said = words.number(value) if value >= 9.95 or float(value).is_integer() else words.number(value, 1)
                parts.append(_text(left + (j + 0.5) * cell_w, y + 17, said, f"on heat-{level}", anchor="middle"))
    return _svg(name, title, described, head + cell_h * len(rows) + 4, parts, width=width)


def _ratio_words(row: Interval) -> str:
    if not math.isfinite(row.value):
        return "not known"
    said = words.number(row.value, 2)
    if math.isfinite(row.low) and math.isfinite(row.high):
        said += f" ({words.number(row.low, 2)} to {words.number(row.high, 2)})"
    return said


def _row_words(label: str, said: str, y: float, *, marked: bool = False) -> list[Html]:
    """The label of a row on the left and its number on the right; the label is cut where the number begins."""
    room = _RIGHT - _LEFT - words.width_of(said) - 8
    return [
        _text(_LEFT, y, words.fitted(("! " if marked else "") + label, room), "label marked" if marked else "label"),
        _text(_RIGHT, y, said, "said", anchor="end"),
    ]


def _month_ticks(first: date, last: date) -> list[tuple[date, str]]:
    """The first of January, April, July and October between two dates; of every month when there are few."""
    step = 3 if (last - first).days > 200 else 1
    if (last - first).days > 1100:
        step = 12
    ticks = []
    at = date(first.year, first.month, 1)
    while at <= last:
        if at >= first and (at.month - 1) % step == 0:
            ticks.append((at, str(at.year) if at.month == 1 else words.MONTHS[at.month - 1][:3]))
        at = (at + timedelta(days=32)).replace(day=1)
    return ticks


_PATTERNS = ("", "url(#geo-hatch)", "url(#geo-dots)", "", "url(#geo-cross)", "")


def _piece(x: float, y: float, width: float, height: float, index: int) -> list[Html]:
    made = [_rect(x, y, width, height, f"piece piece-{index % 6}")]
    if _PATTERNS[index % 6]:
        made.append(_rect(x, y, width, height, "veil", fill=_PATTERNS[index % 6]))
    return made


def _mark(x: float, y: float, *, marked: bool) -> Html:
    if marked:  # a diamond for what asks for attention, a dot for the rest
        return _path(f"M{_n(x)} {_n(y - 6)} l6 6 l-6 6 l-6 -6 Z", "dot marked")
    return tag("circle", cx=_n(x), cy=_n(y), r="4.5", class_="dot")


def _svg(name: str, title: str, described: str, height: float, parts: Sequence[Html], width: float = WIDTH) -> Html:
    return tag(
        "svg",
        tag("title", title, id=f"{name}-title"),
        tag("desc", described, id=f"{name}-desc"),
        *parts,
        class_="chart" if width == WIDTH else "chart broad",
        viewBox=f"0 0 {_n(width)} {_n(height)}",
        width=_n(width),
        height=_n(height),
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )


def _rect(x: float, y: float, width: float, height: float, class_: str, **more: str) -> Html:
    return tag("rect", x=_n(x), y=_n(y), width=_n(max(0.0, width)), height=_n(height), class_=class_, **more)


def _line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Html:
    return tag("line", x1=_n(x1), y1=_n(y1), x2=_n(x2), y2=_n(y2), class_=class_)


def _path(d: str, class_: str) -> Html:
    return tag("path", d=d, class_=class_)


def _text(x: float, y: float, text: str, class_: str, anchor: str = "start") -> Html:
    return tag("text", text, x=_n(x), y=_n(y), class_=class_, text_anchor=anchor)


def _n(value: float) -> str:
    """A coordinate with one decimal, as short as it can be written."""
    return f"{value:.1f}".removesuffix(".0")
