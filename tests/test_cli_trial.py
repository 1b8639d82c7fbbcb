"""A trial on the sample town, whole: design, the places of a day, a plan that keeps off the others, the result."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from conftest import ROOT

import study
from geo.evaluation.trial import draw, place_days, result
from layers.plans.checked import write_checked
from study.trials import trial_of

TOML = "ashview/geo.toml"
FIRST, DAYS = "2025-07-01", 91
DESIGN = ("trial", "design", "--project", TOML, "--first-day", FIRST, "--days", DAYS, "--runs", 19, "--out", "trial")


@pytest.fixture(scope="module")
def designed(tmp_path_factory):
    """The folder of a project with a trial designed in it, once: copy it, do not write into it."""
    from click.testing import CliRunner

    import cli

    folder = tmp_path_factory.mktemp("trial")
    shutil.copytree(ROOT / "data" / "ashview", folder / "ashview")
    options = [str(folder / one) if one in (TOML, "trial") and at > 2 else str(one) for at, one in enumerate(DESIGN)]
    done = CliRunner().invoke(cli.main, [*options, "--exclude", "HS-0001=the police station"])
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture
def town(geo, designed):
    for name in ("ashview", "trial"):
        shutil.copytree(designed / name, name)
    return geo


def test_the_design_is_written_and_sealed(town):
    trial = trial_of("trial/trial.json")
    protocol = trial.protocol
    assert protocol.first_day == dt.date(2025, 7, 1)
    assert protocol.days == DAYS
    assert trial.schedule.shape == (DAYS, len(protocol.places))
    assert (trial.schedule.sum(axis=1) == protocol.per_day).all()
    assert "HS-0001" not in protocol.places
    table = pd.read_csv("trial/trial_places.csv").set_index("hotspot_id")
    assert table.loc["HS-0001", "reason"] == "the police station"
    grounds = trial.places.geometry.to_numpy()
    apart = shapely.distance(grounds[:, None], grounds[None])
    assert apart[~np.eye(len(grounds), dtype=bool)].min() >= 200
    text = Path("trial/trial.txt").read_text(encoding="utf-8")
    assert protocol.seal in text
    assert "it finds a true fall of 30% with" in text


def test_a_day_gives_its_places_and_no_other(town):
    done = town("trial", "today", "--trial", "trial/trial.json", "--date", "2025-07-03", "--out", "day", "--json")
    assert done.exit_code == 0, done.stderr
    trial = trial_of("trial/trial.json")
    drawn = trial.schedule.columns[trial.schedule.loc[dt.date(2025, 7, 3)]].tolist()
    assert json.loads(done.stdout)["places"] == drawn
    assert pd.read_csv("day/trial_2025-07-03.csv")["hotspot_id"].tolist() == drawn
    assert len(gpd.read_file("day/trial_2025-07-03.gpkg")) == len(drawn)
    late = town("trial", "today", "--trial", "trial/trial.json", "--date", "2025-12-24", "--out", "late")
    assert late.exit_code == 1
    assert "2025-12-24: the trial runs from 2025-07-01 to 2025-09-29." in late.stderr


def test_no_plan_visits_a_place_that_is_not_drawn(town):
    trial = trial_of("trial/trial.json")
    for date, balance in (("2025-07-01", 0.0), ("2025-09-29", 0.6)):
        plan = study.open(TOML, runs=19).plan(trial="trial/trial.json", date=date, balance=balance, seconds=1)
        drawn = trial.schedule.columns[trial.schedule.loc[dt.date.fromisoformat(date)]]
        others = trial.places[~trial.places["hotspot_id"].isin(drawn)].union_all()
        assert len(plan.visits)
        assert (plan.visits.distance(others) > trial.protocol.ring_m).all()
        hot = plan.visits[plan.visits["kind"] == "hot spot"]
        if balance == 0:
            assert len(hot)


def dated():
    return pd.read_csv("ashview/incidents.csv", dtype=str)


def test_a_planted_effect_is_found(town):
    trial = trial_of("trial/trial.json")
    table = dated()
    points = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(
            pd.to_numeric(table["easting"], "coerce"), pd.to_numeric(table["northing"], "coerce")
        ),
        crs="EPSG:27700",
    )
    when = pd.to_datetime(table["occurred_from"], errors="coerce", format="%Y-%m-%d %H:%M")
    day = (when - pd.Timedelta(hours=6)).dt.date
    gone = np.zeros(len(table), bool)
    rng = np.random.default_rng(4)
    for place in trial.places.itertuples():
        days = set(trial.schedule.index[trial.schedule[place.hotspot_id]])
        gone |= (
            points.intersects(place.geometry).to_numpy() & day.isin(days).to_numpy() & (rng.random(len(table)) < 0.7)
        )
    table[~gone].to_csv("ashview/incidents.csv", index=False)
    options = ("--project", TOML, "--trial", "trial/trial.json", "--as-of", "2025-10-05")
    done = town("trial", "result", *options, "--out", "out")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("On drawn days fewer reports: -")
    assert Path("out/trial_result.txt").read_text(encoding="utf-8").strip() == done.stdout.strip()
    record = json.loads(Path("out/trial_result_run.json").read_text(encoding="utf-8"))["results"]
    assert record["p"] <= 0.05
    assert record["low"] < record["ratio"] < 0.45
    assert record["high"] < 0.7
    assert record["peek"] is False
    rows = pd.read_csv("out/trial_result.csv")
    assert len(rows) == trial.schedule.size
    assert rows["drawn"].sum() == trial.schedule.to_numpy().sum()
    assert openpyxl.load_workbook("out/trial_result.xlsx").sheetnames == ["place-days", "days since", "followed"]


def test_where_nothing_was_done_little_is_found(town):
    trial = trial_of("trial/trial.json")
    counts = place_days(study.open(TOML).incidents, trial.places, trial.protocol)
    called = [
        result(
            counts,
            draw(list(counts), per_day=trial.protocol.per_day, days=DAYS, seed=seed).set_axis(counts.index),
            redraws=199,
        ).p
        <= 0.05
        for seed in range(60)
    ]
    assert np.mean(called) <= 0.12  # of 60 draws on one record, at 5 %


def test_an_early_look_is_refused_or_said(town):
    options = ("trial", "result", "--project", TOML, "--trial", "trial/trial.json", "--as-of", "2025-08-11")
    refused = town(*options, "--out", "no")
    assert refused.exit_code == 1
    assert "The trial runs to 2025-09-29; 41 of 91 days are over." in refused.stderr
    assert not Path("no").exists()
    seen = town(*options, "--peek", "--out", "seen")
    assert seen.exit_code == 0, seen.stderr
    assert seen.stdout.startswith("Looked at early, after 41 of 91 days: no result.")
    assert json.loads(Path("seen/trial_result_run.json").read_text(encoding="utf-8"))["results"]["peek"] is True


def test_who_tampers_is_noticed(town):
    path = Path("trial/trial_schedule.csv")
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = lines[5].split(",")
    on, off = cells.index("1"), cells.index("0")
    cells[on], cells[off] = "0", "1"
    lines[5] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for command in (
        ("trial", "today", "--date", "2025-07-10"),
        ("trial", "result", "--project", TOML, "--as-of", "2025-10-05"),
        ("patrol", "plan", "--project", TOML, "--date", "2025-07-10"),
    ):
        done = town(*command, "--trial", "trial/trial.json", "--out", "out")
        assert done.exit_code == 1, done.stdout
        assert "The schedule was changed after it was sealed (1 day, first 2025-07-05)." in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("trial.json", "{", "this is no protocol of a trial."),
        ("trial.json", "{}", "this is no protocol of a trial (it has no seal)."),
        ("trial.json", '{"seal": "x"}', "this protocol is not whole."),
        ("trial_schedule.csv", "a,b\n1,0\n", "this is no schedule of a trial"),
        ("trial_schedule.csv", "date,HS-0002\n2025-07-01,7\n", "column HS-0002 holds more than 0 and 1."),
        ("trial.gpkg", "x", "it holds no places of a trial."),
    ],
)
def test_files_that_are_no_trial_are_refused(town, name, content, message):
    (Path("trial") / name).write_text(content, encoding="utf-8")
    done = town("trial", "today", "--trial", "trial/trial.json", "--date", "2025-07-03", "--out", "out")
    assert done.exit_code == 1
    assert message in done.stderr


def test_months_alone_are_refused(town, tmp_path):
    table = dated()
    table["month"] = table.pop("occurred_from").str[:7]
    table.drop(columns="occurred_to").to_csv("ashview/incidents.csv", index=False)
    options = ("--project", TOML, "--trial", "trial/trial.json", "--as-of", "2025-10-05", "--out", "out")
    done = town("trial", "result", *options)
    assert done.exit_code == 1
    assert "The reports carry no day, only months: a trial compares days with days." in done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("trial", "design", "--project", TOML), "No first day was given."),
        (("trial", "design", "--project", TOML, "--first-day", "2030-01-07", "--exclude", "HS-0001"), "says no reason"),
        (
            (
                "trial",
                "today",
            ),
            "No trial was named.",
        ),
        (("trial", "result", "--project", TOML), "No trial was named."),
    ],
)
def test_wrong_use_is_said(town, options, message):
    done = town(*options, "--out", "out")
    assert done.exit_code == 2
    assert message in done.stderr


def test_what_was_walked_is_said_beside_what_was_drawn(town):
    trial = trial_of("trial/trial.json")
    day = dt.date(2025, 7, 2)
    on = trial.places[trial.places["hotspot_id"].isin(trial.schedule.columns[trial.schedule.loc[day]])]
    off = trial.places[~trial.places["hotspot_id"].isin(on["hotspot_id"])]
    grounds = [on.geometry.iloc[0].centroid, off.geometry.iloc[0].centroid, on.geometry.iloc[1].centroid]
    begins = pd.to_datetime(["2025-07-02 18:00", "2025-07-02 19:00", "2025-07-02 20:00"]).tz_localize("Europe/London")
    stays = gpd.GeoDataFrame(
        {
            "stop_id": ["a", "b", "c"],
            "kind": "hot spot",
            "name": "x",
            "begins": begins,
            "ends": begins + pd.Timedelta(minutes=15),
            "minutes": 15.0,
            "unknown_minutes": 0.0,
            "counts": [True, True, False],
        },
        geometry=grounds,
        crs=trial.places.crs,
    )
    visits = gpd.GeoDataFrame(
        {
            "stop_id": ["a"],
            "kind": "hot spot",
            "name": "x",
            "arrives": pd.to_datetime(["2025-07-02 18:00"]),
            "leaves": pd.to_datetime(["2025-07-02 18:15"]),
            "dwell_minutes": 15.0,
            "radius_m": 50.0,
        },
        geometry=grounds[:1],
        crs=trial.places.crs,
    )
    write_checked(Path("checked.gpkg"), visits[["stop_id", "geometry"]], stays, visits)
    options = ("--project", TOML, "--trial", "trial/trial.json", "--as-of", "2025-10-05", "--checked", "checked.gpkg")
    done = town("trial", "result", *options, "--out", "out")
    assert done.exit_code == 0, done.stderr
    drawn, others = int(trial.schedule.to_numpy().sum()), int((~trial.schedule.to_numpy()).sum())
    per_day = trial.protocol.per_day
    said = f"Of {drawn:,} place-days drawn 1 were visited, {per_day - 1} not, {drawn - per_day:,} are not known; "
    assert said + f"of {others:,} not drawn 1 were visited." in done.stdout


def test_of_two_near_places_of_the_register_the_busier_stays(town):
    from geo.hotspots.register import add_history, match
    from layers.hotspot_register import FILE_NAME, update_register

    grounds = [shapely.box(601000 + x, 482000, 601100 + x, 482100) for x in (0, 150, 2000, 4000)]
    spots = gpd.GeoDataFrame({"name": list("abcd"), "incidents": [9, 50, 7, 6]}, geometry=grounds, crs="EPSG:27700")

    def change(places, history):
        register, states = match(None, spots.iloc[[0]], run="2024-01")  # the quieter has the lower id
        register, states = match(register, spots, run="2024-02")
        return register, add_history(history, register, states, "2024-02")

    update_register(Path("ashview") / FILE_NAME, change)
    done = town("trial", "design", "--project", TOML, "--first-day", "2030-01-07", "--out", "other")
    assert done.exit_code == 0, done.stderr
    table = pd.read_csv("other/trial_places.csv").set_index("hotspot_id")
    assert table.loc["HS-0001", "reason"] == "under 200 m from HS-0002"
    assert table["eligible"].tolist() == [False, True, True, True]
