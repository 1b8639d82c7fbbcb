"""A made-up plan in Ashview, as ``geo patrol plan`` would hand it to its briefing page, for tests of the page."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from conftest import ROOT

from geo.patrol.network.network import walking_network
from maps.page import About
from maps.patrol import patrol_page

ASHVIEW = ROOT / "data" / "ashview"
SHIFT = "18:00 to 23:00 on Friday 5 December 2025"
STARTS = pd.Timestamp("2025-12-05 18:00")
BASE = (602_250, 481_350)
WHY = (
    "Reports are most frequent here on Friday evenings, and nobody from the team has stopped here for five weeks. "
    "Short stays are enough."
)
RECORD = "41 reports of anti-social behaviour from January to December 2025, 9 of them in the last three months."
QUESTIONS = {
    "hot spot": (
        "What is it like here after dark, and has that changed since the summer?",
        "What would make you stay here a little longer in the evening?",
        "Who else should we talk to about this place?",
    ),
    "focal point": (
        "How have things been for the people who come here?",
        "What do people talk about that they would not ring us about?",
        "When and how would you like to hear from us again?",
    ),
}
SENTENCES = (
    "No plan of these places can win more than 3% more than this one.",
    "It covers 41% of the reports of the hot spots looked at; the same hours in the order of the list would cover 33%.",
)


class Inputs(NamedTuple):
    visits: gpd.GeoDataFrame
    routes: gpd.GeoDataFrame
    left_out: pd.DataFrame
    wards: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    about: About


@cache
def _ground() -> tuple[Any, ...]:
    wards = gpd.read_file(ASHVIEW / "wards.geojson").to_crs("EPSG:27700")
    wards = wards.rename(columns={"WD25CD": "ward_code", "WD25NM": "ward_name", "LAD25NM": "district_name"})
    wards = wards[wards["district_name"] == "Ashview"].reset_index(drop=True)
    streets = gpd.read_file(ASHVIEW / "streets.geojson").to_crs("EPSG:27700")
    points = pd.read_csv(ASHVIEW / "focal_points.csv")
    points = gpd.GeoDataFrame(points, geometry=gpd.points_from_xy(points["easting"], points["northing"]), crs=27700)
    points = gpd.sjoin(points, wards[["ward_name", "geometry"]]).drop_duplicates("focal_point_id")
    return wards[["ward_code", "ward_name", "geometry"]], streets, points, walking_network(streets)


def _round(points: gpd.GeoDataFrame, count: int, team: int) -> gpd.GeoDataFrame:
    """The ``count`` places nearest the base on one side of it, by their bearing: a round walk, more or less."""
    x, y = points.geometry.x - BASE[0] - 500 * (-1) ** team, points.geometry.y - BASE[1]
    near = points.assign(bearing=np.arctan2(y, x))[np.hypot(x, y).rank() <= count]
    return near.sort_values("bearing")


def plan(*counts: int, **columns: Any) -> Inputs:
    """A team for each of ``counts``, with so many stops; ``columns`` replace those of the visits."""
    wards, streets, points, network = _ground()
    visits: list[dict[str, Any]] = []
    routes = []
    for team, count in enumerate(counts, start=1):
        now, here, lines = STARTS, shapely.Point(BASE), []
        for order, row in enumerate(_round(points, count, team).to_dict("records"), start=1):
            line = network.path(here, row["geometry"])
            lines.append(line)
            here = row["geometry"]
            arrives = now + pd.Timedelta(minutes=line.length / 80)
            now = arrives + pd.Timedelta(minutes=15)
            kind = "hot spot" if order % 3 else "focal point"
            visits.append(
                {
                    "team": team, "order": order, "stop_id": f"S-{order}", "kind": kind, "name": row["name"],
                    "ward_name": row["ward_name"], "arrives": arrives, "leaves": now, "dwell_minutes": 15.0,
                    "walk_minutes": line.length / 80, "walk_m": line.length, "prize": 5.0, "radius_m": 75.0,
                    "why": WHY, "record": RECORD, "contact": "" if order % 3 else "Sam Carter, centre manager",
                    "communities": "" if order % 3 else "Roma;Polish", "questions": "\n".join(QUESTIONS[kind]),
                    "geometry": here,
                }
            )  # fmt: skip
        lines += [network.path(here, shapely.Point(BASE))] if count else []
        walked = sum(line.length for line in lines)
        coords = [xy for line in lines for xy in line.coords]
        routes.append(
            {
                "team": team, "starts": STARTS, "ends": STARTS + pd.Timedelta(minutes=walked / 80 + 15 * count),
                "visits": count, "walk_m": walked, "walk_minutes": walked / 80, "dwell_minutes": 15.0 * count,
                "spare_minutes": 12.0, "prize": 5.0 * count,
                "geometry": shapely.LineString(coords) if coords else None,
            }
        )  # fmt: skip
    left_out = pd.DataFrame(
        {
            "stop_id": ["HS-9", "FP-044"], "name": ["Mill Lane", "Elm Court"], "kind": ["hot spot", "focal point"],
            "prize": [2.0, 1.0], "reason": ["Needs 41 min, the shift has 30 left.", "Closed all shift."],
        }
    )  # fmt: skip
    frame = gpd.GeoDataFrame(visits, geometry="geometry", crs=27700).assign(**columns)
    return Inputs(frame, gpd.GeoDataFrame(routes, geometry="geometry", crs=27700), left_out, wards, streets, about())


def about(**changes: Any) -> About:
    """The words around the plan."""
    given = {
        "title": "Where to walk: Friday 5 December 2025",
        "headline": "Two teams make 21 visits between 18:00 and 23:00: 14 to hot spots and 7 to focal points.",
        "period": "January to December 2025",
        "source": "Ashview sample (made up): 5,000 incidents, 90 focal points",
        "made_on": "2025-12-05",
        "parameters": [("Balance", "0.5", "half for hot spots, half for people nobody has met")],
        "notes": ["Dwell of 15 minutes is a convention."],
        "attribution": ["Contains made-up data.", "Streets © OpenStreetMap contributors."],
    }
    return About(**given | changes)


def page_of(inputs: Inputs, **options: Any) -> Any:
    """The page of a plan."""
    given = {"shift": SHIFT, "sentences": SENTENCES, "streets": inputs.streets} | options
    return patrol_page(inputs.visits, inputs.routes, inputs.left_out, inputs.wards, inputs.about, **given)


def hostile(value: str) -> Any:
    """A page on which every text, from every side, is ``value``."""
    texts = ("name", "kind", "ward_name", "why", "record", "contact", "communities", "questions")
    made = plan(3, 2, **dict.fromkeys(texts, value))
    left_out = made.left_out.assign(name=value, kind=value, reason=value)
    wards = made.wards.assign(ward_name=value, ward_code=[f"{value}{i}" for i in range(len(made.wards))])
    words = about(
        title=value, headline=value, period=value, source=value, made_on=value,
        parameters=[(value, value, value)], notes=[value], attribution=[value],
    )  # fmt: skip
    return page_of(made._replace(left_out=left_out, wards=wards, about=words), shift=value, sentences=[value, value])
