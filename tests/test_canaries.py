"""Canaries in every column of text of a whole project: every page, table and file shows them, and none runs one."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import geopandas as gpd
import gpxpy
import icalendar
import openpyxl
import pytest
from browser import open_browser, until, visit
from canaries import HUGE, all_but_huge, bites, canary, canary_project, plain
from click.testing import CliRunner

import cli

# the columns whose canaries a page shows at the least
SHOWN = {
    "hotspots": {"ward", "place", "attribution", "source"},
    "engagement": {
        *("group", "ward", "place", "point", "measure", "register", "attribution", "source", "name", "themes"),
        *("issue", "action", "escalated_to", "programme", "stage", "barriers", "spoc_role", "event", "priority_id"),
    },
    "analyst": {"ward", "place", "group", "attribution", "source", "measure", "programme", "barriers", "register"},
    "inspector": {"ward", "place", "group", "name", "spoc", "spoc_role", "attribution", "source"},
    "workshop": {"ward", "attribution", "source", "made_by"},
    "plan": {"ward", "place", "name", "spoc", "spoc_role", "group", "attribution", "source"},
}
# of these a page shows only so many letters, or the parts that semicolons part
PARTS = {"themes", "barriers", "programme", "stage"}
# what a reader does on a page: everything unfolded, every list and tab chosen, the first places shown on the map
READ = """() => {
  // each line once, and of a long run of letters its length: megabytes are not for the wire
  const seen = new Set();
  const text = () => document.body.innerText.split("\\n").forEach((line) => seen.add(
    line.replace(/H{1000,}/g, (run) => `H*${run.length}`)));
  document.querySelectorAll("details").forEach((one) => { one.open = true; });
  text();
  for (const select of [...document.querySelectorAll("main select, aside select, select")]) {
    for (const option of [...select.options].slice(0, 8)) {
      select.value = option.value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }
    text();
  }
  for (const kind of ["[role=tab]", "button.all", "button.show", "button.go", "button.to-map"]) {
    for (const button of [...document.querySelectorAll(kind)].slice(0, 12)) button.click();
    text();
  }
  return [...seen].join("\\n");
}"""
MADE = """() => ({
  elements: document.querySelectorAll("img, iframe, object, embed, base, video, audio, form[action]").length,
  handlers: document.querySelectorAll("[onerror], [onload], [onclick]").length,
  scripts: [...document.scripts].filter((one) => !one.type && one.textContent.includes("__xss")).length,
  ran: typeof window.__xss,
})"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The folder of the canaries' project, and what was renamed in it."""
    folder = tmp_path_factory.mktemp("canaries") / "ashview"
    return folder, canary_project(folder)


@pytest.fixture(scope="module")
def out(project) -> Path:
    """Everything that geo makes of the project."""
    folder, _ = project
    made = folder.parent / "out"
    for words in (
        ("hotspots",),
        ("engagement", "--references"),
        ("patrol", "plan", "--contacts"),
        ("map", "--audience", "analyst"),
        ("map", "--audience", "inspector", "--contacts"),
        ("map", "--audience", "workshop", "--made-by", all_but_huge("made_by")),
        ("workshop", "collect", str(folder / "workshop_notes.geojson"), "--overwrite"),
    ):
        run = CliRunner().invoke(cli.main, [*words, "--project", f"{folder}/geo.toml", "--out", str(made), "--quiet"])
        assert run.exit_code == 0, (words, run.stderr[:2000], run.exception)
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", run.stdout + run.stderr), "no terminal obeys a value"
    return made


@pytest.fixture(scope="module")
def browser():
    with open_browser() as opened:
        yield opened


@pytest.mark.parametrize("name", SHOWN)
def test_a_page_shows_every_canary_and_runs_none(name, out, project, browser):
    _, renamed = project
    with visit(browser, out / f"{name}.html") as seen:
        text = seen.page.evaluate(READ)
        until(seen.page, "true")  # another frame: what was chosen has been drawn
        made = seen.page.evaluate(MADE)
        title = seen.page.title()
    assert seen.requests == []
    assert seen.errors == []
    assert made == {"elements": 0, "handlers": 0, "scripts": 0, "ran": "undefined"}
    assert "MARK49MARK" not in text + title
    letters = plain(text)
    for column in SHOWN[name]:
        numbers = {int(number) for number in re.findall(rf"\s{column}#(\d+)", text)}
        assert numbers, f"{name}: no {column} is shown"
        known = renamed.names.get(column)
        for number in numbers if column not in PARTS else ():
            wanted = plain(canary(number, column).replace(HUGE, f"H*{len(HUGE)}"))
            if known is not None and column == "group":
                wanted = wanted.translate(str.maketrans(";|", ",,"))
            assert wanted in letters, f"{name}: {column} {number} is shown otherwise: {wanted[:80]}"


def test_no_cell_of_a_table_is_a_formula(out):
    tables = sorted(out.glob("*.csv"))
    assert {"engagement.csv", "hotspots.csv", "plan.csv"} <= {path.name for path in tables}
    cells = [cell for path in tables for cell in _cells(path)]
    assert bites(cells) == []
    guarded = {cell[1:].split(" ")[0] for cell in cells if cell.startswith("'")}
    assert {"=1+1", "+1", "-1", "@SUM(1)"} <= guarded, "the canaries did come that far"


def _cells(path: Path) -> list[str]:
    before = csv.field_size_limit(10 * len(HUGE))
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [cell for row in csv.reader(file) for cell in row]
    finally:
        csv.field_size_limit(before)


def test_no_cell_of_the_workbook_is_a_formula_or_a_link(out):
    book = openpyxl.load_workbook(out / "engagement.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink] == []
    texts = [cell.value for cell in cells if isinstance(cell.value, str)]
    assert bites(texts) == []
    assert any(text.startswith("'=1+1") for text in texts)
    assert max(map(len, texts)) == 32_767  # the longest canary, cut to what a cell holds


def test_routes_calendar_and_records_are_read_by_others(out):
    names = []
    for path in sorted(out.glob("team-*.gpx")):
        way = gpxpy.parse(path.read_text(encoding="utf-8"))
        names += [point.name for point in way.waypoints]
        assert len(way.routes) == 1
    calendar = icalendar.Calendar.from_ical((out / "plan.ics").read_bytes())
    events = calendar.walk("VEVENT")
    assert len(events) == 2
    told = plain(" ".join(str(event["DESCRIPTION"]) for event in events))
    visits = gpd.read_file(out / "plan.gpkg", layer="visits")
    assert len(names) == len(visits)
    for name in visits["name"]:
        assert any(plain(name) in plain(one) for one in names)
        assert plain(name) in told
    for path in [*out.glob("*.json"), *out.glob("*.geojson")]:
        json.loads(path.read_text(encoding="utf-8"))


def test_a_geopackage_and_the_collected_notes_keep_the_text(out, project):
    spots = gpd.read_file(out / "hotspots.gpkg", layer="hotspots")
    _, renamed = project
    # the library that writes it ends a text at a NUL
    places = [plain(name.partition("\0")[0]) for name in renamed.names["place"].values()]
    assert all(any(place in plain(name) for place in places) for name in spots["name"])
    notes = gpd.read_file(out / "workshop_notes.geojson")["note"]
    assert notes.map(plain).str.contains("<imgsrc=xonerror", regex=False).any()
    assert notes.str.len().max() <= 500
