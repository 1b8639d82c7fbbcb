"""The words of a note: cleaning, feelings, times, and signs of personal details."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from geo.errors import GeoError
from layers.libraries import pd
from layers.reading.dates import read_dates

MOST_LETTERS = 500
_LONGEST_TIME = 40
# no place in a note, and some of them turn the reading direction of what follows
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\u202a-\u202e\u2066-\u2069]")
_LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029\x85]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# a clock may be a little fast, and a time zone forgotten
_CLOCK_ERROR = dt.timedelta(days=1)
_FIRST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)

_FEELINGS = {
    **dict.fromkeys(("safe", "feels safe", "feel safe", "we feel safe", "safer"), "safe"),
    **dict.fromkeys(("unsafe", "not safe", "feels unsafe", "feel unsafe", "we feel unsafe", "dangerous"), "unsafe"),
    **dict.fromkeys(("idea", "ideas", "suggestion", "suggestions", "wish", "improvement"), "idea"),
}
_FEELING_NAMES = ("feeling", "feelings", "category", "type", "status", "how does it feel", "how it feels")
_WORDS = ("name", "title", "note", "notes", "comment", "comments", "description", "text", "words", "what people said")

_POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
_STREET = r"(?:Street|St|Road|Rd|Lane|Avenue|Ave|Close|Drive|Way|Court|Crescent|Terrace|Place|Grove|Gardens|Walk|Row)"
_SIGNS: Mapping[str, re.Pattern[str]] = {
    "an e-mail address": re.compile(r"[\w.+-]@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}"),
    "a telephone number": re.compile(
        r"(?<![\w/.:,+-])(?:(?:\+44|0044) ?(?:\(0\) ?)?|\(?0)\d{2,4}\)?(?:[ -]?\d){6,8}(?!\w|[./:,-]\d)"
    ),
    "a house number with a postcode": re.compile(rf"\b\d{{1,4}}[a-z]?\b[^\n]{{1,80}}?\b{_POSTCODE}\b", re.I),
    "a house number with a street": re.compile(rf"\b\d{{1,4}}[a-z]?,? (?:[A-Z][a-z']+ ){{1,2}}{_STREET}\b"),
}


def clean(value: Any) -> str:
    """Return a value as text: control characters taken out, every line end a line feed, nothing read or run.

    Markup stays as it was typed: it is text, here and wherever it is shown. What is no text or number is empty.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = _LINE_ENDS.sub("\n", str(value))
    text = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
    return _CONTROL.sub("", text.replace("\t", " ")).strip()


def feeling_of(properties: Mapping[str, Any], layer: str = "") -> str:
    """Return how a place feels, by the page's own property or by what maps of other programs call it.

    Their property may be called feeling, category, type, status or name, or their layer (``layer``) may: ``Unsafe``,
    ``not safe``, ``Ideas``. A word that is none of these is returned as it stands; empty where there is none.
    """
    own = clean(properties.get("feeling"))
    if own:
        return _FEELINGS.get(own.casefold(), own.casefold())
    named = {name.casefold().strip(): clean(value).casefold() for name, value in properties.items()}
    for name in (*_FEELING_NAMES, "name", "title"):
        if named.get(name) in _FEELINGS:
            return _FEELINGS[named[name]]
    return _FEELINGS.get(layer.casefold().strip(), "")


def words_of(properties: Mapping[str, Any]) -> str:
    """Return what was written: the page's own property, else the name and description of another program's map."""
    if "note" in properties:
        return clean(properties["note"])
    named = {name.casefold().strip(): clean(value) for name, value in properties.items()}
    found = [named[name] for name in _WORDS if named.get(name) and named[name].casefold() not in _FEELINGS]
    return ". ".join(dict.fromkeys(found))


def personal_signs(note: str) -> list[str]:
    """Return what a note looks as if it held: an e-mail address, a telephone number, somebody's address.

    These are signs, not proof, and names cannot be found this way: somebody has to read the notes.
    """
    return [what for what, sign in _SIGNS.items() if sign.search(note)]


def _otherwise(value: Any) -> dt.datetime | None:
    """Return a time as spreadsheets write it, None for what is none."""
    if not isinstance(value, str) or len(value) > _LONGEST_TIME or not value.strip()[:1].isdigit():
        return None
    try:
        when = read_dates(pd.Series([value.strip()], dtype="string"), "time").when[0]
    except GeoError:
        return None
    return None if pd.isna(when) else when.to_pydatetime().replace(tzinfo=dt.UTC)


def moment(value: Any, now: dt.datetime) -> tuple[dt.datetime | None, str | None]:
    """Return a time in ISO 8601 as UTC without a zone, to the millisecond, and what is wrong with one that is not used.

    A time without a zone is taken for UTC, as the page writes it. Read besides, as other programs write it again:
    ``2025/11/13 18:38:06+00`` (QGIS), milliseconds since 1970 (ArcGIS), and a day and time of a spreadsheet
    (``13/11/2025 18:38``), day first where nothing tells.
    """
    read = None
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            read = dt.datetime.fromtimestamp(value / 1000, dt.UTC)
        elif isinstance(value, str) and len(value.strip()) > 10:
            text = re.sub(r"^(\d{4})/(\d\d)/(\d\d)", r"\1-\2-\3", value.strip())
            read = dt.datetime.fromisoformat(text)
            read = read.replace(tzinfo=dt.UTC) if read.tzinfo is None else read.astimezone(dt.UTC)
    except (ValueError, OverflowError, OSError):
        read = _otherwise(value)
    if read is None:
        return None, "unreadable"
    if read > now + _CLOCK_ERROR:
        return None, "in the future"
    if read < _FIRST:
        return None, "unreadable"  # a clock that was never set
    return read.replace(tzinfo=None, microsecond=read.microsecond // 1000 * 1000), None
