"""One team: which stops to visit, in which order, to win the most prize in a shift (the orienteering problem)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from numpy.typing import ArrayLike

from geo.patrol.solver.problem import Team, Window
from geo.patrol.solver.route import Visit
from geo.patrol.solver.teams import solve_teams

__all__ = ["Tour", "Visit", "solve"]


class Tour(NamedTuple):
    """The tour of one team. ``stops``: rows of the matrix, in the order visited; ``prize``: won; ``minutes``: from
    setting out to being back; ``proved``: no tour wins more; ``bound``: what none wins more than; ``gap``: how much
    more that is, as a share of the bound; ``visits``: each with its times; ``left_out``: {stop: why}; ``why``: why
    there is no stop, where there is none.
    """

    stops: list[int]
    prize: float
    minutes: float
    proved: bool
    bound: float
    gap: float
    visits: list[Visit]
    left_out: dict[int, str]
    why: str


def solve(
    prizes: ArrayLike,
    minutes: ArrayLike,
    *,
    budget_minutes: float,
    start: int = 0,
    end: int = 0,
    dwell_minutes: ArrayLike = 0,
    windows: Sequence[Window] | None = None,
    seconds: float = 10,
    seed: int = 0,
) -> Tour:
    """Return the tour that wins most within ``budget_minutes``, and whether it is proved that none wins more.

    One team, and the same answer for the same seed: see ``teams.solve_teams`` for the parameters.
    ``start`` may be ``end``; neither is a stop. Where nothing fits the tour has no stops, and ``why`` says why.
    """
    plan = solve_teams(
        prizes,
        minutes,
        teams=[Team(start, end, 0.0, budget_minutes)],
        dwell_minutes=dwell_minutes,
        windows=windows,
        seconds=seconds,
        seed=seed,
    )
    route = plan.routes[0]
    return Tour(
        list(route.stops),
        route.prize,
        route.minutes,
        plan.proved,
        plan.bound,
        plan.gap,
        list(route.visits),
        dict(plan.left_out),
        route.why or plan.why,
    )
