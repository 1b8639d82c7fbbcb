"""What stands on the page of engagement, read from its words and data (in a browser: test_map_engagement_browser)."""

from __future__ import annotations

import json
import math
import re
from datetime import date
from html import unescape

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from browser import about_town, town_wards
from engagement_town import Sheet, ashview, hostile, page_of
from hypothesis import given
from hypothesis import strategies as st
from test_map_safety import CANARIES, _Page, whole

from geo.errors import GeoError
from maps import charts, flags, measures, words
from maps.charts import Interval, Meetings
from maps.engagement import engagement_page
from maps.figure import page_html
from maps.findings import findings_list
from maps.sheets import chart_of, section
from maps.tables import cell_text, columns, table


@pytest.fixture(scope="module")
def town():
    return ashview()


@pytest.fixture(scope="module")
def page(town) -> str:
    return page_html(page_of(town))


def data(html: str) -> dict:
    return json.loads(_Page(html).data["geo-data"])


def text(html: str) -> str:
    bare = re.sub(r"<[^>]+>", " ", re.sub(r"<(script|style).*?</\1>", " ", html, flags=re.DOTALL))
    return " ".join(unescape(bare).split())


# ---- words


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (words.number(1234567), "1,234,567"),
        (words.number(-3), "\N{MINUS SIGN}3"),
        (words.number(-0.004, 2), "0.00"),
        (words.number(0.125, 2), "0.13"),
        (words.number(2.5), "3"),
        (words.percent(0), "0%"),
        (words.percent(0.004), "under 1%"),
        (words.percent(0.376), "38%"),
        (words.percent(0.9999), "over 99%"),
        (words.percent(1), "100%"),
        (words.day("2025-03-12"), "12 Mar 2025"),
        (words.day("2025-02-30"), "2025-02-30"),
        (words.long_day("2026-01-31"), "31 January 2026"),
        (words.spoken("build_trust;feed_back"), "build trust, feed back"),
        (words.spoken("other:tea_dance"), "tea dance"),
        (words.spoken("Snake_Case; kept"), "Snake_Case; kept"),
        (words.listed(["1", "2", "3"]), "1, 2 and 3"),
        (words.counted(1, "ward"), "1 ward"),
        (words.counted(2000, "ward"), "2,000 wards"),
    ],
)
def test_values_as_they_are_said(said, expected):
    assert said == expected


@given(st.text(max_size=60), st.floats(20, 300))
def test_a_cut_text_fits_its_room(text, room):
    shown = words.fitted(text, room)
    assert shown == text or (shown.endswith("…") and len(shown) <= len(text) + 1)
    assert len(shown) <= 2 or words.width_of(shown) <= room


# ---- cells and tables


@pytest.mark.parametrize(
    ("value", "name", "share", "expected"),
    [
        (1234.0, "population", False, "1,234"),
        (7.5, "expected", False, "7.5"),
        (0.3, "ratio", False, "0.30"),
        (1, "ratio", False, "1.00"),
        (0.3, "reach", True, "30%"),
        (True, "empty", False, "yes"),
        (np.bool_(False), "empty", False, "no"),
        (2025, "year", False, "2025"),
        ("2025-03-12", "last_met", False, "12 Mar 2025"),
        (pd.Timestamp("2025-03-12"), "last_met", False, "12 Mar 2025"),
        ("foot_patrol", "activity", False, "foot patrol"),
        ("=1+1", "issue", False, "=1+1"),
        *((nothing, "reach", False, "–") for nothing in (None, math.nan, pd.NA, pd.NaT, "", math.inf)),
        (math.nan, "days_since_last", False, "none logged"),
    ],
)
def test_a_cell_in_words(value, name, share, expected):
    assert cell_text(value, name, share=share) == expected


def test_a_table_by_hand():
    frame = pd.DataFrame({"ward_name": ["Mill", "<b>"], "share": [0.5, math.nan], "n": [1000, 2], "hidden": [1, 1]})
    heads = {"ward_name": "Ward", "n": "Of", "share": "Share"}
    made = str(table(frame, heads, "Two"))
    assert '<table class="sheet"><caption>Two</caption>' in made
    written = re.findall(r'<th scope="col"(.*?)>(.*?)</th>', made)
    assert written == [("", "Ward"), (' class="number"', "Of"), (' class="number"', "Share")]
    assert '<th scope="row">Mill</th><td class="number">1,000</td><td class="number">50%</td>' in made
    assert '<th scope="row">&lt;b&gt;</th>' in made
    assert '<td class="number"><span aria-hidden="true">–</span><span class="unseen">not known</span>' in made
    assert "hidden" not in made.replace("aria-hidden", "")
    # what a script draws it from: the words, the ward of a row, and an order where the words do not sort as the values
    ward, of, share = (values := columns(frame, heads, ward_codes={"Mill": "E1"}))["columns"]
    assert (values["head"], values["wards"], values["class"]) == (0, ["E1", ""], "sheet")
    assert ward == {"said": "Ward", "number": False, "cells": ["Mill", "<b>"]}
    assert of == {"said": "Of", "number": True, "cells": ["1,000", "2"]}
    assert share == {"said": "Share", "number": True, "cells": ["50%", "–"], "order": [0, None]}
    days = columns(pd.DataFrame({"met": ["2025-03-12", None, "2024-12-01"]}), {"met": "Met"})["columns"][0]
    assert days["cells"] == ["12 Mar 2025", "–", "1 Dec 2024"]
    assert days["order"] == [1, None, 0]


def test_the_limits_of_a_share_are_shares_and_those_of_a_ratio_are_not():
    shares = pd.DataFrame({"a": ["x"], "share": [0.4], "low": [0.2], "high": [0.6]})
    ratios = shares.rename(columns={"share": "ratio"})
    heads = {name: name for name in ("a", "share", "ratio", "low", "high")}
    assert re.findall(r">([\d.%]+)</td>", table(shares, heads, "c")) == ["40%", "20%", "60%"]
    assert re.findall(r">([\d.%]+)</td>", table(ratios, heads, "c")) == ["0.40", "0.20", "0.60"]


def test_a_share_that_is_none_is_shown_as_a_number():
    frame = pd.DataFrame({"a": ["x"], "share": [14.0]})
    assert ">14</td>" in table(frame, {"a": "a", "share": "s"}, "c")


# ---- shading


def shaded(**columns) -> dict[str, measures.Measure]:
    frame = pd.DataFrame(columns)
    return {measure.name: measure for measure in measures.measures(frame)}


def test_ratios_by_class():
    made = shaded(
        ratio=[0, 0.39, 0.4, 0.79, 0.8, 1.2, 1.21, 1.59, 1.6, math.nan], flag=["under_engaged"] + ["watch"] * 9
    )
    assert list(made["ratio"].classes) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 5]
    assert made["ratio"].texts[0] == "0.00 !"
    assert made["ratio"].texts[1] == "0.39"
    assert made["ratio"].texts[-1] == "–"
    assert [shade.pattern for shade in made["ratio"].shades[:3]] == ["lines", "lines", "none"]


def test_flags_are_told_by_mark_pattern_and_word():
    made = shaded(flag=["Under-engaged", "adequate", "not enough evidence", None, "unheard of"])["flag"]
    assert list(made.texts) == ["!", "✓", "…", "–", "–"]
    assert list(made.spoken) == ["under-engaged", "adequate", "not enough evidence", "no data", "not known"]
    assert made.shades[made.classes[0]].pattern == "lines"
    assert made.shades[made.classes[4]].label == "another word"
    assert len({(flag.fill, flag.pattern) for flag in flags.FLAGS}) == len(flags.FLAGS)


def test_contacts_per_thousand_residents():
    made = shaded(contacts=[0, 1, 2, 4, 8, 3, math.nan], population=[1000, 1000, 1000, 1000, 1000, 0, 1000])[
        "per_thousand"
    ]
    assert list(made.texts) == ["0", "1.0", "2.0", "4.0", "8.0", "–", "–"]
    assert made.shades[made.classes[0]].label == "none logged"
    assert made.shades[made.classes[5]].label == "not known"
    assert made.classes[1] < made.classes[2] < made.classes[3] <= made.classes[4]
    alike = shaded(contacts=[5, 5], population=[1000, 1000])["per_thousand"]
    assert [alike.shades[i].label for i in alike.classes] == ["some", "some"]


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=40))
def test_more_contact_is_never_paler(contacts):
    made = shaded(contacts=contacts, population=[1000.0] * len(contacts))["per_thousand"]
    order = np.argsort(contacts)
    classes = np.array(made.classes)[order]
    assert (np.diff(classes) >= 0).all()
    assert max(classes) < len(made.shades) - 1


def test_days_since_the_last_contact():
    made = shaded(days_since_last=[0, 30, 31, 90, 91, 365, 366, math.nan])["days_since_last"]
    assert list(made.classes) == [0, 0, 1, 1, 2, 3, 4, 5]
    assert made.texts[0] == "0 d"
    assert made.texts[-1] == "none logged"
    assert made.shades[5].pattern == "lines"


def test_reports_and_engagement_together():
    made = shaded(
        reports_class=[2, 0, 2, None], engagement_class=[0, 0, 2, 1], quiet_and_unheard=[False, True, False, None]
    )
    assert list(made["both"].classes) == [6, 0, 8, 9]
    assert list(made["both"].texts) == ["3A !", "1A ?", "3C", "–"]
    assert made["both"].shades[6].fill == "#be64ac"
    assert "unknown, not safe" in made["both"].note


def test_only_the_measures_there_are_columns_for():
    assert list(shaded(contacts=[1])) == []
    assert list(shaded(flag=["watch"])) == ["flag"]


# ---- charts


def xs(svg: str, kind: str, name: str) -> list[float]:
    return [float(x) for x in re.findall(rf'<{kind}[^>]*?\b{name}="([\d.]+)"', svg)]


def test_an_interval_plot_by_hand():
    rows = [
        Interval("Roma", 0, 0, 0.5, True),
        Interval("Arab", 1, 0.5, 5.8),
        Interval("Irish", math.nan, math.nan, math.nan),
    ]
    svg = str(charts.interval_plot(rows, name="c", title="T", described="D"))
    # the axis runs from 8 at 0 to 352 at 3: a ratio of 1 lies at 8 + 344/3
    assert 'class="one"' in svg
    assert f'x1="{8 + 344 / 3:.1f}"' in svg
    assert svg.count('class="arrow"') == 1, "5.8 lies beyond the end of the axis"
    assert svg.count("marked") == 2, "the diamond and the label of what is flagged"
    assert "0.00 (0.00 to 0.50)" in svg
    assert "1.00 (0.50 to 5.80)" in svg
    assert ">not known</text>" in svg
    assert svg.startswith("<svg")
    assert 'role="img" aria-labelledby="c-title c-desc"' in svg
    assert '<title id="c-title">T</title><desc id="c-desc">D</desc>' in svg


def test_bars_of_shares_by_hand():
    svg = str(
        charts.share_bars(
            [Interval("a", 0.5, math.nan, math.nan), Interval("b", 1, 0.25, 1)], name="c", title="T", described="D"
        )
    )
    bars = re.findall(r'<rect x="4" [^>]*width="([\d.]+)"[^>]*class="bar"', svg)
    assert [float(width) for width in bars] == [176, 352]
    assert ">50%</text>" in svg
    assert svg.count("whisker halo") == 1


def test_gaps_of_a_timeline_as_in_the_oracle():
    """Meetings 2025-01-15, 03-12, 05-21, every 61 days with 14 to spare: 56 and 70 are in time, the open 91 is not."""
    met = [date(2025, 1, 15), date(2025, 3, 12), date(2025, 5, 21)]
    days = {"first": met[0], "last": date(2025, 8, 20)}
    svg = str(charts.timeline([Meetings("Forum", met[::-1], 61)], name="c", title="T", described="D", **days))
    assert re.findall(r">(\d+ days)<", svg) == ["91 days"]
    assert svg.count('class="gap"') == 1
    assert svg.count('class="dot"') == 3
    unsaid = str(charts.timeline([Meetings("Forum", met)], name="c", title="T", described="D", **days))
    assert "gap" not in unsaid
    never = str(charts.timeline([Meetings("Forum", [], 61)], name="c", title="T", described="D", **days))
    assert re.findall(r">(\d+ days)<", never) == ["217 days"]


def test_stacked_bars_by_hand():
    svg = str(
        charts.stacked_bars(
            [("short", {"done": 3, "overdue": 1}), ("long", {"done": 2, "overdue": 0})],
            name="c",
            title="T",
            described="D",
        )
    )
    widths = [float(w) for w in re.findall(r'width="([\d.]+)" height="16" class="piece', svg)]
    assert widths == [264, 88, 176]
    assert svg.count("url(#geo-hatch)") == 2, "overdue is hatched in its bar and in the key"


def test_a_heat_grid_by_hand():
    svg = str(
        charts.heat_grid(["foot_patrol"], ["reassure", "recruit"], [[4.5, 0]], name="c", title="T", described="D")
    )
    assert ">foot patrol</text>" in svg
    assert ">4.5</text>" in svg
    assert re.findall(r'class="heat (heat-\d)"', svg) == ["heat-5", "heat-0"]
    assert ">0<" not in svg, "what never happened is an empty cell"


@pytest.mark.parametrize(
    ("columns", "mark"),
    [
        ({"community": ["a"], "ratio": [0.5], "low": [0.1], "high": [0.9]}, 'class="band"'),
        ({"meeting_of": ["a", "b"], "share": [0.5, 0.2], "low": [0.1, 0.1], "high": [0.9, 0.3]}, 'class="bar"'),
        ({"activity": ["a"], "objective": ["b"], "events": [1.5]}, "heat-5"),
        ({"focal_point_id": ["a", "a"], "quarter": ["2025Q1", "2025Q2"], "meetings": [1, 0]}, "heat-5"),
        ({"horizon": ["short"], "raised": [3], "done": [1], "overdue": [2]}, 'class="piece'),
        ({"horizon": ["short"], "status": ["done"]}, 'class="piece'),
        ({"name": ["a"], "meets_every_days": [61], "dates": ["2025-01-15;2025-03-12"]}, 'class="dot"'),
        ({"reason": ["a"], "missed": [3]}, None),
        ({"ratio": [0.5], "low": [0.1], "high": [0.9]}, None),
        ({"name": ["a"], "meets_every_days": [61], "dates": [None]}, None),
    ],
)
def test_the_chart_follows_from_the_columns(columns, mark):
    sheet = Sheet("s", "Q?", "A.", pd.DataFrame(columns), {name: name for name in columns})
    made = chart_of(sheet, "c")
    assert made is None if mark is None else mark in made
    empty = sheet._replace(table=sheet.table.iloc[:0])
    assert chart_of(empty, "c") is None
    assert "There is nothing to list." in section(0, empty, {}, [])


def test_ratios_are_drawn_lowest_first_and_the_rest_is_counted():
    ratios = [math.nan, *np.linspace(2, 0, 24)]
    columns = {"community": [f"group {i}" for i in range(25)], "ratio": ratios, "low": ratios, "high": ratios}
    made = chart_of(Sheet("s", "Q?", "A.", pd.DataFrame(columns), {name: name for name in columns}), "c")
    drawn = re.findall(r">(group \d+)</text>", made)
    assert drawn == [f"group {i}" for i in range(24, 4, -1)]
    assert "Only 20 of the 25 rows are drawn." in made


# ---- the priority list


def test_findings_by_rank_with_known_wards_only():
    rows = pd.DataFrame(
        {
            "rank": [2, 1], "subject": ["Fen", "Roma residents"], "flag": [None, "under_engaged"],
            "sentence": ["Second.", "First."], "evidence": ["", "0 of 3."], "ward_code": ["E9", "E1;E2;E9"],
        }
    )  # fmt: skip
    made = str(findings_list(rows, {"E1": "Mill", "E2": "Castle"}))
    assert made.index("First.") < made.index("Second.")
    assert re.findall(r'data-wards="(.*?)"', made) == ["E1;E2"]
    assert "Show 2 wards on the map" in made
    assert 'class="flag under-engaged pressing"' in made
    assert "Nothing stands out" in findings_list(rows.iloc[:0], {})


# ---- the page


def test_the_page_says_what_it_is_and_what_it_is_not(page, town):
    said = text(page)
    for expected in (
        town.about.title, town.about.headline, "31 December 2025", "How this was made", "What this page does not show",
        "unknown, not safe", "a gap in what the police did", "Counts are what was logged", "About this page",
        "Every ward", *(sheet.question for sheet in town.sheets), *(sheet.sentence for sheet in town.sheets),
    ):  # fmt: skip
        assert expected in said
    assert page.count("<h1") == page.count("<main") == page.count("<title>") == 1


def test_no_person_reaches_the_page(page, town):
    people = {str(value) for name in ("spoc", "strategy", "review_by") for value in town.focal_points[name].dropna()}
    block = json.dumps(data(page)["places"])
    assert people
    assert not [value for value in people if value in block]
    assert set(data(page)["places"][0]) == {"name", "kind", "communities", "at", "mark"}
    assert "SPOC-" not in whole(page)
    assert len(data(page)["places"]) == len(town.focal_points)


def test_the_facts_of_a_ward(page, town):
    record = next(ward for ward in data(page)["wards"] if ward["name"] == "Larkfield")
    row = town.wards.set_index("ward_name").loc["Larkfield"]
    facts = {label: value for label, value, _ in record["facts"]}
    assert facts["People met"] == "0"
    assert facts["Ratio"] == "0.00"
    assert facts["Days since last contact"] == "none logged"
    assert facts["Residents"] == f"{row['population']:,}"
    assert facts["Flag"] == "under-engaged"
    assert record["unknown"] is True
    assert len(record["classes"]) == len(record["texts"]) == len(data(page)["measures"]) == 5


def test_row_order_leaves_no_trace(page, town):
    def mixed(frame):
        return frame.sample(frac=1, random_state=3)

    changed = {name: mixed(getattr(town, name)) for name in ("wards", "findings", "hotspots", "focal_points")}
    assert page_html(page_of(town, **changed)) == page


def test_inputs_are_left_as_they_were(town):
    copies = [frame.copy() for frame in (town.wards, town.findings, *(sheet.table for sheet in town.sheets))]
    page_html(page_of(town))
    for frame, copy in zip((town.wards, town.findings, *(s.table for s in town.sheets)), copies, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


def test_a_page_of_wards_alone(town):
    wards = town.wards[["ward_code", "ward_name", "geometry"]]
    html = page_html(
        page_of(town, wards=wards, findings=town.findings.iloc[:0], sheets=[], hotspots=None, focal_points=None)
    )
    assert data(html)["measures"] == []
    assert len(data(html)["wards"]) == len(wards)
    assert "Nothing stands out" in html


def test_layers_in_degrees_and_no_ward_are_refused(town):
    for name in ("wards", "hotspots", "focal_points"):
        with pytest.raises(GeoError, match=f"{name}: coordinates are in WGS 84"):
            page_of(town, **{name: getattr(town, name).to_crs("EPSG:4326")})
    with pytest.raises(GeoError, match="There is no ward to draw"):
        page_of(town, wards=town.wards.iloc[:0])


def test_small_towns_and_wards_without_a_shape(town):
    wards = town_wards()
    wards.geometry = gpd.GeoSeries([*wards.geometry[:5], None], crs=wards.crs)
    made = engagement_page(wards, pd.DataFrame(columns=["rank"]), [], about_town())
    assert [ward["geometry"] is None for ward in data(page_html(made))["wards"]] == [False] * 5 + [True]


@pytest.mark.parametrize("value", CANARIES, ids=lambda value: repr(value)[:20])
def test_a_value_stays_text(value):
    html = page_html(hostile(value))
    html.encode("utf-8")
    assert "MARK49MARK" not in whole(html)
    parsed, clean = _Page(html), _Page(page_html(hostile("Plain value")))
    assert [tag for tag in parsed.tags if tag != "text"] == [tag for tag in clean.tags if tag != "text"]
    assert {name for _, name, _ in parsed.attributes} == {name for _, name, _ in clean.attributes}
    block = json.loads(parsed.data["geo-data"])
    assert block["wards"][0]["name"] == block["wards"][0]["reason"] == value
    assert block["places"][0]["name"] == value


def test_the_page_asks_for_nothing(page):
    parsed = _Page(page)
    links = [value for _, name, value in parsed.attributes if name in ("src", "href", "srcset", "action", "data")]
    assert all(link.startswith("#") or link == "data:," for link in links), links
    assert not [tag for tag, name, _ in parsed.attributes if name == "style" or name.startswith("on")]
    assert not re.search(r"url\(|@import", "".join(parsed.styles))
    ids = [value for _, name, value in parsed.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    targets = [link[1:] for link in links if link.startswith("#")]
    assert set(targets) <= set(ids)


def test_sizes_stay_within_the_budget(page):
    assert len(page.encode()) < 350_000
