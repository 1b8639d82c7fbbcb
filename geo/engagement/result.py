"""Runs the whole engagement analysis: layers in; measures, flags and answers out, and its headline in words."""

from __future__ import annotations

import calendar
import json
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.engagement.answers.answer import Answer
from geo.engagement.answers.joined import bivariate, reports_by_ward
from geo.engagement.answers.met import (
    could_show,
    deprived_areas,
    near_hotspots,
    need,
    not_counted,
    remembered,
    reports_and_engagement,
    walks,
    who_is_met,
)
from geo.engagement.answers.questions import Asked, Layers, ask
from geo.engagement.columns import dated_until, dates, split, text
from geo.engagement.flags import PRIORITY
from geo.engagement.measure import CELL, COLUMNS, COMMUNITY, WARD, Measures, Rule, measure, with_population
from geo.engagement.open_events import names_one_of
from geo.engagement.place import NOWHERE, assign, place_engagements
from geo.engagement.rates import scatter
from geo.engagement.reach import WITHIN_DAYS, WITHIN_M
from geo.engagement.under_engaged import NO_CONTACTS, NO_DATA, THIN, WATCH
from geo.errors import GeoError, counted, listed

_NO_COMMUNITIES = pd.DataFrame({"ward_code": [], "community": [], "population": [], "group_set": []}, dtype=object)
_FINDINGS = {
    "rank": "Order",
    "subject": "Who or where",
    "flag": "Gap",
    "sentence": "In words",
    "evidence": "Evidence",
    "ward_code": "Wards",
}
_USUAL_KIND = "ethnic_group"
# a log may rest for so long, over a summer say
_SILENT_DAYS = 60
# with fewer days in it a log has no usual pause
_DAYS_TO_TELL = 3
# said of a row, but nothing to act on yet
_NOT_LISTED = (WATCH, THIN, NO_DATA, NO_CONTACTS)


class EngagementResult(NamedTuple):
    """What ``measure_engagement`` found.

    ``table``: one row a community, a ward, and a community in a ward (``measure.COLUMNS``). ``wards``: the ward rows
    with their shapes, and ``incidents``, ``incidents_per_1000``, ``reports_class``, ``engagement_class`` and
    ``quiet_and_unheard`` where reports are known. ``findings``: the gaps in order of priority (rank, subject, level,
    flag, sentence, evidence, ward_code). ``answers``: every question the layers allow. ``engagements``: with their
    place. ``focal_points``: those of the area. ``hotspots``: those beyond chance. ``parameters``: (name, value,
    reason). ``notes``: what the layers do not bear. ``counts``: totals.
    """

    table: pd.DataFrame
    wards: gpd.GeoDataFrame
    findings: pd.DataFrame
    answers: list[Answer]
    engagements: gpd.GeoDataFrame
    focal_points: gpd.GeoDataFrame | None
    hotspots: gpd.GeoDataFrame | None
    parameters: list[tuple[str, str, str]]
    notes: list[str]
    counts: dict[str, Any]

    @property
    def sheets(self) -> list[Answer]:
        """The gaps and every answer, as the sheets of a workbook."""
        question = "Who is not being heard?"
        sentence = (
            "Gaps in what the team recorded, the most pressing kind first. A gap is the team's, never a community's."
        )
        return [Answer("gaps", question, sentence, self.findings, _FINDINGS), *self.answers]

    def as_record(self, sentence: str) -> dict[str, Any]:
        """Return the result as plain data for JSON: the headline, gaps, measures and every answer."""
        return {
            "headline": sentence,
            **self.counts,
            "parameters": [dict(zip(("name", "value", "reason"), one, strict=True)) for one in self.parameters],
            "notes": self.notes,
            "gaps": _plain(self.findings),
            "measures": _plain(self.table),
            "answers": [
                {"name": one.name, "question": one.question, "answer": one.sentence, "table": _plain(one.table)}
                for one in self.answers
            ],
        }


def measure_engagement(
    layers: Layers,
    *,
    as_of: pd.Timestamp,
    since: pd.Timestamp | None = None,
    group_set: str | None = None,
    rule: Rule | None = None,
    within_m: float = WITHIN_M,
    within_days: int = WITHIN_DAYS,
    references: bool = False,
) -> EngagementResult:
    """Return who was met and who was not, as of a day, from whatever layers a project has.

    ``since``: first day of the log (default: of the month of its first engagement); engagements after ``as_of`` are
    plans and do not count. ``group_set``: the kind of community looked at (default: ethnic_group where there, else the
    kind that engagements name most). ``rule``: when a gap is called under-engaged. ``within_m``, ``within_days``: what
    counts as near a hot spot, and as of late. ``references``: name those who did not come by their reference, for use
    inside the team only.

    Without communities, flags rest on reach and recency alone, and a note says so. The inputs are not changed; the
    order of rows changes nothing. Raises GeoError where no engagement lies in the period.
    """
    rule, as_of = rule or Rule(), pd.Timestamp(as_of).normalize()
    notes: list[str] = []
    communities = _NO_COMMUNITIES if layers.communities is None else layers.communities
    logged = _in_period(layers.engagements, since, as_of)
    first = logged["date"].min().to_period("M").start_time if since is None else since
    period_days = float((as_of - first).days + 1)
    notes += _silent(logged["date"], as_of)
    layers = _in_time(layers, first, as_of, notes)
    wards = with_population(layers.wards, communities)
    placed, layers = _placed(logged, layers._replace(wards=wards), notes)
    kind = _kind(communities, placed, group_set, notes)
    own = communities if kind is None else communities[communities["group_set"] == kind]
    if not len(own) and layers.focal_points is not None:
        communities = own = _named_by(layers.focal_points)
    named = _naming(placed, set(communities["community"]) - set(own["community"]))
    others = {"as_of": as_of, "period_days": period_days, "group_sets": [kind], "rule": rule}
    done = measure(placed, wards, communities, layers.focal_points, layers.attendance, **others)
    _say_what_is_missing(layers, wards, placed, named, kind, notes)
    notes += _unknown(done.unknown_words)
    layers = layers._replace(engagements=placed, hotspots=_beyond_chance(layers.hotspots))
    by_ward = _ward_shapes(done.table, wards, layers.incidents)
    asked = Asked(as_of, kind, references, unknown_words=bool(done.unknown_words))
    return EngagementResult(
        done.table[[*COLUMNS]],
        by_ward,
        _findings(done.table, done.flags, own),
        [
            *who_is_met(done.table),
            could_show(done.table, 1 - named / max(len(placed), 1), done.chance_of_false_flag),
            *_answers(layers, by_ward, asked, notes, within_m=within_m, within_days=within_days),
            not_counted(placed, wards, communities, as_of=as_of, group_set=kind),
        ],
        placed,
        layers.focal_points,
        layers.hotspots,
        _parameters(rule, done, first, as_of, since, kind, within_m, within_days),
        notes,
        _counts(placed, named, done),
    )


def _silent(dates: pd.Series, as_of: pd.Timestamp) -> list[str]:
    """Return a sentence where the log ends long before ``as_of``: over 60 days, and twice its longest pause so far."""
    days = dates.dt.normalize().drop_duplicates().sort_values()
    silent = (as_of - days.iloc[-1]).days
    if len(days) < _DAYS_TO_TELL or silent <= max(_SILENT_DAYS, 2 * days.diff().dt.days.max()):
        return []
    return [
        f"The log ends on {days.iloc[-1]:%Y-%m-%d}, {counted(silent, 'day')} before the day of this report: whether "
        "anybody was met since is not known, and counts as nobody. --as-of looks back from an earlier day."
    ]


def _unknown(words: str) -> list[str]:
    """Return a sentence on the words for communities that nobody knows, if there are any."""
    if not words:
        return []
    return [
        f"The log names {words}, which the communities layer does not know. While it does, nothing says that a "
        "community was never met."
    ]


def _counts(placed: pd.DataFrame, named: int, done: Measures) -> dict[str, Any]:
    """Return totals: engagements, people, engagements naming a community, false flags to expect, scatter."""
    return {
        "engagements": len(placed),
        "contacts": float(np.nansum(placed["attendees"])) if "attendees" in placed else 0.0,
        "naming_a_community": named,
        "expected_false_flags": round(done.false_flags, 3),
        "chance_of_any_false_flag": round(done.chance_of_false_flag, 3),
        "unnamed_share": round(1 - named / len(placed), 3) if len(placed) else None,
        **_scatter(done.table),
    }


def _placed(logged: gpd.GeoDataFrame, layers: Layers, notes: list[str]) -> tuple[gpd.GeoDataFrame, Layers]:
    """Return the engagements of the area with their place, and the layers with the focal points of the area."""
    placed, told = place_engagements(logged, layers.focal_points, layers.wards)
    notes += told
    here = layers._replace(focal_points=_inside(layers.focal_points, layers.wards, notes))
    # known to lie elsewhere: not this area's engagement
    return placed[placed["ward_code"].notna() | (placed["placed_by"] == NOWHERE)], here


def _answers(
    layers: Layers, by_ward: gpd.GeoDataFrame, asked: Asked, notes: list[str], *, within_m: float, within_days: int
) -> list[Answer]:
    as_of = asked.as_of
    log = layers._replace(engagements=dated_until(layers.engagements, as_of))  # in order, once for all questions
    about_log = ask(log, asked)
    if lacking := about_log.lacking:
        verb = (
            "question needs columns that this log lacks"
            if len(lacking) == 1
            else ("questions need columns that this log lacks")
        )
        columns = sorted({need.replace("|", " or ") for need in lacking})
        notes.append(f"{len(lacking)} {verb}: {listed(columns, 6)}.")
    return [
        *([reports_and_engagement(by_ward)] if "quiet_and_unheard" in by_ward else []),
        *_known(need(layers, by_ward), deprived_areas(layers, by_ward)),
        *near_hotspots(layers, as_of=as_of, within_m=within_m, within_days=within_days),
        *about_log.answers,
        *_known(walks(layers, as_of=as_of), remembered(layers, as_of=as_of)),
    ]


def _scatter(table: pd.DataFrame) -> dict[str, float | None]:
    """Return how far communities and wards differ beyond chance (``rates.scatter``); None where it cannot be told."""
    found = {}
    for name, level in (("scatter_of_communities", COMMUNITY), ("scatter_of_wards", WARD)):
        rows = table[table["level"] == level]
        value = scatter(rows["events"], rows["expected"])
        found[name] = None if np.isnan(value) else round(value, 3)
    return found


def _known(*answers: Answer | None) -> list[Answer]:
    """Return the answers that could be given."""
    return [answer for answer in answers if answer is not None]


def _in_period(engagements: gpd.GeoDataFrame, since: pd.Timestamp | None, as_of: pd.Timestamp) -> gpd.GeoDataFrame:
    day = engagements["date"].dt.normalize()
    held = engagements[(day <= as_of) & ((day >= since) if since is not None else True)]
    if not len(held):
        begin = f" from {since:%Y-%m-%d}" if since is not None else ""
        raise GeoError(
            f"No engagement{begin} up to {as_of:%Y-%m-%d} among {counted(len(engagements), 'row')}.",
            "Check --since and --as-of against the dates of the log.",
        )
    return held


def _in_time(layers: Layers, first: pd.Timestamp, as_of: pd.Timestamp, notes: list[str]) -> Layers:
    """Return the layers with reports up to the day of the report; without any where they do not overlap the log."""
    reports = layers.incidents
    if reports is None or not len(reports):
        return layers
    day = _days_of_reports(reports)
    late = day > as_of
    if late.any():
        verb = "is" if late.sum() == 1 else "are"
        notes.append(f"{counted(int(late.sum()), 'report')} after {as_of:%Y-%m-%d} {verb} not used.")
        layers = layers._replace(incidents=reports[~late])
    known = day[~late].dropna()
    # a month without days may reach into the log
    if len(known) and known.max() + pd.Timedelta(days=31) < first:
        notes.append(f"The reports end in {known.max():%Y-%m}, before the log begins: the two are not compared.")
    elif len(known) or not late.any():
        return layers
    return layers._replace(incidents=None, hotspots=None)


def _days_of_reports(reports: pd.DataFrame) -> pd.Series:
    """Return the day of each report, the first of its month where only that is known, NaT where nothing is."""
    month = pd.to_datetime(text(reports, "month"), format="%Y-%m", errors="coerce").astype("datetime64[ns]")
    return dates(reports, "occurred_from").fillna(month) if "occurred_from" in reports else month


def _beyond_chance(hotspots: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame | None:
    """Return the hot spots that chance does not explain; all of them where none was tested."""
    if hotspots is None or "could_be_chance" not in hotspots:
        return hotspots
    return hotspots[~hotspots["could_be_chance"].astype(bool)]


def _inside(
    focal_points: gpd.GeoDataFrame | None, wards: gpd.GeoDataFrame, notes: list[str]
) -> gpd.GeoDataFrame | None:
    """Return the focal points of the area, and those whose position is not known."""
    if focal_points is None:
        return None
    assigned, told = assign(focal_points, wards)
    notes += told
    return focal_points[assigned["ward_code"].notna() | focal_points.geometry.isna()]


def _kind(communities: pd.DataFrame, placed: pd.DataFrame, group_set: str | None, notes: list[str]) -> str | None:
    """Return the kind of community to look at: as asked, else ethnic groups, else what engagements name most."""
    kinds = sorted(set(communities["group_set"].dropna())) if "group_set" in communities else []
    if group_set is not None:
        if kinds and group_set not in kinds:
            raise GeoError(f"--group-set {group_set}: no such kind of community.", f"There are: {listed(kinds)}.")
        return group_set if kinds else None
    if not kinds:
        return None
    named = {kind: int(names_one_of(placed, _of(communities, kind)).sum()) for kind in kinds}
    unnamed = [kind for kind in kinds if not named[kind]]
    if unnamed and len(unnamed) < len(kinds):
        notes.append(f"No engagement names a community of the kind {listed(unnamed)}: these cannot be judged.")
    most = max(kinds, key=lambda kind: (named[kind], kind == _USUAL_KIND, kind))
    usual = _USUAL_KIND if named.get(_USUAL_KIND) else most
    others = [kind for kind in kinds if kind != usual and named[kind]]
    if others:
        notes.append(f"Communities of the kind {usual} are judged; for {listed(others)} run again with --group-set.")
    return usual


def _naming(placed: pd.DataFrame, others: set[str]) -> int:
    """Return how many engagements name a community, those of ``others`` (of another kind) aside."""
    return int(names_one_of(placed, set(split(text(placed, "communities")).names) - others).sum())


def _of(communities: pd.DataFrame, kind: str) -> set[str]:
    return set(communities.loc[communities["group_set"] == kind, "community"].dropna())


def _named_by(focal_points: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the communities that focal points name, residents unknown: without a Census this is who is known of."""
    names = focal_points["communities"].dropna() if "communities" in focal_points else pd.Series(dtype=object)
    every = sorted({name for cell in names for name in str(cell).split(";") if name})
    return pd.DataFrame({"ward_code": None, "community": every, "population": np.nan, "group_set": None})


def _say_what_is_missing(
    layers: Layers, wards: gpd.GeoDataFrame, placed: pd.DataFrame, named: int, kind: str | None, notes: list[str]
) -> None:
    if layers.communities is None or not len(layers.communities):
        notes.append(
            "No residents by community are known: nothing can be expected, so communities are judged only by whether "
            "and when they were last met. Give --communities."
        )
    elif wards["population"].isna().any():
        without = wards.loc[wards["population"].isna(), "ward_name"].tolist()
        notes.append(f"Residents are unknown in {counted(len(without), 'ward')}: {listed(without, 12)}.")
    if layers.focal_points is None or not len(layers.focal_points):
        notes.append("No focal points are known: reach cannot be told. Give --focal-points.")
    if missing := len(placed) - named:
        verb, they = ("names", "It counts") if missing == 1 else ("name", "They count")
        which = "" if kind in (None, _USUAL_KIND) else f" of the kind {kind}"
        notes.append(
            f"{missing:,} of {counted(len(placed), 'engagement')} {verb} no community{which}: who was met there is "
            f"not known. {they} for wards, and never against a community."
        )
    if "attendees" in placed and placed["attendees"].isna().any():
        notes.append(f"{counted(int(placed['attendees'].isna().sum()), 'engagement')} without the number of people.")


def _ward_shapes(table: pd.DataFrame, wards: gpd.GeoDataFrame, incidents: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """Return the wards with their measures, and with their reports where these are known."""
    facts = table.loc[table["level"] == WARD, [name for name in COLUMNS if name not in ("ward_name", "population")]]
    shapes = wards.drop(columns=[name for name in facts if name in wards and name != "ward_code"])
    shapes = shapes.merge(facts, on="ward_code", how="left")
    if incidents is None:
        return shapes
    reports = reports_by_ward(incidents, wards).drop(columns="population")
    shapes = shapes.drop(columns=[name for name in reports if name in shapes and name != "ward_code"])
    shapes = shapes.merge(reports, on="ward_code", how="left")
    return shapes.merge(bivariate(shapes), on="ward_code", how="left")


def _findings(table: pd.DataFrame, flags: pd.DataFrame, communities: pd.DataFrame) -> pd.DataFrame:
    """Return the gaps of communities and wards, most pressing kind first; each with the wards where its people live."""
    columns = ["rank", "subject", "level", "flag", "sentence", "evidence", "ward_code"]
    if not len(flags):
        return pd.DataFrame(columns=columns)
    rows = flags.join(table[["level", "subject", "community", "ward_code", "ward_name", "population"]])
    rows = rows[(rows["level"] != CELL) & ~rows["flag"].isin(_NOT_LISTED)]
    if communities["population"].notna().any():
        # a word that the communities layer does not know may be another spelling: it is nobody with a gap
        rows = rows[(rows["level"] != COMMUNITY) | rows["population"].notna()]
    order = {flag: place for place, flag in enumerate(PRIORITY)}
    rows = rows.assign(
        place=rows["flag"].map(order),
        subject=np.where(rows["level"] == WARD, rows["ward_name"], rows["subject"]),
        communities_first=(rows["level"] != COMMUNITY).astype(int),
    )
    rows = rows.sort_values(
        ["place", "communities_first", "population", "subject"], ascending=[True, True, False, True], kind="stable"
    )
    live = communities[communities["population"].fillna(0) > 0].sort_values(
        ["population", "ward_code"], ascending=[False, True]
    )
    home = live.groupby("community")["ward_code"].agg(lambda codes: ";".join(codes.head(3)))
    rows["ward_code"] = rows["ward_code"].where(rows["level"] == WARD, rows["community"].map(home)).fillna("")
    # one subject may have several gaps; the first says most, and a ward that was never met is not also met too little
    rows = rows[~((rows["flag"] == "under_engaged") & rows["subject"].isin(_never(rows)))]
    rows = rows.assign(rank=range(1, len(rows) + 1))
    return rows[columns].reset_index(drop=True)


def _never(rows: pd.DataFrame) -> set[str]:
    return set(rows.loc[rows["flag"] == "never_reached", "subject"])


def _parameters(
    rule: Rule,
    done: Measures,
    first: pd.Timestamp,
    as_of: pd.Timestamp,
    since: pd.Timestamp | None,
    kind: str | None,
    within_m: float,
    within_days: int,
) -> list[tuple[str, str, str]]:
    chosen = "as asked" if rule.probability is not None else "the default"
    chosen += "; and beyond chance among all communities and wards judged (Benjamini-Hochberg, 10%)"
    start = "as asked" if since is not None else "the month of the first engagement recorded"
    return [
        ("as of", f"{as_of:%Y-%m-%d}", "engagements after this day are plans"),
        ("since", f"{first:%Y-%m-%d}", start),
        ("threshold", f"{rule.threshold:g}", "met less than this part of an equal share is under-engaged"),
        ("probability", f"{done.probability:g}", chosen),
        ("fewest expected", f"{rule.fewest_expected:g} programmes", "with fewer, none at all may be chance"),
        (
            "chance of a false flag",
            f"{done.chance_of_false_flag:.0%}",
            "that such a log calls any community or ward under-engaged where all are met alike",
        ),
        ("kind of community", kind or "none known", "the group_set of the communities layer"),
        ("near a hot spot", f"{within_m:,.0f} m, {within_days} days", "a walk, straight line x 1.3; and how lately"),
    ]


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as JSON knows them: days as text, unknown as null."""
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records", date_format="iso", date_unit="s"))
    return rows


_WORDS = {
    "as of": "As of",
    "since": "Since",
    "threshold": "Under-engaged below",
    "probability": "How sure one must be",
    "fewest expected": "Least to judge by",
    "chance of a false flag": "Chance of any false flag",
    "kind of community": "Kind of community",
    "near a hot spot": "Near a hot spot, of late",
}


def headline(result: EngagementResult, *, where: str) -> str:
    """Return the result in a sentence or two; a gap is the team's, and the record is only what was written down."""
    total = counted(result.counts["engagements"], "engagement")
    listed_rows = result.findings
    if not len(listed_rows):
        return f"{total} in {where}: no gap stands out from what was recorded."
    people = listed_rows[listed_rows["level"] == COMMUNITY].drop_duplicates("subject")
    places = listed_rows[listed_rows["level"] == WARD].drop_duplicates("subject")
    parts = [
        f"{counted(len(part), word, plural)} ({listed(part['subject'].tolist(), 3)})"
        for part, word, plural in ((people, "community", "communities"), (places, "ward", "wards"))
        if len(part)
    ]
    return f"{total} in {where}; the record shows a gap for {' and '.join(parts)}."


def parameters_in_words(result: EngagementResult) -> list[tuple[str, str, str]]:
    """Return the parameters as a page shows them."""
    return [(_WORDS.get(name, name), value, reason) for name, value, reason in result.parameters]


def describe_days(result: EngagementResult) -> str:
    """Return the period looked at: ``17 January 2024 to 31 December 2025``."""
    days = {name: value for name, value, _ in result.parameters}
    return f"{_day(days['since'])} to {_day(days['as of'])}"


def _day(text: str) -> str:
    year, month, day = text.split("-")
    return f"{int(day)} {calendar.month_name[int(month)]} {year}"
