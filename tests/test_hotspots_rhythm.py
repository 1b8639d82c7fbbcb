import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import GeoError
from geo.hotspots.rhythm import DAYS, Profile, peaks, refusal, season, week_profile
from layers.incidents import read_incidents

MON, TUE, SAT, SUN = 0, 1, 5, 6
MONDAY = "2024-01-08"


@pytest.fixture(scope="module")
def ashview():
    return read_incidents(ROOT / "data" / "ashview" / "incidents.csv")


@pytest.fixture(scope="module")
def chicago(shared_data):
    path = shared_data / "chicago_assaults_timestamped" / "chicago_aggravated_assaults.csv.gz"
    return pd.to_datetime(pd.read_csv(path, usecols=["date"])["date"])


def times(*texts):
    return pd.Series(pd.to_datetime(list(texts), format="ISO8601"), name="occurred_from")


def spread(start, end, **options):
    """Return {(day, hour): weight} of one incident."""
    hours = week_profile(times(start), times(end), **options).hours
    return {(int(day), int(hour)): float(hours[day, hour]) for day, hour in np.argwhere(hours)}


def profile(cells):
    """A profile of whole incidents: {(day, hour): count}."""
    starts = [
        f"2024-01-{8 + day:02d} {hour:02d}:{minute % 59 + 1:02d}"
        for (day, hour), count in cells.items()
        for minute in range(count)
    ]
    return week_profile(times(*starts))


# --- refused


def test_months_have_no_hours():
    for table in (pd.DataFrame({"month": ["2024-01"]}), pd.DataFrame({"occurred_from": [pd.NaT], "month": "2024-01"})):
        assert refusal(table) == ("Only the month of each incident is known: neither weekday nor hour can be told.")
    with pytest.raises(GeoError, match="occurred_from: no row has a date.*\ndata.police.uk gives the month only"):
        week_profile(pd.Series([pd.NaT, pd.NaT], dtype="datetime64[s]"))
    with pytest.raises(GeoError, match="month: these are not dates with times.\nRead them as dates first; a month is"):
        week_profile(pd.Series(["2024-01"], name="month"))


def test_days_without_times_have_no_hours():
    days = [f"2024-01-{day:02d}" for day in range(1, 21)]
    assert refusal(pd.DataFrame({"occurred_from": times(*days)})) == (
        "100% of incidents are at exactly 00:00: these are days without times. Weekdays only, no hours."
    )
    some = times(*days[:18], "2024-01-19 12:10", "2024-01-20 12:10")  # 90 %, not more
    assert refusal(pd.DataFrame({"occurred_from": some})) is None


def test_weights_fit_the_rows():
    for weights in ([1], [1, -1], [1, np.nan]):
        with pytest.raises(GeoError, match="weights: one of 0 or more is needed for every row."):
            week_profile(times(MONDAY, MONDAY), weights=weights)


# --- aoristic weights by hand


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (f"{MONDAY} 08:00", f"{MONDAY} 16:00", {(MON, hour): 0.125 for hour in range(8, 16)}),
        (f"{MONDAY} 01:00", f"{MONDAY} 02:30", {(MON, 1): 2 / 3, (MON, 2): 1 / 3}),
        (f"{MONDAY} 01:50", f"{MONDAY} 02:10", {(MON, 1): 0.5, (MON, 2): 0.5}),
        (f"{MONDAY} 23:30", "2024-01-09 01:15", {(MON, 23): 2 / 7, (TUE, 0): 4 / 7, (TUE, 1): 1 / 7}),
        ("2024-01-07 22:00", f"{MONDAY} 02:00", {(SUN, 22): 0.25, (SUN, 23): 0.25, (MON, 0): 0.25, (MON, 1): 0.25}),
        (f"{MONDAY} 09:59", f"{MONDAY} 09:59", {(MON, 9): 1}),
        (f"{MONDAY} 09:59", None, {(MON, 9): 1}),
        (f"{MONDAY} 09:59:30", f"{MONDAY} 10:00:30", {(MON, 9): 0.5, (MON, 10): 0.5}),
    ],
)
def test_weight_of_an_hour_is_its_share_of_the_interval(start, end, expected):
    assert spread(start, end) == pytest.approx(expected, abs=1e-6)


def test_clocks_forward_an_hour_that_never_was_holds_nothing():
    # 31 March 2024: 00:59:59 is followed by 02:00; two hours pass between 00:30 and 03:30
    assert spread("2024-03-31 00:30", "2024-03-31 03:30") == pytest.approx(
        {(SUN, 0): 0.25, (SUN, 2): 0.5, (SUN, 3): 0.25}
    )


def test_clocks_back_an_hour_lived_twice_holds_twice_as_much():
    # 27 October 2024: 01:00 to 02:00 comes twice; three hours pass between 00:30 and 02:30
    assert spread("2024-10-27 00:30", "2024-10-27 02:30") == pytest.approx(
        {(SUN, 0): 1 / 6, (SUN, 1): 2 / 3, (SUN, 2): 1 / 6}
    )


def test_a_time_the_clocks_skipped_is_the_end_of_the_gap():
    assert spread("2024-03-31 01:30", "2024-03-31 03:00") == {(SUN, 2): 1.0}
    assert spread("2024-03-31 01:30", "2024-03-31 02:10") == {(SUN, 2): 1.0}
    assert spread("2024-10-27 01:10", "2024-10-27 01:20") == {(SUN, 1): 1.0}


def test_another_zone_changes_its_clocks_on_another_day():
    assert spread("2024-03-10 01:30", "2024-03-10 03:30", zone="America/Chicago") == {(SUN, 1): 0.5, (SUN, 3): 0.5}


def test_longer_than_a_week_says_nothing_of_the_hour():
    found = week_profile(times(MONDAY), times("2024-01-15 00:01"))
    assert found.hours == pytest.approx(np.full((7, 24), 1 / 168), abs=1e-9)
    assert found.over_a_week == 1
    exactly = week_profile(times(MONDAY), times("2024-01-15 00:00"))
    assert exactly.hours == pytest.approx(np.full((7, 24), 1 / 168), abs=1e-9)
    assert exactly.over_a_week == 0


def test_end_before_beginning_is_not_used_but_counted():
    starts = times(f"{MONDAY} 10:00", f"{MONDAY} 10:00", None, f"{MONDAY} 10:00")
    ends = times(f"{MONDAY} 09:00", f"{MONDAY} 11:00", f"{MONDAY} 11:00", None)
    before = starts.copy()
    found = week_profile(starts, ends, weights=[5, 2, 7, 1])
    assert (found.used, found.backwards, found.undated) == (2, 1, 1)
    assert found.hours.sum() == 3
    assert found.hours[MON, 10] == 3
    assert found.sentence == (
        "2 incidents by hour of the week; 1 without a date and 1 ending before they begin are not counted; "
        "0 lasting over a week are spread over all hours."
    )
    pd.testing.assert_series_equal(starts, before)


def test_index_of_the_rows_does_not_matter():
    starts, ends = times(f"{MONDAY} 10:00", f"{MONDAY} 12:00"), times(f"{MONDAY} 11:00", f"{MONDAY} 13:00")
    found = week_profile(starts.set_axis([7, 7]), ends.set_axis([7, 7]))
    assert (found.hours == week_profile(starts, ends).hours).all()


def test_times_with_a_zone_are_read_in_it():
    summer = pd.Series(pd.to_datetime(["2024-07-01 10:15+00:00"]))
    assert week_profile(summer).hours[MON, 11] == 1


interval = st.tuples(st.integers(0, 4 * 525_600), st.integers(-600, 15_000), st.booleans())


@settings(deadline=None)
@given(st.lists(interval, min_size=1, max_size=15), st.randoms())
def test_weights_add_up_to_the_rows_used_in_any_order(drawn, random):
    base = pd.Timestamp("2023-01-01")
    table = pd.DataFrame({
        "start": [base + pd.Timedelta(minutes=start) for start, _, _ in drawn],
        "end": [base + pd.Timedelta(minutes=start + more) if ends else pd.NaT for start, more, ends in drawn],
    }).astype("datetime64[s]")  # fmt: skip
    found = week_profile(table["start"], table["end"])
    assert found.hours.sum() == pytest.approx(found.used, abs=1e-6)
    assert found.used + found.backwards + found.undated == len(drawn)
    assert (found.hours >= 0).all()
    order = list(range(len(drawn)))
    random.shuffle(order)
    other = week_profile(table["start"].iloc[order], table["end"].iloc[order])
    assert np.abs(other.hours - found.hours).max() < 1e-8
    assert other[1:] == found[1:]
    twice = week_profile(table["start"], table["end"], weights=np.full(len(drawn), 2))
    assert twice.hours == pytest.approx(2 * found.hours, abs=1e-8)


# --- midnight and noon


def test_times_filled_in_by_a_system_are_flagged():
    real = [
        f"2024-01-{day:02d} {hour:02d}:{minute:02d}" for day in range(1, 29) for hour in range(24) for minute in (0, 20)
    ]
    found = week_profile(times(*real, *["2024-01-10 00:00"] * 150))
    assert found.at_midnight == pytest.approx((28 + 150) / (28 * 48 + 150))
    assert found.warning == "12% at exactly 00:00: often what a system fills in when the time is not known."
    # people round to full hours: that alone is no default
    assert week_profile(times(*real)).warning == ""


def test_chicago_hours_and_weekdays(chicago):
    found = week_profile(chicago, zone="America/Chicago")
    assert found.used == 148_636
    assert found.hours.sum(axis=1).tolist() == [20136, 19997, 20229, 20180, 20491, 23264, 24339]
    hours = found.hours.sum(axis=0)
    assert (hours.argmax(), hours.max(), hours.argmin(), hours.min()) == (22, 8560, 6, 2121)
    assert found.at_noon == pytest.approx(1174 / 148_636)
    assert found.at_midnight == pytest.approx(441 / 148_636)
    assert found.warning == ""  # noon is rounded to as often as one or two in the afternoon
    assert refusal(pd.DataFrame({"occurred_from": chicago})) is None
    # Friday and Saturday night, then Sunday evening
    best = peaks(found)[0]
    assert best.days == ("Friday", "Saturday")
    assert best.from_hour > best.to_hour


# --- peaks


def flat(count=5):
    return {(day, hour): count for day in range(7) for hour in range(24)}


def test_a_block_and_its_sentence():
    cells = flat(1) | {(day, hour): 15 for day in (4, 5) for hour in range(19, 23)}
    (found,) = peaks(profile(cells))
    assert found == (
        ("Friday", "Saturday"),
        19,
        23,
        pytest.approx(120 / 280),
        pytest.approx(8 / 168),
        "Friday and Saturday 19:00-23:00: 43% of reports in 5% of the week.",
    )


def test_a_block_runs_past_midnight_and_round_the_week():
    night = [(4, 22), (4, 23), (5, 0), (5, 1), (5, 22), (5, 23), (6, 0), (6, 1)]
    (found,) = peaks(profile(flat(1) | dict.fromkeys(night, 12)))
    assert (found.days, found.from_hour, found.to_hour) == (("Friday", "Saturday"), 22, 2)
    late_sunday = [(6, 23), (0, 0), (0, 1)]
    (found,) = peaks(profile(flat(1) | dict.fromkeys(late_sunday, 30)))
    assert (found.days, found.from_hour, found.to_hour) == (("Sunday",), 23, 2)
    assert found.sentence.startswith("Sunday 23:00-02:00: ")


def test_a_block_can_end_at_midnight():
    (found,) = peaks(profile(flat(1) | {(SAT, 22): 30, (SAT, 23): 30}))
    assert found.sentence.startswith("Saturday 22:00-24:00: ")
    assert found.to_hour == 0


def test_several_blocks_do_not_overlap_and_stay_within_the_hours():
    cells = flat(1) | {(day, 15): 20 for day in range(5)} | {(SAT, hour): 25 for hour in (20, 21, 22)}
    found = peaks(profile(cells))
    assert {(one.days, one.from_hour, one.to_hour) for one in found} == {
        (DAYS[:5], 15, 16),
        (("Saturday",), 20, 23),
    }
    assert sum(one.week_share for one in found) * 168 == pytest.approx(8)
    assert len(peaks(profile(cells), most_blocks=1)) == 1
    assert sum(one.week_share for one in peaks(profile(cells), most_hours=4)) * 168 <= 4 + 1e-9


def test_every_day_is_one_block():
    (found,) = peaks(profile(flat(1) | {(day, hour): 9 for day in range(7) for hour in (19, 20, 21)}))
    assert found.sentence.startswith("Every day 19:00-22:00: ")


def test_an_even_week_and_few_incidents_have_no_peak():
    assert peaks(profile(flat())) == []
    assert peaks(profile({(SAT, 22): 19})) == []
    assert peaks(profile({(SAT, 22): 20}))[0].share == 1
    nothing = Profile(np.zeros((7, 24)), 0, 0, 0, 0, 0.0, 0.0, "", "")
    assert peaks(nothing) == []


def test_chance_rarely_makes_a_peak():
    """In 200 even weeks of 40 incidents no more than the promised 1 in 20 may show a peak."""
    rng = np.random.default_rng(5)
    false = 0
    for _ in range(200):
        hours = np.bincount(rng.integers(0, 168, 40), minlength=168).reshape(7, 24).astype(float)
        false += bool(peaks(Profile(hours, 40, 0, 0, 0, 0.0, 0.0, "", "")))
    assert false <= 10


def test_weights_make_nothing_more_sure():
    # the same shares from twenty rows: too few to tell a block from chance, whatever a row weighs
    few = profile({(day, hour): 1 for day in range(5) for hour in (3, 9, 15, 21)})
    assert few.used == 20
    assert peaks(few) == peaks(few._replace(hours=few.hours * 1000)) == []


def test_ashview_school_is_a_weekday_afternoon(ashview):
    rows = ashview[0][ashview[0]["location_text"] == "Ashview Comprehensive"]
    (found,) = peaks(week_profile(rows["occurred_from"], rows["occurred_to"]))
    assert (found.days, found.from_hour, found.to_hour) == (DAYS[:5], 15, 17)
    assert found.share > 0.99
    assert found.sentence.endswith(" of reports in 6% of the week.")


def test_ashview_park_is_an_evening_place(ashview):
    rows = ashview[0][ashview[0]["location_text"] == "Ashview Park"]
    best = peaks(week_profile(rows["occurred_from"], rows["occurred_to"]))[0]
    assert best.from_hour in (18, 19)
    assert best.share > 2 * best.week_share


def test_ashview_times_are_times(ashview):
    assert refusal(ashview[0]) is None
    assert week_profile(ashview[0]["occurred_from"], ashview[0]["occurred_to"]).used == len(ashview[0])


# --- season


def counts(values, first="2022-01"):
    return pd.Series(values, index=[str(month) for month in pd.period_range(first, periods=len(values), freq="M")])


SUMMER = [50, 50, 50, 50, 50, 50, 100, 100, 50, 50, 50, 50]


def test_season_needs_two_years():
    found = season(counts(SUMMER + SUMMER[:11]))
    assert found == ((), "Season cannot be told from 23 months: 24 are needed.")
    gappy = counts(SUMMER * 3).drop(["2022-05", "2023-05", "2024-06"])
    assert season(gappy) == ((), "Season cannot be told: gaps leave no two unbroken years of months.")


def test_busiest_months_are_named():
    found = season(counts(SUMMER * 2))
    assert found.busiest == ("July", "August")
    assert found.sentence == "Busiest over 2 years of months: July and August, 71% or more above the mean of the year."
    assert season(counts(SUMMER * 2).iloc[::-1]) == found
    assert season(counts(SUMMER * 3, "2021-05")).busiest == ("November", "December")


def test_a_steep_rise_is_no_season():
    assert season(counts([10] * 12 + [100] * 12)) == ((), "No month of the year stands out over 2 years of months.")


def test_a_burst_in_one_year_that_was_quiet_in_the_other_is_no_season():
    assert season(counts([20] * 12 + [20] * 5 + [200] + [20] * 6)).busiest == ()


def test_a_burst_in_one_year_that_was_only_a_little_busy_in_the_other_is_no_season():
    assert season(counts([20] * 5 + [24] + [20] * 6 + [20] * 5 + [200] + [20] * 6)).busiest == ()


def test_small_numbers_make_no_season():
    assert season(counts([2, 3, 1, 2, 3, 2, 4, 3, 2, 1, 2, 2] * 2)).busiest == ()
    assert season(counts([0] * 24)).busiest == ()


def test_a_gap_costs_a_year_not_the_season():
    gappy = counts(SUMMER * 3).drop("2022-03")
    assert season(gappy).busiest == ("July", "August")  # April 2022 to March 2024
