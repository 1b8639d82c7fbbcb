"""Controlled words: the code that is stored, and the words by which people mean it."""

from __future__ import annotations

import difflib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from geo.errors import counted
from layers.libraries import pd
from layers.reading.report import ReadReport

_SEPARATORS = re.compile(r"[;|\n]")
_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_NUMBERING = re.compile(r"^\s*\(?\d{1,2}\s*[-–—:.)]\s*(?=[^\W\d_])")  # "2. In progress", "1 - High"
_COMMA = re.compile(r",(?![^()]*\))")  # none in brackets
_LONGEST = 80
_NEAR_ENOUGH = 0.6


@dataclass(frozen=True)
class Vocabulary:
    """The words of one column: ``codes`` is {code: its synonyms, separated by commas}.

    Case, punctuation, underscores, accents and plurals make no difference. A word that is not in the list is kept as
    ``other:<word>``: it is somebody's answer, and may be a code that is missing here.
    """

    name: str
    codes: Mapping[str, str]

    @cached_property
    def keys(self) -> dict[str, str]:
        """Every accepted word as it is compared, and its code; the codes themselves come first."""
        keys = {word_key(code): code for code in self.codes}
        for code, words in self.codes.items():
            for word in words.split(","):
                keys.setdefault(word_key(word), code)
        keys.pop("", None)
        return keys

    @cached_property
    def _in_singular(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for key, code in self.keys.items():
            found.setdefault(_singular(key), code)
        return found

    def code(self, word: str) -> str | None:
        """Return the code of one word, None if it is not in the list."""
        # "Young people (10-17, in school)", "2. In progress"
        for text in dict.fromkeys((word, _REMARK.sub(" ", word), _NUMBERING.sub("", word))):
            key = word_key(text)
            code = self.keys.get(key) or self.keys.get(key.removesuffix("s")) or self._in_singular.get(_singular(key))
            if code is not None:
                return code
        return None

    def label(self, code: str) -> str:
        """Return a code as people read it: ``foot patrol``; of ``other:<word>`` the word."""
        return code.removeprefix("other:").replace("_", " ")

    def extended(self, words: Mapping[str, str]) -> Vocabulary:
        """Return this vocabulary with further synonyms of its codes, and further codes."""
        joined = {code: ",".join(filter(None, (self.codes.get(code, ""), words.get(code, "")))) for code in self.codes}
        return Vocabulary(self.name, {**joined, **{code: words[code] for code in words if code not in self.codes}})

    def read(self, text: pd.Series, report: ReadReport, *, several: bool = False) -> pd.Series:
        """Return a column as codes (dtype object, None where empty).

        ``several``: a cell may hold more than one, as ``a;b;``, ``a|b``, ``a;#b``, ``["a","b"]`` or ``a, b`` (a comma
        parts only where a part of it is in the list); the codes come joined by ``;``, each once, in the cell's order.
        Otherwise the first one counts. Words that are not in the list, and cells with more than one code where one
        is meant, are counted in ``report.choices``, with the nearest word of the list.
        """
        unknown: Counter[str] = Counter()
        crowded = 0
        found: list[str | None] = []
        read: dict[str, list[str]] = {}
        for cell in text:
            if not isinstance(cell, str):
                found.append(None)
                continue
            if cell not in read:
                read[cell] = self._codes(cell)
            codes = read[cell]
            if not several and len(codes) > 1:
                crowded += 1
                codes = codes[:1]
            unknown.update(code.removeprefix("other:") for code in codes if code.startswith("other:"))
            found.append(";".join(codes) or None)
        self._say(unknown, crowded, report)
        return pd.Series(found, index=text.index, dtype=object)

    def _codes(self, cell: str) -> list[str]:
        codes: list[str] = []
        for word in split_values(cell):
            codes += [self.code(word) or _other(word) for word in self._parted(word)]
        return list(dict.fromkeys(codes))

    def _parted(self, word: str) -> list[str]:
        """Return the words within ``word``, where it is not one itself: parted by commas, slashes, "and" or spaces."""
        if self.code(word) is not None or word_key(word).startswith("other "):
            return [word]
        by_comma = [part for part in (part.strip() for part in _COMMA.split(word)) if part]
        if len(by_comma) > 1 and any(self.code(part) for part in by_comma):
            return by_comma
        for mark in (r"/|&|\band\b|\+", r"\s+"):  # Kobo parts the answers of one question by spaces
            parts = [part for part in re.split(mark, word) if part.strip()]
            if len(parts) > 1 and all(self.code(part) for part in parts):
                return parts
        return [word]

    def _say(self, unknown: Counter[str], crowded: int, report: ReadReport) -> None:
        if unknown:
            ranked = sorted(unknown.items(), key=lambda one: (-one[1], one[0]))
            shown = "; ".join(self._unknown_word(word, count) for word, count in ranked[:5])
            more = f"; and {counted(len(ranked) - 5, 'other word')}" if len(ranked) > 5 else ""
            report.choices.append(
                f"{self.name}: {counted(sum(unknown.values()), 'answer')} not in the list, "
                f"kept as other: {shown}{more}."
            )
        if crowded:
            report.choices.append(
                f"{self.name}: {counted(crowded, 'row')} with more than one answer: the first is used."
            )

    def _unknown_word(self, word: str, count: int) -> str:
        near = difflib.get_close_matches(word_key(word), self.keys, 1, _NEAR_ENOUGH)
        hint = f"; nearest: {self.keys[near[0]]}" if near else ""
        short = word if len(word) <= 40 else word[:39] + "…"
        return f"{short!r} ({counted(count, 'time')}{hint})"


def word_key(word: str) -> str:
    """Return a word as it is compared: lower case, no apostrophes, anything else but letters and digits one space."""
    return " ".join(re.findall(r"[^\W_]+", re.sub("['’]", "", word[:500].casefold())))


def _singular(key: str) -> str:
    """Return a compared word without plurals and accents: ``places of worship``, ``libraries``, ``cafés``."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", key) if not unicodedata.combining(one))
    words = [word[:-3] + "y" if len(word) > 4 and word.endswith("ies") else word for word in plain.split()]
    return " ".join(word[:-1] if len(word) > 3 and word.endswith("s") and word[-2] != "s" else word for word in words)


def split_values(cell: str) -> list[str]:
    """Return the values in one cell, each once, in order; parted by ``;``, ``|``, lines, ``;#`` or as a JSON list."""
    text = cell.strip()
    values: list[str] | None = None
    if text[:1] in ("[", "{"):
        values = _from_json(text)
    if values is None and ";#" in text:
        values = [part for part in text.split(";#") if not part.strip().isdigit()]  # SharePoint's own numbers
    if values is None:
        values = _SEPARATORS.split(text)
    return list(dict.fromkeys(" ".join(value.split()) for value in values if value.strip()))


def _from_json(text: str) -> list[str] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    items: list[Any] = found if isinstance(found, list) else [found]
    values: list[str] = []
    for item in items:
        if isinstance(item, dict):  # a choice of Power Apps
            item = next((item[key] for key in ("Value", "value", "Label", "label") if key in item), None)
        if isinstance(item, str | int | float):
            values += _SEPARATORS.split(str(item))
    return values


def _other(word: str) -> str:
    text = " ".join(word.replace(";", ",").split())
    text = re.sub(r"(?i)^other\s*[:\-–(]\s*", "", text).removesuffix(")") or "other"
    if text.casefold() == "other":
        return "other"
    return "other:" + (text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")


ACTIVITY = Vocabulary(
    "activity",
    {
        "foot_patrol": "beat walk, patrol, high visibility patrol, hi vis patrol, reassurance patrol",
        "walk_and_talk": "walk & talk, walkabout, community walk",
        "drop_in": "coffee morning, surgery, cuppa, cuppa with a copper, coffee with a cop, beat surgery, "
        "police surgery, street surgery, pop up",
        "public_meeting": "pact, pact meeting, beat meeting, community meeting, residents meeting, ward meeting, "
        "partners and communities together",
        "forum": "leaders forum, community forum, panel, advisory group, panel meeting",
        "listening_circle": "listening session, listening event",
        "workshop": "",
        "school_visit": "assembly, school assembly, college, college visit, school, school talk",
        "one_to_one": "1 to 1, 1:1, one to one meeting, home visit",
        "door_to_door": "leafleting, leaflet drop, door knocking, house to house, letter drop",
        "event_stall": "fete, fun day, stall, fair, festival, community event, open day",
        "youth_session": "youth club, youth work, youth group",
        "online_meeting": "teams, teams meeting, zoom, webinar, virtual meeting",
        "survey": "questionnaire, consultation",
        "social_media": "facebook, twitter, x post, instagram, nextdoor, whatsapp",
        "media": "radio, newspaper, press, tv, interview, press release",
        "message_alert": "alert, neighbourhood alert, in the know, email alert, text alert",
        "participatory_budgeting": "community budgeting",
        "innovation_hub": "hackathon, design session",
        "clean_up": "clear up day, clean up day, litter pick, day of action, environmental action day",
        "volunteering": "speedwatch, community speedwatch, neighbourhood watch, cadets, specials, ride along, "
        "citizen patrol",
        "training": "officer training, learning event",
        "restorative": "restorative justice, mediation, restorative meeting",
        "other": "",
    },
)
OBJECTIVE = Vocabulary(
    "objective",
    {
        "build_trust": "trust, trust and confidence, build trust and confidence, confidence, relationship building, "
        "building trust",
        "inform_rights": "rights, know your rights, stop and search rights",
        "key_messages": "key message, crime prevention advice, crime prevention, information, inform",
        "listen_priorities": "listen, priorities, set priorities, consult, listening, hear concerns",
        "feed_back": "feedback, you said we did, update residents, feed back to residents",
        "divert_youth": "diversion, youth diversion",
        "reassure": "reassurance, visibility, visible presence",
        "repair": "repair trust, after critical incident, community trauma, healing",
        "problem_solve": "problem solving, joint problem solving",
        "recruit": "recruitment, positive action",
        "demand_reduction": "reduce demand",
        "find_missing": "missing person, find missing people, missing people",
        "identify_offenders": "identify offender, find offenders, appeal for suspects",
        "gather_intelligence": "intelligence, community intelligence, intel, intelligence gathering",
    },
)
# these serve an investigation; they are never added into a total of trust-building
ENFORCEMENT_OBJECTIVES = ("find_missing", "identify_offenders", "gather_intelligence")
INITIATION = Vocabulary(
    "initiation",
    {
        "proactive": "planned, police initiated, pro active",
        "reactive": "after incident, after an incident, response to incident, following an incident, re active",
        "requested_by_community": "requested, community request, invited, invited by community, asked for by community",
        "unknown": "not known, unsure, not recorded",
    },
)
CHANNEL = Vocabulary(
    "channel",
    {
        "face_to_face": "in person, f2f, face 2 face, visit",
        "phone": "telephone, call, phone call",
        "video_call": "teams, zoom, online, online meeting",
        "email": "e mail, mail",
        "alert_system": "alert, neighbourhood alert, in the know, message alert",
        "social_media": "facebook, twitter, instagram, x, nextdoor, whatsapp, tiktok",
        "website": "web, web page, internet",
        "app_qr": "app, qr, qr code",
        "letter_leaflet": "letter, leaflet, post, flyer",
        "booklet": "brochure",
        "video": "film, video clip, youtube",
        "radio": "community radio",
        "newspaper": "press, local paper",
        "podcast": "",
        "noticeboard": "notice board, poster",
        "intermediary": "through a partner, through intermediary, partner",
    },
)
LEAD_TYPE = Vocabulary(
    "lead_type",
    {
        "police": "police led, neighbourhood team, npt, constabulary, force, pcc",
        "partner": "partner agency, partner led, partners",
        "community": "community led, residents",
        "council": "local authority, borough council, county council, la",
        "school": "college, education, university",
        "health": "nhs, gp, hospital, public health",
        "fire": "fire service, fire and rescue, frs",
        "housing": "housing association, registered provider, landlord",
        "faith": "faith group, church, mosque, temple, gurdwara, synagogue, religious",
        "charity_voluntary": "charity, voluntary, voluntary sector, third sector, vcs, vcse, ngo",
        "community_group": "residents association, tenants association, community organisation, residents group",
        "business": "private, shop, company, bid",
        "youth_service": "youth, youth services, youth offending service, youth justice",
        "other_statutory": "statutory, probation, other statutory agency",
    },
)
PARTNER_TYPE = Vocabulary(
    "partner_type",
    {
        "statutory": "public sector, council, local authority",
        "voluntary": "charity, third sector, vcs, vcse, charity voluntary",
        "private": "business, company, commercial",
        "community": "community group, residents group",
        "none": "no, no partner, not a partner",
    },
)
FACILITATOR_TYPE = Vocabulary(
    "facilitator_type",
    {
        "police": "officer, pcso",
        "community_member": "community, resident, local person",
        "partner": "partner agency",
        "independent": "external, independent facilitator",
    },
)
AUDIENCE = Vocabulary(
    "audience",
    {
        "women": "women and girls, female, girls, ladies",
        "young_people": "youth, young, young person, children, teenagers, children and young people",
        "older": "older people, elderly, over 65, pensioners, seniors",
        "disabled": "disabled people, disability, people with disabilities",
        "lgbt": "lgbtq, lgbt+, lgbtq+, lgbtqia, lgbtqia+",
        "faith": "faith group, faith community, faith communities, religious",
        "renters": "tenants, private renters, renter, tenant",
        "students": "pupils, student",
        "businesses": "business, traders, shopkeepers, retailers",
        "night_time": "night time economy, nte, night workers",
        "new_arrivals": "newcomers, migrants, refugees, asylum seekers, new arrival",
        "unhoused": "homeless, rough sleepers, homeless people",
        "at_risk_youth": "at risk young people, youth at risk, vulnerable young people",
        "infrequently_heard": "seldom heard, hard to reach, less often heard",
    },
)
PARTICIPATION = Vocabulary(
    "participation_level",
    {
        "inform": "informed, information",
        "consult": "seek advice, consulted, consultation, advice",
        "co_create": "co creation, co produce, co production, co design, collaborate, involve",
        "account": "held to account, hold to account, accountability, scrutiny",
    },
)
HORIZON = Vocabulary("horizon", {"short": "s, short term", "medium": "m, medium term, mid", "long": "l, long term"})
STATUS = Vocabulary(
    "status",
    {
        "raised": "new, open, to do, logged, not started",
        "in_progress": "ongoing, in hand, started, in progress, wip, active",
        "done": "complete, completed, finished, closed, resolved",
        "fed_back": "feedback given, fed back to community",
        "not_possible": "rejected, cannot be done, declined, no further action, nfa",
        "on_hold": "paused, waiting, deferred",
    },
)
MODE = Vocabulary("mode", {"in_person": "face to face, f2f", "online": "teams, zoom, virtual", "hybrid": "mixed, both"})
FORMAT = Vocabulary(
    "format",
    {"listening": "listen", "presenting": "presentation, talk", "discussion": "discuss, debate", "activity": "active"},
)
HOSTED_BY = Vocabulary("hosted_by", {"police": "", "community": "community group, residents", "partner": "council"})
SARA_STAGE = Vocabulary(
    "sara_stage",
    {
        "scanning": "scan, s",
        "analysis": "analyse, analysing",
        "response": "respond, r",
        "assessment": "assess, evaluation, review",
    },
)
ASB_TYPE = Vocabulary(
    "asb_type",
    {
        "personal": "asb personal, targeted",
        "nuisance": "asb nuisance, community",
        "environmental": "asb environmental, environment",
        "unspecified": "unclassified, unknown, not specified, none, asb",
    },
)
REASON = Vocabulary(
    "reason",
    {
        "time": "time of day, too busy, busy, work, working, clash, timing, inconvenient time",
        "place": "venue, location, wrong place",
        "transport": "travel, no transport, parking, bus",
        "childcare": "children, caring, caring duties",
        "distrust": "mistrust, do not trust police, no trust",
        "fear_of_record": "fear of being recorded, worried about records",
        "not_informed": "did not know, not told, no invitation received, unaware",
        "language": "language barrier, no interpreter",
        "not_relevant": "not interested, no interest, irrelevant",
        "unwell": "ill, illness, sick, health",
        "not_asked": "reason not asked, nobody asked",
        "other": "",
    },
)
MESSAGE_TONE = Vocabulary(
    "message_tone",
    {"positive": "good news", "neutral": "", "negative_response": "negative, reply to negative story, rebuttal"},
)
VENUE_TYPE = Vocabulary(
    "venue_type",
    {
        "police_site": "police station, station, police",
        "faith": "place of worship, church, mosque, temple, gurdwara, synagogue",
        "school": "college, university",
        "community_centre": "community hall, village hall, hub, youth centre",
        "library": "",
        "business": "shop, pub, cafe, supermarket",
        "hairdresser_barber": "barber, barbers, hairdresser, salon",
        "street": "park, outdoors, outside, high street",
        "online": "teams, zoom, virtual",
    },
)
PRIORITY_KIND = Vocabulary(
    "kind",
    {
        "priority": "local priority, beat priority, pact priority",
        "recommendation": "action",
        "problem": "sara, problem solving plan",
        "advice": "advice given",
    },
)
FOCAL_KIND = Vocabulary(
    "kind",
    {
        "place_of_worship": "church, mosque, temple, gurdwara, synagogue, chapel, religious building, religious, "
        "faith, prayer room, cathedral, kingdom hall",
        "school": "primary school, secondary school, academy, academies, special schools, nursery, "
        "infant school, junior school",
        "college": "university, sixth form, further education",
        "community_centre": "community hub, community hall, village hall, community building, childrens centre, hub",
        "youth_hub": "youth centre, youth club, youth service",
        "library": "public library",
        "park": "playground, open space, recreation ground, garden",
        "sports_club": "sports centre, leisure centre, gym, stadium, pitch, club, sports",
        "business": "shop, retail, supermarket, pub, bar, cafe, restaurant, fast food, takeaway, market, company",
        "hairdresser_barber": "hairdresser, barber, barbers, salon",
        "health": "gp, doctors, pharmacy, hospital, clinic, dentist, surgery, healthcare, health centre",
        "care_home": "nursing home, residential home, sheltered housing",
        "charity": "ngo, association, voluntary organisation, charity shop",
        "social_facility": "advice centre, refuge, hostel, day centre, shelter",
        "foodbank": "food bank",
        "panel": "forum, advisory group, scrutiny panel, committee",
        "police_site": "police station, police office",
        "public_building": "town hall, council office, fire station, courthouse, post office, job centre",
        "transport": "bus stop, station, bus station, railway station",
        "street": "square, high street, estate",
        "other": "",
    },
)
