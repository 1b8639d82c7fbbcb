"""The files of a result: written all or none, with the record of the run as the last of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from geo.errors import GeoError, counted
from study.choices import COMMANDS
from study.pages import Page, engagement_page, hotspots_page
from study.settings import HotspotFileSettings, OutSettings, PageSettings, PictureSettings, PlanSettings

if TYPE_CHECKING:
    from geo.disclosure.profiles import Profile
    from layers.writing.release_log import Entry
    from study.study import Study

Writer = Callable[[Path], None]


@dataclass
class Made:
    """What is ready to be written.

    ``files``: {name: how}, in their order; ``headline``, ``results``, ``parameters``: for the terminal and the record;
    ``value``: the result; ``page``: the one a picture can be taken of; ``after``: what follows once all is written.
    """

    files: dict[str, Writer]
    headline: str
    results: Mapping[str, Any]
    parameters: Sequence[Mapping[str, Any]] = ()
    value: Any = None
    page: Page | None = None
    after: Callable[[], None] = lambda: None


@dataclass
class Output:
    """Something that can be written. ``command``: whose settings are recorded; ``names``: of its files, known before
    anything is computed, the record last; ``page``: the file that is a page; ``make``: does the work.
    """

    command: str
    names: Sequence[str]
    make: Callable[[], Made]
    page: str = ""


class Delivered(NamedTuple):
    """``files``: what was written, the record last; ``made``: what it was written from; ``record``: of the run."""

    files: list[Path]
    made: Made
    record: dict[str, Any]


def deliver(study: Study, output: Output, out: OutSettings, *, key: str = "") -> Delivered:
    """Write an output into ``out.out``, all of its files or none, and return what was written.

    What exists and may not be replaced is refused before any work is done. A page that leaves the team is audited on
    the way, and refused if it would disclose what its profile forbids. ``key``: what it is made from, for the record.
    """
    from layers.writing.run_record import run_record
    from layers.writing.write import refuse_existing, staged, write_json

    pictures = _picture_names(output, out)
    *files, last = output.names
    names, folder = [*files, *pictures, last], Path(out.out)
    refuse_existing(folder, names, out.overwrite)
    made = output.make()
    entry = None
    with staged(folder, names, overwrite=out.overwrite) as stage, study.said.working("Writing"):
        with study.said.step("write"):
            for name in files:
                made.files[name](stage / name)
        _take_pictures(study, output, made, stage, pictures)
        record = run_record(
            command=[Path(sys.argv[0]).name, *sys.argv[1:]],
            reports=study.said.reports,
            options=study.choices.record(COMMANDS[output.command].settings),
            settings={cls.section: study.choices.record((cls,)) for cls in COMMANDS[output.command].uses},
            parameters=made.parameters,
            results=made.results,
            warnings=study.said.warnings,
            seconds=study.said.seconds,
            outputs=[stage / name for name in names[:-1]],
        )
        write_json(stage / last, record | ({"made_from": key} if key else {}))
        if made.page is not None and made.page.profile is not None and made.page.profile.name != "internal":
            entry = refuse_breaches(study, stage / output.page, made.page.profile)
    if entry is not None:
        _log_release(study, entry)
    made.after()
    return Delivered([folder / name for name in names], made, record)


# --- what there is ----------------------------------------------------------------------------------------------------


def hotspot_output(study: Study) -> Output:
    """Return the files of ``geo hotspots``."""
    names = ("hotspots.html", "hotspots.gpkg", "hotspots.csv", "hotspots.geojson", "set_aside.csv", "run.json")
    return Output("hotspots", names, lambda: _hotspots(study), page="hotspots.html")


def _hotspots(study: Study) -> Made:
    from geo.disclosure import without_personal
    from layers.writing.write import write_csv, write_geojson, write_geopackage
    from study.workshop import felt_unsafe

    result = study.hotspots
    with study.said.step("map", "Drawing the map"):
        page = hotspots_page(study, study.settings(PageSettings))
    kept = without_personal(result.incidents, keep_ids=study.settings(HotspotFileSettings).keep_ids)
    faults = pd.concat([one.faults() for one in study.said.reports if one.layer == "incidents"])
    return Made(
        files={
            "hotspots.html": page.save,
            "hotspots.gpkg": lambda path: write_geopackage(path, {"hotspots": result.hotspots, "incidents": kept}),
            "hotspots.csv": lambda path: write_csv(path, result.hotspots),
            "hotspots.geojson": lambda path: write_geojson(path, result.hotspots),
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
        after=study.keep_ids,
    )


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
    return Output("engagement", names, lambda: _engagement(study), page="engagement.html")


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
    )


def page_output(study: Study, audience: str) -> Output:
    """Return the page of one audience."""
    names = (f"{audience}.html", f"{audience}_run.json")
    return Output("map", names, lambda: _page(study, audience), page=names[0])


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
    return Made({f"{audience}.html": page.save}, page.headline, results, value=page, page=page)


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
    record = plan_record(made)
    stamp = datetime.now(UTC).replace(microsecond=0)
    files: dict[str, Writer] = {
        "plan.html": page.save,
        "plan.gpkg": lambda path: write_plan(path, made.visits, made.routes, made.left_out, record),
        "plan.csv": lambda path: write_plan_csv(path, made.visits),
        "plan.ics": lambda path: write_calendar(
            path, made.visits, made.routes, stamp=stamp, title=study.name, key=study.name
        ),
        "allocation.csv": lambda path: write_csv(path, pd.DataFrame() if month is None else month.table),
    }
    for team in range(1, chosen.teams + 1):
        files[f"team-{team}.gpx"] = _gpx_writer(write_gpx, made, team)
    return Made(files, page.headline, record, _named(made.parameters), value=(made, month), page=page)


def _gpx_writer(write_gpx: Callable[..., None], made: Any, team: int) -> Writer:
    return lambda path: write_gpx(path, made.visits, made.routes, team, title=made.shift)


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
    return Output("workshop collect", names, lambda: _notes(study, files, margin_m))


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
    return Made(written, headline(numbers, study.name), numbers, [how], value=numbers)


OUTPUTS: dict[str, Callable[[Any], Output]] = {
    "hotspots": hotspot_output,
    "engagement": engagement_output,
    "plan": plan_output,
    "analyst": lambda study: page_output(study, "analyst"),
    "inspector": lambda study: page_output(study, "inspector"),
    "workshop": lambda study: page_output(study, "workshop"),
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


def _picture_names(output: Output, out: OutSettings) -> list[str]:
    """Return the pictures that are asked for."""
    if not isinstance(out, PictureSettings):
        return []
    stem = Path(output.page).stem
    return [f"{stem}.{kind}" for kind, asked in (("png", out.png), ("pdf", out.pdf)) if asked]


def _take_pictures(study: Study, output: Output, made: Made, stage: Path, names: Sequence[str]) -> None:
    """Write pictures of the page: by a browser where there is one, else a plainer map."""
    from study.pictures import Kind, picture_or_still

    page = made.page
    if page is None:
        return
    for name in names:
        kind: Kind = "pdf" if name.endswith("pdf") else "png"

        def still(path: Path, kind: Kind = kind, page: Page = page) -> None:
            from maps.still import still_map

            still_map(path, kind, **page.still)

        with study.said.working("Taking a picture"):
            study.said.tell(f"  {picture_or_still(stage / output.page, stage / name, kind, still)}")


def refuse_breaches(study: Study, page: Path, profile: Profile) -> Entry:
    """Return the entry of a page for the release log; GeoError if it would disclose what its profile forbids.

    A page is made from layers that have been let out by the profile, so this should not happen: it is the second lock.
    """
    from layers.audit.audit import audit_file
    from layers.writing.release_log import read_log

    log = study.settings(PageSettings).release_log
    audit = audit_file(page, profile, read_log(Path(log)) if log else [])
    broken = [finding for finding in audit.findings if finding.severity == "breaks"]
    if broken:
        first = broken[0]
        raise GeoError(
            f"The page would disclose what the profile {profile.name} forbids ({counted(len(broken), 'finding')}; the "
            f"first: {first.place}: {first.what}). It was not written.",
            first.advice or "Look at the data, or make the page for another reader.",
        )
    return audit.entry


def _log_release(study: Study, entry: Entry) -> None:
    from layers.writing.release_log import append

    log = study.settings(PageSettings).release_log
    if log is not None:
        append(Path(log), entry)
