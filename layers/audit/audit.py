"""What a file would disclose if it left: opened, decoded, and held against a profile."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from geo.errors import GeoError
from layers.audit.documents import JPEG, PNG, calendar_parts, pdf_parts, picture_parts, xml_parts, zip_parts
from layers.audit.figures import figures_of, named_by, names_of
from layers.audit.files import csv_parts, geojson_parts
from layers.audit.geopackage import geopackage_parts
from layers.audit.html import page_parts
from layers.audit.parts import Finding, Part, Rules
from layers.audit.positions import check_positions
from layers.audit.tables import check_table
from layers.audit.text import check_texts, hidden, readable
from layers.audit.workbook import workbook_parts
from layers.reading.sniff import kind_of, read_bytes, sha256
from layers.reading.workbook import is_workbook, refuse_old_workbook
from layers.writing.release_log import Entry

KINDS = "HTML, GeoPackage, GeoJSON, CSV, XLSX, GPX, KML, calendars, PDF, PNG, JPEG and ZIP"
_MOST_BYTES = 1_000_000_000
_DEEPEST = 3
# how a packed file begins, and how long the names in its head may be
_GZIP, _GZIP_HEAD = b"\x1f\x8b", 500
_MOST_FIGURES = 20_000
_ORDER = {"breaks": 0, "look": 1, "note": 2}


@dataclass(frozen=True)
class FileAudit:
    """``file``; ``kind``: what it is; ``findings``: the gravest first; ``entry``: the file for the release log."""

    file: str
    kind: str
    findings: Sequence[Finding]
    entry: Entry

    @property
    def breaks(self) -> bool:
        """Whether the file breaks the profile."""
        return any(finding.severity == "breaks" for finding in self.findings)

    def as_record(self) -> dict[str, Any]:
        """Return the audit ready for JSON."""
        return {
            "file": self.file,
            "kind": self.kind,
            "sha256": self.entry.sha256,
            "breaks": self.breaks,
            "findings": [finding._asdict() for finding in self.findings],
        }


def audit_file(path: Path, rules: Rules, earlier: Sequence[Entry] = ()) -> FileAudit:
    """Return what ``path`` would disclose to a reader for whom ``rules`` (a profile) were made.

    Looked at is everything in the file: hidden sheets, columns and layers, data blocks of a page, packed points,
    comments, properties. Findings hold no value that they warn of: letters and digits are masked. ``earlier``:
    releases to compare with (the release log); the filters of this one are taken from run.json beside it, if
    that names the file. Raises GeoError for a file that cannot be read or is of another kind.
    """
    data = read_bytes(path)
    digest = sha256(data)
    head = readable(data[:_GZIP_HEAD]) if data.startswith(_GZIP) else []
    data = _decompressed(data, path)
    kind, parts = _opened(data, path, rules)
    parts = [Part("name of the packed file", texts=head, certain=True), *parts]
    findings: list[Finding] = []
    figures: list[dict[str, Any]] = []
    names: dict[str, str] = {}
    calls = set()
    for part in parts:
        findings += part.findings
        findings += check_table(part, rules)
        findings += check_positions(part, rules)
        read = check_texts(part.texts, part.place, rules, certain=part.certain, places=not part.script)
        if part.certain or part.again:
            known = {example for one in findings for example in one.examples}
            read = [one for one in read if not known.issuperset(one.examples)]
        findings += read
        told = [*part.figures, *figures_of(part, rules)]
        figures += told
        names |= names_of(part)
        calls |= {named_by(part)} if told else set()
    entry = Entry(
        made_on=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        file=path.name,
        profile=rules.name,
        sha256=digest,
        filters=filters_of(path),
        figures=_distinct(figures),
        rounding=1 if rules.exact_records else rules.rounding,
        minimum=rules.minimum_count,
        names=names,
        named_by="name" if "name" in calls and not names else "code" if "code" in calls else "",
    )
    for refusal in rules.judged(earlier, entry) if earlier else ():
        findings.append(Finding("breaks", "release log", refusal.what, [], refusal.remedy))
    ordered = sorted(dict.fromkeys(_hashable(findings)), key=lambda one: _ORDER[one.severity])
    said = [
        one._replace(place=hidden(one.place), what=hidden(one.what), examples=list(one.examples)) for one in ordered
    ]
    return FileAudit(str(path), kind, said, entry)


def _hashable(findings: Iterable[Finding]) -> list[Finding]:
    return [finding._replace(examples=tuple(finding.examples)) for finding in findings]  # type: ignore[arg-type]


def _distinct(figures: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each figure once: a page says the same number in its data and in its table."""
    return list({json.dumps(one, sort_keys=True): one for one in figures}.values())[:_MOST_FIGURES]


def _decompressed(data: bytes, path: Path) -> bytes:
    if not data.startswith(_GZIP):
        return data
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            return stream.read(_MOST_BYTES)
    except (OSError, EOFError, zlib.error):
        raise GeoError(f"{path}: this compressed file is damaged or cut off.", "Copy it again.") from None


def _inside(data: bytes, name: str, rules: Rules, depth: int) -> list[Part]:
    """Return the parts of a file in an archive, each place with its name before it."""
    place = f"file {name!r}"
    if depth >= _DEEPEST:
        raise GeoError(f"{place}: an archive in an archive, deeper than {_DEEPEST}.", "Unpack it first.")
    path = Path(Path(name).name or "file")
    try:
        parts = _opened(_decompressed(data, path), path, rules, depth + 1)[1]
    except (GeoError, ValueError):
        parts = [Part("bytes", texts=readable(data), findings=[_unread(place)])]
    return [
        replace(
            part,
            place=f"{place}, {part.place}",
            findings=[one._replace(place=f"{place}, {one.place}") for one in part.findings],
        )
        for part in parts
    ]


def _unread(place: str) -> Finding:
    what = "A file of a kind that is not audited."
    return Finding("breaks", place, what, [], f"Leave it out. Audited are {KINDS}.")


def _opened(data: bytes, path: Path, rules: Rules, depth: int = 0) -> tuple[str, list[Part]]:
    kind = kind_of(data[:4096])
    if kind == "zip" and data[:2] == b"PK":
        kind = "workbook" if is_workbook(data) else kind
    if kind == "zip" and data[:2] == b"PK":
        return "ZIP", list(zip_parts(data, lambda inner, name: _inside(inner, name, rules, depth)))
    if kind == "pdf":
        return "PDF", list(pdf_parts(data))
    if data.startswith((PNG, JPEG)):
        return "PNG" if data.startswith(PNG) else "JPEG", list(picture_parts(data))
    if kind == "old excel":
        raise refuse_old_workbook(data, str(path))
    if kind == "empty":
        raise GeoError(f"{path}: the file is empty.", "There is nothing to audit; is it the right one?")
    if kind == "geopackage":
        return "GeoPackage", list(geopackage_parts(data, path))
    if kind == "workbook":
        return "XLSX", list(workbook_parts(data, path, rules))
    if kind == "json":
        return "GeoJSON", list(geojson_parts(data, path))
    is_page = kind == "web page" or path.suffix.casefold() in (".html", ".htm", ".svg") or b"<script" in data[:65536]
    if is_page and kind in ("xml", "text", "web page"):
        return "HTML", list(page_parts(data.decode("utf-8", "replace"), rules))
    if kind == "xml":
        return "GPX" if b"<gpx" in data[:4096] else "XML", list(xml_parts(data))
    if data.lstrip()[:15].upper() == b"BEGIN:VCALENDAR":
        return "calendar", list(calendar_parts(data))
    if kind == "text" and (b"\x00" not in data[:4096] or data[:2] in (b"\xff\xfe", b"\xfe\xff")):
        return "CSV", list(csv_parts(data, path))
    raise GeoError(f"{path}: a file of a kind that is not audited ({kind}).", f"Audited are {KINDS}.")


def filters_of(path: Path) -> Mapping[str, str | list[str]] | None:
    """Return what was chosen for the run that made this very file, as run.json beside it says; None if it does not."""
    digest = sha256(read_bytes(path))
    found = (_filters_in(record, path.name, digest) for record in sorted(path.parent.glob("*run.json")))
    return next((filters for filters in found if filters is not None), None)


def _filters_in(record: Path, name: str, digest: str) -> Mapping[str, str | list[str]] | None:
    try:
        run = json.loads(record.read_text(encoding="utf-8"))
        if run["outputs"][name]["sha256"] != digest:
            return None
        months = run["inputs"]["incidents"]["months"]
        filters: dict[str, str | list[str]] = {"since": months[0], "until": months[-1]}
        for option in ("since", "until", "area", "crime_type"):
            value = run["options"].get(option, {}).get("value")
            if value:
                filters[option] = value
        return filters
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError):
        return None
