"""From incidents to ranked hot spots."""

from __future__ import annotations

import gzip
import io
import math
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import make_incidents, make_wards
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.area import select_area
from geo.errors import GeoError
from geo.hotspots import Options, find_hotspots
from geo.hotspots.clusters import Settings, find_clusters
from geo.hotspots.describe import COLUMNS
from geo.hotspots.outline import best_discs, best_streets, footprints
from geo.hotspots.words import BEATEN, describe_period, headline, red_flags
from layers.incidents import read_incidents
from layers.wards import read_wards

PROMISED = (
    "rank name incidents points area_m2 incidents_per_km2 share months_active months_covered top_point_share wards "
    "p_value null_model trend peak caveats"
).split()


@pytest.fixture
def town():
    """Acre has 6 incidents at (500, 500), 3 at (555, 500), 5 at (100, 100); Barley 4 at (1300, 500) and 1 alone."""
    places = [(500, 500)] * 6 + [(555, 500)] * 3 + [(100, 100)] * 5 + [(1300, 500)] * 4 + [(1900, 900)]
    months = ["2025-01"] * 3 + ["2025-02"] * 3 + ["2025-02"] * 3 + ["2025-03"] * 5 + ["2025-01"] * 4 + ["2025-01"]
    texts = ["On or near Mill Lane"] * 8 + ["On or near Parking Area"] + ["On or near "] * 5 + ["Barley Row"] * 5
    return make_incidents(places, months=months, texts=texts), make_wards("Acre", "Barley")


def test_a_town_by_hand(town):
    incidents, wards = town
    result = find_hotspots(
        incidents, wards, eps_m=60, min_incidents=4, months=["2025-01", "2025-02", "2025-03", "2025-04"]
    )
    table = result.hotspots.set_index("rank")
    assert table["incidents"].tolist() == [9, 5, 4]
    assert table["points"].tolist() == [2, 1, 1]
    assert table["name"].tolist() == ["Mill Lane, Acre", "Acre", "Barley Row, Barley"]
    assert table["wards"].tolist() == ["Acre", "Acre", "Barley"]
    assert table["share"].tolist() == pytest.approx([9 / 19, 5 / 19, 4 / 19], abs=1e-6)
    assert table["months_active"].tolist() == [2, 1, 1]
    assert set(table["months_covered"]) == {4}
    assert table["top_point_share"].tolist() == pytest.approx([6 / 9, 1, 1], abs=1e-6)
    assert table["width_m"].tolist() == [55, 0, 0]
    # one disc each: the first stands midway between its two points
    assert table["area_m2"].tolist() == pytest.approx([math.pi * 50**2] * 3, rel=1e-3)
    assert table.geometry.iloc[0].centroid.coords[0] == pytest.approx((600_527.5, 320_500))
    assert table["incidents_per_km2"].iloc[0] == pytest.approx(9 / table["area_m2"].iloc[0] * 1e6, abs=0.1)
    assert result.wards["incidents"].tolist() == [14, 5]
    assert result.incidents["hotspot"].tolist() == [1] * 9 + [2] * 5 + [3] * 4 + [pd.NA]
    assert result.outside == 0
    assert result.area_km2 == pytest.approx(2)
    assert result.covered_km2 == pytest.approx(table["area_m2"].sum() / 1e6, abs=1e-6)


def test_columns_others_rely_on(town):
    hotspots = find_hotspots(*town, eps_m=60, min_incidents=4, null="none").hotspots
    assert list(hotspots.columns[: len(PROMISED)]) == PROMISED
    assert list(hotspots.columns) == [*COLUMNS, "geometry"]
    assert hotspots["p_value"].isna().all()


def test_no_hot_spot_is_an_empty_table_with_the_same_columns(town):
    some = find_hotspots(*town, eps_m=60, min_incidents=4, null="none").hotspots
    none = find_hotspots(*town, eps_m=60, min_incidents=400)
    assert len(none.hotspots) == 0
    assert list(none.hotspots.columns) == list(some.columns)
    assert none.incidents["hotspot"].isna().all()
    assert none.covered_km2 == 0
    assert "No hot spot" in next(iter(red_flags(none)))


def test_the_footprint_stays_inside_the_area(town):
    _, wards = town
    at_the_edge = make_incidents([(1000, 0)] * 5)
    result = find_hotspots(at_the_edge, wards[wards["ward_name"] == "Acre"], eps_m=60, min_incidents=4)
    assert result.hotspots["area_m2"].iloc[0] == pytest.approx(math.pi * 50**2 / 4, rel=1e-3)


def test_incidents_outside_the_area_are_counted_and_left_out(town):
    incidents, wards = town
    result = find_hotspots(incidents, wards[wards["ward_name"] == "Barley"], eps_m=60, min_incidents=4)
    assert len(result.incidents) == 5
    assert result.outside == 14
    assert result.hotspots["share"].tolist() == [0.8]


def test_a_generic_place_is_named_with_the_commonest_street():
    texts = ["On or near Parking Area"] * 4 + ["On or near Mill Lane"] * 2 + ["On or near Ash Row"]
    result = find_hotspots(make_incidents([(500, 500)] * 7, texts=texts), make_wards("Acre"), eps_m=60, min_incidents=4)
    assert result.hotspots["name"].tolist() == ["Parking Area near Mill Lane, Acre"]


def test_incidents_without_location_text_take_the_wards_name():
    result = find_hotspots(make_incidents([(500, 500)] * 7), make_wards("Acre"), eps_m=60, min_incidents=4)
    assert result.hotspots["name"].tolist() == ["Acre"]


def test_rows_of_no_weight_belong_to_no_hot_spot():
    incidents = make_incidents([(500, 500)] * 4 + [(510, 500)]).assign(weight=[1, 1, 1, 1, 0])
    result = find_hotspots(incidents, make_wards("Acre"), eps_m=60, min_incidents=4)
    assert result.hotspots["incidents"].tolist() == [4]
    assert result.incidents["hotspot"].isna().tolist() == [False] * 4 + [True]


def test_settings_are_recorded_with_their_reasons(town):
    parameters = {p.name: p for p in find_hotspots(*town, runs=19).parameters}
    assert parameters["eps"].value == 150  # six places, half a kilometre apart, and never more than 150 m
    assert parameters["eps"].reason.startswith("chosen: the median spacing of the map points (")
    assert parameters["min_incidents"].reason.startswith("chosen: half of 12, the smallest number that chance (snap)")
    assert parameters["null"].value == "snap"
    assert parameters["seed"].value == 0
    asked = {p.name: p for p in find_hotspots(*town, eps_m=300, min_incidents=5, null="none").parameters}
    assert asked["eps"].reason.startswith("as asked; finer than the map points (median spacing 566 m)")
    assert asked["footprint"].value == 150
    assert asked["footprint"].text == "150 m"
    assert "simulations" not in asked


def test_inputs_are_not_changed(town):
    incidents, wards = town
    before = incidents.copy(), wards.copy()
    find_hotspots(incidents, wards, eps_m=60, min_incidents=4)
    pd.testing.assert_frame_equal(incidents, before[0])
    pd.testing.assert_frame_equal(wards, before[1])


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_no_order_of_rows_changes_the_hot_spots(random):
    rng = np.random.default_rng(2)
    places = [tuple(p) for p in np.round(rng.uniform(0, 1990, (300, 2)) / 40) * 40 % 1000 + (0.0, 0.0)]
    incidents, wards = make_incidents(places), make_wards("Acre", "Barley")
    order = list(range(len(incidents)))
    random.shuffle(order)
    one = find_hotspots(incidents, wards, eps_m=60, min_incidents=6, runs=19).hotspots
    other = find_hotspots(incidents.iloc[order], wards.iloc[::-1], eps_m=60, min_incidents=6, runs=19).hotspots
    assert len(one) > 1
    pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(other))


@pytest.mark.parametrize("layer", ["incidents", "wards"])
def test_degrees_are_refused(town, layer):
    incidents, wards = town
    given_ = {"incidents": incidents, "area": wards}
    given_["area" if layer == "wards" else layer] = (wards if layer == "wards" else incidents).to_crs("EPSG:4326")
    with pytest.raises(GeoError, match=f"{layer}: coordinates are in WGS 84 .degree., not in metres"):
        find_hotspots(**given_)


def test_a_layer_without_a_system_is_refused(town):
    incidents, wards = town
    bare = gpd.GeoDataFrame(pd.DataFrame(incidents), geometry="geometry")
    bare = bare.set_crs(None, allow_override=True)
    with pytest.raises(GeoError, match="no coordinate reference system"):
        find_hotspots(bare, wards)


def test_headline_says_counts_share_and_ground(town):
    result = find_hotspots(*town, eps_m=60, min_incidents=4, null="none")
    said = headline(result, what="anti-social behaviour", where="Farmland", when="January to March 2025")
    assert said == (
        "3 hot spots in Farmland hold 18 of 19 reports of anti-social behaviour (95%) on 1.2% of the ground, "
        "January to March 2025."
    )
    one = find_hotspots(*town, eps_m=60, min_incidents=8, null="none")
    assert headline(one, what="ASB", where="Farmland", when="now").startswith("1 hot spot in Farmland holds 9 of 19")


def test_headline_says_which_chance_was_beaten_and_counts_only_what_beat_it(town):
    result = find_hotspots(*town, eps_m=60, min_incidents=4, null="none")
    doubtful = result.hotspots.assign(could_be_chance=[False, True, True], null_model="snap")
    first = int(doubtful["incidents"].iloc[0])
    said = headline(result._replace(hotspots=doubtful), what="ASB", where="Farmland", when="now")
    ground = doubtful.geometry.iloc[0].area / 1e6 / result.area_km2
    assert said == (
        f"1 hot spot in Farmland holds {first} of 19 reports of ASB ({first / 19:.0%}) on {ground:.1%} of the ground, "
        "now. It is busier than if every map point were equally likely; 2 other places with many reports could be "
        "chance."
    )
    none = headline(result._replace(hotspots=doubtful.assign(could_be_chance=True)), what="ASB", where="F", when="now")
    assert none == (
        "No hot spot of ASB in F, now, can be told from chance (19 reports): 3 places with many reports, but none "
        "busier than if every map point were equally likely."
    )


@pytest.mark.parametrize("null", ["unequal", "snap", "smooth", "csr", "background"])
def test_every_null_has_its_words(town, null):
    result = find_hotspots(*town, eps_m=60, min_incidents=4, null="none")
    table = result.hotspots.assign(null_model=null)
    for firm in (1, 2, 0):
        spots = table.assign(could_be_chance=[number >= firm for number in range(3)])
        said = headline(result._replace(hotspots=spots), what="ASB", where="F", when="now")
        assert BEATEN[null] in said
        assert ("Each is" in said, "It is" in said) == (firm == 2, firm == 1)
    untested = headline(result, what="ASB", where="F", when="now")
    assert "busier" not in untested
    assert "chance" not in untested


def test_red_flags_for_one_that_swallows_the_rest(town):
    incidents, wards = town
    flags = list(red_flags(find_hotspots(incidents, wards, eps_m=900, min_incidents=2, max_width_m=None, null="none")))
    assert any("holds 19 of the 19 incidents" in flag and "smaller --eps" in flag for flag in flags)
    assert any("too large to be walked in one visit" in flag for flag in flags)
    assert list(red_flags(find_hotspots(incidents, wards, eps_m=60, min_incidents=4))) == []


@pytest.mark.parametrize(
    ("months", "words"),
    [
        ([], "no month covered"),
        (["2025-03"], "March 2025"),
        (["2025-01", "2025-02"], "January to February 2025"),
        (["2024-12", "2025-01"], "December 2024 to January 2025"),
        (["2025-01", "2025-03"], "January to March 2025 (2 of 3 months)"),
    ],
)
def test_periods_in_words(months, words):
    assert describe_period(months) == words


def test_evidence_of_a_dated_town():
    """Twelve months: Mill Lane is hot on Friday nights from August on; a caller there calls four times."""
    import pandas as pd

    days = pd.date_range("2025-08-01 21:30", "2025-12-26 21:30", freq="7D")
    steady = pd.date_range("2025-01-15 12:00", periods=12, freq="MS")
    places = [(500, 500)] * len(days) + [(100 + 70 * i, 900) for i in range(12)]
    incidents = make_incidents(places).assign(
        occurred_from=[*days, *steady],
        asb_type=["personal"] * 5 + ["nuisance"] * (len(days) - 5) + ["environmental"] * 12,
        victim_ref=["V-1"] * 4 + [None] * (len(days) + 8),
        personal=["yes"] * 3 + [None] * (len(days) + 9),
    )
    incidents["month"] = incidents["occurred_from"].dt.strftime("%Y-%m")
    months = [f"2025-{month:02d}" for month in range(1, 13)]
    weights = {"personal": 3, "nuisance": 1}
    result = find_hotspots(
        incidents, make_wards("Acre"), eps_m=60, min_incidents=5, months=months, runs=19, type_weights=weights
    )
    spot = result.hotspots.iloc[0]
    assert (spot["first_month"], spot["last_month"], spot["months_active"]) == ("2025-08", "2025-12", 5)
    assert (spot["trend"], spot["change"]) == ("too short to say", "no clear change")
    assert spot["monthly_from"] == "2025-01"
    assert spot["monthly"] == "0 0 0 0 0 0 0 5 4 5 4 4"
    assert spot["in_time"] == ("Above chance in 5 of 12 months; 13 in the last 3, 9 in the 3 before: no clear change.")
    assert spot["peak"].startswith("Friday")
    assert "100% of reports" in spot["peak"]
    assert (spot["type_personal"], spot["type_nuisance"], spot["type_environmental"]) == (5, len(days) - 5, 0)
    assert spot["impact"] == 15 + len(days) - 5
    assert (spot["repeat_victims"], spot["victims_three_or_more"]) == (1, 1)
    assert spot["vulnerable_personal"] == 3
    assert pd.isna(spot["vulnerable_situational"])  # there is no such column, so nothing is known
    said = " ".join(result.evidence)
    assert "1 of 1 recorded victim" in said
    assert "V-1" not in said
    assert "V-1" not in result.hotspots.drop(columns="geometry").to_csv()


def with_forces(south_months):
    """Two hot spots of two forces, ten reports a month each and 20 elsewhere; the south as long as it has files."""
    months = [f"{year}-{month:02d}" for year in (2023, 2024) for month in range(1, 13)]
    rows = [((200, 200), month, "north") for month in months for _ in range(10)]
    rows += [((800, 200), month, "south") for month in south_months for _ in range(10)]
    for number, month in enumerate(months):
        rows += [((50 * other, 900 - number), month, ("north", "south")[other % 2]) for other in range(20)]
    rows = [row for row in rows if row[2] == "north" or row[1] in south_months]
    incidents = make_incidents([row[0] for row in rows], months=[row[1] for row in rows])
    return incidents.assign(force=[row[2] for row in rows]), months


def test_months_without_files_of_one_force_are_unknown_there_and_not_a_fall():
    incidents, months = with_forces([f"2023-{month:02d}" for month in range(1, 13)] + ["2024-01", "2024-02"])
    covered = {"north": months, "south": months[:14]}
    given_coverage, none = (
        find_hotspots(incidents, make_wards("Acre"), eps_m=40, min_incidents=60, runs=19, **options).hotspots
        for options in ({"months": months, "coverage": covered}, {"months": months})
    )
    assert len(given_coverage) == 2
    north, south = given_coverage.sort_values("lon").itertuples()
    assert (north.months_covered, south.months_covered) == (24, 14)
    assert (north.months_active, south.months_active) == (24, 14)
    assert south.trend == "too short to say"
    assert south.change == "no clear change"
    assert south.monthly == " ".join(["10"] * 14 + ["-"] * 10)
    # without it the missing files read as a place that has gone quiet
    assert none.sort_values("lon")["trend"].tolist() == ["no clear trend", "falling"]


def test_new_and_gone_are_said_only_where_the_rest_did_not_move_alike():
    months = [f"2025-{month:02d}" for month in range(1, 13)]
    rows = [((200, 200), month) for month in months[-3:] for _ in range(9)]
    rows += [((500, 200), month) for month in months[:-3] for _ in range(9)]
    rows += [((800, 200), month) for month in months for _ in range(3)]
    rows += [((50 * other, 900 - number), month) for number, month in enumerate(months) for other in range(20)]
    incidents = make_incidents([row[0] for row in rows], months=[row[1] for row in rows])
    found = find_hotspots(incidents, make_wards("Acre"), eps_m=40, min_incidents=25, runs=19, months=months).hotspots
    table = found.sort_values("lon").reset_index()
    assert table["change"].tolist() == ["new", "gone", "no clear change"]
    assert table["in_time"].str.split("; ").str[1].tolist() == [
        "27 in the last 3, 0 in the 3 before: new, beyond chance.",
        "0 in the last 3, 27 in the 3 before: gone, beyond chance.",
        "9 in the last 3, 9 in the 3 before: no clear change.",
    ]
    # the same where everything doubles or ends: nothing is new that the whole area did
    alike = find_hotspots(
        incidents[incidents["month"] >= "2025-10"],
        make_wards("Acre"),
        eps_m=40,
        min_incidents=9,
        runs=19,
        months=months,
    ).hotspots
    assert set(alike["change"]) == {"no clear change"}


def test_a_month_implausibly_empty_for_a_force_is_left_out_and_named():
    incidents, months = with_forces([f"{year}-{month:02d}" for year in (2023, 2024) for month in range(1, 13)])
    stray = incidents["force"].eq("south") & incidents["month"].eq("2024-05")
    incidents = incidents[~stray | (incidents.index == stray.idxmax())]
    result = find_hotspots(
        incidents, make_wards("Acre"), eps_m=40, min_incidents=60, runs=19, months=months,
        coverage={"north": months, "south": months},
    )  # fmt: skip
    told = {p.name: p for p in result.parameters}["months_left_out"]
    assert told.value == "May 2024 (south)"
    assert result.hotspots.sort_values("lon")["months_covered"].tolist() == [24, 23]
    few = incidents.iloc[::7]  # a twentieth of few is no evidence of a missing file
    assert "months_left_out" not in {
        p.name for p in find_hotspots(few, make_wards("Acre"), eps_m=40, min_incidents=9, runs=19).parameters
    }


def test_no_report_of_a_cluster_falls_between():
    """120 reports evenly along 1.2 km, ten at one place: what is in no hot spot is listed with its count."""
    places = [(10 * i, 500) for i in range(120)] + [(600, 500)] * 10
    result = find_hotspots(make_incidents(places), make_wards("Acre", "Barley"), eps_m=60, min_incidents=5, null="none")
    assert result.hotspots["incidents"].sum() + result.too_spread_out["incidents"].sum() == 130
    assert len(result.hotspots) == 1
    assert result.hotspots["width_m"].max() <= 300
    flags = list(red_flags(result))
    left = int(result.too_spread_out["incidents"].sum())
    told = "In no hot spot, as their groups are too wide and they lie outside the denser parts"
    assert flags[0].startswith(f"{told}: {left} reports round Acre")


def test_months_alone_tell_no_hours_and_it_is_said():
    result = find_hotspots(make_incidents([(500, 500)] * 9), make_wards("Acre"), eps_m=60, min_incidents=5, null="none")
    assert "Only the month of each incident is known: neither weekday nor hour can be told." in result.evidence
    assert result.hotspots["peak"].isna().all()
    assert result.hotspots["repeat_victims"].isna().all()


@pytest.mark.parametrize(
    ("change", "caveat"),
    [
        ({}, ""),
        ({"location_text": "On or near "}, "100% without a place name"),
        ({"location_text": "On or near Police Station"}, "100% at a police station"),
        ({"precision": "snapped"}, "100% moved to map points: no address is exact"),
        ({"precision": "exact"}, ""),
    ],
)
def test_caveats(change, caveat):
    places = [(500 + 7 * i, 500) for i in range(9)]
    incidents = make_incidents(places, texts=["Mill Lane"] * 9).assign(**change)
    found = find_hotspots(incidents, make_wards("Acre"), eps_m=60, min_incidents=5, null="none").hotspots["caveats"]
    assert found.iloc[0].startswith(caveat)
    assert bool(found.iloc[0]) == bool(caveat)


def test_caveats_of_one_point_and_of_the_edge():
    at_the_edge = [(2, 500)] * 9 + [(20, 500)]
    found = find_hotspots(make_incidents(at_the_edge), make_wards("Acre"), eps_m=60, min_incidents=5, null="none")
    assert found.hotspots["caveats"].iloc[0] == (
        "90% at one map point: look at the place, not the area; "
        "touches the edge of the study area: reports beyond it are not counted"
    )


# --- the outline's discs --------------------------------------------------------------------------------------------


def test_discs_are_taken_by_the_reports_they_add():
    """A row of core points 40 m apart, discs of 50 m: one round a point holds three, one between two holds two."""
    places = np.array([(0, 0), (40, 0), (80, 0), (120, 0)], float)
    core, label = np.ones(4, bool), np.zeros(4, int)
    # the disc at 40 m holds 9 + 9 + 6; then only 8 is left, held first by the disc round 80 m
    (drawn,) = best_discs(places, np.array([9.0, 9, 6, 8]), core, label, radius_m=50)
    assert drawn.tolist() == [[40, 0], [80, 0]]
    # 3 is less than a third of 17: it is counted, and not drawn
    (drawn,) = best_discs(places, np.array([4.0, 9, 4, 3]), core, label, radius_m=50)
    assert drawn.tolist() == [[40, 0]]
    # a point that is no core gets none, whatever lies on it: 80 m holds 9 + 4 + 3, 0 m adds only 4 of 16
    core[1] = False
    (drawn,) = best_discs(places, np.array([4.0, 9, 4, 3]), core, label, radius_m=50)
    assert drawn.tolist() == [[80, 0]]


def test_a_disc_may_stand_between_two_points_but_not_with_both_at_its_edge():
    label = np.zeros(2, int)
    for apart, middle in ((74, True), (76, False)):
        places = np.array([(0, 0), (apart, 0)], float)
        (drawn,) = best_discs(places, np.array([5.0, 4]), np.ones(2, bool), label, radius_m=50)
        assert drawn.tolist() == ([[apart / 2, 0]] if middle else [[0, 0], [apart, 0]])


def test_a_disc_counts_its_own_hot_spot_only():
    places = np.array([(0, 0), (40, 0)], float)
    drawn = best_discs(places, np.array([9.0, 5]), np.ones(2, bool), np.array([0, 1]), radius_m=50)
    assert [own.tolist() for own in drawn] == [[[0, 0]], [[40, 0]]]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 9_999), st.sampled_from([20, 50, 80]))
def test_each_disc_adds_a_third_of_the_first_and_no_other_adds_more(seed, radius):
    rng = np.random.default_rng(seed)
    places, weights = rng.integers(0, 40, (60, 2)) * 10.0, rng.integers(1, 6, 60).astype(float)
    places, first = np.unique(places, axis=0, return_index=True)
    weights = weights[first]
    found = find_clusters(places, Settings(60, 12, 150), weights)
    for label, drawn in enumerate(best_discs(places, weights, found.is_core, found.label, radius_m=radius)):
        own = found.label == label
        cores = places[own & found.is_core]
        left, adds = weights[own].copy(), []
        for centre in [*drawn, None]:
            away = np.hypot(*(cores[:, None] - places[own]).T).T
            best = max(left[row <= radius].sum() for row in away)
            if centre is None:
                assert best < adds[0] / 3
                break
            halves = (cores[:, None] + cores) / 2
            between = (halves == centre).all(axis=2) & (np.hypot(*(cores[:, None] - cores).T) <= 1.5 * radius)
            assert between.any()
            mine = np.hypot(*(places[own] - centre).T) <= radius
            adds.append((mine * left).sum())
            assert adds[-1] >= best
            assert adds[0] >= adds[-1] >= adds[0] / 3
            left[mine] = 0


# --- drawn on streets ------------------------------------------------------------------------------------------------


def test_stretches_of_street_are_taken_by_the_reports_on_them():
    """A street of 400 m crossed in the middle: stretches of 100 m; reports 10 m beside it, and some in a field."""
    streets = np.array([shapely.LineString([(0, 0), (400, 0)]), shapely.LineString([(200, -30), (200, 30)])], object)
    places = np.array([(40, 10), (60, 10), (150, 10), (260, 10), (150, 90)], float)
    (drawn,) = best_streets(places, np.array([5.0, 4, 8, 2, 3]), np.zeros(5, int), streets, radius_m=50)
    said = [shapely.to_wkt(one, rounding_precision=1) for one in drawn]
    # 9 and 8 reports; two are less than a third of nine; the field is 90 m from any street: a disc, not a strip
    assert said == ["LINESTRING (0 0, 100 0)", "LINESTRING (100 0, 200 0)", "POINT (150 90)"]
    (outline,) = footprints([drawn], radius_m=50, area=shapely.box(-500, -500, 900, 500))
    strip, disc = 200 * 50 + math.pi * 25**2, math.pi * 50**2
    assert outline.area <= strip + disc
    assert outline.covers(shapely.LineString([(0, 24), (200, 24)]))
    assert not outline.covers(shapely.Point(100, 30))


def test_no_strip_is_shorter_or_narrower_than_the_radius():
    """A yard of three streets of 20 m: each would be a blot; it is a disc of the radius."""
    streets = np.array([shapely.LineString([(0, y), (20, y)]) for y in (0, 200)], object)
    (drawn,) = best_streets(np.array([(5.0, 5)]), np.ones(1), np.zeros(1, int), streets, radius_m=50)
    assert [shapely.to_wkt(one) for one in drawn] == ["POINT (10 0)"]
    (outline,) = footprints([drawn], radius_m=50, area=shapely.box(-500, -500, 500, 500))
    assert outline.area == pytest.approx(math.pi * 50**2, rel=1e-3)


def test_hot_spots_drawn_on_streets_keep_their_counts_and_say_so(town):
    incidents, wards = town
    lines = [shapely.LineString([(600_000, 320_500), (602_000, 320_500)])]
    streets = gpd.GeoDataFrame(geometry=lines, crs=incidents.crs)
    discs = find_hotspots(incidents, wards, eps_m=60, min_incidents=4, runs=19)
    drawn = find_hotspots(incidents, wards, eps_m=60, min_incidents=4, runs=19, streets=streets)
    assert sorted(drawn.hotspots["incidents"]) == sorted(discs.hotspots["incidents"]) == [4, 5, 9]
    assert ("outline", "streets") in [(one.name, one.value) for one in drawn.parameters]
    by_size = drawn.hotspots.set_index("incidents").geometry
    for size in (9, 4):  # on the street: as wide as a disc's radius, not as its diameter
        west, south, east, north = by_size[size].bounds
        assert north - south == pytest.approx(50, abs=0.1)
        assert east - west >= 100
    assert by_size[5].area == pytest.approx(math.pi * 50**2, rel=1e-3)  # 400 m from it: a disc
    whole = find_hotspots(incidents, wards, eps_m=60, min_incidents=4, runs=19, streets=streets, ground_share=0.004)
    assert 0 < whole.covered_km2 <= 0.004 * whole.area_km2


def test_options_are_an_object_or_names(town):
    held = Options(eps_m=60, min_incidents=4, runs=19)
    one = find_hotspots(*town, options=held)
    other = find_hotspots(*town, eps_m=60, min_incidents=4, runs=19)
    assert (
        one.parameters
        == other.parameters
        == find_hotspots(*town, options=Options(seed=9, eps_m=9), **vars(held)).parameters
    )
    with pytest.raises(TypeError, match="epsilon"):
        find_hotspots(*town, epsilon=60)


# --- order and ground -----------------------------------------------------------------------------------------------


def test_hot_spots_come_by_reports_per_square_metre_of_outline(town):
    table = find_hotspots(*town, eps_m=60, min_incidents=4, runs=19).hotspots
    density = table["incidents"] / table["area_m2"]
    assert density.is_monotonic_decreasing
    # all nine lie within 55 m of the six, of which one disc holds six; the others add three, half as many
    assert table["incidents"].tolist() == [9, 5, 4]


def test_one_map_point_has_no_density(town):
    table = find_hotspots(*town, eps_m=60, min_incidents=4, runs=19).hotspots
    assert table["incidents_per_km2"].isna().tolist() == (table["points"] == 1).tolist() == [False, True, True]
    said = table.set_index("incidents")["caveats"]
    assert "all at one map point: look at the place, not the area" in said[5]
    assert "at one map point" not in said[9]


@pytest.mark.parametrize("share", [0.001, 0.005, 0.008, 0.012, 1])
def test_a_budget_of_ground_keeps_the_best_and_is_never_exceeded(town, share):
    """Two square kilometres: a disc has 0.39%, two of them 80 m apart 0.74%, and each of the others is one disc."""
    places = [(500, 500)] * 8 + [(580, 500)] * 3 + [(100, 100)] * 5 + [(1300, 500)] * 4 + [(1900, 900)]
    texts = ["Mill Lane"] * 11 + ["On or near "] * 5 + ["Barley Row"] * 5
    incidents, wards = make_incidents(places, texts=texts), town[1]
    whole = find_hotspots(incidents, wards, eps_m=85, min_incidents=4, footprint_m=50, runs=19)
    some = find_hotspots(incidents, wards, eps_m=85, min_incidents=4, footprint_m=50, runs=19, ground_share=share)
    assert some.covered_km2 <= share * some.area_km2
    if share == 0.005:  # cut short: only its fullest disc fits
        assert some.hotspots["area_m2"].iloc[0] == pytest.approx(math.pi * 50**2, rel=1e-3)
    assert some.hotspots["name"].tolist() == whole.hotspots["name"].tolist()[: len(some.hotspots)]
    assert len(some.hotspots) == {0.001: 0, 0.005: 1, 0.008: 1, 0.012: 2, 1: 3}[share]
    assert some.incidents["hotspot"].notna().sum() == some.hotspots["incidents"].sum()
    assert {p.name: p.reason for p in some.parameters}["ground"].endswith(f"{len(some.hotspots)} of 3 hot spots")


@pytest.mark.parametrize("share", [0, -0.1, 1.5, math.nan])
def test_a_share_of_the_ground_lies_between_nothing_and_all(town, share):
    with pytest.raises(GeoError, match="not a share of the ground"):
        find_hotspots(*town, ground_share=share)


def test_a_half_life_changes_the_order_and_no_count():
    """Ten reports in January 2023 and six in December 2024: with a half-life of a year the six come first."""
    months = ["2023-01"] * 10 + ["2024-12"] * 6
    incidents = make_incidents([(200, 200)] * 10 + [(800, 800)] * 6, months=months)
    plain, recent = (
        find_hotspots(incidents, make_wards("Acre"), eps_m=60, min_incidents=4, half_life_days=days).hotspots
        for days in (None, 365)
    )
    assert plain["incidents"].tolist() == [10, 6]
    assert recent["incidents"].tolist() == [6, 10]
    assert recent.set_index("incidents")["p_value"].to_dict() == plain.set_index("incidents")["p_value"].to_dict()
    with pytest.raises(GeoError, match="--half-life 0: not a number of days above zero"):
        find_hotspots(incidents, make_wards("Acre"), half_life_days=0)


def test_published_positions_get_no_disc_under_fifty_metres(town):
    with pytest.raises(GeoError, match="--footprint 30: these incidents were moved to map points"):
        find_hotspots(*town, eps_m=60, min_incidents=4, footprint_m=30)
    exact = make_incidents([(200 + i, 200 + i * i % 7) for i in range(12)])
    assert len(find_hotspots(exact, make_wards("Acre"), eps_m=60, min_incidents=4, footprint_m=30).hotspots) == 1


# --- real data ------------------------------------------------------------------------------------------------------

LANCASHIRE = "lancashire_asb_2022/lancashire_asb.tab.gz"
PLACES = {
    "Luton": ("bedfordshire_street_2021_2024/street", "luton_beds_wards_vintages/wards_2025_E06000032.geojson", None),
    "Bedford": ("bedfordshire_street_2021_2024/street", "luton_beds_wards_vintages/wards_2025_E06000055.geojson", None),
    "City of London": ("city_of_london_2018_2020", "ew_wards_2025_geojson/E09000001.geojson.gz", None),
    "Preston": (LANCASHIRE, "lancashire_asb_2022/lancashire_districts.geojson.gz", "Preston"),
    "Burnley": (LANCASHIRE, "lancashire_asb_2022/lancashire_districts.geojson.gz", "Burnley"),
}


def raw_rows(path: Path) -> pd.DataFrame:
    """Return position and month of every ASB row, read with nothing of geo's."""
    if path.is_file():
        rows = pd.read_csv(path, sep="\t")
    else:
        files = sorted(path.rglob("*-street.csv.gz"))
        rows = pd.concat([pd.read_csv(io.BytesIO(gzip.decompress(file.read_bytes()))) for file in files])
        rows = rows[rows["Crime type"] == "Anti-social behaviour"]
    rows = rows.rename(columns=str.lower).rename(columns={"lon": "longitude", "long": "longitude", "lat": "latitude"})
    xy = rows[["longitude", "latitude"]].astype(float).round(6)
    return pd.DataFrame({"x": xy["longitude"], "y": xy["latitude"], "month": rows["month"].astype(str).str[:7]})


@pytest.mark.parametrize("place", PLACES)
def test_the_sentences_of_real_places_agree_with_the_raw_files(shared_data, place):
    """Every count in ``in_time``, ``monthly``, ``first_month`` and ``change``, again from the rows of the files."""
    files, wards, district = PLACES[place]
    incidents, report = read_incidents(shared_data / files, all_are_asb=district is not None)
    area, _ = read_wards(shared_data / wards)
    area = area if district is None else select_area(area, [district])
    months = report.months[-12:]
    found = find_hotspots(incidents[incidents["month"].isin(months)], area, months=months, runs=19)
    raw = raw_rows(shared_data / files)
    raw = raw[raw["month"].isin(months)].groupby(["x", "y", "month"]).size()
    degrees = found.incidents.to_crs("EPSG:4326").get_coordinates().round(6)
    for row in found.hotspots.itertuples():
        mine = found.incidents["hotspot"].eq(row.rank).fillna(False).to_numpy(bool)
        spots = set(zip(degrees["x"][mine], degrees["y"][mine], strict=True))
        counts = np.array([sum(int(raw.get((x, y, month), 0)) for x, y in spots) for month in months])
        assert [int(count) for count in row.monthly.split()] == counts.tolist()
        assert row.monthly_from == months[0]
        assert (row.incidents, row.months_active, row.months_covered) == (counts.sum(), (counts > 0).sum(), 12)
        active = [month for month, count in zip(months, counts, strict=True) if count]
        assert (row.first_month, row.last_month) == (active[0], active[-1])
        last, before = int(counts[-3:].sum()), int(counts[-6:-3].sum())
        said = re.fullmatch(
            r"Above chance in (\d+) of 12 months; ([\d,]+) in the last 3, ([\d,]+) in the 3 before: (.+)\.", row.in_time
        )
        assert [int(number.replace(",", "")) for number in said.groups()[1:3]] == [last, before]
        assert int(said[1]) <= (counts > 0).sum()
        share = {"more": last > before, "new": counts[:-3].sum() == 0, "gone": last == 0, "fewer": last < before}
        assert share.get(row.change, True) or row.change in ("more", "fewer")  # against the rest, which may move more
        assert row.trend == "too short to say"
