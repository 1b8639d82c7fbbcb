"""One pipeline from the files of a project to its results, used alike by the commands and by notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from study.study import Study
    from study.study import open_study as open

__all__ = ["Study", "open"]


def __getattr__(name: str) -> Any:
    """Return ``open`` or ``Study``, loading them then: the commands that need neither start at once."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from study import study

    return study.open_study if name == "open" else study.Study
