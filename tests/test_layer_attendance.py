"""Who was invited and who came."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from geo.errors import GeoError
from layers.attendance import read_attendance

ASHVIEW = Path(__file__).parent.parent / "data" / "ashview"
MEETINGS = pd.DataFrame({"engagement_id": ["M1", "M2"]})
HEADER = "engagement_id,stakeholder_ref,invited,attended,reason,followed_up_on\n"


def read(tmp_path: Path, text: str, **options: Any) -> tuple[pd.DataFrame, Any]:
    path = tmp_path / "attendance.csv"
    path.write_text(text, encoding="utf-8")
    return read_attendance(path, **options)


def reasons(report: Any) -> dict[str, list[int]]:
    return {part.reason: [row.row for row in part.rows] for part in report.set_aside}


def test_the_sample_town_reads_whole() -> None:
    found, report = read_attendance(ASHVIEW / "attendance.csv")
    given = pd.read_csv(ASHVIEW / "attendance.csv")
    assert (report.read, report.used, len(found)) == (143, 143, 143)
    assert found["attended"].sum() == (given["attended"] == "yes").sum()
    assert found["followed_up_on"].notna().sum() == given["followed_up_on"].notna().sum()
    assert found["reason"].dropna().value_counts().to_dict() == given["reason"].value_counts().to_dict()
    assert found["invited"].dtype == found["attended"].dtype == bool


def test_rows_that_cannot_be_used_are_set_aside(tmp_path: Path) -> None:
    text = HEADER + "M1,A,yes,yes,,\nM9,A,yes,no,,\n,A,yes,no,,\nM1,,yes,no,,\nM1,B,yes,perhaps,,\n"
    text += "M2,A,yes,no,,\nM2,A,yes,no,,\nM2,B,yes,no,,\nM2,B,yes,yes,,\n"
    found, report = read(tmp_path, text, engagements=MEETINGS)
    assert found[["engagement_id", "stakeholder_ref"]].to_numpy().tolist() == [["M1", "A"], ["M2", "A"]]
    assert reasons(report) == {
        "no such engagement": [3],
        "no engagement_id": [4],
        "nobody named": [5],
        "attended: neither yes nor no": [6],
        "the same person at the same engagement again": [8],
        "the same person at one engagement with different answers": [9, 10],
    }
    assert report.read == 9


def test_without_engagements_every_id_is_taken(tmp_path: Path) -> None:
    assert len(read(tmp_path, HEADER + "M9,A,yes,no,,\n")[0]) == 1


def test_coming_uninvited_is_kept_and_said(tmp_path: Path) -> None:
    found, report = read(tmp_path, HEADER + "M1,A,no,yes,,\nM1,B,yes,no,Too busy,2025-02-01\n")
    assert found["attended"].tolist() == [True, False]
    assert found["reason"].tolist() == [None, "time"]
    assert found["followed_up_on"].tolist() == [pd.NaT, pd.Timestamp("2025-02-01")]
    assert any("1 person came without being invited (first: row 2)" in choice for choice in report.choices)


def test_ticks_alone_mean_no_where_blank(tmp_path: Path) -> None:
    found, report = read(tmp_path, "engagement_id,stakeholder_ref,attended\nM1,A,x\nM1,B,\n")
    assert found["attended"].tolist() == [True, False]
    assert found["invited"].all()
    assert any("attended: only ticks; 1 blank cell read as no" in choice for choice in report.choices)
    assert any("invited: no such column" in choice for choice in report.choices)


def test_a_focal_point_can_stand_for_who_was_asked(tmp_path: Path) -> None:
    text = "engagement_id,focal_point_id,stakeholder_ref,attended\nM1,FP-1,,yes\nM1,FP-2,,no\nM1,FP-2,S,no\n"
    found, report = read(tmp_path, text)
    assert len(found) == 3
    assert report.set_aside == []


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    rows = ["M1,A,yes,yes,,", "M1,B,yes,no,ill,", "M2,A,no,no,,"]
    one, _ = read(tmp_path, HEADER + "\n".join(rows) + "\n")
    two, _ = read(tmp_path, HEADER + "\n".join(reversed(rows)) + "\n")
    pd.testing.assert_frame_equal(one, two)


def test_what_a_file_lacks_is_named(tmp_path: Path) -> None:
    with pytest.raises(GeoError, match="no column 'attended'"):
        read(tmp_path, "engagement_id,stakeholder_ref\nM1,A\n")
    with pytest.raises(GeoError, match="Use a pseudonym such as STK-04, not a name"):
        read(tmp_path, "engagement_id,name,attended\nM1,Jo Bloggs,yes\n")


def test_an_empty_list_is_no_error(tmp_path: Path) -> None:
    found, report = read(tmp_path, HEADER)
    assert (len(found), report.read) == (0, 0)
    assert list(found.columns) == [
        "engagement_id",
        "stakeholder_ref",
        "invited",
        "attended",
        "reason",
        "followed_up_on",
    ]
