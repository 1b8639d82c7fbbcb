"""What people asked for, and how far it got."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import AS_OF, ashview, ashview_wards, assert_uniform, by

from geo.engagement.answers.priorities import escalated, follow_through, overdue, progress, refreshed, stage_board


def asked(*rows: tuple[str, str, str | None, str, str | None]) -> pd.DataFrame:
    """Priorities from (raised on, horizon, target, status, fed back on)."""
    frame = pd.DataFrame(rows, columns=["raised_on", "horizon", "target_date", "status", "fed_back_on"])
    for name in ("raised_on", "target_date", "fed_back_on"):
        frame[name] = pd.to_datetime(frame[name])
    return frame.assign(priority_id=[f"P{at}" for at in range(len(frame))], ward_code="W1", issue="noise")


FIVE = asked(
    ("2025-01-01", "short", "2025-02-01", "raised", None),
    ("2025-11-01", "short", "2026-02-01", "in_progress", None),
    ("2025-01-01", "short", "2025-02-01", "on_hold", None),
    ("2025-01-01", "long", None, "raised", None),
    ("2025-01-01", "long", "2025-02-01", "fed_back", "2025-03-02"),
)


def test_overdue_is_computed_and_what_is_on_hold_is_counted_apart():
    row = by(progress(FIVE, as_of=AS_OF), "horizon").loc["all"]
    parts = ["open", "overdue", "on_track", "no_target", "on_hold", "on_hold_late", "fed_back", "old"]
    assert row[parts].tolist() == [4, 1, 1, 1, 1, 1, 1, 3]
    assert (row["timed"], row["median_days"], row["share"]) == (1, 60, 0.2)
    answer = overdue(FIVE, as_of=AS_OF)
    assert answer.table[["priority_id", "days_overdue"]].to_numpy().tolist() == [["P0", 333]]
    assert answer.sentence == "1 of 4 open priorities past the target date. The oldest is overdue by 333 days."


def test_the_target_day_itself_is_in_time():
    due = asked(("2025-12-01", "short", "2025-12-31", "raised", None))
    assert progress(due, as_of=AS_OF).table.loc[0, "overdue"] == 0
    assert progress(due, as_of=AS_OF + pd.Timedelta(days=1)).table.loc[0, "overdue"] == 1


def test_horizons_come_in_their_order_and_what_is_raised_later_does_not_count():
    rows = asked(*[("2025-01-01", name, None, "raised", None) for name in ("long", "medium", "short")])
    rows.loc[0, "horizon"] = None
    assert progress(rows, as_of=AS_OF).table["horizon"].tolist() == ["all", "short", "medium", "not recorded"]
    assert progress(rows, as_of=pd.Timestamp("2024-12-31")).sentence == "No priority is recorded."


def test_feeding_back_tomorrow_has_not_closed_the_loop():
    later = asked(("2025-01-01", "short", "2025-02-01", "in_progress", "2026-01-01"))
    assert progress(later, as_of=AS_OF).table.loc[0, ["open", "fed_back"]].tolist() == [1, 0]
    assert progress(later, as_of=pd.Timestamp("2026-01-01")).table.loc[0, ["open", "fed_back"]].tolist() == [0, 1]


def test_a_dated_action_counts_before_feeding_back():
    acted = FIVE.assign(acted_on=pd.to_datetime([None, None, None, None, "2025-01-11"]))
    assert by(progress(acted, as_of=AS_OF), "horizon").loc["all", "median_days"] == 10


def test_priorities_are_to_be_fresh_in_every_ward():
    wards = pd.DataFrame({"ward_code": ["W1", "W2", "W3"], "ward_name": ["Acre", "Barley", "Corn"]})
    rows = asked(("2025-09-30", "short", None, "raised", None), ("2025-09-29", "short", None, "raised", None))
    rows["ward_code"] = ["W1", "W2"]
    answer = refreshed(rows, wards, as_of=AS_OF)
    states = by(answer, "ward_code")["state"].to_dict()
    assert states == {"W1": "refreshed", "W2": "older than three months", "W3": "none recorded"}
    assert answer.sentence.startswith("1 of 3 wards had a priority raised within the last three months. None is")
    assert "1 priority outside these wards" in refreshed(rows, wards.iloc[1:], as_of=AS_OF).sentence


def test_follow_through_by_kind():
    table = by(
        follow_through(FIVE.assign(kind=["recommendation", None, None, "advice", "recommendation"]), as_of=AS_OF),
        "kind",
    )
    assert table["raised"].to_dict() == {"advice": 1, "priority": 2, "recommendation": 2}
    assert table.loc["recommendation", "acted_share"] == 0.5


def test_the_stage_board_shows_where_the_community_had_no_part():
    involved = pd.array([True, False, None, False, True], dtype="boolean")
    stages = ["scanning", "scanning", "response", "response", None]
    answer = stage_board(FIVE.assign(sara_stage=stages, community_involved=involved), as_of=AS_OF)
    table = by(answer, "stage")
    assert list(table.index) == ["scanning", "analysis", "response", "assessment", "not recorded"]
    assert table.loc["response", ["involved", "not_involved", "not_noted"]].tolist() == [0, 1, 1]
    assert np.isnan(table.loc["analysis", "share"])
    assert "Without it: scanning 1 of 2, response 1 of 1." in answer.sentence


def test_what_was_taken_further_is_answered_when_it_is_fed_back():
    events = pd.DataFrame(
        {"engagement_id": ["A", "B", "C"], "date": pd.Timestamp("2025-05-01"), "escalated_to": ["board", "board", None]}
    )
    rows = FIVE.assign(engagement_id=["A", "A", "B", "C", "A"])
    row = escalated(rows, events, as_of=AS_OF).table.iloc[0]
    assert row[["engagements", "with_priority", "answered", "share"]].tolist() == [2, 2, 1, 0.5]


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 700),
            st.sampled_from(["raised", "in_progress", "on_hold", "done", "fed_back", "not_possible"]),
            st.none() | st.integers(0, 900),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_every_priority_is_in_one_state(found):
    start = AS_OF - pd.Timedelta(days=700)
    day = [(start + pd.Timedelta(days=raised), late) for raised, _, late in found]
    frame = pd.DataFrame(
        {
            "priority_id": [str(at) for at in range(len(found))],
            "raised_on": [when for when, _ in day],
            "target_date": pd.to_datetime(
                [None if late is None else when + pd.Timedelta(days=late) for when, late in day]
            ),
            "status": [status for _, status, _ in found],
        }
    )
    row = progress(frame, as_of=AS_OF).table.iloc[0]
    assert row["raised"] == len(found)
    assert row["open"] == row[["overdue", "on_track", "no_target", "on_hold"]].sum()
    assert row["raised"] == row[["open", "done", "not_possible"]].sum()
    assert len(overdue(frame, as_of=AS_OF).table) == row["overdue"]


def test_the_priorities_of_ashview():
    rows = ashview("priorities")
    answer = assert_uniform(lambda frame: progress(frame, as_of=AS_OF), rows)
    whole = by(answer, "horizon").loc["all"]
    late = rows["status"].isin(["raised", "in_progress"]) & (rows["target_date"] < AS_OF)
    assert whole["overdue"] == int(late.sum()) == 17
    assert whole["fed_back"] == int((rows["status"] == "fed_back").sum()) == 19
    days = (rows["fed_back_on"] - rows["raised_on"]).dt.days.dropna()
    assert whole["median_days"] == pytest.approx(days.median())
    assert answer.sentence.startswith("17 of 26 open priorities are past the target date; 3 on hold. 19 of 62")
    assert len(assert_uniform(lambda frame: overdue(frame, as_of=AS_OF), rows).table) == 17
    assert_uniform(lambda frame: follow_through(frame, as_of=AS_OF), rows)
    assert_uniform(lambda frame: stage_board(frame, as_of=AS_OF), rows)
    wards = pd.DataFrame(ashview_wards())
    fresh = assert_uniform(lambda *frames: refreshed(*frames, as_of=AS_OF), rows, wards)
    assert "None is recorded for Larkfield." in fresh.sentence
    up = assert_uniform(lambda *frames: escalated(*frames, as_of=AS_OF), rows, ashview("engagements"))
    assert up.table["engagements"].tolist() == [3]


def test_columns_that_a_file_does_not_have_are_not_needed():
    bare = FIVE[["ward_code", "raised_on", "issue"]]
    assert progress(bare, as_of=AS_OF).table.loc[0, ["open", "overdue"]].tolist() == [5, 0]
    assert stage_board(bare, as_of=AS_OF).table["raised"].sum() == 5
    assert follow_through(bare, as_of=AS_OF).table["kind"].tolist() == ["priority"]
