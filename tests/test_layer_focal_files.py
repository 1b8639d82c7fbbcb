"""Several lists of focal points, each with what its places are and its own headings."""

from __future__ import annotations

import pandas as pd
import pytest
from conftest import SOUTH, WEST, make_wards

from geo.errors import GeoError
from layers.focal_points import FocalFile, focal_file, read_focal_points
from study import open as open_study


@pytest.fixture
def lists(tmp_path):
    """A team's list, GIAS schools (one closed, one proposed), and halls whose headings nothing would know."""
    pd.DataFrame(
        {
            "focal_point_id": ["1", "2"],
            "name": ["St Mary's Church", "Mill Hall"],
            "kind": ["church", "hall"],
            "easting": [WEST + 100, WEST + 300],
            "northing": SOUTH + 100,
            "spoc": ["PC 1", "PC 2"],
        }
    ).to_csv(tmp_path / "own.csv", index=False)
    pd.DataFrame(
        {
            "URN": ["100", "101", "102", "103"],
            "EstablishmentName": ["Acre Primary", "Old School", "New School", "Barley High"],
            "EstablishmentStatus (name)": ["Open", "Closed", "Proposed to open", "Open, but proposed to close"],
            "PhaseOfEducation (name)": ["Primary", "Primary", "Primary", "Secondary"],
            "Easting": [WEST + 500, WEST + 510, WEST + 520, WEST + 1500],
            "Northing": SOUTH + 500,
        }
    ).to_csv(tmp_path / "edubase.csv", index=False, encoding="cp1252")
    pd.DataFrame(
        {
            "No": ["1", "3"],
            "Hall": ["The Mill Hall", "Barley Barn"],
            "type": ["Grade II", "brick"],
            "E": [WEST + 310, WEST + 1600],
            "N": SOUTH + 110,
        }
    ).to_csv(tmp_path / "halls.csv", index=False)
    return tmp_path


HALLS = {"focal_point_id": "No", "name": "Hall", "easting": "E", "northing": "N"}


def test_files_are_read_together_each_in_its_own_way(lists):
    halls = FocalFile(str(lists / "halls.csv"), "community centre", HALLS)
    places, report = read_focal_points([lists / "own.csv", lists / "edubase.csv", halls])
    assert report.read == 8 == report.used + sum(part.count for part in report.set_aside)
    assert {part.reason: part.count for part in report.set_aside} == {"a school that is closed, or not open yet": 2}
    kinds = places.set_index("name")["kind"].to_dict()
    assert kinds["Acre Primary"] == kinds["Barley High"] == "school"
    assert kinds["The Mill Hall"] == kinds["Barley Barn"] == "community_centre"
    assert kinds["St Mary's Church"] == "place_of_worship"
    assert "halls.csv: every place is read as community centre, as given." in report.choices
    assert not any("other" in line for line in report.choices if "halls" in line)
    assert places["focal_point_id"].is_unique


def test_an_id_of_two_files_is_two_places(lists):
    halls = FocalFile(str(lists / "halls.csv"), "community_centre", HALLS)
    places, report = read_focal_points([lists / "own.csv", halls])
    assert set(places["focal_point_id"]) == {"1", "2", "halls:1", "3"}
    (clash, double) = report.warnings
    assert "1 id that another file gives to another place (first: 1); here read as halls:1" in clash
    assert double.startswith("1 place in both own.csv and halls.csv (The Mill Hall)") or "Mill Hall" in double


def test_the_same_place_in_two_files_counts_once(lists):
    places, report = read_focal_points([lists / "own.csv", lists / "own.csv"])
    assert len(places) == 2
    (aside,) = report.set_aside
    assert (aside.reason, aside.count, aside.rows[0].row) == ("the same focal point in a file before", 2, 2)


def test_one_file_is_read_as_before(lists):
    alone, _ = read_focal_points(lists / "own.csv")
    listed, _ = read_focal_points([lists / "own.csv"])
    pd.testing.assert_frame_equal(pd.DataFrame(alone), pd.DataFrame(listed))
    assert list(alone["spoc"]) == ["PC 1", "PC 2"]


def test_what_one_file_lacks_is_none_for_its_places(lists):
    places, _ = read_focal_points([lists / "own.csv", f"school={lists / 'edubase.csv'}"])
    spoc = places.set_index("name")["spoc"]
    assert spoc["Acre Primary"] is None
    assert spoc["Mill Hall"] == "PC 2"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("school=a b/schools.csv", FocalFile("a b/schools.csv", "school")),
        ("Place of worship=osm.geojson", FocalFile("osm.geojson", "place_of_worship")),
        ("schools.csv", FocalFile("schools.csv")),
        ("lists/a=b.csv", FocalFile("lists/a=b.csv")),
        ("postgresql://h/db?sslmode=require::places", FocalFile("postgresql://h/db?sslmode=require::places")),
    ],
)
def test_how_a_kind_is_spelt(text, found):
    assert focal_file(text) == found


def test_a_kind_that_is_none_is_refused_with_the_nearest():
    with pytest.raises(GeoError, match="'shool' is no kind of focal point") as error:
        focal_file("shool=schools.csv")
    assert (error.value.hint or "").startswith("Did you mean school? Kinds: business, care_home")


def test_a_file_whose_name_has_such_a_sign_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "week=1.csv").touch()
    assert focal_file("week=1.csv") == FocalFile("week=1.csv")


PROJECT = """
[layers]
wards = "wards.gpkg"

[[focal_points]]
file = "own.csv"

[[focal_points]]
file = "halls.csv"
kind = "community_centre"
columns = { focal_point_id = "No", name = "Hall", easting = "E", northing = "N" }

[[focal_points]]
file = "edubase.csv"
kind = "school"
"""


def test_geo_toml_lists_them_and_every_command_reads_them(lists, geo):
    make_wards("Acre", "Barley").to_file(lists / "wards.gpkg")
    (lists / "geo.toml").write_text(PROJECT)
    places = open_study(lists).layer("focal_points")
    assert len(places) == 6
    assert (places["kind"] == "school").sum() == 2
    done = geo("check", "--project", lists, "--json")
    assert '"rows_used": 6' in done.stdout
    (lists / "log.csv").write_text("date,activity,objective,focal_point_id\n2025-01-02,drop_in,reassure,Barley Barn\n")
    done = geo(
        *("log", "--project", lists, "--log", lists / "log.csv", "--activity", "drop_in", "--objective", "reassure"),
        *("--date", "2025-01-03", "--focal-point", "Acre Primary", "--dry-run"),
    )
    assert done.exit_code == 0, done.output
    typed = geo(
        *("check", "--wards", lists / "wards.gpkg", "--json"),
        *("--focal-points", f"school={lists / 'edubase.csv'}", "--focal-points", lists / "own.csv"),
    )
    assert '"rows_used": 4' in typed.stdout


MISTAKES = {
    "a key": (
        PROJECT.replace('kind = "school"', 'knd = "school"'),
        "'knd' among the keys of [[focal_points]]",
        "kind?",
    ),
    "no file": (PROJECT.replace('file = "own.csv"', ""), "a [[focal_points]] without a file", "schools.csv"),
    "a kind": (PROJECT.replace('"school"', '"shcool"'), "'shcool' is no kind of focal point", "Did you mean school?"),
    "one bracket": ('[focal_points]\nfile = "own.csv"', "[focal_points] is not a list", "two brackets"),
    "twice": (
        PROJECT.replace("wards =", 'focal_points = "own.csv"\nwards ='),
        "stand under [layers] and as",
        "Keep one",
    ),
    "a heading": (PROJECT.replace('"Hall"', '"Halle"'), "name = 'Halle', but the file has no such header", "Found: No"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_the_list_is_named(lists, geo, name):
    make_wards("Acre", "Barley").to_file(lists / "wards.gpkg")
    text, problem, hint = MISTAKES[name]
    (lists / "geo.toml").write_text(text)
    done = geo("check", "--project", lists)
    told = " ".join((done.stdout + done.stderr).split())
    assert done.exit_code == 1
    assert problem in told
    assert hint in told


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Organisation Name", "Organisation Type"),
        ("charity_name", "charity_type"),
        ("Name of venue", "Type of venue"),
        ("BusinessName", "BusinessType"),
        ("Place", "Category"),
        ("Club name", "Facility type"),
    ],
)
def test_lists_of_places_name_them_by_what_they_are(tmp_path, name, kind):
    (tmp_path / "places.csv").write_text(f"{name},{kind},Easting,Northing\nMill Hall,Village hall,{WEST},{SOUTH}\n")
    places, report = read_focal_points(tmp_path / "places.csv")
    assert places[["name", "kind"]].values.tolist() == [["Mill Hall", "community_centre"]]
    assert report.unread == {}
