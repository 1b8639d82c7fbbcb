"""Engagements that name nobody: whom they will have reached, by hand and by law."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.engagement.open_events import names_one_of, open_events, open_nowhere

AS_OF = pd.Timestamp("2025-12-31")
laws = settings(max_examples=40, deadline=None)
NAMES = ["Irish", "Polish", "Roma"]


def log(*rows: tuple[str | None, str | None, float], day: str = "2025-06-01", **more: Any) -> pd.DataFrame:
    """Engagements: ward, communities, attendees."""
    frame = pd.DataFrame(list(rows), columns=["ward_code", "communities", "attendees"])
    frame = frame.astype({"ward_code": object, "communities": object, "attendees": float})
    return frame.assign(date=pd.Timestamp(day), **more)


def cells(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["ward_code", "community", "population"])


TOWN = cells(("A", "Irish", 10), ("A", "Polish", 90), ("B", "Irish", 50), ("B", "Polish", 150), ("C", "Irish", 5))


def reached(placed: pd.DataFrame, town: pd.DataFrame = TOWN) -> list[float]:
    return open_events(placed, town, as_of=AS_OF)["open_events"].tolist()


def test_a_meeting_reaches_a_community_by_its_share_and_the_majority_always():
    # ward A: a tenth Irish, and Polish the rest; B: a quarter; C: who lives alone in a ward was there
    assert reached(log(("A", None, 2))) == pytest.approx([0.1, 1, 0, 0, 0])
    assert reached(log(("B", None, 3))) == pytest.approx([0, 0, 0.25, 1, 0])
    assert reached(log(("C", None, 1))) == [0, 0, 0, 0, 1]
    # of which an equal share is a share of the meetings, the majority's too
    shares = open_events(log(("A", None, 2), ("B", None, 2)), TOWN, as_of=AS_OF)["open_share"]
    assert shares.tolist() == pytest.approx([0.1, 0.9, 0.25, 0.75, 0])
    # half of the residents is a majority, a little less is not
    half = cells(("A", "Irish", 50), ("A", "Polish", 49), ("A", "Roma", 1))
    assert reached(log(("A", None, 2)), half) == pytest.approx([1, 0.49, 0.01])


def test_meetings_add_up_and_wards_do_not_mix():
    both = log(("A", None, 1), ("A", None, 2), ("A", None, 2), ("B", None, 3))
    assert reached(both) == pytest.approx([0.3, 3, 0.25, 1, 0])


def test_only_meetings_that_name_nobody_of_this_kind_are_open():
    assert reached(log(("A", "Irish", 2))) == [0] * 5
    assert reached(log(("A", "Muslim;Irish", 2))) == [0] * 5
    assert reached(log(("A", "Muslim", 2))) == pytest.approx([0.1, 1, 0, 0, 0])
    assert reached(log(("A", " ", 2))) == pytest.approx([0.1, 1, 0, 0, 0])


def test_how_many_came_makes_no_difference():
    assert reached(log(("A", None, np.nan))) == reached(log(("A", None, 0))) == reached(log(("A", None, 500)))
    assert reached(log(("A", None, np.nan)).drop(columns="attendees")) == pytest.approx([0.1, 1, 0, 0, 0])


def test_plans_unknown_places_and_unknown_residents_reach_nobody():
    assert reached(log(("A", None, 2), day="2026-01-01")) == [0] * 5
    assert reached(log((None, None, 2))) == [0] * 5
    unknown = TOWN.assign(population=[np.nan, 90, 50, 150, np.nan])
    assert reached(log(("A", None, 2), ("C", None, 2)), unknown) == [0, 1, 0, 0, 0]
    assert reached(log(("A", None, 2)), TOWN.head(0)) == []
    assert reached(log(("A", None, 2)).head(0)) == [0] * 5


def test_a_meeting_nobody_knows_where_reaches_by_the_share_of_the_town():
    town = pd.DataFrame({"community": ["Irish", "Polish", "Word"], "population": [10, 30, np.nan]})
    met = log((None, None, 2), ("A", None, 9), (None, "Irish", 2), (None, None, 2))
    met = met.assign(placed_by=["nowhere", "ward", "nowhere", "position"])
    # a quarter, and the majority, once: the last is known to lie elsewhere
    assert open_nowhere(met, town, as_of=AS_OF)["open_events"].tolist() == pytest.approx([0.25, 1, 0])
    assert open_nowhere(met, town, as_of=AS_OF)["open_share"].tolist() == pytest.approx([0.25, 0.75, 0])
    assert open_nowhere(met.drop(columns="placed_by"), town, as_of=AS_OF)["open_events"].tolist() == [0, 0, 0]
    assert len(open_nowhere(met, town.head(0), as_of=AS_OF)) == 0


def test_who_is_named():
    met = log(("A", "Irish;Roma", 1), ("A", None, 1), ("A", "Romany", 1), ("A", " Roma ", 1)).set_axis(list("wxyz"))
    assert names_one_of(met, {"Roma"}).to_dict() == {"w": True, "x": False, "y": False, "z": True}
    assert not names_one_of(met, set()).any()
    assert names_one_of(met.drop(columns="communities"), {"Roma"}).tolist() == [False] * 4
    assert names_one_of(met.head(0), {"Roma"}).tolist() == []


row = st.tuples(
    st.sampled_from([None, "A", "B", "C"]),
    st.sampled_from([None, *NAMES, "Irish;Roma", "Muslim"]),
    st.sampled_from([np.nan, 0.0, 1.0, 7.0, 400.0]),
)
populations = st.lists(st.sampled_from([np.nan, 0.0, 1.0, 30.0, 5000.0]), min_size=9, max_size=9)


def town_of(people: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {"ward_code": np.repeat(["A", "B", "C"], 3), "community": NAMES * 3, "population": people}
    ).astype({"ward_code": object})


@laws
@given(st.lists(row, max_size=12), populations, st.randoms(use_true_random=False))
def test_never_more_than_there_were_and_in_any_order(rows, people, random):
    placed, town = log(*rows), town_of(people)
    before, town_before = placed.copy(), town.copy()
    found = open_events(placed, town, as_of=AS_OF)["open_events"]
    nobody = ~names_one_of(placed, set(NAMES))
    most = town["ward_code"].map(placed[nobody]["ward_code"].value_counts()).fillna(0)
    assert found.between(0, most + 1e-6).all()
    assert (found[town["population"].fillna(0) == 0] == 0).all()
    order = random.sample(range(len(placed)), len(placed))
    again = open_events(placed.iloc[order], town.iloc[::-1], as_of=AS_OF)["open_events"]
    pd.testing.assert_series_equal(again.sort_index(), found, check_exact=True)
    pd.testing.assert_frame_equal(placed, before)
    pd.testing.assert_frame_equal(town, town_before)


@laws
@given(st.lists(row, max_size=12), populations, st.sampled_from(["A", "B", None]), st.sampled_from(NAMES))
def test_an_event_that_names_somebody_changes_nothing(rows, people, ward, name):
    more = log(*rows, (ward, name, np.nan))
    one, two = (open_events(placed, town_of(people), as_of=AS_OF)["open_events"] for placed in (log(*rows), more))
    pd.testing.assert_series_equal(one, two, check_exact=True)


@laws
@given(st.lists(row, max_size=12), st.integers(0, 5000), st.integers(0, 5000))
def test_the_larger_the_share_the_more_meetings(rows, one, two):
    def irish(people: float) -> float:
        return open_events(log(*rows), cells(("A", "Irish", people), ("A", "Polish", 100)), as_of=AS_OF)["open_events"][
            0
        ]

    assert irish(min(one, two)) <= irish(max(one, two))
