"""When, how lasting, what kind, and whose: the evidence of each hot spot, and of the whole area in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from geo.errors import GeoError
from geo.hotspots.mix import TYPES, WEIGHTS, kinds, type_mix, weigh
from geo.hotspots.repeats import knox, marked, repeat_places, repeat_victims, victims_by_group, vulnerability
from geo.hotspots.rhythm import peaks, peaks_in_words, refusal, season, week_profile
from geo.hotspots.tally import Floats, Ints, crosstab, pairs, sums
from geo.hotspots.trend import Trends, hot_months, lasting, monthly_counts, trend, trends

COLUMNS = (
    "lasting",
    "trend_p",
    "first_month",
    "last_month",
    "type_personal",
    "type_nuisance",
    "type_environmental",
    "impact",
    "repeat_victims",
    "victims_three_or_more",
    "vulnerable_personal",
    "vulnerable_situational",
    "vulnerable_incidental",
)
_MARKS = ("personal", "situational", "incidental")
TEXTS = ("trend", "peak", "lasting", "first_month", "last_month")
# near repeats: within 200 m, in the first, second and following two weeks
_NEAR_M, _NEAR_DAYS = (0, 100, 200), (0, 7, 14, 28)
_SHUFFLES = 199
# above this, finding all near pairs takes minutes
_MOST_FOR_KNOX = 20_000


def of_hotspots(
    incidents: pd.DataFrame,
    counts: Ints,
    months: Sequence[str],
    expected: Floats,
    weights: Mapping[str, float] = WEIGHTS,
) -> dict[str, pd.Series]:
    """Return the evidence of all hot spots as columns, a row a hot spot; what its data do not tell is missing.

    ``incidents``: those in hot spots, with ``label``. ``counts``: of each hot spot in each of ``months``, those the
    data cover; ``expected``: what chance would put there. ``weights``: of each ASB type. Columns: ``trend`` (rising,
    falling, no clear trend, too short to say), ``peak`` (the busiest block of the week, in words), and COLUMNS:
    ``lasting`` (new, persistent, intensifying, diminishing, sporadic, historical: see ``geo.hotspots.trend.lasting``),
    ``trend_p``, ``first_month``, ``last_month``, incidents of each type, ``impact`` (their weights added up), victims
    with more than one and with three or more incidents in the last twelve months, and incidents marked as each kind of
    vulnerable.
    """
    label, count = incidents["label"].to_numpy(np.int64), len(counts)
    moved = trends(counts, months)
    found: dict[str, Any] = dict.fromkeys(("trend", "peak", *COLUMNS))
    found |= {
        "trend": moved.direction,
        "trend_p": moved.p.round(4),
        "lasting": _lasting(counts, months, expected, moved),
        "peak": peaks_in_words(incidents, label, count),
    }
    found["first_month"], found["last_month"] = _first_and_last(label, incidents["month"], count)
    if {"asb_type", "category"} & set(incidents.columns):
        kind = pd.Index(TYPES).get_indexer(kinds(incidents))
        of_type = crosstab(label, kind.astype(np.int64), (count, len(TYPES)))
        found |= {f"type_{name}": of_type[:, number] for number, name in enumerate(TYPES[:3])}
    if "asb_type" in incidents:
        found["impact"] = sums(label, weigh(incidents, weights).to_numpy(), count).round(2)
    if _victims_known(incidents):
        found["repeat_victims"], found["victims_three_or_more"] = victims_by_group(incidents, label, count)
    for name in _MARKS if set(_MARKS) & set(incidents.columns) else ():
        if name in incidents:
            found[f"vulnerable_{name}"] = sums(label, marked(incidents[name]).to_numpy(bool), count)
    return {name: _typed(name, found[name], count) for name in found}


def _typed(name: str, values: Any, count: int) -> pd.Series:
    """Return a column whose type does not depend on what happens to be known."""
    kind = "string" if name in TEXTS else "Float64" if name in ("trend_p", "impact") else "Int64"
    given = [pd.NA] * count if values is None else values
    return pd.Series(given, dtype="object" if kind == "string" else None).astype(kind)


def _lasting(counts: Ints, months: Sequence[str], expected: Floats, moved: Trends) -> list[str | None]:
    index = sorted(set(months))
    steps = [
        hot_months(pd.Series(own, index), pd.Series(mean, index)) for own, mean in zip(counts, expected, strict=True)
    ]
    return [lasting(hot, direction).name or None for hot, direction in zip(steps, moved.direction, strict=True)]


def _first_and_last(label: Ints, month: pd.Series, count: int) -> tuple[list[str | None], list[str | None]]:
    code, names = pd.factorize(month, sort=True)
    found = pairs(label, code.astype(np.int64))
    first: list[str | None] = [None] * count
    last = first.copy()
    for own, of in zip(found.label, found.code, strict=True):
        first[own] = first[own] or str(names[of])
        last[own] = str(names[of])
    return first, last


def of_area(incidents: pd.DataFrame, xy: Any, months: Sequence[str], *, snapped: bool, seed: int) -> Iterator[str]:
    """Yield sentences about all incidents of the area, refusals with their reasons among them.

    ``xy``: their positions in metres. ``snapped``: whether these are map points, at which only places repeat, not
    people.
    """
    counts = monthly_counts(incidents["month"], months)
    yield f"All reports of the area: {trend(counts).sentence}"
    yield season(counts).sentence
    no_hours = refusal(incidents)
    if no_hours is not None:
        yield no_hours
    else:
        profile = week_profile(incidents["occurred_from"], incidents.get("occurred_to"))
        yield from (one for one in (profile.warning, *(peak.sentence for peak in peaks(profile))) if one)
    if {"asb_type", "category"} & set(incidents.columns):
        yield type_mix(incidents).sentence
    yield repeat_places(incidents["place"], snapped=snapped).sentence
    if _victims_known(incidents):
        yield repeat_victims(incidents).sentence
    if set(_MARKS) & set(incidents.columns):
        yield vulnerability(incidents).sentence
    if no_hours is None and len(incidents) <= _MOST_FOR_KNOX:
        try:
            days = incidents["occurred_from"]
            near = knox(xy, days, distance_m=_NEAR_M, days_bins=_NEAR_DAYS, permutations=_SHUFFLES, seed=seed)
            yield near.sentence
        except GeoError as error:
            yield error.problem


def _victims_known(incidents: pd.DataFrame) -> bool:
    return {"victim_ref", "occurred_from"} <= set(incidents.columns) and bool(incidents["victim_ref"].notna().any())
