"""The counts that a file tells, for the release log: of which area, period and type each is, and how exactly."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from layers.audit.parts import Part, Rules, number_of
from layers.audit.tables import LAYERS, is_count, is_empty

Said = dict[str, Any]

_CODES, _NAMES = ("ward_code", "area_code", "code"), ("ward_name", "area_name", "ward", "area", "name", "place")
_OTHERS = ("cell", "hotspot_id")
_MONTHS, _SINCE, _UNTIL = ("month", "period", "date"), ("since", "from", "first_month"), ("until", "to", "last_month")
_TYPES = ("crime_type", "type", "category", "asb_type", "community", "measure", "register", "kind", "activity")
# rows of these layers are ground or groups; those of others are things, and a count on them is of the thing
_MOST = 20_000


def figures_of(part: Part, rules: Rules) -> Iterator[Said]:
    """Yield the counts of a part's table, each as the log has it; of a table whose rows no column tells apart, none."""
    keys = part.table.by_key()
    counts = [(key, name) for key, name in keys.items() if is_count(key, rules)]
    if not counts or not len(part.table):
        return
    area = next((keys[key] for key in (*_CODES, *_OTHERS, *_NAMES) if key in keys), None)
    given = {
        "area": area,
        "since": next((keys[key] for key in (*_SINCE, *_MONTHS) if key in keys), None),
        "until": next((keys[key] for key in (*_UNTIL, *_MONTHS) if key in keys), None),
    }
    types = [keys[key] for key in _TYPES if key in keys and keys[key] != area]
    hot = "hot spot " if part.layer == "hotspots" else ""
    columns = part.table.columns
    apart = [name for name in dict.fromkeys([*given.values(), *types]) if name is not None]
    told = list(zip(*(map(str, columns[name]) for name in apart), strict=True))
    if len(set(told)) < len(told) or (not apart and not (part.strict and len(part.table) == 1)):
        return
    stem = f"{part.layer}." if part.layer in LAYERS else ""
    for key, name in counts:
        for at, value in enumerate(columns[name][:_MOST]):
            number = number_of(value)
            if number is None:
                continue
            said: Said = {"measure": f"{stem}{key}", "shown": number}
            for what, column in given.items():
                if column is not None and not is_empty(columns[column][at]):
                    said[what] = f"{hot if what == 'area' else ''}{columns[column][at]}"
            kind = "; ".join(str(columns[column][at]) for column in types if not is_empty(columns[column][at]))
            yield said | ({"type": kind} if kind else {})


def figures_of_page(value: Any, rules: Rules) -> Iterator[Said]:
    """Yield the counts of areas that a page shades by bands; a cell is called by where it lies."""
    if not isinstance(value, dict) or not isinstance(value.get("bands"), list):
        return
    bands = [_range(band, rules) for band in value["bands"]]
    for name in ("cells", "wards"):
        for record in value.get(name) or []:
            band = record.get("band") if isinstance(record, dict) else None
            between = bands[band] if isinstance(band, int) and 0 <= band < len(bands) else None
            if between is None:
                continue
            area = record.get("name") or _where(record.get("geometry"))
            if area is None:
                continue
            shown = record.get("reports")
            if isinstance(shown, int | float):
                yield {"measure": "incidents", "area": str(area), "shown": float(shown)}
            else:
                yield {"measure": "incidents", "area": str(area), "low": between[0], "high": between[1]}


def names_of(part: Part) -> Mapping[str, str]:
    """Return {name: code} of the wards in a table that has both."""
    keys = part.table.by_key()
    code, name = (next((keys[key] for key in some if key in keys), None) for some in (_CODES, _NAMES))
    if code is None or name is None:
        return {}
    pairs = zip(part.table.columns[name], part.table.columns[code], strict=True)
    return {str(called): str(coded) for called, coded in pairs if not is_empty(called) and not is_empty(coded)}


def named_by(part: Part) -> str:
    """Return whether a table of counts calls its areas by code or by name; empty where by neither."""
    keys = set(part.table.by_key())
    return "code" if keys & set(_CODES) else "name" if keys & {"ward_name", "ward", "area_name"} else ""


def _range(band: Any, rules: Rules) -> tuple[float, float | None] | None:
    """Return what a band says of a true count; None where it says nothing."""
    kind, low, high = band.get("kind"), band.get("low", 0), band.get("high", 0)
    half = rules.rounding / 2 if rules.rounding > 1 else 0
    least = max(math.ceil(low - half), min(rules.minimum_count, low))
    if kind == "none":
        return 0, 0
    if kind == "range":
        return least, math.ceil(high + half) - 1 if half else high
    return (least, None) if kind == "most" else None


def _where(geometry: Any) -> str | None:
    """Return the name of a cell by the middle of its box, to about ten metres."""
    points: list[tuple[float, float]] = []
    waiting = [geometry.get("coordinates") if isinstance(geometry, dict) else None]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list) and len(one) >= 2 and all(isinstance(part, int | float) for part in one[:2]):
            points.append((one[0], one[1]))
        elif isinstance(one, list):
            waiting += one
    if not points:
        return None
    lon, lat = ((min(part) + max(part)) / 2 for part in zip(*points, strict=True))
    return f"cell at {lat:.4f}, {lon:.4f}"
