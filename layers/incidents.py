"""Incidents: a data.police.uk download, one table of any force's own layout, or a map file of points."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from geo.crs import GREAT_BRITAIN
from geo.errors import GeoError, counted, listed
from layers.libraries import gpd, np, pa, pd, pyproj
from layers.police import months_between
from layers.reading.crime_types import ASB, CrimeTypes
from layers.reading.dates import read_dates
from layers.reading.incident_files import INCIDENTS, TEXT_COLUMNS, Part, Reading, Track, read_parts
from layers.reading.positions import AT_ZERO, position_pair, read_positions
from layers.reading.report import ReadReport, Row

__all__ = ["INCIDENTS", "read_incidents"]
# no incident system in use holds older records; an older date is a typing error
_EARLIEST = dt.datetime(1990, 1, 1)
_HINTS = {AT_ZERO: "Unknown positions are often exported as zero. Check the source."}


def read_incidents(
    path: str | Path,
    *,
    crime_types: Sequence[str] = (ASB,),
    since: str | None = None,
    until: str | None = None,
    crs: str | None = None,
    metric_crs: str | pyproj.CRS = GREAT_BRITAIN,
    encoding: str | None = None,
    columns: Mapping[str, str] | None = None,
    track: Track = lambda items, _: items,
) -> tuple[gpd.GeoDataFrame, ReadReport]:
    """Return the incidents of a download, a table or a map file, and a report in which every row is counted.

    ``path``: a data.police.uk folder or its zip; a delimited table (also ``.gz``) with positions in longitude and
    latitude or easting and northing under any usual names; GeoPackage, GeoJSON or GeoParquet. ``crime_types``: the
    types to keep, case and hyphens aside (``ASB`` is short for anti-social behaviour, ``all`` keeps everything); a
    table without such a column is taken whole, and said. ``since``, ``until``: first and last month (YYYY-MM) or day
    (YYYY-MM-DD), both included. ``columns``: {canonical name: header}. ``track``: wraps the loop over files, for a
    progress bar.

    Returned, sorted by position and content so that the order of rows in files changes nothing: ``incident_id`` (made
    from that order when absent), ``month`` (YYYY-MM), ``occurred_from`` and ``occurred_to`` (if dated), ``crime_type``,
    the other columns of the layer that the files have, ``geometry`` (points in ``metric_crs``, to the millimetre). Of a
    download, ``report.map_points`` holds every position that it uses for any crime.
    Identical rows stay: without an id they are separate reports at one map point. Raises GeoError when nothing usable
    is found, and says what was found instead.
    """
    report = ReadReport("incidents")
    wanted = CrimeTypes(crime_types)
    reading = Reading(wanted, report, crs, metric_crs, encoding, columns, [])
    parts = list(read_parts(path, reading, track))
    wanted.report(report, str(path))
    table, points = _join(parts)
    table = table.assign(**_when(table, report))
    if "weight" in table:
        weight = pd.to_numeric(table["weight"].astype("string").fillna("1"), errors="coerce")
        bad = ~(weight >= 0) | (weight == np.inf)
        table = table.assign(weight=weight, fault=table["fault"].mask(bad, "weight is negative or no number"))
        if (weight[~bad] != 1).any():
            report.warnings.append(
                f"Rows are weighted: {counted(len(table), 'row')} count for {weight[~bad].sum():,g}."
            )
    faults = table.pop("fault")
    if points is None:
        points, position_faults = _positions(table, path, crs, metric_crs)
        faults = faults.fillna(position_faults)
    else:
        faults = faults.fillna(parts[0].faults)
    outside = table["month"].notna() & ~_in_period(table, since, until)
    report.put_aside("outside the period asked for", int(outside.sum()))
    _report_days(table, since, until, report)
    _report_faults(table[~outside], faults[~outside], report)
    usable = faults.isna()
    _report_months(table[usable], since, until, report)
    incidents = _finish(table[usable & ~outside], points[usable & ~outside], metric_crs)
    _refuse_nothing(incidents, str(path), report, since, until)
    _report_repeats(incidents, report)
    report.map_points = _map_points(reading.others, incidents, since, until, metric_crs)
    report.used = len(incidents)
    return incidents, report.check()


def _join(parts: Sequence[Part]) -> tuple[pd.DataFrame, gpd.GeoSeries | None]:
    rows = pa.concat_tables([part.rows for part in parts], promote_options="default").unify_dictionaries()
    return rows.to_pandas(), parts[0].points if parts else None


def _when(table: pd.DataFrame, report: ReadReport) -> dict[str, pd.Series]:
    """Return the columns month, occurred_from and occurred_to (where there are days), and the fault of each row."""
    if "occurred_from" not in table:
        month = table["month"].astype("string").str.strip()
        month = month.str.replace(r"^(\d{1,2})/(\d{4})$", lambda m: f"{m[2]}-{m[1].zfill(2)}", regex=True)
        readable = month.str.match(r"^\d{4}-(0[1-9]|1[0-2])(-|$)").fillna(False).astype(bool)
        fault = _fault(table["month"], readable, "no month", "month cannot be read")
        return {"month": month.str[:7].where(readable), "fault": fault}
    when = read_dates(table["occurred_from"], "occurred_from")
    report.choices += when.choices
    fault = _fault(table["occurred_from"], when.when.notna(), "no date", "date cannot be read")
    impossible = (when.when < _EARLIEST) | (when.when > pd.Timestamp.now() + pd.Timedelta(days=1))
    fault = fault.mask(impossible, f"date before {_EARLIEST.year} or in the future")
    columns = {"occurred_from": when.when, "month": when.when.dt.strftime("%Y-%m"), "fault": fault}
    if "occurred_to" in table:
        ended = read_dates(table["occurred_to"], "occurred_to")
        report.choices += ended.choices
        backwards = ended.when < when.when
        columns["occurred_to"] = ended.when
        columns["fault"] = fault.mask(fault.isna() & backwards, "it ends before it begins")
    return columns


def _fault(values: pd.Series, readable: pd.Series, empty: str, unreadable: str) -> pd.Series:
    fault = pd.Series(pd.NA, index=values.index, dtype="string")
    return fault.mask(values.isna(), empty).mask(values.notna() & ~readable, unreadable)


def _positions(
    table: pd.DataFrame, path: str | Path, crs: str | None, metric_crs: str | pyproj.CRS
) -> tuple[gpd.GeoSeries, pd.Series]:
    pair = position_pair(list(table.columns))
    assert pair is not None  # the files were refused otherwise
    return read_positions(table, pair, label=Path(path).name, crs=crs, metric_crs=metric_crs)


def _report_faults(table: pd.DataFrame, faults: pd.Series, report: ReadReport) -> None:
    """Note the rows at fault, by reason."""
    for reason in sorted(faults.dropna().unique()):
        rows = table.loc[faults == reason, ["file", "row"]].sort_values(["file", "row"])
        found = [Row(report.files[file].path, int(row)) for file, row in rows.itertuples(index=False)]
        report.put_aside(reason, found, fault=True, hint=_HINTS.get(reason, ""))


def _in_period(table: pd.DataFrame, since: str | None, until: str | None) -> pd.Series:
    """Return which rows lie in the period; days and months are compared at the coarser of the two precisions."""
    day = table["occurred_from"].dt.strftime("%Y-%m-%d") if "occurred_from" in table else table["month"]
    inside = pd.Series(True, index=table.index)
    precision = 10 if "occurred_from" in table else 7
    if since is not None:
        inside &= day.str[: len(since)] >= since[:precision]
    if until is not None:
        inside &= day.str[: len(until)] <= until[:precision]
    return inside.fillna(False).astype(bool)


def _report_days(table: pd.DataFrame, since: str | None, until: str | None, report: ReadReport) -> None:
    days = [
        f"{option} {value} as {value[:7]}"
        for option, value in (("--since", since), ("--until", until))
        if value and len(value) > 7
    ]
    if days and "occurred_from" not in table:
        report.warnings.append(f"The data know months only: {' and '.join(days)}, whole months.")


def _report_months(usable: pd.DataFrame, since: str | None, until: str | None, report: ReadReport) -> None:
    """Write into the report which months are covered, within the period asked for; a gap is unknown, not zero."""
    present = set(usable["month"].dropna().unique())
    if not report.months:  # no file per month tells it: a month without any row is taken as one that is not there
        report.months = tuple(sorted(present))
        report.gaps = tuple(sorted(set(months_between(min(present), max(present))) - present)) if present else ()
    else:
        empty = set(report.months) - present
        if empty:
            report.warnings.append(
                f"{listed(sorted(empty), 12)}: the files hold no row of this type; counted as gaps, not as zero."
            )
        report.months = tuple(sorted(set(report.months) & present))
        report.gaps = tuple(sorted(set(report.gaps) | empty))
    first, last = (since or "0000")[:7], (until or "9999")[:7]
    if report.months and since and report.months[0] > first:
        report.warnings.append(f"Asked from {since}, but the data begin in {report.months[0]}.")
    if report.months and until and report.months[-1] < last:
        report.warnings.append(f"Asked until {until}, but the data end in {report.months[-1]}.")
    report.months = tuple(month for month in report.months if first <= month <= last)
    report.gaps = tuple(month for month in report.gaps if first <= month <= last)
    if report.gaps:
        report.warnings.append(f"No data for {listed(list(report.gaps), 12)}: a gap, not zero.")


def _finish(table: pd.DataFrame, points: gpd.GeoSeries, metric_crs: str | pyproj.CRS) -> gpd.GeoDataFrame:
    """Return the incidents in canonical order: by x, y, then everything else, so that file order is forgotten."""
    kept = [name for name in TEXT_COLUMNS if name in table and table[name].notna().any()]
    table = table[kept].copy()
    for name in kept:
        if isinstance(table[name].dtype, pd.CategoricalDtype):
            table[name] = table[name].astype("str")
    if "crime_type" not in kept:
        table["crime_type"] = ASB
    table = table.assign(x=points.x, y=points.y)
    table = table.sort_values(["x", "y", *kept], ignore_index=True)
    if "weight" in kept:
        table["weight"] = pd.to_numeric(table["weight"], errors="coerce")
    if "incident_id" not in kept:
        table["incident_id"] = [f"{number:06d}" for number in range(1, len(table) + 1)]
    names = [name for name in TEXT_COLUMNS if name in table]
    return gpd.GeoDataFrame(table[names], geometry=gpd.points_from_xy(table["x"], table["y"]), crs=metric_crs)


def _map_points(
    others: Sequence[pa.Table],
    incidents: gpd.GeoDataFrame,
    since: str | None,
    until: str | None,
    metric_crs: str | pyproj.CRS,
) -> gpd.GeoDataFrame | None:
    """Return every position a download uses in the period, with ``other``, the rows of other crime types at each."""
    if not others:
        return None
    table = pa.concat_tables(others).to_pandas()
    table = table[_in_period(table, since, until)]
    counts = table.groupby(["lon", "lat"], as_index=False)["count_all"].sum()
    read = read_positions(counts, ("lon", "lat"), label="other crimes", crs=None, metric_crs=metric_crs)
    known = read.faults.isna()
    xy = pd.concat([read.points[known].get_coordinates(), incidents.get_coordinates().drop_duplicates()])
    xy["other"] = np.append(counts["count_all"][known].to_numpy(), np.zeros(len(xy) - known.sum(), int))
    points = xy.groupby(["x", "y"], as_index=False)["other"].sum()
    return gpd.GeoDataFrame(points[["other"]], geometry=gpd.points_from_xy(points["x"], points["y"]), crs=metric_crs)


def _report_repeats(incidents: gpd.GeoDataFrame, report: ReadReport) -> None:
    names = [name for name in incidents.columns if name not in ("incident_id", "geometry")]
    doubled = int(incidents["incident_id"].dropna().duplicated().sum())
    if doubled:
        report.warnings.append(
            f"{counted(doubled, 'row')} with an id seen before. They are kept: an id can stand for several records."
        )
    keys = incidents[names].assign(x=incidents.geometry.x, y=incidents.geometry.y)
    repeats = int(keys.duplicated().sum())
    if repeats:
        report.choices.append(
            f"Kept {counted(repeats, 'row')} identical to an earlier one: separate reports share one map point."
        )


def _refuse_nothing(
    incidents: gpd.GeoDataFrame, path: str, report: ReadReport, since: str | None, until: str | None
) -> None:
    if len(incidents):
        return
    why = [f"{part.count:,} {part.reason}" for part in report.set_aside]
    period = f" between {since or 'the beginning'} and {until or 'the end'}" if since or until else ""
    raise GeoError(
        f"{path}: no usable incident{period} among {counted(report.read, 'row')} ({'; '.join(why) or 'no rows'}).",
        "Mend the rows or the options named, and run again.",
    )
