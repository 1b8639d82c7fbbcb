"""Do groups meet as often as they should, and are the duties to a ward kept."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import AS_OF, ashview, ashview_placed, ashview_wards, assert_uniform, by

from geo.engagement.answers.cadence import duties, gaps, meetings_by_quarter, standing_groups


def group(every: float | None = 61) -> pd.DataFrame:
    return pd.DataFrame({"focal_point_id": ["FP-1"], "name": ["The Panel"], "meets_every_days": [every]})


def met(*days: str, activity: str = "forum") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "engagement_id": list(days),
            "date": pd.to_datetime(list(days)),
            "activity": activity,
            "focal_point_id": "FP-1",
        }
    )


BI_MONTHLY = met("2025-01-15", "2025-03-12", "2025-05-21")


def test_the_oracle_of_a_bi_monthly_meeting():
    as_of = pd.Timestamp("2025-08-20")
    found = gaps(group(), BI_MONTHLY, as_of=as_of)
    assert found["gap_days"].tolist()[1:] == [56, 70]
    assert not found["late"].any()
    answer = standing_groups(group(), BI_MONTHLY, as_of=as_of)
    row = answer.table.iloc[0]
    assert (row["open_gap_days"], row["overdue_by_days"], row["state"]) == (91, 16, "overdue")
    assert answer.sentence == "1 of 1 standing group overdue (tolerance 14 days): The Panel by 16 days."
    assert row["dates"] == "2025-01-15;2025-03-12;2025-05-21"
    assert answer.headings["dates"] == "Met on"


def test_the_tolerance_is_the_last_day_in_time():
    answer = standing_groups(group(), BI_MONTHLY, as_of=pd.Timestamp("2025-08-04"))
    assert (answer.table.loc[0, "open_gap_days"], answer.table.loc[0, "state"]) == (75, "in time")
    strict = standing_groups(group(), BI_MONTHLY, as_of=pd.Timestamp("2025-08-04"), tolerance_days=13)
    assert strict.table.loc[0, "overdue_by_days"] == 1


def test_two_meetings_on_a_day_are_one_and_a_later_one_is_a_plan():
    days = pd.concat([met("2025-01-15", "2025-03-12"), met("2025-03-12", "2025-09-01")])
    assert len(gaps(group(), days, as_of=pd.Timestamp("2025-08-20"))) == 2


def test_a_patrol_past_the_door_is_no_meeting():
    walk = met("2025-06-01", activity="foot_patrol")
    answer = standing_groups(group(), walk, as_of=AS_OF)
    assert answer.table.loc[0, "state"] == "no meeting recorded"
    assert answer.table.loc[0, "dates"] is None
    assert pd.isna(answer.table.loc[0, "overdue_by_days"])
    assert "No meeting is recorded for FP-1" in answer.sentence
    assert len(gaps(group(), walk, as_of=AS_OF, activities={"foot_patrol"})) == 1


def test_without_an_interval_there_is_nothing_to_keep():
    assert standing_groups(group(None), BI_MONTHLY, as_of=AS_OF).table.empty


def test_quarters_without_a_meeting_are_zeros():
    table = by(meetings_by_quarter(group(91), met("2025-01-15", "2025-02-12", "2025-08-01"), as_of=AS_OF), "quarter")
    assert dict(table["meetings"]) == {"2025 Q1": 2, "2025 Q2": 0, "2025 Q3": 1, "2025 Q4": 0}


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 900), min_size=1, max_size=12, unique=True))
def test_gaps_and_the_open_gap_add_up_to_the_time_since_the_first_meeting(days):
    start = AS_OF - pd.Timedelta(days=900)
    dates = [str((start + pd.Timedelta(days=day)).date()) for day in days]
    found = gaps(group(), met(*dates), as_of=AS_OF)
    row = standing_groups(group(), met(*dates), as_of=AS_OF).table.iloc[0]
    assert found["gap_days"].sum() + row["open_gap_days"] == 900 - min(days)
    assert row["late_gaps"] == int((found["gap_days"] > 75).sum())


WARDS = pd.DataFrame({"ward_code": ["W1", "W2"], "ward_name": ["Acre", "Barley"]})


def test_each_duty_has_its_own_last_day():
    events = pd.DataFrame(
        {
            "engagement_id": ["a", "b", "c", "d"],
            "date": pd.to_datetime(["2025-12-01", "2025-06-01", "2025-09-01", "2025-12-30"]),
            "activity": ["foot_patrol", "public_meeting", "message_alert", "forum"],
            "objective": ["reassure;listen_priorities", "build_trust", "reassure", "gather_intelligence"],
            "ward_code": ["W1", "W1", "W1", None],
        }
    )
    answer = duties(events, WARDS, as_of=AS_OF, meet_days=365)
    table = by(answer, "ward_code", "duty")
    assert dict(table.loc["W1", "days_since"]) == {"consult": 30, "inform": 121, "meet": 213}
    assert dict(table.loc["W1", "state"]) == {"consult": "OK", "inform": "overdue", "meet": "OK"}
    assert table.loc[("W1", "inform"), "overdue_by_days"] == 30
    assert table.loc["W2", "state"].eq("no record").all()
    assert table.loc["W2", "overdue_by_days"].isna().all()
    assert "None of the three is recorded in Barley." in answer.sentence
    assert "1 engagement outside these wards, or without a ward, not counted." in answer.sentence


def test_an_invited_forum_is_not_a_public_meeting():
    events = met("2025-12-01").assign(ward_code="W1")
    assert by(duties(events, WARDS, as_of=AS_OF), "ward_code", "duty").loc[("W1", "meet"), "state"] == "no record"


def test_the_groups_of_ashview():
    places, engagements = ashview("focal_points"), ashview("engagements")
    answer = assert_uniform(lambda *frames: standing_groups(*frames, as_of=AS_OF), places, engagements)
    forum = by(answer, "focal_point_id").loc["FP-038"]
    assert (forum["meetings"], forum["median_gap_days"], forum["longest_gap_days"], forum["late_gaps"]) == (
        11,
        61,
        122,
        1,
    )
    own = gaps(places, engagements, as_of=AS_OF).query("focal_point_id == 'FP-038'")["gap_days"].dropna()
    assert sorted(own) == [61] * 9 + [122]
    assert dict(by(answer, "focal_point_id")["state"]) == {
        "FP-038": "in time",
        "FP-039": "in time",
        "FP-040": "overdue",
    }
    assert_uniform(lambda *frames: meetings_by_quarter(*frames, as_of=AS_OF), places, engagements)


def test_the_duties_of_ashview():
    answer = assert_uniform(
        lambda *frames: duties(*frames, as_of=AS_OF), ashview_placed(), pd.DataFrame(ashview_wards())
    )
    assert len(answer.table) == 14 * 3
    silent = answer.table[answer.table["ward_name"] == "Larkfield"]
    assert silent["state"].eq("no record").all()
    others = answer.table[answer.table["ward_name"] != "Larkfield"]
    assert others.loc[others["duty"] == "meet", "times"].gt(0).all()
    assert (others["state"] == "OK").tolist() == (others["days_since"] <= 91).tolist()


def test_columns_that_a_file_does_not_have_are_not_needed():
    bare = ashview("engagements")[["engagement_id", "date"]]
    assert standing_groups(ashview("focal_points")[["focal_point_id"]], bare, as_of=AS_OF).table.empty
    assert duties(bare, WARDS, as_of=AS_OF).table["times"].eq(0).all()
    with pytest.raises(TypeError):
        standing_groups(group(), BI_MONTHLY)
