from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from conftest import SOUTH, WEST, make_wards
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.engagement.place import assign, place_engagements
from geo.errors import GeoError

ACRE, BARLEY = "E05990000", "E05990001"


def point(x, y):
    return None if x is None else shapely.Point(WEST + x, SOUTH + y)


def layer(places, **columns):
    return gpd.GeoDataFrame(columns, geometry=[point(*place) for place in places], crs="EPSG:27700")


NO = (None, None)
FOCAL = layer(
    [(500, 500), (1500, 500), NO, (5000, 500)],
    focal_point_id=["FP-1", "FP-2", "FP-3", "FP-4"],
    name=["Hall", "Mosque", "Panel", "Chapel"],
    communities=[None, "Pakistani;Bangladeshi", "Roma", None],
)


def place(places, *, focal=FOCAL, **columns):
    return place_engagements(layer(places, **columns), focal, make_wards("Acre", "Barley"))


def test_own_position_then_focal_point_then_ward():
    found, notes = place(
        [(100, 100), NO, NO, NO],
        focal_point_id=[None, "FP-2", None, None],
        ward_code=[None, None, ACRE, None],
        communities=["Irish", None, None, None],
    )
    assert found["placed_by"].tolist() == ["position", "focal point", "ward", "nowhere"]
    assert found["ward_code"].tolist() == [ACRE, BARLEY, ACRE, None]
    assert found["communities"].tolist() == ["Irish", "Pakistani;Bangladeshi", None, None]
    assert found["communities_by"].tolist() == ["recorded", "focal point", "none", "none"]
    assert found.geometry.iloc[1].equals(point(1500, 500))
    assert found.geometry.isna().tolist() == [False, False, True, True]
    assert notes == [
        "1 engagement is placed by its focal point.",
        "1 engagement has a ward but no position.",
        "1 engagement names no place.",
        "1 engagement gets its communities from its focal point.",
    ]


def test_position_wins_over_ward_and_focal_point_and_the_contradiction_is_counted():
    found, notes = place([(100, 100), NO], focal_point_id=["FP-2", "FP-2"], ward_code=[BARLEY, ACRE])
    assert found["ward_code"].tolist() == [ACRE, BARLEY]
    assert found.geometry.iloc[0].equals(point(100, 100))
    assert "2 engagements name another ward than they lie in; their position decides." in notes
    assert "1 engagement lies in another ward than its focal point." in notes


def test_recorded_communities_win_over_those_of_the_focal_point():
    found, _ = place([NO], focal_point_id=["FP-2"], communities=["Irish"])
    assert found["communities"].tolist() == ["Irish"]
    assert found["communities_by"].tolist() == ["recorded"]


def test_a_focal_point_without_a_position_leaves_the_ward_but_gives_its_communities():
    found, _ = place([NO], focal_point_id=["FP-3"], ward_code=[ACRE])
    assert found[["ward_code", "placed_by", "communities"]].values.tolist() == [[ACRE, "ward", "Roma"]]


def test_outside_and_unknown_are_said_and_kept():
    found, notes = place(
        [(9000, 0), NO, NO, NO],
        focal_point_id=[None, "FP-4", "FP-9", None],
        ward_code=[None, None, None, "E05999999"],
    )
    assert found["ward_code"].tolist() == [None] * 4
    assert found["placed_by"].tolist() == ["position", "focal point", "nowhere", "ward"]
    assert "3 engagements lie outside the wards given (E05999999)." in notes
    assert "1 engagement names a focal point that is not in the list (FP-9)." in notes


def test_on_a_border_the_ward_with_the_lower_code_and_only_once():
    wards = make_wards("Acre", "Barley").iloc[::-1]
    found, _ = place_engagements(layer([(1000, 500)]), None, wards)
    assert found["ward_code"].tolist() == [ACRE]


def test_without_engagements_focal_points_or_optional_columns():
    wards = make_wards("Acre")
    empty, notes = place_engagements(gpd.GeoDataFrame({"date": []}, geometry=[], crs=27700), FOCAL, wards)
    assert len(empty) == 0
    assert notes == []
    assert {"ward_code", "communities", "placed_by", "communities_by"} <= set(empty.columns)
    one, notes = place_engagements(layer([NO], focal_point_id=["FP-1"]), None, wards)
    assert one["placed_by"].tolist() == ["nowhere"]
    assert notes == ["1 engagement names no place."]


def test_inputs_do_not_change():
    engagements, focal = layer([NO], focal_point_id=["FP-2"]), FOCAL.copy()
    place_engagements(engagements, focal, make_wards("Acre", "Barley"))
    assert list(engagements.columns) == ["focal_point_id", "geometry"]
    assert engagements.geometry.isna().all()
    assert focal.equals(FOCAL)


def test_two_focal_points_of_one_identifier_are_refused():
    with pytest.raises(GeoError, match="one identifier: FP-1"):
        place([NO], focal=pd.concat([FOCAL, FOCAL.iloc[:1]]), focal_point_id=["FP-1"])


def test_degrees_are_refused():
    with pytest.raises(GeoError, match="not in metres"):
        place_engagements(layer([(1, 1)]).to_crs(4326), None, make_wards("Acre"))


def test_focal_points_get_their_ward_and_those_outside_are_named():
    found, notes = assign(FOCAL, make_wards("Acre", "Barley"))
    assert found["ward_code"].tolist() == [ACRE, BARLEY, None, None]
    assert notes == ["1 focal point lies outside the wards given: Chapel."]


rows = st.tuples(
    st.sampled_from([NO, (100, 100), (1500, 900), (7000, 0)]),
    st.sampled_from([None, "FP-1", "FP-2", "FP-3", "FP-8"]),
    st.sampled_from([None, ACRE, BARLEY, "E0"]),
)


@settings(deadline=None)
@given(st.lists(rows, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_order_does_not_matter_and_no_row_is_lost(drawn, random):
    names = [f"ENG-{i}" for i in range(len(drawn))]
    shuffled = list(range(len(drawn)))
    random.shuffle(shuffled)

    def run(order):
        found, notes = place(
            [drawn[i][0] for i in order],
            engagement_id=[names[i] for i in order],
            focal_point_id=[drawn[i][1] for i in order],
            ward_code=[drawn[i][2] for i in order],
        )
        return pd.DataFrame(found).astype(str).set_index("engagement_id").loc[names], notes

    first, second = run(range(len(drawn))), run(shuffled)
    assert first[0].equals(second[0])
    assert first[1] == second[1]
    assert len(first[0]) == len(drawn)
