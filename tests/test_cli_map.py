"""The command line of geo map: one page a reader, let out by its profile, audited before it leaves."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from geo.disclosure.profiles import profile_named
from geo.errors import GeoError
from layers.audit.audit import audit_file
from layers.writing.commit import Kept
from layers.writing.release_log import entries_of
from study.release import remember, rules_of

MAP = ("map", "--project", "ashview/geo.toml", "--quiet")


@pytest.fixture
def town(geo, finished_demo):
    shutil.copytree(finished_demo, "ashview")
    project = Path("ashview/geo.toml")
    project.write_text(project.read_text(encoding="utf-8").replace("[hotspots]\n", "[hotspots]\nruns = 59\n"))
    return geo


def breaches(path: str, profile: str) -> list[str]:
    audit = audit_file(Path(path), profile_named(profile))
    return [f"{finding.place}: {finding.what}" for finding in audit.findings if finding.severity == "breaks"]


def test_each_reader_gets_a_page_that_its_profile_allows(town):
    for audience, profile in (("analyst", "internal"), ("inspector", "internal"), ("workshop", "public")):
        result = town(*MAP, "--audience", audience, "--out", "pages")
        assert result.exit_code == 0, result.stderr
        assert breaches(f"pages/{audience}.html", profile) == []
        record = json.loads(Path(f"pages/{audience}_run.json").read_text(encoding="utf-8"))
        assert record["results"]["profile"] == profile
    assert breaches("pages/analyst.html", "public")  # the same audit is not blind


def test_a_partner_gets_rounded_counts_no_trend_and_no_gap(town):
    result = town(*MAP, "--audience", "inspector", "--profile", "partner", "--out", "pages")
    assert result.exit_code == 0, result.stderr
    assert breaches("pages/inspector.html", "partner") == []
    text = Path("pages/inspector.html").read_text(encoding="utf-8")
    assert "About 375 reports" in text  # 376
    assert "376 of" not in text
    assert "in the last 3 months" not in text
    assert "Roma residents" not in text


PLANTED = {
    "incidents.csv": ("victim_ref", "V-SECRET-77"),
    "focal_points.csv": ("spoc", "PC Planted Name"),
    "engagements.csv": ("notes", "Planted note about a family"),
}


@pytest.fixture
def planted(town):
    """The sample with secrets: a victim, a contact person, a note, one cell of 3 reports at an exact position."""
    for name, (column, secret) in PLANTED.items():
        table = pd.read_csv(f"ashview/{name}", dtype=str, keep_default_na=False)
        table.loc[table.index[:40], column] = secret
        table.to_csv(f"ashview/{name}", index=False)
    return town


def test_a_public_page_holds_none_of_the_secrets_and_the_audit_finds_them_in_the_internal_one(planted):
    assert planted(*MAP, "--audience", "workshop", "--out", "pages").exit_code == 0
    assert breaches("pages/workshop.html", "public") == []
    page = Path("pages/workshop.html").read_bytes()
    for _, secret in PLANTED.values():
        assert secret.encode() not in page
    assert planted(*MAP, "--audience", "analyst", "--out", "pages").exit_code == 0
    found = breaches("pages/analyst.html", "public")
    assert any("position" in finding for finding in found)
    assert any("small" in finding or "below" in finding for finding in found)
    with_names = planted(*MAP, "--audience", "inspector", "--contacts", "--out", "named")
    assert with_names.exit_code == 0, with_names.stderr
    assert "PC Planted Name" in Path("named/inspector.html").read_text(encoding="utf-8")
    assert breaches("named/inspector.html", "public")
    without = planted(*MAP, "--audience", "inspector", "--out", "plain")
    assert without.exit_code == 0
    assert "PC Planted Name" not in Path("plain/inspector.html").read_text(encoding="utf-8")


def test_a_page_that_would_disclose_too_much_is_not_written(town, monkeypatch, finished_demo):
    page = finished_demo / "results" / "hotspots.html"
    log = Kept(Path("releases.jsonl"), None)
    with pytest.raises(
        GeoError, match=r"hotspots.html: it may not leave as public .* Nothing was written.*\n.*--profile"
    ):
        remember(log, {page: page}, rules_of("public"))
    assert log.new is None
    remember(log, {page: page}, rules_of("internal"))
    assert [one.file for one in entries_of(log.path, log.new)] == ["hotspots.html"]

    def leak(the_map, path):
        Path(path).write_bytes(page.read_bytes())

    monkeypatch.setattr("maps.figure.save_page", leak)
    result = town(*MAP, "--audience", "workshop", "--out", "leaky", "--release-log", "releases.jsonl")
    assert result.exit_code == 1
    assert "Nothing was written." in result.stderr
    assert not Path("leaky").exists()
    assert not Path("releases.jsonl").exists()


def test_a_draft_is_refused_for_the_public_until_somebody_has_read_it(town):
    urdu = (*MAP, "--audience", "workshop", "--language", "ur", "--by", "wards")
    result = town(*urdu, "--profile", "public", "--out", "one")
    assert result.exit_code != 0
    assert "read-by" in result.stderr
    project = Path("ashview/geo.toml")
    text = project.read_text(encoding="utf-8")
    project.write_text(text.replace("[map]\n", '[map]\nread-by = "Z. Ahmed"\n'), encoding="utf-8")
    assert town(*urdu, "--profile", "public", "--out", "one").exit_code == 0
    page = Path("one/workshop.html").read_text(encoding="utf-8")
    assert '<html lang="ur" dir="rtl">' in page
    assert "nobody who speaks the language" not in page


def test_the_workshop_page_speaks_welsh(town):
    result = town(*MAP, "--audience", "workshop", "--language", "cy", "--out", "cymraeg")
    assert result.exit_code == 0, result.stderr
    assert '<html lang="cy' in Path("cymraeg/workshop.html").read_text(encoding="utf-8")


def test_a_release_is_recorded_and_the_next_one_compared(town):
    log = ("--release-log", "releases.jsonl")
    assert town(*MAP, "--audience", "workshop", "--out", "first", *log).exit_code == 0
    assert len(Path("releases.jsonl").read_text(encoding="utf-8").splitlines()) == 1
    assert town(*MAP, "--audience", "workshop", "--out", "second", *log).exit_code == 0
    first, second = (json.loads(line) for line in Path("releases.jsonl").read_text(encoding="utf-8").splitlines())
    assert first["totals"] == second["totals"]
    assert first["profile"] == "public"
    assert first["filters"]["since"] == "2024-01"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--audience", "analyst", "--profile", "public"), "holds single incidents"),
        (("--audience", "workshop", "--profile", "internal"), "handed out"),
        (("--audience", "workshop", "--tiles", "https://tiles.example.org/{z}/{x}/{y}.png"), "without a network"),
        (("--audience", "everybody"), "everybody"),
    ],
)
def test_a_page_that_its_reader_may_not_have_is_a_wrong_use(town, words, said):
    result = town(*MAP, *words, "--out", "wrong")
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert not Path("wrong").exists()


def test_pictures_come_from_a_browser_or_are_drawn_without_one(town, monkeypatch, tmp_path):
    monkeypatch.setenv("GEO_BROWSER_PATH", str(tmp_path / "nowhere"))
    result = town("map", "--project", "ashview/geo.toml", "--audience", "workshop", "--png", "--pdf", "--out", "still")
    assert result.exit_code == 0, result.stderr
    assert Path("still/workshop.png").read_bytes().startswith(b"\x89PNG")
    assert Path("still/workshop.pdf").read_bytes().startswith(b"%PDF-")
    assert "no browser was found" in result.stderr


@pytest.mark.parametrize(
    ("words", "stem"),
    [(("hotspots",), "hotspots"), (("engagement",), "engagement"), (("patrol", "plan", "--seconds", 1), "plan")],
)
def test_every_command_that_makes_a_page_takes_its_picture(town, monkeypatch, tmp_path, words, stem):
    monkeypatch.setenv("GEO_BROWSER_PATH", str(tmp_path / "nowhere"))
    result = town(*words, "--project", "ashview/geo.toml", "--quiet", "--png", "--pdf", "--out", "shots")
    assert result.exit_code == 0, result.stderr
    assert Path(f"shots/{stem}.png").read_bytes().startswith(b"\x89PNG")
    assert Path(f"shots/{stem}.pdf").read_bytes().startswith(b"%PDF-")
    record = next(Path("shots").glob("*run.json"))
    assert f"{stem}.png" in json.loads(record.read_text(encoding="utf-8"))["outputs"]


def test_a_base_map_is_packed_into_the_page(town):
    """The project's streets where nothing else is named; neither where the project has none."""
    plain = town(*MAP, "--audience", "inspector", "--out", "bare")
    assert plain.exit_code == 0, plain.stderr
    packed = Path("streets.geojson.gz")
    packed.write_bytes(gzip.compress(Path("ashview/streets.geojson").read_bytes()))
    result = town(*MAP, "--audience", "inspector", "--base-map", packed, "--out", "streets")
    assert result.exit_code == 0, result.stderr
    assert 'id="geo-base-map"' in Path("streets/inspector.html").read_text(encoding="utf-8")
    assert 'id="geo-base-map"' in Path("bare/inspector.html").read_text(encoding="utf-8")
    toml = Path("ashview/geo.toml")
    text = re.sub(r"(?m)^streets = .*\n", "", toml.read_text(encoding="utf-8"))
    toml.write_text(text, encoding="utf-8")
    assert town(*MAP, "--audience", "inspector", "--out", "none").exit_code == 0
    found = town("hotspots", "--project", toml, "--base-map", packed, "--out", "spots", "--runs", "99")
    assert found.exit_code == 0, found.stderr
    assert 'id="geo-base-map"' in Path("spots/hotspots.html").read_text(encoding="utf-8")
    assert 'id="geo-base-map"' not in Path("none/inspector.html").read_text(encoding="utf-8")
