"""Priorities: dates that cannot be, words that mean a code, and what police.uk hands out."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT, make_wards

from geo.errors import GeoError
from layers.priorities import PRIORITIES, read_priorities
from layers.wards import read_wards

A = "E05990000"
TODAY = dt.date(2025, 12, 31)


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_dates_that_cannot_be_are_set_aside(tmp_path: Path) -> None:
    path = write(
        tmp_path / "priorities.csv",
        "priority_id,ward_code,raised_on,issue,target_date,fed_back_on",
        f"P1,{A},2025-03-01,Speeding,2026-06-01,2025-03-01",
        f"P2,{A},2025-03-01,Litter,2025-02-28,",
        f"P3,{A},2025-03-01,Noise,,2025-02-27",
        f"P4,{A},2026-01-01,Parking,,",
        f"P5,{A},2025-03-01,Begging,,2026-02-01",
        f"P6,{A},,Drugs,,",
        f"P7,{A},2025-03-01,,,",
        "P8,E05000099,2025-03-01,Trespass,,",
        f"P9,{A},last spring,Fireworks,,",
        f"P1,{A},2025-04-01,Graffiti,,",
    )
    priorities, report = read_priorities(path, wards=make_wards("Acre"), today=TODAY)
    assert priorities["priority_id"].tolist() == ["P1"]
    assert priorities["target_date"].tolist() == [pd.Timestamp(2026, 6, 1)]  # a target may lie ahead
    assert {part.reason: [row.row for row in part.rows] for part in report.set_aside} == {
        "the target lies before it was raised": [3],
        "fed back before it was raised": [4],
        "raised_on is in the future": [5],
        "fed_back_on is in the future": [6],
        "no raised_on": [7],
        "no issue": [8],
        "a ward code that the map does not have": [9],
        "raised_on cannot be read": [10],
        "an id seen in an earlier row": [11],
    }
    assert report.used == 1


def test_words_become_codes_and_missing_columns_are_filled(tmp_path: Path) -> None:
    path = write(
        tmp_path / "priorities.csv",
        "Ward,Date raised,Concern,Term,State,SARA,Community involvement,Type",
        f"{A},01/04/2025,Speeding,Short term,On hold,Response,yes,",
        f"{A},13/03/2025,Litter,L,Overdue,,no,Recommendation",
        f"{A},14/03/2025,Noise,,Fed back,,,",
    )
    priorities, report = read_priorities(path, today=TODAY)
    assert priorities.columns.tolist() == [column.name for column in PRIORITIES.columns]
    assert priorities["kind"].tolist() == ["priority", "recommendation", "priority"]
    assert priorities["horizon"].tolist() == ["short", "long", None]
    assert priorities["status"].tolist() == ["on_hold", "other:Overdue", "fed_back"]
    assert priorities["sara_stage"].tolist() == ["response", None, None]
    assert priorities["community_involved"].tolist() == [True, False, pd.NA]
    assert priorities["raised_on"].tolist() == [
        pd.Timestamp(2025, 4, 1),
        pd.Timestamp(2025, 3, 13),
        pd.Timestamp(2025, 3, 14),
    ]
    assert priorities["priority_id"].tolist() == ["PRI-0003", "PRI-0001", "PRI-0002"]  # by date, not by row
    assert "1 priority marked fed_back without the day people were told." in report.warnings


POLICE_UK = [
    {
        "action": "<p>Officers patrol at <b>night</b> &amp; talk to shops.</p><script>alert(1)</script>",
        "issue-date": "2025-07-01T00:00:00",
        "action-date": "2025-09-20T00:00:00",
        "issue": "<p>Parking outside schools</p>",
    },
    {"action": None, "issue-date": "2025-08-01T00:00:00", "action-date": None, "issue": "Noise"},
    {"action": None, "issue-date": None, "action-date": None, "issue": "Litter"},
]


def test_police_uk_priorities_become_plain_text(tmp_path: Path) -> None:
    path = tmp_path / "priorities.json"
    path.write_text("\ufeff" + json.dumps(POLICE_UK), encoding="utf-8")
    priorities, report = read_priorities(path, ward_code=A, today=TODAY)
    assert priorities["issue"].tolist() == ["Parking outside schools", "Noise"]
    assert priorities["action"].tolist() == ["Officers patrol at night & talk to shops.", None]
    assert priorities["raised_on"].tolist() == [pd.Timestamp(2025, 7, 1), pd.Timestamp(2025, 8, 1)]
    assert priorities["acted_on"].tolist() == [pd.Timestamp(2025, 9, 20), pd.NaT]
    assert priorities["fed_back_on"].isna().all()  # to act is not to tell
    assert set(priorities["ward_code"]) == {A}
    assert {part.reason: [row.row for row in part.rows] for part in report.set_aside} == {"no raised_on": [3]}
    with pytest.raises(GeoError, match="police.uk does not name wards"):
        read_priorities(path, today=TODAY)


def test_the_shapes_of_police_uk_answers(shared_data: Path) -> None:
    folder = shared_data / "police_api_json"
    none, report = read_priorities(folder / "EmptyArray.json", ward_code=A, today=TODAY)
    assert none.empty
    assert none.columns.tolist() == [column.name for column in PRIORITIES.columns]
    assert report.read == report.used == 0
    with pytest.raises(GeoError, match="not valid JSON at line"):
        read_priorities(folder / "Malformed.json", ward_code=A, today=TODAY)
    with pytest.raises(GeoError, match="no police.uk priorities"):
        read_priorities(folder / "NeighbourhoodEvents.Multiple.json", ward_code=A, today=TODAY)


def test_a_table_without_wards_needs_one_named(tmp_path: Path) -> None:
    path = write(tmp_path / "p.csv", "raised_on,issue", "2025-03-01,Noise")
    with pytest.raises(GeoError, match="no column with the ward"):
        read_priorities(path, today=TODAY)
    priorities, report = read_priorities(path, ward_code=A, today=TODAY)
    assert priorities["ward_code"].tolist() == [A]
    assert f"Every row is taken for the ward {A}." in report.choices


def test_ashview() -> None:
    folder = ROOT / "data" / "ashview"
    wards, _ = read_wards(folder / "wards.geojson")
    priorities, report = read_priorities(folder / "priorities.csv", wards=wards, today=TODAY)
    assert report.used == len(priorities) == 62
    assert not report.set_aside
    assert set(priorities["kind"]) <= {"priority", "recommendation", "problem", "advice"}
    assert not priorities["status"].str.startswith("other").any()
    assert priorities.loc[priorities["status"] == "fed_back", "fed_back_on"].notna().all()
