"""The ``geo`` command: options to a Study, ask, write, say.

What the options are stands in ``study.settings``, what is computed in ``study``; nothing heavy is imported before it is
needed, so that ``geo --help`` answers at once.
"""

from __future__ import annotations

import errno
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from console.options import command
from console.register import register
from console.talk import Run, plain, survive_any_terminal
from geo.errors import GeoError, counted, listed
from study.settings import (
    AuditSettings,
    CollectSettings,
    DoctorSettings,
    HotspotFileSettings,
    LogSettings,
    OutSettings,
    PackSettings,
    PageSettings,
    PictureSettings,
    ReleaseSettings,
    ReleasesSettings,
    SaySettings,
)

if TYPE_CHECKING:
    from study.deliver import Delivered, Output
    from study.study import Study

STORIES = """
geo has three readers. Try it on an invented town first:  geo demo

  The analyst      geo hotspots --incidents POLICE-UK --wards WARDS.geojson --area Luton
                   where reports concentrate, and what chance explains
  The inspector    geo patrol plan --project geo.toml --start "Police station"
                   where to walk tonight, and whom to talk to
  A workshop       geo map --audience workshop --project geo.toml
                   a page for a hall without internet, on which people write

geo COMMAND --help says what each can do.
"""


_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class GeoGroup(click.Group):
    """Prints a GeoError as its two lines and exits 1; a bug keeps its traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except GeoError as error:
            click.echo(plain(str(error)), err=True)
            ctx.exit(1)
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            where = error.filename or "the folder for temporary files"
            click.echo(plain(f"{where}: no space left on the disk. Results appear whole or not at all."), err=True)
            click.echo("Make room, and run again.", err=True)
            ctx.exit(1)


def _versions(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    """Say what a report of a fault needs: geo, Python and the libraries that results rest on."""
    if wanted and not ctx.resilient_parsing:
        from layers.writing.run_record import versions

        held = versions()
        click.echo(f"geo, version {held.pop('geo-engagement')}")
        click.echo(", ".join(f"{name} {one}" for name, one in held.items()))
        ctx.exit()


@click.group(
    cls=GeoGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_versions, help="Say the versions, and stop."
)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Engagement mapping and hot-spot GIS for neighbourhood policing.

    Example: geo demo
    """
    survive_any_terminal()
    if ctx.invoked_subcommand is None:
        click.echo(STORIES.strip())


@main.group()
def workshop() -> None:
    """What comes back from a community mapping workshop.

    Example: geo workshop collect ashview/workshop_notes.geojson --project ashview/geo.toml --out collected
    """


@main.group()
def patrol() -> None:
    """Where to walk, and what was walked.

    Example: geo patrol plan --project ashview/geo.toml --balance 0 --out tonight
    """


@main.group()
def trial() -> None:
    """A trial that runs while policing goes on: each day hot spots are drawn to extra patrol or not.

    Example: geo trial design --project ashview/geo.toml --first-day 2025-10-06 --days 84 --out trial
    """


def hotspots(study: Study) -> None:
    """Find where incidents concentrate: ranked hot spots, a map and a record of the run.

    Writes hotspots.gpkg, .geojson, .csv, .xlsx, .html, set_aside.csv (rows at fault) and run.json into --out; with
    --kml, --shp, --docx and --pptx files for other programs too. With --by district a folder of these for each, and
    districts.html, .csv, .xlsx and .gpkg of all; run again, it goes on where it was stopped.

    Example: geo hotspots --project ashview/geo.toml --eps 100 --max-width 200 --out found
    """
    from console.tables import print_hotspots
    from study.deliver import hotspot_output

    if study.settings(HotspotFileSettings).by == "district":
        from study.districts import by_district

        _say_parts(study, by_district(study, study.settings(PictureSettings)))
        return
    done = _deliver(study, hotspot_output(study), PictureSettings)
    result = done.made.value
    table = json.loads(result.hotspots.drop(columns="geometry").to_json(orient="records"))
    _say(study, done, {**done.record["results"], "table": table}, lambda: print_hotspots(result, done.made.headline))


def engagement(study: Study) -> None:
    """Find who is not being heard: measures by community and ward, gaps in plain words, the loops to close.

    Writes engagement.html, .gpkg, .csv, .xlsx (a sheet a question), .json, engagement_set_aside.csv (rows at fault) and
    engagement_run.json into --out. Works with whatever layers there are, and says what the others would add.

    Example: geo engagement --project ashview/geo.toml --out met
    """
    from console.tables import print_engagement
    from study.deliver import engagement_output

    if not study.has_log:
        raise click.UsageError("Missing option '--engagements' (or --diary).")
    done = _deliver(study, engagement_output(study), PictureSettings)
    result, headline = done.made.value, done.made.headline
    _say(study, done, result.as_record(headline), lambda: print_engagement(result, headline))


def map_(study: Study) -> None:
    """Put everything on one offline page for one reader: the analyst, the inspector, or a workshop.

    Writes AUDIENCE.html and AUDIENCE_run.json into --out; with --png and --pdf pictures of it. A page that leaves the
    team (partner, public) is audited before it is written, and refused if it would disclose what its profile forbids.

    Example: geo map --audience workshop --project ashview/geo.toml --out pages
    """
    from study.deliver import page_output

    audience = study.settings(PageSettings).audience
    if audience is None:
        raise click.UsageError("Missing option '--audience'. Choose from: analyst, inspector, workshop.")
    done = _deliver(study, page_output(study, audience), PictureSettings)
    _say(study, done, done.record["results"], lambda: click.echo(plain(done.made.headline)))


def plan(study: Study) -> None:
    """Plan foot patrols that spend their minutes on hot spots and on people nobody has talked to.

    Writes plan.html (one A4 sheet a team, cards for a phone), plan.gpkg, plan.csv, plan.ics, team-N.gpx and
    plan_run.json into --out; with --month-hours also allocation.csv.

    Example: geo patrol plan --project ashview/geo.toml --date 2026-01-10 --teams 3 --out tonight
    """
    from console.patrol import print_plan
    from study.deliver import plan_output
    from study.settings import PlanSettings

    if not study.settings(PlanSettings).start:
        raise click.UsageError("Missing option '--start'.")
    done = _deliver(study, plan_output(study), PictureSettings)
    _say(study, done, done.record["results"], lambda: print_plan(*done.made.value))


def check(study: Study, tracks: tuple[str, ...]) -> None:
    """Say what recorded tracks show of a plan: minutes at each stop, visits that count, gaps in the recording.

    TRACK: recordings (GPX, KML, TCX, CSV), or folders of them. Writes checked.gpkg, checked.csv, dosage.csv (by hot
    spot and week) and checked_run.json into --out. It says nothing of who walked, and a missing track is no sign that
    nobody did.

    Example: geo patrol check ashview/evening.gpx --plan ashview/results/plan.gpkg --out checked
    """
    from console.patrol import print_check
    from study.deliver import check_output
    from study.settings import CheckSettings

    if study.settings(CheckSettings).plan is None:
        raise click.UsageError("Missing option '--plan'.")
    done = _deliver(study, check_output(study, tracks), OutSettings)
    result = done.made.value
    stops = json.loads(result.stops.drop(columns="geometry").to_json(orient="records", date_format="iso"))
    _say(study, done, {**done.record["results"], "stops": stops}, lambda: print_check(result))


def check_files(study: Study) -> None:
    """Say what is wrong with a project's files, worst first, with row, value and mend. Exit 1 if one cannot be read.

    Every layer is read whatever becomes of the others, then looked at beside them: codes that do not join, periods
    that do not meet, incidents outside the area. It writes nothing but what --html and --fix ask for, and never the
    files themselves.

    Example: geo check --project ashview/geo.toml
    """
    from console.check import print_checkup
    from study.check import check_study

    chosen = study.settings(DoctorSettings)
    done = check_study(study)
    print_checkup(done, verbose=chosen.verbose, as_json=chosen.json)
    if chosen.html or chosen.fix:
        from study.check_files import write_copies, write_report

        if chosen.fix:
            names = write_copies(study, done, Path(chosen.fix), overwrite=chosen.overwrite)
            study.said.tell(f"-> {Path(chosen.fix) / names[0]}   beside it: {', '.join(names[1:])}")
        if chosen.html:
            study.said.tell(f"-> {write_report(study, done, Path(chosen.html), overwrite=chosen.overwrite)}")
    if not done.usable:
        click.get_current_context().exit(1)


def collect(study: Study, files: tuple[str, ...]) -> None:
    """Check the notes that people saved on the workshop page, and merge them into one layer, each note once.

    FILE: what "Save notes to a file" made, a table typed in from paper, or a folder of files. Writes
    workshop_notes.geojson, .gpkg (a layer each of points, lines and areas), workshop_set_aside.csv (notes not used, and
    why) and workshop_run.json into --out.

    Example: geo workshop collect ashview/workshop_notes.geojson --project ashview/geo.toml --out collected
    """
    from study.deliver import notes_output

    done = _deliver(study, notes_output(study, files, study.settings(CollectSettings).margin), OutSettings)
    _say(study, done, done.record["results"], lambda: click.echo(plain(done.made.headline)))
    study.said.tell("Name workshop_notes.geojson under [layers] in geo.toml as workshop_notes.")


def evaluate(study: Study) -> None:
    """Say whether the hot spots would have predicted what came next, beside grids, a density map and discs.

    From some months hot spots are found, the months after them are looked up, and both move on. Writes evaluate.txt,
    evaluate.csv, evaluate_origins.csv (month by month), evaluate.xlsx and evaluate_run.json into --out.

    Example: geo evaluate --project ashview/geo.toml --runs 19 --step 6 --out evaluated
    """
    from study.afterwards import evaluate_output

    _tell(study, evaluate_output(study))


def compare(study: Study) -> None:
    """Say what changed between two periods: wards, hot spots of the register, communities met.

    Each is compared with the rest of the town in the same months, and corrected for how many are looked at. Writes
    compare.html, .txt, .csv, .xlsx, .gpkg and compare_run.json into --out.

    Example: geo compare --project ashview/geo.toml --before 2024-10:2024-12 --after 2025-10:2025-12 --out compared
    """
    from study.afterwards import compare_output

    _tell(study, compare_output(study))


def assess(study: Study) -> None:
    """Say whether it worked: treated places against controls, before and after, judged by placebos.

    Refused where no answer is honest: months that chose the places, too few months or places. Writes assess.html,
    .txt, .csv, .xlsx, .gpkg and assess_run.json into --out.

    Example: geo assess --project ashview/geo.toml --places wards --treated Riverside --treated Station
    --before 2024-01:2024-12 --after 2025-01:2025-12 --out assessed
    """
    from study.afterwards import assess_output

    _tell(study, assess_output(study))


def month(study: Study, month: str) -> None:
    """Make the month's end: hot spots, comparisons, engagement, pages, measures, into a folder of that month.

    MONTH: as 2025-12. What changed stands first, in month.html, .txt, .xlsx, .csv and .json. A run that was stopped
    goes on where it was; what was made from the same files and settings is kept. --overwrite makes the rest again.

    Example: geo month 2025-12 --project ashview/geo.toml --out months
    """
    from study.monthly import month_end

    _say_parts(study, month_end(study, month, study.settings(PictureSettings)))


def facts(study: Study) -> None:
    """Write tidy tables for Power BI and the like: reports and engagements by ward, hot spot, community and month.

    Writes ward_month.csv, hotspot_month.csv, community_month.csv (with a log), dictionary.csv (what every column means)
    and facts_run.json into --out, for use inside the team.

    Example: geo facts --project ashview/geo.toml --out facts
    """
    from study.deliver import facts_output

    done = _deliver(study, facts_output(study), OutSettings)
    _, told = done.made.value
    _say(study, done, done.record["results"], lambda: click.echo(plain("\n".join(told))))


def prepare(study: Study, folder: str) -> None:
    """Read all incidents of FOLDER once and keep them so that every command reads only the part it needs.

    FOLDER: whatever --incidents takes; a large table or a download of many months gains by it. Writes a GeoParquet file
    a month, prepared.json (what is in them), set_aside.csv and prepare_run.json into --out, which is then named
    as --incidents. All crime types are kept; personal columns too, as in the files themselves.

    Example: geo prepare ashview/incidents.csv --out prepared
    """
    from layers.writing.commit import refuse_existing
    from study.deliver import prepare_output

    out = study.settings(OutSettings)
    refuse_existing(Path(out.out), ["prepared.json"], out.overwrite)
    _tell(study, prepare_output(study, folder))


def trial_design(study: Study) -> None:
    """Draw a trial and seal it: which places on which days, what is counted and how, before the first day.

    Writes trial.json (the protocol), trial.txt (the same to sign), trial_schedule.csv, trial.gpkg (the ground),
    trial_places.csv (what was left out, and why) and trial_run.json into --out.

    Example: geo trial design --project ashview/geo.toml --first-day 2025-10-06 --days 84 --out trial
    """
    from study.trials import design_output

    _tell(study, design_output(study))


def trial_today(study: Study) -> None:
    """Say which places of a trial are drawn for a day, and no other; geo patrol plan --trial plans them.

    Writes trial_DAY.csv, .gpkg and trial_DAY_run.json into --out. Refused where protocol or schedule were changed.

    Example: geo trial today --trial trial/trial.json --date 2025-10-07 --out trial
    """
    from study.trials import today_output

    _tell(study, today_output(study))


def trial_result(study: Study) -> None:
    """Say what a trial shows, as drawn and not as walked, after its last day.

    Writes trial_result.txt, .csv (a row a place and day), .xlsx and trial_result_run.json into --out. An early look is
    refused, or said; reports that have only months are refused.

    Example: geo trial result --project ashview/geo.toml --trial trial/trial.json --as-of 2025-12-31 --out result
    """
    from study.trials import result_output

    _tell(study, result_output(study))


def log(study: Study) -> None:
    """Add one engagement to the project's log, checked, without losing anybody's row.

    A date, an activity, an objective and a place are needed; on a terminal, what is missing is asked for. Any number
    of people may log at once.

    Example: geo log --project ashview/geo.toml --date 2025-12-30 --activity drop_in --objective build_trust
    --ward E05999003 --attendees 12
    """
    from console.log import add_engagement

    add_engagement(study, study.settings(LogSettings))


def audit(study: Study, files: tuple[str, ...]) -> None:
    """Say what files would disclose before they leave: HTML, GeoPackage, GeoJSON, CSV, XLSX. Exit 1 if too much.

    Everything in a file is looked at, shown or not: positions, small counts, personal details, outside addresses. For
    readers outside also what could be worked out together with all that left before, by the log beside the project.

    Example: geo audit ashview/results/hotspots.html --profile internal
    """
    from console.audit import audit_files, log_beside

    chosen = study.settings(AuditSettings)
    log = log_beside(study, chosen)
    if audit_files([Path(one) for one in files], chosen, log, as_json=study.settings(SaySettings).json):
        click.get_current_context().exit(1)


def release(study: Study, files: tuple[str, ...]) -> None:
    """Make the copies of files that may leave: columns, counts and positions as the profile lets them out.

    Reads GeoPackage, GeoJSON and CSV, named after their layer (hotspots.csv). Each copy is audited and judged beside
    all that left before; a refusal says what to change. A page is made again by its own command, with --profile.

    Example: geo release ashview/results/hotspots.csv --profile partner --out for_partners
    """
    from console.audit import print_copies
    from study.release import allowed_in, release_files, release_log_of, rules_of

    chosen, out = study.settings(ReleaseSettings), study.settings(OutSettings)
    log = release_log_of(study)
    allow = (*chosen.allow, *allowed_in(study))
    rules = rules_of(chosen.profile, minimum_count=chosen.minimum_count, grid=chosen.grid, allow=allow)
    copies = release_files([Path(one) for one in files], Path(out.out), log, rules, overwrite=out.overwrite)
    print_copies(copies, chosen.profile, log, as_json=out.json, quiet=out.quiet)


def pack(study: Study, files: tuple[str, ...]) -> None:
    """Print finished pages as one PDF: a cover with what is in it, then every sheet, numbered.

    Needs an installed Chromium, Chrome or Edge. Each page is audited first; one that may not go to the readers of the
    profile is refused, and nothing is written.

    Example: geo pack ashview/results/inspector.html ashview/results/plan.html --profile internal --out printed
    """
    from console.audit import print_pack
    from study.pack import write_pack
    from study.release import allowed_in, rules_of

    out = study.settings(OutSettings)
    rules = rules_of(study.settings(PackSettings).profile, allow=allowed_in(study))
    bound = write_pack([Path(one) for one in files], Path(out.out), rules, overwrite=out.overwrite)
    print_pack(bound, Path(out.out), as_json=out.json, quiet=out.quiet)


def releases(study: Study) -> None:
    """List what left, say what a release tells, or withdraw one that never left.

    Example: geo releases --release-log releases.jsonl
    """
    from console.audit import print_releases
    from study.release import release_log_of

    chosen = study.settings(ReleasesSettings)
    print_releases(release_log_of(study), chosen, as_json=study.settings(SaySettings).json)


def _files(name: str) -> tuple[click.Argument]:
    return (click.Argument([f"{name}s"], metavar=f"{name.upper()}...", nargs=-1, required=True, type=click.Path()),)


command(main, "hotspots", hotspots)
command(main, "engagement", engagement)
command(main, "map", map_)
command(patrol, "patrol plan", plan)
command(patrol, "patrol check", check, arguments=_files("track"))
command(workshop, "workshop collect", collect, arguments=_files("file"))
command(main, "evaluate", evaluate)
command(main, "compare", compare)
command(main, "assess", assess)
command(main, "facts", facts)
command(main, "prepare", prepare, arguments=(click.Argument(["folder"], type=click.Path()),))
command(main, "month", month, arguments=(click.Argument(["month"], metavar="MONTH"),))
command(trial, "trial design", trial_design)
command(trial, "trial today", trial_today)
command(trial, "trial result", trial_result)
command(main, "check", check_files)
command(main, "log", log)
command(main, "audit", audit, arguments=_files("file"))
command(main, "release", release, arguments=_files("file"))
command(main, "pack", pack, arguments=_files("file"))
command(main, "releases", releases)


main.add_command(register)


def _deliver(study: Study, output: Output, cls: type[OutSettings]) -> Delivered:
    from study.deliver import deliver

    return deliver(study, output, study.settings(cls))


def _tell(study: Study, output: Output) -> None:
    """Write an output and print what it says, sentence by sentence."""
    done = _deliver(study, output, OutSettings)
    _, sentences = done.made.value
    _say(study, done, done.record["results"], lambda: click.echo(plain("\n".join(sentences))))


def _say(study: Study, done: Delivered, summary: dict[str, Any], show: Any) -> None:
    """Print the result on stdout, as words or as JSON; then what was left out, and what to open, on stderr."""
    run = study.said
    assert isinstance(run, Run)
    folder, names = done.files[0].parent, [path.name for path in done.files]
    if run.as_json:
        told = {} if "notes" in summary else {"warnings": run.warnings}  # notes are the warnings, for readers of a page
        click.echo(json.dumps({**summary, **told}, indent=2, ensure_ascii=False))
    else:
        show()
    run.warned(str(done.files[-1]))
    listed_in = next((name for name in names if name.endswith("set_aside.csv")), names[-1])
    run.set_aside(str(folder / listed_in))
    run.tell(f"-> {folder / names[0]}   beside it: {', '.join(names[1:])}")


def _say_parts(study: Study, done: Any) -> None:
    """Print what a run with several parts found, and which it made and kept."""
    run = study.said
    assert isinstance(run, Run)
    if run.as_json:
        click.echo(json.dumps(done.results, indent=2, ensure_ascii=False))
    else:
        click.echo(plain("\n".join(done.results["sentences"])))
    run.warned(str(done.files[-1]))
    what = [f"{verb}: {listed(names, 12)}" for verb, names in (("made", done.made), ("kept", done.kept)) if names]
    run.tell(f"-> {done.files[0]}   {'; '.join(what)}")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be written; write nothing.")
@click.option("--overwrite", is_flag=True, help="Replace a geo.toml that is already there.")
def init(folder: Path, dry_run: bool, overwrite: bool) -> None:
    """Look at every file in and below FOLDER, say which layer each is and why, and write a geo.toml that names them.

    What could be two layers, or none, is said and left out. Nothing but geo.toml is written.

    Example: geo init ashview --dry-run
    """
    from layers.writing.commit import refuse_existing
    from study.init import project_text, recognise, write_project

    if not dry_run:
        refuse_existing(folder, ["geo.toml"], overwrite)
    found = recognise(folder)
    for one in sorted(found.placed, key=lambda one: not one.layer):
        click.echo(plain(f"{one.file}: {one.layer or 'not placed'} ({one.why})"))
    if found.left:
        click.echo(plain(f"No data, left alone: {listed(found.left, 6)}."))
    if not dry_run:
        target = write_project(folder, project_text(found), overwrite=overwrite)
        click.echo(plain(f"-> {target}   next: geo check --project {shlex.quote(str(target))}"))


@main.command()
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=Path("ashview"))
@click.option("--overwrite", is_flag=True, help="Replace what is already there.")
@click.option("--quiet", is_flag=True, help="Say nothing but results and errors.")
@click.option("--verbose", is_flag=True, help="Say how: rows, choices, settings and reasons.")
def demo(folder: Path, overwrite: bool, quiet: bool, verbose: bool) -> None:
    """Write the sample project, the fictional town of Ashview, into DIR (default: ashview) and run geo on it.

    Example: geo demo
    """
    from console.demo import run_demo
    from data.sample import sample_files
    from layers.writing.write import staged

    files = sample_files()
    with staged(folder, list(files), overwrite=overwrite) as stage:
        for name, content in files.items():
            (stage / name).write_bytes(content)
    run = Run(quiet=quiet, verbose=verbose)
    run.tell(f"Ashview, an invented town in the North Sea, is in {folder}: {counted(len(files), 'file')}.\n")
    run_demo(run, folder, overwrite=overwrite)


if __name__ == "__main__":
    main()
