"""Posts: which wards have a named officer, and since when; a pseudonym stands for the person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from layers.libraries import gpd, pd
from layers.lookups import clean_codes
from layers.reading.checks import NEEDED_WARD_CODE, UNKNOWN_WARD, Faults, dates, finish, texts
from layers.reading.layer import Column, Layer
from layers.reading.records import read_records
from layers.reading.report import ReadReport
from layers.reading.vocabulary import split_values

POSTS = Layer(
    "posts",
    (
        replace(NEEDED_WARD_CODE, meaning="code of the ward, several parted by ;", shown="nobody"),
        Column(
            "officer_ref",
            "a pseudonym or shoulder number of whoever holds the post; empty: vacant",
            "officer, officer id, collar number, shoulder number, post holder",
            required=True,
            personal=True,
        ),
        Column("role", "constable, PCSO, sergeant ...", "rank, post, position, title"),
        Column("since", "the first day in post", "from, start, start date, in post since", kind="day"),
        Column("until", "the last day in post; empty: still there", "to, end, end date", kind="day"),
    ),
    title="named officers by ward",
    used_by=("engagement",),
)


def read_posts(
    path: str | Path,
    *,
    wards: gpd.GeoDataFrame | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
) -> tuple[pd.DataFrame, ReadReport]:
    """Return posts (ward_code, officer_ref, role, since, until), and a report.

    ``path``: a table as ``read_records`` reads it, a row a post; a post for several wards names them parted by ``;``.
    ``officer_ref`` None: vacant. Who somebody is never leaves: answers say how many, and for how long. ``columns``:
    {canonical name: header}. Set aside: rows without a ward, with a ward that ``wards`` do not have, with a day that
    cannot be read or an end before the beginning. Raises GeoError where a column is missing or nothing is left.
    """
    report = ReadReport("posts")
    records = read_records(path, POSTS, report, columns=columns, encoding=encoding)
    rows, faults = records.rows, Faults(records.rows)
    several = texts(rows, "ward_code").map(lambda text: split_values(text) if text else [])
    codes = several.map(lambda parts: [code for code in clean_codes(pd.Series(parts, dtype=object)) if code == code])
    faults.add("no ward code", codes.map(len) == 0)
    if wards is not None:
        known = set(wards["ward_code"].astype(str))
        faults.add(UNKNOWN_WARD, codes.map(lambda own: any(code not in known for code in own)))
    table = pd.DataFrame(
        {
            "ward_code": codes.map(";".join),
            "officer_ref": texts(rows, "officer_ref"),
            "role": texts(rows, "role"),
            "since": dates(rows, "since", report, faults),
            "until": dates(rows, "until", report, faults),
            "row": rows["row"],
        }
    )
    faults.add("the last day is before the first", table["until"] < table["since"])
    return finish(table, rows, faults, report, records.label, shown="ward_code"), report
