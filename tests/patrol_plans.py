"""A small patrol plan in Luton, and walks along it, for the tests of files and tracks."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

CRS = "EPSG:27700"
EAST, NORTH = 509_000.0, 221_000.0
PLACES = [(0, 0), (600, 0), (600, 500)]
NAMES = ["Market Place", "Church Street & <Arcade>", 'St. Mary\'s; the "green", north']


def plan(*, date="2025-12-05", start="18:00", places=PLACES, names=NAMES, teams=1, dwell=15.0, radius=75.0):
    """Frames (visits, routes, left_out) of a plan: each team visits all places in turn, 10 minutes of walk before each.

    Team 2's places are 3 km north of team 1's, and so on.
    """
    begin = pd.Timestamp(f"{date} {start}")
    rows, ways = [], []
    for team in range(1, teams + 1):
        shift_m = 3000 * (team - 1)
        points = [shapely.Point(EAST + x, NORTH + y + shift_m) for x, y in places]
        at = begin
        for i, point in enumerate(points):
            arrives = at + pd.Timedelta(minutes=10)
            at = arrives + pd.Timedelta(minutes=dwell)
            rows.append(
                {
                    "team": team,
                    "order": i + 1,
                    "stop_id": f"HS-{i + 1 + len(points) * (team - 1)}",
                    "kind": "hot spot",
                    "name": names[i % len(names)],
                    "ward_name": "Central",
                    "arrives": arrives,
                    "leaves": at,
                    "dwell_minutes": dwell,
                    "walk_minutes": 10.0,
                    "walk_m": 800.0,
                    "prize": 3.5,
                    "radius_m": radius,
                    "why": "12 reports from October 2025 to November 2025.\nMost after 6 pm.",
                    "record": "",
                    "contact": "Samira Example, caretaker",
                    "communities": "",
                    "questions": "What has changed?\nWho is not here?\nWhat would help?",
                    "geometry": point,
                }
            )
        home = shapely.Point(EAST - 300, NORTH + shift_m)
        ways.append(
            {
                "team": team,
                "starts": begin,
                "ends": at + pd.Timedelta(minutes=10),
                "visits": len(points),
                "walk_m": 2400.0,
                "walk_minutes": 40.0,
                "dwell_minutes": dwell * len(points),
                "spare_minutes": 0.0,
                "prize": 10.5,
                "geometry": shapely.LineString([home, *points, home]),
            }
        )
    columns = None if rows else ["team", "order", "stop_id", "kind", "name", "arrives", "leaves", "dwell_minutes"]
    visits = gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns).assign(**({} if rows else {"geometry": []})), crs=CRS)
    left_out = pd.DataFrame(
        [("HS-9", "Far Field", "hot spot", 1.0, "needs 41 min, shift is 30")],
        columns=["stop_id", "name", "kind", "prize", "reason"],
    )
    return visits, gpd.GeoDataFrame(ways, crs=CRS), left_out


def fixes(times_s, xy, *, begin="2025-12-05 18:00", track=1):
    """Fixes at seconds after ``begin`` (UTC), at metres from the plan's corner."""
    xy = np.asarray(xy, float).reshape(-1, 2)
    time = pd.Timestamp(begin, tz="UTC") + pd.to_timedelta(np.asarray(times_s, float), unit="s")
    return gpd.GeoDataFrame(
        {"track": np.full(len(xy), track, np.int64), "time": pd.Series(time).astype("datetime64[ns, UTC]")},
        geometry=gpd.points_from_xy(EAST + xy[:, 0], NORTH + xy[:, 1]),
        crs=CRS,
    )


def together(*frames):
    """Several tracks as one frame."""
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), geometry="geometry", crs=CRS)


def walk(stations, *, every_s=10.0, noise_m=0.0, seed=0):
    """Fixes (seconds, xy) of somebody at ``stations`` [(minute, x, y), ...], walking straight in between."""
    table = np.asarray(stations, float)
    seconds = np.arange(table[0, 0] * 60, table[-1, 0] * 60 + 1e-9, every_s)
    xy = np.column_stack([np.interp(seconds, table[:, 0] * 60, table[:, k]) for k in (1, 2)])
    return seconds, xy + np.random.default_rng(seed).normal(0, noise_m, xy.shape) if noise_m else xy


def gpx_of(points, *, version="1.1", names=""):
    """GPX text of (lat, lon, time text or None) points, one track."""
    body = "".join(
        f'<trkpt lat="{lat}" lon="{lon}">' + (f"<time>{time}</time>" if time is not None else "") + "</trkpt>\n"
        for lat, lon, time in points
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="{version}" creator="phone" '
        f'xmlns="http://www.topografix.com/GPX/{version.replace(".", "/")}">\n'
        f"{names}<trk><trkseg>\n{body}</trkseg></trk></gpx>\n"
    )
