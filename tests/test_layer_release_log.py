"""Two releases that could be subtracted from each other."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.disclosure.series import differences, judged
from geo.errors import GeoError
from layers.writing.release_log import Entry, append, read_log, withdraw


def entry(since: str | None, until: str | None, total: float, *, name: str = "a", **filters) -> Entry:
    chosen = {"since": since, "until": until, **filters}
    chosen = {key: value for key, value in chosen.items() if value}
    return Entry(
        "2025-05-01T10:00:00+00:00",
        f"{name}.csv",
        "public",
        f"{name}{since}{until}{total}{filters}",
        chosen,
        {"incidents": total},
    )


def test_january_to_april_tells_of_april(tmp_path: Path):
    log = tmp_path / "log" / "releases.jsonl"
    append(log, entry("2025-01", "2025-03", 14))
    told = differences(read_log(log), entry("2025-01", "2025-04", 15, name="b"), 10)
    assert told == ["incidents, in 2025-04: a small count could be worked out from this file with a.csv of 2025-05-01."]
    assert not differences(read_log(log), entry("2025-01", "2025-04", 24, name="b"), 10)
    # nothing in April: no activity may be told
    assert not differences(read_log(log), entry("2025-01", "2025-04", 14, name="b"), 10)


def test_an_area_less_a_part_of_it(tmp_path: Path):
    whole = entry("2025-01", "2025-03", 40)
    part = entry("2025-01", "2025-03", 36, area=["Acre", "Barley"])
    assert differences([whole], part, 10)
    assert differences([part], whole, 10)
    assert not differences([entry("2025-01", "2025-03", 36, area=["Clover"])], part, 10)


def test_another_period_of_the_same_area_is_no_difference():
    assert not differences([entry("2025-01", "2025-03", 14)], entry("2025-04", "2025-06", 15), 10)


def test_three_releases_put_together():
    quarter, half = entry("2025-01", "2025-03", 40), entry("2025-01", "2025-06", 90)
    # April and May 47: June is 3, though no two of the three differ by so little
    told = differences([quarter, half], entry("2025-04", "2025-05", 47), 10)
    assert told == [
        "incidents, in 2025-06: a small count could be worked out from this file with a.csv of 2025-05-01, "
        "a.csv of 2025-05-01."
    ]
    assert not differences([quarter, half], entry("2025-04", "2025-05", 30), 10)


def test_days_and_months_are_one_calendar():
    assert differences([entry("2025-02", "2025-02", 40)], entry("2025-02-01", "2025-03-01", 43), 10)
    assert differences([entry("2025-02", "2025-02", 40)], entry("2025-02-01", "2025-02-28", 43), 10)


def test_unknown_filters_are_compared_where_everything_moved_one_way():
    old = Entry("2025-05-01", "a.csv", "public", "1", None, {"x": 20, "y": 30})
    assert differences([old], Entry("", "b.csv", "public", "2", None, {"x": 23, "y": 30}), 10)
    assert not differences([old], Entry("", "b.csv", "public", "2", None, {"x": 23, "y": 25}), 10)
    assert not differences([old], Entry("", "b.csv", "public", "1", None, {"x": 20, "y": 30}), 10)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 40), min_size=2, max_size=8), st.data())
def test_no_period_that_can_be_worked_out_is_small(months, data):
    """Brute force: after every accepted release, no difference of known prefix sums is small."""
    accepted: list[Entry] = []
    for _ in range(6):
        begin = data.draw(st.integers(0, len(months) - 1))
        end = data.draw(st.integers(begin, len(months) - 1))
        one = entry(
            f"2025-{begin + 1:02d}", f"2025-{end + 1:02d}", sum(months[begin : end + 1]), name=f"r{len(accepted)}"
        )
        if 0 < one.totals["incidents"] < 5 or differences(accepted, one, 5):
            continue
        accepted.append(one)
    known = {(int(e.filters["since"][5:]) - 1, int(e.filters["until"][5:])): e.totals["incidents"] for e in accepted}
    while True:  # add and subtract whatever can be, until nothing new comes
        more = {}
        for (a, b), x in known.items():
            for (c, d), y in known.items():
                if b == c:
                    more[a, d] = x + y
                if a == c and d < b:
                    more[d, b] = x - y
                if b == d and c > a:
                    more[a, c] = x - y
        if set(more) <= set(known):
            break
        known |= more
    assert not [span for span, total in known.items() if 1 <= total < 5]


def test_a_log_comes_back_as_it_was_written(tmp_path: Path):
    log = tmp_path / "releases.jsonl"
    assert read_log(log) == []
    entries = [entry("2025-01", "2025-03", 14, area=["Acre"]), Entry("x", "é.csv", "public", "1", None, {})]
    for one in entries:
        append(log, one)
    assert read_log(log) == entries


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[1]",
        '{"made_on": 1}',
        '{"made_on":"","file":"","profile":"","sha256":"","filters":{"since":"soon"},"totals":{}}',
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line):
    log = tmp_path / "releases.jsonl"
    append(log, entry("2025-01", "2025-03", 14))
    log.write_text(log.read_text() + line + "\n")
    with pytest.raises(GeoError, match="line 2 is no release"):
        read_log(log)


# --- the attacks -----------------------------------------------------------------------------------------------------

YEAR = {"since": "2025-01", "until": "2025-12"}


def released(number: int, totals: dict[str, float], figures=(), rounding: int = 5, **more) -> Entry:
    filters = YEAR | more.pop("filters", {})
    return Entry(
        "2026-01-05", f"r{number}.csv", "public", f"r{number}", filters, totals, list(figures), rounding, 10, **more
    )


def of(area: str | None, shown: float, **more) -> dict:
    return {"measure": "incidents", "area": area, "shown": shown, **more}


# C, or what is left, has 5: each is (releases, word that the refusal names)
SCHEMES = {
    "a sum and its parts": (
        [released(0, {"incidents of A": 25}), released(1, {"incidents of B": 30}),
         released(2, {"incidents": 60}, filters={"area": ["A", "B", "C"]})], "incidents of C"),
    "pairs": (
        [released(0, {"incidents": 55}, filters={"area": ["A", "B"]}),
         released(1, {"incidents": 35}, filters={"area": ["B", "C"]}),
         released(2, {"incidents": 30}, filters={"area": ["A", "C"]})], "incidents of C"),
    "area and period": (
        [released(0, {"incidents": 60}, filters={"area": ["A", "B"]}), released(1, {"incidents of A": 30}),
         released(2, {"incidents of B": 25}, filters={"until": "2025-11"})], "incidents of B, in 2025-12"),
    "crime types": (
        [released(0, {"incidents of A": 60}), released(1, {"incidents of A": 25}, filters={"crime_type": ["ASB"]}),
         released(2, {"incidents of A": 30}, filters={"crime_type": ["Burglary"]})], "what no release names"),
    "wards against a total": (
        [released(0, {}, [of("A", 25), of("B", 30)], filters={"area": ["Town"]}),
         released(1, {"incidents": 60}, filters={"area": ["Town"]})], "incidents of the rest of Town"),
    "name against code": (
        [released(0, {}, [of("E05000001", 25)], names={"Acre": "E05000001"}, named_by="code"),
         released(1, {}, [of("Acre", 30)], named_by="name", filters={"until": "2026-01"})],
        "incidents of E05000001, in 2026-01"),
    "a renamed column": (
        [released(0, {"incidents of A": 25}),
         released(1, {}, [{"measure": "asb_count", "area": "A", "shown": 30}], filters={"until": "2026-01"})],
        "incidents of A, in 2026-01"),
    "months apart": (
        [released(0, {"incidents of A": 25}), released(1, {"incidents of A": 30}, filters={"until": "2026-01"})],
        "incidents of A, in 2026-01"),
}  # fmt: skip


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("rounding", [1, 5])
def test_each_scheme_is_refused_whatever_comes_last(scheme, rounding):
    releases, words = SCHEMES[scheme]
    releases = [replace(one, rounding=rounding) for one in releases]
    for last in range(len(releases)):
        *before, new = [*releases[:last], *releases[last + 1 :], releases[last]]
        for at in range(1, len(before)):
            assert judged(before[:at], before[at], 10) == []
        told = judged(before, new, 10)
        assert any(one.what.startswith(words) or words in one.what for one in told), told
        assert all(one.remedy for one in told)
        assert not any("5" in one.what.split("could be")[0].replace("E05", "").replace("2025", "") for one in told)


def test_hexagons_a_month_apart_are_pinned():
    """Bands of two pages: 10 to 14 in the year, and still 10 to 14 a month later, so that month had few."""

    def page(number, until, low, high):
        figures = [{"measure": "incidents", "area": f"H150-{i}-{i}", "low": low, "high": high} for i in range(100)]
        return released(number, {}, figures, filters={"until": until})

    first = page(0, "2025-12", 10, 14)
    assert judged([], first, 10) == []
    told = judged([first], page(1, "2026-01", 10, 14), 10)
    assert [one.what[:22] for one in told] == ["incidents of H150-0-0;"]
    assert (
        "and 97 more places, in 2026-01: a small count could be worked out from this file with r0.csv" in told[0].what
    )
    assert judged([first], page(1, "2026-01", 40, None), 10) == []


def test_figures_that_were_counted_again_are_said():
    told = judged([released(0, {"incidents of A": 25})], released(1, {"incidents of A": 40}), 10)
    assert [one.what for one in told] == [
        "incidents of A, from 2025-01 to 2025-12: this file with r0.csv of 2026-01-05 cannot both be right, so that "
        "what was counted since could be worked out."
    ]


def test_names_without_codes_are_asked_for():
    old = released(0, {}, [of("E05000001", 25)], named_by="code")
    told = judged([old], released(1, {}, [of("Acre", 25)], named_by="name"), 10)
    assert told[0].what.startswith("Areas stand here by name, in r0.csv of 2026-01-05 by code")
    assert "ward_code and ward_name" in told[0].remedy


@pytest.mark.parametrize("rounding", [1, 5])
def test_a_year_of_honest_months_passes(rounding):
    chance = random.Random(4)
    accepted: list[Entry] = []
    for month in range(1, 13):
        figures = [of(f"W{ward}", 10 + 5 * chance.randrange(12)) for ward in range(19) if chance.random() < 0.8]
        span = {"since": f"2025-{month:02d}", "until": f"2025-{month:02d}", "area": ["Town"]}
        one = released(month, {}, figures, rounding, filters=span)
        assert judged(accepted, one, 10) == []
        accepted.append(one)


def test_the_same_file_may_leave_again_and_a_withdrawn_one_does_not_count(tmp_path):
    log = tmp_path / "releases.jsonl"
    first, second = SCHEMES["months apart"][0]
    append(log, first)
    assert judged([first], first, 10) == []
    with pytest.raises(GeoError, match="there is no release 2"):
        withdraw(log, 2, "never sent")
    with pytest.raises(GeoError, match="for a reason"):
        withdraw(log, 1, " ")
    assert judged(read_log(log), second, 10)
    withdraw(log, 1, "never sent")
    assert judged(read_log(log), second, 10) == []
    assert [one.withdrawn for one in read_log(log)] == ["never sent"]
