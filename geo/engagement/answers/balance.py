"""Who starts an engagement, who leads it, in how many ways and places: the balance of what was done."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from geo.engagement.answers.answer import Answer, answered, out_of
from geo.engagement.columns import (
    LEVEL_COLUMNS,
    LEVELS,
    NOT_RECORDED,
    by_level,
    dated_until,
    in_order,
    select,
    shares,
    split_rows,
    text,
)
from geo.errors import counted, listed

_PLACES = ("all", "ward", "community")
_SHARES = {"engagements": "Engagements", "known": "Known", "yes": "of these", "unknown": "Not known", "share": "Share"}
_SHARES |= {"low": "from", "high": "to"}
_LEVEL = {"level": "Level", "value": "Of"}
_BEFOREHAND = {"proactive", "requested_by_community"}
_FEW = 3


def proactive_share(engagements: pd.DataFrame, *, as_of: pd.Timestamp, levels: Sequence[str] = LEVELS) -> Answer:
    """Return how much engagement was not merely an answer to an incident: (proactive + requested) / known.

    By ward, community, quarter, team and role (where there is a column ``role``); never by named officer. Table:
    ``level``, ``value``, ``engagements``, ``known``, ``yes`` (proactive or requested by the community), ``unknown``,
    ``share``, ``low``, ``high`` (Wilson), ``reactive_only`` (3 or more known, every one after an incident). A community
    counts with every engagement that names it. The share is NaN where nothing is known.
    """
    events = dated_until(engagements, as_of)
    table = shares(events, _is_among(text(events, "initiation"), _BEFOREHAND, {*_BEFOREHAND, "reactive"}), levels)
    table["reactive_only"] = (table["known"] >= _FEW) & (table["yes"] == 0)
    only = table[table["reactive_only"] & table["level"].isin(["ward", "community"])]
    yes, known = _whole(table)
    sentence = (
        f"{out_of(yes, known)} engagements of known origin were planned or asked for by the community."
        if known
        else "Of no engagement is it known whether it was planned, asked for or after an incident."
    )
    names = [name for name in only["value"] if name != NOT_RECORDED]
    sentence += f" Met only after incidents ({_FEW} or more engagements): {listed(names)}." if names else ""
    headings = _LEVEL | _SHARES | {"yes": "Planned or asked for", "reactive_only": "Only after incidents"}
    return answered("initiation", "Do we come only when something has happened?", sentence, table, headings)


def not_police_led(engagements: pd.DataFrame, *, as_of: pd.Timestamp, levels: Sequence[str] = _PLACES) -> Answer:
    """Return the share of engagements led by somebody other than the police (``lead_type``, or ``lead_org_type``).

    Table: ``level``, ``value``, ``engagements``, ``known``, ``yes`` (led by others), ``unknown``, ``share``, ``low``,
    ``high`` (Wilson).
    """
    events = dated_until(engagements, as_of)
    lead = text(events, "lead_type").where(text(events, "lead_type").notna(), text(events, "lead_org_type"))
    table = shares(events, ~_is_among(lead, {"police"}, set(lead.dropna()) - {"unknown"}), levels)
    yes, known = _whole(table)
    sentence = (
        f"{out_of(yes, known)} engagements were led by somebody other than the police."
        if known
        else "Of no engagement is it known who led it."
    )
    headings = _LEVEL | _SHARES | {"yes": "Led by others"}
    return answered("lead", "Who leads?", sentence, table, headings)


def profile(
    engagements: pd.DataFrame,
    column: str = "participation_level",
    *,
    as_of: pd.Timestamp,
    levels: Sequence[str] = _PLACES,
) -> Answer:
    """Return how engagements divide over the values of one column: participation level, facilitator, host, format.

    Table: ``level``, ``value``, ``kind`` (the value of ``column``), ``engagements``, ``known`` (of that level and
    value), ``share`` (of the known; NaN for "not recorded"). A value with several words counts for each.
    """
    events = dated_until(engagements, as_of)
    long = split_rows(by_level(select(events, "date", *LEVEL_COLUMNS.values(), column), levels), column)
    table = (
        long.assign(kind=long[column])
        .groupby(["level", "value", "kind"], as_index=False)
        .agg(engagements=("date", "size"))
    )
    recorded = table["kind"] != NOT_RECORDED
    known = table[recorded].groupby(["level", "value"])["engagements"].sum()
    keys = zip(table["level"], table["value"], strict=True)
    table["known"] = pd.Series([int(known.get(key, 0)) for key in keys], dtype="int64")
    table["share"] = (table["engagements"] / table["known"]).where(recorded)
    table = in_order(table, levels, "kind")
    words = column.replace("_", " ")
    whole = table[(table["level"] == "all") & (table["kind"] != NOT_RECORDED)]
    said = [f"{row.kind} {row.engagements} of {row.known}" for row in whole.itertuples()]
    sentence = (
        f"By {words}: {listed(said, 6)}."
        if said
        else f"No {words} is recorded for {counted(len(events), 'engagement')}."
    )
    headings = _LEVEL | {"kind": words.capitalize(), "engagements": "Engagements", "known": "Known", "share": "Share"}
    return answered(column, f"How do engagements divide by {words}?", sentence, table, headings)


def method_diversity(
    engagements: pd.DataFrame,
    *,
    as_of: pd.Timestamp,
    column: str = "activity",
    levels: Sequence[str] = _PLACES,
) -> Answer:
    """Return in how many ways people were met, by ward and community.

    Table: ``level``, ``value``, ``engagements`` (with the column recorded), ``methods`` (how many there were),
    ``effective_methods`` (exp of the Shannon entropy, natural logarithm: 4 when four are used equally, 1 when always
    the same one; Hill 1973, doi 10.2307/1934352), ``evenness`` (Pielou, NaN for one method), ``most_used``,
    ``most_used_share``.
    """
    events = dated_until(engagements, as_of)
    long = by_level(
        split_rows(select(events, "date", *LEVEL_COLUMNS.values(), column), column).drop(columns="share"), levels
    )
    long = long[long[column] != NOT_RECORDED]
    counts = long.groupby(["level", "value", column], as_index=False).agg(n=("date", "size"))
    counts = counts.sort_values(["n", column], ascending=[False, True], kind="stable")
    rows = [
        {"level": level, "value": value, **_variety(own, column)}
        for (level, value), own in counts.groupby(["level", "value"])
    ]
    figures = ["engagements", "methods", "effective_methods", "evenness", "most_used", "most_used_share"]
    table = in_order(pd.DataFrame(rows, columns=["level", "value", *figures]), levels)
    same = table[(table["level"] == "community") & (table["methods"] == 1) & (table["engagements"] >= _FEW)]
    names = [name for name in same["value"] if name != NOT_RECORDED]
    whole = table[table["level"] == "all"]
    word = column.replace("_", " ")
    if whole.empty:
        sentence = f"No {word} is recorded."
    else:
        first = whole.iloc[0]
        sentence = (
            f"{counted(int(first['methods']), f'kind of {word}', f'kinds of {word}')} in "
            f"{counted(int(first['engagements']), 'engagement')}, "
            f"as varied as {first['effective_methods']:.1f} used equally."
        )
        sentence += f" Always the same one for: {listed(names)}." if names else ""
    headings = _LEVEL | {
        "engagements": "Engagements",
        "methods": "Kinds",
        "effective_methods": "Effective number",
        "evenness": "Evenness",
        "most_used": "Most used",
        "most_used_share": "Share of that",
    }
    return answered(f"{column}_diversity", f"Do we always use the same {word}?", sentence, table, headings)


def venues(
    engagements: pd.DataFrame,
    focal_points: pd.DataFrame,
    *,
    as_of: pd.Timestamp,
    levels: Sequence[str] = _PLACES,
) -> Answer:
    """Return in how many kinds of place people were met: the columns of ``method_diversity``.

    The venue is ``venue_type`` where recorded, else the ``kind`` of the focal point.
    """
    kinds = dict(zip(text(focal_points, "focal_point_id"), text(focal_points, "kind"), strict=True))
    recorded = text(engagements, "venue_type")
    at = text(engagements, "focal_point_id").map(kinds)
    with_venue = engagements.assign(venue=recorded.where(recorded.notna(), at))
    return method_diversity(with_venue, as_of=as_of, column="venue", levels=levels)


def effective_number(counts: Sequence[float] | np.ndarray) -> float:
    """Return exp(H) of counts or shares (natural logarithm), NaN where there is nothing to count."""
    numbers = np.asarray(counts, dtype="float64")
    numbers = np.sort(numbers[numbers > 0])
    if not len(numbers):
        return float("nan")
    parts = numbers / numbers.sum()
    return float(np.exp(-(parts * np.log(parts)).sum()))


def _variety(own: pd.DataFrame, column: str) -> dict[str, object]:
    total, effective = int(own["n"].sum()), effective_number(own["n"].to_numpy())
    return {
        "engagements": total,
        "methods": len(own),
        "effective_methods": effective,
        "evenness": np.log(effective) / np.log(len(own)) if len(own) > 1 else np.nan,
        "most_used": own[column].iloc[0],
        "most_used_share": own["n"].iloc[0] / total,
    }


def _is_among(values: pd.Series, yes: set[str], known: set[str]) -> pd.Series:
    """Return True, False or NA: whether a known value is one of ``yes``."""
    return values.isin(yes).astype("boolean").mask(~values.isin(known))


def _whole(table: pd.DataFrame) -> tuple[int, int]:
    """Return yes and known of the level ``all``."""
    whole = table[table["level"] == "all"]
    return int(whole["yes"].sum()), int(whole["known"].sum())
