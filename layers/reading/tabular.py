"""Any table or map file a person holds, into columns of text under a layer's names: the one way in for every layer.

Columns are dictionary-encoded, and cleaned value by distinct value: a million rows cost little more than their file.
"""

from __future__ import annotations

import difflib
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from geo.errors import GeoError, counted, listed
from layers.databases.read import open_source
from layers.libraries import gpd, np, pa, pc, pd
from layers.reading.layer import Layer, header_key
from layers.reading.report import FileRead, ReadReport, Row
from layers.reading.sniff import (
    LONGEST_CELL,
    decompressed,
    kind_of,
    one_table_in,
    read_bytes,
    read_member,
    require_size,
    sha256,
    too_long,
)
from layers.reading.text import EMPTY, TO_CLEAN, clean_text, find_header, read_columns
from layers.reading.vector import plain_parquet, read_vector, split_layer
from layers.reading.workbook import is_workbook, read_sheet, refuse_old_workbook

_LONGEST_SHOWN = 60
_SHAPEFILE_LETTERS = 10
_ODK_SIGNS = {"submissiondate", "key"}
# (headings that give the program away, headings that are its own): Microsoft Forms, SharePoint, Kobo and ODK, Google
_FORMS: tuple[tuple[set[str], set[str]], ...] = (
    ({"start time", "completion time"}, {"start time", "completion time", "last modified time", "email", "name"}),
    ({"created by", "modified"}, {"created", "created by", "modified", "modified by", "item type", "path"}),
    ({"uuid", "submission time"}, {"start", "end", "today", "username", "deviceid", "submission time", "submitted by"}),
    ({"timestamp", "email address"}, {"timestamp", "email address"}),
    (
        _ODK_SIGNS,
        {*_ODK_SIGNS, "start", "end", "today", "deviceid", "submitterid", "submittername", "attachmentspresent"}
        | {"attachmentsexpected", "reviewstate", "edits", "formversion", "instanceid", "meta instanceid"},
    ),
)
_MAPS = ("geopackage", "parquet", "shapefile", "flatgeobuf", "zip", "xml")
# what programs add to count rows and measure shapes
_ROW_NUMBERS = ("", "objectid", "fid", "ogc fid", "globalid", "shape area", "shape length", "shape leng", "unnamed: 0")
# "3. Ward", "Q3: Ward"
_QUESTION_NUMBER = re.compile(r"(?i)^(?:q(?:uestion)?[ .]{0,2})?\d{1,2}[a-z]?(?:[.):]|\s+-)\s*")
_TICKED = {"1", "true", "yes", "x", "✓", "✔", "y", "selected", "checked", "ticked"}
# so much of a column must be of one kind to be known by its values, and no list of kinds is longer
_MOSTLY, _MOST_VALUES = 0.8, 500
_GENERAL_KEYS = {"name", "id", "type", "value"}
_NO_WORDS = set("the a an of in on at to for was were is are who what which how many did you we all and".split())
_NO_WORDS |= {"or", "it", "that", "there", "with"}

_OF_A_LOG = set("engagement event meeting meet met visit engaged involved reached represented take took place".split())


@dataclass(frozen=True)
class Asked:
    """What is wanted of a file: the columns of ``layer``, those without which it is refused, the names that the user
    maps ({canonical name: header}), the encoding of text that is not UTF-8, and the coordinate system of map files that
    do not say, which the user gives by ``option``. ``by_values``: {column: whether a text is one of its values}, for
    columns that are known by what they hold where no heading says it.
    """

    layer: Layer
    required: Sequence[str] = ()
    columns: Mapping[str, str] | None = None
    encoding: str | None = None
    crs: str | None = None
    option: str = "--crs"
    by_values: Mapping[str, Callable[[str], bool]] = field(default_factory=dict)


class Table(NamedTuple):
    """``columns``: a column of text for each canonical column found (dictionary-encoded, null where empty) and ``row``,
    the row's number as a spreadsheet shows it (in a map file: the feature's number, from 1). ``shapes``: those of a map
    file in its own coordinate system, aligned with the rows; None for a table. ``headings``: all of the file's own.
    ``found``: {canonical name: the heading it was read from}.
    """

    columns: pa.Table
    shapes: gpd.GeoSeries | None
    label: str
    headings: list[str]
    found: Mapping[str, str]


def read_table(path: str | Path | bytes, asked: Asked, report: ReadReport) -> Table:
    """Return the rows of a table, a map file or a table of a database as text under the names of a layer, in its order.

    ``path`` may be the text of a table itself.
    ``report`` is told of the file, of rows that do not fit the headings or repeat them, of headings that are read as
    nothing, and of every choice. Raises GeoError where the file is missing, is something else, or lacks a column.
    """
    if isinstance(path, bytes):
        return read_bytes_as_table(path, Path("text"), None, asked, report)
    held = read_database(path, asked, report)
    if held is not None:
        return held
    file, sheet = split_layer(path)
    raw = read_bytes(file)
    table = read_bytes_as_table(raw, file, sheet, asked, report)
    last = report.files[-1]
    report.files[-1] = FileRead(last.path, sha256(raw), last.rows)
    return table


def read_bytes_as_table(raw: bytes, file: Path, sheet: str | None, asked: Asked, report: ReadReport) -> Table:
    """Return what ``read_table`` returns, of bytes that came from ``file``."""
    data = decompressed(raw, file.name)
    kind = kind_of(data[:4096])
    if kind in ("zip", "workbook") and zipfile.is_zipfile(io.BytesIO(data)):
        kind = "workbook" if is_workbook(data) else "zip"
    if kind == "zip" and sheet is None and (inside := one_table_in(data)) is not None:
        report.choices.append(f"{file.name}: {inside} in it is read.")
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            member = read_member(archive, inside, file.name)
        return read_bytes_as_table(member, file / Path(inside).name, None, asked, report)
    if kind == "old excel":
        raise refuse_old_workbook(data, file.name)
    if kind == "workbook":
        return _from_workbook(data, file, sheet, asked, report)
    plain = plain_parquet(data, file) if kind == "parquet" else None
    if plain is not None:
        report.files.append(FileRead(str(file), "", len(plain)))
        return _from_frame(plain, None, file, asked, report)
    if kind in _MAPS or (kind == "json" and _is_map(data)):
        return _from_map(file, sheet, asked, report)
    if sheet is not None:
        raise GeoError(
            f"{file}::{sheet}: a table of text has no layers and no sheets.", f"Name the file alone: {file}."
        )
    return _from_objects(data, file, asked, report) if kind == "json" else _from_text(data, file, asked, report)


def read_database(path: str | Path, asked: Asked, report: ReadReport) -> Table | None:
    """Return what ``read_table`` returns, of a table or query of a database; None where ``path`` names none.

    Only columns that mean something are fetched; ``row`` counts from 1 as the database gives them.
    """
    with open_source(path) as source:
        if source is None:
            return None
        label, headings = source.address.label, source.names
        found = _matched(asked, headings, label)
        rows = source.read(_sources(asked, headings, found), crs=asked.crs, option=asked.option)
    report.files.append(rows.file)
    report.choices += source.choices
    columns = pa.table({**rows.columns, "row": pa.array(np.arange(1, rows.file.rows + 1))})
    return _finished(columns, rows.shapes, label, headings, found, asked, report)


def text_columns(table: Table) -> pd.DataFrame:
    """Return the columns as pandas has text: objects, None where empty; ``row`` as whole numbers."""
    columns = table.columns
    frame = {
        name: pd.Series(columns[name].cast(pa.string()).to_numpy(zero_copy_only=False), dtype=object)
        for name in columns.column_names
        if name != "row"
    }
    return pd.DataFrame({**frame, "row": columns["row"].to_numpy().astype(int)})


def match_columns(layer: Layer, headers: Sequence[str], columns: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return {canonical name: header}, as ``Layer.match`` does, and more patiently.

    A heading without a name is none. A heading that fits nothing is tried again without its question mark, its star,
    what it has in brackets and, in one word such as ``group/attendees`` of a Kobo form, without its group; but never a
    heading that is one choice of a question (``barriers/cost`` beside ``barriers/time`` is not a cost). What a form
    adds by itself is passed over unless ``columns`` asks for it: when it was filled in, and by whom.
    """
    skipped = (_housekeeping(headers) | _choices_of(layer, headers).keys()) - set((columns or {}).values())
    named = [header for header in headers if header_key(header) and header not in skipped]
    found = layer.match(named, columns)
    plain: dict[str, str] = {}
    paths = _paths(headers)
    for header in named:
        if header not in found.values():
            plain.setdefault(_plain(header, paths.get(header)), header)
    plain.pop("", None)
    missing = Layer(layer.name, tuple(column for column in layer.columns if column.name not in found))
    again = missing.match(list(plain))
    found = {**found, **{name: plain[header] for name, header in again.items()}}
    found = {**found, **_cut_off(layer, named, found)}
    return {**found, **_asked_in_words(layer, named, found)}


def _cut_off(layer: Layer, headers: Sequence[str], found: Mapping[str, str]) -> dict[str, str]:
    """Return the columns whose heading a shapefile cut to ten letters, ``Incident_D``, where only one begins so."""
    cut: dict[str, str] = {}
    for header in headers:
        if len(header) != _SHAPEFILE_LETTERS or header in found.values():
            continue
        fits = {
            column.name
            for column in layer.columns
            for name in (column.name, *column.also.split(","))
            if any(header_key(name).replace(" ", mark)[:10] == header.casefold() for mark in ("_", ""))
        }
        if len(fits) == 1 and (name := fits.pop()) not in found:
            cut.setdefault(name, header)
    return cut


def _asked_in_words(layer: Layer, headers: Sequence[str], found: Mapping[str, str]) -> dict[str, str]:
    """Return the columns asked for by a sentence (``Which ward was it?``): the one with the same words that count.

    A heading that fits two columns, or a column that two headings fit, is left alone.
    """
    asked: dict[str, list[str]] = {}
    for header in headers:
        if header in found.values() or len(header.split()) < 2:
            continue
        words = _counting(header)
        fits = {
            column.name
            for column in layer.columns
            if words and any(words == _counting(name) for name in (column.name, *column.also.split(",")))
        }
        if len(fits) == 1:
            asked.setdefault(fits.pop(), []).append(header)
    return {name: one[0] for name, one in asked.items() if len(one) == 1 and name not in found}


@lru_cache(maxsize=10_000)  # the names of the columns are asked for again with each heading of each file
def _counting(text: str) -> frozenset[str]:
    """Return the words of a heading that say what is asked."""
    words = [word for word in header_key(_plain(text)).split() if word not in _NO_WORDS | _OF_A_LOG]
    return frozenset(word.rstrip("s") for word in words)


def require_columns(found: Mapping[str, Any], required: Sequence[str], headers: Sequence[str], label: str) -> None:
    """Raise GeoError, naming the headings found, where a required column is missing."""
    missing = [name for name in required if name not in found]
    if missing:
        raise GeoError(
            f"{label}: no column {' and no column '.join(repr(name) for name in missing)}.",
            f"Found: {listed([shown(header) for header in headers if header], 20) or 'no headings'}. "
            "Rename the column that holds it, or map it under [columns] in geo.toml.",
        )


def shown(text: str) -> str:
    """Return text as a message shows it: one line, not long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_SHOWN else line[: _LONGEST_SHOWN - 1] + "…"


def _from_text(data: bytes, file: Path, asked: Asked, report: ReadReport) -> Table:
    header, above = find_header(data, file.name, asked.encoding, _score(asked), report.choices)
    found = _matched(asked, header.names, file.name)
    text = read_columns(header, list(dict.fromkeys(_sources(asked, header.names, found))), file.name)
    report.files.append(FileRead(str(file), "", text.rows))
    broken = [Row(one.file, one.row + above, one.value) for one in text.broken]
    report.put_aside("not as many cells as headings", broken, fault=True)
    rows = pc.add(text.columns["row"], above)
    columns = text.columns.drop_columns(["row"]).append_column("row", rows)
    return _finished(columns, None, file.name, header.names, found, asked, report)


def _from_workbook(data: bytes, file: Path, sheet: str | None, asked: Asked, report: ReadReport) -> Table:
    page = read_sheet(data, file.name, _score(asked), sheet=sheet, choices=report.choices)
    found = _matched(asked, page.names, file.name)
    sources = list(dict.fromkeys(_sources(asked, page.names, found)))
    doubled = sorted({name for name in sources if page.names.count(name) > 1})
    if doubled:
        raise GeoError(f"{file.name}: columns share a name ({listed(doubled)}).", "Rename one of each in the header.")
    report.files.append(FileRead(str(file), "", len(page.rows)))
    place = {name: page.names.index(name) for name in sources}
    columns = {name: _encoded([row[i] for row in page.rows]) for name, i in place.items()}
    table = pa.table({**columns, "row": pa.array(page.numbers, pa.int64())})
    return _finished(table, None, file.name, page.names, found, asked, report)


def _from_map(file: Path, layer: str | None, asked: Asked, report: ReadReport) -> Table:
    features, read, choices = read_vector(file, layer=layer, crs=asked.crs, option=asked.option)
    report.files.append(read)
    report.choices += choices
    return _from_frame(features.drop(columns=features.geometry.name), features.geometry, file, asked, report)


def _from_frame(
    frame: pd.DataFrame, shapes: gpd.GeoSeries | None, file: Path, asked: Asked, report: ReadReport
) -> Table:
    attributes = pd.DataFrame(frame)
    attributes.columns = pd.Index([str(name) for name in attributes.columns])
    attributes = _unfolded(attributes)
    headings = list(attributes.columns)
    found = _matched(asked, headings, file.name)
    sources = list(dict.fromkeys(_sources(asked, headings, found)))
    columns = {name: _encoded(_attribute(attributes[name])) for name in sources}
    table = pa.table({**columns, "row": pa.array(np.arange(1, len(attributes) + 1))})
    return _finished(table, shapes, file.name, headings, found, asked, report)


def _unfolded(attributes: pd.DataFrame) -> pd.DataFrame:
    """Return attributes with those that stand in an object of their own (``tags`` of overpass-turbo) as columns."""
    for name in [one for one in attributes.columns if header_key(one) in ("tags", "properties", "attributes")]:
        try:
            rows = [json.loads(one) if isinstance(one, str) else one for one in attributes[name]]
        except (ValueError, RecursionError):
            continue
        rows = [{} if one is None or one != one else one for one in rows]
        if not all(isinstance(one, dict) for one in rows):
            continue
        inner = pd.DataFrame([dict(_flat(one, ())) for one in rows], index=attributes.index)
        inner.columns = pd.Index([" ".join(path) for path in inner.columns])
        taken = set(attributes.columns) - {name}
        kept = attributes.drop(columns=name)
        attributes = pd.concat([kept, inner[[one for one in inner.columns if one not in taken]]], axis=1)
    return attributes


def _from_objects(data: bytes, file: Path, asked: Asked, report: ReadReport) -> Table:
    """Read a list of records in JSON, such as the police API answers: one object a row, nested ones flattened."""
    objects = _objects(data, file)
    paths = list(dict.fromkeys(path for one in objects for path in one))
    require_size(file.name, len(objects), len(paths))
    last = [path[-1] for path in paths]
    names = {
        path: path[-1]
        if last.count(path[-1]) == 1 and (len(path) == 1 or path[-1] not in _GENERAL_KEYS)
        else " ".join(path)
        for path in paths
    }
    found = _matched(asked, list(names.values()), file.name)
    wanted = set(_sources(asked, list(names.values()), found))
    report.files.append(FileRead(str(file), "", len(objects)))
    columns = {
        name: _encoded([_one_attribute(one.get(path)) for one in objects])
        for path, name in names.items()
        if name in wanted
    }
    table = pa.table({**columns, "row": pa.array(np.arange(1, len(objects) + 1))})
    return _finished(table, None, file.name, list(names.values()), found, asked, report)


def _is_map(data: bytes) -> bool:
    return re.search(rb'"type"\s*:\s*"(FeatureCollection|Feature|Topology)"', data[:65_536]) is not None or (
        re.search(rb'"type"\s*:\s*"FeatureCollection"', data[-4_096:]) is not None
    )


def _objects(data: bytes, file: Path) -> list[dict[tuple[str, ...], Any]]:
    try:
        root = json.loads(data)
    except (ValueError, RecursionError) as error:
        try:  # an object a line, as databases export them
            root = [json.loads(line) for line in data.splitlines() if line.strip()]
        except (ValueError, RecursionError):
            root = []
        if len(root) < 2:
            line = getattr(error, "lineno", 1)
            raise GeoError(
                f"{file}: not valid JSON at line {line}.", "The file is cut off or damaged: download it again."
            ) from None
    if isinstance(root, dict):  # the list may stand one level down, beside what describes it
        root = next((one for one in root.values() if isinstance(one, list) and one), [root])
    if not isinstance(root, list) or not root or not all(isinstance(one, dict) for one in root):
        raise GeoError(f"{file}: JSON, but neither a map nor a list of records.", "Export it as CSV or GeoJSON.")
    return [dict(_flat(one, ())) for one in root]


def _flat(one: Mapping[str, Any], above: tuple[str, ...]) -> list[tuple[tuple[str, ...], Any]]:
    found: list[tuple[tuple[str, ...], Any]] = []
    for key, value in one.items():
        path = (*above, str(key))
        found += _flat(value, path) if isinstance(value, dict) and len(path) < 8 else [(path, value)]
    return found


def _score(asked: Asked) -> Callable[[list[str]], int]:
    """Return the function that says how well a row would do as headings: a point a column, 100 a required one."""

    def score(names: list[str]) -> int:
        mapped = {k: v for k, v in (asked.columns or {}).items() if v in names}
        found = match_columns(asked.layer, names, mapped)
        missing = len(asked.columns or {}) - len(mapped)
        # a row in which half of the cells are numbers holds data, whatever its words are
        numeric = sum(bool(re.fullmatch(r"\s*-?[\d.,]+\s*", name)) for name in names)
        full = all(name in found for name in asked.required) and not missing and len(found) > 1
        return 0 if numeric * 2 > len(names) else len(found) + 100 * full + 10 * len(mapped)

    return score


def _matched(asked: Asked, headings: Sequence[str], label: str) -> dict[str, str]:
    found = match_columns(asked.layer, headings, asked.columns)
    several = {name: "" for name in _choices_of(asked.layer, headings).values() if name not in found}
    require_columns({**found, **several}, asked.required, headings, label)
    return found


def _sources(asked: Asked, headings: Sequence[str], found: Mapping[str, str]) -> list[str]:
    every = [one for one in headings if header_key(one)] if set(asked.by_values) - set(found) else []
    return [*found.values(), *_choices_of(asked.layer, headings), *every]


def _known_by_values(
    columns: pa.Table, headings: Sequence[str], found: Mapping[str, str], asked: Asked, label: str, report: ReadReport
) -> dict[str, str]:
    """Return the headings found, with those columns that are known by their values where no heading says them."""
    result = dict(found)
    for name, is_one in asked.by_values.items():
        if name in result:
            continue
        shares = {
            one: _share_of(columns[one], is_one) for one in dict.fromkeys(headings) if one in columns.column_names
        }
        best = max(shares, key=lambda one: shares[one], default="")
        if not best or shares[best] < _MOSTLY:
            continue
        result = {other: heading for other, heading in result.items() if heading != best} | {name: best}
        report.choices.append(f"{label}: {best!r} is read as {name}, by its values.")
    return result


def _share_of(column: pa.ChunkedArray | pa.DictionaryArray, is_one: Callable[[str], bool]) -> float:
    """Return the share of filled cells that pass; 0 for free text, which has nearly as many values as cells."""
    plain = column.cast(pa.string())
    counts = pc.value_counts(plain.combine_chunks() if isinstance(plain, pa.ChunkedArray) else plain).to_pylist()
    counts = [one for one in counts if one["values"] is not None]
    filled = sum(one["counts"] for one in counts)
    if not filled or len(counts) > _MOST_VALUES or (filled >= 20 and len(counts) > filled / 2):
        return 0.0
    return sum(one["counts"] for one in counts if len(one["values"]) <= 80 and is_one(one["values"])) / filled


def _finished(
    columns: pa.Table,
    shapes: gpd.GeoSeries | None,
    label: str,
    headings: list[str],
    found: Mapping[str, str],
    asked: Asked,
    report: ReadReport,
) -> Table:
    """Return the columns cleaned, under their canonical names; rows that say the headings again are set aside."""
    require_size(label, columns.num_rows, len(headings))
    found = _known_by_values(columns, headings, found, asked, label, report)
    cleaned = {name: _cleaned(columns[source]) for name, source in found.items()}
    choices = _choices_of(asked.layer, headings)
    for name in dict.fromkeys(choices.values()):
        sources = [source for source, of in choices.items() if of == name]
        paths = _paths(headings)
        ticked = _ticked([(paths[source].rpartition("/")[2].strip(), _cleaned(columns[source])) for source in sources])
        cleaned[name] = _encoded(ticked if name not in cleaned else _either(cleaned[name], ticked))
        report.choices.append(f"{label}: {name} read from {counted(len(sources), 'column')} of choices.")
    if any((pc.max(pc.binary_length(one.dictionary)).as_py() or 0) > LONGEST_CELL for one in cleaned.values()):
        raise too_long(label)
    table = pa.table({**cleaned, "row": columns["row"]})
    report.headings[label] = dict(found)
    told = {*(asked.columns or {}), *asked.by_values}
    plain = asked.layer.match([*found.values(), *map(_plain, found.values())])
    for name, heading in found.items():
        in_words = len(heading.split()) > 1 and plain.get(name) not in (heading, _plain(heading))
        if in_words and name not in told:
            report.warnings.append(f"{label}: {heading!r} is read as {name}.")
    _say_unread(headings, [*found.values(), *choices], found, label, asked.layer, report)
    again = _says_headings_again(table, found)
    if again is not None:
        report.put_aside("the headings again", int(again.sum()))
        table = table.filter(pa.array(~again))
        shapes = None if shapes is None else shapes[~again].reset_index(drop=True)
    return Table(table, shapes, label, headings, found)


def _encoded(values: Sequence[Any] | pd.Series) -> pa.DictionaryArray:
    texts = [one if isinstance(one, str) else None for one in values]
    return pa.array(texts, pa.string()).dictionary_encode()


def _cleaned(column: pa.ChunkedArray | pa.DictionaryArray) -> pa.DictionaryArray:
    """Return a column with its distinct values cleaned."""
    if isinstance(column, pa.ChunkedArray):
        column = column.unify_dictionaries().combine_chunks() if column.num_chunks else _encoded([])
    if isinstance(column, pa.ChunkedArray):  # combine_chunks may answer in chunks
        column = column.chunk(0) if column.num_chunks else _encoded([])
    values = column.dictionary
    marked = pc.match_substring_regex(values, TO_CLEAN)
    empty = pc.is_in(values, pa.array(EMPTY, pa.string()))
    if not pc.any(pc.or_(marked, empty)).as_py():
        return column
    cleaned = pa.array(list(clean_text(values.to_pandas().astype(object))), pa.string())
    return pc.take(cleaned, column.indices).dictionary_encode()


def _says_headings_again(table: pa.Table, found: Mapping[str, str]) -> np.ndarray | None:
    """Return which rows repeat the headings: files put together one below the other; None for none."""
    if len(found) < 2 or not table.num_rows:
        return None
    again = np.ones(table.num_rows, bool)
    for name, heading in found.items():
        equal = pc.equal(table[name].cast(pa.string()), " ".join(heading.split()))
        again &= equal.fill_null(False).to_numpy(zero_copy_only=False).astype(bool)
        if not again.any():
            return None
    return again


def _choices_of(layer: Layer, headings: Sequence[str]) -> dict[str, str]:
    """Return {heading: column} for headings that are one choice of a question: ``objective/reassure`` of Kobo.

    A question has at least two of them, or one beside the question itself; what stands before the last slash names it.
    """
    paths = _paths(headings)
    groups: dict[str, list[str]] = {}
    for heading, path in paths.items():
        groups.setdefault(path.rpartition("/")[0], []).append(heading)
    asked_whole = {paths.get(heading, heading) for heading in headings}
    several = {column.name for column in layer.columns if column.several}
    found: dict[str, str] = {}
    for question, options in groups.items():
        if len(options) < 2 and question not in asked_whole:
            continue
        name = next((name for name in match_columns(layer, [question.rsplit("/", 1)[-1]]) if name in several), "")
        found |= dict.fromkeys(options, name) if name else {}
    return found


def _paths(headings: Sequence[str]) -> dict[str, str]:
    """Return {heading: its path with slashes} of headings that stand in groups: ``who/barriers/cost`` of Kobo.

    ODK parts groups by a hyphen, a colon or a dot, which other headings hold too: three of one group tell that it is.
    In a grid of Google Forms the choice stands in square brackets.
    """
    found: dict[str, str] = {}
    for one in headings:
        if cells := re.fullmatch(r"([^\[\]]*[^\[\]\s])\s?\[([^\[\]]+)\]", one):
            found[one] = f"{cells[1]}/{cells[2].replace('/', ' ')}"
        elif re.fullmatch(r"\S[^/]*(/[^/]+)+", one):
            found[one] = one
    odk = {header_key(one) for one in headings} >= _ODK_SIGNS
    for mark in "-:.":
        parted = [one for one in headings if one not in found and re.fullmatch(rf"\w+(?:\{mark}\w+)+", one)]
        first = Counter(one.split(mark)[0] for one in parted)
        found |= {
            one: one.replace(mark, "/")
            for one in parted
            if first[one.split(mark)[0]] >= (1 if odk and mark == "-" else 3)
        }
    return found


def _ticked(columns: Sequence[tuple[str, pa.DictionaryArray]]) -> list[str | None]:
    """Return, for each row, the choices that are ticked, joined by ``;``; some forms write the choice itself."""
    picked: list[list[str]] = [[] for _ in range(len(columns[0][1]))]
    for choice, column in columns:
        for i, value in enumerate(column.cast(pa.string()).to_pylist()):
            if value is not None and (value.casefold() in _TICKED or header_key(value) == header_key(choice)):
                picked[i].append(choice)
    return [";".join(one) or None for one in picked]


def _either(column: pa.DictionaryArray, ticked: list[str | None]) -> list[str | None]:
    """Return what stands in the question's own column; where nothing does, the answers ticked."""
    return [one or two for one, two in zip(column.cast(pa.string()).to_pylist(), ticked, strict=True)]


def _say_unread(
    headings: Sequence[str],
    used: Sequence[str],
    found: Mapping[str, str],
    label: str,
    layer: Layer,
    report: ReadReport,
) -> None:
    """Name the headings that are read as nothing, with the column each may mean."""
    own = _housekeeping(headings)
    usual = {header_key(name) for name in (*_ROW_NUMBERS, *layer.passed_over.split(","))}
    unread = [one for one in headings if header_key(one) not in usual and one not in used and one not in own]
    if unread:
        free = [column for column in layer.columns if column.name not in found]
        report.unread[label] = {one: _nearest(one, Layer(layer.name, tuple(free))) for one in unread}


def _nearest(heading: str, layer: Layer) -> str:
    """Return the column of a layer that a heading most likely means, empty where none is like it."""
    words = {word.rstrip("s") for word in header_key(_plain(heading)).split()} - _NO_WORDS
    best = ("", 0.0)
    for column in layer.columns:
        for name in (column.name, *column.also.split(",")):
            own = {word.rstrip("s") for word in header_key(name).split()}
            share = len(words & own) / max(len(own), 1) if own else 0.0
            if share > best[1]:
                best = (column.name, share)
    if best[1] > 0.5:
        return best[0]
    keys = {
        header_key(name): column.name for column in layer.columns for name in (column.name, *column.also.split(","))
    }
    near = difflib.get_close_matches(header_key(heading), [key for key in keys if key], 1, 0.75)
    return keys[near[0]] if near else ""


def _attribute(values: pd.Series) -> pd.Series:
    """Return an attribute as text; a zone in a map file says nothing, because formats add UTC by themselves."""
    if pd.api.types.is_datetime64_any_dtype(values):
        text = values.dt.strftime("%Y-%m-%dT%H:%M:%S").astype(object)
        return text.str.removesuffix("T00:00:00").where(values.notna(), None)
    if pd.api.types.is_bool_dtype(values):
        return values.map({True: "yes", False: "no"}).astype(object)
    return pd.Series([_one_attribute(value) for value in values], index=values.index, dtype=object)


def _one_attribute(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | np.ndarray):
        return ";".join(str(one) for one in value)
    if value is None or value is pd.NA or value != value:
        return None
    if isinstance(value, float | np.floating):
        number = float(value)
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else f"{number:.15g}"
    return str(value)


def _housekeeping(headers: Sequence[str]) -> set[str]:
    """Return the headings under which forms hold when they were filled in and by whom, if this is such an export."""
    keys = {header_key(header) for header in headers}
    skipped: set[str] = set()
    for signs, names in _FORMS:
        if signs <= keys:
            skipped |= names
    return {header for header in headers if header_key(header) in skipped}


def _plain(header: str, path: str | None = None) -> str:
    text = _QUESTION_NUMBER.sub("", re.sub(r"\([^()]*\)|\[[^\[\]]*\]", " ", header.strip()))
    if not re.search(r"\s", header.strip()):
        text = (path or text).rsplit("/", 1)[-1]
    return text.strip().strip("?*:.").strip()
