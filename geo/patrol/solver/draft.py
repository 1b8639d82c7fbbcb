"""A plan under construction: tours and the time each visit begins, always within shifts, windows and gaps."""

from __future__ import annotations

import bisect
from collections.abc import Sequence

import numpy as np

from geo.patrol.solver.problem import Floats, Problem

Busy = dict[int, list[tuple[int, int]]]


class Draft:
    """One tour a team, with the time each visit begins; always within shifts, windows and gaps.

    Every visit begins as early as it can while the other teams' visits stay when they are. All times are whole units.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.tours: list[list[int]] = [[] for _ in problem.teams]
        self.begins: list[list[int]] = [[] for _ in problem.teams]
        self.backs: list[int] = [shift.begins + problem.walks[shift.start][shift.end] for shift in problem.teams]
        self.visits = [0] * problem.size

    @classmethod
    def of(cls, problem: Problem, tours: Sequence[Sequence[int]], begins: Sequence[Sequence[int]]) -> Draft:
        """Return a draft of tours whose times are known to fit, each then moved as early as it can be."""
        draft = cls(problem)
        draft.tours, draft.begins = [list(tour) for tour in tours], [list(times) for times in begins]
        for stop in (stop for tour in tours for stop in tour):
            draft.visits[stop] += 1
        for team, tour in enumerate(draft.tours):
            if tour and not draft.change(team, tour):
                raise ValueError("the tours do not fit their shifts")
        return draft

    def copy(self) -> Draft:
        """Return a draft that can change without changing this one."""
        other = Draft.__new__(Draft)
        other.problem = self.problem
        other.tours, other.begins = [list(tour) for tour in self.tours], [list(times) for times in self.begins]
        other.backs, other.visits = list(self.backs), list(self.visits)
        return other

    @property
    def score(self) -> tuple[int, int]:
        """The prize, then the time out on foot, the less the better."""
        away = sum(back - shift.begins for back, shift in zip(self.backs, self.problem.teams, strict=True))
        return sum(sum(self.problem.worth[i][:count]) for i, count in enumerate(self.visits) if count), -away

    def busy(self, team: int) -> Busy:
        """Return, by stop, the times at which a visit of this team may not begin: strictly between each pair.

        They keep the gap before and after the visits of the other teams. Empty where no place is visited twice.
        """
        if not self.problem.repeats:
            return {}
        busy: Busy = {}
        for other, (tour, begins) in enumerate(zip(self.tours, self.begins, strict=True)):
            for stop, begin in zip(tour, begins, strict=True) if other != team else ():
                around = self.problem.dwells[stop] + self.problem.gap
                busy.setdefault(stop, []).append((begin - around, begin + around))
        for times in busy.values():
            times.sort()
        return busy

    def timed(self, team: int, tour: Sequence[int], busy: Busy) -> tuple[list[int], int] | None:
        """Return when each visit of a tour begins and when the team is back; None if the tour does not fit."""
        problem, shift = self.problem, self.problem.teams[team]
        now, here, begins = shift.begins, shift.start, []
        for stop in tour:
            now = max(now + problem.walks[here][stop], problem.opening[stop])
            for after, until in busy.get(stop, ()):
                if after < now < until:
                    now = until
            begins.append(now)
            now += problem.dwells[stop]
            if now > problem.closing[stop]:
                return None
            here = stop
        now += problem.walks[here][shift.end]
        return (begins, now) if now <= shift.until else None

    def change(self, team: int, tour: Sequence[int], busy: Busy | None = None) -> bool:
        """Give a team another tour if it fits; return whether it does. The draft is unchanged if not."""
        timed = self.timed(team, tour, self.busy(team) if busy is None else busy)
        if timed is None:
            return False
        for stop in self.tours[team]:
            self.visits[stop] -= 1
        for stop in tour:
            self.visits[stop] += 1
        self.tours[team], (self.begins[team], self.backs[team]) = list(tour), timed
        return True

    def latest(self, team: int, busy: Busy) -> list[int]:
        """Return how late each visit may begin, and the team be back at last, with all later ones still in time."""
        problem, shift = self.problem, self.problem.teams[team]
        limit, then, limits = shift.until, shift.end, [shift.until]
        for stop, begin in zip(reversed(self.tours[team]), reversed(self.begins[team]), strict=True):
            limit = min(limit - problem.walks[stop][then], problem.closing[stop]) - problem.dwells[stop]
            if stop in busy:
                # a later beginning may not run into the next time another team is there
                times = [after for after, _ in busy[stop]]
                ahead = bisect.bisect_left(times, begin)
                limit = min(limit, times[ahead]) if ahead < len(times) else limit
            limits.append(limit)
            then = stop
        return limits[::-1]

    def insertions(self, team: int, worth: Floats) -> tuple[float, int, int]:
        """Return the best insertion for a team: its merit (0 if none fits), the stop, and its place in the tour.

        ``worth``: by stop, what a visit more is taken to win. The merit is the worth squared for the time it takes.
        """
        problem, shift, tour = self.problem, self.problem.teams[team], self.tours[team]
        busy = self.busy(team)
        taken = set(tour)
        stops = np.array([i for i in problem.reachable[team] if worth[i] > 0 and i not in taken], np.int64)
        limits = np.array(self.latest(team, busy))[:, None]
        if not len(stops) or limits[0, 0] < 0:
            return 0.0, -1, -1
        before, after = [shift.start, *tour], [*tour, shift.end]
        leaves = [shift.begins, *(begin + problem.dwells[i] for i, begin in zip(tour, self.begins[team], strict=True))]
        leave = np.array(leaves)[:, None]
        begin = np.maximum(leave + problem.walk[before][:, stops], problem.opens[stops])
        for column, stop in enumerate(stops.tolist() if busy else ()):
            for first, until in busy.get(stop, ()):
                inside = (begin[:, column] > first) & (begin[:, column] < until)
                begin[inside, column] = until
        done = begin + problem.dwell[stops]
        arrive = done + problem.walk[stops][:, after].T
        fits = (done <= problem.closes[stops]) & (arrive <= limits)
        longer = arrive - leave - problem.walk[before, after][:, None]
        merit = np.where(fits, worth[stops] ** 2 / np.maximum(longer, 1), 0.0)
        place, column = divmod(int(merit.argmax()), len(stops))
        return float(merit[place, column]), int(stops[column]), place
