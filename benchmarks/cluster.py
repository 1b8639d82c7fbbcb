"""Clustering on the workers of a Dask cluster of this computer, against one process, from the same Parquet.

    uv run python benchmarks/cluster.py [--points N] [--workers N] [--kill]

Each run is a process of its own. Processor time of all its processes, from the start of reading to the labels; the
greatest memory of a worker; labels and core points compared by their hash. ``--kill``: three more runs in which a
worker is killed (SIGKILL) before the first tile, halfway, and before the last.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent.parent), str(Path(__file__).resolve().parent)]

import numpy as np  # noqa: E402
from scale import EPS_M, LEAST, SHAPES, peak_mb  # noqa: E402


def write(path: Path, shape: str, n: int) -> None:
    """Write points as Parquet, in no order."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    x, y = SHAPES[shape](n, np.random.default_rng(1)).T
    pq.write_table(pa.table({"x": x, "y": y}), path)


def once(path: str, workers: int, kill_at: float) -> dict[str, Any]:
    """Read and cluster; ``workers`` 0: here. ``kill_at``: the share of tiles done when a worker is killed, or -1."""
    import pyarrow.parquet as pq

    from geo.hotspots.dask_engine import engine_on
    from geo.hotspots.dbscan import dbscan

    began = time.perf_counter()
    table = pq.read_table(path)
    xy = np.column_stack((table["x"].to_numpy(), table["y"].to_numpy()))
    told: dict[str, Any] = {}

    def track(tiles: Any, _: str) -> Iterator[Any]:
        from distributed import default_client

        told["tiles"] = len(tiles)
        for tile in tiles:
            if kill_at >= 0 and tile == int(kill_at * (len(tiles) - 1)):
                os.kill(next(iter(default_client().run(os.getpid).values())), signal.SIGKILL)
            yield tile

    if workers:
        from distributed import default_client

        with engine_on(workers=workers, track=track) as engine:
            labels, is_core = engine(xy, eps_m=EPS_M, min_incidents=LEAST)
            seconds = time.perf_counter() - began
            told["worker_mb"] = max(default_client().run(peak_mb).values())
    else:
        labels, is_core = dbscan(xy, eps_m=EPS_M, min_incidents=LEAST)
        seconds = time.perf_counter() - began
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    cpu = own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime
    same = hashlib.sha256(labels.tobytes() + is_core.tobytes()).hexdigest()
    return told | {"cpu": cpu, "wall": seconds, "mb": peak_mb(), "labels": same}


def table(n: int, workers: int, kill: bool) -> Iterable[str]:
    """Yield the table, line by line."""
    yield "| points | shape | run | processor s | wall s | MB here | MB a worker | labels |\n"
    yield "|--:|---|---|--:|--:|--:|--:|---|\n"
    runs = [("one process", 0, -1.0), (f"dask, {workers} workers", workers, -1.0)]
    if kill:
        runs += [(f"a worker killed, {share:.0%} done", workers, share) for share in (0.0, 0.5, 1.0)]
    with tempfile.TemporaryDirectory() as folder:
        for shape in ("streets", "map points"):
            path, first = Path(folder) / f"{shape}.parquet", ""
            write(path, shape, n)
            for name, many, share in runs:
                words = [sys.executable, __file__, "--once", str(path), str(many), str(share)]
                done = subprocess.run(words, check=True, capture_output=True, text=True).stdout
                told = json.loads(done.splitlines()[-1])
                first = first or told["labels"]
                same = "identical" if told["labels"] == first else "DIFFERENT"
                cells = [f"{n:,}", shape, name, f"{told['cpu']:.1f}", f"{told['wall']:.1f}", f"{told['mb']:,.0f}"]
                yield f"| {' | '.join([*cells, format(told.get('worker_mb', 0), ',.0f'), same])} |\n"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--points", type=int, default=5_000_000)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--kill", action="store_true")
    options.add_argument("--once", nargs=3, help=argparse.SUPPRESS)
    args = options.parse_args()
    if args.once:
        path, workers, share = args.once
        print(json.dumps(once(path, int(workers), float(share))))
        return
    for line in table(args.points, args.workers, args.kill):
        print(line, end="", flush=True)


if __name__ == "__main__":
    main()
