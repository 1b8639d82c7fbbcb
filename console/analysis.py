"""What every page and plan begins with: hot spots and engagement of a project, found as its geo.toml says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from console import options as opt
from console.reading import StudyArea, read_layers
from console.talk import Run

if TYPE_CHECKING:
    from geo.engagement.result import EngagementResult
    from geo.hotspots import HotspotResult
    from layers.project import Project
    from layers.reading.report import ReadReport


class Reported(NamedTuple):
    """Hot spots, and how the incidents behind them were read."""

    result: HotspotResult
    report: ReadReport


class Everything(NamedTuple):
    """Hot spots where incidents, engagement where a log was given; ``layers``: of engagement, as read; ``reports``: of
    all readers.
    """

    hotspots: HotspotResult | None
    months: tuple[str, ...]
    engagement: EngagementResult | None
    layers: dict[str, Any]
    reports: list[ReadReport]


def find_reported(run: Run, incidents: str, study: StudyArea, project: Project) -> Reported:
    """Return the hot spots that ``geo hotspots`` would find in this project: [hotspots] of geo.toml decides how."""
    from geo.hotspots import find_hotspots
    from geo.hotspots.mix import WEIGHTS
    from layers.incidents import read_incidents

    with run.step("read incidents"):
        points, report = read_incidents(
            incidents,
            metric_crs=study.wards.crs,
            columns=project.columns.get("incidents"),
            track=run.track,
            **opt.incident_settings(project),
        )
    run.report(report)
    with run.step("hot spots"), run.working("Finding hot spots"):
        result = find_hotspots(
            points,
            study.wards,
            months=report.months,
            map_points=report.map_points,
            type_weights=project.impact or WEIGHTS,
            **opt.hotspot_settings(project),
        )
    return Reported(result, report)


def find_everything(
    run: Run, incidents: str | None, paths: Mapping[str, str | None], study: StudyArea, project: Project, *, as_of: str
) -> Everything:
    """Return hot spots and, where ``paths`` names a log, engagement up to ``as_of``, as geo.toml has them found."""
    import pandas as pd

    from geo.engagement.answers.questions import Layers
    from geo.engagement.result import measure_engagement

    day = pd.Timestamp(as_of)
    read = read_layers(
        run, paths, study, project, lookup=paths.get("lookup"), until=as_of, today=max(day, pd.Timestamp.now())
    )
    reports = [study.report, *read.reports]
    found = None if incidents is None else find_reported(run, incidents, study, project)
    if found is not None:
        reports.append(found.report)
        read.layers.update(incidents=found.result.incidents, hotspots=found.result.hotspots)
    engagement = None
    if read.layers["engagements"] is None and read.layers["focal_points"] is not None:
        run.warn("Focal points were read, but without a log (--engagements) nobody can tell who has not been met.")
    if read.layers["engagements"] is not None:
        layers = Layers(wards=study.wards, **read.layers)
        with run.step("engagement"), run.working("Measuring engagement"):
            engagement = measure_engagement(layers, as_of=day, **opt.engagement_settings(project))
        for note in engagement.notes:
            run.warn(note)
    if found is None:
        return Everything(None, (), engagement, read.layers, reports)
    return Everything(found.result, found.report.months, engagement, read.layers, reports)
