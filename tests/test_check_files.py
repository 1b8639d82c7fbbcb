"""geo check --html and --fix: a page worst first, and copies that read as the files do; the files stay as they are."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
from contextlib import closing
from html import unescape
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from browser import open_browser, unavailable
from conftest import SOUTH, WEST, make_wards
from test_cli_check import town as town
from test_map_safety import CANARIES

from layers.incidents import read_incidents

BAD = """Incident No;Date;Crime type;Easting;Northing;Who called
A1;14/03/2025 21:05;Anti-social behaviour;{0},5;{1};Ann
A2;03/04/2025 22:10;Anti-social behaviour;{0};{1};Ben
A3;31/02/2025 22:10;Anti-social behaviour;{0};{1};Cat
A4;05/04/2025 20:00;Burglary;{0};{1};Dan
A5;06/04/2025 20:00;Anti-social behaviour;;;Café
"""


@pytest.fixture
def messy(tmp_path):
    folder = tmp_path / "messy files"
    folder.mkdir()
    (folder / "calls.csv").write_text(BAD.format(WEST + 100, SOUTH + 100), encoding="cp1252")
    make_wards("Acre", "Barley").to_file(folder / "wards.gpkg")
    return folder


def digests(folder: Path) -> dict[str, str]:
    return {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in folder.iterdir() if one.is_file()}


def check(geo, folder, *more):
    return geo("check", "--incidents", folder / "calls.csv", "--wards", folder / "wards.gpkg", *more)


def test_a_copy_is_utf_8_with_iso_dates_and_degrees(geo, messy, tmp_path):
    before = digests(messy)
    result = check(geo, messy, "--fix", tmp_path / "clean")
    assert result.exit_code == 0
    assert digests(messy) == before
    names = sorted(one.name for one in (tmp_path / "clean").iterdir())
    assert names == ["changes.csv", "incidents.csv", "incidents_set_aside.csv", "wards.geojson"]
    copy = pd.read_csv(tmp_path / "clean" / "incidents.csv", dtype=str)
    assert sorted(copy["occurred_from"]) == ["2025-03-14T21:05:00", "2025-04-03T22:10:00", "2025-04-05T20:00:00"]
    assert copy["lon"].astype(float).between(0.9, 1.1).all()
    assert copy["lat"].astype(float).between(52.6, 53).all()
    assert not any("call" in name for name in copy)
    wards = gpd.read_file(tmp_path / "clean" / "wards.geojson")
    assert wards.crs == "EPSG:4326"
    assert list(wards["ward_code"]) == ["E05990000", "E05990001"]


def test_what_was_changed_is_listed(geo, messy, tmp_path):
    check(geo, messy, "--fix", tmp_path / "clean")
    changes = pd.read_csv(tmp_path / "clean" / "changes.csv", dtype=str, keep_default_na=False)
    rows = set(changes[changes["layer"] == "incidents"].drop(columns="layer").itertuples(index=False, name=None))
    assert ("calls.csv", "value", "Date", "occurred_from", "14/03/2025 21:05", "2025-03-14T21:05:00", "1") in rows
    assert ("calls.csv", "heading", "Incident No", "incident_id", "Incident No", "incident_id", "") in rows
    assert ("calls.csv", "left out", "Who called", "", "Who called", "", "") in rows
    place = "Easting, Northing"
    assert ("calls.csv", "position", place, "lon, lat", place, "lon, lat", "") in rows


def test_rows_set_aside_keep_their_cells_and_say_why(geo, messy, tmp_path):
    check(geo, messy, "--fix", tmp_path / "clean")
    aside = pd.read_csv(tmp_path / "clean" / "incidents_set_aside.csv", dtype=str, keep_default_na=False)
    told = aside.set_index("Incident No")
    assert told.loc["A3", ["row", "reason", "Date"]].tolist() == ["4", "date cannot be read", "31/02/2025 22:10"]
    assert told.loc["A5", ["row", "reason", "Easting"]].tolist() == ["6", "no position", ""]
    assert not aside.astype(str).isin(["Ann", "Cat", "Café"]).any().any()


def test_the_copies_of_the_sample_read_as_its_files_do(geo, town, tmp_path):
    first = json.loads(geo("check", "--project", town, "--json", "--fix", tmp_path / "clean").stdout)
    layers = [f'{one.stem} = "{one.name}"' for one in (tmp_path / "clean").iterdir()]
    layers = [line for line in layers if "set_aside" not in line and "changes" not in line]
    (tmp_path / "clean" / "geo.toml").write_text("[layers]\n" + "\n".join(layers))
    again = json.loads(geo("check", "--project", tmp_path / "clean", "--json").stdout)
    assert again["usable"]
    assert len(layers) > 12
    for name, report in again["layers"].items():
        assert report["rows_used"] == first["layers"][name]["rows_used"], name
        assert report["rows_used"] == report["rows_read"], name


def test_a_copy_moves_no_incident_by_more_than_its_rounding(geo, messy, tmp_path):
    check(geo, messy, "--fix", tmp_path / "clean")
    before, _ = read_incidents(messy / "calls.csv")
    after, _ = read_incidents(tmp_path / "clean" / "incidents.csv")
    assert before.geometry.distance(after.geometry).max() < 0.005
    assert list(before["occurred_from"]) == list(after["occurred_from"])


def test_a_file_that_was_read_is_never_replaced(geo, messy):
    (messy / "calls.csv").rename(messy / "incidents.csv")
    before = digests(messy)
    result = geo("check", "--incidents", messy / "incidents.csv", "--fix", messy, "--overwrite")
    assert result.exit_code == 1
    assert "one of the files that were read" in result.stderr
    assert digests(messy) == before


def test_what_is_there_is_replaced_only_when_asked(geo, messy, tmp_path):
    more = ("--fix", tmp_path / "clean", "--html", tmp_path / "check.html")
    assert check(geo, messy, *more).exit_code == 0
    assert check(geo, messy, *more).exit_code == 1
    assert check(geo, messy, *more, "--overwrite").exit_code == 0


def test_a_table_of_a_database_is_copied_too(geo, messy, tmp_path):
    table = pd.read_csv(messy / "calls.csv", sep=";", encoding="cp1252", dtype=str)
    with closing(sqlite3.connect(messy / "calls.db")) as open_:
        table.to_sql("calls", open_, index=False)
    geo("check", "--incidents", f"{messy / 'calls.db'}::calls", "--fix", tmp_path / "clean")
    assert len(pd.read_csv(tmp_path / "clean" / "incidents.csv")) == 3
    aside = pd.read_csv(tmp_path / "clean" / "incidents_set_aside.csv", dtype=str)
    assert sorted(aside["Incident No"]) == ["A3", "A5"]


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_says_what_is_wrong_worst_first(geo, messy, tmp_path):
    (messy / "surveys.csv").write_text("nothing,of,this\n1,2,3\n")
    result = check(geo, messy, "--surveys", messy / "surveys.csv", "--html", tmp_path / "check.html")
    assert result.exit_code == 1
    page = (tmp_path / "check.html").read_text("utf-8")
    words = unescape(re.sub(r"<[^>]+>", " ", page))
    assert words.index("Unusable: surveys") < words.index("Problem: incidents") < words.index("Note: incidents")
    for said in (
        "1 unusable, 2 problems",
        "date cannot be read",
        "calls.csv",
        "Who called",
        "Date",
        "Easting, Northing",
    ):
        assert said in words, said
    assert "<script" not in page
    assert not re.search(r"\ssrc=|url\(", page)


def test_values_on_the_page_are_text(geo, messy, tmp_path):
    (messy / "calls.csv").write_text(
        "Incident No,Date,Easting,Northing,"
        + ",".join(f'"{one}"' for one in ("<script>x()</script>", "<b onclick=y>"))
        + "\n"
        + "\n".join(f'"{one.replace(chr(34), chr(39))}",2025-01-02,,,,' for one in CANARIES)
        + "\n"
        + f"A1,2025-01-02,{WEST},{SOUTH},,\n",
        encoding="utf-8",
    )
    assert check(geo, messy, "--all-are-asb", "--html", tmp_path / "check.html").exit_code == 0
    page = (tmp_path / "check.html").read_text("utf-8")
    assert "<script" not in page
    assert "onclick=y>" not in page.replace("onclick=y&gt;", "")
    assert "&lt;script&gt;x()" in page


@pytest.mark.parametrize("phone", [False, True])
def test_axe_finds_nothing(geo, messy, tmp_path, phone):
    axe = os.environ.get("GEO_AXE")
    if not axe:
        unavailable("GEO_AXE does not name an axe.min.js")
    assert check(geo, messy, "--html", tmp_path / "check.html").exit_code == 0
    run = "async () => (await axe.run()).violations.map(v => `${v.id}: ${v.nodes.map(n => n.html).join(' ')}`)"
    size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 800}
    with open_browser() as browser:
        page = browser.new_context(bypass_csp=True, viewport=size).new_page()
        page.goto((tmp_path / "check.html").as_uri())
        page.evaluate(Path(axe).read_text("utf-8"))
        assert page.evaluate(run) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
