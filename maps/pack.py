"""The sheets that bind printed pages into one pack: a cover, and the line at the foot of every sheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from geo.errors import counted
from maps import assets, page, palette
from maps.figure import document
from maps.markup import Html, join, tag

TITLE = "Printed pack"
_CAUTION = (
    "Counts are reports, not truth: people report unevenly, and a quiet ward is unknown, not safe. "
    "Each page says what it does not show."
)
_LIMITS = ("reported", "places", "logged", "small")
_READERS = {"internal": "the team", "partner": "partners", "public": "the public"}


class Entry(NamedTuple):
    """A page in a pack: its title, its first sentence, what its head says of it (label, value), and its sheets."""

    title: str
    headline: str
    facts: Sequence[tuple[str, str]]
    first_sheet: int
    sheets: int


def cover_page(entries: Sequence[Entry], day: str, profile: str) -> Html:
    """Return the cover: what is in the pack, on which sheets, of which period and from what, and the caution.

    ``day``: when it was printed, in words. All texts may come from files.
    """
    total = entries[-1].first_sheet + entries[-1].sheets - 1
    body = tag(
        "main",
        tag("h1", TITLE),
        tag("p", f"Printed on {day} for {_READERS[profile]}. {counted(total, 'sheet')}."),
        tag("p", _CAUTION, class_="caution"),
        tag("ol", *(_entry(one) for one in entries)),
        tag("h2", "What pages like these do not show"),
        tag("ul", *(tag("li", tag("b", page.LIMITS[key][0]), " " + page.LIMITS[key][1]) for key in _LIMITS)),
    )
    return document(TITLE, [palette.style_sheet(), assets.lean(assets.own("css", "pack.css"))], body)


def _entry(one: Entry) -> Html:
    last = one.first_sheet + one.sheets - 1
    at = f"sheet {one.first_sheet}" if one.sheets == 1 else f"sheets {one.first_sheet} to {last}"
    facts = join([tag("span", f"{label} {value}") for label, value in one.facts], " \N{MIDDLE DOT} ")
    head = tag("p", tag("b", one.title), tag("span", at, class_="at"), class_="head")
    return tag("li", head, tag("p", one.headline), tag("p", facts, class_="facts"))


def feet_page(names: Sequence[str], day: str, profile: str) -> Html:
    """Return a sheet for each of ``names`` that holds only its line: number, name, day and for whom."""
    lines = [
        tag(
            "section",
            tag("p", f"Sheet {i} of {len(names)} \N{MIDDLE DOT} {name} \N{MIDDLE DOT} printed {day}, {profile}"),
        )
        for i, name in enumerate(names, start=1)
    ]
    return document(TITLE, [assets.lean(assets.own("css", "pack_feet.css"))], join(lines))
