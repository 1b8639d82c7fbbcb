"""Any vector file into a GeoDataFrame whose coordinate system is known, never guessed in silence."""

from __future__ import annotations

import json
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from geo.crs import GREAT_BRITAIN, LONLAT, transformer
from geo.errors import GeoError, listed
from layers.libraries import gpd, np, pa, pd, pyogrio, pyproj, shapely
from layers.reading.positions import SHAPE_IN_TEXT, shapes_in_text
from layers.reading.report import FileRead
from layers.reading.sniff import (
    decompressed,
    is_folder,
    kind_of,
    open_archive,
    read_bytes,
    read_member,
    refuse,
    refuse_computed,
    require_size,
    sha256,
)
from layers.reading.text import clean_text, find_header, read_columns

ENDINGS = (
    ".geojson", ".json", ".topojson", ".gpkg", ".shp", ".parquet", ".geoparquet", ".fgb", ".zip", ".kml", ".kmz", ".gml"
)  # fmt: skip

# what GDAL reads for us; Parquet is read by Arrow
STYLES = "layer_styles"  # how QGIS draws the layers of a GeoPackage; no data
# so much of a column of text must be shapes, and no heading is longer
_MOSTLY, _LONGEST_HEADING = 0.8, 200
_IN_ZIP = (".shp", ".geojson", ".gpkg", ".json", ".kml", ".fgb")
GDAL_KINDS = ("geopackage", "xml", "shapefile", "flatgeobuf", "zip")


class VectorFile(NamedTuple):
    """One file's features, in the file's own coordinate system, and what was chosen while reading it."""

    features: gpd.GeoDataFrame
    file: FileRead
    choices: list[str]


def gdal_errors() -> tuple[type[Exception], ...]:
    """Return what GDAL raises for a file that it cannot read."""
    errors = pyogrio.errors
    return (
        errors.DataSourceError,
        errors.DataLayerError,
        errors.FeatureError,
        errors.GeometryError,
        errors.FieldError,
        errors.CRSError,  # also where SQLite cannot read a table
        # pyogrio's own, where the text of a coordinate system or of a name is no UTF-8
        UnicodeDecodeError,
        UnboundLocalError,
    )


def find_vector_files(path: Path) -> list[Path]:
    """Return ``path`` itself, or every vector file in the folder ``path``, by name (``.gz`` of each counts too)."""
    if not is_folder(path):
        return [path]
    found = sorted(
        entry
        for entry in path.rglob("*")
        if entry.is_file() and entry.name.lower().removesuffix(".gz").endswith(ENDINGS)
    )
    if not found:
        raise GeoError(
            f"{path}: no map file in this folder.", f"Looked for {', '.join(ENDINGS[:6])} and zipped shapefiles."
        )
    return found


def split_layer(name: str | Path) -> tuple[Path, str | None]:
    """Return the path and the layer of ``FILE::LAYER``; the layer is None where only a file is named."""
    if not str(name).strip():
        raise GeoError("An empty path was given.", "Name a file or folder.")
    path, _, layer = str(name).partition("::")
    return Path(path), layer or None


def areas_in_zip(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of the KML files in a zip archive, one an area, as police.uk hands out its neighbourhoods;
    nothing where it holds fewer than two, or other map files too.
    """
    if is_folder(path) or kind_of(read_bytes(path)[:4096]) != "zip":
        return
    with open_archive(path) as archive:
        maps = sorted(_maps_in(archive))
        if len(maps) > 1 and all(name.lower().endswith(".kml") for name in maps):
            for name in maps:
                yield name, read_member(archive, name, str(path))


def _maps_in(archive: zipfile.ZipFile) -> list[str]:
    """Return the map files of an archive, without those that a Mac adds beside them."""
    return [one for one in archive.namelist() if one.lower().endswith(_IN_ZIP) and "__MACOSX/" not in one]


def read_vector(
    path: Path, *, layer: str | None = None, crs: str | None = None, option: str = "--crs", data: bytes | None = None
) -> VectorFile:
    """Return the features of a GeoJSON, TopoJSON, GeoPackage, Shapefile, GeoParquet, FlatGeobuf, KML or GML file, or of
    a table of text with a column of shapes (WKT, WKB).

    ``layer`` picks one of several in a file; ``crs`` says which coordinate system the numbers are in, where the file
    does not (or says it wrongly); ``option`` is the name under which the user gives it. ``data``: its bytes, where it
    stands in an archive. Raises GeoError for anything
    that is not map data or whose coordinate system is unknown.
    """
    raw = read_bytes(path) if data is None else data
    file = FileRead(str(path), sha256(raw), 0)
    packed, data = data is not None, decompressed(raw, str(path))
    kind = kind_of(data[:4096])
    choices: list[str] = []
    if kind == "parquet":
        features = _read_parquet(data, path)
    elif kind == "json":
        features = _read_json(data, path, choices)
    elif kind in GDAL_KINDS:
        source, kind = gdal_source(data, path, kind, packed=packed or data is not raw)
        if kind == "json":
            features = _read_json(source, path, choices)
        else:
            folders = _folders(source, path, choices) if kind == "xml" and layer is None else None
            features = (
                _read_gdal(source, path, _one_layer(source, path, layer, choices)) if folders is None else folders
            )
    elif kind == "text" and path.name.lower().removesuffix(".gz").endswith((".csv", ".tsv", ".txt", ".tab")):
        features = _read_text(data, path, choices)
    else:
        raise refuse(str(path), kind, data[:64])
    if not isinstance(features, gpd.GeoDataFrame):
        raise GeoError(f"{path}: it holds a table without any shapes.", "Export the layer with its shapes.")
    if layer is not None and kind in ("json", "parquet", "text"):
        raise GeoError(f"{path}::{layer}: this kind of file has no layers.", f"Name the file alone: {path}.")
    if not np.isfinite(features.total_bounds).all():
        raise GeoError(f"{path}: none of its {len(features):,} features has a usable shape.", "Export the layer again.")
    require_size(str(path), *features.shape)
    if kind in ("shapefile", "zip"):
        features = _utf8_again(features, path, choices)
    _refuse_twins(features, path)
    features = with_crs(features, path, crs, option, choices)
    _require_known_crs(features, path)
    _refuse_swapped(features, path)
    features = _cleaned(features)
    return VectorFile(features.reset_index(drop=True), replace(file, rows=len(features)), choices)


def _cleaned(features: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return features with their texts cleaned, as those of tables are; only columns that need it are made anew."""
    made = {}
    for name in features.columns.drop(features.geometry.name):
        given = features[name]
        if pd.api.types.is_numeric_dtype(given) or pd.api.types.is_datetime64_any_dtype(given):
            continue
        texts = pd.Series(
            list(dict.fromkeys(one for one in given if isinstance(one, str))), dtype="string"
        )  # beside lists
        clean = dict(zip(texts, clean_text(texts), strict=True))
        if any(one != other for one, other in clean.items()):
            made[name] = features[name].map(
                lambda one, clean=clean: clean.get(one, one) if isinstance(one, str) else one
            )
    return features.assign(**made)


def _require_known_crs(features: gpd.GeoDataFrame, path: Path) -> None:
    """Raise GeoError for a coordinate system that has a name, but of which no way leads to degrees."""
    try:
        transformer(features.crs, LONLAT)
    except pyproj.exceptions.ProjError:
        raise _unreadable_crs(path) from None


def _unreadable_crs(path: Path) -> GeoError:
    return GeoError(
        f"{path}: its coordinate system cannot be read.", "Save it again with one that is known, such as EPSG:27700."
    )


def _refuse_twins(features: gpd.GeoDataFrame, path: Path) -> None:
    """Raise GeoError where two columns have one name: GDAL then gives the values of one of them for both."""
    names = [str(name) for name in features.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise GeoError(f"{path}: several columns are called {listed(twice)}.", "Rename all but one, and export again.")


def gdal_source(data: bytes, path: Path, kind: str, *, packed: bool) -> tuple[Any, str]:
    """Return what GDAL may open of a file, and its kind: bytes, beside which nothing lies that could be opened or
    written, or the path of a shapefile (it has parts) or of a GeoPackage (it may be large).

    ``data``: unpacked, of ``kind``; ``packed``: ``path`` holds it only in a gzip. XML must be KML or GML of its own.
    """
    if kind == "zip":
        member = _zip_member(path)
        if isinstance(member, str):
            return member, kind
        data, kind, packed = member, kind_of(member[:4096]), True
    if kind == "shapefile":
        _require_parts(path, {one.suffix[1:].lower() for one in path.parent.iterdir() if one.stem == path.stem})
        return path, kind
    if kind == "geopackage":
        refuse_computed(path, data if packed else None, str(path))
        return data if packed else path, kind
    return _own_xml(data, path) if kind == "xml" else data, kind


def _require_parts(path: Path, endings: set[str]) -> None:
    """Raise GeoError where a shapefile lacks one of the files without which it is none."""
    missing = [f".{one}" for one in ("shx", "dbf") if one not in endings]
    if missing:
        raise GeoError(
            f"{path}: of this shapefile {' and '.join(missing)} is missing.",
            "It is several files of one name (.shp, .shx, .dbf, .prj): copy all of them, or zip them together.",
        )


def read_geopackage(path: Path, wanted: Sequence[str] | None = None) -> dict[str, pd.DataFrame]:
    """Return the layers of a GeoPackage by name, as geo writes it: all of them, or those ``wanted`` that it has and
    others as None. Those with shapes are GeoDataFrames, in their own coordinate system.

    ``{}`` where the file is anything else, whatever it is called. Raises GeoError where it is missing or damaged, or
    holds more than rows (``refuse_computed``) or more rows than are held at once.
    """
    if kind_of(read_bytes(path)[:4096]) != "geopackage":
        return {}
    refuse_computed(path, None, str(path))
    try:
        with warnings.catch_warnings():
            # GDAL's remarks are for programmers; what matters of them shows in the checks that follow
            warnings.simplefilter("ignore", RuntimeWarning)
            names = [str(name) for name, _ in pyogrio.list_layers(path) if name != STYLES]
            chosen = [name for name in names if wanted is None or name in wanted]
            for name in chosen:
                info = pyogrio.read_info(path, layer=name)
                require_size(f"{path}::{name}", int(info["features"]), len(info["fields"]))
            return {name: pyogrio.read_dataframe(path, layer=name) if name in chosen else None for name in names}
    except (*gdal_errors(), shapely.errors.ShapelyError) as error:
        why = (str(error) or type(error).__name__).splitlines()[0]
        raise GeoError(
            f"{path}: this GeoPackage cannot be read ({why}).", "Copy it again, or let geo make it anew."
        ) from None


def _read_json(data: bytes, path: Path, choices: list[str]) -> gpd.GeoDataFrame:
    try:
        root = json.loads(data)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise GeoError(
            f"{path}: not valid JSON at line {line}.", "The file is cut off or damaged: download it again."
        ) from None
    kind = root.get("type") if isinstance(root, dict) else None
    if isinstance(root, dict) and isinstance(root.get("error"), dict):
        told = str(root["error"].get("message", ""))[:80]
        raise GeoError(f"{path}: the answer of a server that failed ({told}), not map data.", "Download it again.")
    if kind not in ("FeatureCollection", "Feature", "Topology"):
        esri = isinstance(root, dict) and "geometryType" in root
        raise GeoError(
            f"{path}: JSON, but not GeoJSON or TopoJSON.",
            "This is Esri's own JSON: ask the service for f=geojson."
            if esri
            else "This is a copy of a uMap: on the map choose Share and download, GeoJSON."
            if kind == "umap"
            else 'A file with "type": "FeatureCollection" is needed.',
        )
    if kind == "FeatureCollection" and not root.get("features"):
        raise GeoError(f"{path}: it holds no features.", "Export the layer again.")
    del root
    features = _read_gdal(data, path, None)
    if kind == "Topology" and features.crs is None and _in_degrees(features):
        choices.append(
            f"{path.name}: TopoJSON names no coordinate system; its numbers were read as longitude and latitude."
        )
        features = features.set_crs(LONLAT)
    if kind != "Topology" and not _in_degrees(features) and features.crs is not None and features.crs.is_geographic:
        features = features.set_crs(None, allow_override=True)  # GDAL says degrees by default; these are not degrees
    return features


def _read_parquet(data: bytes, path: Path) -> gpd.GeoDataFrame:
    with _parquet_errors(path):
        _parquet_metadata(data, path)
        return gpd.read_parquet(pa.BufferReader(data))


def plain_parquet(data: bytes, path: Path) -> pd.DataFrame | None:
    """Return the rows of a Parquet file without shapes; None where it has some. Zones of times are kept, as text."""
    with _parquet_errors(path):
        if b"geo" in (_parquet_metadata(data, path) or {}):
            return None
        frame = pa.parquet.read_table(pa.BufferReader(data)).to_pandas(ignore_metadata=True)
        zoned = [name for name in frame if isinstance(frame[name].dtype, pd.DatetimeTZDtype)]
        return frame.assign(**{name: frame[name].dt.strftime("%Y-%m-%dT%H:%M:%S%z") for name in zoned})


def _parquet_metadata(data: bytes, path: Path) -> dict[bytes, bytes] | None:
    held = pa.parquet.read_metadata(pa.BufferReader(data))
    require_size(str(path), held.num_rows, held.num_columns)
    return held.metadata


@contextmanager
def _parquet_errors(path: Path) -> Iterator[None]:
    """Make one message of whatever Arrow and GeoPandas raise for a damaged file."""
    try:
        yield
    except pyproj.exceptions.ProjError:
        raise _unreadable_crs(path) from None
    # the last three where what the file says of its columns is damaged
    except (ValueError, OSError, pa.ArrowException, LookupError, TypeError, AttributeError) as error:
        raise GeoError(
            f"{path}: Parquet that cannot be read ({error}).", "Save it again, as GeoParquet, GeoPackage or CSV."
        ) from None


def _read_text(data: bytes, path: Path, choices: list[str]) -> gpd.GeoDataFrame:
    """Return the rows of a table one of whose columns holds shapes, as databases, portals and QGIS export them.

    No row may be lost: one that does not fit the headings, or whose shape cannot be read, is an error.
    """
    header, above = find_header(data, path.name, None, _words, choices)
    read = read_columns(header, [name for name in header.names if name], path.name)
    frame = read.columns.drop_columns(["row"]).to_pandas().astype(object)
    texts = {name: frame[name].astype("string") for name in frame}
    shaped = [
        name
        for name, text in texts.items()
        if text.notna().any() and text.dropna().str.fullmatch(SHAPE_IN_TEXT).mean() > _MOSTLY
    ]
    if len(shaped) != 1:
        several = f" with several columns of shapes ({listed(shaped)})" if shaped else " without a column of shapes"
        raise GeoError(
            f"{path}: this is a table of text{several}, not map data.",
            "Boundaries come as GeoJSON, GeoPackage or Shapefile, or as a table with one column of WKT.",
        )
    text = texts[shaped[0]]
    shapes = shapes_in_text(text)
    lost = [f"row {number + above}" for number in read.columns["row"].to_numpy()[text.notna() & pd.isna(shapes)]]
    lost += [f"row {row.row + above} ({row.value})" for row in read.broken]
    if lost:
        raise GeoError(f"{path}: shapes that cannot be read in {listed(lost, 4)}.", "Export the table again, whole.")
    choices.append(f"{path.name}: {shaped[0]} holds the shapes, as text.")
    features = gpd.GeoDataFrame(frame.drop(columns=shaped[0]), geometry=shapes)
    said = {int(one) for one in text.str.extract(r"(?i)^\s*SRID=(\d+);")[0].dropna()}
    said |= {*shapely.get_srid(shapes).tolist()} - {0, -1}
    code = f"EPSG:{said.pop()}" if len(said) == 1 else _guess_crs(features)[1]
    if not code:
        return features
    choices.append(f"{path.name}: its shapes are read as {code}, as they say or their numbers tell.")
    try:
        return features.set_crs(code)
    except pyproj.exceptions.CRSError:
        raise _unreadable_crs(path) from None


def _words(names: list[str]) -> int:
    """Return how well a row would do as the headings of a table of shapes: one point a word, none beside a shape."""
    if any(re.fullmatch(SHAPE_IN_TEXT, name) for name in names):
        return 0
    return sum(len(name) < _LONGEST_HEADING and re.search(r"[^\W\d]", name) is not None for name in names)


def _read_gdal(source: Any, path: Path, layer: int | None) -> gpd.GeoDataFrame:
    try:
        with warnings.catch_warnings():
            # GDAL's remarks are for programmers; what matters of them shows in the checks that follow
            warnings.simplefilter("ignore", RuntimeWarning)
            return pyogrio.read_dataframe(source, layer=layer)
    except (*gdal_errors(), shapely.errors.ShapelyError) as error:
        first = (str(error) or type(error).__name__).splitlines()[0]
        if isinstance(error, UnicodeDecodeError | UnboundLocalError):
            first = "a name or its coordinate system is no UTF-8"
        raise GeoError(f"{path}: cannot be read as map data ({first}).", "Export or download it again.") from None


def _zip_member(path: Path) -> str | bytes:
    """Return the one shapefile inside a zip archive, as GDAL names it, or the bytes of the one other map file."""
    archive = open_archive(path)
    names = _maps_in(archive)
    if len(names) != 1:
        found = listed(names) if names else listed(archive.namelist()) or "nothing"
        raise GeoError(
            f"{path}: {'no map file' if not names else 'several map files'} in this archive ({found}).",
            "Unzip it and name the file to use.",
        )
    # a shapefile has parts beside it, which GDAL unpacks: each must be whole, and together they must not be too much
    stem = names[0].rpartition(".")[0]
    parts = [name for name in archive.namelist() if name.rpartition(".")[0] == stem]
    data = {name: read_member(archive, name, str(path)) for name in parts}[names[0]]
    kind = kind_of(data[:4096])
    if kind == "shapefile":
        _require_parts(path, {name.rpartition(".")[2].lower() for name in parts})
        return f"/vsizip/{path.resolve().as_posix()}/{names[0]}"
    if kind not in ("json", "geopackage", "xml", "flatgeobuf"):
        raise refuse(f"{path.name}/{names[0]}", kind, data[:64])
    return data


def _own_xml(data: bytes, path: Path) -> bytes:
    """Return KML or GML without what would make a program fetch or open another file; GeoError for any other XML.

    GDAL reads many kinds of XML, some of which only say where the data are: a virtual data set, a web service.
    """
    head = re.sub(rb"<\?.*?\?>|<!--.*?-->", b"", data[:65_536], flags=re.S)
    root = re.search(rb"<(?:[\w.\-]+:)?([\w.\-]+)", head)
    name = root[1].decode("ascii", "replace") if root else ""
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head or not (name == "kml" or b"opengis.net/gml" in head):
        raise GeoError(
            f"{path}: XML, but neither KML nor GML (its first element is {name[:40]!r}).",
            "Only files that hold the shapes themselves are read: save it as GeoPackage or GeoJSON.",
        )
    return re.sub(rb"""[\w.\-]+:(?:noNamespaceS|s)chemaLocation\s*=\s*("[^"]*"|'[^']*')""", b"", data)


def _folders(source: Any, path: Path, choices: list[str]) -> gpd.GeoDataFrame | None:
    """Return what the folders of a KML hold, where there are several and all is areas: one list, as a program drew it;
    None where it is one, or where they hold different things and nothing tells which is meant.
    """
    try:
        number = len(pyogrio.list_layers(source))
    except gdal_errors():
        return None
    if number < 2:
        return None
    parts = [_read_gdal(source, path, one) for one in range(number)]
    if not all(isinstance(one, gpd.GeoDataFrame) and one.geom_type.str.endswith("Polygon").all() for one in parts):
        return None
    choices.append(f"{path.name}: {number} folders of areas read as one layer.")
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=parts[0].crs)


def _one_layer(source: Any, path: Path, layer: str | None, choices: list[str]) -> int:
    """Return the number of the layer to read: the one asked for, or the only one with geometry.

    By number: of a file without layer names GDAL makes one up, another each time it is opened.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            layers = [(str(name), kind) for name, kind in pyogrio.list_layers(source)]
    except gdal_errors():
        raise GeoError(f"{path}: cannot be read as map data.", "Export or download it again.") from None
    names = [name for name, _ in layers if name != STYLES]
    if layer is not None:
        if layer not in names:
            raise GeoError(f"{path}: no layer {layer!r}.", f"It holds: {listed(names, 20)}.")
        return [name for name, _ in layers].index(layer)
    shaped = [name for name, kind in layers if kind is not None]
    if not shaped:
        raise GeoError(
            f"{path}: no layer with shapes ({listed(names, 20)}).", "Export the boundaries with their shapes."
        )
    if len(shaped) == 1:
        if len(names) > 1:
            choices.append(f"{path.name}: layer {shaped[0]} (the only one with shapes).")
        return [name for name, _ in layers].index(shaped[0])
    raise GeoError(f"{path}: several layers ({listed(names, 20)}).", f"Say which, as {path.name}::{shaped[0]}.")


def with_crs(
    features: gpd.GeoDataFrame, path: Path, crs: str | None, option: str, choices: list[str]
) -> gpd.GeoDataFrame:
    """Return features with the coordinate system that ``option`` gave, else their own; GeoError where neither is."""
    if crs is not None:
        try:
            asked = pyproj.CRS.from_user_input(crs)
        except pyproj.exceptions.CRSError:
            raise GeoError(f"{option} {crs}: no such coordinate system.", "Use a code such as EPSG:27700.") from None
        if features.crs is not None and features.crs != asked:
            choices.append(f"{path.name}: says {features.crs.name}; read as {asked.name} because {option} says so.")
        return features.set_crs(asked, allow_override=True)
    if features.crs is not None:
        return features
    looks_like, code = _guess_crs(features)
    evidence = f"; its numbers look like {looks_like}" if looks_like else ""
    missing = " (a shapefile needs its .prj file beside it)" if path.suffix.lower() in (".shp", ".zip") else ""
    raise GeoError(
        f"{path}: no coordinate reference system{missing}{evidence}.",
        f"If that is what they are, run again with {option} {code}."
        if code
        else f"Ask whoever made it which system it is in, and name that with {option}.",
    )


def _refuse_swapped(features: gpd.GeoDataFrame, path: Path) -> None:
    """Raise GeoError where degrees lie in the United Kingdom only the other way round."""
    west, south, east, north = features.total_bounds
    if features.crs.is_geographic and 49 <= west <= east <= 61.5 and -9.5 <= south <= north <= 2.5:
        raise GeoError(
            f"{path}: longitude and latitude are swapped ({west:.2f}, {south:.2f} is a corner of it).",
            "In map files x, the longitude, comes first: export it again.",
        )


def _utf8_again(features: gpd.GeoDataFrame, path: Path, choices: list[str]) -> gpd.GeoDataFrame:
    """Return texts as they were meant where a shapefile in UTF-8, without its .cpg file, was read as Latin-1."""
    mended = {}
    for name in features.columns.drop(features.geometry.name):
        texts = {one for one in features[name] if isinstance(one, str) and not one.isascii()}
        try:
            again = {one: one.encode("latin-1").decode("utf-8") for one in texts}
        except ValueError:
            return features
        if again:
            mended[name] = features[name].map(lambda one, again=again: again.get(one, one))
    if mended:
        choices.append(f"{path.name}: its texts are UTF-8, though no .cpg file says so.")
    return features.assign(**mended)


def _guess_crs(features: gpd.GeoDataFrame) -> tuple[str, str]:
    """Return what the numbers look like, in words, and its code; empty words where nothing fits."""
    west, south, east, north = features.total_bounds
    if -9.5 <= west <= east <= 2.5 and 49 <= south <= north <= 61.5:
        return "longitude and latitude", LONLAT
    if 0 <= west <= east <= 700_000 and 0 <= south <= north <= 1_300_000:
        return "British National Grid", GREAT_BRITAIN
    if -1_200_000 <= west <= east <= 300_000 and 6_200_000 <= south <= north <= 8_800_000:
        return "Web Mercator", "EPSG:3857"
    return "", ""


def _in_degrees(features: gpd.GeoDataFrame) -> bool:
    west, south, east, north = features.total_bounds
    return bool(-180.001 <= west <= east <= 180.001 and -90.001 <= south <= north <= 90.001)
