"""Was it walked: the oracles of the specification, a simulated walk, laws, and what may be said without data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from patrol_plans import EAST, NORTH, fixes, plan, together, walk

from geo.errors import GeoError
from geo.patrol.check.track import score_tracks
from geo.patrol.check.walks import clipped, inside_share, length, union, walks_of, without

ONE = plan(places=[(0, 0)])[0]  # planned 18:10 to 18:25
FAR = (5000.0, 0.0)


def at(minutes, x=0.0, y=0.0, **options):
    """Fixes at these minutes after 18:00, all at one place."""
    return fixes(np.asarray(minutes) * 60.0, [(x, y)] * len(minutes), **options)


def only(result):
    (stop,) = result.stops.to_dict("records")
    return stop


def test_oracle_twelve_fixes_a_minute_apart_are_eleven_minutes():
    result = score_tracks(at(range(12)), ONE)
    stop = only(result)
    assert stop["minutes"] == pytest.approx(11)
    assert (stop["visits"], stop["delivered_visits"], stop["outcome"]) == (1, 1, "met")
    assert result.delivered_share == 1
    assert result.sentences[0] == (
        "The recordings show 1 of 1 planned visit (100%), each of 10 minutes or more inside the stop's area."
    )


def test_oracle_a_gap_of_six_minutes_is_unknown():
    result = score_tracks(at([*range(6), *range(11, 16)]), ONE)
    stop = only(result)
    assert stop["minutes"] == pytest.approx(9)
    assert stop["unknown_minutes"] == pytest.approx(6)
    assert (stop["visits"], stop["outcome"]) == (0, "not shown")
    assert result.delivered_share == 0
    assert "HS-1 Market Place: 9 minutes known, 6 unknown: not shown to meet 10." in result.sentences
    assert result.gaps[["minutes", "near"]].values.tolist() == [[6.0, "HS-1"]]


def test_a_gap_of_exactly_five_minutes_is_known():
    stop = only(score_tracks(at([0, 5, 10]), ONE))
    assert (stop["minutes"], stop["unknown_minutes"]) == (10, 0)


def test_a_crossing_counts_by_its_share():
    # 300 m in 4 minutes straight through the middle of a circle of 75 m: half of it is inside
    stop = only(score_tracks(fixes([0, 240], [(-150, 0), (150, 0)]), ONE))
    assert stop["minutes"] == pytest.approx(2)
    # from the middle to twice the radius: half
    assert only(score_tracks(fixes([0, 240], [(0, 0), (0, 150)]), ONE))["minutes"] == pytest.approx(2)


@given(*[st.floats(-200, 200)] * 4)
def test_shares_of_crossings_are_those_of_shapely(x0, y0, x1, y1):
    line = shapely.LineString([(x0, y0), (x1, y1)])
    assume(line.length > 0.1)
    circle = shapely.Point(0, 0).buffer(75, quad_segs=2000)
    enters, leaves = inside_share(np.array([[x0, y0]]), np.array([[x1, y1]]), np.zeros(2), 75.0)
    share = 0.0 if np.isnan(enters[0]) else leaves[0] - enters[0]
    # along a tangent an arc drawn with 8,000 corners is short by up to a few metres
    assert share * line.length == pytest.approx(line.intersection(circle).length, abs=0.5)


@pytest.mark.parametrize(("out", "visits", "minutes"), [(1.9, 1, 16.0), (2.2, 0, 16.0)])
def test_returning_within_two_minutes_does_not_end_a_visit(out, visits, minutes):
    # 8 minutes inside, a jump out over the edge, back, 8 more; the two crossings take a tenth of a second
    seconds = [0, 240, 480, 480.1, 480.1 + out * 60 - 0.2, 480 + out * 60]
    seconds += [seconds[-1] + 240, seconds[-1] + 480]
    xy = [(74.9, 0)] * 3 + [(75.1, 0)] * 2 + [(74.9, 0)] * 3
    stop = only(score_tracks(fixes(seconds, xy), ONE))
    assert stop["visits"] == visits
    assert stop["minutes"] == pytest.approx(minutes, abs=0.01)


def test_a_gap_as_long_as_a_visit_ends_the_stay():
    tracks = at([0, 3, 6, 16, 19, 22])
    result = score_tracks(tracks, ONE)
    assert list(result.stays["minutes"]) == pytest.approx([6, 6])
    assert only(result)["outcome"] == "not shown"
    assert list(score_tracks(at([0, 3, 6, 15, 18, 21]), ONE).stays["minutes"]) == pytest.approx([12])


def test_a_simulated_walk_in_summer_with_noise_a_gap_and_a_clock_in_utc():
    # planned 18:10-18:25, 18:35-18:50 and 19:00-19:15 British Summer Time; the receiver writes UTC
    visits, _, _ = plan(date="2025-07-01")
    stations = [
        (0, -300, 0),
        (10, 0, 0),
        (25, 0, 0),
        (35, 600, 0),
        (50, 600, 0),
        (60, 600, 500),
        (66, 600, 500),
        (76, -300, 0),
    ]
    seconds, xy = walk(stations, noise_m=8, seed=4)
    kept = ~((seconds > 40 * 60) & (seconds < 45 * 60))
    # fixes at 40:00 and 45:00 stay: a gap of 5 minutes is bridged; without the one at 45:00 it is longer
    walked = fixes(seconds[kept], xy[kept], begin="2025-07-01 17:00")
    result = score_tracks(walked, visits)
    # walking in and out: 30 and 60 m a minute at the first stop, 60 and 50 at the second, 50 at the third
    assert list(result.stops["outcome"]) == ["met", "met", "short"]
    expected = [15 + 75 / 30 + 75 / 60, 15 + 75 / 60 + 75 / 50, 6 + 75 / 50 + 75 / 102.96]
    assert result.stops["minutes"].to_numpy() == pytest.approx(expected, abs=0.6)
    assert result.delivered_share == pytest.approx(2 / 3)
    assert result.stays["begins"].iloc[0].isoformat()[:16] == "2025-07-01T18:07"
    assert str(result.stays["begins"].dtype).endswith("Europe/London]")
    assert result.gaps.empty

    kept &= seconds != 45 * 60
    cut = score_tracks(fixes(seconds[kept], xy[kept], begin="2025-07-01 17:00"), visits)
    second = cut.stops.iloc[1]
    assert second["unknown_minutes"] == pytest.approx(5 + 10 / 60)
    assert second["minutes"] == pytest.approx(expected[1] - 5 - 10 / 60, abs=0.6)
    assert second["outcome"] == "met"  # more than 10 minutes are known without the gap

    # read as local time, the same fixes lie an hour too early, and still within the plan's hours
    assert score_tracks(fixes(seconds, xy, begin="2025-07-01 18:00"), visits).stays["begins"].iloc[0].hour == 19


def test_a_missing_recording_is_no_data_and_never_absence():
    empty = at([])
    result = score_tracks(empty, plan()[0])
    assert list(result.stops["outcome"]) == ["no data"] * 3
    assert np.isnan(result.delivered_share)
    assert result.sentences[0].endswith("This does not mean not patrolled.")
    assert result.stays.empty


def test_elsewhere_is_only_said_where_a_recording_ran_at_the_planned_time():
    visits = plan()[0]
    elsewhere = at(np.arange(0, 51, 2), *FAR)  # until 18:50: the third stop's time is not covered
    result = score_tracks(elsewhere, visits)
    assert list(result.stops["outcome"]) == ["elsewhere", "elsewhere", "no data"]
    assert result.delivered_share == 0
    assert any(words.startswith("No data for HS-3 ") for words in result.sentences)
    gappy = at([0, 2, 4, *range(26, 51, 2)], *FAR)
    assert list(score_tracks(gappy, visits).stops["outcome"]) == ["no data", "elsewhere", "no data"]


def test_one_teams_recording_says_nothing_about_another_team():
    visits = plan(teams=2)[0]
    seconds, xy = walk(
        [(0, -300, 0), (10, 0, 0), (25, 0, 0), (35, 600, 0), (50, 600, 0), (60, 600, 500), (80, 600, 500)]
    )
    result = score_tracks(fixes(seconds, xy), visits)
    assert list(result.stops["outcome"]) == ["met"] * 3 + ["no data"] * 3
    assert result.delivered_share == 0.5
    # a walk near no team's stops is nobody's
    assert set(score_tracks(at(np.arange(0, 80, 2), *FAR), visits).stops["outcome"]) == {"no data"}


def test_a_pair_that_records_twice_counts_once():
    one = at(range(12))
    pair = together(one, at(range(12), 20, 10, track=2))
    alone, both = score_tracks(one, ONE), score_tracks(pair, ONE)
    assert only(both)["minutes"] == only(alone)["minutes"]
    assert (only(both)["visits"], both.stays["tracks"].tolist()) == (1, [2])


def test_a_second_recording_fills_the_gap_of_the_first():
    pair = together(at([*range(6), *range(11, 16)]), at(range(4, 13), 30, 0, track=2))
    stop = only(score_tracks(pair, ONE))
    assert (stop["minutes"], stop["unknown_minutes"], stop["outcome"]) == (15, 0, "met")


def test_another_nights_walk_does_not_count():
    result = score_tracks(at(range(12), begin="2025-12-04 18:00"), ONE)
    assert only(result)["outcome"] == "no data"
    assert not result.stays["in_plan"].any()
    assert np.isnan(result.delivered_share)
    assert any("begins at 18:00 on 04 December 2025" in words for words in result.sentences)
    assert "1 visit outside the plan's hours, not counted for this plan." in result.sentences


def test_a_recording_from_another_town_is_said():
    result = score_tracks(at(range(12), 50_000), ONE)
    assert "The recording came no nearer than 50 km to any stop. Is it of another place?" in result.sentences


def test_a_place_planned_twice_wants_two_visits():
    twice = pd.concat(
        [
            ONE,
            ONE.assign(
                order=2, arrives=ONE["arrives"] + pd.Timedelta(hours=1), leaves=ONE["leaves"] + pd.Timedelta(hours=1)
            ),
        ]
    )
    once = score_tracks(at(range(12)), twice)
    assert (only(once)["planned_visits"], only(once)["delivered_visits"], only(once)["outcome"]) == (2, 1, "partly met")
    assert once.delivered_share == 0.5
    both = score_tracks(together(at(range(12)), at(range(60, 75), track=2)), twice)
    assert both.delivered_share == 1


def test_a_fix_between_two_gaps_is_not_forgotten():
    result = score_tracks(together(at([10]), fixes([0, 1200], [FAR, FAR])), ONE)
    stop = only(result)
    assert (stop["minutes"], stop["unknown_minutes"], stop["outcome"]) == (0, 20, "not shown")


def test_the_columns_and_that_nothing_says_who():
    result = score_tracks(at(range(12)), ONE)
    assert (
        list(result.stops.columns)
        == (
            "stop_id kind name planned_visits planned_minutes planned_from minutes unknown_minutes shared_minutes "
            "longest_minutes visits delivered_visits outcome radius_m geometry"
        ).split()
    )
    assert (
        list(result.stays.columns)
        == ("stop_id kind name begins ends minutes unknown_minutes tracks counts in_plan geometry").split()
    )
    assert list(result.gaps.columns) == ["track", "begins", "ends", "minutes", "near"]
    assert result.sentences[-1].endswith("delete it on the date that your retention rule sets.")
    assert result.stops.crs == result.stays.crs == ONE.crs


def test_the_clock_changes():
    # 01:30 comes twice in October; planned is the first, 00:30 UTC
    visits = plan(date="2025-10-26", start="01:20", places=[(0, 0)])[0]
    stays = score_tracks(at(range(90), begin="2025-10-26 00:25"), visits).stays
    assert [moment.isoformat() for moment in stays[["begins", "ends"]].iloc[0]] == [
        "2025-10-26T01:25:00+01:00",
        "2025-10-26T01:54:00+00:00",
    ]
    assert stays["minutes"].iloc[0] == pytest.approx(89)
    skipped = plan(date="2025-03-30", start="01:20", places=[(0, 0)])[0]
    assert only(score_tracks(at(range(12), begin="2025-03-30 01:30"), skipped))["outcome"] == "met"


def test_a_visit_in_the_second_of_two_hours():
    # 01:25 to 01:40 summer time, then by the same clock 01:10 to 01:25 winter time: 00:25 and 01:10 UTC
    visits = plan(date="2025-10-26", start="01:15", places=[(0, 0), (600, 0)])[0]
    second = visits["order"] == 2
    early = visits.assign(
        arrives=visits["arrives"].where(~second, pd.Timestamp("2025-10-26 01:10")),
        leaves=visits["leaves"].where(~second, pd.Timestamp("2025-10-26 01:25")),
    )
    away = at(np.arange(0, 30), *FAR, begin="2025-10-26 01:05")
    assert list(score_tracks(away, early).stops["outcome"]) == ["no data", "elsewhere"]


def test_what_makes_no_sense_is_refused():
    tracks = at(range(3))
    with pytest.raises(GeoError, match="Read the tracks in the plan's system"):
        score_tracks(tracks.to_crs(2157), ONE)
    with pytest.raises(GeoError, match="not in metres"):
        score_tracks(tracks.to_crs(4326), ONE)
    with pytest.raises(GeoError, match="merge_minutes: nan is not a number of minutes"):
        score_tracks(tracks, ONE, merge_minutes=float("nan"))
    with pytest.raises(GeoError, match="no area that counts"):
        score_tracks(tracks, ONE.assign(radius_m=np.nan))
    with pytest.raises(GeoError, match="more than 24 hours apart"):
        score_tracks(tracks, pd.concat([ONE, plan(date="2025-12-07", places=[(0, 0)])[0]]))


def test_a_plan_without_visits():
    result = score_tracks(at(range(3)), plan()[0].iloc[:0])
    assert result.stops.empty
    assert np.isnan(result.delivered_share)
    assert result.sentences[0] == "The plan has no visits to check."


# laws

STEPS = st.lists(st.tuples(st.floats(1, 420), st.floats(-150, 750), st.floats(-150, 650)), min_size=2, max_size=25)


def random_track(steps, track=1, begin="2025-12-05 18:00"):
    table = np.array(steps)
    return fixes(np.cumsum(table[:, 0]), table[:, 1:], track=track, begin=begin)


def assert_same(one, other):
    one_stops, other_stops = (result.stops.set_index("stop_id").sort_index() for result in (one, other))
    for name in ("minutes", "unknown_minutes", "longest_minutes"):
        np.testing.assert_allclose(one_stops[name], other_stops[name], atol=1e-6)
    assert list(one_stops["outcome"]) == list(other_stops["outcome"])
    np.testing.assert_allclose(one.stays["minutes"], other.stays["minutes"], atol=1e-6)


@given(STEPS)
@settings(max_examples=20)
def test_known_and_unknown_minutes_never_exceed_the_recording(steps):
    tracks = random_track(steps)
    result = score_tracks(tracks, plan()[0])
    recorded = (tracks["time"].max() - tracks["time"].min()).total_seconds() / 60
    gaps = result.gaps["minutes"].sum()
    assert (result.stops["minutes"] <= recorded - gaps + 1e-6).all()
    assert (result.stops["unknown_minutes"] <= gaps + 1e-6).all()
    assert result.stops["minutes"].sum() <= recorded - gaps + 1e-6  # the circles do not overlap
    assert 0 <= np.nan_to_num(result.delivered_share) <= 1
    assert (
        result.stays["minutes"] <= (result.stays["ends"] - result.stays["begins"]).dt.total_seconds() / 60 + 1e-4
    ).all()


@given(STEPS, st.integers(0, 30), st.floats(0.05, 0.95))
@settings(max_examples=20)
def test_a_fix_on_the_straight_way_changes_nothing(steps, where, share):
    tracks = random_track(steps)
    i = where % (len(tracks) - 1)
    lasts = (tracks["time"].iloc[i + 1] - tracks["time"].iloc[i]).total_seconds()
    assume(lasts <= 300)
    here, there = tracks.geometry.iloc[i], tracks.geometry.iloc[i + 1]
    seconds = (tracks["time"].iloc[i] - pd.Timestamp("2025-12-05 18:00", tz="UTC")).total_seconds() + share * lasts
    between = (here.x + share * (there.x - here.x) - EAST, here.y + share * (there.y - here.y) - NORTH)
    # to the nanosecond of the clock and the micrometre of the place
    result = score_tracks(together(tracks, fixes([seconds], [between])), plan()[0])
    given_ = score_tracks(tracks, plan()[0])
    np.testing.assert_allclose(result.stops["minutes"], given_.stops["minutes"], atol=1e-5)
    np.testing.assert_allclose(result.stops["unknown_minutes"], given_.stops["unknown_minutes"], atol=1e-5)


@given(STEPS, STEPS, st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_the_order_of_files_and_of_rows_changes_nothing(one, other, random):
    visits = plan()[0]
    first = together(random_track(one), random_track(other, track=2))
    second = together(random_track(other), random_track(one, track=2))
    rows = list(range(len(second)))
    random.shuffle(rows)
    assert_same(score_tracks(first, visits), score_tracks(second.iloc[rows], visits.iloc[::-1]))


@given(STEPS, st.integers(0, 30), st.booleans())
@settings(max_examples=20)
def test_a_track_split_into_two_files_is_joined(steps, where, shared):
    # a walk: each fix within reach of the one before
    table = np.array(steps)
    table[:, 1:] = np.cumsum(np.clip(table[:, 1:], -40, 40), axis=0)
    tracks = random_track(table)
    i = 1 + where % (len(tracks) - 1)
    first = tracks.iloc[: i + 1 if shared else i]
    assume(shared or (tracks["time"].iloc[i] - tracks["time"].iloc[i - 1]).total_seconds() <= 300)
    split = together(tracks.iloc[i:].assign(track=1), first.assign(track=2))
    assert_same(score_tracks(tracks, plan()[0]), score_tracks(split, plan()[0]))


def test_tracks_that_nobody_could_walk_between_are_not_joined():
    apart = together(at([0, 1]), at([2, 3], 3000, track=2))
    assert len(set(walks_of(apart, 300).walk)) == 2
    late = together(at([0, 1]), at([7, 8], track=2))
    assert len(set(walks_of(late, 300).walk)) == 2
    assert len(set(walks_of(together(at([0, 1]), at([2, 3], track=2)), 300).walk)) == 1


SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=8).map(
    lambda pairs: np.array([(begin, begin + lasts) for begin, lasts in pairs], float).reshape(-1, 2)
)


def seconds_of(spans):
    return {second for begin, end in spans for second in range(int(begin), int(end))}


@given(SPANS, SPANS)
def test_spans_are_sets_of_seconds(one, other):
    assert length(union(one)) == len(seconds_of(one))
    assert seconds_of(without(one, other)) == seconds_of(one) - seconds_of(other)
    assert seconds_of(clipped(union(one), 10, 40)) == seconds_of(one) & set(range(10, 40))
