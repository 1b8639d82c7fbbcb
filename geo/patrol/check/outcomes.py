"""The outcome of each planned stop, as far as recorded walks show it.

``met``: visits long enough, as many as planned. ``partly met``: fewer. ``short``: there, but no visit long enough.
``not shown``: there, and the recording has a gap that may hide the rest. ``elsewhere``: a recording of the team ran at
the planned times, and nobody was inside. ``shared``: somebody was inside, and the minutes count for another stop whose
circle overlaps. ``no data``: nothing was recorded there, and nothing at the planned times.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.errors import counted, listed
from geo.patrol.check.walks import EPOCH, RecordedWalks, clipped, length

RETENTION = (
    "A recording shows where officers walk. Keep it inside the force, and delete it on the date that your retention "
    "rule sets."
)
_COVERED_S = 60.0  # a minute of a planned visit may be unrecorded
_FAR_M = 5_000.0
_COLUMNS = (
    "stop_id", "kind", "name", "planned_visits", "planned_minutes", "planned_from", "minutes", "unknown_minutes",
    "shared_minutes", "longest_minutes", "visits", "delivered_visits", "outcome", "radius_m", "geometry",
)  # fmt: skip


def judged(
    stops: pd.DataFrame,
    stays: list[dict[str, Any]],
    planned: pd.DataFrame,
    walks: RecordedWalks,
    walked: dict[str, dict[int, float]],
    min_visit_minutes: float,
) -> pd.DataFrame:
    """Return one row a planned stop with what was planned, what was shown, and its outcome.

    ``walked``: seconds inside by stop and walk. A walk belongs to the team at whose stops it was longest; where only
    one team is planned, every walk is its.
    """
    team_walks = _team_walks(planned, walks, walked)
    known = {team: walks.known_spans(np.array(sorted(ours), np.int64)) for team, ours in team_walks.items()}
    rows = []
    for stop in stops.to_dict("records"):
        wanted = planned[planned["stop_id"] == stop["stop_id"]]
        here = [stay for stay in stays if stay["stop_id"] == stop["stop_id"] and stay["in_plan"]]
        enough = sum(stay["counts"] for stay in here)
        row = {
            **stop,
            "planned_visits": len(wanted),
            "planned_minutes": float(wanted["dwell_minutes"].sum()),
            "planned_from": wanted["arrives"].min(),
            "longest_minutes": max((stay["minutes"] for stay in here), default=0.0),
            "visits": enough,
            "delivered_visits": min(enough, len(wanted)),
        }
        covered = all(
            length(clipped(known[visit["team"]], visit["_begin"], visit["_end"]))
            >= visit["_end"] - visit["_begin"] - _COVERED_S
            and len(known[visit["team"]])
            for visit in wanted.to_dict("records")
        )
        row["outcome"] = _outcome(row, here, covered, min_visit_minutes)
        rows.append(row)
    table = pd.DataFrame(rows, columns=[*_COLUMNS])
    for name in ("kind", "name"):
        table[name] = table[name].fillna("")
    return table.astype({"planned_visits": int, "visits": int, "delivered_visits": int, "minutes": float})


def _outcome(row: dict[str, Any], stays: list[dict[str, Any]], covered: bool, enough: float) -> str:
    if row["delivered_visits"] >= row["planned_visits"]:
        return "met"
    if row["delivered_visits"]:
        return "partly met"
    if stays:
        hidden = any(stay["unknown_minutes"] and stay["minutes"] + stay["unknown_minutes"] >= enough for stay in stays)
        return "not shown" if hidden else "short"
    if row["unknown_minutes"]:
        return "not shown"
    if row["shared_minutes"]:
        return "shared"
    return "elsewhere" if covered else "no data"


def _team_walks(
    planned: pd.DataFrame, walks: RecordedWalks, walked: dict[str, dict[int, float]]
) -> dict[Any, set[int]]:
    """Return the walks of each team, by where they spent most time; a walk near no stop belongs to none."""
    teams = sorted(planned["team"].unique())
    if len(teams) == 1:
        return {teams[0]: {int(walk) for walk in np.unique(walks.walk)}}
    time: dict[int, dict[Any, float]] = {}
    for team, stop in sorted({(row.team, row.stop_id) for row in planned.itertuples()}):
        for walk, seconds in walked[stop].items():
            spent = time.setdefault(walk, {})
            spent[team] = spent.get(team, 0.0) + seconds
    found: dict[Any, set[int]] = {team: set() for team in teams}
    for walk, spent in time.items():
        most = max(spent.values())
        best = [team for team, seconds in spent.items() if seconds == most]
        if most > 0 and len(best) == 1:  # a stop of two teams does not say whose walk it was
            found[best[0]].add(walk)
    return found


def sentences(
    stops: gpd.GeoDataFrame,
    stays: pd.DataFrame,
    gaps: pd.DataFrame,
    walks: RecordedWalks,
    hours: tuple[float, float],
    share: float,
    zone: str,
    enough: float,
    max_gap: float,
) -> list[str]:
    """Return what the recordings show, in words for the people who planned the patrol."""
    visits = int(stops["planned_visits"].sum())
    if not visits:
        return ["The plan has no visits to check.", RETENTION]
    said = []
    if np.isnan(share):
        said.append("The recordings say nothing about any planned visit: no data. This does not mean not patrolled.")
    else:
        said.append(
            f"The recordings show {int(stops['delivered_visits'].sum())} of {counted(visits, 'planned visit')} "
            f"({share:.0%}), each of {enough:g} minutes or more inside the stop's area."
        )
    for stop in stops[stops["outcome"].isin(["short", "not shown", "partly met"])].to_dict("records"):
        said.append(_stop_sentence(stop, enough))
    for stop in stops[stops["shared_minutes"] >= 1].to_dict("records"):
        said.append(
            f"{_name(stop)}: {_minutes(stop['shared_minutes'])} minutes inside count for another stop, whose area "
            "overlaps. Each minute counts once."
        )
    for outcome, words in (
        ("elsewhere", "A recording ran at the planned times and was elsewhere: {}."),
        ("no data", "No data for {}. A missing recording does not mean that nobody was there."),
    ):
        names = [_name(stop) for stop in stops[stops["outcome"] == outcome].to_dict("records")]
        if names:
            said.append(words.format(listed(names, 8)))
    said += _gap_sentences(gaps, walks, max_gap)
    outside = int((~stays["in_plan"] & stays["counts"]).sum())
    if outside:
        said.append(f"{counted(outside, 'visit')} outside the plan's hours, not counted for this plan.")
    said += _where(stops, walks, hours, zone)
    return [*said, RETENTION]


def _gap_sentences(gaps: pd.DataFrame, walks: RecordedWalks, max_gap: float) -> list[str]:
    """Return what is unknown, and why where the gaps begin and end at one place."""
    if not len(gaps):
        return []
    what = counted(len(gaps), "gap or pause", "gaps and pauses")
    if (gaps["minutes"] > max_gap).all():
        what = f"{counted(len(gaps), 'gap')} of more than {max_gap:g} minutes"
    said = [
        f"The recording has {what}, "
        f"{gaps['minutes'].sum():.0f} minutes in all. That time is unknown. It counts neither as there nor as away."
    ]
    standing = walks.gap[walks.gaps_at_one_place(max_gap * 60)]
    if len(standing):
        minutes = (walks.seconds[standing + 1] - walks.seconds[standing]).sum() / 60
        said.append(
            f"{counted(len(standing), 'gap')} ({minutes:.0f} minutes) began and ended at one place: the recorder seems "
            "to pause while nobody moves. Set it to a time interval (a fix every 10 seconds, say), not to a distance."
        )
    return said


def _stop_sentence(stop: dict[str, Any], enough: float) -> str:
    if stop["outcome"] == "partly met":
        return f"{_name(stop)}: {stop['delivered_visits']} of {counted(stop['planned_visits'], 'planned visit')} shown."
    there = f"{_name(stop)}: {_minutes(stop['minutes'])} minutes known"
    if stop["outcome"] == "not shown":
        return f"{there}, {_minutes(stop['unknown_minutes'])} unknown: not shown to meet {enough:g}."
    return f"{there}, the longest visit {_minutes(stop['longest_minutes'])}: less than {enough:g}."


def _where(stops: gpd.GeoDataFrame, walks: RecordedWalks, hours: tuple[float, float], zone: str) -> list[str]:
    """Return what explains a result without visits: another day, another place, a wrong clock."""
    if not len(walks.seconds):
        return []
    during = (walks.seconds >= hours[0]) & (walks.seconds <= hours[1])
    if not during.any():
        first = (EPOCH + pd.Timedelta(seconds=float(walks.seconds.min()))).tz_convert(zone)
        return [
            f"No fix lies in the plan's hours. The recording begins at {first:%H:%M on %d %B %Y}. "
            "Is it another shift's, or was the clock wrong?"
        ]
    centres = np.column_stack([stops.geometry.x, stops.geometry.y])
    nearest = min(float(np.hypot(*(walks.xy[during] - centre).T).min()) for centre in centres)
    if nearest > _FAR_M:
        return [f"The recording came no nearer than {nearest / 1000:.0f} km to any stop. Is it of another place?"]
    return []


def _minutes(minutes: float) -> str:
    """Return minutes to a tenth, rounded down: 9.96 must not read as 10 where it is short of 10."""
    return f"{np.floor(minutes * 10 + 1e-6) / 10:g}"


def _name(stop: dict[str, Any]) -> str:
    return f"{stop['stop_id']} {stop['name']}".strip() if stop["name"] != stop["stop_id"] else str(stop["stop_id"])
