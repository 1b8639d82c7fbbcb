"""Tables that leave: tidy facts against the raw files, the workbook of hot spots; reports and slides."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import docx
import openpyxl
import pandas as pd
import pptx
import pytest
from conftest import ROOT

import study
from maps.page import About
from study.office import Picture, Report, write_docx, write_pptx
from study.tables import FACTS, Sheet, by_month, facts, hotspot_sheets

ASHVIEW = ROOT / "data" / "ashview"


@pytest.fixture(scope="module")
def ashview(tmp_path_factory):
    town = shutil.copytree(ASHVIEW, tmp_path_factory.mktemp("town") / "ashview")  # what is kept stays out of the tree
    return study.open(town / "geo.toml", runs=19, as_of="2025-12-31")


@pytest.fixture(scope="module")
def tables(ashview):
    return facts(ashview)


def test_facts_are_what_the_dictionary_says(tables):
    assert list(tables) == [*FACTS, "dictionary"]
    for name, columns in FACTS.items():
        assert list(tables[name]) == list(columns)
        said = tables["dictionary"]
        assert said.loc[said["table"] == name, "column"].tolist() == list(columns)


def test_facts_add_up_to_the_raw_files(ashview, tables):
    wards = tables["ward_month"]
    assert not wards.duplicated(["month", "ward_code"]).any()
    assert wards["reports"].sum() == len(ashview.hotspots.incidents)
    assert len(wards) == 12 * 24
    log = pd.DataFrame(csv.DictReader((ASHVIEW / "engagements.csv").read_text(encoding="utf-8").splitlines()))
    log = log[log["ward_code"].isin(ashview.wards["ward_code"])]  # those that name their ward themselves
    own = log.groupby([log["date"].str[:7], "ward_code"]).size()
    counted = wards.set_index(["month", "ward_code"])["engagements"]
    assert (counted.reindex(own.index) >= own).all()
    assert counted.sum() == len(ashview.engagement.engagements)
    spots = tables["hotspot_month"]
    totals = spots.groupby("rank")["reports"].sum()
    assert totals.tolist() == ashview.hotspots.hotspots.set_index("rank")["incidents"].tolist()
    named = [one for cell in ashview.engagement.engagements["communities"].dropna() for one in cell.split(";")]
    assert tables["community_month"]["engagements"].sum() == len([one for one in named if one.strip()])


def test_months_that_are_not_covered_have_no_row(ashview):
    result = ashview.hotspots
    gap = result._replace(hotspots=result.hotspots.head(1).assign(monthly_from="2025-11", monthly="3 - 0 4"))
    assert by_month(gap).to_numpy().tolist() == [[1, "2025-11", 3], [1, "2026-01", 0], [1, "2026-02", 4]]


def test_the_workbook_has_the_hot_spots_their_months_and_how(ashview, tmp_path):
    from layers.writing.workbook import write_workbook

    sheets = hotspot_sheets(ashview.hotspots, "A headline.")
    write_workbook(tmp_path / "h.xlsx", sheets)
    book = openpyxl.load_workbook(tmp_path / "h.xlsx")
    assert book.sheetnames == ["hot spots", "by month", "how"]
    spots = ashview.hotspots.hotspots
    months = sheets[1].table
    assert months.drop(columns=["rank", "name"]).sum(axis=1).tolist() == spots["incidents"].tolist()
    values = {str(cell.value) for row in book["hot spots"].iter_rows() for cell in row}
    assert {"Rank", "Name", "Reports", "A headline."} <= values
    assert set(spots["name"]) <= values


# --- reports and slides -----------------------------------------------------------------------------------------------

HOSTILE = '=HYPERLINK("x")\x07 & <b>\u202e'


def report(tmp_path: Path) -> Report:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2, 1))
    FigureCanvasAgg(figure).print_png(tmp_path / "p.png")
    about = About(
        title=HOSTILE, headline="A headline.", period="2025", source="police", made_on="2026-01-01",
        evidence=["One.", "Two."], attribution=["Whose."], notes=[],
    )  # fmt: skip
    table = pd.DataFrame(
        {"name": [f"place {row}" for row in range(25)], "share": 0.25, "count": 1234, "odd": None, "x": 1.5}
    )
    return Report(
        about,
        [Picture(tmp_path / "p.png", "Caption")],
        [Sheet("s", "Which?", "These.", table, {n: n.title() for n in table})],
    )


def test_a_report_in_word(tmp_path):
    write_docx(tmp_path / "r.docx", report(tmp_path))
    made = docx.Document(str(tmp_path / "r.docx"))
    texts = [one.text for one in made.paragraphs]
    assert texts[0] == '=HYPERLINK("x") & <b>'
    assert {"A headline.", "One.", "Two.", "Which?", "These.", "5 rows more in the workbook.", "Whose."} <= set(texts)
    assert any("Counts are reports" in text for text in texts)
    assert len(made.inline_shapes) == 1
    table = made.tables[0]
    assert [cell.text for cell in table.rows[0].cells] == ["Name", "Share", "Count", "Odd", "X"]
    assert [cell.text for cell in table.rows[1].cells] == ["place 0", "25.0%", "1,234", "", "1.5"]
    assert len(table.rows) == 21
    assert made.core_properties.author == ""


def test_slides(tmp_path):
    write_pptx(tmp_path / "r.pptx", report(tmp_path))
    deck = pptx.Presentation(str(tmp_path / "r.pptx"))
    titles = [slide.shapes.title.text for slide in deck.slides]
    assert titles == ['=HYPERLINK("x") & <b>', "What was found", "Caption", "Which?", "What this does not show"]
    (grid,) = [shape.table for slide in deck.slides for shape in slide.shapes if shape.has_table]
    assert [cell.text for cell in grid.rows[1].cells] == ["place 0", "25.0%", "1,234", "", "1.5"]
    assert len(grid.rows) == 11
    for slide in deck.slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.left + shape.width <= deck.slide_width
            assert shape.top + shape.height <= deck.slide_height


def test_a_partner_gets_no_table_and_no_single_place(geo, monkeypatch):
    monkeypatch.setenv("GEO_BROWSER_PATH", "nowhere")  # the plainer map: no browser is needed for this
    shutil.copytree(ASHVIEW, "ashview")  # what leaves is remembered beside geo.toml
    for profile in ("internal", "partner"):
        done = geo(
            "map", "--audience", "inspector", "--profile", profile, "--project", "ashview/geo.toml", "--docx",
            "--out", profile,
        )  # fmt: skip
        assert done.exit_code == 0, done.stderr
    mine, theirs = (docx.Document(f"{profile}/inspector.docx") for profile in ("internal", "partner"))
    assert len(mine.inline_shapes) == 6
    assert len(theirs.inline_shapes) == 1
    assert not theirs.tables
