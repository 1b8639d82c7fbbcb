"""What a run says: results on stdout, everything else on stderr."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from layers.reading.report import ReadReport


class Run:
    """One run of a command: what it says, and how long each step took."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.seconds: dict[str, float] = {}
        self.notes: list[str] = []
        self.warnings: list[str] = []

    def say(self, text: str) -> None:
        """Print to stderr, unless quiet."""
        if not self.quiet:
            click.echo(plain(text), err=True)

    def warn(self, text: str) -> None:
        """Print a warning and keep it for the map and the record."""
        self.warnings.append(text)
        self.notes.append(text)
        if not self.quiet:
            click.secho(f"Note: {plain(text)}", err=True, fg="yellow")

    def report(self, report: ReadReport) -> None:
        """Say what a reader did, and keep it for the map: sentences about rows, without their values."""
        for sentence in report.sentences():
            self.say(sentence)
        self.notes += report.notes()
        for warning in report.warnings:
            self.warn(warning)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step."""
        began = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - began

    def track(self, items: Sequence[Any], what: str) -> Iterable[Any]:
        """Yield the items under a progress bar, where someone is watching."""
        if not self._watched() or len(items) < 2:
            return items
        from rich.progress import track

        return track(items, what, console=rich_console(stderr=True), transient=True)

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """Show that something is going on, where someone is watching."""
        if not self._watched():
            yield
            return
        with rich_console(stderr=True).status(f"{what} ..."):
            yield

    def _watched(self) -> bool:
        return not self.quiet and sys.stderr.isatty()


def rich_console(*, stderr: bool = False) -> Console:
    """Return rich's console; a file or pipe gets a table wide enough to be read, not one cut to 80 columns."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else 150, highlight=False)


def plain(text: str) -> str:
    """Return text without characters that a terminal would act on: values from files are only ever shown."""
    return "".join(mark if mark.isprintable() or mark == "\n" else "�" for mark in text)


def survive_any_terminal() -> None:
    """Let a terminal that cannot show a letter show a question mark, instead of ending the run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
