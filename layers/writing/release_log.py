"""What was let out before, so that two releases cannot be subtracted from each other to give a small count.

January to March 14 and January to April 15 say that April had 1. The log holds a line of JSON for each release.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import combinations
from pathlib import Path

from geo.errors import GeoError, counted
from layers.reading.sniff import read_bytes
from layers.writing.commit import locked, replace_file, unwritable

_PERIOD = ("since", "until")
# how long to wait for others who release, and how often to start again because a program without locks wrote
_WAIT_S, _TRIES = 60.0, 20


@dataclass(frozen=True)
class Entry:
    """One release: ``made_on`` (ISO time), ``file``, ``profile``, ``sha256``, and what it tells.

    ``filters``: what was chosen from the data: ``since`` and ``until`` (a month or a day, both included), and lists of
    names such as ``area`` or ``crime_type``; a filter that is not there chose everything; None: not known.
    ``totals``: {name: number} as shown, rounded if they were, without the hidden ones.
    """

    made_on: str
    file: str
    profile: str
    sha256: str
    filters: Mapping[str, str | list[str]] | None
    totals: Mapping[str, float] = field(default_factory=dict)


def read_log(path: Path) -> list[Entry]:
    """Return the releases of a log, the first one first; none where there is no log yet. GeoError for a broken line."""
    if not path.exists():
        return []
    entries = []
    for number, line in enumerate(read_bytes(path).decode("utf-8", "replace").splitlines(), start=1):
        if line.strip():
            entries.append(_entry(path, number, line))
    return entries


def append(path: Path, entry: Entry) -> None:
    """Add a release to the log, wholly or not at all; GeoError where it cannot be written."""
    line = json.dumps(asdict(entry), ensure_ascii=False, allow_nan=False) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(path, error) from None
    with locked(path, wait_s=_WAIT_S) as target:
        for _ in range(_TRIES):
            before = target.read_bytes() if target.exists() else None
            old = before or b""
            between = b"" if not old or old.endswith(b"\n") else b"\n"
            if replace_file(target, old + between + line.encode("utf-8"), before=before):
                return
    raise GeoError(f"{path}: another program keeps changing this file. Nothing was changed.", "Close it there first.")


def check_against(log: Path, release: Entry, minimum: int) -> None:
    """Raise GeoError if a release, beside those in the log, tells a count from 1 up to, not including, ``minimum``."""
    told = differences(read_log(log), release, minimum)
    if told:
        raise GeoError(
            f"{release.file}: with what was released before it tells {counted(len(told), 'small count')}. {told[0]}",
            "Release the same areas and periods as before, or whole new ones; or hide these counts.",
        )


def differences(earlier: Sequence[Entry], release: Entry, minimum: int) -> list[str]:
    """Return a sentence for each small count that a release tells together with earlier ones; none of their values.

    Two releases are compared where one lies within the other: its period, and each list of names. Where the filters of
    one are not known, they are compared if every total they share changed in one direction. Totals of the same areas
    over several periods are also put together: January to March and April to June say what January to June is, and
    with January to May, what June is.
    """
    said = []
    for old in earlier:
        if old.sha256 != release.sha256 and _comparable(old, release):
            small = [name for name, change in _changes(old, release) if 1 <= abs(change) < minimum]
            said += [f"{name}: differs by less than {minimum} from {old.file} of {old.made_on[:10]}." for name in small]
    if not said and release.filters is not None:
        said = _over_periods([old for old in earlier if old.filters is not None], release, minimum)
    return said


def _changes(old: Entry, new: Entry) -> list[tuple[str, float]]:
    return [(name, new.totals[name] - old.totals[name]) for name in sorted(set(old.totals) & set(new.totals))]


def _comparable(old: Entry, new: Entry) -> bool:
    if old.filters is None or new.filters is None:
        changes = [change for _, change in _changes(old, new)]
        return all(change >= 0 for change in changes) or all(change <= 0 for change in changes)
    return _within(old.filters, new.filters) or _within(new.filters, old.filters)


def _within(small: Mapping[str, str | list[str]], large: Mapping[str, str | list[str]]) -> bool:
    (since, until), (first, last) = _span(small), _span(large)
    if since < first or until > last:
        return False
    for name in (set(small) | set(large)) - set(_PERIOD):
        if name in large and (name not in small or not set(_names(small[name])) <= set(_names(large[name]))):
            return False
    return True


def _over_periods(earlier: Sequence[Entry], release: Entry, minimum: int) -> list[str]:
    assert release.filters is not None
    others = _others(release.filters)
    same = [old for old in earlier if old.filters is not None and _others(old.filters) == others]
    said = []
    for name in sorted(release.totals):
        known = [old for old in same if name in old.totals]
        before = set(_small_spans(known, name, minimum))
        for begin, end in _small_spans([*known, release], name, minimum):
            if (begin, end) not in before and (begin, end) != _span(release.filters):
                said.append(f"{name}: what was released tells fewer than {minimum} from {begin} until before {end}.")
    return said


def _small_spans(entries: Sequence[Entry], name: str, minimum: int) -> Iterator[tuple[dt.date, dt.date]]:
    """Yield the spans of days whose total can be worked out and is small: each release is a step between two days."""
    steps: dict[dt.date, list[tuple[dt.date, float]]] = {}
    for entry in entries:
        assert entry.filters is not None
        begin, end = _span(entry.filters)
        steps.setdefault(begin, []).append((end, entry.totals[name]))
        steps.setdefault(end, []).append((begin, -entry.totals[name]))
    seen: set[dt.date] = set()
    for start in sorted(steps):
        if start in seen:
            continue
        level, waiting = {start: 0.0}, [start]
        while waiting:
            here = waiting.pop()
            for there, change in steps[here]:
                if there not in level:
                    level[there] = level[here] + change
                    waiting.append(there)
        seen |= set(level)
        for begin, end in combinations(sorted(level), 2):
            if 1 <= level[end] - level[begin] < minimum:
                yield begin, end


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


def _others(filters: Mapping[str, str | list[str]]) -> dict[str, frozenset[str]]:
    return {name: frozenset(_names(value)) for name, value in filters.items() if name not in _PERIOD}


def _entry(path: Path, number: int, line: str) -> Entry:
    try:
        held = json.loads(line)
        entry = Entry(**held)
        if entry.filters is not None:
            _span(entry.filters)
        if not all(isinstance(value, int | float) for value in entry.totals.values()):
            raise TypeError
        return entry
    except (ValueError, TypeError, AttributeError):
        raise GeoError(
            f"{path}: line {number} is no release.", "Mend or remove that line; the log holds one JSON object a line."
        ) from None
