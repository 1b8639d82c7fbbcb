"""Layers as they leave: what a profile forbids is not in them, and they say what was taken out."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import SOUTH, WEST, make_incidents, make_wards
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.disclosure import without_personal
from geo.disclosure.places import coarsened, rounded_xy
from geo.disclosure.profiles import PROFILES, profile_named
from geo.disclosure.release import release
from geo.disclosure.tables import protect
from geo.errors import GeoError

INTERNAL, PARTNER, PUBLIC = (PROFILES[name] for name in ("internal", "partner", "public"))


def hotspots(*counts: int) -> gpd.GeoDataFrame:
    places = [shapely.Point(WEST + 137 * i, SOUTH + 73 * i).buffer(40 + i) for i in range(len(counts))]
    return gpd.GeoDataFrame(
        {
            "rank": range(1, len(counts) + 1),
            "name": [f"Mill Lane {i}" for i in range(len(counts))],
            "incidents": counts,
            "share": np.array(counts) / 1000,
            "peak": "Friday: 42% of reports",
            "repeat_victims": 2,
            "caveats": "62% at one map point",
            "top_point_share": 0.62,
            "lon": 1.123456,
            "lat": 52.123456,
        },
        geometry=places,
        crs="EPSG:27700",
    )


def places() -> gpd.GeoDataFrame:
    kinds = ["place_of_worship", "place_of_worship", "library", "panel"]
    return gpd.GeoDataFrame(
        {
            "focal_point_id": ["FP-1", "FP-2", "FP-3", "FP-4"],
            "name": ["Mill Mosque", "House prayers", "Library", "Scrutiny panel"],
            "kind": kinds,
            "spoc": "SPOC-03",
            "stakeholder": "STK-11",
            "flag": ["under-engaged"] * 4,
            "public": [True, False, True, False],
        },
        geometry=[shapely.Point(WEST + 10.5 * i, SOUTH + 33.3 * i) for i in range(4)],
        crs="EPSG:27700",
    )


def test_the_old_way_still_works():
    incidents = make_incidents([(1, 1)]).assign(victim_ref="V-0417", incident_id="A1", personal="yes")
    assert list(without_personal(incidents).columns) == ["month", "crime_type", "geometry"]
    assert "incident_id" in without_personal(incidents, keep_ids=True)


def test_a_profile_can_be_made_stricter_and_never_looser():
    strict = PUBLIC.stricter(minimum_count=20, rounding=10, coordinate_m=500, without={"hotspots": frozenset({"peak"})})
    assert (strict.minimum_count, strict.rounding, strict.coordinate_m) == (20, 10, 500)
    assert "peak" in PUBLIC.columns["hotspots"]
    assert "peak" not in strict.columns["hotspots"]
    for looser in (
        {"minimum_count": 9},
        {"rounding": 1},
        {"rounding": 7},
        {"coordinate_m": 50},
        {"coordinate_m": np.nan},
    ):
        with pytest.raises(GeoError, match="stricter, never looser"):
            PUBLIC.stricter(**looser)
    with pytest.raises(GeoError, match="No profile 'secret'"):
        profile_named("secret")


@pytest.mark.parametrize("name", ["victim_ref", "personal", "email", "date_of_birth"])
def test_no_profile_lists_what_it_forbids(name):
    for profile in PROFILES.values():
        assert name in profile.forbidden
        assert not any(columns & profile.forbidden for columns in profile.columns.values())


def test_each_profile_gives_no_more_than_the_one_inside():
    for less, more in ((PUBLIC, PARTNER), (PARTNER, INTERNAL)):
        assert more.forbidden <= less.forbidden
        assert set(less.columns) <= set(more.columns)
        for layer, columns in less.columns.items():
            assert columns <= more.columns[layer], layer


def test_single_incidents_are_for_nobody_else():
    incidents = make_incidents([(1.5, 1.5)] * 3)
    assert len(release({"incidents": incidents}, INTERNAL).layers["incidents"]) == 3
    for profile in (PARTNER, PUBLIC):
        done = release({"incidents": incidents}, profile)
        assert done.layers == {}
        assert done.taken_out[0] == "Left out whole: incidents."


def test_a_public_hot_spot():
    # 4 alone would be the total less the others, so the next smallest, 13, goes with it; 57 is told as 55
    done = release({"hotspots": hotspots(57, 23, 13, 4)}, PUBLIC)
    made = done.layers["hotspots"]
    assert made["incidents"].tolist()[:2] == [55, 25]
    assert made["incidents"].isna().tolist() == [False, False, True, True]
    assert made["share"].round(6).tolist()[:2] == [0.055, 0.025]
    assert made["peak"].notna().tolist() == [True, True, False, False]
    assert made["hidden"].tolist() == ["", "", "incidents;share;peak", "incidents;share;peak"]
    assert not {"repeat_victims", "caveats", "top_point_share", "lon", "lat"} & set(made.columns)
    assert "hotspots: 1 count below 10 hidden, and 1 with which they could be worked out" in " ".join(done.taken_out)
    assert any("may not add up" in sentence for sentence in done.taken_out)


def test_inside_the_force_what_was_recorded_stays_exact():
    made = release({"hotspots": hotspots(57, 23, 13, 4)}, INTERNAL).layers["hotspots"]
    assert made["incidents"].tolist() == [57, 23, 13, 4]
    assert "hidden" not in made


def test_a_place_of_worship_never_carries_a_label():
    for profile in PROFILES.values():
        made = release({"focal_points": places()}, profile).layers["focal_points"]
        worship = made[made["kind"] == "place_of_worship"]
        assert "flag" not in made or worship["flag"].isna().all()
    inside = release({"focal_points": places()}, INTERNAL).layers["focal_points"]
    assert inside["flag"].tolist() == [None, None, "under-engaged", "under-engaged"]


def test_only_public_places_leave():
    assert release({"focal_points": places()}, PARTNER).layers["focal_points"]["name"].tolist() == [
        "Mill Mosque", "Library", "Scrutiny panel",
    ]  # fmt: skip
    public = release({"focal_points": places()}, PUBLIC)
    assert public.layers["focal_points"]["name"].tolist() == ["Mill Mosque", "Library"]
    assert not {"spoc", "stakeholder", "flag"} & set(public.layers["focal_points"].columns)
    assert "focal_points: 2 places that the data do not call public left out." in public.taken_out
    unknown = release({"focal_points": places().drop(columns="public")}, PUBLIC)
    assert len(unknown.layers["focal_points"]) == 0


def test_positions_move_to_the_grid_and_published_borders_stay():
    wards = make_wards("Acre", "Barley")
    wards.geometry = wards.translate(3.7, 1.1)
    made = release({"focal_points": places(), "wards": wards}, PUBLIC).layers
    xy = made["focal_points"].get_coordinates().to_numpy()
    np.testing.assert_array_equal(xy % 100, 0)
    np.testing.assert_array_equal(xy[1], [WEST, SOUTH + 100])  # FP-3, 21 m east and 66.6 m north
    assert made["wards"].geometry.geom_equals(wards.geometry).all()


def test_a_hot_spot_becomes_squares_of_the_grid_and_never_nothing():
    shapes = [
        shapely.box(WEST + 10, SOUTH + 10, WEST + 30, SOUTH + 20),
        shapely.box(WEST, SOUTH, WEST + 260, SOUTH + 90),
    ]
    made = coarsened(gpd.GeoDataFrame(geometry=shapes, crs="EPSG:27700"), 100, "hotspots")
    assert made.geometry.iloc[0].equals(shapely.box(WEST, SOUTH, WEST + 100, SOUTH + 100))
    assert made.geometry.iloc[1].equals(shapely.box(WEST, SOUTH, WEST + 300, SOUTH + 100))


def test_degrees_cannot_be_coarsened():
    with pytest.raises(GeoError, match="not in metres"):
        release({"focal_points": places().to_crs("EPSG:4326")}, PUBLIC)


def test_the_same_draw_every_time():
    """What is rounded cannot be averaged away: points of one square stay together, whoever asks how often."""
    xy = np.array([[10.0, 10.0], [49.9, 49.9], [-49.9, 49.9], [50.0, 50.0]])
    assert rounded_xy(xy, 100).tolist() == [[0, 0], [0, 0], [0, 0], [100, 100]]


def engagement() -> pd.DataFrame:
    cells = {("W1", "Roma"): 12, ("W1", "Arab"): 3, ("W1", "Welsh"): 20, ("W2", "Roma"): 30, ("W2", "Arab"): 25}
    cells |= {("W2", "Welsh"): 4, ("W3", "Roma"): 15, ("W3", "Arab"): 18, ("W3", "Welsh"): 40}
    rows = [("community in ward", ward, community, count) for (ward, community), count in cells.items()]
    rows += [("ward", ward, None, total) for ward, total in (("W1", 35), ("W2", 59), ("W3", 73))]
    rows += [("community", None, name, total) for name, total in (("Roma", 57), ("Arab", 46), ("Welsh", 64))]
    table = pd.DataFrame(rows, columns=["level", "ward_code", "community", "contacts"])
    return table.assign(population=2000.0, contacts_ratio=table["contacts"] / 10, contacts_low=0.1, flag="watch")


def test_a_table_with_its_margins_gives_nothing_back():
    made = release({"engagement": engagement()}, INTERNAL.stricter(minimum_count=5)).layers["engagement"]
    assert made["contacts"].notna().all()  # inside the force: what was recorded
    looser = PARTNER.stricter()
    made = release({"engagement": engagement()}, looser).layers["engagement"]
    cells = made[made["level"] == "community in ward"]
    hidden = set(zip(cells["ward_code"], cells["community"], strict=True)) - set(
        zip(*(cells.dropna(subset="contacts")[name] for name in ("ward_code", "community")), strict=True)
    )
    assert hidden == {("W1", "Arab"), ("W1", "Welsh"), ("W2", "Arab"), ("W2", "Welsh")}
    assert made["contacts"].isna().equals(made["contacts_ratio"].isna())
    shown = made.dropna(subset="contacts")
    np.testing.assert_allclose(shown["contacts_ratio"], shown["contacts"] / 10)


def test_what_is_left_of_a_whole_must_not_be_small_either():
    surveys = pd.DataFrame(
        {
            "ward_code": ["W1", "W2", "W3", "W4"],
            "measure": "confidence",
            "responses": [50.0, 60.0, 8.0, 70.0],
            "positive": [48.0, 30.0, 4.0, 35.0],
        }
    )
    made = release({"surveys": surveys}, PUBLIC).layers["surveys"]
    assert made["positive"].isna().tolist() == [True, False, True, False]
    assert made["responses"].isna().sum() == 2  # 8, and the next smallest, or the total would give it back


def test_what_is_hidden_for_its_whole_is_not_given_back_by_the_total():
    counts = {"responses": [50.0, 60.0, 70.0], "positive": [48.0, 30.0, 35.0]}
    surveys = pd.DataFrame({"ward_code": ["W1", "W2", "W3"], "measure": "confidence", **counts})
    made = release({"surveys": surveys}, PUBLIC).layers["surveys"]
    assert made["positive"].isna().tolist() == [True, True, False]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=12),
    st.sampled_from(["partner", "public"]),
    st.randoms(use_true_random=False),
)
def test_laws_of_a_release(counts, name, random):
    profile = PROFILES[name]
    given_layers = {"hotspots": hotspots(*counts)}
    before = given_layers["hotspots"].copy()
    made = release(given_layers, profile).layers["hotspots"]
    pd.testing.assert_frame_equal(pd.DataFrame(given_layers["hotspots"]), pd.DataFrame(before))
    told = made["incidents"].dropna()
    assert not ((told > 0) & (told < profile.minimum_count)).any()
    assert (told % profile.rounding == 0).all()
    assert made.loc[made["incidents"].isna(), "share"].isna().all()
    # one cell alone is never all that is hidden, where others could go with it
    small = sum(0 < count < profile.minimum_count for count in counts)
    if small == 1 and max(counts) >= profile.minimum_count:
        assert made["incidents"].isna().sum() > 1
    again = release({"hotspots": made}, profile).layers["hotspots"]
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(made))
    order = list(range(len(counts)))
    random.shuffle(order)
    shuffled = release({"hotspots": before.iloc[order]}, profile).layers["hotspots"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(shuffled).sort_values("rank", ignore_index=True), pd.DataFrame(made), check_like=True
    )


def test_empty_layers_pass():
    done = release({"hotspots": hotspots().iloc[:0], "surveys": pd.DataFrame({"ward_code": []})}, PUBLIC)
    assert [len(layer) for layer in done.layers.values()] == [0, 0]
    assert protect(pd.DataFrame({"incidents": pd.Series([], dtype=float)}), PUBLIC).small == 0
