"""Choose another plan about as good by seed, so that patrols do not come in the same order every time.

A walk at random from plan to plan, by small changes, through those that fit and lose no more than allowed.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from geo.patrol.solver.draft import Draft
from geo.patrol.solver.insertion import fill

STEPS = 400
LONGER = 5.0  # how much longer to walk, for each share of the prize that may be lost: 2% and 10%


def vary(draft: Draft, *, variety: float, seed: int) -> Draft:
    """Return a plan chosen by ``seed`` that wins at least 1 - ``variety`` of the prize of ``draft``.

    The teams together walk no longer than 1 + 5 x ``variety`` times as long, and are out no longer than that. With
    ``variety`` 0 the plan wins as much in as little time: only the choice between equals, such as the way round, is by
    seed.
    """
    random = np.random.default_rng(seed)
    prize, away = draft.score
    least = math.ceil(prize * (1 - variety) - 1e-9)
    most_walk, most_away = walking(draft) * (1 + LONGER * variety), -away * (1 + LONGER * variety)

    def good(other: Draft) -> bool:
        won, gone = other.score
        return won >= least and -gone <= most_away and walking(other) <= most_walk

    now = draft.copy()
    for _ in range(STEPS):
        other = _changed(now, random)
        if other is not None and good(other):
            now = other
    full = now.copy()
    fill(full, np.ones(full.problem.size))
    return full if good(full) else now


def walking(draft: Draft) -> int:
    """Return how long all teams together walk, in whole units."""
    total = 0
    for shift, tour in zip(draft.problem.teams, draft.tours, strict=True):
        path = [shift.start, *tour, shift.end]
        total += sum(draft.problem.walks[i][j] for i, j in itertools.pairwise(path))
    return total


def _changed(draft: Draft, random: np.random.Generator) -> Draft | None:
    """Return the plan with one small change, None if the change drawn does not fit."""
    problem, teams = draft.problem, len(draft.tours)
    one, two = int(random.integers(0, teams)), int(random.integers(0, teams))
    first, second = list(draft.tours[one]), list(draft.tours[two])
    kind = int(random.integers(0, 5))
    if kind == 0:  # the other way round
        first.reverse()
    elif kind == 1 and len(first) > 1:  # a run the other way round
        a, b = sorted(random.choice(len(first), 2, replace=False).tolist())
        first[a : b + 1] = first[a : b + 1][::-1]
    elif kind == 2 and first and problem.reachable[one]:  # another stop instead
        stop = problem.reachable[one][int(random.integers(0, len(problem.reachable[one])))]
        if stop in first or draft.visits[stop] >= len(problem.worth[stop]):
            return None
        first[int(random.integers(0, len(first)))] = stop
    elif kind == 3 and first:  # a stop moved, within the tour or to another team's
        stop = first.pop(int(random.integers(0, len(first))))
        to = first if one == two else second
        if stop in to or stop not in problem.reachable[two]:
            return None
        to.insert(int(random.integers(0, len(to) + 1)), stop)
    elif kind == 4 and one != two:  # two teams exchange tours
        first, second = second, first
    else:
        return None
    other = draft.copy()
    if one == two or kind < 3:
        return other if other.change(one, first) else None
    # both leave first: each could be in the other's way
    other.change(one, [])
    other.change(two, [])
    return other if other.change(one, first) and other.change(two, second) else None
