import csv
import json
import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise

import numpy as np
import pyproj
import pytest
import shapely
from sklearn.cluster import DBSCAN

from data import truths
from data.ground import EAST, NORTH
from data.make_ashview import main, sample_texts
from data.sample import sample_files

FILES = sample_files()
TO_GRID = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True)


@cache
def rows(name):
    return list(csv.DictReader(FILES[name].decode().splitlines()))


@cache
def features(name):
    return json.loads(FILES[name])["features"]


@cache
def ward_polygons():
    """Ward code -> polygon on the National Grid, as a reader of the file sees it."""
    polygons = {}
    for feature in features("wards.geojson"):
        ring = [TO_GRID.transform(*position) for position in feature["geometry"]["coordinates"][0]]
        polygons[feature["properties"]["WD25CD"]] = shapely.Polygon(ring)
    shapely.prepare(list(polygons.values()))
    return polygons


def wards_named(*names):
    return {f["properties"]["WD25CD"] for f in features("wards.geojson") if f["properties"]["WD25NM"] in names}


def when(row):
    return datetime.strptime(row["occurred_from"], "%Y-%m-%d %H:%M")


@cache
def dated():
    return [row for row in rows("incidents.csv") if row["occurred_from"] not in truths.UNREADABLE_DATES]


@cache
def located():
    return [row for row in rows("incidents.csv") if row["easting"] and float(row["easting"]) > 1]


def months(start, end):
    return (end - start).days / 30.44


# The files


def test_generator_writes_the_committed_files_byte_for_byte(tmp_path):
    main(tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {name: content for name, content in FILES.items() if name != "README.md"}


def test_every_file_is_handed_out():
    assert set(sample_files()) == set(sample_texts()) | {"README.md"}


def test_sample_is_small_plain_text():
    assert sum(map(len, FILES.values())) < 2_500_000
    for name, content in FILES.items():
        text = content.decode("utf-8").replace("http://www.topografix.com/GPX/1/1", "the namespace of GPX")
        assert len(content) < 1_000_000, name
        assert "\r" not in text, name
        assert text.endswith("\n"), name
        assert not re.search(r"https?://|/home/|/work/|/tmp/|[A-Z]:\\", text), name


def test_project_file_names_every_layer():
    import tomllib

    project = tomllib.loads(FILES["geo.toml"].decode())
    assert set(project["layers"].values()) == {name for name in FILES if name.endswith((".csv", ".geojson"))}
    assert project["hotspots"] == {"out": "results"}


@pytest.mark.parametrize("name", sorted(name for name in FILES if name.endswith(".csv")))
def test_cells_are_safe_and_name_nobody(name):
    for row in rows(name):
        for column, cell in row.items():
            assert not cell.startswith(("=", "+", "@", "-")), (name, column, cell)
            assert "@" not in cell, (name, cell)
            assert not re.search(r"(?<!\d)(0|\+44)\d[\d ]{8,}", cell), (name, cell)
            assert not re.search(r"\b(Mr|Mrs|Ms|Miss|Dr|Rev|Imam|Father|PC|Sgt|Insp)\b\.? [A-Z]", cell), (name, cell)
        assert re.fullmatch(r"(V-\d{4})?", row.get("victim_ref", ""))
        assert re.fullmatch(r"(SPOC-\d{2})?", row.get("spoc", ""))
        assert re.fullmatch(r"(STK-\d{2})?", row.get("stakeholder", "") or row.get("stakeholder_ref", ""))


# The ground


def test_town_lies_in_the_open_north_sea():
    west, south, east, north = shapely.union_all(list(ward_polygons().values())).bounds
    assert shapely.box(EAST - 300, NORTH - 300, EAST + 7000, NORTH + 5000).contains(
        shapely.box(west, south, east, north)
    )
    lons, lats = zip(*(p for f in features("wards.geojson") for p in f["geometry"]["coordinates"][0]), strict=True)
    assert all(1.0 < lon < 1.3 for lon in lons)
    assert all(54.1 < lat < 54.3 for lat in lats)


def test_wards_are_valid_and_tile():
    polygons = list(ward_polygons().values())
    assert len(polygons) == 14
    assert all(polygon.is_valid and polygon.exterior.is_ccw for polygon in polygons)
    town = shapely.union_all(polygons)
    assert abs(town.area - sum(polygon.area for polygon in polygons)) < 1
    assert town.geom_type == "Polygon"
    assert not town.interiors
    assert 0.6 < town.area / town.minimum_rotated_rectangle.area < 0.9  # not a rectangle


def test_wards_look_like_the_ons_file():
    properties = [feature["properties"] for feature in features("wards.geojson")]
    assert list(properties[0])[:6] == ["FID", "WD25CD", "WD25NM", "WD25NMW", "LAD25CD", "LAD25NM"]
    assert [p["WD25CD"] for p in properties] == [f"E05999{number:03d}" for number in range(1, 15)]
    assert Counter(p["LAD25NM"] for p in properties) == {"Ashview": 12, "Sandford": 2}
    assert {p["LAD25CD"] for p in properties} == {"E07999001", "E07999002"}
    assert all(p["WD25NMW"] == " " and p["population"] > p["households"] > 0 for p in properties)


def test_groups_add_up_to_the_population():
    population = {f["properties"]["WD25CD"]: f["properties"]["population"] for f in features("wards.geojson")}
    for group_set in ("ethnic_group", "age_band"):
        sums = Counter()
        for row in rows("communities.csv"):
            sums[row["ward_code"]] += int(row["population"]) * (row["group_set"] == group_set)
        assert sums == population


def test_streets_are_one_network_and_one_piece_cut_off():
    length, neighbours = defaultdict(float), defaultdict(set)
    lines = [feature["geometry"]["coordinates"] for feature in features("streets.geojson")]
    for line in lines:
        ends = tuple(line[0]), tuple(line[-1])
        assert ends[0] != ends[1]
        neighbours[ends[0]].add(ends[1])
        neighbours[ends[1]].add(ends[0])
    part = {}
    for start in neighbours:
        todo = [] if start in part else [start]
        while todo:
            point = todo.pop()
            if point not in part:
                part[point] = start
                todo += neighbours[point]
    for line in lines:
        points = [TO_GRID.transform(*position) for position in line]
        length[part[tuple(line[0])]] += sum(np.hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(points))
    assert 500 <= len(lines) <= 1100
    assert len(length) == 2
    assert 0.98 < max(length.values()) / sum(length.values()) < 1


def test_streets_cross_only_at_junctions():
    lines = [shapely.LineString(f["geometry"]["coordinates"]) for f in features("streets.geojson")]
    tree = shapely.STRtree(lines)
    first, second = tree.query(lines, predicate="crosses")
    deep = [
        (i, j)
        for i, j in zip(first, second, strict=True)
        # rounding to 0.1 m may make two lines cross right at the junction they share
        if not set(lines[i].coords[:: len(lines[i].coords) - 1]) & set(lines[j].coords[:: len(lines[j].coords) - 1])
    ]
    assert deep == []


def test_named_streets_exist():
    names = {feature["properties"]["name"] for feature in features("streets.geojson")}
    assert names >= {"Easington Way", "High Street", "Market Square", "Park Road", "Sandford Road", "School Lane"}


# The reports


def test_incidents_span_two_whole_years():
    found = rows("incidents.csv")
    assert 5000 <= len(found) <= 6500
    assert len({row["incident_id"] for row in found}) == len(found)
    assert min(map(when, dated())).date() == truths.FIRST_DAY
    assert max(map(when, dated())).date() == truths.LAST_DAY
    spans = [row for row in dated() if row["occurred_to"]]
    assert 0.2 < len(spans) / len(found) < 0.3
    assert all(row["occurred_to"] > row["occurred_from"] for row in spans)
    assert sum(row["occurred_to"][:10] > row["occurred_from"][:10] for row in spans) > 100
    assert len({row["category"] for row in found}) == 13
    assert {row["asb_type"] for row in found} == {"personal", "nuisance", "environmental", "unspecified"}
    assert {row["source"] for row in found} == {"police", "council", "housing"}


def test_no_report_falls_into_the_hour_the_clocks_skip():
    for skipped in ("2024-03-31 01:", "2025-03-30 01:"):
        assert not any(
            row[column].startswith(skipped) for row in dated() for column in ("occurred_from", "occurred_to")
        )


def test_some_rows_are_as_in_real_life():
    found = rows("incidents.csv")
    assert sum(not row["easting"] for row in found) == truths.NO_POSITION
    assert sum(row["easting"] == "0.0" and row["northing"] == "0.0" for row in found) == truths.AT_ZERO
    assert sorted(set(map(str, (row["occurred_from"] for row in found))) & set(truths.UNREADABLE_DATES)) == sorted(
        truths.UNREADABLE_DATES
    )
    town = shapely.union_all(list(ward_polygons().values()))
    outside = [
        row for row in located() if not town.contains(shapely.Point(float(row["easting"]), float(row["northing"])))
    ]
    assert len(outside) == truths.IN_THE_SEA


def test_park_rises_when_the_hub_closes():
    park = [when(row) for row in dated() if row["location_text"] == "Ashview Park"]
    before = sum(moment.date() <= truths.HUB_CLOSED for moment in park)
    after = len(park) - before
    assert before / months(truths.FIRST_DAY, truths.HUB_CLOSED) == pytest.approx(6, abs=1.5)
    assert after / months(truths.HUB_CLOSED, truths.LAST_DAY) == pytest.approx(30, abs=3)
    assert sum(moment.hour >= 17 for moment in park) / len(park) > 0.6


def test_one_household_makes_easington_way():
    calls = [row for row in dated() if row["location_text"] == "Easington Way"]
    theirs = [row for row in calls if row["victim_ref"] == truths.DISPUTE_VICTIM]
    assert len(calls) > 280
    assert 0.5 < len(theirs) / len(calls) < 0.8
    places = np.array([(float(row["easting"]), float(row["northing"])) for row in theirs])
    assert np.abs(places - places.mean(axis=0)).max() < 12
    assert {row["category"] for row in theirs} >= {"Rowdy/Nuisance Neighbours"}
    assert all(truths.DISPUTE_FROM <= when(row).date() <= truths.DISPUTE_TO for row in theirs)


def test_household_calls_twice_a_day_at_its_worst():
    categories = ("Rowdy/Nuisance Neighbours", "Noise", "Nuisance Communications")
    days = (truths.DISPUTE_PEAK_TO - truths.DISPUTE_PEAK_FROM).days + 1
    calls = [
        row
        for row in dated()
        if row["location_text"] == "Easington Way"
        and row["category"] in categories
        and truths.DISPUTE_PEAK_FROM <= when(row).date() <= truths.DISPUTE_PEAK_TO
    ]
    assert days == 70
    assert len(calls) / days == pytest.approx(2, abs=0.2)


def test_shop_is_abused_for_six_weeks():
    street = [row for row in dated() if row["location_text"] == "High Street"]
    until = truths.RUMOUR_ON + timedelta(days=truths.RUMOUR_DAYS)
    burst = [row for row in street if truths.RUMOUR_ON <= when(row).date() < until]
    personal = [row for row in burst if row["asb_type"] == "personal"]
    assert len(burst) / truths.RUMOUR_DAYS > 2.5
    assert len(personal) > 60
    usual = [row for row in street if not truths.RUMOUR_ON <= when(row).date() < until]
    assert len(usual) / (731 - truths.RUMOUR_DAYS) < 1.1
    assert {when(row).date() for row in dated() if row["victim_ref"] == truths.SHOP_VICTIM} <= {
        truths.RUMOUR_ON + timedelta(days=number) for number in range(truths.RUMOUR_DAYS)
    }


def test_school_is_busy_when_lessons_end():
    school = [when(row) for row in dated() if row["location_text"] == "Ashview Comprehensive"]
    in_hours = [m for m in school if truths.in_term(m.date()) and 15 * 60 <= m.hour * 60 + m.minute <= 16 * 60 + 30]
    assert len(school) > 250
    assert in_hours == school


def test_fireworks_belong_to_bonfire_night():
    fireworks = [when(row) for row in dated() if row["category"] == "Fireworks"]
    assert sum(moment.month in (10, 11) for moment in fireworks) / len(fireworks) > 0.7


def test_both_rules_for_repeat_victims_have_cases():
    calls = defaultdict(list)
    for row in dated():
        if row["victim_ref"]:
            calls[row["victim_ref"]].append(when(row).date())
    assert {victim: tuple(calls[victim]) for victim in truths.REPEATS} == truths.REPEATS
    in_a_year = {v: sum(0 <= (truths.LAST_DAY - d).days < 365 for d in ds) for v, ds in calls.items()}
    assert [in_a_year[victim] for victim in ("V-0201", "V-0202", "V-0203")] == [3, 2, 1]
    assert sum(count > 1 for count in in_a_year.values()) > sum(count >= 3 for count in in_a_year.values()) > 5


def test_hot_spots_are_several_and_sensible():
    ashview = shapely.union_all([p for code, p in ward_polygons().items() if code <= "E05999012"])
    found = [(float(row["easting"]), float(row["northing"]), row["location_text"]) for row in located()]
    found = [row for row in found if ashview.contains(shapely.Point(row[:2]))]
    labels = DBSCAN(eps=100, min_samples=20).fit_predict(np.array([row[:2] for row in found]))
    streets = defaultdict(Counter)
    for label, (_, _, street) in zip(labels, found, strict=True):
        streets[label][street] += 1
    noise = streets.pop(-1)
    assert 8 <= len(streets) <= 16
    named = {spot.most_common(1)[0][0] for spot in streets.values()}
    assert named >= {"Ashview Park", "Easington Way", "High Street", "Ashview Comprehensive"}
    assert max(sum(spot.values()) for spot in streets.values()) < 0.25 * len(found)
    assert sum(noise.values()) > 0.3 * len(found)


# Who is heard


def communities_of(row):
    return row["communities"].split(";") if row["communities"] else []


def test_one_community_is_not_heard_at_all():
    residents = sum(
        int(row["population"])
        for row in rows("communities.csv")
        if row["community"] == truths.UNHEARD and row["ward_code"] <= "E05999012"
    )
    assert residents == 900
    assert not any(truths.UNHEARD in communities_of(row) for row in rows("engagements.csv"))
    assert not any(row["community"] == truths.UNHEARD for row in rows("surveys.csv") + rows("registers.csv"))


def test_one_community_is_met_only_after_incidents():
    met = [row for row in rows("engagements.csv") if truths.REACTIVE_ONLY in communities_of(row)]
    assert len(met) > 10
    assert {row["initiation"] for row in met} == {"reactive"}


def test_every_other_group_is_met():
    groups = {row["community"] for row in rows("communities.csv") if row["group_set"] == "ethnic_group"}
    assert len(groups) == 19
    met = {group for row in rows("engagements.csv") for group in communities_of(row)}
    assert groups - met == {truths.UNHEARD}


def test_one_group_has_no_focal_point():
    places = {group for row in rows("focal_points.csv") for group in communities_of(row)}
    residents = {row["community"] for row in rows("communities.csv")}
    assert truths.NO_FOCAL_POINT in residents - places


def test_larkfield_is_quiet_and_unheard():
    (larkfield,) = wards_named(truths.SILENT_WARD)
    polygon = ward_polygons()[larkfield]
    inside = {row["focal_point_id"] for row in rows("focal_points.csv") if _in(polygon, row)}
    assert inside
    for row in rows("engagements.csv"):
        assert row["ward_code"] != larkfield
        assert row["focal_point_id"] not in inside
    reports = Counter(code for row in located() for code, ward in ward_polygons().items() if _in(ward, row))
    assert reports[larkfield] == min(reports[code] for code in reports if code <= "E05999012")
    assert reports[larkfield] > 20


def _in(polygon, row):
    return polygon.contains(shapely.Point(float(row["easting"]), float(row["northing"])))


def test_engagements_say_where_once_and_refer_to_what_exists():
    wards, places = set(ward_polygons()), {row["focal_point_id"] for row in rows("focal_points.csv")}
    engagements = rows("engagements.csv")
    assert 240 <= len(engagements) <= 320
    for row in engagements:
        assert bool(row["focal_point_id"]) != bool(row["ward_code"])
        assert (row["focal_point_id"] or "FP-001") in places
        assert (row["ward_code"] or "E05999001") in wards
        assert truths.FIRST_DAY <= date.fromisoformat(row["date"]) <= truths.LAST_DAY
        assert 0 <= int(row["first_time_attendees"]) <= int(row["attendees"])
        assert row["objective"]
        assert row["activity"]
    groups = {row["community"] for row in rows("communities.csv")}
    for table in ("engagements.csv", "focal_points.csv", "context.csv"):
        assert {group for row in rows(table) for group in communities_of(row)} <= groups
    numbers = {row["engagement_id"] for row in engagements}
    assert len(numbers) == len(engagements)
    for table in ("attendance.csv", "priorities.csv"):
        assert {row["engagement_id"] for row in rows(table)} <= numbers
    for table in ("communities.csv", "priorities.csv", "surveys.csv", "deprivation.csv", "registers.csv"):
        assert {row["ward_code"] for row in rows(table)} <= wards


def test_focal_points_stand_in_wards_and_leave_gaps_to_find():
    found = rows("focal_points.csv")
    assert 38 <= len(found) <= 46
    assert all(any(_in(ward, row) for ward in ward_polygons().values()) for row in found)
    assert sum(not row["spoc"] for row in found) > 8
    assert sum(not row["strategy"] for row in found) > 8
    assert sum(bool(row["review_by"]) and row["review_by"] < "2025-12-31" for row in found) > 5
    assert len({row["kind"] for row in found}) > 8
    assert {row["public"] for row in found} == {"yes", "no"}


def test_hub_meets_nobody_after_it_closed():
    dates = [row["date"] for row in rows("engagements.csv") if row["focal_point_id"] == "FP-001"]
    assert len(dates) > 10
    assert max(dates) <= str(truths.HUB_CLOSED)


def test_forum_keeps_its_rhythm_but_once():
    days = [date.fromisoformat(row["date"]) for row in rows("engagements.csv") if row["focal_point_id"] == "FP-038"]
    gaps = [(b - a).days for a, b in pairwise(days)]
    assert gaps.count(truths.FORUM_EVERY_DAYS) == len(gaps) - 1
    assert max(gaps) == 2 * truths.FORUM_EVERY_DAYS


def test_attendance_agrees_with_the_forum():
    came, asked = Counter(), Counter()
    for row in rows("attendance.csv"):
        came[row["engagement_id"]] += row["attended"] == "yes"
        asked[row["engagement_id"]] += row["invited"] == "yes"
        assert row["invited"] == "yes" or row["attended"] == "no"
        assert not (row["attended"] == "yes" and (row["reason"] or row["followed_up_on"]))
    forum = {row["engagement_id"]: row for row in rows("engagements.csv") if row["focal_point_id"] == "FP-038"}
    assert {key: (int(row["attendees"]), int(row["invited"])) for key, row in forum.items()} == {
        key: (came[key], asked[key]) for key in forum
    }
    stakeholders = {row["stakeholder"] for row in rows("focal_points.csv")}
    assert {row["stakeholder_ref"] for row in rows("attendance.csv")} <= stakeholders
    for member in truths.NEVER_ASKED:
        theirs = [row for row in rows("attendance.csv") if row["stakeholder_ref"] == member]
        assert len(theirs) == len(forum)
        assert not any(row["attended"] == "yes" or row["followed_up_on"] for row in theirs)


def test_priorities_are_in_every_state():
    found = rows("priorities.csv")
    assert 55 <= len(found) <= 70
    assert {row["horizon"] for row in found} == {"short", "medium", "long"}
    assert {row["sara_stage"] for row in found} == {"scanning", "analysis", "response", "assessment"}
    assert all(bool(row["fed_back_on"]) == (row["status"] == "fed_back") for row in found)
    assert all(row["raised_on"] <= (row["fed_back_on"] or row["target_date"]) for row in found)
    open_late = [
        row for row in found if row["status"] in ("raised", "in_progress") and row["target_date"] < "2025-12-31"
    ]
    assert len(open_late) > 5


def test_surveys_deprivation_and_registers_make_sense():
    assert all(0 <= int(row["positive"]) <= int(row["responses"]) for row in rows("surveys.csv"))
    assert any(int(row["responses"]) < 5 for row in rows("surveys.csv"))
    assert len(rows("deprivation.csv")) == 42
    assert all(re.fullmatch(r"E01999\d{3}", row["area_code"]) for row in rows("deprivation.csv"))
    assert {row["vintage"] for row in rows("deprivation.csv")} == {"2025"}
    assert {row["base"] for row in rows("registers.csv")} == {"households", "residents"}
    events = [row["date"] for row in rows("context.csv")]
    assert events == sorted(events)
    assert {str(truths.HUB_CLOSED), str(truths.RUMOUR_ON), str(truths.TENSION_FROM)} <= set(events)


def test_readme_tells_the_numbers_of_the_stories():
    readme = FILES["README.md"].decode()
    for fact in (truths.DISPUTE_VICTIM, truths.UNHEARD, truths.REACTIVE_ONLY, truths.SILENT_WARD, truths.HUB, "MIT"):
        assert fact in readme
    for day in (truths.HUB_CLOSED, truths.RUMOUR_ON):
        assert f"{day.day} {day:%B %Y}" in readme
