"""Who was invited and did not come, and whether anybody asked them why."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from geo.engagement.answers.answer import Answer, answered, out_of
from geo.engagement.columns import NOT_RECORDED, dates, split_rows, text, with_wilson, yes_no
from geo.errors import counted, listed

_RATE = {
    "invited": "Invited",
    "attended": "Came",
    "missed": "Did not come",
    "share": "Share who did not come",
    "low": "from",
    "high": "to",
}


def attendance(rows: pd.DataFrame, engagements: pd.DataFrame, *, as_of: pd.Timestamp) -> Answer:
    """Return how many invitations were missed, and how many of the misses were followed up.

    Table: one row a series of meetings (``meeting_of``: the focal point that met) and one for ``all``: ``meetings``,
    ``invited``, ``attended``, ``missed``, ``unknown`` (invited, nobody noted whether they came), ``uninvited`` (came
    without being invited), ``share`` (missed of attended and missed) with ``low`` and ``high`` (Wilson),
    ``followed_up`` and ``followed_up_share`` with ``followed_up_low`` and ``followed_up_high`` (of the missed). Shares
    are NaN where nobody was invited. Who was not invited neither came nor stayed away. Without a column ``invited``
    every row counts as an invitation. Meetings after ``as_of`` are plans and do not count.
    """
    marked = _marked(rows, engagements, as_of)
    table = pd.concat([_tally(marked, "meeting_of"), _tally(marked.assign(meeting_of="all"), "meeting_of")])
    table = table if len(marked) else _tally(_nobody(), "meeting_of")
    invited, came, missed = (int(marked[name].sum()) for name in ("invited", "attended", "missed"))
    if not came + missed:
        sentence = "Nobody was invited to a recorded meeting, so a rate of non-attendance is not applicable."
    else:
        sentence = f"{out_of(missed, came + missed)} invitations were missed."
        if missed:
            asked = int(marked["followed_up"].sum())
            sentence += f" {out_of(asked, missed)} of those who did not come were asked why."
        unknown = invited - came - missed
        sentence += f" For {counted(unknown, 'invitation')} nobody noted who came." if unknown else ""
    headings = {"meeting_of": "Meeting of", "meetings": "Meetings", **_RATE, "unknown": "Not noted"}
    headings |= {"uninvited": "Came uninvited", "followed_up": "Asked why", "followed_up_share": "Share asked why"}
    headings |= {"followed_up_low": "asked, from", "followed_up_high": "asked, to"}
    return answered("attendance", "Who was invited and did not come?", sentence, table, headings)


def reasons(rows: pd.DataFrame, engagements: pd.DataFrame, *, as_of: pd.Timestamp) -> Answer:
    """Return why people did not come, as far as anybody asked.

    Table: ``reason`` (``not_asked`` where none is noted), ``missed``, ``share`` (of all misses), most frequent first.
    """
    marked = _marked(rows, engagements, as_of)
    missed = marked[marked["missed"]]
    table = missed.groupby("reason", as_index=False).agg(missed=("missed", "sum"))
    table["share"] = table["missed"] / table["missed"].sum()
    table = table.sort_values(["missed", "reason"], ascending=[False, True])
    unasked = int((missed["reason"] == "not_asked").sum())
    known = table.loc[table["reason"] != "not_asked", "reason"].tolist()
    if not len(missed):
        sentence = "Nobody who was invited stayed away, so there are no reasons to give."
    else:
        sentence = f"No reason is known for {out_of(unasked, len(missed))} who did not come."
        sentence += f" Reasons given, most frequent first: {listed(known)}." if known else ""
    headings = {"reason": "Reason", "missed": "Did not come", "share": "Share"}
    return answered("reasons", "Why did they not come?", sentence, table, headings)


def who_to_ask(
    rows: pd.DataFrame,
    engagements: pd.DataFrame,
    focal_points: pd.DataFrame | None = None,
    *,
    as_of: pd.Timestamp,
    at_least: int = 2,
    references: bool = False,
) -> Answer:
    """Return whom to ask why: those who missed their last ``at_least`` invitations in a row, or more.

    One miss is ordinary life, hence 2. Meetings to which somebody was not invited neither break nor
    lengthen a row of misses. Table: ``ref`` (the stakeholder's reference, else the focal point), only where
    ``references`` are asked for: a page or workbook is passed on, and a reference stands for a person.
    ``focal_point_id`` and ``spoc_role`` (of the focal points for which the stakeholder speaks), ``invited``,
    ``attended``, ``missed``, ``trailing_misses``, ``unasked`` (misses in that row about which nobody asked),
    ``last_missed_on``, ``last_missed_at`` (the engagement: its rows of the attendance file hold the reference),
    ``last_reason``. Those never asked come first; the order is that of the police's work.
    """
    table = _by_ref(_marked(rows, engagements, as_of), focal_points)
    table = table[table["trailing_misses"] >= at_least].sort_values(["unasked", "ref"], ascending=[False, True])
    never = table[(table["unasked"] == table["missed"]) & (table["missed"] > 0)]
    most = f"their last {counted(at_least, 'invitation')} or more"
    if table.empty:
        sentence = f"Nobody missed {most}."
    elif references:
        sentence = f"{counted(len(table), 'invited member')} missed {most}: {listed(table['ref'].tolist(), 12)}."
        sentence += f" Nobody ever asked {listed(never['ref'].tolist(), 12)} why." if len(never) else ""
    else:
        sentence = f"{counted(len(table), 'invited member')} missed {most}."
        sentence += f" Nobody ever asked {len(never):,} of them why." if len(never) else ""
    headings = {"ref": "Reference"} if references else {}
    headings |= {
        "focal_point_id": "Focal point",
        "spoc_role": "Contact (role)",
        "invited": "Invited",
        "attended": "Came",
        "missed": "Did not come",
        "trailing_misses": "Missed in a row, to date",
        "unasked": "of these, nobody asked why",
        "last_missed_on": "Last missed",
        "last_missed_at": "at engagement",
        "last_reason": "Last reason",
    }
    return answered("who_to_ask", "Whom should we ask why they did not come?", sentence, table, headings)


def intermediaries(
    rows: pd.DataFrame,
    engagements: pd.DataFrame,
    focal_points: pd.DataFrame,
    *,
    as_of: pd.Timestamp,
    at_least: int = 3,
) -> Answer:
    """Return which communities our invitations do not reach, where somebody other than the police might ask.

    A community was invited where a stakeholder of one of its focal points was. Table, one row a community:
    ``community``, ``refs`` (stakeholders), ``meetings`` (to which one of them was invited), ``invited``, ``attended``,
    ``missed``, ``share``, ``low``, ``high``, ``trailing_misses`` (last meetings to which somebody of that community was
    invited and nobody came) and ``suggestion``: "suggest an intermediary" from ``at_least`` such meetings on.
    """
    marked = _marked(rows, engagements, as_of)
    marked = split_rows(marked.merge(_speaks_for(focal_points), on="ref", how="left"), "communities")
    marked = marked[marked["invited"] & (marked["communities"] != NOT_RECORDED)]
    table = _tally(marked.assign(community=marked["communities"]), "community")
    refs = marked.groupby("communities")["ref"].nunique()
    table["refs"] = [int(refs[name]) for name in table["community"]]
    runs = _trailing(marked, "communities")
    table["trailing_misses"] = [runs[name] for name in table["community"]]
    table["suggestion"] = np.where(table["trailing_misses"] >= at_least, "suggest an intermediary", "")
    suggested = table.loc[table["suggestion"] != "", "community"].tolist()
    if suggested:
        sentence = (
            f"For {len(suggested)} of {counted(len(table), 'invited community', 'invited communities')} nobody came to "
            f"the last {at_least} meetings or more: {listed(suggested, 12)}. Ask somebody they trust to invite them: "
            "the gap is in our invitation."
        )
    else:
        sentence = (
            f"None of {counted(len(table), 'invited community', 'invited communities')} missed the last "
            f"{at_least} meetings in a row."
        )
    headings = {"community": "Community", "refs": "Invited members", "meetings": "Meetings", **_RATE}
    headings |= {"trailing_misses": "Meetings in a row, to date, without anybody", "suggestion": "Suggestion"}
    question = "Where might an intermediary help?"
    return answered("intermediaries", question, sentence, table, headings)


def _marked(rows: pd.DataFrame, engagements: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return the attendance up to ``as_of`` with ``met_on``, ``meeting_of``, ``ref`` and what happened, as yes, no."""
    meetings = pd.DataFrame(
        {
            "engagement_id": text(engagements, "engagement_id"),
            "met_on": dates(engagements, "date"),
            "held_at": text(engagements, "focal_point_id"),
        }
    ).drop_duplicates("engagement_id")
    own, stakeholder = text(rows, "focal_point_id"), text(rows, "stakeholder_ref")
    marked = pd.DataFrame(
        {
            "engagement_id": text(rows, "engagement_id"),
            "ref": stakeholder.where(stakeholder.notna(), own),
            "is_place": stakeholder.isna(),
            # beside a stakeholder the column names the meeting's focal point; alone, who was invited
            "of": own.where(stakeholder.notna(), None),
            "invited": yes_no(rows, "invited").fillna(False).astype(bool) if "invited" in rows else True,
            "came": yes_no(rows, "attended"),
            "reason": text(rows, "reason").fillna("not_asked"),
            "asked": dates(rows, "followed_up_on") <= as_of.normalize(),
        }
    ).merge(meetings, on="engagement_id", how="left")
    marked = marked[~(marked["met_on"] > as_of.normalize())]
    came = marked["came"].fillna(False).astype(bool)
    missed = marked["invited"] & marked["came"].notna() & ~came
    return marked.assign(
        meeting_of=marked["held_at"].where(marked["held_at"].notna(), marked["of"]).fillna(NOT_RECORDED),
        attended=marked["invited"] & came,
        missed=missed,
        unknown=marked["invited"] & marked["came"].isna(),
        uninvited=~marked["invited"] & came,
        followed_up=missed & marked["asked"],
    ).sort_values(["met_on", "engagement_id", "ref"], na_position="first")


def _nobody() -> pd.DataFrame:
    flags = dict.fromkeys(("invited", "attended", "missed", "unknown", "uninvited", "followed_up"), False)
    return pd.DataFrame([{"meeting_of": "all", "engagement_id": None, **flags}])


def _tally(marked: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return the counts and shares of ``marked`` by one column."""
    counts = ("invited", "attended", "missed", "unknown", "uninvited", "followed_up")
    table = marked.groupby(by, as_index=False).agg(
        meetings=("engagement_id", "nunique"), **{name: (name, "sum") for name in counts}
    )
    table["known"] = table["attended"] + table["missed"]
    table = with_wilson(table, "missed", "known")
    return with_wilson(table, "followed_up", "missed", prefix="followed_up_")


def _by_ref(marked: pd.DataFrame, focal_points: pd.DataFrame | None) -> pd.DataFrame:
    """Return one row for each who was ever invited."""
    invited = marked[marked["invited"]]
    table = _tally(invited, "ref")
    tails = _trailing(invited, "ref")
    table["trailing_misses"] = [tails[ref] for ref in table["ref"]]
    missed = invited[invited["missed"]]
    last = missed.groupby("ref").tail(1)[["ref", "met_on", "engagement_id", "reason"]]
    last.columns = ["ref", "last_missed_on", "last_missed_at", "last_reason"]
    unasked = {ref: int((~own["followed_up"]).tail(tails[ref]).sum()) if tails[ref] else 0
               for ref, own in missed.groupby("ref")}  # fmt: skip
    table["unasked"] = [unasked.get(ref, 0) for ref in table["ref"]]
    table = table.merge(last, on="ref", how="left").merge(_speaks_for(focal_points), on="ref", how="left")
    itself = table["ref"].isin(invited.loc[invited["is_place"], "ref"]) & table["focal_point_id"].isna()
    return table.assign(focal_point_id=table["focal_point_id"].mask(itself, table["ref"]))


def _trailing(marked: pd.DataFrame, by: str) -> dict[str, int]:
    """Return by ``by`` how many of its last meetings in a row nobody came to; attendance unknown ends the row."""
    found: dict[str, int] = {}
    for name, own in marked.groupby(by):
        meetings = own.groupby(["met_on", "engagement_id"], dropna=False)["missed"].all()
        found[str(name)] = _run(reversed(meetings.tolist()))
    return found


def _run(missed: Iterable[bool]) -> int:
    length = 0
    for miss in missed:
        if not miss:
            break
        length += 1
    return length


def _speaks_for(focal_points: pd.DataFrame | None) -> pd.DataFrame:
    """Return by ``ref`` (a stakeholder or a focal point itself) its focal points, communities and contact roles."""
    columns = ["ref", "focal_point_id", "communities", "spoc_role"]
    if focal_points is None:
        return pd.DataFrame(columns=columns, dtype="object")
    known = pd.DataFrame({name: text(focal_points, name) for name in columns[1:]})
    both = [known.assign(ref=text(focal_points, "stakeholder")), known.assign(ref=known["focal_point_id"])]
    joined = pd.concat(both, ignore_index=True).dropna(subset="ref").sort_values(["ref", "focal_point_id"])
    return joined.groupby("ref", as_index=False)[columns[1:]].agg(_together)[columns]


def _together(values: pd.Series) -> str | None:
    parts = [part for value in values.dropna() for part in str(value).split(";")]
    return ";".join(dict.fromkeys(parts)) or None
