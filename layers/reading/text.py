"""Delimited text into columns of text, row numbers kept: nothing is guessed about the values here."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import NamedTuple

from geo.errors import GeoError, listed
from layers.libraries import NDArray, np, pa
from layers.reading.layer import header_key
from layers.reading.report import Row
from layers.reading.sniff import kind_of, refuse

_DELIMITERS = ",;\t|"
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


def read_header(data: bytes, label: str, encoding: str | None = None) -> Header:
    """Return the header of delimited text, or raise GeoError where ``data`` is something else."""
    kind = kind_of(data[:4096])
    if kind not in ("text", "json", "xml"):
        raise refuse(label, kind, data[:64])
    text = _as_utf8(data, label, encoding)
    if b"\n" not in text:
        text = text.replace(b"\r", b"\n")  # line ends of old Macintosh programs
    first_line = text.split(b"\n", 1)[0].decode().strip("\r")
    delimiter = max(_DELIMITERS, key=lambda mark: len(next(csv.reader([first_line], delimiter=mark), [])))
    names = [name.strip() for name in next(csv.reader([first_line], delimiter=delimiter), [])]
    if len(names) < 2:
        raise GeoError(
            f"{label}: this does not look like a table (its first line is {first_line[:60]!r}).",
            "A CSV file with column names in its first row is needed.",
        )
    keys = [header_key(name) for name in names]
    doubled = sorted({name for name, key in zip(names, keys, strict=True) if keys.count(key) > 1 and key})
    if doubled:
        raise GeoError(f"{label}: columns share a name ({listed(doubled)}).", "Rename one of each in the header.")
    return Header(names, delimiter, text)


def read_columns(header: Header, wanted: Iterable[str], label: str) -> TextTable:
    """Return the ``wanted`` columns of the file as text; rows with too many or too few cells are set apart.

    Raises GeoError where a quotation mark opens a cell that swallows whole rows.
    """
    # Arrow's own pool keeps what it once held; for a run that reads once and then computes, that is 50 MB for nothing
    pa.set_memory_pool(pa.system_memory_pool())
    wanted = list(wanted)
    broken: list[tuple[int, str]] = []

    def note(row: pa.csv.InvalidRow) -> str:
        broken.append((row.number, f"{row.actual_columns} cells under {row.expected_columns} headings"))
        return "skip"

    text = pa.dictionary(pa.int32(), pa.string())
    if not header.text.partition(b"\n")[2].strip():
        table = pa.table({name: pa.array([], text) for name in wanted})
    else:
        try:
            table = pa.csv.read_csv(
                pa.BufferReader(header.text),
                # one thread: only then are the numbers of broken rows known, and the rows in order
                read_options=pa.csv.ReadOptions(use_threads=False, column_names=header.names, skip_rows=1),
                parse_options=pa.csv.ParseOptions(
                    delimiter=header.delimiter, newlines_in_values=b'"' in header.text, invalid_row_handler=note
                ),
                convert_options=pa.csv.ConvertOptions(
                    include_columns=wanted,
                    column_types=dict.fromkeys(wanted, text),
                    strings_can_be_null=True,
                    null_values=["", "NA", "N/A", "null", "NULL", "None", "nan", "NaN", "#N/A"],
                ),
            )
        except pa.ArrowInvalid as error:
            raise GeoError(f"{label}: the rows cannot be read as a table ({error}).", "Export it again.") from None
    rows = table.num_rows + len(broken)
    number = _row_numbers(header, rows, label)
    is_broken = np.zeros(rows, np.bool_)
    is_broken[[position - 2 for position, _ in broken]] = True
    faults = [Row(label, int(number[position - 2]), problem) for position, problem in broken]
    return TextTable(table.append_column("row", pa.array(number[~is_broken])), rows, faults)


def _row_numbers(header: Header, rows: int, label: str) -> NDArray[np.int64]:
    """Return the number of each row as a spreadsheet shows it: blank lines count, a cell of several lines does not."""
    lines = header.text.rstrip(b"\r\n").count(b"\n")
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


def _as_utf8(data: bytes, label: str, encoding: str | None) -> bytes:
    if encoding is None and data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif encoding is None and b"\x00" in data[:200]:
        raise GeoError(f"{label}: not UTF-8 text (it holds zero bytes).", "Try --encoding utf-16-le or utf-32.")
    try:
        if encoding is not None:
            return data.decode(encoding).encode()
        text = data.removeprefix(b"\xef\xbb\xbf")
        text.decode()
        return text
    except (LookupError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise _not_text(data, error, label, encoding) from None
        raise GeoError(f"--encoding {encoding}: no such encoding is known.", "Try cp1252 or utf-8.") from None


def _not_text(data: bytes, error: UnicodeDecodeError, label: str, encoding: str | None) -> GeoError:
    row = data[: error.start].count(b"\n") + 1
    return GeoError(
        f"{label}: not {encoding or 'UTF-8'} text (byte 0x{data[error.start]:02X} in row {row:,}).",
        "Files saved by Excel often need --encoding cp1252.",
    )
