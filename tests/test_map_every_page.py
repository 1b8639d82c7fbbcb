"""Laws that hold for every page of the demo: at 200 % and at 320 pixels, in forced colours, and where badges stand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from browser import open_browser, visit

PAGES = ("hotspots", "analyst", "inspector", "engagement", "workshop", "plan")
# a screen of 1280 x 800 at 200 %, and the narrowest that text must fit without scrolling sideways (WCAG 1.4.10)
ZOOMED: dict[str, Any] = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}
NARROW: dict[str, Any] = {"viewport": {"width": 320, "height": 640}}
FORCED: dict[str, Any] = {"forced_colors": "active", "color_scheme": "dark"}
VIOLATIONS = "async () => (await axe.run()).violations.map(v => `${v.id}: ${v.nodes.map(n => n.html).join(' ')}`)"

# what can be pressed or filled in and is seen, but reaches beyond the page sideways
CUT_OFF = """() => [...document.querySelectorAll('button, select, input, summary, a[href]')]
  .filter((e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
  .filter((e) => !e.closest('.leaflet-pane, .skip, table'))
  .filter((e) => {
    const { left, right, width } = e.getBoundingClientRect();
    return width > 1 && (left < -1 || right > innerWidth + 1);
  })
  .map((e) => e.outerHTML.slice(0, 120))"""

# drawings outside of the map that stand on the reader's ground, where their colours may not be seen
GROUNDLESS = """() => [...document.querySelectorAll('svg:not(.leaflet-pane svg, canvas + svg, .patterns)')]
  .filter((e) => e.checkVisibility() && e.getBoundingClientRect().width > 1)
  .filter((e) => getComputedStyle(e).backgroundColor !== 'rgb(255, 255, 255)')
  .map((e) => e.outerHTML.slice(0, 120))"""

# how far the edge of each mark is from its place, in pixels
AWAY = """() => [...document.querySelectorAll('.spot-rank, .place.lettered, .leaflet-badges-pane .badge, .mark.pin')]
  .filter((e) => e.getClientRects().length && getComputedStyle(e).opacity > 0)
  .map((e) => {
    const x = Math.abs(parseFloat(e.style.left) || 0), y = Math.abs(parseFloat(e.style.top) || 0);
    return Math.hypot(Math.max(0, x - e.offsetWidth / 2), Math.max(0, y - e.offsetHeight / 2));
  })"""


@pytest.fixture(scope="module")
def browser():
    with open_browser() as opened:
        yield opened


def faults_of(page: Any) -> list[str]:
    axe = os.environ.get("GEO_AXE")
    if not axe:
        return []
    page.evaluate(Path(axe).read_text("utf-8"))
    return list(page.evaluate(VIOLATIONS))


@pytest.mark.parametrize("screen", [ZOOMED, NARROW], ids=["200 %", "320 pixels"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_at_200_per_cent_and_at_320_pixels(browser, finished_demo, name, screen):
    with visit(browser, finished_demo / "results" / f"{name}.html", bypass_csp=True, **screen) as seen:
        page = seen.page
        assert (seen.requests, seen.errors) == ([], [])
        assert page.evaluate("document.documentElement.scrollWidth") <= screen["viewport"]["width"]
        assert page.evaluate(CUT_OFF) == []
        box = page.locator(".folium-map").bounding_box()
        assert box["width"] >= 200
        assert box["height"] >= 0.4 * screen["viewport"]["height"], "the map is still a map"
        assert faults_of(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_in_forced_colours_every_drawing_has_its_ground(browser, finished_demo, name):
    with visit(browser, finished_demo / "results" / f"{name}.html", bypass_csp=True, **FORCED) as seen:
        page = seen.page
        assert page.evaluate("matchMedia('(forced-colors: active)').matches")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(0, 0, 0)"
        assert page.evaluate(GROUNDLESS) == []
        ward = "getComputedStyle(document.querySelector('.leaflet-map-pane')).forcedColorAdjust"
        assert page.evaluate(ward) == "none", "the map keeps its colours and their ground together"
        # axe reads the colours of the page, not those that the reader's system puts in their place
        assert [one for one in faults_of(page) if not one.startswith("color-contrast")] == []
        assert seen.errors == []


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
@pytest.mark.parametrize("name", ["hotspots", "analyst", "inspector", "plan"])
def test_a_mark_stands_at_most_25_pixels_from_its_place(browser, finished_demo, name, width):
    with visit(browser, finished_demo / "results" / f"{name}.html", viewport={"width": width, "height": 800}) as seen:
        away = seen.page.evaluate(AWAY)
        assert len(away) >= 5
        assert max(away) <= 25


# the middle half of each value, and the marks that lie over it
COVERED = """() => {
  const box = (e) => e.getBoundingClientRect();
  const across = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const seen = (name) => [...document.querySelectorAll(name)]
    .filter((e) => e.getClientRects().length && getComputedStyle(e).opacity > 0).map(box);
  const values = seen('.ward-name .value').map(({ left, right, top, bottom, width }) => (
    { left: left + width / 4, right: right - width / 4, top: top + 3, bottom: bottom - 3 }));
  const marks = seen('.spot-rank, .place.lettered, .leaflet-badges-pane .badge');
  return [values.length, values.filter((one) => marks.some((mark) => across(one, mark))).length];
}"""


@pytest.mark.parametrize("width", [320, 768, 1280])
@pytest.mark.parametrize("name", ["analyst", "inspector", "engagement"])
def test_no_value_of_a_ward_is_read_through_a_badge(browser, finished_demo, name, width):
    path = finished_demo / "results" / f"{name}.html"
    with visit(browser, path, viewport={"width": width, "height": 800}) as seen:
        values, covered = seen.page.evaluate(COVERED)
        assert values >= 6
        assert covered == 0
