"""The command lines of geo evaluate, geo compare and geo assess on the sample town: files, words, refusals."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
from conftest import ROOT

from geo.hotspots.register import add_history, freeze, match
from layers.hotspot_register import FILE_NAME, update_register

TOML = "ashview/geo.toml"
YEARS = ("--before", "2024-01:2024-12", "--after", "2025-01:2025-12")


@pytest.fixture
def town(geo):
    shutil.copytree(ROOT / "data" / "ashview", "ashview")
    return geo


@pytest.fixture(scope="module")
def early_spots():
    """The hot spots of the sample's first half year, as a register would have them by July 2024."""
    import study

    ashview = study.open(ROOT / "data" / "ashview" / "geo.toml", until="2024-06", runs=19)
    return ashview.find(ashview.incidents, ashview.months).hotspots


def with_register(spots):
    def change(places, history):
        register, states = match(places, spots, run="2024-06")
        return freeze(register, list(register["hotspot_id"])), add_history(history, register, states, "2024-06")

    return update_register(Path("ashview") / FILE_NAME, change)[0]


def test_compare_writes_what_it_says(town):
    result = town("compare", "--project", TOML, "--out", "out")
    assert result.exit_code == 0, result.stderr
    assert "2025-01 to 2025-12 against 2024-01 to 2024-12, Ashview." in result.stdout
    assert "No register of hot spots beside geo.toml" in result.stderr
    assert Path("out/compare.txt").read_text(encoding="utf-8").strip() == result.stdout.strip()
    table = pd.read_csv("out/compare.csv")
    assert set(table["of"]) == {"wards", "communities met"}
    wards = table[table["of"] == "wards"]
    assert len(wards) == 12
    record = json.loads(Path("out/compare_run.json").read_text(encoding="utf-8"))
    assert record["results"]["sentences"][1].startswith("All reports: ")
    town_total = [int(part.replace(",", "")) for part in record["results"]["sentences"][1].split() if part[0].isdigit()]
    assert wards[["before", "after"]].sum().tolist() == town_total[:2]
    assert pyogrio.list_layers("out/compare.gpkg")[:, 0].tolist() == ["wards", "layer_styles"]
    page = Path("out/compare.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert page.count("<figure>") == 5  # ratios, both periods and the change of wards; ratios of communities
    assert openpyxl.load_workbook("out/compare.xlsx").sheetnames == ["wards", "communities met"]


def test_compare_through_the_register(town, early_spots):
    register = with_register(early_spots)
    result = town("compare", "--project", TOML, "--out", "out", "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert any("chose these hot spots: they fall by themselves" in line for line in told["sentences"])
    table = pd.read_csv("out/compare.csv")
    assert sorted(table.loc[table["of"] == "hot spots", "id"]) == sorted(register["hotspot_id"])
    assert len(gpd.read_file("out/compare.gpkg", layer="hotspots")) == len(register)


def test_what_was_found_because_it_rose_is_not_said_to_have_risen(town, early_spots):
    first, late = early_spots.iloc[:-3], early_spots.iloc[-3:]
    with_register(first)

    def change(places, history):
        register, states = match(places, early_spots, run="2025-03")
        return register, add_history(history, register, states, "2025-03")

    places, _ = update_register(Path("ashview") / FILE_NAME, change)
    new = sorted(places.loc[places["first_run"] == "2025-03", "hotspot_id"])
    assert len(new) == len(late)
    result = town("compare", "--project", TOML, "--out", "out")
    assert result.exit_code == 0, result.stderr
    table = pd.read_csv("out/compare.csv")
    assert not set(new) & set(table["id"])
    assert f"3 hot spots first found within the second period ({', '.join(new)})" in result.stdout
    earlier = town(
        "compare", "--project", TOML, "--before", "2024-07:2024-08", "--after", "2025-07:2025-08", "--out", "o"
    )
    assert earlier.exit_code == 0, earlier.stderr
    assert set(new) <= set(pd.read_csv("o/compare.csv")["id"])  # found before either period


def test_compare_finds_what_was_planted_in_the_sample(town):
    # README of the sample: reports in Easington fell and in Ashview Park rose from the first year to the second
    assert town("compare", "--project", TOML, "--out", "out").exit_code == 0
    table = pd.read_csv("out/compare.csv").set_index("name")["change"]
    assert table["Easington"] == "fell against the town"
    assert table["Ashview Park"] == "rose against the town"


def test_assess_writes_what_it_says(town):
    options = ("--places", "wards", "--treated", "riverside", "--treated", "Station", *YEARS)
    result = town("assess", "--project", TOML, *options, "--draws", 99, "--out", "out")
    assert result.exit_code == 0, result.stderr
    assert Path("out/assess.txt").read_text(encoding="utf-8").strip() == result.stdout.strip()
    record = json.loads(Path("out/assess_run.json").read_text(encoding="utf-8"))
    effect = record["results"]["effect"]
    assert effect["low"] <= effect["ratio"] <= effect["high"]
    assert 0 < effect["p"] <= 1
    assert record["options"]["draws"]["value"] == 99
    table = pd.read_csv("out/assess.csv")
    assert (table["group"] == "treated").sum() == 2
    assert len(gpd.read_file("out/assess.gpkg", layer="places")) == 12
    assert "What was compared" in Path("out/assess.html").read_text(encoding="utf-8")
    assert openpyxl.load_workbook("out/assess.xlsx").sheetnames == ["places", "counts", "power"]


def test_assess_with_frozen_hot_spots(town, early_spots):
    register = with_register(early_spots)
    treated = [option for one in register["hotspot_id"].iloc[[2, 5, 8]] for option in ("--treated", one)]
    months = ("--before", "2024-07:2025-03", "--after", "2025-04:2025-12")
    result = town("assess", "--project", TOML, *treated, *months, "--draws", 199, "--out", "out")
    assert result.exit_code == 0, result.stderr
    assert "Not known which months chose the places" not in result.stdout
    refused = town("assess", "--project", TOML, *treated, *YEARS, "--out", "no")
    assert refused.exit_code == 1
    assert "before: 2024-01, 2024-02, 2024-03 and 3 more also chose the places" in refused.stderr
    assert not Path("no").exists()
    later = town("assess", "--project", TOML, *treated, *months, "--chosen-until", "2024-08", "--out", "no")
    assert "before: 2024-07, 2024-08 also chose the places" in later.stderr


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--treated", "HS-0001", *YEARS), 1, "There is no register of hot spots beside geo.toml."),
        (("--places", "wards", *YEARS), 2, "No place was named as treated.\nName each: --treated HS-0001."),
        (("--places", "wards", "--treated", "Riverside", *YEARS[2:]), 2, "No months were given for before."),
        (("--places", "wards", "--treated", "Atlantis", *YEARS), 1, "treated: no place Atlantis."),
        (("--places", "wards", "--treated", "Riverside", "--before", "2024", *YEARS[2:]), 2, "'2024' is no period."),
        (
            ("--places", "wards", "--treated", "Riverside", "--before", "2023-01:2023-12", *YEARS[2:]),
            2,
            "the data do not cover 2023-01, 2023-02, 2023-03 and 9 more.",
        ),
        (
            ("--places", "wards", "--treated", "Riverside", "--before", "2024-01:2024-02", *YEARS[2:]),
            1,
            "before: 2 months; fewer than 3",
        ),
        (
            ("--places", "wards", "--treated", "Riverside", "--before", "2024-01:2025-03", *YEARS[2:]),
            1,
            "Periods overlap: before ends with 2025-03",
        ),
        (("--places", "wards", "--treated", "Riverside", *YEARS), 1, "1 treated place of 12: only 11 placebos"),
    ],
)
def test_assess_refuses_with_the_reason(town, options, code, message):
    result = town("assess", "--project", TOML, *options, "--out", "out")
    assert result.exit_code == code
    assert message in result.stderr
    assert not Path("out").exists()


def test_evaluate_writes_what_it_says(town):
    result = town("evaluate", "--project", TOML, "--runs", 19, "--step", 6, "--out", "out")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("Hot spots: ")
    table = pd.read_csv("out/evaluate.csv")
    assert {"hot spots", "grid", "kde", "discs", "best possible"} <= set(table["method"])
    origins = pd.read_csv("out/evaluate_origins.csv")
    assert origins["first_month"].unique().tolist() == ["2025-01", "2025-07"]
    few = town("evaluate", "--project", TOML, "--train", 24, "--out", "no")
    assert few.exit_code == 1
    assert few.stderr.startswith("24 months covered: 24 to learn from and 1 to test on, without a gap, are 25.")


def test_settings_of_the_project_hold(town):
    project = Path(TOML)
    text = project.read_text(encoding="utf-8") + '\n[compare]\nbefore = "2024-04:2024-06"\nafter = "2025-04:2025-06"\n'
    project.write_text(text, encoding="utf-8")
    result = town("compare", "--project", TOML, "--out", "out")
    assert result.stdout.startswith("2025-04 to 2025-06 against 2024-04 to 2024-06")
    again = town("compare", "--project", TOML, "--out", "out")
    assert again.exit_code == 1
    assert "already exists" in again.stderr


def test_tuning_is_judged_by_months_it_has_not_seen_and_writes_one_line(town):
    before = Path(TOML).read_text(encoding="utf-8")
    result = town("evaluate", "--project", TOML, "--runs", 19, "--step", 3, "--tune", "--out", "out")
    assert result.exit_code == 0, result.stderr
    first, second = result.stdout.splitlines()[:2]
    assert first.startswith("Chosen by months to 2025-07: eps ")
    assert second.startswith("In the months after: ×")
    assert pd.read_csv("out/evaluate_origins.csv")["first_month"].min() > "2025-07"
    after = Path(TOML).read_text(encoding="utf-8")
    added = [line for line in after.splitlines() if line not in before.splitlines()]
    assert len(added) == 1
    assert added[0].startswith("eps = ")
    assert after.replace(added[0] + "\n", "") == before
    assert town("hotspots", "--project", TOML, "--runs", 19, "--out", "spots", "--quiet").exit_code == 0
    record = json.loads(Path("spots/run.json").read_text(encoding="utf-8"))
    assert record["options"]["eps"]["value"] == float(added[0].split("=")[1])


def test_tuning_without_a_project_or_of_what_is_given_is_refused(town):
    layers = ("--incidents", "ashview/incidents.csv", "--wards", "ashview/wards.geojson", "--area", "Ashview")
    done = town("evaluate", *layers, "--tune", "--out", "out")
    assert done.exit_code == 2
    assert "there is no geo.toml to write to" in done.stderr
    done = town("evaluate", "--project", TOML, "--eps", 120, "--tune", "--out", "out")
    assert done.exit_code == 2
    assert "120 is given, so there is nothing to choose." in done.stderr


def test_a_notebook_writes_the_same_as_the_command(town):
    import study

    assert town("compare", "--project", TOML, "--out", "one", "--quiet").exit_code == 0
    files = study.open(TOML).write("two", "compare")
    assert [path.name for path in files] == [
        "compare.html",
        "compare.txt",
        "compare.csv",
        "compare.xlsx",
        "compare.gpkg",
        "compare_run.json",
    ]
    for name in ("compare.txt", "compare.csv", "compare.xlsx", "compare.gpkg"):
        assert Path("one", name).read_bytes() == Path("two", name).read_bytes()


def test_values_from_files_reach_the_paragraph_as_plain_text(town):
    wards = json.loads(Path("ashview/wards.geojson").read_text(encoding="utf-8"))
    for feature in wards["features"]:
        name = next(key for key in feature["properties"] if key.endswith("NM") and key.startswith("WD"))
        if feature["properties"][name] == "Easington":
            feature["properties"][name] = "=cmd()\x1b[31m<script>"
    Path("ashview/wards.geojson").write_text(json.dumps(wards), encoding="utf-8")
    result = town("compare", "--project", TOML, "--out", "out")
    assert result.exit_code == 0, result.stderr
    for text in (result.stdout, Path("out/compare.txt").read_text(encoding="utf-8")):
        assert "=cmd()[31m<script> fell" in text  # without the control character
        assert "\x1b" not in text
    assert "<script" not in Path("out/compare.html").read_text(encoding="utf-8")
