"""A small town to patrol: hot spots and engagement as the analyses return them, with numbers a person can check."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from conftest import SOUTH, WEST, make_wards

from geo.engagement.answers.answer import Answer
from geo.engagement.result import EngagementResult
from geo.hotspots.find import HotspotResult

CRS = "EPSG:27700"
# a Friday on which 18:00-22:00 is planned; the record covers January and February 2025, 59 days
FRIDAY = "2025-03-07"
MONTHS = ["2025-01", "2025-02"]
TIMES = {
    1: ["2025-01-03 19:00"] * 12 + ["2025-01-06 09:00"] * 12,
    2: ["2025-01-10 21:59"] * 9 + ["2025-01-10 22:00"] * 9,
    3: ["2025-02-08 12:00"] * 10,
    4: ["2025-02-07 18:30"] * 5,
}


def point(x, y):
    return shapely.Point(WEST + x, SOUTH + y)


def hot_result(times=TIMES, *, impact=None, timed=True):
    """Hot spots 1 to 4 at 400 m steps; the fourth could be chance."""
    rows = [
        {
            "rank": rank,
            "name": f"Lane {rank}, Acre",
            "incidents": len(own),
            "share": len(own) / 100,
            "area_m2": 20_000.0 if rank == 2 else 10_000.0,
            "months_active": 2,
            "months_covered": 2,
            "could_be_chance": rank == 4,
            "trend": "rising" if rank == 1 else "no clear trend",
            "peak": pd.NA,
            "type_personal": 2,
            "type_nuisance": 1,
            "type_environmental": 0,
            "geometry": point(400 * rank, 500).buffer(50),
        }
        for rank, own in times.items()
    ]
    hotspots = gpd.GeoDataFrame(rows, crs=CRS)
    if impact is not None:
        hotspots["impact"] = pd.Series(impact, dtype="Float64")
    begun = pd.Series([time for own in times.values() for time in own])
    incidents = gpd.GeoDataFrame(
        {
            "hotspot": pd.Series([rank for rank, own in times.items() for _ in own], dtype="Int64"),
            "month": begun.str[:7],
            **({"occurred_from": pd.to_datetime(begun)} if timed else {}),
        },
        geometry=[point(400 * rank, 500) for rank, own in times.items() for _ in own],
        crs=CRS,
    )
    wards = make_wards("Acre", "Barley")
    return HotspotResult(hotspots, incidents, wards, hotspots[:0], [], [], 0, 2.0, 0.1)


POINTS = [
    # id, name, kind, communities, spoc, service times, x
    ("FP-1", "Chapel", "place_of_worship", "Roma", None, "Fr 19:00-20:00; Su 10:00-12:00", 300),
    ("FP-2", "Library", "library", None, "SPOC-1", "Mo-Fr 09:00-17:00", 700),
    ("FP-3", "Grocer", "business", "Irish;Roma", None, None, 1300),
    ("FP-4", "Barber", "hairdresser_barber", "Irish", "SPOC-2", "ask Sam", 1700),
    ("FP-5", "Youth panel", "panel", None, None, None, 900),
]


def engaged_result(points=POINTS, *, log=()):
    """Focal points with gaps: Roma never met, Barley met too little, Irish not enough evidence."""
    focal = gpd.GeoDataFrame(
        {
            "focal_point_id": [row[0] for row in points],
            "name": [row[1] for row in points],
            "kind": [row[2] for row in points],
            "communities": [row[3] for row in points],
            "spoc": [row[4] for row in points],
            "spoc_role": ["PCSO" if row[4] else None for row in points],
            "service_times": [row[5] for row in points],
        },
        geometry=[point(row[6], 300) for row in points],
        crs=CRS,
    )
    engagements = gpd.GeoDataFrame(
        {
            "date": pd.to_datetime([row[0] for row in log]),
            "focal_point_id": [row[1] for row in log],
            "channel": [row[2] for row in log],
        },
        geometry=[row[3] for row in log],
        crs=CRS,
    )
    findings = pd.DataFrame(
        [
            (1, "Roma residents", "community", "never_reached", "The log has no meeting with Roma residents.", "E1"),
            (
                2,
                "Barley",
                "ward",
                "under_engaged",
                "The team meets people in Barley less than their share.",
                "E05990001",
            ),
            (3, "Irish residents", "community", "not_enough_evidence", "Not enough evidence.", ""),
        ],
        columns=["rank", "subject", "level", "flag", "sentence", "ward_code"],
    )
    table = pd.DataFrame(columns=["level", "flag", "community", "ward_code", "ward_name", "events", "expected"])
    loose = pd.DataFrame(
        {"focal_point_id": ["FP-2"], "review_overdue": [True], "review_by": [pd.Timestamp("2025-01-31")]}
    )
    asked = pd.DataFrame({"focal_point_id": ["FP-4;FP-9", None], "unasked": [2, 1]})
    answers = [Answer("loose_ends", "", "", loose, {}), Answer("who_to_ask", "", "", asked, {})]
    wards = make_wards("Acre", "Barley")
    return EngagementResult(table, wards, findings, answers, engagements, focal, None, [], [], {})


def make_stops(places, **columns):
    """Stops at metres from (WEST, SOUTH) with a prize of 1 each, always open, unless columns say otherwise."""
    number = len(places)
    plain = {
        "stop_id": [f"S{i:02d}" for i in range(number)],
        "kind": "hot spot",
        "name": [f"Stop {i}" for i in range(number)],
        "prize": 1.0,
        "dwell_minutes": 15.0,
        "opens": np.nan,
        "closes": np.nan,
        "share": 0.01,
        "incidents": 10,
        "hotspot_score": 1.0,
        "engagement_score": 0.0,
        "visited_lately": 0.0,
    }
    table = pd.DataFrame({**plain, **columns}, index=range(number))
    return gpd.GeoDataFrame(table, geometry=[point(x, y) for x, y in places], crs=CRS)
