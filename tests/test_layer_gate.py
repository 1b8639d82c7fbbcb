"""The gate: a map file is what it holds; none makes geo ask the network, open another file, or write one."""

from __future__ import annotations

import contextlib
import gzip
import http.server
import os
import re
import sqlite3
import subprocess
import sys
import threading
import zipfile

import geopandas as gpd
import openpyxl
import pytest
import shapely
from conftest import make_wards

from geo.errors import GeoError
from layers import registry
from layers.activity import read_activity
from layers.background.files import open_source
from layers.focal_points import read_focal_points
from layers.hotspot_register import read_register
from layers.incidents import read_incidents
from layers.plans.checked import read_checked
from layers.plans.files import read_plan
from layers.reading import sniff
from layers.streets import read_streets
from layers.trial_files import read_trial
from layers.wards import read_wards
from layers.writing.released import read_released


@pytest.fixture
def server():
    asked = []

    class Counting(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_POST = do_GET

        def log_message(self, *_):
            pass

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}", asked
    running.shutdown()
    thread.join()
    running.server_close()


def hostile(url, secret):
    vrt = "<OGRVRTDataSource><OGRVRTLayer name='w'><SrcDataSource>{}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    ours = "http://ogr.maptools.org/"
    gml = (
        f'<?xml version="1.0"?><ogr:FeatureCollection xmlns:ogr="{ours}" xmlns:gml="http://www.opengis.net/gml" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="{ours} {url}/a.xsd">'
        "<gml:featureMember><ogr:w><ogr:ward_code>A</ogr:ward_code><ogr:geometryProperty><gml:Point>"
        "<gml:coordinates>508000,221000</gml:coordinates></gml:Point></ogr:geometryProperty></ogr:w></gml:featureMember>"
        "</ogr:FeatureCollection>"
    )
    link = f"<NetworkLink><Link><href>{url}/n.kml</href></Link></NetworkLink>"
    following = f'"links": [{{"rel": "next", "href": "{url}"}}]'
    return {
        "vrt of the network": vrt.format(f"/vsicurl/{url}/w.geojson"),
        "vrt of a service": vrt.format(f"WFS:{url}/wfs"),
        "vrt of a file": vrt.format(secret),
        "service": f"<OGRWFSDataSource><URL>{url}/wfs?</URL></OGRWFSDataSource>",
        "capabilities": f'<WFS_Capabilities version="1.1.0"><x href="{url}/wfs"/></WFS_Capabilities>',
        "gml with a schema": gml,
        "entity": f'<!DOCTYPE kml [<!ENTITY x SYSTEM "{url}/x">]><kml><Placemark><name>&x;</name></Placemark></kml>',
        "network link": f"<kml><Document>{link}</Document></kml>",
        "json of a service": '{"type": "FeatureCollection", "features": [], ' + following + "}",
    }


STUDY = "--wards WARDS --incidents DOWNLOAD"
# each command with each of its files in turn; H stands for the hostile one
RUNS = [
    "check " + " ".join(f"--{name.replace('_', '-')} H" for name in registry.names()),
    *(f"hotspots {STUDY} --out OUT {option} H" for option in ("--background", "--workshop-notes")),
    *(f"hotspots --wards {one} --incidents {two} --out OUT" for one, two in (("H", "DOWNLOAD"), ("WARDS", "H"))),
    *(
        f"engagement --wards WARDS --out OUT --since 2025-01-01 --as-of 2025-12-31 --engagements LOG {option} H"
        for option in ("--communities", "--focal-points", "--surveys", "--lookup", "--diary")
    ),
    *(f"map {STUDY} --audience workshop --out OUT {option} H" for option in ("--base-map", "--streets", "--words")),
    *(
        f"patrol plan {STUDY} --date 2025-06-01 --start 600500,320500 --shift 18:00-20:00 --out OUT {option} H"
        for option in ("--streets", "--walked", "--trial")
    ),
    "engagement --wards WARDS --engagements H --out OUT",
    "patrol check H --plan H --earlier H --out OUT",
    "workshop collect H --wards WARDS --out OUT",
    *(f"{name} --wards WARDS --incidents H --out OUT" for name in ("evaluate", "compare")),
    "trial design --wards WARDS --incidents H --first-day 2027-01-04 --out OUT",
    "assess --wards WARDS --incidents H --places wards --treated Acre --before 2025-01:2025-01 --after 2025-03:2025-03 "
    "--out OUT",
    "trial today --trial H --date 2025-06-01 --out OUT",
    f"trial result {STUDY} --trial H --out OUT",
    "audit H --release-log H",
    "release H --profile partner --out OUT",
    "log --log H --wards H --date 2025-06-01 --activity drop_in --objective reassure --ward E05990000",
    "init FOLDER --dry-run",
    "register add A H",
]
OPENED: list[str] = []
LISTENING = threading.Event()


def _note(event, args):
    if LISTENING.is_set() and event == "open" and isinstance(args[0], str | bytes):
        OPENED.append(os.fsdecode(args[0]))


sys.addaudithook(_note)  # for good, but it listens only when asked to


@pytest.mark.parametrize("run", RUNS)
def test_no_command_fetches_or_opens_another_file(tmp_path, server, run, geo, download, wards_file):
    url, asked = server
    secret = tmp_path / "secret.geojson"
    gpd.GeoDataFrame({"ward_code": ["SECRET"]}, geometry=[shapely.box(0, 51, 1, 52)], crs=4326).to_file(secret)
    folder = tmp_path / "given"
    folder.mkdir()
    for number, text in enumerate(hostile(url, secret).values()):
        (folder / f"{number}.{('kml', 'geojson')[number % 2]}").write_text(text)
    files = sorted(folder.iterdir())
    log = tmp_path / "log.csv"
    log.write_text("date,activity,objective,ward_code,attendees\n2025-01-05,drop_in,reassure,E05990000,4\n")
    given = {"LOG": log, "WARDS": wards_file, "DOWNLOAD": download, "FOLDER": folder}
    for turn, file in enumerate(files if " H" in run else files[:1]):
        words = [{**given, "H": file, "OUT": tmp_path / f"out{turn}"}.get(word, word) for word in run.split()]
        OPENED.clear()
        LISTENING.set()
        result = geo(*words)
        LISTENING.clear()
        assert result.exit_code in (0, 1) or "Missing" not in result.output, result.output
        assert "SECRET" not in result.output
        assert str(secret) not in OPENED
    assert asked == []
    assert sorted(folder.iterdir()) == files  # nothing is written beside them


def test_gdal_knows_no_other_driver():
    code = (
        "from layers.libraries import DRIVERS, gpd; gpd.GeoDataFrame; import pyogrio, os;"
        "print(sorted(set(pyogrio.list_drivers()) - set(DRIVERS)), os.environ.get('GDAL_SKIP'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] None"
    assert done.stderr == ""


def test_flatgeobuf_is_a_map_file(tmp_path):
    wards = make_wards("Acre", "Barley")
    wards.to_file(tmp_path / "w.fgb", driver="FlatGeobuf")
    assert read_wards(tmp_path / "w.fgb")[0]["ward_name"].tolist() == ["Acre", "Barley"]
    (tmp_path / "w.fgb.gz").write_bytes(gzip.compress((tmp_path / "w.fgb").read_bytes()))
    assert len(read_wards(tmp_path / "w.fgb.gz")[0]) == 2
    (tmp_path / "cut.fgb").write_bytes((tmp_path / "w.fgb").read_bytes()[:200])
    with pytest.raises(GeoError):
        read_wards(tmp_path / "cut.fgb")


READERS = (read_wards, read_incidents, read_focal_points, read_activity)


@pytest.mark.parametrize("kind", hostile("", ""))
@pytest.mark.parametrize("ending", ["kml", "geojson", "gml", "json", "kml.gz", "zip"])
def test_no_file_makes_geo_fetch_or_open_another(tmp_path, server, kind, ending):
    url, asked = server
    secret = tmp_path / "secret.geojson"
    gpd.GeoDataFrame({"ward_code": ["SECRET"]}, geometry=[shapely.box(0, 51, 1, 52)], crs=4326).to_file(secret)
    data = hostile(url, secret)[kind].encode()
    folder = tmp_path / "given"
    folder.mkdir()
    path = folder / f"w.{ending}"
    if ending == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("w.kml", data)
    else:
        path.write_bytes(gzip.compress(data) if ending.endswith(".gz") else data)
    for read in READERS:
        try:
            found, _ = read(path)
            assert "SECRET" not in found.to_csv()
        except GeoError:
            pass
    assert asked == []
    assert [one.name for one in folder.iterdir()] == [path.name]  # nothing is written beside it


def test_what_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sniff, "MOST_BYTES", 1000)
    path = tmp_path / "w.csv.gz"
    path.write_bytes(gzip.compress(b"month,lon,lat\n" + b"2025-01,1,52\n" * 200))
    with pytest.raises(GeoError, match="unpacks to more than 0 MB, which is the most that is read"):
        read_incidents(path)


def test_a_download_that_unpacks_to_too_much_in_all_is_refused(tmp_path, monkeypatch, download):
    monkeypatch.setattr("layers.police.MOST_HELD", 500)
    with pytest.raises(GeoError, match=r"more than .* GB in all, which is the most that is held at once"):
        read_incidents(download)


def test_honest_xml_is_read(tmp_path):
    path = tmp_path / "w.gml"
    gpd.GeoDataFrame({"ward_code": ["A"]}, geometry=[shapely.box(508000, 221000, 509000, 222000)], crs=27700).to_file(
        path, driver="GML"
    )
    before = sorted(one.name for one in tmp_path.iterdir())
    wards, _ = read_wards(path)
    assert list(wards["ward_code"]) == ["A"]
    assert sorted(one.name for one in tmp_path.iterdir()) == before


@pytest.mark.parametrize("ending", ["csv.gz", "geojson.gz", "zip"])
def test_a_little_that_unpacks_to_thousands_of_times_as_much_is_refused(tmp_path, monkeypatch, ending):
    monkeypatch.setattr(sniff, "_ALWAYS", 1_000_000)
    path, zeros = tmp_path / f"w.{ending}", b"0" * 20_000_000
    if ending == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("w.geojson", zeros)
    else:
        path.write_bytes(gzip.compress(zeros))
    assert path.stat().st_size < 30_000
    for read in (read_wards, read_incidents, read_focal_points):
        with pytest.raises(GeoError, match="MB, which is the most that is read"):
            read(path)


def _far_down(path, cell):
    book = openpyxl.Workbook()
    book.active.append(["name", "kind", "lat", "lon"])
    book.active.append(["Hall", "school", 52, 0])
    book.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    row = re.sub(r"[A-Z]", "", cell)
    parts[sheet] = parts[sheet].replace(
        b"</sheetData>", f'<row r="{row}"><c r="{cell}"><v>1</v></c></row></sheetData>'.encode()
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("columns.csv", "3,000 columns; at most 2,000 are read"),
        ("one_line.csv", "3,000,000 columns; at most 2,000 are read"),
        ("cell.csv", "a cell of more than 10 MB"),
        ("cell.json", "a cell of more than 10 MB"),
        ("rows.csv", "21 rows; at most 20 are read"),
        ("rows.json", "25 rows; at most 20 are read"),
        ("rows.parquet", "25 rows; at most 20 are read"),
        ("rows.geojson", "25 rows; at most 20 are read"),
        ("far_down.xlsx", "more than 1,048,576 rows"),
        ("far_right.xlsx", "columns; at most 2,000 are read"),
    ],
)
def test_a_table_beyond_what_is_held_is_refused_and_the_limit_named(tmp_path, monkeypatch, name, limit):
    path = tmp_path / name
    if name.startswith("rows"):
        monkeypatch.setattr(sniff, "MOST_ROWS", 20)
    points = gpd.GeoDataFrame({"name": "Hall", "kind": "school"}, index=range(25), geometry=[shapely.Point(0, 52)] * 25)
    match name:
        case "columns.csv":
            path.write_text(
                ",".join(["name", "kind", "lat", "lon", *map(str, range(2996))]) + "\n" + "1," * 2999 + "1\n"
            )
        case "one_line.csv":
            path.write_bytes(b"," * 3_000_000)
        case "cell.csv":
            path.write_text("name,kind,lat,lon\nHall,school,52,0\n" + "x" * 10_000_001 + ",school,52,0\n")
        case "cell.json":
            path.write_text('[{"name": "' + "x" * 10_000_001 + '", "kind": "school", "lat": 52, "lon": 0}]')
        case "rows.csv":
            path.write_text("name,kind,lat,lon\n" + "Hall,school,52,0\n" * 20)
        case "rows.json":
            path.write_text("[" + ",".join(['{"name": "Hall", "kind": "school", "lat": 52, "lon": 0}'] * 25) + "]")
        case "rows.parquet":
            points.set_crs(4326).to_parquet(path)
        case "rows.geojson":
            points.set_crs(4326).to_file(path)
        case "far_down.xlsx":
            _far_down(path, "A999999999")
        case "far_right.xlsx":
            _far_down(path, "XFD3")
    with pytest.raises(GeoError, match=limit) as refused:
        read_focal_points(path)
    assert path.name in refused.value.problem
    assert refused.value.hint


OWN_FILES = {
    "plan": read_plan,
    "check": lambda path: read_checked([path], zone="Europe/London"),
    "trial": lambda path: read_trial(path.with_name("trial.json")),
    "register": read_register,
    "release": read_released,
    "streets": read_streets,
    "base map": open_source,
}
COMPUTED = {
    # SpatiaLite, which GDAL brings along, reads any text file so
    "another file": "CREATE VIRTUAL TABLE places USING VirtualText('{secret}', 'utf-8', 0)",
    "rows without an end": "CREATE VIEW places AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) "
    "SELECT x AS fid, 'E05' || x AS ward_code FROM c",
}


def with_computed(path, sql, wal=False):
    """Write a GeoPackage of wards in which one more layer, places, is made by ``sql``."""
    make_wards("Acre").to_file(path, layer="wards")
    with contextlib.closing(sqlite3.connect(path)) as opened:
        if sql.startswith("CREATE VIEW"):
            opened.execute(sql)
        else:  # a module that Python's own SQLite does not have
            opened.execute("PRAGMA writable_schema = on")
            opened.execute("INSERT INTO sqlite_master VALUES ('table', 'places', 'places', 0, ?)", (sql,))
        opened.execute("INSERT INTO gpkg_contents (table_name, data_type) VALUES ('places', 'attributes')")
        opened.commit()
        if wal:
            opened.execute("PRAGMA journal_mode = wal")


@pytest.mark.parametrize("kind", COMPUTED)
@pytest.mark.parametrize("packed", ["", "gz", "zip", "wal"])
def test_a_geopackage_that_reads_another_file_or_computes_its_rows_is_refused(tmp_path, kind, packed):
    (tmp_path / "secret.txt").write_text("SECRET\n" * 5)
    path = tmp_path / "trial.gpkg"
    with_computed(path, COMPUTED[kind].format(secret=tmp_path / "secret.txt"), wal=packed == "wal")
    (tmp_path / "trial.json").write_text('{"seal": "x"}')
    (tmp_path / "trial_schedule.csv").write_text("date,a\n2025-01-01,1\n")
    readers = dict(zip(("wards", "incidents", "focal points"), READERS, strict=False))
    if packed == "gz":
        path = tmp_path / "w.gpkg.gz"
        path.write_bytes(gzip.compress((tmp_path / "trial.gpkg").read_bytes()))
    elif packed == "zip":
        path = tmp_path / "w.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(tmp_path / "trial.gpkg", "w.gpkg")
    else:
        readers |= OWN_FILES
    for name, read in readers.items():
        with pytest.raises(GeoError, match="its places is no table of its own, but computed or read from elsewhere"):
            read(path)
            pytest.fail(f"{name} was read")
    assert not list(tmp_path.glob("*-wal")) + list(tmp_path.glob("*-shm"))


@pytest.mark.parametrize("name", [one for one in OWN_FILES if one not in ("streets", "base map")])
def test_damaged_files_of_our_own_are_one_message(tmp_path, name):
    path = tmp_path / "trial.gpkg"
    with_computed(path, "CREATE VIEW st_geometry_columns AS SELECT 1")
    (tmp_path / "trial.json").write_text('{"seal": "x"}')
    (tmp_path / "trial_schedule.csv").write_text("date,a\n2025-01-01,1\n")
    data = path.read_bytes()
    for size in (100, 5_000, len(data) // 2):
        path.write_bytes(data[:size])
        with pytest.raises(GeoError) as refused:
            OWN_FILES[name](path)
        assert refused.value.hint
    path.write_bytes(b'<OGRVRTDataSource><OGRVRTLayer name="places"/></OGRVRTDataSource>')
    with pytest.raises(GeoError):
        OWN_FILES[name](path)
