"""The inspector's page in a real browser: safe, accessible, and one sheet of paper. One browser for all tests."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from browser import open_browser, until, visit
from inspector_town import ashview_briefing, hostile, page_of
from test_map_safety import CANARIES, bounds_of

from maps.figure import save_page

LONG = "An exceedingly long text that nobody would read aloud at a briefing, yet files hold such texts. " * 12
MOST_TAB_STOPS = 12
A4 = {"width": 703, "height": 1062}  # in CSS pixels, within the margins of the sheet


@pytest.fixture(scope="module")
def browser():
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    town = ashview_briefing()
    bare = {"wards": town.wards[["ward_code", "ward_name", "geometry"]], "findings": None, "calls": None}
    made = {"town": page_of(town), "bare": page_of(town, **bare), "long": hostile(LONG)}
    for name, the_map in made.items():
        save_page(the_map, folder / f"{name}.html")
    return {name: folder / f"{name}.html" for name in made}


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.mark.parametrize("name", ["town", "bare"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_page_opens_without_a_request_or_an_error(browser, pages, name, phone):
    with visit(browser, pages[name], phone=phone) as seen:
        assert (seen.requests, seen.errors) == ([], [])
        width = seen.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width[0] <= width[1], "nothing sticks out sideways"


@pytest.mark.parametrize("name", ["town", "bare"])
@pytest.mark.parametrize("media", ["desktop", "phone", "paper"])
def test_axe_finds_nothing(browser, pages, name, media):
    axe = os.environ.get("GEO_AXE")
    if not axe:
        pytest.skip("GEO_AXE does not name an axe.min.js")
    run = "async () => (await axe.run()).violations.map(v => `${v.id}: ${v.nodes.map(n => n.html).join(' ')}`)"
    with visit(browser, pages[name], phone=media == "phone", bypass_csp=True) as seen:
        page = seen.page
        page.evaluate(Path(axe).read_text("utf-8"))
        if media == "paper":
            page.emulate_media(media="print")
            until(page, "document.documentElement.classList.contains('printing')")
        assert page.evaluate(run) == []
        for measure in range(page.locator("#geo-measure option").count() if media != "paper" else 0):
            page.select_option("#geo-measure", str(measure))
            assert page.evaluate(run) == []


@pytest.mark.parametrize("name", ["town", "bare", "long"])
def test_paper_is_one_sheet_whatever_the_texts(browser, pages, name):
    with visit(browser, pages[name]) as seen:
        pdf = seen.page.pdf(prefer_css_page_size=True, print_background=True)
        assert pages_of(pdf) == 1
        assert len(pdf) < 2_000_000


@pytest.mark.parametrize("name", ["town", "long"])
def test_nothing_is_cut_off_the_sheet(browser, pages, name):
    with visit(browser, pages[name]) as seen:
        seen.page.set_viewport_size(A4)
        seen.page.emulate_media(media="print")
        until(seen.page, "document.documentElement.classList.contains('printing')")
        box = seen.page.locator("main > .caution").bounding_box()
        assert 0 < box["y"] < box["y"] + box["height"] < A4["height"], "the caveat is the last line"


def test_the_sheet_holds_map_legend_five_hot_spots_five_findings_and_the_caveat(browser, pages):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        page.set_viewport_size(A4)
        page.emulate_media(media="print")
        until(page, "document.documentElement.classList.contains('printing')")
        until(page, f"map_geo.getBounds().contains({bounds_of(pages['town'])})")
        for shown in (
            ".folium-map",
            "#geo-key li",
            "#geo-layer-places",
            ".facts",
            ".headline",
            ".change",
            ".attribution",
        ):
            assert page.locator(shown).first.is_visible(), shown
        visible = "all => all.filter(e => e.getClientRects().length).length"
        assert page.locator(".brief-list > li").evaluate_all(visible) == 5
        assert page.locator("#geo-findings > li").evaluate_all(visible) == 5
        for hidden in (".shade-by", ".closing", ".evidence", ".leaflet-control-zoom", "button.all", "button.show"):
            assert not page.locator(hidden).first.is_visible(), hidden


def test_the_key_is_reached_within_twelve_tab_stops_and_each_layer_is_one(browser, pages):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        stops = []
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.closest('.lists') !== null"):
                break
            stops.append(page.evaluate("document.activeElement.outerHTML.slice(0, 90)"))
        assert len(stops) <= MOST_TAB_STOPS, stops
        assert sum("place lettered" in stop for stop in stops) == 1
        assert sum("<path" in stop for stop in stops) == 1


def test_the_skip_link_leads_to_the_hot_spots(browser, pages):
    with visit(browser, pages["town"]) as seen:
        seen.page.keyboard.press("Tab")
        seen.page.keyboard.press("Enter")
        until(seen.page, "document.activeElement.id === 'spots'")


def test_marks_at_one_place_share_it_and_every_mark_is_called_by_what_it_shows(browser, pages):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        shown = "all => all.map(e => [e.textContent, e.getAttribute('aria-label') || ''])"
        letters = page.locator(".place.lettered:not(.gathered)").evaluate_all(shown)
        assert sorted(text for text, _ in letters) == ["A B C", "D"]
        assert all(label.startswith(f"{text}: focal point ") for text, label in letters)
        numbers = [text for text, _ in page.locator(".spot-rank:not(.gathered)").evaluate_all(shown)]
        assert sorted(numbers) == ["1, 2", "3", "4", "5"]
        boxes = page.locator(".spot-rank:not(.gathered), .place.lettered:not(.gathered)").evaluate_all(
            "all => all.map(e => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; })"
        )
        for i, a in enumerate(boxes):
            for b in boxes[:i]:
                assert a[0] >= b[2] or b[0] >= a[2] or a[1] >= b[3] or b[1] >= a[3], "one mark covers another"


def test_a_mark_of_several_tells_all_of_them(browser, pages):
    with visit(browser, pages["town"]) as seen:
        seen.page.locator(".place.lettered:not(.gathered)", has_text="A B C").click()
        items = seen.page.locator(".several li")
        assert items.all_text_contents() == ["A Grocer, business", "B Coffee House, business", "C Church, business"]


def test_arrow_keys_reach_places_and_enter_opens_one(browser, pages):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        page.locator(".place.lettered[tabindex='0']").focus()
        page.keyboard.press("End")
        page.keyboard.press("Enter")
        page.wait_for_selector(".leaflet-popup")
        page.keyboard.press("Escape")
        until(page, "!document.querySelector('.leaflet-popup')")


def test_a_finding_shows_its_wards_and_a_ward_opens_its_card(browser, pages):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        page.locator("#geo-findings button.show").first.click()
        until(page, "document.querySelectorAll('.choice.named').length > 0")
        page.locator("path.ward").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#geo-card:not([hidden])")
        page.keyboard.press("Escape")
        until(page, "document.getElementById('geo-card').hidden")


def test_the_boxes_hide_numbers_and_letters(browser, pages):
    with visit(browser, pages["town"]) as seen:
        seen.page.uncheck("#geo-show-hotspots")
        seen.page.uncheck("#geo-show-places")
        assert not seen.page.locator(".spot-rank").first.is_visible()
        assert not seen.page.locator(".place.lettered").first.is_visible()
        assert seen.errors == []


@pytest.mark.parametrize("value", CANARIES, ids=lambda value: repr(value)[:20])
def test_no_value_runs_whatever_is_opened(browser, tmp_path, value):
    save_page(hostile(value), tmp_path / "hostile.html")
    with visit(browser, tmp_path / "hostile.html") as seen:
        page = seen.page
        for part in (".place.lettered", "path.ward"):
            page.locator(part).first.focus()
            page.keyboard.press("Enter")
        page.wait_for_selector("#geo-card:not([hidden])")
        page.locator("button.show").first.click(force=True)
        assert page.locator("#geo-headline").evaluate("e => e.textContent") == value.replace("\0", "\ufffd")
        assert page.evaluate("typeof window.__xss") == "undefined"
        assert page.locator("img").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert (seen.requests, seen.errors) == ([], [])
