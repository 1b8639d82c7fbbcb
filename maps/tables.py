"""Tables of a page, written whole by Python: complete without scripts; ``sheets.js`` adds sorting and folding."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from maps import words
from maps.flags import flag_mark
from maps.markup import Html, join, tag
from maps.words import plain

TWO_DECIMALS = frozenset({"ratio", "low", "high", "rate"})
LONG = 48  # letters, from which a text gets a wider column
GAPS = {"days_since_last": "none logged"}  # what an empty cell means, where it means more than not known
_SHARES = re.compile(r"(^|_)(share|proportion|reach|coverage|percent|probability(_below)?)(_|$)")
_LIMITS = re.compile(r"(^|_)(low|high)(_|$)")
_NO_THOUSANDS = re.compile(r"(^|_)(year|rank)(_|$)")


def table(
    frame: pd.DataFrame, headings: Mapping[str, str], caption: str, *, ward_codes: Mapping[str, str] | None = None
) -> Html:
    """Return ``frame`` as an HTML table: ``headings`` names the columns shown, in their order.

    The first column of text heads its row. With ``ward_codes`` ({code or name: code}) a row whose ``ward_code`` or
    ``ward_name`` is among them gets a button that shows the ward on the map. Cells are shown as ``cell_text`` says, and
    carry what they are sorted by.
    """
    shown = [name for name in headings if name in frame.columns and name != "geometry"] or list(frame.columns)
    shares = {name for name in shown if is_share(name, frame)}
    numeric = {name for name in shown if is_number(frame[name])}
    head = next((name for name in shown if name not in numeric), shown[0] if shown else "")
    columns = [
        tag(
            "th",
            headings.get(name, words.spoken(name)),
            scope="col",
            **({"class_": "number"} if name in numeric else {}),
        )
        for name in shown
    ]
    rows = []
    for record in frame.to_dict("records"):
        cells = []
        for name in shown:
            value = record[name]
            text = cell_text(value, name, share=name in shares)
            content = _cell_html(text, name)
            code = _ward_of(record, ward_codes or {}) if name == head else ""
            shown_as = _go(content, code) if code else content
            # what a cell is sorted by, where that is not all its text
            key = _sort_key(value)
            more = {"data_sort": key} if key != text or isinstance(shown_as, Html) else {}
            if name == head:
                cells.append(tag("th", shown_as, scope="row", **more))
            else:
                cells.append(tag("td", shown_as, **_kind(name in numeric, text), **more))
        rows.append(tag("tr", *cells))
    return tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", *columns)),
        tag("tbody", *rows),
        class_="sheet wide broad" if len(shown) > 10 else "sheet wide" if len(shown) > 5 else "sheet",
    )


def _cell_html(text: str, name: str) -> Html | str:
    """Return a cell's text as it is shown: a flag with its mark, a gap said aloud as "not known"."""
    if text == words.UNKNOWN:
        return join([tag("span", text, aria_hidden="true"), tag("span", "not known", class_="unseen")])
    return flag_mark(text) if name == "flag" else text


def cell_text(value: Any, name: str, *, share: bool = False) -> str:
    """Return a cell in words: 1,234; 0.42; 37%; 12 Mar 2025; yes; build trust, feed back; – where nothing is known."""
    value = plain(value)
    if value is None or value == "":
        return GAPS.get(name, words.UNKNOWN)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return words.spoken(value)
    if share:
        return words.percent(value)
    if _NO_THOUSANDS.search(name):
        return f"{value:g}"
    return words.number(value, 0 if float(value).is_integer() and name not in TWO_DECIMALS else _decimals(value, name))


def _decimals(value: float, name: str) -> int:
    return 2 if name in TWO_DECIMALS or abs(value) < 1 else 1


def is_share(name: str, frame: pd.DataFrame) -> bool:
    """Whether a column holds shares from 0 to 1: by its name, or as a limit (low, high) of one; a ratio's are not."""
    if not is_number(frame[name]):
        return False
    known = pd.to_numeric(frame[name], errors="coerce").dropna()
    if not known.between(0, 1).all():
        return False
    if _SHARES.search(name):
        return True
    ratios = {"ratio", "rate", "expected"} & set(frame.columns)
    return bool(_LIMITS.search(name)) and not ratios and any(_SHARES.search(other) for other in frame.columns)


def is_number(values: pd.Series) -> bool:
    """Whether a column holds numbers; yes and no are none."""
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _kind(numeric: bool, text: str) -> dict[str, str]:
    return {"class_": "number"} if numeric else {"class_": "long"} if len(text) > LONG else {}


def _sort_key(value: Any) -> str:
    value = plain(value)
    if isinstance(value, bool):
        return str(int(value))
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)[:200]


def _ward_of(record: Mapping[Any, Any], ward_codes: Mapping[str, str]) -> str:
    for name in ("ward_code", "ward_name", "ward"):
        found = ward_codes.get(str(record.get(name)))
        if found:
            return found
    return ""


def _go(text: str | Html, code: str) -> Html:
    return tag(
        "button", tag("span", "Show on the map: ", class_="unseen"), text, type="button", class_="go", data_wards=code
    )
