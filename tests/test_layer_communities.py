"""Communities: nothing lost at the joins, contradictions refused, hidden numbers set aside, real totals met exactly."""

from __future__ import annotations

import csv
import gzip
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, make_wards
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import GeoError
from layers.communities import read_communities
from layers.lookups import Lookup, read_lookup
from layers.population.labels import short_label
from layers.reading.report import ReadReport
from layers.wards import read_wards

A, B = "E05990000", "E05990001"  # the codes make_wards gives to its first two wards
LSOA = "lsoa21_code,total_residents,ethnic_group,n,prop"


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def lookup_of(from_vintage: int | None = 2021, **pairs: str) -> Lookup:
    return Lookup(pd.DataFrame({"area_code": list(pairs), "ward_code": list(pairs.values())}), from_vintage, 2024)


def aside(report: ReadReport) -> dict[str, list[int]]:
    return {part.reason: [row.row for row in part.rows] for part in report.set_aside}


def test_long_and_wide_tables_of_ones_own_are_the_same(tmp_path: Path) -> None:
    long = write(
        tmp_path / "long.csv",
        "ward_code,community,population,group_set",
        f"{A},Indian,5,ethnic_group",
        f"{A},Roma,0,ethnic_group",
        f"{B},Indian,7,ethnic_group",
        f"{B},Roma,2,ethnic_group",
    )
    wide = write(tmp_path / "wide.csv", "Ward,Ward code,Indian,Roma,Total", f"Acre,{A},5,0,5", f"Barley,{B},7,2,9")
    first, _ = read_communities(long)
    second, report = read_communities(wide)
    pd.testing.assert_frame_equal(first, second)
    assert first.to_numpy().tolist() == [
        [A, "Indian", 5.0, "ethnic_group"],
        [A, "Roma", 0.0, "ethnic_group"],
        [B, "Indian", 7.0, "ethnic_group"],
        [B, "Roma", 2.0, "ethnic_group"],
    ]
    assert report.used == report.read == 2


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    rows = [f"{ward},{name},{n},religion" for n, (ward, name) in enumerate((w, g) for w in (A, B) for g in "xyz")]
    header = "ward_code,community,population,group_set"
    first, _ = read_communities(write(tmp_path / "a.csv", header, *rows))
    second, _ = read_communities(write(tmp_path / "b.csv", header, *reversed(rows)))
    pd.testing.assert_frame_equal(first, second)


@given(
    cells=st.dictionaries(
        st.tuples(st.integers(0, 6), st.sampled_from(["Roma", "Irish", "Arab"])), st.integers(0, 999), min_size=1
    ),
    wards=st.lists(st.sampled_from([A, B, "E05990002"]), min_size=7, max_size=7),
    turn=st.randoms(use_true_random=False),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_joins_lose_nobody_unsaid(
    tmp_path: Path, cells: dict[tuple[int, str], int], wards: list[str], turn: random.Random
) -> None:
    """Residents of the areas = residents returned + residents of rows set aside, in any order of rows."""
    lookup = lookup_of(**{f"E0100000{number}": ward for number, ward in enumerate(wards[:6])})  # area 6 is unknown
    rows = [f"E0100000{area},{name},{n}" for (area, name), n in cells.items()]
    kept = {key: n for key, n in cells.items() if key[0] < 6 and wards[key[0]] in (A, B)}
    turn.shuffle(rows)
    path = write(tmp_path / "own.csv", "lsoa21_code,ethnic_group,n", *rows)
    if not kept:
        with pytest.raises(GeoError):
            read_communities(path, wards=make_wards("Acre", "Barley"), lookup=lookup)
        return
    communities, report = read_communities(path, wards=make_wards("Acre", "Barley"), lookup=lookup)
    expected: Counter[tuple[str, str]] = Counter()
    for (area, name), n in kept.items():
        expected[wards[area], name] += n
    found = {(ward, name): n for ward, name, n, _ in communities.itertuples(index=False)}
    assert found == dict(expected) | {key: 0.0 for key in found if key not in expected}
    assert set(found) == {(wards[area], name) for area, name in kept}
    assert report.used == len(kept)
    assert sum(part.count for part in report.set_aside) == len(cells) - len(kept)


def test_hidden_and_negative_numbers_are_set_aside(tmp_path: Path) -> None:
    path = write(
        tmp_path / "own.csv",
        "ward_code,community,population,group_set",
        f"{A},Indian,5,ethnic_group",
        f"{A},Roma,<5,ethnic_group",
        f"{A},Arab,-3,ethnic_group",
        f"{A},Irish,,ethnic_group",
        ",Irish,4,ethnic_group",
        f"{A},,4,ethnic_group",
        f'{A},Chinese,"1,204",ethnic_group',
    )
    communities, report = read_communities(path)
    assert communities["community"].tolist() == ["Chinese", "Indian"]
    assert communities["population"].tolist() == [1204.0, 5.0]
    assert aside(report) == {
        "population is not a number, or is hidden": [3, 5],
        "population is negative": [4],
        "no area code": [6],
        "no name of a group": [7],
    }


def test_a_hidden_cell_of_a_wide_table_is_said_and_the_row_used(tmp_path: Path) -> None:
    path = write(tmp_path / "wide.csv", "ward_code,Indian,Roma,Total", f"{A},5,*,9", f"{B},7,2,9")
    communities, report = read_communities(path)
    assert communities["population"].tolist() == [5.0, 7.0, 2.0]
    assert report.used == 2
    assert "1 cell left out, population is not a number, or is hidden: row 2 (Roma)." in report.warnings
    assert "ethnic_group: the groups add up to the total in all 1 area." in report.choices  # of the whole row only


def test_the_same_cell_again_is_set_aside_and_a_contradiction_refused(tmp_path: Path) -> None:
    header = "ward_code,community,population,group_set"
    same = write(tmp_path / "same.csv", header, f"{A},Roma,5,ethnic_group", f"{A.lower()},Roma,5.0,ethnic_group")
    communities, report = read_communities(same)
    assert communities["population"].tolist() == [5.0]
    assert aside(report) == {"the same population again": [3]}
    other = write(tmp_path / "other.csv", header, f"{A},Roma,5,ethnic_group", f"{A},Roma,6,ethnic_group")
    with pytest.raises(GeoError, match=f"Roma in {A} is 5 in row 2 and 6 in row 3"):
        read_communities(other)
    sets = write(tmp_path / "sets.csv", header, f"{A},Other,5,ethnic_group", f"{A},Other,6,religion")
    assert len(read_communities(sets)[0]) == 2


def test_wards_of_another_year_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "own.csv", "ward_code,community,population", "E05000001,Roma,5")
    with pytest.raises(GeoError, match=r"none of its 1 ward \(E05000001\) is among the wards given"):
        read_communities(path, wards=make_wards("Acre"))


def test_wards_that_match_in_part_are_reported_on_both_sides(tmp_path: Path) -> None:
    path = write(
        tmp_path / "own.csv", "ward_code,community,population", f"{A},Roma,5", "E05000001,Roma,9", "E06000001,Roma,99"
    )
    communities, report = read_communities(path, wards=make_wards("Acre", "Barley"))
    assert communities["population"].tolist() == [5.0]
    assert f"1 ward has no population: rates not shown for Barley ({B})." in report.warnings
    assert "1 code of own.csv not among the wards: E05000001." in report.warnings
    assert {part.reason: part.count for part in report.set_aside} == {
        "outside the wards given": 1,
        "an area that is no ward": 1,
    }


def test_small_areas_need_a_lookup(tmp_path: Path) -> None:
    path = write(tmp_path / "own.csv", LSOA, "E01000001,9,White,9,1")
    with pytest.raises(GeoError, match="of the kind LSOA"):
        read_communities(path)


def test_small_areas_are_added_up_by_ward(tmp_path: Path) -> None:
    path = write(
        tmp_path / "own.csv",
        LSOA,
        "E01000001,9,White,6,0.67",
        'E01000001,9,"Asian, Asian British or Asian Welsh",3,0.33',
        "E01000002,4,White,4,1",
        "E01000003,8,White,8,1",
    )
    lookup = lookup_of(E01000001=A, E01000002=A, E01000003=B)
    communities, report = read_communities(path, wards=make_wards("Acre"), lookup=lookup)
    assert communities.to_numpy().tolist() == [[A, "Asian", 3.0, "ethnic_group"], [A, "White", 10.0, "ethnic_group"]]
    assert {part.reason: part.count for part in report.set_aside} == {"outside the wards given": 1}
    assert not report.warnings


def test_areas_of_another_census_are_refused_by_the_header(tmp_path: Path) -> None:
    path = write(tmp_path / "own.csv", LSOA.replace("21", "11"), "E01000001,9,White,9,1")
    with pytest.raises(GeoError, match="areas are of 2011, the lookup is for areas of 2021"):
        read_communities(path, lookup=lookup_of(E01000001=A))


def test_areas_of_another_census_are_refused_by_their_codes(tmp_path: Path) -> None:
    # E01000002 was split into 8 and 9: the table has the old code, the lookup the new ones
    path = write(tmp_path / "own.csv", "area_code,ethnic_group,n", "E01000001,White,9", "E01000002,White,9")
    with pytest.raises(GeoError, match=r"2011 or 2021\?"):
        read_communities(path, lookup=lookup_of(E01000001=A, E01000008=A, E01000009=A))


def test_areas_missing_on_either_side_are_named(tmp_path: Path) -> None:
    path = write(tmp_path / "own.csv", LSOA, "E01000001,9,White,9,1", "E01000007,5,White,5,1")
    communities, report = read_communities(path, lookup=lookup_of(E01000001=A, E01000002=A))
    assert communities["population"].tolist() == [9.0]
    assert "1 area not in the lookup, left out: E01000007." in report.warnings
    partly = [warning for warning in report.warnings if "covered only in part" in warning]
    assert partly == [f"1 ward covered only in part: the table lacks 1 area of {A}. Their numbers are too small."]


def test_a_table_of_wards_needs_no_lookup_even_if_one_is_given(tmp_path: Path) -> None:
    path = write(tmp_path / "own.csv", "ward_code,community,population", f"{A},Roma,5")
    lookup = lookup_of(E01000001=A)
    assert read_communities(path, wards=make_wards("Acre"), lookup=lookup)[0]["population"].tolist() == [5.0]


def test_columns_can_be_named_and_the_set_given(tmp_path: Path) -> None:
    path = write(tmp_path / "own.csv", "Bezirk,Gruppe,Menschen", f"{A},Blue,5")
    names = {"ward_code": "Bezirk", "community": "Gruppe", "population": "Menschen"}
    communities, _ = read_communities(path, columns=names, group_set="colour")
    assert communities.to_numpy().tolist() == [[A, "Blue", 5.0, "colour"]]


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GeoError, match="no column of ward codes"):
        read_communities(write(tmp_path / "own.csv", "name,size", "a,1"))
    with pytest.raises(GeoError, match="no column with the residents of a group"):
        read_communities(write(tmp_path / "own2.csv", "ward_code,ward_name", f"{A},Acre"))
    with pytest.raises(GeoError, match="no such file"):
        read_communities(tmp_path / "none.csv")


def test_ashview_reads_whole() -> None:
    wards, _ = read_wards(ROOT / "data" / "ashview" / "wards.geojson")
    communities, report = read_communities(ROOT / "data" / "ashview" / "communities.csv", wards=wards)
    assert report.used == report.read == 329
    assert not report.warnings
    residents = communities[communities["group_set"] == "ethnic_group"].groupby("ward_code")["population"].sum()
    assert residents.to_dict() == wards.set_index("ward_code")["population"].to_dict()


def published(folder: Path, name: str, column: str, *, luton: dict[str, str]) -> Counter[tuple[str, str]]:
    """Residents by ward and group, added up from the source by hand."""
    counts: Counter[tuple[str, str]] = Counter()
    with gzip.open(folder / f"{name}_lsoa21.csv.gz", "rt", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            if row["lsoa21_code"] in luton:
                counts[luton[row["lsoa21_code"]], row[column]] += int(row["n"])
    return counts


@pytest.fixture(scope="module")
def luton(shared_data: Path) -> dict[str, str]:
    path = shared_data / "lsoa_ward_stats" / "lookup_lsoa21_ward24_ltla24.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if row["ltla24_code"] == "E06000032"]
    return {row["lsoa21_code"]: row["ward24_code"] for row in rows}


@pytest.fixture(scope="module")
def national_lookup(shared_data: Path) -> Lookup:
    return read_lookup(shared_data / "lsoa_ward_stats" / "lookup_lsoa21_ward24_ltla24.csv.gz")[0]


@pytest.fixture(scope="module")
def luton_read(shared_data: Path, national_lookup: Lookup) -> dict[str, tuple[pd.DataFrame, ReadReport]]:
    """Both tables of England and Wales, read for the wards of Luton in 2025."""
    wards, _ = read_wards(shared_data / "luton_beds_wards_vintages" / "wards_2025_E06000032.geojson")
    folder = shared_data / "lsoa_ward_stats"
    return {
        name: read_communities(folder / f"{name}_lsoa21.csv.gz", wards=wards, lookup=national_lookup)
        for name in ("ethnicity21", "religion21")
    }


@pytest.mark.parametrize(
    ("name", "column", "total", "rows"),
    [("ethnicity21", "ethnic_group", 225_244, 625), ("religion21", "religion", 225_285, 1_125)],
)
def test_luton_adds_up_exactly(
    shared_data: Path,
    luton_read: dict[str, tuple[pd.DataFrame, ReadReport]],
    luton: dict[str, str],
    name: str,
    column: str,
    total: int,
    rows: int,
) -> None:
    communities, report = luton_read[name]
    expected = published(shared_data / "lsoa_ward_stats", name, column, luton=luton)
    assert sum(expected.values()) == total
    assert communities["population"].sum() == total
    assert communities["ward_code"].nunique() == 20
    found = {(ward, group): n for ward, group, n, _ in communities.itertuples(index=False)}
    assert found == {(ward, short_label(group)): n for (ward, group), n in expected.items()}
    assert report.used == rows
    assert {part.reason: part.count for part in report.set_aside} == {"outside the wards given": report.read - rows}
    assert not report.warnings
    assert any("add up to the total in all 125 areas" in choice for choice in report.choices)


def test_two_tables_of_one_census_differ_by_noise_and_neither_is_reported(
    luton_read: dict[str, tuple[pd.DataFrame, ReadReport]],
) -> None:
    assert not any(part.fault for _, report in luton_read.values() for part in report.set_aside)
    assert not any(report.warnings for _, report in luton_read.values())
    sums = [communities.groupby("ward_code")["population"].sum() for communities, _ in luton_read.values()]
    assert 0 < np.abs(sums[0] - sums[1]).max() < 30


def test_england_and_wales_keep_every_resident(shared_data: Path, national_lookup: Lookup) -> None:
    path = shared_data / "lsoa_ward_stats" / "ethnicity21_lsoa21.csv.gz"
    communities, report = read_communities(path, lookup=national_lookup)
    assert communities["population"].sum() == 59_597_576
    assert communities["ward_code"].nunique() == 7_536
    assert report.used == report.read == 178_360


def test_luton_wards_of_2013_do_not_fit_the_lookup_of_2024(shared_data: Path, national_lookup: Lookup) -> None:
    folder = shared_data / "lsoa_ward_stats"
    wards, _ = read_wards(shared_data / "luton_beds_wards_vintages" / "wards_2013_E06000032.geojson")
    with pytest.raises(GeoError, match="none of the wards given") as refusal:
        read_communities(folder / "religion21_lsoa21.csv.gz", wards=wards, lookup=national_lookup)
    assert "of 2024" in str(refusal.value.hint)


def test_tables_that_name_wards(tmp_path: Path) -> None:
    wards = make_wards("Acre", "Barley")
    wide = write(
        tmp_path / "wide.csv", "Ward,All,Indian,Households", "Acre Ward,9,5,3", "BARLEY,8,7,4", "Total,17,12,7"
    )
    found, report = read_communities(wide, wards=wards)
    assert found[["ward_code", "community", "population"]].to_numpy().tolist() == [
        [A, "Indian", 5.0],
        [B, "Indian", 7.0],
    ]
    assert any("2 rows name the ward" in choice for choice in report.choices)
    long = write(tmp_path / "long.csv", "Ward;Community;Number", "Acre;Indian;1 200", "Elsewhere;Indian;4")
    found, report = read_communities(long, wards=wards)
    assert found["population"].tolist() == [1200.0]
    assert any("Elsewhere: no ward of this name" in warning for warning in report.warnings)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["ward_code,Indian,Roma", f"{A},12.5,87.5", f"{B},30.0,70.0"], "percentages (12.5, 87.5"),
        (["ward_code;community;population", f"{A};Indian;1.204", f"{B};Indian;2.310"], "a mark between thousands"),
        ([f"Group,{A},{B}", "Indian,5,6", "Roma,7,8"], "the table lies on its side"),
    ],
)
def test_numbers_that_are_no_people_are_refused(tmp_path: Path, lines: list[str], words: str) -> None:
    with pytest.raises(GeoError) as caught:
        read_communities(write(tmp_path / "table.csv", *lines))
    assert words in str(caught.value)
