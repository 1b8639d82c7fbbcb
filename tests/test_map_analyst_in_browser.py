"""The analyst's page in a real browser: every filter, table, link and mark, against numbers worked out with pandas."""

from __future__ import annotations

import csv
import io
import os
import re
from pathlib import Path

import analyst_town as town
import geopandas as gpd
import pandas as pd
import pytest
import shapely
from browser import SOUTH, WEST, open_browser, town_hotspots, town_incidents, until, visit
from test_map_in_browser import on_screen, set_zoom
from test_map_safety import CANARIES, bounds_of

from maps.figure import save_page
from maps.tiles import Tiles

TOWN = town.incidents()
FORMULA = "=1+1, or not"


@pytest.fixture(scope="module")
def browser():
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    none = town_incidents(0).assign(hotspot=None)
    names = ["Château Vert", "Castle", FORMULA, "Park", "Northgate", "Fen"]
    made = {
        "town": town.page(),
        "bare": town.bare(),
        "quiet": town.bare(hotspots=town_hotspots(0), incidents=none),
        "names": town.page(wards=town.wards(names)),
        "many": town.page(incidents=town.incidents(20_000)),
    }
    for name, the_map in made.items():
        save_page(the_map, folder / f"{name}.html")
    return {name: folder / f"{name}.html" for name in made}


@pytest.fixture(scope="module")
def expect():
    from playwright.sync_api import expect

    return expect


def shown(page) -> int:
    """How many incidents the page says it shows."""
    return int(re.match(r"([\d,]+) of", page.inner_text("#geo-count"))[1].replace(",", ""))


def opened(page) -> None:
    page.locator(".filters summary").click()


def box(page, name: str):
    return page.get_by_role("checkbox", name=name, exact=True)


def column(page, title: str) -> list[str]:
    heads = [text.strip() for text in page.locator("#geo-explorer thead th").all_inner_texts()]
    return page.locator(f"#geo-explorer tbody tr > :nth-child({heads.index(title) + 1})").all_inner_texts()


def go_names(page) -> list[str]:
    """The names of the rows, without what is said before them to screen readers and the small print after."""
    return page.locator("#geo-explorer .go").evaluate_all("all => all.map(e => e.childNodes[1].textContent)")


def settled(page) -> None:
    """Wait until the map stands still: an animation asked for begins a frame or two later."""
    page.evaluate(
        "() => new Promise((done) => { let n = 5; const f = () => (n-- ? requestAnimationFrame(f) : done()); f(); })"
    )
    until(page, "!map_geo._animatingZoom && !(map_geo._panAnim && map_geo._panAnim._inProgress)")


def ward_values(page) -> dict[str, str]:
    """What each ward is said to have, as a screen reader hears it."""
    labels = page.locator("path.ward").evaluate_all("all => all.map(e => e.getAttribute('aria-label'))")
    return {label.split(",", 1)[0].removeprefix("Ward "): label.rsplit(": ", 1)[1] for label in labels}


def slide(page, end: str, month: int) -> None:
    page.locator(f"#geo-month-{end}").evaluate(
        "(e, v) => { e.value = v; e.dispatchEvent(new Event('input')); }", str(month)
    )


@pytest.mark.parametrize("name", ["town", "bare", "quiet", "many"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_page_opens_without_a_request_or_an_error(browser, pages, name, phone):
    with visit(browser, pages[name], phone=phone) as seen:
        assert seen.requests == []
        assert seen.errors == []
        width = seen.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width[0] <= width[1], "nothing sticks out sideways"


def test_rows_and_the_card_of_a_ward_show_their_months_as_bars(browser, pages, expect):
    bars = "Reports by month, most in "
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        drawn = page.locator("#geo-explorer svg.months")
        assert drawn.count() == 1, "the other hot spots hold no report"
        assert drawn.first.get_attribute("aria-label").startswith(bars)
        assert drawn.first.bounding_box()["width"] > 40
        page.select_option("#geo-table-kind", "wards")
        assert drawn.first.get_attribute("aria-label").startswith(bars)
        page.locator("#geo-explorer .go").first.click()
        expect(page.locator("#geo-card svg.months")).to_have_attribute("aria-label", re.compile("^Reports by month: "))
        page.locator("thead button").last.click()
        assert page.evaluate("document.activeElement.textContent") == page.locator("thead button").last.text_content()


@pytest.mark.parametrize("name", ["town", "bare"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_axe_finds_nothing(browser, pages, name, phone):
    axe = os.environ.get("GEO_AXE")
    if not axe:
        pytest.skip("GEO_AXE does not name an axe.min.js")
    run = "async () => (await axe.run()).violations.map(v => `${v.id}: ${v.nodes.map(n => n.html).join(' ')}`)"
    with visit(browser, pages[name], phone=phone, bypass_csp=True) as seen:
        page = seen.page
        page.evaluate(Path(axe).read_text("utf-8"))
        assert page.evaluate(run) == []
        opened(page)
        for table in page.locator("#geo-table-kind option").evaluate_all("all => all.map(e => e.value)"):
            page.select_option("#geo-table-kind", table)
            page.locator("#geo-explorer .go").first.click()
            until(page, "document.getAnimations().every(one => one.playState === 'finished')")
            assert page.evaluate(run) == [], table
        for measure in range(page.locator("#geo-measure option").count()):
            page.select_option("#geo-measure", str(measure))
            assert page.evaluate(run) == [], measure


def test_at_most_twelve_stops_lie_before_the_panel(browser, pages):
    with visit(browser, pages["town"]) as seen:
        stops = []
        for _ in range(20):
            seen.page.keyboard.press("Tab")
            where = "document.activeElement.closest('#geo-panel') ? '' : document.activeElement.outerHTML.slice(0, 90)"
            stops.append(seen.page.evaluate(where))
            if not stops[-1]:
                break
        assert stops[-1] == ""
        assert 8 <= len(stops) - 1 <= 12, stops
        seen.page.locator(".skip").focus()
        seen.page.keyboard.press("Enter")
        assert seen.page.evaluate("document.activeElement.id") == "tables"


def test_a_filter_of_types_changes_counts_wards_tables_and_the_map(browser, pages, expect):
    asb = TOWN[TOWN["crime_type"] == "Anti-social behaviour"]
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        assert shown(page) == len(TOWN)
        opened(page)
        box(page, "Criminal damage").uncheck()
        assert shown(page) == len(asb)
        expect(page.locator("#geo-filter-words")).to_have_text("Type of crime: Anti-social behaviour")
        expect(page.locator("#geo-live")).to_contain_text(f"{len(asb)} of 600 incidents shown; Type of crime")
        names = dict(zip(town.wards()["ward_code"], town.wards()["ward_name"], strict=True))
        counts = asb["ward_code"].map(names).value_counts()
        assert ward_values(page) == {name: str(counts.get(name, 0)) for name in names.values()}
        assert column(page, "Shown") == [str((asb["hotspot"] == rank).sum()) for rank in (1, 2, 3)]
        page.select_option("#geo-measure", "1")
        people = dict(zip(town.wards()["ward_name"], town.wards()["population"], strict=True))
        rates = ward_values(page)
        assert rates["Fen"] == "not known", "nobody lives there"
        assert float(rates["Castle"]) == pytest.approx(1000 * counts["Castle"] / people["Castle"], rel=0.05)
        page.select_option("#geo-table-kind", "wards")
        assert [int(text) for text in column(page, "Shown")] == sorted(counts.reindex(names.values(), fill_value=0))[
            ::-1
        ]
        page.get_by_role("button", name="Clear all filters").click()
        assert shown(page) == 600
        assert seen.errors == []


def test_asb_types_sources_and_days(browser, pages):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        opened(page)
        box(page, "council").uncheck()
        assert shown(page) == (TOWN["source"] == "police").sum()
        box(page, "nuisance").uncheck()
        left = TOWN[(TOWN["source"] == "police") & (TOWN["asb_type"] == "personal")]
        assert shown(page) == len(left)
        for day in ("Mon", "Tue", "Wed", "Thu"):
            box(page, day).uncheck()
        weekend = left[town.known_times(left) & left["occurred_from"].dt.day_of_week.isin([4, 5, 6])]
        assert shown(page) == len(weekend)
        page.get_by_role("checkbox", name=re.compile("with no known hour")).check()
        assert shown(page) == len(weekend) + (~town.known_times(left)).sum()
        fieldset = page.locator("fieldset", has_text="Days of the week")
        fieldset.get_by_role("button", name="All or none").click()
        assert shown(page) == len(left)


def test_hours_go_past_midnight(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        opened(page)
        page.select_option("#geo-hours-from", "22")
        page.select_option("#geo-hours-to", "3")
        night = town.known_times(TOWN) & TOWN["occurred_from"].dt.hour.isin([22, 23, 0, 1, 2])
        assert shown(page) == night.sum()
        expect(page.locator("#geo-filter-words")).to_have_text("22:00 to 03:00")
        page.select_option("#geo-hours-to", "22")
        assert shown(page) == 600


def test_months_are_chosen_by_two_sliders_with_text_values(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        months = sorted(TOWN["month"].dropna().unique())
        slide(page, "from", 3)
        slide(page, "to", 5)
        chosen = TOWN["month"].isin(months[3:6])
        assert shown(page) == chosen.sum()
        expect(page.locator("#geo-month-from")).to_have_attribute("aria-valuetext", "Apr 2025")
        expect(page.locator("#geo-month-to-text")).to_have_text("Jun 2025")
        expect(page.locator(".month-bar.inside")).to_have_count(3)
        slide(page, "from", 8)
        assert shown(page) == (TOWN["month"] == months[8]).sum(), "the other end is pushed along"
        page.locator("#geo-month-from").focus()
        page.keyboard.press("ArrowLeft")
        assert shown(page) == TOWN["month"].isin(months[7:9]).sum()
        page.get_by_role("button", name="All months").click()
        assert shown(page) == 600


def test_the_time_line_plays_month_by_month_and_pauses(browser, pages, expect):
    with visit(browser, pages["town"], reduced_motion="no-preference") as seen:
        page = seen.page
        months = sorted(TOWN["month"].dropna().unique())
        page.get_by_role("button", name="▶ Play").click()
        assert shown(page) == (TOWN["month"] == months[0]).sum()
        until(page, "document.getElementById('geo-month-to').value === '2'")
        pause = page.get_by_role("button", name="❚❚ Pause")
        expect(pause).to_have_attribute("aria-pressed", "true")
        pause.click()
        at = int(page.locator("#geo-month-to").input_value())
        assert shown(page) == (TOWN["month"] == months[at]).sum()
        page.get_by_role("button", name="One step on").click()
        assert shown(page) == (TOWN["month"] == months[at + 1]).sum()
        page.get_by_role("button", name="One step back").click()
        assert shown(page) == (TOWN["month"] == months[at]).sum()
        page.keyboard.press("End")
        assert page.evaluate("document.activeElement.id") == "geo-all-months", "the buttons are one tab stop"


def test_less_motion_leaves_the_steps_and_takes_play(browser, pages, expect):
    with visit(browser, pages["town"], reduced_motion="reduce") as seen:
        expect(seen.page.locator("#geo-play")).to_be_hidden()
        seen.page.get_by_role("button", name="One step on").click()
        assert shown(seen.page) == (TOWN["month"] == "2025-01").sum()


def test_a_click_on_a_header_sorts_and_a_word_searches(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        page.select_option("#geo-table-kind", "wards")
        counts = TOWN["ward_code"].value_counts().reindex(town.wards()["ward_code"], fill_value=0)
        assert [int(text) for text in column(page, "Shown")] == sorted(counts, reverse=True)
        page.locator("#geo-explorer thead button", has_text="Shown").click()
        assert [int(text) for text in column(page, "Shown")] == sorted(counts)
        expect(page.locator("th[aria-sort='ascending']")).to_have_text("Shown")
        page.locator("#geo-explorer thead button", has_text="Ward").click()
        wanted = sorted(town.wards()["ward_name"])
        assert go_names(page) == wanted
        page.fill("#geo-search", "HARBOUR old")
        expect(page.locator("#geo-explorer tbody tr")).to_have_count(1)
        page.fill("#geo-search", "never reached")
        expect(page.locator("#geo-explorer tbody tr")).to_have_count(1)
        expect(page.locator("#geo-explorer tbody")).to_contain_text("Castle")
        page.fill("#geo-search", "zzz")
        expect(page.locator("#geo-explorer")).to_have_text("No row has these words.")
        expect(page.locator("#geo-csv")).to_be_disabled()


def test_a_row_leads_to_the_map_and_a_shape_to_its_row(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        page.locator("#geo-explorer .go").nth(1).click()
        expect(page.locator("#geo-card h2")).to_contain_text("Bridge Street")
        assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith(
            "Hot spot 2, Bridge Street"
        )
        page.keyboard.press("Escape")
        assert "Bridge Street" in page.evaluate("document.activeElement.textContent")
        box(page, "Incidents").uncheck()
        page.get_by_role("button", name="Whole area").click()
        settled(page)
        page.mouse.click(*on_screen(page, WEST + 2600, SOUTH + 1900))  # a corner of Fen, under no mark
        expect(page.locator("#geo-card h2")).to_have_text("Fen")
        expect(page.locator("#geo-table-kind")).to_have_value("wards")
        expect(page.locator("tr.chosen")).to_contain_text("Fen")
        expect(page.locator("tr.chosen")).to_have_attribute("aria-current", "true")
        page.locator("#geo-explorer tbody tr", has_text="Castle").hover()
        assert page.locator("path.choice.pointed").count() == 1
        page.keyboard.press("Escape")
        page.check("#geo-show-weak")
        page.locator(".badge", has_text="3").click()
        expect(page.locator("#geo-table-kind")).to_have_value("hotspots")
        expect(page.locator("tr.chosen")).to_contain_text("Abbey Street")


def test_the_card_of_a_hot_spot_shows_all_evidence(browser, pages):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        page.locator("#geo-explorer .go").nth(2).click()
        text = page.inner_text("#geo-card")
        for part in (
            "Many reports, but chance alone", "4 personal, 30 nuisance, 6 environmental", "44", "2 people",
            "1 person three times or more", "3 personal, 2 situational, 0 incidental", "rising",
            "Fri 20:00-24:00", "90% at one map point", "40,000 m²" if "40,000" in text else "4.0 hectares",
        ):  # fmt: skip
            assert part.lower() in text.lower(), part


def test_the_card_of_a_ward_follows_the_filters(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        slide(page, "to", 0)
        page.select_option("#geo-table-kind", "wards")
        page.locator("#geo-explorer .go", has_text="Mill").click()
        count = ((TOWN["month"] == "2025-01") & (TOWN["ward_code"] == "E00")).sum()
        expect(page.locator("#geo-card")).to_contain_text(re.compile(rf"Incidents shown{count}under the filters"))


def test_focal_points_engagements_and_notes_are_tables_marks_and_cards(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        assert page.locator("#geo-table-kind option").all_inner_texts() == [
            "Hot spots", "Wards", "Busiest map points", "Focal points", "Engagements", "Workshop notes",
        ]  # fmt: skip
        for name in ("places", "engagements", "notes"):
            page.check(f"#geo-show-{name}")
        page.select_option("#geo-table-kind", "engagements")
        assert column(page, "Times") == ["4", "2"]
        assert column(page, "People met") == ["35", "7"]
        assert column(page, "Last") == ["1 Jun 2025", "1 Mar 2025"]
        expect(page.locator("caption")).to_contain_text("1 engagement without a point on the map not listed")
        slide(page, "to", 1)
        assert column(page, "Times") == ["3"], "only those of January and February"
        assert page.locator(".met:visible").count() == 1
        page.locator("#geo-explorer .go").click()
        expect(page.locator("#geo-card")).to_contain_text("10 Feb 2025: public meeting, 20 came")
        page.select_option("#geo-table-kind", "places")
        page.locator("#geo-explorer .go", has_text="Mosque").click()
        expect(page.locator("#geo-card")).to_contain_text("south asian, young")
        page.select_option("#geo-table-kind", "notes")
        page.locator("#geo-explorer .go", has_text="Dark at night").click()
        expect(page.locator("#geo-card h2")).to_have_text("Feels unsafe")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Whole area").click()
        settled(page)
        page.locator(".place").first.click()
        expect(page.locator("#geo-table-kind")).to_have_value("places")
        assert "Pat Example" not in page.content()


def test_arrow_keys_reach_every_mark_ward_and_hot_spot(browser, pages):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        for layer in ("weak", "places", "engagements", "notes"):
            page.check(f"#geo-show-{layer}")
        page.keyboard.press("Escape")
        name = "document.activeElement.getAttribute('aria-label')"
        for part, count in (("path.ward", 6), ("path.hotspot", 3), (".place, .met, .note", 7)):
            reached, waiting = set(), []
            page.locator(f":is({part})[tabindex='0']").focus()
            waiting.append(page.evaluate(name))
            while waiting:
                start = waiting.pop()
                if start in reached:
                    continue
                reached.add(start)
                for key in ("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"):
                    find = (
                        "([part, name]) => [...document.querySelectorAll(part)].find(e => e.ariaLabel === name).focus()"
                    )
                    page.evaluate(find, [part, start])
                    page.keyboard.press(key)
                    waiting.append(page.evaluate(name))
            assert len(reached) == count, reached
            page.keyboard.press("Enter")
            page.wait_for_selector("#geo-card:not([hidden])")
            page.keyboard.press("Escape")
            page.wait_for_selector("#geo-card[hidden]", state="attached")
            assert page.evaluate(name) in reached, "the focus is back on the map"


def test_the_busiest_map_points_lead_to_the_map(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        page.select_option("#geo-table-kind", "points")
        assert column(page, "Shown")[0] == "300", "every other incident lies at one point"
        page.locator("#geo-explorer .go").first.click()
        expect(page.locator(".dot-popup")).to_contain_text("300 reports at this map point")
        settled(page)
        page.locator(".dot-popup button").click()
        expect(page.locator("#geo-card h2")).to_contain_text("High Street")


@pytest.mark.parametrize(
    ("typed", "code"), [("chateau vert", "E00"), ("CASTLE", "E01"), ("north", "E04"), ("e03", "E03")]
)
def test_a_ward_is_found_whatever_its_case_and_accents(browser, pages, expect, typed, code):
    with visit(browser, pages["names"]) as seen:
        page = seen.page
        names = dict(
            zip(town.wards()["ward_code"], ["Château Vert", "Castle", FORMULA, "Park", "Northgate"], strict=False)
        )
        page.fill("#geo-ward-search", typed)
        page.keyboard.press("Enter")
        expect(page.locator("#geo-card h2")).to_have_text(names[code])
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.id") == "geo-ward-search"
        page.fill("#geo-ward-search", "nowhere")
        page.keyboard.press("Enter")
        expect(page.locator("#geo-ward-told")).to_have_text("No single ward has this name.")


def test_a_link_brings_the_view_back(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        opened(page)
        box(page, "Criminal damage").uncheck()
        page.select_option("#geo-hours-from", "20")
        page.select_option("#geo-hours-to", "2")
        slide(page, "from", 2)
        slide(page, "to", 9)
        box(page, "Focal point").uncheck()
        page.select_option("#geo-measure", "2")
        page.get_by_role("checkbox", name="as density").check()
        page.select_option("#geo-table-kind", "wards")
        page.locator("#geo-explorer .go", has_text="Park").click()
        settled(page)
        set_zoom(page, WEST + 700, SOUTH + 1200, 15)
        page.get_by_role("button", name="Copy link").click()
        link = page.input_value("#geo-link")
        left = shown(page)
        assert 0 < left < 600
        assert "#v=1&z=15&c=" in link
        assert link.split("#")[0] == pages["town"].as_uri()
        assert seen.errors == []
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(link)
    page.wait_for_selector("html[data-ready]", state="attached")
    assert shown(page) == left
    assert page.evaluate("map_geo.getZoom()") == 15
    point = page.evaluate("(([x, y]) => [x, y])(Object.values(map_geo.getCenter()))")
    assert point == pytest.approx([float(value) for value in re.search(r"c=([\d.,-]+)", link)[1].split(",")], abs=1e-4)
    expect(page.locator("#geo-measure")).to_have_value("2")
    expect(page.locator("#geo-table-kind")).to_have_value("wards")
    expect(page.locator("#geo-dense")).to_be_checked()
    expect(page.locator("#geo-show-places")).not_to_be_checked()
    expect(page.locator(".place").first).to_be_hidden()
    expect(page.locator("#geo-card h2")).to_have_text("Park")
    expect(page.locator("#geo-filter-words")).to_have_text(
        "Mar 2025 to Oct 2025; Type of crime: Anti-social behaviour; 20:00 to 02:00"
    )
    page.evaluate("location.hash = 'v=1&m=2025-01..2025-01&t=99&z=<img>&w=nowhere'")
    until(page, "document.getElementById('geo-month-to').value === '0'")
    assert shown(page) == (TOWN["month"] == "2025-01").sum(), "what is not ours is passed over"
    context.close()


def download(page) -> list[dict[str, str]]:
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download this table as CSV").click()
    raw = Path(waiting.value.path()).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def test_the_file_is_the_filtered_table_and_holds_no_formula(browser, pages):
    with visit(browser, pages["names"]) as seen:
        page = seen.page
        opened(page)
        box(page, "police").uncheck()
        slide(page, "to", 5)
        page.select_option("#geo-table-kind", "wards")
        rows = download(page)
        left = TOWN[(TOWN["source"] == "council") & (TOWN["month"] <= "2025-06")]
        counts = left["ward_code"].value_counts()
        assert {row["ward_code"]: int(row["incidents_shown"]) for row in rows} == {
            code: counts.get(code, 0) for code in town.wards()["ward_code"]
        }
        by_code = pd.DataFrame(rows).set_index("ward_code")
        assert by_code.loc["E02", "ward_name"] == "'" + FORMULA
        assert by_code.loc["E00", "ward_name"] == "Château Vert"
        assert float(by_code.loc["E01", "incidents_shown_per_1000"]) == pytest.approx(counts.get("E01", 0) / 5)
        assert by_code.loc["E01", "days_since_last"] == ""
        assert by_code.loc["E01", "reason"] == "no meeting where five were due"
        in_order = ["'" + name if name.startswith("=") else name for name in go_names(page)]
        assert [row["ward_name"] for row in rows] == in_order
        page.fill("#geo-search", "park")
        assert [row["ward_name"] for row in download(page)] == ["Park"]
        page.fill("#geo-search", "")
        page.select_option("#geo-table-kind", "hotspots")
        first = download(page)[0]
        assert (first["rank"], first["incidents"], first["type_nuisance"], first["could_be_chance"]) == (
            "1",
            "40",
            "30",
            "false",
        )
        assert int(first["incidents_shown"]) == (left["hotspot"] == 1).sum()
        page.select_option("#geo-table-kind", "points")
        point = download(page)[0]
        middle = gpd.GeoSeries([shapely.Point(WEST + 500, SOUTH + 500)], crs="EPSG:27700").to_crs("EPSG:4326")[0]
        assert [float(point["lat"]), float(point["lon"])] == pytest.approx([middle.y, middle.x], abs=2e-6)
        assert seen.requests == []


def test_every_measure_shades_every_ward_and_has_its_key(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        values = {}
        for i, title in enumerate(page.locator("#geo-measure option").all_inner_texts()):
            page.select_option("#geo-measure", str(i))
            values[title] = ward_values(page)
            assert all(value for value in values[title].values()), title
            assert page.locator("#geo-key svg").count() >= 1
            fills = page.locator("path.ward").evaluate_all("all => all.map(e => e.style.fill)")
            assert len(set(fills)) >= 2, title
            drawn = page.locator(".ward-name:visible text").all_inner_texts()
            assert drawn, "never by colour alone"
        assert values["Engagement ratio"]["Castle"] == "0.00 !"
        assert values["Flag"]["Castle"] == "never reached"
        assert values["Reports and engagement together"]["Castle"] == "3A !"
        expect(page.locator("#geo-key .square text")).to_have_count(9)


def test_density_is_a_choice_and_has_its_own_key(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        expect(page.locator("#geo-key-scale")).to_contain_text("Reports at one point")
        page.get_by_role("checkbox", name="as density").check()
        expect(page.locator("#geo-key-scale")).to_contain_text(re.compile(r"3\d\d reports in a square of \d+ m"))
        box(page, "Incidents").uncheck()
        expect(page.locator("#geo-key-scale")).to_be_hidden()
        expect(page.locator(".leaflet-incidents-pane")).to_be_hidden()


def test_boxes_hide_their_layers_and_the_keys_pass_them_over(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        for name, part in (
            ("Hot spot", "path.outline"), ("Hot spot", ".badge"), ("Ward", "path.ward"), ("Focal point", ".place"),
            ("Engagements at a place", ".met"), ("Workshop note", ".note"), ("Workshop note", "path.note-shape"),
        ):  # fmt: skip
            box(page, name).uncheck()
            expect(page.locator(part).first).to_be_hidden()
            box(page, name).check()
            expect(page.locator(part).first).to_be_visible()
        box(page, "Engagements at a place").uncheck()
        held = page.locator(":is(.place, .met, .note)[tabindex='0']")
        assert "met" not in held.get_attribute("class")


def test_scale_north_and_zoom(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        expect(page.locator(".leaflet-control-scale-line")).to_have_text(re.compile(r"\d+ k?m"))
        expect(page.get_by_role("img", name="North is at the top.")).to_be_visible()
        before = page.evaluate("map_geo.getZoom()")
        page.get_by_role("button", name="Zoom in").click()
        until(page, f"map_geo.getZoom() > {before}")
        page.get_by_role("button", name="Zoom in").focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.textContent") == "Whole area"


def test_streets_lie_below_and_their_box_is_in_the_row_of_layers(browser, tmp_path, expect):
    lines = [shapely.LineString([(WEST, SOUTH + 400 * i), (WEST + 3000, SOUTH + 400 * i)]) for i in range(6)]
    streets = gpd.GeoDataFrame({"rank": 1}, index=range(6), geometry=lines, crs="EPSG:27700")
    save_page(town.page(base_map={"streets": streets}), tmp_path / "streets.html")
    with visit(browser, tmp_path / "streets.html") as seen:
        page = seen.page
        painted = """() => {
            const c = document.querySelector(".leaflet-base-map-pane canvas");
            return c.getContext("2d").getImageData(0, 0, c.width, c.height).data.some((v) => v);
        }"""
        assert page.evaluate(painted)
        last = page.locator("#geo-layers input").last
        expect(last).to_have_id("geo-show-base-map")
        expect(last).to_have_attribute("tabindex", "-1")
        page.locator("#geo-show-hotspots").focus()
        page.keyboard.press("End")
        page.keyboard.press("Space")
        expect(page.locator(".leaflet-base-map-pane")).to_be_hidden()
        assert seen.errors == []


def test_tiles_are_asked_only_of_the_server_that_was_named(browser, tmp_path, expect):
    tiles = Tiles("https://tiles.example.org/{z}/{x}/{y}.png", "Example tiles")
    save_page(town.page(tiles=tiles), tmp_path / "tiles.html")
    with visit(browser, tmp_path / "tiles.html") as seen:
        until(seen.page, "document.getElementById('geo-no-tiles')")
        assert seen.requests
        assert {url.split("/")[2] for url in seen.requests} == {"tiles.example.org"}
        expect(seen.page.locator("#geo-no-tiles")).to_have_text("Background map not available.")
        expect(seen.page.locator(".about")).to_contain_text("That server learns which area is looked at")


@pytest.mark.parametrize("value", CANARIES, ids=lambda value: repr(value)[:20])
def test_no_value_runs_whatever_is_opened(browser, tmp_path, value):
    save_page(town.hostile(value), tmp_path / "hostile.html")
    with visit(browser, tmp_path / "hostile.html") as seen:
        page = seen.page
        opened(page)
        assert value in page.locator("#geo-filter-form").evaluate("e => e.textContent")
        for table in ("hotspots", "wards", "points", "places", "engagements", "notes"):
            page.select_option("#geo-table-kind", table)
            page.locator("#geo-explorer .go").first.click()
            part = ".dot-popup" if table == "points" else "#geo-card:not([hidden])"
            page.wait_for_selector(part)
            assert value in page.locator(part).evaluate("e => e.textContent"), table
            page.locator("#geo-search").fill(value[:20])
            page.locator("#geo-search").fill("")
        for measure in range(page.locator("#geo-measure option").count()):
            page.select_option("#geo-measure", str(measure))
        page.locator("#geo-findings button.show").first.click()
        page.fill("#geo-ward-search", value)
        page.keyboard.press("Enter")
        page.select_option("#geo-table-kind", "wards")
        names = {row["ward_name"] for row in download(page)}
        assert not [name for name in names if name.startswith(("=", "+", "-", "@"))]
        page.get_by_role("button", name="Copy link").click()
        assert page.evaluate("window.__xss") is None
        assert "MARK49MARK" not in page.content()
        width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width[0] <= width[1]
        assert seen.requests == []
        assert seen.errors == []


def test_a_text_of_100_kilobytes_in_every_layer_stays_where_it_is(browser, tmp_path):
    save_page(town.hostile("long " * 20_000), tmp_path / "long.html")
    with visit(browser, tmp_path / "long.html") as seen:
        seen.page.select_option("#geo-table-kind", "wards")
        seen.page.locator("#geo-explorer .go").first.click()
        assert seen.page.locator(".folium-map").evaluate("e => e.getBoundingClientRect().height") > 150
        width = seen.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width[0] <= width[1]
        assert seen.errors == []


def test_incidents_that_cannot_be_read_leave_the_rest(browser, pages, tmp_path, expect):
    html = pages["town"].read_text("utf-8")
    block = re.search(r'id="geo-points">([^<]*)<', html)[1]
    (tmp_path / "broken.html").write_text(html.replace(block, "AAAA" + block[4:]), encoding="utf-8")
    with visit(browser, tmp_path / "broken.html") as seen:
        page = seen.page
        expect(page.locator("#geo-key-scale")).to_contain_text("The incidents in this file could not be read")
        expect(page.locator("#geo-count")).to_have_text("The incidents could not be read.")
        assert column(page, "Shown") == ["–"] * 3, "never a nought that was not counted"
        assert page.locator("#geo-measure option").first.inner_text() == "Engagement ratio"
        page.locator("#geo-explorer .go").first.click()
        expect(page.locator("#geo-card h2")).to_contain_text("High Street")
        page.get_by_role("button", name="Copy link").click()
        assert seen.errors == []


def test_a_finger_opens_a_ward_and_a_mark(browser, pages, expect):
    with visit(browser, pages["town"], phone=True) as seen:
        page = seen.page
        box(page, "Incidents").uncheck()
        page.locator(".folium-map").scroll_into_view_if_needed()
        page.touchscreen.tap(*on_screen(page, WEST + 2600, SOUTH + 1900))
        expect(page.locator("#geo-card h2")).to_have_text("Fen")
        page.get_by_role("button", name="Close Fen").tap()
        expect(page.locator("#geo-card")).to_be_hidden()
        small = page.locator("button:visible, label.layer:visible, .leaflet-bar a, select:visible").evaluate_all(
            """all => all.map(e => [e.textContent, e.getBoundingClientRect()])
                .filter(([, box]) => box.width < 43.5 || box.height < 43.5)
                .map(([text, box]) => [text, box.width, box.height])"""
        )
        assert small == []


def test_the_printed_page(browser, pages):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        slide(page, "to", 5)
        pdf = page.pdf(format="A4", print_background=True)
        assert len(pdf) < 2_000_000
        assert 1 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 4
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 703, "height": 1000})
        until(page, "document.documentElement.classList.contains('printing')")
        assert page.locator(".folium-map").evaluate("e => e.offsetWidth") == pytest.approx(703, abs=3)
        until(page, f"map_geo.getBounds().contains({bounds_of(pages['town'])})")
        parts = (".band", ".folium-map", ".legend", ".count", "#geo-explorer table", "#missing", "#limits", ".sources")
        tops = [page.locator(part).first.evaluate("e => e.getBoundingClientRect().top") for part in parts]
        assert tops == sorted(tops)
        assert "Filters: Jan 2025 to Jun 2025." in page.inner_text(".count"), "paper says what was left out"
        for hidden in (
            ".leaflet-control-zoom",
            "#geo-player",
            ".filters",
            ".table-tools",
            ".find",
            ".layer input",
            "#geo-csv",
        ):
            assert not page.locator(hidden).first.is_visible(), hidden
        for there in (".north", ".leaflet-control-scale-line", ".shade-list"):
            assert page.locator(there).first.is_visible(), there
