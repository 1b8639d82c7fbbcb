"""Activity in general, to compare incidents with: shops, people, other recorded events, one row a place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from geo.crs import GREAT_BRITAIN
from geo.errors import GeoError
from layers.libraries import gpd, pd, pyproj
from layers.reading.layer import Column, Layer
from layers.reading.positions import POSITION_COLUMNS, Ground, locate, snap_to_millimetres
from layers.reading.records import numbers, read_records, set_aside
from layers.reading.report import ReadReport

ACTIVITY = Layer(
    "background",
    (
        Column("count", "how much goes on there: people, premises, events; 1 where the column is missing", "n, total"),
        *POSITION_COLUMNS,
    ),
)


def read_activity(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    crs: str | None = None,
    metric_crs: str | pyproj.CRS = GREAT_BRITAIN,
    encoding: str | None = None,
) -> tuple[gpd.GeoDataFrame, ReadReport]:
    """Return places of activity with ``other`` (how much goes on at each, above 0), and a report of every row.

    ``path``: a table with positions and perhaps ``count``, or a map file: of lines and areas the middle is taken.
    ``crs``: the system of a table's numbers. Raises GeoError where no row is usable.
    """
    report = ReadReport(ACTIVITY.name)
    records = read_records(path, ACTIVITY, report, columns=columns, encoding=encoding, metric_crs=metric_crs)
    rows = records.rows
    count, faults = (
        numbers(rows["count"]) if "count" in rows else (pd.Series(1.0, rows.index), pd.Series(pd.NA, rows.index))
    )
    faults = faults.astype("string").mask(faults.isna() & ~(count > 0), "a count of nothing")
    if records.points is not None:
        empty = records.points.isna() | records.points.is_empty
        faults = faults.mask(faults.isna() & empty, "no position")
        middle = records.points.representative_point()
        points = snap_to_millimetres(middle[~empty]).reindex(rows.index)
    else:
        read = locate(rows, Ground(records.label, crs, metric_crs, report.choices))
        if read is None:
            raise GeoError(
                f"{records.label}: no columns with positions.", "Longitude and latitude, or easting and northing."
            )
        points, missing = read.points, read.faults
        faults = faults.fillna(missing)
    set_aside(rows, faults, report, records.label)
    usable = faults.isna()
    if not usable.any():
        raise GeoError(f"{records.label}: no usable row of {len(rows):,}.", "Mend the rows named in the report.")
    report.used = int(usable.sum())
    activity = gpd.GeoDataFrame({"other": count[usable]}, geometry=points[usable], crs=metric_crs)
    return activity.reset_index(drop=True), report.check()
