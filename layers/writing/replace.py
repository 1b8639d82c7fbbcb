"""One file changed by many hands: a lock that vanishes with its process, and a new file put in place of the old one."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from geo.errors import GeoError

# how long Windows may keep a file from being replaced while a virus scanner looks at it
_TRIES, _PAUSE_S = 20, 0.1


@contextmanager
def locked(path: Path, *, wait_s: float) -> Iterator[Path]:
    """Hold the lock of ``path`` and give the file itself, links followed: two names of one file share one lock.

    The lock is the operating system's own, on a file ``.NAME.lock`` beside ``path``: it ends with the process, however
    that ends, so that none is ever stale. The lock file stays: whoever removed it could let two in at once. It gets
    the rights of ``path``, so that all who may write the one may take the other. Raises GeoError where the lock cannot
    be had within ``wait_s`` seconds, or not at all (a folder without the right to write, a share without locks).
    """
    target = followed(path)
    try:
        lock = filelock.FileLock(
            target.with_name(f".{target.name}.lock"),
            timeout=wait_s,
            mode=_rights(target),
            # without locks of the operating system, a kill would leave a stale one
            fallback_to_soft=False,
            preserve_lock_file=True,
        )
        lock.acquire()
    except filelock.Timeout:
        raise GeoError(
            f"{path}: another geo is writing it, and has been for {wait_s:g} seconds.", "Wait for it, and log again."
        ) from None
    except (OSError, NotImplementedError) as error:
        raise unwritable(path, error) from None
    try:
        yield target
    finally:
        with contextlib.suppress(OSError):  # a share that went away has let go of the lock too
            lock.release()


def replace_file(path: Path, data: bytes, *, before: bytes | None) -> bool:
    """Put ``data`` in the place of ``path``, whole or not at all, and return whether that was done.

    It is not done where the file no longer holds ``before`` (None: there was none): a program that knows no lock has
    written in between, and would lose what it wrote. To be called with the lock held, and with ``path`` a file itself,
    not a link. The new file is on the disk before it takes the name, and keeps the old one's rights. Raises GeoError
    where it cannot be written; then ``path`` is as it was.
    """
    new = path.with_name(f".{path.name}.new")
    try:
        new.unlink(missing_ok=True)  # left by a run that was killed
        try:
            _write(new, data)
            if before is not None:
                _keep_rights(path, new)
            if _now(path) != before:
                return False
            _move(new, path)
        finally:
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise unwritable(path, error) from None
    return True


def unwritable(path: Path, error: Exception) -> GeoError:
    """Return the GeoError for a file that cannot be written, with the system's reason."""
    why = getattr(error, "strerror", None) or str(error) or type(error).__name__
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
    """Return the mode of the lock file: that of the file it stands for, or of the folder where there is none yet."""
    return (path if path.exists() else path.parent).stat().st_mode & 0o666 | 0o600


def _now(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write(path: Path, data: bytes) -> None:
    """Write a new file and wait until the disk has it; never through a link that somebody put there."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags, 0o666), "wb") as file:  # noqa: PTH123  (Path.open takes no flags)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _keep_rights(old: Path, new: Path) -> None:
    """Give the new file the old one's owner (where allowed), mode and access lists, but not its time."""
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):
            found = old.stat()
            os.chown(new, found.st_uid, found.st_gid)
    shutil.copystat(old, new)
    os.utime(new)


def _move(new: Path, path: Path) -> None:
    for left in reversed(range(_TRIES)):
        try:
            new.replace(path)
            return
        except PermissionError:
            if os.name != "nt" or not left:
                raise
            time.sleep(_PAUSE_S)


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut, where folders can be synced."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):  # the row is in the file; some shares cannot sync a folder
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
