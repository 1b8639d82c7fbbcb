"""One file that holds a whole map: opens with a double click, asks the network for nothing, runs only our scripts.

branca renders twice, and what it renders the second time is the data: a value such as ``{{7*7}}`` would be evaluated.
So this figure lets no template see data. It refuses every element that is not one of ours, takes the map's own script
(whose arguments are constants) and writes the document itself, with a policy that names each script by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import folium
from branca.element import Element, Figure

from geo.errors import GeoError
from maps import assets
from maps.elements import Body, Data, ImageSource, PackedData, PageElement, Script, Style
from maps.markup import Html, fill, tag

# languages whose script runs from right to left
RIGHT_TO_LEFT = frozenset("ar ckb dv fa he ps sd ug ur yi".split())
# What a map may link to, by name; it is put into the page as text.
_SCRIPTS = {"leaflet": assets.leaflet_js}
_STYLES = {"leaflet": assets.leaflet_css}


class OfflineFigure(Figure):  # type: ignore[misc]  # branca has no types
    """The page around a map; ``render`` gives the finished file, so ``map.save(path)`` is as safe as ``save_page``.

    ``language``: of its words, as an HTML lang attribute. ``packed``: the code stands compressed in the page, 130 kB
    less, and a small script unpacks and runs it; the policy names the hash of what is run, as of any other script.
    """

    def __init__(self, title: str, language: str = "en-GB", *, packed: bool = False) -> None:
        super().__init__(title=title)
        self._id = "page"
        self._language = language
        self._packed = packed
        self.header._children.clear()  # branca's own meta line: the page states its encoding itself

    def render(self, **kwargs: Any) -> str:
        """Return the page; GeoError when something on it is not made for an offline page."""
        the_map, parts = self._checked()
        styles = [_linked(_STYLES, name) for name, _ in the_map.default_css]
        styles += [part.text for part in parts if isinstance(part, Style)]
        scripts = [_linked(_SCRIPTS, name) for name, _ in the_map.default_js]
        scripts += [_own_macro(the_map, "script")]
        scripts += [part.text for part in parts if isinstance(part, Script)]
        map_html = Html(_own_macro(the_map, "html"))
        body = Html("\n".join(part.html(map_html) for part in parts if isinstance(part, Body)))
        blocks = [
            tag("script", Html(part.text), type=part.media_type, id=part.element_id)
            for part in parts
            if isinstance(part, Data)
        ]
        run = scripts
        if self._packed:
            code = "\n".join(scripts)
            scripts = [assets.lean(assets.own("html", "load.js"))]
            run = [*scripts, code]
            packed = PackedData("code", zlib.compress(code.encode("utf-8"), 9))
            blocks.append(tag("script", Html(packed.text), type=packed.media_type, id=packed.element_id))
        images = [part.text for part in parts if isinstance(part, ImageSource)]
        return str(
            document(
                self.title,
                styles,
                body,
                language=self._language,
                policy=content_security_policy(run, styles, images),
                data=Html("\n".join(blocks)),
                scripts=Html("\n".join(tag("script", Html(script)) for script in scripts)),
            )
        )

    def _checked(self) -> tuple[Any, list[PageElement]]:
        maps: list[Any] = []
        parts: list[PageElement] = []
        for element in _walk(self):
            if type(element) is folium.Map:
                maps.append(element)
            elif isinstance(element, PageElement):
                parts.append(element)
            else:
                raise GeoError(
                    f"The map holds a {type(element).__name__}, which is not made for an offline page.",
                    "folium's own layers would ask the network for scripts, and would run text from the data as code.",
                )
        if len(maps) != 1:
            raise GeoError(f"An offline page holds one map, not {len(maps)}.")
        return maps[0], parts


def document(
    title: str,
    styles: Sequence[str],
    body: Html,
    *,
    language: str = "en-GB",
    policy: str | None = None,
    data: Html = Html(""),  # noqa: B008  # markup does not change
    scripts: Html = Html(""),  # noqa: B008
) -> Html:
    """Return a whole page; without ``policy`` one that runs nothing. ``language`` as an HTML lang attribute."""
    return fill(
        assets.own("html", "document.html"),
        root=Html(f' lang="{language}"' + (' dir="rtl"' if language.split("-")[0] in RIGHT_TO_LEFT else "")),
        policy=policy or content_security_policy([], styles),
        title=title,
        styles=Html("\n".join(tag("style", Html(style)) for style in styles)),
        body=body,
        data=data,
        scripts=scripts,
    )


def offline_map(
    title: str, location: Sequence[float], *, language: str = "en-GB", packed: bool = False, **options: Any
) -> Any:
    """Return an empty folium map on an offline page; ``options`` are Leaflet's, constants only, never data.

    ``language`` and ``packed`` as ``OfflineFigure`` takes them.
    """
    # without tiles nothing else sets a highest zoom; Leaflet's attribution line would be written as HTML
    made = folium.Map(
        location=list(location), tiles=None, maxZoom=18, attributionControl=False, zoom_control=False, **options
    )
    made._id = "geo"  # random by default, and no two builds would be alike
    # folium keeps these lists on the class: changed there, they would leak into every later map of the process
    made.default_js = [("leaflet", "leaflet.js")]
    made.default_css = [("leaflet", "leaflet.css")]
    OfflineFigure(title, language, packed=packed).add_child(made)
    return made


def page_html(the_map: Any) -> str:
    """Return the page of a map made by this package, as text with LF line ends."""
    page = the_map.get_root()
    if not isinstance(page, OfflineFigure):
        raise GeoError("This map was not made for an offline page.", "Make it with one of the functions of maps.")
    return page.render()


def save_page(the_map: Any, path: str | Path) -> None:
    """Write the page of ``the_map`` to ``path``: UTF-8, LF, nothing beside it."""
    Path(path).write_bytes(page_html(the_map).encode("utf-8"))


def content_security_policy(scripts: Sequence[str], styles: Sequence[str], images: Sequence[str] = ()) -> str:
    """Return the policy under which only these exact scripts and styles run, and nothing is fetched or sent.

    ``images`` are the servers that pictures may come from: none, unless the user asked for online tiles. Raises
    GeoError for anything but the plain name of one, which could widen the policy.
    """
    for source in images:
        if not re.fullmatch(r"https://[a-z0-9.-]+(:\d{1,5})?", source):
            raise GeoError(f"'{source}' is not a server that a page may get pictures from.")
    script_hashes = " ".join(source_hash(script) for script in scripts)
    style_hashes = " ".join(source_hash(style) for style in styles)
    pictures = " ".join(["data:", "blob:", *images])
    return (
        f"default-src 'none'; script-src {script_hashes}; style-src {style_hashes}; img-src {pictures}; "
        "font-src data:; connect-src 'none'; base-uri 'none'; form-action 'none'"
    )


def source_hash(text: str) -> str:
    """Return the policy's name for an inline script or style: the exact text between its tags, hashed."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


def _linked(registry: dict[str, Any], name: str) -> str:
    if name not in registry:
        raise GeoError(f"The map links to '{name}', which an offline page does not carry.", "Remove the link.")
    return str(registry[name]())


def _own_macro(the_map: Any, name: str) -> str:
    """Return what folium writes for the map itself, straight from its template: branca would render it once more."""
    text = getattr(the_map._template.module, name)(the_map, {})
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def _walk(element: Any) -> Iterator[Element]:
    """Yield every element under ``element``, in order, those of a figure's three drawers too."""
    below = list(element._children.values())
    for drawer in ("header", "html", "script"):
        inner = getattr(element, drawer, None)
        if isinstance(inner, Element):
            below += inner._children.values()
    below += getattr(element, "objects_to_stay_in_front", [])
    for child in below:
        yield child
        yield from _walk(child)
