"""Who is flagged where nobody is left out: whole logs through every measure and flag, not the rule alone.

    uv run python benchmarks/engagement_logs.py [--trials 1000] [--seed 0]

Made-up logs of Ashview, two years. Every resident is met at the same rate: each event is of one community in one ward,
drawn by residents; its size is log-normal, mean 20 people. *open*: that part of the events names nobody. The table says
how many of the 19 communities and of the 12 wards get each flag, all of them false.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.engagement.measure import COMMUNITY, WARD, Rule, measure
from geo.engagement.place import place_engagements

ASHVIEW = Path(__file__).resolve().parent.parent / "data" / "ashview"
AS_OF = pd.Timestamp("2025-12-31")
DAYS = 731
FLAGS = ("under_engaged", "never_reached", "not_for_a_long_time")
CASES = ((60, 0.0), (117, 0.0), (300, 0.0), (600, 0.0), (292, 0.6), (600, 0.5))


def town() -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """The wards of Ashview and its residents by ward and ethnic group."""
    wards = gpd.read_file(ASHVIEW / "wards.geojson").to_crs("EPSG:27700")
    wards = wards.rename(columns={"WD25CD": "ward_code", "WD25NM": "ward_name", "LAD25NM": "district_name"})
    wards = wards[wards["district_name"] == "Ashview"].reset_index(drop=True)
    people = pd.read_csv(ASHVIEW / "communities.csv")
    kept = (people["group_set"] == "ethnic_group") & (people["population"] > 0)
    people = people[kept & people["ward_code"].isin(wards["ward_code"])]
    return wards, people.astype({"population": float}).reset_index(drop=True)


def equal_log(events: int, part_open: float, residents: pd.DataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """A log in which every resident is met at the same rate."""
    share = residents["population"].to_numpy() / residents["population"].sum()
    number = int(rng.poisson(events))
    cell = rng.choice(len(residents), number, p=share)
    named = residents["community"].to_numpy(dtype=object)[cell]
    log = pd.DataFrame(
        {
            "engagement_id": [f"E{i}" for i in range(number)],
            "date": AS_OF - pd.to_timedelta(rng.integers(0, DAYS, number), unit="D"),
            "ward_code": residents["ward_code"].to_numpy(dtype=object)[cell],
            "communities": np.where(rng.random(number) < part_open, None, named),
            "attendees": np.ceil(rng.lognormal(np.log(20) - 0.35, np.sqrt(0.7), number)),
        }
    )
    return gpd.GeoDataFrame(log, geometry=[None] * number, crs="EPSG:27700")


def flags_of(log: gpd.GeoDataFrame, wards: gpd.GeoDataFrame, residents: pd.DataFrame) -> pd.DataFrame:
    """Level and flag of every community and ward, by all that ``geo engagement`` does."""
    placed = place_engagements(log, None, wards).engagements
    done = measure(
        placed,
        wards,
        residents,
        None,
        None,
        as_of=AS_OF,
        period_days=float(DAYS),
        group_sets=["ethnic_group"],
        rule=Rule(),
    )
    return done.table.loc[done.table["level"].isin((COMMUNITY, WARD)), ["level", "flag"]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    wards, residents = town()
    print(f"| events | open | of | {' | '.join(FLAGS)} |\n|--:|--:|---|{'--:|' * len(FLAGS)}")
    for events, part_open in CASES:
        rng = np.random.default_rng([args.seed, events, round(part_open * 100)])
        found: Counter[tuple[str, str]] = Counter()
        for _ in range(args.trials):
            each = flags_of(equal_log(events, part_open, residents, rng), wards, residents)
            found.update(zip(each["level"], each["flag"], strict=True))
        for level, words in ((COMMUNITY, "communities"), (WARD, "wards")):
            every = sum(number for (of, _), number in found.items() if of == level)
            shares = " | ".join(f"{found[level, flag] / every:.1%}" for flag in FLAGS)
            print(f"| {events} | {part_open:.0%} | {words} | {shares} |")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
