"""A log of engagements as numbers, and its sums by group: what makes a million rows a matter of seconds."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.engagement.columns import dates, numbers
from geo.engagement.place import NOWHERE
from geo.engagement.values import Split, split

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

PROACTIVE = ("proactive", "requested_by_community")
REACTIVE = ("reactive",)
ENFORCEMENT = ("find_missing", "identify_offenders", "gather_intelligence")
TRUST = ("build_trust",)
# a millionth of a person: sums of thirds then do not depend on the order of the rows
_DECIMALS = 6


class Log(NamedTuple):
    """Engagements as numbers, one entry an engagement.

    ``ward``: the number of its ward, -1 in none of them. ``outside``: it is known to lie in no ward given. ``later``:
    after the day of the report. ``people``: attendees, NaN unknown. ``day``: days since 1970. ``activity``: the number
    of its activity in ``activities``, -1 unknown. ``objectives``: the parts of it that were for trust, for enforcement,
    for anything else and for no recorded objective; they add to 1.
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
    )


def tally(log: Log, row: Ints, key: Ints, share: Floats, groups: int, as_of: date) -> pd.DataFrame:
    """Return sums by group: ``key`` is the group (from 0) of the engagements ``row``, ``share`` of whose people count.

    One row a group, whether anything is in it or not; the columns are those of ``contacts.COLUMNS``.
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
