"""Workshop notes beside the hot spots, and what a collection of them holds, in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd

from geo.errors import counted, listed

if TYPE_CHECKING:
    from study.study import Study


class Felt(NamedTuple):
    """What workshop notes add to hot spots; nothing where there are no notes."""

    sentences: list[str]
    record: dict[str, Any]


def felt_unsafe(study: Study) -> Felt:
    """Return how the notes of earlier workshops lie to the hot spots."""
    from geo.workshop.compare import compare

    notes = study.notes
    if notes is None:
        return Felt([], {})
    result = study.hotspots
    found = compare(notes, result.hotspots, incidents=result.incidents, area=result.wards)
    for sentence in found.sentences:
        study.said.say(f"  {sentence}")
    return Felt(found.sentences, {"felt_unsafe": found.as_record()})


def collected(notes: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return what was collected, in numbers: notes by feeling and by kind, exports, pages, first and last time."""
    from layers.workshop_notes import FEELINGS, KINDS

    times = notes["created"].dropna()
    return {
        "notes": len(notes),
        "exports": int(notes["export"].nunique()),
        "maps": int(notes.loc[notes["map"] != "", "map"].nunique()),
        "feelings": {name: int((notes["feeling"] == name).sum()) for name in FEELINGS},
        "kinds": {name: int((notes["kind"] == name).sum()) for name in KINDS},
        "without_words": int((notes["note"] == "").sum()),
        "first": None if times.empty else times.min().isoformat() + "Z",
        "last": None if times.empty else times.max().isoformat() + "Z",
    }


def headline(numbers: dict[str, Any], where: str) -> str:
    """Return what was collected in one sentence."""
    feelings = listed([f"{count:,} {name}" for name, count in _words(numbers["feelings"])])
    kinds = listed([counted(count, name) for name, count in numbers["kinds"].items() if count])
    return (
        f"{counted(numbers['notes'], 'note')} from {counted(numbers['exports'], 'export')} in {where}: "
        f"{feelings} ({kinds})."
    )


def _words(feelings: dict[str, int]) -> list[tuple[str, int]]:
    """Return feelings as people count them: 2 unsafe, 1 safe, 3 ideas."""
    return [("ideas" if name == "idea" and count != 1 else name, count) for name, count in feelings.items()]
