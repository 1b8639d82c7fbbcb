"""Insertion heuristic: insert the stop that wins most for its minutes, shorten, remove a few stops, insert again.

Deterministic for a seed: it counts rounds, not seconds. It proves nothing; ``cp_sat`` and ``bound`` do. After the
iterated local search of Vansteenwegen and others 2009, doi 10.1016/j.cor.2009.03.008.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from geo.patrol.solver.draft import Draft
from geo.patrol.solver.problem import Floats, Problem

PATIENCE = 30  # rounds without a better plan before the search goes back to the best one
BLUR = 0.3  # how far the worth of a stop is blurred when inserting, so that rounds differ


def construct(problem: Problem) -> Draft:
    """Return a first plan: insertion until nothing fits, in the order that takes least time."""
    draft = Draft(problem)
    fill(draft, np.ones(problem.size))
    shorten(draft)
    fill(draft, np.ones(problem.size))
    return draft


def improve(
    draft: Draft,
    *,
    rounds: int,
    seed: int = 0,
    enough: int | None = None,
    stop: Callable[[], bool] | None = None,
) -> Draft:
    """Return the best plan met in ``rounds`` rounds of removing stops and inserting others; never worse than ``draft``.

    Better means more prize or, for the same prize, less time out. ``enough``: a prize that cannot be beaten. ``stop``
    is asked every round whether to end early.
    """
    random = np.random.default_rng(seed)
    best, now, idle = draft.copy(), draft.copy(), 0
    for _ in range(rounds):
        if (enough is not None and best.score[0] >= enough) or (stop is not None and stop()):
            break
        shake(now, random)
        fill(now, 1 + BLUR * random.uniform(-1, 1, now.problem.size))
        shorten(now)
        fill(now, np.ones(now.problem.size))
        if now.score > best.score:
            best, idle = now.copy(), 0
        else:
            idle += 1
            if idle % PATIENCE == 0:
                now = best.copy()
    shorten(best)
    return best


def fill(draft: Draft, blur: Floats) -> None:
    """Insert stops while any fits, each time the one that wins most for the time it takes. Changes ``draft``."""
    worths = draft.problem.worth
    worth = np.array([_next(worths[i], draft.visits[i]) for i in range(draft.problem.size)], np.float64) * blur
    teams = range(len(draft.tours))
    found = [draft.insertions(team, worth) for team in teams]
    while True:
        merit, team = max((found[team][0], -team) for team in teams)
        if merit <= 0:
            return
        _, stop, place = found[-team]
        tour = draft.tours[-team]
        if not draft.change(-team, [*tour[:place], stop, *tour[place:]]):
            raise AssertionError("an insertion that fitted does not fit")
        worth[stop] = _next(worths[stop], draft.visits[stop]) * blur[stop]
        for other in teams:
            # where places are visited twice, a visit later than before can be in another team's way
            if other == -team or found[other][1] == stop or draft.problem.repeats:
                found[other] = draft.insertions(other, worth)


def shake(draft: Draft, random: np.random.Generator) -> None:
    """Remove a run of stops from every tour, or the stops nearest to one of them. Changes ``draft``."""
    if random.random() < 0.5:
        for team, tour in enumerate(draft.tours):
            if tour:
                length = int(random.integers(1, max(2, len(tour) // 2) + 1))
                first = int(random.integers(0, len(tour)))
                draft.change(team, tour[:first] + tour[first + length :])
        return
    visited = sorted({stop for tour in draft.tours for stop in tour})
    if visited:
        centre = visited[int(random.integers(0, len(visited)))]
        number = int(random.integers(1, max(2, len(visited) // 3) + 1))
        gone = set(sorted(visited, key=lambda stop: (draft.problem.walks[centre][stop], stop))[:number])
        for team, tour in enumerate(draft.tours):
            draft.change(team, [stop for stop in tour if stop not in gone])


def shorten(draft: Draft) -> None:
    """Bring teams back earlier by turning runs of stops round or moving up to three elsewhere. Changes ``draft``."""
    for team in range(len(draft.tours)):
        busy = draft.busy(team)
        better = len(draft.tours[team]) > 1
        while better:
            better = False
            for other in shorter_walks(draft, team):
                timed = draft.timed(team, other, busy)
                if timed is not None and timed[1] < draft.backs[team]:
                    better = draft.change(team, other, busy)
                    break


def shorter_walks(draft: Draft, team: int) -> Iterator[list[int]]:
    """Yield orders of a tour that a small change gives and that are less to walk, the shortest first."""
    shift, tour = draft.problem.teams[team], draft.tours[team]
    path = [shift.start, *tour, shift.end]
    walk = draft.problem.walk[np.ix_(path, path)]
    n = len(path)
    step, back = np.diagonal(walk, 1), np.diagonal(walk, -1)
    turn = np.concatenate([[0], np.cumsum(back - step)])
    i, j = np.triu_indices(n, 1)
    inner = (i >= 1) & (j <= n - 2)
    i, j = i[inner], j[inner]
    gain = walk[i - 1, j] + walk[i, j + 1] - step[i - 1] - step[j] + turn[j] - turn[i]
    changes = [(int(g), 0, int(a), int(b)) for g, a, b in zip(gain, i, j, strict=True) if g < 0]
    for length in (1, 2, 3):
        # the run from i to j goes between p and p + 1
        first = np.arange(1, n - length)
        if not len(first):
            break
        a, p = (grid.ravel() for grid in np.meshgrid(first, np.arange(n - 1), indexing="ij"))
        b = a + length - 1
        away = (p < a - 1) | (p > b)
        a, b, p = a[away], b[away], p[away]
        gain = walk[a - 1, b + 1] - step[a - 1] - step[b] + walk[p, a] + walk[b, p + 1] - step[p]
        changes += [(int(g), length, int(x), int(y)) for g, x, y in zip(gain, a, p, strict=True) if g < 0]
    for _, length, begin, to in sorted(changes):
        if length == 0:
            yield tour[: begin - 1] + tour[begin - 1 : to][::-1] + tour[to:]
        else:
            run, rest = tour[begin - 1 : begin - 1 + length], tour[: begin - 1] + tour[begin - 1 + length :]
            place = to if to < begin else to - length
            yield rest[:place] + run + rest[place:]


def _next(worth: tuple[int, ...], visits: int) -> int:
    """Return what one more visit wins."""
    return worth[visits] if visits < len(worth) else 0
