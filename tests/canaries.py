"""The Ashview project with a canary in every column of text: what a page or a spreadsheet might run, were it careless.

A canary is a value of ``CANARIES`` (and a few more for spreadsheets), followed by the column it was put into.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from test_map_safety import CANARIES

from data.sample import sample_files

HUGE = "H" * 100_000
# the first of these stand first in a cell, where a spreadsheet looks for a formula
VALUES = [
    *("=1+1", "+1", "-1", "@SUM(1)", "\t=2+2"),
    *(value for value in CANARIES if value != "=1+1"),
    *('<img src="https://canary.invalid/x">', "{% raw %}", "${7*7}", "`7*7`", "\u200fright\u200eto left\u061c", HUGE),
]
# columns in which a value means the same wherever it stands: they are renamed alike in every file
NAMES = {
    ("incidents", "location_text"): "place",
    ("streets", "name"): "place",
    ("engagements", "engagement_id"): "meeting",
    ("attendance", "engagement_id"): "meeting",
    ("priorities", "engagement_id"): "meeting",
    ("focal_points", "focal_point_id"): "point",
    ("engagements", "focal_point_id"): "point",
    ("attendance", "focal_point_id"): "point",
    ("focal_points", "stakeholder"): "stakeholder",
    ("attendance", "stakeholder_ref"): "stakeholder",
    ("posts", "officer_ref"): "officer",
    ("incidents", "victim_ref"): "victim",
    ("wards", "WD25NM"): "ward",
    **{(layer, "community"): "group" for layer in ("communities", "surveys", "registers")},
    **{(layer, "communities"): "group" for layer in ("focal_points", "engagements", "context")},
    ("surveys", "measure"): "measure",
    ("registers", "register"): "register",
}
# columns of free text: a canary in every row
TEXTS = {
    "wards": ("WD25NMW", "LAD25NM"),
    "incidents": ("incident_id", "category", "source", "personal", "situational", "incidental"),
    "focal_points": ("name", "spoc", "spoc_role", "strategy", "denomination"),
    "engagements": (
        *("lead_org", "team", "role", "themes", "partners", "barriers", "escalated_to", "programme", "stage"),
        *("funder", "notes"),
    ),
    "priorities": ("priority_id", "issue", "action", "outcome"),
    "context": ("event", "place"),
    "workshop_notes": ("note", "map"),
}
# columns of controlled words: a canary in every third row, an answer that is not in the list
WORDS = {
    "incidents": ("asb_type",),
    "focal_points": ("kind", "partner_type", "service_times"),
    "engagements": (
        *("activity", "objective", "initiation", "participation_level", "channel", "lead_type", "audience"),
        *("outcome_type", "venue_type", "mode"),
    ),
    "attendance": ("reason",),
    "priorities": ("kind", "horizon", "status", "sara_stage"),
}
# where there are fewer names than canaries, a name is made of several; so many names there are
FEW = {"ward": 14, "group": 20, "measure": 3, "register": 3}
_SEVERAL = ";|\n"


def canary(number: int, column: str) -> str:
    """Return the canary of a row: its column and number last, so that each is known again and none is like another."""
    return f"{VALUES[number % len(VALUES)]} {column}#{number}"


class Renamed:
    """New names for old ones, in the order in which they are first met; the same for the same name."""

    def __init__(self) -> None:
        self.names: dict[str, dict[str, str]] = {}

    def __call__(self, what: str, old: str) -> str:
        """Return the canary that stands for ``old``; of several values parted by ``;``, of each."""
        if what == "group":
            return ";".join(self._one(what, part) for part in old.split(";"))
        return self._one(what, old)

    def _one(self, what: str, old: str) -> str:
        known = self.names.setdefault(what, {})
        if old not in known:
            new = " ".join(
                canary(number, what) for number in range(len(known), len(VALUES), FEW.get(what, len(VALUES)))
            )
            new = new or canary(len(known), what)
            # the mark between two communities would make two of one
            known[old] = re.sub(f"[{_SEVERAL}]", ",", new) if what == "group" else new
        return known[old]


def canary_project(folder: Path) -> Renamed:
    """Write Ashview into ``folder`` with canaries in place of its texts; return what was called what."""
    folder.mkdir(parents=True)
    renamed = Renamed()
    for name, content in sample_files().items():
        path = folder / Path(name).name
        layer, kind = path.stem, path.suffix
        change = _changer(layer, renamed)
        if kind == ".csv":
            path.write_bytes(_table(content, change, layer))
        elif kind == ".geojson":
            path.write_bytes(_map(content, change))
        else:
            path.write_bytes(content)
    toml = folder / "geo.toml"
    toml.write_text(_settings(toml.read_text(encoding="utf-8"), renamed), encoding="utf-8")
    return renamed


def _changer(layer: str, renamed: Renamed) -> Callable[[dict[str, Any], int], None]:
    def change(row: dict[str, Any], number: int) -> None:
        # no row holds the longest canary twice: each column begins elsewhere in the list
        for place, (column, value) in enumerate(row.items()):
            at = number + 7 * place
            if (layer, column) in NAMES:
                row[column] = renamed(NAMES[layer, column], value) if value else value
            elif column in TEXTS.get(layer, ()):
                row[column] = canary(at, column)
            elif column in WORDS.get(layer, ()) and number % 3 == 0:
                row[column] = canary(number // 3 + 7 * place, column)

    return change


def _table(content: bytes, change: Callable[[dict[str, Any], int], None], layer: str) -> bytes:
    reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    rows = list(reader)
    wanted = (*TEXTS.get(layer, ()), *WORDS.get(layer, ()))
    columns = [*(reader.fieldnames or ()), *(name for name in wanted if name not in (reader.fieldnames or ()))]
    for number, row in enumerate(rows):
        row.update({name: "" for name in columns if name not in row})
        change(row, number)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _map(content: bytes, change: Callable[[dict[str, Any], int], None]) -> bytes:
    root = json.loads(content)
    for number, feature in enumerate(root["features"]):
        change(feature["properties"], number)
    return json.dumps(root).encode()


def _settings(text: str, renamed: Renamed) -> str:
    """Return geo.toml with canaries for the words around the map, fast hot spots, and the area by its code."""
    text = re.sub("(?m)^name = .*$", lambda _: f"name = {json.dumps(all_but_huge('name'))}", text)
    text = re.sub("(?m)^area = .*$", 'area = "E07999001"', text)
    text = re.sub("(?m)^source = .*$", lambda _: f"source = {json.dumps(all_but_huge('source'))}", text)
    text = re.sub(
        "(?m)^attribution = .*$",
        lambda _: f"attribution = {json.dumps([canary(i, 'attribution') for i in range(len(VALUES))])}",
        text,
    )
    text = re.sub("(?m)^start = .*$", lambda _: f"start = [{json.dumps(renamed('point', 'FP-022'))}]", text)
    return text.replace("[hotspots]\n", "[hotspots]\nruns = 59\n").replace("seconds = 5", "seconds = 1")


def all_but_huge(column: str) -> str:
    """Return every canary but the longest in one line."""
    return " ".join(canary(number, column) for number, value in enumerate(VALUES) if value != HUGE)


def plain(text: str) -> str:
    """Return a text as it is looked for: letters, digits and the marks that could do harm, nothing between them."""
    return re.sub(r"[\s\x00-\x1f\x7f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffd]+", "", text)


def bites(values: Iterable[Any]) -> list[str]:
    """Return the cells that a spreadsheet would run: text that begins like a formula and is no number."""
    found = []
    for value in values:
        if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
            try:
                float(value)
            except ValueError:
                found.append(value[:80])
    return found
