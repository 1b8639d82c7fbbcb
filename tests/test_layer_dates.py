"""Dates as people and systems write them."""

from __future__ import annotations

import pandas as pd
import pytest

from geo.errors import GeoError
from layers.reading.dates import local_time, read_dates, study_zone


def read(*values):
    return read_dates(pd.Series(values, dtype="string"), "when")


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2025-03-04", "2025-03-04"),
        ("2025-03-04 21:15", "2025-03-04 21:15"),
        ("2025-03-04T21:15:30", "2025-03-04 21:15:30"),
        ("04/03/2025", "2025-03-04"),
        ("4/3/2025 21:15", "2025-03-04 21:15"),
        ("04.03.2025", "2025-03-04"),
        ("45292", "2024-01-01"),
        ("45292.5", "2024-01-01 12:00"),
        ("2021-04-30T23:41:00+00:00", "2021-05-01 00:41"),
        ("2025-01-15T10:00:00Z", "2025-01-15 10:00"),
        ("2025-07-15T10:00Z", "2025-07-15 11:00"),
        ("Thu Jan 12 22:41:00 GMT 2023", "2023-01-12 22:41"),
        ("Thu 13/01/2023 22:41", "2023-01-13 22:41"),
        ("2023-01-12 (Thu)", "2023-01-12"),
        ("13/01/2023 2241", "2023-01-13 22:41"),
        ("13/01/2023 22:41 hrs", "2023-01-13 22:41"),
        ("13.01.2023 22.41 Uhr", "2023-01-13 22:41"),
        ("20230112T224105", "2023-01-12 22:41:05"),
        ("12 January 2023 at 22:41", "2023-01-12 22:41"),
        ("March 14, 2025 at 5:30 PM", "2025-03-14 17:30"),
        ("13/01/2023 - 22:41", "2023-01-13 22:41"),
        ("13/01/2023 (22:41)", "2023-01-13 22:41"),
        ("10:41 PM, 13/01/2023", "2023-01-13 22:41"),
        ("12Jan2023:22:41:00", "2023-01-12 22:41"),
        ("12 - 01 - 2023", "2023-01-12"),
        ("2023M01", "2023-01"),
        ("Jan_2023", "2023-01"),
        ("2023.01", "2023-01"),
        ("01/23", "2023-01"),
        ("Month of January 2023", "2023-01"),
    ],
)
def test_one_value(text, when):
    assert read(text).when.tolist() == [pd.Timestamp(when)]


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "31/02/2025",
        "23-Jan",
        "1/2",
        "2023-01-12 22",
        "13/01/2023 00:00 - 14/01/2023 00:00",
        "2025-13-01",
        "12",
        "2025",
    ],
)
def test_values_that_are_no_date(text):
    when = read(text, "2025-01-01").when
    if text == "2025":  # a bare year is a date to ISO 8601, in January
        assert when.iloc[0] == pd.Timestamp("2025-01-01")
    else:
        assert pd.isna(when.iloc[0])
    assert when.iloc[1] == pd.Timestamp("2025-01-01")


def test_day_first_is_assumed_and_said():
    dates = read("03/04/2025", "05/06/2025")
    assert dates.when.dt.month.tolist() == [4, 6]
    assert dates.choices == ["when: dates read as day/month/year (no row tells it from month/day/year)."]


def test_one_row_settles_the_column():
    dates = read("03/04/2025", "03/25/2025", None)
    assert dates.when.dt.month.tolist()[:2] == [3, 3]
    assert pd.isna(dates.when.iloc[2])
    assert dates.choices == ["when: dates read as month/day/year (1 row can only be that)."]


def test_mixed_writings_in_one_column():
    dates = read("2025-03-04", "13/04/2025 08:00", "45292")
    assert dates.when.dt.strftime("%Y-%m-%d %H").tolist() == ["2025-03-04 00", "2025-04-13 08", "2024-01-01 00"]


def test_the_zone_of_the_study_is_that_of_its_times():
    text = pd.Series(["2025-07-01T18:00:00Z", "2025-01-01T18:00:00+00:00", "1751392800"])
    assert read_dates(text, "when").when.astype(str).tolist() == [
        "2025-07-01 19:00:00", "2025-01-01 18:00:00", "2025-07-01 19:00:00",
    ]  # fmt: skip
    with local_time("America/Chicago"):
        assert read_dates(text, "when").when.astype(str).tolist() == [
            "2025-07-01 13:00:00", "2025-01-01 12:00:00", "2025-07-01 13:00:00",
        ]  # fmt: skip
    with local_time(None):
        assert read_dates(pd.Series(["2025-07-01 18:00"]), "when").when[0] == pd.Timestamp("2025-07-01 18:00")
        with pytest.raises(GeoError, match=r"the zone of the study is not known\.\nName it: timezone"):
            read_dates(text, "when")
    assert study_zone() == "Europe/London"


def test_hours_of_a_clock_change_are_counted():
    text = pd.Series(["2025-03-30 01:30", "2025-10-26 01:30", "2025-10-26 01:45", "2025-06-01 01:30", "2025-03-30"])
    assert read_dates(text, "when").choices == [
        "when: 1 time in an hour that a clock change skips (such as 2025-03-30 01:30).",
        "when: 2 times in an hour that comes twice when clocks go back (such as 2025-10-26 01:30).",
    ]
