"""GPX recordings: what is used, what is set aside and why, and what is refused in which words."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import gpxpy
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from patrol_plans import gpx_of, plan

import layers.tracks
from geo.errors import GeoError
from layers.plans.gpx import write_gpx
from layers.recordings.fixes import read_fixes
from layers.recordings.speed import too_fast
from layers.tracks import read_tracks

AS_OF = datetime(2025, 12, 31, tzinfo=UTC)
# 30 seconds and about 33 m apart, northward in Luton
WALK = [(51.88 + 0.0003 * i, -0.42, f"2025-12-05T18:{i // 2:02d}:{30 * (i % 2):02d}Z") for i in range(20)]


def read(tmp_path, *texts, **options):
    paths = []
    for i, text in enumerate(texts):
        paths.append(tmp_path / f"PC Example {i}.gpx")
        paths[-1].write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_tracks(paths, as_of=AS_OF, **options)


def refused(tmp_path, text, **options):
    with pytest.raises(GeoError) as error:
        read(tmp_path, text, **options)
    assert error.value.hint
    return str(error.value).replace(str(tmp_path / "PC Example 0.gpx"), "FILE")


def reasons(report):
    return {part.reason: part.count for part in report.set_aside}


def test_a_walk_is_read_as_places_and_times(tmp_path):
    tracks, report = read(tmp_path, gpx_of(WALK))
    assert list(tracks.columns) == ["track", "segment", "time", "geometry"]
    assert str(tracks["time"].dtype) == "datetime64[ns, UTC]"
    assert tracks.crs == "EPSG:27700"
    assert list(tracks["track"].unique()) == [1]
    assert tracks["time"].iloc[1] == pd.Timestamp("2025-12-05T18:00:30Z")
    assert np.diff(tracks.geometry.y) == pytest.approx(33.4, abs=0.3)
    assert (report.read, report.used, report.set_aside) == (20, 20, [])


def test_the_same_places_and_times_as_gpxpy(tmp_path):
    text = gpx_of(WALK)
    tracks, _ = read(tmp_path, text)
    points = gpxpy.parse(text).tracks[0].segments[0].points
    degrees = tracks.to_crs(4326).geometry
    np.testing.assert_allclose(degrees.y, [point.latitude for point in points], atol=1e-8)
    np.testing.assert_allclose(degrees.x, [point.longitude for point in points], atol=1e-8)
    assert [point.time for point in points] == list(tracks["time"])


def test_nothing_says_who_walked(tmp_path):
    who = "<metadata><name>PC 1234</name><author><name>Jo Example</name></author></metadata>"
    tracks, report = read(tmp_path, gpx_of(WALK, names=who).replace("<trkseg>", "<name>Jo Example</name><trkseg>", 1))
    told = f"{tracks.to_csv()} {report.as_record()} {list(report.sentences())} {report.notes()}"
    assert "Example" not in told
    assert "PC 1" not in told
    assert [file.path for file in report.files] == ["track file 1"]


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_versions_encodings_and_marks(tmp_path, version):
    text = gpx_of(WALK, version=version)
    for data in (text.encode(), b"\xef\xbb\xbf" + text.encode(), text.replace("UTF-8", "UTF-16").encode("utf-16")):
        assert len(read(tmp_path, data)[0]) == 20


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2025-07-01T18:00:00+01:00", "2025-07-01T17:00:00Z"),
        ("2025-07-01T17:00:00.250Z", "2025-07-01T17:00:00.250Z"),
        ("2025-07-01T17:00:00", "2025-07-01T17:00:00Z"),
        ("2025-07-01 17:00:00", "2025-07-01T17:00:00Z"),
        ("2025-07-01T17:00:00-0500", "2025-07-01T22:00:00Z"),
    ],
)
def test_times_with_and_without_a_zone(tmp_path, text, utc):
    tracks, report = read(tmp_path, gpx_of([(51.88, -0.42, text)]))
    assert list(tracks["time"]) == [pd.Timestamp(utc)]
    naive = not text.endswith(("Z", "00", "0")) or text in ("2025-07-01T17:00:00", "2025-07-01 17:00:00")
    assert report.choices == (["Track file 1: times without a zone were read as UTC, as GPX says."] if naive else [])


def test_single_bad_fixes_are_set_aside_and_counted(tmp_path):
    points = list(WALK)
    points[2] = (*WALK[2][:2], None)
    points[3] = (*WALK[3][:2], "noon")
    points[4] = (*WALK[4][:2], "2031-01-01T00:00:00Z")
    points[5] = (*WALK[5][:2], "1980-01-06T00:00:00Z")
    points[6] = (91, -0.42, WALK[6][2])
    points[7] = (0, 0, WALK[7][2])
    points[8] = (51.99, -0.42, WALK[8][2])
    points[9] = (*WALK[9][:2], WALK[10][2])
    points[11] = (*WALK[11][:2], "2025-02-30T00:00:00Z")
    tracks, report = read(tmp_path, gpx_of(points))
    assert reasons(report) == {
        "no time": 1,
        "the time cannot be read": 2,
        "a time in the future": 1,
        "a time before 2000: the clock was not set": 1,
        "no position on the Earth": 2,
        "the same moment as another fix of the track": 1,
        "a jump of more than 40 km/h": 1,
    }
    assert len(tracks) == report.used == 11
    assert report.set_aside[0].rows[0].file == "track file 1"


def test_fixes_out_of_order_are_sorted(tmp_path):
    tracks, _ = read(tmp_path, gpx_of(WALK[::-1]))
    assert tracks.equals(read(tmp_path, gpx_of(WALK))[0])


def test_many_files_and_a_folder(tmp_path):
    later = [(lat, lon, time.replace("T18", "T20")) for lat, lon, time in WALK]
    tracks, report = read(tmp_path, gpx_of(WALK), gpx_of(later))
    assert list(tracks.groupby("track").size()) == [20, 20]
    assert report.read == 40
    (tmp_path / "notes.txt").write_text("not a track")
    assert read_tracks([tmp_path], as_of=AS_OF)[0].equals(tracks)
    with pytest.raises(GeoError, match=r"no .gpx, .kml, .kmz, .tcx file in this folder"):
        (tmp_path / "none").mkdir()
        read_tracks([tmp_path / "none"], as_of=AS_OF)
    with pytest.raises(GeoError, match="No recording was named"):
        read_tracks([], as_of=AS_OF)


def test_a_file_given_twice_counts_once(tmp_path):
    tracks, report = read(tmp_path, gpx_of(WALK), gpx_of(WALK))
    assert len(tracks) == 20
    assert reasons(report) == {"in a file that was given twice": 20}


def test_what_is_not_gpx_is_refused(tmp_path):
    assert refused(tmp_path, b"").startswith("FILE: the file is empty.")
    assert refused(tmp_path, "<!DOCTYPE html><html>").startswith("FILE: this is a web page, not data")
    assert refused(tmp_path, "lat,lon\n1,2\n").startswith(
        "FILE: a table without a column of times, so not a recording."
    )
    assert refused(tmp_path, '{"type": "x"}').startswith(
        "FILE: this is not a recording (GPX, KML, TCX or a table), but json."
    )
    assert "Export the recording from the watch's program" in refused(tmp_path, b"\x0e\x10\xd9\x07\x00\x00\x00\x00.FIT")
    nmea = "$GPGGA,180001.00,5153.0,N,00025.0,W,1,08,1.0,100.0,M,47.0,M,,*5B\r\n"
    assert refused(tmp_path, nmea) == (
        "FILE: this is NMEA, the bare sentences of a receiver.\n"
        "Turn it into GPX with the receiver's program or GPSBabel."
    )
    assert refused(tmp_path, b"\x1f\x8b\x08\x00").endswith("Unzip it first.")
    assert refused(tmp_path, '<kml xmlns="http://www.opengis.net/kml/2.2"/>').startswith(
        "FILE: a KML file without a track."
    )
    assert refused(tmp_path, "<rss/>").startswith("FILE: this is XML, but not GPX, KML or TCX (it begins with <rss>).")
    assert refused(tmp_path, gpx_of(WALK).replace("</trkpt>", "</trk>", 1)).startswith(
        "FILE: not well-formed XML at line 4 (mismatched tag)."
    )
    with pytest.raises(GeoError, match="no such file"):
        read_tracks([tmp_path / "missing.gpx"], as_of=AS_OF)


def test_gpx_without_a_recording_is_refused(tmp_path):
    write_gpx(tmp_path / "plan.gpx", *plan()[:2], 1)
    with pytest.raises(GeoError) as error:
        read_tracks([tmp_path / "plan.gpx"], as_of=AS_OF)
    assert str(error.value) == (
        f"{tmp_path / 'plan.gpx'}: no track, only 8 planned points.\n"
        "This looks like a plan, not a recording. Name the file that the phone or receiver recorded."
    )
    assert refused(tmp_path, gpx_of([])) == "FILE: a GPX file without a track.\nWas the recording started?"


def test_a_track_without_times_is_refused(tmp_path):
    text = refused(tmp_path, gpx_of([(lat, lon, None) for lat, lon, _ in WALK]))
    assert text.startswith("FILE: none of its 20 fixes has a time, so it cannot say how long anybody stayed.")


def test_a_track_in_the_future_is_refused(tmp_path):
    text = gpx_of([(lat, lon, time.replace("2025", "2026")) for lat, lon, time in WALK])
    assert refused(tmp_path, text).startswith(
        "FILE: its 20 fixes lie in the future (after 31 December 2025 00:00 UTC)."
    )
    assert len(read_tracks([tmp_path / "PC Example 0.gpx"], as_of=datetime(2027, 1, 1))[0]) == 20


def test_a_ride_is_refused(tmp_path):
    # 60 km/h with a fix a second: no two neighbours are far apart
    ride = [(51.88 + 16.7 / 111_200 * i, -0.42, f"2025-12-05T18:{i // 60:02d}:{i % 60:02d}Z") for i in range(600)]
    assert "are faster than 40 km/h.\nThis is not a walk." in refused(tmp_path, gpx_of(ride))


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><gpx><name>&c;</name></gpx>'
)
OUTSIDE = '<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/hostname">]><gpx><name>&x;</name></gpx>'


@pytest.mark.parametrize("text", [BOMB, OUTSIDE, '<!DOCTYPE gpx SYSTEM "http://example.org/gpx.dtd"><gpx/>'])
def test_entities_are_refused(tmp_path, text):
    assert refused(tmp_path, text).startswith("FILE: refused. The file defines entities of its own (DOCTYPE)")
    with_mark = text.replace('version="1.0"', 'version="1.0" encoding="UTF-16"').encode("utf-16")
    assert refused(tmp_path, with_mark).startswith("FILE: refused.")


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(layers.tracks, "LARGEST_BYTES", 1000)
    assert "MB is more than a recorded walk can need." in refused(tmp_path, gpx_of(WALK))


def test_a_file_cut_off_anywhere_gives_the_fixes_before_or_a_clear_message(tmp_path):
    data = gpx_of(WALK).encode()
    for end in range(1, len(data) - 8, 7):
        (tmp_path / "cut.gpx").write_bytes(data[:end])
        whole = data[:end].count(b"</trkpt>")
        try:
            tracks, report = read_tracks([tmp_path / "cut.gpx"], as_of=AS_OF)
        except GeoError:
            assert not whole
        else:
            assert len(tracks) == whole
            assert report.warnings[0].startswith(f"Track file 1 is cut off at line {data[:end].count(10) + 1}, after ")


@given(st.binary(max_size=200))
@settings(max_examples=200)
def test_any_bytes_give_fixes_or_a_geo_error(data):
    for text in (
        data,
        b"<gpx>" + data + b"</gpx>",
        b'<gpx><trk><trkseg><trkpt lat="' + data + b'"/></trkseg></trk></gpx>',
    ):
        with suppress(GeoError):
            assert read_fixes(text, "x.gpx").planned >= 0


def test_only_the_points_own_time_is_read():
    text = (
        '<gpx xmlns:x="urn:x"><metadata><time>2020-01-01T00:00:00Z</time></metadata><trk><trkseg>'
        '<trkpt lat="1" lon="2"><time> 2021-01-01T00:00:00Z </time><extensions><x:time>2022-01-01T00:00:00Z</x:time>'
        "</extensions></trkpt></trkseg></trk></gpx>"
    )
    (fix,) = read_fixes(text.encode(), "x").fixes
    assert fix.time == "2021-01-01T00:00:00Z"


def test_a_walk_with_noise_keeps_every_fix_and_a_bad_first_fix_discredits_nobody():
    seconds = np.arange(0, 1800.0)
    noise = np.random.default_rng(1).normal(0, 8, (2, 1800))
    assert not too_fast(seconds, 1.3 * seconds + noise[0], noise[1]).any()
    x = np.where(seconds < 2, 50_000, 1.3 * seconds)
    assert list(np.flatnonzero(too_fast(seconds, x, 0 * x))) == [0, 1]
    x = np.where((seconds > 900) & (seconds < 903), -9_000, 1.3 * seconds)
    assert list(np.flatnonzero(too_fast(seconds, x, 0 * x))) == [901, 902]


def test_degrees_are_not_a_plane(tmp_path):
    with pytest.raises(GeoError, match="not in metres"):
        read(tmp_path, gpx_of(WALK), crs="EPSG:4326")
