"""One table: columns that must not be there, small or exact counts, labels on places of worship."""

from __future__ import annotations

import re

from geo.errors import counted, listed
from layers import registry
from layers.audit.parts import Finding, Part, Rules, Severity, column_key
from layers.audit.text import check_texts
from layers.libraries import np, pd

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
_HASHES = frozenset(("sha256", "hash", "checksum"))
_MOST_ROWS = 3


def check_table(part: Part, rules: Rules) -> list[Finding]:
    """Return what the columns and cells of a part's table disclose."""
    if part.table.shape[1] == 0:
        return []
    found = [*_columns(part, rules)]
    for name in part.table.columns:
        values = part.table[name]
        key = column_key(name)
        if key in rules.forbidden:
            continue  # said once, above
        numbers = _numbers(values)
        if numbers is not None:
            found += _counts(part, str(name), key, numbers, rules)
        if key in _HASHES:
            continue
        texts = values[[isinstance(value, str) for value in values]] if values.dtype == object else _strings(values)
        found += [
            finding._replace(place=f"{part.place}, column {name}")
            for finding in check_texts(texts.unique().tolist(), part.place, rules)
        ]
    return found + _worship(part, rules)


def _columns(part: Part, rules: Rules) -> list[Finding]:
    keys = {column_key(name): str(name) for name in part.table.columns}
    found = []
    for key in sorted(set(keys) & (rules.forbidden | registry.personal())):
        values = part.table[keys[key]]
        filled = int((values.notna() & (values.astype(str).str.strip() != "")).sum())
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
        unlisted = sorted(set(keys) - allowed - rules.forbidden - _OWN)
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


def _counts(part: Part, name: str, key: str, numbers: pd.Series, rules: Rules) -> list[Finding]:
    """Return small counts, and counts that were not rounded; a column with fractions holds no counts."""
    if not is_count(key, rules) or not len(numbers) or (numbers < 0).any() or (numbers % 1 != 0).any():
        return []
    people = key in rules.people | registry.counts("people")
    if rules.exact_records and not people:
        return []
    place = f"{part.place}, column {name}"
    small = numbers[(numbers < rules.minimum_count) & ((numbers > 0) | people)]
    found = []
    if len(small):
        # inside the force, what the Census published may stand as it was published
        found.append(
            Finding(
                "look" if rules.exact_records and key in rules.census else "breaks",
                place,
                f"{counted(len(small), 'count')} below {rules.minimum_count} of {len(numbers):,}.",
                _rows(small.index),
                f"Hide counts below {rules.minimum_count}, and enough others that totals do not give them back.",
            )
        )
    exact = numbers[(numbers % rules.rounding != 0) & (numbers >= rules.minimum_count)]
    if rules.rounding > 1 and key not in rules.census and len(exact):
        found.append(
            Finding(
                "breaks",
                place,
                f"{counted(len(exact), 'count')} of {len(numbers):,} not rounded to {rules.rounding}.",
                _rows(exact.index),
                f"Round to the nearest {rules.rounding}; exact totals give hidden cells back.",
            )
        )
    return found


def _worship(part: Part, rules: Rules) -> list[Finding]:
    keys = {column_key(name): name for name in part.table.columns}
    labels = [keys[key] for key in keys if key in _LABELS]
    if "kind" not in keys or not labels:
        return []
    worship = part.table[keys["kind"]].astype(str).str.casefold().str.replace(" ", "_").eq("place_of_worship")
    said = part.table.loc[worship, labels]
    marked = said[(said.notna() & (said.astype(str) != "")).any(axis=1)]
    if not len(marked):
        return []
    severity: Severity = "look" if rules.exact_records else "breaks"
    return [
        Finding(
            severity,
            part.place,
            f"{counted(len(marked), 'place')} of worship with a label ({listed([str(name) for name in labels])}).",
            _rows(marked.index),
            "Take the label off: it can bring hatred to a door.",
        )
    ]


def _numbers(values: pd.Series) -> pd.Series | None:
    """Return the known numbers of a column, None where it holds anything else."""
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        return None
    known = values[values.notna()]
    if not pd.api.types.is_numeric_dtype(known):
        text = known.astype(str).str.strip().str.replace(r"(?<=\d),(?=\d{3}\b)", "", regex=True)
        known = text[text != ""]
    numbers = pd.to_numeric(known, errors="coerce")
    # words such as "fewer than 10" stand where a count was hidden
    share = float(np.isfinite(numbers).mean()) if len(numbers) else 0.0
    return numbers[np.isfinite(numbers)].astype(np.float64) if share > 0 else None


def _strings(values: pd.Series) -> pd.Series:
    if not (pd.api.types.is_string_dtype(values) or isinstance(values.dtype, pd.CategoricalDtype)):
        return pd.Series([], dtype=object)
    return values[values.notna()].astype(str)


def _rows(index: pd.Index) -> list[str]:
    return [f"row {number}" for number in index[:_MOST_ROWS]]
