"""The shapes of Census tables: bulk files and their zip, Nomis, indicators, ages; sub-totals never added to details."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from conftest import make_wards

from geo.errors import GeoError
from layers.communities import read_communities
from layers.lookups import Lookup
from layers.population.labels import BROAD, age_of, clean_label, group_set_of, is_total, short_label, sub_totals
from layers.reading.report import ReadReport

LOOKUP = Lookup(
    pd.DataFrame({"area_code": ["E01000001", "E01000002"], "ward_code": ["E05000001", "E05000001"]}), 2021, 2024
)
ASIAN = "Asian, Asian British or Asian Welsh"
BLACK = "Black, Black British, Black Welsh, Caribbean or African"
MIXED = "Mixed or Multiple ethnic groups"
TS021 = [
    "Total: All usual residents",
    ASIAN,
    *(f"{ASIAN}: {name}" for name in ("Bangladeshi", "Chinese", "Indian", "Pakistani", "Other Asian")),
    BLACK,
    *(f"{BLACK}: {name}" for name in ("African", "Caribbean", "Other Black")),
    MIXED,
    *(f"{MIXED}: {name}" for name in ("White and Asian", "White and Black African", "White and Black Caribbean")),
    f"{MIXED}: Other Mixed or Multiple ethnic groups",
    "White",
    "White: English, Welsh, Scottish, Northern Irish or British",
    *(f"White: {name}" for name in ("Irish", "Gypsy or Irish Traveller", "Roma", "Other White")),
    "Other ethnic group",
    "Other ethnic group: Arab",
    "Other ethnic group: Any other ethnic group",
]
# details 1 to 19 in the order of the table; each sub-total is the sum of its details
DETAILS = dict(zip([label for label in TS021 if ": " in label and "Total" not in label], range(1, 20), strict=True))


def ts021_row(times: int = 1) -> list[int]:
    whole = {"Total: All usual residents": sum(DETAILS.values())}
    broad = {
        label: sum(n for name, n in DETAILS.items() if name.startswith(label + ": "))
        for label in TS021
        if ": " not in label
    }
    return [times * (whole | broad | DETAILS)[label] for label in TS021]


def bulk(code_rows: dict[str, list[int]], header: str = "Ethnic group: {}") -> str:
    names = [header.format(label) for label in TS021]
    lines = [",".join(["date", "geography", "geography code", *(f'"{name}"' for name in names)])]
    lines += [",".join(["2021", "Somewhere", code, *map(str, cells)]) for code, cells in code_rows.items()]
    return "\n".join(lines) + "\n"


def as_dict(communities: pd.DataFrame) -> dict[str, float]:
    return dict(zip(communities["community"], communities["population"], strict=True))


@pytest.mark.parametrize(
    "header",
    [
        "Ethnic group: {}",
        "Ethnic group:  {}; measures: Value",
        "Ethnic group: \n{}",
        "Ethnic group: {} ;  measures: Value",
    ],
)
def test_bulk_table_by_ward_keeps_the_19_details_only(tmp_path: Path, header: str) -> None:
    path = tmp_path / "census2021-ts021-ward.csv"
    path.write_text(bulk({"E05000001": ts021_row()}, header), encoding="utf-8")
    communities, report = read_communities(path)
    assert as_dict(communities) == {short_label(name): float(n) for name, n in DETAILS.items()}
    assert set(communities["community"]) == {part for parts in BROAD.values() for part in parts}
    assert communities["population"].sum() == 190
    assert set(communities["group_set"]) == {"ethnic_group"}
    assert "ethnic_group: the groups add up to the total in all 1 area." in report.choices
    assert report.used == report.read == 1


def test_a_bar_separated_copy_reads_the_same(tmp_path: Path) -> None:
    text = bulk({"E05000001": ts021_row()})
    comma, bar = tmp_path / "comma.csv", tmp_path / "bar.csv"
    comma.write_text(text, encoding="utf-8")
    rows = pd.read_csv(comma, dtype=str).to_numpy().tolist()
    header = "|".join(pd.read_csv(comma, nrows=0).columns)
    bar.write_text(header + "\n" + "\n".join("|".join(row) for row in rows) + "\n", encoding="utf-8")
    pd.testing.assert_frame_equal(read_communities(comma)[0], read_communities(bar)[0])


def test_the_zip_gives_the_table_by_lsoa_with_a_lookup_and_by_ward_without(tmp_path: Path) -> None:
    path = tmp_path / "census2021-ts021.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("census2021-ts021-lsoa.csv", bulk({"E01000001": ts021_row(), "E01000002": ts021_row(2)}))
        archive.writestr("census2021-ts021-ward.csv", bulk({"E05000001": ts021_row(5)}))
        archive.writestr("census2021-ts021-ltla.csv", bulk({"E06000001": ts021_row(9)}))
        archive.writestr("metadata/notes.txt", "about the table")
    by_lsoa, report = read_communities(path, lookup=LOOKUP)
    assert by_lsoa["population"].sum() == 3 * 190
    assert any("census2021-ts021-lsoa.csv is used" in choice for choice in report.choices)
    assert any("best fit, not exact" in choice for choice in report.choices)
    assert read_communities(path)[0]["population"].sum() == 5 * 190


def test_a_total_that_the_groups_do_not_reach_is_said(tmp_path: Path) -> None:
    short = ts021_row(10)
    short[TS021.index("White: Irish")] = 0
    path = tmp_path / "ts021.csv"
    path.write_text(bulk({"E05000001": ts021_row(), "E05000002": short}), encoding="utf-8")
    communities, report = read_communities(path)
    lost = 10 * DETAILS["White: Irish"]
    assert communities["population"].sum() == 190 + 1900 - lost
    assert [warning for warning in report.warnings if f"{1900 - lost:,} against 1,900" in warning]


def test_rounding_noise_is_no_fault(tmp_path: Path) -> None:
    noisy = ts021_row()
    noisy[0] += 3
    path = tmp_path / "ts021.csv"
    path.write_text(bulk({"E05000001": noisy}), encoding="utf-8")
    _, report = read_communities(path)
    assert not report.warnings
    assert any("within 3 people" in choice for choice in report.choices)


def test_nomis_long_table_drops_percentages_totals_and_sub_totals(tmp_path: Path) -> None:
    rows = ["DATE_NAME,GEOGRAPHY_NAME,GEOGRAPHY_CODE,C2021_ETH_20_NAME,MEASURES_NAME,OBS_VALUE,RECORD_COUNT"]
    for label, value in zip(TS021, ts021_row(), strict=True):
        rows += [f'2021,Acre,E05000001,"{label}",{kind},{value},50' for kind in ("Value", "Percent")]
    path = tmp_path / "nomis.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    communities, report = read_communities(path)
    assert as_dict(communities) == {short_label(name): float(n) for name, n in DETAILS.items()}
    aside = {part.reason: part.count for part in report.set_aside}
    assert aside == {
        "another measure than a count": 25,
        "a total or sub-total, which its parts already count": 6,
    }
    assert report.used == 19
    assert "ethnic_group: the groups add up to the total in all 1 area." in report.choices


def test_a_nomis_table_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "nomis.csv"
    path.write_text(
        "GEOGRAPHY_CODE,C2021_RELIGION_10_NAME,OBS_VALUE,RECORD_COUNT\nE05000001,Muslim,5,26000\n", encoding="utf-8"
    )
    with pytest.raises(GeoError, match=r"cut off: 1 of 26,000 rows"):
        read_communities(path)


def test_a_custom_census_table(tmp_path: Path) -> None:
    path = tmp_path / "custom.csv"
    path.write_text(
        "Lower layer Super Output Areas Code,Lower layer Super Output Areas,Ethnic group (20 categories) Code,"
        "Ethnic group (20 categories),Observation\nE01000001,City 001A,-8,Does not apply,4\n"
        f'E01000001,City 001A,1,"{ASIAN}: Bangladeshi",12\nE01000002,City 001B,1,"{ASIAN}: Bangladeshi",3\n',
        encoding="utf-8",
    )
    communities, report = read_communities(path, lookup=LOOKUP)
    assert communities.to_numpy().tolist() == [["E05000001", "Bangladeshi", 15.0, "ethnic_group"]]
    assert [(part.reason, part.count) for part in report.set_aside] == [
        ("people to whom the question does not apply", 1)
    ]


def test_notes_above_the_headings_of_a_nomis_download(tmp_path: Path) -> None:
    path = tmp_path / "nomis.csv"
    path.write_text(
        '"TS030 - Religion"\n"ONS Crown Copyright Reserved"\n\n"Population :","All usual residents"\n'
        '"Units      :","Persons"\n\n"2022 ward","mnemonic","Total: All usual residents","No religion","Muslim"\n'
        '"Acre","E05000001",30,10,20\n"Barley","E05000002",7,3,4\n\n'
        '"In order to protect against disclosure of personal information, records have been swapped."\n',
        encoding="utf-8",
    )
    communities, report = read_communities(path)
    assert communities.to_numpy().tolist() == [
        ["E05000001", "Muslim", 20.0, "religion"],
        ["E05000001", "No religion", 10.0, "religion"],
        ["E05000002", "Muslim", 4.0, "religion"],
        ["E05000002", "No religion", 3.0, "religion"],
    ]
    assert [(part.reason, [row.row for row in part.rows]) for part in report.set_aside] == [
        ("not as many cells as headings", [11])
    ]


def test_nested_languages_of_ts024(tmp_path: Path) -> None:
    path = tmp_path / "census2021-ts024-ward.csv"
    prefix = "Main language (detailed): "
    names = [
        "Total: All usual residents aged 3 years and over",
        "English (English or Welsh in Wales)",
        "Other European language (EU)",
        "Other European language (EU): Polish",
        "Other European language (EU): Romanian",
    ]
    header = ",".join(f'"{prefix}{name}"' for name in names)
    path.write_text(f"date,geography,geography code,{header}\n2021,Acre,E05000001,100,60,40,25,15\n", encoding="utf-8")
    communities, _ = read_communities(path)
    assert as_dict(communities) == {"English (English or Welsh in Wales)": 60.0, "Polish": 25.0, "Romanian": 15.0}
    assert set(communities["group_set"]) == {"language"}


def test_single_years_of_age_become_bands(tmp_path: Path) -> None:
    ages = [*map(str, range(90)), "90+"]
    path = tmp_path / "ages.csv"
    path.write_text(
        f"ward_code,total_population,{','.join(ages)}\nE05000001,91,{','.join('1' * 91)}\n", encoding="utf-8"
    )
    communities, report = read_communities(path)
    assert as_dict(communities) == {"0-17": 18.0, "18-24": 7.0, "25-34": 10.0, "35-64": 30.0, "65+": 26.0}
    assert set(communities["group_set"]) == {"age_band"}
    assert report.used == 1


def test_a_workbook_reads_as_the_text_does(tmp_path: Path) -> None:
    text = tmp_path / "ts021.csv"
    text.write_text(bulk({"E05000001": ts021_row(), "E05000002": ts021_row(3)}), encoding="utf-8")
    book = openpyxl.Workbook()
    book.active.append(["TS021: ethnic group"])
    for row in pd.read_csv(text, header=None).to_numpy().tolist():
        book.active.append([int(cell) if str(cell).isdigit() else cell for cell in row])
    path = tmp_path / "ts021.xlsx"
    book.save(path)
    pd.testing.assert_frame_equal(read_communities(path)[0], read_communities(text)[0])


def test_households_are_not_residents(tmp_path: Path) -> None:
    path = tmp_path / "sizes.csv"
    path.write_text(
        "area_code,period,indicator,measure,unit,value\nE05000001,2021-03-21,1 person,Count,Households,5\n",
        encoding="utf-8",
    )
    with pytest.raises(GeoError, match="counts households, not residents"):
        read_communities(path)


def test_percentages_alone_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "shares.csv"
    path.write_text("area_code,ethnic_group,measure,value\nE05000001,White: Irish,Percentage,5\n", encoding="utf-8")
    with pytest.raises(GeoError, match=r"no counts in it \(measure: Percentage\)"):
        read_communities(path)


def test_the_latest_of_several_periods_is_used(tmp_path: Path) -> None:
    path = tmp_path / "years.csv"
    path.write_text(
        "area_code,period,religion,value\nE05000001,2011,Muslim,5\nE05000001,2021,Muslim,8\n", encoding="utf-8"
    )
    communities, report = read_communities(path)
    assert as_dict(communities) == {"Muslim": 8.0}
    assert report.set_aside[0].reason == "another period than 2021"


def test_labels() -> None:
    assert short_label("White: English, Welsh, Scottish, Northern Irish or British") == "White British"
    assert short_label(f"{MIXED}: Other Mixed or Multiple ethnic groups") == "Other Mixed"
    assert short_label(ASIAN) == "Asian"
    assert clean_label("Religion:  \n Muslim ; measures: Value") == "Religion: Muslim"
    assert is_total("Total: All usual residents aged 3 years and over")
    assert is_total("All persons")
    assert not is_total("Any other ethnic group")
    assert sub_totals(["White", "Black", "African"]) == {"Black"}
    assert sub_totals(["White", "White: Irish", "Whitehall"]) == {"White"}
    assert group_set_of("C2021_ETH_20_NAME") == "ethnic_group"
    assert group_set_of("Ethnic group (20 categories)") == "ethnic_group"
    assert group_set_of("Main language (detailed)") == "language"
    assert age_of("Aged under 1 year") == (0, 0)
    assert age_of("Aged 4 years and under") == (0, 4)
    assert age_of("Aged 5 to 9 years") == (5, 9)
    assert age_of("Aged 85 years and over") == (85, 200)
    assert age_of("African") is None


def test_the_trafford_ward_table_has_19_groups(shared_data: Path) -> None:
    path = shared_data / "trafford_gm_town" / "stats" / "2021_population_ethnic_group_ward_trafford.csv"
    communities, report = read_communities(path)
    source = pd.read_csv(path)
    assert set(communities["community"]) == {part for parts in BROAD.values() for part in parts}
    assert communities["population"].sum() == source["value"].sum() == 235_061
    assert communities["ward_code"].nunique() == 21
    assert report.used == report.read == 399
    assert isinstance(report, ReadReport)


def test_trafford_ages_agree_in_two_shapes(shared_data: Path) -> None:
    folder = shared_data / "trafford_gm_town" / "stats"
    communities, report = read_communities(folder / "2021_population_by_sex_and_age_ward_trafford.csv.gz")
    source = pd.read_csv(folder / "2021_population_by_sex_and_age_ward_trafford.csv.gz")
    assert communities["population"].sum() == source.loc[source["sex"] == "All persons", "value"].sum()
    assert set(communities["community"]) == {"0-17", "18-24", "25-34", "35-64", "65+"}
    assert report.used == (source["sex"] == "All persons").sum()


NOTES = (
    '"TS021 - Ethnic group"\n"ONS Crown Copyright Reserved [from Nomis on 3 March 2025]"\n\n'
    '"population :","All usual residents"\n"units      :","Persons"\n"date       :","2021"\n"rural urban:","Total"\n\n'
)


def test_notes_of_two_words_are_no_headings(tmp_path: Path) -> None:
    path = tmp_path / "nomis.csv"
    path.write_text(
        f'{NOTES}"2023 ward","mnemonic","White: Irish","Asian, Asian British or Asian Welsh: Pakistani"\n'
        '"Acre","E05000001",2000,101\n"Barley","E05000002",2000,"c"\n',
        encoding="utf-8",
    )
    communities, report = read_communities(path)
    assert communities.to_numpy().tolist() == [
        ["E05000001", "Irish", 2000.0, "ethnic_group"],
        ["E05000001", "Pakistani", 101.0, "ethnic_group"],
        ["E05000002", "Irish", 2000.0, "ethnic_group"],
    ]
    assert "nomis.csv: the headings stand in row 9; what is above them is left out." in report.choices
    # "c" stands for a number that was suppressed: neither nought nor a fault of the row
    assert report.warnings == [
        "1 cell left out, population is not a number, or is hidden: row 11 "
        "(Asian, Asian British or Asian Welsh: Pakistani)."
    ]


TWO_ROWS = [
    ["2023 ward", "mnemonic", "Asian, Asian British or Asian Welsh", None, "Total", "White", None],
    [None, None, "Pakistani", "Bangladeshi", None, "British", "Other White"],
    ["Acre", "E05000001", 1656, "c", "c", 1743, 666],
    ["Barley", "E05000002", 567, 622, 3389, 2200, 0],
]
CODES_BELOW = [
    [None, None, "Asian, Asian British or Asian Welsh", None, "Total", "White", None],
    ["2023 ward", "mnemonic", "Pakistani", "Bangladeshi", None, "British", "Other White"],
    *TWO_ROWS[2:],
]


@pytest.mark.parametrize("kind", ["xlsx", "csv", "tsv", "notes.csv"])
@pytest.mark.parametrize("table", [TWO_ROWS, CODES_BELOW], ids=["codes above", "codes below"])
def test_headings_in_two_rows(tmp_path: Path, kind: str, table: list[list[object]]) -> None:
    path = tmp_path / f"nomis.{kind}"
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for row in [["TS021 - Ethnic group"], [None], ["units", "Persons"], *table]:
            book.active.append(row)
        for cells in ("C4:D4", "F4:G4"):
            book.active.merge_cells(cells)
        book.save(path)
    else:
        mark = "\t" if kind == "tsv" else ","
        lines = [mark.join("" if cell is None else f'"{cell}"' for cell in row) for row in table]
        path.write_text((NOTES if kind == "notes.csv" else "") + "\n".join(lines) + "\n", encoding="utf-8")
    communities, report = read_communities(path)
    found = communities.pivot_table(index="ward_code", columns="community", values="population")
    assert found.loc["E05000002"].to_dict() == {"Pakistani": 567, "Bangladeshi": 622, "British": 2200, "Other White": 0}
    assert found.loc["E05000001"].dropna().to_dict() == {"Pakistani": 1656, "British": 1743, "Other White": 666}
    assert report.read == report.used == 2


def test_people_without_a_ward_above_the_first_code_are_no_headings(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("ward,ward_code,Irish,Roma\nNot known,,5,6\n,,,\nAcre,E05000001,7,8\n", encoding="utf-8")
    communities, report = read_communities(path)
    assert as_dict(communities) == {"Irish": 7.0, "Roma": 8.0}
    assert {part.reason for part in report.set_aside} == {"no area code"}


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_numbers_and_percentages_below_each_group(tmp_path: Path, kind: str) -> None:
    table = [
        ["2023 ward", "mnemonic", "All usual residents", None, "White: Irish", None, "Pakistani", None],
        [None, None, "number", "%", "number", "%", "number", "%"],
        ["Acre", "E05000001", 100, 100, 40, 40, 60, 60],
        ["Barley", "E05000002", 10, 100, "c", "c", 7, 70],
    ]
    path = tmp_path / f"nomis.{kind}"
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for row in table:
            book.active.append(row)
        book.save(path)
    else:
        path.write_text("\n".join(",".join("" if cell is None else str(cell) for cell in row) for row in table) + "\n")
    communities, report = read_communities(path)
    assert communities[["ward_code", "community", "population"]].values.tolist() == [
        ["E05000001", "Irish", 40.0],
        ["E05000001", "Pakistani", 60.0],
        ["E05000002", "Pakistani", 7.0],
    ]
    assert any("groups add up to the total in all 1 area" in choice for choice in report.choices)


def test_notes_of_a_workbook_that_look_like_headings(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "About"
    book.active.append(["Population", "All usual residents"])
    table = book.create_sheet("Data")
    for row in (
        ["Population", "All usual residents"], ["rural urban", "Total"], [],
        [None, None, "Ethnic group", None, None, None], [None, None, "Asian", None, "White", None],
        ["name", "code", "Pakistani", "Other", "British", "Other"], ["Acre", "E05000001", 10, 20, 30, 40],
    ):  # fmt: skip
        table.append(row)
    path = tmp_path / "nomis.xlsx"
    book.save(path)
    assert as_dict(read_communities(path)[0]) == {
        "Pakistani": 10.0,
        "Asian: Other": 20.0,
        "British": 30.0,
        "White: Other": 40.0,
    }


def test_ages_by_sex_are_added_up_unless_all_people_stand_beside_them(tmp_path: Path) -> None:
    by_sex = {f"{sex}{age}": 1 + (sex == "M") for sex in "FM" for age in range(91)}
    path = tmp_path / "ages.csv"
    pd.DataFrame([{"Ward Code": "E05000001", "Total": 273, **by_sex}]).to_csv(path, index=False)
    found, report = read_communities(path)
    ages = dict(zip(found["community"], found["population"], strict=True))
    assert ages == {"0-17": 54, "18-24": 21, "25-34": 30, "35-64": 90, "65+": 78}
    assert any("add up to the total in all 1 area" in one for one in report.choices)
    everybody = {str(age): 3 for age in range(91)}
    pd.DataFrame([{"Ward Code": "E05000001", **everybody, **by_sex}]).to_csv(path, index=False)
    found, _ = read_communities(path)
    assert dict(zip(found["community"], found["population"], strict=True)) == ages


def test_a_table_that_lies_on_its_side_is_named_by_names_of_wards_too(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("Ethnic group,Acre,Barley\nPakistani,12,3\nWhite British,4,5\n")
    with pytest.raises(GeoError, match="the table lies on its side"):
        read_communities(tmp_path / "t.csv", wards=make_wards("Acre", "Barley"))
