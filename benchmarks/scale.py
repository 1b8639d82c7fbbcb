"""How much work geo is, beside others: engines, shapes of data, size, reading, start, commands and pages, in one go.

    uv run --with dbscan python benchmarks/scale.py --data FOLDER [--most N] [--nation] [--write docs/benchmarks.md]

Processor time of all threads, since clocks of a shared machine tell little; each engine call in a process of its own,
the better of two (one from 300,000 points on). Memory is the peak over what the process held with the points loaded.
Ratios travel to other machines, seconds do not. ``--data``: the folder of the open data that the tests read; without it
the commands are those of Ashview only. The package dbscan is compared where it is installed.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parent.parent), str(Path(__file__).resolve().parent)]

ENGINES = ("geo", "scikit-learn", "dbscan")
EPS_M, LEAST = 100.0, 20
# scikit-learn holds every neighbour of every point: beyond this, gigabytes
MOST_SKLEARN = 300_000


# --- the data ---------------------------------------------------------------------------------------------------------


def streets(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return points along streets of towns, a few streets holding most: as a force records them."""
    count = max(n // 40, 50)
    side = 1_000 * np.sqrt(count / 2.5)
    towns = rng.uniform(0, side, (max(count // 400, 1), 2))
    middle = towns[rng.integers(0, len(towns), count)] + rng.standard_t(2, (count, 2)).clip(-20, 20) * 900
    angle, length = rng.uniform(0, np.pi, count), rng.uniform(60, 300, count)
    weight = rng.pareto(1.2, count) + 0.2
    which = rng.choice(count, n, p=weight / weight.sum())
    along = rng.uniform(-0.5, 0.5, n) * length[which]
    line = np.column_stack((np.cos(angle[which]), np.sin(angle[which])))
    return middle[which] + along[:, None] * line + rng.normal(0, 6, (n, 2))


def map_points(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return the same moved to points about 80 m apart: as police.uk publishes them."""
    return (streets(n, rng) / 80).round() * 80


def spread(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return wide clusters, 200 points each with a deviation of 50 to 600 m: nothing that a grid decides at once."""
    count = max(n // 200, 1)
    middle, deviation = rng.uniform(0, 775 * np.sqrt(count), (count, 2)), rng.uniform(50, 600, count)
    which = np.arange(n) % count
    return middle[which] + rng.normal(size=(n, 2)) * deviation[which][:, None]


def even(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return points without any pattern, 10 within reach of each."""
    return rng.uniform(0, np.sqrt(n * np.pi / 10) * EPS_M, (n, 2))


SHAPES: dict[str, Callable[[int, np.random.Generator], np.ndarray]] = {
    "streets": streets,
    "map points": map_points,
    "spread": spread,
    "even": even,
}


# --- one call, in a process of its own --------------------------------------------------------------------------------


def engine(name: str) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return what clusters points; ImportError where it is not installed."""
    if name == "geo":
        from geo.hotspots.dbscan import dbscan

        return lambda xy: dbscan(xy, eps_m=EPS_M, min_incidents=LEAST)
    if name == "dbscan":
        from dbscan import DBSCAN as package

        return lambda xy: package(xy, eps=EPS_M, min_samples=LEAST)
    from sklearn.cluster import DBSCAN

    def run(xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = DBSCAN(eps=EPS_M, min_samples=LEAST, algorithm="kd_tree").fit(xy)
        return found.labels_, np.isin(np.arange(len(xy)), found.core_sample_indices_)

    return run


def peak_mb() -> float:
    """Return the greatest memory that this process held, since ``forget_peak`` where the system can."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def forget_peak() -> None:
    """Begin to measure anew, where the system can."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def call(name: str, shape: str, n: int) -> dict[str, Any]:
    """Cluster once and say how: seconds, memory, and a sum that tells whether two engines found the same."""
    run = engine(name)
    xy = SHAPES[shape](n, np.random.default_rng(1))
    xy = xy[np.lexsort((xy[:, 1], xy[:, 0]))]  # by x, then y: where scikit-learn numbers as geo always does
    run(xy[:2_000].copy())
    forget_peak()
    held, began = peak_mb(), time.process_time()
    labels, is_core = run(xy)
    seconds = time.process_time() - began
    told = [int(np.asarray(is_core).sum()), int(labels.max()) + 1, int((labels >= 0).sum())]
    return {"s": seconds, "mb": peak_mb() - held, "found": told}


def measured(name: str, shape: str, n: int) -> dict[str, Any] | None:
    """Return the better of two such processes; None for an engine that is not installed."""
    found = []
    for _ in range(1 if n >= 300_000 else 2):
        words = [sys.executable, __file__, "--call", name, shape, str(n)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            if "ModuleNotFoundError" in done.stderr or "ImportError" in done.stderr:
                return None
            raise SystemExit(done.stderr[-2000:])
        found.append(json.loads(done.stdout))
    return min(found, key=lambda one: float(one["s"]))


# --- the tables -------------------------------------------------------------------------------------------------------


def peers(sizes: list[int]) -> Iterator[str]:
    """Yield the table of engines by shape and size, then what was lost."""
    yield "| points | shape | geo s | geo MB | scikit-learn | package dbscan | counts as scikit-learn |\n"
    yield "|--:|---|--:|--:|--:|--:|---|\n"
    lost = []
    for n in sizes:
        for shape in SHAPES:
            run = {name: measured(name, shape, n) for name in ENGINES if name != ENGINES[1] or n <= MOST_SKLEARN}
            own, cells = run["geo"], []
            assert own is not None
            for name in ENGINES[1:]:
                other = run.get(name)
                ratio = other["s"] / own["s"] if other else 0.0
                cells.append(f"{other['s']:.2f} s, {ratio:.1f}x, {other['mb']:,.0f} MB" if other else "")
                if other and ratio < (10 if name == ENGINES[1] else 1):
                    lost.append(f"{shape}, {n:,}: {ratio:.1f} times {name}")
            same = run.get(ENGINES[1])
            agree = "" if not same else "yes" if same["found"] == own["found"] else "NO"
            row = (f"{n:,}", shape, f"{own['s']:.3f}", f"{own['mb']:,.0f}", *cells, agree)
            yield f"| {' | '.join(row)} |\n"
    yield "\nUnder ten times scikit-learn, or slower than the package: " + ("; ".join(lost) or "none") + ".\n"


def curve(sizes: list[int]) -> Iterator[str]:
    """Yield what more points cost."""
    yield "| points | streets s | µs a point | MB over input | spread s | µs a point |\n|--:|--:|--:|--:|--:|--:|\n"
    for n in sizes:
        one, two = measured("geo", "streets", n), measured("geo", "spread", n)
        assert one is not None
        assert two is not None
        row = (f"{n:,}", f"{one['s']:.3f}", f"{1e6 * one['s'] / n:.2f}", f"{one['mb']:,.0f}", f"{two['s']:.3f}")
        yield f"| {' | '.join(row)} | {1e6 * two['s'] / n:.2f} |\n"


def reading(sizes: list[int], here: Path) -> Iterator[str]:
    """Yield what reading costs, from text and from what ``geo prepare`` made of it."""
    yield "| rows | CSV s | MB | prepare s | prepared, all s | MB | a tenth of the ground s | CSV / prepared |\n"
    yield "|--:|--:|--:|--:|--:|--:|--:|--:|\n"
    for n in sizes:
        text, made = here / f"{n}.csv", here / f"prepared-{n}"
        box = write_reports(text, n)
        parts = [child("--read", str(text), ""), child("--prepare", str(text), str(made))]
        parts += [child("--read", str(made), ""), child("--read", str(made), json.dumps(box))]
        raw, kept, whole, part = parts
        cells = [f"{n:,}", f"{raw['s']:.2f}", f"{raw['mb']:,.0f}", f"{kept['s']:.2f}", f"{whole['s']:.2f}"]
        cells += [f"{whole['mb']:,.0f}", f"{part['s']:.2f}", f"{raw['s'] / whole['s']:.1f}x"]
        yield f"| {' | '.join(cells)} |\n"


def write_reports(path: Path, n: int) -> list[float]:
    """Write a table of reports on the ground of the National Grid, and return the bounds of a tenth of it."""
    import pandas as pd
    from pyproj import Transformer

    rng = np.random.default_rng(2)
    xy = map_points(n, rng)
    xy = xy - xy.min(axis=0)
    xy = xy * min(1, 300_000 / xy.max()) + (250_000, 150_000)
    lon, lat = Transformer.from_crs(27700, 4326, always_xy=True).transform(*xy.T)
    types = rng.choice(["Anti-social behaviour", "Other theft", "Burglary"], n, p=[0.4, 0.3, 0.3])
    months = np.array([f"2025-{one:02d}" for one in range(1, 13)])[rng.integers(0, 12, n)]
    place = {"longitude": lon.round(6), "latitude": lat.round(6)}
    pd.DataFrame({"month": months, **place, "location": "On or near Mill Lane", "crime_type": types}).to_csv(
        path, index=False
    )
    (west, east), (south, north) = np.quantile(xy[:, 0], [0.4, 0.5]), (xy[:, 1].min(), xy[:, 1].max())
    return [float(west), float(south), float(east), float(north)]


def child(what: str, path: str, more: str) -> dict[str, Any]:
    """Return what a process of its own measured."""
    words = [sys.executable, __file__, what, path, more]
    return dict(json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()[-1]))


def read_once(path: str, more: str) -> dict[str, Any]:
    """Read incidents and say what it took."""
    import geopandas  # noqa: F401  (its import is no part of reading)
    import pyarrow.dataset  # noqa: F401

    from layers.incidents import read_incidents

    began = time.process_time()
    read_incidents(path, within=tuple(json.loads(more)) if more else None)
    return {"s": time.process_time() - began, "mb": peak_mb()}


def prepare_once(path: str, out: str) -> dict[str, Any]:
    """Prepare a table as the command does."""
    import cli

    began = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        cli.main(["prepare", path, "--out", out, "--quiet"], standalone_mode=False)
    return {"s": time.process_time() - began, "mb": peak_mb()}


def commands(data: Path | None, here: Path) -> Iterator[str]:
    """Yield what whole commands take, and how large their pages are."""
    from commands import cases, seconds_of

    own = shutil.which("geo", path=str(Path(sys.executable).parent)) or "geo"
    demo = seconds_of([own, "demo"], here)
    (here / "small.csv").write_text("ward_code,contacts\nE05999001,12\n")
    yield f"| command | processor s |\n|---|--:|\n| `geo demo`, all of Ashview, once | {demo:.1f} |\n"
    for what, (words, _) in cases(data or here, nation=False).items():
        if "demo" not in what and (data is not None or "Luton" not in what):
            seconds_of([own, *words], here)  # caches are filled, of bytecode too
            yield f"| {what} | {seconds_of([own, *words], here):.2f} |\n"
    yield "\n| page | bytes |\n|---|--:|\n"
    pages = sorted(here.rglob("*.html"), key=lambda one: -one.stat().st_size)
    shown: dict[str, int] = {}
    for page in pages:
        shown.setdefault(page.name, page.stat().st_size)
    for name, size in shown.items():
        yield f"| `{name}` | {size:,} |\n"


def nation(data: Path, here: Path) -> Iterator[str]:
    """Yield what England and Wales take by district: one month, 999 simulations each."""
    own = shutil.which("geo", path=str(Path(sys.executable).parent)) or "geo"
    wards = here / "wards"
    shutil.copytree(data / "ew_wards_2025_geojson", wards)
    for code in ("E07000246", "E08000016", "E08000019"):  # of another year than the rest
        for path in wards.glob(f"{code}*"):
            path.unlink()
    words = [own, "hotspots", "--incidents", str(data / "national_street_2019_01"), "--wards", str(wards)]
    words += ["--by", "district", "--out", str(here / "nation"), "--quiet"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()[0]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    size = (here / "nation" / "districts.html").stat().st_size
    clock = time.perf_counter() - began
    yield f"{cpu:.0f} s of processor time on all cores, {clock:.0f} s by the clock, a page of {size:,} bytes. {said}\n"


# --- the page ---------------------------------------------------------------------------------------------------------


def page(args: argparse.Namespace) -> Iterator[str]:
    """Yield the page, part by part."""
    names = ("numpy", "scipy", "scikit-learn", "pandas", "geopandas", "shapely", "pyarrow", "dbscan")
    held = {name: metadata.version(name) for name in names if _installed(name)}
    load = f", load {os.getloadavg()[0]:.0f}" if hasattr(os, "getloadavg") else ""
    yield "# How much work is it?\n\n"
    yield "Processor time and memory, beside others in the same run, losses included. Made by one command:\n\n"
    yield "```text\nuv run --with dbscan python benchmarks/scale.py --data FOLDER --write docs/benchmarks.md\n```\n\n"
    yield (
        f"Measured on {platform.system()} {platform.machine()}, {os.cpu_count()} cores{load}; "
        f"Python {platform.python_version()}, {', '.join(f'{name} {one}' for name, one in held.items())}. "
        "Seconds are of this machine, ratios travel. Other work on it (its load) makes processor times longer too.\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        for heading, part in sections(args, Path(folder)).items():
            yield f"\n## {heading}\n\n"
            yield from part()


def sections(args: argparse.Namespace, here: Path) -> dict[str, Callable[[], Iterator[str]]]:
    """Return what yields each section of the page, by its heading."""

    def some(*sizes: int) -> list[int]:
        return [n for n in sizes if n <= args.most]

    def said(words: str, part: Iterator[str]) -> Iterator[str]:
        yield words
        yield from part

    ratios = f"Reach {EPS_M:.0f} m, {LEAST} incidents; ratios: the other over geo. "
    ratios += "Counts: of core points, clusters and members.\n\n"
    types = "Reports of three types, of which one is counted, on map points.\n\n"
    found = {
        "Clustering beside others": lambda: said(ratios, peers(some(100_000, 300_000, 1_000_000))),
        "Clustering more": lambda: curve(some(10_000, 100_000, 1_000_000, 10_000_000, 25_000_000)),
        "Reading": lambda: said(types, reading(some(100_000, 1_000_000), here)),
        "Whole commands and pages": lambda: commands(args.data, here),
    }
    months = "One month, 318 districts, 999 simulations each: "
    nations = {"England and Wales by district": lambda: said(months, nation(args.data, here))}
    return found | (nations if args.nation else {})


def replaced(text: str, heading: str, args: argparse.Namespace) -> str:
    """Return the page with one section measured anew, whatever else stands there kept."""
    with tempfile.TemporaryDirectory() as folder:
        made = "".join(sections(args, Path(folder))[heading]())
    before, _, rest = text.partition(f"\n## {heading}\n\n")
    after = rest.partition("\n## ")
    return f"{before}\n## {heading}\n\n{made}{''.join(after[1:])}"


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path)
    options.add_argument("--most", type=int, default=10_000_000, help="points, at most")
    options.add_argument("--nation", action="store_true", help="England and Wales too: minutes")
    options.add_argument("--only", metavar="HEADING", help="with --write: this section alone is made anew")
    options.add_argument("--write", type=Path, help="the page to write")
    for one, many in (("--call", 3), ("--read", 2), ("--prepare", 2)):
        options.add_argument(one, nargs=many, help=argparse.SUPPRESS)
    args = options.parse_args()
    args.data = args.data and args.data.resolve()
    if args.call:
        print(json.dumps(call(args.call[0], args.call[1], int(args.call[2]))))
    elif args.read or args.prepare:
        print(json.dumps(read_once(*args.read) if args.read else prepare_once(*args.prepare)))
    elif args.only:
        args.write.write_text(replaced(args.write.read_text(encoding="utf-8"), args.only, args), encoding="utf-8")
    else:
        text = ""
        for part in page(args):
            print(part, end="", flush=True)
            text += part
        if args.write:
            args.write.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
