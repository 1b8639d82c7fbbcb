"""Layers from a real PostGIS: the files' result, a password that stays where it is, every failure in one line."""

from __future__ import annotations

import json
import re

import geopandas as gpd
import pandas as pd
import postgres
import pytest
import shapely
from conftest import make_wards
from pandas.testing import assert_frame_equal
from test_layer_databases import SOUTH, WEST, incidents_table

from geo.errors import GeoError
from layers.incidents import read_incidents
from layers.wards import read_wards

ROWS = 1_000_000


@pytest.fixture(scope="session")
def town(postgis: postgres.Server) -> postgres.Server:
    """Wards and incidents as tables, beside tables that the reader may not have."""
    wards = [
        f"('{one.ward_code}', '{one.ward_name}', ST_SetSRID(ST_GeomFromText('{one.geometry.wkt}'), 27700))"
        for one in make_wards("Acre", "Barley").itertuples()
    ]
    rows = [
        f"('{one}', '{when}', '{kind}', ST_SetSRID(ST_Point({east}, {north}), 27700), '{phone}')"
        for one, when, kind, east, north, phone in incidents_table().itertuples(index=False, name=None)
    ]
    postgis.run(
        "CREATE TABLE wards (ward_code text, ward_name text, geom geometry(Polygon, 27700))",
        f"INSERT INTO wards VALUES {', '.join(wards)}",
        'CREATE TABLE incidents ("Incident No" text, "Date" timestamp, "Crime type" text, place geometry, phone text)',
        f"INSERT INTO incidents VALUES {', '.join(rows)}",
        "CREATE TABLE empty (LIKE incidents)",
        "CREATE TABLE closed (LIKE incidents)",
        "CREATE SCHEMA hidden",
        "CREATE TABLE hidden.incidents_2 (LIKE incidents)",
        "CREATE VIEW looks AS SELECT * FROM incidents",
        "GRANT SELECT ON wards, incidents, empty, looks, hidden.incidents_2 TO geo_reader",
    )
    return postgis


@pytest.fixture(scope="session")
def million(town: postgres.Server) -> postgres.Server:
    """A million incidents on a grid of 5 m, nine in ten of them burglaries; a tenth lie at three places."""
    town.run(
        "SELECT setseed(0.25)",
        f"""CREATE TABLE million AS SELECT i AS incident_id,
            date '2025-01-01' + (random() * 180)::int + time '09:30' AS occurred,
            CASE WHEN i % 10 = 0 THEN 'Anti-social behaviour' ELSE 'Burglary' END AS crime_type,
            'Street ' || (random() * 300)::int AS location,
            ST_SetSRID(CASE WHEN random() < 0.1
                THEN ST_Point({WEST} + 300 + 500 * (i / 10 % 3), {SOUTH} + 500 + 5 * (i / 30 % 4))
                ELSE ST_Point({WEST} + 5 * (random() * 400)::int, {SOUTH} + 5 * (random() * 200)::int)
                END, 27700) AS geom,
            'a person ' || i AS caller
            FROM generate_series(1, {ROWS}) AS i""",
        "GRANT SELECT ON million TO geo_reader",
    )
    return town


def test_a_million_incidents_and_wards_give_the_result_of_the_same_files(million, tmp_path, geo):
    import psycopg

    csv = tmp_path / "million.csv"
    sql = (
        "SELECT incident_id, occurred, crime_type, location, ST_X(geom) AS easting, ST_Y(geom) AS northing, caller "
        "FROM million ORDER BY md5(incident_id::text)"
    )
    with (
        psycopg.connect(million.admin) as open_,
        open_.cursor() as cursor,
        csv.open("wb") as file,
        cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv, HEADER)") as copy,
    ):
        file.writelines(copy)
    make_wards("Acre", "Barley").drop(columns=["district_code", "district_name"]).to_file(tmp_path / "wards.gpkg")
    settings = ("--null", "none", "--eps", "20", "--min-incidents", "2000", "--quiet", "--out")
    for out, incidents, wards in (
        ("files", csv, tmp_path / "wards.gpkg"),
        ("tables", million.url("million"), million.url("wards")),
    ):
        done = geo("hotspots", "--incidents", incidents, "--wards", wards, *settings, tmp_path / out)
        assert done.exit_code == 0, done.output
    table = pd.read_csv(tmp_path / "files" / "hotspots.csv")
    assert len(table) == 3
    assert table["incidents"].sum() > 9_000
    for name in ("hotspots.csv", "hotspots.geojson", "set_aside.csv"):
        assert (tmp_path / "files" / name).read_bytes() == (tmp_path / "tables" / name).read_bytes()
    read = ["incidents"]
    both = [gpd.read_file(tmp_path / out / "hotspots.gpkg", layer=read[0]) for out in ("files", "tables")]
    assert_frame_equal(*(pd.DataFrame(one.drop(columns="geometry")) for one in both))
    record = json.loads((tmp_path / "tables" / "run.json").read_text())
    assert record["inputs"]["incidents"]["rows_read"] == ROWS
    assert record["inputs"]["incidents"]["rows_used"] == ROWS // 10


def test_a_password_is_in_no_file_and_no_message(town, tmp_path, geo):
    (tmp_path / "geo.toml").write_text(
        f'[layers]\nwards = "{town.url("wards")}"\nincidents = "{town.url("incidents")}"\n'
    )
    plain = ("--null", "none", "--eps", "50", "--min-incidents", "3")
    runs = [
        ("hotspots", "--incidents", town.url("incidents"), "--wards", town.url("wards"), *plain, "--verbose"),
        ("hotspots", "--project", tmp_path, "--json", *plain),
        ("map", "--project", tmp_path, "--audience", "analyst"),
        ("check", "--project", tmp_path),
        ("check", "--project", tmp_path, "--json"),
        ("check", "--wards", town.url("nothing"), "--incidents", town.url("closed")),
        ("hotspots", "--incidents", town.url("nothing"), "--wards", town.url("wards")),
        ("hotspots", "--incidents", town.url("incidents", user="nobody"), "--wards", town.url("wards")),
        (
            "log",
            "--log",
            town.url("incidents"),
            "--activity",
            "walkabout",
            "--date",
            "2025-01-02",
            "--objective",
            "reassure",
            "--ward",
            "E05990000",
        ),
    ]
    outputs = []
    for i, run in enumerate(runs):
        out = ("--out", tmp_path / f"out{i}") if run[0] in ("hotspots", "map") else ()
        done = geo(*run, *out)
        outputs.append(done.exit_code)
        told = done.output + done.stderr
        assert not _secret(told), run
    assert outputs == [0, 0, 0, 0, 0, 1, 1, 1, 1]
    written = [one for one in tmp_path.rglob("*") if one.is_file() and one.name != "geo.toml"]
    assert len(written) > 8
    for one in written:
        assert not _secret(one.read_bytes().decode("latin-1")), one


def _secret(text: str) -> bool:
    return "sesame" in text or "open%20" in text


def test_a_password_comes_from_the_surroundings_too(town, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", postgres.PASSWORD)
    assert len(read_wards(town.url("wards", password=None))[0]) == 2


def test_geometry_comes_with_its_system(town):
    wards, _ = read_wards(town.url("wards"))
    assert wards.crs == "EPSG:27700"
    degrees, _ = read_wards(town.url("select ward_code, ST_Transform(geom, 4326) as geom from wards"))
    assert wards.geometry.hausdorff_distance(degrees.geometry).max() < 0.01
    places, report = read_incidents(town.url("incidents"))
    assert len(places) == 200
    assert report.files[0].path == f"postgresql://geo_reader@127.0.0.1:{town.port}/town::incidents"
    assert len(read_incidents(town.url("looks"))[0]) == 200
    both = "select *, ST_Transform(place, 4326)::geography as geog from incidents"
    again, report = read_incidents(town.url(both))
    assert again.geometry.distance(places.geometry).max() < 0.01
    assert "town::query: shapes from column geog; not read: place." in report.choices


def test_types_become_text_as_people_write_them(town):
    query = (
        "select 7 as incident_id, 'ASB' as crime_type, timestamptz '2025-07-01 12:00:00.25+00' as occurred, "
        "true as personal, "
        f"{WEST + 10.5}::float8 as easting, {SOUTH}::numeric(9,2) as northing, array['a','b'] as location"
    )
    (row,) = read_incidents(town.url(query))[0].itertuples()
    assert (row.incident_id, str(row.occurred_from), row.personal) == ("7", "2025-07-01 13:00:00", "yes")
    assert (row.location_text, row.geometry) == ("a;b", shapely.Point(WEST + 10.5, SOUTH))


REFUSED = {
    "wrong host": ("postgresql://geo_reader@127.0.0.1:1/town::wards", "does not answer", "Check host and port"),
    "unknown host": ("postgresql://geo_reader@nowhere.invalid/town::wards", "does not answer", "nowhere.invalid"),
    "wrong password": ("{wrong}", "refuses geo_reader", "PGPASSWORD"),
    "no password": ("{none}", "refuses geo_reader", "PGPASSWORD"),
    "no database": ("{other}", 'database "village" does not exist', "name of the database"),
    "no table": ("{url}::wrads", "no table or view", "Did you mean wards?"),
    "no permission": ("{url}::closed", "geo_reader may not read this table", "GRANT SELECT ON closed TO geo_reader"),
    "no permission for the schema": ("{url}::hidden.incidents_2", "geo_reader may not read this table", "GRANT"),
    "no permission in a query": ("{url}::select * from closed", "not allowed", "GRANT"),
    "no name": ("{url}", "several tables", "Say which, as postgresql://geo_reader@"),
    "empty": ("{url}::empty", "it holds no rows", ""),
    "injection": ('{url}::wards"; DROP TABLE wards; --', "no table or view", ""),
    "injection with a quote": ("{url}::wards' OR 1=1 --", "no table or view", ""),
    "deletes": ("{url}::delete from wards", "no table or view", "A query begins with select"),
    "deletes within": ("{url}::with a as (delete from wards returning *) select * from a", "query", ""),
    "two statements": ("{url}::select * from wards; delete from wards", "query", ""),
    "closes the bracket": ("{url}::select 1) as a) to stdout; delete from wards; select ((1", "query", ""),
    "writes by a function": ("{url}::select nextval('numbers') as month, 1 as lon, 2 as lat", "query", ""),
    "takes it back": (
        "{url}::select set_config('transaction_read_only', 'off', false) as month, 1 as lon, 2 as lat",
        "query",
        "",
    ),
    "opens a file": ("{url}::select pg_read_file('/etc/passwd') as month, 1 as lon, 2 as lat", "not allowed", ""),
    "a superuser's query": ("{mighty}::select pg_read_file('/etc/passwd') as month", "no query or view is run", ""),
    "a superuser's view": ("{mighty}::looks", "no query or view is run", "geo_reader"),
    "another setting": ("{url}?options=-csearch_path=hidden::wards", "options is no setting", ""),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_one_message(town, geo, wards_file, name):
    town.run("CREATE SEQUENCE IF NOT EXISTS numbers", "GRANT ALL ON SEQUENCE numbers TO geo_reader")
    asked, problem, hint = REFUSED[name]
    asked = asked.format(
        url=town.url(),
        wrong=town.url("wards", password="wrong-word"),
        none=town.url("wards", password=None),
        other=town.url("wards").replace("/town", "/village"),
        mighty=town.url(user="mighty"),
    )
    done = geo("hotspots", "--incidents", asked, "--wards", wards_file, "--out", "out")
    assert done.exit_code == 1
    assert problem in done.stderr
    assert hint in re.sub(r"\s+", " ", done.stderr)
    assert "Traceback" not in done.stderr
    assert not _secret(done.stderr)
    assert "wrong-word" not in done.stderr
    assert len(read_wards(town.url("wards"))[0]) == 2


def test_a_superuser_may_name_a_table(town):
    assert len(read_wards(town.url("wards", user="mighty"))[0]) == 2


def test_without_the_driver_the_message_says_what_to_install(town, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(GeoError, match="psycopg, which is not installed") as error:
        read_wards(town.url("wards"))
    assert "geo-engagement[postgis]" in (error.value.hint or "")


def test_the_months_end_knows_what_a_server_holds(town, tmp_path, geo):
    town.run("CREATE TABLE monthly AS TABLE incidents", "GRANT SELECT ON monthly TO geo_reader")
    (tmp_path / "geo.toml").write_text(
        f'[layers]\nwards = "{town.url("wards")}"\nincidents = "{town.url("monthly")}"\n'
        '[hotspots]\nnull = "none"\neps = 50\nmin-incidents = 3\n[month]\npages = []\n'
    )
    arguments = ("month", "2025-01", "--project", tmp_path / "geo.toml", "--out", tmp_path / "months")
    first = geo(*arguments)
    assert first.exit_code == 0, first.stderr
    again = geo(*arguments)
    assert again.exit_code == 0, again.stderr
    assert "kept: hotspots" in again.stderr
    assert "made:" not in again.stderr
    town.run("DELETE FROM monthly WHERE \"Incident No\" = 'N00000'")
    changed = geo(*arguments)
    assert changed.exit_code == 1
    assert "hotspots made from other files or settings than now" in changed.stderr
