"""Several teams: plans by trying everything, hand-made cases, and what a plan must never do."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from patrols import LONG, check, patrols, town, when

from geo.errors import GeoError
from geo.patrol.solver import search
from geo.patrol.solver.teams import Plan, Team, solve_teams

PAIR = [Team(0, 0, 0, 60), Team(0, 0, 0, 60)]


def square(stops, minutes):
    """Home and some stops, all the same minutes apart."""
    return np.full((stops + 1, stops + 1), float(minutes))


def best_by_trying(prizes, minutes, teams, *, dwell, windows):
    """The most that teams can win, each place visited once, by trying every share of the stops."""
    ends = {place for team in teams for place in (team.start, team.end)}
    stops = [i for i in range(len(prizes)) if prizes[i] > 0 and i not in ends]

    def fits(team, chosen):
        how = {"start": team.start, "end": team.end, "begin": team.from_minute, "budget": team.budget_minutes}
        orders = itertools.permutations(chosen)
        return not chosen or any(when(minutes, order, **how, dwell=dwell, windows=windows) for order in orders)

    most = 0
    for owner in itertools.product(range(-1, len(teams)), repeat=len(stops)):
        won = sum(prizes[stop] for stop, team in zip(stops, owner, strict=True) if team >= 0)
        shares = [[stop for stop, one in zip(stops, owner, strict=True) if one == team] for team in range(len(teams))]
        if won > most and all(fits(team, share) for team, share in zip(teams, shares, strict=True)):
            most = won
    return most


def gaps(plan: Plan):
    """By place visited more than once, the minutes between one visit and the next."""
    times = {}
    for tour in plan.routes:
        for visit in tour.visits:
            times.setdefault(visit.stop, []).append((visit.begin, visit.leave))
    return [later[0] - earlier[1] for visits in times.values() for earlier, later in itertools.pairwise(sorted(visits))]


@settings(max_examples=40)
@given(patrols(most=4), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 60)), min_size=2, max_size=3))
def test_the_best_of_all_plans_is_found_and_proved(patrol, shifts):
    prizes, minutes = [round(prize) for prize in patrol["prizes"]], np.round(patrol["minutes"], 1)
    teams = [Team(0, 0, begin, budget) for begin, budget in shifts]
    plan = solve_teams(
        prizes, minutes, teams=teams, dwell_minutes=patrol["dwell"], windows=patrol["windows"], seconds=LONG
    )
    assert plan.proved
    assert plan.prize == plan.bound == plan.best
    assert plan.prize == best_by_trying(prizes, minutes, teams, dwell=patrol["dwell"], windows=patrol["windows"])


# an insertion for the one team no longer fits once the other goes there too
BOTH_AT_ONE = {
    "prizes": [0.0, 0, 0, 3, 0, 0, 1],
    "minutes": np.zeros((7, 7)),
    "budget": 0,
    "dwell": [0, 0, 0, 2, 0, 0, 2],
    "windows": [None] * 7,
    "end": 0,
}


@settings(max_examples=40)
@example(BOTH_AT_ONE, [(0, 4), (0, 4)], 2, 0, 0.0, 2)
@given(
    patrols(most=9),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 90)), min_size=1, max_size=3),
    st.integers(0, 3),
    st.sampled_from([0, 7.5, 30]),
    st.sampled_from([0.0, 0.05]),
    st.sampled_from([1e-6, 2]),
)
def test_no_plan_breaks_a_rule(patrol, shifts, visits, gap, variety, seconds):
    prizes, minutes, end = patrol["prizes"], patrol["minutes"], patrol["end"]
    teams = [Team(0, end, begin, budget) for begin, budget in shifts]
    plan = solve_teams(
        prizes,
        minutes,
        teams=teams,
        dwell_minutes=patrol["dwell"],
        windows=patrol["windows"],
        min_gap_minutes=gap,
        max_visits=visits,
        repeat_share=0.5,
        variety=variety,
        seconds=seconds,
    )
    for team, tour in zip(teams, plan.routes, strict=True):
        check(
            tour,
            prizes,
            minutes,
            start=team.start,
            end=team.end,
            begin=team.from_minute,
            budget=team.budget_minutes,
            dwell=patrol["dwell"],
            windows=patrol["windows"],
        )
    stops = [stop for tour in plan.routes for stop in tour.stops]
    times = {stop: stops.count(stop) for stop in stops}
    assert all(count <= min(visits, len(teams)) for count in times.values())
    assert all(minutes_between >= gap - 1e-9 for minutes_between in gaps(plan))
    worth = sum(prizes[stop] * 0.5**k for stop, count in times.items() for k in range(count))
    assert plan.prize == pytest.approx(worth)
    assert plan.prize == pytest.approx(sum(tour.prize for tour in plan.routes))
    assert plan.prize <= plan.best + 1e-4
    assert plan.best <= plan.bound + 1e-4
    assert not set(plan.left_out) & set(stops)


def test_teams_share_the_stops():
    plan = solve_teams([0, 5, 5, 5, 5], square(4, 10), teams=PAIR, dwell_minutes=15)
    assert sorted(stop for tour in plan.routes for stop in tour.stops) == [1, 2, 3, 4]
    assert [tour.minutes for tour in plan.routes] == [60, 60]
    assert (plan.prize, plan.proved, plan.left_out) == (20, True, {})


def test_a_second_visit_waits_for_the_gap():
    plan = solve_teams([0, 8], square(1, 10), teams=PAIR, dwell_minutes=10, max_visits=2, min_gap_minutes=20)
    begins = sorted(visit.begin for tour in plan.routes for visit in tour.visits)
    assert begins == [10, 40]
    assert (plan.prize, plan.proved) == (16, True)
    # a minute more does not fit the shift
    short = solve_teams([0, 8], square(1, 10), teams=PAIR, dwell_minutes=10, max_visits=2, min_gap_minutes=21)
    assert (short.prize, short.proved) == (8, True)


def test_a_second_visit_wins_its_share():
    plan = solve_teams([0, 8], square(1, 10), teams=PAIR, max_visits=[0, 2], repeat_share=0.25)
    assert (plan.prize, plan.proved) == (10, True)
    assert sorted(tour.prize for tour in plan.routes) == [2, 8]


def test_no_visits_means_nowhere():
    assert solve_teams([0, 8], square(1, 10), teams=PAIR, max_visits=0).why == "No stop has a prize."


def test_teams_start_where_and_when_they_do():
    # two stations far apart, a stop beside each; the second team begins at minute 90, and its stop opens then
    minutes = np.array([[0, 50, 5, 50], [50, 0, 50, 5], [5, 50, 0, 50], [50, 5, 50, 0]], float)
    teams = [Team(0, 0, 0, 30), Team(1, 1, 90, 30)]
    plan = solve_teams([0, 0, 3, 4], minutes, teams=teams, dwell_minutes=10, windows=[None, None, None, (90, 120)])
    assert [tour.places for tour in plan.routes] == [(0, 2, 0), (1, 3, 1)]
    assert plan.routes[1].visits[0].begin == 95
    assert [tour.minutes for tour in plan.routes] == [20, 20]


def test_a_team_that_cannot_walk_home_stays_and_the_others_go():
    minutes = np.array([[0, 100, 10], [100, 0, 100], [10, 100, 0]], float)
    plan = solve_teams([0, 0, 3], minutes, teams=[Team(0, 1, 0, 60), Team(0, 0, 0, 60)])
    assert (plan.routes[0].places, plan.routes[1].places) == ((), (0, 2, 0))
    assert plan.routes[0].why == "The walk from start to end alone needs 100 min; the shift is 60 min."
    assert plan.prize == 3


def test_a_team_without_a_stop_says_why():
    plan = solve_teams([0, 5], square(1, 10), teams=PAIR)
    assert sorted(tour.why for tour in plan.routes) == ["", "Other teams win more with the same stops."]


def test_nothing_fits():
    plan = solve_teams([0, 5], square(1, 100), teams=PAIR, dwell_minutes=15)
    assert plan.why == "The nearest stop needs 215 min there and back; the shift is 60 min."
    assert [tour.places for tour in plan.routes] == [(0, 0), (0, 0)]
    assert plan.left_out == {1: "needs 215 min, the shift is 60 min"}
    assert plan.proved


def test_a_plan_too_large_for_a_proof_has_a_small_gap_and_is_the_same_for_a_seed(monkeypatch):
    # the work of 20 seconds, without their clock
    monkeypatch.setattr(search, "ROUNDS_PER_SECOND", search.ROUNDS_PER_SECOND * 20 / LONG)
    prizes, minutes = town(25, side_m=3000, seed=5)
    arguments = {"teams": [Team(0, 0, 0, 150)] * 2, "dwell_minutes": 15, "seconds": LONG, "seed": 3, "variety": 0.02}
    plan = solve_teams(prizes, minutes, **arguments)
    for tour in plan.routes:
        check(tour, prizes, minutes, budget=150, dwell=[15] * 26, windows=[None] * 26)
    assert plan.left_out
    assert plan.prize >= 0.98 * plan.best
    assert plan.best >= 0.95 * plan.bound
    assert plan.repeatable
    assert solve_teams(prizes, minutes, **arguments) == plan


@pytest.mark.parametrize("stops", [12, 40])
def test_the_clock_ends_a_search_and_the_plan_claims_no_more_than_it_knows(stops):
    prizes, minutes = town(stops, side_m=3000, seed=7)
    arguments = {"teams": [Team(0, 0, 0, 120)] * 2, "dwell_minutes": 15}
    short = solve_teams(prizes, minutes, **arguments, seconds=1e-6)
    assert not short.repeatable
    assert not short.proved
    assert 0 < short.prize < short.bound
    assert solve_teams(prizes, minutes, **arguments, seconds=5).prize <= short.bound


def test_no_teams_is_said():
    with pytest.raises(GeoError, match="No team"):
        solve_teams([0, 1], square(1, 5), teams=[])
    with pytest.raises(GeoError, match="min_gap_minutes: -1 is negative"):
        solve_teams([0, 1], square(1, 5), teams=PAIR, min_gap_minutes=-1)
    with pytest.raises(GeoError, match="max_visits: a number of visits is not whole"):
        solve_teams([0, 1], square(1, 5), teams=PAIR, max_visits=1.5)
    with pytest.raises(GeoError, match="repeat_share: 2 is not between"):
        solve_teams([0, 1], square(1, 5), teams=PAIR, repeat_share=2)
    with pytest.raises(GeoError, match="from_minute: -5 is negative"):
        solve_teams([0, 1], square(1, 5), teams=[Team(0, 0, -5, 60)])
