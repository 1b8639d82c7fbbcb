"""DBSCAN: by hand, by law, and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.cluster import DBSCAN

from geo.errors import GeoError
from geo.hotspots import dbscan as engine
from geo.hotspots.dbscan import dbscan

LINE = ([0, 50, 150, 250, 300, 1000], [3, 2, 1, 2, 3, 1])
TIE = [(0, 0), (0, 3), (0, 6), (3, 3), (6, 0), (6, 6), (14, 3), (22, 0), (22, 6), (25, 3), (28, 0), (28, 3), (28, 6)]


def on_a_line(x):
    return np.column_stack((x, np.zeros(len(x))))


def by_scikit_learn(xy, eps, least, weights=None):
    """Labels and core points of scikit-learn on the points in canonical order, in the order given."""
    order = np.lexsort((xy[:, 1], xy[:, 0]))
    fitted = DBSCAN(eps=eps, min_samples=least).fit(
        xy[order], sample_weight=None if weights is None else weights[order]
    )
    labels, core = np.empty(len(xy), int), np.zeros(len(xy), bool)
    labels[order] = fitted.labels_
    core[order[fitted.core_sample_indices_]] = True
    return labels, core


def assert_same_as_scikit_learn(xy, eps, least, weights=None):
    labels, core = dbscan(xy, eps_m=eps, min_incidents=least, weights=weights)
    expected_labels, expected_core = by_scikit_learn(xy, eps, least, weights)
    np.testing.assert_array_equal(labels, expected_labels)
    np.testing.assert_array_equal(core, expected_core)


# --- by hand --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("points", "eps", "least", "weights", "labels", "core"),
    [
        ([(0, 0), (60, 80)], 100, 2, None, [0, 0], [1, 1]),
        ([(0, 0), (100.0000001, 0)], 100, 2, None, [-1, -1], [0, 0]),
        ([(0, 0), (100, 0), (200, 0)], 100, 2, None, [0, 0, 0], [1, 1, 1]),
        ([(0, 0), (50, 0)], 100, 20, [19, 1], [0, 0], [1, 1]),
        ([(0, 0), (50, 0)], 100, 20, [18, 1], [-1, -1], [0, 0]),
        ([(0, 0), (500, 0)], 100, 1, None, [0, 1], [1, 1]),
        ([(5, 5), (5, 5), (5, 5)], 1, 3, None, [0, 0, 0], [1, 1, 1]),
        ([(7, 7)], 10, 2, None, [-1], [0]),
        ([(7, 7)], 10, 5, [5], [0], [1]),
    ],
)
def test_small_cases_by_hand(points, eps, least, weights, labels, core):
    found, is_core = dbscan(points, eps_m=eps, min_incidents=least, weights=weights)
    assert found.tolist() == labels
    assert is_core.tolist() == [bool(c) for c in core]


@pytest.mark.parametrize(
    ("eps", "least", "cores", "label"),
    [(100, 5, 1, 0), (99.9, 5, 0, -1), (100, 6, 0, -1), (141, 4, 1, 0), (141.5, 4, 5, 0)],
)
def test_a_cross_of_five_points(eps, least, cores, label):
    cross = np.array([(0, 0), (100, 0), (-100, 0), (0, 100), (0, -100)]) + (400_000, 300_000)
    labels, is_core = dbscan(cross, eps_m=eps, min_incidents=least)
    assert set(labels) == {label}
    assert is_core.sum() == cores


@pytest.mark.parametrize(
    ("least", "labels", "core"),
    [
        (5, [0, 0, 0, 0, 0, -1], [1, 1, 1, 1, 1, 0]),
        (6, [0, 0, 0, 1, 1, -1], [0, 1, 0, 1, 0, 0]),
        (7, [-1] * 6, [0] * 6),
    ],
)
@pytest.mark.parametrize("backwards", [False, True])
def test_weighted_line_with_a_tie(least, labels, core, backwards):
    """With min 6 the point at 150 is within reach of two clusters: it joins the western one, in any row order."""
    x, weights = LINE
    step = -1 if backwards else 1
    found, is_core = dbscan(on_a_line(x)[::step], eps_m=100, min_incidents=least, weights=weights[::step])
    assert found[::step].tolist() == labels
    assert is_core[::step].tolist() == [bool(c) for c in core]


@pytest.mark.parametrize(("eps", "least", "labels"), [(99.9, 5, [0, -1, 1]), (100, 7, [0, 0, 0])])
def test_heavy_ends_and_a_light_middle(eps, least, labels):
    found, _ = dbscan(on_a_line([0, 100, 200]), eps_m=eps, min_incidents=least, weights=[5, 1, 5])
    assert found.tolist() == labels


def test_clusters_that_begin_at_one_x_are_numbered_by_y():
    """A chain from (0, 50) down to the right, and one place at (0, 20): the place comes first, the chain lies lower."""
    chain = [(6 * i, 50 - 7 * i) for i in range(12)]
    labels, _ = dbscan([*chain, (0, 20)], eps_m=10, min_incidents=1)
    assert labels.tolist() == [1] * 12 + [0]


@pytest.mark.parametrize("seed", range(20))
def test_a_border_point_joins_the_first_cluster_in_any_row_order(seed):
    order = np.random.default_rng(seed).permutation(len(TIE))
    labels, core = dbscan(np.array(TIE, float)[order], eps_m=9, min_incidents=6)
    restored = np.empty(len(TIE), int)
    restored[order] = labels
    assert restored.tolist() == [0] * 7 + [1] * 6
    assert core.sum() == 12


# --- what scikit-learn's own tests publish of its DBSCAN, said of ours; one-dimensional points lie on the x axis

TOY = [0, 2, 3, 4, 6, 8, 10]


@pytest.mark.parametrize(
    ("least", "cores", "labels"),
    [
        (1, [0, 1, 2, 3, 4, 5, 6], [0, 1, 1, 1, 2, 3, 4]),
        (2, [1, 2, 3], [-1, 0, 0, 0, -1, -1, -1]),
        (3, [2], [-1, 0, 0, 0, -1, -1, -1]),
        (4, [], [-1] * 7),
    ],
)
def test_toy_core_points(least, cores, labels):
    found, is_core = dbscan(on_a_line(TOY), eps_m=1, min_incidents=least)
    assert np.flatnonzero(is_core).tolist() == cores
    assert found.tolist() == labels


@pytest.mark.parametrize(("eps", "cores"), [(2, 2), (1, 2), (0.99, 0)])
def test_a_distance_equal_to_eps_counts(eps, cores):
    assert dbscan(on_a_line([0, 1]), eps_m=eps, min_incidents=2)[1].sum() == cores


@pytest.mark.parametrize(
    ("weights", "eps", "cores"),
    [
        (None, 0.5, []),
        ([5, 5], 0.5, []),
        ([6, 5], 0.5, [0]),
        ([6, 6], 0.5, [0, 1]),
        ([5, 1], 1.5, [0, 1]),
        ([6, 0], 1.5, [0, 1]),
        ([5.9, 0.1], 1.5, [0, 1]),
        ([5.9, 0.0], 1.5, []),
    ],
)
def test_weights_add_up_to_the_threshold(weights, eps, cores):
    is_core = dbscan(on_a_line([0, 1]), eps_m=eps, min_incidents=6, weights=weights)[1]
    assert np.flatnonzero(is_core).tolist() == cores


def test_every_point_is_core_when_one_is_enough():
    xy = np.eye(10)[:, :2] * np.arange(1, 11)[:, None]
    labels, is_core = dbscan(xy, eps_m=0.5, min_incidents=1)
    assert is_core.all()
    assert len(set(labels)) == 3  # (1, 0), (0, 2) and eight times the origin


# --- edges ----------------------------------------------------------------------------------------------------------


def test_no_points():
    labels, core = dbscan(np.empty((0, 2)), eps_m=100, min_incidents=5)
    assert labels.shape == (0,)
    assert core.shape == (0,)


def test_inputs_are_not_changed():
    xy = np.random.default_rng(1).uniform(0, 500, (200, 2))
    weights = np.ones(200)
    before = xy.copy(), weights.copy()
    dbscan(xy, eps_m=50, min_incidents=4, weights=weights)
    np.testing.assert_array_equal(xy, before[0])
    np.testing.assert_array_equal(weights, before[1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"eps_m": 0}, "eps: 0 is not a distance in metres above zero."),
        ({"eps_m": float("nan")}, "eps: nan is not a distance"),
        ({"min_incidents": 0}, "min_incidents: 0 is not a number above zero."),
        ({"weights": [1]}, "weights: (1,) given for 2 points."),
        ({"weights": [1, -1]}, "weights: some are negative, missing or infinite."),
        ({"weights": [1, float("nan")]}, "weights: some are negative, missing or infinite."),
        ({"xy": [(0, 0), (float("nan"), 1)]}, "Points: some coordinates are missing or infinite."),
        ({"xy": [(0, 0), (1e12, 1)], "eps_m": 1e-4}, "eps: 0.0001 m is too small"),
    ],
)
def test_refused_inputs(change, message):
    given_ = {"xy": [(0, 0), (1, 1)], "eps_m": 10, "min_incidents": 2} | change
    with pytest.raises(GeoError) as error:
        dbscan(given_.pop("xy"), **given_)
    assert message in str(error.value)


@pytest.mark.parametrize("far", [1e6, 1e9, 1e12])
def test_points_far_apart_do_not_wrap(far):
    """The number of cells exceeds what fits one key: empty rows and columns are closed up, exactly."""
    rng = np.random.default_rng(3)
    xy = np.concatenate([rng.integers(0, 30, (60, 2)) + corner for corner in ((0, 0), (far, 0), (0, far), (far, far))])
    assert_same_as_scikit_learn(xy.astype(float), 3.0, 4)


def test_keys_beyond_32_bits_sort_the_same():
    """A diagonal of places cannot be closed up into few cells, so keys are sorted the slow way."""
    steps = np.repeat(np.arange(40_000) * 500.0, 2)
    xy = np.column_stack((steps, steps))
    xy[1::2] += 1
    labels, core = dbscan(xy, eps_m=2, min_incidents=2)
    np.testing.assert_array_equal(labels, np.repeat(np.arange(40_000), 2))
    assert core.all()


def test_two_crowded_cells_just_out_of_reach():
    """Boxes within reach, no two points within reach: all pairs would be 10^10 comparisons."""
    n = 100_000
    step = np.linspace(0, 70, n)
    xy = np.concatenate([np.column_stack((step, 70 - step)), np.column_stack((75 + step, 145 - step))])
    labels, core = dbscan(xy, eps_m=100, min_incidents=20)
    np.testing.assert_array_equal(labels, np.repeat([0, 1], n))
    assert core.all()


def test_two_crowded_cells_that_touch_at_one_pair():
    n = 3_000
    step = np.linspace(0, 70, n)
    xy = np.concatenate([np.column_stack((step, 70 - step)), np.column_stack((75 + step, 145 - step)), [(70.0, 74.0)]])
    assert_same_as_scikit_learn(xy, 100.0, 20)


def test_comparisons_in_many_chunks_give_the_same(monkeypatch):
    """The bounds on memory and the halving change nothing but speed."""
    xy = np.random.default_rng(5).uniform(0, 400, (3_000, 2))
    expected = dbscan(xy, eps_m=12, min_incidents=9)
    monkeypatch.setattr(engine, "_AT_ONCE", 7)
    monkeypatch.setattr(engine, "_MANY_PAIRS", 3)
    labels, core = dbscan(xy, eps_m=12, min_incidents=9)
    np.testing.assert_array_equal(labels, expected[0])
    np.testing.assert_array_equal(core, expected[1])


# --- laws, on integer lattices, where distances fall on eps exactly -------------------------------------------------

coordinates = st.integers(0, 40)
lattices = hnp.arrays(np.float64, st.tuples(st.integers(1, 90), st.just(2)), elements=coordinates.map(float))
reaches = st.sampled_from([1.0, 2.0, 3.0, 5.0, 9.0])
thresholds = st.integers(1, 9)


@settings(max_examples=300, deadline=None)
@given(lattices, reaches, thresholds)
@example(np.array(TIE, float), 9.0, 6)
def test_labels_are_those_of_scikit_learn(xy, eps, least):
    assert_same_as_scikit_learn(xy, eps, least)


@settings(max_examples=200, deadline=None)
@given(lattices, reaches, st.integers(1, 15), st.randoms(use_true_random=False))
def test_weighted_labels_are_those_of_scikit_learn(xy, eps, least, random):
    weights = np.array([random.randint(0, 4) for _ in xy], float)
    weights[0] = 1  # scikit-learn refuses weights that are all zero
    assert_same_as_scikit_learn(xy, eps, least, weights)


@settings(max_examples=100, deadline=None)
@given(lattices, reaches, thresholds)
def test_weights_mean_repeated_rows(xy, eps, least):
    places, counts = np.unique(xy, axis=0, return_counts=True)
    labels, core = dbscan(places, eps_m=eps, min_incidents=least, weights=counts)
    of_rows, core_rows = dbscan(np.repeat(places, counts, axis=0), eps_m=eps, min_incidents=least)
    np.testing.assert_array_equal(np.repeat(labels, counts), of_rows)
    np.testing.assert_array_equal(np.repeat(core, counts), core_rows)


@settings(max_examples=100, deadline=None)
@given(lattices, reaches, thresholds, st.randoms(use_true_random=False))
def test_no_order_of_rows_changes_a_label(xy, eps, least, random):
    order = list(range(len(xy)))
    random.shuffle(order)
    labels, core = dbscan(xy, eps_m=eps, min_incidents=least)
    shuffled, core_shuffled = dbscan(xy[order], eps_m=eps, min_incidents=least)
    np.testing.assert_array_equal(shuffled, labels[order])
    np.testing.assert_array_equal(core_shuffled, core[order])


@settings(max_examples=100, deadline=None)
@given(lattices, reaches, thresholds, st.integers(-700_000, 700_000), st.integers(-(10**6), 10**6))
def test_a_shift_by_whole_metres_changes_no_label(xy, eps, least, east, north):
    labels, _ = dbscan(xy, eps_m=eps, min_incidents=least)
    shifted, _ = dbscan(xy + (east, north), eps_m=eps, min_incidents=least)
    np.testing.assert_array_equal(shifted, labels)


@settings(max_examples=100, deadline=None)
@given(lattices, reaches, thresholds, st.tuples(coordinates, coordinates))
def test_another_point_never_turns_a_clustered_one_into_noise(xy, eps, least, extra):
    labels, _ = dbscan(xy, eps_m=eps, min_incidents=least)
    more, _ = dbscan(np.vstack((xy, extra)), eps_m=eps, min_incidents=least)
    assert (more[:-1][labels >= 0] >= 0).all()


@settings(max_examples=50, deadline=None)
@given(lattices, reaches, thresholds)
def test_ten_times_the_weight_and_the_threshold_is_the_same(xy, eps, least):
    labels, core = dbscan(xy, eps_m=eps, min_incidents=least)
    tenfold = dbscan(xy, eps_m=eps, min_incidents=10 * least, weights=np.full(len(xy), 10.0))
    np.testing.assert_array_equal(tenfold[0], labels)
    np.testing.assert_array_equal(tenfold[1], core)


@pytest.mark.parametrize(("eps", "least"), [(50, 10), (100, 20), (250, 50)])
@pytest.mark.parametrize("snapped", [False, True])
def test_clumped_towns_are_labelled_as_by_scikit_learn(eps, least, snapped):
    rng = np.random.default_rng(11)
    centres = rng.uniform(0, 20_000, (150, 2))
    xy = centres[rng.integers(0, 150, 20_000)] + rng.standard_t(2, (20_000, 2)) * 60
    if snapped:
        xy = np.round(xy / 40) * 40
    assert_same_as_scikit_learn(xy, float(eps), least)
