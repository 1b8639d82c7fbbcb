"""Reports and engagement together: where few report and few are met, and which hot spots outlast unequal reporting.

Reports are what people told the police. A ward with few reports and little engagement is unknown, not safe.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.engagement.columns import numbers
from geo.errors import GeoError

LOW_RATE, HIGH_RATE = 0.5, 1.0
_QUIET = 0.5  # of the middle ward's rate; a third of the wards is always the lowest third
FEWEST = 3  # terciles of fewer values say nothing


def reports_by_ward(incidents: pd.DataFrame, wards: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return by ward, by code: ward_code, population, incidents, incidents_per_1000 residents.

    ``incidents``: one row each, with ``ward_code`` (``geo.area.assign_wards``); those of other wards do not count. The
    rate is NaN where nobody lives or residents are unknown.
    """
    codes = pd.Index(sorted(wards["ward_code"]), dtype=object, name="ward_code")
    count = incidents["ward_code"].astype(object).value_counts().reindex(codes, fill_value=0).astype(int)
    people = numbers(wards, "population").set_axis(wards["ward_code"]).reindex(codes)
    rate = count / people.where(people > 0) * 1000
    found = {"population": people, "incidents": count, "incidents_per_1000": rate}
    return pd.DataFrame({name: values.to_numpy() for name, values in found.items()}, index=codes).reset_index()


def terciles(values: pd.Series) -> pd.Series:
    """Return the third of the known values each lies in: 0 lowest, 1, 2 highest (Int64, NA where unknown).

    A value's standing is the middle of the ranks it shares, and equal values are never parted: with n values, b of them
    below and e equal to it (itself counted), the class is the whole part of 3 (b + e/2) / n. All equal: all in the
    middle. Fewer than three known values: NA for all.
    """
    known = values.dropna()
    classes = pd.Series(pd.NA, index=values.index, dtype="Int64")
    if len(known) < FEWEST:
        return classes
    below = known.rank(method="min") - 1
    equal = known.groupby(known).transform("size")
    classes[known.index] = (3 * (2 * below + equal) // (2 * len(known))).astype("Int64")
    return classes


def bivariate(wards: pd.DataFrame, *, reports: str = "incidents_per_1000", engagement: str = "ratio") -> pd.DataFrame:
    """Return by ward, by code: ward_code, reports_class, engagement_class (0 low, 1, 2 high) and quiet_and_unheard.

    ``wards``: one row a ward, with its reports per 1,000 residents and its engagement ratio (met over expected). The
    classes are ``terciles`` of the wards given, so they compare them with each other and with nothing else.

    ``quiet_and_unheard``: few reports (lowest third and under half of the middle ward's rate, or none at all) and
    little engagement (lowest third and below what was expected, or none at all). It means that nobody knows: neither
    that the ward is safe nor that it is not. False where either number is unknown, as when no engagement was recorded
    anywhere.
    """
    ordered = wards.sort_values("ward_code", ignore_index=True)
    rate, met = numbers(ordered, reports), numbers(ordered, engagement)
    reports_class, engagement_class = terciles(rate), terciles(met)
    few = (reports_class.eq(0).fillna(False) & (rate < _QUIET * rate.median())) | rate.eq(0)
    little = (engagement_class.eq(0).fillna(False) & met.lt(1)) | met.eq(0)
    return pd.DataFrame(
        {
            "ward_code": ordered["ward_code"],
            "reports_class": reports_class,
            "engagement_class": engagement_class,
            "quiet_and_unheard": (few & little & rate.notna() & met.notna()).astype(bool),
        }
    )


def survive_reporting(
    counts: pd.DataFrame,
    *,
    top: int = 10,
    threshold: float | None = None,
    low: float = LOW_RATE,
    high: float = HIGH_RATE,
    runs: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Return which hot spots would still stand out if wards report at different rates.

    ``counts``: one row a hot spot and ward, columns ``hotspot`` (its rank or name), ``ward_code``, ``incidents``; as
    ``hotspot_counts`` makes them. Suppose a ward reports the share r of what happens, ``low`` <= r <= ``high``; then
    reported / r happened. **Stays in the top list**: fewer than ``top`` hot spots have more of these corrected
    incidents (equal ones both stay). **Stays above the threshold**: reported x ``low`` / r is at least ``threshold``:
    what would have been reported if its ward reported as little as the lowest rate.

    Two answers. *Worst case*: every ward the hot spot lies in reports at ``high``, every other at ``low``. *Draws*:
    ``runs`` times each ward gets a rate of its own, uniform between the two; ``share_*`` is the share of draws in which
    it stays. The seed decides the draws, whatever the order of the rows.

    Columns, by hot spot: hotspot, incidents, in_top (as reported), survives_top (worst case), share_top; and with a
    ``threshold`` above, survives_above, share_above. With no more than ``top`` hot spots all stay by definition. It is
    a test of the ranking of what was found; places nobody reported from are not in it. Source of the concern: Akpinar
    and others 2021, arXiv 2102.00128. Raises GeoError for rates out of order, and for fewer than one run or one place
    in the list.
    """
    if not 0 < low <= high <= 1:
        raise GeoError(f"Reporting rates from {low:g} to {high:g}.", "Give two shares above 0, at most 1, lower first.")
    if runs < 1 or top < 1:
        raise GeoError(f"runs {runs}, top {top}: at least 1 each.")
    table = counts.pivot_table("incidents", "hotspot", "ward_code", aggfunc="sum", fill_value=0, observed=True)
    table = table.sort_index()[sorted(table.columns)]
    reported = table.to_numpy(float)
    worst = np.where(reported > 0, high, low)  # row h: the rates of the wards in the worst case for hot spot h
    rates = np.random.default_rng(seed).uniform(low, high, (runs, reported.shape[1]))
    drawn = (1 / rates) @ reported.T
    happened = (1 / worst) @ reported.T
    itself = np.arange(len(reported))
    found = pd.DataFrame({"hotspot": table.index, "incidents": table.sum(axis=1).to_numpy()})
    found["in_top"] = _in_top(found["incidents"].to_numpy(float)[None, :], top)[0] if len(found) else False
    found["survives_top"] = _in_top(happened, top)[itself, itself]
    found["share_top"] = _in_top(drawn, top).mean(axis=0)
    if threshold is not None:
        found["above"] = found["incidents"] >= threshold
        found["survives_above"] = _at_least(low * happened[itself, itself], threshold)
        found["share_above"] = _at_least(low * drawn, threshold).mean(axis=0)
    return found


def hotspot_counts(incidents: pd.DataFrame) -> pd.DataFrame:
    """Return incidents by hot spot and ward: hotspot (rank), ward_code, incidents; those in no hot spot are left out.

    ``incidents``: as in ``HotspotResult.incidents``, with ``hotspot`` and ``ward_code``.
    """
    inside = incidents[incidents["hotspot"].notna()]
    return inside.groupby(["hotspot", "ward_code"], observed=True).size().rename("incidents").reset_index()


def _in_top(counts: NDArray[np.float64], top: int) -> NDArray[np.bool_]:
    """Return by row which columns have fewer than ``top`` others above them; a rounding error above is not above."""
    if counts.shape[1] <= top:
        return np.ones(counts.shape, dtype=bool)
    last = np.partition(counts, -top, axis=1)[:, -top][:, None]  # the count that is just in the list
    return _at_least(counts, last)


def _at_least(counts: NDArray[np.float64], limit: float | NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(counts >= limit * (1 - 1e-12))
