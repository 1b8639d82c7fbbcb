"""One setting of geo.toml changed by geo itself: everything else of the file stays as somebody wrote it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from geo.errors import GeoError

_HEADER = re.compile(r"^\s*\[([^\[\]]+)\]\s*(#.*)?$")


def with_number(path: Path, section: str, key: str, value: float) -> bytes:
    """Return the bytes of a geo.toml with ``key = value`` under ``[section]``, in the place of what stood there.

    Its lock is held, and whoever holds it writes them. Raises GeoError where the file is not valid TOML, or where the
    change would change anything else (a key written in another way than one line).
    """
    before = path.read_bytes()
    try:
        text = before.decode("utf-8-sig")
        wanted = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise GeoError(f"{path}: not valid TOML ({error}).", "Mend it first.") from None
    wanted.setdefault(section, {})[key] = value
    changed = _changed(text, section, f"{key} = {value:g}", key)
    try:
        same = tomllib.loads(changed) == wanted
    except tomllib.TOMLDecodeError:
        same = False
    if not same:
        raise GeoError(
            f"{path}: {key} under [{section}] could not be changed safely.", f"Write it by hand: {key} = {value:g}"
        )
    return changed.encode("utf-8")


def _changed(text: str, section: str, line: str, key: str) -> str:
    """Return the text with the line in the section: in the place of the old one, else first in it, else at the end."""
    lines = text.splitlines()
    start = next(
        (at for at, one in enumerate(lines) if (found := _HEADER.match(one)) and found[1].strip() == section), None
    )
    if start is None:
        return "\n".join([*lines, *([""] if lines else []), f"[{section}]", line]) + "\n"
    end = next((at for at in range(start + 1, len(lines)) if _HEADER.match(lines[at])), len(lines))
    own = re.compile(rf"^\s*{re.escape(key)}\s*=")
    at = next((at for at in range(start + 1, end) if own.match(lines[at])), None)
    if at is None:
        lines.insert(start + 1, line)
    else:
        lines[at] = line
    return "\n".join(lines) + "\n"
