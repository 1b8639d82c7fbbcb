"""Results into files: all of them or none, by one run at a time, whatever is killed and however full the disk is.

A folder is written in this order. Lock it; finish or undo what a killed run left; write the new files into the hidden
folder ``.geo-stage`` inside it; bring them to the disk; keep the old files there under a second name; write the list of
the names, the journal; give every new file its name; take the hidden folder away. Without a journal nothing has been
replaced, and the next run sweeps the hidden folder. With one, everything needed is on the disk, and the next run
completes it, or puts the old files back where this run had begun to.

A file that many runs share (a log, the register of hot spots) has a hidden folder of its own beside it,
``.geo-stage-NAME``, with its lock. Its new version takes the name in one step. Where it belongs to the results of a
run (``Shared.keep``), a note in its hidden folder names that run's journal: whoever locks the file next looks whether
that is there, and gives the new version its name or forgets it. So folder and shared files change together.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import lock_descriptor

from geo.errors import GeoError

STAGE = ".geo-stage"
# inside it, where no result has a name: the lock, the old files, and which way an unfinished run is to go
_LOCK, _OLD, _FORWARD, _BACK = ".lock", Path(".commit/old"), Path(".commit/forward"), Path(".commit/back")
# inside that of a shared file: its new version, its old one, and the run that both belong to
_NEW, _BEFORE, _NOTE = "new", "before", "note"
# how long to wait for another run: it may be taking pictures of its pages
_WAIT_S, _POLL_S = 300.0, 0.05
# how long a hidden folder may be taken away by others just as it is made, before that is an error
_GONE_S = 5.0
# how long Windows may keep a file from being replaced while a virus scanner looks at it
_TRIES, _PAUSE_S = 20, 0.1
_NO_LINK, _BINARY = getattr(os, "O_NOFOLLOW", 0), getattr(os, "O_BINARY", 0)


class _BusyError(Exception):
    """Another process holds the lock."""


@dataclass
class Kept:
    """A shared file, its lock held: ``path`` (links followed), ``before`` (None: there is none), and ``new``, what it
    shall hold when the results of the run appear (None: as it is).
    """

    path: Path
    before: bytes | None
    new: bytes | None = None


class Shared:
    """The shared files that change with the results of a run, for ``staged(..., shared=shared)``."""

    def __init__(self, *, wait_s: float = _WAIT_S) -> None:
        self.wait_s = wait_s
        self._kept: list[Kept] = []
        self._held = ExitStack()

    def __enter__(self) -> Shared:
        """Hold nothing yet."""
        return self

    def __exit__(self, *error: object) -> None:
        """Let go of the files."""
        self._held.close()

    def keep(self, path: Path) -> Kept:
        """Hold a shared file, from inside ``staged``; what is set as ``new`` appears with the results, or not at all.

        Raises GeoError as ``locked``.
        """
        target = self._held.enter_context(locked(path, wait_s=self.wait_s, make_folder=True))
        self._kept.append(Kept(target, _now(target)))
        return self._kept[-1]

    @property
    def changed(self) -> list[Kept]:
        """The files that shall hold something new."""
        return [one for one in self._kept if one.new not in (None, one.before)]


def refuse_existing(out: Path, names: Sequence[str], overwrite: bool) -> None:
    """Raise GeoError if one of the files is in ``out`` and may not be replaced: asked before any work is done.

    What a killed run left in ``out`` is finished or undone first.
    """
    settle_folder(out)
    _refuse_existing(out, names, overwrite)


def settle_folder(out: Path) -> None:
    """Finish or undo what a killed run left in a folder, unless another run holds it: before its files are read."""
    if os.path.lexists(out / STAGE):
        with contextlib.suppress(_BusyError, OSError, GeoError), _folder_held(out, wait_s=0):
            pass


def _refuse_existing(out: Path, names: Sequence[str], overwrite: bool) -> None:
    there = [name for name in names if os.path.lexists(out / name)]
    folders = [name for name in there if (out / name).is_dir()]
    if folders:
        raise GeoError(f"{out / folders[0]}: a folder stands where a result should go.", "Choose another folder.")
    if there and not overwrite:
        raise GeoError(
            f"{out / there[0]}: already exists.", "Pass --overwrite to replace it, or choose another folder."
        )


@contextmanager
def staged(
    out: Path, names: Sequence[str], *, overwrite: bool = False, wait_s: float = _WAIT_S, shared: Shared | None = None
) -> Iterator[Path]:
    """Give a hidden folder to write the files ``names`` into; on leaving, all of them appear in ``out``, or none.

    ``out`` is made where it is not there. One run at a time: a second one waits up to ``wait_s`` seconds, and finds the
    files of the first. If anything fails, or the run is interrupted, ``out`` is as it was; if the run is killed, or the
    power goes, the next run that names ``out`` makes it wholly old or wholly new. The same holds for the shared files
    that are kept with it (``shared``). Raises GeoError where a file is
    already there and ``overwrite`` is false, where another run does not end, or where ``out`` cannot be written.
    """
    refuse_existing(out, names, overwrite)
    try:
        with _folder_held(out, wait_s=wait_s) as stage:
            _refuse_existing(out, names, overwrite)
            yield stage
            _publish(stage, out, names, shared.changed if shared is not None else [])
    except _BusyError:
        raise GeoError(
            f"{out}: another geo is writing there, and has been for {wait_s:g} seconds.",
            "Wait for it, or choose another folder.",
        ) from None
    except Exception as error:
        if isinstance(error, OSError) or type(error).__module__ == "pyogrio.errors":
            raise unwritable(out, error) from None
        raise


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """Give a hidden folder inside ``folder`` for what is moved from there by one step, and swept where a run is killed.

    ``folder`` is made where it is not there. Raises OSError where it cannot be written, or another run holds it.
    """
    try:
        with _folder_held(folder, wait_s=0) as stage:
            yield stage
    except _BusyError:
        raise OSError(f"{folder}: another geo is writing there") from None


def _publish(stage: Path, out: Path, names: Sequence[str], kept: Sequence[Kept]) -> None:
    """Give the staged files their names in ``out``, the last one last; if that fails, put the old ones back."""
    (stage / _OLD).mkdir(parents=True)
    for name in names:
        _sync(stage / name)
        if os.path.lexists(out / name):
            _second_name(out / name, stage / _OLD / name)
    _sync_folder(stage / _OLD)
    _sync_folder(stage)
    run = uuid.uuid4().hex
    for one in kept:
        _prepare(one, stage, run)
    journal = stage / _FORWARD
    draft = journal.with_suffix(".new")
    _write(draft, json.dumps({"run": run, "names": list(names), "kept": [str(one.path) for one in kept]}).encode())
    draft.replace(journal)
    _sync_folder(journal.parent)
    try:
        for one in kept:
            _turn(one.path)
        _forward(stage, out, names)
    except BaseException:  # Ctrl-C too
        journal.replace(stage / _BACK)
        for one in kept:
            _turn(one.path)
        _back(stage, out, names)
        raise


def _forward(stage: Path, out: Path, names: Sequence[str]) -> None:
    for name in names:
        if (stage / name).exists():
            _move(stage / name, out / name)
    _sync_folder(out)
    (stage / _FORWARD).unlink()


def _back(stage: Path, out: Path, names: Sequence[str]) -> None:
    for name in reversed(names):
        if os.path.lexists(stage / _OLD / name):
            _move(stage / _OLD / name, out / name)
        elif not (stage / name).exists():  # it has its name already, and nothing had that name before
            (out / name).unlink(missing_ok=True)
    _sync_folder(out)
    (stage / _BACK).unlink()


def _settle(out: Path) -> None:
    """Complete or undo what is unfinished in ``out``, and empty the hidden folder, but for the lock, which is held."""
    stage = out / STAGE
    for journal, go in ((_BACK, _back), (_FORWARD, _forward)):
        if (stage / journal).exists():
            told = json.loads((stage / journal).read_bytes())
            for path in map(Path, told["kept"]):
                if os.path.lexists(stage_of(path)):
                    with locked(path, wait_s=_WAIT_S):  # whoever locks it settles it
                        pass
            go(stage, out, told["names"])
    _empty(stage)


def _empty(stage: Path) -> None:
    for left in list(stage.iterdir()):
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        elif left.name != _LOCK:
            left.unlink()


@contextmanager
def _folder_held(out: Path, *, wait_s: float) -> Iterator[Path]:
    """Hold the lock of a folder and give the hidden folder in it, empty; leave ``out`` as it was found, but settled."""
    with _held(out / STAGE, out, lambda: _settle(out), wait_s=wait_s) as stage:
        yield stage


@contextmanager
def _held(stage: Path, owner: Path, settle: Callable[[], None], *, wait_s: float) -> Iterator[Path]:
    """Hold the lock in a hidden folder, which is made and taken away again; ``owner``: whose rights it gets."""
    lock = stage / _LOCK
    end = time.monotonic() + wait_s
    gone: float | None = None  # since when there is no folder round it: one that cannot be made is not waited for
    while True:
        if stage.is_symlink() or stage.is_file():  # nobody but geo should have that name, and it is not ours
            stage.unlink()
        made: list[Path] = []
        try:
            made = _make_folder(stage)
            number = _acquire(lock, wait_s=end - time.monotonic(), mode=_rights(owner))
            break
        except (FileNotFoundError, FileExistsError):  # the run that held it has just taken it away
            now = time.monotonic()
            gone = None if stage.parent.exists() else now if gone is None else gone
            if now > end + _GONE_S or (gone is not None and now > gone + _GONE_S):
                _remove_empty(made)
                raise
        except BaseException:
            _remove_empty(made)
            raise
    try:
        settle()
        yield stage
    finally:
        try:
            with contextlib.suppress(OSError, GeoError, _BusyError):  # the next run does it
                settle()
        finally:
            _release(number, lock)
            _remove_empty([stage, *made])


def _make_folder(folder: Path) -> list[Path]:
    """Make a folder and those above it; return the new ones, the innermost first."""
    made = []
    for one in (folder, *folder.parents):
        if one.exists():
            break
        made.append(one)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if made and made[0] == folder:  # whatever this user's umask is, all who may write beside it may write in it
            with contextlib.suppress(OSError):
                folder.chmod(folder.parent.stat().st_mode & 0o2775 | 0o700)
    except OSError:
        _remove_empty(made)
        raise
    for one in made:
        _sync_folder(one.parent)
    return made


def _remove_empty(folders: Sequence[Path]) -> None:
    for folder in folders:
        with contextlib.suppress(OSError):  # not empty, or somebody else's by now
            folder.rmdir()


# --- a shared file --------------------------------------------------------------------------------------------------


@contextmanager
def locked(path: Path, *, wait_s: float, make_folder: bool = False) -> Iterator[Path]:
    """Hold the lock of ``path`` and give the file itself, links followed: two names of one file share one lock.

    The lock is the operating system's own, on a file in the hidden folder ``.geo-stage-NAME`` beside ``path``: it ends
    with the process, however that ends, so that none is ever stale, and the hidden folder goes with it. It has the
    rights of ``path``, so that all who may write the one may take the other. ``make_folder``: make the folder of
    ``path`` where there is none; it goes again if nothing is written. Raises GeoError where the lock cannot be
    had within ``wait_s`` seconds, or not at all (a folder without the right to write, a share without locks).
    """
    target = path if make_folder and not path.parent.exists() else followed(path)
    with ExitStack() as held:
        try:
            held.enter_context(_held(stage_of(target), target, lambda: _settle_file(target), wait_s=wait_s))
        except _BusyError:
            raise GeoError(
                f"{path}: another geo is writing it, and has been for {wait_s:g} seconds.",
                "Wait for it, and try again.",
            ) from None
        except (OSError, NotImplementedError) as error:
            raise unwritable(path, error) from None
        yield target


def settle_file(path: Path) -> None:
    """Finish or undo what a killed run left of a shared file, unless another run holds it: before it is read."""
    if os.path.lexists(stage_of(path)):
        with contextlib.suppress(GeoError), locked(path, wait_s=0):
            pass


def replace_file(path: Path, data: bytes, *, before: bytes | None) -> bool:
    """Put ``data`` in the place of ``path``, whole or not at all, and return whether that was done.

    It is not done where the file no longer holds ``before`` (None: there was none): a program that knows no lock has
    written in between, and would lose what it wrote. To be called with the lock held, and with ``path`` a file itself,
    not a link. The new file is on the disk before it takes the name, and keeps the old one's rights. Raises GeoError
    where it cannot be written; then ``path`` is as it was.
    """
    try:
        new = _draft(path, data, before)
        if _now(path) != before:
            return False
        _move(new, path)
        _sync_folder(path.parent)
    except OSError as error:
        raise unwritable(path, error) from None
    return True


def stage_of(path: Path) -> Path:
    """Return the hidden folder of a shared file: there while its lock is held, and swept by the next who takes it."""
    return path.with_name(f"{STAGE}-{path.name}")


def _draft(path: Path, data: bytes, before: bytes | None) -> Path:
    """Write the new version of a shared file into its hidden folder, with the old one's rights."""
    new = stage_of(path) / _NEW
    new.unlink(missing_ok=True)
    _write(new, data)
    if before is not None:
        _keep_rights(path, new)
    return new


def _prepare(one: Kept, stage: Path, run: str) -> None:
    """Make all ready for a shared file to change with a run: its new version, its old one, and a note of the run."""
    assert one.new is not None
    own = stage_of(one.path)
    _draft(one.path, one.new, one.before)
    if _now(one.path) != one.before:
        raise GeoError(f"{one.path}: another program changed this file. Nothing was changed.", "Close it there first.")
    if one.before is not None:
        _second_name(one.path, own / _BEFORE)
    note = {"run": run, "stage": str(stage.resolve()), "had": one.before is not None}
    _write(own / _NOTE, json.dumps(note).encode())
    _sync_folder(own)


def _settle_file(path: Path) -> None:
    """Do with a shared file what the journal of its run says, and forget the run; its lock is held."""
    _turn(path)
    _empty(stage_of(path))


def _turn(path: Path) -> None:
    """Give a shared file its new version, or its old one again, as the journal of its run says; twice changes nothing.

    Without a journal the run never came so far, or is done.
    """
    own = stage_of(path)
    try:
        note = json.loads((own / _NOTE).read_bytes())
        run, had, stage = note["run"], note["had"], Path(note["stage"])
    except (FileNotFoundError, ValueError, KeyError):  # none, or not wholly written
        return
    if _run_of(stage / _FORWARD) == run and (own / _NEW).exists():
        _move(own / _NEW, path)
    elif _run_of(stage / _BACK) == run and not (own / _NEW).exists():
        if (own / _BEFORE).exists():
            _move(own / _BEFORE, path)
        elif not had:
            path.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _run_of(journal: Path) -> Any:
    """Return the run that a journal is of; None where there is none."""
    try:
        return json.loads(journal.read_bytes())["run"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def unwritable(path: Path, error: Exception) -> GeoError:
    """Return the GeoError for a file or folder that cannot be written, with the system's reason."""
    why = getattr(error, "strerror", None) or (str(error) or type(error).__name__).splitlines()[0]
    return GeoError(
        f"{path}: cannot be written ({why}). Nothing was changed.",
        "Is it open in another program, the disk full, or the folder not yours?",
    )


def followed(path: Path) -> Path:
    """Return the file behind a name, or raise GeoError where it is not one that can be written."""
    try:
        target = path.resolve()
        mode = target.stat().st_mode
    except FileNotFoundError:
        if not target.parent.is_dir():
            raise GeoError(f"{path}: there is no folder {path.parent}.", "Check the name.") from None
        return target
    except (OSError, RuntimeError, ValueError) as error:  # links in a circle, a name too long
        raise unwritable(path, error) from None
    if not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "a device or pipe"
        raise GeoError(f"{path}: this is {what}, not a file.", "Name the file of the log.")
    # replacing needs rights to the folder only; a file marked as read-only is meant to stay as it is
    if not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(target, os.W_OK):
        raise GeoError(f"{path}: this file is read-only. Nothing was changed.", "Ask its owner for the right to write.")
    return target


def _rights(path: Path) -> int:
    """Return the mode of a lock file: that of what it stands for, or of the folder where there is none yet."""
    return (path if path.exists() else path.parent).stat().st_mode & 0o666 | 0o600


def _now(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _keep_rights(old: Path, new: Path) -> None:
    """Give the new file the old one's owner (where allowed), mode and access lists, but not its time."""
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):
            found = old.stat()
            os.chown(new, found.st_uid, found.st_gid)
    shutil.copystat(old, new)
    os.utime(new)


# --- locks ----------------------------------------------------------------------------------------------------------


def _acquire(lock: Path, *, wait_s: float, mode: int) -> int:
    """Return the descriptor of the locked file; raise _BusyError where others hold it for ``wait_s`` seconds.

    The lock counts only while the file still has its name: whoever held it before may have taken the file away.
    """
    end = time.monotonic() + wait_s
    while True:
        number = _open_lock(lock, mode)
        try:
            if lock_descriptor(number, blocking=False) and _is_named(number, lock):
                return number
        except BaseException as error:
            os.close(number)
            if isinstance(error, OSError | NotImplementedError):  # a share without locks: nobody can hold one
                lock.unlink(missing_ok=True)
            raise
        os.close(number)
        if time.monotonic() >= end:
            raise _BusyError
        time.sleep(_POLL_S)


def _open_lock(lock: Path, mode: int) -> int:
    flags = os.O_RDWR | _NO_LINK | _BINARY
    with contextlib.suppress(FileNotFoundError):  # not made at once: the file of another user may only be opened
        return os.open(lock, flags)
    try:
        number = os.open(lock, flags | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        return os.open(lock, flags)
    if hasattr(os, "fchmod"):  # whatever this user's umask is, all who may write here may take the lock
        os.fchmod(number, mode)
    return number


def _is_named(number: int, lock: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(number), lock.stat())
    except FileNotFoundError:
        return False


def _release(number: int, lock: Path) -> None:
    """Let go of a lock; its file is removed while it is still held."""
    if os.name == "nt":  # there an open file cannot be removed, and whoever has it open will remove it
        os.close(number)
    with contextlib.suppress(OSError):
        lock.unlink()
    if os.name != "nt":
        with contextlib.suppress(OSError):  # a share that went away has let go of the lock too
            os.close(number)


# --- the disk -------------------------------------------------------------------------------------------------------


def _write(path: Path, data: bytes) -> None:
    """Write a new file and wait until the disk has it; never through a link that somebody put there."""
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK | _BINARY, 0o666)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(number, rest) :]
        os.fsync(number)
    finally:
        os.close(number)


def _second_name(old: Path, kept: Path) -> None:
    """Keep a file under a second name; where a disk knows no second names, as a copy."""
    try:
        os.link(old, kept, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(old, kept, follow_symlinks=False)
        if not kept.is_symlink():
            _sync(kept)


def _move(new: Path, path: Path) -> None:
    for left in reversed(range(_TRIES)):
        try:
            new.replace(path)
            return
        except PermissionError:
            if os.name != "nt" or not left:
                raise
            time.sleep(_PAUSE_S)


def _sync(path: Path) -> None:
    """Wait until the disk has a file."""
    number = os.open(path, (os.O_RDWR if os.name == "nt" else os.O_RDONLY) | _BINARY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut, where folders can be synced."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):  # some shares cannot
        _sync(folder)
