"""geo release and geo releases: copies that may leave, and the log of what left."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
from conftest import make_wards

from layers.audit.audit import audit_file
from layers.writing.write import write_csv, write_geojson, write_geopackage

WARDS = "ward_code,ward_name,incidents,notes,victim_ref\nE05000001,Acre,{},ring Jo,V-0417\nE05000002,Barley,57,,\n"


def ward_table(first: int, name: str = "wards.csv") -> Path:
    Path(name).write_text(WARDS.format(first), encoding="utf-8")
    return Path(name)


def test_a_copy_holds_what_the_profile_lets_out(geo):
    table = ward_table(23)
    result = geo("release", table, "--profile", "public", "--out", "out")
    assert result.exit_code == 0, result.output
    assert pd.read_csv("out/wards.csv").to_dict("list") == {
        "ward_code": ["E05000001", "E05000002"], "ward_name": ["Acre", "Barley"], "incidents": [25, 55],
    }  # fmt: skip
    assert "wards.csv (CSV) may leave as public." in result.stdout
    assert "columns left out: notes, victim_ref" in result.stdout
    assert "V-0417" not in Path("out/wards.csv").read_text() + result.output
    assert "V-0417" in table.read_text()
    listed = geo("releases")
    assert listed.stdout.split()[2:] == ["public", "wards.csv"]
    assert "It tells 2 numbers (incidents) of 2 areas; hidden below 10" in geo("releases", "--explain", "1").stdout


def test_map_files_keep_their_kind_and_lose_the_fine_positions(geo):
    hot = make_wards("Acre", "Barley").translate(3.3, 4.4)
    layer = make_wards("Acre", "Barley").set_geometry(hot).assign(rank=[1, 2], name=["a", "b"], incidents=[40, 3])
    write_geojson(Path("hotspots.geojson"), layer)
    write_geopackage(Path("all.gpkg"), {"hotspots": layer, "incidents": layer.set_geometry(layer.centroid)})
    for name in ("hotspots.geojson", "all.gpkg"):
        result = geo("release", name, "--out", f"out_{name}", "--release-log", f"{name}.jsonl")
        assert result.exit_code == 0, result.output
        from geo.disclosure.profiles import PROFILES

        assert not audit_file(Path(f"out_{name}") / name, PROFILES["public"]).breaks
    assert "Left out whole: incidents" in result.stdout


def test_a_month_later_the_same_wards_tell_of_that_month(geo):
    for first, until, out in ((40, "2025-12", "a"), (45, "2026-01", "b")):
        table = pd.DataFrame({"ward_code": ["E1"], "incidents": [first], "since": "2025-01", "until": until})
        write_csv(Path("wards.csv"), table)
        result = geo("release", "wards.csv", "--out", out)
        if out == "a":
            assert result.exit_code == 0, result.output
    # the columns since and until are no part of the layer, so the periods are not known: taken for the same
    assert result.exit_code == 1
    assert "wards.csv: it may not leave as public" in result.stderr
    assert "geo release FILE... --profile public --minimum-count N" in result.stderr
    assert "Release the same areas and periods" in result.stderr
    assert not Path("b").exists()
    assert len(json.loads(geo("releases", "--json").stdout)) == 1


def test_a_release_is_withdrawn_for_a_reason(geo):
    geo("release", ward_table(40), "--out", "a")
    again = ("release", ward_table(47), "--out", "b")
    assert geo(*again).exit_code == 1
    assert "Say why it does not count" in geo("releases", "--withdraw", "1").stderr
    assert geo("releases", "--withdraw", "1", "--reason", "never sent").exit_code == 0
    assert "withdrawn: never sent" in geo("releases").stdout
    assert geo(*again).exit_code == 0


def test_what_cannot_be_copied_is_said_with_what_to_do(geo):
    Path("a.html").write_text("<html></html>")
    result = geo("release", "a.html", "--out", "out")
    assert result.exit_code == 1
    assert "Make a page again with --profile partner or public" in result.stderr
    Path("mine.csv").write_text("a,b\n1,2\n")
    assert "lets out no layer called mine" in geo("release", "mine.csv", "--out", "out").stderr
    assert not Path("out").exists()
    assert "the files themselves stand there" in geo("release", ward_table(30), "--out", ".").stderr
