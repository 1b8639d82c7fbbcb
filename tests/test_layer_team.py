"""Queries and posts: what the Neighbourhood Policing Guarantee asks of a force, as files people hold."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from conftest import make_wards

from geo.errors import GeoError
from layers.posts import read_posts
from layers.queries import read_queries
from layers.registry import personal

A, B, ELSEWHERE = "E05990000", "E05990001", "E05000099"
TODAY = dt.date(2025, 12, 31)


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_queries_as_a_mailbox_exports_them(tmp_path: Path) -> None:
    path = write(
        tmp_path / "queries.csv",
        "Reference,Ward,Date received,Date answered,Source,Subject",
        f"7,{A},03/12/2025 09:00,05/12/2025 17:30,email,parking",
        "8,,01/12/2025 10:15,,phone,noise",
        f"9,{ELSEWHERE},13/12/2025 08:00,13/12/2025 09:00,email,dogs",
        f"7,{A},03/12/2025 09:00,05/12/2025 17:30,email,parking",
        f"10,{A},,05/12/2025 17:30,email,",
        f"11,{A},soon,,email,",
        f"12,{A},02/01/2026 09:00,,email,",
    )
    queries, report = read_queries(path, wards=make_wards("Acre"), today=TODAY)
    assert queries.columns.tolist() == ["query_id", "ward_code", "received", "answered", "channel"]
    assert queries["query_id"].tolist() == ["8", "7", "9"]
    assert queries["ward_code"].tolist() == [None, A, None]  # a ward of elsewhere is not known here, and counts
    assert queries["received"].tolist() == [
        pd.Timestamp("2025-12-01 10:15"),
        pd.Timestamp("2025-12-03 09:00"),
        pd.Timestamp("2025-12-13 08:00"),
    ]
    assert queries["answered"].isna().tolist() == [True, False, False]
    assert {part.reason: [row.row for row in part.rows] for part in report.set_aside} == {
        "the same entry again": [5],
        "no received": [6],
        "received cannot be read": [7],
        "received is in the future": [8],
    }
    assert report.warnings == [
        f"1 query with a ward code that the map does not have ({ELSEWHERE}): counted for the whole area only."
    ]


def test_queries_of_days_alone_say_what_that_means(tmp_path: Path) -> None:
    path = write(tmp_path / "q.csv", "received,answered", "2025-12-01,2025-12-04")
    queries, report = read_queries(path, today=TODAY)
    assert queries["ward_code"].tolist() == [None]
    assert "queries have days, no times: an answer on the third day after counts as in time." in report.choices


def test_two_times_of_one_query_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "q.csv", "id,received,answered", "7,2025-12-01 09:00,", "7,2025-12-02 09:00,")
    with pytest.raises(GeoError, match="given twice and not the same"):
        read_queries(path, today=TODAY)


def test_posts_keep_the_person_a_pseudonym(tmp_path: Path) -> None:
    path = write(
        tmp_path / "posts.csv",
        "Ward,Officer,Rank,From,To",
        f"{A};{B},4711,PC,01/02/2024,",
        f"{A},,PCSO,,",
        f"{ELSEWHERE},1,PC,,",
        f"{A},2,PC,01/02/2025,01/01/2025",
        ",3,PC,,",
    )
    posts, report = read_posts(path, wards=make_wards("Acre", "Barley"))
    assert posts["ward_code"].tolist() == [f"{A};{B}", A]
    assert posts["officer_ref"].tolist() == ["4711", None]
    assert posts["since"].tolist()[0] == pd.Timestamp("2024-02-01")
    assert {part.reason for part in report.set_aside} == {
        "a ward code that the map does not have",
        "the last day is before the first",
        "no ward code",
    }
    assert "officer_ref" in personal()


@pytest.mark.parametrize("cell", ["Acre; Barley", "Acre, Barley", "Acre and Barley Ward", f"{A};Barley"])
def test_posts_and_queries_by_the_names_of_wards(tmp_path: Path, cell: str) -> None:
    wards = make_wards("Acre", "Barley")
    path = write(tmp_path / "posts.csv", "Wards covered,Officer,Role,From,To", f'"{cell}",4711,PC,Feb 2024,present')
    posts, report = read_posts(path, wards=wards)
    assert posts[["ward_code", "officer_ref"]].to_numpy().tolist() == [[f"{A};{B}", "4711"]]
    assert posts["until"].isna().all()
    assert report.set_aside == []
    head = "Case Number,Date/Time Opened,Date/Time Closed,Ward name"
    path = write(tmp_path / "queries.csv", head, "1,2025-06-30 14:00,,Acre Ward", "2,2025-07-01 14:00,,Elsewhere")
    queries, report = read_queries(path, wards=wards, today=TODAY)
    assert queries["ward_code"].tolist() == [A, None]
    assert any("Elsewhere" in one for one in report.warnings)


@pytest.mark.parametrize(
    ("received", "answered"),
    [
        ("Date/Time Received", "Date/Time Responded"),
        ("Enquiry Date", "Resolved Date"),
        ("Opened at", "Closed at"),
        ("Date and time of first contact", "Date of reply"),
        ("Created Date Time", "Completed"),
    ],
)
def test_queries_under_the_headings_of_contact_systems(tmp_path: Path, received: str, answered: str) -> None:
    path = write(tmp_path / "q.csv", f"{received},{answered}", "2025-06-01 09:00,2025-06-02 17:00", "2025-06-13,-")
    queries, report = read_queries(path, today=TODAY)
    assert queries["answered"].tolist() == [pd.Timestamp("2025-06-02 17:00"), pd.NaT]
    assert report.unread == {}


@pytest.mark.parametrize("word", ["Not yet", "open", "Pending", "Awaiting reply", "N/A", "-", "Not answered", ""])
def test_a_query_that_has_no_answer_yet_counts_whatever_word_says_so(tmp_path: Path, word: str) -> None:
    path = write(tmp_path / "q.csv", "received,answered", f"2025-06-01,{word}", "2025-06-01,soon")
    queries, report = read_queries(path, today=TODAY)
    assert queries["answered"].isna().tolist() == [True]
    assert [part.reason for part in report.set_aside] == ["answered cannot be read"]


def test_times_of_queries_may_stand_beside_their_days(tmp_path: Path) -> None:
    header = "Date received,Time received,Date answered,Time answered"
    path = write(tmp_path / "q.csv", header, "01/06/2025,09:00,02/06/2025,5.30pm", "13/06/2025,10:00,,")
    queries, _ = read_queries(path, today=TODAY)
    assert queries["received"].tolist() == [pd.Timestamp("2025-06-01 09:00"), pd.Timestamp("2025-06-13 10:00")]
    assert queries["answered"].tolist() == [pd.Timestamp("2025-06-02 17:30"), pd.NaT]
