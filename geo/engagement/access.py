"""Access to what is offered, by the two-step floating catchment area: who shares it, within what distance.

Show the plain walk to the nearest event first (``reach.walk_to_contact``): it is easier to say and to check.
"""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import require_metric
from geo.engagement.reach import DETOUR, WITHIN_M
from geo.errors import GeoError, counted, listed


class Access(NamedTuple):
    """What each place has access to.

    ``access``: supply per resident by place (0 where nothing is within reach). ``ratio``: by supply, what it offers for
    each resident within its reach (0 where nobody is). ``unreached``: the supplies that nobody can reach, sorted.
    """

    access: pd.Series
    ratio: pd.Series
    unreached: list[str]


def floating_catchment(residents: pd.Series, supply: pd.Series, costs: pd.DataFrame, *, within: float) -> Access:
    """Return access by the two-step floating catchment area (2SFCA).

    ``residents``: people by place; ``supply``: amount (events a year, seats) by supply; ``costs``: one row a pair,
    columns ``place``, ``supply``, ``cost``; pairs without a row, or with a cost above ``within``, are out of reach.
    First, every supply is shared by all residents within its reach: R = S / sum P. Then every place adds up the R
    within its reach. Hence residents x access adds to the supply that somebody can reach. Of two costs of one pair the
    lower holds. Source: Luo & Wang 2003, doi 10.1068/b29120. Raises GeoError for negative or unknown residents or
    supply, labels used twice, and costs of a place or supply that is not there.
    """
    _checked("residents", residents)
    _checked("supply", supply)
    for column, known in (("place", residents.index), ("supply", supply.index)):
        strange = costs.loc[~costs[column].isin(known), column]
        if len(strange):
            names = listed(sorted(set(strange.astype(str))))
            raise GeoError(f"costs: {counted(len(strange), 'row')} for a {column} that is not there ({names}).")
    near = costs[costs["cost"] <= within].sort_values(["place", "supply", "cost"]).drop_duplicates(["place", "supply"])
    place, offer = near["place"], near["supply"]
    sharing = residents.reindex(place).groupby(offer.to_numpy()).sum().reindex(supply.index, fill_value=0.0)
    ratio = (supply / sharing.where(sharing > 0)).fillna(0.0)
    access = ratio.reindex(offer).groupby(place.to_numpy()).sum().reindex(residents.index, fill_value=0.0)
    unreached = sorted(supply.index[(sharing <= 0).to_numpy()].astype(str))
    return Access(access.rename("access"), ratio.rename("ratio"), unreached)


def walks(places: gpd.GeoSeries, supplies: gpd.GeoSeries, *, within_m: float = WITHIN_M) -> pd.DataFrame:
    """Return ``costs`` for ``floating_catchment``: walks of at most ``within_m`` metres, straight line x 1.3.

    ``places`` and ``supplies`` are points in metres, their index the labels; missing points are near nothing.
    """
    for layer, name in ((places, "places"), (supplies, "supplies")):
        if len(layer):
            require_metric(layer, name)
    one, other = places.to_numpy(), supplies.to_numpy()
    # a hair more, so that rounding does not lose who lives exactly at the limit; the cost below decides
    at, to = shapely.STRtree(other).query(one, predicate="dwithin", distance=within_m / DETOUR * (1 + 1e-9))
    cost = np.round(shapely.distance(one[at], other[to]) * DETOUR, 6)
    found = pd.DataFrame({"place": places.index[at], "supply": supplies.index[to], "cost": cost})
    return found[found["cost"] <= within_m].sort_values(["place", "supply"], ignore_index=True)


def _checked(name: str, values: pd.Series) -> None:
    if values.index.has_duplicates:
        twice = sorted(set(values.index[values.index.duplicated()].astype(str)))
        raise GeoError(f"{name}: {listed(twice)} appears twice.", "Give one number for each.")
    if not (values >= 0).all() or np.isinf(values.to_numpy(float)).any():
        raise GeoError(f"{name}: a number is unknown, infinite or negative.", "Give 0 or more for each.")
