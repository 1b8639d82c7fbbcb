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

from console import options as opt
from console.talk import Run, plain, survive_any_terminal
from geo.errors import GeoError, counted

if TYPE_CHECKING:
    from geo.hotspots.clusters import Engine

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
            reports=[ward_report, incident_report],
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
    command = ["hotspots", "--project", str(folder / "geo.toml"), *flags]
    ctx.exit(main.main(command, prog_name="geo", standalone_mode=False) or 0)


def clustering_engine(method: str, engine: str) -> Engine:
    """Return the function that clusters; scikit-learn is only loaded for those who ask for it."""
    from geo.hotspots.dbscan import dbscan

    if method == "dbscan" and engine == "grid":
        return dbscan
    from geo.hotspots import sklearn_engine

    return sklearn_engine.hdbscan if method == "hdbscan" else sklearn_engine.dbscan


if __name__ == "__main__":
    main()
