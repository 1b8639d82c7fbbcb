"""The focal points: where a neighbourhood meets, and who in the force keeps in touch (a role and a number, no name)."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import NamedTuple

from data.ground import Point, csv_text, grid
from data.spots import beside_street, spot

COLUMNS = (
    "focal_point_id", "name", "kind", "communities", "stakeholder", "spoc", "spoc_role", "strategy", "partner_type",
    "meets_every_days", "review_by", "service_times", "public", "easting", "northing",
)  # fmt: skip


class Place(NamedTuple):
    """A focal point. ``at``: a named spot, or roughly where; then it stands beside the nearest street."""

    id: str
    name: str
    kind: str
    at: str | Point
    communities: str = ""
    partner: str = "none"
    spoc: str = ""
    strategy: str = ""
    review_by: date | None = None
    times: str = ""
    meets_every_days: int | None = None
    public: bool = True


_ROLES = {
    "SPOC-01": "neighbourhood sergeant", "SPOC-02": "neighbourhood officer", "SPOC-03": "neighbourhood officer",
    "SPOC-04": "PCSO", "SPOC-05": "PCSO", "SPOC-06": "schools officer", "SPOC-07": "community liaison officer",
    "SPOC-08": "business crime officer",
}  # fmt: skip
_W, _C, _S, _B = "place_of_worship", "community_centre", "school", "business"

PLACES = (
    Place("FP-001", "Mindset Youth Hub", "youth_hub", "park gate", partner="voluntary", times="off"),
    Place("FP-002", "Ashview Park Bandstand", "park", "bandstand", times="24/7"),
    Place("FP-003", "Ashview Comprehensive", _S, "school gate", partner="statutory", spoc="SPOC-06",
          strategy="one assembly a term, a talk at the gate every month", review_by=date(2026, 4, 30),
          times="Mo-Fr 08:30-16:30"),
    Place("FP-004", "Ashview Parish Church", _W, (2330, 2290), "White British", "voluntary", "SPOC-02",
          "coffee after the service every quarter", date(2026, 3, 31), "Su 10:00-11:30; We 12:30-13:00"),
    Place("FP-005", "Ashview Central Mosque", _W, (3250, 2480), "Bangladeshi;Pakistani", "voluntary", "SPOC-07",
          "drop-in after Friday prayer every two months", date(2026, 2, 28), "Fr 13:00-14:00"),
    Place("FP-006", "Millbrook Mosque", _W, (820, 1150), "Pakistani", "voluntary", "SPOC-07", "", date(2025, 6, 30),
          "Fr 13:00-14:00"),
    Place("FP-007", "Ashview Gurdwara", _W, (4230, 2550), "Indian", "voluntary", "SPOC-03",
          "quarterly visit to the shared kitchen", date(2026, 5, 31), "Su 10:00-13:00"),
    Place("FP-008", "Ashview Mandir", _W, (3560, 1900), "Indian", "voluntary", "SPOC-03", "", date(2025, 9, 30),
          "Tu 18:30-20:00; Su 11:00-12:30"),
    Place("FP-009", "Riverside Gospel Church", _W, (4130, 1560), "Caribbean;Other Black", "voluntary", "SPOC-02",
          "two visits a year", date(2025, 3, 31), "Su 11:00-13:30"),
    Place("FP-010", "Castle Mound Catholic Church", _W, (1300, 2350), "Irish;Other White", "voluntary", "", "",
          None, "Su 09:00-12:30"),
    Place("FP-011", "Eastgate Somali Community Rooms", _C, (4480, 2420), "African", "voluntary", "", "", None,
          "Sa-Su 12:00-18:00"),
    Place("FP-012", "Larkfield Lane Prayer Room", _W, (3420, 2790), "African", "voluntary", "", "", None,
          "Fr 13:15-14:00"),
    Place("FP-013", "Ashview Quaker Meeting House", _W, (2700, 2450), "", "voluntary", "", "", None, "Su 10:30-11:30"),
    Place("FP-014", "Priory Hill Methodist Church", _W, (3250, 3350), "White British", "voluntary", "SPOC-04",
          "coffee morning every quarter", date(2026, 1, 31), "Su 10:30-11:30"),
    Place("FP-015", "Larkfield Village Hall", _C, (4250, 3250), "", "voluntary", "", "", None, "Mo-Sa 09:00-21:00"),
    Place("FP-016", "Larkfield Primary School", _S, (3980, 3480), "", "statutory", "", "", None, "Mo-Fr 08:45-15:30"),
    Place("FP-017", "Northfield Community Centre", _C, (1150, 3300), "", "statutory", "SPOC-04",
          "beat meeting every half year", date(2025, 10, 31), "Mo-Sa 09:00-21:00"),
    Place("FP-018", "Easington Community House", _C, (2200, 3560), "", "statutory", "SPOC-02",
          "joint surgery with the housing office", date(2026, 2, 28), "Mo-Fr 09:00-17:00"),
    Place("FP-019", "Millbrook Family Centre", _C, (1050, 1020), "", "statutory", "SPOC-05", "",
          date(2025, 8, 31), "Mo-Fr 09:00-16:00"),
    Place("FP-020", "Millbrook Bakery and Grocer", _B, (1180, 1330), "Other White;Roma", "none", "", "", None,
          "Mo-Su 08:00-20:00"),
    Place("FP-021", "Fair Fade Barber", "hairdresser_barber", (3120, 2180), "Caribbean", "none", "SPOC-03",
          "a chair and a talk every other month", date(2026, 3, 31), "Tu-Sa 10:00-19:00"),
    Place("FP-022", "Ashview Library", "library", (2600, 2290), "", "statutory", "SPOC-04", "drop-in every two months",
          date(2026, 6, 30), "Mo-Sa 09:30-18:00"),
    Place("FP-023", "Market Square Traders", _B, (2440, 2150), "", "none", "SPOC-08",
          "quarterly breakfast with the traders", date(2026, 1, 31), "Mo-Sa 09:00-17:30"),
    Place("FP-024", "Corner House Grocer", _B, "shop", "Pakistani", "none", "SPOC-08", "", date(2025, 9, 30),
          "Mo-Su 07:00-22:00"),
    Place("FP-025", "Ashview Foodbank", "foodbank", (1380, 1800), "", "voluntary", "", "", None,
          "Tu 10:00-13:00; Fr 13:00-16:00"),
    Place("FP-026", "Riverside Boat Club", "sports_club", (4560, 1080), "", "voluntary", "", "", None,
          "Sa-Su 09:00-18:00"),
    Place("FP-027", "Eastgate Retail Park", _B, "retail park", "", "none", "SPOC-08", "", date(2025, 11, 30),
          "Mo-Su 09:00-20:00"),
    Place("FP-028", "Station Taxi Office", _B, "station", "Bangladeshi;Pakistani", "none", "", "", None, "24/7"),
    Place("FP-029", "Castle Mound Primary School", _S, (1050, 2560), "", "statutory", "SPOC-06", "one visit a year",
          date(2026, 7, 31), "Mo-Fr 08:45-15:30"),
    Place("FP-030", "Millbrook Primary School", _S, (1330, 900), "", "statutory", "SPOC-06", "one visit a year",
          date(2026, 7, 31), "Mo-Fr 08:45-15:30"),
    Place("FP-031", "Ashview Sixth Form College", "college", (3060, 1780), "", "statutory", "SPOC-06",
          "freshers' stall and rights workshop", date(2026, 9, 30), "Mo-Fr 08:30-17:00"),
    Place("FP-032", "Longacre House", "care_home", (3300, 640), "", "none", "SPOC-05", "", date(2025, 12, 15)),
    Place("FP-033", "Weavers' Hall Women's Circle", _C, (1950, 2250), "Bangladeshi;Pakistani", "voluntary", "SPOC-07",
          "listening circle every quarter", date(2026, 4, 30), "Th 10:00-12:00"),
    Place("FP-034", "Polish Saturday School", _S, (1500, 2720), "Other White", "voluntary", "SPOC-05", "",
          date(2025, 7, 31), "Sa 09:30-13:00"),
    Place("FP-035", "Ashview Chinese Lunch Club", _C, (2900, 2620), "Chinese", "voluntary", "SPOC-05",
          "lunch twice a year", date(2026, 5, 31), "We 12:00-14:30"),
    Place("FP-036", "Priory Hill Tenants' Room", _C, "flats", "", "statutory", "", "", None, "Mo,Th 10:00-16:00"),
    Place("FP-037", "Park Road Surgery", "health", (1900, 900), "", "statutory", "", "", None, "Mo-Fr 08:00-18:30"),
    Place("FP-038", "Ashview Leaders' Forum", "panel", (2560, 2330), "", "none", "SPOC-01",
          "a host of another faith or hall each time", date(2026, 1, 31), "", 61, False),
    Place("FP-039", "Youth Advisory Panel", "panel", (3010, 1700), "", "none", "SPOC-06", "", date(2025, 12, 31), "",
          91, False),
    Place("FP-040", "Stop and Search Scrutiny Panel", "panel", (2520, 1950), "", "none", "SPOC-01", "",
          date(2025, 6, 30), "", 91, False),
    Place("FP-041", "Sandford Community Hall", _C, (5650, 1560), "", "statutory", "SPOC-03", "", date(2026, 3, 31),
          "Mo-Sa 09:00-21:00"),
    Place("FP-042", "Sandford Harbour Chapel", _W, (5750, 2050), "White British", "voluntary", "", "", None,
          "Su 10:30-12:00"),
    Place("FP-043", "Market Coffee House", _B, (2180, 2020), "Arab", "none", "", "", None, "Mo-Su 08:00-23:00"),
)  # fmt: skip


@cache
def position(place: Place) -> Point:
    """Return where a focal point stands, in metres from the town's corner."""
    return spot(place.at) if isinstance(place.at, str) else beside_street(place.at)


def focal_points_text() -> str:
    """Return focal_points.csv."""
    return csv_text(COLUMNS, (_row(place) for place in PLACES))


def _row(place: Place) -> dict[str, object]:
    east, north = grid(position(place))
    return {
        "focal_point_id": place.id,
        "name": place.name,
        "kind": place.kind,
        "communities": place.communities,
        "stakeholder": f"STK-{place.id[-2:]}" if place.partner != "none" else "",
        "spoc": place.spoc,
        "spoc_role": _ROLES.get(place.spoc, ""),
        "strategy": place.strategy,
        "partner_type": place.partner,
        "meets_every_days": place.meets_every_days,
        "review_by": place.review_by,
        "service_times": place.times,
        "public": place.public,
        "easting": east,
        "northing": north,
    }
