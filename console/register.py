"""``geo register``: the hot spots that keep their ids, and what people may change of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from console.options import project_of
from console.talk import plain
from geo.errors import GeoError, listed

if TYPE_CHECKING:
    import geopandas as gpd

_project = click.option("--project", metavar="FILE", help="The geo.toml beside which the register lies; ./geo.toml.")
_ids = click.argument("ids", metavar="HS-ID...", nargs=-1, required=True)


@click.group(invoke_without_command=True)
@_project
@click.pass_context
def register(ctx: click.Context, project: str | None) -> None:
    """Hot spots that keep their ids from run to run: list them; freeze, rename, retire them, or add your own place.

    Example: geo register --project ashview/geo.toml
    """
    if ctx.invoked_subcommand is None:
        _print(_path(project))


@register.command()
@_project
@_ids
@click.option("--release", is_flag=True, help="Let them change with the runs again.")
def freeze(project: str | None, ids: tuple[str, ...], release: bool) -> None:
    """Hold the ground and names of hot spots as they are, for a trial or a comparison.

    Example: geo register freeze HS-0001 HS-0002 --project ashview/geo.toml
    """
    from geo.hotspots import register as rules

    _change(project, lambda places: rules.freeze(places, ids, frozen=not release))
    click.echo(f"{'Free to change' if release else 'Frozen'}: {listed(list(ids))}.")


@register.command()
@_project
@click.argument("hotspot_id", metavar="HS-ID")
@click.argument("name")
def rename(project: str | None, hotspot_id: str, name: str) -> None:
    """Give a hot spot a name that no run changes.

    Example: geo register rename HS-0001 "High Street by the clock" --project ashview/geo.toml
    """
    from geo.hotspots import register as rules

    _change(project, lambda places: rules.rename(places, hotspot_id, name))
    click.echo(plain(f"{hotspot_id} is called {name}."))


@register.command()
@_project
@_ids
def retire(project: str | None, ids: tuple[str, ...]) -> None:
    """Never match or give these ids again; a hot spot found there gets a new one.

    Example: geo register retire HS-0003 --project ashview/geo.toml
    """
    from geo.hotspots import register as rules

    _change(project, lambda places: rules.retire(places, ids))
    click.echo(f"Retired: {listed(list(ids))}.")


@register.command()
@_project
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
def add(project: str | None, name: str, file: Path) -> None:
    """Add a place of your own, drawn as polygons in FILE (GeoJSON, GeoPackage), whatever the reports say.

    Example: geo register add "Behind the library" ashview/wards.geojson --project ashview/geo.toml
    """
    from geo.crs import choose_metric_crs, to_metric
    from geo.hotspots import register as rules
    from layers.reading.vector import read_vector

    drawn = read_vector(file).features
    path = _path(project)

    def added(places: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
        plane = choose_metric_crs(drawn) if places is None else places.crs
        return rules.add(places, name, to_metric(drawn, plane))

    _change(project, added, empty=True)
    _print(path, last=1)


def _path(project: str | None) -> Path:
    """Return where the register of a project lies; GeoError without a project."""
    held = project_of(project)
    if held.path == Path():
        raise GeoError("There is no geo.toml here.", "Name it: --project FILE.")
    return held.path.parent / "hotspots_register.gpkg"


def _change(project: str | None, change: Callable[[Any], gpd.GeoDataFrame], *, empty: bool = False) -> None:
    """Change the places of the register under its lock; GeoError where there is none yet, unless ``empty`` is fine."""
    import pandas as pd

    from geo.hotspots.register import HISTORY
    from layers.hotspot_register import update_register

    path = _path(project)

    def changed(places: Any, history: Any) -> Any:
        if places is None and not empty:
            raise _none_yet(path)
        return change(places), pd.DataFrame(columns=list(HISTORY)) if history is None else history

    update_register(path, changed)


def _none_yet(path: Path) -> GeoError:
    return GeoError(f"{path}: there is no register yet.", "Run geo hotspots with this project first.")


def _print(path: Path, *, last: int | None = None) -> None:
    """Print the places: id, name, status, whether the last run found it, its first and last run."""
    import pandas as pd

    from console.tables import print_table
    from layers.hotspot_register import read_register

    places, _ = read_register(path)
    if places is None:
        raise _none_yet(path)
    rows = places.sort_values("hotspot_id")
    print_table(
        ("id", "name", "status", "found", "incidents", "first", "last"),
        (
            (
                row.hotspot_id,
                row.name,
                row.status,
                "yes" if row.found else "no",
                "" if pd.isna(row.incidents) else f"{int(row.incidents):,}",
                row.first_run,
                row.last_run,
            )
            for row in (rows if last is None else rows.tail(last)).itertuples()
        ),
    )
