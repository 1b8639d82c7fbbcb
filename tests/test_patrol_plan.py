"""One team: the proved optima of the literature, plans by trying everything, and what a plan must never do."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from patrols import (
    HAND_BEST,
    HAND_PRIZES,
    LONG,
    TSILIGIRIDES,
    TSILIGIRIDES_BEST,
    apart,
    best_by_trying,
    check,
    hand_minutes,
    patrols,
    solve,
    town,
)

from geo.errors import GeoError
from geo.patrol import plan as one_team
from geo.patrol.network.network import walking_network
from geo.patrol.solver import search


def hand(budget, **more):
    return solve(HAND_PRIZES, hand_minutes(), budget_minutes=budget, dwell_minutes=15, **more)


def fixed(patrol):
    return {name: patrol[name] for name in ("budget", "dwell", "windows", "end")}


def solved(patrol, **more):
    return solve(
        patrol["prizes"],
        patrol["minutes"],
        budget_minutes=patrol["budget"],
        end=patrol["end"],
        dwell_minutes=patrol["dwell"],
        windows=patrol["windows"],
        **more,
    )


@pytest.fixture
def ten_seconds_of_work(monkeypatch):
    """The work of 10 seconds, with a minute for each of them: what is tested is not how busy the machine is."""
    monkeypatch.setattr(search, "WORK_PER_SECOND", search.WORK_PER_SECOND * 10 / LONG)
    monkeypatch.setattr(search, "ROUNDS_PER_SECOND", search.ROUNDS_PER_SECOND * 10 / LONG)


@pytest.mark.usefixtures("ten_seconds_of_work")
@pytest.mark.parametrize("budget", TSILIGIRIDES_BEST)
def test_tsiligirides_optimum_is_reached_and_proved(budget):
    minutes = apart(TSILIGIRIDES)
    plan, tour = solve(TSILIGIRIDES[:, 2], minutes, budget_minutes=budget, start=0, end=31)
    assert plan.prize == plan.bound == tour.prize == TSILIGIRIDES_BEST[budget]
    assert plan.proved
    assert plan.gap == 0
    assert plan.repeatable
    length = sum(minutes[i, j] for i, j in zip(tour.places[:-1], tour.places[1:], strict=True))
    assert length == pytest.approx(tour.minutes, abs=1e-9)
    assert length <= budget


@pytest.mark.parametrize(("budget", "stops", "prize", "minutes"), HAND_BEST)
def test_scripts_elsewhere_solve_for_one_team(budget, stops, prize, minutes):
    done = one_team.solve(HAND_PRIZES, hand_minutes(), budget_minutes=budget, dwell_minutes=15, seconds=LONG)
    assert (set(done.stops), done.prize, done.proved) == (stops, prize, True)
    assert done.minutes == pytest.approx(minutes, abs=0.005)
    assert done.minutes <= budget
    assert one_team.solve([0, 5], [[0, 50], [50, 0]], budget_minutes=30).why


@pytest.mark.usefixtures("ten_seconds_of_work")
@pytest.mark.parametrize(("budget", "stops", "prize", "minutes"), HAND_BEST)
def test_hand_instance(budget, stops, prize, minutes):
    plan, tour = hand(budget)
    assert (set(tour.stops), plan.prize, plan.proved) == (stops, prize, True)
    assert tour.minutes == pytest.approx(minutes, abs=0.005)
    assert [visit.stop for visit in tour.visits] == list(tour.stops)
    assert tour.visits[0].walk_minutes == tour.visits[0].arrive
    assert set(plan.left_out) == {1, 2, 3, 4, 5, 6} - stops


@settings(max_examples=100)
@given(patrols(most=5), st.integers(0, 3))
def test_the_best_of_all_plans_is_found_and_proved(patrol, seed):
    plan, tour = solved(patrol, seed=seed)
    check(tour, patrol["prizes"], patrol["minutes"], **fixed(patrol))
    if not tour.places:
        assert patrol["minutes"][0, patrol["end"]] > patrol["budget"]
        return
    # a walk is rounded up to a thousandth of a minute: shifts a hair longer and shorter hold the answer between them
    arguments = {name: patrol[name] for name in ("dwell", "windows", "end")}
    most = best_by_trying(patrol["prizes"], patrol["minutes"], budget=patrol["budget"], **arguments)
    rounded = np.ceil(patrol["minutes"] * 1000 - 1e-6) / 1000
    least = best_by_trying(patrol["prizes"], rounded, budget=patrol["budget"], **arguments)
    assert plan.proved
    assert least - 1e-4 <= plan.prize <= most + 1e-4


@settings(max_examples=40)
@given(patrols(most=12), st.integers(0, 3), st.sampled_from([0.0, 0.02, 0.2]), st.sampled_from([1e-6, 2]))
def test_no_plan_breaks_a_rule_and_variety_costs_no_more_than_it_may(patrol, seed, variety, seconds):
    plan, tour = solved(patrol, seed=seed, variety=variety, seconds=seconds)
    check(tour, patrol["prizes"], patrol["minutes"], **fixed(patrol))
    assert plan.best * (1 - variety) <= plan.prize + 1e-4
    assert plan.prize <= plan.best + 1e-4
    assert plan.best <= plan.bound + 1e-4
    assert plan.prize == pytest.approx(sum(patrol["prizes"][stop] for stop in tour.stops))
    assert plan.gap == pytest.approx(0 if not plan.bound else (plan.bound - plan.prize) / plan.bound, abs=1e-4)


@settings(max_examples=10)
@given(patrols(most=10), st.integers(0, 5))
def test_the_same_seed_gives_the_same_plan(patrol, seed):
    assert solved(patrol, seed=seed, variety=0.05) == solved(patrol, seed=seed, variety=0.05)


@settings(max_examples=12)
@given(st.integers(0, 10_000), st.integers(20, 90))
def test_plans_on_a_network_of_streets_are_back_in_time(seed, budget):
    random = np.random.default_rng(seed)
    xy = np.stack(np.meshgrid(np.arange(6), np.arange(6), indexing="ij"), axis=-1) * 100.0
    xy += random.uniform(-30, 30, xy.shape)
    pairs = np.concatenate([np.stack((xy[:-1], xy[1:]), 2).ravel(), np.stack((xy[:, :-1], xy[:, 1:]), 2).ravel()])
    streets = gpd.GeoDataFrame(geometry=shapely.linestrings(pairs.reshape(-1, 2, 2)), crs="EPSG:27700")
    network = walking_network(streets[random.random(len(streets)) < 0.9])
    points = gpd.GeoSeries(shapely.points(random.uniform(50, 450, (9, 2))), crs="EPSG:27700")
    minutes = np.full((9, 9), np.inf)
    on = [i for i in range(9) if i not in set(network.out_of_reach(points))]
    minutes[np.ix_(on, on)] = network.minutes(points.iloc[on])
    windows = [None if k % 2 else (float(10 * k), float(10 * k + 30)) for k in range(9)]
    prizes = [0, *random.integers(1, 20, 8)]
    _, tour = solve(prizes, minutes, budget_minutes=budget, dwell_minutes=8, windows=windows, seconds=2, seed=seed)
    check(tour, prizes, minutes, budget=budget, dwell=[8] * 9, windows=windows)
    assert set(tour.stops) <= set(on)


def test_the_order_of_rows_changes_nothing():
    prizes, minutes = town(14, side_m=2500, seed=3)
    _, tour = solve(prizes, minutes, budget_minutes=120, dwell_minutes=15, seed=1)
    order = np.random.default_rng(0).permutation(15)
    home = int(np.flatnonzero(order == 0)[0])
    _, other = solve(
        prizes[order], minutes[np.ix_(order, order)], budget_minutes=120, start=home, end=home, dwell_minutes=15, seed=1
    )
    assert [int(order[stop]) for stop in other.stops] == list(tour.stops)


def test_equal_plans_differ_by_seed_and_lose_nothing():
    tours = {hand(90, seed=seed)[1].stops for seed in range(8)}
    assert tours == {(1, 2, 3), (3, 2, 1)}


def test_variety_gives_other_stops_and_orders():
    prizes, minutes = town(15, side_m=1500, seed=5)
    plans = [solve(prizes, minutes, budget_minutes=150, dwell_minutes=12, seed=seed, variety=0.05) for seed in range(5)]
    assert len({tour.stops for _, tour in plans}) >= 4
    assert len({frozenset(tour.stops) for _, tour in plans}) >= 2
    assert all(plan.prize >= 0.95 * plan.best for plan, _ in plans)
    assert len({plan.best for plan, _ in plans}) == 1


def test_no_minutes_means_staying_at_home():
    plan, tour = hand(0)
    assert (tour.stops, tour.places, tour.prize, tour.minutes, plan.proved) == ((), (0, 0), 0, 0, True)
    assert tour.why == "The nearest stop needs 25 min there and back; the shift is 0 min."


def test_no_stops():
    assert solve([0], [[0]], budget_minutes=60)[0].why == "No stop has a prize."
    assert solve([3, 0], [[0, 1], [1, 0]], budget_minutes=60)[0].why == "No stop has a prize."


def test_left_out_says_why():
    #         home, too far, cut off, closed, worth less, visited
    minutes = np.full((6, 6), 5.0)
    minutes[0, 1] = minutes[1, 0] = 13.0
    minutes[:, 2] = minutes[2, :] = np.inf
    minutes[[1, 3, 4, 5], 1] = minutes[1, [1, 3, 4, 5]] = 13.0
    windows = [None, None, None, (0, 10), None, None]
    plan, tour = solve([0, 9, 9, 9, 1, 9], minutes, budget_minutes=30, dwell_minutes=15, windows=windows)
    assert tour.stops == (5,)
    assert plan.left_out == {
        1: "needs 41 min, the shift is 30 min",
        2: "no way there and back",
        3: "closed when a team could be there",
        4: "other stops win more in the time",
    }


def test_cut_off_and_closed_are_said_when_nothing_else_is_there():
    apart_for_ever = np.full((2, 2), np.inf)
    assert solve([0, 9], apart_for_ever, budget_minutes=30)[0].why == "There is no way to 1 stop and back."
    closed, tour = solve([0, 9], np.ones((2, 2)), budget_minutes=30, windows=[None, (40, 60)])
    assert closed.why == tour.why == "The stops near enough are closed when a team could be there."


def test_a_walk_home_that_is_too_long_is_said():
    _, tour = solve([0, 9, 0], np.full((3, 3), 41.0), budget_minutes=30, end=2)
    assert (tour.stops, tour.places, tour.minutes) == ((), (), 0)
    assert tour.why == "The walk from start to end alone needs 41 min; the shift is 30 min."


def test_start_and_end_may_differ_and_the_way_between_counts():
    _, tour = solve([0, 9, 0], np.full((3, 3), 7.0), budget_minutes=30, end=2)
    assert (tour.places, tour.minutes) == ((0, 1, 2), 14)


def test_places_on_one_spot_are_all_visited():
    _, tour = solve([0, 4, 4, 4], np.zeros((4, 4)), budget_minutes=30, dwell_minutes=10)
    assert (sorted(tour.stops), tour.minutes) == ([1, 2, 3], 30)


def test_a_team_waits_for_the_opening_and_is_gone_at_closing():
    minutes = np.full((2, 2), 10.0)
    _, early = solve([0, 5], minutes, budget_minutes=60, dwell_minutes=10, windows=[None, (30, 40)])
    assert early.minutes == 50
    assert (early.visits[0].arrive, early.visits[0].begin, early.visits[0].leave) == (10, 30, 40)
    assert solve([0, 5], minutes, budget_minutes=60, dwell_minutes=10, windows=[None, (30, 39)])[1].stops == ()


def test_a_shift_that_fits_to_the_minute_is_not_lost_to_rounding():
    # three times 0.1 is more than 0.3 in floating point
    _, tour = solve([0, 1, 1], np.full((3, 3), 0.1), budget_minutes=0.3)
    assert len(tour.stops) == 2
    assert tour.minutes <= 0.3


def test_rounding_never_makes_a_shift_longer():
    # three walks of a third of a minute are a minute; rounded down to thousandths they would be 0.999
    _, tour = solve([0, 1, 1], np.full((3, 3), 1 / 3), budget_minutes=0.9995)
    assert len(tour.stops) == 1


def test_inputs_do_not_change():
    prizes, minutes, dwell = np.array(HAND_PRIZES, float), hand_minutes(), np.full(7, 15.0)
    copies = prizes.copy(), minutes.copy(), dwell.copy()
    solve(prizes, minutes, budget_minutes=90, dwell_minutes=dwell)
    assert all(np.array_equal(one, two) for one, two in zip((prizes, minutes, dwell), copies, strict=True))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"prizes": [0, 1]}, "minutes: the matrix has shape (3, 3), but there are 2 prizes."),
        ({"prizes": [[0, 1, 1]]}, "prizes: one number for each place"),
        ({"prizes": [0, -1, 1]}, "prizes: -1 is negative"),
        ({"prizes": [0, np.nan, 1]}, "prizes: a number is missing (NaN)"),
        ({"prizes": [0, np.inf, 1]}, "prizes: a number is endless"),
        ({"prizes": ["a", 1, 1]}, "prizes: not all are numbers"),
        ({"minutes": [[0, -2, 1]] * 3}, "minutes: -2 is negative"),
        ({"minutes": [[0, np.nan, 1]] * 3}, "minutes: a number is missing"),
        ({"minutes": [[0, 1], [1]]}, "minutes: not all are numbers"),
        ({"budget_minutes": -1}, "budget_minutes: -1 is negative"),
        ({"budget_minutes": np.nan}, "budget_minutes: a number is missing"),
        ({"dwell_minutes": [1, 2]}, "dwell_minutes: shape (2,) for 3 places"),
        ({"dwell_minutes": -1}, "dwell_minutes: -1 is negative"),
        ({"windows": [None]}, "windows: 1 for 3 places"),
        ({"windows": [None, (9, 3), None]}, "windows: place 1 opens at 9 and closes at 3"),
        ({"windows": [None, (np.nan, 3), None]}, "windows: place 1 opens at nan"),
        ({"windows": [None, 3, None]}, "windows: 3 is not an opening and a closing"),
        ({"start": 3}, "start: there is no place 3 among 3"),
        ({"end": -1}, "end: there is no place -1 among 3"),
        ({"seconds": 0}, "seconds: 0 is no time"),
        ({"seed": -1}, "seed: -1 is negative"),
        ({"variety": 1}, "variety: 1 is not a share"),
        ({"workers": 0}, "workers: 0 threads"),
    ],
)
def test_wrong_numbers_are_said(change, problem):
    arguments = {"prizes": [0, 1, 1], "minutes": np.ones((3, 3)), "budget_minutes": 10, **change}
    with pytest.raises(GeoError) as error:
        solve(arguments.pop("prizes"), arguments.pop("minutes"), **arguments)
    assert problem in error.value.problem
    assert error.value.hint
