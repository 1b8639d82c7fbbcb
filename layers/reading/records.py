"""Any table or map file a person holds, into rows of text under a layer's canonical names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from geo.crs import GREAT_BRITAIN
from geo.errors import GeoError, listed
from layers.libraries import gpd, np, pd, pyproj
from layers.reading.dates import read_dates
from layers.reading.layer import Layer, header_key
from layers.reading.report import FileRead, ReadReport, Row
from layers.reading.sniff import decompressed, kind_of, read_bytes, sha256
from layers.reading.text import Header, read_columns, read_header
from layers.reading.vector import read_vector, split_layer
from layers.reading.workbook import is_workbook, read_sheet, refuse_old_workbook

_MOST_HEADER_ROW = 30
_LONGEST_SHOWN = 60
_LARGEST = 1e9
# line separators end a line in JavaScript, the other marks turn the reading direction of what follows
_LINE_MARKS = "[\u2028\u2029\x85]"
_HIDDEN_MARKS = "[\x00-\x08\x0b-\x1f\x7f\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]"
_EMPTY = ["", "NA", "N/A", "n/a", "null", "NULL", "None", "nan", "NaN", "#N/A"]
_NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?"
_SHORT_YEAR = r"^(\d{1,2}[/.])(\d{1,2}[/.])(\d{2})(\s.*)?$"
_WRITTEN_OUT = (
    r"^(?:[a-z]+,?\s+)?(\d{1,2})(?:st|nd|rd|th)?[\s\-]+([a-z]{3})[a-z]*\.?,?[\s\-]+(\d{4})(?:,?(\s+\d{1,2}:\d{2}.*))?$"
)
_MONTHS = {name: f"{i:02d}" for i, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
# (headings that give the program away, headings that are its own): Microsoft Forms, SharePoint, Kobo and ODK
_FORMS: tuple[tuple[set[str], set[str]], ...] = (
    ({"start time", "completion time"}, {"start time", "completion time", "last modified time", "email", "name"}),
    ({"created by", "modified"}, {"created", "created by", "modified", "modified by", "item type", "path"}),
    ({"uuid", "submission time"}, {"start", "end", "today", "username", "deviceid", "submission time", "submitted by"}),
)
_YES = {"yes", "y", "true", "t", "1", "x", "✓", "✔"}
_NO = {"no", "n", "false", "f", "0", "✗", "✘"}


class Records(NamedTuple):
    """``rows``: a column of text for each canonical column found, None where empty, and ``row``, the row's number as a
    spreadsheet shows it (in a map file: the feature's number, from 1). ``points``: the shapes of a map file in the
    metric system, aligned with ``rows``; None for a table. ``label``: the file's name, for messages.
    """

    rows: pd.DataFrame
    points: gpd.GeoSeries | None
    label: str


def read_records(
    path: str | Path,
    layer: Layer,
    report: ReadReport,
    *,
    required: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    metric_crs: str | pyproj.CRS = GREAT_BRITAIN,
) -> Records:
    """Return the rows of a table or a map file as text under the names of ``layer``, in the order of the file.

    ``path``: delimited text (comma, semicolon, tab or bar; also ``.gz``), an Excel workbook (``FILE.xlsx::SHEET`` names
    a sheet, else the one whose headings fit best is read), GeoPackage, GeoJSON, GeoParquet or a shapefile. The headings
    may stand below up to 30 lines of notes. A file without one of the columns ``required`` (by default those of the
    layer) is refused. ``columns``: {canonical name: header}, which wins over everything. ``report`` is told of the
    file, of rows that do not fit the headings, and of every choice; nothing else is judged here. Columns that the layer
    does not name, such
    as the Email and Name of a form, are never taken up.

    Raises GeoError where the file is missing, is something else, or lacks a required column.
    """
    required = layer.required if required is None else required
    file, sheet = split_layer(path)
    raw = read_bytes(file)
    data = decompressed(raw, file.name)
    kind = kind_of(data[:4096])
    if kind == "zip" and is_workbook(data):
        kind = "workbook"
    if kind == "old excel":
        raise refuse_old_workbook(data, file.name)
    if kind == "workbook":
        records = _from_workbook(data, file, sheet, layer, report, required, columns)
    elif kind in ("json", "geopackage", "parquet", "shapefile", "zip", "xml"):
        return _from_map(file, sheet, layer, report, required, columns, metric_crs)
    elif sheet is not None:
        raise GeoError(f"{path}: a table of text has no sheets.", f"Name the file alone: {file}.")
    else:
        records = _from_text(data, file, layer, report, required, columns, encoding)
    last = report.files[-1]
    report.files[-1] = FileRead(last.path, sha256(raw), last.rows)
    return records


def match_columns(layer: Layer, headers: Sequence[str], columns: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return {canonical name: header}, as ``Layer.match`` does, and more patiently.

    A heading without a name is none. A heading that fits nothing is tried again without its question mark, its star,
    what it has in brackets and, in one word such as ``group/attendees`` of a Kobo form, without its group. What a form
    adds by itself is passed over unless ``columns`` asks for it: when it was filled in, and by whom.
    """
    skipped = _housekeeping(headers) - set((columns or {}).values())
    named = [header for header in headers if header_key(header) and header not in skipped]
    found = layer.match(named, columns)
    plain: dict[str, str] = {}
    for header in named:
        if header not in found.values():
            plain.setdefault(_plain(header), header)
    plain.pop("", None)
    missing = Layer(layer.name, tuple(column for column in layer.columns if column.name not in found))
    again = missing.match(list(plain))
    return {**found, **{name: plain[header] for name, header in again.items()}}


def require_columns(found: Mapping[str, Any], required: Sequence[str], headers: Sequence[str], label: str) -> None:
    """Raise GeoError, naming the headings found, where a required column is missing."""
    missing = [name for name in required if name not in found]
    if missing:
        raise GeoError(
            f"{label}: no column {' and no column '.join(repr(name) for name in missing)}.",
            f"Found: {listed([_shown(header) for header in headers if header], 20) or 'no headings'}. "
            "Rename the column that holds it, or map it under [columns] in geo.toml.",
        )


def set_aside(
    rows: pd.DataFrame,
    faults: pd.Series,
    report: ReadReport,
    label: str,
    *,
    hints: Mapping[str, str] | None = None,
    values: pd.Series | None = None,
) -> None:
    """Note every row that has a text in ``faults`` as set aside for that reason, with its row number.

    ``hints``: {reason: what to do about it}. ``values``: what stands in the row, shown shortened beside its number.
    """
    for reason in sorted(faults.dropna().unique()):
        chosen = (faults == reason).fillna(False).astype(bool)
        shown = pd.Series("", index=rows.index) if values is None else values
        found = [
            Row(label, int(row), "" if pd.isna(value) else _shown(str(value)))
            for row, value in sorted(zip(rows.loc[chosen, "row"], shown[chosen], strict=True), key=lambda one: one[0])
        ]
        report.put_aside(str(reason), found, fault=True, hint=(hints or {}).get(str(reason), ""))


def numbers(text: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return the numbers of a text column (float, NaN where empty or at fault) and the fault of each row, NA if none.

    A pound sign and commas between thousands are dropped, ``7,5`` is 7.5; ``about 20``, ``20+`` and infinity are not
    numbers, and no count, minute or cost is negative.
    """
    values = text.astype("string").str.strip().str.removeprefix("£").str.strip()
    values = values.mask(values == "", pd.NA)
    thousands = values.str.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?").fillna(False).astype(bool)
    values = values.mask(thousands, values.str.replace(",", "", regex=False))
    decimal = values.str.fullmatch(r"[+-]?\d+,\d{1,2}").fillna(False).astype(bool)
    values = values.mask(decimal, values.str.replace(",", ".", regex=False))
    readable = values.str.fullmatch(_NUMBER, flags=re.ASCII).fillna(False).astype(bool)
    found = pd.Series(
        [float(one) if ok else np.nan for one, ok in zip(values, readable, strict=True)], index=text.index
    )
    readable &= found.abs() <= _LARGEST  # a telephone number in the wrong column, or a key held down
    faults = pd.Series(pd.NA, index=text.index, dtype="string")
    faults = faults.mask(values.notna() & ~readable, "not a number").mask(found < 0, "a negative number")
    return found.where(faults.isna()), faults


def yes_no(text: pd.Series) -> pd.Series:
    """Return True, False or NA (dtype boolean) for yes/no, true/false, 1/0 and ticks; anything else is NA."""
    values = text.astype("string").str.strip().str.casefold()
    found = pd.Series(pd.NA, index=text.index, dtype="boolean")
    return found.mask(values.isin(_YES).fillna(False).astype(bool), True).mask(
        values.isin(_NO).fillna(False).astype(bool), False
    )


def clean_text(text: pd.Series) -> pd.Series:
    """Return text trimmed, without control characters and direction marks; empty is None (dtype object)."""
    values = text.astype("string").str.replace(_LINE_MARKS, "\n", regex=True)
    values = values.str.replace(_HIDDEN_MARKS, "", regex=True).str.strip()
    values = values.astype(object)
    return values.where(values.notna() & ~values.isin(_EMPTY), None)


def dates(text: pd.Series, name: str, report: ReadReport) -> tuple[pd.Series, pd.Series]:
    """Return local dates and times (NaT where none) and the fault of each row: no date, or one that cannot be read.

    Reads what ``read_dates`` reads, and besides 12 March 2025, Wed 12th Mar 2025 and 12/03/25 (the year 2025).
    ``name`` is the column's name in the sentences added to ``report.choices``.
    """
    values = text.astype("string").str.strip()
    values = values.str.replace(_SHORT_YEAR, r"\1\g<2>20\3\4", regex=True)
    written = values.str.extract(_WRITTEN_OUT, flags=re.IGNORECASE)
    month = written[1].str.casefold().map(_MONTHS)
    iso = written[2] + "-" + month.astype("string") + "-" + written[0].str.zfill(2) + written[3].fillna("")
    read = read_dates(values.mask(month.notna(), iso), name)
    report.choices += read.choices
    faults = pd.Series(pd.NA, index=text.index, dtype="string")
    faults = faults.mask(values.isna() | (values == ""), f"no {name}")
    return read.when, faults.mask(faults.isna() & read.when.isna(), f"{name} cannot be read")


def _from_text(
    data: bytes,
    file: Path,
    layer: Layer,
    report: ReadReport,
    required: Sequence[str],
    columns: Mapping[str, str] | None,
    encoding: str | None,
) -> Records:
    header, above = _find_header(data, file.name, layer, required, columns, encoding)
    if above:
        report.choices.append(f"{file.name}: the headings stand in row {above + 1}; what is above them is left out.")
    found = match_columns(layer, header.names, columns)
    require_columns(found, required, header.names, file.name)
    text = read_columns(header, found.values(), file.name)
    report.files.append(FileRead(str(file), "", text.rows))
    broken = [Row(one.file, one.row + above, one.value) for one in text.broken]
    report.put_aside("not as many cells as headings", broken, fault=True)
    table = text.columns.to_pandas()
    rows = {name: clean_text(table[source].astype(object)) for name, source in found.items()}
    return Records(pd.DataFrame({**rows, "row": table["row"].astype(int) + above}), None, file.name)


def _find_header(
    data: bytes,
    label: str,
    layer: Layer,
    required: Sequence[str],
    columns: Mapping[str, str] | None,
    encoding: str | None,
) -> tuple[Header, int]:
    """Return the header and how many lines stand above it; the first line unless a later one has all that is needed."""
    problem: GeoError | None = None
    try:
        header = read_header(data, label, encoding)
        if _fits(layer, header.names, required, columns):
            return header, 0
        text = header.text
    except GeoError as error:
        problem, text = error, _decoded(data, encoding)
    lines = text.split(b"\n", _MOST_HEADER_ROW + 1)
    for above in range(1, min(len(lines), _MOST_HEADER_ROW)):
        below = b"\n".join(lines[above:])
        try:
            later = read_header(below, label)
        except GeoError:
            continue
        if _fits(layer, later.names, required or columns or [""], columns):
            return later, above
    if problem is not None:
        raise problem
    return header, 0


def _decoded(data: bytes, encoding: str | None) -> bytes:
    """Return text in UTF-8, empty where it is not text at all."""
    if encoding is None:
        encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding).encode() if kind_of(data[:4096]) == "text" else b""
    except (LookupError, ValueError):
        return b""


def _fits(layer: Layer, names: list[str], required: Any, columns: Mapping[str, str] | None) -> bool:
    if columns and not set(columns.values()) <= set(names):
        return False
    found = match_columns(layer, names, columns)
    if list(required) == [""]:  # nothing is required: then a line of headings is known by two of them
        return len(found) >= 2
    return all(name in found for name in required)


def _from_workbook(
    data: bytes,
    file: Path,
    sheet: str | None,
    layer: Layer,
    report: ReadReport,
    required: Sequence[str],
    columns: Mapping[str, str] | None,
) -> Records:
    def score(names: list[str]) -> int:
        found = match_columns(layer, names, {k: v for k, v in (columns or {}).items() if v in names})
        return len(found) + 100 * sum(name in found for name in required)

    page = read_sheet(data, file.name, score, sheet=sheet, choices=report.choices)
    found = match_columns(layer, page.names, columns)
    require_columns(found, required, page.names, file.name)
    doubled = sorted({name for name in found.values() if page.names.count(name) > 1})
    if doubled:
        raise GeoError(f"{file.name}: columns share a name ({listed(doubled)}).", "Rename one of each in the header.")
    report.files.append(FileRead(str(file), "", len(page.rows)))
    place = {name: page.names.index(source) for name, source in found.items()}
    rows = {name: clean_text(pd.Series([row[i] for row in page.rows], dtype=object)) for name, i in place.items()}
    return Records(pd.DataFrame({**rows, "row": pd.Series(page.numbers, dtype=int)}), None, file.name)


def _from_map(
    file: Path,
    sheet: str | None,
    layer: Layer,
    report: ReadReport,
    required: Sequence[str],
    columns: Mapping[str, str] | None,
    metric_crs: str | pyproj.CRS,
) -> Records:
    features, read, choices = read_vector(file, layer=sheet, option="--crs")
    report.files.append(read)
    report.choices += choices
    attributes = pd.DataFrame(features.drop(columns=features.geometry.name))
    headers = [str(name) for name in attributes.columns]
    found = match_columns(layer, headers, columns)
    require_columns(found, required, headers, file.name)
    rows = {name: clean_text(_attribute(attributes[source])) for name, source in found.items()}
    table = pd.DataFrame({**rows, "row": np.arange(1, len(attributes) + 1)})
    return Records(table, features.geometry.to_crs(metric_crs), file.name)


def _attribute(values: pd.Series) -> pd.Series:
    """Return an attribute as text; a zone in a map file says nothing, because formats add UTC by themselves."""
    if pd.api.types.is_datetime64_any_dtype(values):
        text = values.dt.strftime("%Y-%m-%dT%H:%M:%S").astype(object)
        return text.str.removesuffix("T00:00:00").where(values.notna(), None)
    if pd.api.types.is_bool_dtype(values):
        return values.map({True: "yes", False: "no"}).astype(object)
    return pd.Series([_one_attribute(value) for value in values], index=values.index, dtype=object)


def _one_attribute(value: Any) -> str | None:
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


def _plain(header: str) -> str:
    text = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", " ", header)
    if not re.search(r"\s", header.strip()):
        text = text.rsplit("/", 1)[-1]
    return text.strip().strip("?*:.").strip()


def _shown(text: str) -> str:
    """Return text as a message shows it: one line, not long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_SHOWN else line[: _LONGEST_SHOWN - 1] + "…"
