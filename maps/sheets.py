"""One section for each question: the question, its answer, a chart where one helps, and the table behind it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Protocol

import pandas as pd

from maps import charts, words
from maps.charts import Interval, Meetings
from maps.flags import flag_of
from maps.markup import Html, join, tag, tree
from maps.tables import columns, is_number, is_share
from maps.words import plain

MOST_ROWS = 20  # of a chart; the table has all
OPEN_FIRST = 2
DATES = "dates"  # all meetings of a series in one cell: drawn as a timeline, not shown in the table


class Sheet(Protocol):
    """An answer to one question, such as ``geo.engagement.answers.answer.Answer``."""

    @property
    def name(self) -> str:
        """A short name, such as follow_up."""

    @property
    def question(self) -> str:
        """The question, as it is asked."""

    @property
    def sentence(self) -> str:
        """The answer in a sentence or two."""

    @property
    def table(self) -> pd.DataFrame:
        """The evidence: a row a thing."""

    @property
    def headings(self) -> Mapping[str, str]:
        """{column: words} for the columns shown, in their order."""


def section(index: int, sheet: Sheet, ward_codes: Mapping[str, str], drawn_later: list[dict[str, Any]]) -> Html:
    """Return the section of one sheet; ``index`` makes its ids, since names may come from anywhere.

    Question and answer stand open, to be read one after the other. The chart and the table are added to
    ``drawn_later``, as values, and a script draws them when they are opened: at once for the first (OPEN_FIRST).
    """
    frame = sheet.table
    key = f"sheet-{index}"
    parts = [tag("h2", sheet.question, id=key, tabindex="-1")]
    parts += [tag("p", sheet.sentence, class_="answer")] if sheet.sentence else []
    if len(frame):
        drawn = chart_of(sheet, f"chart-{index}")
        listed = {name: said for name, said in sheet.headings.items() if drawn is None or name != DATES}
        rows = words.counted(len(frame), "row")
        unseen = tag("span", f": {sheet.question}", class_="unseen")
        summary = tag("summary", tag("span", f"Chart and table, {rows}" if drawn else f"Table, {rows}"), unseen)
        opened = {"open": ""} if index < OPEN_FIRST else {}
        parts.append(tag("details", summary, data_sheet=str(len(drawn_later)), **opened))
        drawn_later.append(
            {
                "layout": _layout(drawn, frame, sheet.headings),
                "chart": tree(drawn) if drawn else None,
                "table": columns(frame, listed, ward_codes=ward_codes) | {"question": sheet.question, "rows": rows},
            }
        )
    else:
        parts.append(tag("p", "There is nothing to list.", class_="none"))
    return tag("section", *parts, class_="answer-sheet", aria_labelledby=key)


def contents(sheets: Sequence[Sheet]) -> Html:
    """Return the list of questions, each a link to its section."""
    links = [tag("li", tag("a", sheet.question, href=f"#sheet-{i}")) for i, sheet in enumerate(sheets)]
    return tag("ol", *links, class_="questions")


def chart_of(sheet: Sheet, key: str) -> Html | None:
    """Return the chart for a sheet, chosen by the columns of its table; None where a chart would add nothing."""
    if len(sheet.table) == 0:
        return None
    for draw in (_heat, _horizons, _meetings, _ratios, _shares):
        made = draw(sheet, key)
        if made is not None:
            return made
    return None


def _layout(drawn: Html | None, frame: pd.DataFrame, headings: Mapping[str, str]) -> str:
    if drawn is None:
        return "evidence alone"
    broad = 'class="chart broad"' in drawn or len([name for name in headings if name in frame.columns]) > 9
    return "evidence stacked" if broad else "evidence beside"


def _ratios(sheet: Sheet, key: str) -> Html | None:
    frame, label = sheet.table, _label(sheet)
    if label is None or not {"ratio", "low", "high"} <= set(frame.columns):
        return None
    rows = [
        Interval(text, _number(r["ratio"]), _number(r["low"]), _number(r["high"]), _is_pressing(r.get("flag")))
        for text, r in zip(_labels(sheet, label), frame.to_dict("records"), strict=True)
    ]
    rows = sorted(rows, key=lambda row: (math.isnan(row.value), row.value))[:MOST_ROWS]
    marked = (
        " A diamond and ! mark what is flagged as under-engaged or never reached."
        if any(row.marked for row in rows)
        else ""
    )
    described = (
        "A dot for each ratio, lowest first, and a line for its interval; the shaded band from 0.8 to 1.2 is in line "
        f"with the share of residents.{marked}{_some_of(len(rows), len(frame))} The table has the numbers."
    )
    return _captioned(
        charts.interval_plot(rows, name=key, title=f"Chart: {sheet.question}", described=described), described
    )


def _shares(sheet: Sheet, key: str) -> Html | None:
    frame, label = sheet.table, _label(sheet)
    names = [
        name for name in sheet.headings if name in frame.columns and "probability" not in name and not _is_limit(name)
    ]
    share = next((name for name in names if is_share(name, frame)), None)
    if label is None or share is None or len(frame) < 2:
        return None
    limits = {"low", "high"} <= set(frame.columns)
    rows = [
        Interval(
            text,
            _number(r[share]),
            _number(r["low"]) if limits else math.nan,
            _number(r["high"]) if limits else math.nan,
        )
        for text, r in zip(_labels(sheet, label), frame.to_dict("records"), strict=True)
    ][:MOST_ROWS]
    described = (
        f"A bar for each row: {sheet.headings[share].lower()}.{' A line shows the interval.' if limits else ''}"
        f"{_some_of(len(rows), len(frame))}"
    )
    return _captioned(
        charts.share_bars(rows, name=key, title=f"Chart: {sheet.question}", described=described), described
    )


# what becomes of a priority; each falls under one of them
_OUTCOMES = ("done", "on_track", "overdue", "no_target", "on_hold", "not_possible")


def _horizons(sheet: Sheet, key: str) -> Html | None:
    frame = sheet.table
    if "horizon" not in frame.columns:
        return None
    order = {"short": 0, "medium": 1, "long": 2}
    kinds = [name for name in _OUTCOMES if name in frame.columns]
    if kinds:
        heads = {name: sheet.headings.get(name, name) for name in kinds}
        rows = [
            (str(plain(r["horizon"]) or "not said"), {heads[name]: max(0.0, _number(r[name])) for name in kinds})
            for r in frame.to_dict("records")
        ]
    elif "status" in frame.columns:
        said = [[str(plain(value) or "not said") for value in frame[name]] for name in ("horizon", "status")]
        tally: dict[str, dict[str, float]] = {}
        for horizon, status in zip(*said, strict=True):
            pieces = tally.setdefault(horizon, {})
            pieces[status] = pieces.get(status, 0.0) + 1
        rows = list(tally.items())
    else:
        return None
    rows = sorted(rows, key=lambda row: (order.get(row[0], 3), row[0]))[:MOST_ROWS]
    described = "A bar for each horizon, in pieces by what became of the priorities; the key is above."
    return _captioned(
        charts.stacked_bars(rows, name=key, title=f"Chart: {sheet.question}", described=described), described
    )


_GRIDS = (
    ("activity", "objective"), ("channel", "audience"), ("community", "theme"), ("name", "quarter"),
    ("focal_point_id", "quarter"), ("community", "age_band"),
)  # fmt: skip


def _heat(sheet: Sheet, key: str) -> Html | None:
    """One thing by another, such as activity by objective: a table with both and a number gives a grid."""
    frame = sheet.table
    pair = next((pair for pair in _GRIDS if set(pair) <= set(frame.columns)), None)
    numeric = [name for name in sheet.headings if name in frame.columns and is_number(frame[name])]
    if pair is None or not numeric:
        return None
    said = frame.assign(**{name: [str(plain(value) or "not said") for value in frame[name]] for name in pair})
    wide = said.pivot_table(index=pair[0], columns=pair[1], values=numeric[0], aggfunc="sum", sort=False).fillna(0)
    if pair[1] == "quarter":
        wide = wide[sorted(wide.columns)]
    drawn = wide.iloc[: MOST_ROWS + 5, :MOST_ROWS]
    more = "" if drawn.shape == wide.shape else " Only the first rows and columns are drawn."
    said_of = sheet.headings[numeric[0]].lower()
    described = f"A grid of numbers ({said_of}), the darker the larger; an empty cell means never.{more}"
    values = [[float(value) for value in row] for row in drawn.to_numpy()]
    rows, columns = [str(name) for name in drawn.index], [str(name) for name in drawn.columns]
    title = f"Chart: {sheet.question}"
    grid = charts.heat_grid(rows, columns, values, name=key, title=title, described=described)
    return _captioned(grid, described, scrolls=f"Chart: {sheet.question}")


def _meetings(sheet: Sheet, key: str) -> Html | None:
    """Meetings of a series: a table with a row for each meeting, or with all dates of a series in one cell (;)."""
    frame, label = sheet.table, _label(sheet)
    column = next((name for name in (DATES, "met_on", "date") if name in frame.columns), None)
    every = next((name for name in ("meets_every_days", "every_days") if name in frame.columns), None)
    if label is None or column is None or every is None:
        return None
    series: dict[str, list[date]] = {}
    rhythm: dict[str, float] = {}
    for text, row in zip(_labels(sheet, label), frame.to_dict("records"), strict=True):
        cell = plain(row[column])
        for part in str(cell or "").split(";"):
            found = _day(part)
            if found is not None:
                series.setdefault(text, []).append(found)
        rhythm.setdefault(text, _number(row[every]))
    days = [day for met in series.values() for day in met]
    if not days:
        return None
    ends = [day + timedelta(days=open_) for day, open_ in _open_gaps(frame)]
    rows = [Meetings(text, met, rhythm[text]) for text, met in series.items()][:MOST_ROWS]
    described = (
        "A line for each series and a dot for each meeting; a hatched bar is a gap longer than it should be, in days."
    )
    drawn = charts.timeline(
        rows, name=key, title=f"Chart: {sheet.question}", described=described, first=min(days), last=max([*days, *ends])
    )
    return _captioned(drawn, described)


def _open_gaps(frame: pd.DataFrame) -> list[tuple[date, float]]:
    """The last meeting of each series and the days gone by since: their sum is the day the table was made for."""
    if not {"last_met", "open_gap_days"} <= set(frame.columns):
        return []
    pairs = [(_day(last), _number(gap)) for last, gap in zip(frame["last_met"], frame["open_gap_days"], strict=True)]
    return [(last, gap) for last, gap in pairs if last is not None and math.isfinite(gap)]


def _captioned(drawn: Html, described: str, *, scrolls: str = "") -> Html:
    """The chart and its words; one that may be wider than a phone stands in a box named ``scrolls``."""
    held = tag("div", drawn, class_="scroll", tabindex="0", role="region", aria_label=scrolls) if scrolls else drawn
    return join([held, tag("figcaption", described)])


def _label(sheet: Sheet) -> str | None:
    """The column that names the rows: the first shown that is text."""
    frame = sheet.table
    for name in sheet.headings:
        if name in frame.columns and not is_number(frame[name]) and name != "ward_code":
            return name
    return None


def _labels(sheet: Sheet, label: str) -> list[str]:
    """The rows' names, with the next columns of text where the first alone would not tell them apart."""
    frame = sheet.table
    names = [words.spoken(str(plain(value) or words.UNKNOWN)) for value in frame[label]]
    others = [
        name for name in sheet.headings if name in frame.columns and name not in (label, "ward_code", "flag", "reason")
    ]
    for other in [name for name in others if not is_number(frame[name])][:2]:
        if len(set(names)) == len(names):
            break
        more = [words.spoken(str(plain(value) or "")) for value in frame[other]]
        names = [f"{name}, {extra}" if extra else name for name, extra in zip(names, more, strict=True)]
    return names


def _is_pressing(value: Any) -> bool:
    flag = flag_of(str(plain(value)))
    return flag is not None and flag.pressing


def _is_limit(name: str) -> bool:
    return name in ("low", "high") or name.endswith(("_low", "_high"))


def _some_of(shown: int, rows: int) -> str:
    return f" Only {shown} of the {rows:,} rows are drawn." if shown < rows else ""


def _number(value: Any) -> float:
    """A cell as a float; not a number where it holds none."""
    value = plain(value)
    return float(value) if isinstance(value, int | float) else math.nan


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(plain(value))[:10])
    except ValueError:
        return None
