"""Places of other activity, to compare incidents with."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from conftest import SOUTH, WEST

from geo.errors import GeoError
from layers.activity import read_activity


def test_a_table_with_counts(tmp_path):
    path = tmp_path / "shops.csv"
    path.write_text(
        f"easting,northing,count\n{WEST + 10},{SOUTH + 20},30\n{WEST},{SOUTH},0\n{WEST},{SOUTH},many\n,,4\n"
        f"{WEST + 50},{SOUTH},-1\n{WEST + 70},{SOUTH},2.5\n",
        encoding="utf-8",
    )
    activity, report = read_activity(path)
    assert activity["other"].tolist() == [30, 2.5]
    assert activity.geometry.iloc[0] == shapely.Point(WEST + 10, SOUTH + 20)
    assert {part.reason: [row.row for row in part.rows] for part in report.set_aside} == {
        "a count of nothing": [3],
        "not a number": [4],
        "no position": [5],
        "a negative number": [6],
    }
    assert (report.read, report.used) == (6, 2)


def test_rows_without_a_count_stand_for_one(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("lon,lat\n-0.42,51.88\n-0.41,51.88\n", encoding="utf-8")
    activity, _ = read_activity(path)
    assert activity["other"].tolist() == [1, 1]
    assert activity.crs.to_epsg() == 27700


def test_of_an_area_the_middle_is_taken(tmp_path):
    box = shapely.box(WEST, SOUTH, WEST + 100, SOUTH + 50)
    layer = gpd.GeoDataFrame({"n": [7, 3]}, geometry=[box, None], crs="EPSG:27700")
    layer.to_file(tmp_path / "premises.gpkg", driver="GPKG")
    activity, report = read_activity(tmp_path / "premises.gpkg")
    assert activity["other"].tolist() == [7]
    assert activity.geometry.iloc[0].within(box)
    assert [(part.reason, part.count) for part in report.set_aside] == [("no position", 1)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name,count\nshop,4\n", "no columns with positions"),
        ("easting,northing,count\n600000,320000,0\n", "no usable row of 1"),
    ],
)
def test_what_cannot_be_used(tmp_path, text, problem):
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    with pytest.raises(GeoError, match=problem):
        read_activity(tmp_path / "a.csv")
