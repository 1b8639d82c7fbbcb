"""Delimited text into columns of text, row numbers kept: nothing is guessed about the values here."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv

from geo.errors import GeoError, listed
from layers.problems import Row
from layers.sniff import kind_of, refuse

_DELIMITERS = ",;\t|"


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
    first_line = text.split(b"\n", 1)[0].decode().strip("\r")
    delimiter = max(_DELIMITERS, key=lambda mark: len(next(csv.reader([first_line], delimiter=mark), [])))
    names = [name.strip() for name in next(csv.reader([first_line], delimiter=delimiter), [])]
    if len(names) < 2:
        raise GeoError(
            f"{label}: this does not look like a table (its first line is {first_line[:60]!r}).",
            "A CSV file with column names in its first row is needed.",
        )
    doubled = sorted({name for name in names if names.count(name) > 1 and name})
    if doubled:
        raise GeoError(f"{label}: columns share a name ({listed(doubled)}).", "Rename one of each in the header.")
    return Header(names, delimiter, text)


def read_columns(header: Header, wanted: Iterable[str], label: str) -> TextTable:
    """Return the ``wanted`` columns of the file as text; rows with too many or too few cells are set apart."""
    wanted = list(wanted)
    broken: list[Row] = []

    def note(row: pyarrow.csv.InvalidRow) -> str:
        problem = f"{row.actual_columns} cells under {row.expected_columns} headings"
        broken.append(Row(label, row.number, problem))
        return "skip"

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
                column_types=dict.fromkeys(wanted, pa.dictionary(pa.int32(), pa.string())),
                strings_can_be_null=True,
                null_values=["", "NA", "N/A", "null", "NULL", "None", "nan", "NaN", "#N/A"],
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV file" not in str(error):
            raise GeoError(
                f"{label}: the rows cannot be read as a table ({error}).", "Export the file again."
            ) from None
        table = pa.table({name: pa.array([], pa.dictionary(pa.int32(), pa.string())) for name in wanted})
    number = _row_numbers(table.num_rows, np.array([row.row for row in broken], np.int64))
    return TextTable(table.append_column("row", pa.array(number)), table.num_rows + len(broken), broken)


def _row_numbers(rows: int, broken: np.ndarray) -> np.ndarray:
    """Return the numbers of the good rows: 2, 3, 4 ... less those of the broken ones."""
    return np.setdiff1d(np.arange(2, rows + len(broken) + 2), broken, assume_unique=True)


def _as_utf8(data: bytes, label: str, encoding: str | None) -> bytes:
    if encoding is None and data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    try:
        if encoding is not None:
            return data.decode(encoding).encode()
        text = data.removeprefix(b"\xef\xbb\xbf")
        text.decode()
        return text
    except LookupError:
        raise GeoError(f"--encoding {encoding}: no such encoding is known.", "Try cp1252 or utf-8.") from None
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        name = (encoding or "UTF-8").upper() if encoding in (None, "utf-8") else encoding
        raise GeoError(
            f"{label}: not {name} text (byte 0x{data[error.start]:02X} in row {row:,}).",
            "Files saved by Excel often need --encoding cp1252.",
        ) from None
