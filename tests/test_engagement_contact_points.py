"""Where people meet, and who keeps in touch."""

from __future__ import annotations

import pandas as pd
from loops import AS_OF, ashview, assert_uniform, by

from geo.engagement.answers.contact_points import (
    focal_points_without_contact_or_review,
    hidden_groups,
    partner_mix,
    workload,
)

PLACES = pd.DataFrame(
    {
        "focal_point_id": ["FP-1", "FP-2", "FP-3", "FP-4"],
        "name": ["Hall", "Shop", "School", "Park"],
        "communities": ["Irish;Arab", "Roma", None, None],
        "spoc": ["SPOC-1", None, "SPOC-1", "SPOC-2"],
        "spoc_role": ["PCSO", None, "PCSO", "sergeant"],
        "strategy": ["tea", None, None, "walk"],
        "partner_type": ["voluntary", None, "statutory", "statutory"],
        "review_by": pd.to_datetime(["2025-12-31", None, "2025-12-30", "2026-01-01"]),
    }
)
PEOPLE = pd.DataFrame(
    {
        "ward_code": ["W1", "W2", "W1", "W1", "W2", "W1"],
        "community": ["Irish", "Irish", "Roma", "Chinese", "Chinese", "18-24"],
        "population": [10.0, 30, 5, 7, 0, 50],
        "group_set": ["ethnic_group"] * 5 + ["age_band"],
    }
)


def test_what_each_focal_point_lacks():
    answer = focal_points_without_contact_or_review(PLACES, as_of=AS_OF)
    table = by(answer, "focal_point_id")
    assert list(table.index) == ["FP-2", "FP-3"]
    assert list(table.loc["FP-2", ["no_spoc", "no_strategy", "review_overdue"]]) == [True, True, False]
    assert list(table.loc["FP-3", ["no_spoc", "no_strategy", "review_overdue"]]) == [False, True, True]
    assert table.loc["FP-3", "days_overdue"] == 1
    assert answer.sentence.startswith("Of 4 focal points, 1 has no contact person, 2 have no strategy")


def test_a_group_with_residents_and_no_focal_point_is_hidden():
    table = by(hidden_groups(PLACES, PEOPLE), "community")
    assert dict(table["state"]) == {"Chinese": "hidden", "Irish": "known", "Roma": "no contact person"}
    assert (table.loc["Irish", "residents"], table.loc["Irish", "wards"], table.loc["Irish", "most_in"]) == (
        40,
        2,
        "W2",
    )
    assert table.loc["Chinese", "wards"] == 1
    assert "18-24" in by(hidden_groups(PLACES, PEOPLE, group_set=None), "community").index


def test_workload_names_nobody():
    answer = workload(PLACES)
    roles = by(answer, "level", "value")
    assert (roles.loc[("role", "PCSO"), "spocs"], roles.loc[("role", "PCSO"), "per_spoc"]) == (1, 2.0)
    assert dict(roles.loc["load", "spocs"]) == {"1": 1, "2": 1}
    assert "SPOC" not in answer.table.to_string() + answer.sentence
    assert answer.sentence == "2 contact persons look after 3 focal points: 1.5 each on average, 1 to 2."


def test_partners_with_and_without_a_contact_person():
    table = by(partner_mix(PLACES), "partner_type")
    assert dict(table["focal_points"]) == {"not recorded": 1, "statutory": 2, "voluntary": 1}
    assert (table.loc["statutory", "share"], table.loc["not recorded", "share"]) == (1.0, 0.0)


def test_the_focal_points_of_ashview():
    places, people = ashview("focal_points"), ashview("communities")
    answer = assert_uniform(lambda frame: focal_points_without_contact_or_review(frame, as_of=AS_OF), places)
    assert len(places) == 43
    assert [int(answer.table[name].sum()) for name in ("no_spoc", "no_strategy", "review_overdue")] == [16, 26, 10]
    assert "16 have no contact person, 26 have no strategy, and the review of 10 is overdue." in answer.sentence
    groups = by(assert_uniform(hidden_groups, places, people), "community")
    assert groups.loc["Gypsy or Irish Traveller", ["focal_points", "state"]].tolist() == [0, "hidden"]
    assert groups.loc["Roma", ["focal_points", "with_spoc", "state"]].tolist() == [1, 0, "no contact person"]
    load = assert_uniform(workload, places).table
    assert load.groupby("level")["focal_points"].sum().to_dict() == {"load": 27, "role": 27}
    assert partner_mix(places).table["focal_points"].sum() == 43
    assert_uniform(partner_mix, places)


def test_columns_that_a_file_does_not_have_are_not_needed():
    bare = PLACES[["focal_point_id", "name"]]
    assert focal_points_without_contact_or_review(bare, as_of=AS_OF).table["no_spoc"].all()
    assert hidden_groups(bare, PEOPLE).table["state"].eq("hidden").all()
    assert workload(bare).table.empty
    assert partner_mix(bare).table["focal_points"].tolist() == [4]
