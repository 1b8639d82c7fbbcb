"""Surveys: impossible results are set aside with their rows, possible ones stay as they are."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT, make_wards

from geo.errors import GeoError
from layers.surveys import read_surveys
from layers.wards import read_wards

A = "E05990000"
TODAY = dt.date(2025, 12, 31)
HEADER = "ward_code,community,measure,responses,positive,date"


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_impossible_results_are_set_aside(tmp_path: Path) -> None:
    path = write(
        tmp_path / "surveys.csv",
        HEADER,
        f"{A},,confidence,10,7,2025-11-01",
        f"{A},Roma,confidence,10,11,2025-11-01",
        f"{A},,confidence,10,-1,2025-11-02",
        f"{A},,confidence,*,5,2025-11-03",
        f"{A},,confidence,12.5,5,2025-11-04",
        f"{A},,,10,5,2025-11-05",
        ",,confidence,10,5,2025-11-06",
        "E05000099,,confidence,10,5,2025-11-07",
        f"{A},,confidence,10,5,2026-01-01",
        f"{A},,confidence,10,5,soon",
        f"{A},,confidence,10,7,2025-11-01",
        f"{A},,confidence,,5,2025-11-08",
        f"{A},,safe,0,0,",
    )
    surveys, report = read_surveys(path, wards=make_wards("Acre"), today=TODAY)
    assert surveys.drop(columns="date").to_numpy().tolist() == [
        [A, None, "confidence", 10.0, 7.0],
        [A, None, "safe", 0.0, 0.0],
    ]
    assert surveys["date"].tolist() == [pd.Timestamp(2025, 11, 1), pd.NaT]
    assert {part.reason: [row.row for row in part.rows] for part in report.set_aside} == {
        "more positive answers than answers": [3],
        "positive is negative": [4],
        "responses is not a number, or is hidden": [5],
        "responses is not a whole number": [6],
        "no measure": [7],
        "no ward code": [8],
        "a ward code that the map does not have": [9],
        "date is in the future": [10],
        "date cannot be read": [11],
        "the same entry again": [12],
        "responses is missing": [13],
    }
    assert report.used == 2
    assert "1 of the results have no answers: no share is shown for them." in report.choices


def test_two_results_for_one_question_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "surveys.csv", HEADER, f"{A},,safe,10,7,2025-11-01", f"{A},,safe,10,8,01/11/2025")
    with pytest.raises(GeoError, match="positive of E05990000, safe.* is 7 in row 2 and 8 in row 3"):
        read_surveys(path, today=TODAY)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(GeoError, match="no column 'positive'"):
        read_surveys(write(tmp_path / "s.csv", "ward_code,measure,responses", f"{A},safe,3"), today=TODAY)


def test_nothing_usable_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GeoError, match="no usable row among 1 row"):
        read_surveys(write(tmp_path / "s.csv", HEADER, f"{A},,safe,3,4,"), today=TODAY)


def test_ashview() -> None:
    folder = ROOT / "data" / "ashview"
    wards, _ = read_wards(folder / "wards.geojson")
    surveys, report = read_surveys(folder / "surveys.csv", wards=wards, today=TODAY)
    assert report.used == len(surveys) == 294
    assert not report.set_aside
    assert set(surveys["measure"]) == {"confidence", "feels_safe_after_dark", "treated_fairly"}
    assert (surveys["positive"] <= surveys["responses"]).all()
    before, report = read_surveys(folder / "surveys.csv", wards=wards, today=dt.date(2024, 12, 31))
    assert set(before["date"].dt.year) == {2024}
    assert report.set_aside[0].reason == "date is in the future"
