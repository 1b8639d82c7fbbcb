"""The options of the commands, each defined once, with their checks."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from layers.project import Project


Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
# options whose value is a file or folder: in geo.toml they are meant from where that stands
_FILES = set("out background diary wards incidents log lookup communities focal_points engagements attendance".split())
_FILES |= {
    "priorities",
    "surveys",
    "registers",
    "deprivation",
    "release_log",
    "workshop_notes",
    "base_map",
    "streets",
    "plan",
}


def _period(ctx: click.Context | None, param: click.Parameter | None, value: str | None) -> str | None:
    """Return a month (2025-03) or a day (2025-03-14) that exists."""
    if value is None:
        return None
    text = str(value)
    try:
        time.strptime(text, "%Y-%m-%d" if len(text) > 7 else "%Y-%m")
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a month (2025-03) or a day (2025-03-14).") from None
    if not re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", text):
        raise click.BadParameter(f"{text!r}: write months and days with two digits, as in 2025-03.")
    return text


def _day(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return a day that exists (2025-03-14); ``today`` is one."""
    if value is None:
        return None
    text = str(value).strip()
    if text.casefold() == "today":
        return time.strftime("%Y-%m-%d")
    try:
        time.strptime(text, "%Y-%m-%d")
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a day: write 2025-03-14, or today.") from None
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise click.BadParameter(f"{text!r}: write months and days with two digits, as in 2025-03-14.")
    return text


def _pairs(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> dict[str, str]:
    """Return {column: value} for texts such as ``venue_type=school``; several values of one column are joined by ;."""
    found: dict[str, list[str]] = {}
    for text in value:
        name, sign, cell = text.partition("=")
        if not sign or not name.strip():
            raise click.BadParameter(f"{text!r} is not COLUMN=VALUE, as in venue_type=school.")
        found.setdefault(name.strip().replace("-", "_"), []).append(cell)
    return {name: ";".join(cells) for name, cells in found.items()}


def number_or(word: str, low: float, high: float) -> Callable[..., float | None]:
    """Return a callback that reads a number from ``low`` to ``high``, or ``word``, which is None."""

    def read(ctx: click.Context, param: click.Parameter, value: Any) -> float | None:
        if value is None or str(value).casefold() == word:
            return None
        try:
            number = float(value)
        except ValueError:
            raise click.BadParameter(f"{value!r} is neither a number nor '{word}'.") from None
        if not low <= number <= high:
            raise click.BadParameter(f"{value} is not in the range {low:g} to {high:,.0f}.")
        return number

    return read


def layer_option(name: str, words: str, **more: Any) -> Decorator:
    """Return the option that names the file of a layer; geo.toml's [layers] gives its default."""
    return click.option(f"--{name}", metavar="FILE", callback=_some_text, help=words, **more)


def day_option(name: str, words: str, **more: Any) -> Decorator:
    """Return an option for a day, as 2025-03-14 or today."""
    return click.option(f"--{name}", metavar="YYYY-MM-DD", callback=_day, help=words, show_default=True, **more)


def _load_project(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    """Make geo.toml the defaults of the command: every option can stand there, the command line wins."""
    from layers.project import FILE_NAME, read_project

    path = Path(value) if value is not None else Path(FILE_NAME)
    if value is None and not path.is_file():
        return
    if path.is_dir():
        path = path / FILE_NAME
    group = ctx.find_root().command
    assert isinstance(group, click.Group)
    options = {name: {_name(p): p.multiple for p in _options(command)} for name, command in every_command(group)}
    project = read_project(path, options)
    ctx.obj = project
    given = project.commands.get(_full_name(ctx), {})
    own = {str(option.name): given[_name(option)] for option in _options(ctx.command) if _name(option) in given}
    for name in _FILES & own.keys():
        value = own[name]
        own[name] = [str(path.parent / one) for one in value] if isinstance(value, list) else str(path.parent / value)
    named = _project_defaults(project)
    # by what the option is called: --community of geo log holds words, [layers] communities names a file
    of_layers = {str(option.name): named[_key(option)] for option in _options(ctx.command) if _key(option) in named}
    ctx.default_map = {**of_layers, **own}


def every_command(group: click.Group, *before: str) -> Iterator[tuple[str, click.Command]]:
    """Yield every command and group below ``group`` by its full name, as ``hotspots`` and ``workshop collect``."""
    for name, command in group.commands.items():
        yield " ".join((*before, name)), command
        if isinstance(command, click.Group):
            yield from every_command(command, *before, name)


def _full_name(ctx: click.Context) -> str:
    names: list[str] = []
    while ctx.parent is not None:
        names.insert(0, ctx.info_name or "")
        ctx = ctx.parent
    return " ".join(names)


def _options(command: click.Command) -> list[click.Option]:
    return [option for option in command.params if isinstance(option, click.Option) and option.name != "project"]


def _name(option: click.Option) -> str:
    """Return an option as geo.toml writes it: without dashes before it."""
    return max(option.opts, key=len).lstrip("-")


def _key(option: click.Option) -> str:
    """Return an option as [project] and [layers] of geo.toml write it: with underscores."""
    return _name(option).replace("-", "_")


def _project_defaults(project: Project) -> dict[str, Any]:
    """Return what [project] and [layers] mean as options."""
    named = {
        "area": project.settings.get("area"),
        **project.layers,
        "log": project.layers.get("engagements"),
    }
    return {name: value for name, value in named.items() if value is not None}


def _some_text(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Refuse an empty name: the current folder, or everything, would be meant by accident."""
    for one in value if isinstance(value, tuple) else (value,):
        if one is not None and not str(one).strip():
            raise click.BadParameter("an empty name was given.")
    return value


project_opt = click.option(
    "--project",
    metavar="FILE",
    is_eager=True,
    expose_value=False,
    callback=_load_project,
    help="A geo.toml with layers and options; ./geo.toml is used if it is there.",
)
wards_opt = click.option(
    "--wards",
    callback=_some_text,
    metavar="PATH",
    multiple=True,
    required=True,
    help="Ward boundaries: GeoJSON, GeoPackage, Shapefile (also zipped), GeoParquet, TopoJSON, or a folder of them. "
    "May be given several times; FILE::LAYER names a layer.",
)
incidents_opt = click.option(
    "--incidents",
    callback=_some_text,
    metavar="PATH",
    required=True,
    help="A data.police.uk folder or its zip, a CSV with positions, or GeoPackage, GeoJSON, GeoParquet.",
)
area_opt = click.option(
    "--area",
    callback=_some_text,
    metavar="NAME",
    multiple=True,
    help="A district or ward, by name or code; may be given several times.",
)
crime_type_opt = click.option(
    "--crime-type",
    callback=_some_text,
    metavar="TYPE",
    multiple=True,
    default=("Anti-social behaviour",),
    show_default=True,
    help="What to count; 'all' for everything. May be given several times.",
)
since_opt = click.option("--since", metavar="YYYY-MM[-DD]", callback=_period, help="First month or day, included.")
until_opt = click.option("--until", metavar="YYYY-MM[-DD]", callback=_period, help="Last month or day, included.")
wards_crs_opt = click.option(
    "--wards-crs", metavar="CODE", help="Coordinate system of wards that do not say, as EPSG:27700."
)
incidents_crs_opt = click.option("--incidents-crs", metavar="CODE", help="Coordinate system of the incidents' numbers.")
metric_crs_opt = click.option(
    "--metric-crs", metavar="CODE", help="The plane to measure on, outside the United Kingdom."
)
encoding_opt = click.option("--encoding", metavar="NAME", help="Encoding of a CSV that is not UTF-8, often cp1252.")
eps_opt = click.option(
    "--eps",
    metavar="METRES|auto",
    default="auto",
    show_default=True,
    callback=number_or("auto", 1, 10_000),
    help="Reach of the clustering; not the width of a hot spot.",
)
min_incidents_opt = click.option(
    "--min-incidents",
    metavar="N|auto",
    default="auto",
    show_default=True,
    callback=number_or("auto", 1, 1_000_000),
    help="Least incidents within reach of a core point; auto: half of the smallest number that chance seldom reaches.",
)
max_width_opt = click.option(
    "--max-width",
    metavar="METRES|none",
    default="300",
    show_default=True,
    callback=number_or("none", 10, 500),
    help="Greatest width of a hot spot; wider ones are split. none: plain DBSCAN.",
)
footprint_opt = click.option(
    "--footprint",
    metavar="METRES|auto",
    default="auto",
    show_default=True,
    callback=number_or("auto", 1, 5_000),
    help="Radius of the discs that outline a hot spot; auto: the larger of 50 and eps/2.",
)
null_opt = click.option(
    "--null",
    "null_model",
    type=click.Choice(["auto", "csr", "snap", "background", "none"]),
    default="auto",
    show_default=True,
    help="What chance means: anywhere (csr), any map point (snap), where other crime is (background), no test (none).",
)
background_opt = click.option(
    "--background",
    callback=_some_text,
    metavar="FILE",
    help="Places of other activity (shops, people) to judge against too, in place of other crime: a table or map file.",
)
runs_opt = click.option(
    "--runs", type=click.IntRange(19, 99_999), default=999, show_default=True, help="Simulations of chance, at most."
)
seed_opt = click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the simulations.")
engine_opt = click.option(
    "--engine",
    type=click.Choice(["grid", "sklearn"]),
    default="grid",
    show_default=True,
    help="Who clusters: geo's own exact grid, or scikit-learn. The labels are the same.",
)
method_opt = click.option(
    "--method",
    type=click.Choice(["dbscan", "hdbscan"]),
    default="dbscan",
    show_default=True,
    help="hdbscan: for places of mixed density; exploratory, not tested and not limited in width.",
)
out_opt = click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default=Path("results"),
    show_default=True,
    help="Folder for the results.",
)
overwrite_opt = click.option("--overwrite", is_flag=True, help="Replace results that are already there.")
quiet_opt = click.option("--quiet", is_flag=True, help="Say nothing but results and errors.")
json_opt = click.option(
    "--json", "as_json", is_flag=True, help="Print a machine-readable summary instead of the table."
)
log_opt = click.option(
    "--log",
    callback=_some_text,
    metavar="FILE",
    required=True,
    help="The log: a CSV file with a row for each engagement. [layers] engagements in geo.toml names it.",
)
known_wards_opt = click.option(
    "--wards",
    callback=_some_text,
    metavar="PATH",
    multiple=True,
    help="Ward boundaries, to check --ward; without them it is not checked.",
)
known_focal_points_opt = click.option(
    "--focal-points",
    callback=_some_text,
    metavar="PATH",
    help="Focal points, to check --focal-point; without them it is not checked.",
)
create_opt = click.option("--create", is_flag=True, help="Make the log if it is not there, with every column.")
dry_run_opt = click.option("--dry-run", is_flag=True, help="Check and show the row; write nothing.")


def _column(option: str, column: str, metavar: str, words: str, *, several: bool = False, **more: Any) -> Any:
    """Return the option for one column of the engagements layer; ``several``: it may be given more than once."""
    help_text = f"{words} May be given several times." if several else words
    return click.option(f"--{option}", column, metavar=metavar, multiple=several, help=help_text, **more)


_ENGAGEMENT_COLUMNS = (
    _column("date", "date", "YYYY-MM-DD", "The day, or today. Required.", callback=_day),
    _column("activity", "activity", "WORD", "What was done: drop_in, foot_patrol, forum ... Required."),
    _column("objective", "objective", "WORD", "What for: build_trust, reassure ... Required.", several=True),
    _column("focal-point", "focal_point_id", "ID", "Where: the id or name of a focal point; or --ward."),
    _column("ward", "ward_code", "CODE", "Where: the code or name of a ward; or --focal-point, or a position."),
    _column("easting", "easting", "METRES", "Where, on the National Grid, with --northing."),
    _column("northing", "northing", "METRES", "Where, on the National Grid, with --easting."),
    _column("lon", "lon", "DEGREES", "Where: longitude, with --lat."),
    _column("lat", "lat", "DEGREES", "Where: latitude, with --lon."),
    _column("start-time", "start_time", "HH:MM", "When it began."),
    _column("minutes", "minutes", "N", "How long it took."),
    _column("initiation", "initiation", "WORD", "proactive, reactive or requested_by_community."),
    _column("participation-level", "participation_level", "WORD", "inform, consult, co_create or account."),
    _column("channel", "channel", "WORD", "face_to_face, phone, video_call ..."),
    _column("lead-org", "lead_org", "TEXT", "Which organisation led it; never a person's name."),
    _column("lead-type", "lead_type", "WORD", "police, partner, community ..."),
    _column("team", "team", "TEXT", "Which team."),
    _column("community", "communities", "WORD", "Who was met, as in the communities layer.", several=True),
    _column("audience", "audience", "WORD", "young_people, women, faith ...", several=True),
    _column("attendees", "attendees", "N", "How many people were met."),
    _column("first-time-attendees", "first_time_attendees", "N", "How many of them for the first time."),
    _column("invited", "invited", "N", "How many were invited."),
    _column("cost", "cost", "POUNDS", "What it cost."),
    _column("theme", "themes", "WORD", "What was talked about.", several=True),
    _column("quality-score", "quality_score", "1-5", "How good the contact was."),
    _column("outcome-type", "outcome_type", "WORD", "What came of it."),
    _column("outcome-count", "outcome_count", "N", "How often that came of it."),
    _column("escalated-to", "escalated_to", "TEXT", "Who was told, as an office; never a person's name."),
    _column("notes", "notes", "TEXT", "Anything else; no names, addresses, e-mail or phone numbers."),
    _column("engagement-id", "engagement_id", "ID", "Its number; without it the log's own numbers go on."),
)


def engagement_opts(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command an option for every column of an engagement; each arrives under the column's name."""
    for option in reversed(_ENGAGEMENT_COLUMNS):
        command = option(command)
    return command


other_columns_opt = click.option(
    "--set",
    "others",
    metavar="COLUMN=VALUE",
    multiple=True,
    callback=_pairs,
    help="Any other column of the layer: role, partners, venue_type, programme ... May be given several times.",
)
_POSITION = (("easting", "northing"), ("lon", "lat"))
_NEEDED = ("date", "activity", "objective")


def someone_is_there() -> bool:
    """Return whether questions can be asked: standard input is a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def refuse_missing(row: Mapping[str, str]) -> None:
    """Raise a UsageError naming what an engagement lacks, unless somebody is there to be asked for it."""
    for first, second in _POSITION:
        if (first in row) != (second in row):
            raise click.UsageError(f"--{first} and --{second} belong together: give both.")
    missing = [f"--{name}" for name in _NEEDED if name not in row]
    if not any(name in row for name in ("ward_code", "focal_point_id", "easting", "lon", "x", "geopoint")):
        missing.append("--ward or --focal-point (or --easting and --northing)")
    if missing and not someone_is_there():
        raise click.UsageError(f"Missing {', '.join(missing)}.")


def hotspot_settings(project: Project) -> dict[str, Any]:
    """Return what [hotspots] of geo.toml says of finding hot spots, so that every command finds the same ones."""
    given = project.commands.get("hotspots", {})
    readers = {
        "eps": ("eps_m", number_or("auto", 1, 10_000)),
        "min-incidents": ("min_incidents", number_or("auto", 1, 1_000_000)),
        "max-width": ("max_width_m", number_or("none", 10, 500)),
        "footprint": ("footprint_m", number_or("auto", 1, 5_000)),
    }
    found = {to: read(None, None, given[name]) for name, (to, read) in readers.items() if name in given}
    same = {"null": "null", "runs": "runs", "seed": "seed"}
    return found | {to: given[name] for name, to in same.items() if name in given}


def engagement_settings(project: Project) -> dict[str, Any]:
    """Return what [engagement] of geo.toml says of measuring engagement, so that every command finds the same gaps."""
    from geo.engagement.measure import Rule

    given = project.commands.get("engagement", {})
    same = {"group-set": "group_set", "within": "within_m", "within-days": "within_days"}
    found: dict[str, Any] = {to: given[name] for name, to in same.items() if name in given}
    probability = number_or("auto", 0.5, 0.999)(None, None, given.get("probability", "auto"))
    return found | {"rule": Rule(threshold=float(given.get("threshold", 0.8)), probability=probability)}


def incident_settings(project: Project) -> dict[str, Any]:
    """Return what [hotspots] of geo.toml says of which incidents to read."""
    given = project.commands.get("hotspots", {})
    found = {name: _period(None, None, given[name]) for name in ("since", "until") if name in given}
    return found | ({"crime_types": given["crime-type"]} if "crime-type" in given else {})


profile_opt = click.option(
    "--profile",
    type=click.Choice(["internal", "partner", "public"]),
    default="public",
    show_default=True,
    help="For whom the file is meant.",
)
minimum_count_opt = click.option(
    "--minimum-count", type=click.IntRange(1), metavar="N", help="Hide counts below N; never fewer than the profile."
)
grid_opt = click.option(
    "--grid",
    type=click.FloatRange(0, 100_000),
    metavar="METRES",
    help="The finest step of positions; never finer than the profile.",
)
release_log_opt = click.option(
    "--release-log",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="What was released before: refuse what could be worked out from both.",
)
record_opt = click.option(
    "--record", is_flag=True, help="Add the files to the release log, if nothing breaks the profile."
)


def project_of(ctx: click.Context) -> Project:
    """Return the project of this run; an empty one where there is no geo.toml."""
    from layers.project import NO_PROJECT, Project

    return ctx.obj if isinstance(ctx.obj, Project) else NO_PROJECT


def options_of(ctx: click.Context) -> dict[str, Any]:
    """Return every option with its value and where it came from: command line, geo.toml or default."""
    names = {"COMMANDLINE": "command line", "DEFAULT_MAP": "geo.toml"}
    found = {}
    for name, value in ctx.params.items():
        source = ctx.get_parameter_source(name)
        value = list(value) if isinstance(value, tuple) else str(value) if isinstance(value, Path) else value
        found[name] = {"value": value, "from": names.get(source.name if source else "", "default")}
    return found
