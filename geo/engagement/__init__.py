"""Engagement: who was met and who was not, as measures, flags and answers with what the data can and cannot say.

``measure_engagement(Layers(wards=..., engagements=...), as_of=...)`` gives an ``EngagementResult``; ``headline`` says
it in a sentence. Loaded when asked for, so that ``geo.engagement.rates`` alone needs no geopandas.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geo.engagement.answers.answer import Answer
    from geo.engagement.answers.questions import Layers
    from geo.engagement.measure import Rule
    from geo.engagement.result import EngagementResult, headline, measure_engagement

__all__ = ["Answer", "EngagementResult", "Layers", "Rule", "headline", "measure_engagement"]
_FROM = {
    "Answer": "answers.answer",
    "EngagementResult": "result",
    "Layers": "answers.questions",
    "Rule": "measure",
    "headline": "result",
    "measure_engagement": "result",
}


def __getattr__(name: str) -> Any:
    """Return a public name, loading its module then."""
    if name not in _FROM:
        raise AttributeError(f"module 'geo.engagement' has no attribute {name!r}")
    return getattr(import_module(f"geo.engagement.{_FROM[name]}"), name)
