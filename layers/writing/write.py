"""Results into files: all of them or none, never half of one, never over another without being told."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from geo.crs import to_lonlat
from geo.errors import GeoError
from layers.libraries import gpd, pd, pyogrio

# GeoPackage notes when it was written; a fixed moment keeps equal results equal byte for byte
os.environ["OGR_CURRENT_DATE"] = "2000-01-01T00:00:00.000Z"  # GDAL looks there when it writes

# a spreadsheet runs a cell that begins with one of these
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def refuse_existing(out: Path, names: Sequence[str], overwrite: bool) -> None:
    """Raise GeoError if one of the files is in ``out`` and may not be replaced: asked before any work is done."""
    there = [name for name in names if (out / name).exists()]
    folders = [name for name in there if (out / name).is_dir()]
    if folders:
        raise GeoError(f"{out / folders[0]}: a folder stands where a result should go.", "Choose another folder.")
    if there and not overwrite:
        raise GeoError(
            f"{out / there[0]}: already exists.", "Pass --overwrite to replace it, or choose another folder."
        )


@contextmanager
def staged(out: Path, names: Sequence[str], *, overwrite: bool = False) -> Iterator[Path]:
    """Give a hidden folder to write the files ``names`` into; on leaving, move them to ``out``, the last one last.

    If anything fails, or the run is interrupted, ``out`` is as it was. Raises GeoError where a file is already there
    and ``overwrite`` is false, or where ``out`` cannot be written.
    """
    refuse_existing(out, names, overwrite)
    made = _make_folder(out)
    try:
        stage = Path(tempfile.mkdtemp(prefix=".geo-", dir=out))
    except OSError as error:
        raise _unwritable(out, error) from None
    try:
        yield stage
        _move_all(stage, out, names)
    except (OSError, pyogrio.errors.DataSourceError, pyogrio.errors.FeatureError) as error:
        raise _unwritable(out, error) from None
    finally:  # after Ctrl-C too
        shutil.rmtree(stage, ignore_errors=True)
        if made and not any(out.iterdir()):
            out.rmdir()


def _move_all(stage: Path, out: Path, names: Sequence[str]) -> None:
    """Move the files to ``out``; if one cannot be moved, put back what was there before."""
    before = stage / "before"
    before.mkdir()
    moved: list[str] = []
    try:
        for name in names:
            moved.append(name)
            if (out / name).exists():
                (out / name).rename(before / name)
            (stage / name).replace(out / name)
    except BaseException:
        for name in moved:
            if (before / name).exists():
                (before / name).replace(out / name)
            elif not (stage / name).exists():
                (out / name).unlink(missing_ok=True)
        raise


def write_geopackage(path: Path, layers: Mapping[str, gpd.GeoDataFrame]) -> None:
    """Write layers, each under its name, in their own (metric) system."""
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


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a table without geometry, UTF-8, text cells safe against being run as formulas by a spreadsheet."""
    plain = pd.DataFrame(table.drop(columns="geometry", errors="ignore"))
    for name in plain.columns:
        if pd.api.types.is_string_dtype(plain[name]) or plain[name].dtype == object:
            plain[name] = plain[name].map(safe_cell, na_action="ignore")
    plain.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


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


def _make_folder(out: Path) -> bool:
    """Make the folder; return whether it is new."""
    try:
        new = not out.exists()
        out.mkdir(parents=True, exist_ok=True)
        return new
    except OSError as error:
        raise _unwritable(out, error) from None


def _unwritable(out: Path, error: Exception) -> GeoError:
    why = getattr(error, "strerror", None) or str(error).splitlines()[0]
    return GeoError(
        f"{out}: cannot be written ({why}).", "Is the disk full, or the folder not yours? Choose another one."
    )
