"""The files of a data.police.uk download: a folder of months, or the archive as it was downloaded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from geo.errors import GeoError, counted, listed
from layers.reading.report import ReadReport
from layers.reading.sniff import MOST_HELD, open_archive, read_bytes, read_member, sha256

# as it is published, or as a browser or a person called a copy of it
_NAME = re.compile(
    r"(?P<first>copy of )?(?P<month>\d{4}-(?:0[1-9]|1[0-2]))-(?P<force>.+?)-(?P<kind>street|outcomes|stop-and-search)"
    r"(?P<copy>(?:[ _-]*(?:\(\d{1,2}\)|-? ?copy(?: ?\d{1,2})?|[_-]\d{1,2}))*)\.csv(\.gz|\.csv|\.txt)?",
    re.I,
)
_ENDINGS = (".csv", ".csv.gz", ".csv.txt")
_KINDS = {"outcomes": "outcomes", "stop-and-search": "stop and search"}


class StreetFile(NamedTuple):
    """One street file: ``path`` inside the download, its month and force, and its bytes as stored (maybe gzipped)."""

    path: str
    month: str
    force: str
    data: bytes


def read_street_files(path: Path, report: ReadReport) -> list[StreetFile]:
    """Return the street files in a folder (at any depth, in archives too) or archive, by month and force.

    A month that is there twice with the same content is used once; with different content it is a GeoError, because
    adding it would count its incidents twice. Outcome and stop-and-search files are named in the report and left out.
    """
    street: dict[str, StreetFile] = {}
    left_out: dict[str, list[str]] = {}
    twice: list[str] = []
    copies: list[str] = []
    held = 0
    for name, label, data in _csv_files(path):
        match = _NAME.fullmatch(name)
        if match is None or match["kind"].lower() != "street":
            kind = _KINDS.get(match["kind"].lower(), "") if match else "other"
            left_out.setdefault(kind, []).append(name)
            continue
        file = StreetFile(label, match["month"], match["force"].lower(), data())
        held += len(file.data)
        if held > MOST_HELD:
            raise GeoError(
                f"{path}: its street files are more than {MOST_HELD / 1e9:g} GB in all, which is the most that is held "
                "at once.",
                "Give the files of one force, or of fewer months.",
            )
        key = f"{file.month}-{file.force}"
        if match["copy"] or match["first"]:  # a browser's second download, or a copy beside it
            copies.append(name)
        if key in street:
            _refuse_other_content(street[key], file)
            twice.append(label)
        else:
            street[key] = file
    if not street:
        raise GeoError(f"{path}: no police.uk street file in it.", _what_is_there(left_out))
    odd = [name for name in left_out.get("other", []) if re.search(r"\d{4}-\d\d.*street", name, re.I)]
    if odd:
        report.warnings.append(f"{path}: not read, because of their names: {listed(sorted(odd), 3)}. Are they months?")
    for kind, names in sorted(left_out.items()):
        report.choices.append(f"{counted(len(names), f'{kind} file')} left out: {listed(sorted(names), 3)}.")
    if copies:
        report.choices.append(f"{counted(len(copies), 'file')} named as a copy, and read: {listed(sorted(copies), 3)}.")
    if twice:
        report.choices.append(
            f"{counted(len(twice), 'month')} there twice with the same content, used once: {listed(twice, 3)}."
        )
    return sorted(street.values(), key=lambda file: (file.month, file.force))


def note_gaps(files: Iterable[StreetFile], report: ReadReport) -> None:
    """Write into the report which months the files cover, and which are missing between the first and the last."""
    months: dict[str, set[str]] = {}
    for file in files:
        months.setdefault(file.force, set()).add(file.month)
    covered = set().union(*months.values())
    forces = [force.replace("-", " ").title() for force in sorted(months)]
    report.coverage = {force: tuple(sorted(own)) for force, own in sorted(months.items())}
    report.publisher = f"data.police.uk, {listed(forces, 3)}, {counted(len(covered), 'monthly file')}"
    every = months_between(min(covered), max(covered))
    report.months = tuple(sorted(covered))
    report.gaps = tuple(month for month in every if month not in covered)
    for force, own in sorted(months.items()):
        missing = [month for month in every if month not in own and month not in report.gaps]
        if missing:
            report.warnings.append(f"{force}: no file for {listed(missing, 12)}, which other forces have.")


def months_between(first: str, last: str) -> list[str]:
    """Return every month from ``first`` to ``last`` (YYYY-MM), both included."""
    start, stop = (int(month[:4]) * 12 + int(month[5:7]) - 1 for month in (first, last))
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(start, stop + 1)]


def _csv_files(path: Path) -> Iterator[tuple[str, str, _Opener]]:
    """Yield (file name, label for messages, function that reads it) for each CSV file in a folder or archive."""
    if not path.is_dir():
        yield from _archived(path)
        return
    for entry in sorted(path.rglob("*")):
        if entry.name.lower().endswith(_ENDINGS) and entry.is_file():
            yield entry.name, entry.relative_to(path).as_posix(), _Opener(entry)
        elif entry.suffix.lower() == ".zip" and entry.is_file():
            yield from _archived(entry)


def _archived(path: Path) -> Iterator[tuple[str, str, _Opener]]:
    for name in sorted(open_archive(path).namelist()):
        if name.lower().endswith(_ENDINGS) and not name.startswith("__MACOSX/"):
            yield name.rsplit("/", 1)[-1], f"{path.name}/{name}", _Opener(path, name)


class _Opener(NamedTuple):
    """Reads one file when called, so that files which are left out are never read."""

    path: Path
    member: str | None = None

    def __call__(self) -> bytes:
        if self.member is None:
            return read_bytes(self.path)
        with open_archive(self.path) as archive:
            return read_member(archive, self.member, str(self.path))


def _refuse_other_content(first: StreetFile, second: StreetFile) -> None:
    if sha256(first.data) != sha256(second.data):
        raise GeoError(
            f"{second.path}: this month is also in {first.path}, with different content.",
            "Keep one of them: using both would count the same incidents twice.",
        )


def _what_is_there(left_out: dict[str, list[str]]) -> str:
    names = sorted(name for group in left_out.values() for name in group)
    if not names:
        return "It holds no CSV file. Street files end in -street.csv, one a month."
    if set(left_out) <= set(_KINDS.values()):
        return f"It holds {listed(names, 3)}. Use the files whose names end in -street.csv."
    return f"It holds {listed(names, 3)}. Name one CSV file to read it by itself."
