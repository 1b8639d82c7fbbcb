"""Scores of engagements, and the measures a force reports under the Neighbourhood Policing Guarantee, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from geo.engagement.answers.effort import outcomes
from geo.engagement.answers.guarantee import answered_in_time, beat_meetings, named_officers
from geo.engagement.answers.scores import experienced

WARDS = pd.DataFrame({"ward_code": ["A", "B", "C"], "ward_name": ["Acre", "Barley", "Croft"]})
AS_OF = pd.Timestamp("2025-12-31")


def test_answers_within_72_hours():
    queries = pd.DataFrame(
        [
            ("A", "2025-12-01 09:00", "2025-12-04 09:00"),  # 72 hours to the minute
            ("A", "2025-12-01 09:00", "2025-12-04 09:01"),
            ("B", "2025-12-10 12:00", None),
            ("B", "2025-12-30 12:00", None),  # 36 hours before the end of the day: not due
            ("B", "2025-12-30 12:00", "2025-12-30 18:00"),  # answered all the same
            (None, "2025-12-02 00:00", "2025-12-02 12:00"),
            ("A", "2025-12-05 00:00", "2025-12-04 00:00"),  # answered before it came
            ("A", "2026-01-02 00:00", None),  # after the day of the report
        ],
        columns=["ward_code", "received", "answered"],
    )
    answer = answered_in_time(queries, WARDS, as_of=AS_OF)
    table = answer.table.set_index("value")
    assert table.loc["all", ["received", "due", "in_time", "late", "unanswered", "not_due"]].tolist() == [
        *[6, 5, 3, 1, 1, 1]
    ]
    assert table.loc["all", "share"] == pytest.approx(3 / 5)
    assert table.loc["all", "median_hours"] == pytest.approx(np.median([72, 72 + 1 / 60, 6, 12]))
    assert table.loc["Acre", ["due", "in_time"]].tolist() == [2, 1]
    assert table.loc["Barley", ["due", "in_time", "unanswered", "not_due"]].tolist() == [2, 1, 1, 1]
    assert "Croft" not in table.index  # no query came from there: no share of nothing
    assert answer.sentence == (
        "3 of 5 (60%; 23% to 88% allowing for chance) queries were answered within 72 hours. "
        "1 that are due have no answer. 1 came too lately to say. 1 set aside: answered before received."
    )
    shuffled = answered_in_time(queries.sample(frac=1, random_state=1), WARDS, as_of=AS_OF)
    pd.testing.assert_frame_equal(shuffled.table, answer.table)
    nothing = answered_in_time(queries.head(0), WARDS, as_of=AS_OF)
    assert nothing.sentence == "No query is due for an answer."


def test_an_answer_that_came_after_the_day_of_the_report_is_not_known_yet():
    queries = pd.DataFrame({"ward_code": ["A"], "received": ["2025-12-20"], "answered": ["2026-01-05"]})
    assert answered_in_time(queries, WARDS, as_of=AS_OF).table.iloc[0]["unanswered"] == 1


def test_dates_without_a_time():
    queries = pd.DataFrame({"ward_code": "A", "received": ["2025-12-01"] * 2, "answered": ["2025-12-04", "2025-12-05"]})
    assert answered_in_time(queries, WARDS, as_of=AS_OF).table.iloc[0][["in_time", "late"]].tolist() == [1, 1]


def log(*rows: tuple[str | None, str, str | None], **more: object) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["ward_code", "date", "activity"])
    return frame.assign(date=pd.to_datetime(frame["date"]), **more)


def test_beat_meetings():
    rows = log(
        ("A", "2025-12-01", "public_meeting"),
        ("A", "2025-11-01", "forum"),
        ("B", "2025-10-01", "online_meeting"),  # 91 days ago: one too many
        ("C", "2025-12-01", "drop_in"),
        ("C", "2026-01-01", "public_meeting"),  # a plan
        (None, "2025-12-01", "public_meeting"),
    )
    answer = beat_meetings(rows, WARDS, as_of=AS_OF)
    assert answer.table["state"].tolist() == ["held", "longer ago", "none recorded"]
    assert answer.table["meetings"].tolist() == [1, 0, 0]
    assert answer.table["days_since"].tolist()[:2] == [30, 91]
    assert answer.sentence == "1 of 3 wards had a beat meeting in the last 91 days. None is recorded in Croft."


def test_named_officers():
    posts = pd.DataFrame(
        {
            "ward_code": ["A;B", "A", "B", "C"],
            "officer_ref": ["PC-1", "PCSO-2", None, None],
            "role": ["officer", "PCSO", "officer", None],
            "since": ["2025-01-01", "2026-01-05", None, None],
            "until": [None, None, None, None],
        }
    )
    answer = named_officers(posts, WARDS, as_of=AS_OF)
    assert answer.table["officers"].tolist() == [1, 1, 0]
    assert answer.table["state"].tolist() == ["named", "named", "vacant"]
    assert answer.table["longest_days"].tolist()[0] == 364
    assert "PC-1" not in answer.table.to_csv() + answer.sentence
    gone = named_officers(posts.assign(until="2025-12-30"), WARDS, as_of=AS_OF)
    assert set(gone.table["state"]) == {"none recorded"}
    assert gone.sentence == "0 of 3 wards have a named officer. Without: Acre, Barley, Croft."


def test_scores_each_by_itself():
    rows = log(*[("A", "2025-05-01", "forum")] * 6, ("B", "2025-05-01", "forum")).assign(
        communities=["Roma", "Roma;Irish", *[None] * 5],
        quality_score=[5, 4, 4, 3, 2, np.nan, 1],
        respect=[np.nan, 9, 4, 4, 4, 4, 5],
    )
    answer = experienced(rows, as_of=AS_OF)
    table = answer.table.set_index(["score", "level", "value"])
    whole = table.loc[("quality", "all", "all")]
    scores = [5, 4, 4, 3, 2, 1]
    assert (whole["scored"], whole["mean"]) == (6, pytest.approx(np.mean(scores)))
    half = stats.t.ppf(0.975, 5) * np.std(scores, ddof=1) / np.sqrt(6)
    assert whole[["low", "high"]].tolist() == pytest.approx([max(1, np.mean(scores) - half), np.mean(scores) + half])
    assert table.loc[("quality", "ward", "A"), "scored"] == 5
    hidden = table.loc[("quality", "community", "Roma")]
    assert hidden["hidden"]
    assert np.isnan(hidden["mean"])
    assert table.loc[("respect", "all", "all"), "mean"] == pytest.approx(4.2)
    assert answer.sentence == (
        "Mean scores: quality 3.2 of 5 (6 engagements), respect 4.2 of 5 (5 engagements). 1 outside 1 to 5 not counted."
    )
    assert set(answer.table["score"]) == {"quality", "respect"}
    nobody = experienced(rows.drop(columns=["quality_score", "respect"]), as_of=AS_OF)
    assert nobody.sentence == "No score is recorded for 5 engagements or more."


def test_what_came_of_engagements_by_hand():
    log = pd.DataFrame(
        [
            ("2025-01-10", "referral", 2),
            ("2025-03-10", "Referral", 3),
            ("2025-04-10", "referral;volunteered", 9),  # whose nine they are cannot be told
            ("2025-05-10", "work_experience", None),
            ("2025-06-10", None, 4),
            ("2026-06-10", "referral", 50),  # ahead
        ],
        columns=["date", "outcome_type", "outcome_count"],
    ).assign(date=lambda rows: pd.to_datetime(rows["date"]))
    answer = outcomes(log, as_of=AS_OF)
    table = answer.table.set_index("outcome")
    assert table.index.tolist() == ["referral", "volunteered", "work_experience"]
    assert table[["engagements", "counted"]].to_numpy().tolist() == [[3, 2], [1, 0], [1, 0]]
    assert table.loc["referral", "number"] == 5
    assert table["number"].isna().tolist() == [False, True, True]
    assert table.loc["referral", "last_on"] == pd.Timestamp("2025-04-10")
    assert answer.sentence == (
        "4 engagements of 5 name an outcome: referral 3 (5 in all), volunteered 1, work_experience 1."
    )
