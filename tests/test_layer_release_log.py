"""Two releases that could be subtracted from each other."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import GeoError
from layers.writing.release_log import Entry, append, check_against, differences, read_log


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
    with pytest.raises(GeoError) as error:
        check_against(log, entry("2025-01", "2025-04", 15, name="b"), 10)
    assert str(error.value).startswith(
        "b.csv: with what was released before it tells 1 small count. incidents: differs"
    )
    check_against(log, entry("2025-01", "2025-04", 24, name="b"), 10)
    check_against(log, entry("2025-01", "2025-04", 14, name="b"), 10)  # nothing in April: no activity may be told


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
    assert told == ["incidents: what was released tells fewer than 10 from 2025-06-01 until before 2025-07-01."]
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
