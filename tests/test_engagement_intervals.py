"""Limits of shares and ratios: published numbers, scipy, and laws."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from geo.engagement.intervals import garwood, wilson
from geo.errors import GeoError

S = [12, 3, 0, 25, 8, 2]
S_EXPECTED = np.array([4000, 1500, 600, 7000, 2500, 900]) * 50 / 16500
COUNTS = st.integers(0, 500)
EXPECTED = st.floats(0.01, 500)


@pytest.mark.parametrize(
    ("came", "asked", "low", "high"),
    [
        (3, 10, 0.10779, 0.60322),
        (0, 10, 0, 0.27753),
        (10, 10, 0.72247, 1),
        (18, 24, 0.55101, 0.88001),
        (0, 3, 0, 0.56150),
        (9, 14, 0.38764, 0.83655),
        (3, 9, 0.12058, 0.64580),
    ],
)
def test_wilson_oracle(came, asked, low, high):
    found = wilson(came, asked)
    assert found[0] == came / asked
    assert found[1:] == pytest.approx((low, high), rel=1e-4)


def test_wilson_of_nothing_is_unknown_and_one_column_is_one_call():
    share, low, high = wilson([0, 1, np.nan], [0, 2, 3])
    assert np.isnan([share[0], low[0], high[0], share[2], low[2], high[2]]).all()
    assert (share[1], low[1] + high[1]) == (0.5, pytest.approx(1))


@settings(deadline=None)
@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
def test_wilson_as_scipy_has_it(pair, level):
    theirs = stats.binomtest(*pair).proportion_ci(level, method="wilson")
    assert [float(limit) for limit in wilson(*pair, level=level)[1:]] == pytest.approx(
        [theirs.low, theirs.high], abs=1e-12
    )


def test_exact_oracle_of_six_wards():
    low, high = garwood(S, S_EXPECTED)
    assert low == pytest.approx([0.5115, 0.1361, 0, 0.7627, 0.4559, 0.0888], abs=6e-5)
    assert high == pytest.approx([1.7293, 1.9288, 2.0289, 1.7398, 2.0807, 2.6490], abs=6e-5)


def test_composition_oracle():
    low, high = garwood([170, 20, 8, 2], [150, 30, 15, 5])
    assert low == pytest.approx([0.9694, 0.4072, 0.2303, 0.0484], abs=6e-5)
    assert high == pytest.approx([1.3171, 1.0296, 1.0509, 1.4449], abs=6e-5)


def test_upper_limit_of_no_contact_at_all():
    low, high = garwood(np.zeros(5), [1, 2, 3, 5, 10])
    assert (low == 0).all()
    assert high == pytest.approx([3.6889, 1.8444, 1.2296, 0.7378, 0.3689], abs=6e-5)


@settings(deadline=None)
@given(COUNTS, EXPECTED, st.floats(0.5, 0.999))
def test_exact_limits_are_where_the_poisson_tails_are(count, expected, level):
    low, high = (float(limit) for limit in garwood(count, expected, level=level))
    assert stats.poisson.cdf(count, high * expected) == pytest.approx((1 - level) / 2, rel=1e-6)
    if count:
        assert stats.poisson.sf(count - 1, low * expected) == pytest.approx((1 - level) / 2, rel=1e-6)
    assert low <= count / expected <= high


@settings(deadline=None)
@given(count=COUNTS, expected=EXPECTED, factor=st.floats(0.01, 100))
def test_limits_rise_with_the_count_and_scale_with_the_expected(count, expected, factor):
    low, high = garwood([count, count + 1], expected)
    assert low[0] <= low[1]
    assert high[0] < high[1]
    assert garwood(count, expected * factor)[1] * factor == pytest.approx(high[0])


def test_nothing_expected_or_unknown_has_no_limits():
    for count, expected in ((3, 0), (0, 0), (np.nan, 4), (4, np.nan)):
        assert np.isnan(garwood(count, expected)).all()


@pytest.mark.parametrize("limits", [garwood, wilson])
def test_series_lists_and_empty_columns(limits):
    listed = limits([1, 2], [4, 5])
    for ours, theirs in zip(limits(pd.Series([1, 2], index=[7, 9]), pd.Series([4, 5])), listed, strict=True):
        assert (ours == theirs).all()
    assert all(len(part) == 0 for part in limits([], []))


@pytest.mark.parametrize("limits", [garwood, wilson])
def test_refused(limits):
    with pytest.raises(GeoError, match="negative"):
        limits([-1], [3])
    with pytest.raises(GeoError, match="between 0 and 1"):
        limits([1], [3], level=1)
    with pytest.raises(GeoError, match="More successes"):
        wilson(4, 3)
