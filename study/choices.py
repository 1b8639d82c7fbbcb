"""Which settings hold: what was typed or passed, else geo.toml, else the default; and where each came from.

A setting belongs to a step, not to a command: wherever it stands in geo.toml, every command that uses the step honours
it. Two sections that disagree are refused, as is a name that no command has.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

from geo.errors import GeoError, listed
from layers import registry
from layers.databases.address import resolved
from layers.project import FILE_NAME, NO_PROJECT, Project, in_line, layer_from, read_project
from study.settings import (
    AreaSettings,
    AssessSettings,
    AuditSettings,
    CheckSettings,
    CollectSettings,
    CompareSettings,
    DaySettings,
    DoctorSettings,
    EngagementSettings,
    EvaluateSettings,
    GroundSettings,
    HotspotFileSettings,
    HotspotSettings,
    IncidentSettings,
    LogSettings,
    MonthSettings,
    OutSettings,
    PackSettings,
    PageSettings,
    PictureSettings,
    PlanSettings,
    PrepareSettings,
    ReaderSettings,
    ReleaseLogSettings,
    ReleaseSettings,
    ReleasesSettings,
    SaySettings,
    SettingError,
    Settings,
    TrialDaySettings,
    TrialDesignSettings,
    TrialResultSettings,
    parse,
    settings_of,
)

__all__ = ["COMMANDS", "FILE_NAME", "LAYERS", "Choices", "Command", "load_project", "sort_arguments"]

S = TypeVar("S", bound=Settings)
LAYERS = registry.names()
# what an option has to say beside what the layer is
_HINTS = {
    "incidents": "a data.police.uk folder or its zip, a table with positions, a map file, or a table of a database",
    "wards": "a map file or a folder of them; FILE::LAYER names a layer; may be given several times",
    "communities": "an own table or one of the Census 2021 (by LSOA: with --lookup)",
    "focal_points": "a table, a map file, or OpenStreetMap; school=FILE says what its places are; may be given several "
    "times",
    "streets": "OpenStreetMap XML or PBF, or lines; without them straight lines x 1.3",
}
ENGAGEMENT_LAYERS = (
    "engagements",
    "communities",
    "focal_points",
    "attendance",
    "priorities",
    "surveys",
    "registers",
    "queries",
    "posts",
    "deprivation",
    "context",
    "lookup",
)
# what is said and where it goes is each command's own; everything else belongs to a step
OWN = (SaySettings, DoctorSettings, OutSettings, PictureSettings, ReaderSettings)


class Command(NamedTuple):
    """``settings``: classes whose fields are its options; ``layers``: named by options too, ``needs`` of them always;
    ``uses``: classes of the steps it runs, which geo.toml may set and the command has no options for; ``also``: other
    names that layers have as options.
    """

    settings: tuple[type[Settings], ...]
    layers: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    uses: tuple[type[Settings], ...] = ()
    also: Mapping[str, str] = {}

    @property
    def own(self) -> type[Settings]:
        """Its settings of output."""
        return next(one for one in self.settings if issubclass(one, SaySettings))

    def options(self) -> dict[str, bool]:
        """Return {name in geo.toml: whether it takes several values} of its options."""
        found = {name.replace("_", "-"): one.several for cls in self.settings for name, one in settings_of(cls).items()}
        return found | {self.also.get(name, name).replace("_", "-"): registry.layer(name).many for name in self.layers}


_REPORTS = (IncidentSettings, HotspotSettings)
# of every command that writes results
_LEAVES = (ReaderSettings, ReleaseLogSettings)
COMMANDS: dict[str, Command] = {
    "hotspots": Command(
        (
            AreaSettings,
            IncidentSettings,
            HotspotSettings,
            HotspotFileSettings,
            GroundSettings,
            *_LEAVES,
            PictureSettings,
        ),
        ("incidents", "wards", "workshop_notes", "streets"),
        ("incidents", "wards"),
    ),
    "engagement": Command(
        (AreaSettings, DaySettings, EngagementSettings, GroundSettings, *_LEAVES, PictureSettings),
        ("wards", *ENGAGEMENT_LAYERS, "incidents"),
        ("wards",),
        _REPORTS,
    ),
    "map": Command(
        (PageSettings, GroundSettings, AreaSettings, DaySettings, ReleaseLogSettings, PictureSettings),
        ("incidents", "wards", *ENGAGEMENT_LAYERS, "workshop_notes", "streets"),
        ("incidents", "wards"),
        (*_REPORTS, EngagementSettings),
    ),
    "patrol plan": Command(
        (PlanSettings, AreaSettings, DaySettings, *_LEAVES, PictureSettings),
        ("wards", "incidents", *ENGAGEMENT_LAYERS, "streets"),
        ("wards",),
        (*_REPORTS, EngagementSettings),
    ),
    "patrol check": Command((CheckSettings, *_LEAVES, OutSettings)),
    "workshop collect": Command((CollectSettings, AreaSettings, *_LEAVES, OutSettings), ("wards",), ("wards",)),
    "evaluate": Command(
        (EvaluateSettings, AreaSettings, *_REPORTS, *_LEAVES, OutSettings),
        ("incidents", "wards"),
        ("incidents", "wards"),
    ),
    "compare": Command(
        (CompareSettings, AreaSettings, IncidentSettings, *_LEAVES, OutSettings),
        ("incidents", "wards", "engagements"),
        ("incidents", "wards"),
        (DaySettings, EngagementSettings),
    ),
    "assess": Command(
        (AssessSettings, AreaSettings, IncidentSettings, *_LEAVES, OutSettings),
        ("incidents", "wards"),
        ("incidents", "wards"),
    ),
    "trial design": Command(
        (TrialDesignSettings, AreaSettings, *_REPORTS, *_LEAVES, OutSettings),
        ("incidents", "wards"),
        ("incidents", "wards"),
    ),
    "trial today": Command((TrialDaySettings, *_LEAVES, OutSettings)),
    "trial result": Command(
        (TrialResultSettings, AreaSettings, IncidentSettings, *_LEAVES, OutSettings),
        ("incidents", "wards"),
        ("incidents", "wards"),
    ),
    "month": Command(
        (MonthSettings, AreaSettings, PictureSettings),
        ("incidents", "wards", *ENGAGEMENT_LAYERS, "workshop_notes", "streets"),
        ("incidents", "wards"),
        (*_REPORTS, HotspotFileSettings, DaySettings, EngagementSettings, PageSettings, GroundSettings),
    ),
    "facts": Command(
        (AreaSettings, DaySettings, OutSettings),
        ("incidents", "wards", "engagements", "communities"),
        ("incidents", "wards"),
        (*_REPORTS, EngagementSettings),
    ),
    "prepare": Command((PrepareSettings, OutSettings)),
    "check": Command((AreaSettings, IncidentSettings, DoctorSettings), LAYERS, (), (DaySettings, EngagementSettings)),
    "audit": Command((AuditSettings, ReleaseLogSettings, SaySettings)),
    "release": Command((ReleaseSettings, ReleaseLogSettings, OutSettings)),
    "pack": Command((PackSettings, OutSettings)),
    "releases": Command((ReleasesSettings, ReleaseLogSettings, SaySettings)),
    "log": Command(
        (LogSettings, SaySettings),
        ("engagements", "wards", "focal_points"),
        ("engagements",),
        also={"engagements": "log"},
    ),
}
# the order in which a name that several steps have is looked for, where Python gives it without its step
_STEPS: tuple[type[Settings], ...] = (
    AreaSettings,
    *_REPORTS,
    HotspotFileSettings,
    DaySettings,
    EngagementSettings,
    PlanSettings,
    CheckSettings,
    GroundSettings,
    PageSettings,
    CollectSettings,
    EvaluateSettings,
    CompareSettings,
    AssessSettings,
    MonthSettings,
    TrialDesignSettings,
    TrialDaySettings,
    TrialResultSettings,
    PrepareSettings,
    ReleaseLogSettings,
    PictureSettings,
)
STEPS = {
    "hotspots": _REPORTS,
    "engagement": (EngagementSettings,),
    "plan": (PlanSettings,),
    "page": (PageSettings, GroundSettings),
}


def layer_help(name: str) -> str:
    """Return what an option says of a layer: its title, and what may be given."""
    title = registry.layer(name).title or name.replace("_", " ")
    hint = f": {_HINTS[name]}" if name in _HINTS else ""
    return f"{title[:1].upper()}{title[1:]}{hint}."


class Value(NamedTuple):
    """A value as somebody wrote it, and where: ``command line``, ``argument``, ``[hotspots] of geo.toml``."""

    value: Any
    source: str


def load_project(path: str | Path | None) -> Project:
    """Return the project in a geo.toml (or in the folder that holds one); an empty one for None."""
    return (
        NO_PROJECT
        if path is None
        else read_project(Path(path), {name: one.options() for name, one in COMMANDS.items()})
    )


class Choices:
    """The settings of one study. ``typed``: {class: {field: value}}; ``command``: whose section gives the output."""

    def __init__(
        self,
        project: Project,
        typed: Mapping[type[Settings], Mapping[str, Any]],
        *,
        command: str = "hotspots",
        said_by: str = "argument",
    ) -> None:
        self.project = project
        self.command = command
        self._typed = typed
        self._said_by = said_by
        self._made: dict[type[Settings], Settings] = {}

    @property
    def typed(self) -> Mapping[type[Settings], Mapping[str, Any]]:
        """What was typed or passed, by class."""
        return self._typed

    def over(self, more: Mapping[type[Settings], Mapping[str, Any]]) -> Choices:
        """Return choices in which ``more`` is typed too, and wins."""
        typed = {cls: {**self._typed.get(cls, {}), **more.get(cls, {})} for cls in (*self._typed, *more)}
        return Choices(self.project, typed, command=self.command, said_by=self._said_by)

    def of(self, cls: type[S]) -> S:
        """Return the settings of one class. Raises SettingError as ``parse`` does, naming where it was said."""
        if cls not in self._made:
            values = self.values(cls)
            try:
                self._made[cls] = parse(cls, {name: one.value for name, one in values.items()})
            except SettingError as error:
                raise self._located(error, values.get(error.name)) from None
        return cast("S", self._made[cls])

    def values(self, cls: type[Settings]) -> dict[str, Value]:
        """Return {field: value and source} of what somebody said of a class."""
        typed = {name: Value(value, self._said_by) for name, value in self._typed.get(cls, {}).items()}
        return self._from_project(cls, typed) | typed

    def _from_project(self, cls: type[Settings], typed: Mapping[str, Value]) -> dict[str, Value]:
        """Return what geo.toml says. What is typed wins, so that sections may then disagree."""
        known = settings_of(cls)
        sections = {self.command: COMMANDS[self.command]} if cls in OWN else COMMANDS
        found: dict[str, Value] = {}
        said = dict.fromkeys(
            [("project", ""), *((name, name) for name, one in sections.items() if cls in one.settings)]
        )
        for section, command in said:
            given = self.project.settings if not command else self.project.commands.get(command, {})
            for key, value in given.items():
                name = key.replace("-", "_")
                if name not in known or (not command and cls is not AreaSettings):
                    continue
                one = Value(self._resolved(known[name].kind, value), f"[{section.replace(' ', '.')}] of {self._file}")
                if name in found and name not in typed and found[name].value != one.value:
                    self._disagree(key, found[name], one)
                found.setdefault(name, one)
        return found

    def _disagree(self, key: str, first: Value, second: Value) -> None:
        sections = [one.source.split(" of ")[0] for one in (first, second)]
        raise GeoError(
            f"{self._file}: {key} is {_shown(first.value)} in {sections[0]} and {_shown(second.value)} in "
            f"{sections[1]}.",
            "One study has one answer: keep one of them. It holds for every command."
            + in_line(self.project.path, key, sections[1].strip("[]")),
        )

    @property
    def _file(self) -> str:
        return str(self.project.path)

    def _resolved(self, kind: str, value: Any) -> Any:
        """Return paths as seen from where geo runs: in geo.toml they are meant from its folder."""
        if kind != "path" or not isinstance(value, str | list):
            return value
        if isinstance(value, list):
            return [self._resolved(kind, one) for one in value]
        return resolved(self.project.path.parent, value) if value.strip() else value

    def _located(self, error: SettingError, value: Value | None) -> SettingError:
        """Return the error with the place where its value was said."""
        if not error.name:
            return error
        option = error.name.replace("_", "-")
        if value is not None and value.source.endswith(self._file) and value.source.startswith("["):
            section = value.source.split(" of ")[0]
            line = in_line(self.project.path, option, section.strip("[]"))
            hint = ((error.marked[1] or "") + line).strip() or None
            return SettingError(error.name, f"{self._file}: {section} {option}: {error.marked[0]}", hint)
        return SettingError(error.name, f"{option}: {error.marked[0]}", error.marked[1])

    def changes(self, *classes: type[Settings], but: tuple[str, ...] = ()) -> bool:
        """Return whether something typed, ``but`` these, changes what is found, against geo.toml and the defaults."""
        names = [(cls, name) for cls in classes for name in self._typed.get(cls, {}) if name not in but]
        return any(settings_of(cls)[name].result for cls, name in names)

    def layer(self, name: str, typed: Mapping[str, Any]) -> Any:
        """Return the file or files of a layer: as typed, else as geo.toml has it; None where neither names it."""
        if typed.get(name):
            return typed[name]
        found = {} if self.project.layers.get(name) is None else {"[layers]": self.project.layers[name]}
        for command, spec in COMMANDS.items():
            key = spec.also.get(name, name)
            given = self.project.commands.get(command, {})
            value = given.get(key.replace("_", "-"))
            if name in spec.layers and value is not None:
                found[f"[{command.replace(' ', '.')}]"] = layer_from(self.project.path.parent, name, value)
        values = list(found.items())
        for section, value in values[1:]:
            if value != values[0][1]:
                self._disagree(name, Value(values[0][1], values[0][0]), Value(value, section))
        return values[0][1] if values else None

    def record(self, classes: tuple[type[Settings], ...]) -> dict[str, Any]:
        """Return {option: {value, from}} for run.json; from: command line, geo.toml, argument or default."""
        told = {}
        for cls in classes:
            values, held = self.values(cls), self.of(cls)
            for name in settings_of(cls):
                value = getattr(held, name)
                source = values[name].source if name in values else "default"
                told[name] = {
                    "value": list(value) if isinstance(value, tuple) else value,
                    "from": "geo.toml" if source.startswith("[") else source,
                }
        return told


def sort_arguments(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[type[Settings], dict[str, Any]]]:
    """Return Python's keyword arguments as layers and as settings by class.

    A step's name (``hotspots``, ``engagement``, ``plan``, ``page``) takes a mapping of its settings; a setting given
    without its step belongs to the first step that has it, hot spots before engagement before plan. Raises SettingError
    for a name that is neither a layer nor a setting.
    """
    layers: dict[str, Any] = {}
    typed: dict[type[Settings], dict[str, Any]] = {}
    for name, value in given.items():
        if name in STEPS and isinstance(value, Mapping):
            for inner, one in value.items():
                typed.setdefault(_class_of(inner, STEPS[name]), {})[inner] = one
        elif name in LAYERS:
            layers[name] = value
        else:
            typed.setdefault(_class_of(name, _STEPS), {})[name] = value
            if name in settings_of(ReaderSettings):  # for whom the files are holds for whatever is written
                typed.setdefault(ReaderSettings, {})[name] = value
    return layers, typed


def _class_of(name: str, classes: tuple[type[Settings], ...]) -> type[Settings]:
    for cls in classes:
        if name in settings_of(cls):
            return cls
    known = sorted({*LAYERS, *STEPS, *(one for cls in classes for one in settings_of(cls))})
    raise SettingError(name, f"{name}: neither a layer nor a setting.", f"There are: {listed(known, 90)}.")


def _shown(value: Any) -> str:
    return listed([str(one) for one in value]) if isinstance(value, list | tuple) else str(value)
