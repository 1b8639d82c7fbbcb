"""A layer described once: its columns, and the names under which people's files hold them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from geo.errors import GeoError, listed

if TYPE_CHECKING:
    from layers.reading.vocabulary import Vocabulary

Audience = Literal["public", "partner", "internal", "nobody"]
# who may be given what: each reader also gets what is shown to those before
AUDIENCES: tuple[Audience, ...] = ("public", "partner", "internal")
Kind = Literal["text", "code", "words", "number", "count", "people", "day", "time", "yes or no", "position"]


@dataclass(frozen=True)
class Column:
    """A canonical column: ``also`` lists other headers that mean it, ``pattern`` matches those with a year in them.

    ``kind``: what its values are; ``count`` counts what was recorded, ``people`` counts people; ``unit`` of a number.
    ``words``: the list its values come from. ``several``: a cell may hold several, joined by ``;``. ``required``: a
    file without it is refused. ``personal``: it points at a person; no file that leaves may hold a column of this name.
    ``shown``: the widest circle of readers whose files may hold it (a profile of ``geo.disclosure``); a column that
    nobody thought about goes to nobody. ``card``: a page shows it where one place is described.
    """

    name: str
    meaning: str
    also: str = ""
    pattern: str | None = None
    kind: Kind = "text"
    unit: str = ""
    words: Vocabulary | None = None
    several: bool = False
    required: bool = False
    personal: bool = False
    shown: Audience = "nobody"
    card: bool = False


@dataclass(frozen=True)
class Layer:
    """A kind of file: ``name`` as in geo.toml, and its columns in the order they are looked for.

    ``title``: what people call it. ``used_by``: the steps that use it; empty where none does yet. ``by_ward``: its rows
    name a ward, and only those of the study area count. ``many``: geo.toml may name several files. ``shape``: the
    widest circle of readers whose files may hold its shapes; ``nobody`` for a table without any. ``passed_over``: other
    headings that such files usually have, and of which nothing need be said.
    """

    name: str
    columns: tuple[Column, ...] = field(default=())
    title: str = ""
    used_by: tuple[str, ...] = ()
    by_ward: bool = False
    many: bool = False
    shape: Audience = "nobody"
    passed_over: str = ""

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the columns without which a file is refused."""
        return tuple(column.name for column in self.columns if column.required)

    def shown_to(self, audience: Audience) -> frozenset[str]:
        """Return the names of the columns that a file for ``audience`` may hold."""
        wide = AUDIENCES[: AUDIENCES.index(audience) + 1]
        names = {column.name for column in self.columns if column.shown in wide and not column.personal}
        return frozenset(names | ({"geometry"} if self.shape in wide else set()))

    def match(self, headers: Iterable[str], mapping: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return {canonical name: header of the file} for the columns that the file has.

        ``mapping`` ({canonical name: header}, from [columns] in geo.toml) wins over everything; then the canonical name
        itself, then its pattern, then the other names in their order. A header serves one column only. Raises GeoError
        where the mapping names a column or header that does not exist.
        """
        headers = list(headers)
        by_key: dict[str, str] = {}
        for write in (str, _apart):  # LogDate is tried as it stands, then as Log Date
            for header in headers:
                by_key.setdefault(header_key(write(header)), header)
        found = self._mapped(headers, mapping or {})
        for column in self.columns:
            if column.name in found:
                continue
            match = self._header_for(column, by_key, taken=set(found.values()))
            if match is not None:
                found[column.name] = match
        return found

    def _mapped(self, headers: list[str], mapping: Mapping[str, str]) -> dict[str, str]:
        names = [column.name for column in self.columns]
        for name, header in mapping.items():
            if name not in names:
                raise GeoError(
                    f"[columns.{self.name}] in geo.toml: there is no column {name!r}.", f"Columns: {', '.join(names)}."
                )
            if header not in headers:
                raise GeoError(
                    f"[columns.{self.name}] in geo.toml: {name} = {header!r}, but the file has no such header.",
                    f"Found: {listed(headers, 20)}.",
                )
        return dict(mapping)

    def _header_for(self, column: Column, by_key: Mapping[str, str], taken: set[str]) -> str | None:
        keys = [header_key(name) for name in (column.name, *column.also.split(","))]
        if column.pattern is not None:
            keys[1:1] = sorted(key for key in by_key if re.fullmatch(column.pattern, key))
        return next((by_key[key] for key in keys if key and key in by_key and by_key[key] not in taken), None)


@lru_cache(maxsize=10_000)
def header_key(header: str) -> str:
    """Return a header as it is compared: case, accents, spaces, dots, dashes and underscores do not matter."""
    text = header.strip().casefold()
    if not text.isascii():
        text = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return re.sub(r"[\s._/\-]+", " ", text).strip()


def _apart(header: str) -> str:
    """Return a header written in one word with its words apart: ``LogDate`` is ``Log Date``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
