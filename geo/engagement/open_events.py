"""Expected reach of engagements that name no community.

Most meetings are open to whoever comes, and nobody writes down who came. To count them for nobody would make every
large community look unheard as soon as smaller ones are visited by name; to count them for everybody would make nobody
unheard. So each counts for a community with the probability that at least one of its residents was among the people
there, had they come as they live in the ward: 1 - (1 - s)^a, with s the community's share of the ward's residents and a
the people there.

It is an estimate of what is not known, and a generous one, so it only ever withholds a flag: a gap that open
engagements may have filled is not called one. It never makes anybody "met". The more of a log says who came, the less
it matters.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.engagement.columns import exploded, numbers, text
from geo.engagement.place import NOWHERE


def open_events(placed: pd.DataFrame, cells: pd.DataFrame, *, as_of: pd.Timestamp) -> pd.Series:
    """Return for each row of ``cells`` (a community in a ward) the open engagements that will have reached it.

    ``placed``: engagements with ``ward_code``, ``communities``, ``attendees``. One that names only communities of
    another kind (religion, age) is open for these. Unknown attendees count as the median of the known, or 1.
    ``cells``: ``ward_code``, ``community``, ``population``; unknown residents give 0. The index is that of ``cells``.
    """
    none = pd.Series(0.0, index=cells.index)
    held = placed[placed["date"] <= as_of]
    known = numbers(held, "attendees").median()
    held = held[held["ward_code"].notna()]
    people = cells["population"].fillna(0.0)
    live = people.groupby(cells["ward_code"]).transform("sum")
    share = (people / live.where(live > 0)).fillna(0.0)
    attended = numbers(held, "attendees")
    attended = attended.fillna(1.0 if np.isnan(known) else known).clip(lower=1)
    unnamed = ~names_one_of(held, set(cells["community"]))
    sizes = (
        pd.DataFrame({"ward_code": held["ward_code"][unnamed].astype(object), "people": attended[unnamed]})
        .value_counts()
        .rename("events")
        .reset_index()
    )
    if not len(sizes):
        return none
    rows = pd.DataFrame({"ward_code": cells["ward_code"].astype(object), "share": share, "cell": np.arange(len(cells))})
    pairs = rows[rows["share"] > 0].merge(sizes, on="ward_code")
    reached = pairs["events"] * (1 - (1 - pairs["share"]) ** pairs["people"])
    added = np.bincount(pairs["cell"], reached, minlength=len(cells))
    return pd.Series(np.round(added, 6), index=cells.index)


def open_nowhere(placed: pd.DataFrame, communities: pd.DataFrame, *, as_of: pd.Timestamp) -> pd.Series:
    """Return for each community the open engagements whose place nobody wrote down that will have reached it.

    As ``open_events``, with its share of all residents: in no cell, and yet somebody was met. ``communities``: one row
    each, ``community`` and ``population``. Without ``placed_by`` (``place.place_engagements``) there are none.
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
