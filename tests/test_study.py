"""A study from Python: what is computed when, what is kept between runs, and hot spots that keep their ids."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from conftest import street_row, write_street
from geopandas.testing import assert_geodataframe_equal
from pandas.testing import assert_frame_equal

import study
from geo.errors import GeoError
from geo.hotspots.register import freeze
from layers.hotspot_register import read_register, update_register
from study.cache import FOLDER, Cache
from study.settings import AreaSettings, SettingError

PROJECT = """[project]
area = "Farmland"
[layers]
wards = "wards.geojson"
incidents = "download"
[hotspots]
min-incidents = 10
runs = 19
"""


@pytest.fixture
def project(tmp_path, wards_file, download) -> Path:
    path = tmp_path / "geo.toml"
    path.write_text(PROJECT, encoding="utf-8")
    return path


def count_finds(monkeypatch) -> list[str]:
    """The runs of the analysis from here on: a kept result makes none."""
    import geo.hotspots

    found: list[str] = []
    real = geo.hotspots.find_hotspots

    def counted(*given, **more):
        found.append("found")
        return real(*given, **more)

    monkeypatch.setattr(geo.hotspots, "find_hotspots", counted)
    return found


def assert_same(one, other):
    """Two results, field by field."""
    for name, value in one._asdict().items():
        again = getattr(other, name)
        if isinstance(value, gpd.GeoDataFrame):
            assert_geodataframe_equal(again, value)
        elif isinstance(value, pd.DataFrame):
            assert_frame_equal(again, value)
        else:
            assert again == value, name


# --- from Python ------------------------------------------------------------------------------------------------------


def test_a_study_of_arguments_answers_as_one_of_geo_toml(project, wards_file, download):
    by_file = study.open(project)
    by_hand = study.open(wards=wards_file, incidents=download, area="Farmland", min_incidents=10, runs=19)
    own = ["hotspot_id", "state"]
    assert_geodataframe_equal(by_file.hotspots.hotspots.drop(columns=own), by_hand.hotspots.hotspots)
    assert by_file.hotspots.parameters == by_hand.hotspots.parameters
    assert repr(by_hand) == "<Study of Farmland: wards, incidents>"


def test_nothing_is_read_before_it_is_asked_for(tmp_path):
    nowhere = study.open(wards=tmp_path / "no.geojson", incidents=tmp_path / "no")
    assert repr(nowhere) == "<Study: wards, incidents>"
    with pytest.raises(GeoError, match=r"no\.geojson: no such file"):
        _ = nowhere.wards


def test_what_is_missing_is_named(project):
    with pytest.raises(SettingError, match="No wards were named"):
        _ = study.open().wards
    with pytest.raises(SettingError, match="No engagements were named"):
        _ = study.open(project).engagement
    with pytest.raises(SettingError, match="No place to set out from"):
        study.open(project).plan()
    with pytest.raises(GeoError, match="nothing of this name is written"):
        study.open(project).write("out", "everything")


def test_a_page_shows_itself_and_is_written(project, tmp_path):
    town = study.open(project)
    page = town.page()
    assert page.headline.startswith("1 hot spot in Farmland holds 30 of 35 reports")
    shown = page._repr_html_()
    assert shown.startswith("<iframe srcdoc=")
    assert "<script" not in shown, "a value or a script of the page is text outside its frame"
    assert "Mill Lane, Acre" in town._repr_html_()
    page.save(tmp_path / "map.html")
    assert (tmp_path / "map.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_writing_gives_the_files_of_the_command(project, tmp_path):
    files = study.open(project).write(tmp_path / "out")
    assert [path.name for path in files][-1] == "run.json"
    assert all(path.is_file() for path in files)
    record = json.loads(files[-1].read_text(encoding="utf-8"))
    assert record["options"]["min_incidents"] == {"value": 10.0, "from": "geo.toml"}
    with pytest.raises(GeoError, match="already exists"):
        study.open(project).write(tmp_path / "out")
    study.open(project).write(tmp_path / "out", overwrite=True)


# --- kept results -----------------------------------------------------------------------------------------------------


def test_a_kept_result_is_the_result(project, monkeypatch):
    first = study.open(project).hotspots
    found = count_finds(monkeypatch)
    again = study.open(project).hotspots
    assert not found
    assert_same(first, again)


def test_every_kept_result_of_the_sample_is_the_result(finished_demo, tmp_path, monkeypatch):
    shutil.copytree(finished_demo, tmp_path / "town", ignore=shutil.ignore_patterns("results", FOLDER))
    path = tmp_path / "town" / "geo.toml"
    first = study.open(path, runs=19).hotspots
    found = count_finds(monkeypatch)
    assert_same(first, study.open(path, runs=19).hotspots)
    assert not found


@pytest.mark.parametrize("change", ["a setting", "an incident", "a ward", "an impact", "an area", "fresh", "deleted"])
def test_a_change_upstream_is_seen(project, monkeypatch, change):
    _ = study.open(project).hotspots
    found = count_finds(monkeypatch)
    folder, text = project.parent, project.read_text(encoding="utf-8")
    if change == "a setting":
        project.write_text(text.replace("runs = 19", "runs = 20"), encoding="utf-8")
    elif change == "an incident":
        write_street(folder / "download", "2025-04", [street_row("2025-04", 500, 500)])
    elif change == "a ward":
        wards = folder / "wards.geojson"
        wards.write_text(wards.read_text(encoding="utf-8").replace("Barley", "Oats"), encoding="utf-8")
    elif change == "an impact":
        project.write_text(text + "[impact]\npersonal = 9\n", encoding="utf-8")
    elif change == "an area":
        project.write_text(text.replace('"Farmland"', '"Acre"'), encoding="utf-8")
    elif change == "deleted":
        shutil.rmtree(folder / FOLDER)
    study_again = study.open(project)
    if change == "fresh":
        study_again._fresh = True
    _ = study_again.hotspots
    assert found == ["found"]


def test_what_changes_nothing_finds_nothing_anew(project, monkeypatch):
    _ = study.open(project).hotspots
    found = count_finds(monkeypatch)
    text = project.read_text(encoding="utf-8")
    project.write_text(text + 'out = "elsewhere"\nquiet = true\n', encoding="utf-8")
    _ = study.open(project).hotspots
    assert not found


def test_another_version_reads_nothing_of_this_one(project, monkeypatch):
    _ = study.open(project).hotspots
    found = count_finds(monkeypatch)
    monkeypatch.setattr("study.cache.code_version", lambda: "another")
    _ = study.open(project).hotspots
    assert found == ["found"]


@pytest.mark.parametrize("damage", ["cut", "gone", "other", "code"])
def test_a_damaged_entry_is_made_again(project, monkeypatch, damage):
    first = study.open(project).hotspots
    found = count_finds(monkeypatch)
    entry = next((project.parent / FOLDER).glob("hotspots-*"))
    tree = entry / "result.json"
    if damage == "cut":
        tree.write_text(tree.read_text(encoding="utf-8")[:50], encoding="utf-8")
    elif damage == "gone":
        next(entry.glob("*.parquet")).unlink()
    elif damage == "other":
        for path in entry.glob("*.parquet"):
            path.write_bytes(b"not a table")
    else:
        tree.write_text('{"is": "os:system", "of": {"command": "touch never"}}', encoding="utf-8")
    assert_same(first, study.open(project).hotspots)
    assert found == ["found"]
    assert not Path("never").exists()


def test_nothing_of_a_person_is_kept(project, tmp_path):
    table = tmp_path / "calls.csv"
    row = "2025-01-01 20:00,600500,320500,V-77012,Planted Name,yes\n"
    head = "occurred_from,easting,northing,victim_ref,location,personal\n"
    table.write_text(head + row * 12, encoding="utf-8")
    text = project.read_text(encoding="utf-8").replace('"download"', '"calls.csv"')
    project.write_text(text.replace("[hotspots]", '[hotspots]\ncrime-type = "all"'), encoding="utf-8")
    town = study.open(project)
    assert town.hotspots.incidents["victim_ref"].eq("V-77012").all()
    kept = list((project.parent / FOLDER).rglob("*.*"))
    assert kept
    assert not any(b"V-77012" in path.read_bytes() for path in kept if path.is_file())
    assert study.open(project).hotspots.incidents["victim_ref"].eq("V-77012").all()


def test_old_entries_are_forgotten_and_the_folder_is_the_owners(project):
    _ = study.open(project).hotspots
    folder = project.parent / FOLDER
    for number in range(30):
        shutil.copytree(next(folder.glob("hotspots-*")), folder / f"hotspots-{number:032d}")
    Cache(project.parent).put("hotspots-new", ["a"], incidents=gpd.GeoDataFrame())
    assert len(list(folder.iterdir())) == 20
    assert (folder / "hotspots-new").is_dir()
    assert not folder.stat().st_mode & 0o077


def test_what_a_killed_run_left_there_is_swept_by_one_that_keeps_nothing(project):
    _ = study.open(project).hotspots
    left = project.parent / FOLDER / ".geo-stage" / "hotspots-half"
    left.mkdir(parents=True)
    assert len(study.open(project).hotspots.hotspots) == 1
    assert [path.name.partition("-")[0] for path in (project.parent / FOLDER).iterdir()] == ["hotspots"]


def test_a_folder_that_cannot_be_written_keeps_nothing(project):
    (project.parent / FOLDER).write_text("a file", encoding="utf-8")
    assert len(study.open(project).hotspots.hotspots) == 1


# --- ids that last ----------------------------------------------------------------------------------------------------


def test_a_hot_spot_keeps_its_id_and_its_name(project, tmp_path):
    folder = project.parent
    first = study.open(project)
    first.write(tmp_path / "one")
    assert first.hotspots.hotspots[["hotspot_id", "state", "name"]].values.tolist() == [
        ["HS-0001", "new", "Mill Lane, Acre"]
    ]
    # a busier place next month: its rank is 1, its id is new
    rows = [street_row("2025-04", 1500, 500, place="On or near Barley Road") for _ in range(60)]
    write_street(folder / "download", "2025-04", [*rows, *(street_row("2025-04", 500, 500) for _ in range(15))])
    second = study.open(project)
    second.write(tmp_path / "two")
    spots = second.hotspots.hotspots.set_index("hotspot_id")
    assert spots.loc["HS-0001", "name"] == "Mill Lane, Acre"
    assert spots.loc["HS-0001", "state"] == "same"
    assert spots.loc["HS-0002", "state"] == "new"
    assert spots.loc["HS-0002", "rank"] == 1
    places, history = read_register(folder / "hotspots_register.gpkg")
    assert set(places["hotspot_id"]) == {"HS-0001", "HS-0002"}
    assert history[["run", "hotspot_id", "state"]].values.tolist() == [
        ["2025-03", "HS-0001", "new"],
        ["2025-04", "HS-0002", "new"],
        ["2025-04", "HS-0001", "same"],
    ]


def test_other_settings_name_no_place(project, tmp_path):
    study.open(project).write(tmp_path / "one")
    register = (project.parent / "hotspots_register.gpkg").read_bytes()
    other = study.open(project, min_incidents=2)
    other.write(tmp_path / "two")
    assert (project.parent / "hotspots_register.gpkg").read_bytes() == register
    assert any("register of hot spots stays" in line for line in other.said.told)


def test_a_register_frozen_by_hand_is_kept(project, tmp_path):
    study.open(project).write(tmp_path / "one")
    path = project.parent / "hotspots_register.gpkg"
    update_register(path, lambda places, history: (freeze(places, ["HS-0001"]), history))
    study.open(project).write(tmp_path / "two")
    assert read_register(path)[0]["status"].tolist() == ["frozen"]


def test_without_a_project_there_are_no_ids(wards_file, download):
    assert "hotspot_id" not in study.open(wards=wards_file, incidents=download, runs=19).hotspots.hotspots


def test_any_layer_is_read_by_its_name(finished_demo):
    town = study.open(finished_demo / "geo.toml")
    assert {"measure", "responses", "positive"} <= set(town.layer("surveys"))
    assert study.open(wards=finished_demo / "wards.geojson").layer("surveys") is None


def test_a_layer_that_no_step_uses_is_said(project, monkeypatch):
    monkeypatch.setattr("layers.registry.unused", lambda given: [name for name in given if name == "incidents"])
    assert study.open(project).said.warnings == ["The layer incidents in geo.toml is used by no step yet."]


def test_a_force_without_files_for_some_months_makes_no_trend(tmp_path, wards_file):
    """Two forces with one steady place each; the files of the second end in June: unknown, and never zero."""
    months = [f"2025-{number:02d}" for number in range(1, 13)]
    for month in months:
        write_street(tmp_path / "two", month, [street_row(month, 500, 500)] * 4, force="west")
    for month in months[:6]:
        rows = [row.replace("Test Police", "East Police") for row in [street_row(month, 1500, 500)] * 4]
        write_street(tmp_path / "two", month, rows, force="east")
    two = study.open(wards=wards_file, incidents=tmp_path / "two", runs=19, min_incidents=10)
    found = two.hotspots.hotspots.set_index("wards")
    assert found["months_covered"].to_dict() == {"Acre": 12, "Barley": 6}
    assert not any("Falling" in sentence for sentence in two.hotspots.evidence)


def test_headings_that_mean_nothing_are_said(tmp_path, geo, wards_file):
    rows = "2025-01-01,52.735,1.1,x\n" * 3
    (tmp_path / "calls.csv").write_text("date,lat,lon,favourite colour\n" + rows, encoding="utf-8")
    result = geo(
        "hotspots", "--incidents", tmp_path / "calls.csv", "--wards", wards_file, "--runs", 19, "--all-are-asb"
    )
    assert "1 heading not read: 'favourite colour'." in result.stderr


def test_the_streets_of_all_pages_are_read_once(finished_demo):
    town = study.open(finished_demo / "geo.toml")
    town.page("hotspots")
    town.page("workshop")
    assert sum(report.layer == "background map" for report in town.said.reports) == 1


def test_the_time_zone_is_that_of_the_ground_unless_set(tmp_path, wards_file):
    rows = "2025-07-01T18:00:00Z,ASB,52.735,1.1\n" * 3
    (tmp_path / "calls.csv").write_text("date,crime type,lat,lon\n" + rows, encoding="utf-8")
    here = study.open(wards=wards_file, incidents=tmp_path / "calls.csv")
    assert here.zone == "Europe/London"
    assert set(here.incidents["occurred_from"].dt.hour) == {19}
    there = study.open(wards=wards_file, incidents=tmp_path / "calls.csv", timezone="America/Chicago")
    assert set(there.incidents["occurred_from"].dt.hour) == {13}
    with pytest.raises(SettingError, match="'Mars' is no time zone"):
        study.open(wards=wards_file, timezone="Mars").settings(AreaSettings)
