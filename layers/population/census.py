"""Population tables of any shape, into one row a cell: an area, a group, a number. Nothing is added up yet."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from geo.errors import GeoError, counted, listed
from layers.libraries import np, pa, pd
from layers.lookups import AREA_COLUMNS, area_kind, clean_codes, code_pattern
from layers.population.files import Opened, open_table
from layers.population.labels import (
    age_bands,
    age_of,
    clean_label,
    group_set_of,
    group_set_of_labels,
    is_grand_total,
    is_of_one_sex,
    is_total,
)
from layers.reading.layer import Column, Layer, header_key
from layers.reading.names import Names
from layers.reading.records import numbers
from layers.reading.report import ReadReport

_WARD_YEARS = tuple(range(2035, 2008, -1))
_CENSUS_YEARS = (2021, 2011, 2001)
COMMUNITIES = Layer(
    "communities",
    (
        Column(
            "ward_code",
            "code of the ward; of a small area, where a lookup is given",
            "area code, geography code, gss code, mnemonic, electoral wards and divisions code, code, geography",
            kind="code",
            required=True,
            shown="public",
        ),
        *(
            Column(f"ward_{year}", f"code of the ward of {year}", pattern=code_pattern(r"(?:wd|ward)", year))
            for year in _WARD_YEARS
        ),
        *AREA_COLUMNS,
        Column("lsoa_code", "code of the small area", "lsoa code, lsoa, lower layer super output areas code"),
        Column(
            "community",
            "the group: in a long table one row a group, in a wide one a column a group",
            "ethnic group, ethnicity, religion, main language, language, household language, proficiency, age band, "
            "age group, group",
            r"c\d{4} (?:eth|relig|mainlang|lang|engprf)\w* .*name|.*(?:ethnic|religion|language|country of birth).*"
            r"\(\d+ categories\)",
            required=True,
            shown="public",
        ),
        Column(
            "population",
            "residents",
            "n, value, obs value, observation, count, residents, number, persons",
            kind="people",
            required=True,
            shown="public",
        ),
        Column("group_set", "the set that the group belongs to: ethnic_group, religion, age_band ...", shown="public"),
        Column("total", "residents of all groups", "total residents, total population, all residents", kind="number"),
        Column("measure", "counts, percentages ...", "measures name, measures"),
        Column("period", "the day or year", "date name, date, year"),
        Column("unit", "persons or households", "units"),
        Column("indicator", "what is measured"),
        Column("sex", "where the table is split by it too", "c sex name, sex name, gender, sex (2 categories)"),
        Column(
            "age",
            "where the table is split by it too",
            "c age name, age name",
            r"c\d{4} age .*name|age \(.*categories\)",
        ),
        Column("record_count", "how many rows the service holds"),
    ),
    title="residents by community",
    used_by=("engagement", "plan", "page"),
    by_ward=True,
)
_COUNTS = {"count", "value", "number", "counts", "total count"}
_NAMED = {"ward", "wards", "area", "ward name", "geography", "area name", "name", "neighbourhood"}
_EVERYBODY = r"(?i)(?:total|all|persons|both)\b.*"
# columns of numbers that are not residents
_NOT_GROUPS = re.compile(
    r"fid|objectid|oid|bng [en]|long|lat|longitude|latitude|shape .*|globalid|date|year|period"
    r"|.*\b(?:cd|code|nm|name|nmw)"
    r"|(?:all |total |occupied |number of )?(?:households?|dwellings?|area|hectares|density)"
    r"|(?:wd|ward|lad|ltla|lsoa|msoa)\d\d\w*|.*\bprop(?:ortion)?|.*percent.*|.*%.*|row|geography.*|sex|unit.*|measure.*"
)


class Cells(NamedTuple):
    """``table``, one row a cell: area (code), label, population (NaN where ``fault`` says why), fault, group_set, row.
    ``totals``: area, total (residents of all groups as the file has them), empty if it has none. ``vintage``: the
    census year of the areas by the header. ``wide``: a row of the file holds several cells.
    """

    table: pd.DataFrame
    totals: pd.DataFrame
    vintage: int | None
    wide: bool
    label: str


def read_cells(
    path: str | Path,
    report: ReadReport,
    *,
    small_areas: bool,
    keep: set[str] | None = None,
    group_set: str | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    ward_names: Mapping[str, str] | None = None,
) -> Cells:
    """Return the cells of a population table, long or wide; rows that are no counts of people are set aside.

    ``small_areas``: a lookup is given, so that of a Census zip the table by LSOA is wanted, else the one by ward.
    ``keep``: the areas that matter; of a row of a wide table for another area, only one cell is returned.
    ``ward_names``: {ward code: name}, for tables that name wards and have no codes.
    ``group_set``: the set of groups where the file does not say. Raises GeoError where there is no column of areas or
    of numbers, the table was cut off, or it counts households.
    """
    opened = open_table(path, report, small_areas=small_areas, encoding=encoding)
    found = COMMUNITIES.match([name for name in opened.names if header_key(name)], columns)
    if "community" not in found and "population" in found:
        instead = [found[name] for name in ("age", "indicator") if name in found]
        found |= {"community": instead[0]} if instead else {}
    opened, named = _coded_by_name(opened, found, ward_names or {}, report)
    area = (named, None) if named else _area_column(opened, found, small_areas)
    if "community" in found and "population" in found:
        return _long(opened, found, area, report, group_set)
    return _wide(opened, found, area, report, group_set, keep)


def _coded_by_name(
    opened: Opened, found: Mapping[str, str], ward_names: Mapping[str, str], report: ReadReport
) -> tuple[Opened, str]:
    """Return the table with the codes of wards in place of their names, and that column; "" where it has codes."""
    if not ward_names or any(opened.coded(name) for name in opened.names):
        return opened, ""
    resolver = Names({code: [name] for code, name in ward_names.items()})
    if sum(bool(resolver.read(name, several=False).codes) for name in opened.names) > 1:
        raise _on_its_side(opened)
    likely = [header for name, header in found.items() if name.startswith("ward")]
    for header in dict.fromkeys([*likely, *(name for name in opened.names if header_key(name) in _NAMED)]):
        text = opened.text[header].to_pandas()
        code_of = {
            cell: next(iter(resolver.read(str(cell), several=False).codes), None) for cell in text.dropna().unique()
        }
        codes = [code_of.get(cell) for cell in text]
        known = sum(code is not None for code in codes)
        if not known:
            continue
        lost = sorted(str(cell) for cell, code in code_of.items() if code is None and not is_total(str(cell)))
        report.choices.append(
            f"{opened.label}: {counted(known, 'row')} name the ward instead of its code; found by name."
        )
        if lost:
            report.warnings.append(f"{opened.label}: {listed(lost, 4)}: no ward of this name, left out.")
        place = opened.text.column_names.index(header)
        text_column = pa.array(codes, pa.string())
        return opened._replace(text=opened.text.set_column(place, header, text_column)), header
    return opened, ""


def _area_column(opened: Opened, found: Mapping[str, str], small_areas: bool) -> tuple[str, int | None]:
    """Return the header of the area codes and, where the header has one, the census year."""
    names = {name: name for name in found}
    years = [f"area_{year}" for year in _CENSUS_YEARS]
    wards = ["ward_code", *(f"ward_{year}" for year in _WARD_YEARS)]
    order = [*years, "lsoa_code", *wards] if small_areas else [*wards, *years, "lsoa_code"]
    for name in (name for name in order if name in names):
        header = found[name]
        if opened.coded(header) or not any(opened.coded(other) for other in opened.names):
            return header, int(name[-4:]) if name in years else None
    coded = [header for header in opened.names if opened.coded(header)]
    if not coded and sum(area_kind(pd.Series([name]))[0] != "other" for name in opened.names) > 1:
        raise _on_its_side(opened)
    if not coded:
        raise GeoError(
            f"{opened.label}: no column of ward codes.",
            f"Found: {listed(opened.names, 20)}. Name it ward_code, or map it under [columns.communities] in geo.toml.",
        )
    return coded[0], None


def _on_its_side(opened: Opened) -> GeoError:
    return GeoError(
        f"{opened.label}: the areas stand in the headings ({listed(opened.names, 3)}): the table lies on its side.",
        "Ask for areas as rows, or turn it round (in Excel: copy, Paste Special, Transpose).",
    )


def _long(
    opened: Opened, found: Mapping[str, str], area: tuple[str, int | None], report: ReadReport, group_set: str | None
) -> Cells:
    wanted = {"area": area[0], **{k: v for k, v in found.items() if not k.startswith(("area_", "ward_", "lsoa_"))}}
    text = opened.columns(wanted, report)
    _refuse_cut_off(text, opened, report)
    _refuse_households(text, opened)
    text = _counts_only(text, opened, report)
    text = _latest_period(text, report)
    for name in ("sex", "age"):
        if name in text and wanted.get(name) != wanted["community"]:
            text = _everybody(text, name, opened, report)
    several = sorted(text["indicator"].dropna().unique()) if "indicator" in text else []
    if len(several) > 1 and wanted["indicator"] != wanted["community"]:
        raise GeoError(
            f"{opened.label}: several indicators in one table ({listed(several, 3)}).",
            "Cut the file to the one that counts residents.",
        )
    values, faults = by_value(text["population"])
    labels = text["community"].map({v: clean_label(v) for v in text["community"].dropna().unique()}).astype(object)
    table = pd.DataFrame(
        {"area": _codes(text["area"]), "label": labels, "population": values, "fault": faults, "row": text["row"]}
    )
    if "group_set" in text:
        table["group_set"] = (
            text["group_set"].astype("string").str.strip().str.lower().str.replace(r"[\s\-]+", "_", regex=True)
        )
        table["group_set"] = table["group_set"].fillna(group_set or "community")
    else:
        table["group_set"] = (
            group_set or group_set_of(wanted["community"]) or group_set_of_labels(list(labels.dropna().unique()))
        )
    totals = _no_totals()
    if "total" in text:
        totals = pd.DataFrame({"area": table["area"], "total": by_value(text["total"])[0]}).drop_duplicates("area")
    bands = _bands([label for label in table["label"].dropna().unique() if not is_total(label)], report)
    if bands:
        table = table.assign(band=table["label"].map(bands), group_set="age_band")
    return Cells(table, totals, area[1], False, opened.label)


def _wide(
    opened: Opened,
    found: Mapping[str, str],
    area: tuple[str, int | None],
    report: ReadReport,
    group_set: str | None,
    keep: set[str] | None,
) -> Cells:
    taken = {header for name, header in found.items() if name not in ("population", "total", "community", "age")}
    others = [name for name in opened.names if name and name != area[0] and name not in taken]
    groups = [name for name in others if not _NOT_GROUPS.fullmatch(header_key(clean_label(name)))]
    groups = [name for name in groups if opened.numeric(name)]
    ages = [name for name in groups if age_of(clean_label(name)) is not None]
    of_one_sex = {name for name in ages if is_of_one_sex(clean_label(name))}
    if len(of_one_sex) < len(ages):  # the rest counts everybody
        ages, groups = ([name for name in some if name not in of_one_sex] for some in (ages, groups))
    if len(ages) > 60:
        groups = ages + [name for name in groups if is_total(clean_label(name))]
    if sum(not is_total(clean_label(name)) for name in groups) < 1:
        raise GeoError(
            f"{opened.label}: no column with the residents of a group.",
            f"Found: {listed(opened.names, 20)}. Needed: ward_code, community, population; or a column for each group.",
        )
    extra = {name: found[name] for name in ("sex", "period") if name in found}
    text = opened.columns({"area": area[0], **extra, **{f"#{i}": name for i, name in enumerate(groups)}}, report)
    if "sex" in text:
        text = _everybody(text, "sex", opened, report)
    text = _latest_period(text, report)
    labels, heading = _without_prefix([clean_label(name) for name in groups])
    left_out = [name for name in others if name not in groups and opened.numeric(name)]
    if left_out:
        report.choices.append(f"Columns not read as groups of residents: {listed(left_out, 6)}.")
    which = group_set or (group_set_of(heading) if heading else None)
    which = which or group_set_of_labels([label for label in labels if not is_total(label)])
    text = text.assign(area=_codes(text["area"]))
    matters = pd.Series(True, index=text.index) if keep is None else text["area"].isin(keep)
    everybody = [f"#{i}" for i, label in enumerate(labels) if is_grand_total(label)]
    names = {f"#{i}": label for i, label in enumerate(labels) if not is_total(label)}
    bands = _bands(list(names.values()), report)
    parts: dict[str, pd.DataFrame] = {}
    for number, (name, label) in enumerate(names.items()):
        rows = text if number == 0 else text[matters]
        values, faults = by_value(rows[name])
        part = pd.DataFrame({"population": values, "fault": faults})
        band = bands.get(label, label)
        parts[band] = part if band not in parts else _added(parts[band], part)
    table = pd.concat(parts, names=["label", None]).reset_index(level="label")
    table = table.join(text[["area", "row"]]).reset_index(drop=True).assign(group_set="age_band" if bands else which)
    totals = _no_totals()
    if everybody:
        totals = pd.DataFrame({"area": text["area"], "total": by_value(text[everybody[0]])[0]})
    return Cells(table, totals.dropna().drop_duplicates("area"), area[1], True, opened.label)


def _added(cells: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    """Return cells with more residents of the same areas; an area with a fault on either side has it in the sum."""
    number = more["population"].reindex(cells.index, fill_value=0)
    fault = more["fault"].reindex(cells.index)
    return cells.assign(population=cells["population"] + number, fault=cells["fault"].fillna(fault))


def _no_totals() -> pd.DataFrame:
    return pd.DataFrame({"area": pd.Series(dtype="string"), "total": pd.Series(dtype=float)})


def by_value(text: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return numbers and faults as ``numbers`` does, working on each distinct text once; an empty cell is a fault."""
    place, distinct = pd.factorize(text)
    values, faults = numbers(pd.Series(distinct, dtype="object"))
    known = place >= 0
    found = np.full(len(text), np.nan)
    found[known] = values.to_numpy(float)[place[known]]
    why = np.full(len(text), "no number", dtype=object)
    why[known] = faults.astype(object).where(faults.notna(), None).to_numpy()[place[known]]
    return pd.Series(found, index=text.index), pd.Series(why, index=text.index, dtype="string")


def _codes(text: pd.Series) -> pd.Series:
    """Return area codes cleaned, each distinct text once; of ``E05014735 : Barnfield`` the code."""
    place, distinct = pd.factorize(text)
    codes = clean_codes(pd.Series(distinct, dtype="object"))
    codes = codes.str.replace(r"^([A-Z]\d{8})\b.*$", r"\1", regex=True)
    return pd.Series(pd.array(codes.astype("string"), dtype="string").take(place, allow_fill=True), index=text.index)


def _refuse_cut_off(text: pd.DataFrame, opened: Opened, report: ReadReport) -> None:
    if "record_count" not in text or text.empty:
        return
    held = by_value(text["record_count"])[0].max()
    rows = report.files[-1].rows
    if held > rows:
        raise GeoError(
            f"{opened.label}: it looks cut off: {rows:,} of {held:,.0f} rows (RECORD_COUNT).",
            "Nomis hands out 25,000 rows at a time: ask for the next pages too (RecordOffset), or for fewer areas.",
        )


def _refuse_households(text: pd.DataFrame, opened: Opened) -> None:
    units = sorted(text["unit"].dropna().str.strip().unique()) if "unit" in text else []
    other = [unit for unit in units if not re.search(r"(?i)person|people|resident", unit)]
    if other:
        raise GeoError(f"{opened.label}: it counts {listed(other).lower()}, not residents.", "Give a table of persons.")


def _counts_only(text: pd.DataFrame, opened: Opened, report: ReadReport) -> pd.DataFrame:
    """Return the rows that count people; percentages beside them are set aside."""
    if "measure" not in text:
        return text
    measure = text["measure"].str.strip().str.lower()
    counts = measure.isin(_COUNTS) | measure.isna()
    if not counts.any():
        names = listed(sorted(text["measure"].dropna().unique()))
        raise GeoError(f"{opened.label}: no counts in it (measure: {names}).", "Give the table of counts.")
    report.put_aside("another measure than a count", int((~counts).sum()))
    return text[counts]


def _latest_period(text: pd.DataFrame, report: ReadReport) -> pd.DataFrame:
    periods = sorted(text["period"].dropna().unique()) if "period" in text else []
    if len(periods) < 2:
        return text
    latest = text["period"] == periods[-1]
    report.put_aside(f"another period than {periods[-1]}", int((~latest).sum()))
    report.choices.append(f"{counted(len(periods), 'period')} in the table; {periods[-1]} is used.")
    return text[latest]


def _everybody(text: pd.DataFrame, name: str, opened: Opened, report: ReadReport) -> pd.DataFrame:
    """Return the rows for both sexes or all ages; those for one of them would count people twice."""
    values = text[name].dropna().unique()
    if len(values) < 2:
        return text
    everybody = text[name].str.fullmatch(_EVERYBODY).fillna(False).astype(bool)
    if not everybody.any():
        raise GeoError(
            f"{opened.label}: the table is split by {name} too ({listed(sorted(values), 4)}).",
            "Give one with a row for everybody, or without that split.",
        )
    report.put_aside(f"split by {name}; the rows for all are used", int((~everybody).sum()))
    return text[everybody]


def _without_prefix(labels: Sequence[str]) -> tuple[list[str], str]:
    """Return labels without what all of them begin with (``Ethnic group: ``), and that heading."""
    heads = {label.split(": ", 1)[0] if ": " in label else "" for label in labels}
    if len(heads) == 1 and len(labels) > 1 and (head := heads.pop()):
        return [label.split(": ", 1)[1] for label in labels], head
    return list(labels), ""


def _bands(labels: Sequence[str], report: ReadReport) -> dict[str, str]:
    """Return {label: band of ages} where all labels are ages, else nothing."""
    if not labels or not all(age_of(label) is not None for label in labels):
        return {}
    bands = age_bands(labels)
    if len(set(bands.values())) < len(labels):
        names = listed(list(dict.fromkeys(bands.values())), 9)
        report.choices.append(f"{len(labels)} single years of age read as {names}.")
    return bands
