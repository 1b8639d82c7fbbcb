"""Streets: OpenStreetMap extracts (XML, PBF), OS Open Roads, or any lines, as ways people on foot may use."""

from __future__ import annotations

import bz2
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from geo.crs import GREAT_BRITAIN, require_scale, to_metric
from geo.errors import GeoError, counted
from layers.databases.read import read_features
from layers.libraries import gpd, np, pd, pyogrio, pyproj, shapely
from layers.reading.layer import Column, Layer
from layers.reading.report import FileRead, ReadReport, Row
from layers.reading.sniff import decompressed, is_folder, kind_of, read_bytes, refuse, refuse_computed, sha256
from layers.reading.vector import gdal_errors, read_vector, split_layer
from layers.walking.osm import ATTRIBUTION, read_extract, unpacked_tags
from layers.walking.walkable import AREA, TAGS, level_of, why_not_walked, why_not_walked_os

STREETS = Layer(
    "streets",
    (
        Column("name", "name of the street", "name1, name 1, street, street name, road name", shown="public"),
        Column("highway", "kind of way, as OpenStreetMap says it", "fclass"),
        Column("class", "kind of road, as OS Open Roads says it", "road classification"),
        Column("form_of_way", "carriageway, roundabout, guided busway ... (OS Open Roads)", "formofway"),
        Column("osm_id", "number of the way in OpenStreetMap", "@id, osm way id"),
        *(Column(tag, f"OpenStreetMap's tag {tag}", tag.replace(":", " ")) for tag in TAGS if tag != "highway"),
    ),
    title="streets and footpaths",
    used_by=("hotspots", "plan", "check", "page"),
    shape="public",
)
_DRIVER_FILE = Path(__file__).parent / "walking" / "osm_streets.ini"
_OS = "Contains OS data © Crown copyright and database right."
_ANY_LINE = "No column says what kind of way a line is; every line is taken as open to people on foot."
_NO_FOOTPATHS = "OS Open Roads holds roads, not footpaths or alleys: real walks can be shorter than the distances here."
_RELATIONS = "Of OpenStreetMap only ways are read; relations, and places that are no ways, are not."


def read_streets(
    path: str | Path,
    *,
    crs: str | None = None,
    metric_crs: str | pyproj.CRS = GREAT_BRITAIN,
    columns: Mapping[str, str] | None = None,
) -> tuple[gpd.GeoDataFrame, ReadReport]:
    """Return the streets that people on foot may use, and a report of what was read, used and set aside by reason.

    ``path``: OpenStreetMap XML (``.osm``) or PBF, or lines as GeoPackage, GeoJSON, Shapefile (also zipped) or
    GeoParquet, OS Open Roads among them; each also gzipped, XML and PBF also as bz2. ``FILE::LAYER`` picks a layer.
    ``crs``: the coordinate system of a file that does not say. ``columns``: {canonical name: header}.

    Columns returned: ``name`` (None without one), ``kind`` (``highway`` tag or class of road, as in the file),
    ``level`` (storey: 0 on the ground, 1 on a bridge), ``osm_id`` (only for OpenStreetMap; lines that have one meet
    only where they share a node), ``geometry`` (lines in ``metric_crs``).

    Rows of an OpenStreetMap extract are its ways with a ``highway`` tag; which ways are walked: layers/walkable.py. A
    node that an extract refers to and does not hold is left out of its way. Raises GeoError for files that cannot be
    read, are cut off, or hold no street.
    """
    report = ReadReport("streets")
    held = read_features(path, crs=crs, option="--streets-crs")
    if held is not None:
        report.files.append(held.file)
        report.choices.extend(held.choices)
        return _walked(held.features, held.file.path, report, columns, metric_crs), report.check()
    file, layer = split_layer(path)
    if is_folder(file):
        raise GeoError(f"{file}: this is a folder, not a file.", "Name the file of streets inside it.")
    raw = read_bytes(file)
    data = _extract(raw, str(file))
    if data is not None:
        if layer is not None:
            raise GeoError(f"{path}: an OpenStreetMap extract has no layers.", f"Name the file alone: {file}.")
        features = _read_osm(data, file)
        report.files.append(FileRead(str(file), sha256(raw), len(features)))
        report.choices.append(_RELATIONS)
    else:
        found = read_vector(file, layer=layer or _line_layer(file), crs=crs, option="--streets-crs")
        features = found.features
        report.files.append(replace(found.file, path=str(path)))
        report.choices.extend(found.choices)
    streets = _walked(features, str(path), report, columns, metric_crs)
    return streets, report.check()


def _extract(raw: bytes, label: str) -> bytes | None:
    """Return the bytes of an OpenStreetMap extract, unpacked; None where the file is something else."""
    data = raw
    if raw[:3] == b"BZh":
        try:
            data = bz2.decompress(raw)
        except (OSError, ValueError):
            raise GeoError(f"{label}: this bz2 file is damaged or cut off.", "Download or copy it again.") from None
    data = decompressed(data, label)
    if data[4:15] == b"\n\tOSMHeader" or (kind_of(data[:4096]) == "xml" and b"<osm" in data[:1024]):
        return data
    if data is not raw and raw[:3] == b"BZh":
        raise refuse(label, kind_of(data[:4096]), data[:64])
    return None


def _read_osm(data: bytes, path: Path) -> gpd.GeoDataFrame:
    """Return every way with a ``highway`` tag, as a line."""
    try:
        ways = read_extract(data, "lines", where="highway IS NOT NULL", CONFIG_FILE=str(_DRIVER_FILE))
    except gdal_errors() as error:
        raise GeoError(
            f"{path}: cannot be read as an OpenStreetMap extract ({str(error).splitlines()[0]}).",
            "It is cut off or damaged: download it again.",
        ) from None
    if not len(ways):
        raise GeoError(f"{path}: no way with a highway tag.", "Export the streets of the area again.")
    return ways


def _line_layer(path: Path) -> str | None:
    """Return the one layer of lines of a file of several (OS Open Roads also holds points); None to leave it open."""
    if path.suffix.lower() != ".gpkg":
        return None
    if kind_of(read_bytes(path)[:4096]) != "geopackage":
        return None  # whatever it is called
    refuse_computed(path, None, str(path))
    try:
        layers = pyogrio.list_layers(path)
    except gdal_errors():
        return None  # what is wrong with it is said by read_vector
    lines = [str(name) for name, kind in layers if kind is not None and "LineString" in str(kind)]
    return lines[0] if len(layers) > 1 and len(lines) == 1 else None


def _walked(
    features: gpd.GeoDataFrame,
    label: str,
    report: ReadReport,
    columns: Mapping[str, str] | None,
    metric_crs: str | pyproj.CRS,
) -> gpd.GeoDataFrame:
    table = pd.DataFrame(features.drop(columns=features.geometry.name)).astype(object)
    found = STREETS.match([str(name) for name in table.columns], columns)
    rows = table[list(found.values())].set_axis(list(found), axis=1).replace({np.nan: None})
    if "other_tags" in table.columns:
        _unpack(rows, table["other_tags"])
    faults = _faults(features.geometry)
    if "highway" in rows.columns:
        reasons = _each(rows, why_not_walked)
        rows["kind"] = rows["highway"]
    elif "class" in rows.columns:
        reasons = _each(rows, why_not_walked_os)
        rows["kind"] = rows["class"]
        report.warnings.append(_NO_FOOTPATHS)
        report.attribution.append(_OS)
    else:
        reasons = pd.Series(None, index=rows.index, dtype=object)
        rows["kind"] = None
        report.choices.append(_ANY_LINE)
    if "osm_id" in rows.columns:
        report.attribution.append(f"Streets: {ATTRIBUTION}.")
    streets = _projected(features, rows, faults.isna() & reasons.isna(), metric_crs)
    faults[streets.index[~np.isfinite(streets.geometry.bounds).all(axis=1)]] = "outside what the plane can measure"
    for reason, part in faults.dropna().groupby(faults.dropna(), sort=True):
        report.put_aside(str(reason), [Row(label, int(row) + 1) for row in part.index], fault=True)
    for reason, count in reasons[faults.isna()].dropna().value_counts(sort=False).sort_index().items():
        report.put_aside(str(reason), int(count))
    streets = streets[faults[streets.index].isna()].reset_index(drop=True)
    report.used = len(streets)
    _refuse_none(streets, label, report)
    areas = int((reasons[faults.isna()] == AREA).sum())
    if areas:
        report.choices.append(f"{counted(areas, 'square or area', 'squares and areas')} cannot be crossed on this map.")
    return streets


def _projected(
    features: gpd.GeoDataFrame, rows: pd.DataFrame, used: pd.Series, metric_crs: str | pyproj.CRS
) -> gpd.GeoDataFrame:
    shown = rows.reindex(columns=["name", "kind", *(["osm_id"] if "osm_id" in rows.columns else [])])[used]
    shown.insert(2, "level", _each(rows[used], level_of).astype(float))
    streets = gpd.GeoDataFrame(shown.where(shown.notna(), None), geometry=features.geometry[used], crs=features.crs)
    if len(streets):
        require_scale(streets, metric_crs)
    return to_metric(streets, metric_crs)


def _faults(shapes: gpd.GeoSeries) -> pd.Series:
    faults = pd.Series(None, index=shapes.index, dtype=object)
    faults[~shapes.geom_type.isin(["LineString", "MultiLineString"])] = "not a line"
    faults[shapes.isna() | shapes.is_empty] = "no line"
    faults[faults.isna() & ~np.isfinite(shapely.bounds(shapes.to_numpy())).all(axis=1)] = "no usable position"
    return faults


def _unpack(rows: pd.DataFrame, packed: pd.Series) -> None:
    """Fill the tags that a converter left packed in one column, where they have no column of their own."""
    tags = [unpacked_tags(text) for text in packed]
    for tag in TAGS:
        if tag not in rows.columns and any(tag in one for one in tags):
            rows[tag] = [one.get(tag) for one in tags]


def _each(rows: pd.DataFrame, rule: Any) -> pd.Series:
    return pd.Series([rule(row) for row in rows.to_dict("records")], index=rows.index, dtype=object)


def _refuse_none(streets: gpd.GeoDataFrame, label: str, report: ReadReport) -> None:
    if len(streets):
        return
    why = "; ".join(f"{part.reason}: {part.count:,}" for part in report.set_aside)
    raise GeoError(
        f"{label}: no street that people on foot may use ({why}).", "Name a layer of streets, drawn as lines."
    )
