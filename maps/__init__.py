"""Pictures: results in, a folium map and an offline page out. Reads no data files (its own js, css and html aside).

A page is made of ``About`` (its words) and layers in metres, and saved with ``save_page``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maps.analyst import analyst_map
    from maps.engagement import engagement_page
    from maps.figure import page_html, save_page
    from maps.hotspots import hotspots_map
    from maps.inspector import inspector_map
    from maps.page import About
    from maps.patrol import patrol_page
    from maps.still import still_map
    from maps.tiles import Tiles
    from maps.workshop import workshop_map

__all__ = [
    "About", "Tiles", "analyst_map", "engagement_page", "hotspots_map", "inspector_map", "page_html", "patrol_page",
    "save_page", "still_map", "workshop_map",
]  # fmt: skip
_HOMES = {"About": "page", "page_html": "figure", "save_page": "figure", "Tiles": "tiles"}


def __getattr__(name: str) -> Any:
    """Return a page's function by its name, loading its module then: folium is slow to load."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOMES.get(name, name.removesuffix("_map").removesuffix("_page"))
    return getattr(import_module(f"{__name__}.{home}"), name)
