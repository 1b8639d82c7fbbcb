"""Engagement diaries."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from conftest import make_wards

from geo.errors import GeoError
from layers.engagements import read_engagements
from layers.focal_points import read_focal_points
from layers.reading.dates import clock_times

ASHVIEW = Path(__file__).parent.parent / "data" / "ashview"
PLACES = pd.DataFrame({"focal_point_id": ["FP-1", "FP-2"], "name": ["The Hub", "St John's"]})
TODAY = "2025-12-31"


def save(tmp_path: Path, text: str, name: str = "diary.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def diary(
    tmp_path: Path, *rows: str, header: str = "engagement_id,date,activity,objective,ward_code,attendees"
) -> Path:
    return save(tmp_path, "\n".join([header, *rows]) + "\n")


def read(path: Path, **options: Any) -> tuple[Any, Any]:
    return read_engagements(path, **{"today": TODAY, **options})


def reasons(report: Any) -> dict[str, list[int]]:
    return {part.reason: [row.row for row in part.rows] for part in report.set_aside if part.fault}


def problem(path: Path, **options: Any) -> str:
    with pytest.raises(GeoError) as caught:
        read(path, **options)
    return str(caught.value)


def test_the_sample_town_reads_whole() -> None:
    places, _ = read_focal_points(ASHVIEW / "focal_points.csv")
    found, report = read(ASHVIEW / "engagements.csv", focal_points=places)
    given = pd.read_csv(ASHVIEW / "engagements.csv", dtype=object)
    assert (report.read, report.used, len(found)) == (297, 297, 297)
    assert report.set_aside == []
    found = found.set_index("engagement_id").loc[given["engagement_id"]]
    for name in (
        "activity",
        "objective",
        "initiation",
        "participation_level",
        "channel",
        "lead_type",
        "audience",
        "themes",
    ):
        expected = given[name].where(given[name].notna(), None)
        assert found[name].where(found[name].notna(), None).tolist() == expected.tolist(), name
    assert found["attendees"].sum() == given["attendees"].astype(float).sum()
    assert found["date"].dtype.kind == "M"
    assert found["date"].dt.strftime("%Y-%m-%d").tolist() == given["date"].tolist()
    assert found.crs.to_epsg() == 27700


def test_every_fault_has_its_reason_and_row(tmp_path: Path) -> None:
    header = "engagement_id,date,activity,objective,ward_code,attendees,first_time_attendees,minutes"
    path = diary(
        tmp_path,
        "A,2025-01-01,pact,reassure,W1,5,2,60",
        "B,,pact,reassure,W1,5,2,60",
        "C,soon,pact,reassure,W1,5,2,60",
        "D,2026-01-01,pact,reassure,W1,5,2,60",
        "E,2025-01-01,pact,reassure,W1,-5,,60",
        "F,2025-01-01,pact,reassure,W1,lots,,60",
        "G,2025-01-01,pact,reassure,W1,2.5,,60",
        "H,2025-01-01,pact,reassure,W1,5,6,60",
        "I,2025-01-01,pact,reassure,W1,5,2,1441",
        "J,2025-01-01,pact,reassure,,5,2,60",
        "K,1899-01-01,pact,reassure,W1,5,2,60",
        header=header,
    )
    found, report = read(path)
    # a head count that cannot be read is unknown; that the meeting took place does not depend on it
    assert found["engagement_id"].tolist() == ["A", "E", "F", "G"]
    assert found["attendees"].isna().tolist() == [False, True, True, True]
    assert reasons(report) == {
        "no date": [3],
        "date cannot be read": [4],
        "date in the future": [5],
        "more first-time attendees than attendees": [9],
        "minutes: more than 24 hours": [10],
        "no focal point, ward or position": [11],
        "date before 1990": [12],
    }
    assert report.read == 11 == report.used + sum(part.count for part in report.set_aside)


def test_the_day_itself_is_not_the_future_and_24_hours_are_not_too_long(tmp_path: Path) -> None:
    path = diary(
        tmp_path,
        "A,2025-12-31 23:50,pact,reassure,W1,1440",
        header="engagement_id,date,activity,objective,ward_code,minutes",
    )
    found, _ = read(path)
    assert found["start_time"].tolist() == ["23:50"]
    assert found["date"].tolist() == [pd.Timestamp("2025-12-31")]
    assert "no usable engagement among 1 row (1 date in the future)" in problem(path, today="2025-12-30")


def test_an_id_that_is_there_twice(tmp_path: Path) -> None:
    path = diary(
        tmp_path,
        "A,2025-01-01,pact,reassure,W1,5",
        "A,2025-01-01,PACT meeting,Reassure;,W1,5",
        "B,2025-01-02,pact,reassure,W1,5",
        "B,2025-01-02,pact,reassure,W1,6",
        "C,2025-01-03,pact,reassure,W1,5",
    )
    found, report = read(path)
    assert found["engagement_id"].tolist() == ["A", "C"]
    assert reasons(report) == {"the same engagement again": [3], "one id, different engagements": [4, 5]}


def test_equal_rows_without_an_id_stay_and_are_said(tmp_path: Path) -> None:
    path = diary(tmp_path, *["2025-01-01,pact,reassure,W1"] * 2, header="date,activity,objective,ward_code")
    found, report = read(path)
    assert found["engagement_id"].tolist() == ["ENG-0001", "ENG-0002"]
    assert any("1 row without an id equal to an earlier one" in one and "row 3" in one for one in report.warnings)


def test_unknown_places_are_named_and_names_become_codes(tmp_path: Path) -> None:
    path = diary(
        tmp_path,
        "A,2025-01-01,pact,reassure,E05990000,FP-1",
        "B,2025-01-02,pact,reassure,E05990001,FP-9",
        "C,2025-01-03,pact,reassure,E09999999,",
        "D,2025-01-04,pact,reassure,Barley,st johns",
        "E,2025-01-05,pact,reassure,E09999999,FP-9",
        header="engagement_id,date,activity,objective,ward_code,focal_point_id",
    )
    found, report = read(path, focal_points=PLACES, wards=make_wards("Acre", "Barley"))
    assert found["engagement_id"].tolist() == ["A", "B", "D"]
    assert found["focal_point_id"].tolist() == ["FP-1", None, "FP-2"]
    assert found["ward_code"].tolist() == ["E05990000", "E05990001", "E05990001"]
    assert reasons(report) == {"its only place is in no list": [4, 6]}
    assert any(
        "2 rows with a focal_point_id that is in no list of focal points (FP-9; first: row 3)" in w
        for w in report.warnings
    )
    assert any(
        "2 rows with a ward_code that is in no list of wards (E09999999; first: row 4)" in w for w in report.warnings
    )
    assert any("name the ward instead of its code" in choice for choice in report.choices)


def test_a_name_that_two_places_share_is_not_guessed(tmp_path: Path) -> None:
    path = diary(
        tmp_path,
        "A,2025-01-01,pact,reassure,Acre",
        "B,2025-01-01,pact,reassure,E05990002",
        header="engagement_id,date,activity,objective,ward_code",
    )
    _, report = read(path, wards=make_wards("Acre", "Acre", "Barley"))
    assert reasons(report) == {"its only place is in no list": [2]}


def test_positions_in_degrees_in_metres_and_in_one_cell(tmp_path: Path) -> None:
    header = "engagement_id,date,activity,objective,"
    one, _ = read(
        diary(tmp_path, "A,2025-01-01,pact,reassure,-0.42,51.88", header=header + "_gps_longitude,_gps_latitude")
    )
    two, _ = read(diary(tmp_path, "A,2025-01-01,pact,reassure,51.88 -0.42 0 4.5", header=header + "gps"))
    assert one.geometry.iloc[0].equals(two.geometry.iloc[0])
    three, report = read(
        diary(
            tmp_path,
            "A,2025-01-01,pact,reassure,508660,224314,",
            "B,2025-01-01,pact,reassure,0,0,W1",
            "C,2025-01-01,pact,reassure,0,0,",
            header=header + "easting,northing,ward",
        )
    )
    assert (three.geometry.iloc[0].x, three.geometry.iloc[0].y) == (508660, 224314)
    assert three.geometry.iloc[1] is None
    assert reasons(report) == {"at 0, 0": [4]}
    assert any("1 row kept by ward or focal point without the position (at 0, 0" in w for w in report.warnings)


def test_the_period_is_a_choice_and_not_a_fault(tmp_path: Path) -> None:
    path = diary(tmp_path, *[f"E{m},2025-{m:02d}-15,pact,reassure,W1,5" for m in range(1, 7)])
    found, report = read(path, since="2025-02", until="2025-04-15")
    assert found["engagement_id"].tolist() == ["E2", "E3", "E4"]
    assert [(part.reason, part.count, part.fault) for part in report.set_aside] == [
        ("outside the period asked for", 3, False)
    ]
    assert report.months == ("2025-02", "2025-03", "2025-04")


def test_months_without_an_entry_are_gaps(tmp_path: Path) -> None:
    _, report = read(diary(tmp_path, "A,2025-01-15,pact,reassure,W1,5", "B,2025-04-15,pact,reassure,W1,5"))
    assert report.gaps == ("2025-02", "2025-03")
    assert any("not the same as none took place" in one for one in report.warnings)


def test_a_blank_objective_is_counted(tmp_path: Path) -> None:
    _, report = read(diary(tmp_path, "A,2025-01-01,pact,,W1,5", "B,2025-01-01,,reassure,W1,5"))
    assert any("1 engagement of 2 without an objective (first: row 2)" in one for one in report.warnings)
    assert any("1 engagement of 2 without an activity (first: row 3)" in one for one in report.warnings)


def test_a_score_outside_its_scale_is_unknown_and_the_row_stays(tmp_path: Path) -> None:
    header = "engagement_id,date,activity,objective,ward_code,quality_score"
    found, report = read(
        diary(tmp_path, "A,2025-01-01,pact,reassure,W1,9", "B,2025-01-01,pact,reassure,W1,4", header=header)
    )
    assert found["quality_score"].isna().tolist() == [True, False]
    assert any("quality_score: not from 1 to 5 in 1 row" in one for one in report.warnings)


def test_communities_are_mapped_by_the_users_list_alone(tmp_path: Path) -> None:
    header = "engagement_id,date,activity,objective,ward_code,communities"
    rows = (
        "A,2025-01-01,pact,reassure,W1,Somali;Roma;",
        'B,2025-01-02,pact,reassure,W1,"somali, African"',
        'C,2025-01-03,pact,reassure,W1,"English, Welsh or British"',
    )
    path = diary(tmp_path, *rows, header=header)
    assert read(path)[0]["communities"].tolist() == ["Somali;Roma", "somali, African", "English, Welsh or British"]
    found, report = read(path, community_names={"Somali": "African"})
    assert found["communities"].tolist() == ["African;Roma", "African", "English, Welsh or British"]
    said = [one for one in report.choices if one.startswith("communities")]
    assert said == [
        "communities: 'Somali' read as African in 1 row (your list of names).",
        "communities: 'somali' read as African in 1 row (your list of names).",
    ]


def test_a_microsoft_forms_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(
        ["ID", "Start time", "Completion time", "Email", "Name", "Date of engagement", "Type of engagement"]
        + ["Purpose of engagement?", "Which ward?", "How many people attended?", "Target audience"]
    )
    now = dt.datetime(2025, 6, 1, 9, 30)
    sheet.append(
        [1, now, now, "jo@x.uk", "Jo Bloggs", dt.datetime(2025, 5, 30), "Coffee morning"]
        + ["Build trust;Reassurance;", "Acre", 14, "Women;Young people;"]
    )
    sheet.append(
        [2, now, now, "jo@x.uk", "Jo Bloggs", dt.datetime(2025, 5, 31), "Tombola"] + ["Build trust;", "Acre", 3, None]
    )
    book.save(tmp_path / "forms.xlsx")
    found, report = read(tmp_path / "forms.xlsx", wards=make_wards("Acre"))
    assert found["engagement_id"].tolist() == ["1", "2"]
    assert found["date"].tolist() == [pd.Timestamp("2025-05-30"), pd.Timestamp("2025-05-31")]
    assert found["activity"].tolist() == ["drop_in", "other:Tombola"]
    assert found["objective"].tolist() == ["build_trust;reassure", "build_trust"]
    assert found["audience"].tolist() == ["women;young_people", None]
    assert found["attendees"].tolist() == [14, 3]
    assert "start_time" not in found
    assert not found.drop(columns="geometry").astype(str).apply(lambda c: c.str.contains("Bloggs|@")).any(axis=None)
    assert any("'Tombola' (1 time" in one for one in report.choices)


def test_a_sharepoint_and_a_kobo_export(tmp_path: Path) -> None:
    share = save(
        tmp_path,
        "Title,Event date,Engagement type,Objectives,Ward,Created,Created By,Modified\n"
        'x,30/05/2025,"[""PACT""]",Build trust;#Reassure,W1,2025-06-01,Jo Bloggs,2025-06-01\n',
    )
    found, _ = read(share)
    assert found[["activity", "objective"]].to_numpy().tolist() == [["public_meeting", "build_trust;reassure"]]
    kobo = save(
        tmp_path,
        "start;end;group_a/date;group_a/activity;group_a/objective;group_a/objective/reassure;_gps_latitude;"
        "_gps_longitude;_gps_altitude;_id;_uuid;_submission_time\n"
        "2025-06-01T10:00:00+01:00;x;2025-05-30;foot_patrol;build_trust reassure;1;51.88;-0.42;0;77;u-1;2025-06-01\n",
        "kobo.csv",
    )
    found, _ = read(kobo)
    assert found["objective"].tolist() == ["build_trust;reassure"]
    assert found["date"].tolist() == [pd.Timestamp("2025-05-30")]
    assert found.geometry.iloc[0] is not None


def test_mixed_dates_in_one_column(tmp_path: Path) -> None:
    found, report = read(
        diary(
            tmp_path,
            *[
                f"E{i},{d},pact,reassure,W1,5"
                for i, d in enumerate(["30/05/2025", "2025-05-31", "45809", "2 June 2025"])
            ],
        )
    )
    assert found["date"].dt.strftime("%m-%d").tolist() == ["05-30", "05-31", "06-01", "06-02"]
    assert any("Excel dates" in choice for choice in report.choices)


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    lines = (ASHVIEW / "engagements.csv").read_text(encoding="utf-8").splitlines()
    rows = [line.split(",", 1)[1] for line in lines[1:]]
    first, _ = read(save(tmp_path, "\n".join([lines[0].split(",", 1)[1], *rows]) + "\n"))
    random.Random(1).shuffle(rows)
    again, _ = read(save(tmp_path, "\n".join([lines[0].split(",", 1)[1], *rows]) + "\n"))
    pd.testing.assert_frame_equal(
        pd.DataFrame(first.drop(columns="geometry")), pd.DataFrame(again.drop(columns="geometry"))
    )


def test_what_a_file_lacks_is_named(tmp_path: Path) -> None:
    assert "no column 'date'" in problem(save(tmp_path, "activity,ward\npact,W1\n"))
    assert "no column 'activity'" in problem(save(tmp_path, "date,ward\n2025-01-01,W1\n"))
    assert "no column says where" in problem(save(tmp_path, "date,activity\n2025-01-01,pact\n"))
    assert "no usable engagement among 0 rows" in problem(save(tmp_path, "date,activity,ward\n"))
    assert "web page" in problem(save(tmp_path, "<!DOCTYPE html><html>"))


def test_hostile_values_stay_text(tmp_path: Path) -> None:
    path = diary(tmp_path, f"=1+1,2025-01-01,=cmd(),<img src=x>,W1,{'9' * 400}", 'B,2025-01-01,"{{7*7}}",a\u2028b,W1,5')
    found, report = read(path)
    assert found["activity"].tolist() == ["other:=cmd(", "other:{{7*7}}"]
    assert found["objective"].tolist() == ["other:<img src=x>", "other:a;other:b"]
    assert found["attendees"].isna().tolist() == [True, False]
    assert reasons(report) == {}


def test_clock_times_as_people_write_them() -> None:
    text = ["9:40", "09.40", "0940", "9am", "7:30 pm", "12am", "12pm", "18:00:00", "0.75", "24:00", "9", "noon", None]
    expected = ["09:40", "09:40", "09:40", "09:00", "19:30", "00:00", "12:00", "18:00", "18:00", None, None, None, None]
    assert clock_times(pd.Series(text, dtype=object)).tolist() == expected


FORMS = {
    "Microsoft Forms, numbered": (
        "ID,Start time,Completion time,Email,Name,1. Date of the engagement,2. Type of activity,Q3: Objective(s),"
        "4. Ward,5) Communities engaged with,6. Number of attendees\u00a0",
        "1,7/2/2025 9:00,7/2/2025 9:05,a@example.org,A,7/1/2025,Foot patrol,Reassurance;,E05000001,Indian;Roma;,5\n"
        "2,7/20/2025 9:00,7/20/2025 9:05,a@example.org,A,7/19/2025,Foot patrol,Reassurance;,E05000001,Roma;,6",
        [("2025-07-01", "foot_patrol", "reassure", "Indian;Roma", 5),
         ("2025-07-19", "foot_patrol", "reassure", "Roma", 6)],
    ),
    "questions in sentences": (
        "When did it take place?,What kind of engagement was it?,What was the purpose?,Which ward was it in?,"
        "Which communities were there?,How many people came?",
        '01/07/2025,Drop-in,"Build trust, Listen",E05000001,Indian;Roma,12',
        [("2025-07-01", "drop_in", "build_trust;listen_priorities", "Indian;Roma", 12)],
    ),
    "a grid of Google Forms": (
        "Timestamp,Date,Activity,Purpose,Ward,Communities met [Indian],Communities met [Gypsy/Traveller],Attendees",
        "30/06/2025 14:00:00,30/06/2025,Drop-in,Trust,E05000001,Yes,,10\n"
        "30/06/2025 14:00:00,30/06/2025,Drop-in,Trust,E05000001,Yes,Yes,11",
        [("2025-06-30", "drop_in", "build_trust", "Indian", 10),
         ("2025-06-30", "drop_in", "build_trust", "Indian;Gypsy Traveller", 11)],
    ),
    "Kobo with labels; the choice itself in its cell": (
        "Date of event;Activity;Ward;Objective/Build trust;Objective/Reassurance;Which communities?/Indian;"
        "Which communities?/White British;Number of people",
        "2025-07-01;Drop-in;E05000001;Build trust;;Indian;White British;12",
        [("2025-07-01", "drop_in", "build_trust", "Indian;White British", 12)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_questions_as_other_forms_ask_them(tmp_path: Path, form: str) -> None:
    head, rows, right = FORMS[form]
    found, _ = read(save(tmp_path, f"{head}\n{rows}\n"))
    found = found[["date", "activity", "objective", "communities", "attendees"]]
    assert list(found.assign(date=found["date"].astype(str)).itertuples(index=False, name=None)) == right


DURATIONS = {
    "90": 90, "1½ hours": 90, "1.5h": 90, "half an hour": 30, "an hour": 60, "one hour": 60, "an hour and a half": 90,
    "PT1H30M": 90, "1 hour and 15 minutes": 75, "two hours": 120, "about an hour": None,
}  # fmt: skip


def test_durations_in_words(tmp_path: Path) -> None:
    rows = [f"2025-03-{i:02d},forum,reassure,E05000001,{text}" for i, text in enumerate(DURATIONS, 1)]
    found, _ = read(diary(tmp_path, *rows, header="date,activity,objective,ward,duration"))
    assert [None if pd.isna(one) else one for one in found["minutes"]] == list(DURATIONS.values())


@pytest.mark.parametrize(
    ("heading", "cells", "right"),
    [
        ("Duration (hours)", ["2", "1"], [120, 60]),
        ("Hours", ["2", "0:45"], [120, 45]),
        ("Duration", ["1.5", "2"], [90, 120]),  # no meeting is logged with a fraction of a minute
        ("Duration", ["90", "2"], [90, 2]),
        ("Duration (minutes)", ["1.5", "2"], [1.5, 2]),
    ],
)
def test_durations_in_hours(tmp_path: Path, heading: str, cells: list[str], right: list[float]) -> None:
    rows = [f"2025-03-{i:02d},forum,reassure,E05000001,{text}" for i, text in enumerate(cells, 1)]
    found, report = read(diary(tmp_path, *rows, header=f"date,activity,objective,ward,{heading}"))
    assert found["minutes"].tolist() == right
    assert any("is read as hours" in one for one in report.warnings) == (right[0] == 60 * float(cells[0]))


def test_an_officer_s_number_in_the_column_of_teams(tmp_path: Path) -> None:
    rows = (
        '2025-03-01,forum,reassure,E05000001,"Example, Person (PC 1234)"',
        "2025-03-02,forum,reassure,E05000001,NPT 2",
    )
    found, report = read(diary(tmp_path, *rows, header="date,activity,objective,ward,team"))
    assert [one if isinstance(one, str) else None for one in found["team"]] == [None, "NPT 2"]
    assert any("persons in 1 row" in one for one in report.warnings)


def test_persons_among_partners(tmp_path: Path) -> None:
    rows = (
        "2025-03-01,forum,reassure,E05000001,Cllr Example;#7;#Housing;#8,18:00-19:30",
        "2025-03-02,forum,reassure,E05000001,Fire service;jo.bloggs@example.org,1800hrs",
        "2025-03-03,forum,reassure,E05000001,,6pm to 7pm",
        "2025-03-04,forum,reassure,E05000001,Council; Housing; Council,evening",
    )
    found, report = read(diary(tmp_path, *rows, header="Start date,activity,objective,ward,partners,time"))
    partners = [one if isinstance(one, str) else None for one in found["partners"]]
    assert partners == ["Housing", "Fire service", None, "Council;Housing"]
    assert any("persons in 2 rows" in one for one in report.warnings)
    assert [one if isinstance(one, str) else None for one in found["start_time"]] == ["18:00", "18:00", "18:00", None]


HEADINGS = {
    "date": "Engagement Date & Time|Date of patrol|Visit date|Date and time of event|Date/Time of the meeting",
    "activity": "Categories|Subject|Type of engagement",
    "ward_code": "Neighbourhood / Ward|Electoral ward name|Ward/Area|Which ward was it?",
    "attendees": "Number of people spoken to|No. of people|How many?|No. engaged|Number Attended|People spoken to|"
    "Numbers engaged|Sum of Attendees|Total number of residents met|Number of members of the public engaged with",
    "communities": "Ethnicity|Which communities were represented?",
}


@pytest.mark.parametrize(
    ("name", "heading"), [(name, one) for name, all_ in HEADINGS.items() for one in all_.split("|")]
)
def test_headings_that_logs_and_calendars_have(tmp_path: Path, name: str, heading: str) -> None:
    usual = {"date": "30/06/2025", "activity": "Drop in", "ward_code": "E05990000", "attendees": "12 people"}
    usual |= {"communities": "Pakistani", "objective": "trust"}
    header = ",".join(heading if one == name else one for one in usual)
    found, report = read(save(tmp_path, f"{header}\n{','.join(usual.values())}\n"))
    assert report.unread == {}
    wanted = {"date": pd.Timestamp("2025-06-30"), "activity": "drop_in", "attendees": 12.0}
    assert found[name].tolist() == [{**usual, **wanted}[name]]


def test_a_log_of_odk_central(tmp_path: Path) -> None:
    text = (
        "SubmissionDate,date,activity,ward,who-communities,meta-instanceID,KEY,SubmitterID,SubmitterName,FormVersion\n"
        "2025-06-30T17:10:00.000Z,2025-06-30,foot_patrol,Acre,Pakistani Bangladeshi,uuid:1,uuid:1,5,Ann Example,1\n"
    )
    communities = pd.DataFrame({"community": ["Pakistani", "Bangladeshi"]})
    found, report = read(save(tmp_path, text), wards=make_wards("Acre"), communities=communities)
    assert found["communities"].tolist() == ["Pakistani;Bangladeshi"]
    assert report.unread == {}
    assert "Ann Example" not in found.to_csv()


def test_costs_and_times_with_their_units(tmp_path: Path) -> None:
    found, _ = read(diary(tmp_path, "2025-06-30,walk,E1,GBP 20,19.30hrs", header="date,activity,ward,cost,time"))
    assert found[["cost", "start_time"]].values.tolist() == [[20.0, "19:30"]]
