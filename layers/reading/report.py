"""What a reader tells about its reading: what was read, what was used, what was set aside and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from geo.errors import counted, listed
from layers.databases.address import short_name
from layers.libraries import gpd, pd


@dataclass(frozen=True)
class FileRead:
    """One file as it was found: ``path`` as the user wrote it, ``sha256`` of its bytes, ``rows`` it holds."""

    path: str
    sha256: str
    rows: int


@dataclass(frozen=True)
class Row:
    """Where a set-aside row stands: ``row`` counts as a spreadsheet does, the header being row 1."""

    file: str
    row: int
    value: str = ""


@dataclass(frozen=True)
class SetAside:
    """Rows that are not used, for one reason.

    ``fault`` is true where something is wrong with the rows (no position), false where they were not asked for (other
    crime types, another period). Rows at fault are kept with their place, so that they can be listed and mended.
    """

    reason: str
    count: int
    fault: bool = False
    rows: tuple[Row, ...] = ()
    hint: str = ""


@dataclass
class ReadReport:
    """What one layer's reader did: rows read = rows used + rows set aside, by reason.

    ``months``: the months (YYYY-MM) that the files cover; ``gaps``: months between the first and the last that no file
    covers, which are unknown and never zero. ``choices``: sentences, one for every automatic choice. ``warnings``:
    sentences about what the data may not bear. ``map_points``: every position a download uses, with ``other``, the
    rows of other crime types at each. ``publisher``: who the files come from, in words;
    ``attribution``: what their licence asks to be shown. ``unread``: {file: {heading that was read as nothing: the
    column it most likely means, or ""}}. ``headings``: {file: {column: the heading it was read from}}.
    ``unresolved``: {word that is no name of the layer it should be in: the nearest name}. ``coverage``: {force: the
    months that its files cover}; "" for a file that names no force. A month that is not there is unknown for that
    force, whatever others recorded in it. ``typed``: whether a column says the type of each incident. ``elsewhere``:
    rows that were asked for and not read, because they lie outside the study area.
    """

    layer: str
    files: list[FileRead] = field(default_factory=list)
    used: int = 0
    set_aside: list[SetAside] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    months: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    publisher: str = ""
    map_points: gpd.GeoDataFrame | None = None
    attribution: list[str] = field(default_factory=list)
    coverage: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unresolved: dict[str, str] = field(default_factory=dict)
    unread: dict[str, dict[str, str]] = field(default_factory=dict)
    headings: dict[str, dict[str, str]] = field(default_factory=dict)
    typed: bool = True
    elsewhere: int = 0

    @property
    def read(self) -> int:
        """Rows read, over all files."""
        return sum(file.rows for file in self.files)

    def source(self) -> str:
        """Return where the layer comes from, in words: its publisher, else its file, or how many files and which."""
        names = [short_name(file.path) for file in self.files]
        files = names[0] if len(names) == 1 else f"{counted(len(names), 'file')}, {names[0]} to {names[-1]}"
        return self.publisher or files

    def put_aside(self, reason: str, rows: Sequence[Row] | int, *, fault: bool = False, hint: str = "") -> None:
        """Note rows as set aside; nothing is noted for none. Rows not at fault are given as a number."""
        count = rows if isinstance(rows, int) else len(rows)
        if count:
            kept = () if isinstance(rows, int) else tuple(rows)
            self.set_aside.append(SetAside(reason, count, fault, kept, hint))

    def check(self) -> ReadReport:
        """Return self, having made sure that no row went missing (an AssertionError is a bug in the reader)."""
        aside = sum(part.count for part in self.set_aside)
        assert self.read == self.used + aside, f"{self.layer}: {self.read} read, {self.used} used, {aside} set aside"
        return self

    def sentences(self) -> Iterable[str]:
        """Yield the report as sentences: what was read and used, then each reason with its first rows."""
        yield (
            f"{self.layer.capitalize()}: {counted(self.read, 'row')} read from {counted(len(self.files), 'file')}, "
            f"{self.used:,} used."
        )
        for part in self.set_aside:
            where = "; ".join(
                f"{row.file} row {row.row}" + (f" ({row.value})" if row.value else "") for row in part.rows[:3]
            )
            yield f"  {counted(part.count, 'row')} set aside: {part.reason}" + (f" (first: {where})." if where else ".")
            if part.hint:
                yield f"  {part.hint}"
        yield from (f"  {choice}" for choice in self.choices)
        yield from (f"  {line}" for line in self.not_read())

    def not_read(self) -> list[str]:
        """Return a sentence a file on the headings that were read as nothing, each with the nearest column."""
        lines = []
        for label, headings in self.unread.items():
            told = [f"{one[:60]!r}" + (f" (nearest: {near})" if near else "") for one, near in headings.items()]
            lines.append(f"{label}: {counted(len(told), 'heading')} not read: {listed(told, 6)}.")
        return lines

    def notes(self) -> list[str]:
        """Return the report for a page that may be handed on: numbers and reasons, no file names, no values."""
        lines = [f"{self.layer.capitalize()}: {counted(self.read, 'row')} read, {self.used:,} used."]
        return lines + [f"{counted(part.count, 'row')} set aside: {part.reason}." for part in self.set_aside]

    def faults(self) -> pd.DataFrame:
        """Return the rows at fault as a table (file, row, reason, value), to be mended at their source."""
        rows = [(row.file, row.row, part.reason, row.value) for part in self.set_aside for row in part.rows]
        return pd.DataFrame(rows, columns=["file", "row", "reason", "value"])

    def as_record(self) -> dict[str, Any]:
        """Return the report for run.json; row numbers and reasons only, no values of rows."""
        return {
            "files": [vars(file) for file in self.files],
            "rows_read": self.read,
            "rows_used": self.used,
            "set_aside": [
                {
                    "reason": part.reason,
                    "rows": part.count,
                    "first": [{"file": row.file, "row": row.row} for row in part.rows[:3]],
                }
                for part in self.set_aside
            ],
            "choices": self.choices,
            "warnings": self.warnings,
            "months": list(self.months),
            "gaps": list(self.gaps),
            "headings": self.headings,
            "headings_not_read": {label: list(headings) for label, headings in self.unread.items()},
            "coverage": {force: list(months) for force, months in self.coverage.items()},
        }
