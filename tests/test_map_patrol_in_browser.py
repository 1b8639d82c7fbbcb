"""The briefing page in a real browser: one sheet of A4 a team, a card a stop on a phone, keys, ticks, no request."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from browser import open_browser, until, visit
from patrol_briefing import hostile, page_of, plan
from test_map_safety import CANARIES

from maps.figure import save_page

LONG = "Words that go on and on, as they do when a report is pasted whole into one cell. " * 40
MANY = "\n".join(f"What about the matter number {i}, and who has told you of it?" for i in range(30))
TEXTS = ("name", "why", "record", "contact", "communities", "ward_name", "questions")
# plans and how many sheets they are
PLANS = {
    "town": (lambda: plan(12, 9), 2),
    "small": (lambda: plan(5, 1, 0), 3),
    "longer": (lambda: plan(13), 2),
    "wordy": (lambda: plan(12, 7, 4, **dict.fromkeys(TEXTS, LONG) | {"questions": MANY}), 3),
    "unbroken": (lambda: plan(12, **dict.fromkeys(TEXTS, "W" * 3000)), 1),
}
AXE = "async () => (await axe.run()).violations.map(v => `${v.id}: ${v.nodes.map(n => n.html).join(' ')}`)"


@pytest.fixture(scope="module")
def browser():
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    for name, (make, _) in PLANS.items():
        save_page(page_of(make()), folder / f"{name}.html")
    return {name: folder / f"{name}.html" for name in PLANS}


@pytest.fixture(scope="module")
def expect():
    from playwright.sync_api import expect

    return expect


def focused(page) -> str:
    look = "(e.labels && e.labels[0] || e).textContent"
    return page.evaluate(
        f"() => {{ const e = document.activeElement; return e.getAttribute('aria-label') || {look}; }}"
    )


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_page_opens_without_a_request_or_an_error(browser, pages, name, phone):
    with visit(browser, pages[name], phone=phone) as seen:
        assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out sideways"
        seen.page.emulate_media(media="print")
        seen.page.emulate_media(media="screen")
        assert seen.requests == []
        assert seen.errors == []


@pytest.mark.parametrize("name", PLANS)
def test_a_team_is_exactly_one_sheet_of_a4(browser, pages, name):
    with visit(browser, pages[name]) as seen:
        pdf = seen.page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == PLANS[name][1]
        boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
        assert {(round(float(w)), round(float(h))) for w, h in boxes} <= {(595, 842), (594, 841), (596, 842)}
        assert seen.errors == []


@pytest.mark.parametrize("name", PLANS)
def test_nothing_on_a_sheet_is_cut_off_but_long_texts(browser, pages, name):
    with visit(browser, pages[name], viewport={"width": 794, "height": 1123}) as seen:
        page = seen.page
        page.emulate_media(media="print")
        for sheet in page.locator(".a4").all():
            over = sheet.evaluate("e => e.scrollHeight - e.clientHeight")
            assert over <= 1, "the sheet holds all of its parts"
            bottom = sheet.evaluate("e => e.getBoundingClientRect().bottom")
            foot = sheet.locator(".sheet-foot").evaluate("e => e.getBoundingClientRect().bottom")
            assert foot <= bottom + 1
            whole = "e => [...e.querySelectorAll('.no, .be, .sheet-ask')].map(c => c.scrollHeight - c.clientHeight)"
            assert all(more <= 1 for more in sheet.evaluate(whole))
            aside = "e => [...e.querySelectorAll('.no, .be')].map(c => c.scrollWidth - c.clientWidth)"
            assert all(more <= 0 for more in sheet.evaluate(aside))
            assert sheet.locator(".sheet-map").evaluate("e => e.clientWidth") >= 420, "the map is 112 mm wide"
            for text in sheet.locator("text.said").all():
                inside = "e => [e, e.ownerSVGElement].map(c => c.getBoundingClientRect()).map(b => [b.left, b.right])"
                (left, right), (west, east) = text.evaluate(inside)
                assert west <= left < right <= east, "Start and End can be read whole"
            heights = sheet.evaluate("e => [...e.querySelectorAll('td.blank')].map(c => c.clientHeight)")
            assert all(height >= 46 for height in heights), "12 mm to write on"


def test_the_map_on_paper_holds_without_colour(browser, pages):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        page.emulate_media(media="print")
        sheet = page.locator(".sheet-map").first
        assert sheet.locator("text.digit").all_text_contents() == [str(i) for i in range(1, 13)]
        shape = "e => [getComputedStyle(e).fill, e.getAttribute('rx')]"
        assert sheet.locator("rect.pin.hot").first.evaluate(shape) == ["rgb(0, 0, 0)", "8"]
        assert sheet.locator("rect.pin.focal").first.evaluate(shape) == ["rgb(255, 255, 255)", None]
        assert sheet.locator("text.said").all_text_contents() == ["Start, end"]
        assert len(sheet.locator("path.way").get_attribute("d")) > 500
        drawn = "e => new Set(e.getContext('2d').getImageData(0, 0, e.width, e.height).data).size > 3"
        assert sheet.locator("canvas").evaluate(drawn), "streets lie below it"


@pytest.mark.parametrize("name", ["town", "small"])
@pytest.mark.parametrize("view", ["desktop", "phone", "print"])
def test_axe_finds_nothing(browser, pages, name, view):
    axe = os.environ.get("GEO_AXE")
    if not axe:
        pytest.skip("GEO_AXE does not name an axe.min.js")
    with visit(browser, pages[name], phone=view == "phone", bypass_csp=True) as seen:
        page = seen.page
        if view == "print":
            page.emulate_media(media="print")
        page.evaluate(Path(axe).read_text("utf-8"))
        assert page.evaluate(AXE) == []
        if view != "print":
            page.get_by_role("tab", name="Team 2").click()
            page.locator(".pin:visible").first.click()
            page.get_by_role("checkbox", name="Done").first.check()
            assert page.evaluate(AXE) == []


@pytest.mark.parametrize("value", CANARIES, ids=lambda value: repr(value)[:20])
def test_no_value_runs_whatever_is_opened(browser, tmp_path, value):
    save_page(hostile(value), tmp_path / "hostile.html")
    with visit(browser, tmp_path / "hostile.html", phone=len(value) % 2 == 0) as seen:
        page = seen.page
        page.locator(".pin:visible").first.focus()
        page.keyboard.press("Enter")
        page.get_by_role("tab", name="Team 2").click()
        page.get_by_role("checkbox", name="Done").first.check()
        page.locator(".to-map:visible").first.click()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.emulate_media(media="print")
        assert page.locator("#geo-headline").evaluate("e => e.textContent") == value.replace("\0", "\ufffd")
        assert page.evaluate("typeof window.__xss") == "undefined"
        assert "MARK49MARK" not in page.evaluate("document.body.textContent")
        assert page.locator("img").count() == 0
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(prefer_css_page_size=True))) == 2
        assert seen.requests == []
        assert seen.errors == []


def test_the_stops_are_a_few_tab_stops_away_and_every_one_is_reached(browser, pages):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        names = page.locator(".team:not([hidden]) .name").all_text_contents()
        page.keyboard.press("Tab")
        assert focused(page) == "Skip to the stops"
        before, reached = 0, []
        for presses in range(1, 60):
            page.keyboard.press("Tab")
            text = focused(page)
            if text.startswith("Done: "):
                reached.append(text.removeprefix("Done: "))
                before = before or presses
            if len(reached) == 12:
                break
        assert before <= 12
        assert reached == names


def test_the_numbers_on_the_map_are_one_tab_stop_and_open_their_stop(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        assert page.locator(".pin:visible").count() == 12
        assert page.locator('.pin[tabindex="0"]').count() == 1
        page.locator('.pin[tabindex="0"]').focus()
        seenat = {focused(page)}
        for key in ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"] * 4:
            page.keyboard.press(key)
            seenat.add(focused(page))
        assert len(seenat) > 4
        page.keyboard.press("Home")
        assert focused(page).startswith("Stop 1, Millbrook Bakery and Grocer, hot spot, 18:18 to 18:33")
        page.keyboard.press("Enter")
        expect(page.locator(".stop.chosen .name")).to_have_text("Millbrook Bakery and Grocer")
        assert focused(page) == "1Millbrook Bakery and Grocer"


def test_tabs_show_one_team_and_its_stops(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        page.get_by_role("tab", name="Team 1").focus()
        page.keyboard.press("ArrowRight")
        assert focused(page) == "Team 2"
        expect(page.locator(".team:visible h2")).to_have_text("Team 2")
        assert page.locator(".pin:visible").count() == 9
        assert page.locator(".way.other").count() == 1
        page.keyboard.press("Home")
        expect(page.locator(".team:visible h2")).to_have_text("Team 1")
        box = page.locator(".folium-map").bounding_box()
        for pin in page.locator(".pin:visible").all():
            at = pin.bounding_box()
            assert box["x"] < at["x"] < box["x"] + box["width"]
            assert box["y"] < at["y"] < box["y"] + box["height"], "the whole round is in view"


def test_a_tick_is_kept_only_while_the_page_is_open(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        page.get_by_role("checkbox", name="Done").first.check()
        expect(page.locator(".team:visible .tally")).to_have_text("1 of 12 done")
        assert page.locator(".pin.ticked").count() == 1
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0
        page.reload()
        page.wait_for_selector("html[data-ready]", state="attached")
        expect(page.locator(".team:visible .tally")).to_have_text("0 of 12 done")


def test_on_a_phone_one_stop_at_a_time(browser, pages, expect):
    with visit(browser, pages["town"], phone=True) as seen:
        page = seen.page
        shown = page.locator(".stop:visible")
        expect(shown).to_have_count(1)
        assert shown.locator(".when b").bounding_box()["y"] < 600, "the time is on the first screen"
        assert page.locator(".when b:visible").evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 24
        back, on = page.get_by_role("button", name="Previous"), page.get_by_role("button", name="Next")
        assert back.get_attribute("aria-disabled") == "true"
        assert on.bounding_box()["height"] >= 44
        on.tap()
        expect(page.locator(".turn-place:visible")).to_have_text("2 of 12")
        expect(shown.locator("h3 .mark")).to_have_text("2")
        until(page, "document.getElementById('geo-live').textContent.startsWith('Stop 2 of 12, Millbrook Mosque')")
        on.focus()
        page.keyboard.press("ArrowRight")
        expect(shown.locator("h3 .mark")).to_have_text("3")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        expect(shown.locator("h3 .mark")).to_have_text("1")
        page.evaluate("scrollTo(0, 400)")
        for _ in range(14):
            page.keyboard.press("Enter")
        assert 0 <= shown.bounding_box()["y"] < 200, "the next stop is read from its top"
        expect(shown.locator("h3 .mark")).to_have_text("12")
        assert focused(page) == "Next", "the focus is not lost at the end"
        assert seen.errors == []


def test_without_scripts_every_stop_is_there(browser, pages):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(pages["town"].resolve().as_uri())
    assert page.locator(".stop:visible").count() == 21
    context.close()
