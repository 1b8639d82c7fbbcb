"""Recordings as tables (CSV, Excel): a row a fix, with a time and a position under any usual headings."""

from __future__ import annotations

import re
from pathlib import Path

from geo.crs import LONLAT
from geo.errors import GeoError
from layers.libraries import np, pd, pyproj
from layers.reading.dates import unknown_zone
from layers.reading.layer import Column, Layer
from layers.reading.positions import POSITION_COLUMNS, Ground, locate, position_pair
from layers.reading.records import dates, match_columns, read_records
from layers.reading.report import ReadReport
from layers.recordings.fixes import Fix, Recording

RECORDING = Layer(
    "tracks",
    (
        Column(
            "time",
            "when the fix was taken",
            "timestamp, datetime, date time, time utc, utc time, utc datetime, utc, gps time, gpstime, iso time, "
            "local time, recorded at, when, fix time, tst, location timestamp, gpsdatetime, date time utc, fixtime",
        ),
        Column("date", "the day, where the time stands apart", "day, date utc, utc date, local date, gps date"),
        *(Column(one.name, one.meaning, f"{one.also}, {more}") for one, more in zip(
            POSITION_COLUMNS,
            ("lon deg, gps longitude", "lat deg, gps latitude", "e, bng easting", "n, bng northing", "", "", "",
             "location"),
            strict=True)),
        Column("track", "which recording, where the file holds several", "track id, trk, trip, trip id, session"),
        Column("segment", "which part of a recording between pauses", "segment id, trkseg, track segment, seg"),
    ),
)  # fmt: skip
_ZONED = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?\s*(?:Z|[+-]\d\d:?\d\d)"
_EPOCH_S, _EPOCH_MS = r"\d{9,10}(?:\.\d+)?", r"\d{12,13}"


def read_table(
    path: Path, data: bytes, name: str, crs: str | pyproj.CRS, report: ReadReport, *, zone: str | None
) -> Recording:
    """Return the fixes of a table. ``name``: how the report calls the file, in place of its own name. ``crs``: a metric
    system, to whose millimetre the positions are rounded.

    Columns: ``time`` (or ``date`` and ``time`` apart) and a position (lon and lat, easting and northing, x and y);
    ``track`` and ``segment`` where there are any; every other column is not read. Times: with a zone; seconds or
    milliseconds since 1970; under a heading that says UTC; else local time of ``zone``, and of an hour that comes twice
    its first. Fixes without a usable time or position keep what is written there, and are set aside later.
    """
    own = ReadReport("tracks")
    try:
        rows = read_records(path, RECORDING, own, required=("time",)).rows
    except GeoError as error:
        raise (_no_recording(path, "times") if "no column 'time'" in error.problem else error) from None
    found = locate(rows, Ground(path.name, None, crs, own.choices))
    if found is None:
        raise _no_recording(path, "positions")
    places = [(f"{one.y:.8f}", f"{one.x:.8f}") if one is not None else ("", "") for one in found.points.to_crs(LONLAT)]
    times = _times(rows, _says_utc(data), own, zone)
    report.choices += [choice.replace(path.name, name.capitalize()) for choice in own.choices]
    report.set_aside += [
        # the cells themselves may hold anything, a name among it
        type(part)(part.reason, part.count, part.fault, tuple(type(row)(name, row.row) for row in part.rows), part.hint)
        for part in own.set_aside
    ]
    parts = [pd.factorize(rows[key], sort=False)[0] if key in rows else [0] * len(rows) for key in ("track", "segment")]
    fixes = [
        Fix(int(track), int(segment), int(row), lat, lon, time)
        for track, segment, row, (lat, lon), time in zip(*parts, rows["row"], places, times, strict=True)
    ]
    return Recording(fixes, 0, None, "table")


def _no_recording(path: Path, what: str) -> GeoError:
    return GeoError(
        f"{path}: a table without a column of {what}, so not a recording.",
        "Name a GPX, KML or TCX file, or a table with the time, lat and lon (or easting and northing) of each fix.",
    )


def _says_utc(data: bytes) -> bool:
    """Return whether the heading of the times says that they are in UTC, in whatever line the headings stand."""
    for line in data[:8192].decode("latin-1").splitlines()[:30]:
        found = match_columns(RECORDING, [cell.strip('" ') for cell in re.split("[,;\t|]", line)])
        if "time" in found and position_pair(list(found)) is not None:
            return bool({"utc", "gmt"} & set(re.findall("[a-z]+", found["time"].casefold())))
    return False


def _times(rows: pd.DataFrame, utc: bool, report: ReadReport, zone: str | None) -> list[str]:
    """Return each row's time as ISO 8601 with its zone; what cannot be read as it is written, nothing as empty."""
    text = rows["time"].astype("string").str.strip()
    if "date" in rows:
        apart = text.str.fullmatch(r"\d{1,2}:\d\d(:\d\d(\.\d+)?)?(\s*[AaPp]\.?[Mm]\.?)?").fillna(False).astype(bool)
        text = text.mask(apart, rows["date"].astype("string").str.strip() + " " + text)
    made = text.copy()
    for pattern, unit in ((_EPOCH_S, "s"), (_EPOCH_MS, "ms")):
        epoch = text.str.fullmatch(pattern).fillna(False).astype(bool)
        if epoch.any():
            moments = pd.to_datetime(pd.to_numeric(text[epoch]), unit=unit, utc=True)
            made[epoch] = moments.dt.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
            report.choices.append(f"time: numbers read as {'milli' if unit == 'ms' else ''}seconds since 1970, UTC.")
    rest = text.notna() & (made == text) & ~text.str.fullmatch(_ZONED).fillna(False).astype(bool)
    if rest.any():
        if zone is None and not utc:
            raise unknown_zone("time: times are given without a zone")
        local, _ = dates(text[rest], "time", report)
        local = local.astype("datetime64[ns]")
        moments = local.dt.tz_localize(
            "UTC" if utc else zone, ambiguous=np.ones(len(local), bool), nonexistent="shift_forward"
        )
        known = moments.dropna().dt.tz_convert("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S+00:00")
        made[known.index] = known
        where = "UTC, as the heading says" if utc else f"local time ({zone}), since the table names no zone"
        report.choices.append(f"time: times without a zone read as {where}.")
    return [str(one) if pd.notna(one) else "" for one in made]
