"""An upper bound on the prize of any plan, by column generation, for several teams.

Every place gets a price for a visit. A team that is paid the prices walks the tour that pays it best; the places keep
what a visit wins above its price. Whatever the prices, no plan wins more than what all earn together (Lagrangian
duality), and a linear program finds prices that bring this down. Tours are relaxed: times are rounded down to a grid,
and a place may come again after the team has been away from its neighbourhood (ng-routes). Gaps between visits to one
place are left out. All three only raise the bound. Source: Baldacci, Mingozzi and Roberti 2011, doi
10.1287/opre.1110.0975 (ng-routes); Boussier, Feillet and Gendreau 2007, doi 10.1007/s10288-006-0009-1 (team
orienteering by columns).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import linprog

from geo.patrol.solver.problem import NEVER, Floats, Ints, Problem

STEPS = 960  # of the time grid, for the longest shift: a quarter of a minute in four hours
MOST_NEAR = 6  # neighbours a place remembers; time and memory double with each
MOST_WAYS = 60_000  # ways from a place and what it remembers to the next; fewer neighbours are remembered beyond
ROUNDS = 60
COLUMNS = 40  # new tours a round and kind of team
SLACK = 1e-6


def bound(
    problem: Problem,
    tours: Sequence[Sequence[int]] = (),
    *,
    best: int = 0,
    near: int | None = None,
    rounds: int = ROUNDS,
    stop: Callable[[], bool] | None = None,
) -> int:
    """Return what no plan wins more than, in whole units of prize.

    ``tours``: a plan to start from, one tour a team. ``best``: the prize of a plan known; the search ends where the
    bound meets it. ``near``: neighbours a place remembers, as many as memory allows if None. ``stop`` is asked every
    round whether to end early; the bound holds whenever it ends.
    """
    if not any(problem.reachable):
        return 0
    kinds = sorted(set(problem.teams))
    number = np.array([problem.teams.count(kind) for kind in kinds], np.float64)
    pricings = [_Pricing(problem, problem.teams.index(kind), near) for kind in kinds]
    master = _Master(problem, number)
    for tour, shift in zip(tours, problem.teams, strict=False):
        master.add(kinds.index(shift), tour)
    upper = float(master.worth.sum())
    for _ in range(rounds):
        solved = master.prices()
        if solved is None:
            break
        prices, wages, lower = solved
        earned, before = master.kept(prices), len(master.columns)
        for kind, pricing in enumerate(pricings):
            found = pricing.best(prices, COLUMNS)
            earned += number[kind] * (found[0][0] if found else 0.0)
            for pays, tour in found:
                if pays > wages[kind] + SLACK:
                    master.add(kind, tour)
        upper = min(upper, earned)
        # a bound is cut to whole units: no need to go on once that cannot change
        settled = math.floor(upper + SLACK) <= max(best, math.floor(lower + SLACK))
        if settled or len(master.columns) == before or (stop is not None and stop()):
            break
    return math.floor(upper + SLACK)


class _Master:
    """The linear program over the tours known: how many teams walk each, and which visits count."""

    def __init__(self, problem: Problem, number: Floats) -> None:
        self.size, self.number = problem.size, number
        self.owner = np.array([i for i, worth in enumerate(problem.worth) for _ in worth], np.int64)
        self.worth = np.array([wins for worth in problem.worth for wins in worth], np.float64)
        self.columns: list[tuple[int, Ints]] = []

    def add(self, kind: int, tour: Sequence[int]) -> None:
        """Add a tour that teams of a kind can walk."""
        self.columns.append((kind, np.bincount(np.array(tour, np.int64), minlength=self.size)))

    def kept(self, prices: Floats) -> float:
        """Return what visits win above their prices."""
        return float(np.maximum(self.worth - prices[self.owner], 0.0).sum())

    def prices(self) -> tuple[Floats, Floats, float] | None:
        """Return the price of a visit by place, the wage of a team by kind, and the value; None if not solved."""
        visits, tours = len(self.owner), len(self.columns)
        matrix = np.zeros((self.size + len(self.number), visits + tours))
        matrix[self.owner, np.arange(visits)] = 1.0
        for column, (kind, counts) in enumerate(self.columns, visits):
            matrix[: self.size, column] = -counts
            matrix[self.size + kind, column] = 1.0
        solved = linprog(
            np.concatenate([-self.worth, np.zeros(tours)]),
            A_ub=matrix,
            b_ub=np.concatenate([np.zeros(self.size), self.number]),
            bounds=[(0.0, 1.0)] * visits + [(0.0, None)] * tours,
            method="highs-ds",
        )
        if solved.status != 0:
            return None
        # whatever the prices, the bound holds: a program that was not solved well costs rounds, not truth
        duals = np.maximum(-solved.ineqlin.marginals, 0.0)
        return duals[: self.size], duals[self.size :], -float(solved.fun)


class _Pricing:
    """The tour that pays a team best, over a grid of times and sets of remembered neighbours."""

    def __init__(self, problem: Problem, team: int, near: int | None) -> None:
        shift = problem.teams[team]
        self.stops = np.array(problem.reachable[team], np.int64)
        s = len(self.stops)
        longest = max(one.until - one.begins for one in problem.teams)
        grid = max(1, math.ceil(longest / STEPS))
        self.last = (shift.until - shift.begins) // grid
        if near is None:
            near = min(MOST_NEAR, max(0, int(math.log2(MOST_WAYS / max(s, 1) ** 2))) if s * s < MOST_WAYS else 0)
        near = min(near, max(s - 1, 0))
        walk = problem.walk[np.ix_(self.stops, self.stops)]
        dwell = problem.dwell[self.stops]
        apart = walk + walk.T
        np.fill_diagonal(apart, -1)
        neighbours = np.argsort(apart, axis=1, kind="stable")[:, 1 : near + 1]
        bit = np.zeros((s, s), np.int64)  # bit[j, i]: how place j remembers place i
        np.put_along_axis(bit, neighbours, 1 << np.arange(near)[None, :], axis=1)

        # from place i remembering m to place j, which remembers what of m and i is near it
        sets = 1 << near
        lag = (np.minimum(walk, NEVER) + dwell[None, :]) // grid
        members = (np.arange(sets)[:, None] >> np.arange(near)[None, :]) & 1
        source, target, lags = [], [], []
        for i in range(s):
            remembered = np.zeros((sets, s), bool)
            remembered[:, neighbours[i]] = members.astype(bool)
            # what j would remember: bits of the remembered places near j, and of i
            carried = members @ bit[:, neighbours[i]].T + bit[:, i][None, :]
            allowed = ~remembered & (lag[i] <= self.last)[None, :]
            allowed[:, i] = False
            m, j = np.nonzero(allowed)
            source.append(i * sets + m)
            target.append(j * sets + carried[m, j])
            lags.append(lag[i, j])
        self.sets, self.states = sets, s * sets
        src, tgt, lgs = (np.concatenate(part) if part else np.empty(0, np.int64) for part in (source, target, lags))
        order = np.lexsort([src, tgt])
        self.source, self.target, self.lags = src[order], tgt[order], lgs[order]
        self.heads = np.flatnonzero(np.r_[True, np.diff(self.target) > 0]) if len(order) else np.empty(0, np.int64)
        self.headed = self.target[self.heads]
        self.pad = int(self.lags.max(initial=1))
        self.offset = (self.pad - self.lags) * self.states + self.source
        begins = shift.begins
        out = problem.walk[shift.start][self.stops]
        leaves = np.maximum(begins + out, problem.opens[self.stops]) + dwell - begins
        self.first = np.minimum(leaves, NEVER) // grid
        self.opens = np.maximum(problem.opens[self.stops] + dwell - begins, 0) // grid
        self.closes = np.minimum(problem.closes[self.stops] - begins, NEVER) // grid
        self.home = np.minimum(problem.walk[self.stops, shift.end], NEVER) // grid

    def best(self, price: Floats, most: int) -> list[tuple[float, list[int]]]:
        """Return the tours that pay best, at most one for each last place, the best first; nothing if none pays."""
        s, states = len(self.stops), self.states
        if not s:
            return []
        pay = price[self.stops]
        paid = np.repeat(pay, self.sets)
        value = np.full((self.pad + self.last + 1, states), -np.inf)
        flat = value.ravel()
        empty = np.arange(s) * self.sets
        opens, closes = np.repeat(self.opens, self.sets), np.repeat(self.closes, self.sets)
        headed_pay, headed_opens, headed_closes = paid[self.headed], opens[self.headed], closes[self.headed]
        for t in range(self.last + 1):
            row = value[self.pad + t]
            if t:
                row[:] = value[self.pad + t - 1]
            started = empty[(self.first <= t) & (t <= self.closes)]
            row[started] = np.maximum(row[started], paid[started])
            if len(self.heads):
                got = np.maximum.reduceat(flat[t * states :][self.offset], self.heads) + headed_pay
                got[(t < headed_opens) | (t > headed_closes)] = -np.inf
                row[self.headed] = np.maximum(row[self.headed], got)
        ends = self.last - self.home
        final = np.full((s, self.sets), -np.inf)
        for i in np.flatnonzero(ends >= 0):
            final[i] = value[self.pad + ends[i]].reshape(s, self.sets)[i]
        state = final.argmax(axis=1)
        totals = final[np.arange(s), state]
        found = []
        for i in np.argsort(-totals, kind="stable")[:most]:
            if totals[i] > 0:
                found.append((float(totals[i]), self._tour(value, paid, int(ends[i]), int(i * self.sets + state[i]))))
        return found

    def _tour(self, value: Floats, paid: Floats, t: int, state: int) -> list[int]:
        """Return the places of the tour with this value, found backwards."""
        places: list[int] = []
        while True:
            here = value[self.pad + t, state]
            # the value was carried on from the first time it was reached
            t = int(np.searchsorted(value[self.pad : self.pad + t + 1, state], here))
            places.append(int(self.stops[state // self.sets]))
            low, high = np.searchsorted(self.target, [state, state + 1])
            before = value[self.pad + t - self.lags[low:high], self.source[low:high]]
            started = state % self.sets == 0 and paid[state] >= here
            if started or not len(before):
                return places[::-1]
            way = low + int(before.argmax())
            t, state = t - int(self.lags[way]), int(self.source[way])
