"""A patrol plan as files: plan.gpkg, which ``geo patrol check`` reads back, and plan.csv for a spreadsheet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geo.crs import require_metric, to_lonlat
from geo.errors import GeoError, listed
from layers.libraries import gpd, np, pd, pyogrio
from layers.reading.vector import read_geopackage
from layers.writing.styles import style
from layers.writing.write import write_csv

FORMAT, VERSION = "geo patrol plan", 1
_TIMES = ("arrives", "leaves", "starts", "ends")
# what checking a walk cannot do without
# plan.csv begins with these; scripts elsewhere rely on them
FIRST = tuple("team order kind name arrive leave walk_minutes dwell_minutes prize reason".split())
_SAID = {"arrives": "arrive", "leaves": "leave", "why": "reason"}
NEEDED = ("team", "order", "stop_id", "name", "arrives", "leaves", "dwell_minutes", "radius_m")
_NOT_A_PLAN = "Use the plan.gpkg that geo patrol plan wrote."


def write_plan(
    path: Path,
    visits: gpd.GeoDataFrame,
    routes: gpd.GeoDataFrame,
    left_out: pd.DataFrame,
    settings: Mapping[str, Any],
) -> None:
    """Write a plan as a GeoPackage with the layers ``visits``, ``routes``, ``left_out`` and ``plan``.

    ``settings``: everything else of the plan by name (text, numbers, yes or no, lists of these); NaN and None are
    written as unknown. They are the rows of the layer ``plan``: key, value (JSON, but text as it is) and kind.
    Times are the local wall clock, written as text (2025-12-05T18:00:00): the format's own times would claim UTC.
    ``left_out`` and ``plan`` have no geometry. The same plan gives the same bytes. To be written into
    ``layers.writing.write.staged``. Raises GeoError where the frames are not in metres.
    """
    require_metric(visits, "visits")
    told = {"format": FORMAT, "version": VERSION, **{str(key): value for key, value in settings.items()}}
    rows = [(key, *_written(value)) for key, value in told.items()]
    plan = pd.DataFrame(rows, columns=["key", "value", "kind"])
    layers = {"visits": (visits, "Point"), "routes": (routes, "LineString"), "left_out": (left_out, None)}
    for name, (frame, kind) in {**layers, "plan": (plan, None)}.items():
        options = {"geometry_type": kind} if kind else {}
        table = _texts(frame if kind else pd.DataFrame(frame.drop(columns="geometry", errors="ignore")))
        pyogrio.write_dataframe(
            table, path, layer=name, driver="GPKG", append=path.exists(), layer_options={"FID": "fid"}, **options
        )
    style(path, {"visits": visits, "routes": routes}, {})


def write_plan_csv(path: Path, visits: gpd.GeoDataFrame) -> None:
    """Write the visits as a table, one row a visit: local times, degrees (6 decimals), metres and minutes to a tenth.

    It begins with the columns of FIRST. Whom to speak to is a column only where some row has one.
    """
    degrees = to_lonlat(visits).geometry
    table = pd.DataFrame(visits.drop(columns=visits.geometry.name))
    for name in table.columns.intersection([*_TIMES]):
        table[name] = pd.to_datetime(table[name]).dt.strftime("%Y-%m-%d %H:%M")
    for name in ("walk_minutes", "walk_m"):
        if name in table:
            table[name] = table[name].astype(float).round(1)
    if "contact" in table and not table["contact"].fillna("").astype(str).str.strip().any():
        table = table.drop(columns="contact")
    table = table.drop(columns=["arrives_utc", "leaves_utc"], errors="ignore").rename(columns=_SAID)
    table = table.assign(lon=degrees.x.round(6), lat=degrees.y.round(6))
    first = [name for name in FIRST if name in table]
    write_csv(path, table[[*first, *table.columns.difference(first, sort=False)]])


def read_plan(path: str | Path) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Return the visits of a plan written by ``write_plan``, and its settings by name.

    Visits come as they were written: times are datetimes by the local wall clock, missing texts are "", geometry is
    Points in the plan's metric system. Raises GeoError for a file that is missing, damaged, or not such a plan.
    """
    path = Path(path)
    held = read_geopackage(path, ("plan", "visits"))
    if not {"visits", "plan"} <= set(held):
        if not held:
            raise GeoError(f"{path}: this is not a GeoPackage.", _NOT_A_PLAN)
        raise GeoError(f"{path}: this GeoPackage holds no patrol plan (it holds: {listed(list(held))}).", _NOT_A_PLAN)
    rows, visits = held["plan"], held["visits"]
    settings = _settings(rows, path)
    return _visits(visits, path), settings


def _settings(rows: pd.DataFrame, path: Path) -> dict[str, Any]:
    foreign = GeoError(f"{path}: its layer 'plan' is not that of a patrol plan.", _NOT_A_PLAN)
    if not {"key", "value", "kind"} <= set(rows.columns):
        raise foreign
    try:
        settings = {
            str(row.key): json.loads(row.value) if row.kind == "json" else "" if pd.isna(row.value) else str(row.value)
            for row in rows.itertuples()
        }
    except (ValueError, TypeError, RecursionError):
        raise foreign from None
    if settings.pop("format", None) != FORMAT:
        raise foreign
    version = settings.pop("version", None)
    if version != VERSION:
        raise GeoError(
            f"{path}: a plan of version {version}; this geo reads version {VERSION}.",
            "Make the plan again with this geo.",
        )
    return settings


def _visits(visits: pd.DataFrame, path: Path) -> gpd.GeoDataFrame:
    missing = [name for name in NEEDED if name not in visits.columns]
    if missing or not isinstance(visits, gpd.GeoDataFrame) or visits.crs is None:
        what = f"no column {listed(missing)}" if missing else "no positions"
        raise GeoError(f"{path}: its layer 'visits' has {what}.", _NOT_A_PLAN)
    require_metric(visits, f"{path}::visits")
    if visits.geometry.isna().any() or not (visits.geom_type == "Point").all():
        raise GeoError(f"{path}: a visit has no position.", "Make the plan again.")
    changed = visits.copy()
    try:
        for name in changed.columns.intersection(_TIMES):
            changed[name] = pd.to_datetime(changed[name], format="ISO8601").astype("datetime64[ns]")
        for name in ("dwell_minutes", "radius_m"):
            changed[name] = changed[name].astype(float)
        for name in ("team", "order"):
            changed[name] = changed[name].astype(np.int64)
    except (ValueError, TypeError) as error:
        raise GeoError(f"{path}: a visit cannot be read ({error}).", "Make the plan again.") from None
    if changed[["arrives", "leaves", "dwell_minutes", "radius_m"]].isna().any(axis=None):
        raise GeoError(f"{path}: a visit has no time, or no area that counts.", "Make the plan again.")
    for name in changed.columns.difference([*_TIMES, changed.geometry.name]):
        if pd.api.types.is_string_dtype(changed[name]) or changed[name].dtype == object:
            changed[name] = changed[name].astype(object).where(changed[name].notna(), "")
    return changed


def _texts(frame: Any) -> Any:
    """Return a copy whose local times are text."""
    changed = frame.copy()
    for name in changed.columns:
        if pd.api.types.is_datetime64_any_dtype(changed[name].dtype):
            changed[name] = changed[name].dt.strftime("%Y-%m-%dT%H:%M:%S").astype(object)
    return changed


def _written(value: Any) -> tuple[str, str]:
    """Return a setting as text, and whether that text is JSON."""
    if isinstance(value, str):
        return value, "text"
    return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False), "json"


def _plain(value: Any) -> Any:
    """Return numpy's numbers as Python's, tuples as lists, NaN and infinity as None, anything else as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    return None if value is None or value is pd.NaT else str(value)
