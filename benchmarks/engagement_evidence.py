"""How often the engagement flags are wrong, how well the limits hold, and what a log could have shown.

    uv run python benchmarks/engagement_evidence.py [--trials 200] [--seed 0] [--events 300]

Made-up logs of Ashview, two years, through every measure that ``geo engagement`` makes. Every resident is met at the
same rate: programmes begin on any day, each of one community in one ward (by residents) with one of six activities, and
have a geometric number of weekly engagements, of a mean that is said. *unnamed*: that part of the engagements names no
community.

- Table 1: everybody met alike. Flagged: under_engaged, of all communities and wards; logs with any such flag of a
  community, of a ward; the chance of one of either that the log itself states; how often the 95% limits hold 1, of all
  and of those with 3 or more programmes expected.
- Table 2: one of the four largest communities but the first, each in turn, is met at a third of its share (of
  programmes). How often it is flagged, and how often the log says that it would show it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.engagement.measure import COMMUNITY, WARD, Measures, Rule, measure
from geo.engagement.place import place_engagements

ASHVIEW = Path(__file__).resolve().parent.parent / "data" / "ashview"
AS_OF = pd.Timestamp("2025-12-31")
DAYS = 731
MEANS = (1, 3, 6)
UNNAMED = (0.0, 0.1, 0.3)
ACTIVITIES = np.array("drop_in forum workshop youth_session school_visit one_to_one".split(), dtype=object)


def town() -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """The wards of Ashview and its residents by ward and ethnic group."""
    wards = gpd.read_file(ASHVIEW / "wards.geojson").to_crs("EPSG:27700")
    wards = wards.rename(columns={"WD25CD": "ward_code", "WD25NM": "ward_name", "LAD25NM": "district_name"})
    wards = wards[wards["district_name"] == "Ashview"].reset_index(drop=True)
    people = pd.read_csv(ASHVIEW / "communities.csv")
    kept = (people["group_set"] == "ethnic_group") & (people["population"] > 0)
    people = people[kept & people["ward_code"].isin(wards["ward_code"])]
    return wards, people.astype({"population": float}).reset_index(drop=True)


def make_log(
    residents: pd.DataFrame, rng: np.random.Generator, *, events: float, mean: float, unnamed: float, gap: str = ""
) -> gpd.GeoDataFrame:
    """A log in which every resident is met at the same rate, those of the community ``gap`` at a third of it."""
    weight = residents["population"].to_numpy() / residents["population"].sum()
    own = (residents["community"] == gap).to_numpy()
    met = weight[own].sum()
    weight = weight * np.where(own, 1 / 3, (1 - met / 3) / (1 - met))
    programmes = rng.poisson(events / mean)
    cell = rng.choice(len(residents), programmes, p=weight / weight.sum())
    size = rng.geometric(1 / mean, programmes)
    activity, start = rng.integers(0, len(ACTIVITIES), programmes), rng.integers(0, DAYS, programmes)
    each = np.repeat(np.arange(programmes), size)
    day = start[each] + 7 * (np.arange(len(each)) - np.repeat(np.cumsum(size) - size, size))
    each, day = each[day < DAYS], day[day < DAYS]
    named = residents["community"].to_numpy(dtype=object)[cell[each]]
    log = pd.DataFrame(
        {
            "engagement_id": [f"E{i}" for i in range(len(each))],
            "date": AS_OF - pd.to_timedelta(DAYS - 1 - day, unit="D"),
            "ward_code": residents["ward_code"].to_numpy(dtype=object)[cell[each]],
            "activity": ACTIVITIES[activity[each]],
            "communities": np.where(rng.random(len(each)) < unnamed, None, named),
            "attendees": np.ceil(rng.lognormal(np.log(20) - 0.35, np.sqrt(0.7), len(each))),
        }
    )
    return gpd.GeoDataFrame(log, geometry=[None] * len(log), crs="EPSG:27700")


def measured(log: gpd.GeoDataFrame, wards: gpd.GeoDataFrame, residents: pd.DataFrame) -> Measures:
    placed = place_engagements(log, None, wards).engagements
    settings: dict[str, Any] = {"as_of": AS_OF, "period_days": float(DAYS), "group_sets": ["ethnic_group"]}
    return measure(placed, wards, residents, None, None, rule=Rule(), **settings)


def alike(wards: gpd.GeoDataFrame, residents: pd.DataFrame, rng: np.random.Generator, trials: int, **log: float) -> str:
    """A row of table 1."""
    found = []
    for _ in range(trials):
        done = measured(make_log(residents, rng, **log), wards, residents)
        row: dict[str, float] = {"stated": done.chance_of_false_flag}
        for level in (COMMUNITY, WARD):
            rows = done.table[done.table["level"] == level]
            under, holds = rows["status"] == "under_engaged", (rows["low"] <= 1) & (rows["high"] >= 1)
            row |= {f"{level} flagged": under.mean(), f"{level} log": under.any(), f"{level} holds": holds.mean()}
            row[f"{level} judged holds"] = holds[rows["expected_programmes"] >= 3].mean()
        found.append(row)
    mean = pd.DataFrame(found).mean()
    wanted = [f"{level} {what}" for what in ("flagged", "log", "holds", "judged holds") for level in (COMMUNITY, WARD)]
    return " | ".join(f"{mean[name]:.1%}" for name in [*wanted[:4], "stated", *wanted[4:]])


def at_a_third(
    wards: gpd.GeoDataFrame, residents: pd.DataFrame, rng: np.random.Generator, trials: int, **log: float
) -> list[str]:
    """Rows of table 2."""
    people = residents.groupby("community")["population"].sum().sort_values(ascending=False)
    rows = []
    for name in people.index[1:4]:
        done = [measured(make_log(residents, rng, **log, gap=name), wards, residents) for _ in range(trials)]
        own = pd.concat(
            [one.table[(one.table["level"] == COMMUNITY) & (one.table["community"] == name)] for one in done]
        )
        share = people[name] / people.sum()
        rows.append(
            f"{name} | {share:.1%} | {own['expected_programmes'].mean():.1f} | "
            f"{(own['status'] == 'under_engaged').mean():.0%} | {own['could_show'].mean():.0%}"
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--events", type=int, default=300)
    args = parser.parse_args()
    wards, residents = town()
    print(
        "| mean of a programme | unnamed | communities flagged | wards flagged | logs, a community | logs, a ward "
        "| stated, either | limits hold, communities | wards | communities judged | wards judged |\n"
        f"|--:|--:|{'--:|' * 9}"
    )
    for mean in MEANS:
        for unnamed in UNNAMED:
            rng = np.random.default_rng([args.seed, mean, round(unnamed * 100)])
            log = {"events": args.events, "mean": mean, "unnamed": unnamed}
            print(f"| {mean} | {unnamed:.0%} | {alike(wards, residents, rng, args.trials, **log)} |")
            sys.stdout.flush()
    print("\n| mean of a programme | unnamed | community | of residents | programmes expected | found | stated |")
    print(f"|--:|--:|---|{'--:|' * 4}")
    for mean in MEANS:
        for unnamed in UNNAMED:
            rng = np.random.default_rng([args.seed, mean, round(unnamed * 100), 1])
            log = {"events": args.events, "mean": mean, "unnamed": unnamed}
            for row in at_a_third(wards, residents, rng, max(args.trials // 4, 1), **log):
                print(f"| {mean} | {unnamed:.0%} | {row} |")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
