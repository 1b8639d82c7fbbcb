"""The answer to one question about engagement, and the words for its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from geo.engagement.intervals import wilson


class Answer(NamedTuple):
    """One question answered.

    ``name``: of the sheet (``follow_up``); ``question``: as it is asked; ``sentence``: the answer in one or two
    sentences with numerator and denominator; ``table``: the evidence, one row a thing; ``headings``: {column: words},
    the columns of the table in their order.
    """

    name: str
    question: str
    sentence: str
    table: pd.DataFrame
    headings: dict[str, str]


def answered(name: str, question: str, sentence: str, table: pd.DataFrame, headings: Mapping[str, str]) -> Answer:
    """Return the Answer, its table cut to the columns of ``headings``, in that order, with a fresh index."""
    return Answer(name, question, sentence, table[list(headings)].reset_index(drop=True), dict(headings))


def out_of(successes: float, trials: float) -> str:
    """Return a share as it is said: ``9 of 14 (64%; 39% to 84% allowing for chance)``.

    The limits are Wilson's, 95%. ``none`` where there were no trials: a share of nothing is not said.
    """
    if not trials:
        return "none"
    said = f"{int(successes):,} of {int(trials):,}"
    share, low, high = (float(value) for value in wilson(successes, trials))
    return f"{said} ({share:.0%}; {low:.0%} to {high:.0%} allowing for chance)"
