"""Hot spots: where incidents are concentrated, as areas that can be walked, with what the data can and cannot say."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geo.hotspots.find import HotspotResult, find_hotspots
    from geo.hotspots.tune import Options, Parameter

__all__ = ["HotspotResult", "Options", "Parameter", "find_hotspots"]
_IN = {"HotspotResult": "find", "find_hotspots": "find", "Options": "tune", "Parameter": "tune"}


def __getattr__(name: str) -> Any:
    """Return one of these by its name, loading its module then: who only clusters needs no map libraries."""
    if name not in _IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_IN[name]}"), name)
