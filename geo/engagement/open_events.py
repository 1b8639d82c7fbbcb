"""Engagements that name no community: how many of them may have met each community.

Most meetings are open to whoever comes, and nobody writes down who came. Two readings bound what that means. *As the
named*: the unnamed engagements met people as the named ones did, and the ratio stays. *As residents*: they met people
as these live there, and every ratio is drawn towards 1. A gap that only the first reading shows is not called one.

A community of half of the residents or more is taken to have been at every unnamed meeting: people write down who came
where it is unusual.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.engagement.columns import exploded, text
from geo.engagement.place import NOWHERE

MAJORITY = 0.5


def open_events(placed: pd.DataFrame, cells: pd.DataFrame, *, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return for each row of ``cells`` (a community in a ward) the unnamed engagements that concern it.

    ``placed``: engagements with ``ward_code``, ``communities``. One that names only communities of another kind
    (religion, age) counts as unnamed for these. ``cells``: ``ward_code``, ``community``, ``population``; unknown
    residents give 0. Columns out, the index that of ``cells``: ``open_events``, those that met it had they met people
    as residents live; ``open_share``, its equal share of them: the same, but for a majority.
    """
    held = placed[(placed["date"] <= as_of) & placed["ward_code"].notna()]
    unnamed = held.loc[~names_one_of(held, set(cells["community"])), "ward_code"].astype(object).value_counts()
    here = cells["ward_code"].map(unnamed).fillna(0).astype(float)
    people = cells["population"].fillna(0.0)
    live = people.groupby(cells["ward_code"]).transform("sum")
    share = (people / live.where(live > 0)).fillna(0.0)
    reached = share.where(share < MAJORITY, 1.0)
    return pd.DataFrame({"open_events": (reached * here).round(6), "open_share": (share * here).round(6)})


def open_nowhere(placed: pd.DataFrame, communities: pd.DataFrame, *, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return ``open_events`` for each community, of the unnamed engagements whose place nobody wrote down.

    With its share of all residents: in no cell, and yet somebody was met. ``communities``: one row each, ``community``
    and ``population``. Without ``placed_by`` (``place.place_engagements``) there are none.
    """
    nowhere = placed["placed_by"] == NOWHERE if "placed_by" in placed else pd.Series(False, index=placed.index)
    anywhere = pd.Series("", index=placed.index, dtype=object).where(nowhere, None)
    return open_events(placed.assign(ward_code=anywhere), communities.assign(ward_code=""), as_of=as_of)


def names_one_of(placed: pd.DataFrame, communities: set[str]) -> pd.Series:
    """Return which engagements name one of the communities."""
    named = pd.Series(False, index=placed.index)
    spoken = placed.assign(communities=text(placed, "communities"), row=np.arange(len(placed)))
    each = exploded(spoken[spoken["communities"].notna()][["row", "communities"]], "communities")
    rows = each.loc[each["communities"].isin(communities), "row"].unique()
    named.iloc[rows] = True
    return named
