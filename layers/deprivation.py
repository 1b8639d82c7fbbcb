"""Deprivation: the decile of small areas, 1 the most deprived, and the ward each lies in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from geo.errors import GeoError, counted, listed
from layers.libraries import gpd, pd
from layers.lookups import AREA_COLUMNS, AREA_YEARS, Lookup, area_kind, clean_codes, latest_column
from layers.population.area_join import NOT_IN_LOOKUP, place_in_wards
from layers.reading.checks import UNKNOWN_WARD, WARD_CODE, Faults, finish, repeats, ward_codes, whole_numbers
from layers.reading.layer import Column, Layer
from layers.reading.records import read_records, without_labels
from layers.reading.report import ReadReport

DEPRIVATION = Layer(
    "deprivation",
    (
        Column(
            "area_code",
            "code of the small area or ward",
            "lsoa code, lsoa, code, gss code",
            kind="code",
            shown="public",
        ),
        *AREA_COLUMNS,
        WARD_CODE,
        Column(
            "imd_decile",
            "decile of the Index of Multiple Deprivation, 1 the most deprived",
            "decile",
            r"(?:index of multiple deprivation|imd)\b.*\bdecile\b.*",
            kind="number",
            required=True,
            shown="public",
        ),
        Column("vintage", "year of the areas: 2011 or 2021; or of the Indices: 2015, 2019, 2025", shown="public"),
    ),
    title="deprivation of small areas",
    used_by=("engagement",),
    by_ward=True,
)
# the Indices of a year are given for the small areas of the census before it
_AREAS_OF = {"2010": "2001", "2015": "2011", "2019": "2011", "2025": "2021"}


def read_deprivation(
    path: str | Path,
    *,
    wards: gpd.GeoDataFrame | None = None,
    lookup: Lookup | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
) -> tuple[pd.DataFrame, ReadReport]:
    """Return deprivation deciles (area_code, imd_decile, vintage, ward_code), by area code, and a report.

    ``path``: File 1 or File 7 of the English Indices (2015, 2019, 2025), or a table of one's own with ``area_code`` and
    ``imd_decile``. ``lookup``: small areas to wards; not needed where the table has ``ward_code``, or its areas are
    wards. ``wards``: areas of other wards are set aside. ``columns``: {canonical name: header}.

    ``imd_decile``: 1 to 10, 1 the most deprived tenth of England's areas; deciles of one nation say nothing about
    another. ``vintage``: "2011" or "2021" (the census whose areas these are), "ward", or None where the table and the
    lookup do not tell. The year is taken from the header, else from how the codes fit the lookup, because nearly all
    codes exist in both years. Raises GeoError where that leaves it open, where an area has two deciles, or where
    nothing fits.
    """
    report = ReadReport("deprivation")
    records = read_records(path, DEPRIVATION, report, columns=columns, encoding=encoding)
    rows, faults = records.rows, Faults(records.rows)
    area, year = latest_column(rows, "area", AREA_YEARS)
    if area is None and "ward_code" in rows:
        area = rows["ward_code"]
    if area is None:
        raise GeoError(f"{records.label}: no column with area codes.", "Name it area_code, or lsoa21_code.")
    codes = clean_codes(area)
    faults.add("no area code", codes.isna())
    decile = whole_numbers(rows.assign(imd_decile=without_labels(rows["imd_decile"])), "imd_decile", faults)
    faults.add("decile is not 1 to 10", ~decile.between(1, 10))
    vintage = _vintage(rows, year, report)
    known = sorted(vintage.dropna().unique())
    table = pd.DataFrame({"area_code": codes, "imd_decile": decile, "row": rows["row"]})
    repeats(table, ("area_code",), ("imd_decile",), faults, records.label)
    others = 0
    if "ward_code" in rows:
        ward = ward_codes(rows, wards, faults, report)
    else:
        if len(known) > 1:
            raise GeoError(f"{records.label}: areas of several years in one table.", "Give one year at a time.")
        placed = place_in_wards(codes, int(known[0]) if len(known) else None, lookup, wards, records.label, report)
        ward = placed.ward_code
        _refuse_open_year(codes[placed.reasons == NOT_IN_LOOKUP], known, lookup, records.label)
        elsewhere = placed.reasons.notna() & faults.none
        for reason in sorted(placed.reasons[elsewhere].unique()):
            report.put_aside(str(reason), int((placed.reasons[elsewhere] == reason).sum()))
        others = int(elsewhere.sum())
        table, rows, ward = table[~elsewhere], rows[~elsewhere], ward[~elsewhere]
        faults.text, vintage = faults.text[~elsewhere], vintage[~elsewhere]
        if lookup is not None and not len(known) and lookup.from_vintage is not None:
            vintage = vintage.fillna(str(lookup.from_vintage))
            report.choices.append(f"The areas are taken for those of {lookup.from_vintage}: all fit the lookup.")
    table = table.assign(vintage=vintage.mask(area_kind(table["area_code"]) == "ward", "ward"), ward_code=ward)
    deprivation = finish(
        table, rows, faults, report, records.label, shown="ward_code", hints={UNKNOWN_WARD: "Or give a lookup."}
    )
    report.choices.append(
        f"{counted(len(deprivation), 'area')} in {counted(deprivation['ward_code'].nunique(), 'ward')}; "
        "decile 1 is the most deprived tenth."
    )
    assert others + len(table) <= report.read
    text = {name: deprivation[name].astype(object) for name in ("area_code", "vintage", "ward_code")}
    deprivation = deprivation.assign(**{name: part.where(part.notna(), None) for name, part in text.items()})
    deprivation["imd_decile"] = deprivation["imd_decile"].astype(int)
    return deprivation.sort_values("area_code", ignore_index=True), report.check()


def _refuse_open_year(unknown: pd.Series, known: Sequence[str], lookup: Lookup | None, label: str) -> None:
    """Raise GeoError where neither the header nor the codes tell the year of the areas."""
    if len(known) or lookup is None or unknown.empty:
        return
    year = f" of {lookup.from_vintage}" if lookup.from_vintage else ""
    raise GeoError(
        f"{label}: {counted(unknown.nunique(), 'area')} not in the lookup{year} "
        f"({listed(sorted(unknown.unique()), 2)}). Are these areas of 2011 or 2021?",
        "Name the column with its year (lsoa11_code or lsoa21_code): nearly all codes exist in both years.",
    )


def _vintage(rows: pd.DataFrame, year: int | None, report: ReadReport) -> pd.Series:
    """Return the census year of each row's area as text, NA where neither header nor column tells."""
    if year is not None:
        report.choices.append(f"Areas of {year} (from the column names).")
        return pd.Series(str(year), index=rows.index, dtype="string")
    if "vintage" not in rows:
        return pd.Series(pd.NA, index=rows.index, dtype="string")
    given = rows["vintage"].astype("string").str.extract(r"((?:19|20)\d\d)")[0]
    indices = sorted(set(given.dropna()) & set(_AREAS_OF))
    if indices:
        pairs = [f"the Indices of {one} are for areas of {_AREAS_OF[one]}" for one in indices]
        report.choices.append(f"Vintage: {'; '.join(pairs)}.")
    return given.replace(_AREAS_OF).astype("string")
