"""The words of the workshop page in its language: those round the map, and the title and sentence above it."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd

from geo.errors import GeoError
from maps import assets
from maps.languages import Strings, filled
from maps.markup import Html, join, tag
from maps.page import About
from maps.words import ended


def workshop_about(
    strings: Strings,
    *,
    area: str,
    total: int | None,
    months: Sequence[str],
    source: str,
    made_on: str,
    width_m: float | None = None,
    antisocial: bool = True,
    notes: Sequence[str] = (),
    attribution: Sequence[str] = (),
) -> About:
    """Return title, sentence and period of the page in the language of ``strings``.

    ``area``: its name; ``total``: of the reports, rounded, None where it is small; ``months``: those covered, as
    2025-01, first to last; ``width_m``: of the hexagons, None for wards; ``antisocial``: the reports are all of
    anti-social behaviour. ``source``, ``notes`` and ``attribution`` are shown as they are. Raises GeoError for a month
    that is none.
    """
    words = strings.page
    ground = "headline_wards" if width_m is None else "headline_hexagons"
    headline = filled(
        words[ground if total else "headline_few"],
        total=f"{total or 0:,}".replace(",", words["thousands"]),
        width=f"{width_m or 0:.0f}",
        what=words["what_asb" if antisocial else "what_any"],
    )
    ends = list(dict.fromkeys(_month(strings, month) for month in (months[0], months[-1]))) if months else []
    return About(
        title=filled(words["title"], area=area),
        headline=f"{headline} {words['headline_ask']}",
        period=" \N{EN DASH} ".join(ends),
        source=source,
        made_on=made_on,
        notes=notes,
        attribution=attribution,
    )


def _month(strings: Strings, month: str) -> str:
    names = strings.script["months"]
    year, _, number = month.partition("-")
    if not (isinstance(names, list) and number.isdigit() and 1 <= int(number) <= 12):
        raise GeoError(f"{month!r} is not a month.", "Months are written as 2025-01.")
    return f"{names[int(number) - 1]} {year}"


def page_texts(
    strings: Strings, about: About, made_by: str, notes: gpd.GeoDataFrame | None, **numbers: int
) -> dict[str, str]:
    """Return the texts of the skeleton. ``numbers`` (minimum, rounding) fill the placeholders of the words."""
    words = {name: filled(text, **numbers) for name, text in strings.page.items()}
    day = tag("time", about.made_on, datetime=about.made_on)  # written as its language does by the script
    source = (words["source"], about.source)
    rows = [(words["period"], about.period), (words["made_by"], made_by), (words["made_on"], day)]
    return words | {
        "title": about.title,
        "headline": about.headline,
        "draft": draft_note(strings),
        "facts": _facts(rows),
        "told": _facts([*rows[:2], source, rows[2]]),
        "notes": tag("ul", *(tag("li", line) for line in about.notes), class_="notes-on") if about.notes else Html(""),
        "attribution": join([tag("span", line) for line in ended(about.attribution)], " "),
        "earlier": _earlier(words) if notes is not None and len(notes) else Html(""),
        "licences": Html(assets.own("html", "licences.html")),
    }


def draft_note(strings: Strings) -> Html:
    """Return what stands at the top of a page whose words are a draft; nothing above others."""
    lines = [tag("p", line, dir="auto") for line in strings.draft.splitlines()]
    return tag("aside", *lines, class_="draft") if lines else Html("")


def _facts(rows: list[tuple[str, str]]) -> Html:
    return join([tag("div", tag("dt", label), tag("dd", value)) for label, value in rows if value])


def _earlier(words: dict[str, str]) -> Html:
    return tag(
        "section",
        tag("h2", words["earlier_title"], id="geo-earlier-title"),
        tag("details", tag("summary", words["earlier_show"]), tag("ul", id="geo-earlier", class_="list")),
        class_="earlier",
        aria_labelledby="geo-earlier-title",
    )
