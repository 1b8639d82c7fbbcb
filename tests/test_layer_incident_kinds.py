"""The kinds of incident tables that people really hold: whatever their spelling, the same incidents come out."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pandas as pd
import pytest

from geo.errors import GeoError
from layers.incidents import read_incidents

LON, LAT = -0.425095, 51.881517  # 508500, 221500 is 51.8814 N, 0.4250 W
ASB, OTHER = "Anti-social behaviour", "Burglary"


def table(n=24):
    """Reports near 508400, 221400, two a month, in the evening; a burglary after each."""
    rng = np.random.default_rng(4)
    rows = []
    for i in range(n):
        when = pd.Timestamp(2023, 1 + i % 12, 1 + (7 * i) % 28, 19 + i % 4, (13 * i) % 60)
        east, north = (508400 + rng.integers(-30, 30), 221400 + rng.integers(-30, 30))
        rows.append((when, int(east), int(north), ASB))
        rows.append((when, int(east) + 1000, int(north), OTHER))
    return pd.DataFrame(rows, columns=["when", "e", "n", "type"])


def as_lonlat(rows):
    import pyproj

    to = pyproj.Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)
    return to.transform(rows["e"].to_numpy(float), rows["n"].to_numpy(float))


def check(path, *, days=True, within_m=1.0, **options):
    incidents, report = read_incidents(path, **options)
    rows = table()
    wanted = rows[rows["type"] == ASB]
    assert len(incidents) == len(wanted)
    assert set(incidents["crime_type"]) == {ASB}
    assert abs(incidents.geometry.x.mean() - wanted["e"].mean()) <= within_m
    assert abs(incidents.geometry.y.mean() - wanted["n"].mean()) <= within_m
    assert sorted(incidents["month"]) == sorted(wanted["when"].dt.strftime("%Y-%m"))
    assert report.months == tuple(f"2023-{month:02d}" for month in range(1, 13))
    has_days = "occurred_from" in incidents and incidents["occurred_from"].notna().any()
    assert has_days == bool(days)
    if days and days != "no times":
        assert sorted(incidents["occurred_from"]) == sorted(wanted["when"])
    return report


def save(path, columns, sep=","):
    pd.DataFrame(columns).to_csv(path, index=False, sep=sep)
    return path


SPELLINGS = {
    "iso": ("%Y-%m-%d %H:%M", True),
    "british": ("%d/%m/%Y %H:%M", True),
    "american with am and pm": ("%m/%d/%Y %I:%M:%S %p", True),
    "short years": ("%d/%m/%y %H:%M", True),
    "in words": ("%d %B %Y %H:%M", True),
    "american in words": ("%B %d, %Y %I:%M %p", True),
    "compact": ("%Y%m%d %H:%M", True),
    "day only": ("%d-%b-%Y", "no times"),
    "months as Excel saves them": ("%b-%y", False),
    "months in words": ("%B %Y", False),
    "year first": ("%Y %b", False),
    "month and year": ("%m/%Y", False),
    "month of ISO": ("%Y-%m", False),
}


@pytest.mark.parametrize("kind", SPELLINGS)
@pytest.mark.parametrize("heading", ["Date", "Month"])
def test_every_spelling_of_a_date(tmp_path, kind, heading):
    spelling, days = SPELLINGS[kind]
    if heading == "Month" and days:
        pytest.skip("a day under Month is a month")
    rows = table()
    columns = {heading: rows["when"].dt.strftime(spelling), "Crime type": rows["type"], "Easting": rows["e"]}
    check(save(tmp_path / "own.csv", {**columns, "Northing": rows["n"]}), days=days)


def test_numbers_that_are_dates(tmp_path):
    rows = table()
    place = {"Crime type": rows["type"], "Easting": rows["e"], "Northing": rows["n"]}
    days = (rows["when"] - pd.Timestamp("1899-12-30")) / pd.Timedelta(days=1)
    check(save(tmp_path / "excel.csv", {"Date": days.round(9), **place}))
    utc = rows["when"].dt.tz_localize("Europe/London").dt.tz_convert("UTC").dt.tz_localize(None)
    seconds = ((utc - pd.Timestamp(0)) / pd.Timedelta(seconds=1)).astype("int64")
    report = check(save(tmp_path / "ms.csv", {"Date": seconds * 1000, **place}))
    assert any("milliseconds since 1970" in choice for choice in report.choices)
    check(save(tmp_path / "s.csv", {"Date": seconds, **place}))


def test_a_date_in_several_columns(tmp_path):
    rows = table()
    place = {"TYPE": rows["type"], "X": rows["e"], "Y": rows["n"]}
    when = rows["when"].dt
    parts = {"YEAR": when.year, "MONTH": when.month, "DAY": when.day, "HOUR": when.hour, "MINUTE": when.minute}
    check(save(tmp_path / "parts.csv", {**parts, **place}))
    check(save(tmp_path / "months.csv", {"Year": when.year, "Month": when.strftime("%B"), **place}), days=False)
    apart = {"Date": when.strftime("%d/%m/%Y"), "Time": when.strftime("%H:%M")}
    check(save(tmp_path / "apart.csv", {"Incident date": apart["Date"], "Incident time": apart["Time"], **place}))


@pytest.mark.parametrize(
    "names",
    [
        ("Yr", "Mth", "Day", "Hr", "Min"),
        ("OCC_YEAR", "OCC_MONTH", "OCC_DAY", "OCC_HOUR", "OCC_MINUTE"),
        ("AÑO", "MES", "DÍA", "HORA", "MINUTO"),
        ("Year", "Month", "Date", "Hour", "Minute"),
    ],
)
def test_the_parts_of_a_date_by_other_names(tmp_path, names):
    rows = table()
    parts = [getattr(rows["when"].dt, part) for part in ("year", "month", "day", "hour", "minute")]
    place = {"Easting": rows["e"], "Northing": rows["n"], "Crime type": rows["type"]}
    check(save(tmp_path / "own.csv", {**dict(zip(names, parts, strict=True)), **place}))


def test_headings_that_a_shapefile_cut(tmp_path):
    rows = table()
    columns = {"Incident_D": rows["when"].dt.strftime("%Y-%m-%d %H:%M"), "Crime_type": rows["type"]}
    check(save(tmp_path / "own.csv", {**columns, "Easting": rows["e"], "Northing": rows["n"]}))


def test_a_column_that_excel_half_read_is_refused(tmp_path):
    rows = table()
    day = rows["when"].dt
    spoilt = day.strftime("%d/%m/%Y").where(day.day > 12, day.strftime("%Y-%d-%m"))
    path = save(tmp_path / "own.csv", {"Date": spoilt, "Crime type": rows["type"], "X": rows["e"], "Y": rows["n"]})
    with pytest.raises(GeoError, match="half of the column became dates, half stayed text"):
        read_incidents(path)
    mixed = day.strftime("%d/%m/%Y").where(rows.index // 2 % 2 == 0, day.strftime("%m/%d/%Y"))
    path = save(tmp_path / "two.csv", {"Date": mixed, "Crime type": rows["type"], "X": rows["e"], "Y": rows["n"]})
    with pytest.raises(GeoError, match="two orders in one column"):
        read_incidents(path)


def positions():
    rows = table()
    lon, lat = as_lonlat(rows)
    mercator = pd.DataFrame(
        {"x": np.radians(lon) * 6378137, "y": np.log(np.tan(np.pi / 4 + np.radians(lat) / 2)) * 6378137}
    )
    degrees, metres = pd.Series(lon).round(7), rows["e"]
    some = rows["when"].dt.month <= 3
    grid = [f"TL {str(e)[1:5]} {str(n)[1:5]}" for e, n in zip(rows["e"], rows["n"], strict=True)]
    return {
        "easting": ({"Easting": rows["e"], "Northing": rows["n"]}, ","),
        "latitude first": ({"Latitude": lat, "Longitude": lon}, ","),
        "thousands": ({"Easting": [f"{e:,}" for e in rows["e"]], "Northing": [f"{n:,}" for n in rows["n"]]}, ";"),
        "decimal commas": (
            {"X": [f"{x:.6f}".replace(".", ",") for x in lon], "Y": [f"{y:.6f}".replace(".", ",") for y in lat]},
            ";",
        ),
        "web mercator": ({"X": mercator["x"], "Y": mercator["y"]}, ","),
        "two systems": ({"X": metres.where(some, degrees), "Y": rows["n"].where(some, pd.Series(lat).round(7))}, ","),
        "a pair in brackets": ({"Location": [f"({y:.7f}, {x:.7f})" for x, y in zip(lon, lat, strict=True)]}, ","),
        "a pair of Kobo": ({"gps": [f"{y:.7f} {x:.7f} 110.0 4.5" for x, y in zip(lon, lat, strict=True)]}, ","),
        "WKT": ({"geometry": [f"POINT ({x:.7f} {y:.7f})" for x, y in zip(lon, lat, strict=True)]}, ","),
        "WKT in metres": (
            {"wkt": [f"SRID=27700;POINT({e} {n})" for e, n in zip(rows["e"], rows["n"], strict=True)]},
            ",",
        ),
        "named": ({"Geo point": [f"lat: {y:.7f} lon: {x:.7f}" for x, y in zip(lon, lat, strict=True)]}, ","),
        "in words": ({"Location": [f"Lat {y:.7f}, Long {x:.7f}" for x, y in zip(lon, lat, strict=True)]}, ";"),
        "a slash": ({"Lat/Long": [f"{y:.7f}/{x:.7f}" for x, y in zip(lon, lat, strict=True)]}, ","),
        "of R": ({"geometry": [f"c({x:.7f}, {y:.7f})" for x, y in zip(lon, lat, strict=True)]}, ";"),
        "below an address": (
            {"Location": [f"Test Street\nLuton\n({y:.7f}, {x:.7f})" for x, y in zip(lon, lat, strict=True)]},
            ";",
        ),
        "of Esri": ({"Shape": [f'{{"x": {x:.7f}, "y": {y:.7f}}}' for x, y in zip(lon, lat, strict=True)]}, "|"),
        "of Opendatasoft": ({"geo_point_2d": [f"{y:.7f}, {x:.7f}" for x, y in zip(lon, lat, strict=True)]}, ";"),
        "N and W": ({"GPS": [f"{y:.7f}N {-x:.7f}W" for x, y in zip(lon, lat, strict=True)]}, ","),
        "E and N": ({"Map ref": [f"E{e} N{n}" for e, n in zip(rows["e"], rows["n"], strict=True)]}, ","),
        "both headings": ({"Easting Northing": [f"{e} {n}" for e, n in zip(rows["e"], rows["n"], strict=True)]}, ","),
        "some the other way round": (
            {"Longitude": degrees.where(~some, lat), "Latitude": pd.Series(lat).where(~some, degrees)},
            ",",
        ),
        "two planes": (
            {"X": metres.where(some, mercator["x"]), "Y": rows["n"].where(some, mercator["y"])},
            ",",
        ),
        "grid letters": ({"Grid ref": grid}, ","),
        "grid letters without spaces": ({"NGR": [one.replace(" ", "").lower() for one in grid]}, ","),
    }  # fmt: skip


@pytest.mark.parametrize("kind", positions())
def test_every_spelling_of_a_position(tmp_path, kind):
    place, sep = positions()[kind]
    rows = table()
    columns = {"Date": rows["when"].dt.strftime("%Y-%m-%d %H:%M"), "Crime type": rows["type"], **place}
    report = check(save(tmp_path / "own.csv", columns, sep), within_m=5.5 if "grid" in kind else 1.0)
    if kind not in ("easting", "latitude first", "thousands", "decimal commas"):
        assert any(choice.startswith("own.csv: ") for choice in report.choices)  # what was read as what


def test_a_decimal_comma_with_three_digits_is_no_thousand(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("Month;Crime type;X;Y\n2023-01;ASB;-0,427;51,881\n2023-02;ASB;-0,426;51,882\n")
    incidents, _ = read_incidents(path)
    assert incidents.geometry.x.between(508000, 509000).all()


TITLES = "Anti-social behaviour log,,,,\nExported 12/01/2024,,,,\n,,,,\n"


@pytest.mark.parametrize(
    "change",
    [
        *("titles", "trailing commas", "some trailing commas", "trailing comma and space", "a wider header", "index"),
        *("row names of R", "headings again", "headings in two rows", "footer", "utf-16", "cp1252"),
    ],
)
def test_every_frame_around_a_table(tmp_path, change):
    rows = table()
    columns = {"Date": rows["when"].dt.strftime("%Y-%m-%d %H:%M"), "Crime type": rows["type"], "Easting": rows["e"]}
    columns = {**columns, "Northing": rows["n"], "Street": "Höchst"}
    text = pd.DataFrame(columns).to_csv(index=change == "index")
    lines = text.splitlines()
    if change == "titles":
        text = TITLES + text
    elif change == "trailing commas":
        text = "\n".join([lines[0], *(line + "," for line in lines[1:])])
    elif change == "some trailing commas":
        text = "\n".join([lines[0], *(line + "," * (i % 3) for i, line in enumerate(lines[1:]))])
    elif change == "trailing comma and space":
        text = "\n".join([lines[0], *(line + ", " for line in lines[1:])])
    elif change == "a wider header":
        text = "\n".join([lines[0] + ",,", *lines[1:]])
    elif change == "row names of R":
        text = "\n".join([lines[0], *(f'"{i}",{line}' for i, line in enumerate(lines[1:], 1))])
    elif change == "headings in two rows":
        text = "\n".join(["Date,Crime type,Position,,Street", ",,Easting,Northing,", *lines[1:]])
    elif change == "headings again":
        text = "\n".join([*lines[:20], lines[0], *lines[20:]])
    elif change == "footer":
        text += "\nSource: the force's own system\n"
    path = tmp_path / "own.csv"
    path.write_bytes(text.encode({"utf-16": "utf-16", "cp1252": "cp1252"}.get(change, "utf-8")))
    report = check(path)
    assert report.read == report.used + sum(part.count for part in report.set_aside)
    incidents, _ = read_incidents(path)
    assert set(incidents["location_text"]) == {"Höchst"}
    assert not {"personal", "situational", "incidental"} & set(incidents)


def test_a_workbook_and_json_are_read_as_a_table_is(tmp_path):
    rows = table()
    lon, lat = as_lonlat(rows)
    frame = pd.DataFrame({"Date": rows["when"], "Crime type": rows["type"], "lon": lon, "lat": lat})
    with pd.ExcelWriter(tmp_path / "own.xlsx") as book:
        pd.DataFrame({"Read me": ["nothing here"]}).to_excel(book, sheet_name="Notes", index=False)
        frame.to_excel(book, sheet_name="Incidents", index=False, startrow=3)
    check(tmp_path / "own.xlsx")
    check(f"{tmp_path / 'own.xlsx'}::Incidents")
    crimes = [
        {
            "category": "anti-social-behaviour" if kind == ASB else "burglary",
            "location_type": "Force",
            "location": {"latitude": f"{y:.6f}", "longitude": f"{x:.6f}", "street": {"id": 1, "name": "On or near"}},
            "context": "",
            "persistent_id": "",
            "id": i,
            "month": when.strftime("%Y-%m"),
        }
        for i, (kind, x, y, when) in enumerate(zip(rows["type"], lon, lat, rows["when"], strict=True))
    ]
    (tmp_path / "api.json").write_text("\ufeff" + json.dumps(crimes), encoding="utf-8")
    check(tmp_path / "api.json", days=False)


def test_crime_types_are_known_by_their_values(tmp_path):
    rows = table()
    slugs = rows["type"].map({ASB: "anti-social-behaviour", OTHER: "burglary"})
    columns = {"month": rows["when"].dt.strftime("%Y-%m"), "category": slugs, "x": rows["e"], "y": rows["n"]}
    path = save(tmp_path / "api.csv", columns)
    check(path, days=False)
    incidents, _ = read_incidents(path, crime_types=["Burglary"])
    assert (incidents.geometry.x > 509000).all()
    assert set(incidents["crime_type"]) == {"Burglary"}
    path = save(tmp_path / "untyped.csv", {key: columns[key] for key in ("month", "x", "y")})
    with pytest.raises(
        GeoError, match="no column says what kind of crime a row is, so --crime-type Burglary cannot be"
    ):
        read_incidents(path, crime_types=["Burglary"])


def street(folder, month, force, rows):
    folder.mkdir(exist_ok=True)
    lines = [f"{i},{month},{force},{force},{lon},51.88,On or near,,,{kind},," for i, lon, kind in rows]
    head = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    text = "\n".join([head + "Last outcome category,Context", *lines])
    (folder / f"{month}-{force}-street.csv").write_text(text + "\n")


def test_coverage_is_by_force_and_a_hollow_month_is_missing(tmp_path):
    many = [("", round(-0.42 - i / 1000, 5), ASB) for i in range(40)]
    for number in range(1, 13):
        street(tmp_path / "all", f"2023-{number:02d}", "west", many if number != 5 else many[:1])
        if number <= 6:
            street(tmp_path / "all", f"2023-{number:02d}", "east", many)
    incidents, report = read_incidents(tmp_path / "all")
    west = tuple(f"2023-{number:02d}" for number in range(1, 13) if number != 5)
    assert report.coverage == {"east": west[:4] + ("2023-05", "2023-06"), "west": west} or report.coverage == {
        "east": tuple(f"2023-{number:02d}" for number in range(1, 7)),
        "west": west,
    }
    assert "West: 2023-05 (1 row) where a month has 40: taken as missing." in report.warnings
    assert incidents.groupby("force")["month"].nunique().to_dict() == {"east": 6, "west": 11}
    assert report.as_record()["coverage"]["west"] == list(west)


def test_one_record_many_times_and_rows_without_an_id(tmp_path):
    again = [("aa11", -0.42, OTHER)] * 13 + [("bb22", -0.43, OTHER), ("aa11", -0.44, OTHER)]
    street(tmp_path / "all", "2023-01", "west", again + [("", -0.42, ASB)] * 5)
    incidents, report = read_incidents(tmp_path / "all", crime_types=["Burglary"])
    assert len(incidents) == 3  # an id at another place is another record
    assert [(part.count, part.reason.split(":")[0]) for part in report.set_aside if "again" in part.reason] == [
        (12, "the same record again")
    ]
    assert len(read_incidents(tmp_path / "all")[0]) == 5


@pytest.mark.parametrize(
    "name",
    [
        *("2023-01-west-street (1).csv", "2023-01-west-street - Copy (2).csv", "Copy of 2023-01-west-street.csv"),
        *("2023-01-west-street_1.csv", "2023-01-west-street copy.csv", "2023-01-west-street.csv.txt"),
    ],
)
def test_a_browsers_second_download_is_its_month(tmp_path, name):
    street(tmp_path / "all", "2023-01", "west", [("", -0.42, ASB)])
    path = tmp_path / "all" / "2023-01-west-street.csv"
    path.rename(path.with_name(name))
    street(tmp_path / "all", "2023-02", "west", [("", -0.42, ASB)])
    incidents, report = read_incidents(tmp_path / "all")
    assert list(incidents["month"]) == ["2023-01", "2023-02"]
    assert report.months == ("2023-01", "2023-02")
    assert not report.gaps


def test_every_heading_is_read_or_named(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("Date,Crime type,lon,lat,Beat officer,Weights\n2023-01-02,ASB,-0.42,51.88,PC X,2\n")
    _, report = read_incidents(path)
    assert report.unread == {"own.csv": {"Beat officer": "", "Weights": "weight"}}
    assert any("2 headings not read" in sentence for sentence in report.sentences())


def invented():
    """Tables as other people keep them: {kind: (columns, keywords of the file, whether times are told)}."""
    rows = table()
    lon, lat = as_lonlat(rows)
    when = rows["when"]
    day, minute = when.dt.strftime("%d/%m/%Y"), when.dt.strftime("%d/%m/%Y %H:%M")
    place, kind, date = {"Easting": rows["e"], "Northing": rows["n"]}, {"Crime type": rows["type"]}, {"Date": minute}
    degrees = {"Lon": lon, "Lat": lat}
    welsh = "Ionawr Chwefror Mawrth Ebrill Mai Mehefin Gorffennaf Awst Medi Hydref Tachwedd Rhagfyr".split()
    spanish = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()

    def types(asb, other):
        return rows["type"].map({ASB: asb, OTHER: other})

    def dms(value, sides):
        whole = int(abs(value))
        minutes = (abs(value) - whole) * 60
        return f"{whole}°{int(minutes):02d}'{(minutes % 1) * 60:06.3f}\"{sides[int(value < 0)]}"

    headed = {
        "German": (
            {
                "Datum": when.dt.strftime("%d.%m.%Y %H:%M"),
                "Deliktart": rows["type"],
                "Längengrad": lon,
                "Breitengrad": lat,
            }
        ),
        "Spanish": ({"Fecha": minute, "Delito": rows["type"], "Longitud": lon, "Latitud": lat}),
        "Welsh": ({"Dyddiad": minute, "Math o drosedd": rows["type"], "Hydred": lon, "Lledred": lat}),
        "committed, not reported": {"Date Committed": minute, "Date Reported": "01/01/2024", **kind, **place},
        "occurred, not created": {"Date occurred": minute, "Date created": "01/01/2024", **kind, **place},
        "from and to": {"Start Date/Time": minute, "End Date/Time": minute, **kind, **place},
        "in one word": {"LogDate": minute, "CrimeType": rows["type"], **place},
        "of a command system": {"Incident Creation Date/Time": minute, **kind, **place},
    }
    dated = {
        "Welsh months": [f"{one.day} {welsh[one.month - 1]} {one.year} {one:%H:%M}" for one in when],
        "Spanish months": [f"{one.day} de {spanish[one.month - 1]} de {one.year} {one:%H:%M}" for one in when],
        "digits": when.dt.strftime("%Y%m%d%H%M"),
        "digits with seconds": when.dt.strftime("%Y%m%d%H%M%S"),
        "hyphens of a typesetter": when.dt.strftime("%d‑%m‑%Y %H:%M"),
        "an apostrophe of Excel": "'" + minute,
        "a serial with a comma": [
            str((one - pd.Timestamp("1899-12-30")) / pd.Timedelta(days=1)).replace(".", ",") for one in when
        ],
    }
    timed = {
        "HHMM": when.dt.strftime("%H%M"),
        "a number": when.dt.hour * 100 + when.dt.minute,
        "a part of the day": (when.dt.hour * 60 + when.dt.minute) / 1440,
    }
    typed = {
        "Primary Type": rows["type"],
        "Offence Group": rows["type"],
        "Event": rows["type"],
        "MainCategory": types("anti_social_behaviour", "burglary"),
        "Classification": types("ASB", "BURGLARY"),
        "Final Classification": types("ASB - Nuisance", "Burglary Dwelling"),
        "Closing Category": types("ASB NUISANCE", "CRIME"),
        "Crime type ": types("Anti-social behaviour – Personal", "Burglary"),
        "Math": types("Ymddygiad gwrthgymdeithasol", "Bwrgleriaeth"),
    }
    placed = {
        "thousands by spaces": {name: [f"{one:,}".replace(",", " ") for one in place[name]] for name in place},
        "dots and a comma": {name: [f"{one:,}".replace(",", ".") + ",0" for one in place[name]] for name in place},
        "with a unit": {name: [f"{one} m" for one in place[name]] for name in place},
        "degree signs": {name: [f"{one:.6f}°" for one in degrees[name]] for name in degrees},
        "W and N": {"Longitude": [f"{-one:.6f} W" for one in lon], "Latitude": [f"{one:.6f} N" for one in lat]},
        "minutes and seconds": {
            "Longitude": [dms(one, "EW") for one in lon],
            "Latitude": [dms(one, "NS") for one in lat],
        },
        "twelve digits": {"Grid Ref": [f"{e}{n}" for e, n in zip(rows["e"], rows["n"], strict=True)]},
        "metres in one cell": {"Location": [f"{e}, {n}" for e, n in zip(rows["e"], rows["n"], strict=True)]},
        "lon first": {"coordinates": [f"{x:.6f}, {y:.6f}" for x, y in zip(lon, lat, strict=True)]},
        "in brackets": {"coordinates": [f"[{x:.6f}, {y:.6f}]" for x, y in zip(lon, lat, strict=True)]},
        "commas twice": {"Position": [f"{y:.6f}; {x:.6f}".replace(".", ",") for x, y in zip(lon, lat, strict=True)]},
        "GeoJSON": {
            "geometry": [json.dumps({"type": "Point", "coordinates": [x, y]}) for x, y in zip(lon, lat, strict=True)]
        },
        "Socrata": {
            "Location": [str({"latitude": f"{y:.6f}", "longitude": f"{x:.6f}"}) for x, y in zip(lon, lat, strict=True)]
        },
        "EWKT": {"shape": [f"SRID=27700;POINT({e} {n})" for e, n in zip(rows["e"], rows["n"], strict=True)]},
        "zeros beside metres": {**place, "lon": 0, "lat": 0},
        "half here, half there": {
            "Easting": rows["e"].where(rows.index % 3 > 0),
            "Northing": rows["n"].where(rows.index % 3 > 0),
            "lon": pd.Series(lon).where(rows.index % 3 == 0),
            "lat": pd.Series(lat).where(rows.index % 3 == 0),
        },
        "Location Easting": {f"Location {name}": place[name] for name in place},
        "XCOORD": {"XCOORD": rows["e"], "YCOORD": rows["n"]},
        "GRID_E": {"GRID_E": rows["e"], "GRID_N": rows["n"]},
        "lat_wgs84": {"lat_wgs84": lat, "lon_wgs84": lon},
    }
    yield from headed.items()
    yield from ((f"date: {name}", {"Date": values, **kind, **place}) for name, values in dated.items())
    yield from ((f"time: {name}", {"Date": day, "Time": values, **kind, **place}) for name, values in timed.items())
    yield "time: beside midnight", {"Date": day + " 00:00:00", "Time": when.dt.strftime("%H:%M"), **kind, **place}
    yield from ((f"type: {name}", {**date, name: values, **place}) for name, values in typed.items())
    yield from ((f"position: {name}", {**date, **kind, **values}) for name, values in placed.items())


INVENTED = dict(invented())


@pytest.mark.parametrize("kind", INVENTED)
def test_tables_as_other_people_keep_them(tmp_path, kind):
    check(save(tmp_path / "own.csv", INVENTED[kind], "|"), days=True)


def test_months_as_digits_and_text_of_four_bytes(tmp_path):
    rows = table()
    columns = {"Month": rows["when"].dt.strftime("%Y%m"), "Crime type": rows["type"], "x": rows["e"], "y": rows["n"]}
    check(save(tmp_path / "own.csv", columns), days=False)
    (tmp_path / "wide.csv").write_text((tmp_path / "own.csv").read_text(), encoding="utf-32")
    check(tmp_path / "wide.csv", days=False)


def test_a_table_without_types_is_asb_only_if_the_user_says_so(tmp_path):
    rows = table()
    own = save(tmp_path / "own.csv", {"Date": rows["when"], "x": rows["e"], "y": rows["n"]})
    with pytest.raises(GeoError, match=r"no column says what kind of crime a row is\.\n.*--all-are-asb"):
        read_incidents(own)
    with pytest.raises(GeoError, match="so --crime-type Burglary cannot be applied"):
        read_incidents(own, crime_types=("Burglary",), all_are_asb=True)
    incidents, report = read_incidents(own, all_are_asb=True)
    assert (len(incidents), set(incidents["crime_type"])) == (48, {ASB})
    assert f"All 48 rows are taken as {ASB}, as you say." in report.choices
    assert set(read_incidents(own, crime_types=("all",))[0]["crime_type"]) == {"not said"}


def test_what_a_type_says_of_asb_is_kept(tmp_path):
    rows = table()
    kinds = ["ASB - Nuisance", "Anti-social behaviour (personal)", "ASB Environmental", "ASB"]
    own = save(tmp_path / "own.csv", {"Date": rows["when"], "Offence": kinds * 12, "x": rows["e"], "y": rows["n"]})
    incidents, _ = read_incidents(own)
    assert incidents["asb_type"].value_counts().to_dict() == {"nuisance": 12, "personal": 12, "environmental": 12}


def test_an_order_that_nothing_tells_is_warned_of(tmp_path):
    rows = table()
    days = [f"{one.month:02d}/{one.day % 12 + 1:02d}/2023" for one in rows["when"]]
    own = save(tmp_path / "own.csv", {"Date": days, "Crime type": rows["type"], "x": rows["e"], "y": rows["n"]})
    assert any("no row tells it from month/day/year" in one for one in read_incidents(own)[1].warnings)


def test_when_it_was_reported_is_called_that(tmp_path):
    rows = table()
    own = save(
        tmp_path / "own.csv",
        {"Date Reported": rows["when"], "Crime type": rows["type"], "x": rows["e"], "y": rows["n"]},
    )
    assert any("'Date Reported' says when it was reported" in one for one in check(own).choices)


def test_a_position_that_cannot_be_read_is_shown(tmp_path):
    rows = table()
    masked = {"x": rows["e"].astype(str).str[:4] + "**", "y": rows["n"].astype(str).str[:4] + "**"}
    own = save(tmp_path / "own.csv", {"Date": rows["when"], "Crime type": rows["type"], **masked})
    with pytest.raises(GeoError, match=r"position is not a number, such as '508\d\*\*, 221\d\*\*'.*\nWrite degrees as"):
        read_incidents(own)


@pytest.mark.parametrize(
    ("when", "east", "north"),
    [
        ("OCC_DATE", "X_COORD", "Y_COORD"),
        ("Occurred From", "Grid Ref E", "Grid Ref N"),
        ("Date_Occur", "OS Grid Ref Easting", "OS Grid Ref Northing"),
        ("Inc Date", "Incident Location X", "Incident Location Y"),
        ("Off. Date", "Site X", "Site Y"),
    ],
)
def test_headings_of_record_systems(tmp_path, when, east, north):
    rows = table()
    written = rows["when"].dt.strftime("%d/%m/%Y %H:%M")
    check(save(tmp_path / "own.csv", {when: written, "CRIME_TYPE": rows["type"], east: rows["e"], north: rows["n"]}))


def test_what_excel_is_to_keep_as_text_is_that_text(tmp_path):
    rows = table()
    kept = {
        "Ref": [f'="{i:04d}"' for i in range(len(rows))],
        "Date": '="' + rows["when"].dt.strftime("%d/%m/%Y %H:%M") + '"',
        "Crime type": rows["type"],
        "Easting": [f'="{one}"' for one in rows["e"]],
        "Northing": [f'="{one}"' for one in rows["n"]],
    }
    check(save(tmp_path / "own.csv", kept))
    assert read_incidents(tmp_path / "own.csv")[0]["incident_id"].str.fullmatch(r"\d{4}").all()


def test_records_a_line_and_parquet_without_shapes(tmp_path):
    rows = table()
    flat = pd.DataFrame({"date": rows["when"], "crime_type": rows["type"], "easting": rows["e"], "northing": rows["n"]})
    (tmp_path / "rows.json").write_text(flat.to_json(orient="records", lines=True, date_format="iso"))
    check(tmp_path / "rows.json")
    flat.to_parquet(tmp_path / "rows.parquet")
    check(tmp_path / "rows.parquet")
    zoned = flat.assign(date=flat["date"].dt.tz_localize("Europe/London"))
    zoned.to_parquet(tmp_path / "zoned.parquet")  # an instant: written in UTC, read as local time
    check(tmp_path / "zoned.parquet")
    (tmp_path / "rows.json").write_text('{"a": 1}\n{"a": ')
    with pytest.raises(GeoError, match="not valid JSON at line 2"):
        read_incidents(tmp_path / "rows.json")


@pytest.mark.parametrize(
    "heading", ["Count", "Count of Incident ID", "Number of crimes", "Sum of Incidents", "Crime Count", "Incidents"]
)
def test_rows_that_stand_for_several_incidents_are_as_many_incidents(tmp_path, heading):
    rows = table()
    columns = {"Date": rows["when"], "Type of crime": rows["type"], "Easting": rows["e"], "Northing": rows["n"]}
    once = check(save(tmp_path / "once.csv", {**columns, heading: 1}))
    assert not any("several incidents" in one for one in once.warnings)
    counts = [1 + i % 3 for i in range(len(rows))]
    incidents, report = read_incidents(save(tmp_path / "own.csv", {**columns, heading: counts}))
    total = sum(one for one, kind in zip(counts, rows["type"], strict=True) if kind == ASB)
    assert len(incidents) == total == incidents["incident_id"].nunique()
    assert report.used == 24
    assert f"Rows stand for several incidents: 24 rows for {total:,}." in report.warnings
    assert "count" not in incidents
    spoilt = save(tmp_path / "bad.csv", {**columns, heading: ["x", 1, "0", 1, "1.5", 1, "-1", 1, *counts[8:]]})
    (aside,) = [one for one in read_incidents(spoilt)[1].set_aside if one.fault]
    assert (aside.reason, aside.count, aside.rows[0].value) == ("it counts no incident, or no number", 4, "x")


@pytest.mark.parametrize("columns", [{"Year": 2023}, {"Year": 2023, "Day": 5}])
def test_a_year_is_no_date(tmp_path, columns):
    rows = table()
    place = {"Crime type": rows["type"], "Easting": rows["e"], "Northing": rows["n"]}
    with pytest.raises(GeoError, match=r"no column 'occurred_from' or 'month' \(a year alone says too little\)"):
        read_incidents(save(tmp_path / "own.csv", {**columns, **place}))


@pytest.mark.parametrize("name", ["export/incidents.csv", "incidents.xlsx"])
def test_the_one_table_of_a_zip_is_read(tmp_path, name):
    rows = table()
    columns = {"Date": rows["when"], "Crime type": rows["type"], "Easting": rows["e"], "Northing": rows["n"]}
    inside = tmp_path / name.rpartition("/")[2]
    frame = pd.DataFrame(columns)
    frame.to_csv(inside, index=False) if name.endswith("csv") else frame.to_excel(inside, index=False)
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.write(inside, name)
        archive.writestr("__MACOSX/._x.csv", "x")
        archive.writestr("readme.md", "x")
    report = check(tmp_path / "export.zip")
    assert any(f"{name} in it is read" in one for one in report.choices)
    with zipfile.ZipFile(tmp_path / "export.zip", "a") as archive:
        archive.writestr("other.csv", "a,b\n1,2\n")
    with pytest.raises(GeoError, match=r"no police\.uk street file in it|no map file in this archive"):
        read_incidents(tmp_path / "export.zip")


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"\x00\x01\x00\x00Standard ACE DB\x00", "an Access file"),
        (b"ARROW1\x00\x00", "a Feather file"),
        (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
        (b"Rar!\x1a\x07", "a RAR archive"),
        (b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "an OpenDocument file"),
    ],
)
def test_other_files_are_called_by_their_names(tmp_path, head, said):
    (tmp_path / "own.csv").write_bytes(head + bytes(200))
    with pytest.raises(GeoError, match=f"this is {said}") as refused:
        read_incidents(tmp_path / "own.csv")
    assert refused.value.hint
