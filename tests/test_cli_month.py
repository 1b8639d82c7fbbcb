"""geo month on the sample town: files, what changed first, what is kept, stops in between, refusals."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from conftest import ROOT

import study.monthly
from layers.hotspot_register import FILE_NAME, read_register

ARGUMENTS = ("--project", "ashview/geo.toml", "--out", "months")
PARTS = ["hotspots", "compare_last_month", "compare_year_before", "compare_year_to_date", "engagement", "inspector"]
# few simulations, and only the pages that are asked about
MONTH = """
[month]
pages = ["inspector"]
town-centres = ["Town Centre"]
peak = "Fri-Sat 18:00-02:00"
"""


@pytest.fixture
def town(geo):
    shutil.copytree(ROOT / "data" / "ashview", "ashview")
    toml = Path("ashview/geo.toml")
    text = toml.read_text(encoding="utf-8")
    assert "[hotspots]\n" in text
    toml.write_text(text.replace("[hotspots]\n", "[hotspots]\nruns = 19\n") + MONTH, encoding="utf-8")
    return geo


def files(folder: str) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file() and path.name != "month_run.json"
    }


def test_two_months_and_what_is_kept(town):
    first = town("month", "2025-11", *ARGUMENTS)
    assert first.exit_code == 0, first.stderr
    result = town("month", "2025-12", *ARGUMENTS)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0] == "Ashview, December 2025."
    reports = pd.read_csv("months/2025-12/hotspots/hotspots.csv")
    incidents = json.loads(Path("months/2025-12/hotspots/run.json").read_text(encoding="utf-8"))["results"]
    told = json.loads(Path("months/2025-12/month.json").read_text(encoding="utf-8"))
    assert list(told["parts"]) == PARTS
    assert lines == told["sentences"] == Path("months/2025-12/month.txt").read_text(encoding="utf-8").splitlines()
    assert incidents["hotspots"] == len(reports)
    # the first line against the raw file, and what was planted in the sample
    counts = {one: int(told["measures"]["reports"][one]) for one in ("2025-12", "2025-11", "2024-12")}
    assert lines[1] == (
        f"{counts['2025-12']} reports; {counts['2025-11']} in November 2025, {counts['2024-12']} in December 2024."
    )
    year = next(line for line in lines if line.startswith("The year to date"))
    assert "Wards that rose against the town: Ashview Park." in year
    assert "Wards that fell against the town: Easington." in year
    assert any(line.startswith("Hot spots since the run of 2025-11: ") for line in lines)
    # the gaps of last month are not told as news
    assert any(line.startswith("The record shows the same gaps as in 2025-11") for line in lines) or any(
        "2025-11" in line and "aid in" in line for line in lines
    )
    _, history = read_register(Path("ashview") / FILE_NAME)
    assert sorted(set(history["run"])) == ["2025-11", "2025-12"]
    book = openpyxl.load_workbook("months/2025-12/month.xlsx")
    assert book.sheetnames == ["measures", "hot spots"]
    page = Path("months/2025-12/month.html").read_text(encoding="utf-8")
    assert "<script" not in page
    links = re.findall(r'href="([a-z_]+/[a-z_]+\.html)"', page)
    assert len(links) == len(PARTS)
    assert all((Path("months/2025-12") / link).is_file() for link in links)

    before = files("months/2025-12")
    for folder in ("months/2025-12", "months/2025-12/hotspots"):  # what a run leaves that was killed at its last step
        (Path(folder) / ".geo-stage").mkdir()
    again = town("month", "2025-12", *ARGUMENTS)
    assert not list(Path("months").rglob(".geo-stage"))
    assert again.exit_code == 0, again.stderr
    assert again.stdout == result.stdout
    assert f"kept: {', '.join(PARTS)}" in again.stderr
    assert "made:" not in again.stderr
    assert files("months/2025-12") == before

    # an earlier month, made again from changed settings, does not take the register back
    toml = Path("ashview/geo.toml")
    toml.write_text(toml.read_text(encoding="utf-8").replace("runs = 19", "runs = 29"), encoding="utf-8")
    refused = town("month", "2025-11", *ARGUMENTS)
    assert refused.exit_code == 1
    assert "made from other files or settings than now" in refused.stderr
    assert "--overwrite" in refused.stderr
    earlier = town("month", "2025-11", *ARGUMENTS, "--overwrite")
    assert earlier.exit_code == 0, earlier.stderr
    assert "The register knows later months than 2025-11, so it stays as it was." in earlier.stderr
    assert read_register(Path("ashview") / FILE_NAME)[1].equals(history)


@pytest.mark.parametrize("parts", [1, 4])
def test_a_run_that_was_stopped_goes_on(town, monkeypatch, parts):
    real, done = study.monthly.deliver, []

    def deliver(*args, **more):
        if len(done) == parts:
            raise KeyboardInterrupt
        done.append(real(*args, **more))
        return done[-1]

    monkeypatch.setattr(study.monthly, "deliver", deliver)
    assert town("month", "2025-12", *ARGUMENTS).exit_code != 0
    monkeypatch.setattr(study.monthly, "deliver", real)
    made = files("months/2025-12")
    assert not any(name.startswith("month.") for name in made)
    result = town("month", "2025-12", *ARGUMENTS)
    assert result.exit_code == 0, result.stderr
    assert f"kept: {', '.join(PARTS[:parts])}" in result.stderr
    assert f"made: {', '.join(PARTS[parts:])}" in result.stderr
    assert {name: data for name, data in files("months/2025-12").items() if name in made} == made


def test_what_is_no_month_or_not_covered_is_refused(town):
    for text, said in (
        ("December", "'December' is no month"),
        ("2025-13", "'2025-13' is no month"),
        ("2027-01", "The reports do not cover 2027-01. They cover 2024-01 to 2025-12."),
    ):
        result = town("month", text, *ARGUMENTS)
        assert result.exit_code == 2, text
        assert said in " ".join(result.stderr.split()), text
    before = town("month", "2019-01", *ARGUMENTS)
    assert before.exit_code == 1
    assert "no usable incident between the beginning and 2019-01" in before.stderr
    result = town("month", "2025-12", *ARGUMENTS, "--town-centres", "Atlantis")
    assert result.exit_code == 2
    assert "'Atlantis' is no ward and no hot spot of the register" in " ".join(result.stderr.split())
    assert not Path("months/2025-12/month.html").exists()


def test_the_window_finds_in_its_months_only(town):
    assert town("month", "2025-12", *ARGUMENTS, "--window", "12").exit_code == 0
    record = json.loads(Path("months/2025-12/hotspots/run.json").read_text(encoding="utf-8"))
    alone = town("hotspots", "--project", "ashview/geo.toml", "--since", "2025-01", "--until", "2025-12", "--out", "h")
    assert alone.exit_code == 0
    assert record["results"]["incidents"] == json.loads(Path("h/run.json").read_text())["results"]["incidents"]
    # the comparison with the year before still reads the year before
    assert (Path("months/2025-12") / "compare_year_before" / "compare.csv").exists()


def test_a_picture_that_is_asked_for_later_is_made_then(town, monkeypatch):
    monkeypatch.setenv("GEO_BROWSER_PATH", "nowhere")  # the plainer map: no browser is needed for this
    assert town("month", "2025-12", *ARGUMENTS).exit_code == 0
    made = files("months/2025-12")
    result = town("month", "2025-12", *ARGUMENTS, "--png", "--docx")
    assert result.exit_code == 0, result.stderr
    more = {name for name in files("months/2025-12") if name not in made}
    pages = ("hotspots/hotspots", "engagement/engagement", "inspector/inspector")
    assert more == {f"{page}.{kind}" for page in pages for kind in ("png", "docx")}  # a comparison has no such page
    assert "kept: compare_last_month, compare_year_before, compare_year_to_date" in result.stderr
    again = town("month", "2025-12", *ARGUMENTS, "--png", "--docx")
    assert again.exit_code == 0, again.stderr
    assert "made:" not in again.stderr
