"""Did it work? Treated places against matched controls, judged against places and months where nothing was done.

Plain before and after, and plain WDD, announce success in most places where nobody did anything: hot spots are chosen
in their worst months and fall by themselves, and reports come in bursts. So here

- the months that chose the places may be neither before nor after: refused;
- controls are like the treated in level *and* earlier trend, and lie outside their rings; shown before the result;
- the headline is the ratio of ratios with the rings in it (``geo.evaluation.intervention``), the WDD stands beside it;
- p and interval come from placebos: the same contrast for as many places drawn at random, with their own controls. If
  the work did nothing, the treated are one such draw. How much they scatter is measured, never taken as Poisson. What
  the same places did in earlier months, when nothing was done, is shown beside it;
- the smallest effect that would have shown is said, and the verdict is no stronger than the interval.

Counts are reports: an effect on reporting looks like an effect on incidents.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from geo.crs import require_metric
from geo.errors import GeoError, counted, listed
from geo.evaluation.intervention import (
    NAMES,
    Displacement,
    Effect,
    ratio_of_ratios,
    weighted_displacement_difference,
)

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RING_M = 100.0
DRAWS = 999
LEVEL = 0.95
FEWEST_MONTHS = 3
# each treated place brings its three likest
CONTROLS_EACH = 3
# a p of 0.05 needs 19 placebos at the least; fewer than twice that are too coarse to tell
_FEWEST_PLACEBOS = 39
# an effect by a factor of e^3, about 20, is without limit
_WIDEST = 3.0
_FOUR_OF_FIVE = 0.8
_FALLS = np.arange(0.01, 1, 0.01)
# of a standard deviation: controls whose mean differs by more go their own way after as before
_ALIKE = 0.5
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class Periods(NamedTuple):
    """Months as YYYY-MM. ``phase_in``: when the work began, neither before nor after.

    ``chosen_from``: the months by which the places were chosen; ``covered``: those the data hold.
    """

    before: Sequence[str]
    after: Sequence[str]
    covered: Sequence[str]
    chosen_from: Sequence[str] = ()
    phase_in: Sequence[str] = ()


class Assessment(NamedTuple):
    """``effect``: the ratio of ratios, rings included, with limits and p from the placebos.

    ``places_only``: the same of the places without their rings; ``difference``: the WDD, its error widened by the
    dispersion. ``counts``: one row each of treated, control and their rings, ``before`` and ``after``. ``places``: one
    row a place: ``hotspot_id``, ``name``, ``group`` (treated, control, not used), ``why``, ``reports_a_month`` and
    ``trend`` (second half over first) in the months to the end of before. ``placebos``: the ratio of each draw.
    ``earlier``: the ratio of the treated themselves when nothing was done: ``after`` (its first month), ``ratio``.
    ``dispersion``: how many times more placebos scatter than independent reports would. ``power``: the chance of
    finding a true fall, by the fall (0.01 to 0.99). ``comparable``: whether the controls were like the treated in level
    and trend; if not, there is no verdict. ``sentences``: all of it in words, the verdict first.
    """

    effect: Effect
    places_only: Effect
    difference: Displacement
    counts: pd.DataFrame
    places: pd.DataFrame
    placebos: Floats
    earlier: pd.DataFrame
    dispersion: float
    power: pd.Series
    comparable: bool
    sentences: list[str]


def assess(
    reports: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    treated: Sequence[str],
    periods: Periods,
    *,
    controls: Sequence[str] | None = None,
    ring_m: float = RING_M,
    draws: int = DRAWS,
    seed: int = 0,
) -> Assessment:
    """Return what changed in the treated places beyond the change in their controls, and how sure that is.

    ``reports``: points in metres with ``month``. ``places``: polygons with ``hotspot_id`` and ``name``, frozen ground
    of the register: those treated, and the others, from which controls and placebos are drawn. ``controls``: ids, if
    they were named before the first day; else the three places most like each treated one. ``ring_m``: how far
    round a place displacement is looked for. ``draws``: placebos. No order of rows changes anything.

    Raises GeoError, with the reason, for periods of under three months, that overlap, that the data do not cover or
    that chose the places; for treated places that are unknown, overlap controls or whose ring touches one named; for
    too few untreated places; and where a count is 0.
    """
    _check_periods(periods)
    require_metric(reports, "reports")
    require_metric(places, "places")
    places = places.sort_values("hotspot_id", ignore_index=True)
    chosen = _numbers(places, treated, "treated")
    ground = _ground(reports, places, chosen, sorted(periods.covered), ring_m)
    window = _Window.of(ground.months, periods.before, periods.after)
    likeness = _likeness(ground, window)
    against = _named_controls(ground, places, chosen, controls)
    if against is None:
        against = _like(likeness, ground, chosen)
    if len(against) < 2:
        raise GeoError(
            f"Only {counted(len(against), 'untreated place')} off the treated places' rings ({ring_m:g} m).",
            "A comparison needs at least two controls: freeze more places, or take a narrower ring.",
        )
    counts = ground.of(chosen, against, window)
    ratio_of_ratios(counts[0] + counts[2], counts[1] + counts[3])  # refuses counts of 0
    draws_of = _draws(ground, likeness, chosen, against, draws, seed)
    both, only = (_Contrasts.of(ground, window, chosen, draws_of, rings=rings) for rings in (True, False))
    effect = both.effect()
    placebos = np.exp(both.log_ratio(1.0)[1:])
    dispersion = float(np.nanmean((both.log_ratio(1.0)[1:] / both.poisson_se()[1:]) ** 2))
    powers = [both.power(fall, effect.ratio) for fall in _FALLS]
    told = Assessment(
        effect,
        only.effect(),
        _widened(counts, dispersion),
        pd.DataFrame(counts.astype(int), index=pd.Index(NAMES, name="area"), columns=["before", "after"]),
        _described(places, ground, chosen, against, likeness),
        placebos[np.isfinite(placebos)],
        _earlier(ground, chosen, periods),
        dispersion,
        pd.Series(powers, index=_FALLS.round(2), name="power"),
        _unlike(likeness, chosen, against) <= _ALIKE,
        [],
    )
    return told._replace(sentences=[*_sentences(told, periods)])


def _check_periods(periods: Periods) -> None:
    """Raise GeoError for months that cannot answer."""
    for name, months in periods._asdict().items():
        bad = [month for month in months if not _MONTH.fullmatch(month)]
        if bad:
            raise GeoError(f"{name}: {bad[0]!r} is no month.", "Write months as 2025-03.")
    for name, months in (("before", periods.before), ("after", periods.after)):
        if len(set(months)) < FEWEST_MONTHS:
            raise GeoError(
                f"{name}: {counted(len(set(months)), 'month')}; fewer than {FEWEST_MONTHS} tell a season or a single "
                "spell apart from nothing.",
                "Take longer periods, of the same months of the year if you can.",
            )
        missing = sorted(set(months) - set(periods.covered))
        if missing:
            raise GeoError(
                f"{name}: the data do not cover {listed(missing, 3)}.",
                "A missing month is unknown, and looks like a fall.",
            )
    later = [*periods.phase_in, *periods.after]
    if max(periods.before) >= min(later) or set(periods.phase_in) & set(periods.after):
        raise GeoError(
            f"Periods overlap: before ends with {max(periods.before)}, what follows begins with {min(later)}.",
            "First before, then the months in which it began, then after.",
        )
    for name, months in (("before", periods.before), ("after", periods.after)):
        shared = sorted(set(months) & set(periods.chosen_from))
        if shared:
            raise GeoError(
                f"{name}: {listed(shared, 3)} also chose the places. A place chosen for its worst months falls by "
                "itself: without any work, 7 of 10 such comparisons announce success.",
                "Take other months, or freeze places chosen by earlier ones.",
            )


def _numbers(places: gpd.GeoDataFrame, ids: Sequence[str], what: str) -> Ints:
    known = {str(name): number for number, name in enumerate(places["hotspot_id"])}
    unknown = sorted(set(ids) - set(known))
    if unknown or not len(ids):
        raise GeoError(
            f"{what}: {f'no place {unknown[0]}' if unknown else 'no place was named'}.",
            f"There are: {listed(sorted(known), 8)}.",
        )
    return np.array(sorted({known[name] for name in ids}), np.int64)


class _Ground(NamedTuple):
    """Reports by place and month: ``own`` those inside, ``ring`` those round it, shape (places, months).

    No report counts twice: inside a treated place before any other, in no ring if it is in any place, in the ring of
    the nearest of several, the treated first. ``touching``: (places, places), whether the second lies in the ring of
    the first, itself included.
    """

    own: Floats
    ring: Floats
    touching: Bools
    months: list[str]

    def of(self, treated: Ints, controls: Ints, window: _Window) -> Floats:
        """Return the counts of treated, control and the ring of each (rows), before and after."""
        return np.array([part[rows].sum(axis=0) for part in (self.own, self.ring) for rows in (treated, controls)]) @ (
            window.weights
        )


def _ground(
    reports: gpd.GeoDataFrame, places: gpd.GeoDataFrame, treated: Ints, months: list[str], ring_m: float
) -> _Ground:
    dated = reports[reports["month"].isin(months)]
    xy, point = np.unique(dated.get_coordinates().to_numpy(), axis=0, return_inverse=True)
    column = dated["month"].map({month: number for number, month in enumerate(months)}).to_numpy(np.int64)
    points, shapes = shapely.points(xy), places.geometry.to_numpy()
    place, where = shapely.STRtree(points).query(shapes, predicate="dwithin", distance=ring_m)
    apart = shapely.distance(shapes[place], points[where])
    near = pd.DataFrame({"point": where, "apart": apart > 0, "other": ~np.isin(place, treated)})
    near = near.assign(far=apart.round(3), place=place).sort_values(["point", "apart", "other", "far", "place"])
    first = near.drop_duplicates("point").set_index("point").reindex(range(len(xy)))
    sums = []
    for outside in (False, True):
        mine = (first["apart"] == outside).to_numpy()[point.ravel()]
        sums.append(np.zeros((len(places), len(months))))
        np.add.at(sums[-1], (first["place"].to_numpy()[point.ravel()[mine]].astype(np.int64), column[mine]), 1)
    touching = np.zeros((len(places), len(places)), bool)
    touching[tuple(shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=ring_m))] = True
    return _Ground(sums[0], sums[1], touching, months)


class _Window(NamedTuple):
    """Two periods as weights of the months covered, shape (months, 2), and how many months there are to the end of the
    first."""

    weights: Floats
    known: int

    @staticmethod
    def of(months: Sequence[str], before: Sequence[str], after: Sequence[str]) -> _Window:
        weights = np.column_stack([[month in set(part) for month in months] for part in (before, after)])
        return _Window(weights.astype(np.float64), sum(month <= max(before) for month in months))


def _likeness(ground: _Ground, window: _Window) -> tuple[Floats, Floats, Floats]:
    """Return how far places differ in level and earlier trend (a matrix), and both of each place.

    From all months to the end of before, not from before alone: places that are alike in few months by luck only drift
    apart again.
    """
    own = ground.own[:, : window.known]
    half = window.known // 2
    level = own.mean(axis=1)
    trend = (own[:, window.known - half :].sum(axis=1) + 0.5) / (own[:, :half].sum(axis=1) + 0.5)
    apart = np.zeros((len(own), len(own)))
    for feature in (np.log(level + 0.5 / window.known), np.log(trend)):
        apart += ((feature[:, None] - feature) / (feature.std() or 1)) ** 2
    return apart, level, trend


def _like(likeness: tuple[Floats, Floats, Floats], ground: _Ground, treated: Ints) -> Ints:
    """Return the three other places most like each treated one, that lie in no ring of a treated place."""
    free = np.flatnonzero(~ground.touching[treated].any(axis=0))
    order = np.argsort(likeness[0][np.ix_(treated, free)], axis=1, kind="stable")[:, :CONTROLS_EACH]
    return np.unique(free[order])


def _unlike(likeness: tuple[Floats, Floats, Floats], treated: Ints, controls: Ints) -> float:
    """Return the greater difference of the groups' means in level and trend, in standard deviations of all places."""
    logs = [np.log(feature + 0.01) for feature in likeness[1:]]
    return max(abs(float(one[treated].mean() - one[controls].mean())) / (float(one.std()) or 1.0) for one in logs)


def _named_controls(
    ground: _Ground, places: gpd.GeoDataFrame, treated: Ints, controls: Sequence[str] | None
) -> Ints | None:
    """Return the controls given by id, or None where none were; GeoError where one is treated or in a ring."""
    if controls is None:
        return None
    named = _numbers(places, controls, "controls")
    ids = places["hotspot_id"].to_numpy()
    touched = named[ground.touching[treated][:, named].any(axis=0)]
    if len(touched):
        raise GeoError(
            f"controls: {listed([str(name) for name in ids[touched]])} overlap a treated place or its ring.",
            "A control may not be where patrols went or where reports may have moved to.",
        )
    return named


def _draws(
    ground: _Ground, likeness: tuple[Floats, Floats, Floats], treated: Ints, against: Ints, draws: int, seed: int
) -> tuple[Bools, Bools]:
    """Return which places are treated and which are controls in the comparison itself (row 0) and in each placebo."""
    places, size = len(ground.own), len(treated)
    possible = math.comb(places, size) - 1
    if possible < _FEWEST_PLACEBOS:
        raise GeoError(
            f"{counted(size, 'treated place')} of {places}: only {counted(possible, 'placebo')} can be drawn, too "
            "few to show what chance does.",
            "Freeze more places.",
        )
    if possible <= draws:
        sets = [np.array(one) for one in itertools.combinations(range(places), size)]
    else:
        rng = np.random.default_rng(seed)
        sets = [np.sort(rng.choice(places, size, replace=False)) for _ in range(draws)]
    pairs = [(treated, against)]
    pairs += [(one, _like(likeness, ground, one)) for one in sets if not np.array_equal(one, treated)]
    groups = np.zeros((2, len(pairs), places), bool)
    for row, pair in enumerate(pairs):
        for group, members in enumerate(pair):
            groups[group, row, members] = True
    return groups[0], groups[1]


class _Contrasts(NamedTuple):
    """The comparison (first) and its placebos, to be asked about any supposed effect.

    ``groups``: which places are treated and which controls, each (contrasts, places). ``before``, ``after``: of each
    place. ``treated``: the places really treated; an effect supposed is taken out of their ``after``.
    """

    groups: tuple[Floats, Floats]
    before: Floats
    after: Floats
    treated: Bools

    @classmethod
    def of(
        cls, ground: _Ground, window: _Window, treated: Ints, groups: tuple[Bools, Bools], *, rings: bool
    ) -> _Contrasts:
        before, after = ((ground.own + ground.ring if rings else ground.own) @ window.weights).T
        one, other = (group.astype(np.float64) for group in groups)
        return cls((one, other), before, after, np.isin(np.arange(len(before)), treated))

    def log_ratio(self, supposed: float) -> Floats:
        """Return the logarithm of each ratio of ratios, ``supposed`` taken out; NaN where a count is 0."""
        after = self._without(supposed)
        with np.errstate(divide="ignore", invalid="ignore"):
            one, other = (np.log((group @ after) / (group @ self.before)) for group in self.groups)
        change = one - other
        return np.where(np.isfinite(change), change, np.nan)

    def poisson_se(self) -> Floats:
        """Return the standard error of each, if reports were independent."""
        with np.errstate(divide="ignore"):
            parts = [1 / (group @ counts) for group in self.groups for counts in (self.before, self.after)]
        return np.sqrt(np.sum(parts, axis=0))

    def standard_error(self, supposed: float) -> Floats:
        """Return the standard error of each from how much its places differ; Poisson's for a group of one place."""
        after, total = self._without(supposed), np.zeros(len(self.groups[0]))
        with np.errstate(divide="ignore", invalid="ignore"):
            for group in self.groups:
                a, b, size = group @ after, group @ self.before, group.sum(axis=1)
                spread = (group @ after**2) / a**2 - 2 * (group @ (after * self.before)) / (a * b)
                spread = (spread + (group @ self.before**2) / b**2) * size / (size - 1)
                total += np.where(size > 1, np.maximum(spread, 0), 1 / a + 1 / b)
        return np.sqrt(np.maximum(total, 1e-12))

    def p(self, supposed: float) -> float:
        """Return the rank of the comparison among its placebos, both tails, if ``supposed`` were the effect.

        Each tail has its own rank: controls off the rings differ a little from places in the thick of it, so that the
        middle of the placebos need not be 0.
        """
        z = self.log_ratio(supposed) / self.standard_error(supposed)
        z = z[np.isfinite(z)]
        tails = [1 + int((side[1:] >= side[0] - 1e-9).sum()) for side in (z, -z)]
        return min(1.0, 2 * min(tails) / len(z))

    def effect(self) -> Effect:
        """Return the effect, with the limits beyond which a supposed one would be refused."""
        ratio = float(np.exp(self.log_ratio(1.0)[0]))
        if not ratio > 0:
            return Effect(math.nan, math.nan, math.nan, math.nan, math.nan)
        low, high = (self._limit(ratio, step) for step in (-1, 1))
        return Effect(ratio, low, high, self.p(1.0), float(self.standard_error(1.0)[0]))

    def _limit(self, ratio: float, step: int) -> float:
        """Return the supposed effect farthest from ``ratio`` in one direction that is not refused, by halving."""
        inner, outer = 0.0, 0.05
        while self.p(ratio * math.exp(step * outer)) > 1 - LEVEL:
            inner, outer = outer, 2 * outer
            if outer > _WIDEST:
                return math.inf if step > 0 else 0.0
        for _ in range(20):
            middle = (inner + outer) / 2
            inner, outer = (middle, outer) if self.p(ratio * math.exp(step * middle)) > 1 - LEVEL else (inner, middle)
        return ratio * math.exp(step * inner)

    def scatter(self, supposed: float) -> float:
        """Return the standard deviation of the placebos' logarithms with ``supposed`` taken out."""
        return float(np.nanstd(self.log_ratio(supposed)[1:]))

    def power(self, fall: float, ratio: float) -> float:
        """Return the chance of finding a true ``fall`` (0-1) here; ``ratio``: the effect found, taken out first.

        A real effect is among the places of a placebo too and widens them: the harder it is to tell.
        """
        widened = self.scatter(ratio / (1 - fall))
        return float(ndtr((-math.log(1 - fall) - ndtri((1 + LEVEL) / 2) * widened) / self.scatter(ratio)))

    def _without(self, supposed: float) -> Floats:
        return np.where(self.treated, self.after / supposed, self.after)


def _earlier(ground: _Ground, treated: Ints, periods: Periods) -> pd.DataFrame:
    """Return the ratio of the treated places when nothing was done: the two periods moved back, month by month."""
    begun, rows = min([*periods.phase_in, *periods.after]), []
    for back in range(1, len(ground.months)):
        before, after = ([_moved(month, -back) for month in part] for part in (periods.before, periods.after))
        known = set(before) <= set(ground.months) and max(after) < begun
        if known and not (set(before) | set(after)) & set(periods.chosen_from):
            window = _Window.of(ground.months, before, after)
            counts = ground.of(treated, _like(_likeness(ground, window), ground, treated), window)
            both = counts[:2] + counts[2:]
            if both.all():
                rows.append((min(after), both[0, 1] / both[0, 0] * both[1, 0] / both[1, 1]))
    return pd.DataFrame(rows, columns=["after", "ratio"]).sort_values("after", ignore_index=True)


def _moved(month: str, by: int) -> str:
    number = int(month[:4]) * 12 + int(month[5:]) - 1 + by
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def _widened(counts: Floats, dispersion: float) -> Displacement:
    """Return the WDD with its errors times the root of the dispersion, which is never taken as under 1."""
    plain = weighted_displacement_difference(
        counts[0], counts[1], displacement_treated=counts[2], displacement_control=counts[3]
    )
    by = math.sqrt(max(dispersion, 1))
    middle = plain.estimate
    return plain._replace(
        **{name: getattr(plain, name) * by for name in ("se", "local_se", "ring_se")},
        z=plain.z / by,
        low=middle - (middle - plain.low) * by,
        high=middle + (plain.high - middle) * by,
    )


def _described(
    places: gpd.GeoDataFrame, ground: _Ground, treated: Ints, controls: Ints, likeness: tuple[Floats, Floats, Floats]
) -> pd.DataFrame:
    """Return each place with what it was in the comparison and how like the treated it was, before any result."""
    group = np.full(len(places), "not used", object)
    group[treated], group[controls] = "treated", "control"
    in_ring = ground.touching[treated].any(axis=0)
    why = np.where(group != "not used", "", np.where(in_ring, "in the ring of a treated place", "unlike the treated"))
    return pd.DataFrame(
        {
            "hotspot_id": places["hotspot_id"].to_numpy(),
            "name": places["name"].to_numpy() if "name" in places else "",
            "group": group,
            "why": why,
            "reports_a_month": likeness[1].round(2),
            "trend": likeness[2].round(2),
        }
    )


def _sentences(told: Assessment, periods: Periods) -> Iterator[str]:
    """Yield the verdict, what it rests on and what to beware of."""
    effect, counts = told.effect, told.counts
    sizes = told.places["group"].value_counts()
    span = f"between {_change(effect.low)} and {_change(effect.high)}"
    means = told.places.groupby("group")[["reports_a_month", "trend"]].mean()
    level, trend = (f"{means.loc['treated', of]:.1f} against {means.loc['control', of]:.1f}" for of in means)
    if not told.comparable:
        yield (
            f"No verdict: the controls were unlike the treated places before anything was done ({level} reports a "
            f"month, trend {trend}). The ratio below, {_change(effect.ratio)}, may be that difference going on."
        )
    elif effect.p <= 1 - LEVEL:
        way = "fell" if effect.ratio < 1 else "rose"
        yield (
            f"Reports in and round the treated places {way} against the controls: {_change(effect.ratio)}, {span} "
            f"(95 %), p = {effect.p:.3f}."
        )
    else:
        yield (
            f"No effect can be told from chance: {_change(effect.ratio)}, but anything {span} would fit (95 %), "
            f"p = {effect.p:.2f}."
        )
    as_large = round(effect.p * (len(told.placebos) + 1) / 2) - 1
    yield (
        f"{as_large:,} of {counted(len(told.placebos), 'placebo')} (as many places drawn at random, with their "
        f"controls) lie as far out on this side; they scatter {told.dispersion:.1f} times as much as independent "
        "reports would."
    )
    if len(told.earlier):
        low, high = (_change(limit) for limit in (told.earlier["ratio"].min(), told.earlier["ratio"].max()))
        yield (
            f"When nothing was done, the same places gave {low} to {high} in "
            f"{counted(len(told.earlier), 'earlier pair')} of such periods."
        )
    yield (
        f"{counted(int(sizes['treated']), 'treated place')}: {counts.loc['treated', 'before']:,} reports before and "
        f"{counts.loc['treated', 'after']:,} after; {counted(int(sizes['control']), 'control')}: "
        f"{counts.loc['control', 'before']:,} and {counts.loc['control', 'after']:,}; rings: "
        f"{counts.loc['displacement_treated', 'before']:,} and {counts.loc['displacement_treated', 'after']:,}, "
        f"{counts.loc['displacement_control', 'before']:,} and {counts.loc['displacement_control', 'after']:,}."
    )
    yield (
        f"In reports (WDD): {told.difference.estimate:+,.0f}, between {told.difference.low:+,.0f} and "
        f"{told.difference.high:+,.0f}; in the rings {told.difference.ring:+,.0f}."
    )
    enough = told.power.index[told.power >= _FOUR_OF_FIVE]
    if len(enough):
        yield f"These counts show a fall of {enough[0]:.0%} in four of five cases; a smaller one less often."
    else:
        yield "These counts show no fall, however large, in four of five cases."
    if sorted(month[5:] for month in periods.before) != sorted(month[5:] for month in periods.after):
        yield "Before and after are not the same months of the year; the controls take out only a season they share."
    if not periods.chosen_from:
        yield "Not known which months chose the places: if before did, a fall would come by itself."
    yield "Counts are reports: a change in reporting looks the same as a change in what happened."


def _change(ratio: float) -> str:
    """Return a ratio in words: ``-30 %``, ``+12 %``; an open limit as ``any rise``."""
    return f"{100 * (ratio - 1):+.0f} %" if math.isfinite(ratio) else "any rise"
