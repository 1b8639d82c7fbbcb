"""Dosage by place and week: sums by hand, weeks, and no data told from nobody there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from patrol_plans import fixes, plan

from geo.errors import GeoError
from geo.patrol.check.dosage import dosage
from geo.patrol.check.track import score_tracks


def stay(stop, begins, minutes, *, unknown=0.0, zone="Europe/London"):
    begin = pd.Timestamp(begins, tz=zone)
    return {
        "stop_id": stop, "kind": "hot spot", "name": f"name of {stop}", "begins": begin,
        "ends": begin + pd.Timedelta(minutes=minutes), "minutes": float(minutes), "unknown_minutes": unknown,
        "tracks": 1, "counts": minutes >= 10, "in_plan": True,
    }  # fmt: skip


def stays(*rows):
    empty = score_tracks(fixes([], []), plan()[0]).stays
    return pd.DataFrame(list(rows)) if rows else pd.DataFrame(empty)


VISITS = plan()[0]  # Friday of 2025-W49: HS-1, HS-2, HS-3, 15 minutes each


def test_minutes_and_visits_by_week():
    table = dosage(
        stays(
            stay("HS-1", "2025-12-05 18:10", 15),
            stay("HS-1", "2025-12-05 21:00", 5, unknown=6.0),
            stay("HS-2", "2025-12-07 23:55", 20),  # a Sunday: the week of its beginning
            stay("HS-2", "2025-12-08 00:00", 30),
        ),
        VISITS,
    )
    assert list(zip(table["week"], table["stop_id"], table["visits"], table["minutes"], table["data"], strict=True))[
        :2
    ] == [
        ("2025-W49", "HS-1", 1, 20, "recorded"),
        ("2025-W49", "HS-2", 1, 20, "recorded"),
    ]
    first = table.iloc[0]
    assert (first["planned_visits"], first["planned_minutes"], first["unknown_minutes"]) == (1, 15, 6)
    assert list(table["planned_share"][:3]) == pytest.approx([1 / 3] * 3)
    assert list(table["delivered_share"][:2]) == [0.5, 0.5]
    third, extra = table.iloc[2], table.iloc[3]
    assert (third["stop_id"], third["data"]) == ("HS-3", "no data")
    assert third[["visits", "minutes", "unknown_minutes", "delivered_share"]].isna().all()
    assert (extra["week"], extra["stop_id"], extra["planned_visits"], extra["minutes"]) == ("2025-W50", "HS-2", 0, 30)
    assert extra["week_starts"] == pd.Timestamp("2025-12-08")
    assert np.isnan(extra["planned_share"])
    assert extra["delivered_share"] == 1


def test_nobody_there_is_zero_only_where_a_recording_shows_it():
    track = fixes(np.arange(0, 3000, 60.0), [(5000, 0)] * 50)
    result = score_tracks(track, VISITS)
    table = dosage(result.stays, VISITS, stops=result.stops)
    assert list(table["data"]) == ["recorded", "recorded", "no data"]
    assert list(table["minutes"][:2]) == [0, 0]
    assert np.isnan(table["minutes"][2])
    assert set(dosage(result.stays, VISITS)["data"]) == {"no data"}


def test_the_iso_year_is_not_the_calendar_year():
    visits = plan(date="2026-01-01", places=[(0, 0)])[0]
    table = dosage(stays(stay("HS-1", "2025-12-29 12:00", 10)), visits)
    assert list(table["week"]) == ["2026-W01"]
    assert (table["planned_minutes"][0], table["minutes"][0]) == (15, 10)


def test_weeks_are_those_of_the_local_clock():
    summer = stay("HS-1", "2025-07-07 00:10", 15)  # Monday, 23:10 on Sunday in UTC
    assert list(dosage(stays(summer), VISITS.iloc[:0])["week"]) == ["2025-W28"]


def test_the_same_stay_twice_counts_once_and_the_order_of_rows_does_not_count():
    one, two = stay("HS-1", "2025-12-05 18:10", 15), stay("HS-2", "2025-12-05 19:00", 12)
    table = dosage(stays(one, two), VISITS)
    pd.testing.assert_frame_equal(dosage(stays(two, one, one), VISITS.iloc[::-1]), table)


def test_many_plans_add_up():
    visits = pd.concat([VISITS, plan(date="2025-12-06")[0], plan(date="2025-12-12")[0]])
    table = dosage(stays(), visits)
    assert list(table["planned_visits"]) == [2, 2, 2, 1, 1, 1]
    assert table["planned_minutes"].sum() == 15 * 9
    assert table.groupby("week")["planned_share"].sum().tolist() == pytest.approx([1, 1])


def test_shares_follow_from_a_scored_walk():
    track = fixes(np.arange(0, 1500, 60.0), [(0, 0)] * 25, begin="2025-12-05 18:00")
    result = score_tracks(track, VISITS)
    table = dosage(result.stays, VISITS, stops=result.stops)
    assert (table["minutes"][0], table["visits"][0], table["delivered_share"][0]) == (24, 1, 1)


def test_nothing_planned_and_nothing_walked():
    table = dosage(stays(), VISITS.iloc[:0])
    assert table.empty
    assert "delivered_share" in table


def test_one_name_for_two_places_is_refused():
    moved = plan(date="2025-12-12", places=[(400, 0)])[0]
    with pytest.raises(GeoError) as error:
        dosage(stays(), pd.concat([VISITS, moved]))
    assert str(error.value) == (
        "HS-1 stands for places 400 m apart in these plans.\n"
        "Plan with a register of hot spots, whose ids (HS-0007) stay with places, or compare fewer plans."
    )


def test_weeks_of_one_id_of_the_register_add_up_where_its_place_grew():
    weeks = [plan(date=date, places=[(x, 0)])[0].assign(stop_id="HS-0007") for date, x in
             (("2025-12-05", 0), ("2025-12-12", 90), ("2025-12-19", 140))]  # fmt: skip
    walked = [stay("HS-0007", f"{day} 18:10", 12) for day in ("2025-12-05", "2025-12-12")]
    table = dosage(stays(*walked), pd.concat(weeks, ignore_index=True))
    assert table[["week", "stop_id", "planned_visits", "data"]].values.tolist() == [
        ["2025-W49", "HS-0007", 1, "recorded"],
        ["2025-W50", "HS-0007", 1, "recorded"],
        ["2025-W51", "HS-0007", 1, "no data"],
    ]
    assert table.groupby("stop_id")["minutes"].sum().to_dict() == {"HS-0007": 24}
