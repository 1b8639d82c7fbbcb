"""The words of the workshop page by language: one file a language in ``maps/strings``, English where one has a gap."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from geo.errors import GeoError, listed

ENGLISH = "en"
PARTS = ("page", "script", "paper")
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")

# A text, its forms by how the language counts (with at least ``other``), or a list of texts such as the months.
Words = str | Mapping[str, str] | list[str]


@dataclass(frozen=True)
class Strings:
    """The words of one language: ``language`` as an HTML lang attribute; those of the skeleton, the scripts and paper.

    ``draft``: that nobody who speaks the language has read them yet, in that language and on the next line
    in English; else empty.
    """

    language: str
    page: Mapping[str, str]
    script: Mapping[str, Words]
    paper: Mapping[str, str]
    draft: str = ""


def languages() -> list[str]:
    """Return the languages there is a file for, in order."""
    names = (file.name for file in resources.files("maps").joinpath("strings").iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def strings(language: str, more: Mapping[str, Any] | None = None) -> Strings:
    """Return the words of a language such as ``en`` or ``cy``; of ``cy-GB`` too, which is read as ``cy``.

    ``more`` are the contents of a strings file of one's own (``language``, ``[page]``, ``[script]``, ``[paper]``), for
    a language not among ``languages()`` or to change single words; ``read_by`` in it names who has read the words of a
    language that is a draft. A key that is missing is said in English. Raises GeoError for an unknown language, an
    unknown key, and words whose placeholders or shape are not those of the English.
    """
    base = _read(ENGLISH)
    known = languages()
    code = next((name for name in (language, language.split("-")[0]) if name in known), None)
    if code is None and not set(more or {}) - {"read_by"}:
        raise GeoError(f"There are no words for the language {language!r}.", f"There are: {listed(known)}.")
    layers = [base, *([_read(code)] if code is not None else []), *([more] if more is not None else [])]
    tag = str(next((layer["language"] for layer in layers[:0:-1] if layer.get("language")), language))
    if not _TAG.fullmatch(tag):
        raise GeoError(f"{tag!r} is not a language tag.", "Write it as cy, pl or pa-Guru.")
    for layer in layers[1:]:
        _check(base, layer, tag)
    merged = {part: _over(base[part], *(layer.get(part, {}) for layer in layers[1:])) for part in PARTS}
    page, paper = ({name: str(words) for name, words in merged[part].items()} for part in ("page", "paper"))
    is_draft = any(layer.get("draft") for layer in layers[1:]) and not (more or {}).get("read_by")
    draft = "\n".join(dict.fromkeys([page["draft"], str(base["page"]["draft"])])) if is_draft else ""
    return Strings(tag, page, merged["script"], paper, draft)


def forms(words: Words) -> list[str]:
    """Return every text of one entry."""
    return [words] if isinstance(words, str) else list(words.values()) if isinstance(words, Mapping) else list(words)


def placeholders(text: str) -> set[str]:
    """Return the names in braces."""
    return set(_PLACEHOLDER.findall(text))


def filled(text: str, **values: Any) -> str:
    """Return ``text`` with its placeholders replaced; one that is not among ``values`` stays."""
    return _PLACEHOLDER.sub(lambda found: str(values.get(found[1], found[0])), text)


@cache
def _read(code: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("maps").joinpath("strings", f"{code}.toml").read_text("utf-8"))


def _over(base: Mapping[str, Words], *layers: Mapping[str, Words]) -> dict[str, Words]:
    merged = dict(base)
    for layer in layers:
        merged |= layer
    return merged


def _check(base: Mapping[str, Any], layer: Mapping[str, Any], tag: str) -> None:
    for part in PARTS:
        for key, words in layer.get(part, {}).items():
            if key not in base[part]:
                raise GeoError(f"The words for {tag} have [{part}] {key}, which the page does not know.")
            problem = _problem(base[part][key], words)
            if problem:
                raise GeoError(f"The words for {tag}, [{part}] {key}: {problem}.", "Compare maps/strings/en.toml.")


def _problem(english: Words, words: Any) -> str | None:
    if isinstance(english, list):
        fits = isinstance(words, list) and len(words) == len(english) and all(isinstance(word, str) for word in words)
        return None if fits else f"a list of {len(english)} texts is needed"
    if isinstance(english, Mapping):
        if (
            not isinstance(words, Mapping)
            or "other" not in words
            or not all(isinstance(w, str) for w in words.values())
        ):
            return "forms by number are needed, among them 'other'"
        wanted = placeholders(english["other"])
        # "no notes" and "one note" need not say their number
        return (
            None
            if placeholders(words["other"]) == wanted and all(placeholders(w) <= wanted for w in forms(words))
            else f"the placeholders are not {sorted(wanted)}"
        )
    if not isinstance(words, str):
        return "a text is needed"
    return (
        None
        if placeholders(words) == placeholders(english)
        else f"the placeholders are not {sorted(placeholders(english))}"
    )
