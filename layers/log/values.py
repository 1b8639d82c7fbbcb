"""What the readers of engagement layers share: ids, repeats, communities, and how a doubtful value is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from geo.errors import counted
from layers.libraries import pd
from layers.reading.report import ReadReport
from layers.reading.vocabulary import split_values, word_key


def community_values(text: pd.Series, report: ReadReport, names: Mapping[str, str] | None = None) -> pd.Series:
    """Return communities joined by ``;``, local words turned into Census names by ``names`` and by nothing else.

    A comma parts two communities only where ``names`` knows every part: the Census has commas in its own names.
    """
    known = {word_key(word): name for word, name in (names or {}).items()}
    targets = {word_key(name): name for name in known.values()}
    mapped: Counter[tuple[str, str]] = Counter()
    found: list[str | None] = []
    for cell in text:
        values: list[str] = []
        for value in split_values(cell) if isinstance(cell, str) else []:
            parts = [part.strip() for part in value.split(",") if part.strip()]
            keys = [word_key(part) for part in parts]
            whole = word_key(value) in known or word_key(value) in targets
            for part in parts if not whole and all(key in known or key in targets for key in keys) else [value]:
                name = known.get(word_key(part))
                if name is not None and name != part:
                    mapped[part, name] += 1
                values.append(part if name is None else name)
        found.append(";".join(dict.fromkeys(values)) or None)
    for (word, name), count in sorted(mapped.items()):
        report.choices.append(f"communities: {word!r} read as {name} in {counted(count, 'row')} (your list of names).")
    return pd.Series(found, index=text.index, dtype=object)


def empty_column(index: pd.Index) -> pd.Series:
    """Return a column of None, for one that a file does not have."""
    return pd.Series([None] * len(index), index=index, dtype=object)


def list_values(text: pd.Series) -> pd.Series:
    """Return a free list (themes, partners) joined by ``;``, each value once, None where empty."""
    found = [";".join(split_values(cell)) or None if isinstance(cell, str) else None for cell in text]
    return pd.Series(found, index=text.index, dtype=object)


def repeated_ids(table: pd.DataFrame, column: str, usable: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return which usable rows say again what an earlier row says, and which share an id but say different things.

    A row without an id says the same again only where all its other columns do.
    """
    again = pd.Series(False, index=table.index)
    again[usable] = table[usable].astype("string").fillna("").duplicated(keep="first")
    left = usable & ~again & table[column].notna()
    clash = pd.Series(False, index=table.index)
    clash[left] = table.loc[left, column].duplicated(keep=False)
    # every row of a contested id goes, its exact repeats with it
    contested = set(table.loc[clash, column])
    clash |= usable & table[column].isin(contested)
    return again & ~clash, clash


def made_ids(ids: pd.Series, prefix: str) -> pd.Series:
    """Return ids with the empty ones numbered PREFIX-0001 ... in row order, passing over those that are taken."""
    taken = set(ids.dropna().astype(str))
    number, made = 0, []
    for one in ids:
        if isinstance(one, str):
            made.append(one)
            continue
        number += 1
        while f"{prefix}-{number:04d}" in taken:
            number += 1
        made.append(f"{prefix}-{number:04d}")
    return pd.Series(made, index=ids.index, dtype=object)


def first_rows(rows: pd.Series, most: int = 3) -> str:
    """Return the first row numbers as messages list them: ``5, 9 and 12``."""
    shown = [str(row) for row in sorted(int(row) for row in rows)[:most]]
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + f" and {shown[-1]}"


def note_unread(name: str, faults: pd.Series, rows: pd.Series, label: str, report: ReadReport) -> None:
    """Warn that a value which a row can do without is unreadable, and taken as unknown."""
    for fault in sorted(faults.dropna().unique()):
        where = rows[faults.eq(fault).fillna(False)]
        what = fault if name in str(fault) else f"{name}: {fault}"
        report.warnings.append(
            f"{label}: {what} in {counted(len(where), 'row')} (first: row {first_rows(where, 1)}); taken as unknown."
        )
