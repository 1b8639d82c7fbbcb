"""The prior and Marshall's smoother: Scottish lip cancer, two sets of six wards, esda, and where esda is wrong."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from esda.smoothing import Empirical_Bayes
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from geo.engagement.rates import posterior
from geo.engagement.shrinkage import (
    FIXED,
    NO_SCATTER,
    gamma_by_likelihood,
    marshall,
    prior_for,
)

LIP_OBSERVED = np.array(
    "9 39 11 9 15 8 26 7 6 20 13 5 3 8 17 9 2 7 9 7 16 31 11 7 19 15 7 10 16 11 5 3 7 8 11 9 11 8 6 4 10 8 2 6 19 3 2 "
    "3 28 6 1 1 1 1 0 0".split(),
    float,
)
LIP_EXPECTED = np.array(
    "1.4 8.7 3.0 2.5 4.3 2.4 8.1 2.3 2.0 6.6 4.4 1.8 1.1 3.3 7.8 4.6 1.1 4.2 5.5 4.4 10.5 22.7 8.8 5.6 15.5 12.5 6.0 "
    "9.0 14.4 10.2 4.8 2.9 7.0 8.5 12.3 10.1 12.7 9.4 7.2 5.3 18.8 15.8 4.3 14.6 50.7 8.2 5.6 9.3 88.7 19.6 3.4 3.6 "
    "5.7 7.0 4.2 1.8".split(),
    float,
)
COUNTIES = [0, 48, 54, 55]
N = np.array([4000, 1500, 600, 7000, 2500, 900])
S, T = np.array([12, 3, 0, 25, 8, 2]), np.array([40, 2, 0, 90, 3, 1])


def expected(observed):
    return N * observed.sum() / N.sum()


def test_lip_cancer_data_are_as_published():
    assert (len(LIP_OBSERVED), LIP_OBSERVED.sum(), LIP_EXPECTED.sum()) == (56, 536, pytest.approx(536.2))


def test_lip_cancer_prior():
    assert gamma_by_likelihood(LIP_OBSERVED, LIP_EXPECTED) == pytest.approx((1.87949, 1.32167), rel=1e-5)
    assert prior_for(LIP_OBSERVED, LIP_EXPECTED).fitted


def test_lip_cancer_posterior():
    found = posterior(LIP_OBSERVED, LIP_EXPECTED, threshold=1).iloc[COUNTIES]
    assert found["rate"].tolist() == pytest.approx([3.99736, 0.33191, 0.34038, 0.60208], rel=1e-4)
    assert found["low"].iloc[[0, 2, 3]].tolist() == pytest.approx([1.98649, 0.03728, 0.06594], rel=1e-4)
    assert found["high"].iloc[[0, 2, 3]].tolist() == pytest.approx([6.69950, 0.97091, 1.71737], rel=1e-4)
    below = found["probability_below"].iloc[[0, 2, 3]].tolist()
    assert below == pytest.approx([0.000153, 0.97824, 0.84002], abs=1e-5)


def test_lip_cancer_by_marshall():
    found = marshall(LIP_OBSERVED, LIP_EXPECTED)
    assert (found.mean, found.variance) == pytest.approx((0.999627, 0.802700), rel=1e-5)
    assert found.rates[COUNTIES] == pytest.approx([3.87281, 0.32514, 0.22861, 0.40878], rel=1e-4)


def test_likelihood_is_at_its_greatest_by_scipy_s_negative_binomial():
    def likelihood(shape, rate):
        return stats.nbinom.logpmf(LIP_OBSERVED, shape, rate / (rate + LIP_EXPECTED)).sum()

    shape, rate = gamma_by_likelihood(LIP_OBSERVED, LIP_EXPECTED)
    best = likelihood(shape, rate)
    for turned in ((1.01, 1), (0.99, 1), (1, 1.01), (1, 0.99), (1.01, 1.01), (0.99, 0.99)):
        assert likelihood(shape * turned[0], rate * turned[1]) < best


def test_wards_that_differ():
    assert gamma_by_likelihood(T, expected(T)) == pytest.approx((0.802845, 1.404159), rel=1e-5)
    found = marshall(T, N)
    assert (found.mean, found.variance) == pytest.approx((0.00824242, 2.388463e-5), rel=1e-5)
    smoothed = [0.00986041, 0.00262556, 0.00300966, 0.01264033, 0.00205421, 0.00308764]
    assert found.rates == pytest.approx(smoothed, rel=1e-5)


def test_wards_that_do_not_differ():
    found = marshall(S, N)
    assert found.unclamped == pytest.approx(-5.070795e-7, rel=1e-5)
    assert found.variance == 0
    assert found.rates == pytest.approx([50 / 16500] * 6, rel=1e-12)
    assert gamma_by_likelihood(S, expected(S))[1] > NO_SCATTER
    prior = prior_for(S, expected(S))
    assert (prior.shape, prior.rate, prior.fitted) == (2, 2, False)
    assert "No evidence that the areas differ" in prior.reason


def test_esda_agrees_where_areas_differ():
    assert marshall(T, N).rates == pytest.approx(np.asarray(Empirical_Bayes(T, N).r).ravel())
    theirs = np.asarray(Empirical_Bayes(LIP_OBSERVED, LIP_EXPECTED).r).ravel()
    assert marshall(LIP_OBSERVED, LIP_EXPECTED).rates == pytest.approx(theirs)


def test_esda_without_the_clamp_turns_the_order_of_rates_round():
    """Known to be wrong in esda 2.9.0: a negative variance is not clamped."""
    theirs = np.asarray(Empirical_Bayes(S, N).r).ravel()
    assert theirs[3] == pytest.approx(0.006729, rel=1e-3)
    raw = S / N
    # drawn away from the mean, not towards it
    assert abs(theirs[3] - 50 / 16500) > abs(raw[3] - 50 / 16500)
    assert marshall(S, N).rates[3] == pytest.approx(50 / 16500)


def test_esda_gives_nothing_at_all_where_one_area_is_empty_and_ours_leaves_it_out():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = np.asarray(Empirical_Bayes(np.array([*T, 5]), np.array([*N, 0])).r).ravel()
    assert np.isnan(theirs).all()
    ours = marshall([*T, 5], [*N, 0])
    assert ours.rates[:6] == pytest.approx(marshall(T, N).rates)
    assert np.isnan(ours.rates[6])


@pytest.mark.parametrize(
    ("observed", "mean", "reason"),
    [
        ([9, 0, 1, 0], [3, 3, 3, 3], "Fewer than 5 areas"),
        ([9, 0, 1, 0, 4, 4], [3, 3, 3, 3, 0, np.nan], "Fewer than 5 areas"),
        ([0] * 6, [3] * 6, "No contacts recorded"),
        ([3] * 6, [3] * 6, "No evidence that the areas differ"),
        ([], [], "Fewer than 5 areas"),
    ],
)
def test_where_no_prior_can_be_fitted_it_is_fixed_and_says_why(observed, mean, reason):
    prior = prior_for(observed, mean)
    assert prior[:3] == FIXED[:3]
    assert reason in prior.reason


def test_nothing_to_fit():
    assert np.isnan(gamma_by_likelihood([0, 0], [1, 1])).all()
    assert np.isnan(marshall([], []).mean)


def test_a_known_prior_is_found_again_among_160_000_cells():
    rng = np.random.default_rng(4)
    mean = rng.lognormal(0, 1, 160_000)
    count = rng.poisson(mean * rng.gamma(1.5, 1 / 1.5, len(mean)))
    assert gamma_by_likelihood(count, mean) == pytest.approx((1.5, 1.5), rel=0.04)


AREAS = st.lists(st.tuples(st.integers(0, 300), st.integers(1, 5000)), min_size=1, max_size=25)


@settings(deadline=None)
@given(AREAS)
def test_smoothing_draws_every_rate_towards_the_mean_and_never_past_it(areas):
    count, people = np.array(areas, float).T
    found = marshall(count, people)
    raw = count / people
    assert (found.rates >= np.minimum(raw, found.mean) - 1e-12).all()
    assert (found.rates <= np.maximum(raw, found.mean) + 1e-12).all()
    assert found.variance >= 0


@settings(deadline=None)
@given(AREAS, st.floats(0.01, 100))
def test_smoothing_does_not_depend_on_units(areas, factor):
    count, people = np.array(areas, float).T
    known, scaled = marshall(count, people), marshall(count, people * factor)
    if abs(known.unclamped) > 1e-9 * max(known.mean, 1e-9):  # at 0 rounding decides on which side
        assert scaled.rates * factor == pytest.approx(known.rates, rel=1e-6)


@settings(deadline=None, max_examples=30)
@given(AREAS, st.randoms(use_true_random=False))
def test_the_order_of_areas_does_not_change_the_prior(areas, random):
    shuffled = list(areas)
    random.shuffle(shuffled)
    assert prior_for(*np.array(areas, float).T) == prior_for(*np.array(shuffled, float).T)
