"""How soon is a patrol plan there, how good is it, and is it proved?

    uv run python benchmarks/patrol_solver.py [--seconds 60] [--workers 1] [--towns 3]

Table 1: the instance of Tsiligirides 1984 (doi 10.1057/jors.1984.162) and a hand-made one, whose best plans are known.
Table 2: made-up towns with 60 stops and 4 teams, opening hours at half of the stops or none: how long until the
first plan, what it wins, and what the gap is after --seconds. Table 3: which step earns its keep: the search alone, the
bound by columns, CP-SAT. Seconds depend on the machine and what else runs on it; plans do only where
the clock ended the search.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from geo.patrol.solver.bound import bound
from geo.patrol.solver.cp_sat import prove
from geo.patrol.solver.insertion import construct, improve
from geo.patrol.solver.problem import Floats, Window, whole_problem
from geo.patrol.solver.teams import Team, solve_teams

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from patrols import HAND_BEST, HAND_PRIZES, TSILIGIRIDES, TSILIGIRIDES_BEST, apart, hand_minutes, town

FIRST = 4.0  # seconds asked for, when the question is how soon a plan is there
DWELL = 15


def known(workers: int) -> None:
    """Print the plans of the instances whose best plans are known."""
    cases = [
        (f"Tsiligirides {budget}", TSILIGIRIDES[:, 2], apart(TSILIGIRIDES), 31, budget, 0, best)
        for budget, best in TSILIGIRIDES_BEST.items()
    ]
    cases += [
        (f"hand, {budget} min", HAND_PRIZES, hand_minutes(), 0, budget, DWELL, best) for budget, _, best, _ in HAND_BEST
    ]
    print(
        "| instance | best known | prize | bound | proved | seconds | of the processor |\n|---|---|---|---|---|---|---|"
    )
    for name, prizes, minutes, end, budget, dwell, best in cases:
        start, used = time.perf_counter(), time.process_time()
        teams = [Team(0, end, 0.0, budget)]
        plan = solve_teams(prizes, minutes, teams=teams, dwell_minutes=dwell, seconds=10, workers=workers)
        took, work = time.perf_counter() - start, time.process_time() - used
        row = f"| {name} | {best} | {plan.prize:g} | {plan.bound:g} | {yes(plan.proved)} "
        print(f"{row}| {took:.1f} | {work:.1f} |", flush=True)


def opening(stops: int, seed: int) -> list[Window]:
    """Return opening hours for half of the stops: one to two hours within the shift."""
    random = np.random.default_rng(seed + 100)
    windows: list[Window] = [None]
    for _ in range(stops):
        opens, lasts, always = random.integers(0, 9) * 15.0, random.integers(4, 9) * 15.0, random.random() < 0.5
        windows.append(None if always else (float(opens), float(opens + lasts)))
    return windows


def large(seconds: float, workers: int, towns: int) -> None:
    """Print what is there at once and after ``seconds``, for 60 stops and 4 teams."""
    print("\n| town | opening hours | first plan, s | its prize | its gap | plan, s | prize | bound | gap |")
    print("|---|---|---|---|---|---|---|---|---|")
    for seed in range(1, towns + 1):
        for windows in (None, opening(60, seed)):
            prizes, minutes = town(60, side_m=4000, seed=seed)
            row = f"| {seed} | {'half of the stops' if windows else 'none'} "
            for limit in (FIRST, seconds):
                start = time.perf_counter()
                plan = solve_teams(
                    prizes,
                    minutes,
                    teams=[Team(0, 0, 0.0, 240.0)] * 4,
                    dwell_minutes=DWELL,
                    windows=windows,
                    seconds=limit,
                    workers=workers,
                )
                row += f"| {time.perf_counter() - start:.1f} | {plan.prize:g} "
                row += f"| {plan.gap:.1%} " if limit == FIRST else f"| {plan.bound:g} | {plan.gap:.1%} |"
            print(row, flush=True)


def steps(towns: int) -> None:
    """Print what each step adds, for problems of growing size."""
    print("\n| stops | teams | opening hours | first search | bound by columns | CP-SAT: plan, bound | more search |")
    print("|---|---|---|---|---|---|---|")
    sizes = ((15, 2, 120), (20, 2, 120), (30, 2, 150), (40, 3, 180), (30, 1, 180), (60, 1, 240))
    for stops, teams, shift in sizes:
        for seed in range(1, towns + 1):
            for windows in (None, opening(stops, seed)):
                prizes, minutes = town(stops, side_m=2500, seed=seed)
                print(step_row(prizes, minutes, teams, shift, windows), flush=True)


def step_row(prizes: Floats, minutes: Floats, teams: int, shift: int, windows: list[Window] | None) -> str:
    """Return one row of what each step adds."""
    crew = [Team(0, 0, 0.0, float(shift))] * teams
    problem = whole_problem(prizes, minutes, crew, dwell_minutes=DWELL, windows=windows)
    cells = [f"{len(prizes) - 1}", f"{teams}", "half of the stops" if windows else "none"]
    draft, took = timed(lambda: improve(construct(problem), rounds=400))
    cells.append(f"{draft.score[0]} ({took:.1f} s)")
    limit, took = timed(lambda: bound(problem, draft.tours, best=draft.score[0]))
    cells.append(f"{limit} ({took:.1f} s)")
    most = sum(sum(worth) for worth in problem.worth)
    proof, took = timed(lambda: prove(draft, bound=limit if teams > 1 else most, work=5, seconds=30))
    cells.append(f"{proof.draft.score[0]}, {proof.bound} ({took:.1f} s)")
    more, took = timed(lambda: improve(draft, seed=1, rounds=2400, enough=limit))
    cells.append(f"{more.score[0]} ({took:.1f} s)")
    return f"| {' | '.join(cells)} |"


def timed(work):
    start = time.perf_counter()
    answer = work()
    return answer, time.perf_counter() - start


def yes(is_so: bool) -> str:
    return "yes" if is_so else "no"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--towns", type=int, default=3)
    parser.add_argument("--only", choices=["known", "large", "steps"])
    asked = parser.parse_args()
    if asked.only in (None, "known"):
        known(asked.workers)
    if asked.only in (None, "large"):
        large(asked.seconds, asked.workers, asked.towns)
    if asked.only in (None, "steps"):
        steps(min(asked.towns, 2))


if __name__ == "__main__":
    main()
