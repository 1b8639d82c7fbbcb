"""One engagement before it is logged: the reader's own checks, and the slips that are easiest mended at once."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from geo.crs import GREAT_BRITAIN
from geo.errors import GeoError
from layers.engagements import read_engagements
from layers.libraries import pd, pyproj
from layers.log.columns import ENGAGEMENTS, SEVERAL, TEXTS, WORDS
from layers.reading.names import Names
from layers.reading.report import ReadReport
from layers.reading.vocabulary import Vocabulary, split_values, word_key

# any one of them says where; a position takes two columns
PLACES = ("focal_point_id", "ward_code", "easting", "lon", "x", "geopoint")
_NOT_READ = ("easting", "northing", "lon", "lat", "x", "y", "geopoint")  # the frame has a point instead
_NAMES = {column.name for column in ENGAGEMENTS.columns}
_OWN_OPTIONS = {"focal_point_id": "focal-point", "ward_code": "ward", "communities": "community", "themes": "theme"}
_SEVERAL = (*SEVERAL, "communities", *(name for name, several in TEXTS.items() if several))
_E_MAIL = re.compile(r"[^\s@<>]@[^\s@<>]+\.[^\s@<>.]{2,}")
_PHONE = re.compile(r"(?<![\w/.-])(?:\+44|0044|0)(?:[\s().-]*\d){9,10}(?![\w/-])", re.ASCII)
_REACHES = {"an e-mail address": _E_MAIL, "a phone number": _PHONE}


class Unknown(GeoError):
    """A word, ward or focal point that is not known; ``nearest``: the known ones like it, the most alike first."""

    def __init__(self, problem: str, hint: str, nearest: Sequence[str]) -> None:
        super().__init__(problem, hint)
        self.nearest = list(nearest)


class Checked(NamedTuple):
    """``row``: the engagement as it will stand in the log, codes for words; ``warnings``: sentences about it."""

    row: dict[str, str]
    warnings: list[str]


def check_engagement(
    row: Mapping[str, str],
    *,
    wards: pd.DataFrame | None = None,
    focal_points: pd.DataFrame | None = None,
    metric_crs: str | pyproj.CRS = GREAT_BRITAIN,
) -> Checked:
    """Return an engagement with codes for its words, or raise GeoError naming what is wrong with it.

    ``row``: {canonical column: text}; several values of a column are parted by ``;``. ``wards`` (ward_code,
    ward_name) and ``focal_points`` (focal_point_id, name) are what ward_code and focal_point_id may be, by code or by
    name; without them any code is taken. Words that are not in a vocabulary are refused with the nearest ones, unless
    they are written ``other:word``: now somebody is there who can say what was meant. Everything else is checked by
    ``layers.engagements.read_engagements``, which reads the row as if it stood alone in a log. ``warnings`` names the
    columns that look as if they held an e-mail address or a phone number. Raises ``Unknown`` (a GeoError) for a word,
    ward or focal point that is not known.
    """
    given = {name: text.strip() for name, text in row.items() if text.strip()}
    strange = [name for name in given if name not in _NAMES]
    if strange:
        raise GeoError(f"{strange[0]}: an engagement has no such column.", f"Columns: {', '.join(sorted(_NAMES))}.")
    missing = [name for name in ("date", "activity", "objective") if name not in given]
    missing += [] if any(name in given for name in PLACES) else ["ward_code or focal_point_id or a position"]
    if missing:
        raise GeoError(f"The engagement has no {', no '.join(missing)}.", "These are needed to count it.")
    for name in given:
        if name in WORDS:
            given[name] = known_words(name, given[name])
        elif name in _SEVERAL:
            given[name] = ";".join(split_values(given[name]))
    if "ward_code" in given and wards is not None:
        given["ward_code"] = known_ward(given["ward_code"], wards)
    if "focal_point_id" in given and focal_points is not None:
        given["focal_point_id"] = known_focal_point(given["focal_point_id"], focal_points)
    read = _as_read({name: text for name, text in given.items() if name != "engagement_id"}, metric_crs)
    return Checked({**given, **read}, _personal(read))


def known_words(column: str, text: str) -> str:
    """Return the codes for what was written in a column with a vocabulary, or raise Unknown with the nearest ones."""
    vocabulary = WORDS[column]
    codes: list[str] = []
    for value in split_values(text):
        found = _codes(vocabulary, value)
        codes += found
        unknown = [] if word_key(value).startswith("other") else [one for one in found if one.startswith("other:")]
        if unknown:
            raise _unknown_word(column, unknown[0].removeprefix("other:"), vocabulary)
    codes = list(dict.fromkeys(codes))
    if not codes:
        raise GeoError(f"{option_of(column)}: nothing was given.", f"Known: {', '.join(vocabulary.codes)}.")
    if column not in _SEVERAL and len(codes) > 1:
        raise GeoError(f"{option_of(column)}: {len(codes)} were given ({', '.join(codes)}).", "Choose one of them.")
    return ";".join(codes)


def known_ward(text: str, wards: pd.DataFrame) -> str:
    """Return the code of a ward given by its code or name, or raise Unknown with the nearest ones."""
    return _known(text, wards["ward_code"], wards["ward_name"], "--ward", "ward")


def known_focal_point(text: str, focal_points: pd.DataFrame) -> str:
    """Return the id of a focal point given by its id or name, or raise Unknown with the nearest ones."""
    return _known(text, focal_points["focal_point_id"], focal_points["name"], "--focal-point", "focal point")


def option_of(column: str) -> str:
    """Return the option by which a column is given."""
    return f"--{_OWN_OPTIONS.get(column, column.replace('_', '-'))}"


def _known(text: str, codes: pd.Series, names: pd.Series, option: str, what: str) -> str:
    code_of: dict[str, list[str]] = {}
    shown: dict[str, str] = {}
    titles = dict(sorted(zip(codes.astype(str), names.fillna("").astype(str), strict=True)))
    for code, name in titles.items():
        shown[code] = f"{code} ({name})" if name else code
        for word in {word_key(code), word_key(name)} - {""}:
            code_of.setdefault(word, []).append(code)
    if text.strip() in shown:
        return text.strip()
    read = Names({code: [name] for code, name in titles.items()}).read(text, several=False).codes
    if len(read) == 1:
        return read[0]
    found = code_of.get(word_key(text), [])
    if found:
        raise Unknown(
            f"{option} {text}: {len(found)} have this name.", f"Give its code: {', '.join(found[:5])}.", found[:3]
        )
    near = difflib.get_close_matches(word_key(text), code_of, 3, 0.5)
    nearest = list(dict.fromkeys(code for word in near for code in code_of[word]))[:3]
    raise Unknown(
        f"{option} {text}: no such {what}.",
        f"Nearest: {', '.join(shown[code] for code in nearest)}." if nearest else f"There are {len(shown):,} of them.",
        nearest,
    )


def _as_read(given: Mapping[str, str], metric_crs: str | pyproj.CRS) -> dict[str, str]:
    """Return the row as the reader gives it back, as text; GeoError where it sets it aside or drops a value of it."""
    # the reader refuses a file without a usable row; beside one that is usable it tells what is wrong with the other
    usable = {"engagement_id": "usable", "date": "2000-01-01", "activity": "other", "objective": "reassure"}
    own = {**given, "engagement_id": "own"}
    names = list(dict.fromkeys([*usable, "ward_code", *own]))
    text = io.StringIO()  # no file: a run that is killed would leave it behind, with what was typed
    rows = csv.DictWriter(text, names, restval="")
    rows.writeheader()
    rows.writerows([{**usable, "ward_code": "any"}, own])
    engagements, report = read_engagements(text.getvalue().encode(), metric_crs=metric_crs)
    for part in report.set_aside:
        shown = next((f" ({row.value})" for row in part.rows if row.value), "")
        raise GeoError(
            f"The engagement cannot be used: {part.reason}{shown}.", part.hint or "Correct it, and log again."
        )
    row = engagements.set_index("engagement_id").loc["own"]
    read = {name: text if name in _NOT_READ else _as_text(row.get(name)) for name, text in given.items()}
    lost = [f"{option_of(name)} {given[name]!r}" for name, text in read.items() if not text]
    position = [name for name in _NOT_READ if name in given]
    if position and row.geometry is None:
        lost += [f"{option_of(name)} {given[name]!r}" for name in position]
    if lost:
        why = " ".join(one for one in report.warnings if not one.startswith("No engagement"))
        raise GeoError(f"{', '.join(lost)}: the reader does not understand this. {why}".strip(), "Write it otherwise.")
    return read


def _as_text(value: Any) -> str:
    """Return a value of the reader's frame as it stands in a log; "" where it was lost."""
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float):
        return f"{value:.15g}"
    return str(value)


def _personal(row: Mapping[str, str]) -> list[str]:
    """Return a warning for each column that looks as if it told how to reach a person."""
    warnings = []
    for name, text in row.items():
        found = [what for what, mark in _REACHES.items() if mark.search(text)]
        if found:
            warnings.append(
                f"{option_of(name)} looks as if it held {' and '.join(found)}. "
                "A log is no place for them: take them out unless they belong to an office."
            )
    return warnings


def _codes(vocabulary: Vocabulary, text: str) -> list[str]:
    cell = vocabulary.read(pd.Series([text], dtype=object), ReadReport("engagements"), several=True).iloc[0]
    return cell.split(";") if isinstance(cell, str) else []


def _unknown_word(column: str, word: str, vocabulary: Vocabulary) -> Unknown:
    nearest = _nearest(word_key(word), vocabulary.keys)
    like = f"Nearest: {', '.join(nearest)}." if nearest else f"Known: {', '.join(vocabulary.codes)}."
    return Unknown(
        f"{option_of(column)}: {word!r} is not in the list.", f"{like} To keep it, write 'other:{word}'.", nearest
    )


def _nearest(word: str, keys: Mapping[str, str]) -> list[str]:
    near = [key for key in keys if len(word) > 3 and (key.startswith(word) or word in key.split())]
    near += difflib.get_close_matches(word, keys, 6, 0.6)
    return list(dict.fromkeys(keys[key] for key in near))[:3]
