"""Recorded walks (GPX, KML, TCX, tables) as fixes: where and when, never who."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from geo.crs import GREAT_BRITAIN, LONLAT, require_metric
from geo.errors import GeoError, counted, listed
from layers.libraries import NDArray, gpd, np, pd, pyproj
from layers.reading.dates import study_zone
from layers.reading.report import FileRead, ReadReport, Row
from layers.reading.sniff import is_folder, kind_of, open_archive, read_bytes, refuse, sha256
from layers.recordings.fixes import Fix, Recording, nothing_recorded, read_fixes
from layers.recordings.speed import too_fast
from layers.recordings.table import read_table

_ENDINGS = (".gpx", ".kml", ".kmz", ".tcx")
LARGEST_BYTES = 50_000_000  # a fix a second for five days
_NO_TIME = "no time"
_BAD_TIME = "the time cannot be read"
_OLD = "a time before 2000: the clock was not set"
_FUTURE = "a time in the future"
_BAD_PLACE = "no position on the Earth"
_TWICE = "the same moment as another fix of the track"
_JUMP = "a jump of more than 40 km/h"
_AGAIN = "in a file that was given twice"
_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?\s*(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


def read_tracks(
    paths: Sequence[str | Path], crs: str | pyproj.CRS = GREAT_BRITAIN, *, as_of: datetime | None = None
) -> tuple[gpd.GeoDataFrame, ReadReport]:
    """Return the fixes of recordings, and a report of what was read, used and set aside by reason.

    ``paths``: GPX, KML (also KMZ), TCX, or tables (CSV, Excel; see ``recordings.table``), or folders of recordings (in
    which tables are passed over). ``crs``: the metric system of the fixes. ``as_of``: no fix can be later; now by
    default, UTC where it has no zone. Columns returned: ``track`` (from 1, in file order; one a recording with a usable
    fix), ``segment`` (from 1 in each track; between two segments the recorder was paused), ``time`` (UTC), ``geometry``
    (Points), sorted by track and time. Times without a zone are UTC, as GPX says (in a table: local). Names, authors
    and everything else in the files is not read, and the report calls the files "track file 1", since file names often
    hold an officer's.

    Single fixes are set aside where they have no time or place, lie in the future, repeat a moment or jump (see
    layers/speed.py). Of a file that breaks off, the fixes before the break are used, with a warning. Raises GeoError
    for a file with nothing usable: missing, empty, too large, no recording, without times, all in the future, or mostly
    faster than a walk.
    """
    latest = pd.Timestamp(datetime.now(UTC) if as_of is None else as_of)
    latest = latest.tz_localize("UTC") if latest.tzinfo is None else latest.tz_convert("UTC")
    report = ReadReport("tracks")
    frames: list[gpd.GeoDataFrame] = []
    seen: set[str] = set()
    files = [file for path in paths for file in _files(Path(path))]
    if not files:
        raise GeoError("No recording was named.", "Name one or more files: GPX, KML, TCX or CSV.")
    for number, file in enumerate(files, 1):
        name = f"track file {number}"
        data, kind = _checked(file)
        digest = sha256(data)
        before = sum(part.count for part in report.set_aside)
        found = (
            read_table(file, data, name, crs, report, zone=study_zone())
            if kind == "table"
            else read_fixes(_unpacked(data, file), str(file))
        )
        if not found.fixes:
            raise nothing_recorded(str(file), found)
        broken = sum(part.count for part in report.set_aside) - before
        report.files.append(FileRead(name, digest, len(found.fixes) + broken))
        if digest in seen:
            report.put_aside(_AGAIN, len(found.fixes))
            continue
        seen.add(digest)
        if found.cut_at is not None:
            report.warnings.append(
                f"{name.capitalize()} is cut off at line {found.cut_at}, after "
                f"{counted(len(found.fixes), 'fix', 'fixes')}. What came later is unknown."
            )
        frames.append(_usable(found, file, name, crs, latest, report))
    tracks = _numbered(frames, crs)
    report.used = len(tracks)
    return tracks, _gathered(report).check()


def _files(path: Path) -> list[Path]:
    if not is_folder(path):
        return [path]
    found = sorted(entry for entry in path.iterdir() if entry.is_file() and entry.suffix.lower() in _ENDINGS)
    if not found:
        raise GeoError(
            f"{path}: no {listed(list(_ENDINGS))} file in this folder.",
            "Name the folder that holds the recordings; name tables one by one.",
        )
    return found


def _checked(file: Path) -> tuple[bytes, str]:
    """Return the bytes of what may be a recording, and whether it is a "table" or "xml" (also packed as KMZ)."""
    try:
        size = file.stat().st_size
    except (OSError, ValueError):
        size = 0  # read_bytes says what is wrong
    if size > LARGEST_BYTES:
        raise _too_large(file, size)
    data = read_bytes(file)
    kind = kind_of(data[:4096])
    if data[8:12] == b".FIT":
        raise GeoError(f"{file}: this is a FIT file.", "Export the recording from the watch's program as GPX or TCX.")
    if re.match(rb"\s*\$[A-Z]{5},", data[:100]):
        raise GeoError(
            f"{file}: this is NMEA, the bare sentences of a receiver.",
            "Turn it into GPX with the receiver's program or GPSBabel.",
        )
    if kind == "xml" or data.startswith((b"\xff\xfe<\x00", b"\xfe\xff\x00<")):  # UTF-16 does not begin with <
        return data, "xml"
    if kind == "zip" and file.suffix.lower() == ".kmz":
        return data, "xml"
    if kind in ("text", "workbook"):
        return data, "table"
    if kind in ("web page", "empty", "old excel"):
        raise refuse(str(file), kind, data[:64])
    hint = "Unzip it first." if kind in ("gzip", "zip") else "Export the track as GPX."
    raise GeoError(f"{file}: this is not a recording (GPX, KML, TCX or a table), but {kind}.", hint)


def _unpacked(data: bytes, file: Path) -> bytes:
    """Return XML as it is, and of a KMZ the one KML inside it."""
    if kind_of(data[:16]) != "zip":
        return data
    with open_archive(file) as archive:
        inside = [one for one in archive.infolist() if one.filename.lower().endswith(".kml")]
        if len(inside) != 1:
            raise GeoError(
                f"{file}: {counted(len(inside), 'KML file')} in this KMZ.", "Save the track as one KML file."
            )
        if inside[0].file_size > LARGEST_BYTES:
            raise _too_large(file, inside[0].file_size)
        try:
            return archive.read(inside[0])
        except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError):
            raise GeoError(f"{file}: this KMZ is damaged or locked.", "Save the track as KML.") from None


def _too_large(file: Path, size: int) -> GeoError:
    return GeoError(
        f"{file}: {size / 1e6:,.0f} MB is more than a recorded walk can need.",
        f"Is it the right file? The limit is {LARGEST_BYTES / 1e6:.0f} MB: export one shift at a time.",
    )


def _usable(
    found: Recording, file: Path, name: str, crs: str | pyproj.CRS, latest: pd.Timestamp, report: ReadReport
) -> gpd.GeoDataFrame:
    """Return the usable fixes of one file, having set the others aside."""
    fixes = pd.DataFrame(found.fixes, columns=Fix._fields)
    lon, lat = _degrees(fixes["lon"], 180), _degrees(fixes["lat"], 90)
    time = _moments(fixes["time"])
    x, y = pyproj.Transformer.from_crs(LONLAT, crs, always_xy=True).transform(lon, lat)
    fault = pd.Series(pd.NA, index=fixes.index, dtype=object)
    # the last that fits is said
    fault[(time > latest).to_numpy()] = _FUTURE
    fault[(time < _EARLIEST).to_numpy()] = _OLD
    fault[~np.isfinite(x) | ~np.isfinite(y) | ((lon == 0) & (lat == 0))] = _BAD_PLACE
    fault[time.isna()] = _BAD_TIME
    fault[fixes["time"] == ""] = _NO_TIME
    _refuse_useless(fault, str(file), latest)
    fixes = fixes.assign(x=x, y=y, moment=time)
    good = fixes[fault.isna()].sort_values(["track", "moment"], kind="stable")
    twice = good.duplicated(["track", "segment", "moment"])
    fault[twice[twice].index] = _TWICE
    good = good[~twice]
    fast: NDArray[np.bool_] = np.zeros(len(good), bool)
    for _, part in good.reset_index(drop=True).groupby("track"):
        seconds = (part["moment"] - _EARLIEST).dt.total_seconds().to_numpy(float)
        fast[part.index] = too_fast(seconds, part["x"].to_numpy(float), part["y"].to_numpy(float))
    if fast.sum() * 2 > len(good):
        raise GeoError(
            f"{file}: {int(fast.sum()):,} of {counted(len(good), 'fix', 'fixes')} are faster than 40 km/h.",
            "This is not a walk. Was it recorded in a vehicle, or by a faulty receiver?",
        )
    fault[good.index[fast]] = _JUMP
    for reason, rows in fixes[fault.notna()].groupby(fault[fault.notna()]):
        report.put_aside(str(reason), [Row(name, int(line)) for line in rows["line"]], fault=True)
    without_zone = good["time"].str.fullmatch(r"[^Z+]*[T ][^Z+-]*")
    if without_zone.any():
        report.choices.append(f"{name.capitalize()}: times without a zone were read as UTC, as {found.kind} says.")
    used = good[~fast]
    return gpd.GeoDataFrame(
        {"track": used["track"], "segment": used["segment"], "time": used["moment"]},
        geometry=gpd.points_from_xy(used["x"], used["y"]),
        crs=crs,
    )


def _refuse_useless(fault: pd.Series, file: str, latest: pd.Timestamp) -> None:
    """Raise GeoError where no fix is left, saying what is wrong with most of them."""
    if fault.isna().any():
        return
    fixes = counted(len(fault), "fix", "fixes")
    # the most frequent reason; the first by name where two are as frequent
    counts = fault.value_counts()
    worst = min(counts.index, key=lambda reason: (-counts[reason], reason))
    if worst == _NO_TIME:
        raise GeoError(
            f"{file}: none of its {fixes} has a time, so it cannot say how long anybody stayed.",
            "Switch on times in the recorder, or export the track with them.",
        )
    if worst == _FUTURE:
        raise GeoError(
            f"{file}: its {fixes} lie in the future (after {latest:%d %B %Y %H:%M} UTC).",
            "Is the recorder's clock wrong?",
        )
    raise GeoError(f"{file}: no usable fix among {len(fault):,} (mostly: {worst}).", "Export the recording again.")


def _degrees(texts: pd.Series, most: float) -> NDArray[np.float64]:
    """Return degrees; NaN where a text is not a number within the Earth's."""
    values = np.array([float(text) if _NUMBER.fullmatch(text.strip()) else np.nan for text in texts], float)
    return np.where(np.abs(values) <= most, values, np.nan)


def _moments(texts: pd.Series) -> pd.Series:
    """Return times in UTC; NaT where a text is not a moment."""
    return pd.Series([_moment(text) for text in texts], index=texts.index, dtype="datetime64[ns, UTC]")


def _moment(text: str) -> Any:
    if not _MOMENT.fullmatch(text):
        return pd.NaT
    try:
        moment = pd.Timestamp(datetime.fromisoformat(text.replace(" ", "T", 1).replace(" ", "")))
        moment = moment.tz_localize("UTC") if moment.tzinfo is None else moment.tz_convert("UTC")
        return moment.as_unit("ns")
    except (ValueError, OverflowError):  # 30 February, 25 o'clock, before 1677
        return pd.NaT


def _numbered(frames: list[gpd.GeoDataFrame], crs: str | pyproj.CRS) -> gpd.GeoDataFrame:
    """Return all fixes with tracks numbered from 1 in file order."""
    tracks = pd.concat([frame.assign(file=number) for number, frame in enumerate(frames)], ignore_index=True)
    track = tracks.groupby(["file", "track"]).ngroup() + 1
    segment = tracks.groupby(track)["segment"].rank(method="dense")
    tracks = gpd.GeoDataFrame(
        {"track": track.astype(np.int64), "segment": segment.astype(np.int64), "time": tracks["time"]},
        geometry=tracks.geometry.array,
        crs=crs,
    )
    require_metric(tracks, "tracks")
    return tracks


def _gathered(report: ReadReport) -> ReadReport:
    """Return the report with one entry a reason, over all files."""
    parts = report.set_aside
    reasons = dict.fromkeys(part.reason for part in parts)
    report.set_aside = []
    for reason in reasons:
        same = [part for part in parts if part.reason == reason]
        rows = tuple(row for part in same for row in part.rows)
        report.set_aside.append(replace(same[0], count=sum(part.count for part in same), rows=rows))
    return report
