"""How well a map predicted: published numbers, laws, edge cases, refused inputs."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import GeoError
from geo.evaluation.accuracy import (
    hit_rate_at,
    hits_within,
    prediction_of_area,
    predictive_accuracy,
    recapture_rate,
)

OBSERVED, PREDICTED = [6, 7, 3, 2, 1, 0], [8, 4, 4, 2, 1, 0]


@pytest.mark.parametrize(
    ("observed", "predicted", "area", "said"),
    [
        ([1, 2], [1], 1, "predicted: 1 value for 2 units.\nGive one value a unit, in the same order as observed."),
        ([1], [1], [1, 1], "area: 2 values for 1 unit."),
        ([1, -1], [1, 1], 1, "observed: 1 value below zero or missing (unit 2: -1).\nCounts and areas are 0 or more"),
        ([1, 1], [math.nan, math.inf], 1, "predicted: 2 values below zero or missing (unit 1: nan)."),
        ([1, 1], [1, 1], [-2, -3], "area: 2 values below zero or missing (unit 1: -2)."),
        ([1, 1], ["1", "many"], 1, "predicted: not all of it are numbers.\nGive one number a unit."),
    ],
)
def test_values_that_are_no_counts_are_refused(observed, predicted, area, said):
    with pytest.raises(GeoError) as error:
        predictive_accuracy(observed, predicted, area)
    assert str(error.value).startswith(said)


def test_series_of_different_units_are_refused():
    with pytest.raises(GeoError) as error:
        predictive_accuracy(pd.Series([1, 2], ["a", "b"]), pd.Series([1, 2], ["b", "a"]), 1)
    assert str(error.value) == (
        "predicted: its index is not that of observed, so units cannot be told.\n"
        "Reindex one to the other, or pass both as plain arrays in the same order."
    )


@pytest.mark.parametrize(("name", "value"), [("total", 18), ("whole", 5), ("whole", math.nan)])
def test_a_whole_smaller_than_its_parts_is_refused(name, value):
    parts = {"total": 19, "whole": 6}[name]
    with pytest.raises(GeoError) as error:
        predictive_accuracy(OBSERVED, PREDICTED, 1, **{name: value})
    assert str(error.value) == f"{name}: {value:g} is less than the {parts} of the units.\nGive the whole study area's."


@pytest.mark.parametrize("parts", [(3, 2, 1, 1), (1, 2, 3, 1), (-1, 2, 1, 1), (1, math.nan, 1, 1), (1, 2, 1, math.inf)])
def test_a_part_greater_than_its_whole_is_refused(parts):
    with pytest.raises(GeoError, match="is not a part of a whole"):
        prediction_of_area(*parts)


@pytest.mark.parametrize("share", [-0.1, 5, math.nan])
def test_a_share_of_ground_that_is_none_is_refused(share):
    with pytest.raises(GeoError, match="not a share from 0 to 1"):
        hit_rate_at(OBSERVED, PREDICTED, 1, share)


def test_columns_and_index():
    names = ["park", "high street"]
    found = predictive_accuracy(pd.Series([1, 5], names), pd.Series([9, 1], names), 1)
    assert list(found.columns) == ["pai", "pei", "rri", "hit_rate"]
    assert found.index.tolist() == names
    assert set(found.dtypes) == {np.dtype("float64")}
    assert predictive_accuracy([1, 5], [1, 9], 1).index.tolist() == [1, 0]


def test_inputs_are_not_changed():
    given_ = pd.Series([3.0, 1.0]), pd.Series([1.0, 2.0]), np.array([1.0, 2.0])
    before = [np.array(values) for values in given_]
    predictive_accuracy(*given_)
    assert all((np.array(a) == b).all() for a, b in zip(given_, before, strict=True))


def test_the_numbers_of_a_map_with_a_tie():
    """Units 2 and 3 are predicted alike: the one with fewer later incidents comes first."""
    found = predictive_accuracy(OBSERVED, PREDICTED, [1] * 6)
    assert found.index.tolist() == [0, 2, 1, 3, 4, 5]
    assert found["pai"].tolist() == pytest.approx([1.894737, 1.421053, 1.684211, 1.421053, 1.2, 1], abs=5e-7)
    assert found["pei"].tolist() == pytest.approx([0.857143, 0.692308, 1, 1, 1, 1], abs=5e-7)
    assert found["rri"].tolist() == pytest.approx([1.333333, 1.333333, 1, 1, 1, 1], abs=5e-7)
    assert found["hit_rate"].tolist() == pytest.approx(np.array([6, 9, 16, 18, 19, 19]) / 19)


def test_the_numbers_of_a_map_that_promised_too_little():
    found = predictive_accuracy([6, 3, 0], [3, 2, 1], 1)
    assert found["pai"].tolist() == pytest.approx([2, 1.5, 1])
    assert found["pei"].tolist() == [1, 1, 1]
    assert found["rri"].tolist() == pytest.approx([0.5, 0.555556, 0.666667], abs=5e-7)


@pytest.mark.parametrize(
    ("parts", "pai"), [((25, 100, 50, 100), 0.5), ((30, 120, 5, 100), 5), ((40, 100, 2, 20), 4), ((0, 10, 1, 10), 0)]
)
def test_the_index_of_one_area_by_hand(parts, pai):
    hit, total, area, whole = parts
    assert prediction_of_area(*parts) == pytest.approx((hit / total, area / whole, pai))


def test_the_other_meaning_of_rri():
    assert recapture_rate(50, 30, 500, 400) == 0.75
    assert math.isnan(recapture_rate(0, 3, 500, 400))
    assert math.isnan(recapture_rate(5, 0, 500, 0))
    assert recapture_rate(5, 0, 500, 400) == 0


@pytest.mark.parametrize(("share", "rate"), [(0.5, 0.5), (0.49, 0.375), (0.05, 0), (0, 0), (1, 1)])
def test_whole_cells_within_a_share_of_the_ground(share, rate):
    assert hit_rate_at(np.ones((2, 4)), [[1, 2, 3, 4], [5, 6, 7, 8]], 1, share) == rate


def test_the_best_of_a_size_takes_its_last_unit_in_part():
    """Predicted first: 4 hits on 2 units of ground. Best on 2: the 9 on 1 unit, and a third of the 6 on 3."""
    found = predictive_accuracy([9, 4, 6], [1, 20, 1], [1, 2, 3])
    assert found.index.tolist() == [1, 0, 2]
    assert found["pei"].iloc[0] == pytest.approx(4 / (9 + 6 / 3))
    assert found["pai"].iloc[0] == pytest.approx((4 / 19) / (2 / 6))


def test_density_ranks_not_the_count():
    assert predictive_accuracy([1, 1], [10, 9], [2, 1]).index.tolist() == [1, 0]


def test_a_whole_larger_than_the_units():
    found = predictive_accuracy([3, 2], [2, 1], [1, 1], total=10, whole=8)
    assert found["hit_rate"].tolist() == [0.3, 0.5]
    assert found["pai"].tolist() == pytest.approx([2.4, 2])
    assert found["pei"].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("ground", "hits"), [(0, 0), (1, 8), (1.5, 8 + 0.5 * 3), (2, 11), (3, 14), (3.25, 14.25), (4, 15), (9, 15)]
)
def test_hits_on_exactly_so_much_ground_share_a_tie_out(ground, hits):
    """Units predicted 9, 5, 5, 1 on 1 each: the two alike give the mean of both, whichever is first."""
    assert hits_within([8, 6, 0, 1], [9, 5, 5, 1], 1, ground)[0] == pytest.approx(hits)
    assert hits_within([8, 0, 6, 1], [9, 5, 5, 1], 1, ground)[0] == pytest.approx(hits)


def test_a_tie_is_a_tie_whatever_the_rounding():
    """0.3 / 0.1 and 3 / 1 differ in the last place."""
    assert 0.3 / 0.1 != 3 / 1
    assert predictive_accuracy([5, 1], [0.3, 3], [0.1, 1]).index.tolist() == [1, 0]


def test_nothing_observed_is_missing_not_zero():
    found = predictive_accuracy([0, 0], [2, 1], 1)
    assert found.isna().all().all()
    assert prediction_of_area(0, 0, 1, 10)[1:] == (0.1, pytest.approx(math.nan, nan_ok=True))
    assert math.isnan(hit_rate_at([0], [1], 1, 1))


def test_no_ground_is_missing():
    assert math.isnan(prediction_of_area(0, 5, 0, 10).pai)
    assert math.isnan(prediction_of_area(0, 5, 0, 0).area_share)
    found = predictive_accuracy([1, 2], [1, 0], [0, 1])
    assert found[["pai", "pei"]].isna().iloc[0].all()
    assert found["hit_rate"].tolist() == pytest.approx([1 / 3, 1])
    assert found["pai"].iloc[1] == 1


def test_a_first_unit_without_a_hit():
    found = predictive_accuracy([0, 2], [2, 1], 1)
    assert found.iloc[0][["pai", "pei", "hit_rate"]].tolist() == [0, 0, 0]
    assert math.isnan(found["rri"].iloc[0])


def test_no_units_give_an_empty_table():
    found = predictive_accuracy([], [], [])
    assert list(found.columns) == ["pai", "pei", "rri", "hit_rate"]
    assert found.empty
    assert hits_within([], [], [], [0, 1]).tolist() == [0, 0]


units = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 9)), min_size=1, max_size=12)


@given(units)
def test_shares_rise_and_end_with_everything(rows):
    observed, predicted, area = zip(*rows, strict=True)
    found = predictive_accuracy(observed, predicted, area)
    if not sum(observed):
        assert found["pai"].isna().all()
        return
    assert found["hit_rate"].is_monotonic_increasing
    assert found.iloc[-1].tolist()[:2] == pytest.approx([1, 1])
    assert found["hit_rate"].iloc[-1] == pytest.approx(1)
    assert found["rri"].iloc[-1] == pytest.approx(sum(predicted) / sum(observed))
    assert found["pei"].between(0, 1).all()


@given(units)
def test_the_best_map_has_a_pei_of_one_and_a_falling_pai(rows):
    observed, _, area = zip(*rows, strict=True)
    found = predictive_accuracy(observed, observed, area)
    if sum(observed):
        assert found["pei"].tolist() == pytest.approx([1] * len(rows))
        assert (found["pai"].diff().dropna() <= 1e-9).all()


@given(units, st.sampled_from([2, 10]))
def test_units_of_measure_do_not_matter(rows, factor):
    observed, predicted, area = map(np.array, zip(*rows, strict=True))
    one = predictive_accuracy(observed, predicted, area)
    other = predictive_accuracy(observed, predicted * factor, area * factor)
    columns = ["pai", "pei", "hit_rate"]
    pd.testing.assert_frame_equal(one[columns], other[columns])


@given(units, st.randoms(use_true_random=False))
def test_order_of_units_does_not_matter(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    # ties in both are one unit or another: the same numbers of each size, but for how area is split
    alike = [(a, b, 1) for a, b, _ in rows], [(a, b, 1) for a, b, _ in shuffled]
    one, other = (predictive_accuracy(*zip(*part, strict=True)).to_numpy() for part in alike)
    np.testing.assert_allclose(one, other)


@given(units)
def test_both_meanings_of_rri_tell_the_same_story(rows):
    """With training counts as the prediction, recapture is the last rri over the rri so far."""
    observed, predicted, area = map(np.array, zip(*rows, strict=True))
    found = predictive_accuracy(observed, predicted, area)
    before, after = predicted[found.index].cumsum(), observed[found.index].cumsum()
    for row, (old, new) in enumerate(zip(before, after, strict=True)):
        if old and new:
            expected = found["rri"].iloc[-1] / found["rri"].iloc[row]
            assert recapture_rate(old, new, predicted.sum(), observed.sum()) == pytest.approx(expected)


@given(units, st.floats(0, 120))
def test_on_equal_ground_none_beats_the_best_and_more_ground_catches_more(rows, ground):
    observed, predicted, area = zip(*rows, strict=True)
    ours = hits_within(observed, predicted, area, [ground, ground + 1])
    best = hits_within(observed, observed, area, ground)[0]
    assert 0 <= ours[0] <= best + 1e-9
    assert ours[0] <= ours[1] + 1e-9
    assert best <= sum(observed) + 1e-9


@given(units)
def test_a_prediction_without_differences_catches_its_share_of_the_ground(rows):
    observed, _, area = zip(*rows, strict=True)
    half = hits_within(observed, area, area, sum(area) / 2)[0]
    assert half == pytest.approx(sum(observed) / 2)
