"""The gate: a map file is what it holds; none makes geo ask the network, open another file, or write one."""

from __future__ import annotations

import gzip
import http.server
import threading
import zipfile

import geopandas as gpd
import pytest
import shapely

from geo.errors import GeoError
from layers.activity import read_activity
from layers.focal_points import read_focal_points
from layers.incidents import read_incidents
from layers.reading import sniff
from layers.wards import read_wards


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


def test_honest_xml_is_read(tmp_path):
    path = tmp_path / "w.gml"
    gpd.GeoDataFrame({"ward_code": ["A"]}, geometry=[shapely.box(508000, 221000, 509000, 222000)], crs=27700).to_file(
        path, driver="GML"
    )
    before = sorted(one.name for one in tmp_path.iterdir())
    wards, _ = read_wards(path)
    assert list(wards["ward_code"]) == ["A"]
    assert sorted(one.name for one in tmp_path.iterdir()) == before
