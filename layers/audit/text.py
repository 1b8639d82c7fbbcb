"""Strings that look as if they told of a person: addresses, numbers, pseudonyms, names after a title."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from geo.errors import counted
from layers.audit.parts import Finding, Rules, Severity, masked

_MOST_EXAMPLES = 3
_STREETS = "Street|Road|Way|Lane|Avenue|Close|Drive|Court|Place|Square"


class _Pattern(NamedTuple):
    """``what`` it looks like, the expression, and whether it breaks every profile or only those for others."""

    what: str
    sign: re.Pattern[str]
    always: bool
    certain: bool


_PATTERNS = (
    _Pattern("e-mail address", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}"), True, True),
    _Pattern(
        "telephone number",
        # no points between the digits (a decimal number), and at least the area code in one piece (a date)
        re.compile(
            r"(?<![\w/.:,+-])(?:(?:\+44|0044) ?(?:\(0\) ?)?|\(?0)"
            r"(?:2\d|1\d{2,4}|3\d{2}|7\d{3}|8\d{2})\)?(?:[ -]?\d){6,8}(?!\w|[./:,-]\d)",
            re.ASCII,
        ),
        True,
        True,
    ),
    _Pattern(
        "postcode",
        re.compile(r"(?<![\w-])[A-PR-UWYZ][A-HK-Y]?\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}(?![\w-])", re.ASCII),
        False,
        True,
    ),
    _Pattern(
        "National Insurance number",
        re.compile(r"(?<!\w)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D](?!\w)", re.ASCII),
        True,
        True,
    ),
    _Pattern("pseudonym of a victim", re.compile(r"(?<![\w-])(?:V|VIC|VICTIM)-\d{2,}(?![\w-])", re.I), True, True),
    _Pattern(
        "pseudonym of a contact",
        re.compile(r"(?<![\w-])(?:STK|SPOC|STAKEHOLDER)[-_ ]?\d{2,}(?![\w-])", re.I),
        False,
        True,
    ),
    _Pattern("number of a crime record", re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])"), False, True),
    _Pattern(
        "name after a title",
        re.compile(
            r"(?<!\w)(?:Mr|Mrs|Ms|Miss|PC|PCSO|PS|Sgt|Sergeant|Insp|Inspector|DC|DS|DI|Imam|Rev|Revd|Rabbi|Cllr|Councillor)"
            rf"\.? (?!{_STREETS})[A-Z][a-z]+(?: (?!{_STREETS})[A-Z][a-z]+)?\b(?! (?:{_STREETS}))"
        ),
        False,
        False,
    ),
)


def check_texts(texts: Iterable[str], place: str, rules: Rules) -> list[Finding]:
    """Return what the texts look as if they told of a person, each kind once, with masked examples.

    Names without a title cannot be told from the names of streets; columns that hold them are found by their heading.
    """
    distinct = list(dict.fromkeys(text for text in texts if len(text) > 4))
    joined = "\x00".join(distinct)
    found = []
    for pattern in _PATTERNS:
        hits = list(dict.fromkeys(match.group() for match in pattern.sign.finditer(joined)))
        if hits:
            breaks = pattern.certain and (pattern.always or not rules.exact_records)
            severity: Severity = "breaks" if breaks else "look"
            noun = pattern.what if len(hits) == 1 else _plural(pattern.what)
            found.append(
                Finding(
                    severity,
                    place,
                    f"{counted(len(hits), noun, noun)} or what looks like it.",
                    [masked(hit) for hit in hits[:_MOST_EXAMPLES]],
                    "Take it out of the data, unless it belongs to an office and is public.",
                )
            )
    return found


def _plural(what: str) -> str:
    if what.startswith("name"):
        return "names after a title"
    head, *rest = what.split(" of ")
    return " of ".join([f"{head}es" if head.endswith("s") else f"{head}s", *rest]) if rest or what else what
