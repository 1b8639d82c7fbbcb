"""Clustering in tiles on the workers of a Dask cluster, on this computer or elsewhere. Needs the extra ``dask``.

Only positions and weights travel, and of those a few tiles at a time. What a worker had when it is lost is done again
by another: every task carries its own points.
"""

from __future__ import annotations

import gc
import logging
import math
import platform
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import metadata
from itertools import islice
from typing import Any

from numpy.typing import ArrayLike

from geo.errors import GeoError, listed
from geo.hotspots.clusters import Engine
from geo.hotspots.dbscan import Bools, Floats, Ints, checked, dbscan
from geo.hotspots.tiles import Found, Tile, cluster_tile, dbscan_in_tiles

# points of a tile: a worker holds some 100 MB for them
TILE_POINTS = 250_000
# fewer points are clustered sooner than sent
LEAST_POINTS = 20_000
_SECONDS = 10
_SAME = ("python", "geo-engagement", "numpy", "scipy", "distributed")
Track = Callable[[Any, str], Iterable[Any]]


@contextmanager
def engine_on(
    scheduler: str | None = None, *, workers: int | None = None, track: Track = lambda items, _: items
) -> Iterator[Engine]:
    """Yield a function with dbscan's signature and labels that clusters on the workers of ``scheduler``.

    ``scheduler``: its address, as tcp://host:8786; None: a cluster on this computer for as long as it is used, of
    ``workers`` processes (None: one a core). Fewer than ``LEAST_POINTS`` are clustered here. ``track``: wraps the loop
    over tiles. Raises GeoError where distributed is not installed, nobody answers at the address or nobody works there,
    where the versions of geo or of what it computes with are not the same everywhere, and, from the function, where
    the scheduler is lost or a tile is too much for every worker that tried.
    """
    try:
        import dask
        import distributed
    except ImportError:
        raise GeoError(
            "--engine dask: dask is not installed.", 'Install it with: pip install "geo-engagement[dask]".'
        ) from None
    # tasks carry their points, as is meant here
    quiet = {"distributed.admin.large-graph-warning-threshold": "1GB"}
    with dask.config.set(quiet), warnings.catch_warnings():
        warnings.simplefilter("ignore", category=distributed.versions.VersionMismatchWarning)  # said by _same_versions
        with _client(distributed, scheduler, workers) as client:
            _same_versions(client)
            yield partial(_clustered, client, distributed, track)


@contextmanager
def _client(distributed: Any, scheduler: str | None, workers: int | None) -> Iterator[Any]:
    """Yield a client of the scheduler at an address, or of one of this computer's own, with workers."""
    if scheduler is None:
        own = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None, "host": "127.0.0.1"}
        try:
            cluster = distributed.LocalCluster(processes=True, silence_logs=logging.ERROR, **own)
        except (RuntimeError, OSError) as error:
            raise GeoError(
                f"--engine dask: no cluster started on this computer ({error}).",
                "In a script of your own, call geo under: if __name__ == '__main__'. Or use --engine grid.",
            ) from None
        with cluster, distributed.Client(cluster) as client:
            yield client
        return
    client, problem = None, ""
    try:
        distributed.comm.get_address_host(scheduler)  # of what is no address no client is begun
        client = distributed.Client(scheduler, timeout=_SECONDS)
    except (TimeoutError, OSError, ValueError) as error:
        problem = str(error)
    if client is None:
        gc.collect()  # a client left half started would close itself at any time, and could hang the next one
        raise GeoError(
            f"--scheduler {scheduler}: no scheduler of Dask answers ({problem}).",
            "Start one with: dask scheduler; or leave the address out, for a cluster on this computer.",
        )
    with client:
        try:
            client.wait_for_workers(1, timeout=_SECONDS)
        except (TimeoutError, OSError):
            raise GeoError(
                f"--scheduler {scheduler}: it has no workers.",
                f"Start workers with: dask worker {scheduler}.",
            ) from None
        yield client


def _same_versions(client: Any) -> None:
    """Refuse workers with other versions than this process: labels are only known to be the same for the same code."""
    wrong = []
    for name, own in _own_versions().items():
        for worker, theirs in client.run(*_ask(name), on_error="return").items():
            if theirs != own:
                wrong.append(f"{worker} has {name} {theirs if isinstance(theirs, str) else 'not at all'}, not {own}")
    if wrong:
        raise GeoError(
            f"--scheduler: other versions than here: {listed(wrong, 3)}.",
            "Install the same on every worker: pip install --requirement constraints.txt.",
        )


def _own_versions() -> dict[str, str]:
    return {name: ask(*words) for name in _SAME for ask, *words in [_ask(name)]}


def _ask(name: str) -> tuple[Any, ...]:
    """Return what asks for a version, in parts that a worker knows without knowing geo."""
    return (platform.python_version,) if name == "python" else (metadata.version, name)


def _clustered(
    client: Any,
    distributed: Any,
    track: Track,
    xy: ArrayLike,
    *,
    eps_m: float,
    min_incidents: float,
    weights: ArrayLike | None = None,
) -> tuple[Ints, Bools]:
    """Return what ``dbscan`` returns."""
    points, weight = checked(xy, weights, eps_m, min_incidents)
    if len(points) < LEAST_POINTS:
        return dbscan(points, eps_m=eps_m, min_incidents=min_incidents, weights=weight)
    threads = max(sum(client.nthreads().values()), 1)

    def run(parts: Iterator[tuple[Floats, Floats, Tile]], count: int) -> Iterator[tuple[int, Found]]:
        sent: dict[Any, int] = {}
        done = distributed.as_completed()

        def send(many: int) -> None:
            for part in islice(parts, many):
                task = client.submit(cluster_tile, *part, eps_m, min_incidents, pure=False)
                sent[task] = len(sent)
                done.add(task)

        send(2 * threads)  # one at work and one at hand for each
        for _ in track(range(count), "Clustering tiles"):
            task = next(done)
            yield sent[task], task.result()
            task.release()
            send(1)

    most = min(TILE_POINTS, math.ceil(len(points) / (2 * threads)))
    try:
        return dbscan_in_tiles(points, weight, eps_m=eps_m, min_incidents=min_incidents, most=most, run=run)
    except distributed.KilledWorker as error:
        raise GeoError(
            f"--engine dask: a tile of about {most:,} points ended every worker that took it ({error}).",
            "Give workers more memory, or use --engine grid.",
        ) from None
    except (distributed.CancelledError, OSError) as error:
        raise GeoError(
            f"--engine dask: the scheduler was lost while it worked ({error}).", "Nothing was written. Run again."
        ) from None
