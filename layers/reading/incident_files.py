"""The files incidents come in, into rows of text under canonical names: nothing is judged yet but the crime type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from geo.errors import GeoError, listed
from layers.libraries import gpd, np, pa, pd, pyproj
from layers.police import note_gaps, read_street_files
from layers.reading.crime_types import CrimeTypes
from layers.reading.layer import Column, Layer, header_key
from layers.reading.positions import AT_ZERO, IMPOSSIBLE, POSITION_COLUMNS, position_pair, snap_to_millimetres
from layers.reading.report import FileRead, ReadReport
from layers.reading.sniff import decompressed, is_folder, kind_of, open_archive, read_bytes, sha256
from layers.reading.text import read_columns, read_header
from layers.reading.vector import read_vector, split_layer

INCIDENTS = Layer(
    "incidents",
    (
        Column(
            "incident_id",
            "the record's own number",
            "crime id, id, urn, incident, incident number, incident no, occurrence no, reference, ref",
            kind="code",
            shown="internal",
        ),
        Column(
            "occurred_from",
            "when it happened, or began at the earliest; local time",
            "date time, datetime, occurred, occurred on, incident date, date of incident, from, from date, start, "
            "start date, committed from, date, reported, date reported, created",
            kind="time",
            shown="internal",
        ),
        Column(
            "occurred_to",
            "when it ended at the latest",
            "to, to date, until, end, end date, committed to",
            kind="time",
            shown="internal",
        ),
        Column("month", "YYYY-MM, where no day is known", "year month", kind="day", shown="internal"),
        Column(
            "crime_type",
            "what kind of crime; others are set aside",
            "type of crime, offence type, offence",
            shown="internal",
        ),
        Column("asb_type", "personal, nuisance or environmental", "asb qualifier, qualifier", shown="internal"),
        Column(
            "category", "as recorded", "asb category, incident type, type, closing code, opening code", shown="internal"
        ),
        Column("source", "who recorded it: police, council, housing ...", "agency, recorded by", shown="internal"),
        Column("victim_ref", "a pseudonym, never a name", "victim, victim id, caller ref", personal=True),
        Column("personal", "vulnerability of the person", kind="yes or no", personal=True),
        Column("situational", "vulnerability of the situation", kind="yes or no", personal=True),
        Column("incidental", "vulnerability of the incident", kind="yes or no", personal=True),
        Column("weight", "what one row counts for, 1 if absent", kind="number", shown="internal"),
        Column("location_text", "where, in words", "location, street, address, place", shown="internal"),
        Column("precision", "exact or snapped", shown="internal"),
        *POSITION_COLUMNS,
    ),
    title="recorded incidents",
    used_by=("hotspots", "engagement", "plan", "page"),
    shape="internal",
)
TEXT_COLUMNS = tuple(column.name for column in INCIDENTS.columns if column not in POSITION_COLUMNS)

_POLICE_FILES = {
    "outcomes": ("Outcome type", "Use the file whose name ends in -street.csv."),
    "stop and search": ("Object of search", "Searches are not incidents: use the file whose name ends in -street.csv."),
}
_OGL = "Incidents: data.police.uk, public sector information licensed under the Open Government Licence v3.0."

Track = Callable[[Sequence[Any], str], Iterable[Any]]


class Part(NamedTuple):
    """The wanted rows of one file as text, with ``file`` (its number in the report) and ``row``; its points, and
    what is wrong with them, if it is a map file.
    """

    rows: pa.Table
    points: gpd.GeoSeries | None = None
    faults: pd.Series | None = None


class Reading(NamedTuple):
    """What holds for every file of one reading."""

    wanted: CrimeTypes
    report: ReadReport
    crs: str | None
    metric_crs: str | pyproj.CRS
    encoding: str | None
    columns: Mapping[str, str] | None
    others: list[pa.Table]  # month and position of rows of other crime types, in a police.uk download


def read_parts(path: str | Path, reading: Reading, track: Track) -> Iterator[Part]:
    """Yield the wanted rows of each file that ``path`` means: a download, a table or a map file."""
    file, layer = split_layer(path)
    data = b"" if is_folder(file) else read_bytes(file)
    kind = "folder" if is_folder(file) else kind_of(data[:4096])
    if kind == "folder" or (kind == "zip" and _holds_csv(file)):
        street = read_street_files(file, reading.report)
        note_gaps(street, reading.report)
        reading.report.attribution.append(_OGL)
        for one in track(street, "Reading incidents"):
            part = _read_table(one.path, one.data, reading, keep_others=True)
            _refuse_other_months(part.rows, one.month, one.path)
            yield _snapped(part)
        return
    if kind == "gzip":
        kind = kind_of(decompressed(data, str(file))[:4096])
    if kind in ("json", "geopackage", "parquet", "shapefile", "zip", "xml"):
        yield _read_points(file, layer, reading)
    elif layer is not None:
        raise GeoError(f"{path}: a table of text has no layers.", f"Name the file alone: {file}.")
    else:
        yield _read_table(file.name, data, reading)


def _holds_csv(archive: Path) -> bool:
    return any(name.lower().endswith((".csv", ".csv.gz")) for name in open_archive(archive).namelist())


def _read_table(label: str, data: bytes, reading: Reading, *, keep_others: bool = False) -> Part:
    header = read_header(decompressed(data, label), label, reading.encoding)
    _refuse_other_police_files(header.names, label)
    found = INCIDENTS.match(header.names, reading.columns)
    _require(found, header.names, label)
    text = read_columns(header, found.values(), label)
    reading.report.files.append(FileRead(label, sha256(data), text.rows))
    reading.report.put_aside("not as many cells as headings", text.broken, fault=True)
    rows = text.columns.select([*found.values(), "row"]).rename_columns([*found, "row"])
    if keep_others and {"month", "lon", "lat", "crime_type"} <= set(rows.column_names):
        reading.others.append(reading.wanted.others(rows))
    return Part(reading.wanted.keep(_numbered(rows, reading.report)))


def _read_points(path: Path, layer: str | None, reading: Reading) -> Part:
    features, file, choices = read_vector(path, layer=layer, crs=reading.crs, option="--incidents-crs")
    reading.report.files.append(file)
    reading.report.choices += choices
    attributes = pd.DataFrame(features.drop(columns=features.geometry.name))
    matched = INCIDENTS.match([str(name) for name in attributes.columns], reading.columns)
    found = {name: header for name, header in matched.items() if name in TEXT_COLUMNS}
    _require({**found, "x": "", "y": ""}, list(attributes.columns), path.name)
    rows = pa.table({name: _as_text(attributes[header]) for name, header in found.items()})
    rows = rows.append_column("row", pa.array(np.arange(1, len(attributes) + 1)))
    kept = reading.wanted.keep(_numbered(rows, reading.report))
    shapes = features.geometry.iloc[kept["row"].to_numpy() - 1].reset_index(drop=True)
    is_point = (shapes.geom_type == "Point") & ~shapes.is_empty
    if len(shapes) and not is_point.any():
        raise GeoError(f"{path}: it holds {shapes.geom_type.iloc[0]}s, not points.", "Incidents are points.")
    projected = shapes[is_point].to_crs(reading.metric_crs)
    finite = np.isfinite(projected.x) & np.isfinite(projected.y)
    at_zero = (shapes[is_point].x == 0) & (shapes[is_point].y == 0)
    faults = pd.Series("no position", index=shapes.index, dtype="string")
    faults[is_point] = (
        pd.Series(pd.NA, index=projected.index, dtype="string").mask(~finite, IMPOSSIBLE).mask(at_zero, AT_ZERO)
    )
    points = snap_to_millimetres(projected[finite & ~at_zero])
    return Part(kept, points.reindex(shapes.index), faults)


def _refuse_other_months(rows: pa.Table, month: str, label: str) -> None:
    """Raise GeoError for a street file whose rows are of another month than its name says: both are counted."""
    months = {value for value in rows["month"].unique().to_pylist() if value}
    if months - {month}:
        raise GeoError(
            f"{label}: the file name says {month}, its rows {listed(sorted(months))}.", "Give it back its own name."
        )


def _as_text(values: pd.Series) -> pa.DictionaryArray:
    """Return an attribute as text; a time zone in a map file says nothing, because formats add UTC by themselves."""
    if pd.api.types.is_datetime64_any_dtype(values):
        text = values.dt.strftime("%Y-%m-%dT%H:%M:%S").astype("object")
    else:
        text = values.astype("string").astype("object")
    return pa.array(text.where(values.notna(), None), pa.string()).dictionary_encode()


def _numbered(rows: pa.Table, report: ReadReport) -> pa.Table:
    return rows.append_column("file", pa.array(np.full(rows.num_rows, len(report.files) - 1, np.int32)))


def _snapped(part: Part) -> Part:
    """Return the rows of a police.uk file marked as what they are: moved to the nearest map point."""
    marks = pa.DictionaryArray.from_arrays(np.zeros(part.rows.num_rows, np.int32), pa.array(["snapped"]))
    return part._replace(rows=part.rows.append_column("precision", marks))


def _refuse_other_police_files(headers: Sequence[str], label: str) -> None:
    keys = {header_key(header) for header in headers}
    for name, (mark, hint) in _POLICE_FILES.items():
        if header_key(mark) in keys and "crime type" not in keys:
            raise GeoError(
                f"{label}: this looks like the police.uk {name} file (it has {mark!r} but no 'Crime type').", hint
            )


def _require(found: Mapping[str, str], headers: Sequence[str], label: str) -> None:
    shown = f"Found: {listed([str(header) for header in headers], 20)}."
    if "occurred_from" not in found and "month" not in found:
        raise GeoError(
            f"{label}: no column 'occurred_from' or 'month'.",
            f"{shown} Rename the column that says when, or map it under [columns.incidents] in geo.toml.",
        )
    if position_pair(list(found)) is None:
        raise GeoError(
            f"{label}: no columns with a position (lon and lat, or easting and northing).",
            f"{shown} Rename them, or map them under [columns.incidents] in geo.toml.",
        )
