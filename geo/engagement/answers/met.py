"""Answers that join hot spots, reports and engagement."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.engagement.answers.answer import Answer, answered
from geo.engagement.answers.coverage import age_band
from geo.engagement.answers.joined import LOW_RATE, hotspot_counts, survive_reporting
from geo.engagement.answers.questions import Layers
from geo.engagement.contacts import unattributed
from geo.engagement.measure import CELL, COMMUNITY, WARD
from geo.engagement.reach import WITHIN_DAYS, WITHIN_M, contact_near_hotspots, walk_to_contact
from geo.errors import counted, listed

_MEASURES = {
    "population": "Residents",
    "contacts": "People met",
    "events": "Engagements",
    "expected": "An equal share",
    "ratio": "Ratio",
    "low": "Low",
    "high": "High",
    "probability_below": "Probability of less than the threshold",
    "days_since_last": "Days since the last",
    "reach": "Focal points touched",
    "proactive_share": "Planned or asked for",
    "flag": "Flag",
    "reason": "Why",
}
_DEPRIVED = 3  # deciles 1 to 3
_MOSTLY = 0.8  # of logs
_GROWN_UP = 25
_FLAGGED = ("never_reached", "not_for_a_long_time", "under_engaged", "only_after_incidents", "invited_not_coming")


def who_is_met(table: pd.DataFrame) -> Iterator[Answer]:
    """Yield the measures by community, by ward and by community in a ward (of these, the flagged ones)."""
    for level, name, question, first in (
        (COMMUNITY, "communities", "Which communities are met, and which are not?", {"community": "Community"}),
        (WARD, "wards", "Which wards are met, and which are not?", {"ward_name": "Ward"}),
    ):
        rows = table[table["level"] == level]
        if len(rows):
            flagged = rows.loc[rows["flag"].isin(_FLAGGED), next(iter(first))].tolist()
            sentence = f"{len(flagged)} of {len(rows)} have a gap that the record shows"
            sentence += f": {listed(flagged, 12)}." if flagged else "."
            yield answered(name, question, sentence, rows, first | _MEASURES)
    cells = table[(table["level"] == CELL) & table["flag"].isin(_FLAGGED)]
    if len(cells):
        every = int((table["level"] == CELL).sum())
        cells = cells.sort_values(["population", "ward_code", "community"], ascending=[False, True, True])
        sentence = (
            f"{len(cells):,} of {every:,} communities in wards have a gap that the record shows, most residents first. "
            "Small numbers of residents come from a Census that is itself changed a little to protect people."
        )
        headings = {"ward_name": "Ward", "community": "Community"} | _MEASURES
        yield answered("communities_in_wards", "Whom should we meet where?", sentence, cells, headings)


def could_show(table: pd.DataFrame, unnamed: float, chance: float) -> Answer:
    """Return what a log like this one shows of a gap, were there one: by community and by ward.

    ``unnamed``: part of the engagements that name no community; ``chance``: of any false flag. The two ratios are those
    of the named engagements, and of all had the unnamed met people as these live there.
    """
    rows = table[(table["level"] != CELL) & table["expected_programmes"].notna()]
    seen = rows["could_show"] >= _MOSTLY
    said = [
        f"{int(seen[rows['level'] == level].sum())} of {counted(int((rows['level'] == level).sum()), word, words)}"
        for level, word, words in ((COMMUNITY, "community", "communities"), (WARD, "ward", "wards"))
        if (rows["level"] == level).any()
    ]
    sentence = "Residents are not known, so nothing can be expected and no gap of a share can be shown."
    if said:
        sentence = (
            f"Had they been met at a third of their share, {' and '.join(said)} would have been called under-engaged "
            f"in 8 of 10 cases or more; the others less often or never. {unnamed:.0%} of the engagements name no "
            "community. Where all are met alike, such a log calls any of them under-engaged in "
            f"{chance:.0%} of cases."
        )
    rows = rows.assign(name=rows["community"].where(rows["level"] == COMMUNITY, rows["ward_name"]))
    headings = {
        "level": "Level",
        "name": "Of",
        "programmes": "Programmes",
        "expected_programmes": "An equal share",
        "could_show": "Chance of showing a gap of a third",
        "ratio": "Ratio, unnamed as the named",
        "ratio_unnamed": "Ratio, unnamed as residents",
    }
    return answered("could_show", "What could this log have shown?", sentence, rows, headings)


def need(layers: Layers, wards: gpd.GeoDataFrame) -> Answer | None:
    """Return how engagement follows need, beside residents: one yardstick at a time, named, never added up.

    Yardsticks, each where its layer is there: reports of the incidents layer; areas in deciles 1 to 3 of deprivation;
    residents under 25 (an age band of the communities layer); answers that are not positive to a survey measure on fear
    or safety. ``wards``: with ``events`` and ``expected``. Table, one row a yardstick and ward: ``yardstick``,
    ``ward_name``, ``amount``, ``events``, ``expected`` (events had they followed the yardstick), ``ratio``, and
    ``by_residents`` (the ratio to residents). None where there is no yardstick. What is needed most is a judgement;
    none of these replaces residents, and no flag rests on them.
    """
    known = {name: amount for name, amount in _yardsticks(layers, wards) if amount.sum() > 0}
    if not known or "expected" not in wards:
        return None
    rows = []
    for name, amount in known.items():
        share = amount.reindex(wards["ward_code"]).fillna(0.0).to_numpy(np.float64)
        expected = share / share.sum() * wards["events"].sum()
        part = wards[["ward_code", "ward_name", "events"]].assign(
            yardstick=name, amount=share, expected=expected, by_residents=wards["ratio"]
        )
        rows.append(part.assign(ratio=part["events"] / part["expected"].where(part["expected"] > 0)))
    table = pd.DataFrame(pd.concat(rows, ignore_index=True)).sort_values(
        ["yardstick", "ratio", "ward_name"], ignore_index=True
    )
    least = table.dropna(subset="ratio").groupby("yardstick", sort=True).first()
    said = [f"by {name}, {row['ward_name']} ({row['ratio']:.2f} of its share)" for name, row in least.iterrows()]
    sentence = f"Least engagement for the need: {listed(said)}. A second view beside residents; no flag rests on it."
    headings = {
        "yardstick": "Need, measured by",
        "ward_name": "Ward",
        "amount": "Amount",
        "events": "Engagements",
        "expected": "Had they followed the need",
        "ratio": "Ratio",
        "by_residents": "Ratio by residents",
    }
    return answered("need", "Is engagement where the need is?", sentence, table, headings)


def _yardsticks(layers: Layers, wards: gpd.GeoDataFrame) -> Iterator[tuple[str, pd.Series]]:
    """Yield the name of each yardstick of need, and its amount by ward code."""
    if "incidents" in wards:
        yield "reports", wards.set_index("ward_code")["incidents"]
    deprived = layers.deprivation
    if deprived is not None and "ward_code" in deprived:
        poorest = deprived[deprived["imd_decile"] <= _DEPRIVED].dropna(subset=["ward_code"])
        yield "deprived areas", poorest.groupby("ward_code").size()
    people = layers.communities
    if people is not None and len(people):
        young = people[[_is_young(band) for band in people["community"]]]
        yield "residents under 25", young.groupby("ward_code")["population"].sum()
    asked = layers.surveys
    if asked is not None and len(asked):
        fear = asked[asked["measure"].astype(str).str.contains("fear|safe", case=False) & asked["community"].isna()]
        unsafe = (fear["responses"] - fear["positive"]).groupby(fear["ward_code"]).sum()
        yield "answers that are not positive on safety", unsafe


def _is_young(band: object) -> bool:
    ages = age_band(str(band))
    return ages is not None and ages[1] < _GROWN_UP


def not_counted(
    placed: pd.DataFrame,
    wards: gpd.GeoDataFrame,
    communities: pd.DataFrame,
    *,
    as_of: pd.Timestamp,
    group_set: str | None,
) -> Answer:
    """Return how many engagements say nothing about who was met, and why: what a better log would mend."""
    table = unattributed(placed, wards, communities, as_of=as_of, group_set=group_set)
    missing = int(table["engagements"].sum())
    why = [f"{row.reason} {row.engagements:,}" for row in table.itertuples() if row.engagements]
    sentence = f"{missing:,} of {counted(len(placed), 'engagement')} count for no community"
    sentence += f": {listed(why)}." if why else "."
    headings = {"reason": "Why not", "engagements": "Engagements", "contacts": "People"}
    return answered("not_counted", "What does the log not say?", sentence, table, headings)


def reports_and_engagement(wards: gpd.GeoDataFrame) -> Answer:
    """Return reports against engagement by ward; ``wards`` have the columns of ``joined.bivariate``."""
    quiet = sorted(wards.loc[wards["quiet_and_unheard"], "ward_name"])
    sentence = (
        f"Few reports and little engagement: {listed(quiet, 12)}. That is unknown, not safe."
        if quiet
        else "No ward has both few reports and little engagement."
    )
    words = {0: "low", 1: "middle", 2: "high"}
    rows = wards.assign(
        reports=wards["reports_class"].map(words),
        engagement=wards["engagement_class"].map(words),
        state=np.where(wards["quiet_and_unheard"], "unknown, not safe", ""),
    ).sort_values(["quiet_and_unheard", "ward_name"], ascending=[False, True])
    headings = {
        "ward_name": "Ward",
        "population": "Residents",
        "incidents": "Reports",
        "incidents_per_1000": "Reports per 1,000",
        "reports": "Reports, third",
        "events": "Engagements",
        "ratio": "Ratio",
        "engagement": "Engagement, third",
        "state": "What that means",
    }
    return answered(
        "reports_and_engagement", "Where do few report, and few are met?", sentence, pd.DataFrame(rows), headings
    )


def near_hotspots(
    layers: Layers, *, as_of: pd.Timestamp, within_m: float = WITHIN_M, within_days: int = WITHIN_DAYS
) -> Iterator[Answer]:
    """Yield the hot spots near which nobody was engaged of late, and those that outlast unequal reporting."""
    hotspots, points = layers.hotspots, layers.focal_points
    if hotspots is None or not len(hotspots):
        return
    if points is not None:
        near = contact_near_hotspots(
            hotspots, points, layers.engagements, as_of=as_of, within_m=within_m, within_days=within_days
        )
        alone = near[near["without_contact"]]
        which = f": {listed([_place(name) for name in alone['name']], 6)}." if len(alone) else "."
        sentence = (
            f"Near {len(alone)} of {counted(len(near), 'hot spot')} beyond chance nobody was engaged with in the last "
            f"{within_days} days (within a walk of {within_m:,.0f} m){which}"
        )
        headings = {
            "rank": "Hot spot",
            "name": "Name",
            "incidents": "Reports",
            "focal_point": "Nearest focal point",
            "focal_point_m": "Walk to it (m)",
            "engaged": "Nearest one engaged",
            "engaged_m": "Walk to that (m)",
            "reason": "What the record says",
        }
        yield answered("hotspots_alone", "At which hot spots do we talk to nobody?", sentence, near, headings)
    if layers.incidents is not None:
        top = min(10, len(hotspots))
        counts = hotspot_counts(layers.incidents)
        kept = survive_reporting(counts[counts["hotspot"].isin(hotspots["rank"])], top=top)
        named = kept.merge(hotspots[["rank", "name"]], left_on="hotspot", right_on="rank")
        listed_now = named[named["in_top"]]
        stays = int(listed_now["survives_top"].sum())
        sentence = (
            f"{stays} of the {top} hot spots with most reports would stay among them whatever the wards' reporting, as "
            f"long as no ward reports less than {LOW_RATE:.0%} of what happens. The others may only be better reported."
        )
        headings = {
            "hotspot": "Hot spot",
            "name": "Name",
            "incidents": "Reports",
            "in_top": f"Among the first {top}",
            "survives_top": "In the worst case too",
            "share_top": "Share of draws",
        }
        question = "Which hot spots would outlast unequal reporting?"
        yield answered("reporting_test", question, sentence, named, headings)


def walks(layers: Layers, *, as_of: pd.Timestamp) -> Answer | None:
    """Return how far each ward walks to a focal point and to an engagement; None without focal points."""
    if layers.focal_points is None or not len(layers.focal_points):
        return None
    table = walk_to_contact(layers.wards, layers.focal_points, layers.engagements, as_of=as_of, homes=layers.homes)
    far = table.sort_values("focal_point_m", ascending=False).iloc[0]
    sentence = (
        f"The longest walk to a focal point is {far['focal_point_m']:,.0f} m, in {far['ward_name']} "
        "(straight lines x 1.3: no walking network was used)."
    )
    headings = {
        "ward_name": "Ward",
        "focal_point_m": "To the nearest focal point (m)",
        "event_m": "To the nearest engagement (m)",
        "measured_from": "Measured from",
    }
    return answered("walks", "How far is it to us?", sentence, table, headings)


def deprived_areas(layers: Layers, wards: gpd.GeoDataFrame) -> Answer | None:
    """Return whether wards with many deprived areas are met as much as others; None without deciles by ward.

    Deciles 1 to 3 are the three tenths of areas most deprived in the country. ``wards`` have ``events`` and
    ``expected``.
    """
    known = layers.deprivation
    if known is None or not len(known) or "ward_code" not in known:
        return None
    areas = known.dropna(subset=["ward_code"]).assign(deprived=lambda rows: rows["imd_decile"] <= _DEPRIVED)
    by_ward = areas.groupby("ward_code")["deprived"].agg(["size", "sum"]).rename(columns={"size": "areas"})
    table = wards[["ward_code", "ward_name", "events", "expected", "ratio"]].merge(by_ward, on="ward_code")
    table = table.assign(share=table["sum"] / table["areas"]).sort_values(
        ["share", "ward_name"], ascending=[False, True]
    )
    mostly = table["share"] > 0.5
    met = [
        f"{part['events'].sum():,.0f} engagements where an equal share is {part['expected'].sum():,.0f}"
        for part in (table[mostly], table[~mostly])
    ]
    sentence = (
        f"In {counted(int(mostly.sum()), 'ward')} most areas are among the three most deprived tenths of the country: "
        f"{met[0]}. In the {int((~mostly).sum())} others: {met[1]}."
    )
    headings = {
        "ward_name": "Ward",
        "areas": "Areas",
        "sum": "In deciles 1 to 3",
        "share": "Share",
        "events": "Engagements",
        "expected": "An equal share",
        "ratio": "Ratio",
    }
    return answered("deprivation", "Are deprived areas met as much as others?", sentence, pd.DataFrame(table), headings)


def remembered(layers: Layers, *, as_of: pd.Timestamp) -> Answer | None:
    """Return what communities remember, latest first; None without a context layer. Events ahead are left out."""
    if layers.context is None:
        return None
    past = layers.context[layers.context["date"] <= as_of].sort_values(["date", "event"], ascending=[False, True])
    latest = past.head(1)
    sentence = f"{counted(len(past), 'event')} that people here may have in mind when they meet the team"
    sentence += f"; the latest: {latest['event'].iloc[0]}, {latest['date'].iloc[0]:%Y-%m-%d}." if len(latest) else "."
    headings = {"date": "Day", "event": "What happened", "place": "Where", "communities": "Whom it concerns"}
    return answered("remembered", "What do people remember?", sentence, past, headings)


def _place(name: str) -> str:
    """Return ``Mill Lane, Millbrook`` as ``Mill Lane (Millbrook)``, so that a list of them can be read."""
    street, _, ward = str(name).rpartition(", ")
    return f"{street} ({ward})" if street else ward
