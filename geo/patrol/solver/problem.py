"""A patrol problem, checked and in whole numbers: what the insertion heuristic, the bound and CP-SAT work on.

Whole numbers make every comparison exact, on every machine. A walk, a dwell and an opening are rounded up and a closing
and a shift's end down, so that a plan that holds in whole numbers holds in minutes. Where the minutes given are already
multiples of a simple fraction nothing is rounded; otherwise the unit is a thousandth of a minute (0.06 seconds).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import GeoError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Window = tuple[float, float] | None

UNITS_PER_MINUTE = (1, 2, 4, 5, 10, 20, 60, 100, 1000)
FINEST_PRIZE = 1_000_000  # the largest prize in whole numbers, where prizes are not simple fractions
LEAST_PRIZE = 1e-12  # a largest prize below this counts as none
NEVER = 1 << 40  # a walk that cannot be made; far beyond any shift, and sums of a few still fit
NOISE = 1e-6  # in units: what floating point adds to a number that was whole


class Team(NamedTuple):
    """A team on foot: where it starts and ends, when, and for how many minutes.

    ``start``, ``end``: rows of the matrix of minutes. ``from_minute``: when it sets out, in minutes after the start of
    the shift, the same clock as the windows. ``budget_minutes``: from setting out to being back.
    """

    start: int
    end: int
    from_minute: float
    budget_minutes: float


class WholeTeam(NamedTuple):
    """A team, its times in whole units."""

    start: int
    end: int
    begins: int
    until: int


@dataclass(frozen=True)
class Problem:
    """Places in an order of their own (see ``given``), times and prizes in whole units.

    ``worth[i][k]`` is what the visit number k + 1 to place i wins; empty for places that cannot be visited. ``walk``
    holds NEVER where there is no way. A visit begins at ``opens`` or later and ends at ``closes`` or earlier.
    """

    worth: tuple[tuple[int, ...], ...]
    walk: Ints
    dwell: Ints
    opens: Ints
    closes: Ints
    teams: tuple[WholeTeam, ...]
    gap: int
    given: Ints
    per_minute: int
    per_prize: float
    exact_prizes: bool

    @property
    def size(self) -> int:
        """The number of places, starts and ends included."""
        return len(self.worth)

    def only(self, teams: Sequence[int]) -> Problem:
        """Return the problem with these teams only."""
        return replace(self, teams=tuple(self.teams[team] for team in teams))

    def prize_at_most(self, units: int) -> float:
        """Return a prize that is no less than any prize that counts ``units`` when each visit's is rounded."""
        visits = 0 if self.exact_prizes else sum(len(worth) for worth in self.worth)
        return (units + visits / 2) / self.per_prize

    @cached_property
    def reachable(self) -> list[list[int]]:
        """By team, the places worth a visit that it could visit if it visited nothing else."""
        return [
            [i for i in range(self.size) if self.worth[i] and self.alone(k, i) <= shift.until]
            for k, shift in enumerate(self.teams)
        ]

    def alone(self, team: int, stop: int) -> int:
        """Return when the team would be back from this stop alone, by the shortest ways; NEVER or later if closed."""
        shift = self.teams[team]
        arrives = shift.begins + int(self.shortest[shift.start, stop])
        leaves = max(arrives, int(self.opens[stop])) + int(self.dwell[stop])
        return NEVER if leaves > self.closes[stop] else leaves + int(self.shortest[stop, shift.end])

    @cached_property
    def shortest(self) -> Ints:
        """The walks by way of any other places, where that is shorter: no plan can be quicker."""
        shortest = self.walk.copy()
        for i in range(self.size):
            shortest = np.minimum(shortest, shortest[:, i, None] + shortest[None, i, :])
        return shortest

    @cached_property
    def repeats(self) -> bool:
        """Whether some place may be visited by more than one team."""
        return any(len(worth) > 1 for worth in self.worth)

    # the same numbers as lists: looked up one by one they are several times as fast
    @cached_property
    def walks(self) -> list[list[int]]:
        """``walk`` as lists."""
        rows: list[list[int]] = self.walk.tolist()
        return rows

    @cached_property
    def dwells(self) -> list[int]:
        """``dwell`` as a list."""
        return self.dwell.tolist()

    @cached_property
    def opening(self) -> list[int]:
        """``opens`` as a list."""
        return self.opens.tolist()

    @cached_property
    def closing(self) -> list[int]:
        """``closes`` as a list."""
        return self.closes.tolist()


def whole_problem(
    prizes: ArrayLike,
    minutes: ArrayLike,
    teams: Sequence[Team],
    *,
    dwell_minutes: ArrayLike = 0.0,
    windows: Sequence[Window] | None = None,
    min_gap_minutes: float = 0.0,
    max_visits: ArrayLike = 1,
    repeat_share: float = 1.0,
) -> Problem:
    """Check a patrol to plan and state it in whole numbers. See ``solve_teams`` for what the parameters mean.

    Raises GeoError where shapes differ, or a number is negative, missing or (a walk aside) endless.
    """
    prize = _numbers("prizes", prizes)
    if prize.ndim != 1 or not len(prize):
        raise GeoError(f"prizes: one number for each place is needed, not shape {prize.shape}.", "Give a list.")
    n = len(prize)
    walk = _numbers("minutes", minutes, endless=True)
    if walk.shape != (n, n):
        raise GeoError(
            f"minutes: the matrix has shape {walk.shape}, but there are {n} prizes.", f"It should be {n} by {n}."
        )
    dwell = _each("dwell_minutes", dwell_minutes, n)
    opens, closes = _windows(windows, n)
    visits = _each("max_visits", max_visits, n)
    if np.any(visits != np.floor(visits)):
        raise GeoError("max_visits: a number of visits is not whole.", "Give whole numbers, 0 or more.")
    gap = float(_each("min_gap_minutes", min_gap_minutes, 1)[0])
    if not 0 <= repeat_share <= 1:
        raise GeoError(f"repeat_share: {repeat_share:g} is not between 0 and 1.", "1 means every visit wins as much.")
    if not teams:
        raise GeoError("No team to plan for.", "Give one team or more.")
    for team in teams:
        _check(team, n)
    ends = sorted({place for team in teams for place in (team.start, team.end)})
    visits[ends] = 0  # a team's own start and end are not stops
    visits = np.minimum(visits, len(teams))

    # the same order whatever order the rows came in, so that the order of rows cannot change the plan
    home = teams[0]
    given = np.lexsort([closes, opens, dwell, walk[:, home.end], walk[home.start], prize, visits])
    place_of = np.empty(n, np.int64)
    place_of[given] = np.arange(n)
    prize, walk = prize[given], walk[np.ix_(given, given)]
    dwell, opens, closes, visits = dwell[given], opens[given], closes[given], visits[given].astype(np.int64)

    times = np.array([gap, *(team.from_minute for team in teams), *(team.budget_minutes for team in teams)])
    per_minute = _unit(np.concatenate([walk[~np.eye(n, dtype=bool)], dwell, opens, closes, times]))
    per_prize, exact = _prize_unit(prize * (visits > 0), repeat_share, int(visits.max()))
    whole_teams = []
    for team in teams:
        begins = int(_up(np.array(team.from_minute), per_minute))
        until = int(_down(np.array(team.from_minute + team.budget_minutes), per_minute))
        whole_teams.append(WholeTeam(int(place_of[team.start]), int(place_of[team.end]), begins, until))
    whole = _up(walk, per_minute)
    np.fill_diagonal(whole, 0)
    return Problem(
        worth=tuple(
            tuple(worth for k in range(visits[i]) if (worth := round(prize[i] * repeat_share**k * per_prize)) > 0)
            for i in range(n)
        ),
        walk=whole,
        dwell=_up(dwell, per_minute),
        opens=_up(opens, per_minute),
        closes=_down(closes, per_minute),
        teams=tuple(whole_teams),
        gap=int(_up(np.array(gap), per_minute)),
        given=given,
        per_minute=per_minute,
        per_prize=per_prize,
        exact_prizes=exact,
    )


def _numbers(name: str, values: ArrayLike, *, endless: bool = False) -> Floats:
    try:
        numbers = np.array(values, np.float64)
    except (TypeError, ValueError):
        raise GeoError(f"{name}: not all are numbers.", "Give numbers, and rows of one length.") from None
    if np.any(np.isnan(numbers)):
        raise GeoError(f"{name}: a number is missing (NaN).", "Give every number, or leave the stop out.")
    if np.any(numbers < 0):
        raise GeoError(f"{name}: {numbers.min():g} is negative.", "Numbers are 0 or more.")
    if not endless and np.any(np.isinf(numbers)):
        raise GeoError(f"{name}: a number is endless.", "Only a walk between two places may be, where there is no way.")
    return numbers


def _each(name: str, values: ArrayLike, n: int) -> Floats:
    """Return one number for each place, from one for all or one for each."""
    numbers = _numbers(name, values)
    if numbers.ndim and numbers.shape != (n,):
        raise GeoError(f"{name}: shape {numbers.shape} for {n} places.", f"Give one number, or {n}.")
    return np.broadcast_to(numbers, n).copy()


def _windows(windows: Sequence[Window] | None, n: int) -> tuple[Floats, Floats]:
    opens, closes = np.zeros(n), np.full(n, np.inf)
    if windows is None:
        return opens, closes
    if len(windows) != n:
        raise GeoError(
            f"windows: {len(windows)} for {n} places.", "Give one for each place, or None where always open."
        )
    for i, window in enumerate(windows):
        if window is None:
            continue
        try:
            opens[i], closes[i] = window
        except (TypeError, ValueError):
            raise GeoError(f"windows: {window!r} is not an opening and a closing.", "Give (open, close).") from None
        # not (a <= b) also catches NaN
        if not opens[i] <= closes[i]:
            raise GeoError(
                f"windows: place {i} opens at {opens[i]:g} and closes at {closes[i]:g}.", "Open, then close."
            )
    return np.maximum(opens, 0.0), closes


def _check(team: Team, n: int) -> None:
    for name, place in (("start", team.start), ("end", team.end)):
        if not 0 <= place < n:
            raise GeoError(f"{name}: there is no place {place} among {n}.", f"Places are numbered 0 to {n - 1}.")
    _each("from_minute", team.from_minute, 1)
    _each("budget_minutes", team.budget_minutes, 1)


def _unit(times: Floats) -> int:
    """Return the coarsest unit in which all times are whole, or the finest."""
    finite = times[np.isfinite(times)]
    for unit in UNITS_PER_MINUTE:
        if np.all(np.abs(finite * unit - np.rint(finite * unit)) < NOISE):
            return unit
    return UNITS_PER_MINUTE[-1]


def _prize_unit(prize: Floats, share: float, visits: int) -> tuple[float, bool]:
    """Return units per prize, and whether prizes are whole in them."""
    worth = np.concatenate([prize * share**k for k in range(max(visits, 1))])
    largest = worth.max(initial=0.0)
    for unit in UNITS_PER_MINUTE:
        whole = np.abs(worth * unit - np.rint(worth * unit)) < NOISE
        if np.all(whole) and largest * unit <= FINEST_PRIZE:
            return float(unit), True
    return FINEST_PRIZE / max(float(largest), LEAST_PRIZE), False


def _up(times: Floats, unit: int) -> Ints:
    return _whole(np.ceil(times * unit - NOISE))


def _down(times: Floats, unit: int) -> Ints:
    return _whole(np.floor(times * unit + NOISE))


def _whole(numbers: Floats) -> Ints:
    return np.minimum(numbers, NEVER).astype(np.int64)
