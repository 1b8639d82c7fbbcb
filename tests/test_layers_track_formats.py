"""Recordings other than GPX: KML, KMZ, TCX and tables give the same fixes; segments stay apart in all of them."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from openpyxl import Workbook
from patrol_plans import gpx_of

from geo.errors import GeoError
from layers.tracks import read_tracks

AS_OF = datetime(2026, 12, 31, tzinfo=UTC)
# a fix every 30 seconds, 33 m northward; summer, so that a clock in Britain is an hour ahead of UTC
WALK = [(51.88 + 0.0003 * i, -0.42, f"2026-07-03T18:{i // 2:02d}:{30 * (i % 2):02d}Z") for i in range(12)]


def read(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_tracks([path], as_of=AS_OF)


def kml(*tracks):
    """KML of Google's tracks: each a list of segments, each a list of points."""
    inside = ""
    for track in tracks:
        parts = "".join(
            "<gx:Track>"
            + "".join(f"<when>{time}</when>" for *_, time in part)
            + "".join(f"<gx:coord>{lon} {lat} 40</gx:coord>" for lat, lon, _ in part)
            + "</gx:Track>"
            for part in track
        )
        inside += f"<Placemark><name>PC Example</name><gx:MultiTrack>{parts}</gx:MultiTrack></Placemark>"
    return (
        '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2" '
        f'xmlns:gx="http://www.google.com/kml/ext/2.2"><Document><Folder>{inside}</Folder></Document></kml>'
    )


def tcx(*laps):
    """TCX of one activity: each lap a list of tracks, each a list of points."""
    inside = "".join(
        '<Lap StartTime="2026-07-03T18:00:00Z">'
        + "".join(
            "<Track>"
            + "".join(
                f"<Trackpoint><Time>{time}</Time><Position><LatitudeDegrees>{lat}</LatitudeDegrees>"
                f"<LongitudeDegrees>{lon}</LongitudeDegrees></Position><HeartRateBpm><Value>90</Value></HeartRateBpm>"
                "</Trackpoint>"
                for lat, lon, time in part
            )
            + "</Track>"
            for part in lap
        )
        + "</Lap>"
        for lap in laps
    )
    return (
        '<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"><Activities>'
        f'<Activity Sport="Other"><Id>2026-07-03T18:00:00Z</Id>{inside}</Activity></Activities>'
        "</TrainingCenterDatabase>"
    )


def points_in_kml(points):
    marks = "".join(
        f"<Placemark><TimeStamp><when>{time}</when></TimeStamp><Point><coordinates>{lon},{lat},0</coordinates></Point>"
        "</Placemark>"
        for lat, lon, time in points
    )
    return f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{marks}</Document></kml>'


def table(points, *, head="time,lat,lon", time=lambda text: text, order=(2, 0, 1), separator=","):
    rows = [separator.join(str((lat, lon, time(when))[i]) for i in order) for lat, lon, when in points]
    return "\n".join([head, *rows]) + "\n"


def in_seconds(text):
    return int(pd.Timestamp(text).timestamp())


def local(text, shape):
    return pd.Timestamp(text).tz_convert("Europe/London").strftime(shape)


SAME = {
    "walk.kml": kml([WALK]),
    "points.kml": points_in_kml(WALK),
    "walk.tcx": tcx([WALK[:6]], [WALK[6:]]),  # a new lap is no pause
    "gpslogger.csv": table(WALK, head="time,lat,lon,elevation,accuracy", order=(2, 0, 1, 1, 1)),
    "semicolons.csv": table(WALK, head="Timestamp;Longitude;Latitude", order=(2, 1, 0), separator=";"),
    "epoch.csv": table(WALK, head="timestamp,latitude,longitude", time=in_seconds),
    "milliseconds.csv": table(WALK, head="timestamp,latitude,longitude", time=lambda text: in_seconds(text) * 1000),
    "local.csv": table(WALK, time=lambda text: local(text, "%d/%m/%Y %H:%M:%S")),
    "apart.csv": table(WALK, head="Date,Time,Lat,Lon", time=lambda text: local(text, "%d/%m/%Y,%H:%M:%S")),
    "brackets.csv": "Exported by a phone\n"
    + table(WALK, head="Time (UTC),lat,lon", time=lambda text: text.replace("T", " ").removesuffix("Z")),
    "spans.kml": points_in_kml(WALK).replace("TimeStamp", "TimeSpan").replace("when>", "begin>"),
    "garmin.tcx": '          <?xml version="1.0"?>\n' + tcx([WALK]),
    "one column.csv": "Time,Position\n" + "".join(f'{when},"{lat}, {lon}"\n' for lat, lon, when in WALK),
    "utc.csv": table(WALK, head="time_utc,lat,lon", time=lambda text: text.replace("T", " ").removesuffix("Z")),
}


@pytest.mark.parametrize("name", SAME)
def test_every_format_gives_the_fixes_of_the_gpx(tmp_path, name):
    wanted, _ = read(tmp_path, "walk.gpx", gpx_of(WALK))
    tracks, report = read(tmp_path, name, SAME[name])
    assert list(tracks.columns) == list(wanted.columns)
    assert list(tracks["time"]) == list(wanted["time"])
    np.testing.assert_allclose(tracks.get_coordinates(), wanted.get_coordinates(), atol=0.01)
    assert tracks[["track", "segment"]].drop_duplicates().values.tolist() == [[1, 1]]
    assert (report.read, report.used, report.set_aside) == (12, 12, [])
    told = f"{report.as_record()} {list(report.sentences())} {report.notes()}"
    assert "Example" not in told
    assert name not in told
    assert ("local time (Europe/London)" in told) == (name in ("local.csv", "apart.csv"))


def test_a_workbook_and_metres(tmp_path):
    wanted, _ = read(tmp_path, "walk.gpx", gpx_of(WALK))
    book = Workbook()
    book.active.append(["Officer", "Recorded at", "Easting", "Northing"])
    for moment, x, y in zip(wanted["time"], wanted.geometry.x, wanted.geometry.y, strict=True):
        when = moment.tz_convert("Europe/London").tz_localize(None).to_pydatetime()
        book.active.append(["PC Example", when, round(x, 2), round(y, 2)])
    book.save(tmp_path / "walk.xlsx")
    tracks, report = read_tracks([tmp_path / "walk.xlsx"], as_of=AS_OF)
    assert list(tracks["time"]) == list(wanted["time"])
    np.testing.assert_allclose(tracks.get_coordinates(), wanted.get_coordinates(), atol=0.02)
    assert "Example" not in f"{tracks.to_csv()} {report.as_record()}"


def test_a_kmz_is_opened(tmp_path):
    with zipfile.ZipFile(tmp_path / "walk.kmz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", kml([WALK]))
    assert len(read_tracks([tmp_path / "walk.kmz"], as_of=AS_OF)[0]) == 12
    assert len(read_tracks([tmp_path], as_of=AS_OF)[0]) == 12
    with zipfile.ZipFile(tmp_path / "none.kmz", "w") as archive:
        archive.writestr("picture.png", b"")
    with pytest.raises(GeoError, match="0 KML files in this KMZ"):
        read_tracks([tmp_path / "none.kmz"], as_of=AS_OF)


GPX_SEGMENTS = gpx_of(WALK).replace("</trkpt>\n", "</trkpt>\n</trkseg><trkseg>", 6).replace("</trkseg><trkseg>", "", 5)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("walk.gpx", GPX_SEGMENTS),
        ("walk.kml", kml([WALK[:6], WALK[6:]])),
        ("walk.tcx", tcx([WALK[:3], WALK[3:6]], [WALK[6:]])),
        ("walk.csv", ""),
    ],
)
def test_segments_stay_apart(tmp_path, name, content):
    if name == "walk.csv":
        rows = table(WALK).splitlines()
        content = "\n".join([f"{rows[0]},segment", *(f"{row},{1 + (i > 5)}" for i, row in enumerate(rows[1:]))])
    tracks, _ = read(tmp_path, name, content)
    sizes = [3, 9] if name == "walk.tcx" else [6, 6]
    assert tracks.groupby(["track", "segment"]).size().to_dict() == {(1, 1): sizes[0], (1, 2): sizes[1]}


def test_two_recordings_in_one_kml_are_two_tracks(tmp_path):
    tracks, _ = read(tmp_path, "two.kml", kml([WALK[:6]], [WALK[6:]]))
    assert tracks.groupby(["track", "segment"]).size().to_dict() == {(1, 1): 6, (2, 1): 6}


def test_what_is_drawn_or_planned_is_no_recording(tmp_path):
    line = "<Placemark><LineString><coordinates>-0.42,51.88 -0.41,51.88</coordinates></LineString></Placemark>"
    with pytest.raises(GeoError, match=r"no track, only 1 place without a time\.\nThis looks like a plan"):
        read(tmp_path, "line.kml", f'<kml xmlns="http://www.opengis.net/kml/2.2">{line}</kml>')
    course = tcx([WALK]).replace("Activit", "Cours").replace("<Coursy", "<Course").replace("</Coursy", "</Course")
    with pytest.raises(GeoError, match="no track, only 12 planned points"):
        read(tmp_path, "course.tcx", course)


def test_rows_that_cannot_be_used_are_set_aside(tmp_path):
    text = table(WALK) + "2026-07-03T18:07:00Z,,\nsoon,51.88,-0.42\n,51.88,-0.42\n2026-07-03T18:08:00Z,51.88\n"
    tracks, report = read(tmp_path, "walk.csv", text)
    assert len(tracks) == 12
    assert {part.reason: part.count for part in report.set_aside} == {
        "no position on the Earth": 1,
        "the time cannot be read": 1,
        "no time": 1,
        "not as many cells as headings": 1,
    }
    assert report.read == 16
    assert {row.file for part in report.set_aside for row in part.rows} == {"track file 1"}
    with pytest.raises(GeoError, match="a table without a column of positions, so not a recording"):
        read(tmp_path, "times.csv", "time,place\n2026-07-03T18:07:00Z,Market\n")


@pytest.mark.parametrize("heading", ["tst", "location_timestamp", "GPSDateTime", "Fix Time"])
def test_times_under_the_headings_of_apps(tmp_path, heading):
    rows = "".join(f"{time},{lat},{lon}\n" for lat, lon, time in WALK)
    assert len(read(tmp_path, "walk.csv", f"{heading},lat,lon\n{rows}")[0]) == len(WALK)
