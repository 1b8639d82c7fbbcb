"""Allocate a month of visits to hot spots, in proportion to the reports concentrated in each."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from geo.errors import GeoError, counted

DWELL_MINUTES = 15.0
WALK_MINUTES = 10.0
OFFICERS = 2
FEWEST_A_MONTH = 1.0  # with fewer reports to be expected, no month can show whether a visit did anything


class Allocation(NamedTuple):
    """``table``: one row a hot spot, by rank. ``visits``: in the month. ``patrol_hours``: of a team, walks included;
    ``person_hours``: of its officers. ``unit``: what is visited and what a visit is. ``sentences``: what to say with
    it.
    """

    table: pd.DataFrame
    visits: int
    patrol_hours: float
    person_hours: float
    unit: str
    sentences: list[str]


def allocate(
    hotspots: pd.DataFrame,
    *,
    visits: int | None = None,
    patrol_hours: float | None = None,
    dwell_minutes: float = DWELL_MINUTES,
    walk_minutes: float = WALK_MINUTES,
    officers: int = OFFICERS,
    include_chance: bool = False,
) -> Allocation:
    """Return how many visits each hot spot gets in a month, by its share of what the record concentrates there.

    ``hotspots``: ``rank``, ``name``, ``incidents`` and, where known, ``impact``, ``months_covered``, ``area_m2``,
    ``could_be_chance`` (``HotspotResult.hotspots``). Give ``visits``, or ``patrol_hours`` of a team, walks included:
    then as many visits as fit. ``walk_minutes``: to a visit from the one before, on average (a plan tells it).
    ``officers``: in a team. ``include_chance``: visit hot spots too that chance could explain.

    Each visit goes where the record is: exact shares are by ``impact`` (the count of incidents where it is not known
    for all), and become whole numbers by largest remainder (Hamilton): nobody gets more than 1 visit more or less than
    the exact share, and the smallest may get none. Of equal remainders the better rank is first.

    Columns: rank, hotspot_id (of the register, where there is one), name, incidents, ``weight_share`` (0-1), ``exact``,
    ``visits``, ``equal`` (visits if all got the same), ``dwell_hours``, ``patrol_hours`` (walks included),
    ``person_hours``, ``reports_a_month`` (NaN where the months are not known), ``note``. Raises GeoError for no or both
    of ``visits`` and ``patrol_hours``, and for numbers out of range.
    """
    if (visits is None) == (patrol_hours is None):
        raise GeoError("Give the visits of a month or the patrol hours: one of the two.", "60 visits, or 25 hours.")
    for name, number in (("dwell_minutes", dwell_minutes), ("officers", officers)):
        if not number > 0:
            raise GeoError(f"{name}: {number:g} is not more than 0.", "Give what a visit takes.")
    for name, amount in (("visits", visits), ("patrol_hours", patrol_hours), ("walk_minutes", walk_minutes)):
        if amount is not None and not 0 <= amount < math.inf:
            raise GeoError(f"{name}: {amount:g} is not a number of 0 or more.", "Give 0 or more.")
    each = dwell_minutes + walk_minutes
    total = int(visits) if visits is not None else math.floor(float(patrol_hours or 0) * 60 / each + 1e-9)
    chosen = hotspots.sort_values("rank", ignore_index=True)
    if "could_be_chance" in chosen and not include_chance:
        chosen = chosen[~chosen["could_be_chance"].fillna(False).astype(bool)].reset_index(drop=True)
    weighted = "impact" in chosen and bool(chosen["impact"].notna().all())
    weight = chosen["impact" if weighted else "incidents"].to_numpy(np.float64)
    share = weight / weight.sum() if weight.sum() > 0 else np.zeros(len(chosen))
    given = largest_remainder(weight, total)
    hours = given * each / 60
    months = chosen["months_covered"].to_numpy(np.float64) if "months_covered" in chosen else np.nan
    monthly = chosen["incidents"].to_numpy(np.float64) / months
    table = pd.DataFrame(
        {
            "rank": chosen["rank"],
            "name": chosen["name"],
            "incidents": chosen["incidents"].astype("int64"),
            "weight_share": share,
            "exact": share * total,
            "visits": given,
            "equal": total / len(chosen) if len(chosen) else np.nan,
            "dwell_hours": given * dwell_minutes / 60,
            "patrol_hours": hours,
            "person_hours": hours * officers,
            "reports_a_month": monthly,
            "note": np.where(monthly < FEWEST_A_MONTH, "too few reports to show an effect", ""),
        }
    )
    if "hotspot_id" in chosen:
        table.insert(1, "hotspot_id", chosen["hotspot_id"].astype(object))
    team, persons = float(hours.sum()), float(hours.sum() * officers)
    unit = _unit(chosen, dwell_minutes, walk_minutes, officers)
    # where every type weighs 1, impact is the count
    weighted = weighted and not np.array_equal(weight, chosen["incidents"].to_numpy(np.float64))
    return Allocation(
        table, int(given.sum()), team, persons, unit, _sentences(table, team, persons, unit, weighted=weighted)
    )


def largest_remainder(weights: ArrayLike, total: int) -> NDArray[np.int64]:
    """Return whole numbers that add up to ``total`` in proportion to ``weights`` (0 or more), none below 0.

    Everybody gets the whole part of the exact share; what is left goes to the largest remainders, of equal ones to the
    first. Without any weight everybody gets 0. Hamilton's method.
    """
    weight = np.asarray(weights, np.float64)
    if not (np.isfinite(weight).all() and (weight >= 0).all()):
        raise GeoError("A weight is missing or negative, so nothing can be shared out by it.", "Weights are 0 or more.")
    if not weight.sum() > 0:
        return np.zeros(len(weight), np.int64)
    exact = weight * (total / weight.sum())
    whole = np.floor(exact + 1e-9).astype(np.int64)
    rest = (exact - whole).round(9)
    order = np.argsort(-rest, kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole


def _unit(hotspots: pd.DataFrame, dwell_minutes: float, walk_minutes: float, officers: int) -> str:
    size = ""
    if "area_m2" in hotspots and len(hotspots):
        size = f" (an outline of {float(hotspots['area_m2'].median()) / 10_000:.1f} ha, the middle one of them)"
    who = "1 officer" if officers == 1 else f"a team of {officers:g}"
    return (
        f"The unit is the hot spot{size}; a visit is {dwell_minutes:g} minutes there by {who}, and "
        f"{walk_minutes:g} minutes of walking to it."
    )


def _sentences(table: pd.DataFrame, hours: float, persons: float, unit: str, *, weighted: bool) -> list[str]:
    if not len(table):
        return ["No hot spot to visit.", unit]
    by = "reports weighted by impact" if weighted else "reports"
    most = table.loc[table["visits"].idxmax()]
    none = int((table["visits"] == 0).sum())
    said = (
        f"{counted(int(table['visits'].sum()), 'visit')} a month to {counted(len(table) - none, 'hot spot')} by their "
        f"share of {by}: {hours:,.1f} patrol hours, {persons:,.1f} person-hours. Most go to {most['name']}: "
        f"{most['visits']:,}, where an equal share would be {most['equal']:,.1f}."
    )
    few = int((table["note"] != "").sum())
    return [
        said,
        unit,
        *(
            [f"{counted(none, 'hot spot')} with the fewest reports {'gets' if none == 1 else 'get'} none."]
            if none
            else []
        ),
        *([f"At {counted(few, 'hot spot')} too few reports are to be expected to show an effect."] if few else []),
    ]
