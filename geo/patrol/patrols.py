"""Plan a shift for one or several teams: visits, routes, and the stops left out with their reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.crs import require_metric
from geo.errors import GeoError, counted, listed
from geo.patrol.frames import KEPT, routes_of, visits_of
from geo.patrol.network.straight import METRES_PER_MINUTE, StraightLines, WalkingDistances
from geo.patrol.scores import prizes
from geo.patrol.sentences import Side, balance_sentence, coverage_sentence, how_good, undone
from geo.patrol.shift import Shift
from geo.patrol.solver.problem import Team, Window
from geo.patrol.solver.teams import SECONDS, Plan, solve_teams

Floats: TypeAlias = NDArray[np.float64]
Places: TypeAlias = shapely.Point | Sequence[shapely.Point] | gpd.GeoSeries

VARIETY = 0.02
MIN_GAP_MINUTES = 60.0
REPEAT_SHARE = 0.5
COMPARE_SECONDS = 2.0


class PatrolPlan(NamedTuple):
    """A plan for one shift.

    ``visits``: one row a visit, by team and order (``frames.visits_of``). ``routes``: one row a team
    (``frames.routes_of``). ``left_out``: every other stop with ``reason``, the largest prize first. ``proved``: no plan
    wins more; ``bound``: what none wins more than; ``gap``: how much more that is than ``prize``, as a share of the
    bound. ``estimated``: distances are straight lines, made longer. ``sentences``: what has to be said with the plan.
    ``parameters``: (name, value, reason). ``shift``: in words. ``repeatable``: the clock did not end the search, so
    that the same seed gives the same plan.
    """

    visits: gpd.GeoDataFrame
    routes: gpd.GeoDataFrame
    left_out: pd.DataFrame
    proved: bool
    bound: float
    gap: float
    prize: float
    estimated: bool
    sentences: list[str]
    parameters: list[tuple[str, str, str]]
    shift: str
    seed: int
    repeatable: bool


def plan_patrols(
    stops: gpd.GeoDataFrame,
    walks: WalkingDistances,
    *,
    shift: Shift,
    starts: Places,
    ends: Places | None = None,
    teams: int = 1,
    balance: float | None = None,
    seconds: float = SECONDS,
    seed: int = 0,
    variety: float = VARIETY,
    min_gap_minutes: float = MIN_GAP_MINUTES,
    max_visits: int = 1,
    repeat_share: float = REPEAT_SHARE,
    metres_per_minute: float = METRES_PER_MINUTE,
    compare_seconds: float = COMPARE_SECONDS,
    workers: int = 1,
    parameters: Sequence[tuple[str, str, str]] = (),
    notes: Sequence[str] = (),
) -> PatrolPlan:
    """Return the plan that wins most prize with ``teams`` on foot in ``shift``: all are back in time.

    - ``stops``: as ``stops.candidate_stops`` returns them; ids must differ. ``walks``: a Network or StraightLines.
    - ``starts``, ``ends``: where teams set out and finish, one point for all or one a team, on the system of ``stops``;
      without ``ends`` each team returns to its start.
    - ``balance``: where given, prizes are made anew with it (``scores.prizes``); else they are taken as they stand.
    - ``max_visits``: how many teams may visit one place, at least ``min_gap_minutes`` apart; each further visit wins
      ``repeat_share`` times what the one before won. A team visits no place twice.
    - ``seconds``, ``seed``, ``variety``, ``workers``: see ``teams.solve_teams``. ``compare_seconds``: for each of the
      plans at balance 0 and 1 that are set beside this one; 0 leaves them out.
    - ``parameters``, ``notes``: of ``candidate_stops``, to be kept with those of the plan.

    Walks are rounded up to whole minutes, because nobody plans by the second: all times are then whole, and a team is
    never late by rounding. Inputs are not changed; the order of rows changes nothing. Raises GeoError where there is no
    stop, ids repeat, layers differ or a start or end is not on the network.
    """
    stops = _checked(stops, balance)
    first, last = _places(starts, teams, "starts"), _places(starts if ends is None else ends, teams, "ends")
    homes = list(dict.fromkeys([*first, *last]))
    points = gpd.GeoSeries([*homes, *stops.geometry], crs=stops.crs)
    off = {int(i) for i in walks.out_of_reach(points)}
    if any(i in off for i in range(len(homes))):
        raise GeoError(
            "A start or end of a team is too far from every street to be walked to.",
            "Give a point on a street, or a network that reaches it.",
        )
    on = [i for i in range(len(points)) if i not in off]
    exact = np.full((len(points), len(points)), np.inf)
    exact[np.ix_(on, on)] = walks.minutes(points.iloc[on], metres_per_minute=metres_per_minute)
    minutes = np.ceil(np.round(exact, 6))
    dwell = np.concatenate([np.zeros(len(homes)), stops["dwell_minutes"].to_numpy(np.float64)])
    crew = [Team(homes.index(a), homes.index(b), 0.0, shift.minutes) for a, b in zip(first, last, strict=True)]
    windows: list[Window] = [*(None for _ in homes), *_windows(stops, shift)]

    def solved(prize: pd.Series, seconds: float, variety: float) -> Plan:
        return solve_teams(
            np.concatenate([np.zeros(len(homes)), prize.to_numpy(np.float64)]),
            minutes,
            teams=crew,
            dwell_minutes=dwell,
            windows=windows,
            min_gap_minutes=min_gap_minutes,
            max_visits=max_visits,
            repeat_share=repeat_share,
            seconds=seconds,
            seed=seed,
            variety=variety,
            workers=workers,
        )

    plan = solved(stops["prize"], seconds, variety)
    visits = visits_of(plan, stops, shift, exact * metres_per_minute, len(homes))
    routes = routes_of(plan, visits, shift, walks, points, minutes, exact * metres_per_minute)
    far = {i - len(homes) for i in off}
    reasons = {i - len(homes): why for i, why in plan.left_out.items()}
    left = undone(stops, set(visits["stop_id"]), reasons, far)
    estimated = isinstance(walks, StraightLines)
    sides = []
    if compare_seconds > 0 and {"hotspot_score", "engagement_score", "visited_lately"} <= set(stops):
        for extreme in (0.0, 1.0):
            other = solved(prizes(stops, extreme), compare_seconds, 0.0)
            chosen = {stop - len(homes) for route in other.routes for stop in route.stops}
            sides.append(Side.of(f"balance {extreme:g}", stops.iloc[sorted(chosen)], other.prize))
    chosen = stops[stops["stop_id"].isin(visits["stop_id"])]
    this = Side.of("this plan" if balance is None else f"this plan (balance {balance:g})", chosen, plan.prize)
    sentences = [
        walks.description,
        *([plan.why] if plan.why else []),
        *how_good(plan, variety),
        *coverage_sentence(stops, chosen),
        *balance_sentence(this, sides),
        *notes,
    ]
    return PatrolPlan(
        visits,
        routes,
        left,
        plan.proved,
        plan.bound,
        plan.gap,
        plan.prize,
        estimated,
        sentences,
        [
            *parameters,
            ("teams", f"{teams:g}", "on foot, each for the whole shift"),
            ("walking speed", f"{metres_per_minute:g} m a minute", "walks are rounded up to whole minutes"),
            ("visits to a place", f"at most {max_visits:g}", f"by different teams, {min_gap_minutes:g} minutes apart"),
            ("variety", f"{variety:.0%}", "of the prize may be given up, so that patrols are hard to foresee"),
            ("seed", f"{seed}", "the same seed gives the same plan; another seed another order"),
            ("time to look", f"{seconds:g} s", "more may narrow the gap"),
        ],
        shift.words,
        seed,
        plan.repeatable,
    )


def _checked(stops: gpd.GeoDataFrame, balance: float | None) -> gpd.GeoDataFrame:
    """Return the stops in an order of their own, with prizes."""
    missing = [name for name in ("stop_id", "kind", "name", "prize", "dwell_minutes") if name not in stops]
    if missing:
        raise GeoError(f"stops: no column {listed(missing)}.", "Make them with geo.patrol.stops.candidate_stops.")
    if not len(stops):
        raise GeoError("There is no stop to plan for.", "Give hot spots or focal points.")
    require_metric(stops, "stops")
    again = stops.loc[stops["stop_id"].duplicated(), "stop_id"].astype(str)
    if len(again):
        raise GeoError(f"stops: {counted(len(again), 'id')} stand twice: {listed(sorted(set(again)))}.", "Rename them.")
    ordered = stops.sort_values("stop_id", ignore_index=True)
    ordered = ordered.assign(**{name: value for name, value in KEPT.items() if name not in ordered})
    return ordered if balance is None else ordered.assign(prize=prizes(ordered, balance))


def _places(places: Places, teams: int, name: str) -> list[shapely.Point]:
    if teams < 1:
        raise GeoError(f"--teams {teams}: there is no team to plan for.", "Give 1 or more.")
    given = [places] if isinstance(places, shapely.Point) else list(places)
    given = given * teams if len(given) == 1 else given
    if len(given) != teams:
        said = f"{name}: {counted(len(given), 'point')} for {counted(teams, 'team')}."
        raise GeoError(said, "Give one for all, or one each.")
    return given


def _windows(stops: pd.DataFrame, shift: Shift) -> list[Window]:
    """Return when each stop is open, in minutes of the shift; None: always."""
    found: list[Window] = []
    for opens, closes in zip(stops["opens"], stops["closes"], strict=True):
        if np.isnan(opens) and np.isnan(closes):
            found.append(None)
            continue
        since = 0.0 if np.isnan(opens) else max(0.0, shift.minute_of(float(opens)))
        until = shift.minutes if np.isnan(closes) else shift.minute_of(float(closes))
        found.append((since, until) if until > since else (0.0, 0.0))
    return found
