"""Find the best plan of a problem within a time: a first plan, an upper bound, and a proof where there is time for one.

1. A search at random (a second) gives a plan.
2. Small problems and one team: CP-SAT improves it and proves it best; 30 stops take seconds.
3. What is not proved gets a bound by columns, which is close for several teams, and more rounds of the search.

For several teams the bound comes before CP-SAT: it often is the proof, and it tells CP-SAT where to stop.
"""

from __future__ import annotations

import math
import time
from typing import NamedTuple

from geo.patrol.solver.bound import bound as bound_of
from geo.patrol.solver.cp_sat import prove
from geo.patrol.solver.draft import Draft
from geo.patrol.solver.insertion import construct, improve, shorten
from geo.patrol.solver.problem import Problem

# Most ways between stops, over all teams, of a model that CP-SAT is given for several teams: 20 stops and 2 teams.
# With 30 stops and more it never raised the plan nor lowered the bound (benchmarks/patrol_solver.py).
WAYS = 1000
# Work is counted so that the clock rarely ends it: CP-SAT did 0.35 to 1.6 units a second on two shared cores.
WORK_PER_SECOND = 0.25
ROUNDS_PER_SECOND = 40
ROUNDS_PER_STOP = 8  # of the first search: a plan that CP-SAT or a bound can start from
SHARE = 0.7  # of the time, for CP-SAT and one team; the rest is for the bound


class Found(NamedTuple):
    """``draft``: the best plan. ``bound``: no plan wins more, in whole units. ``by_clock``: the clock ended it."""

    draft: Draft
    bound: int
    by_clock: bool


def best_plan(problem: Problem, *, seconds: float, seed: int, workers: int = 1) -> Found:
    """Return the best plan found within about ``seconds``, the same for the same seed unless the clock ended it."""
    clock = _Clock(seconds)
    limit = most(problem)
    rounds = ROUNDS_PER_STOP * len(set().union(*problem.reachable))
    draft = improve(construct(problem), seed=seed, rounds=rounds, enough=limit, stop=clock.is_over)
    alone = len(problem.teams) == 1
    small = sum(len(stops) ** 2 for stops in problem.reachable) <= WAYS
    steps = ["prove", "bound"] if alone else ["bound", "prove"] if small else ["bound"]
    for step in steps:
        if draft.score[0] >= limit:
            break
        if step == "bound":
            limit = min(limit, bound_of(problem, draft.tours, best=draft.score[0], stop=clock.is_over))
            continue
        time_left, work = SHARE * clock.left(), SHARE * seconds * WORK_PER_SECOND
        proof = prove(draft, bound=limit, work=work, seconds=time_left, seed=seed, workers=workers)
        draft, limit, clock.ended = proof.draft, proof.bound, clock.ended or proof.by_clock
    if draft.score[0] < limit:
        rounds = round(seconds * ROUNDS_PER_SECOND)
        draft = improve(draft, seed=seed + 1, rounds=rounds, enough=limit, stop=clock.is_over)
    if draft.score[0] > limit:
        raise AssertionError("a plan that fits wins more than was proved possible")
    shorten(draft)
    return Found(draft, limit, clock.ended and draft.score[0] < limit)


def most(problem: Problem) -> int:
    """Return what all stops within reach win together, each visited as often as it may be."""
    within = [sum(stop in stops for stops in problem.reachable) for stop in range(problem.size)]
    return sum(sum(worth[:count]) for worth, count in zip(problem.worth, within, strict=True))


class _Clock:
    """The time left, and whether it ever ran out."""

    def __init__(self, seconds: float) -> None:
        self.end, self.ended = time.monotonic() + seconds, False

    def left(self) -> float:
        return max(0.0, self.end - time.monotonic()) if math.isfinite(self.end) else math.inf

    def is_over(self) -> bool:
        self.ended = self.ended or time.monotonic() >= self.end
        return self.ended
