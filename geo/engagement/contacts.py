"""Who was met: contacts and events by ward, by community, and by community in a ward.

Two series, side by side. ``contacts`` are people met: the attendees of an engagement that names m communities count as
1/m for each, so that nobody counts twice. ``events`` are engagements: one that names m communities counts once for each
of them, whole, because each of them was met; events of several communities therefore add to more than the engagements
there were. An engagement whose attendees are not known is an event and 0 contacts, and is counted as such.

Engagements after ``as_of`` are plans and do not count. Records are of what was written down: no contact recorded is not
yet no contact.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.engagement.columns import Split, dates, numbers, split
from geo.engagement.place import NOWHERE
from geo.engagement.programmes import Programmes, programmes, whose
from geo.errors import GeoError, listed

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

PROACTIVE = ("proactive", "requested_by_community")
REACTIVE = ("reactive",)
ENFORCEMENT = ("find_missing", "identify_offenders", "gather_intelligence")
TRUST = ("build_trust",)
# a millionth of a person: sums of thirds then do not depend on the order of the rows
_DECIMALS = 6
COLUMNS = (
    "contacts",  # people met, each engagement's attendees split over its communities
    "events",  # engagements, whole
    "events_people_unknown",  # of these, with unknown attendees
    "events_inferred",  # of these, with communities taken from the focal point
    "first_date",
    "last_date",
    "days_since_last",  # from last_date to as_of; NaN without events
    "proactive",  # events that were planned or asked for by the community
    "reactive",  # events after an incident
    "known",  # events known to be either
    "proactive_share",  # proactive / known; NaN where none is known
    "methods",  # activities used, by semicolons
    "breadth",  # exp of their Shannon entropy: 1 for a single method; NaN without any
    "trust_events",  # events for building trust; one with m objectives counts 1/m for each of them
    "enforcement_events",  # to find missing people or offenders, or to gather intelligence: never added to trust
    "other_events",  # for every other objective
    "no_objective_events",  # without a recorded objective; these four add to events
    "squares",  # sum over events of people squared, for phi of any group: max(1, sum of squares / sum of contacts)
    "phi",  # of the group's own events; NaN where no people were counted
    "programmes",  # events that belong together counted once (``programmes``)
    "at_risk",  # residents, less the part of the period in which no new programme could be seen
    "spread",  # of the sizes of programmes, over all groups (``programmes.Programmes``)
)
NOT_YET, OUTSIDE, NO_PLACE, NO_COMMUNITY = (
    "after the day of the report",
    "outside the wards",
    "place not recorded",
    "no community of this kind named",
)


def contacts_by_cell(
    placed: pd.DataFrame,
    wards: gpd.GeoDataFrame,
    communities: pd.DataFrame,
    *,
    as_of: date,
    group_set: str | None = None,
    period_days: float | None = None,
) -> pd.DataFrame:
    """Return one row for each community in each ward, by ward and community.

    ``placed``: engagements from ``place.place_engagements``. Rows: every ward and community of ``communities``, met or
    not, and besides those every community in a ward that was met but has no row there (``population`` NaN: a word the
    Census does not use, or contacts where nobody of it lives). Columns: ward_code, ward_name, community, group_set,
    population, then ``COLUMNS``. What counts in no cell is in ``unattributed``. ``group_set``: which kind of community
    (ethnic_group, religion) where the table holds several; communities of the other kinds are then no answer to this
    question and take no share. ``period_days``: how long the log runs, for ``programmes`` (default: from its first
    engagement). Raises GeoError where it must be named and is not.
    """
    own, others, kind = _of_kind(communities, group_set)
    codes, log = _read(placed, wards, as_of)
    row, community, share, names = _named(log, own, others)
    here = log.ward[row] >= 0
    row, community, share = row[here], community[here], share[here]
    many = max(len(names), 1)
    table = _residents(own, codes, names)
    key = log.ward[row] * many + community
    keys = np.union1d(table.index.to_numpy(), key)
    people = table.reindex(keys).to_numpy()
    number = np.searchsorted(keys, key)
    once = _programmes(log, row, number, len(keys), as_of, period_days)
    sums = tally(log, row, number, share, len(keys), as_of).assign(
        programmes=once.started, at_risk=people * once.free, spread=once.spread
    )
    sums.insert(0, "population", people)
    sums.insert(0, "group_set", kind)
    sums.insert(0, "community", np.array([*names, None], dtype=object)[keys % many])
    return _with_wards(sums, wards, codes, keys // many)


def contacts_by_ward(
    placed: pd.DataFrame, wards: gpd.GeoDataFrame, *, as_of: date, period_days: float | None = None
) -> pd.DataFrame:
    """Return one row for each ward, by code, from all engagements there, also those that name no community.

    Nothing is split: contacts are attendees. Columns: ward_code, ward_name, population (NaN where ``wards`` has none),
    then ``COLUMNS``.
    """
    codes, log = _read(placed, wards, as_of)
    row = np.flatnonzero((log.ward >= 0) & ~log.later)
    people = numbers(wards, "population").set_axis(wards["ward_code"]).reindex(codes).to_numpy()
    once = _programmes(log, row, log.ward[row], len(codes), as_of, period_days, whole=True)
    sums = tally(log, row, log.ward[row], np.ones(len(row)), len(codes), as_of).assign(
        programmes=once.started, at_risk=people * once.free, spread=once.spread
    )
    sums.insert(0, "population", people)
    return _with_wards(sums, wards, codes, np.arange(len(codes)))


def contacts_by_community(
    placed: pd.DataFrame,
    wards: gpd.GeoDataFrame,
    communities: pd.DataFrame,
    *,
    as_of: date,
    group_set: str | None = None,
    period_days: float | None = None,
) -> pd.DataFrame:
    """Return one row for each community, by name, over all wards together.

    Engagements whose place is not recorded count here (and in no cell), so that nobody is called unheard for want of an
    address; those known to lie outside the wards do not. Columns: community, group_set, population (over the wards
    given; NaN where the table has none), then ``COLUMNS``. ``group_set``, ``period_days`` as in ``contacts_by_cell``.
    """
    own, others, kind = _of_kind(communities, group_set)
    codes, log = _read(placed, wards, as_of)
    row, community, share, names = _named(log, own, others)
    here = ~log.outside[row]
    many = max(len(names), 1)
    table = _residents(own, codes, names)
    # by ward, the last stratum of a community being engagements whose place is not recorded
    wide = len(codes) + 1
    stratum = community[here] * wide + np.where(log.ward[row[here]] < 0, len(codes), log.ward[row[here]])
    once = _programmes(log, row[here], stratum, len(names) * wide, as_of, period_days)
    live_at = table.index.to_numpy() % many * wide + table.index.to_numpy() // many
    sums = tally(log, row[here], community[here], share[here], len(names), as_of).assign(
        programmes=once.started.reshape(-1, wide).sum(axis=1),
        at_risk=_by_community(table * once.free[live_at], many, len(names)),
        spread=once.spread,
    )
    sums.insert(0, "population", _by_community(table, many, len(names)))
    sums.insert(0, "group_set", kind)
    sums.insert(0, "community", pd.Series(names, dtype=object))
    return sums


def unattributed(
    placed: pd.DataFrame,
    wards: gpd.GeoDataFrame,
    communities: pd.DataFrame,
    *,
    as_of: date,
    group_set: str | None = None,
) -> pd.DataFrame:
    """Return what counts in no cell: reason, engagements, contacts (attendees), one row a reason, the first that holds.

    The contacts of all cells and these add to all attendees recorded.
    """
    own, others, _ = _of_kind(communities, group_set)
    _, log = _read(placed, wards, as_of)
    row, *_ = _named(log, own, others)
    named = np.zeros(len(log.ward), dtype=bool)
    named[row] = True
    reasons = {
        NOT_YET: log.later,
        OUTSIDE: log.outside,
        NO_PLACE: log.ward < 0,
        NO_COMMUNITY: ~named,
    }
    which = np.select(list(reasons.values()), list(range(len(reasons))), -1)
    people = np.where(np.isnan(log.people), 0.0, log.people)
    return pd.DataFrame(
        {
            "reason": list(reasons),
            "engagements": [int((which == i).sum()) for i in range(len(reasons))],
            "contacts": [round(float(people[which == i].sum()), 6) for i in range(len(reasons))],
        }
    )


def _by_community(people: pd.Series, many: int, names: int) -> Floats:
    """Return sums over wards of what ``_residents`` numbers; NaN where a community has no row."""
    sums = people.groupby(people.index.to_numpy() % many).sum(min_count=1)
    return sums.reindex(range(names)).to_numpy(np.float64)


def _programmes(
    log: Log,
    row: Ints,
    stratum: Ints,
    strata: int,
    as_of: date,
    period_days: float | None,
    *,
    whole: bool = False,
) -> Programmes:
    """Return the programmes among the engagements ``row``; ``whole``: those of a ward, whoever they name."""
    last = int(np.datetime64(pd.Timestamp(as_of).date(), "D").astype(np.int64))
    days = log.day[row]
    first = last + 1 - round(period_days) if period_days else int(days.min(initial=last))
    kind = log.kind[row]
    if whole:
        named = whose(stratum, kind, days, log.named[row])
        kind = kind * (int(log.named.max(initial=0)) + 2) + named + 1
    return programmes(stratum, kind, days, strata=strata, first_day=first, last_day=last, by_stratum=whole)


def _read(placed: pd.DataFrame, wards: gpd.GeoDataFrame, as_of: date) -> tuple[pd.Index, Log]:
    codes = pd.Index(sorted(wards["ward_code"]), dtype=object)
    return codes, numbered(placed, codes, as_of)


def _of_kind(communities: pd.DataFrame, group_set: str | None) -> tuple[pd.DataFrame, set[str], str | None]:
    """Return the rows of one kind of community, the names of all other kinds, and which kind it is."""
    if "group_set" not in communities:
        return communities, set(), group_set
    kinds = sorted(map(str, communities["group_set"].dropna().unique()))
    if group_set is None and len(kinds) > 1:
        raise GeoError(
            f"The communities are of several kinds: {listed(kinds)}.", f"Choose one with group_set, such as {kinds[0]}."
        )
    if group_set is not None and kinds and group_set not in kinds:
        raise GeoError(f"There are no communities of the kind {group_set!r}.", f"There are: {listed(kinds)}.")
    kind = group_set if group_set is not None else next(iter(kinds), None)
    own = communities[communities["group_set"].eq(kind) | (kind is None)]
    return own, set(communities["community"].unique()) - set(own["community"].unique()), kind


def _named(
    log: Log, own: pd.DataFrame, others: set[str]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], list[str]]:
    """Return the engagements up to the day, the communities each names, its share, and all communities by name.

    Communities of another kind take no share.
    """
    parts = log.communities
    names = sorted((set(map(str, own["community"].dropna().unique())) | set(parts.names)) - others)
    number = pd.Index(names, dtype=object).get_indexer(pd.Index(parts.names, dtype=object))
    community = number[parts.value] if len(number) else parts.value
    keep = (community >= 0) & ~log.later[parts.row]
    row = parts.row[keep]
    share = 1 / np.bincount(row, minlength=len(log.ward))[row]
    return row, community[keep], share, names


def _residents(own: pd.DataFrame, codes: pd.Index, names: list[str]) -> pd.Series:
    """Return residents by ward and community, the index being ward number x number of communities + community."""
    ward = codes.get_indexer(pd.Index(own["ward_code"], dtype=object))
    community = pd.Index(names, dtype=object).get_indexer(pd.Index(own["community"], dtype=object))
    here = (ward >= 0) & (community >= 0)
    people = numbers(own, "population").to_numpy()[here]
    return pd.Series(people).groupby(ward[here] * max(len(names), 1) + community[here]).sum(min_count=1)


def _with_wards(sums: pd.DataFrame, wards: gpd.GeoDataFrame, codes: pd.Index, ward: NDArray[np.int64]) -> pd.DataFrame:
    name = wards.set_index("ward_code")["ward_name"].reindex(codes).to_numpy(dtype=object)
    sums.insert(0, "ward_name", name[ward])
    sums.insert(0, "ward_code", codes.to_numpy()[ward])
    return sums


class Log(NamedTuple):
    """Engagements as numbers, one entry an engagement.

    ``ward``: the number of its ward, -1 in none of them. ``outside``: it is known to lie in no ward given. ``later``:
    after the day of the report. ``people``: attendees, NaN unknown. ``day``: days since 1970. ``activity``: the number
    of its activity in ``activities``, -1 unknown. ``objectives``: the parts of it that were for trust, for enforcement,
    for anything else and for no recorded objective; they add to 1. ``kind``: the number of its activity and focal
    point together; ``named``: the number of what it says of communities, -1 nothing.
    """

    ward: Ints
    outside: Flags
    later: Flags
    people: Floats
    day: Ints
    proactive: Flags
    reactive: Flags
    inferred: Flags
    activity: Ints
    activities: list[str]
    objectives: Floats
    communities: Split
    kind: Ints
    named: Ints


def numbered(placed: pd.DataFrame, ward_codes: pd.Index, as_of: date) -> Log:
    """Return placed engagements as numbers; ``ward_codes`` are those of the wards looked at."""
    codes = placed["ward_code"]
    code, names = pd.factorize(codes)
    ward = np.append(ward_codes.get_indexer(pd.Index(names, dtype=object)), -1)[code]
    somewhere = placed["placed_by"].ne(NOWHERE) if "placed_by" in placed else codes.notna()
    day = dates(placed, "date").to_numpy().astype("datetime64[D]").astype(np.int64)
    last = int(np.datetime64(pd.Timestamp(as_of).date(), "D").astype(np.int64))
    activity, activities = _coded(placed, "activity")
    initiation, words = _coded(placed, "initiation")
    by, whose = _coded(placed, "communities_by")
    return Log(
        ward=ward,
        outside=(ward < 0) & somewhere.to_numpy(),
        later=day > last,
        people=numbers(placed, "attendees").to_numpy(),
        day=day,
        proactive=_among(initiation, words, PROACTIVE),
        reactive=_among(initiation, words, REACTIVE),
        inferred=_among(by, whose, ("focal point",)),
        activity=activity,
        activities=activities,
        objectives=_objectives(placed),
        communities=split(_column(placed, "communities")),
        kind=_kind(activity, _coded(placed, "focal_point_id")[0]),
        named=_coded(placed, "communities")[0],
    )


def _kind(activity: Ints, focal_point: Ints) -> Ints:
    """Return one number for each pair of activity and focal point, in a fixed order."""
    return (activity + 1) * (int(focal_point.max(initial=-1)) + 2) + focal_point + 1


def tally(log: Log, row: Ints, key: Ints, share: Floats, groups: int, as_of: date) -> pd.DataFrame:
    """Return sums by group: ``key`` is the group (from 0) of the engagements ``row``, ``share`` of whose people count.

    One row a group, whether anything is in it or not; the columns are ``COLUMNS``.
    """
    people = log.people[row] * share
    unknown = np.isnan(people)
    people = np.where(unknown, 0.0, people)

    def count(which: Flags) -> Ints:
        return np.bincount(key[which[row]], minlength=groups)

    def added(values: Floats) -> Floats:
        return np.round(np.bincount(key, values, minlength=groups), _DECIMALS)

    events = np.bincount(key, minlength=groups)
    contacts, squares = added(people), added(people**2)
    first, last = np.full(groups, np.iinfo(np.int64).max), np.full(groups, np.iinfo(np.int64).min)
    np.minimum.at(first, key, log.day[row])
    np.maximum.at(last, key, log.day[row])
    proactive, reactive = count(log.proactive), count(log.reactive)
    known = proactive + reactive
    trust, enforcement, other, none = (added(log.objectives[row, i]) for i in range(4))
    methods, breadth = _methods(log, row, key, groups)
    days = np.datetime64(pd.Timestamp(as_of).date(), "D").astype(np.int64) - last
    with np.errstate(invalid="ignore", divide="ignore"):
        return pd.DataFrame(
            {
                "contacts": contacts,
                "events": events,
                "events_people_unknown": np.bincount(key[unknown], minlength=groups),
                "events_inferred": count(log.inferred),
                "first_date": _as_dates(first, events > 0),
                "last_date": _as_dates(last, events > 0),
                "days_since_last": np.where(events > 0, days, np.nan),
                "proactive": proactive,
                "reactive": reactive,
                "known": known,
                "proactive_share": np.where(known > 0, proactive / known, np.nan),
                "methods": methods,
                "breadth": breadth,
                "trust_events": trust,
                "enforcement_events": enforcement,
                "other_events": other,
                "no_objective_events": none,
                "squares": squares,
                "phi": np.where(contacts > 0, np.maximum(1.0, squares / contacts), np.nan),
            }
        )


def _methods(log: Log, row: Ints, key: Ints, groups: int) -> tuple[NDArray[np.object_], Floats]:
    """Return by group the activities used (by semicolons, in alphabetical order) and exp of their Shannon entropy."""
    activity = log.activity[row]
    methods: NDArray[np.object_] = np.full(groups, None, dtype=object)
    breadth = np.full(groups, np.nan)
    named = activity >= 0
    if not named.any():
        return methods, breadth
    many = len(log.activities)
    pair, times = np.unique(key[named] * many + activity[named], return_counts=True)
    group, method = pair // many, pair % many
    share = times / np.bincount(group, times, minlength=groups)[group]
    some, begins = np.unique(group, return_index=True)
    breadth[some] = np.exp(np.add.reduceat(-share * np.log(share), begins))
    words = np.array([f";{name}" for name in log.activities], dtype=object)[method]
    methods[some] = [text[1:] for text in np.add.reduceat(words, begins)]
    return methods, breadth


def _objectives(placed: pd.DataFrame) -> Floats:
    """Return the parts of each engagement for trust, enforcement, another and no objective: 1/m for each of m."""
    parts = split(_column(placed, "objective"))
    kind = np.array([0 if name in TRUST else 1 if name in ENFORCEMENT else 2 for name in parts.names], dtype=np.int64)
    at = parts.row * 4 + (kind[parts.value] if len(kind) else 0)
    shares = np.bincount(at, parts.share, minlength=4 * len(placed)).reshape(-1, 4).astype(np.float64)
    shares[:, 3] = np.bincount(parts.row, minlength=len(placed)) == 0
    return shares


def _column(table: pd.DataFrame, name: str) -> pd.Series:
    return table[name] if name in table else pd.Series(None, index=table.index, dtype=object)


def _coded(table: pd.DataFrame, name: str) -> tuple[Ints, list[str]]:
    """Return a column of single words as numbers and the words, in alphabetical order; -1 where empty."""
    code, names = pd.factorize(_column(table, name))
    words = [str(word).strip() for word in names]
    ordered = sorted({word for word in words if word})
    number = {word: i for i, word in enumerate(ordered)}
    return np.array([*(number.get(word, -1) for word in words), -1], dtype=np.int64)[code], ordered


def _among(code: Ints, words: list[str], wanted: tuple[str, ...]) -> Flags:
    return np.array([*(word in wanted for word in words), False])[code]


def _as_dates(day: Ints, known: Flags) -> NDArray[np.datetime64]:
    shown = np.where(known, day, 0).astype("datetime64[D]").astype("datetime64[ns]")
    return np.where(known, shown, np.datetime64("NaT", "ns"))
