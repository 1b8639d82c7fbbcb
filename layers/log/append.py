"""One engagement more in a project's log: a row added to a text file that many people and programs share."""

from __future__ import annotations

import codecs
import csv
import io
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from geo.errors import GeoError, listed
from layers.libraries import pd
from layers.log.columns import ENGAGEMENTS
from layers.reading.positions import position_pair
from layers.reading.records import clean_text, match_columns
from layers.reading.sniff import kind_of, read_bytes, refuse
from layers.reading.text import Header, TextTable, read_columns, read_header
from layers.reading.vector import split_layer
from layers.writing.commit import followed, locked, replace_file
from layers.writing.write import safe_cell

NEW_LOG = (
    "engagement_id date start_time minutes activity objective initiation participation_level channel lead_org "
    "lead_type team focal_point_id ward_code easting northing communities audience attendees first_time_attendees "
    "invited cost themes quality_score outcome_type outcome_count escalated_to notes"
).split()
_COORDINATES = ("lon", "lat", "easting", "northing", "x", "y")
# how often to start again because another program wrote in between
_TRIES = 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_LAST_NUMBER = re.compile(r"\d{1,18}\Z", re.ASCII)
_UUID = re.compile(r"(uuid:)?[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.I)


class _Style(NamedTuple):
    """How a file is written: ``codec`` without a mark, what ends a line, which cells stand in quotation marks, and
    whether the last line has no end.
    """

    codec: str
    line_end: str
    quote_texts: bool
    quote_all: bool
    open_end: bool


def append_engagement(
    path: str | Path,
    row: Mapping[str, str],
    *,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    create: bool = False,
    dry_run: bool = False,
    wait_s: float = 60,
) -> str:
    """Add one engagement at the end of the log at ``path`` and return its engagement_id.

    ``row``: {canonical column: text}, as ``layers.log.check.check_engagement`` returns it; it is not judged here.
    ``columns``: {canonical name: header}, as for the reader. ``encoding``: of a log that is not UTF-8. ``create``:
    make the log (see ``new_log``) where there is none. ``dry_run``: check all of it, return the id it
    would get, and write nothing. ``wait_s``: how long to wait, in seconds, for others who log.

    Everything that stands in the file stays as it is, byte for byte: the row is written in the file's own encoding,
    delimiter, line ends and quotation marks, under its own headings, whatever their order; other columns stay empty.
    Before the new file takes the place of the old one it is read back: it must hold the old rows, and one more with
    these very values. The id continues that of the last numbered row (ENG-0297, then ENG-0298), above every number of
    that pattern, so that it is new; a log without that column gives "". Text that a spreadsheet would run as a formula
    (it begins with = + - @ and is no number) gets an apostrophe before it, as in every file that geo writes, and is
    read back with it. Control characters go, as when it is read.

    Many processes may log at once; one that is killed leaves the file as it was or with its row, and nothing that
    blocks the next. A second name of the file (a hard link) keeps the old content, as a backup
    should. Raises GeoError, with nothing changed, where the log is missing, is not delimited text (a workbook, a map
    file, a compressed file), has no column for a value, cannot hold a letter of it, already has the engagement_id
    given, or cannot be locked or written.
    """
    file, sheet = split_layer(path)
    if sheet is not None:
        raise GeoError(
            f"{path}: rows are added to text files only.", 'Save the sheet as "CSV UTF-8" and use that file.'
        )
    values = _cleaned(row)
    if dry_run:
        followed(file)
        return _with_row(_content(file, create), values, file, columns, encoding)[2]
    with locked(file, wait_s=wait_s) as target:
        for _ in range(_TRIES):
            before, new, engagement_id = _with_row(_content(file, create), values, file, columns, encoding)
            if replace_file(target, new, before=before):
                return engagement_id
    raise GeoError(f"{file}: another program keeps changing this file. Nothing was changed.", "Close it there first.")


def new_log(columns: Mapping[str, str] | None = None) -> bytes:
    """Return an empty log: UTF-8 with the mark by which Excel knows it, and the columns ``NEW_LOG``.

    ``columns`` ({canonical name: header}) wins, and may name further columns: a project that says how its headings are
    called will look for them.
    """
    mapped = columns or {}
    names = [mapped.get(name, name) for name in (*NEW_LOG, *(name for name in mapped if name not in NEW_LOG))]
    text = io.StringIO()
    csv.writer(text).writerow(names)
    return codecs.BOM_UTF8 + text.getvalue().encode()


def open_elsewhere(path: str | Path) -> bool:
    """Return whether LibreOffice says it has the file open: its next saving would undo what is written meanwhile."""
    file = Path(path)
    return file.with_name(f".~lock.{file.name}#").exists()


def next_id(ids: list[str | None]) -> str:
    """Return the id after those of a log: the pattern of its last numbered row, its greatest number and one more.

    ``ENG-0297`` is followed by ``ENG-0298``, ``2025/9`` by ``2025/10``; random ids (UUID) are no pattern.
    """
    taken = {one.casefold() for one in ids if one}
    matches = [_LAST_NUMBER.search(one) for one in ids if one and not _UUID.fullmatch(one)]
    numbered = [(match.string[: match.start()], match[0]) for match in matches if match]
    prefix, digits = numbered[-1] if numbered else ("ENG-", "0000")
    own = [number for name, number in numbered if name == prefix] or [digits]
    greatest = max(own, key=int)
    number, width = int(greatest) + 1, len(greatest)
    while f"{prefix}{number:0{width}d}".casefold() in taken:
        number += 1
    return f"{prefix}{number:0{width}d}"


def _content(path: Path, create: bool) -> bytes | None:
    return None if create and not path.exists() else read_bytes(path)


def _with_row(
    before: bytes | None,
    values: Mapping[str, str],
    path: Path,
    columns: Mapping[str, str] | None,
    encoding: str | None,
) -> tuple[bytes | None, bytes, str]:
    """Return what is there (None: nothing), the same with one row more, and the id of that row."""
    data, encoding = (new_log(columns), None) if before is None else (before, encoding)
    kind = kind_of(data[:4096])
    if kind not in ("text", "empty"):
        raise refuse(str(path), kind, data[:64])
    header = read_header(data, str(path), encoding)
    found = match_columns(ENGAGEMENTS, header.names, columns)
    if not {"date", "activity"} <= set(found):
        raise GeoError(
            f"{path}: no column 'date' or no column 'activity' in its first row.",
            f"Found: {listed(header.names, 20)}. The headings must stand in row 1, under names that geo knows or that "
            "[columns.engagements] in geo.toml gives.",
        )
    old = read_columns(header, found.values(), str(path))
    values = dict(values)
    if "engagement_id" in found:
        values["engagement_id"] = _new_id(old, found["engagement_id"], values.get("engagement_id"), path)
    lost = [name for name in values if name not in found]
    pair = position_pair(list(found))  # of several pairs the reader takes the first
    lost += [name for name in _COORDINATES if name in values and name in found and (pair is None or name not in pair)]
    if lost:
        raise GeoError(
            f"{path}: no column for {listed(lost, 20)}; the value would be lost. Nothing was changed.",
            f"Add the heading to the first row of the log, or leave the value out. Found: {listed(header.names, 40)}.",
        )
    style = _style(data, header, encoding)
    by_header = {found[name]: value for name, value in values.items()}
    cells = [_cell(by_header.get(name, ""), header.delimiter, style) for name in header.names]
    line = header.delimiter.join(cells)
    added = f"{style.line_end}{line}" if style.open_end else f"{line}{style.line_end}"
    try:
        new = data + added.encode(style.codec)
    except UnicodeEncodeError as error:
        letter = added[error.start]
        raise GeoError(
            f"{path}: its encoding ({style.codec}) has no letter {letter!r}. Nothing was changed.",
            'Write it otherwise, or save the log as "CSV UTF-8".',
        ) from None
    _prove(new, header, old, {name: found[name] for name in values}, values, path, encoding)
    return before, new, values.get("engagement_id", "")


def _cleaned(row: Mapping[str, str]) -> dict[str, str]:
    """Return the values that are given, as they will stand in the file: what the reader drops is not written."""
    known = [column.name for column in ENGAGEMENTS.columns]
    values: dict[str, str] = {}
    for name, given in row.items():
        if name not in known:
            raise GeoError(f"An engagement has no column {name!r}.", f"Columns: {', '.join(known)}.")
        if not given.strip():
            continue
        text = clean_text(pd.Series([given], dtype=object)).iloc[0]
        if text is None:
            raise GeoError(f"{name}: {given!r} is read as an empty cell.", "Write it in other words.")
        text = re.sub(r"\r\n?", "\n", text)
        values[name] = text if _NUMBER.fullmatch(text) else safe_cell(text)
    return values


def _new_id(old: TextTable, header: str, given: str | None, path: Path) -> str:
    ids = clean_text(old.columns[header].to_pandas().astype(object)).tolist()
    if given is None:
        return next_id(ids)
    if given.casefold() in {one.casefold() for one in ids if one}:
        raise GeoError(f"{path}: {given} is there already.", "Leave out --engagement-id: the next one is chosen.")
    return given


def _style(data: bytes, header: Header, encoding: str | None) -> _Style:
    """Return how the file is written, from its first and its last line."""
    mark = next((codec for bom, codec in _MARKS if data.startswith(bom)), None)
    codec = codecs.lookup(encoding).name if encoding is not None else mark or "utf-8"
    if codec in ("utf-8-sig", "utf-16", "utf-32"):  # these would put a mark before the row
        codec = mark or {"utf-8-sig": "utf-8"}.get(codec, f"{codec}-{sys.byteorder[0]}e")
    # the header's text has its line ends changed where the file has only those of old Macintosh programs
    text = data.decode(codec).removeprefix("\ufeff")
    first, newline, _ = text.partition("\n")
    line_end = "\r\n" if newline and first.endswith("\r") else "\n" if newline or "\r" not in text else "\r"
    lines = text.split(line_end)
    names = next(csv.reader([lines[0]], delimiter=header.delimiter))
    last = next((line for line in reversed(lines[1:]) if line.strip()), lines[0])
    quoted = header.delimiter.join(_quoted(name) for name in names) == lines[0].rstrip("\r\n")
    bare = re.search(rf'(^|{re.escape(header.delimiter)})[^"{re.escape(header.delimiter)}]', last)
    return _Style(codec, line_end, quoted, quoted and bare is None and '"' in last, not text.endswith(("\n", "\r")))


def _cell(value: str, delimiter: str, style: _Style) -> str:
    needed = any(mark in value for mark in (delimiter, '"', "\n", "\r"))
    as_text = style.quote_texts and value and not _NUMBER.fullmatch(value)
    return _quoted(value) if needed or style.quote_all or as_text else value


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def _prove(
    new: bytes,
    header: Header,
    old: TextTable,
    found: Mapping[str, str],
    values: Mapping[str, str],
    path: Path,
    encoding: str | None,
) -> None:
    """Raise GeoError unless the new file reads as the old one with one row more, which holds the values."""
    after = read_header(new, str(path), encoding)
    rows = read_columns(after, found.values(), str(path))
    kept = after.text.startswith(header.text) and len(rows.broken) == len(old.broken) and rows.rows == old.rows + 1
    cells = rows.columns.slice(rows.columns.num_rows - 1)
    texts = {name: cells[source].to_pylist() for name, source in found.items()}
    read = {name: clean_text(pd.Series(text, dtype=object)).tolist() for name, text in texts.items()}
    wrong = [name for name, value in values.items() if read[name] != [value]]
    if not kept or wrong:
        raise GeoError(
            f"{path}: with this row it would not read back as it is ({listed(wrong) or 'rows before it'}). "
            "Nothing was changed.",
            "Is a quotation mark left open in the last rows of the log? Mend them, or save the log again as CSV.",
        )
