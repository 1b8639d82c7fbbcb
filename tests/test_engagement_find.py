"""The sample town through its real readers: its gaps and no others; what is said where a layer is missing."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from geo.engagement.answers.questions import Layers
from geo.engagement.measure import CELL, COLUMNS, COMMUNITY, WARD, Rule
from geo.engagement.result import EngagementResult, describe_days, headline, measure_engagement, parameters_in_words
from geo.errors import GeoError
from geo.hotspots import find_hotspots
from layers.incidents import read_incidents
from layers.project import NO_PROJECT
from study.events import Listener
from study.reading import StudyArea, read_area, read_layers
from study.settings import AreaSettings, EngagementSettings

ASHVIEW = ROOT / "data" / "ashview"
AS_OF = pd.Timestamp("2025-12-31")
READ = "engagements communities focal_points attendance priorities surveys registers deprivation context".split()
OPTIONAL = [*READ[1:], "incidents", "hotspots"]
LARKFIELD = "E05999012"


@lru_cache
def area() -> StudyArea:
    return read_area(Listener(), [str(ASHVIEW / "wards.geojson")], AreaSettings(area=("Ashview",)), NO_PROJECT)


@lru_cache
def sample() -> Layers:
    paths = {name: str(ASHVIEW / f"{name}.csv") for name in READ}
    read = read_layers(Listener(), paths, area(), NO_PROJECT, EngagementSettings(), as_of=AS_OF, zone=None)
    points, report = read_incidents(ASHVIEW / "incidents.csv", metric_crs=area().wards.crs)
    found = find_hotspots(points, area().wards, months=report.months, runs=19)
    return Layers(wards=area().wards, **{**read, "incidents": found.incidents, "hotspots": found.hotspots})


def measured(layers: Layers | None = None, **more: Any) -> EngagementResult:
    return measure_engagement(layers or sample(), **({"as_of": AS_OF} | more))


@pytest.fixture(scope="module")
def town() -> EngagementResult:
    return measured()


def gaps(result: EngagementResult, level: str = COMMUNITY) -> dict[str, set[str]]:
    """Subjects and their flags."""
    rows = result.findings[result.findings["level"] == level]
    return rows.groupby("subject")["flag"].agg(set).to_dict()


def answer(result: EngagementResult, name: str) -> Any:
    return {one.name: one for one in result.answers}[name]


def test_the_gaps_of_the_town_and_no_others(town):
    assert gaps(town) == {"Roma residents": {"never_reached"}, "African residents": {"only_after_incidents"}}
    assert gaps(town, WARD)["Larkfield"] == {"never_reached"}
    assert {flag for name, flags in gaps(town, WARD).items() if name != "Larkfield" for flag in flags} == {
        "under_engaged"
    }
    first = town.findings.iloc[0]
    assert (first["rank"], first["subject"]) == (1, "Roma residents")
    assert first["sentence"] == "The log has no meeting with Roma residents in two years: 900 people live here."
    assert first["evidence"].startswith("0 of 2.0 expected events; ")
    assert set(first["ward_code"].split(";")) <= set(area().wards["ward_code"])
    african = town.findings[town.findings["subject"] == "African residents"].iloc[0]
    assert "none of 13 meetings was planned or asked for." in african["sentence"]
    assert african["evidence"] == "0 of 13 events planned or asked for (0%; 95% limits 0 to 23%)."
    assert town.findings["rank"].tolist() == list(range(1, len(town.findings) + 1))


def test_the_quiet_ward(town):
    wards = town.wards.set_index("ward_code")
    assert wards.loc[LARKFIELD, "ward_name"] == "Larkfield"
    assert wards.loc[LARKFIELD, ["events", "contacts"]].tolist() == [0, 0]
    assert wards.loc[LARKFIELD, "quiet_and_unheard"]
    assert "Larkfield" in answer(town, "reports_and_engagement").sentence
    assert "unknown, not safe" in answer(town, "reports_and_engagement").sentence
    assert list(town.wards["ward_code"]) == list(area().wards["ward_code"])
    assert town.wards.geometry.equals(area().wards.geometry)


def test_rows_and_totals(town):
    table = town.table
    assert list(table.columns) == list(COLUMNS)
    assert table["level"].value_counts().to_dict() == {COMMUNITY: 19, WARD: 12, CELL: 222}
    wards = table[table["level"] == WARD]
    assert town.counts["engagements"] == len(town.engagements) == wards["events"].sum() == 292
    assert town.counts["contacts"] == wards["contacts"].sum() == town.engagements["attendees"].sum()
    assert town.counts["naming_a_community"] == 117
    open_rows = answer(town, "not_counted").table
    assert open_rows["engagements"].sum() == 292 - 117
    cells = table[table["level"] == CELL]
    assert cells["contacts"].sum() + open_rows["contacts"].sum() == pytest.approx(town.counts["contacts"])
    for level in (COMMUNITY, WARD):
        rows = table[table["level"] == level]
        assert rows["population"].sum() == 63_370
        assert rows["expected"].sum() == pytest.approx(rows["events"].sum())


def test_what_was_inferred_and_what_is_not_known_is_said(town):
    for note in (
        "185 engagements are placed by their focal point.",
        "112 engagements have a ward but no position.",
        "5 engagements lie outside the wards given (E05999013).",
        "3 engagements get their communities from their focal point.",
        "2 focal points lie outside the wards given: Sandford Community Hall, Sandford Harbour Chapel.",
        "No engagement names a community of the kind age_band: these cannot be judged.",
        "175 of 292 engagements name no community: who was met there is not known. They count for wards, and never "
        "against a community.",
    ):
        assert note in town.notes
    assert len(town.notes) == 7


def test_words_of_the_run(town):
    assert headline(town, where="Ashview").startswith(
        "292 engagements in Ashview; the record shows a gap for 2 communities (Roma residents, African residents) and "
    )
    assert describe_days(town) == "1 January 2024 to 31 December 2025"
    values = {name: value for name, value, _ in town.parameters}
    assert values["as of"] == "2025-12-31"
    assert values["kind of community"] == "ethnic_group"
    assert values["threshold"] == "0.8"
    assert float(values["probability"]) >= 0.8
    assert [name for name, _, _ in parameters_in_words(town)][:3] == ["As of", "Since", "Under-engaged below"]
    nothing = town._replace(findings=town.findings.head(0))
    assert headline(nothing, where="Ashview").endswith("no gap stands out from what was recorded.")


def uniform(result: EngagementResult) -> None:
    names = [one.name for one in result.sheets]
    assert len(set(names)) == len(names)
    for one in result.sheets:
        assert one.question.endswith("?"), one.name
        assert one.sentence.endswith("."), one.name
        assert "nan" not in one.sentence.lower(), one.name
        if one.name != "gaps":
            assert list(one.headings) == list(one.table.columns), one.name
        assert set(one.headings) <= set(one.table.columns), one.name
        assert len(set(one.headings.values())) == len(one.headings), one.name
    assert result.findings["sentence"].str.endswith(".").all()
    assert result.findings["evidence"].str.endswith(".").all()
    assert not result.findings["sentence"].str.contains("nan").any()
    assert result.table["flag"].notna().all()
    assert all(note.endswith(".") for note in result.notes)
    json.dumps(result.as_record("A sentence."), allow_nan=False)


def test_every_question_has_an_answer(town):
    uniform(town)
    assert len(town.answers) > 30
    assert [one.name for one in town.sheets][:4] == ["gaps", "communities", "wards", "communities_in_wards"]
    assert answer(town, "communities").sentence == "2 of 19 have a gap that the record shows: African, Roma."
    assert answer(town, "attendance").sentence.startswith("52 of 138 ")
    record = town.as_record("Said.")
    assert record["headline"] == "Said."
    assert len(record["gaps"]) == len(town.findings)
    assert len(record["measures"]) == len(town.table)
    assert [one["name"] for one in record["answers"]] == [one.name for one in town.answers]


def test_columns_that_few_logs_have_are_answered_where_they_are():
    log = sample().engagements
    half = ["community_member" if number % 2 else "police" for number in range(len(log))]
    result = measured(sample()._replace(engagements=log.assign(facilitator_type=half, hosted_by=None)))
    table = answer(result, "facilitator_type").table.set_index(["level", "kind"])
    assert table.loc[("all", "community_member"), "engagements"] + table.loc[("all", "police"), "engagements"] == 292
    assert "hosted_by" not in {one.name for one in result.answers}
    uniform(result)


def test_references_are_named_only_on_request(town):
    assert "STK-10" not in json.dumps(town.as_record(""))
    asked = measured(references=True)
    assert "Nobody ever asked STK-10, STK-11 why." in answer(asked, "who_to_ask").sentence
    uniform(asked)


# what is said, and which answers go, where a layer is not there
MISSING = {
    "communities": "No residents by community are known: nothing can be expected, so communities are judged only by "
    "whether and when they were last met. Give --communities.",
    "focal_points": "No focal points are known: reach cannot be told. Give --focal-points.",
}
GONE = {
    "communities": {"hidden_groups"},
    "focal_points": {"cadence", "quarters", "walks", "hotspots_alone", "intermediaries", "workload"},
    "attendance": {"attendance", "who_to_ask", "reasons", "intermediaries"},
    "priorities": {"priorities", "overdue", "stages", "escalated"},
    "deprivation": {"deprivation"},
    "context": {"remembered"},
    "surveys": {"surveys"},
    "registers": {"registers"},
    "incidents": {"reports_and_engagement", "reporting_test"},
    "hotspots": {"hotspots_alone", "reporting_test"},
}


@pytest.mark.parametrize("name", OPTIONAL)
def test_without_one_layer(name, town):
    result = measured(sample()._replace(**{name: None}))
    uniform(result)
    assert {"Roma residents", "African residents"} <= set(gaps(result))
    assert gaps(result)["African residents"] == {"only_after_incidents"}
    assert gaps(result, WARD)["Larkfield"] == {"never_reached"}
    if name != "communities":
        assert set(gaps(result)) == {"Roma residents", "African residents"}
    for layer, note in MISSING.items():
        assert (note in result.notes) == (layer == name)
    left = {one.name for one in result.answers}
    assert left <= {one.name for one in town.answers}
    assert ("quiet_and_unheard" in result.wards) == (name != "incidents")
    assert {one.name for one in town.answers} - left >= GONE[name]


def test_without_residents_reach_and_recency_are_told():
    wards = area().wards.drop(columns="population")
    result = measured(sample()._replace(communities=None, wards=wards))
    assert result.table["expected"].isna().all()
    assert not result.table["flag"].isin(["adequate", "under_engaged", "watch", "not_enough_evidence"]).any()
    said = result.findings.set_index("subject")
    roma = said.loc["Roma residents"]
    assert roma["sentence"] == "The log has no meeting with Roma residents in two years."
    assert roma["evidence"] == "0 events; how many people live here is not known."
    assert said.loc["Irish residents", "evidence"] == "347 days since the last event."
    assert result.table.loc[result.table["level"] == WARD, "reach"].notna().any()


def test_only_a_log_and_wards():
    result = measured(Layers(wards=area().wards, engagements=sample().engagements))
    uniform(result)
    assert set(MISSING.values()) <= set(result.notes)
    assert "185 engagements name no place." in result.notes
    assert "180 of 294 engagements name no community: who was met there is not known. They count for wards, and never "
    # nobody knows that there are Roma residents at all
    assert "Roma residents" not in gaps(result)
    assert gaps(result, WARD) == {"Larkfield": {"never_reached"}}
    bare = sample().engagements[["engagement_id", "date", "activity", "ward_code", "geometry"]]
    result = measured(Layers(wards=area().wards, engagements=bare))
    uniform(result)
    assert set(result.table["level"]) == {WARD}
    assert result.counts["contacts"] == 0


def test_empty_layers_are_missing_layers():
    tables = {name: getattr(sample(), name).head(0) for name in OPTIONAL}
    result = measured(sample()._replace(**tables))
    uniform(result)
    assert set(MISSING.values()) <= set(result.notes)
    assert "180 of 294 engagements name no community" in " ".join(result.notes)


def test_unplaced_open_meetings_may_have_reached_the_largest_community():
    """Without focal points most meetings have no place: that must not make the largest community look left out."""
    result = measured(sample()._replace(focal_points=None))
    row = result.table[(result.table["level"] == COMMUNITY) & (result.table["community"] == "White British")].iloc[0]
    assert row["ratio"] < 0.4
    assert row["perhaps_met"]
    assert row["flag"] == "not_enough_evidence"


def test_the_kind_of_community():
    ages = measured(group_set="age_band")
    rows = ages.table[ages.table["level"] == COMMUNITY]
    assert set(rows["flag"]) == {"no_contacts"}
    assert len(rows) == 5  # ethnic groups are no age
    assert gaps(ages) == {}
    assert any(
        note.startswith("292 of 292 engagements name no community of the kind age_band: ") for note in ages.notes
    )
    with pytest.raises(GeoError, match=r"no such kind of community\.\nThere are: age_band, ethnic_group\."):
        measured(group_set="language")
    # without any, there is nothing to choose from
    assert gaps(measured(sample()._replace(communities=None), group_set="language"))["Roma residents"]
    # where engagements name none of them, ethnic groups; where they name another kind more, and no ethnic group, that
    nobody = measured(
        sample()._replace(engagements=sample().engagements.drop(columns="communities"), focal_points=None)
    )
    assert dict(p[:2] for p in nobody.parameters)["kind of community"] == "ethnic_group"
    people = sample().communities
    renamed = people.assign(group_set=people["group_set"].replace("ethnic_group", "heritage"))
    other = measured(sample()._replace(communities=renamed))
    assert dict(p[:2] for p in other.parameters)["kind of community"] == "heritage"
    assert set(gaps(other)) == {"Roma residents", "African residents"}
    twice = pd.concat([people, renamed[renamed["group_set"] == "heritage"]])
    both = measured(sample()._replace(communities=twice))
    assert "Communities of the kind ethnic_group are judged; for heritage run again with --group-set." in both.notes


def test_the_period(town):
    with pytest.raises(GeoError, match="No engagement up to 2023-12-31 among 297 rows"):
        measured(as_of=pd.Timestamp("2023-12-31"))
    with pytest.raises(GeoError, match="No engagement from 2025-12-31 up to 2025-12-31 among 297 rows"):
        measured(since=pd.Timestamp("2025-12-31"))
    with pytest.raises(GeoError, match="No engagement up to 2025-12-31 among 0 rows"):
        measured(sample()._replace(engagements=sample().engagements.head(0)))
    half = measured(as_of=pd.Timestamp("2025-06-30 23:00"), since=pd.Timestamp("2025-01-01"))
    assert len(half.engagements) == town.engagements["date"].between("2025-01-01", "2025-06-30").sum() == 76
    assert half.table["last_date"].max() <= pd.Timestamp("2025-06-30")
    assert describe_days(half) == "1 January 2025 to 30 June 2025"


def test_a_log_that_ends_long_before_the_report_says_so(town):
    last = town.engagements["date"].max()
    late = measured(as_of=last + pd.Timedelta(days=61))
    told = (
        f"The log ends on {last:%Y-%m-%d}, 61 days before the day of this report: whether anybody was met since is not"
    )
    assert late.notes[0].startswith(told)
    for notes in (town.notes, measured(as_of=last + pd.Timedelta(days=60)).notes):
        assert not any("The log ends" in one for one in notes)


def test_the_rule_is_the_one_asked_for():
    strict = measured(rule=Rule(threshold=0.5, probability=0.99))
    assert not strict.table["flag"].eq("under_engaged").all()
    assert len(gaps(strict, WARD)) < len(gaps(measured(), WARD))
    larkfield = strict.findings[strict.findings["subject"] == "Larkfield"].iloc[0]
    assert "probability of less than 0.5 of a share" in larkfield["evidence"]
    assert dict(p[:2] for p in strict.parameters)["probability"] == "0.99"


def test_the_order_of_rows_changes_nothing_and_inputs_stay(town):
    layers = sample()
    before = {name: getattr(layers, name).copy() for name in (*READ, "wards", "incidents", "hotspots")}
    shuffled = {name: getattr(layers, name).sample(frac=1, random_state=5) for name in before}
    again = measured(layers._replace(**shuffled))
    assert again.as_record("") == town.as_record("")
    pd.testing.assert_frame_equal(
        pd.DataFrame(again.wards.sort_values("ward_code", ignore_index=True)).drop(columns="geometry"),
        pd.DataFrame(town.wards.sort_values("ward_code", ignore_index=True)).drop(columns="geometry"),
        check_exact=True,
    )
    for name, copy in before.items():
        pd.testing.assert_frame_equal(pd.DataFrame(getattr(layers, name)), pd.DataFrame(copy))


def test_no_person_is_named_in_an_answer():
    """Names written where they do not belong: contact persons, stakeholders, notes."""
    points = sample().focal_points
    points = points.assign(
        spoc=[f"Sgt Canaryspoc {i}" for i in range(len(points))],
        stakeholder=[f"Imam Canarystakeholder {i}" for i in range(len(points))],
    )
    log = sample().engagements.assign(notes="Met Mrs Canarynote of 4 Mill Lane")
    result = measured(sample()._replace(focal_points=points, engagements=log))
    record = json.dumps(result.as_record(headline(result, where="Ashview")), ensure_ascii=False)
    sheets = " ".join(one.table.to_csv() + one.sentence + one.question for one in result.sheets)
    for text in (record, sheets, result.table.to_csv(), " ".join(result.notes), str(result.parameters)):
        assert "canary" not in text.casefold()


def test_equal_engagement_is_rarely_called_too_little():
    """Logs in which everybody is met at the same rate, half of the meetings naming nobody, through every measure.

    The full thousand is benchmarks/engagement_logs.py.
    """
    people = sample().communities
    people = people[(people["group_set"] == "ethnic_group") & (people["population"] > 0)].reset_index(drop=True)
    share = people["population"].to_numpy() / people["population"].sum()
    rng = np.random.default_rng(3)
    crs = area().wards.crs
    under = {COMMUNITY: [], WARD: []}
    for events, part_open in [(150, 0.0), (300, 0.0), (300, 0.6), (600, 0.3)] * 4:
        cell = rng.choice(len(people), events, p=share)
        named = people["community"].to_numpy(dtype=object)[cell]
        log = sample().engagements.iloc[[0] * events][["date", "geometry"]].reset_index(drop=True)
        log = log.assign(
            engagement_id=[f"E{i}" for i in range(events)],
            date=AS_OF - pd.to_timedelta(rng.integers(0, 730, events), unit="D"),
            ward_code=people["ward_code"].to_numpy(dtype=object)[cell],
            communities=np.where(rng.random(events) < part_open, None, named),
            attendees=np.ceil(rng.lognormal(2.6, 0.8, events)),
            geometry=None,
        ).set_geometry("geometry", crs=crs)
        table = measured(Layers(wards=area().wards, engagements=log, communities=people)).table
        for level, found in under.items():
            found += table.loc[table["level"] == level, "flag"].eq("under_engaged").tolist()
    assert np.mean(under[COMMUNITY]) <= 0.05
    assert np.mean(under[WARD]) <= 0.05


# --- the gate before every question


def test_a_question_needs_its_columns_filled_up_to_the_day_of_the_report():
    log = sample().engagements.drop(columns=["initiation", "channel"]).assign(audience=None)
    later = sample().priorities.assign(raised_on=pd.Timestamp("2026-01-01"))
    result = measured(sample()._replace(engagements=log, priorities=later))
    uniform(result)
    names = {one.name for one in result.answers}
    assert not names & {"initiation", "channels", "audiences", "young_people", "priorities", "overdue", "stages"}
    (note,) = [note for note in result.notes if "that this log lacks" in note]
    assert note.startswith("10 questions need columns that this log lacks: ")
    assert "engagements.initiation" in note
    assert measured().notes == [other for other in measured().notes if "lacks" not in other]
    spoken = " ".join(one.sentence for one in result.answers)
    assert "0 of 0" not in spoken


def test_nothing_after_the_day_of_the_report_and_no_periods_that_do_not_meet():
    half = measured(as_of=pd.Timestamp("2025-06-30"))
    kept = sample().incidents["occurred_from"].dt.normalize() <= pd.Timestamp("2025-06-30")
    late = int((~kept).sum())
    assert late > 0
    assert f"{late:,} reports after 2025-06-30 are not used." in half.notes
    assert half.wards["incidents"].sum() == kept.sum()
    old = sample().incidents.assign(occurred_from=pd.Timestamp("2020-05-05"), month="2020-05")
    apart = measured(sample()._replace(incidents=old))
    assert "The reports end in 2020-05, before the log begins: the two are not compared." in apart.notes
    assert "quiet_and_unheard" not in apart.wards
    uniform(apart)


def test_visits_of_a_timetable_are_recorded_visits():
    """With a diary the page said that nothing was recorded beside 80 visits."""
    days = pd.date_range("2025-01-06", periods=40, freq="7D")
    ward = sample().wards["ward_code"].iloc[0]
    visits = pd.DataFrame({"engagement_id": [f"V{i}" for i in range(40)], "date": days, "activity": "drop_in"})
    visits = visits.assign(ward_code=ward, attendees=float("nan"), initiation="proactive")
    log = sample().engagements.iloc[:0]
    diary = type(log)(visits, geometry=[None] * 40, crs=log.crs)
    result = measured(Layers(wards=sample().wards, engagements=diary))
    assert "Nothing is recorded" not in " ".join(one.sentence for one in result.answers)
    name = sample().wards["ward_name"].iloc[0]
    assert result.wards.set_index("ward_name").loc[name, "events"] == 40
    assert name not in {subject for subject, flags in gaps(result, WARD).items() if "never_reached" in flags}


def test_a_word_nobody_knows_silences_never():
    log = sample().engagements
    spoken = log["communities"].where(log.index != log.index[5], "romanies")
    result = measured(sample()._replace(engagements=log.assign(communities=spoken)))
    assert "never_reached" not in gaps(result).get("Roma residents", set())
    row = result.table[(result.table["level"] == COMMUNITY) & (result.table["community"] == "Roma")].iloc[0]
    assert row["flag"] == "not_enough_evidence"
    never = result.findings[result.findings["flag"] == "never_reached"]
    assert set(never["level"]) == {WARD}  # places are known by their code
    assert "none is recorded with their young people" not in answer(result, "young_people").sentence


def test_the_second_yardstick_and_what_the_log_could_have_shown(town):
    need = answer(town, "need")
    assert set(need.table["yardstick"]) == {
        "reports",
        "deprived areas",
        "residents under 25",
        "answers that are not positive on safety",
    }
    for _, rows in need.table.groupby("yardstick"):
        assert rows["expected"].sum() == pytest.approx(292)
        assert rows["events"].sum() == 292
    shown = answer(town, "could_show")
    assert "60% of the engagements name no community." in shown.sentence
    assert shown.table["could_show"].between(0, 1).all()
    assert len(shown.table) == 31
    assert town.counts["chance_of_any_false_flag"] <= 0.1
    assert town.counts["unnamed_share"] == pytest.approx(1 - 117 / 292, abs=0.001)


def test_another_spelling_is_no_community_with_a_gap():
    log = sample().engagements
    spelled = log["communities"].str.replace("Pakistani", "PAKISTANI COMMUNITY")
    early = measured(
        sample()._replace(engagements=log.assign(communities=spelled)[log["date"] < "2025-03-01"]),
    )
    assert not any("PAKISTANI COMMUNITY" in subject for subject in gaps(early))
    assert any("names PAKISTANI COMMUNITY, which the communities layer does not know" in note for note in early.notes)
    assert "never_reached" not in gaps(early).get("Pakistani residents", set())
