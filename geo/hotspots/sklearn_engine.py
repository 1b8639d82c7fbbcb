"""scikit-learn's clustering, for those who must cite it and as the oracle of our own. Importing this takes seconds."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from sklearn.cluster import DBSCAN, HDBSCAN

from geo.hotspots.dbscan import Bools, Ints


def dbscan(
    xy: ArrayLike, *, eps_m: float, min_incidents: float, weights: ArrayLike | None = None
) -> tuple[Ints, Bools]:
    """Return what ``geo.hotspots.dbscan.dbscan`` returns, by scikit-learn: its labels on the points in (x, y) order."""
    points = np.asarray(xy, np.float64).reshape(-1, 2)
    weight = np.ones(len(points)) if weights is None else np.asarray(weights, np.float64)
    labels, is_core = np.full(len(points), -1), np.zeros(len(points), np.bool_)
    if not weight.any():  # no points, or none that weighs anything
        return labels, is_core
    order = np.lexsort((points[:, 1], points[:, 0]))
    # scikit-learn takes whole thresholds only: with whole weights the next one is the same
    fitted = DBSCAN(eps=eps_m, min_samples=math.ceil(min_incidents)).fit(points[order], sample_weight=weight[order])
    labels[order] = fitted.labels_
    is_core[order[fitted.core_sample_indices_]] = True
    return labels, is_core


def hdbscan(
    xy: ArrayLike, *, eps_m: float, min_incidents: float, weights: ArrayLike | None = None
) -> tuple[Ints, Bools]:
    """Return the clusters of HDBSCAN, for places of mixed density: exploratory, without p-values or a width limit.

    Campello, Moulavi & Sander 2013. ``min_samples`` is ``min_incidents``, the smallest cluster twice that. There is no
    weight in scikit-learn's class, so each place is repeated by its (whole) weight. Every member counts as core;
    ``eps_m`` is not used.
    """
    points = np.asarray(xy, np.float64).reshape(-1, 2)
    order = np.lexsort((points[:, 1], points[:, 0]))
    counts = np.ones(len(points), int) if weights is None else np.asarray(weights)[order].astype(int)
    least = max(2, math.ceil(min_incidents))
    rows = np.repeat(points[order], counts, axis=0)
    labels = np.full(len(points), -1)
    if len(rows) >= 2 * least:
        fitted = HDBSCAN(min_cluster_size=2 * least, min_samples=least, copy=True).fit(rows)
        first = np.cumsum(counts) - counts
        some = counts > 0
        labels[order[some]] = fitted.labels_[first[some]]
    return labels, labels >= 0
