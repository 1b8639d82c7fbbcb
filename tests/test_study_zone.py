"""One zone a study: what is read, planned, sent to a calendar and checked in a city of another zone, on the night its
clocks change and Britain's do not.
"""

from __future__ import annotations

import ast
from dataclasses import fields
from pathlib import Path

import geopandas as gpd
import icalendar
import pandas as pd
import pytest
import shapely

import study
from study.settings import AreaSettings

HOUSE = Path(__file__).resolve().parent.parent
EAST, NORTH = 446_000, 4_633_000  # Chicago, in UTM zone 16 north
PLAN = ("patrol", "plan", "--project", "geo.toml", "--date", "2026-03-07", "--shift", "22:00-04:00", "--out", "plan")


@pytest.fixture
def chicago(geo):
    wards = gpd.GeoDataFrame(
        {"ward_code": ["1", "2"], "ward_name": ["Lake", "Loop"]},
        geometry=[shapely.box(EAST + x, NORTH, EAST + x + 1000, NORTH + 1000) for x in (0, 1000)],
        crs="EPSG:32616",
    )
    wards.to_file("wards.gpkg")
    points = [(500, 500)] * 40 + [(40 * i, 60 * i % 1000) for i in range(40)]
    place = gpd.GeoSeries(gpd.points_from_xy(*zip(*points, strict=True), crs=None)).translate(EAST, NORTH)
    degrees = place.set_crs("EPSG:32616").to_crs("EPSG:4326")
    # 04:30 in UTC is 22:30 of the evening before
    days = [f"2025-{1 + i % 2:02d}-{1 + i // 2 % 28:02d}T04:30:00Z" for i in range(80)]
    pd.DataFrame({"date": days, "lon": degrees.x, "lat": degrees.y, "crime_type": "ASB"}).to_csv("asb.csv", index=False)
    start = f"{degrees.x[0]:.5f},{degrees.y[0]:.5f}"
    project = (
        '[project]\nmetric-crs = "EPSG:32616"\ntimezone = "America/Chicago"\n'
        '[layers]\nwards = "wards.gpkg"\nincidents = "asb.csv"\n[hotspots]\nruns = 19\n'
        f'[patrol.plan]\nstart = "{start}"\nseconds = 1\nbalance = 0\n'
    )
    Path("geo.toml").write_text(project)
    return geo, degrees.iloc[0]


def test_the_zone_of_the_study_holds_from_the_table_to_the_calendar_and_back(chicago):
    geo, spot = chicago
    made = geo(*PLAN)
    assert made.exit_code == 0, made.output
    events = icalendar.Calendar.from_ical(Path("plan/plan.ics").read_bytes()).walk("VEVENT")
    assert f"{events[0].decoded('dtstart'):%d %H:%M %Z}" == "08 04:00 UTC"
    assert "America/Chicago" in str(events[0]["description"])
    plan = pd.read_csv("plan/plan.csv", parse_dates=["arrive"])
    assert plan["arrive"].iloc[0].hour == 22
    at = [f"2026-03-07 {22 + i // 60}:{i % 60:02d}:00,{spot.y},{spot.x}" for i in range(0, 40)]
    Path("walk.csv").write_text("\n".join(["time,lat,lon", *at]))
    Path("geo.toml").unlink()  # a plan knows its zone by itself
    checked = geo("patrol", "check", "walk.csv", "--plan", "plan/plan.gpkg", "--out", "checked")
    assert checked.exit_code == 0, checked.output
    stays = gpd.read_file("checked/checked.gpkg", layer="stays")
    assert stays["begins"].iloc[0] == "2026-03-07T22:00:00-06:00"


def test_hours_are_those_of_the_study(chicago):
    geo, _ = chicago
    assert geo("hotspots", "--project", "geo.toml", "--out", "found").exit_code == 0
    peak = pd.read_csv("found/hotspots.csv")["peak"].iloc[0]
    assert "22:00" in peak


def test_without_a_zone_no_clock_is_made_up(chicago):
    geo, _ = chicago
    Path("geo.toml").write_text(Path("geo.toml").read_text().replace('timezone = "America/Chicago"\n', ""))
    Path("asb.csv").write_text(Path("asb.csv").read_text().replace("T04:30:00Z", "T22:30:00"))
    told = geo(*PLAN)
    assert told.exit_code != 0
    assert "the zone of the study is not known" in told.output
    assert "timezone" in told.output


def test_every_call_that_turns_clock_times_says_of_which_zone():
    turning = {"read_shift", "score_tracks", "read_checked", "write_calendar", "write_gpx"}
    calls = [
        (file.name, node)
        for folder in ("study", "console")
        for file in (HOUSE / folder).glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in turning
    ]
    assert len(calls) >= 8
    assert [(name, node.func.id) for name, node in calls if "zone" not in {one.arg for one in node.keywords}] == []


def test_every_setting_of_the_study_may_stand_in_geo_toml(tmp_path):
    project = tmp_path / "geo.toml"
    values = {
        "area": '["Lake"]',
        "timezone": '"America/Chicago"',
        "wards-crs": '"EPSG:4326"',
        "metric-crs": '"EPSG:32616"',
    }
    assert set(values) == {one.name.replace("_", "-") for one in fields(AreaSettings)}
    lines = [f"{name} = {value}" for name, value in values.items()]
    project.write_text("\n".join(["[project]", *lines]))
    assert study.open(project).settings(AreaSettings).timezone == "America/Chicago"
