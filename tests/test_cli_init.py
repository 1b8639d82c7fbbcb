"""geo init: folders of other people's files, and the geo.toml that runs unedited."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

from conftest import make_wards, street_row, write_street

SAMPLE = Path(__file__).resolve().parent.parent / "data" / "ashview"


def layers_of(folder):
    return tomllib.loads((folder / "geo.toml").read_text(encoding="utf-8"))["layers"]


def test_the_sample_is_recognised_as_it_was_named_by_hand(geo, tmp_path):
    folder = Path(shutil.copytree(SAMPLE, tmp_path / "town"))
    by_hand = layers_of(folder)
    assert geo("init", folder, "--overwrite").exit_code == 0
    assert layers_of(folder) == by_hand


def test_a_new_folder_runs_unedited(geo, tmp_path):
    folder = tmp_path / "mine"
    for month in ("2025-01", "2025-02"):
        write_street(folder / "police", month, [street_row(month, 500, 500) for _ in range(15)])
    wards = make_wards("Acre", "Barley").to_crs("EPSG:4326")
    names = {"ward_code": "WD25CD", "ward_name": "WD25NM", "district_code": "LAD25CD", "district_name": "LAD25NM"}
    wards.rename(columns=names).to_file(folder / "bounds.geojson", driver="GeoJSON")
    (folder / "census.csv").write_text(
        "ward_code,community,population\nE05990000,African,200\nE05990001,African,300\n", encoding="utf-8"
    )
    (folder / "form.csv").write_text(
        "Start time,Completion time,Email,Name,Date of engagement,Activity,Objective,Ward,Attendees\n"
        "1/2/2025 9:00,1/2/2025 9:05,a@b.example,A,2025-01-20,drop_in,build_trust,Acre,12\n",
        encoding="utf-8",
    )
    (folder / "other").mkdir()
    (folder / "odd.csv").write_text("colour,taste\nred,sweet\n", encoding="utf-8")
    result = geo("init", folder)
    assert result.exit_code == 0, result.stderr
    assert layers_of(folder) == {
        "incidents": "police",
        "wards": "bounds.geojson",
        "communities": "census.csv",
        "engagements": "form.csv",
    }
    assert "odd.csv: not placed" in result.stdout
    assert str(tmp_path) not in (folder / "geo.toml").read_text(encoding="utf-8")
    done = geo("hotspots", "--project", folder / "geo.toml", "--runs", "19", "--out", "found")
    assert done.exit_code == 0, done.stderr
    assert geo("check", "--project", folder / "geo.toml").exit_code == 0


def test_a_geo_toml_is_not_replaced_unasked_and_two_of_a_kind_are_said(geo, tmp_path):
    folder = Path(shutil.copytree(SAMPLE, tmp_path / "town"))
    before = (folder / "geo.toml").read_bytes()
    assert geo("init", folder).exit_code == 1
    shutil.copy(folder / "surveys.csv", folder / "surveys2.csv")
    result = geo("init", folder, "--dry-run")
    assert result.stdout.count("one of 2 files that are surveys: choose one") == 2
    assert (folder / "geo.toml").read_bytes() == before
