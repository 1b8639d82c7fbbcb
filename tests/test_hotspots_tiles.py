"""DBSCAN in tiles: the labels of one run over everything, wherever the cuts fall."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geo.errors import GeoError
from geo.hotspots.dbscan import dbscan, dbscan_contested
from geo.hotspots.tiles import Tile, cluster_tile, cut, dbscan_in_tiles, merge, to_tiles

# A and B are clusters, and the point at (14, 3) is within reach of both
TIE = np.array(
    [(0, 0), (0, 3), (0, 6), (3, 3), (6, 0), (6, 6), (14, 3), (22, 0), (22, 6), (25, 3), (28, 0), (28, 3), (28, 6)],
    float,
)
coordinates = st.integers(0, 40).map(float)
lattices = hnp.arrays(np.float64, st.tuples(st.integers(0, 90), st.just(2)), elements=coordinates)
cuts = st.lists(st.integers(-1, 41).map(float), max_size=4, unique=True).map(sorted)
reaches = st.sampled_from([1.0, 2.0, 3.0, 5.0, 9.0])
thresholds = st.integers(1, 12)
weights_of = st.lists(st.integers(0, 4), min_size=90, max_size=90)


def assert_same(xy, eps, least, tiles, weight=None):
    """Cluster the tiles in reverse order, each from points in reverse order, and compare."""
    weight = np.ones(len(xy)) if weight is None else weight
    labels, is_core = np.full(len(xy), -9), np.zeros(len(xy), bool)
    rows = [needed[::-1] for needed in to_tiles(xy, tiles, eps)]
    parts = list(zip(rows, tiles, strict=True))
    found = [cluster_tile(xy[one], weight[one], tile, eps, least) for one, tile in reversed(parts)][::-1]
    merged = merge(found)
    for i, (one, tile) in enumerate(parts):
        own = one[tile.owns(xy[one])]
        labels[own], is_core[own] = merged.labels(i, found[i]), found[i].is_core
    expected, cores = dbscan(xy, eps_m=eps, min_incidents=least, weights=weight)
    np.testing.assert_array_equal(labels, expected)
    np.testing.assert_array_equal(is_core, cores)


# --- laws, on integer lattices, where points lie on cuts and distances fall on eps exactly ----------------------------


@settings(max_examples=300)
@given(lattices, reaches, thresholds, weights_of, st.integers(1, 40), st.sampled_from([0.0, 1.0, 3.0]))
@example(TIE, 9.0, 6, [1] * 90, 2, 0.0)
def test_labels_are_those_of_one_run(xy, eps, least, weights, most, least_side):
    weight = np.array(weights[: len(xy)], float)
    expected = dbscan(xy, eps_m=eps, min_incidents=least, weights=weight)
    labels, is_core = dbscan_in_tiles(xy, weight, eps_m=eps, min_incidents=least, most=most, least_side=least_side)
    np.testing.assert_array_equal(labels, expected[0])
    np.testing.assert_array_equal(is_core, expected[1])


@settings(max_examples=300)
@given(lattices, reaches, thresholds, cuts, cuts)
def test_cuts_may_lie_anywhere(xy, eps, least, across, up):
    """A checkerboard of tiles of any size, empty and narrow ones too, done in any order."""
    sides = [list(itertools.pairwise([-np.inf, *edges, np.inf])) for edges in (across, up)]
    tiles = [Tile(west, south, east, north) for west, east in sides[0] for south, north in sides[1]]
    assert_same(xy, eps, least, tiles)


@settings(max_examples=100)
@given(
    hnp.arrays(np.float64, st.tuples(st.integers(1, 60), st.just(2)), elements=st.floats(0, 50)),
    st.floats(0.5, 20),
    st.integers(1, 6),
    st.sampled_from([0.0, 1e6, 1e9, 1e12]),
)
def test_coordinates_of_any_size(xy, eps, least, far):
    """Far from zero an edge moved by a reach is rounded; the difference of two coordinates is not."""
    assert_same(xy + far, eps, least, cut(xy + far, 7, 0.0))


@settings(max_examples=200)
@given(lattices, st.integers(1, 30), st.floats(0, 10))
def test_every_point_is_of_one_tile(xy, most, least_side):
    tiles = cut(xy, most, least_side)
    np.testing.assert_array_equal(sum(tile.owns(xy).astype(int) for tile in tiles), np.ones(len(xy)))
    for tile in tiles:
        own = xy[tile.owns(xy)]
        assert len(own) <= most or np.ptp(own, axis=0).max() <= least_side
        assert len(own) or not len(xy)


@settings(max_examples=200)
@given(lattices, reaches, thresholds)
@example(TIE, 9.0, 6)
def test_all_clusters_that_a_border_point_touches_are_told(xy, eps, least):
    labels, is_core, rows, others = dbscan_contested(xy, eps_m=eps, min_incidents=least)
    apart = ((xy[:, None, :] - xy[None, :, :]) ** 2).sum(axis=2) <= eps * eps
    expected = {(i, labels[j]) for i, j in zip(*np.nonzero(apart & is_core), strict=True) if not is_core[i]} - set(
        enumerate(labels)
    )
    assert set(zip(rows.tolist(), others.tolist(), strict=True)) == expected


# --- by hand ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [6.0, 7.0, 12.0, 14.0, 14.5, 22.0])
def test_a_contested_border_point_joins_the_first_cluster_of_all(at):
    """B goes on round A, far to its west: a tile that does not see that would give the point between them to A."""
    up = [(28, 6 + 9 * i) for i in range(1, 8)]
    west = [(28 - 9 * i, 69) for i in range(1, 11)]
    xy = np.array([*TIE, *up, *west], float)
    weight = np.append(np.ones(len(TIE)), np.full(len(up) + len(west), 6.0))
    labels, _ = dbscan(xy, eps_m=9, min_incidents=6, weights=weight)
    assert labels[:13].tolist() == [1] * 6 + [0] * 7
    for north in (40.0, np.inf):
        tiles = [Tile(east=at, north=north), Tile(west=at, north=north), Tile(south=north)]
        assert_same(xy, 9.0, 6, tiles, weight)
        swapped = [Tile(one.south, one.west, one.north, one.east) for one in tiles]
        assert_same(xy[:, ::-1].copy(), 9.0, 6, swapped, weight)


def test_a_chain_through_many_tiles_is_one_cluster():
    """A zigzag that leaves and enters strips again and again, linked only across edges."""
    x = np.arange(400) * 1.0
    xy = np.column_stack((x % 40, np.floor(x / 40) * 3.0))
    tiles = [Tile(west=west, east=west + 4.0) for west in range(4, 36, 4)]
    tiles = [Tile(east=4.0), *tiles, Tile(west=36.0)]
    assert_same(xy, 3.0, 3, tiles)
    assert dbscan(xy, eps_m=3.0, min_incidents=3)[0].max() == 0


def test_a_cluster_known_to_a_halo_only_has_no_name_there():
    """Five points two reaches away from the tile: half seen, they are no cluster of its own."""
    xy = np.array([(0, 0), (1, 0), (16, 0), (17, 0), (18, 0), (19, 0), (20, 0)], float)
    found = cluster_tile(xy[:5], np.ones(5), Tile(east=9.0), 5.0, 2)
    assert found.labels.tolist() == [0, 0]
    assert found.first.tolist() == [[0, 0]]
    assert found.shared.tolist() == []
    assert_same(xy, 5.0, 2, [Tile(east=9.0), Tile(west=9.0)])


def test_one_crowded_place_stays_one_tile():
    xy = np.zeros((1_000, 2))
    assert cut(xy, 10, 0.0) == [Tile()]
    assert_same(xy, 1.0, 1_000, [Tile(east=0.0), Tile(west=0.0)])


def test_thousands_of_points_of_towns_and_fields():
    rng = np.random.default_rng(4)
    centres = rng.uniform(0, 20_000, (150, 2))
    xy = centres[rng.integers(0, 150, 20_000)] + rng.standard_t(2, (20_000, 2)) * 60
    for points in (xy, np.round(xy / 40) * 40):
        tiles = cut(points, 1_500, 800.0)
        assert len(tiles) > 8
        assert_same(points, 100.0, 20, tiles)


def test_refused_inputs():
    with pytest.raises(GeoError, match="missing or infinite"):
        dbscan_in_tiles(np.array([(0, np.nan)]), np.ones(1), eps_m=1, min_incidents=1, most=1)
