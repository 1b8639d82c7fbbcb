"""The fixes of a GPX recording: places and times, and nothing else that the file says."""

from __future__ import annotations

from typing import NamedTuple
from xml.parsers import expat

from geo.errors import GeoError, counted

_ENTITIES = "The file defines entities of its own (DOCTYPE), which no recording needs and which can be an attack."
# what expat says where a file ends too early
_CUT = {
    expat.errors.codes[text]
    for text in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
}
_LONGEST_TIME = 64


class Fix(NamedTuple):
    """One ``trkpt`` as it is written: its track in the file (from 0), its line, and three texts."""

    track: int
    line: int
    lat: str
    lon: str
    time: str


class Recording(NamedTuple):
    """The fixes of a file; ``planned``: its route points and waypoints; ``cut_at``: the line where it breaks off."""

    fixes: list[Fix]
    planned: int
    cut_at: int | None


def read_fixes(data: bytes, label: str) -> Recording:
    """Return the fixes of GPX 1.0 or 1.1. Names, authors, heart rates and all else are not read.

    A file that breaks off gives the fixes before the break. Raises GeoError for other XML, XML that is not well
    formed, and any DOCTYPE: entities are never expanded.
    """
    reader = _Reader(label)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler = lambda name, attributes: reader.start(name, attributes, parser.CurrentLineNumber)
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    cut_at = None
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        if error.code not in _CUT:
            why = expat.ErrorString(error.code)
            raise GeoError(
                f"{label}: not well-formed XML at line {error.lineno} ({why}).", "Export or copy the recording again."
            ) from None
        cut_at = error.lineno
    return Recording(reader.fixes, reader.planned, cut_at)


class _Reader:
    def __init__(self, label: str) -> None:
        self.label = label
        self.fixes: list[Fix] = []
        self.planned = 0
        self._path: list[str] = []
        self._track = -1
        self._fix: Fix | None = None
        self._time: list[str] = []

    def doctype(self, *_: object) -> None:
        raise GeoError(f"{self.label}: refused. {_ENTITIES}", "Export the recording again, as plain GPX.")

    def start(self, name: str, attributes: dict[str, str], line: int) -> None:
        short = name.rpartition(" ")[2]
        if not self._path and short != "gpx":
            raise GeoError(
                f"{self.label}: this is XML, but not GPX (it begins with <{short[:40]}>).", "Export the track as GPX."
            )
        self._path.append(short)
        if short == "trk":
            self._track += 1
        elif short == "trkpt":
            self._fix = Fix(max(self._track, 0), line, attributes.get("lat", ""), attributes.get("lon", ""), "")
            self._time = []
        elif short in ("rtept", "wpt"):
            self.planned += 1

    def end(self, name: str) -> None:
        short = name.rpartition(" ")[2]
        self._path.pop()
        if short == "trkpt" and self._fix is not None:
            self.fixes.append(self._fix._replace(time="".join(self._time).strip()[:_LONGEST_TIME]))
            self._fix = None

    def text(self, text: str) -> None:
        # the point's own time, not one inside its extensions
        if self._fix is not None and self._path[-2:] == ["trkpt", "time"]:
            self._time.append(text)


def nothing_recorded(label: str, found: Recording) -> GeoError:
    """Return the GeoError for a GPX file without a single fix."""
    if found.cut_at is not None:
        return GeoError(
            f"{label}: the file is cut off at line {found.cut_at}, before any fix was complete.",
            "Copy or export the recording again.",
        )
    if found.planned:
        return GeoError(
            f"{label}: no track, only {counted(found.planned, 'planned point')}.",
            "This looks like a plan, not a recording. Name the file that the phone or receiver recorded.",
        )
    return GeoError(f"{label}: a GPX file without a track.", "Was the recording started?")
