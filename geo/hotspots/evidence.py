"""When, what kind, and whose: the evidence of each hot spot, and of the whole area in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from geo.crs import LOCAL
from geo.errors import GeoError, counted
from geo.hotspots.gi_star import benjamini_hochberg
from geo.hotspots.mix import TYPES, WEIGHTS, kinds, type_mix, weigh
from geo.hotspots.repeats import knox, marked, repeat_places, repeat_victims, victims_by_group, vulnerability
from geo.hotspots.rhythm import peaks, peaks_in_words, refusal, season, week_profile
from geo.hotspots.tally import Floats, Ints, crosstab, pairs, sums
from geo.hotspots.trend import LEVEL, changes, is_hot, month_number, monthly_counts, trend, trends

COLUMNS = (
    "in_time",
    "change",
    "monthly_from",
    "monthly",
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
TEXTS = ("trend", "peak", "in_time", "change", "monthly_from", "monthly", "first_month", "last_month")
# months compared with as many before
_LATELY = 3
# near repeats: within 200 m, in the first, second and following two weeks
_NEAR_M, _NEAR_DAYS = (0, 100, 200), (0, 7, 14, 28)
_SHUFFLES = 199
# above this, finding all near pairs takes minutes
_MOST_FOR_KNOX = 20_000


def of_hotspots(
    incidents: pd.DataFrame,
    counts: Floats,
    months: Sequence[str],
    chance_share: Floats,
    each_month: Floats,
    weights: Mapping[str, float] = WEIGHTS,
    *,
    zone: str = LOCAL,
) -> dict[str, pd.Series]:
    """Return the evidence of all hot spots as columns, a row a hot spot; what its data do not tell is missing.

    ``incidents``: those in hot spots, with ``label``. ``counts``: of each hot spot in each of ``months``, in order; NaN
    where the month is not covered. ``chance_share``: what part of ``each_month``, all reports of the area, chance would
    put there. ``weights``: of each ASB type. ``zone``: of local times. Columns: ``trend`` (rising, falling, no clear
    trend, too short to say), ``peak`` (the busiest block of the week, in words), and COLUMNS: ``in_time`` (a sentence),
    ``change`` (see ``in_time``), ``monthly`` (counts parted by blanks, - where not covered) from ``monthly_from`` on,
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
        "monthly": [_monthly(own, months) for own in counts],
        "monthly_from": [months[0] if months else None] * count,
        "peak": peaks_in_words(incidents, label, count, zone=zone),
    }
    found["in_time"], found["change"] = in_time(counts, chance_share, each_month)
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


def in_time(counts: Floats, chance_share: Floats, each_month: Floats) -> tuple[list[str], list[str | None]]:
    """Return a sentence on the months of each hot spot, and how it changed lately.

    The last 3 covered months are compared with the 3 before, and with how the rest of the area moved in the same months
    (Fisher's exact test, allowing for the number of hot spots): ``more`` or ``fewer`` than chance, ``no clear change``,
    missing under 6 months. ``new``: more, and nothing before; ``gone``: fewer, and nothing lately.
    """
    hot = is_hot(counts, chance_share[:, None] * each_month).sum(axis=1)
    known = ~np.isnan(counts)
    covered = known.sum(axis=1)
    newest = np.cumsum(known[:, ::-1], axis=1)[:, ::-1]  # 1 for the latest covered month, 2 for the one before ...
    spans = [known & (newest > low) & (newest <= low + _LATELY) for low in (0, _LATELY)]
    last, before = (np.where(span, counts, 0).sum(axis=1).astype(np.int64) for span in spans)
    rest = [
        (span * each_month).sum(axis=1).astype(np.int64) - own for span, own in zip(spans, (last, before), strict=True)
    ]
    asked = covered >= 2 * _LATELY
    p = np.full(len(counts), np.nan)
    p[asked] = changes(last[asked], before[asked], rest[0][asked], rest[1][asked])
    sure = benjamini_hochberg(p) < LEVEL
    earlier = np.nansum(counts, axis=1) - last
    more = last * (rest[1] + before) > before * (rest[0] + last)
    said, change = [], []
    for row in range(len(counts)):
        own = None if not asked[row] else "no clear change" if not sure[row] else "more" if more[row] else "fewer"
        own = "new" if own == "more" and earlier[row] == 0 else "gone" if own == "fewer" and last[row] == 0 else own
        change.append(own)
        told = f"Above chance in {hot[row]} of {counted(int(covered[row]), 'month')}"
        if own is not None:
            verdict = {"no clear change": own, "more": "more than chance", "fewer": "fewer than chance"}
            verdict |= {"new": "new, beyond chance", "gone": "gone, beyond chance"}
            told += f"; {last[row]:,} in the last {_LATELY}, {before[row]:,} in the {_LATELY} before: {verdict[own]}"
        said.append(f"{told}.")
    return said, change


def _monthly(counts: Floats, months: Sequence[str]) -> str:
    """Return the counts of all calendar months from the first covered to the last, - for what is not covered."""
    known = {month: count for month, count in zip(months, counts, strict=True) if count == count}
    if not months:
        return ""
    first, last = month_number(months[0]), month_number(months[-1])
    every = [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(first, last + 1)]
    return " ".join(f"{known[month]:.0f}" if month in known else "-" for month in every)


def _first_and_last(label: Ints, month: pd.Series, count: int) -> tuple[list[str | None], list[str | None]]:
    code, names = pd.factorize(month, sort=True)
    found = pairs(label, code.astype(np.int64))
    first: list[str | None] = [None] * count
    last = first.copy()
    for own, of in zip(found.label, found.code, strict=True):
        first[own] = first[own] or str(names[of])
        last[own] = str(names[of])
    return first, last


def of_area(
    incidents: pd.DataFrame, xy: Any, months: Sequence[str], *, snapped: bool, seed: int, zone: str = LOCAL
) -> Iterator[str]:
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
        profile = week_profile(incidents["occurred_from"], incidents.get("occurred_to"), zone=zone)
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
