"""Every question that the layers of a project allow to ask, in the order an inspector would, each with its answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import geopandas as gpd
import pandas as pd

from geo.engagement.answers import (
    balance,
    cadence,
    contact_points,
    coverage,
    effort,
    follow_up,
    priorities,
    surveys,
)
from geo.engagement.answers.answer import Answer

# columns that few logs have, each asked about where it is filled in
_ALSO_DIVIDED_BY = (
    "facilitator_type",
    "hosted_by",
    "format",
    "message_tone",
    "programme",
    "stage",
    "preferred_channel",
    "barriers",
)


class Layers(NamedTuple):
    """What a project holds, as its readers give it; None for what it does not have.

    ``incidents``: inside the area, with ``ward_code`` and ``hotspot`` (``HotspotResult.incidents``); ``hotspots``: the
    hot spots found in them. ``homes``: where people live (``point``, ``ward_code``, ``population``), for walks.
    """

    wards: gpd.GeoDataFrame
    engagements: gpd.GeoDataFrame
    communities: pd.DataFrame | None = None
    focal_points: gpd.GeoDataFrame | None = None
    attendance: pd.DataFrame | None = None
    priorities: pd.DataFrame | None = None
    surveys: pd.DataFrame | None = None
    registers: pd.DataFrame | None = None
    deprivation: pd.DataFrame | None = None
    context: pd.DataFrame | None = None
    incidents: gpd.GeoDataFrame | None = None
    hotspots: gpd.GeoDataFrame | None = None
    homes: gpd.GeoDataFrame | None = None


def loops(layers: Layers, *, as_of: pd.Timestamp, group_set: str | None, references: bool = False) -> Iterator[Answer]:
    """Yield the answers about meetings, promises and contact persons that ``layers`` allow.

    ``layers.engagements`` have their ward and communities (``place.place_engagements``). ``group_set``: the kind of
    community looked at. ``references``: name those who did not come by their reference (``follow_up.who_to_ask``).
    Each answer says who has not been followed up, asked or told: work of the police, not faults of anybody else.
    """
    held, points, people = layers.engagements, layers.focal_points, layers.communities
    came = layers.attendance
    if came is not None:
        yield follow_up.attendance(came, held, as_of=as_of)
        yield follow_up.who_to_ask(came, held, points, as_of=as_of, references=references)
        yield follow_up.reasons(came, held, as_of=as_of)
        if points is not None:
            yield follow_up.intermediaries(came, held, points, as_of=as_of)
    if points is not None:
        yield cadence.standing_groups(points, held, as_of=as_of)
        yield cadence.meetings_by_quarter(points, held, as_of=as_of)
    yield cadence.duties(held, layers.wards, as_of=as_of)
    if points is not None:
        yield contact_points.loose_ends(points, as_of=as_of)
        if people is not None:
            yield contact_points.hidden_groups(points, people, group_set=group_set)
        yield contact_points.workload(points)
        yield contact_points.partner_mix(points)
    if layers.priorities is not None:
        asked = layers.priorities
        yield priorities.progress(asked, as_of=as_of)
        yield priorities.overdue(asked, as_of=as_of)
        yield priorities.refreshed(asked, layers.wards, as_of=as_of)
        yield priorities.follow_through(asked, as_of=as_of)
        yield priorities.stage_board(asked, as_of=as_of)
        yield priorities.escalated(asked, held, as_of=as_of)


def balances(layers: Layers, *, as_of: pd.Timestamp) -> Iterator[Answer]:
    """Yield the answers about how, for what and with whom: what was done often, and what never."""
    held, people = layers.engagements, layers.communities
    yield balance.proactive_share(held, as_of=as_of)
    yield coverage.activity_by_objective(held, as_of=as_of)
    yield coverage.channel_by_audience(held, as_of=as_of)
    yield coverage.audiences_missed(held, people, as_of=as_of)
    yield coverage.young_people(held, people, as_of=as_of)
    yield coverage.themes_by_community(held, as_of=as_of)
    yield balance.method_diversity(held, as_of=as_of)
    if layers.focal_points is not None:
        yield balance.venues(held, layers.focal_points, as_of=as_of)
    yield balance.not_police_led(held, as_of=as_of)
    yield balance.profile(held, "participation_level", as_of=as_of)
    for column in _ALSO_DIVIDED_BY:
        if column in held and held[column].notna().any():
            yield balance.profile(held, column, as_of=as_of)
    yield effort.groups_by_quarter(held, as_of=as_of)
    yield effort.by_channel(held, as_of=as_of)
    if layers.surveys is not None:
        yield surveys.positive_share(layers.surveys, as_of=as_of)
    if layers.registers is not None:
        yield surveys.registered(layers.registers, layers.wards, people)
