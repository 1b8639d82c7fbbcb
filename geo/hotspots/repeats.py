"""Again and again: repeat victims, repeat places, vulnerability, and near repeats in space and time (Knox)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from geo.errors import GeoError, counted
from geo.hotspots.tally import Ints, by_value, pairs

WINDOW_DAYS = 365
# pairs of incidents held at once by knox: about 500 MB
MOST_PAIRS = 10_000_000
_YES = {"yes", "y", "true", "1", "1.0"}
_NO = {"no", "n", "false", "0", "0.0"}


class RepeatVictims(NamedTuple):
    """Repeat victims at ``as_of``, by both rules; counts only, never who.

    ``incidents``: in the window, with a victim recorded; ``unattributed``: in the window without one. ``victims``:
    distinct. ``more_than_one``: victims with more than one incident in the window; ``three_or_more``: with three or
    more, who are counted in the first as well. ``incidents_of_repeats``: incidents of those with more than one.
    """

    as_of: date
    incidents: int
    unattributed: int
    victims: int
    more_than_one: int
    three_or_more: int
    incidents_of_repeats: int
    sentence: str


class RepeatPlaces(NamedTuple):
    """``places`` and ``incidents`` counted, ``unplaced`` rows without a place.

    ``share_2``, ``share_3``: of places, those with two (three) or more incidents, 0-1; ``share_beyond_first``: of
    incidents, those at a place that already had one, 0-1. NaN where there is no incident.
    """

    places: int
    incidents: int
    unplaced: int
    share_2: float
    share_3: float
    share_beyond_first: float
    sentence: str


class Vulnerability(NamedTuple):
    """Incidents marked as each kind, counted apart, never added up; None where the column is not there at all.

    ``incidents``: all. ``unreadable``: marks that are neither yes nor no, counted as not marked.
    """

    incidents: int
    personal: int | None
    situational: int | None
    incidental: int | None
    unreadable: int
    sentence: str


class Knox(NamedTuple):
    """``table``: one row for each bin of distance and days (see ``knox``); ``incidents``, ``pairs`` (all of them)."""

    table: pd.DataFrame
    incidents: int
    pairs: int
    permutations: int
    seed: int
    sentence: str


def repeat_victims(incidents: pd.DataFrame, *, as_of: date | None = None) -> RepeatVictims:
    """Return how many victims came back, by both rules in use: more than one in 12 months, and three or more in a year.

    ``incidents``: ``victim_ref`` (a pseudonym; blank where nobody is recorded) and ``occurred_from``. ``as_of``: the
    day asked about, by default that of the latest incident. An incident counts if it is 0 to 364 days old: 365 days,
    as_of included, time of day left out. Forces that never record a victim have no repeat victims, so the count is a
    floor. The result names nobody; what is small may still point at somebody, so it is for inside use.

    Raises GeoError without those columns, without a day, or where no row names a victim.
    """
    if "victim_ref" not in incidents:
        raise GeoError(
            "incidents: no column 'victim_ref', so repeat victims cannot be told.",
            "data.police.uk names no victims; an extract with a pseudonym for each can tell.",
        )
    day = _days(incidents, "repeat victims")
    victim = incidents["victim_ref"].astype("string").str.strip().replace("", pd.NA)
    if victim.isna().all():
        raise GeoError("incidents: no row has a victim_ref, so repeat victims cannot be told.", "Fill in the column.")
    latest = pd.Timestamp(as_of) if as_of is not None else day.max()
    age = (latest.normalize() - day).dt.days
    inside = (age >= 0) & (age < WINDOW_DAYS)
    calls = victim[inside].dropna().value_counts()
    total, more, three = len(calls), int((calls > 1).sum()), int((calls >= 3).sum())
    theirs = int(calls[calls > 1].sum())
    unattributed = int(inside.sum()) - int(calls.sum())
    said = (
        f"In the 365 days to {latest.day} {latest:%B %Y}, {more:,} of {counted(total, 'recorded victim')} had more "
        f"than one incident, and {three:,} had three or more; no victim is recorded for "
        f"{counted(unattributed, 'incident')}."
    )
    return RepeatVictims(latest.date(), int(calls.sum()), unattributed, total, more, three, theirs, said)


def repeat_places(place_ids: pd.Series, *, snapped: bool = False) -> RepeatPlaces:
    """Return how far incidents come back to the same places.

    ``place_ids``: the place of each incident, an address id or a position; missing where unknown. ``snapped``: the
    places are map points that stand for several addresses (data.police.uk), so the result speaks of repeat map points:
    one may be many homes, and says nothing about repeat victims.
    """
    calls = place_ids.value_counts()
    places, total = len(calls), int(calls.sum())
    noun = "map point" if snapped else "place"
    if not places:
        said = f"No incident has a {noun}."
        return RepeatPlaces(0, 0, len(place_ids), float("nan"), float("nan"), float("nan"), said)
    twice, thrice = int((calls >= 2).sum()), int((calls >= 3).sum())
    beyond = (total - places) / total
    said = (
        f"{twice:,} of {counted(places, noun)} ({twice / places:.0%}) had more than one incident, {thrice:,} three or "
        f"more; {beyond:.0%} of {counted(total, 'incident')} were at a {noun} that already had one."
    )
    if snapped:
        said += " A map point stands for several addresses: this is not repeat victimisation."
    return RepeatPlaces(places, total, len(place_ids) - total, twice / places, thrice / places, beyond, said)


def vulnerability(incidents: pd.DataFrame) -> Vulnerability:
    """Return how many incidents are marked for personal, situational and incidental vulnerability: three, never one.

    Columns ``personal``, ``situational``, ``incidental`` hold yes or no; blank is not marked, which may mean not asked.
    An incident can be in several. Raises GeoError if there is none of the three.
    """
    counts: dict[str, int | None] = {"personal": None, "situational": None, "incidental": None}
    unreadable = 0
    for name in counts:
        if name in incidents:
            marks = _marks(incidents[name])
            counts[name] = int(marks.isin(_YES).sum())
            unreadable += int((~marks.isin(_YES | _NO | {""})).sum())
    if all(count is None for count in counts.values()):
        raise GeoError(
            "incidents: no column 'personal', 'situational' or 'incidental', so vulnerability cannot be told.",
            "Map the columns that hold these marks, yes or no, under [columns.incidents] in geo.toml.",
        )
    parts = [f"{name} {'not recorded' if count is None else format(count, ',')}" for name, count in counts.items()]
    said = (
        f"Vulnerability marked, of {counted(len(incidents), 'incident')} (one can be in several): {', '.join(parts)}."
    )
    return Vulnerability(
        len(incidents), counts["personal"], counts["situational"], counts["incidental"], unreadable, said
    )


def marked(column: pd.Series) -> pd.Series:
    """Return which incidents are marked yes in a column of vulnerability."""
    return _marks(column).isin(_YES)


def victims_by_group(incidents: pd.DataFrame, label: Ints, count: int) -> tuple[list[int | None], list[int | None]]:
    """Return how many victims of each hot spot had more than one incident, and three or more, by ``repeat_victims``.

    ``label``: the hot spot of each incident, one of ``count``. The 365 days end with the latest incident of each; None
    where no incident names a victim.
    """
    day = _days(incidents, "repeat victims")
    victim = incidents["victim_ref"].astype("string").str.strip().replace("", pd.NA)
    latest = day.groupby(label).transform("max")
    age = (latest - day).dt.days.to_numpy()
    code = pd.factorize(victim)[0].astype(np.int64)
    calls = pairs(label, np.where((age >= 0) & (age < WINDOW_DAYS), code, -1))
    known = np.bincount(label[code >= 0], minlength=count) > 0

    def at_least(least: int) -> list[int | None]:
        victims = np.bincount(calls.label[calls.times >= least], minlength=count)
        return [int(number) if there else None for number, there in zip(victims, known, strict=True)]

    return at_least(2), at_least(3)


def knox(
    xy: ArrayLike,
    days: ArrayLike | pd.Series,
    *,
    distance_m: Sequence[float],
    days_bins: Sequence[float],
    permutations: int = 999,
    seed: int = 0,
) -> Knox:
    """Return whether incidents near in space are also near in time more often than chance would have it.

    ``xy``: shape (n, 2), metres. ``days``: whole or decimal days, or datetimes (then calendar days count). Bins are
    half-open, [0, 100) then [100, 200): ``distance_m=(0, 100, 200)``, ``days_bins=(0, 7, 14)``; a distance of exactly
    100 m is in the second. On map points most pairs at 0 m only share a point.

    Columns of ``table``, a row for each bin: ``from_m``, ``to_m``, ``from_days``, ``to_days``, ``observed`` (pairs),
    ``expected`` (pairs that near in space x pairs that near in time / all pairs: the mean over all shuffles of the
    dates), ``ratio`` (NaN if 0 are expected), ``p``: (1 + shuffles with at least as many) / (1 + shuffles), each bin
    for itself. Memory goes with the pairs within the largest distance, which must be under 10 million.

    Knox 1964, Applied Statistics 13(1), 25-30, doi 10.2307/2985220. Raises GeoError where only months are known.
    """
    place, day = _checked(xy, days)
    space, time = _edges(distance_m, "distance_m"), _edges(days_bins, "days_bins")
    n = len(place)
    # one order for all row orders, so that a seed means the same shuffles
    order = np.lexsort((day, place[:, 1], place[:, 0]))
    place, day = place[order], day[order]
    first, second, space_bin = _near_pairs(place, space)
    total = n * (n - 1) // 2
    shape = (len(space) - 1, len(time) - 1)
    observed = _table(np.abs(day[first] - day[second]), space_bin, time, shape)
    in_time = np.diff([_pairs_closer(np.sort(day), edge) for edge in time])
    expected = np.outer(np.bincount(space_bin, minlength=shape[0]), in_time) / max(total, 1)
    at_least = np.zeros(shape, np.int64)
    rng = np.random.default_rng(seed)
    for _ in range(permutations):
        shuffled = rng.permutation(day)
        at_least += _table(np.abs(shuffled[first] - shuffled[second]), space_bin, time, shape) >= observed
    p = (1 + at_least) / (1 + permutations)
    table = pd.DataFrame(
        [(*metres, *span) for metres in pairwise(space.tolist()) for span in pairwise(time.tolist())],
        columns=["from_m", "to_m", "from_days", "to_days"],
    ).assign(observed=observed.ravel(), expected=expected.ravel(), p=p.ravel())
    table.insert(6, "ratio", (table["observed"] / table["expected"].where(table["expected"] > 0)).astype(float))
    return Knox(table, n, total, permutations, seed, _say(table.iloc[0], permutations, seed))


def _say(near: pd.Series, permutations: int, seed: int) -> str:
    times = "" if np.isnan(near["ratio"]) else f", so {near['ratio']:.2f} times as many"
    return (
        f"{counted(int(near['observed']), 'pair')} of incidents from {near['from_m']:g} to under {near['to_m']:g} m "
        f"and {near['from_days']:g} to under {near['to_days']:g} days apart; chance would give "
        f"{near['expected']:.1f}{times} (p = {near['p']:.3g}, {permutations:,} shuffles of the dates, seed {seed})."
    )


def _marks(column: pd.Series) -> pd.Series:
    """Return marks in small letters, empty where blank."""
    return pd.Series(by_value(column, lambda text: text.strip().casefold(), ""), index=column.index, dtype="object")


def _days(incidents: pd.DataFrame, what: str) -> pd.Series:
    if "occurred_from" not in incidents or incidents["occurred_from"].isna().all():
        raise GeoError(
            f"incidents: only the month is known, so {what} cannot be told.",
            "data.police.uk gives no day; an extract with dates can tell.",
        )
    return pd.to_datetime(incidents["occurred_from"]).dt.normalize()


def _checked(xy: ArrayLike, days: ArrayLike | pd.Series) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    place = np.asarray(xy, np.float64).reshape(-1, 2)
    given = pd.Series(np.asarray(days))
    if pd.api.types.is_datetime64_any_dtype(given):
        day = (given.dt.normalize() - pd.Timestamp(0)) / pd.Timedelta(days=1)
    elif pd.api.types.is_numeric_dtype(given) or given.empty:
        day = given.astype(np.float64)
    else:
        raise GeoError(
            f"days: {given.iloc[0]!s} is no day, so near repeats cannot be told.",
            "Month-only data (data.police.uk) hold no days; an extract with dates can tell.",
        )
    if len(place) != len(day):
        raise GeoError(f"days: {len(day):,} given for {counted(len(place), 'point')}.", "Give one for each point.")
    if not (np.isfinite(place).all() and np.isfinite(day).all()):
        raise GeoError("Points or days: some are missing or infinite.", "Set those rows aside first.")
    return place, day.to_numpy(np.float64)


def _edges(given: Sequence[float], name: str) -> NDArray[np.float64]:
    edges = np.asarray(given, np.float64).ravel()
    if len(edges) < 2 or not np.isfinite(edges).all() or edges[0] < 0 or (np.diff(edges) <= 0).any():
        raise GeoError(f"{name}: the edges of the bins must rise from 0 or more.", "Try 0, 100, 200.")
    return edges


def _near_pairs(
    place: NDArray[np.float64], space: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return each pair of rows in a bin of distance, and that bin, ordered by it."""
    if len(place) < 2:
        none = np.empty(0, np.int64)
        return none, none, none
    tree = cKDTree(place)
    many = (int(tree.count_neighbors(tree, space[-1])) - len(place)) // 2
    if many > MOST_PAIRS:
        raise GeoError(
            f"distance_m: {many:,} pairs lie within {space[-1]:g} m, more than the {MOST_PAIRS:,} that fit.",
            "Take a smaller largest distance, or a shorter period.",
        )
    near = tree.query_pairs(space[-1], output_type="ndarray").astype(np.int64)
    away = place[near[:, 0]] - place[near[:, 1]]
    bins = np.searchsorted(space, np.sqrt((away**2).sum(axis=1)), side="right") - 1
    order = np.argsort(bins, kind="stable")
    order = order[slice(*np.searchsorted(bins[order], (0, len(space) - 1)))]
    return near[order, 0], near[order, 1], bins[order]


def _table(
    apart: NDArray[np.float64], space_bin: NDArray[np.int64], time: NDArray[np.float64], shape: tuple[int, int]
) -> NDArray[np.int64]:
    """Return the number of pairs in each bin of space and time; pairs come ordered by ``space_bin``."""
    cuts = np.searchsorted(space_bin, np.arange(1, shape[0]))
    closer = [[np.count_nonzero(own < edge) for edge in time] for own in np.split(apart, cuts)]
    return np.diff(closer, axis=1)


def _pairs_closer(day: NDArray[np.float64], edge: float) -> int:
    """Return how many pairs of sorted days lie less than ``edge`` apart, without looking at each pair."""
    return int((np.searchsorted(day, day + edge, side="left") - np.arange(len(day)) - 1).clip(min=0).sum())
