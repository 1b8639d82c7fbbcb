"""Registers: how many people have signed up for alerts, volunteering or a network, by ward and group."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from geo.errors import counted, listed
from layers.libraries import gpd, pd
from layers.log.values import community_values, names_of
from layers.reading.checks import NEEDED_WARD_CODE, Faults, finish, repeats, texts, ward_codes, whole_numbers
from layers.reading.layer import Column, Layer
from layers.reading.records import read_records
from layers.reading.report import ReadReport
from layers.reading.vocabulary import Vocabulary

BASE = Vocabulary("base", {"households": "household, homes, dwellings", "residents": "people, persons, population"})
REGISTERS = Layer(
    "registers",
    (
        NEEDED_WARD_CODE,
        Column("community", "the group; empty for everybody", "group, ethnic group", shown="public"),
        Column("register", "alerts, volunteers, network ...", "scheme, list, programme", required=True, shown="public"),
        Column(
            "members",
            "people or households registered",
            "n, registered, count, number, sign ups, number registered, number of members, no of members, "
            "total members, registrations, subscribers, number of subscribers",
            kind="people",
            required=True,
            shown="public",
        ),
        Column(
            "base",
            "what members are counted of: households or residents",
            "per, unit, denominator",
            kind="words",
            words=BASE,
            shown="public",
        ),
    ),
    title="how many signed up for alerts, volunteering ...",
    used_by=("engagement",),
    by_ward=True,
)


def read_registers(
    path: str | Path,
    *,
    wards: gpd.GeoDataFrame | None = None,
    communities: pd.DataFrame | None = None,
    community_names: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
) -> tuple[pd.DataFrame, ReadReport]:
    """Return sign-ups (ward_code, community, register, members, base), and a report.

    ``path``: a table as ``read_records`` reads it; counts only, never a list of people. ``members``: float;
    ``community`` None stands for everybody; ``base``: households, residents, or None where not given, and then no rate
    can be worked out. ``communities``, ``community_names``: as for engagements.
    ``columns``: {canonical name: header}.

    Set aside: rows without a ward, register or whole number, another base, wards that are not in ``wards``, the same
    entry again. More members than the ward has of its base is said. Raises GeoError where a column is missing, two
    numbers for one register differ, or nothing is left.
    """
    report = ReadReport("registers")
    records = read_records(path, REGISTERS, report, columns=columns, encoding=encoding)
    rows, faults = records.rows, Faults(records.rows)
    given = texts(rows, "base")
    base = given.map(lambda text: BASE.code(text) if isinstance(text, str) else None).astype(object)
    table = pd.DataFrame(
        {
            "ward_code": ward_codes(rows, wards, faults, report),
            "community": community_values(texts(rows, "community"), report, community_names, names_of(communities)),
            "register": texts(rows, "register"),
            "members": whole_numbers(rows, "members", faults),
            "base": base.where(base.notna(), None),
            "row": rows["row"],
        }
    )
    faults.add("no register", table["register"].isna())
    faults.add("base is neither households nor residents", given.notna() & table["base"].isna())
    repeats(table, ("ward_code", "community", "register", "base"), ("members",), faults, records.label)
    registers = finish(table, rows, faults, report, records.label, shown="ward_code", layer=REGISTERS)
    unknown = int(registers["base"].isna().sum())
    if unknown:
        report.warnings.append(f"{counted(unknown, 'entry', 'entries')} without a base: no rate for them.")
    _say_too_many(registers, wards, report)
    return registers, report


def _say_too_many(registers: pd.DataFrame, wards: gpd.GeoDataFrame | None, report: ReadReport) -> None:
    if wards is None:
        return
    for base, column in (("households", "households"), ("residents", "population")):
        if column not in wards:
            continue
        size = registers["ward_code"].map(wards.set_index("ward_code")[column])
        many = registers[(registers["base"] == base) & (registers["members"] > size)]
        if len(many):
            where = [f"{code} ({name})" for code, name in zip(many["ward_code"], many["register"], strict=True)]
            report.warnings.append(
                f"{counted(len(many), 'entry', 'entries')} with more members than the ward has {base}: {listed(where)}."
            )
