"""Each recorded minute counts once: overlapping circles, pauses of the recorder, recorders that log only what moves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from patrol_plans import fixes, plan, together

from geo.patrol.check.dosage import dosage
from geo.patrol.check.track import score_tracks

# two stops 60 m apart, circles of 75 m: planned 18:10-18:25 and 18:35-18:50
NEAR = plan(places=[(0, 0), (60, 0)])[0]
BETWEEN = (30.0, 0.0)


def at(minutes, xy=BETWEEN, **options):
    return fixes(np.asarray(minutes, float) * 60, [xy] * len(minutes), **options)


def found(result):
    return {stop["stop_id"]: stop for stop in result.stops.to_dict("records")}


def test_fifteen_minutes_in_two_circles_are_fifteen_minutes_and_one_visit():
    result = score_tracks(at(range(35, 51)), NEAR)
    stops = found(result)
    assert (stops["HS-2"]["minutes"], stops["HS-2"]["outcome"]) == (15, "met")
    assert (stops["HS-1"]["minutes"], stops["HS-1"]["shared_minutes"], stops["HS-1"]["outcome"]) == (0, 15, "shared")
    assert result.delivered_share == 0.5
    weeks = dosage(result.stays, NEAR, stops=result.stops)
    assert weeks[["stop_id", "visits", "minutes", "data"]].values.tolist() == [
        ["HS-1", 0, 0, "recorded"],
        ["HS-2", 1, 15, "recorded"],
    ]
    assert (
        "HS-1 Market Place: 15 minutes inside count for another stop, whose area overlaps. Each minute counts once."
    ) in result.sentences


def test_both_planned_visits_made_where_the_circles_overlap_are_two():
    # half an hour without leaving: planned as two visits, each gets its part
    result = score_tracks(at(range(10, 51)), NEAR)
    stops = found(result)
    assert [stops[name]["outcome"] for name in ("HS-1", "HS-2")] == ["met", "met"]
    assert stops["HS-1"]["minutes"] + stops["HS-2"]["minutes"] == pytest.approx(40)
    assert stops["HS-1"]["minutes"] == pytest.approx(20)  # up to 18:30, half way between the two plans


def test_a_stretch_too_short_for_two_visits_is_not_divided():
    # 18:23 to 18:38 lies half and half between the plans: one visit of 15 minutes, not two of 7.5
    result = score_tracks(at(range(23, 39)), NEAR)
    stops = found(result)
    assert sorted(stop["minutes"] for stop in stops.values()) == [0, 15]
    assert result.stops["delivered_visits"].sum() == 1


def test_a_walk_through_the_overlap_does_not_cut_a_stay_in_two():
    # 8 minutes at the far side of HS-1, 5 in the overlap at the time planned for HS-2, 8 at the far side again
    seconds = np.arange(32, 54) * 60.0
    xy = [(-60, 0)] * 8 + [BETWEEN] * 5 + [(-60, 0)] * 9
    stop = found(score_tracks(fixes(seconds, xy), NEAR))["HS-1"]
    assert stop["outcome"] == "met"
    assert stop["minutes"] == pytest.approx(21, abs=0.3)


def test_two_teams_at_two_stops_at_once_keep_their_minutes():
    one, other = at(range(10, 26), (-60.0, 0.0)), at(range(10, 26), (120.0, 0.0), track=2)
    stops = found(score_tracks(together(one, other), NEAR))
    assert [stops[name]["minutes"] for name in ("HS-1", "HS-2")] == [15, 15]


@given(
    st.lists(st.tuples(st.floats(1, 400), st.floats(-150, 200), st.floats(-90, 90)), min_size=2, max_size=25),
    st.sampled_from([1.0, 5.0, 10.0]),
)
@settings(max_examples=60, deadline=None)
def test_minutes_over_all_stops_never_exceed_the_recording(steps, enough):
    seconds = 600 + np.cumsum([step[0] for step in steps])
    tracks = fixes(seconds, [step[1:] for step in steps])
    result = score_tracks(tracks, plan(places=[(0, 0), (60, 0), (90, 40)])[0], min_visit_minutes=enough)
    recorded = np.diff(seconds)
    known = recorded[recorded <= 300].sum() / 60
    assert result.stops["minutes"].sum() <= known + 1e-6
    assert result.stays["minutes"].sum() <= known + 1e-6
    # whoever was inside any circle is somewhere: nothing is lost by giving it to one
    alone = score_tracks(tracks, plan(places=[(0, 0)])[0], min_visit_minutes=enough)
    assert result.stops["minutes"].sum() >= alone.stops["minutes"].sum() - 1e-6
    assert (result.stops["minutes"] + result.stops["shared_minutes"]).iloc[0] == pytest.approx(
        alone.stops["minutes"].iloc[0]
    )


ALONE = plan(places=[(0, 0)])[0]


def segments(*parts, **options):
    """One track of several segments, each given by its minutes."""
    return together(*(at(part, (0.0, 0.0), **options).assign(segment=i) for i, part in enumerate(parts, 1)))


def test_a_pause_is_unknown_time_however_short():
    result = score_tracks(segments(range(10, 14), range(17, 21)), ALONE)
    stop = found(result)["HS-1"]
    assert (stop["minutes"], stop["unknown_minutes"], stop["outcome"]) == (6, 4, "not shown")
    assert result.gaps["minutes"].tolist() == [4]
    assert any(said.startswith("The recording has 1 gap or pause, 4 minutes in all.") for said in result.sentences)
    # without the pause the same fixes are ten minutes
    assert found(score_tracks(segments([*range(10, 14), *range(17, 21)]), ALONE))["HS-1"]["minutes"] == 10


def test_a_long_pause_is_listed_and_a_pause_of_no_time_is_none():
    result = score_tracks(segments(range(10, 13), range(40, 43)), ALONE)
    assert result.gaps["minutes"].tolist() == [28]
    assert found(score_tracks(segments(range(10, 16), range(15, 21)), ALONE))["HS-1"]["minutes"] == 10


def test_a_recorder_that_logs_only_what_moves_is_recognised_and_the_mend_said():
    # coming north at 1 m a second, 16 minutes without a fix, 5 m away from the last, and on
    seconds = [*range(600, 691, 10), *range(1650, 1741, 10)]
    xy = [(0, -60 + i) for i in range(0, 91, 10)] + [(0, 35 + i) for i in range(0, 91, 10)]
    result = score_tracks(fixes(seconds, xy), ALONE)
    assert found(result)["HS-1"]["outcome"] == "not shown"
    assert (
        "1 gap (16 minutes) began and ended at one place: the recorder seems to pause while nobody moves. "
        "Set it to a time interval (a fix every 10 seconds, say), not to a distance."
    ) in result.sentences
    # a gap from one place to another is a gap, and no more is said of it
    away = score_tracks(fixes(seconds, [*xy[:10], *((x, y + 300) for x, y in xy[10:])]), ALONE)
    assert not any("pause while nobody moves" in said for said in away.sentences)
