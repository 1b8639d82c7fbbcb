"""Incidents from downloads, tables and map files: every row counted, every trap named."""

from __future__ import annotations

import gzip
import shutil
import zipfile

import geopandas as gpd
import pandas as pd
import pytest
from conftest import STREET_HEADER, degrees, make_incidents, street_row, write_street

from geo.errors import GeoError
from layers import incidents as layer


def read_incidents(path, **options):
    """As a user who says that a table without crime types holds ASB only; a table with types is read by them."""
    return layer.read_incidents(path, **{"all_are_asb": True, **options})


def aside(report):
    return {part.reason: part.count for part in report.set_aside}


def write(path, *lines, encoding="utf-8"):
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


@pytest.fixture
def table(tmp_path):
    """A force's own table: ISO dates, easting and northing."""
    return write(
        tmp_path / "own.csv",
        "URN,Date/Time,Category,Easting,Northing,Street",
        "A1,2025-01-31 23:30,Noise,600500,320500,Mill Lane",
        "A2,2025-02-01 00:10,Noise,600510,320500,Mill Lane",
        "A3,2025-02-14 12:00,Litter,600900,320100,Ash Row",
    )


# --- a police.uk download -------------------------------------------------------------------------------------------


def test_a_download_row_by_row(download):
    incidents, report = read_incidents(download)
    assert report.read == 40
    assert len(incidents) == report.used == 35
    assert aside(report) == {"other crime types": 4, "no position": 1}
    assert report.months == ("2025-01", "2025-03")
    assert report.gaps == ("2025-02",)
    assert "No data for 2025-02: a gap, not zero." in report.warnings
    assert incidents.crs.to_epsg() == 27700
    assert set(incidents["crime_type"]) == {"Anti-social behaviour"}
    assert set(incidents["precision"]) == {"snapped"}
    assert "Kept 30 rows identical to an earlier one: separate reports share one map point." not in report.choices
    assert any("identical to an earlier one" in choice for choice in report.choices)
    fault = report.faults().iloc[0]
    assert (fault["file"], fault["row"], fault["reason"]) == ("2025-03/2025-03-test-street.csv", 22, "no position")


def test_identical_rows_are_separate_reports(tmp_path):
    write_street(tmp_path, "2025-01", [street_row("2025-01", 500, 500)] * 7)
    incidents, report = read_incidents(tmp_path)
    assert len(incidents) == 7
    assert report.choices == ["Kept 6 rows identical to an earlier one: separate reports share one map point."]


def as_archive(folder, path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*.csv")):
            archive.write(file, file.relative_to(folder).as_posix())
    return path


def as_gzip(folder, target):
    for file in folder.rglob("*.csv"):
        packed = target / file.parent.name / f"{file.name}.gz"
        packed.parent.mkdir(parents=True, exist_ok=True)
        packed.write_bytes(gzip.compress(file.read_bytes()))
    return target


@pytest.mark.parametrize("form", ["archive", "gzip", "archive in a folder", "flat"])
def test_a_download_is_the_same_in_every_form(download, tmp_path, form):
    expected, _ = read_incidents(download)
    if form == "archive":
        path = as_archive(download, tmp_path / "2025-03.zip")
    elif form == "gzip":
        path = as_gzip(download, tmp_path / "packed")
    elif form == "archive in a folder":
        (tmp_path / "folder").mkdir()
        path = as_archive(download, tmp_path / "folder" / "2025-03.zip").parent
    else:
        path = tmp_path / "flat"
        path.mkdir()
        for file in download.rglob("*.csv"):
            shutil.copy(file, path)
    incidents, report = read_incidents(path)
    pd.testing.assert_frame_equal(pd.DataFrame(incidents), pd.DataFrame(expected))
    assert report.gaps == ("2025-02",)


def test_outcomes_and_searches_are_named_and_left_out(download):
    write_street(download, "2025-01", ["x"], kind="outcomes")
    write_street(download, "2025-01", ["x"], kind="stop-and-search")
    (download / "notes.csv").write_text("hello\n")
    _, report = read_incidents(download)
    assert report.read == 40
    assert "1 outcomes file left out: 2025-01-test-outcomes.csv." in report.choices
    assert "1 stop and search file left out: 2025-01-test-stop-and-search.csv." in report.choices
    assert "1 other file left out: notes.csv." in report.choices


def test_a_month_loaded_twice_counts_once(download):
    shutil.copytree(download / "2025-01", download / "again")
    incidents, report = read_incidents(download)
    assert len(incidents) == 35
    assert report.choices[0].startswith("1 month there twice with the same content, used once: again/2025-01")


def test_a_month_with_two_contents_is_refused(download):
    other = write_street(download / "newer", "2025-01", [street_row("2025-01", 1, 1)])
    with pytest.raises(GeoError) as error:
        read_incidents(download)
    assert "this month is also in 2025-01/2025-01-test-street.csv, with different content." in str(error.value)
    assert other.exists()


def test_a_force_that_lacks_a_month_others_have(download):
    write_street(download, "2025-02", [street_row("2025-02", 1, 1)], force="other")
    _, report = read_incidents(download)
    assert report.gaps == ()
    assert "other: no file for 2025-01, 2025-03, which other forces have." in report.warnings
    assert "test: no file for 2025-02, which other forces have." in report.warnings


def test_a_month_without_a_single_row_of_asb_is_a_gap(download):
    write_street(download, "2025-02", [street_row("2025-02", 1, 1, kind="Burglary")])
    _, report = read_incidents(download)
    assert report.months == ("2025-01", "2025-03")
    assert report.gaps == ("2025-02",)
    assert "2025-02: the files hold no row of this type; counted as gaps, not as zero." in report.warnings


def test_other_crime_types_only_when_asked(download):
    burglary, report = read_incidents(download, crime_types=["burglary"])
    assert set(burglary["crime_type"]) == {"Burglary"}
    assert len(burglary) == 4
    both, report = read_incidents(download, crime_types=["ASB", "Burglary"])
    assert len(both) == 39
    assert "Several crime types are counted together: Anti-social behaviour 36, Burglary 4." in report.warnings
    everything, _ = read_incidents(download, crime_types=["all"])
    assert len(everything) == 39


def test_no_row_of_the_type_asked_for_says_what_there_is(download):
    with pytest.raises(GeoError) as error:
        read_incidents(download, crime_types=["Robbery"])
    assert str(error.value).endswith(
        "no Robbery among its 40 rows.\nIt holds Anti-social behaviour (36), Burglary (4). Choose with --crime-type."
    )


def test_since_and_until_are_included(download):
    incidents, report = read_incidents(download, since="2025-02", until="2025-03")
    assert set(incidents["month"]) == {"2025-03"}
    assert aside(report) == {"other crime types": 4, "outside the period asked for": 17, "no position": 1}
    assert report.months == ("2025-03",)
    assert report.gaps == ("2025-02",)
    incidents, report = read_incidents(download, since="2024-06", until="2025-01-31")
    assert set(incidents["month"]) == {"2025-01"}
    assert "Asked from 2024-06, but the data begin in 2025-01." in report.warnings


def test_an_empty_period_says_what_was_set_aside(download):
    with pytest.raises(GeoError, match=r"no usable incident between 2030-01 and the end among 40 rows .*36 outside"):
        read_incidents(download, since="2030-01")


def test_a_folder_without_street_files(tmp_path):
    with pytest.raises(GeoError, match="no police.uk street file in it"):
        read_incidents(tmp_path)
    write_street(tmp_path, "2025-01", ["x"], kind="outcomes")
    with pytest.raises(GeoError, match="Use the files whose names end in -street.csv"):
        read_incidents(tmp_path)


def test_missing_ids_are_not_repeated_ones(tmp_path):
    path = write(
        tmp_path / "own.csv", "id,month,lon,lat", ",2025-01,1.3,52.7", ",2025-01,1.4,52.7", "7,2025-01,1.5,52.7"
    )
    incidents, report = read_incidents(path)
    assert len(incidents) == 3
    assert not any("with an id seen before" in warning for warning in report.warnings)


def test_repeated_ids_are_kept_and_said(tmp_path):
    path = write(tmp_path / "own.csv", "id,month,lon,lat", "7,2025-01,1.3,52.7", "7,2025-02,1.4,52.7")
    incidents, report = read_incidents(path)
    assert len(incidents) == 2
    assert "1 row with an id seen before" in report.warnings[-1]


def test_thousands_separators_and_decimal_commas(tmp_path):
    path = write(tmp_path / "own.csv", "month,easting,northing", '2025-01,"600,500","320,500"', "2025-01,600500,320500")
    incidents, _ = read_incidents(path)
    assert incidents.geometry.x.tolist() == [600_500, 600_500]


def test_a_few_swapped_rows_or_degrees_among_metres_are_set_aside(tmp_path):
    path = write(tmp_path / "a.csv", "month,lon,lat", *["2025-01,1.3,52.7"] * 3, "2025-01,52.7,1.3")
    assert aside(read_incidents(path)[1]) == {"position outside what its coordinates can mean": 1}
    path = write(tmp_path / "b.csv", "month,x,y", *["2025-01,600500,320500"] * 3, "2025-01,1.3,52.7")
    assert aside(read_incidents(path)[1]) == {"position outside what its coordinates can mean": 1}


def test_positions_are_kept_to_the_millimetre(tmp_path):
    path = write(tmp_path / "own.csv", "month,easting,northing", "2025-01,600500.12345,320500.98765")
    point = read_incidents(path)[0].geometry[0]
    assert (point.x, point.y) == (600500.123, 320500.988)


def test_impossible_dates_are_set_aside(tmp_path):
    rows = [f"{year}-01-05,1.3,52.7" for year in ("2025", "0025", "1901", "2999", "9999")]
    incidents, report = read_incidents(write(tmp_path / "own.csv", "date,lon,lat", *rows))
    assert incidents["month"].tolist() == ["2025-01"]
    assert sum(aside(report).values()) == 4
    assert report.gaps == ()


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path):
    path = write(
        tmp_path / "own.csv",
        "month,lon,lat,note",
        "",
        "",
        '2025-01,1.3,52.7,"two',
        'lines"',
        "2025-01,,,x",
        "2025-01,1,2",
    )
    _, report = read_incidents(path)
    assert report.faults()[["row", "reason"]].values.tolist() == [
        [6, "not as many cells as headings"],
        [5, "no position"],
    ]


def test_line_ends_of_every_system(tmp_path):
    for ends in ("\n", "\r\n", "\r"):
        path = tmp_path / "own.csv"
        path.write_bytes(ends.join(["month,lon,lat", "2025-01,1.3,52.7", "2025-01,1.4,52.7", ""]).encode())
        assert len(read_incidents(path)[0]) == 2


def test_weights_are_said_and_bad_ones_set_aside(tmp_path):
    path = write(
        tmp_path / "own.csv", "month,lon,lat,weight", *[f"2025-01,1.3,52.7,{w}" for w in (3, 1, "", -1, "inf")]
    )
    incidents, report = read_incidents(path)
    assert sorted(incidents["weight"]) == [1, 1, 3]
    assert aside(report) == {"weight is negative or no number": 2}
    assert "Rows are weighted: 5 rows count for 5." in report.warnings


def test_every_position_of_a_download_is_a_map_point(download):
    _, report = read_incidents(download)
    points = report.map_points.assign(x=report.map_points.geometry.x.round(-1))
    assert len(points) == 5
    assert points["other"].sum() == 4
    assert points.loc[points["other"] > 0, "x"].tolist() == [600_300]
    _, report = read_incidents(download, until="2025-01")
    assert report.map_points["other"].sum() == 2


def test_the_outcomes_file_alone_is_recognised(tmp_path):
    path = write(tmp_path / "outcomes.csv", "Crime ID,Month,Longitude,Latitude,Outcome type", "1,2025-01,0,52,x")
    with pytest.raises(GeoError) as error:
        read_incidents(path)
    assert str(error.value) == (
        "outcomes.csv: this looks like the police.uk outcomes file (it has 'Outcome type' but no 'Crime type').\n"
        "Use the file whose name ends in -street.csv."
    )


# --- one table -----------------------------------------------------------------------------------------------------


def test_a_forces_own_table(table):
    incidents, report = read_incidents(table)
    assert incidents["incident_id"].tolist() == ["A1", "A2", "A3"]
    assert incidents["month"].tolist() == ["2025-01", "2025-02", "2025-02"]
    assert incidents["occurred_from"].dt.hour.tolist() == [23, 0, 12]
    assert incidents["location_text"].tolist() == ["Mill Lane", "Mill Lane", "Ash Row"]
    assert incidents.geometry.x.tolist() == [600_500, 600_510, 600_900]
    assert report.warnings == []
    assert "All 3 rows are taken as Anti-social behaviour, as you say." in report.choices


@pytest.mark.parametrize(
    ("since", "until", "ids"),
    [("2025-02-01", None, ["A2", "A3"]), (None, "2025-02-01", ["A1", "A2"]), ("2025-02", "2025-02", ["A2", "A3"])],
)
def test_days_bound_a_dated_table(table, since, until, ids):
    incidents, _ = read_incidents(table, since=since, until=until)
    assert incidents["incident_id"].tolist() == ids


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("month,lon,lat", "2025-01,{lon},{lat}"),
        ("Month;LONGITUDE;LATITUDE", "2025-01;{lon_comma};{lat_comma}"),
        ("date\tlong\tlat", "15/01/2025\t{lon}\t{lat}"),
        ("Occurred On|lng|Latitude", "2025-01-15T10:00:00Z|{lon}|{lat}"),
        ("month,x,y", "2025-01,{lon},{lat}"),
        ("month,x,y", "2025-01,600500,320500"),
        ("Date,BNG_E,BNG_N", "45672,600500,320500"),
        ("crime.type,month,Longitude,Latitude", "Anti social behaviour,2025-01,{lon},{lat}"),
    ],
)
def test_usual_headers_and_delimiters(tmp_path, header, row):
    lon, lat = degrees(500, 500)
    row = row.format(lon=lon, lat=lat, lon_comma=str(lon).replace(".", ","), lat_comma=str(lat).replace(".", ","))
    incidents, _ = read_incidents(write(tmp_path / "own.csv", header, row))
    assert incidents["month"].tolist() == ["2025-01"]
    assert incidents.geometry.x.iloc[0] == pytest.approx(600_500, abs=0.1)
    assert incidents.geometry.y.iloc[0] == pytest.approx(320_500, abs=0.1)


def test_bad_rows_are_set_aside_with_their_places(tmp_path):
    lon, lat = degrees(500, 500)
    path = write(
        tmp_path / "own.csv",
        "when,lon,lat",
        f"2025-01-01,{lon},{lat}",
        "2025-01-02,,",
        "2025-01-03,0,0",
        f"yesterday,{lon},{lat}",
        f",{lon},{lat}",
        f"2025-01-04,{lon},5*.***",
        f"2025-01-05,{lon},{lat},extra",
        f"2025-01-06,{lon},912",
    )
    incidents, report = read_incidents(path, columns={"occurred_from": "when"})
    assert len(incidents) == 1
    assert report.read == 8
    faults = report.faults()
    assert dict(zip(faults["row"], faults["reason"], strict=True)) == {
        3: "no position",
        4: "at 0, 0",
        5: "date cannot be read",
        6: "no date",
        7: "position is not a number",
        8: "not as many cells as headings",
        9: "position outside what its coordinates can mean",
    }
    said = "\n".join(report.sentences())
    assert "1 row set aside: at 0, 0 (first: own.csv row 4)." in said
    assert "Unknown positions are often exported as zero." in said


def test_an_incident_that_ends_before_it_begins_is_set_aside(tmp_path):
    path = write(
        tmp_path / "own.csv",
        "from,to,easting,northing",
        "2025-01-02,2025-01-01,1000,1000",
        "2025-01-02,2025-01-03,1000,1000",
    )
    incidents, report = read_incidents(path)
    assert aside(report) == {"it ends before it begins": 1}
    assert incidents["occurred_to"].tolist() == [pd.Timestamp("2025-01-03")]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["id,when,lon,lat", "1,x,0,52"], "own.csv: no column 'occurred_from' or 'month'.\nFound: id, when, lon, lat."),
        (["month,where", "2025-01,here"], "own.csv: no columns with a position"),
        (["month,lon,lat", "2025-01,53.74,-2.01"], "lon and lat look swapped in 1 row (lon 53.74, lat -2.01"),
        (["month,lon,lat", "2025-01,0,0"], "no usable incident among 1 row (1 at 0, 0)"),
        (["month,easting,northing", "2025-01,-0.42,51.88"], "degrees found under Easting and Northing (-0.42, 51.88"),
        (["month,lon,lat", "2025-01,508660,224314"], "the longitudes and latitudes are not degrees (508,660, 224,314"),
        (["month,lon,lat"], "own.csv: it holds no rows."),
        (["month,month,lon,lat", "a,b,c,d"], "own.csv: columns share a name (month)."),
        (["hello"], "own.csv: this does not look like a table (its first line is 'hello')."),
        (["<!DOCTYPE html><html>"], "own.csv: this is a web page, not data (it starts with <!DOCTYPE html>)."),
        ([""], "own.csv: the file is empty."),
    ],
)
def test_messages_about_tables(tmp_path, lines, message):
    path = write(tmp_path / "own.csv", *lines)
    with pytest.raises(GeoError) as error:
        read_incidents(path)
    assert message in str(error.value)


def test_text_that_is_not_utf8(tmp_path):
    path = write(tmp_path / "own.csv", "month,lon,lat,street", "2025-01,1.3,52.7,Mill – Lane", encoding="cp1252")
    for encoding in ("cp1252", None):
        incidents, report = read_incidents(path, encoding=encoding)
        assert incidents["location_text"].tolist() == ["Mill – Lane"]
    assert "own.csv: not UTF-8; read as Windows-1252, as Excel saves it ('–')." in report.choices
    (tmp_path / "odd.csv").write_bytes(b"month,lon,lat,street\n2025-01,1.3,52.7,Mill \x81 Lane\n")
    with pytest.raises(GeoError) as error:
        read_incidents(tmp_path / "odd.csv")
    assert str(error.value) == (
        "odd.csv: not UTF-8 text (byte 0x81 in row 2).\n"
        "Files saved by Excel often need --encoding cp1252; of old programs, cp850; of a Mac, mac_roman."
    )
    with pytest.raises(GeoError, match="--encoding klingon: no such encoding"):
        read_incidents(path, encoding="klingon")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marks_at_the_beginning_of_a_file(tmp_path, encoding):
    path = write(tmp_path / "own.csv", "month,lon,lat,street", "2025-01,1.3,52.7,Café Row", encoding=encoding)
    incidents, _ = read_incidents(path)
    assert incidents["location_text"].tolist() == ["Café Row"]


def test_damaged_and_missing_files(tmp_path, download):
    packed = tmp_path / "own.csv.gz"
    packed.write_bytes(gzip.compress(b"month,lon,lat\n" + b"2025-01,1.3,52.7\n" * 500)[:60])
    with pytest.raises(GeoError, match="own.csv.gz: this gzip file is cut off in the middle .60 bytes."):
        read_incidents(packed)
    with pytest.raises(GeoError, match="nope.csv: no such file"):
        read_incidents(tmp_path / "nope.csv")
    broken = as_archive(download, tmp_path / "cut.zip")
    broken.write_bytes(broken.read_bytes()[:500])
    with pytest.raises(GeoError, match="cut.zip: this zip archive is damaged or cut off"):
        read_incidents(broken)
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("xl/workbook.xml", "<x/>")
    with pytest.raises(GeoError, match="book.xlsx: this workbook is damaged"):
        read_incidents(tmp_path / "book.xlsx")


def test_columns_can_be_mapped_and_a_wrong_mapping_is_named(table):
    incidents, _ = read_incidents(table, columns={"location_text": "Category"})
    assert set(incidents["location_text"]) == {"Noise", "Litter"}
    with pytest.raises(GeoError, match="location_text = 'Strasse', but the file has no such header"):
        read_incidents(table, columns={"location_text": "Strasse"})
    with pytest.raises(GeoError, match="there is no column 'place_text'"):
        read_incidents(table, columns={"place_text": "Street"})


# --- map files -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["geojson", "gpkg", "parquet"])
def test_map_files_of_points(tmp_path, ending):
    given = make_incidents([(500, 500), (501, 499), (20, 30)], months=["2025-01", "2025-02", "2025-02"])
    given["location_text"] = ["Ash Row", "=1+1", "<b>"]
    path = tmp_path / f"points.{ending}"
    if ending == "parquet":
        given.to_parquet(path)
    elif ending == "gpkg":
        given.to_file(path, layer="points")
    else:
        given.to_crs("EPSG:4326").to_file(path)
    incidents, report = read_incidents(path)
    assert report.read == report.used == 3
    assert incidents["location_text"].tolist() == ["<b>", "Ash Row", "=1+1"]
    assert incidents.geometry.x.tolist() == pytest.approx([600_020, 600_500, 600_501], abs=0.01)
    assert incidents["month"].tolist() == ["2025-02", "2025-01", "2025-02"]


def test_dates_of_map_files_survive(tmp_path):
    given = make_incidents([(500, 500)]).drop(columns="month").assign(occurred=pd.Timestamp("2025-06-30 23:30"))
    given.to_file(tmp_path / "points.gpkg")
    incidents, _ = read_incidents(tmp_path / "points.gpkg")
    assert incidents["occurred_from"].tolist() == [pd.Timestamp("2025-06-30 23:30")]
    assert incidents["month"].tolist() == ["2025-06"]


def test_polygons_are_not_incidents(tmp_path):
    areas = make_incidents([(500, 500)])
    areas["geometry"] = areas.buffer(10)
    areas.to_file(tmp_path / "areas.gpkg")
    with pytest.raises(GeoError, match="it holds Polygons, not points"):
        read_incidents(tmp_path / "areas.gpkg")


def test_points_at_zero_in_a_map_file_are_set_aside(tmp_path):
    given = make_incidents([(500, 500), (20, 30)]).to_crs("EPSG:4326")
    given.loc[0, "geometry"] = type(given.geometry[0])(0, 0)
    given.to_parquet(tmp_path / "points.parquet")
    incidents, report = read_incidents(tmp_path / "points.parquet")
    assert len(incidents) == 1
    assert aside(report) == {"at 0, 0": 1}


def test_rows_without_a_point_are_set_aside(tmp_path):
    given = make_incidents([(500, 500), (20, 30)])
    given.loc[0, "geometry"] = None
    given.to_file(tmp_path / "points.gpkg")
    incidents, report = read_incidents(tmp_path / "points.gpkg")
    assert len(incidents) == 1
    assert aside(report) == {"no position": 1}


# --- order ---------------------------------------------------------------------------------------------------------


def test_shuffled_rows_are_read_as_the_same_layer(download, tmp_path):
    expected, _ = read_incidents(download)
    for file in download.rglob("*.csv"):
        header, *rows = file.read_text().splitlines()
        frame = pd.Series(rows).sample(frac=1, random_state=4)
        file.write_text("\n".join([header, *frame]) + "\n")
    shuffled, _ = read_incidents(download)
    pd.testing.assert_frame_equal(pd.DataFrame(shuffled), pd.DataFrame(expected))
    assert STREET_HEADER.startswith("Crime ID")


# --- real data -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "files", "rows", "asb", "unlocated", "identical", "months"),
    [
        ("bedfordshire_street_2025", 12, 62_422, 9_681, 13, 2_414, 12),
        ("bedfordshire_street_2021_2024/street", 36, 182_113, 34_017, 32, None, 36),
    ],
)
def test_bedfordshire(shared_data, folder, files, rows, asb, unlocated, identical, months):
    incidents, report = read_incidents(shared_data / folder)
    assert len(report.files) == files
    assert report.read == rows
    assert aside(report) == {"other crime types": rows - asb, "no position": unlocated}
    assert len(incidents) == asb - unlocated
    assert len(report.months) == months
    assert report.gaps == ()
    if identical:
        assert any(choice.startswith(f"Kept {identical:,} rows identical") for choice in report.choices)


def test_bedfordshire_decoys_are_left_out(shared_data):
    _, report = read_incidents(shared_data / "bedfordshire_street_2021_2024")
    assert report.read == 182_113
    assert "1 outcomes file left out: 2024-04-bedfordshire-outcomes.csv.gz." in report.choices
    assert any(choice.startswith("36 stop and search files left out") for choice in report.choices)


def test_lancashire_has_months_by_name_and_no_crime_type(shared_data):
    incidents, report = read_incidents(shared_data / "lancashire_asb_2022" / "lancashire_asb.tab.gz")
    assert len(incidents) == 56_434
    assert incidents["month"].value_counts().sort_index().tolist() == [
        4415, 4087, 5028, 5236, 5174, 4913, 5187, 5672, 4662, 4538, 4034, 3488,
    ]  # fmt: skip
    assert report.warnings == []
    assert "All 56,434 rows are taken as Anti-social behaviour, as you say." in report.choices


def test_every_force_of_a_month(shared_data):
    incidents, report = read_incidents(shared_data / "national_street_2019_01")
    assert (len(report.files), report.read) == (41, 358_147)
    assert len(incidents) == 69_908 - 369


def test_northern_ireland_on_its_own_plane(shared_data):
    incidents, _ = read_incidents(shared_data / "northern_ireland_street_2018_2019", metric_crs="EPSG:2157")
    assert len(incidents) == 21_753 - 10
    assert incidents.geometry.x.between(580_000, 780_000).all()


def test_greater_manchester_burglaries(shared_data):
    path = shared_data / "messy_uk" / "gmp_bur.csv.gz"
    with pytest.raises(GeoError, match=r"no Anti-social behaviour among its 92,666 rows.\nIt holds Burglary .92,666."):
        read_incidents(path)
    incidents, report = read_incidents(path, crime_types=["Burglary"])
    assert len(incidents) == 92_666
    assert "Kept 11,183 rows identical to an earlier one: separate reports share one map point." in report.choices


def test_chicago_keeps_its_hours(shared_data):
    path = shared_data / "chicago_assaults_timestamped" / "chicago_aggravated_assaults.csv.gz"
    incidents, _ = read_incidents(path, metric_crs="EPSG:32616")
    hours = incidents["occurred_from"].dt.hour.value_counts()
    assert len(incidents) == 148_636
    assert (hours.idxmax(), hours.max(), hours.idxmin(), hours.min()) == (22, 8_560, 6, 2_121)


def test_a_geopackage_survives_a_round_trip(tmp_path, shared_data):
    incidents, _ = read_incidents(shared_data / "bedfordshire_street_2025", until="2025-01")
    incidents.to_file(tmp_path / "again.gpkg")
    again, _ = read_incidents(tmp_path / "again.gpkg")
    assert isinstance(again, gpd.GeoDataFrame)
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(incidents), check_dtype=False)
