"""The calendar of a plan: parsed back, clock changes, line lengths, and texts that try to break out."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from patrol_plans import plan

from geo.errors import GeoError
from layers.plans.calendar_file import calendar_bytes, write_calendar
from layers.plans.texts import plain_line

STAMP = datetime(2025, 12, 4, 9, 30, tzinfo=UTC)


def events(data):
    return list(Calendar.from_ical(data).walk("VEVENT"))


def test_one_event_a_team_is_parsed_back(tmp_path):
    visits, routes, _ = plan(teams=2)
    write_calendar(tmp_path / "plan.ics", visits, routes, stamp=STAMP, title="Luton")
    data = (tmp_path / "plan.ics").read_bytes()
    calendar = Calendar.from_ical(data)
    assert calendar["version"] == "2.0"
    assert calendar["prodid"] == "-//geo//patrol plan//EN"
    first, second = calendar.walk("VEVENT")
    assert first["summary"] == "Foot patrol, team 1: 3 stops, Luton"
    assert first["dtstart"].dt == datetime(2025, 12, 5, 18, 0, tzinfo=UTC)
    assert first["dtend"].dt == datetime(2025, 12, 5, 19, 25, tzinfo=UTC)
    assert first["dtstamp"].dt == STAMP
    assert first["class"] == "CONFIDENTIAL"
    assert first["uid"] != second["uid"]
    lines = str(first["description"]).splitlines()
    assert lines[0] == (
        "18:10 to 18:25  1. Market Place (HS-1): 12 reports from October 2025 to November 2025. Most after 6 pm."
    )
    assert lines[2].startswith('19:00 to 19:15  3. St. Mary\'s; the "green", north (HS-3)')
    assert lines[3] == "Times: Europe/London. Internal use only."
    assert b"Samira" not in data


def test_lines_end_in_crlf_and_are_folded_at_75_octets():
    visits, routes, _ = plan(names=["Rue de l'Été – " + "é" * 80])
    data = calendar_bytes(visits, routes, stamp=STAMP)
    assert data.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"\r" not in data.replace(b"\r\n", b"")
    lines = data.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    for line in lines:
        line.decode()  # no character is cut in two
    assert b"DTSTART:20251205T180000Z" in data


@pytest.mark.parametrize(
    ("date", "start", "starts", "ends"),
    [
        # the night of the change to summer time: 23:30 to 00:55 and 00:30 to 02:55 by the clock
        ("2025-03-29", "23:30", (2025, 3, 29, 23, 30), (2025, 3, 30, 0, 55)),
        ("2025-03-30", "01:30", (2025, 3, 30, 1, 30), (2025, 3, 30, 1, 55)),
        ("2025-03-30", "02:00", (2025, 3, 30, 1, 0), (2025, 3, 30, 2, 25)),
        ("2025-10-26", "00:30", (2025, 10, 25, 23, 30), (2025, 10, 26, 0, 55)),
        ("2025-10-26", "02:00", (2025, 10, 26, 2, 0), (2025, 10, 26, 3, 25)),
    ],
)
def test_clock_changes(date, start, starts, ends):
    visits, routes, _ = plan(date=date, start=start)
    (event,) = events(calendar_bytes(visits, routes, stamp=STAMP))
    assert event["dtstart"].dt == datetime(*starts, tzinfo=UTC)
    assert event["dtend"].dt == datetime(*ends, tzinfo=UTC)


def test_a_shift_that_ends_in_the_second_of_two_hours():
    visits, routes, _ = plan(date="2025-10-26", start="01:00", places=[(0, 0), (600, 0)])
    second = visits["order"] == 2
    visits = visits.assign(
        arrives=visits["arrives"].where(~second, pd.Timestamp("2025-10-26 01:05")),  # 65 minutes after 01:00
        leaves=visits["leaves"].where(~second, pd.Timestamp("2025-10-26 01:20")),
    )
    data = calendar_bytes(visits, routes.assign(ends=pd.Timestamp("2025-10-26 01:50")), stamp=STAMP)
    (event,) = events(data)
    assert event["dtstart"].dt == datetime(2025, 10, 26, 0, 0, tzinfo=UTC)
    assert event["dtend"].dt == datetime(2025, 10, 26, 1, 50, tzinfo=UTC)


def test_the_same_plan_gives_the_same_bytes_and_the_uid_outlives_a_new_plan():
    visits, routes, _ = plan()
    data = calendar_bytes(visits, routes, stamp=STAMP)
    assert calendar_bytes(visits.iloc[::-1], routes, stamp=STAMP) == data
    again = calendar_bytes(visits.iloc[:2], routes, stamp=datetime(2025, 12, 5, 8, 0, tzinfo=UTC))
    assert again != data
    assert events(again)[0]["uid"] == events(data)[0]["uid"]
    assert events(calendar_bytes(visits, routes, stamp=STAMP, key="Leeds"))[0]["uid"] != events(data)[0]["uid"]
    moved = routes.assign(starts=routes["starts"] - pd.Timedelta(minutes=1))
    assert events(calendar_bytes(visits, moved, stamp=STAMP))[0]["uid"] != events(data)[0]["uid"]


def test_the_stamp_is_utc():
    visits, routes, _ = plan()
    local = datetime.fromisoformat("2025-07-01T10:00:00+01:00")
    assert b"DTSTAMP:20250701T090000Z\r\n" in calendar_bytes(visits, routes, stamp=local)
    with pytest.raises(GeoError, match="no time zone"):
        calendar_bytes(visits, routes, stamp=datetime(2025, 7, 1))


def test_a_team_without_visits_and_a_shift_without_minutes():
    visits, routes, _ = plan()
    (event,) = events(calendar_bytes(visits.iloc[:0], routes.assign(ends=routes["starts"]), stamp=STAMP))
    assert str(event["description"]).startswith("No stop is planned.")
    assert "dtend" not in event


def test_a_plan_without_a_team_or_that_ends_before_it_starts_is_refused():
    visits, routes, _ = plan()
    with pytest.raises(GeoError, match="no team"):
        calendar_bytes(visits, routes.iloc[:0], stamp=STAMP)
    with pytest.raises(GeoError, match="Team 1: the shift ends before it starts"):
        calendar_bytes(visits, routes.assign(ends=routes["starts"] - pd.Timedelta(minutes=5)), stamp=STAMP)


@given(st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=60)
def test_no_text_breaks_out_of_its_line(name, why):
    visits, routes, _ = plan(places=[(0, 0)])
    data = calendar_bytes(visits.assign(name=name, why=why), routes, stamp=STAMP)
    (event,) = events(data)
    assert set(event) == {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "CLASS"}
    assert plain_line(why) in str(event["description"])
    assert data.count(b"BEGIN:VEVENT\r\n") == 1


def test_an_injected_line_stays_text():
    visits, routes, _ = plan(places=[(0, 0)], names=["x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nATTACH:http://example.org"])
    (event,) = events(calendar_bytes(visits, routes, stamp=STAMP))
    assert "attach" not in event
    assert "END:VEVENT BEGIN:VEVENT" in str(event["description"])
