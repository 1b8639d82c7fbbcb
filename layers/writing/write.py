"""Tables and layers into files: the same bytes for the same table, and no cell that anything runs."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geo.crs import to_lonlat
from layers.libraries import gpd, pd, pyogrio
from layers.writing.commit import refuse_existing as refuse_existing
from layers.writing.commit import staged as staged
from layers.writing.styles import style

# GDAL looks there when it writes. GeoPackage notes when it was written; a fixed moment keeps equal results equal byte
# for byte. SQLite need not wait for the disk after each table: a result is brought to the disk when it is published.
os.environ.update(OGR_CURRENT_DATE="2000-01-01T00:00:00.000Z", OGR_SQLITE_SYNCHRONOUS="OFF")

# a spreadsheet runs a cell that begins with one of these
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_geopackage(
    path: Path, layers: Mapping[str, gpd.GeoDataFrame], *, headings: Mapping[str, str] | None = None
) -> None:
    """Write layers, each under its name, in their own (metric) system.

    Those that QGIS should draw in a certain way have their style in the file, with ``headings`` ({column: words}).
    """
    for name, layer in layers.items():
        pyogrio.write_dataframe(
            layer,
            path,
            layer=name,
            driver="GPKG",
            append=path.exists(),
            **_geometry_type(layer),
            layer_options={"FID": "fid"},
        )
    style(path, layers, headings or {})


def write_geojson(path: Path, layer: gpd.GeoDataFrame, *, name: str = "hotspots") -> None:
    """Write one layer under ``name`` as RFC 7946 GeoJSON: degrees with 7 decimals (1 cm), outer rings anticlockwise."""
    pyogrio.write_dataframe(
        to_lonlat(layer),
        path,
        driver="GeoJSON",
        layer=name,
        **_geometry_type(layer),
        layer_options={"RFC7946": "YES", "COORDINATE_PRECISION": "7"},
    )


def write_csv(path: Path, table: pd.DataFrame, *, excel: bool = False) -> None:
    """Write a table without geometry, UTF-8, text cells safe against being run as formulas by a spreadsheet.

    ``excel``: with the mark (BOM) by which Excel knows UTF-8, for files that are made to be opened by it.
    """
    plain = pd.DataFrame(table.drop(columns="geometry", errors="ignore"))
    for name in plain.columns:
        if pd.api.types.is_string_dtype(plain[name]) or plain[name].dtype == object:
            plain[name] = plain[name].map(safe_cell, na_action="ignore")
    plain.to_csv(path, index=False, encoding="utf-8-sig" if excel else "utf-8", lineterminator="\n")


def write_json(path: Path, record: Mapping[str, Any]) -> None:
    """Write a record as readable JSON."""
    path.write_text(
        json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8", newline="\n"
    )


def safe_cell(value: Any) -> Any:
    """Return a cell that no spreadsheet runs and no terminal obeys.

    Text that begins with ``= + - @`` gets an apostrophe before it; control characters but line ends become a mark.
    """
    if not isinstance(value, str):
        return value
    text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _geometry_type(layer: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return what an empty layer cannot tell: one type for all features, so that tools agree on the layer."""
    kinds = {str(kind).removeprefix("Multi") for kind in layer.geom_type.dropna()}
    if len(kinds) > 1 or "GeometryCollection" in kinds:
        return {"geometry_type": "Unknown"}  # what GDAL calls a layer of any geometry
    if kinds == {"Point"} and (layer.geom_type == "Point").all():
        return {"geometry_type": "Point"}
    kind = kinds.pop() if kinds else "Polygon"
    return {"geometry_type": f"Multi{kind}", "promote_to_multi": True}
