"""What ``geo engagement`` would hand its page, worked out roughly from the Ashview sample, for tests of the page."""

from __future__ import annotations

from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from conftest import ROOT
from scipy import stats

from maps.page import About

ASHVIEW = ROOT / "data" / "ashview"
AS_OF = pd.Timestamp("2025-12-31")


class Sheet(NamedTuple):
    name: str
    question: str
    sentence: str
    table: pd.DataFrame
    headings: dict[str, str]


class Inputs(NamedTuple):
    wards: gpd.GeoDataFrame
    findings: pd.DataFrame
    sheets: list[Sheet]
    about: About
    hotspots: gpd.GeoDataFrame | None
    focal_points: gpd.GeoDataFrame | None


def judged(frame: pd.DataFrame) -> pd.DataFrame:
    """Ratio, exact limits and flag of ``contacts`` and ``expected``."""
    seen, due = frame["contacts"].to_numpy(float), frame["expected"].to_numpy(float)
    low = np.where(seen > 0, stats.chi2.ppf(0.025, 2 * np.maximum(seen, 1)) / 2, 0) / due
    high = stats.chi2.ppf(0.975, 2 * (seen + 1)) / 2 / due
    below = stats.gamma.cdf(0.8, seen + 2, scale=1 / (due + 2))
    flag = np.select(
        [(below >= 0.8) & (due >= 3), below <= 0.2, (below >= 0.5) & (due >= 3)],
        ["under-engaged", "adequate", "watch"],
        "not enough evidence",
    )
    return frame.assign(ratio=seen / due, low=low, high=high, probability_below=below, flag=flag)


def ashview() -> Inputs:
    wards = gpd.read_file(ASHVIEW / "wards.geojson").to_crs("EPSG:27700")
    wards = wards.rename(columns={"WD25CD": "ward_code", "WD25NM": "ward_name", "LAD25NM": "district_name"})
    wards = wards[wards["district_name"] == "Ashview"]
    wards = wards[["ward_code", "ward_name", "district_name", "population", "geometry"]].reset_index(drop=True)
    points = pd.read_csv(ASHVIEW / "focal_points.csv")
    focal = gpd.GeoDataFrame(points, geometry=gpd.points_from_xy(points["easting"], points["northing"]), crs=27700)
    home = gpd.sjoin(focal, wards[["ward_code", "geometry"]], how="left").drop_duplicates("focal_point_id")
    log = pd.read_csv(ASHVIEW / "engagements.csv", parse_dates=["date"])
    log["ward_code"] = log["ward_code"].fillna(log["focal_point_id"].map(home.set_index("focal_point_id")["ward_code"]))
    people = pd.read_csv(ASHVIEW / "communities.csv")
    people = people[people["group_set"] == "ethnic_group"]

    by_ward = log.groupby("ward_code")
    wards["contacts"] = wards["ward_code"].map(by_ward["attendees"].sum() / 20).fillna(0).round()
    wards["events"] = wards["ward_code"].map(by_ward.size()).fillna(0).astype(int)
    wards["expected"] = wards["population"] * wards["contacts"].sum() / wards["population"].sum()
    wards = judged(wards)
    wards["days_since_last"] = wards["ward_code"].map((AS_OF - by_ward["date"].max()).dt.days.astype(float))
    wards["reach"] = wards["ward_code"].map(
        home.assign(met=home["focal_point_id"].isin(log["focal_point_id"])).groupby("ward_code")["met"].mean()
    )
    known = log[log["initiation"] != "unknown"]
    wards["proactive_share"] = wards["ward_code"].map(
        (known["initiation"] != "reactive").groupby(known["ward_code"]).mean()
    )
    spots = pd.read_csv(ASHVIEW / "incidents.csv").dropna(subset=["easting"])
    spots = gpd.GeoDataFrame(spots, geometry=gpd.points_from_xy(spots["easting"], spots["northing"]), crs=27700)
    counted = gpd.sjoin(spots, wards[["ward_code", "geometry"]])["ward_code"].value_counts()
    wards["incidents"] = wards["ward_code"].map(counted).fillna(0).astype(int)
    wards["incidents_per_1000"] = 1000 * wards["incidents"] / wards["population"]
    wards["reports_class"] = pd.qcut(wards["incidents_per_1000"], 3, labels=False)
    wards["engagement_class"] = pd.qcut(wards["ratio"].rank(method="first"), 3, labels=False)
    wards["quiet_and_unheard"] = (wards["reports_class"] == 0) & (wards["engagement_class"] == 0)
    wards["reason"] = [
        f"{int(c)} contacts where {e:.1f} were expected."
        for c, e in zip(wards["contacts"], wards["expected"], strict=True)
    ]

    spread = log.assign(community=log["communities"].str.split(";")).explode("community")
    spread["community"] = spread["community"].fillna("White British")
    met = spread.groupby("community").agg(contacts=("attendees", "sum"), events=("engagement_id", "size"))
    groups = people.groupby("community", as_index=False)["population"].sum()
    groups = groups.merge(met / [10, 1], on="community", how="left").fillna({"contacts": 0, "events": 0})
    groups["contacts"] = groups["contacts"].round()
    groups["expected"] = groups["population"] * groups["contacts"].sum() / groups["population"].sum()
    groups = judged(groups).sort_values("ratio").reset_index(drop=True)
    start = spread[spread["initiation"] != "unknown"]
    share = (start["initiation"] != "reactive").groupby(start["community"]).agg(["mean", "sum", "size"])
    limits = stats.beta.ppf(
        [[0.025], [0.975]], share["sum"].to_numpy() + 0.5, (share["size"] - share["sum"]).to_numpy() + 0.5
    )
    proactive = (
        share.assign(low=limits[0], high=limits[1]).reset_index().rename(columns={"mean": "share", "size": "of"})
    )

    grid = log.assign(objective=log["objective"].str.split(";")).explode("objective")
    grid["part"] = 1 / grid.groupby("engagement_id")["objective"].transform("size")
    purposes = grid.groupby(["activity", "objective"], as_index=False).agg(
        events=("part", "sum"), engagements=("engagement_id", "nunique")
    )
    wanted = pd.read_csv(ASHVIEW / "priorities.csv", parse_dates=["target_date"])
    wanted["done"] = wanted["status"].isin(["done", "fed_back"])
    wanted["not_possible"] = wanted["status"] == "not_possible"
    still = ~wanted["done"] & ~wanted["not_possible"]
    wanted["overdue"] = still & (wanted["target_date"] < AS_OF)
    wanted["on_track"] = still & (wanted["target_date"] >= AS_OF)
    tally = wanted.groupby("horizon", as_index=False)[["done", "on_track", "overdue", "not_possible"]].sum()
    tally.insert(1, "raised", wanted.groupby("horizon").size().to_numpy())
    due = focal[focal["meets_every_days"].notna()]
    series = due[["focal_point_id", "name", "meets_every_days"]].copy()
    held = log.groupby("focal_point_id")["date"].agg(lambda days: ";".join(sorted({f"{day:%Y-%m-%d}" for day in days})))
    series["dates"] = series["focal_point_id"].map(held).fillna("")
    series["last_met"] = pd.to_datetime(series["dates"].str[-10:])
    series["open_gap_days"] = (AS_OF - series["last_met"]).dt.days
    everyone = pd.read_csv(ASHVIEW / "attendance.csv")
    asked = everyone[(everyone["invited"] == "yes") & (everyone["attended"] == "no")]
    missed = asked.groupby("stakeholder_ref", as_index=False).agg(
        missed=("engagement_id", "size"), followed_up_on=("followed_up_on", "max")
    )

    limits_said = {"low": "from", "high": "to"}
    sheets = [
        Sheet(
            "communities",
            "Which communities are we reaching, and which not?",
            "Roma residents were met at none of the events of two years.",
            groups,
            {"community": "Community", "flag": "Flag", "population": "Residents", "contacts": "Contacts"}
            | {"expected": "Expected", "ratio": "Ratio", **limits_said},
        ),
        Sheet(
            "proactive",
            "Do we only come when something bad has happened?",
            "To African residents we came only after an incident.",
            proactive,
            {"community": "Community", "share": "Proactive share", **limits_said, "of": "of contacts"},
        ),
        Sheet(
            "objectives",
            "What do we do, and what for?",
            "Most events are public meetings that listen.",
            purposes,
            {"activity": "Activity", "objective": "Objective", "events": "Events (fractional)"}
            | {"engagements": "Engagements"},
        ),
        Sheet(
            "cadence",
            "Do the standing groups meet as often as they should?",
            "One of 3 groups is overdue.",
            series,
            {"name": "Name", "focal_point_id": "Focal point", "meets_every_days": "Should meet every (days)"}
            | {"dates": "Dates", "last_met": "Last", "open_gap_days": "Days since the last"},
        ),
        Sheet(
            "priorities",
            "What was asked for, and how far did it get?",
            "Some were done.",
            tally,
            {"horizon": "Horizon", "raised": "Raised", "done": "Done or fed back", "on_track": "On track"}
            | {"overdue": "Overdue", "not_possible": "Not possible"},
        ),
        Sheet(
            "follow_up",
            "Who was invited and did not come?",
            "Two of 13 members never came, and nobody asked why.",
            missed,
            {"stakeholder_ref": "Reference", "missed": "Did not come", "followed_up_on": "Asked why on"},
        ),
        Sheet("nothing", "What was taken further up?", "Nothing was.", series.iloc[:0], {"name": "Name"}),
    ]
    roma = ";".join(people[(people["community"] == "Roma") & (people["population"] > 50)]["ward_code"])
    first = [
        ("Roma residents", "community", "under-engaged", "No contact with them was logged in two years.", roma),
        ("African residents", "community", "watch", "Every contact came after an incident.", "E05999001"),
        (
            "Larkfield",
            "ward",
            "under-engaged",
            "No engagement at all was logged here: unknown, not quiet.",
            "E05999012",
        ),
        ("Gypsy or Irish Traveller residents", "community", "not enough evidence", "We know no place to meet.", ""),
        ("The leaders' forum", "meeting", "", "Two members never came, and nobody asked why.", None),
    ]
    more = [(name, "ward", "watch", "Perhaps less contact than its share.", code) for name, code in _named(wards)[:5]]
    findings = pd.DataFrame([*first, *more], columns=["subject", "level", "flag", "sentence", "ward_code"])
    findings.insert(0, "rank", range(1, 11))
    findings["evidence"] = "4 contacts where 7.2 were expected; ratio 0.56 (0.15 to 1.42)."
    middle = wards.geometry.centroid.iloc[:3]
    hot = gpd.GeoDataFrame(
        {"rank": [1, 2, 3], "name": ["Park", "Way", "Street"], "wards": list(wards["ward_name"][:3])},
        geometry=middle.buffer(180), crs=27700,
    )  # fmt: skip
    about = About(
        title="Engagement in Ashview",
        headline="Of 12 wards, 6 are under-engaged; of 20 communities, 9. Most pressing: Roma residents.",
        period="January 2024 to December 2025",
        source="Ashview sample: an invented town",
        made_on="2025-12-31",
        parameters=[("Under-engaged below", "0.8", "of the contact expected"), ("Floor", "3", "expected contacts")],
        evidence=["412 engagements by 3 teams in 24 of 24 months."],
        notes=["No rows were set aside."],
        attribution=["Everything on this map is invented."],
    )  # fmt: skip
    return Inputs(wards, findings, sheets, about, hot, focal)


def _named(wards: gpd.GeoDataFrame) -> list[tuple[str, str]]:
    return list(zip(wards["ward_name"], wards["ward_code"], strict=True))


def page_of(inputs: Inputs, **changed: Any) -> Any:
    from maps.engagement import engagement_page

    given = inputs._replace(**changed)
    return engagement_page(
        given.wards, given.findings, given.sheets, given.about, hotspots=given.hotspots, focal_points=given.focal_points
    )


def hostile(value: str) -> Any:
    """A page on which every text, from every side, is ``value``."""
    from browser import about_town, town_hotspots, town_wards

    from maps.engagement import engagement_page

    wards = judged(town_wards([value] * 6).assign(contacts=[0, 3, 5, 8, 2, 1], expected=4.0, population=900))
    wards = wards.assign(reason=value, district_name=value, days_since_last=10.0, flag=[value] + ["watch"] * 5)
    points = wards.geometry.centroid
    places = gpd.GeoDataFrame(geometry=points, crs=wards.crs).assign(name=value, kind=value, communities=value)
    finding = {"rank": [1, 2], "subject": value, "level": value, "flag": value, "sentence": value, "evidence": value}
    findings = pd.DataFrame({**finding, "ward_code": ["E00;E01", value]})
    twelve = range(12)
    frames = {
        "ratios": {"community": value, "flag": value, "ratio": 0.5, "low": 0.1, "high": 0.9, "n": twelve},
        "shares": {"community": value, "share": 0.5, "low": 0.1, "high": 0.9, "n": twelve},
        "grid": {"activity": value, "objective": value, "events": twelve},
        "horizons": {"horizon": value, "status": value, "n": twelve},
        "series": {"name": value, "meets_every_days": 61.0, "dates": "2025-01-01;2025-07-01", "n": twelve},
        "plain": {"ward_name": value, "note": value, "n": twelve},
    }
    sheets = [
        Sheet(value, value, value, pd.DataFrame(columns), dict.fromkeys(columns, value)) for columns in frames.values()
    ]
    about = about_town(
        title=value, headline=value, period=value, source=value, made_on=value, parameters=[(value, value, value)],
        notes=[value], attribution=[value], evidence=[value],
    )  # fmt: skip
    spots = town_hotspots(2, name=value, wards=value)
    return engagement_page(wards, findings, sheets, about, hotspots=spots, focal_points=places)
