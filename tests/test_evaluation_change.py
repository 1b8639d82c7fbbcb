"""Change against the town: exact numbers, nothing found where there is nothing, and planted changes found."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.stats import fisher_exact

from geo.errors import GeoError
from geo.evaluation.change import ALIKE, FELL, ROSE, TOO_FEW, changes, inside, same_months_before
from geo.evaluation.periods import compare, e_test

BEFORE = [f"2024-{month:02d}" for month in range(1, 13)]
AFTER = [f"2025-{month:02d}" for month in range(1, 13)]


def reports(counts):
    """One row a report: {place: (a month before, a month after)}."""
    rows = [
        (month, place)
        for place, (first, second) in counts.items()
        for months, count in ((BEFORE, first), (AFTER, second))
        for month in months
        for _ in range(count)
    ]
    return pd.DataFrame(rows, columns=["month", "ward_code"])


def compared(frame, **more):
    names = {code: f"Ward {code}" for code in sorted(set(frame["ward_code"]))}
    return changes(frame, frame, "ward_code", BEFORE, AFTER, names=names, noun="ward", **more)


def test_the_numbers_of_one_place():
    made = compared(reports({"A": (10, 4), "B": (20, 19), "C": (15, 16)}))
    row = made.table.loc["A"]
    assert made.town == (540, 468)
    assert made.dispersion == 1  # every month is alike
    assert (row["before"], row["after"], row["ratio"]) == (120, 48, 0.4)
    exact = compare([48], [120]).iloc[0]
    assert (row["low"], row["high"]) == pytest.approx((exact["low"], exact["high"]))
    assert row["expected"] == 120  # the others: 420 and 420
    assert row["against_town"] == pytest.approx(0.4)
    assert row["p_value"] == pytest.approx(fisher_exact([[48, 120], [420, 420]]).pvalue)
    assert row["p_alone"] == pytest.approx(e_test(48, 120, 12, 12))
    assert row["change"] == FELL
    assert row["q_value"] >= row["p_value"]
    assert made.sentences[0] == "All reports: 540 before, 468 after (-13 %)."
    assert "Ward A fell: 120 to 48; 120 had it gone as the rest (-60 %, between -72 and -42 %)." in made.sentences


def test_of_a_place_that_had_none_no_percentage_is_said():
    made = compared(reports({"A": (0, 5), "B": (20, 20), "C": (15, 16)}))
    assert made.table.loc["A", "change"] == ROSE
    assert "Ward A rose: 0 to 60; 0 had it gone as the rest (none before, so no percentage)." in made.sentences


def test_a_fall_of_the_whole_town_changes_no_place():
    made = compared(reports({"A": (10, 5), "B": (20, 10), "C": (40, 20), "D": (2, 1)}))
    assert (made.table["p_alone"].iloc[:3] < 1e-4).all()
    assert (made.table["change"] == ALIKE).all()
    assert made.table["against_town"].tolist() == [1, 1, 1, 1]
    assert made.sentences[:2] == [
        "All reports: 864 before, 432 after (-50 %).",
        "None of 4 wards changed in a way that can be told from that.",
    ]


def test_periods_of_other_length_are_compared_a_month():
    frame = reports({"A": (10, 10), "B": (20, 20)})
    names = {"A": "Ward A", "B": "Ward B"}
    made = changes(frame, frame, "ward_code", BEFORE, AFTER[:6], names=names)
    assert made.table["ratio"].tolist() == [1, 1]
    assert (made.table["change"] == ALIKE).all()
    assert made.sentences[0] == "All reports: 360 before, 180 after (+0 % a month)."
    assert made.sentences[-1].startswith("The periods are not the same months of the year")


def test_few_or_no_reports_are_said():
    frame = pd.concat([reports({"A": (5, 5)}), pd.DataFrame({"month": [BEFORE[0]], "ward_code": ["B"]})])
    made = changes(frame, frame, "ward_code", BEFORE, AFTER, names={"A": "A", "B": "B", "C": "C"})
    assert made.table["change"].tolist() == [ALIKE, TOO_FEW, TOO_FEW]
    nothing = made.table.loc["C"]
    assert nothing[["ratio", "p_value", "q_value", "p_alone", "low", "against_low"]].isna().all()
    assert "2 places had fewer than 5 reports in both periods: too few to tell." in made.sentences


def test_bursts_widen_what_is_said():
    rng = np.random.default_rng(0)
    steady = reports(dict.fromkeys("ABCDEFGH", (10, 10)))
    # each place has its own bad month, to which a quarter of its reports belong
    own = [(BEFORE if month in BEFORE else AFTER)["ABCDEFGH".index(place)] for month, place in steady.values]
    bursts = steady.assign(month=np.where(rng.random(len(steady)) < 0.25, own, steady["month"]))
    extra = reports({"A": (0, 4)})
    calm, loud = compared(pd.concat([steady, extra])), compared(pd.concat([bursts, extra]))
    assert calm.dispersion == 1
    assert loud.dispersion > 1.2
    assert loud.table.loc["A", "p_value"] > calm.table.loc["A", "p_value"]
    assert loud.table.loc["A", "against_high"] > calm.table.loc["A", "against_high"]
    assert any(line.startswith("Months scatter") for line in loud.sentences)


def test_places_chosen_by_one_of_the_periods_are_said():
    frame = reports({"A": (5, 5), "B": (5, 5)})
    said = compared(frame, chosen_from=BEFORE[:3]).sentences[-1]
    assert said == "Months of the first period chose these wards: they fall by themselves (regression to the mean)."
    assert "seem to rise" in compared(frame, chosen_from=AFTER[:3]).sentences[-1]


def test_no_order_of_rows_changes_anything_and_inputs_stay():
    frame = reports({"A": (9, 4), "B": (20, 19)})
    kept = frame.copy()
    one, other = compared(frame), compared(frame.sample(frac=1, random_state=3))
    pd.testing.assert_frame_equal(one.table, other.table)
    assert one.sentences == other.sentences
    pd.testing.assert_frame_equal(frame, kept)


def test_periods_that_cannot_be_compared_are_refused():
    frame = reports({"A": (5, 5)})
    for before, after, message in (
        ([], AFTER, "^before: no month"),
        (BEFORE, BEFORE[6:], "^Periods overlap: 2024-07, 2024-08, 2024-09 and 3 more in both"),
        (["2019-01"], AFTER, "^before: nothing is reported in 2019-01"),
    ):
        with pytest.raises(GeoError, match=message):
            changes(frame, frame, "ward_code", before, after, names={"A": "A"})
    assert same_months_before([*BEFORE, *AFTER], AFTER[:2]) == BEFORE[:2]
    with pytest.raises(GeoError, match="^before: the data do not cover 2024-02, the same months a year earlier"):
        same_months_before(["2024-01"], AFTER[:2])


def test_a_report_in_two_grounds_is_in_both():
    places = gpd.GeoDataFrame(
        {"hotspot_id": ["HS-0001", "HS-0002"]},
        geometry=[shapely.box(0, 0, 10, 10), shapely.box(5, 0, 20, 10)],
        crs=27700,
    )
    points = gpd.GeoDataFrame(
        {"month": ["2025-01", "2025-02", "2025-03"]}, geometry=gpd.points_from_xy([7, 1, 50], [5, 5, 5]), crs=27700
    )
    found = inside(points, places)
    assert sorted(found.itertuples(index=False, name=None)) == [
        ("2025-01", "HS-0001"),
        ("2025-01", "HS-0002"),
        ("2025-02", "HS-0001"),
    ]


@pytest.fixture(scope="module")
def luton(shared_data, luton_wards):
    from geo.area import assign_wards
    from layers import read_incidents, read_wards

    wards, _ = read_wards(luton_wards)
    found, report = read_incidents(shared_data / "bedfordshire_street_2021_2024" / "street")
    return pd.DataFrame(assign_wards(found, wards)[["month", "ward_code"]]), sorted(report.months)[12:], wards


def test_luton_dealt_again_shows_no_more_than_the_stated_rate(luton):
    frame, months, wards = luton
    frame = frame[frame["month"].isin(months)]
    names = dict(zip(wards["ward_code"], wards["ward_name"], strict=True))
    rng = np.random.default_rng(1)
    any_found = []
    for _ in range(60):
        dealt = frame.assign(month=rng.permutation(frame["month"].to_numpy()))
        made = changes(dealt, dealt, "ward_code", months[:12], months[12:], names=names)
        any_found.append(made.table["change"].isin([FELL, ROSE]).any())
    # where nothing changed, each call is false: the rate is that of maps with any
    assert np.mean(any_found) <= 0.10  # of 60, at 5 %


def test_changes_planted_in_luton_are_found_and_a_fall_of_the_town_is_not(luton):
    frame, months, wards = luton
    rng = np.random.default_rng(2)
    frame = frame[frame["month"].isin(months)]
    dealt = frame.assign(month=rng.permutation(frame["month"].to_numpy()))
    names = dict(zip(wards["ward_code"], wards["ward_name"], strict=True))
    less = dealt["month"].isin(months[12:]) & (rng.random(len(dealt)) < 0.4)
    busy = dealt["ward_code"].value_counts().index[1]

    def words(kept):
        return changes(kept, kept, "ward_code", months[:12], months[12:], names=names).table["change"]

    assert set(words(dealt[~less])) == {ALIKE}
    planted = words(dealt[~(less & (dealt["ward_code"] == busy))])
    assert planted[busy] == FELL
    assert (planted.drop(busy) == ALIKE).sum() >= len(planted) - 2
