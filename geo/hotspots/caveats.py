"""What a reader must know before acting on one hot spot, as data: counted, not guessed."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import shapely

MOSTLY_ONE_POINT = 0.8
_SOME = 0.2
_STATION = 0.1


def caveats(members: pd.DataFrame, top_point_share: float, outline: shapely.Geometry, border: shapely.Geometry) -> str:
    """Return the caveats of one hot spot as sentences joined by "; ", empty for none.

    ``members``: its incidents, with ``place`` (the number of their position) and, if known, ``precision`` and
    ``location_text``. ``border``: the edge of the study area.
    """
    return "; ".join(_found(members, top_point_share, outline, border))


def _found(
    members: pd.DataFrame, top_point_share: float, outline: shapely.Geometry, border: shapely.Geometry
) -> Iterator[str]:
    if top_point_share > MOSTLY_ONE_POINT:
        yield f"{top_point_share:.0%} at one map point: look at the place, not the area"
    stacked = float((members.groupby("place")["place"].transform("size") > 1).mean())
    moved = float((members["precision"] == "snapped").mean()) if "precision" in members else 0.0
    if moved > _SOME:
        yield f"{moved:.0%} moved to map points: no address is exact"
    elif stacked > _SOME and top_point_share <= MOSTLY_ONE_POINT:
        yield f"{stacked:.0%} share a position with another"
    if "location_text" in members:
        text = members["location_text"].fillna("").astype(str).str.strip()
        unnamed = float(text.isin(["", "On or near", "No Location"]).mean())
        station = float(text.str.contains("police station", case=False).mean())
        if unnamed > _SOME:
            yield f"{unnamed:.0%} without a place name"
        if station > _STATION:
            yield f"{station:.0%} at a police station: perhaps reports without a known place"
    if shapely.intersects(outline, border):
        yield "touches the edge of the study area: reports beyond it are not counted"
