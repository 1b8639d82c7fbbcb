"""The register's file: what goes in comes out, and an id is never lost from it."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from geo.errors import GeoError
from geo.hotspots.register import add, add_history, freeze, match, rename
from layers.hotspot_register import FILE_NAME, read_register, update_register


def hotspots(*boxes):
    return gpd.GeoDataFrame(
        {"name": [f"Place {n}" for n in range(len(boxes))], "incidents": [9 - n for n in range(len(boxes))]},
        geometry=[shapely.box(*box) for box in boxes],
        crs="EPSG:27700",
    )


def run_of(now, run):
    def change(places, history):
        places, states = match(places, now, run=run)
        return places, add_history(history, places, states, run)

    return change


@pytest.fixture
def path(tmp_path):
    """A register of two runs."""
    path = tmp_path / "project" / FILE_NAME
    update_register(path, run_of(hotspots((0, 0, 100, 100), (500, 0, 600, 100)), "2025-01"))
    update_register(path, run_of(hotspots((0, 0, 140, 100)), "2025-02"))
    return path


@pytest.mark.usefixtures("no_temporary_files")
def test_what_goes_in_comes_out(path):
    def change(places, history):
        return freeze(rename(places, "HS-0001", "=Market"), ["HS-0001"]), history

    written, history = update_register(path, change)
    places, read = read_register(path)
    assert places.crs == "EPSG:27700"
    for name in ("geometry", "home", "before_geometry"):
        assert (gpd.GeoSeries(places[name].values).area == gpd.GeoSeries(written[name].values).area).all()
    plain = [name for name in written if name not in ("geometry", "home", "before_geometry")]
    pd.testing.assert_frame_equal(places[plain], written[plain], check_dtype=False)
    pd.testing.assert_frame_equal(read, history, check_dtype=False)
    assert read["state"].tolist() == ["new", "new", "grown", "gone"]
    assert set(pyogrio.list_layers(path)[:, 0]) == {"places", "earlier", "history"}


def test_the_same_run_again_leaves_the_file_as_it_is(path):
    before = path.read_bytes()
    update_register(path, run_of(hotspots((0, 0, 140, 100)), "2025-02"))
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir() if not entry.name.startswith(".")] == [FILE_NAME]


def test_a_first_run_that_finds_nothing_is_kept_too(tmp_path):
    update_register(tmp_path / FILE_NAME, run_of(hotspots(), "2025-01"))
    places, history = read_register(tmp_path / FILE_NAME)
    assert places.empty
    assert history.empty
    update_register(tmp_path / FILE_NAME, run_of(hotspots((0, 0, 100, 100)), "2025-02"))
    assert read_register(tmp_path / FILE_NAME)[0]["hotspot_id"].tolist() == ["HS-0001"]


def test_there_is_no_register_before_the_first_run(tmp_path):
    assert read_register(tmp_path / FILE_NAME) == (None, None)


def test_a_place_of_the_inspectors_own_goes_round(path):
    ground = gpd.GeoSeries([shapely.box(900, 900, 950, 950)], crs="EPSG:27700")
    update_register(path, lambda places, history: (add(places, "Behind the library", ground), history))
    places, _ = read_register(path)
    assert places["hotspot_id"].tolist() == ["HS-0001", "HS-0002", "HS-0003"]
    _, states = match(places, hotspots((0, 0, 140, 100)), run="2025-03")
    assert states["state"].tolist() == ["same"]


def test_a_deleted_place_is_noticed(path):
    places, history = read_register(path)
    with pytest.raises(GeoError, match=r"HS-0002 is in its history but not among its places \(1 id missing\)") as found:
        update_register(path, lambda *_: (places.iloc[:1], history))
        read_register(path)
    assert "would be given again" in found.value.hint


def test_what_is_no_register_is_refused(tmp_path):
    path = tmp_path / FILE_NAME
    path.write_text("no")
    with pytest.raises(GeoError, match=r"this is no register of hot spots \(no layer earlier, history, places\)"):
        read_register(path)
    path.unlink()
    hotspots((0, 0, 1, 1)).to_file(path, layer="places")
    with pytest.raises(GeoError, match=r"no layer earlier, history"):
        update_register(path, run_of(hotspots(), "x"))
    assert pyogrio.list_layers(path)[:, 0].tolist() == ["places"]  # left as it was
