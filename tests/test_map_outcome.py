"""The page of an outcome: everything in one file, nothing run, nothing asked of the network, text only ever text."""

from __future__ import annotations

import os
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from browser import OUTSIDE, open_browser
from test_map_safety import CANARIES

from geo.errors import GeoError
from maps.charts import Interval
from maps.outcome import Drawn, Ratios, outcome_page
from maps.page import About


class Sheet(NamedTuple):
    name: str
    question: str
    sentence: str
    table: pd.DataFrame
    headings: dict[str, str]


def made(text="Mill", crs="EPSG:27700"):
    layer = gpd.GeoDataFrame(
        {"name": [text, "Park", "Fen"]},
        geometry=[
            shapely.box(0, 0, 1000, 1000).difference(shapely.box(400, 400, 600, 600)),
            shapely.MultiPolygon([shapely.box(1000, 0, 1500, 500), shapely.box(1600, 600, 2000, 1000)]),
            shapely.box(0, 1000, 1000, 1500),
        ],
        crs=crs,
    )
    table = pd.DataFrame({"id": ["E1", "E2"], "name": [text, "Park"], "before": [10, 1234], "ratio": [0.5, 1.25]})
    return outcome_page(
        About(text, text, "2025", "made up", "2026-01-31", notes=[text], attribution=[text]),
        [text, "Park fell."],
        [
            Ratios("Change", [Interval(text, 0.5, 0.2, 0.9, True), Interval("Park", 1.1, 0.7, 5.0)], text),
            Drawn(
                *("Who fell", layer, ["rose", "fell", "few"], [text, "Park: 5", "Fen"], {"fell": text}, "seen"),
                labels=["7", "12,345,678,901,234,567,890 to 12,345,678,901,234,567,890", "9"],
                names=["Mill", "Park", "Far too long a name for a ward of this size"],
            ),
        ],
        [Sheet("wards", text, text, table, {"id": "id", "name": text, "before": "before", "ratio": "ratio"})],
    )


def test_it_runs_nothing_and_asks_for_nothing():
    page = made()
    assert "<script" not in page
    assert not re.search(r"\ssrc=|url\(", page)
    assert re.findall(r"<link [^>]*>", page) == ['<link rel="icon" href="data:,">']
    assert "default-src 'none'; script-src ;" in unescape(page)
    assert page.count("<svg") >= 3


def test_the_map_is_drawn_to_scale_with_north_up():
    page = made()
    first, *_ = re.findall(r'd="(M[^"]+)"', page[page.index("Who fell") :])
    # 2 km are 360 units: a square of 180 in the lower left, with a hole in it
    assert sorted(first.split("M")[1].removesuffix("Z").split("L")) == [
        "0.0 270.0",
        "0.0 90.0",
        "180.0 270.0",
        "180.0 90.0",
    ]
    assert first.count("M") == 2
    assert ">▲</text>" in page
    assert ">▼</text>" in page
    # names and counts stand where there is room for them, the name above the mark, the count below it
    assert re.findall(r'<text x="36.0" y="([\d.]+)" class="(\w+)">(\w|▲)', page) == [
        *(("197.0", "count", "7"), ("170.0", "name", "M"), ("184.0", "mark", "▲")),
    ]
    assert re.findall(r'class="name">([^<]+)', page) == ["Mill", "Park"]
    assert re.findall(r'class="count">([^<]+)', page) == ["7", "9"]
    with pytest.raises(GeoError, match="Who fell: coordinates are in WGS 84"):
        made(crs="EPSG:4326")


@pytest.mark.parametrize("text", CANARIES)
def test_text_from_files_stays_text(text):
    found = elements(made(text))
    assert [tag for tag, _ in found] == [tag for tag, _ in elements(made())]
    assert not [name for _, names in found for name in names if name.startswith("on") or name in ("src", "style")]


def elements(page):
    """Every element of a page with the names of its attributes, in order."""
    found = []
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attributes: found.append((tag, [name for name, _ in attributes]))
    reader.feed(page)
    return found


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_in_a_browser(tmp_path, phone):
    path = tmp_path / "outcome.html"
    path.write_text(made("Mill <b>Lane</b>"), encoding="utf-8")
    with open_browser() as browser:
        context = browser.new_context(viewport={"width": 390 if phone else 1280, "height": 800})
        page, errors, asked = context.new_page(), [], []
        page.on("console", lambda message: message.type == "error" and errors.append(message.text))
        page.on("request", lambda request: OUTSIDE.match(request.url) and asked.append(request.url))
        page.goto(path.as_uri())
        assert page.locator("svg.chart").count() == 2
        assert page.locator(".headline").inner_text() == "Mill <b>Lane</b>"
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert (errors, asked) == ([], [])
        axe = os.environ.get("GEO_AXE")
        if axe:  # in a context that allows a script: the page itself does not
            open_to_scripts = browser.new_context(
                bypass_csp=True, viewport={"width": 390 if phone else 1280, "height": 800}
            )
            page = open_to_scripts.new_page()
            page.goto(path.as_uri())
            page.evaluate(Path(axe).read_text("utf-8"))
            found = page.evaluate(
                "async () => (await axe.run()).violations.map(v => `${v.id}: ${v.nodes.map(n => n.html).join(' ')}`)"
            )
            assert found == []
