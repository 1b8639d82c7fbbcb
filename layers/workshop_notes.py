"""Workshop notes: what people wrote on the workshop page, from many exports into one layer."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from geo.crs import GREAT_BRITAIN, LONLAT
from geo.errors import GeoError, counted, listed
from layers.libraries import gpd, np, pd, pyproj, shapely
from layers.notes.files import EXPORT, Limits, NoteFile, changes_of, find_note_files, properties_of, read_note_files
from layers.notes.shapes import (
    NOT_DEGREES,
    OUTSIDE,
    kind_of_shape,
    metres_named,
    outside,
    shape_of,
    sound_shapes,
    swapped,
)
from layers.notes.sheets import Typed, read_typed
from layers.notes.texts import MOST_LETTERS, clean, feeling_of, moment, personal_signs, words_of
from layers.notes.versions import BY_CLOCK, Version, outdone, own_id
from layers.reading.dates import read_dates
from layers.reading.layer import Column, Layer
from layers.reading.report import ReadReport, Row
from layers.writing.write import write_geojson, write_geopackage

FEELINGS = ("unsafe", "safe", "idea")
KINDS = ("point", "line", "area")
WORKSHOP_NOTES = Layer(
    "workshop_notes",
    (
        Column("id", "the name of the note, one for all its versions", kind="code", shown="public"),
        Column("created", "when it was last written", kind="time", shown="internal"),
        Column("kind", "point, line or area", kind="words", shown="public"),
        Column("feeling", "safe, unsafe or idea", kind="words", shown="public", card=True),
        Column("note", "what was written", shown="internal", card=True),
        Column("when", "day, evening, night, weekend; several, with semicolons", kind="words"),
        Column("who", "everyone, children, young, older, women, disabled; several", kind="words"),
        Column("map", "the page it was written on"),
        Column("session", "the workshop, as it was named there; else its day"),
        Column("same_as", "the id of the note that it was merged into, because both say the same"),
        Column("hidden", "true where whoever led the workshop hid it"),
        Column("export", "number of the file it came from, from 1"),
        Column("changes", "the changes it went through on the page, oldest first"),
    ),
    title="what people wrote at a workshop",
    used_by=("workshop", "page"),
    shape="public",
)
COLUMNS = (*(column.name for column in WORKSHOP_NOTES.columns), "geometry")
MARGIN_M = 1000.0
_LONGEST_MAP = 100
_LONGEST_SESSION = 40
WHEN = ("day", "evening", "night", "weekend")
WHO = ("everyone", "children", "young", "older", "women", "disabled")
_BESIDES = ("when", "who", "session", "same_as", "hidden")
_MOST_ROWS = 20
_SAME_PLACE_M = 0.05  # what rounding to degrees and back leaves
# names of notes that came without one: made from what they say, so that the same note gets the same name
_NAMES = uuid.UUID("6f0b1d2e-7f4b-5c55-9a51-0f6d2f0a8c11")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# what the page takes for an id when it loads notes: other programs name theirs in other ways
_ID = r"[A-Za-z0-9][A-Za-z0-9_-]{7,63}"


def read_notes(
    paths: str | Path | Sequence[str | Path],
    *,
    area: gpd.GeoDataFrame | None = None,
    metric_crs: str | pyproj.CRS | None = None,
    margin_m: float = MARGIN_M,
    now: dt.datetime | None = None,
    limits: Limits = EXPORT,
    required: bool = True,
) -> tuple[gpd.GeoDataFrame, ReadReport]:
    """Return the notes of one or many exports of the workshop page, each once, oldest first, and a report.

    ``paths``: GeoJSON files (RFC 7946) or folders of them, in any order; tables of notes typed in from paper (CSV,
    Excel; see ``notes.sheets``), which are named one by one. ``area``: the wards of the study area; a note with a
    corner farther than ``margin_m`` metres from it is set aside. ``metric_crs``: the plane in metres, by default
    that of ``area``, else EPSG:27700. ``now``: the moment of reading (with a zone), by default the real one.
    ``limits``: what one file may hold (``note_files.EXPORT``, or ``COLLECTED`` for a layer that was merged before).
    ``required``: no usable note is an error; else the frame is empty.

    Columns: ``id`` (text, as a rule a UUID), ``created`` (datetime in UTC without zone, NaT where the file's time is
    unreadable or ahead of ``now``), ``kind`` (point, line, area: what the shape is), ``feeling`` (safe, unsafe, idea),
    ``note`` (text as typed, at most 500 letters, without control characters; may be empty), ``map`` (the workshop,
    by the page it was written on), ``when`` and ``who`` (WHEN and WHO, several with semicolons, empty where nobody
    said), ``session`` (the workshop by the name it was given, empty in files of older pages), ``same_as`` (the id of
    the note it was merged into, else empty), ``hidden`` (whether whoever led the workshop hid it), ``export`` (number
    of the file it came from, from 1; file names may name people, so they are not kept), ``changes`` (ids of the changes
    made on the page, oldest first, with spaces between; empty in files of older pages), ``geometry``. Every other
    property is dropped.

    Set aside: no feature, no or unusable shape, outside the area, no or unknown feeling, the same note again, a note
    deleted on the page, an earlier version of a note (see ``notes.versions``; of versions that nothing puts in order
    all are kept, the others under ids of their own, with a warning). Mended and said: areas that cross themselves,
    rings that are open, ids that are none, notes too long. Said and kept: notes that look as if they told of somebody.
    Raises GeoError for files that are no export, too large, or (``required``) hold no usable note.
    """
    crs = pyproj.CRS.from_user_input(metric_crs or (area.crs if area is not None else GREAT_BRITAIN))
    report = ReadReport("workshop notes")
    files = read_note_files(find_note_files(paths), limits, lambda path: read_typed(path, crs))
    report.files += [one.file for one in files]
    empty = sorted({Path(one.file.path).name for one in files if not one.features})
    if empty:
        report.choices.append(f"No notes in {listed(empty, 10)}.")
    table = _table(files, now or dt.datetime.now(dt.UTC))
    table, shapes = _placed(table, crs, area, margin_m, report)
    table = _described(table, shapes, report)
    table, shapes = _once(table, shapes, _all_removed(files), report)
    _say_workshops(table, report)
    notes = gpd.GeoDataFrame(table.drop(columns=["file", "row", "source", "by_hand"]), geometry=shapes, crs=crs)
    notes["export"] = pd.factorize(table["source"], sort=True)[0] + 1
    notes = notes.sort_values(["created", "id"], ignore_index=True)[list(COLUMNS)]
    notes.attrs["removed"] = _all_removed(files)
    report.used = len(notes)
    _warn_personal(table, report)
    if required and notes.empty:
        raise _nothing(report)
    return notes, report.check()


def write_notes(folder: Path, notes: gpd.GeoDataFrame) -> None:
    """Write ``workshop_notes.geojson`` (all) and ``workshop_notes.gpkg`` (a layer a kind: points, lines, areas)."""
    written = notes.assign(created=[None if pd.isna(one) else _iso(one) for one in notes["created"]])
    write_geojson(folder / "workshop_notes.geojson", written, name="workshop_notes")
    removed = [{"id": name, "changes": " ".join(changes)} for name, changes in notes.attrs.get("removed", {}).items()]
    if removed:  # so that a note deleted at one table does not come back with the next collection
        path = folder / "workshop_notes.geojson"
        root = {**json.loads(path.read_text("utf-8")), "removed": removed}
        path.write_text(json.dumps(root, ensure_ascii=False) + "\n", "utf-8", newline="\n")
    kinds = {f"{kind}s": notes[notes["kind"] == kind] for kind in KINDS}
    write_geopackage(folder / "workshop_notes.gpkg", {name: layer for name, layer in kinds.items() if len(layer)})


def _iso(time: pd.Timestamp) -> str:
    return f"{time.isoformat(timespec='milliseconds')}Z"


def _table(files: Sequence[NoteFile], now: dt.datetime) -> pd.DataFrame:
    """Return a row a feature: its texts cleaned, its shape read, nothing judged yet."""
    rows = [_row(one, feature, place, now) for place in enumerate(files) for one, feature in _numbered(place[1])]
    columns = ["file", "row", "source", "id", "created", "clock", "kind", "feeling", "note", "long", "map",
               *_BESIDES, "changes", "by_hand", "shape", "fault", "closed", "other"]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns).astype({"fault": object, "shape": object, "other": object})
    return table.assign(created=table["created"].astype("datetime64[ms]"))


def _numbered(file: NoteFile) -> Iterable[tuple[int, Any]]:
    return enumerate(file.features, start=1)


def _row(number: int, feature: Any, place: tuple[int, NoteFile], now: dt.datetime) -> tuple[Any, ...]:
    """Return one feature; ``source`` tells exports apart, also those inside a layer that was merged before."""
    properties = properties_of(feature)
    shape = shape_of(feature.get("geometry") if isinstance(feature, dict) else None)
    created, clock = _moment(feature, now)
    note, part = words_of(properties), properties.get("export")
    fault = shape.fault if isinstance(feature, dict) and feature.get("type") == "Feature" else "not a feature"
    fault = feature.fault or fault if isinstance(feature, Typed) else fault
    return (
        Path(place[1].file.path).name,
        place[1].rows[number - 1] if place[1].rows else number,
        (place[0], part if isinstance(part, int) else 0),
        _id(properties.get("id")) or _id(feature.get("id") if isinstance(feature, dict) else None),
        created,
        clock,
        clean(properties.get("kind")).casefold(),
        feeling_of(properties, place[1].layers[number - 1]),
        note[:MOST_LETTERS].strip(),
        len(note) > MOST_LETTERS,
        clean(properties.get("map"))[:_LONGEST_MAP],
        _chosen(properties.get("when"), WHEN),
        _chosen(properties.get("who"), WHO),
        clean(properties.get("session"))[:_LONGEST_SESSION],
        _id(properties.get("same_as")),
        properties.get("hidden") in (True, 1, "true", "True"),
        " ".join(changes_of(properties.get("changes"))),
        place[1].by_hand,
        shape.shape,
        fault,
        shape.closed,
        shape.other,
    )


def _chosen(value: Any, known: Sequence[str]) -> str:
    """Return which of the known words a property holds, in their order; others are none of the page's."""
    given = {part.strip() for part in clean(value).split(";")}
    return ";".join(word for word in known if word in given)


def seen_notes(notes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the notes that are to be seen: neither hidden nor merged into another one.

    Of notes that two tables merged into each other the one whose id comes first stands for all. A note merged into one
    that is not there is seen. Notes without the columns ``hidden`` and ``same_as`` come back as they are.
    """
    if not {"hidden", "same_as"} <= set(notes.columns):
        return notes
    into = {str(name): str(same) for name, same in zip(notes["id"], notes["same_as"], strict=True)}
    roots = notes["id"].astype(str).map(lambda name: _root(name, into))
    return notes[~notes["hidden"].astype(bool) & roots.eq(notes["id"])]


def _root(name: str, into: dict[str, str]) -> str:
    seen = [name]
    while (after := into.get(seen[-1], "")) in into:
        if after in seen:
            return min(seen[seen.index(after) :])
        seen.append(after)
    return seen[-1]


def _moment(feature: Any, now: dt.datetime) -> tuple[dt.datetime | None, str | None]:
    """Return when a note was made, and what is wrong with the time; paper has a day at most, and may have none."""
    given = properties_of(feature).get("created")
    if not isinstance(feature, Typed):
        return moment(given, now)
    read = read_dates(pd.Series([given], dtype="string"), "day").when[0] if given else pd.NaT
    return (None, None) if pd.isna(read) else moment(f"{read:%Y-%m-%dT%H:%M:%S}", now)


def _id(value: Any) -> str:
    """Return an id as it is compared; empty for one that could not be the page's."""
    text = clean(value)
    text = text[1:-1] if text[:1] + text[-1:] == "{}" else text  # as QGIS and ArcGIS write a UUID
    if _UUID.fullmatch(text):
        return text.lower()
    return text if re.fullmatch(_ID, text) else ""


def _placed(
    table: pd.DataFrame, crs: pyproj.CRS, area: gpd.GeoDataFrame | None, margin_m: float, report: ReadReport
) -> tuple[pd.DataFrame, gpd.GeoSeries]:
    """Return the rows with a usable shape and feeling, and their shapes in metres; the rest is set aside."""
    metres = [shape for shape in table["other"] if shape is not None]
    named = metres_named(metres, area, crs, margin_m) if metres else ""
    hint = ""
    if named:
        hint = (
            f"The numbers are metres of {named}: export as GeoJSON in EPSG:4326 (in QGIS: Save Features As, RFC 7946)."
        )
    table = _aside(table, table["fault"], report, hint=hint)
    degrees = gpd.GeoSeries(table["shape"].to_numpy(), index=table.index, crs=LONLAT)
    sound = sound_shapes(degrees, crs)
    faults = sound.faults.copy()
    hint = ""
    if area is not None:
        placed = sound.shapes[faults.isna()]
        far = outside(placed, area, margin_m)
        faults = faults.mask(far.reindex(faults.index, fill_value=False), OUTSIDE)
        hint = _swapped_hint(degrees[faults.eq(OUTSIDE)], crs, area, margin_m)
    where = [f"{shape.bounds[1]:.4f}, {shape.bounds[0]:.4f}" for shape in degrees]
    table = _aside(table.assign(shown=where), faults, report, hint=hint)
    unknown = ~table["feeling"].isin(FEELINGS)
    faults = pd.Series(None, index=table.index, dtype=object)
    faults = faults.mask(unknown, "unknown feeling").mask(table["feeling"].eq(""), "no feeling")
    table = _aside(table.assign(shown=table["feeling"].str[:30]), faults, report, hint=f"Known: {', '.join(FEELINGS)}.")
    kept = table.index
    if table["closed"].any():
        _say(report, table[table["closed"]], "an outline was open and has been closed")
    if sound.mended[kept].any():
        _say(report, table[sound.mended[kept]], "an area that crosses itself was mended")
    if sound.turned[kept].any():
        count = counted(int(sound.turned[kept].sum()), "outline")
        report.choices.append(f"{count} turned anticlockwise, as RFC 7946 wants it.")
    return table.drop(columns=["shape", "fault", "closed", "other", "shown"]), sound.shapes[kept]


def _described(table: pd.DataFrame, shapes: gpd.GeoSeries, report: ReadReport) -> pd.DataFrame:
    """Return the rows with a kind, an id and a time that can be relied on; what was changed is said."""
    kinds = pd.Series([kind_of_shape(shape) for shape in shapes], index=table.index, dtype=object)
    if (kinds != table["kind"]).any():
        _say(report, table[kinds != table["kind"]], "kind did not fit the shape; the shape counts")
    for why in ("unreadable", "in the future"):
        if table["clock"].eq(why).any():
            _say(report, table[table["clock"].eq(why)], f"time {why}, taken as unknown")
    if table["long"].any():
        _say(report, table[table["long"].astype(bool)], f"a note longer than {MOST_LETTERS} letters was cut there")
    known = table["id"].ne("")
    if not known.all():
        _say(report, table[~known], "no usable id; one was made from what the note says")
    named = table["id"].mask(
        ~known, [_made_id(row, shape) for row, shape in zip(table.itertuples(), shapes, strict=True)]
    )
    return table.assign(kind=kinds, id=named).drop(columns=["clock", "long"])


def _made_id(row: Any, shape: shapely.Geometry) -> str:
    said = (str(row.created), row.feeling, row.note, row.map, shape.wkt)
    return str(uuid.uuid5(_NAMES, "\x1f".join(said)))


def _once(
    table: pd.DataFrame, shapes: gpd.GeoSeries, removed: dict[str, tuple[str, ...]], report: ReadReport
) -> tuple[pd.DataFrame, gpd.GeoSeries]:
    """Return each note once: equal ones by the first file, of several versions those that ``notes.versions`` keeps."""
    gone = np.array([_is_removed(row.changes.split(), removed.get(row.id)) for row in table.itertuples()], bool)
    report.put_aside("deleted on the page", _rows(table[gone]), fault=True)
    table = table[~gone].assign(drawn=_outlines(table, shapes))
    says = ["id", "created", "kind", "feeling", "note", "map", *_BESIDES, "changes", "drawn"]
    again = table.duplicated(says)
    table = table[~again]
    reasons = pd.Series(None, index=table.index, dtype=object)
    names = table["id"].copy()
    for name, rows in table[table.duplicated("id", keep=False)].groupby("id"):
        versions = [_version(row) for row in rows.itertuples()]
        reasons[rows.index] = outdone(versions)
        kept = [(one, at) for one, at in zip(versions, rows.index, strict=True) if reasons[at] is None]
        for one, at in sorted(kept, key=_in_order)[1:]:
            names[at] = own_id(str(name), one)
    table = table.assign(id=names, first_id=table["id"])
    _say_versions(table, reasons, report)
    # kept beside another in an earlier collection, and here again
    beside = table.duplicated(["id", "kind", "feeling", "note", "drawn"]) & reasons.isna()
    # the same file twice, or notes that one table loaded from another: nothing is lost, nothing to mend
    report.put_aside("the same note again", int(again.sum() + beside.sum()))
    for reason in sorted(reasons.dropna().unique()):
        report.put_aside(reason, _rows(table[reasons.eq(reason)].sort_values(["file", "row"])), fault=True)
    table = table[reasons.isna() & ~beside]
    return table.drop(columns=["drawn", "first_id"]), shapes[table.index]


def _version(row: Any) -> Version:
    created = None if pd.isna(row.created) else row.created.to_pydatetime()
    return Version(tuple(row.changes.split()), created, bool(row.by_hand), row.note, row.feeling, row.drawn)


def _in_order(kept: tuple[Version, Any]) -> tuple[Any, ...]:
    """Return what tells which of several versions keeps the id: the oldest, else always the same one."""
    one = kept[0]
    return one.created or dt.datetime.max, one.note, one.feeling, one.drawn


def _outlines(table: pd.DataFrame, shapes: gpd.GeoSeries) -> pd.Series:
    """Return the outline of each note; of notes with one id the same where they differ by what rounding leaves."""
    plain = shapes.normalize()
    drawn = plain.to_wkb()
    for _, rows in table[table.duplicated("id", keep=False)].groupby("id"):
        seen: list[Any] = []
        for at in rows.index:
            same = [one for one in seen if shapely.equals_exact(plain[one], plain[at], tolerance=_SAME_PLACE_M)]
            drawn[at] = drawn[same[0]] if same else drawn[at]
            seen += [] if same else [at]
    return drawn[table.index]


def _is_removed(changes: list[str], removed: tuple[str, ...] | None) -> bool:
    """Return whether a version was there when its note was deleted; one that was changed elsewhere was not."""
    return removed is not None and (not changes or changes[-1] in removed)


def _all_removed(files: Sequence[NoteFile]) -> dict[str, tuple[str, ...]]:
    """Return the notes deleted on any page, by id, with all the changes that were known there."""
    found: dict[str, tuple[str, ...]] = {}
    for file in files:
        for name, changes in file.removed.items():
            own = _id(name)
            found[own] = tuple(sorted({*found.get(own, ()), *changes}))
    return dict(sorted(found.items()))


def _say_versions(table: pd.DataFrame, reasons: pd.Series, report: ReadReport) -> None:
    """Say of how many notes a version was left out, and by what; warn of those that were kept in several."""
    for what, rows in (
        ("the last change was kept", table[reasons.notna() & reasons.ne(BY_CLOCK)]),
        ("the later time was kept, by the clocks of the computers", table[reasons.eq(BY_CLOCK)]),
    ):
        if len(rows):
            report.choices.append(f"{counted(rows['id'].nunique(), 'note')} came in several versions: {what}.")
    several = table[reasons.isna()]
    several = several[several["first_id"].duplicated(keep=False)]
    if len(several):
        report.warnings.append(
            f"{counted(several['first_id'].nunique(), 'note')} came in versions that neither their changes nor their "
            f"times put in order: all were kept ({_where(several.sort_values(['file', 'row']))}). Read them."
        )


def _say_workshops(table: pd.DataFrame, report: ReadReport) -> None:
    """Say which workshops the notes are of, where there are several."""
    counts = table.loc[table["map"] != "", "map"].value_counts().sort_index()
    if len(counts) > 1:
        names = [f"{name} ({count:,})" for name, count in counts.items()]
        report.choices.append(f"Notes of {len(counts)} workshops: {listed(names, 8)}.")


def _aside(table: pd.DataFrame, faults: pd.Series, report: ReadReport, *, hint: str = "") -> pd.DataFrame:
    """Set the rows with a fault aside, by reason, and return the others."""
    for reason in sorted(faults.dropna().unique()):
        rows = table[faults.eq(reason)]
        own_hint = hint if reason in (OUTSIDE, NOT_DEGREES, "unknown feeling") else ""
        report.put_aside(reason, _rows(rows), fault=True, hint=own_hint)
    return table[faults.isna()]


def _rows(rows: pd.DataFrame) -> list[Row]:
    shown = rows["shown"] if "shown" in rows.columns else [""] * len(rows)
    return [Row(file, row, value) for file, row, value in zip(rows["file"], rows["row"], shown, strict=True)]


def _say(report: ReadReport, rows: pd.DataFrame, what: str) -> None:
    report.choices.append(f"{counted(len(rows), 'note')}: {what} ({_where(rows)}).")


def _where(rows: pd.DataFrame) -> str:
    return listed([f"{file} row {row}" for file, row in zip(rows["file"], rows["row"], strict=True)], _MOST_ROWS)


def _warn_personal(table: pd.DataFrame, report: ReadReport) -> None:
    """Name the rows whose note looks as if it told of somebody; the words themselves are not repeated."""
    signs = table["note"].map(personal_signs)
    for what in dict.fromkeys(sign for one in signs for sign in one):
        rows = table[signs.map(lambda one, what=what: what in one)].sort_values(["file", "row"])
        report.warnings.append(
            f"{counted(len(rows), 'note looks', 'notes look')} as if it held {what}"
            f" ({_where(rows)}): read it and take it out before the notes are shown to anybody."
        )


def _swapped_hint(far: gpd.GeoSeries, crs: pyproj.CRS, area: gpd.GeoDataFrame, margin_m: float) -> str:
    if far.empty:
        return ""
    other = swapped(far)
    bounds = other.bounds
    possible = other[(bounds["maxy"] <= 90) & (bounds["miny"] >= -90)]
    if len(possible) and (~outside(possible.to_crs(crs), area, margin_m)).sum() > len(far) / 2:
        return "The other way round most of them lie in it: longitude comes first in GeoJSON."
    return ""


def _nothing(report: ReadReport) -> GeoError:
    if not report.read:
        return GeoError(f"No notes in {counted(len(report.files), 'file')}.", "Export the notes on the page again.")
    reasons = [f"{part.count:,} {part.reason}" for part in report.set_aside]
    hints = [part.hint for part in report.set_aside if part.hint]
    return GeoError(
        f"None of {counted(report.read, 'note')} can be used: {listed(reasons, 8)}.",
        hints[0] if hints else "Are they notes of this area? Name another one with --area.",
    )
