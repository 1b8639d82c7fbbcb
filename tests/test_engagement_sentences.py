"""What the flags say aloud, and that it is not said otherwise: every sentence against the numbers it stands on."""

from __future__ import annotations

import ast
import re

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.engagement.flags import FLAGS, find_flags
from geo.engagement.under_engaged import classify

# how a sentence begins or ends -> what must be so in the row of which it is said
CONDITIONS = {
    r"^The log has no meeting with ": lambda row: row.events == 0 and pd.isna(row.unknown_words),
    r"^The team last met ": lambda row: row.days_since_last >= 183,
    r"^The team meets .* less than their share: ": lambda row: (
        row.status == "under_engaged" and row.events < 0.8 * row.expected and row.expected_programmes >= 3
    ),
    r"^The team may be meeting .* less than their share: ": lambda row: (
        row.status == "watch" and row.expected_programmes >= 3
    ),
    r" only after something has happened: ": lambda row: row.proactive == 0 and row.initiation_known >= 4,
    r" mostly after something has happened: ": lambda row: 0 < row.proactive < row.initiation_known / 2,
    r"^The team invited ": lambda row: row.attended < row.invited / 2,
    r" in one way only": lambda row: row.methods == 1 and row.events >= 5,
    r" with one aim only": lambda row: row.objectives == 1 and row.events >= 5,
    r"^Not enough evidence: the log does not name ": lambda row: row.events == 0 and pd.notna(row.unknown_words),
    r"^Not enough evidence: .*Write down who comes": lambda row: row.perhaps_met and row.open_events > 0,
    r"^Not enough evidence: .* (are needed|does not settle it)": lambda row: row.status == "not_enough_evidence",
    r"contacts where nobody lives": lambda row: row.status == "nobody_lives_here",
    r"no contacts recorded in the period": lambda row: row.status == "no_contacts",
    r"no data for this period": lambda row: row.status == "no_data",
}


def rows_of(drawn: list[tuple[int, int, float, int, int, int, int, bool, bool]]) -> pd.DataFrame:
    names = "programmes more expected_programmes proactive asked invited_no invited_yes unknown open".split()
    table = pd.DataFrame(drawn, columns=names)
    table = table.assign(
        subject=[f"Group {number} residents" for number in range(len(table))],
        events=table["programmes"] + np.where(table["programmes"] > 0, table["more"], 0),
        expected=table["expected_programmes"] * 1.5,
        population=table["expected_programmes"] * 100,
        initiation_known=table["proactive"] + table["asked"],
        invited=table["invited_no"] + table["invited_yes"],
        attended=table["invited_yes"],
        methods=1.0 + table["more"] % 2,
        objectives=1.0 + table["asked"] % 2,
        unknown_words=np.where(table["unknown"], "Romanies", None),
        open_events=np.where(table["open"], 9.0, 0.0),
        period_days=730.0,
        threshold=0.8,
    )
    said = classify(table["programmes"], table["expected_programmes"], table["population"])
    few = table["events"] < 0.8 * table["expected"]
    short = said["status"].isin(("under_engaged", "watch"))
    status = said["status"].mask(short & ~few, "not_enough_evidence")
    perhaps = short & few & table["open"]
    return table.assign(
        status=status.mask(perhaps, "not_enough_evidence"),
        perhaps_met=perhaps,
        probability_below=said["probability_below"],
        ratio=table["events"] / table["expected"],
        ratio_unnamed=0.9,
        days_since_last=np.where(table["events"] > 0, 30.0 * table["more"], np.nan),
    )


drawn = st.tuples(
    st.integers(0, 30), st.integers(0, 12), st.floats(0.2, 40), st.integers(0, 6), st.integers(0, 6),
    st.integers(0, 6), st.integers(0, 6), st.booleans(), st.booleans(),
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.lists(drawn, min_size=1, max_size=12))
def test_no_sentence_is_said_where_its_condition_is_not_true(given_rows):
    table = rows_of(given_rows)
    for index, found in find_flags(table).iterrows():
        row = table.loc[index]
        met = [holds for begins, holds in CONDITIONS.items() if re.search(begins, found["sentence"])]
        assert len(met) == 1, found["sentence"]
        assert met[0](row), (found["sentence"], row.to_dict())
        assert "nan" not in found["sentence"] + found["evidence"]


def test_every_flag_has_a_condition_and_a_sentence():
    assert all(flag.needs and callable(flag.applies) and callable(flag.sentence) for flag in FLAGS)
    assert len(CONDITIONS) >= len(FLAGS)


# what must never be said of anybody, in any sentence of geo/engagement
NEVER = ("fault of", "their fault", "hard to reach", "hard-to-reach", "refuse to engage", "risky communit", "0 of 0")
SOURCES = sorted((ROOT / "geo" / "engagement").rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_nothing_blames_a_community(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    for text in texts:
        assert not [words for words in NEVER if words in text.lower()], text
