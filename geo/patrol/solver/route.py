"""What each team walks, in the places and minutes that were given, and why some stops are left out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from geo.errors import counted
from geo.patrol.solver.problem import NEVER, Floats, Problem, Team


class Visit(NamedTuple):
    """One visit. Times are minutes after the start of the shift: the windows' clock.

    ``walk_minutes``: from the place before. The team is there at ``arrive``, waits until ``begin`` if it must, and goes
    at ``leave``. ``prize``: what this visit wins.
    """

    stop: int
    walk_minutes: float
    arrive: float
    begin: float
    leave: float
    prize: float


class Route(NamedTuple):
    """One team's route.

    ``stops``: the places visited, in order, without start and end. ``prize``: what they win together. ``minutes``: from
    setting out to being back; walks, waits and dwells. ``visits``: one a stop. ``places``: start, stops, end; empty
    where even the walk from start to end does not fit. ``why``: why there is no stop; empty where there is one.
    """

    stops: tuple[int, ...]
    prize: float
    minutes: float
    visits: tuple[Visit, ...]
    places: tuple[int, ...]
    why: str = ""


def route_of(
    team: Team,
    stops: Sequence[int],
    begins: Sequence[float],
    minutes: Floats,
    dwell: Floats,
    prizes: Sequence[float],
) -> Route:
    """Return a route with its times. ``begins``: when each visit begins at the earliest; ``prizes``: what each wins."""
    now, here, visits = float(team.from_minute), team.start, []
    for stop, earliest, prize in zip(stops, begins, prizes, strict=True):
        walk = float(minutes[here, stop])
        begin = max(now + walk, earliest)
        visits.append(Visit(stop, walk, now + walk, begin, begin + float(dwell[stop]), prize))
        now, here = visits[-1].leave, stop
    if here != team.end:
        now += float(minutes[here, team.end])
    # sums of fractions end a hair beyond what they stand for
    out = min(now - float(team.from_minute), float(team.budget_minutes))
    return Route(tuple(stops), float(sum(prizes)), out, tuple(visits), (team.start, *stops, team.end))


def idle(team: Team, minutes: Floats, why: str) -> Route:
    """Return the route of a team that visits nothing: its walk from start to end, if that fits, and why."""
    if too_far(team, minutes):
        return Route((), 0.0, 0.0, (), (), why)
    return route_of(team, (), (), minutes, minutes[0], ())._replace(why=why)


def too_far(team: Team, minutes: Floats) -> str:
    """Return why a team cannot even walk from its start to its end; empty if it can."""
    walk = 0.0 if team.start == team.end else float(minutes[team.start, team.end])
    if walk <= team.budget_minutes + 1e-9:
        return ""
    if math.isinf(walk):
        return "There is no way from the start to the end."
    return f"The walk from start to end alone needs {_needs(walk)}; the shift is {_has(team.budget_minutes)}."


def reasons(problem: Problem, visited: set[int]) -> dict[int, str]:
    """Return, by place as given, why a place with a prize is not visited."""
    found = {}
    for i in range(problem.size):
        if problem.worth[i] and i not in visited:
            found[int(problem.given[i])] = _reason(problem, i)
    return dict(sorted(found.items()))


def why_nothing(problem: Problem) -> str:
    """Return why nothing can be visited; empty if something can."""
    stops = [i for i in range(problem.size) if problem.worth[i]]
    if not stops:
        return "No stop has a prize."
    if any(problem.reachable):
        return ""
    needs = min(_alone(problem, i) for i in stops)
    if needs >= NEVER:
        return f"There is no way to {counted(len(stops), 'stop')} and back."
    longest = max(shift.until - shift.begins for shift in problem.teams)
    if needs <= longest:
        return "The stops near enough are closed when a team could be there."
    each = problem.per_minute
    return f"The nearest stop needs {_needs(needs / each)} there and back; the shift is {_has(longest / each)}."


def _reason(problem: Problem, stop: int) -> str:
    if any(stop in stops for stops in problem.reachable):
        return "other stops win more in the time"
    needs, longest = _alone(problem, stop), max(shift.until - shift.begins for shift in problem.teams)
    if needs >= NEVER:
        return "no way there and back"
    if needs > longest:
        return f"needs {_needs(needs / problem.per_minute)}, the shift is {_has(longest / problem.per_minute)}"
    return "closed when a team could be there"


def _alone(problem: Problem, stop: int) -> int:
    """Return how long the nearest team needs there and back with the stay, whatever the opening times."""
    walks = [int(problem.shortest[shift.start, stop] + problem.shortest[stop, shift.end]) for shift in problem.teams]
    return min(walks) + int(problem.dwell[stop])


def _needs(minutes: float) -> str:
    return f"{math.ceil(minutes - 1e-6):,} min"


def _has(minutes: float) -> str:
    return f"{math.floor(minutes + 1e-6):,} min"
