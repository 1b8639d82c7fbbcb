"""Open population tables: delimited text with notes or two rows of headings above it, a Census zip, a workbook."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from geo.errors import GeoError, counted, listed
from layers.databases.read import Source, open_source
from layers.libraries import openpyxl, pa, pc, pd
from layers.population.labels import group_set_of, is_total
from layers.reading.headings import MOST_ROWS, cell_at, joined_headings
from layers.reading.layer import header_key
from layers.reading.records import numbers
from layers.reading.report import FileRead, ReadReport, Row
from layers.reading.sniff import decompressed, kind_of, open_archive, read_bytes, read_member, refuse, sha256
from layers.reading.text import read_columns, read_header
from layers.reading.vector import split_layer
from layers.reading.workbook import is_workbook, read_sheet, refuse_old_workbook

_CODE = r"^\s*[EWSNK]\d{8}\b"
_HIDDEN = r"\s*(?:[*.:~–-]{1,3}|\[?[a-z]\]?|[<>]=?\s*\d+|suppressed|hidden)\s*"
# what a line of Nomis notes begins with: the name of a choice, and a colon
_NOTE = r"[^:]{1,60}: *"
_LONGEST_HEADER = 200_000
# the words by which a row of a workbook is known as the headings
_KNOWN = r"(?:ward|area|geography) code|lsoa.*|ward|mnemonic|community|population|n|value|(?:wd|ward)\d\d ?cd"


class Opened(NamedTuple):
    """A table as text: ``names`` (its headings), ``text`` (a column of text for each, and ``row``), ``label``."""

    names: list[str]
    text: pa.Table
    label: str

    def columns(self, wanted: Mapping[str, str], report: ReadReport) -> pd.DataFrame:
        """Return {name: heading} as columns of text under the names, and ``row``."""
        frame = {name: _plain(self.text[header]) for name, header in wanted.items()}
        return pd.DataFrame({**frame, "row": self.text["row"].to_pandas()})

    def coded(self, header: str) -> bool:
        """Return whether nearly all values of a column are area codes (a letter and eight digits)."""
        values = self._distinct(header)
        return bool(len(values)) and float(values.str.match(_CODE).mean()) > 0.8

    def numeric(self, header: str) -> bool:
        """Return whether most values of a column are numbers, or marks that stand for hidden ones (``*``, ``<5``)."""
        values = self._distinct(header)
        values = values[~values.str.fullmatch(_HIDDEN).fillna(False).astype(bool)]
        if values.empty:
            return bool(pc.count(self.text[header]).as_py())
        return float(numbers(values)[1].fillna("").ne("not a number").mean()) > 0.5

    def _distinct(self, header: str) -> pd.Series:
        return _plain(pc.unique(self.text[header]).drop_null()).astype("string")


def open_table(path: str | Path, report: ReadReport, *, small_areas: bool, encoding: str | None = None) -> Opened:
    """Return a table as text: delimited (also ``.gz``), a workbook (``FILE.xlsx::SHEET``), or a Census zip.

    Of a zip of Census 2021 tables the one by LSOA is read where ``small_areas``, else the one by ward. Notes above the
    headings are left out, a heading of several lines becomes one line. The file is added to ``report``.
    """
    with open_source(path) as source:
        if source is not None:
            return _from_database(source, report)
    file, sheet = split_layer(path)
    raw = read_bytes(file)
    label, data = file.name, decompressed(raw, file.name)
    kind = kind_of(data[:4096])
    if kind == "zip" and is_workbook(data):
        kind = "workbook"
    if kind == "old excel":
        raise refuse_old_workbook(data, label)
    if kind == "workbook":
        return _from_workbook(data, file, raw, sheet, report)
    if kind == "zip":
        label, data = _member(file, small_areas, report)
    elif kind != "text":
        raise refuse(label, kind, data[:64])
    data, above = _from_headings(data)
    header = read_header(data, label, encoding)
    table = read_columns(header, [name for name in header.names if header_key(name)], label)
    report.files.append(FileRead(str(file), sha256(raw), table.rows))
    broken = [Row(one.file, one.row + above, one.value) for one in table.broken]
    report.put_aside("not as many cells as headings", broken, fault=True)
    if above:
        report.choices.append(f"{label}: the headings stand in row {above + 1}; what is above them is left out.")
    text = table.columns.set_column(table.columns.column_names.index("row"), "row", pc.add(table.columns["row"], above))
    return Opened([name for name in header.names if header_key(name)], text, label)


def _from_database(source: Source, report: ReadReport) -> Opened:
    rows = source.read(source.names)
    report.files.append(rows.file)
    report.choices += source.choices
    names = [name for name in source.names if header_key(name)]
    columns = {name: rows.columns[name] for name in names}
    return Opened(names, pa.table({**columns, "row": pa.array(range(1, rows.file.rows + 1))}), source.address.label)


def _plain(column: pa.Array | pa.ChunkedArray) -> pd.Series:
    if pa.types.is_dictionary(column.type):
        column = column.cast(pa.string())
    return column.to_pandas()


def _from_headings(data: bytes) -> tuple[bytes, int]:
    """Return the text from its headings on, the headings in one line, and how many rows stand above the last of them.

    The headings are the row above the first one with an area code: in front of it stand notes, of any number of cells.
    A table without such codes begins with the first row of several cells that is no note (``"units :","Persons"``).
    """
    start = data.removeprefix(b"\xef\xbb\xbf")
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data, 0
    rows, ends, mark = _first_rows(start[:_LONGEST_HEADER].decode("latin-1"))
    last, names = _headings(rows)
    if last < 0:
        return data, 0
    line = io.StringIO()
    csv.writer(line, delimiter=mark, lineterminator="\n").writerow(re.sub(r"\s+", " ", name).strip() for name in names)
    return line.getvalue().encode("latin-1") + start[ends[last] :], last


def _first_rows(text: str) -> tuple[list[list[str]], list[int], str]:
    """Return the first rows of delimited text, where each ends (in letters), and the mark between cells."""
    best: tuple[list[list[str]], list[int], str] = ([], [], ",")
    for mark in ",;\t|":
        rows, ends = [], []
        lines = io.StringIO(text, newline="")
        with contextlib.suppress(csv.Error):  # a cell without an end
            for row in itertools.islice(csv.reader(iter(lines.readline, ""), delimiter=mark), MOST_ROWS + 30):
                rows.append([cell.strip() for cell in row])
                ends.append(lines.tell())
        if sum(map(len, rows)) > sum(map(len, best[0])):
            best = (rows, ends, mark)
    return best


def _headings(rows: Sequence[Sequence[str | None]]) -> tuple[int, list[str]]:
    """Return the number of the last row of headings (from 0; -1 where there is none) and the name of each column."""
    coded = next(
        (i for i, row in enumerate(rows) if len(row) > 1 and any(re.match(_CODE, one or "") for one in row)), 0
    )
    if not coded:
        for i, row in enumerate(rows[:MOST_ROWS]):
            if sum(bool(cell) for cell in row) > 1 and not re.fullmatch(_NOTE, row[0] or ""):
                return i, [cell or "" for cell in row]
        return -1, []
    code = next(i for i, cell in enumerate(rows[coded]) if re.match(_CODE, cell or ""))
    last = coded - 1
    # above the first code may stand rows without one (people whose ward is not known), and empty rows
    while last > 0 and (sum(map(bool, rows[last])) < 2 or (not cell_at(rows[last], code) and _has_number(rows[last]))):
        last -= 1
    below, above = rows[last], rows[last - 1] if last else []
    if not cell_at(below, code) and cell_at(above, code):
        return last, joined_headings(above, below)
    if cell_at(below, code) and not cell_at(above, code) and not cell_at(above, 0) and any(above):
        return last, joined_headings(above, below)
    return last, [cell or "" for cell in below]


def _has_number(row: Sequence[str | None]) -> bool:
    return any(re.fullmatch(r"(?=[,. ]*\d)[\d,. ]+", cell or "") for cell in row)


def _member(path: Path, small_areas: bool, report: ReadReport) -> tuple[str, bytes]:
    """Return the name and bytes of the table of the wanted areas in a zip of the Census."""
    with open_archive(path) as archive:
        names = sorted(name for name in archive.namelist() if name.lower().endswith((".csv", ".csv.gz")))
        wanted = ("lsoa", "ward") if small_areas else ("ward", "lsoa")
        chosen = next((name for level in wanted for name in names if level in Path(name).stem.lower()), None)
        if chosen is None and len(names) == 1:
            chosen = names[0]
        if chosen is None:
            raise GeoError(
                f"{path}: no table by ward or by LSOA in it.",
                f"Found: {listed(names) or 'no CSV file'}. Take it out of the zip and name it alone.",
            )
        data = read_member(archive, chosen, str(path))
    if len(names) > 1:
        report.choices.append(f"{path.name}: {counted(len(names), 'table')} in it; {chosen} is used.")
    return chosen, decompressed(data, chosen)


def _from_workbook(data: bytes, file: Path, raw: bytes, sheet: str | None, report: ReadReport) -> Opened:
    def score(names: list[str]) -> int:
        keys = [header_key(name) for name in names if name]
        known = sum(bool(re.fullmatch(_KNOWN, key)) or bool(group_set_of(key)) or is_total(key) for key in keys)
        return known * 10 + min(len(keys), 9) if known else 0

    said: list[str] = []
    page = read_sheet(data, file.name, score, sheet=sheet, choices=said)
    rows, places, names = page.rows, page.numbers, page.names
    coded = [i for i, row in enumerate(rows) if any(re.match(_CODE, cell or "") for cell in row)]
    if not coded or coded[0] > 1:  # notes may look like headings: those stand right above the first code
        found = _sheet_of_codes(data, sheet)
        if found is not None:
            said, (title, above, names) = [], found
            page = read_sheet(data, file.name, lambda texts: texts[: len(above)] == above, sheet=title, choices=said)
            rows, places = page.rows, page.numbers
            names = [*names, *[""] * len(page.names)][: len(page.names)]
    else:
        last, joined = _headings([names, *rows[:3]]) if rows else (0, names)
        if last == 1:
            said.append(f"{file.name}: headings in two rows, read as one ({joined[-1] or joined[0]}).")
            rows, places, names = rows[1:], places[1:], joined
    report.choices += said
    names = [re.sub(r"\s+", " ", name or "").strip() for name in names]
    keys = [header_key(name) for name in names]
    doubled = sorted({name for name, key in zip(names, keys, strict=True) if key and keys.count(key) > 1})
    if doubled:
        raise GeoError(f"{file.name}: columns share a name ({listed(doubled)}).", "Rename one of each in the header.")
    report.files.append(FileRead(str(file), sha256(raw), len(rows)))
    cells = {
        name: pa.array([(row[i] or "").strip() or None for row in rows], pa.string())
        for i, name in enumerate(names)
        if keys[i]
    }
    text = pa.table({**cells, "row": pa.array(places, pa.int64())})
    return Opened([name for name in names if header_key(name)], text, file.name)


def _sheet_of_codes(data: bytes, sheet: str | None) -> tuple[str, list[str], list[str]] | None:
    """Return the first sheet with area codes, its last row of headings as it stands, and the names of its columns."""
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    for page in book.worksheets:
        if sheet not in (None, page.title):
            continue
        rows = [
            [str(cell).strip() if cell is not None else None for cell in row]
            for row in itertools.islice(page.iter_rows(values_only=True), MOST_ROWS + 30)
        ]
        last, names = _headings(rows)
        if last >= 0 and any(re.match(_CODE, cell or "") for row in rows for cell in row):
            texts = [cell or "" for cell in rows[last]]
            while texts and not texts[-1]:
                texts.pop()
            return page.title, texts, names
    return None
