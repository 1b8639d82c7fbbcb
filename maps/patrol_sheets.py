"""One sheet of A4 a team, to carry and to write on: the map, when and why at each stop, what to ask, blanks.

Twelve stops fit. A longer route goes on to another sheet, so that nothing is printed too small to read by a street
lamp. Texts that are too long are cut by the style sheet at a whole line; on a screen they stand complete.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from maps import words
from maps.markup import Html, join, tag
from maps.page import About
from maps.patrol_cards import mark
from maps.patrol_stops import Stop, Team

MOST_STOPS = 12
WIDTH_MM = 112
# from how many stops, its class, how high its map is: what the rows leave free
_KINDS = ((10, "dense", 73), (7, "middle", 82), (6, "roomy", 104), (0, "roomy open", 104))
_LINE_PT, _COLUMN_PT = 7.6, 178.0  # the questions beside the map: size of type, and how wide they may run
_LINE_MM, _MOST_LINES = 3.25, 3
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_COUNTS = "Counts are what was reported and recorded, not all that happened; a quiet place is unknown, not safe."
_INTERNAL = (
    "INTERNAL: for this team and this shift. It may name contacts. Do not leave it anywhere; shred it afterwards."
)


@dataclass(frozen=True)
class Sheet:
    """A sheet: which team (its place in the plan), which of its stops, and how high the map is."""

    team: int
    first: int
    last: int
    kind: str
    height_mm: int


def sheets_of(teams: Sequence[Team]) -> list[Sheet]:
    """Return the sheets: one a team with up to 12 stops, more of equal length for a longer route."""
    made = []
    for i, team in enumerate(teams):
        count = max(1, math.ceil(len(team.stops) / MOST_STOPS))
        ends = [round(len(team.stops) * part / count) for part in range(count + 1)]
        for first, last in pairwise(ends):
            _, kind, height = next(one for one in _KINDS if last - first >= one[0])
            made.append(Sheet(i, first, last, kind, height))
    return made


def sheet_sections(teams: Sequence[Team], about: About, shift: str, distances: str, sentences: Sequence[str]) -> Html:
    """Return every sheet; they are shown on paper only."""
    pages = []
    for sheet in sheets_of(teams):
        team = teams[sheet.team]
        parts = [other for other in sheets_of(teams) if other.team == sheet.team]
        name = team.name if len(parts) == 1 else f"{team.name}, sheet {parts.index(sheet) + 1} of {len(parts)}"
        stops = team.stops[sheet.first : sheet.last]
        asked = questions_for(stops, sheet.height_mm)
        pages.append(
            tag(
                "section",
                tag("h1", tag("b", name), tag("span", shift)),
                tag("p", team.summary, class_="sheet-summary"),
                tag("p", " ".join([distances, _COUNTS, *sentences]), class_="sheet-said"),
                tag(
                    "div",
                    tag("div", class_="sheet-map", role="img", aria_label=f"Map of the route of {team.name}"),
                    _questions(asked, stops),
                    class_="sheet-top",
                ),
                _table(stops, asked),
                _foot(about),
                class_=f"a4 {sheet.kind}",
                aria_label=name,
            )
        )
    return join(pages)


def questions_for(stops: Sequence[Stop], height_mm: float) -> list[str]:
    """Return the questions that fit beside the map, in the order they are first asked.

    First one for every stop, then those asked at most stops.
    """
    asked = Counter(question for stop in stops for question in dict.fromkeys(stop.questions))
    depth: dict[str, int] = {}
    for stop in stops:
        for i, question in enumerate(stop.questions):
            depth[question] = min(i, depth.get(question, i))
    room = height_mm / _LINE_MM - 3.5  # its heading, what is missing, and a line to write on
    kept: set[str] = set()
    for question in sorted(asked, key=lambda one: (depth[one] > 0, -asked[one])):
        lines = min(_MOST_LINES, math.ceil(words.width_of(question[:400], _LINE_PT) / _COLUMN_PT)) + 0.25
        if lines <= room and len(kept) < len(_LETTERS):
            kept.add(question)
            room -= lines
    return [question for question in asked if question in kept]


def _questions(asked: Sequence[str], stops: Sequence[Stop]) -> Html:
    missing = len({question for stop in stops for question in stop.questions}) - len(asked)
    items = [
        tag("li", tag("b", letter), tag("span", question)) for letter, question in zip(_LETTERS, asked, strict=False)
    ]
    parts = [tag("h2", "Questions to ask, by letter")]
    parts.append(tag("ul", *items) if items else tag("p", "None were written for these stops."))
    if missing:
        parts.append(tag("p", f"{words.counted(missing, 'more question')} on the screen version.", class_="more"))
    parts.append(tag("p", "Anything else, and for the next shift", class_="room"))
    return tag("div", *parts, class_="sheet-ask")


def _table(stops: Sequence[Stop], asked: Sequence[str]) -> Html:
    if not stops:
        return tag("p", "No visit fits this shift: nothing to walk to.", class_="none")
    heads = ("No.", "Be there", "Where", "Why, and what the record shows", "Ask", "Met", "To write down")
    names = ("no", "be", "where", "why", "letters", "met", "blank")
    letters = dict(zip(asked, _LETTERS, strict=False))
    head = tag("tr", *(tag("th", text, scope="col", class_=name) for text, name in zip(heads, names, strict=True)))
    rows = [_row(stop, [letters[question] for question in stop.questions if question in letters]) for stop in stops]
    return tag("table", tag("thead", head), tag("tbody", *rows), class_="rounds")


def _row(stop: Stop, letters: Sequence[str]) -> Html:
    where = [tag("b", stop.name), tag("span", stop.where)]
    where += [tag("span", f"For {stop.communities}")] if stop.communities else []
    where += [tag("span", f"Speak to: {stop.contact}")] if stop.contact else []
    why = [tag("span", said, class_="cut") for said in (stop.why, stop.record) if said]
    return tag(
        "tr",
        tag("td", mark(stop), class_="no"),
        tag("td", tag("b", stop.arrives), tag("span", f"to {stop.leaves}"), tag("span", _walk(stop)), class_="be"),
        tag("th", tag("div", *where, class_="cut"), scope="row", class_="where"),
        tag("td", *why, class_="why"),
        tag("td", tag("div", " ".join(letters), class_="cut"), class_="letters"),
        tag("td", tag("span", "in all"), tag("span", "first time"), class_="met halves"),
        tag("td", tag("span", "Concerns"), tag("span", "Actions"), class_="blank halves"),
    )


def _walk(stop: Stop) -> str:
    return f"walk {stop.walk.split(' (')[0]}" if stop.walk else ""


def made(about: About) -> str:
    """Return where the data come from and when the plan was made, as sentences; what is not known is left out."""
    parts = [
        f"Record: {about.period}." if about.period else "",
        f"Source: {about.source}." if about.source else "",
        f"Made on {words.long_day(about.made_on)}.",
    ]
    return " ".join(part for part in parts if part)


def _foot(about: About) -> Html:
    parts = (
        tag("p", _INTERNAL, class_="internal"),
        tag("p", " ".join([made(about), *words.ended(about.attribution)]), class_="from"),
    )
    return tag("div", *parts, class_="sheet-foot")
