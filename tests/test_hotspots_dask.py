"""The engine on the workers of a Dask cluster: the same labels, whatever is lost on the way, and clear refusals."""

from __future__ import annotations

import os
import signal
import sys
from importlib import metadata

import numpy as np
import pytest

from geo.errors import GeoError
from geo.hotspots import dask_engine
from geo.hotspots.dask_engine import engine_on
from geo.hotspots.dbscan import dbscan

distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")


@pytest.fixture(scope="module")
def points():
    """Thirty thousand reports of two hundred places, one part of them on shared positions."""
    rng = np.random.default_rng(8)
    centres = rng.uniform(0, 20_000, (200, 2))
    xy = centres[rng.integers(0, 200, 30_000)] + rng.standard_t(2, (30_000, 2)) * 60
    xy[::3] = np.round(xy[::3] / 40) * 40
    return xy


def assert_same(found, xy, weights=None):
    expected = dbscan(xy, eps_m=100, min_incidents=20, weights=weights)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])


def test_labels_are_the_same_and_a_killed_worker_costs_its_tasks_only(points):
    """On a cluster that the engine starts itself; a worker is killed before the first tile, halfway, at the last."""
    moment, killed = [], []

    def track(tiles, _):
        for tile in tiles:
            if moment and tile == moment[0]:
                pid = next(iter(distributed.default_client().run(os.getpid).values()))
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
            yield tile

    with engine_on(workers=2, track=track) as engine:
        weights = np.random.default_rng(1).integers(0, 3, len(points))
        assert_same(engine(points, eps_m=100, min_incidents=20, weights=weights), points, weights)
        for when in (0, 2, 3):
            distributed.default_client().wait_for_workers(2)
            moment[:] = [when]
            assert_same(engine(points, eps_m=100, min_incidents=20), points)
    assert len(set(killed)) == 3


def test_a_scheduler_at_an_address(points, monkeypatch):
    with distributed.LocalCluster(n_workers=1, processes=False, dashboard_address=None) as cluster:
        with engine_on(cluster.scheduler_address) as engine:
            assert_same(engine(points, eps_m=100, min_incidents=20), points)
            assert_same(engine(points[:100], eps_m=100, min_incidents=20), points[:100])
        own = {"numpy": "1.0", "never-installed": "2.0"}
        monkeypatch.setattr(dask_engine, "_own_versions", lambda: own)
        with pytest.raises(GeoError) as error, engine_on(cluster.scheduler_address):
            pass
    assert f"has numpy {metadata.version('numpy')}, not 1.0" in str(error.value)
    assert "has never-installed not at all, not 2.0" in str(error.value)


def test_a_scheduler_without_workers(monkeypatch):
    monkeypatch.setattr(dask_engine, "_SECONDS", 0.2)
    with (
        distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=None) as cluster,
        pytest.raises(GeoError, match="it has no workers"),
        engine_on(cluster.scheduler_address),
    ):
        pass


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense", "foo://x:1"])
def test_nobody_answers(address, monkeypatch):
    monkeypatch.setattr(dask_engine, "_SECONDS", 0.2)
    with pytest.raises(GeoError, match=f"--scheduler {address}: no scheduler of Dask answers"), engine_on(address):
        pass


def test_the_extra_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(GeoError, match=r"pip install .geo-engagement\[dask\]"), engine_on():
        pass
