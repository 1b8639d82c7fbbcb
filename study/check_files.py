"""What geo check writes where it is asked to: a page of the findings, and cleaned copies of the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.crs import to_lonlat
from geo.engagement.answers.answer import Answer, answered
from geo.errors import GeoError, counted
from layers import registry
from layers.incidents import NOT_SAID
from layers.reading.dates import read_dates
from layers.reading.layer import Column
from layers.reading.positions import POSITION_COLUMNS
from layers.reading.records import numbers, yes_no
from layers.reading.report import ReadReport
from layers.reading.tabular import Asked, Table, read_table, text_columns
from layers.writing.write import staged, write_csv, write_geojson
from study.check import Checkup, read_all
from study.settings import EngagementSettings, IncidentSettings

if TYPE_CHECKING:
    from study.study import Study

CHANGES = "changes.csv"
# of one column so many different values are listed; what is done to them is the same for all
_MOST_VALUES = 500
_MOST_ROWS = 500
_ROUNDED = 8  # decimals of a degree: a millimetre
_CAUTION = "This page holds values from the files: it is for those who may see the files themselves."


def write_report(study: Study, done: Checkup, path: Path, *, overwrite: bool) -> Path:
    """Write the findings as a page in one file that runs nothing and asks nothing of the network; return its path."""
    from maps.outcome import outcome_page
    from study.pages import about

    told = about(study, title="Can these files be used?", headline=done.verdict, notes=[], attribution=[])
    worst = [f"{one.severity.capitalize()}: {one.layer}: {one.what}" for one in done.findings]
    rest = [f"{counted(len(worst) - 6, 'finding')} more in the table."] if len(worst) > 7 else []
    found = [*worst[: 6 if rest else 7], *rest] or ["Nothing was found that is wrong."]
    page = outcome_page(told, found, [], list(_sheets(done)), caution=_CAUTION, limits=("inside",))
    with staged(path.parent, [path.name], overwrite=overwrite) as stage:
        (stage / path.name).write_text(page, encoding="utf-8", newline="\n")
    return path


def write_copies(study: Study, done: Checkup, folder: Path, *, overwrite: bool) -> list[str]:
    """Write a cleaned copy of every layer that can be read, what was changed, and the rows set aside; return the names.

    A layer of points or without shapes becomes a CSV file in UTF-8, with the columns of the layer, dates as 2025-03-14
    and ``lon`` and ``lat``; any other a GeoJSON file. ``changes.csv``: every heading, and every value of dates, words
    and numbers, as it was and as it is now. ``<layer>_set_aside.csv``: the rows that are in no copy, with the reason
    and their cells as they were. The files themselves stay as they are: a folder in which one of them would be replaced
    is refused with a GeoError.
    """
    files: dict[str, Callable[[Path], None]] = {}
    changes: list[pd.DataFrame] = []
    # of incidents every type and month, whatever the study asks for
    for name, (frame, report) in read_all(study, done.paths, [], everything=True).items():
        if report is None or not isinstance(frame, pd.DataFrame):
            continue
        tables = list(_tables(study, name, done.paths[name]))
        changes.append(pd.DataFrame(_changes(name, report, tables), columns=_CHANGED))
        files |= _copy(name, frame)
        aside = _aside(report, tables)
        if len(aside):
            files[f"{name}_set_aside.csv"] = partial(write_csv, table=aside)
    if not files:
        raise GeoError("There is no layer that can be copied.", "Mend what is unusable first.")
    files[CHANGES] = partial(write_csv, table=pd.concat(changes, ignore_index=True))
    _refuse_originals(folder, files, done.paths)
    with staged(folder, list(files), overwrite=overwrite) as stage:
        for name, write in files.items():
            write(stage / name)
    return list(files)


# --- the page ---------------------------------------------------------------------------------------------------------


def _sheets(done: Checkup) -> Iterator[Answer]:
    found = pd.DataFrame([one._asdict() for one in done.findings])
    if len(found):
        found["severity"] = found["severity"].str.capitalize()
        found["column"] = found["column"].map(_exact)
        found["row"] = found["row"].map(lambda one: "" if pd.isna(one) else f"{int(one)}")
        words = {
            "severity": "severity",
            "layer": "layer",
            "what": "what is wrong",
            "mend": "what to do",
            "file": "file",
            "row": "first row",
            "column": "heading",
            "value": "value",
        }
        yield answered("findings", "What is wrong, worst first?", "", found, words)
    read = [
        (name, "cannot be read", "", "", "")
        if report is None
        else (name, report.source(), f"{report.read:,}", f"{report.used:,}", f"{report.read - report.used:,}")
        for name, report in done.reports.items()
    ]
    words = {"layer": "layer", "source": "file", "read": "rows", "used": "used", "aside": "set aside"}
    yield answered("read", "What is each file?", "", pd.DataFrame(read, columns=list(words)), words)
    reports = {name: report for name, report in done.reports.items() if report is not None}
    headings = [
        (name, file, _exact(heading), column)
        for name, report in reports.items()
        for file, told in report.headings.items()
        for column, heading in told.items()
    ] + [
        (name, file, _exact(heading), f"not read (nearest: {near})" if near else "not read")
        for name, report in reports.items()
        for file, told in report.unread.items()
        for heading, near in told.items()
    ]
    words = {"layer": "layer", "file": "file", "heading": "heading", "column": "read as"}
    yield answered("headings", "Which heading is read as what?", "", pd.DataFrame(headings, columns=list(words)), words)
    chosen = [(name, line) for name, report in reports.items() for line in report.choices]
    words = {"layer": "layer", "choice": "choice"}
    yield answered("choices", "What was chosen, and why?", "", pd.DataFrame(chosen, columns=list(words)), words)
    yield _rows_sheet(reports)


def _exact(heading: str) -> str:
    """Return a heading as it stands in the file, letter by letter."""
    return f'"{heading}"' if heading else ""


def _rows_sheet(reports: Mapping[str, ReadReport]) -> Answer:
    faults = [report.faults().assign(layer=name) for name, report in reports.items()]
    rows = pd.concat(faults, ignore_index=True) if faults else ReadReport("").faults().assign(layer="")
    rows["row"] = rows["row"].astype(str)
    more = f"The first {_MOST_ROWS:,} of {len(rows):,}: --fix writes all of them." if len(rows) > _MOST_ROWS else ""
    words = {"layer": "layer", "file": "file", "row": "row", "reason": "reason", "value": "value"}
    return answered("rows", "Which rows are set aside?", more, rows.head(_MOST_ROWS), words)


# --- the copies -------------------------------------------------------------------------------------------------------

_CHANGED = ["layer", "file", "what", "heading", "column", "before", "after", "rows"]


def _tables(study: Study, name: str, path: Any) -> Iterator[tuple[Table, pd.DataFrame]]:
    """Yield the text of each file of a layer that is a table or a map file, before anything was made of it."""
    chosen: Any = study.settings(IncidentSettings if name == "incidents" else EngagementSettings)
    for one in path if isinstance(path, list | tuple) else [path]:
        columns = getattr(one, "columns", None) or study.project.columns.get(name)
        asked = Asked(registry.layer(name), (), columns, chosen.encoding, "EPSG:4326")
        try:
            table = read_table(str(one), asked, ReadReport(name))
        except GeoError:  # a folder, a download, an answer of Overpass: its report alone tells of it
            continue
        yield table, text_columns(table)


def _copy(name: str, frame: pd.DataFrame) -> dict[str, Callable[[Path], None]]:
    """Return {file name: what writes it} of one layer."""
    if isinstance(frame, gpd.GeoDataFrame):
        if not (frame.geom_type.dropna() == "Point").all():
            return {f"{name}.geojson": partial(write_geojson, layer=frame, name=name)}
        degrees = to_lonlat(frame).geometry
        table = pd.DataFrame(frame.drop(columns=frame.geometry.name))
        frame = table.assign(lon=degrees.x.round(_ROUNDED), lat=degrees.y.round(_ROUNDED))
    said = {"crime_type": frame["crime_type"].mask(frame["crime_type"] == NOT_SAID)} if "crime_type" in frame else {}
    counts = {
        column: frame[column].astype("Int64")
        for column in frame.select_dtypes("float").columns
        if column not in ("lon", "lat") and (frame[column].dropna() % 1 == 0).all()
    }
    days = {column: _iso(frame[column]) for column in frame if pd.api.types.is_datetime64_any_dtype(frame[column])}
    return {f"{name}.csv": partial(write_csv, table=frame.assign(**said, **counts, **days).dropna(axis=1, how="all"))}


def _iso(when: pd.Series) -> pd.Series:
    text = when.dt.strftime("%Y-%m-%dT%H:%M:%S").astype(object)
    whole = (when.dropna() == when.dropna().dt.normalize()).all()
    return text.str.removesuffix("T00:00:00").where(when.notna(), None) if whole else text.where(when.notna(), None)


def _changes(name: str, report: ReadReport, tables: list[tuple[Table, pd.DataFrame]]) -> Iterator[tuple[Any, ...]]:
    """Yield what was changed in one layer: headings, values, positions, and what was left out."""
    for file, found in report.headings.items():
        places = [heading for column, heading in found.items() if column in _PLACES]
        for column, heading in found.items():
            if column != heading and column not in _PLACES:
                yield name, file, "heading", heading, column, heading, column, ""
        if places:
            yield name, file, "position", ", ".join(places), "lon, lat", ", ".join(places), "lon, lat", ""
    for file, unread in report.unread.items():
        for heading in unread:
            yield name, file, "left out", heading, "", heading, "", ""
    for table, text in tables:
        for one in registry.layer(name).columns:
            if one.name in text:
                heading = report.headings.get(table.label, {}).get(one.name, one.name)
                for before, after, rows in _new_values(one, text[one.name]):
                    yield name, table.label, "value", heading, one.name, before, after, rows


_PLACES = {column.name for column in POSITION_COLUMNS}


def _new_values(column: Column, text: pd.Series) -> list[tuple[str, str, int]]:
    """Return (before, after, rows) of the values of a column that are written in another way now, the most frequent
    first."""
    counts = text.dropna().value_counts().sort_index().sort_values(ascending=False, kind="stable")
    before = pd.Series(counts.index, dtype=object)
    after = before
    if column.kind in ("day", "time") or column.name == "occurred_from":
        read = read_dates(before.astype("string"), column.name)
        after = read.when.dt.strftime("%Y-%m") if read.months else _iso(read.when)
    elif column.words is not None:
        after = column.words.read(before, ReadReport(""), several=column.several)
    elif column.kind == "yes or no":
        after = yes_no(before).map({True: "yes", False: "no"}).astype(object)
    elif column.kind in ("number", "count", "people"):
        read_numbers, _ = numbers(before)
        same = pd.to_numeric(before, errors="coerce") == read_numbers
        after = read_numbers.map("{:g}".format, na_action="ignore").astype(object).where(~same, before)
    changed = after.notna() & (after.astype(object) != before)
    told = [(str(before[i]), str(after[i]), int(counts.iloc[i])) for i in np.flatnonzero(changed)]
    if len(told) > _MOST_VALUES:
        rest = told[_MOST_VALUES:]
        told = [*told[:_MOST_VALUES], (f"{len(rest):,} more values", "likewise", sum(one[2] for one in rest))]
    return told


def _aside(report: ReadReport, tables: list[tuple[Table, pd.DataFrame]]) -> pd.DataFrame:
    """Return the rows at fault with the reason and, where the file is a table, their cells under their own headings."""
    faults = report.faults()
    cells = []
    for table, text in tables:
        own = report.headings.get(table.label, {})
        wanted = text[text["row"].isin(faults["row"])].rename(columns={name: own.get(name, name) for name in text})
        cells.append(wanted.assign(label=table.label))
    if not len(faults) or not cells:
        return faults
    held = pd.concat(cells, ignore_index=True)
    labels = faults["file"].map(
        lambda file: next((one for one in held["label"].unique() if str(file).endswith(one)), "")
    )
    joined = faults.assign(label=labels).merge(held, on=["label", "row"], how="left", suffixes=("", " in the file"))
    return joined.drop(columns="label")


def _refuse_originals(folder: Path, files: Mapping[str, Any], paths: Mapping[str, Any]) -> None:
    """Raise GeoError where a copy would take the place of a file that was read."""
    given = [one for path in paths.values() for one in (path if isinstance(path, list | tuple) else [path])]
    originals = {Path(str(one).partition("::")[0]).resolve() for one in given}
    hit = [name for name in files if (folder / name).resolve() in originals]
    if hit:
        raise GeoError(
            f"{folder / hit[0]}: this is one of the files that were read, and they stay as they are.",
            "Name another folder with --fix.",
        )
