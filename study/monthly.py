"""The month's end: what geo.toml names, for one month, in one dated folder, with what changed first.

Each result has a folder of its own, written whole or not at all, with a key of what it was made from in its record.
What is there with the same key is kept: a run that was stopped goes on where it was, a second run makes nothing anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from geo.errors import counted, listed
from study.cache import key_of
from study.deliver import Made, Output, deliver, engagement_output, hotspot_output, page_output
from study.parts import Part, kept_parts, made_from, record_of
from study.settings import (
    MONTH_PAGES,
    CompareSettings,
    DaySettings,
    IncidentSettings,
    MonthSettings,
    PageSettings,
    PictureSettings,
    SettingError,
)
from study.tables import Sheet, headings

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.evaluation.monthly import MonthLayers
    from study.study import Study

SUMMARY = ("month.html", "month.txt", "month.csv", "month.xlsx", "month.json", "month_run.json")
TITLES = {
    "hotspots": "Where reports concentrate",
    "engagement": "Who is heard",
    "compare_last_month": "Against the month before",
    "compare_year_before": "Against the same month a year before",
    "compare_year_to_date": "The year to date against the year before",
    "analyst": "The analyst's page",
    "inspector": "The inspector's page",
    "partner": "The page for partners",
    "workshop": "The page for a workshop",
}


class MonthEnd(NamedTuple):
    """``files``: the summary's, its record last; ``made``, ``kept``: names of parts; ``results``: of the record."""

    files: list[Path]
    made: list[str]
    kept: list[str]
    results: Mapping[str, Any]


def month_end(study: Study, month: str, out: PictureSettings) -> MonthEnd:
    """Make or complete the folder of a month below ``out.out``, and return what was made and what was there.

    Reports after the month are left out; the day of the report is the month's last, or today within it. Raises
    SettingError for a month that is none or that the reports do not cover, and GeoError, before anything is written,
    where a folder holds what was made from other files or settings and may not be replaced.
    """
    study = _until(study, month)
    folder = Path(out.out) / month
    asked = (out.png, out.pdf, out.docx, out.pptx)
    whole = key_of("month", month, asked, made_from(study, "month"))
    summary = record_of(folder)
    if not out.fresh and summary.get("made_from") == whole:
        keys: Mapping[str, str] = summary["results"]["parts"]
        if all(record_of(folder / name).get("made_from") == key for name, key in keys.items()):
            return MonthEnd([folder / name for name in SUMMARY], [], list(keys), summary["results"])
    parts = _parts(study, month)
    kept = kept_parts(folder, parts, out)
    for part in parts:
        if part.name not in kept:
            deliver(part.study, part.output, replace(out, out=str(folder / part.name), overwrite=True), key=part.key)
            for warning in part.study.said.warnings:
                study.said.warn(warning)
    output = Output("month", SUMMARY, partial(_summary, study, month, folder, parts))
    done = deliver(study, output, replace(out, out=str(folder), overwrite=True), key=whole)
    return MonthEnd(done.files, [part.name for part in parts if part.name not in kept], kept, done.record["results"])


# --- the parts --------------------------------------------------------------------------------------------------------


def _until(study: Study, month: str) -> Study:
    """Return the study as it stands at the end of a month; SettingError for what is no month."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        raise SettingError("", f"{month!r} is no month.", "Write 2025-12.")
    until = study.settings(IncidentSettings).until
    if until is not None and until[:7] < month:
        raise SettingError("until", f"`until` {until} leaves out {month}.", "Take it out of geo.toml: the month is.")
    last = min(pd.Period(month, "M").end_time.date(), date.today())
    return study.differing({IncidentSettings: {"until": month}, DaySettings: {"as_of": last.isoformat()}})


def _parts(study: Study, month: str) -> list[Part]:
    """Return what is made of the month, each heard by itself, so that no page depends on what was made before it."""
    chosen = study.settings(MonthSettings)
    if month not in study.months:
        covered = f"They cover {study.months[0]} to {study.months[-1]}." if study.months else None
        raise SettingError("", f"The reports do not cover {month}.", covered)
    if study.has_log:
        _ = study.layers  # now, so that no part reads them again
    found = study.differing({IncidentSettings: {"since": _first(study, month)}}) if chosen.window else study
    _ = found.hotspots
    if found.has_log:
        _ = found.engagement
    made = [_part(found, "hotspots", hotspot_output)]
    made += [
        _part(study, f"compare_{name}", _compare_output, {CompareSettings: {"before": before, "after": after}})
        for name, before, after in _periods(month, study.months)
    ]
    if found.has_log:
        made.append(_part(found, "engagement", engagement_output))
    for name in chosen.pages:
        audience, profile = MONTH_PAGES[name]
        more = {PageSettings: {"audience": audience, "profile": profile}}
        made.append(_part(found, name, lambda own, audience=audience: page_output(own, audience), more))
    return made


def _part(study: Study, name: str, output_of: Any, more: Mapping[Any, Any] | None = None) -> Part:
    own = study.differing(more or {})
    own.said = study.said.branch()
    output = output_of(own)
    return Part(name, own, output, key_of(f"month {name}", made_from(own, "month", but=MonthSettings)))


def _compare_output(study: Study) -> Output:
    from study.afterwards import compare_output

    return compare_output(study)


def _first(study: Study, month: str) -> str:
    """Return the first month of the window that ends with ``month``, or that of geo.toml where it is later."""
    chosen, window = study.settings(IncidentSettings).since, study.settings(MonthSettings).window
    assert window is not None
    first = str(pd.Period(month, "M") - (window - 1))
    return chosen if chosen is not None and chosen[:7] > first else first


def _periods(month: str, covered: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yield what the month is compared with, as far as the reports go: name, months before, months after."""
    known, last = set(covered), _earlier(month, 1)
    if last in known:
        yield "last_month", last, month
    if _earlier(month, 12) in known:
        yield "year_before", _earlier(month, 12), month
    year = [f"{month[:4]}-{number:02d}" for number in range(1, int(month[5:]) + 1)]
    if len(year) > 1 and {*year, *(_earlier(one, 12) for one in year)} <= known:
        yield "year_to_date", f"{_earlier(year[0], 12)}:{_earlier(month, 12)}", f"{year[0]}:{month}"


def _earlier(month: str, months: int) -> str:
    return str(pd.Period(month, "M") - months)


# --- the summary ------------------------------------------------------------------------------------------------------


def _summary(study: Study, month: str, folder: Path, parts: Sequence[Part]) -> Made:
    from geo.evaluation.monthly import MEASURES, measures, read_peak
    from layers.writing.workbook import write_workbook
    from layers.writing.write import write_csv, write_json
    from study.afterwards import write_text

    chosen = study.settings(MonthSettings)
    found = parts[0].study
    layers = _layers(study, found)
    months = [month, _earlier(month, 1), _earlier(month, 12)]
    table = measures(layers, months, peak=read_peak(chosen.peak) if chosen.peak else None)
    gaps = _gaps(folder / "engagement")
    changed = [*_reports_said(table, months), *_changes_said(study, folder, parts), *_register_said(found, month)]
    changed += _gaps_said(gaps, folder.parent / months[1] / "month.json", months[1])
    done = _done_said(table, month)
    shown = table.set_axis([f"in {one}" for one in months], axis=1).rename_axis("measure").reset_index()
    shown["measure"] = shown["measure"].map(MEASURES)
    sheets = [
        Sheet("measures", "What was done, and what was reported?", "Empty: not known.", shown, headings(shown)),
        Sheet("hot spots", "What was reported in each hot spot?", "", _by_hotspot(layers, months), {}),
    ]
    sheets[1] = sheets[1]._replace(headings=headings(sheets[1].table))
    lead = [f"{study.name}, {_in_words(month)}.", *changed, *done]
    results = {
        "month": month,
        "sentences": lead,
        "measures": {name: {one: _number(value) for one, value in row.items()} for name, row in table.T.items()},
        "gaps": gaps,
        "parts": {part.name: part.key for part in parts},
    }
    files = {
        "month.html": _page(study, month, lead, layers, sheets, parts),
        "month.txt": partial(write_text, sentences=lead),
        "month.csv": lambda path: write_csv(path, shown),
        "month.xlsx": lambda path: write_workbook(path, sheets),
        "month.json": lambda path: write_json(path, results),
    }
    return Made(files, lead[0], results, value=(results, lead))


def _layers(study: Study, found: Study) -> MonthLayers:
    """Return what the measures are taken from."""
    from geo.area import assign_wards
    from geo.evaluation.monthly import MonthLayers

    chosen = study.settings(MonthSettings)
    named = study.layers
    return MonthLayers(
        wards=study.wards,
        months=study.months,
        incidents=assign_wards(study.incidents, study.wards),
        hotspots=found.hotspots.hotspots,
        centres=_centres(study, chosen.town_centres) if chosen.town_centres else None,
        engagements=found.engagement.engagements if found.has_log else None,
        stays=_stays(study, chosen.checks) if chosen.checks else None,
        queries=named["queries"],
        posts=named["posts"],
    )


def _stays(study: Study, named: Sequence[str]) -> gpd.GeoDataFrame:
    """Return the stays of every check that is named, or that lies in a folder that is."""
    from layers.plans.checked import read_checked

    files = [
        one for path in map(Path, named) for one in (sorted(path.rglob("checked.gpkg")) if path.is_dir() else [path])
    ]
    if not files:
        raise SettingError("checks", f"no checked.gpkg in {listed(list(named))}.", "geo patrol check writes it.")
    return read_checked(files, zone=study.clock)[0].to_crs(study.wards.crs)


def _centres(study: Study, named: Sequence[str]) -> gpd.GeoDataFrame:
    """Return the ground of wards, or of places of the register, by name or code."""
    from study.afterwards import register_places

    wards = study.wards[["ward_code", "ward_name", "geometry"]].set_axis(["id", "name", "geometry"], axis=1)
    places = register_places(study)
    known = (
        wards
        if places is None
        else pd.concat([wards, places[["hotspot_id", "name", "geometry"]].rename(columns={"hotspot_id": "id"})])
    )
    keys = known["id"].astype(str).str.casefold(), known["name"].astype(str).str.casefold()
    for name in named:
        if not any((key == name.strip().casefold()).any() for key in keys):
            raise SettingError(
                "town_centres",
                f"{name!r} is no ward and no hot spot of the register.",
                f"There are: {listed(list(known['name']), 8)}.",
            )
    wanted = [name.strip().casefold() for name in named]
    return known[keys[0].isin(wanted) | keys[1].isin(wanted)].reset_index(drop=True)


def _by_hotspot(layers: MonthLayers, months: Sequence[str]) -> pd.DataFrame:
    """Return the reports of each hot spot in each of the months; missing where a month is not covered."""
    from geo.evaluation.change import inside

    assert layers.hotspots is not None
    assert layers.incidents is not None
    spots = layers.hotspots
    key = "hotspot_id" if "hotspot_id" in spots else "rank"
    own = inside(layers.incidents, spots[[key, "geometry"]].rename(columns={key: "hotspot_id"}))
    counts = pd.crosstab(own["hotspot_id"], own["month"]).reindex(spots[key])
    table = pd.DataFrame(
        {"rank": spots["rank"].to_numpy(), "id": spots[key].to_numpy(), "name": spots["name"].to_numpy()}
    )
    for month in months:
        column = counts[month].fillna(0).to_numpy() if month in counts else 0.0
        table[f"in {month}"] = column if month in set(layers.months) else float("nan")
    return table


# --- sentences --------------------------------------------------------------------------------------------------------


def _reports_said(table: pd.DataFrame, months: Sequence[str]) -> list[str]:
    now, *others = (table.loc["reports", month] for month in months)
    told = [
        f"{int(count):,} in {_in_words(month)}"
        for month, count in zip(months[1:], others, strict=True)
        if count == count
    ]
    compared = f"; {listed(told)}" if told else ""
    return [f"{counted(int(now), 'report')}{compared}."]


def _changes_said(study: Study, folder: Path, parts: Sequence[Part]) -> list[str]:
    """Say of each comparison which places went otherwise than the rest of the town, in one line."""
    lines = []
    for part in parts:
        if not part.name.startswith("compare_"):
            continue
        table = pd.read_csv(folder / part.name / "compare.csv", dtype=str, keep_default_na=False)
        moves = []
        for word in ("rose", "fell"):
            rows = table[table["change"].str.startswith(f"{word} against")]
            for of, own in rows.groupby("of", sort=False):
                names = own["id"] + " (" + own["name"] + ")" if of == "hot spots" else own["name"]
                moves.append(f"{of} that {word} against the town: {listed(list(names), 6)}")
        said = ". ".join(f"{one[:1].upper()}{one[1:]}" for one in moves)
        said = said or "No place changed in a way that can be told from the town and chance"
        chosen = any("regression to the mean" in one for one in record_of(folder / part.name)["results"]["sentences"])
        fell = any(one.startswith("hot spots that fell") for one in moves)
        caution = " Hot spots found by months of the first period fall by themselves." if chosen and fell else ""
        lines.append(f"{TITLES[part.name]}. {said}.{caution}")
    return lines


def _register_said(study: Study, month: str) -> list[str]:
    from geo.hotspots.register import summary
    from layers.hotspot_register import read_register

    if study.register_path is None:
        return []
    _, history = read_register(study.register_path)
    if history is None or not (history["run"] == month).any():
        return []
    earlier = sorted(set(history.loc[history["run"] < month, "run"]))
    if not earlier:
        return [f"{counted(int((history['run'] == month).sum()), 'hot spot')} in the register, for the first time."]
    return [f"Hot spots since the run of {earlier[-1]}: {summary(history[history['run'] == month])}."]


def _gaps(folder: Path) -> list[dict[str, str]]:
    """Return whom the engagement result names as met too little."""
    try:
        told = json.loads((folder / "engagement.json").read_text(encoding="utf-8"))["gaps"]
        return [{name: str(one[name]) for name in ("subject", "level", "flag", "sentence")} for one in told]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _gaps_said(gaps: Sequence[Mapping[str, str]], before: Path, month: str) -> list[str]:
    """Say whom the record shows as met too little now and not last month, and the other way round."""
    try:
        told = json.loads(before.read_text(encoding="utf-8"))["gaps"]
        earlier = {(str(one["level"]), str(one["subject"])) for one in told}
    except (OSError, ValueError, KeyError, TypeError):
        return [str(one["sentence"]) for one in gaps[:3]]
    now = {(one["level"], one["subject"]) for one in gaps}
    lines = []
    for one in gaps:
        if (one["level"], one["subject"]) not in earlier:
            lines.append(f"Not said in {month}: {one['sentence']}")
    closed = sorted(subject for level, subject in earlier - now)
    if closed:
        lines.append(
            f"Said in {month} and no longer, so look whether it was met or only grew less sure: {listed(closed)}."
        )
    if lines or not now:
        return lines
    return [f"The record shows the same gaps as in {month}: {listed(sorted(subject for _, subject in now), 6)}."]


def _done_said(table: pd.DataFrame, month: str) -> list[str]:
    """Say what was done in the month; what is not known is not said as nothing."""
    row = table[month]
    known = row.notna()
    lines = []
    if known["patrol_visits"]:
        lines.append(
            f"Recorded patrols in hot spots: {counted(int(row['patrol_visits']), 'visit')} long enough, "
            f"{row['patrol_hours']:,.1f} hours, {row['unknown_hours']:,.1f} more left open by gaps."
        )
    if known["peak_visits"]:
        lines.append(
            f"In town centres at peak times: {counted(int(row['peak_visits']), 'visit')}, "
            f"{row['peak_hours']:,.1f} hours recorded."
        )
    if known["engagements"]:
        met = f", {counted(int(row['people_met']), 'person', 'people')} met as counted" if known["people_met"] else ""
        lines.append(f"{counted(int(row['engagements']), 'engagement')} logged{met}.")
    if known["queries_due"] and row["queries_due"]:
        lines.append(
            f"{int(row['queries_in_time']):,} of {counted(int(row['queries_due']), 'query', 'queries')} due for an "
            "answer were answered within 72 hours."
        )
    for name, words in (
        ("wards_with_meeting", "had a beat meeting in the last 91 days"),
        ("wards_with_officer", "have a named officer"),
    ):
        if known[name]:
            lines.append(f"{int(row[name])} of {counted(int(row['wards']), 'ward')} {words}.")
    return lines


def _in_words(month: str) -> str:
    return str(pd.Period(month, "M").strftime("%B %Y"))


def _number(value: float) -> float | None:
    return None if value != value else round(float(value), 3)


def _page(
    study: Study, month: str, lead: Sequence[str], layers: MonthLayers, sheets: Sequence[Any], parts: Sequence[Part]
) -> Any:
    """Return what writes the page: what changed, the month's reports by ward, the tables, links to the rest."""
    from maps.markup import Html, tag
    from maps.outcome import outcome_page, shaded
    from study.pages import about

    assert layers.incidents is not None
    own = layers.incidents[layers.incidents["month"] == month]
    counts = study.wards["ward_code"].map(own["ward_code"].value_counts()).fillna(0).astype(int)
    words = about(
        study,
        title=f"{study.name}, {_in_words(month)}",
        headline=f"{study.name}, {_in_words(month)}: what changed",
        period=_in_words(month),
    )
    links = [
        Html(tag("a", TITLES[part.name], href=f"{part.name}/{part.output.page or 'compare.html'}")) for part in parts
    ]
    shade = shaded(f"Reports by ward, {_in_words(month)}", study.wards, counts, study.wards["ward_name"])
    document = outcome_page(words, [*lead[1:], *links], [shade], sheets)

    def write(path: Path) -> None:
        path.write_text(document, encoding="utf-8", newline="\n")

    return write
