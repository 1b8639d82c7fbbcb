"""Workshop notes on the terminal: what was collected, and how it lies to the hot spots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import click

from console.talk import Run, plain
from geo.errors import counted, listed

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.hotspots import HotspotResult
    from layers.reading.report import ReadReport


class Felt(NamedTuple):
    """What workshop notes add to a run of ``geo hotspots``; nothing of it where there are no notes."""

    sentences: list[str]
    record: dict[str, Any]
    reports: list[ReadReport]


def felt_unsafe(run: Run, path: str | None, result: HotspotResult) -> Felt:
    """Return how the notes in ``path`` lie to the hot spots, and say so.

    The report's words about single notes stay on the terminal: they name files and rows, which have no place on a page.
    """
    if path is None:
        return Felt([], {}, [])
    from geo.workshop.compare import compare
    from layers.notes.files import COLLECTED
    from layers.workshop_notes import read_notes

    notes, report = read_notes(path, area=result.wards, limits=COLLECTED, required=False)
    for line in (*report.sentences(), *(f"  {warning}" for warning in report.warnings)):
        run.say(line)
    run.notes += report.notes()
    found = compare(notes, result.hotspots, incidents=result.incidents, area=result.wards)
    for sentence in found.sentences:
        run.say(f"  {sentence}")
    return Felt(found.sentences, {"felt_unsafe": found.as_record()}, [report])


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


def print_collected(numbers: dict[str, Any], where: str) -> None:
    """Print what was collected."""
    click.echo(plain(headline(numbers, where)))


def _words(feelings: dict[str, int]) -> list[tuple[str, int]]:
    """Return feelings as people count them: 2 unsafe, 1 safe, 3 ideas."""
    return [("ideas" if name == "idea" and count != 1 else name, count) for name, count in feelings.items()]
