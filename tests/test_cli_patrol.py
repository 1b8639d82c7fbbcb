"""The command line of geo patrol: a plan, its files, what a recording shows of it, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import geopandas as gpd
import icalendar
import pandas as pd
import pytest

from geo.patrol import patrols

PLAN = ("patrol", "plan", "--project", "ashview/geo.toml", "--seconds", 2)
FILES = ["plan.csv", "plan.gpkg", "plan.html", "plan.ics", "plan_run.json", "team-1.gpx", "team-2.gpx"]


@pytest.fixture
def town(geo, finished_demo):
    shutil.copytree(finished_demo, "ashview")
    project = Path("ashview/geo.toml")
    project.write_text(project.read_text(encoding="utf-8").replace("[hotspots]\n", "[hotspots]\nruns = 59\n"))
    return geo


def test_the_demo_plans_a_shift_that_no_team_overruns(finished_demo):
    results = finished_demo / "results"
    assert {path.name for path in results.iterdir()} >= set(FILES)
    table = pd.read_csv(results / "plan.csv", parse_dates=["arrive", "leave"])
    assert list(table.columns)[:4] == ["team", "order", "kind", "name"]
    assert set(table["team"]) == {1, 2}
    assert set(table["kind"]) == {"hot spot", "focal point"}
    assert (table["arrive"] >= "2026-01-09 18:00").all()
    assert (table["leave"] <= "2026-01-09 22:00").all()
    assert (table["leave"] - table["arrive"] == pd.Timedelta(minutes=15)).all()
    assert not table["name"].duplicated().any() or not table.duplicated(["lon", "lat"]).any()
    page = (results / "plan.html").read_text(encoding="utf-8")
    assert "<dt>Shift</dt><dd>18:00 to 22:00 on Friday 9 January 2026</dd>" in page
    assert "<dt>Period</dt><dd>January 2024 to December 2025</dd>" in page  # of the record
    record = json.loads((results / "plan_run.json").read_text(encoding="utf-8"))
    assert record["results"]["visits"] == len(table)
    assert record["results"]["distances_estimated"] is False
    assert record["results"]["bound"] >= record["results"]["prize"] > 0


def test_nobody_is_named_unless_asked_for(town, finished_demo):
    points = pd.read_csv(finished_demo / "focal_points.csv")
    names = set(points["spoc"].dropna()) | set(points["stakeholder"].dropna())
    assert names
    for name in FILES:
        content = (finished_demo / "results" / name).read_bytes()
        assert not [one for one in names if one.encode() in content], name
    result = town(*PLAN, "--balance", 1, "--contacts", "--out", "named")
    assert result.exit_code == 0, result.stderr
    with_contacts = pd.read_csv("named/plan.csv")
    assert with_contacts["contact"].dropna().str.contains("|".join(points["spoc"].dropna())).any()
    for shared in ("named/plan.ics", "named/team-1.gpx"):
        assert not [one for one in names if one.encode() in Path(shared).read_bytes()], shared


def test_balance_decides_what_is_visited(town):
    assert town(*PLAN, "--balance", 0, "--out", "hot", "--quiet").exit_code == 0
    assert set(pd.read_csv("hot/plan.csv")["kind"]) == {"hot spot"}
    assert town(*PLAN, "--balance", 1, "--out", "met", "--quiet").exit_code == 0
    assert set(pd.read_csv("met/plan.csv")["kind"]) == {"focal point"}


def test_without_streets_every_output_says_that_distances_are_estimated(town):
    project = Path("ashview/geo.toml").read_text(encoding="utf-8").replace('streets = "streets.geojson"\n', "")
    Path("ashview/geo.toml").write_text(project, encoding="utf-8")
    result = town(*PLAN, "--out", "lines", "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert told["distances_estimated"] is True
    assert any("straight lines × 1.3" in sentence for sentence in told["sentences"])
    assert "Distances are estimated" in Path("lines/plan.html").read_text(encoding="utf-8")
    settings = gpd.read_file("lines/plan.gpkg", layer="plan").set_index("key")["value"]
    assert settings["distances_estimated"] == "true"


def test_a_plan_that_the_clock_ended_says_so(town, monkeypatch):
    solve = patrols.solve_teams
    monkeypatch.setattr(patrols, "solve_teams", lambda *given, **more: solve(*given, **more)._replace(repeatable=False))
    result = town(*PLAN, "--out", "hurried", "--json")
    told = json.loads(result.stdout)
    assert told["repeatable"] is False
    assert any("does not repeat this plan" in warning for warning in told["warnings"])


def test_the_calendar_and_the_routes_hold_the_plan(finished_demo):
    results = finished_demo / "results"
    calendar = icalendar.Calendar.from_ical((results / "plan.ics").read_bytes())
    events = calendar.walk("VEVENT")
    visits = gpd.read_file(results / "plan.gpkg", layer="visits")
    assert len(events) == 2
    for team, event in enumerate(events, 1):
        assert f"team {team}" in event["SUMMARY"]
        points = gpd.read_file(results / f"team-{team}.gpx", layer="waypoints")
        here = visits[visits["team"] == team].to_crs("EPSG:4326")
        assert points.geometry.x.to_numpy() == pytest.approx(here.geometry.x.to_numpy(), abs=1e-6)
        assert points.geometry.y.to_numpy() == pytest.approx(here.geometry.y.to_numpy(), abs=1e-6)


def test_a_month_is_shared_out_by_what_is_concentrated(town):
    assert town(*PLAN, "--month-hours", 50, "--out", "month", "--quiet").exit_code == 0
    table = pd.read_csv("month/allocation.csv")
    assert table["visits"].sum() == 120  # 50 hours of 25 minutes: 15 there and 10 on the way
    assert (table["visits"] - table["weight_share"] * 120).abs().max() < 1
    assert table["visits"].iloc[0] > table["equal"].iloc[0]


def test_what_was_walked_counts_less_in_the_next_plan(town):
    check = town("patrol", "check", "ashview/evening.gpx", "--plan", "ashview/results/plan.gpkg", "--out", "checked")
    assert check.exit_code == 0, check.stderr
    stays = gpd.read_file("checked/checked.gpkg", layer="stays")
    counted = set(stays.loc[stays["counts"].astype(bool), "stop_id"])
    assert len(counted) >= 2
    next_day = ("--date", "2026-01-10", "--balance", 0, "--rest-days", 30, "--seconds", 2, "--variety", 0)
    assert town(*PLAN, *next_day, "--out", "fresh", "--quiet").exit_code == 0
    walked = ("--walked", "checked/checked.gpkg")
    assert town(*PLAN, *next_day, *walked, "--out", "rested", "--quiet").exit_code == 0
    fresh = gpd.read_file("fresh/plan.gpkg", layer="visits").set_index("stop_id")["prize"]
    left = gpd.read_file("rested/plan.gpkg", layer="left_out").set_index("stop_id")["prize"]
    rested = pd.concat([gpd.read_file("rested/plan.gpkg", layer="visits").set_index("stop_id")["prize"], left])
    both = sorted(counted & set(fresh.index) & set(rested.index))
    assert both
    assert (rested[both].astype(float) < 0.1 * fresh[both]).all()
    others = sorted((set(fresh.index) & set(rested.index)) - counted)
    assert rested[others].astype(float).to_numpy() == pytest.approx(fresh[others].to_numpy())


def test_a_check_says_what_was_met_what_is_unknown_and_what_has_no_data(town):
    result = town("patrol", "check", "ashview/evening.gpx", "--plan", "ashview/results/plan.gpkg", "--out", "checked")
    assert "A missing recording does not mean that nobody was there." in result.stdout
    assert "8 minutes in all. That time is unknown." in result.stdout
    table = pd.read_csv("checked/checked.csv").set_index("name")
    assert table.loc["Market Square, Town Centre", "outcome"] == "met"
    assert table.loc["Market Square, Town Centre", "minutes"] == pytest.approx(16, abs=1.5)
    weeks = pd.read_csv("checked/dosage.csv")
    assert set(weeks["week"]) == {"2026-W02"}
    again = town(
        "patrol", "check", "ashview/evening.gpx", "--plan", "ashview/results/plan.gpkg",
        "--earlier", "checked/checked.gpkg", "--out", "twice", "--json",
    )  # fmt: skip
    assert again.exit_code == 0, again.stderr
    assert json.loads(again.stdout)["delivered_share"] > 0
    both = pd.read_csv("twice/dosage.csv")
    assert both["minutes"].sum() == pytest.approx(weeks["minutes"].sum())  # the same stays count once


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--start", "Nowhere Hall"), "no focal point has this id or name"),
        (("--start", "100000,100000"), "km from the study area"),
        (("--teams", 3, "--start", "FP-022", "--start", "FP-001"), "given 2 times for 3 teams"),
        (("--shift", "tea time"), "18:00-22:00"),
        (("--walked", "ashview/geo.toml"), "not a GeoPackage"),
        (("--walked", "ashview/results/hotspots.gpkg"), "no check of a patrol"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(town, words, said):
    result = town(*PLAN, *words, "--out", "wrong")
    assert result.exit_code == 1
    assert said in result.stderr
    assert not Path("wrong").exists()


@pytest.mark.parametrize(
    ("track", "plan", "said"),
    [
        ("ashview/incidents.csv", "ashview/results/plan.gpkg", "GPX"),
        ("missing.gpx", "ashview/results/plan.gpkg", "missing.gpx"),
        ("ashview/evening.gpx", "ashview/results/hotspots.gpkg", "no patrol plan"),
        ("ashview/evening.gpx", "ashview/geo.toml", "not a GeoPackage"),
    ],
)
def test_a_check_of_something_else_is_refused(town, track, plan, said):
    result = town("patrol", "check", track, "--plan", plan, "--out", "wrong")
    assert result.exit_code == 1
    assert said in result.stderr
