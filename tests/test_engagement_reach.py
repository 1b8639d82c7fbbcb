from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import ROOT, SOUTH, WEST, make_wards
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.engagement.place import place_engagements
from geo.engagement.reach import (
    contact_near_hotspots,
    nearest_by_line,
    reach_by_community,
    reach_by_ward,
    touched,
    walk_to_contact,
)

AS_OF = date(2025, 12, 31)
WARDS = make_wards("Acre", "Barley", "Clover")
CODES = WARDS["ward_code"].tolist()


def layer(places, **columns):
    points = [None if place is None else shapely.Point(WEST + place[0], SOUTH + place[1]) for place in places]
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(points, crs="EPSG:27700"))


FOCAL = layer(
    [(500, 500), (100, 500), (1500, 500), (9000, 500), None],
    focal_point_id=["FP-1", "FP-2", "FP-3", "FP-4", "FP-5"],
    name=["Hall", "Shop", "Mosque", "Chapel", "Panel"],
    communities=[None, "Roma;Irish", "Arab", "Irish", "Roma"],
)


def log(*rows):
    """Engagements as (focal point, date, place)."""
    return layer(
        [row[2] for row in rows], focal_point_id=[row[0] for row in rows], date=pd.to_datetime([row[1] for row in rows])
    )


LOG = log(
    ("FP-1", "2025-01-01", (500, 500)),
    ("FP-1", "2025-12-01", (500, 500)),
    ("FP-4", "2025-12-01", (9000, 500)),
    ("FP-2", "2026-01-01", (100, 500)),
    (None, "2025-12-31", (1500, 510)),
)


def test_touched_by_an_engagement_that_names_it_up_to_the_day():
    found = touched(FOCAL, LOG, as_of=AS_OF)
    assert found["touched"].tolist() == [True, False, False, True, False]
    assert found["events"].tolist() == [2, 0, 0, 1, 0]
    assert found["days_since_last"].tolist() == pytest.approx([30, np.nan, np.nan, 30, np.nan], nan_ok=True)


def test_reach_by_ward():
    found = reach_by_ward(FOCAL, LOG, WARDS, as_of=AS_OF)
    assert found["ward_code"].tolist() == CODES
    assert found["focal_points"].tolist() == [2, 1, 0]
    assert found["touched"].tolist() == [1, 0, 0]
    assert found["reach"].tolist() == pytest.approx([0.5, 0, np.nan], nan_ok=True)
    assert found["reach_low"].tolist() == pytest.approx([0.0945312, 0, np.nan], nan_ok=True)
    assert found["reach_high"].tolist() == pytest.approx([0.9054688, 0.7934507, np.nan], nan_ok=True)


def test_reach_by_community_counts_a_focal_point_for_each_of_its_communities():
    found = reach_by_community(
        FOCAL, LOG, WARDS, as_of=AS_OF, communities=pd.DataFrame({"community": ["Chinese", "Roma"]})
    )
    assert found[["community", "focal_points", "touched"]].values.tolist() == [
        ["Arab", 1, 0],
        ["Chinese", 0, 0],
        ["Irish", 1, 0],  # the chapel lies outside the wards
        ["Roma", 2, 0],  # the panel has no position and counts
    ]
    assert np.isnan(found["reach"][1])


def test_the_printed_wilson_limits():
    many = layer([(500, 500)] * 10, focal_point_id=[f"FP-{i}" for i in range(10)])
    some = log(*[(f"FP-{i}", "2025-01-01", None) for i in range(3)])
    found = reach_by_ward(many, some, WARDS, as_of=AS_OF).iloc[0]
    assert found[["reach", "reach_low", "reach_high"]].tolist() == pytest.approx([0.3, 0.10779, 0.60322], rel=1e-4)


def test_walks_from_the_ward_or_from_where_people_live():
    homes = layer(
        [(500, 600), (500, 900), (2500, 500)], ward_code=[CODES[0], CODES[0], CODES[2]], population=[3.0, 1.0, 0.0]
    )
    found = walk_to_contact(WARDS, FOCAL, LOG, as_of=AS_OF, homes=homes)
    assert found["measured_from"].tolist() == [
        "where people live",
        "a point inside the ward",
        "a point inside the ward",
    ]
    assert found["focal_point_m"].tolist() == pytest.approx([(3 * 130 + 520) / 4, 0, 1300])
    assert found["event_m"].tolist()[1:] == pytest.approx([13, 1.3 * np.hypot(1000, 10)])
    plain = walk_to_contact(WARDS, FOCAL.iloc[:0], LOG.iloc[:0], as_of=AS_OF)
    assert plain[["focal_point_m", "event_m"]].isna().all(axis=None)


def test_another_way_to_measure_walks():
    def far(origins, targets):
        return np.zeros(len(origins), dtype=int), np.full(len(origins), 1234.0)

    assert walk_to_contact(WARDS, FOCAL, LOG, as_of=AS_OF, nearest=far)["event_m"].tolist() == [1234.0] * 3


def test_of_equally_near_targets_the_first_and_missing_ones_never():
    origins = np.array([shapely.Point(0, 0), None], dtype=object)
    targets = np.array([None, shapely.Point(3, 4), shapely.Point(0, 5), shapely.Point(3, 4)], dtype=object)
    number, metres = nearest_by_line(origins, targets)
    assert number.tolist() == [1, -1]
    assert metres.tolist() == pytest.approx([6.5, np.nan], nan_ok=True)


def spots(*places):
    boxes = [shapely.box(WEST + x, SOUTH + y, WEST + x + 10, SOUTH + y + 10) for x, y in places]
    columns = {"rank": range(1, len(boxes) + 1), "name": [f"Spot {i}" for i in range(len(boxes))], "incidents": 9}
    return gpd.GeoDataFrame(columns, geometry=boxes, crs="EPSG:27700")


def test_hot_spots_near_which_nobody_was_engaged_with():
    hotspots = spots((500, 500), (100, 510), (1500, 500), (5000, 500)).iloc[::-1]
    found = contact_near_hotspots(hotspots, FOCAL, LOG, as_of=AS_OF, within_m=100)
    assert found["rank"].tolist() == [1, 2, 3, 4]
    assert found["without_contact"].tolist() == [False, True, False, True]
    assert found["focal_point_id"].tolist() == ["FP-1", "FP-2", "FP-3", "FP-3"]
    assert found["engaged_id"].tolist()[:2] == ["FP-1", "FP-1"]
    assert found["engaged_m"].tolist()[:2] == pytest.approx([0, round(1.3 * np.hypot(390, 10), 1)])
    assert found["event_m"][2] == 0
    assert found["reason"].tolist() == [
        "Hall was engaged with in the last 180 days, 0 m on foot.",
        "Nobody within 100 m on foot was engaged with in the last 180 days. "
        "The nearest focal point is Shop, 13 m on foot.",
        "An engagement took place within 100 m on foot in the last 180 days, but with no focal point there.",
        "No focal point in the list lies within 100 m on foot, "
        "and no engagement took place there in the last 180 days.",
    ]
    assert found.loc[found["without_contact"], "rank"].tolist() == [2, 4]


@pytest.mark.parametrize(("day", "without"), [("2025-07-04", False), ("2025-07-03", True), ("2026-01-01", True)])
def test_of_late_is_at_most_so_many_days_ago(day, without):
    found = contact_near_hotspots(spots((500, 500)), FOCAL, log(("FP-1", day, None)), as_of=AS_OF, within_days=180)
    assert found["without_contact"].tolist() == [without]


@pytest.mark.parametrize(("walk", "without"), [(650, False), (649, True)])
def test_the_walk_is_measured_from_the_edge(walk, without):
    one = FOCAL.iloc[:1].set_geometry(gpd.GeoSeries([shapely.Point(WEST + 510 + 500, SOUTH + 505)], crs=27700))
    found = contact_near_hotspots(spots((500, 500)), one, log(("FP-1", "2025-12-31", None)), as_of=AS_OF, within_m=walk)
    assert found["without_contact"].tolist() == [without]


def test_with_nothing_to_look_at():
    none = FOCAL.iloc[:0]
    assert contact_near_hotspots(spots((1, 1)), none, LOG.iloc[:0], as_of=AS_OF)["without_contact"].tolist() == [True]
    assert len(contact_near_hotspots(spots((1, 1)).iloc[:0], FOCAL, LOG, as_of=AS_OF)) == 0
    assert reach_by_ward(none, LOG, WARDS, as_of=AS_OF)["focal_points"].tolist() == [0, 0, 0]
    assert len(reach_by_community(none, LOG, WARDS, as_of=AS_OF)) == 0


@settings(deadline=None)
@given(st.integers(0, 10**6))
def test_order_does_not_matter(seed):
    random = np.random.default_rng(seed)
    places = [tuple(random.integers(0, 30, 2) * 100) for _ in range(8)]
    focal = layer(places, focal_point_id=[f"FP-{i}" for i in range(8)], name=[f"Name {i}" for i in range(8)])
    days = pd.Timestamp(AS_OF) - pd.to_timedelta(random.integers(0, 400, 6), unit="D")
    events = log(*[(f"FP-{i}", day, places[i]) for i, day in enumerate(days)])
    hotspots = spots(*[tuple(random.integers(0, 3000, 2)) for _ in range(4)])
    mixed = {"frac": 1, "random_state": seed % 2**32}
    first = contact_near_hotspots(hotspots, focal, events, as_of=AS_OF)
    second = contact_near_hotspots(hotspots.sample(**mixed), focal.sample(**mixed), events.sample(**mixed), as_of=AS_OF)
    pd.testing.assert_frame_equal(first, second)
    by_ward = reach_by_ward(focal, events, WARDS, as_of=AS_OF)
    assert by_ward["touched"].sum() <= by_ward["focal_points"].sum() <= 8
    again = reach_by_ward(focal.sample(**mixed), events.sample(**mixed), WARDS.sample(**mixed), as_of=AS_OF)
    pd.testing.assert_frame_equal(by_ward, again)


def test_ashview_has_a_shop_nobody_went_to_and_a_ward_nobody_visited():
    folder = ROOT / "data" / "ashview"
    wards = gpd.read_file(folder / "wards.geojson").to_crs("EPSG:27700")
    wards = wards.rename(columns={"WD25CD": "ward_code", "WD25NM": "ward_name"})
    points = pd.read_csv(folder / "focal_points.csv")
    points = gpd.GeoDataFrame(points, geometry=gpd.points_from_xy(points["easting"], points["northing"]), crs=27700)
    table = pd.read_csv(folder / "engagements.csv", parse_dates=["date"])
    table = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries([None] * len(table), crs=27700))
    placed, _ = place_engagements(table, points, wards)
    residents = pd.read_csv(folder / "communities.csv").query("group_set == 'ethnic_group'")
    found = reach_by_community(points, placed, wards, as_of=AS_OF, communities=residents).set_index("community")
    assert found.loc["Roma", ["focal_points", "touched"]].tolist() == [1, 0]
    assert found.loc["Gypsy or Irish Traveller", "focal_points"] == 0
    by_ward = reach_by_ward(points, placed, wards, as_of=AS_OF)
    larkfield = wards.set_index("ward_name").loc["Larkfield", "ward_code"]
    assert by_ward.set_index("ward_code").loc[larkfield, ["focal_points", "touched"]].tolist() == [2, 0]
