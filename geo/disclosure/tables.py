"""The counts of one layer: small ones hidden, with what would give them back, and the rest rounded."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.disclosure.columns import DERIVED, PART_OF, PROPORTIONAL
from geo.disclosure.counts import is_small, protected, rescaled
from geo.disclosure.profiles import Profile
from geo.disclosure.suppress import suppress

HIDDEN = "hidden"
# in a table with several levels, the rows that are cells, and those that are the sums of them
_CELLS, _SUMS = "community in ward", {"ward": "ward_code", "community": "community"}
# what tells the tables in one layer apart, each of which has its own total
_TABLES = ("level", "group_set", "measure", "register", "kind", "since")


class Protected(NamedTuple):
    """``table``: with counts as they may be shown and, where any is hidden, the column ``hidden`` that names them row
    by row; ``small``: how many were hidden because they are small; ``further``: and with them.
    """

    table: pd.DataFrame
    small: int
    further: int


def protect(table: pd.DataFrame, profile: Profile) -> Protected:
    """Return a layer's table as ``profile`` lets its counts be shown.

    Counts are the columns the profile names. A count is hidden if it is small, if what is left of its whole is (48 of
    50 tells of the 2), or if the total of its column would give a small one back; then every number worked out from it
    is hidden, and the rest of these follow the rounded counts. Hidden and unknown cells are both empty; the column
    ``hidden`` tells them apart, but not why one is hidden. The order of rows does not matter.
    """
    shown = table.copy()
    masks: dict[str, NDArray[np.bool_]] = {}
    small = 0
    for name in [name for name in table.columns if _is_count(table, name, profile)]:
        people = name in profile.people
        if profile.exact_records and not people:
            continue
        first = _small(table, name, profile, zero_is_small=people)
        masks[name] = first | _further(table, name, first, profile, zero_is_small=people)
        small += int(first.sum())
        base = 1 if name in profile.census else profile.rounding
        told = protected(table[name], minimum=profile.minimum_count, base=base, zero_is_small=people)
        shown[name] = np.where(masks[name], np.nan, told)
    further = sum(int(mask.sum()) for mask in masks.values()) - small
    for name, counts in DERIVED.items():
        known = [count for count in counts if count in masks]
        if name in table and known:
            masks[name] = np.logical_or.reduce([masks[count] for count in known]) & table[name].notna().to_numpy()
            shown[name] = _derived(table, shown, name, known, masks[name])
    if any(mask.any() for mask in masks.values()):
        shown[HIDDEN] = _named(table, masks)
    return Protected(shown, small, further)


def _named(table: pd.DataFrame, masks: dict[str, NDArray[np.bool_]]) -> list[str]:
    """Return of each row the names of its hidden cells, those of an earlier release first."""
    before = table[HIDDEN].fillna("").astype(str) if HIDDEN in table else pd.Series("", index=table.index)
    return [
        ";".join(dict.fromkeys([*filter(None, old.split(";")), *(name for name, mask in masks.items() if mask[i])]))
        for i, old in enumerate(before)
    ]


def _is_count(table: pd.DataFrame, name: str, profile: Profile) -> bool:
    return name in profile.people | profile.records and pd.api.types.is_numeric_dtype(table[name])


def _small(table: pd.DataFrame, name: str, profile: Profile, *, zero_is_small: bool) -> NDArray[np.bool_]:
    counts = table[name].to_numpy(dtype=np.float64, na_value=np.nan)
    small = is_small(counts, profile.minimum_count, zero_is_small=zero_is_small)
    whole = PART_OF.get(name)
    if whole is not None and whole in table:
        rest = np.maximum(table[whole].to_numpy(dtype=np.float64, na_value=np.nan) - counts, 0)
        small |= is_small(rest, profile.minimum_count, zero_is_small=zero_is_small)
        small |= is_small(table[whole], profile.minimum_count, zero_is_small=zero_is_small) & ~np.isnan(counts)
    return small


def _further(
    table: pd.DataFrame, name: str, small: NDArray[np.bool_], profile: Profile, *, zero_is_small: bool
) -> NDArray[np.bool_]:
    """Return the cells to hide so that totals do not give a small one back; rounding is not relied on."""
    further = np.zeros(len(table), dtype=np.bool_)
    counts = table[name].to_numpy(dtype=np.float64, na_value=np.nan)
    keys = [key for key in _TABLES if key in table]
    parts = table.groupby(keys, dropna=False, sort=True).indices.values() if keys else [np.arange(len(table))]
    for part in parts:
        known = part[~np.isnan(counts[part])]
        if not small[known].any() or len(known) < 2:
            continue
        grid = _grid(table.iloc[known])
        if grid is None:
            # in an order of its own, so that the order of rows leaves no trace
            known = known[np.lexsort((_row_keys(table.iloc[known]), counts[known]))]
            done = suppress(
                _whole(counts[known]), minimum=profile.minimum_count, zero_is_small=zero_is_small, also=small[known]
            )
            further[known] |= done.hidden[:-1]
            continue
        row, column = grid
        cells = np.zeros((row.max() + 1, column.max() + 1))
        cells[row, column] = _whole(counts[known])
        also = np.zeros(cells.shape, dtype=np.bool_)
        also[row, column] = small[known]
        done = suppress(cells, minimum=profile.minimum_count, zero_is_small=zero_is_small, also=also)
        further[known] |= done.hidden[row, column]
        if "level" in table and (table["level"].iloc[known] == _CELLS).all():
            for level, key in _SUMS.items():
                hidden = done.hidden[:-1, -1] if level == "ward" else done.hidden[-1, :-1]
                codes = row if level == "ward" else column
                lost = set(table[key].iloc[known[hidden[codes]]])
                further |= (table["level"].eq(level) & table[key].isin(lost)).to_numpy(dtype=bool)
    return further & ~np.isnan(counts)


def _grid(rows: pd.DataFrame) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
    """Return the row and column of each cell of a table of wards by communities; None where it is none."""
    if not {"ward_code", "community"} <= set(rows.columns) or rows[["ward_code", "community"]].isna().any(axis=None):
        return None
    row, wards = pd.factorize(rows["ward_code"], sort=True)
    column, communities = pd.factorize(rows["community"], sort=True)
    if min(len(wards), len(communities)) < 2 or rows.duplicated(["ward_code", "community"]).any():
        return None
    return row, column


def _row_keys(rows: pd.DataFrame) -> NDArray[np.intp]:
    """Return a rank for each row by all that it says, so that equal counts are told apart the same way every time."""
    text = pd.DataFrame(rows.drop(columns="geometry", errors="ignore")).astype(str)
    return text.groupby(list(text.columns), sort=True, dropna=False).ngroup().to_numpy()


def _whole(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    # half a contact is less than one: rounding down keeps it small
    return np.floor(counts)


def _derived(
    table: pd.DataFrame, shown: pd.DataFrame, name: str, counts: list[str], hidden: NDArray[np.bool_]
) -> pd.Series | NDArray[np.float64]:
    if not pd.api.types.is_numeric_dtype(table[name]) or pd.api.types.is_bool_dtype(table[name]):
        return table[name].astype(object).where(~hidden, None)
    values = table[name].to_numpy(dtype=np.float64, na_value=np.nan)
    if name in PROPORTIONAL:
        top, *bottom = counts if counts[0] == DERIVED[name][0] else ["", *counts]
        for count in bottom:
            values = rescaled(values, shown[count], table[count])
        if top:
            values = rescaled(values, table[top], shown[top])
    return np.where(hidden, np.nan, values)
