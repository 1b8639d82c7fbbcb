"""geo hotspots against the script an analyst writes by hand: whole processes, in turn, processor time and memory.

    uv run python benchmarks/whole_run.py STREET_CSVS WARDS --script PATH/analyst_script.py [--runs 5]

The script is called as ``python SCRIPT STREET_CSVS WARDS OUT --eps 100 --min-samples 20``. Both read, cluster, write a
GeoPackage and draw a map. Medians are printed; quote the ratios, which travel to other machines, not the seconds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path


def measure(command: list[str]) -> tuple[float, float]:
    """Run a command; return its processor seconds and its peak memory in MB."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("incidents")
    parser.add_argument("wards")
    parser.add_argument("--script", required=True)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        geo = ["-m", "cli", "hotspots", "--incidents", args.incidents, "--wards", args.wards, "--overwrite"]
        commands = {
            "script": [
                args.script,
                args.incidents,
                args.wards,
                f"{folder}/script",
                "--eps",
                "100",
                "--min-samples",
                "20",
            ],
            "geo": [*geo, "--eps", "100", "--min-incidents", "20", "--out", f"{folder}/geo"],
        }
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent)
        for run in range(args.runs + 1):  # the first, with cold files, is not counted
            for name, command in commands.items():
                measured = measure([sys.executable, *command])
                if run:
                    found[name].append(measured)
    middle = {name: [statistics.median(column) for column in zip(*runs, strict=True)] for name, runs in found.items()}
    print("| | processor s | peak MB |\n|---|--:|--:|")
    for name, (seconds, memory) in middle.items():
        print(f"| {name} | {seconds:.2f} | {memory:.0f} |")
    ratios = [middle["script"][i] / middle["geo"][i] for i in (0, 1)]
    print(f"| script / geo | {ratios[0]:.2f} | {ratios[1]:.2f} |")


if __name__ == "__main__":
    main()
