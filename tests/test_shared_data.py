"""Every real file is read, or refused, as the notes beside it say: a row of the table below a kind of file."""

from __future__ import annotations

import re
from fnmatch import fnmatch

import pytest

from geo.errors import GeoError
from layers import registry
from layers.activity import read_activity

ALL = {"crime_types": ["all"]}
SMALL = "its areas are of the kind [LM]SOA"
HOUSEHOLDS, NO_COUNTS = "it counts (households|score), not residents", "no counts in it"
# (files, layer, rows read in all or what the refusal says, keywords of the reader)
FILES = [
    ("bedfordshire_street_2021_2024/decoy/*", "incidents", "looks like the police.uk outcomes file", {}),
    ("chicago_assaults_timestamped/*.kml", "wards", "3 wards are called 31", {"metric_crs": "EPSG:32616"}),
    ("city_of_london_2018_2020/*.xls", "communities", "old Excel workbook", {}),
    ("ew_wards_2025_geojson/E0*7.geojson.gz", "wards", 676, {}),
    ("isle_of_man_osm_focal/defibrillators*", "focal_points", "no column 'name'", {}),
    ("isle_of_man_osm_focal/*", "focal_points", 12_828, {}),
    ("lancashire_asb_2022/*.xlsx", "communities", "no column with the residents of a group", {}),
    ("lancashire_asb_2022/lancashire_[dw]*", "wards", 285, {}),
    ("libraries_england/act*", "activity", "no columns with positions", {}),
    ("libraries_england/libraries*", "focal_points", "no position, only postcodes", {}),
    ("libraries_england/os*", "focal_points", 3469, {}),
    ("lsoa_ward_stats/lookup_lsoa11_lsoa21*", "lookup", "no column with ward codes", {}),
    ("lsoa_ward_stats/lookup*", "lookup", 70_425, {}),
    ("lsoa_ward_stats/imd*", "deprivation", SMALL, {}),
    ("lsoa_ward_stats/cni*", "deprivation", "no column 'imd_decile'", {}),
    ("lsoa_ward_stats/*", "communities", SMALL, {}),
    ("luton_beds_wards_vintages/*", "wards", 1031, {}),
    ("messy_uk/*.geojson", "wards", "this is a web page, not data", {}),
    ("messy_world_incidents/aggravated*", "incidents", 8696, ALL | {"metric_crs": "EPSG:32614"}),
    ("messy_world_incidents/cincinnati*", "incidents", 8723, ALL | {"metric_crs": "EPSG:32616"}),
    ("messy_world_incidents/san*", "incidents", 951, ALL | {"metric_crs": "EPSG:32610"}),
    ("messy_world_incidents/tempe*", "incidents", 3379, ALL | {"metric_crs": "EPSG:32612"}),
    ("messy_world_incidents/medellin_homi*", "incidents", 9360, ALL | {"metric_crs": "EPSG:32618"}),
    ("messy_world_incidents/medellin_com*", "wards", 21, {"metric_crs": "EPSG:32618"}),
    ("messy_world_incidents/medellin_metro_l*", "streets", "a kilometre at 6.25 N", {}),
    ("messy_world_incidents/medellin_metro_s*", "focal_points", "no column 'name'.\nFound: linea, nombre", {}),
    ("messy_world_incidents/*boundary.zip", "wards", "no column with ward codes or names", {}),
    ("police_api_json/Crimes*", "incidents", "not valid JSON at line 3", {}),
    ("police_api_json/Malformed*", "incidents", "not valid JSON at line 2", {}),
    ("police_api_json/Empty.json", "incidents", "the file is empty", {}),
    ("police_api_json/*", "incidents", "no column|no columns|no list|neither|answer|what kind of crime", {}),
    ("trafford_gm_town/focal/*cctv*", "focal_points", "no column 'name'", {}),
    ("trafford_gm_town/focal/food_banks*", "focal_points", "no position, only postcodes", {}),
    ("trafford_gm_town/focal/sports*.csv", "focal_points", "no position, only postcodes", {}),
    ("trafford_gm_town/focal/*", "focal_points", 5618, {}),
    ("trafford_gm_town/incidents_stats19/*", "incidents", 20_435, ALL),
    ("trafford_gm_town/lookups/admin*", "lookup", "no column with small-area codes", {}),
    ("trafford_gm_town/lookups/*", "lookup", 3375, {}),
    ("trafford_gm_town/network/*", "streets", "not a line: 9,115", {}),
    ("trafford_gm_town/stats/2021_household*", "communities", HOUSEHOLDS, {}),
    ("trafford_gm_town/stats/*_lsoa_*", "communities", SMALL, {}),
    ("trafford_gm_town/stats/*_meta.csv", "communities", "no column with the residents of a group", {}),
    ("trafford_gm_town/stats/*_depriv*", "communities", f"{HOUSEHOLDS}|{NO_COUNTS}", {}),
    ("trafford_gm_town/stats/*households.csv", "communities", HOUSEHOLDS, {}),
    ("trafford_gm_town/stats/*data_population_[1-9]*", "communities", 42 * 4, {}),
    ("trafford_gm_town/stats/*data_population_0*", "communities", 42, {}),
    ("trafford_gm_town/stats/*data_total*", "communities", "a total or sub-total", {}),
    ("trafford_gm_town/stats/ward_data*", "communities", NO_COUNTS, {}),
    ("trafford_gm_town/stats/*", "communities", 9081, {}),
    ("trafford_gm_town/wards/*", "wards", 3014, {}),
]
# read with their golden numbers by the tests of incidents, diary and streets; of the districts a sample is read here
ELSEWHERE = (
    "*/SOURCE.md",
    "README.md",
    "bedfordshire_street_202*",
    "chicago_assaults_timestamped/*.csv.gz",
    "city_of_london_2018_2020/*.csv*",
    "ew_wards_2025_geojson/*",
    "lancashire_asb_2022/*.tab.gz",
    "messy_uk/*.gz",
    "mobile_libraries_visits/*",
    "national_street_2019_01/*",
    "northern_ireland_street_2018_2019/*",
    "osm_networks_small/*",
)


def _row_of(name):
    return next((row for row in FILES if fnmatch(name, row[0])), None)


@pytest.mark.parametrize("row", FILES, ids=lambda row: f"{row[0]} as {row[1]}")
def test_real_files_are_read_or_refused(shared_data, row):
    pattern, layer, expected, more = row
    named = {one: str(one.relative_to(shared_data)) for one in sorted(shared_data.glob(pattern))}
    files = [one for one, name in named.items() if _row_of(name) is row and one.name != "SOURCE.md"]
    assert files
    read = read_activity if layer == "activity" else None
    context = registry.Context(zone="UTC")
    rows, refused = 0, []
    for file in files:
        try:
            _, report = read(file, **more) if read else registry.read(layer, file, context, **more)
        except GeoError as error:
            refused.append(str(error))
        else:
            assert report.read == report.used + sum(part.count for part in report.set_aside)
            rows += report.read
    if isinstance(expected, str):
        assert [one for one in refused if re.search(expected, one)] == refused
        assert len(refused) == len(files)
    else:
        assert (rows, refused) == (expected, [])


def test_every_real_file_stands_in_the_table(shared_data):
    names = [str(one.relative_to(shared_data)) for one in shared_data.rglob("*") if one.is_file()]
    assert [one for one in names if not (_row_of(one) or any(fnmatch(one, part) for part in ELSEWHERE))] == []
