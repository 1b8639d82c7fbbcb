"""Patrols whose best plans are known, a checker that trusts no answer, and best plans by trying everything."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import strategies as st

from geo.patrol.solver.teams import Team, solve_teams

LONG = 600  # seconds: work is counted, so that a test ends long before, and a busy machine cannot end it

# Tsiligirides 1984, problem 1 (doi 10.1057/jors.1984.162): x, y, score; the first node is the start, the last the end
TSILIGIRIDES = np.array(
    """
    10.50,14.40,0 18.00,15.90,10 18.30,13.30,10 16.50,9.30,10 15.40,11.00,10 14.90,13.20,5 16.30,13.30,5 16.40,17.80,5
    15.00,17.90,5 16.10,19.60,10 15.70,20.60,10 13.20,20.10,10 14.30,15.30,5 14.00,5.10,10 11.40,6.70,15 8.30,5.00,15
    7.90,9.80,10 11.40,12.00,5 11.20,17.60,5 10.10,18.70,5 11.70,20.30,10 10.20,22.10,10 9.70,23.80,10 10.10,26.40,15
    7.40,24.00,15 8.20,19.90,15 8.70,17.70,10 8.90,13.60,10 5.60,11.10,10 4.90,18.90,10 7.30,18.80,10
    11.20,14.10,0""".replace(",", " ").split(),
    dtype=float,
).reshape(32, 3)
# the most that can be won within a length, proved with arcs rounded up and with arcs rounded down
TSILIGIRIDES_BEST = {
    5: 10, 10: 15, 15: 45, 20: 65, 25: 90, 30: 110, 35: 135, 40: 155, 46: 175, 50: 190, 60: 225, 73: 265, 85: 285,
}  # fmt: skip

# home and stops A to F, metres; 80 m a minute, 15 minutes at each stop
HAND = np.array([(0, 0), (400, 0), (800, 0), (800, 600), (0, 900), (-700, 300), (-500, -600)], float)
HAND_PRIZES = [0, 10, 8, 9, 7, 6, 5]
HAND_BEST = [  # minutes of the shift; stops, prize, minutes: by trying everything
    (60, {1, 3}, 19, 56.51),
    (90, {1, 2, 3}, 27, 75.00),
    (120, {1, 2, 3, 4}, 34, 99.43),
    (150, {1, 2, 3, 4, 5}, 40, 124.22),
]


def solve(prizes, minutes, *, budget_minutes, start=0, end=0, seconds=LONG, **more):
    """The plan of one team, and its tour."""
    teams = [Team(start, end, 0.0, budget_minutes)]
    plan = solve_teams(prizes, minutes, teams=teams, seconds=seconds, **more)
    return plan, plan.routes[0]


def apart(points):
    """Straight lines between all points."""
    points = np.asarray(points, float)
    return np.hypot(*(points[:, None, :2] - points[None, :, :2]).transpose(2, 0, 1))


def hand_minutes():
    return apart(HAND) / 80


def town(stops, *, side_m, seed, homes=1):
    """Prizes and minutes of made-up stops in clusters, walking 80 m a minute on ways 1.3 times the straight line."""
    random = np.random.default_rng(seed)
    centres = random.uniform(0, side_m, (8, 2))
    places = centres[random.integers(0, 8, stops)] + random.normal(0, side_m / 8, (stops, 2))
    home = np.full((homes, 2), side_m / 2)
    prizes = np.round(random.gamma(1.2, 10, stops) + 1)
    return np.r_[np.zeros(homes), prizes], apart(np.vstack([home, np.clip(places, 0, side_m)])) * 1.3 / 80


def when(minutes, stops, *, start, end, begin, budget, dwell, windows):
    """When each visit begins and the team is back, as early as can be; None if that breaks a window or the end."""
    now, here, begins = begin, start, []
    for stop in stops:
        opens, closes = windows[stop] or (0, np.inf)
        now = max(now + minutes[here, stop], opens)
        begins.append(now)
        now, here = now + dwell[stop], stop
        if now > closes + 1e-9:
            return None
    now += 0 if here == end else minutes[here, end]
    return (begins, now) if now <= begin + budget + 1e-9 else None


def best_by_trying(prizes, minutes, *, start=0, end=0, budget, dwell, windows):
    """The most that one team can win, by trying every order of every set of stops."""
    stops = [i for i in range(len(prizes)) if prizes[i] > 0 and i not in (start, end)]
    fixed = {"start": start, "end": end, "begin": 0, "budget": budget, "dwell": dwell, "windows": windows}
    return max(
        sum(prizes[i] for i in order)
        for number in range(len(stops) + 1)
        for order in itertools.permutations(stops, number)
        if number == 0 or when(minutes, order, **fixed) is not None
    )


def check(tour, prizes, minutes, *, start=0, end=0, begin=0.0, budget, dwell, windows):
    """Assert from the input alone that a tour holds: its time, its windows, each stop once, its prize."""
    stops = list(tour.stops)
    assert len(set(stops)) == len(stops)
    assert not {start, end} & set(stops)
    assert tour.minutes <= budget
    assert tour.prize == sum(visit.prize for visit in tour.visits)
    if tour.places:
        assert list(tour.places) == [start, *stops, end]
    now, here = begin, start
    for stop, visit in zip(stops, tour.visits, strict=True):
        opens, closes = windows[stop] or (0, np.inf)
        assert visit.stop == stop
        assert visit.arrive >= now + minutes[here, stop] - 1e-9
        assert visit.begin >= max(visit.arrive, opens)
        assert visit.leave == visit.begin + dwell[stop]
        assert visit.leave <= closes + 1e-9
        now, here = visit.leave, stop
    back = now + (0 if here == end else minutes[here, end])
    assert not tour.places or abs(back - begin - tour.minutes) < 1e-6


@st.composite
def patrols(draw, most=6, always=False):
    """A small patrol: whole or fractional prizes, a matrix that need not be symmetric, dwells, windows."""
    n = draw(st.integers(1, most)) + 1
    tenths = st.integers(0, 300).map(lambda number: number / 10)
    # a prize a millionth of the largest counts as none
    prize = st.integers(0, 20) | st.floats(0.01, 20)
    prizes = [0.0, *draw(st.lists(prize, min_size=n - 1, max_size=n - 1))]
    # a ten-thousandth is finer than the unit of the solver, tenths are not
    cell = draw(st.sampled_from([st.integers(0, 20), tenths, st.integers(0, 200_000).map(lambda one: one / 10_000)]))
    rows = draw(st.lists(st.lists(cell, min_size=n, max_size=n), min_size=n, max_size=n))
    minutes = np.array(rows, float)
    if draw(st.booleans()):
        minutes[draw(st.integers(0, n - 1)), draw(st.integers(0, n - 1))] = np.inf
    window = st.none() | st.tuples(tenths, tenths).map(lambda pair: (min(pair), max(pair)))
    return {
        "prizes": prizes,
        "minutes": minutes,
        "budget": draw(st.integers(0, 80) | tenths),
        "dwell": draw(st.lists(st.integers(0, 10), min_size=n, max_size=n)),
        "windows": [None] * n if always else draw(st.lists(window, min_size=n, max_size=n)),
        "end": draw(st.integers(0, n - 1)),
    }
