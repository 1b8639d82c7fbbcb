"""WDD, the ratio of ratios and the E-test against published and exact numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from geo.errors import GeoError
from geo.evaluation.intervention import (
    ratio_of_ratios,
    smallest_effect,
    wdd_false_alarms,
    weighted_displacement_difference,
    weighted_harm,
)
from geo.evaluation.periods import e_test

PUBLISHED = {
    "treated": (207, 110),
    "control": (308, 318),
    "displacement_treated": (178, 157),
    "displacement_control": (150, 140),
}


def test_the_published_difference():
    # Wheeler & Ratcliffe 2018, table 1
    found = weighted_displacement_difference(**PUBLISHED)
    assert found.estimate == -118
    assert found.se == pytest.approx(39.597980, abs=1e-6)
    assert found.z == pytest.approx(-2.979950, abs=1e-6)
    assert (found.low, found.high) == pytest.approx((-195.610614, -40.389386), abs=1e-6)
    assert (found.local, found.local_se, found.ring, found.ring_se) == pytest.approx((-107, 30.708305, -11, 25))


@pytest.mark.parametrize(
    ("given", "level", "expected"),
    [
        ({"control": (20, 20), "treated": (20, 10)}, 0.9, (-10, 8.366600, -1.195229, -23.761833, 3.761833)),
        (
            {
                "control": (130, 150),
                "treated": (120, 100),
                "displacement_control": (30, 25),
                "displacement_treated": (40, 25),
            },
            0.9,
            (-50, 24.899799, -2.008048, -90.956525, -9.043475),
        ),
        (
            {"control": (100, 50), "treated": (80, 20), "time_weights": (2, 1)},
            0.95,
            (-20, 10.723805, -1.865010, -41.018272, 1.018272),
        ),
        (
            {**PUBLISHED, "area_weights": (1.2, 0.9, 1.5, 1.6)},
            0.95,
            (-99.694444, 35.428076, -2.813995, -169.132196, -30.256692),
        ),
    ],
)
def test_weights_of_area_and_time(given, level, expected):
    assert weighted_displacement_difference(**given, level=level)[:5] == pytest.approx(expected, abs=1e-6)


def test_areas_may_be_named_instead_of_counted():
    named = {"control": 0.9, "treated": 1.2, "displacement_control": 1.6, "displacement_treated": 1.5}
    assert weighted_displacement_difference(**PUBLISHED, area_weights=named).local == pytest.approx(-91.944444)
    with pytest.raises(GeoError, match="area_weights: no area is called 'ring'"):
        weighted_displacement_difference(**PUBLISHED, area_weights={"ring": 2})


def test_harm_adds_types_with_their_weights():
    pairs = {3: ((133, 91), (130, 74)), 2: ((388, 305), (327, 202)), 5: ((148, 97), (398, 190))}
    pairs |= {7: ((86, 64), (144, 92)), 10: ((94, 67), (183, 96))}
    parts = [weighted_displacement_difference(treated, control) for control, treated in pairs.values()]
    found = weighted_harm(parts, list(pairs))
    assert found[:5] == pytest.approx((-1721, 304.103601, -5.659256, -2317.032105, -1124.967895), abs=1e-6)
    with pytest.raises(GeoError, match="2 weights for 1 type"):
        weighted_harm(parts[:1], [1, 2])


@pytest.mark.parametrize(
    ("treated", "control", "dispersion", "share"),
    [
        ((100, 100), (100, 100), 1, 0.05),
        ((200, 140), (100, 70), 1, 0.264),
        ((100, 70), (300, 210), 1, 0.634),
        ((100, 100), (100, 100), 3, 0.258),
        ((100, 100), (100, 100), 6, 0.423),
    ],
)
def test_how_often_the_difference_announces_what_is_not_there(treated, control, dispersion, share):
    assert wdd_false_alarms(treated, control, dispersion=dispersion) == pytest.approx(share, abs=1e-3)


@pytest.mark.parametrize(
    ("treated", "control"), [((100, 100), (100, 100)), ((200, 140), (100, 70)), ((100, 70), (300, 210))]
)
def test_the_ratio_of_ratios_keeps_its_rate_under_any_common_fall(treated, control):
    rng = np.random.default_rng(1)
    runs = 4000
    drawn = np.stack([rng.poisson(count, runs) for count in (*treated, *control)], axis=1)
    called = np.mean([ratio_of_ratios(row[:2], row[2:]).p < 0.05 for row in drawn])
    assert 0.04 < called < 0.06
    wdd = [weighted_displacement_difference(row[:2], row[2:]) for row in drawn]
    excluded = np.mean([not one.low <= 0 <= one.high for one in wdd])
    assert excluded == pytest.approx(wdd_false_alarms(treated, control), abs=0.03)


def test_the_ratio_by_hand():
    found = ratio_of_ratios((100, 60), (200, 180), displacement_treated=(20, 24), displacement_control=(50, 45))
    assert found.ratio == pytest.approx((84 / 120) / (225 / 250))
    se = math.sqrt(1 / 84 + 1 / 120 + 1 / 225 + 1 / 250)
    assert found.log_se == pytest.approx(se)
    assert found.low == pytest.approx(found.ratio * math.exp(-1.959964 * se), rel=1e-6)
    assert found.p == pytest.approx(2 * norm.sf(abs(math.log(found.ratio)) / se))
    wider = ratio_of_ratios((100, 60), (200, 180), dispersion=4)
    assert wider.log_se == pytest.approx(2 * ratio_of_ratios((100, 60), (200, 180)).log_se)


counts = st.tuples(st.integers(1, 500), st.integers(1, 500))


@given(counts, counts, st.integers(1, 20))
def test_a_common_change_and_longer_periods_leave_the_ratio_where_it_was(treated, control, times):
    ratio = ratio_of_ratios(treated, control).ratio
    longer = ratio_of_ratios((treated[0] * times, treated[1]), (control[0] * times, control[1]))
    assert longer.ratio == pytest.approx(ratio)
    swapped = ratio_of_ratios(control, treated)
    assert swapped.ratio == pytest.approx(1 / ratio)
    assert swapped.p == pytest.approx(ratio_of_ratios(treated, control).p)


def test_the_smallest_effect_that_would_show():
    assert smallest_effect(100) == pytest.approx(0.56)
    assert smallest_effect(400) == pytest.approx(0.28)
    assert smallest_effect(400, dispersion=4) == pytest.approx(0.56)
    assert smallest_effect(0) == math.inf


def test_counts_that_are_none_are_refused():
    with pytest.raises(GeoError, match=r"^The treated areas have no report after: a ratio needs some\."):
        ratio_of_ratios((10, 0), (10, 10))
    with pytest.raises(GeoError, match=r"^control: \(-1, 2\) is not a count before and one after\."):
        weighted_displacement_difference((1, 2), (-1, 2))
    with pytest.raises(GeoError, match="time_weights"):
        weighted_displacement_difference((1, 2), (1, 2), time_weights=(1, 0))
    assert math.isnan(weighted_displacement_difference((0, 0), (0, 0)).z)


@pytest.mark.parametrize(
    ("given", "p"),
    [
        ((0, 3), 0.088379),
        ((3, 0), 0.088379),
        ((6, 2), 0.174875),
        ((10, 5), 0.206164),
        ((10, 10), 1),
        ((100, 25, 10, 5), 0.00057472),  # 0.00153807 with a pooled variance
    ],
)
def test_the_e_test(given, p):
    # Krishnamoorthy & Thomson 2004
    assert e_test(*given) == pytest.approx(p, abs=1e-6)


def test_the_e_test_of_nothing_tells_nothing():
    assert math.isnan(e_test(0, 0))
    with pytest.raises(GeoError, match="E-test of -1 and 2"):
        e_test(-1, 2)
