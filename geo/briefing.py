"""What an inspector briefs from: the first hot spots, each with when, why, what changed and whom to speak to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.crs import require_metric
from geo.engagement.reach import WITHIN_M
from geo.errors import counted
from geo.evaluation.periods import DOWN, MONTHS, UP, change_by, compare, latest_months
from geo.nearby import calls_near

TOP = 5
_TYPES = {"type_personal": "personal", "type_nuisance": "nuisance", "type_environmental": "environmental"}
_LEVELS = {"community": "communities", "ward": "wards"}
_NO_TIMES = "The record has months only: weekday and hour are not known."


class Briefing(NamedTuple):
    """``spots``: rank, name, incidents, when, why, doubt, change, calls (sentences; empty where not known); ``change``:
    of all reports, in a sentence; ``calls``: the focal points named, with ``mark`` (A, B ...), name, kind and geometry.
    """

    spots: pd.DataFrame
    change: str
    calls: gpd.GeoDataFrame


def briefing(
    hotspots: gpd.GeoDataFrame,
    incidents: pd.DataFrame | None,
    months: Sequence[str],
    *,
    focal_points: gpd.GeoDataFrame | None = None,
    last_met: pd.Series | None = None,
    spoc_names: bool = False,
    top: int = TOP,
    within_m: float = WITHIN_M,
    length: int = MONTHS,
    include_chance: bool = False,
) -> Briefing:
    """Return the first ``top`` hot spots beyond chance in words, by rank; where there is none, the first of the others.

    ``include_chance``: those that chance could explain too, in their order among the others.

    ``hotspots``, ``incidents``: of ``HotspotResult``. ``months``: those the data cover. ``focal_points``: with
    ``focal_point_id``, ``name``, ``spoc_role`` and ``spoc`` where known, in the metres of ``hotspots``; of each hot
    spot the three nearest within a walk of ``within_m`` (straight line x 1.3) are named, with their contact's role.
    The contact's name is there only with ``spoc_names``: for the profile ``internal`` alone. ``last_met``: days since
    the last engagement logged, by focal_point_id. Without ``incidents``, which a partner is not given, counts are said
    as they stand in ``hotspots`` (rounded; missing where small) and nothing is said of change. Periods of ``length``
    months are compared (``evaluation.periods``). The order of rows does not matter.
    """
    clear = hotspots if include_chance else _beyond_chance(hotspots)
    spots = (clear if len(clear) else hotspots).sort_values("rank").head(top).reset_index(drop=True)
    if focal_points is not None and len(focal_points):
        require_metric(focal_points, "focal points")
    changed: dict[Any, Any] = {}
    if incidents is not None:
        changes = change_by(incidents, "hotspot", spots["rank"].tolist(), months, length=length)
        changed = {row["hotspot"]: row for row in changes.to_dict("records")}
    near, calls = calls_near(spots, focal_points, last_met, within_m, spoc_names=spoc_names)
    rows = spots.drop(columns="geometry").to_dict("records")
    table = pd.DataFrame(
        {
            "rank": spots["rank"],
            "name": spots["name"],
            "incidents": spots["incidents"],
            "when": [_when(row) for row in rows],
            "why": [_why(row, None if incidents is None else len(incidents)) for row in rows],
            "doubt": np.where(_could_be_chance(spots), "Chance alone could make it.", ""),
            "change": [_change(changed.get(row["rank"]), length) for row in rows],
            "calls": near,
        }
    )
    return Briefing(table, "" if incidents is None else _overall(incidents, months, length), calls)


def headline(
    hotspots: gpd.GeoDataFrame, total: int, *, what: str, where: str, findings: pd.DataFrame | None = None
) -> str:
    """Return the briefing in one sentence: what the hot spots beyond chance hold, and where contact has a gap.

    ``total``: incidents in the area. ``findings``: the priority list of engagement, with ``subject`` and ``level``;
    communities and wards are counted once each. None: there is no log, and nothing is said of it.
    """
    clear = _beyond_chance(hotspots).sort_values("rank")
    reports = f"{counted(total, 'report')} of {what}"
    if len(clear):
        inside = int(clear["incidents"].sum())
        hold = "holds" if len(clear) == 1 else "hold"
        said = f"{counted(len(clear), 'hot spot')} beyond chance in {where} {hold} {inside:,} of {reports}"
        said += f" ({inside / max(total, 1):.0%}), {clear['name'].iloc[0]} first"
    else:
        said = f"No hot spot beyond chance in {where} among {reports}"
    if findings is None:
        return f"{said}."
    listed = findings[findings["level"].isin(("community", "ward"))].drop_duplicates(["level", "subject"])
    if not len(listed):
        return f"{said}; the log shows no gap in contact."
    levels = listed["level"].value_counts()
    gaps = [counted(int(levels[level]), level, many) for level, many in _LEVELS.items() if level in levels]
    first = listed.sort_values("rank")["subject"].iloc[0]
    return f"{said}; the log shows a gap in contact with {' and '.join(gaps)}, {first} first."


def _beyond_chance(hotspots: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return hotspots[~(_could_be_chance(hotspots) | hotspots["rank"].isna())]


def _could_be_chance(hotspots: gpd.GeoDataFrame) -> pd.Series:
    if "could_be_chance" not in hotspots:
        return pd.Series(False, index=hotspots.index)
    return hotspots["could_be_chance"].eq(True).fillna(False).astype(bool)


def _when(row: Mapping[Any, Any]) -> str:
    """Return when a hot spot is busiest, as the record tells it."""
    peak = row.get("peak")
    if not isinstance(peak, str) or not peak:
        return _NO_TIMES
    # what the data cannot tell stands in the same column, as a sentence
    return peak if peak.endswith(".") else f"{peak}."


def _why(row: Mapping[Any, Any], total: int | None) -> str:
    """Return how many reports of all in the area (about how many, without ``total``), in how many months, what kind."""
    if pd.isna(row["incidents"]):
        said = "A small number of reports, which is not given"
    elif total is None:
        said = f"About {int(row['incidents']):,} reports"
    else:
        number = int(row["incidents"])
        said = f"{number:,} of the area's {counted(total, 'report')} ({number / max(total, 1):.0%})"
    said += f", in {row['months_active']} of {counted(int(row['months_covered']), 'month')}"
    kinds = {words: row.get(name) for name, words in _TYPES.items()}
    known = {words: int(count) for words, count in kinds.items() if count is not None and not pd.isna(count)}
    if sum(known.values()):
        most = max(known, key=lambda words: (known[words], words))
        said += f"; mostly {most} ({known[most]:,} of {sum(known.values()):,} of known kind)"
    return f"{said}."


def _change(row: Mapping[Any, Any] | None, length: int) -> str:
    return "" if row is None else _said(int(row["now"]), int(row["before"]), str(row["change"]), length)


def _said(now: int, before: int, change: str, length: int) -> str:
    """Return a change with both counts; a direction only where chance does not explain it."""
    counts = f"{now:,} in the last {counted(length, 'month')}, {before:,} in the {length} before"
    return f"{counts}: {change}." if change in (UP, DOWN) else f"{counts}: no change beyond chance."


def _overall(incidents: pd.DataFrame, months: Sequence[str], length: int) -> str:
    """Return the change of all reports, in a sentence; why it cannot be told where months are missing."""
    later, earlier = latest_months(months, length)
    if not later:
        return f"The change cannot be told: that takes {2 * length} months without a gap."
    now, before = (int(incidents["month"].isin(part).sum()) for part in (later, earlier))
    row = compare([now], [before]).iloc[0]
    return f"All reports: {_said(now, before, str(row['change']), length)} Seasons differ: compare a year as well."
