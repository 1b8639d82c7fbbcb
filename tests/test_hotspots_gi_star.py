import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.spatial import cKDTree
from scipy.stats import norm

from geo.errors import GeoError
from geo.hotspots.gi_star import benjamini_hochberg, gi_star, grid_neighbours

# libpysal's example data stl_hom: 78 counties round St. Louis, homicide rate 1988 to 1993 (HR8893, six decimals), and
# which of them touch (Queen): each county with its neighbours of a higher number.
STL_RATES = """
1.624458 2.255492 1.46789 2.484256 0 9.048673 6.029489 1.800385 4.581251 3.790607 1.447436 1.191966 0 1.608017
1.949812 0.74509 4.173318 3.783252 2.085136 2.176302 6.309347 10.855743 4.211354 0.80481 3.215331 2.833664 1.59204
1.571158 3.12759 4.416896 3.017486 9.924245 7.973957 5.005464 2.463891 0 7.377974 1.003875 3.190047 45.905406
2.447597 1.294958 5.933098 4.133997 4.298311 27.483827 0.969791 0 2.934466 4.456427 4.629264 4.941533 3.990041
2.064324 3.040253 3.905411 4.332839 3.894111 6.828794 3.263947 3.282163 3.295762 7.249679 3.041846 1.618018
4.910801 1.991457 3.146192 7.26665 3.110904 2.980271 3.866767 1.868408 12.577034 7.803599 3.47149 4.334822
8.451537
"""
STL_TOUCHING = """
0:2,5,6 1:4,7,9 2:3,6 3:4,6,8 4:8,9 5:6,10,11,15 6:8,10,17,18 7:9,14 8:9,12,18,19 9:12,14,16,19,20 10:15,17
11:13,15 12:19 13:15,21 14:16,22 15:17,21,26,27 16:20,22,25,29 17:18,26,31,32 18:19,23,32 19:20,23 20:23,25,34
21:27,28 22:24,29,30 23:32,34 24:30,41 25:29,33,34 26:27,31,35,38,40 27:28,35 28:35,37 29:30,33,42 30:41,42,43
31:32,40 32:34,36,39,40,45 33:34,42,44 34:36,39,44 35:37,38,46 36:39,44,45,48,50 37:46,47 38:40,46,49,51 39:45
40:45,49 41:43,52 42:43,44,53,58,60 43:52,53 44:50,58,59 45:48,49,56 46:47,51,54,55 47:54 48:50,56,62 49:51,56,57
50:59,62,63 51:55,57,61 52:53,64 53:60,64 54:55 55:61 56:57,62,65,66 57:61,65 58:59,60,68,69 59:63,69 60:64,68,71
61:65,67 62:63,66 63:66,69,70 64:71 65:66,67,72,75 66:70,72,74,75 67:72 68:69,71,73,76 69:70,73,77 70:74,77 71:76
72:75 73:76,77 74:75,77
"""


def grid(width, height):
    return [(column, row) for row in range(height) for column in range(width)]


def stl():
    rates = np.array(STL_RATES.split(), float)
    pairs = [
        (int(one), int(other))
        for one, others in (county.split(":") for county in STL_TOUCHING.split())
        for other in others.split(",")
    ]
    return rates, pairs


# --- refused


def test_values_must_be_numbers():
    with pytest.raises(GeoError, match="values: some are missing or infinite.\nGive one number for each place; none"):
        gi_star([1, np.nan, 2], [(0, 1)])


def test_pairs_must_name_places():
    with pytest.raises(GeoError, match=r"neighbours: a pair names no place \(there are 3\)."):
        gi_star([1, 2, 3], [(0, 3)])
    with pytest.raises(GeoError, match=r"neighbours: a pair names no place"):
        gi_star([1, 2, 3], [(-1, 0)])


def test_a_matrix_must_fit():
    with pytest.raises(GeoError, match=r"neighbours: a table of \(2, 2\) for 3 places."):
        gi_star([1, 2, 3], csr_array(np.eye(2)))


def test_cells_are_whole_numbers_and_come_once():
    for cells in ([(0, 0.5)], [(0, np.nan)]):
        with pytest.raises(GeoError, match="cells: not whole numbers.\nGive column and row numbers, not coordinates."):
            grid_neighbours(cells)
    with pytest.raises(GeoError, match="cells: 1 cell given more than once."):
        grid_neighbours([(0, 0), (1, 0), (0, 0)])


# --- numbers


def test_six_points():
    points = np.array([(10, 10), (20, 10), (40, 10), (15, 20), (30, 20), (30, 30)])
    pairs = cKDTree(points).query_pairs(15)
    table = gi_star([2, 3, 3.2, 5, 8, 7], sorted(pairs)).table
    expected = [-1.39727626, -0.28917762, 0.65064964, -0.28917762, 1.23452088, 2.02424331]
    assert table["z"].to_numpy() == pytest.approx(expected, abs=1e-8)
    assert table["p"].to_numpy() == pytest.approx(2 * norm.sf(np.abs(expected)), abs=1e-8)  # both sides


def test_one_busy_cell_in_the_middle_of_five_by_five():
    values = np.zeros((5, 5))
    values[2, 2] = 10
    z = gi_star(values.ravel(), grid_neighbours(grid(5, 5))).table["z"].to_numpy().reshape(5, 5)
    assert z[1:4, 1:4] == pytest.approx(np.full((3, 3), 1.333333), abs=1e-6)
    assert z[[0, 0, 4, 4], [0, 4, 0, 4]] == pytest.approx([-0.436436] * 4, abs=1e-6)
    edges = np.concatenate((z[0, 1:4], z[4, 1:4], z[1:4, 0], z[1:4, 4]))
    assert edges == pytest.approx([-0.561951] * 12, abs=1e-6)


@pytest.mark.parametrize(
    ("rook", "corner", "edge", "centre"),
    [(False, 1.227881, 0.832050, np.nan), (True, -0.554700, 0.964764, 1.403293)],
)
def test_three_by_three(rook, corner, edge, centre):
    table = gi_star([1, 2, 1, 2, 9, 2, 1, 2, 1], grid_neighbours(grid(3, 3), rook=rook)).table
    expected = [corner, edge, corner, edge, centre, edge, corner, edge, corner]
    assert table["z"].to_numpy() == pytest.approx(expected, abs=1e-6, nan_ok=True)
    assert table["p"].isna().tolist() == table["q"].isna().tolist() == table["z"].isna().tolist()


def test_a_cell_that_neighbours_everything_is_nan_for_any_weight():
    table = gi_star([0.1, 0.2, 0.7], csr_array(np.full((3, 3), 0.1))).table
    assert table["z"].isna().all()


def test_equal_values_are_nan_not_infinite():
    found = gi_star([0.1] * 40, [(number, number + 1) for number in range(39)])
    assert found.table.isna().all(axis=None)
    assert (found.hot, found.cold) == (0, 0)
    assert gi_star([], []).table.empty
    assert gi_star([3], []).table.isna().all(axis=None)


def test_false_discovery_rate():
    assert benjamini_hochberg([0.001, 0.02, 0.04, 0.5]) == pytest.approx([0.004, 0.04, 0.053333, 0.5], abs=1e-6)
    assert benjamini_hochberg([0.5, np.nan, 0.001, 0.04, 0.02]) == pytest.approx(
        [0.5, np.nan, 0.004, 0.053333, 0.04], abs=1e-6, nan_ok=True
    )
    assert benjamini_hochberg([]).tolist() == []


def test_st_louis_as_esda():
    rates, pairs = stl()
    z = gi_star(rates, pairs).table["z"]
    assert (z.max(), z.idxmax(), z.min()) == (pytest.approx(5.258497, abs=2e-6), 39, pytest.approx(-1.363493, abs=2e-6))


def test_agrees_with_esda():
    libpysal = pytest.importorskip("libpysal")
    getisord = pytest.importorskip("esda.getisord")
    rates, pairs = stl()
    neighbours = {place: [] for place in range(len(rates))}
    for one, other in pairs:
        neighbours[one].append(other)
        neighbours[other].append(one)
    theirs = getisord.G_Local(
        rates, libpysal.weights.W(neighbours, silence_warnings=True), transform="B", permutations=0, star=True
    )
    table = gi_star(rates, pairs).table
    assert table["z"].to_numpy() == pytest.approx(theirs.Zs, abs=1e-8)
    assert table["p"].to_numpy() == pytest.approx(2 * theirs.p_norm)  # esda's is one-sided


# --- what is returned


def test_index_is_kept_and_inputs_do_not_change():
    values = pd.Series([1.0, 5.0, 2.0], index=["a", "b", "c"])
    matrix = csr_array(np.array([[0, 1.0, 0], [1.0, 0, 0], [0, 0, 0]]))
    before, kept = values.copy(), matrix.toarray()
    found = gi_star(values, matrix)
    assert list(found.table.index) == ["a", "b", "c"]
    assert list(found.table.columns) == ["z", "p", "q"]
    pd.testing.assert_series_equal(values, before)
    assert (matrix.toarray() == kept).all()


def test_self_is_included_whoever_says_so():
    values = [1.0, 5.0, 2.0, 7.0]
    matrix = np.array([[0, 1.0, 0, 0], [1.0, 0, 0, 0], [0, 0, 0, 1.0], [0, 0, 1.0, 0]])
    bare, starred = gi_star(values, csr_array(matrix)), gi_star(values, csr_array(matrix + np.eye(4)))
    pairs = gi_star(values, [(0, 1), (1, 0), (2, 3), (2, 3), (1, 1)])
    pd.testing.assert_frame_equal(bare.table, starred.table)
    pd.testing.assert_frame_equal(bare.table, pairs.table)


def test_few_places_are_warned_of_and_the_sentence_counts():
    values = np.zeros(100)
    values[[44, 45, 54, 55]] = 20
    found = gi_star(values, grid_neighbours(grid(10, 10)))
    assert found.warning == ""
    assert found.sentence == (
        f"{found.hot} of 100 places stand out as high with their neighbours and 0 as low "
        "(Gi*, false discovery rate 0.05)."
    )
    assert found.hot == 12  # the four, and the eight beside them: each touches at least two of the four
    assert gi_star([1, 2, 3], []).warning == "Only 3 places: below 30 these p-values are rough."


def test_queen_and_rook():
    cells = [(5, 5), (6, 5), (6, 6), (9, 9), (-1, 0), (0, -1)]
    queen, rook = grid_neighbours(cells).toarray(), grid_neighbours(cells, rook=True).toarray()
    assert {(int(i), int(j)) for i, j in np.argwhere(queen) if i < j} == {(0, 1), (0, 2), (1, 2), (4, 5)}
    assert {(int(i), int(j)) for i, j in np.argwhere(rook) if i < j} == {(0, 1), (1, 2)}
    assert (queen.diagonal() == 1).all()
    assert (queen == queen.T).all()


# --- laws

values_and_order = st.lists(st.integers(0, 50), min_size=2, max_size=36).flatmap(
    lambda values: st.tuples(st.just(values), st.permutations(range(len(values))))
)


@given(values_and_order, st.booleans())
def test_order_of_places_changes_nothing(drawn, rook):
    values, order = drawn
    cells = [grid(6, 6)[number] for number in range(len(values))]
    one = gi_star(values, grid_neighbours(cells, rook=rook)).table
    other = gi_star([values[i] for i in order], grid_neighbours([cells[i] for i in order], rook=rook)).table
    assert other.to_numpy() == pytest.approx(one.iloc[list(order)].to_numpy(), nan_ok=True)
    known = one.dropna()
    assert ((known["p"] > 0) & (known["p"] <= 1)).all()
    assert (known["q"] >= known["p"] - 1e-15).all()


@given(values_and_order, st.integers(1, 9), st.integers(-20, 20))
def test_scale_and_level_of_the_values_do_not_matter(drawn, factor, more):
    values = np.array(drawn[0], float)
    neighbours = grid_neighbours([grid(6, 6)[number] for number in range(len(values))])
    one, other = gi_star(values, neighbours).table, gi_star(values * factor + more, neighbours).table
    assert other["z"].to_numpy() == pytest.approx(one["z"].to_numpy(), nan_ok=True, abs=1e-9)


@given(st.lists(st.floats(0, 1), max_size=30))
def test_corrected_p_keep_their_order(p):
    q = benjamini_hochberg(p)
    assert ((q >= p) & (q <= 1)).all()
    order = np.argsort(p)
    assert (np.diff(q[order]) >= 0).all()
