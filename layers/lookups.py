"""Lookups: which ward a small area (LSOA) lies in, and what became of the areas of 2011 by 2021."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from geo.errors import GeoError, counted, listed
from layers.libraries import pd
from layers.reading.layer import Column, Layer
from layers.reading.records import read_records
from layers.reading.report import ReadReport, Row

_SMALL, _WARD = r"lsoa", r"(?:wd|ward)"
AREA_YEARS = (2021, 2011, 2001)  # the latest first: a file may name the areas of several censuses
_WARD_YEARS = tuple(range(2035, 2008, -1))
# codes of the two kinds of change that the ONS lists besides U (unchanged), in words
_CHANGES = {"S": "split", "M": "merged", "X": "redrawn"}


def code_pattern(kind: str, year: int) -> str:
    """Return the pattern of headers (as ``header_key`` writes them) that hold the codes of ``kind`` areas of a year.

    ``lsoa21cd``, ``lsoa21_code``, ``LSOA code (2021)``, ``LSOA21 code``, ``2021 super output area - lower layer``.
    """
    return rf"{kind} ?{year % 100:02} ?(?:cd|code)|{kind} ?codes? \(?{year}\)?|{year} super output area lower layer"


AREA_COLUMNS = tuple(
    Column(f"area_{year}", f"code of the small area of {year}", pattern=code_pattern(_SMALL, year))
    for year in AREA_YEARS
)
LOOKUP = Layer(
    "lookup",
    (
        Column(
            "area_code", "code of the small area, where the year is not in the header", "lsoa code, lsoa", kind="code"
        ),
        *AREA_COLUMNS,
        Column(
            "ward_code",
            "code of the ward, where the year is not in the header",
            "ward, wd code, electoral ward",
            kind="code",
        ),
        *(
            Column(f"ward_{year}", f"code of the ward of {year}", pattern=code_pattern(_WARD, year))
            for year in _WARD_YEARS
        ),
    ),
    title="small areas and their wards",
    used_by=("engagement", "page"),
)
CHANGES = Layer(
    "area changes",
    (*AREA_COLUMNS, Column("change_code", "U unchanged, S split, M merged, X redrawn", "chgind", required=True)),
)


class Lookup(NamedTuple):
    """``table``: area_code and ward_code (text), one row an area. ``from_vintage``: the census year of the areas,
    ``to_vintage``: the year of the wards; None where the headers do not tell.
    """

    table: pd.DataFrame
    from_vintage: int | None = None
    to_vintage: int | None = None

    def within(self, ward_codes: set[str]) -> Lookup:
        """Return the lookup for these wards only."""
        return self._replace(table=self.table[self.table["ward_code"].isin(ward_codes)])


class Changes(NamedTuple):
    """``table``: from_code, to_code, change_code (U, S, M, X), one row a pair of areas that share ground.
    ``from_vintage`` and ``to_vintage``: the census years of the two sides.
    """

    table: pd.DataFrame
    from_vintage: int
    to_vintage: int


def read_lookup(
    path: str | Path, *, columns: Mapping[str, str] | None = None, encoding: str | None = None
) -> tuple[Lookup, ReadReport]:
    """Return a lookup from small areas (LSOA) to wards, of whatever years, and a report.

    ``path``: a table as ``read_records`` reads it, with a column of area codes (LSOA21CD, lsoa21_code, ``LSOA code
    (2021)`` ...) and one of ward codes (WD24CD, ward24_code, ...); of several years the latest is taken, and said.
    ``columns``: {``area_code`` or ``ward_code``: header} for other names; with it a lookup from wards of one year to
    wards of another can be read too.

    These lookups are best fit: an area that a ward boundary cuts counts whole in one ward; that is said. The same pair
    again is set aside. Raises GeoError where a column is missing, or an area stands in two wards: its residents would
    be counted twice.
    """
    report = ReadReport("lookup")
    records = read_records(path, LOOKUP, report, columns=columns, encoding=encoding)
    area, from_vintage = latest_column(records.rows, "area", AREA_YEARS)
    ward, to_vintage = latest_column(records.rows, "ward", _WARD_YEARS)
    if area is None or ward is None:
        missing = (
            "ward codes (WD24CD, ward24_code ...)"
            if area is not None
            else "small-area codes (LSOA21CD, lsoa21_code ...)"
        )
        raise GeoError(
            f"{records.label}: no column with {missing}.",
            "Name the columns area_code and ward_code, or map them under [columns.lookup] in geo.toml.",
        )
    table = pd.DataFrame(
        {"area_code": clean_codes(area), "ward_code": clean_codes(ward), "row": records.rows["row"]}
    ).sort_values(["area_code", "ward_code", "row"], ignore_index=True)
    empty = table["area_code"].isna() | table["ward_code"].isna()
    report.put_aside("no code of an area or of a ward", _rows(table[empty], records.label), fault=True)
    table = table[~empty]
    again = table.duplicated(["area_code", "ward_code"])
    report.put_aside("the same area and ward again", _rows(table[again], records.label), fault=True)
    table = table[~again]
    _refuse_two_wards(table, records.label)
    if table.empty:
        raise GeoError(f"{records.label}: no area in it.", "Download or export the lookup again.")
    report.used = len(table)
    report.choices.append(
        f"{counted(len(table), 'area')}{_of(from_vintage)} in {counted(table['ward_code'].nunique(), 'ward')}"
        f"{_of(to_vintage)}. This is best fit, not exact: an area cut by a ward boundary counts whole in one ward."
    )
    return Lookup(table[["area_code", "ward_code"]].reset_index(drop=True), from_vintage, to_vintage), report.check()


def read_changes(path: str | Path, *, encoding: str | None = None) -> tuple[Changes, ReadReport]:
    """Return what became of small areas between two censuses (``change_code``), and a report.

    ``path``: a table with the codes of both years (LSOA11CD and LSOA21CD under any usual names) and ``change_code`` or
    CHGIND. Only areas marked U carry counts over unchanged; how many are not is said. Raises GeoError where a column
    is missing or a code is unknown.
    """
    report = ReadReport("area changes")
    records = read_records(path, CHANGES, report, encoding=encoding)
    years = sorted(year for year in AREA_YEARS if f"area_{year}" in records.rows)
    if len(years) < 2:
        raise GeoError(
            f"{records.label}: the codes of two years are needed (LSOA11CD and LSOA21CD).",
            "For areas and their wards use a lookup.",
        )
    first, last = years[-2:]
    table = pd.DataFrame(
        {
            "from_code": clean_codes(records.rows[f"area_{first}"]),
            "to_code": clean_codes(records.rows[f"area_{last}"]),
            "change_code": records.rows["change_code"].astype("string").str.strip().str.upper(),
        }
    )
    whole = table.notna().all(axis=1)
    report.put_aside("a code is missing", _rows(records.rows[~whole], records.label), fault=True)
    table = table[whole].sort_values(["from_code", "to_code"], ignore_index=True)
    unknown = sorted(set(table["change_code"]) - {"U", *_CHANGES})
    if unknown:
        raise GeoError(f"{records.label}: unknown change code ({listed(unknown)}).", "U, S, M and X are known.")
    counts = table["change_code"].value_counts()
    parts = [f"{int(counts[code]):,} {word}" for code, word in _CHANGES.items() if code in counts]
    report.choices.append(
        f"{int(counts.get('U', 0)):,} areas of {first} are unchanged in {last}; only these carry counts over"
        + (f" (not: {', '.join(parts)})." if parts else ".")
    )
    report.used = len(table)
    return Changes(table, first, last), report.check()


def carried_over(lookup: Lookup, changes: Changes, report: ReadReport) -> Lookup:
    """Return ``lookup`` for the areas of the earlier census, through the areas that did not change.

    An area that was split, merged or redrawn has no ward here, because its counts cannot be divided; how many wards
    lose such an area is said in ``report``. Raises GeoError where the years do not fit.
    """
    if lookup.from_vintage not in (None, changes.to_vintage):
        raise GeoError(
            f"The lookup is for areas of {lookup.from_vintage}, the changes lead to {changes.to_vintage}.",
            "Give two files that meet in one year.",
        )
    same = changes.table[changes.table["change_code"] == "U"]
    table = same.merge(lookup.table, left_on="to_code", right_on="area_code", how="inner")
    lost = lookup.table[~lookup.table["area_code"].isin(same["to_code"])]
    if len(lost):
        report.warnings.append(
            f"{counted(len(lost), 'area')} of {changes.to_vintage}, in {counted(lost['ward_code'].nunique(), 'ward')}, "
            f"had other boundaries in {changes.from_vintage}: nothing is carried over to them."
        )
    table = table.assign(area_code=table["from_code"])[["area_code", "ward_code"]]
    return Lookup(table.sort_values("area_code", ignore_index=True), changes.from_vintage, lookup.to_vintage)


def latest_column(rows: pd.DataFrame, stem: str, years: tuple[int, ...]) -> tuple[pd.Series | None, int | None]:
    """Return the column ``<stem>_code`` (no year), else that of the latest year, with the year."""
    if f"{stem}_code" in rows:
        return rows[f"{stem}_code"], None
    year = next((year for year in years if f"{stem}_{year}" in rows), None)
    return (None, None) if year is None else (rows[f"{stem}_{year}"], year)


def clean_codes(text: pd.Series) -> pd.Series:
    """Return area codes as they are compared: no spaces around them, NA where empty; e05014735 in capitals.

    Codes of other kinds, such as the names of beats, keep their letters as they are.
    """
    codes = text.astype("string").str.strip()
    official = codes.str.fullmatch(r"[a-z]\d{8}").fillna(False).astype(bool)
    return codes.mask(official, codes.str.upper()).mask(codes == "")


def area_kind(codes: pd.Series) -> pd.Series:
    """Return what each code stands for: ``ward``, ``LSOA``, ``MSOA``, ``district`` ..., or ``other``.

    By the first three characters of the nine that the ONS gives to every area.
    """
    prefix = codes.astype("string").str.extract(r"^([A-Z]\d\d)\d{6}$")[0]
    return prefix.map(_KINDS).fillna("other").astype("string")


_KINDS = (
    dict.fromkeys(("E05", "W05", "S13", "N08", "N10"), "ward")
    | dict.fromkeys(("E01", "W01"), "LSOA")
    | dict.fromkeys(("E00", "W00"), "OA")
    | dict.fromkeys(("E02", "W02"), "MSOA")
    | dict.fromkeys(("E06", "E07", "E08", "E09", "W06", "S12", "N09"), "district")
    | dict.fromkeys(("E10", "E11", "E12", "E13", "E47", "E92", "W92", "S92", "N92", "K02", "K03", "K04"), "region")
)


def _refuse_two_wards(table: pd.DataFrame, label: str) -> None:
    doubled = table[table.duplicated("area_code", keep=False)]
    if doubled.empty:
        return
    area = doubled["area_code"].iloc[0]
    first = doubled[doubled["area_code"] == area]
    places = [f"{ward} (row {row})" for ward, row in zip(first["ward_code"], first["row"], strict=True)]
    raise GeoError(
        f"{label}: {counted(doubled['area_code'].nunique(), 'area')} in more than one ward; {area} is in "
        f"{listed(places)}.",
        "Use a best-fit lookup, in which every area stands once: its residents would be counted twice.",
    )


def _of(year: int | None) -> str:
    return "" if year is None else f" of {year}"


def _rows(table: pd.DataFrame, label: str) -> list[Row]:
    shown = table["area_code"] if "area_code" in table else pd.Series("", index=table.index)
    shown = shown.astype("string").fillna("")
    return [Row(label, int(row), str(code)) for row, code in zip(table["row"], shown, strict=True)]
