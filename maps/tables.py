"""Tables of a page: as values that ``sheets.js`` draws when they are opened, or whole where no script runs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from maps import words
from maps.flags import flag_mark
from maps.markup import Html, join, tag, tree
from maps.words import plain

TWO_DECIMALS = frozenset({"ratio", "low", "high", "rate"})
LONG = 48  # letters, from which a text gets a wider column
GAPS = {"days_since_last": "none logged"}  # what an empty cell means, where it means more than not known
_SHARES = re.compile(r"(^|_)(share|proportion|reach|coverage|percent|probability(_below)?)(_|$)")
_LIMITS = re.compile(r"(^|_)(low|high)(_|$)")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NO_THOUSANDS = re.compile(r"(^|_)(year|rank)(_|$)")


def table(frame: pd.DataFrame, headings: Mapping[str, str], caption: str) -> Html:
    """Return ``frame`` as an HTML table, for a page that runs no script: ``headings`` names the columns, in order.

    The first column of text heads its row. Cells are shown as ``cell_text`` says; what is markup stays as it is.
    """
    made = columns(frame, headings)
    listed = made["columns"]
    heads = [tag("th", one["said"], scope="col", **_class("number" if one["number"] else "")) for one in listed]
    rows = [
        tag("tr", *(_cell(one, text, one is listed[made["head"]]) for one, text in zip(listed, row, strict=True)))
        for row in zip(*(one["cells"] for one in listed), strict=True)
    ]
    return tag(
        "table", tag("caption", caption), tag("thead", tag("tr", *heads)), tag("tbody", *rows), class_=made["class"]
    )


def columns(
    frame: pd.DataFrame, headings: Mapping[str, str], *, ward_codes: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return ``frame`` as the values that a table is drawn from, by ``table`` or by a script of the page (JSON).

    ``columns``: of each shown column what it is called (``said``), whether it holds numbers (``number``), its
    ``cells`` in words, and their ``order`` (a number a cell, None where nothing is known) where the words alone do not
    sort as the values do. ``head``: which column heads its row. ``class``: of the table, wider for more columns.
    ``flag``: whether they are flags, whose labels ``marks`` holds as ``markup.tree`` gives them. ``wards``: with
    ``ward_codes`` ({code or name: code}) the ward that each row is about, or nothing.
    """
    shown = [name for name in headings if name in frame.columns and name != "geometry"] or list(frame.columns)
    numeric = [is_number(frame[name]) for name in shown]
    made = [_column(frame, name, headings.get(name, words.spoken(name))) for name in shown]
    flags = {text for one in made if one.get("flag") for text in one["cells"]}
    rows = frame.to_dict("records") if ward_codes else []
    wards = [_ward_of(row, ward_codes or {}) for row in rows]
    return {
        "head": numeric.index(False) if False in numeric else 0,
        "class": "sheet wide broad" if len(shown) > 10 else "sheet wide" if len(shown) > 5 else "sheet",
        "columns": made,
        "marks": {text: tree(flag_mark(text))[0] for text in sorted(flags - {words.UNKNOWN})},
        "wards": wards if any(wards) else [],
    }


def _column(frame: pd.DataFrame, name: str, said: str) -> dict[str, Any]:
    share, values = is_share(name, frame), [plain(value) for value in frame[name]]
    cells = [cell_text(value, name, share=share) for value in frame[name]]
    made: dict[str, Any] = {"said": said, "number": is_number(frame[name]), "cells": cells}
    made |= {"flag": True} if name == "flag" else {}
    return made | ({"order": _order(values)} if _sorts_otherwise(values, cells) else {})


def _sorts_otherwise(values: Sequence[Any], cells: Sequence[str]) -> bool:
    """Whether numbers are shown shortened, or dates in words."""
    pairs = [(value, text) for value, text in zip(values, cells, strict=True) if value is not None]
    return any(
        text.replace(",", "") != f"{value:g}" and text.replace(",", "") != str(value)
        if isinstance(value, int | float) and not isinstance(value, bool)
        else text != value and _DAY.match(str(value)) is not None
        for value, text in pairs
    )


def _order(values: Sequence[Any]) -> list[int | None]:
    known = sorted({value for value in values if value is not None}, key=lambda value: (isinstance(value, str), value))
    ranks = {value: i for i, value in enumerate(known)}
    return [ranks.get(value) for value in values]


def _cell(column: Mapping[str, Any], text: str, heads: bool) -> Html:
    shown: str | Html = flag_mark(text) if column.get("flag") else text
    if text == words.UNKNOWN:
        shown = join([tag("span", text, aria_hidden="true"), tag("span", "not known", class_="unseen")])
    if heads:
        return tag("th", shown, scope="row")
    return tag("td", shown, **_class("number" if column["number"] else "long" if len(text) > LONG else ""))


def _class(name: str) -> dict[str, str]:
    return {"class_": name} if name else {}


def cell_text(value: Any, name: str, *, share: bool = False) -> str:
    """Return a cell in words: 1,234; 0.42; 37%; 12 Mar 2025; yes; build trust, feed back; – where nothing is known."""
    if isinstance(value, Html):
        return value
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


def _ward_of(record: Mapping[Any, Any], ward_codes: Mapping[str, str]) -> str:
    for name in ("ward_code", "ward_name", "ward"):
        found = ward_codes.get(str(record.get(name)))
        if found:
            return found
    return ""
