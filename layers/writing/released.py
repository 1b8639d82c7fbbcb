"""Layers out of files and into copies of the same kind: what ``geo release`` opens and writes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from geo.crs import GREAT_BRITAIN
from geo.errors import GeoError
from layers.audit.files import layer_name
from layers.libraries import gpd, np, pd, pyogrio
from layers.reading.sniff import kind_of, read_bytes
from layers.reading.vector import gdal_errors, read_geopackage
from layers.writing.write import write_csv, write_geojson, write_geopackage

_KINDS = {"geopackage": "GeoPackage", "json": "GeoJSON", "text": "CSV"}


def read_released(path: Path, *, metric_crs: str = GREAT_BRITAIN) -> tuple[str, dict[str, pd.DataFrame]]:
    """Return the kind of a file and its layers by name, those with geometry in metres.

    A table or a GeoJSON file is one layer, called as the file is (hotspots.csv, hotspots-2025.geojson). Raises GeoError
    for files that are not made of layers: a page is made again by the command that made it, with ``--profile``.
    """
    kind = _KINDS.get(kind_of(read_bytes(path)[:4096]))
    if kind is None or path.suffix.casefold() in (".html", ".htm"):
        raise GeoError(
            f"{path}: only a GeoPackage, GeoJSON or CSV file can be copied for others.",
            "Make a page again with --profile partner or public; save the sheet of a workbook as CSV.",
        )
    try:
        if kind == "CSV":
            return kind, {layer_name(path): pd.read_csv(path, dtype_backend="numpy_nullable", keep_default_na=True)}
        if kind == "GeoJSON":
            return kind, {layer_name(path): _metric(pyogrio.read_dataframe(read_bytes(path)), metric_crs)}
        held = read_geopackage(path)
        return kind, {
            name.casefold(): _metric(one, metric_crs) if isinstance(one, gpd.GeoDataFrame) else one
            for name, one in held.items()
        }
    except (*gdal_errors(), UnicodeDecodeError, pd.errors.ParserError, ValueError) as error:
        why = (str(error) or type(error).__name__).splitlines()[0]
        raise GeoError(f"{path}: it cannot be read ({why}).", "Export it again, in UTF-8.") from None


def write_released(path: Path, kind: str, layers: Mapping[str, pd.DataFrame]) -> None:
    """Write layers as a file of the kind they were read from."""
    if kind == "CSV":
        ((_, table),) = layers.items()
        write_csv(path, _plain(table))
    elif kind == "GeoJSON":
        ((name, layer),) = layers.items()
        write_geojson(path, gpd.GeoDataFrame(_plain(layer), crs=layer.crs), name=name)
    else:
        spatial = {name: layer for name, layer in layers.items() if isinstance(layer, gpd.GeoDataFrame)}
        write_geopackage(path, {name: gpd.GeoDataFrame(_plain(one), crs=one.crs) for name, one in spatial.items()})
        for name in sorted(set(layers) - set(spatial)):
            table = _plain(layers[name])
            pyogrio.write_dataframe(
                table, path, layer=name, driver="GPKG", append=path.exists(), layer_options={"FID": "fid"}
            )


def _metric(layer: gpd.GeoDataFrame, metric_crs: str) -> gpd.GeoDataFrame:
    return layer.to_crs(metric_crs) if layer.crs is not None else layer.set_crs(metric_crs)


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with whole counts as whole numbers: 20, not 20.0, where some are hidden."""
    shown = table.copy()
    for name in shown.columns:
        values = shown[name]
        if pd.api.types.is_float_dtype(values) and len(values) and (values.dropna() % 1 == 0).all():
            shown[name] = pd.array(np.asarray(values, dtype=np.float64), dtype="Int64")
    return shown
