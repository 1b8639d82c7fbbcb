"""The settings of every step, each described once.

A field of one of these classes is an option of the commands that use the step, a key of geo.toml, an argument of
``study.open`` and a line of run.json, with one range, one default and one line of help. Nothing heavy is imported here.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

from geo.errors import GeoError, listed

SHARE = "SHARE"  # the unit of a share, which may be written as 0.5% too
Kind = Literal["number", "whole", "text", "choice", "flag", "day", "period", "path"]


class SettingError(GeoError):
    """A setting that cannot be used. ``name``: its field, empty where several contradict each other.

    ``problem`` and ``hint`` are sentences that name settings in `backticks`, which the command line shows as options.
    """

    def __init__(self, name: str, problem: str, hint: str | None = None) -> None:
        self.name = name
        self.marked = (problem, hint)
        super().__init__(problem.replace("`", ""), hint and hint.replace("`", ""))


@dataclass(frozen=True)
class Setting:
    """What there is to know of one setting.

    ``kind``: of its value; ``low``, ``high``: the range of a number, ends included unless ``above`` (more than low).
    ``word``: what is written for None (auto, none). ``several``: it may be given more than once. ``unit``: METRES,
    MINUTES ... or what stands for the value. ``group``: where help shows it. ``result``: false where it changes only
    what is written or said, never what is found.
    """

    help: str
    kind: Kind = "text"
    low: float | None = None
    high: float | None = None
    above: bool = False
    word: str | None = None
    choices: tuple[str, ...] = ()
    several: bool = False
    unit: str = ""
    group: str = "Settings"
    result: bool = True
    column: str = ""

    def read(self, name: str, value: Any) -> Any:
        """Return a value from a command line, geo.toml or Python as it is held; SettingError where it cannot be."""
        if self.several:
            values = [value] if isinstance(value, str | Path | date) or not hasattr(value, "__iter__") else list(value)
            return tuple(self._one(name, one) for one in values)
        if self.word is not None and (value is None or str(value).strip().casefold() == self.word):
            return None
        if value is None:
            return None
        return self._one(name, value)

    def _one(self, name: str, value: Any) -> Any:
        if self.kind == "flag":
            if not isinstance(value, bool):
                raise SettingError(name, f"{value!r} is neither true nor false.")
            return value
        if self.kind in ("number", "whole"):
            return self._number(name, value)
        text = str(value).strip()
        if not text and not self.column:
            raise SettingError(name, "an empty name was given.")
        if isinstance(value, bool) or not isinstance(value, str | int | float | Path | date):
            raise SettingError(name, f"{value!r} is not a text.", 'In geo.toml texts stand in double quotes: "Luton".')
        if self.kind == "choice" and text not in self.choices:
            raise SettingError(name, f"{text!r} is not one of {', '.join(map(repr, self.choices))}.")
        if self.kind in ("day", "period"):
            return _day(name, text, month=self.kind == "period")
        return text

    def _number(self, name: str, value: Any) -> float | int:
        also = f" nor '{self.word}'" if self.word else ""
        noun = "a whole number" if self.kind == "whole" else "a number"
        try:
            if isinstance(value, bool):
                raise ValueError
            percent = self.unit == SHARE and str(value).strip().endswith("%")
            number = float(str(value).strip().removesuffix("%")) / 100 if percent else float(value)
        except (TypeError, ValueError):
            raise SettingError(name, f"{value!r} is {'neither' if also else 'not'} {noun}{also}.") from None
        if self.kind == "whole" and not number.is_integer():
            raise SettingError(name, f"{value} is not a whole number.")
        low, high = -math.inf if self.low is None else self.low, math.inf if self.high is None else self.high
        if not low <= number <= high or (self.above and number == low):
            raise SettingError(name, f"{value} is not in the range {self.range()}.")
        return int(number) if number.is_integer() and self.kind == "whole" else number

    def range(self) -> str:
        """Return the range in words: ``19 to 99,999``, ``more than 0, at most 1``, ``0 or more``."""
        low, high = (None if end is None else f"{end:,.10g}" for end in (self.low, self.high))
        if low is None:
            return "" if high is None else f"at most {high}"
        if self.above:
            return f"more than {low}" + ("" if high is None else f", at most {high}")
        return f"{low} or more" if high is None else f"{low} to {high}"

    def written(self) -> str:
        """Return what stands for the value in help: ``METRES|auto``, ``YYYY-MM-DD``, ``[grid|sklearn]``."""
        if self.choices:
            return f"[{'|'.join(self.choices)}]"
        own = {"day": "YYYY-MM-DD", "period": "YYYY-MM[-DD]", "path": "FILE", "whole": "N", "number": "NUMBER"}
        stands = self.unit or own.get(self.kind, "TEXT")
        return f"{stands}|{self.word}" if self.word else stands


def setting(default: Any, help: str, kind: Kind = "text", **more: Any) -> Any:
    """Return a dataclass field that describes itself (``Setting``)."""
    return field(default=default, metadata={"setting": Setting(help, kind, **more)})


def _day(name: str, text: str, *, month: bool) -> str:
    """Return a day that exists as 2025-03-14 (or a month as 2025-03, where ``month``); ``today`` is one."""
    if text.casefold() == "today" and not month:
        return time.strftime("%Y-%m-%d")
    kinds = "a month (2025-03) or a day (2025-03-14)" if month else "a day: write 2025-03-14, or today"
    try:
        time.strptime(text, "%Y-%m" if month and len(text) <= 7 else "%Y-%m-%d")
    except ValueError:
        raise SettingError(name, f"{text!r} is not {kinds}.") from None
    if not re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", text):
        raise SettingError(name, f"{text!r}: write months and days with two digits, as in 2025-03.")
    return text


@dataclass(frozen=True)
class Settings:
    """What all steps' settings can do. ``section``: where they stand in geo.toml."""

    section: ClassVar[str] = ""

    def check(self) -> None:
        """Raise SettingError for values that contradict each other."""


AUTO = {"word": "auto"}
MAIN, EXPERT, FILES, OUTPUT = "Main", "Expert", "Files", "Output"


@dataclass(frozen=True)
class AreaSettings(Settings):
    """Which ground is studied, and on which plane it is measured."""

    section: ClassVar[str] = "project"
    area: tuple[str, ...] = setting(
        (), "A district or ward, by name or code; may be given several times.", several=True, unit="NAME", group=MAIN
    )
    wards_crs: str | None = setting(
        None, "Coordinate system of wards that do not say, as EPSG:27700.", unit="CODE", group=EXPERT
    )
    metric_crs: str | None = setting(
        None, "The plane to measure on, outside the United Kingdom.", unit="CODE", group=EXPERT
    )
    timezone: str | None = setting(
        None,
        "Time zone of the study, as America/Chicago; auto: that of the United Kingdom.",
        unit="ZONE",
        group=EXPERT,
        word="auto",
    )

    def check(self) -> None:
        """Refuse a time zone that does not exist."""
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(self.timezone or "UTC")
        except (KeyError, ValueError, OSError):
            raise SettingError(
                "timezone",
                f"{self.timezone!r} is no time zone.",
                "Use a name such as Europe/London or America/Chicago.",
            ) from None


@dataclass(frozen=True)
class IncidentSettings(Settings):
    """Which incidents are read, and how."""

    section: ClassVar[str] = "hotspots"
    crime_type: tuple[str, ...] = setting(
        ("Anti-social behaviour",),
        "What to count; 'all' for everything. May be given several times.",
        several=True,
        unit="TYPE",
        group=MAIN,
    )
    since: str | None = setting(None, "First month or day, included.", "period", group=MAIN)
    until: str | None = setting(None, "Last month or day, included.", "period", group=MAIN)
    all_are_asb: bool = setting(
        False, "Every row of a table without a crime type is anti-social behaviour.", "flag", group=FILES
    )
    incidents_crs: str | None = setting(None, "Coordinate system of the incidents' numbers.", unit="CODE", group=EXPERT)
    encoding: str | None = setting(None, "Encoding of a CSV that is not UTF-8, often cp1252.", unit="NAME", group=FILES)

    def check(self) -> None:
        """Refuse a period that ends before it begins."""
        since, until = self.since, self.until
        if since and until and since[: len(until)] > until[: len(since)]:
            raise SettingError("", f"`since` {since} is after `until` {until}.")


@dataclass(frozen=True)
class PrepareSettings(Settings):
    """How incidents are read that are kept for later commands."""

    section: ClassVar[str] = "prepare"
    incidents_crs: str | None = setting(None, "Coordinate system of the incidents' numbers.", unit="CODE", group=EXPERT)
    metric_crs: str | None = setting(
        None, "The plane to measure on, outside the United Kingdom.", unit="CODE", group=EXPERT
    )
    encoding: str | None = setting(None, "Encoding of a CSV that is not UTF-8, often cp1252.", unit="NAME", group=FILES)


@dataclass(frozen=True)
class HotspotSettings(Settings):
    """How hot spots are found."""

    section: ClassVar[str] = "hotspots"
    eps: float | None = setting(
        None,
        "Reach of the clustering; not the width of a hot spot.",
        "number",
        low=1,
        high=10_000,
        unit="METRES",
        **AUTO,
    )
    min_incidents: float | None = setting(
        None,
        "Least incidents within reach of a core point; auto: half of the smallest number that chance seldom reaches.",
        "number",
        low=1,
        high=1_000_000,
        unit="N",
        **AUTO,
    )
    max_width: float | None = setting(
        300.0,
        "Greatest width of a hot spot; wider ones are split. none: plain DBSCAN.",
        "number",
        low=10,
        high=500,
        unit="METRES",
        word="none",
    )
    footprint: float | None = setting(
        None,
        "Radius of the discs that outline a hot spot; auto: the larger of 50 and eps/2.",
        "number",
        low=1,
        high=5_000,
        unit="METRES",
        **AUTO,
    )
    outline: str = setting(
        "discs",
        "What a hot spot is drawn on: discs, or the stretches of its streets (needs the layer streets).",
        "choice",
        choices=("discs", "streets"),
    )
    ground: float | None = setting(
        None,
        "Keep the best ground only, up to this share of the area, as 0.5%; all: every hot spot.",
        "number",
        low=0,
        above=True,
        high=1,
        unit=SHARE,
        word="all",
    )
    half_life: float | None = setting(
        None,
        "Days after which a report counts half in outlines and order; none: all count alike.",
        "number",
        low=1,
        high=36_500,
        unit="DAYS",
        word="none",
        group=EXPERT,
    )
    null: str = setting(
        "auto",
        "What chance means: map points as busy as they are (unequal), all alike (snap), as all round (smooth) ...",
        "choice",
        choices=("auto", "unequal", "snap", "smooth", "csr", "background", "none"),
    )
    background: str | None = setting(
        None,
        "Places of other activity (shops, people) to judge against too, in place of other crime: a table or map file.",
        "path",
        group=FILES,
    )
    runs: int = setting(999, "Simulations of chance, at most.", "whole", low=19, high=99_999, group=EXPERT)
    seed: int = setting(0, "Seed of the simulations.", "whole", low=0, group=EXPERT)
    workers: int | None = setting(
        None,
        "What is simulated, or clustered by engine dask, at once; auto: one a core. It changes no number.",
        "whole",
        low=1,
        high=256,
        unit="N",
        result=False,
        group=EXPERT,
        **AUTO,
    )
    method: str = setting(
        "dbscan",
        "hdbscan: for places of mixed density; exploratory, not tested and not limited in width.",
        "choice",
        choices=("dbscan", "hdbscan"),
        group=EXPERT,
    )
    engine: str = setting(
        "grid",
        "Who clusters: geo's own exact grid, the same on the workers of a Dask cluster, or scikit-learn. The labels "
        "are the same.",
        "choice",
        choices=("grid", "dask", "sklearn"),
        group=EXPERT,
    )
    scheduler: str | None = setting(
        None,
        "Where the scheduler of engine dask is, as tcp://host:8786; auto: a cluster on this computer, for the run.",
        "text",
        unit="ADDRESS",
        result=False,
        group=EXPERT,
        **AUTO,
    )

    def check(self) -> None:
        """HDBSCAN has no chance-based minimum and no tiles; a scheduler is Dask's."""
        if self.method == "hdbscan" and self.min_incidents is None:
            raise SettingError("", "`method` hdbscan needs `min-incidents`, for example 30.")
        if self.method == "hdbscan" and self.engine == "dask":
            raise SettingError("", "`method` hdbscan cannot be divided into tiles for `engine` dask.", "Use grid.")
        if self.scheduler is not None and self.engine != "dask":
            raise SettingError("", f"`scheduler` is of no use with `engine` {self.engine}.", "Add `engine` dask.")


@dataclass(frozen=True)
class HotspotFileSettings(Settings):
    """What the files of ``geo hotspots`` hold."""

    section: ClassVar[str] = "hotspots"
    by: str = setting(
        "area",
        "One result for the whole area, or one for every district by itself, several at once.",
        "choice",
        choices=("area", "district"),
        result=False,
        group=MAIN,
    )
    keep_ids: bool = setting(
        False,
        "Keep the incidents' own numbers in the GeoPackage, to look them up.",
        "flag",
        result=False,
        group=OUTPUT,
    )
    kml: bool = setting(False, "Also hotspots.kml, for Google Earth.", "flag", result=False, group=OUTPUT)
    shp: bool = setting(
        False, "Also hotspots.shp.zip, for programs that know only shapefiles.", "flag", result=False, group=OUTPUT
    )


@dataclass(frozen=True)
class DaySettings(Settings):
    """The day on which the study looks back."""

    section: ClassVar[str] = "engagement"
    as_of: str = setting("today", "The day of the report; what is later is a plan.", "day", group=MAIN)


@dataclass(frozen=True)
class EngagementSettings(Settings):
    """How engagement is measured."""

    section: ClassVar[str] = "engagement"
    since: str | None = setting(None, "First day of the log; default: its first engagement.", "day", group=MAIN)
    group_set: str | None = setting(
        None, "Which kind of community: ethnic_group, religion ... Default: what fits.", unit="NAME", group=MAIN
    )
    threshold: float = setting(
        0.8, "Met less than this part of an equal share is under-engaged.", "number", low=0, high=1, above=True
    )
    probability: float | None = setting(
        None,
        "How sure one must be of it; auto: 0.8, or what keeps false flags under 5%.",
        "number",
        low=0.5,
        high=0.999,
        unit="P",
        **AUTO,
    )
    within: float = setting(800.0, "A walk that counts as near a hot spot.", "number", low=50, high=5000, unit="METRES")
    within_days: int = setting(180, "How lately counts as of late.", "whole", low=1, high=3660, unit="DAYS")
    diary: tuple[str, ...] = setting(
        (),
        "A timetable of repeated visits (stops with an RRULE), as a log of what was planned; needs since.",
        "path",
        several=True,
        group=FILES,
    )
    encoding: str | None = setting(None, "Encoding of CSVs that are not UTF-8, often cp1252.", unit="NAME", group=FILES)
    references: bool = setting(
        False,
        "Name whom to ask why they did not come by their reference; for the team only, never for a page passed on.",
        "flag",
        group=EXPERT,
    )

    def check(self) -> None:
        """A timetable has no first day."""
        if self.diary and self.since is None:
            raise SettingError("", "`diary` needs `since`: a timetable has no first day.")


@dataclass(frozen=True)
class PlanSettings(Settings):
    """What a patrol is planned for."""

    section: ClassVar[str] = "patrol.plan"
    date: str = setting("today", "The day of the shift.", "day", group=MAIN)
    shift: str = setting("18:00-22:00", "By the clock; past midnight too.", unit="FROM-TO", group=MAIN)
    teams: int = setting(1, "Pairs on foot, each for the whole shift.", "whole", low=1, high=20, group=MAIN)
    start: tuple[str, ...] = setting(
        (),
        "Where teams set out: a focal point (id or name), EASTING,NORTHING or LON,LAT. Once for all, or once a team.",
        several=True,
        unit="PLACE",
        group=MAIN,
    )
    end: tuple[str, ...] = setting(
        (), "Where teams finish, as start. Default: there.", several=True, unit="PLACE", group=MAIN
    )
    balance: float = setting(
        0.5,
        "What minutes go to: 0 hot spots only, 1 people nobody has talked to only.",
        "number",
        low=0,
        high=1,
        group=MAIN,
    )
    dwell: float = setting(15.0, "At each stop.", "number", low=10, high=20, unit="MINUTES")
    rest_days: float = setting(7.0, "How long a visit lowers a prize.", "number", low=0, high=365, unit="DAYS")
    speed: float = setting(80.0, "Walking speed.", "number", low=20, high=150, unit="M/MIN")
    max_visits: int = setting(1, "To one place, by different teams.", "whole", low=1, high=10)
    min_gap: float = setting(60.0, "Between two visits to one place.", "number", low=0, high=1440, unit="MINUTES")
    seconds: float = setting(20.0, "How long to look for a plan.", "number", low=1, high=3600, group=EXPERT)
    variety: float = setting(
        0.02,
        "Part of the prize that may be given up, so that patrols are hard to foresee.",
        "number",
        low=0,
        high=0.5,
        group=EXPERT,
    )
    seed: int = setting(0, "Seed of the search and of its variety.", "whole", low=0, group=EXPERT)
    include_chance: bool = setting(False, "Visit hot spots too that chance could explain.", "flag")
    contacts: bool = setting(
        False, "Name contact persons on the sheet; it must then stay inside the team.", "flag", group=OUTPUT
    )
    trial: str | None = setting(
        None,
        "The trial.json of geo trial design: of hot spots only those drawn for the day, and nothing near the others.",
        "path",
        group=FILES,
    )
    walked: str | None = setting(
        None,
        "What geo patrol check wrote for earlier shifts (checked.gpkg): places visited lately count less.",
        "path",
        group=FILES,
    )
    month_hours: float | None = setting(
        None,
        "Also share out a month of team hours over the hot spots, by what the record concentrates there.",
        "number",
        low=1,
        high=100_000,
        unit="HOURS",
    )


@dataclass(frozen=True)
class CheckSettings(Settings):
    """What a recording is compared with, and what counts as a visit."""

    section: ClassVar[str] = "patrol.check"
    plan: str | None = setting(
        None, "The plan that was to be walked: plan.gpkg of geo patrol plan.", "path", group=MAIN
    )
    earlier: tuple[str, ...] = setting(
        (), "checked.gpkg of earlier shifts, for the dosage by week.", "path", several=True, group=FILES
    )
    min_visit: float = setting(10.0, "What counts.", "number", low=1, high=120, unit="MINUTES")
    max_gap: float = setting(
        5.0, "A longer gap between two fixes is unknown time.", "number", low=1, high=60, unit="MINUTES"
    )


# what each reader may be given; the first is the default
PROFILES_OF = {"analyst": ("internal",), "inspector": ("internal", "partner"), "workshop": ("public",)}


@dataclass(frozen=True)
class GroundSettings(Settings):
    """What lies below the map of a page."""

    section: ClassVar[str] = "map"
    base_map: tuple[str, ...] = setting(
        (),
        "Streets, parks, water below the map: OpenStreetMap XML or PBF, GeoPackage, GeoJSON. Stays offline.",
        "path",
        several=True,
        group=FILES,
    )


@dataclass(frozen=True)
class PageSettings(Settings):
    """For whom a page is made, and what it looks like."""

    section: ClassVar[str] = "map"
    audience: str | None = setting(None, "Who will read the page.", "choice", choices=tuple(PROFILES_OF), group=MAIN)
    profile: str | None = setting(
        None,
        "For whom the file is meant: internal (analyst, inspector), partner (inspector), public (workshop).",
        "choice",
        choices=("internal", "partner", "public"),
        group=MAIN,
    )
    language: str = setting("en", "Of the workshop page: en, cy (Welsh); as drafts pl, ro, ur, bn.", unit="CODE")
    words: str | None = setting(
        None,
        "A strings file of one's own for the workshop page, in another language or other words.",
        "path",
        group=FILES,
    )
    read_by: str | None = setting(
        None, "Who has read the words of a language that is a draft; without it the page says that it is one.",
        group=EXPERT,
    )  # fmt: skip
    wall: str | None = setting(
        None,
        "Beside the workshop page a wall map of this size, on sheets of A4, with a grid to write by.",
        "choice",
        choices=("a3", "a2", "a1"),
        group=OUTPUT,
    )
    by: str = setting(
        "hexagons", "What reports are counted by on the workshop page.", "choice", choices=("hexagons", "wards")
    )
    made_by: str = setting("", "Who answers for the workshop page.")
    tiles: str | None = setting(
        None,
        "A server of map tiles (with {z}, {x}, {y}). It learns what is looked at.",
        unit="URL",
        group=EXPERT,
    )
    tiles_attribution: str | None = setting(None, "Whose the tiles are.", group=EXPERT)
    contacts: bool = setting(
        False, "Name contact persons on the inspector's page; internal profile only.", "flag", group=OUTPUT
    )

    def check(self) -> None:
        """Refuse a page that its audience's profile cannot keep."""
        if self.audience is None:
            return
        allowed = PROFILES_OF[self.audience]
        if self.profile is not None and self.profile not in allowed:
            why = {
                "analyst": "it holds single incidents. For others: the inspector's page as partner, or the workshop's",
                "inspector": "it names hot spots and gaps. For the public: the workshop's page",
                "workshop": "it is handed out",
            }[self.audience]
            raise SettingError("profile", f"the {self.audience}'s page is made for {' or '.join(allowed)}: {why}.")
        if self.tiles and self.audience == "workshop":
            raise SettingError("tiles", "the workshop page works without a network, so it takes no tiles.")
        if self.wall and self.audience != "workshop":
            raise SettingError("wall", f"a wall map goes with the workshop page, not with the {self.audience}'s.")


@dataclass(frozen=True)
class CollectSettings(Settings):
    """Which notes of a workshop belong to the area."""

    section: ClassVar[str] = "workshop.collect"
    margin: float = setting(
        1000.0,
        "How far outside the study area a note may lie; farther ones are set aside.",
        "number",
        low=0,
        high=100_000,
        unit="METRES",
    )


@dataclass(frozen=True)
class AuditSettings(Settings):
    """What a file is judged by before it leaves."""

    section: ClassVar[str] = "audit"
    profile: str = setting(
        "public", "For whom the file is meant.", "choice", choices=("internal", "partner", "public"), group=MAIN
    )
    minimum_count: int | None = setting(None, "Hide counts below N; never fewer than the profile.", "whole", low=1)
    grid: float | None = setting(
        None,
        "The finest step of positions; never finer than the profile.",
        "number",
        low=0,
        high=100_000,
        unit="METRES",
    )
    allow: tuple[str, ...] = setting(
        (), "An address or number of an office that may be public, as it stands there.", several=True, unit="TEXT"
    )
    record: bool = setting(
        False, "Add the files to the release log, if nothing breaks the profile.", "flag", group=OUTPUT
    )


@dataclass(frozen=True)
class ReleaseLogSettings(Settings):
    """Where it is kept what left."""

    section: ClassVar[str] = "releases"
    release_log: str | None = setting(
        None,
        "What left before; what could be worked out together with it is refused. "
        "Default: releases.jsonl beside geo.toml, or here.",
        "path",
        result=False,
        group=FILES,
    )


@dataclass(frozen=True)
class ReaderSettings(Settings):
    """For whom the files of a command are."""

    section: ClassVar[str] = "project"
    profile: str = setting(
        "internal",
        "For whom the files are. partner, public: only the copies that may leave are written, and remembered.",
        "choice",
        choices=("internal", "partner", "public"),
        result=False,
        group=OUTPUT,
    )


@dataclass(frozen=True)
class ReleaseSettings(Settings):
    """For whom copies are made."""

    section: ClassVar[str] = "release"
    profile: str = setting("public", "For whom the copies are.", "choice", choices=("partner", "public"), group=MAIN)
    minimum_count: int | None = setting(None, "Hide counts below N; never fewer than the profile.", "whole", low=1)
    grid: float | None = setting(
        None,
        "The finest step of positions; never finer than the profile.",
        "number",
        low=0,
        high=100_000,
        unit="METRES",
    )
    allow: tuple[str, ...] = setting(
        (), "An address or number of an office that may be public, as it stands there.", several=True, unit="TEXT"
    )


@dataclass(frozen=True)
class PackSettings(Settings):
    """For whom a pack is printed."""

    section: ClassVar[str] = "pack"
    profile: str = setting(
        "public", "Who reads the sheets.", "choice", choices=("internal", "partner", "public"), group=MAIN
    )


@dataclass(frozen=True)
class ReleasesSettings(Settings):
    """What is asked of the release log."""

    section: ClassVar[str] = "releases"
    explain: int | None = setting(None, "Say what release N tells, and of what.", "whole", low=1, group=MAIN)
    withdraw: int | None = setting(None, "Release N never left, or came back: count it no longer.", "whole", low=1)
    reason: str | None = setting(None, "Why it is withdrawn.", unit="TEXT")


@dataclass(frozen=True)
class EvaluateSettings(Settings):
    """How hot spots are tested on the months after them."""

    section: ClassVar[str] = "evaluate"
    train: int = setting(12, "To find hot spots from.", "whole", low=3, high=120, unit="MONTHS", group=MAIN)
    test: int = setting(1, "To look them up in, after those.", "whole", low=1, high=24, unit="MONTHS", group=MAIN)
    step: int = setting(1, "To move on by.", "whole", low=1, high=24, unit="MONTHS")
    tune: bool = setting(
        False,
        "Choose eps by the earlier months, test it on the later ones, and write it to geo.toml.",
        "flag",
        group=EXPERT,
    )


@dataclass(frozen=True)
class CompareSettings(Settings):
    """Which two periods are compared."""

    section: ClassVar[str] = "compare"
    before: str | None = setting(
        None, "First period; default: the same months a year before.", unit="YYYY-MM:YYYY-MM", group=MAIN
    )
    after: str | None = setting(
        None,
        "Second period; default: the last months that have a year before them, twelve at most.",
        unit="YYYY-MM:YYYY-MM",
        group=MAIN,
    )


# a page of the month by its name: its audience and profile
MONTH_PAGES = {
    "analyst": ("analyst", "internal"),
    "inspector": ("inspector", "internal"),
    "partner": ("inspector", "partner"),
    "workshop": ("workshop", "public"),
}


@dataclass(frozen=True)
class MonthSettings(Settings):
    """What the month's end holds."""

    section: ClassVar[str] = "month"
    pages: tuple[str, ...] = setting(
        ("analyst", "inspector"),
        "A page to make; may be given several times.",
        "choice",
        choices=tuple(MONTH_PAGES),
        several=True,
        group=MAIN,
    )
    window: int | None = setting(
        None,
        "Months that hot spots are found in, the last being this one; all: those there are, as geo hotspots.",
        "whole",
        low=1,
        high=120,
        unit="MONTHS",
        word="all",
    )
    checks: tuple[str, ...] = setting(
        (),
        "A checked.gpkg of geo patrol check, or a folder of them: patrols and hours in hot spots.",
        "path",
        several=True,
        group=FILES,
    )
    town_centres: tuple[str, ...] = setting(
        (), "A ward or a hot spot of the register that is a town centre, by name or code.", several=True, unit="NAME"
    )
    peak: str | None = setting(None, "Peak times in town centres, as 'Fri-Sat 18:00-02:00'.", unit="TIMES")


@dataclass(frozen=True)
class AssessSettings(Settings):
    """What was treated and when, and what it is compared with."""

    section: ClassVar[str] = "assess"
    treated: tuple[str, ...] = setting(
        (), "A treated hot spot (HS-0001) or ward; may be given several times.", several=True, unit="ID", group=MAIN
    )
    before: str | None = setting(None, "Months before anything was done.", unit="YYYY-MM:YYYY-MM", group=MAIN)
    after: str | None = setting(None, "Months in which it was done.", unit="YYYY-MM:YYYY-MM", group=MAIN)
    phase_in: str | None = setting(
        None, "Months in which it began, counted neither way.", unit="YYYY-MM:YYYY-MM", group=MAIN
    )
    places: str = setting(
        "hotspots",
        "What is compared: hot spots of the register, or wards.",
        "choice",
        choices=("hotspots", "wards"),
        group=MAIN,
    )
    controls: tuple[str, ...] = setting(
        (), "A control that was named beforehand; default: untreated places most alike.", several=True, unit="ID"
    )
    chosen_until: str | None = setting(
        None,
        "Last month by which the places were chosen; default: when the register first had them.",
        unit="YYYY-MM",
    )
    ring: float = setting(
        100.0, "How far round a place displacement is looked for.", "number", low=10, high=2000, unit="METRES"
    )
    draws: int = setting(999, "Placebos, at most.", "whole", low=99, high=99_999, group=EXPERT)
    draw_seed: int = setting(0, "Seed of the placebos.", "whole", low=0, group=EXPERT)


@dataclass(frozen=True)
class TrialDesignSettings(Settings):
    """How a trial is drawn."""

    section: ClassVar[str] = "trial.design"
    first_day: str | None = setting(None, "The first day on which places are drawn.", "day", group=MAIN)
    days: int = setting(90, "How long it runs.", "whole", low=2, high=3660, unit="DAYS", group=MAIN)
    per_day: int | None = setting(
        None, "Places drawn each day; default: a third of them.", "whole", low=1, high=1000, unit="N", group=MAIN
    )
    exclude: tuple[str, ...] = setting(
        (), "A place to leave out, with the reason; may be given several times.", several=True, unit="ID=REASON"
    )
    apart: float = setting(
        200.0, "Of two places nearer than this the quieter is left out.", "number", low=0, high=5000, unit="METRES"
    )
    outcome: str = setting("reported incidents", "What is counted, in words for the protocol.")
    fall: float = setting(0.3, "The fall whose chance of being found is said.", "number", low=0.01, high=0.99)
    ring: float = setting(100.0, "How far round a place displacement is looked for.", "number", low=10, high=2000)
    washout: int = setting(
        0, "Days not drawn that follow so soon on a drawn one count on neither side.", "whole", low=0, high=14
    )
    day_starts: int = setting(6, "When a day begins.", "whole", low=0, high=12, unit="HOUR")
    draw_seed: int = setting(0, "Seed of the draw.", "whole", low=0, group=EXPERT)


@dataclass(frozen=True)
class TrialDaySettings(Settings):
    """Which day of which trial."""

    section: ClassVar[str] = "trial.today"
    trial: str | None = setting(None, "The trial.json of geo trial design.", "path", group=MAIN)
    date: str = setting("today", "The day.", "day", group=MAIN)


@dataclass(frozen=True)
class TrialResultSettings(Settings):
    """Which trial is looked at, and when."""

    section: ClassVar[str] = "trial.result"
    trial: str | None = setting(None, "The trial.json of geo trial design.", "path", group=MAIN)
    as_of: str = setting("today", "The day on which it is looked at.", "day", group=MAIN)
    peek: bool = setting(False, "Look before the planned end, and say so in the result.", "flag")
    checked: tuple[str, ...] = setting(
        (),
        "checked.gpkg of geo patrol check, to say how far the draw was followed.",
        "path",
        several=True,
        group=FILES,
    )
    redraws: int = setting(999, "Draws made again.", "whole", low=99, high=99_999, group=EXPERT)


def _column(column: str, help: str, kind: Kind = "text", *, several: bool = False, unit: str = "WORD") -> Any:
    """Return the setting of one column of an engagement."""
    more = " May be given several times." if several else ""
    return setting(() if several else None, help + more, kind, several=several, unit=unit, column=column, group=MAIN)


@dataclass(frozen=True)
class LogSettings(Settings):
    """One engagement, column by column, and how it is added."""

    section: ClassVar[str] = "log"
    date: str | None = _column("date", "The day, or today. Required.", "day", unit="YYYY-MM-DD")
    activity: str | None = _column("activity", "What was done: drop_in, foot_patrol, forum ... Required.")
    objective: tuple[str, ...] = _column("objective", "What for: build_trust, reassure ... Required.", several=True)
    focal_point: str | None = _column("focal_point_id", "Where: the id or name of a focal point; or --ward.", unit="ID")
    ward: str | None = _column(
        "ward_code", "Where: the code or name of a ward; or --focal-point, or a position.", unit="CODE"
    )
    easting: str | None = _column("easting", "Where, on the National Grid, with --northing.", unit="METRES")
    northing: str | None = _column("northing", "Where, on the National Grid, with --easting.", unit="METRES")
    lon: str | None = _column("lon", "Where: longitude, with --lat.", unit="DEGREES")
    lat: str | None = _column("lat", "Where: latitude, with --lon.", unit="DEGREES")
    start_time: str | None = _column("start_time", "When it began.", unit="HH:MM")
    minutes: str | None = _column("minutes", "How long it took.", unit="N")
    initiation: str | None = _column("initiation", "proactive, reactive or requested_by_community.")
    participation_level: str | None = _column("participation_level", "inform, consult, co_create or account.")
    channel: str | None = _column("channel", "face_to_face, phone, video_call ...")
    lead_org: str | None = _column("lead_org", "Which organisation led it; never a person's name.", unit="TEXT")
    lead_type: str | None = _column("lead_type", "police, partner, community ...")
    team: str | None = _column("team", "Which team.", unit="TEXT")
    community: tuple[str, ...] = _column("communities", "Who was met, as in the communities layer.", several=True)
    audience: tuple[str, ...] = _column("audience", "young_people, women, faith ...", several=True)
    attendees: str | None = _column("attendees", "How many people were met.", unit="N")
    first_time_attendees: str | None = _column("first_time_attendees", "How many of them for the first time.", unit="N")
    invited: str | None = _column("invited", "How many were invited.", unit="N")
    cost: str | None = _column("cost", "What it cost.", unit="POUNDS")
    theme: tuple[str, ...] = _column("themes", "What was talked about.", several=True)
    quality_score: str | None = _column("quality_score", "How good the contact was.", unit="1-5")
    outcome_type: str | None = _column("outcome_type", "What came of it.")
    outcome_count: str | None = _column("outcome_count", "How often that came of it.", unit="N")
    escalated_to: str | None = _column(
        "escalated_to", "Who was told, as an office; never a person's name.", unit="TEXT"
    )
    notes: str | None = _column("notes", "Anything else; no names, addresses, e-mail or phone numbers.", unit="TEXT")
    engagement_id: str | None = _column(
        "engagement_id", "Its number; without it the log's own numbers go on.", unit="ID"
    )
    set: tuple[str, ...] = setting(
        (),
        "Any other column of the layer: role, partners, venue_type, programme ... May be given several times.",
        several=True,
        unit="COLUMN=VALUE",
    )
    encoding: str | None = setting(None, "Encoding of a CSV that is not UTF-8, often cp1252.", unit="NAME", group=FILES)
    create: bool = setting(False, "Make the log if it is not there, with every column.", "flag", group=FILES)
    dry_run: bool = setting(False, "Check and show the row; write nothing.", "flag", group=OUTPUT)


@dataclass(frozen=True)
class SaySettings(Settings):
    """How much is said, and in what form."""

    quiet: bool = setting(False, "Say nothing but results and errors.", "flag", result=False, group=OUTPUT)
    json: bool = setting(
        False, "Print a machine-readable summary instead of the table.", "flag", result=False, group=OUTPUT
    )


@dataclass(frozen=True)
class DoctorSettings(SaySettings):
    """How much is said of a check-up of the files."""

    verbose: bool = setting(False, "Say everything, and how each file was read.", "flag", result=False, group=OUTPUT)
    html: str | None = setting(
        None, "Also a page of it, for whoever mends the files.", "path", result=False, group=MAIN
    )
    fix: str | None = setting(
        None,
        "Also cleaned copies of the files (UTF-8, ISO dates, lon and lat), what was changed, and the rows set aside.",
        "path",
        unit="DIR",
        result=False,
        group=MAIN,
    )
    overwrite: bool = setting(False, "Replace what is already there.", "flag", result=False, group=OUTPUT)


@dataclass(frozen=True)
class OutSettings(SaySettings):
    """Where results go."""

    out: str = setting("results", "Folder for the results.", "path", unit="DIR", result=False, group=MAIN)
    verbose: bool = setting(False, "Say how: rows, choices, settings and reasons.", "flag", result=False, group=OUTPUT)
    overwrite: bool = setting(False, "Replace results that are already there.", "flag", result=False, group=OUTPUT)
    fresh: bool = setting(False, "Work everything out anew, whatever is kept.", "flag", result=False, group=EXPERT)


@dataclass(frozen=True)
class PictureSettings(OutSettings):
    """Where a page goes, and pictures of it."""

    png: bool = setting(False, "Also a picture of the page as on a screen.", "flag", result=False, group=OUTPUT)
    pdf: bool = setting(False, "Also the page as printed on A4.", "flag", result=False, group=OUTPUT)
    docx: bool = setting(False, "Also a report to edit, in Word.", "flag", result=False, group=OUTPUT)
    pptx: bool = setting(False, "Also slides to edit.", "flag", result=False, group=OUTPUT)


S = TypeVar("S", bound=Settings)


def described(one: Field[Any]) -> Setting:
    """Return what there is to know of a field."""
    found = one.metadata["setting"]
    assert isinstance(found, Setting)
    return found


def settings_of(cls: type[Settings]) -> dict[str, Setting]:
    """Return {field: what there is to know} of a class of settings, in their order."""
    return {one.name: described(one) for one in fields(cls)}


def default(cls: type[Settings], name: str) -> Any:
    """Return the default of a setting, as it is held."""
    one = next(one for one in fields(cls) if one.name == name)
    assert one.default is not MISSING
    return one.default


def parse(cls: type[S], given: Mapping[str, Any]) -> S:
    """Return the settings from ``given`` ({field: value as somebody wrote it}), what is not given being the default.

    Raises SettingError for a name that is not a setting, for a value of the wrong kind or out of its range, and for
    values that contradict each other.
    """
    known = settings_of(cls)
    for name in given:
        if name not in known:
            raise SettingError(name, "there is no such setting.", f"There are: {listed(sorted(known), 60)}.")
    values = {name: known[name].read(name, value) for name, value in given.items()}
    for name, one in known.items():
        if one.kind == "day" and name not in values and default(cls, name) == "today":
            values[name] = one.read(name, "today")
    made = cls(**values)
    made.check()
    return made
