"""Which crime types are kept: anti-social behaviour unless asked otherwise, and never several in silence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from geo.errors import GeoError, counted, listed
from layers.libraries import pa, pc
from layers.reading.report import ReadReport

ASB = "Anti-social behaviour"
# police.uk's names; its service writes them as slugs (criminal-damage-arson)
_POLICE_TYPES = (
    ASB,
    "Bicycle theft",
    "Burglary",
    "Criminal damage and arson",
    "Drugs",
    "Other crime",
    "Other theft",
    "Possession of weapons",
    "Public order",
    "Robbery",
    "Shoplifting",
    "Theft from the person",
    "Vehicle crime",
    "Violence and sexual offences",
    "Violent crime",
)


class CrimeTypes:
    """Which crime types are kept, and a count of all that were seen."""

    def __init__(self, crime_types: Sequence[str]) -> None:
        self.names = list(crime_types)
        self.keys = {_type_key(name) for name in crime_types}
        self.seen: Counter[str] = Counter()
        self.untyped = 0
        self.asb_table = False  # a table with ASB's own columns is about nothing else

    def keep(self, rows: pa.Table) -> pa.Table:
        """Return the rows of the wanted types, and count all; every row where the table has no crime type."""
        if "crime_type" not in rows.column_names:
            self.untyped += rows.num_rows
            self.asb_table = "asb_type" in rows.column_names
            return rows
        counts = pc.value_counts(rows["crime_type"].combine_chunks())
        self.seen.update({row["values"] or "": row["counts"] for row in counts.to_pylist()})
        return rows.filter(self._wanted(rows))

    def others(self, rows: pa.Table) -> pa.Table:
        """Return month and position, by place and month, of the rows of all other types, with how many (``other``)."""
        rows = rows.filter(pc.invert(self._wanted(rows))).select(["month", "lon", "lat"])
        plain = pa.table({name: rows[name].cast(pa.string()) for name in rows.column_names})
        return plain.group_by(["month", "lon", "lat"]).aggregate([([], "count_all")])

    def _wanted(self, rows: pa.Table) -> pa.Array:
        types = rows["crime_type"].combine_chunks()
        if "all" in self.keys:
            return pa.array([True] * rows.num_rows, pa.bool_())
        kept = [name for name in types.dictionary.to_pylist() if name is not None and _type_key(name) in self.keys]
        return pc.is_in(types.dictionary_decode(), pa.array(kept, pa.string()))

    def report(self, report: ReadReport, path: str) -> None:
        """Note in ``report`` what was kept and what not; raise GeoError if none of the wanted types was seen."""
        kept = {name: n for name, n in self.seen.items() if "all" in self.keys or _type_key(name) in self.keys}
        if self.untyped and not self.asb_table and self.keys not in ({"asb"}, {"all"}):
            raise GeoError(
                f"{path}: no column says what kind of crime a row is, so --crime-type {' '.join(self.names)} cannot be "
                "applied.",
                "Map the column under [columns.incidents] in geo.toml (crime_type = ...), or ask for --crime-type all.",
            )
        if not kept and not self.untyped:
            found = [f"{name or 'no type'} ({n:,})" for name, n in self.seen.most_common()]
            if not found:
                why = "; ".join(f"{part.count:,} {part.reason}" for part in report.set_aside)
                first = next((row for part in report.set_aside for row in part.rows), None)
                raise (
                    GeoError(
                        f"{path}: no usable row among {counted(report.read, 'row')}"
                        + (f" ({why}; row {first.row}: {first.value})." if first else "."),
                        "Mend the rows, or export it again for a period with incidents.",
                    )
                    if report.read
                    else GeoError(f"{path}: it holds no rows.", "Export it again, for a period with incidents.")
                )
            raise GeoError(
                f"{path}: no {' or '.join(self.names)} among its {sum(self.seen.values()):,} rows.",
                f"It holds {listed(found, 8)}. Choose with --crime-type.",
            )
        report.put_aside("other crime types", sum(self.seen.values()) - sum(kept.values()))
        if self.untyped:
            taken = f"No crime-type column: all {counted(self.untyped, 'row')} taken as {' and '.join(self.names)}."
            (report.choices if self.asb_table else report.warnings).append(taken)
        if len(kept) > 1:
            parts = ", ".join(f"{name or 'no type'} {n:,}" for name, n in sorted(kept.items(), key=lambda kn: -kn[1]))
            report.warnings.append(f"Several crime types are counted together: {parts}.")


def _type_key(name: str) -> str:
    """Return a crime type as it is compared: only its letters matter, and ASB has several spellings."""
    key = re.sub(r"[^a-z]", "", name.casefold())
    return "asb" if key in ("antisocialbehaviour", "antisocialbehavior", "asb") else key


def is_police_type(text: str | None) -> bool:
    """Return whether a text is a crime type of police.uk, by its name or its slug."""
    return text is not None and _police_key(text) in _police_names()


def with_names(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """Return a column of crime types with police.uk's slugs written as its names."""
    names = _police_names()
    plain = column.cast(pa.string()).combine_chunks().dictionary_encode()
    written = [names.get(_police_key(one), one) for one in plain.dictionary.to_pylist()]
    return pc.take(pa.array(written, pa.string()), plain.indices).dictionary_encode()


def _police_key(text: str) -> str:
    return re.sub(r"[^a-z]|(?<=[ -])and(?=[ -])", "", text.casefold())


def _police_names() -> dict[str, str]:
    return {_police_key(name): name for name in _POLICE_TYPES}
