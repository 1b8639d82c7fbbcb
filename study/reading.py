"""The layers of a project, read together: each checked against the others, each row accounted for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from geo.errors import counted
from study.choices import ENGAGEMENT_LAYERS
from study.events import Listener

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from layers.project import Project
    from layers.reading.report import ReadReport

# tables whose rows name a ward, and the function of the module of the same name that reads them
_BY_WARD = ("communities", "priorities", "surveys", "deprivation", "registers")
_LAYERS = tuple(name for name in ENGAGEMENT_LAYERS if name != "lookup")


class StudyArea(NamedTuple):
    """``every``: all wards of the files; ``wards``: those under study; ``name``: what to call them."""

    every: gpd.GeoDataFrame
    wards: gpd.GeoDataFrame
    name: str


def read_area(
    run: Listener,
    wards: tuple[str, ...],
    area: tuple[str, ...],
    *,
    crs: str | None,
    metric_crs: str | None,
    columns: Mapping[str, Mapping[str, str]],
) -> StudyArea:
    """Return the wards and the study area picked from them, and say which."""
    from geo.area import area_name, select_area
    from layers.wards import read_wards

    every, report = read_wards(wards, crs=crs, metric_crs=metric_crs, columns=columns.get("wards"))
    chosen = select_area(every, area)
    name = area_name(chosen, area)
    run.report(report)
    run.say(f"  Study area: {name}, {counted(len(chosen), 'ward')}, measured in {chosen.crs.name}.")
    return StudyArea(every, chosen, name)


def read_layers(
    run: Listener,
    paths: Mapping[str, str | None],
    area: StudyArea,
    project: Project,
    *,
    lookup: str | None = None,
    diary: tuple[str, ...] = (),
    since: str | None = None,
    until: str | None = None,
    encoding: str | None = None,
    today: pd.Timestamp | None = None,
) -> dict[str, Any]:
    """Return the engagement layers named in ``paths`` ({layer: file or None}), restricted to the study area.

    ``diary``: timetables of repeated visits, expanded from ``since`` to ``until`` and added to the log.

    Wards outside the area are known all the same: their rows are counted as elsewhere, not as errors. Focal points and
    engagements come as they are: the analysis places them.
    """
    from layers.attendance import read_attendance
    from layers.communities import read_communities
    from layers.context import read_context
    from layers.deprivation import read_deprivation
    from layers.engagements import read_engagements
    from layers.focal_points import read_focal_points
    from layers.log.diary import read_diary
    from layers.lookups import read_lookup
    from layers.priorities import read_priorities
    from layers.registers import read_registers
    from layers.surveys import read_surveys

    found: dict[str, Any] = dict.fromkeys(_LAYERS)
    table = None
    if lookup is not None:
        table, report = read_lookup(lookup)
        run.report(report)
    crs = area.wards.crs

    def options(name: str) -> dict[str, Any]:
        return {"columns": project.columns.get(name), "encoding": encoding}

    def keep(name: str, frame: Any, report: ReadReport) -> None:
        found[name] = frame
        run.report(report)

    def path_of(name: str) -> str | None:
        return paths.get(name)

    if (path := path_of("focal_points")) is not None:
        keep(
            "focal_points",
            *read_focal_points(
                path, metric_crs=crs, community_names=project.community_names, **options("focal_points")
            ),
        )
    if (path := path_of("engagements")) is not None:
        points = found["focal_points"]
        keep(
            "engagements",
            *read_engagements(
                path,
                focal_points=points,
                wards=area.every,
                metric_crs=crs,
                today=today,
                community_names=project.community_names,
                **options("engagements"),
            ),
        )
    if diary:
        assert since is not None, "a timetable has no first day of its own"
        assert until is not None
        visits, report = read_diary(diary, since=since, until=until, metric_crs=crs, encoding=encoding)
        logged = found["engagements"]
        keep("engagements", visits if logged is None else _together(logged, visits), report)
    if (path := path_of("attendance")) is not None:
        keep("attendance", *read_attendance(path, engagements=found["engagements"], **options("attendance")))
    day = None if today is None else today.date()
    readers: dict[str, Any] = {
        "communities": lambda path: read_communities(path, wards=area.every, lookup=table, **options("communities")),
        "priorities": lambda path: read_priorities(path, wards=area.every, today=day, **options("priorities")),
        "surveys": lambda path: read_surveys(path, wards=area.every, today=day, **options("surveys")),
        "registers": lambda path: read_registers(path, wards=area.every, **options("registers")),
        "deprivation": lambda path: read_deprivation(path, wards=area.every, lookup=table, **options("deprivation")),
        "context": lambda path: read_context(path, **options("context")),
    }
    for name, read in readers.items():
        if (path := path_of(name)) is not None:
            keep(name, *read(path))
    for name in _BY_WARD:
        if found[name] is not None:
            found[name] = _inside(run, name, found[name], area)
    return found


def _together(logged: gpd.GeoDataFrame, visits: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a log and planned visits as one log."""
    import pandas as pd

    return pd.concat([logged, visits], ignore_index=True)


def _inside(run: Listener, name: str, frame: Any, area: StudyArea) -> Any:
    """Return the rows of the study area's wards."""
    here = frame["ward_code"].isin(area.wards["ward_code"])
    if not here.all():
        run.say(
            f"  {name.capitalize()}: {counted(int((~here).sum()), 'row')} of wards outside the study area left out."
        )
    return frame[here].reset_index(drop=True)
