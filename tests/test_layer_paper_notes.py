"""Notes from paper: the id of a sheet, its squares, and what was typed in after the evening."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pytest
import shapely
from conftest import SOUTH, WEST, make_wards
from hypothesis import assume, given
from hypothesis import strategies as st

from geo.errors import GeoError
from layers.notes.sheets import Sheet, sheet_of, sheet_over
from layers.workshop_notes import read_notes, write_notes

NOW = dt.datetime(2025, 12, 31, 12, tzinfo=dt.UTC)
AREA = make_wards("Acre", "Barley")  # 2 km by 1 km
SHEET = sheet_over(tuple(AREA.total_bounds), 250)
sheets = st.builds(
    Sheet,
    st.integers(-9_999_999, 9_999_999),
    st.integers(-9_999_999, 9_999_999),
    st.integers(1, 5000),
    st.integers(1, 700),
    st.integers(1, 700),
)


def typed(tmp_path, text, file="typed.csv", **more):
    path = tmp_path / file
    path.write_text(text, "utf-8")
    return read_notes([path], **{"area": AREA, "now": NOW, **more})


def test_a_sheet_covers_its_ground_with_whole_squares():
    sheet = sheet_over((601_010, 480_990, 602_250, 482_001), 250)
    assert sheet == Sheet(601_000, 480_750, 250, 5, 6)
    assert sheet.id.startswith("601000-480750-250-5x6-")
    # A1 is in the north-west, E6 in the south-east
    assert sheet.square("A1").bounds == (601_000, 482_000, 601_250, 482_250)
    assert sheet.square(" e 6 ").bounds == (602_000, 480_750, 602_250, 481_000)
    assert sheet.square("b2-A3").bounds == (601_000, 481_500, 601_500, 482_000)
    assert sheet.square("b2 to A3").bounds == sheet.square("B2:A3").bounds == (601_000, 481_500, 601_500, 482_000)
    for text in ("F1", "A7", "A0", "", "A", "7", "AA1", "A1-F1", "the park"):
        assert sheet.square(text) is None
    assert [sheet.column_name(i) for i in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]
    with pytest.raises(GeoError, match="Give larger squares"):
        sheet_over((0, 0, 10_000, 10_000), 10)


@given(sheets, st.integers(0, 699), st.integers(0, 699))
def test_every_square_is_found_by_its_name_and_every_sheet_by_its_id(sheet, column, row):
    assert sheet_of(sheet.id.lower().replace("x", " x ")) == sheet
    assume(column < sheet.columns and row < sheet.rows)
    square = sheet.square(f"{sheet.column_name(column)}{row + 1}")
    assert square.bounds[0] == sheet.west + column * sheet.size_m
    assert square.bounds[3] == sheet.south + (sheet.rows - row) * sheet.size_m
    assert square.area == sheet.size_m**2


@given(sheets, st.data())
def test_one_wrong_figure_and_two_exchanged_are_noticed(sheet, data):
    text = sheet.id
    place = data.draw(st.sampled_from([i for i, letter in enumerate(text) if letter.isdigit()]))
    figure = data.draw(st.sampled_from([one for one in "0123456789" if one != text[place]]))
    assert sheet_of(text[:place] + figure + text[place + 1 :]) is None
    if text[place + 1].isdigit() and text[place + 1] != text[place]:
        assert sheet_of(text[:place] + text[place + 1] + text[place] + text[place + 2 :]) is None


def test_typed_in_rows_are_notes(tmp_path):
    text = (
        "Sheet,Square,Feeling,What people said,Date,Name\n"
        f"{SHEET.id},B2,unsafe,Dark here,13/11/2025,Jo Example\n"
        ",B2,U,Dark here,,\n"  # somebody else wrote the same
        ",C1-D2,Safe,,,\n"
        ",A4,idea,A bench =1+1,,\n"
    )
    notes, report = typed(tmp_path, text)
    assert sorted(zip(notes["feeling"], notes["note"], strict=True)) == [
        ("idea", "A bench =1+1"),
        ("safe", ""),
        ("unsafe", "Dark here"),
        ("unsafe", "Dark here"),
    ]
    assert notes["id"].is_unique
    assert set(notes["map"]) == {SHEET.id}
    assert set(notes["created"]) == {dt.datetime(2025, 11, 13)}
    (safe,) = notes.loc[notes["feeling"] == "safe", "geometry"]
    assert safe.hausdorff_distance(shapely.box(WEST + 500, SOUTH + 500, WEST + 1000, SOUTH + 1000)) < 0.01
    assert "Example" not in notes.to_csv()
    assert (report.read, report.used, report.set_aside) == (4, 4, [])
    # written, and collected again beside the table
    out = tmp_path / "out"
    out.mkdir()
    write_notes(out, notes)
    again, _ = read_notes([out / "workshop_notes.geojson", tmp_path / "typed.csv"], area=AREA, now=NOW)
    assert list(again["id"]) == list(notes["id"])


def test_a_workbook_and_no_date(tmp_path):
    book = openpyxl.Workbook()
    for row in (["Evening of 13 November"], ["Sheet id", "Cell", "Feeling", "Words"], [SHEET.id, "A1", "safe", "Lit"]):
        book.active.append(row)
    book.save(tmp_path / "typed.xlsx")
    notes, report = read_notes([tmp_path / "typed.xlsx"], area=AREA, now=NOW)
    assert notes[["feeling", "note", "kind"]].values.tolist() == [["safe", "Lit", "area"]]
    assert notes["created"].isna().all()
    assert not any("unreadable" in said for said in report.choices)


def test_what_cannot_be_placed_is_set_aside_with_its_row(tmp_path):
    wrong = SHEET.id.replace("-250-", "-205-")
    text = (
        "sheet,square,feeling,note\n"
        f",A1,safe,before any sheet\n{wrong},A1,safe,x\n{SHEET.id},Z9,safe,x\n,,safe,x\n"
        ",A1,so so,x\n,A1,,x\n,B1,safe,used\n"
    )
    notes, report = typed(tmp_path, text)
    assert notes["note"].tolist() == ["used"]
    assert report.faults()[["row", "reason"]].values.tolist() == [
        [4, "a square that the sheet does not have"],
        [2, "no sheet id"],
        [5, "no square of the sheet"],
        [3, "the sheet id has a mistake in it"],
        [7, "no feeling"],
        [6, "unknown feeling"],
    ]
    other = sheet_over((0, 0, 1000, 1000), 250)
    with pytest.raises(GeoError, match="outside the study area"):
        typed(tmp_path, f"sheet,square,feeling\n{other.id},A1,safe\n")
    with pytest.raises(
        GeoError, match=r"no column 'square'.*\n.*export them as GeoJSON in degrees, .*Found: where, how"
    ):
        typed(tmp_path, "place,how,feeling\nA1,x,safe\n".replace("place", "where"))
