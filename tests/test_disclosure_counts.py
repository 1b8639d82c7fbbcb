"""Small counts: hidden, rounded, and not to be had back from a rate."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.disclosure.counts import banded, hidden_with, is_small, protected, rescaled, rounded
from geo.errors import GeoError

COUNTS = st.lists(st.integers(0, 10_000), min_size=1, max_size=40)


def test_the_rule_of_the_statistics_office():
    counts = [0, 9, 10, 12, 13, 17, 18, 57, 167]
    shown = protected(counts, minimum=10, base=5, zero_is_small=True)
    np.testing.assert_array_equal(shown, [np.nan, np.nan, 10, 10, 15, 15, 20, 55, 165])


def test_no_activity_may_be_told_and_no_person_of_a_group_may_not():
    assert protected([0], minimum=10, base=5, zero_is_small=False)[0] == 0
    assert np.isnan(protected([0], minimum=10, base=5, zero_is_small=True)[0])


def test_rounded_cells_need_not_add_up():
    cells = [12, 12, 12]
    assert rounded(cells, 5).sum() == 30
    assert rounded([sum(cells)], 5)[0] == 35


def test_rounding_never_goes_below_the_minimum():
    assert protected([12, 13], minimum=12, base=5, zero_is_small=False).tolist() == [15, 15]


def test_unknown_is_neither_small_nor_shown():
    assert not is_small([np.nan], 10, zero_is_small=True).any()
    assert np.isnan(protected([np.nan], zero_is_small=False)).all()


def test_a_fraction_of_a_contact_is_small():
    assert is_small([0.5, 9.9, 10.0], 10, zero_is_small=False).tolist() == [True, True, False]


def test_a_change_is_no_count():
    with pytest.raises(GeoError, match="below zero"):
        is_small([-1], 10, zero_is_small=False)


@given(COUNTS, st.integers(1, 30), st.sampled_from([1, 2, 5, 10]), st.booleans())
def test_nothing_small_is_ever_shown_and_twice_is_once(counts, minimum, base, zero_is_small):
    shown = protected(counts, minimum=minimum, base=base, zero_is_small=zero_is_small)
    told = shown[~np.isnan(shown)]
    assert not ((told > 0) & (told < minimum)).any()
    assert (told % base == 0).all()
    assert not zero_is_small or (told >= minimum).all()
    np.testing.assert_array_equal(shown, protected(shown, minimum=minimum, base=base, zero_is_small=zero_is_small))
    near = np.asarray(counts)[~np.isnan(shown)]
    assert (np.abs(told - near) <= max(base / 2, base * np.ceil(minimum / base) - minimum)).all()


def test_a_share_is_hidden_with_its_numerator_or_denominator():
    shares = hidden_with([0.1, 0.2, 0.3], [True, False, False], [False, False, True])
    np.testing.assert_array_equal(shares, [np.nan, 0.2, np.nan])


def test_a_rate_follows_the_rounded_count():
    # 13 of 1,000 and 4 of 1,000; 15 are told of the first, nothing of the second; none stays none
    rates = rescaled([13.0, 4.0, 0.0], [13, 4, 0], [15, np.nan, 0])
    np.testing.assert_allclose(rates, [15.0, np.nan, 0.0])


def test_bands_begin_at_their_edge():
    found = banded([0.1, 0.5, 0.79, 0.8, np.nan], [0.5, 0.8], ["unlikely", "as likely as not", "likely"])
    assert found.tolist() == ["unlikely", "as likely as not", "as likely as not", "likely", None]
    with pytest.raises(GeoError):
        banded([1.0], [2.0, 1.0], ["a", "b", "c"])
