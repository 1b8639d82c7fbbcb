"""All of the results or none, and cells that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import json
import os
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from conftest import make_incidents, make_wards

from geo.errors import GeoError
from layers.project import read_project
from layers.writing.commit import staged
from layers.writing.write import safe_cell, write_csv, write_geojson, write_geopackage

NAMES = ("a.txt", "b.txt")


def leftovers(folder):
    return sorted(path.name for path in folder.iterdir())


def test_all_files_appear_together(tmp_path):
    out = tmp_path / "new" / "out"
    with staged(out, NAMES) as stage:
        for name in NAMES:
            (stage / name).write_text(name)
        assert [path for path in out.iterdir() if path != stage] == []
    assert leftovers(out) == ["a.txt", "b.txt"]


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, GeoError])
def test_nothing_is_left_after_a_failure(tmp_path, failure):
    out = tmp_path / "out"
    with pytest.raises(failure), staged(out, NAMES) as stage:
        (stage / "a.txt").write_text("half")
        raise failure("stop")
    assert not out.exists()


def test_what_was_there_survives_a_failure(tmp_path):
    (tmp_path / "a.txt").write_text("before")
    with pytest.raises(ValueError, match="stop"), staged(tmp_path, NAMES, overwrite=True) as stage:
        (stage / "a.txt").write_text("after")
        raise ValueError("stop")
    assert leftovers(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "before"


def test_existing_files_are_only_replaced_when_told(tmp_path):
    (tmp_path / "b.txt").write_text("before")
    with pytest.raises(GeoError) as error, staged(tmp_path, NAMES):
        pytest.fail("must not get here")
    assert str(error.value) == (
        f"{tmp_path / 'b.txt'}: already exists.\nPass --overwrite to replace it, or choose another folder."
    )
    with staged(tmp_path, NAMES, overwrite=True) as stage:
        for name in NAMES:
            (stage / name).write_text("after")
    assert (tmp_path / "b.txt").read_text() == "after"


def test_a_move_that_fails_halfway_is_undone(tmp_path, monkeypatch):
    for name in NAMES:
        (tmp_path / name).write_text("before")
    replace = Path.replace

    def fail_on_b(self, target):
        if self.name == "b.txt" and self.parent.name.startswith(".geo-"):
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail_on_b)
    with pytest.raises(GeoError, match="No space left on device"), staged(tmp_path, NAMES, overwrite=True) as stage:
        for name in NAMES:
            (stage / name).write_text("after")
    assert leftovers(tmp_path) == ["a.txt", "b.txt"]
    assert [(tmp_path / name).read_text() for name in NAMES] == ["before", "before"]


def test_a_folder_in_the_way_of_a_file(tmp_path):
    (tmp_path / "b.txt" / "mine").mkdir(parents=True)
    with pytest.raises(GeoError, match="a folder stands where"), staged(tmp_path, NAMES, overwrite=True):
        pytest.fail("must not get here")
    assert (tmp_path / "b.txt" / "mine").is_dir()


def test_a_file_in_the_way_of_the_folder(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(GeoError, match="out: cannot be written"), staged(tmp_path / "out", NAMES):
        pytest.fail("must not get here")


def test_a_folder_without_the_right_to_write(tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    if os.access(locked, os.W_OK):  # root may write everywhere, but nobody into the list of processes
        locked = Path("/proc")
    if not locked.exists():
        pytest.skip("root, and no folder here that root cannot write")
    with pytest.raises(GeoError, match=r"out: cannot be written \("), staged(locked / "out", NAMES):
        pytest.fail("must not get here")
    assert not (locked / "out").exists()


@pytest.mark.parametrize("text", ["=1+1", "+44", "-1", "@cmd", "\tx", "\rx"])
def test_formulas_become_text(text):
    assert safe_cell(text) == f"'{text}"


def test_control_characters_become_a_mark():
    assert safe_cell("a\x1b[31mb\x07\n") == "a\N{REPLACEMENT CHARACTER}[31mb\N{REPLACEMENT CHARACTER}\n"


@pytest.mark.parametrize("value", ["plain", "", "a=b", 5, -5, None, 1.5])
def test_other_values_stay(value):
    assert safe_cell(value) == value


def test_csv_is_read_back_as_written(tmp_path):
    table = pd.DataFrame({"name": ['=HYPERLINK("x")', 'a "quoted", one', "two\nlines", None], "n": [1, -2, 3, 4]})
    write_csv(tmp_path / "t.csv", table)
    rows = list(csv.reader(io.StringIO((tmp_path / "t.csv").read_bytes().decode(), newline="")))
    assert rows[1:] == [['\'=HYPERLINK("x")', "1"], ['a "quoted", one', "-2"], ["two\nlines", "3"], ["", "4"]]
    assert b"\r" not in (tmp_path / "t.csv").read_bytes()


def test_geojson_follows_rfc_7946(tmp_path):
    wards = make_wards("Acre", "Barley")
    write_geojson(tmp_path / "w.geojson", wards)
    root = json.loads((tmp_path / "w.geojson").read_text())
    assert "crs" not in root
    ring = root["features"][0]["geometry"]["coordinates"][0][0]
    assert all(-180 <= lon <= 180 and 50 < lat < 55 for lon, lat in ring)
    doubled_area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
    assert doubled_area > 0  # anticlockwise
    assert max(len(str(value).split(".")[1]) for point in ring for value in point) <= 7


def test_a_geopackage_is_the_same_byte_for_byte(tmp_path):
    layers = {"wards": make_wards("Acre"), "points": make_incidents([(1, 1), (2, 2)])}
    for name in ("one", "two"):
        write_geopackage(tmp_path / f"{name}.gpkg", layers)
    assert (tmp_path / "one.gpkg").read_bytes() == (tmp_path / "two.gpkg").read_bytes()
    assert len(gpd.read_file(tmp_path / "one.gpkg", layer="points")) == 2


def test_an_empty_layer_can_be_written_and_read(tmp_path):
    write_geopackage(tmp_path / "e.gpkg", {"wards": make_wards("Acre").iloc[:0]})
    assert len(gpd.read_file(tmp_path / "e.gpkg", layer="wards")) == 0


# --- geo.toml -------------------------------------------------------------------------------------------------------


def project(tmp_path: Path, text: str):
    path = tmp_path / "geo.toml"
    path.write_text(text, encoding="utf-8")
    return read_project(path, {"hotspots": {"eps": False, "min-incidents": False, "area": True, "out": False}})


def test_paths_are_seen_from_the_projects_folder(tmp_path):
    found = project(
        tmp_path, '[layers]\nwards = ["a.gpkg::w", "b.gpkg"]\nincidents = "x.csv"\n[hotspots]\nmin-incidents = 5\n'
    )
    assert found.layers == {
        "wards": [str(tmp_path / "a.gpkg::w"), str(tmp_path / "b.gpkg")],
        "incidents": str(tmp_path / "x.csv"),
    }
    assert found.commands == {"hotspots": {"min-incidents": 5}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("area = Luton", "not valid TOML"),
        ("[hotpsots]\neps = 1", "unknown name 'hotpsots' among the sections"),
        (
            "[hotspots]\nepsilon = 1",
            "unknown name 'epsilon' among the [hotspots].\nKnown: area, eps, min-incidents, out.",
        ),
        ("[layers]\nward = 'x'", "unknown name 'ward' among the [layers]."),
        ("[layers]\n\nward = 'x'", "It stands in line 3; did you mean wards?"),
        ("# mine\n[hotpsots]\neps = 1", "It stands in line 2; did you mean hotspots?"),
        ("[hotspots]\nzzz = 1", "It stands in line 2."),
        ("[project]\ntown = 'x'", "unknown name 'town' among the [project]."),
        ("[columns.ward]\na = 'x'", "unknown name 'ward' among the [columns]."),
        ("hotspots = 5", "hotspots stands outside a section."),
        ("[hotspots]\neps = [1, 2]", "eps in [hotspots] is not a text."),
        ("[hotspots]\nout = {a = 1}", "out in [hotspots] is no single value."),
        ("[hotspots]\narea = 5", "area in [hotspots] is not a text."),
        ("[project]\nattribution = 5", "attribution in [project] is not a text."),
        ("[columns]\nincidents = 'x'", "incidents under [columns] is not a table."),
        ("[columns.incidents]\nlon = 5", "lon in [columns.incidents] is not a text."),
    ],
)
def test_misspelt_settings_are_refused(tmp_path, text, message):
    with pytest.raises(GeoError) as error:
        project(tmp_path, text)
    assert message in str(error.value)


def test_one_text_or_several_and_a_mark_at_the_beginning(tmp_path):
    found = project(tmp_path, '\ufeff[project]\narea = "Luton"\n[hotspots]\narea = ["A", "B"]\neps = 5\n')
    assert found.settings["area"] == ["Luton"]
    assert found.commands["hotspots"] == {"area": ["A", "B"], "eps": 5}
