"""What a run says: results on stdout, everything else on stderr; how things were done only when asked for."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from geo.errors import counted, listed
from study.events import Listener

if TYPE_CHECKING:
    from rich.console import Console

    from layers.reading.report import ReadReport


_MOST_WARNINGS = 4


class Run(Listener):
    """One run of a command, heard by a terminal."""

    def __init__(self, *, quiet: bool, verbose: bool = False) -> None:
        super().__init__()
        self.quiet = quiet
        self.verbose = verbose
        self.as_json = False

    def say(self, text: str) -> None:
        """Print how something was done to stderr, where that is asked for."""
        if self.verbose and not self.quiet:
            click.echo(plain(text), err=True)

    def tell(self, text: str) -> None:
        """Print to stderr, unless quiet."""
        super().tell(text)
        if not self.quiet:
            click.echo(plain(text), err=True)

    def warn(self, text: str) -> None:
        """Keep a warning for the page, the record and the end of the run; print it at once where all is told."""
        if text not in self.warnings and self.verbose and not self.quiet:
            self._note(text)
        super().warn(text)

    def report(self, report: ReadReport) -> None:
        """Hear what a reader did; headings it does not know are always said: a column may be lost by them."""
        super().report(report)
        if not self.verbose:
            for line in report.not_read():
                self.tell(line)

    def warned(self, record: str) -> None:
        """Print the warnings of the run, the first few of them; ``record``: the file that holds all."""
        if not self.quiet and not self.verbose:
            for text in self.warnings[:_MOST_WARNINGS]:
                self._note(text)
            more = len(self.warnings) - _MOST_WARNINGS
            if more > 0:
                self.tell(f"{counted(more, 'note')} more in {record} (or with --verbose).")

    @staticmethod
    def _note(text: str) -> None:
        click.secho(f"Note: {plain(text)}", err=True, fg="yellow")

    def set_aside(self, where: str) -> None:
        """Say in one line how many rows are at fault, why, and which file lists them."""
        parts = [part for report in self.reports for part in report.set_aside if part.fault]
        count = sum(part.count for part in parts)
        if count:
            rows = sum(report.read for report in self.reports)
            reasons = listed(list(dict.fromkeys(part.reason for part in parts)), 3)
            self.tell(f"{counted(count, 'row')} of {rows:,} could not be used ({reasons}): {where}")

    def track(self, items: Sequence[Any], what: str) -> Iterable[Any]:
        """Yield the items under a progress bar, where someone is watching."""
        if not self._watched() or len(items) < 2:
            return items
        from rich.progress import track

        return track(items, what, console=rich_console(stderr=True), transient=True)

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """Show that something is going on, where someone is watching."""
        if not what or not self._watched():
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
