"""The columns of an engagement diary, the headings under which people keep them, and the words they hold."""

from __future__ import annotations

from layers.reading.layer import Column, Layer
from layers.reading.positions import POSITION_COLUMNS
from layers.reading.vocabulary import (
    ACTIVITY,
    AUDIENCE,
    CHANNEL,
    FACILITATOR_TYPE,
    FORMAT,
    HOSTED_BY,
    INITIATION,
    LEAD_TYPE,
    MESSAGE_TONE,
    MODE,
    OBJECTIVE,
    PARTICIPATION,
    VENUE_TYPE,
)

_OF_WHAT = "(?:engagement|event|meeting|activity|visit|patrol|session|surgery)"
_PEOPLE = "people|persons?|residents?|public|members of (?:the )?public|attendees|participants|contacts"
_MET = "engaged|engaged with|spoken to|spoken with|spoke to|attended|attending|present|reached|met|came|in attendance"
ENGAGEMENTS = Layer(
    "engagements",
    (
        Column(
            "engagement_id",
            "the diary's own number",
            "event id, meeting id, id, reference, ref, urn, uuid",
            kind="code",
            shown="internal",
        ),
        Column(
            "date",
            "the day it took place",
            "date of engagement, engagement date, event date, date of event, meeting date, date of meeting, date time, "
            "when, when did it take place, start date, datum, dyddiad, activity date, date of activity, day",
            rf"(?:{_OF_WHAT} )?date(?: ?(?:and|&)? ?time)?(?: of (?:the )?{_OF_WHAT})?",
            kind="day",
            required=True,
            shown="partner",
        ),
        Column(
            "start_time",
            "when it began, HH:MM",
            "time, start, time started, time of event, start at",
            kind="time",
            shown="internal",
        ),
        Column(
            "minutes",
            "how long it lasted",
            "duration, duration minutes, length, minutes spent, mins, hours, duration hours, hours spent, time spent, "
            "how long, how long did it last",
            kind="number",
            unit="minutes",
            shown="partner",
        ),
        Column(
            "activity",
            "what was done",
            "method, type of engagement, engagement type, activity type, type of activity, type, what did you do, "
            "engagement method, event type, kind of engagement, category, categories, subject",
            words=ACTIVITY,
            required=True,
            shown="partner",
        ),
        Column(
            "objective",
            "what it was for; several",
            "objectives, purpose, aim, aims, why, purpose of engagement",
            words=OBJECTIVE,
            several=True,
            shown="partner",
        ),
        Column(
            "initiation",
            "proactive, reactive or requested",
            "proactive or reactive, initiated by, how initiated",
            words=INITIATION,
            shown="partner",
        ),
        Column(
            "participation_level",
            "inform, consult, co-create or account",
            "participation, level of participation",
            words=PARTICIPATION,
            shown="partner",
        ),
        Column(
            "channel", "how people were reached", "contact method, means of contact", words=CHANNEL, shown="partner"
        ),
        Column("lead_org", "who led it", "lead organisation, led by, organisation, lead agency", shown="partner"),
        Column(
            "lead_type",
            "what kind of organisation led it",
            "lead org type, lead organisation type",
            words=LEAD_TYPE,
            shown="partner",
        ),
        Column(
            "team", "the team that was there", "team name, unit, team type, npt, neighbourhood team", shown="partner"
        ),
        Column("role", "the role of who recorded it, never a name", "staff role, rank"),
        Column(
            "focal_point_id",
            "where: the place in the list of focal points",
            "focal point, venue, place, venue id, venue name, location, where, where did it take place",
            kind="code",
            shown="partner",
        ),
        Column(
            "ward_code",
            "where: the ward",
            "ward, ward name, area code, neighbourhood, beat, area, which ward",
            r"wd\d\d ?(cd|nm)|(?:neighbourhood|beat|area|electoral|council) ward(?: name| code)?"
            r"|ward (?:neighbourhood|beat|area)",
            kind="code",
            shown="partner",
        ),
        Column(
            "communities",
            "who was met; several",
            "community, community group, community groups, ethnic group, ethnicity",
            several=True,
            shown="partner",
        ),
        Column(
            "audience",
            "who else it was for; several",
            "audiences, audience tags, target group, target audience, who was there, who came, who took part",
            words=AUDIENCE,
            several=True,
            shown="partner",
        ),
        Column(
            "attendees",
            "how many people",
            "attendance, number attending, people attending, number of attendees, number of people, how many people "
            "attended, how many people came, people, total attendees, contacts, headcount, how many",
            rf"(?:(?:total|sum of|approx) )?(?:number|numbers|no|num|count|total)(?: of)?"
            rf"(?:(?: the)? (?:{_PEOPLE})(?: (?:{_MET}))?| (?:{_MET}))|(?:{_PEOPLE}) (?:{_MET})|sum of attendees",
            kind="count",
            shown="partner",
        ),
        Column(
            "first_time_attendees",
            "how many of them for the first time",
            "first time, new attendees, new people",
            kind="count",
            shown="internal",
        ),
        Column("invited", "how many were invited", "number invited, invitations", kind="count", shown="internal"),
        Column("cost", "pounds", "cost gbp, total cost, spend", kind="number", unit="pounds", shown="internal"),
        Column(
            "themes",
            "what was talked about; several",
            "theme, topics, topic, issues raised, feedback theme",
            several=True,
            shown="partner",
        ),
        Column(
            "quality_score",
            "how it was experienced, 1 to 5",
            "quality, score, rating",
            kind="number",
            unit="1 to 5",
            shown="internal",
        ),
        Column("respect", "were people treated with respect, 1 to 5", kind="number", unit="1 to 5"),
        Column("neutrality", "was it even-handed, 1 to 5", kind="number", unit="1 to 5"),
        Column(
            "trustworthy_motives",
            "were motives trusted, 1 to 5",
            "trustworthiness, motives",
            kind="number",
            unit="1 to 5",
        ),
        Column("voice", "could people have their say, 1 to 5", "participation score", kind="number", unit="1 to 5"),
        Column("outcome_type", "what came of it", "outcome", shown="internal"),
        Column("outcome_count", "how many of that", "outcome n, number of outcomes", kind="count", shown="internal"),
        Column("escalated_to", "who was told", "escalated", shown="internal"),
        Column("facilitator_type", "who led the talk", "facilitator", words=FACILITATOR_TYPE),
        Column("hosted_by", "whose event it was", "host", words=HOSTED_BY),
        Column("mode", "in person, online or hybrid", words=MODE),
        Column("format", "listening, presenting, discussion or activity", words=FORMAT),
        Column("venue_type", "what kind of place it was", "type of venue", words=VENUE_TYPE),
        Column("message_tone", "tone of a message", words=MESSAGE_TONE),
        Column("programme", "the programme it belongs to", "program, operation"),
        Column("stage", "the stage of that programme"),
        Column("funder", "who paid"),
        Column("partners", "who else took part; several", "partner organisations, partner agencies", several=True),
        Column("preferred_channel", "how people would rather be reached", "preferred contact", words=CHANNEL),
        Column("barriers", "what kept people away; several", several=True),
        Column("notes", "free text", "comments, comment, description, details, free text", shown="internal"),
        *POSITION_COLUMNS,
    ),
    title="the log of meetings, walks and talks",
    used_by=("engagement", "plan", "page", "log"),
    shape="internal",
)
# {column: its list of words}; columns whose cells may hold several of them
WORDS = {one.name: one.words for one in ENGAGEMENTS.columns if one.words is not None}
SEVERAL = tuple(one.name for one in ENGAGEMENTS.columns if one.words is not None and one.several)
SCORES = tuple(one.name for one in ENGAGEMENTS.columns if one.unit == "1 to 5")
NUMBERS = tuple(one.name for one in ENGAGEMENTS.columns if one.kind in ("number", "count") and one.name not in SCORES)
# text columns, and whether a cell may hold several values; communities are read with the names of the project
TEXTS = {one.name: one.several for one in ENGAGEMENTS.columns if one.kind == "text" and one.words is None}
del TEXTS["communities"]
