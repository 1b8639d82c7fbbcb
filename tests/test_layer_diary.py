"""Timetables of visits that come round."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import GeoError
from layers.log.diary import _days, read_diary, read_rule

HEADER = "organisation,mobile,community,stop,geox,geoy,day,arrival,departure,frequency,start,end,exceptions\n"
PERIOD: dict[str, str] = {"since": "2025-01-01", "until": "2025-03-31"}


def row(
    frequency: str = "FREQ=WEEKLY;INTERVAL=2",
    start: str = "2024-12-02",
    *,
    day: str = "Monday",
    arrival: str = "9:40",
    departure: str = "10:00",
    end: str = "",
    exceptions: str = "",
    where: str = "-0.42,51.88",
) -> str:
    return f'Angus,Van 1,Wellbank,By Ps,{where},{day},{arrival},{departure},"{frequency}",{start},{end},{exceptions}\n'


def read(tmp_path: Path, *rows: str, **options: Any) -> tuple[Any, Any]:
    path = tmp_path / "visits.csv"
    path.write_text(HEADER + "".join(rows), encoding="utf-8")
    return read_diary(path, **{**PERIOD, **options})


def days(found: Any) -> list[str]:
    return found["date"].dt.strftime("%m-%d").tolist()


def problem(tmp_path: Path, *rows: str, **options: Any) -> str:
    with pytest.raises(GeoError) as caught:
        read(tmp_path, *rows, **options)
    return str(caught.value)


def test_a_fortnight_is_counted_from_the_start(tmp_path: Path) -> None:
    found, report = read(tmp_path, row())
    assert days(found) == ["01-13", "01-27", "02-10", "02-24", "03-10", "03-24"]
    assert found["start_time"].unique().tolist() == ["09:40"]
    assert found["minutes"].unique().tolist() == [20]
    assert set(found["activity"]) == {"other:mobile_library"}
    assert set(found["channel"]) == {"face_to_face"}
    assert found["engagement_id"].tolist()[0] == "VIS-00001"
    assert found["notes"].tolist()[0] == "By Ps, Wellbank"
    assert found.crs.to_epsg() == 27700
    assert "attendees" not in found
    assert (report.read, report.used) == (1, 1)
    assert any("planned, not what took place" in one for one in report.warnings)


@pytest.mark.parametrize(
    ("frequency", "start", "expected"),
    [
        ("FREQ=MONTHLY;BYDAY=1TU", "2024-11-05", ["01-07", "02-04", "03-04"]),
        ("FREQ=MONTHLY;BYDAY=2TU,4TU", "2024-11-12", ["01-14", "01-28", "02-11", "02-25", "03-11", "03-25"]),
        ("RRULE:FREQ=WEEKLY;INTERVAL=4;COUNT=3", "2024-12-09", ["01-06", "02-03"]),
        ("FREQ=WEEKLY;UNTIL=20250115T000000Z", "2025-01-01", ["01-01", "01-08", "01-15"]),
        ("every four weeks", "2025-01-06", ["01-06", "02-03", "03-03", "03-31"]),
        ("", "2025-02-05", ["02-05"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2025-01-31", ["01-31", "02-28", "03-31"]),
    ],
)
def test_rules_by_hand(tmp_path: Path, frequency: str, start: str, expected: list[str]) -> None:
    assert days(read(tmp_path, row(frequency, start, day=""))[0]) == expected


def test_an_end_and_an_exception_take_visits_away(tmp_path: Path) -> None:
    found, _ = read(tmp_path, row(end="2025-02-24", exceptions="2025-01-27;10/02/2025"))
    assert days(found) == ["01-13", "02-24"]


@given(st.integers(1, 8), st.integers(0, 400))
def test_weekly_rules_are_arithmetic(interval: int, shift: int) -> None:
    rule = read_rule(f"FREQ=WEEKLY;INTERVAL={interval}")
    assert rule is not None
    start = pd.Timestamp("2024-01-01") + pd.Timedelta(days=shift)
    first, last = pd.Timestamp("2025-01-01"), pd.Timestamp("2025-06-30")
    found = [day.date() for day in _days(rule, start.to_pydatetime(), first.to_pydatetime(), last.to_pydatetime())]
    every = [start.date() + timedelta(weeks=interval * i) for i in range(100)]
    assert found == [day for day in every if date(2025, 1, 1) <= day <= date(2025, 6, 30)]


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=SECONDLY",
        "FREQ=HOURLY;INTERVAL=1",
        "INTERVAL=2",
        "FREQ=WEEKLY;INTERVAL=0",
        "FREQ=WEEKLY;BYDAY=XX",
        "nonsense",
        "FREQ=WEEKLY;BYHOUR=3",
        "FREQ=WEEKLY;__class__=1",
        "=cmd()",
        "FREQ=DAILY;COUNT=99999",
    ],
)
def test_a_rule_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    assert read_rule(text) is None
    assert "1 frequency cannot be read" in problem(tmp_path, row(text))


def test_an_impossible_day_ends(tmp_path: Path) -> None:
    assert "1 no visit in the period" in problem(
        tmp_path, row("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=5", "2020-01-01")
    )


def test_faults_have_their_rows(tmp_path: Path) -> None:
    found, report = read(
        tmp_path,
        row(),
        row(arrival="13:30", departure="13:00"),
        row(start="soon"),
        row(where=","),
        row(start="2025-06-02"),
    )
    assert len(found) == 6
    assert {part.reason: [one.row for one in part.rows] for part in report.set_aside if part.fault} == {
        "it leaves before it arrives": [3],
        "start cannot be read": [4],
        "no position": [5],
    }
    assert [(part.reason, part.count) for part in report.set_aside if not part.fault] == [("no visit in the period", 1)]


def test_a_start_on_another_weekday_is_said_and_counted_from(tmp_path: Path) -> None:
    found, report = read(tmp_path, row(day="Tuesday"), row("FREQ=MONTHLY;BYDAY=1TU", "2024-12-02", day="Tue"))
    assert days(found)[:2] == ["01-07", "01-13"]
    assert any(
        "1 stop whose start falls on another weekday than its day says (first: row 2)" in w for w in report.warnings
    )


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    rows = [row(), row(start="2024-12-03", day="Tuesday"), row(arrival="9:00"), row(where="-0.3,51.8")]
    one, _ = read(tmp_path, *rows)
    two, _ = read(tmp_path, *reversed(rows))
    assert one.to_wkt().equals(two.to_wkt())


def test_a_period_that_is_none(tmp_path: Path) -> None:
    assert "is not a day" in problem(tmp_path, row(), since="2025-01")
    assert "ends (2025-03-31) before it begins" in problem(tmp_path, row(), since="2026-01-01")


def test_the_real_timetables(shared_data: Path) -> None:
    files = sorted((shared_data / "mobile_libraries_visits").glob("*.csv*"))
    found, report = read_diary(files, since="2021-01-01", until="2021-01-28")
    assert len(report.files) == 25
    assert report.read == 5239
    backwards = [part for part in report.set_aside if part.reason == "it leaves before it arrives"]
    assert [(part.count, part.rows[0].file, part.rows[0].value) for part in backwards] == [
        (1, "librariesni.csv", "The Fairways")
    ]
    wrong = [one for one in report.warnings if "another weekday" in one]
    assert [one[:20] for one in wrong] == ["birmingham.csv: 3 st", "york.csv: 7 stops wh"]
    # all weekly rules of 1, 2 and 4 weeks come round 4, 2 and 1 times in any 28 days
    angus, angus_report = read_diary(
        shared_data / "mobile_libraries_visits" / "angus.csv", since="2021-01-01", until="2021-01-28"
    )
    given = pd.read_csv(shared_data / "mobile_libraries_visits" / "angus.csv")
    assert set(given["frequency"]) == {"FREQ=WEEKLY;INTERVAL=2"}
    assert len(angus) == 2 * len(given) == 2 * angus_report.used
    assert found["start_time"].str.fullmatch(r"\d\d:\d\d").all()
    assert found["minutes"].ge(0).all()


def test_a_timetable_of_dates_alone(tmp_path: Path) -> None:
    path = tmp_path / "dates.csv"
    path.write_text("start,lon,lat\n2025-02-05,-0.42,51.88\n", encoding="utf-8")
    found, _ = read_diary(path, **PERIOD)
    assert days(found) == ["02-05"]
    assert found[["start_time", "lead_org", "team", "notes"]].isna().all(axis=None)
    assert found["minutes"].isna().all()
