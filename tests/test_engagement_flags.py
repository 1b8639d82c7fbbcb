"""The rule for under-engaged, how often it errs, and what is said aloud."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from geo.engagement import flags as gaps
from geo.engagement import under_engaged as flags
from geo.engagement.rates import expected_by_composition, expected_by_rate
from geo.engagement.shrinkage import FIXED, prior_for
from maps import flags as maps_flags

N = [4000, 1500, 600, 7000, 2500, 900]
S, T = [12, 3, 0, 25, 8, 2], [40, 2, 0, 90, 3, 1]
# residents of 19 groups of a town, most of them small
TOWN = np.array(
    [*[55960, 9890, 8060, 4600, 4070, 3840, 2780, 1560, 1410, 1240, 1190, 1030], 880, 800, 710, 670, 650, 440, 230]
)


def test_the_page_has_the_words_of_every_flag_and_no_other():
    """maps/ may not import geo.engagement, so the list stands twice: here they are held together."""
    ours = [code.replace("_", " ") for code in dict.fromkeys([*gaps.PRIORITY, flags.ADEQUATE, flags.NOBODY])]
    theirs = [flag.words.replace("-", " ") for flag in maps_flags.FLAGS]
    assert sorted(theirs) == sorted(ours)
    assert len(theirs) == len(set(theirs))
    for code in (*gaps.PRIORITY, flags.ADEQUATE, flags.NOBODY):
        assert maps_flags.flag_of(code) in maps_flags.FLAGS


# --- the rule


@pytest.mark.parametrize("fitted", [True, False])
def test_wards_that_differ(fitted):
    expected = expected_by_rate(T, N)
    found = flags.classify(T, expected, N, prior=prior_for(T, expected) if fitted else FIXED)
    assert found["status"].tolist() == [
        "adequate",
        "under_engaged",
        "under_engaged",
        "adequate",
        "under_engaged",
        "under_engaged",
    ]
    if fitted:
        assert flags.expected_false_flags(found) == pytest.approx(0.00957, abs=1e-5)


def test_wards_that_do_not_differ():
    found = flags.classify(S, expected_by_rate(S, N), N)
    thin = "not_enough_evidence"
    assert found["status"].tolist() == [thin, "watch", thin, "adequate", thin, thin]
    assert flags.expected_false_flags(found) == 0


def test_composition():
    contacts, people = [170, 20, 8, 2], [15000, 3000, 1500, 500]
    found = flags.classify(contacts, expected_by_composition(contacts, people), people)
    assert found["status"].tolist() == ["adequate", "watch", "under_engaged", "under_engaged"]
    assert found["probability_below"].tolist() == pytest.approx([0.00001, 0.78799, 0.87027, 0.80938], abs=6e-6)
    assert found["ratio"].tolist() == pytest.approx([1.13333, 0.66667, 0.53333, 0.4], rel=1e-4)


def test_contacts_in_crowds_are_less_evidence():
    found = flags.classify([8, 8, 8, 0, 0, 0], [24, 24, 24, 12, 12, 12], phi=[1, 4, 10, 1, 4, 6])
    assert found["status"].tolist() == ["under_engaged", "under_engaged", "not_enough_evidence"] * 2
    assert found["expected"].tolist() == pytest.approx([24, 6, 2.4, 12, 3, 2])


def test_order_of_the_rule_where_nobody_lives_or_nothing_is_known():
    found = flags.classify(
        pd.Series([0, 5, 2, np.nan, 0, 4], index=list("abcdef")),
        pd.Series([np.nan, np.nan, 3, 3, 0, np.nan], index=list("abcdef")),
        [0, 0, np.nan, 100, 100, 100],
    )
    assert found["status"].to_dict() == {
        "a": "not_applicable",
        "b": "nobody_lives_here",
        "c": "no_data",
        "d": "no_data",
        "e": "no_contacts",
        "f": "no_data",
    }
    assert flags.classify([], []).empty


def test_nothing_recorded_anywhere_is_not_under_engagement():
    found = flags.classify([0, 0, 0], expected_by_rate([0, 0, 0], [100, 200, 300]), [100, 200, 300])
    assert set(found["status"]) == {"no_contacts"}


@settings(deadline=None)
@given(st.integers(0, 100), st.floats(0.5, 100), st.floats(1, 20))
def test_more_contacts_never_make_it_worse(count, expected, phi):
    order = ["under_engaged", "watch", "not_enough_evidence", "adequate"]
    rank = [order.index(code) for code in flags.classify([count, count + 1], [expected] * 2, phi=phi)["status"]]
    assert rank == sorted(rank)


@settings(deadline=None)
@given(st.integers(0, 100), st.floats(0.1, 100))
def test_no_flag_below_the_floor(count, expected):
    if expected < 3:
        code = flags.classify([count], [expected])["status"].item()
        assert code in ("adequate", "not_enough_evidence")


# --- how often it errs


def flagged(count, expected):
    """The rule as shipped for one family."""
    beyond = flags.beyond_chance([(count, expected)])[0]
    return (flags.classify(count, expected, beyond=beyond)["status"] == "under_engaged").to_numpy()


def test_what_is_beyond_chance_by_hand():
    # 40 programmes over two: 7 or fewer of 40 at a half, P = 0.0000211; 20 of 40 is no shortfall
    few = stats.binom.cdf(7, 40, 0.5)
    assert few < 0.05 / 2
    assert flags.beyond_chance([([7, 33], [20, 20])])[0].tolist() == [True, False]
    # the same count among many that are looked at: Benjamini and Hochberg's first step is a tenth over their number
    one = stats.binom.cdf(4, 100, 0.1)
    assert 0.1 / 10 < one < 0.1
    alone = flags.beyond_chance([([4, 96], [10, 90])])[0]
    many = flags.beyond_chance([([4, *[96 / 9] * 9], [10] * 10)])[0]
    assert alone.tolist() == [True, False]
    assert not many.any()
    # fewer than three expected are not looked at, and families are corrected together
    assert flags.beyond_chance([([0, 97], [2.9, 94.1])])[0].tolist() == [False, False]
    assert flags.beyond_chance([]) == []
    both = flags.beyond_chance([([7, 33], [20, 20]), ([0, np.nan], [np.nan, 0])])
    assert [own.tolist() for own in both] == [[True, False], [False, False]]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 40), st.floats(0.5, 40)), min_size=2, max_size=15), st.randoms())
def test_the_order_of_rows_does_not_matter(rows, random):
    mixed = rows[:]
    random.shuffle(mixed)
    first, again = (dict(zip(own, flagged(*np.array(own, float).T), strict=True)) for own in (rows, mixed))
    assert first == again


@pytest.mark.parametrize("events", [60, 150, 300, 600])
def test_a_log_that_met_all_alike_is_rarely_wrong_of_anybody(events):
    rng = np.random.default_rng(events)
    share = TOWN / TOWN.sum()
    wrong = []
    for _ in range(200):
        count = rng.multinomial(rng.poisson(events), share)
        wrong.append(flagged(count, count.sum() * share))
    assert np.mean(wrong) <= 0.05
    assert np.mean([one.any() for one in wrong]) <= 0.1
    # and that is what is said beforehand
    stated = flags.chance_of_any_false_flag([events * share])
    assert stated == pytest.approx(np.mean([one.any() for one in wrong]), abs=0.05)
    assert stated <= 0.1


def test_the_chance_of_a_false_flag_where_nothing_can_be_flagged():
    assert flags.chance_of_any_false_flag([]) == flags.chance_of_any_false_flag([[1, 2, np.nan], []]) == 0


def test_what_a_log_can_show_by_hand():
    # 100 programmes, 20 expected, one looked at: flagged up to the 13th, for the P below; a third of 20 is 6.67
    most = max(n for n in range(30) if flags.classify([n], [20.0])["status"].item() == "under_engaged")
    assert stats.binom.cdf(most, 100, 0.2) < 0.1
    shown = flags.chance_to_show([20, 80], judged=1)
    assert shown[0] == pytest.approx(stats.binom.cdf(most, 100, 20 / 300))
    # looking at more, and unnamed engagements, both hide it
    assert shown[0] > flags.chance_to_show([20, 80], judged=40)[0] > 0
    assert flags.chance_to_show([20, 80], judged=1, below=[0.3, 0.8])[0] == pytest.approx(
        stats.binom.cdf(5, 100, 20 / 300)
    )
    assert flags.chance_to_show([2.9, np.nan, 90], judged=3)[0] == 0
    assert np.isnan(flags.chance_to_show([2.9, np.nan, 90], judged=3)[1])


def test_a_large_community_met_at_a_third_of_its_share_is_mostly_flagged():
    """As often as the log itself says; smaller ones less often: docs/engagement.md."""
    rng = np.random.default_rng(7)
    share, events = TOWN / TOWN.sum(), 300
    judged = int((events * share >= 3).sum())
    for one in (1, 3, 5):
        rate = np.where(np.arange(len(TOWN)) == one, share / 3, share * (1 - share[one] / 3) / (1 - share[one]))
        counts = [rng.multinomial(rng.poisson(events), rate) for _ in range(150)]
        found = np.mean([flagged(count, count.sum() * share)[one] for count in counts])
        assert found == pytest.approx(flags.chance_to_show(events * share, judged=judged)[one], abs=0.12)
        assert one > 1 or found > 0.9


# --- what is said


def measures(**changed):
    row = {
        "subject": "Roma residents",
        "population": 900.0,
        "events": 8.0,
        "expected": 8.0,
        "status": "adequate",
        "probability_below": 0.2,
        "days_since_last": 10.0,
        "period_days": 730.0,
        "proactive": 6.0,
        "initiation_known": 8.0,
        "invited": 10.0,
        "attended": 8.0,
        "methods": 3.0,
        "objectives": 4.0,
    }
    return pd.DataFrame([{**row, **changed}])


def select(**changed):
    found = gaps.find_flags(measures(**changed))
    assert len(found) == 1
    return found.iloc[0]


def test_nothing_to_say_of_a_community_that_is_met():
    assert gaps.find_flags(measures()).empty
    first = gaps.first_flag(measures(), gaps.find_flags(measures()))
    assert first.to_dict("records") == [{"flag": "adequate", "reason": ""}]


def test_never_reached():
    found = select(events=0.0, expected=1.7, days_since_last=np.nan, methods=0.0, initiation_known=0.0, proactive=0.0)
    assert found["flag"] == "never_reached"
    assert found["sentence"] == "The log has no meeting with Roma residents in two years: 900 people live here."
    assert found["evidence"] == (
        "0 of 1.7 expected events; probability of less than 0.8 of a share: 20%; "
        "chance alone would give none in 18% of such logs."
    )


@pytest.mark.parametrize(("expected", "people"), [(0.9, 900.0), (1.7, 0.0), (1.7, np.nan)])
def test_not_reached_but_no_meeting_was_due(expected, people):
    assert gaps.find_flags(measures(events=0.0, expected=expected, population=people)).empty


def test_without_residents_who_was_never_met_is_still_told():
    found = select(events=0.0, expected=np.nan, population=np.nan, status=np.nan, days_since_last=np.nan)
    assert found["flag"] == "never_reached"
    assert found["sentence"] == "The log has no meeting with Roma residents in two years."
    assert found["evidence"] == "0 events; how many people live here is not known."
    long_ago = select(expected=np.nan, population=np.nan, status=np.nan, days_since_last=400.0)
    assert long_ago["flag"] == "not_for_a_long_time"
    assert long_ago["evidence"] == "400 days since the last event."


def test_a_community_met_elsewhere_is_not_never_reached_where_open_meetings_were_held():
    assert gaps.find_flags(measures(events=0.0, expected=1.7, days_since_last=np.nan, met_elsewhere=True)).empty


def test_a_gap_that_open_meetings_may_have_filled_says_what_to_write_down():
    found = select(status="not_enough_evidence", events=23.0, expected=73.4, perhaps_met=True, open_events=180.2)
    assert found["sentence"] == (
        "Not enough evidence: 23 times the log names Roma residents, where 73.4 would have been an equal share; but it "
        "names nobody for others, of which about 180 may have met them. Write down who comes."
    )


def test_not_for_a_long_time():
    found = select(days_since_last=365.0)
    assert found["sentence"] == "The team last met Roma residents one year ago: 900 people live here."
    assert found["evidence"] == "365 days since the last event; an equal share would have brought 4.0 in that time."
    # the same stretch where few were due, or a shorter one
    assert gaps.find_flags(measures(days_since_last=365.0, expected=5.0)).empty
    assert gaps.find_flags(measures(days_since_last=182.0, expected=50.0)).empty


def test_under_engaged():
    found = select(status="under_engaged", events=2.0, expected=7.7, probability_below=0.953)
    assert found["sentence"] == (
        "The team meets Roma residents less than their share: 2 times, where 8 would have been an equal share."
    )
    assert found["evidence"] == "2 of 7.7 expected events; probability of less than 0.8 of a share: 95%."


def test_only_after_incidents():
    found = select(proactive=0.0, initiation_known=4.0)
    assert found["flag"] == "only_after_incidents"
    assert found["sentence"] == (
        "The team meets Roma residents only after something has happened: none of 4 meetings was planned or asked for."
    )
    assert found["evidence"] == "0 of 4 events planned or asked for (0%; 95% limits 0 to 49%)."
    assert select(proactive=1.0, initiation_known=12.0)["sentence"] == (
        "The team meets Roma residents mostly after something has happened: 1 of 12 meetings planned or asked for."
    )


@pytest.mark.parametrize(("proactive", "known"), [(0.0, 3.0), (2.0, 8.0), (0.0, 0.0), (np.nan, np.nan)])
def test_too_few_to_say_only_after_incidents(proactive, known):
    assert gaps.find_flags(measures(proactive=proactive, initiation_known=known)).empty


def test_invited_but_not_coming():
    found = select(invited=9.0, attended=1.0)
    assert found["flag"] == "invited_not_coming"
    assert found["sentence"].startswith("The team invited Roma residents 9 times and they came once.")
    assert found["evidence"] == "1 of 9 invitations taken up (11%; 95% limits 2 to 43%)."
    assert gaps.find_flags(measures(invited=0.0, attended=0.0)).empty


def test_one_method_and_one_objective():
    assert select(methods=1.0)["flag"] == "one_method_only"
    assert select(objectives=1.0)["evidence"] == "1 objective in 8 events."
    assert gaps.find_flags(measures(methods=1.0, objectives=1.0, events=4.0)).empty


def test_watch():
    found = select(status="watch", events=5.0, expected=7.7)
    assert found["sentence"].endswith("Look again next quarter.")


def test_not_enough_evidence_names_the_gap_and_the_way_out():
    found = select(status="not_enough_evidence", events=0.0, expected=1.8, population=np.nan)
    assert found["sentence"] == (
        "Not enough evidence: 0 contacts where 1.8 were expected; 3 are needed. "
        "Log more events, widen the period or merge wards."
    )
    many = select(status="not_enough_evidence", events=12.0, expected=12.1)["sentence"]
    assert many.startswith("Not enough evidence: 12 contacts where 12.1 were expected; that does not settle it.")


@pytest.mark.parametrize("code", ["nobody_lives_here", "no_contacts", "no_data"])
def test_what_cannot_be_judged_says_why(code):
    found = select(status=code)
    assert found["flag"] == code
    assert found["sentence"].startswith("Roma residents: ")


def test_place_is_said_where_there_is_one():
    assert "Roma residents in Millbrook" in select(status="watch", place="Millbrook")["sentence"]
    assert "Roma residents less" in select(status="watch", place=None)["sentence"]


def test_priority_and_first_flag():
    table = pd.concat(
        [
            measures(subject="Irish residents", methods=1.0, invited=9.0, attended=0.0),
            measures(subject="Arab residents", population=300.0, methods=1.0),
            measures(events=0.0, status="under_engaged", methods=0.0, days_since_last=np.nan),
            measures(subject="Chinese residents"),
        ]
    ).set_axis(list("wxyz"))
    found = gaps.find_flags(table)
    assert list(zip(found.index, found["flag"], strict=True)) == [
        ("y", "never_reached"),
        ("y", "under_engaged"),
        ("w", "invited_not_coming"),
        ("w", "one_method_only"),
        ("x", "one_method_only"),
    ]
    first = gaps.first_flag(table, found)
    assert first["flag"].to_dict() == {
        "w": "invited_not_coming",
        "x": "one_method_only",
        "y": "never_reached",
        "z": "adequate",
    }
    shuffled = table.loc[list("zywx")]
    pd.testing.assert_frame_equal(gaps.find_flags(shuffled), found)
    pd.testing.assert_frame_equal(gaps.first_flag(shuffled, found).sort_index(), first)


def test_columns_that_are_not_there_raise_no_flag():
    everything = measures(status="watch", methods=1.0, proactive=0.0, days_since_last=700.0, attended=0.0)
    assert len(gaps.find_flags(everything)) == 5
    assert gaps.find_flags(everything[["subject", "status", "events", "expected"]])["flag"].tolist() == ["watch"]
    assert gaps.find_flags(everything[["subject"]]).empty
    nothing = gaps.find_flags(everything.iloc[:0])
    assert nothing.columns.tolist() == ["flag", "sentence", "evidence"]
    assert gaps.first_flag(everything.iloc[:0], nothing).empty


@pytest.mark.parametrize(
    ("days", "said"),
    [(20, "20 days"), (1, "1 day"), (183, "six months"), (365, "one year"), (731, "two years"), (400, "13 months")],
)
def test_periods_as_people_say_them(days, said):
    assert gaps.period(days) == said
