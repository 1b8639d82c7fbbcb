"""What surveys say by ward and group, and how many signed up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import AS_OF, ashview, ashview_wards, assert_uniform, by

from geo.engagement.answers.surveys import difference, positive_share, registered


def answers(*rows: tuple[str, str | None, int, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["ward_code", "community", "responses", "positive"])
    return frame.assign(measure="confidence", date=pd.Timestamp("2025-11-01"))


TWO = answers(("W1", None, 70, 56), ("W2", None, 80, 48), ("W1", "Irish", 20, 5), ("W2", "Roma", 9, 4))


def test_the_difference_of_two_shares_is_newcombes():
    assert difference((56, 70), (48, 80)) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_shares_hand_checked():
    table = by(positive_share(TWO, as_of=AS_OF), "level", "value")
    force = table.loc[("force", "force")]
    assert (force["responses"], force["positive"], force["share"]) == (150, 104, pytest.approx(104 / 150))
    first = table.loc[("ward", "W1")]
    assert first["gap"] == pytest.approx(56 / 70 - 104 / 150)
    # W1 is 70 of 150: the gap to the whole is 80/150 of the gap to the rest
    low, high = (80 / 150 * limit for limit in (0.05243147, 0.33387265))
    assert (first["gap_low"], first["gap_high"]) == pytest.approx((low, high), rel=1e-6)


def test_fewer_than_k_responses_are_hidden_in_every_number():
    answer = positive_share(TWO, as_of=AS_OF)
    row = by(answer, "level", "value").loc[("community", "Roma")]
    assert row["hidden"]
    assert row.drop(["measure", "hidden"]).isna().all()
    assert "1 row with fewer than 10 responses hidden" in answer.sentence
    shown = by(positive_share(TWO, as_of=AS_OF, k=9), "level", "value").loc[("community", "Roma")]
    assert shown["positive"] == 4


def test_parts_are_not_added_to_the_whole_unless_there_is_none():
    parts = answers(("W1", "Irish", 20, 5), ("W1", "Roma", 30, 15))
    assert by(positive_share(parts, as_of=AS_OF), "level", "value").loc[("force", "force"), "responses"] == 50
    both = pd.concat([parts, answers(("W1", None, 60, 30))])
    assert by(positive_share(both, as_of=AS_OF), "level", "value").loc[("force", "force"), "responses"] == 60


def test_groups_that_cannot_be_parts_of_the_whole_are_a_sample_of_their_own():
    apart = answers(("W1", None, 40, 30), ("W1", "Irish", 30, 10), ("W1", "Roma", 30, 10))
    row = by(positive_share(apart, as_of=AS_OF), "level", "value").loc[("community", "Irish")]
    assert (row["gap"], row["gap_low"], row["gap_high"]) == pytest.approx(difference((10, 30), (30, 40)))


def test_answers_outside_the_period_are_said_and_not_counted():
    old = pd.concat([TWO, TWO.assign(date=pd.Timestamp("2024-11-01"))])
    answer = positive_share(old, as_of=AS_OF)
    assert "4 rows outside the period not counted." in answer.sentence
    assert answer.table.loc[0, "responses"] == 150
    assert positive_share(old, as_of=AS_OF, days=None).table.loc[0, "responses"] == 300
    assert positive_share(TWO.drop(columns="date"), as_of=AS_OF).table.loc[0, "responses"] == 150


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 80), st.floats(0, 1)), min_size=2, max_size=6))
def test_gaps_of_the_wards_balance_and_lie_within_their_limits(found):
    rows = [(f"W{at}", None, n, round(n * share)) for at, (n, share) in enumerate(found)]
    table = positive_share(answers(*rows), as_of=AS_OF, k=0).table.query("level == 'ward'")
    assert float((table["gap"] * table["responses"]).sum()) == pytest.approx(0, abs=1e-9)
    assert (table["gap_low"] <= table["gap"] + 1e-12).all()
    assert (table["gap"] <= table["gap_high"] + 1e-12).all()


WARDS = pd.DataFrame(
    {"ward_code": ["W1", "W2", "W3"], "ward_name": ["A", "B", "C"], "population": [1000.0, 2000, 500],
     "households": [400.0, 800, 200]}
)  # fmt: skip


def signed(*rows: tuple[str, str | None, str, int, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["ward_code", "community", "register", "members", "base"])


def test_members_per_thousand_of_the_right_base():
    rows = signed(("W1", None, "alerts", 40, "households"), ("W2", None, "alerts", 20, "households"),
                  ("W1", None, "network", 30, "residents"), ("W1", "Irish", "network", 12, "residents"))  # fmt: skip
    people = pd.DataFrame({"ward_code": ["W1"], "community": ["Irish"], "population": [100.0]})
    answer = registered(rows, WARDS, people)
    table = by(answer, "register", "level", "value")
    assert table.loc[("alerts", "ward", "W1"), "per_1000"] == pytest.approx(100)
    # everybody the registers could hold, also where nothing was recorded, would understate: only wards with a record
    assert table.loc[("alerts", "all", "all"), "per_1000"] == pytest.approx(50)
    assert table.loc[("alerts", "ward", "W1"), "gap"] == pytest.approx(50)
    assert table.loc[("alerts", "ward", "W3"), "state"] == "no record"
    assert np.isnan(table.loc[("alerts", "ward", "W3"), "members"])
    assert table.loc[("network", "community", "Irish"), "per_1000"] == pytest.approx(120)
    assert "alerts 60 of 1,200 households (50.0 per 1,000)" in answer.sentence


def test_few_members_are_hidden_but_none_is_shown():
    rows = signed(("W1", None, "alerts", 9, "households"), ("W2", None, "alerts", 0, "households"))
    table = by(registered(rows, WARDS), "level", "value")
    assert table.loc[("ward", "W1"), "hidden"]
    assert np.isnan(table.loc[("ward", "W1"), "per_1000"])
    assert table.loc[("ward", "W2"), ["members", "per_1000"]].tolist() == [0, 0]


def test_members_outside_the_wards_are_said():
    rows = signed(("W9", None, "alerts", 50, "households"), ("W1", None, "alerts", 50, "households"))
    answer = registered(rows, WARDS)
    assert "1 row outside these wards not counted by ward." in answer.sentence
    assert by(answer, "level", "value").loc[("all", "all"), "members"] == 50


def test_the_surveys_and_registers_of_ashview():
    surveys = ashview("surveys")
    answer = assert_uniform(lambda frame: positive_share(frame, as_of=AS_OF), surveys)
    assert "42 rows outside the period not counted." in answer.sentence
    last = surveys[surveys["community"].isna() & (surveys["date"] > "2025-01-01")]
    whole = by(answer, "measure", "level", "value").loc[("confidence", "force", "force")]
    assert whole["responses"] == last.loc[last["measure"] == "confidence", "responses"].sum()
    assert answer.table.loc[answer.table["hidden"], "responses"].isna().all()
    wards = pd.DataFrame(ashview_wards())
    rows = assert_uniform(registered, ashview("registers"), wards, ashview("communities")).table
    alerts = rows[(rows["register"] == "alerts") & (rows["level"] == "ward")].set_index("value")
    assert alerts["per_1000"].idxmin() == "E05999012"  # Larkfield
    assert alerts.loc["E05999001", "per_1000"] == pytest.approx(1000 * 103 / 2420)


def test_columns_that_a_file_does_not_have_are_not_needed():
    bare = registered(signed(("W1", None, "x", 20, "residents")).drop(columns=["community", "base"]), WARDS)
    assert bare.table.loc[0, "per_1000"] == pytest.approx(20)
    assert registered(signed(("W1", None, "x", 20, "residents")), WARDS[["ward_code"]]).table["per_1000"].isna().all()
