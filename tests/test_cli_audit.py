"""geo audit: one verdict, no secret repeated, exit 1 when the profile is broken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

SECRET = "V-0417"


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    path = tmp_path / "clean.csv"
    path.write_text("ward_code,incidents\nE1,20\nE2,30\n")
    return path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.csv"
    path.write_text(f"victim_ref,incidents\n{SECRET},3\n")
    return path


def test_a_clean_file(geo, clean):
    result = geo("audit", clean)
    assert result.exit_code == 0
    assert (
        result.stdout == f"{clean} (CSV)\n  Nothing to say.\n1 file: nothing found that the profile public forbids.\n"
    )


def test_a_broken_one(geo, clean, broken):
    result = geo("audit", clean, broken)
    assert result.exit_code == 1
    assert "BREAKS  rows, column victim_ref: A column that no public file may hold; 1 cell filled in." in result.stdout
    assert result.stdout.endswith("1 of 2 files must not leave as public: 2 things the profile forbids.\n")
    assert SECRET not in result.output


def test_for_a_program(geo, broken):
    result = geo("audit", broken, "--json", "--profile", "internal")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["profile"] == "internal"
    assert [one["severity"] for one in told["files"][0]["findings"]] == ["breaks"]
    assert SECRET not in result.stdout


def test_stricter_than_the_profile_and_never_looser(geo, clean):
    assert geo("audit", clean, "--minimum-count", "25").exit_code == 1
    result = geo("audit", clean, "--minimum-count", "2")
    assert result.exit_code == 1
    assert "stricter, never looser" in result.stderr
    assert geo("audit", clean, "--grid", "1").exit_code == 1


def test_releases_are_remembered_and_compared(geo, clean, tmp_path):
    log = tmp_path / "releases.jsonl"
    assert geo("audit", clean, "--record").exit_code == 0
    assert len(Path("releases.jsonl").read_text().splitlines()) == 1  # beside the project, or here
    assert geo("audit", clean, "--release-log", log, "--record").exit_code == 0
    assert len(log.read_text().splitlines()) == 1
    assert geo("audit", clean, "--release-log", log).exit_code == 0
    clean.write_text("ward_code,incidents\nE1,25\nE2,30\n")
    result = geo("audit", clean, "--release-log", log, "--record")
    assert result.exit_code == 1
    assert "release log: incidents of E1: differs by less than 10 from clean.csv" in result.stdout
    assert len(log.read_text().splitlines()) == 1


def test_a_file_that_cannot_be_read(geo, tmp_path):
    result = geo("audit", tmp_path / "none.html")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"{tmp_path / 'none.html'}: no such file.\n")


def test_what_geo_hotspots_makes(geo, download, wards_file):
    """Every result passes inside the force, and the page is kept from the public."""
    assert geo("hotspots", "--incidents", download, "--wards", wards_file, "--quiet").exit_code == 0
    files = sorted(Path("results").iterdir())
    assert {"hotspots.csv", "hotspots.gpkg", "hotspots.html", "run.json"} <= {one.name for one in files}
    result = geo("audit", *files, "--profile", "internal")
    assert result.exit_code == 0, result.stdout
    assert "look " not in result.stdout
    result = geo("audit", "results/hotspots.html")
    assert result.exit_code == 1
    assert "packed block geo-points: The layer incidents, which no public file may hold." in result.stdout
    log = Path("log.jsonl")
    assert geo("audit", *files, "--profile", "internal", "--release-log", log, "--record").exit_code == 0
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert {"since": "2025-01", "until": "2025-03"}.items() <= entries[0]["filters"].items()
