"""What was done, for what purpose, through what and with whom: and where nothing was done."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from geo.engagement.answers.answer import Answer, answered
from geo.engagement.columns import NOT_RECORDED, dated_until, numbers, select, split_rows
from geo.errors import counted, listed

# Police work that needs people as sources or suspects. It is engagement of another kind, so no total mixes the two.
ENFORCEMENT = frozenset({"gather_intelligence", "identify_offenders", "find_missing"})
# Whom engagement is meant to reach; without a list nobody could be found missing.
AUDIENCES = tuple(
    "women young_people older disabled lgbt faith renters students businesses night_time new_arrivals unhoused "
    "at_risk_youth infrequently_heard".split()
)
# Audiences whose residents can be counted: {audience: groups of the communities layer}.
RESIDENTS: Mapping[str, Collection[str]] = {"young_people": ("0-17", "18-24"), "older": ("65+",)}
_YOUNG = frozenset({"young_people", "at_risk_youth", "students"})
_YOUNG_BELOW, _OLDER_FROM = 26, 60


def activity_by_objective(
    engagements: pd.DataFrame,
    *,
    as_of: pd.Timestamp,
    activities: Sequence[str] = (),
    objectives: Sequence[str] = (),
) -> Answer:
    """Return activities by objective, and which pairs never occur.

    An engagement with m objectives counts 1/m for each, so that ``events`` add up to the engagements. Table, one row a
    pair: ``activity``, ``objective``, ``kind`` (``engagement``, or ``enforcement`` for gathering intelligence, finding
    offenders and finding missing people: never added to the rest), ``events`` (fractional), ``engagements`` (whole),
    ``empty``. Pairs are those of all words that occur, with ``activities`` and ``objectives`` besides.
    """
    events = dated_until(engagements, as_of)
    table = _crossed(events, "activity", "objective", activities, objectives)
    table["kind"] = _kind(table["objective"])
    totals = table.groupby("kind")["events"].sum()
    empty = table[table["empty"] & (table["kind"] == "engagement")]
    blank = _count(table, table["objective"] == NOT_RECORDED)
    sentence = (
        f"Of {counted(len(events), 'engagement')}, {totals.get('engagement', 0.0):,.1f} were for "
        f"people (trust, listening, informing and the like), and apart from these "
        f"{totals.get('enforcement', 0.0):,.1f} were for enforcement. "
        f"{len(empty)} of {int((table['kind'] == 'engagement').sum())} pairs of activity and "
        "objective outside enforcement never occur."
    )
    sentence += f" {counted(blank, 'engagement')} without an objective." if blank else ""
    headings = {"activity": "Activity", "objective": "Objective", "kind": "Kind"} | _PAIR
    return answered("objectives", "What do we do, and what for?", sentence, table, headings)


def channel_by_audience(
    engagements: pd.DataFrame,
    *,
    as_of: pd.Timestamp,
    channels: Sequence[str] = (),
    audiences: Sequence[str] = AUDIENCES,
) -> Answer:
    """Return channels by audience, and which audiences a channel never reached.

    Table: ``channel``, ``audience``, ``events`` (1/m for each of m audiences), ``engagements`` (whole), ``empty``.
    """
    events = dated_until(engagements, as_of)
    table = _crossed(events, "channel", "audience", channels, audiences)
    named = table[(table["audience"] != NOT_RECORDED) & (table["channel"] != NOT_RECORDED)]
    one = named[~named["empty"]].groupby("audience")["channel"].nunique()
    single = sorted(one.index[one == 1])
    sentence = (
        f"{int(named['empty'].sum())} of {counted(len(named), 'pair')} of channel and audience never occur. "
        f"{counted(len(single), 'audience')} {'is' if len(single) == 1 else 'are'} reached through one channel only"
    )
    sentence += f": {listed(single)}." if single else "."
    headings = {"channel": "Channel", "audience": "Audience"} | _PAIR
    return answered("channels", "Through which channels do we reach whom?", sentence, table, headings)


def audiences_missed(
    engagements: pd.DataFrame,
    communities: pd.DataFrame | None = None,
    *,
    as_of: pd.Timestamp,
    audiences: Sequence[str] = AUDIENCES,
    residents: Mapping[str, Collection[str]] = RESIDENTS,
) -> Answer:
    """Return whom engagement was for, and whom it left out: audiences, and age bands of the communities layer.

    Table: ``kind`` (``audience``, ``age band``), ``audience``, ``engagements``, ``share`` (of all engagements with an
    audience, 1/m for each of m; NaN for age bands, whose audiences overlap), ``last_on``, ``population`` and
    ``population_share`` (where ``residents`` or the age bands say who is meant, else NaN) and ``state``: reached,
    missed, or "no audience for it" (an age band that no word of the list means, so nothing could be noted).
    """
    events = dated_until(engagements, as_of)
    long = split_rows(events, "audience")
    known = long[long["audience"] != NOT_RECORDED]
    people = _residents(communities)
    bands = [name for name in people.index if age_band(name)]
    everybody = float(people[bands].sum()) if bands else np.nan
    names = sorted({*audiences, *known["audience"]})
    rows = [_reached("audience", name, {name}, known, residents.get(name, ()), people) for name in names]
    rows += [_reached("age band", band, _audiences_of(band), known, (band,), people) for band in bands]
    table = pd.DataFrame(rows)
    table["population_share"] = table["population"] / everybody
    table["last_on"] = pd.to_datetime(table["last_on"])
    spoken = table[table["kind"] == "audience"]
    missed = spoken.loc[spoken["state"] == "missed", "audience"].tolist()
    nobody = table.loc[table["state"] == _NO_WORD, "audience"].tolist()
    without = len(events) - known.index.nunique()
    sentence = (
        f"{len(missed)} of {counted(len(spoken), 'audience')} {'has' if len(missed) == 1 else 'have'} no engagement "
        f"recorded" + (f": {listed(missed, 12)}." if missed else ".")
    )
    sentence += f" {without:,} of {counted(len(events), 'engagement')} name no audience." if without else ""
    sentence += f" No audience stands for the ages {listed(nobody)}." if nobody else ""
    headings = {
        "kind": "Kind",
        "audience": "Audience",
        "state": "State",
        "engagements": "Engagements",
        "share": "Share of engagements",
        "last_on": "Last",
        "population": "Residents",
        "population_share": "Share of residents",
    }
    return answered("audiences", "Whom do we miss?", sentence, table, headings)


def themes_by_community(engagements: pd.DataFrame, *, as_of: pd.Timestamp) -> Answer:
    """Return what was talked about with which community.

    Table, pairs that occur: ``community``, ``theme``, ``events`` (1/(c x t) for c communities and t themes),
    ``engagements`` (whole), most events first within a community.
    """
    events = dated_until(engagements, as_of)
    long = split_rows(events, "communities").rename(columns={"share": "first"})
    long = split_rows(long, "themes")
    long = long.assign(community=long["communities"], theme=long["themes"], events=long["first"] * long["share"])
    table = long.groupby(["community", "theme"], as_index=False).agg(
        events=("events", "sum"), engagements=("date", "size")
    )
    table = table.sort_values(["community", "events", "theme"], ascending=[True, False, True])
    both = table[(table["community"] != NOT_RECORDED) & (table["theme"] != NOT_RECORDED)]
    whole = long[(long["community"] != NOT_RECORDED) & (long["theme"] != NOT_RECORDED)]
    top = both.groupby("theme")["community"].nunique().sort_index().sort_values(ascending=False, kind="stable")
    sentence = f"{whole.index.nunique():,} of {counted(len(events), 'engagement')} name both a community and a theme."
    sentence += f" Raised with most communities: {listed(top.index.tolist(), 3)}." if len(top) else ""
    headings = {
        "community": "Community",
        "theme": "Theme",
        "events": "Events (fractional)",
        "engagements": "Engagements",
    }
    return answered("themes", "What do we talk about, and with whom?", sentence, table, headings)


def young_people(
    engagements: pd.DataFrame,
    communities: pd.DataFrame | None = None,
    *,
    as_of: pd.Timestamp,
    unknown_words: bool = False,
) -> Answer:
    """Return contacts with young people by age band and community, and communities whose young people were not met.

    Taken from the column ``age_band`` where the file has it, else engagements for young people, students or youth at
    risk count as ages ``young``. The Census tables at hand do not cross age with community, so there is no expected
    number and no rate. Table: ``age_band``, ``community``, ``engagements``, ``contacts`` (attendees, counted in 1/m for
    m communities) and ``population`` (residents of that community, all ages). Communities of the communities layer
    without a row in the log have 0. ``unknown_words``: the log uses words for communities that nobody knows, so nothing
    is said of who was never met.
    """
    events = dated_until(engagements, as_of)
    if "age_band" in events:
        long = split_rows(events, "age_band").drop(columns="share")
        long = long[[(age_band(band) or (_YOUNG_BELOW, 0))[0] < _YOUNG_BELOW for band in long["age_band"]]]
    else:
        tagged = split_rows(events, "audience")
        young = tagged.index[tagged["audience"].isin(_YOUNG)].unique()
        long = events.loc[young].assign(age_band="young")
    total = len(long)
    long = split_rows(long, "communities")
    long = long.assign(community=long["communities"], contacts=numbers(long, "attendees").fillna(0.0) * long["share"])
    table = long.groupby(["age_band", "community"], as_index=False).agg(
        engagements=("date", "size"), contacts=("contacts", "sum")
    )
    people = _residents(communities, "ethnic_group")
    bands = sorted(set(table["age_band"])) or ["young"]
    grid = pd.MultiIndex.from_product([bands, sorted({*table["community"], *people.index})])
    table = table.set_index(["age_band", "community"]).reindex(grid.set_names(["age_band", "community"]), fill_value=0)
    table = table.reset_index()
    table["population"] = table["community"].map(people.to_dict()).astype("float64")
    missed = table[(table["population"] > 0)].groupby("community")["engagements"].sum()
    unmet = sorted(missed.index[missed == 0])
    sentence = f"{counted(total, 'engagement')} {'was' if total == 1 else 'were'} for young people."
    if len(missed) and not unknown_words:
        sentence += (
            f" For {len(unmet)} of {counted(len(missed), 'community', 'communities')} none is recorded with their "
            "young people" + (f": {listed(unmet, 8)}." if unmet else ".")
        )
    headings = {
        "age_band": "Ages",
        "community": "Community",
        "engagements": "Engagements",
        "contacts": "Contacts",
        "population": "Residents (all ages)",
    }
    return answered("young_people", "Which young people do we meet?", sentence, table, headings)


_PAIR = {"events": "Events (fractional)", "engagements": "Engagements", "empty": "Never"}
_NO_WORD = "no audience for it"


def _crossed(
    events: pd.DataFrame, first: str, second: str, also_first: Sequence[str], also_second: Sequence[str]
) -> pd.DataFrame:
    """Return every pair of values of two columns with its events (1/m) and engagements."""
    long = split_rows(split_rows(select(events, first, second), first).rename(columns={"share": "_first"}), second)
    long = long.assign(events=long["_first"] * long["share"])
    rows = sorted({*long[first].unique(), *also_first})
    columns = sorted({*long[second].unique(), *also_second})
    counts = long.groupby([first, second]).agg(events=("events", "sum"), engagements=("events", "size"))
    grid = pd.MultiIndex.from_product([rows, columns], names=[first, second])
    table = counts.reindex(grid, fill_value=0).reset_index()
    return table.assign(empty=table["engagements"] == 0)


def _kind(objectives: pd.Series) -> np.ndarray:
    kind = np.where(objectives.isin(list(ENFORCEMENT)), "enforcement", "engagement")
    return np.where(objectives == NOT_RECORDED, NOT_RECORDED, kind)


def _count(table: pd.DataFrame, rows: pd.Series) -> int:
    return round(float(table.loc[rows, "events"].sum()))


def _residents(communities: pd.DataFrame | None, group_set: str | None = None) -> pd.Series:
    """Return residents by group over all wards, in alphabetical order."""
    if communities is None or not len(communities):
        return pd.Series(dtype="float64")
    kept = communities
    if group_set and "group_set" in communities:
        kept = communities[communities["group_set"] == group_set]
    return kept.groupby("community")["population"].sum().sort_index()


def age_band(band: str) -> tuple[int, float] | None:
    """Return the first and last age of a band such as 18-24 or 65+, None for what is no band."""
    match = re.fullmatch(r"\s*(\d{1,3})\s*(?:(?:-|–|to)\s*(\d{1,3})|(\+|and over))\s*", str(band))
    return (int(match[1]), float(match[2] or "inf")) if match else None


def _audiences_of(band: str) -> set[str]:
    ages = age_band(band)
    if ages is None:
        return set()
    young = set(_YOUNG) if ages[1] < _YOUNG_BELOW else set()
    return young | ({"older"} if ages[0] >= _OLDER_FROM else set())


def _reached(
    kind: str, name: str, audiences: set[str], known: pd.DataFrame, groups: Collection[str], people: pd.Series
) -> dict[str, object]:
    """Return one row of ``audiences_missed``."""
    own = known[known["audience"].isin(audiences)]
    engagements = int(own.index.nunique())
    residents = people.reindex([group for group in groups if group in people.index])
    total = float(known["share"].sum())
    return {
        "kind": kind,
        "audience": name,
        "engagements": engagements,
        "share": float(own["share"].sum()) / total if total and kind == "audience" else np.nan,
        "last_on": own["date"].max() if engagements else pd.NaT,
        "population": float(residents.sum()) if len(residents) else np.nan,
        "state": ("reached" if engagements else "missed") if audiences else _NO_WORD,
    }
