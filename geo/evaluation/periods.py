"""What changed since the last period: two counts of the same place, over as many months each."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import beta, binomtest, poisson

from geo.errors import GeoError

LEVEL = 0.95
_ROUNDING = 1e-9
MONTHS = 3
UP, DOWN, UNCLEAR = "more, beyond chance", "fewer, beyond chance", "no clear change"


def compare(now: ArrayLike, before: ArrayLike, *, level: float = LEVEL) -> pd.DataFrame:
    """Return the change from ``before`` to ``now`` for each pair of counts, over periods of equal length.

    Columns: ``now``, ``before``, ``ratio`` (now / before; NaN where there was nothing before), ``low`` and ``high``
    (exact limits), ``p_value`` (exact, two-sided: given the sum of both, each report is as likely in either period),
    ``change`` in words. Both counts 0: ratio NaN, p 1. The test takes reports as independent; repeated calls about one
    matter are not, so a p-value just under 0.05 says little. Source: Przyborowski & Wilenski 1940, Biometrika 31.
    """
    later, earlier = (np.asarray(counts, np.int64) for counts in (now, before))
    total = later + earlier
    tail = (1 - level) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(later > 0, beta.ppf(tail, later, earlier + 1), 0.0)
        high = np.where(earlier > 0, beta.ppf(1 - tail, later + 1, earlier), 1.0)
        ratio = np.where(earlier > 0, later / earlier, np.nan)
        odds = [np.where(share < 1, share / (1 - share), np.inf) for share in (low, high)]
    p = np.array([binomtest(int(k), int(n)).pvalue if n else 1.0 for k, n in zip(later, total, strict=True)])
    clear = p <= 1 - level
    words = np.where(clear & (later > earlier), UP, np.where(clear & (later < earlier), DOWN, UNCLEAR))
    return pd.DataFrame(
        {
            "now": later,
            "before": earlier,
            "ratio": ratio,
            "low": odds[0],
            "high": np.where(total > 0, odds[1], np.nan),
            "p_value": p,
            "change": words,
        }
    )


def latest_months(months: Sequence[str], length: int = MONTHS) -> tuple[list[str], list[str]]:
    """Return the last ``length`` months covered and as many before them; empty lists where there are not enough.

    ``months``: those the data cover, as YYYY-MM. The two periods must be without a gap and of one length: a month that
    is missing is unknown, and would look like a fall.
    """
    known = sorted(set(months))
    if len(known) < 2 * length:
        return [], []
    window = known[-2 * length :]
    first, last = (int(month[:4]) * 12 + int(month[5:7]) for month in (window[0], window[-1]))
    return (window[length:], window[:length]) if last - first == 2 * length - 1 else ([], [])


def change_by(
    incidents: pd.DataFrame, by: str, keys: Sequence[object], months: Sequence[str], *, length: int = MONTHS
) -> pd.DataFrame:
    """Return the change between the last ``length`` months and those before, one row for each of ``keys`` in order.

    ``incidents``: ``month`` and the column ``by`` (a ward code, a hot spot's rank). Columns: ``by``, then those of
    ``compare``; no rows where the months do not allow it (``latest_months``).
    """
    later, earlier = latest_months(months, length)
    if not later:
        return pd.DataFrame(columns=[by, "now", "before", "ratio", "low", "high", "p_value", "change"])
    counts = [
        incidents.loc[incidents["month"].isin(part), by].value_counts().reindex(list(keys), fill_value=0)
        for part in (later, earlier)
    ]
    table = compare(counts[0].to_numpy(), counts[1].to_numpy())
    table.insert(0, by, list(keys))
    return table


def e_test(k1: int, k2: int, n1: float = 1.0, n2: float = 1.0) -> float:
    """Return the p-value that two counts ``k1`` and ``k2`` over exposures ``n1`` and ``n2`` are of one rate, two-sided.

    The statistic is |k1/n1 - k2/n2| over its standard error with *separate* variances (a pooled one gives other values
    where exposures differ); p is the chance of one at least as large where both have the rate (k1 + k2) / (n1 + n2).
    Missing where both counts are 0: they tell nothing. Less cautious than the exact conditional test of ``compare``.

    Krishnamoorthy & Thomson 2004, doi 10.1016/S0378-3758(02)00408-1. Raises GeoError for negative counts or exposures.
    """
    if min(k1, k2) < 0 or not (n1 > 0 and n2 > 0):
        raise GeoError(f"E-test of {k1} and {k2} over {n1:g} and {n2:g}.", "Counts are 0 or more, exposures above 0.")
    if k1 + k2 == 0:
        return math.nan
    rate = (k1 + k2) / (n1 + n2)
    one, other = (_likely(rate * n) for n in (n1, n2))
    seen = _apart(np.array([k1]), np.array([k2]), n1, n2)[0, 0]
    extreme = _apart(one, other, n1, n2) >= seen * (1 - _ROUNDING)
    chance = poisson.pmf(one, rate * n1)[:, None] * poisson.pmf(other, rate * n2)
    return min(1.0, float(chance[extreme].sum()))


def _likely(mean: float) -> NDArray[np.int64]:
    """Return the counts that hold all but 1e-12 of a Poisson distribution."""
    low, high = poisson.ppf([1e-13, 1 - 1e-13], mean)
    return np.arange(max(int(low), 0), int(high) + 1)


def _apart(k1: NDArray[np.int64], k2: NDArray[np.int64], n1: float, n2: float) -> NDArray[np.float64]:
    """Return the statistic of the E-test for every pair, rows ``k1``; 0 where both are 0."""
    difference = np.abs(k1[:, None] / n1 - k2 / n2)
    error = np.sqrt(k1[:, None] / n1**2 + k2 / n2**2)
    return np.divide(difference, error, out=np.zeros(difference.shape), where=error > 0)
