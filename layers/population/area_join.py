"""Join the areas of a table to the wards of the map, by code or through a lookup; what does not match is reported."""

from __future__ import annotations

from typing import NamedTuple

from geo.errors import GeoError, counted, listed
from layers.libraries import gpd, pd
from layers.lookups import Lookup, area_kind
from layers.reading.report import ReadReport

OTHER_WARDS = "outside the wards given"
NOT_IN_LOOKUP = "an area that the lookup does not have"


class Placed(NamedTuple):
    """``ward_code``: the ward of each row, NA where ``reasons`` says why there is none (NA where there is one)."""

    ward_code: pd.Series
    reasons: pd.Series


def place_in_wards(
    areas: pd.Series,
    vintage: int | None,
    lookup: Lookup | None,
    wards: gpd.GeoDataFrame | None,
    label: str,
    report: ReadReport,
) -> Placed:
    """Return the ward of every area code in ``areas`` (text, NA where there is none).

    ``vintage``: the census year of the areas by their header, None where it does not tell. Codes that are wards of the
    map (or, without ``wards``, ward codes) stand for themselves; others go through ``lookup``. A table may hold several
    levels (regions, districts, wards): one is used. What is missing on either side is said in ``report``.

    Raises GeoError where areas are no wards and there is no lookup, nothing fits, or the areas are of another census
    than the lookup: most codes stay the same from one census to the next, so that such a join looks nearly complete.
    """
    codes = pd.Series(areas.dropna().unique(), dtype="string")
    kinds = area_kind(codes)
    own = set() if wards is None else set(wards["ward_code"].astype(str))
    reasons = pd.Series(pd.NA, index=areas.index, dtype="string")
    direct = codes.isin(own) if wards is not None else (kinds == "ward") | ((kinds == "other") & (lookup is None))
    if direct.any():
        to_ward = dict(zip(codes[direct], codes[direct], strict=True))
        ward = areas.map(to_ward).astype("string")
        _say_outside(codes[~direct], kinds[~direct], wards, label, report)
        left = areas.notna() & ward.isna()
        is_ward = areas.map(dict(zip(codes, kinds.isin(["ward", "other"]), strict=True))).fillna(False).astype(bool)
        return Placed(ward, reasons.mask(left & is_ward, OTHER_WARDS).mask(left & ~is_ward, "an area that is no ward"))
    if lookup is None:
        raise _no_ward(codes, kinds, wards, label)
    _refuse_other_census(codes, vintage, lookup, own, label)
    to_ward = dict(lookup.table[["area_code", "ward_code"]].itertuples(index=False, name=None))
    ward = areas.map(to_ward).astype("string")
    known = ward.notna()
    if not known.any():
        raise GeoError(
            f"{label}: none of its {counted(len(codes), 'area')} ({listed(sorted(codes), 2)}) is in the lookup.",
            f"It holds areas such as {listed(sorted(lookup.table['area_code'])[:2])}. Give a lookup for these areas.",
        )
    reasons = reasons.mask(areas.notna() & ~known, NOT_IN_LOOKUP)
    if wards is not None:
        inside = ward.isin(own)
        if not inside.any():
            raise GeoError(
                f"{label}: the lookup puts its areas in none of the wards given.",
                f"It has wards{_of(lookup.to_vintage)} such as {listed(sorted(set(ward.dropna())), 2)}; the map "
                f"has {listed(sorted(own), 2)}. Wards of different years differ: use a lookup of the map's year.",
            )
        reasons = reasons.mask(known & ~inside, OTHER_WARDS)
        ward = ward.where(inside)
    _say_through_lookup(codes, set(ward.dropna()), lookup, report)
    return Placed(ward, reasons)


def _refuse_other_census(codes: pd.Series, vintage: int | None, lookup: Lookup, own: set[str], label: str) -> None:
    """Raise GeoError where the areas are of another census than the lookup: by the years, else by what is missing."""
    if vintage is not None and lookup.from_vintage is not None:
        if vintage != lookup.from_vintage:
            raise GeoError(
                f"{label}: its areas are of {vintage}, the lookup is for areas of {lookup.from_vintage}.",
                "Give a lookup for the same census; an area that was split or merged cannot be matched by its code.",
            )
        return
    unknown = sorted(set(codes) - set(lookup.table["area_code"]))
    missing = missing_areas(codes, lookup, own)
    if unknown and len(missing):
        raise GeoError(
            f"{label}: {counted(len(unknown), 'area')} not in the lookup ({listed(unknown, 2)}), and of its wards "
            f"{counted(len(missing), 'area')} not in the table ({listed(sorted(missing['area_code']), 2)}). "
            "Are these areas of 2011 or 2021?",
            "Name the column with its year (lsoa11_code or lsoa21_code), and give a lookup for the same census.",
        )


def missing_areas(codes: pd.Series, lookup: Lookup, own: set[str]) -> pd.DataFrame:
    """Return the areas of the lookup that are not among ``codes``, in wards of which other areas are.

    With ``own`` (the wards of the map) only those wards count.
    """
    present = lookup.table["area_code"].isin(set(codes))
    touched = set(lookup.table.loc[present, "ward_code"])
    touched = touched & own if own else touched
    return lookup.table[~present & lookup.table["ward_code"].isin(touched)]


def _say_through_lookup(codes: pd.Series, used: set[str], lookup: Lookup, report: ReadReport) -> None:
    table = lookup.table[lookup.table["area_code"].isin(set(codes)) & lookup.table["ward_code"].isin(used)]
    report.choices.append(
        f"{counted(len(table), 'area')}{_of(lookup.from_vintage)} joined to {counted(len(used), 'ward')}"
        f"{_of(lookup.to_vintage)} through the lookup: best fit, not exact."
    )
    unknown = sorted(set(codes) - set(lookup.table["area_code"]))
    if unknown:
        report.warnings.append(f"{counted(len(unknown), 'area')} not in the lookup, left out: {listed(unknown)}.")
    missing = missing_areas(codes, lookup, used)
    if len(missing):
        wards = sorted(missing["ward_code"].unique())
        report.warnings.append(
            f"{counted(len(wards), 'ward')} covered only in part: the table lacks {counted(len(missing), 'area')} "
            f"of {listed(wards)}. Their numbers are too small."
        )


def _say_outside(
    codes: pd.Series, kinds: pd.Series, wards: gpd.GeoDataFrame | None, label: str, report: ReadReport
) -> None:
    if wards is None or codes.empty:
        return
    others = sorted(codes[kinds.isin(["ward", "other"])])
    if others:
        report.warnings.append(f"{counted(len(others), 'code')} of {label} not among the wards: {listed(others)}.")


def _no_ward(codes: pd.Series, kinds: pd.Series, wards: gpd.GeoDataFrame | None, label: str) -> GeoError:
    kind = kinds.mode().iloc[0] if len(kinds) else "other"
    if kind not in ("ward", "other"):
        return GeoError(
            f"{label}: its areas are of the kind {kind} ({listed(sorted(codes), 2)}), not wards.",
            "Give a lookup from these areas to wards (for LSOA: the ONS best-fit lookup)."
            if kind in ("LSOA", "OA", "MSOA")
            else "Wards or LSOA are needed: a district cannot be divided.",
        )
    own = [] if wards is None else sorted(wards["ward_code"].astype(str))
    return GeoError(
        f"{label}: none of its {counted(len(codes), 'ward')} ({listed(sorted(codes), 2)}) is among the wards given "
        f"({listed(own, 2)}).",
        "Wards of different years have different codes and boundaries. Use a table or boundaries of the same year, or "
        "a table by LSOA with a lookup.",
    )


def _of(year: int | None) -> str:
    return "" if year is None else f" of {year}"
