"""The measures of engagement: one row a community, a ward, and a community in a ward, each with its flag.

Everything is said in *events* (engagements), because the forty people of one meeting are not forty independent
contacts; the people met stand beside, with their own ratio. What chance allows is judged by *programmes*, because the
fifty meetings of one club are not independent either.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.engagement.answers.follow_up import intermediaries
from geo.engagement.columns import exploded, numbers, split, text
from geo.engagement.contacts import contacts_by_cell, contacts_by_community, contacts_by_ward
from geo.engagement.flags import find_flags, first_flag
from geo.engagement.open_events import names_one_of, open_events, open_nowhere
from geo.engagement.rates import (
    SIMILAR,
    expected_by_composition,
    expected_by_rate,
    expected_standardised,
    limits,
    ratio,
)
from geo.engagement.reach import reach_by_community, reach_by_ward
from geo.engagement.under_engaged import (
    FEWEST_EXPECTED,
    NO_DATA,
    SURE,
    THIN,
    UNDER,
    WATCH,
    beyond_chance,
    chance_of_any_false_flag,
    chance_to_show,
    classify,
    expected_false_flags,
)
from geo.errors import listed

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
    "programmes",
    "expected_programmes",
    "could_show",
    "open_events",
    "ratio_unnamed",
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
    0.8), besides the gap being beyond chance among all that are looked at; ``fewest_expected``: programmes below which
    nothing is said.
    """

    threshold: float = SIMILAR
    probability: float | None = None
    fewest_expected: float = FEWEST_EXPECTED

    @property
    def sure(self) -> float:
        """``probability``, or its default."""
        return SURE if self.probability is None else self.probability


class Measures(NamedTuple):
    """``table``: every row of engagement.csv; ``flags``: every flag of each row (``find_flags``, same index);
    ``probability``: the one used; ``false_flags``: how many of the under-engaged communities and wards are expected not
    to be; ``chance_of_false_flag``: that a log like this one names any community or ward wrongly where all are met
    alike; ``unknown_words``: those the log uses for communities and the communities layer does not know.
    """

    table: pd.DataFrame
    flags: pd.DataFrame
    probability: float
    false_flags: float
    chance_of_false_flag: float
    unknown_words: str


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
    would have been (residents x all events / all residents); ``ratio``: events over expected. ``programmes``: events
    that belong together counted once (``programmes``), with ``expected_programmes``. From these: ``low`` and ``high``,
    95% limits of the ratio (``rates.limits``); ``rate``, the ratio of programmes with a cautious prior, and
    ``probability_below`` that it is really under the threshold; the flag; and ``could_show``, the chance that this log
    would have shown a community met at a third of its share. ``open_events``: engagements that name nobody, as far as
    they met the community had they met people as these live there (``open_events``); ``ratio_unnamed``: the ratio
    then; ``perhaps_met``: it is not under the threshold, so the gap is not called one. ``contacts_ratio`` with limits
    (allowing for people coming in groups): the same for people. ``ppr``: participation-to-population ratio inside the
    ward. ``expected_standardised``: events of a ward, had every community been met as often as over all wards; of a
    community, had everybody in a ward been met as often as that ward was. ``reach``: focal points touched, of all.
    """
    levels, cells = [], []
    for kind in group_sets:
        of_kind: dict[str, Any] = {"as_of": as_of, "group_set": kind, "period_days": period_days}
        cell = contacts_by_cell(placed, wards, communities, **of_kind)
        cell = cell.join(open_events(placed, cell, as_of=as_of))
        table = _communities(placed, wards, communities, focal_points, attendance, **of_kind)
        nowhere = open_nowhere(placed, table, as_of=as_of)
        opened = {name: _summed(cell, name, table) + nowhere[name].to_numpy() for name in nowhere}
        table = table.assign(**opened, expected_standardised=_standardised(cell, "community", "ward_code", table))
        levels.append(table)
        cells.append(cell)
    # communities of each kind, wards, communities in wards of each kind
    first = cells[0] if cells else None
    levels.append(_wards(placed, wards, focal_points, first, as_of=as_of, period_days=period_days))
    levels += [_cells(cell, _unnamed_in(placed, cell, as_of)) for cell in cells]
    unknown = _unknown_words(placed, communities)
    due = [
        _expected(one, rule, period_days).assign(unknown_words=unknown if level_of(one) != WARD else "")
        for one in levels
        if len(one)
    ]
    told, chance = _judged(due, rule)
    table = pd.concat(told, ignore_index=True) if told else pd.DataFrame(columns=[*COLUMNS])
    flags = find_flags(table.assign(methods=_methods(table))) if len(table) else pd.DataFrame(columns=["flag"])
    table = table.assign(**first_flag(table, flags)) if len(table) else table
    ours = table[table["level"] != CELL] if len(table) else table
    wrong = expected_false_flags(ours) if "status" in ours else 0.0
    return Measures(table, flags, rule.sure, wrong, chance, unknown)


def level_of(table: pd.DataFrame) -> str:
    """Return the level of a table of one level."""
    return str(table["level"].iloc[0])


def _communities(
    placed: gpd.GeoDataFrame,
    wards: gpd.GeoDataFrame,
    communities: pd.DataFrame,
    focal_points: gpd.GeoDataFrame | None,
    attendance: pd.DataFrame | None,
    *,
    as_of: pd.Timestamp,
    group_set: str | None,
    period_days: float,
) -> pd.DataFrame:
    table = contacts_by_community(placed, wards, communities, as_of=as_of, group_set=group_set, period_days=period_days)
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
    period_days: float,
) -> pd.DataFrame:
    table = contacts_by_ward(placed, wards, as_of=as_of, period_days=period_days)
    table = table.assign(
        level=WARD,
        community=EVERYBODY,
        open_events=0.0,
        open_share=0.0,
        group_set=None,
        subject="people",
        place=table["ward_name"],
        objectives=_objectives(placed, "ward_code").reindex(table["ward_code"]).to_numpy(),
    )
    if focal_points is not None and len(focal_points):
        touched = reach_by_ward(focal_points, placed, wards, as_of=as_of)
        table = table.merge(touched[["ward_code", "focal_points", "reach"]], on="ward_code", how="left")
    if cells is not None:
        table = table.assign(expected_standardised=_standardised(cells, "ward_code", "community", table))
    return table


def _cells(cells: pd.DataFrame, unnamed: pd.Series) -> pd.DataFrame:
    """Return the rows of communities in wards; ``met_elsewhere``: named in other wards, and here somebody unnamed."""
    expected = expected_by_composition(cells["contacts"], cells["population"], cells["ward_code"])
    named = cells.groupby("community")["events"].transform("sum") > 0
    return cells.assign(
        level=CELL,
        subject=cells["community"].astype(str) + " residents",
        place=cells["ward_name"],
        ppr=ratio(cells["contacts"], expected)["ratio"].to_numpy(),
        met_elsewhere=named & (unnamed > 0),
    )


def _unnamed_in(placed: pd.DataFrame, cells: pd.DataFrame, as_of: pd.Timestamp) -> pd.Series:
    """Return how many engagements in each cell's ward name no community of this kind."""
    held = placed[placed["date"] <= as_of]
    unnamed = held.loc[~names_one_of(held, set(cells["community"])), "ward_code"].astype(object).value_counts()
    return cells["ward_code"].map(unnamed).fillna(0)


def _summed(cells: pd.DataFrame, column: str, level: pd.DataFrame) -> NDArray[np.float64]:
    """Return the sum of a column over the wards of each community."""
    return cells.groupby("community")[column].sum().reindex(level["community"]).fillna(0.0).to_numpy()


def _standardised(cells: pd.DataFrame, place: str, other: str, table: pd.DataFrame) -> NDArray[np.float64]:
    """Return for each ``place`` of ``table`` the events it would have had at the rates of each ``other``."""
    known = cells[cells["population"].notna()]
    if not known["population"].gt(0).any():
        return np.full(len(table), np.nan)
    share = expected_standardised(known["events"], known["population"], known[place], known[other])
    return share.reindex(table[place]).to_numpy()


def _unknown_words(placed: pd.DataFrame, communities: pd.DataFrame) -> str:
    """Return the words for communities that the log uses and the communities layer does not, for a sentence."""
    if not len(communities) or not communities["population"].notna().any():
        return ""
    words = sorted(set(split(text(placed, "communities")).names) - set(communities["community"].dropna()))
    return listed(words, 3)


def _expected(table: pd.DataFrame, rule: Rule, period_days: float) -> pd.DataFrame:
    """Return the rows of one level with what an equal share would have been, and limits."""
    expected = expected_by_rate(table["events"], table["population"])
    people = expected_by_rate(table["contacts"], table["population"])
    once = expected_by_rate(table["programmes"], table["at_risk"])
    crowd = max(1.0, table["squares"].sum() / table["contacts"].sum()) if table["contacts"].sum() > 0 else 1.0
    by_people = ratio(table["contacts"] / crowd, people / crowd)
    spread = float(table["spread"].iloc[0])
    between = limits(table["events"], expected, table["programmes"], once, spread=spread)
    more, share = table["open_events"].fillna(0.0), table["open_share"].fillna(0.0)
    return table.assign(
        expected=expected,
        expected_programmes=once,
        expected_contacts=people,
        ratio=table["events"] / expected.where(expected > 0),
        ratio_unnamed=(table["events"] + more) / (expected + share).where(expected > 0),
        low=between["low"],
        high=between["high"],
        contacts_ratio=by_people["ratio"],
        contacts_low=by_people["low"],
        contacts_high=by_people["high"],
        period_days=period_days,
        initiation_known=table["known"],
        methods_used=table["methods"],
        threshold=rule.threshold,
        status=NO_DATA,
    )


def _judged(levels: list[pd.DataFrame], rule: Rule) -> tuple[list[pd.DataFrame], float]:
    """Return the rows with what may be said of each, and the chance of any false flag of a community or ward.

    Communities and wards are looked at together, communities in wards apart: there are many, and most are small.
    """
    groups = [[one for one in levels if level_of(one) != CELL], *([one] for one in levels if level_of(one) == CELL)]
    found = []
    for group in groups:
        due = [(one["programmes"].to_numpy(), one["expected_programmes"].to_numpy()) for one in group]
        beyond = beyond_chance(due, fewest_expected=rule.fewest_expected)
        judged = sum(int((mean >= rule.fewest_expected).sum()) for _, mean in due)
        found += [_status(one, own, judged, rule) for one, own in zip(group, beyond, strict=True)]
    chance = chance_of_any_false_flag(
        [one["expected_programmes"].to_numpy() for one in groups[0]],
        threshold=rule.threshold,
        probability=rule.sure,
        fewest_expected=rule.fewest_expected,
    )
    return found, chance


def _status(table: pd.DataFrame, beyond: NDArray[np.bool_], judged: int, rule: Rule) -> pd.DataFrame:
    """Return one level with ``status`` (``under_engaged.classify``), ``rate``, ``probability_below``, ``could_show``.

    A gap needs both: too few programmes, and too few events. Where the unnamed engagements may have filled it, it is
    ``perhaps_met`` and there is not enough evidence, because nobody wrote down who came.
    """
    empty = {name: None if name in ("group_set", "methods_used") else np.nan for name in COLUMNS if name not in table}
    if not table["population"].notna().any():
        return table.assign(**empty)
    limit: dict[str, Any] = {
        "threshold": rule.threshold,
        "probability": rule.sure,
        "fewest_expected": rule.fewest_expected,
    }
    few = table["events"] < rule.threshold * table["expected"]
    once = table["expected_programmes"].where(table["at_risk"].notna())
    said = classify(table["programmes"], once, table["population"], beyond=beyond & few, **limit)
    short = said["status"].isin((UNDER, WATCH))
    perhaps_met = short & (table["open_events"] > 0) & (table["ratio_unnamed"] >= rule.threshold)
    # the ratio that must not be reached for a gap to stand with the unnamed as residents
    more = table["open_events"] - rule.threshold * table["open_share"]
    below = rule.threshold - (more / table["expected"].where(table["expected"] > 0)).fillna(0.0)
    shown = chance_to_show(once, judged=judged, below=below, **limit)
    return table.assign(**empty).assign(
        status=said["status"].mask(perhaps_met | (short & ~few), THIN),
        rate=said["rate"],
        probability_below=said["probability_below"],
        perhaps_met=perhaps_met,
        could_show=shown,
    )


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
