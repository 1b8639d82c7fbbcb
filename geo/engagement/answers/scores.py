"""How engagements were experienced: quality, and the four parts of procedural justice, each by itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from geo.engagement.answers.answer import Answer, answered
from geo.engagement.columns import LEVEL_COLUMNS, NOT_RECORDED, by_level, dated_until, in_order, numbers, select
from geo.errors import listed

SCORES = {
    "quality_score": "quality",
    "respect": "respect",
    "neutrality": "even-handedness",
    "trustworthy_motives": "trust in motives",
    "voice": "having a say",
}
FEWEST_SCORES = 5
_LEVELS = ("all", "ward", "community")
_LOWEST, _HIGHEST = 1.0, 5.0


def experienced(engagements: pd.DataFrame, *, as_of: pd.Timestamp, fewest: int = FEWEST_SCORES) -> Answer:
    """Return the mean of each score (1 to 5), for all engagements, by ward and by community.

    The four parts of procedural justice (respect, neutrality, trustworthy motives, voice; Tyler 2003,
    doi 10.1086/652233) and quality are never blended into one number. A community counts with every engagement that
    names it. Table: ``score``, ``level``, ``value``, ``scored`` (engagements with that score), ``mean``, ``low``,
    ``high`` (95%, Student's t, within 1 to 5; NaN for one score), ``hidden``: fewer than ``fewest`` scores, and their
    numbers NaN. Scores outside 1 to 5 are not counted, and the sentence says how many. Who was asked, and by whom,
    decides what such scores mean: they are not a survey.
    """
    events = dated_until(engagements, as_of)
    kept = [name for name in SCORES if numbers(events, name).notna().any()]
    parts, outside = [], 0
    for name in kept:
        value = numbers(events, name)
        valid = value.between(_LOWEST, _HIGHEST)
        outside += int((value.notna() & ~valid).sum())
        marked = select(events, "date", *LEVEL_COLUMNS.values()).assign(_score=value)[valid]
        if len(marked):
            parts.append(_means(by_level(marked, _LEVELS)).assign(score=SCORES[name]))
    columns = ["score", "level", "value", "scored", "mean", "low", "high"]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    table = table[table["value"] != NOT_RECORDED]
    table["hidden"] = table["scored"] < fewest
    shown = ["mean", "low", "high"]
    table[shown] = table[shown].astype("float64").mask(table["hidden"])
    table = pd.concat([in_order(own, _LEVELS) for _, own in table.groupby("score", sort=False)] or [table])
    whole = table[(table["level"] == "all") & ~table["hidden"].astype(bool)]
    said = [f"{row.score} {row.mean:.1f} of 5 ({row.scored:,} engagements)" for row in whole.itertuples()]
    sentence = f"Mean scores: {listed(said)}." if said else f"No score is recorded for {fewest} engagements or more."
    sentence += f" {outside:,} outside 1 to 5 not counted." if outside else ""
    headings = {
        "score": "Score",
        "level": "Level",
        "value": "Of",
        "scored": "Engagements scored",
        "mean": "Mean (1 to 5)",
        "low": "from",
        "high": "to",
        "hidden": f"Hidden (under {fewest})",
    }
    return answered("experienced", "How were engagements experienced?", sentence, table, headings)


def _means(long: pd.DataFrame) -> pd.DataFrame:
    """Return mean and limits of ``_score`` by level and value."""
    table = long.groupby(["level", "value"], as_index=False)["_score"].agg(["size", "mean", "std"])
    table = table.rename(columns={"size": "scored"})
    several = table["scored"] > 1
    freedom = np.where(several, table["scored"] - 1, 1)
    half = (stdtrit(freedom, 0.975) * table["std"] / np.sqrt(table["scored"])).where(several)
    return table.assign(
        low=(table["mean"] - half).clip(lower=_LOWEST), high=(table["mean"] + half).clip(upper=_HIGHEST)
    )
