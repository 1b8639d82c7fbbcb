"""Columns by name with the right type; an absent column is all empty. Cells of several values taken apart."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.engagement.intervals import wilson

NOT_RECORDED = "not recorded"
SEPARATOR = ";"
Table = TypeVar("Table", bound=pd.DataFrame)
# the levels at which engagement is looked at, and the column that holds each; nobody is ever looked at by name
LEVEL_COLUMNS = {"ward": "ward_code", "community": "communities", "team": "team", "role": "role"}
# mark of a table that ``dated_until`` made: a dozen questions ask for the same one
_HELD = "held on"
LEVELS = ("all", "ward", "community", "quarter", "team", "role")


def text(frame: pd.DataFrame, name: str) -> pd.Series:
    """Return a text column, None where empty; all None where the column is absent."""
    if name not in frame:
        return pd.Series(None, index=frame.index, dtype="object")
    code, words = pd.factorize(frame[name])
    # each distinct text is looked at once, so that a million rows are quick; code -1, the last, is an empty cell
    kept = np.array([word if str(word).strip() else None for word in words] + [None], dtype=object)
    return pd.Series(kept[code], index=frame.index, dtype="object")


def numbers(frame: pd.DataFrame, name: str) -> pd.Series:
    """Return a column of numbers as floats, NaN where unknown or absent."""
    return frame[name].astype("float64") if name in frame else pd.Series(np.nan, index=frame.index)


def dates(frame: pd.DataFrame, name: str) -> pd.Series:
    """Return a column of dates (days without a time), NaT where unknown or absent."""
    if name not in frame:
        return pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ns]")
    return pd.to_datetime(frame[name]).astype("datetime64[ns]").dt.normalize()


def yes_no(frame: pd.DataFrame, name: str) -> pd.Series:
    """Return a column of yes and no as booleans with NA; all NA where the column is absent."""
    values = frame[name] if name in frame else pd.Series(None, index=frame.index, dtype="object")
    return values.astype("boolean")


class Split(NamedTuple):
    """The values of a column, one entry a value of a row, rows in their order.

    ``row``: the number of the row (from 0). ``value``: the number of the value in ``names``, which are in alphabetical
    order. ``share``: 1 / how many values the row has.
    """

    row: NDArray[np.int64]
    value: NDArray[np.int64]
    share: NDArray[np.float64]
    names: list[str]


def split(values: pd.Series) -> Split:
    """Return every single value of a column of values joined by semicolons; rows without a value have none.

    Blanks around a value, empty values and repeats within a row do not count. Numbers are returned, not text, so that a
    million rows are quick: each distinct text is taken apart once.
    """
    code, texts = pd.factorize(values)
    parts = [list(dict.fromkeys(part for one in str(text).split(SEPARATOR) if (part := one.strip()))) for text in texts]
    names = sorted({part for own in parts for part in own})
    number = {name: i for i, name in enumerate(names)}
    many = np.array([len(own) for own in parts] + [0], dtype=np.int64)  # the last for rows without a text (code -1)
    flat = np.array([number[part] for own in parts for part in own], dtype=np.int64)
    begins = np.concatenate(([0], np.cumsum(many[:-1])))
    repeats = many[code]
    row = np.repeat(np.arange(len(code)), repeats)
    within = np.arange(len(row)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    return Split(row, flat[begins[code[row]] + within], 1 / np.maximum(repeats[row], 1), names)


def exploded(table: Table, column: Hashable) -> Table:
    """Return ``table`` with one row for each value of ``column``, values being joined by semicolons.

    Rows without a value are left out: count them beforehand. The order is kept; a row's index repeats for each of its
    values. The new column ``share`` is 1 / number of values of the row, so that shares of a row add to 1 and what is
    multiplied by it is counted once. Where ``column`` was a category, so are the values.
    """
    parts = split(table[column])
    names = pd.Series(parts.names, dtype=object)
    if isinstance(table[column].dtype, pd.CategoricalDtype):
        values = pd.Series(pd.Categorical.from_codes(parts.value, categories=parts.names))
    else:
        values = names.astype(table[column].dtype).take(parts.value)
    rows = table.iloc[parts.row].copy()
    rows[column] = values.array
    rows["share"] = parts.share
    return rows


def dated_until(engagements: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return the engagements dated ``as_of`` or before, without geometry, in a fixed order.

    Later ones are plans. The order (date, id, then every other column) makes sums come out the same to the last digit
    however the file is sorted. What was held before is returned as it is.
    """
    day = as_of.normalize()
    if engagements.attrs.get(_HELD) == str(day):
        return engagements
    frame = pd.DataFrame(engagements.drop(columns="geometry", errors="ignore")).reset_index(drop=True)
    frame = frame.assign(date=dates(frame, "date"))
    frame = frame[frame["date"] <= day]
    others = frame[sorted(set(frame.columns) - {"date", "engagement_id"})]
    keys = pd.DataFrame({"date": frame["date"], "id": text(frame, "engagement_id").fillna("").astype(str)})
    # rows that are alike in all of this are alike: a number for the rest of a row does as well as the rest
    keys["rest"] = pd.util.hash_pandas_object(others, index=False)
    frame = frame.loc[keys.sort_values(["date", "id", "rest"]).index].reset_index(drop=True)
    frame.attrs[_HELD] = str(day)
    return frame


def select(frame: pd.DataFrame, *names: str) -> pd.DataFrame:
    """Return the columns of ``names`` that are there: a long log is quicker to repeat without the rest of it."""
    return frame[[name for name in dict.fromkeys(names) if name in frame]]


def split_rows(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return one row a value of a multi-valued column, with ``share`` (1/m for m values).

    Rows without a value are kept as ``not recorded``, so that nothing goes missing.
    """
    return exploded(frame.assign(**{column: text(frame, column).fillna(NOT_RECORDED)}), column)


def quarters(days: pd.Series) -> pd.Series:
    """Return the quarter of each date as text: ``2025 Q1``."""
    return days.dt.year.astype("Int64").astype(str) + " Q" + days.dt.quarter.astype("Int64").astype(str)


def by_level(engagements: pd.DataFrame, levels: Sequence[str]) -> pd.DataFrame:
    """Return the engagements once for every level, with ``level`` and ``value``.

    An engagement with several communities counts whole for each of them. ``role`` and ``team`` are what a post or a
    team did; a level whose column is absent is left out.
    """
    parts = []
    for level in levels:
        if level == "all":
            parts.append(engagements.assign(level=level, value="all"))
        elif level == "quarter":
            parts.append(engagements.assign(level=level, value=quarters(engagements["date"])))
        elif LEVEL_COLUMNS[level] in engagements:
            part = split_rows(engagements, LEVEL_COLUMNS[level])
            parts.append(part.assign(level=level, value=part[LEVEL_COLUMNS[level]]).drop(columns="share"))
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def in_order(table: pd.DataFrame, levels: Sequence[str], *also: str) -> pd.DataFrame:
    """Return rows by level, value (what was not recorded last) and the columns ``also``."""
    rank = table["level"].map({level: at for at, level in enumerate(levels)})
    keyed = table.assign(_rank=rank, _last=table["value"] == NOT_RECORDED)
    return keyed.sort_values(["_rank", "_last", "value", *also]).drop(columns=["_rank", "_last"]).reset_index(drop=True)


def with_wilson(table: pd.DataFrame, successes: str, trials: str, *, prefix: str = "") -> pd.DataFrame:
    """Return the table with ``share``, ``low`` and ``high`` (Wilson, 95%), NaN where there were no trials."""
    share, low, high = wilson(table[successes].to_numpy(float), table[trials].to_numpy(float))
    return table.assign(**{f"{prefix}share": share, f"{prefix}low": low, f"{prefix}high": high})


def shares(engagements: pd.DataFrame, success: pd.Series, levels: Sequence[str]) -> pd.DataFrame:
    """Return by level and value: engagements, known, yes, unknown, share, low, high of a yes/no/NA series."""
    marked = select(engagements, "date", *LEVEL_COLUMNS.values()).assign(_yes=success.astype("boolean"))
    long = by_level(marked, levels)
    long = long.assign(known=long["_yes"].notna().astype(int), yes=long["_yes"].fillna(False).astype(int))
    table = long.groupby(["level", "value"], as_index=False).agg(
        engagements=("known", "size"), known=("known", "sum"), yes=("yes", "sum")
    )
    table["unknown"] = table["engagements"] - table["known"]
    return in_order(with_wilson(table, "yes", "known"), levels)
