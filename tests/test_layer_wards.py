"""Wards of every vintage and format."""

from __future__ import annotations

import gzip
import json
import shutil
import zipfile

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from conftest import make_wards

from geo.errors import GeoError
from layers.wards import read_wards


@pytest.fixture
def wards():
    return make_wards("Acre", "Barley", "Clover")


def ons(wards, year="25", district=True):
    names = {"ward_code": f"WD{year}CD", "ward_name": f"WD{year}NM"}
    names |= {"district_code": f"LAD{year}CD", "district_name": f"LAD{year}NM"} if district else {}
    renamed = wards.rename(columns=names)
    return renamed[[*names.values(), "geometry"]]


def assert_three_wards(found):
    assert found["ward_name"].tolist() == ["Acre", "Barley", "Clover"]
    assert found.crs.to_epsg() == 27700
    assert found.area.tolist() == pytest.approx([1e6] * 3, rel=1e-4)


@pytest.mark.parametrize("form", ["geojson", "geojson.gz", "gpkg", "shp", "zip", "parquet", "topojson", "kml"])
def test_every_format(wards, tmp_path, form):
    path = tmp_path / f"wards.{form}"
    layer = ons(wards)
    if form == "parquet":
        layer.to_parquet(path)
    elif form == "gpkg":
        layer.to_file(path, layer="wards")
    elif form in ("shp", "zip"):
        layer.to_file(tmp_path / "wards.shp")
        if form == "zip":
            with zipfile.ZipFile(path, "w") as archive:
                for part in tmp_path.glob("wards.*"):
                    if part != path:
                        archive.write(part, f"folder/{part.name}")
    elif form == "topojson":
        path.write_text(json.dumps(as_topojson(layer.to_crs("EPSG:4326"))))
    elif form == "kml":
        layer.rename(columns={"WD25NM": "ward_name", "WD25CD": "ward_code"}).to_crs("EPSG:4326").to_file(
            path, driver="KML"
        )
    else:
        plain = tmp_path / "wards.geojson"
        layer.to_crs("EPSG:4326").to_file(plain)
        if form.endswith(".gz"):
            path.write_bytes(gzip.compress(plain.read_bytes()))
    found, report = read_wards(path)
    assert_three_wards(found)
    assert (report.read, report.used) == (3, 3)
    if form == "topojson":
        assert "TopoJSON names no coordinate system" in report.choices[0]


def as_topojson(layer):
    """One arc a ward, unquantised: enough of the format to be one."""
    arcs, shapes = [], []
    for number, row in enumerate(layer.itertuples()):
        arcs.append([list(point) for point in row.geometry.exterior.coords])
        properties = {name: getattr(row, name) for name in ("WD25CD", "WD25NM", "LAD25NM")}
        shapes.append({"type": "Polygon", "arcs": [[number]], "properties": properties})
    return {
        "type": "Topology",
        "objects": {"wards": {"type": "GeometryCollection", "geometries": shapes}},
        "arcs": arcs,
    }


@pytest.mark.parametrize(
    ("columns", "district"),
    [
        (("WD13CD", "WD13NM", None), None),
        (("wd22cd", "wd22nm", "lad22nm"), "Farmland"),
        (("WD24CD", "WD24NM", "LAD24NM"), "Farmland"),
        (("area_code", "area_name", None), None),
        (("gss_code", "ward", "borough"), "Farmland"),
        (("ward_code", "ward_name", "district_name"), "Farmland"),
        (("FID_1", "LABELNM", None), None),
    ],
)
def test_every_vintage_of_column_names(wards, tmp_path, columns, district):
    code, name, lad = columns
    layer = wards.rename(columns={"ward_code": code, "ward_name": name} | ({"district_name": lad} if lad else {}))
    layer = layer[[code, name, *([lad] if lad else []), "geometry"]]
    layer.to_file(tmp_path / "wards.gpkg")
    found, _ = read_wards(tmp_path / "wards.gpkg")
    assert_three_wards(found)
    assert found["ward_code"].tolist() == ["E05990000", "E05990001", "E05990002"]
    assert found["district_name"].dropna().unique().tolist() == ([district] if district else [])


def test_the_year_is_reported_and_a_mix_is_a_warning(wards, tmp_path):
    ons(wards.iloc[:1], "25").to_file(tmp_path / "a.gpkg")
    ons(wards.iloc[1:2], "25").to_file(tmp_path / "b.gpkg")
    ons(wards.iloc[2:], "22").to_file(tmp_path / "c.gpkg")
    found, report = read_wards([tmp_path / "a.gpkg", tmp_path / "b.gpkg"])
    assert len(found) == 2
    assert report.choices == ["Ward boundaries of 2025 (from the column names)."]
    assert report.warnings == []
    found, report = read_wards(tmp_path)
    assert_three_wards(found)
    assert report.warnings == [
        "1 of 3 files are 2022 wards (c.gpkg); the rest are 2025. Boundaries and codes of different years differ."
    ]


def test_the_same_ward_in_two_files_counts_once(wards, tmp_path):
    ons(wards, "25").to_file(tmp_path / "b.gpkg")
    nearly = wards.iloc[:1].copy()
    nearly["geometry"] = nearly.buffer(-5)
    ons(nearly, "22").to_file(tmp_path / "a.gpkg")
    found, report = read_wards(tmp_path)
    assert_three_wards(found)
    assert [(part.reason, part.count) for part in report.set_aside] == [("the same ward again", 1)]


def test_one_code_for_two_places_is_refused(wards, tmp_path):
    ons(wards, "25").to_file(tmp_path / "a.gpkg")
    moved = wards.iloc[:1].copy()
    moved["geometry"] = moved.translate(700, 0)
    ons(moved, "25").to_file(tmp_path / "b.gpkg")
    with pytest.raises(GeoError, match=r"ward E05990000 .Acre. has two different boundaries"):
        read_wards(tmp_path)


def test_a_layer_is_named_with_two_colons(wards, tmp_path):
    path = tmp_path / "many.gpkg"
    ons(wards).to_file(path, layer="wards")
    ons(wards.iloc[:1]).to_file(path, layer="draft")
    with pytest.raises(GeoError, match=r"several layers .wards, draft..\nSay which, as many.gpkg::wards"):
        read_wards(path)
    found, _ = read_wards(f"{path}::draft")
    assert len(found) == 1
    with pytest.raises(GeoError, match="no layer 'other'.\nIt holds: wards, draft"):
        read_wards(f"{path}::other")


def test_invalid_boundaries_are_repaired_and_named(wards, tmp_path):
    bow = shapely.Polygon([(600_000, 320_000), (601_000, 321_000), (601_000, 320_000), (600_000, 321_000)])
    wards.loc[0, "geometry"] = bow
    ons(wards).to_file(tmp_path / "wards.gpkg")
    found, report = read_wards(tmp_path / "wards.gpkg")
    assert found.is_valid.all()
    assert found.area.iloc[0] == pytest.approx(5e5)
    assert any(
        choice.startswith("1 invalid boundary repaired (E05990000; area changed by") for choice in report.choices
    )


def test_what_is_no_polygon_is_set_aside(wards, tmp_path):
    mixed = pd.concat([wards, wards.iloc[:1].assign(ward_code="E05990009", geometry=[shapely.Point(1, 1)])])
    ons(gpd.GeoDataFrame(mixed, crs=wards.crs)).to_crs("EPSG:4326").to_file(tmp_path / "wards.geojson")
    found, report = read_wards(tmp_path / "wards.geojson")
    assert_three_wards(found)
    assert report.faults()[["row", "reason", "value"]].values.tolist() == [[4, "not a polygon", "Point"]]


def test_a_page_of_the_portal_looks_cut_off(tmp_path):
    many = gpd.GeoDataFrame(
        {"WD25CD": [f"E05{i:06d}" for i in range(1000)], "WD25NM": "x"},
        geometry=[shapely.box(600_000 + i, 320_000, 600_001 + i, 320_001) for i in range(1000)],
        crs="EPSG:27700",
    )
    many.to_file(tmp_path / "wards.gpkg")
    _, report = read_wards(tmp_path / "wards.gpkg")
    assert "exactly 1,000 features" in report.warnings[0]


@pytest.mark.parametrize("looks", ["degrees", "metres"])
def test_no_coordinate_system_is_said_with_a_guess(wards, tmp_path, looks):
    layer = ons(wards.to_crs("EPSG:4326") if looks == "degrees" else wards)
    layer.to_file(tmp_path / "wards.shp")
    (tmp_path / "wards.prj").unlink()
    guess = {"degrees": ("longitude and latitude", "EPSG:4326"), "metres": ("British National Grid", "EPSG:27700")}[
        looks
    ]
    with pytest.raises(GeoError) as error:
        read_wards(tmp_path / "wards.shp")
    assert "no coordinate reference system (a shapefile needs its .prj file beside it)" in str(error.value)
    assert f"its numbers look like {guess[0]}" in str(error.value)
    assert f"--wards-crs {guess[1]}" in str(error.value)
    found, _ = read_wards(tmp_path / "wards.shp", crs=guess[1])
    assert_three_wards(found)
    with pytest.raises(GeoError, match="--wards-crs EPSG:1: no such coordinate system"):
        read_wards(tmp_path / "wards.shp", crs="EPSG:1")


def test_geojson_in_metres_without_saying_so_is_refused(wards, tmp_path):
    root = json.loads(ons(wards).to_json())
    root.pop("crs", None)
    (tmp_path / "wards.geojson").write_text(json.dumps(root))
    with pytest.raises(GeoError, match="its numbers look like British National Grid"):
        read_wards(tmp_path / "wards.geojson")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\n\n  <!DOCTYPE html>\n<html>", "this is a web page, not data (it starts with <!DOCTYPE html>)."),
        (b"", "the file is empty."),
        (b"{", "not valid JSON at line 1."),
        (b'{"a": 1}', "JSON, but not GeoJSON or TopoJSON."),
        (b'{"type": "FeatureCollection", "features": []}', "it holds no features."),
        (b"%PDF-1.4", "this is a pdf file, which cannot be used here."),
        (b"hello", "this is a text file"),
    ],
)
def test_messages_about_files(tmp_path, content, message):
    path = tmp_path / "wards.geojson"
    path.write_bytes(content)
    with pytest.raises(GeoError) as error:
        read_wards(path)
    assert str(error.value).startswith(f"{path}: {message}")


def test_no_names_and_no_polygons(wards, tmp_path):
    wards[["geometry"]].assign(a=1.5).to_file(tmp_path / "bare.gpkg")
    with pytest.raises(
        GeoError, match="no column with ward codes or names.\nFound: a. Name them under .columns.wards."
    ):
        read_wards(tmp_path / "bare.gpkg")
    points = ons(wards)
    points["geometry"] = points.centroid
    points.to_file(tmp_path / "points.gpkg")
    with pytest.raises(GeoError, match="no ward polygon in it .3 features read."):
        read_wards(tmp_path / "points.gpkg")
    (tmp_path / "empty").mkdir()
    with pytest.raises(GeoError, match="no map file in this folder"):
        read_wards(tmp_path / "empty")


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ([[[1.3, 52.7], [1.4, 52.7], [1.3, 52.7], [1.3, 52.7]]], "not a polygon"),
        ([[[1.3, 52.7], [1.4, None], [1.4, 52.8], [1.3, 52.7]]], "not a polygon"),
    ],
)
def test_broken_shapes_are_set_aside(wards, tmp_path, shape, reason):
    root = json.loads(ons(wards).to_crs("EPSG:4326").to_json())
    root["features"][0]["geometry"] = {"type": "Polygon", "coordinates": shape}
    (tmp_path / "wards.geojson").write_text(json.dumps(root))
    found, report = read_wards(tmp_path / "wards.geojson")
    assert found["ward_name"].tolist() == ["Barley", "Clover"]
    assert [part.reason for part in report.set_aside] == [reason]


def test_no_usable_shape_at_all(tmp_path):
    (tmp_path / "a.geojson").write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":null}]}'
    )
    with pytest.raises(GeoError, match="(none of its 1 features has a usable shape|a table without any shapes)"):
        read_wards(tmp_path / "a.geojson")
    (tmp_path / "b.geojson").write_text("[" * 100_000)
    with pytest.raises(GeoError, match="b.geojson: not valid JSON"):
        read_wards(tmp_path / "b.geojson")


def test_census_areas_are_not_wards(shared_data):
    _, report = read_wards(shared_data / "luton_beds_wards_vintages" / "lsoa21_E06000032.geojson")
    assert any("census areas" in warning for warning in report.warnings)


def test_an_archive_without_or_with_several_maps(wards, tmp_path):
    with zipfile.ZipFile(tmp_path / "none.zip", "w") as archive:
        archive.writestr("readme.txt", "x")
    with pytest.raises(GeoError, match="no map file in this archive .readme.txt."):
        read_wards(tmp_path / "none.zip")
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.geojson", "x")
        archive.writestr("b.geojson", "x")
    with pytest.raises(GeoError, match="several map files in this archive .a.geojson, b.geojson."):
        read_wards(tmp_path / "two.zip")


def test_attribution_only_for_boundaries_of_the_ons(wards, tmp_path):
    ons(wards).to_file(tmp_path / "ons.gpkg")
    wards.to_file(tmp_path / "own.gpkg")
    assert any("Office for National Statistics" in line for line in read_wards(tmp_path / "ons.gpkg")[1].attribution)
    assert read_wards(tmp_path / "own.gpkg")[1].attribution == []


# --- real data -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "count", "year"),
    [
        ("wards_2025_E06000032.geojson", 20, "2025"),
        ("wards_2013_E06000032.geojson", 19, "2013"),
        ("wards_2013_E06000032.topojson", 19, "2013"),
        ("wards_2013_E06000056.topojson", 31, "2013"),
    ],
)
def test_bedfordshire_vintages(shared_data, name, count, year):
    found, report = read_wards(shared_data / "luton_beds_wards_vintages" / name)
    assert len(found) == count
    assert any(f"Ward boundaries of {year}" in choice for choice in report.choices)


def test_topojson_and_geojson_twins_agree(shared_data):
    folder = shared_data / "luton_beds_wards_vintages"
    plain, _ = read_wards(folder / "wards_2013_E06000032.geojson")
    topo, _ = read_wards(folder / "wards_2013_E06000032.topojson")
    shared = plain.geometry.intersection(topo.geometry).area / plain.geometry.union(topo.geometry).area
    assert plain["ward_code"].tolist() == topo["ward_code"].tolist()
    assert (shared > 0.95).all()


def test_lancashire_wards_are_already_metric(shared_data):
    found, _ = read_wards(shared_data / "lancashire_asb_2022" / "lancashire_wards.gpkg")
    assert len(found) == 271
    assert found.crs.to_epsg() == 27700


def test_some_districts_of_a_mixed_folder(shared_data, tmp_path):
    for name in ("E07000246", "E08000016", "E06000032"):
        shutil.copy(shared_data / "ew_wards_2025_geojson" / f"{name}.geojson.gz", tmp_path)
    found, report = read_wards(tmp_path)
    assert len(found) == 15 + 21 + 20
    assert report.warnings[0].startswith("1 of 3 files are 2025 wards") or report.warnings[0].startswith("2 of 3 files")


def test_a_web_page_saved_as_geojson(shared_data):
    with pytest.raises(GeoError, match="this is a web page, not data .it starts with <!DOCTYPE html>.") as error:
        read_wards(shared_data / "messy_uk" / "wards_actually_html.geojson")
    assert error.value.hint == 'Download it again with the "raw" or "download" link.'


def test_a_name_of_its_own_wins_over_one_that_areas_share(tmp_path):
    wards = make_wards("Acre", "Barley", "Croft").rename(columns={"ward_name": "NOMBRE"})
    wards = wards[["NOMBRE", "geometry"]].assign(SECTOR=["1", "1", "2"])
    wards.to_file(tmp_path / "w.gpkg")
    found, _ = read_wards(tmp_path / "w.gpkg")
    assert found["ward_name"].tolist() == found["ward_code"].tolist() == ["Acre", "Barley", "Croft"]


def test_neighbourhoods_of_police_uk_come_as_a_zip_of_kml(tmp_path):
    for name in ("TN01", "TN02"):
        wards = make_wards("Acre", "Barley")[["geometry"]].iloc[[int(name[-1]) - 1]]
        wards.to_crs(4326).to_file(tmp_path / f"{name}.kml", driver="KML")
    with zipfile.ZipFile(tmp_path / "areas.zip", "w") as archive:
        for file in sorted(tmp_path.glob("*.kml")):
            archive.write(file, f"bedfordshire/{file.name}")
    found, report = read_wards(tmp_path / "areas.zip")
    assert found["ward_code"].tolist() == ["TN01", "TN02"]
    assert len(report.files) == 2


@pytest.mark.parametrize(
    ("crs", "heading", "written", "mark"),
    [
        (27700, "WKT", lambda shape: shape.wkt, ","),
        (4326, "the_geom", lambda shape: shape.wkt, ";"),
        (3857, "geometry", lambda shape: shape.wkt, "\t"),
        (27700, "geom", lambda shape: f"SRID=27700;{shape.wkt}", ","),
        (32631, "geom", lambda shape: shapely.to_wkb(shapely.set_srid(shape, 32631), hex=True, include_srid=True), ","),
        (27700, "shape", lambda shape: shapely.segmentize(shape, 0.1).wkt, ","),  # longer than any heading may be
    ],
)
def test_a_table_with_shapes_in_text_is_a_map(wards, tmp_path, crs, heading, written, mark):
    layer = ons(wards).to_crs(crs)
    table = pd.DataFrame(layer.drop(columns="geometry")).assign(**{heading: [written(one) for one in layer.geometry]})
    (tmp_path / "wards.csv").write_text("Wards of the district\n" + table.to_csv(index=False, sep=mark))
    found, report = read_wards(tmp_path / "wards.csv")
    assert_three_wards(found)
    assert any(f"{heading} holds the shapes, as text" in one for one in report.choices)
    assert any("are read as EPSG:" in one for one in report.choices)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("code,name\nE05000001,Acre\n", "this is a table of text without a column of shapes, not map data."),
        (
            'code,a,b\nE05000001,"POLYGON((0 0,1 0,1 1,0 0))","POINT(1 1)"\n',
            "this is a table of text with several columns of shapes (a, b), not map data.",
        ),
        ('code,a\nE1,"POLYGON((0 0,1 0,1 1,0 0))"\nE2,POLYGON((0\n', "shapes that cannot be read in row 3."),
        ("code;a\nE1;POINT(1 1)\nE2;POINT(1 1);x\n", "shapes that cannot be read in row 3 (3 cells under 2 headings)."),
        ('code,a\nE1,"SRID=99;POINT(1 1)"\n', "its coordinate system cannot be read."),
        ('code,a\nE1,"POINT(99999 9999999)"\n', "no coordinate reference system."),
    ],
)
def test_a_table_without_shapes_is_no_map(tmp_path, text, message):
    path = tmp_path / "wards.csv"
    path.write_text(text)
    with pytest.raises(GeoError) as error:
        read_wards(path)
    assert str(error.value).startswith(f"{path}: {message}")


def kml_of(wards, folders):
    """KML of areas, each in a folder of its own, or all in one."""
    marks = [
        f"<Placemark><name>{name}</name><Polygon><outerBoundaryIs><LinearRing><coordinates>"
        f"{' '.join(f'{x},{y},0' for x, y in shape.exterior.coords)}"
        "</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
        for name, shape in zip(wards["ward_name"], wards.to_crs(4326).geometry, strict=True)
    ]
    inside = [f"<Folder><name>f{i}</name>{one}</Folder>" for i, one in enumerate(marks)] if folders else marks
    return f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{"".join(inside)}</Document></kml>'


def test_folders_of_areas_in_a_kml_are_one_list(wards, tmp_path):
    (tmp_path / "w.kml").write_text(kml_of(wards, folders=True))
    found, report = read_wards(tmp_path / "w.kml")
    assert_three_wards(found)
    assert any("3 folders of areas read as one layer" in one for one in report.choices)
    points = "<Folder><name>p</name><Placemark><Point><coordinates>0,52,0</coordinates></Point></Placemark></Folder>"
    mixed = kml_of(wards, folders=True).replace("</Document>", f"{points}</Document>")
    (tmp_path / "w.kml").write_text(mixed)
    with pytest.raises(GeoError, match="several layers"):
        read_wards(tmp_path / "w.kml")


def test_a_zip_of_a_mac_holds_one_map(wards, tmp_path):
    ons(wards).to_file(tmp_path / "w.shp")
    with zipfile.ZipFile(tmp_path / "w.zip", "w") as archive:
        for part in ("shp", "shx", "dbf", "prj"):
            archive.write(tmp_path / f"w.{part}", f"Wards/w.{part}")
            archive.writestr(f"__MACOSX/Wards/._w.{part}", b"\0\5\x16\7")
    assert_three_wards(read_wards(tmp_path / "w.zip")[0])


@pytest.mark.parametrize("packed", [True, False])
def test_a_part_of_a_shapefile_that_is_missing_is_named(wards, tmp_path, packed):
    ons(wards).to_file(tmp_path / "w.shp")
    (tmp_path / "w.shx").unlink()
    path = tmp_path / ("w.zip" if packed else "w.shp")
    if packed:
        with zipfile.ZipFile(path, "w") as archive:
            for part in ("shp", "dbf", "prj"):
                archive.write(tmp_path / f"w.{part}", f"w.{part}")
    with pytest.raises(GeoError, match=r"of this shapefile \.shx is missing"):
        read_wards(path)


def test_names_of_wards_are_cleaned_at_the_door(wards, tmp_path):
    odd = ["\u202eAcre\u202c", "Bar\u200bley ", "Clo\u0302ver"]
    root = json.loads(ons(wards.assign(ward_name=odd)).to_crs(4326).to_json())
    for feature in root["features"]:
        feature["properties"] |= {"nodes": [1, 2], "tags": {"a": "\u200b"}}  # lists, as OpenStreetMap's have
    (tmp_path / "w.geojson").write_text(json.dumps(root))
    assert read_wards(tmp_path / "w.geojson")[0]["ward_name"].tolist() == ["Acre", "Barley", "Clôver"]


@pytest.mark.parametrize("text", ["!table\n!version 300\n", 'Version   300\nCharset "WindowsLatin1"\n'])
def test_mapinfo_is_called_by_its_name(tmp_path, text):
    (tmp_path / "w.tab").write_text(text)
    with pytest.raises(GeoError, match=r"this is a MapInfo file, .*\n.*GeoPackage or GeoJSON"):
        read_wards(tmp_path / "w.tab")
