"""The questions on an engagement log, in the order an inspector would ask them, and the layers each needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd
from pandas.api.types import is_numeric_dtype

from geo.engagement.answers import (
    balance,
    cadence,
    contact_points,
    coverage,
    effort,
    follow_up,
    guarantee,
    priorities,
    scores,
    surveys,
)
from geo.engagement.answers.answer import Answer
from geo.engagement.columns import dates, text

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
    queries: pd.DataFrame | None = None
    posts: pd.DataFrame | None = None
    deprivation: pd.DataFrame | None = None
    context: pd.DataFrame | None = None
    incidents: gpd.GeoDataFrame | None = None
    hotspots: gpd.GeoDataFrame | None = None
    homes: gpd.GeoDataFrame | None = None


class Asked(NamedTuple):
    """What every question is asked with: the day of the report, the kind of community, whether those who did not come
    are named by their reference (``follow_up.who_to_ask``; inside the team only), and whether the log uses words for
    communities that nobody knows: then nothing says that a community was never met.
    """

    as_of: pd.Timestamp
    group_set: str | None
    references: bool = False
    unknown_words: bool = False


class Question(NamedTuple):
    """``answer``: from the layers, all of ``needs`` being there.

    ``needs``: ``layer.column``, filled in a row that is not after the day of the report; ``layer.one|other``: one of
    them is. The gate is the same for all (``ask``), so that no answer speaks of a column nobody filled in.
    """

    answer: Callable[[Any, Asked], Answer]
    needs: tuple[str, ...]


class Asking(NamedTuple):
    """``answers``: of the questions that could be asked; ``lacking``: what each of the others needs and did not find,
    of layers that are there.
    """

    answers: list[Answer]
    lacking: list[str]


def _log(answer: Callable[..., Answer], *needs: str) -> Question:
    """Return the question that asks ``answer`` of the log alone; ``needs``: columns of the log."""
    return Question(
        lambda has, on: answer(has.engagements, as_of=on.as_of), tuple(f"engagements.{one}" for one in needs)
    )


def _layer(answer: Callable[..., Answer], layer: str, *needs: str) -> Question:
    """Return the question that asks ``answer`` of one layer alone; ``needs``: columns of it."""
    return Question(
        lambda has, on: answer(getattr(has, layer), as_of=on.as_of), tuple(f"{layer}.{one}" for one in needs)
    )


def _divided_by(column: str) -> Question:
    return Question(
        lambda has, on: balance.profile(has.engagements, column, as_of=on.as_of), (f"engagements.{column}",)
    )


QUESTIONS: tuple[Question, ...] = (
    Question(
        lambda has, on: follow_up.attendance(has.attendance, has.engagements, as_of=on.as_of), ("attendance.attended",)
    ),
    Question(
        lambda has, on: follow_up.who_to_ask(
            has.attendance, has.engagements, has.focal_points, as_of=on.as_of, references=on.references
        ),
        ("attendance.attended",),
    ),
    Question(
        lambda has, on: follow_up.reasons(has.attendance, has.engagements, as_of=on.as_of), ("attendance.attended",)
    ),
    Question(
        lambda has, on: follow_up.intermediaries(has.attendance, has.engagements, has.focal_points, as_of=on.as_of),
        ("attendance.attended", "focal_points.communities"),
    ),
    Question(
        lambda has, on: cadence.standing_groups(has.focal_points, has.engagements, as_of=on.as_of),
        ("focal_points.meets_every_days", "engagements.activity"),
    ),
    Question(
        lambda has, on: cadence.meetings_by_quarter(has.focal_points, has.engagements, as_of=on.as_of),
        ("focal_points.meets_every_days", "engagements.activity"),
    ),
    Question(
        lambda has, on: cadence.duties(has.engagements, has.wards, as_of=on.as_of),
        ("engagements.activity|objective|participation_level", "engagements.ward_code"),
    ),
    Question(
        lambda has, on: guarantee.beat_meetings(has.engagements, has.wards, as_of=on.as_of),
        ("engagements.activity", "engagements.ward_code"),
    ),
    Question(lambda has, on: guarantee.answered_in_time(has.queries, has.wards, as_of=on.as_of), ("queries.received",)),
    Question(lambda has, on: guarantee.named_officers(has.posts, has.wards, as_of=on.as_of), ("posts.ward_code",)),
    _layer(contact_points.focal_points_without_contact_or_review, "focal_points", "spoc|strategy|review_by"),
    Question(
        lambda has, on: contact_points.hidden_groups(has.focal_points, has.communities, group_set=on.group_set),
        ("focal_points.communities", "communities.population"),
    ),
    Question(lambda has, on: contact_points.workload(has.focal_points), ("focal_points.spoc",)),
    Question(lambda has, on: contact_points.partner_mix(has.focal_points), ("focal_points.partner_type",)),
    _layer(priorities.progress, "priorities", "status|target_date|fed_back_on"),
    _layer(priorities.overdue, "priorities", "target_date"),
    Question(
        lambda has, on: priorities.refreshed(has.priorities, has.wards, as_of=on.as_of), ("priorities.ward_code",)
    ),
    _layer(priorities.follow_through, "priorities", "status|fed_back_on"),
    _layer(priorities.stage_board, "priorities", "sara_stage|community_involved"),
    Question(
        lambda has, on: priorities.escalated(has.priorities, has.engagements, as_of=on.as_of),
        ("priorities.status|fed_back_on", "engagements.escalated_to"),
    ),
    _log(balance.proactive_share, "initiation"),
    _log(coverage.activity_by_objective, "activity", "objective"),
    _log(coverage.channel_by_audience, "channel", "audience"),
    Question(
        lambda has, on: coverage.audiences_missed(has.engagements, has.communities, as_of=on.as_of),
        ("engagements.audience",),
    ),
    Question(
        lambda has, on: coverage.young_people(
            has.engagements, has.communities, as_of=on.as_of, unknown_words=on.unknown_words
        ),
        ("engagements.audience|age_band",),
    ),
    _log(coverage.themes_by_community, "themes"),
    _log(balance.method_diversity, "activity"),
    Question(
        lambda has, on: balance.venues(has.engagements, has.focal_points, as_of=on.as_of),
        ("focal_points.kind", "engagements.venue_type|focal_point_id"),
    ),
    _log(balance.not_police_led, "lead_type|lead_org_type"),
    _divided_by("participation_level"),
    *(_divided_by(column) for column in _ALSO_DIVIDED_BY),
    _log(scores.experienced, "|".join(scores.SCORES)),
    _log(effort.groups_by_quarter, "communities"),
    _log(effort.by_channel, "cost|minutes", "attendees"),
    _log(effort.outcomes, "outcome_type"),
    _layer(surveys.positive_share, "surveys", "responses"),
    Question(lambda has, on: surveys.registered(has.registers, has.wards, has.communities), ("registers.members",)),
)
# columns that few logs have: that one is empty is no news
_RARE = frozenset(f"engagements.{column}" for column in (*_ALSO_DIVIDED_BY, "|".join(scores.SCORES), "outcome_type"))


def ask(layers: Layers, asked: Asked) -> Asking:
    """Return the answer of every question that ``layers`` allow, and what the other questions lack.

    ``layers.engagements`` have their ward and communities (``place.place_engagements``) and end on the day of the
    report. A question is asked if every column it needs is filled in a row up to that day. Each answer says who has not
    been followed up, asked or told: work of the police, not faults of anybody else.
    """
    filled = {
        layer: _filled(_up_to(layers, layer, asked.as_of))
        for layer in Layers._fields
        if getattr(layers, layer) is not None
    }
    answers, lacking = [], []
    for question in QUESTIONS:
        missing = [need for need in question.needs if not _met(need, filled)]
        if not missing:
            answers.append(question.answer(layers, asked))
        lacking += [need for need in missing[:1] if need.partition(".")[0] in filled and need not in _RARE]
    return Asking(answers, lacking)


def _met(need: str, filled: Mapping[str, frozenset[str]]) -> bool:
    layer, _, columns = need.partition(".")
    return layer in filled and not filled[layer].isdisjoint(columns.split("|"))


def _filled(rows: pd.DataFrame) -> frozenset[str]:
    """Return the columns in which at least one row says something."""
    return frozenset(
        str(name)
        for name in rows.columns
        if name != "geometry" and (rows[name] if is_numeric_dtype(rows[name]) else text(rows, name)).notna().any()
    )


def _up_to(layers: Layers, layer: str, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return the rows of a layer that are not after the day of the report; those without a date count."""
    rows: pd.DataFrame = getattr(layers, layer)
    if layer == "attendance" and "engagement_id" in layers.engagements:
        # of meetings in the log: an answer about meetings that nobody can date would be about any period
        return rows[rows["engagement_id"].isin(layers.engagements["engagement_id"])]
    day = {"priorities": "raised_on", "surveys": "date", "context": "date", "queries": "received"}.get(layer)
    return rows if day is None or day not in rows else rows[~(dates(rows, day) > as_of.normalize())]
