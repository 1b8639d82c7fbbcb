"""Attendance: who was invited to an engagement, who came, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from geo.errors import GeoError, counted
from layers.libraries import pd
from layers.log.values import empty_column, first_rows, note_unread, repeated_ids
from layers.reading.layer import Column, Layer
from layers.reading.records import dates, read_records, set_aside, yes_no
from layers.reading.report import ReadReport
from layers.reading.vocabulary import REASON

ATTENDANCE = Layer(
    "attendance",
    (
        Column(
            "engagement_id",
            "the engagement in the diary",
            "event id, meeting id, engagement, meeting, event",
            kind="code",
            required=True,
            shown="internal",
        ),
        Column("focal_point_id", "the place that was asked", "focal point, fp id", kind="code", shown="internal"),
        Column(
            "stakeholder_ref",
            "who was asked, a pseudonym",
            "stakeholder, stakeholder id, member ref, member id, participant ref, participant id, invitee ref",
            kind="code",
            shown="internal",
        ),
        Column(
            "invited", "were they invited", "was invited, invitation sent, asked", kind="yes or no", shown="internal"
        ),
        Column(
            "attended",
            "did they come",
            "came, present, attendance, did they attend",
            kind="yes or no",
            required=True,
            shown="internal",
        ),
        Column(
            "reason",
            "why not",
            "reason for absence, reason not attended, why not, apology, apologies",
            kind="words",
            words=REASON,
            shown="internal",
        ),
        Column(
            "followed_up_on",
            "when they were asked why",
            "followed up, follow up date, follow up, contacted on",
            kind="day",
            shown="internal",
        ),
    ),
    title="who was invited, and who came",
    used_by=("engagement",),
)
_NO_ENGAGEMENT = "no such engagement"
_HINTS = {
    _NO_ENGAGEMENT: "Correct the id. The engagement may also lie outside the period, or have been set aside itself.",
    "the same person at one engagement with different answers": "Keep the row that is right.",
}


def read_attendance(
    path: str | Path,
    *,
    engagements: pd.DataFrame | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
) -> tuple[pd.DataFrame, ReadReport]:
    """Return who was invited to which engagement and who came, sorted, and a report in which every row is counted.

    ``engagements``: rows of any other engagement are set aside. A list of ticks alone means no where a cell is blank;
    a list without a column ``invited`` is read as a list of people invited; both are said. People are pseudonyms: a
    column of names is never read.

    Columns returned: ``engagement_id``, ``focal_point_id`` and ``stakeholder_ref`` (those that the file has),
    ``invited`` and ``attended`` (bool), ``reason`` (a code of ``REASON`` or ``other:<words>``, None where not said),
    ``followed_up_on`` (date, NaT where nobody asked). Somebody who came uninvited is kept, and said: not invited is
    neither attended nor missed. Set aside: no engagement, nobody named, attended or invited neither yes nor no, the
    same row again, and rows that contradict each other about one person at one engagement. An empty list is no error.
    """
    report = ReadReport("attendance")
    records = read_records(path, ATTENDANCE, report, columns=columns, encoding=encoding)
    rows, label = records.rows.reset_index(drop=True), records.label
    people = [name for name in ("stakeholder_ref", "focal_point_id") if name in rows]
    if not people:
        raise GeoError(
            f"{label}: no column says who was invited (stakeholder_ref or focal_point_id).",
            "Use a pseudonym such as STK-04, not a name.",
        )
    table = rows[["engagement_id", *reversed(people)]].copy()
    faults = pd.Series(pd.NA, index=rows.index, dtype="string")
    faults = faults.mask(rows["engagement_id"].isna(), "no engagement_id")
    if engagements is not None:
        unknown = ~rows["engagement_id"].isin(set(engagements["engagement_id"].astype(str)))
        faults = faults.mask(faults.isna() & unknown, _NO_ENGAGEMENT)
    faults = faults.mask(faults.isna() & rows[people].isna().all(axis=1), "nobody named")
    for name in ("invited", "attended"):
        answer = _answers(rows, name, report)
        faults = faults.mask(faults.isna() & answer.isna(), f"{name}: neither yes nor no")
        table[name] = answer.fillna(False).astype(bool)
    if "reason" in rows:
        table["reason"] = REASON.read(rows["reason"], report)
    else:
        table["reason"] = empty_column(rows.index)
    table["followed_up_on"] = _follow_ups(rows, label, report)

    person = rows[people[0]].where(rows[people[0]].notna(), rows[people[-1]])
    known = faults.isna()
    key = (rows["engagement_id"] + "\n" + person).where(known)
    again, clash = repeated_ids(table.assign(key=key), "key", known)
    faults = faults.mask(again, "the same person at the same engagement again")
    faults = faults.mask(clash, "the same person at one engagement with different answers")
    set_aside(rows, faults, report, label, hints=_HINTS, values=rows["engagement_id"])
    used = table[faults.isna()]
    uninvited = used["attended"] & ~used["invited"]
    if uninvited.any():
        report.choices.append(
            f"{counted(int(uninvited.sum()), 'person came', 'people came')} without being invited (first: row "
            f"{first_rows(rows.loc[uninvited[uninvited].index, 'row'], 1)}); kept, outside the rates of those invited."
        )
    report.used = len(used)
    return used.sort_values(list(used.columns), ignore_index=True), report.check()


def _answers(rows: pd.DataFrame, name: str, report: ReadReport) -> pd.Series:
    if name not in rows:
        report.choices.append(f"{name}: no such column; every row read as {name}.")
        return pd.Series(True, index=rows.index, dtype="boolean")
    answer = yes_no(rows[name])
    blank = rows[name].isna()
    if blank.any() and answer.any() and not (answer == False).any():  # noqa: E712 (three-valued)
        report.choices.append(f"{name}: only ticks; {counted(int(blank.sum()), 'blank cell')} read as no.")
        answer = answer.mask(blank, False)
    return answer


def _follow_ups(rows: pd.DataFrame, label: str, report: ReadReport) -> pd.Series:
    if "followed_up_on" not in rows:
        return pd.Series(pd.NaT, index=rows.index, dtype="datetime64[s]")
    when, faults = dates(rows["followed_up_on"], "followed_up_on", report)
    note_unread("followed_up_on", faults.where(rows["followed_up_on"].notna()), rows["row"], label, report)
    return when.dt.normalize()
