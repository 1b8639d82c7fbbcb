"""The wall map on paper: what is on it where, by hand, and from its grid back to a layer."""

from __future__ import annotations

import json
import re
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from browser import SOUTH, WEST, town_wards
from test_map_safety import CANARIES, _Page

from geo.errors import GeoError
from layers.notes.sheets import sheet_over
from maps.languages import strings
from maps.wall import layout, wall_page

BOUNDS = (WEST, SOUTH, WEST + 3000, SOUTH + 2000)


def street(name, *corners):
    return {"name": name, "rank": 3, "geometry": shapely.LineString([(WEST + x, SOUTH + y) for x, y in corners])}


def made(paper: str = "a2", *streets, language: str = "en", **words) -> str:
    rows = [street("Long Lane", (100, 900), (2900, 900)), *streets]
    base = {"streets": gpd.GeoDataFrame(rows, crs="EPSG:27700")}
    given = {"area": "Ashford Vale", "strings": strings(language), "base_map": base, **words}
    return str(wall_page(town_wards(), sheet_over(BOUNDS, 250), paper=paper, **given))


def texts(html: str, kind: str) -> dict[str, tuple[float, float]]:
    found = re.findall(rf'<text class="{kind}" x="([-\d.]+)" y="([-\d.]+)"[^>]*>([^<]*)', html)
    return {words: (float(x), float(y)) for x, y, words in found}


def test_an_area_lies_as_large_as_it_can_on_the_sheets():
    # 3 by 2 km, 4 % wider: 3 sheets side by side are 570 mm for 3.12 km; 2 by 2 would give 380 mm
    assert layout(BOUNDS, "a2") == (3, 1, pytest.approx(min(570 / 3120, 268 / 2080)))
    assert layout((0, 0, 1000, 3000), "a3")[:2] == (1, 2)
    assert layout((0, 0, 1000, 1000), "a1")[:2] == (3, 3)
    with pytest.raises(GeoError, match="no wall map on a4"):
        layout(BOUNDS, "a4")
    with pytest.raises(GeoError, match="no area"):
        layout((0, 0, 0, 0), "a3")


def test_squares_names_and_sheets_are_where_they_belong():
    html = made()
    scale = 268 / 2080  # millimetres a metre; the middle of the town is the middle of the paper, 285 and 134
    squares = texts(html, "square")
    assert len(squares) == 12 * 8
    assert squares["A1"] == pytest.approx((285 - 1500 * scale + 1, 134 - 1000 * scale + 4.2), abs=0.1)
    assert squares["L8"] == pytest.approx((285 + 1250 * scale + 1, 134 + 750 * scale + 4.2), abs=0.1)
    assert texts(html, "name")["Long Lane"] == pytest.approx((285, 134 + 100 * scale), abs=0.1)
    assert html.count('class="tile"') == 3
    assert html.count('href="#wall"') == 3
    assert f"Sheet 3 of 3 \N{MIDDLE DOT} Map {sheet_over(BOUNDS, 250).id} \N{MIDDLE DOT} A square is 250 metres" in html


def test_no_name_covers_another_and_the_longest_street_comes_first():
    html = made("a2", street("Side Row", (1440, 905), (1560, 905)), street("Short", (2000, 300), (2010, 300)))
    assert list(texts(html, "name")) == ["Long Lane"]


@pytest.mark.parametrize("value", CANARIES, ids=lambda value: repr(value)[:20])
def test_a_value_stays_text_and_nothing_runs(value):
    hostile = made("a3", street(value, (0, 1500), (2900, 1500)), area=value, attribution=[value])
    assert _Page(hostile).tags.count("text") in (_Page(made("a3")).tags.count("text") + n for n in (0, 1))
    assert "script" not in _Page(hostile).tags
    assert "script-src ;" in hostile
    assert "MARK49MARK" not in hostile


def test_from_a_sheet_of_paper_to_the_layer(geo, finished_demo):
    project = finished_demo / "geo.toml"
    log = ("--release-log", "releases.jsonl")
    result = geo("map", "--project", project, "--audience", "workshop", "--wall", "a1", "--out", "out", *log)
    assert result.exit_code == 0, result.stderr
    html = Path("out/workshop_wall.html").read_text("utf-8")
    assert "workshop_wall.html" in Path("releases.jsonl").read_text("utf-8")
    sheet_id = re.search(r"Map (\d+-\d+-\d+-\d+x\d+-[A-Z])", html)[1]
    # the square in which a reader finds the name of a ward on the paper
    x, y = texts(html, "ward-name")["Larkfield"]
    corners = texts(html, "square")
    square = max((name for name, at in corners.items() if at[0] <= x and at[1] <= y), key=lambda n: sum(corners[n]))
    rows = f"sheet,square,feeling,words\n{sheet_id},{square},unsafe,اندھیرا ہے\n,{square},i,A bench\n"
    Path("typed.csv").write_text(rows, encoding="utf-8")
    result = geo("workshop", "collect", "typed.csv", "--project", project, "--out", "collected")
    assert result.exit_code == 0, result.stderr
    notes = gpd.read_file("collected/workshop_notes.geojson").to_crs("EPSG:27700")
    assert sorted(notes["note"]) == ["A bench", "اندھیرا ہے"]
    wards = gpd.read_file(finished_demo / "wards.geojson").to_crs("EPSG:27700")
    larkfield = wards[wards["WD25NM"] == "Larkfield"].geometry.iloc[0]
    assert notes.geometry.iloc[0].contains(shapely.point_on_surface(larkfield))
    record = json.loads(Path("out/workshop_run.json").read_text("utf-8"))
    assert record["results"]["profile"] == "public"
    assert geo("map", "--project", project, "--audience", "analyst", "--wall", "a3", "--out", "x").exit_code != 0


def rooms(html: str, kind: str, high: float) -> list[tuple[str, shapely.Polygon]]:
    """The room of each text, by its letters: names of squares begin at their place, others have it in their middle."""
    made = []
    found = rf'<text class="{kind}" x="([-\d.]+)" y="([-\d.]+)"(?: transform="rotate\((-?\d+) [^"]*")?>([^<]*)'
    for x, y, turn, words in re.findall(found, html):
        width = len(words) * high * 0.56
        left, low = (float(x), float(y)) if kind == "square" else (float(x) - width / 2, float(y) + high / 2)
        box = shapely.box(left, low - high, left + width, low)
        made.append((words, shapely.affinity.rotate(box, float(turn or 0), origin=(float(x), float(y)))))
    return made


def test_no_name_lies_on_the_name_of_a_square():
    across = [street(f"Street {x}", (x, 0), (x + 40, 2000)) for x in range(30, 3000, 90)]
    down = [street(f"Road {y}", (0, y), (3000, y + 60)) for y in range(20, 2000, 110)]
    html = made("a2", *across, *down)
    squares, wards, names = rooms(html, "square", 3.6), rooms(html, "ward-name", 6), rooms(html, "name", 3)
    assert len(wards) == 6
    assert len(names) > 30
    for i, (words, one) in enumerate([*wards, *names]):
        for other_words, other in [*squares, *[*wards, *names][:i]]:
            assert not one.intersects(other), (words, other_words)


def test_lines_of_owners_do_not_run_into_each_other():
    html = made("a3", attribution=["© A", "Contains B data.", " "])
    assert "© A. Contains B data.  " in html
