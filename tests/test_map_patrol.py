"""The briefing page of a patrol, without a browser: what it says, what it keeps to itself, how the sheets are cut."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from patrol_briefing import SENTENCES, SHIFT, hostile, page_of, plan
from test_map_safety import CANARIES, _Page, whole
from test_map_scripts import FOLDER, TESTS

from geo.errors import GeoError
from maps import markup
from maps.figure import page_html
from maps.patrol import ALONG_STREETS, ESTIMATED
from maps.patrol_sheets import MOST_STOPS, questions_for, sheets_of
from maps.patrol_stops import Stop, Team, clock, duration, teams_of, walk


@pytest.fixture(scope="module")
def inputs():
    return plan(12, 9)


@pytest.fixture(scope="module")
def page(inputs) -> str:
    return page_html(page_of(inputs))


def stop(**changes) -> Stop:
    names = "order name kind ward arrives leaves walk dwell wait why record contact communities".split()
    given = dict.fromkeys(names, "") | {"hot": True, "questions": (), "at": None, "radius_m": None}
    return Stop(**given | changes)


def sections(page: str, name: str) -> list[str]:
    return re.findall(rf'<section class="{name}.*?</section>', page, re.DOTALL)


@pytest.mark.parametrize(
    ("minutes", "metres", "said"),
    [
        (4, 320, "4 min (320 m)"),
        (51.4, 4120, "51 min (4.1 km)"),
        (0.2, 6, "0 min (10 m)"),
        (75, None, "1 h 15 min"),
        (60, 994, "1 h (990 m)"),
        (12, 996, "12 min (1.0 km)"),
        (None, float("nan"), ""),
    ],
)
def test_walks_are_said_by_hand(minutes, metres, said):
    assert walk(minutes, metres) == said


def test_times_are_said_by_hand():
    assert clock(pd.Timestamp("2025-12-06 00:07:40")) == "00:08"
    assert clock(pd.NaT) == clock(None) == "–"
    assert duration(185) == "3 h 5 min"
    assert duration(0) == "0 min"


def test_a_team_is_said_in_one_line(inputs):
    rows = inputs.routes.assign(
        starts=pd.Timestamp("2025-12-05 18:00"), ends=pd.Timestamp("2025-12-05 21:53"), walk_m=4120.0,
        walk_minutes=51.0, dwell_minutes=180.0, spare_minutes=7.0,
    )  # fmt: skip
    first, second = teams_of(inputs.visits, rows)
    assert first.summary == (
        "12 visits; 3 h at the stops; 51 min (4.1 km) on foot; out at 18:00, back by 21:53; 7 min to spare."
    )
    assert [len(first.stops), len(second.stops)] == [12, 9]
    assert [one.order for one in first.stops] == [str(i) for i in range(1, 13)]


def test_a_team_without_a_visit_is_told_so():
    made = plan(0, 2)
    first, second = teams_of(made.visits, made.routes)
    assert first.summary.startswith("No visit fits this shift")
    assert first.route == []
    assert len(second.stops) == 2
    html = page_html(page_of(made))
    assert "Nothing to walk to in this shift." in html


def test_every_stop_is_told_whole_on_the_screen(page, inputs):
    cards = sections(page, "team")
    assert len(cards) == 2
    assert [card.count('<li class="stop"') for card in cards] == [12, 9]
    first = cards[0].split('<li class="stop"')[3]
    row = inputs.visits.iloc[2]
    for text in (
        row["name"], "18:57 to 19:12", "Focal point in Millbrook", row["why"], row["record"], "Sam Carter",
        "Roma, Polish", *row["questions"].split("\n"), "people met", "for the first time", "concerns", "actions",
    ):  # fmt: skip
        assert str(markup.markup(text)) in first, text
    assert 'class="mark focal">3<' in first
    assert 'class="mark hot">1<' in cards[0].split('<li class="stop"')[1]


def test_nobody_to_speak_to_is_not_mentioned():
    html = page_html(page_of(plan(3, contact="")))
    assert "Speak to" not in whole(html)
    assert "Sam Carter" not in whole(html)


def test_each_sheet_says_what_must_be_said(page):
    sheets = sections(page, "a4")
    assert len(sheets) == 2
    for i, sheet in enumerate(sheets):
        for text in (f"<b>Team {i + 1}</b>", SHIFT, ALONG_STREETS, *SENTENCES, "Counts are what was reported",
                     "Made on 5 December 2025", "Source: Ashview sample", "INTERNAL"):  # fmt: skip
            assert text in sheet, text
        count = (12, 9)[i]
        assert sheet.count("first time") == sheet.count("Concerns") == sheet.count("Actions") == count
        assert re.findall(r'class="cut">([A-Z ]+)<', sheet) == (["A B C", "A B C", "D E F"] * 4)[:count]
        assert len(re.findall(r"<li><b>[A-F]</b>", sheet)) == 6


def test_estimated_distances_are_said_everywhere(inputs):
    html = page_html(page_of(inputs, estimated=True))
    assert html.count(markup.markup(ESTIMATED)) == 3, "on the screen and on each sheet"
    assert ALONG_STREETS not in whole(html)


def test_what_was_left_out_is_told_with_its_reason(page, inputs):
    assert "Needs 41 min, the shift has 30 left." in page
    whole = inputs._replace(left_out=inputs.left_out.iloc[:0])
    assert "Nothing was left out." in page_html(page_of(whole))


def test_questions_beside_the_map_first_one_for_every_stop():
    long = [f"Question {i} that is asked only here and takes up a line or two, or rather three?" for i in range(36)]
    stops = [stop(questions=tuple(long[3 * i : 3 * i + 3])) for i in range(12)]
    kept = questions_for(stops, 73)
    assert kept == [question for question in long if question in kept], "in the order they are asked"
    assert len(kept) < 36
    firsts = [question for question in kept if question in long[::3]]
    assert len(firsts) == len(kept), "no second question while a stop has none"
    few = [stop(questions=("Why?", "Who?")), stop(questions=("Who?", "When?"))]
    assert questions_for(few, 73) == ["Why?", "Who?", "When?"]
    assert questions_for([stop()], 73) == []


@given(st.lists(st.integers(0, 40), min_size=1, max_size=5))
@settings(deadline=None)
def test_every_stop_is_on_one_sheet_and_no_sheet_holds_more_than_twelve(counts):
    teams = [Team("Team", tuple(stop() for _ in range(count)), "", []) for count in counts]
    sheets = sheets_of(teams)
    for i, count in enumerate(counts):
        own = [sheet for sheet in sheets if sheet.team == i]
        assert [n for sheet in own for n in range(sheet.first, sheet.last)] == list(range(count))
        assert all(sheet.last - sheet.first <= MOST_STOPS for sheet in own)
        assert len(own) == max(1, -(-count // MOST_STOPS))


@pytest.mark.parametrize("value", CANARIES, ids=lambda value: repr(value)[:20])
def test_a_value_stays_text(value):
    html = page_html(hostile(value))
    html.encode("utf-8")
    assert "MARK49MARK" not in whole(html)
    parsed, clean = _Page(html), _Page(page_html(hostile("plain")))
    lettered = {"li", "b", "span"}  # a value may be two questions, or too long for one
    assert [tag for tag in parsed.tags if tag not in lettered] == [tag for tag in clean.tags if tag not in lettered]
    assert not [name for _, name, _ in parsed.attributes if name.startswith("on") or name == "style"]
    data = json.loads(parsed.data["geo-data"])
    assert data["teams"][0]["stops"][0]["name"] == value.strip()
    assert data["wards"][0]["name"] == value


def test_the_page_asks_for_nothing_and_has_no_style_attribute(page):
    parsed = _Page(page)
    links = [value for _, name, value in parsed.attributes if name in ("src", "href", "srcset", "action", "data")]
    assert all(link.startswith("#") or link == "data:," for link in links), links
    assert not [tag for tag, name, _ in parsed.attributes if name == "style" or name.startswith("on")]
    assert not re.search(r"url\(|@import", "".join(parsed.styles))


def test_two_builds_and_any_row_order_give_the_same_bytes(page, inputs):
    def mixed(frame):
        return frame.sample(frac=1, random_state=3)

    again = inputs._replace(visits=mixed(inputs.visits), routes=mixed(inputs.routes), wards=mixed(inputs.wards))
    assert page_html(page_of(again)) == page


def test_inputs_are_left_as_they_were(inputs):
    frames = inputs[:5]
    copies = [frame.copy() for frame in frames]
    page_html(page_of(inputs))
    for frame, copy in zip(frames, copies, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


def test_a_plan_without_streets_or_places_is_drawn(inputs):
    html = page_html(page_of(inputs, streets=None))
    assert 'id="geo-base-map"' not in html
    gone = inputs._replace(
        visits=inputs.visits.set_geometry(gpd.GeoSeries([None] * 21, crs=27700)),
        routes=inputs.routes.set_geometry(gpd.GeoSeries([None] * 2, crs=27700)),
    )
    data = json.loads(_Page(page_html(page_of(gone))).data["geo-data"])
    assert data["teams"][0]["route"] == []
    assert data["teams"][0]["stops"][0]["at"] is None


def test_what_cannot_be_drawn_is_refused(inputs):
    with pytest.raises(GeoError, match="no team"):
        page_of(inputs._replace(visits=inputs.visits.iloc[:0], routes=inputs.routes.iloc[:0]))
    with pytest.raises(GeoError):
        page_of(inputs._replace(visits=inputs.visits.to_crs(4326)))


def test_the_numbers_on_the_map_by_hand():
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    environment = os.environ | {"GEO_JS": str(FOLDER)}
    done = subprocess.run(
        [node, "--test", "test_numbers.js"], cwd=TESTS, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
