"""The files incidents come in, into rows of text under canonical names: nothing is judged yet but the crime type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from geo.errors import GeoError, listed
from layers.libraries import gpd, np, pa, pd, pyproj
from layers.police import note_gaps, read_street_files
from layers.reading.crime_types import CrimeTypes, asb_kinds, is_crime_type, with_names
from layers.reading.layer import Column, Layer, header_key
from layers.reading.positions import AT_ZERO, IMPOSSIBLE, POSITION_COLUMNS, position_pair, snap_to_millimetres
from layers.reading.report import FileRead, ReadReport
from layers.reading.sniff import is_folder, kind_of, one_table_in, open_archive, read_bytes, sha256
from layers.reading.tabular import Asked, Table, read_bytes_as_table, read_database
from layers.reading.vector import split_layer
from layers.reading.workbook import is_workbook

# when somebody told of it, which is later than when it happened
REPORTED = (
    "reported, date reported, reported date, report date, date recorded, recorded date, created, created date, date "
    "created, creation date, incident creation date time, log date, date logged, call date, call time, date received"
)
_BEGAN = (
    r"(?:(?:earliest|first|start|begin|from|inc|incident|off|offence|offense|crime|event|occ|occurred|occurrence"
    r"|committed) ?)+(?:date ?time|date|datetime|dt)(?: time)?(?: from| start)?"
    r"|(?:date ?time|date|datetime)(?: of| first| from)?(?: the)? "
    r"(?:incident|offence|offense|crime|event|occur|occurred|occurrence|committed|commission|happened)(?: from| start)?"
    r"|first committed|committed(?: on)?|happened(?: on)?|occurrence"
)
# what a program counts where it has put rows together
_RECORDS = "(?:incidents?|crimes?|offences?|records?|reports?|calls?|events?|occurrences?|count|rows?)"
# a part of a date in a column of its own
_PART = r"(?:(?:incident|offence|offense|crime|event|occ|occurred|occurrence|reported|report|date) )?{}"
INCIDENTS = Layer(
    "incidents",
    (
        Column(
            "incident_id",
            "the record's own number",
            "crime id, id, urn, incident, incident number, incident no, occurrence no, reference, ref",
            r"(?:incident|inc|crime|occurrence|offence|log|case) (?:ref(?:erence)? )?(?:id|no|number|num|ref)",
            kind="code",
            shown="internal",
        ),
        Column(
            "occurred_from",
            "when it happened, or began at the earliest; local time",
            "date time, datetime, occurred, occurred on, incident date, date of incident, from, from date, start, "
            "start date, committed from, date, dyddiad, fecha, fecha hecho, datum, date et heure, " + REPORTED,
            _BEGAN,
            kind="time",
            shown="internal",
        ),
        Column(
            "occurred_to",
            "when it ended at the latest",
            "to, to date, until, end, end date, committed to",
            r"(?:occurred |incident |committed |event )?(?:latest|last|end|to)(?: date)?(?: ?time)?",
            kind="time",
            shown="internal",
        ),
        Column(
            "month",
            "YYYY-MM, where no day is known",
            "year month, mis, mes, monat, mois, mese",
            _PART.format("(?:month|mth|mon|mm)(?: (?:number|no|name))?"),
            kind="day",
            shown="internal",
        ),
        Column("time", "the time of day, beside the date", "incident time, time of incident, time occurred"),
        Column(
            "year",
            "the year, where month and day stand in columns of their own",
            "ano, jahr, annee, anno, blwyddyn",
            _PART.format("(?:year|yr|yyyy)"),
        ),
        Column(
            "day",
            "the day of the month, likewise",
            "dia, tag, jour, giorno, diwrnod",
            _PART.format("(?:day(?: ?of ?month| number| no)?|dd|dom)"),
        ),
        Column(
            "hour",
            "the hour, likewise",
            "hora, stunde, heure, ora, awr",
            _PART.format("(?:hour(?: ?of ?day)?|hr|hh|hours)"),
            shown="internal",
        ),
        Column("minute", "the minute, likewise", "minuto, minuten", _PART.format("(?:minutes?|mins?|mi)")),
        Column("force", "the force that recorded it", "falls within, reported by", shown="internal"),
        Column(
            "crime_type",
            "what kind of crime; others are set aside",
            "type of crime, offence type, offence, math o drosedd, delito, deliktart, type de delit, primary type",
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
        Column(
            "count",
            "how many incidents the row stands for, where a program has put them together; 1 if absent",
            "counts, incidents, crimes, frequency",
            rf"(?:sum of |count of |number of |no of |total ){_RECORDS}(?: ids?| numbers?)?|{_RECORDS} counts?",
            kind="count",
        ),
        Column("location_text", "where, in words", "location, street, address, place", shown="internal"),
        Column("precision", "exact or snapped", shown="internal"),
        *POSITION_COLUMNS,
    ),
    title="recorded incidents",
    used_by=("hotspots", "engagement", "plan", "page"),
    shape="internal",
    passed_over="reported by, falls within, lsoa code, lsoa name, last outcome category, context, persistent id, "
    "street id, location type, location subtype, outcome status",
)
_READ_AWAY = ("time", "year", "day", "hour", "minute", "count")  # the date and the rows are made of these
TEXT_COLUMNS = tuple(
    column.name for column in INCIDENTS.columns if column not in POSITION_COLUMNS and column.name not in _READ_AWAY
)

_POLICE_FILES = {
    "outcomes": ("Outcome type", "Use the file whose name ends in -street.csv."),
    "stop and search": ("Object of search", "Searches are not incidents: use the file whose name ends in -street.csv."),
}
_OGL = "Incidents: data.police.uk, public sector information licensed under the Open Government Licence v3.0."

_REPORTED = {header_key(one) for one in REPORTED.split(",")}
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
    volumes: dict[tuple[str, str], int]  # rows of all types by force and month, in a police.uk download

    @property
    def asked(self) -> Asked:
        """What is wanted of each file."""
        known = {"crime_type": is_crime_type}
        return Asked(INCIDENTS, (), self.columns, self.encoding, self.crs, "--incidents-crs", known)


def read_parts(path: str | Path, reading: Reading, track: Track) -> Iterator[Part]:
    """Yield the wanted rows of what ``path`` means: each file of a download, a table, a map file, a database."""
    held = read_database(path, reading.asked, reading.report)
    if held is not None:
        yield _part(held, reading.report.files[-1].path, reading)
        return
    file, layer = split_layer(path)
    data = b"" if is_folder(file) else read_bytes(file)
    kind = "folder" if is_folder(file) else kind_of(data[:4096])
    download = kind in ("zip", "workbook") and not is_workbook(data) and _holds_csv(file)
    alone = one_table_in(data) if download else None
    if kind == "folder" or (download and (alone is None or "-street" in alone)):
        street = read_street_files(file, reading.report)
        note_gaps(street, reading.report)
        reading.report.attribution.append(_OGL)
        for one in track(street, "Reading incidents"):
            part = _read(one.data, Path(one.path), None, reading, keep_others=True)
            reading.volumes[one.force, one.month] = reading.report.files[-1].rows
            _refuse_other_months(part.rows, one.month, one.path)
            yield part._replace(rows=_marked(part.rows, precision="snapped", force=one.force))
        return
    yield _read(data, file, layer, reading)


def _holds_csv(archive: Path) -> bool:
    return any(name.lower().endswith((".csv", ".csv.gz")) for name in open_archive(archive).namelist())


def _read(data: bytes, file: Path, layer: str | None, reading: Reading, *, keep_others: bool = False) -> Part:
    report, label = reading.report, str(file) if keep_others else file.name
    table = read_bytes_as_table(data, file, layer, reading.asked, report)
    if keep_others:  # the other columns of a street file are known to everybody
        report.unread.pop(table.label, None)
    report.files[-1] = FileRead(label if table.shapes is None else str(file), sha256(data), report.files[-1].rows)
    return _part(table, label if table.shapes is None else str(file), reading, keep_others=keep_others)


def _part(table: Table, label: str, reading: Reading, *, keep_others: bool = False) -> Part:
    """Return the wanted rows of a table, which is refused where it does not hold incidents."""
    report = reading.report
    _refuse_other_police_files(table.headings, label)
    if header_key(table.found.get("occurred_from", "")) in _REPORTED:
        report.choices.append(
            f"{label}: {table.found['occurred_from']!r} says when it was reported, which may be later than it happened."
        )
    rows = table.columns
    _require(rows.column_names, table.shapes is not None, table.headings, label)
    rows = _typed(_numbered(rows, report), label, report)
    if keep_others and {"month", "lon", "lat", "crime_type"} <= set(rows.column_names):
        reading.others.append(reading.wanted.others(rows))
    if table.shapes is None:
        return Part(reading.wanted.keep(rows))
    kept = reading.wanted.keep(rows.append_column("shape", pa.array(np.arange(rows.num_rows))))
    points, faults = _points(table.shapes.iloc[kept["shape"].to_numpy()].reset_index(drop=True), label, reading)
    return Part(kept.drop_columns(["shape"]), points, faults)


def _points(shapes: gpd.GeoSeries, path: str, reading: Reading) -> tuple[gpd.GeoSeries, pd.Series]:
    """Return the points of a map file in metres, and what is wrong with those that are none."""
    several = (shapes.geom_type == "MultiPoint").fillna(False) & (shapes.count_geometries() == 1)
    shapes = shapes.where(~several, shapes[several].geometry.centroid) if several.any() else shapes
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
    return snap_to_millimetres(projected[finite & ~at_zero]).reindex(shapes.index), faults


def _typed(rows: pa.Table, label: str, report: ReadReport) -> pa.Table:
    """Return rows with crime types under the names of police.uk, and the kind of ASB that a type may say beside it."""
    if "crime_type" not in rows.column_names:
        return rows
    types = with_names(rows["crime_type"])
    given = set(rows["crime_type"].unique().to_pylist()) - set(types.dictionary.to_pylist()) - {None}
    if given:
        report.choices.append(f"{label}: {listed([repr(one) for one in sorted(given)], 4)} read as types of police.uk.")
    if "asb_type" not in rows.column_names and (kinds := asb_kinds(rows["crime_type"])) is not None:
        rows = rows.append_column("asb_type", kinds)
    return rows.set_column(rows.column_names.index("crime_type"), "crime_type", types)


def _refuse_other_months(rows: pa.Table, month: str, label: str) -> None:
    """Raise GeoError for a street file whose rows are of another month than its name says: both are counted."""
    months = {value for value in rows["month"].unique().to_pylist() if value}
    if months - {month}:
        raise GeoError(
            f"{label}: the file name says {month}, its rows {listed(sorted(months))}.", "Give it back its own name."
        )


def _numbered(rows: pa.Table, report: ReadReport) -> pa.Table:
    return rows.append_column("file", pa.array(np.full(rows.num_rows, len(report.files) - 1, np.int32)))


def _marked(rows: pa.Table, **marks: str) -> pa.Table:
    """Return rows with columns of one value each, in place of any of the same name."""
    for name, value in marks.items():
        column = pa.DictionaryArray.from_arrays(np.zeros(rows.num_rows, np.int32), pa.array([value]))
        rows = rows.drop_columns([name]) if name in rows.column_names else rows
        rows = rows.append_column(name, column)
    return rows


def _refuse_other_police_files(headers: Sequence[str], label: str) -> None:
    keys = {header_key(header) for header in headers}
    for name, (mark, hint) in _POLICE_FILES.items():
        if header_key(mark) in keys and "crime type" not in keys:
            raise GeoError(
                f"{label}: this looks like the police.uk {name} file (it has {mark!r} but no 'Crime type').", hint
            )


def _require(found: Sequence[str], is_map: bool, headers: Sequence[str], label: str) -> None:
    shown = f"Found: {listed([str(header) for header in headers], 20)}."
    if not {"occurred_from", "month"} & set(found):
        only = " (a year alone says too little)" if "year" in found else ""
        raise GeoError(
            f"{label}: no column 'occurred_from' or 'month'{only}.",
            f"{shown} Rename the column that says when, or map it under [columns.incidents] in geo.toml.",
        )
    if not is_map and position_pair(list(found)) is None and not {"grid_ref", "geopoint", "location_text"} & set(found):
        raise no_position(headers, label)


def no_position(headers: Sequence[str], label: str) -> GeoError:
    """Return the GeoError for a table whose columns hold no position."""
    return GeoError(
        f"{label}: no columns with a position (lon and lat, or easting and northing).",
        f"Found: {listed([str(header) for header in headers], 20)}. Rename them, or map them under [columns.incidents] "
        "in geo.toml. One column may hold it too: a grid reference, (lat, lon), or WKT.",
    )
