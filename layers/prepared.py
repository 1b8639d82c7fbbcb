"""Incidents read once and kept as GeoParquet, so that every later command reads only the part it needs.

A prepared folder holds a file a month (``2025-01.parquet``, positions in metres as GeoArrow points), sorted by crime
type and then along a curve through the plane, in groups of rows whose bounds stand in the file: what is of another
month, another type or another place is not read. ``prepared.json`` says what is in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from geo.errors import GeoError, counted
from layers.libraries import gpd, np, pa, pc, pd, pyproj
from layers.reading.crime_types import CrimeTypes
from layers.reading.positions import snap_to_millimetres
from layers.reading.report import FileRead, ReadReport
from layers.reading.sniff import is_folder, read_bytes, sha256

INDEX = "prepared.json"
_VERSION = 1
_GROUP_ROWS = 50_000
_ELSEWHERE = "too far from the study area to lie in it"
_NO_MONTH = "undated"
# kept so much of a table with a column of ASB types as make it a table of ASB (see CrimeTypes)
_MOSTLY = 0.8
Bounds = tuple[float, float, float, float]


class Held(NamedTuple):
    """The wanted rows of a prepared folder: ``table`` and their ``points``; ``known``: month and force of all wanted
    rows wherever they lie; ``others``: positions of rows of other types in the months asked for, each with ``other``,
    how many; None where the folder was not made from a download of police.uk.
    """

    table: pd.DataFrame
    points: gpd.GeoSeries
    known: pd.DataFrame
    others: gpd.GeoDataFrame | None


def is_prepared(path: str | Path) -> bool:
    """Return whether ``path`` is a folder that ``geo prepare`` made."""
    return is_folder(Path(path)) and (Path(path) / INDEX).is_file()


def rows_held(path: str | Path) -> int:
    """Return how many rows a prepared folder holds. Raises GeoError where its index cannot be read."""
    return sum(_index(Path(path))["counts"]["rows"])


# --- written ----------------------------------------------------------------------------------------------------------


def prepared_files(incidents: gpd.GeoDataFrame, report: ReadReport) -> dict[str, Callable[[Path], None]]:
    """Return what writes each file of a prepared folder, the index last.

    ``incidents``: of all types, as ``read_incidents`` gives them with ``kept_as_read``; ``report``: its own.
    """
    month = incidents["month"].fillna(_NO_MONTH).to_numpy()
    curve = incidents.geometry.hilbert_distance().to_numpy()
    order = np.lexsort((curve, incidents["crime_type"].to_numpy(str), month))
    edges = np.flatnonzero(np.append(True, month[order][1:] != month[order][:-1]))
    rows = dict(zip(month[order][edges].tolist(), np.split(order, edges[1:]), strict=True))
    files: dict[str, Callable[[Path], None]] = {
        f"{name}.parquet": partial(_write_part, incidents.iloc[own]) for name, own in rows.items()
    }
    files[INDEX] = partial(_write_index, incidents, report)
    return files


def _write_part(rows: gpd.GeoDataFrame, path: Path) -> None:
    rows.to_parquet(path, index=False, geometry_encoding="geoarrow", schema_version="1.1.0", row_group_size=_GROUP_ROWS)


def _write_index(incidents: gpd.GeoDataFrame, report: ReadReport, path: Path) -> None:
    force = incidents["force"] if "force" in incidents else pd.Series("", incidents.index)
    names = {"month": incidents["month"].fillna(_NO_MONTH), "crime_type": incidents["crime_type"], "force": force}
    counts = pd.DataFrame(names).value_counts().sort_index().reset_index(name="rows")
    asb = incidents["asb_type"].notna().mean() if "asb_type" in incidents else 0.0
    told = {
        "geo_prepared": _VERSION,
        "crs": incidents.crs.to_string(),
        "columns": [name for name in incidents.columns if name != "geometry"],
        "typed": report.typed,
        "asb_table": bool(asb >= _MOSTLY),
        "download": bool(report.publisher),
        "publisher": report.publisher,
        "attribution": report.attribution,
        "months": list(report.months),
        "gaps": list(report.gaps),
        "coverage": {force: list(months) for force, months in report.coverage.items()},
        "warnings": report.warnings,
        "made_of": [vars(file) for file in report.files],
        "set_aside": {part.reason: part.count for part in report.set_aside},
        "counts": counts.to_dict("list"),
    }
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False), encoding="utf-8", newline="\n")


# --- read -------------------------------------------------------------------------------------------------------------


def read_prepared(
    path: Path,
    wanted: CrimeTypes,
    report: ReadReport,
    *,
    since: str | None,
    until: str | None,
    within: Bounds | None,
    metric_crs: str | pyproj.CRS,
) -> Held:
    """Return the rows of the wanted types, of the months from ``since`` to ``until``, in the bounds ``within``.

    ``report`` is told of all rows of the folder: those that were not read, by reason. Raises GeoError where the index
    or a part cannot be read, or was made by another version.
    """
    index = _index(path)
    counts = pd.DataFrame(index["counts"])
    report.files.append(FileRead(str(path), sha256(read_bytes(path / INDEX)), int(counts["rows"].sum())))
    report.publisher, report.attribution = index["publisher"], list(index["attribution"])
    report.warnings += index["warnings"]
    if index["download"]:
        report.months, report.gaps = tuple(index["months"]), tuple(index["gaps"])
        report.coverage = {force: tuple(months) for force, months in index["coverage"].items()}
    types = _types(index, counts, wanted)
    wanted.report(report, str(path))
    own = counts["crime_type"].isin(types)
    months = sorted(set(counts["month"]))
    asked = [one for one in months if _overlaps(one, since, until)]
    left_out = int(counts["rows"][own & ~counts["month"].isin(asked)].sum())
    report.put_aside("outside the period asked for", left_out)
    same = pyproj.CRS(metric_crs) == pyproj.CRS(index["crs"])
    box = within if same else None  # bounds in another plane are no rectangle in this one
    table, points = _rows(path, asked, types, box, index)
    report.elsewhere = int(counts["rows"][own & counts["month"].isin(asked)].sum()) - len(table)
    report.put_aside(_ELSEWHERE, report.elsewhere)
    if not same:
        points = snap_to_millimetres(points.to_crs(metric_crs))
    if not index["typed"]:
        table = table.drop(columns="crime_type")
    known = counts.loc[own, ["month", *(["force"] if "force" in index["columns"] else [])]]
    others = _others(path, asked, types, box, index) if index["download"] and index["typed"] else None
    if others is not None and not same:
        others = others.set_geometry(snap_to_millimetres(others.geometry.to_crs(metric_crs)))
    return Held(table, points, known.assign(month=known["month"].replace(_NO_MONTH, None)), others)


def _index(path: Path) -> dict[str, Any]:
    again = "Make it again: geo prepare FOLDER --out DIR --overwrite."
    try:
        index = json.loads(read_bytes(path / INDEX))
        version = index["geo_prepared"]
    except (ValueError, KeyError, TypeError):
        raise GeoError(f"{path / INDEX}: not an index of geo prepare.", again) from None
    if version != _VERSION:
        raise GeoError(f"{path}: prepared by another version of geo ({version!r}, not {_VERSION}).", again)
    return dict(index)


def _types(index: dict[str, Any], counts: pd.DataFrame, wanted: CrimeTypes) -> list[str]:
    """Return the crime types that are wanted, having counted all."""
    total = counts.groupby("crime_type")["rows"].sum().to_dict()
    if not index["typed"]:
        wanted.untyped, wanted.asb_table = sum(total.values()), index["asb_table"]
        return list(total)
    wanted.seen.update(total)
    return [name for name in total if wanted.wants(name)]


def _overlaps(month: str, since: str | None, until: str | None) -> bool:
    """Return whether rows of a month may lie in the period; those without one never do, where one is asked for."""
    if month == _NO_MONTH:
        return since is None and until is None
    return (since is None or month >= since[:7]) and (until is None or month <= until[:7])


def _rows(
    path: Path, months: Sequence[str], types: Sequence[str], box: Bounds | None, index: dict[str, Any]
) -> tuple[pd.DataFrame, gpd.GeoSeries]:
    table = _scan(path, months, pc.field("crime_type").isin(list(types)), box, [*index["columns"], "geometry"])
    points = _points(table, index["crs"])
    return table.drop_columns(["geometry"]).unify_dictionaries().to_pandas(), points


def _others(
    path: Path, months: Sequence[str], types: Sequence[str], box: Bounds | None, index: dict[str, Any]
) -> gpd.GeoDataFrame:
    """Return the positions of rows of other types, each with how many."""
    place = {"x": pc.field("geometry", "x"), "y": pc.field("geometry", "y")}
    table = _scan(path, months, ~pc.field("crime_type").isin(list(types)), box, place)
    found = table.group_by(["x", "y"]).aggregate([([], "count_all")])
    points = gpd.points_from_xy(found["x"].to_numpy(), found["y"].to_numpy(), crs=index["crs"])
    return gpd.GeoDataFrame({"other": found["count_all"].to_numpy()}, geometry=points)


def _scan(path: Path, months: Sequence[str], which: Any, box: Bounds | None, columns: Any) -> pa.Table:
    if box is not None:
        west, south, east, north = (float(one) for one in box)
        x, y = pc.field("geometry", "x"), pc.field("geometry", "y")
        which = which & (x >= west) & (x <= east) & (y >= south) & (y <= north)
    files = [str(path / f"{month}.parquet") for month in months]
    texts = ["month", "force", "crime_type", "asb_type", "category", "source", "location_text", "precision"]
    format_ = pa.dataset.ParquetFileFormat(read_options={"dictionary_columns": texts})
    try:
        return pa.dataset.dataset(files, format=format_).to_table(columns=columns, filter=which)
    except (OSError, pa.ArrowException) as error:
        missing = [one for one in files if not Path(one).is_file()]
        what = f"{missing[0]}: a part of it is missing" if missing else f"{path}: a part cannot be read ({error})"
        raise GeoError(
            f"{what}; {counted(len(files), 'file')} needed.", "Make it again: geo prepare FOLDER --out DIR --overwrite."
        ) from None


def _points(table: pa.Table, crs: str) -> gpd.GeoSeries:
    place = table["geometry"].combine_chunks()
    if isinstance(place, pa.ChunkedArray):
        place = place.chunk(0)
    return gpd.GeoSeries(gpd.points_from_xy(place.field("x").to_numpy(), place.field("y").to_numpy()), crs=crs)
