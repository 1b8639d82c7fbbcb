"""Every page of a real place in a real browser: Luton, 2025, from the files as they are published."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from browser import open_browser, visit
from click.testing import CliRunner

import cli

PAGES = {
    "analyst": ("map", "--audience", "analyst"),
    "inspector": ("map", "--audience", "inspector"),
    "workshop": ("map", "--audience", "workshop"),
    "plan": ("patrol", "plan", "--start", "509000,221300", "--date", "2026-01-09", "--teams", "2", "--seconds", "3"),
}
AXE = "async () => (await axe.run()).violations.map(v => `${v.id}: ${v.nodes.map(n => n.html).join(' ')}`)"


@pytest.fixture(scope="module")
def pages(shared_data, luton_wards, tmp_path_factory) -> dict[str, Path]:
    made = {}
    for name, words in PAGES.items():
        out = tmp_path_factory.mktemp(name)
        data = ("--incidents", str(shared_data / "bedfordshire_street_2025"), "--wards", str(luton_wards))
        log = ("--release-log", str(out / "releases.jsonl"))  # not into the folder that the tests were started in
        result = CliRunner().invoke(cli.main, [*words, *data, *log, "--out", str(out), "--quiet"])
        assert result.exit_code == 0, result.output
        made[name] = out / f"{name}.html"
    return made


@pytest.fixture(scope="module")
def browser():
    with open_browser() as started:
        yield started


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_it_asks_nothing_says_no_error_and_leaves_nobody_out(browser, pages, name, phone):
    with visit(browser, pages[name], phone=phone) as seen:
        if axe := os.environ.get("GEO_AXE"):
            seen.page.evaluate(Path(axe).read_text("utf-8"))
            assert seen.page.evaluate(AXE) == []
            seen.page.emulate_media(media="print")
            assert seen.page.evaluate(AXE) == []
        assert seen.requests == []
        assert seen.errors == []


# width and height
UPRIGHT = [(320, 568), (360, 640), (390, 844), (768, 1024), (820, 1180), (1024, 1366)]
ACROSS = [(844, 390), (1024, 600), (1024, 768), (1280, 800), (1366, 768), (1920, 1080)]
MAP_SHARE = """() => {
    const box = document.querySelector(".folium-map").getBoundingClientRect();
    const seen = (low, high, end) => Math.max(0, Math.min(end, high) - Math.max(0, low));
    return seen(box.left, box.right, innerWidth) * seen(box.top, box.bottom, innerHeight) / innerWidth / innerHeight;
}"""


def test_the_workshop_page_is_its_map_on_every_screen(browser, pages, finished_demo):
    for page in (pages["workshop"], finished_demo / "results" / "workshop.html"):
        assert page.stat().st_size < 250_000
        with visit(browser, page) as seen:
            for screens, least in ((UPRIGHT, 0.55), (ACROSS, 0.5)):
                for width, height in screens:
                    seen.page.set_viewport_size({"width": width, "height": height})
                    assert seen.page.evaluate(MAP_SHARE) >= least, (width, height)
                    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
            seen.page.set_viewport_size({"width": 1280, "height": 800})
            seen.page.get_by_role("button", name="Map only, for a projector").click()
            assert seen.page.evaluate(MAP_SHARE) >= 0.7
            assert (seen.requests, seen.errors) == ([], [])


# how far a badge stands from its place, what crosses what, how far the page goes on below its last words or aside
SEEN = """() => {
    const shown = (one) => getComputedStyle(one).visibility !== "hidden" && one.getClientRects().length > 0;
    const all = (names) => [...document.querySelectorAll(names)].filter(shown);
    const badges = all(".badge:not(.crowded):not(.gathered)");
    const boxes = [...all(".ward-name text:not(.value)"), ...badges];
    const cross = (one, two) => {
        const [a, b] = [one.getBoundingClientRect(), two.getBoundingClientRect()];
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        return across > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
    };
    const names = (one, two) => one.textContent + " x " + two.textContent;
    const page = document.scrollingElement;
    const ends = all("main, main > *, .panel > *").map((one) => one.getBoundingClientRect().bottom + scrollY);
    return {
        far: Math.max(...badges.map((one) =>
            Math.hypot(parseFloat(one.style.left) || 0, parseFloat(one.style.top) || 0)
        )),
        crossing: boxes.flatMap((one, i) =>
            boxes.slice(i + 1).filter((two) => cross(one, two)).map((two) => names(one, two))
        ),
        blank: page.scrollHeight - Math.max(innerHeight, ...ends), aside: page.scrollWidth - innerWidth,
    };
}"""
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
# of the screen that is map at least, on the smallest screen of a tablet and more
LEAST = {"analyst": 0.35, "inspector": 0.14}


@pytest.mark.parametrize("name", LEAST)
def test_marks_stay_in_place_and_no_page_goes_on_into_nothing(browser, pages, finished_demo, name):
    for page in (pages[name], finished_demo / "results" / f"{name}.html"):
        with visit(browser, page) as seen:
            for width, height in (*UPRIGHT, *ACROSS):
                seen.page.set_viewport_size({"width": width, "height": height})
                seen.page.evaluate(SETTLED)
                found = seen.page.evaluate(SEEN) | {"map": seen.page.evaluate(MAP_SHARE)}
                where = (page.parent.parent.name, name, width, height, found)
                assert found["far"] <= 28, where
                assert not found["crossing"], where
                assert found["blank"] <= 40, where
                assert found["aside"] <= 0, where
                assert found["map"] >= (LEAST[name] if width >= 760 else 0), where
            assert (seen.requests, seen.errors) == ([], [])


@pytest.mark.parametrize(("name", "sheets"), [("inspector", 1), ("plan", 2)])
def test_it_prints_on_its_sheets(browser, pages, name, sheets):
    with visit(browser, pages[name]) as seen:
        pdf = seen.page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == sheets


def test_the_pages_say_what_was_counted(pages):
    text = {name: page.read_text(encoding="utf-8") for name, page in pages.items()}
    assert "of 3,119 reports of anti-social behaviour" in text["analyst"]
    assert "of 3,119 reports of anti-social behaviour" in text["inspector"]
    assert "3,119" not in text["workshop"]  # rounded before it leaves
    assert "3,120" in text["workshop"]
    assert "straight lines × 1.3" in text["plan"]
    assert all(page.stat().st_size < 600_000 for page in pages.values())
