"""A web page as what it holds, not as what it shows: data blocks, packed points, scripts, tables, texts, addresses."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from geo.errors import counted, listed
from layers.audit.documents import picture_parts
from layers.audit.figures import figures_of_page
from layers.audit.json_values import parts_of
from layers.audit.packed import inflated, is_base_map, schemas_in, unpacked
from layers.audit.page import EMBEDDED, Page
from layers.audit.parts import Finding, Part, Rules, Table

_STYLE_FETCH = re.compile(r"(?:url\(\s*[\"']?|@import\s+[\"'])((?:https?:)?//[^\"')\s]+)", re.I)
_SCRIPT_FETCH = re.compile(
    r"(?:fetch|import|importScripts|sendBeacon|WebSocket|EventSource|Worker|\.open)\s*\(\s*(?:[\"']\w+[\"']\s*,\s*)?"
    r"[\"'`]((?:https?|wss?):[^\"'`]+)|\.src\s*=\s*[\"'`](https?:[^\"'`]+)"
    r"|[\"'`](https?:[^\"'`\s]*\{[szxyr]\}[^\"'`]*)",
    re.I,
)
_JSON_TYPES = re.compile(r"json$", re.I)
_SCRIPT_TYPES = frozenset(("", "text/javascript", "application/javascript", "module", "text/ecmascript"))
_JSON_START = re.compile(r"[=(:,\[]\s*(?=\{\s*\"|\[\s*[\[{\"])")
_PAIR = re.compile(r"\[\s*(-?\d{1,3}\.\d{3,})\s*,\s*(-?\d{1,3}\.\d{3,})\s*(?=[,\]])")
_VIEW = re.compile(r"(?:cent(?:er|re)|bounds|fitBounds|setView|flyTo|panTo)\W{0,12}$", re.I)
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")
_LITERAL = re.compile(r"[\"'`]([^\"'`\\\n]{5,300})(?=[\"'`])")
_COUNTED = re.compile(
    r"(?<![\d.,-])(\d{1,2}) (?:people|persons|residents|victims?|incidents?|reports?|contacts?|calls)\b", re.I
)
_DEEPEST = 4


def page_parts(html: str, rules: Rules, place: str = "", depth: int = 0) -> Iterator[Part]:
    """Yield the parts of a web page, and of the pages embedded in it.

    Read are data blocks (JSON, packed and compressed points), JSON and positions written into scripts, tables, texts,
    attributes and comments; what is escaped is decoded first. Addresses that a browser would fetch by itself are
    findings of a part; the text of libraries is not taken for addresses.
    """
    page = Page()
    page.feed(html)
    page.close()
    before = f"{place}, " if place else ""
    values = []
    packed = []
    for block in page.blocks:
        name = block.name or block.kind or "script"
        if _JSON_TYPES.search(block.kind):
            value = _json(block.text)
            if value is None:
                yield Part(f"{before}data block {name}", findings=[_unread(before + name, len(block.text))])
            else:
                values.append(value)
                yield Part(f"{before}data block {name}", figures=list(figures_of_page(value, rules)))
                yield from parts_of(value, f"{before}data block {name}")
        elif block.kind.casefold() in _SCRIPT_TYPES:
            yield from _script_parts(block.text, f"{before}script{' ' + block.name if block.name else ''}", page)
        elif (value := _packed_json(block.text)) is not None:
            values.append(value)
            yield Part(f"{before}packed block {name}", figures=list(figures_of_page(value, rules)))
            yield from parts_of(value, f"{before}packed block {name}")
        else:
            packed.append((name, block.text))
    schemas = [schema for value in values for schema in schemas_in(value)]
    for name, text in packed:
        code = _code(text, page.policy)
        if code is None:
            yield _packed_part(text, schemas, values, f"{before}packed block {name}")
        else:
            yield from _script_parts(code, f"{before}packed script {name}", page)
    for number, table in enumerate(page.tables, start=1):
        yield Part(f"{before}table {number}", table=_table(table))
    yield Part(
        f"{before}text of the page",
        texts=[*page.texts, *page.runs()],
        findings=_small_in_text(page.texts, before, rules),
    )
    if page.styles:
        yield Part(f"{before}styles", texts=page.styles)
    if page.comments:
        yield Part(f"{before}comments in the page", texts=page.comments)
    for style in page.styles:
        page.fetched += _STYLE_FETCH.findall(style)
        page.embedded += EMBEDDED.findall(style)
    yield Part(f"{before}addresses", findings=_addresses(page, before, rules))
    for kind, marks, content in dict.fromkeys(page.embedded):
        if kind.startswith("image/") and "base64" in marks:
            with contextlib.suppress(binascii.Error, ValueError):
                yield from _of_page(picture_parts(base64.b64decode(content)), before)
    for number, inner in enumerate(_inner_pages(page), start=1):
        where = f"{before}embedded part {number}"
        if depth >= _DEEPEST:
            yield Part(where, findings=[_unread(where, len(inner))])
        else:
            yield from page_parts(inner, rules, where, depth + 1)


def _of_page(parts: Iterable[Part], before: str) -> Iterator[Part]:
    """Yield the parts of a picture in a page; that it is a picture is plain to see."""
    for part in parts:
        findings = [one for one in part.findings if one.severity == "breaks"]
        yield replace(part, place=f"{before}{part.place}", findings=findings)


def _script_parts(text: str, place: str, page: Page) -> Iterator[Part]:
    """Yield what a script holds as data: JSON values, positions, and its text decoded."""
    decoder = json.JSONDecoder()
    rest, end = [], 0
    values: list[Any] = []
    for start in _JSON_START.finditer(text):
        if start.end() < end:
            continue
        try:
            value, after = decoder.raw_decode(text, start.end())
        except (ValueError, RecursionError):
            continue
        # a short list may be a position that says below what it is
        if after - start.end() > 40 and not _VIEW.search(text[max(0, start.end() - 40) : start.end()]):
            values.append(value)
            rest.append(text[end : start.end()])
            end = after
    rest.append(text[end:])
    left = "".join(rest)
    yield from parts_of(values, place)
    pairs = [
        [float(pair[1]), float(pair[2])]
        for pair in _PAIR.finditer(left)
        if not _VIEW.search(left[max(0, pair.start() - 40) : pair.start()])
    ]
    if pairs:
        yield from parts_of(pairs, place)
    page.fetched += ["".join(found) for found in _SCRIPT_FETCH.findall(text)]
    page.fetched += _STYLE_FETCH.findall(left)
    page.embedded += EMBEDDED.findall(left)
    plain = _ESCAPE.sub(_unescaped, left)
    yield Part(place, texts=[plain, *dict.fromkeys(_LITERAL.findall(plain))], script=True)


def _code(text: str, policy: str) -> str | None:
    """Return the script that a packed block holds; None where the page's policy does not name its hash."""
    raw = inflated(text)
    if raw is None or f"'sha256-{base64.b64encode(hashlib.sha256(raw).digest()).decode()}'" not in policy:
        return None
    return raw.decode("utf-8", "replace")


def _unescaped(match: re.Match[str]) -> str:
    code = int(next(group for group in match.groups() if group), 16)
    return chr(code) if code < 0x110000 else "\N{REPLACEMENT CHARACTER}"


def _packed_part(text: str, schemas: list[dict[str, Any]], values: list[Any], place: str) -> Part:
    raw = inflated(text)
    if raw is not None:
        for schema in schemas:
            part = unpacked(raw, schema, place)
            if part is not None:
                return part
        if is_base_map(raw, values):
            return Part(place)
    readable = (raw if raw is not None else text.encode()).decode("utf-8", "ignore")
    value = _json(readable)
    if value is not None:
        return Part(place, texts=[readable])
    return Part(place, texts=[readable], findings=[_unread(place, len(text))])


def _packed_json(text: str) -> Any:
    """Return the JSON object or list that a block holds compressed; None for any other block."""
    raw = inflated(text)
    return _json(raw.decode("utf-8", "replace")) if raw is not None and raw[:1] in (b"{", b"[") else None


def _unread(place: str, length: int) -> Finding:
    return Finding(
        "breaks",
        place,
        f"A block of {length:,} characters that cannot be read here, so nobody can say what it discloses.",
        [],
        "Take it out, or release a page made by this version of geo.",
    )


def _inner_pages(page: Page) -> Iterator[str]:
    """Yield the texts that stand in a page as data addresses or frames; pictures and fonts aside."""
    yield from page.frames
    for kind, marks, content in dict.fromkeys(page.embedded):
        if kind.startswith(("image/", "font/", "audio/", "video/")) and kind != "image/svg+xml":
            continue
        try:
            yield (
                base64.b64decode(content).decode("utf-8", "replace")
                if "base64" in marks
                else unquote(content, errors="replace")
            )
        except (binascii.Error, ValueError):
            continue


def _addresses(page: Page, before: str, rules: Rules) -> list[Finding]:
    found = []
    hosts = sorted({re.sub(r"^(?:\w+:)?//([^/?#]+).*", r"\1", address, flags=re.S) for address in page.fetched})
    if hosts:
        found.append(
            Finding(
                "look" if rules.exact_records else "breaks",
                f"{before}addresses",
                f"Opening the page asks {counted(len(hosts), 'outside server')}: {listed(hosts, 10)}.",
                [],
                "They learn who looks at the map, and tile servers where. Put everything into the page.",
            )
        )
    if page.links:
        found.append(
            Finding("note", f"{before}addresses", f"{counted(len(page.links), 'link')} to other pages.", [], "")
        )
    return found


def _small_in_text(texts: list[str], before: str, rules: Rules) -> list[Finding]:
    hits = [int(found) for text in texts for found in _COUNTED.findall(text)]
    small = [count for count in hits if 0 < count < rules.minimum_count]
    if not small or rules.exact_records:
        return []
    return [
        Finding(
            "look",
            f"{before}text of the page",
            f"{counted(len(small), 'sentence')} with a count below {rules.minimum_count}.",
            [],
            "Read the page: does a sentence tell what its table hides?",
        )
    ]


def _table(rows: list[list[str]]) -> Table:
    """Return a table of a page; its first row names the columns."""
    filled = [row for row in rows if any(row)]
    if not filled:
        return Table()
    width = max(len(row) for row in filled)
    names = [name or f"column {i}" for i, name in enumerate(filled[0] + [""] * (width - len(filled[0])), start=1)]
    return Table.of_rows(names, filled[1:])


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
