import math

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import GeoError
from geo.hotspots.mix import HEADINGS, TYPES, WEIGHTS, impact, type_mix
from layers.incidents import read_incidents

THIRTEEN = (
    "Vehicle Abandoned; Vehicle Nuisance; Rowdy or Inconsiderate; Rowdy/Nuisance Neighbours; "
    "Littering/Drug Paraphernalia; Animal Problems; Trespass; Nuisance Communications; Street Drinking; "
    "Prostitution-Related; Noise; Begging/Vagrancy; Fireworks"
).split("; ")


@pytest.fixture(scope="module")
def ashview():
    return read_incidents(ROOT / "data" / "ashview" / "incidents.csv")[0]


# --- refused


def test_police_uk_has_no_types():
    for table in (
        pd.DataFrame({"month": ["2024-01"], "crime_type": ["Anti-social behaviour"]}),
        pd.DataFrame({"asb_type": [None, " "], "category": ["", None]}),
    ):
        with pytest.raises(
            GeoError, match="incidents: no row has an asb_type or a category.*\ndata.police.uk publishes no"
        ):
            type_mix(table)


def test_no_type_no_weight():
    with pytest.raises(GeoError, match="incidents: no column 'asb_type', so incidents cannot be weighted by type."):
        impact(pd.DataFrame({"month": ["2024-01"]}))


def test_weights_are_numbers_of_0_or_more():
    for bad in (-1, math.nan, math.inf):
        with pytest.raises(GeoError, match="weights: noise is not a number of 0 or more.\n1 counts an incident once."):
            impact(pd.DataFrame({"asb_type": ["noise"]}), {"noise": bad})
    with pytest.raises(GeoError, match="weights: default is not"):
        impact(pd.DataFrame({"asb_type": ["noise"]}), default=-1)


# --- mix


def test_recorded_type_wins_even_when_unspecified():
    found = type_mix(
        pd.DataFrame({
            "asb_type": ["Personal ", "unspecified", None, "", "hate"],
            "category": ["Noise", "Noise", "Noise", "a thing", "Noise"],
        })
    )  # fmt: skip
    assert found.table.to_dict("list") == {
        "type": list(TYPES),
        "incidents": [1, 1, 0, 3],
        "share": [0.2, 0.2, 0.0, 0.6],
    }
    assert (found.by_heading_share, found.unclassified_share, found.unknown) == (0.2, 0.6, ("hate",))
    assert found.sentence == (
        "Of 5 incidents: personal 20%, nuisance 20%, environmental 0%; 60% unspecified. "
        "For 20% no type was recorded and the heading was read instead: a fallback."
    )


def test_every_heading_of_the_thirteen_is_known():
    assert set(HEADINGS) == {heading.casefold() for heading in THIRTEEN}
    found = type_mix(pd.DataFrame({"category": THIRTEEN}))
    assert found.table["incidents"].tolist() == [2, 9, 2, 0]
    assert (found.by_heading_share, found.unclassified_share) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("LITTERING / DRUGS PARAPHERNALIA", "environmental"),
        ("Abandoned vehicles", "environmental"),
        ("Fly tipping", "environmental"),
        ("Neighbour dispute", "personal"),
        ("Malicious/nuisance communications", "personal"),
        ("Rowdy behaviour", "nuisance"),
        ("Vehicle nuisance/inappropriate use", "nuisance"),
        ("Something else", "unspecified"),
    ],
)
def test_other_words_are_read_by_keyword(heading, kind):
    table = type_mix(pd.DataFrame({"category": [heading]})).table
    assert table.loc[table["incidents"] == 1, "type"].tolist() == [kind]


def test_ashview_mix_is_as_recorded(ashview):
    before = ashview.copy()
    found = type_mix(ashview)
    counts = ashview["asb_type"].value_counts()
    assert found.table.set_index("type")["incidents"].to_dict() == counts.to_dict()
    assert (found.by_heading_share, found.unknown) == (0.0, ())
    assert "fallback" not in found.sentence
    pd.testing.assert_frame_equal(ashview, before)


def test_headings_are_only_a_fallback(ashview):
    """The sample's headings tell the recorded type for most rows, not for all: that is why the recorded one wins."""
    found = type_mix(ashview.drop(columns="asb_type"))
    assert found.by_heading_share == 1.0
    read = ashview["category"].str.casefold().map(HEADINGS)
    assert 0.75 < (read == ashview["asb_type"]).mean() < 0.95


# --- impact


def test_impact_by_hand():
    table = pd.DataFrame({"asb_type": ["Personal", "nuisance", "nuisance", "graffiti", None]})
    found = impact(table, {"personal": 5, "Nuisance": 1.5})
    assert found == (
        5,
        10.0,
        "personal",
        0.5,
        0.5,
        ("graffiti", "not recorded"),
        "5 incidents, weighing 10 by the weights given; personal makes 50% of the weight. "
        "Counted 1 each for want of a weight: graffiti, not recorded.",
    )


def test_default_weights_are_one_and_change_nothing(ashview):
    assert set(WEIGHTS) == set(TYPES)
    found = impact(ashview)
    assert (found.incidents, found.weighted, found.unknown) == (len(ashview), len(ashview), ())
    assert found.heaviest_type == "nuisance"
    with pytest.raises(TypeError):
        WEIGHTS["personal"] = 3  # a constant of the module; a local table is given, not written here


def test_weights_by_heading(ashview):
    found = impact(ashview, {"Rowdy/Nuisance Neighbours": 4}, column="category")
    neighbours = int((ashview["category"] == "Rowdy/Nuisance Neighbours").sum())
    assert found.weighted == len(ashview) + 3 * neighbours
    assert len(found.unknown) == 12


def test_one_heavy_row_shows():
    found = impact(pd.DataFrame({"asb_type": ["arson"] + ["noise"] * 9}), {"arson": 91, "noise": 1})
    assert found.heaviest_incident_share == 0.91


def test_nothing_weighs_nothing():
    found = impact(pd.DataFrame({"asb_type": ["noise"]}), {"noise": 0})
    assert (found.weighted, found.heaviest_type) == (0.0, "")
    assert found.sentence == "1 incident, weight 0 by the weights given."
    assert impact(pd.DataFrame({"asb_type": pd.Series([], dtype="object")})).incidents == 0


# --- laws

rows = st.lists(
    st.tuples(st.sampled_from([*TYPES, "hate", None]), st.sampled_from([*THIRTEEN, "other", None])), min_size=1
)


@given(rows, st.randoms())
def test_shares_add_up_and_order_does_not_matter(drawn, random):
    table = pd.DataFrame(drawn, columns=["asb_type", "category"])
    if table.isna().all(axis=None):
        return
    order = list(range(len(table)))
    random.shuffle(order)
    found, other = type_mix(table), type_mix(table.iloc[order])
    pd.testing.assert_frame_equal(found.table, other.table)
    assert found[1:] == other[1:]
    assert found.table["incidents"].sum() == len(table)
    assert found.table["share"].sum() == pytest.approx(1)
    weights = {"personal": 3.0, "hate": 10.0}
    assert impact(table, weights) == impact(table.iloc[order], weights)
    assert impact(table, dict.fromkeys(TYPES, 2.0), default=2.0).weighted == 2 * len(table)
    assert np.isfinite(impact(table).heaviest_type_share)
