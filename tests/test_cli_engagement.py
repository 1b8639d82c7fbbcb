"""geo engagement as it is used: a project in, seven files out, one clear message when it cannot."""

from __future__ import annotations

import csv
import json
import random
import re
import shutil
import zipfile
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from conftest import ROOT

import cli

ASHVIEW = ROOT / "data" / "ashview"
FILES = [
    "engagement.csv",
    "engagement.gpkg",
    "engagement.html",
    "engagement.json",
    "engagement.xlsx",
    "engagement_run.json",
    "engagement_set_aside.csv",
]
CANARIES = ("canary", "STK-", "SPOC-", "V-0417")


class Whole(NamedTuple):
    """One run: its folder, what it printed."""

    out: Path
    stdout: str
    stderr: str

    def table(self):
        return pd.read_csv(self.out / "engagement.csv")

    def record(self):
        return json.loads((self.out / "engagement.json").read_text(encoding="utf-8"))


def names(folder):
    return sorted(path.name for path in Path(folder).iterdir())


def rewritten(project, layer, **columns):
    """Write a layer of the project with some columns made by a function of (row number, old value)."""
    path = project / f"{layer}.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    for number, row in enumerate(rows):
        row.update({name: make(number, row[name]) for name, make in columns.items()})
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def own_copy(folder, *, without=()):
    """Ashview in another folder, without some layers."""
    shutil.copytree(ASHVIEW, folder)
    settings = (folder / "geo.toml").read_text(encoding="utf-8")
    for layer in without:
        settings = re.sub(rf"^{layer} = .*\n", "", settings, flags=re.MULTILINE)
    (folder / "geo.toml").write_text(settings, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def ashview(tmp_path_factory) -> Whole:
    """Ashview through the whole command; the persons of its files have names that can be looked for."""
    folder = tmp_path_factory.mktemp("engagement")
    project = own_copy(folder / "ashview")
    rewritten(project, "focal_points", spoc=lambda n, old: f"Sgt Canaryspoc {n}" if old and n % 2 else old)
    rewritten(project, "engagements", notes=lambda n, old: f"Met Mrs Canarynote of {n} Mill Lane")
    rewritten(project, "priorities", issue=lambda n, old: "=1+1" if n % 2 else old)
    rewritten(project, "attendance", reason=lambda n, old: "@SUM(A1)" if old == "time" else old)
    result = CliRunner().invoke(
        cli.main,
        ["engagement", "--project", str(project / "geo.toml"), "--verbose", "--out", str(folder / "out")],
    )
    assert result.exit_code == 0, result.stderr
    return Whole(folder / "out", result.stdout, result.stderr)


def test_the_seven_files(ashview):
    assert names(ashview.out) == FILES
    record = json.loads((ashview.out / "engagement_run.json").read_text(encoding="utf-8"))
    assert set(record["outputs"]) == set(FILES) - {"engagement_run.json"}
    assert record["inputs"]["engagements"]["rows_read"] == 297
    assert record["options"]["as_of"] == {"value": "2025-12-31", "from": "geo.toml"}
    assert record["results"]["engagements"] == 292
    assert "Engagements: 297 rows read from 1 file, 297 used." in ashview.stderr
    assert "Note: 5 engagements lie outside the wards given (E05999013)." in ashview.stderr
    set_aside = pd.read_csv(ashview.out / "engagement_set_aside.csv")
    assert set_aside["reason"].value_counts().to_dict() == {
        "no position": 12,
        "at 0, 0": 3,
        "date cannot be read": 2,
    }


def test_the_gaps_of_the_town_and_no_others(ashview):
    gaps = {(gap["subject"], gap["flag"]) for gap in ashview.record()["gaps"] if gap["level"] == "community"}
    assert gaps == {("Roma residents", "never_reached"), ("African residents", "only_after_incidents")}
    table = ashview.table()
    flags = table[table["level"] == "community"].set_index("community")["flag"]
    assert flags[["Roma", "African"]].tolist() == ["never_reached", "only_after_incidents"]
    assert set(flags.drop(["Roma", "African"])) <= {"adequate", "not_enough_evidence", "watch"}
    assert (len(flags), len(table)) == (19, 19 + 12 + 222)
    assert "1  The log has no meeting with Roma residents in two years: 900 people live here." in ashview.stdout
    assert "none of 13 meetings was planned or asked for." in ashview.stdout


def test_the_quiet_ward(ashview):
    wards = gpd.read_file(ashview.out / "engagement.gpkg", layer="wards").set_index("ward_name")
    assert len(wards) == 12
    assert wards.crs.to_epsg() == 27700
    assert wards.loc["Larkfield", ["flag", "events", "quiet_and_unheard"]].tolist() == ["never_reached", 0, True]
    never = ashview.table().query("level == 'ward' and flag == 'never_reached'")
    assert never["ward_name"].tolist() == ["Larkfield"]
    answers = " ".join(one["answer"] for one in json.loads((ashview.out / "engagement.json").read_text())["answers"])
    assert "Few reports and little engagement: Larkfield" in answers
    assert "That is unknown, not safe." in answers


def test_the_map_layers_hold_what_was_counted(ashview):
    engagements = gpd.read_file(ashview.out / "engagement.gpkg", layer="engagements")
    places = gpd.read_file(ashview.out / "engagement.gpkg", layer="focal_points")
    assert len(engagements) == 292
    wards = ashview.table().query("level == 'ward'")
    assert wards["events"].sum() == 292
    assert wards["contacts"].sum() == engagements["attendees"].sum()
    assert not {"spoc", "stakeholder", "notes"} & (set(places) | set(engagements))


def contents(path):
    """The bytes of a file, and of the files packed in it."""
    if path.suffix != ".xlsx":
        return path.read_bytes()
    with zipfile.ZipFile(path) as parts:
        return b"".join(parts.read(name) for name in parts.namelist())


@pytest.mark.parametrize("name", FILES)
def test_no_person_is_in_a_file(ashview, name):
    held = contents(ashview.out / name).decode("utf-8", errors="replace").casefold()
    assert [word for word in CANARIES if word.casefold() in held] == []


def test_no_person_is_on_the_terminal(ashview):
    said = (ashview.stdout + ashview.stderr).casefold()
    assert [word for word in CANARIES if word.casefold() in said] == []


def test_the_workbook_has_a_sheet_a_question(ashview):
    book = openpyxl.load_workbook(ashview.out / "engagement.xlsx")
    answers = ashview.record()["answers"]
    assert book.sheetnames == ["gaps", *(answer["name"][:31] for answer in answers)]
    assert len(answers) > 30
    for answer, page in zip(answers, book.worksheets[1:], strict=True):
        assert [page["A1"].value, page["A2"].value] == [answer["question"], answer["answer"]]
        rows = [row for row in page.iter_rows(min_row=5, values_only=True) if any(cell is not None for cell in row)]
        assert len(rows) == len(answer["table"]), answer["name"]
    gaps = [row[0] for row in book["gaps"].iter_rows(min_row=5, max_col=1, values_only=True)]
    assert gaps == list(range(1, len(ashview.record()["gaps"]) + 1))


def test_no_cell_is_a_formula(ashview):
    book = openpyxl.load_workbook(ashview.out / "engagement.xlsx")
    cells = [cell for page in book for row in page.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert not any(str(cell.value).startswith(("=", "+", "@")) for cell in cells)
    told = (ashview.out / "engagement.json").read_text(encoding="utf-8").count('"=1+1"')
    assert sum(cell.value == "'=1+1" for cell in cells) == told > 5
    for row in csv.reader((ashview.out / "engagement.csv").read_text(encoding="utf-8").splitlines()):
        assert not any(cell.startswith(("=", "+", "@")) for cell in row)


def test_the_page_has_the_map_the_gaps_and_every_question(ashview):
    page = (ashview.out / "engagement.html").read_text(encoding="utf-8")
    record = ashview.record()
    assert "Content-Security-Policy" in page
    assert page.count('class="answer-sheet') >= len(record["answers"])
    for gap in record["gaps"]:
        assert gap["sentence"] in page
    assert not re.search(r"<script[^>]+src=|<link[^>]+href=.http", page)


def said_to_users(ashview):
    """Everything a person reads: the terminal, gaps, answers, and the text of the page."""
    record = ashview.record()
    page = (ashview.out / "engagement.html").read_text(encoding="utf-8")
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    words = [ashview.stdout, ashview.stderr, re.sub(r"<[^>]+>", " ", body), *record["notes"]]
    words += [gap[part] for gap in record["gaps"] for part in ("sentence", "evidence")]
    words += [answer[part] for answer in record["answers"] for part in ("question", "answer")]
    words += ["; ".join(map(str, one.values())) for one in record["parameters"]]
    return "\n".join([*words, *ashview.table()["reason"].dropna()])


def test_a_percentage_is_written_in_one_way(ashview):
    said = said_to_users(ashview)
    assert re.search(r"\d%", said)
    assert re.findall(r".{0,20}\d\s%.{0,10}", said) == []


# --- one run beside another: without reports, which take the time -----------------------------------------------------


def without_reports(geo, project, out, *more):
    return geo("engagement", "--project", project / "geo.toml", "--quiet", "--out", out, *more)


def test_rows_in_another_order_give_the_same_bytes(geo, tmp_path):
    project = own_copy(tmp_path / "one", without=["incidents"])
    shuffled = own_copy(tmp_path / "two", without=["incidents"])
    for path in shuffled.glob("*.csv"):
        header, *rows = path.read_text(encoding="utf-8").splitlines()
        random.Random(path.name).shuffle(rows)
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    for folder, out in ((project, "first"), (project, "again"), (shuffled, "shuffled")):
        result = without_reports(geo, folder, out)
        assert (result.exit_code, result.stderr) == (0, "")
    for name in ("engagement.csv", "engagement.gpkg", "engagement.xlsx", "engagement.json"):
        first = Path("first", name).read_bytes()
        assert first == Path("again", name).read_bytes(), name
        assert first == Path("shuffled", name).read_bytes(), name
    assert names("first") == FILES


def test_json_is_the_only_thing_on_stdout(geo, tmp_path):
    result = without_reports(geo, own_copy(tmp_path / "a", without=["incidents"]), "out", "--json")
    assert result.stderr == ""
    said = json.loads(result.stdout)
    assert said == json.loads(Path("out/engagement.json").read_text(encoding="utf-8"))
    assert [gap["subject"] for gap in said["gaps"]][:2] == ["Roma residents", "Larkfield"]
    assert len(said["measures"]) == len(pd.read_csv("out/engagement.csv"))


# --- small logs: what is missing, and what cannot be ------------------------------------------------------------------


def run(geo, *more, log="date,activity,ward_code,attendees\n2025-03-04,forum,E05999001,4\n", out="out"):
    Path("log.csv").write_text(log, encoding="utf-8")
    return geo(
        "engagement",
        *("--engagements", "log.csv", "--wards", ASHVIEW / "wards.geojson", "--area", "Ashview"),
        *("--as-of", "2025-12-31", "--out", out),
        *more,
    )


def test_a_log_and_wards_are_enough(geo):
    result = run(geo)
    assert result.exit_code == 0
    assert names("out") == FILES
    assert "No residents by community are known: nothing can be expected" in result.stderr
    assert "No focal points are known: reach cannot be told. Give --focal-points." in result.stderr
    assert pd.read_csv("out/engagement.csv")["events"].sum() == 1


def test_nothing_is_overwritten_unasked(geo):
    assert run(geo).exit_code == 0
    before = Path("out/engagement.csv").read_bytes()
    again = run(geo, log="date,activity,ward_code\n2025-03-04,forum,E05999001\n2025-03-05,forum,E05999001\n")
    assert again.exit_code == 1
    assert "already exists" in again.stderr
    assert Path("out/engagement.csv").read_bytes() == before
    assert run(geo, "--overwrite", log="date,activity,ward_code\n2025-03-05,forum,E05999002\n").exit_code == 0
    assert Path("out/engagement.csv").read_bytes() != before


def test_rows_at_fault_are_listed_with_their_rows(geo):
    rows = ["2025-03-04,forum,E05999001,4", "2026-03-04,forum,E05999001,4", "2025-03-04,forum,E05999001,-4", ",,,"]
    log = "\n".join(["date,activity,ward_code,attendees", *rows]) + "\n"
    result = run(geo, log=log)
    assert result.exit_code == 0
    set_aside = pd.read_csv("out/engagement_set_aside.csv")
    assert set_aside["file"].eq("log.csv").all()
    assert set_aside["row"].tolist() == [5]  # a head count that cannot be costs the head count, not the meeting
    assert pd.read_csv("out/engagement.csv")["events"].sum() == 2


WARDS = "ward_code,community,population\n"
# name: (the log or None, option, file's text, what is said)
BAD = {
    "no log": (None, "--engagements", None, "missing.csv: no such file."),
    "log without dates": ("activity,attendees\nforum,3\n", None, "", "log.csv: no column 'date'."),
    "dates nobody can read": ("date,activity,ward_code\nsoon,forum,E05999001\n", None, "", "1 date cannot be read"),
    "an empty log": ("date,activity,ward_code\n", None, "", "log.csv: no usable engagement among 0 rows"),
    "only plans": (
        "date,activity,ward_code\n2025-12-31,forum,E05999001\n",
        "--as-of",
        "2025-12-30",
        "No engagement up to 2025-12-30",
    ),
    "a log of other wards": (
        "date,activity,ward_code\n2025-03-04,forum,E05002700\n",
        None,
        "",
        "no usable engagement among 1 row",
    ),
    "residents of other wards": (
        "",
        "--communities",
        f"{WARDS}E05002700,Roma,30\n",
        "none of its 1 ward (E05002700) is among the wards given",
    ),
    "residents by LSOA without a lookup": (
        "",
        "--communities",
        "LSOA21CD,community,population\nE01099999,Roma,30\n",
        "its areas are of the kind LSOA (E01099999), not wards.",
    ),
    "two populations for one": (
        "",
        "--communities",
        f"{WARDS}E05999001,Roma,30\nE05999001,Roma,40\n",
        "Roma in E05999001 is 30 in row 2 and 40 in row 3",
    ),
    "an unknown kind": ("", "--group-set", "language", "--group-set language: no such kind of community."),
    "no such area": ("", "--area", "Nowhere", "Nowhere"),
    "no such wards": ("", "--wards", "missing.geojson", "missing.geojson: no such file."),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input(geo, what):
    log, option, value, message = BAD[what]
    more = []
    if option == "--communities":
        Path("people.csv").write_text(value, encoding="utf-8")
        more = [option, "people.csv"]
    elif option == "--group-set":
        more = [option, value, "--communities", ASHVIEW / "communities.csv"]
    elif option:
        more = [option, value or "missing.csv"]
    result = run(geo, *more, **({"log": log} if log else {}))
    assert result.exit_code == 1
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    assert not Path("out").exists()
    problem, hint = result.stderr.strip().splitlines()[-2:]
    assert message in problem
    assert hint.endswith((".", "?", ")"))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--since", "2026-01-01"], "--since 2026-01-01 is after --as-of 2025-12-31."),
        (["--diary", "log.csv"], "--diary needs --since: a timetable has no first day."),
        (["--threshold", "1.5"], "1.5 is not in the range"),
        (["--probability", "0.3"], "--probability"),
    ],
)
def test_bad_options(geo, more, message):
    result = run(geo, *more)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not Path("out").exists()


def test_values_from_files_do_not_reach_the_terminal_as_commands(geo):
    evil = "\x1b[31m[bold]red[/bold]\x07"
    Path("people.csv").write_text(f"{WARDS}E05999001,{evil},900\nE05999001,Irish,900\n", encoding="utf-8")
    rows = "".join(f"2025-{month:02d}-04,forum,E05999001,Irish\n" for month in range(1, 13))
    result = run(geo, "--communities", "people.csv", log=f"date,activity,ward_code,communities\n{rows}")
    assert result.exit_code == 0
    assert "[bold]red[/bold]" in result.stdout
    assert not {"\x1b", "\x07"} & set(result.stdout + result.stderr)
