"""At which hours of the week, and in which months: the rhythm of incidents, where the data can tell it at all."""

from __future__ import annotations

import calendar
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import pdtrc, rel_entr

from geo.crs import LOCAL
from geo.errors import GeoError, counted
from geo.hotspots.tally import Ints
from geo.hotspots.trend import SEASONAL_FROM, month_number

DAYS = tuple(calendar.day_name)
_HOURS = 168
# intervals cut into hours at once: at most 1.7 million slices
_AT_ONCE = 10_000
# above this share of starts at exactly 00:00 the times are no times
_NO_TIMES = 0.9
# 00:00 or 12:00 is suspect if it holds this many times what other full hours do, and this share of the rows
_TIMES_THE_USUAL, _WORTH_SAYING = 3, 0.01
# peaks(): the longest block on one day, the least times as busy as the rest, and how sure that it is not chance
_LONGEST, _BUSIER, _CHANCE = 12, 1.5, 0.05
_MOST_HOURS = 28
# ... and the fewest incidents of which percentages are worth saying
_FEWEST = 20
# runs of four days and more begin on these, so that nobody reads of "Wednesday to Monday"
_FIRST_DAYS = {4: (0, 3), 5: (0,), 6: (0,), 7: (0,)}
# season(): a month is busy from this much above its year's mean
_BUSY_MONTH = 1.2


class Profile(NamedTuple):
    """When in the week incidents happen.

    ``hours``: shape (7, 24), Monday first; what each hour holds; adds up to the weight of the rows used. ``used``:
    rows. ``undated``: rows without a date; ``backwards``: rows that end before they begin; neither is used.
    ``over_a_week``: rows used that last longer than 168 hours, which say nothing of the hour. ``at_midnight``,
    ``at_noon``: share of the rows used that begin at exactly 00:00 or 12:00. ``warning``: "" or why to doubt the hours.
    """

    hours: NDArray[np.float64]
    used: int
    undated: int
    backwards: int
    over_a_week: int
    at_midnight: float
    at_noon: float
    warning: str
    sentence: str


class Peak(NamedTuple):
    """A block of the week: on each of ``days`` from ``from_hour`` to ``to_hour`` (up to, not including it).

    Where ``to_hour`` is not above ``from_hour`` it runs past midnight, and ``days`` are those on which it begins.
    ``share``: of all incidents; ``week_share``: of the week's hours; 0-1.
    """

    days: tuple[str, ...]
    from_hour: int
    to_hour: int
    share: float
    week_share: float
    sentence: str


class Season(NamedTuple):
    """``busiest``: months by name, none if no month stands out or it cannot be told; ``sentence``: which it is."""

    busiest: tuple[str, ...]
    sentence: str


def refusal(incidents: pd.DataFrame) -> str | None:
    """Return why no hour of the day can be told from ``incidents``, or None if it can."""
    if "occurred_from" not in incidents or incidents["occurred_from"].isna().all():
        return "Only the month of each incident is known: neither weekday nor hour can be told."
    begun = pd.to_datetime(incidents["occurred_from"]).dropna()
    dateless = float((begun == begun.dt.normalize()).mean())
    if dateless > _NO_TIMES:
        return (
            f"{dateless:.0%} of incidents are at exactly 00:00: these are days without times. Weekdays only, no hours."
        )
    return None


def week_profile(
    occurred_from: pd.Series,
    occurred_to: pd.Series | None = None,
    weights: ArrayLike | None = None,
    *,
    zone: str = LOCAL,
) -> Profile:
    """Return the 168 hours of the week with the share of each incident that may have fallen into them.

    ``occurred_from``, ``occurred_to``: local time of ``zone``; an incident between the two is spread evenly over the
    time that passed, so an hour that the clocks skipped holds nothing and one that they repeated holds twice as much.
    Of the two readings of a repeated hour the first is taken. Without an end the hour of the beginning holds it all.
    Longer than 168 hours: 1/168 everywhere. An end before the beginning: not used, counted. ``weights``: one for each
    row, default 1.

    Ratcliffe 2000, doi 10.1080/136588100424963. Raises GeoError if no row has a date, or for unusable weights; ask
    ``refusal`` first, because a file of days without times would put everything at midnight.
    """
    begun = _local(occurred_from, zone)
    ended = begun.copy() if occurred_to is None else _local(occurred_to, zone).where(lambda given: given.notna(), begun)
    weight = np.ones(len(begun)) if weights is None else np.asarray(weights, np.float64)
    if weight.shape != (len(begun),) or not (np.isfinite(weight).all() and (weight >= 0).all()):
        raise GeoError("weights: one of 0 or more is needed for every row.", "Leave them out to count each row once.")
    if begun.isna().all():
        raise GeoError(
            "occurred_from: no row has a date, so no hour or weekday can be told.",
            "data.police.uk gives the month only; an extract with times can tell.",
        )
    cut = _cut(begun, ended, weight, np.zeros(len(begun), np.int64), 1, zone)
    undated, used = int(begun.isna().sum()), int(cut.used.sum())
    backwards = len(begun) - undated - used
    midnight, noon, warning = _defaults(begun[cut.used])
    said = (
        f"{counted(used, 'incident')} by hour of the week; {undated:,} without a date and {backwards:,} ending before "
    )
    said += f"they begin are not counted; {cut.long:,} lasting over a week are spread over all hours."
    return Profile(cut.hours.reshape(7, 24), used, undated, backwards, cut.long, midnight, noon, warning, said)


class _Cut(NamedTuple):
    """Rows cut into hours of the week: shape (groups, 168), which rows are ``used``, how many last over a week."""

    hours: NDArray[np.float64]
    used: NDArray[np.bool_]
    long: int


def _cut(begun: pd.Series, ended: pd.Series, weight: NDArray[np.float64], group: Ints, groups: int, zone: str) -> _Cut:
    hours = np.zeros(groups * _HOURS)
    at_once = (begun == ended).to_numpy()
    np.add.at(hours, group[at_once] * _HOURS + _hour_of_week(begun[at_once]), weight[at_once])
    lasts = np.flatnonzero(begun.notna().to_numpy() & ~at_once)
    start, end = _elapsing(begun.iloc[lasts], zone), _elapsing(ended.iloc[lasts], zone)
    forward = end > start
    long = forward & (end - start > _HOURS * 3600)
    everywhere = np.bincount(group[lasts[long]], weight[lasts[long]], minlength=groups) / _HOURS
    short = lasts[forward & ~long]
    _spread(hours, start[forward & ~long], end[forward & ~long], weight[short], group[short], zone)
    used = at_once.copy()
    used[lasts[forward]] = True
    # added up in another order the last digits differ; the order of rows must not
    table = (hours.reshape(groups, _HOURS) + everywhere[:, None]).round(9)
    return _Cut(table, used, int(long.sum()))


def peaks(profile: Profile, *, most_hours: int = _MOST_HOURS, most_blocks: int = 3) -> list[Peak]:
    """Return the few blocks of the week that hold far more than their share, the most striking first.

    A block is the same hours, at most 12, on days as people group them (one to three days running, Monday to Thursday,
    Friday or Saturday, Thursday to Sunday, every day); all blocks together have at most ``most_hours`` of the
    week's 168. Each is the one whose share is least likely if incidents fell evenly over the hours not yet taken
    (by the divergence of the two shares), at least half as busy again, and kept only if chance would bring any such
    block in fewer than 1 of 20 even weeks (Chernoff's bound, for all blocks looked at). Fewer than 20 incidents have no
    peak.
    """
    left = profile.hours.reshape(1, _HOURS).copy()
    total = float(left.sum())
    free = np.ones((1, _HOURS), np.bool_)
    found: list[Peak] = []
    while profile.used >= _FEWEST and total > 0 and len(found) < most_blocks:
        block = _best_blocks(left, free, most_hours - int((~free).sum()), profile.used / total)[0]
        if block is None:
            break
        share = float(left[0, block.cells].sum() / total)
        free[0, block.cells] = False
        left[0, block.cells] = 0
        found.append(_peak(block, share))
    return found


def peaks_in_words(incidents: pd.DataFrame, label: Ints, count: int, *, zone: str = LOCAL) -> list[str | None]:
    """Return the first of ``peaks`` of each of ``count`` hot spots in words, None where there is none or no hours.

    ``label``: the hot spot of each incident. What ``refusal`` would say of one hot spot leaves it without a peak.
    """
    none: list[str | None] = [None] * count
    if "occurred_from" not in incidents or incidents["occurred_from"].isna().all():
        return none
    begun = _local(incidents["occurred_from"], zone)
    given = incidents.get("occurred_to")
    ended = begun if given is None else _local(given, zone).where(lambda times: times.notna(), begun)
    cut = _cut(begun, ended, np.ones(len(begun)), label, count, zone)
    dated, dateless, used = (
        np.bincount(label[rows], minlength=count)
        for rows in (begun.notna().to_numpy(), (begun == begun.dt.normalize()).to_numpy(), cut.used)
    )
    total = cut.hours.sum(axis=1)
    asked = np.flatnonzero((dateless <= _NO_TIMES * dated) & (used >= _FEWEST) & (total > 0))
    left = cut.hours[asked]
    best = _best_blocks(left, np.ones(left.shape, np.bool_), _MOST_HOURS, used[asked] / total[asked])
    for row, hours, block in zip(asked, left, best, strict=True):
        if block is not None:
            none[row] = _peak(block, float(hours[block.cells].sum() / hours.sum())).sentence.rstrip(".")
    return none


def season(counts: pd.Series) -> Season:
    """Return the busiest months of the year, from monthly ``counts`` (index "YYYY-MM", covered months only).

    Years are runs of twelve covered months one after another; what is left over is not used. Each year has its own
    mean, so that a trend is no season. A month is busy if it is 20% above its year's mean on average, above it in
    every year, and, its highest year left out, still so high that chance makes one such among twelve even months less
    than once in 20 (Poisson): a season comes back, a burst does not. Fewer than 24 covered months, or no two such
    years: refused, and the sentence says so.
    """
    series = counts.dropna().sort_index()
    if len(series) < SEASONAL_FROM:
        return Season((), f"Season cannot be told from {counted(len(series), 'month')}: {SEASONAL_FROM} are needed.")
    years = _unbroken_years(series)
    if len(years) < 2:
        return Season((), "Season cannot be told: gaps leave no two unbroken years of months.")
    table = pd.DataFrame({year.index[0]: year.set_axis(year.index.str[5:]) for year in years}).sort_index()
    mean = table.mean()
    ratio = table / mean.clip(lower=1e-9)
    highest = ratio.to_numpy().argmax(axis=1)
    others = table.sum(axis=1) - table.to_numpy()[np.arange(12), highest]
    chance = pdtrc(np.maximum(others - 1, 0), mean.sum() - mean.to_numpy()[highest])
    above = ratio.mean(axis=1)
    busy = above[(above >= _BUSY_MONTH) & (ratio > 1).all(axis=1) & (chance < _CHANCE / 12)]
    names = tuple(calendar.month_name[int(month)] for month in busy.index)
    over = f"over {len(years)} years of months"
    if not names:
        return Season((), f"No month of the year stands out {over}.")
    return Season(names, f"Busiest {over}: {_listing(names)}, {busy.min() - 1:.0%} or more above the mean of the year.")


def _local(times: pd.Series, zone: str) -> pd.Series:
    """Return local times without a zone, to the second, numbered from 0."""
    if not (pd.api.types.is_datetime64_any_dtype(times) or times.isna().all()):
        raise GeoError(
            f"{times.name}: these are not dates with times.", "Read them as dates first; a month is no date."
        )
    given = pd.to_datetime(times).reset_index(drop=True)
    return (given if given.dt.tz is None else given.dt.tz_convert(zone).dt.tz_localize(None)).dt.as_unit("s")


def _elapsing(local: pd.Series, zone: str) -> NDArray[np.int64]:
    """Return local times as seconds that pass (UTC); a time the clocks skipped is the end of the gap."""
    first = np.ones(len(local), np.bool_)
    zoned = local.dt.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
    return zoned.dt.as_unit("s").astype("int64").to_numpy()


def _hour_of_week(local: pd.Series) -> NDArray[np.int64]:
    return (local.dt.day_of_week * 24 + local.dt.hour).to_numpy(np.int64)


def _spread(
    hours: NDArray[np.float64], start: Ints, end: Ints, weight: NDArray[np.float64], group: Ints, zone: str
) -> None:
    """Add intervals in seconds to ``hours`` (168 of each group in turn), cut at the full hours of the local clock."""
    clock = pd.to_datetime(pd.Series(start), unit="s").dt.tz_localize("UTC").dt.tz_convert(zone)
    past_hour = (clock.dt.minute * 60 + clock.dt.second).to_numpy(np.int64)
    full_hour = start - past_hour
    slices = -(-(end - full_hour) // 3600)
    for rows in np.array_split(np.arange(len(start)), len(start) // _AT_ONCE + 1):
        row = np.repeat(rows, slices[rows])
        number = np.arange(len(row)) - np.repeat(np.cumsum(slices[rows]) - slices[rows], slices[rows])
        since = full_hour[row] + 3600 * number
        until = np.minimum(since + 3600, end[row])
        since = np.maximum(since, start[row])
        local = pd.to_datetime(pd.Series(since), unit="s").dt.tz_localize("UTC").dt.tz_convert(zone)
        part = weight[row] * (until - since) / (end - start)[row]
        hours += np.bincount(group[row] * _HOURS + _hour_of_week(local), part, minlength=len(hours))


def _defaults(begun: pd.Series) -> tuple[float, float, str]:
    """Return the shares at 00:00 and 12:00, and a warning if they hold far more than other full hours."""
    if not len(begun):
        return 0.0, 0.0, ""
    exact = begun.dt.hour[(begun.dt.minute == 0) & (begun.dt.second == 0)]
    share = np.bincount(exact, minlength=24) / len(begun)
    usual = float(np.median(np.delete(share, [0, 12])))
    doubtful = [
        f"{share[hour]:.0%} at exactly {hour:02d}:00"
        for hour in (0, 12)
        if share[hour] >= _WORTH_SAYING and share[hour] > _TIMES_THE_USUAL * usual
    ]
    said = f"{' and '.join(doubtful)}: often what a system fills in when the time is not known." if doubtful else ""
    return float(share[0]), float(share[12]), said


class _Block(NamedTuple):
    """The hours from ``hour`` on, ``length`` of them, on ``days`` days from ``first`` on; ``cells``: their numbers."""

    first: int
    days: int
    hour: int
    length: int

    @property
    def cells(self) -> Ints:
        steps = np.arange(self.days)[:, None] * 24 + np.arange(self.length)
        return (24 * self.first + self.hour + steps.ravel()) % _HOURS


def _best_blocks(
    left: NDArray[np.float64], free: NDArray[np.bool_], most_hours: int, per_weight: NDArray[np.float64] | float
) -> list[_Block | None]:
    """Return of each row of 168 hours the block least likely by chance among its hours still free, None for none."""
    rest, hours_free = left.sum(axis=1), free.sum(axis=1)
    score, asked = np.zeros(len(left)), np.zeros(len(left), np.int64)
    best: list[_Block | None] = [None] * len(left)
    held = {length: _runs(left, length) for length in range(1, _LONGEST + 1)}
    is_free = {length: _runs(free, length) for length in held}
    for days in range(1, 8):
        starts = np.array([24 * day + hour for day in _FIRST_DAYS.get(days, range(7)) for hour in range(24)])
        for length in range(1, min(_LONGEST, most_hours // days) + 1):
            is_open = _on_days(is_free[length], days)[:, starts] == days * length
            asked += is_open.sum(axis=1)
            # rounded: what is added up in another order must not decide between equal blocks
            inside = _on_days(held[length], days)[:, starts].round(9)
            share = np.minimum(np.divide(inside, rest[:, None], where=rest[:, None] > 0, out=np.zeros_like(inside)), 1)
            even = np.minimum(days * length / np.maximum(hours_free, 1), 1)[:, None]
            far = rel_entr(share, even) + rel_entr(1 - share, 1 - even)
            likely = np.where(is_open & (share >= _BUSIER * even), far, 0)
            at = likely.argmax(axis=1)
            most = likely[np.arange(len(left)), at]
            for row in np.flatnonzero(most > score + 1e-9):
                best[row] = _Block(int(starts[at[row]]) // 24, days, int(starts[at[row]]) % 24, length)
            score = np.where(most > score + 1e-9, most, score)
    # P(a share this large) <= exp(-n x divergence), and no more than that times the blocks asked
    sure = score * rest * per_weight >= np.log(np.maximum(asked, 1) / _CHANCE)
    return [block if there else None for block, there in zip(best, sure, strict=True)]


def _runs(hours: NDArray[Any], length: int) -> NDArray[Any]:
    """Return what the ``length`` hours from each hour of the week on hold, round the end of the week."""
    sums = np.cumsum(np.concatenate((np.zeros((len(hours), 1)), hours, hours[:, :length]), axis=1), axis=1)
    return sums[:, length : length + _HOURS] - sums[:, :_HOURS]


def _on_days(runs: NDArray[Any], days: int) -> NDArray[Any]:
    """Return ``runs`` of as many days on end, added up."""
    return np.sum([np.roll(runs, -24 * day, axis=1) for day in range(days)], axis=0)


def _peak(block: _Block, share: float) -> Peak:
    days = tuple(DAYS[(block.first + more) % 7] for more in range(block.days))
    from_hour, to_hour, week_share = block.hour, (block.hour + block.length) % 24, block.days * block.length / _HOURS
    hours = f"{from_hour:02d}:00-{to_hour or 24:02d}:00"
    said = f"{_said_days(days)} {hours}: {share:.0%} of reports in {week_share:.0%} of the week."
    return Peak(days, from_hour, to_hour, share, week_share, said)


def _said_days(days: tuple[str, ...]) -> str:
    if len(days) == 7:
        return "Every day"
    return " and ".join(days) if len(days) < 3 else f"{days[0]} to {days[-1]}"


def _listing(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _unbroken_years(series: pd.Series) -> list[pd.Series]:
    """Return runs of twelve months one after another, from the first month on."""
    years, start = [], 0
    number = [month_number(month) for month in series.index]
    while start + 12 <= len(number):
        if number[start + 11] - number[start] == 11:
            years.append(series.iloc[start : start + 12])
            start += 12
        else:
            start += 1
    return years
