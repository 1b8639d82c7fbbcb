"""Empirical-Bayes prior for rates, and Marshall's smoother.

A count O where E were expected is Poisson with mean rate x E; the rates of the areas scatter as Gamma(shape, rate).
Given the count, an area's rate is Gamma(shape + O, rate + E). Source: Clayton & Kaldor 1987, doi 10.2307/2532003.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

Floats = NDArray[np.float64]

FEWEST_AREAS = 5  # below this the scatter of the areas cannot be told
NO_SCATTER = 1e4  # a rate parameter beyond this is the fit on its way to infinity: the areas do not differ


class Prior(NamedTuple):
    """Gamma(``shape``, ``rate``), mean shape / rate.

    ``fitted``: from the areas themselves, else the fixed prior; ``reason``: why, as a sentence for the reader.
    """

    shape: float
    rate: float
    fitted: bool
    reason: str


class Smoothed(NamedTuple):
    """Marshall's smoothed rates, and what they were made of.

    ``rates``: one an area, NaN where nobody lives; ``mean``: all observed over all at risk; ``variance``: between
    areas, never below 0; ``unclamped``: the same before the clamp. Below 0, the areas differ less than chance alone
    would make them, and every rate is the mean.
    """

    rates: Floats
    mean: float
    variance: float
    unclamped: float


# Mean 1, as loose as two contacts where two were expected: no area is taken for adequate because the others are.
FIXED = Prior(2.0, 2.0, False, "a fixed prior, Gamma(2, 2)")


def prior_for(observed: ArrayLike, expected: ArrayLike) -> Prior:
    """Return the prior of these areas by maximum likelihood, or the fixed Gamma(2, 2) where none can be fitted.

    Fixed with fewer than 5 areas, with nothing observed, and where the areas differ no more than chance: Marshall's
    variance at most 0, or a fitted rate above 10,000. There a fitted prior would have next to no spread, and would call
    an area without contacts adequate. Areas without anything expected, or unknown, are left out.
    """
    count, mean = _usable(observed, expected)
    if len(count) < FEWEST_AREAS:
        return FIXED._replace(reason=f"Fewer than {FEWEST_AREAS} areas to compare: {FIXED.reason}.")
    if not count.any():
        return FIXED._replace(reason=f"No contacts recorded: {FIXED.reason}.")
    if marshall(count, mean).unclamped > 0:
        shape, rate = gamma_by_likelihood(count, mean)
        if rate <= NO_SCATTER:
            said = f"A prior fitted to {len(count):,} areas, Gamma({shape:.3g}, {rate:.3g})."
            return Prior(shape, rate, True, said)
    return FIXED._replace(reason=f"No evidence that the areas differ beyond chance: {FIXED.reason}.")


def gamma_by_likelihood(observed: ArrayLike, expected: ArrayLike) -> tuple[float, float]:
    """Return shape and rate of the Gamma prior that makes the counts likeliest (they are then negative binomial).

    Both run to the upper bound where the areas do not differ: a rate above 10,000 means "no scatter". Counts may be
    fractional. NaN, NaN where nothing was observed.
    """
    count, mean = _usable(observed, expected)
    if not count.any():
        return float("nan"), float("nan")

    def loss(log_parameters: Floats) -> tuple[float, Floats]:
        """Return minus the mean log likelihood, and its slope, at (log of the prior's mean, log of its shape)."""
        centre, shape = np.exp(log_parameters)
        rate = shape / centre
        share = np.log1p(mean / rate)
        value = gammaln(count + shape) - gammaln(shape) - shape * share + count * (np.log(mean / rate) - share)
        by_rate = (shape * mean - count * rate) / (rate * (rate + mean))
        by_shape = digamma(count + shape) - digamma(shape) - share
        slope = np.array([-(by_rate * rate).mean(), (by_shape * shape + by_rate * rate).mean()])
        return -float(value.mean()), -slope

    smoothed = marshall(count, mean)
    scatter = max(smoothed.variance, smoothed.mean**2 / NO_SCATTER)
    start = np.log([smoothed.mean, smoothed.mean**2 / scatter])
    # a shape of 10^7 times the mean stands for no scatter at all; 10^-4 for areas that are nearly all 0
    bounds = [(start[0] - 10, start[0] + 10), (np.log(1e-4), np.log(1e7))]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-15, "gtol": 1e-10})
    centre, shape = np.exp(found.x)
    return float(shape), float(shape / centre)


def marshall(observed: ArrayLike, at_risk: ArrayLike) -> Smoothed:
    """Return each area's rate drawn towards the mean of all, the more the fewer people live there.

    ``at_risk``: residents, or expected counts. Areas with none, or unknown, are left out of every sum and get NaN. The
    variance between areas is clamped at 0; without that, rates can change their order. Source: Marshall 1991, doi
    10.2307/2347593.
    """
    count, people = np.broadcast_arrays(np.asarray(observed, np.float64), np.asarray(at_risk, np.float64))
    known = (people > 0) & ~np.isnan(count)
    if not known.any():
        return Smoothed(np.full(count.shape, np.nan), float("nan"), float("nan"), float("nan"))
    population = np.where(known, people, np.nan)
    rate = count / population
    everybody = np.nansum(population)
    mean = float(count[known].sum() / everybody)
    between = float(np.nansum(population * (rate - mean) ** 2) / everybody)
    unclamped = between - mean / float(everybody / known.sum())
    variance = max(0.0, unclamped)
    weight = variance / (variance + mean / population) if variance > 0 else np.zeros(count.shape)
    return Smoothed(np.where(known, mean + weight * (rate - mean), np.nan), mean, variance, unclamped)


def _usable(observed: ArrayLike, expected: ArrayLike) -> tuple[Floats, Floats]:
    """Return the counts of areas where something was expected, and what was expected there, in an order of their own.

    Sorted, so that the order of the rows does not change even the last digit of a sum.
    """
    count, mean = np.broadcast_arrays(np.asarray(observed, np.float64), np.asarray(expected, np.float64))
    known = (mean > 0) & np.isfinite(mean) & ~np.isnan(count)
    order = np.lexsort((count[known], mean[known]))
    return count[known][order], mean[known][order]
