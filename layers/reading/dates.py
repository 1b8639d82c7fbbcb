"""Dates and times as people and systems write them, into local time, with every choice announced."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import NamedTuple

from geo.crs import LOCAL
from geo.errors import GeoError, counted
from layers.libraries import np, pd
from layers.reading.report import ReadReport

# the zone of the study: what a time without one means, and what a time with one is turned into; None: not known
_ZONE: ContextVar[str | None] = ContextVar("zone", default=LOCAL)
SPELLINGS = "Write days as 2025-03-14 or 14/03/2025, times as 2025-03-14 18:30, months as 2025-03."

# the months in English, Welsh, French, Spanish, German, Italian and Portuguese
_MONTH_NAMES = """
    january february march april may june july august september october november december
    ionawr chwefror mawrth ebrill mai mehefin gorffennaf awst medi hydref tachwedd rhagfyr
    janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    januar februar marz april mai juni juli august september oktober november dezember
    gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
    janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro
""".split()
_NAMED = r"(?P<m>[^\W\d_]{3,})\.?"
# a plain date of ISO 8601, which nearly all are: read at once
_PLAIN = r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?"
_REST = r"(?P<rest>(?:[T\s,].*)?)"
# year, month and day of each spelling; what follows is a time of day
_ISO = rf"(?P<y>\d{{4}})[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}}){_REST}"
_COMPACT = rf"(?P<y>(?:19|20)\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>[0-3]\d){_REST}"
_SLASHED = rf"(?P<a>\d{{1,2}})[/.\-](?P<b>\d{{1,2}})[/.\-](?P<y>\d{{4}}|\d\d){_REST}"
_DAY_NAMED = (
    rf"(?:[^\W\d_]+\.?,?\s+)?(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|\.)?[\s\-]*(?:(?:of|de)\s+)?{_NAMED},?[\s\-]*"
    rf"(?:de\s+)?(?P<y>\d{{4}}|\d\d){_REST}"
)
_NAMED_DAY = rf"(?:[^\W\d_]+\.?,?\s+)?{_NAMED}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}}){_REST}"
_MONTHS = (
    r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})",
    r"(?P<m>0?[1-9]|1[0-2])/(?P<y>1[3-9]|[2-6]\d)",  # 01/23: no day of a month without its year
    r"(?P<m>\d{1,2})[-/](?P<y>\d{4})",
    rf"{_NAMED}[\s\-,/]*'?(?P<y>\d{{4}}|\d\d)",
    rf"(?P<y>\d{{4}})[\s\-]*{_NAMED}",
)
_CLOCK = (
    r"[T\s,]*(?P<h>\d{1,2})(?:[:.h](?P<min>\d\d)(?:[:.](?P<s>\d\d)(?:[.,]\d+)?)?)?\s*(?P<half>[ap]\.?m?\.?)?"
    r"\s*(?P<zone>Z|UTC|GMT|BST|[+\-]\d\d(?::?\d\d)?)?"
)
_YEAR = r"(?P<y>(?:19|20)\d\d)"  # as ISO 8601 has it: its first day
_SERIAL = r"[2-6]\d{4}(?:[.,]\d+)?"  # Excel's days since 1899-12-30: 1954 to 2091
_EPOCH = r"1\d{9}(?:\.\d+)?|1\d{12}(?:\.0*)?"  # seconds or milliseconds since 1970: 2001 to 2033
_DIGITS = r"(?:19|20)\d{10}(?:\d\d)?"  # 202503141830, with or without seconds
_YEAR_MONTH = r"(?P<y>(?:19|20)\d\d)(?P<m>0[1-9]|1[0-2])"
# what stands for a hyphen or a slash in other programs, and the mark by which Excel keeps a text a text
_MARKS = str.maketrans(
    {**dict.fromkeys("‐‑‒–—−_", "-"), "\\": "/", "⁄": "/", "\xa0": " ", "\u202f": " ", "(": " ", ")": " "}
)
_DAY = r"\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}|\d{8}|\d{1,2}\W*[^\W\d_]{3,}\.?\W*\d{4}"
_DAY += r"|[^\W\d_]{3,}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}"
# what people write round a date, and what is left of it: the weekday before it, the time first, words between the two
_ROUND_A_DATE = (
    # Thu Jan 12 22:41:00 GMT 2023, as Unix and Java write it
    (r"^[a-z]{3} ([a-z]{3}) +(\d{1,2}) (\d\d:\d\d:\d\d)(?: ([a-z]{3}|[+-]\d{4}))? (\d{4})$", r"\2 \1 \5 \3\4"),
    (r"^[^\W\d_]{2,}[.,]?\s+(?=\d{1,4}[-/.]\d)", ""),
    (r"^month of\s+", ""),
    (r"^(\d{4})m(\d\d)$", r"\1-\2"),  # of Eurostat
    (rf"^(\d{{1,2}}[:.]\d\d(?:[:.]\d\d)?\s*(?:[ap]\.?m\.?)?),?\s+(?:on\s+)?({_DAY})$", r"\2 \1"),
    (rf"^({_DAY})(?::|\s*(?:\s-|@|,|\bat\b|\bum\b|\bà\b|\s)\s*)(?=\d)", r"\1 "),
    (rf"^({_DAY})[T\s]\s*(\d\d)(\d\d)(\d\d)(?=$|\s*z)", r"\1 \2:\3:\4"),
    (rf"^({_DAY})[T\s]\s*(\d\d)(\d\d)(?=$|\s*(?:z|hrs?|hours|h|uhr)\b)", r"\1 \2:\3"),
    (r"(\d\d[:.]\d\d)\s*(?:hrs?|hours|h|uhr)\.?\s*$", r"\1"),
    (r"(?<=\d),?\s+(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?\s*$", ""),
    (r"^(\d{1,4})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{2,4})(?!\d)", r"\1\2\3\2\4"),
)
_ZONES = {"Z": "+00:00", "UTC": "+00:00", "GMT": "+00:00", "BST": "+01:00"}
# so many dates of the order that the column does not have, and such a share of it, are no slips of the pen
_MANY, _SHARE = 3, 0.2
_DAY_MINUTES = 24 * 60
_MIDNIGHT = r"[T ]0?0:00(?::00(?:\.0+)?)?\s*$"
_MANY_DOUBTFUL = 10


@contextmanager
def local_time(zone: str | None) -> Iterator[None]:
    """Read dates, while this lasts, as those of a time zone (``America/Chicago``); None where it is not known."""
    before = _ZONE.set(zone)
    try:
        yield
    finally:
        _ZONE.reset(before)


def study_zone() -> str | None:
    """Return the zone that holds now, None where it is not known."""
    return _ZONE.get()


class Dates(NamedTuple):
    """``when``: local time without a zone, NaT where there is no date or it cannot be read; ``choices``: sentences;
    ``months``: the column names months only (the first day of each stands for it). ``doubt``: what nothing in the
    column tells and was assumed, empty if all is told.
    """

    when: pd.Series
    choices: list[str]
    months: bool = False
    doubt: str = ""

    def say(self, report: ReadReport) -> None:
        """Add the choices to a report, and the doubt to its warnings."""
        report.choices += self.choices
        report.warnings += [self.doubt] if self.doubt else []


def read_dates(text: pd.Series, name: str) -> Dates:
    """Return the dates of a text column, however they are spelt.

    ISO 8601; 14/03/2025 or 03/14/2025, with two or four digits of the year; 14 March 2025, Mar 14, 2025; 20250314; a
    time of day after any of them, AM and PM too; months alone (2025-03, Mar-25, March 2025, 2025 Mar); Excel's numbers
    (45292); seconds or milliseconds since 1970. Whether 03/04/2025 is April or March is decided once for the column: by
    the values that only one order allows, else day first, as in Britain; the choice is announced. A time with a zone is
    turned into the time of the study's zone (``local_time``); of those since 1970 too. Hours that a clock change skips
    or gives twice are counted in a choice.

    Raises GeoError where a time has a zone and that of the study is not known, where both orders stand in one column,
    or where Excel turned a part of it into dates of the wrong order: which days were meant can no longer be told.
    """
    codes, distinct = pd.factorize(text.astype("string").str.strip(), use_na_sentinel=True)
    values = _bare(pd.Series(distinct, dtype="string").str.translate(_MARKS).str.removeprefix("'").str.strip())
    rows = pd.Series(np.bincount(codes[codes >= 0], minlength=len(values)), dtype=int)
    values = values.mask(values == "")
    reader = _Reader(values, rows, name, _ZONE.get())
    found = reader.read()
    moments = found.to_numpy("datetime64[s]")
    when = np.full(len(codes), np.datetime64("NaT", "s"))
    when[codes >= 0] = moments[codes[codes >= 0]]
    return Dates(pd.Series(when, index=text.index), reader.choices, reader.only_months(), reader.doubt)


def _bare(values: pd.Series) -> pd.Series:
    """Return dates without what people write round them."""
    odd = values.notna() & ~values.str.fullmatch(_PLAIN).fillna(False).astype(bool)
    if not odd.any():
        return values
    bare = values[odd]
    for written, left in _ROUND_A_DATE:
        bare = bare.str.replace(written, left, regex=True, flags=re.IGNORECASE)
    return values.where(~odd, bare.reindex(values.index))


def unknown_zone(what: str) -> GeoError:
    """Return the GeoError where the zone of the study is needed and not known; ``what`` says for what."""
    return GeoError(
        f"{what}, and the zone of the study is not known.",
        'Name it: timezone = "America/Chicago" under [project] in geo.toml, or --timezone.',
    )


def refuse_unread(text: pd.Series, when: pd.Series, label: str, name: str) -> None:
    """Raise GeoError, with sample values, where a column has values and not one of them is a date."""
    given = text[text.notna()]
    if len(given) and not when[given.index].notna().any():
        shown = ", ".join(repr(str(one)[:40]) for one in given.unique()[:3])
        raise GeoError(f"{label}: no value of {name} is a date that can be read ({shown}).", SPELLINGS)


class _Reader:
    """Reads the distinct values of one column, spelling by spelling."""

    def __init__(self, values: pd.Series, rows: pd.Series, name: str, zone: str | None) -> None:
        self.values, self.rows, self.name, self.zone = values, rows, name, zone
        self.when = pd.Series(pd.NaT, index=values.index, dtype="datetime64[s]")
        self.left = values.notna()
        self.is_month = pd.Series(False, index=values.index)
        self.choices: list[str] = []
        self.doubt = ""

    def read(self) -> pd.Series:
        plain = self._fits(_PLAIN)
        self._take(plain, pd.to_datetime(self.values[plain], errors="coerce", format="ISO8601"))
        if self.left.any():
            iso = plain | self._dated(_ISO)
            self._slashed(iso)
            for spelling in (_DAY_NAMED, _NAMED_DAY, _COMPACT, _YEAR):
                self._dated(spelling)
            digits = self._fits(_DIGITS)
            self._take(
                digits, pd.to_datetime(self.values[digits].str.ljust(14, "0"), format="%Y%m%d%H%M%S", errors="coerce")
            )
            for spelling in (*_MONTHS, _YEAR_MONTH):
                self.is_month |= self._dated(spelling)
            self._numbers()
        self._say_clock_changes()
        return self.when

    def _say_clock_changes(self) -> None:
        """Count the times of an hour that is skipped in spring, or comes twice in autumn."""
        timed = self.when[self.when.notna() & (self.when != self.when.dt.normalize())]
        if self.zone is None or timed.empty:
            return
        change = timed.dt.tz_localize(self.zone, ambiguous="NaT", nonexistent="NaT").isna()
        if not change.any():
            return
        skipped = timed[change].dt.tz_localize(self.zone, ambiguous=True, nonexistent="NaT").isna()
        for some, what in ((skipped, "a clock change skips"), (~skipped, "comes twice when clocks go back")):
            rows = int(self.rows[some.index[some]].sum())
            if rows:
                first = f"{timed[some.index[some]].iloc[0]:%Y-%m-%d %H:%M}"
                self.choices.append(f"{self.name}: {counted(rows, 'time')} in an hour that {what} (such as {first}).")

    def only_months(self) -> bool:
        read = self.when.notna()
        return bool(read.any() and self.is_month[read].all())

    def _fits(self, spelling: str) -> pd.Series:
        return self.left & self.values.str.fullmatch(spelling, case=False).fillna(False).astype(bool)

    def _take(self, chosen: pd.Series, when: pd.Series) -> pd.Series:
        """Note the moments read of the chosen values; return which values were read."""
        self.when[chosen] = when.astype("datetime64[s]")
        read = chosen & self.when.notna()
        self.left &= ~read
        return read

    def _dated(self, spelling: str) -> pd.Series:
        chosen = self._fits(spelling)
        if not chosen.any():
            return chosen
        parts = self.values[chosen].str.extract(rf"(?i)^{spelling}$")
        return self._take(chosen, self._moments(parts))

    def _slashed(self, iso: pd.Series) -> None:
        chosen = self._fits(_SLASHED)
        if not chosen.any():
            return
        parts = self.values[chosen].str.extract(rf"^{_SLASHED}$")
        first, second = parts["a"].astype(int), parts["b"].astype(int)
        rows = self.rows[chosen]
        only_day, only_month = int(rows[first > 12].sum()), int(rows[second > 12].sum())
        self._refuse_half(iso, first, second)
        if min(only_day, only_month) >= max(_MANY, _SHARE * (only_day + only_month)):
            shown = [self.values[parts.index[test]].iloc[0] for test in (first > 12, second > 12)]
            raise GeoError(
                f"{self.name}: two orders in one column: {only_day:,} can only be day/month ({shown[0]}), "
                f"{only_month:,} only month/day ({shown[1]}).",
                "Which the others are cannot be told. Export the column again as 2025-03-14.",
            )
        if only_day or only_month:
            day_first = only_day >= only_month
            order = "day/month/year" if day_first else "month/day/year"
            proof = counted(max(only_day, only_month), "row")
            self.choices.append(f"{self.name}: dates read as {order} ({proof} can only be that).")
        else:
            day_first = True
            said = f"{self.name}: dates read as day/month/year (no row tells it from month/day/year)"
            either = first != second
            if int(rows[either].sum()) >= _MANY_DOUBTFUL and first[either].nunique() > 1:
                examples = ", ".join(self.values[parts.index[either]].iloc[:3])
                self.doubt = f"{said}: {examples}. If they are American, write them as 2025-03-14."
            else:
                self.choices.append(f"{said}.")
        parts = parts.rename(columns={"a": "d", "b": "m"} if day_first else {"a": "m", "b": "d"})
        self._take(chosen, self._moments(parts))

    def _refuse_half(self, iso: pd.Series, first: pd.Series, second: pd.Series) -> None:
        """Raise GeoError for a column of which Excel read those dates as its own that it could, in the wrong order."""
        early = self.when[iso].dt.day.le(12).all() and iso.sum() >= _MANY
        if early and len(first) >= _MANY and ((first > 12).all() or (second > 12).all()):
            whole, part = self.values[iso].iloc[0], self.values[first.index].iloc[0]
            raise GeoError(
                f"{self.name}: half of the column became dates, half stayed text ({whole}; {part}): days and months of "
                "the former are swapped, as Excel does.",
                "Export the column again as text, as 2025-03-14; what is in this file cannot be mended.",
            )

    def _moments(self, parts: pd.DataFrame) -> pd.Series:
        """Return the moments of parts y, m, d (the first where there is no month or day) and rest."""
        year = parts["y"]
        month = parts["m"].str.lower() if "m" in parts else pd.Series("01", index=parts.index, dtype="string")
        short = year.str.len() == 2
        year = year.mask(short, ("20" + year).where(year.where(short).astype("Int64") < 70, "19" + year))
        named = month.map(lambda one: _month_words().get(_folded(one)) if isinstance(one, str) else None)
        month = named.astype("string").fillna(month.str.zfill(2))
        day = parts["d"].str.zfill(2) if "d" in parts else pd.Series("01", index=parts.index, dtype="string")
        text = year + "-" + month + "-" + day
        if "rest" not in parts or not (rest := parts["rest"].fillna("").str.strip()).ne("").any():
            return pd.to_datetime(text, errors="coerce", format="ISO8601")
        codes, distinct = pd.factorize(rest)  # days are many, minutes of a day are few
        clock, zones = (
            part.take(codes).set_axis(rest.index) for part in self._clock(pd.Series(distinct, dtype="string"))
        )
        moments = pd.to_datetime(text + clock, errors="coerce", format="ISO8601")
        zoned = zones.notna() & moments.notna()
        if zoned.any():
            offset = pd.to_timedelta(zones[zoned].str[:3].astype(int) * 60 + _minutes_of(zones[zoned]), unit="min")
            moments[zoned] = self._local(moments[zoned] - offset)
            number = counted(int(self.rows[zoned.index[zoned]].sum()), "time")
            where = "British local time" if self.zone == LOCAL else f"the time of {self.zone}"
            self.choices.append(f"{self.name}: {number} with a zone turned into {where}.")
        return moments

    def _clock(self, rest: pd.Series) -> tuple[pd.Series, pd.Series]:
        """Return times of day as THH:MM:SS (empty where none; NA where unreadable) and their zones."""
        parts = rest.str.extract(rf"(?i)^{_CLOCK}$")
        hour = pd.to_numeric(parts["h"]).astype("Int64")
        half = parts["half"].str.lower().str[0]
        # "9" alone is no time; with am or pm, 12 is midnight or noon
        bad = parts["min"].isna() & half.isna() | (half.notna() & ~hour.between(1, 12))
        hour = hour.mask(half.notna() & (hour == 12), 0)
        hour = hour.mask((half == "p").fillna(False), hour + 12)
        bad = (bad | (hour > 23)).fillna(True).astype(bool)
        clock = "T" + hour.astype("string").str.zfill(2) + ":" + parts["min"].fillna("00") + ":"
        clock = (clock + parts["s"].fillna("00")).mask(bad, pd.NA)
        zones = parts["zone"].str.upper().replace(_ZONES)
        return clock.mask(rest == "", ""), zones.astype("string")

    def _numbers(self) -> None:
        serial = self._fits(_SERIAL)
        if serial.any():
            days = pd.to_numeric(self.values[serial].str.replace(",", ".", regex=False)).astype(float)
            seconds = (days * 86_400).round()
            self._take(serial, pd.Timestamp("1899-12-30") + pd.to_timedelta(seconds, unit="s"))
            number = counted(int(self.rows[serial].sum()), "number")
            self.choices.append(f"{self.name}: {number} read as Excel dates (45292 is 2024-01-01).")
        epoch = self._fits(_EPOCH)
        if epoch.any():
            number = pd.to_numeric(self.values[epoch]).astype(float)
            seconds = number.where(number < 1e11, number / 1000).round()
            self._take(epoch, self._local(pd.to_datetime(seconds, unit="s")))
            unit = "milliseconds" if bool((number >= 1e11).any()) else "seconds"
            rows = counted(int(self.rows[epoch].sum()), "number")
            self.choices.append(f"{self.name}: {rows} read as {unit} since 1970, in local time.")

    def _local(self, moments: pd.Series) -> pd.Series:
        if self.zone is None:
            raise unknown_zone(f"{self.name}: times are given with a zone")
        return moments.dt.tz_localize("UTC").dt.tz_convert(self.zone).dt.tz_localize(None)


@cache
def _month_words() -> dict[str, str]:
    """Return {name of a month, or its first letters where they tell it: its two digits}."""
    meant: dict[str, set[int]] = {}
    for place, name in enumerate(_MONTH_NAMES):
        for end in range(3, len(name) + 1):
            meant.setdefault(name[:end], set()).add(place % 12 + 1)
    return {word: f"{months.pop():02d}" for word, months in meant.items() if len(months) == 1}


def _folded(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(one for one in plain if not unicodedata.combining(one))


def clock_times(text: pd.Series) -> pd.Series:
    """Return times of day as HH:MM, None where unreadable: 9:40, 09.40, 0940, 9am, 7:30 pm, Excel's 0.75."""
    values = text.astype("string").str.strip().str.casefold()
    parts = values.str.extract(
        r"^(?:\d{4}-\d\d-\d\dt)?(\d{1,2})(?:[:.h]?(\d{2}))?(?:[:.]\d{2}(?:\.\d+)?)?\s*([ap])?\.?(?:m\.?)?$"
    )
    hours = pd.to_numeric(parts[0]).astype("Float64")
    minutes = pd.to_numeric(parts[1]).astype("Float64").fillna(0)
    half = parts[2]
    afternoon, morning = half.eq("p").fillna(False).astype(bool), half.eq("a").fillna(False).astype(bool)
    hours = hours.mask(afternoon & hours.lt(12).fillna(False), hours + 12)
    hours = hours.mask(morning & hours.eq(12).fillna(False), 0)
    bare = parts[1].isna() & half.isna()  # "9" alone may be morning or evening
    good = ((hours < 24) & (minutes < 60) & ~bare).fillna(False).astype(bool)
    fraction = pd.to_numeric(
        values.where(values.str.fullmatch(r"0?\.\d{2,}").fillna(False)).astype(object), errors="coerce"
    )
    total = (hours * 60 + minutes).where(good).fillna((fraction * _DAY_MINUTES).round()).astype("Float64")
    found = [
        None if pd.isna(one) or one >= _DAY_MINUTES else f"{int(one) // 60:02d}:{int(one) % 60:02d}" for one in total
    ]
    return pd.Series(found, index=text.index, dtype=object)


def with_times(text: pd.Series, times: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return dates in text with the times of day that stand beside them, where they have none of their own; and those
    times that cannot be read.
    """
    bare = text.str.replace(_MIDNIGHT, "", regex=True)
    bare = text if (bare.str.contains(r"\d:\d", na=False)).any() else bare  # midnight is a time among others
    read = clock_times(times).astype("string")
    alone = bare.notna() & ~bare.str.contains(r"\d:\d", na=False) & read.notna()
    return text.mask(alone, bare + " " + read), times[times.notna() & read.isna()].astype(str)


def _minutes_of(zones: pd.Series) -> pd.Series:
    """Return the minutes after the hours of offsets such as +05:30, with their sign."""
    minutes = zones.str.extract(r"^[+\-]\d\d:?(\d\d)$")[0].fillna("0").astype(int)
    return minutes.where(~zones.str.startswith("-"), -minutes)


def in_future(when: pd.Series) -> pd.Series:
    """Return which moments lie more than a day ahead of now."""
    return when > dt.datetime.now() + dt.timedelta(days=1)
