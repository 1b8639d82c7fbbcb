"""Focal points as stops: the engagement gap that a visit would address, the reasons, and the opening hours."""

from __future__ import annotations

from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd

from geo.engagement.answers.answer import Answer
from geo.engagement.columns import text
from geo.engagement.measure import CELL, COMMUNITY, WARD
from geo.engagement.place import assign
from geo.engagement.reach import touched
from geo.engagement.result import EngagementResult
from geo.errors import counted, listed
from geo.patrol.questions import three_questions
from geo.patrol.scores import GAPS, engagement_scores

RADIUS_M = 75.0
_NOT_PLACES = ("panel",)  # a group that meets now and then: nobody is there in between
_RESIDENTS = " residents"


class EngagementGap(NamedTuple):
    """A gap in engagement: its kind (a key of GAPS) and the sentence a person can say aloud."""

    flag: str
    sentence: str


def focal_stops(result: EngagementResult, *, as_of: pd.Timestamp, contacts: bool) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Return a row for each focal point that can be visited (see ``stops.candidate_stops``), and what has to be said.

    Left out and said: panels and forums, which are no place where people are, and focal points without a position.
    ``contacts``: name the contact (its reference and role) in ``contact``; else it stays empty.
    """
    notes: list[str] = []
    points = result.focal_points
    if points is None or not len(points):
        return gpd.GeoDataFrame(), ["No focal points are known: only hot spots can be visited."]
    points = points.sort_values("focal_point_id", ignore_index=True)
    panels = text(points, "kind").isin(_NOT_PLACES)
    if panels.any():
        notes.append(
            f"{_are(int(panels.sum()), 'panel or forum', 'panels and forums')} no place to visit: they meet by date."
        )
    nowhere = points.geometry.isna() | points.geometry.is_empty
    if nowhere.any():
        names = points.loc[nowhere, "name"].astype(str).tolist()
        notes.append(f"{_have(len(names))} no position and cannot be visited: {listed(names, 8)}.")
    points = points[~panels & ~nowhere].reset_index(drop=True)
    points = touched(points, result.engagements, as_of=as_of)
    points, _ = assign(points, result.wards)
    loose, asked = _loose_ends(result.answers), _unasked(result.answers)
    gaps = _gaps(result)
    own = [_gap_of(row, gaps) for row in points.to_dict("records")]
    parts = pd.DataFrame(
        {
            "gap": [GAPS[gap.flag] if gap else 0.0 for gap in own],
            "no_spoc": text(points, "spoc").isna(),
            "review_overdue": points["focal_point_id"].isin(loose),
            "follow_up": points["focal_point_id"].isin(asked),
        }
    )
    score = engagement_scores(parts).round(6)
    rows = points.to_dict("records")
    stops = gpd.GeoDataFrame(
        {
            "stop_id": points["focal_point_id"].astype(str),
            "kind": "focal point",
            "name": points["name"].astype(str),
            "hotspot_score": 0.0,
            "engagement_score": score,
            "radius_m": RADIUS_M,
            "why": [
                _why(gap, part, loose.get(row["focal_point_id"]), one)
                for gap, part, row, one in zip(own, parts.to_dict("records"), rows, score, strict=True)
            ],
            "record": [_record(row) for row in rows],
            "contact": [_contact(row) for row in rows] if contacts else "",
            "communities": text(points, "communities").fillna("").astype(str),
            "service_times": text(points, "service_times").fillna("").astype(str),
            "questions": [
                "\n".join(three_questions("focal point", _reasons(gap, part)))
                for gap, part in zip(own, parts.to_dict("records"), strict=True)
            ],
            "incidents": 0,
            "share": 0.0,
        },
        geometry=points.geometry.to_numpy(),
        crs=points.crs,
    )
    return stops, notes


def _gaps(result: EngagementResult) -> dict[tuple[str, str, str], list[EngagementGap]]:
    """Return the gaps that count, by level, community and ward ("" where it is not of one)."""
    found: dict[tuple[str, str, str], list[EngagementGap]] = {}
    for row in result.findings.itertuples():
        if row.flag not in GAPS:
            continue
        if row.level == WARD:
            key = (WARD, "", str(row.ward_code))
        else:
            key = (COMMUNITY, str(row.subject).removesuffix(_RESIDENTS), "")
        found.setdefault(key, []).append(EngagementGap(str(row.flag), str(row.sentence)))
    # of a community in one ward only what was never done or too little: the numbers are small
    cells = result.table[result.table["level"] == CELL]
    for row in cells[cells["flag"].isin(["never_reached", "under_engaged"])].itertuples():
        whom = f"{row.community}{_RESIDENTS} in {row.ward_name}"
        said = (
            f"The log has no meeting with {whom}."
            if row.events == 0
            else f"The team meets {whom} less than their share: {counted(int(row.events), 'meeting')}, where "
            f"{row.expected:,.0f} would have been an equal share."
        )
        found.setdefault((CELL, str(row.community), str(row.ward_code)), []).append(EngagementGap(str(row.flag), said))
    return found


def _gap_of(row: dict[str, Any], gaps: dict[tuple[str, str, str], list[EngagementGap]]) -> EngagementGap | None:
    """Return the gap of a focal point that is worth most; of equal ones that of its communities before its ward's."""
    ward = row["ward_code"] if isinstance(row.get("ward_code"), str) else ""
    named = row.get("communities")
    names = sorted({part.strip() for part in named.split(";")} - {""}) if isinstance(named, str) else []
    keys = [(COMMUNITY, name, "") for name in names] + [(CELL, name, ward) for name in names] + [(WARD, "", ward)]
    every = [gap for key in keys for gap in gaps.get(key, [])]
    return max(every, key=lambda gap: GAPS[gap.flag]) if every else None


def _loose_ends(answers: list[Answer]) -> dict[str, pd.Timestamp]:
    """Return the day by which a review was due, for the focal points where it is overdue."""
    for one in answers:
        if one.name == "loose_ends":
            late = one.table[one.table["review_overdue"].astype(bool)]
            return dict(zip(late["focal_point_id"], late["review_by"], strict=True))
    return {}


def _unasked(answers: list[Answer]) -> set[str]:
    """Return the focal points for which somebody invited did not come several times and nobody asked why."""
    for one in answers:
        if one.name == "who_to_ask":
            points = one.table.loc[one.table["unasked"] > 0, "focal_point_id"].dropna()
            return {part for cell in points for part in str(cell).split(";")}
    return set()


def _why(gap: EngagementGap | None, part: dict[str, Any], review_by: pd.Timestamp | None, score: float) -> str:
    """Return why to go there. What is missing is the team's to do; a community is never at fault."""
    more = []
    if part["no_spoc"]:
        more.append("no contact person is named for this place")
    if part["review_overdue"] and review_by is not None:
        more.append(f"our review was due on {review_by.day} {review_by:%B %Y}")
    if part["follow_up"]:
        more.append("we have not asked an invited member why they could not come")
    said = f"{'; '.join(more)}." if more else ""
    said = f"{said[:1].upper()}{said[1:]}"
    reasons = " ".join(one for one in (gap.sentence if gap else "", said) if one)
    return f"{reasons or 'Nothing is missing here on record.'} Engagement score {score:.2f} of 1."


def _record(row: dict[str, Any]) -> str:
    events = int(row["events"])
    if not events:
        return "No engagement at this place is on record."
    last = row["last_date"]
    return f"{counted(events, 'engagement')} here on record, the last on {last.day} {last:%B %Y}."


def _contact(row: dict[str, Any]) -> str:
    parts = [row.get(name) for name in ("spoc", "spoc_role")]
    return ", ".join(part for part in parts if isinstance(part, str) and part)


def _reasons(gap: EngagementGap | None, part: dict[str, Any]) -> set[str]:
    return ({gap.flag} if gap else set()) | {name for name in ("no_spoc", "review_overdue", "follow_up") if part[name]}


def _are(number: int, one: str, many: str) -> str:
    return f"1 {one} is" if number == 1 else f"{number:,} {many} are"


def _have(number: int) -> str:
    return f"{counted(number, 'focal point')} {'has' if number == 1 else 'have'}"
