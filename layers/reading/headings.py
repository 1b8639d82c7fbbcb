"""Where the headings of a table stand: below notes, in one row or in two, in text and in workbooks alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

Score = Callable[[list[str]], int]
# headings are looked for in so many rows
MOST_ROWS = 30
_COUNT = re.compile(r"n|no\.?|number|count|counts|value|persons|people|residents", re.IGNORECASE)
_NUMBER = re.compile(r"\s*(?=[-.,:/]*\d)[-\d.,:/]+\s*")


class Headings(NamedTuple):
    """``names`` of the columns, the row they end in (from 0), and how well they do."""

    names: list[str]
    last: int
    points: int


def find_headings(rows: Sequence[Sequence[str | None]], score: Score, *, enough: int | None = None) -> Headings | None:
    """Return the headings among the first rows of a table: the row that ``score`` likes best, the first on a tie.

    Two rows one below the other are joined (``Location: Easting``) where they do better together than either alone.
    ``enough``: with so many points no further row is tried. None where no row has two cells.
    """
    best: Headings | None = None
    most = (0, False)
    for place, row in enumerate(rows):
        names = [cell or "" for cell in row]
        if len(names) < 2 or not any(names):
            continue
        points, several = score(names), sum(map(bool, names)) > 1
        if best is None or (points, several) > most:
            best, most = Headings(names, place, points), (points, several)
        if enough is not None and points >= enough:
            break
    if best is None:
        return None
    for above, below in ((best.last - 1, best.last), (best.last, best.last + 1)):
        if above < 0 or below == len(rows) or any(_NUMBER.fullmatch(cell or "") for cell in rows[below]):
            continue
        if min(sum(map(bool, rows[place])) for place in (above, below)) > 1:  # one cell alone is a title
            joined = joined_headings(rows[above], rows[below])
            if (points := score(joined)) > best.points:
                best = Headings(joined, below, points)
    return best


def joined_headings(above: Sequence[str | None], below: Sequence[str | None]) -> list[str]:
    """Return one name a column from two rows of headings, ``White: Other White``.

    The upper text stands over the columns after it, as far as they have none of their own; one with nothing below it
    stands for its own column only, and so does one above ``number`` (beside a column of ``%``).
    """
    names, group = [], ""
    for i in range(max(len(above), len(below))):
        upper, lower = cell_at(above, i), cell_at(below, i)
        group = upper if upper else group
        both = lower if not group else group if _COUNT.fullmatch(lower) else f"{group}: {lower}"
        names.append(both if lower else upper)
        group = group if lower else ""
    return names


def cell_at(row: Sequence[str | None], place: int) -> str:
    """Return a cell of a row, trimmed; empty beyond its end."""
    return ((row[place] if place < len(row) else "") or "").strip()
