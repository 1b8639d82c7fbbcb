"""Felt unsafe beside reported: four verdicts, and words that let neither correct the other."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from conftest import SOUTH, WEST, make_incidents, make_wards

from geo.errors import GeoError
from geo.workshop.compare import BOTH, CAUTION, NOT_UNSAFE, ONLY_FELT, ONLY_REPORTED, compare

CRS = "EPSG:27700"
WARDS = make_wards("Acre", "Barley")


def at(x: float, y: float) -> shapely.Point:
    return shapely.Point(WEST + x, SOUTH + y)


def notes(*rows: tuple, **columns) -> gpd.GeoDataFrame:
    """Rows are (feeling, shape) or (feeling, shape, export)."""
    frame = gpd.GeoDataFrame(
        {"feeling": [row[0] for row in rows], "export": [row[2] if len(row) > 2 else 1 for row in rows]},
        geometry=[row[1] for row in rows],
        crs=CRS,
    )
    return frame.assign(**columns)


def spots(*places: tuple[float, float], **columns) -> gpd.GeoDataFrame:
    """Squares of 100 m round the places, ranked in this order."""
    ranks = range(1, len(places) + 1)
    return gpd.GeoDataFrame(
        {"rank": list(ranks), "name": [f"Spot {rank}" for rank in ranks], "incidents": [30] * len(places)},
        geometry=[at(*place).buffer(50, cap_style="square") for place in places],
        crs=CRS,
    ).assign(**columns)


FOUR = spots((200, 200), (800, 200), (1400, 200), (1900, 900))


def test_the_verdicts():
    said = notes(
        ("unsafe", at(200, 210)), ("safe", at(200, 190)), ("unsafe", at(220, 210), 2),
        ("safe", at(810, 200)), ("idea", at(1405, 205)), ("unsafe", at(600, 800)),
    )  # fmt: skip
    found = compare(said, FOUR)
    assert found.hotspots["verdict"].tolist() == [BOTH, NOT_UNSAFE, NOT_UNSAFE, ONLY_REPORTED]
    assert found.hotspots[["unsafe", "safe", "idea", "exports"]].values.tolist() == [
        [2, 1, 0, 2], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0],
    ]  # fmt: skip
    assert found.places[["place", "notes", "exports", "hotspots", "verdict"]].values.tolist() == [
        [1, 2, 2, "1", BOTH], [2, 1, 1, "", ONLY_FELT],
    ]  # fmt: skip
    assert (found.notes, found.exports) == ({"unsafe": 3, "safe": 2, "idea": 1}, 2)


def test_a_point_reaches_fifty_metres_and_no_farther():
    edge = 250  # the square of hot spot 1 ends there
    assert compare(notes(("unsafe", at(edge + 50, 200))), FOUR).hotspots["unsafe"][0] == 1
    assert compare(notes(("unsafe", at(edge + 50.1, 200))), FOUR).hotspots["unsafe"][0] == 0
    assert compare(notes(("unsafe", at(edge + 50.1, 200))), FOUR, reach_m=51).hotspots["unsafe"][0] == 1


def test_lines_and_areas_belong_to_what_they_touch():
    line = shapely.LineString([at(260, 200), at(260, 900)])  # 10 m beside it
    assert compare(notes(("unsafe", line)), FOUR).hotspots["unsafe"].tolist() == [0, 0, 0, 0]
    through = shapely.LineString([at(200, 200), at(820, 210)])
    found = compare(notes(("unsafe", through)), FOUR)
    assert found.hotspots["unsafe"].tolist() == [1, 1, 0, 0]
    assert found.places["hotspots"].tolist() == ["1;2"]
    area = shapely.box(*at(700, 100).coords[0], *at(1500, 300).coords[0])
    assert compare(notes(("safe", area)), FOUR).hotspots["safe"].tolist() == [0, 1, 1, 0]


def test_places_are_joined_counted_and_named():
    said = notes(("unsafe", at(600, 800)), ("unsafe", at(690, 800)), ("unsafe", at(1300, 800)))
    reports = make_incidents([(600.0, 849.0), (645.0, 800.0), (600.0, 851.0), (1300.0, 800.0)])
    found = compare(said, FOUR, incidents=reports, area=WARDS)
    assert found.places[["notes", "incidents", "ward_name"]].values.tolist() == [[2, 2, "Acre"], [1, 1, "Barley"]]
    assert "Acre: 2 notes, 2 reports; Barley: 1 note, 1 report" in " ".join(found.sentences)
    assert compare(said, FOUR).places["incidents"].isna().all()


def test_what_it_says():
    said = notes(("unsafe", at(200, 200)), ("safe", at(200, 200)), ("unsafe", at(600, 800)))
    text = " ".join(compare(said, FOUR).sentences)
    assert "3 notes from 1 export, 2 of them unsafe, in 2 places." in text
    assert "Felt unsafe and reported: 1 of 2 places (hot spot 1)." in text
    assert "unknown, not nothing" in text
    assert "nobody at the workshop marked it: 3 of 4 hot spots (hot spots 2, 3, 4). That does not make" in text
    assert "People differ: 1 hot spot marked as safe and as unsafe" in text
    assert text.endswith(CAUTION)


def test_hot_spots_that_chance_explains_are_only_counted():
    chance = FOUR.assign(could_be_chance=[False, True, True, False])
    text = " ".join(compare(notes(("unsafe", at(200, 200))), chance).sentences)
    assert "1 of 2 hot spots beyond chance (hot spot 4) and 2 of 2 that could be chance" in text


def test_a_wide_outline_is_named():
    town = shapely.box(*at(0, 0).coords[0], *at(1100, 1000).coords[0])
    assert "1 area of over 1 km²" in " ".join(compare(notes(("unsafe", town)), FOUR).sentences)


def test_nothing_on_one_side():
    none = compare(notes(), FOUR)
    assert none.sentences == ["No workshop notes in the study area."]
    assert (len(none.places), set(none.hotspots["verdict"])) == (0, {ONLY_REPORTED})
    alone = compare(notes(("unsafe", at(1, 1))), FOUR.iloc[:0])
    assert alone.places["verdict"].tolist() == [ONLY_FELT]
    assert len(alone.hotspots) == 0


def test_the_order_of_rows_changes_nothing_and_inputs_stay():
    said = notes(
        ("unsafe", at(200, 200)), ("unsafe", at(600, 800), 2), ("safe", at(800, 200)), ("unsafe", at(1300, 800), 3)
    )  # fmt: skip
    before = said.copy()
    one = compare(said, FOUR, area=WARDS)
    other = compare(said.iloc[::-1], FOUR.iloc[::-1], area=WARDS.iloc[::-1])
    assert one.as_record() == other.as_record()
    pd.testing.assert_frame_equal(pd.DataFrame(said), pd.DataFrame(before))


def test_the_record_holds_no_word_of_a_note():
    found = compare(notes(("unsafe", at(200, 200)), note="call Anna"), FOUR)
    assert "Anna" not in str(found.as_record())
    assert "geometry" not in found.as_record()["places"][0]


def test_faults_are_named():
    with pytest.raises(GeoError, match="reach"):
        compare(notes(), FOUR, reach_m=0)
    with pytest.raises(GeoError, match="Project both|in metres|metres"):
        compare(notes().to_crs("EPSG:32631"), FOUR)
