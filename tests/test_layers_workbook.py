"""Workbooks as Excel will see them: read back cell by cell."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.writing.workbook import write_workbook

HOSTILE = [
    "=1+1",
    "+1",
    "-1+2",
    "@SUM(A1)",
    '=HYPERLINK("http://example.org","x")',
    '=cmd|"/c calc"!A0',
    "\t=1+1",
    "\r=1+1",
    "http://example.org/",
    "{=1+1}",
]


class Sheet(NamedTuple):
    name: str
    question: str
    sentence: str
    table: pd.DataFrame
    headings: dict[str, str]


def sheet(table: pd.DataFrame, name: str = "people", **more: Any) -> Sheet:
    words = {column: f"The {column}" for column in table.columns}
    return Sheet(**({"name": name, "question": "Who?", "sentence": "Us.", "table": table, "headings": words} | more))


def read(path: Path, *sheets: Sheet) -> Any:
    write_workbook(path, sheets)
    return openpyxl.load_workbook(path)


def cells(page: Any) -> list[list[Any]]:
    """The table of a sheet, without its heading."""
    return [list(row) for row in page.iter_rows(min_row=5, values_only=True)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book.xlsx"


@pytest.mark.usefixtures("no_temporary_files")
def test_a_question_its_answer_and_the_evidence(path):
    table = pd.DataFrame({"ward": ["A", "B"], "hidden": [1, 2], "met": [3, None]})
    one = sheet(table, "met", headings={"met": "People met", "ward": "Ward", "absent": "Not there"})
    page = read(path, one, sheet(table, "again"))["met"]
    assert [page.cell(1, 1).value, page.cell(2, 1).value, page.cell(3, 1).value] == ["Who?", "Us.", None]
    assert [cell.value for cell in page[4]][:3] == ["People met", "Ward", None]
    assert [row[:2] for row in cells(page)] == [[3, "A"], [None, "B"]]
    assert page.freeze_panes == "B5"
    assert page.auto_filter.ref == "A4:B6"
    assert openpyxl.load_workbook(path).sheetnames == ["met", "again"]


def test_values_keep_their_kind(path):
    table = pd.DataFrame(
        {
            "day": pd.to_datetime(["2025-03-14", None]),
            "yes": pd.array([True, None], dtype="boolean"),
            "flag": [np.True_, np.False_],
            "whole": pd.array([3, None], dtype="Int64"),
            "share": [0.123456789, np.inf],
            "kind": pd.Categorical(["a", None]),
            "text": ["0123", ""],
        }
    )
    page = read(path, sheet(table))["people"]
    assert cells(page) == [
        [datetime(2025, 3, 14), "yes", "yes", 3, 0.123457, "a", "0123"],
        [None, None, "no", None, None, None, None],
    ]
    assert page["A5"].number_format == "yyyy-mm-dd"
    assert page["A5"].is_date
    assert page["G5"].data_type == "s"  # a code, not the number 123


def test_dates_of_python_are_dates(path):
    page = read(path, sheet(pd.DataFrame({"day": [date(2025, 3, 14), datetime(2025, 3, 15)]}, dtype=object)))["people"]
    assert [row[0] for row in cells(page)] == [datetime(2025, 3, 14), datetime(2025, 3, 15)]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_ever_a_formula_or_a_link(path, text):
    one = sheet(pd.DataFrame({"a": [text, text]}), text, question=text, sentence=text, headings={"a": text})
    book = read(path, one)
    for page in book:
        for row in page.iter_rows():
            for cell in row:
                assert cell.data_type in ("s", "n"), cell.coordinate
                assert cell.hyperlink is None
                assert cell.value is None or not str(cell.value).startswith(("=", "+", "-", "@", "\t", "\r"))
    with zipfile.ZipFile(path) as parts:
        content = b"".join(parts.read(name) for name in parts.namelist() if "sheet" in name)
    assert b"<f>" not in content
    assert b"<hyperlink" not in content


def test_numbers_below_zero_stay_numbers(path):
    assert cells(read(path, sheet(pd.DataFrame({"a": [-1.5, 2]})))["people"]) == [[-1.5], [2]]


def test_long_and_odd_texts(path):
    odd = ["x" * 40_000, "two\nlines", "a\x00b\x07c", "Ünïcode ≥ 3", "<b>&amp;</b>"]
    page = read(path, sheet(pd.DataFrame({"a": odd})))["people"]
    assert [row[0] for row in cells(page)] == ["x" * 32_767, "two\nlines", "a�b�c", "Ünïcode ≥ 3", "<b>&amp;</b>"]
    assert page.column_dimensions["A"].width <= 61


def test_sheet_names_are_what_excel_allows_and_all_different(path):
    table = pd.DataFrame({"a": [1]})
    long = "a" * 40
    wanted = ["who/what?", "[x]:*\\", long, long + "b", long.upper(), "", "'", "Gaps", "gaps", "GAPS"]
    book = read(path, *(sheet(table, name) for name in wanted))
    assert len(book.sheetnames) == len(wanted)
    assert len({name.casefold() for name in book.sheetnames}) == len(wanted)
    for name in book.sheetnames:
        assert 1 <= len(name) <= 31
        assert not set(name) & set("[]:*?/\\")
        assert not name.startswith("'")
        assert not name.endswith("'")
    assert book.sheetnames[:2] == ["who what", "x"]
    assert book.sheetnames[2:5] == ["a" * 31, "a" * 28 + " 2", "A" * 28 + " 3"]
    assert book.sheetnames[7:] == ["Gaps", "gaps 2", "GAPS 3"]


@settings(max_examples=25)
@given(st.lists(st.text(max_size=35), min_size=1, max_size=6))
def test_any_names_make_a_workbook(tmp_path_factory, names):
    path = tmp_path_factory.mktemp("names") / "book.xlsx"
    book = read(path, *(sheet(pd.DataFrame({"a": [1]}), name) for name in names))
    assert len(book.sheetnames) == len(names)


def test_the_same_tables_are_the_same_bytes(path, tmp_path):
    table = pd.DataFrame({"day": pd.to_datetime(["2025-03-14"]), "text": ["a"], "n": [1.5]})
    other = tmp_path / "other.xlsx"
    write_workbook(path, [sheet(table), sheet(table, "again")])
    write_workbook(other, [sheet(table), sheet(table, "again")])
    assert path.read_bytes() == other.read_bytes()
    write_workbook(other, [sheet(table.assign(n=2.0)), sheet(table, "again")])
    assert path.read_bytes() != other.read_bytes()


def test_empty_tables_still_say_their_sentence(path):
    empty = pd.DataFrame({"a": [], "b": []})
    book = read(path, sheet(empty, "none"), sheet(pd.DataFrame(), "nothing"))
    assert [book["none"].cell(4, 1).value, book["none"].cell(4, 2).value] == ["The a", "The b"]
    assert cells(book["none"]) == []
    assert book["none"].auto_filter.ref is None
    assert book["nothing"].cell(2, 1).value == "Us."


def test_the_table_given_is_not_changed(path):
    table = pd.DataFrame({"a": ["=1+1"], "day": pd.to_datetime(["2025-03-14"])})
    before = table.copy()
    write_workbook(path, [sheet(table)])
    pd.testing.assert_frame_equal(table, before)


def test_what_cannot_be_written_is_an_error_of_the_system(tmp_path):
    with pytest.raises(OSError, match="no such folder"):
        write_workbook(tmp_path / "no such folder" / "a.xlsx", [])
