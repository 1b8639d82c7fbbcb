"""Tables, workbooks and map files into rows of text."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import zipfile
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import GeoError
from layers.reading.layer import Column, Layer
from layers.reading.records import (
    clean_text,
    dates,
    match_columns,
    numbers,
    read_records,
    set_aside,
    without_labels,
    yes_no,
)
from layers.reading.report import ReadReport

DIARY = Layer(
    "engagements",
    (
        Column("date", "when"),
        Column("activity", "what", "method"),
        Column("attendees", "how many", "how many people came"),
        Column("ward_code", "where", "ward"),
        Column("start_time", "when"),
        Column("name", "a place"),
    ),
)
ROWS = "date,activity,attendees\n2025-01-02,PACT,12\n2025-01-03,,3\n"


def read(path: Path | str, **options):
    report = ReadReport("engagements")
    return read_records(path, DIARY, report, **options), report


def save(tmp_path: Path, text: str | bytes, name: str = "diary.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def workbook(path: Path, sheets: dict[str, list[list[object]]], merge: tuple[str, ...] = ()) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    for cells in merge:
        book.worksheets[-1].merge_cells(cells)
    book.save(path)
    return path


def problem(path: Path | str, **options) -> str:
    with pytest.raises(GeoError) as caught:
        read(path, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        ROWS.encode(),
        b"\xef\xbb\xbf" + ROWS.encode(),
        ROWS.encode("utf-16"),
        ROWS.replace(",", ";").encode(),
        ROWS.replace(",", "\t").encode(),
        ROWS.replace(",", "|").replace("\n", "\r\n").encode(),
        gzip.compress(ROWS.encode(), mtime=0),
        b"Force diary 2025\n\n" + ROWS.encode(),
    ],
    ids=["utf-8", "bom", "utf-16", "semicolon", "tab", "bar crlf", "gzip", "notes above"],
)
def test_every_kind_of_text_gives_the_same_rows(tmp_path: Path, data: bytes) -> None:
    found, report = read(save(tmp_path, data), required=("date",))
    assert found.rows["date"].tolist() == ["2025-01-02", "2025-01-03"]
    assert found.rows["activity"].tolist() == ["PACT", None]
    assert found.rows["attendees"].tolist() == ["12", "3"]
    assert report.read == 2
    assert found.points is None


def test_row_numbers_are_those_of_the_spreadsheet(tmp_path: Path) -> None:
    found, report = read(save(tmp_path, "Notes, and more\n\n" + ROWS), required=("date",))
    assert found.rows["row"].tolist() == [4, 5]
    assert "the headings stand in row 3" in report.choices[0]


def test_a_row_with_too_many_cells_is_set_aside_with_its_number(tmp_path: Path) -> None:
    found, report = read(save(tmp_path, ROWS + "2025-01-04,x,1,2\n2025-01-05,y,1\n"), required=("date",))
    assert found.rows["row"].tolist() == [2, 3, 5]
    assert report.read == 4
    assert [(part.count, part.rows[0].row) for part in report.set_aside] == [(1, 4)]


def test_a_missing_column_names_what_was_found(tmp_path: Path) -> None:
    text = problem(save(tmp_path, "when,where\n1,2\n"), required=("date",))
    assert "no column 'date'" in text
    assert "when, where" in text
    assert "geo.toml" in text


def test_a_mapping_wins_over_the_headings(tmp_path: Path) -> None:
    found, _ = read(save(tmp_path, "date,logged\n2025-01-01,2024-12-31\n"), columns={"date": "logged"})
    assert found.rows["date"].tolist() == ["2024-12-31"]


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.csv", "empty"),
        (b"\n\n<!DOCTYPE html><html></html>", "a.csv", "web page"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "a.xls", "save it as .xlsx"),
        (b"\xd0\xcf\x11\xe0" + bytes(64) + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "protected by a password"),
        (b"%PDF-1.7", "a.csv", "pdf"),
        (b"PK\x03\x04[Content_Types].xml", "a.xlsx", "damaged"),
        (b"a,b\n\x00\x01,2\n", "a.csv", "zero bytes"),
    ],
)
def test_a_file_that_is_no_table_is_named_for_what_it_is(tmp_path: Path, data: bytes, name: str, words: str) -> None:
    assert words in problem(save(tmp_path, data, name))


def test_a_missing_file_and_a_sheet_of_a_csv(tmp_path: Path) -> None:
    assert "no such file" in problem(tmp_path / "none.csv")
    assert "no sheets" in problem(f"{save(tmp_path, ROWS)}::Sheet1")


def test_values_are_only_text(tmp_path: Path) -> None:
    long = "x" * 100_000
    hostile = ["=HYPERLINK(1)", "<script>alert(1)</script>", "a\u2028b\u202ec", "${jndi}", long]
    table = pd.DataFrame({"date": "2025-01-01", "activity": hostile})
    path = tmp_path / "diary.csv"
    table.to_csv(path, index=False)
    found, _ = read(path)
    assert found.rows["activity"].tolist() == [*hostile[:2], "a\nbc", "${jndi}", long]


def test_a_blank_heading_is_no_column(tmp_path: Path) -> None:
    found, _ = read(save(tmp_path, ",date\n7,2025-01-01\n"))
    assert list(found.rows.columns) == ["date", "row"]


def test_a_workbook_reads_as_its_csv_would(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "d.xlsx",
        {
            "Read me": [["Fill in the next sheet"]],
            "Diary": [
                ["Our diary"],
                [],
                ["Date", "Method", "How many people came?", "Ward", "Start time"],
                [dt.datetime(2025, 1, 2), "PACT", 12.0, "00123", dt.time(9, 5)],
                [],
                [45292, True, 2.5, None, dt.datetime(2025, 1, 2, 18, 30)],
            ],
        },
    )
    found, report = read(path, required=("date",))
    assert found.rows["date"].tolist() == ["2025-01-02", "45292"]
    assert found.rows["activity"].tolist() == ["PACT", "yes"]
    assert found.rows["attendees"].tolist() == ["12", "2.5"]
    assert found.rows["ward_code"].tolist() == ["00123", None]
    assert found.rows["start_time"].tolist() == ["09:05", "2025-01-02T18:30:00"]
    assert found.rows["row"].tolist() == [4, 6]
    assert report.read == 2
    assert any("sheet 'Diary' read" in choice and "Read me" in choice for choice in report.choices)
    assert any("headings stand in row 3" in choice for choice in report.choices)


def test_a_sheet_can_be_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "d.xlsx", {"A": [["date", "activity"], ["1", "x"]], "B": [["date"], ["2025-01-01"]]})
    assert read(f"{path}::B")[0].rows["date"].tolist() == ["2025-01-01"]
    assert "no sheet 'C'" in problem(f"{path}::C")
    assert "A, B" in problem(f"{path}::C")


def test_merged_text_is_repeated_and_merged_numbers_are_not(tmp_path: Path) -> None:
    rows: list[list[object]] = [["date", "activity", "attendees"], ["2025-01-01", "a", 40], [None, "b", None]]
    path = workbook(tmp_path / "d.xlsx", {"A": rows}, merge=("A2:A3", "C2:C3"))
    found, report = read(path)
    assert found.rows["date"].tolist() == ["2025-01-01", "2025-01-01"]
    assert found.rows["attendees"].tolist() == ["40", None]
    assert any("so that it counts once" in choice for choice in report.choices)


def test_a_formula_is_never_run_and_its_lack_of_a_value_is_said(tmp_path: Path) -> None:
    path = workbook(tmp_path / "d.xlsx", {"A": [["date", "attendees"], ["2025-01-01", "=1+1"]]})
    found, report = read(path)
    assert found.rows["attendees"].tolist() == [None]
    assert any("1 formula without a saved value" in choice for choice in report.choices)


def test_an_empty_workbook_and_an_enormous_one(tmp_path: Path) -> None:
    assert "empty" in problem(workbook(tmp_path / "d.xlsx", {"A": []}))
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 210_000_000)
    assert "unpacks to 210 MB" in problem(save(tmp_path, bomb.getvalue(), "bomb.xlsx"))


def test_a_workbook_with_an_entity_bomb_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "d.xlsx", {"A": [["date", "activity"], ["2025-01-01", "x"]]})
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.namelist():
            text = old.read(part)
            new.writestr(part, b'<!DOCTYPE x [<!ENTITY a "b">]>' + text if "sheet1" in part else text)
    assert "not a workbook that Excel wrote" in problem(save(tmp_path, out.getvalue(), "x.xlsx"))


def test_a_workbook_that_lies_about_its_size_reads_what_is_there(tmp_path: Path) -> None:
    path = workbook(tmp_path / "d.xlsx", {"A": [["date", "activity"], ["2025-01-01", "x"]]})
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.namelist():
            new.writestr(part, old.read(part).replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"'))
    assert len(read(save(tmp_path, out.getvalue(), "x.xlsx"))[0].rows) == 1


@pytest.mark.parametrize("driver", ["GeoJSON", "GPKG", "parquet"])
def test_a_map_file_gives_its_shapes_in_metres(tmp_path: Path, driver: str) -> None:
    points = gpd.GeoDataFrame(
        {"date": ["2025-01-01", None], "attendees": [3.0, None]},
        geometry=[shapely.Point(500_000, 220_000), shapely.Point(500_100, 220_000)],
        crs="EPSG:27700",
    )
    path = tmp_path / f"d.{driver.lower()}"
    if driver == "parquet":
        points.to_parquet(path)
    else:
        points.to_crs("EPSG:4326" if driver == "GeoJSON" else "EPSG:27700").to_file(path, driver=driver)
    found, report = read(path)
    assert found.rows["date"].str[:10].tolist() == ["2025-01-01", None]
    assert found.rows["attendees"].tolist() == ["3", None]
    assert found.points is not None
    assert found.points.crs.to_epsg() == 27700
    assert found.points.iloc[1].distance(shapely.Point(500_100, 220_000)) < 0.01
    assert report.read == 2


def test_a_list_in_geojson_is_joined(tmp_path: Path) -> None:
    feature = {
        "type": "Feature",
        "properties": {"date": "2025-01-01", "activity": ["a", "b"]},
        "geometry": {"type": "Point", "coordinates": [-0.4, 51.9]},
    }
    path = save(tmp_path, json.dumps({"type": "FeatureCollection", "features": [feature]}), "d.geojson")
    assert read(path)[0].rows["activity"].tolist() == ["a;b"]


def test_forms_give_away_no_one(tmp_path: Path) -> None:
    text = "ID,Start time,Completion time,Email,Name,Date,Method\n1,x,y,a@b.c,Jo Bloggs,2025-01-01,PACT\n"
    found, _ = read(save(tmp_path, text))
    assert "name" not in found.rows
    assert "start_time" not in found.rows
    assert not found.rows.astype(str).isin(["Jo Bloggs", "a@b.c"]).any(axis=None)


def test_headings_are_matched_patiently() -> None:
    headers = ["group_a/attendees", "Date (dd/mm/yyyy)*", "Which ward?", "Method:"]
    layer = Layer(
        "x",
        (
            Column("date", ""),
            Column("attendees", ""),
            Column("ward", "", "which ward"),
            Column("activity", "", "method"),
        ),
    )
    assert match_columns(layer, headers) == {
        "attendees": "group_a/attendees",
        "date": "Date (dd/mm/yyyy)*",
        "ward": "Which ward?",
        "activity": "Method:",
    }


def test_numbers_and_what_is_none() -> None:
    text = pd.Series(
        ["12", "1,200", "£7.50", "7,5", "-3", "about 20", "inf", "9" * 400, None, " ", "0x10"], dtype=object
    )
    found, faults = numbers(text)
    assert found[:4].tolist() == [12, 1200, 7.5, 7.5]
    assert found[4:].isna().all()
    assert faults.tolist()[:4] == [pd.NA] * 4
    assert faults[4] == "a negative number"
    assert faults[[5, 6, 7, 10]].tolist() == ["not a number"] * 4
    assert faults[[8, 9]].isna().all()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12 people", 12), ("12people", 12), ("1,200 residents", 1200), ("1 person", 1), ("25 attendees.", 25),
        ("8 members of the public", 8), ("9 attended", 9), ("14 ppl", 14), ("6 young people present", 6),
        ("about 12 people", None), ("12 people approx", None), ("12+ people", None), ("10-12 people", None),
        ("5 adults 3 children", None), ("12 or so", None), ("12 hours", None), ("people", None), ("12k people", None),
    ],
)  # fmt: skip
def test_what_is_counted_may_stand_behind_its_number(text: str, number: float | None) -> None:
    found, faults = numbers(pd.Series([text], dtype=object))
    assert found.tolist() == pytest.approx([number if number is not None else float("nan")], nan_ok=True)
    assert faults.isna().tolist() == [number is not None]


@pytest.mark.parametrize(
    ("text", "step"),
    [("4 - Good", 4), ("4: Good", 4), ("4 (Good)", 4), ("4. Good", 4), ("4) good", 4), ("4 – Da", 4), ("4", 4),
     ("1 - most deprived 10%", 1), ("4-5", None), ("4 - 5 Good", None), ("Good", None), ("4 Good", None)],
)  # fmt: skip
def test_a_step_of_a_scale_may_have_its_label(text: str, step: float | None) -> None:
    found, _ = numbers(without_labels(pd.Series([text], dtype=object)))
    assert found.tolist() == pytest.approx([step if step is not None else float("nan")], nan_ok=True)


@given(st.lists(st.one_of(st.none(), st.text(max_size=12), st.floats().map(str), st.integers().map(str)), max_size=8))
def test_no_text_makes_a_negative_or_endless_number(values: list[str | None]) -> None:
    found, faults = numbers(pd.Series(values, dtype=object))
    known = found.dropna()
    assert ((known >= 0) & (known < float("inf"))).all()
    assert not (found.notna() & faults.notna()).any()


def test_yes_and_no() -> None:
    found = yes_no(pd.Series(["Yes", "x", "TRUE", "0", "No", "perhaps", None], dtype=object))
    assert found.dtype == "boolean"
    assert found.tolist() == [True, True, True, False, False, pd.NA, pd.NA]


def test_dates_as_people_write_them() -> None:
    text = pd.Series(
        [
            "2025-03-12",
            "13/03/2025",
            "12/03/25",
            "45728",
            "Wed 12th March 2025",
            "12-Mar-2025 18:30",
            "soon",
            None,
            "31/02/2025",
        ],
        dtype=object,
    )
    report = ReadReport("engagements")
    when, faults = dates(text, "date", report)
    assert when[[0, 2, 3, 4]].tolist() == [pd.Timestamp("2025-03-12")] * 4
    assert when[5] == pd.Timestamp("2025-03-12 18:30")
    assert faults[[6, 7, 8]].tolist() == ["date cannot be read", "no date", "date cannot be read"]
    assert any("day/month/year" in choice for choice in report.choices)
    assert any("Excel dates" in choice for choice in report.choices)


def test_set_aside_counts_by_reason_and_shortens_what_it_shows() -> None:
    rows = pd.DataFrame({"row": [9, 4, 7]})
    report = ReadReport("engagements")
    set_aside(
        rows, pd.Series(["b", pd.NA, "b"], dtype="string"), report, "d.csv", values=pd.Series(["z" * 500, "", "y"])
    )
    (part,) = report.set_aside
    assert (part.reason, part.count, part.fault) == ("b", 2, True)
    assert [row.row for row in part.rows] == [7, 9]
    assert len(part.rows[1].value) == 60


def test_clean_text_keeps_words_and_drops_marks() -> None:
    found = clean_text(pd.Series([" a\x00b ", "\ufeff", "N/A", "line\r\nline", None], dtype=object))
    assert found.tolist() == ["ab", None, None, "line\nline", None]


def test_the_sheets_of_a_real_workbook(shared_data: Path) -> None:
    found, report = read(shared_data / "messy_world_incidents" / "aggravated_assaults.xlsx", required=("date",))
    assert len(found.rows) == report.read == 8696
    assert any("not read: Fort Worth, Seattle" in choice for choice in report.choices)
    assert "save it as .xlsx" in problem(shared_data / "city_of_london_2018_2020" / "ethnic-groups-by-borough.xls")


def test_a_workbook_that_counts_from_1904_is_read_by_its_own_days(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    for row in (["date", "activity"], [dt.date(2025, 1, 2), "walk"]):
        book.active.append(row)
    book.save(tmp_path / "mac.xlsx")
    report = ReadReport("engagements")
    assert read_records(tmp_path / "mac.xlsx", DIARY, report).rows["date"].tolist() == ["2025-01-02"]
    assert any("counts days from 1904" in one for one in report.choices)
