"""Tables for other programs: what columns are called and mean, the workbook of hot spots, tidy facts by month."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

if TYPE_CHECKING:
    from geo.hotspots import HotspotResult
    from study.study import Study

# what a column is called, and what it means
HOTSPOT_COLUMNS: Mapping[str, tuple[str, str]] = {
    "rank": ("Rank", "by reports per square metre of outline, greatest first"),
    "hotspot_id": ("Id", "of the register beside geo.toml; the same place keeps it"),
    "state": ("Since the last run", "same, grown, shrunk, moved, split, merged or new"),
    "name": ("Name", "commonest location of its reports, and ward"),
    "incidents": ("Reports", "inside the outline, of this hot spot"),
    "points": ("Positions", "distinct positions of its reports"),
    "area_m2": ("Ground (m²)", "area of the outline"),
    "width_m": ("Width (m)", "greatest distance between two of its reports"),
    "incidents_per_km2": ("Reports per km²", "reports by ground"),
    "share": ("Share of reports", "of all reports in the study area, 0 to 1"),
    "months_active": ("Months with reports", "of the months covered"),
    "months_covered": ("Months covered", "by the data, where its reports come from"),
    "top_point_share": ("Share of its busiest position", "0 to 1; above 0.8 it is a place, not an area"),
    "wards": ("Wards", "that it touches"),
    "p_value": ("p", "how often chance alone gives a place like it anywhere; empty where not tested"),
    "null_model": ("Chance", "which chance was tested against"),
    "could_be_chance": ("Could be chance", "true where p is above 0.05, or not tested"),
    "p_background": ("p against other activity", "the same against other recorded crime"),
    "trend": ("Trend", "from 24 months on; empty before"),
    "trend_p": ("p of the trend", "seasonal Kendall test"),
    "peak": ("Busiest time", "against an even week; empty where times are not known"),
    "in_time": ("In time", "months above chance, and the last three against the three before"),
    "change": ("Last three months", "more, fewer, new, gone or no clear change"),
    "first_month": ("First month", "of its reports"),
    "last_month": ("Last month", "of its reports"),
    "type_personal": ("Personal reports", "reports of this type"),
    "type_nuisance": ("Nuisance reports", "reports of this type"),
    "type_environmental": ("Environmental reports", "reports of this type"),
    "impact": ("Weighted reports", "by the weights of [impact] in geo.toml"),
    "caveats": ("Caveats", "what to keep in mind"),
    "lon": ("Longitude", "of its middle, WGS84"),
    "lat": ("Latitude", "of its middle, WGS84"),
}
HEADINGS: Mapping[str, str] = {name: heading for name, (heading, _) in HOTSPOT_COLUMNS.items()}
# those that a reader of a report asks for first
REPORT_COLUMNS = ("rank", "name", "incidents", "share", "p_value", "trend", "peak")


class Sheet(NamedTuple):
    """One table of a result, as a sheet of the workbook."""

    name: str
    question: str
    sentence: str
    table: pd.DataFrame
    headings: Mapping[str, str]


def headings(table: pd.DataFrame) -> dict[str, str]:
    """Return the headings of a sheet: the names of its columns, in words."""
    return {str(name): str(name).replace("_", " ") for name in table.columns}


def hotspot_sheet(result: HotspotResult, headline: str, columns: Collection[str] = HEADINGS) -> Sheet:
    """Return the table of hot spots, with those of ``columns`` that it has."""
    spots = pd.DataFrame(result.hotspots.drop(columns="geometry"))
    shown = {name: HEADINGS[name] for name in columns if name in spots}
    return Sheet("hot spots", "Where do reports concentrate?", headline, spots, shown)


def hotspot_sheets(result: HotspotResult, headline: str) -> list[Sheet]:
    """Return the sheets of hotspots.xlsx: the hot spots, their reports by month, and how they were found."""
    monthly = by_month(result)
    wide = pd.DataFrame(result.hotspots[["rank", "name"]])
    if len(monthly):
        table = pd.crosstab(monthly["rank"], monthly["month"], monthly["reports"], aggfunc="sum")
        wide = wide.merge(table, left_on="rank", right_index=True, how="left")
    months = headings(wide) | {"rank": "Rank", "name": "Name"}
    rows = [(one.name, one.text, one.reason) for one in result.parameters]
    how = pd.DataFrame(rows, columns=["setting", "value", "why"])
    return [
        hotspot_sheet(result, headline),
        Sheet("by month", "When were they reported?", "Empty: not covered by the data.", wide, months),
        Sheet("how", "How were they found?", " ".join(result.evidence[:2]), how, headings(how)),
    ]


def by_month(result: HotspotResult) -> pd.DataFrame:
    """Return the reports of each hot spot in each month that is covered: ``rank``, ``month``, ``reports``."""
    rows = []
    for row in result.hotspots.itertuples():
        if not row.monthly:
            continue
        months = pd.period_range(row.monthly_from, periods=len(row.monthly.split()), freq="M").astype(str)
        rows += [
            (row.rank, month, int(count))
            for month, count in zip(months, row.monthly.split(), strict=True)
            if count != "-"
        ]
    return pd.DataFrame(rows, columns=["rank", "month", "reports"])


# --- tidy facts -------------------------------------------------------------------------------------------------------

# of every table: {column: (kind of value, what it means)}
FACTS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "ward_month": {
        "month": ("month", "2025-12; only months that the reports cover"),
        "ward_code": ("code", "of the ward"),
        "ward_name": ("text", "of the ward"),
        "reports": ("count", "in the ward; of a force without data for the month: see the notes of the run"),
        "engagements": ("count", "held in the ward; empty without a log, and before its first day"),
        "people_met": ("count", "as counted; empty where nobody counted"),
    },
    "hotspot_month": {
        "month": ("month", "2025-12; only months that the hot spot's reports cover"),
        "hotspot": ("code", "the id of the register; without one the rank"),
        "name": ("text", "of the hot spot"),
        "rank": ("number", "by reports per square metre of outline"),
        "could_be_chance": ("yes or no", "whether chance explains it"),
        "reports": ("count", "of this hot spot"),
    },
    "community_month": {
        "month": ("month", "2025-12; from the log's first month to the day of the report"),
        "community": ("text", "as the log or the census names it"),
        "engagements": ("count", "that name it; an engagement may name several"),
    },
}


def facts(study: Study) -> dict[str, pd.DataFrame]:
    """Return ``FACTS`` as tables, a row a thing and month, with ``dictionary``: what every column means.

    For Power BI and the like: nothing is added up, no table has totals. Only what can be known has a row: months that
    are not covered have none. ``community_month`` only with a log that names communities.
    """
    from geo.area import assign_wards

    months = sorted(study.months)
    reports = assign_wards(study.incidents, study.wards)
    log = study.engagement.engagements if study.has_log else None
    spots = study.hotspots.hotspots
    spot_month = by_month(study.hotspots).merge(spots[["rank", "name", "could_be_chance"]], on="rank")
    ids = (
        spots.set_index("rank")["hotspot_id"]
        if "hotspot_id" in spots
        else pd.Series(spots["rank"].array, spots["rank"])
    )
    spot_month["hotspot"] = spot_month["rank"].map(ids)
    found = {"ward_month": _ward_month(study, months, reports, log), "hotspot_month": spot_month}
    if log is not None:
        found["community_month"] = _community_month(log)
    tables = {name: table[list(FACTS[name])].reset_index(drop=True) for name, table in found.items()}
    meanings = [(name, column, *FACTS[name][column]) for name in tables for column in FACTS[name]]
    return tables | {"dictionary": pd.DataFrame(meanings, columns=["table", "column", "kind", "meaning"])}


def _ward_month(study: Study, months: list[str], reports: pd.DataFrame, log: pd.DataFrame | None) -> pd.DataFrame:
    wards = study.wards[["ward_code", "ward_name"]]
    table = pd.MultiIndex.from_product([months, wards["ward_code"]], names=["month", "ward_code"]).to_frame(index=False)
    table = table.merge(pd.DataFrame(wards), on="ward_code")
    keys = pd.MultiIndex.from_frame(table[["month", "ward_code"]])
    table["reports"] = reports.groupby(["month", "ward_code"]).size().reindex(keys, fill_value=0).to_numpy()
    table = table.assign(engagements=pd.NA, people_met=pd.NA).astype({"engagements": "Int64", "people_met": "Int64"})
    if log is None or not len(log):
        return table
    held = log.assign(month=log["date"].dt.strftime("%Y-%m"))
    grouped = held.groupby(["month", "ward_code"])
    known = table["month"].between(held["month"].min(), f"{study.day:%Y-%m}")
    counts = grouped.size().reindex(keys, fill_value=0).astype("Int64").array
    table["engagements"] = pd.Series(counts, index=table.index).where(known)
    if "attendees" in held:
        met = grouped["attendees"].sum(min_count=1).reindex(keys).round().astype("Int64").array
        table["people_met"] = pd.Series(met, index=table.index)
    return table


def _community_month(log: pd.DataFrame) -> pd.DataFrame:
    """Return how many engagements named each community in each month from the first to the last of the log."""
    named = log.assign(month=log["date"].dt.strftime("%Y-%m"), community=log["communities"].str.split(";"))
    named = named.explode("community")
    named["community"] = named["community"].str.strip()
    named = named[named["community"].fillna("") != ""]
    if named.empty:
        return pd.DataFrame(columns=["month", "community", "engagements"])
    months = pd.period_range(log["date"].min(), log["date"].max(), freq="M").astype(str)
    counts = pd.crosstab(named["month"], named["community"]).reindex(months, fill_value=0)
    counts.index.name = "month"
    return counts.reset_index().melt("month", var_name="community", value_name="engagements")
