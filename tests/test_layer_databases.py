"""Layers from SQLite and DuckDB files: the result of the same data in files, read-only; nothing else is opened."""

from __future__ import annotations

import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from conftest import make_wards
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import GeoError, masked
from layers.communities import read_communities
from layers.databases.address import address_of, resolved, short_name
from layers.databases.sqlite import _wkb
from layers.incidents import read_incidents
from layers.reading.layer import Layer
from layers.reading.report import ReadReport
from layers.reading.tabular import Asked, read_table
from layers.streets import read_streets
from layers.wards import read_wards
from study import open as open_study

WEST, SOUTH = 600_000, 320_000
KINDS = ("sqlite", "duckdb")


def incidents_table(rows: int = 300) -> pd.DataFrame:
    """Incidents whose place is easting and northing, with a person's column that no layer has."""
    return pd.DataFrame(
        {
            "Incident No": [f"N{i:05d}" for i in range(rows)],
            "Date": [f"2025-0{1 + i % 3}-{1 + i % 28:02d} 2{i % 4}:15:00" for i in range(rows)],
            "Crime type": ["Anti-social behaviour", "Anti-social behaviour", "Burglary"] * (rows // 3),
            "easting": [WEST + 100 + (i % 7) * 250.5 for i in range(rows)],
            "northing": [SOUTH + 100 + (i % 5) * 150 for i in range(rows)],
            "caller phone": [f"07700 900{i:03d}" for i in range(rows)],
        }
    )


def make_database(path: Path, tables: dict[str, pd.DataFrame]) -> Path:
    """A database of ``path``'s kind; shapes are WKB."""
    tables = {name: pd.DataFrame(_without_shapes(frame)) for name, frame in tables.items()}
    if path.suffix == ".duckdb":
        duckdb = pytest.importorskip("duckdb")
        with duckdb.connect(str(path)) as open_:
            for name, frame in tables.items():
                open_.register("frame", frame)
                open_.execute(f'CREATE TABLE "{name}" AS SELECT * FROM frame')
        return path
    with closing(sqlite3.connect(path)) as open_:
        for name, frame in tables.items():
            frame.to_sql(name, open_, index=False)
        open_.commit()
    return path


def _without_shapes(frame: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(frame, gpd.GeoDataFrame):
        return frame
    srid = frame.crs.to_epsg()
    shapes = shapely.to_wkb(shapely.set_srid(frame.geometry.to_numpy(), srid), include_srid=True)
    return pd.DataFrame(frame.drop(columns="geometry")).assign(geom=list(shapes))


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    table = incidents_table()
    points = gpd.GeoDataFrame(
        table.drop(columns=["easting", "northing"]),
        geometry=gpd.points_from_xy(table["easting"], table["northing"]),
        crs="EPSG:27700",
    )
    wards = make_wards("Acre", "Barley")
    empty = table.iloc[:0]
    return make_database(
        tmp_path / f"town.{request.param}", {"incidents": table, "points": points, "wards": wards, "empty": empty}
    )


def test_incidents_of_a_table_are_those_of_the_same_file(database, tmp_path):
    csv = tmp_path / "incidents.csv"
    incidents_table().to_csv(csv, index=False)
    from_file, report = read_incidents(csv)
    for table in ("incidents", "points"):
        found, told = read_incidents(f"{database}::{table}", crs="EPSG:27700" if table == "points" else None)
        assert_geodataframe_equal(found, from_file)
        assert told.read == 300 == told.used + sum(part.count for part in told.set_aside)
        assert (told.used, told.months) == (report.used, report.months) == (200, ("2025-01", "2025-02"))
        assert list(told.unread[f"{database.name}::{table}"]) == ["caller phone"]


def test_a_column_that_means_nothing_is_not_fetched(database, monkeypatch):
    from layers.databases import read

    seen = []
    original = read._Parts.add
    monkeypatch.setattr(read._Parts, "add", lambda self, batch, keys: (seen.append(batch), original(self, batch, keys)))
    read_incidents(f"{database}::incidents")
    assert seen
    assert not any("07700" in str(batch.to_pydict()) for batch in seen)


def test_a_table_of_which_nothing_is_understood_is_counted_all_the_same(database):
    report = ReadReport("wards")
    table = read_table(f"{database}::select 7 as colour from incidents", Asked(Layer("wards")), report)
    assert table.columns.num_rows == 300 == report.files[0].rows
    assert list(report.unread) == [f"{database.name}::query"]


def test_a_query_is_read_as_a_table_is(database):
    found, report = read_incidents(f"{database}::select * from incidents where northing > {SOUTH + 300};")
    assert 0 < len(found) < 200
    assert (found.geometry.y > SOUTH + 300).all()
    assert report.source().endswith("::query")


def test_wards_of_a_table_are_those_of_the_same_file(database, wards_file):
    found, _ = read_wards(f"{database}::wards", crs="EPSG:27700")
    assert list(found["ward_name"]) == ["Acre", "Barley"]
    assert found.crs == "EPSG:27700"
    assert found.geometry.area.round().tolist() == [1e6, 1e6]
    assert (found["district_code"] == "E07999999").all()


def test_the_one_table_of_a_database_need_not_be_named(tmp_path):
    path = make_database(tmp_path / "one.db", {"log": incidents_table(30)})
    found, report = read_incidents(path)
    assert len(found) == 20
    assert "one.db: table log (the only one)." in report.choices


def test_the_fingerprint_is_of_what_was_read(tmp_path):
    table = incidents_table(60)
    other = table.assign(**{"caller phone": "nobody"})
    changed = table.assign(easting=[*table["easting"][:-1], WEST + 1])
    prints = [
        read_incidents(make_database(tmp_path / f"{i}.db", {"t": frame}))[1].files[0].sha256
        for i, frame in enumerate((table, other, changed))
    ]
    assert prints[0] == prints[1] != prints[2]


def test_hot_spots_of_a_database_are_kept_until_a_row_changes(tmp_path, monkeypatch):
    wards = make_wards("Acre", "Barley")
    wards.to_file(tmp_path / "wards.gpkg")
    database = make_database(tmp_path / "town.db", {"incidents": incidents_table()})
    (tmp_path / "geo.toml").write_text(
        '[layers]\nwards = "wards.gpkg"\nincidents = "town.db::incidents"\n'
        '[hotspots]\nnull = "none"\neps = 60\nmin-incidents = 3\n'
    )
    found = []
    from geo import hotspots

    original = hotspots.find_hotspots
    monkeypatch.setattr(hotspots, "find_hotspots", lambda *args, **more: (found.append(1), original(*args, **more))[1])
    first = open_study(tmp_path).hotspots.hotspots
    again = open_study(tmp_path).hotspots.hotspots
    assert_geodataframe_equal(first, again)
    assert len(found) == 1
    with closing(sqlite3.connect(database)) as open_:
        open_.execute("UPDATE incidents SET northing = northing + 1 WHERE \"Incident No\" = 'N00000'")
        open_.commit()
    assert len(open_study(tmp_path).hotspots.hotspots)
    assert len(found) == 2


def test_other_layers_come_from_tables_too(tmp_path):
    lines = gpd.GeoDataFrame(
        {"name": ["Mill Lane"], "highway": ["residential"]},
        geometry=[shapely.LineString([(WEST, SOUTH), (WEST + 500, SOUTH)])],
        crs="EPSG:27700",
    )
    census = pd.DataFrame({"ward_code": ["E05990000", "E05990001"], "community": "Roma", "population": [120, 80]})
    database = make_database(tmp_path / "town.db", {"streets": lines, "census": census})
    streets, _ = read_streets(f"{database}::streets")
    assert streets.geometry.length.tolist() == [500]
    residents, report = read_communities(f"{database}::census", wards=make_wards("Acre", "Barley"))
    assert residents["population"].sum() == 200
    assert report.read == 2 == report.used


REFUSED = {
    "no table": ("{0}::incidnts", "no table or view", "Did you mean incidents?"),
    "injection": ('{0}::incidents"; DROP TABLE wards; --', "no table or view", "There are: empty, incidents"),
    "several": ("{0}", "several tables (empty, incidents, points, wards)", "Say which, as"),
    "empty": ("{0}::empty", "it holds no rows", ""),
    "delete": ("{0}::delete from wards", "no table or view", "A query begins with select"),
    "two statements": ("{0}::select 1) as a; drop table wards; select * from (select 1", "", ""),
    "nonsense": ("{0}::select from where", "the query cannot be run", ""),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_one_message(database, name):
    asked, problem, hint = REFUSED[name]
    before = database.read_bytes()
    with pytest.raises(GeoError) as error:
        read_incidents(asked.format(database))
    assert problem in error.value.problem
    assert hint in (error.value.hint or "")
    assert "\n" not in error.value.problem
    assert database.read_bytes() == before


@pytest.mark.parametrize(
    "query",
    [
        "select * from (delete from wards returning *)",
        "with gone as (delete from wards returning *) select * from gone",
        "select load_extension('evil')",
        "select writefile('{1}/out', 'x')",
        "select readfile('{1}/secret')",
        "select * from read_csv('{1}/secret')",
        "select * from read_text('{1}/secret')",
        "select * from '{1}/secret'",
        "select * from pragma_database_list",
        "select * from sqlite_dbpage",
        "select * from 'https://127.0.0.1:1/x.parquet'",
    ],
)
def test_a_query_opens_and_writes_nothing(database, tmp_path, query):
    (tmp_path / "secret").write_text("month,lon,lat\n2025-01,1.0,52.7\n")
    listing = sorted(one.name for one in tmp_path.iterdir())
    before = database.read_bytes()
    with pytest.raises(GeoError):
        read_incidents(f"{database}::{query.format('', tmp_path)}")
    assert database.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == listing


def test_a_database_in_use_leaves_nothing_beside_it(tmp_path):
    path = make_database(tmp_path / "wal.db", {"log": incidents_table(30)})
    with closing(sqlite3.connect(path)) as open_:
        open_.execute("PRAGMA journal_mode = wal")
    listing = sorted(one.name for one in tmp_path.iterdir())
    assert len(read_incidents(path)[0]) == 20
    assert sorted(one.name for one in tmp_path.iterdir()) == listing == ["wal.db"]


def test_a_view_without_an_end_ends(tmp_path, monkeypatch):
    monkeypatch.setattr("layers.databases.sqlite._MOST_STEPS", 5)
    path = make_database(tmp_path / "loop.db", {"log": incidents_table(30)})
    with closing(sqlite3.connect(path)) as open_:
        open_.execute(
            "CREATE VIEW month_view AS WITH RECURSIVE n(month) AS (SELECT 1 UNION ALL SELECT month + 1 FROM n) "
            "SELECT month, month AS lon, month AS lat FROM n WHERE month < 0"
        )
        open_.commit()
    with pytest.raises(GeoError, match="does not come to an end"):
        read_incidents(f"{path}::month_view")


def test_a_damaged_database_is_one_message(database):
    whole = database.read_bytes()
    for cut in (100, 1000, len(whole) // 2):
        database.write_bytes(whole[:cut])
        with pytest.raises(GeoError):
            read_incidents(f"{database}::incidents")


def test_shapes_of_two_systems_in_one_column_are_refused(tmp_path):
    first, second = make_wards("Acre"), make_wards("Barley").to_crs("EPSG:4326")
    both = pd.concat([pd.DataFrame(_without_shapes(first)), pd.DataFrame(_without_shapes(second))])
    path = make_database(tmp_path / "two.db", {"wards": both})
    with pytest.raises(GeoError, match="several coordinate systems in one column"):
        read_wards(f"{path}::wards")


def test_shapes_without_a_system_say_so(tmp_path):
    wards = make_wards("Acre")
    plain = pd.DataFrame(wards.drop(columns="geometry")).assign(geom=list(shapely.to_wkb(wards.geometry.to_numpy())))
    path = make_database(tmp_path / "plain.db", {"wards": plain})
    with pytest.raises(GeoError, match="no coordinate reference system; its numbers look like British National Grid"):
        read_wards(f"{path}::wards")
    assert read_wards(f"{path}::wards", crs="EPSG:27700")[0].geometry.area.round().tolist() == [1e6]


# --- addresses --------------------------------------------------------------------------------------------------------


def test_addresses(tmp_path):
    server = address_of("postgresql://ann:p%40ss@db.example:5433/town?sslmode=require::gis.wards")
    assert server is not None
    assert server.server == {
        "host": "db.example",
        "port": "5433",
        "user": "ann",
        "password": "p@ss",
        "dbname": "town",
        "sslmode": "require",
    }
    assert (server.what, server.label) == ("gis.wards", "town::gis.wards")
    assert server.shown == "postgresql://ann@db.example:5433/town::gis.wards"
    six = address_of("postgis://ann@[::1]/town::wards")
    assert six is not None
    assert (six.server["host"], six.what) == ("::1", "wards")
    file = address_of("sqlite:///a/b.db::t")
    assert file is not None
    assert (file.file, file.what) == (Path("a/b.db"), "t")
    assert address_of(tmp_path / "nothing.csv") is None


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:half/hidden-word@host/town::wards",
        "postgresql://ann:hidden-word#1@host/town",
        "postgresql://ann:hidden-word@host:port/town",
        "postgresql://ann:hidden word@host/town",
        "postgresql://ann@host/town?passfile=/etc/hidden-word",
        "postgresql://ann@host/town?options=-chidden-word",
        "mysql://ann:hidden-word@host/town",
        "https://ann:hidden-word@host/wards.geojson",
    ],
)
def test_a_url_that_cannot_be_meant_is_refused_without_its_password(url):
    with pytest.raises(GeoError) as error:
        address_of(url)
    assert "hidden" not in str(error.value)


@given(st.text(st.characters(exclude_categories=["Z", "C"], exclude_characters="@/#?%"), min_size=1))
def test_a_password_is_masked_wherever_its_url_is_said(secret):
    told = masked(f"reading postgresql://ann:{secret}@host/town::wards and more")
    assert told == "reading postgresql://ann:***@host/town::wards and more"
    assert str(GeoError(f"x postgresql://ann:{secret}@host/town", f"y://b:{secret}@h")).count("***") == 2


def test_geo_toml_names_files_from_its_folder_and_servers_as_they_are():
    folder = Path("/home/ann")
    assert resolved(folder, "town.db::select a/b from t") == "/home/ann/town.db::select a/b from t"
    assert resolved(folder, "sqlite:///town.db::t") == "sqlite:////home/ann/town.db::t"
    assert resolved(folder, "postgresql://h/town::t") == "postgresql://h/town::t"
    assert resolved(folder, "wards.geojson") == "/home/ann/wards.geojson"


def test_short_names():
    assert short_name("postgresql://ann@h/town::gis.wards") == "town::gis.wards"
    assert short_name("a/b.db::select x from y") == "b.db::query"
    assert short_name("a/wards.geojson") == "wards.geojson"


# --- shapes as programs pack them -------------------------------------------------------------------------------------

SHAPES = [
    shapely.Point(1, 2),
    shapely.LineString([(0, 0), (1, 1)]),
    shapely.Polygon([(0, 0), (4, 0), (4, 4)], [[(1, 0.5), (2, 0.5), (2, 1)]]),
    shapely.MultiPoint([(1, 2), (3, 4)]),
    shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3), (4, 4)]]),
    shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)]),
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.geom_type)
def test_the_headers_of_geopackage_and_spatialite_come_off(shape):
    wkb = shapely.to_wkb(shape, byte_order=1)
    geopackage = b"GP\x00\x03" + struct.pack("<i", 27700) + struct.pack("<4d", *shape.bounds) + wkb
    inner = bytearray(wkb[1:])
    if shape.geom_type.startswith("Multi"):  # each part begins with a mark in the place of its byte order
        at = 8
        for part in shape.geoms:
            inner[at] = 0x69
            at += len(shapely.to_wkb(part, byte_order=1))
    spatialite = b"\x00\x01" + struct.pack("<i4d", 27700, *shape.bounds) + b"\x7c" + bytes(inner) + b"\xfe"
    for blob in (geopackage, spatialite):
        found = shapely.from_wkb(_wkb(blob))
        assert shapely.get_srid(found) == 27700
        assert found.equals_exact(shape)
