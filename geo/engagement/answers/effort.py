"""What engagement costs and yields: money and hours per contact, what came of it, and new groups reached."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.engagement.answers.answer import Answer, answered
from geo.engagement.columns import NOT_RECORDED, dated_until, numbers, quarters, select, split_rows, text
from geo.errors import counted, listed


def by_channel(engagements: pd.DataFrame, *, as_of: pd.Timestamp) -> Answer:
    """Return cost per contact and contacts per hour by channel, with how many engagements each rests on.

    Cost per contact uses engagements whose cost and attendees are both known (``cost_n``), contacts per hour those
    whose minutes and attendees are (``hours_n``); NaN where there is none, or nobody came. An engagement over m
    channels counts 1/m for each. Table, one row a channel and one for ``all``: ``channel``, ``engagements`` (whole),
    ``cost_n``, ``cost`` (as in the file, pounds), ``cost_contacts``, ``cost_per_contact``, ``hours_n``, ``hours``,
    ``hours_contacts``, ``contacts_per_hour``. Hours are those of the event, not of everybody's work; people who were
    sent a message count as contacts where the file puts them among the attendees. There is no return on investment in
    these numbers: a cheap contact is not a better one.
    """
    long = split_rows(dated_until(engagements, as_of), "channel")
    came, cost, hours = numbers(long, "attendees"), numbers(long, "cost"), numbers(long, "minutes") / 60
    share, paid, timed = long["share"], came.notna() & cost.notna(), came.notna() & hours.notna()
    parts = long[["channel"]].assign(
        engagements=1,
        cost_n=paid.astype(int),
        cost=(cost * share).where(paid, 0.0),
        cost_contacts=(came * share).where(paid, 0.0),
        hours_n=timed.astype(int),
        hours=(hours * share).where(timed, 0.0),
        hours_contacts=(came * share).where(timed, 0.0),
    )
    table = parts.groupby("channel", as_index=False).sum()
    whole = parts.drop(columns="channel").sum().to_frame().T.assign(channel="all")
    for name, known in (("engagements", None), ("cost_n", paid), ("hours_n", timed)):
        whole[name] = long.index.nunique() if known is None else long.index[known].nunique()
    table = pd.concat([whole, table], ignore_index=True) if len(table) else whole
    counts = ["engagements", "cost_n", "hours_n"]
    table[counts] = table[counts].astype("int64")
    table["cost_per_contact"] = _per(table["cost"], table["cost_contacts"])
    table["contacts_per_hour"] = _per(table["hours_contacts"], table["hours"])
    first = table.iloc[0]
    sentence = "No engagement has both a cost and a number of attendees."
    if first["cost_contacts"] > 0:
        sentence = (
            f"A contact cost £{first['cost_per_contact']:.2f} on average (£{first['cost']:,.0f} for "
            f"{first['cost_contacts']:,.0f} contacts in {counted(int(first['cost_n']), 'engagement')})."
        )
    if first["hours"] > 0:
        sentence += f" {first['contacts_per_hour']:.1f} contacts an hour ({first['hours']:,.0f} hours)."
    headings = {
        "channel": "Channel",
        "engagements": "Engagements",
        "cost_n": "with a cost",
        "cost": "Cost (£)",
        "cost_contacts": "Contacts of these",
        "cost_per_contact": "£ per contact",
        "hours_n": "with a duration",
        "hours": "Hours",
        "hours_contacts": "Contacts of these ",
        "contacts_per_hour": "Contacts per hour",
    }
    return answered("effort", "What does a contact cost?", sentence, table, headings)


def groups_by_quarter(engagements: pd.DataFrame, *, as_of: pd.Timestamp) -> Answer:
    """Return how many communities were met in each quarter, and how many for the first time.

    Quarters without any engagement have zeros. Table: ``quarter``, ``engagements``, ``unknown`` (naming no community),
    ``groups`` (distinct communities), ``new_groups`` (never before in the file), ``new_group_rate`` (of groups; NaN for
    the first quarter, in which all are new, and where no group was met), ``attendees`` and ``first_time_attendees``
    (where both are known), ``first_time_share``.
    """
    events = dated_until(engagements, as_of)
    events = events.assign(quarter=quarters(events["date"]))
    long = split_rows(select(events, "date", "quarter", "communities"), "communities")
    named = long[long["communities"] != NOT_RECORDED]
    first = named.groupby("communities")["date"].min()
    new = quarters(first).value_counts() if len(first) else pd.Series(dtype="int64")
    span = pd.period_range(events["date"].min(), as_of, freq="Q") if len(events) else []
    table = pd.DataFrame({"quarter": [f"{one.year} Q{one.quarter}" for one in span]}, dtype="object")
    came, fresh = numbers(events, "attendees"), numbers(events, "first_time_attendees")
    both = came.notna() & fresh.notna()
    counts = {
        "engagements": events.groupby("quarter").size(),
        "unknown": events[text(events, "communities").isna()].groupby("quarter").size(),
        "groups": named.groupby("quarter")["communities"].nunique(),
        "new_groups": new,
        "attendees": came.where(both, 0.0).groupby(events["quarter"]).sum(),
        "first_time_attendees": fresh.where(both, 0.0).groupby(events["quarter"]).sum(),
    }
    for name, count in counts.items():
        table[name] = pd.Series([count.get(quarter, 0) for quarter in table["quarter"]], dtype="float64").astype(
            "int64"
        )
    rate = _per(table["new_groups"], table["groups"])
    table["new_group_rate"] = np.where(table.index == 0, np.nan, rate)
    table["first_time_share"] = _per(table["first_time_attendees"], table["attendees"])
    sentence = "No engagement is recorded."
    if len(table):
        last = table.iloc[-1]
        sentence = (
            f"In {last['quarter']} {counted(int(last['groups']), 'community was', 'communities were')} met, "
            f"{int(last['new_groups'])} for the first time; {named['communities'].nunique()} over all "
            f"{counted(len(table), 'quarter')}. {text(events, 'communities').isna().sum():,} of "
            f"{counted(len(events), 'engagement')} name no community."
        )
    headings = {
        "quarter": "Quarter",
        "engagements": "Engagements",
        "unknown": "naming no community",
        "groups": "Communities met",
        "new_groups": "for the first time",
        "new_group_rate": "Share new",
        "attendees": "Attendees",
        "first_time_attendees": "of these for the first time",
        "first_time_share": "Share for the first time",
    }
    return answered("groups", "Do we reach new groups?", sentence, table, headings)


def outcomes(engagements: pd.DataFrame, *, as_of: pd.Timestamp) -> Answer:
    """Return what came of engagements, as the log says: how many had an outcome of each kind, and how many of it.

    Table, one row a kind: ``outcome`` (as written, letters' case aside), ``engagements``, ``counted`` (engagements with
    a number), ``number`` (their sum; NaN where none has one), ``last_on``. An engagement may name several outcomes; its
    number then belongs to none of them alone and is in no sum. A missing outcome is not recorded, which does not mean
    that nothing came of it.
    """
    events = dated_until(engagements, as_of)
    long = split_rows(select(events, "date", "outcome_type", "outcome_count"), "outcome_type")
    known = long[long["outcome_type"] != NOT_RECORDED]
    count = numbers(known, "outcome_count").where(known["share"] == 1)
    rows = known.assign(outcome=known["outcome_type"].str.casefold(), number=count, counted=count.notna())
    table = rows.groupby("outcome", as_index=False).agg(
        engagements=("date", "size"), counted=("counted", "sum"), number=("number", "sum"), last_on=("date", "max")
    )
    table["number"] = table["number"].where(table["counted"] > 0)
    table = table.sort_values(["engagements", "outcome"], ascending=[False, True]).reset_index(drop=True)
    named = known.index.nunique()
    said = [
        f"{row.outcome} {int(row.engagements):,}"
        + (f" ({int(row.number):,} in all)" if row.number == row.number else "")
        for row in table.itertuples()
    ]
    sentence = f"{counted(named, 'engagement')} of {len(events):,} name an outcome: {listed(said)}."
    headings = {
        "outcome": "Outcome",
        "engagements": "Engagements",
        "counted": "with a number",
        "number": "Number in all",
        "last_on": "Last",
    }
    return answered("outcomes", "What came of engagements?", sentence, table, headings)


def _per(top: pd.Series, bottom: pd.Series) -> pd.Series:
    """Return a ratio, NaN where the denominator is 0."""
    return top / bottom.astype("float64").where(bottom > 0)
