"""geo pack: finished pages printed as one PDF, its sheets numbered; what may not go to its readers is refused."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from unicodedata import normalize

import pytest
from browser import unavailable
from test_map_safety import CANARIES, _Page

from maps.figure import document
from maps.markup import tag
from maps.pack import Entry, cover_page, feet_page
from study.pictures import find_browser


@pytest.fixture
def browser():
    if find_browser() is None:
        unavailable("no browser is installed")


def sheets(path: Path) -> list[str]:
    from pypdf import PdfReader

    # letters that are printed joined come out as one
    return [" ".join(normalize("NFKC", sheet.extract_text()).split()) for sheet in PdfReader(path).pages]


def test_pages_become_one_pdf_with_a_cover_and_numbered_sheets(geo, finished_demo, browser, tmp_path):
    plain = tmp_path / "plain.html"
    plain.write_text(document("A page without scripts", [], tag("p", "Only words.", id="geo-headline")), "utf-8")
    results = finished_demo / "results"
    files = [results / "plan.html", plain, results / "inspector.html"]
    done = geo("pack", *files, "--profile", "internal", "--out", "printed", "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert [(one["title"], one["first_sheet"], one["sheets"]) for one in told["pages"]] == [
        ("Foot patrols, Ashview", 2, 2), ("A page without scripts", 4, 1), ("Ashview: briefing", 5, 1),
    ]  # fmt: skip
    found = sheets(Path("printed/pack.pdf"))
    assert len(found) == told["sheets"] == 5
    names = ["Printed pack", *["Foot patrols, Ashview"] * 2, "A page without scripts", "Ashview: briefing"]
    for number, (name, text) in enumerate(zip(names, found, strict=True), start=1):
        assert f"Sheet {number} of 5 \N{MIDDLE DOT} {name} \N{MIDDLE DOT} printed" in text
    assert "sheets 2 to 3" in found[0]
    assert "sheet 5" in found[0]
    assert "Period January 2024 to December 2025" in found[0]
    assert "unknown, not safe" in found[0]
    assert "Team 1" in found[1]
    assert "Team 2" in found[2]
    assert "Only words." in found[3]
    assert geo("pack", *files, "--profile", "internal", "--out", "printed").exit_code == 1, "it is there already"


def test_a_page_that_may_not_go_to_the_readers_is_refused_and_nothing_is_written(geo, finished_demo, browser):
    page = finished_demo / "results" / "inspector.html"
    for profile in ([], ["--profile", "partner"]):
        done = geo("pack", page, *profile, "--out", "printed")
        assert done.exit_code == 1
        assert re.match(r"inspector.html: it may not leave as (public|partner) \(", done.stderr)
    assert not Path("printed").exists()
    done = geo("pack", finished_demo / "results" / "workshop.html", "--out", "printed", "--quiet")
    assert done.exit_code == 0, done.stderr


def test_what_is_no_page_of_geo_and_what_is_lacking_are_said(geo, finished_demo, monkeypatch, tmp_path):
    foreign = tmp_path / "foreign.html"
    foreign.write_text("<title>x</title><script>alert(1)</script>", "utf-8")
    for file, said in ((foreign, "not a page that geo made"), (tmp_path / "none.html", "cannot be read as a page")):
        assert said in geo("pack", file, "--profile", "internal", "--out", "printed").stderr
    page = finished_demo / "results" / "inspector.html"
    monkeypatch.setenv("GEO_BROWSER_PATH", str(tmp_path / "no-browser"))
    assert "No browser was found" in geo("pack", page, "--profile", "internal", "--out", "printed").stderr
    monkeypatch.setitem(sys.modules, "pypdf", None)
    done = geo("pack", page, "--profile", "internal", "--out", "printed")
    assert 'pip install "geo-engagement[pack]"' in done.stderr
    assert not Path("printed").exists()


@pytest.mark.parametrize("value", CANARIES, ids=lambda value: repr(value)[:20])
def test_no_value_becomes_a_part_of_the_cover(value):
    def tags(text: str) -> list[str]:
        cover = cover_page([Entry(text, text, [(text, text)], 2, 3)], "1 May 2025", "internal")
        return _Page(str(cover)).tags + _Page(str(feet_page([text], "1 May 2025", "internal"))).tags

    assert tags(value) == tags("plain")
