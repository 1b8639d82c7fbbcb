"""geo hotspots --by district: each as it is by itself, kept when stopped, one table and one page of all."""

from __future__ import annotations

import json
import re
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from conftest import make_wards, street_row, write_street

import study.districts

NAMES = {"E07000001": "Acre", "E07000002": "Barley", "E07000003": "Clover"}


@pytest.fixture
def two_of_three(geo):
    """Three districts of a ward each; reports pile up in two of them, and none lies in the third."""
    wards = make_wards("East", "Mid", "West").assign(district_code=list(NAMES), district_name=list(NAMES.values()))
    names = {"ward_code": "WD25CD", "ward_name": "WD25NM", "district_code": "LAD25CD", "district_name": "LAD25NM"}
    wards.to_crs("EPSG:4326").rename(columns=names).to_file("wards.geojson", driver="GeoJSON")
    places = [(200, 200)] * 30 + [(100 * (i % 9) + 50, 100 * (i // 9) + 50) for i in range(40)]
    places += [(1500, 500)] * 20 + [(1000 + 100 * (i % 9) + 50, 900 - 100 * (i // 9)) for i in range(20)]
    places += [(-500, -500)] * 3
    rows = [street_row("2025-01", *place) for place in places]
    write_street(
        Path("download"), "2025-01", [*rows, *(street_row("2025-01", *one, kind="Burglary") for one in places)]
    )
    return geo


def find(geo, *more, out="out"):
    options = ("--incidents", "download", "--wards", "wards.geojson", "--min-incidents", 8, "--runs", 99, "--out", out)
    return geo("hotspots", *options, *more)


def held(folder: str) -> dict[str, tuple[bytes, int]]:
    files = (path for path in sorted(Path(folder).rglob("*")) if path.is_file() and "run" not in path.name)
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def test_each_district_is_what_it_is_by_itself(two_of_three):
    result = find(two_of_three, "--by", "district", "--workers", 2)
    assert result.exit_code == 0, result.stderr
    for code in ("E07000001", "E07000002"):
        assert find(two_of_three, "--area", NAMES[code], out=code).exit_code == 0
        for name in ("hotspots.csv", "hotspots.geojson"):
            assert Path("out", code, name).read_bytes() == Path(code, name).read_bytes()
        alone, part = (json.loads(Path(one, "run.json").read_text()) for one in (Path(code), Path("out", code)))
        assert part["parameters"] == alone["parameters"]
        assert part["results"] == alone["results"]
    assert not Path("out/E07000003").exists()


def test_one_table_and_one_page_of_all(two_of_three):
    result = find(two_of_three, "--by", "district", "--workers", 1)
    assert result.exit_code == 0, result.stderr
    table = pd.read_csv("out/districts.csv").set_index("district_name")
    assert table.loc[["Acre", "Barley"], "reports"].tolist() == [70, 40]
    assert table.loc["Clover"].drop(["district_code", "wards"]).isna().all()
    assert "Nothing was reported in Clover" in result.stdout
    assert "unknown, not zero" in result.stdout
    assert "3 reports outside these districts." in result.stdout
    spots = gpd.read_file("out/districts.gpkg", layer="hotspots")
    assert spots.groupby("district_name").size().to_dict() == table["hot_spots"].dropna().to_dict()
    page = Path("out/districts.html").read_text(encoding="utf-8")
    links = re.findall(r'href="([^"]+/hotspots.html)"', page)
    assert links == ["E07000001/hotspots.html", "E07000002/hotspots.html"]
    assert all(Path("out", link).is_file() for link in links)
    assert "<script" not in page


def test_a_run_that_was_stopped_goes_on(two_of_three, monkeypatch):
    real = study.districts.deliver

    def deliver(own, *args, **more):
        if own.name == "Barley":
            raise KeyboardInterrupt
        return real(own, *args, **more)

    monkeypatch.setattr(study.districts, "deliver", deliver)
    assert find(two_of_three, "--by", "district", "--workers", 1).exit_code != 0
    monkeypatch.setattr(study.districts, "deliver", real)
    before = held("out")
    assert {Path(name).parts[0] for name in before} == {"E07000001"}
    result = find(two_of_three, "--by", "district", "--workers", 1)
    assert "made: E07000002; kept: E07000001" in result.stderr
    assert {name: one for name, one in held("out").items() if name in before} == before
    # a third run makes nothing, whatever the number of workers; another setting is refused before anything is done
    done = held("out")
    again = find(two_of_three, "--by", "district")
    assert "kept: E07000001, E07000002" in again.stderr
    assert "made:" not in again.stderr
    other = find(two_of_three, "--by", "district", "--seed", 5)
    assert other.exit_code == 1
    assert "made from other files or settings than now" in other.stderr
    assert held("out") == done


def test_what_cannot_be_done_is_refused(two_of_three):
    assert "for use inside the team" in find(two_of_three, "--by", "district", "--profile", "partner").stderr
    wards = gpd.read_file("wards.geojson")
    wards.drop(columns=["LAD25CD", "LAD25NM"]).to_file("wards.geojson", driver="GeoJSON")
    assert "3 wards of 3 name no district" in find(two_of_three, "--by", "district").stderr
