"""Walking distances: by hand, against networkx on real streets, and as laws over random ones."""

from __future__ import annotations

import gzip
import itertools
import xml.etree.ElementTree as ET
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pyproj
import pytest
import shapely
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import GeoError
from geo.patrol.network.network import Network, walking_network
from geo.patrol.network.straight import StraightLines, straight_lines
from layers.streets import read_streets

GRID = "EPSG:27700"
ASHVIEW = ROOT / "data" / "ashview" / "streets.geojson"


def streets(*lines, **columns) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=[shapely.LineString(line) for line in lines], crs=GRID)


def points(*places) -> gpd.GeoSeries:
    return gpd.GeoSeries([shapely.Point(place) for place in places], crs=GRID)


def walk(network, *places) -> float:
    return float(network.distances(points(*places))[0, -1])


# a square block of 100 m, its streets meeting at the corners
BLOCK = [[(0, 0), (100, 0)], [(100, 0), (100, 100)], [(100, 100), (0, 100)], [(0, 100), (0, 0)]]


# ---- by hand


def test_a_stop_is_walked_to_on_the_street_not_only_at_its_corner():
    network = walking_network(streets(*BLOCK))
    assert walk(network, (20, -5), (30, 0)) == pytest.approx(5 + 10)
    assert walk(network, (20, -5), (100, 40)) == pytest.approx(5 + 80 + 40)
    assert walk(network, (50, 10), (50, 90)) == pytest.approx(10 + 200 + 10)  # round the block, not across it
    assert network.minutes(points((0, 0), (80, 0)))[0, 1] == pytest.approx(1)
    assert network.minutes(points((0, 0), (80, 0)), metres_per_minute=40)[0, 1] == pytest.approx(2)


def test_a_place_is_no_walk_from_itself_however_far_from_the_street():
    matrix = walking_network(streets(*BLOCK)).distances(points((50, -30), (50, -30), (50, -31)))
    assert matrix[0, 1] == 0
    assert matrix[0, 2] == pytest.approx(61)


def test_a_stop_too_far_from_any_street_is_told():
    network = walking_network(streets(*BLOCK), reach_m=40)
    stops = points((50, -40), (50, -41), (0, 0))
    assert network.out_of_reach(stops).tolist() == [1]
    matrix = network.distances(stops)
    assert matrix[0, 2] == pytest.approx(90)
    assert np.isinf(matrix[1, [0, 2]]).all()
    assert matrix[1, 1] == 0
    with pytest.raises(GeoError, match="far from every street"):
        network.path(stops[1], stops[2])
    assert walking_network(streets(*BLOCK)).out_of_reach(points((50, -100), (50, -101))).tolist() == [1]


def test_streets_that_cross_on_a_bridge_do_not_meet():
    cross = streets([(-100, 0), (100, 0)], [(0, -100), (0, 100)], [(100, 0), (0, 100)])
    assert walk(walking_network(cross), (-50, 0), (0, -50)) == pytest.approx(150 + np.hypot(100, 100) + 150)
    assert walk(walking_network(cross, node_crossings=True), (-50, 0), (0, -50)) == pytest.approx(100)
    bridge = cross.assign(level=[0.0, 1.0, 0.0])
    assert walk(walking_network(bridge, node_crossings=True), (-50, 0), (0, -50)) > 300


def test_streets_that_share_a_vertex_meet_there():
    cross = streets([(-100, 0), (0, 0), (100, 0)], [(0, -100), (0, 0), (0, 100)])
    assert walk(walking_network(cross), (-50, 0), (0, -50)) == pytest.approx(100)


def test_ends_that_nearly_meet_are_joined_within_a_metre():
    near = streets([(0, 0), (100, 0)], [(100.6, 0), (200, 0)])
    network = walking_network(near)
    assert network.cleaning.apart_parts == 0
    assert network.cleaning.joined_m == pytest.approx(0.6)
    assert walk(network, (0, 0), (200, 0)) == pytest.approx(200)
    assert walking_network(near, snap_m=0.5).cleaning.apart_parts == 1


def test_an_end_that_nearly_touches_a_street_is_joined_to_it():
    near = streets([(0, 0), (100, 0)], [(40, 0.7), (40, 50)])
    network = walking_network(near)
    assert network.cleaning.apart_parts == 0
    assert walk(network, (0, 0), (40, 50)) == pytest.approx(90)
    twice = walking_network(streets(*near.geometry, [(100, 0), (0, 0)]))
    assert twice.cleaning.duplicate_m == pytest.approx(100)
    assert walk(twice, (0, 0), (40, 50)) == pytest.approx(90)
    corner = walking_network(streets([(0, 0), (39.5, 0), (100, 0)], [(40, 0.7), (40, 50)]))
    assert len(corner.lines) == 3


def test_lines_of_openstreetmap_meet_only_at_shared_nodes():
    near = streets([(0, 0), (100, 0)], [(100.6, 0), (150, 0)], [(40, 0.7), (40, 20)], osm_id=["1", "2", "3"])
    network = walking_network(near)
    assert network.cleaning.apart_parts == 2
    assert network.cleaning.kept_m == pytest.approx(100)


def test_what_is_not_joined_to_the_rest_is_left_out_and_told():
    island = [[(1000, 0), (1040, 0)], [(2000, 0), (2010, 0)]]
    cleaning = walking_network(streets(*BLOCK, *island)).cleaning
    assert (cleaning.kept_m, cleaning.apart_m, cleaning.apart_parts) == (400, 50, 2)
    assert "2 parts not joined to the rest (50 m, 11.1% of these streets)" in " ".join(cleaning.sentences())


def test_the_largest_part_is_the_longest_not_the_one_of_most_pieces():
    short = [[(1000 + 10 * i, 0), (1010 + 10 * i, 0)] for i in range(9)]
    cleaning = walking_network(streets([(0, 0), (100, 0)], *short)).cleaning
    assert (cleaning.kept_m, cleaning.apart_m) == (100, 90)


def test_a_street_drawn_twice_counts_once():
    cleaning = walking_network(streets(*BLOCK, BLOCK[0], BLOCK[1][::-1])).cleaning
    assert (cleaning.kept_m, cleaning.duplicate_m, cleaning.read_m) == (400, 200, 600)


def test_loops_and_parallel_streets_stay_walkable():
    loop = [(100, 0), (150, 0), (150, 50), (100, 50), (100, 0)]
    bow = [(0, 0), (50, 80), (100, 0)]
    network = walking_network(streets([(0, 0), (100, 0)], loop, bow))
    assert walk(network, (0, 0), (150, 40)) == pytest.approx(100 + 90)
    assert walk(network, (150, 10), (100, 40)) == pytest.approx(100)  # 60 and 40 to the junction, or 90 + ... round
    assert walk(network, (50, 80), (0, 0)) == pytest.approx(np.hypot(50, 80))
    only = walking_network(streets(loop))
    assert walk(only, (150, 0), (100, 50)) == pytest.approx(100)


def test_the_area_keeps_whole_streets_that_touch_it():
    area = gpd.GeoSeries([shapely.box(-10, -10, 50, 10)], crs=GRID)
    network = walking_network(streets(*BLOCK, [(0, 100), (0, 200)]), area=area)
    assert network.cleaning.kept_m == pytest.approx(200)
    assert network.cleaning.outside_m == pytest.approx(300)
    with pytest.raises(GeoError, match="none is left"):
        walking_network(streets(*BLOCK), area=area.translate(5000, 0))


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(GeoError, match="metres"):
        walking_network(streets(*BLOCK).set_crs("EPSG:4326", allow_override=True))
    with pytest.raises(GeoError, match="not lines"):
        walking_network(gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)], crs=GRID))
    with pytest.raises(GeoError, match="none is left"):
        walking_network(streets())
    network = walking_network(streets(*BLOCK))
    with pytest.raises(GeoError, match="metres"):
        network.distances(points((0, 0)).set_crs("EPSG:4326", allow_override=True))
    with pytest.raises(GeoError, match="Project both"):
        network.distances(points((0, 0)).set_crs("EPSG:2157", allow_override=True))
    with pytest.raises(GeoError, match="number 2 has no point"):
        network.distances(gpd.GeoSeries([shapely.Point(0, 0), None], crs=GRID))
    assert network.distances(points()).shape == (0, 0)
    assert network.out_of_reach(points()).tolist() == []


def test_straight_lines_are_a_third_longer_and_say_so():
    walks = straight_lines()
    assert walk(walks, (0, 0), (300, 400)) == pytest.approx(650)
    assert walks.minutes(points((0, 0), (300, 400)))[0, 1] == pytest.approx(650 / 80)
    assert walks.description.startswith("Walking distances are estimated: straight lines × 1.3")
    assert walks.path(shapely.Point(0, 0), shapely.Point(3, 4)).length == 5
    assert walks.out_of_reach(points((0, 0))).tolist() == []
    with pytest.raises(GeoError, match=r"× 0\.9"):
        straight_lines(factor=0.9)


def test_the_description_gives_the_metres():
    assert walking_network(streets(*BLOCK)).description == (
        "Walking distances follow 400 m of streets that people on foot may use."
    )


# ---- against networkx, on real streets


def graph_of_vertices(lines: gpd.GeoDataFrame) -> nx.Graph:
    """A graph of every vertex of every line, a node where two lines share it: no noding of ours in it."""
    graph = nx.Graph()
    for line in lines.geometry:
        add_way(graph, [tuple(np.round(xy, 3)) for xy in line.coords], [tuple(xy) for xy in line.coords])
    return graph


def graph_of_nodes(data: bytes, ways: set[str]) -> nx.Graph:
    """A graph of the numbered nodes of an OSM extract, read without GDAL."""
    root = ET.fromstring(data)
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", GRID, always_xy=True)
    place = {
        one.get("id"): to_metres.transform(float(one.get("lon")), float(one.get("lat"))) for one in root.iter("node")
    }
    graph = nx.Graph()
    for way in root.iter("way"):
        if way.get("id") in ways:
            nodes = [one.get("ref") for one in way.iter("nd")]
            add_way(graph, nodes, [place[node] for node in nodes])
    return graph


def add_way(graph: nx.Graph, names: list, places: list) -> None:
    for (a, from_), (b, to) in itertools.pairwise(zip(names, places, strict=True)):
        if a != b:
            graph.add_edge(a, b, metres=float(np.hypot(to[0] - from_[0], to[1] - from_[1])))
        graph.add_node(a, place=from_)
        graph.add_node(b, place=to)


def real_places(name: str, shared_data: Path) -> tuple[Network, nx.Graph]:
    if name == "ashview":
        lines, _ = read_streets(ASHVIEW)
        return walking_network(lines), graph_of_vertices(lines)
    path = shared_data / "osm_networks_small" / f"{name}.osm.gz"
    lines, _ = read_streets(path)
    return walking_network(lines), graph_of_nodes(gzip.decompress(path.read_bytes()), set(lines["osm_id"]))


def largest(graph: nx.Graph) -> nx.Graph:
    by_metres = [(graph.subgraph(part).size("metres"), part) for part in nx.connected_components(graph)]
    return graph.subgraph(max(by_metres, key=lambda one: one[0])[1]).copy()


def with_stops(graph: nx.Graph, stops: np.ndarray) -> dict[int, float]:
    """Put each stop into the graph at the nearest place of the nearest step of street; return its walk there."""
    steps = list(graph.edges)
    shapes = np.array([shapely.LineString([graph.nodes[a]["place"], graph.nodes[b]["place"]]) for a, b in steps])
    walks, on = {}, {}
    for number, stop in enumerate(stops):
        far = shapely.distance(shapes, shapely.Point(stop))
        nearest = int(np.argmin(far))
        walks[number] = float(far[nearest])
        along = shapely.line_locate_point(shapes[nearest], shapely.Point(stop))
        on.setdefault(nearest, []).append((float(along), ("stop", number)))
    for step, chain in on.items():
        a, b = steps[step]
        total = graph.edges[a, b]["metres"]
        graph.remove_edge(a, b)
        row = [(0.0, a), *sorted(chain), (total, b)]
        for (from_m, one), (to_m, other) in itertools.pairwise(row):
            graph.add_edge(one, other, metres=max(to_m - from_m, 0.0))
    return walks


@pytest.mark.parametrize("name", ["leeds_cycleway", "st_georges_cycletrack", "borough_sausage_links", "ashview"])
def test_a_thousand_walks_are_as_long_as_networkx_says(name, shared_data):
    network, graph = real_places(name, shared_data)
    graph = largest(graph)
    assert network.cleaning.kept_m == pytest.approx(graph.size("metres"), abs=1)
    dice = np.random.default_rng(0)
    corners = np.array([place for _, place in graph.nodes(data="place")])
    stops = corners[dice.integers(len(corners), size=65)] + dice.uniform(-40, 40, (65, 2))
    matrix = network.distances(points(*stops))
    walks = with_stops(graph, stops)
    compared = 0
    for a in range(40):
        metres = nx.single_source_dijkstra_path_length(graph, ("stop", a), weight="metres")
        for b in range(40, 65):
            assert matrix[a, b] == pytest.approx(walks[a] + metres[("stop", b)] + walks[b], abs=0.02)
            compared += 1
    assert compared == 1000


@pytest.mark.parametrize("name", ["leeds_cycleway", "ashview"])
def test_a_way_is_as_long_as_its_distance_and_lies_on_streets(name, shared_data):
    network, _ = real_places(name, shared_data)
    ground = shapely.MultiLineString(network.lines)
    beside = ground.buffer(0.01)
    dice = np.random.default_rng(1)
    stops = points(*(network.nodes[dice.integers(len(network.nodes), size=16)] + dice.uniform(-30, 30, (16, 2))))
    matrix, walks = network.distances(stops), stops.distance(ground)
    for a, b in itertools.permutations(range(8), 2):
        way = network.path(stops[a], stops[b])
        assert way.length == pytest.approx(matrix[a, b], abs=1e-6)
        assert (way.coords[0], way.coords[-1]) == (stops[a].coords[0], stops[b].coords[0])
        assert way.difference(beside).length == pytest.approx(walks[a] + walks[b], abs=0.1)


def test_ashview_hangs_together():
    cleaning = walking_network(read_streets(ASHVIEW)[0]).cleaning
    assert cleaning.read_m == pytest.approx(144_915, abs=1)
    assert cleaning.kept_m / cleaning.read_m == pytest.approx(0.997, abs=0.0005)
    assert cleaning.apart_parts == 1
    assert cleaning.duplicate_m == 0


# ---- laws

cell = st.integers(0, 4)
places = st.lists(st.tuples(st.integers(-60, 460), st.integers(-60, 460)), min_size=2, max_size=6)


@st.composite
def towns(draw):
    """A grid of streets of 100 m: all of the bottom row and every column, so that it hangs together, and some more."""
    steps = [((x, 0), (x + 1, 0)) for x in range(4)] + [((x, y), (x, y + 1)) for x in range(5) for y in range(4)]
    more = [((x, y), (x + 1, y)) for x in range(4) for y in range(1, 5)]
    chosen = draw(st.lists(st.sampled_from(more), unique=True, max_size=6))
    return [[(100 * a, 100 * b) for a, b in step] for step in steps + chosen]


@given(towns(), places)
def test_distances_are_distances(town, stops):
    network = walking_network(streets(*town))
    matrix = network.distances(points(*stops))
    xy = np.array(stops, float)
    straight = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    assert (np.diag(matrix) == 0).all()
    assert (matrix == matrix.T).all()
    assert (matrix >= straight - 1e-9).all()
    for middle in range(len(stops)):
        assert (matrix <= matrix[:, [middle]] + matrix[[middle]] + 1e-9).all()
    way = network.path(shapely.Point(stops[0]), shapely.Point(stops[1]))
    assert way.length == pytest.approx(matrix[0, 1])


@given(towns(), st.lists(st.tuples(cell, cell), min_size=2, max_size=6), st.tuples(cell, cell), st.tuples(cell, cell))
def test_one_more_street_never_makes_a_walk_longer(town, corners, a, b):
    stops = points(*[(100 * x, 100 * y) for x, y in corners])
    new = [(100 * a[0], 100 * a[1]), (220, 230), (100 * b[0], 100 * b[1])]  # through no corner but its ends
    before = walking_network(streets(*town, osm_id=["1"] * len(town)))
    after = walking_network(streets(*town, new, osm_id=["1"] * (len(town) + 1)))
    far = before.distances(stops)
    near = np.minimum(after.distances(stops), far + 1e-9)
    assert (after.distances(stops) == near).all()


vertex = st.tuples(st.integers(0, 12), st.integers(0, 12))
drawings = st.lists(st.lists(vertex, min_size=2, max_size=4), min_size=1, max_size=8)


def some_length(drawing) -> bool:
    return any(len(set(line)) > 1 for line in drawing)


@given(drawings.filter(some_length), st.sampled_from([0, 0.8, 1.5]), st.booleans(), st.booleans())
def test_no_metre_is_lost_without_a_word(drawing, snap_m, node_crossings, osm):
    columns = {"osm_id": ["1"] * len(drawing)} if osm else {}
    lines = streets(*drawing, **columns)
    try:
        network = walking_network(lines, snap_m=snap_m, node_crossings=node_crossings)
    except GeoError:
        assert snap_m > 0  # a line shorter than snap_m may become a point, and nothing be left
        return
    told = network.cleaning
    assert told.read_m == pytest.approx(lines.length.sum())
    assert told.read_m + told.joined_m == pytest.approx(told.outside_m + told.duplicate_m + told.apart_m + told.kept_m)
    assert told.kept_m == pytest.approx(network.lengths.sum())
    if osm and not node_crossings:
        assert told.joined_m == pytest.approx(0, abs=1e-9)
    graph = nx.MultiGraph(network.ends.tolist())
    assert nx.is_connected(graph)
    assert len(graph) == len(network.nodes)


@given(drawings.filter(some_length), st.sampled_from([0, 1.5]), st.booleans(), st.randoms(use_true_random=False))
def test_order_and_direction_do_not_matter(drawing, snap_m, node_crossings, dice):
    turned = [line[::-1] if dice.random() < 0.5 else line for line in drawing]
    dice.shuffle(turned)
    options = {"snap_m": snap_m, "node_crossings": node_crossings}
    try:
        one = walking_network(streets(*drawing), **options)
    except GeoError:
        with pytest.raises(GeoError):
            walking_network(streets(*turned), **options)
        return
    other = walking_network(streets(*turned), **options)
    for name, value in one.arrays().items():
        if name == "cleaning":
            np.testing.assert_allclose(value, other.arrays()[name], atol=1e-9)  # sums of metres, in another order
        else:
            np.testing.assert_array_equal(value, other.arrays()[name])


@settings(deadline=None)
@given(towns(), places)
def test_arrays_hold_the_whole_network(town, stops):
    network = walking_network(streets(*town), reach_m=50)
    again = Network.from_arrays(network.arrays())
    np.testing.assert_array_equal(network.distances(points(*stops)), again.distances(points(*stops)))
    assert again.cleaning == network.cleaning
    assert again.description == network.description


def test_both_kinds_of_walk_answer_the_same_questions():
    asked = {name for name in dir(StraightLines) if not name.startswith("_")} - {"factor"}
    assert asked <= set(dir(Network))
