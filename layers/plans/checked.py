"""What the check of a patrol found, kept for the next plan and for counting over many shifts: checked.gpkg."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from geo.crs import require_metric
from geo.errors import GeoError, listed
from layers.libraries import gpd, pd
from layers.reading.vector import read_geopackage
from layers.writing.write import write_geopackage

_STAYS = ("stop_id", "kind", "name", "begins", "ends", "minutes", "unknown_minutes", "counts")
_VISITS = ("stop_id", "kind", "name", "arrives", "leaves", "dwell_minutes", "radius_m")
_NOT_CHECKED = "Give the checked.gpkg that geo patrol check wrote."


def write_checked(path: Path, stops: gpd.GeoDataFrame, stays: gpd.GeoDataFrame, visits: gpd.GeoDataFrame) -> None:
    """Write what tracks show of a plan, with the plan's visits: layers ``stops``, ``stays`` and ``visits``.

    Times are text: those of stays with their offset from UTC (2025-12-05T18:01:30+00:00), those of the plan by the
    local clock. Contact persons of the visits are left out: the check does not need them.
    """
    planned = visits[[name for name in (*_VISITS, "team", "order", "geometry") if name in visits]]
    write_geopackage(path, {"stops": _texts(stops), "stays": _texts(stays), "visits": _texts(planned)})


def read_checked(paths: Sequence[str | Path], *, zone: str) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the stays and the planned visits of earlier checks, one after another, each file once.

    ``begins`` and ``ends`` of stays are moments in ``zone``; ``arrives`` and ``leaves`` of visits are local times.
    Raises GeoError for a file that is missing, damaged or something else, and for files in different systems.
    """
    stays, visits = [], []
    for path in dict.fromkeys(Path(path) for path in paths):
        held = read_geopackage(path, ("stays", "visits"))
        stay, visit = _layer(held, path, "stays", _STAYS), _layer(held, path, "visits", _VISITS)
        try:
            for name in ("begins", "ends"):
                stay[name] = pd.to_datetime(stay[name], utc=True, format="ISO8601").dt.tz_convert(zone)
            for name in ("arrives", "leaves"):
                visit[name] = pd.to_datetime(visit[name], format="ISO8601")
        except (ValueError, TypeError) as error:
            raise GeoError(f"{path}: a time cannot be read ({error}).", "Make the check again.") from None
        stay["counts"] = stay["counts"].astype(bool)
        stays.append(stay)
        visits.append(visit)
    for frames in (stays, visits):
        if any(frame.crs != frames[0].crs for frame in frames):
            raise GeoError("The checks are in different coordinate systems.", "Make them with plans of one area.")
    return _joined(stays), _joined(visits)


def _layer(held: Mapping[str, pd.DataFrame], path: Path, name: str, needed: Sequence[str]) -> gpd.GeoDataFrame:
    if name not in held:
        what = f"no check of a patrol (it holds: {listed(list(held))})" if held else "this is not a GeoPackage"
        raise GeoError(f"{path}: {what}.", _NOT_CHECKED)
    layer = held[name]
    missing = [column for column in needed if column not in layer.columns]
    if missing or not isinstance(layer, gpd.GeoDataFrame):
        raise GeoError(f"{path}: its layer {name!r} has no {listed(missing) or 'positions'}.", _NOT_CHECKED)
    require_metric(layer, f"{path}::{name}")
    return layer


def _joined(frames: Sequence[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    some = [frame for frame in frames if len(frame)] or list(frames[:1])
    return gpd.GeoDataFrame(pd.concat(some, ignore_index=True), crs=frames[0].crs)


def _texts(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    changed = frame.copy()
    for name in changed.columns:
        if isinstance(changed[name].dtype, pd.DatetimeTZDtype) or pd.api.types.is_datetime64_any_dtype(changed[name]):
            changed[name] = [None if pd.isna(value) else value.isoformat() for value in changed[name]]
    return changed
