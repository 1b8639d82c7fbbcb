"""A result as a Word report or as slides: pictures, sentences and tables to edit, since that is where work ends up.

What is not on the page is not in the report either: for a partner or the public it is the page's own sentences and
picture, without tables.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pandas as pd

from geo.errors import counted

if TYPE_CHECKING:
    from layers.writing.workbook import Sheet
    from maps.page import About
    from study.pages import Page
    from study.study import Study

_CLOSE_UPS = 5
_MOST_SHEETS, _MOST_ROWS, _MOST_COLUMNS = 6, 20, 7
_SLIDE_ROWS, _SLIDE_COLUMNS = 10, 6
_MOST_SENTENCES = 8
_MADE = datetime(2000, 1, 1, tzinfo=UTC)  # equal results hold equal texts; the day it was made on stands in the text
CAUTION = (
    "Counts are reports: a change in reporting looks the same as a change in what happened. A quiet place is unknown, "
    "not safe."
)


class Picture(NamedTuple):
    """A picture and what it shows, in words."""

    path: Path
    caption: str


class Report(NamedTuple):
    """What is told: ``about`` the page, ``pictures``, the page first, and tables, the most important first."""

    about: About
    pictures: Sequence[Picture]
    sheets: Sequence[Sheet]


def write_report(
    study: Study,
    page: Page,
    sheets: Sequence[Sheet],
    path: Path,
    take: Callable[[Path, Literal["png"]], None],
) -> None:
    """Write a page as a report or as slides, by the ending of ``path``; ``take`` writes a picture of the page.

    The first hot spots come at street level too, where the page is about them. For others than the team there are
    neither tables nor single places.
    """
    from maps.close_up import close_up
    from study.pages import ground_of
    from study.settings import PageSettings

    internal = page.profile is None or page.profile.name == "internal"
    spots = page.still.get("hotspots") if internal and page.close_ups else None
    first = [] if spots is None else [spots.iloc[[row]] for row in range(min(len(spots), _CLOSE_UPS))]
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        pictures = [Picture(Path(folder) / "page.png", page.still["about"].title)]
        take(pictures[0].path, "png")
        for one in first:
            spot, at = one.iloc[0], Path(folder) / f"{len(pictures)}.png"
            below = ground_of(study, study.settings(PageSettings)).base_map
            close_up(at, one, page.still["wards"], base_map=below, others=spots)
            pictures.append(Picture(at, f"{spot['rank']}  {spot['name']}: {counted(int(spot['incidents']), 'report')}"))
        report = Report(page.still["about"], pictures, sheets[:_MOST_SHEETS] if internal else ())
        (write_docx if path.suffix == ".docx" else write_pptx)(path, report)


def write_docx(path: Path, report: Report) -> None:
    """Write a report in Word: title, what was found, pictures with captions, tables of at most 20 rows, cautions."""
    import docx
    from docx.shared import Cm, Pt

    document = docx.Document()
    for section in document.sections:
        section.page_width, section.page_height = Cm(21.0), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.0)
        section.top_margin = section.bottom_margin = Cm(1.8)
    document.styles["Normal"].font.size = Pt(10.5)
    about = report.about
    document.add_heading(_text(about.title), 0)
    document.add_paragraph(_text(_facts(about)))
    document.add_paragraph().add_run(_text(about.headline)).bold = True
    for sentence in about.evidence[:_MOST_SENTENCES]:
        document.add_paragraph(_text(sentence), style="List Bullet")
    for picture in report.pictures:
        document.add_picture(str(picture.path), width=Cm(17.0))
        document.add_paragraph(_text(picture.caption), style="Caption")
    for sheet in report.sheets:
        document.add_heading(_text(sheet.question), 1)
        if sheet.sentence and sheet.sentence != about.headline:
            document.add_paragraph(_text(sheet.sentence))
        heads, rows, widths, more = _cells(sheet)
        table = document.add_table(rows=1 + len(rows), cols=len(heads), style="Light Grid Accent 1")
        table.autofit = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Cm(17.0 * width)
        for row, cells in zip(table.rows, [heads, *rows], strict=True):
            for cell, text, width in zip(row.cells, cells, widths, strict=True):
                cell.text, cell.width = text, Cm(17.0 * width)
                for run in cell.paragraphs[0].runs:
                    run.font.size = Pt(8.5)
        if more:
            document.add_paragraph(more)
    document.add_heading("What this does not show", 1)
    for line in (CAUTION, *about.attribution):
        document.add_paragraph(_text(line))
    _date(document.core_properties, about)
    document.save(str(path))


def write_pptx(path: Path, report: Report) -> None:
    """Write slides of 16 to 9: title, what was found, a slide a picture, a slide a table, the cautions."""
    import pptx
    from pptx.util import Cm, Pt

    deck = pptx.Presentation()
    deck.slide_width, deck.slide_height = Cm(33.87), Cm(19.05)
    about = report.about

    def slide(title: str) -> Any:
        made = deck.slides.add_slide(deck.slide_layouts[5])
        made.shapes.title.left, made.shapes.title.top = Cm(1.2), Cm(0.6)
        made.shapes.title.width, made.shapes.title.height = Cm(31.4), Cm(1.8)
        made.shapes.title.text = _text(title)
        made.shapes.title.text_frame.paragraphs[0].font.size = Pt(26)
        return made

    def words(made: Any, lines: Sequence[str], size: int = 18) -> None:
        frame = made.shapes.add_textbox(Cm(1.5), Cm(3.0), Cm(30.8), Cm(14.5)).text_frame
        frame.word_wrap = True
        for number, line in enumerate(lines):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            paragraph.text, paragraph.font.size, paragraph.space_after = _text(line), Pt(size), Pt(8)

    words(slide(about.title), [about.headline, _facts(about)], 24)
    if about.evidence:
        words(slide("What was found"), list(about.evidence[:_MOST_SENTENCES]))
    for picture in report.pictures:
        made = slide(picture.caption)
        shape = made.shapes.add_picture(str(picture.path), Cm(1.5), Cm(2.8), height=Cm(15.3))
        if shape.width > Cm(30.8):
            shape.height, shape.width = int(shape.height * Cm(30.8) / shape.width), Cm(30.8)
        shape.left = int((deck.slide_width - shape.width) / 2)
    for sheet in report.sheets:
        heads, rows, widths, more = _cells(sheet, _SLIDE_ROWS, _SLIDE_COLUMNS)
        made = slide(sheet.question)
        size = Cm(1.5), Cm(2.9), Cm(30.8), Cm(1.1 * (1 + len(rows)))
        grid = made.shapes.add_table(1 + len(rows), len(heads), *size).table
        for column, width in zip(grid.columns, widths, strict=True):
            column.width = Cm(30.8 * width)
        for y, cells in enumerate([heads, *rows]):
            for x, text in enumerate(cells):
                grid.cell(y, x).text = text
                grid.cell(y, x).text_frame.paragraphs[0].font.size = Pt(12)
        if more:
            box = made.shapes.add_textbox(Cm(1.5), Cm(17.6), Cm(30.8), Cm(1.0)).text_frame
            box.text = more
            box.paragraphs[0].font.size = Pt(11)
    words(slide("What this does not show"), [CAUTION, *about.attribution], 16)
    _date(deck.core_properties, about)
    deck.save(str(path))


def _facts(about: About) -> str:
    parts = {"Period": about.period, "Source": about.source, "Made on": about.made_on}
    return ". ".join(f"{name}: {value}" for name, value in parts.items() if value) + "."


def _cells(
    sheet: Sheet, rows: int = _MOST_ROWS, columns: int = _MOST_COLUMNS
) -> tuple[list[str], list[list[str]], list[float], str]:
    """Return headings, the first rows as texts, how much of the width each column needs, and what is left out."""
    from maps.tables import is_share

    names = [name for name in sheet.headings if name in sheet.table][:columns]
    shown = sheet.table[names].head(rows)
    shares = {name for name in names if is_share(name, sheet.table)}
    cells = [
        [_cell(value, share=name in shares) for name, value in zip(names, row, strict=True)]
        for row in shown.itertuples(index=False)
    ]
    heads = [_text(sheet.headings[name]) for name in names]
    longest = [max(len(row[column]) for row in [heads, *cells]) for column in range(len(names))]
    needs = [min(max(length, 6), 40) ** 0.75 for length in longest]
    left = [counted(len(sheet.table) - len(shown), "row")] if len(sheet.table) > len(shown) else []
    left += [counted(len(sheet.headings) - len(names), "column")] if len(sheet.headings) > len(names) else []
    more = f"{' and '.join(left)} more in the workbook." if left else ""
    return heads, cells, [need / sum(needs) for need in needs], more


def _cell(value: Any, *, share: bool) -> str:
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if share:
        return f"{value:.1%}"
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() else f"{value:,.3g}"
    return f"{value:,}" if isinstance(value, int) else _text(value)


def _text(value: object) -> str:
    """Return a text that a document can hold: printable, on one line."""
    return " ".join("".join(mark if mark.isprintable() else " " for mark in str(value)).split())


def _date(properties: Any, about: About) -> None:
    properties.author, properties.title, properties.comments = "", _text(about.title), ""
    properties.created = properties.modified = _MADE
    properties.last_modified_by = ""
