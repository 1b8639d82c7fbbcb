"""The page of each reader, let out by its profile first: what it may not show is not in it."""

from __future__ import annotations

import html
import re
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import pandas as pd

from geo.errors import counted
from study.settings import PROFILES_OF, GroundSettings, IncidentSettings, PageSettings, SettingError

if TYPE_CHECKING:
    from geo.disclosure.profiles import Profile
    from maps.markup import Html
    from maps.page import About
    from study.study import Study


# what a partner reads of what was taken out: not how our files name it
_NAMES_COLUMNS = re.compile(r"columns left out:|^Left out whole:")
_FOR_PARTNERS = "Made for partners: single reports, trends and all that is known of people are left out."


@dataclass(frozen=True, repr=False)
class Page:
    """A finished page. ``map``: the folium Map; ``headline``: its first sentence; ``sentences``: on what was taken out,
    for whoever made it; ``still``: what a plainer map of the same is drawn from where there is no browser; ``profile``:
    for whom it was let out; ``made_with``: what the pages of later months keep, for the release log; ``close_ups``:
    whether a report of it shows the first hot spots at street level.
    """

    map: Any
    headline: str
    sentences: list[str] = field(default_factory=list)
    still: Mapping[str, Any] = field(default_factory=dict)
    profile: Profile | None = None
    made_with: Mapping[str, Any] = field(default_factory=dict)
    close_ups: bool = True

    def __repr__(self) -> str:
        """Return the headline: a page is long."""
        return f"<Page: {self.headline}>"

    @property
    def headline_html(self) -> str:
        """The headline, safe inside HTML."""
        return html.escape(self.headline)

    def save(self, path: str | Path) -> None:
        """Write the page: one file that needs no network."""
        from maps.figure import save_page

        save_page(self.map, path)

    def _repr_html_(self) -> str:
        """The page itself, in a frame of its own, in a notebook."""
        from maps.figure import page_html

        source = html.escape(page_html(self.map), quote=True)
        return (
            f'<iframe srcdoc="{source}" style="width:100%;height:600px;border:0" title="{self.headline_html}"></iframe>'
        )


class Ground(NamedTuple):
    """What lies below a map: ``base_map`` from files, ``tiles`` from a server; None for nothing."""

    base_map: Mapping[str, gpd.GeoDataFrame] | None
    tiles: Any


def about(study: Study, **more: Any) -> About:
    """Return what every page says about itself; ``more``: title, headline, period, evidence ..."""
    from maps.page import About

    settings, reports = study.project.settings, study.said.reports
    words: dict[str, Any] = {
        "headline": "",
        "period": "",
        "source": settings.get("source") or "",
        "made_on": time.strftime("%Y-%m-%d"),
        "notes": study.said.notes,
        "attribution": settings.get("attribution") or [line for report in reports for line in report.attribution],
    }
    return About(**{**words, **{name: value for name, value in more.items() if value is not None}})


def what(study: Study) -> str:
    """Return what is counted, in words: reports of anti-social behaviour."""
    from geo.hotspots.words import describe_types

    return describe_types(study.settings(IncidentSettings).crime_type)


def when(study: Study) -> str:
    """Return the months covered, in words; nothing where there are no incidents."""
    from geo.hotspots.words import describe_period

    return describe_period(study.months) if study.months else ""


def _source(study: Study, layer: str) -> str:
    """Return where a layer comes from, in words; what geo.toml says of the project stands above it."""
    named = study.project.settings.get("source")
    own = [report.source() for report in study.said.reports if report.layer == layer]
    return named or (own[0] if own else "")


def hotspots_page(study: Study, chosen: PageSettings) -> Page:
    """Return the page of ``geo hotspots``: outlines, incidents and the ranked table, for use inside the team."""
    from geo.hotspots.words import PARAMETER_WORDS, headline, red_flags
    from maps.hotspots import hotspots_map
    from study.workshop import felt_unsafe

    result = study.hotspots
    for flag in red_flags(result):
        study.said.warn(flag)
    felt = felt_unsafe(study)
    sentence = headline(result, what=what(study), where=study.name, when=when(study))
    words = about(
        study,
        title=f"Hot spots of {what(study)}, {study.name}",
        headline=sentence,
        period=when(study),
        source=_source(study, "incidents"),
        parameters=[(PARAMETER_WORDS[one.name], one.text, one.reason) for one in result.parameters],
        evidence=[*result.evidence, *felt.sentences],
    )
    ground = ground_of(study, chosen)
    page = hotspots_map(
        result.hotspots, result.incidents, result.wards, words, base_map=ground.base_map, tiles=ground.tiles
    )
    return Page(page, sentence, still={"wards": study.wards, "about": words, "hotspots": result.hotspots})


def engagement_page(study: Study, chosen: PageSettings) -> Page:
    """Return the page of ``geo engagement``: gaps in order, every question with its table, for use inside the team."""
    from geo.engagement.result import describe_days, headline, parameters_in_words
    from maps.engagement import engagement_page as drawn

    result = study.engagement
    sentence = headline(result, where=study.name)
    words = about(
        study,
        title=f"Who is heard, {study.name}",
        headline=sentence,
        period=describe_days(result),
        source=_source(study, "engagements"),
        parameters=parameters_in_words(result),
        evidence=[answer.sentence for answer in result.answers[:3]],
    )
    page = drawn(
        result.wards,
        result.findings,
        result.answers,
        words,
        hotspots=result.hotspots,
        focal_points=result.focal_points,
        base_map=ground_of(study, chosen).base_map,
    )
    still = {"wards": study.wards, "about": words, "hotspots": result.hotspots}
    return Page(page, sentence, still=still, close_ups=False)


def analyst_page(study: Study, chosen: PageSettings) -> Page:
    """Return the analyst's page: everything there is, for use inside the team."""
    from geo.disclosure.release import release
    from maps.analyst import analyst_map

    found, met = study.hotspots, _met(study)
    profile, ground, notes = _profile(chosen), ground_of(study, chosen), study.notes
    layers = {
        "hotspots": found.hotspots,
        "incidents": found.incidents,
        "wards": _wards(study),
        "focal_points": study.layers["focal_points"] if met is None else met.focal_points,
        "engagements": None if met is None else met.engagements,
        "workshop_notes": notes,
    }
    out = release({name: layer for name, layer in layers.items() if layer is not None}, profile)
    said = _said(study)
    words = about(
        study,
        title=f"{study.name}: anti-social behaviour{'' if met is None else ' and engagement'}",
        headline=said[0],
        period=when(study),
        source=_source(study, "incidents"),
        evidence=[*said[1:], *found.evidence],
    )
    page = analyst_map(
        out.layers["hotspots"],
        out.layers["incidents"],
        out.layers["wards"],
        words,
        findings=None if met is None else met.findings,
        focal_points=out.layers.get("focal_points"),
        engagements=out.layers.get("engagements"),
        answers=[] if met is None else met.answers,
        notes=out.layers.get("workshop_notes"),
        base_map=ground.base_map,
        tiles=ground.tiles,
    )
    return Page(page, said[0], out.taken_out, _still(out.layers, words), profile)


def inspector_page(study: Study, chosen: PageSettings) -> Page:
    """Return the inspector's page; under the profile ``partner`` it is made from rounded counts, without trends."""
    from geo.briefing import briefing, headline
    from geo.disclosure.release import release
    from maps.inspector import inspector_map

    found, met = study.hotspots, _met(study)
    profile, ground = _profile(chosen), ground_of(study, chosen)
    internal = profile.name == "internal"
    points = study.layers["focal_points"] if met is None else met.focal_points
    layers = {"hotspots": found.hotspots, "incidents": found.incidents, "wards": _wards(study), "focal_points": points}
    out = release({name: layer for name, layer in layers.items() if layer is not None}, profile)
    brief = briefing(
        out.layers["hotspots"],
        out.layers.get("incidents"),
        study.months,
        focal_points=out.layers.get("focal_points"),
        last_met=_last_met(study, points) if internal else None,
        spoc_names=chosen.contacts and internal,
    )
    findings = met.findings if met is not None and internal else None
    words = about(study, title=f"{study.name}: briefing", period=when(study), source=_source(study, "incidents"))
    if internal:
        total = len(found.incidents)
        sentence = headline(found.hotspots, total, what=what(study), where=study.name, findings=findings)
        words = replace(words, headline=sentence, evidence=_said(study)[1:])
    else:
        told = [sentence for sentence in out.taken_out if not _NAMES_COLUMNS.search(sentence)]
        words = replace(words, headline=_without_counts(study), evidence=[_FOR_PARTNERS, *told], notes=())
    page = inspector_map(
        out.layers["wards"],
        out.layers["hotspots"],
        brief.spots,
        brief.change,
        words,
        findings=findings,
        calls=brief.calls,
        base_map=ground.base_map,
        tiles=ground.tiles,
        shared=not internal,
    )
    lines = [f"{row.rank} {row.name}: {row.when} {row.why} {row.doubt}".rstrip() for row in brief.spots.itertuples()]
    still = _still(out.layers, words, places=brief.calls, lines=lines)
    return Page(page, words.headline, out.taken_out, still, profile)


def _last_met(study: Study, points: gpd.GeoDataFrame | None) -> pd.Series | None:
    """Return days since each focal point was last visited, by its id."""
    from geo.engagement.reach import touched

    met = _met(study)
    if met is None or points is None:
        return None
    seen = touched(points, met.engagements, as_of=study.day.date())
    return seen.set_index("focal_point_id")["days_since_last"]


def workshop_page(study: Study, chosen: PageSettings) -> Page:
    """Return the page that is handed out at a workshop: no incident is on it, and no word of a note."""
    from geo.area import assign_wards
    from study.release import first_made
    from study.workshop_page import workshop_page as made_of

    profile = _profile(chosen)
    first = first_made(study, chosen.by)
    words = about(study, title=f"{study.name}: briefing", source=_source(study, "incidents"))
    incidents = assign_wards(study.incidents, study.wards)
    made = made_of(
        incidents,
        study.wards,
        area=study.name,
        months=study.months,
        source=words.source or _source(study, "incidents"),
        made_on=words.made_on,
        made_by=chosen.made_by,
        attribution=words.attribution,
        notes=study.notes,
        language=chosen.language,
        words=_words(chosen),
        by=chosen.by,
        width_m=first.get("width_m"),
        edges=first.get("edges"),
        profile=profile,
        base_map=ground_of(study, chosen).base_map,
    )
    still = _still(made.layers, replace(words, headline=made.headline))
    made_with = {"area": study.name, **made.made_with}
    return Page(made.page, made.headline, made.sentences, still, profile, made_with)


def _words(chosen: PageSettings) -> dict[str, Any] | None:
    """Return the words of one's own, and who has read them; a draft is refused for the public."""
    from maps.languages import strings

    own = own_words(chosen.words)
    words = {**(own or {}), "read_by": chosen.read_by} if chosen.read_by else own
    if chosen.profile == "public" and strings(chosen.language, words).draft:
        raise SettingError(
            "read-by",
            f"the words in {chosen.language!r} are a draft that nobody who speaks the language has read.",
            'Have them read, and write read-by = "NAME" under [map] in geo.toml; --words FILE replaces sentences.',
        )
    return words


def workshop_wall(study: Study, chosen: PageSettings) -> Html:
    """Return the wall map that goes with the workshop page: the smallest squares that a hand can write by."""
    from layers.notes.sheets import sheet_over
    from maps.languages import strings
    from maps.wall import LEAST_SQUARE_MM, SQUARES_M, layout, wall_page

    assert chosen.wall is not None
    bounds = tuple(study.wards.total_bounds)
    scale = layout(bounds, chosen.wall).mm_per_m
    size_m = next((size for size in SQUARES_M if size * scale >= LEAST_SQUARE_MM), SQUARES_M[-1])
    words = about(study, title="", source=_source(study, "incidents"))
    return wall_page(
        study.wards,
        sheet_over(bounds, size_m),
        paper=chosen.wall,
        area=study.name,
        strings=strings(chosen.language, _words(chosen)),
        base_map=ground_of(study, chosen).base_map,
        attribution=words.attribution,
    )


MAKERS: dict[str, Callable[[Any, PageSettings], Page]] = {
    "hotspots": hotspots_page,
    "engagement": engagement_page,
    "analyst": analyst_page,
    "inspector": inspector_page,
    "workshop": workshop_page,
}


def own_words(path: str | None) -> dict[str, Any] | None:
    """Return the contents of a strings file of one's own. Raises SettingError for a file that is not TOML."""
    if path is None:
        return None
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingError("words", f"words {path}: not a strings file ({error}).") from None


def _profile(chosen: PageSettings) -> Profile:
    from geo.disclosure.profiles import profile_named

    assert chosen.audience is not None
    return profile_named(chosen.profile or PROFILES_OF[chosen.audience][0])


def ground_of(study: Study, chosen: PageSettings) -> Ground:
    """Return what lies below the map, as the settings name it; else the project's streets."""
    from maps.tiles import Tiles

    server = Tiles(chosen.tiles, chosen.tiles_attribution or "") if chosen.tiles else None
    streets = study.path("streets")
    named = streets if isinstance(streets, list | tuple) else [streets] if streets else []
    sources = study.settings(GroundSettings).base_map or ([str(one) for one in named] if server is None else [])
    if not sources:
        return Ground(None, server)
    return Ground(study.base_map(tuple(sources)), server)


def _still(layers: Mapping[str, Any], words: About, **more: Any) -> dict[str, Any]:
    return {"wards": layers["wards"], "about": words, "hotspots": layers.get("hotspots"), **more}


def _met(study: Study) -> Any:
    """Return the engagement result; None, with a warning where focal points cannot be judged, without a log."""
    if study.has_log:
        return study.engagement
    if study.layers["focal_points"] is not None:
        study.said.warn("Focal points were read, but without a log (engagements) nobody can tell who has not been met.")
    return None


def _wards(study: Study) -> gpd.GeoDataFrame:
    met = _met(study)
    wards: gpd.GeoDataFrame = study.hotspots.wards if met is None else met.wards
    return wards


def _said(study: Study) -> list[str]:
    """Return the headline of the hot spots, then that of engagement where it is known."""
    from geo.engagement.result import headline as met_headline
    from geo.hotspots.words import headline

    spots = headline(study.hotspots, what=what(study), where=study.name, when=when(study))
    met = _met(study)
    return [spots] if met is None else [spots, met_headline(met, where=study.name)]


def _without_counts(study: Study) -> str:
    firm = int((~study.hotspots.hotspots["could_be_chance"].astype(bool)).sum())
    return f"{counted(firm, 'hot spot')} beyond chance in {study.name}, {when(study)}."
