"""The measures of engagement: one row a community, a ward, and a community in a ward, each with its flag.

Everything is said in *events* (engagements), because the forty people of one meeting are not forty independent
contacts; the people met stand beside, with their own ratio.
"""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.engagement.answers.follow_up import intermediaries
from geo.engagement.columns import exploded, numbers, text
from geo.engagement.contacts import contacts_by_cell, contacts_by_community, contacts_by_ward
from geo.engagement.flags import find_flags, first_flag
from geo.engagement.open_events import open_events, open_nowhere
from geo.engagement.rates import (
    SIMILAR,
    expected_by_composition,
    expected_by_rate,
    expected_standardised,
    ratio,
)
from geo.engagement.reach import reach_by_community, reach_by_ward
from geo.engagement.under_engaged import (
    FEWEST_EXPECTED,
    NO_DATA,
    THIN,
    UNDER,
    WATCH,
    classify,
    expected_false_flags,
    sure_enough,
)

COMMUNITY, WARD, CELL = "community", "ward", "community in ward"
EVERYWHERE, EVERYBODY = "all wards", "all residents"
_FEWEST_INVITED = 2  # different people
# engagement.csv begins with these
PROMISED = (
    "ward_code",
    "ward_name",
    "community",
    "population",
    "contacts",
    "events",
    "expected",
    "ratio",
    "low",
    "high",
    "probability_below",
    "days_since_last",
    "reach",
    "proactive_share",
    "flag",
    "reason",
)
COLUMNS = (
    *PROMISED,
    "level",
    "group_set",
    "open_events",
    "perhaps_met",
    "rate",
    "expected_contacts",
    "contacts_ratio",
    "contacts_low",
    "contacts_high",
    "ppr",
    "expected_standardised",
    "events_inferred",
    "events_people_unknown",
    "trust_events",
    "enforcement_events",
    "methods_used",
    "breadth",
    "first_date",
    "last_date",
)


class Rule(NamedTuple):
    """When a gap is called under-engaged.

    ``threshold``: less than this part of an equal share is under; ``probability``: how sure one must be of it (None:
    0.8, or as much more as keeps false flags under 5% in this log); ``fewest_expected``: events below which nothing is
    said.
    """

    threshold: float = SIMILAR
    probability: float | None = None
    fewest_expected: float = FEWEST_EXPECTED


class Measures(NamedTuple):
    """``table``: every row of engagement.csv; ``flags``: every flag of each row (``find_flags``, same index);
    ``probability``: the one used; ``false_flags``: how many of the under-engaged communities and wards are expected not
    to be.
    """

    table: pd.DataFrame
    flags: pd.DataFrame
    probability: float
    false_flags: float


def measure(
    placed: gpd.GeoDataFrame,
    wards: gpd.GeoDataFrame,
    communities: pd.DataFrame,
    focal_points: gpd.GeoDataFrame | None,
    attendance: pd.DataFrame | None,
    *,
    as_of: pd.Timestamp,
    period_days: float,
    group_sets: list[str | None],
    rule: Rule,
) -> Measures:
    """Return the measures of all communities (of each of ``group_sets``), wards and communities in wards.

    ``placed``: engagements with their place (``place.place_engagements``). ``communities`` may be empty: without
    residents nothing can be expected, and flags rest on who was met and when. ``period_days``: how long the log runs.

    Columns: COLUMNS. ``events``: those that name the community (of a ward: all). ``expected``: what an equal share
    would have been (residents x all events / all residents); ``ratio``: events over expected, ``low`` and ``high`` its
    exact 95% limits (Garwood); ``rate``: the same with a cautious prior, and ``probability_below`` that it is really
    under the threshold. ``open_events``: engagements that name nobody, as far as they will have reached the community
    (``open_events``); ``perhaps_met``: they may have filled the gap, so it is not called one. ``contacts_ratio`` with
    limits (allowing for people coming in groups): the same for people. ``ppr``: participation-to-population ratio
    inside the ward. ``expected_standardised`` (wards): events, had every community been met as often as over all wards.
    ``reach``: focal points touched, of all.
    """
    levels = [
        _communities(placed, wards, communities, focal_points, attendance, as_of=as_of, group_set=kind)
        for kind in group_sets
    ]
    cells = [contacts_by_cell(placed, wards, communities, as_of=as_of, group_set=kind) for kind in group_sets]
    cells = [cell.assign(open_events=open_events(placed, cell, as_of=as_of)) for cell in cells]
    cells = [cell.assign(met_elsewhere=_met_elsewhere(cell)) for cell in cells]
    levels = [
        level.assign(open_events=_open_here(cell, level) + open_nowhere(placed, level, as_of=as_of).to_numpy())
        for level, cell in zip(levels, cells, strict=True)
    ]
    # from here: communities of each kind, wards, communities in wards of each kind
    levels.append(_wards(placed, wards, focal_points, cells[0] if cells else None, as_of=as_of))
    levels += [_cells(cell) for cell in cells]
    probability = rule.probability
    if probability is None:
        ours = levels[: len(group_sets) + 1]
        judged = [expected_by_rate(one["events"], one["population"]) for one in ours if len(one)]
        probability = sure_enough(pd.concat(judged).dropna().to_numpy() if judged else [])
    told = [_judged(one, rule, probability, period_days) for one in levels if len(one)]
    table = pd.concat([one for one, _ in told], ignore_index=True) if told else pd.DataFrame(columns=[*COLUMNS])
    flags = find_flags(table.assign(methods=_methods(table))) if len(table) else pd.DataFrame(columns=["flag"])
    table = table.assign(**first_flag(table, flags)) if len(table) else table
    doubtful = sum(wrong for _, wrong in told[: len(group_sets) + 1])
    return Measures(table, flags, probability, doubtful)


def _communities(
    placed: gpd.GeoDataFrame,
    wards: gpd.GeoDataFrame,
    communities: pd.DataFrame,
    focal_points: gpd.GeoDataFrame | None,
    attendance: pd.DataFrame | None,
    *,
    as_of: pd.Timestamp,
    group_set: str | None,
) -> pd.DataFrame:
    table = contacts_by_community(placed, wards, communities, as_of=as_of, group_set=group_set)
    table = table.assign(
        level=COMMUNITY,
        ward_code="",
        ward_name=EVERYWHERE,
        subject=table["community"].astype(str) + " residents",
        objectives=_objectives(placed, "communities").reindex(table["community"]).to_numpy(),
    )
    if focal_points is not None and len(focal_points):
        touched = reach_by_community(focal_points, placed, wards, as_of=as_of, communities=communities)
        table = table.merge(touched[["community", "focal_points", "reach"]], on="community", how="left")
        if attendance is not None and len(attendance):
            came = intermediaries(attendance, placed, focal_points, as_of=as_of).table
            # what one person does says nothing of a community: that one stands on the list of whom to ask why
            came = came[came["refs"] >= _FEWEST_INVITED]
            table = table.merge(came[["community", "invited", "attended"]], on="community", how="left")
    return table


def _wards(
    placed: gpd.GeoDataFrame,
    wards: gpd.GeoDataFrame,
    focal_points: gpd.GeoDataFrame | None,
    cells: pd.DataFrame | None,
    *,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    table = contacts_by_ward(placed, wards, as_of=as_of)
    table = table.assign(
        level=WARD,
        community=EVERYBODY,
        open_events=0.0,
        group_set=None,
        subject="people",
        place=table["ward_name"],
        objectives=_objectives(placed, "ward_code").reindex(table["ward_code"]).to_numpy(),
    )
    if focal_points is not None and len(focal_points):
        touched = reach_by_ward(focal_points, placed, wards, as_of=as_of)
        table = table.merge(touched[["ward_code", "focal_points", "reach"]], on="ward_code", how="left")
    if cells is not None and cells["population"].gt(0).any():
        known = cells[cells["population"].notna()]
        share = expected_standardised(known["events"], known["population"], known["ward_code"], known["community"])
        table = table.assign(expected_standardised=share.reindex(table["ward_code"]).to_numpy())
    return table


def _cells(cells: pd.DataFrame) -> pd.DataFrame:
    expected = expected_by_composition(cells["contacts"], cells["population"], cells["ward_code"])
    return cells.assign(
        level=CELL,
        subject=cells["community"].astype(str) + " residents",
        place=cells["ward_name"],
        ppr=ratio(cells["contacts"], expected)["ratio"].to_numpy(),
    )


def _open_here(cells: pd.DataFrame, level: pd.DataFrame) -> NDArray[np.float64]:
    """Return the open engagements of each community's wards."""
    return cells.groupby("community")["open_events"].sum().reindex(level["community"]).fillna(0.0).to_numpy()


def _met_elsewhere(cells: pd.DataFrame) -> pd.Series:
    """Return where a community that the log names in other wards will have come to an open engagement here."""
    named = cells.groupby("community")["events"].transform("sum") > 0
    return named & (cells["open_events"] >= 1)


def _judged(table: pd.DataFrame, rule: Rule, probability: float, period_days: float) -> tuple[pd.DataFrame, float]:
    """Return the rows with what an equal share would have been and what may be said, and the false flags to expect."""
    expected = expected_by_rate(table["events"], table["population"])
    people = expected_by_rate(table["contacts"], table["population"])
    crowd = max(1.0, table["squares"].sum() / table["contacts"].sum()) if table["contacts"].sum() > 0 else 1.0
    exact, by_people = ratio(table["events"], expected), ratio(table["contacts"] / crowd, people / crowd)
    table = table.assign(
        expected=expected,
        expected_contacts=people,
        **{name: exact[name] for name in ("ratio", "low", "high")},
        contacts_ratio=by_people["ratio"],
        contacts_low=by_people["low"],
        contacts_high=by_people["high"],
        period_days=period_days,
        initiation_known=table["known"],
        methods_used=table["methods"],
        threshold=rule.threshold,
        status=NO_DATA,
    )
    wrong = 0.0
    if table["population"].notna().any():
        said = _status(table, rule, probability)
        wrong = expected_false_flags(said) if (said["status"] == UNDER).any() else 0.0
        table = table.assign(**{name: said[name] for name in ("status", "rate", "probability_below", "perhaps_met")})
    empty = {name: None if name in ("group_set", "methods_used") else np.nan for name in COLUMNS if name not in table}
    return table.assign(**empty), wrong


def _status(table: pd.DataFrame, rule: Rule, probability: float) -> pd.DataFrame:
    """Return ``under_engaged.classify``, and whether a gap is ``perhaps_met``: open engagements may have filled it.

    Such a gap is not called one: then there is not enough evidence, because nobody wrote down who came.
    """

    def judge(more: pd.Series) -> pd.DataFrame:
        return classify(
            table["events"] + more,
            table["expected"] + more,
            table["population"],
            threshold=rule.threshold,
            probability=probability,
            fewest_expected=rule.fewest_expected,
        )

    said, with_open = judge(table["open_events"] * 0), judge(table["open_events"].fillna(0))
    perhaps_met = said["status"].isin((UNDER, WATCH)) & (with_open["status"] != UNDER) & (table["open_events"] > 0)
    return said.assign(status=said["status"].mask(perhaps_met, THIN), perhaps_met=perhaps_met)


def _methods(table: pd.DataFrame) -> pd.Series:
    """Return how many methods were used in each row; unknown where the whole log knows one only: it says nothing."""
    used = text(table, "methods_used").fillna("").map(lambda names: set(names.split(";")) - {""})
    several = len(set().union(*used)) > 1
    return used.map(len).astype(float) if several else pd.Series(np.nan, index=table.index)


def _objectives(placed: pd.DataFrame, by: str) -> pd.Series:
    """Return how many different objectives engagements had, by community or ward; nothing where all had the same."""
    if "objective" not in placed or not len(placed):
        return pd.Series(dtype=float)
    each = exploded(placed[[by, "objective"]].dropna(), "objective").drop(columns="share")
    if each["objective"].nunique() < 2:
        return pd.Series(dtype=float)
    each = exploded(each, by) if by == "communities" else each
    return each.groupby(by)["objective"].nunique().astype(float)


def with_population(wards: gpd.GeoDataFrame, communities: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the wards with ``population``: their own, else the residents of the first kind of community that has any.

    Kinds are taken in alphabetical order and never added to each other; a ward without any row stays unknown.
    """
    if "population" in wards and numbers(wards, "population").notna().any():
        return wards
    if not len(communities):
        return wards.assign(population=np.nan)
    kinds = communities["group_set"].fillna("") if "group_set" in communities else pd.Series("", communities.index)
    own = communities[kinds == min(kinds)]
    people = numbers(own, "population").groupby(own["ward_code"]).sum(min_count=1)
    return wards.assign(population=wards["ward_code"].map(people))
