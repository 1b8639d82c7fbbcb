"""What a reader must know before acting on a hot spot, as data: counted, not guessed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.hotspots.tally import Floats, by_value, pairs, sums

MOSTLY_ONE_POINT = 0.8
_SOME = 0.2
_STATION = 0.1


def caveats(
    incidents: pd.DataFrame, top_point_share: Floats, outline: NDArray[np.object_], border: shapely.Geometry
) -> list[str]:
    """Return the caveats of each hot spot as sentences joined by "; ", empty for none.

    ``incidents``: those in hot spots, with ``label``, ``place`` (the number of their position) and, if known,
    ``precision`` and ``location_text``. ``border``: the edge of the study area.
    """
    label, count = incidents["label"].to_numpy(np.int64), len(outline)
    shares = _shares(incidents, label, count)
    shapely.prepare(border)
    at_edge = shapely.intersects(border, outline)
    return [
        "; ".join(
            _said(float(top_point_share[one]), {name: float(of[one]) for name, of in shares.items()}, at_edge[one])
        )
        for one in range(count)
    ]


def _shares(incidents: pd.DataFrame, label: NDArray[np.int64], count: int) -> dict[str, Floats]:
    """Return which share of each hot spot's incidents share a position, were moved, have no name, ..."""
    size = np.maximum(np.bincount(label, minlength=count), 1)
    at = pairs(label, incidents["place"].to_numpy(np.int64))
    found = {"stacked": sums(at.label, np.where(at.times > 1, at.times, 0), count) / size}
    if "precision" in incidents:
        found["moved"] = sums(label, (incidents["precision"] == "snapped").to_numpy(bool), count) / size
    if "location_text" in incidents:
        named = {"unnamed": _is_unnamed, "station": _is_station}
        found |= {
            name: sums(label, by_value(incidents["location_text"], is_one, missing=name == "unnamed"), count) / size
            for name, is_one in named.items()
        }
    return found


def _is_unnamed(text: str) -> bool:
    return text.strip() in ("", "On or near", "No Location")


def _is_station(text: str) -> bool:
    return "police station" in text.casefold()


def _said(top_point_share: float, share: dict[str, float], at_edge: bool) -> Iterator[str]:
    if top_point_share == 1:
        yield "all at one map point: look at the place, not the area"
    elif top_point_share > MOSTLY_ONE_POINT:
        yield f"{top_point_share:.0%} at one map point: look at the place, not the area"
    if share.get("moved", 0) > _SOME:
        yield f"{share['moved']:.0%} moved to map points: no address is exact"
    elif share["stacked"] > _SOME and top_point_share <= MOSTLY_ONE_POINT:
        yield f"{share['stacked']:.0%} share a position with another"
    if share.get("unnamed", 0) > _SOME:
        yield f"{share['unnamed']:.0%} without a place name"
    if share.get("station", 0) > _STATION:
        yield f"{share['station']:.0%} at a police station: perhaps reports without a known place"
    if at_edge:
        yield "touches the edge of the study area: reports beyond it are not counted"
