"""Incidents: a data.police.uk download, one table of any force's own layout, or a map file of points."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from geo.crs import GREAT_BRITAIN
from geo.errors import GeoError, counted, listed
from layers.databases.address import short_name
from layers.libraries import gpd, np, pa, pd, pyproj
from layers.police import months_between
from layers.prepared import Bounds, is_prepared, read_prepared
from layers.reading.crime_types import ASB, CrimeTypes
from layers.reading.dates import in_future, read_dates, refuse_unread, with_times
from layers.reading.incident_files import INCIDENTS, TEXT_COLUMNS, Part, Reading, Track, no_position, read_parts
from layers.reading.positions import (
    AT_ZERO,
    IMPOSSIBLE,
    POSITION_COLUMNS,
    Ground,
    Positions,
    locate,
    read_positions,
    without_positions,
)
from layers.reading.report import ReadReport, Row
from layers.reading.sniff import require_size
from layers.reading.tabular import shown

__all__ = ["INCIDENTS", "read_incidents"]
# no incident system in use holds older records; an older date is a typing error
_EARLIEST = dt.datetime(1990, 1, 1)
# a month with less than this share of what its force usually records is no quiet month but half a file
_HOLLOW_SHARE = 0.1
_LEAST_USUAL = 20
_HOLLOW = "of a month whose file is nearly empty"
# the crime type of rows that were asked for whatever it is
NOT_SAID = "not said"
_SAME = "the same record again: id, time, place and all else alike"
# positions rounded to so many metres are warned of
_COARSE_M = 25
# with fewer rows nothing can be said about where they heap up; a position with more than this share is named
_LEAST_STACKED, _DEFAULT_SHARE = 40, 0.05
_POSITIONS = tuple(column.name for column in POSITION_COLUMNS)
_HINTS = {
    AT_ZERO: "Unknown positions are often exported as zero. Check the source.",
    "position is not a number": "Write degrees as -0.4264 and 51.8809, metres as 508413 and 221426. Digits masked "
    "with * are no position: such rows count by area only.",
    IMPOSSIBLE: "Name the coordinate system with --incidents-crs: EPSG:27700 (National Grid), EPSG:32630 (UTM) ...",
}


def read_incidents(
    path: str | Path,
    *,
    crime_types: Sequence[str] = (ASB,),
    all_are_asb: bool = False,
    since: str | None = None,
    until: str | None = None,
    crs: str | None = None,
    metric_crs: str | pyproj.CRS = GREAT_BRITAIN,
    encoding: str | None = None,
    columns: Mapping[str, str] | None = None,
    within: Bounds | None = None,
    kept_as_read: bool = False,
    track: Track = lambda items, _: items,
) -> tuple[gpd.GeoDataFrame, ReadReport]:
    """Return the incidents of a download, a table or a map file, and a report in which every row is counted.

    ``path``: a data.police.uk folder or its zip; what ``geo prepare`` made of one, of which only what lies in the
    bounds ``within`` (metres) is read and the rest is counted (``report.elsewhere``); a delimited table (also ``.gz``)
    with positions in longitude and latitude or easting and northing under any usual names; GeoPackage, GeoJSON or
    GeoParquet. ``crime_types``: the types to keep, case and hyphens aside (``ASB`` is short for anti-social behaviour,
    ``all`` keeps everything); a table in which no column says the type is refused, unless ``all_are_asb`` says that its
    rows are. ``since``,
    ``until``: first and last month (YYYY-MM) or day (YYYY-MM-DD), both included. ``columns``: {canonical name:
    header}. ``kept_as_read``: for ``geo prepare``, rows that repeat another stay, and only warnings that hold for any
    choice of rows. ``track``: wraps the loop over files, for a progress bar.

    Returned, sorted by position and content so that the order of rows in files changes nothing: ``incident_id`` (made
    from that order when absent), ``month`` (YYYY-MM), ``occurred_from`` and ``occurred_to`` (if dated), ``crime_type``,
    the other columns of the layer that the files have, ``rounded_m`` (metres to which positions are rounded, where that
    is 10 or more), ``geometry`` (points in ``metric_crs``, to the millimetre). Of a download, ``report.map_points``
    holds every position that it uses for any crime.
    Identical rows stay: without an id they are separate reports at one map point. Raises GeoError when nothing usable
    is found, and says what was found instead.
    """
    report = ReadReport("incidents")
    wanted = CrimeTypes(crime_types, all_are_asb)
    if is_prepared(path):
        held = read_prepared(Path(path), wanted, report, since=since, until=until, within=within, metric_crs=metric_crs)
        table, points, known, others = held
        faults, volumes = pd.Series(pd.NA, table.index, dtype="string"), {}
    else:
        reading = Reading(wanted, report, crs, metric_crs, encoding, columns, [], {})
        table, points, faults = _as_written(path, reading, track, any_type=kept_as_read)
        known, others, volumes = None, None, reading.volumes
    outside = table["month"].notna() & ~_in_period(table, since, until)
    report.put_aside("outside the period asked for", int(outside.sum()))
    _report_days(table, since, until, report)
    _report_faults(table[~outside], faults[~outside], report)
    usable = faults.isna()
    hollow = _hollow_months(table, volumes, report)
    lasting = list(report.warnings)
    again = pd.Series(False, table.index)
    if not kept_as_read:
        again |= _same_records(table[usable & ~outside & ~hollow], points).reindex(table.index, fill_value=False)
    report.put_aside(_HOLLOW, int((usable & ~outside & hollow).sum()))
    report.put_aside(_SAME, int(again.sum()))
    _report_months(table[usable & ~hollow] if known is None else known, since, until, report)
    kept = usable & ~outside & ~hollow & ~again
    rows = _each_counted(table[kept], report)
    incidents = _finish(rows, points[rows.index], metric_crs, NOT_SAID if wanted.keys == {"all"} else ASB)
    _refuse_nothing(incidents, str(path), report, since, until)
    _report_repeats(incidents, report)
    _report_stacked(incidents, report)
    if known is None:
        others = _others(reading.others, since, until, metric_crs)
    report.map_points = None if others is None else _map_points(others, incidents)
    report.used, report.typed = int(kept.sum()), not wanted.untyped
    if kept_as_read:
        report.warnings = lasting
    return incidents, report.check()


def _as_written(
    path: str | Path, reading: Reading, track: Track, *, any_type: bool
) -> tuple[pd.DataFrame, gpd.GeoSeries, pd.Series]:
    """Return the wanted rows of files as they were written, with their points, and what is wrong with each."""
    report = reading.report
    parts = list(read_parts(path, reading, track))
    told = len(report.warnings)
    reading.wanted.report(report, str(path))
    if any_type:
        del report.warnings[told:]  # of several types counted together, which they are not yet
    table, points = _join(parts)
    table = table.assign(**_when(table, report, short_name(report.files[-1].path)))
    table = table.assign(**_weights(table, report))
    if "count" in table:
        times = _numbers_counted(table)
        table["fault"] = table["fault"].mask(~(times >= 1) | (times % 1 != 0), "it counts no incident, or no number")
    faults = table.pop("fault")
    if points is None:
        read = _positions(table, path, reading.crs, reading.metric_crs, report)
        points, faults = read.points, faults.fillna(read.faults)
        table = _rounded(table, read.rounded_m, Path(path).name, report)
    if "location_text" in table:
        table["location_text"] = without_positions(table["location_text"])
    else:
        faults = faults.fillna(parts[0].faults)
    return table, points, faults


def _weights(table: pd.DataFrame, report: ReadReport) -> dict[str, pd.Series]:
    """Return the columns weight (1 where blank) and fault, if the file has weights; that rows are weighted is said."""
    if "weight" not in table:
        return {}
    weight = pd.to_numeric(table["weight"].astype("string").fillna("1"), errors="coerce")
    bad = ~(weight >= 0) | (weight == np.inf)
    if (weight[~bad] != 1).any():
        report.warnings.append(f"Rows are weighted: {counted(len(table), 'row')} count for {weight[~bad].sum():,g}.")
    return {"weight": weight, "fault": table["fault"].mask(bad, "weight is negative or no number")}


def _numbers_counted(table: pd.DataFrame) -> pd.Series:
    """Return how many incidents each row stands for, 1 where blank; NaN for what is no number."""
    return pd.to_numeric(table["count"].astype("string").fillna("1"), errors="coerce")


def _each_counted(table: pd.DataFrame, report: ReadReport) -> pd.DataFrame:
    """Return the rows as often as each counts, the index repeated: a row that counts three is three reports there."""
    times = _numbers_counted(table) if "count" in table else None
    if times is None or (times == 1).all():
        return table
    require_size(short_name(report.files[-1].path), int(times.sum()), len(table.columns))
    report.warnings.append(f"Rows stand for several incidents: {counted(len(table), 'row')} for {times.sum():,.0f}.")
    return table.loc[table.index.repeat(times.astype(int))]


def _same_records(table: pd.DataFrame, points: gpd.GeoSeries) -> pd.Series:
    """Return which rows repeat an earlier one in everything, its id included; without an id, nothing tells."""
    again = pd.Series(False, index=table.index)
    if "incident_id" not in table:
        return again
    named = table["incident_id"].notna() & table["incident_id"].duplicated(keep=False)
    keys = [name for name in TEXT_COLUMNS if name in table]
    rows = table.loc[named, keys].assign(x=points[named.index[named]].x, y=points[named.index[named]].y)
    again[named] = rows.duplicated()
    return again


def _hollow_months(table: pd.DataFrame, volumes: Mapping[tuple[str, str], int], report: ReadReport) -> pd.Series:
    """Return which rows are of a month whose file is nearly empty for its force; those months are no longer covered."""
    hollow: set[tuple[str, str]] = set()
    for force in sorted({force for force, _ in volumes}):
        counts = {month: rows for (one, month), rows in volumes.items() if one == force}
        usual = float(np.median(list(counts.values())))
        thin = sorted(month for month, rows in counts.items() if rows < _HOLLOW_SHARE * usual)
        if thin and usual >= _LEAST_USUAL:
            hollow |= {(force, month) for month in thin}
            shown = listed([f"{month} ({counted(counts[month], 'row')})" for month in thin], 6)
            report.warnings.append(
                f"{force.replace('-', ' ').title()}: {shown} where a month has {usual:,.0f}: taken as missing."
            )
    report.coverage = {
        force: tuple(month for month in months if (force, month) not in hollow)
        for force, months in report.coverage.items()
    }
    if not hollow:
        return pd.Series(False, index=table.index)
    return pd.Series(
        [one in hollow for one in zip(table["force"].astype(str), table["month"], strict=True)], index=table.index
    )


def _join(parts: Sequence[Part]) -> tuple[pd.DataFrame, gpd.GeoSeries | None]:
    rows = pa.concat_tables([part.rows for part in parts], promote_options="default").unify_dictionaries()
    return rows.to_pandas(), parts[0].points if parts else None


def _when(table: pd.DataFrame, report: ReadReport, label: str) -> dict[str, pd.Series]:
    """Return the columns month, occurred_from and occurred_to (where there are days), and the fault of each row."""
    name = "occurred_from" if "occurred_from" in table else "month"
    text = _dates_in_parts(table, report, label)
    if text is None:
        text = table[name].astype("string")
    else:
        name = "date"
    if "time" in table:
        text, lost = with_times(text, table["time"])
        if len(lost):
            some = listed([repr(one[:30]) for one in lost.unique()[:3]])
            report.warnings.append(
                f"{label}: {counted(len(lost), 'time')} of day cannot be read ({some}): those rows have a day only."
            )
    read = read_dates(text, name)
    read.say(report)
    refuse_unread(text, read.when, label, name)
    if read.months or name == "month":
        fault = _fault(text, read.when.notna(), "no month", "month cannot be read")
        return {"month": read.when.dt.strftime("%Y-%m"), "fault": fault, **_no_days(table)}
    fault = _fault(text, read.when.notna(), "no date", "date cannot be read")
    impossible = (read.when < _EARLIEST) | in_future(read.when)
    fault = fault.mask(impossible, f"date before {_EARLIEST.year} or in the future")
    columns = {"occurred_from": read.when, "month": read.when.dt.strftime("%Y-%m"), "fault": fault}
    if "occurred_to" in table:
        ended = read_dates(table["occurred_to"].astype("string"), "occurred_to")
        ended.say(report)
        backwards = ended.when < read.when
        columns["occurred_to"] = ended.when
        columns["fault"] = fault.mask(fault.isna() & backwards, "it ends before it begins")
    return columns


def _no_days(table: pd.DataFrame) -> dict[str, pd.Series]:
    """Return what stands in the place of a column of dates that turned out to hold months."""
    return {"occurred_from": pd.Series(pd.NaT, table.index)} if "occurred_from" in table else {}


def _dates_in_parts(table: pd.DataFrame, report: ReadReport, label: str) -> pd.Series | None:
    """Return dates put together from year, month, day, hour and minute; None where the date stands in one column."""
    if {"year", "month", "occurred_from"} <= set(table) and "day" not in table:
        days = table["occurred_from"].astype("string").str.strip()
        if days.str.fullmatch(r"\d{1,2}").fillna(True).all():  # a column "Date" beside year and month
            table = table.rename(columns={"occurred_from": "day"})
    if not {"year", "month"} <= set(table) or "occurred_from" in table:
        return None

    def part(name: str) -> pd.Series:
        return table[name].astype("string").str.strip().str.removesuffix(".0").str.zfill(2)

    text = part("year") + "-" + part("month")
    if not part("month").str.fullmatch(r"\d\d").fillna(True).all():
        text = part("month") + " " + part("year")
        text = part("day") + " " + text if "day" in table else text
    elif "day" in table:
        text = text + "-" + part("day")
    if "day" in table and "hour" in table:
        minute = part("minute") if "minute" in table else pd.Series("00", index=table.index, dtype="string")
        text = text + " " + part("hour") + ":" + minute.fillna("00")
    names = [name for name in ("year", "month", "day", "hour", "minute") if name in table]
    report.choices.append(f"{label}: the date is put together from {', '.join(names)}.")
    return text


def _fault(values: pd.Series, readable: pd.Series, empty: str, unreadable: str) -> pd.Series:
    fault = pd.Series(pd.NA, index=values.index, dtype="string")
    return fault.mask(values.isna(), empty).mask(values.notna() & ~readable, unreadable)


def _positions(
    table: pd.DataFrame, path: str | Path, crs: str | None, metric_crs: str | pyproj.CRS, report: ReadReport
) -> Positions:
    label = short_name(report.files[-1].path)
    found = locate(table, Ground(label, crs, metric_crs, report.choices), ("geopoint", "grid_ref", "location_text"))
    if found is None:
        raise no_position([str(name) for name in table.columns if name not in ("file", "row", "month")], label)
    return found


def _rounded(table: pd.DataFrame, metres: float, label: str, report: ReadReport) -> pd.DataFrame:
    """Return the table with ``rounded_m``, said, where positions are rounded to 10 m or more; police.uk's are not."""
    if not metres or ("precision" in table and (table["precision"] == "snapped").all()):
        return table
    # four decimals are 11 m and usual; ten whole metres are somebody's choice
    said = report.warnings if metres == 10 or metres >= _COARSE_M else report.choices
    said.append(f"{label}: positions are coarse, rounded to {metres:,.0f} m; no place can be told more finely.")
    return table.assign(rounded_m=metres)


def _report_faults(table: pd.DataFrame, faults: pd.Series, report: ReadReport) -> None:
    """Note the rows at fault, by reason."""
    for reason in sorted(faults.dropna().unique()):
        rows = table.loc[faults == reason].sort_values(["file", "row"])
        values = _at_fault(rows, reason)
        places = zip(rows["file"], rows["row"], values, strict=True)
        found = [Row(report.files[file].path, int(row), value) for file, row, value in places]
        report.put_aside(reason, found, fault=True, hint=_HINTS.get(reason, ""))


def _at_fault(rows: pd.DataFrame, reason: str) -> pd.Series:
    """Return what stands in the cells of which a reason speaks."""
    words = reason.split()
    if "weight" in words or "counts" in words:
        names = ["weight" if "weight" in words else "count"]
    elif "date" in words or "month" in words or "ends" in words:
        names = ["occurred_from", "occurred_to"] if "ends" in words else ["occurred_from", "month"]
    else:
        names = list(_POSITIONS)
    kept = [name for name in names if name in rows and reason != AT_ZERO]
    if not kept:
        return pd.Series("", index=rows.index)
    texts = rows[kept].astype("string").fillna("").agg(", ".join, axis=1)
    return texts.map(lambda one: shown(one.strip(", "))).astype(str)


def _has_days(table: pd.DataFrame) -> bool:
    return "occurred_from" in table and bool(table["occurred_from"].notna().any())


def _in_period(table: pd.DataFrame, since: str | None, until: str | None) -> pd.Series:
    """Return which rows lie in the period; days and months are compared at the coarser of the two precisions."""
    days = _has_days(table)
    day = table["occurred_from"].dt.strftime("%Y-%m-%d") if days else table["month"]
    inside = pd.Series(True, index=table.index)
    precision = 10 if days else 7
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
    if days and not _has_days(table):
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
    if not report.coverage:
        force = usable["force"].astype("string").fillna("") if "force" in usable else pd.Series("", index=usable.index)
        report.coverage = {str(name): tuple(sorted(set(part))) for name, part in usable["month"].groupby(force)}
    report.coverage = {
        force: tuple(month for month in months if first <= month <= last) for force, months in report.coverage.items()
    }
    report.months = tuple(month for month in report.months if first <= month <= last)
    report.gaps = tuple(month for month in report.gaps if first <= month <= last)
    if report.gaps:
        report.warnings.append(f"No data for {listed(list(report.gaps), 12)}: a gap, not zero.")


def _finish(table: pd.DataFrame, points: gpd.GeoSeries, metric_crs: str | pyproj.CRS, untyped: str) -> gpd.GeoDataFrame:
    """Return the incidents in canonical order: by x, y, then everything else, so that file order is forgotten."""
    kept = [name for name in TEXT_COLUMNS if name in table and table[name].notna().any()]
    rounded = table.get("rounded_m")
    table = table[kept].copy()
    for name in kept:
        if isinstance(table[name].dtype, pd.CategoricalDtype):
            table[name] = table[name].astype("str")
    if "crime_type" not in kept:
        table["crime_type"] = untyped
    table = table.assign(x=points.x, y=points.y, **({} if rounded is None else {"rounded_m": rounded}))
    table = table.sort_values(["x", "y", *kept], ignore_index=True)
    if "weight" in kept:
        table["weight"] = pd.to_numeric(table["weight"], errors="coerce")
    if "incident_id" not in kept:
        table["incident_id"] = [f"{number:06d}" for number in range(1, len(table) + 1)]
    names = [name for name in (*TEXT_COLUMNS, "rounded_m") if name in table]
    return gpd.GeoDataFrame(table[names], geometry=gpd.points_from_xy(table["x"], table["y"]), crs=metric_crs)


def _others(
    read: Sequence[pa.Table], since: str | None, until: str | None, metric_crs: str | pyproj.CRS
) -> gpd.GeoDataFrame | None:
    """Return the positions of rows of other crime types in the period, with ``other``, how many; None for no files."""
    if not read:
        return None
    table = pa.concat_tables(read).to_pandas()
    table = table[_in_period(table, since, until)]
    counts = table.groupby(["lon", "lat"], as_index=False)["count_all"].sum()
    found = read_positions(counts, ("lon", "lat"), label="other crimes", crs=None, metric_crs=metric_crs)
    known = found.faults.isna()
    return gpd.GeoDataFrame({"other": counts["count_all"][known]}, geometry=found.points[known], crs=metric_crs)


def _map_points(others: gpd.GeoDataFrame, incidents: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return every position a download uses in the period, with ``other``, the rows of other crime types at each."""
    xy = pd.concat([others.get_coordinates(), incidents.get_coordinates().drop_duplicates()])
    xy["other"] = np.append(others["other"].to_numpy(), np.zeros(len(xy) - len(others), int))
    points = xy.groupby(["x", "y"], as_index=False)["other"].sum()
    return gpd.GeoDataFrame(points[["other"]], geometry=gpd.points_from_xy(points["x"], points["y"]), crs=incidents.crs)


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


def _report_stacked(incidents: gpd.GeoDataFrame, report: ReadReport) -> None:
    """Warn of positions that are no places of incidents: centres of areas, or one that a system puts in by default."""
    if ("precision" in incidents and (incidents["precision"] == "snapped").all()) or len(incidents) < _LEAST_STACKED:
        return
    counts = incidents.get_coordinates().value_counts()
    if len(counts) * 10 <= len(incidents):
        report.warnings.append(
            f"{len(incidents):,} rows lie at {counted(len(counts), 'position')}: are they centres of areas, and not "
            "where it happened? Then only counts by area say something."
        )
    elif counts.iloc[0] > _DEFAULT_SHARE * len(incidents) and counts.iloc[0] >= 10 * counts.iloc[1:].median():
        x, y = counts.index[0]
        report.warnings.append(
            f"{counts.iloc[0]:,} of {len(incidents):,} rows lie at one position ({x:,.0f}, {y:,.0f}): is it one that "
            "the system puts in by default, such as a police station?"
        )


def _refuse_nothing(
    incidents: gpd.GeoDataFrame, path: str, report: ReadReport, since: str | None, until: str | None
) -> None:
    if len(incidents):
        return
    why = [
        f"{part.count:,} {part.reason}" + (f", such as {listed([repr(one) for one in given], 3)}" if given else "")
        for part in report.set_aside
        for given in [list(dict.fromkeys(row.value for row in part.rows if row.value))[:3]]
    ]
    hints = [part.hint for part in report.set_aside if part.hint]
    period = f" between {since or 'the beginning'} and {until or 'the end'}" if since or until else ""
    raise GeoError(
        f"{path}: no usable incident{period} among {counted(report.read, 'row')} ({'; '.join(why) or 'no rows'}).",
        hints[0] if hints else "Mend the rows or the options named, and run again.",
    )
