"""The fixes of a recording in XML (GPX, KML, TCX): places and times, and nothing else that the file says."""

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
_LONGEST_TEXT = 64
_KINDS = {"gpx": "GPX", "kml": "KML", "TrainingCenterDatabase": "TCX"}
# elements whose text is a time or a place, by the element they stand in
_READ = {
    ("trkpt", "time"), ("Track", "when"), ("Track", "coord"), ("TimeStamp", "when"), ("TimeSpan", "begin"),
    ("Point", "coordinates"),
    ("Trackpoint", "Time"), ("Position", "LatitudeDegrees"), ("Position", "LongitudeDegrees"),
}  # fmt: skip


class Fix(NamedTuple):
    """A fix as it is written: its track and segment in the file (from 0), its line or row, and three texts.

    Between two segments of a track the recorder was paused or had no reception.
    """

    track: int
    segment: int
    line: int
    lat: str
    lon: str
    time: str


class Recording(NamedTuple):
    """The fixes of a file; ``planned``: places that were planned or drawn, not recorded; ``cut_at``: the line where it
    breaks off; ``kind``: GPX, KML, TCX or table.
    """

    fixes: list[Fix]
    planned: int
    cut_at: int | None
    kind: str = "GPX"


def read_fixes(data: bytes, label: str) -> Recording:
    """Return the fixes of a recording. Names, authors, heart rates and all else are not read.

    GPX 1.0 and 1.1: ``trkpt``. KML 2.2 and 2.3: ``Track`` (also Google's ``gx:Track``), and points with a TimeStamp.
    TCX: ``Trackpoint`` of activities; a new lap is no pause, a second ``Track`` in a lap is one. A file that breaks off
    gives the fixes before the break. Raises GeoError for other XML, XML that is not well formed, and any DOCTYPE:
    entities are never expanded.
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
        parser.Parse(data.lstrip(b" \t\r\n"), True)  # programs of Garmin begin with blanks
    except expat.ExpatError as error:
        if error.code not in _CUT:
            why = expat.ErrorString(error.code)
            raise GeoError(
                f"{label}: not well-formed XML at line {error.lineno} ({why}).", "Export or copy the recording again."
            ) from None
        cut_at = error.lineno
    except (LookupError, ValueError) as error:  # an encoding that nobody knows, or that no parser reads
        raise GeoError(f"{label}: not readable as XML ({error}).", "Export or copy the recording again.") from None
    return Recording(reader.fixes, reader.planned, cut_at, reader.kind)


class _Reader:
    def __init__(self, label: str) -> None:
        self.label, self.kind = label, "GPX"
        self.fixes: list[Fix] = []
        self.planned = 0
        self._path: list[str] = []
        self._track, self._segment = 0, 0
        self._read: dict[str, list[tuple[int, str]]] = {}  # of the fix or track that is open: lines and texts by name
        self._text: list[str] | None = None
        self._begins, self._line = 0, 0

    def doctype(self, *_: object) -> None:
        raise GeoError(f"{self.label}: refused. {_ENTITIES}", "Export the recording again, without it.")

    def start(self, name: str, attributes: dict[str, str], line: int) -> None:
        short = name.rpartition(" ")[2]
        if not self._path:
            if short not in _KINDS:
                raise GeoError(
                    f"{self.label}: this is XML, but not GPX, KML or TCX (it begins with <{short[:40]}>).",
                    "Export the track as GPX.",
                )
            self.kind = _KINDS[short]
        inside = self._path[-1] if self._path else ""
        self._path.append(short)
        if short in ("trk", "Placemark"):
            self._track, self._segment = self._track + 1, -1
        elif short == "Activity":
            self._track, self._segment = self._track + 1, 0
        elif short in ("trkseg", "Track"):
            self._segment += 1
        elif short == "Lap":
            self._segment -= 1  # its first Track goes on from the lap before
        elif short in ("rtept", "wpt", "LineString"):
            self.planned += 1
        if short in ("trkpt", "Trackpoint", "Placemark") or (short == "Track" and self.kind == "KML"):
            self._begins = line
            self._read = {name: [(line, text)] for name, text in attributes.items() if name in ("lat", "lon")}
        self._text = [] if (inside, short) in _READ else None
        self._line = line

    def end(self, name: str) -> None:
        short = self._path.pop()
        if self._text is not None:
            key = {"coord": "coordinates", "begin": "when"}.get(short, short)
            self._read.setdefault(key, []).append((self._line, "".join(self._text).strip()[:_LONGEST_TEXT]))
            self._text = None
        if short == "trkpt":
            self._fix("lat", "lon", "time")
        elif short == "Trackpoint" and "Course" in self._path:
            self.planned += 1
        elif short == "Trackpoint":
            self._fix("LatitudeDegrees", "LongitudeDegrees", "Time")
        elif self.kind == "KML" and short == "Track":
            self._timed(self._track, self._segment)
        elif self.kind == "KML" and short == "Placemark":
            self._timed(0, 0)  # points with a time are one track, each in a Placemark of its own

    def text(self, text: str) -> None:
        # the point's own time, not one inside its extensions
        if self._text is not None:
            self._text.append(text)

    def _fix(self, *names: str) -> None:
        lat, lon, time = (self._read[name][0][1] if name in self._read else "" for name in names)
        self.fixes.append(Fix(self._track, max(self._segment, 0), self._begins, lat, lon, time))
        self._read = {}

    def _timed(self, track: int, segment: int) -> None:
        """Take the times and places of KML: the first time belongs to the first place, and so on."""
        times, places = self._read.pop("when", []), self._read.pop("coordinates", [])
        self.planned += 0 if times else len(places)
        for (line, place), (_, time) in zip(places, times, strict=False):
            lon, lat, *_ = [*place.replace(",", " ").split(), "", ""]
            self.fixes.append(Fix(track, segment, line, lat, lon, time))


def nothing_recorded(label: str, found: Recording) -> GeoError:
    """Return the GeoError for a recording without a single fix."""
    if found.cut_at is not None:
        return GeoError(
            f"{label}: the file is cut off at line {found.cut_at}, before any fix was complete.",
            "Copy or export the recording again.",
        )
    if found.planned:
        what = ("planned point",) if found.kind != "KML" else ("place without a time", "places without times")
        return GeoError(
            f"{label}: no track, only {counted(found.planned, *what)}.",
            "This looks like a plan, not a recording. Name the file that the phone or receiver recorded.",
        )
    return GeoError(f"{label}: a {found.kind} file without a track.", "Was the recording started?")
