"""Context: what a community remembers, by date: a closure, an attack, a post, a fair."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from layers.libraries import pd
from layers.log.values import community_values, names_of
from layers.reading.checks import Faults, dates, finish, texts
from layers.reading.layer import Column, Layer
from layers.reading.records import read_records
from layers.reading.report import ReadReport

CONTEXT = Layer(
    "context",
    (
        Column("date", "the day it happened", "day, when, event date", kind="day", required=True, shown="public"),
        Column(
            "event",
            "what happened, in a few words without names",
            "what, title, description, event name",
            required=True,
            shown="public",
        ),
        Column("place", "where, in words", "where, location", shown="public"),
        Column(
            "communities", "whom it concerns, several parted by ;", "community, groups", several=True, shown="partner"
        ),
    ),
    title="what a community remembers",
    used_by=("engagement",),
)


def read_context(
    path: str | Path,
    *,
    communities: pd.DataFrame | None = None,
    community_names: Mapping[str, str] | None = None,
    today: dt.date | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
) -> tuple[pd.DataFrame, ReadReport]:
    """Return remembered events (date, event, place, communities), oldest first, and a report.

    ``path``: a table as ``read_records`` reads it. ``communities``: values parted by ``;``, None for none. ``today``:
    the day of the run (by default the real one): what lies ahead is no memory. ``columns``: {canonical name: header}.
    Set aside: rows without a date or event, dates in the future. Raises GeoError where a column is missing or nothing
    is left.
    """
    report = ReadReport("context")
    records = read_records(path, CONTEXT, report, columns=columns, encoding=encoding)
    rows, faults = records.rows, Faults(records.rows)
    groups = community_values(texts(rows, "communities"), report, community_names, names_of(communities))
    table = pd.DataFrame(
        {
            "date": dates(rows, "date", report, faults, required=True, today=today or dt.date.today()),
            "event": texts(rows, "event"),
            "place": texts(rows, "place"),
            "communities": groups.astype(object).where(groups.notna(), None),
            "row": rows["row"],
        }
    )
    faults.add("no event", table["event"].isna())
    context = finish(table, rows, faults, report, records.label, shown="event", layer=CONTEXT)
    order = context.fillna({"place": "", "communities": ""}).sort_values(["date", "event", "place", "communities"])
    return context.loc[order.index].reset_index(drop=True), report
