"""Shifts by the clock, past midnight and in the nights when the clocks change; opening times for the day of a shift."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import GeoError
from geo.patrol.opening import best_window, windows
from geo.patrol.shift import read_shift

FRIDAY = "2025-12-05"
SUNDAY = pd.Timestamp("2025-12-07")
DAY = 1440


def test_a_shift_on_one_day():
    shift = read_shift("18:00-22:00", FRIDAY)
    assert (shift.starts, shift.ends) == (pd.Timestamp("2025-12-05 18:00"), pd.Timestamp("2025-12-05 22:00"))
    assert shift.minutes == 240
    assert shift.words == "18:00 to 22:00 on Friday 5 December 2025"
    assert shift.note == ""
    assert shift.at(75) == pd.Timestamp("2025-12-05 19:15")
    assert shift.minute_of(19 * 60) == 60
    assert shift.minute_of(17 * 60) == -60


@pytest.mark.parametrize("text", ["18:00 - 22:00", "18:00–22:00", "18.00 to 22.00", "1800-2200", "18-22", "6pm-10 PM"])
def test_a_shift_as_people_write_it(text):
    assert read_shift(text, FRIDAY) == read_shift("18:00-22:00", FRIDAY)


def test_a_shift_past_midnight():
    shift = read_shift("22:00-02:00", FRIDAY)
    assert shift.ends == pd.Timestamp("2025-12-06 02:00")
    assert shift.minutes == 240
    assert shift.words == "22:00 on Friday 5 December 2025 to 02:00 the next day"
    assert shift.at(180) == pd.Timestamp("2025-12-06 01:00")
    assert shift.minute_of(DAY + 60) == 180
    assert read_shift("18:00-24:00", FRIDAY).words == "18:00 to midnight on Friday 5 December 2025"


@pytest.mark.parametrize("text", ["", "18:00", "25:00-26:00", "18:60-19:00", "18:00-18:00", "24:00-02:00", "13pm-2pm"])
def test_what_is_no_shift_is_said(text):
    with pytest.raises(GeoError, match="--shift"):
        read_shift(text, FRIDAY)


@pytest.mark.parametrize("day", ["yesterday-ish", None])
def test_what_is_no_day_is_said(day):
    with pytest.raises(GeoError, match="--date"):
        read_shift("18:00-22:00", day)


def test_the_night_the_clocks_go_back_is_longer():
    shift = read_shift("22:00-03:00", "2025-10-25")
    assert shift.minutes == 360
    assert shift.note == "The clocks go back in this shift: it lasts 6 hours."
    # 01:30 comes twice: 3.5 and 4.5 hours after 22:00
    assert shift.at(210) == shift.at(270) == pd.Timestamp("2025-10-26 01:30")
    assert shift.utc(270) - shift.utc(210) == pd.Timedelta("1h")
    assert shift.minute_of(DAY + 90) == 210
    assert shift.at(shift.minutes) == shift.ends


def test_the_night_the_clocks_go_forward_is_shorter():
    shift = read_shift("22:00-03:30", "2026-03-28")
    assert shift.minutes == 270
    assert shift.note == "The clocks go forward in this shift: it lasts 4 hours 30 min."
    assert shift.at(180) == pd.Timestamp("2026-03-29 02:00")
    # a start that no clock shows is the end of the gap
    assert read_shift("01:30-03:00", "2026-03-29").starts == pd.Timestamp("2026-03-29 02:00")
    with pytest.raises(GeoError, match="skip all of it"):
        read_shift("01:10-01:50", "2026-03-29")


@given(
    st.dates(pd.Timestamp("2024-01-01").date(), pd.Timestamp("2027-12-31").date()),
    st.integers(0, DAY - 1),
    st.integers(1, 720),
)
def test_a_shift_ends_as_long_after_its_start_as_it_lasts(day, begins, length):
    ends = (begins + length) % DAY
    text = f"{begins // 60:02d}:{begins % 60:02d}-{ends // 60:02d}:{ends % 60:02d}"
    if f"{day:%m-%d}" > "03-24" and f"{day:%m-%d}" < "04-01" and 60 <= begins < 120 and begins + length < 120:
        return  # all of it may be skipped
    shift = read_shift(text, day)
    assert shift.at(0) == shift.starts
    assert shift.at(shift.minutes) == shift.ends
    assert abs(shift.minutes - length) <= 60
    assert bool(shift.note) == (shift.minutes != length)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("24/7", [(-DAY, 2 * DAY)]),
        ("off", []),
        ("Mo-Fr 09:00-17:00", [(DAY + 540, DAY + 1020)]),
        ("Mon-Fri 09:00-17:00; Sun 10:00-12:00", [(600, 720), (DAY + 540, DAY + 1020)]),
        ("Su 10:00-11:30; We 12:30-13:00", [(600, 690)]),
        ("Sa-Su 12:00-18:00", [(720, 1080)]),
        ("Mo,Su 10:00-16:00", [(600, 960), (DAY + 600, DAY + 960)]),
        ("daily 9am-5pm", [(540, 1020), (DAY + 540, DAY + 1020)]),
        ("Sunday 10.00 to 12.00, 14.00 to 16.00", [(600, 720), (840, 960)]),
        ("08:00-20:00; Su off", [(DAY + 480, DAY + 1200)]),
        ("Mo-Su 08:00-20:00; Su 10:00-16:00", [(600, 960), (DAY + 480, DAY + 1200)]),
        ("Fr-Sa 20:00-02:00", [(-240, 120)]),
        ("Su 20:00-02:00", [(1200, DAY + 120)]),
        ("Sa-Mo 24 hours", [(-DAY, 2 * DAY)]),
        ("Weekends: 10:00-12:00", [(600, 720)]),
        ("Su 10:00-12:00; PH off", [(600, 720)]),
    ],
)
def test_opening_times_around_a_sunday(text, expected):
    assert windows(text, SUNDAY) == expected


@pytest.mark.parametrize(
    "text", ["", "ask Anna", "Apr-Sep 10:00-18:00", "sunrise-sunset", "9-5pm", "Mo 10:00", "PH off"]
)
def test_what_cannot_be_read_is_not_guessed(text):
    assert windows(text, SUNDAY) is None


def test_the_opening_with_most_of_the_shift():
    hours = windows("Su 10:00-12:00,14:00-18:00", SUNDAY)
    assert best_window(hours, 600, 900, 15) == (600, 720)
    assert best_window(hours, 660, 1080, 15) == (840, 1080)
    assert best_window(hours, 710, 850, 15) is None
    assert best_window([(600, 700), (720, 820)], 0, DAY, 15) == (600, 700)
