"""Do groups meet as often as they should, and are the three duties to a neighbourhood kept?"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from geo.engagement.answers.answer import Answer, answered
from geo.engagement.columns import NOT_RECORDED, dated_until, numbers, quarters, select, split_rows, text
from geo.errors import counted, listed

# Contacts at which a group sits down together. A patrol past the door, a leaflet or a talk with one person is contact,
# not a meeting of the group.
MEETING_ACTIVITIES = frozenset(
    "forum public_meeting listening_circle workshop online_meeting participatory_budgeting innovation_hub".split()
)
TOLERANCE_DAYS = 14
# The Act sets no interval: a quarter is a local choice, printed with every result.
INTERVAL_DAYS = 91
DUTIES = ("consult", "inform", "meet")
_INFORM = {"activity": "message_alert media social_media", "objective": "inform_rights key_messages feed_back",
           "participation_level": "inform"}  # fmt: skip
_CONSULT = {"activity": "survey listening_circle participatory_budgeting", "objective": "listen_priorities",
            "participation_level": "consult co_create account"}  # fmt: skip
# open to whoever lives there; a forum to which one is invited is not
_MEET = {"activity": "public_meeting online_meeting participatory_budgeting"}
_COUNTS_AS = {"consult": _CONSULT, "inform": _INFORM, "meet": _MEET}


def gaps(
    focal_points: pd.DataFrame,
    engagements: pd.DataFrame,
    *,
    as_of: pd.Timestamp,
    tolerance_days: float = TOLERANCE_DAYS,
    activities: Collection[str] = MEETING_ACTIVITIES,
) -> pd.DataFrame:
    """Return the meetings of every focal point that should meet (``meets_every_days``), in order of date.

    A meeting is an engagement at that focal point with one of ``activities``; two on a day are one. Columns:
    ``focal_point_id``, ``met_on``, ``gap_days`` (since the meeting before; NaN for the first) and ``late`` (the gap is
    more than ``meets_every_days`` + ``tolerance_days``).
    """
    groups = _standing(focal_points)
    events = dated_until(engagements, as_of)
    events = events.assign(focal_point_id=text(events, "focal_point_id"), activity=text(events, "activity"))
    met = events[events["activity"].isin(list(activities))]
    met = met.rename(columns={"date": "met_on"})[["focal_point_id", "met_on"]].drop_duplicates()
    met = met.merge(groups, on="focal_point_id").sort_values(["focal_point_id", "met_on"], ignore_index=True)
    gap = met.groupby("focal_point_id")["met_on"].diff().dt.days
    return met[["focal_point_id", "met_on"]].assign(gap_days=gap, late=gap > met["meets_every_days"] + tolerance_days)


def standing_groups(
    focal_points: pd.DataFrame,
    engagements: pd.DataFrame,
    *,
    as_of: pd.Timestamp,
    tolerance_days: float = TOLERANCE_DAYS,
    activities: Collection[str] = MEETING_ACTIVITIES,
) -> Answer:
    """Return whether panels, forums and the like meet as often as they should.

    Table, one row a focal point with ``meets_every_days``: ``focal_point_id``, ``name`` (of the place or group),
    ``meets_every_days``, ``meetings``, ``dates`` (of all meetings, 2025-01-15;2025-03-12; empty when there is none),
    ``first_met``, ``last_met``, ``median_gap_days``, ``longest_gap_days``,
    ``late_gaps`` (between two meetings), ``open_gap_days`` (from the last meeting to ``as_of``), ``overdue_by_days``
    (open gap less ``meets_every_days`` and ``tolerance_days``, 0 when in time, NaN if it never met) and ``state``
    (in time, overdue, no meeting recorded). How many came makes no difference: a small meeting is a meeting.
    """
    met = gaps(focal_points, engagements, as_of=as_of, tolerance_days=tolerance_days, activities=activities)
    table = _standing(focal_points).merge(
        met.groupby("focal_point_id", as_index=False).agg(
            meetings=("met_on", "size"),
            dates=("met_on", _joined),
            first_met=("met_on", "min"),
            last_met=("met_on", "max"),
            median_gap_days=("gap_days", "median"),
            longest_gap_days=("gap_days", "max"),
            late_gaps=("late", "sum"),
        ),
        on="focal_point_id",
        how="left",
    )
    table[["meetings", "late_gaps"]] = table[["meetings", "late_gaps"]].astype("float64").fillna(0).astype("int64")
    table["dates"] = table["dates"].astype("object").where(table["dates"].notna(), None)
    table["open_gap_days"] = (as_of.normalize() - table["last_met"]).dt.days.astype("float64")
    table["overdue_by_days"] = (table["open_gap_days"] - table["meets_every_days"] - tolerance_days).clip(lower=0)
    table["state"] = _state(table["overdue_by_days"], "in time")
    headings = {
        "focal_point_id": "Focal point",
        "name": "Name",
        "meets_every_days": "Should meet every (days)",
        "meetings": "Meetings",
        "dates": "Met on",
        "first_met": "First",
        "last_met": "Last",
        "median_gap_days": "Median gap (days)",
        "longest_gap_days": "Longest gap (days)",
        "late_gaps": "Late gaps",
        "open_gap_days": "Days since the last",
        "overdue_by_days": "Overdue by (days)",
        "state": "State",
    }
    sentence = _standing_sentence(table, tolerance_days)
    return answered("cadence", "Do the standing groups meet as often as they should?", sentence, table, headings)


def meetings_by_quarter(
    focal_points: pd.DataFrame,
    engagements: pd.DataFrame,
    *,
    as_of: pd.Timestamp,
    activities: Collection[str] = MEETING_ACTIVITIES,
) -> Answer:
    """Return how often each standing group met in each quarter, zeros included.

    The quarters run from that of the first engagement recorded to that of ``as_of``. Table: ``focal_point_id``,
    ``quarter`` ("2025 Q1"), ``meetings``. A group that meets less than every quarter will have zeros in good order.
    """
    groups = _standing(focal_points)["focal_point_id"]
    met = gaps(focal_points, engagements, as_of=as_of, activities=activities)
    days = dated_until(engagements, as_of)["date"]
    span = pd.period_range(days.min(), as_of, freq="Q") if len(days) else pd.period_range(as_of, as_of, freq="Q")
    every = [f"{quarter.year} Q{quarter.quarter}" for quarter in span]
    table = pd.MultiIndex.from_product([groups, every], names=["focal_point_id", "quarter"]).to_frame(index=False)
    counts = met.assign(quarter=quarters(met["met_on"])).groupby(["focal_point_id", "quarter"]).size()
    table["meetings"] = [int(counts.get(key, 0)) for key in zip(table["focal_point_id"], table["quarter"], strict=True)]
    without = int((table["meetings"] == 0).sum())
    sentence = (
        f"{counted(len(groups), 'standing group')} over {counted(len(every), 'quarter')}: no meeting in {without:,} of "
        f"{len(table):,} quarters of a group."
    )
    headings = {"focal_point_id": "Focal point", "quarter": "Quarter", "meetings": "Meetings"}
    return answered("quarters", "In which quarters did each group meet?", sentence, table, headings)


def duties(
    engagements: pd.DataFrame,
    wards: pd.DataFrame,
    *,
    as_of: pd.Timestamp,
    consult_days: float = INTERVAL_DAYS,
    inform_days: float = INTERVAL_DAYS,
    meet_days: float = INTERVAL_DAYS,
) -> Answer:
    """Return by ward when people were last consulted, informed, and met in public.

    The Police Reform and Social Responsibility Act 2011, section 34, asks a chief officer to obtain views, to give
    information and to hold regular meetings in each neighbourhood. It sets no interval: ``consult_days``,
    ``inform_days`` and ``meet_days`` are a local choice. What counts: consult - ``listen_priorities``, consult,
    co-create or account, surveys, listening circles, participatory budgeting; inform - key messages, rights, feedback,
    alerts, media; meet - public, online and budgeting meetings, open to all. One engagement may serve several duties.
    ``engagements`` carry their ``ward_code``; those without cannot be counted for a ward, which the sentence says.

    Table, three rows a ward: ``ward_code``, ``ward_name``, ``duty``, ``times``, ``last_on``, ``days_since``,
    ``interval_days``, ``overdue_by_days`` and ``state`` (OK, overdue, no record). Not legal advice.
    """
    events = dated_until(engagements, as_of)
    events = events.assign(ward_code=text(events, "ward_code"))
    intervals = dict(zip(DUTIES, (consult_days, inform_days, meet_days), strict=True))
    found = []
    for duty in DUTIES:
        kept = events[_serves(events, _COUNTS_AS[duty])].groupby("ward_code")["date"].agg(["size", "max"])
        rows = pd.DataFrame({"ward_code": wards["ward_code"].astype("object"), "ward_name": wards["ward_name"]})
        rows["times"] = kept["size"].reindex(rows["ward_code"]).fillna(0).astype("int64").to_numpy()
        rows["last_on"] = kept["max"].reindex(rows["ward_code"]).to_numpy()
        found.append(rows.assign(duty=duty, interval_days=float(intervals[duty])))
    table = pd.concat(found, ignore_index=True)
    table["last_on"] = pd.to_datetime(table["last_on"])
    table["days_since"] = (as_of.normalize() - table["last_on"]).dt.days.astype("float64")
    table["overdue_by_days"] = (table["days_since"] - table["interval_days"]).clip(lower=0)
    table["state"] = pd.Series(_state(table["overdue_by_days"], "OK")).replace("no meeting recorded", "no record")
    table = table.sort_values(["ward_code", "duty"])
    lost = int((~events["ward_code"].isin(list(wards["ward_code"]))).sum())
    sentence = _duties_sentence(table, intervals)
    sentence += f" {counted(lost, 'engagement')} outside these wards, or without a ward, not counted." if lost else ""
    headings = {
        "ward_code": "Ward code",
        "ward_name": "Ward",
        "duty": "Duty",
        "times": "Times",
        "last_on": "Last",
        "days_since": "Days since",
        "interval_days": "Asked for every (days)",
        "overdue_by_days": "Overdue by (days)",
        "state": "State",
    }
    return answered("duties", "Is every ward consulted, informed and met?", sentence, table, headings)


def _joined(days: pd.Series) -> str:
    """Return days as one text, in the order given: 2025-01-15;2025-03-12."""
    return ";".join(days.dt.strftime("%Y-%m-%d"))


def _standing(focal_points: pd.DataFrame) -> pd.DataFrame:
    known = pd.DataFrame(
        {
            "focal_point_id": text(focal_points, "focal_point_id"),
            "name": text(focal_points, "name"),
            "meets_every_days": numbers(focal_points, "meets_every_days"),
        }
    )
    return known[known["meets_every_days"] > 0].sort_values("focal_point_id", ignore_index=True)


def _state(overdue_by_days: pd.Series, kept: str) -> np.ndarray:
    late = np.where(overdue_by_days > 0, "overdue", kept)
    return np.where(overdue_by_days.isna(), "no meeting recorded", late)


def _serves(events: pd.DataFrame, counts_as: dict[str, str]) -> pd.Series:
    """Return which events count for a duty: any of the listed words in any of the columns."""
    serves = pd.Series(False, index=events.index)
    for column, words in counts_as.items():
        values = split_rows(select(events, column), column)
        hits = values.index[(values[column] != NOT_RECORDED) & values[column].isin(words.split())]
        serves |= events.index.isin(hits)
    return serves


def _standing_sentence(table: pd.DataFrame, tolerance_days: float) -> str:
    if table.empty:
        return "No focal point says how often it should meet."
    late = table[table["state"] == "overdue"]
    never = table.loc[table["state"] == "no meeting recorded", "focal_point_id"].tolist()
    sentence = f"{len(late)} of {counted(len(table), 'standing group')} overdue (tolerance {tolerance_days:g} days)"
    names = text(late, "name").fillna(late["focal_point_id"])
    each_late = [f"{name} by {days:g} days" for name, days in zip(names, late["overdue_by_days"], strict=True)]
    sentence += f": {listed(each_late)}." if each_late else "."
    between = int(table["late_gaps"].sum())
    if between:
        sentence += f" {counted(between, 'gap')} between two meetings {'was' if between == 1 else 'were'} too long."
    return sentence + (f" No meeting is recorded for {listed(never)}." if never else "")


def _duties_sentence(table: pd.DataFrame, intervals: dict[str, float]) -> str:
    wards = table["ward_code"].nunique()
    kept = table.assign(ok=table["state"] == "OK").groupby("duty")["ok"].sum().reindex(list(DUTIES)).fillna(0)
    said = [
        f"{words} in {int(kept[duty])} of {wards} (within {intervals[duty]:g} days)"
        for duty, words in zip(DUTIES, ("consulted", "informed", "met in public"), strict=True)
    ]
    nothing = table.assign(none=table["times"] == 0).groupby("ward_name")["none"].all()
    names = sorted(nothing.index[nothing.astype(bool)])
    return f"Wards: {said[0]}, {said[1]}, {said[2]}." + (
        f" None of the three is recorded in {listed(names, 12)}." if names else ""
    )
