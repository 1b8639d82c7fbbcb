"""Priorities: what people asked for, what was done about it, and whether anybody told them."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from collections.abc import Mapping
from pathlib import Path

from geo.errors import GeoError, counted
from layers.databases.address import address_of
from layers.libraries import gpd, pd
from layers.reading.checks import WARD_CODE, Faults, dates, finish, texts, ward_codes
from layers.reading.layer import Column, Layer, header_key
from layers.reading.records import Records, clean_text, read_records, yes_no
from layers.reading.report import FileRead, ReadReport
from layers.reading.sniff import decompressed, kind_of, read_bytes, sha256
from layers.reading.vocabulary import HORIZON, PRIORITY_KIND, SARA_STAGE, STATUS, Vocabulary

PRIORITIES = Layer(
    "priorities",
    (
        Column(
            "priority_id",
            "the record's own number; made where absent",
            "id, reference, ref, number",
            kind="code",
            shown="partner",
        ),
        WARD_CODE,
        Column(
            "raised_on",
            "the day it was raised",
            "raised, date raised, issue date, date, created, created date, date created, raised date",
            kind="day",
            required=True,
            shown="public",
        ),
        Column(
            "engagement_id",
            "the meeting where it was raised",
            "engagement, meeting, event id",
            kind="code",
            shown="internal",
        ),
        Column(
            "kind",
            "priority, recommendation, problem or advice",
            "type",
            kind="words",
            words=PRIORITY_KIND,
            shown="public",
        ),
        Column(
            "issue",
            "what it is about",
            "priority, concern, problem, title, description",
            required=True,
            shown="partner",
        ),
        Column("action", "what is to be done, or was done", "response, action taken, actions", shown="partner"),
        Column("horizon", "short, medium or long", "term, timescale", kind="words", words=HORIZON, shown="public"),
        Column(
            "target_date",
            "the day by which it should be done",
            "target, due, due date, deadline",
            kind="day",
            shown="public",
        ),
        Column(
            "status",
            "raised, in_progress, done, fed_back, not_possible, on_hold",
            "state, progress",
            kind="words",
            words=STATUS,
            shown="public",
        ),
        Column(
            "sara_stage",
            "scanning, analysis, response, assessment",
            "sara, stage",
            kind="words",
            words=SARA_STAGE,
            shown="public",
        ),
        Column(
            "community_involved",
            "yes or no",
            "community involvement, residents involved",
            kind="yes or no",
            shown="public",
        ),
        Column("outcome", "what came of it", "result, impact", shown="partner"),
        Column("acted_on", "the day of the last action", "action date, date of action", kind="day"),
        Column(
            "fed_back_on",
            "the day people were told",
            "fed back, feedback date, date fed back, feedback given, feedback given on, date of feedback",
            kind="day",
            shown="public",
        ),
    ),
    title="what people asked for, and what was done",
    used_by=("engagement",),
    by_ward=True,
)
_TEXTS = ("engagement_id", "issue", "action", "outcome")
_WORDS: tuple[tuple[str, Vocabulary], ...] = (
    ("kind", PRIORITY_KIND),
    ("horizon", HORIZON),
    ("status", STATUS),
    ("sara_stage", SARA_STAGE),
)


def read_priorities(
    path: str | Path,
    *,
    wards: gpd.GeoDataFrame | None = None,
    ward_code: str | None = None,
    today: dt.date | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
) -> tuple[pd.DataFrame, ReadReport]:
    """Return the priorities of wards, in the order of ``PRIORITIES``, and a report.

    ``path``: a table as ``read_records`` reads it, or the JSON of the police.uk service (``priorities`` of one
    neighbourhood: issue, action, issue-date, action-date), for which ``ward_code`` names the ward. ``ward_code`` also
    stands in for a missing ward column. ``today``: the day of the run (by default the real one). ``columns``:
    {canonical name: header}.

    ``priority_id`` is made where absent; ``kind`` is ``priority`` where absent; ``kind``, ``horizon``, ``status`` and
    ``sara_stage`` are codes (``other:<text>`` for unknown words); ``community_involved`` True, False or NA; dates are
    days. Set aside: rows without a ward, date or issue, wards that are not in ``wards``, what was raised, acted on or
    fed back in the future, and a target, action or feedback before it was raised. Whether a priority is overdue is
    worked out later and never read. Raises GeoError where a column is missing or nothing is left.
    """
    report = ReadReport("priorities")
    records = _read(path, report, ward_code, columns, encoding)
    rows, faults, today = records.rows, Faults(records.rows), today or dt.date.today()
    if "ward_code" not in rows and ward_code is not None:
        rows = rows.assign(ward_code=ward_code)
        report.choices.append(f"Every row is taken for the ward {ward_code}.")
    elif "ward_code" not in rows:
        raise GeoError(f"{records.label}: no column with the ward.", "Add the column ward_code, or name the ward.")
    table = pd.DataFrame({"ward_code": ward_codes(rows, wards, faults, report), "row": rows["row"]})
    table["raised_on"] = dates(rows, "raised_on", report, faults, required=True, today=today)
    table["target_date"] = dates(rows, "target_date", report, faults)
    for name in ("acted_on", "fed_back_on"):
        table[name] = dates(rows, name, report, faults, today=today)
    table = table.assign(**{name: texts(rows, name) for name in _TEXTS})
    faults.add("no issue", table["issue"].isna())
    for name, words in (
        ("target_date", "the target lies before it was raised"),
        ("acted_on", "acted on before it was raised"),
        ("fed_back_on", "fed back before it was raised"),
    ):
        faults.add(words, table[name] < table["raised_on"])
    for name, vocabulary in _WORDS:
        table[name] = vocabulary.read(texts(rows, name), report)
    table["kind"] = table["kind"].fillna("priority")
    table["community_involved"] = yes_no(texts(rows, "community_involved"))
    table["priority_id"] = _ids(rows, table, faults)
    order = [column.name for column in PRIORITIES.columns]
    found = finish(table[[*order, "row"]], rows, faults, report, records.label, shown="issue") if len(rows) else table
    _say_untold(found, report)
    return found[order], report.check()


def _read(
    path: str | Path,
    report: ReadReport,
    ward_code: str | None,
    columns: Mapping[str, str] | None,
    encoding: str | None,
) -> Records:
    """Return the rows of a table, or of a police.uk JSON."""
    file = Path(path)
    if "::" not in str(path) and address_of(path) is None and file.suffix.lower() in (".json", ".gz", ""):
        data = decompressed(read_bytes(file), file.name)
        if kind_of(data[:4096]) == "json" and b'"FeatureCollection"' not in data[:4096]:
            if ward_code is None:
                raise GeoError(f"{file.name}: police.uk does not name wards.", "Say which ward its neighbourhood is.")
            return _from_police_uk(data, file, report)
    return read_records(path, PRIORITIES, report, columns=columns, encoding=encoding)


def _from_police_uk(data: bytes, file: Path, report: ReadReport) -> Records:
    """Return the priorities that police.uk shows for one neighbourhood; the HTML in them becomes plain text."""
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise GeoError(f"{file.name}: not valid JSON at line {error.lineno}.", "Download it again.") from None
    except (UnicodeDecodeError, RecursionError):
        raise GeoError(f"{file.name}: not readable as JSON.", "Download it again.") from None
    entries = found if isinstance(found, list) else [found]
    if not all(isinstance(entry, dict) and "issue" in {header_key(str(key)) for key in entry} for entry in entries):
        raise GeoError(
            f"{file.name}: these are no police.uk priorities (issue, action, issue-date, action-date).",
            "Ask the service for .../priorities of one neighbourhood.",
        )
    report.files.append(FileRead(str(file), sha256(data), len(entries)))
    keyed = [{header_key(str(key)): value for key, value in entry.items()} for entry in entries]
    names = {"issue": "issue", "action": "action", "raised_on": "issue date", "acted_on": "action date"}
    rows = {
        name: clean_text(pd.Series([_plain(entry.get(key)) for entry in keyed], dtype=object))
        for name, key in names.items()
    }
    report.choices.append("police.uk says when it acted, not when it told people: no feedback date is known.")
    table = pd.DataFrame({**rows, "row": pd.Series(range(1, len(entries) + 1), dtype=int)})
    return Records(table, None, file.name)


def _plain(value: object) -> str | None:
    """Return the text of a piece of HTML, on one line; None for anything that is no text."""
    if not isinstance(value, str):
        return None
    text = re.sub(r"(?s)<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^<>]*>", " ", value)
    return " ".join(html.unescape(text).split()) or None


def _ids(rows: pd.DataFrame, table: pd.DataFrame, faults: Faults) -> pd.Series:
    """Return the ids given; missing ones are made from the content, so that the order of rows changes nothing."""
    given = texts(rows, "priority_id")
    faults.add("an id seen in an earlier row", given.notna() & given.duplicated())
    keys = pd.DataFrame(
        {name: table[name].astype("string").fillna("") for name in ("raised_on", "ward_code", "issue", "action")}
    )
    order = keys.sort_values(list(keys), kind="stable").index
    made = pd.Series([f"PRI-{number:04d}" for number in range(1, len(order) + 1)], index=order, dtype=object)
    made = made.mask(made.isin(set(given.dropna())), made + "-made")
    return given.where(given.notna(), made)


def _say_untold(found: pd.DataFrame, report: ReadReport) -> None:
    untold = int(((found["status"] == "fed_back") & found["fed_back_on"].isna()).sum()) if len(found) else 0
    if untold:
        report.warnings.append(
            f"{counted(untold, 'priority', 'priorities')} marked fed_back without the day people were told."
        )
