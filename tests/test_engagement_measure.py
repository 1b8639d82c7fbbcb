"""Every measure of a town small enough to be counted by hand, and what must hold of any town."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import SOUTH, WEST, make_wards
from scipy import stats

from geo.engagement.contacts import unattributed
from geo.engagement.measure import CELL, COLUMNS, COMMUNITY, PROMISED, WARD, Measures, Rule, measure, with_population
from geo.engagement.place import place_engagements

AS_OF = pd.Timestamp("2025-12-31")
END, WHOLE = pd.Timestamp("2027-07-14"), 1655  # a log of four and a half years
A, B = "E05990000", "E05990001"
LOG = [
    # id, date, ward, focal point, communities, people, initiation, activity, objective
    ("E1", "2025-03-01", None, "FP-1", "Irish", 10, "proactive", "drop_in", "build_trust"),
    ("E2", "2025-04-01", A, None, "Irish;Polish", 20, "reactive", "forum", "build_trust;gather_intelligence"),
    ("E3", "2025-12-01", A, None, "Polish", 4, "proactive", "forum", "gather_intelligence"),
    ("E4", "2025-05-01", B, None, "Welsh", 6, "requested_by_community", "drop_in", None),
    ("E5", "2025-06-01", B, None, "Welsh", np.nan, "unknown", "drop_in", "reassure"),
    ("E6", "2025-07-01", A, None, None, 10, "proactive", "forum", "reassure"),
    ("E7", "2025-08-01", None, None, "Irish", 2, "unknown", "drop_in", "reassure"),
    ("E8", "2025-09-01", A, None, None, 10, "reactive", "forum", "reassure"),
    ("E9", "2026-01-01", B, None, "Irish", 99, "proactive", "drop_in", "reassure"),
]  # fmt: skip
NAMES = "engagement_id date ward_code focal_point_id communities attendees initiation activity objective".split()


def point(east: float) -> shapely.Point:
    return shapely.Point(WEST + east, SOUTH + 500)


def wards() -> gpd.GeoDataFrame:
    return make_wards("Acre", "Barley").assign(population=[1000.0, 1000.0])


def log(rows: list[tuple[Any, ...]] = LOG) -> gpd.GeoDataFrame:
    frame = pd.DataFrame(rows, columns=NAMES).astype({"attendees": float})
    frame["date"] = pd.to_datetime(frame["date"])
    return gpd.GeoDataFrame(frame, geometry=[None] * len(frame), crs=27700)


def residents() -> pd.DataFrame:
    people = {"Irish": (100, 300), "Polish": (300, 100), "Welsh": (600, 600)}
    rows = [
        (ward, name, float(n), "ethnic_group")
        for name, both in people.items()
        for ward, n in zip((A, B), both, strict=True)
    ]
    return pd.DataFrame(rows, columns=["ward_code", "community", "population", "group_set"])


def places() -> gpd.GeoDataFrame:
    rows = {"focal_point_id": ["FP-1", "FP-2", "FP-3"], "communities": ["Irish", "Welsh", None]}
    return gpd.GeoDataFrame(rows, geometry=[point(500), point(1500), point(1600)], crs=27700)


def measured(
    rows: gpd.GeoDataFrame | None = None,
    people: pd.DataFrame | None = None,
    area: gpd.GeoDataFrame | None = None,
    points: gpd.GeoDataFrame | None = None,
    came: pd.DataFrame | None = None,
    **more: Any,
) -> Measures:
    area = wards() if area is None else area
    points = places() if points is None else points
    placed = place_engagements(log() if rows is None else rows, points, area).engagements
    given: dict[str, Any] = {"as_of": AS_OF, "period_days": 365.0, "group_sets": ["ethnic_group"], "rule": Rule()}
    return measure(placed, area, residents() if people is None else people, points, came, **(given | more))


@pytest.fixture(scope="module")
def town() -> pd.DataFrame:
    return measured().table


def of(table: pd.DataFrame, level: str, *columns: str) -> list[Any]:
    rows = table[table["level"] == level][list(columns)]
    return rows.values.tolist() if len(columns) > 1 else rows.iloc[:, 0].tolist()


def garwood(count: float, mean: float) -> list[float]:
    low = stats.chi2.ppf(0.025, 2 * count) / 2 / mean if count else 0.0
    return [low, stats.chi2.ppf(0.975, 2 * count + 2) / 2 / mean]


def test_the_rows_and_their_first_columns(town):
    assert list(town["level"].value_counts(sort=False).items()) == [(COMMUNITY, 3), (WARD, 2), (CELL, 6)]
    assert set(COLUMNS) <= set(town.columns)
    assert (
        tuple(
            "ward_code ward_name community population contacts events expected ratio low high probability_below "
            "days_since_last reach proactive_share flag reason".split()
        )
        == PROMISED
    )
    assert of(town, COMMUNITY, "community", "ward_name") == [
        ["Irish", "all wards"],
        ["Polish", "all wards"],
        ["Welsh", "all wards"],
    ]
    assert of(town, WARD, "ward_code", "ward_name", "community") == [
        [A, "Acre", "all residents"],
        [B, "Barley", "all residents"],
    ]
    assert of(town, CELL, "ward_code", "community")[:4] == [[A, "Irish"], [A, "Polish"], [A, "Welsh"], [B, "Irish"]]


def test_communities_over_all_wards(town):
    # the meeting with no place counts here; the one planned for 2026 nowhere
    assert of(town, COMMUNITY, "population", "events", "contacts") == [[400, 3, 22], [400, 2, 14], [1200, 2, 6]]
    # 7 events and 42 people over 2,000 residents
    assert of(town, COMMUNITY, "expected") == pytest.approx([1.4, 1.4, 4.2])
    assert of(town, COMMUNITY, "ratio") == pytest.approx([3 / 1.4, 2 / 1.4, 2 / 4.2])
    assert of(town, COMMUNITY, "expected_contacts") == pytest.approx([8.4, 8.4, 25.2])
    for low, high, own in of(town, COMMUNITY, "low", "high", "ratio"):
        assert 0 < low < own < high


# the Welsh were met in one programme of two events a month apart; 1 of the 5 other programmes was of its kind
BLIND = 1 / 5 * (31 + 56) / 365
AT_RISK = [400, 400, 600 + 600 * (1 - BLIND)]
DUE = [6 * people / sum(AT_RISK) for people in AT_RISK]


def test_events_of_one_programme_count_once(town):
    assert of(town, COMMUNITY, "programmes") == [3, 2, 1]
    assert of(town, COMMUNITY, "expected_programmes") == pytest.approx(DUE)
    # events of a ward: the two unnamed of A are 62 days apart, those of B are one programme
    assert of(town, WARD, "programmes") == [5, 1]
    assert of(town, CELL, "programmes") == [2, 2, 0, 0, 0, 1]
    assert sum(of(town, WARD, "expected_programmes")) == pytest.approx(6)


def test_people_count_for_less_because_they_come_together(town):
    # people squared: Irish 10² + 10² + 2², Polish 10² + 4², Welsh 6²; 356 over 42 people
    crowd = 356 / 42
    found = of(town, COMMUNITY, "contacts_ratio", "contacts_low", "contacts_high")
    for row, count, mean in zip(found, (22, 14, 6), (8.4, 8.4, 25.2), strict=True):
        assert row == pytest.approx([count / mean, *garwood(count / crowd, mean / crowd)])


def test_the_cautious_rate_and_its_probability(town):
    for row, count, mean in zip(of(town, COMMUNITY, "rate", "probability_below"), (3, 2, 1), DUE, strict=True):
        prior = stats.gamma(count + 2, scale=1 / (mean + 2))
        assert row == pytest.approx([prior.mean(), prior.cdf(0.8)])


def test_wards_count_every_engagement(town):
    assert of(town, WARD, "events", "contacts", "expected") == [[5, 54, 3.5], [2, 6, 3.5]]
    assert of(town, WARD, "ratio") == pytest.approx([5 / 3.5, 2 / 3.5])
    assert of(town, WARD, "expected_contacts") == [30, 30]
    assert of(town, WARD, "open_events") == [0, 0]
    # Irish 2/400, Polish 2/400, Welsh 2/1,200 events a resident of their wards
    assert of(town, WARD, "expected_standardised") == pytest.approx([0.5 + 1.5 + 1, 1.5 + 0.5 + 1])
    # 4/1,000 in A, 2/1,000 in B
    assert of(town, COMMUNITY, "expected_standardised") == pytest.approx([0.4 + 0.6, 1.2 + 0.2, 2.4 + 1.2])


def test_communities_in_wards(town):
    assert of(town, CELL, "events") == [2, 2, 0, 0, 0, 2]
    assert of(town, CELL, "contacts") == [20, 14, 0, 0, 0, 6]
    assert of(town, CELL, "expected") == pytest.approx([0.3, 0.9, 1.8, 0.9, 0.3, 1.8])
    # 34 people in A by residents: 3.4, 10.2, 20.4; 6 in B: 1.8, 0.6, 3.6
    assert of(town, CELL, "ppr") == pytest.approx([20 / 3.4, 14 / 10.2, 0, 0, 0, 6 / 3.6])
    assert town[town["level"] != CELL]["ppr"].isna().all()


def test_open_engagements(town):
    # two in A: a tenth and three tenths of its residents; the majority was at both
    assert of(town, CELL, "open_events") == pytest.approx([0.2, 0.6, 2, 0, 0, 0])
    assert of(town, COMMUNITY, "open_events") == pytest.approx([0.2, 0.6, 2])
    assert of(town, COMMUNITY, "ratio_unnamed") == pytest.approx([3.2 / 1.6, 2.6 / 2, 4 / 5.4])


def test_a_community_met_elsewhere_is_not_called_never_reached(town):
    # the Welsh of A: 1.8 expected, none named, but two open meetings there and the log names them in B
    assert of(town, CELL, "met_elsewhere") == [True, True, True, False, False, False]
    assert of(town, CELL, "flag")[2] != "never_reached"
    nowhere = [row if row[4] != "Welsh" else (*row[:4], "Irish", *row[5:]) for row in LOG]
    named_nowhere = measured(log(nowhere)).table
    row = named_nowhere[(named_nowhere["level"] == CELL) & (named_nowhere["ward_code"] == A)].iloc[2]
    assert (row["community"], row["flag"]) == ("Welsh", "never_reached")
    assert "0 of 1.8 expected events" in row["reason"]


def test_how_why_and_when(town):
    assert of(town, COMMUNITY, "days_since_last") == [152, 30, 213]
    assert of(town, COMMUNITY, "proactive_share") == [0.5, 0.5, 1]
    assert of(town, WARD, "proactive_share") == [0.6, 1]
    assert of(town, COMMUNITY, "methods_used") == ["drop_in;forum", "forum", "drop_in"]
    assert of(town, COMMUNITY, "breadth") == pytest.approx([np.exp(np.log(3) - 2 / 3 * np.log(2)), 1, 1])
    # E2 is half of each; intelligence is never counted as trust
    assert of(town, COMMUNITY, "trust_events", "enforcement_events") == [[1.5, 0.5], [0.5, 1.5], [0, 0]]
    assert of(town, COMMUNITY, "events_people_unknown") == [0, 0, 1]
    assert [str(one)[:10] for one in of(town, COMMUNITY, "first_date")] == ["2025-03-01", "2025-04-01", "2025-05-01"]


def test_reach(town):
    assert of(town, WARD, "reach") == [1, 0]
    reach = of(town, COMMUNITY, "reach")
    assert reach[0] == 1
    assert np.isnan(reach[1])  # no focal point is theirs: nothing to reach
    assert reach[2] == 0
    assert np.isnan(of(measured(points=places().head(0)).table, WARD, "reach")).all()


def test_a_gap_that_open_meetings_may_have_filled_is_not_called_one():
    people = pd.DataFrame(
        {"ward_code": A, "community": ["Many", "Met"], "population": [500.0, 500.0], "group_set": "ethnic_group"}
    )
    weeks = [f"{day:%Y-%m-%d}" for day in pd.date_range("2023-01-02", periods=30, freq="70D")]
    named = [(f"N{i}", weeks[i], A, None, "Many" if i % 6 == 5 else "Met", 5) for i in range(24)]
    opened = [(f"O{i}", weeks[i], A, None, None, 30) for i in range(20)]
    area = wards().head(1)

    def many(rows: list[tuple[Any, ...]], **more: Any) -> pd.Series:
        full = [(*row, "proactive", "forum", "reassure") for row in rows]
        done = measured(
            log(full), people, area, rule=Rule(probability=0.8, **more), as_of=END, period_days=float(WHOLE)
        )
        row = done.table.set_index(["level", "community"]).loc[(COMMUNITY, "Many")]
        said = done.flags.loc[done.flags["evidence"] == row["reason"], "sentence"]
        return pd.concat([row, pd.Series({"sentence": " ".join(said)})])

    # 4 of 12; the majority was at all of the 20 others, of which 10 are its share: 24 of 22
    alone, perhaps_met = many(named), many(named + opened)
    assert (alone["flag"], alone["events"], alone["expected"], alone["perhaps_met"]) == (
        "under_engaged",
        4,
        12,
        False,
    )
    assert alone["probability_below"] == pytest.approx(stats.gamma(6, scale=1 / 14).cdf(0.8))
    assert (
        perhaps_met["flag"],
        perhaps_met["events"],
        perhaps_met["expected"],
        perhaps_met["perhaps_met"],
    ) == (
        "not_enough_evidence",
        4,
        12,
        True,
    )
    assert perhaps_met["open_events"] == pytest.approx(20)
    assert "of which about 20 may have met them. Write down who comes." in perhaps_met["sentence"]
    # a few open meetings cannot have filled it
    assert many(named + opened[:3])["flag"] == "under_engaged"
    # and those that nobody knows the place of may have, too
    somewhere = [(*row[:2], None, *row[3:]) for row in opened]
    assert many(named + somewhere)["flag"] == "not_enough_evidence"
    assert many(named + somewhere)["open_events"] == pytest.approx(20)
    # the rule is the one asked for, and the evidence says so
    assert many(named, threshold=0.1)["flag"] != "under_engaged"
    assert "probability of less than 0.9 of a share: " in many(named, threshold=0.9)["reason"]
    assert many(named, fewest_expected=13)["flag"] == "not_enough_evidence"


def test_invited_and_not_coming():
    asked = pd.DataFrame({"engagement_id": ["E1", "E2", "E3", "E4"], "focal_point_id": ["FP-1", "FP-3"] * 2})
    asked = asked.assign(invited=True, attended=False, reason=None, followed_up_on=pd.NaT)
    points = places().assign(communities=["Irish", "Welsh", "Irish"])
    found = measured(points=points, came=asked)
    assert "invited_not_coming" in set(found.flags["flag"])
    sentence = found.flags.loc[found.flags["flag"] == "invited_not_coming", "sentence"].iloc[0]
    assert sentence.startswith("The team invited Irish residents 4 times and they came not once.")
    # what one person does says nothing of a community
    one = measured(points=points, came=asked.assign(focal_point_id="FP-1"))
    assert "invited_not_coming" not in set(one.flags["flag"])


def test_another_kind_of_community_is_neither_judged_nor_counted_as_nobody():
    more = pd.concat(
        [residents(), residents().assign(group_set="religion", community=lambda t: "Faith " + t["community"])]
    )
    both = measured(people=more)
    pd.testing.assert_frame_equal(both.table, measured().table)
    faiths = measured(people=more, group_sets=["religion"]).table
    assert of(faiths, COMMUNITY, "community") == ["Faith Irish", "Faith Polish", "Faith Welsh"]
    assert set(of(faiths, COMMUNITY, "flag")) == {"no_contacts"}
    two = measured(people=more, group_sets=["ethnic_group", "religion"]).table
    assert list(two["level"].value_counts(sort=False).items()) == [(COMMUNITY, 6), (WARD, 2), (CELL, 12)]
    assert set(two.loc[two["level"] != WARD, "group_set"]) == {"ethnic_group", "religion"}


def test_a_word_the_census_does_not_use_is_kept_and_not_judged():
    rows = [*LOG, ("E10", "2025-10-01", A, None, "Townies", 5, "proactive", "forum", "reassure")]
    table = measured(log(rows)).table
    row = table[(table["level"] == COMMUNITY) & (table["community"] == "Townies")].iloc[0]
    assert (row["events"], row["contacts"], row["flag"]) == (1, 5, "no_data")
    assert np.isnan(row["population"])
    assert np.isnan(row["expected"])


def test_without_residents_nothing_is_expected_and_nobody_is_called_adequate():
    empty = residents().head(0)
    table = measured(people=empty, area=wards().drop(columns="population"), group_sets=[None]).table
    assert table["expected"].isna().all()
    assert table["perhaps_met"].isna().all()
    # the Welsh were last met 213 days ago: that is known all the same
    assert of(table, COMMUNITY, "flag") == ["no_data", "no_data", "not_for_a_long_time"]
    assert of(table, WARD, "flag") == ["no_data", "not_for_a_long_time"]
    assert of(table, COMMUNITY, "events", "contacts") == [[3, 22], [2, 14], [2, 6]]
    assert of(table, WARD, "events") == [5, 2]


def test_no_engagement_is_no_gap_of_anybody():
    table = measured(log().head(0)).table
    assert len(table) == 11
    assert set(table["flag"]) == {"no_contacts"}
    assert (table[["events", "contacts", "expected"]] == 0).all(axis=None)


def test_nothing_at_all():
    done = measured(log().head(0), residents().head(0), wards().head(0), group_sets=[None])
    assert len(done.table) == len(done.flags) == 0
    assert set(COLUMNS) <= set(done.table.columns)


def test_the_order_of_rows_changes_nothing_and_inputs_stay():
    came = pd.DataFrame(
        {"engagement_id": ["E1", "E2", "E3"], "focal_point_id": "FP-1", "stakeholder_ref": ["S1", "S2", "S3"]}
    ).assign(invited=True, attended=[True, False, False], reason=None, followed_up_on=pd.NaT)
    given = [log(), residents(), wards(), places(), came]
    before = [one.copy() for one in given]
    first = measured(*given)
    for one, copy in zip(given, before, strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(copy))
    for seed in range(3):
        again = measured(*(one.sample(frac=1, random_state=seed) for one in given))
        pd.testing.assert_frame_equal(again.table, first.table, check_exact=True)
        pd.testing.assert_frame_equal(again.flags, first.flags, check_exact=True)
        assert again[2:] == first[2:]


def test_nobody_is_lost_and_nobody_counts_twice(town):
    placed = place_engagements(log(), places(), wards()).engagements
    left = unattributed(placed, wards(), residents(), as_of=AS_OF, group_set="ethnic_group")
    cells = town[town["level"] == CELL]
    assert cells["contacts"].sum() + left["contacts"].sum() == np.nansum(log()["attendees"])
    for level in (COMMUNITY, WARD, CELL):
        rows = town[town["level"] == level]
        assert rows["expected"].sum() == pytest.approx(rows["events"].sum())
        assert rows["expected_contacts"].sum() == pytest.approx(rows["contacts"].sum())
        assert rows["population"].sum() == 2000


def test_the_probability_used_is_the_one_asked_for():
    assert measured(rule=Rule(probability=0.93)).probability == 0.93
    assert measured().probability == 0.8


def test_residents_of_wards_come_from_one_kind_of_community_only():
    both = pd.concat([residents(), residents().assign(group_set="age_band", community="all", population=7.0)])
    bare = wards().drop(columns="population")
    assert with_population(bare, both)["population"].tolist() == [21, 21]  # age_band, three rows of 7
    assert with_population(bare, residents())["population"].tolist() == [1000, 1000]
    assert with_population(wards(), both.assign(population=1.0))["population"].tolist() == [1000, 1000]
    assert with_population(bare, residents().head(0))["population"].isna().all()
    alone = residents()[residents()["ward_code"] == A]
    assert with_population(bare, alone)["population"].isna().tolist() == [False, True]
    assert "population" not in bare
