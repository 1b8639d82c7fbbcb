"""What an inspector briefs from: hand-made hot spots, with every sentence worked out by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from browser import SOUTH, WEST, town_hotspots

from geo.briefing import briefing, headline
from geo.errors import GeoError

MONTHS = [f"2025-{month:02d}" for month in range(1, 7)]


def reports(**counts: tuple[int, int]) -> pd.DataFrame:
    """(January to March, April to June) of reports in each hot spot: ``s1=(5, 20)``; ``s0`` lies in none."""
    rows = [
        (month, int(name[1:]) or pd.NA)
        for name, (before, now) in counts.items()
        for month, number in (("2025-02", before), ("2025-05", now))
        for _ in range(number)
    ]
    return pd.DataFrame(rows, columns=["month", "hotspot"]).astype({"hotspot": "Int64"})


def points(*metres_east: float, **columns: object) -> gpd.GeoDataFrame:
    """Focal points east of the first hot spot's eastern edge."""
    number = len(metres_east)
    frame = gpd.GeoDataFrame(
        {
            "focal_point_id": [f"FP-{i + 1}" for i in range(number)],
            "name": [f"Place {i + 1}" for i in range(number)],
            "kind": "school",
            "spoc": None,
            "spoc_role": None,
        },
        geometry=[shapely.Point(WEST + 600 + x, SOUTH + 500) for x in metres_east],
        crs="EPSG:27700",
    )
    return frame.assign(**columns)


def test_why_names_its_denominator_and_the_commonest_kind_known():
    spots = town_hotspots(1, type_personal=6, type_nuisance=14, type_environmental=np.nan)
    found = briefing(spots, reports(s1=(20, 20), s0=(30, 35)), MONTHS)
    assert found.spots["why"].tolist() == [
        "40 of the area's 105 reports (38%), in 12 of 12 months; mostly nuisance (14 of 20 of known kind)."
    ]


@pytest.mark.parametrize("unknown", [pd.NA, None, np.nan])
def test_what_is_not_known_is_not_said(unknown):
    spots = town_hotspots(1).assign(type_personal=unknown, type_nuisance=unknown, could_be_chance=unknown)
    row = briefing(spots, reports(s1=(40, 0), s0=(65, 0)), ["2025-02"]).spots.iloc[0]
    assert row["why"] == "40 of the area's 105 reports (38%), in 12 of 12 months."
    assert row["when"] == "The record has months only: weekday and hour are not known."
    assert row["change"] == row["calls"] == ""


def test_when_is_what_the_record_tells_as_a_sentence():
    spots = town_hotspots(2, peak=["Friday 18:00-22:00", "Few times are known."])
    assert briefing(spots, reports(), MONTHS).spots["when"].tolist() == ["Friday 18:00-22:00.", "Few times are known."]


def test_a_hot_spot_that_chance_could_make_says_so():
    spots = town_hotspots(3, could_be_chance=[True, False, True])
    clear = briefing(spots, reports(s1=(40, 0)), MONTHS).spots
    assert clear[["rank", "doubt"]].to_numpy().tolist() == [[2, ""]], "those beyond chance, where there is one"
    doubtful = briefing(spots[spots["could_be_chance"]], reports(s1=(40, 0)), MONTHS).spots
    assert doubtful["rank"].tolist() == [1, 3]
    assert set(doubtful["doubt"]) == {"Chance alone could make it."}


def test_change_has_both_counts_and_a_direction_only_beyond_chance():
    # 20 of 25 in one half: two-sided binomial p = 0.004; 6 of 10: p = 0.75; 0 of 12: p = 0.0005
    found = briefing(town_hotspots(3), reports(s1=(5, 20), s2=(4, 6), s3=(12, 0)), MONTHS)
    assert found.spots["change"].tolist() == [
        "20 in the last 3 months, 5 in the 3 before: more, beyond chance.",
        "6 in the last 3 months, 4 in the 3 before: no change beyond chance.",
        "0 in the last 3 months, 12 in the 3 before: fewer, beyond chance.",
    ]
    assert found.change.startswith("All reports: 26 in the last 3 months, 21 in the 3 before: no change beyond chance.")


@pytest.mark.parametrize("months", [MONTHS[:5], [*MONTHS[:3], "2025-05", "2025-06", "2025-07"], []])
def test_months_that_are_missing_are_not_a_fall(months):
    found = briefing(town_hotspots(1), reports(s1=(5, 20)), months)
    assert found.spots["change"].tolist() == [""]
    assert found.change == "The change cannot be told: that takes 6 months without a gap."


def test_the_three_nearest_focal_points_within_a_walk_are_named():
    # the walk is the line x 1.3: 100 m is 130 m, 600 m is 780 m, 620 m is 806 m and too far
    near = points(620, 100, -50, 600, 300, spoc_role=["PC", None, "PCSO", "PC", None])
    found = briefing(town_hotspots(1), reports(), MONTHS, focal_points=near)
    assert found.spots["calls"].tolist() == [
        "A Place 3 (PCSO, inside); B Place 2 (no contact person, 130 m); C Place 5 (no contact person, 390 m)."
    ]
    assert found.calls[["mark", "name"]].to_numpy().tolist() == [["A", "Place 3"], ["B", "Place 2"], ["C", "Place 5"]]


@pytest.mark.parametrize(
    ("metres", "said"),
    [(615, "A Place 1 (no contact person, 800 m)."), (616, "No focal point within a walk of 800 m.")],
)
def test_a_walk_of_800_m_is_615_m_as_the_crow_flies(metres, said):
    found = briefing(town_hotspots(1), reports(), MONTHS, focal_points=points(metres))
    assert found.spots["calls"].tolist() == [said]


def test_a_focal_point_near_two_hot_spots_keeps_its_letter():
    # 400 m on from the first one's edge, and 400 m before the second one's
    found = briefing(town_hotspots(2), reports(), MONTHS, focal_points=points(400))
    assert found.spots["calls"].tolist() == ["A Place 1 (no contact person, 520 m)."] * 2
    assert len(found.calls) == 1


def test_no_name_of_a_person_unless_asked_for():
    near = points(10, 20, 30, spoc=["Sam Ode", "Kim Roe", None], spoc_role=["PCSO", None, "PC"])
    quiet = briefing(town_hotspots(1), reports(), MONTHS, focal_points=near)
    told = briefing(town_hotspots(1), reports(), MONTHS, focal_points=near, spoc_names=True)
    assert (
        quiet.spots["calls"].iloc[0] == "A Place 1 (PCSO, 13 m); B Place 2 (has a contact, 26 m); C Place 3 (PC, 39 m)."
    )
    assert (
        told.spots["calls"].iloc[0]
        == "A Place 1 (Sam Ode, PCSO, 13 m); B Place 2 (Kim Roe, 26 m); C Place 3 (PC, 39 m)."
    )
    for found in (quiet, told):
        assert sorted(found.calls.columns) == ["geometry", "kind", "mark", "name"]


def test_when_somebody_was_last_met():
    days = pd.Series({"FP-1": 0.0, "FP-2": 1.0, "FP-3": np.nan})
    found = briefing(town_hotspots(1), reports(), MONTHS, focal_points=points(-50, -60, -70), last_met=days)
    said = found.spots["calls"].iloc[0]
    assert said.count("met today") == said.count("met 1 day ago") == said.count("no meeting logged") == 1


def test_a_focal_point_without_a_place_is_passed_over():
    near = points(10, 20)
    near.loc[0, "geometry"] = None
    assert briefing(town_hotspots(1), reports(), MONTHS, focal_points=near).calls["name"].tolist() == ["Place 2"]


def test_twenty_seven_focal_points_go_on_after_z():
    spots = pd.concat(
        [town_hotspots(1).assign(rank=i + 1).translate(0, 5000 * i).to_frame("geometry") for i in range(9)]
    )
    every = town_hotspots(1).loc[[0] * 9].assign(rank=range(1, 10)).set_geometry(spots.geometry.to_numpy())
    near = pd.concat(
        [points(10, 20, 30).translate(0, 5000 * i).to_frame("geometry").assign(name="x") for i in range(10)],
        ignore_index=True,
    ).assign(focal_point_id=lambda frame: [f"{i:02d}" for i in range(len(frame))])
    found = briefing(every, reports(), MONTHS, focal_points=gpd.GeoDataFrame(near, crs=27700), top=9)
    assert found.calls["mark"].tolist()[-3:] == ["Y", "Z", "AA"]


def test_only_the_first_are_told_and_the_order_of_rows_does_not_matter():
    spots, log, near = town_hotspots(3), reports(s1=(5, 20), s2=(4, 6)), points(10, 20, 30, 30)
    one = briefing(spots, log, MONTHS, focal_points=near, top=2)
    other = briefing(spots[::-1], log[::-1], MONTHS[::-1], focal_points=near[::-1], top=2)
    assert one.spots["rank"].tolist() == [1, 2]
    pd.testing.assert_frame_equal(one.spots, other.spots)
    pd.testing.assert_frame_equal(one.calls, other.calls)
    assert one.change == other.change


def test_nothing_at_all_is_a_briefing_too():
    found = briefing(town_hotspots(3).iloc[:0], reports().iloc[:0], [], focal_points=points(10))
    assert len(found.spots) == len(found.calls) == 0


def test_focal_points_in_degrees_are_refused():
    with pytest.raises(GeoError):
        briefing(town_hotspots(1), reports(), MONTHS, focal_points=points(10).to_crs(4326))


def gaps(*rows: tuple[int, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["rank", "subject", "level"])


WORDS = {"what": "anti-social behaviour", "where": "Ashford Vale"}


def test_the_headline_counts_only_hot_spots_beyond_chance():
    spots = town_hotspots(3, could_be_chance=[False, False, True])
    assert headline(spots, 105, **WORDS) == (
        "2 hot spots beyond chance in Ashford Vale hold 70 of 105 reports of anti-social behaviour (67%), "
        "High Street first."
    )
    assert headline(spots[:1], 105, **WORDS).startswith("1 hot spot beyond chance in Ashford Vale holds 40 of")
    assert headline(spots[2:], 105, **WORDS) == (
        "No hot spot beyond chance in Ashford Vale among 105 reports of anti-social behaviour."
    )


def test_the_headline_counts_each_gap_once_and_names_the_first():
    rows = gaps(
        (2, "Mill", "ward"), (1, "Roma residents", "community"), (3, "Mill", "ward"), (4, "The forum", "meeting")
    )
    said = headline(town_hotspots(1), 105, **WORDS, findings=rows)
    assert said.endswith("; the log shows a gap in contact with 1 community and 1 ward, Roma residents first.")
    none = headline(town_hotspots(1), 105, **WORDS, findings=rows.iloc[:0])
    assert none.endswith("; the log shows no gap in contact.")
