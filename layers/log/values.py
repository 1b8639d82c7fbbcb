"""What the readers of engagement layers share: ids, repeats, communities, and how a doubtful value is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from geo.errors import counted, listed
from layers.libraries import pd
from layers.population.labels import long_forms
from layers.reading.names import Names, name_key
from layers.reading.report import ReadReport
from layers.reading.vocabulary import split_values

# one letter before an @ is enough: any number of them would be tried again from each letter of a long cell
_PERSON = (
    r";#\d+\s*$|^\s*i:0[\w#.]*\||\"Claims\"|[\w.+\-]@[\w\-]+\.\w|^\s*(?:T/|A/)?(?:PC|PCSO|WPC|DC|DS|DI|PS|Sgt|Sergeant|"
    r"Insp|Inspector|Ch Insp|CI|Supt|Cllr|Mr|Mrs|Ms|Miss|Dr|Rev)\.? +(?:\d{2,}|(?!Team|Unit|And|Area|Panel)[A-Z][a-z]+)"
    r"|\b(?:PC|PCSO|WPC|DC|DS|DI|PS|Sgt)\.? ?\d{2,6}\b"
)


def community_values(
    text: pd.Series,
    report: ReadReport,
    names: Mapping[str, str] | None = None,
    known: Iterable[str] | None = None,
) -> pd.Series:
    """Return communities joined by ``;``, in the spelling of ``known`` (the communities layer) where it knows them.

    ``names``: {local word: the community it means}, from geo.toml; announced. Spellings of one name are one community
    (see ``layers.reading.names``); a comma parts two only where every part is known, because the Census has commas in
    its own names. What is not known stays as it was written; it is named, with the nearest, in ``report.unresolved``.
    """
    names = names or {}
    listed_names = list(dict.fromkeys([*(known or ()), *names.values()]))
    resolver = Names(
        {
            name: [name, *long_forms(name), *(local for local, meant in names.items() if meant == name)]
            for name in listed_names
        }
    )
    mapped: Counter[tuple[str, str]] = Counter()
    strange: Counter[str] = Counter()
    read: dict[str, str | None] = {}
    local = {name_key(word): word for word in names}
    for cell, rows in text.dropna().astype(str).value_counts(sort=False).items():
        found = resolver.read(str(cell), several=True)
        values = []
        for value in split_values(str(cell)):
            one = resolver.read(value, several=True)
            values += one.codes or [value]
            mapped.update({(part, name): int(rows) for part, name in one.read.items() if part != name})
        strange.update(dict.fromkeys(found.unknown, int(rows)))
        read[str(cell)] = ";".join(dict.fromkeys(values)) or None
    for (word, name), count in sorted(mapped.items()):
        why = " (your list of names)" if name_key(word) in local else ""
        report.choices.append(f"communities: {word!r} read as {name} in {counted(count, 'row')}{why}.")
    if known is not None and strange:
        report.unresolved |= {word: resolver.nearest(word) for word in sorted(strange)}
        told = [f"{word!r} (nearest: {resolver.nearest(word) or 'none'})" for word in sorted(strange)]
        report.warnings.append(
            f"communities: {counted(sum(strange.values()), 'row')} name what is no community of the list: "
            f"{listed(told, 6)}. They count for nobody in it."
        )
    return pd.Series([read.get(cell) if isinstance(cell, str) else None for cell in text], text.index, dtype=object)


def names_of(communities: pd.DataFrame | None) -> list[str] | None:
    """Return the names in a communities layer, None where there is none."""
    return None if communities is None else sorted(set(communities["community"].dropna().astype(str)))


def empty_column(index: pd.Index) -> pd.Series:
    """Return a column of None, for one that a file does not have."""
    return pd.Series([None] * len(index), index=index, dtype=object)


def list_without_persons(text: pd.Series, name: str, label: str, report: ReadReport) -> pd.Series:
    """Return a free list (themes, partners) joined by ``;``, each value once, None where empty; persons are left out
    as ``without_persons`` does.
    """
    parts = text.map(lambda cell: split_values(cell) if isinstance(cell, str) else []).explode()
    kept = without_persons(parts, name, label, report)
    joined = kept.dropna().groupby(level=0).agg(";".join).reindex(text.index)
    return joined.astype(object).where(joined.notna(), None)


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


def without_persons(text: pd.Series, name: str, label: str, report: ReadReport) -> pd.Series:
    """Return a text column without what names a person: an account (``Name;#12``, ``i:0#.f|...``), a mail address, or
    a rank or a title with a name or a number (``PC 1234 Smith``).

    Neither a team nor an organisation is written so; how many were dropped is said, never whom.
    """
    values = text.astype("string")
    person = values.str.contains(_PERSON, regex=True).fillna(False).astype(bool)
    if person.any():
        report.warnings.append(
            f"{label}: {name} looks like a column of persons in {counted(int(person.sum()), 'row')} (first: row "
            f"{int(person.index[person][0]) + 2}); left empty."
        )
    return text.mask(person, None)
