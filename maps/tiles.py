"""A background map from a server: only when asked for, named on the page, and gone when it does not answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

from geo.errors import GeoError

_ORIGIN = re.compile(r"(https://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?)/", re.IGNORECASE)
# what a path of tiles is written with; quotes, blanks and semicolons would mean something else in a policy
_REST = re.compile(r"[\w./{}?=&%~+,@:-]*")


@dataclass(frozen=True)
class Tiles:
    """Where a page gets tiles from: ``url`` with {z}, {x} and {y}, and what its owner asks to be shown.

    Raises GeoError for an address that is not https, that lacks one of the three, or that names several servers.
    """

    url: str
    attribution: str

    def __post_init__(self) -> None:
        """Check the address: it goes into the page's policy."""
        hint = "Write it as https://tiles.example.org/{z}/{x}/{y}.png"
        match = _ORIGIN.match(self.url)
        if match is None or not _REST.fullmatch(self.url[match.end() :]):
            raise GeoError(f"The address of the tiles is not one that a page may ask: {self.url}", f"{hint}.")
        found = re.findall(r"{(.*?)}", self.url)
        if sorted(found) != ["x", "y", "z"]:
            raise GeoError(
                f"The address of the tiles needs {{z}}, {{x}} and {{y}}, once each, and no other braces: {self.url}",
                f"{hint}. A page asks one server: instead of {{s}}, write one of its names.",
            )
        if not self.attribution.strip():
            raise GeoError("Tiles are shown with the name of their owner.", "Give it with --tiles-attribution.")

    @property
    def origin(self) -> str:
        """The server as a policy names it: ``https://tiles.example.org``."""
        match = _ORIGIN.match(self.url)
        assert match is not None
        return match[1].lower()

    @property
    def host(self) -> str:
        """The server as people name it: ``tiles.example.org``."""
        return self.origin.removeprefix("https://")

    @property
    def warning(self) -> str:
        """What the reader of the page must know."""
        return f"The background map comes from {self.host}. That server learns which area is looked at, and when."
