"""Damaged files through every reader: a bounded number here, as many as one likes by benchmarks/fuzz.py."""

from __future__ import annotations

import contextlib
import importlib.util
from pathlib import Path

import pytest

from geo.errors import GeoError

FOLDER = Path(__file__).resolve().parent / "fuzz"
FOUND = sorted(one for one in (FOLDER / "found").rglob("*") if one.is_file())
RUNS = 300


@pytest.fixture(scope="module")
def fuzz():
    spec = importlib.util.spec_from_file_location("fuzz", FOLDER.parent.parent / "benchmarks" / "fuzz.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_corpus_is_small_and_reads(fuzz, tmp_path):
    files = [one for one in FOLDER.rglob("*") if one.is_file()]
    assert sum(one.stat().st_size for one in files) < 300_000
    known = fuzz.known_layers()
    layers = {one.parent.name for one in fuzz.CORPUS.rglob("*") if one.is_file()}
    assert layers >= set(fuzz.registry.names())
    for file in (one for one in fuzz.CORPUS.rglob("*") if one.is_file() and one.suffix in (".csv", ".fgb", ".gz")):
        try:
            fuzz.read(file.parent.name, file, known).check()
        except GeoError:
            assert file.parent.name in ("communities", "incidents"), file  # those that need a lookup, or say a type


@pytest.mark.parametrize("file", FOUND, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_what_once_ended_in_a_traceback(fuzz, file):
    with contextlib.suppress(GeoError):
        fuzz.read(file.parent.name, file, fuzz.known_layers()).check()


@pytest.mark.filterwarnings("ignore")
def test_damaged_files_are_read_or_refused(fuzz, tmp_path):
    run = fuzz.Run(20_260_109)
    for _ in range(RUNS):
        run.one(tmp_path)
    assert run.faults == []
    assert run.counts["read"] + run.counts["refused"] == RUNS
    assert min(run.counts["read"], run.counts["refused"]) > RUNS / 10
