import math

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom, poisson

from geo.errors import GeoError
from geo.hotspots.trend import (
    changes,
    hot_months,
    mann_kendall,
    month_number,
    monthly_counts,
    say_p,
    seasonal_kendall,
    trend,
    trends,
)
from layers.incidents import read_incidents

SUMMER = [5, 6, 8, 11, 14, 16, 18, 17, 13, 10, 7, 5]


def months(n, first="2024-01"):
    return [str(month) for month in pd.period_range(first, periods=n, freq="M")]


def series(values, first="2024-01"):
    return pd.Series(list(values), index=months(len(values), first))


# --- refused


def test_months_must_be_readable():
    for call in (
        lambda: trend(pd.Series([1, 2], index=["2024-01", "2024-13"])),
        lambda: monthly_counts(pd.Series(["2024-13"]), ["2024-01"]),
        lambda: seasonal_kendall([1, 2], ["2024-01", "2024-13"]),
    ):
        with pytest.raises(GeoError, match="months: 2024-13 cannot be read as YYYY-MM.\nWrite April 2025 as 2025-04."):
            call()


def test_a_month_comes_once():
    with pytest.raises(GeoError, match="months: 2024-01 given more than once."):
        trend(pd.Series([1, 2, 3], index=["2024-01", "2024-02", "2024-01"]))


def test_counts_are_finite():
    with pytest.raises(GeoError, match="counts: some are infinite."):
        mann_kendall([1, 2, math.inf, 3])
    with pytest.raises(GeoError, match="counts: some are infinite."):
        trend(series([1.0, math.inf]))


def test_hot_months_refuses_what_is_not_a_count():
    with pytest.raises(GeoError, match="counts: some are missing or negative.\nLeave out the months"):
        hot_months(series([1, np.nan]), 2.0)
    with pytest.raises(GeoError, match="counts: some are missing or negative."):
        hot_months(series([1, -1]), 2.0)
    with pytest.raises(GeoError, match="expected: not a number of incidents for every month."):
        hot_months(series([1, 2]), pd.Series([1.0], index=["2024-01"]))
    with pytest.raises(GeoError, match="level: 95 is not between 0 and 1."):
        hot_months(series([1, 2]), 2.0, level=95)


# --- Mann-Kendall


@pytest.mark.parametrize(
    ("values", "s", "variance", "z", "p"),
    [
        ([1, 2, 3, 4, 5], 10, 16.666667, 2.204541, 0.027486),
        ([1, 2, 2, 3, 5, 4, 6, 8], 25, 64.333333, 2.992218, 0.002770),
        ([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8], 25, 207, 1.668115, 0.095293),
        ([5, 4, 3, 2, 1], -10, 16.666667, -2.204541, 0.027486),
    ],
)
def test_mann_kendall_by_hand(values, s, variance, z, p):
    assert mann_kendall(values) == pytest.approx((s, variance, z, p), abs=1e-6)


def test_constant_values_have_no_trend():
    assert mann_kendall([0.1] * 9) == (0, 0.0, 0.0, 1.0)


def test_fewer_than_four_values_show_nothing():
    assert mann_kendall([1, 2, 3])[2:] == (0.0, 1.0)
    assert mann_kendall([]) == (0, 0.0, 0.0, 1.0)


def test_missing_is_left_out_not_zero():
    assert mann_kendall([1, np.nan, 2, 3, np.nan, 4, 5]) == mann_kendall([1, 2, 3, 4, 5])


def test_p_of_a_very_long_rise_is_not_zero():
    assert 0 < mann_kendall(np.arange(3000)).p < 1e-300


def test_agrees_with_pymannkendall():
    mk = pytest.importorskip("pymannkendall")
    rng = np.random.default_rng(1)
    for _ in range(50):
        values = rng.poisson(4, 36)
        ours, theirs = mann_kendall(values), mk.original_test(values)
        assert ours == pytest.approx((theirs.s, theirs.var_s, theirs.z, theirs.p))
        ours, theirs = seasonal_kendall(values, months(36)), mk.seasonal_test(values, period=12)
        assert ours == pytest.approx((theirs.s, theirs.var_s, theirs.z, theirs.p))
        assert trend(series(values)).per_year == pytest.approx(theirs.slope)


# --- seasonal


# pymannkendall 1.4.3, seasonal_test(values, period=12)
DIGITS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6, 2, 6, 4, 3, 3, 8, 3, 2, 7, 9, 5, 0, 2, 8, 8]


def test_seasonal_kendall_as_pymannkendall():
    assert seasonal_kendall(DIGITS, months(36)) == pytest.approx((3, 39.0, 0.32025630761017426, 0.7487740417065472))
    assert trend(series(DIGITS)).per_year == 0.0


def test_seasonal_kendall_by_hand():
    # twelve pairs, all up: S 12, variance 1 each, z = 11 / sqrt(12)
    result = seasonal_kendall(SUMMER + [count + 1 for count in SUMMER], months(24))
    assert result == pytest.approx((12, 12.0, 11 / math.sqrt(12), 0.001496), abs=1e-6)


def test_a_summer_is_no_rise():
    half = SUMMER[:7]
    assert trend(series(SUMMER * 2 + half)).direction == trend(series(SUMMER * 2)).direction == "no clear trend"
    assert mann_kendall(half).p < 0.01  # what a month-by-month test makes of January to July


# --- counts and trend


def test_covered_months_without_incidents_are_zero_and_others_absent():
    found = monthly_counts(
        pd.Series(["2024-03", "2024-01", "2024-03", None, "2024-07"]), ["2024-03", "2024-02", "2024-01"]
    )
    assert found.to_dict() == {"2024-01": 1, "2024-02": 0, "2024-03": 2}
    assert found.dtype == "int64"
    assert found.index.name == "month"
    assert monthly_counts(pd.Series([], dtype="str"), ["2024-01"]).to_dict() == {"2024-01": 0}


@pytest.mark.parametrize("length", [1, 11, 12, 23])
def test_under_two_years_no_direction_is_given(length):
    found = trend(series(range(length)))
    assert found.direction == "too short to say"
    assert math.isnan(found.p)
    assert found.sentence == (
        f"Too short to say: {length} month{'s' if length > 1 else ''} covered, and a trend needs at least 24."
    )


def test_two_years_are_tested_by_season():
    found = trend(series([count + 6 for count in SUMMER] + SUMMER))
    assert (found.direction, found.method, found.per_year, found.months) == ("falling", "seasonal Kendall", -6.0, 24)
    assert found.sentence == "Falling by about 6 reports a month each year (seasonal Kendall, 24 months, p = 0.001)."


def test_a_gap_is_a_gap():
    values = series([*range(12)] * 3)
    gappy = values.drop(["2024-05", "2024-06"])
    found = trend(gappy)
    assert found.method == "seasonal Kendall"
    assert found.months == 34
    assert trend(values.astype(float).where(values.index.isin(gappy.index))) == found


def test_slope_counts_the_months_of_a_gap():
    line = series([2 * number for number in range(48)]).drop(months(8, "2024-06"))
    assert trend(line).per_year == pytest.approx(24)


def test_no_clear_trend_says_so():
    assert trend(series([5, 4] * 12)).sentence.startswith("No clear trend (seasonal Kendall, 24 months, p = ")


def test_a_tiny_slope_is_not_called_zero():
    found = trend(series([0] * 36 + [1] * 12))
    assert found.direction == "rising"
    assert "Rising by" in found.sentence


def test_p_in_words():
    assert [say_p(p) for p in (0.0004, 0.0023, 0.031, 1.0)] == ["p < 0.001", "p = 0.002", "p = 0.03", "p = 1.00"]


def test_january_follows_december():
    assert month_number("2024-01") - month_number("2023-12") == 1


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60), st.randoms())
def test_laws_of_trend(values, random):
    given_counts = series(values)
    shuffled = list(given_counts.items())
    random.shuffle(shuffled)
    other = pd.Series([count for _, count in shuffled], index=[month for month, _ in shuffled])
    found = trend(given_counts)
    assert trend(other).sentence == found.sentence
    assert math.isnan(found.p) == (len(values) < 24)
    if len(values) >= 24:
        assert 0 < found.p <= 1
        back = trend(series([-count for count in values]))
        assert back.p == found.p
        assert back.per_year == -found.per_year
    assert 0 < mann_kendall(values).p <= 1


# --- hot months


def test_hot_is_above_the_poisson_quantile():
    # Poisson(2): P(X <= 4) = .9473, P(X <= 5) = .9834, so 5 is the 95 % quantile and 6 is above it
    counts = series([0, 4, 5, 6, 7])
    assert hot_months(counts, 2.0).tolist() == [False, False, False, True, True]
    assert hot_months(counts, 2.0, level=0.5).tolist() == [False, True, True, True, True]


def test_nothing_expected_makes_any_count_hot():
    assert hot_months(series([0, 1]), 0.0).tolist() == [False, True]


def test_expected_can_differ_by_month_and_index_is_kept():
    counts = pd.Series([6, 6], index=["2024-07", "2024-01"])
    found = hot_months(counts, pd.Series({"2024-01": 2.0, "2024-07": 9.0}))
    assert found.to_dict() == {"2024-07": False, "2024-01": True}
    assert list(found.index) == list(counts.index)


@given(st.floats(0, 200), st.floats(0.01, 0.99))
def test_hot_agrees_with_scipy_poisson(expected, level):
    counts = series(range(0, 240, 7))
    limit = poisson.ppf(level, expected)
    assert hot_months(counts, expected, level=level).tolist() == (counts > limit).tolist()


# --- many at once, and what changed lately


def test_a_change_is_judged_against_the_rest_by_fishers_exact_test():
    last, before, rest_last, rest_before = (np.array(x) for x in ([9, 3, 0], [1, 3, 8], [50, 10, 90], [50, 10, 95]))
    found = changes(last, before, rest_last, rest_before)
    for p, a, b, c, d in zip(found, last, before, rest_last, rest_before, strict=True):
        seen = hypergeom(a + b + c + d, a + b, a + c)
        assert p == pytest.approx(min(1, 2 * min(seen.sf(a - 1), seen.cdf(a))))
    # ten reports that moved as the rest did are no change, though they doubled
    assert changes(*(np.array([x]) for x in (20, 10, 400, 200)))[0] > 0.5
    assert changes(*(np.array([x]) for x in (5, 0, 0, 0)))[0] == 1  # no rest to compare with


def test_a_month_that_is_not_covered_is_left_out_of_each_row():
    values = np.random.default_rng(3).poisson(5, (4, 36)).astype(float)
    values[1, [4, 20]] = values[2, :18] = np.nan
    found = trends(values, months(36))
    for row, p in zip(values, found.p, strict=True):
        assert p == pytest.approx(trend(series(row)).p, nan_ok=True)
    assert found.direction[2] == "too short to say"
    assert math.isnan(found.p[2])


def test_directions_allow_for_the_number_of_hot_spots():
    """On noise the share of sets of 60 hot spots with any direction is at most about 5%."""
    rng = np.random.default_rng(11)
    said = [set(trends(rng.poisson(6, (60, 36)), months(36)).direction) != {"no clear trend"} for _ in range(100)]
    assert sum(said) <= 11  # 5 expected; more than 11 in under 1 of 100 runs
    rising = np.vstack([rng.poisson(6, (59, 36)), np.arange(36)])
    assert trends(rising, months(36)).direction[-1] == "rising"


# --- the sample


@pytest.fixture(scope="module")
def ashview():
    return read_incidents(ROOT / "data" / "ashview" / "incidents.csv")


def test_ashview_park_rises_after_the_closure(ashview):
    incidents, report = ashview
    before = incidents.copy()
    park = incidents.loc[incidents["location_text"] == "Ashview Park", "month"]
    counts = monthly_counts(park, report.months)
    found = trend(counts)
    assert found.direction == "rising"
    assert found.method == "seasonal Kendall"
    # about 24 more a month from April on; Januaries to Marches as before, so the middle of twelve slopes is below that
    assert 12 < found.per_year < 30
    hot = hot_months(counts, 6.0)
    assert hot[[month for month in counts.index if month >= "2025-04"]].all()
    pd.testing.assert_frame_equal(incidents, before)


def test_ashview_street_with_a_steady_level_has_no_trend_but_for_the_burst(ashview):
    incidents, report = ashview
    street = incidents[incidents["location_text"] == "High Street"]
    quiet = street[~street["month"].isin(["2025-06", "2025-07"])]
    counts = monthly_counts(quiet["month"], [month for month in report.months if month not in ("2025-06", "2025-07")])
    assert trend(counts).direction == "too short to say"
    assert trend(monthly_counts(quiet["month"], report.months)).direction == "no clear trend"
