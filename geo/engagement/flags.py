"""The kinds of flag: condition, sentence, evidence.

A flag is a record of what the team logged: its own gap, never a community's fault, and never a ranking of people. To
add a kind of gap, add a row to FLAGS.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from geo.engagement.columns import text
from geo.engagement.intervals import wilson
from geo.engagement.rates import SIMILAR
from geo.engagement.under_engaged import ADEQUATE, ELSEWHERE, FEWEST_EXPECTED, NO_CONTACTS, NO_DATA, THIN, UNDER, WATCH
from geo.errors import counted

FEWEST_DUE = 1.0  # "never reached" is a fact, not a judgement: it needs one meeting that was due
LONG_AGO_DAYS = 183
FEWEST_EVENTS = 5  # before "one method only" says anything


class Flag(NamedTuple):
    """A kind of gap. ``needs``: columns of the measures without which it is never raised.

    ``applies``: which rows; ``sentence``: what a person can say aloud; ``evidence``: the numbers behind it, in one
    line.
    """

    code: str
    needs: tuple[str, ...]
    applies: Callable[[pd.DataFrame], Any]
    sentence: Callable[[Any], str]
    evidence: Callable[[Any], str]


def _is(code: str) -> Callable[[pd.DataFrame], Any]:
    return lambda table: table["status"] == code


def _rarely(successes: str, trials: str) -> Callable[[pd.DataFrame], Any]:
    """Which rows' share is below a half, all of its Wilson interval: none of 4 is enough, none of 3 is not."""
    return lambda table: wilson(table[successes], table[trials])[2] < 0.5


def _never(table: pd.DataFrame) -> Any:
    """No event where at least one was due; not where the log uses words that nobody knows: these may mean them."""
    never = (table["events"] == 0) & (table["population"] > 0) & (table["expected"] >= FEWEST_DUE)
    return never & ~_marked(table, "met_elsewhere") & ~_unknown_words(table)


def _never_of_unknown_size(table: pd.DataFrame) -> Any:
    return (table["events"] == 0) & table["population"].isna() & table["expected"].isna() & ~_unknown_words(table)


def _perhaps_in_other_words(table: pd.DataFrame) -> Any:
    """Rows that would be never reached, were there no unknown words; those with evidence of their own aside."""
    due = (table["population"] > 0) & (table["expected"] >= FEWEST_DUE)
    silent = (table["events"] == 0) & (due | table["expected"].isna()) & ~_marked(table, "met_elsewhere")
    return silent & _unknown_words(table)


def _unknown_words(table: pd.DataFrame) -> Any:
    none = pd.Series(False, index=table.index)
    return text(table, "unknown_words").notna() if "unknown_words" in table else none


def _due_once(table: pd.DataFrame) -> pd.Series:
    """Return the programmes that were due; the events where programmes are not known."""
    return table["expected_programmes"] if "expected_programmes" in table else table["expected"]


def _marked(table: pd.DataFrame, column: str) -> Any:
    """Return which rows have a mark that measures need not bring."""
    return table[column].eq(True) if column in table else pd.Series(False, index=table.index)


def _long_ago(table: pd.DataFrame) -> Any:
    """Half a year or more, in which three meetings were due: chance leaves so long a gap in 5% of cases.

    Where no residents are known, the time alone; but a word that the communities layer does not know, while it knows
    others, may be another spelling of one of them.
    """
    due = _due_once(table) * table["days_since_last"] / table["period_days"]
    size_unknown = table["population"].isna() & ~_unknown_words(table)
    return (table["days_since_last"] >= LONG_AGO_DAYS) & ((due >= FEWEST_EXPECTED) | size_unknown)


def _whom(row: Any) -> str:
    place = getattr(row, "place", None)
    return f"{row.subject} in {place}" if isinstance(place, str) and place else str(row.subject)


def _due(row: Any) -> str:
    once = getattr(row, "expected_programmes", row.expected)
    if np.isnan(once):
        return ""
    due = once * row.days_since_last / row.period_days
    return f"; an equal share would have brought {due:,.1f} in that time"


def _people(row: Any) -> str:
    if np.isnan(row.population):
        return "how many people live here is not known"
    return "1 person lives here" if row.population == 1 else f"{row.population:,.0f} people live here"


def _times(number: float) -> str:
    return "not once" if number == 0 else "once" if number == 1 else f"{number:,g} times"


def _few(number: float) -> str:
    return f"{number:,.1f}" if number == 0 or number >= 0.05 else "under 0.1"


def _counts(row: Any) -> str:
    said = f"{row.events:,g} of {_few(row.expected)} expected events"
    once = getattr(row, "programmes", np.nan)
    if not np.isnan(once) and once != row.events:
        said += f", in {once:,g} of {_few(row.expected_programmes)} expected programmes"
    below = getattr(row, "probability_below", np.nan)
    part = getattr(row, "threshold", SIMILAR)
    if not np.isnan(below):
        said += f"; probability of less than {part:g} of a share: {_per_cent(below)}"
    return said + _range(row)


def _range(row: Any) -> str:
    """Return how far the ratio may lie, by what the unnamed engagements were; nothing where there are none."""
    unnamed = getattr(row, "ratio_unnamed", np.nan)
    if np.isnan(unnamed) or not getattr(row, "open_events", 0) > 0:
        return ""
    return f"; ratio {row.ratio:.2f} if the unnamed engagements met people as the named did, {unnamed:.2f} as residents"


def _none_by_chance(row: Any) -> float:
    return float(np.exp(-getattr(row, "expected_programmes", row.expected)))


def _per_cent(share: float) -> str:
    """Return a probability as it may be said: certainty is never claimed."""
    return "over 99%" if share > 0.99 else "under 1%" if share < 0.01 else f"{share * 100:.0f}%"


def _of(successes: str, trials: str, what: str) -> Callable[[Any], str]:
    return lambda row: _share(getattr(row, successes), getattr(row, trials), what)


@lru_cache(maxsize=10_000)  # the same few counts come back in every ward
def _share(some: float, of: float, what: str) -> str:
    share, low, high = (float(part) for part in wilson(some, of))
    return f"{some:,.0f} of {of:,.0f} {what} ({share * 100:.0f}%; 95% limits {low * 100:.0f} to {high * 100:.0f}%)"


def _after_incidents(row: Any) -> str:
    times = counted(int(row.initiation_known), "meeting")
    if row.proactive == 0:
        return (
            f"The team meets {_whom(row)} only after something has happened: none of {times} was planned or asked for."
        )
    return (
        f"The team meets {_whom(row)} mostly after something has happened: "
        f"{row.proactive:,.0f} of {times} planned or asked for."
    )


def _thin(row: Any) -> str:
    if getattr(row, "perhaps_met", False) is True:
        return (
            f"Not enough evidence: {_times(row.events)} the log names {_whom(row)}, where {_few(row.expected)} would "
            f"have been an equal share; but it names nobody for others, of which about {row.open_events:,.0f} may have "
            "met them. Write down who comes."
        )
    way_out = "Log more events, widen the period or merge wards."
    once = getattr(row, "expected_programmes", np.nan)
    seen, due, what = (
        (row.events, row.expected, "contacts") if np.isnan(once) else (row.programmes, once, "programmes of contact")
    )
    facts = f"{seen:,g} {what} where {_few(due)} were expected"
    if due < FEWEST_EXPECTED:
        return f"Not enough evidence: {facts}; {FEWEST_EXPECTED:g} are needed. {way_out}"
    return f"Not enough evidence: {facts}; that does not settle it. {way_out}"


_COUNTS = ("status", "events", "expected")

# In order of priority: what was never done, then what stopped, what is too little, what is one-sided, what is unclear.
FLAGS: tuple[Flag, ...] = (
    Flag(
        "never_reached",
        (*_COUNTS, "population", "period_days"),
        _never,
        lambda row: f"The log has no meeting with {_whom(row)} in {period(row.period_days)}: {_people(row)}.",
        lambda row: f"{_counts(row)}; chance alone would give none in {_per_cent(_none_by_chance(row))} of such logs",
    ),
    Flag(
        "never_reached",
        ("events", "expected", "population", "period_days"),
        _never_of_unknown_size,
        lambda row: f"The log has no meeting with {_whom(row)} in {period(row.period_days)}.",
        lambda row: "0 events; how many people live here is not known",
    ),
    Flag(
        THIN,
        ("events", "expected", "population", "period_days"),
        _perhaps_in_other_words,
        lambda row: (
            f"Not enough evidence: the log does not name {_whom(row)}, but it names {row.unknown_words}, which the "
            "communities layer does not know. Say in geo.toml which community is meant."
        ),
        lambda row: f"0 events that name them; {_people(row)}",
    ),
    Flag(
        "not_for_a_long_time",
        ("expected", "days_since_last", "period_days", "population"),
        _long_ago,
        lambda row: f"The team last met {_whom(row)} {period(row.days_since_last)} ago: {_people(row)}.",
        lambda row: f"{counted(int(row.days_since_last), 'day')} since the last event{_due(row)}",
    ),
    Flag(
        UNDER,
        _COUNTS,
        _is(UNDER),
        lambda row: (
            f"The team meets {_whom(row)} less than their share: "
            f"{_times(row.events)}, where {row.expected:,.0f} would have been an equal share."
        ),
        _counts,
    ),
    Flag(
        "only_after_incidents",
        ("proactive", "initiation_known"),
        _rarely("proactive", "initiation_known"),
        _after_incidents,
        _of("proactive", "initiation_known", "events planned or asked for"),
    ),
    Flag(
        "invited_not_coming",
        ("invited", "attended"),
        _rarely("attended", "invited"),
        lambda row: (
            f"The team invited {_whom(row)} {_times(row.invited)} and they came {_times(row.attended)}. "
            "Ask what would make it worth coming."
        ),
        _of("attended", "invited", "invitations taken up"),
    ),
    Flag(
        "one_method_only",
        ("events", "methods"),
        lambda table: (table["methods"] == 1) & (table["events"] >= FEWEST_EVENTS),
        lambda row: f"The team has met {_whom(row)} in one way only. Other ways may reach other people.",
        lambda row: f"1 method in {counted(int(row.events), 'event')}",
    ),
    Flag(
        "one_objective_only",
        ("events", "objectives"),
        lambda table: (table["objectives"] == 1) & (table["events"] >= FEWEST_EVENTS),
        lambda row: f"The team has met {_whom(row)} with one aim only. Ask them what else matters.",
        lambda row: f"1 objective in {counted(int(row.events), 'event')}",
    ),
    Flag(
        WATCH,
        _COUNTS,
        _is(WATCH),
        lambda row: (
            f"The team may be meeting {_whom(row)} less than their share: "
            f"{_times(row.events)}, where {row.expected:,.0f} would have been an equal share. Look again next quarter."
        ),
        _counts,
    ),
    Flag(THIN, _COUNTS, _is(THIN), _thin, _counts),
    Flag(
        ELSEWHERE,
        ("status", "events"),
        _is(ELSEWHERE),
        lambda row: f"{_whom(row)}: contacts where nobody lives. A town centre, or a wrong ward?",
        lambda row: f"{row.events:,g} events, 0 residents",
    ),
    Flag(
        NO_CONTACTS,
        ("status",),
        _is(NO_CONTACTS),
        lambda row: f"{_whom(row)}: no contacts recorded in the period, so there is nothing to compare.",
        lambda row: "0 events recorded for anybody",
    ),
    Flag(
        NO_DATA,
        ("status",),
        _is(NO_DATA),
        lambda row: f"{_whom(row)}: no data for this period.",
        lambda row: "residents or contacts unknown",
    ),
)
PRIORITY: tuple[str, ...] = tuple(dict.fromkeys(flag.code for flag in FLAGS))


def find_flags(measures: pd.DataFrame) -> pd.DataFrame:
    """Return every flag of every row of ``measures``, the most pressing kind first.

    Columns in: ``subject`` ("Roma residents") and, where there, ``place`` (a ward's name), ``population``, ``events``,
    ``expected`` (events), ``status`` and ``probability_below`` (of ``status``), ``days_since_last``, ``period_days``
    (days the log covers), ``proactive`` of ``initiation_known`` events (planned, or asked for by the community),
    ``invited`` and ``attended`` (invitations), ``methods`` and ``objectives`` (different ones used). A flag whose
    columns are not there, or are NaN in a row, is not raised. Without any residents known, who was never met and who
    not for a long time are still told. ``threshold``: what ``probability_below`` is about, 0.8 where absent.
    ``perhaps_met`` with ``open_events``: a gap that meetings open to all may have filled; ``met_elsewhere``: nobody is
    named here, but open meetings were held and the community is met elsewhere.

    Columns out: ``flag``, ``sentence``, ``evidence``; the index is that of the row flagged, so one row may stand
    several times. Order: PRIORITY, then most residents first, then subject and place.
    """
    found = []
    for flag in FLAGS:
        place = PRIORITY.index(flag.code)
        if not set(flag.needs) <= set(measures):
            continue
        rows = measures[np.asarray(flag.applies(measures), bool)]
        said = [(flag.sentence(row), flag.evidence(row) + ".") for row in rows.itertuples()]
        found.append(
            pd.DataFrame(
                {
                    "flag": flag.code,
                    "sentence": [sentence for sentence, _ in said],
                    "evidence": [evidence for _, evidence in said],
                    "_order": place,
                    "_people": -rows["population"].to_numpy(np.float64) if "population" in rows else 0.0,
                },
                index=rows.index,
            )
        )
    columns = ["flag", "sentence", "evidence"]
    if not any(len(table) for table in found):
        return pd.DataFrame(columns=columns, index=measures.index[:0], dtype=object)
    every = pd.concat([table for table in found if len(table)])
    return every.sort_values(["_order", "_people", "sentence"], kind="stable")[columns]


def first_flag(measures: pd.DataFrame, flags: pd.DataFrame) -> pd.DataFrame:
    """Return one row a row of ``measures``: its most pressing ``flag`` and, as ``reason``, the evidence.

    ``flags``: of ``find_flags``. A row without any flag has its ``status`` (adequate, not_applicable) and no reason.
    """
    most = flags[~flags.index.duplicated()].reindex(measures.index)
    plain = measures["status"] if "status" in measures else pd.Series(ADEQUATE, index=measures.index)
    return pd.DataFrame({"flag": most["flag"].fillna(plain), "reason": most["evidence"].fillna("")})


_WORDS = "one two three four five six seven eight nine ten eleven twelve".split()


def period(days: float) -> str:
    """Return a stretch of days as people say it: ``two years``, ``seven months``, ``20 days``."""
    months = round(days / 30.4375)
    if months < 2:
        return counted(round(days), "day")
    number, unit = (months // 12, "year") if months % 12 == 0 else (months, "month")
    said = _WORDS[number - 1] if number <= len(_WORDS) else f"{number}"
    return f"{said} {unit}{'' if number == 1 else 's'}"
