"""What mkdocs calls as it builds the site: pages that stand beside docs/, and mends of the theme that axe asks for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put a file of the folder above in place of its name in ``--8<--``; its links into docs/ lead beside it here."""

    def held(found: re.Match[str]) -> str:
        return (ROOT / found[1]).read_text(encoding="utf-8").replace("](docs/", "](")

    return re.sub(r'^--8<-- "(.+)"$', held, markdown, flags=re.M)


def on_post_page(output: str, **_: Any) -> str:
    """Name the search dialog, and let the empty corner of a table be no heading."""
    output = output.replace('"search" role="dialog"', '"search" role="dialog" aria-label="Search"')
    return re.sub(r"<th([^>]*)></th>", r"<td\1></td>", output)
