from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, make_wards
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.engagement.answers.balance import effective_number
from geo.engagement.contacts import (
    COLUMNS,
    contacts_by_cell,
    contacts_by_community,
    contacts_by_ward,
    unattributed,
)
from geo.engagement.place import place_engagements
from geo.engagement.rates import clustering
from geo.errors import GeoError

ACRE, BARLEY = "E05990000", "E05990001"
AS_OF = date(2025, 12, 31)
WARDS = make_wards("Acre", "Barley").assign(population=[1000.0, 500.0])
RESIDENTS = pd.DataFrame(
    {
        "ward_code": [ACRE, ACRE, BARLEY, BARLEY],
        "community": ["African", "Irish", "African", "Irish"],
        "population": [100.0, 50.0, 10.0, 0.0],
        "group_set": "ethnic_group",
    }
)


def log(rows, **columns):
    """Engagements as (ward, communities, attendees, date)."""
    table = pd.DataFrame(rows, columns=["ward_code", "communities", "attendees", "date"]).astype(
        {"ward_code": object, "communities": object, "attendees": float}
    )
    table["date"] = pd.to_datetime(table["date"])
    table["placed_by"] = np.where(table["ward_code"].isna(), "nowhere", "ward")
    return table.assign(**columns)


LOG = log(
    [
        (ACRE, "African;Irish", 10, "2025-12-01"),
        (ACRE, "African", 4, "2025-06-30"),
        (ACRE, None, 7, "2025-12-31"),
        (BARLEY, "African", None, "2024-01-01"),
        (BARLEY, "Somali", 3, "2025-01-01"),
        (None, "Irish", 5, "2025-12-30"),
    ],
    initiation=["proactive", "reactive", "unknown", "requested_by_community", None, "other:chance"],
    activity=["forum", "drop_in", "forum", "survey", None, "forum"],
    objective=["build_trust;gather_intelligence", "build_trust", None, "reassure", "find_missing", "x;y;z"],
)


def cell(found, ward, community):
    return found[(found["ward_code"] == ward) & (found["community"] == community)].iloc[0]


def test_a_cell_by_hand():
    found = contacts_by_cell(LOG, WARDS, RESIDENTS, as_of=AS_OF)
    one = cell(found, ACRE, "African")
    assert one[["population", "contacts", "events", "events_people_unknown"]].tolist() == [100, 9, 2, 0]  # 10/2 + 4
    assert one[["proactive", "reactive", "known", "proactive_share"]].tolist() == [1, 1, 2, 0.5]
    assert (one["first_date"], one["last_date"]) == (pd.Timestamp("2025-06-30"), pd.Timestamp("2025-12-01"))
    assert one["days_since_last"] == 30
    assert one["methods"] == "drop_in;forum"
    assert one["breadth"] == pytest.approx(2)
    assert one[["trust_events", "enforcement_events", "other_events", "no_objective_events"]].tolist() == [
        1.5,
        0.5,
        0,
        0,
    ]
    assert one["squares"] == 25 + 16
    assert one["phi"] == pytest.approx(41 / 9)


def test_every_cell_of_the_census_has_a_row_and_so_have_communities_it_does_not_name():
    found = contacts_by_cell(LOG, WARDS, RESIDENTS, as_of=AS_OF)
    assert found[["ward_code", "community"]].values.tolist() == [
        [ACRE, "African"],
        [ACRE, "Irish"],
        [BARLEY, "African"],
        [BARLEY, "Irish"],
        [BARLEY, "Somali"],
    ]
    assert found["ward_name"].tolist() == ["Acre"] * 2 + ["Barley"] * 3
    assert np.isnan(cell(found, BARLEY, "Somali")["population"])
    empty = cell(found, BARLEY, "Irish")
    assert empty[["population", "contacts", "events", "known"]].tolist() == [0, 0, 0, 0]
    assert pd.isna(empty[["last_date", "days_since_last", "proactive_share", "methods", "breadth", "phi"]]).all()
    assert list(found.columns[5:]) == list(COLUMNS)


def test_unknown_attendees_are_an_event_with_nobody_counted():
    one = cell(contacts_by_cell(LOG, WARDS, RESIDENTS, as_of=AS_OF), BARLEY, "African")
    assert one[["contacts", "events", "events_people_unknown"]].tolist() == [0, 1, 1]
    assert np.isnan(one["phi"])


def test_by_ward_counts_whole_engagements_with_or_without_communities():
    found = contacts_by_ward(LOG, WARDS, as_of=AS_OF)
    assert found["contacts"].tolist() == [21, 3]
    assert found["events"].tolist() == [3, 2]
    assert found["population"].tolist() == [1000, 500]
    assert found["days_since_last"].tolist() == [0, 364]
    assert found["no_objective_events"].tolist() == [1, 0]
    assert found["phi"].tolist() == pytest.approx([(100 + 16 + 49) / 21, 3])


def test_by_community_counts_also_those_without_a_place():
    found = contacts_by_community(LOG, WARDS, RESIDENTS, as_of=AS_OF).set_index("community")
    assert found["contacts"].to_dict() == {"African": 9, "Irish": 10, "Somali": 3}
    assert found["events"].to_dict() == {"African": 3, "Irish": 2, "Somali": 1}
    assert found["population"].to_dict() == pytest.approx({"African": 110, "Irish": 50, "Somali": np.nan}, nan_ok=True)
    assert found.loc["Irish", "other_events"] == 1  # x, y and z make up one engagement


def test_by_community_leaves_out_what_lies_outside():
    outside = LOG.assign(ward_code=LOG["ward_code"].replace(BARLEY, "E05999999"))
    found = contacts_by_community(outside, WARDS, RESIDENTS, as_of=AS_OF).set_index("community")
    assert found["events"].to_dict() == {"African": 2, "Irish": 2, "Somali": 0}
    left = unattributed(outside, WARDS, RESIDENTS, as_of=AS_OF).set_index("reason")
    assert left.loc["outside the wards"].tolist() == [2, 3]


def test_what_counts_nowhere_is_said():
    later = pd.concat([LOG, log([(ACRE, "Irish", 50, "2026-01-01")])], ignore_index=True)
    left = unattributed(later, WARDS, RESIDENTS, as_of=AS_OF)
    assert left.values.tolist() == [
        ["after the day of the report", 1, 50],
        ["outside the wards", 0, 0],
        ["place not recorded", 1, 5],
        ["no community of this kind named", 1, 7],
    ]
    assert contacts_by_ward(later, WARDS, as_of=AS_OF)["contacts"].tolist() == [21, 3]


def test_communities_of_another_kind_take_no_share():
    both = pd.concat(
        [
            RESIDENTS,
            pd.DataFrame({"ward_code": [ACRE], "community": ["Muslim"], "population": 9.0, "group_set": "religion"}),
        ]
    )
    rows = log([(ACRE, "African;Muslim", 8, "2025-01-01"), (ACRE, "Muslim", 2, "2025-01-01")])
    ethnic = contacts_by_cell(rows, WARDS, both, as_of=AS_OF, group_set="ethnic_group")
    assert cell(ethnic, ACRE, "African")["contacts"] == 8
    assert "Muslim" not in set(ethnic["community"])
    religion = contacts_by_cell(rows, WARDS, both, as_of=AS_OF, group_set="religion")
    assert cell(religion, ACRE, "Muslim")[["contacts", "events"]].tolist() == [10, 2]
    left = unattributed(rows, WARDS, both, as_of=AS_OF, group_set="ethnic_group")
    assert left["contacts"].tolist() == [0, 0, 0, 2]
    with pytest.raises(GeoError, match="several kinds: ethnic_group, religion"):
        contacts_by_cell(rows, WARDS, both, as_of=AS_OF)
    with pytest.raises(GeoError, match="no communities of the kind 'language'"):
        contacts_by_cell(rows, WARDS, both, as_of=AS_OF, group_set="language")


def test_phi_and_breadth_are_those_of_the_other_modules():
    rows = log([(ACRE, None, n, "2025-01-01") for n in (40, 3, 2, 1, 4)], activity=["a", "a", "b", "c", "b"])
    one = contacts_by_ward(rows, WARDS, as_of=AS_OF).iloc[0]
    assert one["phi"] == pytest.approx(32.6) == clustering([40, 3, 2, 1, 4])
    assert one["breadth"] == pytest.approx(effective_number([2, 2, 1]))


def test_without_engagements_or_optional_columns():
    bare = log([])[["ward_code", "date"]]
    found = contacts_by_cell(bare, WARDS, RESIDENTS, as_of=AS_OF)
    assert found["events"].tolist() == [0, 0, 0, 0]
    assert contacts_by_ward(bare, WARDS.drop(columns="population"), as_of=AS_OF)["population"].isna().all()
    assert unattributed(bare, WARDS, RESIDENTS, as_of=AS_OF)["engagements"].sum() == 0
    assert len(contacts_by_community(bare, WARDS, RESIDENTS.iloc[:0], as_of=AS_OF)) == 0
    assert len(contacts_by_cell(bare, WARDS, RESIDENTS.iloc[:0], as_of=AS_OF)) == 0
    one = contacts_by_ward(log([(ACRE, None, 1, "2025-01-01")])[["ward_code", "date"]], WARDS, as_of=AS_OF).iloc[0]
    assert one[["events", "events_people_unknown", "known", "no_objective_events"]].tolist() == [1, 1, 0, 1]


rows = st.tuples(
    st.sampled_from([ACRE, BARLEY, "E05999999", None]),
    st.sampled_from([None, "African", "Irish;African", "African;Irish;Roma", "Muslim", "Muslim;Irish"]),
    st.one_of(st.none(), st.integers(0, 200)),
    st.sampled_from(["2024-02-29", "2025-12-31", "2026-01-01"]),
)
KINDS = pd.concat(
    [
        RESIDENTS,
        pd.DataFrame({"ward_code": [ACRE], "community": ["Muslim"], "population": 9.0, "group_set": "religion"}),
    ]
)


@settings(deadline=None)
@given(st.lists(rows, min_size=1, max_size=25), st.randoms(use_true_random=False))
def test_totals_are_preserved_and_order_does_not_matter(drawn, random):
    activities = [random.choice(["forum", "drop_in", None]) for _ in drawn]
    table = log(drawn, activity=activities)
    options = {"as_of": AS_OF, "group_set": "ethnic_group"}
    cells = contacts_by_cell(table, WARDS, KINDS, **options)
    left = unattributed(table, WARDS, KINDS, **options)
    assert cells["contacts"].sum() + left["contacts"].sum() == pytest.approx(table["attendees"].sum(), abs=1e-4)
    four = cells[["trust_events", "enforcement_events", "other_events", "no_objective_events"]].sum(axis=1)
    assert four.tolist() == pytest.approx(cells["events"].tolist())
    assert (cells["known"] <= cells["events"]).all()
    shuffled = table.sample(frac=1, random_state=random.randrange(1000))
    pd.testing.assert_frame_equal(contacts_by_cell(shuffled, WARDS, KINDS, **options), cells, check_exact=True)
    pd.testing.assert_frame_equal(
        contacts_by_ward(shuffled, WARDS.iloc[::-1], as_of=AS_OF),
        contacts_by_ward(table, WARDS, as_of=AS_OF),
        check_exact=True,
    )
    categories = table.astype({"ward_code": "category", "communities": "category", "activity": "category"})
    pd.testing.assert_frame_equal(contacts_by_cell(categories, WARDS, KINDS, **options), cells, check_exact=True)


def test_sums_of_thirds_do_not_depend_on_the_order():
    people = np.random.default_rng(0).integers(1, 200, 500)
    thirds = people / 3
    assert np.bincount(np.zeros(500, int), thirds) != np.bincount(np.zeros(500, int), thirds[::-1])
    table = log([(ACRE, "African;Irish;Roma", int(number), "2025-01-01") for number in people])
    first = contacts_by_cell(table, WARDS, RESIDENTS, as_of=AS_OF)
    again = contacts_by_cell(table[::-1], WARDS, RESIDENTS, as_of=AS_OF)
    pd.testing.assert_frame_equal(first, again, check_exact=True)


@pytest.fixture(scope="module")
def ashview():
    folder = ROOT / "data" / "ashview"
    wards = gpd.read_file(folder / "wards.geojson").to_crs("EPSG:27700")
    wards = wards.rename(columns={"WD25CD": "ward_code", "WD25NM": "ward_name"})
    points = pd.read_csv(folder / "focal_points.csv")
    points = gpd.GeoDataFrame(points, geometry=gpd.points_from_xy(points["easting"], points["northing"]), crs=27700)
    table = pd.read_csv(folder / "engagements.csv", parse_dates=["date"])
    table = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries([None] * len(table), crs=27700))
    placed, _ = place_engagements(table, points, wards)
    return placed, wards, pd.read_csv(folder / "communities.csv"), points


def test_ashview_tells_who_is_heard(ashview):
    placed, wards, residents, _ = ashview
    found = contacts_by_community(placed, wards, residents, as_of=AS_OF, group_set="ethnic_group").set_index(
        "community"
    )
    assert found.loc["Roma", ["contacts", "events"]].tolist() == [0, 0]
    assert found.loc["Roma", "population"] == 911
    assert found.loc["African", ["events", "proactive", "reactive", "known"]].tolist() == [13, 0, 13, 13]
    places = contacts_by_ward(placed, wards, as_of=AS_OF).set_index("ward_name")
    assert places.loc["Larkfield", ["contacts", "events"]].tolist() == [0, 0]
    assert (places["events"] == 0).sum() == 1
    cells = contacts_by_cell(placed, wards, residents, as_of=AS_OF, group_set="ethnic_group")
    left = unattributed(placed, wards, residents, as_of=AS_OF, group_set="ethnic_group")
    assert cells["contacts"].sum() + left["contacts"].sum() == placed["attendees"].sum() == places["contacts"].sum()
