"""What was done, for what purpose and with whom; the balance of it, and what it cost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loops import AS_OF, ashview, ashview_placed, assert_uniform, by

from geo.engagement.answers.balance import (
    effective_number,
    method_diversity,
    not_police_led,
    proactive_share,
    profile,
    venues,
)
from geo.engagement.answers.coverage import (
    AUDIENCES,
    activity_by_objective,
    audiences_missed,
    channel_by_audience,
    themes_by_community,
    young_people,
)
from geo.engagement.answers.effort import by_channel, groups_by_quarter


def log(**columns: list[object]) -> pd.DataFrame:
    rows = len(next(iter(columns.values())))
    days = pd.date_range("2025-01-01", periods=rows, freq="D")
    return pd.DataFrame({"engagement_id": [f"E{at}" for at in range(rows)], "date": days, **columns})


def test_fractions_add_up_and_enforcement_is_kept_apart():
    events = log(
        activity=["drop_in", "drop_in", "survey", "survey"],
        objective=["build_trust;gather_intelligence", "build_trust", "reassure;feed_back;find_missing", None],
    )
    answer = activity_by_objective(events, as_of=AS_OF)
    table = by(answer, "activity", "objective")
    assert table.loc[("drop_in", "build_trust"), ["events", "engagements"]].tolist() == [1.5, 2]
    assert table["events"].sum() == pytest.approx(4)
    kinds = answer.table.groupby("kind")["events"].sum()
    assert kinds.to_dict() == pytest.approx({"engagement": 13 / 6, "enforcement": 5 / 6, "not recorded": 1})
    assert "2.2 were for people" in answer.sentence
    assert "apart from these 0.8 were for enforcement" in answer.sentence
    assert "1 engagement without an objective" in answer.sentence


def test_empty_cells_are_listed_for_every_word_asked_about():
    events = log(activity=["drop_in"], objective=["build_trust"])
    table = by(
        activity_by_objective(events, as_of=AS_OF, objectives=["repair"], activities=["survey"]),
        "activity",
        "objective",
    )
    assert table["empty"].to_dict() == {
        ("drop_in", "build_trust"): False, ("drop_in", "repair"): True,
        ("survey", "build_trust"): True, ("survey", "repair"): True,
    }  # fmt: skip


def test_a_channel_that_never_reached_an_audience_is_empty():
    events = log(channel=["email", "radio;email"], audience=["older", "women"])
    answer = channel_by_audience(events, as_of=AS_OF, audiences=["older", "women"])
    table = by(answer, "channel", "audience")
    assert table.loc[("radio", "older"), "empty"]
    assert table.loc[("email", "women"), ["events", "engagements"]].tolist() == [0.5, 1]
    assert "1 of 4 pairs" in answer.sentence
    assert "1 audience is reached through one channel only: older." in answer.sentence


def test_audiences_and_ages_that_nobody_came_for():
    people = pd.DataFrame(
        {"ward_code": "W", "community": ["0-17", "18-24", "25-64", "65+", "Irish"],
         "population": [20.0, 10, 50, 20, 9], "group_set": ["age_band"] * 4 + ["ethnic_group"]}
    )  # fmt: skip
    events = log(audience=["older", "older;women", None])
    answer = audiences_missed(events, people, as_of=AS_OF, audiences=["older", "women", "young_people"])
    table = by(answer, "kind", "audience")
    assert table.loc["audience", "state"].to_dict() == {
        "older": "reached",
        "women": "reached",
        "young_people": "missed",
    }
    assert table.loc[("audience", "older"), "share"] == pytest.approx(0.75)
    assert table.loc[("audience", "young_people"), "population_share"] == pytest.approx(0.3)
    assert np.isnan(table.loc[("audience", "women"), "population"])
    bands = {"0-17": "missed", "18-24": "missed", "25-64": "no audience for it", "65+": "reached"}
    assert table.loc["age band", "state"].to_dict() == bands
    assert "1 of 3 audiences has no engagement recorded: young_people." in answer.sentence
    assert "1 of 3 engagements name no audience." in answer.sentence


def test_the_audiences_are_words_of_the_vocabulary():
    from layers.reading import vocabulary

    assert set(AUDIENCES) <= set(vocabulary.AUDIENCE.codes)


def test_proactive_share_counts_what_the_community_asked_for_and_leaves_out_the_unknown():
    events = log(
        initiation=["proactive", "requested_by_community", "reactive", "unknown", None, "other:walk-in"],
        ward_code=["W1", "W1", "W2", "W1", "W1", "W1"],
        team=["A"] * 6,
        role=["PCSO"] * 6,
        officer=["Sam"] * 6,
    )
    answer = proactive_share(events, as_of=AS_OF)
    whole = by(answer, "level", "value").loc[("all", "all")]
    assert (whole["engagements"], whole["known"], whole["yes"], whole["unknown"]) == (6, 3, 2, 3)
    assert whole["share"] == pytest.approx(2 / 3)
    assert set(answer.table["level"]) == {"all", "ward", "quarter", "team", "role"}
    assert "Sam" not in answer.table.to_string()


def test_reactive_only_needs_three_engagements():
    events = log(initiation=["reactive"] * 5, communities=["Roma;Irish", "Roma", "Roma", "Arab", None])
    table = by(proactive_share(events, as_of=AS_OF), "level", "value")
    assert dict(table.loc["community", "reactive_only"]) == {
        "Arab": False, "Irish": False, "Roma": True, "not recorded": False
    }  # fmt: skip
    assert table.loc[("community", "Roma"), "high"] == pytest.approx(0.56150, rel=1e-4)


def test_who_leads_in_either_vocabulary():
    new = log(lead_type=["police", "partner", "community", None])
    whole = by(not_police_led(new, as_of=AS_OF), "level", "value").loc[("all", "all")]
    assert (whole["known"], whole["yes"], whole["unknown"]) == (3, 2, 1)
    old = log(lead_org_type=["police", "faith", "council"])
    assert by(not_police_led(old, as_of=AS_OF), "level", "value").loc[("all", "all"), "yes"] == 2


def test_profile_shares_are_of_the_known():
    table = by(profile(log(participation_level=["inform", "inform", "consult", None]), as_of=AS_OF), "kind")
    assert table.loc["inform", "share"] == pytest.approx(2 / 3)
    assert np.isnan(table.loc["not recorded", "share"])
    assert profile(log(date=[AS_OF]), "facilitator_type", as_of=AS_OF).sentence.startswith(
        "No facilitator type is recorded"
    )


def test_the_oracle_of_breadth():
    assert effective_number([0.5, 0.25, 0.125, 0.125]) == pytest.approx(3.36359, rel=1e-5)
    assert effective_number([7]) == 1
    assert np.isnan(effective_number([]))
    events = log(activity=["a"] * 4 + ["b"] * 2 + ["c", "d"])
    row = method_diversity(events, as_of=AS_OF).table.iloc[0]
    assert (row["effective_methods"], row["evenness"]) == pytest.approx((3.36359, 0.875), rel=1e-5)
    assert (row["most_used"], row["most_used_share"]) == ("a", 0.5)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 50), min_size=1, max_size=12))
def test_the_effective_number_lies_between_one_and_the_number_of_methods(counts):
    assert 1 - 1e-9 <= effective_number(counts) <= len(counts) + 1e-9
    assert effective_number([3] * len(counts)) == pytest.approx(len(counts))


def test_always_the_same_method_is_said():
    events = log(activity=["drop_in"] * 3, communities=["Irish"] * 3)
    assert "Always the same one for: Irish." in method_diversity(events, as_of=AS_OF).sentence


def test_the_venue_is_what_was_recorded_else_the_kind_of_the_focal_point():
    places = pd.DataFrame({"focal_point_id": ["FP-1"], "kind": ["school"]})
    events = log(focal_point_id=["FP-1", "FP-1", None], venue_type=[None, "street", None])
    row = venues(events, places, as_of=AS_OF).table.iloc[0]
    assert (row["engagements"], row["methods"], row["effective_methods"]) == (2, 2, pytest.approx(2))


def test_themes_add_up_to_the_engagements():
    events = log(communities=["Irish;Arab", None], themes=["drugs;noise", "noise"])
    table = themes_by_community(events, as_of=AS_OF).table
    assert table["events"].sum() == pytest.approx(2)
    assert by(themes_by_community(events, as_of=AS_OF), "community", "theme").loc[("Irish", "drugs"), "events"] == 0.25


def test_young_people_of_each_community():
    people = pd.DataFrame(
        {"ward_code": "W", "community": ["Irish", "Roma"], "population": [30.0, 20], "group_set": "ethnic_group"}
    )
    events = log(audience=["young_people", "older"], communities=["Irish", "Roma"], attendees=[8.0, 5])
    answer = young_people(events, people, as_of=AS_OF)
    assert by(answer, "community")["contacts"].to_dict() == {"Irish": 8.0, "Roma": 0.0}
    assert "For 1 of 2 communities none is recorded with their young people: Roma." in answer.sentence
    banded = young_people(events.assign(age_band=["18-24", "65+"]), people, as_of=AS_OF)
    assert by(banded, "age_band", "community")["engagements"].to_dict() == {("18-24", "Irish"): 1, ("18-24", "Roma"): 0}


def test_cost_and_hours_rest_on_what_is_known_of_both():
    events = log(
        channel=["phone", "phone", "email", "email"],
        attendees=[10.0, np.nan, 0, 5],
        cost=[20.0, 99, 7, np.nan],
        minutes=[30.0, 60, np.nan, 60],
    )
    table = by(by_channel(events, as_of=AS_OF), "channel")
    assert (table.loc["phone", "cost_n"], table.loc["phone", "cost_per_contact"]) == (1, 2.0)
    assert np.isnan(table.loc["email", "cost_per_contact"])
    assert (table.loc["all", "cost_per_contact"], table.loc["all", "contacts_per_hour"]) == (2.7, 10.0)
    assert (table.loc["all", "engagements"], table.loc["all", "hours_n"]) == (4, 2)


def test_new_groups_are_counted_once_and_never_in_the_first_quarter():
    events = log(communities=["Irish", "Irish;Roma", "Roma"])
    events["date"] = pd.to_datetime(["2025-01-05", "2025-04-05", "2025-10-05"])
    table = by(groups_by_quarter(events, as_of=AS_OF), "quarter")
    assert table["groups"].to_dict() == {"2025 Q1": 1, "2025 Q2": 2, "2025 Q3": 0, "2025 Q4": 1}
    assert table["new_groups"].tolist() == [1, 1, 0, 0]
    assert table["new_group_rate"].isna().tolist() == [True, False, True, False]
    assert table.loc["2025 Q2", "new_group_rate"] == 0.5


ASKS = {
    "objectives": lambda frame: activity_by_objective(frame, as_of=AS_OF),
    "channels": lambda frame: channel_by_audience(frame, as_of=AS_OF),
    "audiences": lambda frame: audiences_missed(frame, ashview("communities"), as_of=AS_OF),
    "themes": lambda frame: themes_by_community(frame, as_of=AS_OF),
    "young": lambda frame: young_people(frame, ashview("communities"), as_of=AS_OF),
    "initiation": lambda frame: proactive_share(frame, as_of=AS_OF),
    "lead": lambda frame: not_police_led(frame, as_of=AS_OF),
    "participation": lambda frame: profile(frame, as_of=AS_OF),
    "methods": lambda frame: method_diversity(frame, as_of=AS_OF),
    "venues": lambda frame: venues(frame, ashview("focal_points"), as_of=AS_OF),
    "effort": lambda frame: by_channel(frame, as_of=AS_OF),
    "groups": lambda frame: groups_by_quarter(frame, as_of=AS_OF),
}


@pytest.mark.parametrize("name", ASKS)
def test_every_answer_on_ashview_is_uniform_and_needs_only_a_date(name):
    answer = assert_uniform(ASKS[name], ashview_placed())
    bare = ASKS[name](ashview("engagements")[["date"]])
    assert list(bare.table.columns) == list(answer.table.columns)
    assert "nan" not in bare.sentence


def test_ashview_is_met_as_its_story_says():
    events = ashview_placed()
    first = by(proactive_share(events, as_of=AS_OF), "level", "value")
    assert first.loc[("community", "African"), ["known", "yes", "reactive_only"]].tolist() == [13, 0, True]
    assert first.loc[("all", "all"), ["engagements", "unknown"]].tolist() == [297, 3]
    assert "Roma" not in first.loc["community"].index
    assert activity_by_objective(events, as_of=AS_OF).table["events"].sum() == pytest.approx(297)
    assert by(not_police_led(events, as_of=AS_OF), "level", "value").loc[("all", "all"), "yes"] == 58
    cost = by(by_channel(events, as_of=AS_OF), "channel")
    assert cost.loc["all", "cost"] == events["cost"].sum()


def test_what_is_planned_does_not_count_yet():
    later = log(initiation=["proactive", "proactive"])
    later.loc[1, "date"] = AS_OF + pd.Timedelta(days=1)
    assert proactive_share(later, as_of=AS_OF).table.loc[0, "engagements"] == 1
