from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.engagement.columns import exploded, split

WORDS = st.lists(st.sampled_from(["African", "Arab", "Roma", "Irish"]), unique=True)


def test_one_row_a_value_with_its_share():
    table = pd.DataFrame({"communities": ["Arab;Roma", None, "Irish", np.nan], "attendees": [10.0, 5.0, 3.0, 1.0]})
    found = exploded(table, "communities")
    assert found["communities"].tolist() == ["Arab", "Roma", "Irish"]
    assert found["share"].tolist() == [0.5, 0.5, 1.0]
    assert found.index.tolist() == [0, 0, 2]
    assert (found["attendees"] * found["share"]).tolist() == [5.0, 5.0, 3.0]
    assert list(table.columns) == ["communities", "attendees"]


def test_blanks_empty_parts_and_repeats_do_not_count():
    found = exploded(pd.DataFrame({"themes": [" a ; b;", ";", "a;a", ""]}), "themes")
    assert found["themes"].tolist() == ["a", "b", "a"]
    assert found["share"].tolist() == [0.5, 0.5, 1.0]


def test_categories_stay_categories_and_layers_stay_layers():
    table = pd.DataFrame({"x": pd.Categorical(["b;a", None, "a"])})
    assert exploded(table, "x")["x"].dtype == pd.CategoricalDtype(["a", "b"])
    assert exploded(table, "x")["x"].tolist() == ["b", "a", "a"]
    layer = gpd.GeoDataFrame({"x": ["a;b"]}, geometry=gpd.points_from_xy([1], [2]), crs="EPSG:27700")
    assert isinstance(exploded(layer, "x"), gpd.GeoDataFrame)
    assert exploded(layer, "x").crs == layer.crs


@pytest.mark.parametrize("values", [[], [None, None]], ids=["no rows", "no values"])
def test_nothing_to_take_apart(values):
    found = exploded(pd.DataFrame({"x": pd.Series(values, dtype=object)}), "x")
    assert len(found) == 0
    assert list(found.columns) == ["x", "share"]


@settings(deadline=None)
@given(st.lists(WORDS, max_size=20))
def test_shares_of_a_row_add_to_one_and_pandas_agrees(rows):
    table = pd.DataFrame({"x": pd.Series([";".join(words) or None for words in rows], dtype=object)})
    found = exploded(table, "x")
    plain = table["x"].str.split(";").explode().dropna() if len(table) else table["x"]
    assert found["x"].tolist() == plain.tolist()
    assert found.index.tolist() == plain.index.tolist()
    totals = found["share"].groupby(level=0).sum()
    assert np.allclose(totals, 1)
    assert sorted(totals.index) == [i for i, words in enumerate(rows) if words]


def test_the_numbers_point_at_names_in_alphabetical_order():
    found = split(pd.Series(["b;a", "c"]))
    assert found.names == ["a", "b", "c"]
    assert [found.names[i] for i in found.value] == ["b", "a", "c"]
    assert found.row.tolist() == [0, 0, 1]
