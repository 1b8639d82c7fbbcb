"""Surveys: how many people of a ward, or of a group in it, answered a question well."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from layers.libraries import gpd, pd
from layers.log.values import community_values, names_of
from layers.reading.checks import NEEDED_WARD_CODE, Faults, dates, finish, repeats, texts, ward_codes, whole_numbers
from layers.reading.layer import Column, Layer
from layers.reading.records import read_records
from layers.reading.report import ReadReport

SURVEYS = Layer(
    "surveys",
    (
        NEEDED_WARD_CODE,
        Column("community", "the group asked; empty for everybody", "group, ethnic group", shown="public"),
        Column(
            "measure",
            "what was asked: confidence, feels safe ...",
            "question, indicator",
            required=True,
            shown="public",
        ),
        Column(
            "responses",
            "people who answered",
            "n, answers, base, respondents, sample, sample size, number asked, total responses, number of responses, "
            "number of respondents, number responding, no of responses, response count",
            kind="people",
            required=True,
            shown="public",
        ),
        Column(
            "positive",
            "how many of them answered well",
            "positives, positive responses, agree, yes, number positive, positive n, n positive, number agree, agreed, "
            "number agreeing, number of positive responses, no positive, positive count",
            kind="people",
            required=True,
            shown="public",
        ),
        Column(
            "date", "day of the survey, or its last day", "survey date, period, wave, month", kind="day", shown="public"
        ),
    ),
    title="results of surveys by ward",
    used_by=("engagement",),
    by_ward=True,
)


def read_surveys(
    path: str | Path,
    *,
    wards: gpd.GeoDataFrame | None = None,
    communities: pd.DataFrame | None = None,
    community_names: Mapping[str, str] | None = None,
    today: dt.date | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
) -> tuple[pd.DataFrame, ReadReport]:
    """Return survey results (ward_code, community, measure, responses, positive, date), and a report.

    ``path``: a table as ``read_records`` reads it. ``responses`` and ``positive`` are counts of people (float);
    ``community`` None stands for everybody asked; ``date`` NaT where none is given. ``today``: the day of the run (by
    default the real one): a later date is a fault. ``communities``, ``community_names``: as for engagements.
    ``columns``: {canonical name: header}.

    Set aside: rows without a ward, measure or whole numbers, more positive answers than answers, wards that are not in
    ``wards``, the same result again. Raises GeoError where a column is missing, two results for one question differ,
    or nothing is left. Small numbers stay: what may be shown is decided later.
    """
    report = ReadReport("surveys")
    records = read_records(path, SURVEYS, report, columns=columns, encoding=encoding)
    rows, faults = records.rows, Faults(records.rows)
    table = pd.DataFrame(
        {
            "ward_code": ward_codes(rows, wards, faults, report),
            "community": community_values(texts(rows, "community"), report, community_names, names_of(communities)),
            "measure": texts(rows, "measure"),
            "responses": whole_numbers(rows, "responses", faults),
            "positive": whole_numbers(rows, "positive", faults),
            "date": dates(rows, "date", report, faults, today=today or dt.date.today()),
            "row": rows["row"],
        }
    )
    faults.add("no measure", table["measure"].isna())
    faults.add("more positive answers than answers", table["positive"] > table["responses"])
    repeats(table, ("ward_code", "community", "measure", "date"), ("responses", "positive"), faults, records.label)
    surveys = finish(table, rows, faults, report, records.label, shown="ward_code", layer=SURVEYS)
    nobody = int((surveys["responses"] == 0).sum())
    if nobody:
        report.choices.append(f"{nobody:,} of the results have no answers: no share is shown for them.")
    return surveys, report
