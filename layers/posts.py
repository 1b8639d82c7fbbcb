"""Posts: which wards have a named officer, and since when; a pseudonym stands for the person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from layers.libraries import gpd, pd
from layers.lookups import clean_codes
from layers.reading.checks import NEEDED_WARD_CODE, UNKNOWN_WARD, Faults, dates, finish, names_of_wards, texts
from layers.reading.layer import Column, Layer
from layers.reading.names import Names
from layers.reading.records import read_records
from layers.reading.report import ReadReport
from layers.reading.vocabulary import split_values

_NO_END = ("present", "current", "now", "ongoing", "to date", "today", "still in post")
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
        Column(
            "until",
            "the last day in post; empty: still there",
            "to, end, end date, left, left post, date left",
            kind="day",
        ),
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
    resolver = None if wards is None else names_of_wards(wards)
    codes = texts(rows, "ward_code").map(lambda text: _codes(text, resolver) if text else [])
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
            "until": dates(_still_there(rows), "until", report, faults),
            "row": rows["row"],
        }
    )
    faults.add("the last day is before the first", table["until"] < table["since"])
    return finish(table, rows, faults, report, records.label, shown="ward_code"), report


def _codes(text: str, resolver: Names | None) -> list[str]:
    """Return the codes of the wards in a cell; a name that is in no list stays as it is."""
    codes: list[str] = []
    for part in split_values(text):
        named = resolver.read(part, several=True).codes if resolver is not None else []
        codes += named or [code for code in clean_codes(pd.Series([part], dtype=object)) if code == code]
    return list(dict.fromkeys(codes))


def _still_there(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows without a last day where it is said in words that there is none."""
    if "until" not in rows:
        return rows
    words = rows["until"].astype("string").str.strip().str.casefold()
    return rows.assign(until=rows["until"].mask(words.isin(_NO_END), None))
