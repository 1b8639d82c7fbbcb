"""A row more in a log that many share: nothing lost, nothing rewritten, whatever is killed."""

from __future__ import annotations

import codecs
import csv
import io
import os
import random
import signal
import stat
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path

import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import GeoError
from layers.log.append import append_engagement, new_log, next_id, open_elsewhere
from layers.log.columns import ENGAGEMENTS
from layers.reading.records import read_records
from layers.reading.report import ReadReport
from layers.writing import commit

HEADER = "engagement_id,date,activity,objective,ward_code,attendees,notes"
OLD = (
    f"{HEADER}\nENG-0296,2025-12-22,foot_patrol,reassure,E05999003,12,\nENG-0297,2025-12-26,drop_in,build_trust,,3,x\n"
)
ROW = {"date": "2025-12-30", "activity": "drop_in", "objective": "build_trust", "ward_code": "E05999003"}
LINE = "ENG-0298,2025-12-30,drop_in,build_trust,E05999003,,"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "engagements.csv"
    path.write_bytes(OLD.encode())
    return path


def hidden(path: Path) -> Path:
    """The folder in which the log is written while it is locked."""
    return path.with_name(f"{commit.STAGE}-{path.name}")


def cells(path: Path, encoding: str = "utf-8-sig", delimiter: str = ",") -> list[list[str]]:
    """The file as Python's own reader sees it: the oracle."""
    return list(csv.reader(io.StringIO(path.read_bytes().decode(encoding), newline=""), delimiter=delimiter))


def read_back(path: Path, encoding: str | None = None) -> list[dict[str, str | None]]:
    """The file as geo reads it."""
    report = ReadReport("engagements")
    rows = read_records(path, ENGAGEMENTS, report, required=["date"], encoding=encoding).rows
    assert report.set_aside == []
    return rows.to_dict("records")


# --- one row ---------------------------------------------------------------------------------------------------------


def test_the_row_stands_at_the_end_and_the_rest_is_untouched(log):
    assert append_engagement(log, ROW) == "ENG-0298"
    assert log.read_bytes() == OLD.encode() + LINE.encode() + b"\n"
    assert append_engagement(log, {**ROW, "attendees": "7", "notes": "tea, cake"}) == "ENG-0299"
    assert cells(log)[-1] == ["ENG-0299", "2025-12-30", "drop_in", "build_trust", "E05999003", "7", "tea, cake"]


def test_the_caller_keeps_the_row(log):
    row = dict(ROW)
    append_engagement(log, row)
    assert row == ROW


@pytest.mark.parametrize(
    ("before", "added"),
    [
        (OLD, f"{LINE}\n"),
        (OLD.rstrip("\n"), f"\n{LINE}"),
        (OLD.replace("\n", "\r\n"), f"{LINE}\r\n"),
        (OLD.replace("\n", "\r\n").rstrip(), f"\r\n{LINE}"),
        (OLD.replace("\n", "\r"), f"{LINE}\r"),
        (f"{OLD}\n\n", f"{LINE}\n"),
        (OLD.replace(",", ";"), LINE.replace(",", ";") + "\n"),
        (OLD.replace(",", "\t"), LINE.replace(",", "\t") + "\n"),
        (OLD.replace(",", "|"), LINE.replace(",", "|") + "\n"),
        (HEADER, "\n" + LINE.replace("0298", "0001")),
        (HEADER + "\r\n", LINE.replace("0298", "0001") + "\r\n"),
    ],
    ids="lf no-end crlf crlf-no-end cr blank-lines semicolon tab bar header header-crlf".split(),
)
def test_delimiter_line_ends_and_last_line_are_kept(log, before, added):
    log.write_bytes(before.encode())
    append_engagement(log, ROW)
    assert log.read_bytes().decode() == before + added


def test_quotation_marks_are_kept_where_all_cells_have_them(log):
    quoted = "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in OLD.splitlines()) + "\n"
    log.write_bytes(quoted.encode())
    append_engagement(log, {**ROW, "attendees": "7"})
    assert log.read_text().removeprefix(quoted) == (
        '"ENG-0298","2025-12-30","drop_in","build_trust","E05999003","7",""\n'
    )


def test_quotation_marks_are_kept_where_only_texts_have_them(log):
    old = '"date","activity","objective","attendees"\n"2025-01-01","forum","reassure",5\n'
    log.write_bytes(old.encode())
    assert append_engagement(log, {k: v for k, v in ROW.items() if k != "ward_code"} | {"attendees": "7"}) == ""
    assert log.read_text().removeprefix(old) == '"2025-12-30","drop_in","build_trust",7\n'


def test_headings_of_any_name_and_order_and_columns_nobody_knows(log):
    log.write_text("Seen by,Notes,Objective,Date of meeting,ACTIVITY,Ward code,engagement id,Room\n,,,,,,7,\n")
    assert append_engagement(log, {**ROW, "notes": "n"}, columns={"date": "Date of meeting"}) == "8"
    assert cells(log)[-1] == ["", "n", "build_trust", "2025-12-30", "drop_in", "E05999003", "8", ""]


@pytest.mark.parametrize(
    ("encoding", "mark", "codec"),
    [
        (None, b"", "utf-8"),
        (None, codecs.BOM_UTF8, "utf-8"),
        ("utf-8-sig", codecs.BOM_UTF8, "utf-8"),
        ("utf-8-sig", b"", "utf-8"),
        ("cp1252", b"", "cp1252"),
        ("latin-1", b"", "latin-1"),
        (None, codecs.BOM_UTF16_LE, "utf-16-le"),
        (None, codecs.BOM_UTF16_BE, "utf-16-be"),
        ("utf-16", codecs.BOM_UTF16_BE, "utf-16-be"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-32", codecs.BOM_UTF32_LE, "utf-32-le"),
    ],
)
def test_every_encoding(log, encoding, mark, codec):
    before = mark + OLD.replace(",x\n", ",Café – £5\n" if codec != "latin-1" else ",Café £5\n").encode(codec)
    log.write_bytes(before)
    append_engagement(log, {**ROW, "notes": "Zoë's café"}, encoding=encoding)
    assert log.read_bytes() == before + f"{LINE}Zoë's café\n".encode(codec)
    assert read_back(log, encoding)[-1]["notes"] == "Zoë's café"


def test_a_letter_the_encoding_has_not(log):
    with pytest.raises(GeoError) as error:
        append_engagement(log, {**ROW, "notes": "Łódź"}, encoding="cp1252")
    assert str(error.value) == (
        f"{log}: its encoding (cp1252) has no letter 'Ł'. Nothing was changed.\n"
        'Write it otherwise, or save the log as "CSV UTF-8".'
    )
    assert log.read_bytes() == OLD.encode()


@pytest.mark.parametrize("text", ["=1+1", "+441234567890x", "@cmd", "-a note", "=cmd|' /C calc'!A0"])
def test_formulas_become_text(log, text):
    append_engagement(log, {**ROW, "notes": text})
    assert cells(log)[-1][-1] == f"'{text}"
    assert read_back(log)[-1]["notes"] == f"'{text}"


def test_a_number_below_zero_is_no_formula(log):
    log.write_text("date,activity,objective,lon,lat\n2025-01-01,forum,reassure,-0.5,51.9\n")
    append_engagement(
        log, {"date": "2025-12-30", "activity": "forum", "objective": "repair", "lon": "-0.42", "lat": "51.88"}
    )
    assert cells(log)[-1] == ["2025-12-30", "forum", "repair", "-0.42", "51.88"]


HOSTILE = st.text(
    st.one_of(st.characters(codec="utf-8"), st.sampled_from(list(",;|\t\"'\r\n=+-@ \x00\x1b\u2028\x85\ufeff"))),
    max_size=40,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(notes=HOSTILE, delimiter=st.sampled_from(",;\t|"), end=st.sampled_from(["\n", "\r\n"]), last=st.booleans())
def test_any_text_is_read_back_or_refused(log, notes, delimiter, end, last):
    before = OLD.replace(",", delimiter).replace("\n", end)
    before = (before if last else before.rstrip()).encode()
    log.write_bytes(before)
    try:
        append_engagement(log, {**ROW, "notes": notes})
    except GeoError:
        assert log.read_bytes() == before
        assert notes.strip()
        return
    assert log.read_bytes().startswith(before)
    rows = cells(log, delimiter=delimiter)
    assert [row[0] for row in rows[1:]] == ["ENG-0296", "ENG-0297", "ENG-0298"]
    assert {len(row) for row in rows} == {7}
    assert not rows[-1][-1].startswith(("=", "@", "\t"))
    # by the Unicode standard U+F900 and U+8C48 are one character: the reader gives the second
    assert read_back(log)[-1]["notes"] == (unicodedata.normalize("NFC", rows[-1][-1]) or None)
    assert letters(rows[-1][-1]) == letters(notes)


def letters(text):
    """Letters and digits alone, whether their accents were written with them or after them."""
    return "".join(one for one in unicodedata.normalize("NFD", text) if one.isalnum())


@pytest.mark.parametrize("text", ["NA", "None", "nan", "\x07"])
def test_a_text_that_reads_as_empty_is_refused(log, text):
    with pytest.raises(GeoError, match=r"^notes: .* is read as an empty cell\.\nWrite it in other words\."):
        append_engagement(log, {**ROW, "notes": text})
    assert log.read_bytes() == OLD.encode()


# --- its number ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "following"),
    [
        (["ENG-0297"], "ENG-0298"),
        (["ENG-0999"], "ENG-1000"),
        (["ENG-9999"], "ENG-10000"),
        (["ENG-0300", "ENG-0002"], "ENG-0301"),
        (["7", "12"], "13"),
        (["2024/31", "2025/1"], "2025/2"),
        (["ENG-0005", None, "pilot"], "ENG-0006"),
        (["ENG-1", "eng-2", "ENG-1"], "ENG-3"),
        ([], "ENG-0001"),
        ([None, "a", "b"], "ENG-0001"),
        (["0b54ae2e-7d3a-4c1e-9d7b-0e6a8f3c1a25"], "ENG-0001"),
    ],
)
def test_the_next_number(ids, following):
    assert next_id(ids) == following


@given(st.lists(st.one_of(st.none(), st.text(max_size=6), st.from_regex(r"(A|B-)[0-9]{1,3}", fullmatch=True))))
def test_the_next_number_is_new(ids):
    assert next_id(ids).casefold() not in {one.casefold() for one in ids if one}


def test_a_number_of_ones_own(log):
    assert append_engagement(log, {**ROW, "engagement_id": "ENG-0400"}) == "ENG-0400"
    assert append_engagement(log, ROW) == "ENG-0401"
    with pytest.raises(GeoError, match=r"ENG-0400 is there already\.\nLeave out --engagement-id"):
        append_engagement(log, {**ROW, "engagement_id": "eng-0400".upper()})


# --- refusals: one message, nothing changed --------------------------------------------------------------------------


def refused(path: Path, row=ROW, **more) -> str:
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(GeoError) as error:
        append_engagement(path, row, **more)
    assert (path.read_bytes() if path.is_file() else None) == before
    assert list(path.parent.glob(".*.new")) == []
    return str(error.value)


def test_a_column_that_the_log_has_not(log):
    assert refused(log, {**ROW, "cost": "5", "team": "north"}) == (
        f"{log}: no column for cost, team; the value would be lost. Nothing was changed.\n"
        "Add the heading to the first row of the log, or leave the value out. "
        "Found: engagement_id, date, activity, objective, ward_code, attendees, notes."
    )


def test_a_column_that_nobody_has(log):
    assert refused(log, {**ROW, "officer": "x"}).startswith("An engagement has no column 'officer'.\nColumns: ")


def test_a_missing_log_is_made_only_when_asked(tmp_path):
    path = tmp_path / "engagements.csv"
    assert refused(path).startswith(f"{path}: no such file.")
    assert append_engagement(path, {**ROW, "lead_org": "Café"}, create=True) == "ENG-0001"
    assert path.read_bytes().startswith(new_log())
    (row,) = read_back(path)
    assert (row["engagement_id"], row["date"], row["lead_org"]) == ("ENG-0001", "2025-12-30", "Café")
    assert append_engagement(path, ROW, create=True) == "ENG-0002"


def test_a_new_log_has_the_headings_that_the_project_names(tmp_path):
    path, names = tmp_path / "engagements.csv", {"notes": "What, then?", "partners": "with whom"}
    for number in ("ENG-0001", "ENG-0002"):
        assert append_engagement(path, {**ROW, "partners": "council"}, columns=names, create=True) == number
    assert cells(path)[0][-2:] == ["What, then?", "with whom"]
    assert cells(path)[2][-1] == "council"


def test_a_missing_folder(tmp_path):
    path = tmp_path / "none" / "engagements.csv"
    assert refused(path, create=True) == f"{path}: there is no folder {path.parent}.\nCheck the name."


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b"PK\x03\x04 [Content_Types].xml xl/workbook.xml", 'Excel workbook.\nSave the sheet as "CSV UTF-8"'),
        (b"\xd0\xcf\x11\xe0 old", "Excel workbook"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b'{"type": "FeatureCollection", "features": []}', "a json file, which cannot be used here"),
        (b"SQLite format 3\x00", "geopackage"),
        (b"just words\n", "does not look like a table"),
        (b"a,b\n1,2\n", "no column 'date' or no column 'activity' in its first row.\nFound: a, b."),
        (b"Engagement log 2025\n" + OLD.encode(), "does not look like a table"),
        ((OLD + "ENG-0298,2025-12-27,caf\u00e9,,,,\n").encode("cp1252"), "not UTF-8 text (byte 0xE9 in row 4)"),
        ((OLD + 'ENG-0298,2025-12-27,"drop_in,build_trust,E05999003,,\n').encode(), "would not read back as it is"),
    ],
    ids="empty xlsx xls gzip json gpkg words other notes-above cp1252 open-quote".split(),
)
def test_a_file_that_is_no_log(log, data, words):
    log.write_bytes(data)
    assert words in refused(log)


def test_a_sheet_of_a_workbook(log):
    with pytest.raises(GeoError, match="rows are added to text files only"):
        append_engagement(f"{log}::Sheet1", ROW)


def test_a_folder_and_a_pipe(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    assert refused(folder) == f"{folder}: this is a folder, not a file.\nName the file of the log."
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        assert "this is a device or pipe, not a file" in refused(tmp_path / "pipe")
        assert "this is a device or pipe, not a file" in refused(tmp_path / "pipe", dry_run=True)


def test_links_in_a_circle(tmp_path):
    (tmp_path / "a.csv").symlink_to("b.csv")
    (tmp_path / "b.csv").symlink_to("a.csv")
    with pytest.raises(GeoError, match="a.csv: cannot be written"):
        append_engagement(tmp_path / "a.csv", ROW)


def test_a_file_marked_as_read_only(log):
    log.chmod(0o444)
    assert refused(log) == (
        f"{log}: this file is read-only. Nothing was changed.\nAsk its owner for the right to write."
    )


AS_SOMEBODY = """
import os, sys
import pandas, pyarrow.csv  # while their files may be read
from geo.errors import GeoError
from layers.log.append import append_engagement
if os.geteuid() == 0:
    os.setuid(65534)  # root may write everywhere
row = dict(date="2025-12-30", activity="drop_in", objective="build_trust")
try:
    print(append_engagement(sys.argv[1], row))
except GeoError as error:
    print(error.problem)
"""


@pytest.fixture
def open_log():
    """A log where everybody may go: pytest's own folders are shut to others."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "engagements.csv"
        path.write_text(OLD)
        yield path
        Path(folder).chmod(0o755)


def as_somebody(path: Path) -> str:
    told, errors = start(AS_SOMEBODY, path).communicate(timeout=120)
    assert errors == ""
    return told.strip()


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs POSIX rights")
def test_a_folder_without_the_right_to_write(open_log):
    open_log.chmod(0o666)
    open_log.parent.chmod(0o555)
    assert as_somebody(open_log) == f"{open_log}: cannot be written (Permission denied). Nothing was changed."
    assert open_log.read_text() == OLD


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs two users")
def test_two_users_share_a_log(open_log):
    open_log.chmod(0o644)
    open_log.parent.chmod(0o777)
    assert as_somebody(open_log) == f"{open_log}: this file is read-only. Nothing was changed."
    open_log.chmod(0o666)
    assert append_engagement(open_log, ROW) == "ENG-0298"
    assert as_somebody(open_log) == "ENG-0299"
    assert append_engagement(open_log, ROW) == "ENG-0300"
    assert stat.S_IMODE(open_log.stat().st_mode) == 0o666


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_and_a_share_that_went_away(log, monkeypatch, step):
    def fail(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), fail)
    assert refused(log) == (
        f"{log}: cannot be written (No space left on device). Nothing was changed.\n"
        "Is it open in another program, the disk full, or the folder not yours?"
    )


def test_a_share_without_locks(log, monkeypatch):
    fcntl = pytest.importorskip("fcntl", reason="locks of Unix")

    def no_locks(_fd, _how):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    assert "cannot be written (Function not implemented). Nothing was changed." in refused(log)


def test_someone_who_never_lets_go(log):
    with commit.locked(log, wait_s=1):
        message = refused(log, wait_s=0)
    assert message == f"{log}: another geo is writing it, and has been for 0 seconds.\nWait for it, and try again."
    assert append_engagement(log, ROW) == "ENG-0298"


# --- the file itself -------------------------------------------------------------------------------------------------


def test_rights_are_kept_and_the_lock_has_them_too(log):
    log.chmod(0o660)
    append_engagement(log, ROW)
    assert stat.S_IMODE(log.stat().st_mode) == 0o660
    with commit.locked(log, wait_s=1):
        assert stat.S_IMODE((hidden(log) / ".lock").stat().st_mode) == 0o660
    assert [one.name for one in log.parent.iterdir()] == ["engagements.csv"]


def test_a_link_stays_a_link(log, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "log.csv"
    link.symlink_to(log)
    append_engagement(link, ROW)
    assert link.is_symlink()
    assert log.read_text().endswith(f"{LINE}\n")
    with commit.locked(log, wait_s=1), pytest.raises(GeoError, match="another geo is writing it"):
        append_engagement(link, ROW, wait_s=0)


def test_a_program_without_locks_that_writes_in_between_loses_nothing(log, monkeypatch):
    write, seen = commit._write, []

    def interrupted(path, data):
        write(path, data)
        if not seen:
            log.write_bytes(log.read_bytes() + b"ENG-0298,2025-12-29,forum,reassure,,,by hand\n")
        seen.append(data)

    monkeypatch.setattr(commit, "_write", interrupted)
    assert append_engagement(log, ROW) == "ENG-0299"
    assert [row[0] for row in cells(log)[1:]] == ["ENG-0296", "ENG-0297", "ENG-0298", "ENG-0299"]


def test_a_program_that_never_stops_writing(log, monkeypatch):
    monkeypatch.setattr("layers.log.append.replace_file", lambda *_args, **_more: False)
    assert "another program keeps changing this file. Nothing was changed." in refused(log)


def test_a_link_in_the_place_of_the_new_file_is_not_followed(log, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    hidden(log).mkdir()
    (hidden(log) / "new").symlink_to(victim)
    append_engagement(log, ROW)
    assert victim.read_text() == "mine"
    assert not log.is_symlink()


def test_libreoffice_says_what_it_has_open(log):
    assert not open_elsewhere(log)
    (log.parent / ".~lock.engagements.csv#").touch()
    assert open_elsewhere(log)


def test_a_dry_run_tells_the_number_and_writes_nothing(log, tmp_path):
    before = sorted(one.name for one in tmp_path.iterdir())
    assert append_engagement(log, ROW, dry_run=True) == "ENG-0298"
    assert log.read_bytes() == OLD.encode()
    assert append_engagement(tmp_path / "new.csv", ROW, dry_run=True, create=True) == "ENG-0001"
    assert sorted(one.name for one in tmp_path.iterdir()) == before
    with pytest.raises(GeoError, match="no column for cost"):
        append_engagement(log, {**ROW, "cost": "5"}, dry_run=True)


# --- many at once, and killed ----------------------------------------------------------------------------------------

MANY = """
import os, sys
from layers.log.append import append_engagement
path, processes, rows = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
start, go = os.pipe()
children = []
for number in range(processes):
    child = os.fork()
    if child == 0:
        os.close(go)
        os.read(start, 1)  # all at once: when the parent closes its end
        try:
            for row in range(rows):
                given = dict(date="2025-12-30", activity="drop_in", objective="build_trust", notes=f"p{number} r{row}")
                print(append_engagement(path, given, wait_s=300), flush=True)
            os._exit(0)
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
    children.append(child)
os.close(go)
sys.exit(max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))
"""


def start(code: str, *args: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_twenty_processes_at_once_lose_no_row(log):
    # the pipe's other end is closed by the parent: nobody starts before all are there
    done = start(MANY, log, 20, 5)
    told, errors = done.communicate(timeout=300)
    assert (done.returncode, errors) == (0, "")
    rows = cells(log)
    assert log.read_bytes().startswith(OLD.encode())
    assert {row[-1] for row in rows[3:]} == {f"p{i} r{j}" for i in range(20) for j in range(5)}
    assert [row[0] for row in rows[1:]] == [f"ENG-{number:04d}" for number in range(296, 398)]
    assert sorted(told.split()) == [row[0] for row in rows[3:]]
    for number in range(20):  # each saw its own rows in their order
        assert [row[-1] for row in rows if row[-1].startswith(f"p{number} ")] == [f"p{number} r{j}" for j in range(5)]


DIE_AT = """
import os, signal, sys
path, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
from layers.log import append as log
from layers.writing import commit
from pathlib import Path
calls = 0
def die(*args, **more):
    global calls
    calls += 1
    if calls == count:
        if name == "half":  # half of the new file is on the disk
            os.write(os.open(args[0], os.O_WRONLY | os.O_CREAT), args[1][: len(args[1]) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args, **more)
where, attribute = {
    "half": (commit, "_write"), "rights": (commit, "_keep_rights"), "compare": (commit, "_now"),
    "move": (commit, "_move"), "moved": (commit, "_sync_folder"), "build": (log, "_with_row"),
}[name]
real = getattr(where, attribute)
setattr(where, attribute, die)
for row in range(3):
    log.append_engagement(path, dict(date="2025-12-30", activity="drop_in", objective="build_trust", notes=f"r{row}"))
    print(row, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize("name", ["build", "half", "rights", "compare", "move", "moved"])
def test_killed_at_every_step(log, name):
    done = start(DIE_AT, log, name, 4 if name == "moved" else 2)
    told, _ = done.communicate(timeout=120)
    assert done.returncode == -signal.SIGKILL
    assert told.split() == ["0"]
    notes = [row[-1] for row in cells(log)[3:]]
    assert notes == (["r0", "r1"] if name == "moved" else ["r0"])
    assert log.read_bytes().startswith(OLD.encode())
    append_engagement(log, {**ROW, "notes": "after"}, wait_s=0)
    assert [row[-1] for row in cells(log)[3:]] == [*notes, "after"]
    assert [one.name for one in log.parent.iterdir()] == ["engagements.csv"]


FOREVER = """
import sys
from layers.log.append import append_engagement
print("ready", flush=True)
while True:
    append_engagement(sys.argv[1], dict(date="2025-12-30", activity="drop_in", objective="build_trust", notes="n" * 50))
    print("row", flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_killed_anywhere(log):
    """Kill after so many rows and so many idle turns: wherever it is then, the log holds whole rows."""
    chance = random.Random(1)
    for _ in range(4):
        child = start(FOREVER, log)
        for _ in range(1 + chance.randrange(3)):
            child.stdout.readline()
        for _ in range(chance.randrange(200_000)):
            pass
        child.kill()
        told = child.communicate(timeout=60)[0].count("row")
        rows = cells(log)
        assert {len(row) for row in rows} == {7}
        assert log.read_bytes().startswith(OLD.encode())
        assert len(rows) - 3 >= told
        assert [row[0] for row in rows[1:]] == [f"ENG-{296 + i:04d}" for i in range(len(rows) - 1)]
        append_engagement(log, ROW, wait_s=0)


def test_a_lock_file_left_by_anyone_does_not_block(log):
    hidden(log).mkdir()
    (hidden(log) / ".lock").write_text("pid 1, long dead")
    assert append_engagement(log, ROW, wait_s=0) == "ENG-0298"
