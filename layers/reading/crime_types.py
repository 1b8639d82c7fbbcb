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
# so much of a table must have a type of ASB for it to be a table of ASB
_MOSTLY = 0.8
_ASB = re.compile(r"asb\b|anti ?social behaviou?r|ymddygiad gwrth ?gymdeithasol")
_KINDS = re.compile(r"\b(?:personal|nuisance|environmental)\b")
_CRIME = re.compile(
    r"\basb\b|anti ?social|gwrth ?gymdeithasol|\bcrimes?\b|burglar|bwrgleriaeth|robber|lladrad|\btheft|dwyn\b"
    r"|criminal damage|arson|\bdrugs?\b|violen|trais\b|assault|public order|shoplift|vehicle offence|weapons?\b"
    r"|sexual|homicide|murder|\bfraud|stalking"
)


class CrimeTypes:
    """Which crime types are kept, and a count of all that were seen."""

    def __init__(self, crime_types: Sequence[str], all_are_asb: bool = False) -> None:
        self.all_are_asb = all_are_asb
        self.names = list(crime_types)
        self.keys = {_type_key(name) for name in crime_types}
        self.seen: Counter[str] = Counter()
        self.untyped = 0
        self.asb_table = False  # a table with ASB's own columns is about nothing else

    def keep(self, rows: pa.Table) -> pa.Table:
        """Return the rows of the wanted types, and count all; every row where the table has no crime type."""
        if "crime_type" not in rows.column_names:
            self.untyped += rows.num_rows
            filled = rows.num_rows - rows["asb_type"].null_count if "asb_type" in rows.column_names else 0
            self.asb_table = 0 < filled >= _MOSTLY * rows.num_rows
            return rows
        counts = pc.value_counts(rows["crime_type"].combine_chunks())
        self.seen.update({row["values"] or "": row["counts"] for row in counts.to_pylist()})
        return rows.filter(self._wanted(rows))

    def others(self, rows: pa.Table) -> pa.Table:
        """Return month and position, by place and month, of the rows of all other types, with how many (``other``)."""
        rows = rows.filter(pc.invert(self._wanted(rows))).select(["month", "lon", "lat"])
        plain = pa.table({name: rows[name].cast(pa.string()) for name in rows.column_names})
        return plain.group_by(["month", "lon", "lat"]).aggregate([([], "count_all")])

    def wants(self, name: str) -> bool:
        """Return whether a type is one of those asked for."""
        return "all" in self.keys or _type_key(name) in self.keys

    def _wanted(self, rows: pa.Table) -> pa.Array:
        types = rows["crime_type"].combine_chunks()
        if "all" in self.keys:
            return pa.array([True] * rows.num_rows, pa.bool_())
        kept = [name for name in types.dictionary.to_pylist() if name is not None and _type_key(name) in self.keys]
        return pc.is_in(types.dictionary_decode(), pa.array(kept, pa.string()))

    def report(self, report: ReadReport, path: str) -> None:
        """Note in ``report`` what was kept and what not; raise GeoError if none of the wanted types was seen."""
        kept = {name: n for name, n in self.seen.items() if self.wants(name)}
        if self.untyped and self.keys != {"all"}:
            self._refuse_untyped(path)
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
        if self.untyped and self.keys != {"all"}:
            why = "as you say" if self.all_are_asb else "as its column of ASB types says"
            report.choices.append(f"All {counted(self.untyped, 'row')} are taken as {ASB}, {why}.")
        if len(kept) > 1:
            parts = ", ".join(f"{name or 'no type'} {n:,}" for name, n in sorted(kept.items(), key=lambda kn: -kn[1]))
            report.warnings.append(f"Several crime types are counted together: {parts}.")

    def _refuse_untyped(self, path: str) -> None:
        """Raise GeoError where no column says the type and nobody has said it instead."""
        if self.keys != {"asb"}:
            raise GeoError(
                f"{path}: no column says what kind of crime a row is, so --crime-type {' '.join(self.names)} cannot be "
                "applied.",
                "Map the column under [columns.incidents] in geo.toml (crime_type = ...), or ask for --crime-type all.",
            )
        if not (self.asb_table or self.all_are_asb):
            raise GeoError(
                f"{path}: no column says what kind of crime a row is.",
                "If every row is anti-social behaviour, say so: --all-are-asb, or all-are-asb = true under [hotspots] "
                "in geo.toml. Else map the column under [columns.incidents] (crime_type = ...).",
            )


def _type_key(name: str) -> str:
    """Return a crime type as it is compared: only its letters matter, and ASB has several spellings."""
    return "asb" if _ASB.match(_spaced(name)) else re.sub(r"[^a-z]", "", name.casefold())


def is_crime_type(text: str) -> bool:
    """Return whether a text is a type of crime: one of police.uk, by name or slug, or one as forces call it."""
    return _police_key(text) in _police_names() or _CRIME.search(_spaced(text)) is not None


def asb_kinds(column: pa.ChunkedArray) -> pa.DictionaryArray | None:
    """Return the kind (personal, nuisance, environmental) that each type of ASB names; None where none does."""
    plain = column.cast(pa.string()).combine_chunks().dictionary_encode()
    found = [
        match[0] if one and _ASB.match(_spaced(one)) and (match := _KINDS.search(_spaced(one))) else None
        for one in plain.dictionary.to_pylist()
    ]
    return pc.take(pa.array(found, pa.string()), plain.indices).dictionary_encode() if any(found) else None


def with_names(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """Return a column of crime types with police.uk's slugs, and every spelling of ASB, written as its names."""
    names = _police_names()
    plain = column.cast(pa.string()).combine_chunks().dictionary_encode()
    written = [
        ASB if one and _ASB.match(_spaced(one)) else names.get(_police_key(one or ""), one)
        for one in plain.dictionary.to_pylist()
    ]
    return pc.take(pa.array(written, pa.string()), plain.indices).dictionary_encode()


def _spaced(text: str) -> str:
    """Return a text in small letters, with one space for whatever stands between its words."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def _police_key(text: str) -> str:
    return re.sub(r"[^a-z]|(?<=[ -])and(?=[ -])", "", text.casefold())


def _police_names() -> dict[str, str]:
    return {_police_key(name): name for name in _POLICE_TYPES}
