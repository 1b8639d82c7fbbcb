"""What changed between two periods, place by place, with the town's own change as the reference.

A ward that fell with the whole town did not change; one of fifty wards always seems to. So each place is compared with
everything else in the same two periods, and its p-value is corrected for how many were looked at. Reports come in
bursts: how much months scatter more than independent reports would is measured, and widens every limit and p-value.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import beta, false_discovery_control, fisher_exact

from geo.crs import require_metric
from geo.errors import GeoError, counted, listed
from geo.evaluation.periods import e_test

Floats = NDArray[np.float64]

LEVEL = 0.95
FALSE_SHARE = 0.05
FEWEST = 5
FELL, ROSE, ALIKE, TOO_FEW = "fell against the town", "rose against the town", "as the town", "too few to tell"
COLUMNS = (
    "name",
    "before",
    "after",
    "ratio",
    "low",
    "high",
    "expected",
    "against_town",
    "against_low",
    "against_high",
    "p_alone",
    "p_value",
    "q_value",
    "change",
)


class Changes(NamedTuple):
    """``table``: one row a place, see ``changes``. ``town``: (before, after) of everything. ``dispersion``: variance of
    monthly counts over what independent reports give, never under 1. ``sentences``: what changed, in words."""

    table: pd.DataFrame
    town: tuple[int, int]
    dispersion: float
    sentences: list[str]


def changes(
    reports: pd.DataFrame,
    places: pd.DataFrame,
    by: str,
    before: Sequence[str],
    after: Sequence[str],
    *,
    names: Mapping[str, str],
    noun: str = "place",
    what: str = "reports",
    chosen_from: Sequence[str] = (),
    false_share: float = FALSE_SHARE,
) -> Changes:
    """Return how each place changed, and which of them changed otherwise than the town.

    ``reports``: everything in the study area, one row each, with ``month``. ``places``: ``month`` and ``by`` (a ward's
    code, a hot spot's id, a community), one row for each report and place it is in: the same frame, or that of
    ``inside``. ``names``: {place: name}, all that are compared, whether anything was reported there or not. ``noun``,
    ``what``: how sentences call a place, and what is counted. ``chosen_from``: the months by which places were chosen.
    ``false_share``: how much of what is called a change may be chance, on average.

    Columns of the table, in the order of ``names`` (its index): ``name``; ``before``, ``after``; ``ratio`` a month,
    with exact limits ``low`` and ``high`` (conditional binomial); ``expected``: after, had it gone as everything else;
    ``against_town``: the ratio over that of everything else, with limits; ``p_alone``: E-test of the two counts by
    themselves; ``p_value``: Fisher's exact test against everything else; ``q_value``: the same corrected for the number
    of places (Benjamini-Hochberg); ``change``: in words. Limits and p against the town are widened by the dispersion.
    Missing where both counts are 0.

    Raises GeoError for a period without months, months in both, or none of a period in the reports.
    """
    _check(reports, before, after)
    months = [*sorted(set(before)), *sorted(set(after))]
    lengths = (len(set(before)), len(set(after)))
    town = reports["month"].value_counts().reindex(months, fill_value=0).to_numpy(np.float64)
    counts = pd.crosstab(places[by], places["month"]).reindex(index=list(names), columns=months, fill_value=0)
    monthly = counts.to_numpy(np.float64)
    dispersion = _dispersion(monthly, town, lengths[0])
    pairs = _pairs(monthly, lengths[0])
    whole = _pairs(town[None], lengths[0])[0]
    table = pd.DataFrame({"name": list(names.values())}, index=pd.Index(list(names), name=by))
    table[["before", "after"]] = pairs.astype(np.int64)
    table = table.assign(**_own(pairs, lengths), **_against(pairs, whole - pairs, dispersion))
    table["p_alone"] = [e_test(int(a), int(b), *map(float, lengths)) for b, a in pairs[:, ::-1]]
    known = table["p_value"].notna()
    table["q_value"] = np.nan
    if known.any():
        table.loc[known, "q_value"] = false_discovery_control(table.loc[known, "p_value"])
    table["change"] = _words(table, false_share)
    made = Changes(table[list(COLUMNS)], (int(whole[0]), int(whole[1])), dispersion, [])
    told = _sentences(made, before, after, noun=noun, what=what, chosen_from=chosen_from, false_share=false_share)
    return made._replace(sentences=[*told])


def inside(reports: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return ``month`` and ``hotspot_id`` of each report in each place's ground; one in two grounds is in both."""
    require_metric(reports, "reports")
    require_metric(places, "places")
    place, report = shapely.STRtree(reports.geometry.to_numpy()).query(
        places.geometry.to_numpy(), predicate="intersects"
    )
    return pd.DataFrame(
        {"month": reports["month"].to_numpy()[report], "hotspot_id": places["hotspot_id"].to_numpy()[place]}
    )


def same_months_before(months: Sequence[str], after: Sequence[str]) -> list[str]:
    """Return the same months a year before ``after``, those that ``months`` cover; GeoError where one is missing."""
    wanted = [f"{int(month[:4]) - 1:04d}{month[4:]}" for month in sorted(set(after))]
    missing = sorted(set(wanted) - set(months))
    if missing:
        raise GeoError(
            f"before: the data do not cover {listed(missing, 3)}, the same months a year earlier.",
            "Bring the year before, or name another period.",
        )
    return wanted


def _check(reports: pd.DataFrame, before: Sequence[str], after: Sequence[str]) -> None:
    for name, months in (("before", before), ("after", after)):
        if not len(months):
            raise GeoError(f"{name}: no month.", "Give months as 2025-03.")
        if not reports["month"].isin(list(months)).any():
            raise GeoError(f"{name}: nothing is reported in {listed(sorted(set(months)), 3)}.", "Give covered months.")
    shared = sorted(set(before) & set(after))
    if shared:
        raise GeoError(f"Periods overlap: {listed(shared, 3)} in both.", "A month is before or after.")


def _pairs(monthly: Floats, length: int) -> Floats:
    return np.column_stack((monthly[:, :length].sum(axis=1), monthly[:, length:].sum(axis=1)))


def _dispersion(monthly: Floats, town: Floats, length: int) -> float:
    """Return how much places' months scatter about their share of the town's, over what independent reports give."""
    total, degrees = 0.0, 0
    for part in (slice(None, length), slice(length, None)):
        own, whole = monthly[:, part], town[part]
        if whole.sum() and own.shape[1] > 1:
            expected = own.sum(axis=1, keepdims=True) * whole / whole.sum()
            some = expected > 0
            total += float(((own - expected)[some] ** 2 / expected[some]).sum())
            degrees += int((own.sum(axis=1) > 0).sum()) * (int((whole > 0).sum()) - 1)
    return max(total / degrees, 1.0) if degrees else 1.0


def _own(pairs: Floats, lengths: tuple[int, int]) -> dict[str, Floats]:
    """Return the ratio of each place a month, with exact limits."""
    before, after = pairs.T
    tail, longer = (1 - LEVEL) / 2, lengths[0] / lengths[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(after > 0, beta.ppf(tail, after, before + 1), 0.0)
        high = np.where(before > 0, beta.ppf(1 - tail, after + 1, before), 1.0)
        odds = [np.where(share < 1, share / (1 - share), np.inf) * longer for share in (low, high)]
        ratio = np.where(before > 0, after / before * longer, np.nan)
    nothing = before + after == 0
    return {"ratio": ratio, "low": np.where(nothing, np.nan, odds[0]), "high": np.where(nothing, np.nan, odds[1])}


def _against(pairs: Floats, rest: Floats, dispersion: float) -> dict[str, Floats]:
    """Return each place's change over that of everything else, with limits and p, widened by the dispersion."""
    (before, after), (others_before, others_after) = pairs.T, rest.T
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.where(others_before > 0, before * others_after / others_before, np.nan)
        against = np.where(expected > 0, after / expected, np.nan)
        # half a report added to each: limits exist where a count is 0
        halves = [counts + 0.5 for counts in (after, others_before, before, others_after)]
        middle = np.log(halves[0] * halves[1] / halves[2] / halves[3])
        reach = ndtri((1 + LEVEL) / 2) * np.sqrt(dispersion * sum(1 / half for half in halves))
    p = np.array([_fisher(*one) for one in zip(after, before, others_after, others_before, strict=True)])
    nothing = (before + after == 0) | (others_before + others_after == 0)
    return {
        "expected": expected.round(1),
        "against_town": against,
        "against_low": np.where(nothing, np.nan, np.exp(middle - reach)),
        "against_high": np.where(nothing, np.nan, np.exp(middle + reach)),
        "p_value": np.where(nothing, np.nan, _widened(p, dispersion)),
    }


def _fisher(after: float, before: float, others_after: float, others_before: float) -> float:
    return float(fisher_exact([[int(after), int(before)], [int(others_after), int(others_before)]]).pvalue)


def _widened(p: Floats, dispersion: float) -> Floats:
    """Return p-values of the same z over the root of the dispersion; unchanged where that is 1."""
    if dispersion == 1:
        return p
    z = -ndtri(np.clip(p, 1e-300, 1) / 2)
    return np.asarray(np.minimum(2 * ndtr(-np.maximum(z, 0) / math.sqrt(dispersion)), 1.0))


def _words(table: pd.DataFrame, false_share: float) -> NDArray[np.object_]:
    few = table["before"] + table["after"] < FEWEST
    clear = table["q_value"].le(false_share) & ~few
    up = table["after"] > table["expected"]
    return np.select([few, clear & up, clear], [TOO_FEW, ROSE, FELL], ALIKE).astype(object)


def _in_per_cent(row: Any) -> str:
    """Return the change against the town in per cent; of a place that had none before there is no such number."""
    if not row.before:
        return "none before, so no percentage"
    low, high = 100 * (row.against_low - 1), 100 * (row.against_high - 1)
    return f"{100 * (row.against_town - 1):+.0f} %, between {low:+.0f} and {high:+.0f} %"


def _sentences(
    made: Changes,
    before: Sequence[str],
    after: Sequence[str],
    *,
    noun: str,
    what: str,
    chosen_from: Sequence[str],
    false_share: float,
) -> Iterator[str]:
    """Yield the town's change, what changed otherwise, and what to beware of."""
    table, (first, second) = made.table, made.town
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    longer = len(set(before)) / len(set(after))
    town = f"{100 * (second / first * longer - 1):+.0f} %" if first else "no comparison"
    a_month = " a month" if longer != 1 else ""
    yield f"All {what}: {first:,} before, {second:,} after ({town}{a_month})."
    changed = table[table["change"].isin([FELL, ROSE])]
    compared = int(table["q_value"].notna().sum())
    if changed.empty:
        yield f"None of {counted(compared, noun, many)} changed in a way that can be told from that."
    else:
        share = f"at most {false_share:.0%} of such are chance, on average"
        yield f"{len(changed)} of {counted(compared, noun, many)} changed otherwise ({share}):"
        for row in changed.sort_values(["q_value", "name"]).itertuples():
            yield (
                f"{row.name} {row.change.split()[0]}: {row.before:,} to {row.after:,}; {row.expected:,.0f} had it gone "
                f"as the rest ({_in_per_cent(row)})."
            )
    few = int((table["change"] == TOO_FEW).sum())
    if few:
        yield f"{counted(few, noun, many)} had fewer than {FEWEST} {what} in both periods: too few to tell."
    if made.dispersion > 1.1:
        yield f"Months scatter {made.dispersion:.1f} times as much as independent {what} would; limits allow for that."
    shared = set(chosen_from) & (set(before) | set(after))
    if shared & set(before):
        yield f"Months of the first period chose these {many}: they fall by themselves (regression to the mean)."
    elif shared:
        yield f"Months of the second period chose these {many}: by that alone they seem to rise."
    if sorted(month[5:] for month in set(before)) != sorted(month[5:] for month in set(after)):
        yield "The periods are not the same months of the year: a season that places do not share looks like a change."
