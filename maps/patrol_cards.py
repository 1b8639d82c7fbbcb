"""The stops of each team as they are read on a screen: everything that is known, one card a stop."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from maps import tables
from maps.markup import Html, join, tag
from maps.patrol_stops import Stop, Team

REMEMBER = "Write down: people met, how many of them for the first time, concerns raised, actions agreed."


def team_sections(teams: Sequence[Team]) -> Html:
    """Return a section a team: all are there without scripts, ``teams.js`` makes tabs of them."""
    return join([_section(i, team) for i, team in enumerate(teams)])


def mark(stop: Stop) -> Html:
    """Return a stop's number in its shape: a dark round for a hot spot, a light square for a focal point."""
    return tag("span", stop.order, class_="mark hot" if stop.hot else "mark focal")


def _section(i: int, team: Team) -> Html:
    cards = [_card(f"geo-stop-{i}-{j}", stop) for j, stop in enumerate(team.stops)]
    return tag(
        "section",
        tag("h2", team.name, id=f"geo-team-{i}", tabindex="-1"),
        tag("p", team.summary, class_="summary"),
        tag("ol", *cards, class_="stops") if cards else tag("p", "Nothing to walk to in this shift.", class_="none"),
        class_="team",
        aria_labelledby=f"geo-team-{i}",
    )


def _card(name: str, stop: Stop) -> Html:
    before = f"{stop.walk} on foot to get here" if stop.walk else ""
    stay = f"stay {stop.dwell}" if stop.dwell else ""
    wait = f"{stop.wait} to spare before it opens" if stop.wait else ""
    way = "; ".join(part for part in (before, wait, stay) if part)
    told = (
        ("Why", stop.why),
        ("The record", stop.record),
        ("Speak to", stop.contact),
        ("Communities", stop.communities),
    )
    facts = [tag("div", tag("dt", label), tag("dd", said)) for label, said in told if said]
    parts = [
        tag("h3", mark(stop), tag("span", stop.name, class_="name"), id=name, tabindex="-1"),
        tag("p", tag("b", stop.when), tag("span", way), class_="when"),
        tag("p", stop.where, class_="where"),
    ]
    if facts:
        parts.append(tag("dl", *facts))
    if stop.questions:
        parts.append(tag("h4", "Ask"))
        parts.append(tag("ul", *(tag("li", question) for question in stop.questions), class_="ask"))
    parts.append(tag("p", REMEMBER, class_="remember"))
    return tag("li", *parts, class_="stop", aria_labelledby=name)


def left_out_section(left_out: pd.DataFrame) -> Html:
    """Return the stops that no team visits, with the reason, or a sentence that there are none."""
    heading = tag("h2", "Left out tonight, and why", id="left-out", tabindex="-1")
    if not len(left_out):
        return tag("section", heading, tag("p", "Nothing was left out."), class_="words", aria_labelledby="left-out")
    headings = {"name": "Place", "kind": "Kind", "reason": "Why it was left out"}
    made = tables.table(left_out, headings, f"{len(left_out):,} of the places looked at are on no route.")
    box = tag("div", made, class_="scroll", tabindex="0", role="region", aria_label="Table: places left out")
    return tag("section", heading, box, class_="left-out", aria_labelledby="left-out")
