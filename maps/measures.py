"""What the wards can be shaded by: for each measure its classes, and for each ward its class and its number in words.

Every class has a colour and perhaps a pattern; what asks for attention is always patterned, and every ward carries its
number or its letter, so that the map reads in grey and without colour vision.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from maps import words
from maps.flags import FLAGS, flag_of
from maps.palette import BIVARIATE, BLUES, BROWNS, DIVERGING
from maps.words import plain


@dataclass(frozen=True)
class Shade:
    """One class of a measure, as its key shows it; ``pattern`` is none, lines, dots or cross."""

    label: str
    fill: str
    pattern: str = "none"
    mark: str = ""


@dataclass(frozen=True)
class Measure:
    """A way to shade the wards. ``classes`` and ``texts`` follow the rows of the wards; ``grid``: shades are 3 x 3."""

    name: str
    title: str
    note: str
    shades: Sequence[Shade]
    classes: Sequence[int]
    texts: Sequence[str]
    grid: dict[str, str] = field(default_factory=dict)
    spoken: Sequence[str] = ()  # what a screen reader hears for each ward, where it is not the text

    def legend(self) -> dict[str, Any]:
        """Return what the page needs to know of the measure, the wards aside."""
        shades = [vars(shade) for shade in self.shades]
        return {"name": self.name, "title": self.title, "note": self.note, "shades": shades, "grid": self.grid or None}


UNKNOWN = Shade("not known", "#ffffff", "cross")
NONE = Shade("none", "#ffffff")
NEVER = Shade("none logged", "#ffffff", "lines")


def measures(wards: pd.DataFrame) -> list[Measure]:
    """Return every measure the columns of ``wards`` allow, in the order of the select."""
    made = [make(wards) for make in (_ratio, _flag, _per_thousand, _recency, _both)]
    return [measure for measure in made if measure is not None]


def _ratio(wards: pd.DataFrame) -> Measure | None:
    if "ratio" not in wards:
        return None
    shades = [
        Shade("under 0.4", DIVERGING[0], "lines"), Shade("0.4 to 0.8", DIVERGING[1], "lines"),
        Shade("0.8 to 1.2: in line", DIVERGING[2]), Shade("1.2 to 1.6", DIVERGING[3]),
        Shade("1.6 and over", DIVERGING[4]), UNKNOWN,
    ]  # fmt: skip
    values = _numbers(wards, "ratio")
    flags = [flag_of(str(flag)) for flag in wards.get("flag", pd.Series("", wards.index))]
    marks = ["!" if flag is not None and flag.pressing else "" for flag in flags]
    # 1.2 itself is still in line, 0.8 too
    classes = [
        5 if math.isnan(v) else 0 if v < 0.4 else 1 if v < 0.8 else 2 if v <= 1.2 else 3 if v < 1.6 else 4
        for v in values
    ]
    texts = [
        words.UNKNOWN if math.isnan(v) else f"{words.number(v, 2)}{' ' + mark if mark else ''}"
        for v, mark in zip(values, marks, strict=True)
    ]
    note = "Engagements logged for each one that an equal share by residents would be. Lines: less than that."
    if "!" in marks:
        note += " ! marks the wards flagged as under-engaged or never reached."
    return Measure("ratio", "Engagement ratio", note, shades, classes, texts)


def _flag(wards: pd.DataFrame) -> Measure | None:
    if "flag" not in wards:
        return None
    found = [flag_of(str(plain(flag) or "no data")) for flag in wards["flag"]]
    present = [flag for flag in FLAGS if flag in found]
    shades = [Shade(f"{flag.words}: {flag.meaning}", flag.fill, flag.pattern, flag.mark) for flag in present]
    if None in found:
        shades.append(Shade("another word", "#ffffff", "cross"))
    classes = [len(present) if flag is None else present.index(flag) for flag in found]
    # the mark alone: the words would not fit a ward
    texts = [words.UNKNOWN if flag is None else flag.mark for flag in found]
    spoken = ["not known" if flag is None else flag.words for flag in found]
    note = "What the evidence allows to say of each ward."
    return Measure("flag", "Flag", note, shades, classes, texts, spoken=spoken)


def _per_thousand(wards: pd.DataFrame) -> Measure | None:
    if not {"contacts", "population"} <= set(wards.columns):
        return None
    people = _numbers(wards, "population")
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(people > 0, 1000 * _numbers(wards, "contacts") / people, math.nan)
    note = "People met, as logged, for each 1,000 residents; one person met twice counts twice."
    return _graded(
        "per_thousand",
        "Contacts per 1,000 residents",
        note,
        values,
        _rate_words,
    )


def reports(wards: pd.DataFrame) -> Measure | None:
    """Return the wards shaded by reports: for each 1,000 residents where these are known, else by their number."""
    if "incidents" not in wards:
        return None
    values = _numbers(wards, "incidents")
    people = _numbers(wards, "population") if "population" in wards else np.zeros(len(wards))
    if not (people > 0).all():
        note = "Reports in the period. A ward with few is unknown, not safe."
        return _graded("reports", "Reports", note, values, _rate_words, NONE)
    note = "Reports in the period for each 1,000 residents. A ward with few is unknown, not safe."
    return _graded("reports", "Reports per 1,000 residents", note, 1000 * values / people, _rate_words, NONE)


def _graded(
    name: str, title: str, note: str, values: Any, said: Callable[[float], str], nothing: Shade = NEVER
) -> Measure:
    """Classes of about equal numbers of wards, their limits rounded; none and not known stand apart."""
    known = values[np.isfinite(values) & (values > 0)]
    cuts = sorted({_rounded(cut) for cut in np.quantile(known, [0.25, 0.5, 0.75])}) if len(known) else []
    cuts = [cut for cut in cuts if known.min() < cut <= known.max()]
    colours = [BLUES[i] for i in ((2,), (0, 4), (0, 2, 4), (0, 1, 2, 4))[len(cuts)]]
    labels = ["some"]
    if cuts:
        between = [f"{said(a)} to {said(b)}" for a, b in pairwise(cuts)]
        labels = [f"under {said(cuts[0])}", *between, f"{said(cuts[-1])} and over"]
    shades = [nothing, *(Shade(label, colour) for label, colour in zip(labels, colours, strict=True)), UNKNOWN]
    classes = [
        len(shades) - 1 if not math.isfinite(v) else 0 if v == 0 else 1 + int(np.searchsorted(cuts, v, side="right"))
        for v in values
    ]
    texts = [words.UNKNOWN if not math.isfinite(v) else said(v) for v in values]
    return Measure(name, title, note, shades, classes, texts)


def _rate_words(value: float) -> str:
    return words.number(value, 0 if value == 0 or value >= 10 else 1 if value >= 1 else 2)


_DAYS = (30, 90, 180, 365)


def _recency(wards: pd.DataFrame) -> Measure | None:
    if "days_since_last" not in wards:
        return None
    values = _numbers(wards, "days_since_last")
    labels = ["up to 30 days", "31 to 90", "91 to 180", "181 to 365", "over 365"]
    shades = [Shade(label, BROWNS[i]) for i, label in enumerate(labels)] + [NEVER]
    classes = [5 if math.isnan(v) else int(np.searchsorted(_DAYS, v, side="left")) for v in values]
    texts = ["none logged" if math.isnan(v) else f"{words.number(v)} d" for v in values]
    note = "Days from the last contact logged to the end of the period."
    return Measure("days_since_last", "Days since last contact", note, shades, classes, texts)


def _both(wards: pd.DataFrame) -> Measure | None:
    if not {"reports_class", "engagement_class"} <= set(wards.columns):
        return None
    reports, engagement = _numbers(wards, "reports_class"), _numbers(wards, "engagement_class")
    known = np.isin(reports, (0, 1, 2)) & np.isin(engagement, (0, 1, 2))
    codes = [f"{1 + row}{'ABC'[column]}" for row in range(3) for column in range(3)]
    # the worst corner, many reports and least engagement, is marked as well
    shades = [Shade(code, fill, mark="!" if code == "3A" else "") for code, fill in zip(codes, BIVARIATE, strict=True)]
    classes = [int(3 * r + e) if k else 9 for r, e, k in zip(reports, engagement, known, strict=True)]
    quiet = wards.get("quiet_and_unheard", pd.Series(False, wards.index)).map(lambda value: plain(value) is True)
    texts = [
        f"{codes[c]}{' !' if codes[c] == '3A' else ''}{' ?' if q else ''}" if c < 9 else words.UNKNOWN
        for c, q in zip(classes, quiet, strict=True)
    ]
    note = "Wards in thirds by anti-social behaviour reported and by engagement. 3A !: many reports, least engagement."
    if quiet.any():
        note += " ?: few reports and little engagement; this is unknown, not safe."
    axes = {
        "rows": "Reports",
        "low_row": "few",
        "high_row": "many",
        "columns": "Engagement",
        "low_column": "least",
        "high_column": "most",
    }
    return Measure("both", "Reports and engagement together", note, [*shades, UNKNOWN], classes, texts, axes)


def _numbers(wards: pd.DataFrame, name: str) -> Any:
    return pd.to_numeric(wards[name], errors="coerce").to_numpy(dtype=float, na_value=math.nan)


def _rounded(value: float) -> float:
    """Two significant digits, as a limit is said."""
    return float(f"{value:.2g}")
