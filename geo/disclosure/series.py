"""The releases of a series, from their names, months and filters, as one system; and what it tells in words."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from geo.disclosure.releases import Figure, Told, interval, worked_out
from geo.errors import counted, listed

_CHOICES = ("since", "until", "area", "crime_type")
# one count of what was reported, whatever its column is called
_INCIDENTS = frozenset(
    """incidents incident reports report crimes crime offences records recorded count counts n no num number total
    totals frequency freq calls asb asb_count antisocial_behaviour value reported""".split()
)
_NAMED = ("code", "name")
# before the name of a hot spot: its ground is not a part that with others makes up an area
HOT_SPOT = "hot spot "
_CELL = re.compile(r"cell at |H[\d.]+-")
_MIDDLE = re.compile(r"cell at (-?[\d.]+), (-?[\d.]+)")


class Entry(Protocol):
    """One release, as ``layers.writing.release_log.Entry``, which says what each of these is."""

    @property
    def made_on(self) -> str:
        """When, in ISO 8601."""

    @property
    def file(self) -> str:
        """The name of the file."""

    @property
    def sha256(self) -> str:
        """Of the file."""

    @property
    def filters(self) -> Mapping[str, str | list[str]] | None:
        """What was chosen from the data; None: not known."""

    @property
    def totals(self) -> Mapping[str, float]:
        """Numbers as shown, by name."""

    @property
    def figures(self) -> Sequence[Mapping[str, Any]]:
        """Numbers of an area, period and type, or bands."""

    @property
    def rounding(self) -> int:
        """Numbers are multiples of this."""

    @property
    def minimum(self) -> int:
        """Numbers below this are hidden."""

    @property
    def names(self) -> Mapping[str, str]:
        """{name of an area: its code}."""

    @property
    def named_by(self) -> str:
        """Whether areas are called by code or by name."""

    @property
    def withdrawn(self) -> str:
        """Why the release does not count; empty where it does."""


class Refusal(NamedTuple):
    """``what`` could be worked out, and from which releases, without its value; ``remedy``: what to change."""

    what: str
    remedy: str


def differences(earlier: Sequence[Entry], release: Entry, minimum: int) -> list[str]:
    """Return a sentence for each small count that a release tells together with earlier ones; none of their values."""
    return [refusal.what for refusal in judged(earlier, release, minimum)]


def judged(earlier: Sequence[Entry], release: Entry, minimum: int) -> list[Refusal]:
    """Return what a release tells together with earlier ones, and what to change so that it may leave.

    All releases are one system (``geo.disclosure.releases``); areas count by their codes where any release says which
    name has which code. Releases of which the filters are not known are taken for the same period as each other, and
    compared with the rest where every number they share changed in one direction. A file that left before may leave
    again.
    """
    counted_in = [one for one in earlier if not one.withdrawn]
    if any(one.sha256 == release.sha256 for one in counted_in):
        return []
    entries = [*counted_in, release]
    names = {_plain(name): code for one in entries for name, code in one.names.items()}
    unlike = _called_otherwise(entries, names)
    if unlike is not None:
        return [unlike]
    other_grid = _other_grid(entries)
    if other_grid is not None:
        return [other_grid]
    said = _unknown(entries, names, minimum)
    known = [i for i, one in enumerate(entries) if (one.filters is None) == (release.filters is None)]
    within: dict[str, str] = {}
    figures = [figure for i in known for figure in _figures(entries[i], i, names, within)]
    new = len(entries) - 1
    told = worked_out(figures, new, minimum, within=within)
    if release.filters is None:  # perhaps of other months: what cannot be true of one period says nothing
        told = [one for one in told if not one.contradiction]
    return [*said, *_refusals(told, entries)]


def _refusals(told: Sequence[Told], entries: Sequence[Entry]) -> list[Refusal]:
    """Return a sentence for each kind of finding: the same months, types and releases are one."""
    groups: dict[tuple[Any, ...], list[Told]] = {}
    for one in told:
        key = (one.measure, one.begin, one.end, one.types or (), one.releases, one.axis, one.contradiction)
        groups.setdefault(key, []).append(one)
    return [_refusal(group, entries) for group in groups.values()]


def _refusal(group: Sequence[Told], entries: Sequence[Entry]) -> Refusal:
    first = group[0]
    areas = [listed(sorted(one.areas), 3) for one in group if one.areas]
    more = f" and {counted(len(areas) - 3, 'more place')}" if len(areas) > 3 else ""
    where = f" of {'; '.join(areas[:3])}{more}" if areas else ""
    types = f", {listed(sorted(first.types), 3)}" if first.types else ""
    period = _period(first.begin, first.end)
    what = f"{first.measure}{where}{types}{f', {period}' if period else ''}"
    from_which = [f"{entries[i].file} of {entries[i].made_on[:10]}" for i in first.releases if i < len(entries) - 1]
    beside = f"this file with {listed(from_which, 5)}" if from_which else "this file alone"
    if first.contradiction:
        return Refusal(
            f"{what}: {beside} cannot both be right, so that what was counted since could be worked out.",
            "Release these months as they were released before, or leave them out and release new months only.",
        )
    remedy = {
        "period": "Later or coarser: release whole new months as figures of their own, not once more with the old "
        "ones, or larger areas; or withdraw the earlier release if it never left (geo releases).",
        "area": "Coarser: release the same areas as before, whole new ones or larger ones.",
        "type": "Fewer columns: leave out the split by type, or give the same types as before.",
    }[first.axis]
    return Refusal(f"{what}: a small count could be worked out from {beside}.", remedy)


def _period(begin: int, end: int) -> str:
    if begin == dt.date.min.toordinal() and end == dt.date.max.toordinal():
        return ""
    first, last = dt.date.fromordinal(begin), dt.date.fromordinal(end)
    if first.day == last.day == 1 and begin > dt.date.min.toordinal():
        before = last - dt.timedelta(days=1)
        months = f"{first:%Y-%m}", f"{before:%Y-%m}"
        return f"in {months[0]}" if months[0] == months[1] else f"from {months[0]} to {months[1]}"
    return f"from {first} until before {last}"


def _figures(entry: Entry, release: int, names: Mapping[str, str], within: dict[str, str]) -> list[Figure]:
    """Return the figures of an entry; what it says of areas inside its own is added to ``within``."""
    filters = entry.filters or {}
    whole = [_coded(name, names) for name in _names(filters["area"])] if "area" in filters else None
    kinds = frozenset(map(_plain, _names(filters["crime_type"]))) if "crime_type" in filters else None
    apart = "".join(f" [{name} {listed(_names(filters[name]), 20)}]" for name in sorted(set(filters) - set(_CHOICES)))
    found: dict[tuple[Any, ...], Figure] = {}
    for said in [*_of_totals(entry.totals), *entry.figures]:
        area = _coded(str(said["area"]), names) if said.get("area") is not None else None
        inside = area is not None and not area.startswith(HOT_SPOT)
        if inside and area is not None and whole is not None and len(whole) == 1 and area != whole[0]:
            within[area] = whole[0]
        areas = frozenset((area,)) if area is not None else None if whole is None else frozenset(whole)
        begin, end = _span({**filters, **{key: said[key] for key in ("since", "until") if said.get(key)}})
        types = frozenset((_plain(str(said["type"])),)) if said.get("type") is not None else kinds
        shown = said.get("shown")
        low, high = interval(shown, entry.rounding, entry.minimum) if shown is not None else (said["low"], said["high"])
        high = float("inf") if high is None else high
        stem = str(said["measure"])
        own = stem.rsplit(".", 1)[-1]
        measure = ("incidents" if own in _INCIDENTS else own) + apart
        days = begin.toordinal(), end.toordinal()
        same = found.get((measure, areas, days, types))
        if same is not None and (same.low, same.high) != (low, high):  # two columns: not two names of one count
            measure = stem + apart
        found[measure, areas, days, types] = Figure(release, measure, areas, *days, types, low, high, shown)
    return list(found.values())


def _of_totals(totals: Mapping[str, float]) -> Iterable[dict[str, Any]]:
    for name, shown in totals.items():
        measure, _, area = name.partition(" of ")
        yield {"measure": measure, "area": area or None, "shown": shown}


def _called_otherwise(entries: Sequence[Entry], names: Mapping[str, str]) -> Refusal | None:
    """Return a refusal where areas are called by name after they were called by code, or the other way about."""
    *before, new = entries
    old = next((one for one in before if {one.named_by, new.named_by} == set(_NAMED)), None)
    if old is None:
        return None
    by_name = [new] if new.named_by == "name" else [one for one in before if one.named_by == "name"]
    called = {name for one in by_name for name in _areas_of(one)}
    lost = sorted(name for name in called if _plain(name) not in names)
    if not lost:
        return None
    return Refusal(
        f"Areas stand here by {new.named_by}, in {old.file} of {old.made_on[:10]} by {old.named_by}: nobody can say "
        f"what the two tell together of {listed(lost, 3)}.",
        "Give both columns, ward_code and ward_name, so that names can be resolved.",
    )


def _other_grid(entries: Sequence[Entry]) -> Refusal | None:
    """Return a refusal where the cells are not those of the first release of this ground."""
    *before, new = entries
    now = {area for area in _areas_of(new) if _CELL.match(area)}
    for old in before if now else ():
        was = {area for area in _areas_of(old) if _CELL.match(area)}
        if was and 2 * len(was & now) < min(len(was), len(now)) and _overlap(was, now):
            return Refusal(
                f"Its cells are not those of {old.file} of {old.made_on[:10]}: two grids over each other tell of the "
                "small pieces that each cuts out of the other.",
                "Use the width of the first release; its grid is the same everywhere.",
            )
    return None


def _overlap(one: Iterable[str], other: Iterable[str]) -> bool:
    """Return whether cells called by where they lie, or by width, column and row, share ground."""
    boxes = []
    for areas in (one, other):
        at = [[float(number) for number in match.groups()] for match in map(_MIDDLE.match, areas) if match]
        if not at:
            return True  # called by width, column and row: the grid hangs on the coordinate system
        boxes.append([(min(part), max(part)) for part in zip(*at, strict=True)])
    return all(a[0] <= b[1] and b[0] <= a[1] for a, b in zip(*boxes, strict=True))


def _areas_of(entry: Entry) -> set[str]:
    said = [*_of_totals(entry.totals), *entry.figures]
    return {str(one["area"]) for one in said if one.get("area") is not None}


def _unknown(entries: Sequence[Entry], names: Mapping[str, str], minimum: int) -> list[Refusal]:
    """Return what changed by little since a release, where the period of one of the two is not known."""
    *before, new = entries
    now = _shown(new, names)
    said = []
    for old in before:
        if old.filters is not None and new.filters is not None:
            continue
        was = _shown(old, names)
        changes = [(key, now[key] - was[key]) for key in sorted(set(was) & set(now))]
        if not (all(change >= 0 for _, change in changes) or all(change <= 0 for _, change in changes)):
            continue
        for (measure, area, _), change in changes:
            if 1 <= abs(change) < minimum:
                where = f"{measure} of {area}" if area else measure
                said.append(
                    Refusal(
                        f"{where}: differs by less than {minimum} from {old.file} of {old.made_on[:10]}.",
                        "Release the same areas and periods, or whole new ones; keep run.json beside the file, which "
                        "says of which months it is.",
                    )
                )
    return said


def _shown(entry: Entry, names: Mapping[str, str]) -> dict[tuple[str, str, str], float]:
    found = {}
    for said in [*_of_totals(entry.totals), *entry.figures]:
        if said.get("shown") is not None:
            own = str(said["measure"]).rsplit(".", 1)[-1]
            area = _coded(str(said["area"]), names) if said.get("area") is not None else ""
            kind = f"{said.get('type') or ''} {said.get('since') or ''}"
            found["incidents" if own in _INCIDENTS else own, area, kind] = float(said["shown"])
    return found


def _coded(name: str, names: Mapping[str, str]) -> str:
    """Return the code of an area, its name where no release says its code."""
    return names.get(_plain(name), name.strip())


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", text.casefold()).split())


def _span(filters: Mapping[str, str | list[str]]) -> tuple[dt.date, dt.date]:
    """Return the first day of a release, and the first day after it."""
    since, until = filters.get("since"), filters.get("until")
    begin = _day(str(since)) if since else dt.date.min
    if not until:
        return begin, dt.date.max
    last = _day(str(until))
    if len(str(until)) == 7:
        return begin, (last.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    return begin, last + dt.timedelta(days=1)


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"{text}-01" if len(text) == 7 else text[:10])


def _names(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
