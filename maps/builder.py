"""Puts a page together: a skeleton, our styles and scripts, the words, and the data they show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from maps import assets, palette, shapes
from maps.elements import Body, JsonData, PackedData, PackedJson, Script, Style
from maps.figure import offline_map


@dataclass(frozen=True)
class Page:
    """One kind of page, by the files it is made of (in maps/html, maps/js and maps/css).

    ``script`` starts the page; what it needs is found by ``assets.scripts``. Styles are read in the order given, after
    the colours of ``palette``. ``packs``: what stands compressed in the page. ``nothing`` on one that any browser is to
    show; ``code``, with the outlines, on one that is handed out, where anybody may read what is in it.
    """

    skeleton: str
    script: str
    styles: tuple[str, ...]
    packs: Literal["nothing", "code", "everything"] = "everything"

    def build(
        self,
        title: str,
        bounds: tuple[float, float, float, float],
        *,
        texts: Mapping[str, str],
        data: Any,
        packed: Mapping[str, bytes] | None = None,
        language: str = "en-GB",
        **options: Any,
    ) -> Any:
        """Return the page as a folium Map: save it with ``maps.figure.save_page``.

        ``bounds`` are (west, south, east, north) in degrees. ``texts`` fill the skeleton's ``$names`` and are escaped
        unless they are ``Html``. ``data`` is JSON for ``geo-data``; ``packed`` are blocks of bytes by name.
        ``language`` is that of the texts. ``options`` are Leaflet's, and constants: they never hold data.
        """
        west, south, east, north = bounds
        made = offline_map(
            title,
            [(south + north) / 2, (west + east) / 2],
            language=language,
            packed=self.packs != "nothing",
            zoomSnap=0.25,
            minZoom=5,
            **options,
        )
        Style("colours", palette.style_sheet()).add_to(made)
        for name in self.styles:
            Style(name, assets.lean(assets.own("css", name))).add_to(made)
        Body("page", assets.skeleton(self.skeleton), **texts).add_to(made)
        lighter, outlines = shapes.packed_outlines(data, 0 if self.packs == "code" else shapes.MOST_POINTS)
        (PackedJson if self.packs == "everything" else JsonData)("data", lighter).add_to(made)
        for name, content in {**(packed or {}), **outlines}.items():
            PackedData(name, content).add_to(made)
        Script("page", "\n".join(assets.lean(assets.own("js", path)) for path in assets.scripts(self.script))).add_to(
            made
        )
        return made
