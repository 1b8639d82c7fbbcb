"""The inspector's page as a file: what is on it, what is not, and what never changes it."""

from __future__ import annotations

import json
import re

import pytest
from browser import town_wards
from inspector_town import ashview_briefing, hostile, page_of
from test_map_safety import CANARIES, _Page, whole

from geo.errors import GeoError
from maps.figure import page_html
from maps.tiles import Tiles


@pytest.fixture(scope="module")
def town():
    return ashview_briefing()


@pytest.fixture(scope="module")
def page(town) -> str:
    return page_html(page_of(town))


def data_of(html: str) -> dict:
    return json.loads(_Page(html).data["geo-data"])


def test_each_hot_spot_says_when_what_changed_why_and_whom_to_speak_to(town):
    told = {name: [f"{name} {i}" for i in range(5)] for name in ("when", "change", "why", "calls")}
    page = page_html(page_of(town, spots=town.spots.assign(**told)))
    [first, *_] = re.findall(r"<h3><span class=\"rank\">1</span>.*?</dl>", page, re.S)
    assert re.findall(r"<dt[^>]*>(.*?)</dt>", first) == ["When", "Change", "Why", "Speak to"]
    assert page.count('<ol class="brief-list">') == 1
    assert page.count('class="brief-list"') == 1
    assert len(re.findall(r"<dt[^>]*>When</dt>", page)) == len(town.spots) == 5


def test_what_is_the_same_for_all_is_said_once(town):
    same = "The record has months only: weekday and hour are not known."
    page = page_html(page_of(town, spots=town.spots.assign(when=same, why=[f"why {i}" for i in range(5)])))
    assert page.count(same) == 1
    assert f'<p class="for-all">When: {same}</p>' in page
    assert len(re.findall(r"<dt[^>]*>Why</dt>", page)) == 5


def test_without_a_log_wards_are_shaded_by_reports(town):
    bare = town.wards[["ward_code", "ward_name", "geometry"]].assign(incidents=range(len(town.wards)))
    [measure] = data_of(page_html(page_of(town, wards=bare)))["measures"]
    assert measure["name"] == "reports"
    assert "unknown, not safe" in measure["note"]


def test_what_is_not_known_has_no_line(town):
    html = page_html(page_of(town, spots=town.spots.assign(change="", calls=None)))
    assert not re.findall(r"<dt[^>]*>(Change|Speak to)</dt>", html)


def test_only_the_hot_spots_that_are_told_are_drawn(town):
    data = data_of(page_html(page_of(town, spots=town.spots[:2])))
    assert [spot["rank"] for spot in data["hotspots"]] == [1, 2]


def test_no_column_about_a_person_reaches_the_page(page):
    assert "Planted Name" not in whole(page)
    assert [sorted(place) for place in data_of(page)["places"]] == [["at", "communities", "kind", "mark", "name"]] * 4


def test_the_order_of_rows_leaves_no_trace(page, town):
    again = page_of(
        town, wards=town.wards[::-1], hotspots=town.hotspots[::-1], calls=town.calls[::-1], findings=town.findings[::-1]
    )
    assert page_html(again) == page


def test_without_a_log_the_page_says_that_it_cannot_tell(town):
    html = page_html(page_of(town, findings=None, calls=None))
    assert "No log of engagement was given: who is met and who is not cannot be told." in html
    assert data_of(html)["places"] == []


def test_without_a_hot_spot_the_page_says_so(town):
    html = page_html(page_of(town, hotspots=town.hotspots[:0], spots=town.spots[:0], calls=town.calls[:0]))
    assert "No hot spot stands out in this period." in html


def test_wards_of_incidents_alone_will_do(town):
    wards = town_wards()
    html = page_html(
        page_of(town, wards=wards, hotspots=town.hotspots[:0], spots=town.spots[:0], calls=None, findings=None)
    )
    assert len(data_of(html)["wards"]) == 6


@pytest.mark.parametrize("layer", ["wards", "hotspots", "calls"])
def test_layers_in_degrees_are_refused(town, layer):
    with pytest.raises(GeoError):
        page_of(town, **{layer: getattr(town, layer).to_crs(4326)})


def test_no_ward_is_refused(town):
    with pytest.raises(GeoError, match="no ward"):
        page_of(town, wards=town.wards[:0])


@pytest.mark.parametrize("value", CANARIES, ids=lambda value: repr(value)[:20])
def test_a_value_stays_text(value):
    html = page_html(hostile(value))
    assert "MARK49MARK" not in whole(html)
    assert _Page(html).tags == _Page(page_html(hostile("plain"))).tags, "no value opens or closes an element"
    assert data_of(html)["places"][0]["name"] == value


def test_the_page_asks_nobody_unless_tiles_were_asked_for(page, town):
    assert "It works without the internet and sends nothing anywhere." in page
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert "img-src data: blob:;" in policy
    tiles = Tiles("https://tiles.example.org/{z}/{x}/{y}.png", "Maps by Example")
    asked = page_html(page_of(town, tiles=tiles))
    assert "img-src data: blob: https://tiles.example.org;" in asked
    assert "That server learns which area is looked at, and when." in asked
    assert "It works without the internet" not in asked
    assert asked.count("Maps by Example") == 2, "beside the map, and about the page"


def test_the_page_is_small(page):
    assert len(page) < 400_000
