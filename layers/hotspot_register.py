"""hotspots_register.gpkg: the places with lasting ids, and what each run found of them.

Three layers, for QGIS too: ``places`` (one row an id, with the ground it has now), ``earlier`` (the same ids: the
ground for which the id was given as ``home``, and the ground before the last run as ``before``) and ``history`` (a
table: one row an id and run). The rules are in ``geo.hotspots.register``; this module only reads and writes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import GeoError, counted, listed
from layers.libraries import gpd, pd, pyogrio, shapely
from layers.reading.vector import read_geopackage
from layers.writing.commit import locked, replace_file, settle_file, stage_of
from layers.writing.write import write_geopackage

if TYPE_CHECKING:
    Change = Callable[[gpd.GeoDataFrame | None, pd.DataFrame | None], tuple[gpd.GeoDataFrame, pd.DataFrame]]

FILE_NAME = "hotspots_register.gpkg"
_EARLIER = ("home", "before_geometry")
_TEXTS = ("hotspot_id", "name", "status", "source", "first_run", "last_run", "run", "before_name", "before_last_run")
_FLAGS = ("named_by_hand", "found", "before_found")
_COUNTS = ("incidents", "before_incidents")
_HISTORY_TEXTS = ("run", "hotspot_id", "state", "other_ids", "name")


def read_register(path: Path) -> tuple[gpd.GeoDataFrame | None, pd.DataFrame | None]:
    """Return the places and the history, as ``geo.hotspots.register`` has them; None and None where there is no file.

    Raises GeoError for a file that is no register, for places without an id, a name or ground, and for an id that the
    history knows and the places do not: who deletes a place would have its id given again.
    """
    settle_file(path)
    return _read(path)


def _read(path: Path) -> tuple[gpd.GeoDataFrame | None, pd.DataFrame | None]:
    if not path.exists():
        return None, None
    held = read_geopackage(path, ("places", "earlier", "history"))
    missing = {"places", "earlier", "history"} - set(held)
    if missing:
        raise GeoError(
            f"{path}: this is no register of hot spots (no layer {listed(sorted(missing))}).",
            "Name another file; geo makes a new one where there is none.",
        )
    places = _checked(path, held["places"])
    earlier = held["earlier"]
    for name in _EARLIER:
        ground = earlier[earlier["what"] == name].set_index("hotspot_id").geometry
        # a place drawn in QGIS has no earlier ground: what is drawn is its home
        places[name] = places["hotspot_id"].map(ground).fillna(places.geometry)
    history = pd.DataFrame(held["history"])
    lost = sorted(set(history["hotspot_id"]) - set(places["hotspot_id"]))
    if lost:
        raise GeoError(
            f"{path}: {lost[0]} is in its history but not among its places ({counted(len(lost), 'id')} missing).",
            "Put the place back and set its status to retired; a deleted id would be given again.",
        )
    return places, _typed(history, _HISTORY_TEXTS, (), ("incidents",))


def update_register(path: Path, change: Change, *, wait_s: float = 30) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Read the register, put what ``change`` makes of its places and history in its place, and return that.

    All under one lock, so that two runs never give one id to two places; the file is written whole or not at all, and
    not where it stays as it is; the same content gives the same bytes. Raises GeoError where another geo holds it for
    ``wait_s`` seconds, where it cannot be written, and as ``read_register``.
    """
    with locked(path, wait_s=wait_s, make_folder=True) as target:
        before = target.read_bytes() if target.exists() else None
        places, history = change(*_read(target))
        data = _packed(target, places, history)
        if data != before and not replace_file(target, data, before=before):
            raise GeoError(f"{path}: another program changed it meanwhile.", "Close it there, and run again.")
    return places, history


def changed_register(path: Path, change: Change) -> bytes:
    """Return the bytes of the register after a change; its lock is held, and whoever holds it writes them."""
    return _packed(path, *change(*_read(path)))


def _packed(path: Path, places: gpd.GeoDataFrame, history: pd.DataFrame) -> bytes:
    """Return the register at ``path``, its lock held, as the bytes of a GeoPackage."""
    earlier = pd.concat([_ground(places, name) for name in _EARLIER], ignore_index=True)
    with tempfile.TemporaryDirectory(dir=stage_of(path)) as folder:
        made = Path(folder) / FILE_NAME
        write_geopackage(made, {"places": places.drop(columns=list(_EARLIER)), "earlier": earlier})
        pyogrio.write_dataframe(history, made, layer="history", driver="GPKG", append=True)
        return made.read_bytes()


def _ground(places: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"hotspot_id": places["hotspot_id"], "what": name}, geometry=list(places[name]), crs=places.crs
    )


def _checked(path: Path, places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the places with the types of the register; GeoError for rows that cannot be places."""
    absent = [name for name in (*_TEXTS, *_FLAGS, *_COUNTS) if name not in places]
    if absent:
        raise GeoError(f"{path}: its places have no column {absent[0]!r}.", "Take back the file as geo wrote it.")
    places = _typed(places, _TEXTS, _FLAGS, _COUNTS)
    empty = places.geometry.isna() | places.geometry.is_empty | (places["hotspot_id"].fillna("") == "")
    if empty.any():
        raise GeoError(
            f"{path}: {counted(int(empty.sum()), 'place')} without an id or without ground (row {empty.idxmax() + 1}).",
            "Take back the file as geo wrote it, or draw the place.",
        )
    return places.set_geometry(shapely.make_valid(places.geometry.to_numpy()), crs=places.crs)


def _typed(frame: Any, texts: Sequence[str], flags: Sequence[str], counts: Sequence[str]) -> Any:
    return frame.assign(
        **{name: frame[name].astype("string").fillna("") for name in texts},
        **{name: frame[name].fillna(0).astype(bool) for name in flags},
        **{name: frame[name].astype("Float64").astype("Int64") for name in counts},
    )
