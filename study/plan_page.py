"""A patrol plan in a sentence, in numbers, and as the sheets that are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from study.pages import Page, about, ground_of, when
from study.settings import PageSettings

if TYPE_CHECKING:
    from geo.patrol.allocation import Allocation
    from geo.patrol.patrols import PatrolPlan
    from study.study import Study


def headline(plan: PatrolPlan) -> str:
    """Return a plan in one sentence."""
    spots = plan.visits.loc[plan.visits["kind"] == "hot spot", "stop_id"].nunique()
    points = plan.visits.loc[plan.visits["kind"] == "focal point", "stop_id"].nunique()
    teams = len(plan.routes)
    return (
        f"{plan.shift}: {teams} team{'s' if teams != 1 else ''}, {len(plan.visits)} stops at {spots} hot spots and "
        f"{points} focal points, {plan.routes['walk_m'].sum() / 1000:.1f} km on foot."
    )


def plan_page(study: Study, plan: PatrolPlan, month: Allocation | None) -> Page:
    """Return the sheets of a plan: one A4 sheet a team to print, a card a stop on a phone."""
    from maps.patrol import patrol_page

    sources = [report.source() for report in study.said.reports[1:3]]
    words = about(
        study,
        title=f"Foot patrols, {study.name}",
        headline=headline(plan),
        period=when(study),
        source=study.project.settings.get("source") or ", ".join(sources),
        parameters=plan.parameters,
        evidence=[*plan.sentences, *(month.sentences if month else [])],
    )
    page = patrol_page(
        plan.visits,
        plan.routes,
        plan.left_out,
        study.wards,
        words,
        shift=plan.shift,
        sentences=plan.sentences[1:],  # the first is on distances, which the page says by itself
        estimated=plan.estimated,
        base_map=ground_of(study, study.settings(PageSettings)).base_map,
        streets=study.ways.streets,
    )
    lines = [f"Team {row.team}, {row.arrives:%H:%M}: {row.name}" for row in plan.visits.itertuples()]
    return Page(page, words.headline, still={"wards": study.wards, "about": words, "lines": lines})


def plan_record(plan: PatrolPlan) -> dict[str, Any]:
    """Return a plan in numbers, for run.json and ``--json``."""
    return {
        "headline": headline(plan),
        "shift": plan.shift,
        "visits": len(plan.visits),
        "prize": round(plan.prize, 6),
        "bound": round(plan.bound, 6),
        "gap": round(plan.gap, 6),
        "proved": plan.proved,
        "repeatable": plan.repeatable,
        "distances_estimated": plan.estimated,
        "seed": plan.seed,
        "sentences": plan.sentences,
    }
