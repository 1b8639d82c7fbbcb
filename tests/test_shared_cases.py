"""Every case of ../shared/cases through the commands: inputs that people really had, and what is right for each."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner
from shapely import Point
from test_map_safety import whole

import cli
from layers.plans.files import read_plan, write_plan

ASB, BURGLARY = ("Alder", 24), ("Birch", 36)
PLAIN = ("--wards", "wards.geojson")
FALLING = re.compile(r"(?i)falling|rising")


@pytest.fixture(scope="session")
def cases(shared_data):
    folder = shared_data.parent / "cases"
    if not folder.is_dir():
        pytest.skip("the cases are not beside the real data")
    return folder


class Run:
    """A run of a command: ``code``, what it ``said``, and the files it left in ``out``."""

    def __init__(self, out, *args):
        result = CliRunner().invoke(cli.main, [str(arg) for arg in args])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        self.code, self.said, self.out = result.exit_code, " ".join(result.output.split()), out

    def table(self, name):
        return pd.read_csv(self.out / name)


@pytest.fixture
def hotspots(cases, tmp_path, monkeypatch):
    monkeypatch.chdir(cases / "hotspots")

    def run(incidents, *args):
        out = tmp_path / "out"
        return Run(out, "hotspots", "--incidents", incidents, *args, "--runs", "99", "--out", out, "--verbose")

    return run


def found(run):
    """Return ward and reports of each hot spot."""
    assert run.code == 0, run.said
    return list(run.table("hotspots.csv")[["wards", "incidents"]].itertuples(index=False, name=None))


ONE_HOT_SPOT = {
    "base": (("base.csv", *PLAIN), ASB),
    "base, burglary": (("base.csv", *PLAIN, "--crime-type", "Burglary"), BURGLARY),
    "type under another header": (("h01_api_flattened.csv", *PLAIN), ASB),
    "a ward that is a collection": (("base.csv", "--wards", "w4_geometry_collection.geojson"), ASB),
    "an unnamed index": (("h03_pandas_index.csv", *PLAIN), ASB),
    "rows that end in a delimiter": (("h08_trailing_commas.csv", *PLAIN), ASB),
    "12-hour times": (("h05_ampm.csv", *PLAIN), ASB),
    "months as Excel saves them": (("h04_excel_month.csv", *PLAIN), ASB),
    "year, month and day apart": (("h17_year_month_day.csv", *PLAIN, "--crime-type", "Burglary"), BURGLARY),
    "two systems in one column": (("h14_mixed_xy.csv", *PLAIN), ASB),
    "decimal commas": (("h09_decimal_comma_xy.csv", *PLAIN), ASB),
    "Boundary-Line": (("base.csv", "--wards", "w1_boundary_line.geojson"), ("Alder Ward", 24)),
    "one KML each": (("base.csv", "--wards", "w2_kml"), ("TN01", 24)),
    "Web Mercator, said": (
        ("base.csv", "--wards", "w5_web_mercator_no_crs.geojson", "--wards-crs", "EPSG:3857"),
        ASB,
    ),
    "grid references": (("h10_grid_ref.csv", *PLAIN), ASB),
    "(lat, lon)": (("h11_location_tuple.csv", *PLAIN), ASB),
    "Web Mercator and milliseconds": (("h12_web_mercator_xy_epoch.csv", *PLAIN), ASB),
    "the same, said": (("h12_web_mercator_xy_epoch.csv", *PLAIN, "--incidents-crs", "EPSG:3857"), ASB),
    "title rows": (("h13_title_rows.csv", *PLAIN), ASB),
    "UTF-8 without .cpg": (("base.csv", "--wards", "w9_utf8_no_cpg/wards.shp"), ("Pontcanna", 24)),
    "a browser's second download": (("f2_browser_copy", *PLAIN), ("Alder", 48)),
    "two wards of one name": (("base.csv", "--wards", "w8_same_name.geojson"), ("Central", 24)),
}


@pytest.mark.parametrize("kind", ONE_HOT_SPOT)
def test_hot_spots(hotspots, kind):
    args, right = ONE_HOT_SPOT[kind]
    run = hotspots(*args)
    assert found(run) == [right]
    record = json.loads((run.out / "run.json").read_text())
    table = run.table("hotspots.csv")
    assert list(table["months_covered"]) == [12]
    if kind in ("12-hour times", "year, month and day apart"):
        assert "19:00-23:00" in table["peak"][0]
    if kind == "type under another header":
        assert table["peak"].isna().all()  # months know no weekday
    if kind in ("decimal commas", "grid references"):
        assert "positions are coarse" in run.said
    if kind == "an unnamed index":
        assert "ulnerab" not in run.said
        assert not [name for name in table if name.startswith("vulnerable") and table[name].notna().any()]
    if kind == "(lat, lon)":
        assert table["name"][0] == "Alder"  # a position is no name
    if kind == "UTF-8 without .cpg":
        page = whole((run.out / "hotspots.html").read_text(encoding="utf-8"))
        assert "Bôn" in page
        assert "BÃ" not in page
    if kind == "a browser's second download":
        assert "(1).csv" in json.dumps(record)
        assert "2023-03" in json.dumps(record)


def test_two_forces_one_without_files(hotspots):
    run = hotspots("f1_two_forces", *PLAIN)
    assert found(run) == [("Alder", 48), ("Birch", 24)]
    assert list(run.table("hotspots.csv")["months_covered"]) == [12, 6]
    assert "eastshire: no file for 2023-07" in run.said
    assert not FALLING.search(run.said)
    assert not run.table("hotspots.csv")["trend"].astype(str).str.contains(FALLING).any()


def test_one_record_thirteen_times(hotspots):
    run = hotspots("f5_same_id_13_times", *PLAIN, "--crime-type", "Burglary")
    assert run.code == 0
    assert "(37 reports)" in run.said
    assert run.table("hotspots.csv").empty


def test_one_code_on_two_wards(hotspots):
    run = hotspots("base.csv", "--wards", "w1b_one_code_two_wards.geojson")
    assert run.code == 1
    assert "E05999001 stands for two wards: Alder Ward and Damson Ward" in run.said


def test_metres_without_a_system(hotspots):
    run = hotspots("base.csv", "--wards", "w5_web_mercator_no_crs.geojson")
    assert run.code == 1
    assert "--wards-crs EPSG:3857" in run.said
    assert "27700" not in run.said


def test_a_long_even_street(hotspots):
    run = hotspots("h18_long_street.csv", *PLAIN)
    kept = run.table("hotspots.csv")["incidents"].sum()
    told = "In no hot spot, as their groups are too wide and they lie outside the denser parts"
    assert f"{told}: {120 - kept} reports round Long Street" in run.said


def test_positions_that_are_centres_of_wards(hotspots):
    run = hotspots("h16_ward_centroids.csv", *PLAIN)
    assert run.code == 0, run.said
    assert "130 rows lie at 4 positions" in run.said
    assert not (run.table("hotspots.csv")["p_value"] <= 0.05).any()


@pytest.fixture
def town(cases, finished_demo, tmp_path):
    folder = tmp_path / "town"
    shutil.copytree(finished_demo, folder, ignore=shutil.ignore_patterns(".geo-cache"))
    shutil.copy(cases / "engagement" / "slim.toml", folder)
    return folder


@pytest.fixture
def engagement(cases, town, tmp_path):
    def run(log, *args):
        out = tmp_path / "found"
        log = () if log is None else ("--engagements", cases / "engagement" / log)
        options = ("--project", town / "slim.toml", "--as-of", "2025-12-31", "--out", out, "--overwrite")
        return Run(out, "engagement", *options, *log, *args, "--verbose")

    return run


def events(run):
    """Return {community: events} over all wards, of those met."""
    assert run.code == 0, run.said
    table = run.table("engagement.csv")
    table = table[(table["ward_name"] == "all wards") & (table["events"] > 0)]
    return dict(zip(table["community"], table["events"], strict=True))


def by_ward(run):
    table = run.table("engagement.csv")
    table = table[(table["community"] == "all residents") & (table["events"] > 0)]
    return {
        ward: (events, contacts)
        for ward, events, contacts in zip(table["ward_name"], table["events"], table["contacts"], strict=True)
    }


def log_of(run):
    """Return the engagements as they were read."""
    return gpd.read_file(run.out / "engagement.gpkg", layer="engagements")


def test_a_community_in_lower_case(engagement):
    right, lower = engagement("K3_control.csv"), engagement("K3_lowercase.csv")
    assert events(right) == events(lower)
    assert events(lower)["Pakistani"] == 8
    assert "no meeting with Pakistani" not in lower.said


def test_nine_spellings(engagement):
    run = engagement("K_communities.csv")
    assert events(run) == {"Pakistani": 8, "Bangladeshi": 3, "Somali": 1}
    assert "'Somali'" in run.said
    assert "no meeting with Pakistani" not in run.said


def test_google_forms(engagement):
    run = engagement("A_google_forms.csv")
    assert "'Which communities did you meet? (tick all that apply)' is read as communities" in run.said
    assert events(run) == {"Pakistani": 2, "Bangladeshi": 1, "Bangladeshi, Somali": 1}
    log = log_of(run)
    assert list(log["objective"]) == ["build_trust;listen_priorities", "build_trust", "build_trust"]
    assert list(log["audience"]) == ["women;young_people", "older", "faith"]


def test_kobo_with_a_column_a_choice(engagement):
    run = engagement("B2_kobo_separate.csv")
    assert events(run) == {"Pakistani": 1, "Bangladeshi": 2}
    log = log_of(run)
    assert list(log["objective"]) == ["build_trust;listen_priorities", "reassure"]


@pytest.mark.parametrize(("file", "meetings", "people"), [("D_attendees.csv", 9, 15), ("D2_attendee_bands.xlsx", 4, 0)])
def test_a_head_count_that_is_no_number(engagement, file, meetings, people):
    run = engagement(file)
    assert run.code == 0, run.said
    assert by_ward(run) == {"Millbrook": (meetings, people)}
    assert ("Excel turns bands such as 6-10 into dates" in run.said) == file.endswith("xlsx")


def test_names_of_wards(engagement):
    run = engagement("E_ward_names.csv")
    assert by_ward(run)["Millbrook"][0] == 4
    assert "Town Center (nearest: Town Centre)" in run.said
    assert "Millbrook / Station (nearest: Millbrook)" in run.said


@pytest.mark.parametrize(
    ("file", "places"),
    [("F_location_is_venue.csv", {"FP-022", "FP-005"}), ("F2_location_and_ward.csv", {"FP-022", "FP-006"})],
)
def test_a_venue_by_name(engagement, file, places):
    run = engagement(file)
    assert run.code == 0
    assert set(log_of(run)["focal_point_id"]) == places


def test_a_meeting_logged_by_two(engagement):
    run = engagement("G_two_officers.csv")
    assert "rows 2 and 3: same day, time, place, activity and attendees" in run.said


def test_times_of_other_programs(engagement):
    log = log_of(engagement("H_ampm.csv"))
    assert list(zip(log["date"].astype(str).str[:10], log["start_time"], strict=True)) == [
        ("2025-06-30", "23:00"),
        ("2025-07-14", "18:30"),
    ]
    log = log_of(engagement("I_epoch.geojson"))
    assert log["date"].astype(str).str[:10].min() == "2025-07-01"


@pytest.mark.parametrize("file", ["J_sharepoint.csv", "J2_sharepoint.csv"])
def test_sharepoint(engagement, file):
    run = engagement(file)
    assert by_ward(run) == {"Millbrook": (1, 12)}
    log = log_of(run)
    for name in ("team", "lead_org"):
        assert name not in log or log[name].isna().all()
    for path in run.out.iterdir():
        text = path.read_bytes()
        assert b"Example Person" not in text, path.name
        assert b"i:0#" not in text, path.name


def focal_points(run):
    assert run.code == 0, run.said
    return gpd.read_file(run.out / "engagement.gpkg", layer="focal_points")


def test_lists_of_places(cases, engagement):
    folder = cases / "engagement"
    run = engagement("K3_control.csv", "--focal-points", folder / "P1_gias.csv")
    aside = "a school that is closed, or not open yet"
    assert aside in run.said or aside in (run.out / "engagement_set_aside.csv").read_text()
    assert json.loads((run.out / "engagement_run.json").read_text())["inputs"]["focal points"]["rows_used"] == 1
    for file in ("P3_w3w.csv", "P6_ushahidi.csv"):
        run = engagement("K3_control.csv", "--focal-points", folder / file)
        assert run.code == 0, run.said
        record = json.loads((run.out / "engagement_run.json").read_text())["inputs"]["focal points"]
        assert (record["rows_read"], record["rows_used"]) == (2, 2)


def residents(run):
    assert run.code == 0, run.said
    table = run.table("engagement.csv")
    table = table[table["ward_name"] == "all wards"]
    return dict(zip(table["community"], table["population"], strict=True))


def test_population_tables_of_nomis(cases, engagement):
    read = residents(engagement("K3_control.csv", "--communities", cases / "engagement" / "Q1_nomis_merged.xlsx"))
    assert {name: read[name] for name in ("Pakistani", "Bangladeshi", "British", "Other White")} == {
        "Pakistani": 2668,
        "Bangladeshi": 882,
        "British": 6043,
        "Other White": 966,
    }
    run = engagement("K3_control.csv", "--communities", cases / "engagement" / "Q8_nomis_colon.csv")
    assert (residents(run)["White British"], residents(run)["Pakistani"]) == (24_000, 1_278)


def test_tracks(cases, town, tmp_path):
    # the recorder stood where the first version planned a stop: a plan with one there
    visits, _ = read_plan(next(town.rglob("plan.gpkg")))
    stood = gpd.GeoSeries([Point(1.097796, 54.194066)], crs=4326).to_crs(visits.crs).iloc[0]
    visits.loc[visits.index[0], "geometry"] = stood
    plan = tmp_path / "plan.gpkg"
    routes = gpd.read_file(next(town.rglob("plan.gpkg")), layer="routes")
    write_plan(plan, visits, routes, visits.iloc[:0].assign(reason=""), {})
    for file in ("T1b_moving_only_small.gpx", "T20_one_stop_two_circles.gpx"):
        out = tmp_path / Path(file).stem
        run = Run(out, "patrol", "check", cases / "engagement" / file, "--plan", plan, "--out", out)
        assert run.code == 0, run.said
        checked = run.table("checked.csv")
        assert checked["minutes"].sum() <= 15.01
        assert checked["delivered_visits"].sum() <= 1
        if file.startswith("T1b"):
            assert "began and ended at one place" in run.said
            assert checked["unknown_minutes"].max() == 15


@pytest.fixture
def collect(cases, town, tmp_path):
    def run(*files):
        out = tmp_path / "got"
        shutil.rmtree(out, ignore_errors=True)
        files = [one if Path(one).is_absolute() else cases / "engagement" / one for one in files]
        return Run(out, "workshop", "collect", *files, "--project", town / "slim.toml", "--out", out)

    return run


def notes(run):
    assert run.code == 0, run.said
    return [
        one["properties"]["note"] for one in json.loads((run.out / "workshop_notes.geojson").read_text())["features"]
    ]


def test_versions_of_a_note(collect):
    run = collect("N3_laptop_a.geojson", "N4_edit_slow_clock.geojson")
    assert sorted(notes(run)) == ["Bins on fire", "Groups at the gate", "Groups at the gate (we mean the north gate)"]
    assert "all were kept" in run.said
    assert "latest" not in run.said
    assert "Groups at the gate, corrected in QGIS" in notes(collect("N3_laptop_a.geojson", "N9_qgis.geojson"))


def test_what_geo_wrote_can_be_collected_again(cases, collect, tmp_path):
    subprocess.run([sys.executable, cases / "engagement" / "N10_make.py"], cwd=tmp_path, check=True)
    run = collect(tmp_path / "N10_part0.geojson", tmp_path / "N10_part1.geojson")
    assert len(notes(run)) == 600
    again = tmp_path / "again.geojson"
    shutil.copy(run.out / "workshop_notes.geojson", again)
    assert len(notes(collect(again, "N3_laptop_a.geojson"))) == 602


def test_notes_in_metres(collect):
    run = collect("N7_mercator.geojson")
    assert run.code == 1
    assert "Web Mercator (EPSG:3857)" in run.said
    assert "EPSG:4326" in run.said
