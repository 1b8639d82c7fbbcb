"""Where an engagement took place: a focal point, a ward or a position, checked against the layers that are known."""

from __future__ import annotations

from geo.errors import GeoError, counted, listed
from layers.libraries import gpd, pd, pyproj
from layers.log.values import first_rows
from layers.reading.names import Names
from layers.reading.positions import Ground, locate, position_pair
from layers.reading.records import Records
from layers.reading.report import ReadReport
from layers.reading.shapes import ground_faults, surface_points

NO_PLACE = "no focal point, ward or position"
UNKNOWN_PLACE = "its only place is in no list"


def read_places(
    records: Records,
    focal_points: pd.DataFrame | None,
    wards: pd.DataFrame | None,
    report: ReadReport,
    crs: str | None,
    metric_crs: str | pyproj.CRS,
) -> tuple[pd.DataFrame, pd.Series]:
    """Return focal_point_id and ward_code (where the file has them) and geometry (a point or None), and the faults.

    A code that its layer does not hold is emptied and named in a warning. A row without any place left is at fault.
    """
    records = records._replace(rows=_in_their_column(records.rows, wards, focal_points, report))
    rows = records.rows
    pair = position_pair(list(rows.columns))
    known_columns = [name for name in ("focal_point_id", "ward_code", "geopoint", "grid_ref") if name in rows]
    if not known_columns and pair is None and records.points is None:
        raise GeoError(
            f"{records.label}: no column says where (focal_point_id, ward_code, or a position).",
            "Rename the column with the ward or venue, or map it under [columns.engagements] in geo.toml.",
        )
    places = pd.DataFrame(index=rows.index)
    said = pd.Series(False, index=rows.index)
    for name, layer, called, what in (
        ("focal_point_id", focal_points, "name", "focal point"),
        ("ward_code", wards, "ward_name", "ward"),
    ):
        if name in rows:
            said |= rows[name].notna()
            places[name] = _checked(rows, name, layer, called, what, records.label, report)
    points, faults = _positions(records, pair, report, crs, metric_crs)
    off = ground_faults(points)
    faults = faults.mask(faults.isna(), off)
    points = points.where(off.isna())
    said |= points.notna() | faults.notna()
    placed = points.notna()
    for name in places:
        placed |= places[name].notna()
    _say_lost_positions(faults[placed & faults.notna()], rows["row"], records.label, report)
    found = pd.Series(pd.NA, index=rows.index, dtype="string")
    found = found.mask(~placed & ~said, NO_PLACE).mask(~placed & said, UNKNOWN_PLACE)
    found = found.mask(~placed & faults.notna(), faults)
    return places.assign(geometry=points), found


def _checked(
    rows: pd.DataFrame,
    name: str,
    layer: pd.DataFrame | None,
    called: str,
    what: str,
    label: str,
    report: ReadReport,
) -> pd.Series:
    """Return the codes of a column; where ``layer`` is given, unknown ones are emptied and names become codes."""
    codes = rows[name].astype(object)
    if layer is None:
        return codes
    titles = layer[called].fillna("").astype(str) if called in layer else layer[name].astype(str)
    resolver = Names({code: [title] for code, title in zip(layer[name].astype(str), titles, strict=True)})
    read = {cell: resolver.read(cell, several=False) for cell in {str(one) for one in codes.dropna()}}
    found = codes.map(lambda one: next(iter(read[str(one)].codes), None) if isinstance(one, str) else None)
    by_name = found.notna() & (found != codes)
    if by_name.any():
        report.choices.append(
            f"{name}: {counted(int(by_name.sum()), 'row')} name the {what} instead of its code; found by name."
        )
    unknown = codes.notna() & found.isna()
    codes = found.astype(object)
    if unknown.any():
        cells = sorted({str(one) for one in rows[name][unknown]})
        missing = {cell: next(iter(read[cell].unknown.values()), "") for cell in cells}
        report.unresolved |= missing
        told = [one[:40] + (f" (nearest: {near})" if near else "") for one, near in missing.items()]
        report.warnings.append(
            f"{label}: {counted(int(unknown.sum()), 'row')} with a {name} that is in no list of {what}s "
            f"({listed(told)}; first: row {first_rows(rows['row'][unknown], 1)})."
        )
    return codes.where(~unknown, None)


def _in_their_column(
    rows: pd.DataFrame, wards: pd.DataFrame | None, focal_points: pd.DataFrame | None, report: ReadReport
) -> pd.DataFrame:
    """Return the rows with a ward that stood under the heading of a venue in the column of wards, and the reverse.

    Only where that column is empty, and the name is in one of the two lists.
    """
    lists = {
        name: Names({code: [title] for code, title in zip(layer[name].astype(str), titles, strict=True)})
        for name, layer, called in (("focal_point_id", focal_points, "name"), ("ward_code", wards, "ward_name"))
        if layer is not None and called in layer
        for titles in [layer[called].fillna("").astype(str)]
    }
    for name, other in (("focal_point_id", "ward_code"), ("ward_code", "focal_point_id")):
        if name not in rows or len(lists) < 2:
            continue
        free = rows[name].notna() & (rows[other].isna() if other in rows else True)
        cells = rows[name][free].astype(str)
        there = {
            cell: bool(lists[other].read(cell, several=False).codes and not lists[name].read(cell, several=False).codes)
            for cell in cells.unique()
        }
        move = pd.Series([at in cells.index and there[cells[at]] for at in rows.index], rows.index, dtype=bool)
        if move.any():
            kept = rows[other] if other in rows else pd.Series(None, rows.index, dtype=object)
            rows = rows.assign(**{other: kept.where(~move, rows[name]), name: rows[name].where(~move, None)})
            report.choices.append(f"{other}: {counted(int(move.sum()), 'row')} name it under the heading of {name}.")
    return rows


def _positions(
    records: Records, pair: tuple[str, str] | None, report: ReadReport, crs: str | None, metric_crs: str | pyproj.CRS
) -> tuple[gpd.GeoSeries, pd.Series]:
    """Return a point for each row, None without one, and what is wrong with those that have one but cannot use it."""
    rows = records.rows
    nothing = pd.Series(pd.NA, index=rows.index, dtype="string")
    if records.points is not None:
        return surface_points(records.points, report), nothing
    ground = Ground(records.label, crs, metric_crs, report.choices)
    read = locate(rows, ground, ("geopoint", "grid_ref", "focal_point_id"))
    if read is None or (read.points.isna().all() and pair is None):
        return gpd.GeoSeries([None] * len(rows), index=rows.index, crs=metric_crs), nothing
    cells = [name for name in (*(pair or ()), "geopoint", "grid_ref") if name in rows]
    return read.points, read.faults.where(rows[cells].notna().any(axis=1))


def _say_lost_positions(faults: pd.Series, rows: pd.Series, label: str, report: ReadReport) -> None:
    for fault in sorted(faults.unique()):
        where = rows[faults.index[faults == fault]]
        report.warnings.append(
            f"{label}: {counted(len(where), 'row')} kept by ward or focal point without the position "
            f"({fault}; first: row {first_rows(where, 1)})."
        )
