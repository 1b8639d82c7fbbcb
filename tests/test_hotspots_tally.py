"""Facts of all hot spots at once are those of each hot spot alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import ROOT, make_wards
from hypothesis import given
from hypothesis import strategies as st

from geo.area import select_area
from geo.hotspots import HotspotResult, find_hotspots
from geo.hotspots.mix import WEIGHTS, impact, type_mix
from geo.hotspots.outline import study_area
from geo.hotspots.repeats import repeat_victims, vulnerability
from geo.hotspots.rhythm import peaks, refusal, week_profile
from geo.hotspots.tally import by_value, commonest_first, crosstab, pairs, sums
from geo.hotspots.trend import monthly_counts, trend, trends
from layers.incidents import read_incidents
from layers.wards import read_wards

ASHVIEW = ROOT / "data" / "ashview"
LABEL = np.array([0, 0, -1, 1, 0, 1, -1])


def test_pairs_and_crosstab_leave_out_what_is_in_no_hot_spot_or_unknown():
    code = np.array([2, 2, 5, 0, 1, -1, 2])
    found = pairs(LABEL, code)
    assert (found.label.tolist(), found.code.tolist(), found.times.tolist()) == ([0, 0, 1], [1, 2, 0], [1, 2, 1])
    assert crosstab(LABEL, code, (2, 6)).tolist() == [[0, 1, 2, 0, 0, 0], [1, 0, 0, 0, 0, 0]]
    assert sums(LABEL, np.array([1, 2, 100, 3, 4, 5, 100]), 3).tolist() == [7, 8, 0]


def test_the_commonest_comes_first_and_equal_ones_by_name():
    values = pd.Series(["b", "b", "x", None, "a", None, "x"])
    assert commonest_first(LABEL, values, 2) == [["b", "a"], []]
    assert commonest_first(np.array([0, 0]), pd.Series(["b", "a"]), 1) == [["a", "b"]]
    assert commonest_first(np.array([], np.int64), pd.Series([], dtype=object), 0) == []


def test_each_distinct_value_is_asked_once():
    asked: list[str] = []
    found = by_value(pd.Series(["x", None, "x"]), lambda text: asked.append(text) or text.upper(), "-")
    assert found.tolist() == ["X", "-", "X"]
    assert asked == ["x"]


MONTHS = [f"{year}-{month:02d}" for year in (2021, 2022, 2023, 2024) for month in range(1, 13)]


@given(st.integers(1, 48), st.integers(0, 30), st.integers(0, 5), st.integers(1, 4))
def test_trends_of_many_rows_are_the_trend_of_each(length, seed, mean, rows):
    counts = np.random.default_rng(seed).poisson(mean, (rows, length))
    found = trends(counts, MONTHS[:length])
    each = [trend(pd.Series(row, MONTHS[:length])) for row in counts]
    assert [way == "too short to say" for way in found.direction] == [
        one.direction == "too short to say" for one in each
    ]
    assert found.p.tolist() == pytest.approx([one.p for one in each], nan_ok=True)


@pytest.fixture(scope="module")
def ashview() -> HotspotResult:
    wards, _ = read_wards(ASHVIEW / "wards.geojson")
    points, report = read_incidents(ASHVIEW / "incidents.csv", metric_crs=wards.crs)
    return find_hotspots(points, select_area(wards), months=report.months, map_points=report.map_points, runs=19)


def test_the_columns_of_ashview_are_those_of_each_hot_spot_alone(ashview):
    months = sorted(ashview.incidents["month"].unique())
    for row in ashview.hotspots.itertuples():
        own = ashview.incidents[ashview.incidents["hotspot"] == row.rank]
        moved = trend(monthly_counts(own["month"], months))
        assert (row.incidents, row.trend_p) == (len(own), pytest.approx(moved.p, abs=1e-4))
        assert row.trend in (moved.direction, "no clear trend")
        counts = monthly_counts(own["month"], months)
        assert (row.monthly_from, row.monthly) == (months[0], " ".join(map(str, counts)))
        last, before = int(counts.iloc[-3:].sum()), int(counts.iloc[-6:-3].sum())
        assert f" of 24 months; {last} in the last 3, {before} in the 3 before: " in row.in_time
        assert (row.first_month, row.last_month) == (own["month"].min(), own["month"].max())
        assert row.months_active == own["month"].nunique()
        assert row.wards.split("; ") == sorted(
            own["ward_name"].unique(), key=lambda name: (-(own["ward_name"] == name).sum(), name)
        )
        of_type = type_mix(own).table.set_index("type")["incidents"]
        assert (row.type_personal, row.type_nuisance, row.type_environmental) == tuple(of_type.iloc[:3])
        assert row.impact == impact(own, WEIGHTS).weighted
        marks = vulnerability(own)
        assert (row.vulnerable_personal, row.vulnerable_situational, row.vulnerable_incidental) == marks[1:4]
        if own["victim_ref"].notna().any():
            victims = repeat_victims(own)
            assert (row.repeat_victims, row.victims_three_or_more) == (victims.more_than_one, victims.three_or_more)
        else:
            assert row.repeat_victims is pd.NA
        blocks = [] if refusal(own) else peaks(week_profile(own["occurred_from"], own["occurred_to"]), most_blocks=1)
        assert (None if row.peak is pd.NA else f"{row.peak}.") == (blocks[0].sentence if blocks else None)


@pytest.mark.parametrize("east", [0, -400, 300])
def test_the_study_area_is_the_ground_of_all_wards_whether_they_fit_overlap_or_lie_apart(east):
    wards = make_wards("Acre", "Barley")
    wards.loc[1, "geometry"] = shapely.affinity.translate(wards.geometry[1], east)
    assert study_area(wards).equals(shapely.union_all(wards.geometry.to_numpy()))
    assert study_area(wards).area == pytest.approx(2e6 + min(east, 0) * 1000)
