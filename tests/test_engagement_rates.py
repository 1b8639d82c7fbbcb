"""Observed over expected and what is known of a rate: hand numbers, esda, and laws."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from geo.engagement import rates
from geo.engagement.shrinkage import FIXED, Prior, prior_for
from geo.errors import GeoError

N = [4000, 1500, 600, 7000, 2500, 900]
S = [12, 3, 0, 25, 8, 2]
T = [40, 2, 0, 90, 3, 1]
PPR_CONTACTS, PPR_RESIDENTS = [170, 20, 8, 2], [15000, 3000, 1500, 500]
AREAS = st.lists(st.tuples(st.integers(0, 200), st.floats(0.1, 200)), min_size=1, max_size=30)


def columns(areas):
    return np.array([area[0] for area in areas], float), np.array([area[1] for area in areas])


# --- expected


def test_expected_by_rate_of_six_wards():
    found = rates.expected_by_rate(S, N)
    assert found.tolist() == pytest.approx([12.1212, 4.5455, 1.8182, 21.2121, 7.5758, 2.7273], rel=1e-4)


def test_composition_oracle():
    expected = rates.expected_by_composition(PPR_CONTACTS, PPR_RESIDENTS)
    assert expected.tolist() == pytest.approx([150, 30, 15, 5])
    found = rates.ratio(PPR_CONTACTS, expected)
    assert found["ratio"].tolist() == pytest.approx([1.13333, 0.66667, 0.53333, 0.4], rel=1e-4)
    assert found["low"].tolist() == pytest.approx([0.9694, 0.4072, 0.2303, 0.0484], abs=6e-5)


def test_composition_and_standardised_oracle_of_two_wards():
    observed, people, ward, group = [30, 6, 10, 14], [3000, 1000, 1000, 2000], list("aabb"), list("xyxy")
    assert rates.expected_by_composition(observed, people, ward).tolist() == pytest.approx([27, 9, 8, 16])
    found = rates.expected_standardised(observed, people, ward, group)
    assert found.to_dict() == pytest.approx({"a": 36.6667, "b": 23.3333}, rel=1e-4)
    assert (pd.Series({"a": 36, "b": 24}) / found).tolist() == pytest.approx([0.98182, 1.02857], rel=1e-4)


def test_indirect_standardisation_as_esda_has_it():
    from esda.smoothing import indirect_age_standardization

    e, b = np.array([30, 25, 25, 15, 33, 21, 30, 20]), np.array([1000, 1000, 1100, 900, 1000, 900, 1100, 900])
    s_e, s_b = np.array([100, 45, 120, 100, 50, 30, 200, 80]), np.array([1000, 900] * 4)
    expected = (b * s_e / s_b).reshape(2, 4).sum(axis=1)
    ours = rates.ratio(e.reshape(2, 4).sum(axis=1), expected) * s_e.sum() / s_b.sum()
    assert ours["ratio"].tolist() == pytest.approx([0.02372382, 0.02610803], rel=1e-6)
    theirs = np.array(indirect_age_standardization(e, b, s_e, s_b, 2))
    assert ours["ratio"].tolist() == pytest.approx(theirs[:, 0].tolist())
    # their limits are log-normal, ours exact: alike at some hundred contacts
    assert ours[["low", "high"]].to_numpy() == pytest.approx(theirs[:, 1:], rel=0.02)


def test_scatter_oracle():
    assert rates.scatter(T, rates.expected_by_rate(T, N)) == pytest.approx(10.7626, rel=1e-5)
    assert rates.scatter(S, rates.expected_by_rate(S, N)) == pytest.approx(0.64779, rel=1e-5)
    expected = rates.expected_by_rate([*T, 7, np.nan], [*N, 0, 50])
    assert rates.scatter([*T, 7, np.nan], expected) == pytest.approx(10.7626, rel=1e-5)
    theirs = stats.chisquare(T, rates.expected_by_rate(T, N))
    assert rates.scatter(T, rates.expected_by_rate(T, N)) == pytest.approx(theirs.statistic / 5)
    assert np.isnan(rates.scatter([3], [2]))
    assert np.isnan(rates.scatter([0, 0], [0, 0]))


def test_esda_has_no_limits_without_events_and_ours_do():
    from esda.smoothing import indirect_age_standardization

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        none, some, many = np.array([0, 0]), np.array([5, 5]), np.array([100, 100])
        theirs = np.array(indirect_age_standardization(none, many, some, many, 1))[0]
    assert theirs[:2].tolist() == [0, 0]
    assert np.isnan(theirs[2])
    assert rates.ratio([0], [10])["high"].item() == pytest.approx(0.36889, rel=1e-4)


def test_nobody_lives_there_leaves_the_others_alone():
    from esda.smoothing import Excess_Risk

    with_nobody = rates.expected_by_rate([*S, 7], [*N, 0])
    assert with_nobody.iloc[:6].tolist() == rates.expected_by_rate(S, N).tolist()
    assert np.isnan(with_nobody.iloc[6])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = Excess_Risk(np.array([*S, 7]), np.array([*N, 0])).r
    assert not np.isfinite(np.asarray(theirs, float)[-1]).any()
    known = rates.posterior([*S, 7], with_nobody)
    assert known.iloc[6].isna().all()
    pd.testing.assert_frame_equal(known.iloc[:6], rates.posterior(S, rates.expected_by_rate(S, N)))


def test_unknown_contacts_or_residents_are_left_out_of_every_sum():
    found = rates.expected_by_rate([10, np.nan, 20, 5], [100, 100, 200, np.nan])
    assert found.tolist()[::2] == [10, 20]
    assert found.isna().tolist() == [False, True, False, True]


def test_no_contacts_at_all_expects_none_and_gives_no_ratio():
    expected = rates.expected_by_rate([0, 0], [100, 200])
    assert expected.tolist() == [0, 0]
    assert rates.ratio([0, 0], expected).isna().all(axis=None)
    assert rates.posterior([0, 0], expected).isna().all(axis=None)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 999), st.sampled_from("abc")), min_size=1, max_size=30))
def test_expected_add_up_to_observed_where_people_live(rows):
    table = pd.DataFrame(rows, columns=["o", "n", "w"])
    lived = table[table["n"] > 0]
    assert rates.expected_by_rate(table["o"], table["n"]).sum() == pytest.approx(lived["o"].sum())
    found = rates.expected_by_composition(table["o"], table["n"], table["w"]).groupby(table["w"]).sum()
    for ward, total in lived.groupby("w")["o"].sum().items():
        assert found[ward] == pytest.approx(total)
    shuffled = table.sample(frac=1, random_state=1)
    again = rates.expected_by_composition(shuffled["o"], shuffled["n"], shuffled["w"]).sort_index()
    first = rates.expected_by_composition(table["o"], table["n"], table["w"])
    pd.testing.assert_series_equal(again, first, check_names=False)


# --- posterior


def test_posterior_of_wards_that_differ():
    found = rates.posterior(T, rates.expected_by_rate(T, N))
    assert found["rate"].tolist() == pytest.approx([1.18703, 0.20358, 0.12644, 1.53640, 0.17278, 0.20435], rel=1e-4)
    below = [0.01041, 0.99913, 0.99624, 0.0, 0.99998, 0.99508]
    assert found["probability_below"].tolist() == pytest.approx(below, abs=6e-6)


def test_posterior_of_wards_that_do_not_differ_uses_the_fixed_prior():
    found = rates.posterior(S, rates.expected_by_rate(S, N))
    assert found["rate"].tolist() == pytest.approx([0.99142, 0.76389, 0.52381, 1.16319, 1.0443, 0.84615], rel=1e-4)
    below = [0.24692, 0.59996, 0.80885, 0.03880, 0.24226, 0.52279]
    assert found["probability_below"].tolist() == pytest.approx(below, rel=2e-4)
    assert found.loc[2, ["low", "high"]].tolist() == pytest.approx([0.06344, 1.45924], rel=1e-4)
    at_one = rates.posterior(S, rates.expected_by_rate(S, N), threshold=1)
    assert at_one.loc[2, "probability_below"] == pytest.approx(0.89416, rel=1e-4)


def test_posterior_keeps_the_index_and_its_columns():
    observed = pd.Series([1, 5], index=["b", "a"])
    found = rates.posterior(observed, pd.Series([2.0, 3.0], index=["b", "a"]))
    assert found.index.tolist() == ["b", "a"]
    assert found.columns.tolist() == ["rate", "low", "high", "probability_below"]
    assert rates.posterior([], []).empty
    assert rates.posterior([1, 5], pd.Series([2.0, 3.0], index=["b", "a"])).equals(found)


def test_clustered_contacts_say_less():
    for count, mean, phi, probability in (
        (8, 24, 1, 0.99688),
        (8, 24, 4, 0.88108),
        (8, 24, 10, 0.72405),
        (0, 12, 1, 0.99983),
        (0, 12, 4, 0.90842),
        (0, 12, 6, 0.82880),
    ):
        counts = rates.effective([count], [mean], phi)
        found = rates.posterior(counts["observed"], counts["expected"])
        assert found["probability_below"].item() == pytest.approx(probability, rel=1e-4)


@settings(deadline=None, max_examples=30)
@given(AREAS, st.floats(0.1, 3), st.floats(0.5, 0.99))
def test_posterior_is_the_gamma_distribution_of_scipy(areas, threshold, level):
    count, mean = columns(areas)
    prior = prior_for(count, mean)
    gamma = stats.gamma(count + prior.shape, scale=1 / (mean + prior.rate))
    found = rates.posterior(count, mean, threshold=threshold, level=level)
    assert found["rate"].to_numpy() == pytest.approx(gamma.mean())
    assert found["low"].to_numpy() == pytest.approx(gamma.ppf((1 - level) / 2), rel=1e-6, abs=1e-12)
    assert found["high"].to_numpy() == pytest.approx(gamma.ppf((1 + level) / 2), rel=1e-6)
    assert found["probability_below"].to_numpy() == pytest.approx(gamma.cdf(threshold), abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(AREAS, st.randoms(use_true_random=False))
def test_shuffling_changes_nothing(areas, random):
    order = list(range(len(areas)))
    random.shuffle(order)
    count, mean = (pd.Series(column) for column in columns(areas))
    shuffled = rates.posterior(count[order], mean[order])
    pd.testing.assert_frame_equal(shuffled.sort_index(), rates.posterior(count, mean), check_exact=True)


@settings(deadline=None)
@given(st.integers(0, 300), st.floats(0.1, 300))
def test_more_contacts_are_never_worse(count, mean):
    found = rates.posterior([count, count + 1], [mean, mean], prior=FIXED)
    assert found["rate"].is_monotonic_increasing
    assert found["low"].is_monotonic_increasing
    assert found["probability_below"].is_monotonic_decreasing
    assert found["low"].iloc[0] < found["rate"].iloc[0] < found["high"].iloc[0]


@settings(deadline=None)
@given(st.integers(0, 300), st.floats(0.1, 300), st.floats(0.1, 10))
def test_counting_in_other_units_of_expectation_scales_the_rate(count, mean, factor):
    ours = rates.posterior([count], [mean], prior=Prior(2, 2, False, "")).iloc[0]
    scaled = rates.posterior([count], [mean * factor], threshold=0.8 / factor, prior=Prior(2, 2 * factor, False, ""))
    assert (scaled.iloc[0][["rate", "low", "high"]] * factor).tolist() == pytest.approx(
        ours[["rate", "low", "high"]].tolist()
    )
    assert scaled["probability_below"].item() == pytest.approx(ours["probability_below"], abs=1e-9)


def test_refused():
    with pytest.raises(GeoError, match="negative"):
        rates.posterior([-1], [2])
    with pytest.raises(GeoError, match="threshold"):
        rates.posterior([1], [2], threshold=0)
    with pytest.raises(GeoError, match="level"):
        rates.posterior([1], [2], level=1.5)
    with pytest.raises(ValueError, match="2 counts but 1"):
        rates.posterior([1, 2], [2])
    with pytest.raises(ValueError, match="not the same"):
        rates.posterior(pd.Series([1, 2]), pd.Series([1, 2], index=[1, 0]))


# --- clustering


def test_phi_oracle_and_its_bootstrap():
    sizes = np.array([40, 3, 2, 1, 4])
    assert rates.clustering(sizes) == pytest.approx(32.6)
    assert 50 / rates.clustering(sizes) == pytest.approx(1.53374, rel=1e-4)
    bootstrap = np.random.default_rng(0).poisson(1, (20_000, 5)) @ sizes
    assert bootstrap.std() == pytest.approx(40.373, rel=0.02)
    assert bootstrap.var() / bootstrap.mean() == pytest.approx(32.6, rel=0.03)


def test_phi_is_at_least_one_and_unknown_without_events():
    assert rates.clustering([0.5, 0.25]) == 1
    assert np.isnan(rates.clustering([]))
    assert np.isnan(rates.clustering([np.nan, 0]))


@settings(deadline=None)
@given(st.lists(st.integers(1, 300), min_size=1, max_size=50))
def test_effective_people_are_never_more_than_events(sizes):
    assert sum(sizes) / rates.clustering(sizes) <= len(sizes) * (1 + 1e-9)
