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
from console import options as opt
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
        from geo.area import area_name, select_area
        from geo.disclosure import without_personal
        from geo.hotspots import find_hotspots
        from geo.hotspots.mix import WEIGHTS
        from geo.hotspots.words import PARAMETER_WORDS, describe_period, describe_types, headline, red_flags
        from layers.activity import read_activity
        from layers.incidents import read_incidents
        from layers.record import run_record
        from layers.wards import read_wards
        from layers.write import refuse_existing, staged, write_csv, write_geojson, write_geopackage, write_json
        from maps.figure import save_page
        from maps.hotspots import hotspots_map
        from maps.page import About

    refuse_existing(out, HOTSPOT_FILES, overwrite)
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

    what, when = describe_types(crime_type), describe_period(months)
    sentence = headline(result, what=what, where=where, when=when)
    about = About(
        title=f"Hot spots of {what}, {where}",
        headline=sentence,
        period=when,
        source=project.settings.get("source") or incident_report.source(),
        made_on=time.strftime("%Y-%m-%d"),
        parameters=[(PARAMETER_WORDS[p.name], p.text, p.reason) for p in result.parameters],
        evidence=result.evidence,
        notes=run.notes,
        attribution=project.settings.get("attribution") or ward_report.attribution + incident_report.attribution,
    )
    with run.step("map"), run.working("Drawing the map"):
        page = hotspots_map(result.hotspots, result.incidents, result.wards, about)
    with staged(out, HOTSPOT_FILES, overwrite=overwrite) as stage, run.working("Writing"):
        with run.step("write"):
            kept = without_personal(result.incidents, keep_ids=keep_ids)
            write_geopackage(stage / "hotspots.gpkg", {"hotspots": result.hotspots, "incidents": kept})
            write_geojson(stage / "hotspots.geojson", result.hotspots)
            write_csv(stage / "hotspots.csv", result.hotspots)
            write_csv(stage / "set_aside.csv", incident_report.faults())
            save_page(page, stage / "hotspots.html")
        record = run_record(
            command=[Path(sys.argv[0]).name, *sys.argv[1:]],
            reports=reports,
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
            },
            warnings=run.warnings,
            seconds=run.seconds,
            outputs=[stage / name for name in HOTSPOT_FILES[:-1]],
        )
        write_json(stage / HOTSPOT_FILES[-1], record)

    if as_json:
        table = json.loads(result.hotspots.drop(columns="geometry").to_json(orient="records"))
        click.echo(json.dumps({**record["results"], "table": table}, indent=2, ensure_ascii=False))
    else:
        print_hotspots(result, sentence)
    run.say(f"\nOpen {out / 'hotspots.html'} in a browser. Beside it: {', '.join(HOTSPOT_FILES[1:])}.")


@main.command()
@opt.project_opt
@eng.engagements_opt
@eng.diary_opt
@opt.wards_opt
@opt.area_opt
@eng.layer_opts
@eng.since_opt
@eng.as_of_opt
@eng.group_set_opt
@eng.threshold_opt
@eng.probability_opt
@eng.within_opt
@eng.within_days_opt
@opt.wards_crs_opt
@opt.metric_crs_opt
@opt.encoding_opt
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

        from console.reading import read_area, read_layers
        from console.tables import print_engagement
        from geo.disclosure import without_personal
        from geo.engagement.find import measure_engagement
        from geo.engagement.measure import Rule
        from geo.engagement.questions import Layers
        from geo.engagement.words import describe_days, headline, parameters_in_words
        from geo.hotspots import find_hotspots
        from layers.incidents import read_incidents
        from layers.record import run_record
        from layers.workbook import write_workbook
        from layers.write import refuse_existing, staged, write_csv, write_geopackage, write_json
        from maps.engagement import engagement_page
        from maps.figure import save_page
        from maps.page import About

    refuse_existing(out, ENGAGEMENT_FILES, overwrite)
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
            points, report = read_incidents(
                incidents,
                metric_crs=study.wards.crs,
                columns=project.columns.get("incidents"),
                track=run.track,
                **opt.incident_settings(project),
            )
            run.report(report)
            reports.append(report)
    if incidents is not None:
        with run.step("hot spots"), run.working("Finding hot spots"):
            found = find_hotspots(
                points, study.wards, months=report.months, map_points=report.map_points, **opt.hotspot_settings(project)
            )
        read.layers.update(incidents=found.incidents, hotspots=found.hotspots)
    with run.step("measure"), run.working("Measuring"):
        result = measure_engagement(
            Layers(wards=study.wards, **read.layers),
            as_of=day,
            since=None if since is None else pd.Timestamp(since),
            group_set=group_set,
            rule=Rule(threshold=threshold, probability=probability),
            within_m=within,
            within_days=within_days,
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
    with staged(out, ENGAGEMENT_FILES, overwrite=overwrite) as stage, run.working("Writing"):
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
        record = run_record(
            command=[Path(sys.argv[0]).name, *sys.argv[1:]],
            reports=reports,
            options=opt.options_of(ctx),
            parameters=[dict(zip(("name", "value", "reason"), one, strict=True)) for one in result.parameters],
            results={"headline": sentence, **result.counts, "findings": len(result.findings)},
            warnings=run.warnings,
            seconds=run.seconds,
            outputs=[stage / name for name in ENGAGEMENT_FILES[:-1]],
        )
        write_json(stage / ENGAGEMENT_FILES[-1], record)
    if as_json:
        click.echo(json.dumps(result.as_record(sentence), indent=2, ensure_ascii=False))
    else:
        print_engagement(result, sentence)
    run.say(f"\nOpen {out / 'engagement.html'} in a browser. Beside it: {', '.join(ENGAGEMENT_FILES[1:])}.")


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
    from layers.log import append_engagement, open_elsewhere
    from layers.log_check import check_engagement
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
    from layers.audit import audit_file
    from layers.release_log import append, read_log

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
    from layers.write import staged

    files = sample_files()
    with staged(folder, list(files), overwrite=overwrite) as stage:
        for name, content in files.items():
            (stage / name).write_bytes(content)
    if not quiet:
        click.echo(f"Ashview, an invented town, is in {folder}: {counted(len(files), 'file')}.\n", err=True)
    flags = [*(["--overwrite"] if overwrite else []), *(["--quiet"] if quiet else [])]
    for name in ("hotspots", "engagement"):
        code = main.main([name, "--project", str(folder / "geo.toml"), *flags], prog_name="geo", standalone_mode=False)
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
