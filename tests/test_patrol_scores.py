"""Scores by hand: reports in the hours of a shift, gaps in engagement, the balance, and recent visits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from patrol_town import FRIDAY, TIMES, hot_result

from geo.errors import GeoError
from geo.patrol.scores import PARTS, engagement_scores, hotspot_scores, hours_of_week, lately, prizes
from geo.patrol.shift import read_shift

EVENING = read_shift("18:00-22:00", FRIDAY)


def scored(result=None, shift=EVENING):
    result = result or hot_result()
    return hotspot_scores(result.hotspots, result.incidents, shift)


def test_the_hours_of_a_shift():
    hours = hours_of_week(read_shift("21:30-02:15", FRIDAY))
    assert hours.sum() == 4.75
    assert hours[4, 21] == 0.5
    assert hours[4, 22] == hours[4, 23] == hours[5, 0] == hours[5, 1] == 1
    assert hours[5, 2] == 0.25
    # Sunday night runs into the Monday at the top
    assert hours_of_week(read_shift("23:00-01:00", "2025-03-09"))[0, 0] == 1


def test_reports_in_the_hours_by_hand():
    found = scored()
    # Fridays 18 to 22: 12 of 24, 9 of 18, none of 10, all of 5
    assert found.table["in_hours"].tolist() == [12, 9, 0, 5]
    assert found.table["score"].tolist() == [1, 0.75, 0, round(5 / 12, 6)]
    assert found.when == "Fridays 18:00 to 22:00"
    assert found.notes == []
    # 59 days of record are 59/7 Fridays
    assert found.table["per_shift"].tolist() == pytest.approx([12 * 7 / 59, 9 * 7 / 59, 0, 5 * 7 / 59])


def test_impact_weighs_where_it_is_known_for_all():
    known = scored(hot_result(impact=[24, 72, 10, 5]))
    # 24 x 1/2 = 12; 72 x 1/2 = 36; 0; 5
    assert known.table["score"].tolist() == pytest.approx([12 / 36, 1, 0, 5 / 36], abs=1e-6)
    assert known.table["in_hours"].tolist() == [12, 9, 0, 5]
    assert scored(hot_result(impact=[24, 72, None, 5])).table["score"].tolist() == scored().table["score"].tolist()


def test_a_report_between_two_times_is_spread():
    result = hot_result({1: ["2025-01-03 17:00"] * 30, 2: ["2025-01-03 19:00"] * 30})
    ends = pd.to_datetime(["2025-01-03 19:00"] * 30 + [None] * 30)
    result = result._replace(incidents=result.incidents.assign(occurred_to=ends))
    assert scored(result).table["in_hours"].tolist() == [15, 30]


def test_with_few_reports_in_these_hours_every_day_counts():
    found = scored(hot_result({1: ["2025-01-03 19:00"] * 4 + ["2025-01-08 19:00"] * 8, 2: ["2025-01-09 19:00"] * 6}))
    assert found.table["in_hours"].tolist() == [12, 6]
    assert found.table["score"].tolist() == [1, 0.5]
    assert found.when == "any day 18:00 to 22:00"
    assert "Fewer than 20 reports fall on Fridays 18:00 to 22:00" in found.notes[0]
    # one month of record is 31 such shifts
    assert found.table["per_shift"].tolist() == pytest.approx([12 / 31, 6 / 31])


def test_without_times_all_reports_count_and_it_is_said():
    found = scored(hot_result(timed=False))
    assert found.table["score"].tolist() == pytest.approx([1, 18 / 24, 10 / 24, 5 / 24], abs=1e-6)
    assert found.table["in_hours"].isna().all()
    assert found.when == ""
    assert found.notes[0].startswith("Time of day unknown")


def test_a_hot_spot_without_times_takes_the_hours_of_the_others():
    result = hot_result()
    begun = result.incidents["occurred_from"].mask(result.incidents["hotspot"] == 3)
    found = scored(result._replace(incidents=result.incidents.assign(occurred_from=begun)))
    # the others: 26 of 47 in these hours
    assert found.table["in_hours"].iloc[2] == pytest.approx(10 * 26 / 47)
    assert found.table["timed"].tolist() == [True, True, False, True]
    assert "Hot spots 3: time of day unknown" in found.notes[0]


def test_the_order_of_reports_changes_nothing():
    result = hot_result()
    other = result._replace(incidents=result.incidents.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(scored(result).table, scored(other).table)


def test_engagement_scores_by_hand():
    parts = pd.DataFrame(
        {
            "gap": [1.0, 0.0, 0.5, 1.0],
            "no_spoc": [True, True, False, False],
            "review_overdue": [True, False, False, False],
            "follow_up": [True, False, True, False],
        }
    )
    assert engagement_scores(parts).tolist() == pytest.approx([1, 0.15, 0.55 * 0.5 + 0.15, 0.55])
    assert sum(PARTS.values()) == pytest.approx(1)
    # under-engaged or never reached counts most
    assert max(PARTS, key=PARTS.__getitem__) == "gap"


def test_lately_falls_in_a_straight_line():
    days = pd.Series([0, 1, 3.5, 7, 30, np.nan])
    assert lately(days).tolist() == pytest.approx([1, 6 / 7, 0.5, 0, 0, 0])
    assert lately(days, 2).tolist() == [1, 0.5, 0, 0, 0, 0]
    assert lately(days, 0).tolist() == [1, 0, 0, 0, 0, 0]
    with pytest.raises(GeoError, match="rest days"):
        lately(days, -1)


def test_prizes_by_hand():
    stops = pd.DataFrame(
        {"hotspot_score": [1.0, 0.0, 0.4], "engagement_score": [0.0, 0.6, 0.8], "visited_lately": [0.0, 0.5, 0.25]}
    )
    assert prizes(stops, 0).tolist() == [1, 0, 0.3]
    assert prizes(stops, 1).tolist() == [0, 0.3, 0.6]
    assert prizes(stops, 0.25).tolist() == pytest.approx([0.75, 0.25 * 0.6 * 0.5, (0.75 * 0.4 + 0.25 * 0.8) * 0.75])
    for balance in (-0.1, 1.1, float("nan")):
        with pytest.raises(GeoError, match="--balance"):
            prizes(stops, balance)


@given(st.lists(st.tuples(*[st.floats(0, 1)] * 3), min_size=1, max_size=8), st.floats(0, 1))
def test_a_prize_lies_between_those_of_the_extremes(rows, balance):
    stops = pd.DataFrame(rows, columns=["hotspot_score", "engagement_score", "visited_lately"])
    low, high = np.sort([prizes(stops, 0), prizes(stops, 1)], axis=0)
    mixed = prizes(stops, balance)
    assert (mixed >= low - 1e-6).all()
    assert (mixed <= high + 1e-6).all()


@settings(max_examples=30)
@given(
    st.dictionaries(
        st.integers(1, 5),
        st.lists(st.sampled_from([time for own in TIMES.values() for time in own]), min_size=1),
        min_size=1,
    )
)
def test_scores_are_shares_and_no_more_than_all_reports_are_counted(times):
    found = scored(hot_result(times)).table
    assert found["score"].between(0, 1).all()
    known = found["in_hours"].dropna()
    assert (known <= [len(own) for own in times.values()][: len(known)]).all()
