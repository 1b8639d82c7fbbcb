"""Excel workbooks into rows of text: the sheet that fits best, its header wherever it stands, no formula ever run."""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any, NamedTuple

from geo.errors import GeoError, counted, listed
from layers.libraries import openpyxl
from layers.reading.headings import MOST_ROWS, Headings, Score, find_headings
from layers.reading.sniff import require_size

# half a million rows of ten columns unpack to about this; anything larger is no diary but a mistake or a trap
_MOST_BYTES = 200_000_000
# Excel has no more rows; a cell far to the right makes every row as wide
_MOST_ROWS, _MOST_CELLS = 1_048_576, 30_000_000
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')


class Sheet(NamedTuple):
    """``names``: the header; ``rows``: the cells below it as text, None where empty, as many in each row as the header
    has; ``numbers``: the row numbers Excel shows.
    """

    names: list[str]
    rows: list[list[str | None]]
    numbers: list[int]


def is_workbook(data: bytes) -> bool:
    """Return whether ``data`` is a zip archive with a workbook in it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return any(name.startswith("xl/workbook.") for name in archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


def refuse_old_workbook(data: bytes, label: str) -> GeoError:
    """Return the GeoError for a file of Excel's old container: .xls, or any workbook under a password."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return GeoError(
            f"{label}: this workbook is protected by a password.",
            "Open it, take the password off (File, Info, Protect Workbook) and save it as .xlsx.",
        )
    return GeoError(f"{label}: this is an old Excel workbook (.xls).", "Open it in Excel and save it as .xlsx.")


def read_sheet(data: bytes, label: str, score: Score, *, sheet: str | None = None, choices: list[str]) -> Sheet:
    """Return one sheet of a workbook as text; sentences about what was chosen are added to ``choices``.

    ``score`` says how many wanted columns a row of headings names: the sheet and the row that name most are used, the
    first on a tie; ``sheet`` names the sheet instead. Dates become ISO text, whole numbers lose their ".0", an Excel
    error such as #REF! is an empty cell. A formula gives the value Excel last saved for it, nothing is computed. A text
    or date in cells merged over several rows stands in each of them; a number only in the first, because it would be
    counted again. Rows without any value are no rows. Raises GeoError for a damaged, enormous or unfit file.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl remarks on drawings and validations, which are of no matter here
        try:
            _refuse_unfit(data, label)
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            if book.epoch.year == 1904:
                choices.append(
                    f"{label}: this workbook counts days from 1904: its dates are read so, but a day in a cell that is "
                    "not formatted as a date is a number, and would come four years and a day too early."
                )
            chosen, header, names = _choose(book, label, score, sheet, choices)
            return _read(book[chosen], data, label, header, names, choices)
        except GeoError:
            raise
        except Exception as error:  # a damaged workbook may fail anywhere inside openpyxl, with any exception
            raise GeoError(
                f"{label}: this workbook is damaged ({type(error).__name__}).",
                "Open it in Excel, save it again as .xlsx, or export the sheet as CSV.",
            ) from None


def _refuse_unfit(data: bytes, label: str) -> None:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError):
        raise GeoError(f"{label}: this workbook is damaged or cut off.", "Copy or download it again.") from None
    with archive:
        parts = archive.infolist()
        if any(part.filename == "xl/workbook.bin" for part in parts):
            raise GeoError(f"{label}: this is a binary workbook (.xlsb).", "Open it in Excel and save it as .xlsx.")
        size = sum(part.file_size for part in parts)
        if size > _MOST_BYTES:
            raise GeoError(
                f"{label}: the workbook unpacks to {size / 1e6:,.0f} MB; at most {_MOST_BYTES / 1e6:,.0f} are read.",
                "Save the one sheet that is needed as CSV UTF-8.",
            )
        for part in parts:
            if part.filename.endswith((".xml", ".rels")) and part.file_size:
                with archive.open(part) as stream:
                    if b"<!DOCTYPE" in stream.read(2048):  # Excel never writes one; it can hide an entity bomb
                        raise GeoError(f"{label}: not a workbook that Excel wrote.", "Save it again from Excel.")


def _choose(book: Any, label: str, score: Score, sheet: str | None, choices: list[str]) -> tuple[str, int, list[str]]:
    """Return the name of the sheet to read, the number of its header row, and the headings."""
    names = [page.title for page in book.worksheets]
    if sheet is not None and sheet not in names:
        raise GeoError(f"{label}: no sheet {sheet!r}.", f"It holds: {listed(names, 20)}.")
    found: list[tuple[int, bool, str, Headings]] = []
    for page in book.worksheets:
        if sheet is None or page.title == sheet:
            best = _header_row(page, label, score)
            if best is not None:
                found.append((best.points, page.sheet_state == "visible", page.title, best))
    if not found:
        raise GeoError(f"{label}: {'the sheet' if sheet else 'the workbook'} is empty.", "Export it again.")
    _, _, name, best = max(found, key=lambda one: one[:2])
    header = best.last + 1
    if sheet is None and len(names) > 1:
        others = [other for other in names if other != name]
        choices.append(f"{label}: sheet {name!r} read, whose headings fit best; not read: {listed(others)}.")
    if header > 1:
        choices.append(f"{label}: the headings stand in row {header}; what is above them is left out.")
    return name, header, best.names


def _header_row(page: Any, label: str, score: Score) -> Headings | None:
    """Return the headings of a sheet; None for an empty one."""
    rows: list[list[str]] = []
    for number, cells in _cells(page, label):
        if number > MOST_ROWS and any(map(any, rows)):
            break
        rows.append([" ".join((_text(cell) or "").split()) for cell in cells])
    found = find_headings(rows, score)
    if found is not None or not any(map(any, rows)):
        return found
    place = next(i for i, names in enumerate(rows) if any(names))
    return Headings(rows[place], place, -1)


def _cells(page: Any, label: str) -> Iterator[tuple[int, tuple[Any, ...]]]:
    page.reset_dimensions()  # what a file claims about its size is not believed
    for number, cells in enumerate(page.iter_rows(), start=1):
        if number > _MOST_ROWS:  # rows that are not there are counted up to one that claims a high number
            raise GeoError(
                f"{label}: more than {_MOST_ROWS:,} rows, which is the most that a workbook holds.",
                "Delete what stands far below the table, and save it again.",
            )
        yield number, cells


def _read(page: Any, data: bytes, label: str, header: int, names: list[str], choices: list[str]) -> Sheet:
    rows: list[list[str | None]] = []
    numbers: list[int] = []
    errors = 0
    counts = set()  # (row, column) of cells that hold a number, which a merged cell must not repeat
    for number, cells in _cells(page, label):
        if number <= header:
            continue
        texts = [_text(cell) for cell in cells]
        while texts and texts[-1] is None:
            texts.pop()
        if not texts:
            continue
        errors += sum(_is_error(cell) for cell in cells)
        counts |= {(number, i) for i, cell in enumerate(cells) if isinstance(cell.value, int | float)}
        rows.append(texts)
        numbers.append(number)
    # columns without a heading of their own are kept: it may stand in a merged cell to the left, or in the row below
    width = max([len(row) for row in rows] + [i + 1 for i, name in enumerate(names) if name], default=0)
    require_size(f"{label}::{page.title}", len(rows), width, most_cells=_MOST_CELLS)
    names = [*names, *[""] * width][:width]
    rows = [row + [None] * (width - len(row)) for row in rows]
    if errors:
        choices.append(f"{label}: {counted(errors, 'cell')} with an Excel error such as #REF! read as empty.")
    part = _part(data, page)
    _fill_merged(rows, numbers, counts, part, label, choices)
    if b"<f>" in part or b"<f " in part:
        _say_unsaved_formulas(data, page, label, header, choices)
    return Sheet(names, rows, numbers)


def _text(cell: Any) -> str | None:
    """Return the value of a cell as a person would type it, None for an empty cell or an Excel error."""
    value = cell.value
    if value is None or _is_error(cell):
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(timespec="seconds")
    if isinstance(value, dt.timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    if isinstance(value, dt.time):
        return value.strftime("%H:%M:%S") if value.second else value.strftime("%H:%M")
    return str(value)


def _is_error(cell: Any) -> bool:
    return getattr(cell, "data_type", None) == "e"


def _part(data: bytes, page: Any) -> bytes:
    """Return the sheet's own XML, for what openpyxl does not tell while streaming."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(page._worksheet_path.lstrip("/"))


def _fill_merged(
    rows: list[list[str | None]],
    numbers: list[int],
    counts: set[tuple[int, int]],
    part: bytes,
    label: str,
    choices: list[str],
) -> None:
    """Repeat a text in the cells merged below it, in place."""
    at = {number: i for i, number in enumerate(numbers)}
    filled = numeric = 0
    for first_column, first, last_column, last in _MERGED.findall(part):
        top, bottom = int(first), int(last)
        column = openpyxl.utils.column_index_from_string(first_column.decode()) - 1
        if bottom == top or top not in at or first_column != last_column or column >= len(rows[0]):
            continue
        value = rows[at[top]][column]
        below = [at[number] for number in range(top + 1, min(bottom, numbers[-1]) + 1) if number in at]
        if value is None:
            continue
        if (top, column) in counts:
            numeric += len(below)
            continue
        for i in below:
            # a merge that runs on below the table makes no rows of empty lines
            if any(cell is not None for cell in rows[i]):
                rows[i][column] = value
                filled += 1
    if filled:
        choices.append(f"{label}: {counted(filled, 'cell')} filled with the text of the merged cell they belong to.")
    if numeric:
        choices.append(
            f"{label}: {counted(numeric, 'cell')} merged with a number above left empty, so that it counts once."
        )


def _say_unsaved_formulas(data: bytes, page: Any, label: str, header: int, choices: list[str]) -> None:
    """Say how many formulas have no saved value: a program wrote them, and Excel never opened the file."""
    valued = {
        (number, i) for number, cells in _cells(page, label) for i, cell in enumerate(cells) if cell.value is not None
    }
    formulas = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    unsaved = sum(
        getattr(cell, "data_type", None) == "f" and number > header and (number, i) not in valued
        for number, cells in _cells(formulas[page.title], label)
        for i, cell in enumerate(cells)
    )
    if unsaved:
        choices.append(
            f"{label}: {counted(unsaved, 'formula')} without a saved value read as empty. "
            "Open the file in Excel and save it once."
        )
