from datetime import date

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from data import truths
from geo.errors import GeoError
from geo.hotspots import repeats
from geo.hotspots.repeats import knox, repeat_places, repeat_victims, vulnerability
from layers.incidents import read_incidents

# libpysal's example data burkitt: 188 cases of Burkitt's lymphoma in Uganda as x,y,day
BURKITT = """
300,302,413 291,270,472 326,263,511 299,376,689 267,327,730 266,356,847 267,345,871 262,338,899 268,335,921
335,275,1134 302,272,1190 301,304,1214 302,272,1224 324,337,1322 260,338,1399 306,385,1480 284,362,1503
293,332,1549 274,353,1567 263,333,1607 307,386,1615 274,357,1657 297,282,1688 288,365,1695 283,366,1714
290,352,1811 284,341,1813 286,341,1910 282,350,1986 292,278,1996 305,381,2049 298,378,2053 299,381,2075
287,342,2081 276,380,2103 261,345,2204 273,347,2209 284,357,2215 266,361,2239 285,360,2272 278,350,2281
305,321,2349 293,332,2351 297,375,2373 332,273,2377 256,345,2388 275,357,2411 267,350,2412 267,301,2419
286,379,2424 322,332,2488 278,349,2510 280,356,2512 276,354,2533 261,343,2545 323,298,2588 260,346,2616
283,352,2617 282,361,2629 308,390,2658 293,275,2695 331,272,2715 266,308,2766 280,354,2772 301,271,2800
279,361,2888 321,280,2996 292,391,3027 315,307,3118 323,333,3153 282,302,3149 269,348,3149 330,349,3173
281,302,3237 330,396,3245 328,341,3266 264,323,3275 303,382,3286 264,285,3302 259,337,3308 329,350,3323
328,351,3342 284,351,3346 309,370,3422 329,270,3453 273,347,3453 295,267,3500 262,353,3530 281,352,3570
325,335,3576 288,341,3614 302,248,3636 315,273,3661 295,377,3693 284,358,3716 272,376,3773 305,369,3790
279,318,3806 290,339,3843 311,376,3848 288,256,3848 324,284,3851 287,353,3973 283,364,3976 267,337,3878
280,298,3963 275,326,3985 281,299,4079 313,365,4080 273,332,4107 283,363,4118 304,366,4133 308,387,4156
330,275,4194 260,339,4195 289,335,4207 268,314,4212 329,268,4213 264,298,4213 274,342,4216 286,373,4235
263,346,4258 265,335,4273 269,340,4277 260,359,4290 279,355,4336 284,399,4339 270,337,4352 267,363,4383
320,282,4385 282,315,4441 303,377,4492 303,247,4518 264,297,4554 303,337,4565 289,380,4610 270,330,4628
262,335,4637 274,342,4638 262,333,4700 262,333,4700 267,369,4701 255,290,4708 267,336,4750 273,309,4751
270,328,4764 270,339,4780 265,334,4806 276,360,4822 276,360,4848 283,363,4858 305,374,4861 264,326,4862
286,361,4888 278,333,4891 257,344,4914 302,395,4918 275,378,4932 290,361,4944 279,362,4948 300,255,4964
270,357,4975 290,356,5001 291,368,5002 283,361,5072 270,325,5135 266,332,5199 267,367,5353 300,364,5358
268,390,5361 276,337,5489 293,396,5495 273,345,5505 267,338,5530 278,367,5578 310,387,5583 298,268,5588
266,332,5599 279,340,5641 266,361,5643 267,344,5650 272,370,5661 327,383,5702 265,335,5728 310,387,5752
279,339,5753 277,379,5755 258,350,5775
"""


@pytest.fixture(scope="module")
def ashview():
    return read_incidents(ROOT / "data" / "ashview" / "incidents.csv")[0]


@pytest.fixture(scope="module")
def burkitt():
    return np.array([case.split(",") for case in BURKITT.split()], float)


def calls(*days, victim="V-1"):
    return pd.DataFrame({"victim_ref": victim, "occurred_from": pd.to_datetime(list(days))})


# --- refused


def test_no_victims_no_repeat_victims():
    with pytest.raises(GeoError, match="incidents: no column 'victim_ref'.*\ndata.police.uk names no victims"):
        repeat_victims(pd.DataFrame({"occurred_from": pd.to_datetime(["2024-01-01"])}))
    with pytest.raises(GeoError, match="incidents: no row has a victim_ref"):
        repeat_victims(calls("2024-01-01", "2024-01-02", victim=" "))


def test_months_hold_no_window():
    with pytest.raises(
        GeoError, match="only the month is known, so repeat victims cannot be told.\ndata.police.uk gives"
    ):
        repeat_victims(pd.DataFrame({"victim_ref": ["V-1"], "month": ["2024-01"]}))


def test_vulnerability_needs_a_column():
    with pytest.raises(GeoError, match="no column 'personal', 'situational' or 'incidental'.*\nMap the columns"):
        vulnerability(pd.DataFrame({"month": ["2024-01"]}))


def test_knox_refuses_months():
    for months in (pd.Series(["2024-01", "2024-02"]), ["2024-01", "2024-02"]):
        with pytest.raises(GeoError, match="days: 2024-01 is no day, so near repeats cannot be told.\nMonth-only data"):
            knox([(0, 0), (1, 1)], months, distance_m=(0, 100), days_bins=(0, 7))


def test_knox_refuses_what_it_cannot_use():
    two = [(0, 0), (1, 1)]
    with pytest.raises(GeoError, match="days: 1 given for 2 points."):
        knox(two, [1], distance_m=(0, 100), days_bins=(0, 7))
    with pytest.raises(GeoError, match="Points or days: some are missing or infinite."):
        knox(two, [1, np.nan], distance_m=(0, 100), days_bins=(0, 7))
    with pytest.raises(GeoError, match="Points or days: some are missing"):
        knox(two, pd.Series(pd.to_datetime(["2024-01-01", None])), distance_m=(0, 100), days_bins=(0, 7))
    for edges in ((100,), (0, 0), (-1, 5), (100, 50), (0, np.nan)):
        with pytest.raises(GeoError, match="distance_m: the edges of the bins must rise from 0 or more.\nTry 0, 100"):
            knox(two, [1, 2], distance_m=edges, days_bins=(0, 7))
    with pytest.raises(GeoError, match="days_bins: the edges"):
        knox(two, [1, 2], distance_m=(0, 100), days_bins=(7,))


def test_knox_says_when_there_are_too_many_pairs(monkeypatch):
    monkeypatch.setattr(repeats, "MOST_PAIRS", 5)
    with pytest.raises(
        GeoError, match="distance_m: 6 pairs lie within 100 m, more than the 5 that fit.\nTake a smaller"
    ):
        knox([(0, 0)] * 4, [1, 2, 3, 4], distance_m=(0, 100), days_bins=(0, 7))


# --- repeat victims


@pytest.mark.parametrize(
    ("as_of", "incidents", "more", "three"),
    [
        (date(2025, 1, 9), 2, 1, 0),  # the first call is 365 days old
        (date(2025, 1, 8), 2, 1, 0),  # the third has not happened, the first is 364 days old
        (date(2024, 6, 1), 2, 1, 0),
        (date(2024, 5, 31), 1, 0, 0),
        (date(2026, 1, 8), 1, 0, 0),
        (date(2026, 1, 9), 0, 0, 0),
    ],
)
def test_both_rules_on_three_calls(as_of, incidents, more, three):
    found = repeat_victims(calls("2024-01-10 23:00", "2024-06-01 00:10", "2025-01-09 08:00"), as_of=as_of)
    assert (found.incidents, found.more_than_one, found.three_or_more) == (incidents, more, three)
    assert found.as_of == as_of


def test_three_in_a_year_count_in_both_rules():
    found = repeat_victims(calls("2024-01-11", "2024-06-01", "2025-01-09"))
    assert (found.victims, found.more_than_one, found.three_or_more, found.incidents_of_repeats) == (1, 1, 1, 3)


def test_blank_is_nobody_and_names_stay_out():
    table = calls("2024-05-01", "2024-05-02", "2024-05-03", "2024-05-04")
    table["victim_ref"] = ["V-0001", " V-0001 ", "", None]
    before = table.copy()
    found = repeat_victims(table)
    assert (found.victims, found.incidents, found.unattributed, found.more_than_one) == (1, 2, 2, 1)
    assert found.sentence == (
        "In the 365 days to 4 May 2024, 1 of 1 recorded victim had more than one incident, and 0 had three or more; "
        "no victim is recorded for 2 incidents."
    )
    assert "V-" not in repr(found)
    pd.testing.assert_frame_equal(table, before)


def test_ashview_repeat_victims(ashview):
    own = ashview[ashview["victim_ref"].isin(list(truths.REPEATS))]
    found = repeat_victims(own, as_of=truths.LAST_DAY)
    # three calls, two, and one in the year
    assert (found.victims, found.more_than_one, found.three_or_more) == (3, 2, 1)
    whole = repeat_victims(ashview, as_of=truths.LAST_DAY)
    assert whole.more_than_one > whole.three_or_more > 5
    assert "V-" not in repr(whole)


def test_ashview_one_household_calls_again_and_again(ashview):
    street = ashview[ashview["location_text"] == "Easington Way"]
    found = repeat_victims(street, as_of=truths.DISPUTE_TO)
    assert found.three_or_more >= 1
    # the household calls about once a day for half a year; V-0417 is the only one to do so
    theirs = repeat_victims(ashview[ashview["victim_ref"] == truths.DISPUTE_VICTIM], as_of=truths.DISPUTE_TO)
    assert (theirs.victims, theirs.three_or_more) == (1, 1)
    assert theirs.incidents > 150
    assert found.incidents_of_repeats >= theirs.incidents


# --- places


def test_repeat_places_by_hand():
    found = repeat_places(pd.Series(["a", "a", "a", "b", "b", "c", "d", None]))
    assert found[:6] == (4, 7, 1, 0.5, 0.25, pytest.approx(3 / 7))
    assert found.sentence == (
        "2 of 4 places (50%) had more than one incident, 1 three or more; 43% of 7 incidents were at a place that "
        "already had one."
    )


def test_map_points_are_not_called_places():
    found = repeat_places(pd.Series(["a", "a", "b"]), snapped=True)
    assert found.sentence.startswith("1 of 2 map points (50%) had more than one incident")
    assert found.sentence.endswith("A map point stands for several addresses: this is not repeat victimisation.")


def test_no_place_at_all():
    found = repeat_places(pd.Series([None, None], dtype="object"))
    assert (found.places, found.incidents, found.unplaced) == (0, 0, 2)
    assert np.isnan(found.share_2)
    assert found.sentence == "No incident has a place."


# --- vulnerability


def test_three_kinds_never_one_score():
    table = pd.DataFrame({"personal": ["yes", "Y", "no", ""], "situational": [True, False, None, True], "x": 1})
    found = vulnerability(table)
    assert found[:5] == (4, 2, 2, None, 0)
    assert found.sentence == (
        "Vulnerability marked, of 4 incidents (one can be in several): personal 2, situational 2, "
        "incidental not recorded."
    )
    assert not {"score", "total", "sum"} & set(found._fields)


def test_numbers_are_read_and_other_marks_counted():
    assert vulnerability(pd.DataFrame({"incidental": [1.0, 0.0, np.nan, 1.0]}))[3] == 2
    assert vulnerability(pd.DataFrame({"incidental": ["maybe", "yes", "?"]}))[3:5] == (1, 2)


def test_ashview_vulnerability(ashview):
    assert vulnerability(ashview)[:5] == (len(ashview), 337, 404, 199, 0)


# --- Knox


def test_knox_by_hand():
    # distances 0, 100, 100 (twice the same place); days apart 2, 10, 8
    found = knox(
        [(0, 0), (0, 0), (100, 0)], [0, 2, 10], distance_m=(0, 100, 200), days_bins=(0, 2, 8, 9), permutations=9
    )
    assert list(found.table.columns) == [
        "from_m", "to_m", "from_days", "to_days", "observed", "expected", "ratio", "p",
    ]  # fmt: skip
    assert found.table["observed"].tolist() == [0, 1, 0, 0, 0, 1]
    assert found.table["expected"].tolist() == pytest.approx([0, 1 / 3, 1 / 3, 0, 2 / 3, 2 / 3])
    assert found.table["ratio"].tolist() == pytest.approx([np.nan, 3, 0, np.nan, 0, 1.5], nan_ok=True)
    assert (found.incidents, found.pairs) == (3, 3)


def test_bins_are_half_open():
    at_edge = knox([(0, 0), (100, 0)], [0, 7], distance_m=(0, 100, 200), days_bins=(0, 7, 14), permutations=1).table
    assert at_edge["observed"].tolist() == [0, 0, 0, 1]


def test_burkitt_as_libpysal(burkitt):
    # "within 20 and 5" there includes both, here the edge is outside: whole coordinates and days lie below 20.001 and 6
    found = knox(burkitt[:, :2], burkitt[:, 2], distance_m=(0, 20.001, 1e4), days_bins=(0, 6, 1e5), permutations=99)
    assert found.table["observed"].tolist() == [13, 3416, 39, 14110]
    assert found.pairs == 13 + 3416 + 39 + 14110
    expected = found.table["expected"].iloc[0]
    assert expected == pytest.approx(10.1438161, abs=1e-7)
    # pointpats' Poisson p asks for more than 13, not for 13 or more (that is 0.222267)
    assert poisson.sf(13, expected) == pytest.approx(0.146246, abs=1e-6)
    assert 0.05 < found.table["p"].iloc[0] < 0.35
    assert found.sentence.startswith(
        "13 pairs of incidents from 0 to under 20.001 m and 0 to under 6 days apart; chance would give 10.1, "
        "so 1.28 times as many (p = "
    )
    assert found.sentence.endswith(", 99 shuffles of the dates, seed 0).")


def test_agrees_with_pointpats(burkitt):
    pointpats = pytest.importorskip("pointpats")
    theirs = pointpats.Knox(burkitt[:, :2], burkitt[:, 2:], 20, 5, permutations=9)
    ours = knox(burkitt[:, :2], burkitt[:, 2], distance_m=(0, 20.001), days_bins=(0, 6), permutations=1).table
    assert theirs.statistic_ == ours["observed"].iloc[0]
    assert theirs.expected[0, 0] == pytest.approx(ours["expected"].iloc[0])


def test_repeats_next_door_next_day_are_found():
    rng = np.random.default_rng(3)
    xy, day = rng.uniform(0, 5000, (100, 2)), rng.integers(0, 365, 100)
    again = knox(
        np.vstack((xy, xy + 10)), np.concatenate((day, day + 1)), distance_m=(0, 50), days_bins=(0, 3), permutations=199
    )
    assert again.table["p"].iloc[0] == 0.005  # no shuffle reached it: the smallest p of 199
    assert again.table["ratio"].iloc[0] > 20


def test_a_datetime_counts_calendar_days():
    table = knox(
        [(0, 0), (0, 0)], pd.Series(pd.to_datetime(["2024-01-01 23:59", "2024-01-02 00:01"])), distance_m=(0, 1),
        days_bins=(0, 1, 2), permutations=1,
    ).table  # fmt: skip
    assert table["observed"].tolist() == [0, 1]


def test_nothing_and_one_are_no_pair():
    for xy, day in ([], []), ([(0, 0)], [1]):
        table = knox(xy, day, distance_m=(0, 100), days_bins=(0, 7), permutations=9).table
        assert table[["observed", "expected", "p"]].iloc[0].tolist() == [0, 0, 1]


points_days_order = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 30)), min_size=2, max_size=25
).flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows)))


@settings(deadline=None)
@given(points_days_order)
def test_laws_of_knox(drawn):
    bins = {"distance_m": (0, 10, 30, 100), "days_bins": (0, 1, 5, 100), "permutations": 19, "seed": 4}
    tables = []
    for rows in drawn:
        array = np.array(rows, float)
        tables.append(knox(array[:, :2], array[:, 2], **bins).table)
    pd.testing.assert_frame_equal(*tables)
    found, n = tables[0], len(drawn[0])
    assert found["observed"].sum() == n * (n - 1) // 2  # bins that hold everything
    assert found["expected"].sum() == pytest.approx(n * (n - 1) / 2)
    assert ((found["p"] > 0) & (found["p"] <= 1)).all()


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", "c", None]), st.integers(0, 800)), min_size=1, max_size=30),
    st.randoms(),
)
def test_order_of_rows_changes_no_count(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    frames = [
        pd.DataFrame({
            "victim_ref": pd.Series([who for who, _ in table], dtype="object"),
            "occurred_from": pd.Timestamp("2024-01-01") + pd.to_timedelta([day for _, day in table], unit="D"),
        })
        for table in (rows, shuffled)
    ]  # fmt: skip
    if all(who is None for who, _ in rows):
        return
    one, other = (repeat_victims(frame) for frame in frames)
    assert one == other
    assert one.three_or_more <= one.more_than_one <= one.victims <= one.incidents
    assert repr(repeat_places(frames[0]["victim_ref"])) == repr(repeat_places(frames[1]["victim_ref"]))
