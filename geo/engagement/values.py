"""Columns that hold several values in one cell, such as ``Pakistani;Bangladeshi``: one row a value, and its share."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SEPARATOR = ";"

Table = TypeVar("Table", bound=pd.DataFrame)


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
