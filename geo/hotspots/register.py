"""The register of hot spots: an id belongs to a piece of ground, and stays with it from run to run.

**The rule.** Two grounds *overlap* by the share of the smaller one that lies in the other; where the run's reports are
given, by the mean of that share of ground and the same share of reports. From 0.3 a hot spot of this run and a place of
the register are linked. The pair most alike (what both share, of what either covers) takes the id first, then the next,
each id and each hot spot once; places that the last run did not find come after those it did. An id is only taken
where the hot spot also overlaps by 0.3 the ground for which the id was first given: it cannot creep down the street.

| state | when |
|---|---|
| same | linked; at least 0.7 of the smaller ground is shared, and neither is over 1.25 times the other |
| grown, shrunk | the same, but over 1.25 times larger or smaller |
| moved | linked, but less than 0.7 shared; or it left the ground of its id, and has a new one |
| split | over half of it was a place that now has another hot spot too: the one most alike keeps the id |
| merged | it took in over half of another place that has no hot spot of its own now |
| new | on ground without an id |
| gone | an id whose place the last run found and this one did not |

A place that is gone keeps its id and its ground: found there again, it has the id again, with the state of its ground
against the last known. A place drawn by hand says nothing of size: a hot spot that takes its id there is the same or
moved, and others inside it are neither split from it nor merged with it. A name stays while the state is same, grown or
shrunk. Frozen ground and names given by hand never change; a retired id is never matched and never given again. A run
made again (the same ``run``) is matched against what was there before it, so that it says the same again; ids it gave
stay with their ground.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.crs import require_metric
from geo.errors import GeoError, counted, listed

LINKED, PART, ALIKE, GROWN = 0.3, 0.5, 0.7, 1.25
STATES = ("same", "grown", "shrunk", "moved", "split", "merged", "new", "gone")
ACTIVE, FROZEN, RETIRED = "active", "frozen", "retired"
FOUND, BY_HAND = "found", "by hand"
# what a run changes of a place; each also stands as before_NAME, as it was before the last run
CHANGES = ("name", "found", "last_run", "incidents", "geometry")
COLUMNS = (
    *("hotspot_id", "name", "status", "source", "named_by_hand", "found", "first_run", "last_run", "incidents", "run"),
    *(f"before_{name}" for name in CHANGES),
    *("home", "geometry"),
)
HISTORY = ("run", "hotspot_id", "state", "other_ids", "overlap", "name", "incidents", "area_m2")
_KEEPS_NAME = ("same", "grown", "shrunk")


class _Links(NamedTuple):
    """Pairs of a hot spot and a place that share ground, by number; the best first."""

    spot: NDArray[np.int64]
    place: NDArray[np.int64]
    overlap: NDArray[np.float64]
    at_home: NDArray[np.bool_]


def match(
    register: gpd.GeoDataFrame | None,
    hotspots: gpd.GeoDataFrame,
    *,
    reports: gpd.GeoDataFrame | None = None,
    run: str = "",
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return the register after this run, and the id and state of each hot spot by the rule above.

    ``register``: what the last run returned; None or empty for the first. ``hotspots``: polygons in metres, with
    ``incidents`` and ``name`` if known. ``reports``: the points of this run, all of them. ``run``: what to call it in
    ``first_run`` and ``last_run`` (``2025-12``).

    The second frame has first the hot spots, in their order and with their index, then one row for each id that is
    gone (its index goes on counting): ``hotspot_id``, ``state``, ``other_ids`` (what it was part of, took in, or went
    into; empty, one, or several with semicolons) and ``overlap`` (0-1, with the ground its id had; missing for ids
    without). ``named`` puts them to the hot spots. No order of rows changes anything but new ids of hot spots that are
    alike in every column. The inputs are not changed. Raises GeoError for layers not in metres or in two systems.
    """
    known = _as_before(_known(register, hotspots), run)
    order = _canonical(hotspots)
    spots = hotspots.iloc[order].reset_index(drop=True)
    links = _links(known, spots, reports)
    own = _take_ids(known, links, len(spots))
    told, taken = _states(known, spots, links, own, run)
    after = _updated(known, spots, told, own, run)
    found = told.assign(hotspot_id=after.ids).iloc[np.argsort(order)].set_index(hotspots.index)
    gone = _gone(known, own, taken, after.ids, hotspots.index)
    return after.register, pd.concat([found[gone.columns], gone]) if len(gone) else found[gone.columns]


def named(hotspots: gpd.GeoDataFrame, register: gpd.GeoDataFrame, states: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the hot spots of ``match`` with ``hotspot_id`` and ``state``, and with the name the register keeps."""
    mine = states.iloc[: len(hotspots)]
    names = register.set_index("hotspot_id")["name"]
    return hotspots.assign(
        hotspot_id=mine["hotspot_id"],
        state=mine["state"],
        name=mine["hotspot_id"].map(names).astype(_column(hotspots, "name", "").dtype),
    )


def add_history(
    history: pd.DataFrame | None, register: gpd.GeoDataFrame, states: pd.DataFrame, run: str
) -> pd.DataFrame:
    """Return the history with one row for each row of ``states``; what it held of the same ``run`` is replaced.

    Columns: ``run``, those of ``states``, and ``name``, ``incidents`` and ``area_m2`` as the register has them after
    the run (those of the last run that found it, for a place that is gone).
    """
    places = register.set_index("hotspot_id").loc[states["hotspot_id"]]
    rows = states.reset_index(drop=True).assign(
        run=run,
        name=places["name"].to_numpy(),
        incidents=places["incidents"].to_numpy(),
        area_m2=places.geometry.area.round(1).to_numpy(),
    )[list(HISTORY)]
    earlier = None if history is None else history[history["run"] != run]
    return rows if earlier is None or earlier.empty else pd.concat([earlier, rows], ignore_index=True)


def summary(states: pd.DataFrame) -> str:
    """Return what happened in one line: ``12 same, 2 grown, 1 new (HS-0031), 3 gone (HS-0002, HS-0004, HS-0009)``."""
    parts = []
    for state in STATES:
        ids = sorted(states.loc[states["state"] == state, "hotspot_id"])
        names = f" ({listed(ids)})" if state in ("moved", "split", "merged", "new", "gone") else ""
        parts += [f"{len(ids)} {state}{names}"] if ids else []
    return ", ".join(parts) or "no hot spot"


def freeze(register: gpd.GeoDataFrame, ids: Sequence[str], *, frozen: bool = True) -> gpd.GeoDataFrame:
    """Return the register with the ground and names of places held as they are; ``frozen=False`` lets go again.

    For a trial or a comparison: the places under study may not change with the months. Raises GeoError for an id that
    is unknown or retired.
    """
    rows = _rows(register, ids)
    return register.assign(status=register["status"].mask(rows, FROZEN if frozen else ACTIVE))


def rename(register: gpd.GeoDataFrame, hotspot_id: str, name: str) -> gpd.GeoDataFrame:
    """Return the register with a name given by hand, which no run changes; GeoError for no name or an unknown id."""
    if not name.strip():
        raise GeoError(f"{hotspot_id}: no name was given.", "Give one, such as 'Town Hall square'.")
    rows = _rows(register, [hotspot_id])
    return register.assign(
        name=register["name"].mask(rows, name.strip()), named_by_hand=register["named_by_hand"] | rows
    )


def retire(register: gpd.GeoDataFrame, ids: Sequence[str]) -> gpd.GeoDataFrame:
    """Return the register with ids that are never matched or given again; a hot spot found there gets a new one."""
    rows = _rows(register, ids)
    return register.assign(status=register["status"].mask(rows, RETIRED), found=register["found"] & ~rows)


def add(
    register: gpd.GeoDataFrame | None, name: str, ground: gpd.GeoSeries | gpd.GeoDataFrame, *, run: str = ""
) -> gpd.GeoDataFrame:
    """Return the register with a place of the inspector's own, whatever the reports say; it is frozen.

    ``ground``: polygons in metres, together one place. A hot spot found there takes its id. Raises GeoError for no
    name, for ground that is no polygon or not in the register's system.
    """
    require_metric(ground, name)
    shape = shapely.union_all(shapely.make_valid(ground.geometry.to_numpy()))
    if not name.strip() or shape.is_empty or shape.geom_type not in ("Polygon", "MultiPolygon"):
        raise GeoError(f"{name or 'A place added by hand'}: it has no name or no area.", "Draw it as a polygon.")
    spots = gpd.GeoDataFrame({"name": [name.strip()]}, geometry=[shape], crs=ground.crs)
    known = _known(register, spots)
    row = _entries(known, spots, run).assign(status=FROZEN, source=BY_HAND, named_by_hand=True, found=False)
    return _joined(known, row)


def _known(register: gpd.GeoDataFrame | None, hotspots: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the register, by id, checked against the hot spots; an empty one where there is none."""
    require_metric(hotspots, "hot spots")
    if register is None or register.empty:
        kinds = {"named_by_hand": bool, "found": bool, "incidents": "Int64", "home": object, "geometry": object}
        columns = {name: pd.Series(dtype=kinds.get(name.removeprefix("before_"), "string")) for name in COLUMNS}
        return gpd.GeoDataFrame(columns, geometry="geometry", crs=hotspots.crs)
    require_metric(register, "register")
    if register.crs != hotspots.crs:
        raise GeoError(
            f"The register is in {register.crs.name}, the hot spots in {hotspots.crs.name}.",
            "A register belongs to one area: use another file for another country.",
        )
    twice = register.loc[register["hotspot_id"].duplicated(), "hotspot_id"]
    if len(twice):
        raise GeoError(f"The register has {twice.iloc[0]} more than once.", "Keep one row an id.")
    return register.sort_values("hotspot_id", ignore_index=True)


def _as_before(known: gpd.GeoDataFrame, run: str) -> gpd.GeoDataFrame:
    """Return the register as it was before ``run``, if that was the last one; what people changed since stays."""
    again = (known["run"] == run).to_numpy(bool) & (run != "")
    kept = {"name": known["named_by_hand"].to_numpy(bool), "geometry": (known["status"] == FROZEN).to_numpy(bool)}
    back = {name: again & ~kept.get(name, np.zeros(len(known), bool)) for name in CHANGES}
    before = {name: known[name].copy() for name in CHANGES}
    for name, rows in back.items():
        before[name].loc[rows] = known.loc[rows, f"before_{name}"]
    return known.assign(**before)


def _canonical(hotspots: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Return the order in which new ids are given: most incidents first, then by ground and name."""
    shapes = shapely.to_wkb(shapely.normalize(hotspots.geometry.to_numpy()), hex=True)
    keys = pd.DataFrame({"incidents": _column(hotspots, "incidents", 0).to_numpy(float), "shape": shapes})
    keys["name"] = _column(hotspots, "name", "").astype(str).to_numpy()
    keys["incidents"] *= -1
    return keys.sort_values(["incidents", "shape", "name"], kind="stable").index.to_numpy()


def _column(frame: pd.DataFrame, name: str, otherwise: object) -> pd.Series:
    return frame[name] if name in frame else pd.Series([otherwise] * len(frame), index=frame.index)


def _links(known: gpd.GeoDataFrame, spots: gpd.GeoDataFrame, reports: gpd.GeoDataFrame | None) -> _Links:
    """Return the pairs of a hot spot and a place not retired that overlap by 0.3 or more, those most alike first.

    What was found last time comes before what was not; between equals the lower id and the canonical order decide.
    """
    grounds, places = spots.geometry.to_numpy(), known.geometry.to_numpy()
    spot, place = shapely.STRtree(places).query(grounds, predicate="intersects")
    kept = (known["status"] != RETIRED).to_numpy()[place]
    spot, place = spot[kept], place[kept]
    shared = shapely.intersection(grounds[spot], places[place])
    sizes = [tuple(shapely.area(shapes) for shapes in (shared, grounds[spot], places[place]))]
    if reports is not None and len(reports):
        require_metric(reports, "reports")
        count = _counter(reports)
        sizes.append((count(shared), count(grounds)[spot], count(places)[place]))
    overlap = np.mean([_share(both, np.minimum(one, other)) for both, one, other in sizes], axis=0)
    alike = np.mean([_share(both, one + other - both) for both, one, other in sizes], axis=0)
    home = known["home"].to_numpy()[place]
    back = shapely.area(shapely.intersection(grounds[spot], home))
    at_home = _share(back, np.minimum(shapely.area(grounds[spot]), shapely.area(home))) >= LINKED
    order = np.lexsort((spot, place, -alike.round(9), _dormant(known)[place]))
    order = order[overlap[order] >= LINKED]
    return _Links(spot[order], place[order], overlap[order], at_home[order])


def _counter(reports: gpd.GeoDataFrame):  # type: ignore[no-untyped-def]
    """Return a function that counts the reports in each of some shapes, their edges included."""
    xy, times = np.unique(shapely.get_coordinates(reports.geometry.to_numpy()), axis=0, return_counts=True)
    tree = shapely.STRtree(shapely.points(xy))

    def count(shapes: NDArray[np.object_]) -> NDArray[np.float64]:
        shape, point = tree.query(shapes, predicate="intersects")
        return np.bincount(shape, times[point], minlength=len(shapes)).astype(np.float64)

    return count


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def _dormant(known: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Return which places the last run did not find; a place by hand or frozen is there whether found or not."""
    return ((known["status"] == ACTIVE) & ~known["found"]).to_numpy(bool)


def _take_ids(known: gpd.GeoDataFrame, links: _Links, spots: int) -> NDArray[np.int64]:
    """Return the place whose id each hot spot takes, -1 where none."""
    own, free = np.full(spots, -1), np.ones(len(known), bool)
    for spot, place in zip(links.spot[links.at_home], links.place[links.at_home], strict=True):
        if own[spot] < 0 and free[place]:
            own[spot], free[place] = place, False
    return own


def _states(
    known: gpd.GeoDataFrame, spots: gpd.GeoDataFrame, links: _Links, own: NDArray[np.int64], run: str
) -> tuple[pd.DataFrame, dict[int, list[int]]]:
    """Return state, other ids (as numbers of places) and overlap of each hot spot; and into which ones places went."""
    live = ~_dormant(known)
    fresh = ((known["first_run"] == run) & (known["source"] == FOUND) & (run != "")).to_numpy(bool)
    parted: dict[int, list[int]] = {}  # a place with a hot spot of its own: the others that were part of it
    taken: dict[int, list[int]] = {}  # a place without one: the hot spots it went into
    before: dict[int, list[int]] = {}  # a hot spot: the places it was part of, took in or left
    by_hand = (known["source"] == BY_HAND).to_numpy(bool)
    with_own = set(own[own >= 0].tolist())
    was_found = known["found"].to_numpy(bool)
    overlap_with_own = np.full(len(own), np.nan)
    for spot, place, overlap in zip(links.spot.tolist(), links.place.tolist(), links.overlap.tolist(), strict=True):
        if own[spot] == place:
            overlap_with_own[spot] = overlap
        elif by_hand[place]:
            continue  # an estate drawn by an inspector holds many hot spots: they are not parts of one that split
        elif place in with_own:
            mine = own[spot]
            if live[place] and overlap >= PART and (mine < 0 or not live[mine]):
                parted.setdefault(place, []).append(spot)
                before.setdefault(spot, []).append(place)
        elif was_found[place] and (own[spot] < 0 or fresh[own[spot]] or overlap >= PART):
            taken.setdefault(place, []).append(spot)
            before.setdefault(spot, []).append(place)
    states = []
    for spot, mine in enumerate(own.tolist()):
        others = before.get(spot, [])
        if mine < 0 or fresh[mine]:
            overlap_with_own[spot] = np.nan
            state = "split" if any(place in with_own for place in others) else "moved" if others else "new"
        elif any(place in taken for place in others):
            state = "merged"
        elif others or mine in parted:
            state = "split"
        else:
            state = _against(known.geometry.iloc[mine], spots.geometry.iloc[spot], measured=not by_hand[mine])
        states.append(state)
    ids = known["hotspot_id"].to_numpy()
    other_ids = ["; ".join(sorted(ids[before.get(spot, [])])) for spot in range(len(own))]
    return pd.DataFrame({"state": states, "other_ids": other_ids, "overlap": overlap_with_own.round(4)}), taken


def _against(old: shapely.Geometry, new: shapely.Geometry, *, measured: bool = True) -> str:
    """Return the state of ground against what it was; ground that nobody measured has no size to grow from."""
    shared = shapely.intersection(old, new).area
    if shared < ALIKE * min(old.area, new.area):
        return "moved"
    if not measured:
        return "same"
    if new.area > GROWN * old.area:
        return "grown"
    return "shrunk" if old.area > GROWN * new.area else "same"


class _After(NamedTuple):
    register: gpd.GeoDataFrame
    ids: list[str]


def _updated(
    known: gpd.GeoDataFrame, spots: gpd.GeoDataFrame, told: pd.DataFrame, own: NDArray[np.int64], run: str
) -> _After:
    """Return the register with this run in it, and the id of each hot spot."""
    after = known.assign(**{f"before_{name}": known[name] for name in CHANGES}).assign(found=False, run=run)
    mine = np.flatnonzero(own >= 0)
    place = own[mine]
    labels = known.index[place]
    fixed = (known["status"] == FROZEN).to_numpy()[place]
    after.loc[labels, "found"] = True
    after.loc[labels, "last_run"] = run
    after.loc[labels, "incidents"] = _incidents(spots).iloc[mine].to_numpy()
    after.loc[labels[~fixed], "geometry"] = spots.geometry.to_numpy()[mine[~fixed]]
    changed = ~fixed & ~told["state"].isin(_KEEPS_NAME).to_numpy()[mine] & ~known["named_by_hand"].to_numpy(bool)[place]
    after.loc[labels[changed], "name"] = _column(spots, "name", "").to_numpy()[mine[changed]]
    fresh = np.flatnonzero(own < 0)
    entries = _entries(known, spots.iloc[fresh], run)
    ids = np.empty(len(spots), object)
    ids[mine], ids[fresh] = known["hotspot_id"].to_numpy()[place], entries["hotspot_id"].to_numpy()
    return _After(_joined(after, entries), ids.tolist())


def _incidents(spots: gpd.GeoDataFrame) -> pd.Series:
    return _column(spots, "incidents", pd.NA).astype("Int64")


def _entries(known: gpd.GeoDataFrame, spots: gpd.GeoDataFrame, run: str) -> gpd.GeoDataFrame:
    """Return the rows of places that are new to the register, with the next ids."""
    last = known["hotspot_id"].str.extract(r"^HS-(\d+)$")[0].dropna().astype(int).max() if len(known) else 0
    last = 0 if pd.isna(last) else int(last)
    return gpd.GeoDataFrame(
        {
            "hotspot_id": pd.array([f"HS-{last + number:04d}" for number in range(1, len(spots) + 1)], "string"),
            "name": _column(spots, "name", "").astype("string").to_numpy(),
            "status": pd.array([ACTIVE] * len(spots), "string"),
            "source": pd.array([FOUND] * len(spots), "string"),
            "named_by_hand": False,
            "found": True,
            "first_run": pd.array([run] * len(spots), "string"),
            "last_run": pd.array([run] * len(spots), "string"),
            "incidents": _incidents(spots).to_numpy(),
            "run": run,
            "before_name": _column(spots, "name", "").astype("string").to_numpy(),
            "before_found": False,
            "before_last_run": "",
            "before_incidents": _incidents(spots).to_numpy(),
            **{name: spots.geometry.to_numpy() for name in ("before_geometry", "home", "geometry")},
        },
        geometry="geometry",
        crs=known.crs,
    )


def _joined(known: gpd.GeoDataFrame, rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if known.empty or rows.empty:
        return (rows if known.empty else known).reset_index(drop=True)[list(COLUMNS)]
    return pd.concat([known, rows], ignore_index=True)[list(COLUMNS)]


def _gone(
    known: gpd.GeoDataFrame, own: NDArray[np.int64], taken: dict[int, list[int]], ids: list[str], index: pd.Index
) -> pd.DataFrame:
    """Return a row for each id that the last run found and this one did not, with the ids it went into."""
    found = known["found"].to_numpy(bool) & (known["status"] != RETIRED).to_numpy(bool)
    lost = sorted(set(np.flatnonzero(found).tolist()) - set(own.tolist()))
    start = int(index.max()) + 1 if len(index) and pd.api.types.is_integer_dtype(index) else len(index)
    return pd.DataFrame(
        {
            "hotspot_id": known["hotspot_id"].to_numpy()[lost],
            "state": "gone",
            "other_ids": ["; ".join(sorted({ids[spot] for spot in taken.get(place, [])})) for place in lost],
            "overlap": np.nan,
        },
        index=range(start, start + len(lost)),
    )


def _rows(register: gpd.GeoDataFrame, ids: Sequence[str]) -> pd.Series:
    """Return which rows have the ids; GeoError for one that is not there or is retired."""
    wanted = register["hotspot_id"].isin(list(ids))
    usable = set(register.loc[wanted & (register["status"] != RETIRED), "hotspot_id"])
    missing = sorted(set(ids) - usable)
    if missing:
        raise GeoError(
            f"{missing[0]}: no such place in the register, or it is retired ({counted(len(register), 'place')} in it).",
            f"There are: {listed(register.loc[register['status'] != RETIRED, 'hotspot_id'].tolist(), 8)}.",
        )
    return wanted
