"""Text into HTML, escaped on the way: the only door through which words enter the skeleton of a page."""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser
from string import Template
from typing import Any


class Html(str):
    """Text that is already markup; everything else is escaped when it enters a page."""

    __slots__ = ()


def clean(text: str) -> str:
    """Return ``text`` without what UTF-8 cannot carry or a browser would drop: lone surrogates and NUL."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")


def markup(text: str) -> Html:
    """Return ``text`` as HTML: itself when it is markup, escaped when it is not."""
    return text if isinstance(text, Html) else Html(escape(clean(str(text))))


def tag(name: str, *children: str, **attributes: str) -> Html:
    """Return an element; children and attribute values are escaped unless they are ``Html``.

    ``class_`` stands for ``class``, and ``aria_label`` for ``aria-label``.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(clean(value))}"' for key, value in attributes.items()
    )
    return Html(f"<{name}{written}>{''.join(markup(child) for child in children)}</{name}>")


def join(parts: list[Html], between: str = "") -> Html:
    """Return markup set end to end."""
    return Html(markup(between).join(parts))


def fill(skeleton: str, **texts: str) -> Html:
    """Return ``skeleton`` with each ``$name`` replaced once by its text, escaped unless it is ``Html``.

    One pass: a value that itself holds ``$name`` or ``{{ name }}`` stays as it is written.
    """
    return Html(Template(skeleton).substitute({name: markup(text) for name, text in texts.items()}))


# the parser writes every name small; SVG knows these only as they are written here
_SVG_NAMES = {"viewbox": "viewBox"}


class _Reader(HTMLParser):
    """Reads what ``tag`` wrote: every element closed, attributes quoted."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[list[Any]] = [[]]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = [tag, [text for name, value in attrs for text in (_SVG_NAMES.get(name, name), value or "")]]
        self.open[-1].append(element)
        self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].append(data)


def tree(content: Html) -> list[Any]:
    """Return markup made by ``tag`` as a list of its parts: a text, or [name, [attribute, value ...], part, part, ...].

    A script of the page makes the elements from it without reading text as HTML.
    """
    reader = _Reader()
    reader.feed(content)
    reader.close()
    return reader.open[0]
