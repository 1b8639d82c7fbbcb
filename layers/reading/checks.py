"""Checks that small tables of one's own share: ward codes, dates that can be, whole numbers, rows given twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from geo.errors import GeoError, counted
from layers.libraries import gpd, np, pd
from layers.lookups import clean_codes
from layers.population.census import by_value
from layers.reading.dates import read_dates
from layers.reading.layer import Column, Layer
from layers.reading.names import Names
from layers.reading.records import set_aside
from layers.reading.report import ReadReport

WARD_CODE = Column(
    "ward_code",
    "code of the ward",
    "ward, area code, gss code, ward name, wards, wards covered, neighbourhood, area",
    r"(?:wd|ward) ?\d\d ?(?:cd|code|nm|name)|(?:neighbourhood|beat|area|electoral|council) ward(?: name| code)?"
    r"|ward (?:neighbourhood|beat|area)",
    kind="code",
    shown="public",
)
NEEDED_WARD_CODE = replace(WARD_CODE, required=True)
NO_WARD = "no ward code"
UNKNOWN_WARD = "a ward code that the map does not have"
HINTS = {
    UNKNOWN_WARD: "Wards of different years have different codes: use the codes of the ward boundaries given.",
}


class Faults:
    """Collects the fault of each row of ``rows``: the first one found stands."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self.text = pd.Series(pd.NA, index=rows.index, dtype="string")

    def add(self, reason: str, where: pd.Series) -> None:
        """Note ``reason`` for the rows ``where`` that have no fault yet."""
        self.text = self.text.mask(self.text.isna() & where.fillna(False).astype(bool), reason)

    @property
    def none(self) -> pd.Series:
        """Which rows have no fault."""
        return self.text.isna()


def ward_codes(
    rows: pd.DataFrame, wards: gpd.GeoDataFrame | None, faults: Faults, report: ReadReport | None = None
) -> pd.Series:
    """Return the ward codes of rows, also where a cell has the name of a ward; a missing or unknown one is a fault."""
    codes = clean_codes(rows["ward_code"])
    faults.add(NO_WARD, codes.isna())
    if wards is None:
        return codes.astype(object).where(codes.notna(), None)
    known = set(wards["ward_code"].astype(str))
    resolver = names_of_wards(wards)
    cells = rows["ward_code"].where(codes.notna() & ~codes.isin(known)).dropna().astype(str)
    meant = {cell: next(iter(resolver.read(cell, several=False).codes), None) for cell in cells.unique()}
    found = codes.astype(object).where(codes.isin(known), rows["ward_code"].map(meant))
    found = found.where(found.notna(), None)
    faults.add(UNKNOWN_WARD, codes.notna() & found.isna())
    if report is not None and any(meant.values()):
        number = int(cells.map(meant).notna().sum())
        report.choices.append(f"ward_code: {counted(number, 'row')} name the ward instead of its code; found by name.")
    lost = {cell: resolver.nearest(cell) for cell, code in meant.items() if code is None}
    if report is not None:
        report.unresolved |= {cell: near for cell, near in lost.items() if near}
    return found


def names_of_wards(wards: gpd.GeoDataFrame) -> Names:
    """Return the resolver of the names of wards."""
    names = wards["ward_name"] if "ward_name" in wards else wards["ward_code"]
    return Names({code: [str(name)] for code, name in zip(wards["ward_code"].astype(str), names, strict=True)})


def dates(
    rows: pd.DataFrame,
    name: str,
    report: ReadReport,
    faults: Faults,
    *,
    required: bool = False,
    today: dt.date | None = None,
) -> pd.Series:
    """Return a column of dates (datetime64, no time, NaT where empty or absent); faults as of ``moments``."""
    return moments(rows, name, report, faults, required=required, today=today).dt.normalize()


def moments(
    rows: pd.DataFrame,
    name: str,
    report: ReadReport,
    faults: Faults,
    *,
    required: bool = False,
    today: dt.date | None = None,
) -> pd.Series:
    """Return a column of local times (datetime64, midnight where only a day is given, NaT where empty or absent).

    A date that cannot be read is a fault; with ``required`` an empty one too; with ``today`` one after that day.
    """
    if name not in rows:
        return pd.Series(pd.NaT, index=rows.index, dtype="datetime64[s]")
    read = read_dates(rows[name], name)
    read.say(report)
    faults.add(f"{name} cannot be read", rows[name].notna() & read.when.isna())
    if required:
        faults.add(f"no {name}", rows[name].isna())
    if today is not None:
        faults.add(f"{name} is in the future", read.when.dt.normalize() > pd.Timestamp(today))
    return read.when


def whole_numbers(rows: pd.DataFrame, name: str, faults: Faults) -> pd.Series:
    """Return a column of counts (float); an empty, hidden, negative or broken number is a fault."""
    values, problems = by_value(rows[name])
    faults.add(f"{name} is missing", rows[name].isna())
    faults.add(f"{name} is negative", problems == "a negative number")
    faults.add(f"{name} is not a number, or is hidden", problems.notna())
    faults.add(f"{name} is not a whole number", values.notna() & (np.floor(values) != values))
    return values


def texts(rows: pd.DataFrame, name: str) -> pd.Series:
    """Return a column of text, None where empty or absent."""
    if name not in rows:
        return pd.Series(None, index=rows.index, dtype=object)
    return rows[name].astype(object).where(rows[name].notna(), None)


def repeats(table: pd.DataFrame, key: Sequence[str], values: Sequence[str], faults: Faults, label: str) -> None:
    """Mark rows that give the same ``values`` for the same ``key`` again.

    Raises GeoError, naming the rows, where the values differ: which is right cannot be known.
    """
    usable = table[faults.none.reindex(table.index)].sort_values("row")
    names = [name for name in key if name in usable]
    filled = usable[names].astype("string").fillna("")
    group = filled.groupby(names, sort=False).ngroup()
    for value in values:
        grouped = usable[value].groupby(group)
        differ = grouped.max() > grouped.min()
        if differ.any():
            first = usable[group == differ.index[differ][0]]
            stated = " and ".join(f"{v:,.0f} in row {row}" for v, row in zip(first[value], first["row"], strict=True))
            what = ", ".join(str(v) for v in first[names].iloc[0] if pd.notna(v))
            raise GeoError(
                f"{label}: {counted(int(differ.sum()), 'entry', 'entries')} given twice and not the same: "
                f"{value} of {what} is {stated}.",
                "Delete the row that is wrong.",
            )
    again = group.duplicated()
    faults.add("the same entry again", pd.Series(table.index.isin(group.index[again]), index=table.index))


def finish(
    table: pd.DataFrame,
    rows: pd.DataFrame,
    faults: Faults,
    report: ReadReport,
    label: str,
    *,
    shown: str,
    layer: Layer | None = None,
    hints: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return the usable rows of ``table``, with every other set aside in ``report``.

    ``shown`` names the column of ``rows`` whose value helps to find a row again. The text columns of ``layer`` that the
    file has come along. Raises GeoError where no row of a file with rows can be used.
    """
    set_aside(rows, faults.text, report, label, hints={**HINTS, **(hints or {})}, values=rows.get(shown))
    for column in layer.columns if layer is not None else ():
        if column.kind == "text" and not column.personal and column.name in rows and column.name not in table:
            table = table.assign(**{column.name: texts(rows, column.name)})
    used = table[faults.none].drop(columns="row", errors="ignore").reset_index(drop=True)
    report.used = len(used)
    report.check()
    if used.empty and report.read:
        why = "; ".join(f"{part.count:,} {part.reason}" for part in report.set_aside)
        raise GeoError(f"{label}: no usable row among {counted(report.read, 'row')}.", f"{why}.")
    return used
