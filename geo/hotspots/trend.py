"""Is it rising, falling, or neither, and has it changed lately? Monthly counts, season allowed for."""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, ndtr, pdtr

from geo.errors import GeoError, counted, listed
from geo.hotspots.gi_star import benjamini_hochberg
from geo.hotspots.tally import Ints, crosstab

LEVEL = 0.05
# two whole years compare every month with itself
SEASONAL_FROM = 24
_FEWEST_VALUES = 4
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class MannKendall(NamedTuple):
    """``s``: later values above earlier ones less those below; its ``variance``; ``z``; two-sided ``p``, in (0, 1]."""

    s: int
    variance: float
    z: float
    p: float


class Trend(NamedTuple):
    """How a monthly count moves.

    ``direction``: rising, falling, no clear trend, or too short to say. ``p``: of the test named in ``method`` (NaN if
    too short). ``per_year``: how many more (or fewer) incidents *a month* each year adds: the median slope. ``months``:
    how many were compared. ``sentence``: all of it in words.
    """

    direction: str
    p: float
    per_year: float
    method: str
    months: int
    sentence: str


class Trends(NamedTuple):
    """Of each hot spot: ``direction`` (as in ``Trend``) and the ``p`` of its test, NaN if too short."""

    direction: list[str]
    p: NDArray[np.float64]


def mann_kendall(values: ArrayLike) -> MannKendall:
    """Return the Mann-Kendall test of values in the order of time: do later ones tend to be higher?

    Ties lower the variance; z is corrected for continuity. A missing value (NaN) is left out, never taken as zero.
    Constant values, and fewer than 4, give z 0 and p 1: so few can show nothing. Values that depend on those before
    them (a feud that runs on) make p too small. Mann 1945, doi 10.2307/1907187; Kendall 1975, Rank Correlation Methods.
    """
    given = _present(np.asarray(values, np.float64).ravel())
    s, variance = _score(given)
    return _test(s, variance) if len(given) >= _FEWEST_VALUES else MannKendall(s, variance, 0.0, 1.0)


def seasonal_kendall(counts: ArrayLike, months: Sequence[str]) -> MannKendall:
    """Return the seasonal Kendall test: each January compared with other Januaries only, and so on, then added up.

    ``months`` ("YYYY-MM") says when each count was taken, in any order. A busy summer is then no rise. Missing counts
    (NaN) are left out. With two years it asks no more than whether most months were above the same month a year
    earlier. Months are taken as independent; a spell that lasts many months makes p too small. Hirsch, Slack & Smith
    1982, doi 10.1029/WR018i001p00107. Raises GeoError for a month that cannot be read or comes twice.
    """
    series = _by_month(pd.Series(np.asarray(counts, np.float64).ravel(), index=list(months)))
    scores = [_score(values) for values in _seasons(series)]
    return _test(sum(s for s, _ in scores), sum(variance for _, variance in scores))


def monthly_counts(months: pd.Series, covered: Sequence[str]) -> pd.Series:
    """Return the number of incidents in each month of ``covered``, in the order of time.

    ``months``: the month ("YYYY-MM") of each incident. A covered month without incidents is 0. A month that is not
    covered is absent, because nothing is known of it; incidents in it are not counted. Raises GeoError for months that
    cannot be read.
    """
    wanted = sorted(set(covered))
    given = months.dropna().astype(str)
    refuse_unreadable([*wanted, *given.unique()])
    counts = given.value_counts().reindex(wanted, fill_value=0).astype("int64")
    return counts.rename("incidents").rename_axis("month")


def trend(counts: pd.Series, *, level: float = LEVEL) -> Trend:
    """Return where monthly ``counts`` (index "YYYY-MM", any order; see ``monthly_counts``) are going.

    By seasonal Kendall, from 24 covered months; below that it is too short to say, because a season alone looks like a
    rise or a fall. Rising or falling is said when p is below ``level``. ``per_year`` is the median of all slopes
    between the same months of two years (Sen 1968, doi 10.1080/01621459.1968.10480934).
    """
    series = _by_month(counts)
    count = len(series)
    if count < SEASONAL_FROM:
        said = f"Too short to say: {counted(count, 'month')} covered, and a trend needs at least {SEASONAL_FROM}."
        return Trend("too short to say", math.nan, math.nan, "none", count, said)
    test = seasonal_kendall(series.to_numpy(), list(series.index))
    per_year = _slope(_seasons(series), _seasons(pd.Series(_numbers(series.index), series.index)))
    direction = "no clear trend" if test.p >= level else "rising" if test.s > 0 else "falling"
    said = f"{_change(direction, per_year)} (seasonal Kendall, {count} months, {say_p(test.p)})."
    return Trend(direction, test.p, per_year, "seasonal Kendall", count, said)


def counts_by_month(label: Ints, month: pd.Series, covered: Sequence[str], count: int) -> Ints:
    """Return the incidents of each of ``count`` hot spots in each month of ``covered``, as ``monthly_counts`` does.

    ``label``: the hot spot of each incident, -1 for none; ``month``: its month. Shape (count, months in order of time).
    """
    wanted = sorted(set(covered))
    refuse_unreadable([*wanted, *month.dropna().astype(str).unique()])
    return crosstab(label, pd.Index(wanted, dtype="object").get_indexer(month).astype(np.int64), (count, len(wanted)))


def trends(counts: NDArray[Any], months: Sequence[str], *, level: float = LEVEL) -> Trends:
    """Return ``trend`` of many monthly counts at once: a row each, a column for each of ``months``, ordered by time.

    NaN is a month that is not covered. ``direction`` allows for the number of rows (Benjamini & Hochberg 1995): of
    those called rising or falling, at most ``level`` are so by chance. ``p`` is that of each row alone.
    """
    values = np.asarray(counts, np.float64)
    columns = pd.Series(range(len(months)), dtype="int64").groupby([month[5:] for month in sorted(months)]).indices
    scores = [_scores(values[:, own]) for own in columns.values()] or [(np.zeros(len(values)),) * 2]
    s, variance = (np.sum([score[part] for score in scores], axis=0) for part in (0, 1))
    told = (~np.isnan(values)).sum(axis=1) >= SEASONAL_FROM
    p = np.where(told, _probability(_z(s, variance)), np.nan)
    sure = benjamini_hochberg(p) < level
    names = np.where(sure, np.where(s > 0, "rising", "falling"), "no clear trend")
    return Trends(np.where(told, names, "too short to say").tolist(), p)


def changes(last: Ints, before: Ints, rest_last: Ints, rest_before: Ints) -> NDArray[np.float64]:
    """Return of each row the chance of a change at least as great if it moved as the rest does (Fisher's exact test).

    ``last``, ``before``: reports here in the last months and in as many before; ``rest_last``, ``rest_before``:
    elsewhere in the same months, so that a busy summer is no change. Two-sided: twice the smaller tail, at most 1.
    """
    here, lately, total = last + before, last + rest_last, last + before + rest_last + rest_before
    found = []
    for own, late, whole, seen in zip(here, lately, total, last, strict=True):
        possible = np.arange(max(0, own + late - whole), min(own, late) + 1)
        ways = -gammaln(possible + 1) - gammaln(own - possible + 1)
        ways -= gammaln(late - possible + 1) + gammaln(whole - own - late + possible + 1)
        chance = np.exp(ways - ways.max())
        tails = chance[possible >= seen].sum(), chance[possible <= seen].sum()
        found.append(min(1.0, 2 * min(tails) / chance.sum()))
    return np.array(found, np.float64)


def hot_months(counts: pd.Series, expected: float | pd.Series, *, level: float = 0.95) -> pd.Series:
    """Return for each month whether its count is above the ``level`` quantile of a Poisson count of ``expected``.

    ``expected``: what chance alone would put there in a month, one number or one for each month. At 0.95 up to one
    month in twenty is hot by chance alone. Returns booleans with the index of ``counts``. Raises GeoError for counts
    that are missing or negative (leave months that are not covered out) and for unusable ``expected`` or ``level``.
    """
    if isinstance(expected, pd.Series):
        expected = expected.reindex(counts.index)
    mean = np.broadcast_to(np.asarray(expected, np.float64), len(counts))
    count = counts.to_numpy(np.float64)
    if not (np.isfinite(count).all() and (count >= 0).all()):
        raise GeoError("counts: some are missing or negative.", "Leave out the months that are not covered.")
    if not (np.isfinite(mean).all() and (mean >= 0).all()):
        raise GeoError("expected: not a number of incidents for every month.", "Give 0 or more for each month counted.")
    if not 0 < level < 1:
        raise GeoError(f"level: {level:g} is not between 0 and 1.", "Try 0.95.")
    return pd.Series(is_hot(count, mean, level=level), index=counts.index, name="hot")


def is_hot(count: NDArray[np.float64], mean: NDArray[np.float64], *, level: float = 0.95) -> NDArray[np.bool_]:
    """Return which counts are above the ``level`` quantile of a Poisson count of ``mean``; NaN is not."""
    # above the quantile: even one fewer would already reach the level
    return (count >= 1) & (pdtr(np.maximum(np.nan_to_num(count) - 1, 0), mean) >= level)


def say_p(p: float) -> str:
    """Return a p-value as sentences write it: ``p = 0.03``, ``p < 0.001``."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.01 else f"p = {p:.2f}"


def say_month(month: str) -> str:
    """Return ``2025-04`` as ``April 2025``."""
    return f"{calendar.month_name[int(month[5:])]} {month[:4]}"


def month_number(month: str) -> int:
    """Return months since year 0, so that January follows December by 1."""
    return int(month[:4]) * 12 + int(month[5:]) - 1


def _change(direction: str, per_year: float) -> str:
    if direction == "no clear trend":
        return "No clear trend"
    amount = f"{abs(per_year):.1f}".removesuffix(".0")
    return (
        f"{direction.capitalize()} by {'under 0.1' if amount == '0' else f'about {amount}'} reports a month each year"
    )


def _score(values: NDArray[np.float64]) -> tuple[int, float]:
    s, variance = _scores(values[None, :])
    return int(s[0]), float(variance[0])


def _scores(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Mann-Kendall's S and its variance for each row of ``values``; NaN is left out."""
    first, second = np.triu_indices(values.shape[1], 1)
    s = np.nan_to_num(np.sign(values[:, second] - values[:, first])).sum(axis=1)
    given = ~np.isnan(values)
    n = given.sum(axis=1)
    # how many are equal to each value; each of a tie of t takes its part of t (t - 1) (2 t + 5)
    equal = (values[:, :, None] == values[:, None, :]).sum(axis=2)
    ties = np.where(given, (equal - 1) * (2 * equal + 5), 0).sum(axis=1)
    return s, (n * (n - 1) * (2 * n + 5) - ties) / 18


def _test(s: int, variance: float) -> MannKendall:
    z = _z(np.array([s]), np.array([variance]))
    return MannKendall(s, variance, float(z[0]), float(_probability(z)[0]))


def _z(s: NDArray[Any], variance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return S over its standard deviation, corrected for continuity; 0 where S or the variance is."""
    told = (s != 0) & (variance > 0)
    return np.where(told, (s - np.sign(s)) / np.sqrt(np.where(told, variance, 1)), 0.0)


def _probability(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the two-sided p-value; for very long series the normal tail underflows, and a p-value is never 0."""
    return np.maximum(np.minimum(1.0, 2 * ndtr(-np.abs(z))), 5e-324)


def _slope(values: Iterable[NDArray[np.float64]], numbers: Iterable[NDArray[np.float64]]) -> float:
    """Return the median slope within the groups, per twelve months."""
    slopes = []
    for value, number in zip(values, numbers, strict=True):
        first, second = np.triu_indices(len(value), 1)
        slopes.append((value[second] - value[first]) / (number[second] - number[first]) * 12)
    every = np.concatenate(slopes)
    return float(np.median(every)) if len(every) else math.nan


def _seasons(series: pd.Series) -> list[NDArray[np.float64]]:
    return [group.to_numpy(np.float64) for _, group in series.groupby(series.index.str[5:])]


def _numbers(months: Iterable[str]) -> NDArray[np.float64]:
    return np.array([month_number(month) for month in months], np.float64)


def _by_month(counts: pd.Series) -> pd.Series:
    """Return the counts that are there, by month, in the order of time."""
    names = [str(month) for month in counts.index]
    refuse_unreadable(names)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise GeoError(f"months: {listed(twice)} given more than once.", "Give one count for each month.")
    series = pd.Series(counts.to_numpy(np.float64), index=pd.Index(names, dtype="str")).sort_index()
    _present(series.to_numpy())
    return series.dropna()


def refuse_unreadable(months: Iterable[str]) -> None:
    """Raise GeoError for months that are not written as YYYY-MM."""
    bad = sorted({month for month in months if not _MONTH.fullmatch(month)})
    if bad:
        raise GeoError(f"months: {listed(bad)} cannot be read as YYYY-MM.", "Write April 2025 as 2025-04.")


def _present(values: NDArray[np.float64]) -> NDArray[np.float64]:
    if np.isinf(values).any():
        raise GeoError("counts: some are infinite.", "Leave out what is not known; NaN is taken as missing.")
    return values[~np.isnan(values)]
