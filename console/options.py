"""The options of the commands, each defined once, with their checks."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from layers.project import Project


def _period(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
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


def _number_or(word: str, low: float, high: float) -> Callable[..., float | None]:
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
    options = {name: {_name(p): p.multiple for p in _options(command)} for name, command in group.commands.items()}
    project = read_project(path, options)
    ctx.obj = project
    given = project.commands.get(ctx.info_name or "", {})
    own = {str(option.name): given[_name(option)] for option in _options(ctx.command) if _name(option) in given}
    if "out" in own:
        own["out"] = str(path.parent / own["out"])
    ctx.default_map = {**_project_defaults(project), **own}


def _options(command: click.Command) -> list[click.Option]:
    return [option for option in command.params if isinstance(option, click.Option) and option.name != "project"]


def _name(option: click.Option) -> str:
    """Return an option as geo.toml writes it: without dashes before it."""
    return max(option.opts, key=len).lstrip("-")


def _project_defaults(project: Project) -> dict[str, Any]:
    """Return what [project] and [layers] mean as options."""
    named = {
        "area": project.settings.get("area"),
        **{name: project.layers.get(name) for name in ("wards", "incidents")},
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
    callback=_number_or("auto", 1, 10_000),
    help="Reach of the clustering; not the width of a hot spot.",
)
min_incidents_opt = click.option(
    "--min-incidents",
    metavar="N|auto",
    default="auto",
    show_default=True,
    callback=_number_or("auto", 1, 1_000_000),
    help="Least incidents within reach of a core point; auto: the smallest number that chance would not reach.",
)
max_width_opt = click.option(
    "--max-width",
    metavar="METRES|none",
    default="300",
    show_default=True,
    callback=_number_or("none", 10, 500),
    help="Greatest width of a hot spot; wider ones are split. none: plain DBSCAN.",
)
footprint_opt = click.option(
    "--footprint",
    metavar="METRES|auto",
    default="auto",
    show_default=True,
    callback=_number_or("auto", 1, 5_000),
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
