"""What every page says about itself: whence the data, how it was made, what it does not show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from maps import assets, words
from maps.markup import Html, join, tag


@dataclass(frozen=True)
class About:
    """The words around a map. All of them are plain text and may come from a file.

    ``headline`` is one sentence that says what the map shows, for those who do not see it. ``parameters`` are (label,
    value, reason). ``evidence`` and ``notes`` are whole sentences: when, what kind and how often again; gaps in the
    data, rows set aside. ``made_on`` is a date as 2026-01-31; it is handed in, so that the same inputs give the same
    page.
    """

    title: str
    headline: str
    period: str
    source: str
    made_on: str
    parameters: Sequence[tuple[str, str, str]] = ()
    evidence: Sequence[str] = ()
    notes: Sequence[str] = ()
    attribution: Sequence[str] = ()


def texts(about: About, more_notes: Sequence[str] = ()) -> dict[str, str]:
    """Return the texts the skeletons of all pages share, ready for ``elements.Body``."""
    return {
        "title": about.title,
        "headline": about.headline,
        "facts": _facts(about),
        "parameters": _parameters(about),
        "evidence": sentences(about.evidence or ["Nothing more was worked out."]),
        "notes": sentences([*about.notes, *more_notes]),
        "attribution": join([tag("span", line) for line in about.attribution], " "),
        "licences": Html(assets.own("html", "licences.html")),
    }


def _facts(about: About) -> Html:
    rows = (("Period", about.period), ("Source", about.source), ("Made on", words.long_day(about.made_on)))
    return join([tag("div", tag("dt", label), tag("dd", value)) for label, value in rows if value])


def _parameters(about: About) -> Html:
    rows = [
        tag("div", tag("dt", label), tag("dd", tag("b", value), tag("span", reason) if reason else ""))
        for label, value, reason in about.parameters
    ]
    return tag("dl", *rows, class_="parameters") if rows else Html("")


def sentences(said: Sequence[str]) -> Html:
    """Return sentences as a list; nothing where there is none."""
    return tag("ul", *(tag("li", sentence) for sentence in said), class_="notes") if said else Html("")
