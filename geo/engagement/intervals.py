"""Limits for shares and for observed over expected: how far chance alone can move a number.

All take numbers, lists, arrays or Series, work on whole columns at once and return arrays in the order given.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaincinv, ndtri

from geo.errors import GeoError

Floats = NDArray[np.float64]

LEVEL = 0.95


def wilson(successes: ArrayLike, trials: ArrayLike, *, level: float = LEVEL) -> tuple[Floats, Floats, Floats]:
    """Return share, low and high of ``successes`` out of ``trials`` (Wilson score interval).

    All three are NaN where there were no trials: a share of nothing is not 0. The limits stay within 0 and 1 and make
    sense for small numbers and for 0 or all successes. Source: Wilson 1927, doi 10.1080/01621459.1927.10502953. Raises
    GeoError if a number is negative, or successes are more than trials.
    """
    came, n = _counts("successes", successes), _counts("trials", trials)
    if np.any(came > n):
        raise GeoError("More successes than trials.", "A share is counted out of all trials.")
    z = _z(level)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = came / n
        middle = share + z**2 / (2 * n)
        half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
        low, high = (middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)
    # nobody and everybody are exact limits; rounding would leave 1e-17
    low = np.where(came == 0, np.where(n > 0, 0.0, np.nan), low)
    high = np.where((came == n) & (n > 0), 1.0, high)
    return share, low, high


def garwood(observed: ArrayLike, expected: ArrayLike, *, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Return the exact limits of ``observed`` / ``expected``, the count being Poisson.

    The low limit is 0 where nothing was observed. NaN where nothing was expected. Counts need not be whole: effective
    counts are not. Source: Garwood 1936, doi 10.1093/biomet/28.3-4.437. Raises GeoError if a number is negative.
    """
    count, mean = np.broadcast_arrays(_counts("observed", observed), _per(expected))
    tail = (1 - _checked(level)) / 2
    # half a chi-squared quantile with 2k degrees of freedom is the gamma quantile with shape k
    low = np.where(count > 0, gammaincinv(np.where(count > 0, count, 1.0), tail), 0.0)
    return np.where(np.isnan(count), np.nan, low) / mean, gammaincinv(count + 1, 1 - tail) / mean


def _counts(name: str, values: ArrayLike) -> Floats:
    numbers = np.asarray(values, np.float64)
    if np.any(numbers < 0):
        raise GeoError(f"{name}: a count is negative.", "Counts are 0 or more.")
    return numbers


def _per(expected: ArrayLike) -> Floats:
    """Return the expected counts, NaN where there are none: nothing can be divided by them."""
    numbers = _counts("expected", expected)
    return np.where(numbers > 0, numbers, np.nan)


def _z(level: float) -> float:
    return float(ndtri(0.5 + _checked(level) / 2))


def _checked(level: float) -> float:
    if not 0 < level < 1:
        raise GeoError(f"level: {level:g} is not between 0 and 1.", "0.95 gives limits that hold 19 times in 20.")
    return level
