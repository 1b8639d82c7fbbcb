"""Two periods compared: by hand, against scipy's Poisson comparison, and where months are missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, poisson_means_test

from geo.evaluation.periods import DOWN, UNCLEAR, UP, change_by, compare, latest_months

COUNTS = st.integers(0, 60)


def test_by_hand():
    table = compare([12, 3, 0, 0, 4], [4, 12, 0, 9, 0])
    assert table["ratio"].tolist()[:2] == [3.0, 0.25]
    assert table["ratio"].isna().tolist() == [False, False, True, False, True]
    # 12 of 16 in the later period: P(X >= 12 or X <= 4), X binomial (16, 1/2)
    assert table["p_value"].iloc[0] == pytest.approx(2 * binom.sf(11, 16, 0.5))
    assert table["p_value"].tolist()[2] == 1
    assert table["change"].tolist() == [UNCLEAR, DOWN, UNCLEAR, DOWN, UNCLEAR]
    assert compare([20], [4])["change"].tolist() == [UP]


@given(COUNTS, COUNTS)
def test_swapping_the_periods_swaps_the_answer(now, before):
    one, other = compare([now], [before]).iloc[0], compare([before], [now]).iloc[0]
    assert one["p_value"] == pytest.approx(other["p_value"])
    assert {one["change"], other["change"]} in ({UNCLEAR}, {UP, DOWN})
    if now and before:
        assert one["low"] == pytest.approx(1 / other["high"])
        assert one["low"] < one["ratio"] < one["high"]


@given(COUNTS, COUNTS)
def test_the_interval_and_the_test_agree(now, before):
    row = compare([now], [before]).iloc[0]
    if row["change"] != UNCLEAR:
        assert not row["low"] <= 1 <= row["high"]


@pytest.mark.parametrize(("now", "before"), [(30, 15), (8, 20), (5, 5)])
def test_near_another_exact_test(now, before):
    """scipy's E-test conditions on nothing; the two agree within a few hundredths."""
    other = poisson_means_test(now, 1, before, 1).pvalue
    assert compare([now], [before])["p_value"].iloc[0] == pytest.approx(other, abs=0.03)


def test_the_last_months_and_as_many_before():
    months = ["2024-11", "2024-12", "2025-01", "2025-02", "2025-03", "2025-04"]
    assert latest_months(months) == (months[3:], months[:3])
    assert latest_months(months[1:]) == ([], [])
    assert latest_months([*months[:2], *months[3:], "2025-05"]) == ([], [])  # January is missing: unknown, not zero
    assert latest_months(months, 1) == (["2025-04"], ["2025-03"])


def test_by_ward():
    incidents = pd.DataFrame({"month": ["2025-01"] * 2 + ["2025-02"] * 9, "ward_code": ["A", "B", *["A"] * 8, "C"]})
    table = change_by(incidents, "ward_code", ["A", "B"], ["2025-01", "2025-02"], length=1)
    assert table[["ward_code", "now", "before"]].to_numpy().tolist() == [["A", 8, 1], ["B", 0, 1]]
    assert change_by(incidents, "ward_code", ["A"], ["2025-02"], length=1).empty
    assert np.isclose(table["p_value"].iloc[0], 2 * binom.sf(7, 9, 0.5))
