"""What a study says while it works; a command prints it, a notebook keeps it."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from layers.reading.report import ReadReport


class Listener:
    """Keeps what is said: ``notes`` and ``warnings`` (sentences), ``reports`` of the readers, ``seconds`` by step, and
    what was ``told`` about the run itself."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.notes: list[str] = []
        self.warnings: list[str] = []
        self.reports: list[ReadReport] = []
        self.told: list[str] = []

    def branch(self) -> Self:
        """Return a listener that has heard the same and goes on by itself."""
        other = copy.copy(self)
        other.seconds = dict(self.seconds)
        for name in ("notes", "warnings", "reports", "told"):
            setattr(other, name, list(getattr(self, name)))
        return other

    def say(self, text: str) -> None:
        """Hear how something was done."""

    def tell(self, text: str) -> None:
        """Hear something about this run that has no place on a page."""
        self.told.append(text)

    def warn(self, text: str) -> None:
        """Hear what the reader of a result must know; said once, however many steps say it."""
        if text not in self.warnings:
            self.warnings.append(text)
            self.notes.append(text)

    def report(self, report: ReadReport) -> None:
        """Hear what a reader did: sentences about rows, without their values, go onto pages."""
        self.reports.append(report)
        for sentence in report.sentences():
            self.say(sentence)
        self.notes += report.notes()
        for warning in report.warnings:
            self.warn(warning)

    @contextmanager
    def step(self, name: str, what: str = "") -> Iterator[None]:
        """Time a step; ``what``: in words, for whoever watches."""
        began = time.perf_counter()
        with self.working(what):
            yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """Hear that something takes a while."""
        yield

    def track(self, items: Sequence[Any], what: str) -> Iterable[Any]:
        """Yield the items, hearing how far it is."""
        return items
