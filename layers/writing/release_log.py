"""What was let out: a line of JSON for each release. What all of them tell is judged by ``geo.disclosure.series``."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from geo.errors import GeoError, counted
from layers.reading.sniff import read_bytes
from layers.writing.commit import locked, replace_file, settle_file

# beside geo.toml
FILE_NAME = "releases.jsonl"
# how long to wait for others who release
_WAIT_S = 60.0


@dataclass(frozen=True)
class Entry:
    """One release: ``made_on`` (ISO time), ``file``, ``profile``, ``sha256``, and what it tells.

    ``filters``: what was chosen from the data: ``since`` and ``until`` (a month or a day, both included), and lists of
    names such as ``area`` or ``crime_type``; a filter that is not there chose everything; None: not known.
    ``totals``: {name: number} as shown, rounded to ``rounding`` and hidden below ``minimum``, without the hidden ones;
    a name is that of a column, or "column of area". ``figures``: numbers with more to say than that: ``measure``,
    ``area``, ``since``, ``until``, ``type``, ``shown``, or ``low`` and ``high`` of a band; what is not there is that of
    the file. ``names``: {name of an area: its code}; ``named_by``: whether the file calls areas by code or by name.
    ``made_with``: what pages after this one keep: the ``area``, what reports are counted ``by``, ``width_m`` of the
    hexagons, ``edges`` of the classes. ``withdrawn``: why the release does not count; empty where it does.
    """

    made_on: str
    file: str
    profile: str
    sha256: str
    filters: Mapping[str, str | list[str]] | None
    totals: Mapping[str, float] = field(default_factory=dict)
    figures: Sequence[Mapping[str, Any]] = field(default_factory=list)
    rounding: int = 1
    minimum: int = 0
    names: Mapping[str, str] = field(default_factory=dict)
    named_by: str = ""
    withdrawn: str = ""
    made_with: Mapping[str, Any] = field(default_factory=dict)


def read_log(path: Path) -> list[Entry]:
    """Return the releases of a log, the first one first; none where there is no log yet. GeoError for a broken line."""
    settle_file(path)
    return entries_of(path, read_bytes(path) if path.exists() else None)


def entries_of(path: Path, held: bytes | None) -> list[Entry]:
    """Return the releases that the log at ``path`` holds as bytes; None: there is no log."""
    lines = (held or b"").decode("utf-8", "replace").splitlines()
    return [_entry(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def with_entries(held: bytes | None, entries: Sequence[Entry]) -> bytes:
    """Return the bytes of a log with releases added."""
    old = held or b""
    between = b"" if not old or old.endswith(b"\n") else b"\n"
    return old + between + "".join(map(_line, entries)).encode("utf-8")


def append(path: Path, *entries: Entry, after: int | None = None) -> None:
    """Add releases to the log, wholly or not at all; GeoError where it cannot be written.

    ``after``: how many releases it held when these were judged; GeoError where another came meanwhile.
    """
    with locked(path, wait_s=_WAIT_S, make_folder=True) as target:
        before = target.read_bytes() if target.exists() else None
        if after is not None and len(entries_of(target, before)) != after:
            raise GeoError(f"{path}: another release was added meanwhile. Nothing was changed.", "Run again.")
        if not replace_file(target, with_entries(before, entries), before=before):
            raise GeoError(
                f"{path}: another program has changed this file. Nothing was changed.", "Close it there first."
            )


def withdraw(path: Path, number: int, reason: str) -> Entry:
    """Mark a release of the log, the first one is 1, as one that never left or came back; it counts no longer.

    Its line stays, with the reason. Raises GeoError for a number that is not there and for an empty reason.
    """
    if not reason.strip():
        raise GeoError(
            "A release is withdrawn for a reason.", "Say why it does not count: who has it, and since when not."
        )
    with locked(path, wait_s=_WAIT_S) as target:
        entries = read_log(target)
        if not 1 <= number <= len(entries):
            raise GeoError(f"{path}: there is no release {number}.", f"It holds {counted(len(entries), 'release')}.")
        before = target.read_bytes()
        gone = replace(entries[number - 1], withdrawn=reason.strip())
        lines = [_line(gone if at == number else one) for at, one in enumerate(entries, start=1)]
        if not replace_file(target, "".join(lines).encode("utf-8"), before=before):
            raise GeoError(
                f"{path}: another program has changed this file. Nothing was changed.", "Close it there first."
            )
    return gone


def _require_dates(said: Mapping[str, Any]) -> None:
    for key in ("since", "until"):
        if said.get(key):
            dt.date.fromisoformat(f"{said[key]}-01" if len(str(said[key])) == 7 else str(said[key])[:10])


def _line(entry: Entry) -> str:
    return json.dumps(asdict(entry), ensure_ascii=False, allow_nan=False) + "\n"


def _entry(path: Path, number: int, line: str) -> Entry:
    try:
        held = json.loads(line)
        entry = Entry(**held)
        _require_dates(entry.filters or {})
        if not all(isinstance(value, int | float) for value in entry.totals.values()):
            raise TypeError
        for said in entry.figures:
            _require_dates(said)
            if not isinstance(said["measure"], str) or said.get("shown", said.get("low")) is None:
                raise TypeError
        return entry
    except (KeyError, ValueError, TypeError, AttributeError):
        raise GeoError(
            f"{path}: line {number} is no release.", "Mend or remove that line; the log holds one JSON object a line."
        ) from None
