"""Values from files are text: no template, no browser and no reader of the page ever runs one."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import folium
import pandas as pd
import pytest
from branca.element import Element, Figure, MacroElement
from browser import about_town, town_hotspots, town_incidents, town_wards
from folium.plugins import HeatMap

from geo.errors import GeoError
from maps import elements, figure, markup
from maps.figure import page_html, save_page
from maps.hotspots import hotspots_map

CANARIES = [
    "MARK{{7*7}}MARK",
    "{% x %}",
    "{#",
    '<img src=x onerror="window.__xss=1">',
    "</script><script>window.__xss=1</script>",
    "`);window.__xss=1;(`",
    "${window.__xss=1}",
    "$map $$ $nothing ${here}",
    "line\u2028separator",
    "right\u202eto left",
    "W" * 5000,
    "=1+1",
    "--><!--",
    "nul\0",
]


def hostile_map(value: str):
    """A map on which every text, from every side, is ``value``."""
    hotspots = town_hotspots(2, name=value, wards=value, null_model=value, trend=value, peak=value, caveats=value)
    hotspots = hotspots.assign(p_value=0.01)
    incidents = town_incidents().assign(crime_type=value, asb_type=value, month=value)
    wards = town_wards([value] * 6).assign(district_name=value, ward_code=[f"{value}{i}" for i in range(6)])
    about = about_town(
        title=value, headline=value, period=value, source=value, made_on=value,
        parameters=[(value, value, value)], notes=[value], attribution=[value],
    )  # fmt: skip
    return hotspots_map(hotspots, incidents, wards, about)


def _read(text: str) -> str:
    """The data as the scripts read them, packed or not."""
    return text if text.startswith("{") else zlib.decompress(base64.b64decode(text)).decode("utf-8")


class _Page(HTMLParser):
    """The inline scripts, styles and data blocks of a page, and every attribute."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.data: dict[str, str] = {}
        self.attributes: list[tuple[str, str, str | None]] = []
        self.tags: list[str] = []
        self._open: tuple[str, dict[str, str | None]] | None = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        self._open = (tag, dict(attrs))

    def handle_data(self, data):
        if self._open is None:
            return
        tag, attributes = self._open
        if tag == "style":
            self.styles.append(data)
        elif tag == "script" and "type" in attributes:
            self.data[attributes["id"]] = _read(data) if attributes["id"] == "geo-data" else data
        elif tag == "script":
            self.scripts.append(data)
        self._open = None


def whole(html: str) -> str:
    """All that a page holds, packed or not: where a test looks for what must not be in it."""
    return "\n".join([html, *_Page(html).data.values()])


def bounds_of(path: Path) -> str:
    """What the map of a page is to show, as JSON."""
    return json.dumps(json.loads(_Page(path.read_text("utf-8")).data["geo-data"])["bounds"])


@pytest.fixture(scope="module")
def page() -> str:
    return page_html(hotspots_map(town_hotspots(), town_incidents(), town_wards(), about_town()))


@pytest.mark.parametrize("value", CANARIES, ids=lambda value: repr(value)[:20])
def test_a_value_stays_text(value):
    html = page_html(hostile_map(value))
    html.encode("utf-8")
    assert "MARK49MARK" not in whole(html)
    parsed = _Page(html)
    clean = _Page(page_html(hostile_map("plain")))
    assert parsed.tags == clean.tags, "no value opens or closes an element"
    assert [name for _, name, _ in parsed.attributes] == [name for _, name, _ in clean.attributes]
    data = json.loads(parsed.data["geo-data"])
    assert data["hotspots"][0]["name"] == value
    assert data["hotspots"][0]["caveats"] == value
    assert data["wards"][0]["name"] == value
    assert data["incidents"]["lists"]["crime_type"] == [value]
    assert re.search(r'<p class="headline"[^>]*>(.*?)</p>', html, re.DOTALL)[1] == str(markup.markup(value))
    assert unescape(re.search(r"<title>(.*?)</title>", html, re.DOTALL)[1]) == markup.clean(value)


def test_the_policy_names_exactly_the_scripts_and_styles_of_the_page(page):
    parsed = _Page(page)
    [policy] = [value for tag, name, value in parsed.attributes if tag == "meta" and "default-src" in (value or "")]

    def hashes(texts):
        return [f"'sha256-{base64.b64encode(hashlib.sha256(t.encode()).digest()).decode()}'" for t in texts]

    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["script-src"].split() == hashes(parsed.scripts)
    assert directives["style-src"].split() == hashes(parsed.styles)
    assert directives["default-src"] == directives["connect-src"] == directives["base-uri"] == "'none'"
    assert directives["form-action"] == "'none'"
    assert "unsafe" not in policy
    assert page.index("Content-Security-Policy") < page.index("<style") < page.index("<script")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("console.log(1)\n", "'sha256-OHml2TCuGZmyeKOkmPfeP9g7qNrlkzD8+i2zHBA6wh0='"),
        ("window.geo={};", "'sha256-VxRs8djo2t+glY1VWxCRMUPRcr0ng8lNRKnwuGxP3ms='"),
    ],
)
def test_hashes_by_hand(text, expected):
    assert figure.source_hash(text) == expected


def test_json_by_hand():
    text = elements.json_text({"n": "</script><!-- A&B \u2028 {{7*7}}"})
    assert text == r'{"n":"\u003c/script\u003e\u003c!-- A\u0026B \u2028 {{7*7}}"}'
    with pytest.raises(ValueError, match="JSON"):
        elements.json_text(float("nan"))


def test_what_utf8_cannot_carry_is_replaced():
    assert elements.json_text("lone\ud800") == '"lone\ufffd"'
    assert markup.markup("lone\ud800 nul\0") == "lone\ufffd nul\ufffd"


def test_the_page_asks_for_nothing_and_has_no_style_attribute(page):
    parsed = _Page(page)
    links = [value for _, name, value in parsed.attributes if name in ("src", "href", "srcset", "action", "data")]
    assert all(link.startswith("#") or link == "data:," for link in links), links
    assert not [tag for tag, name, _ in parsed.attributes if name == "style" or name.startswith("on")]
    assert not re.search(r"url\(|@import", "".join(parsed.styles))
    assert "\r" not in page


def test_the_page_is_one_proper_document(page):
    assert page.startswith('<!DOCTYPE html>\n<html lang="en-GB">')
    assert "user-scalable" not in page
    assert page.count("<h1") == page.count("<main") == page.count("<title>") == 1
    assert "BSD 2-Clause License" in page
    assert "Copyright (c) 2010-2022, Vladimir Agafonkin" in page
    assert "Copyright (c) 2010-2011, CloudMade" in page


def test_saving_through_folium_gives_the_same_page(tmp_path):
    made = hotspots_map(town_hotspots(), town_incidents(), town_wards(), about_town())
    save_page(made, tmp_path / "ours.html")
    made.save(tmp_path / "folium.html")
    assert isinstance(made, folium.Map)
    assert (tmp_path / "ours.html").read_bytes() == (tmp_path / "folium.html").read_bytes()
    assert b"\r" not in (tmp_path / "ours.html").read_bytes()


def test_two_builds_and_any_row_order_give_the_same_bytes(page):
    shuffled = [frame.sample(frac=1, random_state=5) for frame in (town_hotspots(), town_incidents(), town_wards())]
    assert page_html(hotspots_map(*shuffled, about_town())) == page


def test_inputs_are_left_as_they_were():
    frames = town_hotspots(), town_incidents(), town_wards()
    copies = [frame.copy() for frame in frames]
    page_html(hotspots_map(*frames, about_town()))
    for frame, copy in zip(frames, copies, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


FOREIGN = {
    "Marker": lambda: folium.Marker([51.9, -0.4], popup="hello"),
    "GeoJson": lambda: folium.GeoJson({"type": "Point", "coordinates": [0, 0]}),
    "TileLayer": lambda: folium.TileLayer("OpenStreetMap"),
    "HeatMap": lambda: HeatMap([[51.9, -0.4]]),
    "Element": lambda: Element("{{7*7}}"),
    "MacroElement": MacroElement,
    "FitBounds": lambda: folium.FitBounds([[51, 0], [52, 1]]),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_element_is_refused(name):
    made = hotspots_map(town_hotspots(), town_incidents(), town_wards(), about_town())
    made.add_child(FOREIGN[name]())
    with pytest.raises(GeoError) as caught:
        page_html(made)
    assert caught.value.problem == f"The map holds a {name}, which is not made for an offline page."
    assert caught.value.hint.startswith("folium's own layers would ask the network")


@pytest.mark.parametrize("drawer", ["header", "html", "script"])
def test_a_foreign_element_in_a_drawer_of_the_figure_is_refused(drawer):
    made = hotspots_map(town_hotspots(), town_incidents(), town_wards(), about_town())
    getattr(made.get_root(), drawer).add_child(Element("<script>1</script>"))
    with pytest.raises(GeoError, match="The map holds a Element"):
        page_html(made)


def test_a_foreign_element_deep_in_the_tree_or_kept_in_front_is_refused():
    made = hotspots_map(town_hotspots(), town_incidents(), town_wards(), about_town())
    next(iter(made._children.values())).add_child(folium.Marker([51.9, -0.4]))
    with pytest.raises(GeoError, match="The map holds a Marker"):
        page_html(made)
    made = hotspots_map(town_hotspots(), town_incidents(), town_wards(), about_town())
    made.keep_in_front(folium.FeatureGroup("front"))
    with pytest.raises(GeoError, match="The map holds a FeatureGroup"):
        page_html(made)


def test_a_link_to_elsewhere_is_refused():
    made = hotspots_map(town_hotspots(), town_incidents(), town_wards(), about_town())
    made.add_js_link("helper", "https://example.org/helper.js")
    with pytest.raises(GeoError) as caught:
        page_html(made)
    assert str(caught.value) == "The map links to 'helper', which an offline page does not carry.\nRemove the link."


def test_our_parts_are_not_rendered_on_somebody_elses_page():
    made = hotspots_map(town_hotspots(), town_incidents(), town_wards(), about_town())
    Figure().add_child(made)
    with pytest.raises(GeoError, match="not made for an offline page"):
        page_html(made)
    with pytest.raises(GeoError, match="belongs to its own offline page"):
        made.get_root().render()


def test_a_plain_folium_map_built_afterwards_is_unaffected():
    before = list(folium.Map.default_js), list(folium.Map.default_css)
    page_html(hotspots_map(town_hotspots(), town_incidents(), town_wards(), about_town()))
    assert (list(folium.Map.default_js), list(folium.Map.default_css)) == before
    plain = folium.Map(tiles=None)
    assert plain.default_js is folium.Map.default_js
    assert "cdn.jsdelivr.net/npm/leaflet" in plain.get_root().render()


def test_markup_fills_once_and_escapes():
    assert markup.fill("<p>$a $b</p>", a="$b <i>", b="{{7*7}}") == "<p>$b &lt;i&gt; {{7*7}}</p>"
    assert markup.tag("a", "x<y", markup.Html("<b>z</b>"), class_='"q"') == (
        '<a class="&quot;q&quot;">x&lt;y<b>z</b></a>'
    )
