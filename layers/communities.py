"""Communities: how many people of each group live in each ward, from tables of wards or of small areas."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from geo.errors import GeoError, counted, listed
from layers.libraries import gpd, pd
from layers.lookups import Lookup
from layers.population.area_join import place_in_wards
from layers.population.census import COMMUNITIES, Cells, read_cells
from layers.population.labels import is_grand_total, is_total, short_labels, sub_totals
from layers.reading.report import ReadReport, Row

__all__ = ["COMMUNITIES", "read_communities"]
_TOTAL = "a total or sub-total, which its parts already count"
_NOBODY = "people to whom the question does not apply"
_AGAIN = "the same population again"
# Cells of a Census table are changed by a person or two each so that nobody can be found out; up to so many people per
# group (and never fewer than this) a sum may differ from the total beside it.
_LEAST_NOISE = 10
_MOSTLY = 0.8


def read_communities(
    path: str | Path,
    *,
    wards: gpd.GeoDataFrame | None = None,
    lookup: Lookup | None = None,
    group_set: str | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
) -> tuple[pd.DataFrame, ReadReport]:
    """Return residents by ward and group (ward_code, community, population, group_set), and a report.

    ``path``: a table of one's own, long (``ward_code, community, population``, perhaps ``group_set``) or wide (a column
    for each group); a Census 2021 table (TS021, TS030, TS024) as CSV or in its zip; a Nomis download; long tables by
    LSOA; indicator tables with ``measure`` and ``value``; ages 0 to 90+. ``wards``: only their codes are kept, and
    wards without residents are named. ``lookup``: small areas to wards, needed where the table is by LSOA.
    ``group_set``: the set of groups where the table does not say. ``columns``: {canonical name: header}.

    Populations are floats, one row a ward, community and group_set, sorted. Of nested groups only the most detailed
    are kept; labels are short ("Indian", "White British"), see ``layers.population.labels``. Two tables of one census
    differ by a few people in places, on purpose; that is no fault. Raises GeoError where no code fits the wards or the
    lookup, the areas are of another census than the lookup, or one cell has two different populations.
    """
    report = ReadReport("communities")
    cells = read_cells(
        path,
        report,
        small_areas=lookup is not None,
        keep=_areas_that_matter(wards, lookup),
        group_set=group_set,
        columns=columns,
        encoding=encoding,
        ward_names=None
        if wards is None or "ward_name" not in wards
        else dict(zip(wards["ward_code"].astype(str), wards["ward_name"].fillna("").astype(str), strict=True)),
    )
    _refuse_shares(cells)
    table = cells.table.assign(aside=pd.Series(pd.NA, index=cells.table.index, dtype="string"))
    table = _mark(table, table["area"].isna(), "no area code")
    table = _mark(table, table["label"].isna(), "no name of a group")
    table = _mark(table, table["label"].str.casefold() == "does not apply", _NOBODY)
    table, totals = _set_totals_aside(table, cells)
    table = _shorten(table, report)
    placed = place_in_wards(table["area"], cells.vintage, lookup, wards, cells.label, report)
    table = table.assign(ward_code=placed.ward_code)
    for reason in placed.reasons.dropna().unique():
        table = _mark(table, placed.reasons == reason, reason)
    table = _mark(table, table["fault"] == "a negative number", "population is negative")
    table = _mark(table, table["fault"].notna(), "population is not a number, or is hidden")
    table = _set_repeats_aside(table, cells.label)
    _account(table, cells, report, faultless={_TOTAL, _NOBODY, *placed.reasons.dropna().unique()})
    used = table[table["aside"].isna()]
    if used.empty:
        raise GeoError(
            f"{cells.label}: no usable population among {counted(report.read, 'row')}.",
            f"{'; '.join(f'{part.count:,} {part.reason}' for part in report.set_aside)}.",
        )
    _compare_with_totals(used, totals, table, report)
    by = ["ward_code", "group_set", "community"]
    communities = used.groupby(by, as_index=False, observed=True)["population"].sum()
    communities = communities.astype(dict.fromkeys(by, object))
    _name_empty_wards(communities, wards, report)
    for name, part in communities.groupby("group_set"):
        report.choices.append(
            f"{counted(part['community'].nunique(), 'group')} ({name}), {part['population'].sum():,.0f} residents in "
            f"{counted(part['ward_code'].nunique(), 'ward')}."
        )
    return communities[["ward_code", "community", "population", "group_set"]], report.check()


def _areas_that_matter(wards: gpd.GeoDataFrame | None, lookup: Lookup | None) -> set[str] | None:
    """Return the codes of the wards and of their small areas; None where all matter."""
    if wards is None:
        return None
    own = set(wards["ward_code"].astype(str))
    return own if lookup is None else own | set(lookup.within(own).table["area_code"])


def _refuse_shares(cells: Cells) -> None:
    """Raise GeoError where the numbers are no counts of people: shares of a hundred, or 1.200 for twelve hundred."""
    known = cells.table.dropna(subset=["population"])
    broken = known["population"].mod(1) > 0
    if not broken.any():
        return
    shown = listed([f"{value:g}" for value in known.loc[broken, "population"].head(3)], 3)
    sums = known.groupby(["area", "group_set"], observed=True)["population"].sum()
    if len(sums) and known["population"].max() <= 100 and (sums.sub(100).abs() <= 1).mean() > _MOSTLY:
        raise GeoError(
            f"{cells.label}: percentages ({shown} and the like, which add up to 100 in each area), not people.",
            "Give the table of counts (in Nomis: value, not percent).",
        )
    large = known["population"] * 1000
    if (known["population"] < 1000).all() and ((large - large.round()).abs() < 1e-6).all() and broken.mean() > _MOSTLY:
        raise GeoError(
            f"{cells.label}: no whole numbers of people ({shown}): is the point a mark between thousands?",
            "Save the numbers without marks between thousands.",
        )


def _mark(table: pd.DataFrame, rows: pd.Series, reason: str) -> pd.DataFrame:
    """Return the table with ``reason`` against these rows, where no reason stands yet."""
    chosen = rows.fillna(False).astype(bool) & table["aside"].isna()
    return table.assign(aside=table["aside"].mask(chosen, reason))


def _set_totals_aside(table: pd.DataFrame, cells: Cells) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the table with totals and sub-totals marked, and the residents of each area as the file has them."""
    totals = cells.totals
    for which in table["group_set"].unique():
        rows = table["group_set"] == which
        labels = [str(label) for label in table.loc[rows, "label"].dropna().unique()]
        everybody = {label for label in labels if is_total(label)}
        parts = [label for label in labels if label not in everybody]
        nested = sub_totals(parts) if "band" not in table else set()
        whole = rows & table["label"].isin([label for label in everybody if is_grand_total(label)])
        if totals.empty and whole.any():
            totals = table.loc[whole & table["population"].notna(), ["area", "population"]]
            totals = totals.rename(columns={"population": "total"}).drop_duplicates("area")
        table = _mark(table, rows & table["label"].isin(everybody | nested), _TOTAL)
    return table, totals


def _shorten(table: pd.DataFrame, report: ReadReport) -> pd.DataFrame:
    """Return the table with ``community``, the short label of each group."""
    labels = [str(label) for label in table.loc[table["aside"].isna(), "label"].unique()]
    short = short_labels(labels)
    changed = [f"{label!r} as {form!r}" for label, form in sorted(short.items()) if label != form]
    if changed and "band" not in table:
        report.choices.append(f"{counted(len(changed), 'label')} shortened, such as {listed(changed, 1)}.")
    community = table["label"].map(short)
    return table.assign(
        community=community.where(table["band"].isna(), table["band"]) if "band" in table else community
    )


def _set_repeats_aside(table: pd.DataFrame, label: str) -> pd.DataFrame:
    """Return the table with cells given twice marked; raise GeoError where the two populations differ."""
    key = ["area", "label", "group_set"]
    usable = table[table["aside"].isna()]
    doubled = usable.duplicated(key, keep=False)
    if not doubled.any():
        return table
    again = usable[doubled].sort_values([*key, "row"])
    differ = again.groupby(key, observed=True)["population"].transform("nunique") > 1
    if differ.any():
        cells = again[differ].groupby(key, observed=True)
        (area, name, _), first = next(iter(cells))
        stated = [f"{value:,.0f} in row {row}" for value, row in zip(first["population"], first["row"], strict=True)]
        raise GeoError(
            f"{label}: {counted(cells.ngroups, 'population')} given twice and not the same: {name} in {area} is "
            f"{' and '.join(stated)}.",
            "Delete the row that is wrong. Is the file split by something else, such as sex or year?",
        )
    repeats = again.index[again.duplicated(key)]
    return _mark(table, pd.Series(table.index.isin(repeats), index=table.index), _AGAIN)


def _account(table: pd.DataFrame, cells: Cells, report: ReadReport, *, faultless: set[str]) -> None:
    """Note every row that is not used; of a wide table, a cell that is not used in a row that is."""
    aside = table[table["aside"].notna()]
    used_rows = set(table.loc[table["aside"].isna(), "row"]) if cells.wide else set()
    if cells.wide:
        inside = aside["row"].isin(used_rows) & (aside["aside"] != _TOTAL)
        for reason, part in aside[inside].groupby("aside"):
            where = [f"row {row} ({name})" for row, name in sorted(zip(part["row"], part["label"], strict=True))]
            report.warnings.append(f"{counted(len(part), 'cell')} left out, {reason}: {listed(where, 3)}.")
        order = aside.assign(last=aside["aside"] == _TOTAL).sort_values(["row", "last"], kind="stable")
        aside = order[~order["row"].isin(used_rows)].drop_duplicates("row")
    for reason in sorted(aside["aside"].unique()):
        part = aside[aside["aside"] == reason]
        if reason in faultless:
            report.put_aside(reason, len(part))
            continue
        rows = [
            Row(cells.label, int(row), "; ".join(text for text in (area, name) if pd.notna(text)))
            for row, area, name in sorted(
                part[["row", "area", "label"]].itertuples(index=False), key=lambda one: one[0]
            )
        ]
        report.put_aside(reason, rows, fault=True)
    report.used = table.loc[table["aside"].isna(), "row"].nunique()


def _compare_with_totals(used: pd.DataFrame, totals: pd.DataFrame, table: pd.DataFrame, report: ReadReport) -> None:
    """Say whether the groups of each area add up to the total that the file gives for it."""
    for which, part in used.groupby("group_set"):
        damaged = set(table.loc[table["fault"].notna() & (table["aside"] != _TOTAL), "area"].dropna())
        sums = part.groupby("area", observed=True)["population"].sum()
        known = (
            totals[totals["area"].isin(sums.index) & ~totals["area"].isin(damaged)].dropna().set_index("area")["total"]
        )
        if known.empty:
            continue
        off = (sums[known.index] - known).astype(float)
        noise = max(_LEAST_NOISE, part["label"].nunique())
        far = off[off.abs() > noise].sort_index()
        if len(far):
            area = far.index[0]
            report.warnings.append(
                f"{which}: in {len(far):,} of {counted(len(known), 'area')} the groups do not add up to the total "
                f"(first: {area}, {sums[area]:,.0f} against {known[area]:,.0f}). Is a group missing?"
            )
        elif (off == 0).all():
            report.choices.append(f"{which}: the groups add up to the total in all {counted(len(known), 'area')}.")
        else:
            report.choices.append(
                f"{which}: the groups add up to the total within {off.abs().max():,.0f} people in each of "
                f"{counted(len(known), 'area')}; small changes protect people's privacy."
            )


def _name_empty_wards(communities: pd.DataFrame, wards: gpd.GeoDataFrame | None, report: ReadReport) -> None:
    if wards is None:
        return
    without = wards[~wards["ward_code"].isin(communities["ward_code"])].sort_values("ward_code")
    if len(without):
        names = [f"{name} ({code})" for name, code in zip(without["ward_name"], without["ward_code"], strict=True)]
        one = "has" if len(without) == 1 else "have"
        report.warnings.append(
            f"{counted(len(without), 'ward')} {one} no population: rates not shown for {listed(names)}."
        )
