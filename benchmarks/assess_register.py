"""Do hot spots keep their ids? A year of Luton month by month, and what happened to each place.

    uv run python benchmarks/assess_register.py --data FOLDER [--every-place]

Hot spots of Luton are found anew after each month of 2025, from all months so far (cumulative) and from the last three
(rolling), and after each month of May 2022 to April 2024 from the last twelve; each run is matched to the register.
A table counts what happened in each run; ``--every-place`` prints a row for each id of the rolling three months.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from geo.hotspots import find_hotspots
from geo.hotspots.register import STATES, add_history, match
from layers.incidents import read_incidents
from layers.wards import read_wards

WARDS = "luton_beds_wards_vintages/wards_2025_E06000032.geojson"
SIGN = {"same": "=", "grown": "+", "shrunk": "-", "moved": "m", "split": "s", "merged": "M", "new": "N", "gone": "x"}


def windows(months: Sequence[str], length: int | None) -> Iterator[Sequence[str]]:
    for end in range(length or 1, len(months) + 1):
        yield months[0 if length is None else end - length : end]


def history_of(wards, reports, periods) -> pd.DataFrame:
    register = history = None
    for months in periods:
        found = find_hotspots(reports[reports["month"].isin(months)], wards, months=list(months), runs=19)
        register, states = match(register, found.hotspots, reports=found.incidents, run=months[-1])
        history = add_history(history, register, states, months[-1])
    return history


def counts(history: pd.DataFrame) -> str:
    table = pd.crosstab(history["run"], history["state"]).reindex(columns=STATES, fill_value=0)
    rows = ["| run | " + " | ".join(STATES) + " |", "|---|" + "--:|" * len(STATES)]
    rows += [f"| {run} | " + " | ".join(str(value) for value in row) + " |" for run, *row in table.itertuples()]
    return "\n".join(rows)


def each_place(history: pd.DataFrame) -> str:
    runs = sorted(history["run"].unique())
    rows = [f"| id | place | {' '.join(run[5:] for run in runs)} |", "|---|---|---|"]
    for hotspot_id, own in history.groupby("hotspot_id"):
        state = own.set_index("run")["state"].map(SIGN).reindex(runs).fillna("·")
        rows.append(f"| {hotspot_id} | {own['name'].iloc[-1]} | `{'  '.join(state)}` |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--every-place", action="store_true")
    args = parser.parse_args()
    wards, _ = read_wards(args.data / WARDS)
    for folder, length in (
        ("bedfordshire_street_2025", None),
        ("bedfordshire_street_2025", 3),
        ("bedfordshire_street_2021_2024/street", 12),
    ):
        reports, report = read_incidents(args.data / folder)
        history = history_of(wards, reports, windows(sorted(report.months), length))
        print(f"\n{folder}, {'all months so far' if length is None else f'the last {length} months'}")
        print(counts(history))
        found = history[history["state"] != "gone"]
        print(f"{found['hotspot_id'].nunique()} ids for {len(found)} hot spots of {found['run'].nunique()} runs")
        if args.every_place and length == 3:
            print(each_place(history))


if __name__ == "__main__":
    main()
