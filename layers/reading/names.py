"""One resolver of names as people write them: of wards, communities and focal points, in every layer and the log."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from layers.reading.vocabulary import split_values

_MINISTERED = r"\bst\b"
# words that say what kind of thing is named, not which
_GENERAL = {
    "ward",
    "wards",
    "electoral",
    "division",
    "community",
    "communities",
    "residents",
    "people",
    "group",
    "the",
    "of",
}
_GENERAL |= {"heritage", "origin", "descent"}
_PARTS = re.compile(r",|/|&|\+|\band\b", re.IGNORECASE)
_REMARK = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
_DASH, _NUMBER = re.compile(r"\s[-–—]\s"), re.compile(r"^\d{1,3}\s?[.):\-]?\s")
# answers that name nobody: they stand beside names without making them unknown
_NOBODY = {"other", "other please specify", "none", "none above", "not known", "unknown", "prefer not to say"}
_SPACES = re.compile(r"\s+")
_WORD = re.compile(r"[\w\-/]+")
_NUMBERED = re.compile(r";#\d+\s*$")
_NEAR, _LONGEST = 0.65, 500


class Found(NamedTuple):
    """``read``: {part of a cell: the code it names}; ``unknown``: {part that is no name: the nearest name}."""

    read: dict[str, str]
    unknown: dict[str, str]

    @property
    def codes(self) -> list[str]:
        """The codes named, each once, in the order of the cell."""
        return list(dict.fromkeys(self.read.values()))


class Names:
    """The names that a layer knows: ``known`` is {code: its names}, the one to be shown first.

    Two names are the same through capitals, accents, apostrophes, "&" and "and", "St" and "Saint", a plural s, and
    words such as "ward" or "community"; of a long form of the Census the last part counts ("Asian, ...: Pakistani").
    A name that two codes have tells neither.
    """

    def __init__(self, known: Mapping[str, Iterable[str]]) -> None:
        self._codes = {code.casefold(): code for code in known}
        self._shown: dict[str, str] = {}
        meant: dict[str, set[str]] = {}
        for code, names in known.items():
            given = list(names)
            shown = given[0] if given else code
            for name in (code, *given):
                key = name_key(name)
                if key:
                    meant.setdefault(key, set()).add(code)
                    self._shown.setdefault(key, shown)
        self._by_key = {key: next(iter(codes)) for key, codes in meant.items() if len(codes) == 1}
        joined: dict[str, set[str]] = {}
        for key, codes in meant.items():
            joined.setdefault(key.replace(" ", ""), set()).update(codes)
        self._joined = {key: next(iter(codes)) for key, codes in joined.items() if len(codes) == 1}

    def code(self, text: str) -> str | None:
        """Return the code of one name, None if it is not known: a code, a name, or a code with its name behind it."""
        text = _NUMBERED.sub("", text.strip())
        if text.casefold() in self._codes:
            return self._codes[text.casefold()]
        # a code of any layer has a digit: E05000001, FP-022
        words = [one for one in _WORD.findall(text[:_LONGEST].casefold()) if any(map(str.isdigit, one))]
        inside = {self._codes[one] for one in words if one in self._codes}
        if len(inside) == 1:
            code = inside.pop()
            beside = self._named(_SPACES.sub(" ", re.sub(re.escape(code), " ", text[:_LONGEST], flags=re.IGNORECASE)))
            return None if beside not in (None, code) else code
        found = self._named(text)
        if found is None and ": " in text:
            found = self._named(text.rsplit(": ", 1)[-1])
        return self._remarked(text) if found is None else found

    def _named(self, text: str) -> str | None:
        key = name_key(text)
        found = self._by_key.get(key) or self._joined.get(key.replace(" ", ""))
        return self._named(text[number.end() :]) if found is None and (number := _NUMBER.match(text)) else found

    def _remarked(self, text: str) -> str | None:
        """Return the code of a name with a remark in brackets or beside a dash, where one of the two is a name."""
        if remark := _REMARK.search(text):
            parts = [f"{text[: remark.start()]} {text[remark.end() :]}", remark[1] or remark[2] or ""]
        else:
            parts = _DASH.split(text)
        known = {code for part in parts if len(parts) > 1 and (code := self._named(part.strip()))}
        return known.pop() if len(known) == 1 else None

    def read(self, cell: str, *, several: bool) -> Found:
        """Return the codes of a cell.

        ``several``: a comma, slash, "&" or "and" parts it where every part is known, else it is one name. For a single
        name what follows a comma may say where it is ("Millbrook, Ashview").
        """
        read: dict[str, str] = {}
        unknown: dict[str, str] = {}
        text = _NUMBERED.sub("", cell.strip())
        for value in split_values(text) if several or text[:1] in ("[", "{") else [cell]:
            code = self.code(value)
            parts = self._known_parts(value) if code is None and several else {}
            if parts:
                read |= {part: one for part, one in parts.items() if one}
                unknown |= {part: "" for part, one in parts.items() if not one}
            elif code is None and not several and "," in value and (before := self._before_comma(value)):
                read[value] = before
            elif code is not None:
                read[value.strip()] = code
            else:
                unknown[value.strip()] = self.nearest(value)
        return Found(read, unknown)

    def _known_parts(self, value: str) -> dict[str, str | None]:
        """Return the names that a comma, a slash, "&", "and", or only spaces (Kobo) part, where all are known.

        An answer such as "other" beside them is None.
        """
        for mark in (_PARTS, _SPACES):
            parts = [part.strip() for part in mark.split(value) if part.strip()]
            codes = {part: self.code(part) for part in parts}
            named = [code or name_key(part) in _NOBODY for part, code in codes.items()]
            if len(parts) > 1 and all(named) and any(codes.values()):
                return codes
        return {}

    def _before_comma(self, value: str) -> str | None:
        """Return the code of what stands before a comma, unless another known name follows it."""
        before, *after = (self.code(part) for part in value.split(","))
        return None if any(one and one != before for one in after) else before

    def nearest(self, text: str) -> str:
        """Return the known name most like ``text``, empty where none is."""
        if re.fullmatch(r"\S*\d\S*", text.strip()):  # one code is as like as another
            return ""
        near = difflib.get_close_matches(name_key(text)[:100], self._shown, 1, _NEAR)
        return self._shown[near[0]] if near else ""


def name_key(name: str) -> str:
    """Return a name as it is compared."""
    plain = unicodedata.normalize("NFKD", name[:_LONGEST].casefold())
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    plain = re.sub("['’`]", "", plain).replace("&", " and ").replace("+", " and ")
    plain = re.sub(_MINISTERED, "saint", plain)
    words = re.findall(r"[^\W_]+", plain)
    kept = [word for word in words if word not in _GENERAL] or words
    return " ".join(word.removesuffix("s") if len(word) > 3 else word for word in kept)
