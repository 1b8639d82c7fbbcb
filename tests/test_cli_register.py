"""geo register as it is used: ids listed, frozen, renamed, retired, and a place of one's own added."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from conftest import SOUTH, WEST

from layers.hotspot_register import read_register

PROJECT = """[layers]
wards = "wards.geojson"
incidents = "download"
[hotspots]
min-incidents = 10
runs = 19
"""


@pytest.fixture
def town(geo, tmp_path, wards_file, download):
    """A project with a register, and the command line in its folder."""
    path = tmp_path / "geo.toml"
    path.write_text(PROJECT, encoding="utf-8")
    assert geo("hotspots", "--project", path, "--out", "out").exit_code == 0

    def register(*words):
        return geo("register", *words, "--project", path)

    return register


def places(tmp_path: Path) -> gpd.GeoDataFrame:
    return read_register(tmp_path / "hotspots_register.gpkg")[0].set_index("hotspot_id")


def test_the_list(town):
    result = town()
    assert result.exit_code == 0
    assert "HS-0001" in result.stdout
    assert "Mill Lane, Acre" in result.stdout


def test_freeze_rename_retire(town, tmp_path, geo):
    assert town("freeze", "HS-0001").stdout == "Frozen: HS-0001.\n"
    assert places(tmp_path).loc["HS-0001", "status"] == "frozen"
    assert town("freeze", "HS-0001", "--release").stdout == "Free to change: HS-0001.\n"
    assert town("rename", "HS-0001", "By the clock").exit_code == 0
    geo("hotspots", "--project", tmp_path / "geo.toml", "--out", "out", "--overwrite")
    assert "By the clock" in Path("out/hotspots.csv").read_text(encoding="utf-8")
    assert town("retire", "HS-0001").exit_code == 0
    geo("hotspots", "--project", tmp_path / "geo.toml", "--out", "out", "--overwrite")
    assert "HS-0002" in Path("out/hotspots.csv").read_text(encoding="utf-8")


def test_a_place_of_ones_own(town, tmp_path):
    shape = shapely.box(WEST + 1200, SOUTH + 200, WEST + 1300, SOUTH + 300)
    gpd.GeoDataFrame(geometry=[shape], crs="EPSG:27700").to_crs(4326).to_file("mine.geojson", driver="GeoJSON")
    result = town("add", "Behind the library", "mine.geojson")
    assert result.exit_code == 0, result.stderr
    mine = places(tmp_path).loc["HS-0002"]
    assert (mine["name"], mine["source"], mine["status"]) == ("Behind the library", "by hand", "frozen")
    assert mine.geometry.area == pytest.approx(10_000, rel=0.01)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("freeze", "HS-0009"), "HS-0009"),
        (("rename", "HS-0001", " "), "no name was given"),
        (("add", "Mine", "nowhere.geojson"), "nowhere.geojson: no such file."),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(town, tmp_path, words, said):
    before = (tmp_path / "hotspots_register.gpkg").read_bytes()
    result = town(*words)
    assert result.exit_code == 1
    assert said in result.stderr
    assert (tmp_path / "hotspots_register.gpkg").read_bytes() == before


def test_there_is_no_register_before_the_first_run(geo, tmp_path):
    assert "There is no geo.toml here." in geo("register").stderr
    (tmp_path / "empty.toml").write_text('[project]\nname = "x"\n', encoding="utf-8")
    result = geo("register", "--project", tmp_path / "empty.toml")
    assert result.exit_code == 1
    assert "there is no register yet" in result.stderr
