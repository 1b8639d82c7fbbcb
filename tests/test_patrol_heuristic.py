"""The search without a proof: never wrong, never past the bound; and the bound never below the best plan."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from patrols import LONG, TSILIGIRIDES, TSILIGIRIDES_BEST, apart, best_by_trying, patrols, town

from geo.patrol.solver.bound import bound
from geo.patrol.solver.cp_sat import prove
from geo.patrol.solver.draft import Draft
from geo.patrol.solver.insertion import construct, improve, shorten, shorter_walks
from geo.patrol.solver.problem import Team, whole_problem
from geo.patrol.solver.variety import vary, walking


def problem_of(patrol, teams=1, **more):
    """The patrol in whole units for teams alike; None where even the walk to the end is too long."""
    if patrol["end"] and patrol["minutes"][0, patrol["end"]] > patrol["budget"]:
        return None
    return whole_problem(
        patrol["prizes"],
        patrol["minutes"],
        [Team(0, patrol["end"], 0, patrol["budget"])] * teams,
        dwell_minutes=patrol["dwell"],
        windows=patrol["windows"],
        **more,
    )


def assert_holds(draft):
    """Every shift, window and gap is kept; the numbers a draft carries along are those of its tours."""
    problem = draft.problem
    visits = [0] * problem.size
    busy = {}
    for shift, tour, begins, back in zip(problem.teams, draft.tours, draft.begins, draft.backs, strict=True):
        assert len(set(tour)) == len(tour)
        now, here = shift.begins, shift.start
        for stop, begin in zip(tour, begins, strict=True):
            assert begin >= max(now + problem.walk[here, stop], problem.opens[stop])
            now, here = begin + problem.dwell[stop], stop
            assert now <= problem.closes[stop]
            visits[stop] += 1
            busy.setdefault(stop, []).append((begin, now))
        assert back == now + problem.walk[here, shift.end]
        assert back <= shift.until
    assert visits == draft.visits
    assert all(count <= len(worth) for count, worth in zip(visits, problem.worth, strict=True))
    for times in busy.values():
        times.sort()
        assert all(later[0] >= earlier[1] + problem.gap for earlier, later in itertools.pairwise(times))


@settings(max_examples=80)
@given(patrols(most=8), st.integers(1, 3), st.integers(1, 3), st.sampled_from([0, 5, 30]), st.sampled_from([0.5, 1.0]))
def test_every_step_of_the_search_keeps_the_rules(patrol, teams, max_visits, gap, share):
    problem = problem_of(patrol, teams, max_visits=max_visits, min_gap_minutes=gap, repeat_share=share)
    if problem is None:
        return
    first = construct(problem)
    assert_holds(first)
    better = improve(first, seed=1, rounds=15)
    assert_holds(better)
    assert better.score >= first.score
    other = vary(better, variety=0.1, seed=2)
    assert_holds(other)
    assert other.score[0] >= 0.9 * better.score[0]
    assert walking(other) <= 1.5 * walking(better)
    assert vary(better, variety=0, seed=2).score >= better.score
    shorten(better)
    assert_holds(better)


@settings(max_examples=60)
@given(patrols(most=5))
def test_heuristic_at_most_optimum_at_most_bound(patrol):
    # whole prizes and tenths of minutes: nothing is rounded
    patrol["prizes"] = [round(prize) for prize in patrol["prizes"]]
    patrol["minutes"] = np.round(patrol["minutes"], 1)
    problem = problem_of(patrol)
    if problem is None:
        return
    arguments = {name: patrol[name] for name in ("budget", "dwell", "windows", "end")}
    best = best_by_trying(patrol["prizes"], patrol["minutes"], **arguments) * problem.per_prize
    found = improve(construct(problem), rounds=30)
    assert found.score[0] <= best <= bound(problem, found.tours)
    # the bound holds whenever it ends, and however little is remembered
    assert best <= bound(problem, near=0)
    assert best <= bound(problem, rounds=1)


@settings(max_examples=40)
@given(patrols(most=5), st.integers(1, 2), st.tuples(st.integers(0, 40), st.integers(0, 40)))
def test_search_proof_and_bound_agree_for_two_teams_and_two_visits(patrol, visits, budgets):
    patrol["prizes"] = [round(prize) for prize in patrol["prizes"]]
    problem = whole_problem(
        patrol["prizes"],
        np.round(patrol["minutes"], 1),
        [Team(0, 0, 0, budget) for budget in budgets],
        dwell_minutes=patrol["dwell"],
        windows=patrol["windows"],
        max_visits=visits,
        min_gap_minutes=3,
        repeat_share=0.5,
    )
    found = improve(construct(problem), rounds=20)
    best = prove(found, bound=10_000, work=1000, seconds=LONG)
    assert_holds(best.draft)
    assert found.score[0] <= best.draft.score[0] == best.bound <= bound(problem)


def test_teams_alike_may_win_alike():
    problem = whole_problem([0, 5, 5, 5, 5], np.full((5, 5), 10), [Team(0, 0, 0, 60)] * 2, dwell_minutes=15)
    best = prove(Draft(problem), bound=1000, work=100, seconds=LONG)
    assert best.draft.score[0] == best.bound == 20


@pytest.mark.parametrize("seed", range(4))
def test_a_coarse_grid_of_times_makes_no_bound_too_low(seed, monkeypatch):
    prizes, minutes = town(9, side_m=2000, seed=seed)
    problem = whole_problem(prizes, minutes, [Team(0, 0, 0, 100)] * 2, dwell_minutes=10)
    best = prove(construct(problem), bound=1000, work=100, seconds=LONG)
    assert best.draft.score[0] == best.bound
    assert best.bound <= bound(problem)
    monkeypatch.setattr("geo.patrol.solver.bound.STEPS", 15)
    assert best.bound <= bound(problem)


@pytest.mark.parametrize("budget", [15, 30, 46, 73])
def test_the_bound_holds_on_tsiligirides(budget):
    problem = whole_problem(TSILIGIRIDES[:, 2], apart(TSILIGIRIDES), [Team(0, 31, 0, budget)])
    found = improve(construct(problem), rounds=100)
    assert found.score[0] / problem.per_prize <= TSILIGIRIDES_BEST[budget]
    assert found.score[0] / problem.per_prize >= 0.9 * TSILIGIRIDES_BEST[budget]
    assert bound(problem, found.tours, near=3, rounds=10) / problem.per_prize >= TSILIGIRIDES_BEST[budget]


def test_a_proof_without_work_proves_nothing():
    prizes, minutes = town(12, side_m=3000, seed=7)
    draft = construct(whole_problem(prizes, minutes, [Team(0, 0, 0, 120)] * 2, dwell_minutes=15))
    idle = prove(draft, bound=10_000, work=0.0, seconds=0.0)
    assert (idle.bound, idle.draft.score, idle.by_clock) == (10_000, draft.score, False)
    assert prove(draft, bound=10_000, work=100.0, seconds=0.0).by_clock
    done = prove(draft, bound=10_000, work=100.0, seconds=LONG)
    assert draft.score[0] < done.draft.score[0] == done.bound
    assert not done.by_clock


def test_the_search_is_the_same_for_a_seed_and_ends_early_where_nothing_more_can_be_won():
    prizes, minutes = town(30, side_m=2500, seed=2)
    problem = whole_problem(prizes, minutes, [Team(0, 0, 0, 120)] * 2, dwell_minutes=15)
    first = construct(problem)
    one, two = improve(first, seed=4, rounds=60), improve(first, seed=4, rounds=60)
    assert (one.tours, one.begins) == (two.tours, two.begins)
    assert one.score > first.score
    assert improve(first, seed=4, rounds=60, enough=first.score[0]).score == first.score
    assert improve(first, seed=4, rounds=60, stop=lambda: True).score == first.score


@settings(max_examples=40)
@given(st.integers(2, 7), st.integers(0, 1000))
def test_a_shorter_walk_is_as_short_as_it_says(stops, seed):
    random = np.random.default_rng(seed)
    minutes = random.integers(1, 30, (stops + 1, stops + 1))
    problem = whole_problem([0] + [1] * stops, minutes, [Team(0, 0, 0, 10_000)])
    draft = Draft(problem)
    tour = random.permutation(problem.reachable[0]).tolist()
    assert draft.change(0, tour)
    lengths = []
    for other in shorter_walks(draft, 0):
        assert sorted(other) == sorted(tour)
        lengths.append(draft.timed(0, other, {})[1])
    # every order on offer is shorter, the shortest first
    assert lengths == sorted(lengths)
    assert all(length < draft.backs[0] for length in lengths)
