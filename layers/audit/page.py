"""A web page taken apart: scripts, styles, tables, texts, comments and addresses, with everything escaped decoded."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import NamedTuple

_URL = re.compile(r"(?:https?:)?//[^\s\"'<>)\\]+", re.I)
# what a browser fetches by itself, by tag and attribute
_FETCHED = {
    "script": ("src",), "img": ("src", "srcset"), "iframe": ("src",), "source": ("src", "srcset"), "video": ("src",),
    "audio": ("src",), "embed": ("src",), "object": ("data",), "form": ("action",), "input": ("src", "formaction"),
    "image": ("href", "xlink:href"), "use": ("href",), "track": ("src",), "button": ("formaction",),
}  # fmt: skip
_FETCHED_LINKS = frozenset("stylesheet icon preload prefetch preconnect dns-prefetch manifest modulepreload".split())
EMBEDDED = re.compile(r"data:([\w/+.-]+)?((?:;[\w=.-]+)*),([A-Za-z0-9+/=%_.~!*'()-]{16,})")
# attributes that hold no words
_NO_TEXT = frozenset(("style", "srcdoc", "d", "points", "transform", "type"))
# elements that do not interrupt a word
_INLINE = frozenset(
    "a abbr b bdi bdo cite code data dfn em i kbd mark q s samp small span strong sub sup time u var wbr tspan".split()
)


class Block(NamedTuple):
    """A script element: its type, its id and what is in it."""

    kind: str
    name: str
    text: str


class Page(HTMLParser):
    """Collects what a page holds: ``feed`` it the text, then ``close`` it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.comments: list[str] = []
        self.blocks: list[Block] = []
        self.styles: list[str] = []
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.frames: list[str] = []
        self.policy = ""
        self.embedded: list[tuple[str, str, str]] = []
        self.tables: list[list[list[str]]] = []
        self._run: list[str] = []
        self._runs: list[str] = []
        self._inside: list[Block] = []
        self._open: list[list[list[str]]] = []
        self._cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the addresses, words and tables an element brings."""
        given = {name: value or "" for name, value in attrs}
        if tag not in _INLINE:
            self._end_run()
        self._addresses(tag, given)
        if tag in ("script", "style"):
            self._inside.append(Block(given.get("type", "") if tag == "script" else "style", given.get("id", ""), ""))
        elif tag == "table":
            self._open.append([])
        elif tag == "tr" and self._open:
            self._open[-1].append([])
        elif tag in ("td", "th") and self._open and self._open[-1]:
            self._open[-1][-1].append("")
            self._cell = True
        if tag == "meta" and given.get("http-equiv", "").casefold() == "content-security-policy":
            self.policy += given.get("content", "")
        if tag == "meta" and given.get("http-equiv", "").casefold() == "refresh":
            self.fetched += _URL.findall(given.get("content", ""))
        if tag == "iframe" and given.get("srcdoc"):
            self.frames.append(given["srcdoc"])
        if "style" in given:
            self.styles.append(given["style"])
        for name, value in given.items():
            self.embedded += EMBEDDED.findall(value)
            policy = tag == "meta" and "http-equiv" in given
            if value and name not in _NO_TEXT and not policy and not value.startswith("data:"):
                self.texts.append(value)

    def handle_endtag(self, tag: str) -> None:
        """Close a script, style, table or cell."""
        if tag not in _INLINE:
            self._end_run()
        if tag in ("script", "style") and self._inside:
            block = self._inside.pop()
            if block.kind == "style":
                self.styles.append(block.text)
            else:
                self.blocks.append(block)
        elif tag == "table" and self._open:
            self.tables.append(self._open.pop())
        elif tag in ("td", "th"):
            self._cell = False

    def handle_data(self, data: str) -> None:
        """Keep text, apart by where it stands."""
        if self._inside:
            self._inside[-1] = self._inside[-1]._replace(text=self._inside[-1].text + data)
            return
        self._run.append(data)
        text = data.strip()
        if text:
            self.texts.append(text)
            if self._cell and self._open and self._open[-1] and self._open[-1][-1]:
                cells = self._open[-1][-1]
                cells[-1] = f"{cells[-1]} {text}".strip()

    def handle_decl(self, decl: str) -> None:
        """Keep what stands in a declaration."""
        self.comments.append(decl)

    def handle_pi(self, data: str) -> None:
        """Keep a processing instruction."""
        self.comments.append(data)

    def unknown_decl(self, data: str) -> None:
        """Keep a section of plain characters."""
        self.comments.append(data)

    def runs(self) -> list[str]:
        """Return texts as they are read: across elements that do not interrupt a word."""
        self._end_run()
        return self._runs

    def _end_run(self) -> None:
        if len(self._run) > 1:
            self._runs.append("".join(self._run).strip())
        self._run = []

    def handle_comment(self, data: str) -> None:
        """Keep a comment."""
        self.comments.append(data.strip())

    def _addresses(self, tag: str, given: dict[str, str]) -> None:
        names = _FETCHED.get(tag, ())
        if tag == "link":
            names = ("href",) if set(given.get("rel", "").casefold().split()) & _FETCHED_LINKS else ()
        for name in names:
            self.fetched += _URL.findall(given.get(name, ""))
        if tag == "a" and _URL.match(given.get("href", "")):
            self.links.append(given["href"])
