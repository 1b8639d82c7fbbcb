"""What kind of anti-social behaviour: personal, nuisance or environmental; and counts weighted by impact."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

from geo.errors import GeoError, counted, listed

TYPES = ("personal", "nuisance", "environmental", "unspecified")

# Used only where no qualifier was recorded: a heading does not tell at whom the behaviour was aimed.
HEADINGS: Mapping[str, str] = MappingProxyType(
    {
        "vehicle abandoned": "environmental",
        "vehicle nuisance": "nuisance",
        "rowdy or inconsiderate": "nuisance",
        "rowdy/nuisance neighbours": "personal",
        "littering/drug paraphernalia": "environmental",
        "animal problems": "nuisance",
        "trespass": "nuisance",
        "nuisance communications": "personal",
        "street drinking": "nuisance",
        "prostitution-related": "nuisance",
        "noise": "nuisance",
        "begging/vagrancy": "nuisance",
        "fireworks": "nuisance",
    }
)
# Other forces' words for the same things, in the order they are asked.
_KEYWORDS = (
    ("environmental", ("abandon", "litter", "paraphernalia", "graffiti", "fly tip", "fly-tip", "dumping")),
    ("personal", ("neighbour", "communication", "malicious", "harass", "intimidat")),
    ("nuisance", ("nuisance", "rowdy", "noise", "drinking", "begging", "vagran", "firework", "trespass", "animal")),
    ("nuisance", ("prostitut", "vehicle")),
)

# No published harm index weighs anti-social behaviour, so a weight is a local judgement, to be made with those who
# suffer it. Until somebody makes it every type counts 1. An example of such a judgement, not a recommendation:
# {"personal": 3, "nuisance": 1, "environmental": 1, "unspecified": 1}.
WEIGHTS: Mapping[str, float] = MappingProxyType(dict.fromkeys(TYPES, 1.0))


class TypeMix(NamedTuple):
    """``table``: one row a type, all four, with ``type``, ``incidents``, ``share`` (0-1).

    ``by_heading_share``: of incidents whose type was taken from their category for want of a recorded qualifier;
    ``unclassified_share``: that stay unspecified; ``unknown``: recorded qualifiers that are none of the four (counted
    as unspecified).
    """

    table: pd.DataFrame
    by_heading_share: float
    unclassified_share: float
    unknown: tuple[str, ...]
    sentence: str


class Impact(NamedTuple):
    """Incidents as counted and as weighted.

    ``heaviest_type``: the type with the most weight in all, and its share of the weight; ``heaviest_incident_share``:
    of the weight, what the single heaviest incident brings: near 1, one row makes the figure. ``unknown``: types
    without a weight, which count 1.
    """

    incidents: int
    weighted: float
    heaviest_type: str
    heaviest_type_share: float
    heaviest_incident_share: float
    unknown: tuple[str, ...]
    sentence: str


def type_mix(incidents: pd.DataFrame) -> TypeMix:
    """Return how many incidents were personal, nuisance and environmental.

    ``asb_type`` as recorded wins, a recorded "unspecified" too: it says at whom the behaviour was aimed, which no
    heading does. Where it is blank, ``category`` is read by its heading (the 13 of the Metropolitan Police's open data)
    or by keywords; that is a fallback and the sentence gives its share. What neither tells is unspecified. Raises
    GeoError if no row has either: data.police.uk publishes no sub-type, and none is guessed.
    """
    recorded = _text(incidents, "asb_type")
    category = _text(incidents, "category")
    if recorded.isna().all() and category.isna().all():
        raise GeoError(
            "incidents: no row has an asb_type or a category, so the mix of types cannot be told.",
            "data.police.uk publishes no sub-type of anti-social behaviour; a force extract can have it.",
        )
    unknown = tuple(sorted(set(recorded.dropna()) - set(TYPES)))
    by_heading = category.where(recorded.isna()).map(_type_of_heading)
    kind = kinds(incidents)
    counts = kind.value_counts().reindex(list(TYPES), fill_value=0)
    total = len(incidents)
    table = pd.DataFrame({"type": list(TYPES), "incidents": counts.to_numpy(), "share": (counts / total).to_numpy()})
    fallback, unclassified = float(by_heading.notna().mean()), float((kind == "unspecified").mean())
    parts = [f"{name} {share:.0%}" for name, share in zip(TYPES[:3], table["share"], strict=False)]
    said = f"Of {counted(total, 'incident')}: {', '.join(parts)}; {unclassified:.0%} unspecified."
    if fallback:
        said += f" For {fallback:.0%} no type was recorded and the heading was read instead: a fallback."
    return TypeMix(table, fallback, unclassified, unknown, said)


def kinds(incidents: pd.DataFrame) -> pd.Series:
    """Return the type of each incident, one of TYPES, by the rule of ``type_mix``."""
    recorded = _text(incidents, "asb_type")
    by_heading = _text(incidents, "category").where(recorded.isna()).map(_type_of_heading)
    return recorded.where(recorded.isin(TYPES)).fillna(by_heading).fillna("unspecified")


def weigh(
    incidents: pd.DataFrame, weights: Mapping[str, float] = WEIGHTS, *, column: str = "asb_type", default: float = 1.0
) -> pd.Series:
    """Return the weight of each incident's type; raises GeoError as ``impact`` does."""
    bad = [
        name for name, weight in {**weights, "default": default}.items() if not (np.isfinite(weight) and weight >= 0)
    ]
    if bad:
        raise GeoError(f"weights: {listed(bad)} is not a number of 0 or more.", "1 counts an incident once.")
    if column not in incidents:
        raise GeoError(
            f"incidents: no column {column!r}, so incidents cannot be weighted by type.",
            "data.police.uk publishes no sub-type of anti-social behaviour; a force extract can have it.",
        )
    return _text(incidents, column).map(_lowered(weights)).fillna(default).astype(float)


def impact(
    incidents: pd.DataFrame, weights: Mapping[str, float] = WEIGHTS, *, column: str = "asb_type", default: float = 1.0
) -> Impact:
    """Return the count of incidents beside the sum of their weights: where is the harm, not only the number?

    ``weights``: {type: weight}, 0 or more, matched to ``column`` (asb_type, or category for the 13 headings) without
    regard to case. A type not in it, or not recorded, counts ``default``, and is listed. The weights are a judgement:
    always show both figures. Raises GeoError without the column or for unusable weights.
    """
    weight = weigh(incidents, weights, column=column, default=default)
    kind = _text(incidents, column)
    unknown = tuple(sorted(set(kind.dropna()) - set(_lowered(weights)))) + (
        ("not recorded",) if kind.isna().any() else ()
    )
    total = float(weight.sum())
    if not total > 0:
        said = f"{counted(len(incidents), 'incident')}, weight 0 by the weights given."
        return Impact(len(incidents), 0.0, "", float("nan"), float("nan"), unknown, said)
    by_type = weight.groupby(kind.fillna("not recorded")).sum().sort_index()
    heaviest, share = str(by_type.idxmax()), float(by_type.max() / total)
    said = (
        f"{counted(len(incidents), 'incident')}, weighing {total:,g} by the weights given; "
        f"{heaviest} makes {share:.0%} of the weight."
    )
    if unknown:
        said += f" Counted {default:g} each for want of a weight: {listed(list(unknown))}."
    return Impact(len(incidents), total, heaviest, share, float(weight.max() / total), unknown, said)


def _lowered(weights: Mapping[str, float]) -> dict[str, float]:
    return {name.strip().casefold(): float(weight) for name, weight in weights.items()}


def _text(incidents: pd.DataFrame, column: str) -> pd.Series:
    """Return a column in small letters without blanks round it; missing where empty or not there."""
    if column not in incidents:
        return pd.Series(pd.NA, index=incidents.index, dtype="object")
    text = incidents[column].astype("string").str.strip().str.casefold()
    return text.mask(text == "", pd.NA).astype("object")


def _type_of_heading(heading: object) -> object:
    if not isinstance(heading, str):
        return pd.NA
    if heading in HEADINGS:
        return HEADINGS[heading]
    return next((kind for kind, words in _KEYWORDS if any(word in heading for word in words)), pd.NA)
