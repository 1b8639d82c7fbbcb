"""Rows of text under a layer's names, and what readers do with them: numbers, answers, dates, faults."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from geo.crs import GREAT_BRITAIN
from layers.libraries import gpd, np, pd, pyproj
from layers.reading.dates import read_dates
from layers.reading.layer import Layer
from layers.reading.report import ReadReport, Row
from layers.reading.tabular import Asked, match_columns, read_table, shown, text_columns
from layers.reading.text import clean_text

__all__ = [
    "Records",
    "clean_text",
    "dates",
    "match_columns",
    "numbers",
    "read_records",
    "set_aside",
    "without_labels",
    "yes_no",
]
_LARGEST = 1e9
_NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?"
_SPACED = r"[+-]?\d{1,3}([ \u00a0\u2009\u202f]\d{3})+(?:[.,]\d{1,2})?"
# 12 people, 1,200 residents: what is counted stands behind the number, and nothing that makes it a guess
_PEOPLE = r"people|persons?|residents?|attendees?|participants?|members? of (?:the )?public|members?|adults?|children"
_PEOPLE += r"|young people|youths?|students?|pupils?|parents?|households?|visitors?|guests?|ppl|pax|pers|pobl|personen"
_COUNTED = rf"(?i)(?<=\d)\s*(?:{_PEOPLE}|attended|present)(?: (?:attended|present|in attendance))?\s*\.?$"
# 4 - Good, 4: Good, 4 (Good): a step of a scale with its label
_LABELLED = r"^\s*(\d{1,2})\s*(?:[-–—:=.)]|\()\s*[^\W\d_].*$"
_YES = {"yes", "y", "true", "t", "1", "x", "✓", "✔"}
_NO = {"no", "n", "false", "f", "0", "✗", "✘"}


class Records(NamedTuple):
    """``rows``: a column of text for each canonical column found, None where empty, and ``row``, the row's number as a
    spreadsheet shows it (in a map file: the feature's number, from 1). ``points``: the shapes of a map file in the
    metric system, aligned with ``rows``; None for a table. ``label``: the file's name, for messages.
    """

    rows: pd.DataFrame
    points: gpd.GeoSeries | None
    label: str


def read_records(
    path: str | Path | bytes,
    layer: Layer,
    report: ReadReport,
    *,
    required: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    metric_crs: str | pyproj.CRS = GREAT_BRITAIN,
) -> Records:
    """Return the rows of a table or a map file as text under the names of ``layer``, in the order of the file.

    ``path``: delimited text (comma, semicolon, tab or bar; also ``.gz``), an Excel workbook (``FILE.xlsx::SHEET`` names
    a sheet, else the one whose headings fit best is read), GeoPackage, GeoJSON, GeoParquet or a shapefile; or the
    text of a table itself, as bytes. The headings may stand below up to 30 lines of notes. A file without one of the
    columns ``required`` (by default those of the layer) is refused. ``columns``: {canonical name: header}, which wins
    over everything. ``report`` is told of the file, of rows that do not fit the headings, and of every choice; nothing
    else is judged here. Columns that the layer does not name, such as the Email and Name of a form, are never taken up.

    Raises GeoError where the file is missing, is something else, or lacks a required column.
    """
    asked = Asked(layer, layer.required if required is None else required, columns, encoding)
    table = read_table(path, asked, report)
    points = None if table.shapes is None else table.shapes.to_crs(metric_crs)
    return Records(text_columns(table), points, table.label)


def set_aside(
    rows: pd.DataFrame,
    faults: pd.Series,
    report: ReadReport,
    label: str,
    *,
    hints: Mapping[str, str] | None = None,
    values: pd.Series | None = None,
) -> None:
    """Note every row that has a text in ``faults`` as set aside for that reason, with its row number.

    ``hints``: {reason: what to do about it}. ``values``: what stands in the row, shown shortened beside its number.
    """
    for reason in sorted(faults.dropna().unique()):
        chosen = (faults == reason).fillna(False).astype(bool)
        cells = pd.Series("", index=rows.index) if values is None else values
        found = [
            Row(label, int(row), "" if pd.isna(value) else shown(str(value)))
            for row, value in sorted(zip(rows.loc[chosen, "row"], cells[chosen], strict=True), key=lambda one: one[0])
        ]
        report.put_aside(str(reason), found, fault=True, hint=(hints or {}).get(str(reason), ""))


def numbers(text: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return the numbers of a text column (float, NaN where empty or at fault) and the fault of each row, NA if none.

    A pound sign and commas or spaces between thousands are dropped, ``7,5`` is 7.5, ``12 people`` 12; ``about 20``,
    ``20+``, ``10-15`` and infinity are not numbers, and no count, minute or cost is negative.
    """
    values = text.astype("string").str.strip().str.replace(r"(?i)^(?:£|gbp)\s*", "", regex=True)
    values = values.mask(values == "", pd.NA)
    if values.str.fullmatch(r"\d{1,9}").fillna(True).all():  # as counts nearly always are
        return pd.to_numeric(values).astype(float), pd.Series(pd.NA, index=text.index, dtype="string")
    values = values.str.replace(_COUNTED, "", regex=True)
    values = values.mask(
        values.str.fullmatch(_SPACED).fillna(False).astype(bool),
        values.str.replace(r"[ \u00a0\u2009\u202f]", "", regex=True),
    )
    thousands = values.str.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?").fillna(False).astype(bool)
    values = values.mask(thousands, values.str.replace(",", "", regex=False))
    decimal = values.str.fullmatch(r"[+-]?\d+,\d{1,2}").fillna(False).astype(bool)
    values = values.mask(decimal, values.str.replace(",", ".", regex=False))
    readable = values.str.fullmatch(_NUMBER, flags=re.ASCII).fillna(False).astype(bool)
    found = pd.Series(
        [float(one) if ok else np.nan for one, ok in zip(values, readable, strict=True)], index=text.index
    )
    readable &= found.abs() <= _LARGEST  # a telephone number in the wrong column, or a key held down
    faults = pd.Series(pd.NA, index=text.index, dtype="string")
    faults = faults.mask(values.notna() & ~readable, "not a number").mask(found < 0, "a negative number")
    return found.where(faults.isna()), faults


def without_labels(text: pd.Series) -> pd.Series:
    """Return the steps of a scale without their labels, for ``numbers``: ``4 - Good``, ``4: Good``, ``4 (Good)``."""
    return text.astype("string").str.replace(_LABELLED, r"\1", regex=True)


def yes_no(text: pd.Series) -> pd.Series:
    """Return True, False or NA (dtype boolean) for yes/no, true/false, 1/0 and ticks; anything else is NA."""
    values = text.astype("string").str.strip().str.casefold()
    found = pd.Series(pd.NA, index=text.index, dtype="boolean")
    return found.mask(values.isin(_YES).fillna(False).astype(bool), True).mask(
        values.isin(_NO).fillna(False).astype(bool), False
    )


def dates(text: pd.Series, name: str, report: ReadReport) -> tuple[pd.Series, pd.Series]:
    """Return local dates and times (NaT where none) and the fault of each row: no date, or one that cannot be read.

    ``name`` is the column's name in the sentences added to ``report.choices``.
    """
    values = text.astype("string").str.strip()
    read = read_dates(values, name)
    read.say(report)
    faults = pd.Series(pd.NA, index=text.index, dtype="string")
    faults = faults.mask(values.isna() | (values == ""), f"no {name}")
    return read.when, faults.mask(faults.isna() & read.when.isna(), f"{name} cannot be read")
