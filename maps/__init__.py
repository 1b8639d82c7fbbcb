"""Pictures: results in, a folium map and an offline page out. Reads no data files (its own js, css and html aside)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maps.analyst import analyst_map
    from maps.figure import save_page
    from maps.inspector import inspector_map
    from maps.workshop import workshop_map

__all__ = ["analyst_map", "inspector_map", "save_page", "workshop_map"]


def __getattr__(name: str) -> Any:
    """Return a page's function by its name, loading its module then: folium is slow to load."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "figure" if name == "save_page" else name.removesuffix("_map")
    return getattr(import_module(f"{__name__}.{module}"), name)
