"""What people asked for, how far it got, and whether they were told."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.engagement.answers.answer import Answer, answered, out_of
from geo.engagement.columns import NOT_RECORDED, dated_until, dates, text, with_wilson, yes_no
from geo.errors import counted, listed

HORIZONS = ("short", "medium", "long")
STAGES = ("scanning", "analysis", "response", "assessment")
# work that is finished, one way or the other; everything else is open
CLOSED = frozenset({"done", "fed_back", "not_possible"})
# neighbourhood priorities are to be refreshed within three calendar months
REFRESH_MONTHS = 3


def progress(priorities: pd.DataFrame, *, as_of: pd.Timestamp) -> Answer:
    """Return by horizon how many priorities are on track, overdue, done and fed back.

    Overdue is computed: still open (not done, fed back or found impossible) after the target date. What was put on hold
    stays open but is no promise that runs late; it is counted apart, so that a pause hides nothing. Table, one row a
    horizon and one for ``all``: ``horizon``, ``raised``, ``open``, ``overdue``, ``on_track`` (target not passed),
    ``no_target``, ``on_hold`` (these four add up to open), ``on_hold_late`` (on hold, target passed), ``done`` (done or
    fed back), ``not_possible``, ``fed_back`` (status, or a date of
    feeding back up to ``as_of``), ``share`` of raised that was fed back with ``low`` and ``high`` (Wilson; the closed
    loop), ``timed`` and ``median_days`` (from raising to the first dated action: ``acted_on`` where there is such a
    column, else feeding back; NaN for none), ``old`` (open, raised more than three months ago).
    """
    known = _known(priorities, as_of)
    rank = {name: at for at, name in enumerate(("all", *HORIZONS))}
    table = pd.concat([_tally(known.assign(horizon="all"), "horizon"), _tally(known, "horizon")], ignore_index=True)
    order = table["horizon"].map(rank).fillna(len(rank))
    table = table.assign(_order=order).sort_values(["_order", "horizon"])
    overdue, open_ones, held_back = (int(known[name].sum()) for name in ("overdue", "open", "on_hold"))
    sentence = "No priority is recorded."
    if len(known):
        sentence = (
            f"{overdue} of {counted(open_ones, 'open priority', 'open priorities')} "
            f"{'is' if overdue == 1 else 'are'} past the target date; {held_back} on hold. "
            f"{out_of(int(known['fed_back'].sum()), len(known))} of all raised were fed back."
        )
    headings = {"horizon": "Horizon"} | _TALLY
    return answered("priorities", "What was asked for, and how far did it get?", sentence, table, headings)


def overdue(priorities: pd.DataFrame, *, as_of: pd.Timestamp) -> Answer:
    """Return the open priorities past their target date (not those on hold), the longest overdue first.

    Table: ``priority_id``, ``ward_code``, ``issue``, ``action``, ``horizon``, ``status``, ``target_date``,
    ``days_overdue``.
    """
    known = _known(priorities, as_of)
    table = known[known["overdue"]].assign(days_overdue=lambda rows: (as_of.normalize() - rows["target_date"]).dt.days)
    table = table.sort_values(["days_overdue", "priority_id"], ascending=[False, True])
    sentence = (
        f"{len(table)} of {counted(int(known['open'].sum()), 'open priority', 'open priorities')} past the target date."
    )
    if len(table):
        sentence += f" The oldest is overdue by {counted(int(table['days_overdue'].iloc[0]), 'day')}."
    headings = {
        "priority_id": "Priority",
        "ward_code": "Ward code",
        "issue": "Issue",
        "action": "Promised",
        "horizon": "Horizon",
        "status": "Status",
        "target_date": "Target",
        "days_overdue": "Days overdue",
    }
    return answered("overdue", "Which priorities are overdue?", sentence, table, headings)


def refreshed(priorities: pd.DataFrame, wards: pd.DataFrame, *, as_of: pd.Timestamp) -> Answer:
    """Return by ward whether a priority was raised within the last three months.

    Table, one row a ward: ``ward_code``, ``ward_name``, ``raised``, ``open``, ``old`` (open, raised more than three
    months ago), ``last_raised_on``, ``days_since``, ``state`` (refreshed, older than three months, none recorded).
    """
    known = _known(priorities, as_of)
    counts = known.groupby("ward_code").agg(
        raised=("open", "size"), open=("open", "sum"), old=("old", "sum"), last_raised_on=("raised_on", "max")
    )
    table = pd.DataFrame({"ward_code": wards["ward_code"].astype("object"), "ward_name": wards["ward_name"]})
    table = table.merge(counts.reset_index(), on="ward_code", how="left").sort_values("ward_code")
    table[["raised", "open", "old"]] = table[["raised", "open", "old"]].astype("float64").fillna(0).astype("int64")
    table["last_raised_on"] = pd.to_datetime(table["last_raised_on"])
    table["days_since"] = (as_of.normalize() - table["last_raised_on"]).dt.days.astype("float64")
    state = np.where(table["last_raised_on"] >= _three_months_before(as_of), "refreshed", "older than three months")
    table["state"] = np.where(table["raised"] == 0, "none recorded", state)
    fresh = int((table["state"] == "refreshed").sum())
    none = table.loc[table["state"] == "none recorded", "ward_name"].tolist()
    sentence = f"{fresh} of {counted(len(table), 'ward')} had a priority raised within the last three months."
    sentence += f" None is recorded for {listed(none)}." if none else ""
    lost = int((~known["ward_code"].isin(list(table["ward_code"]))).sum())
    sentence += f" {counted(lost, 'priority', 'priorities')} outside these wards not counted." if lost else ""
    headings = {
        "ward_code": "Ward code",
        "ward_name": "Ward",
        "raised": "Raised",
        "open": "Open",
        "old": "Open for more than three months",
        "last_raised_on": "Last raised",
        "days_since": "Days since",
        "state": "State",
    }
    return answered("refreshed", "Are priorities fresh in every ward?", sentence, table, headings)


def follow_through(priorities: pd.DataFrame, *, as_of: pd.Timestamp) -> Answer:
    """Return by kind (priority, recommendation, problem, advice) how many were acted on.

    Table: ``kind`` and the columns of ``progress``, with ``acted_share``, ``acted_low`` and ``acted_high`` (done or fed
    back, of all raised; Wilson). Rows without a kind are priorities.
    """
    known = _known(priorities, as_of)
    table = with_wilson(_tally(known, "kind"), "done", "raised", prefix="acted_").sort_values("kind")
    said = [f"{row.kind} {out_of(row.done, row.raised)}" for row in table.itertuples()]
    sentence = f"Done or fed back: {listed(said)}." if said else "Nothing was raised."
    headings = {"kind": "Kind"} | _TALLY
    headings |= {"acted_share": "Share acted on", "acted_low": "acted on, from", "acted_high": "acted on, to"}
    return answered("follow_through", "How much of what was raised was acted on?", sentence, table, headings)


def stage_board(priorities: pd.DataFrame, *, as_of: pd.Timestamp) -> Answer:
    """Return how far problem solving got, and where the community had a part in it.

    Table, one row a stage of SARA (scanning, analysis, response, assessment, "not recorded"): ``stage``, ``raised``,
    ``open``, ``involved``, ``not_involved``, ``not_noted``, ``share`` (involved of those noted), ``low``, ``high``.
    """
    known = _known(priorities, as_of)
    table = known.assign(
        involved=known["community"].fillna(False).astype(bool),
        not_involved=~known["community"].fillna(True).astype(bool),
        not_noted=known["community"].isna(),
    )
    columns = ["open", "involved", "not_involved", "not_noted"]
    counts = table.groupby("stage")[columns].sum().assign(raised=table.groupby("stage").size())
    others = sorted(set(counts.index) - {*STAGES, NOT_RECORDED})
    table = (
        counts.reindex([*STAGES, *others, NOT_RECORDED], fill_value=0)
        .astype("int64")
        .rename_axis("stage")
        .reset_index()
    )
    table = table[(table["stage"] != NOT_RECORDED) | (table["raised"] > 0)]
    table = with_wilson(table.assign(noted=table["involved"] + table["not_involved"]), "involved", "noted")
    lacking = [f"{row.stage} {row.not_involved} of {row.noted}" for row in table.itertuples() if row.not_involved]
    noted = int(table["noted"].sum())
    sentence = "Of nothing that was raised is it noted whether the community had a part."
    if noted:
        sentence = f"The community had a part in {out_of(int(table['involved'].sum()), noted)}."
    sentence += f" Without it: {listed(lacking)}." if lacking else ""
    headings = {
        "stage": "Stage",
        "raised": "Raised",
        "open": "Open",
        "involved": "Community involved",
        "not_involved": "Not involved",
        "not_noted": "Not noted",
        "share": "Share involved",
        "low": "from",
        "high": "to",
    }
    return answered("stages", "How far did problem solving get, and with whom?", sentence, table, headings)


def escalated(priorities: pd.DataFrame, engagements: pd.DataFrame, *, as_of: pd.Timestamp) -> Answer:
    """Return what was taken further up, to whom, and whether an answer came back.

    An engagement with ``escalated_to`` was taken further; it is answered when a priority raised at it was fed back.
    Table, one row a body: ``escalated_to``, ``engagements``, ``with_priority`` (a priority was raised there),
    ``answered``, ``share`` (answered of engagements), ``low``, ``high``.
    """
    events = dated_until(engagements, as_of)
    known = _known(priorities, as_of)
    back = known.groupby("engagement_id")["fed_back"].any()
    up = events.assign(escalated_to=text(events, "escalated_to"), engagement_id=text(events, "engagement_id"))
    up = up.dropna(subset="escalated_to")
    up = up.assign(
        with_priority=up["engagement_id"].isin(back.index),
        answered=up["engagement_id"].isin(back.index[back.astype(bool)]),
    )
    table = up.groupby("escalated_to", as_index=False).agg(
        engagements=("date", "size"), with_priority=("with_priority", "sum"), answered=("answered", "sum")
    )
    table = with_wilson(table, "answered", "engagements").sort_values("escalated_to")
    sentence = f"{len(up):,} of {counted(len(events), 'engagement')} were taken further up"
    sentence += f"; {out_of(int(up['answered'].sum()), len(up))} of these had an answer fed back." if len(up) else "."
    headings = {
        "escalated_to": "Taken to",
        "engagements": "Engagements",
        "with_priority": "with a priority raised",
        "answered": "Answered",
        "share": "Share answered",
        "low": "from",
        "high": "to",
    }
    return answered("escalated", "What was taken further up, and did an answer come back?", sentence, table, headings)


_TALLY = {
    "raised": "Raised",
    "open": "Open",
    "overdue": "Overdue",
    "on_track": "On track",
    "no_target": "Open without a target",
    "on_hold": "On hold",
    "on_hold_late": "of these past the target",
    "done": "Done or fed back",
    "not_possible": "Not possible",
    "fed_back": "Fed back",
    "share": "Share fed back",
    "low": "from",
    "high": "to",
    "timed": "With a dated action",
    "median_days": "Median days to it",
    "old": "Open for more than three months",
}


def _three_months_before(as_of: pd.Timestamp) -> pd.Timestamp:
    return as_of.normalize() - pd.DateOffset(months=REFRESH_MONTHS)


def _known(priorities: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return what was raised up to ``as_of`` with its state as yes and no, by date and id."""
    today = as_of.normalize()
    names = ("priority_id", "ward_code", "engagement_id", "issue", "action")
    known = pd.DataFrame({name: text(priorities, name) for name in names}).assign(
        kind=text(priorities, "kind").fillna("priority"),
        horizon=text(priorities, "horizon").fillna(NOT_RECORDED),
        stage=text(priorities, "sara_stage").fillna(NOT_RECORDED),
        status=text(priorities, "status").fillna("raised"),
        community=yes_no(priorities, "community_involved"),
        raised_on=dates(priorities, "raised_on"),
        target_date=dates(priorities, "target_date"),
        told_on=dates(priorities, "fed_back_on"),
        acted_on=dates(priorities, "acted_on"),
    )
    known = known[known["raised_on"] <= today]
    told = (known["told_on"] <= today) | ((known["status"] == "fed_back") & known["told_on"].isna())
    # a date of feeding back closes the loop, whatever the status still says
    is_open = ~known["status"].isin(list(CLOSED)) & ~told
    paused = is_open & (known["status"] == "on_hold")
    runs = is_open & ~paused
    first = known["acted_on"].where(known["acted_on"] <= today, known["told_on"].where(told))
    return known.assign(
        open=is_open,
        overdue=runs & (known["target_date"] < today),
        on_track=runs & (known["target_date"] >= today),
        no_target=runs & known["target_date"].isna(),
        on_hold=paused,
        on_hold_late=paused & (known["target_date"] < today),
        done=(known["status"].isin(["done", "fed_back"])) | told,
        not_possible=(known["status"] == "not_possible") & ~told,
        fed_back=told,
        old=is_open & (known["raised_on"] < _three_months_before(as_of)),
        days=(first - known["raised_on"]).dt.days.astype("float64"),
    ).sort_values(["raised_on", "priority_id"], ignore_index=True)


def _tally(known: pd.DataFrame, by: str) -> pd.DataFrame:
    names = (
        "open",
        "overdue",
        "on_track",
        "no_target",
        "on_hold",
        "on_hold_late",
        "done",
        "not_possible",
        "fed_back",
        "old",
    )
    table = known.groupby(by, as_index=False).agg(
        raised=("open", "size"),
        **{name: (name, "sum") for name in names},
        timed=("days", "count"),
        median_days=("days", "median"),
    )
    return with_wilson(table, "fed_back", "raised")
