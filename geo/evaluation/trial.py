"""A trial that runs while policing goes on: every day each hot spot is drawn to extra patrol or not.

Each place is its own control, so that places need not be alike, and a change of the whole town falls on both sides.
Practice: Bedfordshire (21 places, 7 a day, 90 days), Southend, Thames Valley. The places of a day come from a draw, the
plan of that day visits no other; the protocol is written and sealed before the first day; the result is by intention to
treat (as drawn, not as walked) and its test is the draw itself, made again.

Basford et al. 2021, doi 10.1007/s41887-021-00067-2; Bland et al. 2021, doi 10.1007/s41887-021-00066-3; Sherman 2022,
doi 10.1007/s41887-022-00073-y (effects may linger for days).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from geo.crs import require_metric
from geo.errors import GeoError, counted, listed

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

ALPHA = 0.05
REDRAWS = 999
WEEK = 7
RING_M = 100.0
DAY_STARTS = 6
# so that one place's patrol is not another's: a ring of each
APART_M = 200.0
# an effect by a factor of e^4, about 50, is without limit
_WIDEST = 4.0
# places left out that a page of words names
_MOST_NAMED = 3


class TrialResult(NamedTuple):
    """``ratio``: reports a place-day drawn over a place-day not drawn, each place compared with itself.

    ``low``, ``high``: the effects that the draws made again do not refuse at 5%; ``p``: of no effect at all.
    ``reports``, ``place_days``: (drawn, not drawn). ``left_out``: place-days of a washout. ``redraws``: how many.
    """

    ratio: float
    low: float
    high: float
    p: float
    reports: tuple[int, int]
    place_days: tuple[int, int]
    left_out: int
    redraws: int


def draw(
    places: Sequence[Hashable] | int, *, per_day: int, days: int, seed: int = 0, first_day: dt.date | None = None
) -> pd.DataFrame:
    """Return which places are drawn on which day: a row a day, a column a place, ``per_day`` True in each row.

    ``places``: their ids, or how many there are. Each day the places that had fewest of this day of the week come
    first, then those with fewest at all; the lot decides between equals. So places and weekdays balance: on each
    weekday, how often two places were drawn differs by one at most. The index is the day, from 1, or the date from
    ``first_day``. The order of ``places`` matters to no chance; the same seed gives the same draw. Raises GeoError for
    places named twice and for numbers that cannot be.
    """
    names: list[Hashable] = list(range(places)) if isinstance(places, int) else list(places)
    if len(set(names)) < len(names):
        raise GeoError("A place is named twice.", "Name each place once.")
    if not 1 <= per_day < len(names):
        raise GeoError(
            f"{counted(per_day, 'place')} a day of {len(names)}: each day some must be drawn and some not.",
            "Give a number from 1 to one less than there are places.",
        )
    if days < 2:
        raise GeoError(f"A trial of {counted(days, 'day')}.", "Give at least two; 90 is usual.")
    order = sorted(range(len(names)), key=lambda number: str(names[number]))
    drawn = np.empty((days, len(names)), bool)
    drawn[:, order] = _drawn(len(names), per_day, days, 1, seed)[0]
    index = pd.RangeIndex(1, days + 1, name="day")
    if first_day is not None:
        index = pd.Index([first_day + dt.timedelta(days=day) for day in range(days)], name="date")
    return pd.DataFrame(drawn, index=index, columns=names)


@lru_cache(maxsize=8)
def _drawn(places: int, per_day: int, days: int, times: int, seed: int) -> Bools:
    """Return draws by the rule of ``draw``, shape (times, days, places)."""
    rng = np.random.default_rng(seed)
    drawn = np.zeros((times, days, places), bool)
    on_weekday, at_all = np.zeros((times, WEEK, places)), np.zeros((times, places))
    for day in range(days):
        key = on_weekday[:, day % WEEK] * (days + 1) + at_all + rng.random((times, places))
        chosen = np.argpartition(key, per_day - 1, axis=1)[:, :per_day]
        np.put_along_axis(drawn[:, day], chosen, values=True, axis=1)
        on_weekday[:, day % WEEK] += drawn[:, day]
        at_all += drawn[:, day]
    drawn.setflags(write=False)
    return drawn


def _redrawn(drawn: Bools, times: int, seed: int) -> Bools:
    """Return draws as this one may have been: by the rule of ``draw`` if it fits, else each day's number by lot."""
    days, places = drawn.shape
    per_day = drawn.sum(axis=1)
    weekly = [drawn[day::WEEK].sum(axis=0) for day in range(min(WEEK, days))]
    if (per_day == per_day[0]).all() and all(np.ptp(counts) <= 1 for counts in weekly):
        return _drawn(places, int(per_day[0]), days, times, seed)
    rank = np.random.default_rng(seed).random((times, days, places)).argsort(axis=2).argsort(axis=2)
    return np.asarray(rank < per_day[None, :, None])


def result(
    counts: ArrayLike | pd.DataFrame,
    drawn: ArrayLike | pd.DataFrame,
    *,
    redraws: int = REDRAWS,
    seed: int = 0,
    washout_days: int = 0,
) -> TrialResult:
    """Return what the trial shows: reports a place-day where drawn over where not, with limits and p.

    ``counts``: reports of each place on each day, in the shape of ``drawn``. The ratio is conditional on each place's
    total: the number r for which the reports on drawn days are as many as each place's total divided in the proportion
    r x drawn days to days not drawn. p: how many of ``redraws`` draws by the same rule put the reports as far from an
    even division; the limits are the effects that this test would not refuse, each taken out of the drawn days first.
    ``washout_days``: days not drawn that follow so soon on a drawn one count on neither side. No report at all gives
    NaN and p 1. Raises GeoError for different shapes, counts that are none, or a side without a day.
    """
    reports, chosen = _checked(counts, drawn)
    used = _used(chosen, washout_days)
    again = _redrawn(chosen, redraws, seed + 1)
    every = np.concatenate((chosen[None], again))
    kept = np.array([_used(one, washout_days) for one in every]) if washout_days else np.ones((1, 1, 1), bool)
    flat = _Divided.of(every, every & kept, kept & ~every if washout_days else ~every, reports, chosen)
    ratio = _ratio(reports, chosen & used, used & ~chosen)
    on, off = reports[chosen & used].sum(), reports[~chosen & used].sum()
    sides = (int((chosen & used).sum()), int((~chosen & used).sum()))
    if not on + off:
        return TrialResult(math.nan, 0.0, math.inf, 1.0, (0, 0), sides, int((~used).sum()), redraws)
    low, high = (_limit(flat, ratio, step) for step in (-1, 1))
    return TrialResult(ratio, low, high, flat.p(1.0), (int(on), int(off)), sides, int((~used).sum()), redraws)


def _checked(counts: Any, drawn: Any) -> tuple[Floats, Bools]:
    if isinstance(counts, pd.DataFrame) and isinstance(drawn, pd.DataFrame):
        if set(counts.columns) != set(drawn.columns) or not counts.index.equals(drawn.index):
            raise GeoError("Counts and draw are not of the same days and places.", "Give the same index and columns.")
        counts = counts[list(drawn.columns)]
    reports, chosen = np.asarray(counts, np.float64), np.asarray(drawn)
    if reports.shape != chosen.shape or reports.ndim != 2:
        raise GeoError(f"Counts are {reports.shape}, the draw is {chosen.shape}.", "A row a day, a column a place.")
    chosen = chosen.astype(bool)
    if not (np.isfinite(reports) & (reports >= 0)).all():
        raise GeoError("Counts: some are below 0 or missing.", "A day without a report is 0; leave out no day.")
    if not chosen.any() or chosen.all():
        raise GeoError("The draw has no day with patrol, or none without.", "A comparison needs both.")
    return reports, chosen


def _used(drawn: Bools, washout_days: int) -> Bools:
    """Return which place-days count: all, but those not drawn within ``washout_days`` after a drawn one."""
    soon = np.zeros(drawn.shape, bool)
    for back in range(1, washout_days + 1):
        soon[back:] |= drawn[:-back]
    return drawn | ~soon


def _ratio(reports: Floats, drawn: Bools, others: Bools) -> float:
    """Return the ratio of rates conditional on each place's total."""
    on, total = (reports * drawn).sum(axis=0), (reports * (drawn | others)).sum(axis=0)
    days_on, days_off = drawn.sum(axis=0), others.sum(axis=0)
    some = (days_on > 0) & (days_off > 0)
    on, total, days_on, days_off = on[some], total[some], days_on[some], days_off[some]
    if not on.sum():
        return 0.0
    if on.sum() == total.sum():
        return math.inf

    def missing(log_ratio: float) -> float:
        weighted = math.exp(log_ratio) * days_on
        return float((total * weighted / (weighted + days_off)).sum() - on.sum())

    return math.exp(brentq(missing, -20, 20))


class _Divided(NamedTuple):
    """Of each draw, the real one first: reports on its days by place, as they were and as far as really drawn.

    ``on``, ``off``: reports by place on days drawn and not, shape (draws, places); ``on_real``, ``off_real``: those of
    them on days really drawn, from which a supposed effect is taken out; ``share``: of the days that are drawn.
    """

    on: Floats
    off: Floats
    on_real: Floats
    off_real: Floats
    share: Floats

    @classmethod
    def of(cls, every: Bools, on: Bools, off: Bools, reports: Floats, chosen: Bools) -> _Divided:
        real = reports * chosen
        parts = [np.einsum("rdp,dp->rp", side, values) for values in (reports, real) for side in (on, off)]
        days_on, days_off = on.sum(axis=1), off.sum(axis=1)
        share = np.divide(days_on, days_on + days_off, out=np.zeros(days_on.shape), where=days_on + days_off > 0)
        return cls(parts[0], parts[1], parts[2], parts[3], share)

    def p(self, supposed: float) -> float:
        """Return how often a draw divides the reports as unevenly as the real one, ``supposed`` taken out."""
        back = 1 / supposed - 1
        on, off = self.on + back * self.on_real, self.off + back * self.off_real
        uneven = np.abs((on - (on + off) * self.share).sum(axis=1))
        return (1 + int((uneven[1:] >= uneven[0] * (1 - 1e-9)).sum())) / len(uneven)


def _limit(flat: _Divided, ratio: float, step: int) -> float:
    """Return the supposed effect farthest from ``ratio`` in one direction that is not refused, by halving."""
    if ratio in (0, math.inf):
        if (ratio == 0) == (step < 0):
            return ratio
        ratio = 1.0 if flat.p(1.0) > ALPHA else ratio or math.exp(-_WIDEST)
    inner, outer = 0.0, 0.05
    while flat.p(ratio * math.exp(step * outer)) > ALPHA:
        inner, outer = outer, 2 * outer
        if outer > _WIDEST:
            return math.inf if step > 0 else 0.0
    for _ in range(20):
        middle = (inner + outer) / 2
        inner, outer = (middle, outer) if flat.p(ratio * math.exp(step * middle)) > ALPHA else (inner, middle)
    return ratio * math.exp(step * inner)


def power(rate: float, *, places: int, per_day: int, days: int, fall: float = 0.3, alpha: float = ALPHA) -> float:
    """Return the chance that such a trial finds a true fall (0-1): ``rate`` reports a place-day without patrol.

    An approximation that is some points too hopeful where reports are few: 21 places, 7 a day, 90 days and a fall of
    30% give 30, 53 and 82% at .05, .1 and .2 a place-day, where simulation gives 24, 48 and 77%.
    """
    if not (0 < fall < 1 and rate >= 0):
        raise GeoError(f"A fall of {fall:g} from {rate:g} reports a place-day.", "Give a fall between 0 and 1.")
    on, off = per_day * days * rate, (places - per_day) * days * rate
    if not on:
        return 0.0
    z = abs(math.log(1 - fall)) / math.sqrt(1 / (on * (1 - fall)) + 1 / off)
    return float(ndtr(z - ndtri(1 - alpha / 2)))


def carry_over(counts: pd.DataFrame, drawn: pd.DataFrame, *, longest: int = 5) -> pd.DataFrame:
    """Return reports by days since a place was last drawn: does an effect linger into the days compared with?

    One row each for 0 (drawn that day) to ``longest`` or more, and one for days before the first draw (missing):
    ``days_since``, ``place_days``, ``reports``, ``reports_a_day``.
    """
    reports, chosen = _checked(counts, drawn)
    since = np.full(chosen.shape, -1)
    for day, row in enumerate(chosen):
        before = since[day - 1] if day else np.full(len(row), -1)
        since[day] = np.where(row, 0, np.where(before < 0, -1, np.minimum(before + 1, longest)))
    rows = [(days, int((since == days).sum()), int(reports[since == days].sum())) for days in (*range(longest + 1), -1)]
    table = pd.DataFrame(rows, columns=["days_since", "place_days", "reports"])
    table["days_since"] = table["days_since"].where(table["days_since"] >= 0).astype("Int64")
    return table.assign(reports_a_day=(table["reports"] / table["place_days"].where(table["place_days"] > 0)).round(4))


def compliance(drawn: pd.DataFrame, walked: pd.DataFrame) -> pd.DataFrame:
    """Return how far the draw was followed: of place-days drawn and not drawn, how many were visited, are not known.

    ``walked``: True, False or missing (no recording) in the shape of ``drawn``. The result stays by intention to treat;
    this says what was treated. Columns: ``drawn``, ``place_days``, ``visited``, ``not_visited``, ``unknown``.
    """
    seen = walked.reindex(index=drawn.index, columns=drawn.columns)
    rows = []
    for side in (True, False):
        own = seen.to_numpy(object)[drawn.to_numpy(bool) == side]
        known = ~pd.isna(own)
        visited = int(own[known].astype(bool).sum())
        rows.append((side, len(own), visited, int(known.sum()) - visited, int((~known).sum())))
    return pd.DataFrame(rows, columns=["drawn", "place_days", "visited", "not_visited", "unknown"])


def eligible(
    places: gpd.GeoDataFrame, *, apart_m: float = APART_M, excluded: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Return which places a trial can use, and why not the others.

    ``places``: polygons in metres with ``hotspot_id`` and, if known, ``name`` and ``incidents``. ``excluded``: {id:
    reason}, for a place that a prison, a hospital or a police station dominates. Of two places nearer than ``apart_m``
    the one with fewer incidents is left out, so that one's patrol is never near another's day without. Columns:
    ``hotspot_id``, ``name``, ``eligible``, ``reason``; in the order of ids. Raises GeoError for an unknown id.
    """
    require_metric(places, "places")
    reasons = dict(excluded or {})
    unknown = sorted(set(reasons) - set(places["hotspot_id"]))
    if unknown:
        raise GeoError(
            f"{unknown[0]}: no such place to exclude.", f"There are: {listed(sorted(places['hotspot_id']), 8)}."
        )
    size = places["incidents"] if "incidents" in places else pd.Series(0, index=places.index)
    ranked = places.assign(size=-size.fillna(0).astype(float)).sort_values(["size", "hotspot_id"])
    taken: list[tuple[str, shapely.Geometry]] = []
    for hotspot_id, shape in zip(ranked["hotspot_id"], ranked.geometry, strict=True):
        if hotspot_id in reasons:
            continue
        near = next((other for other, ground in taken if shape.distance(ground) < apart_m), None)
        if near is None:
            taken.append((hotspot_id, shape))
        else:
            reasons[hotspot_id] = f"under {apart_m:g} m from {near}"
    table = pd.DataFrame(places[["hotspot_id", *(["name"] if "name" in places else [])]])
    # not mapped: where nothing is left out, pandas would make a column of numbers of it
    reason = pd.Series([reasons.get(one, "") for one in table["hotspot_id"]], index=table.index, dtype=object)
    return table.assign(eligible=reason == "", reason=reason).sort_values("hotspot_id", ignore_index=True)


@dataclass(frozen=True)
class Protocol:
    """What was decided before the first day. ``seal``: the hash of everything else in it and of the schedule."""

    places: tuple[str, ...]
    first_day: dt.date
    days: int
    per_day: int
    seed: int
    outcome: str
    ring_m: float = RING_M
    washout_days: int = 0
    day_starts: int = DAY_STARTS
    fall: float = 0.3
    rate: float | None = None
    written_on: dt.date | None = None
    excluded: tuple[tuple[str, str], ...] = ()
    seal: str = ""

    @property
    def last_day(self) -> dt.date:
        """The last day on which places are drawn."""
        return self.first_day + dt.timedelta(days=self.days - 1)

    def schedule(self) -> pd.DataFrame:
        """Return the draw, a row a date."""
        return draw(self.places, per_day=self.per_day, days=self.days, seed=self.seed, first_day=self.first_day)

    def text(self) -> str:
        """Return the protocol in words, a page to sign before the first day."""
        treated, share = self.per_day * self.days, self.per_day / len(self.places)
        finds = ""
        if self.rate is not None:
            chance = power(self.rate, places=len(self.places), per_day=self.per_day, days=self.days, fall=self.fall)
            finds = (
                f" At {self.rate:.2f} reports a place-day it finds a true fall of {self.fall:.0%} with {chance:.0%}."
            )
        washout = f"; days within {self.washout_days} after a drawn one are left out" if self.washout_days else ""
        left_out = "".join(f"\nNot in it: {name} ({why})." for name, why in self.excluded[:_MOST_NAMED])
        if len(self.excluded) > _MOST_NAMED:
            left_out += (
                f"\n{len(self.excluded) - _MOST_NAMED} more are not in it, each with its reason in the protocol."
            )
        return (
            f"Places: {len(self.places)} ({', '.join(self.places)}).{left_out}\n"
            f"Days: {self.days}, {self.first_day} to {self.last_day}, each from {self.day_starts:02d}:00.\n"
            f"Every day {self.per_day} places are drawn to extra patrol ({treated} place-days, {share:.0%}); the "
            "others are not visited under this plan.\n"
            f"Outcome: {self.outcome}, in the place and, separately, within {self.ring_m:g} m of it.\n"
            f"Analysis: as drawn, not as walked; ratio of rates within each place; test by {REDRAWS} draws of the same "
            f"rule{washout}. One look, after the last day.{finds}\n"
            f"Seal: {self.seal}"
        )


def design(protocol: Protocol) -> tuple[Protocol, pd.DataFrame]:
    """Return the protocol with its seal, and the schedule. Raises GeoError where the draw cannot be made."""
    schedule = protocol.schedule()
    return replace(protocol, seal=seal_of(protocol, schedule)), schedule


def seal_of(protocol: Protocol, schedule: pd.DataFrame) -> str:
    """Return the SHA-256 of a protocol and its schedule, the same on every machine."""
    record = {name: value for name, value in asdict(protocol).items() if name != "seal"}
    rows = [
        [str(day), *(str(name) for name in schedule.columns[row.to_numpy(bool)])] for day, row in schedule.iterrows()
    ]
    told = json.dumps({"protocol": record, "schedule": rows}, sort_keys=True, default=str, ensure_ascii=True)
    return hashlib.sha256(told.encode("ascii")).hexdigest()


def check_seal(protocol: Protocol, schedule: pd.DataFrame) -> None:
    """Raise GeoError where protocol or schedule are not what was sealed, saying which day differs if it is a day."""
    if seal_of(protocol, schedule) == protocol.seal:
        return
    wanted = protocol.schedule()
    if list(schedule.columns) == list(wanted.columns) and schedule.index.equals(wanted.index):
        changed = wanted.index[(wanted.to_numpy() != schedule.to_numpy(bool)).any(axis=1)]
        if len(changed):
            raise GeoError(
                f"The schedule was changed after it was sealed ({counted(len(changed), 'day')}, first {changed[0]}).",
                "Take the schedule as it was written, or report the trial as not randomised.",
            )
    raise GeoError(
        "The protocol or its schedule was changed after it was sealed.",
        "Take both as they were written, or report what was changed, when and why.",
    )


def today(protocol: Protocol, schedule: pd.DataFrame, date: dt.date) -> list[str]:
    """Return the places of a date: those to patrol, and no other of the trial. GeoError outside the trial's days."""
    check_seal(protocol, schedule)
    if not protocol.first_day <= date <= protocol.last_day:
        raise GeoError(
            f"{date}: the trial runs from {protocol.first_day} to {protocol.last_day}.", "Give a day of the trial."
        )
    return [str(name) for name in schedule.columns[schedule.loc[date].to_numpy(bool)]]


def place_days(
    reports: gpd.GeoDataFrame, places: gpd.GeoDataFrame, protocol: Protocol, *, ring: bool = False
) -> pd.DataFrame:
    """Return the reports of each place on each day of the trial, or of the ring round it, in the schedule's shape.

    ``reports``: points in metres with ``occurred_from``; a day lasts from the hour ``day_starts`` to the same hour of
    the next. A report in the rings of several places counts for the nearest; one in any place is in no ring. Raises
    GeoError for reports that have only months, and for places that are not there.
    """
    require_metric(reports, "reports")
    require_metric(places, "places")
    if "occurred_from" not in reports or not reports["occurred_from"].notna().any():
        raise GeoError(
            "The reports carry no day, only months: a trial compares days with days.",
            "Take the force's own extract with date and time; police.uk publishes months only.",
        )
    known = places.set_index("hotspot_id").geometry
    missing = sorted(set(protocol.places) - set(known.index))
    if missing:
        raise GeoError(
            f"{missing[0]}: the trial's place has no ground here.", "Give the register it was designed from."
        )
    grounds = known.loc[list(protocol.places)].to_numpy()
    dated = reports[reports["occurred_from"].notna()]
    day = (pd.to_datetime(dated["occurred_from"]) - pd.Timedelta(hours=protocol.day_starts)).dt.date
    place, report = shapely.STRtree(dated.geometry.to_numpy()).query(
        grounds, predicate="dwithin", distance=protocol.ring_m
    )
    far = shapely.distance(grounds[place], dated.geometry.to_numpy()[report])
    near = pd.DataFrame({"report": report, "far": far, "place": place}).sort_values(["report", "far", "place"])
    near = near.drop_duplicates("report")
    near = near[(near["far"] > 0) == ring]
    table = pd.crosstab(day.to_numpy()[near["report"]], near["place"].map(dict(enumerate(protocol.places))).to_numpy())
    dates = [protocol.first_day + dt.timedelta(days=number) for number in range(protocol.days)]
    return table.reindex(index=pd.Index(dates, name="date"), columns=list(protocol.places), fill_value=0)


def conclude(
    protocol: Protocol,
    schedule: pd.DataFrame,
    counts: pd.DataFrame,
    *,
    on: dt.date,
    peek: bool = False,
    redraws: int = REDRAWS,
) -> tuple[TrialResult, list[str]]:
    """Return the result of a sealed trial and what it says in words; ``on``: the day on which it is looked at.

    Raises GeoError where schedule or protocol were changed, and before the planned end: whoever looks every week and
    stops when it is significant finds an effect where there is none. With ``peek`` the days so far are taken, and the
    first sentence says that the p-value does not hold.
    """
    check_seal(protocol, schedule)
    done = [day for day in schedule.index if day < on]
    early = len(done) < len(schedule)
    if early and not peek:
        raise GeoError(
            f"The trial runs to {protocol.last_day}; {len(done)} of {counted(protocol.days, 'day')} are over.",
            "Wait: looking early and stopping when it suits makes the p-value worthless. --peek looks, and says so.",
        )
    if len(done) < 2:
        raise GeoError(f"Only {counted(len(done), 'day')} of the trial is over.", "Wait.")
    found = result(
        counts.loc[done], schedule.loc[done], redraws=redraws, seed=protocol.seed, washout_days=protocol.washout_days
    )
    told = []
    if early:
        told.append(
            f"Looked at early, after {len(done)} of {protocol.days} days: no result. The p-value does not hold, and "
            "the report of the trial has to say that this was seen."
        )
    change, low, high = (f"{100 * (value - 1):+.0f} %" for value in found[:3])
    verdict = "fewer reports" if found.ratio < 1 else "more reports"
    if found.p <= ALPHA:
        told.append(f"On drawn days {verdict}: {change}, between {low} and {high} (95 %), p = {found.p:.3f}.")
    else:
        told.append(f"No difference told from chance: {change}, between {low} and {high} (95 %), p = {found.p:.2f}.")
    told.append(
        f"{found.reports[0]:,} reports on {found.place_days[0]:,} place-days drawn, {found.reports[1]:,} on "
        f"{found.place_days[1]:,} not drawn; as drawn, whether walked or not; {found.redraws} draws made again."
    )
    return found, told
