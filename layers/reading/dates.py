"""Dates as people and systems write them, into local time, with the reading announced."""

from __future__ import annotations

from typing import NamedTuple

from geo.errors import counted
from layers.libraries import pd

LOCAL = "Europe/London"
_SLASHED = r"^\s*(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(.*)$"
_SERIAL = r"^\s*[2-6]\d{4}(\.\d+)?\s*$"  # Excel's days since 1899-12-30: 1954 to 2091
_ZONED = r"(?:Z|[+\-]\d{2}:?\d{2})\s*$"


class Dates(NamedTuple):
    """``when``: local time without a zone, NaT where there is no date or it cannot be read; ``choices``: sentences."""

    when: pd.Series
    choices: list[str]


def read_dates(text: pd.Series, name: str) -> Dates:
    """Return the dates of a text column: ISO 8601, dd/mm/yyyy or mm/dd/yyyy with or without a time, Excel's numbers.

    Whether 03/04/2025 is April or March is decided once for the column: by any value that only one reading allows,
    else day first, as in Britain; the choice is announced. A time with a zone is turned into British local time.
    """
    choices: list[str] = []
    values = text.astype("string").str.strip()
    when = pd.Series(pd.NaT, index=text.index, dtype="datetime64[s]")

    slashed = values.str.extract(_SLASHED)
    is_slashed = slashed[0].notna()
    if is_slashed.any():
        day_first = _day_first(slashed[is_slashed], name, choices)
        day, month = (0, 1) if day_first else (1, 0)
        iso = slashed[2] + "-" + slashed[month].str.zfill(2) + "-" + slashed[day].str.zfill(2) + slashed[3]
        values = values.mask(is_slashed, iso)
    serial = values.str.fullmatch(_SERIAL).fillna(False).astype(bool)
    if serial.any():
        days = pd.to_numeric(values[serial])
        when[serial] = (pd.Timestamp("1899-12-30") + pd.to_timedelta((days * 86_400).round(), unit="s")).astype(
            when.dtype
        )
        choices.append(f"{name}: {counted(int(serial.sum()), 'number')} read as Excel dates (45292 is 2024-01-01).")
    zoned = ~serial & values.str.contains(_ZONED, regex=True, na=False) & values.str.contains(":", na=False)
    if zoned.any():
        local = pd.to_datetime(values[zoned], errors="coerce", utc=True, format="ISO8601").dt.tz_convert(LOCAL)
        when[zoned] = local.dt.tz_localize(None).astype(when.dtype)
        choices.append(f"{name}: {counted(int(zoned.sum()), 'time')} with a zone turned into British local time.")
    plain = values.notna() & ~serial & ~zoned
    if plain.any():
        when[plain] = pd.to_datetime(values[plain], errors="coerce", format="ISO8601").astype(when.dtype)
    return Dates(when, choices)


def _day_first(slashed: pd.DataFrame, name: str, choices: list[str]) -> bool:
    first, second = slashed[0].astype(int), slashed[1].astype(int)
    day_first, month_first = int((first > 12).sum()), int((second > 12).sum())
    if day_first or month_first:
        as_day = day_first >= month_first
        proof = max(day_first, month_first)
        order = "day/month/year" if as_day else "month/day/year"
        choices.append(f"{name}: dates read as {order} ({counted(proof, 'row')} can only be that).")
        return as_day
    choices.append(f"{name}: dates read as day/month/year (no row tells it from month/day/year).")
    return True
