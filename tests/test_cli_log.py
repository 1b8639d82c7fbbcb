"""geo log as it is used: one engagement in, one line out, one clear message when it cannot."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT

import cli
from console import log
from data.sample import sample_files
from layers.engagements import read_engagements
from layers.log.append import NEW_LOG
from study.settings import LogSettings, settings_of

HOME = ("log", "--project", "ashview/geo.toml")
BASIC = ("--date", "2025-12-30", "--activity", "drop_in", "--objective", "build_trust", "--ward", "E05999003")
LOG = Path("ashview/engagements.csv")


@pytest.fixture
def ashview(geo):
    """The sample project in a folder of its own, and geo run beside it."""
    for name, content in sample_files().items():
        path = Path("ashview", name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    return geo


def rows(path: Path = LOG) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def answer(text: str, *args: str, monkeypatch: pytest.MonkeyPatch):
    """Run geo log on a terminal where somebody types ``text``."""
    monkeypatch.setattr(log, "someone_is_there", lambda: True)
    return CliRunner().invoke(cli.main, [*HOME, *args], input=text)


# --- recorded --------------------------------------------------------------------------------------------------------


def test_one_engagement(ashview):
    before = LOG.read_bytes()
    result = ashview(*HOME, *BASIC, "--attendees", "12")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "Recorded ENG-0298 in ashview/engagements.csv: 2025-12-30, drop_in to build_trust, at E05999003, 12 met.\n"
    )
    assert LOG.read_bytes().startswith(before)
    added = {name: value for name, value in rows()[-1].items() if value}
    assert added == {
        "engagement_id": "ENG-0298",
        "date": "2025-12-30",
        "activity": "drop_in",
        "objective": "build_trust",
        "ward_code": "E05999003",
        "attendees": "12",
    }
    frame, report = read_engagements(LOG)
    assert report.used == len(rows())
    assert frame.set_index("engagement_id").loc["ENG-0298", "attendees"] == 12


def test_every_column_has_an_option_and_arrives(ashview):
    named = {one.column for one in settings_of(LogSettings).values()}
    options = {one.name for one in cli.main.commands["log"].params}
    assert set(settings_of(LogSettings)) <= options
    assert set(LOG.read_text(encoding="utf-8").splitlines()[0].split(",")) <= set(NEW_LOG) <= named
    given = {
        "start-time": "9:40",
        "minutes": "90",
        "initiation": "planned",
        "participation-level": "seek advice",
        "channel": "in person",
        "lead-org": "Ashview Library",
        "lead-type": "council",
        "team": "north",
        "focal-point": "FP-005",
        "community": "Pakistani",
        "audience": "youth",
        "attendees": "20",
        "first-time-attendees": "3",
        "invited": "40",
        "cost": "12.50",
        "theme": "noise",
        "quality-score": "4",
        "outcome-type": "referral",
        "outcome-count": "2",
        "escalated-to": "equality board",
        "notes": "tea, and a walk",
        "engagement-id": "ENG-0400",
    }
    more = [text for name, value in given.items() for text in (f"--{name}", value)]
    result = ashview(*HOME, *BASIC[:-2], *more, "--objective", "listen", "--community", "Indian", "--theme", "parking")
    assert result.exit_code == 0, result.stderr
    added = rows()[-1]
    assert all(value for name, value in added.items() if name != "ward_code")
    assert added["objective"] == "build_trust;listen_priorities"
    assert added["communities"] == "Pakistani;Indian"
    assert added["themes"] == "noise;parking"
    assert (added["initiation"], added["participation_level"]) == ("proactive", "consult")
    assert (added["channel"], added["audience"]) == ("face_to_face", "young_people")
    assert (added["start_time"], added["cost"], added["engagement_id"]) == ("09:40", "12.5", "ENG-0400")


def test_further_columns_of_the_layer(ashview):
    LOG.write_bytes(LOG.read_bytes().replace(b",notes\n", b",partners\n", 1))
    result = ashview(*HOME, *BASIC, "--set", "partners=council", "--set", "partners=housing = homes")
    assert result.exit_code == 0, result.stderr
    assert rows()[-1]["partners"] == "council;housing = homes"
    assert "officer: an engagement has no such column." in refused(ashview, *BASIC, "--set", "officer=x")
    assert "no column for venue_type" in refused(ashview, *BASIC, "--set", "venue-type=school")
    assert "'school' is not COLUMN=VALUE" in misused(ashview, *BASIC, "--set", "school")


def test_names_do_for_wards_and_focal_points(ashview):
    ward = rows()[0]
    assert ward
    by_name = ashview(*HOME, *BASIC[:-2], "--ward", "larkfield")
    assert by_name.exit_code == 0, by_name.stderr
    assert rows()[-1]["ward_code"].startswith("E05999")
    for name in ("ashview central mosque", "FP-005 Ashview Central Mosque", "the Ashview Central Mosque, Mill Lane"):
        assert ashview(*HOME, *BASIC[:-2], "--focal-point", name).exit_code == 0
        assert rows()[-1]["focal_point_id"] == "FP-005"
    for name in ("Larkfield Ward", "Larkfield, Ashview", "Ward of Larkfield"):  # as the reader of logs takes them
        assert ashview(*HOME, *BASIC[:-2], "--ward", name).exit_code == 0
        assert rows()[-1]["ward_code"] == "E05999012"


def test_today(ashview):
    day = time.strftime("%Y-%m-%d")
    assert ashview(*HOME, "--date", "today", *BASIC[2:]).exit_code == 0
    assert day <= rows()[-1]["date"] <= time.strftime("%Y-%m-%d")


def test_json_and_quiet(ashview):
    result = ashview(*HOME, *BASIC, "--notes", "mail to a.b@example.org", "--json", "--quiet")
    assert result.stderr == ""
    summary = json.loads(result.stdout)
    assert (summary["engagement_id"], summary["recorded"]) == ("ENG-0298", True)
    assert summary["row"]["activity"] == "drop_in"
    assert "an e-mail address" in summary["warnings"][0]


def test_a_dry_run_writes_nothing(ashview):
    before = sorted(Path("ashview").iterdir()), LOG.read_bytes()
    result = ashview(*HOME, *BASIC, "--dry-run")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "Would record ENG-0298 in ashview/engagements.csv (nothing was written):",
        "  engagement_id: ENG-0298",
        "  date: 2025-12-30",
        "  activity: drop_in",
        "  objective: build_trust",
        "  ward_code: E05999003",
    ]
    assert (sorted(Path("ashview").iterdir()), LOG.read_bytes()) == before


def test_the_project_gives_defaults_and_column_names(ashview):
    text = Path("ashview/geo.toml").read_text(encoding="utf-8")
    text += '\n[log]\nteam = "north"\nobjective = ["reassure"]\nminutes = 60\n[columns.engagements]\nteam = "crew"\n'
    Path("ashview/geo.toml").write_text(text, encoding="utf-8")
    LOG.write_bytes(LOG.read_bytes().replace(b",team,", b",crew,", 1))
    result = ashview(*HOME, "--date", "2025-12-30", "--activity", "forum", "--ward", "E05999003")
    assert result.exit_code == 0, result.stderr
    assert (rows()[-1]["crew"], rows()[-1]["objective"], rows()[-1]["minutes"]) == ("north", "reassure", "60")


def test_a_log_that_the_project_names_is_made(ashview):
    LOG.unlink()
    result = ashview(*HOME, *BASIC)
    assert result.exit_code == 0, result.stderr
    assert [row["engagement_id"] for row in rows()] == ["ENG-0001"]
    assert read_engagements(LOG)[1].used == 1


def test_another_missing_log_is_made_only_when_asked(ashview):
    result = ashview(*HOME, *BASIC, "--log", "mine.csv")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("mine.csv: no such file.\n")
    assert ashview(*HOME, *BASIC, "--log", "mine.csv", "--create").exit_code == 0
    assert len(rows(Path("mine.csv"))) == 1


def test_without_a_project_nothing_is_compared(ashview):
    result = ashview("log", "--log", LOG, *BASIC[:-1], "E09999999")
    assert result.exit_code == 0, result.stderr
    assert rows()[-1]["ward_code"] == "E09999999"


# --- refused ---------------------------------------------------------------------------------------------------------


def refused(ashview, *args) -> str:
    before = LOG.read_bytes()
    result = ashview(*HOME, *args)
    assert (result.exit_code, result.stdout) == (1, "")
    assert LOG.read_bytes() == before
    return result.stderr


def misused(ashview, *args) -> str:
    before = LOG.read_bytes()
    result = ashview(*HOME, *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert LOG.read_bytes() == before
    return result.stderr.splitlines()[-1]


def test_what_is_missing_is_named(ashview):
    assert misused(ashview) == (
        "Error: Missing --date, --activity, --objective, --ward or --focal-point (or --easting and --northing)."
    )
    assert misused(ashview, *BASIC[:-2], "--objective", "") == (
        "Error: Missing --ward or --focal-point (or --easting and --northing)."
    )
    assert misused(ashview, *BASIC, "--easting", "1") == "Error: --easting and --northing belong together: give both."


@pytest.mark.parametrize("day", ["30/12/2025", "2025-12", "2025-02-30", "2025-1-3", "soon"])
def test_a_day_that_is_none(ashview, day):
    assert misused(ashview, *BASIC, "--date", day).startswith("Error: Invalid value for '--date': ")


def test_no_log_is_named(geo):
    result = geo("log", *BASIC)
    assert result.exit_code == 2
    assert "Missing option '--log'" in result.stderr


def test_an_unknown_ward(ashview):
    message = refused(ashview, *BASIC, "--ward", "E05999033")
    assert message.startswith("--ward E05999033: no such ward.\nNearest: E059990")
    assert "E05999003 (Longacre)" in message
    assert "Larkfield)" in refused(ashview, *BASIC, "--ward", "Larkfeld")


def test_an_unknown_focal_point(ashview):
    message = refused(ashview, *BASIC, "--focal-point", "FP-0005")
    assert message.startswith("--focal-point FP-0005: no such focal point.\nNearest: FP-0")
    assert "FP-005 (Ashview Central Mosque)" in message


def test_unknown_words(ashview):
    assert refused(ashview, *BASIC, "--activity", "drop") == (
        "--activity: 'drop' is not in the list.\nNearest: drop_in, door_to_door. To keep it, write 'other:drop'.\n"
    )
    assert "Nearest: build_trust, " in refused(ashview, *BASIC, "--objective", "bild trust")
    assert "Known: inform, consult" in refused(ashview, *BASIC, "--participation-level", "xyzzy")
    assert refused(ashview, *BASIC, "--activity", "drop_in;forum") == (
        "--activity: 2 were given (drop_in, forum).\nChoose one of them.\n"
    )


def test_a_word_of_ones_own_is_kept(ashview):
    assert ashview(*HOME, *BASIC, "--activity", "other:bike marking").exit_code == 0
    assert rows()[-1]["activity"] == "other:bike marking"
    assert "'nonesuch' is not in the list" in refused(ashview, *BASIC, "--objective", "other:chess;nonesuch")


def test_what_the_reader_sets_aside_is_refused(ashview):
    tomorrow = f"{date.today() + timedelta(days=3):%Y-%m-%d}"
    assert "The engagement cannot be used: " in refused(ashview, *BASIC, "--date", tomorrow)
    assert "The engagement cannot be used: " in refused(ashview, *BASIC, "--date", "1066-10-14")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--attendees", "about 20"),
        ("--attendees", "-3"),
        ("--minutes", "inf"),
        ("--cost", "lots"),
        ("--start-time", "25:00"),
        ("--quality-score", "9"),
    ],
)
def test_a_value_that_is_none_is_not_written_as_an_empty_one(ashview, option, value):
    assert option.strip("-").split("-")[0] in refused(ashview, *BASIC, option, value)


def test_a_position_without_columns_for_it(ashview):
    assert "no column for easting, northing; the value would be lost" in refused(
        ashview, *BASIC, "--easting", "602000", "--northing", "481000"
    )


def test_a_workbook(ashview):
    Path("log.xlsx").write_bytes(b"PK\x03\x04 [Content_Types].xml xl/workbook.xml")
    assert refused(ashview, *BASIC, "--log", "log.xlsx") == (
        'log.xlsx: this is an Excel workbook.\nSave the sheet as "CSV UTF-8" and use that file.\n'
    )


# --- warned ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("notes", "what"),
    [
        ("write to jo.bloggs@example.org", "an e-mail address"),
        ("ring 07700 900123", "a phone number"),
        ("call +44 (0)20 7946 0018 and a@b.uk", "an e-mail address and a phone number"),
        ("tel:01632960001", "a phone number"),
    ],
)
def test_notes_that_tell_how_to_reach_somebody(ashview, notes, what):
    result = ashview(*HOME, *BASIC, "--notes", notes)
    assert result.exit_code == 0
    assert f"Note: --notes looks as if it held {what}." in result.stderr


@pytest.mark.parametrize(
    "notes", ["ward E05999003 on 2025-12-30 at 18:00", "12 of 300 homes, 0.5 km", "URN 40/01234567890/25", "@ashview"]
)
def test_notes_that_do_not(ashview, notes):
    assert ashview(*HOME, *BASIC, "--notes", notes).stderr == ""


def test_a_log_that_is_open_in_libreoffice(ashview):
    Path("ashview/.~lock.engagements.csv#").touch()
    result = ashview(*HOME, *BASIC)
    assert result.exit_code == 0
    assert "Note: ashview/engagements.csv looks open in LibreOffice" in result.stderr


# --- asked -----------------------------------------------------------------------------------------------------------


def test_what_is_missing_is_asked_for(ashview, monkeypatch):
    typed = "2025-12-30\ncoffee morning\nbuild_trust;reassure\nE05999003\n"
    result = answer(typed, "--attendees", "4", monkeypatch=monkeypatch)
    assert result.exit_code == 0, result.stderr
    assert "Activity:\n  foot_patrol, walk_and_talk, drop_in," in result.stderr
    assert "E05999003 " in result.stderr
    assert result.stdout.startswith("Recorded ENG-0298")
    assert rows()[-1]["activity"] == "drop_in"
    assert rows()[-1]["objective"] == "build_trust;reassure"


def test_the_nearest_word_is_offered(ashview, monkeypatch):
    typed = "drop\ny\nbild trust\nn\nreassure\nlarkfeld\ny\n"
    result = answer(typed, "--date", "2025-12-30", monkeypatch=monkeypatch)
    assert result.exit_code == 0, result.stderr
    assert "'drop' is not in the list." in result.stderr
    assert "Take drop_in? [Y/n]" in result.stderr
    assert "Take build_trust? [Y/n]" in result.stderr
    added = rows()[-1]
    assert (added["activity"], added["objective"]) == ("drop_in", "reassure")
    assert added["ward_code"] == rows_by_name("Larkfield")


def rows_by_name(name: str) -> str:
    wards = json.loads(Path("ashview/wards.geojson").read_text(encoding="utf-8"))["features"]
    return next(one["properties"]["WD25CD"] for one in wards if one["properties"]["WD25NM"] == name)


def test_a_focal_point_answers_the_question_where(ashview, monkeypatch):
    result = answer("Ashview Central Mosque\n", *BASIC[:-2], monkeypatch=monkeypatch)
    assert result.exit_code == 0, result.stderr
    assert (rows()[-1]["focal_point_id"], rows()[-1]["ward_code"]) == ("FP-005", "")


def test_a_bad_day_is_asked_for_again(ashview, monkeypatch):
    result = answer("yesterday\n2025-12-30\n", *BASIC[2:], monkeypatch=monkeypatch)
    assert result.exit_code == 0
    assert "'yesterday' is not a day." in result.stderr


def test_leaving_while_asked_writes_nothing(ashview, monkeypatch):
    before = LOG.read_bytes()
    result = answer("2025-12-30\n", monkeypatch=monkeypatch)
    assert (result.exit_code, result.stdout) == (1, "")
    assert LOG.read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_on_a_real_terminal(ashview):
    import pty

    ours, theirs = pty.openpty()
    os.write(ours, b"2025-12-30\ndrop\ny\nbuild_trust\nE05999003\n")
    done = subprocess.run(
        [sys.executable, "-c", "import cli; cli.main()", *HOME],
        stdin=theirs,
        stderr=theirs,
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
    )
    shown = os.read(ours, 65_536).decode()
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 0, shown
    assert "Take drop_in? [Y/n]" in shown
    assert done.stdout.startswith("Recorded ENG-0298 in ashview/engagements.csv: 2025-12-30, drop_in to build_trust")


@pytest.mark.skipif(os.name == "nt", reason="POSIX shells")
def test_commands_at_once(ashview):
    before = len(rows())
    children = [
        subprocess.Popen(
            [sys.executable, "-c", "import cli; cli.main()", *HOME, *BASIC, "--notes", f"child {number}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
        )
        for number in range(4)
    ]
    told = [child.communicate(timeout=300)[0].split()[1] for child in children]
    assert sorted(told) == [f"ENG-{number:04d}" for number in range(298, 302)]
    assert {row["notes"]: row["engagement_id"] for row in rows()[before:]} == {
        f"child {number}": one for number, one in enumerate(told)
    }
