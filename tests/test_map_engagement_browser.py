"""The page of engagement in a real browser: safe, accessible, linked, printable. Slow tests, one browser for all."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from browser import open_browser, until, visit
from engagement_town import ashview, hostile, page_of
from test_map_safety import CANARIES, bounds_of

from maps.figure import save_page


@pytest.fixture(scope="module")
def browser():
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def town():
    return ashview()


@pytest.fixture(scope="module")
def pages(tmp_path_factory, town) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    bare = town.wards[["ward_code", "ward_name", "geometry"]]
    nothing = {"findings": town.findings.iloc[:0], "sheets": [], "hotspots": None, "focal_points": None}
    made = {"town": page_of(town), "bare": page_of(town, wards=bare, **nothing)}
    for name, the_map in made.items():
        save_page(the_map, folder / f"{name}.html")
    return {name: folder / f"{name}.html" for name in made}


@pytest.fixture(scope="module")
def expect():
    from playwright.sync_api import expect

    return expect


def focused(page) -> str:
    return page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.textContent")


@pytest.mark.parametrize("name", ["town", "bare"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_page_opens_without_a_request_or_an_error(browser, pages, name, phone):
    with visit(browser, pages[name], phone=phone) as seen:
        assert seen.requests == []
        assert seen.errors == []
        width = seen.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width[0] <= width[1], "nothing sticks out sideways"


@pytest.mark.parametrize("name", ["town", "bare"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_axe_finds_nothing(browser, pages, name, phone):
    axe = os.environ.get("GEO_AXE")
    if not axe:
        pytest.skip("GEO_AXE does not name an axe.min.js")
    run = "async () => (await axe.run()).violations.map(v => `${v.id}: ${v.nodes.map(n => n.html).join(' ')}`)"
    with visit(browser, pages[name], phone=phone, bypass_csp=True) as seen:
        seen.page.evaluate(Path(axe).read_text("utf-8"))
        assert seen.page.evaluate(run) == []
        for measure in range(seen.page.locator("#geo-measure option").count()):
            seen.page.select_option("#geo-measure", str(measure))
            assert seen.page.evaluate(run) == []
        if name == "town":
            seen.page.get_by_role("button", name="Open every table").click()
            seen.page.locator(".sheet .go").first.click()
            seen.page.wait_for_selector("#geo-card:not([hidden])")
            seen.page.locator("button.all[aria-expanded=false]").evaluate_all("all => all.forEach(e => e.click())")
            assert seen.page.locator("svg.chart:visible").count() == 6
            assert seen.page.evaluate(run) == []


@pytest.mark.parametrize("value", CANARIES, ids=lambda value: repr(value)[:20])
def test_no_value_runs_whatever_is_opened(browser, tmp_path, value):
    save_page(hostile(value), tmp_path / "hostile.html")
    with visit(browser, tmp_path / "hostile.html") as seen:
        page = seen.page
        for measure in range(page.locator("#geo-measure option").count()):
            page.select_option("#geo-measure", str(measure))
        for part in (".place", "path.ward"):
            page.locator(part).first.focus()
            page.keyboard.press("Enter")
        page.wait_for_selector("#geo-card:not([hidden])")
        page.locator("button.show").first.click()
        page.get_by_role("button", name="Open every table").click()
        page.locator("button.all[aria-expanded=false]").evaluate_all("all => all.forEach(e => e.click())")
        for button in page.locator("table.sheet thead button").all():
            button.click()
        expected = value.replace("\0", "\ufffd")
        assert page.locator("#geo-headline").evaluate("e => e.textContent") == expected
        assert page.locator(".findings .subject").first.evaluate("e => e.textContent") == expected
        assert page.evaluate("typeof window.__xss") == "undefined"
        assert "MARK49MARK" not in page.evaluate("document.body.textContent")
        assert page.locator("img").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert seen.requests == []
        assert seen.errors == []


def test_the_select_shades_the_wards_and_changes_the_key(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        larkfield = page.locator("path.ward[aria-label^='Ward Larkfield']")
        assert larkfield.get_attribute("aria-label") == "Ward Larkfield, Engagement ratio: 0.00 !"
        ratio = larkfield.evaluate("e => e.style.fill")
        assert "url(" in ratio, "what is low is patterned, not only coloured"
        expect(page.locator("#geo-key")).to_contain_text("under 0.4")
        page.select_option("#geo-measure", label="Flag")
        assert larkfield.get_attribute("aria-label") == "Ward Larkfield, Flag: under-engaged"
        expect(page.locator("#geo-key")).to_contain_text("under-engaged: met less than its share")
        expect(page.locator("#geo-live")).to_have_text("The wards are shaded by flag.")
        page.select_option("#geo-measure", label="Days since last contact")
        assert larkfield.evaluate("e => e.style.fill") != ratio
        expect(page.locator(".ward-name", has_text="Larkfield")).to_contain_text("none logged")
        page.select_option("#geo-measure", label="Reports and engagement together")
        expect(page.locator(".square text")).to_have_text(["1A", "1B", "1C", "2A", "2B", "2C", "3A!", "3B", "3C"])


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_every_ward_carries_its_value_under_every_measure(browser, pages, town, phone):
    with visit(browser, pages["town"], phone=phone) as seen:
        for measure in range(5):
            seen.page.select_option("#geo-measure", str(measure))
            shown = seen.page.locator(".ward-name:visible .value").count()
            assert shown == len(town.wards)


def test_arrow_keys_walk_the_wards_and_enter_opens_the_card(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        page.locator("path.ward[tabindex='0']").focus()
        first = focused(page)
        assert first.startswith("Ward Millbrook")
        page.keyboard.press("ArrowRight")
        second = focused(page)
        assert second.startswith("Ward ")
        assert second != first
        page.keyboard.press("Enter")
        card = page.locator("#geo-card")
        expect(card.locator("h2")).to_have_text(second.removeprefix("Ward ").split(",")[0])
        for fact in ("Residents", "Ratio", "allowing for chance", "Days since last contact"):
            expect(card).to_contain_text(fact)
        page.keyboard.press("Escape")
        expect(card).to_be_hidden()
        assert focused(page) == second


def test_a_ward_of_the_table_is_shown_on_the_map(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        page.locator("summary", has_text="Every ward").click()
        row = page.locator(".sheet .go", has_text="Larkfield")
        row.click()
        expect(page.locator("#geo-card")).to_contain_text("Few reports and little engagement: unknown, not safe.")
        expect(page.locator("path.choice.chosen")).to_have_count(1)
        until(page, "map_geo.getContainer().getBoundingClientRect().top >= 0")
        page.keyboard.press("Escape")
        expect(row).to_be_focused()


def test_a_priority_outlines_its_wards(browser, pages, town, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        button = page.locator("button.show").first
        button.click()
        codes = town.findings["ward_code"][0].split(";")
        expect(page.locator("path.choice.named")).to_have_count(len(codes))
        expect(button).to_have_attribute("aria-pressed", "true")
        names = town.wards.set_index("ward_code")["ward_name"]
        for code in codes:
            expect(page.locator("#geo-live")).to_contain_text(names[code])
        page.locator("button.show").nth(1).click()
        expect(page.locator("path.choice.named")).to_have_count(1)
        expect(button).to_have_attribute("aria-pressed", "false")


def test_long_lists_unfold_and_tables_sort(browser, pages, town, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        expect(page.locator(".findings > li:visible")).to_have_count(5)
        page.get_by_role("button", name="Show all 10 priorities").click()
        expect(page.locator(".findings > li:visible")).to_have_count(10)
        table = page.locator("section[aria-labelledby=sheet-0] table")
        groups = town.sheets[0].table
        expect(table.locator("tbody tr:visible")).to_have_count(10)
        table.get_by_role("button", name="Residents").click()
        expect(table.locator("thead th").nth(2)).to_have_attribute("aria-sort", "descending")
        largest = groups.sort_values("population", ascending=False)["community"].tolist()
        assert table.locator("tbody tr:visible th").all_inner_texts() == largest[:10]
        page.get_by_role("button", name=f"Show all {len(groups)} rows").click()
        assert table.locator("tbody tr:visible th").all_inner_texts() == largest
        table.get_by_role("button", name="Community").click()
        assert table.locator("tbody tr th").all_inner_texts() == sorted(largest, key=str.casefold)


def test_a_question_opens_its_evidence_and_one_button_opens_all(browser, pages, town, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        expect(page.locator("details[open]")).to_have_count(2)
        page.locator(".questions a").nth(4).click()
        expect(page.locator("section[aria-labelledby=sheet-4] table")).to_be_visible()
        expect(page.locator("section[aria-labelledby=sheet-3] table")).to_be_hidden()
        page.locator("section[aria-labelledby=sheet-3] summary").focus()
        page.keyboard.press("Enter")
        expect(page.locator("section[aria-labelledby=sheet-3] svg.chart")).to_be_visible()
        page.get_by_role("button", name="Open every table").click()
        filled = sum(len(sheet.table) > 0 for sheet in town.sheets) + 1  # and every ward
        expect(page.locator("details[open]")).to_have_count(filled)
        page.get_by_role("button", name="Close every table").click()
        expect(page.locator("details[open]")).to_have_count(0)


def test_a_focal_point_says_what_it_is_and_its_box_hides_it(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        page.locator(".place[tabindex='0']").focus()
        assert focused(page).startswith("Focal point ")
        page.keyboard.press("Enter")
        expect(page.locator(".ward-popup strong")).to_have_text(re.compile("."))
        page.get_by_role("checkbox", name="Focal point").uncheck()
        expect(page.locator(".place").first).to_be_hidden()
        expect(page.locator(".ward-popup")).to_have_count(0)
        page.get_by_role("checkbox", name="Hot spot of reports").uncheck()
        expect(page.locator(".spot-rank").first).to_be_hidden()


def test_few_tab_stops_lead_past_the_map(browser, pages):
    with visit(browser, pages["town"]) as seen:
        stops = []
        for _ in range(14):
            seen.page.keyboard.press("Tab")
            stops.append(
                seen.page.evaluate("document.activeElement.className.baseVal ?? document.activeElement.className")
            )
            if stops[-1] == "plain show":
                break
        assert stops[0] == "skip"
        assert stops[-1] == "plain show", stops
        assert sum("ward" in stop for stop in stops) == sum("place" in stop for stop in stops) == 1


def test_controls_are_large_enough_for_a_finger(browser, pages):
    with visit(browser, pages["town"], phone=True) as seen:
        small = seen.page.locator("button:visible, select, label.layer, .leaflet-bar a").evaluate_all(
            """all => all.map(e => [e.textContent.slice(0, 40), e.getBoundingClientRect()])
                .filter(([, box]) => box.width < 43.5 || box.height < 43.5)
                .map(([text, box]) => [text, box.width, box.height])"""
        )
        assert small == []


def test_the_letters_of_charts_can_be_read_on_a_phone(browser, pages):
    with visit(browser, pages["town"], phone=True) as seen:
        seen.page.get_by_role("button", name="Open every table").click()
        scales = seen.page.locator("svg.chart").evaluate_all(
            "all => all.map(e => 12 * e.getBoundingClientRect().width / e.viewBox.baseVal.width)"
        )
        assert len(scales) == 6
        assert min(scales) > 11


def test_a_wheel_over_the_map_scrolls_the_page(browser, pages):
    with visit(browser, pages["town"]) as seen:
        zoom = seen.page.evaluate("map_geo.getZoom()")
        box = seen.page.locator(".folium-map").bounding_box()
        seen.page.mouse.move(box["x"] + 200, box["y"] + 200)
        seen.page.mouse.wheel(0, 300)
        until(seen.page, "scrollY > 100")
        assert seen.page.evaluate("map_geo.getZoom()") == zoom


def test_a_browser_that_cannot_inflate_says_so_and_shows_the_words(browser, pages, expect):
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script("delete window.DecompressionStream")
    page.goto(pages["town"].resolve().as_uri())
    expect(
        page.get_by_text("This browser is too old to draw the map. The words of the page are complete.")
    ).to_be_visible()
    expect(page.locator(".findings")).to_be_visible()
    context.close()


def test_the_printed_page(browser, pages):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        pdf = page.pdf(format="A4", print_background=True)
        assert len(pdf) < 1_000_000
        assert len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 4
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 703, "height": 1000})
        until(page, "document.documentElement.classList.contains('printing')")
        assert page.evaluate("document.documentElement.scrollWidth") <= 703, "else the browser shrinks every letter"
        until(page, f"map_geo.getBounds().contains({bounds_of(pages['town'])})")
        for shown in (".key", ".findings", ".answer", "#limits", ".paper"):
            assert page.locator(shown).first.is_visible(), shown
        assert page.locator("svg.chart:visible").count() == 2, "those of the first questions"
        for hidden in (".leaflet-control-zoom", "button.all", "button.show", ".contents", ".skip", "table.sheet"):
            assert not page.locator(hidden).first.is_visible(), hidden
