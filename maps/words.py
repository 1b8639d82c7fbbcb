"""Values as people read them: one way for a number, a share, a date, a code and a gap, on every page."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd

UNKNOWN = "–"

# not strftime: its names follow the machine's language
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_CODE = re.compile(r"[a-z][a-z0-9_]*(;[a-z][a-z0-9_]*)*")
_NARROW, _WIDE = frozenset("iljt.,:;'|!()[]I "), frozenset("mwMW@%—…")


def plain(value: Any) -> Any:
    """Return a cell as JSON knows it (a date as 2025-03-12); whatever stands for "not there" becomes None."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, date):  # a Timestamp is one
        return value.isoformat()[:10]
    if hasattr(value, "item"):
        return plain(value.item())
    return value if isinstance(value, bool | int | float | str) else str(value)


def ended(lines: Sequence[str]) -> list[str]:
    """Return lines that may stand side by side: each ends with a mark."""
    return [line if line.rstrip()[-1:] in (*".!?:;…", "") else f"{line.rstrip()}." for line in lines]


def number(value: float, decimals: int = 0) -> str:
    """Return a number with thousands set apart, rounded half up as people do."""
    # a hair above: 0.125 is exact and would go to the even digit, 1.005 lies a hair below
    nudged = value + math.copysign(1e-9, value)
    text = f"{nudged:,.{decimals}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text.replace("-", "\N{MINUS SIGN}")


def percent(share: float) -> str:
    """Return a share as a percentage; neither nearly none nor nearly all is rounded to none or all."""
    if 0 < share < 0.01:
        return "under 1%"
    if 0.99 < share < 1:
        return "over 99%"
    return f"{number(share * 100)}%"


def day(text: str) -> str:
    """Return 2025-03-12 as 12 Mar 2025, and anything else as it is."""
    found = _iso(text)
    return text if found is None else f"{found.day} {MONTHS[found.month - 1][:3]} {found.year}"


def long_day(text: str) -> str:
    """Return 2026-01-31 as 31 January 2026, and anything else as it is."""
    found = _iso(text)
    return text if found is None else f"{found.day} {MONTHS[found.month - 1]} {found.year}"


def spoken(text: str) -> str:
    """Return a code such as build_trust;feed_back as words, a date as a date, and anything else as it is."""
    if _DATE.fullmatch(text):
        return day(text)
    text = text.removeprefix("other:")
    return text.replace(";", ", ").replace("_", " ") if _CODE.fullmatch(text) else text


def listed(names: Sequence[str]) -> str:
    """Return names as they are said: a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def counted(count: int, one: str, many: str | None = None) -> str:
    """Return 1 ward, 2 wards."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def width_of(text: str, size: float = 12) -> float:
    """Return about how wide a text will stand, in the unit of ``size``; never less than it does in common typefaces."""
    return size * sum(0.34 if c in _NARROW else 1.0 if c in _WIDE or ord(c) > 0x2E7F else 0.6 for c in text)


def fitted(text: str, room: float, size: float = 12) -> str:
    """Return ``text``, cut with an ellipsis when it would be wider than ``room``."""
    if len(text) * 0.34 * size <= room and width_of(text, size) <= room:
        return text
    kept = text[: max(1, int(room / (0.3 * size)))]
    while len(kept) > 1 and width_of(kept + "…", size) > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None
