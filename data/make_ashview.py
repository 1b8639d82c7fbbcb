"""Rebuild the sample: ``python -m data.make_ashview [DIR]`` writes the files of Ashview, byte for byte the same."""

from __future__ import annotations

import sys
from pathlib import Path

from data.engagements import engagements, engagements_text
from data.evening import evening_text
from data.forum import attendance_text
from data.incidents import incidents_text
from data.loops import context_text, priorities_text
from data.people import communities_text, deprivation_text, registers_text, surveys_text
from data.places import focal_points_text
from data.streets import streets_text
from data.team import posts_text, queries_text
from data.wards import wards_text
from data.workshop import workshop_text

_PROJECT = """\
# The Ashview project: every option of a command can stand here; the command line wins.
[project]
name = "Ashview"
area = "Ashview"
source = "Ashview sample: an invented town, invented reports"
attribution = ["Everything on this map is invented. Ashview lies in the open sea; no person or place in it is real."]

[layers]
wards = "wards.geojson"
incidents = "incidents.csv"
communities = "communities.csv"
focal_points = "focal_points.csv"
engagements = "engagements.csv"
attendance = "attendance.csv"
priorities = "priorities.csv"
surveys = "surveys.csv"
deprivation = "deprivation.csv"
streets = "streets.geojson"
workshop_notes = "workshop_notes.geojson"
registers = "registers.csv"
queries = "queries.csv"
posts = "posts.csv"
context = "context.csv"

[hotspots]
out = "results"

[engagement]
as-of = 2025-12-31
out = "results"

[map]
as-of = 2025-12-31
out = "results"

[patrol.plan]
as-of = 2025-12-31
date = 2026-01-09
start = ["FP-022"]
teams = 2
seconds = 5
out = "results"
"""


def sample_texts() -> dict[str, str]:
    """Return file name -> text of every file that is made; README.md is written by hand."""
    return {
        "wards.geojson": wards_text(),
        "incidents.csv": incidents_text(),
        "communities.csv": communities_text(),
        "focal_points.csv": focal_points_text(),
        "engagements.csv": engagements_text(),
        "attendance.csv": attendance_text(engagements()),
        "priorities.csv": priorities_text(engagements()),
        "surveys.csv": surveys_text(),
        "deprivation.csv": deprivation_text(),
        "streets.geojson": streets_text(),
        "workshop_notes.geojson": workshop_text(),
        "evening.gpx": evening_text(),
        "registers.csv": registers_text(),
        "queries.csv": queries_text(),
        "posts.csv": posts_text(),
        "context.csv": context_text(),
        "geo.toml": _PROJECT,
    }


def main(folder: Path | None = None) -> None:
    """Write the files into ``folder``; without one, over the committed sample."""
    folder = folder or Path(__file__).parent / "ashview"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in sample_texts().items():
        (folder / name).write_bytes(text.encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
