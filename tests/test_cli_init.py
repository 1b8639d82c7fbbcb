"""geo init: folders of other people's files, and the geo.toml that runs unedited."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tomllib
import warnings
import zipfile
from contextlib import closing
from pathlib import Path

from conftest import SOUTH, STREET_HEADER, WEST, make_wards, street_row, write_street

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


def test_a_shared_drive_with_deep_folders_and_junk(geo, tmp_path):
    """As a new user would: an archive as it came, ONS files, a Census table by LSOA, a form's answers."""
    folder = tmp_path / "NPT  shared drive (new)"
    archive, maps = folder / "police data" / "down load (1).zip", folder / "Maps" / "ONS" / "Wards (December 2025)"
    maps.mkdir(parents=True)
    archive.parent.mkdir()
    with zipfile.ZipFile(archive, "w") as packed:
        for month in ("2025-01", "2025-02"):
            rows = [street_row(month, 500, 500) for _ in range(15)]
            packed.writestr(f"{month}/{month}-test-street.csv", "\n".join([STREET_HEADER, *rows]) + "\n")
            packed.writestr(f"{month}/{month}-test-outcomes.csv", "Crime ID,Outcome type\n")
    wards = make_wards("Acre", "Barley").to_crs("EPSG:4326")
    names = {"ward_name": "WD{}NM", "ward_code": "WD{}CD", "district_code": "LAD{}CD", "district_name": "LAD{}NM"}
    for year, shift in (("25", 0), ("13", 0.001)):
        there = wards.assign(geometry=wards.translate(shift), ward_code=wards["ward_code"].str[:-2] + year[0] + "0")
        there["ward_code"] = [f"E0599{year}0{i}" for i in range(2)] if year == "13" else wards["ward_code"]
        columns = {name: pattern.format(year) for name, pattern in names.items()}
        there.rename(columns=columns).to_file(maps / f"WD_DEC_20{year} (BGC).geojson", driver="GeoJSON")
    census = folder / "Census 2021" / "TS021"
    census.mkdir(parents=True)
    (census / "lookup best fit.csv").write_text(
        "LSOA21CD,WD25CD\nE01000001,E05990000\nE01000002,E05990001\n", encoding="utf-8"
    )
    (census / "census2021-ts021-lsoa.csv").write_text(
        "date,geography,geography code,Ethnic group: Total: All usual residents,"
        '"Ethnic group: Asian, Asian British or Asian Welsh: Pakistani",'
        '"Ethnic group: White: English, Welsh, Scottish, Northern Irish or British"\n'
        "2021,Acre 001A,E01000001,1000,400,600\n2021,Barley 001A,E01000002,900,100,800\n",
        encoding="utf-8",
    )
    (folder / "Engagement log (Responses) - Form responses 1.csv").write_text(
        "Timestamp,Email Address,Date of event,Type of engagement,Purpose,Ward,Which communities did you meet?,Notes\n"
        '30/06/2025 14:05:22,a@b.example,30/06/2025,Drop-in,"Build trust, Listen",Acre,Pakistani,ok\n',
        encoding="utf-8",
    )
    with closing(sqlite3.connect(folder / "partners.db")) as open_:
        open_.execute("CREATE TABLE places (name, kind, easting, northing)")
        open_.execute(f"INSERT INTO places VALUES ('Mill Hall', 'hall', {WEST + 100}, {SOUTH + 100})")
        open_.execute("CREATE TABLE colours (colour, taste)")
        open_.commit()
    for junk in ("Thumbs.db", "~$log.xlsx", "IMG 01.jpg", "Minutes.docx", ".DS_Store"):
        (folder / junk).write_bytes(b"\x00junk")
    old = folder / "old" / "results"
    old.mkdir(parents=True)
    (old / "run.json").write_text("{}")
    (old / "hotspots.csv").write_text("rank,name\n1,x\n")
    result = geo("init", folder)
    assert result.exit_code == 0, result.stderr
    assert layers_of(folder) == {
        "incidents": "police data/down load (1).zip",
        "wards": "Maps/ONS/Wards (December 2025)/WD_DEC_2025 (BGC).geojson",
        "lookup": "Census 2021/TS021/lookup best fit.csv",
        "communities": "Census 2021/TS021/census2021-ts021-lsoa.csv",
        "focal_points": "partners.db::places",
        "engagements": "Engagement log (Responses) - Form responses 1.csv",
    }
    assert "WD_DEC_2013 (BGC).geojson: not placed (wards of another year than those taken)" in result.stdout
    assert "partners.db::colours: not placed" in result.stdout
    assert "old/results (results of geo)" in result.stdout
    assert "Thumbs.db" in result.stdout
    assert "hotspots.csv" not in result.stdout
    checked = json.loads(geo("check", "--project", folder, "--json").stdout)
    assert checked["usable"]
    assert {name: one["rows_used"] for name, one in checked["layers"].items()} == {
        "wards": 2,
        "lookup": 2,
        "incidents": 30,
        "communities": 2,
        "focal_points": 1,
        "engagements": 1,
    }
    for run in (("hotspots", "--runs", "19", "--out", "hot"), ("engagement", "--as-of", "2025-12-31", "--out", "who")):
        done = geo(run[0], "--project", folder, *run[1:])
        assert done.exit_code == 0, done.stderr


def test_a_heading_that_is_likely_stands_in_geo_toml_as_a_remark(geo, tmp_path):
    make_wards("Acre").to_file(tmp_path / "wards.gpkg")
    (tmp_path / "log.csv").write_text(
        "date,activity,objective,ward,All communities there on the day\n2025-01-02,drop_in,reassure,Acre,Roma\n"
    )
    geo("init", tmp_path)
    text = (tmp_path / "geo.toml").read_text(encoding="utf-8")
    mark = '# [columns.engagements]\n# communities = "All communities there on the day"'
    assert mark in text
    (tmp_path / "geo.toml").write_text(text.replace(mark, mark.replace("# ", "")))
    assert json.loads(geo("check", "--project", tmp_path, "--json").stdout)["usable"]


def test_several_downloads_are_one(geo, tmp_path):
    for part, month in (("first", "2025-01"), ("second", "2025-02")):
        write_street(tmp_path / "police" / part, month, [street_row(month, 500, 500)])
    assert geo("init", tmp_path).exit_code == 0
    assert layers_of(tmp_path) == {"incidents": "police"}


def test_why_a_file_is_nothing_is_said(geo, tmp_path):
    (tmp_path / "wards.geojson").write_text("<!doctype html><html></html>")
    (tmp_path / "half.csv.gz").write_bytes(b"\x1f\x8b\x08\x00junk")
    said = geo("init", tmp_path, "--dry-run").stdout
    assert "wards.geojson: not placed" in said
    assert "this is a web page" in said
    assert "this gzip file is" in said


def test_twins_older_wards_and_drawn_buildings_are_told_apart(geo, tmp_path):
    wards = make_wards("Acre", "Barley").to_crs("EPSG:4326")
    for year in ("2017", "2023"):
        codes = [f"E05{year}{i:02d}" for i in range(2)]
        names = {"ward_code": "area_code", "ward_name": "area_name"}
        frame = wards.assign(ward_code=codes)[["ward_code", "ward_name", "geometry"]].rename(columns=names)
        frame.to_file(tmp_path / f"town_ward_{year}_generalised.geojson", driver="GeoJSON")
    middles = make_wards("Acre", "Barley").centroid.buffer(10).to_crs("EPSG:4326")
    buildings = wards.assign(geometry=middles, name=["St Mary", "Mill Lane Mosque"])
    worship = buildings.assign(amenity="place_of_worship", id=["way/1", "way/2"])[["id", "name", "amenity", "geometry"]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        worship.to_file(tmp_path / "worship.geojson", driver="GeoJSON")
    halls = f"name,kind,easting,northing\nMill Hall,hall,{WEST + 100},{SOUTH + 100}\n"
    (tmp_path / "halls.csv").write_text(halls)
    (tmp_path / "halls.tsv").write_text(halls.replace(",", "\t"))
    (tmp_path / "prices.csv").write_text("item,amount\ntea,1\ncake,2\n")
    result = geo("init", tmp_path)
    assert layers_of(tmp_path) == {
        "wards": "town_ward_2023_generalised.geojson",
        "focal_points": ["halls.csv", "worship.geojson"],
    }
    assert "halls.tsv: not placed (called as halls.csv is: the same in another format)" in result.stdout
    assert "prices.csv: not placed (its headings are those of no layer)" in result.stdout
