"""Delimited text into columns of text, row numbers kept: nothing is guessed about the values here."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from geo.errors import GeoError, listed
from layers.libraries import NDArray, np, pa, pd
from layers.reading.headings import MOST_ROWS, Score, find_headings
from layers.reading.layer import header_key
from layers.reading.report import Row
from layers.reading.sniff import LONGEST_CELL, kind_of, refuse, require_size, too_long

# what an empty cell may hold
EMPTY = ["", "NA", "N/A", "n/a", "null", "NULL", "None", "nan", "NaN", "#N/A", "-", "--", "–", "—"]
# line separators end a line in JavaScript, the other marks turn the reading direction of what follows
_LINE_MARKS = "[\u2028\u2029\x85]"
_HIDDEN_MARKS = "[\x00-\x08\x0b-\x1f\x7f\u200b\u2060\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]"
# the same, letters whose accents stand apart, and spaces at an end, as Arrow's expressions write them
TO_CLEAN = (
    r"[\x00-\x08\x0b-\x1f\x7f\x{85}\x{200b}\x{200e}\x{200f}\x{2028}-\x{202e}\x{2060}\x{2066}-\x{2069}\x{feff}]"
    r"|\pM|^=\"|^[\s\x{a0}\x{2000}-\x{200a}\x{3000}]|[\s\x{a0}\x{2000}-\x{200a}\x{3000}]$"
)
# ="0042", by which programs keep Excel from reading a number or a date
_KEPT_AS_TEXT = r'^="([^"]*)"$'
_DELIMITERS = ",;\t|"
_LONGEST_HEADER = 200_000
# anything at all below the first line
_BELOW = re.compile(rb"\n\s*\S")
# lines a cell may run over before it looks like a forgotten quotation mark
_LONGEST_CELL = 30


class TextTable(NamedTuple):
    """``columns``: every wanted column as text (dictionary-encoded, null where empty) and ``row``, the row's number as
    a spreadsheet shows it (the header is row 1). ``rows``: all rows of the file. ``broken``: rows that do not fit the
    header; they are not in ``columns``.
    """

    columns: pa.Table
    rows: int
    broken: list[Row]


class Header(NamedTuple):
    """The header of a text file, its delimiter, and the text itself in UTF-8."""

    names: list[str]
    delimiter: str
    text: bytes


def clean_text(text: pd.Series) -> pd.Series:
    """Return text trimmed, composed (NFC), without control characters and direction marks; empty is None (object)."""
    values = text.astype("string").str.replace(_LINE_MARKS, "\n", regex=True)
    values = values.str.replace(_KEPT_AS_TEXT, r"\1", regex=True)
    values = values.str.replace(_HIDDEN_MARKS, "", regex=True).str.strip().str.normalize("NFC")
    values = values.astype(object)
    return values.where(values.notna() & ~values.isin(EMPTY), None)


def read_header(data: bytes, label: str, encoding: str | None = None) -> Header:
    """Return the header of delimited text, or raise GeoError where ``data`` is something else."""
    kind = kind_of(data[:4096])
    if kind not in ("text", "json", "xml"):
        raise refuse(label, kind, data[:64])
    text = _as_utf8(data, label, encoding)
    if b"\n" not in text:
        text = text.replace(b"\r", b"\n")  # line ends of old Macintosh programs
    first_line = text.split(b"\n", 1)[0].decode().strip("\r")
    names, delimiter = _split(first_line)
    if len(names) < 2:
        raise _no_table(label, first_line)
    return _header(names, delimiter, text, label)


def find_header(data: bytes, label: str, encoding: str | None, score: Score, choices: list[str]) -> tuple[Header, int]:
    """Return the header of delimited text that may stand below notes, and how many rows stand above it.

    ``score`` says how well the names of a row would do as headings; the first row is taken unless one of the next 30
    does better. A heading of several lines becomes one line. What was chosen is added to ``choices``. Raises GeoError
    where ``data`` is something else, or no row has two cells.
    """
    kind = kind_of(data[:4096])
    if kind not in ("text", "json", "xml"):
        raise refuse(label, kind, data[:64])
    text = _as_utf8(data, label, encoding, choices)
    if b"\n" not in text:
        text = text.replace(b"\r", b"\n")
    spans = list(_rows_of(text))
    rows, delimiters = zip(*(_cells(text, span, label) for span in spans), strict=True)
    found = find_headings(rows, score, enough=100)  # a row of so many points has all that is needed
    if found is None:
        first = next((line for start, end in spans if (line := text[start:end].decode().strip("\r"))), "")
        raise _no_table(label, first)
    above, (start, end) = found.last, spans[found.last]
    one_line = b" ".join(text[start:end].split(b"\n")).replace(b"\r ", b" ")
    if above:
        choices.append(f"{label}: the headings stand in row {above + 1}; what is above them is left out.")
    whole = start == 0 and one_line == text[:end]  # then not copied: a file of ten million rows is two gigabytes
    return _header(found.names, delimiters[above], text if whole else one_line + text[end:], label), above


def _cells(text: bytes, span: tuple[int, int], label: str) -> tuple[list[str], str]:
    """Return the cells of one of the first rows, and the mark that parts them."""
    start, end = span
    if end - start > _LONGEST_HEADER:
        if b'"' in text[start:end]:  # a long text, such as the shape of a ward; no headings
            return [], ","
        require_size(label, 0, max(text.count(mark.encode(), start, end) for mark in _DELIMITERS))
    line = text[start:end].decode().strip("\r")
    return _split(" ".join(line.split("\n")) if line.count('"') else line)


def _rows_of(text: bytes) -> Iterator[tuple[int, int]]:
    """Yield where the first rows begin and end; a cell in quotation marks may hold several lines."""
    start = 0
    for _ in range(MOST_ROWS + 1):
        end, quotes = start, 0
        while True:
            stop = text.find(b"\n", end)
            stop = len(text) if stop < 0 else stop
            quotes += text.count(b'"', end, stop)
            if quotes % 2 == 0 or stop == len(text) or stop - start > _LONGEST_HEADER:
                break
            end = stop + 1
        if quotes % 2:  # a mark that opens nothing
            stop = text.find(b"\n", start)
            stop = len(text) if stop < 0 else stop
        yield start, stop
        start = stop + 1
        if start >= len(text):
            return


def _split(line: str) -> tuple[list[str], str]:
    """Return the cells of a line, and the mark that parts it into most."""
    try:
        parted = {mark: next(csv.reader([line], delimiter=mark), []) for mark in _DELIMITERS}
    except csv.Error:  # a cell longer than any heading
        return [], ","
    delimiter = max(_DELIMITERS, key=lambda mark: len(parted[mark]))
    return [" ".join(name.split()) for name in parted[delimiter]], delimiter


def _no_table(label: str, first_line: str) -> GeoError:
    return GeoError(
        f"{label}: this does not look like a table (its first line is {first_line[:60]!r}).",
        "A CSV file with column names in its first row is needed.",
    )


def _header(names: list[str], delimiter: str, text: bytes, label: str) -> Header:
    names = _with_row_names(names, delimiter, text)
    keys = [header_key(name) for name in names]
    doubled = sorted({name for name, key in zip(names, keys, strict=True) if keys.count(key) > 1 and key})
    if doubled:
        raise GeoError(f"{label}: columns share a name ({listed(doubled)}).", "Rename one of each in the header.")
    return Header(names, delimiter, text)


def _with_row_names(names: list[str], delimiter: str, text: bytes) -> list[str]:
    """Return the names with a blank one in front where the rows are numbered and the header is not, as R writes it."""
    end = text.find(b"\n")
    lines = text[end + 1 : end + 100_000].decode("utf-8", "ignore").splitlines()[:50] if end >= 0 else []
    try:
        rows = [cells for cells in csv.reader(lines[:-1] or lines, delimiter=delimiter) if cells]
    except csv.Error:
        return names
    numbered = [cells[0] for cells in rows] == [str(number) for number in range(1, len(rows) + 1)]
    more = all(len(cells) == len(names) + 1 and cells[-1].strip() for cells in rows)
    return ["", *names] if rows and numbered and more else names


def read_columns(header: Header, wanted: Iterable[str], label: str) -> TextTable:
    """Return the ``wanted`` columns of the file as text; rows with too many or too few cells are set apart.

    Raises GeoError where a quotation mark opens a cell that swallows whole rows.
    """
    # Arrow's own pool keeps what it once held; for a run that reads once and then computes, that is 50 MB for nothing
    pa.set_memory_pool(pa.system_memory_pool())
    require_size(label, header.text.count(b"\n"), len(header.names))
    table, broken = _parsed(header, list(wanted), label)
    evened = _evened(header) if broken else None
    if evened is not None:
        header = evened
        table, broken = _parsed(header, list(wanted), label)
    rows = table.num_rows + len(broken)
    number = _row_numbers(header, rows, label)
    is_broken = np.zeros(rows, np.bool_)
    is_broken[[position - 2 for position, _ in broken]] = True
    faults = [Row(label, int(number[position - 2]), problem) for position, problem in broken]
    return TextTable(table.append_column("row", pa.array(number[~is_broken])), rows, faults)


def _parsed(header: Header, wanted: list[str], label: str) -> tuple[pa.Table, list[tuple[int, str]]]:
    """Return the wanted columns, and the number of each row that does not fit the header, with what is wrong."""
    broken: list[tuple[int, str]] = []

    def note(row: pa.csv.InvalidRow) -> str:
        broken.append((row.number, f"{row.actual_columns} cells under {row.expected_columns} headings"))
        return "skip"

    text = pa.dictionary(pa.int32(), pa.string())
    if _BELOW.search(header.text) is None:
        return pa.table({name: pa.array([], text) for name in wanted}), broken
    try:
        table = pa.csv.read_csv(
            pa.BufferReader(header.text),
            # one thread: only then are the numbers of broken rows known, and the rows in order
            read_options=pa.csv.ReadOptions(
                use_threads=False, column_names=_distinct(header.names), skip_rows=1, block_size=LONGEST_CELL
            ),
            parse_options=pa.csv.ParseOptions(
                delimiter=header.delimiter, newlines_in_values=b'"' in header.text, invalid_row_handler=note
            ),
            convert_options=pa.csv.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, text),
                strings_can_be_null=True,
                null_values=EMPTY,
            ),
        )
    except pa.ArrowInvalid as error:
        if "straddling" in str(error):  # a row does not fit into a block
            raise too_long(label) from None
        raise GeoError(f"{label}: the rows cannot be read as a table ({error}).", "Export it again.") from None
    return table, broken


def _evened(header: Header) -> Header | None:
    """Return the text with as many cells in each row as the header has, where only empty cells at its end differ: those
    beyond the last heading, or below headings without a name. None where that mends no row.
    """
    wide, mended = len(header.names), 0
    made = io.StringIO()
    write = csv.writer(made, delimiter=header.delimiter, lineterminator="\n").writerow
    try:
        for number, cells in enumerate(
            csv.reader(io.StringIO(header.text.decode(), newline=""), delimiter=header.delimiter)
        ):
            more = len(cells) - wide
            if (
                number
                and cells
                and more
                and not any(one.strip() for one in (cells[wide:] or header.names[len(cells) :]))
            ):
                cells = (cells + [""] * -more)[:wide]
                mended += 1
            write(cells)
    except csv.Error:
        return None
    return header._replace(text=made.getvalue().encode()) if mended else None


def _distinct(names: list[str]) -> list[str]:
    """Return the names with blank ones told apart: nothing else may be doubled."""
    return [name or f"\0{number}" for number, name in enumerate(names)]


def _row_numbers(header: Header, rows: int, label: str) -> NDArray[np.int64]:
    """Return the number of each row as a spreadsheet shows it: blank lines count, a cell of several lines does not."""
    end = len(header.text)
    while end and header.text[end - 1 : end] in (b"\r", b"\n"):
        end -= 1
    lines = header.text.count(b"\n", 0, end)
    if lines == rows:
        return np.arange(2, rows + 2)
    numbers, last = [], 1
    reader = csv.reader(io.StringIO(header.text.decode(), newline=""), delimiter=header.delimiter)
    next(reader)
    for number, cells in enumerate(reader, start=2):
        if reader.line_num - last > _LONGEST_CELL:
            raise GeoError(
                f"{label}: a quotation mark in row {number:,} opens a cell of {reader.line_num - last:,} lines.",
                "Its closing mark is missing: everything up to the next one would be swallowed. Mend that row.",
            )
        last = reader.line_num
        if cells:
            numbers.append(number)
    # the two readers differ only in files that neither can make sense of; then count without blank lines
    return np.array(numbers) if len(numbers) == rows else np.arange(2, rows + 2)


def _as_utf8(data: bytes, label: str, encoding: str | None, choices: list[str] | None = None) -> bytes:
    """Return text as UTF-8; what is no UTF-8 is read as Windows-1252 where ``choices`` may be told so, if it can be."""
    if encoding is None and data[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff"):
        encoding = "utf-32"
    elif encoding is None and data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif encoding is None and b"\x00" in data[:200]:
        encoding = None if choices is None else _wide(data)
        if encoding is None:
            raise GeoError(f"{label}: not UTF-8 text (it holds zero bytes).", "Try --encoding utf-16-le or utf-32.")
    try:
        if encoding is not None:
            return data.decode(encoding).removeprefix("\ufeff").encode()
        text = data.removeprefix(b"\xef\xbb\xbf")
        if not text.isascii():
            text.decode()
        return text
    except (LookupError, ValueError) as error:
        if not isinstance(error, UnicodeDecodeError):
            raise GeoError(f"--encoding {encoding}: no such encoding is known.", "Try cp1252 or utf-8.") from None
        windows = None if choices is None or encoding is not None else _windows(data)
        if windows is None:
            raise _not_text(data, error, label, encoding) from None
        word = re.search(r"(?<!\w)\w*[^\x00-\x7f]\w*", windows)
        assert choices is not None
        choices.append(
            f"{label}: not UTF-8; read as Windows-1252, as Excel saves it ({word[0][:30] if word else ''!r})."
        )
        return windows.encode()


def _wide(data: bytes) -> str | None:
    """Return which order of bytes UTF-16 without a mark has; None where it is none."""
    zeros = [data[start:2000:2].count(0) / max(len(data[start:2000:2]), 1) for start in (0, 1)]
    return "utf-16-le" if zeros[1] > 0.4 > zeros[0] else "utf-16-be" if zeros[0] > 0.4 > zeros[1] else None


def _windows(data: bytes) -> str | None:
    """Return text of Windows-1252, None where its letters are none that people write there."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    strange = re.findall(r"[^\x00-\x7f]", text)
    usual = sum(one.isalpha() or one in "£€–—‘’“”…°•·½¼¾²³®™ " for one in strange)
    return text if usual >= 0.9 * len(strange) else None


def _not_text(data: bytes, error: UnicodeDecodeError, label: str, encoding: str | None) -> GeoError:
    row = data[: error.start].count(b"\n") + 1
    return GeoError(
        f"{label}: not {encoding or 'UTF-8'} text (byte 0x{data[error.start]:02X} in row {row:,}).",
        "Files saved by Excel often need --encoding cp1252; of old programs, cp850; of a Mac, mac_roman.",
    )
