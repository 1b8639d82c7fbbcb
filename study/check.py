"""The doctor: every layer of a project read, whatever becomes of the others, and all that is wrong put in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import geopandas as gpd
import pandas as pd

from geo.area import assign_wards, likely_slip, select_area
from geo.crs import zone_of
from geo.errors import GeoError, counted, listed, masked
from layers import registry
from layers.databases.address import short_name
from layers.reading.positions import POSITION_COLUMNS
from layers.reading.report import ReadReport
from study.choices import LAYERS
from study.settings import AreaSettings, DaySettings, EngagementSettings, IncidentSettings

if TYPE_CHECKING:
    from study.study import Study

Severity = Literal["unusable", "problem", "look at", "note"]
# worst first: a layer that cannot be read; rows lost or not joined; what a reader warns of; what is only worth knowing
SEVERITIES: tuple[Severity, ...] = ("unusable", "problem", "look at", "note")
# between day 0 of Excel on a Mac, as it once was, and everywhere else
_FROM_1904 = pd.Timedelta(days=1462)


class Finding(NamedTuple):
    """One thing that is wrong or worth knowing: ``what`` it is, and the ``mend``, what to do about it.

    ``layer``: its name in geo.toml; ``file``, ``row`` (as a spreadsheet counts), ``column`` and ``value``: the first
    place where it stands; empty or None where it stands nowhere in particular.
    """

    severity: Severity
    layer: str
    what: str
    mend: str = ""
    file: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""


@dataclass
class Checkup:
    """``paths``: of each layer, its file or files; ``reports``: how it was read, None for one that cannot be;
    ``findings``: worst first.
    """

    paths: dict[str, Any] = field(default_factory=dict)
    reports: dict[str, ReadReport | None] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def usable(self) -> bool:
        """Whether every layer can be read."""
        return not any(one.severity == "unusable" for one in self.findings)

    @property
    def verdict(self) -> str:
        """How much is wrong, in a sentence."""
        told = {name: sum(one.severity == name for one in self.findings) for name in SEVERITIES[:3]}
        if not any(told.values()):
            return "Everything can be used."
        return (
            f"{told['unusable']:,} unusable, {counted(told['problem'], 'problem')}, "
            f"{counted(told['look at'], 'thing')} to look at."
        )

    def as_record(self) -> dict[str, Any]:
        """Return all of it for a machine: each layer as run.json has it, each finding with its place."""
        layers = {name: None if report is None else report.as_record() for name, report in self.reports.items()}
        return {"usable": self.usable, "layers": layers, "findings": [one._asdict() for one in self.findings]}


def check_study(study: Study) -> Checkup:
    """Return what is wrong with the layers of a study, each read even where others cannot be.

    Settings (area, period, crime types, encodings) are the study's. Raises GeoError only where no layer is named.
    """
    paths = {name: study.path(name) for name in LAYERS if study.path(name) is not None}
    if not paths:
        raise GeoError(
            "There is nothing to check: no layer is named.",
            "Name a geo.toml with --project, or files with --wards and --incidents; geo init FOLDER writes a geo.toml.",
        )
    done, frames = Checkup(paths), read_all(study, paths, found := [])
    done.reports = {name: report for name, (_, report) in frames.items()}
    for name, report in done.reports.items():
        found += [] if report is None else list(_of_report(name, report))
    found += _across(study, frames)
    found += [
        Finding("note", name, "No step uses this layer yet.", "It may stay in geo.toml; nothing depends on it.")
        for name in registry.unused(paths)
    ]
    done.findings = sorted(found, key=lambda one: SEVERITIES.index(one.severity))
    return done


def read_all(
    study: Study, paths: dict[str, Any], found: list[Finding], *, everything: bool = False
) -> dict[str, tuple[Any, ReadReport | None]]:
    """Return {layer: (what its reader returns, its report)}; None twice for one that cannot be read.

    ``everything``: incidents of every type and month, not only those that the study asks for.
    """
    area, chosen = study.settings(AreaSettings), study.settings(IncidentSettings)
    only: dict[str, dict[str, Any]] = {
        "wards": {"crs": area.wards_crs},
        "incidents": {
            "crime_types": ("all",) if everything else chosen.crime_type,
            "all_are_asb": chosen.all_are_asb,
            "since": None if everything else chosen.since,
            "until": None if everything else chosen.until,
            "crs": chosen.incidents_crs,
            "encoding": chosen.encoding,
        },
        "workshop_notes": {"required": False},
    }
    context = registry.Context(
        metric_crs=area.metric_crs,
        columns=study.project.columns,
        encoding=study.settings(EngagementSettings).encoding,
        today=max(pd.Timestamp(study.settings(DaySettings).as_of), pd.Timestamp.now()).date(),
        community_names=study.project.community_names,
    )
    frames: dict[str, tuple[Any, ReadReport | None]] = {}
    for name, path in paths.items():
        try:
            frame, report = registry.read(name, path, context, **only.get(name, {}))
        except GeoError as error:
            found.append(Finding("unusable", name, error.problem, error.hint or "", file=_named(path)))
            frames[name] = (None, None)
            continue
        frames[name] = (frame, report)
        context = context.having(name, frame)
        if name == "wards":
            context = replace(context, metric_crs=frame.crs, zone=area.timezone or zone_of(frame.crs))
    return frames


def _of_report(name: str, report: ReadReport) -> Iterator[Finding]:
    """Yield what a reader found at fault in one layer."""
    for part in report.set_aside:
        if part.fault:
            first = part.rows[0] if part.rows else None
            yield Finding(
                "problem",
                name,
                f"{counted(part.count, 'row')} of {report.read:,} set aside: {part.reason}.",
                part.hint or "Mend them at their source; --json lists the first of each reason.",
                first.file if first else "",
                first.row if first else None,
                _heading_of(part.reason, name, report, first.file if first else ""),
                first.value if first else "",
            )
    if report.unresolved:
        told = [f"{word!r}" + (f" (nearest: {near})" if near else "") for word, near in report.unresolved.items()]
        yield Finding(
            "problem",
            name,
            f"{counted(len(told), 'name')} that no list knows: {listed(told)}.",
            _mend_of_names(report.unresolved),
            value=next(iter(report.unresolved)),
        )
    for warning in report.warnings:
        yield Finding("look at", name, warning)
    for file, headings in report.unread.items():
        for heading, near in headings.items():
            mend = f"If it means {near}, write under [columns.{name}] in geo.toml: {near} = {_quoted(heading)}."
            what = f"The heading {heading[:60]!r} is read as nothing."
            if near:
                yield Finding("look at", name, what, mend, file, 1, heading)
        others = [heading for heading, near in headings.items() if not near]
        if others:
            few = listed([repr(one[:60]) for one in others], 6)
            start = "The heading" if len(others) == 1 else f"{len(others):,} headings"
            what = f"{start} {few} is read as nothing." if len(others) == 1 else f"{start} read as nothing: {few}."
            yield Finding("note", name, what, "", file, 1, others[0])


def _heading_of(reason: str, name: str, report: ReadReport, file: str) -> str:
    """Return the headings under which that stands which a reason speaks of; empty where it is of the whole row."""
    found = (
        report.headings.get(file) or report.headings.get(short_name(file)) or next(iter(report.headings.values()), {})
    )
    words = set(re.split(r"[\s,;:]+", reason))
    named = [one.name for one in registry.layer(name).columns if one.name in words]
    if not named and "date" in words:
        named = [one for one in found if one in ("occurred_from", "month", "date")][:1]
    if not named and words & {"position", "0,", "0", "coordinates", "masked"}:
        named = [one.name for one in POSITION_COLUMNS]
    return ", ".join(found[one] for one in named if one in found)


def _mend_of_names(unresolved: dict[str, str]) -> str:
    near = next(((word, name) for word, name in unresolved.items() if name), None)
    if near is None:
        return "Write them as the list does, or add them to it."
    return (
        f"Write them as the list does; for a community, under [community-names] in geo.toml: "
        f"{_quoted(near[0])} = {_quoted(near[1])}."
    )


def _across(study: Study, frames: dict[str, tuple[Any, ReadReport | None]]) -> Iterator[Finding]:
    """Yield what does not fit between layers: places, codes and periods."""
    every = frames.get("wards", (None, None))[0]
    if every is not None:
        try:
            here = select_area(every, study.settings(AreaSettings).area)
        except GeoError as error:
            yield Finding("unusable", "wards", error.problem, error.hint or "")
        else:
            yield from _places(here, every, frames)
            yield from _codes(here, frames)
    yield from _periods(frames)


def _places(
    here: gpd.GeoDataFrame, every: gpd.GeoDataFrame, frames: dict[str, tuple[Any, ReadReport | None]]
) -> Iterator[Finding]:
    """Yield how many incidents lie outside the study area, and where."""
    points = frames.get("incidents", (None, None))[0]
    if points is None or points.empty:
        return
    try:
        inside = assign_wards(points, here).index
    except GeoError as error:
        yield Finding("problem", "incidents", error.problem, error.hint or "")
        return
    out = points[~points.index.isin(inside)]
    if out.empty:
        return
    others = every[~every["ward_code"].isin(here["ward_code"])]
    hits = gpd.sjoin(out[["geometry"]], others[["ward_name", "geometry"]], predicate="intersects")["ward_name"]
    told = [f"{count:,} in {name}" for name, count in hits.value_counts().head(3).items()]
    nowhere = len(out) - hits.index.nunique()
    told += [f"{nowhere:,} in no ward of the file"] if nowhere else []
    slip, proved = likely_slip(out.drop(index=hits.index), here)
    told += [f"{counted(proved, 'position')} of these would lie inside as {slip}"] if proved else []
    yield Finding(
        "look at" if len(out) * 2 > len(points) else "note",
        "incidents",
        f"{counted(len(out), 'incident')} of {len(points):,} outside the study area: {listed(told)}.",
        "They are not counted. Should they be, name more of the town: area = [...] under [project].",
    )


def _codes(here: gpd.GeoDataFrame, frames: dict[str, tuple[Any, ReadReport | None]]) -> Iterator[Finding]:
    """Yield the layers by ward whose codes join few wards of the study area, or none."""
    for name, (frame, _) in frames.items():
        if frame is None or not registry.layer(name).by_ward or "ward_code" not in frame:
            continue
        codes = set(frame["ward_code"].dropna())
        missing = sorted(set(here["ward_code"]) - codes)
        if not missing:
            continue
        names = here.set_index("ward_code")["ward_name"].astype(str)
        none = len(missing) == len(here)
        yield Finding(
            "problem" if none else "look at",
            name,
            f"{'No' if none else 'Not every'} ward of the study area has a row: {len(missing):,} of {len(here):,} "
            f"without ({listed([names[code] for code in missing], 3)}).",
            "Take both files of the same year; a lookup between years stands under [layers] as lookup."
            if none
            else "What is not there is unknown, not zero.",
            value=next(iter(sorted(map(str, codes))), ""),
        )


def _periods(frames: dict[str, tuple[Any, ReadReport | None]]) -> Iterator[Finding]:
    """Yield whether the incidents and the log of engagements are of different times."""
    incidents, log = frames.get("incidents", (None, None))[1], frames.get("engagements", (None, None))[0]
    if incidents is None or not incidents.months or log is None or log.empty:
        return
    days = (log["date"].min(), log["date"].max())
    first, last = (f"{day:%Y-%m}" for day in days)
    begin, end = incidents.months[0], incidents.months[-1]
    if first <= end and last >= begin:
        return
    yield Finding(
        "problem",
        "engagements",
        f"The log runs from {first} to {last}, the incidents from {begin} to {end}: no month is in both.",
        "Export both for the same months, or look for a date read the wrong way round."
        + _counted_from_1904(days, begin, end),
    )


def _counted_from_1904(days: tuple[pd.Timestamp, pd.Timestamp], begin: str, end: str) -> str:
    """Return a sentence where the log or the incidents would fit the other if moved to a calendar from 1904."""
    for what, by in (("the log", _FROM_1904), ("the incidents", -_FROM_1904)):
        if f"{days[0] + by:%Y-%m}" <= end and f"{days[1] + by:%Y-%m}" >= begin:
            return (
                f" Four years and a day later {what} would fit: so far out are dates that were pasted or exported as "
                "numbers from a workbook that counts from 1904."
            )
    return ""


def _named(path: Any) -> str:
    return masked(", ".join(map(str, path)) if isinstance(path, list | tuple) else str(path))


def _quoted(text: str) -> str:
    """Return a text as TOML writes it."""
    import json

    return json.dumps(text, ensure_ascii=False)
