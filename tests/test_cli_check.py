"""geo check: faults planted in the sample, each found with its place and its mend."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest

SAMPLE = Path(__file__).resolve().parent.parent / "data" / "ashview"


@pytest.fixture
def town(tmp_path):
    return Path(shutil.copytree(SAMPLE, tmp_path / "town"))


def change(path, old, new, *, every=False):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, -1 if every else 1), encoding="utf-8")


def findings(result, layer):
    return [one for one in json.loads(result.stdout)["findings"] if one["layer"] == layer]


def test_the_sample_can_be_used_and_is_told_in_25_lines(geo, town):
    result = geo("check", "--project", town / "geo.toml")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert len(lines) <= 27
    assert any(line.startswith("incidents: ") and "used" in line for line in lines)
    assert "0 unusable" in lines[-1]


def test_one_file_that_cannot_be_read_stops_no_other(geo, town):
    (town / "wards.geojson").write_text("<!doctype html><html></html>", encoding="utf-8")
    (town / "surveys.csv").unlink()
    result = geo("check", "--project", town / "geo.toml")
    assert result.exit_code == 1
    assert "wards: cannot be read." in result.stdout
    assert "surveys: cannot be read." in result.stdout
    assert "Unusable: wards: " in result.stdout
    assert "Unusable: surveys: " in result.stdout
    assert "incidents: incidents.csv, " in result.stdout
    assert result.stdout.splitlines()[-1].startswith("2 unusable, ")


def test_a_row_at_fault_is_named_by_file_row_and_value(geo, town):
    lines = (town / "incidents.csv").read_text(encoding="utf-8").splitlines()
    cells = lines[4].split(",")
    cells[1] = cells[2] = "some day"
    (town / "incidents.csv").write_text("\n".join([*lines[:4], ",".join(cells), *lines[5:]]) + "\n", encoding="utf-8")
    found = findings(geo("check", "--project", town / "geo.toml", "--json"), "incidents")
    (one,) = [each for each in found if each["row"] == 5]
    assert one["severity"] == "problem"
    assert one["file"] == "incidents.csv"
    assert one["what"].startswith("3 rows of ")  # two are at fault in the sample
    assert one["mend"]


def test_a_heading_that_is_not_understood_is_named_with_its_nearest(geo, town):
    change(town / "engagements.csv", "quality_score", "qualty_scor")
    found = findings(geo("check", "--project", town / "geo.toml", "--json"), "engagements")
    (one,) = [each for each in found if each["column"] == "qualty_scor"]
    assert (
        one["mend"]
        == 'If it means quality_score, write under [columns.engagements] in geo.toml: quality_score = "qualty_scor".'
    )
    assert one["row"] == 1


def test_a_name_that_no_list_knows_is_named_with_its_nearest(geo, town):
    header, first, *rest = (town / "engagements.csv").read_text(encoding="utf-8").splitlines()
    cells = dict(zip(header.split(","), first.split(","), strict=True)) | {"communities": "Afrcan"}
    (town / "engagements.csv").write_text("\n".join([header, ",".join(cells.values()), *rest]) + "\n", encoding="utf-8")
    found = findings(geo("check", "--project", town / "geo.toml", "--json"), "engagements")
    (one,) = [each for each in found if each["value"] == "Afrcan"]
    assert "(nearest: African)" in one["what"]
    assert '"Afrcan" = "African"' in one["mend"]


def test_a_log_four_years_and_a_day_too_early_is_known_by_the_incidents(geo, town):
    log = town / "engagements.csv"
    header, *rows = log.read_text(encoding="utf-8").splitlines()
    cells = [row.split(",", 2) for row in rows]
    early = [(dt.date.fromisoformat(one[1]) - dt.timedelta(days=1462)).isoformat() for one in cells]
    log.write_text(
        "\n".join([header, *(f"{a[0]},{day},{a[2]}" for a, day in zip(cells, early, strict=True))]) + "\n",
        encoding="utf-8",
    )
    (one,) = [one for one in findings(geo("check", "--project", town / "geo.toml", "--json"), "engagements")
              if "no month is in both" in one["what"]]  # fmt: skip
    assert "Four years and a day later the log would fit" in one["mend"]


def test_periods_that_do_not_meet_and_incidents_outside(geo, town):
    log = town / "engagements.csv"
    header, *rows = log.read_text(encoding="utf-8").splitlines()
    log.write_text(
        "\n".join([header, *(f"{row.split(',')[0]},2019-05-01,{row.split(',', 2)[2]}" for row in rows)]) + "\n"
    )
    every = json.loads(geo("check", "--project", town / "geo.toml", "--json").stdout)["findings"]
    whats = {one["what"] for one in every if one["layer"] == "engagements"}
    assert not any("Four years" in one["mend"] for one in every)  # six years and more
    assert "The log runs from 2019-05 to 2019-05, the incidents from 2024-01 to 2025-12: no month is in both." in whats
    (outside,) = [one for one in every if "outside the study area" in one["what"]]
    told = [int(word.replace(",", "")) for word in outside["what"].split() if word.replace(",", "").isdigit()]
    assert told[0] < told[1]
    order = [("unusable", "problem", "look at", "note").index(one["severity"]) for one in every]
    assert order == sorted(order)


def test_codes_of_another_year_are_refused_with_the_ward_file_named(geo, town):
    change(town / "communities.csv", "E05999", "E05111", every=True)
    result = geo("check", "--project", town / "geo.toml")
    assert result.exit_code == 1
    assert "Unusable: communities: " in result.stdout


def test_nothing_named_is_said(geo):
    result = geo("check")
    assert result.exit_code == 1
    assert result.stderr.startswith("There is nothing to check: no layer is named.\n")
