"""Tables into an Excel workbook: one sheet a question, the same bytes for the same tables, no cell ever a formula."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

from layers.libraries import np, pd, xlsxwriter
from layers.writing.write import safe_cell

# a moment in the file, fixed so that equal results are equal files
_MADE = datetime(2000, 1, 1)
_LONGEST_NAME = 31
_LONGEST_CELL = 32_767
_WIDEST = 60
_MOST_ROWS = 1_048_000
# what Excel forbids, and what is no letter of one unit (control characters, emoji)
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\']|[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]")


class Sheet(Protocol):
    """A sheet: its ``name``, a ``question`` and its ``sentence`` above the table, and ``headings`` {column: words}."""

    @property
    def name(self) -> str:
        """What the sheet is called."""

    @property
    def question(self) -> str:
        """The question it answers."""

    @property
    def sentence(self) -> str:
        """The answer in a sentence or two."""

    @property
    def table(self) -> pd.DataFrame:
        """The evidence."""

    @property
    def headings(self) -> Mapping[str, str]:
        """{column: words}, the columns written, in their order."""


def write_workbook(path: Path, sheets: Iterable[Sheet]) -> None:
    """Write the sheets, the first row of each table frozen and filterable; dates as dates, texts always as text."""
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
        "default_date_format": "yyyy-mm-dd",
        "in_memory": True,  # no file in the folder for temporary ones, where a run that is killed would leave it
    }
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, options)
    book.set_properties({"created": _MADE, "author": "", "comments": ""})
    styles = {
        "question": book.add_format({"bold": True, "font_size": 14}),
        "answer": book.add_format({"text_wrap": True, "valign": "top"}),
        "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    taken: set[str] = set()
    for sheet in sheets:
        _write(book.add_worksheet(_name(sheet.name, taken)), sheet, styles)
    book.close()
    path.write_bytes(made.getvalue())


def _write(page: Any, sheet: Sheet, styles: Mapping[str, Any]) -> None:
    names = [name for name in sheet.headings if name in sheet.table]
    last = max(len(names) - 1, 0)
    page.write_string(0, 0, _text(sheet.question), styles["question"])
    page.write_string(1, 0, _text(sheet.sentence), styles["answer"])
    if last:
        page.merge_range(1, 0, 1, max(last, 6), _text(sheet.sentence), styles["answer"])
    page.set_row(1, 15 * (1 + len(sheet.sentence) // 110))
    for column, name in enumerate(names):
        values = sheet.table[name].head(_MOST_ROWS)
        page.write_string(3, column, _text(sheet.headings[name]), styles["head"])
        shown = [_cell(page, row, column, value, styles) for row, value in enumerate(values, 4)]
        page.set_column(column, column, min(_WIDEST, max([12, *(shown[:200])])))
    page.freeze_panes(4, 1)
    if names and len(sheet.table):
        page.autofilter(3, 0, 3 + min(len(sheet.table), _MOST_ROWS), last)


def _cell(page: Any, row: int, column: int, value: Any, styles: Mapping[str, Any]) -> int:
    """Write one cell and return how many characters wide it is."""
    if not isinstance(value, str) and pd.isna(value):
        return 0
    if isinstance(value, bool | np.bool_):
        page.write_string(row, column, "yes" if value else "no")
        return 3
    if isinstance(value, date | np.datetime64):  # a datetime and a Timestamp are dates too
        page.write_datetime(row, column, pd.Timestamp(value).to_pydatetime(), styles["date"])
        return 10
    if isinstance(value, int | float | np.integer | np.floating):
        if not np.isfinite(value):
            return 0
        page.write_number(row, column, round(float(value), 6))
        return 10
    text = _text(str(value))
    if not text:
        return 0
    page.write_string(row, column, text)
    return len(text)


def _text(value: str) -> str:
    return str(safe_cell(value))[:_LONGEST_CELL]


def _name(wanted: str, taken: set[str]) -> str:
    """Return a sheet name that Excel allows and that is not taken yet."""
    plain = " ".join(_NOT_IN_A_NAME.sub(" ", wanted).split())[:_LONGEST_NAME].strip() or "sheet"
    name, number = plain, 2
    while name.casefold() in taken:
        name, number = f"{plain[: _LONGEST_NAME - 3]} {number}", number + 1
    taken.add(name.casefold())
    return name
