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

WORDS = {
    "activity": ACTIVITY,
    "objective": OBJECTIVE,
    "initiation": INITIATION,
    "participation_level": PARTICIPATION,
    "channel": CHANNEL,
    "lead_type": LEAD_TYPE,
    "audience": AUDIENCE,
    "facilitator_type": FACILITATOR_TYPE,
    "hosted_by": HOSTED_BY,
    "mode": MODE,
    "format": FORMAT,
    "venue_type": VENUE_TYPE,
    "message_tone": MESSAGE_TONE,
    "preferred_channel": CHANNEL,
}
SEVERAL = ("objective", "audience")
NUMBERS = ("minutes", "attendees", "first_time_attendees", "invited", "cost", "outcome_count")
SCORES = ("quality_score", "respect", "neutrality", "trustworthy_motives", "voice")
# text columns, and whether a cell may hold several values
TEXTS = {
    "lead_org": False,
    "team": False,
    "role": False,
    "themes": True,
    "partners": True,
    "barriers": True,
    "outcome_type": False,
    "escalated_to": False,
    "programme": False,
    "stage": False,
    "funder": False,
    "notes": False,
}
_PLACES = {"lon": r".*\blongitude", "lat": r".*\blatitude"}

ENGAGEMENTS = Layer(
    "engagements",
    (
        Column("engagement_id", "the diary's own number", "event id, meeting id, id, reference, ref, urn, uuid"),
        Column(
            "date",
            "the day it took place",
            "date of engagement, engagement date, event date, date of event, meeting date, date of meeting, date time, "
            "when, when did it take place, activity date, date of activity, day",
        ),
        Column("start_time", "when it began, HH:MM", "time, start, time started, time of event, start at"),
        Column("minutes", "how long it lasted", "duration, duration minutes, length, minutes spent, mins"),
        Column(
            "activity",
            "what was done",
            "method, type of engagement, engagement type, activity type, type of activity, type, what did you do, "
            "engagement method, event type",
        ),
        Column("objective", "what it was for; several", "objectives, purpose, aim, aims, why, purpose of engagement"),
        Column("initiation", "proactive, reactive or requested", "proactive or reactive, initiated by, how initiated"),
        Column("participation_level", "inform, consult, co-create or account", "participation, level of participation"),
        Column("channel", "how people were reached", "contact method, means of contact"),
        Column("lead_org", "who led it", "lead organisation, led by, organisation, lead agency"),
        Column("lead_type", "what kind of organisation led it", "lead org type, lead organisation type"),
        Column("team", "the team that was there", "team name, unit, team type, npt, neighbourhood team"),
        Column("role", "the role of who recorded it, never a name", "staff role, rank"),
        Column("focal_point_id", "where: the place in the list of focal points", "focal point, venue, place, venue id"),
        Column(
            "ward_code",
            "where: the ward",
            "ward, ward name, area code, neighbourhood, beat, area, which ward",
            r"wd\d\d ?(cd|nm)",
        ),
        Column("communities", "who was met; several", "community, community group, community groups, ethnic group"),
        Column("audience", "who else it was for; several", "audiences, audience tags, target group, target audience"),
        Column(
            "attendees",
            "how many people",
            "attendance, number attending, people attending, number of attendees, number of people, how many people "
            "attended, how many people came, people, total attendees, contacts, headcount",
        ),
        Column("first_time_attendees", "how many of them for the first time", "first time, new attendees, new people"),
        Column("invited", "how many were invited", "number invited, invitations"),
        Column("cost", "pounds", "cost gbp, total cost, spend"),
        Column("themes", "what was talked about; several", "theme, topics, topic, issues raised, feedback theme"),
        Column("quality_score", "how it was experienced, 1 to 5", "quality, score, rating"),
        Column("respect", "were people treated with respect, 1 to 5"),
        Column("neutrality", "was it even-handed, 1 to 5"),
        Column("trustworthy_motives", "were motives trusted, 1 to 5", "trustworthiness, motives"),
        Column("voice", "could people have their say, 1 to 5", "participation score"),
        Column("outcome_type", "what came of it", "outcome"),
        Column("outcome_count", "how many of that", "outcome n, number of outcomes"),
        Column("escalated_to", "who was told", "escalated"),
        Column("facilitator_type", "who led the talk", "facilitator"),
        Column("hosted_by", "whose event it was", "host"),
        Column("mode", "in person, online or hybrid"),
        Column("format", "listening, presenting, discussion or activity"),
        Column("venue_type", "what kind of place it was", "type of venue"),
        Column("message_tone", "tone of a message"),
        Column("programme", "the programme it belongs to", "program, operation"),
        Column("stage", "the stage of that programme"),
        Column("funder", "who paid"),
        Column("partners", "who else took part; several", "partner organisations, partner agencies"),
        Column("preferred_channel", "how people would rather be reached", "preferred contact"),
        Column("barriers", "what kept people away; several"),
        Column("notes", "free text", "comments, comment, description, details, free text"),
        Column("geopoint", "lat lon in one cell", "gps, location, coordinates, lat lon, position, geolocation"),
        *(Column(one.name, one.meaning, one.also, _PLACES.get(one.name)) for one in POSITION_COLUMNS),
    ),
)
