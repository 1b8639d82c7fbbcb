"""The parts a page is put together from. None of them passes through a template, so no value is ever run as one."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

from branca.element import Element

from geo.errors import GeoError
from maps.markup import Html, clean, fill

# In a script element these would end it, or open a comment; the last two end a line in old JavaScript.
_UNSAFE_IN_SCRIPT = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def json_text(value: Any) -> str:
    """Return ``value`` as JSON that may stand inside a script element, whatever its strings hold."""
    text = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return clean(text).translate(_UNSAFE_IN_SCRIPT)


class PageElement(Element):  # type: ignore[misc]  # branca has no types
    """A part of an offline page: ``slot`` says where it goes, ``text`` what it holds."""

    slot = ""

    def __init__(self, name: str, text: str) -> None:
        super().__init__()
        self._name = type(self).__name__
        self._id = name  # branca would draw a random one, and no two builds would be alike
        self.text = text

    def render(self, **kwargs: Any) -> str:
        """Refuse: only the offline figure writes these parts, because it also writes the policy that guards them."""
        raise GeoError("This map belongs to its own offline page.", "Save it with maps.figure.save_page(map, path).")


class Style(PageElement):
    """A style sheet of ours."""

    slot = "style"


class Script(PageElement):
    """A script of ours, run after the map was made."""

    slot = "script"


class Body(PageElement):
    """The words of the page: a skeleton of ours, whose ``$map`` is where the map goes, and the texts to fill it."""

    slot = "body"

    def __init__(self, name: str, skeleton: str, **texts: str) -> None:
        super().__init__(name, skeleton)
        self.texts = texts

    def html(self, the_map: Html) -> Html:
        """Return the filled skeleton: everything at once, since a second filling would fill the values too."""
        return fill(self.text, map=the_map, **self.texts)


class Data(PageElement):
    """Data the scripts read by id: text that no browser runs."""

    slot = "data"
    media_type = "text/plain"

    @property
    def element_id(self) -> str:
        """The id under which a script finds the text."""
        return f"geo-{self._id}"


class JsonData(Data):
    """Any value, as JSON."""

    media_type = "application/json"

    def __init__(self, name: str, value: Any) -> None:
        super().__init__(name, json_text(value))


class PackedJson(Data):
    """Any value, as JSON and compressed: a fifth of its size, for whoever works inside the team."""

    media_type = "application/octet-stream"

    def __init__(self, name: str, value: Any) -> None:
        packed = zlib.compress(json_text(value).encode("utf-8"), 9)
        super().__init__(name, base64.b64encode(packed).decode("ascii"))


class ImageSource(PageElement):
    """A server that the page may get pictures from, as ``https://tiles.example.org``; without one it may ask nobody."""

    slot = "policy"


class PackedData(Data):
    """Bytes, as base64 (compressed points, for instance)."""

    media_type = "application/octet-stream"

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__(name, base64.b64encode(content).decode("ascii"))
