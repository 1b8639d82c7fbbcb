"""The workshop page in a real browser: notes by mouse, touch and keyboard, kept, shared and never run."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from browser import SOUTH, WEST, open_browser, until, visit
from test_map_safety import CANARIES
from workshop_town import about_workshop, bare_wards, earlier_notes, released_wards, town_cells, town_page

from layers.workshop_notes import read_notes
from maps.figure import save_page
from maps.languages import strings
from maps.workshop import workshop_map

PHONE, DESKTOP = True, False
NO_STORAGE = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied'); } });"
KEY = "geo-notes:ashford-vale-workshop"


@pytest.fixture(scope="module")
def browser():
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def expect():
    from playwright.sync_api import expect

    return expect


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    made = {
        "town": town_page(notes=earlier_notes()),
        "welsh": town_page("cy", notes=earlier_notes()),
        "urdu": town_page("ur", notes=earlier_notes()),
        "wards": workshop_map(released_wards(), None, about_workshop(width_m=None), strings=strings("en")),
        "bare": workshop_map(bare_wards(), None, about_workshop(width_m=None), strings=strings("en")),
    }
    for name, the_map in made.items():
        save_page(the_map, folder / f"{name}.html")
    return {name: folder / f"{name}.html" for name in made}


def screen(page, east: float, north: float) -> tuple[float, float]:
    """Where a place, in metres from the corner of the town, is on the screen."""
    point = gpd.GeoSeries([shapely.Point(WEST + east, SOUTH + north)], crs="EPSG:27700").to_crs("EPSG:4326")[0]
    at = page.evaluate(
        "([lat, lon]) => { const b = map_geo.getContainer().getBoundingClientRect();"
        " const p = map_geo.latLngToContainerPoint([lat, lon]); return [b.left + p.x, b.top + p.y]; }",
        [point.y, point.x],
    )
    return at[0], at[1]


def tap(page, phone: bool, *places: tuple[float, float]) -> None:
    for place in places:
        press = page.touchscreen.tap if phone else page.mouse.click
        press(*screen(page, *place))


def choose(page, kind: str) -> None:
    page.locator(f".choice[data-kind={kind}]").click()


def say(page, feeling: str, text: str) -> None:
    page.locator(f"input[value={feeling}]").check()
    page.locator("#geo-note").fill(text)
    page.locator("#geo-step-say button[type=submit]").click()


def kept(page) -> list[dict]:
    text = page.evaluate(f"localStorage.getItem('{KEY}')")
    return json.loads(text)["features"] if text else []


def metres(note: dict) -> shapely.Geometry:
    """The shape of a note in metres from the corner of the town."""
    shape = gpd.GeoSeries([shapely.geometry.shape(note["geometry"])], crs="EPSG:4326").to_crs("EPSG:27700")[0]
    return shapely.affinity.translate(shape, -WEST, -SOUTH)


def add_point(page, east: float, north: float, feeling: str, text: str, phone: bool = DESKTOP) -> None:
    choose(page, "point")
    tap(page, phone, (east, north))
    say(page, feeling, text)


def load_file(page, tmp_path: Path, content: str | bytes, name: str = "notes.geojson") -> None:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    page.locator("#geo-file").set_input_files(path)


def export(page, tmp_path: Path) -> Path:
    with page.expect_download() as download:
        page.locator("#geo-export").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    return path


# Open


@pytest.mark.parametrize("name", ["town", "urdu", "wards", "bare"])
def test_a_page_asks_for_nothing_and_complains_of_nothing(browser, pages, name):
    with visit(browser, pages[name]) as seen:
        assert seen.page.evaluate("document.documentElement.lang") == ("ur" if name == "urdu" else "en-GB")
        sizes = "[...document.querySelectorAll('p, li, button, dd, label, .ward-name text')]"
        smallest = (
            f"Math.min(...{sizes}.filter(e => e.offsetParent).map(e => parseFloat(getComputedStyle(e).fontSize)))"
        )
        for width, height in ((1280, 800), (390, 844)):
            seen.page.set_viewport_size({"width": width, "height": height})
            assert seen.page.evaluate(smallest) >= 18
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        assert (seen.requests, seen.errors) == ([], [])


def test_a_page_from_right_to_left_keeps_its_map_and_its_notes_whole(browser, pages, expect, tmp_path):
    with visit(browser, pages["urdu"]) as seen:
        page = seen.page
        frame, panel = (page.locator(name).bounding_box() for name in (".folium-map", ".panel"))
        assert panel["x"] + panel["width"] <= frame["x"] + 1, "the words come first in their direction: on the left"
        assert page.locator(".draft").is_visible()
        said = "اندھیرا ہے 2 \u200d👩\u200d👧 বাতি নেই żółć"
        add_point(page, 500, 500, "unsafe", said)
        expect(page.locator("#geo-list .said")).to_have_text(said)
        notes, _ = read_notes(export(page, tmp_path))
        assert notes["note"].tolist() == [said]
        assert seen.errors == []


def test_the_table_says_what_the_shades_say_and_an_old_browser_that_it_is_too_old(browser, pages, expect):
    rows = "[...document.querySelectorAll('#geo-areas tr')].map(r => [...r.cells].map(c => c.textContent))"
    with visit(browser, pages["town"]) as seen:
        assert not seen.page.locator("#geo-areas table").count(), "made when it is opened"
        seen.page.get_by_text("Show the table").click()
        expect(seen.page.locator("#geo-areas tr")).to_have_count(7)
        made = seen.page.evaluate(rows)
        heads = ["none recorded", "fewer than 10, or hidden", "10 to 15", "20 to 25", "30 to 55", "60 or more"]
        assert made[0] == ["Ward", *heads]
        assert made[1] == ["Mill", "2", "0", "0", "2", "0", "0"], "0, 0 | 20, 25 by hand"
        assert [sum(int(row[i]) for row in made[1:]) for i in range(1, 7)] == [9, 3, 6, 2, 2, 2]
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script("delete window.DecompressionStream")
    page.goto(pages["town"].resolve().as_uri())
    expect(page.get_by_text("This browser is too old to draw the map.")).to_be_visible()
    context.close()


@pytest.mark.parametrize("phone", [DESKTOP, PHONE])
@pytest.mark.parametrize("name", ["town", "urdu", "wards"])
def test_axe_finds_nothing(browser, pages, name, phone):
    axe = os.environ.get("GEO_AXE")
    if not axe:
        pytest.skip("GEO_AXE does not name an axe.min.js")
    with visit(browser, pages[name], phone=phone, bypass_csp=True) as seen:
        page = seen.page
        page.evaluate(Path(axe).read_text("utf-8"))
        run = "async () => (await axe.run()).violations.map(v => `${v.id}: ${v.nodes.map(n => n.html).join(' ')}`)"
        assert page.evaluate(run) == []
        choose(page, "area")
        assert page.evaluate(run) == []
        tap(page, phone, (500, 500), (900, 500), (900, 900))
        page.locator("#geo-finish").click()
        assert page.evaluate(run) == []
        say(page, "idea", "A bench")
        page.locator("#geo-list button").first.click()
        page.wait_for_selector(".bubble")
        until(page, "getComputedStyle(document.querySelector('.leaflet-popup')).opacity === '1'")
        assert page.evaluate(run) == []
        page.locator("#geo-clear").click()
        assert page.evaluate(run) == []
        if name == "town" and not phone:
            page.keyboard.press("Escape")
            page.get_by_text("Show the table").click()
            page.locator("#geo-facilitate-begin").click()
            assert page.evaluate(run) == []
            page.keyboard.press("Escape")
            page.locator(".to-wall").click()
            assert page.evaluate(run) == []


def test_few_tab_stops_before_the_notes(browser, pages):
    with visit(browser, pages["town"]) as seen:
        stops = []
        for _ in range(30):
            seen.page.keyboard.press("Tab")
            stops.append(seen.page.evaluate("document.activeElement.className || document.activeElement.tagName"))
            if "choice" in str(stops[-1]):
                break
        assert len(stops) <= 12, stops
        seen.page.reload()
        seen.page.wait_for_selector("html[data-ready]", state="attached")
        seen.page.keyboard.press("Tab")
        seen.page.keyboard.press("Enter")
        assert seen.page.evaluate("document.activeElement.id") == "geo-your-notes"


def test_arrow_keys_go_from_area_to_area(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        stops = page.locator("path.cell[tabindex='0']")
        expect(stops).to_have_count(1)
        stops.focus()
        assert stops.get_attribute("aria-label") == "Mill. Reports: none recorded"
        for _ in range(2):
            page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.ariaLabel") == "Castle. Reports: fewer than 10, or hidden"
        page.keyboard.press("Enter")
        expect(page.locator(".bubble")).to_have_text("CastleReports: fewer than 10, or hidden")
        expect(page.locator("#geo-live")).to_have_text("Castle. Reports: fewer than 10, or hidden")
        page.keyboard.press("Escape")
        expect(page.locator(".bubble")).to_have_count(0)


# Adding


@pytest.mark.parametrize("phone", [DESKTOP, PHONE])
def test_a_point_a_line_and_an_area_by_pointing(browser, pages, expect, tmp_path, phone):
    with visit(browser, pages["town"], phone=phone) as seen:
        page = seen.page
        add_point(page, 1500, 1200, "safe", "Lamps are good here", phone)
        expect(page.locator("#geo-message")).to_have_text("Note 1 is saved.")
        choose(page, "line")
        expect(page.locator("#geo-finish")).to_be_disabled()
        tap(page, phone, (300, 700), (900, 800), (1400, 700))
        expect(page.locator("#geo-draw-count")).to_have_text("3 marks so far.")
        page.locator("#geo-undo").click()
        page.locator("#geo-finish").click()
        say(page, "unsafe", "No light")
        choose(page, "area")
        tap(page, phone, (2100, 300), (2100, 800), (2700, 800), (2700, 300))
        page.locator("#geo-finish").click()
        say(page, "idea", "")
        expect(page.locator("#geo-list > li")).to_have_count(3)
        expect(page.locator("#geo-list > li").last).to_contain_text("(no words written)")
        notes = kept(page)
        assert [(n["properties"]["kind"], n["properties"]["feeling"]) for n in notes] == [
            ("point", "safe"), ("line", "unsafe"), ("area", "idea"),
        ]  # fmt: skip
        reach = 15 if phone else 10  # a pixel is that wide
        for note, there in zip(
            notes,
            (
                shapely.Point(1500, 1200),
                shapely.LineString([(300, 700), (900, 800)]),
                shapely.box(2100, 300, 2700, 800),
            ),
            strict=True,
        ):
            assert metres(note).hausdorff_distance(there) < reach
        read, report = read_notes(export(page, tmp_path))
        assert (len(read), report.faults().empty) == (3, True)
        assert read["note"].tolist() == ["Lamps are good here", "No light", ""]
        assert (seen.requests, seen.errors) == ([], [])


def test_an_area_with_the_keyboard_alone(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        page.locator(".choice[data-kind=area]").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#map_geo, .leaflet-container").first).to_be_focused()
        expect(page.locator(".leaflet-container")).to_have_attribute("aria-label", strings("en").script["map_drawing"])
        page.keyboard.press("Enter")
        for key in ("ArrowRight", "ArrowDown", "ArrowLeft"):
            for _ in range(5):
                page.keyboard.press(key)
            page.keyboard.press("Enter")
        expect(page.locator("#geo-draw-count")).to_have_text("4 marks so far.")
        page.keyboard.press("Backspace")
        expect(page.locator("#geo-draw-count")).to_have_text("3 marks so far.")
        page.locator("#geo-finish").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#geo-say-title")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.type("Muddy")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        [note] = kept(page)
        assert (note["properties"]["feeling"], note["properties"]["note"]) == ("safe", "Muddy")
        assert len(note["geometry"]["coordinates"][0]) == 4
        expect(page.locator("#geo-add-title")).to_be_focused()


def test_a_point_with_the_button_at_the_middle_and_escape_gives_up(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        choose(page, "point")
        page.keyboard.press("Escape")
        expect(page.locator("#geo-step-choose")).to_be_visible()
        assert not kept(page)
        choose(page, "point")
        expect(page.locator(".cross")).to_be_visible()
        page.locator("#geo-add-here").click()
        say(page, "idea", "Here")
        [note] = kept(page)
        middle = page.evaluate("(({ lng, lat }) => [lng, lat])(map_geo.getCenter())")
        assert note["geometry"]["coordinates"] == pytest.approx(middle, abs=1e-5)


def test_outside_and_without_a_feeling_are_said_and_not_saved(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        page.evaluate("map_geo.setZoom(map_geo.getZoom() - 2, { animate: false })")
        choose(page, "point")
        tap(page, DESKTOP, (-2500, 500))
        expect(page.locator("#geo-message")).to_have_text(strings("en").script["outside"])
        tap(page, DESKTOP, (500, 500))
        page.locator("#geo-step-say button[type=submit]").click()
        expect(page.locator("#geo-say-trouble")).to_have_text(strings("en").script["feeling_missing"])
        assert page.evaluate("document.activeElement.value") == "safe"
        assert not kept(page)


@pytest.mark.parametrize("phone", [DESKTOP, PHONE])
def test_a_tap_on_a_note_is_a_tap_on_the_map_while_one_draws(browser, pages, phone):
    with visit(browser, pages["town"], phone=phone) as seen:
        add_point(seen.page, 1500, 500, "safe", "one", phone)
        for east, north in ((1500, 500), (400, 400)):  # a note of this page, and one of an earlier workshop
            add_point(seen.page, east, north, "unsafe", "another", phone)
        assert len(kept(seen.page)) == 3


def test_a_note_is_changed_drawn_again_and_deleted(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        add_point(page, 500, 500, "safe", "first")
        add_point(page, 1500, 500, "idea", "second")
        page.get_by_role("button", name="Change, Note 1").click()
        page.locator("#geo-redraw").click()
        tap(page, DESKTOP, (2500, 1500))
        say(page, "unsafe", "changed")
        notes = kept(page)
        assert [n["properties"]["note"] for n in notes] == ["changed", "second"]
        assert metres(notes[0]).distance(shapely.Point(2500, 1500)) < 10
        page.get_by_role("button", name="Delete, Note 1").click()
        expect(page.locator("#geo-ask")).to_be_visible()
        assert page.evaluate("document.activeElement.textContent") == "Cancel", "the harmless answer has the focus"
        page.keyboard.press("Escape")
        assert len(kept(page)) == 2
        page.get_by_role("button", name="Delete, Note 1").click()
        page.get_by_role("button", name="Yes, delete it").click()
        expect(page.locator("#geo-your-notes")).to_be_focused()
        assert [n["properties"]["note"] for n in kept(page)] == ["second"]


def test_a_note_is_shown_on_the_map(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        add_point(seen.page, 500, 500, "safe", "by the <b>mill</b>")
        seen.page.get_by_role("button", name="Show on the map, Note 1").click()
        expect(seen.page.locator(".bubble")).to_contain_text("by the <b>mill</b>")
        seen.page.locator("details summary").first.click()
        seen.page.locator("#geo-earlier button").first.click()
        expect(seen.page.locator(".bubble")).to_contain_text("Dark after six")
        seen.page.locator(".layer input").uncheck()
        until(seen.page, "map_geo.getPane('earlier').style.display === 'none'")


# Keeping


def test_notes_survive_a_reload_and_are_cleared(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        add_point(page, 500, 500, "unsafe", "Dark")
        page.reload()
        page.wait_for_selector("html[data-ready]", state="attached")
        expect(page.locator("#geo-list .said")).to_have_text("Dark")
        expect(page.locator(".leaflet-marks-pane .feeling.unsafe text")).to_have_text("1")
        expect(page.locator("#geo-kept")).to_contain_text("others can see them")
        page.locator("#geo-clear").click()
        page.get_by_role("button", name="Yes, clear them all").click()
        expect(page.locator("#geo-none")).to_be_visible()
        assert page.evaluate("localStorage.length") == 0


def test_the_same_map_in_another_language_has_the_same_notes(browser, pages, expect):
    with visit(browser, pages["town"]) as seen:
        add_point(seen.page, 500, 500, "unsafe", "Dark")
        seen.page.goto(pages["welsh"].resolve().as_uri())
        seen.page.wait_for_selector("html[data-ready]", state="attached")
        expect(seen.page.locator("#geo-list .said")).to_have_text("Dark")
        expect(seen.page.locator("#geo-list b")).to_have_text("Teimlo'n anniogel")


def test_a_browser_that_denies_storage_says_so_and_works_on(browser, pages, expect, tmp_path):
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(NO_STORAGE)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(pages["town"].resolve().as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(page.locator("#geo-kept")).to_have_text(strings("en").script["not_kept"])
    add_point(page, 500, 500, "safe", "Still here")
    expect(page.locator("#geo-list .said")).to_have_text("Still here")
    assert json.loads(export(page, tmp_path).read_text("utf-8"))["features"][0]["properties"]["note"] == "Still here"
    assert errors == []
    context.close()


# Sharing


def test_notes_go_out_and_come_back_the_same(browser, pages, expect, tmp_path):
    with visit(browser, pages["town"]) as seen:
        add_point(seen.page, 500, 500, "unsafe", "ŵy & <i>x</i> {{7*7}}\nline two")
        before = kept(seen.page)
        path = export(seen.page, tmp_path)
        assert path.name == "workshop-notes.geojson"
    with visit(browser, pages["town"]) as seen:
        assert kept(seen.page) == []
        seen.page.locator("#geo-file").set_input_files(path)
        expect(seen.page.locator("#geo-message")).to_have_text("1 note was loaded.")
        assert kept(seen.page) == before
        add_point(seen.page, 1500, 500, "safe", "mine")
        seen.page.locator("#geo-file").set_input_files(path)
        seen.page.get_by_role("button", name="Add to them").click()
        expect(seen.page.locator("#geo-message")).to_have_text("0 notes were loaded. 1 note was here already.")
        assert len(kept(seen.page)) == 2
        seen.page.locator("#geo-file").set_input_files(path)
        seen.page.get_by_role("button", name="Put in their place").click()
        until(seen.page, f"JSON.parse(localStorage.getItem('{KEY}')).features.length === 1")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("<html></html>", "file_not_json"),
        ('{"type": "Point"}', "file_not_notes"),
        (b" " * (2 * 1024 * 1024 + 1), "file_large"),
        ('{"type":"FeatureCollection","features":[]}', "file_none"),
        (b"\xff\xfe\x00\x01\x9c", "file_not_json"),
    ],
)
def test_a_file_that_is_none_changes_nothing(browser, pages, expect, tmp_path, content, words):
    with visit(browser, pages["town"]) as seen:
        add_point(seen.page, 500, 500, "safe", "mine")
        before = kept(seen.page)
        load_file(seen.page, tmp_path, content)
        expect(seen.page.locator("#geo-message")).to_have_text(strings("en").script[words])
        assert kept(seen.page) == before


def test_what_is_left_out_of_a_file_is_counted(browser, pages, expect, tmp_path):
    with visit(browser, pages["town"]) as seen:
        add_point(seen.page, 500, 500, "safe", "mine")
        [good] = kept(seen.page)
        seen.page.locator("#geo-clear").click()
        seen.page.get_by_role("button", name="Yes, clear them all").click()
        far = {**good, "id": "far-away-1", "geometry": {"type": "Point", "coordinates": [100, 10]}}
        angry = {**good, "id": "angry-0001", "properties": {**good["properties"], "feeling": "angry"}}
        load_file(seen.page, tmp_path, json.dumps({"type": "FeatureCollection", "features": [good, far, angry, good]}))
        expect(seen.page.locator("#geo-message")).to_have_text(
            "1 note was loaded. 3 notes were left out. Outside this map: 1. No feeling that this page knows: 1. "
            "The same note twice: 1."
        )


@pytest.mark.parametrize(
    "value", [" ".join(value for value in CANARIES if len(value) < 100), *(v for v in CANARIES if len(v) > 100)],
    ids=["all at once", "long"],
)  # fmt: skip
def test_no_value_runs_wherever_it_comes_from(browser, tmp_path, value):
    about = replace(
        about_workshop(), title=value, headline=value, period=value, source=value, made_on=value, notes=[value],
        attribution=[value],
    )  # fmt: skip
    made = workshop_map(
        bare_wards([value] * 6), town_cells(), about, strings=strings("en"), notes=earlier_notes(value), made_by=value,
        map_id="ashford-vale-workshop",
    )  # fmt: skip
    save_page(made, tmp_path / "hostile.html")
    with visit(browser, tmp_path / "hostile.html") as seen:
        page = seen.page
        add_point(page, 500, 500, "idea", value.replace("\0", ""))
        page.locator("#geo-list button").first.click()
        page.wait_for_selector(".bubble")
        page.locator("details summary").first.click()
        page.locator("#geo-earlier button").first.click()
        [note] = kept(page)
        note["properties"] |= {"note": value, "id": "from-a-file", "map": value, "other": value}
        load_file(page, tmp_path, json.dumps({"type": "FeatureCollection", "features": [{**note, "id": value}]}))
        page.get_by_role("button", name="Add to them").click()
        until(page, "document.querySelectorAll('#geo-list > li').length === 2")
        page.locator("path.cell[tabindex='0']").focus()
        page.keyboard.press("Enter")
        assert page.evaluate("window.__xss") is None
        assert "MARK49MARK" not in page.locator("body").inner_text()
        assert not page.locator("#geo-list img, #geo-list script, .bubble img").count()
        assert (seen.requests, seen.errors) == ([], [])


# Paper


def test_on_paper_map_key_notes_and_limits_without_buttons(browser, pages):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        add_point(page, 500, 500, "unsafe", "Dark")
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 794, "height": 1123})
        for shown in (".leaflet-container", "#geo-key", "#geo-list .said", ".limits", ".lines", ".headline"):
            assert page.locator(shown).first.is_visible(), shown
        for hidden in ("button.choice", "#geo-export", ".note-head + .said + .buttons", ".whole", "#geo-kept"):
            assert not page.locator(hidden).first.is_visible(), hidden
        pdf = page.pdf(format="A4", print_background=True)
        assert len(pdf) < 2_000_000
        assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") <= 3


def test_escape_ends_the_view_for_a_projector(browser, pages):
    with visit(browser, pages["town"]) as seen:
        seen.page.get_by_role("button", name="Map only, for a projector").click()
        assert not seen.page.locator(".panel").is_visible()
        seen.page.keyboard.press("Escape")
        assert seen.page.locator(".panel").is_visible()


def test_whoever_leads_reads_out_merges_hides_and_counts_and_nothing_is_lost(browser, pages, expect, tmp_path):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        add_point(page, 500, 500, "unsafe", "No light")
        choose(page, "point")
        tap(page, DESKTOP, (560, 500))
        page.get_by_label("At night").check()
        page.get_by_label("Older people").check()
        say(page, "unsafe", "Dark here")
        add_point(page, 2500, 1500, "idea", "نئی روشنی چاہیے")
        expect(page.locator("#geo-list > li").nth(1)).to_contain_text("When: At night. Concerns: Older people.")
        page.locator("#geo-session").fill("Hall 2 \u202e<b>")
        page.keyboard.press("Tab")
        expect(page.locator("#geo-session")).to_have_value("Hall 2 b")
        # by the keyboard alone
        page.locator("#geo-facilitate-begin").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#geo-facilitate-title")).to_be_focused()
        page.keyboard.press("ArrowRight")
        expect(page.locator("#geo-turn")).to_have_text("Note 2 of 3.")
        page.keyboard.press("ArrowLeft")
        expect(page.locator("#geo-read")).to_contain_text("No light")
        expect(page.locator("#geo-same option").first).to_have_text("Note 2: Dark here")
        page.locator("#geo-merge").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#geo-merged li")).to_have_count(1)
        expect(page.locator("#geo-turn")).to_have_text("Note 1 of 2.")
        page.locator("#geo-after").press("Enter")
        page.locator("#geo-hide").press("Enter")
        expect(page.locator("#geo-turn")).to_have_text("Note 2 of 2. It is hidden.")
        counted = page.evaluate(
            "[...document.querySelectorAll('#geo-tally td.number')].map(c => c.textContent).join('')"
        )
        assert counted == "0000" + "1001" + "0000", "safe, unsafe, idea: points, lines, areas, together"
        page.keyboard.press("Escape")
        expect(page.locator("#geo-list > li")).to_have_count(1)
        expect(page.locator("#geo-away")).to_have_text("2 notes are hidden or merged.")
        notes, report = read_notes(export(page, tmp_path))
        assert report.faults().empty
        assert notes["note"].tolist() == ["No light", "Dark here", "نئی روشنی چاہیے"]
        assert notes["session"].tolist() == ["Hall 2 b"] * 3
        assert notes["hidden"].tolist() == [False, False, True]
        assert notes["same_as"].tolist() == ["", notes["id"][0], ""]
        assert notes[["when", "who"]].iloc[1].tolist() == ["night", "older"]
        # back again, one by one
        page.locator("#geo-facilitate-begin").click()
        page.get_by_role("button", name="Not the same").click()
        page.locator("#geo-before").click()  # from the first to the last
        page.locator("#geo-hide").click()
        page.locator("#geo-facilitate-end").click()
        expect(page.locator("#geo-list > li")).to_have_count(3)
        # the next workshop begins empty, and this one is in a file
        page.locator("#geo-next").click()
        with page.expect_download():
            page.get_by_role("button", name="Save and begin").click()
        assert kept(page) == []
        assert not page.evaluate("localStorage.length")
        assert seen.errors == []


def test_a_street_is_found_by_its_name(browser, tmp_path, expect):
    line = shapely.LineString([(WEST + 2400, SOUTH + 1500), (WEST + 2600, SOUTH + 1500)])
    streets = gpd.GeoDataFrame({"name": ["Château Street"], "rank": [3]}, geometry=[line], crs="EPSG:27700")
    save_page(town_page(base_map={"streets": streets}), tmp_path / "named.html")
    with visit(browser, tmp_path / "named.html", viewport={"width": 390, "height": 844}) as seen:
        page = seen.page
        page.locator("#geo-find").fill("chateau")
        expect(page.locator("#geo-found")).to_have_text("Château Street, Fen")
        page.keyboard.press("Enter")
        expect(page.locator("#geo-live")).to_have_text("Château Street, Fen is in the middle of the map.")
        choose(page, "point")
        page.locator("#geo-add-here").click()
        say(page, "safe", "")
        [note] = kept(page)
        assert metres(note).distance(shapely.Point(2500, 1500)) < 5
        page.locator("#geo-find").fill("nowhere")
        expect(page.locator("#geo-found")).to_be_empty()
        assert (seen.requests, seen.errors) == ([], [])


def test_the_last_change_can_be_taken_back(browser, pages):
    with visit(browser, pages["town"]) as seen:
        page = seen.page
        assert not page.locator("#geo-undo-change").is_visible()
        page.get_by_role("button", name="A place").click()
        page.locator("#geo-add-here").click()
        page.get_by_label("Feels safe").check()
        page.get_by_role("button", name="Save this note").click()
        assert page.locator("#geo-list li").count() == 1
        page.get_by_role("button", name="Take back the last change").click()
        assert page.locator("#geo-list li").count() == 0
        assert not page.locator("#geo-undo-change").is_visible()
