"""Names as people write them, and what a log, a list of places or a ward file really holds."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geo.errors import GeoError
from layers.engagements import read_engagements
from layers.focal_points import read_focal_points
from layers.log.values import community_values
from layers.population.labels import BROAD
from layers.reading.names import Names, name_key
from layers.reading.report import ReadReport
from layers.surveys import read_surveys
from layers.wards import read_wards

WARDS = pd.DataFrame(
    {"ward_code": ["E05000001", "E05000002", "E05000003"], "ward_name": ["Millbrook", "St Mary's & Quay", "Bôn"]}
)
COMMUNITIES = pd.DataFrame({"community": ["Pakistani", "Bangladeshi", "White British", "Gypsy or Irish Traveller"]})
PLACES = pd.DataFrame({"focal_point_id": ["FP-1"], "name": ["Central Library"]})


def log(tmp_path, *rows, head="date,activity,objective,ward,communities,attendees"):
    path = tmp_path / "log.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return read_engagements(
        path, wards=WARDS, communities=COMMUNITIES, focal_points=PLACES, today=pd.Timestamp("2025-12-31")
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("millbrook", "E05000001"),
        ("MILLBROOK WARD", "E05000001"),
        ("Millbrook, Ashview", "E05000001"),
        ("e05000001", "E05000001"),
        ("E05000001 Millbrook", "E05000001"),
        ("Millbrook;#14", "E05000001"),
        ("Saint Marys and Quay", "E05000002"),
        ("St. Mary’s + Quay Ward", "E05000002"),
        ("Bon", "E05000003"),
        ("Milbrook", None),
        ("Millbrook / Quay", None),
        ("Ward of Millbrook", "E05000001"),
        ("02 Millbrook", "E05000001"),
        ("Mill Brook", "E05000001"),
        ("Ashview - Millbrook", "E05000001"),
        ("Millbrook Ward (Ashview)", "E05000001"),
        ("Millbrook (E05000003)", None),  # the code of another ward than the name
        ("Millbrook (Bôn)", None),
    ],
)
def test_a_ward_by_whatever_name(tmp_path, text, code):
    found, report = log(tmp_path, f'2025-03-03,forum,reassure,"{text}",,4', "2025-03-04,forum,reassure,E05000003,,4")
    first = found[found["date"] == "2025-03-03"]
    assert list(first["ward_code"]) == ([code] if code else [])
    assert (text in report.unresolved) == (code is None)
    if text == "Milbrook":
        assert report.unresolved[text] == "Millbrook"
        assert any("Milbrook (nearest: Millbrook)" in warning for warning in report.warnings)


@pytest.mark.parametrize(
    ("text", "communities"),
    [
        ("pakistani", "Pakistani"),
        ("PAKISTANI COMMUNITY", "Pakistani"),
        ("Pakistanis", "Pakistani"),
        ("Pakistani residents; Bangladeshi", "Pakistani;Bangladeshi"),
        ("Asian, Asian British or Asian Welsh: Pakistani", "Pakistani"),
        ("Pakistani / Bangladeshi", "Pakistani;Bangladeshi"),
        ("Pakistani & Bangladeshi", "Pakistani;Bangladeshi"),
        ("Pakistani, Bangladeshi", "Pakistani;Bangladeshi"),
        ("gypsy or irish traveller", "Gypsy or Irish Traveller"),
        ("Pakistani, Klingon", "Pakistani, Klingon"),
        ("Somali", "Somali"),
    ],
)
def test_a_spelling_never_makes_a_community_unheard(tmp_path, text, communities):
    found, report = log(tmp_path, f'2025-03-03,forum,reassure,E05000001,"{text}",4')
    assert list(found["communities"]) == [communities]
    assert bool(report.unresolved) == ("Klingon" in text or text == "Somali")


def test_a_name_that_two_have_tells_neither():
    names = Names({"A": ["Central"], "B": ["Central Ward"], "C": ["Station"]})
    assert names.code("central") is None
    assert names.code("B") == "B"
    assert names.nearest("Statoin") == "Station"
    assert name_key("The Ward") == "the ward"  # what is only general words stays as it is


def test_a_bad_head_count_costs_the_head_count_not_the_meeting(tmp_path):
    counts = ["10-15", "~20", "c. 30", "20+", "5 adults 3 children", "TBC", "15 ", "-3"]
    found, report = log(tmp_path, *[f"2025-03-{i + 1:02d},forum,reassure,E05000001,,{n}" for i, n in enumerate(counts)])
    assert len(found) == len(counts)
    assert found["attendees"].notna().sum() == 1
    assert any("attendees: not a number in 6 rows" in warning for warning in report.warnings)
    _, report = log(
        tmp_path, "2025-03-01,forum,reassure,E05000001,,2025-10-06", "2025-03-02,forum,reassure,E05000001,,4"
    )
    assert any("Excel turns bands such as 6-10 into dates" in warning for warning in report.warnings)


def test_a_venue_a_double_entry_and_a_person(tmp_path):
    found, _ = log(tmp_path, "2025-03-01,forum,reassure,central library,", head="date,activity,objective,Location,x")
    assert list(found["focal_point_id"]) == ["FP-1"]
    rows = [f"{n},2025-03-01,18:00,forum,reassure,E05000001,40,PC Example;#12" for n in (101, 102)]
    found, report = log(tmp_path, *rows, head="id,date,time,activity,objective,ward,attendees,team")
    assert any("may be meetings entered twice (rows 2 and 3" in warning for warning in report.warnings)
    assert found["team"].isna().all()
    assert any("team looks like a column of persons in 2 rows" in warning for warning in report.warnings)
    assert not any("Example" in text for text in [*report.warnings, *report.choices])


def test_choices_in_columns_are_one_answer_and_never_a_number(tmp_path):
    head = "date,activity,ward,objective/build_trust,objective/reassure,who/barriers/cost,who/barriers/time,attendees"
    found, _ = log(tmp_path, "2025-03-01,forum,E05000001,1,1,1,0,7", "2025-03-02,forum,E05000001,0,1,0,0,8", head=head)
    assert list(found["objective"]) == ["build_trust;reassure", "reassure"]
    assert "cost" not in found
    assert found["barriers"].tolist() == ["cost", None]


BOX = shapely.box(508000, 221000, 509000, 222000)


def save(path, shapes, **columns):
    gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:27700").to_file(path)
    return path


def test_wards_as_other_programs_leave_them(tmp_path):
    right = shapely.transform(BOX, lambda xy: xy + [1000, 0])
    mixed = shapely.GeometryCollection([BOX, shapely.LineString([(508000, 221000), (508500, 221500)])])
    path = save(tmp_path / "a.gpkg", [mixed, right], WD22CD=["E05000001", "E05000002"], WD22NM=["A", "B"])
    wards, report = read_wards(path)
    assert list(wards.area) == [1e6, 1e6]
    assert any("drawn as a collection" in choice for choice in report.choices)
    line = shapely.LineString([(508000, 221000), (508500, 221500)])
    path = save(tmp_path / "b.gpkg", [line, right], WD22CD=["E05000001", "E05000002"], WD22NM=["A", "B"])
    _, report = read_wards(path)
    assert any("1 ward of 2 LOST" in warning and "E05000001 (A)" in warning for warning in report.warnings)
    kinds = {"NAME": ["A Ward", "B Ward"], "AREA_CODE": ["DIW", "DIW"], "CODE": ["E05000001", "E05000002"]}
    wards, _ = read_wards(save(tmp_path / "c.gpkg", [BOX, right], **kinds))
    assert list(wards["ward_code"]) == ["E05000001", "E05000002"]
    kinds["CODE"] = ["E05000001", "E05000001"]
    with pytest.raises(GeoError, match=r"E05000001 stands for two wards: A Ward and B Ward\."):
        read_wards(save(tmp_path / "d.gpkg", [BOX, right], **kinds))


def test_one_kml_each_is_named_by_its_file(tmp_path):
    text = (
        '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><Polygon><outerBoundaryIs>'
        "<LinearRing><coordinates>{0},51.88 {1},51.88 {1},51.89 {0},51.88</coordinates></LinearRing></outerBoundaryIs>"
        "</Polygon></Placemark></Document></kml>"
    )
    for name, west in (("TN01", -0.42), ("TN02", -0.40)):
        (tmp_path / f"{name}.kml").write_text(text.format(west, west + 0.01))
    wards, _ = read_wards(tmp_path)
    assert list(wards["ward_code"]) == ["TN01", "TN02"]


def test_a_shapefile_in_utf8_that_does_not_say_so(tmp_path):
    save(tmp_path / "w.shp", [BOX], WD22CD=["W05000001"], WD22NM=["Bôn"])
    (tmp_path / "w.cpg").unlink()
    wards, report = read_wards(tmp_path / "w.shp")
    assert list(wards["ward_name"]) == ["Bôn"]
    assert "w.shp: its texts are UTF-8, though no .cpg file says so." in report.choices


def test_metres_of_the_web_are_called_by_their_name(tmp_path):
    path = tmp_path / "w.geojson"
    web = gpd.GeoSeries([BOX], crs="EPSG:27700").to_crs(3857)
    path.write_text(gpd.GeoDataFrame({"ward_code": ["A"]}, geometry=web).to_json(drop_id=True).replace("crs", "was"))
    with pytest.raises(GeoError, match="look like Web Mercator") as error:
        read_wards(path)
    assert "--wards-crs EPSG:3857" in str(error.value)


def test_parts_of_a_ward_and_wards_of_one_name(tmp_path):
    left, right, far = (shapely.box(500_000 + x, 220_000, 501_000 + x, 221_000) for x in (0, 1000, 5000))
    parts = save(
        tmp_path / "parts.geojson", [left, far, right], WD25CD=["E05000001"] * 2 + ["E05000002"], WD25NM=["A", "A", "B"]
    )
    wards, report = read_wards(parts)
    assert wards["ward_code"].tolist() == ["E05000001", "E05000002"]
    assert round(wards.area.iloc[0] / 1e6, 2) == 2.0
    assert any("1 ward drawn in several parts" in one for one in report.warnings)
    told = save(
        tmp_path / "told.geojson", [left, far, right], name=["Central", "Central", "B"], district=["N", "S", "N"]
    )
    assert read_wards(told)[0]["ward_code"].tolist() == ["B", "Central, N", "Central, S"]
    untold = save(tmp_path / "untold.geojson", [left, far, right], name=["Central", "Central", "B"])
    with pytest.raises(GeoError, match="2 wards are called Central, in different places"):
        read_wards(untold)


@pytest.mark.parametrize(
    ("text", "community"),
    [
        ("Asian/Asian British - Pakistani", "Pakistani"),
        ("Asian Pakistani", "Pakistani"),
        ("White - English/Welsh/Scottish/Northern Irish/British", "White British"),
        ("Black or Black British: African", "African"),
        ("White - Any other White background", "Other White"),
        ("Gypsy/Irish Traveller", "Gypsy or Irish Traveller"),
    ],
)
def test_groups_as_records_of_ethnicity_write_them(text, community):
    known = [part for parts in BROAD.values() for part in parts]
    report = ReadReport("log")
    assert community_values(pd.Series([text]), report, None, known).tolist() == [community]
    assert not report.unresolved


KNOWN = {"wards": WARDS, "communities": COMMUNITIES, "focal_points": PLACES}
TEAMS = "date,activity,objective,ward,team"
FORMS = {
    "Microsoft Forms": (
        "ID,Start time,Completion time,Email,Name,Date of the engagement,What type of engagement was it?,"
        "What was the purpose?,Which ward?,Which communities were engaged?,How many people attended?",
        "1,6/30/25 14:01,6/30/25 14:05,anonymous,,6/30/2025,Drop-in;,Build trust;Reassure;,Millbrook,"
        "Pakistani;Bangladeshi;,12",
    ),
    "Kobo, answers in one cell": (
        "start,date,activity,objective,ward,communities,attendees,_uuid,_submission_time",
        "2025-06-30T18:00,2025-06-30,drop_in,build_trust reassure,Millbrook,Pakistani Bangladeshi,12,a,2025-06-30",
    ),
    "Kobo, both": (
        "date,activity,objective,objective/build_trust,objective/reassure,ward,communities,communities/Pakistani,"
        "communities/Bangladeshi,attendees",
        "2025-06-30,drop_in,build_trust reassure,1,1,Millbrook,Pakistani Bangladeshi,1,1,12",
    ),
    "ODK": (
        "SubmissionDate,event-date,event-activity,event-objective-build_trust,event-objective-reassure,event-ward,"
        "event-communities,event-attendees,KEY",
        "2025-06-30T18:12:00.000Z,2025-06-30,drop_in,True,True,Millbrook,Pakistani;Bangladeshi,12,uuid:a",
    ),
    "Survey123": (
        "ObjectID,GlobalID,Date and time of engagement,Type of engagement,Purpose,Ward,Communities met,"
        "Number of attendees,CreationDate,Creator",
        '1,a,6/30/2025 6:30:00 PM,drop_in,"build_trust,reassure",Millbrook,"Pakistani,Bangladeshi",12,7/15/2025,pc',
    ),
    "Google Forms": (
        "Timestamp,Email Address,Date,Activity,Objective,Ward,Communities,Attendees",
        '2025/07/01 2:05:22 PM GMT+1,a@b.org,30/06/2025,Drop-in,"Build trust, Reassure",Millbrook,'
        '"Pakistani, Bangladeshi",12',
    ),
    "Power Apps": (
        "Title,Date,Activity,Objective,Ward,Communities,Attendees",
        'x,2025-06-30T17:00:00Z,"{""Value"":""Drop in""}","[{""Id"":1,""Value"":""Build trust""},{""Id"":2,'
        '""Value"":""Reassurance""}]","{""Id"":3,""Value"":""Millbrook""}",Pakistani;Bangladeshi,12',
    ),
    "SharePoint": (
        "Title,Event Date,Activity,Objective,Ward,Communities,Attendees,Created By,Modified",
        "x,30/06/2025,Drop in;#2,Build trust;#1;#Reassurance;#3,Millbrook;#14,Pakistani;#1;#Bangladeshi;#2,12,a,b",
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_log_in_a_forms_own_layout(tmp_path, form):
    (tmp_path / "log.csv").write_text("\n".join(FORMS[form]) + "\n", encoding="utf-8")
    found, report = read_engagements(tmp_path / "log.csv", **KNOWN)
    row = found.iloc[0]
    assert f"{row['date']:%Y-%m-%d}" == "2025-06-30"
    assert (row["activity"], row["objective"], row["ward_code"]) == ("drop_in", "build_trust;reassure", "E05000001")
    assert (row["communities"], row["attendees"]) == ("Pakistani;Bangladeshi", 12)
    assert not report.unresolved
    if form == "Microsoft Forms":
        assert "log.csv: 'What was the purpose?' is read as objective." in report.warnings


def test_what_two_wards_share_is_neither(tmp_path):
    found, report = log(
        tmp_path,
        '2025-06-01,drop_in,build_trust,"Millbrook, Quayside",Pakistani,1',
        '2025-06-02,drop_in,build_trust,"Millbrook, Bôn",Pakistani,1',
        "2025-06-03,drop_in,build_trust,Millbrook (E05000001),Pakistani,1",
    )
    assert found["ward_code"].tolist() == ["E05000001", "E05000001"]
    assert "Millbrook, Bôn" in report.unresolved


@pytest.mark.parametrize(
    "text", ["PC 1234 Smith", "Insp. Jane Doe", "jane.doe@force.example", "Mrs Patel", "T/Sgt 41 Roe"]
)
def test_a_person_is_no_team(tmp_path, text):
    found, report = log(
        tmp_path, f"2025-06-01,drop_in,build_trust,Millbrook,{text}", head="date,activity,objective,ward,team"
    )
    assert found["team"].isna().all()
    assert not any(text in one for one in report.warnings)


@pytest.mark.parametrize("text", ["NPT A", "PCSO team", "DC Area", "Town Centre NPT", "Drivers"])
def test_a_team_is_no_person(tmp_path, text):
    found, _ = log(
        tmp_path, f"2025-06-01,drop_in,build_trust,Millbrook,{text}", head="date,activity,objective,ward,team"
    )
    assert found["team"].tolist() == [text]


@pytest.mark.parametrize(
    ("text", "minutes"), [("90", 90), ("2 hours", 120), ("1h 30", 90), ("1.5 hrs", 90), ("45 mins", 45), ("01:30", 90)]
)
def test_how_long_it_lasted(tmp_path, text, minutes):
    found, _ = log(
        tmp_path, f"2025-06-01,drop_in,build_trust,Millbrook,{text}", head="date,activity,objective,ward,duration"
    )
    assert found["minutes"].tolist() == [minutes]


def test_every_layer_resolves_names_in_one_way(tmp_path):
    (tmp_path / "surveys.csv").write_text("ward,community,measure,n,positive\nMILLBROOK ward,pakistani,trust,10,5\n")
    surveys, _ = read_surveys(tmp_path / "surveys.csv", wards=WARDS, communities=COMMUNITIES)
    assert surveys[["ward_code", "community"]].to_numpy().tolist() == [["E05000001", "Pakistani"]]
    (tmp_path / "places.csv").write_text("name,kind,communities,lon,lat\nHall,church,Asian Pakistani,-0.42,51.88\n")
    places, _ = read_focal_points(tmp_path / "places.csv", communities=COMMUNITIES)
    assert places["communities"].tolist() == ["Pakistani"]


def test_wards_of_other_areas_and_codes(tmp_path):
    boxes = [shapely.box(500_000 + x, 220_000, 501_000 + x, 221_000) for x in (0, 1000)]
    beats = save(tmp_path / "beats.geojson", boxes, BEAT_CODE=["AB1", "AB2"], BEAT_NAME=["Alder", "Birch"])
    assert read_wards(beats)[0][["ward_code", "ward_name"]].to_numpy().tolist() == [["AB1", "Alder"], ["AB2", "Birch"]]
    small = save(
        tmp_path / "small.geojson",
        boxes,
        WD24CD=["e05000001", "e05000002"],
        WD24NM=["A", "B"],
        population=["1,200", "c"],
    )
    wards, _ = read_wards(small)
    assert wards["ward_code"].tolist() == ["E05000001", "E05000002"]
    assert wards["population"].tolist()[0] == 1200
    lost = save(tmp_path / "lost.geojson", boxes, WD24CD=["E05000001", None], WD24NM=["A", "B"])
    assert any("no code (B)" in one for one in read_wards(lost)[1].warnings)
    turned = [shapely.transform(one, lambda xy: xy[:, ::-1]) for one in gpd.GeoSeries(boxes, crs=27700).to_crs(4326)]
    gpd.GeoDataFrame({"name": ["A", "B"]}, geometry=turned, crs=4326).to_file(tmp_path / "turned.geojson")
    with pytest.raises(GeoError, match="longitude and latitude are swapped"):
        read_wards(tmp_path / "turned.geojson")


@pytest.mark.parametrize(
    ("cell", "right", "unknown"),
    [
        ("Pakistani heritage", "Pakistani", []),
        ("Bangladeshi (Sylheti)", "Bangladeshi", []),
        ("Asian (Pakistani)", "Pakistani", []),
        ("Pakistani (Bangladeshi)", "Pakistani;Bangladeshi", []),
        ("whitebritish", "White British", []),
        ("1. Pakistani", "Pakistani", []),
        ("Pakistani,other", "Pakistani", ["other"]),
        ("other", "other", ["other"]),
    ],
)
def test_communities_as_forms_write_them(cell, right, unknown):
    report = ReadReport("engagements")
    read = community_values(pd.Series([cell]), report, known=list(COMMUNITIES["community"]))
    assert read.tolist() == [right]
    assert list(report.unresolved) == unknown


def test_a_ward_under_the_heading_of_a_venue_and_the_reverse(tmp_path):
    head = "date,activity,objective,{},attendees"
    found, report = log(
        tmp_path,
        "2025-03-03,forum,reassure,Millbrook,4",
        "2025-03-04,forum,reassure,Central Library,4",
        "2025-03-05,forum,reassure,Nowhere,4",
        head=head.format("Location"),
    )
    assert found["ward_code"].fillna("").tolist() == ["E05000001", ""]
    assert found["focal_point_id"].fillna("").tolist() == ["", "FP-1"]
    assert list(report.unresolved) == ["Nowhere"]
    found, _ = log(tmp_path, "2025-03-03,forum,reassure,Central Library,4", head=head.format("Area"))
    assert found["focal_point_id"].tolist() == ["FP-1"]
