"""Patrols on the terminal: where teams start, what distances are measured on, what was planned, what was walked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from console.talk import Run, plain, rich_console
from geo.errors import GeoError, listed

if TYPE_CHECKING:
    import geopandas as gpd
    import shapely

    from geo.patrol.allocation import Allocation
    from geo.patrol.check.track import TrackResult
    from geo.patrol.network.straight import WalkingDistances
    from geo.patrol.patrols import PatrolPlan
    from layers.reading.report import ReadReport

_PAIR = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*[,; ]\s*(-?\d+(?:\.\d+)?)\s*")


def places(
    given: Sequence[str], option: str, *, teams: int, focal_points: gpd.GeoDataFrame | None, area: gpd.GeoDataFrame
) -> list[shapely.Point]:
    """Return the points that ``given`` names, one for all teams or one a team, in the system of ``area``.

    A place is a focal point by id or name, or two numbers: degrees (longitude first) where both are small enough, else
    metres. Raises GeoError for a name that no focal point or several have, and for a place far from the area.
    """
    if len(given) not in (1, teams):
        raise GeoError(
            f"{option} was given {len(given)} times for {teams} teams.", f"Give it once for all, or {teams} times."
        )
    found = [_place(text, option, focal_points, area) for text in given]
    return found * teams if len(found) == 1 else found


def _place(text: str, option: str, focal_points: gpd.GeoDataFrame | None, area: gpd.GeoDataFrame) -> shapely.Point:
    import geopandas as gpd
    import shapely

    pair = _PAIR.fullmatch(text)
    if pair is None:
        return _named(text, option, focal_points)
    x, y = float(pair[1]), float(pair[2])
    point = shapely.Point(x, y)
    if abs(x) <= 180 and abs(y) <= 90:
        point = gpd.GeoSeries([point], crs="EPSG:4326").to_crs(area.crs).iloc[0]
    away_km = area.geometry.distance(point).min() / 1000
    if not away_km <= 5:
        raise GeoError(
            f"{option} {text}: {away_km:,.0f} km from the study area.", "Write EASTING,NORTHING or LONGITUDE,LATITUDE."
        )
    return point


def _named(text: str, option: str, focal_points: gpd.GeoDataFrame | None) -> shapely.Point:
    wanted = text.strip().casefold()
    if focal_points is not None:
        for column in ("focal_point_id", "name"):
            same = focal_points[focal_points[column].astype(str).str.strip().str.casefold() == wanted]
            if len(same) > 1:
                ids = listed(sorted(same["focal_point_id"].astype(str)))
                raise GeoError(f"{option} {text}: {len(same)} focal points have this name.", f"Give an id: {ids}.")
            if len(same):
                return same.geometry.iloc[0]
    raise GeoError(
        f"{option} {text}: no focal point has this id or name.",
        "Give a focal point of --focal-points, or a position such as 602700,482400.",
    )


def walked_before(path: str | None) -> gpd.GeoDataFrame | None:
    """Return the visits that count in what an earlier check wrote, with their local ``time``; None without a file."""
    if path is None:
        return None
    from layers.plans.checked import read_checked

    stays, _ = read_checked([path])
    return stays[stays["counts"]].assign(time=stays["begins"].dt.tz_localize(None))


class Ways(NamedTuple):
    """What distances are measured on; ``streets``: its lines, to be drawn; ``reports``: of reading them."""

    walks: WalkingDistances
    streets: gpd.GeoDataFrame | None
    reports: list[ReadReport]


def ways_on(run: Run, path: str | None, area: gpd.GeoDataFrame) -> Ways:
    """Return the streets in ``path``, cleaned once and kept, or straight lines where there is no path."""
    from geo.patrol.network.straight import straight_lines

    if path is None:
        lines = straight_lines()
        run.warn(lines.description)
        return Ways(lines, None, [])
    import geopandas as gpd
    import shapely

    from geo.patrol.network.network import Network, walking_network
    from layers.walking.network_cache import cached_network

    arrays, report = cached_network(path, lambda streets: walking_network(streets).arrays(), metric_crs=area.crs)
    run.report(report)
    network = Network.from_arrays(arrays)
    run.say(f"  {network.description}")
    shapes = [shapely.LineString(line) for line in network.lines]
    return Ways(network, gpd.GeoDataFrame(geometry=shapes, crs=network.crs), [report])


def headline(plan: PatrolPlan) -> str:
    """Return a plan in one sentence."""
    spots = plan.visits.loc[plan.visits["kind"] == "hot spot", "stop_id"].nunique()
    points = plan.visits.loc[plan.visits["kind"] == "focal point", "stop_id"].nunique()
    teams = len(plan.routes)
    return (
        f"{plan.shift}: {teams} team{'s' if teams != 1 else ''}, {len(plan.visits)} stops at {spots} hot spots and "
        f"{points} focal points, {plan.routes['walk_m'].sum() / 1000:.1f} km on foot."
    )


def print_plan(plan: PatrolPlan, allocation: Allocation | None) -> None:
    """Print the headline, each team's stops with times, and what has to be said with the plan."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    click.echo(plain(headline(plan)))
    for route in plan.routes.itertuples():
        table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
        for name, how in (("", "right"), ("arrive", "left"), ("leave", "left"), ("walk", "right")):
            table.add_column(name, justify=how, no_wrap=True)  # type: ignore[arg-type]
        table.add_column("stop", overflow="fold")
        for row in plan.visits[plan.visits["team"] == route.team].itertuples():
            cells = (f"{row.order}", f"{row.arrives:%H:%M}", f"{row.leaves:%H:%M}", f"{row.walk_minutes:.0f} min")
            table.add_row(*(Text(cell) for cell in cells), Text(plain(f"{row.name} ({row.kind})")))
        click.echo(
            f"\nTeam {route.team}, {route.starts:%H:%M} to {route.ends:%H:%M}: "
            f"{route.dwell_minutes:.0f} minutes at stops, {route.walk_minutes:.0f} on foot, "
            f"{route.spare_minutes:.0f} over."
        )
        rich_console().print(table)
    for sentence in plan.sentences:
        click.echo(plain(sentence))
    for sentence in () if allocation is None else allocation.sentences:
        click.echo(plain(sentence))


def print_check(result: TrackResult) -> None:
    """Print what the tracks show: a line a stop, then sentences."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("stop", overflow="fold")
    for name in ("planned", "minutes", "longest", "unknown", "visits"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("what the tracks show", overflow="fold")
    for row in result.stops.itertuples():
        numbers = (
            f"{row.planned_visits} x {row.planned_minutes / max(row.planned_visits, 1):.0f} min",
            *(f"{value:.0f}" for value in (row.minutes, row.longest_minutes, row.unknown_minutes)),
            f"{row.visits}",
        )
        table.add_row(Text(plain(row.name)), *(Text(cell) for cell in numbers), Text(plain(row.outcome)))
    rich_console().print(table)
    for sentence in result.sentences:
        click.echo(plain(sentence))


def plan_record(plan: PatrolPlan) -> dict[str, Any]:
    """Return a plan in numbers, for run.json and ``--json``."""
    return {
        "headline": headline(plan),
        "shift": plan.shift,
        "visits": len(plan.visits),
        "prize": round(plan.prize, 6),
        "bound": round(plan.bound, 6),
        "gap": round(plan.gap, 6),
        "proved": plan.proved,
        "repeatable": plan.repeatable,
        "distances_estimated": plan.estimated,
        "seed": plan.seed,
        "sentences": plan.sentences,
    }
