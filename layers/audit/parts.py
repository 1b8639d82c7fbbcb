"""What an audit looks at and what it says: the parts of a file, the rules, and findings without the values found."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

from layers.libraries import NDArray, np

_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")

Severity = Literal["breaks", "look", "note"]


class Refusal(Protocol):
    """What could be worked out, and what to change."""

    @property
    def what(self) -> str:
        """A sentence without the value."""

    @property
    def remedy(self) -> str:
        """What to do."""


class Rules(Protocol):
    """What a file is held against; ``geo.disclosure.profiles.Profile`` is one, and says what each means."""

    @property
    def name(self) -> str:
        """Of the profile."""

    @property
    def minimum_count(self) -> int:
        """Counts from 1 up to, not including, this are small."""

    @property
    def rounding(self) -> int:
        """Counts are multiples of this."""

    @property
    def exact_records(self) -> bool:
        """Whether only counts of people must not be small; such a reader may also have single incidents."""

    @property
    def coordinate_m(self) -> float:
        """The finest step of positions in metres; 0: any."""

    @property
    def columns(self) -> Mapping[str, frozenset[str]]:
        """The columns that may be in each layer."""

    @property
    def forbidden(self) -> frozenset[str]:
        """The columns that may be nowhere."""

    @property
    def people(self) -> frozenset[str]:
        """Columns that count people of a group: none is small too."""

    @property
    def records(self) -> frozenset[str]:
        """Columns that count what was recorded or done."""

    @property
    def census(self) -> frozenset[str]:
        """Columns that were published, and are not rounded again."""

    @property
    def allowed(self) -> frozenset[str]:
        """Addresses and numbers that may stand anywhere."""

    def judged(self, earlier: Sequence[Any], release: Any) -> Sequence[Refusal]:
        """Return what a release tells together with earlier ones, entries of the release log."""


class Finding(NamedTuple):
    """``severity``: it breaks the profile, it is worth a look, or it is only noted; ``place``: where in the file;
    ``what``: what was found, counted, without the values; ``examples``: rows, or values with their letters and digits
    masked; ``advice``: what to do.
    """

    severity: Severity
    place: str
    what: str
    examples: list[str]
    advice: str


class Positions(NamedTuple):
    """Positions in degrees, and how fine each one is: the step in metres of the grid it lies on."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    step_m: NDArray[np.float64]


@dataclass(frozen=True)
class Table:
    """A table without a library: {column: values}, all of one length, and the number of each row as its file counts."""

    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    numbers: Sequence[int] = ()

    @classmethod
    def of_records(cls, records: Sequence[Mapping[str, Any]], first: int = 1) -> Table:
        """Return a table of objects; what an object lacks is None."""
        names = list(dict.fromkeys(str(name) for record in records for name in record))
        columns = {name: [record.get(name) for record in records] for name in names}
        return cls(columns, range(first, first + len(records)))

    @classmethod
    def of_rows(
        cls, names: Sequence[str], rows: Sequence[Sequence[Any]], numbers: Sequence[int] | None = None
    ) -> Table:
        """Return a table of rows under names; a name that comes again gets its place as a number."""
        unique = [name if name not in names[:i] else f"{name} {i + 1}" for i, name in enumerate(names)]
        columns = {name: [row[i] if i < len(row) else None for row in rows] for i, name in enumerate(unique)}
        return cls(columns, numbers or range(1, len(rows) + 1))

    def by_key(self) -> dict[str, str]:
        """Return the columns by their names as rules write them."""
        return {column_key(name): name for name in self.columns}

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.numbers)


@dataclass(frozen=True)
class Part:
    """One table, layer or block of a file.

    ``layer``: the name it goes by, for the columns that a profile lists (empty: none); ``strict``: columns that are
    not listed break the profile, because the part is such a layer and not a page's own data. ``points`` are positions
    of single things, ``shapes`` corners of lines and areas; ``figures``: counts for the release log beside the
    table's; ``certain``: texts are scraps of bytes, in which only what can be nothing else counts; ``again``: they
    stand in other parts too, and what was found there is not said twice; ``script``: they are a program, of
    which positions are read apart.
    """

    place: str
    layer: str = ""
    strict: bool = False
    table: Table = field(default_factory=Table)
    points: Positions | None = None
    shapes: Positions | None = None
    texts: Sequence[str] = ()
    findings: Sequence[Finding] = ()
    figures: Sequence[dict[str, Any]] = ()
    certain: bool = False
    again: bool = False
    script: bool = False


def masked(text: str, most: int = 40) -> str:
    """Return a value as it may be printed: letters as x, digits as 9, so that it can be found but not read."""
    shown = re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "9", text[:most]))
    return shown if len(text) <= most else f"{shown} ..."


def number_of(value: Any) -> float | None:
    """Return a cell as a finite number, None where it is none: "1,234" is one, True and a date are not."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        value = _THOUSANDS.sub("", value.strip())
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def column_key(name: object) -> str:
    """Return a column's name as rules write it: ``Victim ref`` is ``victim_ref``."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(name))
    return re.sub(r"[^a-z0-9]+", "_", words.casefold()).strip("_")
