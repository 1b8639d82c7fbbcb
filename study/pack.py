"""Finished pages as one PDF to print: a cover that says what is in it, and every sheet numbered."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import GeoError
from study.pictures import picture

if TYPE_CHECKING:
    from geo.disclosure.profiles import Profile

NAME = "pack.pdf"


@dataclass
class Bound:
    """A page of a pack: its ``file``, what its head says of it, and how many ``sheets`` it prints."""

    file: Path
    title: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    headline: str = ""
    sheets: int = 0
    first_sheet: int = 0


def write_pack(files: Sequence[Path], out: Path, rules: Profile, *, overwrite: bool = False) -> list[Bound]:
    """Write ``pack.pdf`` into the folder ``out``: a cover, then the pages in the order given, their sheets numbered.

    The browser that is installed prints them. Each page is audited first, as ``geo audit`` does. Raises GeoError where
    one may not go to the readers of the profile, where there is no browser, or where pypdf is not installed.
    """
    pypdf = _pypdf()
    from layers.audit.audit import audit_file
    from layers.writing.commit import staged
    from maps.pack import TITLE, feet_page
    from maps.words import long_day
    from study.release import refuse_broken

    bound = [_read(file) for file in files]
    for one in bound:
        refuse_broken(one.file.name, rules, audit_file(one.file, rules))
    with staged(out, [NAME], overwrite=overwrite) as stage:
        printed = []
        for number, one in enumerate(bound):
            paper = stage / f"page-{number}.pdf"
            picture(one.file, paper, "pdf")
            printed.append(pypdf.PdfReader(paper))
            one.sheets = len(printed[-1].pages)
        cover = _cover(stage, bound, rules.name, 2, pypdf)
        if len(cover.pages) > 1:
            cover = _cover(stage, bound, rules.name, len(cover.pages) + 1, pypdf)
        names = [TITLE] * len(cover.pages) + [one.title for one in bound for _ in range(one.sheets)]
        feet = _printed(stage, "feet", feet_page(names, long_day(_today()), rules.name), pypdf)
        _join([cover, *printed], feet, stage / NAME, pypdf)
        for paper in stage.glob("*.pdf"):
            if paper.name != NAME:
                paper.unlink()
    return bound


def _cover(stage: Path, bound: Sequence[Bound], profile: str, first: int, pypdf: Any) -> Any:
    """Return the printed cover; ``first`` is the number of the sheet after it, from which those of the pages follow."""
    from maps.pack import Entry, cover_page
    from maps.words import long_day

    for number, one in zip(accumulate((one.sheets for one in bound), initial=first), bound, strict=False):
        one.first_sheet = number
    entries = [Entry(one.title, one.headline, one.facts, one.first_sheet, one.sheets) for one in bound]
    return _printed(stage, "cover", cover_page(entries, long_day(_today()), profile), pypdf)


def _today() -> str:
    return time.strftime("%Y-%m-%d")


def _pypdf() -> Any:
    try:
        import pypdf
    except ImportError:
        raise GeoError(
            "The pages of a pack are joined with pypdf, which is not installed.",
            'Install it with: pip install "geo-engagement[pack]".',
        ) from None
    return pypdf


class _Head(HTMLParser):
    """The title of a page, the facts of its head, and its first sentence."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = self.headline = ""
        self.facts: list[list[str]] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where the text that follows belongs."""
        given = dict(attrs)
        if tag == "dl" and "facts" in (given.get("class") or ""):
            self._inside.append("dl")
        elif tag == "title" or (tag == "p" and given.get("id") == "geo-headline"):
            self._inside.append(tag)
        elif self._inside and tag in ("dt", "dd"):
            self._inside.append(tag)
            if tag == "dt":
                self.facts.append(["", ""])

    def handle_endtag(self, tag: str) -> None:
        """Leave the part that ends."""
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        """Add text to the part it stands in."""
        where = self._inside[-1] if self._inside else ""
        if where == "title" and not self.headline:
            self.title += data
        elif where == "p":
            self.headline += data
        elif where in ("dt", "dd") and self.facts:
            self.facts[-1][where == "dd"] += data


def _read(file: Path) -> Bound:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise GeoError(f"{file}: cannot be read as a page ({error}).", "Name pages that geo made.") from None
    head = _Head()
    head.feed(text)
    if "Content-Security-Policy" not in text or not head.title.strip():
        raise GeoError(
            f"{file}: not a page that geo made.", "Name .html files of geo hotspots, geo map and the others."
        )
    facts = [(label.strip(), value.strip()) for label, value in head.facts if value.strip()]
    return Bound(file, head.title.strip(), facts, " ".join(head.headline.split()))


def _printed(stage: Path, name: str, html: str, pypdf: Any) -> Any:
    page = stage / f"{name}.html"
    page.write_text(html, encoding="utf-8", newline="\n")
    picture(page, stage / f"{name}.pdf", "pdf")
    page.unlink()
    return pypdf.PdfReader(stage / f"{name}.pdf")


def _join(parts: Sequence[Any], feet: Any, out: Path, pypdf: Any) -> None:
    writer = pypdf.PdfWriter()
    sheets = [sheet for part in parts for sheet in part.pages]
    if len(sheets) != len(feet.pages):
        raise GeoError("The sheets of the pack could not be numbered.", "Print the pages one by one.")
    for sheet, foot in zip(sheets, feet.pages, strict=True):
        writer.add_page(sheet).merge_page(foot)
    at = 0
    for part in parts:
        title = (part.metadata.title if part.metadata else None) or NAME
        writer.add_outline_item(title, at)
        at += len(part.pages)
    writer.add_metadata({"/Title": "Printed pack", "/Creator": "geo"})
    writer.compress_identical_objects()
    writer.write(out)
