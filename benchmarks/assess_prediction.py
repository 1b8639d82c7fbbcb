"""Rolling origins on Luton: what hot spots predict beside simpler maps, and the processor time it takes.

uv run python benchmarks/assess_prediction.py --data FOLDER [--train 12]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from geo.evaluation.prediction import evaluate
from geo.hotspots import find_hotspots
from layers.incidents import read_incidents
from layers.wards import read_wards


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--train", type=int, default=12)
    parser.add_argument("--wards", default="luton_beds_wards_vintages/wards_2025_E06000032.geojson")
    parser.add_argument("--incidents", default="bedfordshire_street_2021_2024/street")
    args = parser.parse_args()
    wards, _ = read_wards(args.data / args.wards)
    reports, report = read_incidents(args.data / args.incidents)

    def find(part, months):
        return find_hotspots(part, wards, months=months, map_points=report.map_points, runs=199).hotspots

    start = time.process_time()
    done = evaluate(reports, wards, report.months, find, train=args.train)
    seconds = time.process_time() - start
    origins = done.scores["first_month"].nunique()
    print(f"{origins} origins, {seconds:.1f} s of processor time, {36 * seconds / origins:.1f} s for 36")
    print(done.summary.to_string())
    print(*done.sentences, sep="\n")


if __name__ == "__main__":
    main()
