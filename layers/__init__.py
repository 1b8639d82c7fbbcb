"""Files: the only folder that opens or writes data files, one module a layer."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from layers.communities import read_communities
    from layers.engagements import read_engagements
    from layers.focal_points import read_focal_points
    from layers.incidents import read_incidents
    from layers.wards import read_wards

__all__ = ["read_communities", "read_engagements", "read_focal_points", "read_incidents", "read_wards"]


def __getattr__(name: str) -> Any:
    """Return a reader by its name, loading its module then: notebooks need one or two, a command names its own."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{name.removeprefix('read_')}"), name)
