"""Minutes and visits by place and week, planned against recorded."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.errors import GeoError

COLUMNS = (
    "week", "week_starts", "stop_id", "kind", "name", "planned_visits", "planned_minutes", "visits", "minutes",
    "unknown_minutes", "planned_share", "delivered_share", "data",
)  # fmt: skip
_REGISTERED = r"HS-\d{4,}"
RECORDED, NO_DATA = "recorded", "no data"
_KEY = ["week_starts", "stop_id"]


def dosage(stays: pd.DataFrame, visits: gpd.GeoDataFrame, *, stops: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return minutes and visits by place and ISO week (Monday to Sunday, local time).

    ``stays``: those of ``score_tracks``, of any number of checks one after another (``pd.concat``); one that is there
    twice counts once. ``visits``: the visits of all plans. ``stops``: those of ``score_tracks``, if the places where a
    recording shows that nobody was, or whose minutes count for another stop (outcome "elsewhere" or "shared"), are to
    count as 0 and not as "no data".

    Columns: week ("2025-W49"), week_starts, stop_id, kind, name, planned_visits, planned_minutes, visits (long enough;
    NaN without data), minutes (known; NaN without data), unknown_minutes, planned_share (of the week's planned
    minutes), delivered_share (of the week's known minutes; NaN without data), data ("recorded" or "no data", which
    does not mean not patrolled). Sorted by week and stop. Visits that were not planned count too. Raises GeoError
    where one stop_id stands for two places, unless it is an id of the register of hot spots (HS-0007): ranks (HS-7) are
    other places next month.
    """
    _check(visits)
    plan = _planned(visits)
    done = _delivered(stays)
    table = plan.merge(done, on=_KEY, how="outer")
    for name in ("kind", "name"):
        table[name] = table[f"{name}_x"].fillna(table[f"{name}_y"]).fillna("")
    table = table.sort_values(_KEY, kind="stable").reset_index(drop=True)
    planned = ["planned_visits", "planned_minutes"]
    table[planned] = table[planned].fillna(0.0)
    seen = table["minutes"].notna()
    away = pd.Series(_away(table, stops), index=table.index) & ~seen
    nothing = ["visits", "minutes", "unknown_minutes"]
    table.loc[away, nothing] = 0.0
    table["data"] = np.where(seen | away, RECORDED, NO_DATA)
    table["planned_share"] = _share(table, "planned_minutes")
    table["delivered_share"] = _share(table, "minutes")
    calendar = table["week_starts"].dt.isocalendar()
    table["week"] = [f"{year}-W{week:02d}" for year, week in zip(calendar["year"], calendar["week"], strict=True)]
    return table[[*COLUMNS]].astype({"planned_visits": int, "week": object})


def _check(visits: gpd.GeoDataFrame) -> None:
    """Raise GeoError where one stop_id stands for places farther apart than the area that counts."""
    for stop, rows in visits.groupby("stop_id"):
        if re.fullmatch(_REGISTERED, str(stop)):
            continue  # the register says that it is one place, which may grow and shrink
        apart = float(np.hypot(np.ptp(rows.geometry.x), np.ptp(rows.geometry.y)))
        if apart > float(rows["radius_m"].max()):
            raise GeoError(
                f"{stop} stands for places {apart:,.0f} m apart in these plans.",
                "Plan with a register of hot spots, whose ids (HS-0007) stay with places, or compare fewer plans.",
            )


def _planned(visits: gpd.GeoDataFrame) -> pd.DataFrame:
    plan = pd.DataFrame(
        {
            "week_starts": _mondays(pd.to_datetime(visits["arrives"])),
            **{name: visits.get(name, "") for name in ("stop_id", "kind", "name")},
            "dwell": visits["dwell_minutes"].astype(float),
        }
    ).sort_values(["week_starts", "stop_id", "name", "kind"], kind="stable")
    return plan.groupby(_KEY, as_index=False).agg(
        kind=("kind", "first"),
        name=("name", "first"),
        planned_visits=("dwell", "size"),
        planned_minutes=("dwell", "sum"),
    )


def _delivered(stays: pd.DataFrame) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            name: stays[name]
            for name in ("stop_id", "kind", "name", "begins", "ends", "minutes", "unknown_minutes", "counts")
        }
    )
    table = table.drop_duplicates(["stop_id", "begins", "ends", "minutes"])
    table["week_starts"] = _mondays(table["begins"])
    table = table.sort_values(["week_starts", "stop_id", "begins", "minutes"], kind="stable")
    return (
        table.groupby(_KEY, as_index=False)
        .agg(
            kind=("kind", "first"),
            name=("name", "first"),
            visits=("counts", "sum"),
            minutes=("minutes", "sum"),
            unknown_minutes=("unknown_minutes", "sum"),
        )
        .astype({"visits": float})
    )


def _mondays(moments: pd.Series) -> pd.Series:
    """Return the Monday of each local moment's week."""
    local = moments.dt.tz_localize(None) if getattr(moments.dt, "tz", None) is not None else moments
    days = local.astype("datetime64[ns]").dt.normalize()
    return days - pd.to_timedelta(days.dt.day_of_week, unit="D")


def _away(table: pd.DataFrame, stops: pd.DataFrame | None) -> list[bool]:
    if stops is None or stops.empty:
        return [False] * len(table)
    known = stops[stops["outcome"].isin(["elsewhere", "shared"])]
    keys = set(zip(_mondays(pd.to_datetime(known["planned_from"])), known["stop_id"], strict=True))
    return [key in keys for key in zip(table["week_starts"], table["stop_id"], strict=True)]


def _share(table: pd.DataFrame, column: str) -> pd.Series:
    total = table.groupby("week_starts")[column].transform("sum")
    return table[column] / total.where(total > 0)
