"""The small made-up town with everything the analyst's page can show, for its tests."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from browser import SOUTH, WEST, about_town, town_hotspots, town_incidents, town_wards
from engagement_town import Sheet

from maps.analyst import analyst_map

DAY = pd.Timestamp("2025-01-01")


def incidents(count: int = 600, seed: int = 3) -> gpd.GeoDataFrame:
    """Return incidents with ward, source and times: every fifth without a time, every seventh vague by two days."""
    random = np.random.default_rng(seed)
    made = town_incidents(count, seed)
    begun = DAY + pd.to_timedelta(random.integers(0, 365 * 24 * 60, count), unit="min")
    made["occurred_from"] = pd.Series(begun).where(np.arange(count) % 5 != 0)
    made["occurred_to"] = pd.Series(begun + pd.Timedelta(days=2)).where(np.arange(count) % 7 == 0)
    made["month"] = pd.Series(begun).dt.strftime("%Y-%m")
    made["source"] = random.choice(["police", "council"], count)
    column = ((made.geometry.x - WEST) // 1000).clip(0, 2).astype(int)
    row = ((made.geometry.y - SOUTH) // 1000).clip(0, 1).astype(int)
    made["ward_code"] = [f"E0{i}" for i in 3 * row + column]
    return made


def known_times(frame: pd.DataFrame) -> pd.Series:
    """Return which incidents have a known hour: a beginning, and no end a day or more later."""
    return frame["occurred_from"].notna() & ~(frame["occurred_to"] - frame["occurred_from"] >= pd.Timedelta(days=1))


def wards(names: list[str] | None = None, **columns: Any) -> gpd.GeoDataFrame:
    """Return the wards with residents and every measure of engagement."""
    return town_wards(names).assign(
        **{
            "population": [4000, 5000, 2500, 8000, 10_000, 0],
            "contacts": [100.0, 0, 50, 400, 90, 0],
            "events": [4, 0, 9, 12, 5, 0],
            "expected": [4.0, 5, 6, 8, 6, 1],
            "ratio": [1.0, 0, 1.5, 1.5, 0.83, 0],
            "low": 0.1,
            "high": 2.5,
            "days_since_last": [10.0, None, 100, 40, 200, None],
            "flag": ["adequate", "never reached", "adequate", "adequate", "watch", "nobody lives here"],
            "reason": ["", "no meeting where five were due", "", "", "", ""],
            "reports_class": [2, 2, 1, 1, 0, 0],
            "engagement_class": [1, 0, 2, 2, 1, 0],
            "quiet_and_unheard": [False, False, False, False, False, True],
            **columns,
        }
    )


def focal_points(**columns: Any) -> gpd.GeoDataFrame:
    """Return three focal points, with a person's name that must not be shown."""
    frame = gpd.GeoDataFrame(
        {
            "focal_point_id": ["FP-1", "FP-2", "FP-3"],
            "name": ["Library", "Mosque", "Club"],
            "kind": ["library", "place_of_worship", "sports_club"],
            "communities": ["everyone", "south_asian;young", None],
            "spoc": ["Pat Example", "Sam Example", "Lee Example"],
        },
        geometry=gpd.points_from_xy([WEST + 300, WEST + 1500, WEST + 2700], [SOUTH + 1300, SOUTH + 800, SOUTH + 300]),
        crs="EPSG:27700",
    )
    return frame.assign(**columns)


def engagements(**columns: Any) -> gpd.GeoDataFrame:
    """Return seven engagements: four at the library, two at one corner, one without a point."""
    at = [(WEST + 300, SOUTH + 1300)] * 4 + [(WEST + 2200, SOUTH + 1700)] * 2
    frame = gpd.GeoDataFrame(
        {
            "date": pd.to_datetime(
                ["2025-01-10", "2025-02-10", "2025-02-20", "2025-06-01", "2025-03-01", None, "2025-01-01"]
            ),
            "activity": ["foot_patrol", "public_meeting", "foot_patrol", "survey", "survey", "street_stall", "survey"],
            "attendees": [10.0, 20, None, 5, 3, 4, 99],
            "focal_point_id": ["FP-1"] * 4 + [None] * 3,
            "notes": ["met Pat Example"] * 7,
        },
        geometry=[*(shapely.Point(xy) for xy in at), None],
        crs="EPSG:27700",
    )  # fmt: skip
    return frame.assign(**columns)


def notes(**columns: Any) -> gpd.GeoDataFrame:
    """Return a note at a point and one over an area."""
    frame = gpd.GeoDataFrame(
        {
            "feeling": ["unsafe", "idea"],
            "note": ["Dark at night", "A bench here"],
            "created": ["2025-05-04T10:00:00Z", None],
            "name": ["Pat Example", ""],
        },
        geometry=[
            shapely.Point(WEST + 1200, SOUTH + 1200),
            shapely.box(WEST + 2100, SOUTH + 1100, WEST + 2400, SOUTH + 1300),
        ],
        crs="EPSG:27700",
    )
    return frame.assign(**columns)


def findings(**columns: Any) -> pd.DataFrame:
    """Return two gaps."""
    frame = pd.DataFrame(
        {
            "rank": [1, 2],
            "subject": ["Castle", "Young people"],
            "flag": ["never reached", "watch"],
            "sentence": ["Nobody was met in Castle.", "Few were met."],
            "evidence": ["0 of 5 meetings", "3 of 6 meetings"],
            "ward_code": ["E01", "E02;E03"],
        }
    )
    return frame.assign(**columns)


def answers(text: str = "Nobody.") -> list[Sheet]:
    """Return one question answered."""
    return [Sheet("who", "Who came?" if text == "Nobody." else text, text, pd.DataFrame({"a": [1]}), {"a": "A"})]


def evidence(count: int = 3) -> gpd.GeoDataFrame:
    """Return the hot spots with kinds, repeats and marks; the last could be chance."""
    return town_hotspots(count).assign(
        could_be_chance=[i == 2 for i in range(count)], type_personal=4, type_nuisance=30, type_environmental=6,
        impact=44.0, repeat_victims=2, victims_three_or_more=1, vulnerable_personal=3, vulnerable_situational=2,
        vulnerable_incidental=0, victim_ref="V-SECRET", trend="rising", peak="Fri 20:00-24:00",
    )  # fmt: skip


def page(**changed: Any) -> Any:
    """Return the page of the town with all layers, except what is given."""
    parts: dict[str, Any] = {
        "hotspots": evidence(), "incidents": incidents(), "wards": wards(), "about": about_town(),
        "findings": findings(), "focal_points": focal_points(), "engagements": engagements(), "answers": answers(),
        "notes": notes(), **changed,
    }  # fmt: skip
    return analyst_map(parts.pop("hotspots"), parts.pop("incidents"), parts.pop("wards"), parts.pop("about"), **parts)


def bare(**changed: Any) -> Any:
    """Return the page with hot spots, incidents of the month and wards only."""
    given = town_incidents(200)
    return analyst_map(
        changed.get("hotspots", town_hotspots()), changed.get("incidents", given), town_wards(), about_town()
    )


def hostile(value: str) -> Any:
    """Return the page on which every text of every layer is ``value``."""
    code = value.replace(";", ",")  # between codes a semicolon stands
    return page(
        hotspots=evidence(2).assign(name=value, wards=value, null_model=value, trend=value, peak=value, caveats=value,
                                    first_month=value, last_month=value),
        incidents=incidents(60).assign(crime_type=[value, "plain"] * 30, asb_type=value, source=value, month=value,
                                       ward_code=f"{code}0"),
        wards=wards([value] * 6, district_name=value, reason=value, flag=value,
                    ward_code=[f"{code}{i}" for i in range(6)]),
        about=about_town(title=value, headline=value, period=value, source=value, made_on=value, notes=[value],
                         parameters=[(value, value, value)], evidence=[value], attribution=[value]),
        findings=findings(subject=value, flag=value, sentence=value, evidence=value, ward_code=f"{code}1"),
        focal_points=focal_points(name=value, kind=value, communities=value),
        engagements=engagements(activity=value), answers=answers(value),
        notes=notes(feeling=value, note=value, created=value),
    )  # fmt: skip
