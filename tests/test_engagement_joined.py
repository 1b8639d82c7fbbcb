from __future__ import annotations

import pandas as pd
import pytest
from conftest import make_wards
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.engagement.answers.joined import bivariate, hotspot_counts, reports_by_ward, survive_reporting, terciles
from geo.errors import GeoError

A, B, C = "E05990000", "E05990001", "E05990002"


def test_reports_per_1000_residents_by_hand():
    wards = make_wards("Acre", "Barley", "Clover").assign(population=[2000.0, 0.0, 500.0]).iloc[::-1]
    found = reports_by_ward(pd.DataFrame({"ward_code": [A, A, B, A, "E05999999"]}), wards)
    assert found["ward_code"].tolist() == [A, B, C]
    assert found["incidents"].tolist() == [3, 1, 0]
    assert found["incidents_per_1000"].tolist() == pytest.approx([1.5, float("nan"), 0], nan_ok=True)
    unknown = reports_by_ward(pd.DataFrame({"ward_code": [A]}), make_wards("Acre"))
    assert unknown["incidents_per_1000"].isna().all()


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        ([1, 2, 3], [0, 1, 2]),
        ([5, 5, 5], [1, 1, 1]),
        ([3, 1, 2, 6, 5, 4], [1, 0, 0, 2, 2, 1]),
        ([0, 0, 0, 0, 7, 9], [1, 1, 1, 1, 2, 2]),  # four of six share the middle of ranks 1 to 4
        ([0, 0, 5, 6, 7, 8], [0, 0, 1, 1, 2, 2]),
        ([1, 2, None, 3], [0, 1, None, 2]),
        ([1, 2], [None, None]),
        ([1, 2, None], [None, None, None]),
        ([], []),
    ],
)
def test_terciles(values, classes):
    found = terciles(pd.Series(values, dtype=float))
    assert [None if pd.isna(one) else int(one) for one in found] == classes


@settings(deadline=None)
@given(st.lists(st.integers(0, 6), min_size=3, max_size=30), st.randoms(use_true_random=False))
def test_terciles_never_part_equal_values_nor_reverse_their_order(drawn, random):
    values = pd.Series(drawn, dtype=float)
    found = terciles(values)
    assert set(found) <= {0, 1, 2}
    classes = found.groupby(values)
    assert (classes.min() == classes.max()).all()
    assert found.groupby(values).first().is_monotonic_increasing
    order = list(values.index)
    random.shuffle(order)
    assert terciles(values[order]).sort_index().equals(found)
    flipped = terciles(-values)
    if len(set(drawn)) == len(drawn) and len(drawn) % 3 == 0:
        assert (found + flipped == 2).all()


def wards_with(rates, ratios):
    codes = [f"E0599{i:04d}" for i in range(len(rates))]
    return pd.DataFrame({"ward_code": codes, "incidents_per_1000": rates, "ratio": ratios})


def test_quiet_and_unheard_is_few_reports_and_little_engagement():
    wards = wards_with([1, 2, 30, 40, 50, 60], [0.1, 1.6, 0.2, 1.0, 1.2, 1.4])
    found = bivariate(wards)
    assert found["reports_class"].tolist() == [0, 0, 1, 1, 2, 2]
    assert found["engagement_class"].tolist() == [0, 2, 0, 1, 1, 2]
    assert found["quiet_and_unheard"].tolist() == [True, False, False, False, False, False]
    assert bivariate(wards.iloc[::-1]).equals(found)


def test_no_engagement_at_all_is_little_even_where_most_wards_have_none():
    found = bivariate(wards_with([1, 1.5, 3, 4, 5, 6], [0, 0, 0, 0, 3, 3]))
    assert found["engagement_class"].tolist() == [1, 1, 1, 1, 2, 2]
    assert found["quiet_and_unheard"].tolist() == [True, True, False, False, False, False]


def test_the_lowest_third_is_only_quiet_where_far_below_the_middle_ward():
    found = bivariate(wards_with([30, 35, 40, 45, 50, 55], [0.1, 0.2, 1, 1, 2, 2]))
    assert found["reports_class"].tolist() == [0, 0, 1, 1, 2, 2]
    assert not found["quiet_and_unheard"].any()


def test_as_much_engagement_as_expected_is_not_little_even_in_the_lowest_third():
    found = bivariate(wards_with([1, 2, 3], [1.0, 1.5, 2.0]))
    assert found["engagement_class"].tolist() == [0, 1, 2]
    assert not found["quiet_and_unheard"].any()


def test_unknown_numbers_and_few_wards_are_no_class():
    found = bivariate(wards_with([0, None, 2, 3, 4], [None, 0, 0.5, 1, 2]))
    assert found["reports_class"].isna().tolist() == [False, True, False, False, False]
    assert not found["quiet_and_unheard"][:2].any()
    two = bivariate(wards_with([0, 5], [0, 1]))
    assert two["reports_class"].isna().all()
    assert two["quiet_and_unheard"].tolist() == [True, False]
    assert len(bivariate(wards_with([], []))) == 0


def counts_of(*rows):
    return pd.DataFrame(rows, columns=["hotspot", "ward_code", "incidents"])


def test_survival_by_hand():
    counts = counts_of((1, A, 100), (2, B, 60), (3, C, 49))
    found = survive_reporting(counts, top=1, runs=4000, seed=1)
    assert found["in_top"].tolist() == [True, False, False]
    # 100 against 60 / 0.5 = 120: not in the worst case
    assert found["survives_top"].tolist() == [False, False, False]
    # 60 / r2 > 100 / r1 when r2 < 0.6 r1: for r1 from 5/6 to 1, 4 x the integral of 0.6 r1 - 0.5 is 1/30
    assert found["share_top"].tolist() == pytest.approx([1 - 1 / 30, 1 / 30, 0], abs=0.01)
    assert found["share_top"].sum() == pytest.approx(1)
    sure = survive_reporting(counts_of((1, A, 100), (2, B, 49), (3, C, 40)), top=1, runs=200)
    assert sure["survives_top"].tolist() == [True, False, False]
    assert sure["share_top"].tolist() == [1, 0, 0]


def test_the_edge_of_the_worst_case_counts_as_staying():
    found = survive_reporting(counts_of((1, A, 100), (2, B, 50)), top=1, runs=50)
    assert found["survives_top"].tolist() == [True, False]


def test_hot_spots_of_one_ward_keep_their_order():
    found = survive_reporting(counts_of((1, A, 51), (2, A, 50)), top=1, runs=50)
    assert found["survives_top"].tolist() == [True, False]
    assert found["share_top"].tolist() == [1, 0]


def test_the_threshold():
    found = survive_reporting(counts_of((1, A, 100), (2, B, 60), (3, C, 30)), top=1, threshold=50, runs=2000)
    assert found["above"].tolist() == [True, True, False]
    assert found["survives_above"].tolist() == [True, False, False]
    # 60 x 0.5 / r >= 50 when r <= 0.6: a fifth of the draws
    assert found["share_above"].tolist() == pytest.approx([1, 0.2, 0], abs=0.03)


def test_equal_rates_change_nothing_and_a_long_list_holds_all():
    counts = counts_of((1, A, 10), (2, B, 9), (3, B, 8))
    same = survive_reporting(counts, top=2, low=1, high=1, runs=3)
    assert same["survives_top"].tolist() == same["in_top"].tolist() == [True, True, False]
    assert same["share_top"].tolist() == [1, 1, 0]
    assert survive_reporting(counts, top=3)["share_top"].tolist() == [1, 1, 1]
    assert len(survive_reporting(counts.iloc[:0])) == 0


@pytest.mark.parametrize("wrong", [{"low": 0}, {"low": 0.9, "high": 0.5}, {"high": 1.1}, {"runs": 0}, {"top": 0}])
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(GeoError):
        survive_reporting(counts_of((1, A, 1)), **wrong)


spots = st.lists(st.tuples(st.sampled_from([A, B, C]), st.integers(1, 60)), min_size=1, max_size=8)


@settings(deadline=None)
@given(spots, st.integers(1, 4), st.integers(0, 99))
def test_who_survives_the_worst_case_survives_every_draw(drawn, top, seed):
    counts = counts_of(*[(i, ward, number) for i, (ward, number) in enumerate(drawn)])
    found = survive_reporting(counts, top=top, runs=60, seed=seed, threshold=20)
    assert (found.loc[found["survives_top"], "share_top"] == 1).all()
    assert (found.loc[found["survives_above"], "share_above"] == 1).all()
    assert (found["in_top"] | ~found["survives_top"]).all()
    assert (found["share_top"].sum() >= min(top, len(found)) - 1e-9).all()
    shuffled = counts.sample(frac=1, random_state=seed)
    assert survive_reporting(shuffled, top=top, runs=60, seed=seed, threshold=20).equals(found)


def test_counts_of_hot_spots_leave_out_incidents_in_none():
    incidents = pd.DataFrame({"hotspot": pd.array([1, 1, None, 2], dtype="Int64"), "ward_code": [A, B, A, B]})
    assert hotspot_counts(incidents).values.tolist() == [[1, A, 1], [1, B, 1], [2, B, 1]]
