"""The one exception a user reads."""

from __future__ import annotations

import re

# user:password@ of a URL, up to the last @ before a space; password=... behind its question mark
_SECRET = re.compile(
    r"((?<![\w+.\-])[A-Za-z][\w+.\-]*://[^\s:/@]*:)\S*(?=@)|([?&](?:password|passwd|pwd)=)[^&\s:]*", re.IGNORECASE
)


class GeoError(Exception):
    """A problem with the user's data or request, said in plain words.

    ``problem`` names the file or option, what is wrong and the evidence; ``hint`` says what to do next. The command
    line prints both, without a traceback, and exits 1. A bug in geo itself is never dressed as a GeoError: it keeps
    its traceback.
    """

    def __init__(self, problem: str, hint: str | None = None) -> None:
        problem, hint = masked(problem), None if hint is None else masked(hint)
        self.problem = problem
        self.hint = hint
        super().__init__(problem if hint is None else f"{problem}\n{hint}")


def masked(text: str) -> str:
    """Return a text in which the password of every URL is ``***``: what is said, shown or kept never holds one."""
    return _SECRET.sub(lambda found: f"{found[1] or found[2]}***", text) if "://" in text else text


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return a count as messages write it: ``1 row``, ``62,422 rows``, ``3 boundaries``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listed(names: list[str], most: int = 5) -> str:
    """Return names as messages list them, at most ``most``: ``a, b, c and 12 more``."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"
