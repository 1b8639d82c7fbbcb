"""Map files of any kind, as GDAL opens them: what a path leads to, which layers it holds, and their features."""

from __future__ import annotations

import bz2
import hashlib
from pathlib import Path
from typing import Any

from geo.errors import GeoError
from layers.libraries import gpd, pyogrio, shapely
from layers.reading.sniff import decompressed, kind_of, open_archive, read_bytes, refuse
from layers.reading.vector import GDAL_KINDS, find_vector_files, gdal_errors, gdal_source
from layers.walking.osm import read_extract


def files_of(path: Path) -> list[Path]:
    """Return the file itself, or the OpenStreetMap extracts of a folder, or else its other map files."""
    if path.is_dir():
        extracts = sorted(
            entry for entry in path.rglob("*") if entry.name.lower().endswith((".osm", ".osm.gz", ".pbf"))
        )
        return extracts or find_vector_files(path)
    return [path]


def open_source(path: Path) -> tuple[Any, str]:
    """Return what GDAL can open (a path, or the bytes of a packed file), and its kind: osm, parquet or vector."""
    if not path.is_file():
        read_bytes(path)  # says what is wrong with it
    with path.open("rb") as file:
        head = file.read(4096)
    kind = kind_of(head)
    if head[:3] == b"BZh" or kind == "gzip":
        raw = read_bytes(path)
        try:
            data = bz2.decompress(raw) if head[:3] == b"BZh" else decompressed(raw, str(path))
        except (OSError, ValueError):
            raise GeoError(f"{path}: this bz2 file is damaged or cut off.", "Download or copy it again.") from None
        head, kind = data[:4096], kind_of(data[:4096])
        source: Any = data
    else:
        source = path
    if b"OSMHeader" in head[:32] or (kind == "xml" and b"<osm" in head[:1024]):
        return source, "osm"
    if kind == "parquet":
        return source, kind
    if kind == "zip" and (folder := _shapefiles(path)):
        return folder, "vector"
    if kind == "json":
        return source if isinstance(source, bytes) else read_bytes(path), "vector"
    if kind not in GDAL_KINDS:
        raise refuse(str(path), kind, head[:64])
    packed = isinstance(source, bytes)
    data = source if packed else b"" if kind in ("geopackage", "shapefile", "zip") else read_bytes(path)
    return gdal_source(data, path, kind, packed=packed)[0], "vector"


def _shapefiles(path: Path) -> str:
    """Return the folder of several shapefiles in an archive, which GDAL takes for one source with a layer each."""
    with open_archive(path) as archive:
        inside = [name for name in archive.namelist() if name.lower().endswith(".shp")]
        if len(inside) < 2 or len({Path(name).parent for name in inside}) > 1:
            return ""
        for name in inside:
            with archive.open(name) as part:
                if kind_of(part.read(16)) != "shapefile":
                    raise GeoError(f"{path}: {name} in it is no shapefile.", "Unzip it and name the file to use.")
    return f"/vsizip/{path.resolve().as_posix()}/{Path(inside[0]).parent.as_posix()}"


def layer_names(source: Any, path: Path) -> list[str]:
    """Return the names of the layers that hold shapes."""
    try:
        return [str(name) for name, kind in pyogrio.list_layers(source) if kind is not None]
    except gdal_errors():
        raise GeoError(f"{path}: cannot be read as map data.", "Export or download it again.") from None


def layer_info(source: Any, path: Path, layer: int) -> dict[str, Any]:
    """Return what pyogrio.read_info says of a layer by its number: a GeoJSON from memory has another name each time."""
    try:
        return dict(pyogrio.read_info(source, layer=layer))
    except gdal_errors():
        raise GeoError(f"{path}: cannot be read as map data.", "Export or download it again.") from None


def read_layer(source: Any, path: Path, layer: int | str, box: tuple[float, ...], **more: Any) -> gpd.GeoDataFrame:
    """Return the features of a layer that reach into ``box``: by number, or by name of an OpenStreetMap extract.

    ``more`` is for pyogrio.read_dataframe.
    """
    try:
        if isinstance(layer, str):
            return read_extract(source, layer, bbox=box, **more)
        return pyogrio.read_dataframe(source, layer=layer, bbox=box, use_arrow=False, **more)
    except (*gdal_errors(), shapely.errors.ShapelyError) as error:
        why = (str(error) or type(error).__name__).splitlines()[0]
        raise GeoError(
            f"{path}: cannot be read as map data ({why}).", "It is cut off or damaged: download it again."
        ) from None


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
