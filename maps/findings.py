"""The priority list: what to do something about first, each said in a sentence with the numbers behind it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from maps.flags import flag_mark
from maps.markup import Html, tag
from maps.words import counted, plain, spoken


def findings_list(findings: pd.DataFrame, ward_names: Mapping[str, str]) -> Html:
    """Return the findings by rank as an ordered list; one that names known wards gets a button that shows them."""
    if len(findings) == 0:
        return tag("p", "Nothing stands out from these records. Read what the page does not show.", class_="none")
    items = []
    for row in findings.sort_values("rank", kind="stable").to_dict("records"):
        codes = [code for code in str(plain(row.get("ward_code")) or "").split(";") if code in ward_names]
        head = [
            tag("span", str(plain(row["rank"])), class_="rank"),
            tag("span", _text(row, "subject"), class_="subject"),
        ]
        flag = _text(row, "flag")
        parts = [tag("h3", *head, *([flag_mark(spoken(flag))] if flag else []))]
        parts += [tag("p", _text(row, name), class_=name) for name in ("sentence", "evidence") if _text(row, name)]
        if codes:
            parts.append(_button(codes, ward_names))
        items.append(tag("li", *parts))
    return tag("ol", *items, class_="findings", id="geo-findings")


def _button(codes: list[str], ward_names: Mapping[str, str]) -> Html:
    said = ward_names[codes[0]] if len(codes) == 1 else counted(len(codes), "ward")
    return tag(
        "button",
        f"Show {said} on the map",
        type="button",
        class_="plain show",
        data_wards=";".join(codes),
        aria_pressed="false",
    )


def _text(row: Mapping[object, object], name: str) -> str:
    value = plain(row.get(name))
    return "" if value is None else str(value)
