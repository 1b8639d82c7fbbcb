"""When, how lasting, what kind, and whose: the evidence of one hot spot, and of the whole area in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from geo.errors import GeoError
from geo.hotspots.mix import WEIGHTS, impact, type_mix
from geo.hotspots.repeats import knox, repeat_places, repeat_victims, vulnerability
from geo.hotspots.rhythm import peaks, refusal, season, week_profile
from geo.hotspots.trend import hot_months, lasting, monthly_counts, trend

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


def of_hotspot(
    members: pd.DataFrame, months: Sequence[str], expected: pd.Series, weights: Mapping[str, float] = WEIGHTS
) -> dict[str, Any]:
    """Return the evidence of one hot spot; what its data do not tell is None.

    ``members``: its incidents. ``months``: those the data cover. ``expected``: of each month, what chance would put
    here. ``weights``: of each ASB type. Keys: ``trend`` (rising, falling, no clear trend, too short to say), ``peak``
    (the busiest block of the week, in words), and COLUMNS: ``lasting`` (new, persistent, intensifying, diminishing,
    sporadic, historical: see ``geo.hotspots.trend.lasting``), ``trend_p``, ``first_month``, ``last_month``, incidents
    of each type, ``impact`` (their weights added up), victims with more than one and with three or more incidents in
    the last twelve months, and incidents marked as each kind of vulnerable.
    """
    counts = monthly_counts(members["month"], months)
    moved = trend(counts)
    active = members["month"].dropna()
    found: dict[str, Any] = dict.fromkeys(COLUMNS)
    found |= {
        "trend": moved.direction,
        "trend_p": None if moved.p != moved.p else round(moved.p, 4),
        "lasting": lasting(hot_months(counts, expected.reindex(counts.index)), moved).name or None,
        "first_month": active.min(),
        "last_month": active.max(),
        "peak": _peak(members),
    }
    if {"asb_type", "category"} & set(members.columns):
        table = type_mix(members).table.set_index("type")["incidents"]
        found |= {f"type_{name}": int(table[name]) for name in ("personal", "nuisance", "environmental")}
    if "asb_type" in members:
        found["impact"] = round(impact(members, weights).weighted, 2)
    if _victims_known(members):
        again = repeat_victims(members)
        found |= {"repeat_victims": again.more_than_one, "victims_three_or_more": again.three_or_more}
    if set(_MARKS) & set(members.columns):
        marked = vulnerability(members)
        found |= {f"vulnerable_{name}": getattr(marked, name) for name in _MARKS}
    return found


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


def _peak(members: pd.DataFrame) -> str | None:
    if refusal(members) is not None:
        return None
    blocks = peaks(week_profile(members["occurred_from"], members.get("occurred_to")), most_blocks=1)
    return blocks[0].sentence.rstrip(".") if blocks else None
