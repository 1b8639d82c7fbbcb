"""The sample project as the readers hand it over, and checks that every answer must pass."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import pandas as pd
from conftest import ROOT

from geo.engagement.answers.answer import Answer

AS_OF = pd.Timestamp("2025-12-31")
_DATES = {"date", "raised_on", "target_date", "fed_back_on", "followed_up_on", "review_by"}
_YES_NO = {"attended", "public", "community_involved"}
_NUMBERS = set(
    "minutes attendees first_time_attendees cost quality_score outcome_count population responses positive members "
    "meets_every_days easting northing".split()
)


def ashview(layer: str) -> pd.DataFrame:
    """One layer of the sample: dates parsed, yes and no as booleans, numbers as floats, None where empty."""
    frame = pd.read_csv(ROOT / "data" / "ashview" / f"{layer}.csv", dtype="string").astype(object)
    frame = frame.where(frame.notna(), None)
    for name in frame.columns:
        if name in _DATES:
            frame[name] = pd.to_datetime(frame[name])
        elif name in _YES_NO or (name == "invited" and layer == "attendance"):
            frame[name] = frame[name].map({"yes": True, "no": False}).astype("boolean")
        elif name in _NUMBERS or name == "invited":
            frame[name] = frame[name].astype("float64")
    return frame


def ashview_wards() -> gpd.GeoDataFrame:
    wards = gpd.read_file(ROOT / "data" / "ashview" / "wards.geojson").to_crs("EPSG:27700")
    return wards.rename(columns={"WD25CD": "ward_code", "WD25NM": "ward_name"})


def ashview_placed() -> pd.DataFrame:
    """The sample's engagements with the ward and the communities of their focal point, where they have none."""
    engagements, places = ashview("engagements"), ashview("focal_points")
    points = gpd.GeoDataFrame(
        places, geometry=gpd.points_from_xy(places["easting"], places["northing"]), crs="EPSG:27700"
    )
    home = gpd.sjoin(points, ashview_wards()[["ward_code", "geometry"]], predicate="within")
    for column, of in (
        ("ward_code", home.set_index("focal_point_id")["ward_code"]),
        ("communities", places.set_index("focal_point_id")["communities"]),
    ):
        own = engagements[column]
        engagements[column] = own.where(own.notna(), engagements["focal_point_id"].map(of))
    return engagements


def by(answer: Answer, *keys: str) -> pd.DataFrame:
    return answer.table.set_index(list(keys))


def assert_uniform(ask: Callable[..., Answer], *frames: pd.DataFrame) -> Answer:
    """Every answer: headings are the columns, order of rows does not matter, inputs stay, empty tables are answered."""
    before = [frame.copy() for frame in frames]
    answer = ask(*frames)
    assert answer.name
    assert answer.question.endswith("?")
    assert answer.sentence.endswith(".")
    assert "nan" not in answer.sentence.lower().replace("finan", "")
    assert list(answer.headings) == list(answer.table.columns)
    assert len(set(answer.headings.values())) == len(answer.headings)
    assert list(answer.table.index) == list(range(len(answer.table)))
    for frame, copy in zip(frames, before, strict=True):
        pd.testing.assert_frame_equal(frame, copy)
    shuffled = ask(*(frame.sample(frac=1, random_state=7) for frame in frames))
    pd.testing.assert_frame_equal(answer.table, shuffled.table, check_exact=True)
    assert answer.sentence == shuffled.sentence
    empty = ask(*(frame.head(0) for frame in frames))
    assert list(empty.table.columns) == list(answer.table.columns)
    assert empty.sentence.endswith(".")
    assert "nan" not in empty.sentence.lower()
    return answer
