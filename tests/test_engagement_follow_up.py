"""Who was invited and did not come."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import AS_OF, ashview, assert_uniform, by

from geo.engagement.answers.follow_up import attendance, intermediaries, reasons, who_to_ask

DAYS = ["2025-01-10", "2025-02-10", "2025-03-10", "2025-04-10"]


def invited(record: dict[str, str], *, asked: dict[str, int] | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Attendance from words such as YYNY (came, missed, - not invited), the first misses of each followed up."""
    rows, left = [], dict(asked or {})
    for ref, marks in record.items():
        for at, mark in enumerate(marks):
            follow = mark == "N" and left.get(ref, 0) > 0
            left[ref] = left.get(ref, 0) - follow
            rows.append(
                (f"E{at}", ref, mark != "-", mark == "Y", "time" if follow else None, DAYS[at] if follow else None)
            )
    columns = ["engagement_id", "stakeholder_ref", "invited", "attended", "reason", "followed_up_on"]
    table = pd.DataFrame(rows, columns=columns)
    table["followed_up_on"] = pd.to_datetime(table["followed_up_on"])
    meetings = pd.DataFrame({"engagement_id": [f"E{at}" for at in range(4)], "date": pd.to_datetime(DAYS)})
    return table, meetings.assign(focal_point_id="FP-1")


FOUR = {"A": "YYNY", "B": "NNNN", "C": "YNNN", "D": "--NY"}


def test_the_oracle_of_four_meetings():
    table = by(attendance(*invited(FOUR, asked={"B": 2, "C": 1}), as_of=AS_OF), "meeting_of")
    row = table.loc["all"]
    assert (row["meetings"], row["invited"], row["attended"], row["missed"], row["followed_up"]) == (4, 14, 5, 9, 3)
    assert [row["share"], row["low"], row["high"]] == pytest.approx([0.64286, 0.38764, 0.83655], rel=1e-4)
    assert row["followed_up_share"] == pytest.approx(1 / 3)
    assert [row["followed_up_low"], row["followed_up_high"]] == pytest.approx([0.12058, 0.64580], rel=1e-4)
    assert table.loc["FP-1", "missed"] == 9


def test_who_is_on_the_list_of_the_oracle():
    rows, meetings = invited(FOUR, asked={"B": 2, "C": 1})
    table = by(who_to_ask(rows, meetings, references=True, as_of=AS_OF), "ref")
    assert dict(table["trailing_misses"]) == {"B": 4, "C": 3}
    assert dict(table["unasked"]) == {"B": 2, "C": 2}
    assert set(by(who_to_ask(rows, meetings, references=True, as_of=AS_OF, at_least=4), "ref").index) == {"B"}


def test_not_being_invited_neither_breaks_nor_lengthens_a_row_of_misses():
    rows, meetings = invited({"A": "YN-N", "B": "N--Y"})
    assert dict(by(who_to_ask(rows, meetings, references=True, as_of=AS_OF), "ref")["trailing_misses"]) == {"A": 2}


def test_nobody_invited_is_not_applicable_and_never_zero():
    answer = attendance(*invited({"A": "----"}), as_of=AS_OF)
    assert answer.table["share"].isna().all()
    assert answer.table["invited"].eq(0).all()
    assert "not applicable" in answer.sentence
    assert "0%" not in answer.sentence


def test_attendance_that_nobody_noted_is_neither():
    rows, meetings = invited({"A": "YN"})
    rows["attended"] = pd.array([None, False], dtype="boolean")
    answer = attendance(rows, meetings, as_of=AS_OF)
    row = by(answer, "meeting_of").loc["all"]
    assert (row["invited"], row["attended"], row["missed"], row["unknown"], row["share"]) == (2, 0, 1, 1, 1.0)
    assert "1 invitation nobody noted" in answer.sentence


def test_who_comes_uninvited_is_counted_apart():
    rows, meetings = invited({"A": "YN"})
    rows.loc[0, "invited"] = False
    row = by(attendance(rows, meetings, as_of=AS_OF), "meeting_of").loc["all"]
    assert (row["invited"], row["attended"], row["uninvited"]) == (1, 0, 1)


def test_meetings_and_questions_after_the_day_do_not_count():
    rows, meetings = invited({"A": "NNNN"}, asked={"A": 4})
    row = by(attendance(rows, meetings, as_of=pd.Timestamp("2025-02-28")), "meeting_of").loc["all"]
    assert (row["missed"], row["followed_up"]) == (2, 2)
    rows["followed_up_on"] = pd.Timestamp("2026-02-01")
    assert by(attendance(rows, meetings, as_of=AS_OF), "meeting_of").loc["all", "followed_up"] == 0


def test_a_focal_point_can_be_invited_itself():
    rows, meetings = invited({"FP-9": "NN"})
    rows = rows.rename(columns={"stakeholder_ref": "focal_point_id"})
    places = pd.DataFrame({"focal_point_id": ["FP-9"], "communities": ["Irish"], "name": ["J. Doe's house"]})
    answer = who_to_ask(rows, meetings, places, as_of=AS_OF)
    assert answer.table.loc[0, "focal_point_id"] == "FP-9"
    assert "Doe" not in answer.table.to_string() + answer.sentence
    assert who_to_ask(rows, meetings, as_of=AS_OF).table.loc[0, "focal_point_id"] == "FP-9"


def test_reasons_count_the_misses_and_say_what_nobody_asked():
    answer = reasons(*invited(FOUR, asked={"B": 2, "C": 1}), as_of=AS_OF)
    assert dict(zip(answer.table["reason"], answer.table["missed"], strict=True)) == {"not_asked": 6, "time": 3}
    assert answer.table["share"].sum() == pytest.approx(1)
    assert answer.sentence.startswith("No reason is known for 6 of 9")


def test_an_intermediary_is_suggested_where_nobody_of_a_community_came():
    rows, meetings = invited({"A": "NNNN", "B": "YNYN", "C": "NNNN"})
    places = pd.DataFrame(
        {"focal_point_id": ["FP-2", "FP-3", "FP-4"], "stakeholder": ["A", "B", "C"],
         "communities": ["Irish;Arab", "Arab", None]}
    )  # fmt: skip
    table = by(intermediaries(rows, meetings, places, as_of=AS_OF), "community")
    assert dict(table["trailing_misses"]) == {"Arab": 1, "Irish": 4}
    assert dict(table["suggestion"]) == {"Arab": "", "Irish": "suggest an intermediary"}
    assert table.loc["Arab", "refs"] == 2


@settings(deadline=None, max_examples=40)
@given(st.dictionaries(st.sampled_from("ABCDEF"), st.text("YN-", min_size=4, max_size=4), min_size=1))
def test_invitations_are_attended_or_missed_and_rows_of_misses_are_what_they_say(record):
    rows, meetings = invited(record)
    row = by(attendance(rows, meetings, as_of=AS_OF), "meeting_of").loc["all"]
    marks = "".join(record.values())
    assert (row["attended"], row["missed"]) == (marks.count("Y"), marks.count("N"))
    assert row["invited"] == row["attended"] + row["missed"]
    listed = by(who_to_ask(rows, meetings, references=True, as_of=AS_OF, at_least=1), "ref")["trailing_misses"]
    own = {ref: word.replace("-", "") for ref, word in record.items()}
    runs = {ref: len(word) - len(word.rstrip("N")) for ref, word in own.items()}
    assert dict(listed) == {ref: run for ref, run in runs.items() if run}


def test_the_forum_of_ashview():
    rows, engagements, places = ashview("attendance"), ashview("engagements"), ashview("focal_points")
    answer = assert_uniform(lambda *frames: attendance(*frames, as_of=AS_OF), rows, engagements)
    row = by(answer, "meeting_of").loc["FP-038"]
    asked = rows[rows["invited"].astype(bool)]
    assert (row["meetings"], row["invited"]) == (11, len(asked)) == (11, 138)
    assert row["missed"] == int((~asked["attended"].astype(bool)).sum()) == 52
    assert row["followed_up"] == int(rows["followed_up_on"].notna().sum()) == 15
    assert_uniform(lambda *frames: reasons(*frames, as_of=AS_OF), rows, engagements)
    ask = assert_uniform(lambda *frames: who_to_ask(*frames, as_of=AS_OF, references=True), rows, engagements, places)
    never = by(ask, "ref").loc[["STK-10", "STK-11"]]
    assert never["attended"].eq(0).all()
    assert never["unasked"].eq(11).all()
    assert list(never["focal_point_id"]) == ["FP-010", "FP-011"]
    assert "Nobody ever asked STK-10, STK-11 why." in ask.sentence
    plain = assert_uniform(lambda *frames: who_to_ask(*frames, as_of=AS_OF), rows, engagements, places)
    assert "STK" not in plain.table.to_csv() + plain.sentence
    assert plain.sentence == (
        "3 invited members missed their last 2 invitations or more. Nobody ever asked 2 of them why."
    )
    last = rows[(rows["stakeholder_ref"] == "STK-10")]["engagement_id"].iloc[-1]
    assert plain.table.loc[0, ["focal_point_id", "unasked", "last_missed_at"]].tolist() == ["FP-010", 11, last]
    pd.testing.assert_frame_equal(ask.table.drop(columns="ref"), plain.table)
    suggest = assert_uniform(lambda *frames: intermediaries(*frames, as_of=AS_OF), rows, engagements, places).table
    assert list(suggest.loc[suggest["suggestion"] != "", "community"]) == ["African", "Irish"]
