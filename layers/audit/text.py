"""Strings that look as if they told of a person: addresses, numbers, pseudonyms, names after a title."""

from __future__ import annotations

import base64
import binascii
import contextlib
import html
import itertools
import quopri
import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from geo.errors import counted
from layers.audit.parts import Finding, Rules, Severity, masked
from layers.audit.patterns import PATTERNS

_MOST_EXAMPLES = 3
_LONG, _LONGEST, _MOST_RUNS = 50_000, 4_000_000, 2_000
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff\u034f"))
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([0-9a-fA-F]{2,6}) ?)")
_CODES = re.compile(r"(?:fromCharCode|fromCodePoint)\s*\(([\s\dxXa-fA-F,]+)\)")
_BASE64 = re.compile(r"(?<![\w+/-])(?:[A-Za-z0-9+/]{16,}|[A-Za-z0-9_-]{16,})={0,2}(?![\w+/-])")
_HEX = re.compile(r"(?<![0-9a-fA-F])(?:[2-7][0-9a-fA-F]){8,}(?![0-9a-fA-F])")
_BASE32 = re.compile(r"(?<![A-Z0-9])[A-Z2-7]{16,}(?![A-Za-z0-9])")
_OCTAL = re.compile(r"\\([0-7]{2,3})")
_JOINED = re.compile(r"\[([^\[\]]{3,400})\]\s*\.join\(\s*(?:\"\"|''|``)\s*\)")
_RUN = re.compile(rb"[\x20-\x7e\xc2-\xf4\x80-\xbf]{6,}")
_WIDE_RUN, _WIDE_RUN_BE = re.compile(rb"(?:[\x20-\x7e]\x00){6,}"), re.compile(rb"(?:\x00[\x20-\x7e]){6,}")
# a text of more letters is data or a program, which is full of numbers
_SHORT = 2_000
# every dash is read as one
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")


def check_texts(
    texts: Iterable[str], place: str, rules: Rules, *, certain: bool = False, places: bool = False
) -> list[Finding]:
    """Return what the texts look as if they told of a person, each kind once, with masked examples.

    Looked at is each text as it stands and as it would be read (``as_read``). ``certain``: only what can be nothing
    else, for scraps of bytes. ``places``: exact positions too. Names without a title cannot be told from the names of
    streets; columns that hold them are found by their heading. What ``rules`` allow by name is no finding.
    """
    reads = {text: as_read(text) for text in texts if len(text) > 4}
    joined = "\x00".join(dict.fromkeys(read for every in reads.values() for read in every))
    short = "\x00".join(dict.fromkeys(read for text, every in reads.items() if len(text) < _SHORT for read in every))
    allowed = {text.casefold() for text in rules.allowed}
    found, said = [], set()
    for pattern in PATTERNS:
        positions = pattern.within == "positions"
        if (certain and not pattern.always) or (positions and not (places and rules.coordinate_m)):
            continue
        searched = joined if pattern.within == "all" else short
        signs = dict.fromkeys(match.group() for match in pattern.sign.finditer(searched))
        hits = [hit for hit in signs if hit.casefold() not in allowed]
        if hits and (pattern.what, pattern.certain) not in said:
            said.add((pattern.what, pattern.certain))
            breaks = pattern.certain and (pattern.always or not rules.exact_records)
            severity: Severity = "breaks" if breaks else "look"
            noun = pattern.what if len(hits) == 1 else _plural(pattern.what)
            found.append(
                Finding(
                    severity,
                    place,
                    f"{counted(len(hits), noun, noun)} or what looks like it.",
                    [masked(hit) for hit in hits[:_MOST_EXAMPLES]],
                    "Take it out of the data, unless it belongs to an office and is public; then allow it by name "
                    "under [audit] in geo.toml.",
                )
            )
    return found


def hidden(text: str) -> str:
    """Return words of a finding with whatever in them looks as if it told of a person masked."""
    for pattern in PATTERNS:
        text = pattern.sign.sub(lambda match: masked(match.group()), text)
    return text


def as_read(text: str, depth: int = 3) -> list[str]:
    """Return a text and what it says once decoded, each reading once.

    Undone are invisible letters, wide and styled letters (NFKC), tags inside words, entities, percent signs, escapes of
    scripts and styles, texts put together with a plus, lists of character codes, base64 and what is compressed in it,
    to a fixed depth.
    """
    found = [text]
    if depth <= 0 or len(text) > _LONGEST:
        return found
    deeper = depth - 1 if len(text) < _LONG else 0  # a library in a page: what is hidden twice is not in there
    for read in _once_decoded(text):
        if read != text and read not in found:
            found += [one for one in as_read(read, deeper) if one not in found]
    return found


def _once_decoded(text: str) -> Iterator[str]:
    if not text.isascii():
        yield unicodedata.normalize("NFKC", text).translate(_INVISIBLE | _DASHES)
    if "&" in text:
        yield html.unescape(text)
    if "<" in text:
        yield re.sub(r"<[^<>]{0,200}>", "", text)
    if "%" in text:
        yield unquote(text)
    if ("=" in text and "\n" in text) or "=\r" in text or re.search(r"=[0-9A-F]{2}", text):
        with contextlib.suppress(ValueError):
            yield quopri.decodestring(text.encode()).decode("utf-8", "ignore")
    if "\\" in text:
        yield _ESCAPE.sub(_unescaped, text)
    if "+" in text or "concat" in text:
        yield re.sub(r"[\"'`]\s*(?:\+|\)?\.concat\()\s*[\"'`]", "", text)
    for codes in _CODES.finditer(text):
        with contextlib.suppress(ValueError, OverflowError):
            yield "".join(chr(int(code, 0)) for code in re.split(r"[\s,]+", codes[1].strip(" ,")))
    if "${" in text:
        yield re.sub(r"\$\{\s*[\"'`]([^\"'`{}]*)[\"'`]\s*\}", r"\1", text)
    for pieces in itertools.islice(_JOINED.finditer(text), _MOST_RUNS):
        yield re.sub(r"[\s,\"'`]+", "", pieces[1])
    if _OCTAL.search(text):
        yield _OCTAL.sub(lambda match: chr(int(match[1], 8)), text)
    for run in itertools.islice(_HEX.finditer(text), _MOST_RUNS):
        yield from _as_text(bytes.fromhex(run.group()))
    for run in itertools.islice(_BASE32.finditer(text), _MOST_RUNS):
        with contextlib.suppress(binascii.Error, ValueError):
            yield from _as_text(base64.b32decode(run.group() + "=" * (-len(run.group()) % 8)))
    for run in itertools.islice(_BASE64.finditer(text), _MOST_RUNS):
        yield from _from_base64(run.group())


def _from_base64(run: str) -> Iterator[str]:
    try:
        raw = base64.b64decode(run.replace("-", "+").replace("_", "/") + "=" * (-len(run) % 4), validate=True)
    except (binascii.Error, ValueError):
        return
    told = unpacked_texts(raw)
    yield from told
    if not told:
        yield from _as_text(raw)


def unpacked_texts(raw: bytes) -> list[str]:
    """Return the texts in bytes that were packed by zlib or gzip; none where they were not."""
    for window in (zlib.MAX_WBITS, zlib.MAX_WBITS | 16, -zlib.MAX_WBITS):
        with contextlib.suppress(zlib.error):
            return readable(zlib.decompressobj(window).decompress(raw, _LONGEST))
    return []


def _as_text(raw: bytes) -> Iterator[str]:
    for codec in ("utf-8", "utf-16"):
        with contextlib.suppress(UnicodeDecodeError):
            told = raw.decode(codec)
            if sum(letter.isprintable() or letter.isspace() for letter in told) > 0.9 * len(told):
                yield told
                return


def readable(data: bytes) -> list[str]:
    """Return the runs of letters in bytes, in UTF-8 and UTF-16."""
    runs = [run.decode("utf-8", "ignore") for run in _RUN.findall(data)]
    wide = [run.decode("utf-16-le", "ignore") for run in _WIDE_RUN.findall(data)]
    return [*runs, *wide, *(run.decode("utf-16-be", "ignore") for run in _WIDE_RUN_BE.findall(data))]


def _unescaped(match: re.Match[str]) -> str:
    code = int(next(group for group in match.groups() if group), 16)
    return chr(code) if code < 0x110000 else "\N{REPLACEMENT CHARACTER}"


def _plural(what: str) -> str:
    if what.startswith("name"):
        return "names after a title"
    head, *rest = what.split(" of ")
    return " of ".join([f"{head}es" if head.endswith("s") else f"{head}s", *rest]) if rest or what else what
