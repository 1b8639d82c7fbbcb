"""Engagements: the diary of meetings, walks and talks, however a team keeps it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from geo.crs import GREAT_BRITAIN
from geo.errors import GeoError, counted
from layers.libraries import gpd, pd, pyproj
from layers.log.columns import ENGAGEMENTS, NUMBERS, SCORES, SEVERAL, TEXTS, WORDS
from layers.log.places import NO_PLACE, UNKNOWN_PLACE, read_places
from layers.log.values import (
    community_values,
    empty_column,
    first_rows,
    list_without_persons,
    made_ids,
    names_of,
    note_unread,
    repeated_ids,
    without_persons,
)
from layers.reading.dates import clock_times
from layers.reading.layer import header_key
from layers.reading.records import Records, dates, numbers, read_records, set_aside, without_labels
from layers.reading.report import ReadReport

# no diary in use holds older entries; an older date is a typing error
_EARLIEST = dt.datetime(1990, 1, 1)
_DAY_MINUTES = 24 * 60
_HOURS, _MINUTES = {"h", "hour", "hours", "hr", "hrs"}, {"min", "mins", "minute", "minutes"}
_MOST_HOURS = 12  # no team logs a meeting of a few minutes and a fraction
# {an amount in words: the same in figures}
_AMOUNTS = {
    r"^half an? hours?$|^half hour$|^½ ?h(?:ou)?r?$": "30 min",
    r"\b(?:an?|one) hour and a half$|\bhour and a half$": "1.5 hours",
    r"^(?:an?|one) (?=h)": "1 ",
    r"^two (?=h)": "2 ",
    r"^three (?=h)": "3 ",
    r" ?¼": ".25",
    r" ?½": ".5",
    r" ?¾": ".75",
}
_WHOLE = ("attendees", "first_time_attendees", "invited", "outcome_count")
_HINTS = {
    NO_PLACE: "Give the focal point, the ward, or a position.",
    UNKNOWN_PLACE: "Correct the code, or add the place to its own list.",
    "one id, different engagements": "Give each its own id.",
    "date in the future": "Correct the date, or leave the row out until it has taken place.",
}


def read_engagements(
    path: str | Path | bytes,
    *,
    focal_points: pd.DataFrame | None = None,
    wards: pd.DataFrame | None = None,
    communities: pd.DataFrame | None = None,
    since: str | None = None,
    until: str | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    metric_crs: str | pyproj.CRS = GREAT_BRITAIN,
    today: pd.Timestamp | str | None = None,
    community_names: Mapping[str, str] | None = None,
    crs: str | None = None,
) -> tuple[gpd.GeoDataFrame, ReadReport]:
    """Return the engagements of a diary, sorted by date, and a report in which every row is counted.

    ``path``: CSV, Excel (Microsoft Forms, SharePoint), Kobo, GeoPackage or GeoJSON, or the bytes of a CSV.
    ``focal_points``, ``wards``: the layers that codes are checked against; where a cell holds the one place of that
    name, its code is taken. ``since``, ``until``: first and last month (YYYY-MM) or day, both included. ``today``: the
    day after which a date is in the future. ``community_names``: {local word: Census name} ("Somali" is counted under
    "African"); announced with counts, never guessed. ``communities``: the layer whose names they are checked against.
    ``crs``: the coordinate system of positions, where their headings do not say.

    Columns returned: ``engagement_id`` (ENG-0001 ... when absent), ``date`` (datetime64), ``activity``, ``geometry``
    (points in ``metric_crs``, or None) and every other column of the layer that the file has: codes, values joined by
    ``;``, floats. Columns of the file that the layer does not name, such as Email and Name, are never read.

    Set aside, with their rows: no date, an unreadable or future one, a number that is negative or none, more first-time
    attendees than attendees, more than 24 hours, no place that is known, a row that stands there again, and all rows of
    one id that say different things, because nothing tells which is right. Raises GeoError where no usable row is left.
    """
    report = ReadReport("engagements")
    records = read_records(
        path,
        ENGAGEMENTS,
        report,
        columns=columns,
        encoding=encoding,
        metric_crs=metric_crs,
    )
    records = records._replace(rows=_with_minutes(records.rows.reset_index(drop=True), records.label, report))
    when, faults = dates(records.rows["date"], "date", report)
    outside = when.notna() & ~_in_period(when, since, until)
    report.put_aside("outside the period asked for", int(outside.sum()))
    kept = ~outside
    records = Records(
        records.rows[kept].reset_index(drop=True),
        None if records.points is None else records.points[kept.to_numpy()].reset_index(drop=True),
        records.label,
    )
    when, faults = when[kept].reset_index(drop=True), faults[kept].reset_index(drop=True)
    faults = _date_faults(when, faults, today)
    table = _columns(
        records.rows, when, records.label, report, community_names, names_of(communities), _fault_keeper(faults)
    )
    places, place_faults = read_places(records, focal_points, wards, report, crs, metric_crs)
    faults = faults.mask(faults.isna(), place_faults)
    table = table.assign(**{name: places[name] for name in places})
    again, clash = repeated_ids(table, "engagement_id", faults.isna())
    again &= table["engagement_id"].notna()  # without an id, two equal rows may be two engagements
    faults = faults.mask(again, "the same engagement again").mask(clash, "one id, different engagements")
    set_aside(records.rows, faults, report, records.label, hints=_HINTS)
    used = table[faults.isna()].assign(row=records.rows["row"][faults.isna()])
    if used.empty:
        why = "; ".join(f"{part.count:,} {part.reason}" for part in report.set_aside) or "no rows"
        where = records.label if isinstance(path, bytes) else path
        raise GeoError(f"{where}: no usable engagement among {counted(report.read, 'row')} ({why}).", "Mend the rows.")
    _warn(used, records.label, report)
    _say_double(used, records.label, report)
    report.used = len(used)
    engagements = _finish(used.drop(columns="row"), report, metric_crs)
    _note_months(engagements, report)
    return engagements, report.check()


def _in_period(when: pd.Series, since: str | None, until: str | None) -> pd.Series:
    day = when.dt.strftime("%Y-%m-%d")
    inside = pd.Series(True, index=when.index)
    if since is not None:
        inside &= day.str[: len(since)] >= since
    if until is not None:
        inside &= day.str[: len(until)] <= until
    return inside


def _date_faults(when: pd.Series, faults: pd.Series, today: pd.Timestamp | str | None) -> pd.Series:
    last = pd.Timestamp.now().normalize() if today is None else pd.Timestamp(today).normalize()
    faults = faults.mask(when.dt.normalize() > last, "date in the future")
    return faults.mask(when < _EARLIEST, f"date before {_EARLIEST.year}")


def _fault_keeper(faults: pd.Series) -> Callable[[pd.Series], None]:
    """Return a function that notes further faults, in place, of rows that have none yet."""

    def keep(more: pd.Series) -> None:
        new = faults.isna() & more.notna()
        faults[new] = more[new]

    return keep


def _columns(
    rows: pd.DataFrame,
    when: pd.Series,
    label: str,
    report: ReadReport,
    community_names: Mapping[str, str] | None,
    known: Sequence[str] | None,
    fault: Callable[[pd.Series], None],
) -> pd.DataFrame:
    """Return the canonical columns that the file has, without the places; faults of numbers go to ``fault``."""
    ids = rows.get("engagement_id", empty_column(rows.index))
    table = pd.DataFrame({"engagement_id": ids.astype(object), "date": when.dt.normalize()}, index=rows.index)
    start = _start_times(rows, when, label, report)
    if start.notna().any():
        table["start_time"] = start
    for name, vocabulary in WORDS.items():
        if name in rows:
            table[name] = vocabulary.read(rows[name], report, several=name in SEVERAL)
    for name in NUMBERS:
        if name in rows:
            table[name], faults = numbers(rows[name])
            if name in _WHOLE:
                faults = faults.mask(table[name].mod(1) > 0, "not a whole number")
            # that a meeting took place does not depend on how many people were counted
            note_unread(name, faults, rows["row"], label, report)
            _say_bands(name, rows[name], faults, label, report)
            table[name] = table[name].where(faults.isna())
    if "minutes" in table:
        fault(_text_where(table["minutes"] > _DAY_MINUTES, "minutes: more than 24 hours"))
    if {"attendees", "first_time_attendees"} <= set(table):
        fault(
            _text_where(table["first_time_attendees"] > table["attendees"], "more first-time attendees than attendees")
        )
    for name in SCORES:
        if name in rows:
            table[name], faults = numbers(without_labels(rows[name]))
            faults = faults.mask(~table[name].between(1, 5) & table[name].notna(), "not from 1 to 5")
            note_unread(name, faults, rows["row"], label, report)
            table[name] = table[name].where(faults.isna())
    if "communities" in rows:
        table["communities"] = community_values(rows["communities"], report, community_names, known)
    texts = {name: rows[name] for name in TEXTS if name in rows}
    # notes are sentences: an address in one is no sign of a column of persons (and notes never leave the team)
    judged = {name: text for name, text in texts.items() if name != "notes"}
    return table.assign(
        **texts
        | {
            name: list_without_persons(text, name, label, report)
            if TEXTS[name]
            else without_persons(text, name, label, report)
            for name, text in judged.items()
        }
    )


def _with_minutes(rows: pd.DataFrame, label: str, report: ReadReport) -> pd.DataFrame:
    if "minutes" not in rows:
        return rows
    heading = report.headings[label].get("minutes", "minutes")
    return rows.assign(minutes=_in_minutes(rows["minutes"], heading, label, report))


def _in_minutes(text: pd.Series, heading: str, label: str, report: ReadReport) -> pd.Series:
    """Return durations with a unit as minutes: ``2 hours``, ``1h 30``, ``90 mins``, ``01:30``, ``PT1H30M``.

    Bare numbers are minutes, but hours where ``heading`` says so, or where they are small and have fractions (1.5).
    """
    values = text.astype("string").str.strip().str.casefold()
    for word, number in _AMOUNTS.items():
        values = values.str.replace(word, number, regex=True)
    clock = values.str.extract(r"^(\d{1,2}):(\d\d)(?::00)?$")
    said = values.str.extract(
        r"^(?:pt)?(?:(\d+(?:\.\d+)?)\s*h(?:ou)?rs?|(\d+(?:\.\d+)?)\s*h)?[\s,]*(?:and\s*)?(?:(\d+)\s*(?:m|mins?|minutes?)?)?$"
    )
    hours = pd.to_numeric(clock[0].fillna(said[0]).fillna(said[1]))
    minutes = pd.to_numeric(clock[1].fillna(said[2])).fillna(0)
    number = pd.to_numeric(values, errors="coerce")
    total = (hours.fillna(0) * 60 + minutes).where(number.isna() & (hours.notna() | said[2].notna()))
    words = set(header_key(heading.replace("(", " ").replace(")", " ")).split())
    in_hours = bool(words & _HOURS) and not words & _MINUTES
    if not in_hours and not words & _MINUTES and number.notna().any():
        in_hours = bool(number.max() <= _MOST_HOURS and (number.mod(1) > 0).any())
    if in_hours and number.notna().any():
        report.warnings.append(f"{label}: {heading!r} is read as hours (such as {text[number.notna()].iloc[0]}).")
        total = total.fillna(number * 60)
    return text.where(total.isna(), total.astype("string"))


def _say_bands(name: str, text: pd.Series, faults: pd.Series, label: str, report: ReadReport) -> None:
    """Say so where Excel has turned bands such as 6-10 into dates."""
    dated = faults.notna() & text.astype("string").str.fullmatch(r"\d{4}-\d\d-\d\d|\d{1,2}-[A-Za-z]{3}").fillna(False)
    if dated.any():
        report.warnings.append(
            f"{label}: {name} holds dates in {counted(int(dated.sum()), 'row')} (first: row "
            f"{first_rows(rows=text.index[dated].to_series() + 2, most=1)}): Excel turns bands such as 6-10 into dates."
        )


def _start_times(rows: pd.DataFrame, when: pd.Series, label: str, report: ReadReport) -> pd.Series:
    """Return HH:MM: from its own column, else from the date where that has a time."""
    in_date = when.dt.strftime("%H:%M").where(when.notna() & (when != when.dt.normalize())).astype(object)
    in_date = in_date.where(in_date.notna(), None)
    if "start_time" not in rows:
        return in_date
    text = rows["start_time"].astype("string").str.strip()
    begins = text.str.replace(r"^(\d[^-–]{0,10}?)\s*(?:-|–|\bto\b|\buntil\b)\s*\d.{0,20}$", r"\1", regex=True)
    begins = begins.str.replace(r"(?i)^(\d\d)[:.]?(\d\d)\s*(?:hrs?|hours|h)\.?$", r"\1:\2", regex=True)
    read = clock_times(begins.astype(object).where(begins.notna(), None))
    unread = rows["start_time"].notna() & read.isna()
    note_unread("start_time", _text_where(unread, "not a time of day"), rows["row"], label, report)
    return read.where(read.notna(), in_date)


def _text_where(condition: pd.Series, text: str) -> pd.Series:
    return pd.Series(pd.NA, index=condition.index, dtype="string").mask(condition.fillna(False).astype(bool), text)


def _warn(used: pd.DataFrame, label: str, report: ReadReport) -> None:
    """Warn of what the rows leave unsaid, and of rows that may stand there twice."""
    for name, what in (("objective", "without an objective"), ("activity", "without an activity")):
        blank = used[name].isna() if name in used else pd.Series(True, index=used.index)
        if blank.any():
            report.warnings.append(
                f"{label}: {counted(int(blank.sum()), 'engagement')} of {len(used):,} {what} "
                f"(first: row {first_rows(used['row'][blank], 1)})."
            )
    twins = used[used["engagement_id"].isna()].drop(columns="row").astype("string").fillna("").duplicated()
    if twins.any():
        report.warnings.append(
            f"{label}: {counted(int(twins.sum()), 'row')} without an id equal to an earlier one; kept, as they may be "
            f"two engagements (first: row {first_rows(used.loc[twins[twins].index, 'row'], 1)})."
        )


def _say_double(used: pd.DataFrame, label: str, report: ReadReport) -> None:
    """Name meetings that two people may have logged: one day, time, place, activity and head count under two ids."""
    if "attendees" not in used or "start_time" not in used:
        return
    alike = ["date", "start_time", "activity", "attendees", *(n for n in ("ward_code", "focal_point_id") if n in used)]
    some = used[used[["start_time", "attendees"]].notna().all(axis=1)]
    some = some[~some.drop(columns="row").astype("string").fillna("").duplicated()]  # said of already
    twice = some[some[alike].astype("string").fillna("").duplicated(keep=False)]
    if len(twice):
        report.warnings.append(
            f"{label}: {counted(len(twice), 'row')} may be meetings entered twice (rows "
            f"{first_rows(twice['row'], 6)}: same day, time, place, activity and attendees); all are counted."
        )


def _finish(used: pd.DataFrame, report: ReadReport, metric_crs: str | pyproj.CRS) -> gpd.GeoDataFrame:
    points = gpd.GeoSeries(used.pop("geometry"), crs=metric_crs)
    order = used.assign(x=points.x, y=points.y)
    others = [name for name in order.columns if name not in ("date", "start_time", "engagement_id")]
    keys = ["date", *(["start_time"] if "start_time" in order else []), "engagement_id", *sorted(others)]
    order = order.sort_values(keys, kind="stable")
    used, points = used.loc[order.index].reset_index(drop=True), points.loc[order.index].reset_index(drop=True)
    missing = int(used["engagement_id"].isna().sum())
    if missing:
        used["engagement_id"] = made_ids(used["engagement_id"], "ENG")
        report.choices.append(f"engagement_id: made for {counted(missing, 'engagement')}, in the order of their dates.")
    names = [column.name for column in ENGAGEMENTS.columns if column.name in used]
    return gpd.GeoDataFrame(used[names], geometry=points, crs=metric_crs)


def _note_months(engagements: gpd.GeoDataFrame, report: ReadReport) -> None:
    month = engagements["date"].dt.to_period("M")
    present = set(month)
    between = pd.period_range(month.min(), month.max(), freq="M")
    report.months = tuple(str(one) for one in between if one in present)
    report.gaps = tuple(str(one) for one in between if one not in present)
    if report.gaps:
        report.warnings.append(
            f"No engagement in {counted(len(report.gaps), 'month')} between {between[0]} and {between[-1]}: "
            "none was recorded, which is not the same as none took place."
        )
