"""The page of hot spots in a real browser: safe, accessible, linked, printable. Slow tests, one browser for all."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from browser import SOUTH, WEST, about_town, open_browser, town_hotspots, town_incidents, town_wards, until, visit
from test_map_safety import CANARIES, bounds_of, hostile_map

from maps.figure import save_page
from maps.hotspots import hotspots_map

POINT = (WEST + 500, SOUTH + 500)  # the map point of hot spot 1, with 53 incidents


@pytest.fixture(scope="module")
def browser():
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    none = town_incidents().assign(hotspot=None)
    same = town_incidents(40).set_geometry(gpd.points_from_xy([POINT[0]] * 40, [POINT[1]] * 40), crs="EPSG:27700")
    made = {
        "town": hotspots_map(town_hotspots(), town_incidents(), town_wards(), about_town()),
        "empty": hotspots_map(town_hotspots(0), none, town_wards(), about_town()),
        "quiet": hotspots_map(town_hotspots(0), none.iloc[:0], town_wards(), about_town()),
        "one": hotspots_map(town_hotspots(1), town_incidents(), town_wards(), about_town()),
        "same": hotspots_map(town_hotspots(1), same, town_wards(), about_town()),
        "many": hotspots_map(town_hotspots(), town_incidents(20_000), town_wards(), about_town()),
    }
    for name, the_map in made.items():
        save_page(the_map, folder / f"{name}.html")
    return {name: folder / f"{name}.html" for name in made}


@pytest.fixture(scope="module")
def expect():
    from playwright.sync_api import expect

    return expect


def on_screen(page, x: float, y: float) -> tuple[float, float]:
    """Where a position in metres is on the screen."""
    point = gpd.GeoSeries([shapely.Point(x, y)], crs="EPSG:27700").to_crs("EPSG:4326")[0]
    at = page.evaluate(
        """([lat, lon]) => {
            const box = map_geo.getContainer().getBoundingClientRect();
            const p = map_geo.latLngToContainerPoint([lat, lon]);
            return [box.left + p.x, box.top + p.y];
        }""",
        [point.y, point.x],
    )
    return at[0], at[1]


def set_zoom(page, x: float, y: float, zoom: float) -> None:
    point = gpd.GeoSeries([shapely.Point(x, y)], crs="EPSG:27700").to_crs("EPSG:4326")[0]
    page.evaluate("([lat, lon, zoom]) => map_geo.setView([lat, lon], zoom, {animate: false})", [point.y, point.x, zoom])
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def names(page) -> list[str]:
    return page.locator("tbody .rank").all_inner_texts()


@pytest.mark.parametrize("value", CANARIES, ids=lambda value: repr(value)[:20])
def test_no_value_runs_whatever_is_opened(browser, tmp_path, value):
    save_page(hostile_map(value), tmp_path / "hostile.html")
    with visit(browser, tmp_path / "hostile.html") as seen:
        page = seen.page
        for i in range(page.locator(".go").count()):
            page.locator(".go").nth(i).click()
            page.wait_for_selector("#geo-card:not([hidden])")
            assert value in page.locator("#geo-card").evaluate("e => e.textContent")
            page.keyboard.press("Escape")
        for i in range(page.locator("path.ward").count()):
            page.locator("path.ward").nth(i).focus()
            page.keyboard.press("Enter")
            page.wait_for_selector(".ward-popup")
            assert value in page.locator(".ward-popup").evaluate("e => e.textContent")
            page.keyboard.press("Escape")
        page.check("#geo-show-incidents")
        set_zoom(page, *POINT, 16)
        page.mouse.click(*on_screen(page, POINT[0], POINT[1] + 22))
        page.wait_for_selector(".dot-popup")
        assert value in page.locator(".dot-popup").evaluate("e => e.textContent")
        page.locator("thead button").first.click()
        assert page.evaluate("window.__xss") is None
        assert "MARK49MARK" not in page.content()
        assert page.title().replace("\ufffd", "\0").split() == value.split()
        assert seen.requests == []
        assert seen.errors == []


def test_the_policy_stops_what_should_never_get_this_far(browser, pages):
    with visit(browser, pages["town"]) as seen:
        seen.page.evaluate(
            """() => {
                const box = document.createElement("div");
                box["inner" + "HTML"] = '<img src=x onerror="window.__xss=1">';
                document.body.append(box);
                const script = document.createElement("script");
                script.textContent = "window.__xss=2";
                document.body.append(script);
            }"""
        )
        sent = "() => fetch('https://example.org/').then(() => 'sent', () => 'stopped')"
        assert seen.page.evaluate(sent) == "stopped"
        assert seen.page.evaluate("window.__xss") is None
        assert seen.requests == []
        assert len(seen.errors) >= 2  # and the browser says so


@pytest.mark.parametrize("name", ["town", "empty", "quiet", "one", "same", "many"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_page_opens_without_a_request_or_an_error(browser, pages, name, phone):
    with visit(browser, pages[name], phone=phone) as seen:
        assert seen.requests == []
        assert seen.errors == []
        width = seen.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width[0] <= width[1], "nothing sticks out sideways"


@pytest.mark.parametrize("name", ["town", "empty"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_axe_finds_nothing(browser, pages, name, phone):
    axe = os.environ.get("GEO_AXE")
    if not axe:
        pytest.skip("GEO_AXE does not name an axe.min.js")
    with visit(browser, pages[name], phone=phone, bypass_csp=True) as seen:
        seen.page.evaluate(Path(axe).read_text("utf-8"))
        run = "async () => (await axe.run()).violations.map(v => `${v.id}: ${v.nodes.map(n => n.html).join(' ')}`)"
        assert seen.page.evaluate(run) == []
        if name == "town":
            seen.page.locator(".go").first.click()
            seen.page.wait_for_selector("#geo-card:not([hidden])")
            assert seen.page.evaluate(run) == []


def test_a_row_moves_the_map_and_the_focus_and_opens_the_card(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        page.locator(".go", has_text="Abbey Street").click()
        card = page.locator("#geo-card")
        expect(card).to_contain_text("Abbey Street")
        for fact in ("20", "19% of all 105", "4.0 hectares", "500", "9 of 12", "90% of the reports", "Old Harbour"):
            expect(card).to_contain_text(fact)
        expect(card).to_contain_text("90% at one map point: look at the place, not the area.")
        expect(page.locator("tr.chosen")).to_contain_text("Abbey Street")
        expect(page.locator("tr[aria-current=true]")).to_have_count(1)
        assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("Hot spot 3, Abbey Street")
        until(page, "map_geo.getZoom() > 14")
        x, _ = on_screen(page, WEST + 2500, SOUTH + 500)
        box = page.locator(".folium-map").bounding_box()
        assert box["x"] < x < page.locator("#geo-card").bounding_box()["x"], "beside the card, not under it"
        expect(page.locator("#geo-live")).to_contain_text("Hot spot 3, Abbey Street, 20 incidents")
        page.keyboard.press("Escape")
        expect(card).to_be_hidden()
        expect(page.locator(".go", has_text="Abbey Street")).to_be_focused()
        expect(page.locator("tr.chosen")).to_have_count(0)


def test_facts_that_are_missing_are_not_shown(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        seen.page.locator(".go").first.click()
        labels = seen.page.locator("#geo-card dt").all_inner_texts()
        assert labels == [
            "Incidents", "Months active", "Map points", "Busiest map point", "Area", "Incidents per km²", "Ward",
        ]  # fmt: skip


def test_a_shape_or_its_number_marks_the_row(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        set_zoom(page, WEST + 1500, SOUTH + 500, 17)
        page.mouse.click(*on_screen(page, WEST + 1420, SOUTH + 420))
        expect(page.locator("tr.chosen")).to_contain_text("Bridge Street")
        expect(page.locator("#geo-card")).to_contain_text("Bridge Street")
        page.locator("#geo-card .close").click()
        expect(page.locator("tr.chosen")).to_have_count(0)
        page.locator(".badge", has_text="2").click()
        expect(page.locator("tr.chosen")).to_contain_text("Bridge Street")


def test_pointing_at_a_row_outlines_the_shape_and_back(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        page.locator("tbody tr").nth(1).hover()
        expect(page.locator("path.outline.pointed")).to_have_count(1)
        expect(page.locator(".badge.pointed")).to_have_text("2")
        page.locator(".go").nth(2).focus()
        expect(page.locator(".badge.pointed")).to_have_text("3")
        page.locator(".badge", has_text="1").hover()
        expect(page.locator("tr.pointed")).to_contain_text("High Street")


def test_a_dot_tells_what_its_map_point_holds(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        page.check("#geo-show-incidents")
        set_zoom(page, *POINT, 16)
        page.mouse.click(*on_screen(page, POINT[0], POINT[1] + 22))
        popup = page.locator(".dot-popup")
        expect(popup).to_contain_text("53 reports at this map point, Jan 2025 to Nov 2025; hot spot 1")
        expect(popup).to_contain_text("Anti-social behaviour: ")
        popup.get_by_role("button", name="About hot spot 1").click()
        expect(page.locator("#geo-card")).to_contain_text("High Street")
        expect(popup).to_have_count(0)


def test_headers_sort_and_say_so(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        heads = page.locator("thead th")
        assert heads.evaluate_all("all => all.map(th => th.getAttribute('aria-sort'))") == [
            "ascending", "none", "none", "none", "none",
        ]  # fmt: skip
        page.get_by_role("button", name="Name and ward").click()
        assert names(page) == ["3", "2", "1"]  # Abbey, Bridge, High
        page.get_by_role("button", name="Months active").click()
        assert names(page) == ["1", "3", "2"]
        assert heads.nth(4).get_attribute("aria-sort") == "descending"
        page.get_by_role("button", name="Months active").click()
        assert names(page) == ["2", "3", "1"]
        assert heads.nth(4).get_attribute("aria-sort") == "ascending"
        expect(page.locator("#geo-live")).to_have_text("Sorted by months active, lowest first.")


def test_the_keyboard_reaches_everything_in_few_stops(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        stops = []
        for _ in range(16):
            page.keyboard.press("Tab")
            stops.append(
                page.evaluate("document.activeElement.closest('table') ? 'table' : document.activeElement.tagName")
            )
            if stops[-1] == "table":
                break
        assert stops[0] == "A"
        assert len(stops) <= 13, stops
        assert stops.count("path") == 2, "one tab stop for the wards, one for the hot spots"


def test_the_skip_link_leads_to_the_table(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        seen.page.keyboard.press("Tab")
        expect(seen.page.get_by_text("Skip to the table of hot spots")).to_be_focused()
        seen.page.keyboard.press("Enter")
        expect(seen.page.locator("#hot-spots")).to_be_focused()


def test_arrow_keys_go_from_shape_to_shape_and_the_map_stays(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        focused = "document.activeElement.getAttribute('aria-label')"
        before = page.evaluate("[map_geo.getCenter().lat, map_geo.getCenter().lng]")
        page.locator("path.hotspot[tabindex='0']").focus()
        assert page.evaluate(focused).startswith("Hot spot 1")
        page.keyboard.press("ArrowRight")
        assert page.evaluate(focused).startswith("Hot spot 2")
        expect(page.locator("path.outline.focused")).to_have_count(1)
        assert page.locator("path.hotspot[tabindex='0']").count() == 1
        page.keyboard.press("End")
        assert page.evaluate(focused).startswith("Hot spot 3")
        page.keyboard.press("Space")
        expect(page.locator("#geo-card")).to_contain_text("Abbey Street")
        page.keyboard.press("Escape")
        expect(page.locator("#geo-card")).to_be_hidden()
        assert page.evaluate(focused).startswith("Hot spot 3")
        assert page.evaluate("[map_geo.getCenter().lat, map_geo.getCenter().lng]") == before
        page.locator("path.ward[tabindex='0']").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".ward-popup")).to_contain_text("Mill")
        expect(page.locator(".ward-popup")).to_contain_text("40 incidents, 38% of all")
        expect(page.locator(".ward-popup")).to_contain_text("Hot spots 1, 2")
        page.keyboard.press("Escape")
        expect(page.locator(".ward-popup")).to_have_count(0)
        assert page.evaluate(focused) == "Ward Mill, 40 incidents"


def test_boxes_hide_and_show_their_layers(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        for label, part in (
            ("Hot spot and its rank", "path.outline"),
            ("Ward", "path.ward"),
            ("Incidents", ".leaflet-incidents-pane canvas"),
        ):
            page.get_by_role("checkbox", name=label, exact=True).uncheck()
            expect(page.locator(part).first).to_be_hidden()
            page.get_by_role("checkbox", name=label, exact=True).check()
            expect(page.locator(part).first).to_be_visible()


def test_many_dots_become_a_density_grid_with_its_own_key(browser, pages, expect):
    with visit(browser, pages["many"]) as seen:
        page = seen.page
        expect(page.locator("#geo-key-scale")).to_contain_text(re.compile(r"1 .*[\d,]+ reports in a square of \d+"))
        set_zoom(page, WEST + 2500, SOUTH + 1500, 17)
        expect(page.locator("#geo-key-scale")).to_contain_text("Reports at one point")


def test_no_hot_spots_is_said_plainly(browser, pages, expect):
    with visit(browser, pages["empty"]) as seen:
        expect(seen.page.locator("#geo-table")).to_have_text(re.compile("^No hot spots at these settings"))
        assert seen.page.locator("path.ward").count() == 6
        assert seen.page.evaluate(PAINTED) > 100, "the incidents are drawn"


PAINTED = """() => {
    const c = document.querySelector(".leaflet-incidents-pane canvas");
    return c.getContext("2d").getImageData(0, 0, c.width, c.height).data.filter((v, i) => i % 4 === 3 && v).length;
}"""


@pytest.mark.parametrize("width", [1280, 1920, 390])
def test_the_whole_area_is_in_view_and_stays_so_when_the_window_changes(browser, pages, width):
    with visit(browser, pages["town"], viewport={"width": width, "height": 800}) as seen:
        fits = (
            f"() => {{ const b = {bounds_of(pages['town'])};"
            + """
            const s = map_geo.getSize(); const c = map_geo.getContainer();
            return s.x === c.clientWidth && s.y === c.clientHeight && map_geo.getBounds().contains(b);
        }"""
        )
        until(seen.page, f"({fits})()")
        seen.page.set_viewport_size({"width": 800, "height": 600})
        until(seen.page, f"({fits})()")
        seen.page.set_viewport_size({"width": 1280, "height": 800})
        set_zoom(seen.page, *POINT, 16)
        seen.page.get_by_role("button", name="Whole area").click()
        until(seen.page, f"({fits})()")
        seen.page.set_viewport_size({"width": 770, "height": 500})
        until(seen.page, f"({fits})()")


def test_where_the_reader_has_gone_a_new_window_size_leaves_them(browser, pages):
    with visit(browser, pages["town"]) as seen:
        set_zoom(seen.page, *POINT, 16)
        seen.page.set_viewport_size({"width": 900, "height": 600})
        until(seen.page, "map_geo.getSize().x === map_geo.getContainer().clientWidth && innerWidth === 900")
        assert seen.page.evaluate("map_geo.getZoom()") == 16


def test_controls_are_large_enough_for_a_finger(browser, pages):
    with visit(browser, pages["town"], phone=True) as seen:
        page = seen.page
        page.locator(".go").first.click()
        page.wait_for_selector("#geo-card:not([hidden])")
        small = page.locator("button:visible, label.layer, .leaflet-bar a").evaluate_all(
            """all => all.map(e => [e.textContent, e.getBoundingClientRect()])
                .filter(([, box]) => box.width < 43.5 || box.height < 43.5)
                .map(([text, box]) => [text, box.width, box.height])"""
        )
        assert small == []
        bottom = page.locator(".folium-map").evaluate("e => e.getBoundingClientRect().bottom")
        assert bottom > 100, "the map came into view"


def test_labels_cover_neither_each_other_nor_a_badge(browser, pages):
    with visit(browser, pages["town"]) as seen:
        boxes = seen.page.locator(".ward-name:visible text, .badge").evaluate_all(
            "all => all.map(e => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; })"
        )
        areas = [shapely.box(*box) for box in boxes if box[2] > box[0]]
        assert len(areas) >= 6
        assert [(i, j) for i, one in enumerate(areas) for j in range(i) if one.intersection(areas[j]).area > 4] == []


def test_reduced_motion_is_honoured(browser, pages):
    with visit(browser, pages["town"], reduced_motion="reduce") as seen:
        seen.page.locator(".go").first.click()
        # no animation: the map is there at once
        assert seen.page.evaluate("map_geo.getZoom()") > 14


def test_the_printed_page(browser, pages, tmp_path):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        page.locator(".go").first.click()
        page.wait_for_selector("#geo-card:not([hidden])")
        pdf = page.pdf(format="A4", print_background=True)
        assert len(pdf) < 2_000_000
        assert 1 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 3
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 703, "height": 1000})
        until(page, "document.documentElement.classList.contains('printing')")
        size = page.locator(".folium-map").evaluate("e => [e.offsetWidth, e.offsetHeight]")
        assert np.allclose(size, [703, 567], atol=3)
        until(page, f"map_geo.getBounds().contains({bounds_of(pages['town'])})")
        tops = [
            page.locator(part).first.evaluate("e => e.getBoundingClientRect().top")
            for part in (".band", ".folium-map", ".key", "table", ".notes", "#limits", ".sources")
        ]
        assert tops == sorted(tops)
        for hidden in (".leaflet-control-zoom", ".whole", "#geo-card", ".layer input", ".skip"):
            assert not page.locator(hidden).first.is_visible(), hidden
        page.emulate_media(media="screen")
        until(page, "!document.documentElement.classList.contains('printing')")


def test_a_browser_that_cannot_inflate_still_shows_the_hot_spots(browser, pages, expect):
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script("delete window.DecompressionStream")
    page.goto(pages["town"].as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(page.locator("#geo-key-scale")).to_contain_text("too old to show the incidents")
    assert page.locator("tbody tr").count() == 3
    context.close()


def crowded(spots: int = 14) -> Any:
    """Hot spots a few metres from each other, the second half of which could be chance."""
    i = np.arange(spots)
    near = (
        town_hotspots(3)
        .iloc[np.zeros(spots, dtype=int)]
        .assign(rank=i + 1, name=[f"Street {k}" for k in i], could_be_chance=i >= spots // 2)
    )
    boxes = [shapely.box(x, SOUTH + 400, x + 30, SOUTH + 430) for x in WEST + 400 + 12 * i]
    return near.reset_index(drop=True).set_geometry(gpd.GeoSeries(boxes, crs="EPSG:27700"))


def test_the_first_sight_is_quiet_and_badges_stay_at_their_place(browser, tmp_path):
    save_page(hotspots_map(crowded(), town_incidents(), town_wards(), about_town()), tmp_path / "crowded.html")
    with visit(browser, tmp_path / "crowded.html") as seen:
        page = seen.page
        assert page.locator("#geo-layers input:checked, #geo-key input:checked").count() == 2, "hot spots and wards"
        assert page.locator("path.hotspot").count() == 7, "those beyond chance only"
        assert page.locator("label", has_text="Could be chance (7)").count() == 1
        shown = ".badge:not(.crowded)"
        texts = page.locator(shown).all_inner_texts()
        assert 1 <= len(texts) < 7
        assert any(text.endswith("+") for text in texts), "what has no room shares a badge"
        away = "all => all.map(e => Math.hypot(parseFloat(e.style.left), parseFloat(e.style.top)))"
        assert max(page.locator(shown).evaluate_all(away)) <= 25
        told = page.locator(shown).evaluate_all(
            "all => all.flatMap(e => e.title ? e.title.match(/\\d+/g) : [e.textContent])"
        )
        assert sorted(map(int, told)) == list(range(1, 8)), "each is named on one badge"
        before = page.evaluate("map_geo.getZoom()")
        page.locator(shown, has_text="+").first.click()
        assert page.evaluate("map_geo.getZoom()") > before, "a badge of several goes nearer"
        page.get_by_role("button", name="Street 10").click()  # one that could be chance, in the table
        assert page.is_checked("#geo-show-weak")
        assert page.locator("path.hotspot").count() == 14
        assert page.locator("#geo-card .rank").inner_text() == "11"


def test_the_card_shows_every_month(browser, pages):
    with visit(browser, pages["town"]) as seen:
        seen.page.locator("button.go", has_text="High Street").click()
        bars = seen.page.locator("#geo-card .by-month rect")
        assert bars.count() == 12
        assert (
            seen.page.locator("#geo-card .by-month svg")
            .get_attribute("aria-label")
            .startswith("Reports by month: Jan 2025 ")
        )


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_no_page_scrolls_into_nothing(browser, pages, phone):
    with visit(browser, pages["town"], phone=phone) as seen:
        end = "document.querySelector('main').getBoundingClientRect().bottom + scrollY"
        assert seen.page.evaluate("document.documentElement.scrollHeight") <= seen.page.evaluate(end) + 1
        last = "[...document.querySelectorAll('.panel > section')].at(-1).getBoundingClientRect().bottom"
        if phone:
            assert seen.page.evaluate(f"{end} - scrollY - {last}") <= 60


def test_a_country_is_drawn_on_a_canvas(browser, tmp_path):
    corners = [(WEST + 100 * (i % 40), SOUTH + 100 * (i // 40)) for i in range(1600)]
    many = gpd.GeoDataFrame(
        {"ward_code": [f"E{i:05}" for i in range(1600)], "ward_name": [f"Ward {i}" for i in range(1600)]},
        geometry=[shapely.box(x, y, x + 100, y + 100) for x, y in corners],
        crs="EPSG:27700",
    ).assign(district_name=None, incidents=1)
    save_page(hotspots_map(town_hotspots(), town_incidents(), many, about_town()), tmp_path / "many.html")
    with visit(browser, tmp_path / "many.html") as seen:
        page = seen.page
        assert page.locator("path.ward").count() == 0
        x, y = on_screen(page, WEST + 3050, SOUTH + 3050)
        page.mouse.click(x, y)
        page.wait_for_selector(".ward-popup")
        assert page.locator(".ward-popup strong").inner_text() == "Ward 1230"
        assert seen.errors == []
