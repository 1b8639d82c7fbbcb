"""Every command killed, and its disk full, at every step in the file system; afterwards all is old or all is new.

Run: python benchmarks/kills.py [--sample N] [--only WORDS]. A small town is made in memory, and each command runs in a
child of a process that has loaded everything, with old files of its names in its folder and without. A step is a call
that makes, writes, names or removes something; ``--sample``: try N of them a command and way (all, without it). After
each the folder is looked at as the next run would: every file old, or every file new, the shared ones (log, register,
releases) with them; the same command must then end well, and nothing hidden may be left, nor anything in the folder for
temporary files. A kill is a copy of the folder as it is before the step: a process that is killed changes nothing after
it and holds no lock. Prints how many steps were tried and each one that failed; exits 1 if any did.
"""

from __future__ import annotations

import argparse
import builtins
import contextlib
import errno
import hashlib
import importlib
import io
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

# what a step is; those that need room fail on a full disk
STEPS = "open write fsync link replace rename unlink mkdir rmdir".split()
ROOM = ("open", "write", "fsync", "link", "mkdir", "io.open", "gdal")
MARK = b"old"
# where a command puts what it needs for a moment; nothing else would ever sweep it
PASSING = "passing"
HIDDEN = (".geo-stage", ".new-", ".network-", ".geo-picture-")
PROJECT = ["--project", "town/geo.toml"]
WRITES = [*PROJECT, "--quiet", "--overwrite", "--out"]
LOGGED = "--date 2025-12-30 --activity drop_in --objective build_trust --ward E05999003".split()
PERIODS = "--before 2024-01:2024-12 --after 2025-01:2025-12".split()
# {words: shared files that change with the results}
COMMANDS: dict[str, tuple[list[str], tuple[str, ...]]] = {
    "log": (["log", *PROJECT, "--quiet", *LOGGED], ("engagements.csv",)),
    "init": (["init", "bare", "--overwrite"], ()),
    "register rename": (["register", "rename", "HS-0001", "By the clock", *PROJECT], ("hotspots_register.gpkg",)),
    "releases withdraw": (["releases", *PROJECT, "--withdraw", "1", "--reason", "not sent"], ("releases.jsonl",)),
    "audit record": (["audit", "wards.csv", *PROJECT, "--record"], ("releases.jsonl",)),
    "release": (["release", "wards.csv", *WRITES, "out"], ("releases.jsonl",)),
    "workshop collect": (["workshop", "collect", "town/workshop_notes.geojson", *WRITES, "out"], ()),
    "hotspots": (["hotspots", *WRITES, "out"], ("hotspots_register.gpkg",)),
    "hotspots public": (
        ["hotspots", "--profile", "public", *WRITES, "out"],
        ("hotspots_register.gpkg", "releases.jsonl"),
    ),
    "engagement": (["engagement", *WRITES, "out"], ()),
    "map workshop": (["map", "--audience", "workshop", *WRITES, "out"], ("releases.jsonl",)),
    "map inspector": (["map", "--audience", "inspector", *WRITES, "out"], ()),
    "patrol plan": (["patrol", "plan", *WRITES, "out"], ()),
    "patrol check": (["patrol", "check", "town/evening.gpx", "--plan", "plan.gpkg", *WRITES, "out"], ()),
    "compare": (["compare", *PERIODS, *WRITES, "out"], ()),
    "assess": (
        [
            "assess",
            "--places",
            "wards",
            "--treated",
            "E05999003",
            "--treated",
            "E05999004",
            "--draws",
            "99",
            *PERIODS,
            *WRITES,
            "out",
        ],
        (),
    ),
    "trial design": (["trial", "design", "--first-day", "2027-01-04", "--days", "60", *WRITES, "out"], ()),
    "month": (["month", "2025-12", *WRITES, "out"], ("hotspots_register.gpkg",)),
}
SETTINGS = """
[hotspots]
null = "csr"
runs = 19
eps = 100
min-incidents = 12
[patrol.plan]
date = 2026-01-09
start = ["FP-022"]
seconds = 1
[engagement]
as-of = 2025-12-31
[month]
pages = ["inspector"]
"""


class Fault:
    """What happens at which step: ``full``: no room from step ``at`` on; ``kill``: ``stop`` is called before each step,
    and what the folder holds then is what a kill there leaves. ``steps``: counted so far.
    """

    def __init__(self, way: str, at: int, stop: Callable[[], None]) -> None:
        self.way, self.at, self.stop, self.steps = way, at, stop, 0
        self._one_at_a_time = threading.Lock()

    def install(self) -> None:
        """Count the calls of this process from now on."""
        import pyogrio

        for name in STEPS:
            setattr(os, name, self._wrapped(name, getattr(os, name)))
        opened = self._wrapped("io.open", builtins.open)
        builtins.open = io.open = opened
        pyogrio.write_dataframe = self._wrapped("gdal", pyogrio.write_dataframe)

    def _wrapped(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            if (name == "open" and not args[1] & os.O_CREAT) or (name == "io.open" and not _writes(args, more)):
                return real(*args, **more)
            with self._one_at_a_time:
                self.steps += 1
                if self.way == "kill":
                    self.stop()
            if self.way == "full" and self.steps >= self.at > 0 and name in ROOM:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*args, **more)

        return call


def _writes(args: tuple[Any, ...], more: dict[str, Any]) -> bool:
    mode = args[1] if len(args) > 1 else more.get("mode", "r")
    return not isinstance(mode, str) or any(mark in mode for mark in "wax+")


def run(words: list[str], way: str = "", at: int = 0, stopped: Callable[[int], None] | None = None) -> tuple[int, int]:
    """Run a command in a child; return its exit code and how many steps it took.

    ``stopped`` is called with the number of each step of the way ``kill`` while the child waits before it.
    """
    told, teller = os.pipe()
    waited, waker = os.pipe()
    pid = os.fork()
    if pid == 0:
        _child(words, way, at, teller, waited)
    os.close(teller)
    os.close(waited)
    steps = code = 0
    with os.fdopen(told) as lines:
        for line in lines:
            if line != "step\n":
                code = int(line)
                continue
            steps += 1
            if stopped is not None:
                stopped(steps)
            if way == "kill":
                os.write(waker, b".")
    os.close(waker)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code or status, steps


def _child(words: list[str], way: str, at: int, teller: int, waited: int) -> NoReturn:
    tell, leave = os.write, os._exit
    with contextlib.suppress(Exception):
        os.setpgid(0, 0)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    os.dup2(null, 2)
    tempfile.tempdir = str(Path.cwd() / PASSING)

    def stop() -> None:
        tell(teller, b"step\n")
        os.read(waited, 1)

    fault = Fault(way, at, stop)
    fault.install()
    code = 70
    try:
        import cli

        code = int(cli.main(words, standalone_mode=False) or 0)
    except SystemExit as error:
        code = int(error.code or 0)
    except BaseException as error:
        code = 1 if type(error).__name__ in ("Exit", "GeoError") else 70
    tell(teller, b"step\n" * (fault.steps if way != "kill" else 0) + f"{code}\n".encode())
    leave(0)


def town(folder: Path) -> None:
    """Write a small town into ``folder``: Ashview's layers, every third of its reports."""
    from data.sample import sample_files

    (folder / "town").mkdir(parents=True)
    for name, content in sample_files().items():
        (folder / "town" / name).write_bytes(content)
    reports = (folder / "town" / "incidents.csv").read_bytes().splitlines(keepends=True)
    (folder / "town" / "incidents.csv").write_bytes(b"".join([reports[0], *reports[1::3]]))
    toml = (folder / "town" / "geo.toml").read_text(encoding="utf-8")
    layers = toml[: toml.index("[hotspots]")].replace('streets = "streets.geojson"\n', "")
    (folder / "town" / "geo.toml").write_text(layers + SETTINGS, encoding="utf-8")
    (folder / "bare").mkdir()
    shutil.copy(folder / "town" / "wards.geojson", folder / "bare")
    (folder / "wards.csv").write_text("ward_code,incidents\nE05999001,45\nE05999002,120\n", encoding="utf-8")


def snapshot(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder by its name, but for what is kept to save time."""
    files = (
        path for path in sorted(folder.rglob("*")) if path.is_file() and not {".geo-cache", PASSING} & {*path.parts}
    )
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def fingerprint(folder: Path) -> str:
    """Return a hash of everything below a folder: names, kinds and contents, hidden ones too."""
    made = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        made.update(f"{path.relative_to(folder)}\0{path.lstat().st_mode}\0".encode())
        if path.is_file():
            made.update(path.read_bytes())
    return made.hexdigest()


def litter(folder: Path) -> list[str]:
    """Return what is hidden below a folder and should not be."""
    passing = [str(path.relative_to(folder)) for path in (folder / PASSING).glob("*")]
    return passing + [str(path.relative_to(folder)) for path in folder.rglob("*") if path.name.startswith(HIDDEN)]


def look(folder: Path, shared: tuple[str, ...]) -> None:
    """Look into the folders as the next run does first."""
    from layers.writing.commit import settle_file, settle_folder

    for place in (folder / "out", folder / "bare", *(folder / "out").glob("**/")):
        settle_folder(place)
    for name in shared:
        settle_file(folder / "town" / name)


def judged(folder: Path, before: dict[str, bytes], after: dict[str, bytes], shared: tuple[str, ...]) -> str:
    """Return what is mixed; empty where every file is old or every file is new. A month's parts are commits each."""
    now = snapshot(folder)
    own = [name for name in after if name.startswith(("out/", "bare/geo.toml"))]
    groups: dict[str, set[str]] = {}
    for name in own:
        state = "old" if now.get(name) == before.get(name) else "new" if name in now else "missing"
        groups.setdefault(str(Path(name).parent), set()).add(state)
    mixed = [f"{place or '.'}: {sorted(states)}" for place, states in groups.items() if len(states) > 1]
    states = {"old" if now.get(f"town/{name}") == before.get(f"town/{name}") else "new" for name in shared}
    first = next(iter(groups.values())) if own else set()
    if len(states) > 1 or (states and first and states != first and len(groups) == 1):
        mixed.append(f"shared {sorted(states)} beside {sorted(first)}")
    mixed += [f"{name} is gone" for name in before if name not in now and name not in after]
    return "; ".join(mixed)


class Trial:
    """One command in one folder, tried at its steps. ``failures``: a line for each; ``tried``: how many steps."""

    def __init__(self, name: str, home: Path, folder: Path) -> None:
        self.name, self.home, self.folder = name, home, folder
        self.words, self.shared = COMMANDS[name]
        self.failures: list[str] = []
        self.tried = 0
        self.after: dict[str, bytes] = {}

    def try_all(self, sample: int | None) -> None:
        """Try the steps, all or ``sample`` of them, killed and with a full disk, with and without old files."""
        start = self._fresh()
        code, _ = run(self.words)
        self.after = snapshot(self.folder)
        made = tuple(one for one in self.after if one not in start and one.startswith(("out/", "bare/")))
        # the parts of a month are commits each, with keys of their own: what is there is kept
        for old in ((), made) if made and self.name != "month" else ((),):
            self._fresh(old)
            code, steps = run(self.words)
            if code:
                self.failures.append(f"{self.name}: does not run ({code}), {'old files there' if old else 'new'}")
                return
            chosen = range(1, steps + 1)
            if sample is not None and steps > sample:
                chosen = sorted({1 + round(i * (steps - 1) / max(sample - 1, 1)) for i in range(sample)})
            self._kill(old, chosen)
            self._fill(old, chosen)

    def _kill(self, old: Sequence[str], chosen: Sequence[int]) -> None:
        before = self._fresh(old)
        aside, seen = self.folder.with_name("stopped"), set[str]()

        def stopped(step: int) -> None:
            if step not in chosen:
                return
            self.tried += 1
            # a copy, under the same name, is what the next run finds: nobody holds a lock on it
            os.chdir("/")
            self.folder.rename(aside)
            shutil.copytree(aside, self.folder, symlinks=True)
            os.chdir(self.folder)
            self._judge(before, seen, f"{'old files there' if old else 'a new folder'}, kill at {step}")
            os.chdir("/")
            shutil.rmtree(self.folder)
            aside.rename(self.folder)
            os.chdir(self.folder)

        code, _ = run(self.words, "kill", stopped=stopped)
        if code:
            self.failures.append(f"{self.name}: stopped at each step it ends with {code}")

    def _fill(self, old: Sequence[str], chosen: Sequence[int]) -> None:
        seen = set[str]()
        for step in chosen:
            before = self._fresh(old)
            code, _ = run(self.words, "full", step)
            self.tried += 1
            where = f"{'old files there' if old else 'a new folder'}, full at {step}"
            if code not in (0, 1):
                self.failures.append(f"{self.name}, {where}: ended with {code}")
            if litter(self.folder):
                self.failures.append(f"{self.name}, {where}: leaves {litter(self.folder)}")
            self._judge(before, seen, where)

    def _judge(self, before: dict[str, bytes], seen: set[str], where: str) -> None:
        """Look at the folder as the next run does, then let that run; a state that was judged is not judged again."""
        state = fingerprint(self.folder)
        if state in seen:
            return
        seen.add(state)
        look(self.folder, self.shared)
        mixed = judged(self.folder, before, self.after, self.shared)
        if mixed:
            self.failures.append(f"{self.name}, {where}: {mixed}")
        code, _ = run(self.words)
        left = set(self.after) - set(snapshot(self.folder))
        # an entry that is withdrawn already is refused
        if (code and self.name != "releases withdraw") or litter(self.folder) or left:
            told = f"the next run ends with {code}, leaves {litter(self.folder)}, lacks {sorted(left)}"
            self.failures.append(f"{self.name}, {where}: {told}")

    def _fresh(self, old: Sequence[str] = ()) -> dict[str, bytes]:
        os.chdir("/")
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.home, self.folder)
        (self.folder / PASSING).mkdir()
        if self.words[0] in ("hotspots", "month"):  # it makes the register
            (self.folder / "town" / "hotspots_register.gpkg").unlink()
        for one in old:
            (self.folder / one).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / one).write_bytes(MARK)
        os.chdir(self.folder)
        return snapshot(self.folder)


def main() -> int:
    """Try the commands; return 1 where anything failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sample", type=int)
    parser.add_argument("--only", nargs="*", default=list(COMMANDS))
    chosen = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    failed = tried = 0
    with tempfile.TemporaryDirectory(dir=memory) as place:
        home, folder = Path(place) / "home", Path(place) / "work"
        town(home)
        os.chdir(home)
        import cli

        for module in ("geo.disclosure.series", "layers.audit.audit", "study.monthly", "study.trials"):
            importlib.import_module(module)
        # once in this process, so that all is loaded; its results are what the others begin with
        first = [
            COMMANDS["hotspots"][0],
            COMMANDS["map workshop"][0],
            COMMANDS["engagement"][0],
            COMMANDS["patrol plan"][0],
        ]
        null = io.StringIO()
        for words in first:
            with contextlib.redirect_stdout(null), contextlib.redirect_stderr(null):
                cli.main(words, standalone_mode=False)
        shutil.copy("out/plan.gpkg", "plan.gpkg")
        shutil.rmtree("out")
        for name in chosen.only:
            trial = Trial(name, home, folder)
            trial.try_all(chosen.sample)
            tried, failed = tried + trial.tried, failed + len(trial.failures)
            print("\n".join([*trial.failures, f"{name}: {trial.tried} tried"]), flush=True)
        os.chdir("/")
    print(f"{tried} steps, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
