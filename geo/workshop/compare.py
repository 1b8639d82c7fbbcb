"""Where people said that they feel unsafe, beside where reports concentrate. Neither corrects the other.

A place that is felt to be unsafe without many reports is not a mistake of those who marked it: not everything is
reported, and least where trust is least. A hot spot that nobody marked is not felt to be safe: perhaps nobody came who
passes it. So every answer is a question to ask, not a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import require_metric
from geo.errors import GeoError, counted, listed

REACH_M = 50.0
FEELINGS = ("unsafe", "safe", "idea")
BOTH = "felt unsafe and reported"
ONLY_FELT = "felt unsafe, few reports"
NOT_UNSAFE = "reported, marked but not as unsafe"
ONLY_REPORTED = "reported, nobody at the workshop marked it"
# an outline drawn round half the town touches everything and tells of nothing
_WIDE_KM2 = 1.0
_MOST_NAMED = 6
_KEPT, _KEPT_IF_THERE = ("rank", "name", "incidents"), ("could_be_chance",)
CAUTION = (
    "A workshop is not a sample: these are the places that the people who came chose to mark. "
    "The counts say how many notes there are, not how many people feel so."
)


class Comparison(NamedTuple):
    """``places``: one row a place felt unsafe; ``hotspots``: one row a hot spot; ``notes`` by feeling; ``exports``:
    the files they came from; ``sentences``: what it comes to, in words.
    """

    places: gpd.GeoDataFrame
    hotspots: gpd.GeoDataFrame
    notes: dict[str, int]
    exports: int
    sentences: list[str]

    def as_record(self) -> dict[str, Any]:
        """Return it for run.json: counts and verdicts, no word of a note."""
        return {
            "notes": self.notes,
            "exports": self.exports,
            "places": _plain(self.places),
            "hotspots": _plain(self.hotspots),
            "sentences": self.sentences,
        }


def compare(
    notes: gpd.GeoDataFrame,
    hotspots: gpd.GeoDataFrame,
    *,
    reach_m: float = REACH_M,
    incidents: gpd.GeoDataFrame | None = None,
    area: gpd.GeoDataFrame | None = None,
) -> Comparison:
    """Return how workshop notes and hot spots lie to each other.

    ``notes``: ``feeling``, ``geometry`` and, if known, ``export`` (which file a note came from); ``hotspots``:
    ``rank``, ``name``, ``incidents``, ``geometry`` (polygons), both in metres in one system. A point belongs to every
    hot spot within ``reach_m`` metres of its outline, a line or an area to every one it touches. ``incidents``: the
    reports, to count those on a place; ``area``: wards, to say in which a place lies.

    ``hotspots`` returned: ``rank``, ``name``, ``incidents``, ``could_be_chance`` (if given), ``unsafe``, ``safe``,
    ``idea`` (notes of each feeling there), ``exports`` (files with an unsafe note there), ``verdict`` (``felt unsafe
    and reported``; ``reported, marked but not as unsafe``; ``reported, nobody at the workshop marked it``),
    ``geometry``, by rank.

    ``places`` returned: the unsafe notes with ``reach_m`` round each, joined where they overlap: ``place`` (from 1,
    most notes first), ``ward_name`` (with ``area``), ``notes``, ``exports``, ``incidents`` (on the ground of the place;
    missing without ``incidents``), ``hotspots`` (ranks, several ``;``), ``verdict`` (``felt unsafe and reported`` where
    one of its notes belongs to a hot spot, else ``felt unsafe, few reports``), ``geometry``.

    Few reports means unknown, not wrong. No notes and no hot spots give empty frames. The order of rows changes
    nothing. Raises GeoError for layers not in metres or in different systems.
    """
    _check(notes, hotspots, reach_m)
    notes = notes.reset_index(drop=True)
    ranked = hotspots.sort_values("rank", ignore_index=True)
    near = _pairs(notes, ranked, reach_m)
    spots = _spots(notes, ranked, near)
    places = _places(notes, ranked, near, reach_m, incidents, area)
    counts = {feeling: int((notes["feeling"] == feeling).sum()) for feeling in FEELINGS}
    exports = _exports(notes)
    sentences = list(_sentences(notes, places, spots, counts, exports))
    return Comparison(places, spots, counts, exports, sentences)


def _check(notes: gpd.GeoDataFrame, hotspots: gpd.GeoDataFrame, reach_m: float) -> None:
    require_metric(notes, "workshop notes")
    require_metric(hotspots, "hot spots")
    if notes.crs != hotspots.crs:
        raise GeoError(f"Notes are in {notes.crs.name}, hot spots in {hotspots.crs.name}.", "Project both to one.")
    if not 0 < reach_m < np.inf:
        raise GeoError(f"A reach of {reach_m:g} m.", "It is more than 0 m: people mark a place, not a spot.")


def _pairs(notes: gpd.GeoDataFrame, hotspots: gpd.GeoDataFrame, reach_m: float) -> pd.DataFrame:
    """Return which note (row) belongs to which hot spot (row)."""
    shapes, outlines = notes.geometry.to_numpy(), hotspots.geometry.to_numpy()
    if not len(shapes) or not len(outlines):
        return pd.DataFrame({"note": [], "spot": []}, dtype=np.int64)
    note, spot = shapely.STRtree(outlines).query(shapes, predicate="dwithin", distance=reach_m)
    point = shapely.get_type_id(shapes[note]) == shapely.GeometryType.POINT
    kept = point | shapely.intersects(shapes[note], outlines[spot])
    return pd.DataFrame({"note": note[kept], "spot": spot[kept]})


def _spots(notes: gpd.GeoDataFrame, hotspots: gpd.GeoDataFrame, near: pd.DataFrame) -> gpd.GeoDataFrame:
    feeling = notes["feeling"].to_numpy()[near["note"]]
    counts = {
        name: np.bincount(near["spot"].to_numpy()[feeling == name], minlength=len(hotspots)).astype(np.int64)
        for name in FEELINGS
    }
    marked = counts["safe"] + counts["idea"]
    unsafe = near[feeling == "unsafe"]
    files = _export_of(notes).to_numpy()[unsafe["note"]]
    exports = pd.Series(files).groupby(unsafe["spot"].to_numpy()).nunique().reindex(range(len(hotspots)), fill_value=0)
    return gpd.GeoDataFrame(
        {
            **{name: hotspots[name] for name in (*_KEPT, *(name for name in _KEPT_IF_THERE if name in hotspots))},
            **counts,
            "exports": exports.to_numpy(np.int64),
            "verdict": np.select([counts["unsafe"] > 0, marked > 0], [BOTH, NOT_UNSAFE], ONLY_REPORTED).astype(object),
        },
        geometry=hotspots.geometry.to_numpy(),
        crs=hotspots.crs,
    )


def _places(
    notes: gpd.GeoDataFrame,
    hotspots: gpd.GeoDataFrame,
    near: pd.DataFrame,
    reach_m: float,
    incidents: gpd.GeoDataFrame | None,
    area: gpd.GeoDataFrame | None,
) -> gpd.GeoDataFrame:
    unsafe = notes[notes["feeling"] == "unsafe"]
    ground = unsafe.buffer(reach_m)
    parts = gpd.GeoSeries(list(shapely.get_parts(ground.union_all())) if len(ground) else [], crs=notes.crs)
    tree = shapely.STRtree(parts.to_numpy())
    note, part = tree.query(unsafe.geometry.to_numpy(), predicate="intersects")
    place_of = pd.Series(part, index=unsafe.index[note]).groupby(level=0).first()  # the shape lies in its own place
    ranks = hotspots["rank"].to_numpy()
    rows = []
    for number in range(len(parts)):
        members = place_of.index[place_of == number]
        spots = sorted({int(one) for one in ranks[near["spot"][near["note"].isin(members)]]})
        rows.append(
            {
                "notes": len(members),
                "exports": int(_export_of(notes)[members].nunique()),
                "hotspots": ";".join(map(str, spots)),
                "verdict": BOTH if spots else ONLY_FELT,
            }
        )
    columns = ["notes", "exports", "hotspots", "verdict"]
    table = pd.DataFrame(rows, columns=columns).astype({"notes": np.int64, "exports": np.int64})
    places = gpd.GeoDataFrame(table, geometry=parts, crs=notes.crs)
    places["ward_name"] = _wards(places, area)
    places["incidents"] = _counted(places, incidents)
    order = places.assign(**places.bounds).sort_values(
        ["notes", "exports", "minx", "miny", "maxx"], ascending=[False, False, True, True, True]
    )
    places = places.loc[order.index].reset_index(drop=True)
    places.insert(0, "place", np.arange(1, len(places) + 1))
    return places[["place", "ward_name", "notes", "exports", "incidents", "hotspots", "verdict", "geometry"]]


def _wards(places: gpd.GeoDataFrame, area: gpd.GeoDataFrame | None) -> list[str | None]:
    """Return the ward in which most of each place lies; None outside all of them."""
    if area is None or places.empty:
        return [None] * len(places)
    wards = area.sort_values("ward_code")
    shapes, names = wards.geometry.to_numpy(), wards["ward_name"].to_numpy()
    shared = [shapely.area(shapely.intersection(shapes, place)) for place in places.geometry]
    return [str(names[one.argmax()]) if one.max() > 0 else None for one in shared]


def _counted(places: gpd.GeoDataFrame, incidents: gpd.GeoDataFrame | None) -> pd.Series:
    if incidents is None:
        return pd.Series(pd.NA, index=places.index, dtype="Int64")
    tree = shapely.STRtree(incidents.geometry.to_numpy())
    place, _ = tree.query(places.geometry.to_numpy(), predicate="intersects")
    return pd.Series(np.bincount(place, minlength=len(places)), index=places.index, dtype="Int64")


def _export_of(notes: gpd.GeoDataFrame) -> pd.Series:
    return notes["export"] if "export" in notes else pd.Series(1, index=notes.index)


def _exports(notes: gpd.GeoDataFrame) -> int:
    return int(_export_of(notes).nunique())


def _sentences(
    notes: gpd.GeoDataFrame, places: gpd.GeoDataFrame, spots: gpd.GeoDataFrame, counts: dict[str, int], exports: int
) -> Iterator[str]:
    if notes.empty:
        yield "No workshop notes in the study area."
        return
    yield (
        f"Workshop: {counted(len(notes), 'note')} from {counted(exports, 'export')}, {counts['unsafe']:,} of them "
        f"unsafe, in {counted(len(places), 'place')}."
    )
    felt, both = places[places["verdict"] == ONLY_FELT], places[places["verdict"] == BOTH]
    if len(both):
        there = sorted({int(rank) for ranks in both["hotspots"] for rank in ranks.split(";")})
        yield f"Felt unsafe and reported: {len(both):,} of {counted(len(places), 'place')} ({_ranks(there)})."
    if len(felt):
        yield (
            f"Felt unsafe, few reports: {len(felt):,} of {counted(len(places), 'place')} "
            f"({_several([_described(row) for row in felt.itertuples()])}). "
            "What happens there is unknown, not nothing: not everything is reported."
        )
    for verdict, words in (
        (NOT_UNSAFE, "Reported, but marked as safe or with an idea and not as unsafe"),
        (ONLY_REPORTED, "Reported, but nobody at the workshop marked it"),
    ):
        some = spots["verdict"] == verdict
        if some.any():
            limit = " That does not make it felt safe." if verdict == ONLY_REPORTED else ""
            yield f"{words}: {_how_many(spots, some)}.{limit}"
    split = spots[(spots["unsafe"] > 0) & (spots["safe"] > 0)]
    if len(split):
        many = counted(len(split), "hot spot")
        yield f"People differ: {many} marked as safe and as unsafe ({_ranks(split['rank'])})."
    wide = notes[notes.area > _WIDE_KM2 * 1e6]
    if len(wide):
        yield f"{counted(len(wide), 'area')} of over 1 km²: they touch much and say little about any one place."
    yield CAUTION


def _described(row: Any) -> str:
    where = row.ward_name if isinstance(row.ward_name, str) else f"place {row.place}"
    reports = "" if pd.isna(row.incidents) else f", {counted(int(row.incidents), 'report')}"
    return f"{where}: {counted(row.notes, 'note')}{reports}"


def _how_many(spots: gpd.GeoDataFrame, some: pd.Series) -> str:
    """Return how many hot spots these are, and which; those that chance explains are only counted."""
    chance = spots["could_be_chance"] if "could_be_chance" in spots else pd.Series(False, index=spots.index)
    parts = []
    if (some & ~chance).any():
        sure = spots[~chance]
        noun = "hot spot" if not chance.any() else "hot spot beyond chance"
        many = counted(len(sure), noun, noun.replace("spot", "spots"))
        parts.append(f"{int((some & ~chance).sum()):,} of {many} ({_ranks(spots.loc[some & ~chance, 'rank'])})")
    if (some & chance).any():
        parts.append(f"{int((some & chance).sum()):,} of {int(chance.sum()):,} that could be chance")
    return " and ".join(parts)


def _several(places: list[str]) -> str:
    more = [f"and {len(places) - _MOST_NAMED:,} more"] if len(places) > _MOST_NAMED else []
    return "; ".join([*places[:_MOST_NAMED], *more])


def _ranks(ranks: Iterable[int]) -> str:
    """Return hot spots as sentences name them: ``hot spot 3``, ``hot spots 1, 2 and 12 more``."""
    names = [str(rank) for rank in ranks]
    return f"hot {'spot' if len(names) == 1 else 'spots'} {listed(names, 12)}"


def _plain(table: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    plain = pd.DataFrame(table.drop(columns="geometry")).astype(object)
    return plain.where(plain.notna(), None).to_dict(orient="records")
