"""Solve a patrol for one or several teams: the stops each visits, in order, that win most prize together.

The team orienteering problem, with time windows. The way to a plan is in ``search``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from geo.errors import GeoError
from geo.patrol.solver.draft import Draft
from geo.patrol.solver.problem import Floats, Team, Window, whole_problem
from geo.patrol.solver.route import Route, Visit, idle, reasons, route_of, too_far, why_nothing
from geo.patrol.solver.search import best_plan
from geo.patrol.solver.variety import vary

__all__ = ["Plan", "Route", "Team", "Visit", "Window", "solve_teams"]

SECONDS = 60.0


class Plan(NamedTuple):
    """What all teams do.

    ``routes``: one a team, in the order of the teams. ``prize``: what they win together. ``proved``: no plan wins more.
    ``bound``: what no plan wins more than. ``gap``: how much more that is than ``prize``, as a share of the bound; 0
    where proved. ``best``: the prize of the best plan found, more than ``prize`` only where ``variety`` gave some away.
    ``why``: why there is no stop at all; empty where there is one. ``left_out``: by place with a prize, why it is not
    visited. ``repeatable``: the clock did not end the search, so that the same seed gives the same plan.
    """

    routes: tuple[Route, ...]
    prize: float
    proved: bool
    bound: float
    gap: float
    best: float
    why: str
    left_out: dict[int, str]
    repeatable: bool


def solve_teams(
    prizes: ArrayLike,
    minutes: ArrayLike,
    *,
    teams: Sequence[Team],
    dwell_minutes: ArrayLike = 0.0,
    windows: Sequence[Window] | None = None,
    min_gap_minutes: float = 0.0,
    max_visits: ArrayLike = 1,
    repeat_share: float = 1.0,
    seconds: float = SECONDS,
    seed: int = 0,
    variety: float = 0.0,
    workers: int = 1,
) -> Plan:
    """Return the plan that wins most: every team back in time, every visit within its window.

    - ``prizes``: by place, what a visit wins; a place with 0 is not visited. Starts and ends of teams are no
      stops: they win nothing and take no dwell. To patrol where a team starts, name that place twice.
    - ``minutes``: the walk from each place (row) to each (column), by the shortest way; need not be the same both ways;
      ``inf`` where there is no way. The way from a team's start to its end must fit its shift even without a stop.
    - ``teams``: see Team.
    - ``dwell_minutes``: minutes spent at each stop, one number for all or one for each place.
    - ``windows``: by place, (opens, closes) in minutes after the start of the shift, or None where always open. The
      whole visit lies within; a team that comes early waits.
    - ``max_visits``: how many teams may visit a place, one number or one for each. No team visits a place twice. Each
      further visit wins ``repeat_share`` times what the visit before won.
    - ``min_gap_minutes``: from the end of one team's visit to a place to the beginning of another's.
    - ``seconds``: about how long to look. The work is counted, and set so that it is usually done before; where the
      clock did end it, ``repeatable`` is False. A plan that is not proved best is still within ``gap`` of it.
    - ``seed``: the same seed gives the same plan. ``variety``: the share of the prize that may be given up for another
      plan, chosen by seed, so that patrols are hard to foresee; see ``variety.vary``.
    - ``workers``: threads. With more than 1, proofs come sooner and the same seed no longer means the same plan.

    Times count to a thousandth of a minute, walks rounded up: see ``problem``. Raises GeoError where shapes differ or a
    number is negative, missing or out of range.
    """
    _check(seconds, seed, variety, workers)
    # checked before teams are set aside, so that a wrong number is never excused
    problem = whole_problem(
        prizes,
        minutes,
        teams,
        dwell_minutes=dwell_minutes,
        windows=windows,
        min_gap_minutes=min_gap_minutes,
        max_visits=max_visits,
        repeat_share=repeat_share,
    )
    prize, walk = np.asarray(prizes, np.float64), np.asarray(minutes, np.float64)
    dwell = np.broadcast_to(np.asarray(dwell_minutes, np.float64), len(prize))
    far = [too_far(team, walk) for team in teams]
    able = [k for k, why in enumerate(far) if not why]
    problem = problem.only(able) if able else problem
    why = why_nothing(problem) if able else far[0]
    if why:
        stay = tuple(idle(team, walk, reason or why) for team, reason in zip(teams, far, strict=True))
        return Plan(stay, 0.0, True, 0.0, 0.0, 0.0, why, reasons(problem, set()), True)

    found = best_plan(problem, seconds=seconds, seed=seed, workers=workers)
    draft = vary(found.draft, variety=variety, seed=seed)
    wins = _wins(draft, prize, repeat_share)
    won = _sum(wins)
    # another plan can turn out to be better, where the best one was not found
    top = max(found.draft, draft, key=lambda one: one.score[0])
    best = _sum(_wins(top, prize, repeat_share))
    # a plan that meets the bound in whole units is the bound: what rounding may add is not for the reader
    bound = best if top.score[0] >= found.bound else problem.prize_at_most(found.bound)
    proved = draft.score[0] >= found.bound
    gap = 0.0 if proved or bound <= 0 else max(0.0, (bound - won) / bound)

    nothing = "No stop fits." if len(teams) == 1 else "Other teams win more with the same stops."
    opens = [0.0] * len(prize) if windows is None else [0.0 if window is None else window[0] for window in windows]
    routes = []
    for k, team in enumerate(teams):
        stops = [int(problem.given[i]) for i in draft.tours[able.index(k)]] if k in able else []
        if not stops:
            routes.append(idle(team, walk, far[k] or nothing))
            continue
        # where gaps between visits count the team may wait; otherwise only for the opening
        begins = [float(opens[stop]) for stop in stops]
        if problem.repeats:
            begins = [begin / problem.per_minute for begin in draft.begins[able.index(k)]]
        routes.append(route_of(team, stops, begins, walk, dwell, wins[able.index(k)]))
    left = reasons(problem, {stop for tour in draft.tours for stop in tour})
    return Plan(tuple(routes), won, proved, bound, gap, best, "", left, not found.by_clock)


def _check(seconds: float, seed: int, variety: float, workers: int) -> None:
    # not (a > b) also catches NaN
    if not seconds > 0:
        raise GeoError(f"seconds: {seconds:g} is no time to plan in.", "Give more than 0.")
    if seed < 0:
        raise GeoError(f"seed: {seed} is negative.", "Give a whole number, 0 or more.")
    if not 0 <= variety < 1:
        raise GeoError(f"variety: {variety:g} is not a share.", "0.02 lets a plan win up to 2% less than the best one.")
    if workers < 1:
        raise GeoError(f"workers: {workers} threads cannot work.", "Give 1 or more.")


def _wins(draft: Draft, prize: Floats, share: float) -> list[list[float]]:
    """Return what each visit wins: at a place visited by several teams, the first one wins most."""
    problem = draft.problem
    times = sorted(
        (begin, team, stop)
        for team, (tour, begins) in enumerate(zip(draft.tours, draft.begins, strict=True))
        for stop, begin in zip(tour, begins, strict=True)
    )
    before, wins = [0] * problem.size, {}
    for _, team, stop in times:
        wins[team, stop] = float(prize[problem.given[stop]]) * share ** before[stop]
        before[stop] += 1
    return [[wins[team, stop] for stop in tour] for team, tour in enumerate(draft.tours)]


def _sum(wins: list[list[float]]) -> float:
    return float(sum(sum(team) for team in wins))
