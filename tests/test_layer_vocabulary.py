"""Controlled words."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.reading import vocabulary
from layers.reading.report import ReadReport
from layers.reading.vocabulary import ACTIVITY, ASB_TYPE, LEAD_TYPE, OBJECTIVE, Vocabulary, split_values, word_key

ALL = sorted((one for one in vars(vocabulary).values() if isinstance(one, Vocabulary)), key=lambda one: str(one.codes))


def read(words: Vocabulary, *cells: str | None, several: bool = False) -> tuple[list[str | None], list[str]]:
    report = ReadReport("engagements")
    return words.read(pd.Series(cells, dtype=object), report, several=several).tolist(), report.choices


@pytest.mark.parametrize("words", ALL, ids=lambda one: one.name)
def test_no_word_means_two_codes(words: Vocabulary) -> None:
    seen: dict[str, str] = {}
    for code, also in words.codes.items():
        for word in (code, *also.split(",")):
            if word_key(word):
                assert seen.setdefault(word_key(word), code) == code
    assert all(words.code(code) == code for code in words.codes)


def test_case_punctuation_and_plurals_do_not_matter() -> None:
    found, choices = read(ACTIVITY, "Foot Patrol", "foot-patrols", "COFFEE MORNING.", "PACT", "1:1", None)
    assert found == ["foot_patrol", "foot_patrol", "drop_in", "public_meeting", "one_to_one", None]
    assert choices == []


@pytest.mark.parametrize(
    "word", ["2. In progress", "2 - in progress", "2: In progress", "(2) In progress", "2) In progress"]
)
def test_a_word_may_be_numbered(word: str) -> None:
    assert vocabulary.STATUS.code(word) == "in_progress"


def test_an_unknown_word_is_kept_counted_and_its_neighbour_named() -> None:
    found, choices = read(ACTIVITY, "Foot patroll", "Foot patroll", "tombola", "Other: tea dance", "other")
    assert found == ["other:Foot patroll", "other:Foot patroll", "other:tombola", "other:tea dance", "other"]
    assert "4 answers not in the list" in choices[0]
    assert "'Foot patroll' (2 times; nearest: foot_patrol)" in choices[0]


@pytest.mark.parametrize(
    "cell",
    [
        "Build trust;Reassurance;",
        "Build trust|reassure",
        "build_trust;#reassure",
        "Build trust;#3;#Reassure;#7",
        '["build_trust", "reassure"]',
        '[{"Id": 1, "Value": "Build trust"}, {"Id": 2, "Value": "Reassure"}]',
        "Build trust, Reassure",
        "Build trust\nReassure",
        "build_trust reassure",
        "Build trust and reassure",
        "Build trust;Reassure;Build trust;",
    ],
)
def test_several_answers_in_one_cell(cell: str) -> None:
    assert read(OBJECTIVE, cell, several=True) == (["build_trust;reassure"], [])


def test_a_comma_inside_an_unknown_answer_parts_nothing() -> None:
    assert read(OBJECTIVE, "tea, cake", several=True)[0] == ["other:tea, cake"]


def test_one_answer_is_wanted_and_several_are_given() -> None:
    found, choices = read(ACTIVITY, "forum;survey")
    assert found == ["forum"]
    assert "1 row with more than one answer" in choices[0]


def test_both_words_of_both_documents() -> None:
    assert read(LEAD_TYPE, "police", "partner", "community", "community_group", "council")[0] == [
        "police",
        "partner",
        "community",
        "community_group",
        "council",
    ]
    assert read(ASB_TYPE, "unclassified", "unspecified")[0] == ["unspecified"] * 2


def test_words_can_be_added() -> None:
    more = ACTIVITY.extended({"tea_dance": "tombola", "forum": "round table"})
    assert read(more, "Tombola", "Round Table", "leaders forum")[0] == ["tea_dance", "forum", "forum"]
    assert ACTIVITY.code("tombola") is None
    assert more.label("tea_dance") == "tea dance"


def test_a_hostile_answer_stays_short_and_whole() -> None:
    found, choices = read(OBJECTIVE, "=cmd()" + "x" * 100_000, "[" * 5000, several=True)
    assert found[0] is not None
    assert found[0].startswith("other:=cmd()x")
    assert len(found[0]) < 100
    assert len(choices[0]) < 400


@given(st.text(max_size=30))
def test_every_text_gives_codes_without_empty_parts(cell: str) -> None:
    (found,), _ = read(OBJECTIVE, cell, several=True)
    if found is not None:
        assert all(part in OBJECTIVE.codes or part.startswith("other") for part in found.split(";"))
        assert "" not in found.split(";")


def test_values_are_parted_once_each() -> None:
    assert split_values("a; b ;a;") == ["a", "b"]
    assert split_values("English, Welsh or British;Irish") == ["English, Welsh or British", "Irish"]
    assert split_values("  ") == []
