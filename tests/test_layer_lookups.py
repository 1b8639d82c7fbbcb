"""Lookups: years of both sides, areas given twice, and what carries over between censuses."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from geo.errors import GeoError
from layers.lookups import Changes, Lookup, carried_over, read_changes, read_lookup
from layers.reading.report import ReadReport


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("header", "years"),
    [
        ("LSOA21CD,LSOA21NM,WD24CD,WD24NM", (2021, 2024)),
        ("lsoa21cd,lsoa21nm,wd22cd,wd22nm", (2021, 2022)),
        ("lsoa21_code,lsoa21_name,ward24_code,ward24_name", (2021, 2024)),
        ("lsoa11_code,lsoa11_name,ward17_code,ward17_name", (2011, 2017)),
        ("LSOA code (2021),LSOA name (2021),Ward code (2025),Ward name (2025)", (2021, 2025)),
        ("area_code,area_name,ward_code,ward_name", (None, None)),
    ],
)
def test_headers_of_any_year_are_understood_and_the_years_kept(
    tmp_path: Path, header: str, years: tuple[int | None, int | None]
) -> None:
    path = write(tmp_path / "lookup.csv", f"{header}\nE01000002,b,E05000001,Acre\nE01000001,a,E05000001,Acre\n")
    lookup, report = read_lookup(path)
    assert lookup.table.to_dict("list") == {
        "area_code": ["E01000001", "E01000002"],
        "ward_code": ["E05000001", "E05000001"],
    }
    assert (lookup.from_vintage, lookup.to_vintage) == years
    assert "best fit, not exact" in report.choices[-1]
    assert report.used == report.read == 2


def test_of_several_years_the_latest_is_used(tmp_path: Path) -> None:
    path = write(
        tmp_path / "lookup.csv",
        "LSOA11CD,LSOA21CD,WD22CD,WD24CD\nE01000001,E01000007,E05000001,E05000009\n",
    )
    lookup, _ = read_lookup(path)
    assert lookup.table.to_numpy().tolist() == [["E01000007", "E05000009"]]
    assert lookup[1:] == (2021, 2024)


def test_the_same_pair_again_is_set_aside_with_its_row(tmp_path: Path) -> None:
    path = write(
        tmp_path / "lookup.csv",
        "lsoa21cd,wd24cd\nE01000001,E05000001\nE01000001,E05000001\n,E05000001\nE01000002,\n",
    )
    lookup, report = read_lookup(path)
    assert len(lookup.table) == 1
    aside = {part.reason: [row.row for row in part.rows] for part in report.set_aside}
    assert aside == {"no code of an area or of a ward": [4, 5], "the same area and ward again": [3]} or aside == {
        "no code of an area or of a ward": [5, 4],
        "the same area and ward again": [3],
    }


def test_an_area_in_two_wards_is_refused_with_its_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "lookup.csv", "lsoa21cd,wd24cd\nE01000001,E05000002\nE01000001,E05000001\n")
    with pytest.raises(GeoError, match=r"E01000001 is in E05000001 \(row 3\), E05000002 \(row 2\)"):
        read_lookup(path)


def test_a_table_without_wards_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "lookup.csv", "lsoa21cd,lsoa21nm\nE01000001,a\n")
    with pytest.raises(GeoError, match="no column with ward codes"):
        read_lookup(path)


def test_only_unchanged_areas_carry_over(tmp_path: Path) -> None:
    changes, report = read_changes(
        write(
            tmp_path / "changes.csv",
            "LSOA11CD,CHGIND,LSOA21CD\nE01000001,U,E01000001\nE01000002,S,E01000021\nE01000002,S,E01000022\n"
            "E01000003,M,E01000023\nE01000004,M,E01000023\n",
        )
    )
    assert (changes.from_vintage, changes.to_vintage) == (2011, 2021)
    assert "1 areas of 2011 are unchanged in 2021" in report.choices[0]
    areas = ["E01000001", "E01000021", "E01000022", "E01000023"]
    lookup, _ = read_lookup(
        write(tmp_path / "lookup.csv", "lsoa21cd,wd24cd\n" + "".join(f"{area},E05000001\n" for area in areas))
    )
    note = ReadReport("lookup")
    earlier = carried_over(lookup, changes, note)
    assert earlier.table.to_numpy().tolist() == [["E01000001", "E05000001"]]
    assert earlier[1:] == (2011, 2024)
    assert note.warnings == [
        "3 areas of 2021, in 1 ward, had other boundaries in 2011: nothing is carried over to them."
    ]
    with pytest.raises(GeoError, match="areas of 2011, the changes lead to 2021"):
        carried_over(Lookup(lookup.table, 2011, 2024), changes, note)


def test_an_unknown_change_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "changes.csv", "lsoa11_code,change_code,lsoa21_code\nE01000001,Q,E01000001\n")
    with pytest.raises(GeoError, match=r"unknown change code \(Q\)"):
        read_changes(path)


def test_the_lookup_of_england_and_wales(shared_data: Path) -> None:
    lookup, report = read_lookup(shared_data / "lsoa_ward_stats" / "lookup_lsoa21_ward24_ltla24.csv.gz")
    assert lookup[1:] == (2021, 2024)
    assert report.used == len(lookup.table) == 35_672
    assert lookup.table["area_code"].is_unique


def test_what_became_of_the_areas_of_2011(shared_data: Path) -> None:
    folder = shared_data / "lsoa_ward_stats"
    changes, report = read_changes(folder / "lookup_lsoa11_lsoa21_ltla22.csv.gz")
    assert isinstance(changes, Changes)
    counts = changes.table["change_code"].value_counts().to_dict()
    assert counts == {"U": 33_647, "S": 1_900, "M": 239, "X": 9}
    assert "33,647 areas" in report.choices[0]
    lookup, _ = read_lookup(folder / "lookup_lsoa21_ward24_ltla24.csv.gz")
    note = ReadReport("lookup")
    earlier = carried_over(lookup, changes, note)
    with gzip.open(folder / "lookup_lsoa21_ward24_ltla24.csv.gz", "rt", encoding="utf-8-sig") as file:
        luton = {row["ward24_code"] for row in csv.DictReader(file) if row["ltla24_code"] == "E06000032"}
    assert len(earlier.table) == 33_647
    assert len(earlier.within(luton).table) == 118  # of 125: seven were split or merged
    assert note.warnings[0].startswith("2,025 areas of 2021, in 1,008 wards")
