"""Neighbourhood Policing Guarantee (Home Office 2025): answers in 72 hours, beat meetings, named officers.

A force reports them; they say what was done, not whether it was good.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.engagement.answers.answer import Answer, answered, out_of
from geo.engagement.columns import dated_until, dates, select, split_rows, text, with_wilson
from geo.errors import counted, listed

WITHIN_HOURS = 72.0
MEETING_DAYS = 91.0
# open to whoever lives there; a forum to which one is invited is not
BEAT_MEETINGS = frozenset("public_meeting online_meeting participatory_budgeting".split())


def answered_in_time(
    queries: pd.DataFrame, wards: pd.DataFrame, *, as_of: pd.Timestamp, within_hours: float = WITHIN_HOURS
) -> Answer:
    """Return how many queries to the neighbourhood team were answered within 72 hours, for all and by ward.

    ``queries``: ``received``, ``answered`` (local times; empty: not answered) and ``ward_code`` where known. ``as_of``:
    the moment up to which answers are known (a day means its end). A query is due once ``within_hours`` have passed
    since it came; those that came later are counted apart and in no share. Answers after ``as_of`` are not known yet.
    An answer before its query is set aside, and the sentence says how many. Dates without a time are taken as they
    stand: an answer on the third day after is in time.

    Table: ``level`` (all, ward), ``value``, ``received``, ``due``, ``in_time``, ``late`` (answered later),
    ``unanswered`` (due, no answer), ``not_due``, ``share`` (in time, of due) with ``low`` and ``high`` (Wilson),
    ``median_hours`` (of the answered).
    """
    now = as_of + pd.Timedelta(days=1) if as_of == as_of.normalize() else as_of
    received, back = (pd.to_datetime(queries[name]) for name in ("received", "answered"))
    back = back.where(back <= now)
    hours = (back - received).dt.total_seconds() / 3600
    wrong = hours < 0
    known = pd.DataFrame({"ward": text(queries, "ward_code"), "hours": hours, "received": received})
    known = known[received.notna() & (received <= now) & ~wrong]
    due = known["received"] + pd.Timedelta(hours=within_hours) <= now
    known = known.assign(
        in_time=known["hours"] <= within_hours,
        late=known["hours"] > within_hours,
        unanswered=due & known["hours"].isna(),
        not_due=~due & ~(known["hours"] <= within_hours),
    )
    names = wards.set_index("ward_code")["ward_name"]
    own = known[known["ward"].isin(names.index)]
    parts = [_tally(known.assign(value="all"), "all"), _tally(own.assign(value=own["ward"].map(names)), "ward")]
    table = with_wilson(pd.concat(parts, ignore_index=True), "in_time", "due")
    first = table.iloc[0]
    sentence = "No query is due for an answer."
    if first["due"]:
        sentence = f"{out_of(first['in_time'], first['due'])} queries were answered within {within_hours:g} hours."
        sentence += f" {int(first['unanswered']):,} that are due have no answer." if first["unanswered"] else ""
    sentence += f" {int(first['not_due']):,} came too lately to say." if first["not_due"] else ""
    sentence += f" {int(wrong.sum()):,} set aside: answered before received." if wrong.any() else ""
    headings = {
        "level": "Level",
        "value": "Of",
        "received": "Received",
        "due": "Due",
        "in_time": f"Answered within {within_hours:g} hours",
        "late": "Answered later",
        "unanswered": "Not answered",
        "not_due": "Not due yet",
        "share": "Share in time",
        "low": "from",
        "high": "to",
        "median_hours": "Median hours",
    }
    question = f"Are queries answered within {within_hours:g} hours?"
    return answered("queries", question, sentence, table, headings)


def _tally(known: pd.DataFrame, level: str) -> pd.DataFrame:
    table = known.groupby("value", as_index=False).agg(
        received=("received", "size"),
        in_time=("in_time", "sum"),
        late=("late", "sum"),
        unanswered=("unanswered", "sum"),
        not_due=("not_due", "sum"),
        median_hours=("hours", "median"),
    )
    if level == "all" and not len(table):
        nothing = dict.fromkeys(("received", "in_time", "late", "unanswered", "not_due"), 0)
        table = pd.DataFrame([{"value": "all", **nothing, "median_hours": np.nan}])
    return table.assign(level=level, due=table["received"] - table["not_due"]).sort_values("value")


def beat_meetings(
    engagements: pd.DataFrame, wards: pd.DataFrame, *, as_of: pd.Timestamp, every_days: float = MEETING_DAYS
) -> Answer:
    """Return by ward how many beat meetings were held in the last ``every_days``, and when the last one was.

    A beat meeting is open to whoever lives there: ``BEAT_MEETINGS``. ``engagements`` carry their ``ward_code``. The
    Guarantee sets no interval: a quarter is a local choice. Table, one row a ward: ``ward_code``, ``ward_name``,
    ``meetings``, ``last_on``, ``days_since`` (NaN without any), ``state`` (held, longer ago, none recorded).
    """
    events = dated_until(engagements, as_of)
    events = select(events.assign(ward_code=text(events, "ward_code")), "date", "ward_code", "activity")
    kinds = split_rows(events, "activity")
    met = events.loc[kinds.index[kinds["activity"].isin(list(BEAT_MEETINGS))].unique()]
    last = met.groupby("ward_code")["date"].max()
    lately = met[met["date"] > as_of.normalize() - pd.Timedelta(days=every_days)].groupby("ward_code").size()
    table = pd.DataFrame({"ward_code": wards["ward_code"].astype(object), "ward_name": wards["ward_name"]})
    table["meetings"] = lately.reindex(table["ward_code"]).fillna(0).astype("int64").to_numpy()
    table["last_on"] = pd.to_datetime(last.reindex(table["ward_code"]).to_numpy())
    table["days_since"] = (as_of.normalize() - table["last_on"]).dt.days.astype("float64")
    state = np.where(table["meetings"] > 0, "held", "longer ago")
    table = table.assign(state=np.where(table["last_on"].isna(), "none recorded", state)).sort_values("ward_code")
    held = int((table["state"] == "held").sum())
    none = sorted(table.loc[table["state"] == "none recorded", "ward_name"])
    sentence = f"{held} of {counted(len(table), 'ward')} had a beat meeting in the last {every_days:g} days."
    sentence += f" None is recorded in {listed(none, 12)}." if none else ""
    headings = {
        "ward_code": "Ward code",
        "ward_name": "Ward",
        "meetings": f"Meetings in {every_days:g} days",
        "last_on": "Last",
        "days_since": "Days since",
        "state": "State",
    }
    return answered("beat_meetings", "Does every ward have its beat meetings?", sentence, table, headings)


def named_officers(posts: pd.DataFrame, wards: pd.DataFrame, *, as_of: pd.Timestamp) -> Answer:
    """Return which wards have a named, contactable officer on the day, and for how long; nobody is named.

    ``posts``: ``ward_code`` (several by semicolons), ``officer_ref`` (a pseudonym; empty: the post is vacant), and,
    where known, ``role``, ``since``, ``until`` (the last day). Table, one row a ward: ``ward_code``, ``ward_name``,
    ``officers`` (different ones on the day), ``roles``, ``longest_days`` (in post; NaN where ``since`` is not known),
    ``state`` (named, vacant: a post without an officer, none recorded).
    """
    today = as_of.normalize()
    begin, end = dates(posts, "since"), dates(posts, "until")
    now = posts[~(begin > today) & ~(end < today)]
    rows = pd.DataFrame({name: text(now, name) for name in ("ward_code", "officer_ref", "role")}).assign(
        days=(today - dates(now, "since")).dt.days.astype("float64")
    )
    rows = split_rows(rows, "ward_code")
    filled = rows[rows["officer_ref"].notna()]
    by = filled.groupby("ward_code").agg(
        officers=("officer_ref", "nunique"), roles=("role", _joined), longest_days=("days", "max")
    )
    table = pd.DataFrame({"ward_code": wards["ward_code"].astype(object), "ward_name": wards["ward_name"]})
    table = table.merge(by.reset_index(), on="ward_code", how="left").sort_values("ward_code")
    table["officers"] = table["officers"].astype("float64").fillna(0).astype("int64")
    posted = table["ward_code"].isin(list(rows["ward_code"]))
    table["state"] = np.where(table["officers"] > 0, "named", np.where(posted, "vacant", "none recorded"))
    without = sorted(table.loc[table["state"] != "named", "ward_name"])
    sentence = f"{len(table) - len(without)} of {counted(len(table), 'ward')} have a named officer."
    sentence += f" Without: {listed(without, 12)}." if without else ""
    headings = {
        "ward_code": "Ward code",
        "ward_name": "Ward",
        "officers": "Named officers",
        "roles": "Roles",
        "longest_days": "Longest in post (days)",
        "state": "State",
    }
    return answered("named_officers", "Does every ward have a named officer?", sentence, table, headings)


def _joined(words: pd.Series) -> str:
    return ";".join(sorted(set(words.dropna())))
