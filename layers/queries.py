"""Queries: when people asked the neighbourhood team something, and when they were answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from geo.errors import counted
from layers.libraries import gpd, pd
from layers.reading.checks import WARD_CODE, Faults, finish, moments, repeats, texts, ward_codes
from layers.reading.dates import with_times
from layers.reading.layer import Column, Layer
from layers.reading.records import read_records
from layers.reading.report import ReadReport

# what stands where a query has not been answered
_OPEN = r"(?i)not (?:yet|answered|closed).*|no|open|outstanding|pending|awaiting.*|unanswered|ongoing|in progress"


def _moment_heading(words: str) -> str:
    """Return the pattern of headings of a moment: ``received``, ``Date/Time Received``, ``Enquiry Date``."""
    date = r"date(?: ?(?:and|&)? ?time)?"
    return rf"(?:{words})(?: (?:on|at))?(?: {date})?|{date}(?: of)?(?: (?:the|first))? (?:{words})"


QUERIES = Layer(
    "queries",
    (
        Column("query_id", "the record's own number", "id, reference, ref, case, case number", kind="code"),
        replace(WARD_CODE, meaning="code of the ward it came from; empty where not known", shown="nobody"),
        Column(
            "received",
            "the day, or day and time, it came",
            "asked, created",
            _moment_heading("received|opened|created|logged|submitted|raised|enquiry|contact"),
            kind="day",
            required=True,
        ),
        Column(
            "answered",
            "the day, or day and time, of the answer; empty: not answered",
            "response, reply",
            _moment_heading("answered|responded|response|replied|reply|closed|resolved|completed"),
            kind="day",
            required=True,
        ),
        Column(
            "received_time", "its time of day, where the day stands apart", "time received, time opened, time created"
        ),
        Column("answered_time", "likewise", "time answered, time responded, time replied, time closed, time resolved"),
        Column("channel", "how it came: email, phone, single online home ...", "via, contact method, source, origin"),
    ),
    title="queries to the neighbourhood team, and when they were answered",
    used_by=("engagement",),
    by_ward=True,
)


def read_queries(
    path: str | Path,
    *,
    wards: gpd.GeoDataFrame | None = None,
    today: dt.date | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
) -> tuple[pd.DataFrame, ReadReport]:
    """Return queries (query_id, ward_code, received, answered, channel), oldest first, and a report.

    ``path``: a table as ``read_records`` reads it; what was asked and by whom is not read. ``received``, ``answered``:
    local times (midnight where a file has days only), NaT where not answered. ``ward_code``: None where not known, and
    where ``wards`` do not have it: the query counts all the same. ``today``: the day of the run (by default the real
    one). ``columns``: {canonical name: header}.

    Set aside: rows without a time of receipt, times that cannot be read or lie in the future, an id seen before. A file
    of days without times is said: an answer on the third day after then counts as within 72 hours. Raises GeoError
    where a column is missing or nothing is left.
    """
    report = ReadReport("queries")
    records = read_records(path, QUERIES, report, columns=columns, encoding=encoding)
    rows, today = _whole_moments(records.rows), today or dt.date.today()
    faults = Faults(rows)
    table = pd.DataFrame(
        {
            "query_id": texts(rows, "query_id"),
            "ward_code": _wards_of(rows, wards, report),
            "received": moments(rows, "received", report, faults, required=True, today=today),
            "answered": moments(rows, "answered", report, faults, today=today),
            "channel": texts(rows, "channel"),
            "row": rows["row"],
        }
    )
    numbered = table[table["query_id"].notna()]
    repeats(numbered, ("query_id",), ("received",), faults, records.label)
    queries = finish(table, rows, faults, report, records.label, shown="received")
    days = (queries["received"].dt.normalize() == queries["received"]).all()
    if len(queries) and days:
        report.choices.append("queries have days, no times: an answer on the third day after counts as in time.")
    return queries.sort_values(["received", "query_id"], kind="stable").reset_index(drop=True), report


def _whole_moments(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with times of day joined to their days, and nothing where words say that no answer came yet."""
    for name in ("received", "answered"):
        text = rows[name].astype("string")
        text = text.mask(text.str.strip().str.fullmatch(_OPEN).fillna(False).astype(bool))
        if f"{name}_time" in rows:
            text = with_times(text, rows[f"{name}_time"])[0]
        rows = rows.assign(**{name: text.astype(object).where(text.notna(), None)})
    return rows


def _wards_of(rows: pd.DataFrame, wards: gpd.GeoDataFrame | None, report: ReadReport) -> pd.Series:
    """Return the wards of queries; one that the map does not have is said and taken for not known."""
    if "ward_code" not in rows:
        return pd.Series([None] * len(rows), index=rows.index, dtype=object)
    codes = ward_codes(rows, wards, Faults(rows), report)
    unknown = rows["ward_code"].notna() & codes.isna()
    if unknown.any():
        report.warnings.append(
            f"{counted(int(unknown.sum()), 'query', 'queries')} with a ward code that the map does not have "
            f"({rows['ward_code'][unknown].iloc[0]}): counted for the whole area only."
        )
    return codes.mask(unknown, None)
