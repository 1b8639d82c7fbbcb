"""geo workshop collect: many exports become one layer, and geo hotspots sets it beside what was reported."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pytest

FILES = {"workshop_notes.geojson", "workshop_notes.gpkg", "workshop_set_aside.csv", "workshop_run.json"}
LON, LAT = 1.0955, 54.1871  # by the park gate of Ashview


def note(number: int, **properties) -> dict:
    given = {"id": f"{number:08d}-0000-4000-8000-000000000000", "created": "2025-11-20T18:00:00.000Z", "kind": "point",
             "feeling": "safe", "note": f"note {number}", "map": "ashview-workshop"}  # fmt: skip
    lon = properties.pop("lon", LON)
    return {
        "type": "Feature",
        "properties": given | properties,
        "geometry": {"type": "Point", "coordinates": [lon, LAT]},
    }


def write(path: Path, *features: dict) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


@pytest.fixture
def town(geo):
    """The sample project in ./town."""
    from data.make_ashview import sample_texts

    folder = Path("town")
    folder.mkdir()
    for name, text in sample_texts().items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def collect(geo, town, *files, **options):
    more = [part for name, value in options.items() for part in (f"--{name}", *([] if value is True else [value]))]
    return geo("workshop", "collect", *files, "--project", town / "geo.toml", "--out", "out", *more)


def test_files_become_one_layer_each_note_once(geo, town):
    one = write(Path("one.geojson"), note(1), note(2, feeling="unsafe", note='<img src=x onerror="x()"> =1+1 {{7*7}}'))
    later = note(2, feeling="unsafe", note="later", created="2025-11-21T18:00:00Z")
    two = write(Path("two.geojson"), later, note(3, lon=9.0))
    result = collect(geo, town, two, one)
    assert result.exit_code == 0, result.stderr
    assert {path.name for path in Path("out").iterdir()} == FILES
    layer = gpd.read_file("out/workshop_notes.geojson")
    assert layer["note"].tolist() == ["note 1", "later"]
    assert layer.crs == "EPSG:4326"
    assert result.stdout == "2 notes from 2 exports in Ashview: 1 unsafe, 1 safe, 0 ideas (2 points).\n"
    aside = Path("out/workshop_set_aside.csv").read_text("utf-8")
    assert "outside the study area" in aside
    assert "a version of a note with an earlier time" in aside
    record = json.loads(Path("out/workshop_run.json").read_text("utf-8"))
    assert record["results"]["notes"] == 2
    assert "note 1" not in json.dumps(record), "the record of a run repeats no note"


def test_markup_is_text(geo, town):
    nasty = '<img src=x onerror="window.__xss=1"></script>{{7*7}} =1+1'
    write(Path("one.geojson"), note(1, note=nasty))
    assert collect(geo, town, "one.geojson").exit_code == 0
    assert gpd.read_file("out/workshop_notes.geojson")["note"].tolist() == [nasty]
    assert gpd.read_file("out/workshop_notes.gpkg", layer="points")["note"].tolist() == [nasty]


def test_the_order_of_files_changes_nothing(geo, town):
    write(Path("one.geojson"), note(1), note(2))
    write(Path("two.geojson"), note(3), note(1))
    assert collect(geo, town, "one.geojson", "two.geojson").exit_code == 0
    before = Path("out/workshop_notes.geojson").read_bytes()
    assert collect(geo, town, "two.geojson", "one.geojson", overwrite=True).exit_code == 0
    assert Path("out/workshop_notes.geojson").read_bytes() == before


def test_a_folder_is_all_its_files_and_json_is_for_programs(geo, town):
    Path("in").mkdir()
    write(Path("in/one.geojson"), note(1))
    write(Path("in/two.geojson"), note(2, feeling="idea"))
    result = collect(geo, town, "in", json=True)
    told = json.loads(result.stdout)
    assert (told["notes"], told["exports"]) == (2, 2)
    assert told["feelings"] == {"unsafe": 0, "safe": 1, "idea": 1}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("<html><body>the map</body></html>", "web page"),
        ('{"type": "Feature"}', "not a collection of notes"),
        ("{", "not valid JSON"),
        (" " * (2 * 2**20 + 1), "MB"),
        (json.dumps({"type": "FeatureCollection", "features": [note(i) for i in range(501)]}), "501 features"),
        (json.dumps({"type": "FeatureCollection", "features": [note(1, lon=9.0)]}), "outside the study area"),
    ],
)
def test_what_is_no_export_is_named_and_nothing_is_written(geo, town, content, problem):
    Path("bad.geojson").write_text(content, encoding="utf-8")
    result = collect(geo, town, "bad.geojson")
    assert result.exit_code == 1
    assert problem in result.stderr
    assert not Path("out").exists()


def test_nothing_is_written_over_unless_told(geo, town):
    write(Path("one.geojson"), note(1))
    assert collect(geo, town, "one.geojson").exit_code == 0
    again = collect(geo, town, "one.geojson")
    assert again.exit_code == 1
    assert "--overwrite" in again.stderr
    assert collect(geo, town, "one.geojson", overwrite=True).exit_code == 0


def test_a_collected_layer_can_be_collected_again(geo, town):
    assert collect(geo, town, town / "workshop_notes.geojson").exit_code == 0
    first = gpd.read_file("out/workshop_notes.geojson")
    result = geo(
        "workshop", "collect", "out/workshop_notes.geojson", "--project", town / "geo.toml", "--out", "again", "--quiet"
    )
    assert result.exit_code == 0, result.stderr
    assert len(first) == 24
    assert gpd.read_file("again/workshop_notes.geojson")["id"].tolist() == first["id"].tolist()


def test_hot_spots_are_set_beside_what_is_felt(geo, town):
    result = geo("hotspots", "--project", town / "geo.toml", "--out", "hot", "--runs", "19", "--verbose")
    assert result.exit_code == 0, result.stderr
    assert "Workshop: 24 notes from 1 export, 11 of them unsafe" in result.stderr
    assert "Felt unsafe, few reports" in result.stderr
    assert "Larkfield" in next(line for line in result.stderr.splitlines() if "Felt unsafe, few reports" in line)
    record = json.loads(Path("hot/run.json").read_text("utf-8"))
    felt = record["results"]["felt_unsafe"]
    assert felt["notes"] == {"unsafe": 11, "safe": 6, "idea": 7}
    page = Path("hot/hotspots.html").read_text("utf-8")
    assert "Felt unsafe and reported" in page
    for words in ("My daughter will not go", "Needles and broken glass"):
        assert words not in page
