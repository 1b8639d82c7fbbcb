"""Which columns of which layer each profile lists, and what kind of number stands in them.

A column that nobody thought of is not listed, and so not given: forgetting one costs a column, not a person.
"""

from __future__ import annotations

from collections.abc import Mapping

# Counts of people with something in common. No people at all is small too: it says something of everybody.
PEOPLE = frozenset("population residents households members responses positive respondents".split())
# Counts of what was recorded or done. None of it may be shown: it says something of the police, not of a person.
RECORDS = frozenset(
    """incidents contacts events engagements attendees first_time_attendees invited attended outcome_count reports
    open_events programmes trust_events enforcement_events events_inferred events_people_unknown most_within_eps
    type_personal type_nuisance type_environmental repeat_victims victims_three_or_more vulnerable_personal
    vulnerable_situational vulnerable_incidental""".split()
)
# Published by the Office for National Statistics, which has protected them already; not rounded a second time.
CENSUS = frozenset("population residents households".split())
# Numbers worked out from counts: {column: (counts it comes from)}. They are hidden with any of them.
DERIVED: Mapping[str, tuple[str, ...]] = {
    "share": ("incidents",),
    "incidents_per_km2": ("incidents",),
    "incidents_per_1000": ("incidents", "population"),
    "impact": ("incidents",),
    "peak": ("incidents",),
    "expected": ("population",),
    "ratio": ("events", "population"),
    "ratio_unnamed": ("events", "population"),
    "expected_programmes": ("population",),
    "could_show": ("population",),
    "low": ("events", "population"),
    "high": ("events", "population"),
    "rate": ("events", "population"),
    "probability_below": ("events", "population"),
    "contacts_ratio": ("contacts", "population"),
    "contacts_low": ("contacts", "population"),
    "contacts_high": ("contacts", "population"),
    "ppr": ("contacts", "population"),
    "expected_contacts": ("population",),
    "flag": ("population",),
    "proactive_share": ("events",),
    "positive_share": ("positive", "responses"),
    "members_per_1000": ("members", "population"),
}
# Those of them that are the first count times something, over the second one where that is rounded too: they are
# worked out again from the rounded counts.
PROPORTIONAL = frozenset(
    "share incidents_per_km2 incidents_per_1000 impact ratio contacts_ratio ppr positive_share members_per_1000".split()
)
# A count and the whole it is part of: what is left of the whole must not be small either.
PART_OF: Mapping[str, str] = {"positive": "responses", "attended": "invited", "first_time_attendees": "attendees"}
# What says how a place or a group stands with the police: never on a place of worship.
LABELS = ("flag", "reason", "tension", "tension_level", "under_engaged", "quiet_and_unheard", "probability_below")

_PERSON = frozenset(
    """victim_ref officer_ref victim victim_name victim_id complainant caller caller_name offender suspect informant
    surname forename first_name last_name full_name date_of_birth dob email e_mail email_address phone telephone mobile
    phone_number address home_address house_number postcode ni_number nino""".split()
)
_VULNERABLE = frozenset("personal situational incidental personal_vuln vulnerability".split())
_CONTACTS = frozenset(
    """spoc spoc_name spoc_ref stakeholder stakeholder_ref stakeholder_id stakeholder_name officer officer_name
    collar_number collar_no shoulder_number""".split()
)
_IDENTIFIERS = frozenset("incident_id crime_id urn crime_reference engagement_id".split())
_FREE_TEXT = frozenset("notes strategy location_text comment comments free_text escalated_to".split())
_TIMES = frozenset("occurred_from occurred_to start_time".split())
_PEOPLE_HARMED = frozenset(
    """repeat_victims victims_three_or_more vulnerable_personal vulnerable_situational vulnerable_incidental
    tension tension_level""".split()
)

FORBIDDEN: Mapping[str, frozenset[str]] = {
    "internal": _PERSON | _VULNERABLE,
    "partner": _PERSON | _VULNERABLE | _CONTACTS | _IDENTIFIERS | _FREE_TEXT | _TIMES | _PEOPLE_HARMED,
    "public": _PERSON | _VULNERABLE | _CONTACTS | _IDENTIFIERS | _FREE_TEXT | _TIMES | _PEOPLE_HARMED | {"spoc_role"},
}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WARDS = _words("ward_code ward_name district_code district_name population households geometry")
_HOTSPOTS = _words(
    """rank name incidents incidents_per_km2 share months_active months_covered wards p_value null_model trend peak
    could_be_chance width_m first_month last_month hotspot_id state geometry"""
)
_ENGAGEMENT = _words(
    """level ward_code ward_name district_name community group_set population contacts events expected ratio
    contacts_ratio days_since_last reach proactive_share flag"""
)
_MEASURES = _words(
    """low high rate probability_below reason open_events perhaps_met programmes expected_programmes
    could_show ratio_unnamed expected_contacts contacts_low contacts_high ppr expected_standardised events_inferred
    events_people_unknown trust_events enforcement_events methods_used breadth
    first_date last_date"""
)
_SURVEYS = _words("ward_code ward_name community measure responses positive positive_share date")
_REGISTERS = _words("ward_code ward_name community register members members_per_1000 base")
_PRIORITIES = _words(
    """priority_id ward_code ward_name raised_on kind issue action horizon target_date status sara_stage
    community_involved outcome fed_back_on"""
)
_CONTEXT = _words("date event place communities")
# wards in both periods; how well a method foresaw; which places were compared
_COMPARE = _words("ward_code ward_name since until incidents")
_CHANGES = _words(
    """name before after ratio low high expected against_town against_low against_high p_alone p_value q_value change"""
)
_EVALUATE = _words("method ground origins area_share hit_rate pai pei against_grid won lost what")
_CELLS = _words("cell incidents contacts geometry")
_PLACES = _words("focal_point_id name kind communities partner_type meets_every_days service_times public geometry")

_PUBLIC: Mapping[str, frozenset[str]] = {
    "wards": _WARDS | {"incidents", "incidents_per_1000", "contacts", "events", "flag"},
    "hotspots": _HOTSPOTS,
    "communities": _words("ward_code ward_name community population group_set"),
    "focal_points": _PLACES,
    "engagement": _ENGAGEMENT - {"proactive_share", "reach", "days_since_last", "expected"},
    "priorities": _PRIORITIES - {"priority_id", "issue", "action", "outcome"} | {"horizon"},
    "surveys": _SURVEYS,
    "registers": _REGISTERS,
    "deprivation": _words("area_code ward_code imd_decile vintage"),
    "context": _words("date event place"),
    "cells": _CELLS,
    "compare": _COMPARE,
    "evaluate": _EVALUATE,
    "streets": _words("name kind geometry"),
    "workshop_notes": _words("id kind feeling geometry"),
}
_PARTNER: Mapping[str, frozenset[str]] = {
    **_PUBLIC,
    "wards": _PUBLIC["wards"] | _words("expected ratio days_since_last reach reports_class engagement_class"),
    "hotspots": _HOTSPOTS | {"area_m2"},
    "focal_points": _PLACES | _words("spoc_role review_by"),
    "engagements": _words(
        """date minutes activity objective initiation participation_level channel lead_org lead_type team ward_code
        focal_point_id communities audience themes attendees"""
    ),
    "engagement": _ENGAGEMENT,
    "priorities": _PRIORITIES,
    "context": _CONTEXT,
    "assess": _words("hotspot_id name group"),
}
_INTERNAL: Mapping[str, frozenset[str]] = {
    **_PARTNER,
    "wards": _PARTNER["wards"]
    | _MEASURES
    | _words("proactive_share quiet_and_unheard contacts_ratio community level group_set")
    | _CHANGES,
    "hotspots": _PARTNER["hotspots"]
    | _CHANGES
    | _words(
        """change in_time monthly monthly_from
        points caveats top_point_share p_background min_incidents eps_m most_within_eps lon lat trend_p type_personal
        type_nuisance type_environmental impact repeat_victims victims_three_or_more vulnerable_personal
        vulnerable_situational vulnerable_incidental label"""
    ),
    # nobody else gets single incidents: counted by place, they give every hidden number back
    "incidents": _words(
        """month crime_type asb_type source force
        hotspot ward_code ward_name geometry incident_id occurred_from occurred_to
        category weight location_text precision falls_within reported_by lsoa_code lsoa_name last_outcome ward
        district_code district_name label place weekday hour"""
    ),
    "focal_points": _PARTNER["focal_points"]
    | _words("stakeholder spoc strategy flag reason ward_code last_contact days_since_last contacts"),
    "engagements": _PARTNER["engagements"]
    | _words(
        """engagement_id start_time first_time_attendees invited cost quality_score outcome_type outcome_count
        escalated_to notes placed_by communities_by geometry"""
    ),
    "compare": _COMPARE | _CHANGES | _words("of id"),
    "evaluate": _EVALUATE,
    "assess": _words("hotspot_id name group why reports_a_month trend"),
    "attendance": _words("engagement_id focal_point_id stakeholder_ref invited attended reason followed_up_on"),
    "engagement": _ENGAGEMENT | _MEASURES,
    "priorities": _PARTNER["priorities"] | {"engagement_id"},
    "workshop_notes": _words("id kind feeling note created geometry"),
}
LISTED: Mapping[str, Mapping[str, frozenset[str]]] = {"internal": _INTERNAL, "partner": _PARTNER, "public": _PUBLIC}
