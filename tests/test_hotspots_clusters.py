"""Clusters of usable size: split until they fit, by hand, by law and on Luton."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.cluster import DBSCAN

from geo.area import assign_wards
from geo.hotspots.clusters import Settings, by_label, find_clusters, width
from geo.hotspots.dbscan import dbscan
from layers.incidents import read_incidents
from layers.wards import read_wards


def line(*x):
    return np.column_stack((np.array(x, float), np.zeros(len(x))))


@pytest.mark.parametrize(
    ("points", "metres"), [([(0, 0)], 0), ([(0, 0), (3, 4)], 5), ([(0, 0), (3, 4), (1, 1)], 5), ([(0, 0)] * 3, 0)]
)
def test_width_is_the_greatest_distance(points, metres):
    assert width(np.array(points, float)) == metres


def test_width_of_many_points_is_that_of_their_hull():
    xy = np.random.default_rng(0).normal(0, 50, (500, 2))
    away = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    assert width(xy) == pytest.approx(away.max())


def test_a_street_of_two_heavy_ends_becomes_two_hot_spots():
    """Six places 50 m apart, weights 5 1 1 1 1 5, reach 60, threshold 3: one cluster of 250 m; its ends stand out."""
    xy, weights = line(0, 50, 100, 150, 200, 250), np.array([5.0, 1, 1, 1, 1, 5])
    whole = find_clusters(xy, Settings(60, 3), weights)
    assert whole.label.tolist() == [0] * 6
    parts = find_clusters(xy, Settings(60, 3, 150), weights)
    # at 4 (3 x 1.25, rounded up) the middle, which has 3 within reach, is no longer core
    assert parts.label.tolist() == [0, 0, 0, 1, 1, 1]
    assert parts.min_incidents.tolist() == [4, 4]
    assert parts.is_core.tolist() == [True, True, False, False, True, True]
    assert parts.dissolved == []


def test_what_is_spread_evenly_dissolves():
    xy = line(*range(0, 1000, 40))
    found = find_clusters(xy, Settings(50, 3, 200))
    assert (found.label == -1).all()
    assert [len(group) for group in found.dissolved] == [25]


def test_one_household_that_calls_daily_is_not_lost():
    """Everything within reach of one heavy place is core, so the cluster is wider than two reaches at any threshold."""
    xy, weights = line(*range(-200, 201, 20)), np.ones(21)
    weights[10] = 260
    found = find_clusters(xy, Settings(100, 20, 300), weights)
    assert found.label[10] == 0
    assert weights[found.label == 0].sum() > 260
    assert found.eps_m[0] < 100
    assert width(xy[found.label == 0]) <= 300
    assert sorted([*np.flatnonzero(found.label == 0), *found.dissolved[0]]) == list(range(21))


def test_a_single_place_above_every_threshold_is_kept():
    found = find_clusters(line(0), Settings(100, 20, 300), np.array([500.0]))
    assert found.label.tolist() == [0]


lattices = hnp.arrays(np.float64, st.tuples(st.integers(1, 120), st.just(2)), elements=st.integers(0, 60).map(float))


@settings(max_examples=100, deadline=None)
@given(lattices, st.sampled_from([3.0, 5.0, 9.0]), st.integers(2, 6), st.sampled_from([10.0, 20.0, 35.0]))
def test_nothing_is_wider_than_asked_and_the_pieces_lie_in_clusters(xy, eps, least, limit):
    found = find_clusters(xy, Settings(eps, least, limit))
    whole, _ = dbscan(xy, eps_m=eps, min_incidents=least)
    for members in by_label(found.label):
        assert width(xy[members]) <= limit
        assert (whole[members] >= 0).all()
        assert len(set(whole[members])) == 1
    # nothing falls between: each point of a cluster is in one part or named as spread out, and no other point is
    named = np.concatenate([np.flatnonzero(found.label >= 0), *found.dissolved])
    assert sorted(named) == np.flatnonzero(whole >= 0).tolist()
    assert all(len(set(whole[group])) == 1 for group in found.dissolved)


@settings(max_examples=60, deadline=None)
@given(lattices, st.sampled_from([3.0, 9.0]), st.integers(2, 6))
def test_without_a_limit_it_is_plain_dbscan(xy, eps, least):
    found = find_clusters(xy, Settings(eps, least))
    label, is_core = dbscan(xy, eps_m=eps, min_incidents=least)
    np.testing.assert_array_equal(found.label, label)
    np.testing.assert_array_equal(found.is_core, is_core)


@settings(max_examples=60, deadline=None)
@given(lattices, st.randoms(use_true_random=False))
def test_no_order_of_rows_changes_a_piece(xy, random):
    order = list(range(len(xy)))
    random.shuffle(order)
    one = find_clusters(xy, Settings(9, 4, 20))
    other = find_clusters(xy[order], Settings(9, 4, 20))
    np.testing.assert_array_equal(other.label, one.label[order])


@pytest.fixture(scope="module")
def luton(shared_data, luton_wards):
    """Distinct positions of ASB in Luton over three years, and the incidents at each."""
    wards, _ = read_wards(luton_wards)
    incidents, _ = read_incidents(shared_data / "bedfordshire_street_2021_2024")
    inside = assign_wards(incidents, wards)
    xy, counts = np.unique(inside.get_coordinates().to_numpy(), axis=0, return_counts=True)
    return xy, counts.astype(float)


@pytest.mark.parametrize(
    ("eps", "least", "limit", "spots", "share", "largest", "widest"),
    [
        (150, 30, None, 61, 73.6, 4525, 3541),
        (100, 30, 300, 75, 43.3, 256, 294),
        (100, 30, 500, 73, 48.3, 434, 475),
        (75, 30, 300, 77, 39.4, 232, 253),
    ],
)
def test_luton_in_hot_spots_that_can_be_walked(luton, eps, least, limit, spots, share, largest, widest):
    xy, counts = luton
    found = find_clusters(xy, Settings(eps, least, limit), counts)
    sizes = [counts[members].sum() for members in by_label(found.label)]
    assert len(sizes) == spots
    assert 100 * sum(sizes) / counts.sum() == pytest.approx(share, abs=0.05)
    assert max(sizes) == largest
    assert max(width(xy[members]) for members in by_label(found.label)) == pytest.approx(widest, abs=0.5)


def test_hdbscan_of_luton(luton):
    from geo.hotspots.sklearn_engine import hdbscan

    xy, counts = luton
    label, _ = hdbscan(xy, eps_m=1, min_incidents=30, weights=counts)
    sizes = [counts[members].sum() for members in by_label(label)]
    assert len(sizes) == 61
    assert 1 - sum(sizes) / counts.sum() == pytest.approx(0.396, abs=0.005)
    assert max(sizes) == pytest.approx(417, abs=1)  # scikit-learn labels rows at one place one by one, we label places
    assert max(width(xy[members]) for members in by_label(label)) == pytest.approx(1482, abs=1)


@pytest.mark.parametrize(("eps", "least"), [(100, 60), (50, 7.5), (150, 30)])
def test_the_other_engine_gives_the_same(luton, eps, least):
    from geo.hotspots.sklearn_engine import dbscan as by_sklearn

    xy, counts = luton
    one = find_clusters(xy, Settings(eps, least, 300), counts)
    other = find_clusters(xy, Settings(eps, least, 300), counts, engine=by_sklearn)
    np.testing.assert_array_equal(one.label, other.label)
    np.testing.assert_array_equal(one.is_core, other.is_core)
    expected = DBSCAN(eps=eps, min_samples=int(np.ceil(least))).fit(xy, sample_weight=counts).labels_
    np.testing.assert_array_equal(find_clusters(xy, Settings(eps, least), counts).label, expected)
