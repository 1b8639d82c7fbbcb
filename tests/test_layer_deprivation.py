"""Deprivation: which census the areas are of, and the ward each lies in."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT, make_wards

from geo.errors import GeoError
from layers.deprivation import read_deprivation
from layers.lookups import Lookup, carried_over, read_changes, read_lookup
from layers.reading.report import ReadReport
from layers.wards import read_wards

A, B = "E05990000", "E05990001"
FILE_7 = (
    "LSOA code ({areas}),LSOA name ({areas}),Local Authority District code ({year}),"
    "Index of Multiple Deprivation (IMD) Score,Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived),"
    "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs),Income Score (rate),"
    "Income Decile (where 1 is most deprived 10% of LSOAs)"
)


def write(path: Path, *lines: str) -> Path:
    path.write_text("\ufeff" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def lookup_of(from_vintage: int | None, **pairs: str) -> Lookup:
    return Lookup(pd.DataFrame({"area_code": list(pairs), "ward_code": list(pairs.values())}), from_vintage, 2024)


@pytest.mark.parametrize(("areas", "year"), [(2011, 2019), (2021, 2024)])
def test_file_7_tells_its_year_in_the_header(tmp_path: Path, areas: int, year: int) -> None:
    path = write(
        tmp_path / "file7.csv",
        FILE_7.format(areas=areas, year=year),
        "E01000002,b,E09,5.1,30000,10,0.01,9",
        "E01000001,a,E09,42.1,300,1,0.3,2",
    )
    deprivation, report = read_deprivation(path, lookup=lookup_of(areas, E01000001=A, E01000002=B))
    assert deprivation[["area_code", "imd_decile", "vintage", "ward_code"]].to_numpy().tolist() == [
        ["E01000001", 1, str(areas), A],
        ["E01000002", 10, str(areas), B],
    ]
    assert report.used == report.read == 2
    with pytest.raises(GeoError, match=f"areas are of {areas}"):
        read_deprivation(path, lookup=lookup_of(2032 - areas + 2000, E01000001=A, E01000002=B))


def test_file_1_has_a_shorter_header(tmp_path: Path) -> None:
    header = (
        "LSOA code (2021),LSOA name (2021),Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived),"
        "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOA)"
    )
    deprivation, _ = read_deprivation(
        write(tmp_path / "file1.csv", header, "E01000001,a,300,1"), lookup=lookup_of(2021, E01000001=A)
    )
    assert deprivation["imd_decile"].tolist() == [1]


def test_without_a_year_the_codes_decide(tmp_path: Path) -> None:
    path = write(tmp_path / "own.csv", "area_code,imd_decile", "E01000001,3", "E01000002,4")
    deprivation, report = read_deprivation(path, lookup=lookup_of(2021, E01000001=A, E01000002=A, E01000003=B))
    assert deprivation["vintage"].tolist() == ["2021", "2021"]
    assert "The areas are taken for those of 2021: all fit the lookup." in report.choices
    with pytest.raises(GeoError, match=r"E01000002\)\. Are these areas of 2011 or 2021\?"):
        read_deprivation(path, lookup=lookup_of(2021, E01000001=A))


def test_the_year_of_the_indices_is_turned_into_that_of_the_areas(tmp_path: Path) -> None:
    path = write(tmp_path / "own.csv", "area_code,ward_code,imd_decile,vintage", f"E01000001,{A},3,2019")
    deprivation, report = read_deprivation(path)
    assert deprivation["vintage"].tolist() == ["2011"]
    assert "Vintage: the Indices of 2019 are for areas of 2011." in report.choices


def test_deciles_of_wards_need_no_lookup(tmp_path: Path) -> None:
    path = write(tmp_path / "own.csv", "ward_code,imd_decile", f"{A},3", "E05000009,4")
    deprivation, report = read_deprivation(path, wards=make_wards("Acre"))
    assert deprivation.to_numpy().tolist() == [[A, 3, "ward", A]]
    assert [(part.reason, [row.row for row in part.rows]) for part in report.set_aside] == [
        ("a ward code that the map does not have", [3])
    ]


def test_impossible_deciles_are_set_aside(tmp_path: Path) -> None:
    path = write(
        tmp_path / "own.csv", "lsoa21_code,imd_decile", "E01000001,0", "E01000002,11", "E01000003,2.5", "E01000004,7"
    )
    pairs = dict.fromkeys(["E01000001", "E01000002", "E01000003", "E01000004"], A)
    deprivation, report = read_deprivation(path, lookup=lookup_of(2021, **pairs))
    assert deprivation["area_code"].tolist() == ["E01000004"]
    assert {part.reason: [row.row for row in part.rows] for part in report.set_aside} == {
        "decile is not 1 to 10": [2, 3],
        "imd_decile is not a whole number": [4],
    }


def test_an_area_with_two_deciles_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "own.csv", "lsoa21_code,imd_decile", "E01000001,3", "E01000001,4")
    with pytest.raises(GeoError, match="imd_decile of E01000001 is 3 in row 2 and 4 in row 3"):
        read_deprivation(path, lookup=lookup_of(2021, E01000001=A))


def test_small_areas_without_a_way_to_wards_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "own.csv", "lsoa21_code,imd_decile", "E01000001,3")
    with pytest.raises(GeoError, match="of the kind LSOA"):
        read_deprivation(path)


def test_ashview() -> None:
    folder = ROOT / "data" / "ashview"
    deprivation, report = read_deprivation(folder / "deprivation.csv", wards=read_wards(folder / "wards.geojson")[0])
    assert report.used == len(deprivation) == 42
    assert set(deprivation["vintage"]) == {"2021"}
    assert deprivation.groupby("ward_code").size().eq(3).all()


def test_luton_in_2025_and_in_2019(shared_data: Path, luton_wards: Path) -> None:
    folder = shared_data / "lsoa_ward_stats"
    wards, _ = read_wards(luton_wards)
    lookup, _ = read_lookup(folder / "lookup_lsoa21_ward24_ltla24.csv.gz")
    deprivation, report = read_deprivation(folder / "imd2025_england_lsoa21.csv.gz", wards=wards, lookup=lookup)
    with gzip.open(folder / "imd2025_england_lsoa21.csv.gz", "rt", encoding="utf-8-sig") as file:
        deciles = {row["lsoa21_code"]: int(row["IMD_decile"]) for row in csv.DictReader(file)}
    assert len(deprivation) == report.used == 125
    assert deprivation["ward_code"].nunique() == 20
    assert dict(zip(deprivation["area_code"], deprivation["imd_decile"], strict=True)) == {
        area: deciles[area] for area in deprivation["area_code"]
    }
    assert {part.reason: part.count for part in report.set_aside} == {"outside the wards given": 33_755 - 125}
    old = folder / "imd2019_england_lsoa11.csv.gz"
    with pytest.raises(GeoError, match="areas are of 2011, the lookup is for areas of 2021"):
        read_deprivation(old, wards=wards, lookup=lookup)
    changes, _ = read_changes(folder / "lookup_lsoa11_lsoa21_ltla22.csv.gz")
    earlier = carried_over(lookup, changes, ReadReport("lookup"))
    deprivation, report = read_deprivation(old, wards=wards, lookup=earlier)
    assert len(deprivation) == 118
    assert set(deprivation["vintage"]) == {"2011"}
    assert report.read == 32_844 == report.used + sum(part.count for part in report.set_aside)


def test_the_trap_without_a_year_is_seen(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "lsoa_ward_stats"
    lookup, _ = read_lookup(folder / "lookup_lsoa21_ward24_ltla24.csv.gz")
    with gzip.open(folder / "imd2019_england_lsoa11.csv.gz", "rt", encoding="utf-8-sig") as file:
        rows = [(row["lsoa11_code"], row["IMD_decile"]) for row in csv.DictReader(file)]
    path = write(tmp_path / "nameless.csv", "area_code,decile", *(f"{area},{decile}" for area, decile in rows))
    with pytest.raises(GeoError, match=r"2011 or 2021\?"):
        read_deprivation(path, lookup=lookup)
