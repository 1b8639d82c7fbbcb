"""The questions on an engagement log, in the order an inspector would ask them, and the layers each needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

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


class Asked(NamedTuple):
    """What every question is asked with: the day of the report, the kind of community, and whether those who did not
    come are named by their reference (``follow_up.who_to_ask``), for use inside the team only.
    """

    as_of: pd.Timestamp
    group_set: str | None
    references: bool = False


class Question(NamedTuple):
    """``answer``: from the layers, which have everything in ``layers``; ``column``: of the log, filled in somewhere."""

    answer: Callable[[Any, Asked], Answer]
    layers: tuple[str, ...] = ()
    column: str = ""


def _log(answer: Callable[..., Answer], *more: str) -> Question:
    """Return the question that asks ``answer`` of the log alone; ``more``: its further arguments."""
    return Question(lambda has, asked: answer(has.engagements, *more, as_of=asked.as_of))


def _layer(answer: Callable[..., Answer], layer: str) -> Question:
    """Return the question that asks ``answer`` of one layer alone."""
    return Question(lambda has, asked: answer(getattr(has, layer), as_of=asked.as_of), (layer,))


def _divided_by(column: str) -> Question:
    return Question(lambda has, asked: balance.profile(has.engagements, column, as_of=asked.as_of), (), column)


QUESTIONS: tuple[Question, ...] = (
    Question(lambda has, on: follow_up.attendance(has.attendance, has.engagements, as_of=on.as_of), ("attendance",)),
    Question(
        lambda has, on: follow_up.who_to_ask(
            has.attendance, has.engagements, has.focal_points, as_of=on.as_of, references=on.references
        ),
        ("attendance",),
    ),
    Question(lambda has, on: follow_up.reasons(has.attendance, has.engagements, as_of=on.as_of), ("attendance",)),
    Question(
        lambda has, on: follow_up.intermediaries(has.attendance, has.engagements, has.focal_points, as_of=on.as_of),
        ("attendance", "focal_points"),
    ),
    Question(
        lambda has, on: cadence.standing_groups(has.focal_points, has.engagements, as_of=on.as_of), ("focal_points",)
    ),
    Question(
        lambda has, on: cadence.meetings_by_quarter(has.focal_points, has.engagements, as_of=on.as_of),
        ("focal_points",),
    ),
    Question(lambda has, on: cadence.duties(has.engagements, has.wards, as_of=on.as_of)),
    _layer(contact_points.focal_points_without_contact_or_review, "focal_points"),
    Question(
        lambda has, on: contact_points.hidden_groups(has.focal_points, has.communities, group_set=on.group_set),
        ("focal_points", "communities"),
    ),
    Question(lambda has, on: contact_points.workload(has.focal_points), ("focal_points",)),
    Question(lambda has, on: contact_points.partner_mix(has.focal_points), ("focal_points",)),
    _layer(priorities.progress, "priorities"),
    _layer(priorities.overdue, "priorities"),
    Question(lambda has, on: priorities.refreshed(has.priorities, has.wards, as_of=on.as_of), ("priorities",)),
    _layer(priorities.follow_through, "priorities"),
    _layer(priorities.stage_board, "priorities"),
    Question(lambda has, on: priorities.escalated(has.priorities, has.engagements, as_of=on.as_of), ("priorities",)),
    _log(balance.proactive_share),
    _log(coverage.activity_by_objective),
    _log(coverage.channel_by_audience),
    Question(lambda has, on: coverage.audiences_missed(has.engagements, has.communities, as_of=on.as_of)),
    Question(lambda has, on: coverage.young_people(has.engagements, has.communities, as_of=on.as_of)),
    _log(coverage.themes_by_community),
    _log(balance.method_diversity),
    Question(lambda has, on: balance.venues(has.engagements, has.focal_points, as_of=on.as_of), ("focal_points",)),
    _log(balance.not_police_led),
    _log(balance.profile, "participation_level"),
    *(_divided_by(column) for column in _ALSO_DIVIDED_BY),
    _log(effort.groups_by_quarter),
    _log(effort.by_channel),
    _layer(surveys.positive_share, "surveys"),
    Question(lambda has, on: surveys.registered(has.registers, has.wards, has.communities), ("registers",)),
)


def ask(layers: Layers, asked: Asked) -> Iterator[Answer]:
    """Yield the answer of every question that ``layers`` allow.

    ``layers.engagements`` have their ward and communities (``place.place_engagements``). Each answer says who has not
    been followed up, asked or told: work of the police, not faults of anybody else.
    """
    for question in QUESTIONS:
        there = all(getattr(layers, name) is not None for name in question.layers)
        column = question.column
        if there and (not column or (column in layers.engagements and layers.engagements[column].notna().any())):
            yield question.answer(layers, asked)
