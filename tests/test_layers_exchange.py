"""What leaves for other programs: styles and words in a GeoPackage, KML, shapefile."""

from __future__ import annotations

import ast
import shutil
import sqlite3
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from layers.wards import read_wards
from layers.writing.exchange import write_kml, write_shapefile
from layers.writing.write import write_geopackage
from study.tables import HEADINGS, HOTSPOT_COLUMNS

KML = "{http://www.opengis.net/kml/2.2}"


def spots(names: tuple[str, ...] = ("High Street", "Mill Lane")) -> gpd.GeoDataFrame:
    count = len(names)
    return gpd.GeoDataFrame(
        {
            "rank": range(1, count + 1),
            "name": list(names),
            "incidents": [40 - one for one in range(count)],
            "incidents_per_km2": [1234.5] * count,
            "share": [0.25] * count,
            "could_be_chance": [one % 2 == 1 for one in range(count)],
            "trend": [None] * count,
        },
        geometry=[
            box(x, 200_000, x + 100, 200_100).difference(Point(x + 50, 200_050).buffer(10))
            for x in range(500_000, 500_000 + 200 * count, 200)
        ],
        crs=27700,
    )


def test_a_geopackage_is_drawn_and_named(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    points = gpd.GeoDataFrame({"month": ["2025-01"]}, geometry=[Point(500_010, 200_010)], crs=27700)
    write_geopackage(path, {"hotspots": spots(), "incidents": points, "other": points}, headings=HEADINGS)
    with sqlite3.connect(path) as base:
        rows = base.execute(
            "SELECT f_table_name, f_geometry_column, useAsDefault, styleQML FROM layer_styles"
        ).fetchall()
        words = dict(base.execute("SELECT column_name, name FROM gpkg_data_columns WHERE table_name = 'hotspots'"))
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert base.execute("SELECT data_type FROM gpkg_contents WHERE table_name = 'layer_styles'").fetchone() == (
            "attributes",
        )
    assert [row[:3] for row in rows] == [("hotspots", "geom", 1), ("incidents", "geom", 1)]
    style = ET.fromstring(rows[0][3].partition(">")[2])
    rules = style.findall(".//rule")
    assert [rule.get("filter") for rule in rules] == ['"could_be_chance"', "ELSE"]
    assert {rule.get("symbol") for rule in rules} == {one.get("name") for one in style.findall(".//symbols/symbol")}
    assert style.find(".//text-style").get("fieldName") == "rank"
    assert words["incidents_per_km2"] == "Reports per km²"
    assert len(set(words.values())) == len(words)
    back = gpd.read_file(path, layer="hotspots")
    assert back.geometry.geom_equals(spots().geometry).all()


def test_a_geopackage_with_styles_is_read_as_one_without(tmp_path: Path) -> None:
    wards = gpd.GeoDataFrame(
        {"WD25CD": ["E05000001"], "WD25NM": ["Acre"]}, geometry=[box(500_000, 200_000, 501_000, 201_000)], crs=27700
    )
    write_geopackage(tmp_path / "wards.gpkg", {"wards": wards})
    read, report = read_wards(tmp_path / "wards.gpkg")
    assert read["ward_name"].tolist() == ["Acre"]
    assert not any("only one with shapes" in choice for choice in report.choices)


def test_the_same_layers_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_geopackage(tmp_path / f"{name}.gpkg", {"hotspots": spots()}, headings=HEADINGS)
        write_kml(tmp_path / f"{name}.kml", spots(), HEADINGS)
        write_shapefile(tmp_path / f"{name}.shp.zip", spots(), HEADINGS)
    for kind in ("gpkg", "kml", "shp.zip"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), min_size=1, max_size=4))
def test_whatever_a_place_is_called_kml_holds_it_as_text(names):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.kml"
        write_kml(path, spots(tuple(names)), HEADINGS)
        root = ET.parse(path).getroot()
    marks = root.findall(f".//{KML}Placemark")
    assert len(marks) == len(names)
    allowed = {"name", "styleUrl", "ExtendedData", "MultiGeometry"}
    for mark, name in zip(marks, names, strict=True):
        assert {one.tag.removeprefix(KML) for one in mark} == allowed
        said = mark.findtext(f"{KML}name")
        assert not any(sign in said for sign in "\x00\x07\x1b")
        if name.isalnum() and name.isascii():
            assert said.endswith(f" {name}")


def test_kml_is_where_the_hot_spots_are(tmp_path: Path) -> None:
    write_kml(tmp_path / "a.kml", spots(), HEADINGS)
    back = gpd.read_file(tmp_path / "a.kml").to_crs(27700)
    apart = back.geometry.symmetric_difference(spots().geometry).area
    assert (apart < 1).all()  # seven decimals
    root = ET.parse(tmp_path / "a.kml").getroot()
    assert [one.text for one in root.findall(f".//{KML}Placemark/{KML}styleUrl")] == ["#beyond", "#chance"]
    data = {one.get("name"): one.findtext(f"{KML}value") for one in root.find(f".//{KML}Placemark").iter(f"{KML}Data")}
    assert data["incidents"] == "40"
    assert "trend" not in data  # nothing is known of it


@pytest.mark.usefixtures("no_temporary_files")
def test_a_shapefile_says_what_its_short_names_mean(tmp_path: Path) -> None:
    write_shapefile(tmp_path / "a.shp.zip", spots(), HEADINGS)
    back = gpd.read_file(tmp_path / "a.shp.zip")
    with zipfile.ZipFile(tmp_path / "a.shp.zip") as held:
        words = pd.read_csv(held.open("columns.csv")).set_index("short")
    assert set(back.columns) - {"geometry"} == set(words.index)
    assert words.loc["incidents_", "column"] == "incidents_per_km2"
    assert back["incidents"].tolist() == [40, 39]
    assert back["could_be_c"].tolist() == [0, 1]
    assert back.crs.to_epsg() == 27700


def test_every_described_column_has_words_of_its_own():
    assert len(set(HEADINGS.values())) == len(HEADINGS)
    assert all(meaning and heading for heading, meaning in HOTSPOT_COLUMNS.values())


def test_qgis_draws_the_style(tmp_path: Path) -> None:
    """Where QGIS is installed, it takes the style by itself: red where a hot spot is beyond chance."""
    python = shutil.which("python3", path="/usr/bin")
    if (
        python is None
        or subprocess.run([python, "-c", "import qgis.core"], capture_output=True, check=False).returncode
    ):
        pytest.skip("QGIS is not installed")
    path = tmp_path / "a.gpkg"
    write_geopackage(path, {"hotspots": spots()}, headings=HEADINGS)
    script = f"""
from qgis.core import QgsApplication, QgsMapRendererParallelJob, QgsMapSettings, QgsVectorLayer
from qgis.PyQt.QtCore import QSize
app = QgsApplication([], False); app.initQgis()
layer = QgsVectorLayer(r"{path}|layername=hotspots", "hotspots", "ogr")
settings = QgsMapSettings(); settings.setLayers([layer]); settings.setOutputSize(QSize(300, 100))
settings.setExtent(layer.extent()); settings.setDestinationCrs(layer.crs())
job = QgsMapRendererParallelJob(settings); job.start(); job.waitForFinished(); image = job.renderedImage()
alias = layer.attributeAlias(layer.fields().indexOf("incidents_per_km2"))
named = layer.labelsEnabled() and alias == "Reports per km²"
print(layer.renderer().type(), named, [image.pixelColor(x, 50).getRgb()[:3] for x in (10, 290)])
"""
    done = subprocess.run(
        [python, "-c", script],
        capture_output=True,
        text=True,
        env={"QT_QPA_PLATFORM": "offscreen", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        check=True,
    )
    kind, named, colours = done.stdout.strip().splitlines()[-1].split(" ", 2)
    assert (kind, named) == ("RuleRenderer", "True")
    red, grey = ast.literal_eval(colours)
    assert red[0] > red[1] + 40
    assert max(grey) - min(grey) < 10
