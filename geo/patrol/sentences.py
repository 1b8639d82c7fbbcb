"""Sentences that go with a plan: how near the best it is, its coverage beside a baseline, and the stops left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from geo.errors import counted
from geo.patrol.solver.teams import Plan


class Side(NamedTuple):
    """A plan in four numbers, to stand beside others."""

    name: str
    prize: float
    hotspots: int
    focal_points: int
    share: float

    @classmethod
    def of(cls, name: str, visited: pd.DataFrame, prize: float) -> Side:
        """Return the numbers of a plan that visits these stops."""
        hot = visited["kind"] == "hot spot"
        share = float(visited["share"].sum()) if "share" in visited else 0.0
        return cls(name, prize, int(hot.sum()), int((~hot).sum()), share)

    def words(self) -> str:
        """Return the numbers in words."""
        return (
            f"{self.name}: {counted(self.hotspots, 'hot spot')} with {self.share:.0%} of reports, "
            f"{counted(self.focal_points, 'focal point')}, prize {self.prize:.2f}"
        )


def how_good(plan: Plan, variety: float) -> list[str]:
    """Return how near the plan is to the best there is."""
    if plan.why:
        return []
    if plan.proved:
        said = "No plan wins more prize in this shift: proved."
    elif plan.gap < 0.0005:
        said = "No plan wins noticeably more prize than this one."
    else:
        said = f"No plan wins more than {plan.bound:.2f} prize; this one wins {plan.prize:.2f}, within {plan.gap:.1%}."
    given = plan.best - plan.prize
    if given > 1e-9:
        said += f" {given / plan.best:.1%} was given up on purpose, so that patrols are hard to foresee."
    elif variety and not plan.proved:
        said += " Which of about equal plans was taken is by chance (the seed), so that patrols are hard to foresee."
    return [said]


def coverage_sentence(stops: pd.DataFrame, visited: pd.DataFrame) -> list[str]:
    """Return how much of the record lies in the hot spots visited, against the biggest counts first.

    The baseline visits as many stops as the plan, all of them hot spots, by recorded incidents, whatever the walks.
    """
    hot = stops[stops["kind"] == "hot spot"] if "share" in stops else stops[:0]
    if not len(hot):
        return []
    seen = visited[visited["kind"] == "hot spot"]
    biggest = hot.sort_values(["incidents", "stop_id"], ascending=[False, True]).head(len(visited))
    return [
        f"The plan visits {counted(len(seen), 'hot spot')} with {counted(int(seen['incidents'].sum()), 'report')} on "
        f"record, {seen['share'].sum():.0%} of all in the area. As many stops spent on the biggest counts first, "
        f"whatever the walks and hours: {biggest['share'].sum():.0%}."
    ]


def balance_sentence(this: Side, sides: Sequence[Side]) -> list[str]:
    """Return this plan beside those that look at hot spots only and at engagement only."""
    if not sides:
        return []
    words = [side.words() for side in (sides[0], this, *sides[1:])]
    told = ". ".join(f"{one[:1].upper()}{one[1:]}" for one in words)
    return [f"Side by side, each prize by its own balance. {told}."]


def undone(stops: pd.DataFrame, visited: set[str], reasons: Mapping[int, str], far: set[int]) -> pd.DataFrame:
    """Return every stop that is not visited, the largest prize first, with its reason.

    ``reasons``: of the solver, by number of the stop; ``far``: stops that no street reaches. Columns: stop_id, name,
    kind, prize, reason.
    """
    rows = []
    for number, stop in enumerate(stops.to_dict("records")):
        if stop["stop_id"] in visited:
            continue
        rows.append(
            {name: stop[name] for name in ("stop_id", "name", "kind", "prize")}
            | {"reason": _reason(stop, reasons.get(number, ""), number in far)}
        )
    table = pd.DataFrame(rows, columns=["stop_id", "name", "kind", "prize", "reason"])
    return table.sort_values(["prize", "stop_id"], ascending=[False, True], ignore_index=True)


def _reason(stop: Mapping[str, Any], why: str, far: bool) -> str:
    times = stop.get("service_times")
    hours = f" (service times: {times})" if isinstance(times, str) and times else ""
    if far:
        return "too far from every street to be walked to"
    if stop["opens"] == stop["closes"]:
        return f"closed in the hours of the shift{hours}"
    if not float(stop["prize"]) > 0:
        if stop.get("visited_lately", 0.0) == 1:
            return "visited only just"
        if any(stop.get(name, 0.0) > 0 for name in ("hotspot_score", "engagement_score")):
            return "wins nothing by this balance"
        if stop["kind"] == "hot spot":
            return "no report on record in the hours of the shift"
        return "nothing is missing here on record"
    if why.startswith("closed"):
        return f"{why}{hours}"
    return why or "other stops win more in the time"
