"""--profile of every command that writes, and the release log that is on by default beside the project."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

import study
from geo.disclosure.profiles import PROFILES
from geo.errors import GeoError
from layers.audit.audit import audit_file
from layers.writing.release_log import read_log

LOG = Path("ashview/releases.jsonl")
PROJECT = ("--project", "ashview/geo.toml", "--quiet")


@pytest.fixture
def town(geo, finished_demo):
    shutil.copytree(finished_demo, "ashview")
    LOG.unlink()
    return geo


def passes(folder: str, profile: str) -> set[str]:
    """The files of a folder, each of which an audit lets through, the record of the run too."""
    files = sorted(Path(folder).iterdir())
    for path in files:
        found = [
            (one.place, one.what) for one in audit_file(path, PROFILES[profile]).findings if one.severity == "breaks"
        ]
        assert not found, (path.name, found)
    return {path.name for path in files}


def test_the_demo_has_remembered_its_one_page_for_others(finished_demo):
    assert [(one.file, one.profile) for one in read_log(finished_demo / "releases.jsonl")] == [
        ("workshop.html", "public")
    ]


def test_work_inside_the_team_is_not_remembered(town):
    for audience in ("analyst", "inspector"):
        assert town("map", *PROJECT, "--audience", audience, "--out", "pages").exit_code == 0
    assert town("hotspots", *PROJECT, "--out", "found").exit_code == 0
    assert not LOG.exists()


HOTSPOTS = ("hotspots", *PROJECT)
COMPARE = ("compare", *PROJECT, "--before", "2024-10:2024-12", "--after", "2025-10:2025-12")
EVALUATE = ("evaluate", *PROJECT, "--step", "12", "--runs", "19")
ASSESS = (
    *("assess", *PROJECT, "--places", "wards", "--treated", "Riverside", "--treated", "Station", "--draws", "99"),
    *("--before", "2024-01:2024-12", "--after", "2025-01:2025-12"),
)
COLLECT = ("workshop", "collect", "ashview/workshop_notes.geojson", *PROJECT)


@pytest.mark.parametrize(
    ("words", "profile", "names"),
    [
        (HOTSPOTS, "public", {"hotspots.csv", "hotspots.gpkg", "hotspots.geojson", "run.json"}),
        (("engagement", *PROJECT), "partner", {"engagement.csv", "engagement.gpkg", "engagement_run.json"}),
        (COMPARE, "public", {"compare.csv", "compare_run.json"}),
        (EVALUATE, "public", {"evaluate.csv", "evaluate_run.json"}),
        (ASSESS, "partner", {"assess.csv", "assess_run.json"}),
        (COLLECT, "public", {"workshop_notes.geojson", "workshop_run.json"}),
        (("map", *PROJECT, "--audience", "workshop"), "public", {"workshop.html", "workshop_run.json"}),
        (("map", *PROJECT, "--audience", "inspector"), "partner", {"inspector.html", "inspector_run.json"}),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0] if isinstance(value, tuple) else "",
)
def test_only_what_may_leave_is_written_and_remembered(town, words, profile, names):
    result = town(*words, "--profile", profile, "--out", "out")
    assert result.exit_code == 0, result.output
    assert passes("out", profile) == names
    remembered = read_log(LOG)
    assert {one.file for one in remembered} == {name for name in names if not name.endswith("run.json")}
    assert {one.profile for one in remembered} == {profile}


@pytest.mark.parametrize(
    ("words", "profile"),
    [
        (("patrol", "check", "ashview/evening.gpx", "--plan", "ashview/results/plan.gpkg", *PROJECT), "partner"),
        (("patrol", "plan", *PROJECT), "public"),
        (("trial", "design", *PROJECT, "--first-day", "2025-10-06", "--days", "84"), "partner"),
        (ASSESS, "public"),
    ],
)
def test_what_never_leaves_is_refused_at_once_with_the_remedy(town, words, profile):
    result = town(*words, "--profile", profile, "--out", "out")
    assert result.exit_code == 1
    problem, hint = result.stderr.strip().splitlines()
    assert (
        problem == f"Nothing that geo {' '.join(w for w in words[:2] if w in 'patrol plan check trial design assess')} "
        f"writes may leave as {profile}."
    )
    assert f"geo release FILE... --profile {profile} --out DIR" in hint
    assert not Path("out").exists()
    assert not LOG.exists()


def test_two_periods_of_the_same_wards_are_counts_of_their_months(town):
    assert town(*COMPARE, "--profile", "public", "--out", "out").exit_code == 0
    table = pd.read_csv("out/compare.csv")
    assert set(table["since"]) == {"2024-10", "2025-10"}
    shown = table["incidents"].dropna()
    assert ((shown == 0) | (shown >= 10)).all()
    assert (shown % 5 == 0).all()
    assert {one.get("until") for one in read_log(LOG)[0].figures} == {"2024-12", "2025-12"}


def test_a_refused_run_leaves_nothing_behind_and_withdrawing_lets_it_pass(town):
    """Three months, then their first two: the third could be worked out."""
    assert town(*COMPARE, "--profile", "public", "--out", "three").exit_code == 0
    two = (*COMPARE[:-1], "2025-10:2025-11", "--profile", "public", "--out", "two")
    result = town(*two)
    assert result.exit_code == 1, result.output
    assert "in 2025-12: a small count could be worked out from this file with compare.csv of" in result.stderr
    assert "Later or coarser" in result.stderr
    assert "geo release FILE... --profile public --minimum-count N" in result.stderr
    assert not Path("two").exists()
    assert len(read_log(LOG)) == 1
    assert "compare.csv" in town("releases", "--project", "ashview/geo.toml").stdout
    gone = town("releases", "--project", "ashview/geo.toml", "--withdraw", "1", "--reason", "never handed out")
    assert gone.exit_code == 0
    assert town(*two).exit_code == 0


def test_pages_keep_the_hexagons_and_classes_of_the_first(town):
    page = ("map", *PROJECT, "--audience", "workshop")
    project = Path("ashview/geo.toml")
    text = project.read_text(encoding="utf-8")
    told = []
    for since, until in (("2024-01", "2024-12"), ("2025-01", "2025-01")):
        chosen = f'[hotspots]\nsince = "{since}"\nuntil = "{until}"\n'
        project.write_text(text.replace("[hotspots]\n", chosen), encoding="utf-8")
        assert town(*page, "--out", since).exit_code == 0
        told.append(read_log(LOG)[-1].made_with)
    assert told[0]["width_m"] == told[1]["width_m"]
    assert told[1]["edges"][1:] == told[0]["edges"][1:]  # the lowest reaches down to the fewest


def test_a_year_of_monthly_public_pages_passes(shared_data, tmp_path):
    """Luton, as published: every month a page of its own; wards of two months and then of the first do not pass."""
    wards = shared_data / "luton_beds_wards_vintages" / "wards_2025_E06000032.geojson"
    given = {
        **{"wards": str(wards), "incidents": str(shared_data / "bedfordshire_street_2025"), "area": "Luton"},
        **{"null": "none", "release_log": str(tmp_path / "log" / "releases.jsonl")},
    }
    for month in range(1, 13):
        day = f"2025-{month:02d}"
        study.open(**given, since=day, until=day).write(tmp_path / day, "workshop")
    log = read_log(Path(given["release_log"]))
    assert len(log) == 12
    assert len({one.made_with["width_m"] for one in log}) == 1
    wards_of = {**given, "profile": "public", "after": "2025-03:2025-04"}
    study.open(**wards_of, before="2025-01:2025-02").write(tmp_path / "two", "compare")
    log = read_log(Path(given["release_log"]))
    with pytest.raises(GeoError, match=r"(?s)release log: incidents of E05.* in 2025-02: .*Later or coarser"):
        study.open(**wards_of, before="2025-01:2025-01").write(tmp_path / "one", "compare")
    assert read_log(Path(given["release_log"])) == log
