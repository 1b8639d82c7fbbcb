"""How long does a walking network take, and which library finds the shortest paths fastest?

    uv run --with igraph --with networkx python benchmarks/network.py [--seed 0]

Table 1: shortest paths between 100 stops on square towns of random street lengths, by scipy, igraph and networkx (the
last timed on 5 stops, then times 20). Table 2: the steps of ours on the same towns: cleaning, the first distances, one
way to be drawn, and reading the network from arrays.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.patrol.network.network import Network, walking_network

STOPS = 100
SIDES = (71, 224)  # junctions a side: 10,000 and 100,000 pieces of street


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer


def town(side: int, dice: np.random.Generator) -> gpd.GeoDataFrame:
    """A square town, its junctions moved about by up to 30 m, its streets 100 m apart."""
    xy = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), axis=-1) * 100.0
    xy += dice.uniform(-30, 30, xy.shape)
    east = np.stack((xy[:-1], xy[1:]), axis=2).reshape(-1, 2, 2)
    north = np.stack((xy[:, :-1], xy[:, 1:]), axis=2).reshape(-1, 2, 2)
    return gpd.GeoDataFrame(geometry=shapely.linestrings(np.concatenate((east, north))), crs="EPSG:27700")


def by_scipy(network: Network, stops: NDArray[np.int64]) -> tuple[float, float, NDArray[np.float64]]:
    a, b = network.ends.T
    metres = np.concatenate((network.lengths, network.lengths))
    both = (np.concatenate((a, b)), np.concatenate((b, a)))
    build, graph = seconds(lambda: csr_array((metres, both), shape=(len(network.nodes),) * 2))
    solve, found = seconds(lambda: dijkstra(graph, indices=stops)[:, stops])
    return build, solve, found


def by_igraph(network: Network, stops: NDArray[np.int64]) -> tuple[float, float, NDArray[np.float64]]:
    import igraph

    metres = {"metres": network.lengths}
    build, graph = seconds(lambda: igraph.Graph(len(network.nodes), network.ends, edge_attrs=metres))
    solve, found = seconds(lambda: graph.distances(stops.tolist(), stops.tolist(), weights="metres"))
    return build, solve, np.array(found)


def by_networkx(network: Network, stops: NDArray[np.int64]) -> tuple[float, float, NDArray[np.float64]]:
    import networkx

    rows = [(a, b, metres) for (a, b), metres in zip(network.ends.tolist(), network.lengths.tolist(), strict=True)]
    graph = networkx.Graph()
    build, _ = seconds(lambda: graph.add_weighted_edges_from(rows))
    few = stops[:5].tolist()
    solve, found = seconds(lambda: [networkx.single_source_dijkstra_path_length(graph, stop) for stop in few])
    return build, solve * STOPS / len(few), np.array([[one[stop] for stop in stops.tolist()] for one in found])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    dice = np.random.default_rng(parser.parse_args().seed)
    ours = []
    print(f"| pieces of street | library | build, s | {STOPS} × {STOPS}, s | largest difference, m |\n|-|-|-|-|-|")
    for side in SIDES:
        streets = town(side, dice)
        clean, network = seconds(lambda streets=streets: walking_network(streets))
        stops = dice.choice(len(network.nodes), STOPS, replace=False)
        truth = by_scipy(network, stops)[2]
        for name, library in (("scipy", by_scipy), ("igraph", by_igraph), ("networkx", by_networkx)):
            build, solve, found = library(network, stops)
            gap = np.abs(found - truth[: len(found)]).max()
            print(f"| {len(network.lines):,} | {name} | {build:.3f} | {solve:.2f} | {gap:.1g} |")
        points = gpd.GeoSeries(
            shapely.points(network.nodes[stops] + dice.uniform(-40, 40, (STOPS, 2))), crs=streets.crs
        )
        first, _ = seconds(lambda network=network, points=points: network.distances(points))
        again, _ = seconds(lambda network=network, points=points: network.distances(points))
        way, _ = seconds(lambda network=network, points=points: network.path(points[0], points[1]))
        arrays = network.arrays()
        load, _ = seconds(lambda arrays=arrays: Network.from_arrays(arrays))
        ours.append(f"| {len(network.lines):,} | {clean:.2f} | {first:.2f} | {again:.2f} | {way:.3f} | {load:.2f} |")
    print("\n| pieces of street | cleaning, s | first distances, s | again, s | one way, s | from arrays, s |")
    print("\n".join(["|-|-|-|-|-|-|", *ours]))


if __name__ == "__main__":
    main()
