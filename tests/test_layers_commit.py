"""Publishing as one commit: killed, or the disk full, at every step; then all is old or all is new."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from conftest import ROOT

from data.sample import sample_files
from geo.errors import GeoError
from layers.writing.commit import STAGE, refuse_existing, staged

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

# Every step is a call of one of these. The process dies before it, after it, or in the middle of a write.
HARNESS = """
import contextlib, errno, json, os, shutil, sys, tempfile
from pathlib import Path
from geo.errors import GeoError
from layers.writing import commit

STEPS = "open write fsync link replace rename unlink mkdir rmdir".split()
SPACE = ("open", "write", "fsync", "link", "mkdir")
REAL = {name: getattr(os, name) for name in STEPS}
OLD = {"a.csv": "old a", "run.json": "old run"}
NEW = {"a.csv": "new a", "b.csv": "new b", "run.json": "new run"}
FIRST = {"mine.txt": "mine"}
LOGS = ("log", "made")
root = Path(tempfile.mkdtemp(dir=sys.argv[1]))
tried = wrong = 0


def fill(kind):
    out = Path(tempfile.mkdtemp(dir=root)) / "out"
    (out.parent / "logs").mkdir()
    (out.parent / "logs" / "log").write_text("first\\n")
    if kind != "new":
        out.mkdir()
        for name, text in {**FIRST, **(OLD if kind == "over" else {})}.items():
            (out / name).write_text(text)
    return out


def logs(out):
    folder = out.parent / "logs"
    return {path.name: path.read_text() for path in folder.iterdir()} if folder.exists() else {}


def told(out):
    return {path.name: path.read_text() for path in out.iterdir() if path.is_file()} if out.exists() else {}


def publish(out, files=NEW):
    shared = commit.Shared(wait_s=0)
    with shared, commit.staged(out, list(files), overwrite=True, wait_s=0, shared=shared) as stage:
        for name, text in files.items():
            number = os.open(stage / name, os.O_WRONLY | os.O_CREAT)
            os.write(number, text.encode())
            os.close(number)
        if files is NEW:  # two shared files elsewhere change with them: one is there, one is made
            for name in LOGS:
                log = shared.keep(out.parent / "logs" / name)
                log.new = (log.before or b"") + b"released\\n"


def patched(step, how, counted):
    def wrap(name):
        def call(*args, **more):
            reads = name == "open" and not args[1] & os.O_CREAT
            if reads and how.startswith("full"):
                return REAL[name](*args, **more)
            counted[0] += 1
            here = counted[0] == step
            if how == "full" and here or how == "full on" and counted[0] >= step > 0 and name in SPACE:
                raise OSError(errno.ENOSPC, "No space left on device")
            if here and how == "before":
                os._exit(9)
            if here and how == "half" and name == "write":
                REAL[name](args[0], args[1][: len(args[1]) // 2])
                os._exit(9)
            done = REAL[name](*args, **more)
            if here and how == "after":
                os._exit(9)
            return done
        return call
    for name in STEPS:
        setattr(os, name, wrap(name))


def child(work, step, how):
    '''Run work in a child that fails at one step; return whether it got to the end, and how many steps it took.'''
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        counted = [0]
        patched(step, how, counted)
        said = ""
        with contextlib.suppress(GeoError):
            work()
            said = "done"
        REAL["write"](writer, f"{said} {counted[0]}".encode())
        os._exit(0)
    os.close(writer)
    said = os.read(reader, 100).decode().split()
    os.close(reader)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return "done" in said, code, int(said[-1]) if said and said[-1].isdigit() else 0


def judge(kind, out, where, finished):
    '''After the next run's first look, the folder is wholly old or wholly new, and has nothing else in it.'''
    global tried, wrong
    tried += 1
    before = {**FIRST, **OLD} if kind == "over" else FIRST if kind == "beside" else {}
    after = {**(FIRST if kind != "new" else {}), **NEW}
    now = told(out)
    if any(now.get(name) not in (before[name], after[name]) for name in before):
        print("missing or torn at once", where, now)
        wrong += 1
    if where[-1] % 2:  # whoever reads a shared file first, or the folder
        for name in LOGS:
            commit.settle_file(out.parent / "logs" / name)
    commit.refuse_existing(out, [], True)
    for name in LOGS:
        commit.settle_file(out.parent / "logs" / name)
    now = told(out)
    kept = {"log": "first\\n"} if now == before else {"log": "first\\nreleased\\n", "made": "released\\n"}
    if logs(out) != kept:
        print("the log", where, logs(out), now)
        wrong += 1
    others = [path.name for path in out.iterdir() if path.is_dir()] if out.exists() else []
    if (now != after if finished else now not in (before, after)) or others:
        print("mixed or litter", where, finished, now, others)
        wrong += 1
    publish(out, {"a.csv": "third", "c.csv": "c"})
    if told(out) != {**now, "a.csv": "third", "c.csv": "c"}:
        print("the next run", where, told(out))
        wrong += 1
    shutil.rmtree(out.parent)


how = sys.argv[2]
for kind in ("over", "beside", "new"):
    out = fill(kind)
    finished, _, steps = child(lambda: publish(out), 0, how)
    assert finished and steps > 20, (finished, steps)
    for step in range(1, steps + 1):
        if how == "twice":  # the run that settles is killed too
            if kind != "over" or step % 2:
                continue
            for second in range(1, 40):
                out = fill(kind)
                child(lambda: publish(out), step, "before")
                _, code, _ = child(lambda: commit.refuse_existing(out, [], True), second, "before")
                judge(kind, out, (kind, step, second), False)
                if code == 0:
                    break
            continue
        out = fill(kind)
        finished, code, _ = child(lambda: publish(out), step, how)
        if how.startswith("full"):
            assert code == 0, (how, step)
            left = [path.name for path in out.iterdir() if path.is_dir()] if out.exists() else []
            hidden = [path.name for path in (out.parent / "logs").iterdir() if path.is_dir()]
            if how == "full on" and (left or hidden or told(out) == NEW and not finished):
                print("a full disk leaves", left, kind, step)
                wrong += 1
        judge(kind, out, (kind, how, step), finished)
print("tried", tried, "wrong", wrong)
shutil.rmtree(root)
"""


@pytest.fixture
def quick(tmp_path):
    """A folder in memory where there is one: thousands of waits for a disk would take minutes."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


@pytest.mark.parametrize("how", ["before", "after", "half", "twice", "full", "full on"])
def test_whatever_happens_at_whatever_step(quick, how):
    done = subprocess.run(
        [sys.executable, "-c", HARNESS, str(quick), how], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    *problems, last = done.stdout.splitlines()
    assert problems == []
    assert int(last.split()[1]) > 60
    assert last.endswith("wrong 0")


RACE = """
import os, sys, tempfile
from pathlib import Path
from geo.errors import GeoError
from layers.writing.commit import staged

for pair in range(60):
    out = Path(tempfile.mkdtemp(dir=sys.argv[1])) / "new" / "out"
    start, go = os.pipe()
    children = []
    for who in ("one", "two"):
        pid = os.fork()
        if pid == 0:
            os.close(go)
            os.read(start, 1)  # both at once: when the parent closes its end
            try:
                with staged(out, ["a.csv", "run.json"]) as stage:
                    for name in ("a.csv", "run.json"):
                        (stage / name).write_text(who)
                os._exit(0)
            except GeoError as error:
                os._exit(3 if "already exists" in str(error) else 4)
        children.append(pid)
    os.close(start)
    os.close(go)
    codes = sorted(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children)
    held = {path.name: path.read_text() for path in out.iterdir()}
    if codes != [0, 3] or len(held) != 2 or len(set(held.values())) != 1:
        print(pair, codes, held)
"""


def test_of_two_runs_into_one_new_folder_one_succeeds(quick):
    done = subprocess.run(
        [sys.executable, "-c", RACE, str(quick)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")


def test_a_run_that_does_not_end_is_named(tmp_path):
    with staged(tmp_path / "out", ["a.csv"]) as stage:
        (stage / "a.csv").write_text("a")
        with pytest.raises(GeoError) as error, staged(tmp_path / "out", ["a.csv"], wait_s=0):
            pytest.fail("must not get here")
    assert str(error.value) == (
        f"{tmp_path / 'out'}: another geo is writing there, and has been for 0 seconds.\n"
        "Wait for it, or choose another folder."
    )
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.csv"]


def test_one_that_fails_takes_nothing_from_one_that_waits(tmp_path):
    """The folder was made by the run that fails, and is used by the one that waited."""
    out = tmp_path / "out"
    with pytest.raises(ValueError, match="stop"), staged(out, ["a.csv"]):
        waiting = os.fork()
        if waiting == 0:
            with staged(out, ["b.csv"]) as stage:
                (stage / "b.csv").write_text("b")
            os._exit(0)
        raise ValueError("stop")
    assert os.waitstatus_to_exitcode(os.waitpid(waiting, 0)[1]) == 0
    assert [path.name for path in out.iterdir()] == ["b.csv"]


def test_a_disk_without_second_names(tmp_path, monkeypatch):
    """FAT has no hard links: the old files are copied, and come back from there."""

    def no_links(*_args, **_more):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    (tmp_path / "a.csv").write_text("old")
    real = Path.replace

    def fail_on_b(self, target):
        if self.name == "b.csv":
            raise OSError(5, "Input/output error")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", fail_on_b)
    with pytest.raises(GeoError, match="Input/output error"), staged(tmp_path, ["a.csv", "b.csv"], overwrite=True) as s:
        (s / "a.csv").write_text("new")
        (s / "b.csv").write_text("new")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.csv": "old"}


def test_links_stay_outside(tmp_path):
    """A link with the hidden folder's name is taken away; one in a result's place is replaced, not followed."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine.txt").write_text("mine")
    out = tmp_path / "out"
    out.mkdir()
    (out / STAGE).symlink_to(elsewhere)
    (out / "a.csv").symlink_to(elsewhere / "mine.txt")
    with staged(out, ["a.csv"], overwrite=True) as stage:
        (stage / "a.csv").write_text("new")
    assert [path.name for path in out.iterdir()] == ["a.csv"]
    assert not (out / "a.csv").is_symlink()
    assert [path.read_text() for path in elsewhere.iterdir()] == ["mine"]


def test_a_file_that_was_promised_and_not_written(tmp_path):
    (tmp_path / "a.csv").write_text("old")
    with pytest.raises(GeoError, match="No such file"), staged(tmp_path, ["a.csv", "b.csv"], overwrite=True) as stage:
        (stage / "a.csv").write_text("new")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.csv": "old"}


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_a_real_command_dies_at_calls_of_the_system(tmp_path):
    """The kernel's own calls, as the command and its libraries make them: killed, or without space."""
    for name, content in sample_files().items():
        (tmp_path / name).write_bytes(content)
    out = tmp_path / "out"
    words = ["-m", "cli", "workshop", "collect", "workshop_notes.geojson", "--out", "out", "--overwrite", "--quiet"]

    def run(*traced):
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            [*traced, sys.executable, *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def told():
        return {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}

    assert run().returncode == 0
    new = {name: data for name, data in told().items() if name != "workshop_run.json"}
    for call, nth, fault in [
        ("linkat", 2, "signal=KILL"),
        ("rename", 3, "signal=KILL"),
        ("rename", 5, "error=ENOSPC"),
        ("write,pwrite64,fsync", 40, "error=ENOSPC"),
    ]:
        old = dict.fromkeys([*new, "workshop_run.json"], b"old")
        for name, data in old.items():
            (out / name).write_bytes(data)
        done = run(
            *("strace", "-f", "-qq", "-o", str(tmp_path / "trace.txt"), "-e", f"trace={call}"),
            *("-e", f"inject={call}:{fault}:when={nth}{'+' if ',' in call else ''}"),
        )
        assert done.returncode == (-signal.SIGKILL if "KILL" in fault else 1), (call, done.stderr)
        assert (out / STAGE).exists() == ("KILL" in fault)
        refuse_existing(out, [], overwrite=True)
        now = told()
        decided = call == "rename" and "KILL" in fault
        assert {name: now.pop(name) for name in new} == (new if decided else dict.fromkeys(new, b"old"))
        assert (json.loads(now.pop("workshop_run.json")) if decided else now.pop("workshop_run.json")) != b""
        assert now == {}
