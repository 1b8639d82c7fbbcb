"""What every page says about itself: where the data are from, how it was made, what it does not show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from maps import assets, words
from maps.markup import Html, join, tag

OFFLINE = "It works without the internet and sends nothing anywhere."
# What a page does not show, each worded once; a page names those that are true of it.
LIMITS = {
    "reported": (
        "Only reported incidents.",
        "Counts are reports, not harm and not people. Places differ in how much is reported: a quiet place is unknown, "
        "not safe.",
    ),
    "places": (
        "Exact places.",
        "Locations are approximate: many are moved to a nearby map point, such as the middle of a street, to protect "
        "privacy. Several reports at one map point need not have happened at one door.",
    ),
    "logged": (
        "Contact that nobody logged.",
        "Counts are what was written down: no engagement logged is not no engagement.",
    ),
    "fault": (
        "Fault.",
        "Under-engagement is a gap in what the police did. It says nothing about the people who were not met, and no "
        "community is ranked here as a risk.",
    ),
    "heard": ("How well people were heard.", "A count of contacts does not say whether anybody listened."),
    "small": ("Small differences.", "Small numbers swing by chance, the more so the fewer are counted."),
    "choices": (
        "Other choices.",
        "Hot spots depend on the method, the settings and the period named on this page. Others would draw other "
        "edges; a filter does not draw them anew.",
    ),
    "past": (
        "What happens tonight.",
        "The record is of the past, and a hot spot may be over. What you see and hear counts for more.",
    ),
    "people": (
        "Who people are.",
        "A stop is there because of a place, or because the police have not kept in touch. It is no reason to suspect "
        "anybody.",
    ),
    "ways": ("Doors, crossings and closed ways.", "Walking times are at an even pace."),
    "inside": (
        "A version to publish.",
        "This page is for work inside the team: small numbers are not hidden on it. Check it before it goes to anybody "
        "else.",
    ),
}


def _picture(width: int, height: int, drawn: str) -> Html:
    head = f'<svg class="swatch" viewBox="0 0 {width} {height}" width="{width}" height="{height}" aria-hidden="true">'
    return Html(f"{head}{drawn}</svg>")


# the marks of the layers, as the key shows them
_BLOB = "M4 14 C4 4 14 2 20 4 S30 12 26 18 S4 24 4 14Z"
PICTURES = {
    "hotspots": _picture(
        32, 24,
        f'<path class="key-hot" d="{_BLOB}"/><circle class="key-badge" cx="16" cy="12" r="7"/>'
        '<text class="key-number" x="16" y="15.5">1</text>',
    ),
    "weak": _picture(32, 24, f'<path class="key-chance" d="{_BLOB}"/>'),
    "incidents": _picture(20, 20, '<circle class="key-dot" cx="10" cy="10" r="5"/>'),
    "outlines": _picture(32, 24, f'<path class="key-spot" d="{_BLOB}"/>'),
    "wards": _picture(32, 24, '<path class="key-ward" d="M3 4 L18 2 L29 9 L25 21 L8 22Z"/>'),
    "places": _picture(
        20, 20, '<rect class="place-mark" x="5" y="5" width="10" height="10" transform="rotate(45 10 10)"/>'
    ),
    "letters": _picture(20, 20, '<rect class="place-mark" x="3" y="3" width="14" height="14" rx="2"/>'),
    "engagements": _picture(
        24, 24,
        '<rect class="key-met" x="3" y="4" width="18" height="16" rx="2"/>'
        '<text class="key-met-number" x="12" y="16">3</text>',
    ),
    "notes": _picture(
        24, 24,
        '<circle class="key-note-mark" cx="12" cy="12" r="9"/><text class="key-met-number" x="12" y="16">!</text>',
    ),
}  # fmt: skip


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


def texts(
    about: About,
    limits: Sequence[str],
    *,
    complete: str,
    notes: Sequence[str] = (),
    network: str = OFFLINE,
    made: str = "",
) -> dict[str, str]:
    """Return the texts that the skeletons of all pages share, ready for ``elements.Body``.

    ``limits`` are names of LIMITS. ``complete`` says what is whole without scripts, as "The lists and tables are
    complete". ``notes`` are said besides those of ``about``; ``network`` and ``made`` stand in the section about the
    page: what it asks of the network, and what it is for.
    """
    return {
        "title": about.title,
        "headline": about.headline,
        "facts": _facts(about),
        "evidence": _evidence(about.evidence),
        "parameters": _parameters(about),
        "notes": sentences([*about.notes, *notes]),
        "limits": tag("ul", *(tag("li", tag("b", LIMITS[name][0]), " " + LIMITS[name][1]) for name in limits)),
        "made": made,
        "network": network,
        "no_script": f"The map is drawn by a script in this file, and scripts are switched off here. {complete}.",
        "attribution": join([tag("span", line) for line in words.ended(about.attribution)], " "),
        "licences": Html(assets.own("html", "licences.html")),
    }


def layers(
    named: Mapping[str, str],
    *,
    always: Sequence[str] = (),
    on: Sequence[str] | None = None,
    marks: Mapping[str, str] | None = None,
) -> Html:
    """Return the boxes of the key that show and hide the layers ``named``: {layer: words}.

    Those of ``always`` are there from the start; the others are shown by the script where the page has something of
    them. ``on``: what the map shows at first, all of them where it is not given. ``marks``: {layer: name in PICTURES},
    where it is not the layer's own.
    """
    boxes = []
    for name, said in named.items():
        checked = " checked" if on is None or name in on else ""
        box = Html(f'<input type="checkbox" id="geo-show-{name}"{checked}>')
        hidden = {} if name in always else {"hidden": ""}
        picture = PICTURES[(marks or {}).get(name, name)]
        boxes.append(tag("label", box, picture, tag("span", said), class_="layer", id=f"geo-layer-{name}", **hidden))
    return join(boxes)


def _evidence(said: Sequence[str]) -> Html:
    if not said:
        return Html("")
    heading = tag("h2", "What the record shows", id="evidence")
    return tag("section", heading, sentences(said), class_="words", aria_labelledby="evidence")


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
