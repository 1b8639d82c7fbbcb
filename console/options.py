"""The options of the commands, each defined once, with their checks."""

from __future__ import annotations

import re
import time
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


def _max_width(ctx: click.Context, param: click.Parameter, value: str) -> None:
    """Accept none, which is plain DBSCAN; widths are not limited yet."""
    if str(value).casefold() != "none":
        raise click.BadParameter(f"{value!r}: only 'none' so far, which is plain DBSCAN without a greatest width.")


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
    options = {
        name: [str(option.name) for option in command.params if option.name != "project"]
        for name, command in group.commands.items()
    }
    project = read_project(path, options)
    ctx.obj = project
    own = dict(project.commands.get(ctx.info_name or "", {}))
    if "out" in own:
        own["out"] = str(path.parent / own["out"])
    ctx.default_map = {**_project_defaults(project), **own}


def _project_defaults(project: Project) -> dict[str, Any]:
    """Return what [project] and [layers] mean as options."""
    wards, area = project.layers.get("wards"), project.settings.get("area")
    defaults: dict[str, Any] = {"incidents": project.layers.get("incidents")}
    if wards is not None:
        defaults["wards"] = wards if isinstance(wards, list) else [wards]
    if area is not None:
        defaults["area"] = area if isinstance(area, list) else [area]
    return {name: value for name, value in defaults.items() if value is not None}


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
    metavar="PATH",
    multiple=True,
    required=True,
    help="Ward boundaries: GeoJSON, GeoPackage, Shapefile (also zipped), GeoParquet, TopoJSON, or a folder of them. "
    "May be given several times; FILE::LAYER names a layer.",
)
incidents_opt = click.option(
    "--incidents",
    metavar="PATH",
    required=True,
    help="A data.police.uk folder or its zip, a CSV with positions, or GeoPackage, GeoJSON, GeoParquet.",
)
area_opt = click.option(
    "--area", metavar="NAME", multiple=True, help="A district or ward, by name or code; may be given several times."
)
crime_type_opt = click.option(
    "--crime-type",
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
    metavar="METRES",
    type=click.FloatRange(min=0, min_open=True),
    help="Reach of the clustering; not the width of a hot spot.  [default: 100]",
)
min_incidents_opt = click.option(
    "--min-incidents",
    metavar="N",
    type=click.FloatRange(min=0, min_open=True),
    help="Least incidents within reach of a core point.  [default: 20]",
)
max_width_opt = click.option(
    "--max-width",
    metavar="METRES|none",
    default="none",
    show_default=True,
    expose_value=False,
    callback=_max_width,
    help="Greatest width of a hot spot; only 'none' so far.",
)
footprint_opt = click.option(
    "--footprint",
    metavar="METRES",
    type=click.FloatRange(min=0, min_open=True),
    help="Radius of the discs that outline a hot spot.  [default: the larger of 50 and eps/2]",
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
