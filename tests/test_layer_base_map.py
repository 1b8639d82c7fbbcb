"""A background map from files at hand: what is background, of which kind, and what is set aside and why."""

from __future__ import annotations

import bz2
import gzip
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from conftest import degrees, make_wards
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import GeoError
from layers.background.base_map import read_base_map
from layers.background.rules import by_tags, kind_of_layer

AREA = make_wards("Acre")  # one square kilometre
OWN = gpd.GeoSeries([shapely.box(*AREA.total_bounds)], crs=AREA.crs)
WEST, SOUTH, *_ = AREA.total_bounds


def osm(*ways: tuple[str, list[tuple[float, float]]]) -> bytes:
    """OpenStreetMap XML of ways with tags ``k=v k=v`` through points in metres from the ward's south-west corner."""
    nodes, lines = [], []
    for tags, path in ways:
        refs = []
        closed = len(path) > 2 and path[0] == path[-1]
        for x, y in path[:-1] if closed else path:
            lon, lat = degrees(x, y)
            nodes.append(f'<node id="{len(nodes) + 1}" lat="{lat}" lon="{lon}" version="1"/>')
            refs.append(len(nodes))
        refs += refs[:1] if closed else []
        inside = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        inside += "".join('<tag k="{}" v="{}"/>'.format(*tag.split("=")) for tag in tags.split())
        lines.append(f'<way id="{len(lines) + 1}" version="1">{inside}</way>')
    return f'<?xml version="1.0"?><osm version="0.6">{"".join(nodes + lines)}</osm>'.encode()


def square(x: float, y: float, size: float) -> list[tuple[float, float]]:
    return [(x, y), (x + size, y), (x + size, y + size), (x, y + size), (x, y)]


TOWN = osm(
    ("highway=primary", [(100, 100), (900, 100)]),
    ("highway=residential", [(100, 200), (900, 200)]),
    ("highway=footway", [(100, 300), (900, 300)]),
    ("highway=footway footway=sidewalk", [(100, 210), (900, 210)]),
    ("highway=primary tunnel=yes", [(100, 400), (900, 400)]),
    ("railway=rail", [(100, 500), (900, 500)]),
    ("railway=rail service=siding", [(100, 510), (900, 510)]),
    ("waterway=stream", [(100, 600), (900, 600)]),
    ("leisure=park", square(100, 700, 200)),
    ("natural=water", square(500, 700, 100)),
    ("highway=proposed", [(100, 950), (900, 950)]),
)
FOUND = {"parks": 1, "water": 2, "paths": 1, "streets": 2, "rail": 1}


def counts(layers: dict[str, gpd.GeoDataFrame]) -> dict[str, int]:
    return {kind: len(layer) for kind, layer in layers.items()}


@pytest.fixture
def town(tmp_path: Path) -> Path:
    (tmp_path / "town.osm").write_bytes(TOWN)
    return tmp_path / "town.osm"


def test_openstreetmap_by_its_tags(town):
    layers, report = read_base_map([town], area=AREA)
    assert counts(layers) == FOUND
    assert layers["streets"]["rank"].tolist() == [1, 3]
    assert layers["water"]["rank"].tolist() == [1, 2]
    aside = {part.reason: part.count for part in report.set_aside}
    assert aside["in tunnels"] == 1
    assert aside["pavements and crossings, which lie along the streets"] == 1
    assert report.used == 7
    assert report.attribution == ["Background map: © OpenStreetMap contributors, ODbL."]


def test_shapes_lie_where_they_are(town):
    layers, _ = read_base_map([town], area=AREA)
    [park] = layers["parks"].geometry
    assert park.area == pytest.approx(40_000, rel=1e-3)
    assert layers["streets"].geometry.iloc[0].length == pytest.approx(800, abs=0.5)
    assert layers["streets"].crs == AREA.crs


@pytest.mark.parametrize(("name", "pack"), [("town.osm.gz", gzip.compress), ("town.osm.bz2", bz2.compress)])
def test_packed_files_give_the_same(town, tmp_path, name, pack):
    (tmp_path / name).write_bytes(pack(TOWN))
    packed, _ = read_base_map([tmp_path / name], area=AREA)
    plain, _ = read_base_map([town], area=AREA)
    assert counts(packed) == counts(plain)


def test_a_folder_gives_what_its_files_give_in_any_order(town, tmp_path):
    (tmp_path / "more.osm").write_bytes(osm(("highway=primary", [(50, 50), (60, 900)])))
    both, report = read_base_map([tmp_path], area=AREA)
    other, _ = read_base_map([tmp_path / "town.osm", tmp_path / "more.osm"], area=AREA)
    assert counts(both)["streets"] == 3
    assert len(report.files) == 2
    for kind in both:
        assert both[kind].equals(other[kind])


def test_lines_end_250_m_outside_and_what_lies_further_is_set_aside(tmp_path):
    path = tmp_path / "wide.osm"
    path.write_bytes(
        osm(("highway=primary", [(500, 500), (5000, 500)]), ("highway=primary", [(3000, 0), (3000, 1000)]))
    )
    layers, report = read_base_map([path], area=AREA)
    [line] = layers["streets"].geometry
    assert line.bounds[2] - WEST == pytest.approx(1250, abs=5)
    assert report.used == 1


@pytest.mark.parametrize(
    ("name", "kind", "rank"),
    [
        ("roads_national", "streets", [1]), ("roads_local", "streets", [3]), ("Greenspace", "parks", [1]),
        ("gis_osm_railways_free_1", "rail", [1]), ("TL_SurfaceWater_Area", "water", [1]), ("footpaths", "paths", [1]),
    ],
)  # fmt: skip
def test_a_file_is_known_by_its_name(tmp_path, name, kind, rank):
    own = gpd.GeoDataFrame(geometry=[shapely.box(WEST + 100, SOUTH + 100, WEST + 300, SOUTH + 300)], crs=AREA.crs)
    if kind not in ("parks", "water"):
        own["geometry"] = own.geometry.boundary
    own.to_file(tmp_path / f"{name}.gpkg", driver="GPKG")
    layers, report = read_base_map([tmp_path / f"{name}.gpkg"], area=AREA)
    assert list(layers) == [kind]
    assert layers[kind]["rank"].tolist() == rank
    # an owner is named, or the user is told that none is
    assert report.attribution or "says whose data it is" in report.warnings[0]


def test_the_class_of_a_road_is_in_its_column(tmp_path):
    line = shapely.LineString([(WEST + 10, SOUTH + 10), (WEST + 900, SOUTH + 10)])
    own = gpd.GeoDataFrame(
        {"road_classification": ["Motorway", "B Road", "Unclassified", "Restricted Local Access Road"]},
        geometry=[shapely.affinity.translate(line, 0, 10 * i) for i in range(4)], crs=AREA.crs,
    )  # fmt: skip
    own.to_file(tmp_path / "road_link.gpkg", driver="GPKG")
    layers, report = read_base_map([tmp_path / "road_link.gpkg"], area=AREA)
    assert layers["streets"]["rank"].tolist() == [1, 2, 3, 4]
    assert "Crown copyright" in report.attribution[0]


def test_layers_of_a_geopackage_that_are_no_background_are_named(tmp_path):
    path = tmp_path / "local.gpkg"
    line = gpd.GeoDataFrame(geometry=[shapely.LineString([(WEST, SOUTH), (WEST + 900, SOUTH)])], crs=AREA.crs)
    for name in ("streets", "boundaries"):
        line.to_file(path, layer=name, driver="GPKG")
    layers, report = read_base_map([path], area=AREA)
    assert counts(layers) == {"streets": 1}
    assert report.choices == ["local.gpkg: 1 layer not drawn (boundaries)."]
    with pytest.raises(GeoError, match="nothing says what of a background it is"):
        read_base_map([f"{path}::boundaries"], area=AREA)
    with pytest.raises(GeoError, match="no layer 'rivers'"):
        read_base_map([f"{path}::rivers"], area=AREA)


def test_a_zipped_shapefile(tmp_path):
    line = gpd.GeoDataFrame(
        {"fclass": ["primary"]}, geometry=[shapely.LineString([(WEST, SOUTH), (WEST + 900, SOUTH)])]
    )
    line.set_crs(AREA.crs).to_file(tmp_path / "roads.shp")
    with zipfile.ZipFile(tmp_path / "county.zip", "w") as archive:
        for part in tmp_path.glob("roads.*"):
            archive.write(part, part.name)
    layers, report = read_base_map([tmp_path / "county.zip"], area=AREA)
    assert counts(layers) == {"streets": 1}
    assert "OpenStreetMap" in report.attribution[0]


def test_broken_shapes_are_set_aside_and_crossed_ones_mended(tmp_path):
    bow = shapely.Polygon(
        [(WEST + 10, SOUTH + 10), (WEST + 210, SOUTH + 210), (WEST + 210, SOUTH + 10), (WEST + 10, SOUTH + 210)]
    )
    own = gpd.GeoDataFrame(geometry=[bow], crs=AREA.crs)
    own.to_file(tmp_path / "parks.gpkg", driver="GPKG")
    layers, _ = read_base_map([tmp_path / "parks.gpkg"], area=AREA)
    assert layers["parks"].geometry.is_valid.all()
    assert layers["parks"].area.sum() == pytest.approx(20_000)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.osm", TOWN[:900]), ("a.osm.gz", gzip.compress(TOWN)[:200]), ("a.osm.bz2", b"BZh91AY&SYxx"),
     ("a.geojson", b"{"), ("a.csv", b"x,y\n1,2\n"), ("a.osm", b""), ("a.zip", b"PK\x03\x04nothing")],
)  # fmt: skip
def test_a_file_that_is_damaged_or_no_map_says_so(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(GeoError) as error:
        read_base_map([tmp_path / name], area=AREA)
    assert name in str(error.value)


def test_nothing_of_the_area_and_no_file_are_errors(town, tmp_path):
    with pytest.raises(GeoError, match="holds nothing of the study area"):
        read_base_map([town], area=AREA.assign(geometry=AREA.translate(50_000, 0)))
    with pytest.raises(GeoError):
        read_base_map([tmp_path / "none.osm"], area=AREA)
    with pytest.raises(GeoError):
        read_base_map([town], area=AREA.to_crs(4326))


@given(st.lists(st.sampled_from("streets roads_national water park rail buildings names xyz ward".split()), max_size=3))
def test_a_name_is_background_only_as_a_whole(parts):
    """``streets`` is; ``streets_buildings`` is not: half a name would draw what nobody asked for."""
    if len(parts) > 1:
        assert kind_of_layer("_x_".join(parts)) is None


def test_a_tunnel_of_any_spelling_is_left_out_and_an_open_road_is_not():
    rows = gpd.pd.DataFrame(
        {"highway": "primary", "tunnel": ["yes", "T", "building_passage", "no", "F", "0", None, ""]}
    )
    assert by_tags(rows)["kind"].isna().tolist() == [True, True, True, False, False, False, False, False]


@pytest.mark.parametrize(
    ("name", "area", "least"),
    [
        ("leeds_cycleway.osm.gz", (430_600, 433_400, 431_000, 433_900), {"streets": 100, "paths": 50}),
        ("its-example_leeds.osm.pbf", (428_000, 433_000, 431_500, 436_000), {"streets": 50, "paths": 50}),
    ],
)
def test_extracts_of_leeds(shared_data, name, area, least):
    wards = gpd.GeoDataFrame({"ward_code": ["E0"]}, geometry=[shapely.box(*area)], crs=27700)
    layers, report = read_base_map([shared_data / "osm_networks_small" / name], area=wards)
    for kind, number in least.items():
        assert len(layers[kind]) >= number
    assert report.files[0].rows == report.used + sum(part.count for part in report.set_aside)


def named(*names: str | None) -> gpd.GeoDataFrame:
    lines = [shapely.LineString([(WEST, SOUTH + 50 * i), (WEST + 900, SOUTH + 50 * i)]) for i in range(len(names))]
    return gpd.GeoDataFrame({"name": list(names)}, geometry=lines, crs=AREA.crs)


@pytest.mark.parametrize(
    "ending", ["geojson", "gpkg", "kml", "parquet", "geojson.gz", "gpkg.gz", "kml.gz", "parquet.gz"]
)
def test_streets_of_any_kind_and_their_names(tmp_path, ending):
    kind, packed = ending.removesuffix(".gz"), ending.endswith(".gz")
    path = tmp_path / f"streets.{kind}"
    streets = named("Mill Road", "Mill  Road\n", None)
    if kind == "parquet":
        streets.to_parquet(path)
    else:
        driver = {"geojson": "GeoJSON", "gpkg": "GPKG", "kml": "KML"}[kind]
        (streets if kind == "gpkg" else streets.to_crs(4326)).to_file(path, driver=driver)
    if packed:
        path = Path(f"{path}.gz")
        path.write_bytes(gzip.compress(path.with_suffix("").read_bytes()))
        path.with_suffix("").unlink()
    layers, _ = read_base_map([path], area=AREA)
    assert counts(layers) == {"streets": 3}
    assert sorted(name or "" for name in layers["streets"]["name"]) == ["", "Mill Road", "Mill Road"]


def test_geojson_in_memory_without_a_name_of_its_own(tmp_path):
    path = tmp_path / "roads.geojson.gz"
    path.write_bytes(gzip.compress(named("A").to_crs(4326).to_json().encode()))
    assert counts(read_base_map([path], area=AREA)[0]) == {"streets": 1}
    path = tmp_path / "wards.geojson.gz"
    path.write_bytes(gzip.compress(named("A").to_crs(4326).to_json().encode()))
    with pytest.raises(GeoError, match=r"nothing says what of a background it is \(wards\)"):
        read_base_map([path], area=AREA)


def test_lines_of_which_nothing_is_told_are_streets_and_that_is_said(tmp_path):
    path = tmp_path / "luton_export.geojson"
    named("A", "B").to_crs(4326).to_file(path)
    layers, report = read_base_map([path], area=AREA)
    assert counts(layers) == {"streets": 2}
    assert report.choices == ["luton_export.geojson: nothing says what its lines are; they are drawn as streets."]
    # beside other layers only where the project calls the file its streets
    path = tmp_path / "town.gpkg"
    named("A").to_file(path, layer="export_1")
    gpd.GeoDataFrame(geometry=[OWN[0]], crs=AREA.crs).to_file(path, layer="export_2")
    with pytest.raises(GeoError, match="nothing says"):
        read_base_map([path], area=AREA)
    assert counts(read_base_map([], area=AREA, streets=[path])[0]) == {"streets": 1}


def test_places_parks_and_streets_keep_their_names(tmp_path):
    places = "".join(
        f'<node id="9{i}" lat="{lat}" lon="{lon}" version="1"><tag k="name" v="{name}"/>'
        f'<tag k="{key}" v="{value}"/></node>'
        for i, (key, value, name, (lon, lat)) in enumerate([
            ("place", "suburb", "Northfield", degrees(500, 500)),
            ("railway", "station", "Acre Station", degrees(100, 500)),
            ("amenity", "school", "Mill School", degrees(810, 810)),
            ("amenity", "bench", "In memory of Jo Example", degrees(300, 300)),
            ("place", "suburb", "Far away", degrees(90_000, 500)),
        ])
    )  # fmt: skip
    ways = osm(
        ("highway=residential name=Mill_Road", [(100, 200), (900, 200)]),
        ("leisure=park name=Acre_Park", square(100, 700, 200)),
        ("amenity=school name=Mill_School", square(800, 800, 20)),
        ("amenity=school", square(400, 800, 20)),
    ).decode()
    path = tmp_path / "town.osm"
    text = ways.replace("_Road", " Road").replace("_Park", " Park").replace("_School", " School")
    path.write_text(text.replace('<osm version="0.6">', f'<osm version="0.6">{places}'), "utf-8")
    layers, report = read_base_map([path], area=AREA)
    assert counts(layers) == {"streets": 1, "parks": 1, "places": 3}
    assert layers["places"][["rank", "name"]].sort_values("name").values.tolist() == [
        [1, "Acre Station"],
        [3, "Mill School"],  # mapped as a point and as its grounds: once
        [1, "Northfield"],
    ]
    assert set(layers["places"].geom_type) == {"Point"}
    assert (layers["streets"]["name"][0], layers["parks"]["name"][0]) == ("Mill Road", "Acre Park")
    assert report.read >= report.used


def test_names_of_ordnance_survey(tmp_path):
    path = tmp_path / "zoomstack.gpkg"
    points = gpd.GeoDataFrame(
        {"name1": ["Acre", "Mill Hospital", None], "type": ["Suburban Area", "Medical Care", "Town"]},
        geometry=[shapely.Point(WEST + x, SOUTH + 500) for x in (100, 500, 900)],
        crs=AREA.crs,
    )
    points.to_file(path, layer="names")
    named("Mill Road").assign(type="Local").to_file(path, layer="roads_local")
    layers, report = read_base_map([path], area=AREA)
    assert counts(layers) == {"streets": 1, "places": 2}
    assert dict(zip(layers["places"]["name"], layers["places"]["rank"], strict=True)) == {"Acre": 1, "Mill Hospital": 2}
    assert report.attribution == [
        "Background map: contains OS data © Crown copyright and database right, Open Government Licence v3.0."
    ]


def test_the_projects_own_streets_ask_for_no_owner(tmp_path):
    path = tmp_path / "streets.geojson"
    named("A").to_crs(4326).to_file(path)
    assert read_base_map([path], area=AREA)[1].warnings
    assert not read_base_map([], area=AREA, streets=[path])[1].warnings
