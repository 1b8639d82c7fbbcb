"""Damaged files through every reader: no traceback, no hang, bounded memory, every row counted.

    uv run python benchmarks/fuzz.py [--runs 100000] [--seed 1] [--keep FOLDER]

Each run takes a small file of tests/fuzz/corpus, damages it (bits, pieces, tokens, cells; of a packed file also what is
inside) and reads it with its layer's reader, in this process. A reader may return (its report then counts every row) or
raise GeoError. Anything else is printed, and the damaged file kept in --keep. The last line sums up: runs, how many
were read and refused, faults, the slowest run in seconds of processor time, and the most memory in MB.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import random
import resource
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from geo.errors import GeoError
from layers import registry
from layers.activity import read_activity
from layers.log.diary import read_diary
from layers.tracks import read_tracks

CORPUS = Path(__file__).resolve().parent.parent / "tests" / "fuzz" / "corpus"
SLOWEST_S = 5.0
_TOKENS = (
    b"", b"\0", b"\xff", b'"', b"'", b",", b";", b"\t", b"\n", b"\r", b"{", b"[", b"<", b">", b"]]>", b"&amp;", b"NaN",
    b"Infinity", b"-1", b"0", b"1e308", b"9" * 40, b"2025-13-45", b"31/02/2025", b"45292", b"1751324400000",
    b"\xef\xbb\xbf",
    b"\xff\xfe", "\u202e".encode(), "é".encode("latin-1"), b"=1+1", b"null", b"true", b"POINT(0 0)", b"TL 0840 2142",
    b"../../x", b"%s%n", b"<!DOCTYPE x>", b"E05999001", b"A" * 5_000, b"[" * 2_000, b",,,,,,,,", b"POLYGON EMPTY",
)  # fmt: skip


def damaged(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    """Return ``data`` with one to four faults; of a packed file sometimes with faults inside it."""
    if rng.random() < 0.5 and data[:2] == b"PK":
        return _inside_zip(data, rng, others) or _flawed(data, rng, others)
    if rng.random() < 0.7 and data[:2] == b"\x1f\x8b":
        return gzip.compress(_flawed(gzip.decompress(data), rng, others), mtime=0)
    return _flawed(data, rng, others)


def _inside_zip(data: bytes, rng: random.Random, others: list[bytes]) -> bytes | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, ValueError):
        return None
    victim = rng.choice(sorted(parts))
    parts[victim] = _flawed(parts[victim], rng, others)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part)
    return made.getvalue()


def _flawed(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        data = rng.choice(_FLAWS)(data, rng, others)
    return data


def _piece(data: bytes, rng: random.Random) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + rng.choice((1, 2, 8, 40, 200)))


def _bit(data: bytes, rng: random.Random, _: list[bytes]) -> bytes:
    at = rng.randrange(max(len(data), 1))
    return data[:at] + bytes([(data[at] if data else 0) ^ (1 << rng.randrange(8))]) + data[at + 1 :]


def _cut(data: bytes, rng: random.Random, _: list[bytes]) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _without(data: bytes, rng: random.Random, _: list[bytes]) -> bytes:
    start, end = _piece(data, rng)
    return data[:start] + data[end:]


def _twice(data: bytes, rng: random.Random, _: list[bytes]) -> bytes:
    start, end = _piece(data, rng)
    return data[:end] + data[start:end] * rng.choice((1, 2, 30)) + data[end:]


def _token(data: bytes, rng: random.Random, _: list[bytes]) -> bytes:
    start, end = _piece(data, rng)
    return data[:start] + rng.choice(_TOKENS) + data[rng.choice((start, end)) :]


def _mixed(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    other = rng.choice(others)
    (start, _), (begin, end) = _piece(data, rng), _piece(other, rng)
    return data[:start] + other[begin:end] + data[start:]


def _cell(data: bytes, rng: random.Random, _: list[bytes]) -> bytes:
    """Put a token in the place of one cell of a table, or one value of JSON or XML."""
    marks = [i for i, one in enumerate(data[:20_000]) if one in b',;\t\n":<>']
    if len(marks) < 2:
        return data
    at = rng.randrange(len(marks) - 1)
    return data[: marks[at] + 1] + rng.choice(_TOKENS) + data[marks[at + 1] :]


def _lines(data: bytes, rng: random.Random, _: list[bytes]) -> bytes:
    lines = data.split(b"\n")
    rng.shuffle(lines)
    return b"\n".join(lines)


_FLAWS: tuple[Callable[[bytes, random.Random, list[bytes]], bytes], ...] = (
    _bit, _cut, _without, _twice, _token, _token, _mixed, _cell, _cell, _cell, _lines,
)  # fmt: skip


def read(layer: str, path: Path, known: registry.Context) -> Any:
    """Return the report of a reader, by the folder of the corpus that a file stands in."""
    if layer == "tracks":
        return read_tracks([path])[1]
    if layer == "diary":
        return read_diary([path], since="2025-01-01", until="2025-03-31")[1]
    if layer == "activity":
        return read_activity(path)[1]
    more = {"all_are_asb": True} if layer == "incidents" else {"required": False} if layer == "workshop_notes" else {}
    return registry.read(layer, path, known, **more)[1]


def known_layers() -> registry.Context:
    """Return the wards and communities that the small files are checked against."""
    known = registry.Context(metric_crs="EPSG:27700")
    for name, file in (("wards", "wards/w.geojson"), ("communities", "communities/own.csv")):
        known = known.having(name, registry.read(name, CORPUS / file, known)[0])
    return known


class Run:
    """One long run: ``counts`` of what became of the files, ``faults`` found, ``slowest`` in seconds."""

    def __init__(self, seed: int, keep: Path | None = None) -> None:
        self.rng = random.Random(seed)
        self.files = sorted(one for one in CORPUS.rglob("*") if one.is_file())
        self.contents = {one: one.read_bytes() for one in self.files}
        self.known = known_layers()
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self.slowest, self.slowest_file = 0.0, ""
        self.keep = keep

    def one(self, folder: Path) -> None:
        """Damage one file, and read it."""
        source = self.rng.choice(self.files)
        alike = [self.contents[one] for one in self.files if one.parent == source.parent]
        data = damaged(self.contents[source], self.rng, alike)
        path = folder / source.name
        path.write_bytes(data)
        layer, began = source.parent.name, time.process_time()
        try:
            report = read(layer, path, self.known)
            report.check()
            self.counts["read"] += 1
        except GeoError as error:
            self.counts["refused" if str(error).strip() else "without a word"] += 1
        except Exception:  # what is looked for
            self._note(f"{layer}/{source.name}: {traceback.format_exc(limit=-3)}", data, source)
        seconds = time.process_time() - began
        if seconds > self.slowest:
            self.slowest, self.slowest_file = seconds, f"{layer}/{source.name}"
        if seconds > SLOWEST_S:
            self._note(f"{layer}/{source.name}: {seconds:.1f} seconds", data, source)
        path.unlink()
        self.counts["runs"] += 1

    def _note(self, what: str, data: bytes, source: Path) -> None:
        self.counts["faults"] += 1
        self.faults.append(what)
        if self.keep is not None:
            folder = self.keep / source.parent.name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{len(self.faults):04d}-{source.name}").write_bytes(data)

    def summary(self) -> dict[str, Any]:
        """Return what the run came to."""
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {
            **self.counts,
            "slowest_s": round(self.slowest, 2),
            "slowest": self.slowest_file,
            "most_mb": round(most),
        }


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    run, shown = Run(given.seed, given.keep), 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(1, given.runs + 1):
            run.one(Path(folder))
            for fault in run.faults[shown:]:
                print(fault, flush=True)
            shown = len(run.faults)
            if number % 1_000 == 0:
                print(number, json.dumps(run.summary()), flush=True)
    print(json.dumps(run.summary()))


if __name__ == "__main__":
    main()
