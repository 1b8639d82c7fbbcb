"""A patrol problem as a model for OR-Tools CP-SAT, which finds the best plan and proves it, where it is small.

One circuit a team: a place not visited is a loop on itself, and one fixed way leads from the end back to the start.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from ortools.sat.python import cp_model

from geo.patrol.solver.draft import Draft

START, END = -1, -2  # of a circuit: two nodes, also where a team ends where it started


class Proof(NamedTuple):
    """The best plan found and its bound.

    ``draft``: the best plan. ``bound``: no plan wins more, in whole units of prize; proved best where they meet.
    ``by_clock``: the clock ended the search, not the measure of work, so that another run may end elsewhere.
    """

    draft: Draft
    bound: int
    by_clock: bool


def prove(draft: Draft, *, bound: int, work: float, seconds: float, seed: int = 0, workers: int = 1) -> Proof:
    """Look for a plan better than ``draft`` and for the proof that there is none.

    ``bound``: what no plan wins more than. ``work``: how much to do in CP-SAT's own measure, which is the same on every
    machine; a unit took between 0.6 and 3 seconds. ``seconds``: when to end at the latest. ``workers``: threads;
    with more than one the plan may differ from run to run.
    """
    draft = _sorted(draft)
    model = _Model(draft)
    model.add(model.prize <= bound)
    model.add(model.prize >= draft.score[0])
    model.maximize(model.prize)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = seed % (1 << 31)
    solver.parameters.max_deterministic_time = work
    solver.parameters.max_time_in_seconds = max(seconds, 0.0)
    # in a thread, so that Ctrl-C reaches Python and ends the search at once
    solver.parameters.catch_sigint_signal = False
    with ThreadPoolExecutor(1) as pool:
        solving = pool.submit(solver.solve, model)
        try:
            status = solving.result()
        except BaseException:
            solver.stop_search()
            raise
    if status in (cp_model.MODEL_INVALID, cp_model.INFEASIBLE):
        raise AssertionError(f"CP-SAT calls a plan that fits {solver.status_name(status)}")
    by_clock = status != cp_model.OPTIMAL and (workers > 1 or solver.response_proto.deterministic_time < work)
    if status == cp_model.UNKNOWN:
        # ended before it began in earnest: its bound may be a 0 that means nothing
        return Proof(draft, bound, by_clock)
    return Proof(model.read(solver), min(bound, math.floor(solver.best_objective_bound + 1e-6)), by_clock)


class _Model(cp_model.CpModel):
    """The model of a problem, with a plan as the hint where to look first."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft, self.problem = draft, draft.problem
        self.visited: list[dict[int, cp_model.IntVar]] = []  # by team and stop
        self.ways: list[dict[tuple[int, int], cp_model.IntVar]] = []  # by team, from and to
        self.begins: list[dict[int, cp_model.IntVar]] = []  # by team and stop, where windows or gaps matter
        for team in range(len(self.problem.teams)):
            self._walks(team)
            self._times(team)
        self._keep_gaps()
        self._order_alike()
        self.prize = self._prize()

    def read(self, solver: cp_model.CpSolver) -> Draft:
        """Return the plan found."""
        tours, times = [], []
        for ways, begins in zip(self.ways, self.begins, strict=True):
            after = {i: j for (i, j), way in ways.items() if solver.boolean_value(way)}
            tour = []
            here = after[START]
            while here != END:
                tour.append(here)
                here = after[here]
            tours.append(tour)
            # without windows and gaps the times follow from the tour
            times.append([solver.value(begins[stop]) if begins else 0 for stop in tour])
        return Draft.of(self.problem, tours, times)

    def _walks(self, team: int) -> None:
        """A circuit through the start, some stops and the end, no longer than the shift."""
        problem, shift, stops = self.problem, self.problem.teams[team], self.problem.reachable[team]
        node = {START: 0, END: 1} | {stop: number for number, stop in enumerate(stops, 2)}
        tour = self.draft.tours[team]
        hinted = set(zip([START, *tour], [*tour, END], strict=True))
        arcs: list[tuple[int, int, cp_model.LiteralT]] = [(1, 0, self.new_constant(1))]
        ways, visited, spent = {}, {}, []
        for i in [START, *stops]:
            for j in [*stops, END]:
                here, there = shift.start if i == START else i, shift.end if j == END else j
                takes = problem.walks[here][there] + (0 if j == END else problem.dwells[j])
                if i == j or takes > shift.until - shift.begins:
                    continue
                ways[i, j] = self.new_bool_var(f"{team}: {i} to {j}")
                self.add_hint(ways[i, j], (i, j) in hinted)
                arcs.append((node[i], node[j], ways[i, j]))
                spent.append(takes * ways[i, j])
        for stop in stops:
            visited[stop] = self.new_bool_var(f"{team}: {stop}")
            self.add_hint(visited[stop], stop in tour)
            arcs.append((node[stop], node[stop], ~visited[stop]))
        self.add_circuit(arcs)
        self.add(sum(spent) <= shift.until - shift.begins)
        self.ways.append(ways)
        self.visited.append(visited)

    def _times(self, team: int) -> None:
        """When each visit begins; nothing where it cannot matter, which is much quicker to prove."""
        problem, shift, stops = self.problem, self.problem.teams[team], self.problem.reachable[team]
        begins: dict[int, cp_model.IntVar] = {}
        self.begins.append(begins)
        always = all(problem.opening[i] <= shift.begins and problem.closing[i] >= shift.until for i in stops)
        if always and not problem.repeats:
            return
        hints = dict(zip(self.draft.tours[team], self.draft.begins[team], strict=True))
        for stop in stops:
            low = max(shift.begins, problem.opening[stop])
            high = min(problem.closing[stop], shift.until) - problem.dwells[stop]
            begins[stop] = self.new_int_var(low, high, f"{team}: at {stop}")
            self.add_hint(begins[stop], hints.get(stop, low))
        for (i, j), way in self.ways[team].items():
            if i == START and j != END:
                self.add(begins[j] >= shift.begins + problem.walks[shift.start][j]).only_enforce_if(way)
            elif i != START and j == END:
                back = begins[i] + problem.dwells[i] + problem.walks[i][shift.end]
                self.add(back <= shift.until).only_enforce_if(way)
            elif i != START:
                self.add(begins[j] >= begins[i] + problem.dwells[i] + problem.walks[i][j]).only_enforce_if(way)

    def _keep_gaps(self) -> None:
        """Visits of several teams to one place stand apart."""
        for stop in range(self.problem.size if self.problem.repeats else 0):
            lasts = self.problem.dwells[stop] + self.problem.gap
            self.add_no_overlap(
                self.new_optional_fixed_size_interval_var(begins[stop], lasts, visited[stop], f"{stop}")
                for begins, visited in zip(self.begins, self.visited, strict=True)
                if stop in visited
            )

    def _order_alike(self) -> None:
        """Of teams that could change places, the former wins no less: the same plan is not searched twice."""
        shifts = self.problem.teams
        for team, shift in enumerate(shifts):
            if shift in shifts[team + 1 :]:
                other = shifts.index(shift, team + 1)
                self.add(self._alone(team) >= self._alone(other))

    def _alone(self, team: int) -> cp_model.LinearExprT:
        return sum(self.problem.worth[stop][0] * one for stop, one in self.visited[team].items())

    def _prize(self) -> cp_model.LinearExprT:
        """Return what all visits win; each place no more often than it may be visited."""
        parts: list[cp_model.LinearExprT] = []
        for stop, worth in enumerate(self.problem.worth):
            visits = [visited[stop] for visited in self.visited if stop in visited]
            counted = [self.new_bool_var(f"{stop}, visit {number}") for number in range(min(len(worth), len(visits)))]
            if not counted:
                continue
            self.add(sum(visits) == sum(counted))
            for number, (one, more) in enumerate(zip(counted, [*counted[1:], None], strict=True)):
                self.add_hint(one, number < self.draft.visits[stop])
                if more is not None:
                    self.add_implication(more, one)
            parts += [wins * one for wins, one in zip(worth, counted, strict=False)]
        return sum(parts)


def _sorted(draft: Draft) -> Draft:
    """Return the plan with tours exchanged between teams alike, so that the former wins no less."""
    problem = draft.problem
    alone = [sum(problem.worth[stop][0] for stop in tour) for tour in draft.tours]
    source = list(range(len(alone)))
    for shift in set(problem.teams):
        teams = [team for team, other in enumerate(problem.teams) if other == shift]
        for team, other in zip(teams, sorted(teams, key=lambda team: (-alone[team], team)), strict=True):
            source[team] = other
    return Draft.of(problem, [draft.tours[k] for k in source], [draft.begins[k] for k in source])
