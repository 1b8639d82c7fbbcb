"""The neighbourhood team: what people asked it and when it answered, and which ward has a named officer."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from data import truths
from data.ground import csv_text, seeded
from data.wards import WARDS

_FIRST, _LAST = date(2025, 1, 1), date(2025, 12, 31)
_CHANNELS = ("email", "phone", "online form", "in person")


def queries_text() -> str:
    """Return queries.csv: a few each week; nine in ten are answered within 72 hours, some never."""
    dice, rows = seeded("queries"), list[dict[str, Any]]()
    for day in range((_LAST - _FIRST).days + 1):
        for _ in range(dice.choice((0, 0, 1, 1, 2))):
            ward = dice.choice(WARDS)
            came = datetime(2025, 1, 1, dice.randrange(7, 23), dice.randrange(60)) + timedelta(days=day)
            slow = ward.name == truths.SILENT_WARD
            hours = dice.uniform(60, 200) if slow or dice.random() < 0.1 else dice.uniform(1, 70)
            back = came + timedelta(hours=hours)
            answered = "" if dice.random() < 0.04 or back.date() > _LAST else f"{back:%Y-%m-%d %H:%M}"
            rows.append(
                {
                    "query_id": f"Q-{len(rows) + 1:04d}",
                    "ward_code": "" if dice.random() < 0.1 else ward.code,
                    "received": f"{came:%Y-%m-%d %H:%M}",
                    "answered": answered,
                    "channel": dice.choice(_CHANNELS),
                }
            )
    return csv_text(("query_id", "ward_code", "received", "answered", "channel"), rows)


def posts_text() -> str:
    """Return posts.csv: a constable for every two wards and a PCSO a ward; one post is vacant, one ward has none."""
    dice, rows = seeded("posts"), list[dict[str, Any]]()
    for number, ward in enumerate(WARDS):
        if number % 2 == 0:
            pair = ";".join(one.code for one in WARDS[number : number + 2] if one.name != truths.SILENT_WARD)
            rows.append(_post(pair, f"PC-{number + 1:02d}", "constable", dice.randrange(60, 1500)))
        if ward.name != truths.SILENT_WARD:
            vacant = number == 3
            rows.append(_post(ward.code, "" if vacant else f"PCSO-{number + 1:02d}", "PCSO", dice.randrange(30, 2500)))
    return csv_text(("ward_code", "officer_ref", "role", "since", "until"), rows)


def _post(wards: str, ref: str, role: str, days: int) -> dict[str, Any]:
    since = "" if not ref else _LAST - timedelta(days=days)
    return {"ward_code": wards, "officer_ref": ref, "role": role, "since": since, "until": ""}
