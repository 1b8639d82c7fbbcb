"""Is it rising, falling, or neither, and is it hot month after month? Monthly counts, season allowed for."""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, pdtr

from geo.errors import GeoError, counted, listed
from geo.hotspots.tally import Ints, crosstab

LEVEL = 0.05
# two whole years compare every month with itself; one whole year at least shows each season once
SEASONAL_FROM, SHORTEST = 24, 12
_FEWEST_VALUES = 4
# lasting(): the least months, the share that is "nearly always", and the longest spell that still counts as new
_FEWEST_STEPS, _NEARLY_ALWAYS, _A_YEAR = 10, 0.9, 12
_SPELL, _ON_AND_OFF = 3, 3
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


class Lasting(NamedTuple):
    """``name``: new, persistent, intensifying, diminishing, sporadic, historical, no pattern; "" if refused.

    ``rule``: why, with the months counted, as a sentence; where ``name`` is "", the reason for the refusal.
    """

    name: str
    rule: str


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
    _refuse_unreadable([*wanted, *given.unique()])
    counts = given.value_counts().reindex(wanted, fill_value=0).astype("int64")
    return counts.rename("incidents").rename_axis("month")


def trend(counts: pd.Series, *, level: float = LEVEL) -> Trend:
    """Return where monthly ``counts`` (index "YYYY-MM", any order; see ``monthly_counts``) are going.

    From 24 covered months: seasonal Kendall. From 12 to 23: Mann-Kendall over the months, and the sentence warns that
    season may be the whole of it. Below 12: too short to say. Rising or falling is said when p is below ``level``.
    ``per_year`` is the median of all slopes between two months (Sen 1968, doi 10.1080/01621459.1968.10480934), with
    seasonal Kendall between the same months of two years.
    """
    series = _by_month(counts)
    count = len(series)
    if count < SHORTEST:
        return Trend(
            "too short to say",
            math.nan,
            math.nan,
            "none",
            count,
            f"Too short to say: {counted(count, 'month')} covered, and a trend needs at least {SHORTEST}.",
        )
    if count >= SEASONAL_FROM:
        method = "seasonal Kendall"
        test = seasonal_kendall(series.to_numpy(), list(series.index))
        per_year = _slope(_seasons(series), _seasons(pd.Series(_numbers(series.index), series.index)))
        season = ""
    else:
        method = "Mann-Kendall"
        test = mann_kendall(series.to_numpy())
        per_year = _slope([series.to_numpy(np.float64)], [_numbers(series.index)])
        season = " Less than two years: this may be no more than the season."
    direction = "no clear trend" if test.p >= level else "rising" if test.s > 0 else "falling"
    said = f"{_change(direction, per_year)} ({method}, {count} months, {say_p(test.p)}).{season}"
    return Trend(direction, test.p, per_year, method, count, said)


def counts_by_month(label: Ints, month: pd.Series, covered: Sequence[str], count: int) -> Ints:
    """Return the incidents of each of ``count`` hot spots in each month of ``covered``, as ``monthly_counts`` does.

    ``label``: the hot spot of each incident, -1 for none; ``month``: its month. Shape (count, months in order of time).
    """
    wanted = sorted(set(covered))
    _refuse_unreadable([*wanted, *month.dropna().astype(str).unique()])
    return crosstab(label, pd.Index(wanted, dtype="object").get_indexer(month).astype(np.int64), (count, len(wanted)))


def trends(counts: NDArray[Any], months: Sequence[str], *, level: float = LEVEL) -> Trends:
    """Return ``trend`` of many monthly counts at once: a row each, a column for each of ``months``, ordered by time."""
    values = np.asarray(counts, np.float64)
    if len(months) < SHORTEST:
        return Trends(["too short to say"] * len(values), np.full(len(values), np.nan))
    season = [month[5:] for month in sorted(months)] if len(months) >= SEASONAL_FROM else [""] * len(months)
    columns = pd.Series(range(len(months))).groupby(season).indices.values()
    scores = [_scores(values[:, own]) for own in columns]
    s, variance = (np.sum([score[part] for score in scores], axis=0) for part in (0, 1))
    p = _probability(_z(s, variance))
    names = np.where(p >= level, "no clear trend", np.where(s > 0, "rising", "falling"))
    return Trends(names.tolist(), p)


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
    # above the quantile: even one fewer would already reach the level
    hot = (count >= 1) & (pdtr(np.maximum(count - 1, 0), mean) >= level)
    return pd.Series(hot, index=counts.index, name="hot")


def lasting(hot: pd.Series, direction: str) -> Lasting:
    """Return what kind of hot spot it has been, month by month: the classes of emerging hot spots, for months.

    ``hot``: booleans (``hot_months``) by month "YYYY-MM", covered months only, in any order; ``direction`` of its
    counts (``trend``). The first rule that fits:

    - *new*: hot in the latest month and back to some month at most a year ago, never before;
    - *historical*: not hot in the latest tenth of the months (at least one) though in 90% of all; or hot for three
      months running once, and in none of the latest twelve;
    - *persistent*: hot in 90% of the months, or in every one of more than the latest twelve; then *intensifying* or
      *diminishing* if the trend is rising or falling;
    - *sporadic*: hot in at least three months, in spells with pauses between, the last of them within twelve months;
    - *no pattern*: anything else, and never hot.

    ArcGIS Pro's Emerging Hot Spot Analysis gave the idea; it has also cold spots, and other thresholds. Months on both
    sides of a gap count as neighbours. Fewer than 10 months: refused, name "".
    """
    steps = _by_month(hot.astype(float)) > 0
    n, total = len(steps), int(steps.sum())
    if n < _FEWEST_STEPS:
        return Lasting("", f"{counted(n, 'month')} covered: at least {_FEWEST_STEPS} are needed to say how it lasts.")
    if not total:
        return Lasting("no pattern", f"Hot in none of {n} months.")
    is_hot = steps.to_numpy()
    starts = np.flatnonzero(is_hot & ~np.append(False, is_hot[:-1]))
    ends = np.flatnonzero(is_hot & ~np.append(is_hot[1:], False))
    last = say_month(str(steps.index[ends[-1]]))
    run = n - int(starts[-1]) if is_hot[-1] else 0
    always = total >= _NEARLY_ALWAYS * n
    quiet = n - 1 - int(ends[-1])
    share = f"in {total} of {n} months"
    if run == total and run <= _A_YEAR and not always:
        since = f"in {last}" if run == 1 else f"in every month since {say_month(str(steps.index[starts[-1]]))}"
        return Lasting("new", f"Hot {since}, never before ({share}).")
    had_spell = bool((ends - starts + 1 >= _SPELL).any())
    if (always and quiet >= max(1, n // 10)) or (had_spell and quiet >= _A_YEAR):
        return Lasting("historical", f"Hot {share}, but not since {last}.")
    if always or run > _A_YEAR:
        name = {"rising": "intensifying", "falling": "diminishing"}.get(direction, "persistent")
        lately = "" if always else f", and in every one of the latest {run}"
        return Lasting(name, f"Hot {share}{lately}; counts: {direction}.")
    if total >= _ON_AND_OFF and len(starts) > 1 and quiet < _A_YEAR:
        return Lasting("sporadic", f"Hot on and off: {share}, in {len(starts)} spells, last in {last}.")
    return Lasting("no pattern", f"Hot {share}, last in {last}: no rule of lasting hot spots fits.")


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
    """Return Mann-Kendall's S and its variance for each row of ``values``."""
    n = values.shape[1]
    first, second = np.triu_indices(n, 1)
    s = np.sign(values[:, second] - values[:, first]).sum(axis=1)
    # how many are equal to each value; each of a tie of t takes its part of t (t - 1) (2 t + 5)
    equal = (values[:, :, None] == values[:, None, :]).sum(axis=2)
    ties = ((equal - 1) * (2 * equal + 5)).sum(axis=1)
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
    _refuse_unreadable(names)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise GeoError(f"months: {listed(twice)} given more than once.", "Give one count for each month.")
    series = pd.Series(counts.to_numpy(np.float64), index=pd.Index(names, dtype="str")).sort_index()
    _present(series.to_numpy())
    return series.dropna()


def _refuse_unreadable(months: Iterable[str]) -> None:
    bad = sorted({month for month in months if not _MONTH.fullmatch(month)})
    if bad:
        raise GeoError(f"months: {listed(bad)} cannot be read as YYYY-MM.", "Write April 2025 as 2025-04.")


def _present(values: NDArray[np.float64]) -> NDArray[np.float64]:
    if np.isinf(values).any():
        raise GeoError("counts: some are infinite.", "Leave out what is not known; NaN is taken as missing.")
    return values[~np.isnan(values)]
