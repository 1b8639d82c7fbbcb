"""plan.gpkg and plan.csv: written, read back, refused where they are something else."""

from __future__ import annotations

import sqlite3

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from patrol_plans import plan

from geo.errors import GeoError
from layers.plans.files import read_plan, write_plan, write_plan_csv
from layers.writing.write import staged, write_geopackage

SETTINGS = {
    "shift": "18:00 to 22:00 on Friday 5 December 2025",
    "proved": np.bool_(True),
    "bound": 10.5,
    "gap": np.float64(0.0),
    "missing": float("nan"),
    "seed": np.int64(7),
    "estimated": False,
    "sentences": ["Distances are straight lines.", "true"],
    "parameters": [("dwell", "15", "a convention")],
    "word": "true",
    "empty": "",
}


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "plan.gpkg"
    write_plan(path, *plan(teams=2), SETTINGS)
    return path


def test_a_plan_comes_back(written):
    visits, settings = read_plan(written)
    given, _, _ = plan(teams=2)
    assert isinstance(visits, gpd.GeoDataFrame)
    assert visits.crs == given.crs
    pd.testing.assert_frame_equal(
        pd.DataFrame(visits.drop(columns="geometry")),
        pd.DataFrame(given.drop(columns="geometry")),
        check_dtype=False,
        check_index_type=False,
    )
    assert str(visits["arrives"].dtype) == "datetime64[ns]"
    assert visits.geometry.geom_equals_exact(given.geometry, 1e-9).all()
    assert settings == {
        **{name: SETTINGS[name] for name in ("shift", "bound", "estimated", "sentences", "word", "empty")},
        "proved": True,
        "gap": 0.0,
        "missing": None,
        "seed": 7,
        "parameters": [["dwell", "15", "a convention"]],
    }
    assert settings["proved"] is True


def test_the_layers_and_their_shapes(written):
    layers = {str(name): kind for name, kind in pyogrio.list_layers(written)}
    assert layers == {"visits": "Point", "routes": "LineString", "left_out": None, "plan": None, "layer_styles": None}
    left_out = pyogrio.read_dataframe(written, layer="left_out")
    assert list(left_out["reason"]) == ["needs 41 min, shift is 30"]
    routes = pyogrio.read_dataframe(written, layer="routes")
    assert list(routes["starts"]) == ["2025-12-05T18:00:00"] * 2


def test_the_same_plan_gives_the_same_bytes(tmp_path):
    for name in ("a.gpkg", "b.gpkg"):
        write_plan(tmp_path / name, *plan(), SETTINGS)
    assert (tmp_path / "a.gpkg").read_bytes() == (tmp_path / "b.gpkg").read_bytes()


def test_inputs_are_not_changed(tmp_path):
    visits, routes, left_out = plan()
    before = visits.copy(), routes.copy(), left_out.copy()
    write_plan(tmp_path / "plan.gpkg", visits, routes, left_out, SETTINGS)
    write_plan_csv(tmp_path / "plan.csv", visits)
    assert all(now.equals(then) for now, then in zip((visits, routes, left_out), before, strict=True))


def test_a_plan_without_visits_and_with_nothing_left_out(tmp_path):
    visits, routes, left_out = plan()
    path = tmp_path / "plan.gpkg"
    write_plan(path, visits.iloc[:0], routes.set_geometry([None], crs=routes.crs), left_out.iloc[:0], {})
    back, settings = read_plan(path)
    assert len(back) == 0
    assert list(back.columns) == list(visits.columns)
    assert settings == {}


def test_it_is_written_through_a_stage(tmp_path):
    with staged(tmp_path, ["plan.gpkg", "plan.csv"]) as stage:
        write_plan(stage / "plan.gpkg", *plan(), SETTINGS)
        write_plan_csv(stage / "plan.csv", plan()[0])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.csv", "plan.gpkg"]


def test_the_table_is_safe_and_says_places_in_degrees(tmp_path):
    visits, _, _ = plan(names=["=HYPERLINK(1)", "b", "c"])
    write_plan_csv(tmp_path / "plan.csv", visits.assign(contact=""))
    table = pd.read_csv(tmp_path / "plan.csv")
    assert table["name"].iloc[0] == "'=HYPERLINK(1)"
    assert list(table.columns)[:10] == (
        "team order kind name arrive leave walk_minutes dwell_minutes prize reason".split()
    )
    assert list(table["arrive"]) == ["2025-12-05 18:10", "2025-12-05 18:35", "2025-12-05 19:00"]
    degrees = visits.to_crs(4326).geometry
    np.testing.assert_allclose(table[["lon", "lat"]], np.column_stack([degrees.x, degrees.y]), atol=5e-7)
    assert "contact" not in table
    assert "geometry" not in table
    write_plan_csv(tmp_path / "internal.csv", visits)
    assert "contact" in pd.read_csv(tmp_path / "internal.csv")


def refused(path, starts):
    with pytest.raises(GeoError) as error:
        read_plan(path)
    assert str(error.value).startswith(f"{path}: {starts}"), str(error.value)
    assert error.value.hint


def test_a_copy_under_another_name_is_read_too(written):
    copy = written.with_name("plan.bak")
    copy.write_bytes(written.read_bytes())
    assert len(read_plan(copy)[0]) == 6


def test_foreign_files_are_refused(tmp_path):
    path = tmp_path / "x.gpkg"
    refused(path, "no such file.")
    path.write_text("<gpx/>")
    refused(path, "this is not a GeoPackage.")
    path.write_bytes(b"")
    refused(path, "this is not a GeoPackage.")
    refused(tmp_path, "this is a folder")
    other = tmp_path / "hotspots.gpkg"
    write_geopackage(other, {"hotspots": plan()[0]})
    refused(other, "this GeoPackage holds no patrol plan (it holds: hotspots).")


@pytest.mark.parametrize("share", [0.05, 0.3, 0.7])
def test_a_file_cut_off_is_refused_without_a_traceback(written, share):
    data = written.read_bytes()
    written.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(GeoError):
        read_plan(written)


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        (
            "UPDATE plan SET value = 'something else' WHERE key = 'format'",
            "its layer 'plan' is not that of a patrol plan.",
        ),
        ("UPDATE plan SET value = '{' WHERE key = 'version'", "its layer 'plan' is not that of a patrol plan."),
        ("UPDATE plan SET value = '2' WHERE key = 'version'", "a plan of version 2; this geo reads version 1."),
        ("ALTER TABLE plan RENAME COLUMN kind TO sort", "its layer 'plan' is not that of a patrol plan."),
        ("ALTER TABLE visits RENAME COLUMN radius_m TO radius", "its layer 'visits' has no column radius_m."),
        ("UPDATE visits SET arrives = 'noon'", "a visit cannot be read"),
        ("UPDATE visits SET arrives = NULL", "a visit has no time, or no area that counts."),
        ("UPDATE visits SET geom = NULL", "a visit has no position."),
    ],
)
def test_a_changed_plan_is_refused(written, sql, says):
    base = sqlite3.connect(written)
    for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        base.execute(f'DROP TRIGGER "{name}"')  # they call functions that only GDAL has
    base.execute(sql)
    base.commit()
    base.close()
    refused(written, says)


def test_degrees_are_refused(tmp_path):
    visits, routes, left_out = plan()
    with pytest.raises(GeoError, match="not in metres"):
        write_plan(tmp_path / "plan.gpkg", visits.to_crs(4326), routes, left_out, {})
