"""A trial: the draw balances, the test keeps its size and finds what is there, and nobody tampers or peeks unseen."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import GeoError
from geo.evaluation.trial import (
    Protocol,
    carry_over,
    check_seal,
    compliance,
    conclude,
    design,
    draw,
    eligible,
    place_days,
    power,
    result,
    today,
)

START = dt.date(2026, 1, 5)
PLACES = tuple(f"HS-{number:04d}" for number in range(1, 7))


def protocol(**changed):
    given = {"places": PLACES, "first_day": START, "days": 28, "per_day": 2, "seed": 4, "outcome": "ASB reports"}
    return Protocol(**(given | changed))


@settings(max_examples=60)
@given(st.integers(2, 12), st.data())
def test_every_day_has_its_number_and_weekdays_balance(places, data):
    per_day = data.draw(st.integers(1, places - 1))
    days = data.draw(st.integers(2, 60))
    drawn = draw(range(places), per_day=per_day, days=days, seed=data.draw(st.integers(0, 5)))
    assert drawn.shape == (days, places)
    assert (drawn.sum(axis=1) == per_day).all()
    for weekday in range(min(7, days)):
        assert np.ptp(drawn.iloc[weekday::7].sum()) <= 1
    assert np.ptp(drawn.sum()) <= 3


def test_the_practice_of_bedfordshire_balances_whole():
    drawn = draw([f"HS-{n:04d}" for n in range(21)], per_day=7, days=90)
    assert (drawn.sum() == 30).all()
    assert drawn.index.tolist() == list(range(1, 91))


def test_every_place_has_the_same_chance_each_day():
    drawn = np.mean([draw(range(6), per_day=2, days=10, seed=seed).to_numpy() for seed in range(2000)], axis=0)
    assert np.abs(drawn - 1 / 3).max() < 0.05


def test_the_same_seed_gives_the_same_draw_whatever_the_order_of_places():
    one = draw(PLACES, per_day=2, days=20, seed=7)
    pd.testing.assert_frame_equal(draw(PLACES[::-1], per_day=2, days=20, seed=7)[list(PLACES)], one)
    assert not one.equals(draw(PLACES, per_day=2, days=20, seed=8))
    assert (draw(6, per_day=2, days=20, seed=7).to_numpy() == one.to_numpy()).all()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"per_day": 6, "days": 9}, "^6 places a day of 6: each day some must be drawn and some not"),
        ({"per_day": 0, "days": 9}, "^0 places a day of 6"),
        ({"per_day": 2, "days": 1}, "^A trial of 1 day"),
    ],
)
def test_draws_that_cannot_be_are_refused(given, message):
    with pytest.raises(GeoError, match=message):
        draw(PLACES, **given)


def test_a_place_named_twice_is_refused():
    with pytest.raises(GeoError, match="A place is named twice"):
        draw(["HS-0001", "HS-0001", "HS-0002"], per_day=1, days=5)


def test_the_ratio_by_hand():
    # one place with 8 reports on 2 drawn days and 12 on 4 others; a second with 2 and 8
    drawn = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [0, 0], [0, 0]], bool)
    counts = np.array([[4, 2], [4, 2], [3, 1], [3, 1], [3, 2], [3, 2]])
    found = result(counts, drawn, redraws=99)
    # (8 / 2) / (12 / 4) and (2 / 2) / (8 / 4), days alike in both places, so totals may be added: (10 / 4) / (20 / 8)
    assert found.ratio == pytest.approx(1.0)
    assert found.reports == (10, 20)
    assert found.place_days == (4, 8)


def simulated(rate, fall, *, runs=200, day_sd=0.0, start=0):
    """How often p is at most 0.05, the mean ratio, and how often the limits hold the truth."""
    rng = np.random.default_rng(start)
    found = []
    for seed in range(runs):
        drawn = draw(range(21), per_day=7, days=90, seed=1000 + seed)
        place = rate * np.exp(rng.normal(0, 0.5, 21) - 0.125)
        day = np.exp(rng.normal(0, day_sd, (90, 1)) - day_sd**2 / 2)
        one = result(rng.poisson(place * day * np.where(drawn, 1 - fall, 1)), drawn, redraws=199)
        found.append((one.p <= 0.05, one.ratio, one.low <= 1 - fall <= one.high))
    return np.mean(found, axis=0)


@pytest.mark.parametrize(("rate", "day_sd"), [(0.05, 0), (0.2, 0), (0.2, 0.5)])
def test_no_effect_is_seldom_announced(rate, day_sd):
    called, ratio, held = simulated(rate, 0, day_sd=day_sd)
    assert 0.02 <= called <= 0.08
    assert ratio == pytest.approx(1, abs=0.06)
    assert held > 0.9


def test_a_fall_of_thirty_percent_is_found_as_often_as_announced():
    found, ratio, held = simulated(0.2, 0.3)
    assert 0.70 <= found <= 0.90
    assert ratio == pytest.approx(0.7, abs=0.03)
    assert held > 0.9


@pytest.mark.parametrize(("rate", "expected"), [(0.05, 0.30), (0.1, 0.53), (0.2, 0.82)])
def test_power(rate, expected):
    assert power(rate, places=21, per_day=7, days=90) == pytest.approx(expected, abs=0.005)
    assert power(0, places=21, per_day=7, days=90) == 0


def test_limits_and_p_agree_and_are_the_same_each_time():
    rng = np.random.default_rng(3)
    drawn = draw(PLACES, per_day=2, days=60)
    for fall in (0, 0.3, 0.6):
        counts = rng.poisson(np.where(drawn, 1 - fall, 1.0))
        found = result(counts, drawn)
        assert found == result(counts, drawn)
        assert found.low < found.ratio < found.high
        assert (found.p <= 0.05) == (not found.low <= 1 <= found.high)


def test_nothing_reported_tells_nothing_and_one_side_has_an_open_limit():
    drawn = draw(PLACES, per_day=2, days=30)
    nothing = result(np.zeros(drawn.shape), drawn, redraws=99)
    assert math.isnan(nothing.ratio)
    assert (nothing.low, nothing.high, nothing.p) == (0, math.inf, 1)
    none_drawn = result(np.where(drawn, 0, 1), drawn, redraws=99)
    assert none_drawn.ratio == 0
    assert none_drawn.low == 0
    assert none_drawn.high < 1
    assert none_drawn.p == 0.01


def test_a_draw_by_another_rule_is_tested_by_its_own():
    drawn = np.random.default_rng(1).random((40, 5)).argsort(axis=1) < 2
    assert result(np.ones(drawn.shape), drawn, redraws=99).p == 1


def test_a_washout_leaves_out_the_days_after():
    drawn = pd.DataFrame({"a": [True, False, False, False], "b": [False, False, True, False]})
    counts = pd.DataFrame({"a": [1, 5, 2, 2], "b": [2, 2, 1, 5]})
    found = result(counts, drawn, redraws=19, washout_days=1)
    assert found.left_out == 2
    assert found.reports == (2, 8)
    assert found.ratio == pytest.approx(0.5)


def test_counts_of_other_days_or_places_are_refused():
    drawn = draw(PLACES, per_day=2, days=10)
    with pytest.raises(GeoError, match="not of the same days and places"):
        result(drawn.astype(int).rename(columns={PLACES[0]: "x"}), drawn)
    with pytest.raises(GeoError, match=r"Counts are \(3, 2\), the draw is \(10, 6\)"):
        result(np.ones((3, 2)), drawn)
    with pytest.raises(GeoError, match="below 0 or missing"):
        result(drawn.astype(float).replace(1.0, np.nan), drawn)
    shuffled = drawn.astype(int)[list(PLACES[::-1])]
    assert result(shuffled, drawn, redraws=19).ratio == math.inf


def test_carry_over_counts_days_since_the_last_patrol():
    drawn = pd.DataFrame({"a": [False, True, False, False, True], "b": [True, False, False, False, False]})
    counts = pd.DataFrame({"a": [9, 1, 2, 3, 1], "b": [1, 2, 3, 4, 4]})
    table = carry_over(counts, drawn, longest=3)
    assert table["days_since"].tolist() == [0, 1, 2, 3, pd.NA]
    assert table["place_days"].tolist() == [3, 2, 2, 2, 1]
    assert table["reports"].tolist() == [3, 4, 6, 8, 9]
    assert table["reports_a_day"].tolist() == [1, 2, 3, 4, 9]


def test_compliance_counts_what_is_not_known_apart():
    drawn = pd.DataFrame({"a": [True, False], "b": [False, True]})
    walked = pd.DataFrame({"a": [True, True], "b": [None, False]})
    assert compliance(drawn, walked).values.tolist() == [[True, 2, 1, 1, 0], [False, 2, 1, 0, 1]]


def test_places_too_near_each_other_are_left_out():
    places = gpd.GeoDataFrame(
        {"hotspot_id": ["HS-0003", "HS-0001", "HS-0002", "HS-0004"], "incidents": [50, 20, 30, 90]},
        geometry=[shapely.box(x, 0, x + 50, 50) for x in (0, 120, 400, 900)],
        crs="EPSG:27700",
    )
    table = eligible(places, excluded={"HS-0004": "a prison"})
    assert table[["hotspot_id", "eligible", "reason"]].values.tolist() == [
        ["HS-0001", False, "under 200 m from HS-0003"],
        ["HS-0002", True, ""],
        ["HS-0003", True, ""],
        ["HS-0004", False, "a prison"],
    ]
    with pytest.raises(GeoError, match="HS-0009: no such place to exclude"):
        eligible(places, excluded={"HS-0009": "x"})


def test_a_sealed_trial_notices_who_tampers_with_it():
    sealed, schedule = design(protocol())
    assert len(sealed.seal) == 64
    check_seal(sealed, schedule)
    assert design(protocol())[0].seal == sealed.seal
    assert design(protocol(seed=5))[0].seal != sealed.seal
    swapped = schedule.copy()
    day = swapped.index[3]
    on, off = swapped.columns[swapped.loc[day]][0], swapped.columns[~swapped.loc[day]][0]
    swapped.loc[day, [on, off]] = [False, True]
    with pytest.raises(GeoError, match=r"^The schedule was changed after it was sealed \(1 day, first 2026-01-08\)"):
        today(sealed, swapped, START)
    with pytest.raises(GeoError, match="The protocol or its schedule was changed"):
        check_seal(replace(sealed, outcome="violence"), schedule)
    with pytest.raises(GeoError, match="was changed after it was sealed"):
        conclude(replace(sealed, seed=99), schedule, schedule.astype(int), on=dt.date(2027, 1, 1))


def test_today_gives_the_places_of_the_day_and_no_other():
    sealed, schedule = design(protocol())
    for day in schedule.index:
        assert today(sealed, schedule, day) == schedule.columns[schedule.loc[day]].tolist()
    with pytest.raises(GeoError, match="^2026-02-02: the trial runs from 2026-01-05 to 2026-02-01"):
        today(sealed, schedule, dt.date(2026, 2, 2))


def test_an_early_look_is_refused_or_said():
    sealed, schedule = design(protocol())
    counts = (~schedule).astype(int)
    with pytest.raises(GeoError, match="^The trial runs to 2026-02-01; 14 of 28 days are over"):
        conclude(sealed, schedule, counts, on=dt.date(2026, 1, 19))
    found, told = conclude(sealed, schedule, counts, on=dt.date(2026, 1, 19), peek=True, redraws=99)
    assert told[0].startswith("Looked at early, after 14 of 28 days: no result.")
    assert sum(found.place_days) == 14 * 6
    _, told = conclude(sealed, schedule, counts, on=dt.date(2026, 2, 2), redraws=99)
    assert told[0].startswith("On drawn days fewer reports: -100 %")


def test_the_protocol_says_what_was_decided():
    sealed, _ = design(protocol(rate=0.2, excluded=(("HS-0009", "a prison"),), washout_days=1))
    text = sealed.text()
    for part in (
        "Places: 6 (HS-0001",
        "Not in it: HS-0009 (a prison).",
        "28, 2026-01-05 to 2026-02-01",
        "56 place-days",
    ):
        assert part in text
    assert sealed.seal in text
    assert "finds a true fall of 30% with" in text


def test_reports_are_counted_by_the_patrols_day():
    ground = gpd.GeoDataFrame(
        {"hotspot_id": list(PLACES)}, geometry=[shapely.box(x, 0, x + 50, 50) for x in range(0, 3000, 500)], crs=27700
    )
    times = ["2026-01-05 06:00", "2026-01-06 05:59", "2026-01-05 05:59", "2026-01-07 12:00", "2026-01-08 12:00"]
    xs = [25, 25, 25, 525, 600]
    reports = gpd.GeoDataFrame(
        {"occurred_from": pd.to_datetime(times)}, geometry=[shapely.Point(x, 25) for x in xs], crs="EPSG:27700"
    )
    counts = place_days(reports, ground, protocol())
    assert counts.shape == (28, 6)
    assert counts.loc[START, "HS-0001"] == 2  # before six in the morning is the day before
    assert counts.loc[dt.date(2026, 1, 7), "HS-0002"] == 1
    assert counts.to_numpy().sum() == 3
    ring = place_days(reports, ground, protocol(), ring=True)
    assert ring.to_numpy().sum() == 1
    assert ring.loc[dt.date(2026, 1, 8), "HS-0002"] == 1
    with pytest.raises(GeoError, match="carry no day, only months: a trial compares days with days"):
        place_days(reports.drop(columns="occurred_from"), ground, protocol())


def test_places_far_apart_are_all_taken_whatever_their_ids_are_kept_as():
    places = gpd.GeoDataFrame(
        {"hotspot_id": pd.array(["HS-0001", "HS-0002"], dtype="string[pyarrow]"), "incidents": [5, 9]},
        geometry=[shapely.box(0, 0, 100, 100), shapely.box(5000, 0, 5100, 100)],
        crs=27700,
    )
    table = eligible(places)
    assert table["eligible"].tolist() == [True, True]
    assert table["reason"].tolist() == ["", ""]
