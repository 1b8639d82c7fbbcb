"""geo hotspots as it is used: files in, files out, one clear message when it cannot."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from conftest import ROOT, make_wards, street_row, write_street

FILES = [
    *("hotspots.csv", "hotspots.geojson", "hotspots.gpkg", "hotspots.html", "hotspots.xlsx"),
    *("run.json", "set_aside.csv"),
]
# all but run.json, which holds times and the hashes of the inputs
DATA_FILES = [name for name in FILES if name != "run.json"]


def names(folder):
    return sorted(path.name for path in Path(folder).iterdir())


def run(geo, download, wards_file, *more, out="out"):
    return geo(
        "hotspots",
        "--incidents",
        download,
        "--wards",
        wards_file,
        "--min-incidents",
        10,
        "--runs",
        99,
        "--out",
        out,
        *(() if "--quiet" in more else ("--verbose",)),
        *more,
    )


def test_other_activity_as_background(geo, download, wards_file):
    Path("shops.csv").write_text("lon,lat,count\n1.08,52.74,5\n", encoding="utf-8")
    elsewhere = run(geo, download, wards_file, "--background", "shops.csv", out="elsewhere")
    assert elsewhere.exit_code == 1
    assert "none of its points lies in the study area" in elsewhere.stderr
    points = gpd.read_file(wards_file).to_crs(27700).representative_point().to_crs(4326)
    rows = "\n".join(f"{point.x},{point.y},5" for point in points)
    Path("shops.csv").write_text(f"lon,lat,count\n{rows}\n", encoding="utf-8")
    result = run(geo, download, wards_file, "--background", "shops.csv")
    assert result.exit_code == 0
    assert "Background: 2 rows read from 1 file, 2 used." in result.stderr
    assert pd.read_csv("out/hotspots.csv")["p_background"].notna().all()
    assert "background" in json.loads(Path("out/run.json").read_text())["inputs"]


def test_a_whole_run(geo, download, wards_file):
    result = run(geo, download, wards_file)
    assert result.exit_code == 0
    assert names("out") == FILES
    assert "1 hot spot in Farmland holds 30 of 35 reports of anti-social behaviour (86%)" in result.stdout
    assert "Mill Lane, Acre" in result.stdout
    assert "Incidents: 40 rows read from 2 files, 35 used." in result.stderr
    assert "No data for 2025-02: a gap, not zero." in result.stderr
    assert "eps: 150 m (chosen: the median spacing of the map points (283 m)" in result.stderr
    assert "null: snap (incidents on any map point of the area, each as likely as the next" in result.stderr
    assert "too little other activity is known" in result.stderr  # four burglaries
    assert "min_incidents: 10 incidents (as asked)." in result.stderr
    table = pd.read_csv("out/hotspots.csv")
    assert table[["rank", "name", "incidents", "points", "months_active", "months_covered"]].values.tolist() == [
        [1, "Mill Lane, Acre", 30, 1, 2, 2]
    ]
    hotspots = gpd.read_file("out/hotspots.gpkg", layer="hotspots")
    incidents = gpd.read_file("out/hotspots.gpkg", layer="incidents")
    assert list(hotspots.columns[:4]) == ["rank", "name", "incidents", "points"]
    assert hotspots.crs.to_epsg() == 27700
    assert incidents["hotspot"].sum() == 30
    assert len(incidents) == 35
    assert gpd.read_file("out/hotspots.geojson").crs.to_epsg() == 4326
    assert pd.read_csv("out/set_aside.csv")[["row", "reason"]].values.tolist() == [[22, "no position"]]


def test_the_record_of_a_run(geo, download, wards_file):
    run(geo, download, wards_file, "--since", "2025-01")
    record = json.loads(Path("out/run.json").read_text(encoding="utf-8"))
    assert record["inputs"]["incidents"]["rows_read"] == 40
    assert record["inputs"]["incidents"]["gaps"] == ["2025-02"]
    assert record["options"]["min_incidents"] == {"value": 10, "from": "command line"}
    assert record["options"]["eps"] == {"value": None, "from": "default"}
    second = {"name": "min_incidents", "value": 10, "unit": "incidents", "reason": "as asked"}
    assert record["parameters"][1] == second
    chosen = {one["name"]: one["value"] for one in record["parameters"]}
    assert chosen.pop("eps") == 150
    assert chosen == {
        "min_incidents": 10,
        "max_width": 300,
        "footprint": 75,
        "null": "snap",
        "simulations": 99,
        "seed": 0,
    }
    assert record["results"]["in_hotspots"] == 30
    assert set(record["outputs"]) == set(DATA_FILES)
    import hashlib

    for name, output in record["outputs"].items():
        assert hashlib.sha256(Path("out", name).read_bytes()).hexdigest() == output["sha256"]
    assert set(record["seconds"]) == {"read wards", "read incidents", "find", "map", "write"}


def test_json_is_the_only_thing_on_stdout(geo, download, wards_file):
    result = run(geo, download, wards_file, "--json", "--quiet")
    assert result.stderr == ""
    summary = json.loads(result.stdout)
    assert summary["hotspots"] == 1
    assert summary["table"][0]["name"] == "Mill Lane, Acre"


def test_results_are_only_replaced_when_told(geo, download, wards_file):
    run(geo, download, wards_file)
    before = {name: Path("out", name).read_bytes() for name in FILES}
    again = run(geo, download, wards_file)
    assert again.exit_code == 1
    assert (
        again.stderr
        == "out/hotspots.html: already exists.\nPass --overwrite to replace it, or choose another folder.\n"
    )
    assert {name: Path("out", name).read_bytes() for name in FILES} == before
    assert run(geo, download, wards_file, "--overwrite").exit_code == 0


def test_an_area_of_one_ward(geo, download, wards_file):
    result = run(geo, download, wards_file, "--area", "barley")
    assert result.exit_code == 0
    assert "No hot spots of anti-social behaviour in Barley" in result.stdout
    assert "1 inside the study area, 34 elsewhere." in result.stderr
    assert names("out") == FILES


def test_personal_columns_never_leave(geo, tmp_path, wards_file):
    rows = ["URN,date,easting,northing,victim_ref,personal,asb_type"]
    rows += [f"URN{i},2025-01-0{i % 9 + 1},600500,320500,V-{i:04d},yes,nuisance" for i in range(12)]
    (tmp_path / "own.csv").write_text("\n".join(rows))
    run(geo, tmp_path / "own.csv", wards_file)
    columns = gpd.read_file("out/hotspots.gpkg", layer="incidents").columns
    assert "asb_type" in columns
    assert not {"victim_ref", "personal", "incident_id"} & set(columns)
    for name in FILES:
        content = Path("out", name).read_bytes()
        assert b"V-0003" not in content
        assert b"URN3" not in content
    run(geo, tmp_path / "own.csv", wards_file, "--keep-ids", out="kept")
    assert "URN3" in set(gpd.read_file("kept/hotspots.gpkg", layer="incidents")["incident_id"])


def test_geo_toml_gives_every_option_and_the_command_line_wins(geo, download, wards_file):
    Path("geo.toml").write_text(
        f"""
        [project]
        area = "Acre"
        source = "Test data"
        [layers]
        wards = "{wards_file}"
        incidents = "{download}"
        [hotspots]
        min-incidents = 10
        eps = 80
        out = "from-toml"
        """
    )
    result = geo("hotspots", "--eps", 90)
    assert result.exit_code == 0
    assert names("from-toml") == FILES
    options = json.loads(Path("from-toml/run.json").read_text())["options"]
    assert options["eps"] == {"value": 90, "from": "command line"}
    assert options["min_incidents"] == {"value": 10, "from": "geo.toml"}
    assert options["area"] == {"value": ["Acre"], "from": "geo.toml"}
    assert "Test data" in Path("from-toml/hotspots.html").read_text(encoding="utf-8")


def test_a_misspelt_setting_is_said(geo):
    Path("geo.toml").write_text("[hotspots]\nepsilon = 5\n")
    result = geo("hotspots")
    assert result.exit_code == 1
    assert result.stderr.startswith("geo.toml: unknown name 'epsilon' among the [hotspots].")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--eps", "0"], "0 is not in the range 1 to 10,000"),
        (["--eps", "wide"], "'wide' is neither a number nor 'auto'"),
        (["--eps", "nan"], "nan is not in the range"),
        (["--min-incidents", "-1"], "-1 is not in the range 1 to 1,000,000"),
        (["--max-width", "900"], "900 is not in the range 10 to 500"),
        (["--footprint", "inf"], "inf is not in the range"),
        (["--null", "hope"], "'hope' is not one of 'auto', 'unequal', 'snap', 'smooth', 'csr', 'background', 'none'"),
        (["--method", "hdbscan", "--min-incidents", "auto"], "--method hdbscan needs --min-incidents"),
        (["--area", " "], "an empty name was given"),
        (["--since", "2025"], "'2025' is not a month (2025-03) or a day (2025-03-14)."),
        (["--since", "2025-13"], "is not a month"),
        (["--until", "2025-02-30"], "is not a month"),
        (["--since", "2025-03", "--until", "2025-01"], "--since 2025-03 is after --until 2025-01."),
        (["--nonsense"], "No such option"),
    ],
)
def test_wrong_options_exit_2(geo, download, wards_file, options, message):
    result = run(geo, download, wards_file, *options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not Path("out").exists()


def test_missing_options_exit_2(geo):
    result = geo("hotspots")
    assert result.exit_code == 2
    assert "Missing option '--incidents'" in result.stderr


# --- bad input: one clear message, exit 1, nothing written ----------------------------------------------------------


def bad_nothing(folder, download, wards_file):
    return download / "nope", wards_file, "nope: no such file."


def bad_empty_folder(folder, download, wards_file):
    (folder / "empty").mkdir()
    return folder / "empty", wards_file, "empty: no police.uk street file in it."


def bad_no_asb(folder, download, wards_file):
    write_street(folder / "only", "2025-01", [street_row("2025-01", 5, 5, kind="Burglary")])
    return folder / "only", wards_file, "no Anti-social behaviour among its 1 rows."


def bad_wards_crs(folder, download, wards_file):
    make_wards("Acre")[["ward_code", "ward_name", "geometry"]].to_file(folder / "w.shp")
    (folder / "w.prj").unlink()
    return download, folder / "w.shp", "w.shp: no coordinate reference system"


def bad_overlap(folder, download, wards_file):
    write_street(folder / "away", "2025-01", [street_row("2025-01", -300_000, -100_000)])
    return folder / "away", wards_file, "Wards and incidents do not overlap. Wards lie at 52."


def bad_swapped(folder, download, wards_file):
    (folder / "s.csv").write_text("month,lon,lat\n2025-01,52.7,1.3\n")
    return folder / "s.csv", wards_file, "s.csv: lon and lat look swapped"


def bad_zero(folder, download, wards_file):
    (folder / "z.csv").write_text("month,lon,lat\n2025-01,0,0\n")
    return folder / "z.csv", wards_file, "z.csv: no usable incident among 1 row (1 at 0, 0)"


def bad_encoding(folder, download, wards_file):
    (folder / "e.csv").write_bytes(
        b"month,lon,lat,street\n2025-01,1.3,52.7,Mill\x81Lane\n"
    )  # no letter of any code page
    return folder / "e.csv", wards_file, "e.csv: not UTF-8 text (byte 0x81 in row 2)."


def bad_html(folder, download, wards_file):
    (folder / "w.geojson").write_text("\n\n<!DOCTYPE html><html></html>")
    return download, folder / "w.geojson", "w.geojson: this is a web page, not data"


def bad_gzip(folder, download, wards_file):
    file = next(download.rglob("*.csv"))
    packed = folder / "cut" / f"{file.name}.gz"
    packed.parent.mkdir()
    packed.write_bytes(gzip.compress(file.read_bytes())[:100])
    return packed.parent, wards_file, ".csv.gz: this gzip file is cut off in the middle (100 bytes)."


def bad_archive(folder, download, wards_file):
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("notes.txt", "x")
    return folder / "a.zip", wards_file, "a.zip: no map file in this archive (notes.txt)."


def bad_archive_member(folder, download, wards_file):
    path = folder / "d.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(download.rglob("*.csv")):
            archive.write(file, file.name)
    data = bytearray(path.read_bytes())
    data[150:160] = bytes(10)
    path.write_bytes(data)
    return path, wards_file, "d.zip: 2025-01-test-street.csv cannot be read ("


def bad_overlapping_wards(folder, download, wards_file):
    two = make_wards("Acre", "Barley")
    two.loc[1, "geometry"] = two.geometry[0].buffer(-50)
    two.to_file(folder / "two.gpkg")
    told = "Wards Acre (E05990000, Farmland) and Barley (E05990001, Farmland) overlap by 0.81 km²."
    return download, folder / "two.gpkg", told


def bad_month_of_a_file(folder, download, wards_file):
    write_street(folder / "renamed", "2025-02", [street_row("2025-01", 5, 5)])
    return folder / "renamed", wards_file, "the file name says 2025-02, its rows 2025-01."


def bad_quote(folder, download, wards_file):
    rows = ["2025-01,1.3,52.7,here"] * 100
    rows[50] = '2025-01,1.3,52.7,"12 inch pipe'
    (folder / "q.csv").write_text("\n".join(["month,lon,lat,location", *rows]) + "\n")
    return folder / "q.csv", wards_file, "q.csv: a quotation mark in row 52 opens a cell of 50 lines."


BAD = [value for name, value in sorted(globals().items()) if name.startswith("bad_")]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.__name__)
def test_bad_input(geo, tmp_path, download, wards_file, bad):
    incidents, wards, message = bad(tmp_path, download, wards_file)
    result = run(geo, incidents, wards, "--all-are-asb")
    assert result.exit_code == 1
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    assert not Path("out").exists()
    problem, hint = result.stderr.strip().splitlines()[-2:]
    assert message in problem
    assert hint.endswith((".", "?", ")"))


@pytest.mark.parametrize("where", ["a file", "under a file"])
def test_an_output_folder_that_cannot_be(geo, download, wards_file, where):
    Path("taken").write_text("mine")
    result = run(geo, download, wards_file, out="taken" if where == "a file" else "taken/out")
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr
    assert Path("taken").read_text() == "mine"


def test_values_from_files_do_not_reach_the_terminal_as_commands(geo, tmp_path, wards_file):
    evil = "\x1b[31m[bold]red[/bold]\x07"
    write_street(tmp_path / "d", "2025-01", [street_row("2025-01", 500, 500, place=evil)] * 12)
    result = run(geo, tmp_path / "d", wards_file)
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout + result.stderr
    assert "\x07" not in result.stdout + result.stderr
    assert "[bold]red[/bold]" in result.stdout


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:32616", "EPSG:4326", "EPSG:1", "EPSG:5701"])
def test_a_plane_on_which_metres_are_not_metres_is_refused(geo, download, wards_file, crs):
    result = run(geo, download, wards_file, "--metric-crs", crs)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"--metric-crs {crs}: ")


def test_days_on_monthly_data_are_said(geo, download, wards_file):
    result = run(geo, download, wards_file, "--since", "2025-03-15")
    assert "The data know months only: --since 2025-03-15 as 2025-03, whole months." in result.stderr


def test_scikit_learn_and_hdbscan_on_request(geo, download, wards_file):
    grid = run(geo, download, wards_file, "--null", "none")
    same = run(geo, download, wards_file, "--null", "none", "--engine", "sklearn", out="sk")
    assert same.stdout == grid.stdout
    assert Path("sk/hotspots.csv").read_bytes() == Path("out/hotspots.csv").read_bytes()
    other = run(geo, download, wards_file, "--method", "hdbscan", out="h")
    assert other.exit_code == 0
    assert pd.read_csv("h/hotspots.csv")["p_value"].isna().all()
    assert "not tested against chance" in other.stderr


def test_clustered_on_a_cluster_of_this_computer_it_is_the_same(geo, download, wards_file, monkeypatch):
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    monkeypatch.setattr("geo.hotspots.dask_engine.LEAST_POINTS", 1)
    grid = run(geo, download, wards_file, "--null", "none")
    same = run(geo, download, wards_file, "--null", "none", "--engine", "dask", "--workers", 1, out="dask")
    assert same.stdout == grid.stdout
    assert Path("dask/hotspots.csv").read_bytes() == Path("out/hotspots.csv").read_bytes()


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("--scheduler tcp://host:8786", "--scheduler is of no use with --engine grid."),
        ("--engine dask --method hdbscan", "--method hdbscan cannot be divided into tiles for --engine dask."),
        ("--engine dask --by district", "--engine dask divides one area, and districts are small."),
        ("--engine dask --scheduler nonsense", "--scheduler nonsense: no scheduler of Dask answers"),
    ],
)
def test_what_no_cluster_can_do_is_refused(geo, download, wards_file, words, problem):
    if "nonsense" in words:
        pytest.importorskip("distributed", reason="the extra dask is not installed")
    result = run(geo, download, wards_file, *words.split())
    assert result.exit_code in (1, 2)
    assert problem in result.stderr
    assert not Path("out").exists()


def test_a_terminal_that_cannot_show_a_letter(tmp_path, download, wards_file):
    for path in download.rglob("*.csv"):
        path.write_text(path.read_text(encoding="utf-8").replace("Mill Lane", "Café Row"), encoding="utf-8")
    command = [sys.executable, "-m", "cli", "hotspots", "--incidents", download, "--wards", wards_file, "--out", "out"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [str(part) for part in command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "Caf? Row, Acre" in done.stdout


def test_ctrl_c_leaves_nothing_behind(tmp_path, download, wards_file):
    """A real process, interrupted while it writes: the signal is sent once the hidden folder is there."""
    script = (
        "import os, signal, layers.writing.write as w, cli, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a suite in the background has it ignored
        "def stop(*args, **kwargs): os.kill(os.getpid(), signal.SIGINT)\n"
        "w.write_geojson = stop\n"
        "cli.main(sys.argv[1:])\n"
    )
    command = [sys.executable, "-c", script, "hotspots", "--incidents", download, "--wards", wards_file, "--out", "out"]
    done = subprocess.run([str(part) for part in command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode in (1, -signal.SIGINT, 130)
    assert "Aborted!" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


# --- the promises on real data --------------------------------------------------------------------------------------


def luton(geo, shared_data, luton_wards, folder, eps, least, out):
    result = geo(
        "hotspots", "--incidents", shared_data / folder, "--wards", luton_wards, "--max-width", "none",
        "--eps", eps, "--min-incidents", least, "--out", out, "--quiet",
    )  # fmt: skip
    assert result.exit_code == 0
    return json.loads(Path(out, "run.json").read_text(encoding="utf-8")), pd.read_csv(Path(out, "hotspots.csv"))


@pytest.mark.parametrize(
    ("folder", "eps", "least", "count", "in_none", "largest", "inside"),
    [
        ("bedfordshire_street_2025", 100, 20, 20, 2_357, [167, 82, 61, 38, 34, 34], 3_119),
        ("bedfordshire_street_2025", 150, 50, 4, 2_507, [360], 3_119),
        ("bedfordshire_street_2021_2024", 100, 20, 115, 4_082, [2_885], 11_716),
    ],
)
def test_luton(geo, shared_data, luton_wards, folder, eps, least, count, in_none, largest, inside):
    record, table = luton(geo, shared_data, luton_wards, folder, eps, least, "out")
    results = record["results"]
    assert results["incidents"] == inside
    assert results["hotspots"] == len(table) == count
    assert results["incidents"] - results["in_hotspots"] == in_none
    assert sorted(table["incidents"], reverse=True)[: len(largest)] == largest


def test_luton_wards_and_points_of_2025(geo, shared_data, luton_wards):
    luton(geo, shared_data, luton_wards, "bedfordshire_street_2025", 100, 20, "out")
    incidents = gpd.read_file("out/hotspots.gpkg", layer="incidents")
    counts = incidents["ward_name"].value_counts()
    assert counts[["Central", "South", "High Town", "Farley"]].tolist() == [513, 330, 268, 199]
    assert len(incidents.geometry.drop_duplicates()) == 917


def test_shuffled_rows_give_the_same_files(geo, tmp_path, shared_data, luton_wards):
    """Rows shuffled within each month, plain instead of gzipped, months in other folders: the same bytes."""
    shuffled = tmp_path / "shuffled"
    for number, file in enumerate(sorted((shared_data / "bedfordshire_street_2025").glob("*.gz"))):
        header, *rows = gzip.decompress(file.read_bytes()).decode().splitlines()
        random.Random(number).shuffle(rows)
        target = shuffled / f"{99 - number}" / file.name.removesuffix(".gz")
        target.parent.mkdir(parents=True)
        target.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    options = ("--wards", luton_wards, "--quiet")
    geo("hotspots", "--incidents", shared_data / "bedfordshire_street_2025", "--out", "one", *options)
    geo("hotspots", "--incidents", shuffled, "--out", "two", *options)
    for name in ("hotspots.csv", "hotspots.geojson", "hotspots.gpkg"):
        assert Path("one", name).read_bytes() == Path("two", name).read_bytes(), name
    page = [
        re.sub(r"csv(\.gz)?", "csv", Path(out, "hotspots.html").read_text(encoding="utf-8")) for out in ("one", "two")
    ]
    strip = [re.sub(r"sha256-[^']+'", "", text) for text in page]
    assert strip[0] == strip[1]


def test_a_district_of_lancashire(geo, shared_data):
    folder = shared_data / "lancashire_asb_2022"
    result = geo(
        "hotspots", "--incidents", folder / "lancashire_asb.tab.gz", "--wards", folder / "lancashire_wards.gpkg",
        "--area", "Talbot", "--area", "Claremont", "--eps", 100, "--min-incidents", 100,
        "--out", "out", "--all-are-asb",
    )  # fmt: skip
    assert result.exit_code == 0
    wards = gpd.read_file("out/hotspots.gpkg", layer="incidents")["ward_name"].value_counts()
    assert wards.to_dict() == {"Talbot": 1_572, "Claremont": 1_361}


# --- the demo -------------------------------------------------------------------------------------------------------


def test_the_demo(geo, finished_demo):
    assert set(FILES) <= set(names(finished_demo / "results"))
    made = {"engagement.html", "engagement.csv", "engagement.xlsx", "plan.html", "team-2.gpx", "workshop.html"}
    assert made <= set(names(finished_demo / "results"))
    table = pd.read_csv(finished_demo / "results" / "hotspots.csv")
    assert any(name.startswith("Ashview Park") for name in table["name"])
    assert any(name.startswith("Easington Way") for name in table["name"])
    again = geo("demo", finished_demo)
    assert again.exit_code == 1
    assert "already exists" in again.stderr


def test_the_demo_runs_again_from_its_own_folder(geo, finished_demo, monkeypatch):
    shutil.copytree(finished_demo, "town")
    monkeypatch.chdir("town")
    shutil.rmtree("results")
    result = geo("hotspots", "--area", "Sandford", "--min-incidents", 8)
    assert result.exit_code == 0
    assert names("results") == FILES


def test_hot_spots_can_be_drawn_on_streets(geo, download, wards_file):
    import geopandas as gpd
    import shapely

    street = shapely.LineString([(600_000, 320_500), (601_000, 320_500)])
    gpd.GeoSeries([street], crs="EPSG:27700").to_crs("EPSG:4326").to_file("streets.geojson")
    result = run(geo, download, wards_file, "--outline", "streets", "--streets", "streets.geojson")
    assert result.exit_code == 0, result.stderr
    assert "outline: streets (strips along the stretches of street that hold most reports" in result.stderr
    (outline,) = gpd.read_file("out/hotspots.gpkg", layer="hotspots").geometry
    assert outline.buffer(-45).is_empty  # footprint 75 m: a strip of 75 m, where the disc has 150 m
    assert shapely.hausdorff_distance(outline, shapely.intersection(street, outline)) < 40
    lacking = run(geo, download, wards_file, "--outline", "streets", "--overwrite")
    assert lacking.exit_code != 0
    assert "No streets were named" in lacking.output + lacking.stderr


def test_much_memory_is_said_before_a_run(geo, download, wards_file, tmp_path, monkeypatch):
    """By the rows, in a prepared folder and about in a download; where less is free, also what takes less."""
    assert "of memory" not in run(geo, download, wards_file, "--null", "none").stderr
    geo("prepare", download, "--out", "prepared")
    monkeypatch.setattr("study.reading._MUCH", 1)
    monkeypatch.setattr("study.reading._BY_ROW", 1e8)
    free = tmp_path / "meminfo"
    monkeypatch.setattr("study.reading._MEMORY", free)
    rows = len(pd.concat(pd.read_csv(path) for path in download.rglob("*.csv")))
    told = f"so many reports take up to about {((rows + 2) * 1e8 + 230e6) / 1e9:.1f} GB of memory"  # and two headings
    unknown = run(geo, download, wards_file, "--null", "none", out="unknown")
    assert f"{download}: {told}.\n" in unknown.stderr
    free.write_text("MemTotal: 9 kB\nMemAvailable:    1500000 kB\n", encoding="ascii")
    little = run(geo, download, wards_file, "--null", "none", out="little")
    assert f"{told}, and 1.5 GB are free. Fewer types (--crime-type) or months (--since)" in little.stderr
    kept = run(geo, "prepared", wards_file, "--null", "none", out="kept")
    held = sum(json.loads(Path("prepared/prepared.json").read_text(encoding="utf-8"))["counts"]["rows"])
    assert f"prepared: so many reports take up to about {(held * 1e8 + 230e6) / 1e9:.1f} GB" in kept.stderr
