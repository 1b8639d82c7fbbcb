"""The layers of a project, read together: each checked against those before it, each row accounted for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from geo.errors import counted
from layers import registry
from layers.prepared import is_prepared, rows_held
from layers.reading.sniff import rows_about
from study.events import Listener

if TYPE_CHECKING:
    import geopandas as gpd

    from layers.project import Project
    from study.settings import AreaSettings, EngagementSettings


# measured on 300,000 reports, of which all were counted (of which two fifths were: half): what a run holds, by row
_ANYWAY, _BY_ROW = 230e6, 1_000.0
# more than this is said before a run begins
_MUCH = 1e9
_MEMORY = Path("/proc/meminfo")


class StudyArea(NamedTuple):
    """``every``: all wards of the files; ``wards``: those under study; ``name``: what to call them."""

    every: gpd.GeoDataFrame
    wards: gpd.GeoDataFrame
    name: str


def memory_needed(path: str) -> str | None:
    """Return a sentence on the memory that hot spots of these reports take, where it is much or more than is free."""
    needed = _ANYWAY + _BY_ROW * (rows_held(path) if is_prepared(path) else rows_about(Path(path)))
    free = _free_memory()
    if needed <= min(_MUCH, free):
        return None
    told = f"{path}: so many reports take up to about {needed / 1e9:,.1f} GB of memory"
    if needed <= free:
        return f"{told}."
    return f"{told}, and {free / 1e9:,.1f} GB are free. Fewer types (--crime-type) or months (--since) take less."


def _free_memory() -> float:
    """Return the bytes of memory that are free, as the system says; endless where it does not."""
    try:
        lines = dict(line.split(":") for line in _MEMORY.read_text(encoding="ascii").splitlines())
        return float(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, ValueError, KeyError):
        return float("inf")


def read_area(listener: Listener, wards: Sequence[str], chosen: AreaSettings, project: Project) -> StudyArea:
    """Return the wards and the study area picked from them, and say which."""
    from geo.area import area_name, select_area
    from layers.wards import read_wards

    every, report = read_wards(
        tuple(wards), crs=chosen.wards_crs, metric_crs=chosen.metric_crs, columns=project.columns.get("wards")
    )
    listener.report(report)  # first: files of different years are what makes wards overlap
    here = select_area(every, chosen.area)
    name = area_name(here, chosen.area)
    listener.say(f"  Study area: {name}, {counted(len(here), 'ward')}, measured in {here.crs.name}.")
    return StudyArea(every, here, name)


def read_layers(
    listener: Listener,
    paths: Mapping[str, Any],
    area: StudyArea,
    project: Project,
    chosen: EngagementSettings,
    *,
    as_of: pd.Timestamp,
    zone: str | None,
) -> dict[str, Any]:
    """Return the engagement layers by name, those of the study area; None for those ``paths`` does not name.

    Timetables (``chosen.diary``) are expanded from ``chosen.since`` to ``as_of`` and added to the log. Wards outside
    the area are known all the same: their rows are counted as elsewhere, not as errors. Focal points and engagements
    come as they are: the analysis places them.
    """
    context = registry.Context(
        metric_crs=area.wards.crs,
        columns=project.columns,
        encoding=chosen.encoding,
        today=max(as_of, pd.Timestamp.now()).date(),
        community_names=project.community_names,
        layers={"wards": area.every},
        zone=zone,
    )
    found: dict[str, Any] = {}
    for name in registry.names():
        if "engagement" not in registry.layer(name).used_by or name in ("wards", "incidents"):
            continue
        frame = None
        if paths.get(name) is not None:
            frame, report = registry.read(name, paths[name], context)
            listener.report(report)
        if name == "engagements" and chosen.diary:
            frame = _with_diary(listener, frame, chosen, context, as_of)
        if frame is not None:
            context = context.having(name, frame)
            if registry.layer(name).by_ward:
                frame = _inside(listener, name, frame, area)
        found[name] = frame
    del found["lookup"]  # it translates areas for the others, and is no layer of its own
    return found


def _with_diary(
    listener: Listener,
    log: gpd.GeoDataFrame | None,
    chosen: EngagementSettings,
    context: registry.Context,
    as_of: pd.Timestamp,
) -> gpd.GeoDataFrame:
    """Return a log and the visits that timetables plan, as one log."""
    from layers.log.diary import read_diary

    assert chosen.since is not None, "a timetable has no first day of its own"
    visits, report = read_diary(
        chosen.diary,
        since=chosen.since,
        until=f"{as_of:%Y-%m-%d}",
        metric_crs=context.metric_crs,
        encoding=context.encoding,
    )
    listener.report(report)
    return visits if log is None else pd.concat([log, visits], ignore_index=True)


def _inside(listener: Listener, name: str, frame: Any, area: StudyArea) -> Any:
    """Return the rows of the study area's wards, and those of which no ward is known."""
    here = frame["ward_code"].isin(area.wards["ward_code"]) | frame["ward_code"].isna()
    if not here.all():
        listener.say(
            f"  {name.capitalize()}: {counted(int((~here).sum()), 'row')} of wards outside the study area left out."
        )
    return frame[here].reset_index(drop=True)
