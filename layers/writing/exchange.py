"""Hot spots for programs that know no GeoPackage: KML for Google Earth, a zipped shapefile for the rest."""

from __future__ import annotations

import tempfile
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from geo.crs import to_lonlat
from layers.libraries import gpd, pd, pyogrio, shapely
from layers.writing.write import safe_cell

_LONGEST_FIELD = 10  # of dBASE, which a shapefile's table is
_MOMENT = (2000, 1, 1, 0, 0, 0)
# aabbggrr, as KML writes colours
_STYLES = {"beyond": ("ff2b18b2", "592b18b2"), "chance": ("ff6e6e6e", "286e6e6e")}


def write_kml(path: Path, hotspots: gpd.GeoDataFrame, headings: Mapping[str, str]) -> None:
    """Write hot spots as KML 2.2: outlines with name and rank, what is known of each as data, never as markup.

    ``headings``: {column: words}, the columns written, in their order. Google Earth shows the data when a place is
    pointed at.
    """
    shown = [name for name in headings if name in hotspots and name not in ("lon", "lat")]
    marks = [_placemark(row, shown, headings) for row in to_lonlat(hotspots).to_dict("records")]
    styles = [
        f'<Style id="{name}"><LineStyle><color>{line}</color><width>2</width></LineStyle>'
        f"<PolyStyle><color>{fill}</color></PolyStyle></Style>"
        for name, (line, fill) in _STYLES.items()
    ]
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">\n<Document>\n'
        "<name>Hot spots</name>\n" + "\n".join([*styles, *marks]) + "\n</Document>\n</kml>\n"
    )
    path.write_text(text, encoding="utf-8", newline="\n")


def _placemark(row: Mapping[Any, Any], shown: list[str], headings: Mapping[str, str]) -> str:
    data = "".join(
        f'<Data name="{_text(name)}"><displayName>{_text(headings[name])}</displayName>'
        f"<value>{_text(row[name])}</value></Data>"
        for name in shown
        if not pd.isna(row[name]) and str(row[name]) != ""
    )
    style = "chance" if row.get("could_be_chance") else "beyond"
    polygons = "".join(_polygon(part) for part in shapely.get_parts(row["geometry"]))
    return (
        f"<Placemark><name>{_text(row['rank'])} {_text(row['name'])}</name><styleUrl>#{style}</styleUrl>"
        f"<ExtendedData>{data}</ExtendedData><MultiGeometry>{polygons}</MultiGeometry></Placemark>"
    )


def _polygon(shape: shapely.Polygon) -> str:
    rings = [("outer", shape.exterior), *(("inner", ring) for ring in shape.interiors)]
    borders = [
        f"<{side}BoundaryIs><LinearRing><coordinates>"
        + " ".join(f"{lon:.7f},{lat:.7f}" for lon, lat in ring.coords)
        + f"</coordinates></LinearRing></{side}BoundaryIs>"
        for side, ring in rings
    ]
    return f"<Polygon>{''.join(borders)}</Polygon>"


def _text(value: object) -> str:
    """Return a value as the text of an element or attribute: no markup, no control characters."""
    said = f"{value:.6g}" if isinstance(value, float) else str(safe_cell(str(value)))
    return escape("".join(mark for mark in said if mark >= " "), {'"': "&quot;"})


def write_shapefile(path: Path, hotspots: gpd.GeoDataFrame, headings: Mapping[str, str]) -> None:
    """Write hot spots as a zipped shapefile in their own (metric) system, with columns.csv: what its short names mean.

    ``headings``: {column: words}, the columns written. Names are cut to ten characters, no two alike; truth values
    become 1 and 0; texts are cut to 254 bytes, as dBASE has it.
    """
    shown = [name for name in headings if name in hotspots]
    short: dict[str, str] = {}
    for name in shown:
        cut, number = name[:_LONGEST_FIELD], 1
        while cut in short.values():
            cut, number = f"{name[: _LONGEST_FIELD - 1]}{number}", number + 1
        short[name] = cut
    layer = hotspots[[*shown, "geometry"]].rename(columns=short)
    for name in layer.columns.drop("geometry"):
        if pd.api.types.is_bool_dtype(layer[name]):
            layer[name] = layer[name].astype("int32")
    with tempfile.TemporaryDirectory(dir=path.parent) as folder, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="(?s).*(truncated|too long|not successfully written|Value).*")
        pyogrio.write_dataframe(layer, Path(folder) / "hotspots.shp", driver="ESRI Shapefile", encoding="UTF-8")
        words = pd.DataFrame(
            [(short[name], name, headings[name]) for name in shown], columns=["short", "column", "words"]
        )
        words.to_csv(Path(folder) / "columns.csv", index=False, encoding="utf-8", lineterminator="\n")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
            for part in sorted(Path(folder).iterdir()):
                made.writestr(zipfile.ZipInfo(part.name, _MOMENT), part.read_bytes(), zipfile.ZIP_DEFLATED)
