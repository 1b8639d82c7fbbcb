"""One table: columns that must not be there, small or exact counts, labels on places of worship."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Any

from geo.errors import counted, listed
from layers import registry
from layers.audit.parts import Finding, Part, Rules, Severity, column_key, number_of
from layers.audit.text import check_texts

# how tables of others name a count
_COUNT = re.compile(
    r"n|no|num|number|count|counts|total|freq|frequency|incidents?|crimes?|offences?|reports?|calls|victims?|contacts"
    r"|persons?|people|attendees|(n|num|no|number|count|total)_(of_)?[a-z_]+"
    r"|[a-z_]+_(count|counts|total|incidents|crimes|offences|reports|victims)"
)
_NOT_COUNTS = re.compile(
    r"(min|max|mean|median|most)_.*|.*(_per_|_id$|_code$|_no$|rank|month|minute|metre|width|area|share|_m$|_m2$|year|percent).*"
)
_LABELS = frozenset(("flag", "reason", "tension", "tension_level", "under_engaged", "quiet_and_unheard"))
# columns a page or a file format adds for itself
_OWN = frozenset(
    """fid ogc_fid geom geometry wkb_geometry label hidden type row id
    lon lat longitude latitude easting northing""".split()  # positions are judged by how fine they are
)
# what others publish has columns of its own
_PUBLISHED = frozenset(("wards", "streets", "deprivation", "cells"))
_HASHES = frozenset(("sha256", "hash", "checksum", "seal"))
_MOST_ROWS = 3
# how a British telephone number begins, and how long it is
_BEGINS, _DIGITS = re.compile(r"(?:\+44|0044|0)[1-37]\d{2,4}"), range(10, 15)


def check_table(part: Part, rules: Rules) -> list[Finding]:
    """Return what the columns and cells of a part's table disclose."""
    if not part.table.columns:
        return []
    found = [*_columns(part, rules)]
    for name, values in part.table.columns.items():
        key = column_key(name)
        if key in rules.forbidden:
            continue  # said once, above
        found += _counts(part, name, key, rules)
        if key in _HASHES:
            continue
        texts = [value for value in values if isinstance(value, str)]
        found += [
            finding._replace(place=f"{part.place}, column {name}")
            for finding in check_texts([*texts, name], part.place, rules, places=True)
        ]
    return [*found, *_split_numbers(part, rules), *_worship(part, rules)]


def _split_numbers(part: Part, rules: Rules) -> list[Finding]:
    """Return telephone numbers that stand in two cells beside each other: 07700 and 900123."""
    joined: dict[str, None] = {}
    for (left, begins), (right, ends) in itertools.pairwise(part.table.columns.items()):
        if {column_key(left), column_key(right)} & _OWN:
            continue  # positions
        for one, two in zip(begins, ends, strict=True):
            if isinstance(one, str) and _BEGINS.fullmatch(one.strip()):
                number = "".join(f"{one}{two}".split())
                joined |= {number: None} if len(number) in _DIGITS else {}
    return check_texts(joined, f"{part.place}, cells side by side", rules)


def _columns(part: Part, rules: Rules) -> list[Finding]:
    keys = part.table.by_key()
    found = []
    for key in sorted(set(keys) & (rules.forbidden | registry.personal())):
        filled = sum(not is_empty(value) for value in part.table.columns[keys[key]])
        if not filled:
            continue  # an empty column tells of nobody
        found.append(
            Finding(
                "breaks",
                f"{part.place}, column {keys[key]}",
                f"A column that no {rules.name} file may hold; {counted(filled, 'cell')} filled in.",
                [],
                "Leave the column out before the file is made; hiding it is not enough.",
            )
        )
    allowed = allowed_columns(part.layer, rules)
    if part.strict and allowed is None and part.layer in LAYERS:
        found.append(
            Finding(
                "breaks",
                part.place,
                f"The layer {part.layer}, which no {rules.name} file may hold.",
                [],
                "Leave it out.",
            )
        )
    elif part.strict and allowed is not None:
        unlisted = sorted(
            key
            for key in set(keys) - allowed - rules.forbidden - _OWN
            if any(not is_empty(value) for value in part.table.columns[keys[key]])
        )
        if unlisted:
            found.append(
                Finding(
                    "look" if part.layer in _PUBLISHED else "breaks",
                    part.place,
                    f"{counted(len(unlisted), 'column')} that the profile does not list: {listed(unlisted, 40)}.",
                    [],
                    "Leave them out.",
                )
            )
    return found


# what analysis makes has no file of its own to be read from
LAYERS = frozenset({*registry.names(), "hotspots", "engagement"}) - {"lookup", "streets"}


def allowed_columns(layer: str, rules: Rules) -> frozenset[str] | None:
    """Return the columns a file of the profile may hold: what the layer's description shows, and what analysis adds;
    None for a layer of which it may hold none.
    """
    described = registry.shown(rules.name).get(layer)
    listed_there = rules.columns.get(layer)
    if described is None and listed_there is None:
        return None
    return (described or frozenset()) | (listed_there or frozenset())


def is_count(key: str, rules: Rules) -> bool:
    """Return whether a column of this name holds counts."""
    known = rules.people | rules.records | registry.counts("people") | registry.counts("count")
    return key in known or bool(_COUNT.fullmatch(key) and not _NOT_COUNTS.fullmatch(key))


def _counts(part: Part, name: str, key: str, rules: Rules) -> list[Finding]:
    """Return small counts, and counts that were not rounded; a column with fractions holds no counts."""
    people = key in rules.people
    if not is_count(key, rules) or (rules.exact_records and not people):
        return []
    cells = zip(part.table.numbers, map(number_of, part.table.columns[name]), strict=True)
    numbers = {row: number for row, number in cells if number is not None}
    if not numbers or any(number < 0 or number % 1 for number in numbers.values()):
        return []
    place = f"{part.place}, column {name}"
    small = [row for row, number in numbers.items() if number < rules.minimum_count and (number > 0 or people)]
    found = []
    if small:
        # inside the force, what the Census published may stand as it was published
        found.append(
            Finding(
                "look" if rules.exact_records and key in rules.census else "breaks",
                place,
                f"{counted(len(small), 'count')} below {rules.minimum_count} of {len(numbers):,}.",
                _rows(small),
                f"Hide counts below {rules.minimum_count}, and enough others that totals do not give them back.",
            )
        )
    exact = [row for row, n in numbers.items() if n % rules.rounding != 0 and n >= rules.minimum_count]
    if rules.rounding > 1 and key not in rules.census and exact:
        found.append(
            Finding(
                "breaks",
                place,
                f"{counted(len(exact), 'count')} of {len(numbers):,} not rounded to {rules.rounding}.",
                _rows(exact),
                f"Round to the nearest {rules.rounding}; exact totals give hidden cells back.",
            )
        )
    return found


def _worship(part: Part, rules: Rules) -> list[Finding]:
    keys = part.table.by_key()
    labels = [keys[key] for key in keys if key in _LABELS]
    if "kind" not in keys or not labels:
        return []
    marked = [
        number
        for number, kind, *said in zip(
            part.table.numbers,
            part.table.columns[keys["kind"]],
            *(part.table.columns[name] for name in labels),
            strict=True,
        )
        if str(kind).casefold().replace(" ", "_") == "place_of_worship" and not all(map(is_empty, said))
    ]
    if not marked:
        return []
    severity: Severity = "look" if rules.exact_records else "breaks"
    return [
        Finding(
            severity,
            part.place,
            f"{counted(len(marked), 'place')} of worship with a label ({listed(labels)}).",
            _rows(marked),
            "Take the label off: it can bring hatred to a door.",
        )
    ]


def is_empty(value: Any) -> bool:
    """Return whether a cell holds nothing."""
    return value is None or value != value or (isinstance(value, str) and not value.strip())


def _rows(numbers: Sequence[int]) -> list[str]:
    return [f"row {number}" for number in numbers[:_MOST_ROWS]]
