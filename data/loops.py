"""What came of it: priorities from raised to fed back, and what a community remembers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

from data import truths
from data.ground import csv_text, seeded
from data.places import PLACES, position
from data.wards import ward_at

_PRIORITY_COLUMNS = (
    "priority_id", "ward_code", "raised_on", "engagement_id", "kind", "issue", "action", "horizon", "target_date",
    "status", "sara_stage", "community_involved", "outcome", "fed_back_on",
)  # fmt: skip
_DAYS = {"short": 30, "medium": 91, "long": 365}
_STAGES = ("scanning", "analysis", "response", "assessment")
_WANTED = 62
# issue: what was promised
_ISSUES = {
    "E05999001": (
        ("drug litter behind the parade", "clean-up with the council"),
        ("speeding past the school", "speed watch"),
    ),
    "E05999002": (
        ("young people with nowhere to go", "find a room for the youth hub"),
        ("drinking by the bandstand", "evening foot patrol"),
    ),
    "E05999003": (
        ("crowds at the school gate", "staggered finish and a patrol at 15:00"),
        ("parking in School Lane", "letters to parents"),
    ),
    "E05999004": (("cars racing in the car park", "gate shut at 22:00"),),
    "E05999005": (("bottles and litter on the mound", "more bins, a clean-up day"),),
    "E05999006": (
        ("begging and street drinking", "outreach walk with the council"),
        ("abuse of a shopkeeper", "daily visit and evidence pack"),
    ),
    "E05999007": (
        ("drinking outside the station", "late patrol at weekends"),
        ("lighting under the bridge", "ask the railway for lamps"),
    ),
    "E05999008": (("shoplifting at the retail park", "radio link between shops"),),
    "E05999009": (("abandoned cars at the garages", "removal within 14 days"),),
    "E05999010": (
        ("neighbours in dispute", "mediation with the housing office"),
        ("cars that stop for a minute", "plate checks and a case file"),
    ),
    "E05999011": (("noise at the flats", "tenancy warnings"), ("bogus callers", "talk at the coffee morning")),
}
_USUAL = (
    ("parking on pavements", "joint walk with the council"),
    ("too little seen of the team", "beat meeting each quarter"),
)
_CONTEXT = (
    ("2024-03-14", "Larkfield police office closed", "Larkfield", ""),
    ("2024-06-22", "Summer fair in the park", "Ashview Park", ""),
    ("2024-10-11", "Assault near the prayer room; no arrest for three weeks", "Larkfield Lane", "African"),
    ("2024-11-05", "Bonfire night: fireworks thrown at a bus", "Station", ""),
    ("2025-01-20", "Housing office opens mediation on Easington Way", "Easington Way", ""),
    ("2025-03-31", "Youth hub Mindset closes at the park gate", "Ashview Park", ""),
    ("2025-05-15", "First walk and talk with young people", "Ashview Park", ""),
    ("2025-05-20", "Sandford: a rumour spreads online, windows broken", "Sandford", ""),
    ("2025-06-14", "Ashview: a false post about a shop is shared 300 times", "High Street", "Pakistani"),
    ("2025-06-24", "Public meeting after the abuse", "Eastgate", "African"),
    ("2025-07-02", "The post is taken down and corrected", "High Street", "Pakistani"),
    ("2025-09-15", "Leaders' forum not held", "Town Centre", ""),
    ("2025-10-06", "Letter to the council: nobody has ever come to see us", "Millbrook", "Roma"),
)  # fmt: skip


def priorities_text(engagements: Sequence[dict[str, Any]]) -> str:
    """Return priorities.csv: what public meetings and the forum asked for, and how far it got."""
    dice = seeded("priorities")
    home = {place.id: ward.code for place in PLACES if (ward := ward_at(position(place)))}
    sources = [
        row
        for row in engagements
        if row["activity"] in ("public_meeting", "forum", "listening_circle", "walk_and_talk")
    ]
    chosen = sorted(dice.sample(range(len(sources)), _WANTED))
    rows = []
    for number, at in enumerate(chosen, 1):
        source = sources[at]
        raised_in = source["ward_code"] or home[source["focal_point_id"]]
        rows.append({"priority_id": f"PRI-{number:03d}", **_priority(source, raised_in, dice)})
    return csv_text(_PRIORITY_COLUMNS, rows)


def _priority(source: dict[str, Any], ward: str, dice: Random) -> dict[str, Any]:
    issue, action = dice.choice(_ISSUES.get(ward, ()) + _USUAL[: 1 if ward in _ISSUES else 2])
    horizon = dice.choices(tuple(_DAYS), (5, 4, 2))[0]
    target = source["date"] + timedelta(days=_DAYS[horizon])
    late = target < truths.LAST_DAY
    status = dice.choices(("fed_back", "done", "in_progress", "raised", "on_hold", "not_possible"),
                          (8, 5, 4, 2, 1, 1) if late else (1, 2, 6, 5, 1, 0))[0]  # fmt: skip
    closed = status in ("fed_back", "done")
    fed_back = source["date"] + timedelta(days=dice.randrange(21, 150)) if status == "fed_back" else None
    return {
        "ward_code": ward,
        "raised_on": source["date"],
        "engagement_id": source["engagement_id"],
        "kind": "recommendation" if source["activity"] == "forum" else "priority",
        "issue": issue,
        "action": action,
        "horizon": horizon,
        "target_date": target,
        "status": status,
        "sara_stage": "assessment" if closed else dice.choice(_STAGES[:3]),
        "community_involved": dice.random() < 0.45,
        "outcome": dice.choice(("fewer reports", "no change", "solved", "moved nearby")) if closed else "",
        "fed_back_on": min(fed_back, truths.LAST_DAY) if fed_back else None,
    }


def context_text() -> str:
    """Return context.csv: what people remember, by date."""
    columns = ("date", "event", "place", "communities")
    return csv_text(columns, (dict(zip(columns, line, strict=True)) for line in _CONTEXT))
