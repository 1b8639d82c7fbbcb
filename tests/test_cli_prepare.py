"""geo prepare: what every command finds from the prepared files is what it finds from the files themselves."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow.dataset
import pytest
from conftest import ROOT, WEST, street_row, write_street

from geo.errors import GeoError
from layers.incidents import read_incidents
from layers.prepared import INDEX

FILES = ("hotspots.csv", "hotspots.geojson")


def find(geo, incidents, wards, out, *more):
    options = ("--incidents", incidents, "--wards", wards, "--min-incidents", 10, "--runs", 99, "--out", out)
    result = geo("hotspots", *options, *more)
    assert result.exit_code == 0, result.stderr
    record = json.loads(Path(out, "run.json").read_text(encoding="utf-8"))
    return [Path(out, name).read_bytes() for name in FILES], record["results"], record["parameters"]


@pytest.mark.parametrize(
    "more",
    [
        (),
        ("--area", "Barley", "--null", "none"),
        ("--since", "2025-03"),
        ("--crime-type", "burglary", "--null", "snap"),
    ],
)
def test_from_a_download(geo, download, wards_file, more):
    far = [street_row("2025-04", -4000, 100), street_row("2025-04", 5000, 100, kind="Drugs")]
    write_street(download, "2025-04", [*far, *(street_row("2025-04", 1400, 400) for _ in range(12))])
    assert geo("prepare", download, "--out", "prepared").exit_code == 0
    assert find(geo, download, wards_file, "raw", *more) == find(geo, "prepared", wards_file, "quick", *more)


def test_from_a_table_with_times_and_without_types(geo):
    shutil.copytree(ROOT / "data" / "ashview", "ashview")
    assert geo("prepare", "ashview/incidents.csv", "--out", "prepared", "--project", "ashview/geo.toml").exit_code == 0
    options = ("--project", "ashview/geo.toml", "--runs", 19)
    first = geo("hotspots", *options, "--out", "raw", "--fresh")
    second = geo("hotspots", *options, "--incidents", "prepared", "--out", "quick", "--fresh")
    assert (first.exit_code, second.exit_code) == (0, 0), second.stderr
    for name in FILES:
        assert Path("raw", name).read_bytes() == Path("quick", name).read_bytes()


def test_only_what_is_asked_for_is_read(geo, download, monkeypatch):
    assert geo("prepare", download, "--out", "prepared").exit_code == 0
    every, report = read_incidents(download)
    some, told = read_incidents("prepared", within=(WEST + 1200, 0, WEST + 1e6, 1e7))
    assert len(some) == 1
    assert told.elsewhere == len(every) - 1
    assert told.read == told.used + sum(part.count for part in told.set_aside)
    assert (told.months, told.gaps, told.coverage) == (report.months, report.gaps, report.coverage)
    # a file of a month that was not asked for is not even opened
    Path("prepared/2025-01.parquet").write_bytes(b"damaged")
    later, _ = read_incidents("prepared", since="2025-03")
    assert set(later["month"]) == {"2025-03"}
    with pytest.raises(GeoError, match="a part cannot be read"):
        read_incidents("prepared")
    Path("prepared/2025-01.parquet").unlink()
    with pytest.raises(GeoError, match="2025-01.parquet: a part of it is missing"):
        read_incidents("prepared")


def test_the_files_are_geoparquet_sorted_in_the_plane(geo, download):
    assert geo("prepare", download, "--out", "prepared").exit_code == 0
    month = gpd.read_parquet("prepared/2025-03.parquet")
    assert month.crs.to_epsg() == 27700
    assert month["crime_type"].is_monotonic_increasing
    index = json.loads(Path("prepared", INDEX).read_text(encoding="utf-8"))
    held = pyarrow.dataset.dataset(["prepared/2025-01.parquet", "prepared/2025-03.parquet"]).to_table()
    assert pd.DataFrame(index["counts"])["rows"].sum() == held.num_rows
    assert len(pd.read_csv("prepared/set_aside.csv")) == 1


@pytest.mark.parametrize("text", ["{", "[]", '{"geo_prepared": 99}'])
def test_an_index_that_is_none_is_told(tmp_path, text):
    (tmp_path / INDEX).write_text(text)
    with pytest.raises(GeoError, match="not an index of geo prepare|another version"):
        read_incidents(tmp_path)


def test_another_plane_gives_the_same_places(geo, download):
    assert geo("prepare", download, "--out", "prepared", "--metric-crs", "EPSG:32631").exit_code == 0
    raw, _ = read_incidents(download)
    made, _ = read_incidents("prepared", within=(0, 0, 1, 1))  # bounds of another plane cut nothing off
    assert made["month"].tolist() == raw["month"].tolist()
    assert made.geometry.distance(raw.geometry).max() < 0.01
