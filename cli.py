"""The ``geo`` command: read, call, write, say. Analysis is in ``geo``, files in ``layers``, pictures in ``maps``.

Heavy imports stand inside the command bodies, so that ``geo --help`` answers at once.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from console import engagement_options as eng
from console import map_options as pic
from console import options as opt
from console import patrol_options as pat
from console import picture_options as shot
from console import workshop_options as ws
from console.talk import Run, plain, survive_any_terminal
from geo.errors import GeoError, counted

if TYPE_CHECKING:
    from geo.hotspots.clusters import Engine

ENGAGEMENT_FILES = (
    "engagement.html",
    "engagement.gpkg",
    "engagement.csv",
    "engagement.xlsx",
    "engagement.json",
    "engagement_set_aside.csv",
    "engagement_run.json",
)
HOTSPOT_FILES = ("hotspots.html", "hotspots.gpkg", "hotspots.csv", "hotspots.geojson", "set_aside.csv", "run.json")
PLAN_FILES = ("plan.html", "plan.gpkg", "plan.csv", "plan.ics")
CHECK_FILES = ("checked.gpkg", "checked.csv", "dosage.csv", "checked_run.json")
NOTE_FILES = ("workshop_notes.geojson", "workshop_notes.gpkg", "workshop_set_aside.csv", "workshop_run.json")


class GeoGroup(click.Group):
    """Prints a GeoError as its two lines and exits 1; a bug keeps its traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except GeoError as error:
            click.echo(plain(str(error)), err=True)
            ctx.exit(1)


# --- commands --------------------------------------------------------------------------------------------------------


@click.group(cls=GeoGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="geo-engagement", prog_name="geo")
def main() -> None:
    """Engagement mapping and hot-spot GIS for neighbourhood policing.

    Example: geo demo
    """
    survive_any_terminal()


@main.command()
@opt.project_opt
@opt.incidents_opt
@opt.wards_opt
@opt.area_opt
@opt.crime_type_opt
@opt.eps_opt
@opt.min_incidents_opt
@opt.max_width_opt
@opt.footprint_opt
@opt.null_opt
@opt.background_opt
@ws.notes_opt
@opt.runs_opt
@opt.seed_opt
@opt.method_opt
@opt.engine_opt
@opt.since_opt
@opt.until_opt
@opt.wards_crs_opt
@opt.incidents_crs_opt
@opt.metric_crs_opt
@opt.encoding_opt
@click.option("--keep-ids", is_flag=True, help="Keep the incidents' own numbers in the GeoPackage, to look them up.")
@shot.png_opt
@shot.pdf_opt
@opt.out_opt
@opt.overwrite_opt
@opt.quiet_opt
@opt.json_opt
@click.pass_context
def hotspots(
    ctx: click.Context,
    incidents: str,
    wards: tuple[str, ...],
    area: tuple[str, ...],
    crime_type: tuple[str, ...],
    eps: float | None,
    min_incidents: float | None,
    max_width: float | None,
    footprint: float | None,
    null_model: str,
    background: str | None,
    workshop_notes: str | None,
    runs: int,
    seed: int,
    method: str,
    engine: str,
    since: str | None,
    until: str | None,
    wards_crs: str | None,
    incidents_crs: str | None,
    metric_crs: str | None,
    encoding: str | None,
    keep_ids: bool,
    png: bool,
    pdf: bool,
    out: Path,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Find where incidents concentrate: ranked hot spots, a map and a record of the run.

    Writes hotspots.gpkg, .geojson, .csv, .html, set_aside.csv (rows at fault) and run.json into --out.

    Example: geo hotspots --project ashview/geo.toml --eps 100 --max-width 200 --out found
    """
    if since and until and since[: len(until)] > until[: len(since)]:
        raise click.UsageError(f"--since {since} is after --until {until}.")
    if method == "hdbscan" and min_incidents is None:
        raise click.UsageError("--method hdbscan needs --min-incidents, for example 30.")
    run = Run(quiet)
    with run.step("load"):
        from console.tables import print_hotspots
        from console.workshop import felt_unsafe
        from geo.area import area_name, select_area
        from geo.disclosure import without_personal
        from geo.hotspots import find_hotspots
        from geo.hotspots.mix import WEIGHTS
        from geo.hotspots.words import PARAMETER_WORDS, describe_period, describe_types, headline, red_flags
        from layers.activity import read_activity
        from layers.incidents import read_incidents
        from layers.wards import read_wards
        from layers.writing.run_record import run_record
        from layers.writing.write import refuse_existing, staged, write_csv, write_geojson, write_geopackage, write_json
        from maps.figure import save_page
        from maps.hotspots import hotspots_map
        from maps.page import About

    files = [*HOTSPOT_FILES[:-1], *shot.picture_names("hotspots", png=png, pdf=pdf), HOTSPOT_FILES[-1]]
    refuse_existing(out, files, overwrite)
    project = opt.project_of(ctx)
    columns = project.columns
    if project.layers or project.settings:
        run.say(f"Project: {project.path}")
    with run.step("read wards"):
        every_ward, ward_report = read_wards(wards, crs=wards_crs, metric_crs=metric_crs, columns=columns.get("wards"))
        study_area = select_area(every_ward, area)
    where = area_name(study_area, area)
    run.report(ward_report)
    run.say(f"  Study area: {where}, {counted(len(study_area), 'ward')}, measured in {study_area.crs.name}.")

    with run.step("read incidents"):
        points, incident_report = read_incidents(
            incidents,
            crime_types=crime_type,
            since=since,
            until=until,
            crs=incidents_crs,
            metric_crs=study_area.crs,
            encoding=encoding,
            columns=columns.get("incidents"),
            track=run.track,
        )
    run.report(incident_report)
    months = incident_report.months
    reports, activity = [ward_report, incident_report], None
    if background is not None:
        activity, activity_report = read_activity(background, metric_crs=study_area.crs, encoding=encoding)
        run.report(activity_report)
        reports.append(activity_report)

    settings = {"eps_m": eps, "min_incidents": min_incidents, "max_width_m": max_width, "footprint_m": footprint}
    if method == "hdbscan":
        settings |= {"max_width_m": None}
        null_model = "none"
    with run.step("find"):
        result = find_hotspots(
            points,
            study_area,
            **settings,
            months=months,
            null=null_model,
            map_points=incident_report.map_points,
            activity=activity,
            runs=runs,
            seed=seed,
            engine=clustering_engine(method, engine),
            type_weights=project.impact or WEIGHTS,
            track=run.track,
        )
    run.say(f"  {len(result.incidents):,} inside the study area, {result.outside:,} elsewhere.")
    for parameter in result.parameters:
        run.say(f"{parameter.name}: {parameter.text} ({parameter.reason}).")
    for sentence in result.evidence:
        run.say(f"  {sentence}")
    for flag in red_flags(result):
        run.warn(flag)
    felt = felt_unsafe(run, workshop_notes, result)

    what, when = describe_types(crime_type), describe_period(months)
    sentence = headline(result, what=what, where=where, when=when)
    about = About(
        title=f"Hot spots of {what}, {where}",
        headline=sentence,
        period=when,
        source=project.settings.get("source") or incident_report.source(),
        made_on=time.strftime("%Y-%m-%d"),
        parameters=[(PARAMETER_WORDS[p.name], p.text, p.reason) for p in result.parameters],
        evidence=[*result.evidence, *felt.sentences],
        notes=run.notes,
        attribution=project.settings.get("attribution") or ward_report.attribution + incident_report.attribution,
    )
    with run.step("map"), run.working("Drawing the map"):
        page = hotspots_map(result.hotspots, result.incidents, result.wards, about)
    with staged(out, files, overwrite=overwrite) as stage, run.working("Writing"):
        with run.step("write"):
            kept = without_personal(result.incidents, keep_ids=keep_ids)
            write_geopackage(stage / "hotspots.gpkg", {"hotspots": result.hotspots, "incidents": kept})
            write_geojson(stage / "hotspots.geojson", result.hotspots)
            write_csv(stage / "hotspots.csv", result.hotspots)
            write_csv(stage / "set_aside.csv", incident_report.faults())
            save_page(page, stage / "hotspots.html")
        still = {"wards": study_area, "about": about, "hotspots": result.hotspots}
        shot.take_pictures(run, stage / "hotspots.html", png=png, pdf=pdf, **still)
        record = run_record(
            command=[Path(sys.argv[0]).name, *sys.argv[1:]],
            reports=[*reports, *felt.reports],
            options=opt.options_of(ctx),
            parameters=[parameter._asdict() for parameter in result.parameters],
            results={
                "headline": sentence,
                "evidence": result.evidence,
                "hotspots": len(result.hotspots),
                "incidents": len(result.incidents),
                "could_be_chance": int(result.hotspots["could_be_chance"].sum()),
                "too_spread_out": int(result.too_spread_out["incidents"].sum()),
                "in_hotspots": int(result.incidents["hotspot"].notna().sum()),
                "outside_the_area": result.outside,
                "area_km2": round(result.area_km2, 3),
                "covered_km2": round(result.covered_km2, 4),
                **felt.record,
            },
            warnings=run.warnings,
            seconds=run.seconds,
            outputs=[stage / name for name in files[:-1]],
        )
        write_json(stage / files[-1], record)

    if as_json:
        table = json.loads(result.hotspots.drop(columns="geometry").to_json(orient="records"))
        click.echo(json.dumps({**record["results"], "table": table}, indent=2, ensure_ascii=False))
    else:
        print_hotspots(result, sentence)
    run.say(f"\nOpen {out / 'hotspots.html'} in a browser. Beside it: {', '.join(files[1:])}.")


@main.command()
@opt.project_opt
@eng.engagements_opt
@eng.diary_opt
@opt.wards_opt
@opt.area_opt
@eng.layer_opts
@eng.incidents_opt
@eng.since_opt
@eng.as_of_opt
@eng.group_set_opt
@eng.threshold_opt
@eng.probability_opt
@eng.within_opt
@eng.within_days_opt
@eng.references_opt
@opt.wards_crs_opt
@opt.metric_crs_opt
@opt.encoding_opt
@shot.png_opt
@shot.pdf_opt
@opt.out_opt
@opt.overwrite_opt
@opt.quiet_opt
@opt.json_opt
@click.pass_context
def engagement(
    ctx: click.Context,
    /,
    wards: tuple[str, ...],
    area: tuple[str, ...],
    incidents: str | None,
    lookup: str | None,
    diary: tuple[str, ...],
    since: str | None,
    as_of: str,
    group_set: str | None,
    threshold: float,
    probability: float | None,
    within: float,
    within_days: int,
    references: bool,
    png: bool,
    pdf: bool,
    wards_crs: str | None,
    metric_crs: str | None,
    encoding: str | None,
    out: Path,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
    **paths: str | None,
) -> None:
    """Find who is not being heard: measures by community and ward, gaps in plain words, the loops to close.

    Writes engagement.html, .gpkg, .csv, .xlsx (a sheet a question), .json, engagement_set_aside.csv (rows at fault) and
    engagement_run.json into --out. Works with whatever layers there are, and says what the others would add.

    Example: geo engagement --project ashview/geo.toml --out met
    """
    if not paths["engagements"] and not diary:
        raise click.UsageError("Missing option '--engagements' (or --diary).")
    if diary and since is None:
        raise click.UsageError("--diary needs --since: a timetable has no first day.")
    if since is not None and since > as_of:
        raise click.UsageError(f"--since {since} is after --as-of {as_of}.")
    run = Run(quiet)
    with run.step("load"):
        import pandas as pd

        from console.analysis import find_reported
        from console.reading import read_area, read_layers
        from console.tables import print_engagement
        from geo.disclosure import without_personal
        from geo.engagement.answers.questions import Layers
        from geo.engagement.measure import Rule
        from geo.engagement.result import describe_days, headline, measure_engagement, parameters_in_words
        from layers.writing.run_record import run_record
        from layers.writing.workbook import write_workbook
        from layers.writing.write import refuse_existing, staged, write_csv, write_geopackage, write_json
        from maps.engagement import engagement_page
        from maps.figure import save_page
        from maps.page import About

    files = [*ENGAGEMENT_FILES[:-1], *shot.picture_names("engagement", png=png, pdf=pdf), ENGAGEMENT_FILES[-1]]
    refuse_existing(out, files, overwrite)
    project = opt.project_of(ctx)
    day = pd.Timestamp(as_of)
    with run.step("read"):
        study = read_area(run, wards, area, crs=wards_crs, metric_crs=metric_crs, columns=project.columns)
        read = read_layers(
            run,
            paths,
            study,
            project,
            lookup=lookup,
            diary=diary,
            since=since,
            until=as_of,
            encoding=encoding,
            today=max(day, pd.Timestamp.now()),
        )
        reports = [study.report, *read.reports]
    if incidents is not None:
        found = find_reported(run, incidents, study, project)
        reports.append(found.report)
        read.layers.update(incidents=found.result.incidents, hotspots=found.result.hotspots)
    with run.step("measure"), run.working("Measuring"):
        result = measure_engagement(
            Layers(wards=study.wards, **read.layers),
            as_of=day,
            since=None if since is None else pd.Timestamp(since),
            group_set=group_set,
            rule=Rule(threshold=threshold, probability=probability),
            within_m=within,
            within_days=within_days,
            references=references,
        )
    for note in result.notes:
        run.warn(note)
    sentence = headline(result, where=study.name)
    about = About(
        title=f"Who is heard, {study.name}",
        headline=sentence,
        period=describe_days(result),
        source=project.settings.get("source") or ", ".join(report.source() for report in read.reports[:2]),
        made_on=time.strftime("%Y-%m-%d"),
        parameters=parameters_in_words(result),
        evidence=[answer.sentence for answer in result.answers[:3]],
        notes=run.notes,
        attribution=project.settings.get("attribution") or [line for report in reports for line in report.attribution],
    )
    with run.step("page"), run.working("Drawing the page"):
        page = engagement_page(
            result.wards,
            result.findings,
            result.answers,
            about,
            hotspots=result.hotspots,
            focal_points=result.focal_points,
        )
    with staged(out, files, overwrite=overwrite) as stage, run.working("Writing"):
        with run.step("write"):
            save_page(page, stage / "engagement.html")
            layers = {"wards": result.wards, "engagements": without_personal(result.engagements)}
            if result.focal_points is not None:
                layers["focal_points"] = without_personal(result.focal_points)
            write_geopackage(stage / "engagement.gpkg", layers)
            write_csv(stage / "engagement.csv", result.table)
            write_workbook(stage / "engagement.xlsx", result.sheets)
            write_json(stage / "engagement.json", result.as_record(sentence))
            write_csv(stage / "engagement_set_aside.csv", pd.concat([report.faults() for report in reports]))
        still = {"wards": study.wards, "about": about, "hotspots": result.hotspots}
        shot.take_pictures(run, stage / "engagement.html", png=png, pdf=pdf, **still)
        record = run_record(
            command=[Path(sys.argv[0]).name, *sys.argv[1:]],
            reports=reports,
            options=opt.options_of(ctx),
            parameters=[dict(zip(("name", "value", "reason"), one, strict=True)) for one in result.parameters],
            results={"headline": sentence, **result.counts, "findings": len(result.findings)},
            warnings=run.warnings,
            seconds=run.seconds,
            outputs=[stage / name for name in files[:-1]],
        )
        write_json(stage / files[-1], record)
    if as_json:
        click.echo(json.dumps(result.as_record(sentence), indent=2, ensure_ascii=False))
    else:
        print_engagement(result, sentence)
    run.say(f"\nOpen {out / 'engagement.html'} in a browser. Beside it: {', '.join(files[1:])}.")


@main.command()
@opt.project_opt
@opt.log_opt
@opt.engagement_opts
@opt.other_columns_opt
@opt.known_wards_opt
@opt.known_focal_points_opt
@opt.encoding_opt
@opt.create_opt
@opt.dry_run_opt
@opt.quiet_opt
@opt.json_opt
@click.pass_context
def log(
    ctx: click.Context,
    /,
    log: str,
    others: dict[str, str],
    wards: tuple[str, ...],
    focal_points: str | None,
    encoding: str | None,
    create: bool,
    dry_run: bool,
    quiet: bool,
    as_json: bool,
    **given: str | tuple[str, ...] | None,
) -> None:
    """Add one engagement to the project's log, checked, without losing anybody's row.

    A date, an activity, an objective and a place are needed; on a terminal, what is missing is asked for. Any number
    of people may log at once.

    Example: geo log --project ashview/geo.toml --date 2025-12-30 --activity drop_in --objective build_trust
    --ward E05999003 --attendees 12
    """
    run = Run(quiet)
    row = {name: value if isinstance(value, str) else ";".join(value) for name, value in given.items() if value}
    row = {**others, **row}
    opt.refuse_missing(row)
    from console.prompts import ask_missing, logged
    from layers.focal_points import read_focal_points
    from layers.log.append import append_engagement, open_elsewhere
    from layers.log.check import check_engagement
    from layers.wards import read_wards

    project = opt.project_of(ctx)
    columns = project.columns
    known_wards = read_wards(wards, columns=columns.get("wards"))[0] if wards else None
    known_points = read_focal_points(focal_points, columns=columns.get("focal_points"))[0] if focal_points else None
    row = ask_missing(row, wards=known_wards, focal_points=known_points)
    checked = check_engagement(row, wards=known_wards, focal_points=known_points)
    for warning in checked.warnings:
        run.warn(warning)
    if open_elsewhere(log):
        run.warn(f"{log} looks open in LibreOffice: saving it there would undo this row. Close it first.")
    engagement_id = append_engagement(
        log,
        checked.row,
        columns=columns.get("engagements"),
        encoding=encoding,
        create=create or log == project.layers.get("engagements"),
        dry_run=dry_run,
    )
    if as_json:
        record = {"engagement_id": engagement_id, "log": log, "recorded": not dry_run, "row": checked.row}
        click.echo(json.dumps({**record, "warnings": run.warnings}, indent=2, ensure_ascii=False))
    else:
        click.echo(plain(logged(engagement_id, checked.row, log, dry_run=dry_run)))


@main.command()
@opt.project_opt
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@opt.profile_opt
@opt.minimum_count_opt
@opt.grid_opt
@opt.release_log_opt
@opt.record_opt
@opt.json_opt
@click.pass_context
def audit(
    ctx: click.Context,
    files: tuple[Path, ...],
    profile: str,
    minimum_count: int | None,
    grid: float | None,
    release_log: Path | None,
    record: bool,
    as_json: bool,
) -> None:
    """Say what files would disclose before they leave: HTML, GeoPackage, GeoJSON, CSV, XLSX. Exit 1 if too much.

    Everything in a file is looked at, shown or not: positions, small counts, personal details, outside addresses.

    Example: geo audit ashview/results/hotspots.html --profile internal
    """
    if record and release_log is None:
        raise click.UsageError("--record needs --release-log, the file to record the release in.")
    from console.audit import print_audit, verdict
    from geo.disclosure.profiles import profile_named
    from layers.audit.audit import audit_file
    from layers.writing.release_log import append, read_log

    rules = profile_named(profile).stricter(minimum_count=minimum_count, coordinate_m=grid)
    earlier = read_log(release_log) if release_log else []
    audits = [audit_file(path, rules, earlier) for path in files]
    if as_json:
        told = {"profile": profile, "verdict": verdict(audits, profile), "files": [one.as_record() for one in audits]}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        print_audit(audits, profile)
    if any(one.breaks for one in audits):
        ctx.exit(1)
    if record and release_log is not None:
        for one in audits:
            append(release_log, one.entry)


@main.command(name="map")
@pic.audience_opt
@opt.project_opt
@opt.incidents_opt
@opt.wards_opt
@opt.area_opt
@eng.engagements_opt
@eng.layer_opts
@ws.notes_opt
@pic.profile_opt
@pic.language_opt
@pic.words_opt
@pic.by_opt
@pic.made_by_opt
@pic.base_map_opt
@pic.tiles_opt
@pic.tiles_attribution_opt
@pic.contacts_opt
@shot.png_opt
@shot.pdf_opt
@opt.release_log_opt
@eng.as_of_opt
@opt.wards_crs_opt
@opt.metric_crs_opt
@opt.out_opt
@opt.overwrite_opt
@opt.quiet_opt
@opt.json_opt
@click.pass_context
def map_(
    ctx: click.Context,
    /,
    audience: str,
    incidents: str,
    wards: tuple[str, ...],
    area: tuple[str, ...],
    workshop_notes: str | None,
    profile: str,
    language: str,
    words: Path | None,
    by: str,
    made_by: str,
    base_map: tuple[str, ...],
    tiles: str | None,
    tiles_attribution: str | None,
    contacts: bool,
    png: bool,
    pdf: bool,
    release_log: Path | None,
    as_of: str,
    wards_crs: str | None,
    metric_crs: str | None,
    out: Path,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
    **paths: str | None,
) -> None:
    """Put everything on one offline page for one reader: the analyst, the inspector, or a workshop.

    Writes AUDIENCE.html and AUDIENCE_run.json into --out; with --png and --pdf pictures of it. A page that leaves the
    team (partner, public) is audited before it is written, and refused if it would disclose what its profile forbids.

    Example: geo map --audience workshop --project ashview/geo.toml --out pages
    """
    if tiles and audience == "workshop":
        raise click.UsageError("--tiles: the workshop page works without a network, so it takes no tiles.")
    files = [f"{audience}.html", *shot.picture_names(audience, png=png, pdf=pdf), f"{audience}_run.json"]
    run = Run(quiet)
    with run.step("load"):
        from dataclasses import replace

        from console.analysis import find_everything
        from console.audit import refuse_breaches
        from console.pages import Ground, analyst_page, inspector_page, own_words, workshop_page
        from console.reading import read_area
        from geo.disclosure.profiles import profile_named
        from geo.hotspots.words import describe_period, describe_types
        from layers.background.base_map import read_base_map
        from layers.notes.files import COLLECTED
        from layers.workshop_notes import read_notes
        from layers.writing.release_log import append, read_log
        from layers.writing.run_record import run_record
        from layers.writing.write import refuse_existing, staged, write_json
        from maps.figure import save_page
        from maps.page import About
        from maps.tiles import Tiles

    refuse_existing(out, files, overwrite)
    project, rules = opt.project_of(ctx), profile_named(profile)
    server = Tiles(tiles, tiles_attribution or "") if tiles else None
    with run.step("read"):
        study = read_area(run, wards, area, crs=wards_crs, metric_crs=metric_crs, columns=project.columns)
        reports, notes, below = [study.report], None, None
        if workshop_notes is not None:
            notes, report = read_notes(workshop_notes, area=study.wards, limits=COLLECTED, required=False)
            run.report(report)
            reports.append(report)
        if base_map:
            below, report = read_base_map(base_map, area=study.wards, metric_crs=study.wards.crs)
            run.report(report)
            reports.append(report)
    about = About(
        title=f"{study.name}: {'anti-social behaviour and engagement' if audience == 'analyst' else 'briefing'}",
        headline="",
        period="",
        source=project.settings.get("source") or "",
        made_on=time.strftime("%Y-%m-%d"),
        attribution=project.settings.get("attribution") or (),
    )
    if audience == "workshop":
        how = {"language": language, "words": own_words(words), "by": by, "made_by": made_by, "profile": rules}
        made, report = workshop_page(run, incidents, study, project, about, notes, **how)
        reports.append(report)
    else:
        found = find_everything(run, incidents, paths, study, project, as_of=as_of)
        reports += found.reports[1:]
        owned = [line for report in reports for line in report.attribution]
        about = replace(
            about,
            period=describe_period(found.months),
            source=about.source or found.reports[-1].source(),
            notes=run.notes,
            attribution=about.attribution or owned,
        )
        ground = Ground(below, server)
        what = describe_types(opt.incident_settings(project).get("crime_types", ("Anti-social behaviour",)))
        with run.step("page"), run.working("Drawing the page"):
            if audience == "analyst":
                made = analyst_page(found, study, about, rules, ground, notes, what=what)
            else:
                made = inspector_page(found, study, about, rules, ground, as_of=as_of, what=what, contacts=contacts)
    for sentence in made.sentences:
        run.say(f"  {sentence}")
    with staged(out, files, overwrite=overwrite) as stage, run.working("Writing"):
        with run.step("write"):
            page = stage / files[0]
            save_page(made.page, page)
            shot.take_pictures(run, page, png=png, pdf=pdf, **made.still)
        record = run_record(
            command=[Path(sys.argv[0]).name, *sys.argv[1:]],
            reports=reports,
            options=opt.options_of(ctx),
            parameters=[],
            results={"audience": audience, "profile": profile, "headline": made.headline, "left_out": made.sentences},
            warnings=run.warnings,
            seconds=run.seconds,
            outputs=[stage / name for name in files[:-1]],
        )
        write_json(stage / files[-1], record)
        entry = None
        if profile != "internal":
            entry = refuse_breaches(page, rules, read_log(release_log) if release_log else [])
    if entry is not None and release_log is not None:
        append(release_log, entry)
    if as_json:
        click.echo(json.dumps({**record["results"], "warnings": run.warnings}, indent=2, ensure_ascii=False))
    else:
        click.echo(plain(made.headline))
    run.say(f"\nOpen {out / files[0]} in a browser. Beside it: {', '.join(files[1:])}.")


@main.group()
def workshop() -> None:
    """What comes back from a community mapping workshop.

    Example: geo workshop collect ashview/workshop_notes.geojson --project ashview/geo.toml --out collected
    """


@workshop.command()
@opt.project_opt
@ws.files_arg
@opt.wards_opt
@opt.area_opt
@ws.margin_opt
@opt.wards_crs_opt
@opt.metric_crs_opt
@opt.out_opt
@opt.overwrite_opt
@opt.quiet_opt
@opt.json_opt
@click.pass_context
def collect(
    ctx: click.Context,
    files: tuple[str, ...],
    wards: tuple[str, ...],
    area: tuple[str, ...],
    margin: float,
    wards_crs: str | None,
    metric_crs: str | None,
    out: Path,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Check the notes that people saved on the workshop page, and merge them into one layer, each note once.

    FILE: what "Save notes to a file" made, or a folder of such files. Writes workshop_notes.geojson, .gpkg (a layer
    each of points, lines and areas), workshop_set_aside.csv (notes not used, and why) and workshop_run.json into --out.

    Example: geo workshop collect ashview/workshop_notes.geojson --project ashview/geo.toml --out collected
    """
    run = Run(quiet)
    with run.step("load"):
        from console.reading import read_area
        from console.workshop import collected, print_collected
        from layers.workshop_notes import read_notes, write_notes
        from layers.writing.run_record import run_record
        from layers.writing.write import refuse_existing, staged, write_csv, write_json

    refuse_existing(out, NOTE_FILES, overwrite)
    with run.step("read"):
        study = read_area(run, wards, area, crs=wards_crs, metric_crs=metric_crs, columns=opt.project_of(ctx).columns)
        notes, report = read_notes(files, area=study.wards, margin_m=margin)
    run.report(report)
    numbers = collected(notes)
    with staged(out, NOTE_FILES, overwrite=overwrite) as stage:
        with run.step("write"):
            write_notes(stage, notes)
            write_csv(stage / NOTE_FILES[2], report.faults())
        record = run_record(
            command=[Path(sys.argv[0]).name, *sys.argv[1:]],
            reports=[study.report, report],
            options=opt.options_of(ctx),
            parameters=[{"name": "margin_m", "value": margin, "reason": "how far outside the area a note may lie"}],
            results=numbers,
            warnings=run.warnings,
            seconds=run.seconds,
            outputs=[stage / name for name in NOTE_FILES[:-1]],
        )
        write_json(stage / NOTE_FILES[-1], record)
    if as_json:
        click.echo(json.dumps({**numbers, "warnings": run.warnings}, indent=2, ensure_ascii=False))
    else:
        print_collected(numbers, study.name)
    run.say(
        f"\nWritten to {out}: {', '.join(NOTE_FILES)}. Name the first under [layers] in geo.toml as workshop_notes."
    )


@main.group()
def patrol() -> None:
    """Where to walk tonight, and whether it was walked.

    Example: geo patrol plan --project ashview/geo.toml --balance 0 --out tonight
    """


@patrol.command()
@opt.project_opt
@opt.wards_opt
@opt.area_opt
@eng.engagements_opt
@eng.layer_opts
@eng.incidents_opt
@pat.streets_opt
@pat.date_opt
@pat.shift_opt
@pat.teams_opt
@pat.start_opt
@pat.end_opt
@pat.balance_opt
@pat.dwell_opt
@pat.rest_days_opt
@pat.speed_opt
@pat.max_visits_opt
@pat.min_gap_opt
@pat.seconds_opt
@pat.variety_opt
@opt.seed_opt
@pat.include_chance_opt
@pat.contacts_opt
@pat.walked_opt
@pat.month_hours_opt
@pat.as_of_opt
@opt.wards_crs_opt
@opt.metric_crs_opt
@shot.png_opt
@shot.pdf_opt
@opt.out_opt
@opt.overwrite_opt
@opt.quiet_opt
@opt.json_opt
@click.pass_context
def plan(
    ctx: click.Context,
    /,
    wards: tuple[str, ...],
    area: tuple[str, ...],
    incidents: str | None,
    streets: str | None,
    date: str,
    shift: str,
    teams: int,
    start: tuple[str, ...],
    end: tuple[str, ...],
    balance: float,
    dwell: float,
    rest_days: float,
    speed: float,
    max_visits: int,
    min_gap: float,
    seconds: float,
    variety: float,
    seed: int,
    include_chance: bool,
    contacts: bool,
    walked: str | None,
    month_hours: float | None,
    png: bool,
    pdf: bool,
    as_of: str,
    wards_crs: str | None,
    metric_crs: str | None,
    out: Path,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
    **paths: str | None,
) -> None:
    """Plan foot patrols that spend their minutes on hot spots and on people nobody has talked to.

    Writes plan.html (one A4 sheet a team, cards for a phone), plan.gpkg, plan.csv, plan.ics, team-N.gpx and
    plan_run.json into --out; with --month-hours also allocation.csv.

    Example: geo patrol plan --project ashview/geo.toml --date 2026-01-10 --teams 3 --out tonight
    """
    gpx_files = [f"team-{team}.gpx" for team in range(1, teams + 1)]
    pictures = shot.picture_names("plan", png=png, pdf=pdf)
    files = [*PLAN_FILES, *gpx_files, *pictures, *(["allocation.csv"] if month_hours else []), "plan_run.json"]
    run = Run(quiet)
    with run.step("load"):
        from datetime import UTC, datetime

        import pandas as pd

        from console.analysis import find_everything
        from console.patrol import headline, places, plan_record, print_plan, walked_before, ways_on
        from console.reading import read_area
        from geo.hotspots.words import describe_period
        from geo.patrol.allocation import allocate
        from geo.patrol.patrols import plan_patrols
        from geo.patrol.shift import read_shift
        from geo.patrol.stops import candidate_stops
        from layers.plans.calendar_file import write_calendar
        from layers.plans.files import write_plan, write_plan_csv
        from layers.plans.gpx import write_gpx
        from layers.writing.run_record import run_record
        from layers.writing.write import refuse_existing, staged, write_csv, write_json
        from maps.figure import save_page
        from maps.page import About
        from maps.patrol import patrol_page

    refuse_existing(out, files, overwrite)
    project = opt.project_of(ctx)
    hours = read_shift(shift, date)
    with run.step("read"):
        study = read_area(run, wards, area, crs=wards_crs, metric_crs=metric_crs, columns=project.columns)
        found = find_everything(run, incidents, paths, study, project, as_of=as_of)
        before = walked_before(walked)
    with run.step("streets"), run.working("Joining the streets"):
        ways = ways_on(run, streets, study.wards)
    candidates = candidate_stops(
        found.hotspots,
        found.engagement,
        shift=hours,
        as_of=pd.Timestamp(as_of),
        balance=balance,
        dwell_minutes=dwell,
        rest_days=rest_days,
        include_chance=include_chance,
        contacts=contacts,
        walked=before,
        months=found.months,
    )
    known = {"teams": teams, "focal_points": found.layers["focal_points"], "area": study.wards}
    with run.step("plan"), run.working("Looking for a plan"):
        made = plan_patrols(
            candidates.stops,
            ways.walks,
            shift=hours,
            starts=places(start, "--start", **known),
            ends=places(end, "--end", **known) if end else None,
            teams=teams,
            balance=balance,
            seconds=seconds,
            seed=seed,
            variety=variety,
            min_gap_minutes=min_gap,
            max_visits=max_visits,
            metres_per_minute=speed,
            parameters=candidates.parameters,
            notes=candidates.notes,
        )
    if not made.repeatable:
        run.warn("The clock ended the search, so the seed alone does not repeat this plan. More --seconds would.")
    month = None
    if month_hours is not None and found.hotspots is not None:
        month = allocate(found.hotspots.hotspots, patrol_hours=month_hours, dwell_minutes=dwell)
    every = [*found.reports, *ways.reports]
    about = About(
        title=f"Foot patrols, {study.name}",
        headline=headline(made),
        period=describe_period(found.months) if found.months else "",
        source=project.settings.get("source") or ", ".join(report.source() for report in every[1:3]),
        made_on=time.strftime("%Y-%m-%d"),
        parameters=made.parameters,
        evidence=[*made.sentences, *(month.sentences if month else [])],
        notes=run.notes,
        attribution=project.settings.get("attribution") or [line for report in every for line in report.attribution],
    )
    with run.step("page"), run.working("Drawing the sheets"):
        page = patrol_page(
            made.visits,
            made.routes,
            made.left_out,
            study.wards,
            about,
            shift=made.shift,
            sentences=made.sentences[1:],  # the first is on distances, which the page says by itself
            estimated=made.estimated,
            streets=ways.streets,
        )
    with staged(out, files, overwrite=overwrite) as stage, run.working("Writing"):
        with run.step("write"):
            record = plan_record(made)
            save_page(page, stage / "plan.html")
            lines = [f"Team {row.team}, {row.arrives:%H:%M}: {row.name}" for row in made.visits.itertuples()]
            still = {"wards": study.wards, "about": about, "lines": lines}
            shot.take_pictures(run, stage / "plan.html", png=png, pdf=pdf, **still)
            write_plan(stage / "plan.gpkg", made.visits, made.routes, made.left_out, record)
            write_plan_csv(stage / "plan.csv", made.visits)
            write_calendar(
                stage / "plan.ics",
                made.visits,
                made.routes,
                stamp=datetime.now(UTC).replace(microsecond=0),
                title=study.name,
                key=study.name,
            )
            for team, name in enumerate(gpx_files, 1):
                write_gpx(stage / name, made.visits, made.routes, team, title=made.shift)
            if month_hours:
                write_csv(stage / "allocation.csv", month.table if month else pd.DataFrame())
        done = run_record(
            command=[Path(sys.argv[0]).name, *sys.argv[1:]],
            reports=every,
            options=opt.options_of(ctx),
            parameters=[dict(zip(("name", "value", "reason"), one, strict=True)) for one in made.parameters],
            results=record,
            warnings=run.warnings,
            seconds=run.seconds,
            outputs=[stage / name for name in files[:-1]],
        )
        write_json(stage / files[-1], done)
    if as_json:
        click.echo(json.dumps({**record, "warnings": run.warnings}, indent=2, ensure_ascii=False))
    else:
        print_plan(made, month)
    run.say(f"\nOpen {out / 'plan.html'} in a browser and print it. Beside it: {', '.join(files[1:])}.")


@patrol.command()
@opt.project_opt
@pat.tracks_arg
@pat.plan_opt
@pat.earlier_opt
@pat.min_visit_opt
@pat.max_gap_opt
@opt.out_opt
@opt.overwrite_opt
@opt.quiet_opt
@opt.json_opt
@click.pass_context
def check(
    ctx: click.Context,
    tracks: tuple[str, ...],
    plan: str,
    earlier: tuple[str, ...],
    min_visit: float,
    max_gap: float,
    out: Path,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Say what recorded tracks show of a plan: minutes at each stop, visits that count, gaps in the recording.

    TRACK: GPX files, or folders of them. Writes checked.gpkg, checked.csv, dosage.csv (by hot spot and week) and
    checked_run.json into --out. It says nothing of who walked, and a missing track is no sign that nobody did.

    Example: geo patrol check ashview/evening.gpx --plan ashview/results/plan.gpkg --out checked
    """
    run = Run(quiet)
    with run.step("load"):
        import pandas as pd

        from console.patrol import print_check
        from geo.patrol.check.dosage import dosage
        from geo.patrol.check.track import score_tracks
        from layers.plans.checked import read_checked, write_checked
        from layers.plans.files import read_plan
        from layers.tracks import read_tracks
        from layers.writing.run_record import run_record
        from layers.writing.write import refuse_existing, staged, write_csv, write_json

    refuse_existing(out, CHECK_FILES, overwrite)
    with run.step("read"):
        visits, _ = read_plan(plan)
        fixes, report = read_tracks(tracks, visits.crs)
        before = read_checked(earlier) if earlier else None
    run.report(report)
    with run.step("check"):
        result = score_tracks(fixes, visits, min_visit_minutes=min_visit, max_gap_minutes=max_gap)
        stays, planned = result.stays, visits
        if before is not None:
            stays, planned = (
                pd.concat([old, new], ignore_index=True) for old, new in zip(before, (stays, visits), strict=True)
            )
        weeks = dosage(stays, planned, stops=result.stops)
    share = None if result.delivered_share != result.delivered_share else round(result.delivered_share, 4)
    record = {"delivered_share": share, "sentences": result.sentences, "gaps": len(result.gaps)}
    with staged(out, CHECK_FILES, overwrite=overwrite) as stage:
        with run.step("write"):
            write_checked(stage / "checked.gpkg", result.stops, result.stays, visits)
            write_csv(stage / "checked.csv", result.stops)
            write_csv(stage / "dosage.csv", weeks)
        done = run_record(
            command=[Path(sys.argv[0]).name, *sys.argv[1:]],
            reports=[report],
            options=opt.options_of(ctx),
            parameters=[],
            results=record,
            warnings=run.warnings,
            seconds=run.seconds,
            outputs=[stage / name for name in CHECK_FILES[:-1]],
        )
        write_json(stage / CHECK_FILES[-1], done)
    if as_json:
        table = json.loads(result.stops.drop(columns="geometry").to_json(orient="records", date_format="iso"))
        click.echo(json.dumps({**record, "stops": table, "warnings": run.warnings}, indent=2, ensure_ascii=False))
    else:
        print_check(result)
    run.say(f"\nWritten to {out}: {', '.join(CHECK_FILES)}. Give checked.gpkg to the next plan as --walked.")


@main.command()
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=Path("ashview"))
@opt.overwrite_opt
@opt.quiet_opt
@click.pass_context
def demo(ctx: click.Context, folder: Path, overwrite: bool, quiet: bool) -> None:
    """Write the sample project, the fictional town of Ashview, into DIR (default: ashview) and run geo on it.

    Example: geo demo
    """
    from data.sample import sample_files
    from layers.writing.write import staged

    files = sample_files()
    with staged(folder, list(files), overwrite=overwrite) as stage:
        for name, content in files.items():
            (stage / name).write_bytes(content)
    if not quiet:
        click.echo(f"Ashview, an invented town, is in {folder}: {counted(len(files), 'file')}.\n", err=True)
    flags = [*(["--overwrite"] if overwrite else []), *(["--quiet"] if quiet else [])]
    for command in (["hotspots"], ["engagement"], ["patrol", "plan"], ["map", "--audience", "workshop"]):
        words = [*command, "--project", str(folder / "geo.toml"), *flags]
        code = main.main(words, prog_name="geo", standalone_mode=False)
        if code:
            ctx.exit(code)
        click.echo()


def clustering_engine(method: str, engine: str) -> Engine:
    """Return the function that clusters; scikit-learn is only loaded for those who ask for it."""
    from geo.hotspots.dbscan import dbscan

    if method == "dbscan" and engine == "grid":
        return dbscan
    from geo.hotspots import sklearn_engine

    return sklearn_engine.hdbscan if method == "hdbscan" else sklearn_engine.dbscan


if __name__ == "__main__":
    main()
