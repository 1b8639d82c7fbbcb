"""Two counts of treated and of control areas, before and after: what changed beyond what changed anyway.

The weighted displacement difference counts reports; it takes it that treated and control would have changed by the same
*number*. Where both fall by the same share from different levels, or reports come in bursts, its interval announces
an effect that is none: ``wdd_false_alarms`` says how often. The ratio of ratios takes the same *share*, which any
change of the whole town leaves at 1; it is the headline of ``geo.evaluation.assessment``, the WDD stands beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from geo.errors import GeoError, counted

Floats = NDArray[np.float64]
Pair = Sequence[float]

LEVEL = 0.95
NAMES = ("treated", "control", "displacement_treated", "displacement_control")
# what treated adds, control takes away, and so their rings
_SIGNS = np.array([1.0, -1.0, 1.0, -1.0])


class Displacement(NamedTuple):
    """``estimate``: reports more (or, below 0, fewer) than the control's change would give, rings included.

    ``se``: its standard error; ``z``: their ratio (NaN where every count is 0); ``low`` and ``high``: the limits.
    ``local``, ``local_se``: treated against control without the rings; ``ring``, ``ring_se``: the rings alone, above 0
    where reports moved next door.
    """

    estimate: float
    se: float
    z: float
    low: float
    high: float
    local: float
    local_se: float
    ring: float
    ring_se: float


class Effect(NamedTuple):
    """``ratio``: the treated's after / before over the control's; 0.7 is a fall of 30% beyond the control's change.

    ``low``, ``high``: its limits; ``p``: two-sided, of a ratio of 1; ``log_se``: standard error of its logarithm.
    """

    ratio: float
    low: float
    high: float
    p: float
    log_se: float


def weighted_displacement_difference(
    treated: Pair,
    control: Pair,
    *,
    displacement_treated: Pair = (0, 0),
    displacement_control: Pair = (0, 0),
    area_weights: Sequence[float] | Mapping[str, float] | None = None,
    time_weights: Pair | None = None,
    level: float = LEVEL,
) -> Displacement:
    """Return the weighted displacement difference of counts ``(before, after)``.

    (treated after - before) - (control after - before) + the same of the rings round them. ``area_weights``: what each
    count is divided by, of treated, control, ring of treated, ring of control (or by these names); ``time_weights``: of
    before and after, where the periods differ in length. Counts are taken as independent Poisson: the variance is the
    sum of each count over its weights squared. A ring may not overlap a treated or control area. Raises GeoError for
    counts that are negative or no numbers, and for weights that are not above 0.

    Wheeler & Ratcliffe 2018, doi 10.1186/s40163-018-0085-5.
    """
    counts = _counts(treated, control, displacement_treated, displacement_control)
    area = _weights("area_weights", _in_order(area_weights), 4)
    time = _weights("time_weights", time_weights, 2)
    scale = area[:, None] * time
    change = np.diff(counts / scale, axis=1).ravel() * _SIGNS
    variance = (counts / scale**2).sum(axis=1)
    estimate, se = float(change.sum()), math.sqrt(variance.sum())
    reach = float(ndtri((1 + level) / 2)) * se
    return Displacement(
        estimate,
        se,
        estimate / se if se else math.nan,
        estimate - reach,
        estimate + reach,
        float(change[:2].sum()),
        math.sqrt(variance[:2].sum()),
        float(change[2:].sum()),
        math.sqrt(variance[2:].sum()),
    )


def weighted_harm(parts: Sequence[Displacement], weights: Sequence[float], *, level: float = LEVEL) -> Displacement:
    """Return one difference in harm from those of several types of report, each with its weight.

    Estimates add with their weights, variances with their squares. Weights are a local judgement: no published index
    weighs anti-social behaviour. Raises GeoError for different numbers of parts and weights.
    """
    if len(parts) != len(weights) or not parts:
        raise GeoError(f"{counted(len(weights), 'weight')} for {counted(len(parts), 'type')}.", "Give one a type.")
    weight = np.asarray(weights, np.float64)
    sums = {name: float(weight @ [getattr(part, name) for part in parts]) for name in ("estimate", "local", "ring")}
    errors = {
        name: math.sqrt(weight**2 @ [getattr(part, name) ** 2 for part in parts])
        for name in ("se", "local_se", "ring_se")
    }
    reach = float(ndtri((1 + level) / 2)) * errors["se"]
    z = sums["estimate"] / errors["se"] if errors["se"] else math.nan
    return Displacement(**sums, **errors, z=z, low=sums["estimate"] - reach, high=sums["estimate"] + reach)


def wdd_false_alarms(treated: Pair, control: Pair, *, dispersion: float = 1.0, level: float = LEVEL) -> float:
    """Return how often the interval of the WDD excludes 0 for *expected* counts ``(before, after)``.

    Where nobody did anything and both fell by the same share from different levels, this is the share of false alarms:
    200 and 100 falling by 30% give 26.4% instead of 5%. ``dispersion``: variance of the counts over their mean.
    """
    counts = _counts(treated, control)
    change = np.diff(counts, axis=1).ravel() @ _SIGNS[:2]
    drift = change / math.sqrt(counts.sum() * dispersion)
    limit = float(ndtri((1 + level) / 2)) / math.sqrt(dispersion)
    return float(ndtr(-limit - drift) + ndtr(-limit + drift))


def ratio_of_ratios(
    treated: Pair,
    control: Pair,
    *,
    displacement_treated: Pair = (0, 0),
    displacement_control: Pair = (0, 0),
    dispersion: float = 1.0,
    level: float = LEVEL,
) -> Effect:
    """Return the ratio of the treated's change to the control's, from counts ``(before, after)``.

    The rings count with their areas, so that what only moved next door is no effect. A change of the whole town by any
    share leaves the ratio at 1, and so do periods of different length. ``dispersion``: the variance of such counts over
    their mean where it is known; 1 takes each report as independent, which calls about one matter are not. The interval
    is Wald's on the logarithm: 1/n added up. Raises GeoError where one of the four counts is 0: a ratio needs both.
    """
    both = _counts(treated, control, displacement_treated, displacement_control)
    counts = both[:2] + both[2:]
    if not counts.all():
        group, period = np.argwhere(counts == 0)[0]
        raise GeoError(
            f"The {NAMES[group]} areas have no report {('before', 'after')[period]}: a ratio needs some.",
            "Take longer periods or more places.",
        )
    change = np.log(counts[:, 1] / counts[:, 0])
    estimate = float(change[0] - change[1])
    se = math.sqrt(dispersion * float((1 / counts).sum()))
    reach = float(ndtri((1 + level) / 2)) * se
    p = 2 * float(ndtr(-abs(estimate) / se))
    return Effect(math.exp(estimate), math.exp(estimate - reach), math.exp(estimate + reach), p, se)


def smallest_effect(treated_before: float, control_before: float | None = None, *, dispersion: float = 1.0) -> float:
    """Return the smallest fall (0-1) that such counts show in four of five cases, at the 5% level.

    2.8 standard errors of the change, for periods of one length; the control is as large as the treated if not given.
    100 reports before show 56% and more, 400 show 28%. Above 1: not even the end of all reports would show.
    """
    control = treated_before if control_before is None else control_before
    if not (treated_before > 0 and control > 0):
        return math.inf
    return 2.8 * math.sqrt(dispersion * (2 / treated_before + 2 / control))


def _counts(*pairs: Pair) -> Floats:
    """Return checked counts, one row an area, before and after."""
    for name, pair in zip(NAMES, pairs, strict=False):
        counts = np.asarray(pair, np.float64)
        if counts.shape != (2,) or not (np.isfinite(counts) & (counts >= 0)).all():
            raise GeoError(f"{name}: {pair} is not a count before and one after.", "Give (before, after), 0 or more.")
    return np.array(pairs, np.float64)


def _in_order(weights: Sequence[float] | Mapping[str, float] | None) -> Sequence[float] | None:
    if isinstance(weights, Mapping):
        unknown = sorted(set(weights) - set(NAMES))
        if unknown:
            raise GeoError(f"area_weights: no area is called {unknown[0]!r}.", f"There are: {', '.join(NAMES)}.")
        return [weights.get(name, 1.0) for name in NAMES]
    return weights


def _weights(name: str, weights: Sequence[float] | None, length: int) -> Floats:
    given = np.ones(length) if weights is None else np.asarray(weights, np.float64)
    if given.shape != (length,) or not (np.isfinite(given) & (given > 0)).all():
        raise GeoError(f"{name}: {list(given)} are not {length} numbers above 0.", "Give one for each count.")
    return given
