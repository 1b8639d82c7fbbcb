"""Map files with headings as people's programs leave them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
from shapely import box

from geo.errors import GeoError
from layers.reading.vector import read_vector


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    layer = gpd.GeoDataFrame({"code": ["E05000001"], "name": ["Acre"]}, geometry=[box(0, 0, 1, 1)], crs=27700)
    layer.to_file(tmp_path / "w.shp")
    table = (tmp_path / "w.dbf").read_bytes()
    (tmp_path / "w.dbf").write_bytes(table.replace(b"name\0", b"code\0", 1))
    with zipfile.ZipFile(tmp_path / "w.zip", "w") as packed:
        for part in ("shp", "shx", "dbf", "prj"):
            packed.write(tmp_path / f"w.{part}", f"w.{part}")
    with pytest.raises(GeoError, match="several columns are called code"):
        read_vector(tmp_path / "w.zip")
