"""The kept network: the same answer without reading again, and never a wrong one from a damaged or foreign file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from conftest import ROOT

from geo.errors import GeoError
from geo.patrol.network.network import Network, walking_network
from layers.walking import network_cache
from layers.walking.network_cache import cache_folder, cached_network

ASHVIEW = ROOT / "data" / "ashview" / "streets.geojson"


class Build:
    """Builds the network of Ashview, and counts how often it was asked to."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, streets: gpd.GeoDataFrame) -> dict[str, np.ndarray]:
        self.times += 1
        return walking_network(streets).arrays()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return Path(shutil.copy(ASHVIEW, tmp_path / "streets.geojson"))


def test_the_second_time_it_is_not_built_again(file, tmp_path):
    build, folder = Build(), tmp_path / "cache"
    first, told = cached_network(file, build, folder=folder)
    second, told_again = cached_network(file, build, folder=folder)
    assert build.times == 1
    assert vars(told_again) == vars(told)
    one, other = Network.from_arrays(first), Network.from_arrays(second)
    assert one.cleaning == other.cleaning
    stops = gpd.GeoSeries(shapely.points(one.nodes[::100] + 7), crs=one.crs)
    np.testing.assert_array_equal(one.distances(stops), other.distances(stops))
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["streets.geojson"]


def test_rows_at_fault_are_told_from_the_cache_too(tmp_path):
    shapes = [shapely.LineString([(508_000, 221_000), (508_100, 221_000)]), shapely.Point(508_000, 221_000)]
    path = tmp_path / "mixed.gpkg"
    gpd.GeoDataFrame(geometry=shapes, crs="EPSG:27700").to_file(path, geometry_type="Unknown")
    build, folder = Build(), tmp_path / "cache"
    (_, told), (_, again) = (cached_network(path, build, folder=folder) for _ in range(2))
    assert build.times == 1
    assert again.faults().equals(told.faults())
    assert list(again.sentences()) == list(told.sentences())


def test_other_streets_settings_or_versions_are_built_anew(file, tmp_path, monkeypatch):
    build, folder = Build(), tmp_path / "cache"
    cached_network(file, build, folder=folder)
    cached_network(file, build, folder=folder, settings={"snap_m": 2})
    assert build.times == 2
    file.write_text(file.read_text().replace("Mill", "Hill"))
    cached_network(file, build, folder=folder)
    assert build.times == 3
    monkeypatch.setattr(network_cache, "VERSION", 99)
    cached_network(file, build, folder=folder)
    assert build.times == 4


def test_every_part_of_a_shapefile_counts(tmp_path):
    shapes = [shapely.LineString([(508_000, 221_000), (508_100, 221_000)])] * 2
    table = gpd.GeoDataFrame({"highway": ["path", "path"]}, geometry=shapes, crs="EPSG:27700")
    table.to_file(tmp_path / "s.shp")
    build, folder = Build(), tmp_path / "cache"
    cached_network(tmp_path / "s.shp", build, folder=folder)
    shape = (tmp_path / "s.shp").read_bytes()
    table.assign(highway=["path", "motorway"]).to_file(tmp_path / "s.shp")
    assert (tmp_path / "s.shp").read_bytes() == shape
    _, told = cached_network(tmp_path / "s.shp", build, folder=folder)
    assert (build.times, told.used) == (2, 1)


def harm(kind: str, path: Path, other: Path) -> None:
    data = path.read_bytes()
    if kind == "cut off":
        path.write_bytes(data[: len(data) // 2])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "noise in the middle":
        path.write_bytes(data[:3000] + bytes(200) + data[3200:])
    elif kind == "a pickle":
        np.save(path.with_suffix(".npy"), np.array([{"a": 1}], object), allow_pickle=True)
        path.with_suffix(".npy").replace(path)
    elif kind == "another's":
        shutil.copy(other, path)
    elif kind == "another archive":
        with path.open("wb") as stream:
            np.savez(stream, nodes=np.zeros(3))


@pytest.mark.parametrize(
    "kind", ["cut off", "empty", "noise in the middle", "a pickle", "another's", "another archive"]
)
def test_a_file_that_is_not_whole_is_made_again(file, tmp_path, kind):
    build, folder = Build(), tmp_path / "cache"
    first, _ = cached_network(file, build, folder=folder)
    (path,) = folder.iterdir()
    whole = path.read_bytes()
    cached_network(file, build, folder=tmp_path / "second", settings={"snap_m": 2})
    harm(kind, path, next((tmp_path / "second").iterdir()))
    assert path.read_bytes() != whole
    again, _ = cached_network(file, build, folder=folder)
    assert build.times == 3
    np.testing.assert_array_equal(first["coordinates"], again["coordinates"])
    cached_network(file, build, folder=folder)
    assert build.times == 3  # and mended


def test_a_folder_that_cannot_be_written_is_no_error(file, tmp_path):
    (tmp_path / "a file").write_text("in the way")
    build = Build()
    arrays, _ = cached_network(file, build, folder=tmp_path / "a file" / "cache")
    assert len(arrays["ends"]) == 937


def test_a_failed_build_leaves_nothing(file, tmp_path):
    def fail(streets):
        raise GeoError("no")

    with pytest.raises(GeoError, match="no"):
        cached_network(file, fail, folder=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_only_the_newest_are_kept(file, tmp_path, monkeypatch):
    monkeypatch.setattr(network_cache, "KEPT", 2)
    folder = tmp_path / "cache"
    for number in range(4):
        cached_network(file, lambda streets: {"n": np.zeros(1)}, folder=folder, settings={"n": number})
        for path in folder.iterdir():  # each a second older than the next, whatever the clock of the disk
            stamp = path.stat().st_mtime_ns - 10**9
            os.utime(path, ns=(stamp, stamp))
    assert len(list(folder.iterdir())) == 2


def test_two_processes_at_once(file, tmp_path):
    code = (
        "import sys; from pathlib import Path; from layers.walking.network_cache import cached_network\n"
        "from geo.patrol.network.network import walking_network\n"
        "for n in range(3):\n"
        "    arrays, _ = cached_network(sys.argv[1], lambda s: walking_network(s).arrays(), folder=Path(sys.argv[2]),"
        " settings={'n': n})\n"
        "    print(len(arrays['ends']))"
    )
    command = [sys.executable, "-c", code, str(file), str(tmp_path / "cache")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(2)]
    assert [one.communicate()[0].split() for one in running] == [["937"] * 3] * 2
    assert [one.returncode for one in running] == [0, 0]
    assert len(list((tmp_path / "cache").iterdir())) == 3


def test_where_it_is_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("GEO_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("GEO_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    assert cache_folder() == tmp_path / "geo"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert cache_folder() == tmp_path / "geo" / "cache"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_folder().parts[-3:] == ("Library", "Caches", "geo")
