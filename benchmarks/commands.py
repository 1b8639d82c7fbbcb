"""Processor time of the commands as users start them, beside another geo (``whole_run.py``: beside a script by hand).

    uv run python benchmarks/commands.py --data FOLDER [--before PATH/TO/geo] [--runs 5] [--nation]

Each command is one process; runs alternate between the programs compared, and the medians of user and system time are
printed as a Markdown table. ``--data``: the folder of the open data that the tests read.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

LUTON = "luton_beds_wards_vintages/wards_2025_E06000032.geojson"
NATION = ("national_street_2019_01", "ew_wards_2025_geojson")


def seconds_of(command: list[str], cwd: Path) -> float:
    """Processor time of one run; its output is thrown away, and a failure stops the benchmark."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=said, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        if status:
            said.seek(0)
            raise SystemExit(f"{' '.join(command)}\n{said.read().decode(errors='replace')[-2000:]}")
    return used.ru_utime + used.ru_stime


def cases(data: Path, *, nation: bool) -> dict[str, tuple[list[str], bool]]:
    """{what: (words after geo, whether both programs know it)}; ``ashview`` and ``x.html`` lie in the folder."""
    beds = ["hotspots", "--wards", str(data / LUTON), "--area", "Luton", "--overwrite", "--out", "o", "--incidents"]
    town = ["--project", "ashview/geo.toml", "--overwrite", "--out"]
    found: dict[str, tuple[list[str], bool]] = {
        "`geo --help`": (["--help"], True),
        "`geo hotspots`, Luton 2025": ([*beds, str(data / "bedfordshire_street_2025")], True),
        "`geo hotspots`, Luton 2021 to 2024": ([*beds, str(data / "bedfordshire_street_2021_2024")], True),
        "`geo hotspots`, Ashview, found anew": (["hotspots", *town, "h", "--fresh"], False),
        "`geo hotspots`, Ashview, kept": (["hotspots", *town, "h"], True),
        "`geo map --audience analyst`, kept": (["map", "--audience", "analyst", *town, "m"], True),
        "`geo engagement`, kept": (["engagement", *town, "e"], True),
        "`geo audit`, a small page": (["audit", "small.csv", "--profile", "internal"], True),
        "`geo log --dry-run`": (["log", "--log", "ashview/engagements.csv", "--dry-run", *LOGGED], True),
        "`geo demo`, all pages": (["demo", "fresh", "--overwrite"], True),
    }
    if nation:
        words = [str(data / name) for name in NATION]
        found["`geo hotspots`, England and Wales, one month"] = (
            ["hotspots", "--incidents", words[0], "--wards", words[1], "--overwrite", "--out", "n"],
            True,
        )
    return found


LOGGED = "--date 2025-12-30 --activity drop_in --objective build_trust --ward E05999003".split()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--before", help="another geo to compare with")
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--nation", action="store_true", help="England and Wales too: minutes")
    given = options.parse_args()
    own = shutil.which("geo", path=str(Path(sys.executable).parent)) or "geo"
    programs = [own, *([given.before] if given.before else [])]
    headings = ["now", "before", "ratio"][: len(programs) * 2 - 1]
    print(f"| processor seconds, median of {given.runs} | {' | '.join(headings)} |")
    print("|---|" + "--:|" * len(headings))
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        for program in programs:
            (here / str(programs.index(program))).mkdir()
            seconds_of([program, "demo"], here / str(programs.index(program)))
            (here / str(programs.index(program)) / "small.csv").write_text("ward_code,contacts\nE05999001,12\n")
        for what, (words, both) in cases(given.data.resolve(), nation=given.nation).items():
            times: list[list[float]] = [[] for _ in programs]
            runs = 1 if "England" in what else given.runs
            for _ in range(runs + 1):  # the first run of each fills caches, of bytecode too
                for number, program in enumerate(programs if both else programs[:1]):
                    times[number].append(seconds_of([program, *words], here / str(number)))
            middle = [statistics.median(one[1:]) for one in times if one]
            cells = [f"{value:.2f}" for value in middle]
            cells += [f"{middle[1] / middle[0]:.1f}x"] if len(middle) == 2 else ["", ""][: (len(programs) - 1) * 2]
            print(f"| {what} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
