"""The page of each audience, from what was found, let out by its profile first: what it may not show is not in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from console.analysis import Everything
from console.reading import StudyArea
from geo.errors import counted

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.disclosure.profiles import Profile
    from maps.page import About


class Ground(NamedTuple):
    """What lies below a map: ``base_map`` from files, ``tiles`` from a server; None for nothing."""

    base_map: Mapping[str, gpd.GeoDataFrame] | None
    tiles: Any


class Page(NamedTuple):
    """``page``: the folium Map; ``headline``; ``sentences``: on what was taken out, for whoever made it; ``still``:
    what a plainer map of the same is drawn from where there is no browser (``maps.still.still_map``).
    """

    page: Any
    headline: str
    sentences: list[str]
    still: dict[str, Any]


def analyst_page(
    found: Everything,
    study: StudyArea,
    about: About,
    profile: Profile,
    ground: Ground,
    notes: gpd.GeoDataFrame | None,
    *,
    what: str,
) -> Page:
    """Return the analyst's page: everything there is, for use inside the team."""
    from dataclasses import replace

    from geo.disclosure.release import release
    from maps.analyst import analyst_map

    assert found.hotspots is not None
    met = found.engagement
    layers = {
        "hotspots": found.hotspots.hotspots,
        "incidents": found.hotspots.incidents,
        "wards": _wards(found),
        "focal_points": found.layers["focal_points"] if met is None else met.focal_points,
        "engagements": None if met is None else met.engagements,
        "workshop_notes": notes,
    }
    out = release({name: layer for name, layer in layers.items() if layer is not None}, profile)
    said = _said(found, study, what)
    about = replace(about, headline=said[0], evidence=[*said[1:], *found.hotspots.evidence])
    page = analyst_map(
        out.layers["hotspots"],
        out.layers["incidents"],
        out.layers["wards"],
        about,
        findings=None if met is None else met.findings,
        focal_points=out.layers.get("focal_points"),
        engagements=out.layers.get("engagements"),
        answers=[] if met is None else met.answers,
        notes=out.layers.get("workshop_notes"),
        base_map=ground.base_map,
        tiles=ground.tiles,
    )
    return Page(page, said[0], out.taken_out, _still(out.layers, about))


def inspector_page(
    found: Everything,
    study: StudyArea,
    about: About,
    profile: Profile,
    ground: Ground,
    *,
    as_of: str,
    what: str,
    contacts: bool,
) -> Page:
    """Return the inspector's page; under the profile ``partner`` it is made from rounded counts, without trends."""
    from dataclasses import replace

    import pandas as pd

    from geo.briefing import briefing, headline
    from geo.disclosure.release import release
    from geo.engagement.reach import touched
    from maps.inspector import inspector_map

    assert found.hotspots is not None
    internal = profile.name == "internal"
    met = found.engagement
    points = found.layers["focal_points"] if met is None else met.focal_points
    last_met = None
    if met is not None and points is not None:
        seen = touched(points, met.engagements, as_of=pd.Timestamp(as_of).date())
        last_met = seen.set_index("focal_point_id")["days_since_last"]
    layers = {
        "hotspots": found.hotspots.hotspots,
        "incidents": found.hotspots.incidents,
        "wards": _wards(found),
        "focal_points": points,
    }
    out = release({name: layer for name, layer in layers.items() if layer is not None}, profile)
    brief = briefing(
        out.layers["hotspots"],
        out.layers.get("incidents"),
        found.months,
        focal_points=out.layers.get("focal_points"),
        last_met=last_met if internal else None,
        spoc_names=contacts and internal,
    )
    findings = met.findings if met is not None and internal else None
    if internal:
        total = len(found.hotspots.incidents)
        sentence = headline(found.hotspots.hotspots, total, what=what, where=study.name, findings=findings)
        about = replace(about, headline=sentence, evidence=_said(found, study, what)[1:])
    else:
        about = replace(about, headline=_without_counts(found, study), evidence=out.taken_out, notes=())
    page = inspector_map(
        out.layers["wards"],
        out.layers["hotspots"],
        brief.spots,
        brief.change,
        about,
        findings=findings,
        calls=brief.calls,
        base_map=ground.base_map,
        tiles=ground.tiles,
    )
    lines = [f"{row.rank} {row.name}: {row.when} {row.why}" for row in brief.spots.itertuples()]
    return Page(page, about.headline, out.taken_out, _still(out.layers, about, places=brief.calls, lines=lines))


def workshop_page(
    run: Any, incidents: str, study: StudyArea, project: Any, about: About, notes: gpd.GeoDataFrame | None, **how: Any
) -> tuple[Page, Any]:
    """Return the page that is handed out, and the report of reading its incidents."""
    from dataclasses import replace

    from console import options as opt
    from console.workshop_page import workshop_page as made_of
    from geo.area import assign_wards
    from layers.incidents import read_incidents

    points, report = read_incidents(
        incidents,
        metric_crs=study.wards.crs,
        columns=project.columns.get("incidents"),
        track=run.track,
        **opt.incident_settings(project),
    )
    run.report(report)
    made = made_of(
        assign_wards(points, study.wards),
        study.wards,
        area=study.name,
        months=report.months,
        source=about.source or report.source(),
        made_on=about.made_on,
        attribution=about.attribution or report.attribution,
        notes=notes,
        **how,
    )
    about = replace(about, headline=made.headline, source=about.source or report.source())
    return Page(made.page, made.headline, made.sentences, _still(made.layers, about)), report


def own_words(path: Any) -> dict[str, Any] | None:
    """Return the contents of a strings file of one's own. Raises UsageError for a file that is not TOML."""
    import tomllib

    if path is None:
        return None
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise click.UsageError(f"--words {path}: not a strings file ({error}).") from None


def _still(layers: Mapping[str, Any], about: About, **more: Any) -> dict[str, Any]:
    return {"wards": layers["wards"], "about": about, "hotspots": layers.get("hotspots"), **more}


def _wards(found: Everything) -> gpd.GeoDataFrame:
    assert found.hotspots is not None
    return found.hotspots.wards if found.engagement is None else found.engagement.wards


def _said(found: Everything, study: StudyArea, what: str) -> list[str]:
    """Return the headline of the hot spots, then that of engagement where it is known."""
    from geo.engagement.result import headline as met
    from geo.hotspots.words import describe_period, headline

    assert found.hotspots is not None
    spots = headline(found.hotspots, what=what, where=study.name, when=describe_period(found.months))
    return [spots] if found.engagement is None else [spots, met(found.engagement, where=study.name)]


def _without_counts(found: Everything, study: StudyArea) -> str:
    from geo.hotspots.words import describe_period

    assert found.hotspots is not None
    firm = int((~found.hotspots.hotspots["could_be_chance"].astype(bool)).sum())
    return f"{counted(firm, 'hot spot')} beyond chance in {study.name}, {describe_period(found.months)}."
