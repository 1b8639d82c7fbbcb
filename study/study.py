"""One study: layers in; hot spots, engagement, patrol plans and pages out, each computed when asked."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from geo.crs import LOCAL, zone_of
from geo.errors import GeoError, counted
from layers import registry
from study.choices import COMMANDS, FILE_NAME, LAYERS, Choices, load_project, sort_arguments
from study.events import Listener
from study.settings import (
    AreaSettings,
    CheckSettings,
    DaySettings,
    EngagementSettings,
    HotspotFileSettings,
    HotspotSettings,
    IncidentSettings,
    PageSettings,
    PlanSettings,
    SettingError,
    Settings,
    parse,
    settings_of,
)

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geo.engagement.result import EngagementResult
    from geo.hotspots import HotspotResult
    from geo.patrol.allocation import Allocation
    from geo.patrol.check.track import TrackResult
    from geo.patrol.patrols import PatrolPlan
    from layers.project import Project
    from layers.reading.report import ReadReport
    from study.cache import Cache
    from study.pages import Page
    from study.reading import StudyArea
    from study.walking import Ways

S = TypeVar("S", bound=Settings)


_READ = (AreaSettings, IncidentSettings, HotspotSettings)
_MET = (*_READ, DaySettings, EngagementSettings)
# what is computed once, and by which settings
_RESTS_ON: Mapping[str, tuple[type[Settings], ...]] = {
    "area": (AreaSettings,),
    "_incidents": _READ,
    "hotspots": _READ,
    "layers": (AreaSettings, DaySettings, EngagementSettings),
    "notes": (AreaSettings,),
    "engagement": _MET,
    "ways": (AreaSettings,),
    "_base_maps": (AreaSettings,),
}


class Incidents(NamedTuple):
    """Incidents as read, and how; ``activity``: what they may be judged against, None where not given; ``elsewhere``:
    how many more were read, of places outside this study.
    """

    points: gpd.GeoDataFrame
    report: ReadReport
    activity: gpd.GeoDataFrame | None
    elsewhere: int = 0


class Check(NamedTuple):
    """``result``: what recordings show; ``visits``: the plan's; ``weeks``: minutes and visits by place and week."""

    result: TrackResult
    visits: gpd.GeoDataFrame
    weeks: pd.DataFrame


class Study:
    """A project's layers and settings, and everything that is worked out from them.

    Everything is computed when it is first asked for, and kept: in memory, and beside geo.toml on the disk, by the
    content of its inputs and its settings. ``wards``: the study area, polygons in metres. ``incidents``: points as
    read, in metres (``hotspots.incidents``: those inside the area). ``hotspots``, ``engagement``: results with tables.
    ``plan()``, ``check()``, ``page()``: for given settings. ``write()``: the files of any of them. ``said``: notes and
    warnings so far. Raises GeoError, with what to do, for whatever cannot be read or used.
    """

    def __init__(
        self, choices: Choices, layers: Mapping[str, Any], *, listener: Listener | None = None, fresh: bool = False
    ) -> None:
        self.choices = choices
        self.said = Listener() if listener is None else listener
        self._given = dict(layers)
        self._fresh = fresh
        self._apart = False
        self._base_maps: dict[tuple[str, ...], Mapping[str, gpd.GeoDataFrame]] = {}
        for name in registry.unused(self.project.layers):
            self.said.warn(f"The layer {name} in geo.toml is used by no step yet.")

    @cached_property
    def _cache(self) -> Cache:
        from study.cache import Cache

        path = self.project.path
        return Cache(None if path == Path() else path.parent, fresh=self._fresh)

    # --- what is given ------------------------------------------------------------------------------------------------

    @property
    def project(self) -> Project:
        """What geo.toml says; an empty project where there is none."""
        return self.choices.project

    def settings(self, cls: type[S]) -> S:
        """Return the settings of one step as they hold: ``study.settings(HotspotSettings).eps``."""
        return self.choices.of(cls)

    def path(self, layer: str) -> Any:
        """Return the file, or files, of a layer; None where nobody named one."""
        return self.choices.layer(layer, self._given)

    def _needed(self, layer: str) -> Any:
        found = self.path(layer)
        if found is None:
            raise SettingError(
                layer,
                f"No {layer.replace('_', ' ')} were named.",
                f"Name a file: {layer}=..., or under [layers] in geo.toml.",
            )
        return found

    # --- layers -------------------------------------------------------------------------------------------------------

    @cached_property
    def area(self) -> StudyArea:
        """The wards: all that the files hold, those under study, and what to call them."""
        from study.reading import read_area

        chosen = self.settings(AreaSettings)
        wards = self._needed("wards")
        with self.said.step("read wards"):
            paths = [wards] if isinstance(wards, str | Path) else wards
            return read_area(self.said, [str(one) for one in paths], chosen, self.project)

    @property
    def zone(self) -> str | None:
        """The time zone of the study: as set, else that of the United Kingdom; None where it is not known."""
        chosen = self.settings(AreaSettings).timezone
        return chosen or zone_of(self.area.every.crs)

    @property
    def clock(self) -> str:
        """The time zone of the study, by which shifts are planned; GeoError where it is not known."""
        from layers.reading.dates import unknown_zone

        if self.zone is None:
            raise unknown_zone("Shifts go by the clock")
        return self.zone

    @property
    def wards(self) -> gpd.GeoDataFrame:
        """The wards under study: ``ward_code``, ``ward_name``, district, polygons in metres."""
        return self.area.wards

    @property
    def name(self) -> str:
        """What the study area is called."""
        return self.area.name

    @cached_property
    def _incidents(self) -> Incidents:
        from layers.activity import read_activity
        from layers.incidents import read_incidents
        from layers.reading.dates import local_time
        from study.reading import memory_needed

        chosen = self.settings(IncidentSettings)
        path, plane = str(self._needed("incidents")), self.wards.crs
        much = memory_needed(path)
        if much is not None:
            self.said.tell(much)
        with self.said.step("read incidents"), local_time(self.zone):
            points, report = read_incidents(
                path,
                crime_types=chosen.crime_type,
                all_are_asb=chosen.all_are_asb,
                since=chosen.since,
                until=chosen.until,
                crs=chosen.incidents_crs,
                metric_crs=plane,
                encoding=chosen.encoding,
                columns=self.project.columns.get("incidents"),
                within=tuple(self.wards.total_bounds),
                track=self.said.track,
            )
        self.said.report(report)
        background = self.settings(HotspotSettings).background
        if background is None:
            return Incidents(points, report, None, report.elsewhere)
        activity, told = read_activity(background, metric_crs=plane, encoding=chosen.encoding)
        self.said.report(told)
        return Incidents(points, report, activity, report.elsewhere)

    @property
    def incidents(self) -> gpd.GeoDataFrame:
        """The incidents as read, wherever they lie: points in metres, with ``month`` and whatever is known."""
        return self._incidents.points

    @property
    def months(self) -> tuple[str, ...]:
        """The months that the incidents cover, as 2025-01; none where there are no incidents."""
        return self._incidents.report.months if self.path("incidents") is not None else ()

    @cached_property
    def layers(self) -> dict[str, Any]:
        """The engagement layers by name, those of the study area; None for what was not given."""

        from study.reading import read_layers

        chosen = self.settings(EngagementSettings)
        with self.said.step("read layers"):
            paths = {name: self.path(name) for name in LAYERS}
            return read_layers(self.said, paths, self.area, self.project, chosen, as_of=self.day, zone=self.zone)

    def layer(self, name: str) -> Any:
        """Return any layer by its name in geo.toml, as its reader gives it; None where it was not given."""
        path = self.path(name)
        if path is None:
            return None
        context = registry.Context(
            metric_crs=self.wards.crs, columns=self.project.columns, layers={"wards": self.area.every}, zone=self.zone
        )
        frame, report = registry.read(name, path, context)
        self.said.report(report)
        return frame

    @cached_property
    def notes(self) -> gpd.GeoDataFrame | None:
        """The notes of earlier workshops inside the area, but those hidden or merged there; None where none were given.

        What the reader says of single notes names files and rows, which have no place on a page.
        """
        from layers.notes.files import COLLECTED
        from layers.workshop_notes import read_notes, seen_notes

        path = self.path("workshop_notes")
        if path is None:
            return None
        notes, report = read_notes(path, area=self.wards, limits=COLLECTED, required=False)
        for line in (*report.sentences(), *(f"  {warning}" for warning in report.warnings)):
            self.said.say(line)
        self.said.notes += report.notes()
        self.said.reports.append(report)
        seen = seen_notes(notes)
        if len(seen) < len(notes):
            self.said.say(f"  {counted(len(notes) - len(seen), 'note')} hidden or merged at the workshop, not shown.")
        return seen.reset_index(drop=True)

    @property
    def written_on(self) -> date:
        """Today, for what must be written before something begins."""
        return date.today()

    def base_map(self, files: tuple[str, ...]) -> Mapping[str, gpd.GeoDataFrame]:
        """Return streets, parks and water from files, cut to the area; each set of files is read once for all pages."""
        from layers.background.base_map import read_base_map

        if files not in self._base_maps:
            below, report = read_base_map(files, area=self.wards, metric_crs=self.wards.crs)
            self.said.report(report)
            self._base_maps[files] = below
        return self._base_maps[files]

    @property
    def day(self) -> pd.Timestamp:
        """The day on which the study looks back."""
        import pandas as pd

        return pd.Timestamp(self.settings(DaySettings).as_of)

    # --- results ------------------------------------------------------------------------------------------------------

    @cached_property
    def hotspots(self) -> HotspotResult:
        """The hot spots: ``.hotspots`` (ranked polygons with their evidence), ``.incidents``, ``.parameters``."""
        found = self._incidents
        layers = ["wards", "incidents", "background"]
        if self.settings(HotspotSettings).outline == "streets":
            _ = self._streets  # read before what is kept is looked for: the outline depends on them
            layers.append("streets")
        key = self._key("hotspots", (HotspotSettings, IncidentSettings, AreaSettings), layers)
        with self.said.step("find", "Finding hot spots"):
            result = self._cache.get(key, incidents=found.points)
            if result is None:
                result = self._find(found)
                self._cache.put(key, result, incidents=found.points)
        self.said.say(f"  {len(result.incidents):,} inside the study area, {result.outside:,} elsewhere.")
        for parameter in result.parameters:
            self.said.say(f"{parameter.name}: {parameter.text} ({parameter.reason}).")
        for sentence in result.evidence:
            self.said.say(f"  {sentence}")
        return result if self.register_path is None else self._with_ids(result)

    @property
    def register_path(self) -> Path | None:
        """Where hot spots keep their ids, beside geo.toml; None without a project, or for one part of it by itself."""
        path = self.project.path
        return None if path == Path() or self._apart else path.parent / "hotspots_register.gpkg"

    @property
    def run(self) -> str:
        """What this run is called in the register: the last month that the incidents cover."""
        return self.months[-1] if self.months else f"{self.day:%Y-%m}"

    def _with_ids(self, result: HotspotResult) -> HotspotResult:
        """Return the hot spots with the ids and names of the register, which asking does not change."""
        from geo.hotspots.register import match, named, summary
        from layers.hotspot_register import read_register

        assert self.register_path is not None
        known, _ = read_register(self.register_path)
        register, states = match(known, result.hotspots, reports=result.incidents, run=self.run)
        # the month's end says it among what changed
        if known is not None and (states["state"] != "new").any() and self.choices.command != "month":
            self.said.tell(f"Since the last run: {summary(states)}.")
        return result._replace(hotspots=named(result.hotspots, register, states))

    def register_kept(self) -> dict[Path, Callable[[Path], bytes]]:
        """Return the register that changes with these hot spots: {its path: what makes its bytes, under its lock}.

        Only with hot spots found as geo.toml says: a trial with other settings or in another area names no place.
        """
        from geo.hotspots.register import add_history, match
        from layers.hotspot_register import changed_register

        if self.register_path is None:
            return {}
        # the month's end sets the period itself, and is what the register is kept for
        period = ("since", "until") if self.choices.command == "month" else ()
        if self.choices.changes(AreaSettings, IncidentSettings, HotspotSettings, but=period):
            self.said.tell("Found with other settings than geo.toml's, so the register of hot spots stays as it was.")
            return {}
        result = self.hotspots

        def change(known: Any, history: Any) -> Any:
            if history is not None and (history["run"] > self.run).any():
                self.said.tell(f"The register knows later months than {self.run}, so it stays as it was.")
                return known, history
            register, states = match(known, result.hotspots, reports=result.incidents, run=self.run)
            return register, add_history(history, register, states, self.run)

        return {self.register_path: lambda path: changed_register(path, change)}

    def _find(self, found: Incidents) -> HotspotResult:
        result = self.find(found.points, found.report.months, track=self.said.track)
        return result._replace(outside=result.outside + found.elsewhere)

    def find(
        self,
        points: gpd.GeoDataFrame,
        months: Sequence[str],
        *,
        settings: HotspotSettings | None = None,
        track: Any = lambda items, _: items,
    ) -> HotspotResult:
        """Return the hot spots of some of the incidents; ``months``: those they cover.

        ``settings``: others than the study's.
        """
        from geo.hotspots import Options, find_hotspots
        from geo.hotspots.mix import WEIGHTS

        chosen, found = settings or self.settings(HotspotSettings), self._incidents
        free = chosen.method == "hdbscan"
        options = Options(
            eps_m=chosen.eps,
            min_incidents=chosen.min_incidents,
            max_width_m=None if free else chosen.max_width,
            footprint_m=chosen.footprint,
            ground_share=chosen.ground,
            half_life_days=chosen.half_life,
            null="none" if free else chosen.null,
            runs=chosen.runs,
            seed=chosen.seed,
            workers=chosen.workers,
            type_weights=self.project.impact or WEIGHTS,
            zone=self.zone or "UTC",  # without a zone no clock changes are known
        )
        with _engine(chosen, track) as engine:
            return find_hotspots(
                points,
                self.wards,
                options=options,
                engine=engine,
                months=months,
                coverage={
                    force: [one for one in held if one in months] for force, held in found.report.coverage.items()
                },
                map_points=found.report.map_points,
                activity=found.activity,
                streets=self._streets if chosen.outline == "streets" else None,
                track=track,
            )

    @cached_property
    def _streets(self) -> gpd.GeoDataFrame:
        """The lines on which hot spots are drawn."""
        from layers.streets import read_streets

        with self.said.step("streets", "Reading the streets"):
            lines, report = read_streets(
                self._needed("streets"), metric_crs=self.wards.crs, columns=self.project.columns.get("streets")
            )
        self.said.report(report)
        return lines

    @property
    def has_log(self) -> bool:
        """Whether a log, or a timetable, says who was met."""
        return self.path("engagements") is not None or bool(self.settings(EngagementSettings).diary)

    @cached_property
    def engagement(self) -> EngagementResult:
        """Who was met and who was not: ``.table``, ``.findings``, ``.answers``, by ward and community."""
        if not self.has_log:
            raise SettingError(
                "engagements",
                "No engagements were named.",
                "Name the log: engagements=..., or under [layers] in geo.toml.",
            )
        import pandas as pd

        from geo.engagement.answers.questions import Layers
        from geo.engagement.measure import Rule
        from geo.engagement.result import measure_engagement

        chosen = self.settings(EngagementSettings)
        if chosen.since is not None and chosen.since > f"{self.day:%Y-%m-%d}":
            raise SettingError("", f"`since` {chosen.since} is after `as-of` {self.day:%Y-%m-%d}.")
        found = None if self.path("incidents") is None else self.hotspots
        layers = Layers(
            wards=self.wards,
            **self.layers,
            incidents=None if found is None else found.incidents,
            hotspots=None if found is None else found.hotspots,
        )
        with self.said.step("measure", "Measuring engagement"):
            result = measure_engagement(
                layers,
                as_of=self.day,
                since=None if chosen.since is None else pd.Timestamp(chosen.since),
                group_set=chosen.group_set,
                rule=Rule(threshold=chosen.threshold, probability=chosen.probability),
                within_m=chosen.within,
                within_days=chosen.within_days,
                references=chosen.references,
            )
        for note in result.notes:
            self.said.warn(note)
        return result

    @cached_property
    def ways(self) -> Ways:
        """What walks are measured on: the streets, where a layer of them was given, else straight lines."""
        from study.walking import ways_on

        with self.said.step("streets", "Joining the streets"):
            return ways_on(self.said, self.path("streets"), self.wards)

    def plan(self, **settings: Any) -> PatrolPlan:
        """Return a patrol plan; ``settings``: any of ``PlanSettings``, over those of geo.toml."""
        from geo.patrol.patrols import plan_patrols
        from geo.patrol.shift import read_shift
        from geo.patrol.stops import candidate_stops
        from study.trials import off_controls, only_drawn, trial_of
        from study.walking import places, walked_before

        chosen = self._with(PlanSettings, settings)
        if not chosen.start:
            raise SettingError("start", "No place to set out from was named.", "Name a focal point, or a position.")
        trial = trial_of(chosen.trial) if chosen.trial else None
        shift = read_shift(chosen.shift, chosen.date, zone=self.clock)
        hot = self.hotspots if self.path("incidents") is not None else None
        met = self.engagement if self.has_log else None
        if trial is not None:
            hot = only_drawn(hot, trial, chosen.date)
        candidates = candidate_stops(
            hot,
            met,
            shift=shift,
            as_of=self.day,
            balance=chosen.balance,
            dwell_minutes=chosen.dwell,
            rest_days=chosen.rest_days,
            include_chance=chosen.include_chance or trial is not None,
            contacts=chosen.contacts,
            walked=walked_before(chosen.walked, self.clock),
            months=self.months,
        )
        if trial is not None:
            candidates = candidates._replace(stops=off_controls(candidates.stops, trial, chosen.date))
        known = {"teams": chosen.teams, "focal_points": self.layers["focal_points"], "area": self.wards}
        ways = self.ways
        with self.said.step("plan", "Looking for a plan"):
            made = plan_patrols(
                candidates.stops,
                ways.walks,
                shift=shift,
                starts=places(chosen.start, "start", **known),
                ends=places(chosen.end, "end", **known) if chosen.end else None,
                teams=chosen.teams,
                balance=chosen.balance,
                seconds=chosen.seconds,
                seed=chosen.seed,
                variety=chosen.variety,
                min_gap_minutes=chosen.min_gap,
                max_visits=chosen.max_visits,
                metres_per_minute=chosen.speed,
                parameters=candidates.parameters,
                notes=candidates.notes,
            )
        if not made.repeatable:
            self.said.warn(
                "The clock ended the search, so the seed alone does not repeat this plan. More --seconds would."
            )
        return made

    def month(self, **settings: Any) -> Allocation | None:
        """Return how a month of team hours is shared over the hot spots; None without ``month_hours``."""
        from geo.patrol.allocation import allocate

        chosen = self._with(PlanSettings, settings)
        if chosen.month_hours is None or self.path("incidents") is None:
            return None
        return allocate(self.hotspots.hotspots, patrol_hours=chosen.month_hours, dwell_minutes=chosen.dwell)

    def check(self, tracks: Sequence[str | Path], **settings: Any) -> Check:
        """Return what recorded ``tracks`` show of a plan; ``settings``: any of ``CheckSettings``."""
        import pandas as pd

        from geo.patrol.check.dosage import dosage
        from geo.patrol.check.track import score_tracks
        from layers.plans.checked import read_checked
        from layers.plans.files import read_plan
        from layers.reading.dates import local_time
        from layers.tracks import read_tracks

        chosen = self._with(CheckSettings, settings)
        if chosen.plan is None:
            raise SettingError("plan", "No plan was named.", "Name plan.gpkg of geo patrol plan.")
        with self.said.step("read"):
            visits, planned_by = read_plan(chosen.plan)
            zone = planned_by.get("zone") or LOCAL  # plans of earlier versions do not say it
            with local_time(zone):
                fixes, report = read_tracks([str(one) for one in tracks], visits.crs)
            before = read_checked(chosen.earlier, zone=zone) if chosen.earlier else None
        self.said.report(report)
        with self.said.step("check"):
            result = score_tracks(
                fixes, visits, min_visit_minutes=chosen.min_visit, max_gap_minutes=chosen.max_gap, zone=zone
            )
            stays, planned = result.stays, visits
            if before is not None:
                stays, planned = (
                    pd.concat([old, new], ignore_index=True) for old, new in zip(before, (stays, visits), strict=True)
                )
            return Check(result, visits, dosage(stays, planned, stops=result.stops))

    def page(self, audience: str = "hotspots", **settings: Any) -> Page:
        """Return an offline page: ``hotspots``, ``engagement``, ``analyst``, ``inspector`` or ``workshop``.

        ``settings``: any of ``PageSettings``. A page shows itself in a notebook; ``page.save(path)`` writes it.
        """
        from study import pages

        if audience in ("hotspots", "engagement"):
            if settings:
                raise SettingError(next(iter(settings)), f"the {audience} page takes no settings of its own.")
            return pages.MAKERS[audience](self, self.settings(PageSettings))
        chosen = self._with(PageSettings, {**settings, "audience": audience})
        return pages.MAKERS[audience](self, chosen)

    def write(self, folder: str | Path, what: str = "hotspots", **settings: Any) -> list[Path]:
        """Write the files of ``what`` into a folder, all or none, and return them.

        ``what``: hotspots, engagement, plan, analyst, inspector, workshop, evaluate, compare or assess. ``settings``:
        ``overwrite=True``, ``png``, ``pdf``. The last file is the record of the run. Raises GeoError where a file is
        there and may not be replaced.
        """
        from study.deliver import OUTPUTS, deliver
        from study.settings import PictureSettings

        if what not in OUTPUTS:
            raise GeoError(f"{what}: nothing of this name is written.", f"There are: {', '.join(OUTPUTS)}.")
        out = self._with(PictureSettings, {**settings, "out": str(folder)})
        if what == "hotspots" and self.settings(HotspotFileSettings).by == "district":
            from study.districts import by_district

            return by_district(self, out).files
        return deliver(self, OUTPUTS[what](self), out).files

    def differing(self, more: Mapping[type[Settings], Mapping[str, Any]]) -> Study:
        """Return a study of the same layers in which ``more`` ({class: {setting: value}}) holds.

        What does not rest on it is shared, and not read or computed again.
        """
        other = copy.copy(self)
        other.choices = self.choices.over(more)
        for name, classes in _RESTS_ON.items():
            if not more.keys().isdisjoint(classes):
                other.__dict__.pop(name, None)
        return other

    def within(self, code: str, name: str, wards: gpd.GeoDataFrame, found: Incidents) -> Study:
        """Return a study of some of the wards by themselves, with the incidents that were read there.

        ``code``: of the area, ``name``: what to call it. Nothing of it is kept beside geo.toml, and the register names
        none of its hot spots: each such part would give the same new ids.
        """
        from study.cache import Cache
        from study.reading import StudyArea

        other = self.differing({AreaSettings: {"area": (code,)}, HotspotSettings: {"workers": 1}})
        other._apart = True
        other.__dict__ |= {"area": StudyArea(wards, wards, name), "_incidents": found, "_cache": Cache(None)}
        return other

    # --- helpers ------------------------------------------------------------------------------------------------------

    def _with(self, cls: type[S], more: Mapping[str, Any]) -> S:
        """Return the settings of a class with some given anew."""
        if not more:
            return self.settings(cls)
        held = {name: one.value for name, one in self.choices.values(cls).items()}
        return parse(cls, {**held, **more})

    def _key(self, step: str, classes: Sequence[type[Settings]], layers: Sequence[str]) -> str:
        """Return the name under which a result is kept: what it was made from, with what, by which code."""
        from study.cache import key_of

        chosen = {
            f"{cls.__name__}.{name}": getattr(self.settings(cls), name)
            for cls in classes
            for name, one in settings_of(cls).items()
            if one.result
        }
        files = {
            report.layer: [file.sha256 for file in report.files]
            for report in self.said.reports
            if report.layer in layers
        }
        columns = {name: dict(self.project.columns.get(name, {})) for name in layers}
        return key_of(step, chosen, files, columns, dict(self.project.impact))

    def __repr__(self) -> str:
        """Return the area, where it is known, and the layers."""
        named = [name for name in LAYERS if self.path(name) is not None]
        where = f" of {self.name}" if "area" in self.__dict__ else ""
        return f"<Study{where}: {', '.join(named) or 'no layers'}>"

    def _repr_html_(self) -> str:
        """The hot spots as a map and a table, in a notebook."""
        page = self.page("hotspots")
        columns = ["rank", "name", "incidents", "share", "points", "p_value"]
        table = self.hotspots.hotspots[columns].head(20).to_html(index=False, escape=True, border=0)
        return f"<p>{page.headline_html}</p>{page._repr_html_()}{table}"


def open_study(project: str | Path | None = None, *, listener: Listener | None = None, **given: Any) -> Study:
    """Return a Study of a geo.toml, of keyword arguments, or of both: what is passed here wins.

    ``project``: a geo.toml, or the folder that holds one. Layers are named by their file: ``wards="wards.geojson"``,
    ``incidents="police-uk"``. Settings are those of the commands with underscores: ``area="Luton"``, ``eps=100``; a
    name that several steps have belongs to the first (hot spots, engagement, plan), or is given by step:
    ``engagement={"since": "2025-01-01"}``. Raises GeoError for a project that cannot be read, and SettingError for a
    name or value that cannot be used. Nothing is read before it is asked for.
    """
    layers, typed = sort_arguments(given)
    path = None if project is None else Path(project)
    read = load_project(path / FILE_NAME if path is not None and path.is_dir() else path)
    return Study(Choices(read, typed), layers, listener=listener)


def study_of(
    command: str, project: Project, typed: Mapping[str, Any], layers: Mapping[str, Any], *, listener: Listener
) -> Study:
    """Return the Study behind a command: ``typed`` and ``layers`` are what stood on its command line."""
    spec = COMMANDS[command]
    by_class: dict[type[Settings], dict[str, Any]] = {}
    for cls in spec.settings:
        by_class[cls] = {name: typed[name] for name in settings_of(cls) if name in typed}
    choices = Choices(project, by_class, command=command, said_by="command line")
    fresh = bool(getattr(choices.of(spec.own), "fresh", False))
    return Study(choices, layers, listener=listener, fresh=fresh)


@contextmanager
def _engine(chosen: HotspotSettings, track: Any) -> Iterator[Any]:
    """Yield the function that clusters; scikit-learn and Dask are only loaded for those who ask for them."""
    from geo.hotspots.dbscan import dbscan

    if chosen.method == "hdbscan" or chosen.engine == "sklearn":
        from geo.hotspots import sklearn_engine

        yield sklearn_engine.hdbscan if chosen.method == "hdbscan" else sklearn_engine.dbscan
    elif chosen.engine == "dask":
        from geo.hotspots.dask_engine import engine_on

        with engine_on(chosen.scheduler, workers=chosen.workers, track=track) as engine:
            yield engine
    else:
        yield dbscan
