"""What the neighbourhood team does again and again: who is met where, how often, and what for."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from data import truths


class Programme(NamedTuple):
    """One kind of meeting that recurs, or, with ``every_days`` 0, that happens on ``dates``."""

    activity: str
    where: str  # a focal point or the name of a ward
    every_days: int
    people: tuple[int, int]
    objective: str
    communities: str = ""
    audience: str = ""
    themes: str = ""
    first: date = date(2024, 1, 16)
    last: date = truths.LAST_DAY
    time: str = "14:00"
    minutes: int = 60
    initiation: str = "proactive"
    level: str = "consult"
    channel: str = "face_to_face"
    lead: tuple[str, str] = ("Ashview neighbourhood team", "police")
    cost: int = 20
    dates: tuple[date, ...] = ()
    weekday: int | None = None  # 0 Monday .. 6 Sunday; None: any working day
    note: str = ""


_COUNCIL, _YOUTH = ("Ashview council", "partner"), ("Mindset", "community")
_FAITH = ("Faith group on site", "community")

# Beat meetings: the wards that turn up are asked more often. Larkfield has never had one.
_BEAT_EVERY_DAYS = {
    "Town Centre": 122, "Ashview Park": 152, "Easington": 152, "Priory Hill": 122, "Millbrook": 243, "Longacre": 243,
    "Riverside": 182, "Castle Mound": 182, "Station": 304, "Eastgate": 304, "Northfield": 243, "Sandford West": 304,
}  # fmt: skip

_BEAT_MEETINGS = tuple(
    Programme("public_meeting", ward, every, (6, 24), "listen_priorities;feed_back", audience="older" if at % 3 else "",
              themes=("parking;road_safety", "drugs;youth_provision", "noise;street_drinking")[at % 3],
              first=date(2024, 1, 9 + 2 * at), time="18:30", minutes=75, cost=35)
    for at, (ward, every) in enumerate(_BEAT_EVERY_DAYS.items())
)  # fmt: skip

_REGULAR = (
    Programme("drop_in", "FP-022", 61, (4, 13), "build_trust;key_messages", audience="older", time="10:30", minutes=90),
    Programme("drop_in", "FP-005", 61, (10, 28), "build_trust;listen_priorities", "Bangladeshi;Pakistani", "faith",
              "hate_crime;stop_and_search", time="14:00", lead=_FAITH, weekday=4),
    Programme("drop_in", "FP-007", 91, (15, 40), "build_trust;listen_priorities", "Indian", "faith", "hate_crime",
              time="12:00", lead=_FAITH, weekday=6),
    Programme("one_to_one", "FP-008", 182, (3, 8), "build_trust", "Indian", "faith", time="18:30", minutes=45),
    Programme("drop_in", "FP-021", 75, (3, 9), "build_trust;inform_rights", "Caribbean", "young_people",
              "stop_and_search", time="16:00", weekday=1),
    Programme("workshop", "FP-009", 182, (12, 30), "build_trust", "Caribbean;Other Black", "faith",
              "stop_and_search;knife_crime", time="13:30", lead=_FAITH, weekday=6),
    Programme("drop_in", "FP-034", 122, (8, 22), "inform_rights", "Other White", "new_arrivals", "hate_crime",
              time="11:00", weekday=5),
    Programme("drop_in", "FP-035", 152, (10, 20), "build_trust", "Chinese", "older", "fraud", time="12:30", weekday=2),
    Programme("listening_circle", "FP-033", 91, (7, 14), "listen_priorities;build_trust", "Bangladeshi;Pakistani",
              "women;infrequently_heard", "safety_after_dark", time="10:00", minutes=90, level="co_create",
              lead=("Weavers' Hall Women's Circle", "community"), weekday=3),
    Programme("drop_in", "FP-004", 91, (12, 30), "key_messages", "White British", "older", time="11:30", lead=_FAITH,
              weekday=2),
    Programme("drop_in", "FP-014", 91, (10, 24), "key_messages", "White British", "older", "fraud", time="11:30"),
    Programme("drop_in", "FP-032", 122, (8, 16), "reassure", "White British", "older", "fraud", time="15:00"),
    Programme("school_visit", "FP-003", 75, (60, 180), "inform_rights;divert_youth", audience="young_people",
              themes="knife_crime;online_rumour", first=date(2024, 2, 6), time="09:00", cost=15, level="inform"),
    Programme("school_visit", "FP-029", 330, (45, 90), "key_messages", audience="young_people", time="09:30",
              level="inform"),
    Programme("school_visit", "FP-030", 330, (45, 90), "key_messages", audience="young_people", time="09:30",
              level="inform"),
    Programme("workshop", "FP-031", 152, (14, 30), "inform_rights", audience="young_people",
              themes="stop_and_search", first=date(2024, 2, 20), time="13:00", minutes=90),
    Programme("youth_session", "FP-001", 35, (12, 26), "divert_youth;build_trust",
              audience="young_people;at_risk_youth", themes="youth_provision",
              last=truths.HUB_CLOSED, time="18:00", minutes=120, level="co_create",
              lead=_YOUTH, cost=60),
    Programme("public_meeting", "FP-023", 91, (6, 13), "listen_priorities;problem_solve", audience="businesses",
              themes="shoplifting;street_drinking", time="08:00"),
    Programme("one_to_one", "FP-027", 182, (3, 6), "problem_solve", audience="businesses", themes="shoplifting"),
    Programme("forum", "FP-039", 91, (6, 10), "listen_priorities", audience="young_people",
              themes="stop_and_search;youth_provision", time="17:00", minutes=90, level="account"),
    Programme("forum", "FP-040", 91, (6, 9), "feed_back", themes="stop_and_search", last=date(2025, 3, 31),
              time="18:00", minutes=120, level="account"),
    Programme("clean_up", "Castle Mound", 182, (8, 20), "demand_reduction", first=date(2024, 4, 13), time="10:00",
              minutes=150, initiation="requested_by_community", lead=_COUNCIL, cost=120, weekday=5),
    Programme("event_stall", "FP-002", 365, (60, 120), "build_trust;recruit", first=date(2024, 6, 22), time="12:00",
              minutes=240, level="inform", cost=180, weekday=5),
    Programme("participatory_budgeting", "Millbrook", 365, (30, 55), "listen_priorities", "Bangladeshi;Pakistani",
              first=date(2024, 9, 28), time="13:00", minutes=180, level="co_create", lead=_COUNCIL,
              cost=400, weekday=5),
    Programme("online_meeting", "Longacre", 182, (5, 14), "listen_priorities", themes="parking", time="19:00",
              channel="video_call", cost=0),
    Programme("message_alert", "Town Centre", 122, (150, 260), "key_messages", themes="fraud", channel="alert_system",
              level="inform", minutes=20, cost=0),
    Programme("walk_and_talk", "FP-002", 0, (7, 7), "listen_priorities;build_trust",
              audience="young_people;at_risk_youth", themes="youth_provision",
              time="18:30", minutes=90, level="co_create", dates=(date(2025, 5, 15),),
              note="first walk; the second was called off"),
)  # fmt: skip

# Met only after something had happened: never once beforehand.
_AFTER_INCIDENTS = (
    Programme("one_to_one", "FP-011", 0, (2, 6), "reassure", truths.REACTIVE_ONLY, themes="hate_crime",
              initiation="reactive", level="inform", minutes=40, time="17:00",
              dates=tuple(date(2024, month, 9) for month in (2, 5, 11)) + tuple(date(2025, m, 18) for m in (3, 6, 7))),
    Programme("public_meeting", "FP-011", 0, (14, 32), "reassure;repair", truths.REACTIVE_ONLY,
              themes="hate_crime;stop_and_search", initiation="reactive", level="inform", time="18:00", minutes=90,
              dates=(date(2024, 10, 17), date(2025, 6, 24))),
    Programme("one_to_one", "FP-012", 0, (2, 5), "reassure", truths.REACTIVE_ONLY, themes="hate_crime",
              initiation="reactive", level="inform", minutes=30, time="14:15",
              dates=(date(2024, 8, 9), date(2025, 6, 20), date(2025, 8, 15))),
    Programme("door_to_door", "Eastgate", 0, (6, 14), "reassure;identify_offenders", truths.REACTIVE_ONLY,
              initiation="reactive", level="inform", minutes=120, time="16:00",
              dates=(date(2024, 5, 21), date(2025, 3, 12))),
    Programme("door_to_door", "Easington", 35, (4, 12), "problem_solve;gather_intelligence", themes="neighbour_dispute",
              first=date(2024, 9, 10), last=date(2025, 3, 1), initiation="reactive", minutes=90, level="inform"),
    Programme("one_to_one", "FP-018", 28, (2, 4), "problem_solve", themes="neighbour_dispute", first=date(2024, 10, 3),
              last=date(2025, 2, 28), initiation="reactive", minutes=45, lead=_COUNCIL),
    Programme("foot_patrol", "FP-002", 28, (4, 15), "reassure;gather_intelligence", themes="youth_provision;drugs",
              first=date(2025, 4, 25), initiation="reactive", level="inform", time="19:00", minutes=45, cost=0),
    Programme("one_to_one", "FP-024", 9, (1, 3), "reassure;identify_offenders", "Pakistani", "businesses",
              "hate_crime;online_rumour", date(2025, 6, 17), date(2025, 7, 31), initiation="reactive", minutes=30),
    Programme("public_meeting", "FP-041", 0, (25, 45), "reassure;repair", themes="online_rumour;hate_crime",
              initiation="reactive", time="18:30", minutes=90, dates=(date(2025, 5, 27), date(2025, 6, 10))),
    Programme("foot_patrol", "Station", 61, (5, 15), "reassure", audience="night_time", themes="street_drinking",
              initiation="reactive", level="inform", time="21:00", minutes=60, cost=0),
)  # fmt: skip

PROGRAMMES = _BEAT_MEETINGS + _REGULAR + _AFTER_INCIDENTS
