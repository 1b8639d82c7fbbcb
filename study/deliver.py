"""The files of a result: written all or none, with the record of the run as the last of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from geo.errors import GeoError, counted
from study.choices import COMMANDS
from study.pages import Page, engagement_page, hotspots_page
from study.release import allowed_in, release_log_of, remedy, remember, rules_of, write_copy
from study.settings import (
    PROFILES_OF,
    HotspotFileSettings,
    OutSettings,
    PageSettings,
    PictureSettings,
    PlanSettings,
    PrepareSettings,
    ReaderSettings,
)

if TYPE_CHECKING:
    from geo.disclosure.profiles import Profile
    from layers.writing.workbook import Sheet
    from study.pictures import Kind
    from study.study import Study

Writer = Callable[[Path], None]
_PICTURES = (".png", ".pdf", ".docx", ".pptx")


@dataclass
class Made:
    """What is ready to be written.

    ``files``: {name: how}, in their order; ``headline``, ``results``, ``parameters``: for the terminal and the record;
    ``value``: the result; ``page``: the one a picture can be taken of; ``sheets``: tables of a report; ``layers``:
    {name: {layer: table}} of the files of which copies can leave; ``keep``: {shared file: what makes its bytes, its
    lock held}, which change with them.
    """

    files: dict[str, Writer]
    headline: str
    results: Mapping[str, Any]
    parameters: Sequence[Mapping[str, Any]] = ()
    value: Any = None
    page: Page | None = None
    sheets: Sequence[Sheet] = ()
    layers: Mapping[str, Mapping[str, pd.DataFrame]] = field(default_factory=dict)
    keep: dict[Path, Callable[[Path], bytes]] = field(default_factory=dict)


@dataclass
class Output:
    """Something that can be written. ``command``: whose settings are recorded; ``names``: of its files, known before
    anything is computed, the record last; ``page``: the file that is a page; ``make``: does the work; ``leaves``: the
    files of which copies are written for readers outside; None: all of them, made for these readers.
    """

    command: str
    names: Sequence[str]
    make: Callable[[], Made]
    page: str = ""
    leaves: Sequence[str] | None = ()


class Delivered(NamedTuple):
    """``files``: what was written, the record last; ``made``: what it was written from; ``record``: of the run."""

    files: list[Path]
    made: Made
    record: dict[str, Any]


def deliver(study: Study, output: Output, out: OutSettings, *, key: str = "") -> Delivered:
    """Write an output into ``out.out``, all of its files or none, and return what was written.

    What exists and may not be replaced is refused before any work is done. For readers outside (a page that leaves the
    team, or ``--profile``) only what may leave is written: let out by the profile, audited, judged beside all that left
    before, and remembered in the release log; refused otherwise. ``key``: what it is made from, for the record.
    """
    from layers.writing.commit import Shared
    from layers.writing.run_record import for_outside
    from layers.writing.write import refuse_existing, staged, write_json

    folder, readers = Path(out.out), _readers(study, output)
    *files, last = _names(output, out, readers)
    refuse_existing(folder, [*files, last], out.overwrite)
    made = output.make()
    rules = None if readers == "internal" else _rules(study, made, readers)
    with (
        Shared() as shared,
        staged(folder, [*files, last], overwrite=out.overwrite, shared=shared) as stage,
        study.said.working("Writing"),
    ):
        with study.said.step("write"):
            for name in files:
                _write(study, made, output, stage / name, rules)
        _take_pictures(study, output, made, stage, files)
        record = _record(study, output, made, [stage / name for name in files])
        told = record if rules is None else for_outside(record)
        write_json(stage / last, told | ({"made_from": key} if key else {}))
        if rules is not None:
            leaving = {stage / name: stage / name for name in files if not name.endswith(_PICTURES)}
            remember(shared.keep(release_log_of(study)), leaving, rules, made.page.made_with if made.page else {})
        for path, bytes_of in made.keep.items():
            kept = shared.keep(path)
            kept.new = bytes_of(kept.path)
    return Delivered([folder / name for name in (*files, last)], made, record)


def _readers(study: Study, output: Output) -> str:
    """Return the name of the profile that the files are made for."""
    if output.leaves is None:  # a page is made for its audience
        chosen = study.settings(PageSettings)
        return chosen.profile or PROFILES_OF[str(Path(output.page).stem)][0]
    return study.settings(ReaderSettings).profile


def _rules(study: Study, made: Made, readers: str) -> Profile:
    own = made.page.profile if made.page is not None and made.page.profile is not None else None
    rules = rules_of(readers, allow=allowed_in(study))
    return rules if own is None else replace(own, allowed=rules.allowed)


def _names(output: Output, out: OutSettings, readers: str) -> list[str]:
    """Return the files that are written, the record last; GeoError where none of them may leave."""
    *files, last = output.names
    if readers == "internal" or output.leaves is None:
        return [*files, *picture_names(output, out), last]
    from geo.disclosure.profiles import profile_named

    columns = profile_named(readers).columns
    leaving = [name for name in output.leaves if name.endswith(".gpkg") or Path(name).stem in columns]
    if not leaving:
        raise GeoError(f"Nothing that geo {output.command} writes may leave as {readers}.", remedy(readers))
    return [*leaving, last]


def _write(study: Study, made: Made, output: Output, path: Path, rules: Profile | None) -> None:
    """Write one file, or its copy for readers outside; pictures are taken later."""
    if rules is not None and output.leaves is not None:
        for sentence in write_copy(path, made.layers[path.name], rules):
            study.said.say(f"  {path.name}: {sentence}")
    elif path.name in made.files:
        made.files[path.name](path)


def _record(study: Study, output: Output, made: Made, files: Sequence[Path]) -> dict[str, Any]:
    """Return the record of the run."""
    from layers.writing.run_record import run_record

    settings: dict[str, dict[str, Any]] = {}
    for cls in COMMANDS[output.command].uses:
        settings.setdefault(cls.section, {}).update(study.choices.record((cls,)))
    return run_record(
        command=[Path(sys.argv[0]).name, *sys.argv[1:]],
        reports=study.said.reports,
        options=study.choices.record(COMMANDS[output.command].settings),
        settings=settings,
        parameters=made.parameters,
        results=made.results,
        warnings=study.said.warnings,
        seconds=study.said.seconds,
        outputs=files,
    )


# --- what there is ----------------------------------------------------------------------------------------------------


WALL = "workshop_wall.html"
HOTSPOT_LAYERS = ("hotspots.gpkg", "hotspots.csv", "hotspots.geojson")


def hotspot_output(study: Study) -> Output:
    """Return the files of ``geo hotspots``."""
    names = (
        *("hotspots.html", "hotspots.gpkg", "hotspots.csv", "hotspots.xlsx", "hotspots.geojson"),
        *_also(study.settings(HotspotFileSettings)),
        *("set_aside.csv", "run.json"),
    )
    return Output("hotspots", names, lambda: _hotspots(study), page="hotspots.html", leaves=HOTSPOT_LAYERS)


def _also(chosen: HotspotFileSettings) -> list[str]:
    """Return the files for other programs that were asked for."""
    return [name for name, asked in (("hotspots.kml", chosen.kml), ("hotspots.shp.zip", chosen.shp)) if asked]


def _hotspots(study: Study) -> Made:
    from geo.disclosure import without_personal
    from layers.writing.exchange import write_kml, write_shapefile
    from layers.writing.workbook import write_workbook
    from layers.writing.write import write_csv, write_geojson, write_geopackage
    from study.tables import HEADINGS, REPORT_COLUMNS, hotspot_sheet, hotspot_sheets
    from study.workshop import felt_unsafe

    result = study.hotspots
    with study.said.step("map", "Drawing the map"):
        page = hotspots_page(study, study.settings(PageSettings))
    kept = without_personal(result.incidents, keep_ids=study.settings(HotspotFileSettings).keep_ids)
    faults = pd.concat([one.faults() for one in study.said.reports if one.layer == "incidents"])
    return Made(
        files={
            "hotspots.html": page.save,
            "hotspots.gpkg": lambda path: write_geopackage(
                path, {"hotspots": result.hotspots, "incidents": kept}, headings=HEADINGS
            ),
            "hotspots.csv": lambda path: write_csv(path, result.hotspots),
            "hotspots.xlsx": lambda path: write_workbook(path, hotspot_sheets(result, page.headline)),
            "hotspots.geojson": lambda path: write_geojson(path, result.hotspots),
            "hotspots.kml": lambda path: write_kml(path, result.hotspots, HEADINGS),
            "hotspots.shp.zip": lambda path: write_shapefile(path, result.hotspots, HEADINGS),
            "set_aside.csv": lambda path: write_csv(path, faults),
        },
        headline=page.headline,
        results={
            "headline": page.headline,
            "evidence": result.evidence,
            "hotspots": len(result.hotspots),
            "incidents": len(result.incidents),
            "could_be_chance": int(result.hotspots["could_be_chance"].sum()),
            "too_spread_out": int(result.too_spread_out["incidents"].sum()),
            "in_hotspots": int(result.incidents["hotspot"].notna().sum()),
            "outside_the_area": result.outside,
            "area_km2": round(result.area_km2, 3),
            "covered_km2": round(result.covered_km2, 4),
            **felt_unsafe(study).record,
        },
        parameters=[parameter._asdict() for parameter in result.parameters],
        value=result,
        page=page,
        sheets=[hotspot_sheet(result, page.headline, REPORT_COLUMNS)],
        layers={name: {"hotspots": result.hotspots} for name in HOTSPOT_LAYERS},
        keep=study.register_kept(),
    )


def prepare_output(study: Study, folder: str) -> Output:
    """Return the files of ``geo prepare``: which, only reading tells."""
    from geo.crs import GREAT_BRITAIN
    from layers.incidents import read_incidents
    from layers.prepared import prepared_files
    from layers.writing.write import write_csv

    chosen = study.settings(PrepareSettings)
    with study.said.step("read", "Reading everything once"):
        incidents, report = read_incidents(
            folder,
            crime_types=("all",),
            crs=chosen.incidents_crs,
            metric_crs=chosen.metric_crs or GREAT_BRITAIN,
            encoding=chosen.encoding,
            columns=study.project.columns.get("incidents"),
            kept_as_read=True,
            track=study.said.track,
        )
    study.said.report(report)
    files = prepared_files(incidents, report) | {"set_aside.csv": lambda path: write_csv(path, report.faults())}
    months = counted(len(files) - 2, "month")
    line = f"{counted(len(incidents), 'incident')} of {months} prepared, of {report.read:,} rows read."
    made = Made(files, line, {"headline": line, "incidents": len(incidents)}, value=(None, [line]))
    return Output("prepare", (*files, "prepare_run.json"), lambda: made)


def engagement_output(study: Study) -> Output:
    """Return the files of ``geo engagement``."""
    names = (
        "engagement.html",
        "engagement.gpkg",
        "engagement.csv",
        "engagement.xlsx",
        "engagement.json",
        "engagement_set_aside.csv",
        "engagement_run.json",
    )
    leaves = ("engagement.gpkg", "engagement.csv")
    return Output("engagement", names, lambda: _engagement(study), page="engagement.html", leaves=leaves)


def _engagement(study: Study) -> Made:
    from geo.disclosure import without_personal
    from layers.writing.workbook import write_workbook
    from layers.writing.write import write_csv, write_geopackage, write_json

    result = study.engagement
    with study.said.step("page", "Drawing the page"):
        page = engagement_page(study, study.settings(PageSettings))
    layers = {"wards": result.wards, "engagements": without_personal(result.engagements)}
    if result.focal_points is not None:
        layers["focal_points"] = without_personal(result.focal_points)
    faults = pd.concat([report.faults() for report in study.said.reports])
    return Made(
        files={
            "engagement.html": page.save,
            "engagement.gpkg": lambda path: write_geopackage(path, layers),
            "engagement.csv": lambda path: write_csv(path, result.table),
            "engagement.xlsx": lambda path: write_workbook(path, result.sheets),
            "engagement.json": lambda path: write_json(path, result.as_record(page.headline)),
            "engagement_set_aside.csv": lambda path: write_csv(path, faults),
        },
        headline=page.headline,
        results={"headline": page.headline, **result.counts, "findings": len(result.findings)},
        parameters=_named(result.parameters),
        value=result,
        page=page,
        sheets=result.sheets,
        layers={"engagement.gpkg": layers, "engagement.csv": {"engagement": result.table}},
    )


def page_output(study: Study, audience: str) -> Output:
    """Return the page of one audience."""
    wall = [WALL] if audience == "workshop" and study.settings(PageSettings).wall else []
    names = (f"{audience}.html", *wall, f"{audience}_run.json")
    return Output("map", names, lambda: _page(study, audience), page=names[0], leaves=None)


def _page(study: Study, audience: str) -> Made:
    with study.said.step("page", "Drawing the page"):
        page = study.page(audience)
    assert page.profile is not None
    for sentence in page.sentences:
        study.said.say(f"  {sentence}")
    results = {
        "audience": audience,
        "profile": page.profile.name,
        "headline": page.headline,
        "left_out": page.sentences,
    }
    files: dict[str, Writer] = {f"{audience}.html": page.save}
    chosen = study.settings(PageSettings)
    if audience == "workshop" and chosen.wall:
        from study.pages import workshop_wall

        wall = workshop_wall(study, chosen).encode("utf-8")

        def write(path: Path) -> None:
            path.write_bytes(wall)

        files[WALL] = write
    return Made(files, page.headline, results, value=page, page=page)


def plan_output(study: Study) -> Output:
    """Return the files of ``geo patrol plan``."""
    chosen = study.settings(PlanSettings)
    names = [
        "plan.html",
        "plan.gpkg",
        "plan.csv",
        "plan.ics",
        *(f"team-{team}.gpx" for team in range(1, chosen.teams + 1)),
        *(["allocation.csv"] if chosen.month_hours else []),
        "plan_run.json",
    ]
    return Output("patrol plan", names, lambda: _plan(study, chosen), page="plan.html")


def _plan(study: Study, chosen: PlanSettings) -> Made:
    from datetime import UTC, datetime

    from layers.plans.calendar_file import write_calendar
    from layers.plans.files import write_plan, write_plan_csv
    from layers.plans.gpx import write_gpx
    from layers.writing.write import write_csv
    from study.plan_page import plan_page, plan_record

    made = study.plan()
    month = study.month()
    with study.said.step("page", "Drawing the sheets"):
        page = plan_page(study, made, month)
    record = plan_record(made) | {"zone": study.clock}
    stamp = datetime.now(UTC).replace(microsecond=0)
    files: dict[str, Writer] = {
        "plan.html": page.save,
        "plan.gpkg": lambda path: write_plan(path, made.visits, made.routes, made.left_out, record),
        "plan.csv": lambda path: write_plan_csv(path, made.visits),
        "plan.ics": lambda path: write_calendar(
            path, made.visits, made.routes, stamp=stamp, title=study.name, key=study.name, zone=study.clock
        ),
        "allocation.csv": lambda path: write_csv(path, pd.DataFrame() if month is None else month.table),
    }
    for team in range(1, chosen.teams + 1):
        files[f"team-{team}.gpx"] = _gpx_writer(write_gpx, made, team, study.clock)
    return Made(files, page.headline, record, _named(made.parameters), value=(made, month), page=page)


def _gpx_writer(write_gpx: Callable[..., None], made: Any, team: int, zone: str) -> Writer:
    return lambda path: write_gpx(path, made.visits, made.routes, team, title=made.shift, zone=zone)


def check_output(study: Study, tracks: Sequence[str]) -> Output:
    """Return the files of ``geo patrol check``."""
    names = ("checked.gpkg", "checked.csv", "dosage.csv", "checked_run.json")
    return Output("patrol check", names, lambda: _check(study, tracks))


def _check(study: Study, tracks: Sequence[str]) -> Made:
    from layers.plans.checked import write_checked
    from layers.writing.write import write_csv

    done = study.check(tracks)
    result, share = done.result, done.result.delivered_share
    record = {
        "delivered_share": None if share != share else round(share, 4),
        "sentences": result.sentences,
        "gaps": len(result.gaps),
    }
    files: dict[str, Writer] = {
        "checked.gpkg": lambda path: write_checked(path, result.stops, result.stays, done.visits),
        "checked.csv": lambda path: write_csv(path, result.stops),
        "dosage.csv": lambda path: write_csv(path, done.weeks),
    }
    return Made(files, "", record, value=result)


def notes_output(study: Study, files: Sequence[str], margin_m: float) -> Output:
    """Return the files of ``geo workshop collect``."""
    names = ("workshop_notes.geojson", "workshop_notes.gpkg", "workshop_set_aside.csv", "workshop_run.json")
    return Output("workshop collect", names, lambda: _notes(study, files, margin_m), leaves=(names[0],))


def _notes(study: Study, files: Sequence[str], margin_m: float) -> Made:
    from layers.workshop_notes import read_notes, write_notes
    from layers.writing.write import write_csv
    from study.workshop import collected, headline

    with study.said.step("read"):
        notes, report = read_notes(files, area=study.wards, margin_m=margin_m)
    study.said.report(report)
    numbers = collected(notes)
    how = {"name": "margin_m", "value": margin_m, "reason": "how far outside the area a note may lie"}
    written: dict[str, Writer] = {
        "workshop_notes.geojson": lambda path: write_notes(path.parent, notes),  # both layers of notes
        "workshop_notes.gpkg": lambda path: None,
        "workshop_set_aside.csv": lambda path: write_csv(path, report.faults()),
    }
    layers = {"workshop_notes.geojson": {"workshop_notes": notes}}
    return Made(written, headline(numbers, study.name), numbers, [how], value=numbers, layers=layers)


def facts_output(study: Study) -> Output:
    """Return the files of ``geo facts``."""
    tables = ["ward_month.csv", "hotspot_month.csv", *(["community_month.csv"] if study.has_log else [])]
    return Output("facts", (*tables, "dictionary.csv", "facts_run.json"), lambda: _facts(study))


def _facts(study: Study) -> Made:
    from layers.writing.write import write_csv
    from study.tables import facts

    tables = facts(study)
    told = [f"{name}.csv: {counted(len(table), 'row')}" for name, table in tables.items()]
    files: dict[str, Writer] = {
        f"{name}.csv": partial(write_csv, table=table, excel=True) for name, table in tables.items()
    }
    return Made(files, told[0], {"rows": {name: len(table) for name, table in tables.items()}}, value=(tables, told))


OUTPUTS: dict[str, Callable[[Any], Output]] = {
    "hotspots": hotspot_output,
    "engagement": engagement_output,
    "plan": plan_output,
    "analyst": lambda study: page_output(study, "analyst"),
    "inspector": lambda study: page_output(study, "inspector"),
    "workshop": lambda study: page_output(study, "workshop"),
    "facts": facts_output,
    "evaluate": lambda study: _afterwards().evaluate_output(study),
    "compare": lambda study: _afterwards().compare_output(study),
    "assess": lambda study: _afterwards().assess_output(study),
}


def _afterwards() -> Any:
    from study import afterwards

    return afterwards


# --- helpers ----------------------------------------------------------------------------------------------------------


def _named(parameters: Sequence[tuple[str, str, str]]) -> list[dict[str, str]]:
    return [dict(zip(("name", "value", "reason"), one, strict=True)) for one in parameters]


def picture_names(output: Output, out: OutSettings) -> list[str]:
    """Return the pictures and reports that are asked for; none of what has no page."""
    if not isinstance(out, PictureSettings) or not output.page:
        return []
    return [f"{Path(output.page).stem}{ending}" for ending in _PICTURES if getattr(out, ending[1:])]


def _take_pictures(study: Study, output: Output, made: Made, stage: Path, names: Sequence[str]) -> None:
    """Write those of the files that are pictures of the page: by a browser where there is one, else a plainer map."""
    from study.office import write_report
    from study.pictures import picture_or_still

    page = made.page
    if page is None:
        return

    def take(path: Path, kind: Kind) -> None:
        def still(path: Path) -> None:
            from maps.still import still_map

            still_map(path, kind, **page.still)

        with study.said.working("Taking a picture"):
            study.said.tell(f"  {picture_or_still(stage / output.page, path, kind, still)}")

    for name in (name for name in names if name.endswith(_PICTURES)):
        if name.endswith((".docx", ".pptx")):
            with study.said.working("Writing a report"):
                write_report(study, page, made.sheets, stage / name, take)
        else:
            take(stage / name, "pdf" if name.endswith("pdf") else "png")
