"""How well a map predicted: hit rate, PAI, PEI* and RRI, and comparisons on the same amount of ground.

``hit_rate`` is the share of later incidents that fell inside. PAI, the prediction accuracy index, divides it by the
share of the ground that was marked (Chainey, Tompson & Uhlig 2008, Security Journal 21): 1 is no better than marking
ground at random, 10 means ten times as many incidents as its share of the ground. A small area reaches a high PAI
easily, so two maps are compared on the same amount of ground, or each with the best possible map of its size: PEI* is
PAI over that best PAI, at most 1.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from geo.errors import GeoError, counted

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# areas are sums of many roundings: a difference of this share is none
_ROUNDING = 1e-9


class Prediction(NamedTuple):
    """``hit_rate``: share of incidents inside; ``area_share``: of the ground; ``pai``: the one over the other."""

    hit_rate: float
    area_share: float
    pai: float


def prediction_of_area(hit: float, total: float, area: float, whole: float) -> Prediction:
    """Return how well one marked area, such as the union of all hot spots, predicted.

    ``hit`` of ``total`` later incidents lie in ``area`` of ``whole`` (any unit, the same for both). ``total`` counts
    every located incident of the study area, ``whole`` is the study area itself. No hit gives a PAI of 0; no incident
    at all, or no area, gives a missing one. Raises GeoError for a part that is greater than its whole.
    """
    for name, part, of in (("incidents inside", hit, total), ("area", area, whole)):
        if not (0 <= part <= of * (1 + _ROUNDING) and math.isfinite(of)):
            raise GeoError(f"{name}: {part:g} of {of:g} is not a part of a whole.", "Give 0 <= part <= whole.")
    hit_rate, area_share = _ratio(hit, total), _ratio(area, whole)
    return Prediction(hit_rate, area_share, _ratio(hit_rate, area_share))


def predictive_accuracy(
    observed: ArrayLike,
    predicted: ArrayLike,
    area: ArrayLike,
    *,
    total: float | None = None,
    whole: float | None = None,
) -> pd.DataFrame:
    """Return the accuracy of marking the best predicted unit, the best two, and so on to all of them.

    ``observed``: later incidents in each unit (grid cell, hot spot, ward); ``predicted``: what was expected there, in
    any unit of measure; ``area``: of each unit, or one number for all. ``total``: all located incidents of the study
    area (default: those of the units; give it where some lie in no unit), ``whole``: its area (default: the sum).

    Units are taken by predicted / area, greatest first, ties by observed, *smallest* first: the worst case, so that a
    map which cannot tell two units apart earns nothing from their order. One row a unit in that order, with the index
    of ``observed`` (positions, if it has none); each value is of that unit and all before it:

    ``pai``; ``pei``: PEI*, PAI over the best PAI on as much ground (units by observed / area, the last one in part);
    ``rri``: predicted over observed (as in ptools; below 1, more came than expected); ``hit_rate``. ``rri`` has another
    meaning elsewhere, see ``recapture_rate``. Missing where undefined: no incident at all, no area, nothing observed
    (rri). Raises GeoError for lengths or indexes that differ and for values that are negative or no numbers.
    """
    units = _units(observed, predicted, area)
    total = _whole("total", total, units["observed"].sum())
    whole = _whole("whole", whole, units["area"].sum())
    ranked = units.iloc[_worst_order(units)]
    ground = ranked["area"].cumsum().to_numpy()
    hits = ranked["observed"].cumsum().to_numpy()
    best = hits_within(units["observed"], units["observed"], units["area"], ground)
    with np.errstate(divide="ignore", invalid="ignore"):
        hit_rate = hits / (total or np.nan)
        pai = hit_rate / np.where(ground > 0, ground, np.nan) * (whole or np.nan)
        pei = np.where(ground > 0, np.minimum(hits / np.where(best > 0, best, np.nan), 1), np.nan)
        rri = ranked["predicted"].cumsum().to_numpy() / np.where(hits > 0, hits, np.nan)
    return pd.DataFrame({"pai": pai, "pei": pei, "rri": rri, "hit_rate": hit_rate}, index=ranked.index)


def recapture_rate(before: float, after: float, total_before: float, total_after: float) -> float:
    """Return the recapture rate index of one area, the other meaning of RRI (Levine 2008, Security Journal 21).

    (after / before) / (total_after / total_before): 1 if the area held its share of all incidents, less if it lost
    some. ``before``, ``after``: incidents in the area, in training and test; the totals: in the whole study area.
    Missing where it divides by 0.
    """
    return _ratio(after * total_before, before * total_after)


def hit_rate_at(observed: ArrayLike, predicted: ArrayLike, area: ArrayLike, area_share: float) -> float:
    """Return the hit rate of the best predicted units on at most ``area_share`` (0-1) of the ground, whole units only.

    Order as in ``predictive_accuracy``. 0 where not even one unit fits; missing where nothing was observed.
    """
    if not 0 <= area_share <= 1:
        raise GeoError(f"area share {area_share:g}: not a share from 0 to 1.", "For 5% give 0.05.")
    units = _units(observed, predicted, area)
    ranked = units.iloc[_worst_order(units)]
    limit = area_share * ranked["area"].sum() * (1 + _ROUNDING)
    fits = ranked["area"].cumsum() <= limit
    return _ratio(float(ranked.loc[fits.to_numpy(), "observed"].sum()), float(ranked["observed"].sum()))


def hits_within(observed: ArrayLike, predicted: ArrayLike, area: ArrayLike, ground: ArrayLike) -> Floats:
    """Return the incidents caught by the best predicted units on exactly as much ``ground``: the equal-area comparison.

    Units are taken by predicted / area, greatest first, until ``ground`` (one amount or several) is used up. The last
    unit counts in proportion to the part that fits. Units predicted alike are taken together, each in that same
    proportion: what is caught on average if the tie is broken by lot, neither the best nor the worst case. Ground
    beyond the units catches nothing more.
    """
    units = _units(observed, predicted, area)
    rank = _ranks(units)
    # both begin with nothing, so that the n-th is what n groups hold
    ends = np.concatenate(([0.0], np.cumsum(np.bincount(rank, units["area"]))))
    hits = np.concatenate(([0.0], np.cumsum(np.bincount(rank, units["observed"]))))
    wanted = np.atleast_1d(np.asarray(ground, np.float64))
    # groups that fit whole, those without area included; then a part of the next
    fit = np.searchsorted(ends, wanted, side="right") - 1
    following = np.minimum(fit + 1, len(ends) - 1)
    length = ends[following] - ends[fit]
    part = np.divide(wanted - ends[fit], length, out=np.zeros(len(wanted)), where=length > 0)
    return np.asarray(hits[fit] + part * (hits[following] - hits[fit]))


def _worst_order(units: pd.DataFrame) -> Ints:
    return np.lexsort((units["observed"], _ranks(units)))


def _ranks(units: pd.DataFrame) -> Ints:
    """Return the place of each unit by predicted / area, 0 the densest; units alike but for rounding share one."""
    density = _density(units["predicted"], units["area"])
    order = np.argsort(-density, kind="stable")
    dense, less = density[order][:-1], density[order][1:]
    rank = np.zeros(len(order), np.int64)
    rank[order[1:]] = np.cumsum(less < dense * (1 - _ROUNDING))
    return rank


def _density(amount: pd.Series, area: pd.Series) -> Floats:
    """Return amount / area; something on no area is infinitely dense, nothing on no area is 0."""
    ground = area.to_numpy()
    some = np.where(amount.to_numpy() > 0, np.inf, 0.0)
    return np.asarray(np.divide(amount.to_numpy(), ground, out=some, where=ground > 0))


def _units(observed: ArrayLike, predicted: ArrayLike, area: ArrayLike) -> pd.DataFrame:
    """Return the three as one checked table, one row a unit, with the index of the first that has one."""
    given = {"observed": observed, "predicted": predicted, "area": area}
    indexed = [(name, values.index) for name, values in given.items() if isinstance(values, pd.Series)]
    for name, index in indexed[1:]:
        if not index.equals(indexed[0][1]):
            raise GeoError(
                f"{name}: its index is not that of {indexed[0][0]}, so units cannot be told.",
                "Reindex one to the other, or pass both as plain arrays in the same order.",
            )
    values = {name: _numbers(name, column) for name, column in given.items()}
    length = len(values["observed"])
    if np.ndim(area) == 0:
        values["area"] = np.repeat(values["area"], length)
    for name, column in values.items():
        if len(column) != length:
            raise GeoError(
                f"{name}: {counted(len(column), 'value')} for {counted(length, 'unit')}.",
                "Give one value a unit, in the same order as observed.",
            )
    return pd.DataFrame(values, index=indexed[0][1] if indexed else None)


def _numbers(name: str, values: ArrayLike) -> Floats:
    try:
        column = np.asarray(values, np.float64).ravel()
    except (TypeError, ValueError):
        raise GeoError(f"{name}: not all of it are numbers.", "Give one number a unit.") from None
    bad = np.flatnonzero(~(np.isfinite(column) & (column >= 0)))
    if len(bad):
        raise GeoError(
            f"{name}: {counted(len(bad), 'value')} below zero or missing (unit {bad[0] + 1}: {column[bad[0]]:g}).",
            "Counts and areas are 0 or more; leave out units without data.",
        )
    return column


def _whole(name: str, given: float | None, parts: float) -> float:
    if given is None:
        return float(parts)
    if not given >= parts * (1 - _ROUNDING):
        raise GeoError(f"{name}: {given:g} is less than the {parts:g} of the units.", "Give the whole study area's.")
    return float(given)


def _ratio(part: float, whole: float) -> float:
    """Return part / whole; missing where that is undefined."""
    return part / whole if whole else math.nan
