"""A workbook as what it holds: every sheet, hidden or not, comments, properties, and what lies behind pivots."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from geo.errors import GeoError, counted, listed
from layers.audit.files import layer_name
from layers.audit.json_values import of_table
from layers.audit.parts import Finding, Part, Rules, Table
from layers.audit.text import readable
from layers.libraries import openpyxl
from layers.reading.workbook import _refuse_unfit

_NEEDED = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(app|core)\.xml|xl/(workbook|styles|sharedStrings|calcChain|metadata)\.xml"
    r"|xl/_rels/workbook\.xml\.rels|xl/theme/theme\d+\.xml|xl/worksheets/sheet\d+\.xml"
    r"|xl/worksheets/_rels/sheet\d+\.xml\.rels|xl/tables/table\d+\.xml"
    r"|xl/comments/comment\d+\.xml|xl/comments\d*\.xml|xl/drawings/(commentsDrawing|vmlDrawing)\d+\.vml"  # said by cell
)
_SAID = {
    r"<(?:odd|even|first)(?:Header|Footer)>[^<]": "a header or footer",
    r"<dataValidation [^>]*(?:prompt|error)(?:Title)?=\"[^\"]": "words that appear at a cell",
    r"<definedName (?![^>]*name=\"_xlnm)": "names for cells",
    r"<a:t>[^<]": "a text box or chart",
}
_LONG = 3_000_000
_FORMULA = re.compile(r"<f\b[^>]*>[^<]*</f>")
_PEOPLE = re.compile(r"<(dc:creator|cp:lastModifiedBy|Manager|Company)>[^<]*</\1>")  # said by the properties
_WORDS = re.compile(r"(?<![\w:])[\w:]+=\"([^\"]{5,})\"|>([^<]{5,})<")
# what a program writes where a person's name would stand
_PROGRAMS = frozenset(("", "openpyxl", "microsoft excel", "libreoffice", "python", "xlsxwriter"))


def workbook_parts(data: bytes, path: Path, rules: Rules) -> Iterator[Part]:
    """Yield every sheet of a workbook, hidden ones too, its comments, its properties and what lies behind pivots."""
    _refuse_unfit(data, str(path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            book = openpyxl.load_workbook(io.BytesIO(data), data_only=True, keep_links=False)
        except Exception as error:  # a damaged workbook may fail anywhere inside openpyxl, with any exception
            raise GeoError(
                f"{path}: this workbook is damaged ({type(error).__name__}).", "Save it again from Excel."
            ) from None
    for sheet in book.worksheets:
        yield from _sheet_parts(sheet, path, rules)
    yield from _properties(book, data, rules)


def _sheet_parts(sheet: Any, path: Path, rules: Rules) -> Iterator[Part]:
    hidden = sheet.sheet_state != "visible"
    place = f"sheet {sheet.title!r}{' (hidden)' if hidden else ''}"
    rows = [(number, [cell.value for cell in row]) for number, row in enumerate(sheet.iter_rows(), start=1)]
    filled = [(number, row) for number, row in rows if any(value is not None for value in row)]
    findings = []
    if hidden and filled:
        findings.append(_hidden(place, f"A hidden sheet with {counted(len(filled), 'row')}.", rules))
    columns = sorted(
        {
            sheet.cell(1, number).column_letter
            for letter, column in sheet.column_dimensions.items()
            if column.hidden
            for number in range(column.min or 1, min(column.max or 1, sheet.max_column) + 1)
            if any(len(row) >= number and row[number - 1] is not None for _, row in filled)
        }
    )
    if columns:
        findings.append(_hidden(place, f"{counted(len(columns), 'hidden column')}: {listed(columns, 10)}.", rules))
    folded = [number for number, _ in filled if sheet.row_dimensions[number].hidden]
    if folded:
        findings.append(_hidden(place, f"{counted(len(folded), 'hidden row')}.", rules))
    comments = [cell.comment for row in sheet.iter_rows() for cell in row if cell.comment is not None]
    texts = [text for comment in comments for text in (comment.text, comment.author) if text]
    if comments:
        findings.append(_hidden(place, f"{counted(len(comments), 'comment')} on cells.", rules))
    table = _sheet_table(filled)
    yield Part(place, layer_name(Path(sheet.title)), False, table, of_table(table), None, texts, findings)
    above = [str(value) for _, row in filled[: _header_at(filled)] for value in row if isinstance(value, str)]
    if above:
        yield Part(f"{place}, above the table", texts=above)


def _header_at(filled: list[tuple[int, list[Any]]]) -> int:
    """Return which of the first rows names the columns: the first one with the most texts."""
    texts = [sum(isinstance(value, str) for value in row) for _, row in filled[:20]]
    return texts.index(max(texts)) if texts else 0


def _sheet_table(filled: list[tuple[int, list[Any]]]) -> Table:
    if not filled:
        return Table()
    at = _header_at(filled)
    names = [f"column {i}" if value is None else str(value) for i, value in enumerate(filled[at][1], start=1)]
    body = filled[at + 1 :]
    return Table.of_rows(names, [row for _, row in body], [number for number, _ in body])


def _properties(book: Any, data: bytes, rules: Rules) -> Iterator[Part]:
    """Yield who wrote a workbook, and the copies of data that no sheet shows."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        app = archive.read("docProps/app.xml").decode("utf-8", "replace") if "docProps/app.xml" in names else ""
    people = {
        "author": book.properties.creator,
        "last saved by": book.properties.lastModifiedBy,
        "manager": _element(app, "Manager"),
        "company": _element(app, "Company"),
    }
    said = [what for what, value in people.items() if value and value.strip().casefold() not in _PROGRAMS]
    findings = []
    if said:
        findings.append(
            _hidden(
                "document properties",
                f"Filled in: {listed(said)}.",
                rules,
                "In Excel: File, Info, Check for Issues, Inspect Document.",
            )
        )
    behind = {
        "pivotCache/pivotCacheRecords": "the rows behind a pivot table",
        "externalLinks/": "values copied from another workbook",
        "embeddings/": "embedded documents",
        "threadedComments/": "discussions",
        "persons/": "names of people who commented",
        "revisions/": "earlier versions",
    }
    found = [words for mark, words in behind.items() if any(mark in name for name in names)]
    if found:
        findings.append(
            _hidden("workbook", f"It holds {listed(found)}.", rules, "Copy the values into a new workbook.")
        )
    yield Part("document properties", findings=findings)
    yield from _members(data, rules)


def _members(data: bytes, rules: Rules) -> Iterator[Part]:
    """Yield every file in the workbook as text; those that no table needs break, whatever is in them."""
    odd = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            if member.is_dir():
                continue
            raw = archive.read(member)
            if not _NEEDED.fullmatch(member.filename):
                odd.append(member.filename)
            place = f"part {member.filename}"
            if member.filename.endswith((".xml", ".rels", ".vml")):
                text = _PEOPLE.sub("", raw.decode("utf-8", "replace"))
                # cells are read as a table; formulas are not
                text = re.sub(
                    r"<sheetData>.*</sheetData>", lambda m: " ".join(_FORMULA.findall(m[0])), text, flags=re.S
                )
                shown = [re.sub(r"<[^>]*>", " ", text), re.sub(r"<[^>]*>", "", text)] if len(text) < _LONG else []
                words = [found[0] or found[1] for found in _WORDS.findall(text)]
                yield Part(place, texts=[*words, *shown], again=True)
                said = [what for sign, what in _SAID.items() if re.search(sign, text)]
                if said:
                    yield Part(place, findings=[_hidden(place, f"It holds {listed(said)}.", rules)])
            else:
                yield Part(place, texts=readable(raw), certain=True)
        comment = archive.comment.decode("utf-8", "ignore")
        yield Part("names of the parts", texts=[comment, *archive.namelist()])
    if odd:
        yield Part(
            "workbook",
            findings=[
                _hidden(
                    "workbook",
                    f"{counted(len(odd), 'part')} that no table needs.",
                    rules,
                    "Copy the values into a new workbook.",
                )
            ],
        )


def _element(xml: str, name: str) -> str:
    found = re.search(rf"<{name}>([^<]*)</{name}>", xml)
    return found.group(1) if found else ""


def _hidden(place: str, what: str, rules: Rules, advice: str = "Delete it; hiding keeps it in the file.") -> Finding:
    return Finding("look" if rules.exact_records else "breaks", place, what, [], advice)
