"""Observed over expected: how many contacts an equal share would have been, and how sure one can be of the difference.

Everywhere: ``observed`` are contacts (people or events), ``population`` the residents of the same areas or communities,
one value a row. A Series gives a Series with its index; lists and arrays are numbered from 0.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, gammainc, gammaincinv

from geo.engagement.intervals import LEVEL, garwood
from geo.engagement.shrinkage import Prior, prior_for
from geo.errors import GeoError

Floats = NDArray[np.float64]
Column: TypeAlias = ArrayLike | pd.Series

SIMILAR = 0.8  # a participation-to-population ratio of 0.8 to 1.2 counts as similar


def expected_by_rate(observed: Column, population: Column) -> pd.Series:
    """Return the contacts each area would have had, had all residents been met at the same rate.

    Areas where nobody lives, or where residents or contacts are unknown, are left out of every sum and get NaN.
    """
    count, people = _columns(observed, population)
    people = people.where((people > 0) & count.notna())
    met = count.where(people.notna())
    return people * (met.sum() / people.sum()) if people.notna().any() else people


def expected_by_composition(observed: Column, population: Column, ward: Column | None = None) -> pd.Series:
    """Return the contacts each community would have had, had the ward's contacts followed its residents.

    One row a community, or a community in a ward with ``ward`` its ward. Observed over expected is then the
    participation-to-population ratio (PPR). Within one ward the same as ``expected_by_rate``; 0 where a ward has no
    contacts at all. NaN where nobody of that community lives, or contacts are unknown.
    """
    count, people = _columns(observed, population)
    if ward is None:
        return expected_by_rate(count, people)
    people = people.where((people > 0) & count.notna())
    place = pd.Series(np.asarray(ward), index=count.index)
    met = count.where(people.notna()).groupby(place).transform("sum")
    return met * people / people.groupby(place).transform("sum")


def expected_standardised(observed: Column, population: Column, ward: Column, community: Column) -> pd.Series:
    """Return the contacts of each ward, had each of its communities been met as often as everywhere (indirect).

    One row in is a community in a ward; one row out a ward, its index, sorted. A ward is then not called less engaged
    only because communities live there that are met less everywhere. Communities nobody belongs to are left out.
    Source: Breslow & Day 1987, Statistical Methods in Cancer Research II, ch. 2.
    """
    count, people = _columns(observed, population)
    people = people.where((people > 0) & count.notna())
    group = pd.Series(np.asarray(community), index=count.index)
    place = pd.Series(np.asarray(ward), index=count.index)
    rate = count.where(people.notna()).groupby(group).transform("sum") / people.groupby(group).transform("sum")
    return (people * rate).groupby(place).sum(min_count=1).rename_axis("ward_code")


def ratio(observed: Column, expected: Column, *, level: float = LEVEL) -> pd.DataFrame:
    """Return ``ratio`` (observed over expected), ``low`` and ``high``: exact limits, no strength borrowed.

    NaN where nothing was expected. With nothing observed the ratio and the low limit are 0, and the high limit says how
    little that means: 3.69 over expected, at 95%.
    """
    count, mean = _columns(observed, expected)
    low, high = garwood(count, mean, level=level)
    return pd.DataFrame({"ratio": count / mean.where(mean > 0), "low": low, "high": high}, index=count.index)


def limits(
    events: Column,
    expected_events: Column,
    programmes: Column,
    expected_programmes: Column,
    *,
    spread: float,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Return ``low`` and ``high`` of events over expected events, allowing for events that come in programmes.

    Within one family (communities of a kind, wards) the programmes share out one total, so a count is binomial: limits
    as Jeffreys has them (Brown, Cai & DasGupta 2001, doi 10.1214/ss/1009213286), of the count over ``spread``
    (``programmes.Programmes``), a little wider where programmes vary in size; then carried over to events. They hold
    the truth in about ``level`` of cases, where exact limits (``ratio``) hold it in more, and always the ratio seen.
    With nothing observed the low limit is 0. NaN where nothing was expected.
    """
    count, mean = _columns(programmes, expected_programmes)
    seen, due = _columns(events, expected_events)
    total = float(mean.sum()) / spread
    share = (mean.where(mean > 0) / mean.sum()).to_numpy()
    met, some, tail = count.to_numpy() / spread, (count > 0).to_numpy(), (1 - level) / 2
    edge = 0.5 / spread
    rest = np.maximum(total - met, 0.0)
    low = np.where(some, betaincinv(np.where(some, met + edge, 1.0), rest + 1 - edge, tail), 0.0) / share
    high = betaincinv(np.where(some, met + 1 - edge, 1.0), np.where(some, rest + edge, total), 1 - tail) / share
    # from programmes to events, by how long the programmes here are: half a usual one beside them, as in the limits,
    # else an area whose two programmes happened to be short would seem to be met less
    ratio_seen = (seen / due.where(due > 0)).to_numpy()
    usual = (count / mean.where(mean > 0)).to_numpy()
    longer = (np.where(some, ratio_seen / np.where(some, usual, 1.0), 0.0) * count + 0.5) / (count + 0.5)
    low, high = np.fmin(low * longer, ratio_seen), np.fmax(high * longer, ratio_seen)
    return pd.DataFrame({"low": low, "high": high}, index=count.index)


def posterior(
    observed: Column, expected: Column, *, threshold: float = 0.8, level: float = LEVEL, prior: Prior | None = None
) -> pd.DataFrame:
    """Return what is known of each rate (1: as many contacts as expected) after looking at its count and at the others.

    ``rate``: posterior mean; ``low``, ``high``: the interval that holds the rate with probability ``level``;
    ``probability_below``: that the rate is below ``threshold``. The prior is ``shrinkage.prior_for`` these areas, which
    says which it took, unless one is given. Give effective counts (``effective``) where contacts come in crowds. Rows
    with nothing expected, or unknown, are NaN and do not touch the others. Raises GeoError for a negative number, and
    for a threshold or level out of range.
    """
    if not threshold > 0:
        raise GeoError(f"threshold: {threshold:g} is not above 0.", "0.8 asks whether four fifths of a share was met.")
    if not 0 < level < 1:
        raise GeoError(f"level: {level:g} is not between 0 and 1.", "0.95 gives limits that hold 19 times in 20.")
    count, mean = _columns(observed, expected)
    taken = prior_for(count, mean) if prior is None else prior
    shape = count.to_numpy() + taken.shape
    scale = mean.where(mean > 0).to_numpy() + taken.rate
    tail = (1 - level) / 2
    return pd.DataFrame(
        {
            "rate": shape / scale,
            "low": gammaincinv(shape, tail) / scale,
            "high": gammaincinv(shape, 1 - tail) / scale,
            "probability_below": gammainc(shape, threshold * scale),
        },
        index=count.index,
    )


def clustering(sizes: Column) -> float:
    """Return phi: of how many people at an event one independent contact is made, at least 1.

    Forty people at one meeting are one decision to meet, not forty. With event sizes a, phi is the sum of a squared
    over the sum of a, the variance over the mean of a compound Poisson count; divide observed and expected people by
    it. NaN without events: take phi of all events of the reference then. Never estimate it from observed minus
    expected, which holds the real differences too.
    """
    people = np.asarray(sizes, np.float64)
    people = people[people > 0]
    return max(1.0, float((people**2).sum() / people.sum())) if len(people) else float("nan")


def scatter(observed: Column, expected: Column) -> float:
    """Return Pearson's chi-squared over its degrees of freedom: 1 where rates differ by chance alone, above: by more.

    A diagnostic to be shown, never a divisor: it holds the real differences, which are what is looked for. NaN with
    fewer than two areas of which something was expected.
    """
    count, mean = _columns(observed, expected)
    known = (mean > 0) & count.notna()
    if known.sum() < 2:
        return float("nan")
    return float(((count - mean) ** 2 / mean)[known].sum() / (known.sum() - 1))


def effective(observed: Column, expected: Column, phi: Column | float) -> pd.DataFrame:
    """Return ``observed`` and ``expected`` people over ``phi``: the independent contacts they stand for."""
    count, mean = _columns(observed, expected)
    each = phi.reindex(count.index) if isinstance(phi, pd.Series) else phi
    return pd.DataFrame({"observed": count / each, "expected": mean / each})


def _series(values: Any) -> pd.Series:
    return values.astype(float) if isinstance(values, pd.Series) else pd.Series(np.asarray(values, np.float64).ravel())


def _columns(first: Any, second: Any) -> tuple[pd.Series, pd.Series]:
    """Return both as Series of floats with the index of the one that has one. Two indexes must be the same."""
    one, two = _series(first), _series(second)
    if len(one) != len(two):
        raise ValueError(f"{len(one)} counts but {len(two)} to compare them with")
    if isinstance(first, pd.Series) and isinstance(second, pd.Series) and not first.index.equals(second.index):
        raise ValueError("the rows of the two columns are not the same")
    if (one < 0).any() or (two < 0).any():
        raise GeoError("A count is negative.", "Counts are 0 or more.")
    index = (
        first.index if isinstance(first, pd.Series) else second.index if isinstance(second, pd.Series) else one.index
    )
    return one.set_axis(index), two.set_axis(index)
