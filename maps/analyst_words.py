"""What the analyst's page says in words: what was not given, the priorities, the questions answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd

from maps.findings import findings_list
from maps.markup import Html, tag
from maps.sheets import Sheet
from maps.words import counted

_ENGAGEMENT = {"ratio", "flag", "contacts", "days_since_last"}


def missing(
    schema: Mapping[str, Any],
    wards: gpd.GeoDataFrame,
    *,
    counted_by_ward: bool,
    layers: Mapping[str, gpd.GeoDataFrame | None],
    unplaced: int = 0,
) -> list[str]:
    """Return a sentence for all that the page could show and does not, because it was not given.

    ``schema``: of the packed incidents. ``layers``: hotspots, focal points, engagements and notes of workshops.
    """
    said = list(_times([name for name, _ in schema["columns"]])) if schema["rows"] else []
    if not counted_by_ward:
        said.append("The wards of the incidents are not known: no counts and no rates of wards are shown.")
    elif "population" not in wards or not (pd.to_numeric(wards["population"], errors="coerce") > 0).any():
        said.append("No residents were given with the wards: no rates are shown.")
    if layers["hotspots"] is None or not len(layers["hotspots"]):
        said.append("No hot spot was found at these settings.")
    if not _ENGAGEMENT & set(wards.columns):
        said.append("No log of engagement was given: the wards cannot be shaded by it, and nothing is said of it.")
    nothing = [name for name in ("focal points", "engagements", "workshop notes") if layers[name] is None]
    if nothing:
        said.append(f"Not given, and so not drawn: {', '.join(nothing)}.")
    if unplaced:
        said.append(f"{counted(unplaced, 'engagement')} without a point on the map, not drawn.")
    return said


def _times(columns: Sequence[str]) -> list[str]:
    if "hour" in columns:
        return [
            "Hours and weekdays are those at which an incident began, as far as is known; one that may have happened "
            "at any time of a day or longer has none."
        ]
    if "weekday" in columns:
        return ["Only the days of the incidents are known, not the hours."]
    if "month" in columns:
        return ["Only the months of the incidents are known: neither weekday nor hour can be chosen."]
    return ["No date of the incidents is known: no month can be chosen."]


def priorities(findings: pd.DataFrame | None, names: Mapping[str, str]) -> Html:
    """Return the priority list of engagement as a section; nothing where there is no such list."""
    if findings is None:
        return Html("")
    heading = tag("h2", "Who is not being heard, most pressing first", id="priorities")
    return tag("section", heading, findings_list(findings, names), class_="priorities", aria_labelledby="priorities")


def answered(answers: Sequence[Sheet]) -> Html:
    """Return the questions with their answers, closed until asked for; nothing where there are none."""
    if not answers:
        return Html("")
    rows = [tag("div", tag("dt", one.question), tag("dd", one.sentence)) for one in answers]
    body = tag("details", tag("summary", "Questions and answers"), tag("dl", *rows, class_="parameters"))
    heading = tag("h2", "What the log of engagement says", id="answers")
    return tag("section", heading, body, class_="words", aria_labelledby="answers")
