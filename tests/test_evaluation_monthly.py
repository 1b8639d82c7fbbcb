"""The measures of a month, by hand; peak times against a count minute by minute."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from geo.errors import GeoError
from geo.evaluation.monthly import DAYS, MEASURES, MonthLayers, Peak, measures, peak_minutes, read_peak

CRS = 27700
WARDS = gpd.GeoDataFrame(
    {"ward_code": ["A", "B"], "ward_name": ["Acre", "Barley"]},
    geometry=[box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)],
    crs=CRS,
)
SPOT = gpd.GeoDataFrame({"hotspot_id": ["HS-0001"]}, geometry=[box(100, 100, 200, 200)], crs=CRS)


def at(*rows: tuple[float, float], **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=[Point(*row) for row in rows], crs=CRS)


@pytest.mark.parametrize(
    ("text", "peak"),
    [
        ("Fri-Sat 18:00-02:00", Peak((4, 5), 1080, 1560)),
        ("sat 10:00-18:00", Peak((5,), 600, 1080)),
        ("Sun - Mon 00:00 - 24:00", Peak((6, 0), 0, 1440)),
        ("Mon 22:00-22:00", Peak((0,), 1320, 2760)),
    ],
)
def test_times_of_the_week(text: str, peak: Peak) -> None:
    assert read_peak(text) == peak


@pytest.mark.parametrize(
    "text", ["", "evenings", "Fri 18-22", "Fri 25:00-26:00", "Frei 18:00-22:00", "Xyz 18:00-22:00"]
)
def test_what_is_no_time_of_the_week_is_refused(text: str) -> None:
    with pytest.raises(GeoError, match="no times of the week"):
        read_peak(text)


@given(
    st.integers(0, 14 * 1440),
    st.integers(1, 2 * 1440),
    st.sampled_from(range(7)),
    st.sampled_from(range(7)),
    st.integers(0, 1439),
    st.integers(0, 1440),
)
def test_minutes_at_peak_times_are_those_counted_one_by_one(begin, length, first, last, start, end):
    peak = read_peak(f"{DAYS[first]}-{DAYS[last]} {start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}")
    moment = pd.Timestamp("2025-12-01") + pd.Timedelta(minutes=begin)
    counted = 0
    for one in pd.date_range(moment, periods=length, freq="min"):
        since = one.day_of_week * 1440 + one.hour * 60 + one.minute
        counted += sum(
            max(0, peak.start <= since - day * 1440 + week * 7 * 1440 < peak.end)
            for day in peak.days
            for week in (0, 1)
        )
    got = peak_minutes(pd.Series([moment]), pd.Series([moment + pd.Timedelta(minutes=length)]), peak)
    assert got.tolist() == [counted]


def test_reports_and_what_is_not_covered():
    incidents = at((150, 150), (150, 150), (500, 500), (150, 150), month=["2025-11", "2025-12", "2025-12", "2025-10"])
    layers = MonthLayers(WARDS, ("2025-11", "2025-12"), incidents=incidents, hotspots=SPOT)
    table = measures(layers, ["2025-12", "2025-11", "2024-12"])
    assert table.index.tolist() == list(MEASURES)
    assert table.loc["reports"].tolist()[:2] == [2, 1]
    assert table.loc["reports_in_hotspots"].tolist()[:2] == [1, 1]
    assert table.loc[["reports", "reports_in_hotspots"], "2024-12"].isna().all()  # not covered is not nothing
    assert table.loc["wards"].tolist() == [2, 2, 2]
    unknown = table.drop(["reports", "reports_in_hotspots", "wards"])
    assert unknown.isna().all(axis=None)


def stays() -> gpd.GeoDataFrame:
    begins = ["2025-12-05 17:30", "2025-12-05 23:50", "2025-12-08 18:00", "2025-12-06 20:00", "2025-11-30 12:00"]
    minutes = [60.0, 20.0, 15.0, 10.0, 5.0]
    frame = at((150, 150), (1500, 500), (150, 150), (150, 150), (150, 150), begins=pd.to_datetime(begins))
    frame["begins"] = frame["begins"].dt.tz_localize("Europe/London")
    # the fourth stay: of 30 minutes on the clock, 20 of which the recording leaves open
    frame["ends"] = frame["begins"] + pd.to_timedelta([60, 20, 15, 30, 5], unit="min")
    return frame.assign(minutes=minutes, unknown_minutes=[0.0, 0, 0, 20, 0], counts=[True, True, True, False, False])


def test_patrols_in_hot_spots_and_at_peak_times():
    layers = MonthLayers(WARDS, (), hotspots=SPOT, centres=WARDS.iloc[[1]], stays=stays())
    table = measures(layers, ["2025-12", "2025-11", "2025-10"], peak=read_peak("Fri-Sat 18:00-00:00"))
    assert table.loc["patrol_visits"].tolist()[:2] == [2, 0]
    assert table.loc["patrol_hours"].tolist()[:2] == pytest.approx([(60 + 15 + 10) / 60, 5 / 60])
    assert table.loc["unknown_hours"].tolist()[:2] == pytest.approx([20 / 60, 0])
    assert (
        table.loc["peak_visits", "2025-12"] == 1
    )  # in Barley on Friday at 23:50, 10 of its 20 minutes before midnight
    assert table.loc["peak_hours", "2025-12"] == pytest.approx(10 / 60)
    assert table["2025-10"].drop("wards").isna().all()  # a month without a recording is unknown
    without = measures(layers._replace(centres=None), ["2025-12"], peak=read_peak("Fri 18:00-20:00"))
    assert np.isnan(without.loc["peak_visits", "2025-12"])


def test_answers_meetings_and_officers():
    queries = pd.DataFrame(
        {
            "ward_code": ["A", None, "B", "A"],
            "received": pd.to_datetime(
                ["2025-12-02 00:00", "2025-12-10 00:00", "2025-12-30 12:00", "2025-11-02 00:00"]
            ),
            "answered": pd.to_datetime(["2025-12-03", None, None, "2025-11-20"]),
        }
    )
    log = pd.DataFrame(
        {
            "date": pd.to_datetime(["2025-12-05", "2025-09-01", "2025-11-20"]),
            "activity": ["public_meeting", "public_meeting", "drop_in"],
            "ward_code": ["A", "B", "B"],
            "attendees": [10.0, 5.0, np.nan],
        }
    )
    posts = pd.DataFrame(
        {
            "ward_code": ["A;B"],
            "officer_ref": ["x"],
            "role": ["PC"],
            "since": [pd.Timestamp("2025-12-15")],
            "until": [pd.NaT],
        }
    )
    layers = MonthLayers(WARDS, (), engagements=log, queries=queries, posts=posts)
    table = measures(layers, ["2025-12", "2025-11", "2025-08"])
    assert table.loc[["queries", "queries_due", "queries_in_time"], "2025-12"].tolist() == [3, 2, 1]
    assert table.loc[["queries", "queries_due", "queries_in_time"], "2025-11"].tolist() == [1, 1, 0]
    assert table.loc[["engagements", "people_met"], "2025-12"].tolist() == [1, 10]
    assert table.loc["engagements", "2025-11"] == 1
    assert np.isnan(table.loc["people_met", "2025-11"])  # nobody counted: not known
    assert table.loc["wards_with_meeting"].tolist()[:2] == [1, 1]  # Barley's of September: 91 days on 30 November
    assert table.loc["wards_with_officer"].tolist() == [2, 0, 0]
    assert table.loc[["engagements", "queries"], "2025-08"].isna().all()  # before the log begins
