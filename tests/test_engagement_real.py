"""Open data through the whole of ``geo engagement``: wards, Census by LSOA, libraries, timetables; nothing lost unsaid.

The logs are a timetable of a mobile library, or made up of the libraries: nobody publishes a log of engagement.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner

import cli


class Run(NamedTuple):
    """``table``: engagement.csv; ``record``: engagement.json; ``run``: engagement_run.json; ``said``: to the user."""

    table: pd.DataFrame
    record: dict[str, Any]
    run: dict[str, Any]
    said: str
    out: Path

    def level(self, name: str) -> pd.DataFrame:
        """The rows of a level whose residents are known."""
        return self.table[(self.table["level"] == name) & self.table["population"].notna()]


def whole_run(out: Path, *options: str | Path) -> Run:
    result = CliRunner().invoke(cli.main, ["engagement", *map(str, options), "--verbose", "--out", str(out)])
    assert result.exit_code == 0, result.stderr
    record, run = (
        json.loads((out / name).read_text(encoding="utf-8")) for name in ("engagement.json", "engagement_run.json")
    )
    return Run(pd.read_csv(out / "engagement.csv"), record, run, result.stderr, out)


def by_lsoa(shared_data: Path, table: str) -> tuple[str | Path, ...]:
    folder = shared_data / "lsoa_ward_stats"
    lookup = folder / "lookup_lsoa21_ward24_ltla24.csv.gz"
    return "--communities", folder / f"{table}_lsoa21.csv.gz", "--lookup", lookup


def libraries(shared_data: Path) -> Path:
    return shared_data / "libraries_england" / "os_library_buildings.csv"


def assert_nobody_is_lost(run: Run, population: int, wards: int, communities: int) -> None:
    """The residents are the published number at every level, and every engagement is in one ward."""
    for level, rows in (("community", communities), ("ward", wards), ("community in ward", communities * wards)):
        assert run.level(level)["population"].sum() == population, level
        assert len(run.level(level)) <= rows, level
    ward, community = run.level("ward"), run.level("community")
    assert (len(ward), len(community)) == (wards, communities)
    assert ward["events"].sum() == run.record["engagements"]
    assert ward["expected"].sum() == pytest.approx(run.record["engagements"])
    cells = run.level("community in ward").groupby("ward_code")["population"].sum()
    assert cells.to_dict() == ward.set_index("ward_code")["population"].to_dict()
    for layer in run.run["inputs"].values():
        assert layer["rows_read"] == layer["rows_used"] + sum(part["rows"] for part in layer.get("set_aside", []))


@pytest.fixture(scope="module")
def milton_keynes(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return whole_run(
        tmp_path_factory.mktemp("milton_keynes") / "out",
        "--wards", shared_data / "ew_wards_2025_geojson" / "E06000042.geojson.gz",
        "--diary", shared_data / "mobile_libraries_visits" / "milton_keynes.csv",
        "--since", "2025-01-01", "--as-of", "2025-12-31",
        "--focal-points", libraries(shared_data),
        *by_lsoa(shared_data, "ethnicity21"),
    )  # fmt: skip


def test_a_year_of_a_mobile_library(milton_keynes: Run) -> None:
    assert_nobody_is_lost(milton_keynes, 287_053, 19, 5)
    assert milton_keynes.record["engagements"] == 1_512
    assert "29 stops give 1,512 visits from 2025-01-01 to 2025-12-31." in milton_keynes.said
    assert "5 groups (ethnic_group), 287,053 residents in 19 wards." in milton_keynes.said
    assert "A timetable says what was planned, not what took place" in milton_keynes.said
    visits = gpd.read_file(milton_keynes.out / "engagement.gpkg", layer="engagements")
    wards = gpd.read_file(milton_keynes.out / "engagement.gpkg", layer="wards")
    inside = gpd.sjoin(visits, wards[["ward_code", "geometry"]], predicate="within")
    assert inside["ward_code_right"].value_counts().to_dict() == {
        code: events for code, events in milton_keynes.level("ward").set_index("ward_code")["events"].items() if events
    }


def test_a_timetable_names_nobody_and_so_no_community_is_judged(milton_keynes: Run) -> None:
    assert milton_keynes.record["naming_a_community"] == 0
    assert milton_keynes.level("community")["events"].sum() == 0
    assert set(milton_keynes.level("community")["flag"]) == {"no_contacts"}
    assert "1,512 of 1,512 engagements name no community: who was met there is not known." in milton_keynes.said
    never = milton_keynes.level("ward").query("events == 0")["ward_name"]
    listed = [gap["subject"] for gap in milton_keynes.record["gaps"] if gap["flag"] == "never_reached"]
    assert (
        sorted(listed) == sorted(never) == ["Bletchley West", "Newport Pagnell South", "Shenley Brook End", "Tattenhoe"]
    )


def test_every_library_of_the_country_is_here_or_said_to_be_elsewhere(milton_keynes: Run) -> None:
    assert "Focal points: 3,469 rows read from 1 file, 3,469 used." in milton_keynes.said
    assert "3,460 focal points lie outside the wards given." in milton_keynes.said
    assert len(gpd.read_file(milton_keynes.out / "engagement.gpkg", layer="focal_points")) == 9


@pytest.fixture(scope="module")
def luton_log(shared_data: Path, luton_wards: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A visit a month to each library of Luton, made up; every second one with somebody of a faith or a group."""
    buildings = pd.read_csv(libraries(shared_data))
    places = gpd.GeoDataFrame(buildings, geometry=gpd.GeoSeries.from_wkt(buildings["WKT"]), crs=27700)
    places = places.set_geometry(places.representative_point())
    inside = gpd.sjoin(places, gpd.read_file(luton_wards).to_crs(27700)[["WD25CD", "geometry"]], predicate="within")
    path = tmp_path_factory.mktemp("luton") / "log.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["date", "activity", "focal_point_id", "communities", "attendees"])
        for place in inside.sort_values("id").itertuples():
            for month in range(1, 13):
                rows.writerow([f"2025-{month:02d}-14", "drop_in", place.id, "Muslim;Asian" if month % 2 else "", 10])
    return path


@pytest.mark.parametrize(
    ("table", "kind", "population", "groups", "met", "unknown"),
    [
        ("ethnicity21", "ethnic_group", 225_244, 5, "Asian", "Muslim"),
        ("religion21", "religion", 225_285, 9, "Muslim", "Asian"),
    ],
)
def test_luton(
    shared_data: Path,
    luton_wards: Path,
    luton_log: Path,
    tmp_path: Path,
    table: str,
    kind: str,
    population: int,
    groups: int,
    met: str,
    unknown: str,
) -> None:
    run = whole_run(
        tmp_path / "out",
        "--wards", luton_wards,
        "--engagements", luton_log,
        "--focal-points", libraries(shared_data),
        "--as-of", "2025-12-31",
        *by_lsoa(shared_data, table),
    )  # fmt: skip
    assert_nobody_is_lost(run, population, 20, groups)
    assert run.record["engagements"] == 60
    assert run.record["contacts"] == run.level("ward")["contacts"].sum() == 600
    assert "60 engagements are placed by their focal point." in run.said
    assert "3,464 focal points lie outside the wards given." in run.said
    assert {one["name"]: one["value"] for one in run.record["parameters"]}["kind of community"] == kind
    community = run.level("community").set_index("community")
    assert community["group_set"].eq(kind).all()
    assert run.record["naming_a_community"] == community.loc[met, "events"] == 30
    assert community["events"].sum() == 30
    # the log knows somebody whom this table of the Census does not: shown, not judged
    other = run.table[(run.table["level"] == "community") & run.table["population"].isna()]
    assert other[["community", "events", "flag"]].to_numpy().tolist() == [[unknown, 30, "no_data"]]
    wards = run.level("ward")
    assert wards["reach"].dropna().eq(1).all()
    assert wards["reach"].notna().sum() == wards["events"].gt(0).sum()


def test_wards_of_another_year_are_refused(shared_data: Path, luton_log: Path, tmp_path: Path) -> None:
    wards = shared_data / "luton_beds_wards_vintages" / "wards_2013_E06000032.geojson"
    options = ["--wards", wards, "--engagements", luton_log, "--focal-points", libraries(shared_data)]
    options += [*by_lsoa(shared_data, "religion21"), "--out", tmp_path / "out", "--as-of", "2025-12-31"]
    result = CliRunner().invoke(cli.main, ["engagement", *map(str, options)])
    assert result.exit_code == 1
    assert "none of the wards given" in result.stderr.splitlines()[-2]
    assert not (tmp_path / "out").exists()
