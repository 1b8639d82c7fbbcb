"""When somebody was last at a place: by the engagement log and by tracks that were checked."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import require_metric
from geo.engagement.columns import dates, text
from geo.errors import GeoError


def last_visits(
    stops: gpd.GeoDataFrame,
    *,
    engagements: gpd.GeoDataFrame | None = None,
    walked: gpd.GeoDataFrame | None = None,
    until: pd.Timestamp,
) -> pd.Series:
    """Return the day of the last visit to each stop up to ``until``, NaT where none is known.

    ``stops``: ``stop_id``, ``radius_m``, points in metres. ``engagements``: placed ones (``EngagementResult``); one
    counts where it was face to face (or does not say how) and names the stop as its focal point or lies within the
    radius. ``walked``: visits that a track shows, points with ``time`` (local). A call, a letter or a post is no visit.
    """
    found = pd.Series(pd.NaT, index=stops.index, dtype="datetime64[ns]")
    if engagements is not None and len(engagements):
        log = engagements.assign(_day=dates(engagements, "date"))
        channel = text(log, "channel")
        there = channel.isna() | channel.fillna("").astype(str).str.split(";").map(lambda ways: "face_to_face" in ways)
        log = log[there & (log["_day"] <= until)]
        named = log.groupby(text(log, "focal_point_id"))["_day"].max()
        found = _later(found, stops["stop_id"].map(named).astype("datetime64[ns]"))
        found = _later(found, _near(stops, log))
    if walked is not None and len(walked):
        if "time" not in walked:
            raise GeoError("walked: no column 'time'.", "Give the visits that geo patrol check found.")
        seen = walked.assign(_day=dates(walked, "time"))
        found = _later(found, _near(stops, seen[seen["_day"] <= until]))
    return found


def _near(stops: gpd.GeoDataFrame, seen: gpd.GeoDataFrame) -> pd.Series:
    """Return the last day on which anything of ``seen`` lies within the radius of each stop."""
    last = pd.Series(pd.NaT, index=stops.index, dtype="datetime64[ns]")
    here = seen[~(seen.geometry.isna() | seen.geometry.is_empty)]
    if not len(here) or not len(stops):
        return last
    require_metric(here, "visits")
    if here.crs != stops.crs:
        raise GeoError(f"Visits are in {here.crs.name}, stops in {stops.crs.name}.", "Project both to one system.")
    stop, visit = shapely.STRtree(here.geometry.to_numpy()).query(
        stops.geometry.to_numpy(), predicate="dwithin", distance=stops["radius_m"].to_numpy(np.float64)
    )
    days = pd.Series(here["_day"].to_numpy()[visit]).groupby(stop).max()
    last.iloc[days.index] = days.to_numpy()
    return last


def _later(one: pd.Series, other: pd.Series) -> pd.Series:
    return one.where(one.notna() & ~(other > one), other)
