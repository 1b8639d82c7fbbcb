"""The study area, and incidents in it."""

from __future__ import annotations

import re

import geopandas as gpd
import pandas as pd
import pytest
from conftest import make_incidents, make_wards

from geo.area import area_name, assign_wards, likely_slip, select_area
from geo.crs import choose_metric_crs, describe_bounds, describe_position
from geo.errors import GeoError


@pytest.fixture
def wards():
    return make_wards("Acre", "Barley", "Clover")


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ((), ["Acre", "Barley", "Clover"]),
        (("farmland",), ["Acre", "Barley", "Clover"]),
        (("E07999999",), ["Acre", "Barley", "Clover"]),
        (("BARLEY",), ["Barley"]),
        (("E05990002", "acre"), ["Acre", "Clover"]),
    ],
)
def test_an_area_by_name_or_code(wards, names, found):
    assert select_area(wards, names)["ward_name"].tolist() == found


def test_an_unknown_area_names_those_that_come_close(wards):
    with pytest.raises(GeoError) as error:
        select_area(wards, ["barl"])
    assert str(error.value) == "--area barl: no ward or district has this name or code.\nThere are: Barley."


def test_a_ward_name_of_two_districts_asks_for_the_code(wards):
    twins = wards.assign(ward_name="Central")
    with pytest.raises(GeoError, match="several wards have this name"):
        select_area(twins, ["Central"])


def test_a_misspelt_area_and_several_in_one(wards):
    with pytest.raises(GeoError, match="There are: Clover."):
        select_area(wards, ["Clovre"])
    with pytest.raises(GeoError, match="Give --area once for each name."):
        select_area(wards, ["Acre, Barley"])
    with pytest.raises(GeoError, match="The file names no districts, only wards."):
        select_area(wards.assign(district_name=None), ["Farmland"])


def test_wards_on_top_of_each_other_are_refused(wards):
    wards.loc[2, "geometry"] = wards.geometry[1].buffer(-100)
    told = "Wards Barley (E05990001, Farmland) and Clover (E05990002, Farmland) overlap by 0.64 km²."
    with pytest.raises(GeoError, match=re.escape(told)):
        select_area(wards)
    assert len(select_area(wards, ["Acre", "Clover"])) == 2


def test_neighbours_drawn_a_little_into_each_other_are_wards(wards):
    wards["geometry"] = wards.buffer(5)
    assert len(select_area(wards)) == 3


def test_the_area_in_words(wards):
    assert area_name(wards, ()) == "Farmland"
    assert area_name(wards.iloc[:1], ("acre",)) == "Acre"
    assert area_name(wards.assign(district_name=None), ()) == "all 3 wards"
    many = pd.concat([wards] * 4, ignore_index=True)
    many = many.assign(district_name=[f"District {i}" for i in range(12)], ward_code=[f"E{i:08}" for i in range(12)])
    assert area_name(many, ()) == "12 districts of England"
    welsh = many.assign(ward_code=[f"{'EW'[i % 2]}{i:08}" for i in range(12)])
    assert area_name(welsh, ()) == "12 districts of England and Wales"
    assert area_name(many.assign(ward_code=[f"{i}" for i in range(12)]), ()) == "12 districts"


def test_points_on_a_shared_border_count_once_in_the_lower_code(wards):
    incidents = make_incidents([(1000, 500), (2000, 500), (500, 500), (5000, 500)])
    inside = assign_wards(incidents, wards.iloc[::-1])
    assert inside["ward_name"].tolist() == ["Acre", "Barley", "Acre"]
    pd.testing.assert_index_equal(inside.index, incidents.index[:3])


def test_no_overlap_says_where_each_lies(wards):
    with pytest.raises(GeoError) as error:
        assign_wards(make_incidents([(-200_000, 100_000), (-199_000, 100_500)]), wards)
    said = str(error.value)
    assert said.startswith("Wards and incidents do not overlap. Wards lie at 52.7")
    assert "km west-north" not in said
    assert "226 km west of them" not in said
    assert "km north-west of them." in said
    assert said.endswith("Is one of them the wrong file?")


def test_swapped_easting_and_northing_are_recognised(wards):
    incidents = make_incidents([(500, 500), (600, 400)])
    swapped = incidents.set_geometry(
        incidents.geometry.apply(lambda point: type(point)(point.y, point.x)), crs=incidents.crs
    )
    with pytest.raises(GeoError, match="Easting and northing look swapped .easting 320,500, northing 600,500"):
        assign_wards(swapped, wards)


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        (lambda x, y: (x / 1000, y / 1000), "kilometres"),
        (lambda x, y: (x // 10, y), "eastings without their last digit"),
        (lambda x, y: (x, y // 10), "northings without their last digit"),
        (lambda x, y: (x // 10, y // 10), "metres without their last digit"),
        (lambda x, y: (x % 100_000, y % 100_000), "metres without the first figure, that of the 100 km square"),
    ],
)
def test_a_slip_of_the_digits_is_named_where_the_wards_prove_it(wards, spoilt, said):
    incidents = make_incidents([(500, 500), (600, 400), (1500, 100)])
    moved = [spoilt(point.x, point.y) for point in incidents.geometry]
    spoilt_incidents = incidents.set_geometry(gpd.points_from_xy(*zip(*moved, strict=True)), crs=incidents.crs)
    assert likely_slip(spoilt_incidents, wards) == (said, 3)
    with pytest.raises(GeoError, match=f"The positions look like {said} .*: read so, 3 of 3 lie in the wards; as they"):
        assign_wards(spoilt_incidents, wards)
    assert likely_slip(make_incidents([(-200_000, 100_000)]), wards) == ("", 0)


def test_longitudes_without_their_sign_are_recognised():
    west = make_wards("Acre").translate(-100_000, 0)
    wards = make_wards("Acre").set_geometry(west)  # 0.2 W
    points = make_incidents([(-99_500, 500)] * 3)
    turned = points.to_crs(4326)
    east = gpd.GeoSeries(gpd.points_from_xy(-turned.geometry.x, turned.geometry.y), crs=4326).to_crs(points.crs)
    with pytest.raises(GeoError, match=r"The longitudes have lost their sign \(0\.\d{4} in the first incident\)"):
        assign_wards(points.set_geometry(east), wards)


def test_layers_in_two_systems_are_refused(wards):
    with pytest.raises(GeoError, match="Project both to one system"):
        assign_wards(make_incidents([(1, 1)]).to_crs("EPSG:32630"), wards)


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [(-0.42, 51.88, 27700), (-5.93, 54.6, 2157), (-1.55, 53.8, 27700), (-4.2, 57.5, 27700), (-5.2, 50.1, 27700)],
)
def test_the_plane_is_chosen_from_where_the_wards_lie(wards, lon, lat, code):
    import geopandas as gpd
    import shapely

    layer = gpd.GeoDataFrame(geometry=[shapely.Point(lon, lat).buffer(0.01)], crs="EPSG:4326")
    assert choose_metric_crs(layer).to_epsg() == code


def test_outside_the_united_kingdom_the_plane_must_be_named(wards):
    import geopandas as gpd
    import shapely

    chicago = gpd.GeoDataFrame(geometry=[shapely.Point(-87.63, 41.88).buffer(0.01)], crs="EPSG:4326")
    with pytest.raises(GeoError) as error:
        choose_metric_crs(chicago)
    assert "41.88 N, 87.63 W, outside the United Kingdom" in str(error.value)
    assert "--metric-crs" in str(error.value)


def test_positions_in_words(wards):
    assert describe_position(-0.42, 51.88) == "51.88 N, 0.42 W"
    assert describe_position(1.5, -3) == "3.00 S, 1.50 E"
    assert describe_bounds(wards).startswith("52.7")


@pytest.mark.parametrize(
    ("lon", "lat", "metres"),
    [
        (-1.5491, 53.8008, 999.64),
        (-0.42, 51.879, 999.78),
        (-5.051, 50.2632, 1000.21),
        (1.75, 52.475, 1000.43),
    ],
)
def test_a_kilometre_on_the_national_grid_is_a_kilometre(lon, lat, metres):
    """A geodesic of 1,000 m at azimuth 45 degrees, projected: the scale error stays under 0.05 %."""
    import geopandas as gpd
    import pyproj
    import shapely

    end = pyproj.Geod(ellps="WGS84").fwd(lon, lat, 45, 1000)
    line = gpd.GeoSeries([shapely.LineString([(lon, lat), end[:2]])], crs="EPSG:4326").to_crs("EPSG:27700")
    assert line.length.iloc[0] == pytest.approx(metres, abs=0.1)
