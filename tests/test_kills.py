"""Real commands killed, and their disk full, at steps chosen over all of them: a sample of what the benchmark tries."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from conftest import ROOT

LIGHT = ["log", "init", "register rename", "releases withdraw", "audit record", "release", "workshop collect"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_all_is_old_or_all_is_new_after_a_kill_or_a_full_disk():
    done = subprocess.run(
        [sys.executable, "benchmarks/kills.py", "--sample", "3", "--only", *LIGHT, "map workshop"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    *_, last = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert last == "72 steps, 0 failed", done.stdout
