"""The analyst's page as Python makes it: what it holds, what it leaves out, what it says is missing."""

from __future__ import annotations

import base64
import json
import re
import zlib

import analyst_town as town
import numpy as np
import pandas as pd
import pytest
import shapely
from browser import SOUTH, WEST, town_hotspots, town_incidents
from test_map_safety import CANARIES, _Page, whole

from geo.errors import GeoError
from maps import incidents
from maps.figure import page_html
from maps.marks import engagement_records, note_records


def data_of(html: str) -> dict:
    return json.loads(_Page(html).data["geo-data"])


def columns_of(html: str) -> dict[str, np.ndarray]:
    """The packed incidents, unpacked here as the browser does it."""
    parsed = _Page(html)
    schema = json.loads(parsed.data["geo-data"])["incidents"]
    raw = np.frombuffer(zlib.decompress(base64.b64decode(parsed.data["geo-points"])), np.uint8)
    rows, start, found = schema["rows"], 0, {}
    for name, kind in schema["columns"]:
        width = 1 if kind == "u8" else 2
        part = raw[start : start + rows * width].astype(np.uint16)
        values = part if width == 1 else part[:rows] + 256 * part[rows:]
        found[name] = np.cumsum(values, dtype=np.uint16) if kind == "delta16" else values
        start += rows * width
    return found


@pytest.fixture(scope="module")
def html() -> str:
    return page_html(town.page())


def missing(html: str) -> list[str]:
    section = re.search(r'<section class="words" aria-labelledby="missing">(.*?)</section>', html, re.S)[1]
    return re.findall(r"<li>(.*?)</li>", section)


def test_times_by_hand():
    times = ["2025-12-05 23:59", "2025-12-07 00:00", None, "2025-12-08 12:00", "1969-12-31 13:30"]
    begun = pd.Series(pd.to_datetime(times))
    ended = pd.Series(pd.to_datetime([None, "2025-12-07 23:00", None, "2025-12-09 12:00", None]))
    weekday, hour = incidents.weekday_and_hour(begun, ended)
    assert (weekday.name, weekday.values.tolist()) == ("weekday", [4, 6, 7, 7, 2])
    assert (hour.name, hour.values.tolist()) == ("hour", [23, 0, 24, 24, 13])
    days = pd.Series(pd.to_datetime(["2025-12-05 00:00"] * 9 + ["2025-12-05 01:00"]))
    assert [column.name for column in incidents.weekday_and_hour(days)] == ["weekday"]
    assert incidents.weekday_and_hour(begun.where(begun.isna())) == []


def test_every_incident_is_packed_with_its_ward_weekday_hour_and_source(html):
    given, packed = town.incidents(), columns_of(html)
    told = town.known_times(given)
    hours = given["occurred_from"].dt.hour.where(told, 24).astype(int).value_counts().sort_index()
    days = given["occurred_from"].dt.day_of_week.where(told, 7).astype(int).value_counts().sort_index()
    assert np.bincount(packed["hour"])[hours.index].tolist() == hours.tolist()
    assert np.bincount(packed["weekday"])[days.index].tolist() == days.tolist()
    assert len(packed["hour"]) == len(given) == 600
    by_ward = given["ward_code"].value_counts().reindex([f"E0{i}" for i in range(6)], fill_value=0)
    assert np.bincount(packed["ward"], minlength=7).tolist() == [0, *by_ward]
    sources = data_of(html)["incidents"]["lists"]["source"]
    assert sources == ["council", "police"]
    assert np.bincount(packed["source"]).tolist() == given["source"].value_counts()[sources].tolist()


def test_a_ward_that_is_not_on_the_map_and_a_source_not_given_are_kept_apart():
    some = town.incidents(60)
    some.loc[some.index[:10], "ward_code"] = "elsewhere"
    some.loc[some.index[10:15], "ward_code"] = None
    some.loc[some.index[:20], "source"] = None
    html = page_html(town.page(incidents=some))
    packed = columns_of(html)
    assert (packed["ward"] == 0).sum() == 15
    assert data_of(html)["incidents"]["lists"]["source"][0] == ""
    assert (packed["source"] == 0).sum() == 20


SECRETS = ("Pat Example", "Sam Example", "V-SECRET", "ASH-7781", "9 Acacia Avenue", "2025-03-09T")


def test_no_person_no_number_no_text_and_no_day_of_an_incident_reaches_the_page():
    given = town.incidents().assign(victim_ref="V-SECRET", incident_id="ASH-7781", location_text="9 Acacia Avenue")
    html = page_html(town.page(incidents=given))
    blocks = [base64.b64decode(text) for name, text in _Page(html).data.items() if name != "geo-data"]
    everything = html.encode() + b"".join(zlib.decompress(block) for block in blocks)
    assert [secret for secret in SECRETS if secret.encode() in everything] == []
    assert {name for name, _ in data_of(html)["incidents"]["columns"]} == {
        "x", "y", "month", "crime_type", "asb_type", "source", "weekday", "hour", "ward", "hotspot",
    }  # fmt: skip


def test_the_measures_in_the_order_of_the_select(html):
    titles = [measure["title"] for measure in data_of(html)["measures"]]
    assert titles == [
        "Incidents", "Incidents per 1,000 residents", "Engagement ratio", "Flag", "Contacts per 1,000 residents",
        "Days since last contact", "Reports and engagement together",
    ]  # fmt: skip
    assert [measure["live"] for measure in data_of(html)["measures"]][:3] == ["count", "rate", None]


def test_all_that_was_given_leaves_little_to_be_said_missing(html):
    assert missing(html) == [
        "Hours and weekdays are those at which an incident began, as far as is known; one that may have happened "
        "at any time of a day or longer has none.",
        "1 engagement without a point on the map, not drawn.",
    ]


def test_what_was_not_given_is_said():
    html = page_html(town.bare(hotspots=town_hotspots(0), incidents=town_incidents(50).assign(hotspot=None)))
    assert missing(html) == [
        "Only the months of the incidents are known: neither weekday nor hour can be chosen.",
        "The wards of the incidents are not known: no counts and no rates of wards are shown.",
        "No hot spot was found at these settings.",
        "No log of engagement was given: the wards cannot be shaded by it, and nothing is said of it.",
        "Not given, and so not drawn: focal points, engagements, workshop notes.",
    ]
    assert data_of(html)["measures"] == []
    days = town.incidents().assign(occurred_from=lambda frame: frame["occurred_from"].dt.normalize())
    said = missing(page_html(town.page(incidents=days, wards=town.wards().drop(columns="population"))))
    assert said[:2] == [
        "Only the days of the incidents are known, not the hours.",
        "No residents were given with the wards: no rates are shown.",
    ]


def test_incidents_off_the_grid_are_counted_and_said():
    given = town.incidents(50)
    given.loc[0, "geometry"] = shapely.Point(WEST - 50_000, SOUTH)
    given.loc[1, "geometry"] = None
    html = page_html(town.page(incidents=given))
    assert data_of(html)["incidents"]["rows"] == 48
    assert "2 incidents have no position" in " ".join(missing(html))


def test_an_area_too_wide_to_pack_shows_the_rest():
    wide = town.wards()
    wide.geometry = wide.geometry.scale(400, 400, origin=(WEST, SOUTH))
    html = page_html(town.page(wards=wide))
    assert data_of(html)["incidents"]["rows"] == 0
    assert missing(html)[0].startswith("The area is too wide to draw single incidents")
    assert [measure["live"] for measure in data_of(html)["measures"]] == [None] * 5


def test_engagements_are_gathered_by_place():
    found, unplaced = engagement_records(town.engagements(), town.focal_points())
    assert unplaced == 1
    assert [(place["name"], len(place["events"])) for place in found] == [("Library", 4), ("a place without a name", 2)]
    library, corner = found
    assert library["events"][0] == {
        "date": "2025-01-10",
        "day": "10 Jan 2025",
        "activity": "foot patrol",
        "attendees": 10.0,
    }
    assert [event["attendees"] for event in library["events"]] == [10.0, 20.0, None, 5.0]
    assert corner["events"][0] == {"date": "", "day": "", "activity": "street stall", "attendees": 4.0}
    assert engagement_records(None, None) == ([], 0)
    assert engagement_records(town.engagements().iloc[:0], None) == ([], 0)


def test_notes_are_drawn_at_their_shape():
    point, area = sorted(note_records(town.notes()), key=lambda note: note["geometry"] is not None)
    assert (point["feeling"], point["note"], point["day"], point["geometry"]) == (
        "unsafe",
        "Dark at night",
        "4 May 2025",
        None,
    )
    assert area["geometry"]["type"] == "Polygon"
    assert shapely.geometry.shape(area["geometry"]).contains(shapely.Point(area["at"][::-1]))
    assert note_records(None) == []


@pytest.mark.parametrize("value", CANARIES, ids=lambda value: repr(value)[:20])
def test_a_value_stays_text(value):
    html = page_html(town.hostile(value))
    assert "MARK49MARK" not in whole(html)
    parsed, plain = _Page(html), _Page(page_html(town.hostile("plain")))
    assert parsed.tags == plain.tags, "no value opens or closes an element"
    assert [name for _, name, _ in parsed.attributes] == [name for _, name, _ in plain.attributes]
    data = json.loads(parsed.data["geo-data"])
    assert data["hotspots"][0]["name"] == data["wards"][0]["name"] == data["wards"][0]["reason"] == value
    assert data["notes"][0]["note"] == data["places"][0]["name"] == value
    assert data["engagements"][1]["events"][0]["activity"] == value
    assert set(data["incidents"]["lists"]["crime_type"]) == {value, "plain"}
    for name in ("asb_type", "source", "month"):
        assert data["incidents"]["lists"][name] == [value]


def test_any_order_of_rows_gives_the_same_page(html):
    def mixed(frame):
        return frame.sample(frac=1, random_state=9)

    shuffled = town.page(
        hotspots=mixed(town.evidence()), incidents=mixed(town.incidents()), wards=mixed(town.wards()),
        findings=mixed(town.findings()), focal_points=mixed(town.focal_points()),
        engagements=mixed(town.engagements()), notes=mixed(town.notes()),
    )  # fmt: skip
    assert page_html(shuffled) == html


def test_inputs_are_left_as_they_were():
    names = ("evidence", "incidents", "wards", "findings", "focal_points", "engagements", "notes")
    frames = {name: getattr(town, name)() for name in names}
    copies = {name: frame.copy() for name, frame in frames.items()}
    given = {("hotspots" if name == "evidence" else name): frame for name, frame in frames.items()}
    page_html(town.page(**given))
    for name in names:
        pd.testing.assert_frame_equal(frames[name], copies[name])


def test_degrees_and_no_wards_are_refused():
    with pytest.raises(GeoError, match="notes"):
        town.page(notes=town.notes().to_crs("EPSG:4326"))
    with pytest.raises(GeoError, match="There is no ward to draw"):
        town.page(wards=town.wards().iloc[:0])


def test_empty_layers_make_a_page():
    names = ("incidents", "findings", "focal_points", "engagements", "notes")
    nothing = {name: getattr(town, name)().iloc[:0] for name in names} | {"hotspots": town.evidence().iloc[:0]}
    data = data_of(page_html(town.page(**nothing)))
    assert data["incidents"]["rows"] == len(data["hotspots"]) == len(data["engagements"]) == len(data["notes"]) == 0


def test_ten_thousand_incidents_stay_under_600_kilobytes():
    given = town.incidents(10_000)
    assert len(page_html(town.page(incidents=given)).encode()) < 600_000
